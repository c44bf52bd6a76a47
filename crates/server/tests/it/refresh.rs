//! Rules in memory learn what changed, and nothing else is read or compiled again.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rand::RngExt as _;
use serde_json::{Value, json};
use server::platform::clock::from_milliseconds;
use server::ruleset::{Rulesets, StoreRules};

use crate::harness::{STORE, TestApp};

fn promotion(name: &str) -> Value {
    let action = json!({"cart_value": {"discount": {"percentage_amount": "10"}}});
    json!({"name": name, "redemption_type": "AUTOMATIC", "rules": [{"action": action}]})
}

/// Makes promotions with the ids from 1 on.
async fn furnish(app: &TestApp, count: usize) {
    for number in 1..=count {
        app.post("/v1/promotions", promotion(&format!("Number {number}"))).await.expect(201);
    }
}

async fn patch(app: &TestApp, id: u64, patch: Value) {
    app.patch(&format!("/v1/promotions/{id}"), patch).await.expect(200);
}

async fn in_memory(app: &TestApp) -> Arc<StoreRules> {
    app.state.rulesets.of(&app.state.db, STORE).await.unwrap()
}

/// What a node that starts now would have.
async fn fresh(app: &TestApp) -> Arc<StoreRules> {
    Rulesets::new(app.clock.clone()).of(&app.state.db, STORE).await.unwrap()
}

fn ids(rules: &StoreRules) -> Vec<u64> {
    rules.ruleset.iter().map(|(id, _)| id).collect()
}

/// Whether the promotion was not compiled again.
fn is_the_same(id: u64, one: &StoreRules, other: &StoreRules) -> bool {
    let (one, other) = (one.ruleset.get(id).unwrap(), other.ruleset.get(id).unwrap());
    std::ptr::eq(one, other)
}

#[tokio::test]
async fn only_what_changed_is_compiled_again() {
    let app = TestApp::start().await;
    furnish(&app, 3).await;
    let before = in_memory(&app).await;
    patch(&app, 2, json!({"name": "Another"})).await;
    let after = in_memory(&app).await;
    assert!(is_the_same(1, &before, &after) && is_the_same(3, &before, &after));
    assert!(!is_the_same(2, &before, &after));
    assert_eq!(after.ruleset.get(2).unwrap().name, "Another");
    assert_ne!(before.hash, after.hash);

    app.post("/v1/promotions", promotion("New")).await.expect(201);
    let with_new = in_memory(&app).await;
    assert_eq!(ids(&with_new), [1, 2, 3, 4]);
    assert!([1, 2, 3].into_iter().all(|id| is_the_same(id, &after, &with_new)));

    patch(&app, 4, json!({"status": "paused"})).await;
    let paused = in_memory(&app).await;
    assert_eq!((ids(&paused), &paused.hash), (vec![1, 2, 3], &after.hash));
    patch(&app, 4, json!({"status": "active"})).await;
    let again = in_memory(&app).await;
    assert_eq!((ids(&again), &again.hash), (vec![1, 2, 3, 4], &with_new.hash));
    assert!(is_the_same(1, &before, &again));
    patch(&app, 4, json!({"status": "archived"})).await;
    let archived = in_memory(&app).await;
    assert_eq!(ids(&archived), [1, 2, 3]);
}

#[tokio::test]
async fn what_has_ended_is_forgotten_with_the_next_change_and_still_known_of_the_past() {
    let app = TestApp::start().await;
    furnish(&app, 2).await;
    patch(&app, 1, json!({"end_date": "2026-03-02T00:00:00Z"})).await;
    let before = in_memory(&app).await;
    app.clock.set("2026-03-03T00:00:00Z".parse().unwrap());
    patch(&app, 2, json!({"name": "Later"})).await;
    let after = in_memory(&app).await;
    assert_eq!((ids(&before), ids(&after)), (vec![1, 2], vec![2]));
    assert_eq!(after.hash, fresh(&app).await.hash);
    let of = async |at: &str| {
        let at: Timestamp = at.parse().unwrap();
        ids(&app.state.rulesets.of_instant(&app.state.db, STORE, at).await.unwrap())
    };
    assert_eq!(of("2026-03-01T12:00:00Z").await, [1, 2]);
    assert_eq!(of("2026-03-02T00:00:00Z").await, [2]);
    // What matters for the past is known from the last end on, so a request that came before a change has its rules.
    let known = app.state.rulesets.of_instant(&app.state.db, STORE, "2026-03-02T12:00:00Z".parse().unwrap());
    assert!(Arc::ptr_eq(&known.await.unwrap(), &after));
}

