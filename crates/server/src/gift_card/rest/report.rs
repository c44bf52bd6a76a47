//! What the store owes on gift cards.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use engine::money::Currency;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::May;
use crate::access::may::ManageGiftCards;
use crate::app::AppState;
use crate::ledger::service::{self as ledger, Liability};
use crate::platform::http::csv::lines;
use crate::platform::http::{FieldError, Json, Problem, ProblemBody, Query};
use crate::platform::ids::StoreId;

/// Which period and currency.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LiabilityQuery {
    /// From this instant on; from the beginning unless told.
    #[param(example = "2026-01-01T00:00:00Z")]
    from: Option<String>,
    /// Up to this instant, which does not belong to it; up to now unless told.
    #[param(example = "2026-02-01T00:00:00Z")]
    to: Option<String>,
    /// Only cards in this currency: ISO 4217.
    currency: Option<String>,
}

/// The columns of the file. Amounts are numbers, so that they can be added up: with a minus they are no formulas.
const COLUMNS: [&str; 13] = [
    "from", "to", "currency", "cards", "opening", "issued", "loaded", "adjusted", "redeemed", "refunded",
    "voided", "expired", "closing",
];

/// What became of the liability for gift cards in a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiabilityReport)]
pub(super) struct ReportOut {
    /// From this instant on; `null` for the beginning.
    from: Option<String>,
    /// Up to this instant, which does not belong to it.
    to: String,
    /// For each currency of which there are cards.
    currencies: Vec<CurrencyOut>,
}

/// The liability in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrencyLiability)]
struct CurrencyOut {
    /// ISO 4217.
    currency: String,
    /// All cards.
    total: LiabilityOut,
    /// Cards that someone paid for.
    sold: LiabilityOut,
    /// Cards that the store gave away.
    promotional: LiabilityOut,
}

/// `opening + issued + loaded + adjusted - redeemed + refunded - voided - expired = closing`, to the cent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Liability)]
struct LiabilityOut {
    /// What was owed when the period began.
    opening: String,
    /// What new cards were issued with.
    issued: String,
    /// What was put on cards later.
    loaded: String,
    /// What staff corrected; with a minus when they took more than they added.
    adjusted: String,
    /// What orders took.
    redeemed: String,
    /// What was given back for orders.
    refunded: String,
    /// What was voided.
    voided: String,
    /// What expired, less what came back when cards were extended.
    expired: String,
    /// What is owed when the period ends.
    closing: String,
}

/// What the store owes on gift cards: from what it owed when a period began to what it owed when it ended.
#[utoipa::path(get, path = "/v1/gift-cards/liability", tag = "gift cards", operation_id = "getGiftCardLiability",
    security(("secret_key" = [ManageGiftCards])), params(LiabilityQuery),
    responses((status = 200, description = "The report; it equals the ledger to the cent.", body = ReportOut),
              (status = 422, description = "An instant cannot be read.", body = ProblemBody)))]
pub(super) async fn liability(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Query(query): Query<LiabilityQuery>,
) -> Result<Json<ReportOut>, Problem> {
    Ok(Json(report(&app, caller.store_id, query).await?))
}

/// What the store owes on gift cards, as a file: for each currency a line of all cards, of those that were sold and of
/// those that were given away.
#[utoipa::path(get, path = "/v1/gift-cards/liability.csv", tag = "gift cards",
    operation_id = "exportGiftCardLiability", security(("secret_key" = [ManageGiftCards])), params(LiabilityQuery),
    responses((status = 200, description = "The report, with the same amounts as the one in JSON.",
               content_type = "text/csv", body = String),
              (status = 422, description = "An instant cannot be read.", body = ProblemBody)))]
pub(super) async fn export(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Query(query): Query<LiabilityQuery>,
) -> Result<Response, Problem> {
    let report = report(&app, caller.store_id, query).await?;
    let names = COLUMNS.map(str::to_owned);
    let file = lines([names].into_iter().chain(report.rows())).map_err(Problem::internal)?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"gift-card-liability.csv\""),
    ];
    Ok((headers, file).into_response())
}

async fn report(app: &AppState, store: StoreId, query: LiabilityQuery) -> Result<ReportOut, Problem> {
    let from = instant("?from", query.from.as_deref())?;
    // What is posted in this very millisecond belongs to it too.
    let now = app.clock.now() + jiff::SignedDuration::from_millis(1);
    let to = instant("?to", query.to.as_deref())?.unwrap_or(now);
    let period = (from.unwrap_or(Timestamp::UNIX_EPOCH), to);
    let report = ledger::liability(&app.db, store, "gift_card", period).await?;
    let mut currencies: BTreeMap<String, (Liability, Liability)> = BTreeMap::new();
    for ((currency, funding), liability) in report {
        if query.currency.as_ref().is_none_or(|wanted| *wanted == currency) {
            let (sold, promotional) = currencies.entry(currency).or_default();
            if funding == "sold" { *sold = liability } else { *promotional = liability }
        }
    }
    let currencies = currencies.into_iter().map(|(code, (sold, promotional))| {
        let currency = ledger::currency(&code)?;
        let mut total = sold.clone();
        total.add_all(&promotional);
        let out = |liability: &Liability| LiabilityOut::new(liability, currency);
        let (total, sold, promotional) = (out(&total), out(&sold), out(&promotional));
        Ok(CurrencyOut { currency: code, total, sold, promotional })
    });
    let currencies = currencies.collect::<Result<_, Problem>>()?;
    Ok(ReportOut { from: from.map(|at| at.to_string()), to: to.to_string(), currencies })
}

fn instant(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let message = "must be an instant such as `2026-01-01T00:00:00Z`";
        Problem::invalid([FieldError::new(name, "invalid", message)])
    })
}

impl ReportOut {
    /// The lines of the file.
    fn rows(self) -> impl Iterator<Item = [String; COLUMNS.len()]> {
        let (from, to) = (self.from.unwrap_or_default(), self.to);
        self.currencies.into_iter().flat_map(move |it| {
            let (from, to, currency) = (from.clone(), to.clone(), it.currency);
            let cards = [("total", it.total), ("sold", it.sold), ("promotional", it.promotional)];
            cards.map(|(name, amounts)| {
                let LiabilityOut { opening, issued, loaded, adjusted, redeemed, .. } = amounts;
                let LiabilityOut { refunded, voided, expired, closing, .. } = amounts;
                let (from, to, currency, cards) =
                    (from.clone(), to.clone(), currency.clone(), name.to_owned());
                [
                    from, to, currency, cards, opening, issued, loaded, adjusted, redeemed, refunded, voided,
                    expired, closing,
                ]
            })
        })
    }
}

impl LiabilityOut {
    fn new(liability: &Liability, currency: Currency) -> Self {
        let Liability { opening, issued, loaded, adjusted, redeemed, refunded, voided, expired, closing } =
            *liability;
        Self {
            opening: opening.to_decimal(currency),
            issued: issued.to_decimal(currency),
            loaded: loaded.to_decimal(currency),
            adjusted: adjusted.to_decimal(currency),
            redeemed: redeemed.to_decimal(currency),
            refunded: refunded.to_decimal(currency),
            voided: voided.to_decimal(currency),
            expired: expired.to_decimal(currency),
            closing: closing.to_decimal(currency),
        }
    }
}
