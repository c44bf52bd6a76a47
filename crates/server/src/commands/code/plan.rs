//! What would change if a store were as a folder says.

use std::collections::BTreeMap;

use engine::coupon::normalise;
use engine::document::{Context, Invalid};
use engine::promotion::parse;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::folder::{Code, Folder, PromotionFile, Trouble};
use super::server::{Stored, StoredCode};

/// What would change.
#[derive(Debug)]
pub struct Plan {
    /// Promotions that the store does not have.
    pub new: Vec<New>,
    /// Promotions that are not as their files say.
    pub changed: Vec<Changed>,
    /// Promotions of which the folder says nothing; they stay, unless asked otherwise.
    pub missing: Vec<Stored>,
    /// Promotions that are as their files say.
    pub same: Vec<Stored>,
    /// Whether promotions and codes that the folder does not have go.
    pub prunes: bool,
}

/// A promotion that the store does not have.
#[derive(Debug)]
pub struct New {
    /// Its key.
    pub key: String,
    /// Its document in normal form.
    pub document: Map<String, Value>,
    /// Its codes.
    pub codes: Vec<Code>,
}

/// A promotion that is not as its file says.
#[derive(Debug)]
pub struct Changed {
    /// As the store has it.
    pub stored: Stored,
    /// Its document in normal form, as the store has it.
    pub before: Map<String, Value>,
    /// Its document in normal form, as the file says.
    pub after: Map<String, Value>,
    /// What differs, place by place.
    pub fields: Vec<FieldChange>,
    /// What becomes of its codes.
    pub codes: Vec<CodeChange>,
}

/// A place in a document that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What stands there; `None` when nothing does.
    pub before: Option<Value>,
    /// What will.
    pub after: Option<Value>,
}

/// What becomes of a code.
#[derive(Clone, Debug)]
pub enum CodeChange {
    /// It is added.
    New(Code),
    /// Its limits change.
    Changed(StoredCode, Code),
    /// The folder does not have it; it goes only if asked for.
    Missing(StoredCode),
}

/// Fields by which codes and counts hang on a promotion.
const IMMUTABLE: [&str; 2] = ["redemption_type", "coupon_type"];

impl Plan {
    /// Compares a folder with a store.
    ///
    /// Errors: everything in the folder that cannot be a promotion, or cannot be what a promotion becomes.
    pub fn make(
        folder: &Folder,
        stored: Vec<Stored>,
        context: &Context,
        prunes: bool,
    ) -> Result<Self, Vec<Trouble>> {
        let mut troubles = folder.troubles.clone();
        let mut plan =
            Self { new: Vec::new(), changed: Vec::new(), missing: Vec::new(), same: Vec::new(), prunes };
        let mut found: BTreeMap<String, Stored> = BTreeMap::new();
        for stored in stored {
            found.insert(stored.key.clone(), stored);
        }
        for (key, file) in &folder.promotions {
            let stored = found.remove(key);
            match plan.compare(key, file, stored, context) {
                Ok(()) => {}
                Err(found) => troubles.extend(found),
            }
        }
        plan.missing = found.into_values().collect();
        plan.missing.sort_by_key(|stored| stored.id);
        if troubles.is_empty() { Ok(plan) } else { Err(troubles) }
    }

    fn compare(
        &mut self,
        key: &str,
        file: &PromotionFile,
        stored: Option<Stored>,
        context: &Context,
    ) -> Result<(), Vec<Trouble>> {
        let trouble = |found: Invalid| Trouble {
            file: file.file.clone(),
            pointer: found.pointer,
            message: found.message,
        };
        let troubles = |found: Vec<Invalid>| found.into_iter().map(trouble).collect::<Vec<Trouble>>();
        let mut document = file.document.clone();
        let Some(stored) = stored else {
            let document = normal_form(&document, context).map_err(troubles)?;
            let codes = file.codes.clone().unwrap_or_default();
            self.new.push(New { key: key.to_owned(), document, codes });
            return Ok(());
        };
        // A start that is left out was then, not now.
        if let Some(start) = stored.document.get("start_date") {
            document.entry("start_date").or_insert_with(|| start.clone());
        }
        let after = normal_form(&document, context).map_err(troubles)?;
        // One that was written by another version is compared as this version would write it.
        let mut before = normal_form(&stored.document, context).unwrap_or_else(|_| stored.document.clone());
        before.insert("key".to_owned(), key.into());
        let mut fields = Vec::new();
        compare_objects("", &before, &after, &mut fields);
        let immutable =
            |change: &&FieldChange| IMMUTABLE.iter().any(|name| change.pointer == format!("/{name}"));
        if let Some(change) = fields.iter().find(immutable) {
            let message = "cannot change; give the promotion another `key` to make a new one".to_owned();
            let (file, pointer) = (file.file.clone(), change.pointer.clone());
            return Err(vec![Trouble { file, pointer, message }]);
        }
        let codes = match &file.codes {
            Some(codes) => compare_codes(&stored.codes, codes),
            None => Vec::new(),
        };
        if fields.is_empty() && codes.is_empty() {
            self.same.push(stored);
        } else {
            self.changed.push(Changed { stored, before, after, fields, codes });
        }
        Ok(())
    }

