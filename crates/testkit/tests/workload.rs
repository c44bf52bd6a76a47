//! The workloads of benchmarks are what they claim to be.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics is a test that fails")]

use engine::promotion::{Facts, Outcome};
use serde::Serialize;
use sha2::{Digest, Sha256};
use testkit::workload::{self, Workload, bare, plain, reference, shapes};

/// By rules and size of a set of promotions: its hash as a line of JSON, and how many promotions qualify, summed over
/// all carts. They are those of an independent generator in JavaScript.
const REFERENCE: [(u32, u32, &str, usize); 8] = [
    (1, 10, "53d5aec38e7d194e3cf556c6adb4789a0830e4919765e3465a95a30e35573a3e", 123),
    (1, 100, "6e7fbf7bbfac6b570f0944a64c08d98bb5c23570c341c0140f2fb1f2b15b2dac", 2244),
    (1, 1000, "5524b19fc552235a4c0b36766d2af1b13b1fa0cc2a2a6a38c7b1ab19ad1ba301", 18_917),
    (1, 10_000, "cd54add87323e66edde40635e1b1ce6d8f2f6904fd0e94a5e5d33e9819955025", 195_530),
    (10, 10, "93d5701dd7e646969ad0da95a7e1a8a0be5eb568e9039e0fad8f89564bbe1669", 1242),
    (10, 100, "17c61dc649192f20759c019f44610a8cc6c389e56c7bf3ded2c7701a7b928fc8", 11_476),
    (10, 1000, "4a8b9a31880081026275938a2edf991d9688d4a27b888d0793d6b08b6851133c", 114_751),
    (10, 10_000, "a84919693822377b956b2980b165f66db7cb6b72a6d7f5998702e39f9f2ae2a0", 1_149_805),
];

const PRODUCTS: &str = "168959d621231affbcb8c3cc3109552de39da6d21120ca8b571a0af15dfe2fd5";
const CARTS: &str = "47c28534cdbe2dbfac39f794f2ee3f91062905b4fc26cb78f6ec142a18782c60";

fn hash(value: &impl Serialize) -> String {
    let line = serde_json::to_string(value).unwrap() + "\n";
    Sha256::digest(line).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn qualifying(workload: &Workload) -> usize {
    workload.carts.iter().map(|cart| bare::qualifying(&workload.promotions, cart).len()).sum()
}

#[test]
fn the_reference_workload_is_the_same_everywhere() {
    assert_eq!(hash(&reference::SHOP.products()), PRODUCTS);
    assert_eq!(hash(&reference::SHOP.carts(reference::CARTS, reference::LINES)), CARTS);
    for (rules, count, expected, qualify) in REFERENCE {
        let workload = reference::workload(count, rules);
        assert_eq!(hash(&workload.promotions), expected, "{count} promotions of {rules} rules");
        assert_eq!(qualifying(&workload), qualify, "{count} promotions of {rules} rules");
    }
}

/// How many promotions apply, and how many qualify, of the first cart.
fn applied_and_qualifying(workload: &Workload) -> (usize, usize) {
    let cart = &workload.engine_carts()[0];
    let evaluation = workload::evaluate(&workload.ruleset(), cart, &Facts::default());
    let applied = evaluation.outcomes.iter().filter(|it| matches!(it.outcome, Outcome::Applied { .. }));
    (applied.count(), bare::qualifying(&workload.promotions, &workload.carts[0]).len())
}

#[test]
fn the_engine_applies_no_promotion_whose_condition_does_not_hold() {
    let (applied, qualifying) = applied_and_qualifying(&reference::workload(100, 1));
    assert!(0 < applied && applied <= qualifying, "{applied} of {qualifying}");
}

#[test]
fn about_a_twentieth_of_a_sparse_set_is_about_goods_in_a_cart_and_two_thirds_of_that_qualify() {
    let workload = shapes::sparse(10_000);
    let share = |cart: &plain::Cart| {
        let has = |category: u32| cart.lines.iter().any(|line| line.categories.contains(&category));
        let is_about =
            |rule: &plain::Rule| matches!(rule, plain::Rule::BuyCategory { category, .. } if has(*category));
        workload.promotions.iter().filter(|promotion| promotion.rules.iter().any(is_about)).count()
    };
    let (mut relevant, mut qualifying) = (0, 0);
    for cart in &workload.carts {
        relevant += share(cart);
        qualifying += bare::qualifying(&workload.promotions, cart).len();
    }
    let whole = workload.carts.len() * workload.promotions.len();
    assert!((whole * 4 / 100..whole * 6 / 100).contains(&relevant), "{relevant} of {whole}");
    assert!((relevant * 6 / 10..relevant * 8 / 10).contains(&qualifying), "{qualifying} of {relevant}");
}

#[test]
fn exactly_twenty_of_a_fixed_set_apply_whatever_its_size() {
    for count in [100, 1000] {
        assert_eq!(applied_and_qualifying(&shapes::fixed(count)), (20, 20), "{count}");
    }
}

#[test]
fn all_of_a_dense_set_apply() {
    assert_eq!(applied_and_qualifying(&shapes::dense(1000)), (1000, 1000));
}

#[test]
fn a_wholesale_cart_has_every_third_unit_at_half_price() {
    let workload = shapes::wholesale(30);
    let cart = &workload.engine_carts()[0];
    let evaluation = workload::evaluate(&workload.ruleset(), cart, &Facts::default());
    let units_discounted = |at: usize| {
        let (line, price) = (&evaluation.lines[at], cart.lines[at].price);
        let discounted = line.units.iter().filter(|unit| unit.price < price);
        discounted.map(|unit| unit.units).sum::<u32>()
    };
    assert_eq!((0..30).map(units_discounted).sum::<u32>(), 30 * 20 / 3);
}
