//! Probes: whether the process lives, and whether it should get requests.

use axum::extract::State;
use axum::routing::get;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::app::AppState;
use crate::platform::db::{WriteError, migrate};
use crate::platform::http::{Code, Feature, Json, Problem};

/// A good sign.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`; everything else is a problem.
    status: &'static str,
    /// The version of the server.
    version: &'static str,
}

const WELL: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "health", operation_id = "getHealth", security(()),
    responses((status = 200, description = "It does.", body = Health)))]
async fn alive() -> Json<Health> {
    Json(WELL)
}

/// Whether this server should get requests: its database answers, has the schema it needs, has
/// reached the disk with every flush, and it is not stopping.
#[utoipa::path(get, path = "/readyz", tag = "health", operation_id = "getReadiness", security(()),
    responses(
        (status = 200, description = "It should.", body = Health),
        (status = 503, description = "It should not now.", body = crate::platform::http::ProblemBody),
    ))]
async fn ready(State(state): State<AppState>) -> Result<Json<Health>, Problem> {
    if state.stopping.is_stopping() {
        return Err(Problem::new(Code::ShuttingDown, "this server finishes its last requests"));
    }
    if state.db.has_failed_flush() {
        return Err(WriteError::FlushFailed.into());
    }
    let (version, needed) = (migrate::version(&state.db).await?, migrate::newest_version());
    if version < needed {
        let detail =
            format!("the database has schema {version}, this server needs {needed}; run `largesse migrate`");
        return Err(Problem::new(Code::DatabaseUnavailable, detail));
    }
    Ok(Json(WELL))
}

#[derive(OpenApi)]
#[openapi(paths(alive, ready), tags((name = "health", description = "Probes for whatever runs the server.")))]
struct Documentation;

pub(crate) fn feature() -> Feature<AppState> {
    Feature::new("health", Documentation::openapi())
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
}
