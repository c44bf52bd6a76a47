//! Texts by name, as lines bring them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

/// Texts by name, in the order of the names; no name stands in it twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(Vec<(String, String)>);

impl Texts {
    /// The pairs.
    pub(super) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Texts;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Texts, A::Error> {
                let mut texts: Vec<(String, String)> = Vec::new();
                while let Some(name) = entries.next_key()? {
                    texts.push((name, entries.next_value()?));
                }
                texts.sort_unstable_by(|one, other| one.0.cmp(&other.0));
                let is_twice = texts.array_windows().any(|[(one, _), (other, _)]| one == other);
                if is_twice { Err(A::Error::custom("a name stands in it twice")) } else { Ok(Texts(texts)) }
            }
        }
        deserializer.deserialize_map(Reader)
    }
}
