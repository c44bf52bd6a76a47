//! The commands that show what the engine does: `replay` on recorded baskets, `demo` on a sample shop.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use ureq::http::{Request, Response};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/complete-journey/sample")
}

fn largesse() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_largesse"));
    command.env_remove("DATABASE_URL").env_remove("LARGESSE_DATA_DIR").stdin(Stdio::null());
    command
}

fn replay(folder: &Path, more: &[&str]) -> Output {
    largesse().arg("replay").arg(folder).args(more).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The lines of a text with single blanks only, so that the widths of columns do not matter.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_sample_is_replayed_with_every_code_accounted_for() {
    let output = replay(&sample(), &["--top", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report = text(&output.stdout);
    let lines = lines(&report);
    for line in [
        "Goods for 2568.91 USD, of which promotions gave 70.31 USD.",
        "Discount given, by promotion (15 of 15 applied; the 2 largest)",
        "Campaign 2 (Type B): coupon 50000800414 3 11.07",
        "Campaign 3 (Type C): coupon 50000800414 3 10.77",
        "Coupon codes: 129 entered",
        "accepted 55",
        "refused: already_applied 1",
        "refused: ended 15",
        "refused: minimum_quantity 15",
        "refused: no_effect 10",
        "refused: not_started 15",
        "refused: segment 16",
        "refused: too_many_codes 1",
        "refused: unknown_code 1",
    ] {
        assert!(lines.iter().any(|found| found == line), "{line}\n{report}");
    }
    assert!(report.contains("Loaded 50 products, 15 promotions and 15 codes"), "{report}");
    assert!(report.contains("Priced 150 baskets with 518 lines"), "{report}");
    let checked = "2,250 outcomes with exactly one for each promotion, and the index leaves out nothing";
    assert!(report.contains(checked), "{report}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("Campaign ")).count(), 2, "{report}");
}

/// The sample with one of its files changed.
fn changed(file: &str, change: impl FnOnce(String) -> String) -> TempDir {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(sample()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let path = folder.path().join(file);
    fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
    folder
}

/// A text with its line of this number, from 1, replaced.
fn with_line(text: &str, number: usize, line: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines[number - 1] = line;
    lines.join("\n")
}

#[test]
fn a_broken_file_is_told_with_its_line_and_exit_code_1() {
    let unknown = r#"{"cart":{"currency":"USD","lines":[],"kart":1},"at":"2017-03-01T10:00:00Z"}"#;
    let unpriced = r#"{"cart":{"currency":"USD","lines":[{"id":"1","product_id":1,"quantity":1}]},
        "at":"2017-03-01T10:00:00Z"}"#;
    let unpriced = unpriced.replace('\n', "");
    for (file, number, line, words) in [
        ("baskets.ndjson", 3, r#"{"cart":"#, "EOF while parsing"),
        ("baskets.ndjson", 150, unknown, "unknown field `kart`"),
        ("baskets.ndjson", 2, r#"{"cart":{"currency":"USD","lines":[]}}"#, "needs `at`"),
        (
            "baskets.ndjson",
            2,
            r#"{"cart":{"currency":"USD","lines":[]},"at":"noon"}"#,
            "`noon` is not an instant",
        ),
        ("baskets.ndjson", 1, unpriced.as_str(), "/cart/lines/0/price"),
        ("catalog.ndjson", 7, r#"{"id":"seven"}"#, "invalid type"),
        ("promotions.ndjson", 2, r#"{"name":"No id"}"#, "needs an `id`"),
        ("codes.ndjson", 15, r#"{"code":"10%","promotion_id":1}"#, "not `%`"),
    ] {
        let folder = changed(file, |text| with_line(&text, number, line));
        let output = replay(folder.path(), &[]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{file}: {message}");
        let place = format!("{file}, line {number}");
        assert!(message.contains(&place) && message.contains(words), "{place}: {message}");
        assert_eq!(text(&output.stdout), "", "{place}");
    }
}

#[test]
fn a_promotion_that_cannot_be_or_a_file_that_is_not_there_is_told_by_name() {
    let bad = r#"{"id":7,"name":"Bad","redemption_type":"COUPON","rules":[]}"#;
    let folder = changed("promotions.ndjson", |text| with_line(&text, 1, bad));
    let output = replay(folder.path(), &[]);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("promotion 7 cannot be compiled: /rules must have at least one rule"),
        "{message}"
    );

    let folder = changed("settings.json", |_| r#"{"currency":"usd","time_zone":"UTC"}"#.to_owned());
    assert!(text(&replay(folder.path(), &[]).stderr).contains("`usd` is not an ISO 4217 code"));
    for file in ["settings.json", "catalog.ndjson", "promotions.ndjson", "codes.ndjson", "baskets.ndjson"] {
        let folder = changed(file, |text| text);
        fs::remove_file(folder.path().join(file)).unwrap();
        let output = replay(folder.path(), &[]);
        assert_eq!(output.status.code(), Some(1), "{file}");
        assert!(text(&output.stderr).contains(file), "{file}: {}", text(&output.stderr));
    }
}

/// A demo on a free port; killed if a test fails.
struct Demo {
    child: Child,
    address: String,
    greeting: String,
}

impl Demo {
    fn start() -> Self {
        let mut command = largesse();
        command.args(["demo", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut demo =
            Self { child: command.spawn().unwrap(), address: String::new(), greeting: String::new() };
        for line in BufReader::new(demo.child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(rest) = line.strip_prefix("Listening on ") {
                demo.address = rest.split(',').next().unwrap().to_owned();
                return demo;
            }
            demo.greeting.push_str(&line);
            demo.greeting.push('\n');
        }
        panic!("it did not start: {}", demo.greeting);
    }

    /// Sends SIGTERM and waits for the end.
    fn terminate(mut self) -> Option<i32> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The curl commands in a text: address, headers, body.
fn curl_commands(text: &str) -> Vec<Request<String>> {
    let joined = text.replace("\\\n", " ");
    let commands = joined.split("  curl -s ").skip(1);
    let command = |text: &str| {
        let quoted: Vec<&str> = text.split('\'').collect();
        let address = match text.strip_prefix('\'') {
            Some(_) => quoted[1],
            None => text.split(' ').next().unwrap(),
        };
        let after = |option: &str| -> Vec<String> {
            let pairs = quoted.windows(2).filter(|pair| pair[0].trim_end().ends_with(option));
            pairs.map(|pair| pair[1].to_owned()).collect()
        };
        let body = after("-d").pop();
        let mut request = Request::builder().method(if body.is_some() { "POST" } else { "GET" }).uri(address);
        for header in after("-H") {
            let (name, value) = header.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        request.body(body.unwrap_or_default()).unwrap()
    };
    commands.map(command).collect()
}

fn answer(response: Result<Response<ureq::Body>, ureq::Error>) -> Value {
    response.unwrap().body_mut().read_json().unwrap()
}

#[test]
fn the_demo_prices_a_cart_and_its_lines_to_paste_work() {
    let demo = Demo::start();
    let greeting = &demo.greeting;
    assert!(greeting.contains("after 412.22") && greeting.contains("saved 173.92 USD"), "{greeting}");
    assert!(greeting.contains("12 promotions") && greeting.contains("Spend 10.16 USD more."), "{greeting}");
    assert!(
        greeting.contains("secret key       sk_") && greeting.contains("publishable key  pk_"),
        "{greeting}"
    );
    let folder = greeting.lines().find_map(|line| line.trim().strip_prefix("in ")?.split(',').next());
    let folder = PathBuf::from(folder.unwrap());
    assert!(folder.join("largesse.db").exists(), "{folder:?}");
    assert_eq!(answer(ureq::get(format!("{}/readyz", demo.address)).call())["status"], "ok");

    let commands = curl_commands(greeting);
    let mut answers = commands.into_iter().map(|command| answer(ureq::run(command)));
    let (priced, made, listed) = (answers.next().unwrap(), answers.next().unwrap(), answers.next().unwrap());
    assert_eq!(answers.next(), None);
    assert_eq!(
        (&priced["codes"][0]["status"], &priced["outcomes"].as_array().unwrap().len()),
        (&"applied".into(), &12)
    );
    assert_eq!((&made["id"], &made["state"]), (&13.into(), &"active".into()));
    assert_eq!(listed["meta"]["pagination"]["total"], 13);

    assert_eq!(demo.terminate(), Some(0));
    assert!(!folder.exists(), "{folder:?}");
}

#[test]
fn a_demo_on_a_taken_port_is_one_clear_line_and_exit_code_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = largesse().args(["demo", "--port", &port]).output().unwrap();
    let message = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{message}");
    assert!(message.contains("--port") && message.lines().count() == 1, "{message}");
}
