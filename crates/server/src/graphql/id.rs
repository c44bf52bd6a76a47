//! Global ids: `base64("Promotion-62")`, by which a thing is known in the whole graph.

use async_graphql::Value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The global id of a thing of this type.
pub(crate) fn global(kind: &str, id: i64) -> String {
    STANDARD.encode(format!("{kind}-{id}"))
}

/// The type and the number that a global id names.
pub(super) fn parse(text: &str) -> Option<(String, i64)> {
    let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let (kind, id) = text.rsplit_once('-')?;
    Some((kind.to_owned(), id.parse().ok()?))
}

/// The number of a thing of this type, given as a global id or as the plain number that REST knows it by; `None` for
/// what names nothing of this type.
pub(super) fn number(kind: &str, given: &Value) -> Option<i64> {
    match given {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => match text.parse() {
            Ok(number) => Some(number),
            Err(_) => parse(text).filter(|(named, _)| named == kind).map(|(_, id)| id),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_that_marketplaces_print() {
        assert_eq!(global("Promotion", 62), "UHJvbW90aW9uLTYy");
        assert_eq!(parse("VmFyaWFudC01MDQw"), Some(("Variant".to_owned(), 5040)));
        assert_eq!(parse("U3RhdGUtMTM="), Some(("State".to_owned(), 13)));
    }

    #[test]
    fn plain_numbers_are_taken_and_ids_of_other_types_are_not() {
        let number = |given: &str| number("Promotion", &Value::from(given));
        assert_eq!(number("UHJvbW90aW9uLTYy"), Some(62));
        assert_eq!(number("62"), Some(62));
        assert_eq!(super::number("Promotion", &Value::from(62)), Some(62));
        for nothing in ["VmFyaWFudC01MDQw", "UHJvbW90aW9u", "%", "", "6e1"] {
            assert_eq!(number(nothing), None, "{nothing}");
        }
    }
}
