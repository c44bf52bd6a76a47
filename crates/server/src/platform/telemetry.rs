//! The log: for people on a terminal, JSON lines everywhere else.

use std::io::{IsTerminal as _, stderr};
use std::panic::{self, PanicHookInfo};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// Starts the log on the standard error output, and sends panics there too.
///
/// `filter` is a level, `warn`, or levels by module, `info,server::platform::db=debug`.
///
/// Errors: when the filter cannot be read.
pub fn start(filter: &str) -> Result<(), ParseError> {
    let filter = EnvFilter::try_new(filter)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    // A test may have started the log already; the first one stays.
    let started = if stderr().is_terminal() {
        log.compact().with_target(false).try_init()
    } else {
        log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    };
    if started.is_ok() {
        panic::set_hook(Box::new(log_panic));
    }
    Ok(())
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let text = panic.payload_as_str().unwrap_or("no text");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "panicked: {text}");
}
