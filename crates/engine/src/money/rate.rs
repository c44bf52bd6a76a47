//! Percentages, exact to a ten-thousandth of a percent.

use std::fmt;

use super::Minor;

/// A percentage between 0 and 100.
///
/// Units: parts per million, so 12.5 % is 125 000.
///
/// ```
/// use engine::money::{Minor, Rate};
/// let quarter = Rate::parse("25").unwrap();
/// assert_eq!(quarter.of(Minor::new(1999)), Minor::new(500)); // 499.75 rounds up
/// assert_eq!(quarter.to_percent(), "25");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u32);

/// Why a text is not a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateError {
    /// Not a plain decimal number such as `12.5`.
    NotDecimal,
    /// More than four decimals.
    TooManyDecimals,
    /// Not above 0 and at most 100.
    OutOfRange,
}

impl fmt::Display for RateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotDecimal => "must be a decimal number such as \"12.5\"",
            Self::TooManyDecimals => "has more than four decimals",
            Self::OutOfRange => "must be above 0 and at most 100",
        })
    }
}

impl Rate {
    /// The whole.
    pub const FULL: Self = Self(MILLION);

    /// So many percent; 1 % when less, 100 % when more.
    ///
    /// ```
    /// assert_eq!(engine::money::Rate::percent(60).to_percent(), "60");
    /// ```
    pub const fn percent(percent: u32) -> Self {
        let whole = match percent {
            0 => 1,
            1..=100 => percent,
            _ => 100,
        };
        Self(whole * (MILLION / 100))
    }

    /// Reads a percentage such as `12.5`.
    ///
    /// Errors: see [`RateError`]; a discount of 0 % is refused because it would never do anything.
    pub fn parse(text: &str) -> Result<Self, RateError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || text.ends_with('.') || !all_digits(whole) || !all_digits(fraction) {
            return Err(if text.starts_with('-') { RateError::OutOfRange } else { RateError::NotDecimal });
        }
        if fraction.len() > DECIMALS {
            return Err(RateError::TooManyDecimals);
        }
        let whole: u32 = whole.parse().map_err(|_| RateError::OutOfRange)?;
        let fraction: u32 = format!("{fraction:0<DECIMALS$}").parse().map_err(|_| RateError::NotDecimal)?;
        match whole.checked_mul(MILLION / 100).and_then(|ppm| ppm.checked_add(fraction)) {
            Some(ppm) if ppm > 0 && ppm <= MILLION => Ok(Self(ppm)),
            _ => Err(RateError::OutOfRange),
        }
    }

    /// This percentage of `amount`.
    ///
    /// Units: minor units. Rounding: half up, once.
    pub fn of(self, amount: Minor) -> Minor {
        amount.share(u64::from(self.0), u64::from(MILLION))
    }

    /// This percentage of `amount`, such that what is left is rounded half up instead.
    pub fn of_leaving_rounded(self, amount: Minor) -> Minor {
        amount - amount.share(u64::from(MILLION - self.0), u64::from(MILLION))
    }

    /// An amount plus this percentage of it, rounded up.
    pub fn on_top_of(self, amount: Minor) -> Minor {
        amount + self.of_rounded_up(amount)
    }

    /// An amount less this percentage of it, rounded up.
    pub fn less_of(self, amount: Minor) -> Minor {
        Self(MILLION - self.0).of_rounded_up(amount)
    }

    /// This percentage of `amount`, rounded up.
    pub fn of_rounded_up(self, amount: Minor) -> Minor {
        let whole = i128::from(MILLION);
        let part = i128::from(amount.get()) * i128::from(self.0);
        Minor::new(i64::try_from((part + whole - 1).div_euclid(whole)).unwrap_or(i64::MAX))
    }

    /// The part of `amount` that is this percentage on top of the rest: the tax in a price that includes it.
    ///
    /// Rounding: half up, once.
    pub fn within(self, amount: Minor) -> Minor {
        amount.share(u64::from(self.0), u64::from(MILLION) + u64::from(self.0))
    }

    /// Whether this is 100 %.
    pub fn is_full(self) -> bool {
        self.0 == MILLION
    }

    /// The percentage as a plain decimal: `12.5`.
    pub fn to_percent(self) -> String {
        let (whole, rest) = (self.0 / (MILLION / 100), self.0 % (MILLION / 100));
        let text = format!("{whole}.{rest:0DECIMALS$}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

const MILLION: u32 = 1_000_000;
const DECIMALS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_trip_through_text() {
        for (text, printed) in [("10", "10"), ("12.50", "12.5"), ("0.0001", "0.0001"), ("100", "100")] {
            assert_eq!(Rate::parse(text).unwrap().to_percent(), printed);
        }
    }

    #[test]
    fn what_is_not_a_percentage_is_refused() {
        assert_eq!(Rate::parse("0"), Err(RateError::OutOfRange));
        assert_eq!(Rate::parse("100.0001"), Err(RateError::OutOfRange));
        assert_eq!(Rate::parse("-5"), Err(RateError::OutOfRange));
        assert_eq!(Rate::parse("99999999999"), Err(RateError::OutOfRange));
        assert_eq!(Rate::parse("1.23456"), Err(RateError::TooManyDecimals));
        for text in ["", "ten", "1e1", "5.", ".5", "1 0"] {
            assert_eq!(Rate::parse(text), Err(RateError::NotDecimal), "{text}");
        }
    }

    #[test]
    fn a_discount_is_rounded_half_up() {
        let of = |percent: &str, minor| Rate::parse(percent).unwrap().of(Minor::new(minor)).get();
        assert_eq!(of("15", 1050), 158);
        assert_eq!(of("40", 5186), 2074);
        assert_eq!(of("0.5", 100), 1);
        assert_eq!(of("0.4", 100), 0);
        assert_eq!(of("100", 7), 7);
    }
}
