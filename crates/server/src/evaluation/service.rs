//! Pricing carts.

use std::sync::Arc;

use engine::cart::Cart;
use engine::promotion::{Evaluation, Facts, evaluate};
use jiff::Timestamp;

use crate::app::AppState;
use crate::coupon;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::ruleset::StoreRules;

/// A priced cart, with the rules it was priced by.
#[derive(Debug)]
pub struct Priced {
    /// What promotions do to the cart.
    pub evaluation: Evaluation,
    /// The rules.
    pub rules: Arc<StoreRules>,
    /// The instant as of which it is priced.
    pub at: Timestamp,
}

/// Prices a cart as of `at`. It has no effect on anything.
pub async fn price(
    app: &AppState,
    store: StoreId,
    cart: &Cart,
    codes: &[String],
    at: Timestamp,
) -> Result<Priced, Problem> {
    let rules = app.rulesets.of_instant(&app.db, store, at).await?;
    let codes = coupon::service::facts(app.db.read(), store, codes, at).await?;
    let facts = Facts { uses: rules.uses.clone(), codes };
    let evaluation = evaluate(&rules.ruleset, cart, &facts, at);
    Ok(Priced { evaluation, rules, at })
}
