//! Steps that are run in turn, each with its line, and the table of all of them.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::command::{self, Finished};
use crate::console::{Colour, Console};
use crate::counts::Counts;

/// The columns of names and results, wide enough for all of ours.
const NAME_WIDTH: usize = 30;
const RESULT_WIDTH: usize = 8;

/// How a step ended.
pub(crate) struct Outcome {
    success: bool,
    counts: Counts,
    output: String,
}

impl Outcome {
    /// Of a step that is one check; `output` is shown when it failed.
    pub(crate) fn of_check(success: bool, output: String) -> Self {
        let counts = Counts { passed: u64::from(success), failed: u64::from(!success), ignored: 0 };
        Self { success, counts, output }
    }

    #[cfg(test)]
    pub(crate) fn is_success(&self) -> bool {
        self.success
    }

    pub(crate) fn of_finished(finished: Finished) -> Self {
        Self::of_check(finished.success, finished.output)
    }

    /// Of a step that only prepares others: its success is nothing to count.
    pub(crate) fn of_preparation(finished: Finished) -> Self {
        let mut outcome = Self::of_finished(finished);
        outcome.counts.passed = 0;
        outcome
    }

    pub(crate) fn failure(message: impl Into<String>) -> Self {
        Self::of_check(false, message.into())
    }

    /// Of a step that counted tests. A failure without a failed test counts as one: it did not get so far.
    pub(crate) fn of_tests(success: bool, mut counts: Counts, output: String) -> Self {
        if !success && counts.failed == 0 {
            counts.failed = 1;
        }
        Self { success: success && counts.failed == 0, counts, output }
    }
}

struct Row {
    name: String,
    result: &'static str,
    counts: Counts,
    took: Duration,
}

/// What a step at work can show.
pub(crate) struct Progress<'a> {
    console: &'a Console,
    begun: String,
}

impl Progress<'_> {
    pub(crate) fn show(&self, line: &str) {
        self.console.live(&self.begun, line);
    }

    /// Runs a program and shows its lines while it works.
    pub(crate) fn run(&self, command: &mut Command) -> Finished {
        command::run(command, &mut |line| self.show(line))
    }

    /// How cargo should colour: as the terminal behind us allows.
    pub(crate) fn colour_choice(&self) -> &'static str {
        if self.console.has_colours() { "always" } else { "never" }
    }
}

/// The steps so far.
pub(crate) struct Steps<'a> {
    console: &'a Console,
    rows: Vec<Row>,
    started: Instant,
}

impl<'a> Steps<'a> {
    pub(crate) fn new(console: &'a Console) -> Self {
        Self { console, rows: Vec::new(), started: Instant::now() }
    }

    /// Runs a step and shows how it ended.
    pub(crate) fn run(&mut self, name: &str, work: impl FnOnce(&Progress<'_>) -> Outcome) -> Counts {
        let progress = Progress { console: self.console, begun: format!("{name:<NAME_WIDTH$}") };
        self.console.begin_line(&progress.begun);
        let started = Instant::now();
        let Outcome { success, counts, output } = work(&progress);
        let took = started.elapsed();
        let result = if success { "ok" } else { "FAILED" };
        let end = format!("{}{:>9.1} s", self.painted(result), took.as_secs_f64());
        self.console.finish_line(&progress.begun, &end);
        if !success && !self.console.verbose {
            self.console.say(&format!("\n{}\n", output.trim_end()));
        } else if !success {
            // What programs printed has been seen; what the step itself found has not.
            self.console.say(last_lines(&output));
        }
        self.rows.push(Row { name: name.to_owned(), result, counts, took });
        counts
    }

    /// Notes a step that is not run, and why.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        let begun = format!("{name:<NAME_WIDTH$}");
        self.console.begin_line(&begun);
        self.console.finish_line(&begun, &format!("{}   {why}", self.painted("skipped")));
        let row =
            Row { name: name.to_owned(), result: "skipped", counts: Counts::default(), took: Duration::ZERO };
        self.rows.push(row);
    }

    /// What the steps so far have counted.
    pub(crate) fn sum(&self) -> Counts {
        let mut sum = Counts::default();
        self.rows.iter().for_each(|row| sum += row.counts);
        sum
    }

    /// Prints the table and, as the last line, how many tests passed and failed.
    pub(crate) fn finish(self) -> ExitCode {
        let sum = self.sum();
        let head = format!("{:<NAME_WIDTH$}{:<RESULT_WIDTH$}", "step", "result");
        let columns = format!("{:>8}{:>8}{:>9}{:>10}", "passed", "failed", "ignored", "seconds");
        self.console.say(&format!("\n{}", self.console.paint(Colour::Grey, &format!("{head}{columns}"))));
        for row in &self.rows {
            let start = format!("{:<NAME_WIDTH$}{}", row.name, self.painted(row.result));
            self.console.say(&format!("{start}{}", numbers(row.counts, row.took)));
        }
        let total = format!("{:<NAME_WIDTH$}{:<RESULT_WIDTH$}", "total", "");
        self.console.say(&format!("{total}{}", numbers(sum, self.started.elapsed())));
        self.console.say(&format!("\n{} passed, {} failed", sum.passed, sum.failed));
        if sum.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn painted(&self, result: &str) -> String {
        let colour = match result {
            "ok" => Colour::Green,
            "FAILED" => Colour::Red,
            _ => Colour::Yellow,
        };
        self.console.paint(colour, &format!("{result:<RESULT_WIDTH$}"))
    }
}

fn numbers(counts: Counts, took: Duration) -> String {
    let Counts { passed, failed, ignored } = counts;
    format!("{passed:>8}{failed:>8}{ignored:>9}{:>10.1}", took.as_secs_f64())
}

fn last_lines(output: &str) -> &str {
    let output = output.trim_end();
    let start = output.rmatch_indices('\n').nth(20).map_or(0, |(at, _)| at);
    output.get(start..).unwrap_or(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_counts_as_failed_even_when_no_test_did() {
        let nothing_ran = Outcome::of_tests(false, Counts::default(), String::new());
        assert_eq!((nothing_ran.success, nothing_ran.counts.failed), (false, 1));
        let check = Outcome::failure("no");
        assert_eq!((check.success, check.counts), (false, Counts { passed: 0, failed: 1, ignored: 0 }));
    }

    #[test]
    fn a_failed_test_fails_its_step() {
        let counts = Counts { passed: 3, failed: 2, ignored: 0 };
        let outcome = Outcome::of_tests(true, counts, String::new());
        assert_eq!((outcome.success, outcome.counts), (false, counts));
    }
}
