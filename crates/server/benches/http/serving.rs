//! The process that serves: the application, and an endpoint that only reads and writes.

use std::env::current_exe;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use axum::Router;
use axum::routing::post;
use jiff::Timestamp;
use serde_json::Value;
use server::access::AnyCaller;
use server::access::service::create_first_store;
use server::app::{self, AppState};
use server::evaluation::rest::EvaluateRequest;
use server::platform::clock::Clock;
use server::platform::db::{Db, Location, Options, migrate};
use server::platform::http::shutdown::{self, Signals};
use server::platform::http::{Json, Strict, guard};
use server::platform::telemetry;
use tokio::net::TcpListener;

use super::client::Client;
use super::{ANSWER, ECHO};

/// As first argument: be the process that serves.
pub(crate) const WORD: &str = "serve";

/// A process that serves, ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    pub(crate) key: String,
}

impl Server {
    /// On the database in a folder, with its secret key if it has one already.
    pub(crate) fn start(folder: &Path, key: Option<String>) -> Self {
        let mut command = Command::new(current_exe().unwrap());
        command.args([WORD.as_ref(), folder.as_os_str()]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("the server says where it is").unwrap();
        let address = line().parse().unwrap();
        let made = line();
        Self { child, address, key: key.unwrap_or(made) }
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address, &self.key)
    }

    /// What it has used of a processor, in nanoseconds: itself and the system for it.
    pub(crate) fn processor_time(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name in brackets may hold spaces; after it, user and system time are the 12th and 13th word.
        let (_, words) = stat.rsplit_once(") ").unwrap();
        let ticks: u64 = words.split(' ').skip(11).take(2).map(|word| word.parse::<u64>().unwrap()).sum();
        ticks * (1_000_000_000 / TICKS)
    }
}

/// In a second, on every Linux.
const TICKS: u64 = 100;

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves on one thread until it is ended; prints its address, then the secret key or an empty line.
pub(crate) fn serve(folder: &Path) {
    // As in the product, where every request writes a line.
    telemetry::start("info").unwrap();
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    let runtime = threads.worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(run(folder));
}

async fn run(folder: &Path) {
    let location = Location::Sqlite(folder.join("largesse.db"));
    let db = Db::open(&Options { location, connections: 1 }).await.unwrap();
    migrate::run(&db).await.unwrap();
    let made = create_first_store(&db, Timestamp::now()).await.unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    println!("{}", made.map_or(String::new(), |store| store.secret.reveal().to_owned()));
    let state = AppState::new(db, Clock::system());
    let (stopping, signals) = (state.stopping.clone(), Signals::catch().unwrap());
    shutdown::serve(listener, router(state, folder), stopping, signals).await.unwrap();
}

/// The application's features and one more, under the same guard.
fn router(state: AppState, folder: &Path) -> Router {
    static ANSWERED: OnceLock<Value> = OnceLock::new();
    let answer: PathBuf = folder.join(ANSWER);
    let echo = move |_: AnyCaller, Strict(_read): Strict<EvaluateRequest>| {
        let read = || serde_json::from_str(&std::fs::read_to_string(&answer).unwrap()).unwrap();
        let answer = ANSWERED.get_or_init(read);
        async move { Json(answer) }
    };
    let features = app::features().into_iter().fold(Router::new(), |all, feature| all.merge(feature.router));
    guard(features.route(ECHO, post(echo)), []).with_state(state)
}
