//! Random carts of a few products, so that matchers find something.

use engine::cart::{Cart, Customer, Line, ManualDiscount, Shipping, TaxRounding, TaxTerms};
use engine::money::{Currency, Minor, Rate};
use engine::promotion::Discount;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

pub(super) const SIZES: [&str; 2] = ["S", "M"];
pub(super) const GENDERS: [&str; 2] = ["Mens", "Kids"];

/// A cart of up to eight lines, sometimes with a customer, shipping and store credit.
pub fn cart(currency: Currency) -> impl Strategy<Value = Cart> {
    let lines = prop::collection::vec(line(), 0..9);
    let refused = weighted(0.1, select(vec!["1/0", "2/0"]).prop_map(str::to_owned));
    let parts =
        (lines, weighted(0.6, customer()), weighted(0.6, shipping()), weighted(0.3, 1..3_u64), refused);
    let manual = prop_oneof![5 => Just(Vec::new()), 1 => prop::collection::vec(manual_discount(), 1..4)];
    let after = (manual, prop::bool::weighted(0.2), any::<bool>(), any::<bool>(), prop::bool::weighted(0.4));
    (parts, prop_oneof![4 => Just(0_i64), 1 => 1..5000_i64], after).prop_map(
        move |((lines, customer, shipping, channel, refused), credit, after)| {
            let lines: Vec<Line> =
                (1..).zip(lines).map(|(at, line): (u32, Line)| Line { id: at.to_string(), ..line }).collect();
            let (manual, is_existing_order, prices_include_tax, per_unit, is_taxed) = after;
            let rounding = if per_unit { TaxRounding::Unit } else { TaxRounding::Line };
            let on_line = |manual: ManualDiscount| ManualDiscount {
                line: manual.line.and_then(|line| line.checked_rem(lines.len())),
                ..manual
            };
            let manual_discounts = manual.into_iter().map(on_line).collect();
            let untaxed = |line: Line| Line { tax_rate: line.tax_rate.filter(|_| is_taxed), ..line };
            let lines = lines.into_iter().map(untaxed).collect();
            Cart {
                customer,
                shipping,
                channel,
                refused_gifts: refused.into_iter().collect(),
                store_credit: Minor::new(credit),
                is_existing_order,
                manual_discounts,
                tax: TaxTerms { prices_include_tax, rounding },
                ..Cart::new(currency, lines)
            }
        },
    )
}

/// Prices that are often equal, and sometimes nothing.
fn price() -> impl Strategy<Value = i64> {
    prop_oneof![6 => select(vec![0, 1, 99, 333, 500, 500, 1000, 1000, 1000, 1999, 2500]), 2 => 1..5000_i64]
}

fn rate(texts: Vec<&'static str>) -> impl Strategy<Value = Rate> {
    select(texts).prop_map(|text| Rate::parse(text).unwrap())
}

/// A discount by staff on all lines, or on the line whose position comes of this number.
fn manual_discount() -> impl Strategy<Value = ManualDiscount> {
    let discount = prop_oneof![
        rate(vec!["0.4", "10", "33.3333"]).prop_map(Discount::Percentage),
        (1..2500_i64).prop_map(|amount| Discount::Amount(Minor::new(amount))),
    ];
    (discount, weighted(0.5, 0..8_usize), any::<bool>()).prop_map(|(discount, line, includes)| {
        ManualDiscount { discount, line, includes_shipping: includes && line.is_none() }
    })
}

/// A line whose id is still to be given.
pub fn line() -> impl Strategy<Value = Line> {
    let goods = (1..5_u64, weighted(0.3, 1..3_u64), 1..7_u32, price(), weighted(0.2, price()));
    let kind = (subsequence(vec![1, 2, 3_u64], 0..3), weighted(0.7, 1..3_u64), weighted(0.3, 1..3_u64));
    let texts = (weighted(0.4, select(SIZES.to_vec())), weighted(0.3, select(GENDERS.to_vec())));
    let odd = (prop::bool::weighted(0.08), prop::bool::weighted(0.08));
    let money = || price().prop_map(Minor::new);
    let tax = weighted(0.7, rate(vec!["5.5", "19", "7"]));
    let costs = (weighted(0.2, money()), weighted(0.1, money()), tax);
    (goods, kind, texts, odd, costs).prop_map(
        |((product, variant, quantity, price, list), (categories, brand, seller), texts, odd, costs)| {
            let pair =
                |name: &str, value: Option<&str>| value.map(|value| (name.to_owned(), value.to_owned()));
            Line {
                id: String::new(),
                product,
                variant: variant.map(|variant| product * 10 + variant),
                quantity,
                price: Minor::new(price),
                list_price: list.map(Minor::new),
                cost: costs.0,
                floor_price: costs.1,
                tax_rate: costs.2,
                is_price_overridden: odd.0,
                is_gift_card: odd.1,
                categories,
                brand,
                seller,
                options: pair("Size", texts.0).into_iter().collect(),
                custom_fields: pair("Gender", texts.1).into_iter().collect(),
            }
        },
    )
}

fn customer() -> impl Strategy<Value = Customer> {
    let segments = subsequence(vec!["A", "B"], 0..3);
    let tier = weighted(0.5, select(vec!["gold", "silver", "bronze"]).prop_map(str::to_owned));
    (weighted(0.9, 1..9_u64), weighted(0.6, 1..3_u64), segments, 0..5_u64, tier).prop_map(
        |(id, group, segments, order_count, loyalty_tier)| Customer {
            loyalty_tier,
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
    let method = weighted(0.8, select(vec!["post", "express", "bike"]).prop_map(str::to_owned));
    let tax_rate = weighted(0.2, rate(vec!["19", "7"]));
    (country, weighted(0.7, 1..4_u64), cost, method, tax_rate).prop_map(
        |(country, zone, cost, method, tax_rate)| Shipping { country, zone, method, cost, tax_rate },
    )
}
