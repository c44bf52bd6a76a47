//! Query parameters, read as strictly as bodies: an unknown one is an error that names those that exist.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::value::{Error, MapDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};

use super::problem::{FieldError, Problem};
use super::{pointer, wording};

/// The query parameters, as an argument of a handler.
///
/// The type should say `#[serde(deny_unknown_fields)]`; its fields are texts, numbers, booleans, enums without data,
/// or `Option`s of these.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let decoded = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let axum::extract::Query(pairs) = decoded.map_err(|_| {
            Problem::invalid([FieldError::new("?", "invalid", "the query string is not valid UTF-8")])
        })?;
        read(&pairs).map(Self)
    }
}

fn read<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Problem> {
    if let Some((name, _)) = pairs.iter().find(|(name, value)| name.contains('\0') || value.contains('\0')) {
        let message = "must not contain the character U+0000";
        return Err(Problem::invalid([FieldError::new(format!("?{name}"), "character", message)]));
    }
    let parameters = pairs.iter().map(|(name, value)| (name.as_str(), Parameter(value)));
    let mut track = serde_path_to_error::Track::new();
    let reader = serde_path_to_error::Deserializer::new(MapDeserializer::new(parameters), &mut track);
    T::deserialize(reader).map_err(|error: Error| {
        let place = pointer::of_path(&track.path());
        let error = wording::field_error(&place, &error.to_string());
        let name = error.pointer.trim_start_matches('/').replace("~1", "/").replace("~0", "~");
        Problem::invalid([FieldError { pointer: format!("?{name}"), ..error }])
    })
}

/// One value, read as whatever the field wants.
#[derive(Clone, Copy)]
struct Parameter<'text>(&'text str);

impl<'de> IntoDeserializer<'de, Error> for Parameter<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Reads a value by `parse` and hands it to the visitor.
macro_rules! parsed {
    ($($method:ident => $visit:ident, $expected:literal;)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(Error::invalid_type(Unexpected::Str(self.0), &$expected)),
            }
        })+
    };
}

impl<'de> Deserializer<'de> for Parameter<'de> {
    type Error = Error;

    parsed! {
        deserialize_bool => visit_bool, "true or false";
        deserialize_i8 => visit_i8, "i8";
        deserialize_i16 => visit_i16, "i16";
        deserialize_i32 => visit_i32, "i32";
        deserialize_i64 => visit_i64, "i64";
        deserialize_u8 => visit_u8, "u8";
        deserialize_u16 => visit_u16, "u16";
        deserialize_u32 => visit_u32, "u32";
        deserialize_u64 => visit_u64, "u64";
        deserialize_f64 => visit_f64, "f64";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        StrDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        f32 i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Direction {
        Ascending,
        Descending,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        limit: Option<u32>,
        name: Option<String>,
        #[serde(rename = "id:in")]
        ids: Option<String>,
        direction: Option<Direction>,
        archived: Option<bool>,
    }

    fn filter(pairs: &[(&str, &str)]) -> Result<Filter, Problem> {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        read(&pairs)
    }

    #[test]
    fn values_are_read_as_their_fields_want() {
        let pairs = [
            ("limit", "7"),
            ("name", "7"),
            ("id:in", "1,2"),
            ("direction", "descending"),
            ("archived", "true"),
        ];
        let expected = Filter {
            limit: Some(7),
            name: Some("7".to_owned()),
            ids: Some("1,2".to_owned()),
            direction: Some(Direction::Descending),
            archived: Some(true),
        };
        assert_eq!(filter(&pairs).unwrap(), expected);
        assert_eq!(filter(&[]).unwrap().limit, None);
    }

    #[test]
    fn errors_name_the_parameter_and_what_is_allowed() {
        for (pair, code, words) in [
            (("limitt", "1"), "unknown_field", "allowed: `limit`, `name`, `id:in`, `direction`, `archived`"),
            (("limit", "-1"), "type", "expected a whole number that is not negative, found the text `-1`"),
            (("direction", "up"), "unknown_value", "allowed: `ascending`, `descending`"),
            (("archived", "yes"), "type", "expected true or false"),
            (("name", "a\0b"), "character", "U+0000"),
        ] {
            let problem = filter(&[pair]).unwrap_err();
            let error = &problem.errors()[0];
            assert_eq!((error.pointer.clone(), error.code), (format!("?{}", pair.0), code));
            assert!(error.message.contains(words), "{}", error.message);
        }
        assert_eq!(filter(&[("limit", "1"), ("limit", "2")]).unwrap_err().errors()[0].code, "duplicate");
    }
}
