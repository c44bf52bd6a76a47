//! Stops the server and removes its folder when the tests end, however they end.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};

use super::account::Account;
use super::binaries::Binaries;

/// Waits for the end of its input, which comes when we let go of it or die: std cannot catch Ctrl-C, and
/// nothing could catch `kill -9`.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
while read -r ignored; do :; done
"$1" stop --pgdata "$2/data" --mode immediate --silent
cd / && rm -rf "$2"
"#;

/// A shell in a process group of its own that waits for our end.
pub(super) struct Keeper {
    shell: Child,
}

impl Keeper {
    /// Errors: no shell can be started.
    pub(super) fn start(binaries: &Binaries, account: Account, folder: &Path) -> io::Result<Self> {
        let mut shell = account.command(Path::new("/bin/sh"), folder);
        shell.args(["-c", SCRIPT, "keeper"]).arg(binaries.program("pg_ctl")).arg(folder);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { shell: shell.process_group(0).spawn()? })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // There is nobody left to tell; the shell has done what can be done.
        let _ = self.shell.wait();
    }
}
