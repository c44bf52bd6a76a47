//! `POST /graphql`: reads a request, refuses what asks for too much, and answers.

use async_graphql::dataloader::DataLoader;
use async_graphql::parser::parse_query;
use async_graphql::{PathSegment, Request, Response as Answer, ServerError, Variables};
use axum::Router;
use axum::extract::{FromRequest as _, Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use utoipa::{OpenApi, ToSchema};

use super::asked::{Asked, Loaders};
use super::failures::Failures;
use super::problem::extensions;
use super::{explorer, limits, schema};
use crate::access::Anybody;
use crate::app::AppState;
use crate::platform::http::{Code, Json as JsonBody, JsonValue, Problem, ProblemBody};

/// A query of the graph.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct GraphqlRequest {
    /// One operation in the language of GraphQL, at most 32 kB.
    #[schema(example = "{ promotions(first: 3) { nodes { id name status } } }")]
    query: String,
    /// The values of its variables.
    #[schema(value_type = Option<Object>)]
    variables: Option<Map<String, Json>>,
    /// The name of the operation; a request has only one.
    operation_name: Option<String>,
    /// What clients send along for servers of their own; it changes nothing here.
    #[schema(value_type = Option<Object>)]
    #[serde(rename = "extensions")]
    _extensions: Option<Map<String, Json>>,
}

/// The answer to a query.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "it is only described; the library writes it")]
struct GraphqlAnswer {
    /// What was asked for; null when nothing was done.
    #[schema(value_type = Option<Object>)]
    data: Option<Json>,
    /// What went wrong, each with `message`, `path` and `extensions`: `code`, `docs`, `requestId`, and of invalid
    /// arguments `errors` with the places.
    #[schema(value_type = Option<Vec<Object>>)]
    errors: Option<Json>,
}

#[derive(OpenApi)]
#[openapi(
    paths(answer),
    components(schemas(GraphqlRequest, GraphqlAnswer)),
    tags((name = "graphql", description = "The same operations as one graph."))
)]
struct Documentation;

/// What the OpenAPI document says of it.
pub fn documentation() -> utoipa::openapi::OpenApi {
    Documentation::openapi()
}

/// The route, over the routes of all features.
pub fn router(inside: Router) -> Router<AppState> {
    let answer = move |caller, state, request| answer_by(inside, caller, state, request);
    explorer::router().route("/graphql", get(explorer::page).post(answer))
}

/// Answers one query or makes up to five changes. Each field needs the permission of the operation that it stands for.
/// A request that is refused before anything is done is answered 400, everything else 200 with `errors`.
#[utoipa::path(post, path = "/graphql", tag = "graphql", operation_id = "graphql",
    security(("secret_key" = []), ("publishable_key" = [])), request_body = GraphqlRequest,
    responses((status = 200, description = "The answer.", body = GraphqlAnswer),
              (status = 400, description = "The query cannot be read, is not of this schema, or asks for too much.",
               body = GraphqlAnswer),
              (status = 415, description = "The body is not declared as JSON.", body = ProblemBody)))]
#[allow(dead_code, reason = "its annotation describes `answer_by`, which has the other routes too")]
fn answer() {}

async fn answer_by(
    inside: Router,
    Anybody(caller): Anybody,
    State(app): State<AppState>,
    request: HttpRequest,
) -> Result<Response, Problem> {
    let (headers, extensions) = (request.headers().clone(), request.extensions().clone());
    let JsonValue(body) = JsonValue::from_request(request, &app).await?;
    let (request, graph) = match read(body) {
        Ok(read) => read,
        Err(problem) => return Ok(refused(&problem)),
    };
    let loaders = Loaders { app, caller, nodes: graph.nodes };
    let asked = Asked::new(headers, extensions, inside);
    let failures = Failures::default();
    let request = request.data(asked).data(failures.clone()).data(DataLoader::new(loaders, tokio::spawn));
    let mut answer = graph.schema.execute(request).await;
    answer.errors.extend(failures.take());
    Ok(told(answer))
}

/// The query of a body, if it does not ask for too much.
fn read(body: Json) -> Result<(Request, schema::Graph), Problem> {
    let malformed = |detail: String| Problem::new(Code::MalformedQuery, detail);
    if body.is_array() {
        return Err(Problem::new(Code::QueryTooComplex, "a request has one query; send each on its own"));
    }
    let body: GraphqlRequest = serde_json::from_value(body).map_err(|error| malformed(error.to_string()))?;
    if body.query.len() > limits::QUERY_MAX {
        let detail =
            format!("a query has at most {} bytes, this has {}", limits::QUERY_MAX, body.query.len());
        return Err(Problem::new(Code::QueryTooComplex, detail));
    }
    let graph = schema::graph().map_err(Problem::internal)?;
    let document = parse_query(&body.query).map_err(|error| malformed(error.to_string()))?;
    let variables = Variables::from_json(Json::Object(body.variables.unwrap_or_default()));
    limits::check(&document, &variables, &graph.paged)?;
    let mut request = Request::new(body.query).variables(variables);
    if let Some(name) = body.operation_name {
        request = request.operation_name(name);
    }
    request.set_parsed_query(document);
    Ok((request, graph))
}

/// What was refused before anything was done.
fn refused(problem: &Problem) -> Response {
    problem.log();
    let mut error = ServerError::new(problem.detail(), None);
    error.extensions = Some(extensions(problem.code()));
    (problem.status(), JsonBody(Answer::from_errors(vec![error]))).into_response()
}

/// The answer, with a code beside every error, and without what is only ours to know.
fn told(mut answer: Answer) -> Response {
    let is_refused = !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty());
    for error in &mut answer.errors {
        if error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some()) {
            continue;
        }
        let is_ours = error.message.starts_with("internal:") || !is_refused && error.extensions.is_none();
        if is_ours {
            let place: Vec<String> = error.path.iter().map(step).collect();
            tracing::error!(cause = %error.message, place = place.join("/"), "a field was not told");
            "the log has the cause under this request id".clone_into(&mut error.message);
        }
        error.extensions = Some(extensions(if is_ours { Code::Internal } else { Code::Invalid }));
    }
    let status = if is_refused { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    (status, JsonBody(answer)).into_response()
}

fn step(step: &PathSegment) -> String {
    match step {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(at) => at.to_string(),
    }
}
