//! Mail: sent when it is due, tried again when a server does not take it, given up when it never will.

use jiff::ToSpan as _;
use serde_json::{Value, json};
use server::app;
use server::mail::Mailer;
use server::mail::service::send_due;

use crate::harness::TestApp;
use crate::smtp::Sink;

async fn start() -> (TestApp, Sink) {
    let sink = Sink::start().await;
    let mailer = Mailer::smtp(&sink.url, "cards@shop.example").unwrap();
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    let app = TestApp::start_with(now, |state| server::app::AppState { mailer, ..state }).await;
    (app, sink)
}

async fn send(app: &TestApp) -> usize {
    send_due(&app.state, &app::mail_kinds()).await.unwrap()
}

async fn card_to(app: &TestApp, fields: Value) -> Value {
    let mut body = json!({"amount": "50.00", "recipient_email": "ada@example.com"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    app.once("/v1/gift-cards", body).await.expect(201)
}

async fn delivery(app: &TestApp, card: &Value) -> Value {
    app.get(&format!("/v1/gift-cards/{}", card["id"])).await.expect(200)["delivery"].clone()
}

#[tokio::test]
async fn a_card_with_a_recipient_is_delivered_with_its_code() {
    let (app, sink) = start().await;
    app.patch("/v1/settings", json!({"name": "Café Boots"})).await.expect(200);
    let fields = json!({"recipient_name": "Ada <b>", "sender_name": "Grace", "message": "Happy <birthday>!",
                        "expires_at": "2031-03-02T00:00:00Z"});
    let card = card_to(&app, fields).await;
    assert_eq!(card["delivery"]["status"], "waiting");
    assert_eq!(send(&app).await, 1);
    assert_eq!(send(&app).await, 0);
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    for expected in [
        "To: ada@example.com",
        "<cards@shop.example>",
        "Message-ID: <gift_card_delivery.1.1@shop.example>",
        card["code"].as_str().unwrap(),
        "50.00 USD",
        "Hello Ada <b>,",
        "Hello Ada &lt;b&gt;,",
        "Happy &lt;birthday&gt;!",
        "2 March 2031",
        "multipart/alternative",
    ] {
        assert!(mail.contains(expected), "{expected} in {mail}");
    }
    let told = delivery(&app, &card).await;
    assert_eq!((&told["status"], &told["delivered_at"]), (&json!("sent"), &json!("2026-03-01T00:00:00Z")));
}

#[tokio::test]
async fn a_scheduled_card_is_sent_when_its_time_has_come_and_one_without_recipient_never() {
    let (app, sink) = start().await;
    let card = card_to(&app, json!({"deliver_at": "2026-03-08T09:00:00Z"})).await;
    let unassigned = app.once("/v1/gift-cards", json!({"amount": "50.00"})).await.expect(201);
    assert_eq!((&unassigned["delivery"], &unassigned["recipient_email"]), (&Value::Null, &Value::Null));
    assert_eq!(card["delivery"]["status"], "scheduled");
    assert_eq!(send(&app).await, 0);
    app.clock.set("2026-03-08T08:59:59.999Z".parse().unwrap());
    assert_eq!(send(&app).await, 0);
    app.clock.set("2026-03-08T09:00:00Z".parse().unwrap());
    assert_eq!(send(&app).await, 1);
    assert_eq!(sink.mails().len(), 1);
    assert_eq!(delivery(&app, &card).await["status"], "sent");
}

#[tokio::test]
async fn a_card_is_sent_again_with_the_same_code_also_to_another_address() {
    let (app, sink) = start().await;
    let card = card_to(&app, json!({})).await;
    send(&app).await;
    let path = format!("/v1/gift-cards/{}/resend", card["id"]);
    app.once(&path, json!({})).await.expect(200);
    let moved = app.once(&path, json!({"recipient_email": "Grace@Example.com"})).await.expect(200);
    assert_eq!(moved["recipient_email"], "grace@example.com");
    assert_eq!(send(&app).await, 2);
    let mails = sink.mails();
    let code = card["code"].as_str().unwrap();
    assert!(mails.len() == 3 && mails.iter().all(|mail| mail.contains(code)));
    assert!(mails[2].contains("To: grace@example.com"));
    let unassigned = app.once("/v1/gift-cards", json!({"amount": "50.00"})).await.expect(201);
    let path = format!("/v1/gift-cards/{}/resend", unassigned["id"]);
    app.once(&path, json!({})).await.expect_problem(409, "no_recipient");
    app.once(&path, json!({"recipient_email": "nobody"})).await.expect_invalid("/recipient_email", "invalid");
    app.once(&path, json!({"recipient_email": "a@example.com"})).await.expect(200);
}

#[tokio::test]
async fn a_server_that_is_busy_is_tried_again_and_one_that_refuses_is_not() {
    let (app, sink) = start().await;
    let busy = card_to(&app, json!({})).await;
    sink.answer_next("450 busy");
    assert_eq!(send(&app).await, 1);
    let told = delivery(&app, &busy).await;
    assert_eq!(told["status"], "waiting");
    assert!(told["detail"].as_str().unwrap().contains("busy"), "{told}");
    assert_eq!(send(&app).await, 0);
    app.clock.set(app.clock.now() + 1.minute());
    assert_eq!(send(&app).await, 1);
    assert_eq!(delivery(&app, &busy).await["status"], "sent");

    let refused = card_to(&app, json!({})).await;
    sink.answer_next("550 no such person");
    send(&app).await;
    assert_eq!(delivery(&app, &refused).await["status"], "failed");
    app.clock.set(app.clock.now() + 72.hours());
    assert_eq!(send(&app).await, 0);
    assert_eq!(sink.mails().len(), 1);

    let never = card_to(&app, json!({})).await;
    let mut attempts = 0;
    for _ in 0..100 {
        sink.answer_next("450 busy");
        attempts += send(&app).await;
        app.clock.set(app.clock.now() + 1.hour());
    }
    assert_eq!(delivery(&app, &never).await["status"], "failed");
    assert!((10..40).contains(&attempts), "{attempts}");
}

#[tokio::test]
async fn a_card_that_was_voided_is_not_sent_any_more() {
    let (app, sink) = start().await;
    let card = card_to(&app, json!({"deliver_at": "2026-03-08T09:00:00Z"})).await;
    let path = format!("/v1/gift-cards/{}/void", card["id"]);
    app.once(&path, json!({"reason": "Ordered by mistake"})).await.expect(200);
    app.clock.set("2026-03-09T00:00:00Z".parse().unwrap());
    send(&app).await;
    assert!(sink.mails().is_empty());
    let told = delivery(&app, &card).await;
    assert!(told["detail"].as_str().unwrap().contains("voided"), "{told}");
}

#[tokio::test]
async fn without_a_server_the_mail_waits_and_the_card_says_so() {
    let app = TestApp::start().await;
    let card = card_to(&app, json!({})).await;
    let expected = json!({"status": "waiting", "detail": "no SMTP server is configured",
                          "deliver_at": "2026-03-01T00:00:00Z", "delivered_at": null});
    assert_eq!(card["delivery"], expected);
    assert_eq!(send(&app).await, 0);
    assert_eq!(delivery(&app, &card).await["status"], "waiting");
}
