//! Nudges promise exactly what the next evaluation gives.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has said what is wrong")]

use std::collections::BTreeMap;

use engine::cart::{Cart, Line};
use engine::money::Minor;
use engine::promotion::{Change, Definition, Evaluation, Nudge, Outcome, Ruleset, Told, evaluate, nudges};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use testkit::arbitrary::{Situation, line, situation};

/// More nudges than any random cart has.
const MOST: usize = 5;

/// So many random cases, the same in every run; or as many new ones as the environment asks for.
fn cases(usual: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    let rng_seed = if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(20_260_301) };
    Config { cases: asked.unwrap_or(usual), failure_persistence: None, rng_seed, ..Config::default() }
}

/// A situation, and goods that could be added to its cart.
fn situation_with_offers() -> impl Strategy<Value = (Situation, Vec<Line>)> {
    (situation(), prop::collection::vec(line(), 0..8))
}

fn ruleset(situation: &Situation) -> Ruleset {
    let promotions = situation.promotions.iter();
    let definitions: Vec<Definition<'_>> = promotions
        .map(|(id, created, document)| Definition { id: *id, created: *created, document })
        .collect();
    Ruleset::compile(situation.settings.clone(), &definitions).0
}

/// A store, a cart, its evaluation, and what is found for it.
struct Found {
    ruleset: Ruleset,
    before: Evaluation,
    nudges: Vec<Nudge>,
}

fn find(situation: &Situation, offers: &[Line]) -> Found {
    let ruleset = ruleset(situation);
    let before = evaluate(&ruleset, &situation.cart, &situation.facts, situation.now, Told::All);
    let nudges = nudges(&ruleset, &situation.cart, &situation.facts, situation.now, &before, offers, MOST);
    Found { ruleset, before, nudges }
}

/// What a promotion takes off; `None` when it does not apply.
fn taken_off(evaluation: &Evaluation, promotion: u64) -> Option<Minor> {
    let outcome = evaluation.outcomes.iter().find(|it| it.promotion == promotion)?;
    match &outcome.outcome {
        Outcome::Applied { discount, .. } => Some(*discount),
        Outcome::NotApplied(_) => None,
    }
}

/// Units of gifts by product and variant; those of one promotion, or all.
fn gifts_of(evaluation: &Evaluation, promotion: Option<u64>) -> BTreeMap<(Option<u64>, Option<u64>), u64> {
    let mut units = BTreeMap::new();
    for gift in evaluation.gifts.iter().filter(|gift| promotion.is_none_or(|id| gift.promotion == id)) {
        *units.entry((gift.product, gift.variant)).or_default() += gift.quantity;
    }
    units
}

/// Whether there are more of some gift.
fn gives_more(before: &Evaluation, after: &Evaluation, promotion: Option<u64>) -> bool {
    let had = gifts_of(before, promotion);
    gifts_of(after, promotion).iter().any(|(gift, units)| had.get(gift).is_none_or(|had| units > had))
}

/// The cart as the nudge asks for it: at a line that it names, or with a new one.
fn changed(nudge: &Nudge, cart: &Cart, offers: &[Line]) -> Cart {
    let changed = nudge.change.apply_to(cart, offers).unwrap();
    let more: Minor = changed.lines.iter().map(Line::subtotal).sum::<Minor>()
        - cart.lines.iter().map(Line::subtotal).sum::<Minor>();
    match nudge.change {
        Change::Add { line, product, variant, units } => {
            let added = &changed.lines[line.unwrap_or(cart.lines.len())];
            assert_eq!((added.product, added.variant), (product, variant));
            assert_eq!(more, added.price * i64::from(units));
        }
        Change::Spend { amount } => assert_eq!(more, amount),
    }
    changed
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn what_a_nudge_promises_comes_true((situation, offers) in situation_with_offers()) {
        let Found { ruleset, before, nudges } = find(&situation, &offers);
        for nudge in &nudges {
            let cart = changed(nudge, &situation.cart, &offers);
            let after = evaluate(&ruleset, &cart, &situation.facts, situation.now, Told::All);
            prop_assert_eq!(after.totals.discount - before.totals.discount, nudge.saving, "{:?}", nudge);
            prop_assert_eq!(after.totals.total - before.totals.total, nudge.cost, "{:?}", nudge);
            let pays = nudge.saving > Minor::ZERO || gives_more(&before, &after, None);
            prop_assert!(pays, "{nudge:?} does not pay");
            let (then, now) = (taken_off(&after, nudge.promotion), taken_off(&before, nudge.promotion));
            let is_more = then > now || gives_more(&before, &after, Some(nudge.promotion));
            prop_assert!(then.is_some() && is_more, "{nudge:?} unlocks nothing");
        }
    }

    #[test]
    fn nudges_are_few_sorted_and_one_for_each_promotion((situation, offers) in situation_with_offers()) {
        let all = find(&situation, &offers).nudges;
        let key = |nudge: &Nudge| (nudge.cost, std::cmp::Reverse(nudge.saving), nudge.promotion);
        prop_assert!(all.is_sorted_by_key(key));
        let mut promotions: Vec<u64> = all.iter().map(|nudge| nudge.promotion).collect();
        promotions.sort_unstable();
        promotions.dedup();
        prop_assert_eq!(promotions.len(), all.len());
        prop_assert_eq!(&find(&situation, &offers).nudges, &all);
        let Found { ruleset, before, .. } = find(&situation, &offers);
        let one = nudges(&ruleset, &situation.cart, &situation.facts, situation.now, &before, &offers, 1);
        prop_assert_eq!(one.len(), all.len().min(1));
    }
}

/// Random situations must be near enough to promotions, or the properties would say nothing.
#[test]
fn random_carts_have_nudges_of_every_kind() {
    let mut runner = TestRunner::new(cases(1));
    let strategy = situation_with_offers();
    let (mut of_lines, mut of_offers, mut of_spend, mut tiers, mut gifts) = (0, 0, 0, 0, 0);
    for _ in 0..300 {
        let (situation, offers) = strategy.new_tree(&mut runner).unwrap().current();
        let found = find(&situation, &offers);
        for nudge in &found.nudges {
            match nudge.change {
                Change::Add { line: Some(_), .. } => of_lines += 1,
                Change::Add { line: None, .. } => of_offers += 1,
                Change::Spend { .. } => of_spend += 1,
            }
            tiers += i32::from(taken_off(&found.before, nudge.promotion).is_some());
            gifts += i32::from(nudge.gift.is_some());
        }
    }
    let counts = [of_lines, of_offers, of_spend, tiers, gifts];
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}
