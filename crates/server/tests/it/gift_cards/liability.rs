//! What the store owes on gift cards, as JSON and as a file.

use engine::ledger::Operation;
use engine::money::Minor;
use serde_json::{Value, json};
use server::gift_card::jobs::sweep;

use super::{issue, post};
use crate::harness::TestApp;

/// The lines of a file by the names of its columns; no cell may be a formula.
fn rows_of(file: &str) -> Vec<Value> {
    let mut lines = file.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let is_plain = |cell: &String| {
        let is_amount = cell.strip_prefix('-').is_some_and(|rest| rest.parse::<f64>().is_ok());
        is_amount || !cell.starts_with(['=', '+', '-', '@'])
    };
    let row = |cells: Vec<String>| {
        assert!(cells.iter().all(is_plain) && cells.len() == names.len(), "{cells:?}");
        names.iter().zip(cells).map(|(name, cell)| (name.clone(), Value::from(cell))).collect()
    };
    lines.map(row).collect()
}

/// The same from the report in JSON.
fn rows_of_report(report: &Value) -> Vec<Value> {
    let currencies = report["currencies"].as_array().unwrap();
    let rows = currencies.iter().flat_map(|it| {
        ["total", "sold", "promotional"].map(|cards| {
            let mut row = it[cards].clone();
            row["from"] = json!(report["from"].as_str().unwrap_or_default());
            row["to"] = report["to"].clone();
            row["currency"] = it["currency"].clone();
            row["cards"] = json!(cards);
            row
        })
    });
    rows.collect()
}

#[tokio::test]
async fn the_liability_of_any_period_adds_up_to_the_ledger() {
    let app = TestApp::start().await;
    let day = |day: u32| format!("2026-03-{day:02}T00:00:00Z");
    let sold = issue(&app, json!({"amount": "100.00"})).await["id"].clone();
    let given = issue(&app, json!({"amount": "30.00", "funding": "promotional", "expires_at": day(5)})).await;
    issue(&app, json!({"amount": "500", "currency": "JPY"})).await;
    app.clock.set(day(2).parse().unwrap());
    post(&app, &sold, Operation::Redeem, 4_000, "1").await.unwrap();
    post(&app, &sold, Operation::Load, 1_000, "load").await.unwrap();
    app.clock.set(day(3).parse().unwrap());
    post(&app, &sold, Operation::Refund { left: Minor::ZERO }, 1_500, "1").await.unwrap();
    let adjust = json!({"amount": "-2.50", "reason": "x"});
    app.once(&format!("/v1/gift-cards/{sold}/adjust"), adjust).await.expect(200);
    post(&app, &given["id"], Operation::Redeem, 500, "2").await.unwrap();
    app.clock.set(day(6).parse().unwrap());
    sweep(&app.state).await.unwrap();
    let other = issue(&app, json!({"amount": "7.00"})).await;
    app.once(&format!("/v1/gift-cards/{}/void", other["id"]), json!({"reason": "x"})).await.expect(200);

    let report = app.get("/v1/gift-cards/liability?currency=USD").await.expect(200);
    let expected = json!({
        "currency": "USD",
        "total": {"opening": "0.00", "issued": "137.00", "loaded": "10.00", "adjusted": "-2.50",
                  "redeemed": "45.00", "refunded": "15.00", "voided": "7.00", "expired": "25.00",
                  "closing": "82.50"},
        "sold": {"opening": "0.00", "issued": "107.00", "loaded": "10.00", "adjusted": "-2.50",
                 "redeemed": "40.00", "refunded": "15.00", "voided": "7.00", "expired": "0.00",
                 "closing": "82.50"},
        "promotional": {"opening": "0.00", "issued": "30.00", "loaded": "0.00", "adjusted": "0.00",
                        "redeemed": "5.00", "refunded": "0.00", "voided": "0.00", "expired": "25.00",
                        "closing": "0.00"},
    });
    assert_eq!(report["currencies"], json!([expected]));
    for query in ["".to_owned(), format!("?from={}&to={}", day(2), day(4)), "?currency=JPY".to_owned()] {
        let told = app.get(&format!("/v1/gift-cards/liability{query}")).await.expect(200);
        let file = app.get(&format!("/v1/gift-cards/liability.csv{query}")).await;
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(rows_of(&String::from_utf8(file.body).unwrap()), rows_of_report(&told), "{query}");
    }
    let part = format!("/v1/gift-cards/liability?from={}&to={}", day(2), day(3));
    let report = app.get(&part).await.expect(200);
    let total = report["currencies"].as_array().unwrap().iter().find(|it| it["currency"] == "USD").unwrap();
    assert_eq!(
        (&total["total"]["opening"], &total["total"]["redeemed"], &total["total"]["closing"]),
        (&json!("130.00"), &json!("40.00"), &json!("100.00"))
    );
    let yen = &app.get("/v1/gift-cards/liability?currency=JPY").await.expect(200)["currencies"][0];
    assert_eq!(yen["total"]["closing"], "500");
    let cards = app.get("/v1/gift-cards?status=active").await.expect(200);
    let remaining: Vec<_> =
        cards["data"].as_array().unwrap().iter().map(|it| it["remaining"].clone()).collect();
    assert_eq!(remaining, [json!("500"), json!("82.50")]);
    app.get("/v1/gift-cards/liability?from=x").await.expect_invalid("?from", "invalid");
}
