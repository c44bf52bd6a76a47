//! The ledger: exact under any concurrency, append-only, and checkable.

use std::sync::Arc;

use engine::ledger::{Funding, Operation, Posting, Refusal};
use engine::money::{Currency, Minor};
use jiff::Timestamp;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use server::ledger::service::{AccountKind, By, NewAccount, NewPosting, Posted, Refused, lock, open, verify};
use server::platform::clock::from_milliseconds;
use server::platform::db::Db;
use server::platform::http::Problem;
use tokio::sync::Barrier;

use crate::harness::{STORE, TestApp};

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

fn by(now: Timestamp) -> By {
    By { actor: "test".to_owned(), now }
}

fn at(milliseconds: i64) -> Timestamp {
    from_milliseconds(milliseconds)
}

fn posting(account: i64, operation: Operation, minor: i64) -> Posting {
    Posting { account, operation, amount: Minor::new(minor), currency: usd() }
}

/// Accounts of gift cards with so much on each.
async fn cards(db: &Db, count: usize, minor: i64, expires: Option<Timestamp>) -> Vec<i64> {
    db.write(move |tx| {
        Box::pin(async move {
            let new =
                NewAccount { kind: AccountKind::GiftCard, currency: usd(), funding: Funding::Sold, expires };
            let mut accounts = open(tx, STORE, at(0), &vec![new; count]).await?;
            let ids: Vec<i64> = accounts.accounts().map(|account| account.id).collect();
            let issue = |id: &i64| {
                vec![NewPosting::new(posting(*id, Operation::Issue, minor), format!("card/{id}/issue"))]
            };
            let groups: Vec<Vec<NewPosting>> = ids.iter().map(issue).collect();
            for outcome in accounts.post(tx, &by(at(0)), &groups).await? {
                outcome.unwrap();
            }
            Ok::<_, Problem>(ids)
        })
    })
    .await
    .unwrap()
}

/// Posts groups in one transaction.
async fn post(db: &Db, now: Timestamp, groups: Vec<Vec<NewPosting>>) -> Vec<Result<Vec<Posted>, Refused>> {
    db.write(move |tx| {
        Box::pin(async move {
            let ids: Vec<i64> = groups.iter().flatten().map(|new| new.posting.account).collect();
            let mut accounts = lock(tx, STORE, &ids).await?;
            accounts.post(tx, &by(now), &groups).await
        })
    })
    .await
    .unwrap()
}

/// Posts one posting for an order.
async fn post_one(
    db: &Db,
    now: Timestamp,
    posting: Posting,
    key: &str,
    order: &str,
) -> Result<Posted, Refusal> {
    let new = NewPosting::new(posting, key).of_order(order);
    let outcome = post(db, now, vec![vec![new]]).await.remove(0);
    outcome.map(|posted| posted[0]).map_err(|refused| refused.refusal)
}

async fn balance(db: &Db, account: i64) -> (i64, i64) {
    db.write(move |tx| {
        Box::pin(async move {
            let accounts = lock(tx, STORE, &[account]).await?;
            let account = accounts.get(account).unwrap();
            Ok::<_, Problem>((account.balance.get(), account.held.get()))
        })
    })
    .await
    .unwrap()
}

