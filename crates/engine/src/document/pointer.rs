//! Where in a document a value stands, written only when something is wrong with it.

/// A JSON pointer (RFC 6901) as a chain on the stack, so that reading a correct document allocates nothing.
#[derive(Clone, Copy, Debug)]
pub struct Pointer<'a> {
    parent: Option<&'a Pointer<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Pointer<'a> {
    /// The whole document.
    pub const ROOT: Pointer<'static> = Pointer { parent: None, step: Step::Root };

    /// The value of this key.
    pub fn key(&'a self, key: &'a str) -> Pointer<'a> {
        Pointer { parent: Some(self), step: Step::Key(key) }
    }

    /// The value at this position.
    pub fn index(&'a self, index: usize) -> Pointer<'a> {
        Pointer { parent: Some(self), step: Step::Index(index) }
    }
}

impl std::fmt::Display for Pointer<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(formatter)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) => write!(formatter, "/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => write!(formatter, "/{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_written_as_rfc_6901() {
        let rules = Pointer::ROOT.key("rules");
        let rule = rules.index(2);
        assert_eq!(rule.key("a/b~c").to_string(), "/rules/2/a~1b~0c");
        assert_eq!(Pointer::ROOT.to_string(), "");
    }
}
