//! The power fails, the disk lies, the disk is full.
//!
//! A process that is killed loses nothing that it wrote, because the system still has it: killing tests nothing of what
//! a power cut does. So these servers run with `amnesia.c` loaded, under which the disk knows only what was flushed. A
//! file system of SQLite's own for tests (a VFS) would do the same, but needs `unsafe`, which this workspace forbids.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::load::{Crowd, Ending, Shop, placed};
use crate::process::Server;

/// The compiled `amnesia.c`; nothing on systems that load libraries in other ways.
fn amnesia(folder: &TempDir) -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let library = folder.path().join("amnesia.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/amnesia.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&library).arg(source);
    assert!(compiler.status().unwrap().success());
    Some(library)
}

/// Orders for a while, then cuts the power; answers how many orders were told, and how many of them are lost.
fn cut_power(shop: &Shop, variables: &[(&str, &Path)], round: usize) -> (usize, usize) {
    let server = Server::start_quietly(shop.path(), variables);
    let crowd = Crowd::enter(shop, &server, &format!("r{round}"), 8);
    crowd.wait_for(20 + 7 * round);
    server.kill();
    let told = crowd.leave();
    let server = Server::start_quietly(shop.path(), &[]);
    let orders = shop.orders(&server);
    assert_eq!(shop.uses(&server), orders.len() as u64);
    server.stop();
    shop.must_be_sound();
    let placed = placed(&told);
    (placed.len(), placed.iter().filter(|name| !orders.contains_key(**name)).count())
}

#[test]
fn what_was_told_survives_a_power_cut() {
    let folder = TempDir::new().unwrap();
    let Some(library) = amnesia(&folder) else { return };
    let shop = Shop::open();
    for round in 0..4 {
        let (told, lost) = cut_power(&shop, &[("LD_PRELOAD", &library)], round);
        assert!(told >= 20, "so few orders show nothing: {told}");
        assert_eq!(lost, 0, "of {told}");
    }
}

/// The control of the test above: were commits not flushed, it would find out.
#[test]
fn a_disk_that_lies_about_flushing_loses_what_was_told_and_that_is_found() {
    let folder = TempDir::new().unwrap();
    let Some(library) = amnesia(&folder) else { return };
    let variables = [("LD_PRELOAD", library.as_path()), ("AMNESIA_LIES", Path::new("1"))];
    let shop = Shop::open();
    let lost: usize = (0..4).map(|round| cut_power(&shop, &variables, round).1).sum();
    assert!(lost > 0, "a disk that forgets everything lost nothing: it is not the disk that is used");
}

#[test]
fn a_full_disk_refuses_orders_prices_carts_and_recovers_by_itself() {
    let folder = TempDir::new().unwrap();
    let Some(library) = amnesia(&folder) else { return };
    let full = folder.path().join("full");
    let shop = Shop::open();
    let server = Server::start_quietly(shop.path(), &[("LD_PRELOAD", &library), ("AMNESIA_FULL", &full)]);
    let client = shop.client(&server);
    let mut told = Vec::new();
    let mut order = |name: String| {
        let ending = client.order(&name);
        let Ending::Answered(status, body) = ending else { panic!("{name}: {ending:?}") };
        told.push((name, status));
        (status, body["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(order("before".to_owned()).0, 201);
    fs::write(&full, "").unwrap();
    // What was freed before may still be written to; then there is no room.
    let refused = (0..1000).map(|number| order(format!("full-{number}"))).find(|(status, _)| *status != 201);
    assert_eq!(refused, Some((503, "storage_full".to_owned())));
    let price = json!({"cart": {"currency": "USD", "codes": ["TEN"], "lines": []}});
    assert!(matches!(client.post("/v1/evaluate", "", &price), Ending::Answered(200, _)));
    fs::remove_file(&full).unwrap();
    let room_again = Instant::now();
    while order("after".to_owned()).0 != 201 {
        assert!(room_again.elapsed() < Duration::from_secs(10), "it does not recover");
        std::thread::sleep(Duration::from_millis(50));
    }
    let orders = shop.orders(&server);
    for (name, status) in &told {
        // A refusal left nothing, except of the one that was repeated until it was taken.
        assert_eq!(orders.contains_key(name), *status == 201 || name == "after", "{name}: {status}");
    }
    assert_eq!(shop.uses(&server), orders.len() as u64);
    server.stop();
    shop.must_be_sound();
}

#[test]
fn a_flush_that_fails_ends_the_server_is_never_answered_as_done_and_repeats_settle_it() {
    let folder = TempDir::new().unwrap();
    let Some(library) = amnesia(&folder) else { return };
    let fails = folder.path().join("fails");
    let shop = Shop::open();
    let variables = [("LD_PRELOAD", library.as_path()), ("AMNESIA_FAILS", fails.as_path())];
    let mut told: Vec<String> = Vec::new();
    let mut unknown: Vec<String> = Vec::new();
    for round in 0..3 {
        let server = Server::start_telling(shop.path(), &variables);
        let client = shop.client(&server);
        // Half of what nobody knew of is settled by the next process, half after all of this.
        let settled = unknown.iter().skip(round).step_by(2).cloned();
        let names = (0..5).map(|number| format!("before-{round}-{number}"));
        for name in names.chain(settled) {
            let ending = client.order(&name);
            assert!(matches!(ending, Ending::Answered(201, _)), "{name}: {ending:?}");
            told.push(name);
        }
        assert!(matches!(client.look("/readyz"), Ending::Answered(200, _)));
        fs::write(&fails, "").unwrap();
        let of_flush = |ending: &Ending| match ending {
            Ending::Answered(503, body) => {
                body["code"] == "database_unavailable" && body["detail"].as_str().unwrap().contains("flush")
            }
            _ => false,
        };
        let failing = format!("failing-{round}-0");
        let ending = client.order(&failing);
        assert!(of_flush(&ending), "{ending:?}");
        let ready = client.look("/readyz");
        assert!(of_flush(&ready), "{ready:?}");
        // It passes for the disk, but not for this process.
        fs::remove_file(&fails).unwrap();
        let later = format!("failing-{round}-1");
        let ending = client.order(&later);
        assert!(of_flush(&ending), "{ending:?}");
        unknown.extend([failing, later]);
        let (status, log) = server.ended();
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(log.contains("a flush of the database to the disk failed"), "{log}");
    }
    let server = Server::start_quietly(shop.path(), &[]);
    let orders = shop.orders(&server);
    assert!(told.iter().all(|name| orders.contains_key(name)));
    for name in &unknown {
        let settled = shop.client(&server).order(name);
        assert!(matches!(settled, Ending::Answered(201, _)), "{name}: {settled:?}");
    }
    let orders = shop.orders(&server);
    assert!(told.iter().chain(&unknown).all(|name| orders.contains_key(name)));
    assert_eq!(shop.uses(&server), orders.len() as u64);
    server.stop();
    shop.must_be_sound();
}
