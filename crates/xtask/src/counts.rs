//! How many tests passed, read from what test programs print.

use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl Counts {
    /// The sum over all lines like `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured`.
    pub(crate) fn of_test_results(output: &str) -> Self {
        let mut sum = Self::default();
        for line in output.lines().filter(|line| line.starts_with("test result: ")) {
            sum += Self::of_line(line).unwrap_or_default();
        }
        sum
    }

    /// What the last line like `12 passed, 0 failed` says.
    pub(crate) fn of_summary(output: &str) -> Option<Self> {
        output.lines().rev().find_map(Self::of_line)
    }

    /// What the summary of `node --test` says, in lines like `ℹ pass 12`.
    pub(crate) fn of_node_summary(output: &str) -> Option<Self> {
        let number = |name: &str| {
            let line = output.lines().rev().find_map(|line| line.strip_prefix("ℹ ")?.strip_prefix(name))?;
            line.trim().parse().ok()
        };
        Some(Self { passed: number("pass ")?, failed: number("fail ")?, ignored: number("skipped ")? })
    }

    fn of_line(line: &str) -> Option<Self> {
        let passed = number_before(line, "passed")?;
        let failed = number_before(line, "failed")?;
        Some(Self { passed, failed, ignored: number_before(line, "ignored").unwrap_or(0) })
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

fn number_before(line: &str, noun: &str) -> Option<u64> {
    let mut before = "";
    for word in line.split([' ', ';', ',']).filter(|word| !word.is_empty()) {
        if word == noun {
            return before.parse().ok();
        }
        before = word;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_several_test_binaries_are_added() {
        let output = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            test result: FAILED. 10 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s\n";
        assert_eq!(Counts::of_test_results(output), Counts { passed: 12, failed: 3, ignored: 1 });
        assert_eq!(Counts::of_test_results("error: could not compile\n"), Counts::default());
    }

    #[test]
    fn the_summary_of_node_counts() {
        let output = "✔ pass 9 of them (1 ms)\nℹ tests 6\nℹ pass 3\nℹ fail 2\nℹ cancelled 0\nℹ skipped 1\n";
        assert_eq!(Counts::of_node_summary(output), Some(Counts { passed: 3, failed: 2, ignored: 1 }));
        assert_eq!(Counts::of_node_summary("error TS2322\n"), None);
    }

    #[test]
    fn the_last_summary_of_a_script_counts() {
        let output = "ok   1 passed, 0 failed is printed\n7 passed, 2 failed\nbye\n";
        assert_eq!(Counts::of_summary(output), Some(Counts { passed: 7, failed: 2, ignored: 0 }));
        assert_eq!(Counts::of_summary("FAIL the server did not start\n"), None);
    }
}
