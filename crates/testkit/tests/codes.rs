//! The invariants of coupon codes: their normal form, and pools that are made.

use std::collections::BTreeSet;

use engine::coupon::{
    CODE_LENGTH_MAX, GenerateCodes, GenerateError, Permutation, generate, loose, normalise,
};
use proptest::prelude::*;
use testkit::arbitrary::cases;

fn request() -> impl Strategy<Value = GenerateCodes> {
    let part = || prop_oneof![Just(String::new()), "[A-Z0-9]{1,8}"];
    let excluded = prop_oneof![Just(Vec::new()), Just(vec!['0', 'O', '1', 'I'])];
    (1..400_usize, 2..30_usize, part(), part(), "[-_]?", excluded).prop_map(
        |(count, length, prefix, suffix, delimiter, excluded)| GenerateCodes {
            count,
            length,
            prefix,
            suffix,
            delimiter,
            excluded,
        },
    )
}

/// Dice that are good enough to test with.
fn dice(mut state: u64) -> impl FnMut(u32) -> u32 {
    move |sides| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(sides)) as u32
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_normal_form_of_a_code_is_its_own_normal_form(
        code in "\\PC{0,60}|[ a-zA-Z0-9_\u{3000}\u{ff10}-\u{ff5a}-]{0,55}",
    ) {
        if let Ok(normal) = normalise(&code) {
            prop_assert_eq!(normalise(&normal), Ok(normal));
        }
    }

    #[test]
    fn the_loose_form_of_a_code_is_its_own_loose_form(code in "[ a-zA-Z0-9_-]{1,50}") {
        if let Ok(normal) = normalise(&code) {
            let once = loose(&normal);
            prop_assert_eq!(loose(&once), once.clone());
            prop_assert!(once.is_empty() || normalise(&once) == Ok(once.clone()), "it is its own normal form");
        }
    }

    #[test]
    fn a_secret_order_has_every_number_once(key in any::<[u8; 16]>(), size in 1..3000_u128) {
        let order = Permutation::new(key, size);
        let numbers: BTreeSet<u128> = (0..size).map(|place| order.at(place)).collect();
        prop_assert_eq!(numbers.len() as u128, size);
        prop_assert_eq!(numbers.last().copied(), Some(size - 1));
    }

    #[test]
    fn spellings_that_differ_in_case_and_white_space_are_one_code(
        words in prop::collection::vec("[A-Z0-9_-]{1,12}", 1..4),
        space in "[ \\t\u{3000}]{1,3}",
    ) {
        let spelling = format!("{space}{}{space}", words.join(&space).to_lowercase());
        prop_assert_eq!(normalise(&spelling), normalise(&words.join(" ")));
    }

    #[test]
    fn a_pool_has_as_many_different_codes_as_asked_for(request in request(), start in any::<u64>()) {
        match generate(&request, &|_| false, &mut dice(start)) {
            Ok(codes) => {
                prop_assert_eq!(codes.len(), request.count);
                let normal: BTreeSet<String> = codes.iter().map(|code| normalise(code).unwrap()).collect();
                prop_assert_eq!(normal.len(), request.count, "different even after normalising");
                prop_assert!(codes.iter().all(|code| normal.contains(code)), "all are in normal form");
                let random = |code: &String| {
                    let end = code.len() - request.suffix.len();
                    let rest = code[request.prefix.len()..end].trim_matches(['-', '_']).to_owned();
                    rest.len() == request.length && !rest.contains(request.excluded.as_slice())
                };
                prop_assert!(codes.iter().all(random), "{codes:?}");
            }
            Err(GenerateError::TooFew) => prop_assert!(32_f64.powi(request.length as i32) < 1000.0 * 400.0),
            Err(GenerateError::TooLong) => {
                let most = request.prefix.len() + request.suffix.len() + request.length + 2;
                prop_assert!(most > CODE_LENGTH_MAX);
            }
        }
    }

    #[test]
    fn a_pool_does_not_follow_from_another_with_other_dice(request in request(), start in any::<u64>()) {
        prop_assume!(request.length > 12);
        let pool = |start| generate(&request, &|_| false, &mut dice(start)).map(BTreeSet::from_iter);
        if let (Ok(one), Ok(other)) = (pool(start), pool(!start)) {
            let both: BTreeSet<&String> = one.intersection(&other).collect();
            prop_assert!(both.is_empty());
        }
    }
}
