//! Units of products with one of these values of a custom field, such as Gender Mens.

use serde_json::Value;

use crate::cart::Line;
use crate::document::{FieldKind, Pointer, Problems, Reader};
use crate::promotion::language::{Language, quoted};
use crate::promotion::matchers::{Matcher, MatcherKind, MatcherShape, Property, Read};

#[derive(Debug)]
struct ProductCustomField {
    name: String,
    values: Vec<String>,
}

pub(super) static KIND: MatcherKind = MatcherKind {
    code: "product_custom_field",
    doc: "Units of products with one of these values of a custom field, compared exactly.",
    shape: MatcherShape::Object(&[("name", FieldKind::Text), ("values", FieldKind::Texts)]),
    example: r#"{"name":"Gender","values":["Mens"]}"#,
    parse,
};

fn parse(value: &Value, pointer: Pointer<'_>, problems: &Problems) -> Option<Read> {
    let mut reader = Reader::open(value, pointer, problems)?;
    let named = reader.name_and_values();
    let normal = reader.close();
    let (name, values) = named?;
    Some((Box::new(ProductCustomField { name, values }), normal))
}

impl Matcher for ProductCustomField {
    fn matches(&self, line: &Line) -> bool {
        line.custom_fields.iter().any(|(name, value)| *name == self.name && self.values.contains(value))
    }

    fn property(&self) -> Property<'_> {
        Property::Field(&self.name, &self.values)
    }

    fn sentence(&self, _: &Language<'_>) -> String {
        format!("products with {} {}", self.name, quoted(&self.values, "or"))
    }
}
