//! Pricing carts, and keeping evaluations.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::cart::Cart;
use engine::money::{Currency, Minor};
use engine::promotion::{Evaluation, Facts, Gift, evaluate};
use jiff::Timestamp;

use super::store::{self, EvaluationRow};
use crate::app::AppState;
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::ruleset::{self, StoreRules};
use crate::{catalog, coupon};

/// A priced cart, with everything it was priced by.
#[derive(Debug)]
pub struct Priced {
    /// What promotions do to the cart.
    pub evaluation: Evaluation,
    /// The rules.
    pub rules: Arc<StoreRules>,
    /// Codes and uses.
    pub facts: Facts,
    /// The instant as of which it is priced.
    pub at: Timestamp,
}

/// An evaluation as it is kept.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The store that it is of.
    pub store: StoreId,
    /// Names the rules by which it was priced.
    pub ruleset: String,
    /// What it is a function of, as JSON.
    pub input: String,
    /// The answer, byte for byte.
    pub answer: String,
    /// What one unit of gifts cost in the catalog then, by key: decimal amounts. Those without a price are missing.
    pub gift_values: BTreeMap<String, String>,
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
    Ok(price_by(rules, cart, facts, at))
}

/// Prices a cart by these rules and facts.
pub fn price_by(rules: Arc<StoreRules>, cart: &Cart, facts: Facts, at: Timestamp) -> Priced {
    let evaluation = evaluate(&rules.ruleset, cart, &facts, at);
    Priced { evaluation, rules, facts, at }
}

/// Keeps an evaluation with the rules by which it was priced, in one write. One that is kept already stays as it is.
pub async fn record(
    app: &AppState,
    id: &str,
    recorded: Recorded,
    rules: Arc<StoreRules>,
) -> Result<(), Problem> {
    let (store, now) = (recorded.store, app.clock.now());
    let gift_values = serde_json::to_string(&recorded.gift_values).map_err(Problem::internal)?;
    let row = EvaluationRow {
        store_id: store.0,
        id: id.to_owned(),
        ruleset_hash: recorded.ruleset,
        input: recorded.input,
        answer: recorded.answer,
        gift_values,
        created_at: now.as_millisecond(),
    };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                ruleset::keep(tx, store, &rules, now).await?;
                Ok(store::insert(tx, row).await?)
            })
        })
        .await
}

/// The evaluation that was kept under this id.
pub async fn recorded<C: Connection>(db: &C, store: StoreId, id: &str) -> Result<Recorded, Problem> {
    let row = store::find(db, store, id).await?.ok_or_else(|| Problem::not_found("evaluation", id))?;
    read(row)
}

/// The evaluations that were kept under this id, one for each store that has it.
pub async fn recorded_in_all_stores<C: Connection>(db: &C, id: &str) -> Result<Vec<Recorded>, Problem> {
    store::find_in_all_stores(db, id).await?.into_iter().map(read).collect()
}

fn read(row: EvaluationRow) -> Result<Recorded, Problem> {
    Ok(Recorded {
        store: StoreId(row.store_id),
        ruleset: row.ruleset_hash,
        input: row.input,
        answer: row.answer,
        gift_values: serde_json::from_str(&row.gift_values).map_err(Problem::internal)?,
    })
}

/// What one unit of each gift costs in the catalog, by key, in `currency`; only those whose price is known.
pub async fn gift_values(
    app: &AppState,
    store: StoreId,
    currency: Currency,
    gifts: &[Gift],
) -> Result<BTreeMap<String, String>, Problem> {
    use crate::evaluation::rest::Catalog as _;
    // Prices of the catalog are in the store's own currency.
    let own = app.rulesets.of(&app.db, store).await?.ruleset.settings().currency;
    if gifts.is_empty() || own != currency {
        return Ok(BTreeMap::new());
    }
    let products: Vec<u64> = gifts.iter().filter_map(|gift| gift.product).collect();
    let known = catalog::service::facts(app.db.read(), store, products, Vec::new()).await?;
    let value = |gift: &Gift| {
        let price = known.known(gift.product?, None).price?;
        let price: Minor = Minor::parse(price, currency).ok()?;
        Some((gift.key.clone(), price.to_decimal(currency)))
    };
    Ok(gifts.iter().filter_map(value).collect())
}
