//! What fuzzers drive: the same functions run on a few thousand inputs in the ordinary tests.

use engine::document::Context;
use engine::money::Currency;
use engine::promotion::{Language, NoNames, Ruleset, audit, parse, summary};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::arbitrary::situation;

/// Reads any bytes as a promotion: it is refused with reasons, or its normal form reads as itself and has a summary.
pub fn promotion_document(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice(bytes) else { return };
    let default_currency = Currency::parse("USD").unwrap();
    let context = Context { default_currency, now: Timestamp::UNIX_EPOCH };
    match parse(&document, &context) {
        Ok(parsed) => {
            let again = parse(&parsed.document, &context).expect("a normal form is accepted");
            assert_eq!(again.document, parsed.document, "a normal form is its own normal form");
            let currency = parsed.promotion.currency;
            let language = Language { names: &NoNames, currency, zone: &TimeZone::UTC };
            assert!(!summary(&parsed.promotion, &language).is_empty());
        }
        Err(problems) => assert!(!problems.is_empty(), "a refusal has a reason"),
    }
}

/// Prices a cart of a store that 32 bytes of dice make up: no invariant breaks.
pub fn evaluate(bytes: &[u8]) {
    let Some(seed) = bytes.first_chunk::<32>() else { return };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let Ok(tree) = situation().new_tree(&mut runner) else { return };
    let situation = tree.current();
    let ruleset: Ruleset = situation.ruleset();
    let evaluation = situation.on_engine();
    let broken = audit(&ruleset, &situation.cart, &situation.facts, &evaluation);
    assert!(broken.is_empty(), "{broken:?}\n{situation:?}");
}
