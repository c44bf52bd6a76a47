//! From a cart to something that is kept: price it, refuse what it does not get, let the desk decide, price it anew when
//! others were faster.

use engine::cart::Cart;
use engine::promotion::reason::Telling;

use super::change::{Becomes, Change, Outcome, Refused, Wanted};
use super::facts;
use crate::access::SecretCaller;
use crate::app::AppState;
use crate::evaluation::rest::Wanted as Asked;
use crate::evaluation::service::{PRICINGS_MAX, Priced, Pricing};
use crate::idempotency::{self, Remembered, Request};
use crate::platform::db::bulk::Rows;
use crate::platform::http::{Code, FieldError, Problem};

/// What a priced cart is to become, as whoever claims makes it.
#[derive(Debug)]
pub struct Made {
    /// An order or a reservation.
    pub becomes: Becomes,
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
    pub caller: SecretCaller,
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
    mut make: impl FnMut(&Cart, &Priced, &[Wanted]) -> Result<Made, Problem>,
) -> Result<Claimed, Problem> {
    let Claimant { caller, request, asked, group } = claimant;
    let (store, key_id) = (caller.store_id, caller.key_id);
    let _underway = app.in_flight.begin(store, key_id, &request.key)?;
    let mut pricing = Pricing::begin(app, store, &cart, asked, app.clock.now()).await?;
    for _ in 0..PRICINGS_MAX {
        let priced;
        (cart, priced) = pricing.price(cart, asked).await?;
        let mut wanted = facts::wanted(&app.desk, &cart, &priced);
        if group.is_some() {
            wanted = wanted.into_iter().map(Wanted::of_group).collect();
        }
        let made = match check_codes(&cart, &priced).and_then(|()| make(&cart, &priced, &wanted)) {
            Ok(made) => made,
            // What was done before is answered as it was then, whatever has changed since.
            Err(problem) => {
                let before =
                    idempotency::recall(app.db.read(), store, key_id, &request.key, &request.fingerprint)
                        .await?;
                return before.map(|(status, body)| Claimed::Before(status, body)).ok_or(problem);
            }
        };
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
            Outcome::Stale => {
                app.rulesets.refresh(&app.db, store).await?;
                pricing = Pricing::begin(app, store, &cart, asked, app.clock.now()).await?;
            }
        }
    }
    Err(Problem::new(Code::Conflict, "the promotions of this store keep changing; send it again"))
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
