//! More than can be served: orders that come when they come, whether or not others have been answered.
//!
//! First how much is done when ever more are inside at once, which says how many it is worth letting in. Then ten times
//! as much as that is offered, on a schedule, and before and after it a calm half. How long an order waited counts from
//! when it was to be sent, so that a slow generator flatters nobody.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until};

use crate::over_http::{NEXT, Server, shop};
use crate::sample;

const MEASURED: Duration = Duration::from_secs(4);
const CROWDS: [usize; 5] = [64, 256, 1024, 2048, 4096];
const OVER: f64 = 10.0;
/// Each takes two files; with all of them in use, an order cannot be sent and is told as such.
const CONNECTIONS_MAX: usize = 8000;

struct Load {
    address: SocketAddr,
    key: String,
    body: String,
}

/// What became of the orders that were offered.
#[derive(Default)]
struct Told {
    accepted: Vec<Duration>,
    shed: Vec<Duration>,
    /// Those for which there was no connection left, or whose connection failed.
    unsent: usize,
}

pub(crate) fn measure() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path());
    let (address, key) = (server.address, server.key.clone());
    let body = shop(address, &key);
    let load = Arc::new(Load { address, key, body });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut capacity: f64 = 0.0;
        for crowd in CROWDS {
            let (told, during) = inside(&load, crowd).await;
            capacity = capacity.max(told.accepted.len() as f64 / during.as_secs_f64());
            sample::print("overload-inside", crowd, told.accepted, during);
        }
        let pool = Arc::new(Pool::default());
        for (series, share) in [("calm", 0.5), ("over", OVER), ("after", 0.5)] {
            let offered = (capacity * share) as usize;
            let (told, during) = offer(&load, &pool, offered).await;
            let Told { accepted, shed, unsent } = told;
            sample::print(&format!("overload-{series}"), offered, accepted, during);
            if !shed.is_empty() {
                sample::print(&format!("overload-{series}-shed"), offered, shed, during);
            }
            if unsent > 0 {
                let a_second = unsent as f64 / during.as_secs_f64();
                println!("redemptions\toverload-{series}-unsent\t{offered}\t0\t0\t{}", a_second.round());
            }
            sleep(Duration::from_secs(1)).await;
        }
    });
}

/// So many at once, each of whom asks again when it was answered; the last answers come after the time is over.
async fn inside(load: &Arc<Load>, crowd: usize) -> (Told, Duration) {
    let begun = Instant::now();
    let one = |load: Arc<Load>| async move {
        let mut told = Told::default();
        let Ok(mut connection) = Connection::open(load.address).await else { return told };
        while begun.elapsed() < MEASURED {
            told.take(Instant::now(), connection.order(&load).await);
        }
        told
    };
    let tasks: Vec<_> = (0..crowd).map(|_| tokio::spawn(one(Arc::clone(load)))).collect();
    let mut all = Told::default();
    for task in tasks {
        all.add(task.await.unwrap());
    }
    (all, begun.elapsed())
}

/// So many a second, each at its time.
async fn offer(load: &Arc<Load>, pool: &Arc<Pool>, a_second: usize) -> (Told, Duration) {
    let told = Arc::new(Mutex::new(Told::default()));
    let begun = Instant::now();
    let gap = Duration::from_secs(1) / u32::try_from(a_second).unwrap();
    let mut tasks = Vec::new();
    let mut number: u32 = 0;
    loop {
        let due = gap * number;
        if due >= MEASURED {
            break;
        }
        number += 1;
        let at = begun + due;
        // The clock ticks by milliseconds: those that are due together are sent together.
        sleep_until(at).await;
        let Some(lent) = pool.lend() else {
            told.lock().unwrap().unsent += 1;
            continue;
        };
        let (load, pool, told) = (Arc::clone(load), Arc::clone(pool), Arc::clone(&told));
        tasks.push(tokio::spawn(async move {
            let answered = pool.order(lent, &load).await;
            told.lock().unwrap().take(at, answered);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let during = begun.elapsed();
    let told = std::mem::take(&mut *told.lock().unwrap());
    (told, during)
}

impl Told {
    fn take(&mut self, since: Instant, answered: std::io::Result<u16>) {
        match answered {
            Ok(201) => self.accepted.push(since.elapsed()),
            Ok(503) => self.shed.push(since.elapsed()),
            Ok(status) => panic!("an order was answered with {status}"),
            Err(_) => self.unsent += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.accepted.extend(other.accepted);
        self.shed.extend(other.shed);
        self.unsent += other.unsent;
    }
}

/// Connections that are free; more are opened while there may be more.
#[derive(Default)]
struct Pool {
    free: Mutex<Vec<Connection>>,
    opened: AtomicUsize,
}

impl Pool {
    /// A connection, or leave to open one.
    fn lend(&self) -> Option<Option<Connection>> {
        if let Some(connection) = self.free.lock().unwrap().pop() {
            return Some(Some(connection));
        }
        if self.opened.fetch_add(1, Ordering::Relaxed) < CONNECTIONS_MAX {
            return Some(None);
        }
        self.opened.fetch_sub(1, Ordering::Relaxed);
        None
    }

    async fn order(&self, lent: Option<Connection>, load: &Load) -> std::io::Result<u16> {
        let answered = async {
            let mut connection = match lent {
                Some(connection) => connection,
                None => Connection::open(load.address).await?,
            };
            let status = connection.order(load).await?;
            Ok((connection, status))
        };
        match answered.await {
            Ok((connection, status)) => {
                self.free.lock().unwrap().push(connection);
                Ok(status)
            }
            Err(error) => {
                self.opened.fetch_sub(1, Ordering::Relaxed);
                Err(error)
            }
        }
    }
}

/// A connection that is kept.
struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(8 * 1024) })
    }

    /// Orders, reads the whole answer, and gives its status.
    async fn order(&mut self, load: &Load) -> std::io::Result<u16> {
        let (number, length) = (NEXT.fetch_add(1, Ordering::Relaxed), load.body.len());
        let request = format!(
            "POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nIdempotency-Key: {number}\r\nContent-Length: {length}\r\n\r\n{}",
            load.key, load.body
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.read.clear();
        loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(status) = whole(&self.read) {
                return Ok(status);
            }
        }
    }
}

/// The status of an answer that has come to its end.
fn whole(read: &[u8]) -> Option<u16> {
    let head = read.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&read[..head]).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    (read.len() >= head + 4 + length).then(|| text[9..12].parse().ok())?
}
