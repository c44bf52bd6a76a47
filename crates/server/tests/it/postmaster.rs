//! A PostgreSQL server that is killed under load: what it said to have kept is there when it runs again.
//!
//! The server is one of its own, durable as PostgreSQL comes. `cargo xtask test` says where its programs are
//! (`LARGESSE_TEST_POSTGRES_PROGRAMS`), and as whom they run when we are root (`LARGESSE_TEST_POSTGRES_ACCOUNT`).

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use crate::load::{Client, Crowd, Ending, Shop, Told};

const ROUNDS: usize = 4;
const SHOPPERS: usize = 8;

/// A server that can be killed.
struct Cluster {
    programs: PathBuf,
    account: Option<(u32, u32)>,
    folder: TempDir,
    port: u16,
    postmaster: Option<Child>,
}

impl Cluster {
    /// A running one, when we know where its programs are.
    fn start() -> Option<Self> {
        let programs = std::env::var_os("LARGESSE_TEST_POSTGRES_PROGRAMS")?.into();
        let account = std::env::var("LARGESSE_TEST_POSTGRES_ACCOUNT").ok();
        let account = account.map(|account| {
            let (user, group) = account.split_once(':').unwrap();
            (user.parse().unwrap(), group.parse().unwrap())
        });
        // Short, for the path of its socket; where another user can get to it.
        let folder = tempfile::Builder::new().prefix("largesse-").tempdir_in("/tmp").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut cluster = Self { programs, account, folder, port, postmaster: None };
        #[cfg(unix)]
        if let Some((user, group)) = account {
            std::os::unix::fs::chown(cluster.folder.path(), Some(user), Some(group)).unwrap();
        }
        let mut initdb = cluster.command("initdb");
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--pgdata"]);
        let made = initdb.arg(cluster.folder.path().join("data")).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        cluster.run();
        Some(cluster)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        #[cfg(unix)]
        if let Some((user, group)) = self.account {
            std::os::unix::process::CommandExt::uid(&mut command, user);
            std::os::unix::process::CommandExt::gid(&mut command, group);
        }
        command
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Starts it, and waits until it answers.
    fn run(&mut self) {
        let started = Instant::now();
        loop {
            assert!(started.elapsed() < Duration::from_secs(60), "it does not start: {}", self.log());
            if self.postmaster.as_mut().is_none_or(|it| it.try_wait().unwrap().is_some()) {
                // It does not start while what the one before it has left behind is still ending.
                let log = File::options().create(true).append(true).open(self.folder.path().join("log"));
                let mut postgres = self.command("postgres");
                postgres.arg("-D").arg(self.folder.path().join("data")).arg("-p").arg(self.port.to_string());
                postgres.arg("-k").arg(self.folder.path()).args(["-c", "listen_addresses=127.0.0.1"]);
                self.postmaster = Some(postgres.stdout(Stdio::null()).stderr(log.unwrap()).spawn().unwrap());
            }
            if self.answers() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
    }

    fn answers(&self) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            match PgConnection::connect(&self.url()).await {
                Ok(connection) => connection.close().await.is_ok(),
                Err(_) => false,
            }
        })
    }

    /// Kills it with SIGKILL.
    fn kill(&mut self) {
        let mut postmaster = self.postmaster.take().unwrap();
        postmaster.kill().unwrap();
        postmaster.wait().unwrap();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(postmaster) = &mut self.postmaster {
            // Asked to end at once, it ends those whom it started; killed, it would leave them behind.
            let _ = Command::new("kill").args(["-QUIT", &postmaster.id().to_string()]).status();
            let _ = postmaster.wait();
        }
    }
}

/// Orders, and repeats it until it is answered what became of it.
fn order_at_last(client: &Client, name: &str) -> Ending {
    let started = Instant::now();
    loop {
        let ending = client.order(name);
        let is_over = matches!(&ending, Ending::Answered(status, _) if *status != 503);
        if is_over || started.elapsed() > Duration::from_secs(60) {
            return ending;
        }
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn postgres_killed_under_load_keeps_every_order_that_was_told_and_repeats_settle_the_rest() {
    let Some(mut cluster) = Cluster::start() else { return };
    let shop = Shop::open_on(Some(cluster.url()));
    let server = shop.start();
    let client = shop.client(&server);
    let mut told = Told::new();
    let mut unsettled = 0;
    for round in 0..ROUNDS {
        let crowd = Crowd::enter(&shop, &server, &format!("r{round}"), SHOPPERS);
        crowd.wait_for(20 + round * 7);
        cluster.kill();
        sleep(Duration::from_millis(100));
        cluster.run();
        // Some of it with the one that was started again.
        crowd.wait_for(20);
        let of_round = crowd.leave();
        let orders = shop.orders(&server);
        for (name, ending) in of_round {
            let settled = match ending {
                Ending::Answered(201, body) => {
                    let order = orders.get(&name).unwrap_or_else(|| panic!("{name} was told and is lost"));
                    assert_eq!((&body["id"], &body["totals"]), (&order["id"], &order["totals"]));
                    Ending::Answered(201, body)
                }
                Ending::Answered(503, _) | Ending::Unknown => {
                    unsettled += 1;
                    order_at_last(&client, &name)
                }
                other => panic!("{name}: {other:?}"),
            };
            assert!(matches!(settled, Ending::Answered(201, _)), "{name}: {settled:?}");
            told.insert(name, settled);
        }
    }
    assert!(unsettled > 0, "nobody noticed that the server was killed");
    let orders = shop.orders(&server);
    assert!(told.keys().eq(orders.keys()), "{told:?}\n{:?}", orders.keys());
    assert_eq!(shop.uses(&server), told.len() as u64);
    for name in told.keys() {
        let again = client.order(name);
        let Ending::Answered(201, body) = again else { panic!("{name}: {again:?}") };
        assert_eq!(body["id"], orders[name]["id"]);
    }
    assert_eq!(shop.uses(&server), told.len() as u64);
    server.stop();
    shop.must_be_sound();
}
