//! Takes a Rust file apart into code, comments and string literals, so that a rule looks at what it means.

/// The parts of a file. `code` and `comments` have all its lines, with spaces for what is not theirs.
pub(super) struct Lexed {
    pub(super) code: String,
    pub(super) comments: String,
    pub(super) literals: Vec<Literal>,
}

pub(super) struct Literal {
    /// Where it begins, from 1.
    pub(super) line: usize,
    /// As written between its quotes.
    pub(super) text: String,
}

impl Lexed {
    pub(super) fn new(text: &str) -> Self {
        let parts = Self { code: String::new(), comments: String::new(), literals: Vec::new() };
        let mut lexer = Lexer { parts, rest: text, line: 1 };
        while !lexer.rest.is_empty() {
            lexer.step();
        }
        lexer.parts
    }
}

enum Part {
    Code,
    Comment,
    Literal,
}

struct Lexer<'a> {
    parts: Lexed,
    rest: &'a str,
    line: usize,
}

impl Lexer<'_> {
    fn step(&mut self) {
        let rest = self.rest;
        if rest.starts_with("//") {
            self.take(rest.find('\n').unwrap_or(rest.len()), &Part::Comment);
        } else if rest.starts_with("/*") {
            self.take(block_comment(rest), &Part::Comment);
        } else if let Some(opening) = raw_opening(rest).filter(|_| !self.is_inside_word()) {
            let closing = format!("\"{}", "#".repeat(opening.matches('#').count()));
            let body = rest.get(opening.len()..).unwrap_or_default();
            self.literal(opening.len(), body.find(&closing).unwrap_or(body.len()), closing.len());
        } else if rest.starts_with('"') {
            self.literal(1, quoted(rest.get(1..).unwrap_or_default(), '"'), 1);
        } else if let Some(length) = character(rest) {
            self.take(length, &Part::Literal);
        } else {
            self.take(rest.chars().next().map_or(1, char::len_utf8), &Part::Code);
        }
    }

    /// A literal whose text stands between an opening and a closing.
    fn literal(&mut self, opening: usize, length: usize, closing: usize) {
        let text = self.rest.get(opening..opening + length).unwrap_or_default().to_owned();
        self.parts.literals.push(Literal { line: self.line, text });
        self.take(opening + length + closing, &Part::Literal);
    }

    fn take(&mut self, length: usize, part: &Part) {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        for each in taken.chars() {
            self.line += usize::from(each == '\n');
            let blank = if each == '\n' { '\n' } else { ' ' };
            self.parts.code.push(if matches!(part, Part::Code) { each } else { blank });
            self.parts.comments.push(if matches!(part, Part::Comment) { each } else { blank });
        }
    }

    /// Whether an `r` here would be the end of a longer name.
    fn is_inside_word(&self) -> bool {
        self.parts.code.chars().next_back().is_some_and(|last| last.is_alphanumeric() || last == '_')
    }
}

/// How long a comment is that may hold others.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// What opens a raw string: `r"`, `br#"`, `cr##"`.
fn raw_opening(text: &str) -> Option<&str> {
    let after_kind = text.trim_start_matches(['b', 'c']).strip_prefix('r')?;
    let after_hashes = after_kind.trim_start_matches('#');
    let after_quote = after_hashes.strip_prefix('"')?;
    let opening = text.get(..text.len() - after_quote.len())?;
    (text.len() - after_kind.len() <= 2).then_some(opening)
}

/// How far it is to the closing quote, over escaped ones.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, each) in text.char_indices() {
        if each == quote && !is_escaped {
            return at;
        }
        is_escaped = each == '\\' && !is_escaped;
    }
    text.len()
}

/// How long a character literal is; none if the quote begins a lifetime or is none.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    if first == '\\' {
        return Some(quoted(inner, '\'') + 2);
    }
    inner.get(first.len_utf8()..)?.starts_with('\'').then_some(first.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Lexed::new(text).code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn literals(text: &str) -> Vec<(usize, String)> {
        Lexed::new(text).literals.into_iter().map(|literal| (literal.line, literal.text)).collect()
    }

    #[test]
    fn comments_are_no_code() {
        assert_eq!(code("a(); // b\nc(); /* d /* e */ f */ g();"), "a(); c(); g();");
        assert_eq!(Lexed::new("a(); // b").comments.trim(), "// b");
        assert_eq!(code("/* never closed"), "");
    }

    #[test]
    fn literals_are_found_whatever_their_quotes() {
        assert_eq!(literals(r#"x("a \" // b", 'c')"#), [(1, r#"a \" // b"#.to_owned())]);
        assert_eq!(literals("\n\nr#\"a \"b\" \\\"#"), [(3, r#"a "b" \"#.to_owned())]);
        assert_eq!(literals("\"one\ntwo\"; \"three\""), [(1, "one\ntwo".into()), (2, "three".into())]);
        assert_eq!(literals("bar\"x\""), [(1, "x".to_owned())]);
    }

    #[test]
    fn lifetimes_are_code_and_characters_are_not() {
        assert_eq!(code("fn f<'a>(x: &'a str) { '\"' }"), "fn f<'a>(x: &'a str) { }");
        assert_eq!(code(r"x('\'', '\\', b'\n', 'é')"), "x( , , b , )");
    }

    #[test]
    fn lines_stay_where_they_are() {
        let text = "a\n/* b\nc */ d\n\"e\nf\" g\n";
        let lexed = Lexed::new(text);
        assert_eq!(lexed.code.lines().count(), text.lines().count());
        assert_eq!(lexed.code.lines().nth(4).map(str::trim), Some("g"));
    }
}
