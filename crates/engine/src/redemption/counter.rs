//! What is counted.

use std::fmt;

use jiff::civil::Date;

use crate::money::Currency;

/// Something of which orders use up a part. Displayed as the key under which it is stored.
///
/// Keys of one promotion begin with its id and a colon, and no two counters have the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counter {
    /// Uses of a promotion.
    Uses {
        /// The promotion.
        promotion: u64,
    },
    /// Uses of a promotion in one channel.
    Channel {
        /// The promotion.
        promotion: u64,
        /// The channel; 0 for carts that name none.
        channel: u64,
    },
    /// Uses of a promotion on one day of the store's zone.
    Day {
        /// The promotion.
        promotion: u64,
        /// The day.
        day: Date,
    },
    /// Uses of a promotion by one customer.
    Customer {
        /// The promotion.
        promotion: u64,
        /// By what the customer is known.
        identity: String,
    },
    /// What a promotion took off in one currency, in minor units.
    Spent {
        /// The promotion.
        promotion: u64,
        /// The currency.
        currency: Currency,
    },
    /// Uses of a code.
    Code {
        /// Its promotion.
        promotion: u64,
        /// The code's id.
        code: i64,
    },
    /// Uses of a code by one customer.
    CodeCustomer {
        /// Its promotion.
        promotion: u64,
        /// The code's id.
        code: i64,
        /// By what the customer is known.
        identity: String,
    },
}

impl Counter {
    /// The promotion that it is of.
    pub fn promotion(&self) -> u64 {
        match self {
            Self::Uses { promotion }
            | Self::Channel { promotion, .. }
            | Self::Day { promotion, .. }
            | Self::Customer { promotion, .. }
            | Self::Spent { promotion, .. }
            | Self::Code { promotion, .. }
            | Self::CodeCustomer { promotion, .. } => *promotion,
        }
    }
}

impl fmt::Display for Counter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uses { promotion } => write!(formatter, "{promotion}:uses"),
            Self::Channel { promotion, channel } => write!(formatter, "{promotion}:channel:{channel}"),
            Self::Day { promotion, day } => write!(formatter, "{promotion}:day:{day}"),
            Self::Customer { promotion, identity } => write!(formatter, "{promotion}:customer:{identity}"),
            Self::Spent { promotion, currency } => write!(formatter, "{promotion}:spent:{}", currency.code()),
            Self::Code { promotion, code } => write!(formatter, "{promotion}:code:{code}"),
            Self::CodeCustomer { promotion, code, identity } => {
                write!(formatter, "{promotion}:code:{code}:customer:{identity}")
            }
        }
    }
}
