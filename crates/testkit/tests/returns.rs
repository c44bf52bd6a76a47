//! Refunds sum to what was paid, however an order comes back, and are never below zero.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics is a test that fails")]

use std::collections::{BTreeMap, BTreeSet};

use engine::cart::{Cart, TaxRounding, TaxTerms};
use engine::money::{Minor, Rate};
use engine::promotion::{Definition, Evaluation, Ruleset, Told, evaluate};
use engine::returns::{Order, Policy, Refund, Refused, Return, Returned, kept_cart, refund};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed};
use testkit::arbitrary::{Situation, situation};

/// So many random cases, the same in every run; or as many new ones as the environment asks for.
fn cases(usual: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    let rng_seed = if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(20_260_301) };
    Config { cases: asked.unwrap_or(usual), failure_persistence: None, rng_seed, ..Config::default() }
}

/// One step of a way in which an order comes back: lines with how much of what is left of each, a gift, shipping.
type Step = (Vec<(Index, Index)>, Option<Index>, bool);

fn step() -> impl Strategy<Value = Step> {
    let lines = prop::collection::vec((any::<Index>(), any::<Index>()), 0..4);
    (lines, prop::option::weighted(0.2, any::<Index>()), any::<bool>())
}

/// A situation whose cart becomes an order: one with goods.
fn ordered() -> impl Strategy<Value = Situation> {
    situation().prop_filter("an order has goods", |it| !it.cart.lines.is_empty())
}

/// A situation with tax on some of its lines and on shipping, and the steps in which it comes back.
fn story() -> impl Strategy<Value = (Situation, Vec<Step>)> {
    let taxed = (any::<bool>(), any::<bool>(), prop::collection::vec(prop::option::of(1..30_u32), 9));
    (ordered(), taxed, prop::collection::vec(step(), 0..8)).prop_map(|(mut situation, taxed, steps)| {
        let (prices_include_tax, per_unit, rates) = taxed;
        let rounding = if per_unit { TaxRounding::Unit } else { TaxRounding::Line };
        situation.cart.tax = TaxTerms { prices_include_tax, rounding };
        let rate = |percent: Option<u32>| percent.and_then(|percent| Rate::parse(&percent.to_string()).ok());
        for (line, percent) in situation.cart.lines.iter_mut().zip(&rates) {
            line.tax_rate = rate(*percent);
        }
        if let Some(shipping) = &mut situation.cart.shipping {
            shipping.tax_rate = rate(rates[8]);
        }
        (situation, steps)
    })
}

/// The store of a situation, which prices what is kept as it priced the order.
struct Store {
    situation: Situation,
    ruleset: Ruleset,
    order: Order,
}

impl Store {
    fn of(situation: Situation) -> Self {
        let stored = situation.promotions.iter();
        let definitions: Vec<Definition<'_>> = stored
            .map(|(id, created, document)| Definition { id: *id, created: *created, document })
            .collect();
        let (ruleset, _) = Ruleset::compile(situation.settings.clone(), &definitions);
        let committed = evaluate(&ruleset, &situation.cart, &situation.facts, situation.now, Told::Matching);
        let order = order(&situation.cart, &committed);
        assert_eq!(order.paid(), committed.totals.total);
        Self { situation, ruleset, order }
    }

    /// What the goods that are kept cost now, and the gifts that they earn.
    fn kept(&self, after: &Returned) -> (Minor, BTreeMap<String, u64>) {
        let Some(cart) = kept_cart(&self.situation.cart, after) else { return Default::default() };
        let evaluation =
            evaluate(&self.ruleset, &cart, &self.situation.facts, self.situation.now, Told::Matching);
        let gifts = evaluation.gifts.iter().map(|gift| (gift.key.clone(), gift.quantity)).collect();
        (order(&cart, &evaluation).goods(), gifts)
    }

    fn refund(&self, before: &Returned, asked: &Return, policy: &str) -> Result<Refund, Refused> {
        let (kept_total, still_given) = self.kept(&before.with(asked));
        let policy = match policy {
            "keep" => Policy::Keep,
            "reprice" => Policy::Reprice { kept_total },
            _ => Policy::ForfeitGifts { still_given: &still_given },
        };
        refund(&self.order, before, asked, policy)
    }

    /// A return of what is left, as a step says; nothing when it names nothing.
    fn asked(&self, before: &Returned, (lines, gift, with_shipping): &Step) -> Option<Return> {
        let mut units = BTreeMap::new();
        for (line, share) in lines.iter().filter(|_| !self.order.lines.is_empty()) {
            let line = &self.order.lines[line.index(self.order.lines.len())];
            let left = line.quantity() - before.units.get(&line.id).copied().unwrap_or(0);
            if left > 0 {
                units.insert(line.id.clone(), 1 + u32::try_from(share.index(left as usize)).unwrap());
            }
        }
        let left: Vec<&String> = self.gifts_left(before);
        let gifts = gift.filter(|_| !left.is_empty()).map(|gift| left[gift.index(left.len())].clone());
        let asked = Return {
            lines: units.into_iter().collect(),
            gifts: gifts.into_iter().collect(),
            with_shipping: *with_shipping,
        };
        (asked != Return::default()).then_some(asked)
    }

