//! Requests that ask for too much are refused before anything is done: what `graphql-cop` tries, and more.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::json;

use super::{ask, by_code, fail};
use crate::harness::TestApp;

#[tokio::test]
async fn what_asks_for_too_much_is_refused() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", by_code("Coded")).await.expect(201);
    let check =
        |number: usize| format!("c{number}: couponValidate(input: {{ code: \"A{number}\" }}) {{ valid }} ");
    let flood = |part: &dyn Fn(usize) -> String, times: usize| (0..times).map(part).collect::<String>();
    let deep = format!(
        "{{ promotions {{ nodes {{ {} id {} }} }} }}",
        "codes { nodes { ".repeat(25),
        "} }".repeat(25)
    );
    for (name, query) in [
        ("aliases", format!("{{ {} }}", flood(&|number| format!("a{number}: __typename "), 101))),
        ("code checks under aliases", format!("{{ {} }}", flood(&check, 100))),
        ("six code checks", format!("{{ {} }}", flood(&check, 6))),
        ("repeated fields", format!("{{ {} }}", "__typename ".repeat(500))),
        ("directives", format!("{{ __typename {} }}", "@skip(if: false) ".repeat(11))),
        ("unknown directives", format!("{{ __typename {} }}", "@aa".repeat(500))),
        ("depth", deep),
        (
            "a circle of fragments",
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned(),
        ),
        (
            "a circle through the schema",
            "{ __schema { types { fields { type { fields { name } } } } } }".to_owned(),
        ),
        ("a page of a thousand million", "{ promotions(first: 1000000000) { nodes { id } } }".to_owned()),
        (
            "pages of pages",
            "{ promotions(first: 250) { nodes { codes(first: 250) { nodes { id } } } } }".to_owned(),
        ),
        ("two operations", "query A { __typename } query B { __typename }".to_owned()),
        ("length", format!("{{ __typename }} #{}", "x".repeat(33_000))),
    ] {
        let (status, code, body) = fail(&app, &query, json!({})).await;
        assert_eq!((status, code.as_str()), (400, "query_too_complex"), "{name}: {body}");
        assert_eq!(body.get("data").filter(|data| !data.is_null()), None, "{name}");
    }
    let six = "a: couponCodeDelete(promotionId: 1, codeId: 1) { userErrors { code } } ".repeat(6);
    let (status, code, _) = fail(&app, &format!("mutation {{ {six} }}"), json!({})).await;
    assert_eq!((status, code.as_str()), (400, "query_too_complex"));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let app = TestApp::start().await;
    let nested = "{".repeat(16_000);
    for query in ["", "{", "{ promotions", "subscription", nested.as_str()] {
        let (status, code, body) = fail(&app, query, json!({})).await;
        assert_eq!((status, code.as_str()), (400, "malformed_query"), "{query:.20}: {body}");
    }
    for (query, words) in [
        ("{ promotion }", "promotion"),
        ("{ promotoins { nodes { id } } }", "promotoins"),
        ("subscription { a }", "ubscription"),
        ("{ promotions(first: \"many\") { nodes { id } } }", "first"),
    ] {
        let (status, code, body) = fail(&app, query, json!({})).await;
        assert_eq!((status, code.as_str()), (400, "invalid"), "{query}: {body}");
        let message = body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
        // What exists is not told to who guesses at it.
        assert!(!message.contains("Did you mean"), "{message}");
    }
    let batch = Request::post("/graphql")
        .header(AUTHORIZATION, format!("Bearer {}", app.secret))
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(r#"[{"query":"{ __typename }"},{"query":"{ __typename }"}]"#));
    let answer = app.call(batch.unwrap()).await.expect(400);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "query_too_complex");
    let answer = app.post("/graphql", json!({ "query": "{ __typename }", "quary": 1 })).await.expect(400);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "malformed_query");
}

#[tokio::test]
async fn nothing_is_traced_and_tools_can_ask_for_the_schema() {
    let app = TestApp::start().await;
    let answer =
        app.post("/graphql", json!({ "query": "{ __typename }", "extensions": {} })).await.expect(200);
    assert_eq!(answer, json!({ "data": { "__typename": "Query" } }));
    let told = ask(
        &app,
        "query IntrospectionQuery { __schema { queryType { name } mutationType { name } types { ...FullType }
            directives { name description locations args { ...InputValue } } } }
         fragment FullType on __Type { kind name description
            fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef }
                isDeprecated deprecationReason }
            inputFields { ...InputValue } interfaces { ...TypeRef }
            enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
            possibleTypes { ...TypeRef } }
         fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
         fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name
            ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }",
        json!({}),
    )
    .await;
    assert_eq!(told["__schema"]["queryType"]["name"], "Query");
}
