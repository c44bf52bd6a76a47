//! The page to try queries on.

use axum::http::Method;

use crate::harness::{Key, TestApp};

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere_and_runs_nothing_that_it_did_not_bring() {
    let app = TestApp::start().await;
    for (path, kind) in [
        ("/graphql", "text/html"),
        ("/graphql/explorer.js", "text/javascript"),
        ("/graphql/explorer.css", "text/css"),
    ] {
        let answer = app.send(Method::GET, path, Key::None, None).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").starts_with(kind), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("script-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let text = String::from_utf8(answer.body).unwrap();
        for elsewhere in
            ["http://", "https://", "//cdn", "eval(", " onclick=", " style=", "<style", "import("]
        {
            assert!(!text.contains(elsewhere), "{path}: {elsewhere}");
        }
    }
}

#[tokio::test]
async fn every_example_of_the_page_runs_as_it_is() {
    let app = TestApp::start().await;
    let script = app.send(Method::GET, "/graphql/explorer.js", Key::None, None).await;
    let script = String::from_utf8(script.body).unwrap();
    let examples =
        &script[script.find("const EXAMPLES").unwrap()..script.find("const INTROSPECTION").unwrap()];
    // Every example is a name, a query and variables, the last two between backticks; no variables are `""`.
    let texts: Vec<&str> = examples.split('`').skip(1).step_by(2).collect();
    let mut queries = texts.iter().peekable();
    let mut count = 0;
    while let Some(query) = queries.next() {
        let is_variables =
            |text: &&&str| text.trim_start().starts_with("{\n  \"") || text.trim_start().starts_with("{ \"");
        let variables = queries.next_if(is_variables).map_or("{}", |text| *text);
        let variables = serde_json::from_str(variables).unwrap();
        super::ask(&app, query, variables).await;
        count += 1;
    }
    assert_eq!(count, 6);
}
