//! Promotions of BigCommerce (v3, as its API answers) as documents of ours, with all that could not be carried.

use engine::document::{Context, Invalid};
use engine::promotion::parse;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::folder::{Code, slug};
use super::plan::normal_form;

/// What came of an export.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// Keys and documents, as files have them.
    pub(super) promotions: Vec<(String, Map<String, Value>)>,
    /// What could not be carried.
    pub(super) losses: Vec<Loss>,
    /// How many promotions could not be carried at all.
    pub(super) refused: usize,
}

/// Something that could not be carried.
#[derive(Debug)]
pub(super) struct Loss {
    /// The promotion's name.
    pub(super) name: String,
    /// Where in the export, as a JSON pointer.
    pub(super) pointer: String,
    /// What it was, and what became of the promotion.
    pub(super) message: String,
}

/// Reads an answer to `GET /v3/promotions`, or the array in it. Promotions may have their `codes` in them, as
/// `GET /v3/promotions/{id}/codes` lists them.
///
/// Errors: it is neither.
pub(super) fn carry(export: Value, context: &Context) -> Result<Carried, String> {
    let (promotions, at) = match export {
        Value::Array(promotions) => (promotions, ""),
        Value::Object(mut answer) => match answer.shift_remove("data") {
            Some(Value::Array(promotions)) => (promotions, "/data"),
            _ => return Err("must be an array of promotions, or an answer with one as `data`".to_owned()),
        },
        _ => return Err("must be an array of promotions, or an answer with one as `data`".to_owned()),
    };
    let mut carried = Carried::default();
    for (index, promotion) in promotions.into_iter().enumerate() {
        carried.take(promotion, &format!("{at}/{index}"), context);
    }
    Ok(carried)
}

impl Carried {
    fn take(&mut self, promotion: Value, at: &str, context: &Context) {
        let Value::Object(mut document) = promotion else {
            return self.refuse(String::new(), at.to_owned(), "is no object".to_owned());
        };
        let name = document.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let lose = |pointer: &str, message: String| Loss {
            name: name.clone(),
            pointer: format!("{at}{pointer}"),
            message,
        };
        let mut losses =
            uses_lost(&document).map(|message| lose("/current_uses", message)).into_iter().collect();
        let codes = codes_of(&mut document, &lose, &mut losses);
        let dropped = match drop_unknown(&mut document, context) {
            Ok(dropped) => dropped,
            Err(problems) => {
                for Invalid { pointer, message, .. } in problems {
                    losses.push(lose(&pointer, format!("{message}; the promotion is left out")));
                }
                self.losses.extend(losses);
                self.refused += 1;
                return;
            }
        };
        if !dropped.is_empty() {
            // Without what it does not have, it might give more than it should.
            document.insert("status".to_owned(), "draft".into());
        }
        for Invalid { pointer, message, .. } in dropped {
            losses.push(lose(&pointer, format!("{message}; left out, and the promotion is a draft")));
        }
        self.losses.extend(losses);
        let Ok(normal) = normal_form(&document, context) else { return };
        let key = self.key(&name);
        let codes = codes.map(|codes| serde_json::to_value(codes).unwrap_or_default());
        self.promotions.push((key.clone(), as_file(&key, normal, codes)));
    }

    fn refuse(&mut self, name: String, pointer: String, message: String) {
        self.losses.push(Loss { name, pointer, message: format!("{message}; it is left out") });
        self.refused += 1;
    }

    /// A key that no other of these promotions has.
    fn key(&self, name: &str) -> String {
        let slug = slug(name);
        let is_free = |key: &String| !self.promotions.iter().any(|(other, _)| other == key);
        let numbered = (2..).map(|number: u32| format!("{slug}-{number}"));
        std::iter::once(slug.clone()).chain(numbered).find(is_free).unwrap_or_default()
    }
}

/// A document as its file has it: the key first, codes last, without what is null, which is the default.
pub(super) fn as_file(key: &str, document: Map<String, Value>, codes: Option<Value>) -> Map<String, Value> {
    let mut file = Map::from_iter([("key".to_owned(), Value::from(key))]);
    file.extend(document.into_iter().filter(|(name, value)| name != "key" && !value.is_null()));
    file.extend(codes.map(|codes| ("codes".to_owned(), codes)));
    file
}

/// What `max_uses` loses with its count.
fn uses_lost(document: &Map<String, Value>) -> Option<String> {
    let number = |name: &str| document.get(name).and_then(Value::as_u64).filter(|number| *number > 0);
    let (uses, most) = (number("current_uses")?, number("max_uses")?);
    Some(format!("{uses} uses are not carried: all {most} of `max_uses` are left"))
}

fn codes_of(
    document: &mut Map<String, Value>,
    lose: &impl Fn(&str, String) -> Loss,
    losses: &mut Vec<Loss>,
) -> Option<Vec<Code>> {
    let is_coupon = document.get("redemption_type").and_then(Value::as_str) == Some("COUPON");
    let Some(codes) = document.shift_remove("codes") else {
        if is_coupon {
            let from = "`GET /v3/promotions/{id}/codes`";
            losses.push(lose(
                "/codes",
                format!("the export has no codes; put those of {from} into it, or the file"),
            ));
        }
        return None;
    };
    let codes = match codes {
        Value::Object(mut answer) => answer.shift_remove("data").unwrap_or_default(),
        codes => codes,
    };
    let mut carried = Vec::new();
    for (index, code) in codes.as_array().into_iter().flatten().enumerate() {
        let number = |name: &str| code.get(name).and_then(Value::as_u64).unwrap_or(0);
        let Some(Ok(text)) = code.get("code").map(String::deserialize) else {
            losses.push(lose(&format!("/codes/{index}"), "has no `code`; it is left out".to_owned()));
            continue;
        };
        if number("current_uses") > 0 && number("max_uses") > 0 {
            let message = format!("{} uses are not carried", number("current_uses"));
            losses.push(lose(&format!("/codes/{index}/current_uses"), message));
        }
        let (max_uses, max_uses_per_customer) = (number("max_uses"), number("max_uses_per_customer"));
        let (starts_at, ends_at) = (None, None);
        carried.push(Code { code: text, max_uses, max_uses_per_customer, starts_at, ends_at });
    }
    Some(carried)
}

/// Takes out what this language does not have, until the document can be read; gives what was taken out.
///
/// Errors: what is wrong beside that.
fn drop_unknown(document: &mut Map<String, Value>, context: &Context) -> Result<Vec<Invalid>, Vec<Invalid>> {
    let mut dropped = Vec::new();
    loop {
        let mut whole = Value::Object(document.clone());
        let Err(problems) = parse(&whole, context) else { return Ok(dropped) };
        let (unknown, others): (Vec<Invalid>, Vec<Invalid>) =
            problems.into_iter().partition(|problem| matches!(problem.code, "unknown_field" | "not_yet"));
        if unknown.is_empty() {
            return Err(others);
        }
        let mut has_progressed = false;
        for problem in unknown {
            if take_out(&mut whole, &problem.pointer) {
                has_progressed = true;
                dropped.push(problem);
            }
        }
        match whole {
            Value::Object(rest) if has_progressed => *document = rest,
            _ => return Err(others),
        }
    }
}

/// Takes a field out; `false` when there is none there.
fn take_out(document: &mut Value, pointer: &str) -> bool {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
    let name = name.replace("~1", "/").replace("~0", "~");
    let object = document.pointer_mut(parent).and_then(Value::as_object_mut);
    object.is_some_and(|object| object.shift_remove(&name).is_some())
}
