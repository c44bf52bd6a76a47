//! A JSON object being read field by field.

use std::fmt::Display;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde_json::{Map, Value};
use smallvec::SmallVec;

use super::{Pointer, Problems};
use crate::money::{Currency, Minor};
use crate::promotion::Items;

/// What a document means that does not stand in it.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The currency of a promotion that names none: the store's.
    pub default_currency: Currency,
    /// When a promotion starts that does not say: now.
    pub now: Timestamp,
}

/// Reads the fields of one object, reporting what is wrong and building the object's normal form: every default
/// filled in, amounts as strings. A field that nobody read is reported by [`Reader::close`].
#[derive(Debug)]
pub struct Reader<'a> {
    entries: SmallVec<[Entry<'a>; 8]>,
    pointer: Pointer<'a>,
    problems: &'a Problems,
    currency: Option<Currency>,
    fields_read: SmallVec<[&'static str; 16]>,
    normal: Map<String, Value>,
}

/// A field as it stands in the object. Objects have so few that looking through them beats hashing names.
#[derive(Debug)]
struct Entry<'a> {
    name: &'a str,
    value: &'a Value,
    is_read: bool,
}

impl<'a> Reader<'a> {
    /// Starts to read; reports and gives `None` when the value is not an object.
    pub fn open(value: &'a Value, pointer: Pointer<'a>, problems: &'a Problems) -> Option<Self> {
        let Value::Object(object) = value else {
            problems.report(&pointer, "type", format!("must be an object, not {}", kind_of(value)));
            return None;
        };
        let entry = |(name, value): (&'a String, &'a Value)| Entry { name, value, is_read: false };
        let entries = object.iter().map(entry).collect();
        let (fields_read, normal) = (SmallVec::new(), Map::new());
        Some(Self { entries, pointer, problems, currency: None, fields_read, normal })
    }

    /// The same, for amounts in `currency`; `None` stands for any currency, in which amounts cannot be given.
    pub fn in_currency(mut self, currency: Option<Currency>) -> Self {
        self.currency = currency;
        self
    }

