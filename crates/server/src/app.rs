//! The application: what handlers share, and the one list of all features.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use utoipa::openapi::OpenApi;

use crate::access::{self, Keys, Passwords, Token};
use crate::coupon::service::CodeMemory;
use crate::health;
use crate::idempotency::InFlight;
use crate::job::{Bell, Kind};
use crate::mail::Mailer;
use crate::platform::clock::Clock;
use crate::platform::db::Db;
use crate::platform::egress::Egress;
use crate::platform::http::address::TrustedProxies;
use crate::platform::http::limits::Limiter;
use crate::platform::http::shutdown::Stopping;
use crate::platform::http::{Feature, guard, openapi};
use crate::platform::secret::ServerSecret;
use crate::redemption::Desk;
use crate::ruleset::Rulesets;
use crate::{
    activity, bigcommerce, catalog, channel, coupon, customer, evaluation, gift_card, graphql, import, job,
    mail, order, promotion, redemption, seller, settings, store_credit, webhook,
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
    /// Hashes passwords.
    pub passwords: Passwords,
    /// How addresses of this server begin in links, such as `https://shop.example.com`; empty when nobody said.
    pub public_url: Arc<str>,
    /// The rules in memory.
    pub rulesets: Rulesets,
    /// What codes are hashed and sealed with.
    pub secret: ServerSecret,
    /// How mail is sent.
    pub mailer: Mailer,
    /// Whose word is taken for who a request comes from.
    pub proxies: TrustedProxies,
    /// How often something was tried lately.
    pub limiter: Limiter,
    /// Where carts claim what promotions give.
    pub desk: Desk,
    /// The idempotency keys whose requests are under way.
    pub in_flight: InFlight,
    /// What is remembered of coupon codes.
    pub codes: CodeMemory,
    /// Wakes the worker that makes the steps of jobs.
    pub jobs: Bell,
    /// How webhooks get out.
    pub egress: Egress,
    /// Whether the process is stopping.
    pub stopping: Stopping,
}

impl AppState {
    /// The state of an application on `db`, whose schema is up to date: without mail, and with a secret that is
    /// forgotten with it, for whoever has no other.
    pub fn new(db: Db, clock: Clock) -> Self {
        let rulesets = Rulesets::new(clock.clone());
        Self {
            secret: ServerSecret::random(),
            mailer: Mailer::default(),
            proxies: TrustedProxies::default(),
            limiter: Limiter::default(),
            passwords: Passwords::default(),
            public_url: "".into(),
            keys: Keys::new(db.clone(), clock.clone()),
            desk: Desk::new(db.clone(), clock.clone()),
            in_flight: InFlight::default(),
            db,
            clock,
            rulesets,
            codes: CodeMemory::default(),
            jobs: Bell::default(),
            egress: Egress::guarded(),
            stopping: Stopping::default(),
        }
    }

    /// Where whoever has this token chooses a password; without the server's name when nobody said it.
    pub fn setup_url(&self, token: &Token) -> String {
        format!("{}/setup/{}", self.public_url, token.reveal())
    }
}

impl FromRef<AppState> for TrustedProxies {
    fn from_ref(state: &AppState) -> Self {
        state.proxies.clone()
    }
}

/// Every feature. A new one is one line here.
pub fn features() -> Vec<Feature<AppState>> {
    vec![
        health::feature(),
        access::feature(),
        activity::feature(),
        settings::feature(),
        channel::feature(),
        catalog::feature(),
        customer::feature(),
        seller::feature(),
        import::feature(),
        promotion::feature(),
        coupon::feature(),
        evaluation::feature(),
        job::feature(),
        gift_card::feature(),
        store_credit::feature(),
        redemption::feature(),
        order::feature(),
        webhook::feature(),
        bigcommerce::feature(),
    ]
}

/// What the features add to the graph. A new one is one line here, and its part in the feature's `graphql.rs`.
pub(crate) fn graph() -> Vec<graphql::Part> {
    vec![
        access::graphql::part(),
        channel::graphql::part(),
        activity::graphql::part(),
        settings::graphql::part(),
        catalog::graphql::part(),
        customer::graphql::part(),
        promotion::graphql::part(),
        coupon::graphql::part(),
        evaluation::graphql::part(),
        job::graphql::part(),
        gift_card::graphql::part(),
        store_credit::graphql::part(),
        redemption::graphql::part(),
        order::graphql::part(),
    ]
}

/// Every kind of job. A new one is one line here, and its steps in the feature's `jobs.rs`.
pub fn job_kinds() -> Vec<Kind> {
    vec![
        coupon::jobs::GENERATE,
        coupon::jobs::IMPORT,
        import::jobs::CATALOG,
        import::jobs::CUSTOMERS,
        gift_card::jobs::BULK_ISSUE,
    ]
}

/// Every kind of mail. A new one is one line here, and its text in the feature's `jobs.rs`.
pub fn mail_kinds() -> Vec<mail::Kind> {
    vec![gift_card::jobs::DELIVERY]
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
    documents.push(graphql::documentation());
    let graph = graphql::router(routes.clone().with_state(state.clone()));
    guard(routes.merge(graph).merge(openapi::router(&openapi::assemble(documents))), dialects)
        .with_state(state)
}

/// The OpenAPI document of the whole application.
pub fn documentation() -> OpenApi {
    let features = features().into_iter().map(|feature| feature.documentation);
    openapi::assemble(features.chain([graphql::documentation()]))
}
