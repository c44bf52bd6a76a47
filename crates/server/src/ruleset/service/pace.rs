//! How long carts take by some rules, learnt from pricing them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Nanoseconds per line, at most of late.
#[derive(Debug, Default)]
pub struct Pace {
    matching: AtomicU64,
    everything: AtomicU64,
}

/// Of what is expected, so small a part is forgotten with every cart.
const FORGOTTEN: u64 = 256;

/// What a promotion whose outcome is told costs for each line, in nanoseconds, while it is not known.
const PROMOTION_GUESS: u64 = 100;

impl Pace {
    /// Of so many promotions, before any cart was priced by them.
    pub(super) fn guess(promotions: usize) -> Self {
        let everything = PROMOTION_GUESS.saturating_mul(promotions as u64);
        Self { matching: AtomicU64::default(), everything: AtomicU64::new(everything) }
    }

    /// How long a cart of so many lines is expected to take.
    pub fn expects(&self, lines: usize, tells_everything: bool) -> Duration {
        let per_line = self.of(tells_everything).load(Ordering::Relaxed);
        Duration::from_nanos(per_line.saturating_mul(lines.max(1) as u64))
    }

    /// Learns from a cart that took so long. What took long is believed at once and forgotten slowly: one slow cart
    /// after many fast ones is worth more than they are.
    pub fn took(&self, taken: Duration, lines: usize, tells_everything: bool) {
        let now = u64::try_from(taken.as_nanos()).unwrap_or(u64::MAX) / lines.max(1) as u64;
        let per_line = self.of(tells_everything);
        let before = per_line.load(Ordering::Relaxed);
        let next = now.max(before - before / FORGOTTEN);
        // Of two carts at once, one is not learnt from: it is a guess anyway.
        per_line.store(next, Ordering::Relaxed);
    }

    fn of(&self, tells_everything: bool) -> &AtomicU64 {
        if tells_everything { &self.everything } else { &self.matching }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_expected_to_take_long_until_it_does_not() {
        let pace = Pace::default();
        assert_eq!(pace.expects(20, false), Duration::ZERO);
        assert!(Pace::guess(10_000).expects(20, true) > Duration::from_millis(1));
        pace.took(Duration::from_millis(20), 20, true);
        assert_eq!(pace.expects(10, true), Duration::from_millis(10));
        assert_eq!(pace.expects(10, false), Duration::ZERO);
        for _ in 0..100 {
            pace.took(Duration::from_micros(20), 20, true);
        }
        assert!(pace.expects(20, true) > Duration::from_millis(10), "for a while");
        for _ in 0..3000 {
            pace.took(Duration::from_micros(20), 20, true);
        }
        assert!(pace.expects(20, true) < Duration::from_micros(30));
    }
}
