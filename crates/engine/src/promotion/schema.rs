//! The promotion language as JSON Schema, made from what its kinds declare.

use serde_json::{Map, Value, json};

use super::matchers::MatcherShape;
use super::{actions, conditions, matchers};
use crate::document::{Field, FieldKind};

/// Schemas (JSON Schema 2020-12, as OpenAPI 3.1 has them) by name; they refer to each other under `base`, such
/// as `#/components/schemas/`.
///
/// ```
/// let schemas = engine::promotion::schema::schemas("#/components/schemas/");
/// assert_eq!(schemas["Promotion"]["required"][0], "name");
/// ```
pub fn schemas(base: &str) -> Map<String, Value> {
    let refer = |name: &str| json!({"$ref": format!("{base}{name}")});
    let mut schemas = Map::new();
    schemas.insert("Promotion".to_owned(), promotion(&refer));
    schemas.insert("PromotionRule".to_owned(), rule(&refer));
    let leaves = conditions::kinds().map(|kind| (kind.code, object(kind.label, kind.fields, &refer)));
    schemas.insert(
        "PromotionCondition".to_owned(),
        tree("What must hold.", leaves, &refer("PromotionCondition")),
    );
    let leaves = matchers::kinds().map(|kind| (kind.code, matcher(kind)));
    schemas.insert("PromotionItems".to_owned(), tree("Chooses products.", leaves, &refer("PromotionItems")));
    let ids =
        json!({"type": "array", "items": {"type": "string"}, "description": "In at least one of these."});
    let segments = tree("Chooses customers.", std::iter::once(("id", ids)), &refer("CustomerSegments"));
    schemas.insert("CustomerSegments".to_owned(), segments);
    let action = |kind: &actions::ActionKind| only(kind.code, object(kind.label, kind.fields, &refer));
    let actions: Vec<Value> = actions::kinds().map(action).collect();
    schemas
        .insert("PromotionAction".to_owned(), json!({"description": "What a rule does.", "oneOf": actions}));
    schemas
}

/// An object with exactly this key.
fn only(code: &str, value: Value) -> Value {
    json!({"type": "object", "properties": {code: value}, "required": [code], "additionalProperties": false})
}

fn tree(doc: &str, leaves: impl Iterator<Item = (&'static str, Value)>, itself: &Value) -> Value {
    let mut choices: Vec<Value> = leaves.map(|(code, schema)| only(code, schema)).collect();
    for joined in ["and", "or"] {
        choices.push(only(joined, json!({"type": "array", "items": itself, "minItems": 1})));
    }
    choices.push(only("not", itself.clone()));
    json!({"description": doc, "oneOf": choices})
}

fn matcher(kind: &matchers::MatcherKind) -> Value {
    match kind.shape {
        MatcherShape::Ids => {
            let ids = json!({"type": "integer", "minimum": 1});
            json!({"type": "array", "items": ids, "minItems": 1, "description": kind.doc})
        }
        MatcherShape::Object(fields) => {
            let names: Vec<&str> =
                fields.iter().map(|(name, _)| *name).filter(|name| *name != "type").collect();
            let property =
                |(name, kind): &(&str, FieldKind)| ((*name).to_owned(), value(*kind, &|_| Value::Null));
            let properties: Map<String, Value> = fields.iter().map(property).collect();
            json!({"type": "object", "description": kind.doc, "properties": properties, "required": names,
                   "additionalProperties": false})
        }
    }
}

fn object(doc: &str, fields: &[Field], refer: &dyn Fn(&str) -> Value) -> Value {
    let property = |field: &Field| {
        let mut schema = value(field.kind, refer);
        if let Value::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), json!(field.doc));
        }
        (field.name.to_owned(), schema)
    };
    let properties: Map<String, Value> = fields.iter().map(property).collect();
    let required: Vec<&str> =
        fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
    json!({"type": "object", "description": doc, "properties": properties, "required": required,
           "additionalProperties": false})
}

