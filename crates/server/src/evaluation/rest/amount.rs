//! Amounts as they are written: straight into the answer, without a text of their own.

use engine::money::{Currency, Minor};
use serde::{Serialize, Serializer};

/// More than any amount has: a sign, 19 digits, the point.
const LENGTH_MAX: usize = 32;

/// An amount in its currency, written as [`Minor::to_decimal`] writes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount {
    minor: Minor,
    currency: Currency,
}

impl Amount {
    pub(super) const fn new(minor: Minor, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Writes the digits at the end of `buffer`, from the last to the first; gives where they begin.
    fn write(self, buffer: &mut [u8; LENGTH_MAX]) -> usize {
        let decimals = self.currency.exponent() as usize;
        let mut rest = self.minor.get().unsigned_abs();
        let mut written = 0;
        let mut places = buffer.iter_mut().rev();
        let mut put = |byte: u8| {
            if let Some(place) = places.next() {
                *place = byte;
                written += 1;
            }
        };
        let mut digits = 0;
        // One digit before the point at least.
        while rest > 0 || digits <= decimals {
            if digits == decimals && decimals > 0 {
                put(b'.');
            }
            put(b'0' + u8::try_from(rest % 10).unwrap_or(0));
            rest /= 10;
            digits += 1;
        }
        if self.minor.get() < 0 {
            put(b'-');
        }
        LENGTH_MAX - written
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut buffer = [0; LENGTH_MAX];
        let start = self.write(&mut buffer);
        match buffer.get(start..).and_then(|text| std::str::from_utf8(text).ok()) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.serialize_str(&self.minor.to_decimal(self.currency)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_the_engine_writes_them() {
        for code in ["USD", "JPY", "BHD"] {
            let currency = Currency::parse(code).unwrap();
            let large = [Minor::MAX.get(), -Minor::MAX.get(), i64::MAX, i64::MIN + 1];
            for minor in (-1200..1200).chain([12_345, 100_000]).chain(large) {
                let minor = Minor::new(minor);
                let written = serde_json::to_string(&Amount::new(minor, currency)).unwrap();
                assert_eq!(written, format!("\"{}\"", minor.to_decimal(currency)));
            }
        }
    }
}
