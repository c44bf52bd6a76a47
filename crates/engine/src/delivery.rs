//! Delivering something to a system that may not be there: when it is tried again, and when it is given up.

/// Pauses after the first attempts, in seconds; later ones are as long as the last.
const PAUSES: [u32; 9] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800];

/// For how long it is tried.
pub const PATIENCE_SECONDS: u32 = 3 * 24 * 60 * 60;

/// In how many seconds it is tried again after so many attempts; `None` when it is given up because it is `age` seconds old
/// by then.
///
/// `dice` is any number: by up to a fifth the pause becomes longer, so that all who failed together do not come back
/// together.
///
/// ```
/// use engine::delivery::next_attempt;
///
/// assert_eq!(next_attempt(1, 0, 0), Some(5));
/// assert_eq!(next_attempt(1, 0, 1000), Some(6));
/// assert_eq!(next_attempt(20, 3 * 24 * 60 * 60, 0), None);
/// ```
pub fn next_attempt(attempts: u32, age: u32, dice: u32) -> Option<u32> {
    let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let pause = PAUSES.get(place).or(PAUSES.last()).copied()?;
    let longer = pause / 5 * (dice % 1001) / 1000;
    (age < PATIENCE_SECONDS).then(|| pause + longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_for_three_days_ever_more_rarely() {
        for dice in [0, 500, 1000] {
            let (mut age, mut attempts, mut before) = (0, 1, 0);
            while let Some(pause) = next_attempt(attempts, age, dice) {
                assert!(pause >= before && pause <= 28_800 / 5 * 6);
                (age, attempts, before) = (age + pause, attempts + 1, pause);
            }
            assert!((PATIENCE_SECONDS..PATIENCE_SECONDS + 36_000).contains(&age), "{age}");
            assert!((14..=18).contains(&attempts), "{attempts}");
        }
    }

    #[test]
    fn dice_spread_the_next_attempts() {
        let pauses: Vec<u32> = (0..4).filter_map(|dice| next_attempt(9, 0, dice * 333)).collect();
        assert!(pauses.is_sorted() && pauses.first() < pauses.last(), "{pauses:?}");
        assert!(next_attempt(9, 0, u32::MAX).is_some());
    }
}
