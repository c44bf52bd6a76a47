//! Calls fields of the graph as REST is called: arguments are made from a REST request, everything that the field can
//! tell is asked for, and the answer is written as REST would write it.

use std::collections::BTreeMap;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::ask;
use crate::harness::{Key, TestApp};

/// The schema, as it tells of itself.
pub(crate) struct Graph {
    types: BTreeMap<String, Value>,
}

/// What became of a call.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// What was answered, as REST writes it, without what is null.
    Done(Value),
    /// The code of what was wrong, and each place: its pointer, without the argument that holds the body, and its rule.
    Refused(String, Vec<(String, String)>),
}

impl Graph {
    pub(crate) async fn of(app: &TestApp) -> Self {
        let query = "{ __schema { types { name kind interfaces { name }
            fields { name args { name type { ...T } } type { ...T } } inputFields { name type { ...T } } } } }
            fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
        let schema = ask(app, query, json!({})).await;
        let types = schema["__schema"]["types"].as_array().unwrap().iter();
        Self { types: types.map(|it| (it["name"].as_str().unwrap().to_owned(), it.clone())).collect() }
    }

    fn field(&self, name: &str) -> (&'static str, &Value) {
        let roots = [("query", "Query"), ("mutation", "Mutation")];
        let mut all = roots.into_iter().flat_map(|(word, root)| {
            self.types[root]["fields"].as_array().unwrap().iter().map(move |field| (word, field))
        });
        all.find(|(_, field)| field["name"] == name).unwrap_or_else(|| panic!("no field `{name}`"))
    }

    /// Everything that an object tells of itself: not what only leads on to others.
    fn selection(&self, type_name: &str) -> String {
        let mut told = String::new();
        for field in self.types[type_name]["fields"].as_array().unwrap() {
            let of = &self.types[named(&field["type"])];
            let name = field["name"].as_str().unwrap();
            let is_node =
                of["interfaces"].as_array().is_some_and(|all| all.iter().any(|it| it["name"] == "Node"));
            let leads_on = is_node && self.has(type_name, &format!("{name}Id"))
                || is_node && named_list(&field["type"]) && self.has(type_name, &ids(name))
                || field["args"].as_array().is_some_and(|arguments| !arguments.is_empty());
            match of["kind"].as_str().unwrap() {
                "OBJECT" if !leads_on => {
                    told.push_str(&format!("{name} {{ {} }} ", self.selection(named(&field["type"]))))
                }
                "SCALAR" | "ENUM" => told.push_str(&format!("{name} ")),
                _ => {}
            }
        }
        told
    }

    fn has(&self, type_name: &str, field: &str) -> bool {
        self.types[type_name]["fields"].as_array().unwrap().iter().any(|it| it["name"] == field)
    }

    /// A value of REST as an argument of this type.
    fn argument(&self, of: &Value, value: &Value) -> Value {
        let Some(known) = self.types.get(named(of)) else { return value.clone() };
        match (known["kind"].as_str().unwrap(), value) {
            (_, Value::Array(items)) if known["name"] != "JSON" => {
                items.iter().map(|item| self.argument(of, item)).collect()
            }
            ("ENUM", Value::String(word)) => word.to_uppercase().into(),
            ("INPUT_OBJECT", Value::Object(fields)) => {
                let inputs = known["inputFields"].as_array().unwrap();
                let field = |(wire, value): (&String, &Value)| {
                    let name = camel(wire);
                    let of = inputs.iter().find(|it| it["name"] == name.as_str());
                    (name, of.map_or_else(|| value.clone(), |of| self.argument(&of["type"], value)))
                };
                Value::Object(fields.iter().map(field).collect())
            }
            _ => value.clone(),
        }
    }

    /// Calls a field with these arguments, which are written as over REST.
    pub(crate) async fn call(&self, app: &TestApp, key: Key<'_>, name: &str, arguments: &Value) -> Outcome {
        let (word, field) = self.field(name);
        let (mut declared, mut given, mut variables) = (Vec::new(), Vec::new(), Map::new());
        for argument in field["args"].as_array().unwrap() {
            let name = argument["name"].as_str().unwrap();
            let Some(value) = arguments.get(name) else { continue };
            declared.push(format!("${name}: {}", written(&argument["type"])));
            given.push(format!("{name}: ${name}"));
            variables.insert(name.to_owned(), self.argument(&argument["type"], value));
        }
        let list = |parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) }
        };
        let of = named(&field["type"]);
        let query = match self.types[of]["kind"].as_str() {
            Some("OBJECT") => {
                format!("{word}{} {{ {name}{} {{ {} }} }}", list(&declared), list(&given), self.selection(of))
            }
            _ => format!("{word}{} {{ {name}{} }}", list(&declared), list(&given)),
        };
        let body = json!({ "query": query, "variables": variables });
        let answer = app.send(Method::POST, "/graphql", key, Some(body)).await;
        let body = answer.json();
        if let Some(error) = body["errors"].get(0) {
            let places = error["extensions"]["errors"].as_array().into_iter().flatten();
            let code = error["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{query}\n{body}"));
            return Outcome::Refused(code.to_owned(), places.map(place).collect());
        }
        let told = &body["data"][name];
        if let Some(errors) = told["userErrors"].as_array().filter(|errors| !errors.is_empty()) {
            let places = errors.iter().filter(|error| !error["rule"].is_null()).map(place).collect();
            return Outcome::Refused(errors[0]["code"].as_str().unwrap().to_owned(), places);
        }
        Outcome::Done(self.as_rest(of, told))
    }

    /// A told value as REST writes it.
    fn as_rest(&self, of: &str, told: &Value) -> Value {
        match told {
            Value::Array(items) => items.iter().map(|item| self.as_rest(of, item)).collect(),
            Value::Object(fields) if self.types[of]["kind"] == "OBJECT" => {
                let known = self.types[of]["fields"].as_array().unwrap();
                let mut rest = Map::new();
                for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                    let field = known.iter().find(|it| it["name"] == name.as_str()).unwrap();
                    rest.insert(snake(name), self.as_rest(named(&field["type"]), value));
                }
                Value::Object(rest)
            }
            Value::String(text) if of == "ID" => number(text).map_or_else(|| told.clone(), Value::from),
            Value::String(text) if self.types[of]["kind"] == "ENUM" => text.to_lowercase().into(),
            other => other.clone(),
        }
    }
}

