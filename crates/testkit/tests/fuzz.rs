//! What the fuzzers drive, on as many inputs as an ordinary test run has time for.

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use testkit::{fuzz, scenario};

fn cases(cases: u32) -> Config {
    Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(20_260_301), ..Config::default() }
}

/// The promotions of all scenarios as texts: what a mutation starts from.
fn documents() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let cases = scenario::load(&folder).unwrap_or_default();
    assert!(!cases.is_empty(), "no scenarios in {}", folder.display());
    cases.iter().flat_map(|case| case.promotion_bodies()).map(|body| body.to_string()).collect()
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn a_document_with_a_part_exchanged_is_read_or_refused(
        pick in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(), from in any::<prop::sample::Index>(), length in 0..40_usize,
    ) {
        static DOCUMENTS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(documents);
        let (one, other) = (pick.get(&DOCUMENTS[..]).as_bytes(), other.get(&DOCUMENTS[..]).as_bytes());
        let (at, from) = (at.index(one.len()), from.index(other.len()));
        let piece = &other[from..other.len().min(from + length)];
        let mut mutated = one[..at].to_vec();
        mutated.extend_from_slice(piece);
        mutated.extend_from_slice(&one[one.len().min(at + length)..]);
        fuzz::promotion_document(&mutated);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        fuzz::promotion_document(&bytes);
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn no_dice_break_an_invariant(bytes in prop::collection::vec(any::<u8>(), 32)) {
        fuzz::evaluate(&bytes);
    }
}
