//! The client: one connection, one request after the other, and the CPU time of the server.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};

use super::shop;

/// Tells the benchmark, started anew, to be the server of so many promotions.
pub(super) const SERVE: &str = "LARGESSE_BENCH_SERVE";

/// `/proc` counts CPU time in hundredths of a second, on every Linux.
const TICKS: f64 = 100.0;

/// A server in a process of its own, and a connection to it.
pub(super) struct Client {
    server: Child,
    connection: TcpStream,
    key: String,
}

impl Client {
    /// Starts a server of a store with so many promotions.
    pub(super) fn start(promotions: u32) -> anyhow::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.env(SERVE, promotions.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.spawn()?;
        let mut told = String::new();
        BufReader::new(server.stdout.take().context("no output")?).read_line(&mut told)?;
        let (address, key) = told.trim().split_once(' ').context("the server did not start")?;
        let connection = TcpStream::connect(address)?;
        connection.set_nodelay(true)?;
        Ok(Self { key: key.to_owned(), server, connection })
    }

    /// CPU time of the server for one request, in microseconds.
    pub(super) fn cost(&mut self, path: &str, requests: u32) -> anyhow::Result<f64> {
        let body = shop::cart().to_string();
        let (key, length) = (&self.key, body.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        for _ in 0..requests / 20 {
            self.ask(request.as_bytes())?;
        }
        let before = self.cpu()?;
        for _ in 0..requests {
            self.ask(request.as_bytes())?;
        }
        Ok((self.cpu()? - before) / f64::from(requests) * 1e6)
    }

    fn ask(&mut self, request: &[u8]) -> anyhow::Result<()> {
        self.connection.write_all(request)?;
        let mut answer = Vec::with_capacity(64 * 1024);
        let mut part = [0; 64 * 1024];
        loop {
            let length = self.connection.read(&mut part)?;
            ensure!(length > 0, "the server closed the connection");
            answer.extend_from_slice(part.get(..length).unwrap_or_default());
            let Some(end) = answer.windows(4).position(|it| it == b"\r\n\r\n") else { continue };
            let (head, body) = answer.split_at(end + 4);
            let head = std::str::from_utf8(head)?.to_ascii_lowercase();
            ensure!(head.starts_with("http/1.1 200"), "the answer is {head}");
            let wanted = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= wanted.context("no length")?.parse()? {
                return Ok(());
            }
        }
    }

    /// CPU time that the server has used, in seconds.
    fn cpu(&self) -> anyhow::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.server.id()))?;
        let (_, fields) = stat.rsplit_once(')').context("no name")?;
        // After the name and the state, `utime` and `stime` are the 14th and 15th of all fields.
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // The server ends when nobody can write to it any more.
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}
