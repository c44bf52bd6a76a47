//! Splitting an amount into parts that sum to it exactly.

use super::Minor;

/// Splits `total` over `weights` so that the parts sum to `total` exactly.
///
/// Units: minor units, not negative. Rounding: down, then one unit each to the largest remainders, ties to the
/// earlier weight. A weight of zero gets nothing, and no part exceeds its weight while `total` does not exceed
/// their sum, so a line never goes below zero. When all weights are zero every part is zero: there is nothing
/// to carry the amount. Source: docs/adr/0004.
///
/// ```
/// use engine::money::{allocate, Minor};
/// let weights = [1399, 2500, 4999, 1895, 1000].map(Minor::new);
/// let parts = allocate(Minor::new(500), &weights);
/// assert_eq!(parts, [59, 106, 212, 80, 43].map(Minor::new));
/// ```
pub fn allocate(total: Minor, weights: &[Minor]) -> Vec<Minor> {
    let whole: i128 = weights.iter().map(|weight| i128::from(weight.get())).sum();
    if whole == 0 {
        return vec![Minor::ZERO; weights.len()];
    }
    let mut left = total.get();
    let mut remainders: Vec<(i128, usize)> = Vec::with_capacity(weights.len());
    let mut parts: Vec<Minor> = Vec::with_capacity(weights.len());
    for (index, weight) in weights.iter().enumerate() {
        let (floor, remainder) = divide(total.get(), weight.get(), whole);
        left -= floor;
        remainders.push((remainder, index));
        parts.push(Minor::new(floor));
    }
    let take = usize::try_from(left).unwrap_or(0).min(remainders.len());
    if take > 0 {
        let largest_first =
            |one: &(i128, usize), other: &(i128, usize)| other.0.cmp(&one.0).then(one.1.cmp(&other.1));
        remainders.select_nth_unstable_by(take - 1, largest_first);
    }
    for (_, index) in remainders.into_iter().take(take) {
        if let Some(part) = parts.get_mut(index) {
            *part += Minor::new(1);
        }
    }
    parts
}

/// `total` times `weight / whole`, rounded down, and the remainder.
fn divide(total: i64, weight: i64, whole: i128) -> (i64, i128) {
    // Most amounts are small enough for one machine word, where dividing is ten times as fast.
    if let (Some(exact), Ok(whole)) = (total.checked_mul(weight), i64::try_from(whole)) {
        return (exact / whole, i128::from(exact % whole));
    }
    let exact = i128::from(total) * i128::from(weight);
    (i64::try_from(exact / whole).unwrap_or(i64::MAX), exact % whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(total: i64, weights: &[i64]) -> Vec<i64> {
        let weights: Vec<Minor> = weights.iter().copied().map(Minor::new).collect();
        allocate(Minor::new(total), &weights).into_iter().map(Minor::get).collect()
    }

    #[test]
    fn parts_follow_the_published_examples() {
        assert_eq!(split(500, &[400, 4500]), [41, 459]);
        assert_eq!(split(1500, &[500, 3000, 1500]), [150, 900, 450]);
        assert_eq!(split(333, &[0, 0, 1000]), [0, 0, 333]);
        assert_eq!(split(500, &[1950, 20, 990]), [330, 3, 167]);
    }

    #[test]
    fn ties_go_to_the_earlier_weight() {
        assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(split(1, &[5, 5]), [1, 0]);
    }

    #[test]
    fn nothing_is_split_over_nothing() {
        assert_eq!(split(10, &[]), [0_i64; 0]);
        assert_eq!(split(10, &[0, 0]), [0, 0]);
        assert_eq!(split(0, &[3, 4]), [0, 0]);
    }
}
