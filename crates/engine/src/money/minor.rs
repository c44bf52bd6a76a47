//! Amounts in minor units, and their decimal form.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub, SubAssign};

use super::Currency;

/// An amount in minor units of the currency of whatever holds it: a cart or a promotion has exactly one.
///
/// Units: minor units. Amounts read from outside lie within ±(2^53 − 1), so that JavaScript reads them
/// exactly and sums over a whole cart cannot overflow. Source: docs/adr/0004.
///
/// ```
/// use engine::money::{Currency, Minor};
/// let usd = Currency::parse("USD").unwrap();
/// let price = Minor::parse("12.95", usd).unwrap();
/// assert_eq!(price, Minor::new(1295));
/// assert_eq!((price * 2).to_decimal(usd), "25.90");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Minor(i64);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountError {
    /// Not a plain decimal number such as `12.95`.
    NotDecimal,
    /// More decimals than the currency has.
    TooManyDecimals {
        /// The decimals that the currency has.
        allowed: u32,
    },
    /// Below zero.
    Negative,
    /// Above 2^53 − 1 minor units.
    TooLarge,
}

impl fmt::Display for AmountError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDecimal => formatter.write_str("must be a decimal number such as \"12.95\""),
            Self::TooManyDecimals { allowed } => {
                write!(formatter, "has more decimals than the currency, which has {allowed}")
            }
            Self::Negative => formatter.write_str("must not be negative"),
            Self::TooLarge => formatter.write_str("is larger than the largest amount, 2^53 - 1 minor units"),
        }
    }
}

impl Minor {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount that is accepted from outside, 2^53 − 1 minor units.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// So many minor units.
    pub const fn new(minor: i64) -> Self {
        Self(minor)
    }

    /// The number of minor units.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether this is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Reads a decimal such as `12.95`, `12.9` or `12` in `currency`.
    ///
    /// Errors: see [`AmountError`]; zeros beyond the currency's decimals are accepted (`12.9500` USD).
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        let (digits, negative) = match text.strip_prefix('-') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
            return Err(AmountError::NotDecimal);
        }
        let exponent = currency.exponent();
        let kept = fraction.trim_end_matches('0');
        if kept.len() > exponent as usize {
            return Err(AmountError::TooManyDecimals { allowed: exponent });
        }
        let mut minor: i64 = 0;
        let padding = exponent as usize - kept.len();
        for byte in whole.bytes().chain(kept.bytes()).chain(std::iter::repeat_n(b'0', padding)) {
            minor = minor.saturating_mul(10).saturating_add(i64::from(byte - b'0'));
        }
        match minor {
            0 => Ok(Self::ZERO),
            _ if negative => Err(AmountError::Negative),
            _ if minor > Self::MAX.0 => Err(AmountError::TooLarge),
            _ => Ok(Self(minor)),
        }
    }

    /// The amount as a decimal with exactly the currency's decimals: `12.90` in USD, `13` in JPY.
    pub fn to_decimal(self, currency: Currency) -> String {
        let unit = currency.unit();
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = ((self.0 / unit).abs(), (self.0 % unit).abs());
        match currency.exponent() as usize {
            0 => format!("{sign}{whole}"),
            width => format!("{sign}{whole}.{rest:0width$}"),
        }
    }

    /// The amount as a shopper reads it: `12.90 USD`.
    pub fn display(self, currency: Currency) -> String {
        format!("{} {currency}", self.to_decimal(currency))
    }

    /// This amount times `part / whole`, rounded half up; zero when `whole` is zero.
    ///
    /// Units: `part` and `whole` are plain counts. Rounding: half up, for amounts that are not negative.
    pub fn share(self, part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self::ZERO;
        }
        // Most amounts are small enough for one machine word, where dividing is ten times as fast.
        if let (Ok(part), Ok(whole)) = (i64::try_from(part), i64::try_from(whole))
            && let Some(rounded) = self.0.checked_mul(part).and_then(|exact| exact.checked_add(whole / 2))
        {
            return Self(rounded / whole);
        }
        let (part, whole) = (i128::from(part), i128::from(whole));
        let exact = i128::from(self.0) * part;
        Self(i64::try_from((exact + whole / 2) / whole).unwrap_or(i64::MAX))
    }
}

impl fmt::Debug for Minor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

impl Add for Minor {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Minor {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul<i64> for Minor {
    type Output = Self;
    fn mul(self, times: i64) -> Self {
        Self(self.0 * times)
    }
}

impl AddAssign for Minor {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Minor {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Sum for Minor {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, code: &str) -> Result<i64, AmountError> {
        Minor::parse(text, Currency::parse(code).unwrap()).map(Minor::get)
    }

    #[test]
    fn decimals_are_read_exactly_in_the_currency() {
        assert_eq!(parse("12.95", "USD"), Ok(1295));
        assert_eq!(parse("12.9", "USD"), Ok(1290));
        assert_eq!(parse("12", "USD"), Ok(1200));
        assert_eq!(parse("12.9500", "USD"), Ok(1295));
        assert_eq!(parse("12", "JPY"), Ok(12));
        assert_eq!(parse("12.345", "KWD"), Ok(12_345));
        assert_eq!(parse("-0", "USD"), Ok(0));
        assert_eq!(parse("90071992547409.91", "USD"), Ok((1 << 53) - 1));
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in ["", "-", ".5", "5.", "1e3", "NaN", " 1", "1,50", "0x10", "1.2.3", "+1"] {
            assert_eq!(parse(text, "USD"), Err(AmountError::NotDecimal), "{text}");
        }
        assert_eq!(parse("10.005", "USD"), Err(AmountError::TooManyDecimals { allowed: 2 }));
        assert_eq!(parse("1.5", "JPY"), Err(AmountError::TooManyDecimals { allowed: 0 }));
        assert_eq!(parse("-0.01", "USD"), Err(AmountError::Negative));
        assert_eq!(parse("90071992547409.92", "USD"), Err(AmountError::TooLarge));
        assert_eq!(parse(&"9".repeat(400), "USD"), Err(AmountError::TooLarge));
    }

    #[test]
    fn amounts_print_with_the_decimals_of_the_currency() {
        let print = |minor, code| Minor::new(minor).to_decimal(Currency::parse(code).unwrap());
        assert_eq!(print(5, "USD"), "0.05");
        assert_eq!(print(-105, "USD"), "-1.05");
        assert_eq!(print(500, "JPY"), "500");
        assert_eq!(print(1, "KWD"), "0.001");
    }

    #[test]
    fn a_share_is_rounded_half_up() {
        assert_eq!(Minor::new(5).share(1, 2), Minor::new(3));
        assert_eq!(Minor::new(100).share(1, 3), Minor::new(33));
        assert_eq!(Minor::new(100).share(3, 3), Minor::new(100));
        assert_eq!(Minor::new(100).share(0, 0), Minor::ZERO);
    }
}
