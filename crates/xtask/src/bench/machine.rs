//! On what was measured.

use std::fs;
use std::process::Command;

use crate::command::run_quietly;
use crate::repository;

/// In one line: processor, cores, memory, system, compiler, commit.
pub(super) fn describe() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = field(&processors, "model name").unwrap_or("unknown processor");
    let cores = processors.lines().filter(|line| line.starts_with("processor")).count();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = field(&memory, "MemTotal").and_then(|total| total.split(' ').next()?.parse::<u64>().ok());
    let gigabytes = kilobytes.unwrap_or(0).div_ceil(1024 * 1024);
    let said = |program: &str, words: &[&str]| {
        let mut command = Command::new(program);
        run_quietly(command.args(words).current_dir(repository::root())).output.trim().to_owned()
    };
    let (system, compiler) = (said("uname", &["-sr"]), said("rustc", &["--version"]));
    let (commit, day) =
        (said("git", &["describe", "--always", "--dirty", "--exclude", "*"]), said("date", &["-u", "+%F"]));
    format!("{model}, {cores} cores, {gigabytes} GiB of memory, {system}, {compiler}, commit {commit}, {day}")
}

/// The value of the first line `name : value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read() {
        let text = "processor\t: 0\nmodel name\t: Fast 3000 @ 2 GHz\nmodel name\t: Other\n";
        assert_eq!(field(text, "model name"), Some("Fast 3000 @ 2 GHz"));
        assert_eq!(field(text, "MemTotal"), None);
    }
}
