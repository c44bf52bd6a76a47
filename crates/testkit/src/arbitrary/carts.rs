//! Random carts of a few products, so that matchers find something.

use engine::cart::{Cart, Customer, Line, Shipping};
use engine::money::{Currency, Minor};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

pub(super) const SIZES: [&str; 2] = ["S", "M"];
pub(super) const GENDERS: [&str; 2] = ["Mens", "Kids"];

/// A cart of one to eight lines, sometimes with a customer, shipping and store credit.
pub fn cart(currency: Currency) -> impl Strategy<Value = Cart> {
    let lines = prop::collection::vec(line(), 1..9);
    let refused = weighted(0.1, select(vec!["1/0", "2/0"]).prop_map(str::to_owned));
    let parts =
        (lines, weighted(0.6, customer()), weighted(0.6, shipping()), weighted(0.3, 1..3_u64), refused);
    (parts, prop_oneof![4 => Just(0_i64), 1 => 1..5000_i64]).prop_map(
        move |((lines, customer, shipping, channel, refused), credit)| {
            let lines =
                (1..).zip(lines).map(|(at, line): (u32, Line)| Line { id: at.to_string(), ..line }).collect();
            Cart {
                customer,
                shipping,
                channel,
                refused_gifts: refused.into_iter().collect(),
                store_credit: Minor::new(credit),
                ..Cart::new(currency, lines)
            }
        },
    )
}

/// Prices that are often equal, and sometimes nothing.
fn price() -> impl Strategy<Value = i64> {
    prop_oneof![6 => select(vec![0, 1, 99, 333, 500, 500, 1000, 1000, 1000, 1999, 2500]), 2 => 1..5000_i64]
}

/// A line whose id is still to be given.
pub fn line() -> impl Strategy<Value = Line> {
    let goods = (1..5_u64, weighted(0.3, 1..3_u64), 1..7_u32, price(), weighted(0.2, price()));
    let kind = (subsequence(vec![1, 2, 3_u64], 0..3), weighted(0.7, 1..3_u64), weighted(0.3, 1..3_u64));
    let texts = (weighted(0.4, select(SIZES.to_vec())), weighted(0.3, select(GENDERS.to_vec())));
    let odd = (prop::bool::weighted(0.08), prop::bool::weighted(0.08));
    (goods, kind, texts, odd).prop_map(
        |((product, variant, quantity, price, list), (categories, brand, seller), texts, odd)| {
            let pair =
                |name: &str, value: Option<&str>| value.map(|value| (name.to_owned(), value.to_owned()));
            Line {
                id: String::new(),
                product,
                variant: variant.map(|variant| product * 10 + variant),
                quantity,
                price: Minor::new(price),
                list_price: list.map(Minor::new),
                is_price_overridden: odd.0,
                is_gift_card: odd.1,
                categories,
                brand,
                seller,
                options: pair("Size", texts.0).into_iter().collect(),
                custom_fields: pair("Gender", texts.1).into_iter().collect(),
                ..Line::default()
            }
        },
    )
}

fn customer() -> impl Strategy<Value = Customer> {
    let segments = subsequence(vec!["A", "B"], 0..3);
    (weighted(0.9, 1..9_u64), weighted(0.6, 1..3_u64), segments, 0..5_u64).prop_map(
        |(id, group, segments, order_count)| Customer {
            id,
            group,
            segments: segments.into_iter().map(str::to_owned).collect(),
            order_count,
            ..Customer::default()
        },
    )
}

fn shipping() -> impl Strategy<Value = Shipping> {
    let country = weighted(0.7, select(vec!["US", "DE"]).prop_map(str::to_owned));
    let cost = weighted(0.9, select(vec![0, 500, 995]).prop_map(Minor::new));
    (country, weighted(0.7, 1..4_u64), cost).prop_map(|(country, zone, cost)| Shipping {
        country,
        zone,
        cost,
        ..Shipping::default()
    })
}