    /// The currency of the amounts; `None` is any.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// Where the object stands.
    pub fn pointer(&self) -> &Pointer<'a> {
        &self.pointer
    }

    /// Where problems go.
    pub fn problems(&self) -> &'a Problems {
        self.problems
    }

    /// The raw value of a field, counted as read; null counts as absent.
    pub fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.fields_read.push(name);
        let entry = self.entries.iter_mut().find(|entry| entry.name == name)?;
        entry.is_read = true;
        Some(entry.value).filter(|value| !value.is_null())
    }

    /// Counts a field as read that is not there.
    pub fn absent<T>(&mut self, name: &'static str) -> Option<T> {
        self.value(name);
        None
    }

    /// Whether the field is there and not null.
    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name && !entry.value.is_null())
    }

    /// Sets a field of the normal form.
    pub fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        if self.problems.wants_normal_form() {
            self.normal.insert(name.to_owned(), value.into());
        }
    }

    /// Reports a problem with a field.
    pub fn report(&self, name: &str, code: &'static str, message: impl Into<String>) {
        self.problems.report(&self.pointer.key(name), code, message);
    }

    /// Reports a field that must be given and is not.
    pub fn require(&self, name: &str) {
        self.report(name, "required", "is required");
    }

    /// A text whose length in characters lies in `length`.
    pub fn text(&mut self, name: &'static str, length: RangeInclusive<usize>) -> Option<String> {
        let text = self.value(name)?;
        let Value::String(text) = text else {
            self.report(name, "type", format!("must be a string, not {}", kind_of(text)));
            return None;
        };
        if !length.contains(&text.chars().count()) {
            let (least, most) = (length.start(), length.end());
            self.report(name, "out_of_range", format!("must have {least} to {most} characters"));
            return None;
        }
        self.put(name, text.as_str());
        Some(text.clone())
    }

    /// True or false, `default` when absent.
    pub fn flag(&mut self, name: &'static str, default: bool) -> bool {
        let flag = match self.value(name) {
            None => default,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                self.report(name, "type", format!("must be true or false, not {}", kind_of(other)));
                default
            }
        };
        self.put(name, flag);
        flag
    }

    /// A whole number in `range`.
    pub fn count(&mut self, name: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.value(name)?;
        let count = whole_number(value, &range, &self.pointer.key(name), self.problems)?;
        self.put(name, count);
        Some(count)
    }

    /// An id: a whole number from 1 to 2^53 − 1.
    pub fn id(&mut self, name: &'static str) -> Option<u64> {
        self.count(name, 1..=ID_MAX)
    }

    /// Ids: whole numbers from `least` to 2^53 − 1.
    pub fn ids(&mut self, name: &'static str, least: u64) -> Option<Vec<u64>> {
        let value = self.value(name)?;
        let pointer = self.pointer.key(name);
        let Value::Array(values) = value else {
            self.problems.report(&pointer, "type", format!("must be a list of ids, not {}", kind_of(value)));
            return None;
        };
        let range = least..=ID_MAX;
        let read = |(index, value)| whole_number(value, &range, &pointer.index(index), self.problems);
        let ids: Vec<u64> = values.iter().enumerate().filter_map(read).collect();
        self.put(name, ids.as_slice());
        Some(ids)
    }

    /// A list of texts, each of 1 to 250 characters.
    pub fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let value = self.value(name)?;
        let pointer = self.pointer.key(name);
        let Value::Array(values) = value else {
            self.problems.report(
                &pointer,
                "type",
                format!("must be a list of strings, not {}", kind_of(value)),
            );
            return None;
        };
        let mut texts = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            match value {
                Value::String(text) if (1..=250).contains(&text.chars().count()) => texts.push(text.clone()),
                _ => {
                    let message = "must be a string of 1 to 250 characters";
                    self.problems.report(&pointer.index(index), "type", message);
                }
            }
        }
        self.put(name, texts.as_slice());
        Some(texts)
    }

    /// A tree that chooses products.
    pub fn items(&mut self, name: &'static str) -> Option<Items> {
        let value = self.value(name)?;
        let (items, normal) = Items::parse(value, self.pointer.key(name), self.problems)?;
        self.put(name, normal);
        Some(items)
    }

    /// A `name` and its `values`, both required, as the matchers of options and custom fields have them.
    pub fn name_and_values(&mut self) -> Option<(String, Vec<String>)> {
        let name = self.text("name", 1..=250);
        let values = self.texts("values");
        if !self.has("name") {
            self.require("name");
        }
        match &values {
            None if !self.has("values") => self.require("values"),
            Some(values) if values.is_empty() => {
                self.report("values", "empty", "must have at least one value, or nothing would ever match");
            }
            _ => {}
        }
        Some((name?, values?))
    }

    /// One of `choices`; the first when absent.
    pub fn choice(&mut self, name: &'static str, choices: &'static [&'static str]) -> &'static str {
        let default = choices.first().copied().unwrap_or_default();
        let chosen = match self.value(name) {
            None => default,
            Some(value) => {
                let found = value.as_str().and_then(|text| choices.iter().find(|choice| **choice == text));
                found.copied().unwrap_or_else(|| {
                    self.report(name, "out_of_range", format!("must be one of {}", choices.join(", ")));
                    default
                })
            }
        };
        self.put(name, chosen);
        chosen
    }

    /// An amount in the promotion's currency, as a decimal string or a number.
    pub fn money(&mut self, name: &'static str) -> Option<Minor> {
        let value = self.value(name)?;
        let Some(currency) = self.currency else {
            let message =
                "an amount needs one currency: set `currency_code` to an ISO 4217 code instead of `*`";
            self.report(name, "conflict", message);
            return None;
        };
        let amount = self.decimal(name, value, |text| Minor::parse(text, currency))?;
        if self.problems.wants_normal_form() {
            self.put(name, amount.to_decimal(currency));
        }
        Some(amount)
    }

    /// A decimal given as a string, or as a number as some clients do, read by `parse`.
    pub fn decimal<T, E: Display>(
        &self,
        name: &str,
        value: &Value,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            other => {
                let message = format!("must be a decimal string such as \"12.95\", not {}", kind_of(other));
                self.report(name, "type", message);
                return None;
            }
        };
        match parse(&text) {
            Ok(read) => Some(read),
            Err(error) => {
                self.report(name, "out_of_range", format!("`{}` {error}", shorten(&text)));
                None
            }
        }
    }

    /// Reports the fields that nobody read, and gives the normal form.
    pub fn close(self) -> Value {
        for Entry { name, .. } in self.entries.iter().filter(|entry| !entry.is_read) {
            let known = nearest(name, &self.fields_read);
            let hint = known.map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
            let message = format!("`{}` is not a field here{hint}", shorten(name));
            self.problems.report(&self.pointer.key(name), "unknown_field", message);
        }
        Value::Object(self.normal)
    }

    /// The names read so far: a kind must read exactly the fields that it declares.
    pub fn fields_read(&self) -> &[&'static str] {
        &self.fields_read
    }
}

