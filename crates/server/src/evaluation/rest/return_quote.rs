//! `POST /v1/evaluations/{id}/return-quote`: what a return of goods would refund.

mod asked;
mod committed;
mod reply;

use std::collections::BTreeMap;

use axum::extract::State;
use engine::cart::Cart;
use engine::money::Minor;
use engine::promotion::Told;
use engine::returns::{Order, OrderGift, Policy, Refund, Returned, kept_cart, refund};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::asked::{Asked, refused};
use self::reply::ReturnQuoteOut;
use super::Input;
use crate::access::May;
use crate::access::may::ManageOrders;
use crate::app::AppState;
use crate::evaluation::service::{self, Recorded};
use crate::platform::http::{Json, Path, Problem};
use crate::ruleset;

/// A return of goods of an evaluation that was kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReturnQuoteRequest {
    /// Lines that come back, and how many units of each.
    #[serde(default)]
    lines: Vec<ReturnLineIn>,
    /// Whether shipping is refunded too: the share, by units, of everything that came back so far.
    #[serde(default)]
    shipping: bool,
    /// Keys of gifts that are given back.
    #[serde(default)]
    gifts: Vec<String>,
    /// Earlier returns, in order.
    #[serde(default)]
    returned: Vec<EarlierReturnIn>,
    /// What becomes of discounts whose condition the kept goods no longer fulfil; `keep` unless told.
    #[serde(default)]
    policy: PolicyIn,
    /// What one unit of gifts is worth, by key, where the catalog does not say it: decimal amounts.
    gift_values: Option<BTreeMap<String, String>>,
}

/// Units of a line that come back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnLineIn {
    /// The line's id in the cart.
    #[schema(example = "1")]
    id: String,
    /// How many units, at least 1.
    #[schema(example = 1)]
    quantity: u32,
}

/// A return that was made before.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EarlierReturnIn {
    /// Lines that came back, and how many units of each.
    #[serde(default)]
    lines: Vec<ReturnLineIn>,
    /// Keys of gifts that were given back.
    #[serde(default)]
    gifts: Vec<String>,
    /// What was refunded in all: a decimal amount.
    #[schema(example = "19.00")]
    refunded: String,
    /// What of it was for shipping; nothing when left out.
    #[schema(example = "3.33")]
    shipping: Option<String>,
}

/// What becomes of discounts whose condition the kept goods no longer fulfil.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PolicyIn {
    /// They stay: every unit is refunded at the price that it cost.
    #[default]
    Keep,
    /// The kept goods are priced again by the rules of the evaluation; what they cost more is held back.
    Reprice,
    /// They stay, but gifts that are no longer earned and not given back are paid for.
    ForfeitGifts,
}

/// What the kept goods cost and earn by the rules, facts and instant of the evaluation.
#[derive(Debug, Default)]
struct Kept {
    total: Minor,
    gifts: BTreeMap<String, u64>,
}

impl Kept {
    /// Whether a gift is no longer earned in full and is not given back.
    fn forfeits(&self, gift: &OrderGift, after: &Returned) -> bool {
        let is_earned = self.gifts.get(&gift.key).is_some_and(|units| *units >= gift.quantity);
        !is_earned && !after.gifts.contains(&gift.key)
    }
}

/// What a return would refund. It stores nothing: an earlier return counts when it is sent in `returned`.
#[utoipa::path(post, path = "/v1/evaluations/{id}/return-quote", tag = "evaluation",
    operation_id = "quoteReturn", extensions(("x-repeatable" = json!(true))),
    security(("secret_key" = [ManageOrders])), request_body = ReturnQuoteRequest,
    params(("id" = String, Path, description = "The `evaluation_id` of an answer to a request with `record`.")),
    responses((status = 200, description = "What would be refunded.", body = ReturnQuoteOut),
              (status = 404, description = "No evaluation was kept under this id."),
              (status = 422, description = "Everything that is wrong with the return.")))]
pub(super) async fn quote(
    caller: May<ManageOrders>,
    State(app): State<AppState>,
    Path(id): Path<String>,
    Json(request): Json<ReturnQuoteRequest>,
) -> Result<Json<ReturnQuoteOut>, Problem> {
    let recorded = service::recorded(app.db.read(), caller.store_id, &id).await?;
    let input = Input::read(&recorded.input)?;
    let cart = input.completed()?;
    let mut order = committed::order(&cart, &recorded)?;
    let asked = Asked::read(&request, &order, cart.currency)?;
    let after = asked.before.with(&asked.now);
    let kept = match request.policy {
        PolicyIn::Keep => Kept::default(),
        PolicyIn::Reprice | PolicyIn::ForfeitGifts => kept(&app, &recorded, &input, &cart, &after).await?,
    };
    asked.value_gifts(&request, &mut order, |gift| {
        let is_forfeited = request.policy == PolicyIn::ForfeitGifts && kept.forfeits(gift, &after);
        is_forfeited && !recorded.gift_values.contains_key(&gift.key)
    })?;
    let refund = refund_of(&order, &asked, request.policy, &kept)?;
    let quoted =
        reply::Quoted { currency: cart.currency, policy: request.policy, order: &order, after: &after };
    Ok(Json(quoted.show(&refund, &kept)))
}

fn refund_of(order: &Order, asked: &Asked, policy: PolicyIn, kept: &Kept) -> Result<Refund, Problem> {
    let policy = match policy {
        PolicyIn::Keep => Policy::Keep,
        PolicyIn::Reprice => Policy::Reprice { kept_total: kept.total },
        PolicyIn::ForfeitGifts => Policy::ForfeitGifts { still_given: &kept.gifts },
    };
    refund(order, &asked.before, &asked.now, policy).map_err(|error| refused("", &asked.now, &error))
}

/// Prices the goods that are kept.
async fn kept(
    app: &AppState,
    recorded: &Recorded,
    input: &Input,
    cart: &Cart,
    after: &Returned,
) -> Result<Kept, Problem> {
    let Some(cart) = kept_cart(cart, after) else { return Ok(Kept::default()) };
    let rules = ruleset::kept(app.db.read(), recorded.store, &recorded.ruleset).await?;
    let priced = service::price_by(rules.into(), &cart, input.facts(), input.at, Told::Matching);
    let gifts = priced.evaluation.gifts.iter().map(|gift| (gift.key.clone(), gift.quantity)).collect();
    let total = Order::committed(&cart, &priced.evaluation, |_| Minor::ZERO).goods();
    Ok(Kept { total, gifts })
}
