//! Finding a code however it is spelled.

use std::collections::BTreeMap;

use super::{CodeError, loose, normalise};

/// Codes with what is known of each.
///
/// ```
/// use engine::coupon::CodeBook;
/// let mut book = CodeBook::default();
/// book.insert("AB-1", 1).unwrap();
/// book.insert("SAVE10", 2).unwrap();
/// book.insert("SAVE-10", 3).unwrap();
/// assert_eq!(book.find("ab 1"), Some(&1), "only one is meant");
/// assert_eq!(book.find("save-10"), Some(&3), "exactly this one is there");
/// assert_eq!(book.find("save 10"), None, "two could be meant");
/// ```
#[derive(Clone, Debug)]
pub struct CodeBook<T> {
    by_normal: BTreeMap<String, T>,
    /// The normal forms that have a loose form.
    by_loose: BTreeMap<String, Vec<String>>,
}

impl<T> CodeBook<T> {
    /// How many codes it has.
    pub fn len(&self) -> usize {
        self.by_normal.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.by_normal.is_empty()
    }
}

impl<T> Default for CodeBook<T> {
    fn default() -> Self {
        Self { by_normal: BTreeMap::new(), by_loose: BTreeMap::new() }
    }
}

impl<T> CodeBook<T> {
    /// Adds a code; gives what was known of the same code before.
    ///
    /// Errors: a text that cannot be a code.
    pub fn insert(&mut self, code: &str, known: T) -> Result<Option<T>, CodeError> {
        let normal = normalise(code)?;
        let before = self.by_normal.insert(normal.clone(), known);
        if before.is_none() {
            self.by_loose.entry(loose(&normal)).or_default().push(normal);
        }
        Ok(before)
    }

    /// What is known of the code that is meant: the one with the same normal form or, when there is none, the only one
    /// with the same loose form.
    pub fn find(&self, entered: &str) -> Option<&T> {
        let normal = normalise(entered).ok()?;
        if let Some(known) = self.by_normal.get(&normal) {
            return Some(known);
        }
        let loose = Some(loose(&normal)).filter(|loose| !loose.is_empty())?;
        match self.by_loose.get(&loose).map(Vec::as_slice) {
            Some([only]) => self.by_normal.get(only),
            _ => None,
        }
    }
}
