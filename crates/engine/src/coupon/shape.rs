//! The shape of codes that are made: what stands fixed, what is random, and what checks the rest.

use std::fmt;

use super::CODE_LENGTH_MAX;
use super::checksum::{Check, prime_up_to};
use super::generate::ALPHABET;
use super::normalise::{fold, loose};
use super::permutation::{PERMUTED_MAX, Permutation};

/// Characters that are left out unless told otherwise: each is easily mistaken for another.
pub const LOOK_ALIKES: [char; 5] = ['0', 'O', '1', 'I', 'L'];

/// Stands for a generated character in a pattern.
const GENERATED: char = '#';

/// Free codes there must be for each one wanted.
const FREE_FOR_EACH: u128 = 1000;

/// The shape of codes: two requests with the same shape draw from one space, and never the same code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Fixed characters, and `#` for each generated one.
    pattern: String,
    /// What generated characters are, in their order; a prime number of them when codes are checked.
    alphabet: String,
    /// How many of the generated characters, the last ones, check the rest.
    check: Check,
}

/// Why codes cannot have a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShapeError {
    /// The pattern is longer than a code may be.
    TooLong,
    /// A fixed character that codes do not have, or that would not be found as it was written.
    Character(char),
    /// So much is excluded that no alphabet is left.
    NothingLeft,
    /// Fewer generated characters than check characters and one more.
    NothingRandom,
}

impl fmt::Display for ShapeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(formatter, "codes have at most {CODE_LENGTH_MAX} characters"),
            Self::Character(found) => {
                let found = found.escape_debug();
                write!(formatter, "must have only capitals, digits, `_`, `-` and `#`, not `{found}`")
            }
            Self::NothingLeft => formatter.write_str("excludes so much that hardly a character is left"),
            Self::NothingRandom => {
                formatter.write_str("needs more `#` than check characters, or nothing would be random")
            }
        }
    }
}

impl Shape {
    /// The shape of a pattern such as `BF-####-####`, in which `#` stands for a generated character. The last
    /// generated characters check the others.
    ///
    /// Errors: [`ShapeError`].
    ///
    /// ```
    /// use engine::coupon::{Check, LOOK_ALIKES, Shape};
    /// let shape = Shape::new("BF-####-####", &LOOK_ALIKES, Check::One).unwrap();
    /// let code = shape.code(123_456);
    /// assert_eq!(code.len(), 12);
    /// assert!(shape.checks(&code));
    /// ```
    pub fn new(pattern: &str, excluded: &[char], check: Check) -> Result<Self, ShapeError> {
        if pattern.len() > CODE_LENGTH_MAX {
            return Err(ShapeError::TooLong);
        }
        let is_fit = |each: char| each.is_ascii_uppercase() || each.is_ascii_digit() || "_-#".contains(each);
        if let Some(found) = pattern.chars().find(|each| !is_fit(*each)) {
            return Err(ShapeError::Character(found));
        }
        let mut alphabet: Vec<char> = ALPHABET.chars().filter(|letter| !excluded.contains(letter)).collect();
        // In the order of their bytes, so that codes are in the order of their numbers.
        alphabet.sort_unstable();
        if check != Check::None {
            // Of what must go, the last letters go: they are no worse than others.
            alphabet.truncate(prime_up_to(alphabet.len()).ok_or(ShapeError::NothingLeft)?);
        }
        if alphabet.len() < 2 {
            return Err(ShapeError::NothingLeft);
        }
        if pattern.matches(GENERATED).count() <= check.length() {
            return Err(ShapeError::NothingRandom);
        }
        Ok(Self { pattern: pattern.to_owned(), alphabet: alphabet.into_iter().collect(), check })
    }

    /// A text that names the shape, and no other.
    pub fn name(&self) -> String {
        format!("{} {} {}", self.pattern, self.alphabet, self.check.length())
    }

    /// The shape that a text names; `None` when it names none.
    pub fn read(name: &str) -> Option<Self> {
        let mut words = name.split(' ');
        let (pattern, alphabet, check) = (words.next()?, words.next()?, words.next()?.parse().ok()?);
        let check = Check::of_length(check)?;
        let is_usable = alphabet.len() >= 2 && pattern.matches(GENERATED).count() > check.length();
        is_usable.then(|| Self { pattern: pattern.to_owned(), alphabet: alphabet.to_owned(), check })
    }

