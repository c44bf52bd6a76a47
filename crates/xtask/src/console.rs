//! What is printed: plain text, with colours and a live line only where someone watches.

use std::io::{self, IsTerminal, Write};

/// The live line is cut here; a line that wraps cannot be wiped again.
const LIVE_WIDTH: usize = 78;

#[derive(Clone, Copy)]
pub(crate) enum Colour {
    Green,
    Red,
    Yellow,
    Grey,
}

pub(crate) struct Console {
    terminal: bool,
    colours: bool,
    pub(crate) verbose: bool,
}

impl Console {
    pub(crate) fn new(verbose: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { terminal, colours: terminal && !refused, verbose }
    }

    /// Whether programs that are run should colour what they print.
    pub(crate) fn has_colours(&self) -> bool {
        self.colours
    }

    pub(crate) fn paint(&self, colour: Colour, text: &str) -> String {
        let code = match colour {
            Colour::Green => 32,
            Colour::Red => 31,
            Colour::Yellow => 33,
            Colour::Grey => 90,
        };
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(crate) fn say(&self, text: &str) {
        self.write(&format!("{text}\n"));
    }

    /// Begins a line which [`Console::finish_line`] completes.
    pub(crate) fn begin_line(&self, text: &str) {
        self.write(&if self.verbose { format!("\n{}\n", text.trim_end()) } else { text.to_owned() });
    }

    /// Shows what is going on behind the begun line, for the moment.
    pub(crate) fn live(&self, begun: &str, detail: &str) {
        if self.verbose {
            self.say(detail);
        } else if self.terminal && !detail.trim().is_empty() {
            let room = LIVE_WIDTH.saturating_sub(begun.chars().count());
            let plain = without_colours(detail);
            let detail: String = plain.trim().chars().filter(|each| !each.is_control()).take(room).collect();
            self.write(&format!("\r\x1b[2K{begun}{}", self.paint(Colour::Grey, &detail)));
        }
    }

    pub(crate) fn finish_line(&self, begun: &str, end: &str) {
        if self.verbose {
            self.say(&format!("{begun}{end}"));
        } else if self.terminal {
            self.say(&format!("\r\x1b[2K{begun}{end}"));
        } else {
            self.say(end);
        }
    }

    /// Whoever reads may have gone (`| head`); the steps matter, not their display.
    fn write(&self, text: &str) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

/// The text alone, where programs were told to colour it.
pub(crate) fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let start = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once('m').map_or("", |(_, after)| after));
    std::iter::once(start).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_away() {
        assert_eq!(without_colours("\x1b[1m\x1b[92m   Checking\x1b[0m serde"), "   Checking serde");
        assert_eq!(without_colours("minimum"), "minimum");
    }
}
