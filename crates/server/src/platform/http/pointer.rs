//! JSON pointers (RFC 6901): where in a body something is wrong.

use serde_path_to_error::{Path, Segment};

/// The pointer to `key` inside the object at `parent`.
pub fn child(parent: &str, key: &str) -> String {
    format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The pointer to where reading a type stopped.
pub(super) fn of_path(path: &Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => child(&pointer, key),
        // The name of a variant is not part of the document.
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_and_tildes_in_keys_are_escaped() {
        assert_eq!(child("/options", "a/b~c"), "/options/a~1b~0c");
    }
}
