//! One evaluation at a time, for counting its instructions under callgrind: `cargo xtask bench counts`.
//!
//! Instructions are counted only inside functions whose names begin with `counted_`: they must be neither inlined nor
//! generic, nor hold closures, whose names would begin so too.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measurement that fails has said why")]

use std::hint::black_box;

use engine::cart::Cart;
use engine::promotion::{Evaluation, Facts, Ruleset};
use serde_json::Value;
use testkit::workload::{self, Workload, reference, shapes, translate};

type Count = (&'static str, fn());

const COUNTS: [Count; 7] = [
    ("evaluate_reference", || evaluate(&reference::workload(1000, 1))),
    ("evaluate_sparse", || evaluate(&shapes::sparse(1000))),
    ("evaluate_fixed", || evaluate(&shapes::fixed(1000))),
    ("evaluate_dense", || evaluate(&shapes::dense(300))),
    ("evaluate_wholesale", || evaluate(&shapes::wholesale(50))),
    ("compile", || {
        black_box(counted_compile(&shapes::sparse(100).documents()));
    }),
    ("with", || {
        let changed = translate::document(&shapes::one_more());
        black_box(counted_with(&shapes::sparse(1000).ruleset(), &changed));
    }),
];

/// The second of two evaluations: the first one pays for what is made once in a process.
fn evaluate(workload: &Workload) {
    let (ruleset, facts, carts) = (workload.ruleset(), Facts::default(), workload.engine_carts());
    black_box(workload::evaluate(&ruleset, &carts[0], &facts));
    black_box(counted_evaluate(&ruleset, &carts[0], &facts));
}

#[inline(never)]
fn counted_evaluate(ruleset: &Ruleset, cart: &Cart, facts: &Facts) -> Evaluation {
    workload::evaluate(ruleset, cart, facts)
}

#[inline(never)]
fn counted_compile(documents: &[Value]) -> Ruleset {
    workload::compile(documents)
}

#[inline(never)]
fn counted_with(ruleset: &Ruleset, changed: &Value) -> Ruleset {
    ruleset.with(&workload::definition(500, changed)).unwrap()
}

/// With a name, does that once; without, prints all names.
fn main() {
    match std::env::args().skip(1).find(|word| word != "--bench") {
        Some(asked) => COUNTS.iter().find(|(name, _)| *name == asked).unwrap().1(),
        None => COUNTS.iter().for_each(|(name, _)| println!("{name}")),
    }
}
