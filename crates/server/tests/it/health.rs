//! Probes, and what is told about the interface.

use axum::http::Method;

use crate::harness::{Key, TestApp};

#[tokio::test]
async fn a_started_application_lives_and_is_ready() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = app.send(Method::GET, path, Key::None, None).await;
        assert_eq!(answer.expect(200)["status"], "ok");
    }
}

#[tokio::test]
async fn a_stopping_application_lives_but_is_not_ready() {
    let app = TestApp::start().await;
    app.state.stopping.begin();
    app.get("/healthz").await.expect(200);
    let body = app.get("/readyz").await.expect_problem(503, "shutting_down");
    assert_eq!(body["retryable"], true);
}

#[tokio::test]
async fn an_application_without_its_database_is_not_ready() {
    let app = TestApp::start().await;
    app.state.db.close().await;
    app.get("/healthz").await.expect(200);
    app.get("/readyz").await.expect_problem(503, "database_unavailable");
}