/// `categories` as `categoryIds`.
fn ids(name: &str) -> String {
    let one = name.strip_suffix("ies").map(|one| format!("{one}y"));
    format!("{}Ids", one.unwrap_or_else(|| name.trim_end_matches('s').to_owned()))
}

fn place(error: &Value) -> (String, String) {
    let steps = error["field"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let steps = steps.filter(|step| !matches!(*step, "input" | "definition")).map(snake);
    let rule = error["rule"].as_str().unwrap_or_default().to_owned();
    (steps.collect::<Vec<_>>().join("/"), rule)
}

/// The number in a global id.
fn number(id: &str) -> Option<i64> {
    let text = String::from_utf8(STANDARD.decode(id).ok()?).ok()?;
    text.rsplit_once('-')?.1.parse().ok()
}

/// The name of a type, in lists or not.
fn named(of: &Value) -> &str {
    of["name"].as_str().unwrap_or_else(|| named(&of["ofType"]))
}

fn named_list(of: &Value) -> bool {
    of["kind"] == "LIST" || !of["ofType"].is_null() && named_list(&of["ofType"])
}

fn written(of: &Value) -> String {
    match of["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", written(&of["ofType"])),
        "LIST" => format!("[{}]", written(&of["ofType"])),
        _ => of["name"].as_str().unwrap().to_owned(),
    }
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| all + &part[..1].to_uppercase() + &part[1..])
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// A value without anything that is null.
pub(crate) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Object(fields) => {
            let some = fields.iter().filter(|(_, value)| !value.is_null());
            Value::Object(some.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        other => other.clone(),
    }
}
