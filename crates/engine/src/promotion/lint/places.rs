//! The places of a document where products are chosen.

use serde_json::Value;

use super::super::items::Items;
use super::super::matchers::Property;
use crate::document::{Pointer, Problems};

/// Every tree of matchers in the rules of a document, with its pointer: whatever stands below a key `items`, so
/// that kinds to come are found too.
pub(super) fn trees(document: &Value) -> Vec<(String, &Value, Items)> {
    let mut found = Vec::new();
    if let Some(rules) = document.get("rules") {
        collect(rules, "/rules".to_owned(), &mut found);
    }
    found
}

fn collect<'v>(value: &'v Value, pointer: String, found: &mut Vec<(String, &'v Value, Items)>) {
    match value {
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                collect(value, format!("{pointer}/{index}"), found);
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                let pointer = format!("{pointer}/{key}");
                match read(value).filter(|_| key == "items") {
                    Some(items) => found.push((pointer, value, items)),
                    None => collect(value, pointer, found),
                }
            }
        }
        _ => {}
    }
}

fn read(value: &Value) -> Option<Items> {
    let problems = Problems::default();
    let read = Items::parse(value, Pointer::ROOT, &problems);
    read.map(|(items, _)| items).filter(|_| problems.is_empty())
}

/// Shows every matcher in the rules of a document, with the pointer of its value.
pub(super) fn each_matcher(document: &Value, mut show: impl FnMut(&str, Property<'_>)) {
    for (pointer, value, _) in trees(document) {
        visit(value, &pointer, &mut show);
    }
}

fn visit(value: &Value, pointer: &str, show: &mut dyn FnMut(&str, Property<'_>)) {
    let Some((key, inner)) = value.as_object().and_then(|object| object.iter().next()) else { return };
    let pointer = format!("{pointer}/{key}");
    match (read(value), inner) {
        (Some(Items::Leaf(matcher)), _) => show(&pointer, matcher.property()),
        (_, Value::Array(parts)) => {
            for (index, part) in parts.iter().enumerate() {
                visit(part, &format!("{pointer}/{index}"), show);
            }
        }
        (_, inner) => visit(inner, &pointer, show),
    }
}
