//! What is refused, and how counters are named.

use super::*;

fn counter(number: u64) -> Counter {
    Counter::Uses { promotion: number }
}

fn takes(parts: &[(u64, i64)]) -> Vec<Take> {
    const LIMITS: [Option<i64>; 3] = [Some(5), Some(9), None];
    let take = |(number, amount): &(u64, i64)| Take {
        counter: counter(*number),
        amount: *amount,
        most: LIMITS[*number as usize],
    };
    parts.iter().map(take).collect()
}

#[test]
fn what_is_refused_changes_nothing_and_names_every_counter_that_is_short() {
    let mut counts = Counts::default();
    counts.add(counter(0), Count { committed: 4, held: 1 });
    counts.add(counter(1), Count { committed: 0, held: 9 });
    let taken = takes(&[(2, 1), (0, 1), (1, 1)]);
    let own = [(Hold::Held, Take { counter: counter(1), amount: 9, most: None })];
    let short =
        counts.settle(&Settled { given_back: &own, taken: &taken, hold: Hold::Committed }).unwrap_err();
    assert_eq!(short, [Short { counter: counter(0), most: 5, used: 5 }]);
    assert_eq!(counts.get(&counter(1)), Count { committed: 0, held: 9 });
    assert_eq!(counts.get(&counter(2)), Count::default());
}

#[test]
fn no_two_counters_have_the_same_key() {
    let day = jiff::civil::date(2026, 11, 27);
    let identity = "id:7".to_owned();
    let euro = crate::money::Currency::parse("EUR").unwrap();
    let all = [
        Counter::Uses { promotion: 1 },
        Counter::Channel { promotion: 1, channel: 7 },
        Counter::Day { promotion: 1, day },
        Counter::Customer { promotion: 1, identity: identity.clone() },
        Counter::Spent { promotion: 1, currency: euro },
        Counter::Code { promotion: 1, code: 7 },
        Counter::CodeCustomer { promotion: 1, code: 7, identity },
    ];
    let keys: std::collections::BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(keys.len(), all.len());
    assert!(keys.iter().all(|key| key.starts_with("1:")));
    assert!(keys.contains("1:day:2026-11-27"));
}
