//! The paths that `use` declarations bring in, written out one by one.

/// A path as if it were imported alone, and the line of its declaration, from 1.
#[derive(Debug, PartialEq)]
pub(super) struct Import {
    pub(super) line: usize,
    pub(super) path: String,
}

/// The imports in code without comments and literals.
pub(super) fn of(code: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    let mut end = 0;
    for (at, _) in code.match_indices("use ") {
        let is_word =
            !code.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        if at < end || !is_word {
            continue;
        }
        let Some((tree, _)) = code.get(at + 4..).and_then(|rest| rest.split_once(';')) else { break };
        end = at + 4 + tree.len();
        let line = 1 + code.get(..at).unwrap_or_default().matches('\n').count();
        let flat: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
        expand("", &flat, &mut |path| imports.push(Import { line, path }));
    }
    imports
}

fn expand(prefix: &str, tree: &str, found: &mut dyn FnMut(String)) {
    let tree = tree.trim();
    if let Some((head, rest)) = tree.split_once('{') {
        let prefix = format!("{prefix}{}", head.trim());
        let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
        for part in split_at_top(inner) {
            expand(&prefix, part, found);
        }
    } else if !tree.is_empty() {
        let path = tree.split_once(" as ").map_or(tree, |(path, _)| path);
        // `use std::io::{self, Read}` imports `std::io` too.
        let path = format!("{prefix}{path}");
        found(path.strip_suffix("::self").unwrap_or(&path).to_owned());
    }
}

/// The parts between the commas that stand in no inner braces.
fn split_at_top(tree: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    tree.split(|each: char| {
        depth += i32::from(each == '{') - i32::from(each == '}');
        each == ',' && depth == 0
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(code: &str) -> Vec<String> {
        of(code).into_iter().map(|import| import.path).collect()
    }

    #[test]
    fn groups_are_written_out() {
        assert_eq!(
            paths("use std::{env, fs::{self, File as Open}, io};\nfn main() {}"),
            ["std::env", "std::fs", "std::fs::File", "std::io"]
        );
        assert_eq!(paths("pub(crate) use super::a;\nreuse ;"), ["super::a"]);
    }

    #[test]
    fn lines_are_those_of_the_declarations() {
        let imports = of("use a::b;\n\nuse c::{\n    d,\n    e,\n};\n");
        let lines: Vec<usize> = imports.iter().map(|import| import.line).collect();
        assert_eq!(lines, [1, 3, 3]);
    }
}
