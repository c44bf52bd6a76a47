//! Units with one of these values of an option, such as Size XS.

use serde_json::Value;

use crate::cart::Line;
use crate::document::{FieldKind, Pointer, Problems, Reader};
use crate::promotion::language::{Language, quoted};
use crate::promotion::matchers::{Matcher, MatcherKind, MatcherShape, Property, Read};

#[derive(Debug)]
struct ProductOption {
    name: String,
    values: Vec<String>,
}

pub(super) static KIND: MatcherKind = MatcherKind {
    code: "product_option",
    doc: "Units with one of these values of an option; names and values are compared exactly.",
    shape: MatcherShape::Object(&[
        ("type", FieldKind::Choice(&["string_match"])),
        ("name", FieldKind::Text),
        ("values", FieldKind::Texts),
    ]),
    example: r#"{"type":"string_match","name":"Size","values":["XS"]}"#,
    parse,
};

fn parse(value: &Value, pointer: Pointer<'_>, problems: &Problems) -> Option<Read> {
    let mut reader = Reader::open(value, pointer, problems)?;
    reader.choice("type", &["string_match"]);
    let named = reader.name_and_values();
    let normal = reader.close();
    let (name, values) = named?;
    Some((Box::new(ProductOption { name, values }), normal))
}

impl Matcher for ProductOption {
    fn matches(&self, line: &Line) -> bool {
        line.options.iter().any(|(name, value)| *name == self.name && self.values.contains(value))
    }

    fn property(&self) -> Property<'_> {
        Property::Choice(&self.name, &self.values)
    }

    fn sentence(&self, _: &Language<'_>) -> String {
        format!("products with {} {}", self.name, quoted(&self.values, "or"))
    }
}
