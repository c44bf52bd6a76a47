//! Check characters, by which a mistyped code is told without looking it up.
//!
//! Characters are numbers below a prime `p`, their alphabet's length. With one check character, Σ wᵢcᵢ ≡ 0 (mod p),
//! where weights are not 0 and neighbours have different ones: a wrong character changes the sum by wᵢ(c − c′), a swap
//! of neighbours by (wᵢ − wᵢ₊₁)(cᵢ − cᵢ₊₁), and in a field neither is 0. With two, Σ cᵢ ≡ 0 and Σ wᵢcᵢ ≡ 0: any two
//! wrong characters are caught too, as long as the code is no longer than the alphabet.

/// How many check characters codes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// None: a mistyped code is a code that nobody made.
    None,
    /// One: every wrong character and every swap of neighbours is told.
    One,
    /// Two: any two wrong characters are told as well.
    Two,
}

impl Check {
    /// Those with so many characters, at most two.
    pub fn of_length(length: u32) -> Option<Self> {
        match length {
            0 => Some(Self::None),
            1 => Some(Self::One),
            2 => Some(Self::Two),
            _ => None,
        }
    }

    /// How many characters.
    pub fn length(self) -> usize {
        match self {
            Self::None => 0,
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// Sets the last numbers so that all of them check, modulo the prime `base`.
    pub(super) fn complete(self, numbers: &mut [u64], base: u64) {
        match (self, numbers) {
            (Self::One, [rest @ .., last]) => {
                let sum = weighted(rest, base);
                *last = times(negative(sum, base), inverse(weight(rest.len(), base), base), base);
            }
            (Self::Two, [rest @ .., first, second]) => {
                // first + second ≡ −plain and u·first + v·second ≡ −sum, so (u − v)·first ≡ v·plain − sum.
                let (plain, sum) = (rest.iter().sum::<u64>() % base, weighted(rest, base));
                let (u, v) = (weight(rest.len(), base), weight(rest.len() + 1, base));
                let numerator = (times(v, plain, base) + negative(sum, base)) % base;
                let denominator = (u + negative(v, base)) % base;
                *first = times(numerator, inverse(denominator, base), base);
                *second = negative((plain + *first) % base, base);
            }
            _ => {}
        }
    }

    /// Whether these numbers check, modulo the prime `base`.
    pub(super) fn holds(self, numbers: &[u64], base: u64) -> bool {
        match self {
            Self::None => true,
            Self::One => weighted(numbers, base) == 0,
            Self::Two => weighted(numbers, base) == 0 && numbers.iter().sum::<u64>() % base == 0,
        }
    }
}

/// The largest prime up to `most`; at least 3, the least that has two weights.
pub(super) fn prime_up_to(most: usize) -> Option<usize> {
    let is_prime = |number: &usize| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
    (3..=most).rev().find(is_prime)
}

/// From 1 to the base − 1, and again.
fn weight(position: usize, base: u64) -> u64 {
    position as u64 % (base - 1) + 1
}

fn weighted(numbers: &[u64], base: u64) -> u64 {
    let terms = numbers.iter().enumerate().map(|(position, number)| weight(position, base) * number);
    terms.sum::<u64>() % base
}

fn times(a: u64, b: u64, base: u64) -> u64 {
    a * b % base
}

fn negative(number: u64, base: u64) -> u64 {
    (base - number % base) % base
}

/// By Fermat: the base is a prime.
fn inverse(number: u64, base: u64) -> u64 {
    (0..base - 2).fold(1, |power, _| times(power, number, base))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(length: usize, base: u64, seed: u64) -> Vec<u64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % base
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn every_wrong_character_and_every_swap_of_neighbours_is_told() {
        for base in [3, 7, 23, 29, 31] {
            for check in [Check::One, Check::Two] {
                for length in [3, 4, 8, 12, 31, 40] {
                    for seed in 0..8 {
                        let mut right = numbers(length, base, seed);
                        check.complete(&mut right, base);
                        assert!(check.holds(&right, base), "{right:?} {base}");
                        tells_all(check, &right, base);
                    }
                }
            }
        }
    }

    fn tells_all(check: Check, right: &[u64], base: u64) {
        for position in 0..right.len() {
            for other in (0..base).filter(|other| *other != right[position]) {
                let mut wrong = right.to_vec();
                wrong[position] = other;
                assert!(!check.holds(&wrong, base), "{right:?} at {position}");
            }
            if position > 0 && right[position - 1] != right[position] {
                let mut wrong = right.to_vec();
                wrong.swap(position - 1, position);
                assert!(!check.holds(&wrong, base), "{right:?} at {position}");
            }
        }
    }

    #[test]
    fn two_check_characters_tell_any_two_wrong_ones() {
        let base = 31;
        let mut right = numbers(9, base, 5);
        Check::Two.complete(&mut right, base);
        for first in 0..right.len() {
            for second in first + 1..right.len() {
                for shifts in 0..(base - 1) * (base - 1) {
                    let mut wrong = right.clone();
                    wrong[first] = (wrong[first] + 1 + shifts % (base - 1)) % base;
                    wrong[second] = (wrong[second] + 1 + shifts / (base - 1)) % base;
                    assert!(!Check::Two.holds(&wrong, base));
                }
            }
        }
    }

    #[test]
    fn alphabets_are_cut_to_a_prime() {
        assert_eq!(prime_up_to(36), Some(31));
        assert_eq!(prime_up_to(31), Some(31));
        assert_eq!(prime_up_to(10), Some(7));
        assert_eq!(prime_up_to(2), None);
    }
}
