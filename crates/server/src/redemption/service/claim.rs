//! From a cart to something that is kept: price it, refuse what it does not get, let the desk decide, price it anew when
//! others were faster.

use engine::cart::Cart;
use engine::promotion::reason::Telling;

use super::balance::Charge;
use super::change::{Becomes, Change, Outcome, Refused, Wanted};
use super::facts;
use crate::access::Caller;
use crate::app::AppState;
use crate::evaluation::rest::Wanted as Asked;
use crate::evaluation::service::{PRICINGS_MAX, Priced, Pricing};
use crate::idempotency::{Remembered, Request};
use crate::ledger::service::refusal_problem;
use crate::platform::db::bulk::Rows;
use crate::platform::http::{Code, FieldError, Problem};
use crate::store_credit;

/// What a priced cart is to become, as whoever claims makes it.
#[derive(Debug)]
pub struct Made {
    /// An order or a reservation.
    pub becomes: Becomes,
    /// What it takes from gift cards and store credit.
    pub charges: Vec<Charge>,
    /// Rows that are written with it.
    pub rows: Vec<Rows>,
    /// The answer.
    pub body: String,
}

/// What came of a claim.
#[derive(Debug)]
pub enum Claimed {
    /// It was kept now; the answer.
    Now(String),
    /// It had been kept before: status and answer of then.
    Before(u16, String),
    /// An order of this name exists, placed with the same request.
    SameOrder(i64),
}

/// Who claims, and how the request is known.
#[derive(Clone, Copy, Debug)]
pub struct Claimant<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// How the request is known.
    pub request: &'a Request,
    /// What is to be told of the price.
    pub asked: &'a Asked,
    /// Shared by orders that one checkout was split into.
    pub group: Option<&'a str>,
}

/// The status of answers to claims.
const CREATED: u16 = 201;

/// Prices a cart as of now, and keeps what `make` makes of it, with everything that it gets of promotions.
///
/// Errors: a code on it does not apply; whatever `make` refuses; and then nothing is kept.
pub async fn claim(
    app: &AppState,
    claimant: Claimant<'_>,
    mut cart: Cart,
    mut make: impl FnMut(&Cart, &Priced, &[Wanted], &[Charge]) -> Result<Made, Problem>,
) -> Result<Claimed, Problem> {
    let Claimant { caller, request, asked, group } = claimant;
    let (store, key_id) = (caller.store_id, caller.id);
    let _underway = app.in_flight.begin(store, key_id, &request.key)?;
    let credit = credit_account(app, caller, &cart).await?;
    let mut pricing = Pricing::begin(app, store, &cart, asked, app.clock.now()).await?;
    for _ in 0..PRICINGS_MAX {
        let priced;
        (cart, priced) = pricing.price(cart, asked).await?;
        let mut wanted = facts::wanted(&app.desk, &cart, &priced);
        if group.is_some() {
            wanted = wanted.into_iter().map(Wanted::of_group).collect();
        }
        let checked = check_codes(&cart, &priced).and_then(|()| check_cards(&priced));
        let made = checked.and_then(|()| make(&cart, &priced, &wanted, &charges(&priced, &cart, credit)))?;
        let is_order = matches!(made.becomes, Becomes::Order { .. });
        let count = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
        let first_redemption = match is_order && count > 0 {
            true => app.desk.ids.take(store, "redemption", count).await?,
            false => 0,
        };
        let change = Change {
            store,
            version: priced.rules.version,
            remembered: Remembered {
                caller: key_id,
                key: request.key.clone(),
                fingerprint: request.fingerprint.clone(),
                status: CREATED,
                body: made.body.clone(),
            },
            cart: asked.cart_id.clone(),
            group: group.map(str::to_owned),
            wanted,
            charges: made.charges,
            first_redemption,
            becomes: made.becomes,
            rows: made.rows,
        };
        match app.desk.settle(change).await? {
            Outcome::Done => return Ok(Claimed::Now(made.body)),
            Outcome::Before { status, body } => return Ok(Claimed::Before(status, body)),
            Outcome::Refused(Refused::OrderExists { id, is_same: true }) => {
                return Ok(Claimed::SameOrder(id));
            }
            Outcome::Refused(refused) => return Err(refused.into()),
            Outcome::Short(shorts) => pricing.learn(&shorts),
            Outcome::Balance { account, refusal } if Some(account) == credit => {
                return Err(refusal_problem("the store credit", refusal, cart.currency));
            }
            // Others took from a card in the meantime: it pays what is left on it.
            Outcome::Balance { .. } => {
                pricing = Pricing::begin(app, store, &cart, asked, app.clock.now()).await?;
            }
            Outcome::Stale => {
                app.rulesets.refresh(&app.db, store).await?;
                pricing = Pricing::begin(app, store, &cart, asked, app.clock.now()).await?;
            }
        }
    }
    Err(Problem::new(Code::Conflict, "the promotions of this store keep changing; send it again"))
}