fn value(kind: FieldKind, refer: &dyn Fn(&str) -> Value) -> Value {
    let decimal = || json!({"type": ["string", "number"], "examples": ["12.95"]});
    match kind {
        FieldKind::Flag(default) => json!({"type": "boolean", "default": default}),
        FieldKind::Count(least) => json!({"type": "integer", "minimum": least}),
        FieldKind::Money => decimal(),
        FieldKind::Discount => json!({"type": "object", "oneOf": [
            only("percentage_amount", decimal()), only("fixed_amount", decimal()),
        ]}),
        FieldKind::Text => json!({"type": "string"}),
        FieldKind::Texts => json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
        FieldKind::Product | FieldKind::Variant => json!({"type": "integer", "minimum": 1}),
        FieldKind::Ids => json!({"type": "array", "items": {"type": "integer", "minimum": 1}}),
        FieldKind::Items => json!({"allOf": [refer("PromotionItems")]}),
        FieldKind::Choice(choices) => json!({"type": "string", "enum": choices, "default": choices.first()}),
        FieldKind::Parts => json!({"type": "array", "minItems": 1, "maxItems": 20, "items": {
            "type": "object", "required": ["items"], "additionalProperties": false, "properties": {
                "items": refer("PromotionItems"),
                "quantity": {"type": "integer", "minimum": 1, "maximum": 100, "default": 1},
            },
        }}),
        FieldKind::Zones => json!({"oneOf": [
            {"type": "string", "enum": ["*"]},
            {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1},
        ]}),
    }
}

fn rule(refer: &dyn Fn(&str) -> Value) -> Value {
    let flag = |default: bool, doc: &str| json!({"type": "boolean", "default": default, "description": doc});
    json!({
        "type": "object", "required": ["action"], "additionalProperties": false,
        "description": "When its condition holds, its action acts.",
        "properties": {
            "action": refer("PromotionAction"),
            "condition": refer("PromotionCondition"),
            "apply_once": flag(true, "False: as often as the condition holds for what is not yet used."),
            "maximum_applications": {"type": ["integer", "null"], "minimum": 1, "maximum": 10_000,
                "description": "How often at most, with `apply_once` false."},
            "stop": flag(false, "Silences the promotion's later rules once this one applied, whatever their phase."),
        },
    })
}

/// The fields of a promotion itself are the same for all kinds, so they are written down as they are.
fn promotion(refer: &dyn Fn(&str) -> Value) -> Value {
    let mut schema = serde_json::from_str(include_str!("schema/promotion.json")).unwrap_or_default();
    point_references(&mut schema, refer);
    schema
}

/// Completes every `{"$ref": name}`.
fn point_references(schema: &mut Value, refer: &dyn Fn(&str) -> Value) {
    match schema {
        Value::Object(object) => match object.get("$ref").and_then(Value::as_str) {
            Some(name) => *schema = refer(name),
            None => object.values_mut().for_each(|value| point_references(value, refer)),
        },
        Value::Array(values) => values.iter_mut().for_each(|value| point_references(value, refer)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Context;
    use crate::money::Currency;

    /// Fields that the service sets itself, and those that stay out of the normal form when they are not given.
    const BESIDE: &[&str] = &[
        "id",
        "summary",
        "state",
        "current_uses",
        "created_from",
        "revision",
        "created_at",
        "updated_at",
        "key",
        "teaser",
        "description",
        "display_name",
        "codes",
        "warnings",
    ];

    #[test]
    fn the_schema_has_the_fields_that_promotions_have() {
        let document = json!({"name": "x", "redemption_type": "COUPON", "rules": [
            {"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}},
        ]});
        let now = jiff::Timestamp::UNIX_EPOCH;
        let context = Context { default_currency: Currency::parse("USD").unwrap(), now };
        let normal = crate::promotion::parse(&document, &context).unwrap().document;
        let names = |object: &Value| -> Vec<String> {
            let names = object.as_object().unwrap().keys();
            names.filter(|name| !BESIDE.contains(&name.as_str())).cloned().collect()
        };
        let (mut found, mut expected) = (names(&normal), names(&schemas("")["Promotion"]["properties"]));
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
