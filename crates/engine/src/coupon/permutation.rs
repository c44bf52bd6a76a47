//! A secret order of numbers: counting up through it gives every number once, and none can be told from the others.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

/// The most numbers that can be put in order: halves of a number fit 64 bits.
pub const PERMUTED_MAX: u128 = 1 << 126;

/// Rounds of the network. From four on nothing of the order is known to show; twice that costs little.
const ROUNDS: u8 = 8;

/// A keyed order of the numbers from 0 to `size` − 1: a bijection that nobody can continue without the key.
///
/// A number is split into two digits, one of base `left` and one of base `right`, which are shifted in turn by a hash
/// of the other (a Feistel network). The grid of digits is a little larger than `size`: what falls outside goes round
/// again until it is inside, which keeps it a bijection.
///
/// ```
/// use engine::coupon::Permutation;
/// let order = Permutation::new([7; 16], 1000);
/// let mut seen: Vec<u128> = (0..1000).map(|number| order.at(number)).collect();
/// seen.sort_unstable();
/// assert!(seen.into_iter().eq(0..1000));
/// ```
#[derive(Clone, Debug)]
pub struct Permutation {
    hash: SipHasher24,
    size: u128,
    left: u128,
    right: u128,
}

impl Permutation {
    /// The order that a key gives the first `size` numbers; of more than [`PERMUTED_MAX`], only so many.
    pub fn new(key: [u8; 16], size: u128) -> Self {
        let size = size.clamp(1, PERMUTED_MAX);
        let left = size.isqrt().max(1);
        let right = size.div_ceil(left);
        Self { hash: SipHasher24::new_with_key(&key), size, left, right }
    }

    /// How many numbers it puts in order.
    pub fn size(&self) -> u128 {
        self.size
    }

    /// The number at this place; places from `size` on begin again.
    pub fn at(&self, place: u128) -> u128 {
        let mut number = place % self.size;
        loop {
            number = self.shuffled(number);
            if number < self.size {
                return number;
            }
        }
    }

    fn shuffled(&self, number: u128) -> u128 {
        let (mut left, mut right) = (number / self.right, number % self.right);
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                left = (left + self.hashed(round, right) % self.left) % self.left;
            } else {
                right = (right + self.hashed(round, left) % self.right) % self.right;
            }
        }
        left * self.right + right
    }

    fn hashed(&self, round: u8, digit: u128) -> u128 {
        let mut hash = self.hash;
        hash.write_u8(round);
        // Digits have at most 64 bits, as `PERMUTED_MAX` has 126.
        hash.write_u64(u64::try_from(digit).unwrap_or(u64::MAX));
        hash.finish128().as_u128()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_bijection_whatever_the_size() {
        for size in (1..200).chain([961, 1000, 1023, 4097, 10_007]) {
            for key in [[0; 16], [1; 16], [255; 16]] {
                let order = Permutation::new(key, size);
                let mut all: Vec<u128> = (0..size).map(|place| order.at(place)).collect();
                all.sort_unstable();
                assert!(all.into_iter().eq(0..size), "{size}");
            }
        }
    }

    #[test]
    fn numbers_of_any_size_stay_inside_and_differ() {
        for exponent in 20..=126 {
            let size = (1_u128 << exponent) - 59;
            let order = Permutation::new([9; 16], size);
            let mut all: Vec<u128> = (0..500).map(|place| order.at(place)).collect();
            assert!(all.iter().all(|number| *number < size));
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), 500, "2^{exponent}");
        }
    }

    #[test]
    fn neighbours_are_far_apart_and_keys_give_other_orders() {
        let size = 31_u128.pow(11);
        let (one, other) = (Permutation::new([1; 16], size), Permutation::new([2; 16], size));
        let in_upper_half = (0..4000).filter(|place| one.at(*place) > size / 2).count();
        assert!((1800..2200).contains(&in_upper_half), "{in_upper_half}");
        assert!((0..1000).all(|place| one.at(place) != other.at(place)));
        let near = (0..4000).filter(|place| one.at(*place).abs_diff(one.at(place + 1)) < size / 1000).count();
        assert!(near < 30, "{near}");
    }

    #[test]
    fn the_order_of_a_key_never_changes() {
        let order = Permutation::new(*b"a key of 16 byte", 31_u128.pow(11));
        let first: Vec<u128> = (0..3).map(|place| order.at(place)).collect();
        assert_eq!(first, FIRST_THREE, "codes that were issued would be issued again");
    }

    const FIRST_THREE: [u128; 3] = [9_268_809_651_444_539, 1_886_391_182_478_397, 1_539_821_275_070_108];
}
