//! What can be done with gift cards.

mod balance;
mod bulk;
mod change;
mod check;
mod facts;
mod issue;
mod letter;
mod log;
mod secret;

use std::collections::HashMap;

use engine::gift_card::CardCode;
use engine::ledger::Funding;
use engine::money::{Currency, Minor};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::store::{self, CardRow};
use crate::app::AppState;
use crate::ledger::service::{self as ledger, AccountState};
use crate::mail::service::{self as mail, Delivery};
use crate::platform::clock::from_milliseconds;
use crate::platform::db::{Connection, rows};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

pub use balance::{Balance, balance};
pub(super) use bulk::step;
pub use bulk::{COUNT_MAX, Export, begin_bulk, export};
pub(crate) use change::signed;
pub use change::{adjust, extend, resend, void};
pub use facts::facts;
pub use issue::issue;
pub(super) use letter::write as write_letter;
pub use secret::{made_with_another, note_secret};
pub(super) use store::Status as StoredStatus;

/// The name of delivery mails.
pub(super) const DELIVERY: &str = "gift_card_delivery";
/// For what codes are hashed.
const CODE: &str = "gift card code";

/// A gift card to issue, as it was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewCard {
    /// What is on it, as a decimal in its currency.
    pub amount: String,
    /// Its currency; the store's unless told.
    pub currency: Option<String>,
    /// Whether it is shipped.
    pub kind: CardKind,
    /// `sold` or `promotional`.
    pub is_promotional: bool,
    /// What must be typed beside the code.
    pub pin: Option<String>,
    /// To whom it is sent.
    pub recipient_email: Option<String>,
    /// How the recipient is called.
    pub recipient_name: Option<String>,
    /// Who gives it.
    pub sender_name: Option<String>,
    /// What the giver says.
    pub message: Option<String>,
    /// When it is sent; at once unless told.
    pub deliver_at: Option<String>,
    /// From when on it cannot be used; never unless told.
    pub expires_at: Option<String>,
    /// What staff want to remember.
    pub note: Option<String>,
}

/// Whether a card is shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// Only a code.
    Virtual,
    /// A card that is shipped.
    Physical,
}

impl CardKind {
    fn name(self) -> &'static str {
        match self {
            Self::Virtual => "virtual",
            Self::Physical => "physical",
        }
    }
}

/// What a card can be used for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It has money and can be used.
    Active,
    /// Nothing is left on it.
    Redeemed,
    /// It expired with something left.
    Expired,
    /// It was voided.
    Voided,
}

/// A gift card as it is told.
#[derive(Clone, Debug)]
pub struct Card {
    row: CardRow,
    /// Its account in the ledger.
    pub state: AccountState,
    /// What became of the newest mail that delivers it.
    pub delivery: Option<Delivery>,
}

impl Card {
    /// Its id.
    pub fn id(&self) -> i64 {
        self.row.id
    }

    /// By which people tell their cards apart.
    pub fn last_four(&self) -> &str {
        &self.row.last_four
    }

    /// Whether it is shipped.
    pub fn kind(&self) -> CardKind {
        if self.row.kind == CardKind::Physical.name() { CardKind::Physical } else { CardKind::Virtual }
    }

    /// Whether a PIN must be typed beside the code.
    pub fn has_pin(&self) -> bool {
        self.row.pin_hash.is_some()
    }

    /// What it was issued with. Minor units.
    pub fn initial(&self) -> Minor {
        Minor::new(self.row.initial_amount)
    }

    /// Its one currency.
    pub fn currency(&self) -> Currency {
        self.state.account.currency
    }

    /// Whether it was sold or given away.
    pub fn funding(&self) -> Funding {
        self.state.account.funding
    }

    /// To whom it is sent.
    pub fn recipient_email(&self) -> Option<&str> {
        self.row.recipient_email.as_deref()
    }

    /// How the recipient is called.
    pub fn recipient_name(&self) -> Option<&str> {
        self.row.recipient_name.as_deref()
    }

    /// Who gives it.
    pub fn sender_name(&self) -> Option<&str> {
        self.row.sender_name.as_deref()
    }

    /// What the giver says.
    pub fn message(&self) -> Option<&str> {
        self.row.message.as_deref()
    }