/// The account of the store credit that a cart wants to pay with.
///
/// Errors: nobody in particular has store credit; the customer has none.
async fn credit_account(app: &AppState, caller: &Caller, cart: &Cart) -> Result<Option<i64>, Problem> {
    if cart.store_credit.is_zero() {
        return Ok(None);
    }
    let customer = cart.customer.as_ref().and_then(|customer| customer.id);
    let Some(customer) = customer.and_then(|id| i64::try_from(id).ok()) else {
        let message = "needs the customer's id: store credit belongs to a customer";
        return Err(Problem::invalid([FieldError::new("/cart/store_credit", "required", message)]));
    };
    let found = store_credit::service::find(app.db.read(), caller.store_id, customer, cart.currency).await?;
    let none = || {
        let detail = format!("the customer {customer} has no store credit in {}", cart.currency);
        Problem::new(Code::InsufficientBalance, detail)
    };
    found.map(Some).ok_or_else(none)
}

/// What a priced cart takes from gift cards and store credit.
fn charges(priced: &Priced, cart: &Cart, credit: Option<i64>) -> Vec<Charge> {
    let cards = priced.evaluation.gift_cards.iter().filter_map(|card| card.result.ok());
    let of_cards = cards.map(|paid| Charge::new(paid.account, paid.amount, cart.currency));
    let of_credit =
        credit.map(|account| Charge::new(account, priced.evaluation.totals.store_credit, cart.currency));
    of_cards.chain(of_credit).filter(|charge| charge.amount > 0).collect()
}

/// Errors: a gift card on the cart cannot be used.
fn check_cards(priced: &Priced) -> Result<(), Problem> {
    let refused = priced.evaluation.gift_cards.iter().enumerate();
    let errors: Vec<FieldError> = refused
        .filter_map(|(at, card)| {
            let refusal = card.result.err()?;
            Some(FieldError::new(format!("/cart/gift_cards/{at}"), refusal.code(), refusal.to_string()))
        })
        .collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let detail = format!("{} Nothing was kept.", first.message);
    Err(Problem::listing(Code::GiftCardRefused, detail, errors))
}

/// Reasons that a limit is reached.
const LIMITS: [&str; 7] = [
    "limit_reached",
    "channel_limit_reached",
    "daily_limit_reached",
    "customer_limit_reached",
    "budget_exhausted",
    "code_limit_reached",
    "code_customer_limit_reached",
];

/// Errors: a code on the cart does not apply.
fn check_codes(cart: &Cart, priced: &Priced) -> Result<(), Problem> {
    let telling = Telling { currency: cart.currency, zone: &priced.rules.ruleset.settings().time_zone };
    let refused = priced.evaluation.codes.iter().enumerate();
    let errors: Vec<FieldError> = refused
        .filter_map(|(at, code)| {
            let reason = code.result.as_ref().err()?;
            let message = reason.message(&telling);
            Some(FieldError::new(format!("/cart/codes/{at}"), reason.kind.code, message))
        })
        .collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let is_limit = errors.iter().all(|error| LIMITS.contains(&error.code));
    let code = if is_limit { Code::LimitReached } else { Code::CodeRefused };
    let detail = format!("{} Nothing was kept.", first.message);
    Err(Problem::listing(code, detail, errors))
}
