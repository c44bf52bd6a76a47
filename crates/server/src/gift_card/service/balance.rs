//! What is on the card with a code, for those who have only the code.

use engine::gift_card::CardCode;
use engine::money::{Currency, Minor};
use jiff::Timestamp;

use super::issue::pin_hash;
use super::{CODE, Status, status};
use crate::app::AppState;
use crate::gift_card::store;
use crate::ledger::service as ledger;
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;

/// What the holder of a card is told.
#[derive(Clone, Debug)]
pub struct Balance {
    /// What can be spent. Minor units.
    pub available: Minor,
    /// Its currency.
    pub currency: Currency,
    /// By which people tell their cards apart.
    pub last_four: String,
    /// From when on it cannot be used.
    pub expires: Option<Timestamp>,
    /// Whether something is left, or all was spent.
    pub status: Status,
}

/// What is on the card with this code.
///
/// Whatever is wrong, the same is answered after the same work: who guesses must not learn from it.
///
/// Errors: one for all: the card cannot be used.
pub async fn balance(
    app: &AppState,
    store: StoreId,
    code: &str,
    pin: Option<&str>,
) -> Result<Balance, Problem> {
    // What is no code is looked up all the same, as itself.
    let normal = CardCode::parse(code).map_or_else(|_| code.to_owned(), |code| code.normal().to_owned());
    let hash = app.secret.hash(CODE, store, &normal);
    let pin_hash = pin_hash(app, store, &hash, pin.unwrap_or_default());
    let card = store::by_hashes(app.db.read(), store, &[hash]).await?.into_iter().next();
    let id = card.as_ref().map_or(0, |card| card.id);
    let state = ledger::accounts(app.db.read(), store, &[id]).await?.into_iter().next();
    let usable = card.zip(state).filter(|(card, state)| {
        let has_pin = card.pin_hash.as_ref().is_none_or(|expected| *expected == pin_hash);
        let status = status(state, app.clock.now());
        has_pin && matches!(status, Status::Active | Status::Redeemed)
    });
    let (card, state) = usable.ok_or_else(not_usable)?;
    Ok(Balance {
        available: state.account.available(),
        currency: state.account.currency,
        last_four: card.last_four,
        expires: state.account.expires,
        status: status(&state, app.clock.now()),
    })
}

fn not_usable() -> Problem {
    Problem::new(Code::GiftCardNotUsable, "this gift card cannot be used; check the code and the PIN")
}
