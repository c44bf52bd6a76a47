//! Runs a program to its end and keeps what it printed, both streams in one order.

use std::io::{self, BufRead, BufReader, PipeReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// How long silence lasts before it is asked whether the program has ended.
const SILENCE: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) output: String,
}

impl Finished {
    /// Errors: what it printed, when it failed.
    pub(crate) fn or_output(self) -> Result<String, String> {
        if self.success { Ok(self.output) } else { Err(self.output) }
    }
}

/// Runs it without input; `on_line` sees every line as it comes. A program that cannot start has failed.
pub(crate) fn run(command: &mut Command, on_line: &mut dyn FnMut(&str)) -> Finished {
    let name = command.get_program().to_string_lossy().into_owned();
    try_run(command, on_line).unwrap_or_else(|error| Finished {
        success: false,
        output: format!("cannot run `{name}`: {error}\n"),
    })
}

/// The same, when nobody wants to watch.
pub(crate) fn run_quietly(command: &mut Command) -> Finished {
    run(command, &mut |_| {})
}

fn try_run(command: &mut Command, on_line: &mut dyn FnMut(&str)) -> io::Result<Finished> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let started = command.spawn();
    // The command still holds the writing ends; as long as it does, the output has no end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = started?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || read_lines(reader, &sender));
    let mut output = String::new();
    while let Some(line) = next_line(&lines, &mut child)? {
        on_line(line.trim_end());
        output.push_str(&line);
    }
    let status = child.wait()?;
    if status.code().is_none() {
        output.push_str(&format!("ended by {status}\n"));
    }
    Ok(Finished { success: status.success(), output })
}

fn read_lines(reader: PipeReader, sender: &Sender<String>) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
            return;
        }
        line.clear();
    }
}

/// The next line, or none at the end: the pipe's, or the program's, for a process that it left behind may
/// hold the pipe open for ever.
fn next_line(lines: &Receiver<String>, child: &mut Child) -> io::Result<Option<String>> {
    loop {
        match lines.recv_timeout(SILENCE) {
            Ok(line) => return Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {
                if child.try_wait()?.is_some() {
                    return Ok(lines.try_recv().ok());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Finished {
        run_quietly(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn both_streams_are_kept_in_order() {
        let finished = shell("echo one; echo two >&2; echo three; exit 3");
        assert_eq!(finished.output, "one\ntwo\nthree\n");
        assert!(!finished.success);
    }

    #[test]
    fn a_process_left_behind_does_not_hold_the_end_up() {
        let finished = shell("sleep 5 & echo started; kill -0 $!");
        assert_eq!(finished.output, "started\n");
        assert!(finished.success);
    }

    #[test]
    fn a_program_that_is_not_there_has_failed() {
        let finished = run_quietly(&mut Command::new("no-such-program"));
        assert!(!finished.success);
        assert!(finished.output.starts_with("cannot run `no-such-program`: "), "{}", finished.output);
    }

    #[test]
    fn a_program_that_was_killed_says_so() {
        assert!(shell("kill -9 $$").output.contains("signal: 9"));
    }
}
