//! The one form in which codes are compared, stored and looked up.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::CODE_LENGTH_MAX;

/// Why a text cannot be a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// Nothing but white space.
    Empty,
    /// More than 50 characters.
    TooLong,
    /// A character other than letters, digits, space, `_` and `-`.
    Character(char),
}

impl fmt::Display for CodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("a code must not be empty"),
            Self::TooLong => write!(formatter, "a code has at most {CODE_LENGTH_MAX} characters"),
            Self::Character(found) => {
                let found = found.escape_debug();
                write!(
                    formatter,
                    "a code has only the letters A to Z, digits, space, `_` and `-`, not `{found}`"
                )
            }
        }
    }
}

/// The normal form of a code: what two spellings of the same code have in common.
///
/// Compatibility forms become plain (full-width digits), outer white space goes, inner white space becomes one
/// space, letters become upper case. Applying it twice changes nothing. Hyphens count: `AB-1` and `AB1` are
/// two codes, because stores have issued both; what they have in common is their [`loose`] form.
///
/// Errors: [`CodeError`].
///
/// ```
/// use engine::coupon::normalise;
/// assert_eq!(normalise("  save  10 "), Ok("SAVE 10".to_owned()));
/// assert_eq!(normalise("Save 10"), normalise("SAVE\u{3000}１０"));
/// ```
pub fn normalise(code: &str) -> Result<String, CodeError> {
    // A hostile text may be megabytes long; no code of 50 characters needs more than this to be written.
    if code.len() > 16 * CODE_LENGTH_MAX {
        return Err(CodeError::TooLong);
    }
    let plain: String = code.nfkc().collect();
    let mut normal = String::with_capacity(plain.len());
    for word in plain.split_whitespace() {
        if !normal.is_empty() {
            normal.push(' ');
        }
        for letter in word.chars() {
            match letter {
                'A'..='Z' | '0'..='9' | '_' | '-' => normal.push(letter),
                'a'..='z' => normal.push(letter.to_ascii_uppercase()),
                other => return Err(CodeError::Character(other)),
            }
        }
    }
    match normal.len() {
        0 => Err(CodeError::Empty),
        length if length > CODE_LENGTH_MAX => Err(CodeError::TooLong),
        _ => Ok(normal),
    }
}

/// The loose form of a code in normal form: what spellings have in common that shoppers mistake for each other.
///
/// Spaces, `-` and `_` go; `O` is `0`, `I` and `L` are `1`. Applying it twice changes nothing. A code is looked up by
/// its normal form; only when no code has that, and exactly one has its loose form, that one is meant.
///
/// ```
/// use engine::coupon::loose;
/// assert_eq!(loose("BF-LO 1_0"), "BF1010");
/// ```
pub fn loose(normal_code: &str) -> String {
    normal_code
        .bytes()
        .filter(|each| !matches!(each, b' ' | b'-' | b'_'))
        .map(|each| char::from(fold(each)))
        .collect()
}

/// The one of look-alike characters that stands for all of them.
pub(super) fn fold(letter: u8) -> u8 {
    match letter {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_code_have_one_normal_form() {
        for spelling in ["abc10", "ABC10", " AbC10 ", "ＡＢＣ１０", "\tabc10\n"] {
            assert_eq!(normalise(spelling).as_deref(), Ok("ABC10"), "{spelling:?}");
        }
    }

    #[test]
    fn what_cannot_be_a_code_is_refused() {
        assert_eq!(normalise(" \t"), Err(CodeError::Empty));
        assert_eq!(normalise(&"A".repeat(51)), Err(CodeError::TooLong));
        assert_eq!(normalise(&"A".repeat(100_000)), Err(CodeError::TooLong));
        assert_eq!(normalise("10%"), Err(CodeError::Character('%')));
        assert_eq!(normalise("А1"), Err(CodeError::Character('А')), "a Cyrillic letter is no latin one");
    }

    #[test]
    fn loose_forms_have_in_common_what_shoppers_mistake() {
        for spelling in ["BF-L0O1", "BF LO01", "BF_I00I", "BF10OL", "BF1001"] {
            assert_eq!(loose(&normalise(spelling).unwrap()), "BF1001", "{spelling}");
        }
        assert_eq!(loose("- _"), "");
        assert_ne!(loose("AB1"), loose("AB2"));
    }
}
