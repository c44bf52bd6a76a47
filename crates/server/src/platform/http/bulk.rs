//! Many objects in one request.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::errors::Errors;

/// The most objects in one request.
const ITEMS_MAX: usize = 1000;

/// Objects to add, or to put in the place of those with the same ids. All of them are kept, or none.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bulk<T> {
    /// Up to 1000 objects, each id once.
    #[schema(max_items = 1000)]
    pub items: Vec<T>,
}

/// What a bulk request did.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Upserted {
    /// How many objects were added or replaced.
    pub upserted: usize,
}

/// Checks the number of objects, that ids are ids, and that none stands twice: it would be unclear which is meant.
pub fn check_bulk<T>(items: &[T], id: impl Fn(&T) -> i64, errors: &mut Errors) {
    for (index, item) in items.iter().take(ITEMS_MAX).enumerate() {
        errors.id(format_args!("/items/{index}/id"), id(item));
    }
    check_bulk_of(items, id, errors);
}

/// The same for objects whose ids are not numbers.
pub fn check_bulk_of<T, I: Display + Eq + Hash>(items: &[T], id: impl Fn(&T) -> I, errors: &mut Errors) {
    errors.length("/items", items.len(), ITEMS_MAX);
    let mut seen = HashSet::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let id = id(item);
        if seen.contains(&id) {
            let message = format!("`{id}` stands in the list twice; send each id once");
            errors.report(format!("/items/{index}/id"), "duplicate", message);
        }
        seen.insert(id);
    }
}
