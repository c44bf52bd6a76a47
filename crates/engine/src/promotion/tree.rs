//! What the trees of conditions and of matchers have in common: how they are read.

use serde_json::Value;

use crate::document::{Pointer, Problems, kind_of, nearest, shorten};

/// Deepest nesting of a tree; BigCommerce documents three levels.
const DEPTH_MAX: usize = 16;

/// What stands at a place of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Branch {
    And,
    Or,
    Not,
    Leaf,
}

/// Takes an object with exactly one key apart: `and`, `or`, `not`, or the code of a kind in `known`.
pub(crate) fn open<'v>(
    value: &'v Value,
    pointer: &Pointer<'_>,
    problems: &Problems,
    depth: usize,
    known: &[&'static str],
) -> Option<(&'v str, &'v Value, Branch)> {
    if depth >= DEPTH_MAX {
        problems.report(pointer, "too_deep", format!("is nested more than {DEPTH_MAX} levels deep"));
        return None;
    }
    let choices = || format!("one of {}, and, or, not", known.join(", "));
    let Value::Object(object) = value else {
        problems.report(
            pointer,
            "type",
            format!("must be an object with {}, not {}", choices(), kind_of(value)),
        );
        return None;
    };
    let mut entries = object.iter();
    let (Some((key, inner)), None) = (entries.next(), entries.next()) else {
        let code = if object.is_empty() { "empty" } else { "conflict" };
        let message = format!("must have exactly one key, {}; join several with `and`", choices());
        problems.report(pointer, code, message);
        return None;
    };
    let branch = match key.as_str() {
        "and" => Branch::And,
        "or" => Branch::Or,
        "not" => Branch::Not,
        code if known.contains(&code) => Branch::Leaf,
        other => {
            let hint = nearest(other, known).map(|known| format!("; did you mean `{known}`?"));
            let message = format!(
                "`{}` is no kind here, use {}{}",
                shorten(other),
                choices(),
                hint.unwrap_or_default()
            );
            problems.report(&pointer.key(other), "unknown_kind", message);
            return None;
        }
    };
    Some((key, inner, branch))
}

/// Reads the list below `and` and `or`: at least one part.
pub(crate) fn several<T>(
    value: &Value,
    pointer: Pointer<'_>,
    problems: &Problems,
    parse: impl Fn(&Value, Pointer<'_>) -> Option<(T, Value)>,
) -> Option<(Vec<T>, Value)> {
    let Value::Array(values) = value else {
        problems.report(&pointer, "type", format!("must be a list, not {}", kind_of(value)));
        return None;
    };
    if values.is_empty() {
        problems.report(&pointer, "empty", "must have at least one part");
        return None;
    }
    let read: Vec<(T, Value)> =
        values.iter().enumerate().filter_map(|(index, value)| parse(value, pointer.index(index))).collect();
    if read.len() < values.len() {
        return None;
    }
    let (parts, normal): (Vec<T>, Vec<Value>) = read.into_iter().unzip();
    Some((parts, Value::Array(normal)))
}
