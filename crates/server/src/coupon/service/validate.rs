//! Whether a code is valid, and what to tell whoever asked.

use engine::cart::Cart;
use engine::coupon::{loose, normalise};
use engine::promotion::reason::{Reason, Telling, UNKNOWN_CODE};
use engine::promotion::{Facts, code_standing};
use jiff::Timestamp;
use serde_json::Value;

use super::lookup::{self, row_of};
use crate::app::AppState;
use crate::evaluation::rest::{CartIn, Wanted, price};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::ruleset::StoreRules;
use crate::{promotion, redemption};

/// Whether a code is valid.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Why it is not; `None` for a valid one.
    pub reason: Option<&'static str>,
    /// What the shopper reads.
    pub message: String,
    /// The promotion of a valid code: its id and what shoppers call it.
    pub promotion: Option<(i64, String)>,
}

/// Who asks about a code.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// The store.
    pub store: StoreId,
    /// Whether by a secret key, and so for the store; else for anybody.
    pub is_secret: bool,
    /// As of when.
    pub at: Timestamp,
}

/// Whether a code could be used; with a cart, whether it takes part in pricing it, beside the cart's own codes.
///
/// Of codes that were made at random, and so are handed out singly, anybody hears no more than that they are not known, unless they could be used:
/// a code that is paused, over or used up answers like one that nobody made.
///
/// Errors: what is wrong with the cart.
pub async fn validate(
    app: &AppState,
    asking: Asking,
    code: &str,
    cart: Option<CartIn>,
) -> Result<Verdict, Problem> {
    let row = row_of(app, app.db.read(), asking.store, code).await?;
    let rules = app.rulesets.of_instant(&app.db, asking.store, asking.at).await?;
    let settings = rules.ruleset.settings();
    let (result, currency) = match cart {
        Some(cart) => in_cart(app, asking, code, cart).await?,
        None => {
            let facts = code_facts(app, asking, &rules, code).await?;
            let standing = facts.codes.first().map_or_else(
                || Err(Reason::plain(&UNKNOWN_CODE)),
                |entered| code_standing(&rules.ruleset, entered, &facts, asking.at),
            );
            (standing, settings.currency)
        }
    };
    // Asked even for a code that is not known, so that knowing it takes no longer.
    let promotion = row.as_ref().map_or(0, |row| row.promotion_id);
    let promotions = promotion::service::get_many(app.db.read(), asking.store, &[promotion]).await?;
    let is_single = row.as_ref().is_some_and(|row| row.is_generated);
    let reason = match result {
        Ok(()) => None,
        Err(reason) if is_single && !asking.is_secret && reason.is_of_standing() => {
            Some(Reason::plain(&UNKNOWN_CODE))
        }
        Err(reason) => Some(reason),
    };
    let telling = Telling { currency, zone: &settings.time_zone };
    Ok(match reason {
        Some(reason) => Verdict {
            reason: Some(reason.kind.code),
            message: reason.message_of_code(&telling),
            promotion: None,
        },
        None => Verdict {
            reason: None,
            message: "This code is valid.".to_owned(),
            promotion: promotions.first().map(|it| (it.id, name(&it.document))),
        },
    })
}

/// What is known of a code and of how often it and its promotion were used.
async fn code_facts(
    app: &AppState,
    asking: Asking,
    rules: &StoreRules,
    code: &str,
) -> Result<Facts, Problem> {
    let entered = lookup::facts(app, asking.store, rules, (&[code.to_owned()], 1), asking.at).await?;
    let (codes, limits): (Vec<_>, Vec<_>) = entered.into_iter().map(|it| (it.code, it.limits)).unzip();
    let facts = Facts { codes, ..Facts::default() };
    let nobody = Cart::new(rules.ruleset.settings().currency, Vec::new());
    redemption::service::facts::of_codes(
        app.db.read(),
        asking.store,
        &rules.ruleset,
        &nobody,
        asking.at,
        facts,
        &limits,
    )
    .await
}

/// What shoppers call a promotion: the merchant's own name for it is not for them.
fn name(document: &serde_json::Map<String, Value>) -> String {
    document.get("display_name").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What becomes of a code in a cart, and the cart's currency.
async fn in_cart(
    app: &AppState,
    asking: Asking,
    code: &str,
    mut cart: CartIn,
) -> Result<(Result<(), Reason>, engine::money::Currency), Problem> {
    // One that is in the cart already, in whatever spelling, is asked about where it stands.
    let form = |text: &str| normalise(text).map(|normal| loose(&normal));
    let is_it = |entered: &String| entered == code || form(code).is_ok_and(|it| form(entered) == Ok(it));
    let position = cart.codes.iter().position(is_it).unwrap_or_else(|| {
        cart.codes.push(code.to_owned());
        cart.codes.len() - 1
    });
    let wanted = Wanted::prices_of(&cart);
    let (cart, priced) = price(app, asking.store, cart, &wanted, asking.at).await?;
    let told = priced.evaluation.codes.into_iter().nth(position);
    let result = told.map_or_else(|| Err(Reason::plain(&UNKNOWN_CODE)), |told| told.result.map(|_| ()));
    Ok((result, cart.currency))
}
