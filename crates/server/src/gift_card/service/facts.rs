//! What pricing must know of the gift cards on a cart.

use std::collections::{BTreeSet, HashMap};

use engine::gift_card::{CardCode, CardFact, CardRefusal, KnownCard};
use engine::money::Minor;

use super::issue::pin_hash;
use super::{CODE, Status, status};
use crate::app::AppState;
use crate::gift_card::store;
use crate::ledger::service as ledger;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// A card as it was entered.
struct Entered {
    last_four: String,
    /// The hash of its code; `None` for what is no code.
    hash: Option<String>,
    pin: String,
}

/// What is known of the cards whose codes were entered, in their order; a card with a PIN is entered as `CODE:PIN`. What
/// the cart's own reservation holds of an account is its own: also of one that expired since.
pub async fn facts(
    app: &AppState,
    store: StoreId,
    texts: &[String],
    own: &[(i64, Minor)],
) -> Result<Vec<CardFact>, Problem> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let entered: Vec<Entered> = texts.iter().map(|text| read(app, store, text)).collect();
    let hashes: Vec<String> = entered.iter().filter_map(|card| card.hash.clone()).collect();
    let rows = store::by_hashes(app.db.read(), store, &hashes).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let states = ledger::accounts(app.db.read(), store, &ids).await?;
    let states: HashMap<i64, _> = states.into_iter().map(|state| (state.account.id, state)).collect();
    let now = app.clock.now();
    let mut seen = BTreeSet::new();
    let known = |card: &Entered| {
        let row = rows.iter().find(|row| Some(&row.code_hash) == card.hash.as_ref())?;
        let pin = pin_hash(app, store, &row.code_hash, &card.pin);
        let state = states.get(&row.id)?;
        let account = &state.account;
        let own = own.iter().find(|(id, _)| *id == account.id).map_or(Minor::ZERO, |(_, held)| *held);
        let available = match status(state, now) {
            Status::Active => account.available() + own,
            Status::Expired if !own.is_zero() => own,
            _ => return None,
        };
        row.pin_hash.as_ref().is_none_or(|expected| *expected == pin).then_some(KnownCard {
            account: account.id,
            available,
            currency: account.currency,
            expires: account.expires,
        })
    };
    let fact = |card: Entered| {
        let known = known(&card).ok_or(CardRefusal::NotUsable);
        let known = known.and_then(|known| {
            if seen.insert(known.account) { Ok(known) } else { Err(CardRefusal::AlreadyEntered) }
        });
        CardFact { last_four: card.last_four, known }
    };
    Ok(entered.into_iter().map(fact).collect())
}

fn read(app: &AppState, store: StoreId, text: &str) -> Entered {
    let (code, pin) = text.split_once(':').unwrap_or((text, ""));
    match CardCode::parse(code) {
        Ok(code) => Entered {
            last_four: code.last_four().to_owned(),
            hash: Some(app.secret.hash(CODE, store, code.normal())),
            pin: pin.trim().to_owned(),
        },
        // What is no code gives nothing away, whatever stands in it.
        Err(_) => Entered { last_four: String::new(), hash: None, pin: String::new() },
    }
}
