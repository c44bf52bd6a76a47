//! Turns what the reader of a type says into words for people who do not read Rust.

use super::pointer;
use super::problem::FieldError;

/// The error that `message`, given by serde while it read the value at `place`, means.
pub(super) fn field_error(place: &str, message: &str) -> FieldError {
    // The place is told by the pointer.
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    if let Some((field, rest)) = quoted(message, "unknown field `") {
        // The place already ends with the field, unless a type was read in two steps.
        let suffix = pointer::child("", field);
        let place = if place.ends_with(&suffix) { place.to_owned() } else { format!("{place}{suffix}") };
        return FieldError::new(
            place,
            "unknown_field",
            format!("`{field}` is not known here{}", known(rest)),
        );
    }
    if let Some((field, _)) = quoted(message, "missing field `") {
        return FieldError::new(pointer::child(place, field), "required", format!("`{field}` is required"));
    }
    if let Some((field, _)) = quoted(message, "duplicate field `") {
        let place = pointer::child(place, field);
        return FieldError::new(place, "duplicate", format!("`{field}` is given twice; remove one"));
    }
    if let Some((variant, rest)) = quoted(message, "unknown variant `") {
        return FieldError::new(
            place,
            "unknown_value",
            format!("`{variant}` is not known here{}", known(rest)),
        );
    }
    for (start, code) in [("invalid type: ", "type"), ("invalid value: ", "out_of_range")] {
        let parts = message.strip_prefix(start).and_then(|rest| rest.rsplit_once(", expected "));
        if let Some((found, expected)) = parts {
            let message = format!("expected {}, found {}", expectation(found, expected), finding(found));
            return FieldError::new(place, code, message);
        }
    }
    // A list where an object should be is read as the values of its fields, until their number is wrong.
    if message.starts_with("invalid length ") && message.contains(", expected struct ") {
        return FieldError::new(place, "type", "expected an object, found a list");
    }
    FieldError::new(place, "invalid", message)
}

/// Splits `` unknown field `x`, expected … `` after the quoted word.
fn quoted<'text>(message: &'text str, start: &str) -> Option<(&'text str, &'text str)> {
    message.strip_prefix(start)?.split_once('`')
}

/// `` , expected one of `a`, `b` `` as the end of a sentence of ours.
fn known(rest: &str) -> String {
    match rest.strip_prefix(", expected ") {
        Some(list) => {
            format!("; allowed: {}", list.strip_prefix("one of ").unwrap_or(list).replace(" or ", ", "))
        }
        None => String::new(),
    }
}

fn expectation<'text>(found: &str, expected: &'text str) -> &'text str {
    let is_too_large = found.strip_prefix("integer `").is_some_and(|number| !number.starts_with('-'));
    match expected {
        "u8" if is_too_large => "a whole number of at most 255",
        "u32" if is_too_large => "a whole number of at most 4294967295",
        "i64" if is_too_large => "a whole number of at most 9223372036854775807",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" | "bool" => "true or false",
        "a string" | "string" | "str" => "a text",
        "a sequence" => "a list",
        "a map" | "map" | "string or map" => "an object",
        "unit" | "unit value" => "null",
        _ if expected.starts_with("struct ") || expected.contains("tagged enum ") => "an object",
        _ if expected.starts_with("a sequence") || expected.starts_with("tuple ") => "a list",
        _ if expected.starts_with("enum ") => "one of the allowed values",
        _ => expected,
    }
}

fn finding(found: &str) -> String {
    let value = found.split_once(' ').map(|(_, value)| value.trim_matches(['"', '`']));
    match (found, value) {
        ("map", _) => "an object".to_owned(),
        ("sequence", _) => "a list".to_owned(),
        ("null" | "unit value" | "Option value", _) => "null".to_owned(),
        (_, Some(value)) if found.starts_with("string ") => format!("the text `{value}`"),
        (_, Some(value)) if found.starts_with("integer ") => format!("`{value}`"),
        (_, Some(value)) if found.starts_with("floating point ") => {
            format!("`{}`", value.trim_start_matches("point `"))
        }
        (_, Some(value)) if found.starts_with("boolean ") => format!("`{value}`"),
        _ => found.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, pointer: &str, code: &str, words: &str) {
        let error = field_error("/items/0", message);
        assert_eq!((error.pointer.as_str(), error.code, error.message.as_str()), (pointer, code, words));
    }

    #[test]
    fn words_are_plain_and_places_exact() {
        check(
            "unknown field `nam`, expected one of `id`, `name` at line 1 column 9",
            "/items/0/nam",
            "unknown_field",
            "`nam` is not known here; allowed: `id`, `name`",
        );
        check(
            "unknown field `b`, expected `a` or `c`",
            "/items/0/b",
            "unknown_field",
            "`b` is not known here; allowed: `a`, `c`",
        );
        check("missing field `id`", "/items/0/id", "required", "`id` is required");
        check(
            "invalid type: string \"x\", expected u64",
            "/items/0",
            "type",
            "expected a whole number that is not negative, found the text `x`",
        );
        check(
            "invalid type: floating point `1.5`, expected i64",
            "/items/0",
            "type",
            "expected a whole number, found `1.5`",
        );
        check("invalid type: null, expected a string", "/items/0", "type", "expected a text, found null");
        check(
            "invalid type: map, expected a sequence at line 3 column 4",
            "/items/0",
            "type",
            "expected a list, found an object",
        );
        check(
            "invalid value: integer `-1`, expected u32",
            "/items/0",
            "out_of_range",
            "expected a whole number that is not negative, found `-1`",
        );
        check(
            "invalid value: integer `4294967296`, expected u32",
            "/items/0",
            "out_of_range",
            "expected a whole number of at most 4294967295, found `4294967296`",
        );
    }

    #[test]
    fn a_field_that_ends_the_place_is_not_named_twice() {
        let error = field_error("/items/0/nam", "unknown field `nam`, there are no fields");
        assert_eq!((error.pointer.as_str(), error.code), ("/items/0/nam", "unknown_field"));
    }
}
