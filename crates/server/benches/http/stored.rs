//! A store with a past: a million promotions, of which 200 are active.

use std::path::Path;
use std::time::Instant;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, SqliteConnection};
use tempfile::TempDir;
use testkit::workload::shapes;

use super::load::Load;
use super::serving::Server;
use super::{EVALUATE, fill, requests};

const ACTIVE: u32 = 200;
const STORED: u64 = 1_000_000;

/// Copies of the first promotion up to the number bound: a quarter drafts, a quarter archived, half ended long ago.
const COPY: &str = "
    WITH RECURSIVE counted(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM counted WHERE at < ?1)
    INSERT INTO promotion (store_id, id, name, name_folded, redemption_type, coupon_type, status, currency_code,
        start_at, end_at, priority, definition, created_from, rev, created_at, updated_at)
    SELECT store_id, id + 1000000000 + at, name || at, name_folded || at, redemption_type, coupon_type,
           CASE at % 4 WHEN 0 THEN 'draft' WHEN 1 THEN 'archived' ELSE status END,
           currency_code, start_at, CASE WHEN at % 4 > 1 THEN start_at + 1 END,
           priority, definition, created_from, rev, created_at, updated_at
    FROM counted, (SELECT * FROM promotion ORDER BY id LIMIT 1)";

/// The first request after the start and those that follow, with the active ones alone and with all others.
pub(crate) fn compare() {
    let (folder, workload) = (TempDir::new().unwrap(), shapes::fixed(ACTIVE));
    let key = {
        let server = Server::start(folder.path(), None);
        fill(&mut server.client(), &workload);
        server.key.clone()
    };
    let requests = requests(&workload);
    measure(folder.path(), &key, u64::from(ACTIVE), &requests);
    grow(folder.path());
    measure(folder.path(), &key, STORED, &requests);
}

fn measure(folder: &Path, key: &str, size: u64, requests: &[String]) {
    let server = Server::start(folder, Some(key.to_owned()));
    let mut client = server.client();
    let begun = Instant::now();
    client.post(EVALUATE, &requests[0]);
    let first = begun.elapsed().as_nanos();
    println!("stored\tload\t{size}\t{first}\t{first}\t1");
    let Load { processor, count, .. } = Load::put(&server, &mut client, EVALUATE, requests);
    println!("stored\trequest\t{size}\t{processor}\t{processor}\t{count}");
}

fn grow(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let file = SqliteConnectOptions::new().filename(folder.join("largesse.db"));
        let mut connection: SqliteConnection = file.connect().await.unwrap();
        let copies = i64::try_from(STORED - u64::from(ACTIVE)).unwrap();
        connection.execute(sqlx::query(COPY).bind(copies)).await.unwrap();
        connection.close().await.unwrap();
    });
}
