//! The desk at which carts claim: it takes all who wait, decides in one transaction, and answers each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::batch;
use super::book::LIMITED;
use super::change::{Change, Outcome};
use crate::platform::clock::Clock;
use crate::platform::db::ids::IdBlocks;
use crate::platform::db::{Cause, Db, WriteError};
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;

/// The most changes in one transaction; later ones wait for the next.
const BATCH_MAX: usize = 256;
/// The most changes of a store that wait; later ones are sent away at once, so that those who wait are served in time.
const QUEUE_MAX: usize = 4096;
/// How often a transaction is repeated that met another process at a key.
const REPEATS_MAX: u32 = 5;
/// Slots from 1 on, by which processes count what has no limit without waiting for each other.
const SLOTS: i64 = 1024;

/// A handle to the desk; clones share it.
#[derive(Clone, Debug)]
pub struct Desk {
    db: Db,
    clock: Clock,
    /// The numbers of what is made at it.
    pub ids: IdBlocks,
    /// In which slot this process counts what has no limit.
    slot: i64,
    queues: Arc<Mutex<HashMap<StoreId, mpsc::Sender<Waiting>>>>,
}

#[derive(Debug)]
struct Waiting {
    change: Change,
    answer: oneshot::Sender<Result<Outcome, WriteError>>,
}

impl Desk {
    /// A desk at which nobody waits.
    pub fn new(db: Db, clock: Clock) -> Self {
        // A SQLite file has one process, which never waits for itself.
        let slot = if db.has_several_writers() { rand::random_range(1..=SLOTS) } else { LIMITED };
        Self { ids: IdBlocks::new(db.clone()), db, clock, slot, queues: Arc::default() }
    }

    /// The slot in which something is counted.
    pub fn slot(&self, is_limited: bool) -> i64 {
        if is_limited { LIMITED } else { self.slot }
    }

    /// Waits until it is decided, and on the disk.
    ///
    /// Errors: too many wait already; the database failed, and then nothing of it is kept.
    pub async fn settle(&self, change: Change) -> Result<Outcome, Problem> {
        let (answer, decided) = oneshot::channel();
        let queue = self.queue(change.store);
        queue.try_send(Waiting { change, answer }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                Problem::new(Code::Overloaded, "more orders wait than can be served in time")
            }
            mpsc::error::TrySendError::Closed(_) => WriteError::Stopped.into(),
        })?;
        Ok(decided.await.map_err(|_| WriteError::Stopped)??)
    }

    fn queue(&self, store: StoreId) -> mpsc::Sender<Waiting> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(&store)
            && !queue.is_closed()
        {
            return queue.clone();
        }
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(serve(self.db.clone(), self.clock.clone(), store, waiting));
        queues.insert(store, queue.clone());
        queue
    }
}

/// Serves those who wait for a store, until the desk is gone.
async fn serve(db: Db, clock: Clock, store: StoreId, mut waiting: mpsc::Receiver<Waiting>) {
    let mut taken = Vec::with_capacity(BATCH_MAX);
    while waiting.recv_many(&mut taken, BATCH_MAX).await > 0 {
        // Those who were just answered often come back at once: together they cost one flush.
        tokio::task::yield_now().await;
        while taken.len() < BATCH_MAX
            && let Ok(one) = waiting.try_recv()
        {
            taken.push(one);
        }
        // Who has gone away (a closed connection, a timeout) no longer wants it.
        taken.retain(|one| !one.answer.is_closed());
        let (changes, answers): (Vec<Change>, Vec<_>) =
            taken.drain(..).map(|one| (one.change, one.answer)).unzip();
        if changes.is_empty() {
            continue;
        }
        match decide(&db, &clock, store, changes).await {
            Ok(outcomes) => {
                for (answer, outcome) in answers.into_iter().zip(outcomes) {
                    let _ = answer.send(Ok(outcome));
                }
            }
            Err(error) => {
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
    }
}

async fn decide(
    db: &Db,
    clock: &Clock,
    store: StoreId,
    changes: Vec<Change>,
) -> Result<Vec<Outcome>, WriteError> {
    let mut changes = Some(Arc::new(changes));
    let mut repeats = 0;
    while let Some(once) = changes.take() {
        // Where nobody else writes, nothing is ever repeated, and so nothing is copied.
        changes = db.has_several_writers().then(|| Arc::clone(&once));
        let now = clock.now();
        let decided = db.write(move |tx| {
            let changes = Arc::try_unwrap(once).unwrap_or_else(|shared| Vec::clone(&shared));
            Box::pin(batch::settle(tx, store, changes, now))
        });
        match decided.await {
            // Another process took the same key or name at the same moment: that is there to be seen now.
            Err(error) if error.cause() == Cause::Duplicate && repeats < REPEATS_MAX => repeats += 1,
            decided => return decided,
        }
    }
    Err(WriteError::Stopped)
}

#[cfg(test)]
mod tests {
    use super::super::change::Becomes;
    use super::*;
    use crate::idempotency::Remembered;
    use crate::platform::db::{Location, Options, migrate};

    fn change(number: usize) -> Change {
        let remembered = Remembered {
            caller: 1,
            key: number.to_string(),
            fingerprint: String::new(),
            status: 201,
            body: "{}".to_owned(),
        };
        Change {
            store: StoreId::FIRST,
            // Of rules that are no longer those: it is decided, and nothing comes of it.
            version: -1,
            remembered,
            cart: None,
            group: None,
            wanted: Vec::new(),
            first_redemption: 0,
            becomes: Becomes::Order { id: 1, reference: None },
            rows: Vec::new(),
            charges: Vec::new(),
        }
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_is_sent_away_at_once_and_all_others_are_served() {
        let folder = tempfile::TempDir::new().unwrap();
        let location = Location::Sqlite(folder.path().join("largesse.db"));
        let db = Db::open(&Options { location, connections: 1 }).await.unwrap();
        migrate::run(&db).await.unwrap();
        let (go_on, told) = oneshot::channel::<()>();
        let told = Arc::new(tokio::sync::Mutex::new(Some(told)));
        let slow = tokio::spawn({
            let db = db.clone();
            async move {
                db.write(move |_| {
                    Box::pin(async move {
                        if let Some(told) = told.lock().await.take() {
                            let _ = told.await;
                        }
                        Ok::<_, WriteError>(())
                    })
                })
                .await
            }
        });
        tokio::task::yield_now().await;
        let desk = Desk::new(db, Clock::system());
        let waiting: Vec<_> = (0..QUEUE_MAX + 2 * BATCH_MAX)
            .map(|number| {
                let desk = desk.clone();
                tokio::spawn(async move { desk.settle(change(number)).await })
            })
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let sent_away = waiting.iter().filter(|one| one.is_finished()).count();
        assert!((1..=2 * BATCH_MAX).contains(&sent_away), "{sent_away}");
        let _ = go_on.send(());
        slow.await.unwrap().unwrap();
        let mut refused = 0;
        for one in waiting {
            match one.await.unwrap() {
                Ok(outcome) => assert!(matches!(outcome, Outcome::Stale), "{outcome:?}"),
                Err(problem) => {
                    assert_eq!(problem.code(), Code::Overloaded);
                    refused += 1;
                }
            }
        }
        assert_eq!(refused, sent_away);
    }
}
