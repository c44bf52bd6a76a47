//! What is different between two JSON documents, field by field, so that the one can be made from the other.

use serde_json::{Map, Value};

/// A field that is not the same in two documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where: a JSON pointer (RFC 6901); empty for the document as a whole.
    pub field: String,
    /// What stood there; `None` when nothing did.
    pub before: Option<Value>,
    /// What stands there; `None` when nothing does.
    pub after: Option<Value>,
}

/// What is different, in the order of the fields: those that were there before, then those that are new.
///
/// Objects are compared field by field, and lists element by element when they are of one length. A list that became
/// longer or shorter is one field, because nobody can tell which of its elements moved.
///
/// ```
/// use serde_json::json;
///
/// let before = json!({"name": "Ten", "limits": {"uses": 5}});
/// let after = json!({"name": "Ten", "limits": {"uses": 7}});
/// let found = engine::difference::between(Some(&before), Some(&after));
/// assert_eq!(found.len(), 1);
/// assert_eq!((found[0].field.as_str(), &found[0].after), ("/limits/uses", &Some(json!(7))));
/// ```
pub fn between(before: Option<&Value>, after: Option<&Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut String::new(), before, after, &mut found);
    found
}

/// The document that `before` becomes by these differences; `None` when nothing is left of it.
pub fn apply(before: Option<&Value>, differences: &[Difference]) -> Option<Value> {
    let mut document = before.cloned();
    for Difference { field, after, .. } in differences {
        match field.rsplit_once('/') {
            None => document.clone_from(after),
            Some((parent, name)) => {
                if let Some(parent) = document.as_mut().and_then(|it| it.pointer_mut(parent)) {
                    set(parent, &unescaped(name), after.clone());
                }
            }
        }
    }
    document
}

fn compare(field: &mut String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    match (before, after) {
        _ if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for name in names(before, after) {
                let (before, after) = (before.get(name), after.get(name));
                beneath(field, &escaped(name), |field| compare(field, before, after, found));
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                beneath(field, &index.to_string(), |field| {
                    compare(field, Some(before), Some(after), found);
                });
            }
        }
        _ => found.push(Difference { field: field.clone(), before: before.cloned(), after: after.cloned() }),
    }
}

/// The names of the fields of two objects, each once.
fn names<'names>(
    before: &'names Map<String, Value>,
    after: &'names Map<String, Value>,
) -> impl Iterator<Item = &'names String> {
    before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)))
}

/// Does something with the pointer of a field beneath another.
fn beneath(field: &mut String, name: &str, work: impl FnOnce(&mut String)) {
    let length = field.len();
    field.push('/');
    field.push_str(name);
    work(field);
    field.truncate(length);
}

fn set(parent: &mut Value, name: &str, value: Option<Value>) {
    match (parent, value) {
        (Value::Object(object), Some(value)) => {
            object.insert(name.to_owned(), value);
        }
        (Value::Object(object), None) => {
            object.shift_remove(name);
        }
        (Value::Array(elements), Some(value)) => {
            if let Some(element) = name.parse().ok().and_then(|index: usize| elements.get_mut(index)) {
                *element = value;
            }
        }
        _ => {}
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn unescaped(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(before: &Value, after: &Value) -> Vec<(String, Option<Value>, Option<Value>)> {
        let found = between(Some(before), Some(after));
        found.into_iter().map(|it| (it.field, it.before, it.after)).collect()
    }

    #[test]
    fn only_what_is_different_is_named_exactly_and_by_its_pointer() {
        let before = json!({"name": "A", "gone": 1, "rules": [{"stop": false}, {"stop": false}], "a/b~c": 1, "same": null});
        let after = json!({"same": null, "a/b~c": 2, "name": "A", "rules": [{"stop": false}, {"stop": true}], "new": null});
        assert_eq!(
            fields(&before, &after),
            [
                ("/gone".to_owned(), Some(json!(1)), None),
                ("/rules/1/stop".to_owned(), Some(json!(false)), Some(json!(true))),
                ("/a~1b~0c".to_owned(), Some(json!(1)), Some(json!(2))),
                ("/new".to_owned(), None, Some(json!(null))),
            ]
        );
    }

    #[test]
    fn a_list_that_became_longer_is_one_field() {
        let (before, after) = (json!({"channels": [1, 2]}), json!({"channels": [1, 2, 3]}));
        let expected = ("/channels".to_owned(), Some(json!([1, 2])), Some(json!([1, 2, 3])));
        assert_eq!(fields(&before, &after), [expected]);
    }

    #[test]
    fn what_is_made_or_removed_is_different_as_a_whole() {
        let document = json!({"name": "A"});
        let made = between(None, Some(&document));
        assert_eq!(made, [Difference { field: String::new(), before: None, after: Some(document.clone()) }]);
        assert_eq!(apply(None, &made), Some(document.clone()));
        assert_eq!(apply(Some(&document), &between(Some(&document), None)), None);
        assert!(between(None, None).is_empty());
    }
}
