//! How often something was tried lately, and until when it may not be tried again.
//!
//! Only in this process: of several nodes each counts for itself, so that together they allow so many times as much.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::platform::ids::StoreId;

/// The most keys in memory; when there are more, those that are at none of their limits go.
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
    /// Whoever says that they are somebody, whose name has this hash; from one address or from anywhere.
    Account(u64, Option<IpAddr>),
}

/// What was tried when; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Limiter(Arc<Mutex<HashMap<(Limit, Who), Times>>>);

/// The last times, the oldest first; never more than the limit's `most`.
type Times = VecDeque<Instant>;

impl Limiter {
    /// Counts that it is tried at `now`, if it may be.
    ///
    /// Errors: how long to wait, when it was tried as often as the limit allows.
    pub fn take(&self, limit: Limit, who: Who, now: Instant) -> Result<(), Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEYS_MAX && !all.contains_key(&(limit, who)) {
            make_room(&mut all, now);
        }
        let times = all.entry((limit, who)).or_default();
        forget(times, limit, now);
        match times.front() {
            Some(oldest) if times.len() >= limit.most => Err((*oldest + limit.period).duration_since(now)),
            _ => {
                times.push_back(now);
                Ok(())
            }
        }
    }

    /// Whether it may be tried at `now`, without counting it.
    ///
    /// Errors: as [`Limiter::take`].
    pub fn check(&self, limit: Limit, who: Who, now: Instant) -> Result<(), Duration> {
        let result = self.take(limit, who, now);
        if result.is_ok() {
            self.give_back(limit, who);
        }
        result
    }

    /// What was last taken does not count after all.
    pub fn give_back(&self, limit: Limit, who: Who) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(times) = all.get_mut(&(limit, who)) {
            times.pop_back();
        }
    }
}

/// Forgets the times that no longer count.
fn forget(times: &mut Times, limit: Limit, now: Instant) {
    while times.front().is_some_and(|time| now.duration_since(*time) >= limit.period) {
        times.pop_front();
    }
}

/// Forgets keys that have nothing left that counts; if that is not enough, all that are not at their limit.
fn make_room(all: &mut HashMap<(Limit, Who), Times>, now: Instant) {
    all.retain(|(limit, _), times| {
        forget(times, *limit, now);
        !times.is_empty()
    });
    if all.len() >= KEYS_MAX {
        all.retain(|(limit, _), times| times.len() >= limit.most);
    }
    if all.len() >= KEYS_MAX {
        all.clear();
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

    #[test]
    fn memory_is_bounded_and_who_is_at_the_limit_stays_there() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        (0..3).for_each(|_| limiter.take(THREE, who(1), now).unwrap());
        for number in 0..KEYS_MAX as u32 + 10 {
            let who = Who::Address(StoreId(2), IpAddr::from(number.to_be_bytes()));
            limiter.take(THREE, who, now).unwrap();
        }
        assert!(limiter.0.lock().unwrap().len() <= KEYS_MAX);
        assert!(limiter.take(THREE, who(1), now).is_err());
    }
}
