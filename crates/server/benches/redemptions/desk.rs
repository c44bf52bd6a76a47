//! The same redemptions at the desk: 64 callers, each of whom waits until its own is on the disk.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use engine::money::{Currency, Minor};
use engine::promotion::Limits;
use engine::redemption::{Claim, Setting};
use jiff::civil::date;
use server::idempotency::Remembered;
use server::platform::clock::Clock;
use server::platform::ids::StoreId;
use server::redemption::Desk;
use server::redemption::service::{Becomes, Change, Outcome, Wanted};

use crate::place::Place;
use crate::sample;

const MEASURED: Duration = Duration::from_secs(4);
const CALLERS: [usize; 2] = [64, 512];

static NEXT: AtomicI64 = AtomicI64::new(1);

pub(crate) async fn measure(series: &str, place: &Place) {
    let db = place.open().await;
    let desk = Desk::new(db.clone(), Clock::system());
    for callers in CALLERS {
        let begun = Instant::now();
        let tasks: Vec<_> = (0..callers).map(|_| tokio::spawn(call(desk.clone(), begun))).collect();
        let mut waited = Vec::new();
        for task in tasks {
            waited.extend(task.await.unwrap());
        }
        sample::print(&format!("{series}-desk"), callers, waited, begun.elapsed());
    }
    db.close().await;
}

async fn call(desk: Desk, begun: Instant) -> Vec<Duration> {
    let mut waited = Vec::new();
    while begun.elapsed() < MEASURED {
        let (started, id) = (Instant::now(), NEXT.fetch_add(1, Ordering::Relaxed));
        let outcome = desk.settle(change(&desk, id)).await.unwrap();
        assert!(matches!(outcome, Outcome::Done), "{outcome:?}");
        waited.push(started.elapsed());
    }
    waited
}

/// One use of a promotion that may be used a billion times.
fn change(desk: &Desk, id: i64) -> Change {
    let claim = Claim { promotion: 1, code: None, spent: Minor::new(1000) };
    let limits = Limits { uses: Some(1_000_000_000), ..Limits::default() };
    let currency = Currency::parse("USD").unwrap();
    let setting = Setting { currency, channel: 0, day: date(2026, 3, 1), identities: Vec::new() };
    Change {
        store: StoreId::FIRST,
        version: 1,
        remembered: Remembered {
            caller: 0,
            key: format!("desk {id}"),
            fingerprint: "f".to_owned(),
            status: 201,
            body: "{}".to_owned(),
        },
        cart: None,
        group: None,
        wanted: vec![Wanted::of(desk, &claim, &limits, None, &setting)],
        charges: Vec::new(),
        first_redemption: id,
        becomes: Becomes::Order { id, reference: None },
        rows: Vec::new(),
    }
}