#[tokio::test]
async fn what_the_clock_turns_on_and_off_is_worked_out_anew() {
    let app = TestApp::start().await;
    furnish(&app, 2).await;
    patch(&app, 1, json!({"end_date": "2026-03-02T00:00:00Z"})).await;
    let (today, later) = (app.clock.now(), "2026-03-03T00:00:00Z".parse().unwrap());
    let before = in_memory(&app).await;
    assert!(before.ruleset.is_lined_up_for(today) && !before.ruleset.is_lined_up_for(later));
    app.clock.set(later);
    app.state.rulesets.refresh_changed(&app.state.db).await.unwrap();
    let after = in_memory(&app).await;
    assert!(after.ruleset.is_lined_up_for(later) && is_the_same(2, &before, &after));
    app.state.rulesets.refresh_changed(&app.state.db).await.unwrap();
    assert!(Arc::ptr_eq(&after, &in_memory(&app).await), "nothing happens until something changes");
}

#[tokio::test]
async fn other_settings_make_everything_anew() {
    let app = TestApp::start().await;
    furnish(&app, 1).await;
    let before = in_memory(&app).await;
    app.patch("/v1/settings", json!({"name": "Only a name"})).await.expect(200);
    let renamed = in_memory(&app).await;
    assert!(is_the_same(1, &before, &renamed) && before.hash == renamed.hash);
    app.patch("/v1/settings", json!({"currency": "EUR"})).await.expect(200);
    let after = in_memory(&app).await;
    assert!(!is_the_same(1, &before, &after) && before.hash != after.hash);
    assert_eq!(after.ruleset.settings().currency.code(), "EUR");
}

#[tokio::test]
async fn a_change_that_does_not_say_what_it_changed_makes_everything_anew() {
    use sea_orm::ConnectionTrait as _;
    let app = TestApp::start().await;
    furnish(&app, 2).await;
    let before = in_memory(&app).await;
    // As a binary writes that knows only `version`.
    let paused = app.state.db.write::<_, server::platform::db::WriteError, _>(|tx| {
        Box::pin(async move {
            tx.execute_unprepared("UPDATE promotion SET status = 'paused' WHERE id = 1").await?;
            tx.execute_unprepared("UPDATE store SET version = version + 1").await?;
            Ok(())
        })
    });
    paused.await.unwrap();
    app.state.rulesets.refresh_changed(&app.state.db).await.unwrap();
    let after = in_memory(&app).await;
    assert_eq!((ids(&before), ids(&after)), (vec![1, 2], vec![2]));
    assert!(!is_the_same(2, &before, &after));
}

/// Writes to the row of the promotion with the id 1 as another process would, and learns it.
async fn write_behind(app: &TestApp, sql: &'static str) {
    use sea_orm::ConnectionTrait as _;
    let written = app.state.db.write::<_, server::platform::db::WriteError, _>(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared(sql).await?;
            let count = "UPDATE store SET version = version + 1, marked_changes = marked_changes + 1";
            tx.execute_unprepared(count).await?;
            let mark = "UPDATE promotion SET changed_at_version = (SELECT version FROM store) WHERE id = 1";
            tx.execute_unprepared(mark).await?;
            Ok(())
        })
    });
    written.await.unwrap();
    app.state.rulesets.refresh_changed(&app.state.db).await.unwrap();
}

/// A newer binary may write what this one cannot read.
#[tokio::test]
async fn a_promotion_that_cannot_be_read_costs_the_store_that_one() {
    for sql in [
        "UPDATE promotion SET status = 'wonderful' WHERE id = 1",
        "UPDATE promotion SET definition = '{' WHERE id = 1",
    ] {
        let app = TestApp::start().await;
        furnish(&app, 2).await;
        in_memory(&app).await;
        write_behind(&app, sql).await;
        let rules = in_memory(&app).await;
        assert_eq!((ids(&rules), rules.broken.len()), (vec![2], 1), "{sql}");
        app.post("/v1/promotions", promotion("New")).await.expect(201);
        assert_eq!(ids(&*in_memory(&app).await), [2, 3], "{sql}");
        assert_eq!(ids(&*fresh(&app).await), [2, 3], "{sql}");
    }
}

