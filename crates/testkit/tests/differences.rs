//! The differences between two documents are exactly what makes the one from the other.

use engine::difference::{apply, between};
use proptest::prelude::*;
use serde_json::Value;

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3_i64).prop_map(Value::from),
        "[ab/~]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[ab0/~]{0,2}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_differences_make_the_one_document_from_the_other(before in document(), after in document()) {
        let found = between(Some(&before), Some(&after));
        prop_assert_eq!(found.is_empty(), before == after);
        prop_assert_eq!(apply(Some(&before), &found), Some(after.clone()));
        for it in &found {
            prop_assert_eq!(before.pointer(&it.field), it.before.as_ref());
            prop_assert_eq!(after.pointer(&it.field), it.after.as_ref());
        }
    }
}
