//! The types of the graph, made from what the OpenAPI document says of the REST API.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::shape::{Shape, camel, constant};

/// Properties that hold the number of a thing, and its type.
const KINDS: [(&str, &str); 19] = [
    ("batch_id", "Job"),
    ("brand_id", "Brand"),
    ("category_id", "Category"),
    ("category_ids", "Category"),
    ("channel_id", "Channel"),
    ("code_id", "CouponCode"),
    ("coupon_promotion_ids", "Promotion"),
    ("customer_group_id", "CustomerGroup"),
    ("customer_id", "Customer"),
    ("gift_card_id", "GiftCard"),
    ("group_id", "CustomerGroup"),
    ("order_id", "Order"),
    ("parent_id", "Category"),
    ("product_id", "Product"),
    ("promotion_id", "Promotion"),
    ("seller_id", "Seller"),
    ("trace_of", "Promotion"),
    ("variant_id", "Variant"),
    ("winner_id", "Promotion"),
];

/// Types that are told whole: parts of the language of promotions, and carts that are sent back as they are.
const WHOLE: [&str; 2] = ["PromotionRule", "CartIn"];

/// The types of the graph.
#[derive(Debug, Default)]
pub(super) struct Contract {
    document: Json,
    /// Objects that are told, by the names of their types.
    pub(super) outputs: BTreeMap<String, Described>,
    /// Objects that are taken.
    pub(super) inputs: BTreeMap<String, Described>,
    /// Enums: their words in the graph, and over REST.
    pub(super) enums: BTreeMap<String, Enumerated>,
}

/// An object.
#[derive(Clone, Debug, Default)]
pub(super) struct Described {
    pub(super) description: String,
    pub(super) properties: Vec<Property>,
}

/// An enum.
#[derive(Debug, Default)]
pub(super) struct Enumerated {
    pub(super) description: String,
    pub(super) words: Vec<(String, String)>,
}

/// A property of an object.
#[derive(Clone, Debug)]
pub(super) struct Property {
    /// What it is called in the graph.
    pub(super) name: String,
    /// What it is called over REST.
    pub(super) wire: String,
    pub(super) shape: Shape,
    pub(super) is_required: bool,
    pub(super) description: String,
}

/// Whether a type is told or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Told,
    Taken,
}

impl Contract {
    /// Of this OpenAPI document.
    pub(super) fn new(document: Json) -> Self {
        Self { document, ..Self::default() }
    }

    /// Method, path and description of the operation with this id.
    pub(super) fn operation(&self, id: &str) -> Option<(String, String, Json)> {
        let paths = self.document.get("paths")?.as_object()?;
        let mut all = paths.iter().flat_map(|(path, methods)| {
            methods
                .as_object()
                .into_iter()
                .flatten()
                .map(move |(method, operation)| (method, path, operation))
        });
        let (method, path, operation) = all.find(|(.., operation)| text(operation, "operationId") == id)?;
        Some((method.to_ascii_uppercase(), path.clone(), operation.clone()))
    }

    /// What the value of a property is. `owner` is the type that has it.
    pub(super) fn shape(&mut self, schema: &Json, property: &str, owner: &str, side: Side) -> Shape {
        if let Some(name) = component(schema) {
            return self.of_component(&name, side);
        }
        if let Some(alternatives) = schema.get("oneOf").and_then(Json::as_array) {
            let mut possible = alternatives.iter().filter(|it| text(it, "type") != "null");
            return match (possible.next(), possible.next()) {
                (Some(only), None) => self.shape(&only.clone(), property, owner, side),
                _ => Shape::Json,
            };
        }
        let kinds = match schema.get("type") {
            Some(Json::Array(several)) => several.iter().filter_map(Json::as_str).collect(),
            Some(Json::String(one)) => vec![one.as_str()],
            _ => Vec::new(),
        };
        let is = |kind: &str| kinds.contains(&kind);
        if is("string") {
            Shape::Text
        } else if is("integer") {
            kind_of(property, owner).map_or(Shape::Whole, Shape::Id)
        } else if is("number") {
            Shape::Number
        } else if is("boolean") {
            Shape::Truth
        } else if is("array") {
            let items = schema.get("items").cloned().unwrap_or_default();
            match self.shape(&items, property, owner, side) {
                Shape::List(_) => Shape::Json,
                Shape::Json => Shape::Json,
                item => Shape::List(Box::new(item)),
            }
        } else {
            Shape::Json
        }
    }

