//! Codes that are worth money and that someone may try to guess: how often they may be tried.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::address::ClientAddress;
use super::limits::{Limit, Limiter, Who};
use super::{Code, Problem};
use crate::platform::ids::StoreId;

const MINUTE: Duration = Duration::from_secs(60);

/// Nobody can make codes that hash alike.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// A sort of code, and how often it may be tried.
#[derive(Clone, Copy, Debug)]
pub struct Guesses {
    /// Codes that a shopper's browser may try, from one address.
    tries: Limit,
    /// Codes that do not exist that anyone may try, from one address.
    misses: Limit,
    /// The same, within a longer time.
    misses_an_hour: Limit,
    /// How long the same code that does not exist is one miss, however often it is seen from one address.
    same: Limit,
    /// Codes that do not exist that all shoppers' browsers of a store may try.
    misses_of_store: Limit,
}

/// One try, whose outcome is not known yet: it counts as a miss until it is [`Try::found`].
#[derive(Debug)]
pub struct Try<'limiter> {
    limiter: &'limiter Limiter,
    taken: Vec<(Limit, Who)>,
}

impl Guesses {
    /// The usual limits for codes of this name.
    pub const fn of(name: &'static str) -> Self {
        Self {
            tries: Limit { name, most: 5, period: MINUTE },
            misses: Limit { name, most: 5, period: Duration::from_secs(15 * 60) },
            misses_an_hour: Limit { name, most: 20, period: Duration::from_secs(60 * 60) },
            same: Limit { name, most: 1, period: Duration::from_secs(15 * 60) },
            misses_of_store: Limit { name, most: 300, period: MINUTE },
        }
    }

    /// Whether codes may be looked at that are asked about again and again, such as those on a cart: only those that do
    /// not exist are counted, with [`Guesses::miss`].
    ///
    /// Errors: as [`Guesses::try_one`].
    pub fn check(
        &self,
        limiter: &Limiter,
        (store, address): (StoreId, ClientAddress),
        now: Instant,
    ) -> Result<(), Problem> {
        let (here, everyone) = (Who::Address(store, address.0), Who::Store(store));
        limiter.check(self.misses_of_store, everyone, now).map_err(disabled)?;
        limiter.check(self.misses, here, now).map_err(too_many)?;
        limiter.check(self.misses_an_hour, here, now).map_err(too_many)
    }

    /// Counts a code of a shopper that does not exist.
    pub fn miss(&self, limiter: &Limiter, (store, address): (StoreId, ClientAddress), now: Instant) {
        let (here, everyone) = (Who::Address(store, address.0), Who::Store(store));
        // Who is at a limit stays there.
        let _ = limiter.take(self.misses_of_store, everyone, now);
        let _ = limiter.take(self.misses, here, now);
        let _ = limiter.take(self.misses_an_hour, here, now);
    }

    /// Counts a code of a shopper that does not exist, unless it is one that was counted lately: a cart that holds it is
    /// priced again and again, and seeing it again tells nothing new.
    pub fn miss_of(
        &self,
        limiter: &Limiter,
        (store, address): (StoreId, ClientAddress),
        code: &str,
        now: Instant,
    ) {
        let same = Who::Code(store, address.0, HASHER.hash_one(code));
        if limiter.take(self.same, same, now).is_ok() {
            self.miss(limiter, (store, address), now);
        }
    }

    /// Counts a try.
    ///
    /// Errors: too many requests, and how long to wait; temporarily disabled, when all of the store's shoppers together
    /// have missed too often.
    pub fn try_one<'limiter>(
        &self,
        limiter: &'limiter Limiter,
        (store, address): (StoreId, ClientAddress),
        is_shopper: bool,
        now: Instant,
    ) -> Result<Try<'limiter>, Problem> {
        let (here, everyone) = (Who::Address(store, address.0), Who::Store(store));
        let mut taken = Try { limiter, taken: Vec::with_capacity(3) };
        if is_shopper && let Err(wait) = limiter.take(self.misses_of_store, everyone, now) {
            return Err(disabled(wait));
        }
        if is_shopper {
            taken.taken.push((self.misses_of_store, everyone));
        }
        for limit in [self.misses, self.misses_an_hour] {
            if let Err(wait) = limiter.take(limit, here, now) {
                // It was not even looked at, so it is nobody's miss.
                taken.found();
                return Err(too_many(wait));
            }
            taken.taken.push((limit, here));
        }
        if is_shopper && let Err(wait) = limiter.take(self.tries, here, now) {
            taken.found();
            return Err(too_many(wait));
        }
        Ok(taken)
    }
}

impl Try<'_> {
    /// The code exists: the try was no miss.
    pub fn found(self) {
        for (limit, who) in self.taken {
            self.limiter.give_back(limit, who);
        }
    }
}

fn disabled(wait: Duration) -> Problem {
    let detail = "too many codes were tried that do not exist; repeat in a minute";
    Problem::new(Code::TemporarilyDisabled, detail).retry_after(wait)
}

fn too_many(wait: Duration) -> Problem {
    let detail = "too many codes were tried from this address; wait as long as `Retry-After` says";
    Problem::new(Code::TooManyRequests, detail).retry_after(wait)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const GUESSES: Guesses = Guesses::of("test");

    fn address(number: u32) -> (StoreId, ClientAddress) {
        (StoreId(1), ClientAddress(IpAddr::from(number.to_be_bytes())))
    }

    #[test]
    fn the_sixth_miss_in_15_minutes_has_to_wait() {
        let (limiter, start) = (Limiter::default(), Instant::now());
        for _ in 0..5 {
            GUESSES.try_one(&limiter, address(1), false, start).unwrap();
        }
        let refused = GUESSES.try_one(&limiter, address(1), false, start + MINUTE).unwrap_err();
        assert_eq!(refused.code(), Code::TooManyRequests);
        GUESSES.try_one(&limiter, address(2), false, start + MINUTE).unwrap();
        GUESSES.try_one(&limiter, address(1), false, start + 15 * MINUTE).unwrap();
    }

    #[test]
    fn the_same_wrong_code_is_one_miss_however_often_it_is_seen() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        for _ in 0..20 {
            GUESSES.miss_of(&limiter, address(1), "TYPO", now);
        }
        for code in ["A", "B", "C"] {
            GUESSES.miss_of(&limiter, address(1), code, now);
        }
        GUESSES.check(&limiter, address(1), now).unwrap();
        GUESSES.miss_of(&limiter, address(1), "D", now);
        assert!(GUESSES.check(&limiter, address(1), now).is_err());
        GUESSES.check(&limiter, address(2), now).unwrap();
    }

    #[test]
    fn codes_that_exist_are_limited_only_for_shoppers() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        for number in 0..20 {
            GUESSES.try_one(&limiter, address(1), false, now).unwrap().found();
            let shopper = GUESSES.try_one(&limiter, address(2), true, now);
            assert_eq!(shopper.map(Try::found).is_ok(), number < 5);
        }
    }

    #[test]
    fn when_a_store_is_guessed_at_from_many_addresses_shoppers_are_shut_out_and_servers_go_on() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        for number in 0..300 {
            GUESSES.try_one(&limiter, address(number), true, now).unwrap();
        }
        let refused = GUESSES.try_one(&limiter, address(1000), true, now).unwrap_err();
        assert_eq!(refused.code(), Code::TemporarilyDisabled);
        GUESSES.try_one(&limiter, address(1000), false, now).unwrap();
        GUESSES.try_one(&limiter, address(1001), true, now + MINUTE).unwrap();
    }
}
