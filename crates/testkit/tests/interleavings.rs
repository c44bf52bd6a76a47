//! Thousands of schedules of clients, nodes and a database: limits hold in each, and mistakes would be found.
//!
//! `LARGESSE_SIMULATION_SEED=7 cargo test -p testkit --test interleavings` plays one again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]

use testkit::simulation::{Flaw, run};

const SCHEDULES: u32 = 3000;

#[test]
fn limits_hold_in_every_schedule() {
    let one = std::env::var("LARGESSE_SIMULATION_SEED").ok().map(|seed| seed.parse::<u32>().unwrap());
    let seeds = one.map_or(0..SCHEDULES, |seed| seed..seed + 1);
    let (mut placed, mut refused, mut repeated) = (0, 0, 0);
    for seed in seeds {
        let report = run(seed, None).unwrap_or_else(|wrong| panic!("{wrong}"));
        placed += report.placed;
        refused += report.refused;
        repeated += report.repeated;
    }
    // Schedules in which nothing happens show nothing.
    assert!(one.is_some() || [placed, refused, repeated].iter().all(|count| *count > SCHEDULES as usize));
}

#[test]
fn a_seed_gives_the_same_schedule_for_ever() {
    for seed in 0..50 {
        assert_eq!(run(seed, None).unwrap(), run(seed, None).unwrap());
    }
    assert_ne!(run(1, None).unwrap().trace, run(2, None).unwrap().trace);
}

#[test]
fn every_built_in_mistake_is_found() {
    for flaw in [Flaw::DecidesByOldCounts, Flaw::ForgetsKeys, Flaw::LocksInAnyOrder, Flaw::IgnoresVersions] {
        let found = (0..200).filter_map(|seed| run(seed, Some(flaw)).err()).count();
        assert!(found > 0, "{flaw:?} was not found");
    }
}