    /// Random characters in each code: the generated ones that do not check the others.
    pub fn random_length(&self) -> usize {
        self.pattern.matches(GENERATED).count() - self.check.length()
    }

    /// How many codes there are of this shape that can be told apart; at most 2^126.
    pub fn capacity(&self) -> u128 {
        let base = self.alphabet.len() as u128;
        let capacity = (0..self.random_length()).try_fold(1_u128, |all, _| all.checked_mul(base));
        capacity.unwrap_or(PERMUTED_MAX).min(PERMUTED_MAX)
    }

    /// Bits of chance in each code, rounded down.
    pub fn random_bits(&self) -> u32 {
        self.capacity().ilog2()
    }

    /// Whether so many codes leave enough free for them to be hard to hit upon: 1000 for each.
    pub fn has_room_for(&self, codes: u128) -> bool {
        codes.checked_mul(FREE_FOR_EACH).is_some_and(|needed| needed <= self.capacity())
    }

    /// Of how many tries at random one finds a code, when there are so many of them.
    pub fn tries_to_guess(&self, codes: u128) -> u128 {
        self.capacity() / codes.max(1)
    }

    /// The code with this number, below [`Shape::capacity`]; codes are in the order of their numbers.
    pub fn code(&self, number: u128) -> String {
        let base = self.alphabet.len() as u128;
        let (length, random) = (self.pattern.matches(GENERATED).count(), self.random_length());
        let mut digits = vec![0_u64; length];
        let mut rest = number;
        for digit in digits.iter_mut().take(random).rev() {
            *digit = (rest % base) as u64;
            rest /= base;
        }
        self.check.complete(&mut digits, base as u64);
        let letters = self.alphabet.as_bytes();
        let mut digits = digits.into_iter();
        let filled = self.pattern.chars().map(|each| match each {
            GENERATED => {
                let digit = digits.next().and_then(|digit| usize::try_from(digit).ok());
                digit.and_then(|digit| letters.get(digit)).map_or('A', |letter| char::from(*letter))
            }
            fixed => fixed,
        });
        filled.collect()
    }

    /// The secret order in which codes of this shape are issued.
    pub fn order(&self, key: [u8; 16]) -> Permutation {
        Permutation::new(key, self.capacity())
    }

    /// Whether a code of this shape, in normal form, is as its check characters want it. `false` for other shapes.
    pub fn checks(&self, normal_code: &str) -> bool {
        Guard::new(self).is_some_and(|guard| guard.verdict(&loose(normal_code)) == Some(true))
    }
}

/// What tells mistyped codes of a shape, whatever happened to their dashes and look-alikes.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The pattern without what [`loose`] leaves out.
    pattern: Vec<u8>,
    /// What generated characters look like in loose form, in the order of their numbers.
    alphabet: Vec<u8>,
    check: Check,
}

impl Guard {
    /// The guard of a shape; `None` when nothing can be told: codes without check characters, or with characters that
    /// look alike, of which a shopper may have taken one for the other.
    pub fn new(shape: &Shape) -> Option<Self> {
        if shape.check == Check::None {
            return None;
        }
        let alphabet: Vec<u8> = shape.alphabet.bytes().map(fold).collect();
        let mut distinct = alphabet.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let pattern = shape.pattern.bytes().filter(|each| !matches!(each, b'-' | b'_')).map(fold).collect();
        (distinct.len() == alphabet.len()).then_some(Self { pattern, alphabet, check: shape.check })
    }

    /// What stands before the first generated character, in loose form. Of shapes that begin alike, nothing is told.
    pub fn prefix(&self) -> String {
        let fixed = self.pattern.iter().take_while(|each| **each != GENERATED as u8);
        fixed.map(|each| char::from(*each)).collect()
    }

    /// Characters of a code in loose form.
    pub fn length(&self) -> usize {
        self.pattern.len()
    }

    /// Whether a code, in loose form, that has this shape is as its check characters want it; `None` when it has not
    /// this shape.
    pub fn verdict(&self, loose_code: &str) -> Option<bool> {
        if loose_code.len() != self.pattern.len() {
            return None;
        }
        let mut numbers = [0_u64; CODE_LENGTH_MAX];
        let mut places = numbers.iter_mut();
        let mut count = 0;
        for (pattern, found) in self.pattern.iter().zip(loose_code.bytes()) {
            if *pattern == GENERATED as u8 {
                let number = self.alphabet.iter().position(|letter| *letter == found)?;
                *places.next()? = number as u64;
                count += 1;
            } else if *pattern != found {
                return None;
            }
        }
        Some(self.check.holds(numbers.get(..count)?, self.alphabet.len() as u64))
    }

