//! The binary itself: how it starts, what it says, how it stops.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use tempfile::TempDir;

pub(crate) fn largesse(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_largesse"));
    command.args(arguments).env("LARGESSE_DATA_DIR", folder).env_remove("DATABASE_URL").stdin(Stdio::null());
    command
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    largesse(folder, arguments).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A server on a free port; killed if a test fails.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
    /// What it said before it listened.
    pub(crate) greeting: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        Self::start_with(largesse(folder, &["serve", "--port", "0", "--log", "info"]).stderr(Stdio::piped()))
    }

    /// One whose log nobody reads, so that it may say as much as it likes.
    pub(crate) fn start_quietly(folder: &Path, variables: &[(&str, &Path)]) -> Self {
        let mut command = largesse(folder, &["serve", "--port", "0", "--log", "error"]);
        Self::start_with(command.envs(variables.iter().copied()).stderr(Stdio::null()))
    }

    /// One whose log of errors can be read when it has ended.
    pub(crate) fn start_telling(folder: &Path, variables: &[(&str, &Path)]) -> Self {
        let mut command = largesse(folder, &["serve", "--port", "0", "--log", "error"]);
        Self::start_with(command.envs(variables.iter().copied()).stderr(Stdio::piped()))
    }

    pub(crate) fn start_with(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut server = Self { child, address: String::new(), greeting: String::new() };
        for line in BufReader::new(server.child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(rest) = line.strip_prefix("Listening on ") {
                server.address = rest.split(',').next().unwrap().to_owned();
                return server;
            }
            server.greeting.push_str(&line);
            server.greeting.push('\n');
        }
        panic!("it did not start: {}", server.greeting);
    }

    /// Kills it with SIGKILL, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it well.
    pub(crate) fn stop(mut self) {
        self.tell_to_stop();
        assert!(self.child.wait().unwrap().success());
    }

    /// Sends SIGTERM.
    fn tell_to_stop(&self) {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
    }

    /// Sends SIGTERM and returns how it ended, and its log.
    pub(crate) fn terminate(self) -> (ExitStatus, String) {
        self.tell_to_stop();
        self.ended()
    }

    /// Waits until it has ended by itself, and returns how, and its log.
    pub(crate) fn ended(mut self) -> (ExitStatus, String) {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap(), log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_first_start_shows_the_keys_once_and_sigterm_ends_it_well() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path());
    assert!(server.greeting.contains("sk_") && server.greeting.contains("pk_"), "{}", server.greeting);
    let mut answer = ureq::get(format!("{}/readyz", server.address)).call().unwrap();
    assert_eq!(answer.body_mut().read_json::<serde_json::Value>().unwrap()["status"], "ok");
    let refused = run(folder.path(), &["serve", "--port", "0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("in use by another largesse process"));
    let (status, log) = server.terminate();
    assert!(status.success(), "{log}");
    assert!(!log.contains("sk_"), "{log}");

    let again = Server::start(folder.path());
    assert!(!again.greeting.contains("sk_") && again.greeting.contains("/setup/"), "{}", again.greeting);
    assert!(again.terminate().0.success());
}

#[test]
fn a_request_under_way_is_finished_after_sigterm() {
    let folder = TempDir::new().unwrap();
    let mut server = Server::start(folder.path());
    let key = server.greeting.split_whitespace().find(|word| word.starts_with("sk_")).unwrap();
    let mut connection = TcpStream::connect(server.address.strip_prefix("http://").unwrap()).unwrap();
    let body = r#"{"items":[{"id":1,"name":"Northwind"}]}"#;
    let head = format!(
        "PUT /v1/brands HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    // It answers `100 Continue` when the handler waits for the body, so the request is under way.
    let mut answer = BufReader::new(connection.try_clone().unwrap());
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    assert!(line.contains("100"), "{line}");
    server.tell_to_stop();
    let mut log = BufReader::new(server.child.stderr.take().unwrap());
    let mut told = String::new();
    log.read_line(&mut told).unwrap();
    assert!(told.contains("stopping"), "{told}");
    connection.write_all(body.as_bytes()).unwrap();
    let mut rest = String::new();
    answer.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("HTTP/1.1 200") && rest.ends_with(r#"{"upserted":1}"#), "{rest}");
    assert!(server.child.wait().unwrap().success());
}

#[test]
fn a_job_goes_on_after_the_process_was_killed_and_makes_exactly_what_was_asked_for() {
    const COUNT: u64 = 120_000;
    let folder = TempDir::new().unwrap();
    let mut server = Server::start(folder.path());
    let key = server.greeting.split_whitespace().find(|word| word.starts_with("sk_")).unwrap().to_owned();
    let key = format!("Bearer {key}");
    let post = |server: &Server, path: &str, body: serde_json::Value| {
        let request = ureq::post(format!("{}{path}", server.address)).header("authorization", &key);
        request.send_json(body).unwrap().body_mut().read_json::<serde_json::Value>().unwrap()
    };
    let get = |server: &Server, path: &str| {
        let request = ureq::get(format!("{}{path}", server.address)).header("authorization", &key);
        request.call().unwrap().into_body().into_with_config().limit(1 << 30).read_to_string().unwrap()
    };
    let rule = serde_json::json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    let promotion = serde_json::json!({
        "name": "Ten", "redemption_type": "COUPON", "coupon_type": "BULK", "rules": [rule],
    });
    post(&server, "/v1/promotions", promotion);
    post(&server, "/v1/promotions/1/codes/generate", serde_json::json!({"count": COUNT, "prefix": "BF"}));
    let done = |server: &Server| {
        let job: serde_json::Value = serde_json::from_str(&get(server, "/v1/jobs/1")).unwrap();
        (job["done"].as_u64().unwrap(), job["state"] == "done")
    };
    let mut kills = 0;
    loop {
        let before = done(&server).0;
        let has_ended = loop {
            let (now, has_ended) = done(&server);
            if has_ended || (now > before && kills < 3) {
                break has_ended;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        if has_ended {
            break;
        }
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        kills += 1;
        server = Server::start(folder.path());
    }
    assert!(kills > 0);
    let file = get(&server, "/v1/promotions/1/codes.csv");
    let codes: std::collections::BTreeSet<&str> =
        file.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!((file.lines().count() as u64 - 1, codes.len() as u64), (COUNT, COUNT));
}

#[test]
fn the_log_has_one_json_line_for_each_request() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path());
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    agent
        .get(format!("{}/docs/errors/nothing", server.address))
        .header("x-request-id", "seven")
        .call()
        .unwrap();
    let (_, log) = server.terminate();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let request = lines.iter().find(|line| line["span"]["request_id"] == "seven").unwrap();
    assert_eq!(request["status"], 404);
    assert_eq!(
        (&request["span"]["method"], &request["span"]["route"]),
        (&"GET".into(), &"/docs/errors/{code}".into())
    );
}

#[test]
fn a_taken_port_is_one_clear_line_and_exit_code_2() {
    let folder = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let data = folder.path().join("data");
    let output = run(&data, &["serve", "--port", &port]);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains("--port") && message.lines().count() == 1, "{message}");
    assert!(!data.exists());
}

#[test]
fn what_can_be_put_right_is_said_without_passwords() {
    let folder = TempDir::new().unwrap();
    for (arguments, code, words) in [
        (&["migrate", "--database-url", "mysql://me:hunter2@host/db"][..], 2, "write `sqlite:PATH`"),
        (
            &["migrate", "--database-url", "postgres://me:hunter2@127.0.0.1:1/db"][..],
            1,
            "database db on 127.0.0.1",
        ),
        (&["migrate", "--log", "a=b=c"][..], 2, "`--log a=b=c`"),
        (&["migrate", "--data-dir", "/dev/null/data"][..], 1, "check that its folder exists"),
    ] {
        let output = run(folder.path(), arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{message}");
        assert!(message.contains(words) && !message.contains("hunter2"), "{message}");
    }
}

#[test]
fn migrating_twice_says_that_nothing_is_left_to_do() {
    let folder = TempDir::new().unwrap();
    assert!(text(&run(folder.path(), &["migrate"]).stdout).contains("from version 0"));
    assert!(text(&run(folder.path(), &["migrate"]).stdout).contains("up to date"));
}
