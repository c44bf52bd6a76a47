//! Dice that fall the same on every machine: mulberry32, integers only.

/// A generator of 32-bit numbers that anyone can write in ten lines of any language.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u32,
}

impl Dice {
    /// Dice with this seed.
    pub fn new(seed: u32) -> Self {
        Self { state: seed }
    }

    /// The next number.
    pub fn roll(&mut self) -> u32 {
        self.state = self.state.wrapping_add(0x6D2B_79F5);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 15)).wrapping_mul(mixed | 1);
        mixed ^= mixed.wrapping_add((mixed ^ (mixed >> 7)).wrapping_mul(mixed | 61));
        mixed ^ (mixed >> 14)
    }

    /// The next number, from 0 up to but not including `limit`. What the remainder favours does not matter here, and
    /// it keeps to integers.
    pub fn below(&mut self, limit: u32) -> u32 {
        self.roll() % limit
    }

    /// The next number from 1 to `limit`.
    pub fn up_to(&mut self, limit: u32) -> u32 {
        1 + self.below(limit)
    }
}