#[tokio::test]
async fn a_broken_promotion_is_left_out_until_it_is_mended() {
    let app = TestApp::start().await;
    furnish(&app, 2).await;
    let whole = in_memory(&app).await;
    let write = async |sql: &'static str| write_behind(&app, sql).await;
    write("UPDATE promotion SET definition = replace(definition, 'cart_value', 'cart_wonder') WHERE id = 1")
        .await;
    let broken = in_memory(&app).await;
    assert_eq!((ids(&broken), broken.broken.len()), (vec![2], 1));
    assert_eq!(broken.hash, fresh(&app).await.hash);
    write("UPDATE promotion SET definition = replace(definition, 'cart_wonder', 'cart_value') WHERE id = 1")
        .await;
    let mended = in_memory(&app).await;
    assert_eq!((&mended.hash, mended.broken.len()), (&whole.hash, 0));
}

/// One change of any kind.
async fn change(app: &TestApp, step: u32) {
    let (kind, id) = {
        let mut dice = rand::rng();
        (dice.random_range(0..7), dice.random_range(1..=8_u64))
    };
    let path = format!("/v1/promotions/{id}");
    let body = match kind {
        0 => {
            app.post("/v1/promotions", promotion(&format!("Step {step}"))).await;
            return;
        }
        1 => json!({"status": "archived"}),
        2 => json!({"status": "paused"}),
        3 => json!({"status": "active"}),
        4 => json!({"name": format!("Renamed {step}")}),
        5 => json!({"end_date": from_milliseconds(app.clock.now().as_millisecond() + 90_000).to_string()}),
        _ => json!({"priority": step % 5}),
    };
    // Some do not exist and some cannot change any more: that is a change of nothing.
    app.patch(&path, body).await;
}

#[tokio::test]
async fn rules_that_learnt_changes_are_the_same_as_rules_that_are_loaded_anew() {
    let app = TestApp::start().await;
    furnish(&app, 4).await;
    let other_node = Rulesets::new(app.clock.clone());
    other_node.of(&app.state.db, STORE).await.unwrap();
    for step in 0..60 {
        app.clock.set(app.clock.now() + Duration::from_secs(20));
        change(&app, step).await;
        app.state.rulesets.refresh(&app.state.db, STORE).await.unwrap();
        let (learnt, fresh) = (in_memory(&app).await, fresh(&app).await);
        assert_eq!((&learnt.hash, ids(&learnt)), (&fresh.hash, ids(&fresh)), "step {step}");
        assert!(learnt.version == fresh.version && learnt.as_of >= fresh.as_of, "step {step}");
        if step % 7 == 0 {
            let caught_up = other_node.refresh(&app.state.db, STORE).await.unwrap();
            assert_eq!((&caught_up.hash, caught_up.version), (&fresh.hash, fresh.version), "step {step}");
        }
    }
}

#[tokio::test]
async fn carts_are_priced_while_rules_are_compiled() {
    let app = TestApp::start().await;
    furnish(&app, 150).await;
    let before = in_memory(&app).await;
    let change = async {
        for currency in ["EUR", "JPY", "EUR", "JPY"] {
            app.patch("/v1/settings", json!({"currency": currency})).await.expect(200);
        }
    };
    let mut change = Box::pin(change);
    let mut asked = 0;
    while tokio::time::timeout(Duration::from_millis(1), &mut change).await.is_err() {
        // What is in memory is had at once: without waiting for anything.
        let rules = tokio::time::timeout(Duration::ZERO, app.state.rulesets.of(&app.state.db, STORE)).await;
        assert_eq!(rules.unwrap().unwrap().ruleset.len(), 150);
        asked += 1;
    }
    assert!(asked > 0);
    let after = in_memory(&app).await;
    assert!(after.hash != before.hash && after.hash == fresh(&app).await.hash);
}