    /// Whether a code, in loose form, can only be a mistyped one of this shape.
    pub fn refuses(&self, loose_code: &str) -> bool {
        self.verdict(loose_code) == Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coupon::normalise;

    fn shape(pattern: &str, check: Check) -> Shape {
        Shape::new(pattern, &LOOK_ALIKES, check).unwrap()
    }

    #[test]
    fn codes_have_their_shape_are_their_own_normal_form_and_check() {
        for (pattern, check) in
            [("BF-####-####", Check::One), ("########", Check::Two), ("X####_EU", Check::None)]
        {
            let shape = shape(pattern, check);
            let order = shape.order([3; 16]);
            for place in 0..500 {
                let code = shape.code(order.at(place));
                assert_eq!(normalise(&code).as_deref(), Ok(code.as_str()));
                assert_eq!(code.len(), pattern.len());
                assert!(check == Check::None || shape.checks(&code), "{code}");
            }
        }
    }

    #[test]
    fn codes_are_in_the_order_of_their_numbers() {
        let shape = shape("A####", Check::One);
        let all: Vec<String> = (0..shape.capacity()).map(|number| shape.code(number)).collect();
        assert_eq!(all.len(), 29_791);
        assert!(all.is_sorted() && all.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_mistyped_code_is_told_however_its_dashes_are_written() {
        let shape = shape("BF-####-####", Check::One);
        let guard = Guard::new(&shape).unwrap();
        let right = shape.code(77_777_777);
        assert_eq!((guard.prefix().as_str(), guard.length()), ("BF", 10));
        for position in 3..right.len() {
            let mut wrong = right.clone().into_bytes();
            if wrong[position] == b'-' {
                continue;
            }
            wrong[position] = if wrong[position] == b'X' { b'Y' } else { b'X' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert!(guard.refuses(&loose(&wrong)), "{wrong}");
            assert!(guard.refuses(&loose(&wrong.replace('-', ""))), "{wrong}");
        }
        assert!(!guard.refuses(&loose(&right.replace('-', " "))));
        assert!(!guard.refuses("BF") && !guard.refuses(&loose("SAVE10")), "other shapes are not judged");
    }

    #[test]
    fn codes_with_look_alikes_are_not_guarded() {
        assert!(Guard::new(&Shape::new("BF####", &[], Check::One).unwrap()).is_none());
        assert!(Guard::new(&Shape::new("BF####", &['O', 'I', 'L'], Check::One).unwrap()).is_some());
        assert!(Guard::new(&shape("BF####", Check::None)).is_none());
    }

    #[test]
    fn what_codes_cannot_be_made_of_is_refused() {
        let refused =
            |pattern: &str, excluded: &[char], check| Shape::new(pattern, excluded, check).unwrap_err();
        assert_eq!(refused("bf####", &[], Check::One), ShapeError::Character('b'));
        assert_eq!(refused("B F####", &[], Check::One), ShapeError::Character(' '));
        assert_eq!(refused(&"#".repeat(51), &[], Check::One), ShapeError::TooLong);
        assert_eq!(refused("BF#", &[], Check::One), ShapeError::NothingRandom);
        let letters: Vec<char> = ALPHABET.chars().skip(2).collect();
        assert_eq!(refused("BF####", &letters, Check::One), ShapeError::NothingLeft);
        assert!(Shape::new("BF####", &letters, Check::None).is_ok());
    }

    #[test]
    fn a_shape_is_read_back_from_its_name() {
        let shape = shape("BF-####-####", Check::Two);
        assert_eq!(Shape::read(&shape.name()), Some(shape));
        assert_eq!(Shape::read("BF-# AB 1"), None);
        assert_eq!(Shape::read("nonsense"), None);
    }

    #[test]
    fn room_is_a_thousand_free_codes_for_each() {
        let shape = shape("#####", Check::One);
        assert_eq!(shape.capacity(), 923_521);
        assert!(shape.has_room_for(923) && !shape.has_room_for(924));
        assert_eq!((shape.random_bits(), shape.tries_to_guess(100)), (19, 9235));
        let long = Shape::new(&"#".repeat(50), &LOOK_ALIKES, Check::None).unwrap();
        assert_eq!(long.capacity(), PERMUTED_MAX);
    }
}
