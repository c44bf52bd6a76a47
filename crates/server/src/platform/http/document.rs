//! Reads a JSON document strictly: where the syntax breaks, repeated keys, and depth are all refused.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::catalogue::Code;
use super::pointer;
use super::problem::{FieldError, Problem};

/// The most levels of lists and objects inside each other.
const DEPTH_MAX: usize = 64;
/// Up to so many keys, comparing each with each is faster than hashing them.
const FEW_KEYS: usize = 16;

/// Goes through the whole document without building anything.
///
/// Errors: syntax with line and column, a key that is written twice, more than 64 levels, and the character
/// U+0000, which PostgreSQL cannot store.
pub(super) fn check(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::new(Code::MalformedJson, "the body is empty; send JSON"));
    }
    let refusal = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let root = Walk { refusal: &refusal, place: &Place::Root, depth: 0 };
    let walked = root.deserialize(&mut reader).and_then(|()| reader.end());
    match (refusal.into_inner(), walked) {
        (Some(problem), _) => Err(problem),
        (None, Err(error)) => Err(malformed(&error)),
        (None, Ok(())) => Ok(()),
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    let (line, column) = (error.line(), error.column());
    Problem::new(Code::MalformedJson, format!("{what}, at line {line}, column {column}"))
}

/// Where in the document the walk is; lives on the stack.
enum Place<'up> {
    Root,
    Key(&'up Place<'up>, &'up str),
    Index(&'up Place<'up>, usize),
}

impl Place<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(up, key) => pointer::child(&up.pointer(), key),
            Self::Index(up, index) => format!("{}/{index}", up.pointer()),
        }
    }
}

/// The walk through one value.
#[derive(Clone, Copy)]
struct Walk<'walk> {
    /// What is wrong, when it is not the syntax: serde's own errors carry only text.
    refusal: &'walk RefCell<Option<Problem>>,
    place: &'walk Place<'walk>,
    depth: usize,
}

impl Walk<'_> {
    fn refuse<E: serde::de::Error>(self, problem: Problem) -> E {
        *self.refusal.borrow_mut() = Some(problem);
        E::custom("refused")
    }

    fn descend<E: serde::de::Error>(self) -> Result<usize, E> {
        if self.depth < DEPTH_MAX {
            return Ok(self.depth + 1);
        }
        let detail = format!("`{}` is more than {DEPTH_MAX} levels deep", self.place.pointer());
        Err(self.refuse(Problem::new(Code::TooDeep, detail)))
    }

    fn check_text<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if !text.contains('\0') {
            return Ok(());
        }
        let message = "must not contain the character U+0000";
        Err(self.refuse(Problem::invalid([FieldError::new(self.place.pointer(), "character", message)])))
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.check_text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let depth = self.descend()?;
        let mut index = 0;
        while items
            .next_element_seed(Walk { place: &Place::Index(self.place, index), depth, ..self })?
            .is_some()
        {
            index += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let depth = self.descend()?;
        let mut seen = Keys::default();
        while let Some(Key(key)) = entries.next_key()? {
            let place = Place::Key(self.place, &key);
            let inside = Walk { place: &place, depth, ..self };
            inside.check_text::<A::Error>(&key)?;
            if seen.contains(&key) {
                let detail = format!("`{}` is written twice; remove one", place.pointer());
                return Err(self.refuse(Problem::new(Code::DuplicateKey, detail)));
            }
            entries.next_value_seed(inside)?;
            seen.insert(key);
        }
        Ok(())
    }
}

/// A key, borrowed from the document unless it has escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Key<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// The keys of one object so far.
#[derive(Default)]
struct Keys<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

impl<'de> Keys<'de> {
    fn contains(&self, key: &str) -> bool {
        self.few.iter().any(|seen| seen == key) || self.many.contains(key)
    }

    fn insert(&mut self, key: Cow<'de, str>) {
        if self.few.len() < FEW_KEYS {
            self.few.push(key);
        } else {
            self.many.insert(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(document: &str) -> (&'static str, String) {
        let problem = check(document.as_bytes()).unwrap_err();
        (problem.code().name(), problem.detail().to_owned())
    }

    #[test]
    fn sound_documents_pass() {
        let deep = "[".repeat(DEPTH_MAX) + &"]".repeat(DEPTH_MAX);
        for document in ["{}", " [1, -2.5e3, null, true, \"a\\u00e9\"] ", "\"text\"", "0", &deep] {
            assert!(check(document.as_bytes()).is_ok(), "{document}");
        }
    }

    #[test]
    fn broken_syntax_is_told_with_line_and_column() {
        assert_eq!(
            refusal("{\n  \"a\": 1,\n}"),
            ("malformed_json", "trailing comma, at line 3, column 1".to_owned())
        );
        assert_eq!(refusal("{} x").0, "malformed_json");
        assert_eq!(refusal("  "), ("malformed_json", "the body is empty; send JSON".to_owned()));
    }

    #[test]
    fn a_repeated_key_is_told_with_its_place() {
        let place = |document| refusal(document).1;
        assert_eq!(refusal(r#"{"a":1,"a":2}"#).0, "duplicate_key");
        assert!(place(r#"{"a":1,"a":2}"#).starts_with("`/a`"));
        assert!(place(r#"{"rules":[{},{"x/y":1,"x\u002fy":2}]}"#).starts_with("`/rules/1/x~1y`"));
        let many: Vec<String> = (0..100).map(|number| format!("\"{number}\":0")).collect();
        assert!(place(&format!("{{{},\"77\":1}}", many.join(","))).starts_with("`/77`"));
    }

    #[test]
    fn depth_is_limited() {
        assert_eq!(refusal(&"[".repeat(DEPTH_MAX + 1)).0, "too_deep");
    }

    #[test]
    fn the_null_character_is_refused_where_it_stands() {
        let problem = check(br#"{"a":["\u0000"]}"#).unwrap_err();
        assert_eq!(problem.errors().first().map(|error| error.pointer.as_str()), Some("/a/0"));
    }
}
