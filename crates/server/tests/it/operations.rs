//! What operators do: look whether all is well, copy the database, put a copy back.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tempfile::TempDir;

use crate::load::{Crowd, Ending, Shop, placed};
use crate::process::{Server, largesse, run, text};

/// Changes a database that no server has.
fn tamper(path: &Path, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(false);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
        connection.close().await.unwrap();
    });
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.ends_with("-shm")).collect()
}

#[test]
fn a_backup_made_under_load_is_one_instant_and_can_be_put_back() {
    let shop = Shop::open();
    let backups = TempDir::new().unwrap();
    let file = backups.path().join("copy.db");
    let server = Server::start_quietly(shop.path(), &[]);
    let before = Crowd::enter(&shop, &server, "before", 4);
    before.wait_for(8);
    let before = before.leave();
    let during = Crowd::enter(&shop, &server, "during", 4);
    during.wait_for(4);
    let made = run(shop.path(), &["backup", file.to_str().unwrap()]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    shop.must_be_sound();
    // At least one of these came after the copy.
    during.wait_for(5);
    let during = during.leave();
    assert!(!placed(&before).is_empty() && !placed(&during).is_empty());
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(names(backups.path()), ["copy.db"]);
    let again = run(shop.path(), &["backup", file.to_str().unwrap()]);
    assert!(!again.status.success() && text(&again.stderr).contains("exists"), "{again:?}");
    let refused = run(shop.path(), &["restore", file.to_str().unwrap()]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("in use"), "{refused:?}");
    // Killed: what its log holds is not folded back into the file, and must not be taken for the copy's.
    server.kill();
    let restored = run(shop.path(), &["restore", file.to_str().unwrap()]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    shop.must_be_sound();
    let server = Server::start_quietly(shop.path(), &[]);
    let orders = shop.orders(&server);
    assert!(placed(&before).iter().all(|name| orders.contains_key(*name)));
    let all = before.len() + during.len();
    assert!(
        orders.len() < all
            && orders.keys().all(|name| before.contains_key(name) || during.contains_key(name))
    );
    server.stop();
    // The database of before has everything.
    let old =
        names(shop.path()).into_iter().find(|name| name.contains("before-restore") && name.ends_with('Z'));
    let old = shop.path().join(old.unwrap());
    let elsewhere = TempDir::new().unwrap();
    let restored = run(elsewhere.path(), &["restore", old.to_str().unwrap()]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    let server = Server::start_quietly(elsewhere.path(), &[]);
    let orders = shop.orders(&server);
    assert!(placed(&before).iter().chain(&placed(&during)).all(|name| orders.contains_key(*name)));
}

#[test]
fn a_bad_backup_is_refused_before_anything_is_touched() {
    let shop = Shop::open();
    let folder = TempDir::new().unwrap();
    let good = folder.path().join("good.db");
    assert!(run(shop.path(), &["backup", good.to_str().unwrap()]).status.success());
    let database = shop.path().join("largesse.db");
    let before = fs::read(&database).unwrap();
    let copy = |name: &str| {
        let path = folder.path().join(name);
        fs::copy(&good, &path).unwrap();
        path
    };
    let cut = copy("cut.db");
    let half = fs::metadata(&cut).unwrap().len() / 2;
    fs::OpenOptions::new().write(true).open(&cut).unwrap().set_len(half).unwrap();
    let newer = copy("newer.db");
    tamper(
        &newer,
        "UPDATE _sqlx_migrations SET version = 99999 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
    );
    let broken = copy("broken.db");
    tamper(
        &broken,
        "DELETE FROM promotion; UPDATE coupon_code SET promotion_id = 77; UPDATE store SET store_id = 77",
    );
    let other = folder.path().join("other.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&other).create_if_missing(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        connection.execute("CREATE TABLE notes (text TEXT)").await.unwrap();
        connection.close().await.unwrap();
    });
    let words = folder.path().join("words.db");
    fs::write(&words, "these are only words, and quite a few of them").unwrap();
    for (path, said) in [
        (&cut, "damaged"),
        (&newer, "schema 99999"),
        (&broken, "damaged"),
        (&other, "no schema of largesse"),
        (&words, "no SQLite database"),
        (&folder.path().join("nothing.db"), "cannot be used"),
    ] {
        let refused = run(shop.path(), &["restore", path.to_str().unwrap()]);
        let message = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{}: {message}", path.display());
        assert!(message.contains(said), "{}: {message}", path.display());
        assert_eq!(fs::read(&database).unwrap(), before, "{}", path.display());
        assert!(!names(shop.path()).iter().any(|it| it.contains("partial") || it.contains("restore")));
    }
}

#[test]
fn doctor_names_what_is_wrong_and_fails() {
    let shop = Shop::open();
    let server = Server::start_quietly(shop.path(), &[]);
    let crowd = Crowd::enter(&shop, &server, "order", 2);
    crowd.wait_for(6);
    crowd.leave();
    server.stop();
    shop.must_be_sound();
    let database = shop.path().join("largesse.db");
    tamper(&database, "UPDATE use_counter SET committed = committed + 1 WHERE key = '1:uses'");
    tamper(
        &database,
        "UPDATE order_line SET total = total + 1 WHERE order_id = (SELECT MIN(id) FROM orders)",
    );
    tamper(&database, "UPDATE idempotency SET body = 'no JSON' WHERE key = 'order-0-0'");
    let quick = run(shop.path(), &["doctor"]);
    assert!(quick.status.success(), "it only looks at the database itself: {}", text(&quick.stdout));
    let looked = run(shop.path(), &["doctor", "--verify"]);
    assert_eq!(looked.status.code(), Some(1));
    let told = text(&looked.stdout);
    for words in [
        "use_counter `1:uses` slot 0: says",
        "order ",
        "the units of its line `1` come to",
        "the key `order-0-0`",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let looked = run(shop.path(), &["doctor", "--verify", "--json"]);
    let told: Value = serde_json::from_slice(&looked.stdout).unwrap();
    assert_eq!((&told["is_well"], looked.status.code()), (&Value::Bool(false), Some(1)));
    let refused = run(shop.path(), &["backup", shop.path().join("copy").to_str().unwrap()]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("not sound"), "{refused:?}");
    assert!(!names(shop.path()).iter().any(|name| name.starts_with("copy")));
}

#[test]
fn a_reservation_that_cannot_be_ended_is_told_in_the_log_and_by_doctor() {
    let shop = Shop::open();
    let server = Server::start_quietly(shop.path(), &[]);
    let line = json!({"id": "1", "product_id": 1, "quantity": 1, "price": "50.00", "category_ids": []});
    let cart = json!({"id": "c1", "currency": "USD", "codes": ["TEN"], "lines": [line]});
    let reserved =
        shop.client(&server).post("/v1/reservations", "r1", &json!({"cart": cart, "ttl_seconds": 1}));
    assert!(matches!(reserved, Ending::Answered(201, _)), "{reserved:?}");
    server.stop();
    tamper(&shop.path().join("largesse.db"), "UPDATE reservation SET holds = 'no JSON', expires_at = 0");
    let server = Server::start_telling(shop.path(), &[]);
    let ordered = shop.client(&server).order("o1");
    assert!(matches!(ordered, Ending::Answered(201, _)), "{ordered:?}");
    let (status, log) = server.terminate();
    assert!(
        status.success() && log.contains("\"level\":\"ERROR\"") && log.contains("\"reservation\":1"),
        "{log}"
    );
    let looked = run(shop.path(), &["doctor", "--verify"]);
    assert_eq!(looked.status.code(), Some(1));
    let told = text(&looked.stdout);
    assert!(told.contains("reservation 1: it ended, and what it holds stays held"), "{told}");
}

/// What a shopper with this code is told is left.
fn remaining(shop: &Shop, server: &Server, code: &Value) -> Option<String> {
    match shop.client(server).post("/v1/gift-cards/balance", "", &json!({"code": code})) {
        Ending::Answered(200, body) => Some(body["balance"].as_str().unwrap().to_owned()),
        Ending::Answered(404, _) => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_backup_with_its_secret_opens_codes_elsewhere_and_another_secret_is_told_at_once() {
    let shop = Shop::open();
    let server = Server::start_quietly(shop.path(), &[]);
    let issued = shop.client(&server).post("/v1/gift-cards", "card", &json!({"amount": "50.00"}));
    let Ending::Answered(201, card) = issued else { panic!("{issued:?}") };
    server.stop();
    let backups = TempDir::new().unwrap();
    let (file, beside) = (backups.path().join("copy.db"), backups.path().join("copy.db.secret.key"));
    let of_file =
        |folder: &Path, arguments: &[&str]| run(folder, &[arguments, &[file.to_str().unwrap()]].concat());
    let must = |folder: &Path, arguments: &[&str]| {
        let output = of_file(folder, arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    must(shop.path(), &["backup", "--with-secret"]);
    assert_eq!(fs::read(&beside).unwrap(), fs::read(shop.path().join("secret.key")).unwrap());
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&beside).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    let with = TempDir::new().unwrap();
    must(with.path(), &["restore", "--with-secret"]);
    let server = Server::start_quietly(with.path(), &[]);
    assert_eq!(remaining(&shop, &server, &card["code"]).as_deref(), Some("50.00"));
    server.stop();

    let without = TempDir::new().unwrap();
    assert!(must(without.path(), &["restore"]).contains("--with-secret"));
    let secret = without.path().join("secret.key");
    let refused = |words: &str| {
        let served = run(without.path(), &["serve", "--port", "0"]);
        assert_eq!(served.status.code(), Some(2), "{}", text(&served.stderr));
        assert!(text(&served.stderr).contains(words), "{}", text(&served.stderr));
    };
    refused("the codes of gift cards were made with a secret that is not here");
    assert!(!secret.exists(), "a new one would hide that the old one is missing");
    let looked = run(without.path(), &["doctor"]);
    assert!(
        looked.status.success()
            && text(&looked.stdout).contains("without it no code of a gift card is known")
    );
    fs::write(&secret, "another secret that is long enough").unwrap();
    refused("another secret than the one at hand");
    let looked = run(without.path(), &["doctor"]);
    assert_eq!(looked.status.code(), Some(1));
    assert!(text(&looked.stdout).contains("it is not the one that codes of gift cards were made with"));
    let backup =
        run(without.path(), &["backup", "--with-secret", backups.path().join("other.db").to_str().unwrap()]);
    assert!(!backup.status.success() && names(backups.path()).len() == 2, "{backup:?}");

    // Given up, it is the new one that fits.
    let mut anew = largesse(without.path(), &["serve", "--port", "0", "--new-secret"]);
    let server = Server::start_with(&mut anew);
    assert_eq!(remaining(&shop, &server, &card["code"]), None);
    server.stop();
    let looked = run(without.path(), &["doctor"]);
    assert!(looked.status.success() && text(&looked.stdout).contains("it fits the codes"), "{looked:?}");

    let good = fs::read(&beside).unwrap();
    let database = fs::read(without.path().join("largesse.db")).unwrap();
    fs::write(&beside, "a third secret, which is long enough").unwrap();
    let restored = of_file(without.path(), &["restore", "--with-secret"]);
    assert!(text(&restored.stderr).contains("is not the secret that the codes"), "{restored:?}");
    assert_eq!(fs::read(without.path().join("largesse.db")).unwrap(), database);
    fs::write(&beside, good).unwrap();
    must(without.path(), &["restore", "--with-secret"]);
    let kept = names(without.path()).into_iter().find(|name| name.starts_with("secret.key.before-restore-"));
    let kept = fs::read_to_string(without.path().join(kept.unwrap())).unwrap();
    assert_eq!(kept, "another secret that is long enough");
    let server = Server::start_quietly(without.path(), &[]);
    assert_eq!(remaining(&shop, &server, &card["code"]).as_deref(), Some("50.00"));
}

#[test]
fn for_a_server_its_own_tools_are_named() {
    let folder = TempDir::new().unwrap();
    for (command, tool) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
        let refused =
            run(folder.path(), &[command, "file", "--database-url", "postgres://a:b@127.0.0.1:1/c"]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(text(&refused.stderr).contains(tool));
    }
    let Ok(url) = std::env::var("LARGESSE_TEST_DATABASE_URL") else { return };
    let looked = run(folder.path(), &["doctor", "--database-url", &url]);
    let told = text(&looked.stdout);
    for setting in ["fsync", "full_page_writes", "synchronous_commit", "PostgreSQL "] {
        assert!(told.contains(setting), "{setting}: {told}");
    }
}
