//! How often something was tried lately, and until when it may not be tried again.
//!
//! Only in this process: of several nodes each counts for itself, so that together they allow so many times as much.

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::platform::ids::StoreId;

/// The most keys in memory; when there are more, those go that were used least lately.
const KEYS_MAX: usize = 100_000;

/// So many times in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    /// What is counted; limits of one name count separately from those of another.
    pub name: &'static str,
    /// How many times are allowed.
    pub most: usize,
    /// In how long.
    pub period: Duration,
}

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// A caller of a store, by address.
    Address(StoreId, IpAddr),
    /// Everyone who calls a store.
    Store(StoreId),
    /// A caller of a store, by address, with one code: a hash of it.
    Code(StoreId, IpAddr, u64),
    /// Whoever says that they are somebody, whose name has this hash; from one address or from anywhere.
    Account(u64, Option<IpAddr>),
}

/// What was tried when; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Limiter(Arc<Mutex<Remembered>>);

/// What is remembered, in two generations: whatever is used is young. When the young are half of all that may be, they
/// become the old, and the old are forgotten. So a key is forgotten only after as many others were used after it, and
/// whoever comes with ever new addresses resets nobody's count but those that are idle.
#[derive(Debug, Default)]
struct Remembered {
    young: HashMap<Key, Times>,
    old: HashMap<Key, Times>,
}

type Key = (Limit, Who);

/// The last times, the oldest first; never more than the limit's `most`.
type Times = VecDeque<Instant>;

impl Limiter {
    /// Counts that it is tried at `now`, if it may be.
    ///
    /// Errors: how long to wait, when it was tried as often as the limit allows.
    pub fn take(&self, limit: Limit, who: Who, now: Instant) -> Result<(), Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let times = all.used((limit, who));
        forget(times, limit, now);
        may(times, limit, now)?;
        times.push_back(now);
        Ok(())
    }

    /// Whether it may be tried at `now`, without counting it.
    ///
    /// Errors: as [`Limiter::take`].
    pub fn check(&self, limit: Limit, who: Who, now: Instant) -> Result<(), Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = all.known((limit, who)) else { return Ok(()) };
        forget(times, limit, now);
        may(times, limit, now)
    }

    /// What was last taken does not count after all.
    pub fn give_back(&self, limit: Limit, who: Who) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(times) = all.known((limit, who)) {
            times.pop_back();
        }
    }
}

impl Remembered {
    /// The times of a key, which is young from now on.
    fn used(&mut self, key: Key) -> &mut Times {
        if !self.young.contains_key(&key) {
            let times = self.old.remove(&key).unwrap_or_default();
            if self.young.len() >= KEYS_MAX / 2 {
                self.old = mem::take(&mut self.young);
            }
            self.young.insert(key, times);
        }
        self.young.entry(key).or_default()
    }

    /// The times of a key that is remembered.
    fn known(&mut self, key: Key) -> Option<&mut Times> {
        match self.young.contains_key(&key) || self.old.contains_key(&key) {
            true => Some(self.used(key)),
            false => None,
        }
    }
}

/// Whether it may be tried once more.
///
/// Errors: how long to wait.
fn may(times: &Times, limit: Limit, now: Instant) -> Result<(), Duration> {
    match times.front() {
        Some(oldest) if times.len() >= limit.most => Err((*oldest + limit.period).duration_since(now)),
        _ => Ok(()),
    }
}

/// Forgets the times that no longer count.
fn forget(times: &mut Times, limit: Limit, now: Instant) {
    while times.front().is_some_and(|time| now.duration_since(*time) >= limit.period) {
        times.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: Limit = Limit { name: "test", most: 3, period: Duration::from_secs(60) };

    fn who(last: u8) -> Who {
        Who::Address(StoreId(1), IpAddr::from([203, 0, 113, last]))
    }

    #[test]
    fn as_many_times_as_allowed_in_any_period_and_then_a_wait() {
        let (limiter, start) = (Limiter::default(), Instant::now());
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        for second in [0, 10, 20] {
            assert_eq!(limiter.take(THREE, who(1), at(second)), Ok(()));
        }
        assert_eq!(limiter.take(THREE, who(1), at(30)), Err(Duration::from_secs(30)));
        assert_eq!(limiter.take(THREE, who(2), at(30)), Ok(()));
        assert_eq!(limiter.take(THREE, Who::Store(StoreId(1)), at(30)), Ok(()));
        assert_eq!(limiter.take(THREE, who(1), at(60)), Ok(()));
        assert_eq!(limiter.take(THREE, who(1), at(61)), Err(Duration::from_secs(9)));
        limiter.give_back(THREE, who(1));
        assert_eq!(limiter.take(THREE, who(1), at(61)), Ok(()));
    }

    /// So many others, each from an address of its own.
    fn flood(limiter: &Limiter, addresses: std::ops::Range<usize>, now: Instant, mut between: impl FnMut()) {
        for number in addresses {
            let who = Who::Address(StoreId(2), IpAddr::from((number as u32).to_be_bytes()));
            limiter.take(THREE, who, now).unwrap();
            if number % 1000 == 0 {
                between();
            }
        }
    }

    #[test]
    fn memory_is_bounded_and_who_goes_on_at_the_limit_stays_there() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        (0..3).for_each(|_| limiter.take(THREE, who(1), now).unwrap());
        flood(&limiter, 0..3 * KEYS_MAX, now, || {
            assert!(limiter.check(THREE, who(1), now).is_err());
        });
        assert!(limiter.take(THREE, who(1), now).is_err());
        let all = limiter.0.lock().unwrap();
        assert!(all.young.len() + all.old.len() <= KEYS_MAX);
    }

    #[test]
    fn when_memory_is_full_those_go_that_were_used_least_lately() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        (1..=2).for_each(|it| (0..3).for_each(|_| limiter.take(THREE, who(it), now).unwrap()));
        flood(&limiter, 0..KEYS_MAX / 2, now, || {});
        assert!(limiter.take(THREE, who(2), now).is_err());
        flood(&limiter, KEYS_MAX / 2..KEYS_MAX, now, || {});
        // Both were at the limit: the second was used in between, the first was idle for the longest of all.
        assert!(limiter.check(THREE, who(2), now).is_err());
        assert!(limiter.check(THREE, who(1), now).is_ok());
        let latest = Who::Address(StoreId(2), IpAddr::from((KEYS_MAX as u32 - 1).to_be_bytes()));
        (0..2).for_each(|_| limiter.take(THREE, latest, now).unwrap());
        assert!(limiter.take(THREE, latest, now).is_err(), "its first was not forgotten");
    }

    #[test]
    fn looking_remembers_nobody() {
        let limiter = Limiter::default();
        limiter.check(THREE, who(1), Instant::now()).unwrap();
        assert!(limiter.0.lock().unwrap().young.is_empty());
    }
}
