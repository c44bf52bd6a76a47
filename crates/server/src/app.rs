//! The application: what handlers share, and the one list of all features.

use axum::Router;
use utoipa::openapi::OpenApi;

use crate::access::Keys;
use crate::coupon::service::CodeMemory;
use crate::health;
use crate::idempotency::InFlight;
use crate::job::{Bell, Kind};
use crate::platform::clock::Clock;
use crate::platform::db::Db;
use crate::platform::http::shutdown::Stopping;
use crate::platform::http::{Feature, guard, openapi};
use crate::redemption::Desk;
use crate::ruleset::Rulesets;
use crate::{
    bigcommerce, catalog, coupon, customer, evaluation, job, order, promotion, redemption, settings,
};

/// What every handler can reach. Cloned for each request, so everything in it is a handle.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The database.
    pub db: Db,
    /// Where time comes from.
    pub clock: Clock,
    /// Who may come in.
    pub keys: Keys,
    /// The rules in memory.
    pub rulesets: Rulesets,
    /// Where carts claim what promotions give.
    pub desk: Desk,
    /// The idempotency keys whose requests are under way.
    pub in_flight: InFlight,
    /// What is remembered of coupon codes.
    pub codes: CodeMemory,
    /// Wakes the worker that makes the steps of jobs.
    pub jobs: Bell,
    /// Whether the process is stopping.
    pub stopping: Stopping,
}

impl AppState {
    /// The state of an application on `db`, whose schema is up to date.
    pub fn new(db: Db, clock: Clock) -> Self {
        let rulesets = Rulesets::new(clock.clone());
        Self {
            keys: Keys::new(db.clone()),
            desk: Desk::new(db.clone(), clock.clone()),
            in_flight: InFlight::default(),
            db,
            clock,
            rulesets,
            codes: CodeMemory::default(),
            jobs: Bell::default(),
            stopping: Stopping::default(),
        }
    }
}

/// Every feature. A new one is one line here.
pub fn features() -> Vec<Feature<AppState>> {
    vec![
        health::feature(),
        settings::feature(),
        catalog::feature(),
        customer::feature(),
        promotion::feature(),
        coupon::feature(),
        evaluation::feature(),
        redemption::feature(),
        order::feature(),
        job::feature(),
        bigcommerce::feature(),
    ]
}

/// Every kind of job. A new one is one line here, and its steps in the feature's `jobs.rs`.
pub fn job_kinds() -> Vec<Kind> {
    vec![coupon::jobs::GENERATE, coupon::jobs::IMPORT]
}

/// The whole application as one service: what `serve` binds to a port, and what tests call directly.
pub fn router(state: AppState) -> Router {
    let mut routes = Router::new();
    let mut documents = Vec::new();
    let mut dialects = Vec::new();
    for feature in features() {
        routes = routes.merge(feature.router);
        documents.push(feature.documentation);
        dialects.extend(feature.dialect);
    }
    guard(routes.merge(openapi::router(openapi::assemble(documents))), dialects).with_state(state)
}

/// The OpenAPI document of the whole application.
pub fn documentation() -> OpenApi {
    openapi::assemble(features().into_iter().map(|feature| feature.documentation))
}
