//! Why a posting is refused.

use std::fmt;

use crate::money::{Currency, Minor};

/// Why nothing was posted. Amounts are in minor units of the account's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such account among those at hand.
    UnknownAccount,
    /// More than can still be taken.
    InsufficientBalance {
        /// What could be taken.
        available: Minor,
    },
    /// The account has been voided.
    Voided,
    /// The account has expired.
    Expired,
    /// Asked for in another currency than the account's.
    CurrencyMismatch {
        /// The account's.
        account: Currency,
    },
    /// Less is held on the account than was to be captured or released.
    NotHeld {
        /// What is held.
        held: Minor,
    },
    /// More was to be captured than its hold had.
    ExceedsHold {
        /// What the hold had.
        hold: Minor,
    },
    /// More was to be refunded than the order took and has not got back.
    ExceedsCaptured {
        /// What is left to refund.
        left: Minor,
    },
    /// It was to be expired before its time.
    NotExpired,
    /// The amount is zero, or below zero where only an adjustment may be.
    NotPositive,
    /// The balance would exceed the largest amount, 2^53 - 1 minor units.
    TooLarge,
    /// Something else was posted under the same key.
    KeyTaken,
}

impl Refusal {
    /// The stable name in answers.
    ///
    /// ```
    /// assert_eq!(engine::ledger::Refusal::Voided.code(), "voided");
    /// ```
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownAccount => "unknown_account",
            Self::InsufficientBalance { .. } => "insufficient_balance",
            Self::Voided => "voided",
            Self::Expired => "expired",
            Self::CurrencyMismatch { .. } => "currency_mismatch",
            Self::NotHeld { .. } => "not_held",
            Self::ExceedsHold { .. } => "exceeds_hold",
            Self::ExceedsCaptured { .. } => "exceeds_captured",
            Self::NotExpired => "not_expired",
            Self::NotPositive => "not_positive",
            Self::TooLarge => "too_large",
            Self::KeyTaken => "key_taken",
        }
    }

    /// What is wrong in words, with amounts in `currency`, the account's.
    pub fn message(self, currency: Currency) -> String {
        match self {
            Self::InsufficientBalance { available } => {
                format!("only {} can be taken", available.display(currency))
            }
            Self::NotHeld { held } => format!("only {} is held", held.display(currency)),
            Self::ExceedsHold { hold } => format!("the hold has only {}", hold.display(currency)),
            Self::ExceedsCaptured { left } => {
                format!("only {} of the order is left to refund", left.display(currency))
            }
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAccount => formatter.write_str("there is no such account"),
            Self::InsufficientBalance { .. } => formatter.write_str("the balance is too small"),
            Self::Voided => formatter.write_str("it has been voided"),
            Self::Expired => formatter.write_str("it has expired"),
            Self::CurrencyMismatch { account } => write!(formatter, "it is in {account}"),
            Self::NotHeld { .. } => formatter.write_str("less is held"),
            Self::ExceedsHold { .. } => formatter.write_str("the hold has less"),
            Self::ExceedsCaptured { .. } => formatter.write_str("less of the order is left to refund"),
            Self::NotExpired => formatter.write_str("it has not expired yet"),
            Self::NotPositive => formatter.write_str("the amount must be above zero"),
            Self::TooLarge => formatter.write_str("the balance would exceed 2^53 - 1 minor units"),
            Self::KeyTaken => formatter.write_str("something else was posted under the same key"),
        }
    }
}