/// Ids are unique in their store and below 2^53, so that JavaScript reads them exactly.
pub(crate) const ID_MAX: u64 = (1 << 53) - 1;

/// A whole number in `range`, or a report.
pub(crate) fn whole_number(
    value: &Value,
    range: &RangeInclusive<u64>,
    pointer: &Pointer<'_>,
    problems: &Problems,
) -> Option<u64> {
    let number = value.as_u64().filter(|number| range.contains(number));
    if number.is_none() {
        let (least, most) = (range.start(), range.end());
        let code = if value.is_number() { "out_of_range" } else { "type" };
        let message = match *most {
            ID_MAX => format!("must be a whole number of at least {least}"),
            _ => format!("must be a whole number from {least} to {most}"),
        };
        problems.report(pointer, code, message);
    }
    number
}

/// What a JSON value is, in words.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// User input as it may stand in a message: never more than 60 characters.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The known word that was probably meant: at most two edits away.
pub(crate) fn nearest<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    let distances = known.iter().map(|candidate| (edit_distance(word, candidate), *candidate));
    distances.filter(|(distance, _)| *distance <= 2).min().map(|(_, candidate)| candidate)
}

fn edit_distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (deleted, left) in one.chars().take(64).enumerate() {
        let mut diagonal = deleted;
        let mut before = deleted + 1;
        let mut next = vec![before];
        for (right, above) in other.iter().zip(row.iter().skip(1)) {
            let cost = (diagonal + usize::from(left != *right)).min(*above + 1).min(before + 1);
            diagonal = *above;
            before = cost;
            next.push(cost);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unread_field_is_reported_with_the_word_that_was_meant() {
        let problems = Problems::default();
        let document = json!({"strategi": "x", "quantity": 0});
        let mut reader = Reader::open(&document, Pointer::ROOT, &problems).unwrap();
        reader.choice("strategy", &["LEAST_EXPENSIVE"]);
        reader.count("quantity", 1..=10);
        let normal = reader.close();
        assert_eq!(normal, json!({"strategy": "LEAST_EXPENSIVE"}));
        let found: Vec<_> = problems.into_vec().into_iter().map(|it| (it.pointer, it.code)).collect();
        let expected = [("/quantity".to_owned(), "out_of_range"), ("/strategi".to_owned(), "unknown_field")];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_nearest_word_is_at_most_two_edits_away() {
        assert_eq!(nearest("catagories", &["brands", "categories"]), Some("categories"));
        assert_eq!(nearest("sku", &["brands", "categories"]), None);
    }
}