    /// What staff want to remember.
    pub fn note(&self) -> Option<&str> {
        self.row.note.as_deref()
    }

    /// The job that made it with others.
    pub fn batch(&self) -> Option<i64> {
        self.row.batch_id
    }

    /// When it was issued.
    pub fn created(&self) -> Timestamp {
        from_milliseconds(self.row.created_at)
    }

    /// What it can be used for at `now`.
    pub fn status(&self, now: Timestamp) -> Status {
        status(&self.state, now)
    }
}

/// What a card with this account can be used for at `now`.
pub(super) fn status(state: &AccountState, now: Timestamp) -> Status {
    let account = &state.account;
    // What was spent before it expired has not expired.
    let has_expired = account.is_expired(now) && (!account.balance.is_zero() || state.is_swept);
    if account.is_voided {
        Status::Voided
    } else if has_expired {
        Status::Expired
    } else if account.balance.is_zero() {
        Status::Redeemed
    } else {
        Status::Active
    }
}

/// Which cards to list; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct CardFilter {
    /// In this status.
    pub status: Option<Status>,
    /// For this recipient.
    pub recipient: Option<String>,
    /// Whose codes end so.
    pub last_four: Option<String>,
    /// Made by this job.
    pub batch: Option<i64>,
}

/// The newest cards, those before this id when given.
pub async fn list(
    app: &AppState,
    store: StoreId,
    filter: CardFilter,
    before: Option<i64>,
    fetch: u64,
) -> Result<Vec<Card>, Problem> {
    let filter = store::Filter {
        status: filter.status.map(|status| match status {
            Status::Active => StoredStatus::Active,
            Status::Redeemed => StoredStatus::Redeemed,
            Status::Expired => StoredStatus::Expired,
            Status::Voided => StoredStatus::Voided,
        }),
        recipient: filter.recipient.map(|recipient| recipient.trim().to_lowercase()),
        last_four: filter.last_four.map(|symbols| symbols.to_uppercase()),
        batch: filter.batch,
        before,
    };
    let now = app.clock.now().as_millisecond();
    let rows = store::list(app.db.read(), store, &filter, now, fetch).await?;
    told(app.db.read(), store, rows).await
}

/// One card.
pub async fn get<C: Connection>(db: &C, store: StoreId, id: i64) -> Result<Card, Problem> {
    let row = rows::by_id::<store::card::Entity>(db, store, id).await?;
    let row = row.ok_or_else(|| Problem::not_found("gift card", id))?;
    let mut cards = told(db, store, vec![row]).await?;
    cards.pop().ok_or_else(|| Problem::internal(format!("gift card {id} has no account")))
}

/// The cards with these ids, in no order; those that do not exist are left out.
pub async fn get_many<C: Connection>(db: &C, store: StoreId, ids: &[i64]) -> Result<Vec<Card>, Problem> {
    let rows = rows::by_ids::<store::card::Entity>(db, store, ids.iter().copied()).await?;
    told(db, store, rows).await
}

/// Cards with what the ledger and the outbox know of them.
async fn told<C: Connection>(db: &C, store: StoreId, rows: Vec<CardRow>) -> Result<Vec<Card>, Problem> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let states = ledger::accounts(db, store, &ids).await?;
    let mut states: HashMap<i64, AccountState> =
        states.into_iter().map(|state| (state.account.id, state)).collect();
    let mut deliveries = mail::deliveries(db, store, DELIVERY, &ids).await?;
    let card = |row: CardRow| {
        let state = states.remove(&row.id)?;
        let delivery = deliveries.remove(&row.id);
        Some(Card { row, state, delivery })
    };
    Ok(rows.into_iter().filter_map(card).collect())
}

/// The code of a card, opened with the server's secret.
///
/// Errors: internal, when it was sealed with another secret.
fn open_code(app: &AppState, row: &CardRow) -> Result<CardCode, Problem> {
    let opened = app.secret.open(&row.code_hash, &row.code_sealed);
    let code = opened.and_then(|text| CardCode::parse(&text).ok());
    code.ok_or_else(|| {
        let message =
            "the code of gift card cannot be opened: the server's secret is not the one it was made with";
        Problem::internal(format!("{message} (card {})", row.id))
    })
}
