//! Numbers as people read them: three digits, a unit, thousands apart.

/// A time in the unit that suits it: `85.2 µs`.
pub(super) fn time(nanoseconds: u64) -> String {
    let value = nanoseconds as f64;
    match nanoseconds {
        0..1_000 => format!("{nanoseconds} ns"),
        1_000..1_000_000 => format!("{} µs", three_digits(value / 1e3)),
        1_000_000..1_000_000_000 => format!("{} ms", three_digits(value / 1e6)),
        _ => format!("{} s", three_digits(value / 1e9)),
    }
}

/// How many times as much: `12.3x`.
pub(super) fn times(ratio: f64) -> String {
    format!("{}x", three_digits(ratio))
}

/// With commas: `1,000,000`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn three_digits(value: f64) -> String {
    match value {
        value if value >= 1000.0 => count(value.round() as u64),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([time(999), time(85_249), time(1_230_000)], ["999 ns", "85.2 µs", "1.23 ms"]);
        assert_eq!([time(123_400_000), time(4_357_000_000)], ["123 ms", "4.36 s"]);
        assert_eq!([times(29.04), times(1.0)], ["29.0x", "1.00x"]);
        assert_eq!(
            [count(7), count(200), count(10_000), count(1_000_000)],
            ["7", "200", "10,000", "1,000,000"]
        );
    }
}
