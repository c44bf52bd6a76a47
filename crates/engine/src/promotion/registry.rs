//! What every kind promises: its example compiles, and it reads exactly the fields that it declares.

use serde_json::Value;

use super::{actions, conditions, matchers};
use crate::document::{Field, Pointer, Problems, Reader};
use crate::money::Currency;

fn check(code: &str, fields: &[Field], example: &str, parse: impl Fn(&mut Reader<'_>) -> bool) {
    let problems = Problems::default();
    let document: Value = serde_json::from_str(example).unwrap();
    let reader = Reader::open(&document, Pointer::ROOT, &problems).unwrap();
    let mut reader = reader.in_currency(Currency::parse("USD"));
    assert!(parse(&mut reader), "{code}: its example is refused");
    let mut read: Vec<&str> = reader.fields_read().to_vec();
    read.sort_unstable();
    read.dedup();
    let mut declared: Vec<&str> = fields.iter().map(|field| field.name).collect();
    declared.sort_unstable();
    assert_eq!(read, declared, "{code}: fields read against fields declared");
    reader.close();
    assert_eq!(problems.into_vec(), [], "{code}: problems in its example");
}

#[test]
fn every_kind_compiles_its_example_and_reads_what_it_declares() {
    for kind in conditions::kinds() {
        check(kind.code, kind.fields, kind.example, |reader| (kind.parse)(reader).is_some());
    }
    for kind in actions::kinds() {
        check(kind.code, kind.fields, kind.example, |reader| (kind.parse)(reader).is_some());
    }
    for kind in matchers::kinds() {
        let problems = Problems::default();
        let example: Value = serde_json::from_str(kind.example).unwrap();
        assert!((kind.parse)(&example, Pointer::ROOT, &problems).is_some(), "{}", kind.code);
    }
}

#[test]
fn the_language_has_the_kinds_that_clients_of_bigcommerce_know() {
    let codes: Vec<&str> = actions::kinds().map(|kind| kind.code).collect();
    for known in ["cart_items", "cart_value", "fixed_price_set", "gift_item", "shipping"] {
        assert!(codes.contains(&known), "{known}");
    }
    let codes: Vec<&str> = matchers::kinds().map(|kind| kind.code).collect();
    for known in ["products", "variants", "categories", "brands", "product_option", "product_custom_field"] {
        assert!(codes.contains(&known), "{known}");
    }
}
