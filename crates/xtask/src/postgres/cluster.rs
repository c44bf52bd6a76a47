//! A running server with its data in a folder that ends with it.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::account::Account;
use super::binaries::Binaries;
use super::keeper::Keeper;
use crate::command::run_quietly;

/// Another program may take the free port before PostgreSQL does.
const STARTS: u32 = 3;

/// The tests open many pools at once.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 200
";

/// What is written need not be on the disk.
const FORGETFUL: &str = "
fsync = off
full_page_writes = off
synchronous_commit = off
";

/// Whether what was committed survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Durability {
    /// As PostgreSQL comes: for measurements.
    Full,
    /// Nothing has to survive: for tests.
    None,
}

/// A server for one run of the tests; dropping it stops it and removes its data.
pub(crate) struct Cluster {
    url: String,
    programs: PathBuf,
    account: Account,
    _keeper: Keeper,
}

impl Cluster {
    /// Errors: what PostgreSQL or the system said.
    pub(super) fn start(binaries: &Binaries, durability: Durability) -> Result<Self, String> {
        let account = Account::choose()?;
        let password = random_text().map_err(|error| format!("cannot make a password: {error}"))?;
        let folder = make_folder(account)?;
        // From here on the folder, and whatever runs in it, is removed also when we fail.
        let keeper = Keeper::start(binaries, account, &folder)
            .map_err(|error| format!("cannot start the shell that stops PostgreSQL later: {error}"))?;
        let place = Place { binaries, account, folder: &folder };
        place.create(&password)?;
        let port = place.start(durability)?;
        let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
        Ok(Self { url, programs: binaries.folder().to_owned(), account, _keeper: keeper })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where `initdb` and `postgres` are: for tests that need a server of their own to kill.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    /// As whom they have to be run, `user:group`, when not as who we are.
    pub(crate) fn account(&self) -> Option<String> {
        self.account.ids()
    }
}

struct Place<'a> {
    binaries: &'a Binaries,
    account: Account,
    folder: &'a Path,
}

impl Place<'_> {
    /// Other users of the machine reach the port too, so it asks for a password; not by SCRAM, whose rounds
    /// take the unoptimised client of the tests longer than many of the tests.
    fn create(&self, password: &str) -> Result<(), String> {
        let secret = self.folder.join("password");
        self.write_secret(&secret, password)
            .map_err(|error| format!("cannot write {}: {error}", secret.display()))?;
        let mut initdb = self.account.command(&self.binaries.program("initdb"), self.folder);
        initdb.args(["--username=postgres", "--auth-local=trust", "--auth-host=password"]);
        initdb.args(["--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]).arg(self.folder.join("data"));
        run_quietly(initdb.arg("--pwfile").arg(&secret)).or_output()?;
        fs::remove_file(&secret).map_err(|error| format!("cannot remove {}: {error}", secret.display()))
    }

    fn write_secret(&self, file: &Path, password: &str) -> io::Result<()> {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)?
            .write_all(password.as_bytes())?;
        self.account.give(file)
    }

    /// Gives the port that the server answers on.
    fn start(&self, durability: Durability) -> Result<u16, String> {
        let mut problem = String::new();
        for _ in 0..STARTS {
            let port = self
                .configure(durability)
                .map_err(|error| format!("cannot configure PostgreSQL: {error}"))?;
            let log = self.folder.join("server.log");
            let mut pg_ctl = self.account.command(&self.binaries.program("pg_ctl"), self.folder);
            pg_ctl.args(["start", "--wait", "--pgdata"]).arg(self.folder.join("data"));
            match run_quietly(pg_ctl.arg("--log").arg(&log)).or_output() {
                Ok(_) => return Ok(port),
                Err(output) => problem = output + &fs::read_to_string(&log).unwrap_or_default(),
            }
        }
        Err(problem)
    }

    /// Gives the free port that it wrote down. PostgreSQL takes the last line that sets a thing.
    fn configure(&self, durability: Durability) -> io::Result<u16> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut file = OpenOptions::new().append(true).open(self.folder.join("data/postgresql.conf"))?;
        let forgetful = if durability == Durability::None { FORGETFUL } else { "" };
        writeln!(
            file,
            "{SETTINGS}{forgetful}port = {port}\nunix_socket_directories = '{}'",
            self.folder.display()
        )?;
        Ok(port)
    }
}

/// A new folder that only the account can enter. In `/tmp` for root, whose own may be closed to others; short,
/// because the path of a socket may not exceed 107 bytes.
fn make_folder(account: Account) -> Result<PathBuf, String> {
    let parent = match account {
        Account::Own => env::temp_dir(),
        Account::Other { .. } => PathBuf::from("/tmp"),
    };
    let random = random_text().map_err(|error| format!("cannot make a name: {error}"))?;
    let folder = parent.join(format!("largesse-{}", random.get(..12).unwrap_or(&random)));
    DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .and_then(|()| account.give(&folder))
        .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    Ok(folder)
}

fn random_text() -> io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