    fn gifts_left(&self, before: &Returned) -> Vec<&String> {
        self.order.gifts.iter().map(|gift| &gift.key).filter(|key| !before.gifts.contains(*key)).collect()
    }

    /// Everything that is left, with shipping.
    fn rest(&self, before: &Returned) -> Return {
        let left = self.order.lines.iter().map(|line| {
            let returned = before.units.get(&line.id).copied().unwrap_or(0);
            (line.id.clone(), line.quantity() - returned)
        });
        let lines = left.filter(|(_, units)| *units > 0).collect();
        Return { lines, gifts: self.gifts_left(before).into_iter().cloned().collect(), with_shipping: true }
    }

    /// Returns everything step by step, and checks every refund.
    fn return_everything(&self, steps: &[Step], policy_of: impl Fn(usize) -> &'static str) -> Returned {
        let mut before = Returned::default();
        for (at, step) in steps.iter().enumerate() {
            if let Some(asked) = self.asked(&before, step) {
                before = self.one_return(before, &asked, policy_of(at));
            }
        }
        let rest = self.rest(&before);
        self.one_return(before, &rest, policy_of(steps.len()))
    }

    fn one_return(&self, before: Returned, asked: &Return, policy: &str) -> Returned {
        let refund = self.refund(&before, asked, policy).unwrap();
        let lines: Minor = refund.lines.iter().map(|line| line.amount).sum();
        assert_eq!(refund.total, lines - refund.clawed_back + refund.restored + refund.shipping);
        for amount in [refund.total, refund.shipping, refund.clawed_back, refund.restored] {
            assert!(amount >= Minor::ZERO, "{refund:?}");
        }
        assert!(refund.lines.iter().all(|line| line.amount >= Minor::ZERO), "{refund:?}");
        let after = before.after(asked, &refund);
        assert!(after.goods <= self.order.goods() && after.shipping <= self.order.shipping, "{after:?}");
        let kept: Minor = refund.kept.iter().map(|line| line.amount).sum();
        assert!(policy != "keep" || before.goods + lines + kept <= self.order.goods());
        after
    }
}

fn order(cart: &Cart, evaluation: &Evaluation) -> Order {
    Order::committed(cart, evaluation, |gift| {
        Minor::new(i64::try_from(gift.product.or(gift.variant).unwrap_or(0)).unwrap() * 100)
    })
}

/// What a way of returning everything brought back.
fn all_of(returned: &Returned) -> (Minor, BTreeSet<String>) {
    (returned.goods + returned.shipping, returned.gifts.clone())
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn everything_returned_refunds_exactly_what_was_paid((situation, steps) in story()) {
        let store = Store::of(situation);
        let gifts: BTreeSet<String> = store.order.gifts.iter().map(|gift| gift.key.clone()).collect();
        for policy in ["keep", "reprice", "forfeit_gifts"] {
            let returned = store.return_everything(&steps, |_| policy);
            prop_assert_eq!(all_of(&returned), (store.order.paid(), gifts.clone()), "{}", policy);
        }
    }

    #[test]
    fn policies_may_change_between_returns_and_what_is_held_back_is_restored((situation, steps) in story()) {
        let store = Store::of(situation);
        let policies = ["keep", "reprice", "forfeit_gifts", "reprice"];
        let last = steps.len();
        let returned = store.return_everything(&steps, |at| if at == last { "reprice" } else { policies[at % 4] });
        prop_assert_eq!(returned.goods + returned.shipping, store.order.paid());
    }

    #[test]
    fn single_units_in_any_order_refund_what_the_whole_does((situation, picks) in
        (ordered(), prop::collection::vec(any::<Index>(), 60))) {
        let store = Store::of(situation);
        let mut before = Returned::default();
        for pick in picks {
            let rest = store.rest(&before);
            if rest.lines.is_empty() {
                break;
            }
            let (id, _) = rest.lines[pick.index(rest.lines.len())].clone();
            before = store.one_return(before, &Return { lines: vec![(id, 1)], ..Return::default() }, "keep");
        }
        let rest = store.rest(&before);
        let returned = store.one_return(before, &rest, "keep");
        prop_assert_eq!(returned.goods + returned.shipping, store.order.paid());
    }

    #[test]
    fn no_policy_refunds_more_than_keeping_the_prices((situation, step) in (ordered(), step())) {
        let store = Store::of(situation);
        let before = Returned::default();
        if let Some(asked) = store.asked(&before, &step) {
            let keep = store.refund(&before, &asked, "keep").unwrap();
            for policy in ["reprice", "forfeit_gifts"] {
                prop_assert!(store.refund(&before, &asked, policy).unwrap().total <= keep.total, "{}", policy);
            }
        }
    }

    #[test]
    fn more_than_is_left_is_refused((situation, step, more) in (ordered(), step(), 1..9_u32)) {
        let store = Store::of(situation);
        let first = store.asked(&Returned::default(), &step).unwrap_or_default();
        let before = Returned::default().with(&first);
        for line in &store.order.lines {
            let left = line.quantity() - before.units.get(&line.id).copied().unwrap_or(0);
            let asked = Return { lines: vec![(line.id.clone(), left + more)], ..Return::default() };
            let refused = store.refund(&before, &asked, "keep").unwrap_err();
            prop_assert_eq!(refused, Refused::TooMany { line: line.id.clone(), asked: left + more, left });
        }
    }
}
