//! Currencies and how many decimals their amounts have.

use std::cmp::Ordering;
use std::fmt;

/// A currency of ISO 4217 that has minor units.
///
/// Units: an amount in it is an integer of `10^-exponent` of the currency (cents for USD, yen for JPY,
/// thousandths for KWD).
///
/// ```
/// use engine::money::Currency;
/// let yen = Currency::parse("JPY").unwrap();
/// assert_eq!((yen.code(), yen.exponent()), ("JPY", 0));
/// assert_eq!(Currency::parse("usd"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The currency with this upper-case ISO 4217 code, or `None` when there is no such currency or it has
    /// no minor units (precious metals, test codes).
    pub fn parse(code: &str) -> Option<Self> {
        let currency = iso_currency::Currency::from_code(code)?;
        currency.exponent().map(|_| Self(currency))
    }

    /// The three-letter code, such as `USD`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// The number of decimals: 2 for USD, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(2))
    }

    /// Minor units in one unit of the currency: `10^exponent`.
    pub fn unit(self) -> i64 {
        10_i64.pow(self.exponent())
    }
}

/// By code.
impl Ord for Currency {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(other.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}