    /// Whether applying it would do anything.
    pub fn is_empty(&self) -> bool {
        let does =
            |change: &Changed| !change.fields.is_empty() || change.codes.iter().any(|it| self.does(it));
        let prunes = self.prunes && !self.missing.is_empty();
        self.new.is_empty() && !prunes && !self.changed.iter().any(does)
    }

    /// Whether a change of a code is made.
    pub(super) fn does(&self, change: &CodeChange) -> bool {
        self.prunes || !matches!(change, CodeChange::Missing(_))
    }
}

/// A document with every default filled in.
pub(super) fn normal_form(
    document: &Map<String, Value>,
    context: &Context,
) -> Result<Map<String, Value>, Vec<Invalid>> {
    match parse(&Value::Object(document.clone()), context)?.document {
        Value::Object(normal) => Ok(normal),
        _ => Ok(Map::new()),
    }
}

/// By what a document is read: amounts in the store's currency, starts from now on.
pub(super) fn context(currency: engine::money::Currency, now: Timestamp) -> Context {
    Context { default_currency: currency, now }
}

fn compare_objects(
    at: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    found: &mut Vec<FieldChange>,
) {
    let added = after.keys().filter(|name| !before.contains_key(*name));
    for name in before.keys().chain(added) {
        let pointer = crate::platform::http::pointer::child(at, name);
        compare_values(pointer, before.get(name), after.get(name), found);
    }
}

fn compare_values(
    pointer: String,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<FieldChange>,
) {
    match (before, after) {
        (before, after) if before == after => {}
        (None | Some(Value::Null), None | Some(Value::Null)) => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) if is_alike(before, after) => {
            compare_objects(&pointer, before, after, found);
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) if holds_objects(before, after) => {
            for index in 0..before.len().max(after.len()) {
                compare_values(format!("{pointer}/{index}"), before.get(index), after.get(index), found);
            }
        }
        (before, after) => {
            found.push(FieldChange { pointer, before: before.cloned(), after: after.cloned() });
        }
    }
}

/// Whether two objects have anything in common: `{"fixed_amount": …}` in the place of `{"percentage_amount": …}` is one
/// change.
fn is_alike(before: &Map<String, Value>, after: &Map<String, Value>) -> bool {
    before.keys().any(|name| after.contains_key(name))
}

fn holds_objects(before: &[Value], after: &[Value]) -> bool {
    before.iter().chain(after).all(Value::is_object)
}

fn compare_codes(stored: &[StoredCode], wanted: &[Code]) -> Vec<CodeChange> {
    let normal = |code: &Code| normalise(&code.code).unwrap_or_else(|_| code.code.clone());
    let mut left: BTreeMap<String, &StoredCode> = stored.iter().map(|it| (normal(&it.code), it)).collect();
    let mut changes = Vec::new();
    for code in wanted {
        match left.remove(&normal(code)) {
            None => changes.push(CodeChange::New(code.clone())),
            Some(known) => {
                let same = Code { code: known.code.code.clone(), ..code.clone() };
                if known.code != same {
                    changes.push(CodeChange::Changed(known.clone(), code.clone()));
                }
            }
        }
    }
    changes.extend(left.into_values().cloned().map(CodeChange::Missing));
    changes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes(before: Value, after: Value) -> Vec<String> {
        let mut found = Vec::new();
        compare_values(String::new(), Some(&before), Some(&after), &mut found);
        found.into_iter().map(|change| change.pointer).collect()
    }

    #[test]
    fn only_what_differs_is_told_and_as_deep_as_it_makes_sense() {
        let rule =
            |percent: &str| json!({"action": {"cart_value": {"discount": {"percentage_amount": percent}}}});
        let before = json!({"name": "A", "rules": [rule("10"), rule("20")], "tags": ["a"], "budget": null});
        let after = json!({"name": "A", "rules": [rule("10"), rule("30")], "tags": ["a", "b"]});
        let expected = ["/rules/1/action/cart_value/discount/percentage_amount", "/tags"];
        assert_eq!(changes(before, after), expected);
        let amount = json!({"discount": {"fixed_amount": "1"}, "x": 1});
        assert_eq!(changes(json!({"discount": {"percentage_amount": "1"}, "x": 1}), amount), ["/discount"]);
        assert_eq!(changes(json!({"rules": [rule("1")]}), json!({"rules": []})), ["/rules/0"]);
    }
}
