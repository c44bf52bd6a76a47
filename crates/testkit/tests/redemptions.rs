//! Limits hold in whatever order things happen.

#![allow(clippy::indexing_slicing, reason = "a test that panics is a test that fails")]

use std::collections::HashMap;

use engine::redemption::{Count, Counter, Counts, Hold, Settled, Take};
use proptest::prelude::*;

fn counter(number: u64) -> Counter {
    Counter::Uses { promotion: number }
}

/// What may happen: someone takes parts of some counters, or one who has some gives them back.
#[derive(Clone, Debug)]
enum Step {
    Take { parts: Vec<(u64, i64)>, hold: bool },
    GiveBack { nth: usize },
    Convert { nth: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let parts = prop::collection::vec((0..3_u64, 1..4_i64), 1..4);
    prop_oneof![
        3 => (parts, any::<bool>()).prop_map(|(parts, hold)| Step::Take { parts, hold }),
        1 => any::<prop::sample::Index>().prop_map(|nth| Step::GiveBack { nth: nth.index(1000) }),
        1 => any::<prop::sample::Index>().prop_map(|nth| Step::Convert { nth: nth.index(1000) }),
    ]
}

const LIMITS: [Option<i64>; 3] = [Some(5), Some(9), None];

fn takes(parts: &[(u64, i64)]) -> Vec<Take> {
    let take = |(number, amount): &(u64, i64)| Take {
        counter: counter(*number),
        amount: *amount,
        most: LIMITS[*number as usize],
    };
    parts.iter().map(take).collect()
}

fn back(takes: &[Take], hold: Hold) -> Vec<(Hold, Take)> {
    takes.iter().map(|take| (hold, take.clone())).collect()
}

/// Sums what everyone has, without remembering anything in between.
fn sums(owners: &[(Vec<Take>, Hold)]) -> HashMap<Counter, Count> {
    let mut sums: HashMap<Counter, Count> = HashMap::new();
    for (takes, hold) in owners {
        for take in takes {
            let count = sums.entry(take.counter.clone()).or_default();
            match hold {
                Hold::Held => count.held += take.amount,
                Hold::Committed => count.committed += take.amount,
            }
        }
    }
    sums
}

proptest! {
    #[test]
    fn limits_hold_and_counts_are_the_sums_of_what_everyone_has(steps in prop::collection::vec(step(), 1..60)) {
        let mut counts = Counts::default();
        let mut owners: Vec<(Vec<Take>, Hold)> = Vec::new();
        for step in steps {
            match step {
                Step::Take { parts, hold } => {
                    let taken = takes(&parts);
                    let hold = if hold { Hold::Held } else { Hold::Committed };
                    let before = sums(&owners);
                    let fits = (0..3_u64).all(|number| {
                        let wanted: i64 = parts.iter().filter(|(it, _)| *it == number).map(|(_, n)| n).sum();
                        let used = before.get(&counter(number)).map_or(0, Count::used);
                        LIMITS[number as usize].is_none_or(|most| wanted == 0 || used + wanted <= most)
                    });
                    let settled = counts.settle(&Settled { given_back: &[], taken: &taken, hold });
                    prop_assert_eq!(settled.is_ok(), fits);
                    if fits { owners.push((taken, hold)); }
                }
                Step::GiveBack { nth } if !owners.is_empty() => {
                    let (takes, hold) = owners.swap_remove(nth % owners.len());
                    let given_back = back(&takes, hold);
                    let settled = counts.settle(&Settled { given_back: &given_back, taken: &[], hold });
                    prop_assert!(settled.is_ok());
                }
                // Who holds something can always commit it.
                Step::Convert { nth } if !owners.is_empty() => {
                    let nth = nth % owners.len();
                    let (takes, hold) = owners[nth].clone();
                    let given_back = back(&takes, hold);
                    let asked = Settled { given_back: &given_back, taken: &takes, hold: Hold::Committed };
                    prop_assert!(counts.settle(&asked).is_ok());
                    owners[nth].1 = Hold::Committed;
                }
                Step::GiveBack { .. } | Step::Convert { .. } => {}
            }
            let sums = sums(&owners);
            for number in 0..3 {
                let sum = sums.get(&counter(number)).copied().unwrap_or_default();
                prop_assert_eq!(counts.get(&counter(number)), sum);
                prop_assert!(LIMITS[number as usize].is_none_or(|most| sum.used() <= most));
            }
        }
    }
}
