//! The arguments of an operation: where each goes in the request, and what it may be.

use serde_json::Value as Json;

use super::contract::{Contract, Property, Side, text};
use super::operation::Operation;
use super::problem::Given;
use super::shape::{Shape, camel};

/// Types whose documents have a language of their own, and are given whole.
pub(super) const DOCUMENTS: [&str; 1] = ["Promotion"];
/// What stands before `{id}` in a path, and the type that it names.
const FOLDERS: [(&str, &str); 14] = [
    ("api-keys", "ApiKey"),
    ("brands", "Brand"),
    ("categories", "Category"),
    ("channels", "Channel"),
    ("customer-groups", "CustomerGroup"),
    ("customers", "Customer"),
    ("gift-cards", "GiftCard"),
    ("jobs", "Job"),
    ("orders", "Order"),
    ("products", "Product"),
    ("promotions", "Promotion"),
    ("reservations", "Reservation"),
    ("roles", "Role"),
    ("users", "User"),
];

/// Where an argument goes in the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header(&'static str),
    /// The whole body, or a field of it.
    Body,
}

/// An argument of an operation.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub(super) property: Property,
    pub(super) place: Place,
}

/// The argument that a parameter of an operation becomes.
pub(super) fn parameter_of(
    operation: &Operation,
    path: &str,
    parameter: &Json,
    contract: &mut Contract,
) -> Argument {
    let wire = text(parameter, "name");
    let schema = parameter.get("schema").cloned().unwrap_or_default();
    let folder =
        path.split('/').zip(path.split('/').skip(1)).find(|(_, next)| *next == format!("{{{wire}}}"));
    let owner = folder.and_then(|(folder, _)| FOLDERS.iter().find(|(known, _)| *known == folder));
    let shape = match (wire.as_str(), owner) {
        ("id", Some((_, kind))) if schema.get("type") == Some(&Json::from("integer")) => {
            Shape::Id((*kind).to_owned())
        }
        (name, _) if operation.words.contains(&name) => Shape::Text,
        (name, _) => {
            let shape = contract.shape(&schema, name, "", Side::Taken);
            if name == "id" { Shape::Text } else { shape }
        }
    };
    let place = match (text(parameter, "in").as_str(), wire.as_str()) {
        ("path", _) => Place::Path,
        ("header", "If-Match") => Place::Header("if-match"),
        ("header", _) => Place::Header("idempotency-key"),
        _ => Place::Query,
    };
    let (name, description) = match (place, wire.as_str()) {
        (Place::Path, "id") => (operation.id_name.to_owned(), text(parameter, "description")),
        (Place::Query, "limit") => {
            ("first".to_owned(), "How many to return, 1 to 250; 50 unless told.".to_owned())
        }
        (Place::Query, "after") => {
            let description = "The `endCursor` of the page before, or the `cursor` of any edge.";
            ("after".to_owned(), description.to_owned())
        }
        (Place::Header("if-match"), _) => {
            let description = "The revision that the change is based on: another one is refused as `stale`.";
            ("revision".to_owned(), description.to_owned())
        }
        (Place::Header(_), _) => {
            let description = "A text of your own, such as a UUID, that names this request: sent again, it happens once. \
                               The header `Idempotency-Key` of the request is taken when this is left out.";
            ("idempotencyKey".to_owned(), description.to_owned())
        }
        (_, name) => (camel(name), text(parameter, "description")),
    };
    let shape = match place {
        Place::Header("if-match") => Shape::Whole,
        _ => shape,
    };
    let is_required = place == Place::Path;
    Argument { property: Property { name, wire, shape, is_required, description }, place }
}

/// The arguments that the body of an operation becomes.
pub(super) fn body_arguments(body: &Json, given: &Given, contract: &mut Contract) -> Vec<Argument> {
    let whole = |name: &str, shape: Shape, description: String| Argument {
        property: Property {
            name: name.to_owned(),
            wire: String::new(),
            shape,
            is_required: true,
            description,
        },
        place: Place::Body,
    };
    match given {
        Given::Document(name) => {
            let description = "The document, in the language of promotions: the same as over REST.";
            vec![whole(name, Shape::Json, description.to_owned())]
        }
        Given::Object(name) => {
            let shape = contract.shape(body, "", "", Side::Taken);
            let description = contract.described(body);
            vec![whole(name, shape, description)]
        }
        Given::Fields => {
            let Shape::Object(name) = contract.shape(body, "", "", Side::Taken) else { return Vec::new() };
            let fields = contract.input(&name).to_vec();
            fields.into_iter().map(|property| Argument { property, place: Place::Body }).collect()
        }
    }
}

/// `GiftCard` as `gift card`.
pub(super) fn kind_in_words(kind: &str) -> String {
    let mut words = String::new();
    for letter in kind.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// A value as a part of an address.
pub(super) fn escaped(value: &Json) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte))
            }
            other => escaped.push_str(&format!("%{other:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_place_in_an_address() {
        assert_eq!(escaped(&"a/b?c=d&é".into()), "a%2Fb%3Fc%3Dd%26%C3%A9");
        assert_eq!(escaped(&7.into()), "7");
    }

    #[test]
    fn types_are_told_in_words() {
        assert_eq!(kind_in_words("CouponCode"), "coupon code");
    }
}