/// Runs as many tasks at once.
async fn at_once<T: Send + 'static, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (start, future) = (Arc::clone(&start), task(number));
            tokio::spawn(async move {
                start.wait().await;
                future.await
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(count);
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

async fn assert_sound(db: &Db) {
    assert_eq!(verify(db).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_debits_at_once_exactly_as_many_succeed_as_the_balance_allows() {
    let app = TestApp::start().await;
    let db = &app.state.db;
    let card = cards(db, 1, 10_000, None).await[0];
    let answers = at_once(64, |number| {
        let db = db.clone();
        async move {
            let debit = posting(card, Operation::Redeem, 1_000);
            post_one(&db, at(1), debit, &format!("order/{number}/redeem"), &number.to_string()).await
        }
    })
    .await;
    let succeeded = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(succeeded, 10);
    let refused = answers.iter().filter_map(|answer| answer.err());
    let insufficient = Refusal::InsufficientBalance { available: Minor::ZERO };
    assert!(refused.into_iter().all(|refusal| refusal == insufficient), "{answers:?}");
    assert_eq!(balance(db, card).await, (0, 0));
    assert_sound(db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn random_debits_at_once_never_take_more_than_there_is() {
    let app = TestApp::start().await;
    let db = &app.state.db;
    let card = cards(db, 1, 10_000, None).await[0];
    let answers = at_once(64, |number| {
        let db = db.clone();
        let amount = 1 + (i64::try_from(number).unwrap() * 7_919) % 2_000;
        async move {
            let debit = posting(card, Operation::Redeem, amount);
            (amount, post_one(&db, at(1), debit, &format!("order/{number}/redeem"), "o").await)
        }
    })
    .await;
    let taken: i64 = answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(amount, _)| amount).sum();
    assert_eq!(balance(db, card).await, (10_000 - taken, 0));
    for (amount, answer) in answers {
        match answer {
            Err(Refusal::InsufficientBalance { available }) => assert!(amount > available.get()),
            other => assert!(other.is_ok(), "{other:?}"),
        }
    }
    assert_sound(db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_debit_posted_64_times_at_once_takes_once() {
    let app = TestApp::start().await;
    let db = &app.state.db;
    let card = cards(db, 1, 10_000, None).await[0];
    let answers =
        at_once(64, |_| {
            let db = db.clone();
            async move {
                post_one(&db, at(1), posting(card, Operation::Redeem, 3_000), "order/7/redeem/1", "7").await
            }
        })
        .await;
    let first = answers.iter().flatten().filter(|posted| !posted.is_repeat).count();
    assert_eq!((first, answers.iter().flatten().count()), (1, 64));
    assert!(answers.iter().flatten().all(|posted| posted.balance == Minor::new(7_000)));
    assert_eq!(balance(db, card).await, (7_000, 0));
    let other = post_one(db, at(1), posting(card, Operation::Redeem, 2_000), "order/7/redeem/1", "7").await;
    assert_eq!(other, Err(Refusal::KeyTaken));
    assert_sound(db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_full_refunds_of_one_order_at_once_exactly_one_succeeds() {
    let app = TestApp::start().await;
    let db = &app.state.db;
    let card = cards(db, 1, 10_000, None).await[0];
    post_one(db, at(1), posting(card, Operation::Redeem, 3_000), "order/7/redeem", "7").await.unwrap();
    post_one(db, at(1), posting(card, Operation::Redeem, 1_000), "order/8/redeem", "8").await.unwrap();
    let answers = at_once(64, |number| {
        let db = db.clone();
        async move {
            let refund = Operation::Refund { left: Minor::ZERO };
            post_one(&db, at(2), posting(card, refund, 3_000), &format!("order/7/refund/{number}"), "7").await
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let none_left = Refusal::ExceedsCaptured { left: Minor::ZERO };
    assert!(answers.iter().filter_map(|answer| answer.err()).all(|refusal| refusal == none_left));
    assert_eq!(balance(db, card).await, (9_000, 0));
    assert_sound(db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_debit_follows_a_voiding_in_the_ledger() {
    let app = TestApp::start().await;
    let db = &app.state.db;
    let card = cards(db, 1, 100_000, None).await[0];
    let answers =
        at_once(64, |number| {
            let db = db.clone();
            let operation = if number == 31 { Operation::Void } else { Operation::Redeem };
            async move {
                post_one(&db, at(1), posting(card, operation, 100), &format!("cause/{number}"), "o").await
            }
        })
        .await;
    let void = answers[31].unwrap().transaction.unwrap();
    let debits: Vec<i64> =
        answers.iter().flatten().filter_map(|posted| posted.transaction).filter(|id| *id != void).collect();
    assert!(debits.iter().all(|debit| *debit < void), "{debits:?} and the void {void}");
    assert!(answers.iter().filter_map(|answer| answer.err()).all(|refusal| refusal == Refusal::Voided));
    assert_eq!(balance(db, card).await, (0, 0));
    assert_sound(db).await;
}

#[tokio::test]
async fn a_batch_is_decided_group_by_group_in_few_statements() {
    let app = TestApp::start().await;
    let db = &app.state.db;
    let ids = cards(db, 500, 2_500, None).await;
    let hold = Minor::new(2_000);
    let holds = ids.iter().map(|id| vec![NewPosting::hold(*id, hold, usd())]).collect();
    assert!(post(db, at(1), holds).await.iter().all(Result::is_ok));
    // Every third order takes from two cards, and the second of them has too little.
    let capture = |id: i64, order: usize| {
        let posting = posting(id, Operation::Capture { hold }, 1_500);
        NewPosting::new(posting, format!("order/{order}/redeem/{id}")).of_order(order.to_string())
    };
    let groups: Vec<Vec<NewPosting>> = (0..500)
        .map(|order| {
            let mut group = vec![capture(ids[order], order)];
            if order % 3 == 0 {
                let other = posting(ids[(order + 1) % 500], Operation::Redeem, 600);
                group.push(NewPosting::new(other, format!("order/{order}/redeem/other")));
            }
            group
        })
        .collect();
    let outcomes = post(db, at(2), groups).await;
    for (order, outcome) in outcomes.iter().enumerate() {
        let refused = outcome.as_ref().err().map(|refused| (refused.position, refused.refusal.code()));
        assert_eq!(refused, (order % 3 == 0).then_some((1, "insufficient_balance")), "{order}");
    }
    assert_eq!(balance(db, ids[0]).await, (2_500, 2_000));
    assert_eq!(balance(db, ids[1]).await, (1_000, 0));
    let refund = Operation::Refund { left: Minor::ZERO };
    let refunds = |cents: i64, key: &'static str| {
        vec![NewPosting::new(posting(ids[1], refund, cents), key).of_order("1")]
    };
    let outcomes = post(db, at(3), vec![refunds(1_000, "a"), refunds(501, "b"), refunds(500, "c")]).await;
    let left = Minor::new(500);
    let refused = Refused { position: 0, refusal: Refusal::ExceedsCaptured { left } };
    assert_eq!(outcomes[1], Err(refused));
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok());
    assert_eq!(balance(db, ids[1]).await, (2_500, 0));
    assert_sound(db).await;
}

#[tokio::test]
async fn what_is_held_survives_the_expiry_until_it_is_released() {
    let app = TestApp::start().await;
    let db = &app.state.db;
    let card = cards(db, 1, 10_000, Some(at(1_000))).await[0];
    post(db, at(999), vec![vec![NewPosting::hold(card, Minor::new(4_000), usd())]]).await[0].clone().unwrap();
    let expire = |key| NewPosting::new(posting(card, Operation::Expire, 0), key);
    let outcomes = post(db, at(1_000), vec![vec![expire("expire/1")]]).await;
    assert_eq!(outcomes[0].as_ref().unwrap()[0].added, Minor::new(-6_000));
    let late = post_one(db, at(1_001), posting(card, Operation::Redeem, 1), "late", "9").await;
    assert_eq!(late, Err(Refusal::Expired));
    let capture = posting(card, Operation::Capture { hold: Minor::new(4_000) }, 3_000);
    post_one(db, at(2_000), capture, "order/1/redeem", "1").await.unwrap();
    let outcomes = post(db, at(3_000), vec![vec![expire("expire/2")]]).await;
    assert_eq!(outcomes[0].as_ref().unwrap()[0].added, Minor::new(-1_000));
    assert_eq!(balance(db, card).await, (0, 0));
    assert_sound(db).await;
}

#[tokio::test]
async fn another_currency_is_refused_without_a_row() {
    let app = TestApp::start().await;
    let db = &app.state.db;
    let card = cards(db, 1, 10_000, None).await[0];
    let euro = Currency::parse("EUR").unwrap();
    let foreign = Posting { currency: euro, ..posting(card, Operation::Redeem, 100) };
    let refused = post_one(db, at(1), foreign, "order/1/redeem", "1").await;
    assert_eq!(refused, Err(Refusal::CurrencyMismatch { account: usd() }));
    let count = Statement::from_string(db.backend(), "SELECT COUNT(*) FROM ledger_transaction");
    let row = db.read().query_one_raw(count).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 1);
}

async fn run(db: &Db, sql: &'static str) -> Result<(), Problem> {
    db.write(move |tx| Box::pin(async move { Ok(tx.execute_unprepared(sql).await.map(|_| ())?) })).await
}

#[tokio::test]
async fn rows_of_the_ledger_cannot_be_changed_or_deleted() {
    let app = TestApp::start().await;
    let db = &app.state.db;
    cards(db, 2, 10_000, None).await;
    for sql in [
        "UPDATE ledger_transaction SET amount = 1",
        "DELETE FROM ledger_transaction",
        "UPDATE ledger_entry SET amount = 1",
        "DELETE FROM ledger_entry",
    ] {
        let problem = run(db, sql).await.unwrap_err();
        assert!(format!("{problem:?}").contains("append-only"), "{sql}: {problem:?}");
    }
    assert_sound(db).await;
}

#[tokio::test]
async fn checking_names_the_row_that_someone_changed_all_the_same() {
    for (sql, what) in [
        ("UPDATE ledger_transaction SET reason = 'because' WHERE id = 2", "the row was changed"),
        (
            "UPDATE ledger_transaction SET amount = 9000, balance_after = 9000 WHERE id = 2",
            "the row was changed",
        ),
        (
            "UPDATE ledger_entry SET amount = 9000 WHERE transaction_id = 2 AND account = 'liability'",
            "sum to zero",
        ),
        ("DELETE FROM ledger_entry WHERE transaction_id = 2", "not those of its kind"),
    ] {
        let app = TestApp::start().await;
        let db = &app.state.db;
        cards(db, 3, 10_000, None).await;
        let unlock: &[&str] = match db.backend() {
            DbBackend::Postgres => &[
                "DROP TRIGGER ledger_transaction_append_only ON ledger_transaction",
                "DROP TRIGGER ledger_entry_append_only ON ledger_entry",
            ],
            _ => &[
                "DROP TRIGGER ledger_transaction_update",
                "DROP TRIGGER ledger_entry_update",
                "DROP TRIGGER ledger_entry_delete",
            ],
        };
        for statement in unlock {
            run(db, statement).await.unwrap();
        }
        run(db, sql).await.unwrap();
        let findings = verify(db).await.unwrap();
        let named: Vec<_> = findings.iter().filter_map(|finding| finding.transaction).collect();
        assert!(!named.is_empty() && named.iter().all(|id| *id == 2), "{sql}: {findings:?}");
        assert!(findings.iter().any(|finding| finding.what.contains(what)), "{sql}: {findings:?}");
    }
}

#[tokio::test]
async fn checking_notices_a_balance_that_does_not_follow_from_the_entries() {
    let app = TestApp::start().await;
    let db = &app.state.db;
    cards(db, 3, 10_000, None).await;
    run(db, "UPDATE ledger_account SET balance = 12345 WHERE id = 3").await.unwrap();
    let findings = verify(db).await.unwrap();
    assert_eq!(findings.len(), 1);
    let text = findings[0].to_string();
    assert!(text.contains("account 3") && text.contains("12345") && text.contains("10000"), "{text}");
}
