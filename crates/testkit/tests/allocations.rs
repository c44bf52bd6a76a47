//! A promotion that is looked at and has no effect takes no memory.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use engine::cart::{Cart, Line};
use engine::money::{Currency, Minor};
use engine::promotion::{Definition, Facts, Ruleset, Told, evaluate};
use engine::settings::Settings;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// A promotion for a category of which the cart has more units than it allows: the index finds it, and its condition
/// fails.
fn promotion(number: u64) -> Value {
    json!({
        "name": format!("Number {number}"), "redemption_type": "AUTOMATIC", "start_date": "2026-01-01T00:00:00Z",
        "rules": [{
            "condition": {"cart": {"items": {"categories": [1 + number % 3]}, "maximum_quantity": 1}},
            "action": {"cart_items": {"discount": {"percentage_amount": "10"}}},
        }],
    })
}

/// How often memory is asked for while a cart is priced before so many promotions.
fn allocations(promotions: u64) -> u64 {
    let usd = Currency::parse("USD").unwrap();
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let documents: Vec<Value> = (1..=promotions).map(promotion).collect();
    let definition = |(id, document)| Definition { id, created: Timestamp::UNIX_EPOCH, document };
    let definitions: Vec<Definition<'_>> = (1..).zip(&documents).map(definition).collect();
    let (ruleset, _) = Ruleset::compile(Settings::new(usd, TimeZone::UTC), &definitions);
    assert_eq!(ruleset.len() as u64, promotions);
    let ruleset = ruleset.lined_up(now);
    let line = |product: u64| {
        let (id, price, categories) = (product.to_string(), Minor::new(1000), vec![product]);
        Line { id, product, quantity: 2, price, categories, ..Line::default() }
    };
    let (cart, facts) = (Cart::new(usd, (1..=3).map(line).collect()), Facts::default());
    let before = dhat::HeapStats::get().total_blocks;
    let evaluation = evaluate(&ruleset, &cart, &facts, now, Told::Matching);
    let after = dhat::HeapStats::get().total_blocks;
    assert!(evaluation.outcomes.is_empty() && evaluation.totals.discount.is_zero());
    after - before
}

#[test]
fn what_has_no_effect_takes_no_memory() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let (few, many) = (allocations(30), allocations(3000));
    // The lists of what is looked at grow, doubling each time: seven times from 30 to 3,000, and there are two.
    assert!(many - few <= 16, "{few} times for 30 promotions, {many} for 3,000");
}
