//! The one place where time enters: a handler reads the clock once and hands the instant on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// A clock that shows the time of this machine, or one that stands still until it is set.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Milliseconds since 1970, shared by every clone.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of this machine.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `instant`, to the millisecond, until [`Clock::set`] moves it: for tests and replays.
    pub fn fixed(instant: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(instant.as_millisecond()))))
    }

    /// The instant it shows, to the millisecond: what is stored and told is what was decided by.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => from_milliseconds(Timestamp::now().as_millisecond()),
            Source::Fixed(shown) => from_milliseconds(shown.load(Ordering::Relaxed)),
        }
    }

    /// Moves a fixed clock and all its clones to `instant`; a system clock stays as it is.
    pub fn set(&self, instant: Timestamp) {
        if let Source::Fixed(shown) = &self.0 {
            shown.store(instant.as_millisecond(), Ordering::Relaxed);
        }
    }
}

/// The instant a timestamp column holds. What no calendar reaches, which no code of ours writes, becomes its end.
pub fn from_milliseconds(milliseconds: i64) -> Timestamp {
    let nearest = if milliseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(milliseconds).unwrap_or(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_it_is_set() {
        let clock = Clock::fixed(from_milliseconds(1_000));
        let clone = clock.clone();
        assert_eq!(clock.now(), from_milliseconds(1_000));
        clock.set(from_milliseconds(2_000));
        assert_eq!(clone.now(), from_milliseconds(2_000));
    }

    #[test]
    fn milliseconds_beyond_the_calendar_become_its_ends() {
        assert_eq!(from_milliseconds(i64::MAX), Timestamp::MAX);
        assert_eq!(from_milliseconds(i64::MIN), Timestamp::MIN);
    }
}