    /// What a component of the document is.
    pub(super) fn of_component(&mut self, name: &str, side: Side) -> Shape {
        let schema = self.schema(name);
        if let Some(words) = schema.get("enum").and_then(Json::as_array) {
            let words = words.iter().filter_map(Json::as_str);
            let words = words.map(|word| (constant(word), word.to_owned())).collect();
            let type_name = name_of(name, Side::Told);
            self.enums
                .insert(type_name.clone(), Enumerated { description: text(&schema, "description"), words });
            return Shape::Enum(type_name);
        }
        let is_object = schema.get("properties").is_some() || schema.get("allOf").is_some();
        if !is_object || side == Side::Told && WHOLE.contains(&name) || name == WHOLE[0] {
            return match is_object {
                true => Shape::Json,
                false => self.shape(&schema, "", name, side),
            };
        }
        let type_name = name_of(name, side);
        let known = match side {
            Side::Told => &mut self.outputs,
            Side::Taken => &mut self.inputs,
        };
        if !known.contains_key(&type_name) {
            let description = text(&schema, "description");
            known.insert(type_name.clone(), Described { description, properties: Vec::new() });
            let owner = name_of(name, Side::Told);
            let properties = self.properties(&schema, &owner, side);
            let known = match side {
                Side::Told => &mut self.outputs,
                Side::Taken => &mut self.inputs,
            };
            known.entry(type_name.clone()).or_default().properties = properties;
        }
        Shape::Object(type_name)
    }

    fn properties(&mut self, schema: &Json, owner: &str, side: Side) -> Vec<Property> {
        let mut found = Vec::new();
        for part in schema.get("allOf").and_then(Json::as_array).into_iter().flatten() {
            let part = component(part).map_or_else(|| part.clone(), |name| self.schema(&name));
            found.extend(self.properties(&part, owner, side));
        }
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        for (wire, property) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
            found.push(Property {
                name: camel(wire),
                wire: wire.clone(),
                shape: self.shape(property, wire, owner, side),
                is_required: required.contains(&wire.as_str()) && !is_nullable(property),
                description: self.described(property),
            });
        }
        found
    }

    /// What a property says of itself, or else what its type says.
    pub(super) fn described(&self, property: &Json) -> String {
        let own = text(property, "description");
        if !own.is_empty() {
            return own.replace('\n', " ");
        }
        let alternatives = property.get("oneOf").and_then(Json::as_array).into_iter().flatten();
        let inside = alternatives.chain(property.get("items")).map(|inside| self.described(inside));
        let of_type = component(property).map(|name| text(&self.schema(&name), "description"));
        inside.chain(of_type).find(|found| !found.is_empty()).unwrap_or_default().replace('\n', " ")
    }

    fn schema(&self, name: &str) -> Json {
        self.document.pointer(&format!("/components/schemas/{name}")).cloned().unwrap_or_default()
    }

    /// The properties of an object that is taken.
    pub(super) fn input(&self, name: &str) -> &[Property] {
        self.inputs.get(name).map_or(&[], |described| &described.properties)
    }

    /// The word of an enum over REST.
    pub(super) fn word(&self, name: &str, constant: &str) -> Json {
        let words = self.enums.get(name).map_or(&[][..], |known| &known.words);
        let word = words.iter().find(|(known, _)| known == constant);
        word.map_or_else(|| constant.into(), |(_, word)| word.as_str().into())
    }

    /// The document, for what it says of single operations.
    pub(super) fn forget_document(&mut self) {
        self.document = Json::Object(Map::new());
    }
}

/// Whether null is a value of it.
fn is_nullable(schema: &Json) -> bool {
    let kinds = schema.get("type").and_then(Json::as_array).into_iter().flatten();
    let alternatives = schema.get("oneOf").and_then(Json::as_array).into_iter().flatten();
    kinds.chain(alternatives.filter_map(|it| it.get("type"))).any(|kind| kind == "null")
}

/// The component that a schema refers to.
pub(super) fn component(schema: &Json) -> Option<String> {
    let reference = schema.get("$ref")?.as_str()?;
    Some(reference.strip_prefix("#/components/schemas/")?.to_owned())
}

/// What a type is called in the graph.
pub(super) fn name_of(component: &str, side: Side) -> String {
    let name = ["Out", "In", "Request"].iter().find_map(|ending| component.strip_suffix(ending));
    let name = name.unwrap_or(component);
    match side {
        Side::Told => name.to_owned(),
        Side::Taken => format!("{name}Input"),
    }
}

/// The type of thing whose number a property holds.
pub(super) fn kind_of(property: &str, owner: &str) -> Option<String> {
    if property == "id" {
        return Some(owner.to_owned());
    }
    let known = KINDS.iter().find(|(name, _)| *name == property);
    known.map(|(_, kind)| (*kind).to_owned())
}

/// A text in a document; empty when it is not there.
pub(super) fn text(from: &Json, name: &str) -> String {
    from.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
}
