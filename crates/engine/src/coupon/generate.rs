//! Making codes that nobody can guess, from dice that the caller throws.

use std::collections::BTreeSet;
use std::fmt;

/// Most characters a code may have.
pub const CODE_LENGTH_MAX: usize = 50;

pub(super) const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// What codes to make.
#[derive(Clone, Debug)]
pub struct GenerateCodes {
    /// How many, all different.
    pub count: usize,
    /// Random characters in each, without prefix, suffix and delimiters.
    pub length: usize,
    /// Stands before the random part.
    pub prefix: String,
    /// Stands after it.
    pub suffix: String,
    /// Stands between them; only used where there is a prefix or suffix.
    pub delimiter: String,
    /// Characters that must not occur in the random part.
    pub excluded: Vec<char>,
}

/// Why codes cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GenerateError {
    /// The whole code would have more than 50 characters.
    TooLong,
    /// There are too few different codes of that length: fewer than a thousand for each one wanted, so that
    /// they would be easy to guess.
    TooFew,
}

impl fmt::Display for GenerateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(formatter, "prefix, code and suffix exceed {CODE_LENGTH_MAX} characters"),
            Self::TooFew => formatter.write_str("too few such codes exist: make them longer or exclude less"),
        }
    }
}

/// Makes exactly `request.count` different codes.
///
/// `below(n)` throws a die with `n` sides numbered from 0; pass a cryptographically secure one. Codes that are
/// `unwanted` are thrown again.
///
/// Errors: [`GenerateError`].
///
/// ```
/// use engine::coupon::{GenerateCodes, generate};
/// let request = GenerateCodes {
///     count: 2, length: 6, prefix: "BF26".into(), suffix: String::new(), delimiter: "-".into(), excluded: vec![],
/// };
/// let mut seed = 0;
/// let codes = generate(&request, &|_| false, &mut |sides| { seed += 7; seed % sides }).unwrap();
/// assert_eq!(codes.len(), 2);
/// assert!(codes[0].starts_with("BF26-"));
/// ```
pub fn generate(
    request: &GenerateCodes,
    unwanted: &dyn Fn(&str) -> bool,
    below: &mut dyn FnMut(u32) -> u32,
) -> Result<Vec<String>, GenerateError> {
    let alphabet: Vec<char> = ALPHABET.chars().filter(|letter| !request.excluded.contains(letter)).collect();
    let sides = u32::try_from(alphabet.len()).unwrap_or(0);
    let capacity = (0..request.length).try_fold(1_u128, |all, _| all.checked_mul(u128::from(sides)));
    if capacity.is_some_and(|capacity| capacity < 1000 * request.count as u128) {
        return Err(GenerateError::TooFew);
    }
    let delimited = |part: &str| if part.is_empty() { "" } else { request.delimiter.as_str() };
    let before = format!("{}{}", request.prefix, delimited(&request.prefix));
    let after = format!("{}{}", delimited(&request.suffix), request.suffix);
    if before.len() + request.length + after.len() > CODE_LENGTH_MAX {
        return Err(GenerateError::TooLong);
    }
    // A thousand free codes for each one wanted keep repeats rare; the set keeps them out.
    let mut seen = BTreeSet::new();
    let mut codes = Vec::with_capacity(request.count);
    while codes.len() < request.count {
        let letter = |_| alphabet.get(below(sides) as usize).copied().unwrap_or('A');
        let random: String = (0..request.length).map(letter).collect();
        let code = format!("{before}{random}{after}");
        if !unwanted(&code) && seen.insert(code.clone()) {
            codes.push(code);
        }
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(count: usize, length: usize) -> GenerateCodes {
        let (prefix, suffix, delimiter) = ("BF".to_owned(), "EU".to_owned(), "-".to_owned());
        GenerateCodes { count, length, prefix, suffix, delimiter, excluded: vec!['0', 'O', '1', 'I'] }
    }

    fn dice() -> impl FnMut(u32) -> u32 {
        let mut state: u64 = 42;
        move |sides| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % u64::from(sides)) as u32
        }
    }

    #[test]
    fn exactly_so_many_different_codes_are_made() {
        let codes = generate(&request(1000, 8), &|_| false, &mut dice()).unwrap();
        let distinct: BTreeSet<&String> = codes.iter().collect();
        assert_eq!(distinct.len(), 1000);
        assert!(
            codes.iter().all(|code| code.len() == 14 && code.starts_with("BF-") && code.ends_with("-EU"))
        );
        assert!(codes.iter().all(|code| !code.contains(['0', '1', 'I'])));
    }

    #[test]
    fn guessable_or_overlong_codes_are_refused() {
        assert_eq!(generate(&request(1000, 3), &|_| false, &mut dice()), Err(GenerateError::TooFew));
        assert_eq!(generate(&request(1, 45), &|_| false, &mut dice()), Err(GenerateError::TooLong));
    }
}
