//! How a value of the REST API is told and taken in the graph.

use async_graphql::dynamic::{FieldValue, TypeRef};
use async_graphql::{Name, Value};
use serde_json::{Map, Value as Json};

use super::contract::Contract;
use super::id;
use crate::platform::http::{Errors, pointer};

/// The scalar of documents that have a language of their own.
pub(super) const JSON: &str = "JSON";

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text, also an amount of money or an instant.
    Text,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// Yes or no.
    Truth,
    /// Anything.
    Json,
    /// The number of a thing of this type; a global id in the graph.
    Id(String),
    /// One of the words of an enum.
    Enum(String),
    /// An object of this type.
    Object(String),
    /// Several.
    List(Box<Shape>),
}

impl Shape {
    /// The name of the type, in lists or not.
    fn type_name(&self) -> &str {
        match self {
            Self::Text => TypeRef::STRING,
            Self::Whole => TypeRef::INT,
            Self::Number => TypeRef::FLOAT,
            Self::Truth => TypeRef::BOOLEAN,
            Self::Json => JSON,
            Self::Id(_) => TypeRef::ID,
            Self::Enum(name) | Self::Object(name) => name,
            Self::List(of) => of.type_name(),
        }
    }

    /// The type; what is in lists is never null.
    pub(super) fn type_ref(&self, is_required: bool) -> TypeRef {
        let is_list = matches!(self, Self::List(_));
        match (is_list, is_required) {
            (false, false) => TypeRef::named(self.type_name()),
            (false, true) => TypeRef::named_nn(self.type_name()),
            (true, false) => TypeRef::named_nn_list(self.type_name()),
            (true, true) => TypeRef::named_nn_list_nn(self.type_name()),
        }
    }

    /// A value as it is told.
    pub(super) fn tell<'a>(&self, value: &'a Json) -> Option<FieldValue<'a>> {
        Some(match (self, value) {
            (_, Json::Null) => return None,
            (Self::Object(_), object) => FieldValue::borrowed_any(object),
            (Self::List(of), Json::Array(items)) => {
                FieldValue::list(items.iter().map(|item| of.tell(item).unwrap_or(FieldValue::NULL)))
            }
            (Self::Id(kind), id) => FieldValue::value(id::global(kind, id.as_i64()?)),
            (Self::Enum(_), Json::String(word)) => FieldValue::value(Value::Enum(Name::new(constant(word)))),
            (Self::Text, Json::Number(number)) => FieldValue::value(number.to_string()),
            (_, other) => FieldValue::value(Value::from_json(other.clone()).ok()?),
        })
    }

    /// A value as the REST API takes it. `place` is the pointer to it.
    pub(super) fn take(&self, value: &Value, place: &str, contract: &Contract, errors: &mut Errors) -> Json {
        match (self, value) {
            (_, Value::Null) => Json::Null,
            (Self::List(of), Value::List(items)) => {
                let item = |(at, item)| of.take(item, &format!("{place}/{at}"), contract, errors);
                Json::Array(items.iter().enumerate().map(item).collect())
            }
            // One is taken for a list of one.
            (Self::List(of), one) => Json::Array(vec![of.take(one, &format!("{place}/0"), contract, errors)]),
            (Self::Id(kind), given) => match id::number(kind, given) {
                Some(id) => id.into(),
                None => {
                    errors.report(place, "type", format!("must be the id of a {kind}, is `{given}`"));
                    Json::Null
                }
            },
            (Self::Enum(name), Value::Enum(constant)) => contract.word(name, constant),
            (Self::Enum(name), Value::String(constant)) => contract.word(name, constant),
            (Self::Object(name), Value::Object(given)) => {
                let mut object = Map::new();
                for (name, value) in contract
                    .input(name)
                    .iter()
                    .filter_map(|property| Some((property, given.get(property.name.as_str())?)))
                {
                    let place = pointer::child(place, &name.wire);
                    object.insert(name.wire.clone(), name.shape.take(value, &place, contract, errors));
                }
                Json::Object(object)
            }
            (_, other) => other.clone().into_json().unwrap_or_default(),
        }
    }
}

/// `shipping_cost` as `shippingCost`.
pub(super) fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        camel.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        camel.push_str(letters.as_str());
    }
    camel
}

/// `gift-card` as `GIFT_CARD`.
pub(super) fn constant(word: &str) -> String {
    word.chars()
        .map(|each| if each.is_ascii_alphanumeric() { each.to_ascii_uppercase() } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_graphql() {
        assert_eq!(camel("max_uses_per_customer"), "maxUsesPerCustomer");
        assert_eq!(camel("id"), "id");
        assert_eq!(constant("half_up"), "HALF_UP");
    }

    #[test]
    fn null_is_nothing_and_lists_are_told_item_by_item() {
        assert!(Shape::Text.tell(&Json::Null).is_none());
        let told = Shape::List(Box::new(Shape::Id("Promotion".to_owned())));
        let ids = serde_json::json!([62]);
        let told = told.tell(&ids).unwrap();
        let told = told.as_list().unwrap();
        assert_eq!(told[0].as_value(), Some(&Value::from("UHJvbW90aW9uLTYy")));
    }
}
