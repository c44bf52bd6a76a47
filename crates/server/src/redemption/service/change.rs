//! What one request wants of the desk, and what becomes of it.

use engine::ledger::Refusal;
use engine::promotion::Limits;
use engine::redemption::{Claim, CodeLimits, Hold, Setting, Short};

use super::balance::Charge;
use super::book::{LIMITED, Part};
use super::desk::Desk;
use super::record::{Record, letters};
use crate::idempotency::Remembered;
use crate::platform::db::bulk::Rows;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// What one request wants: all of it happens, or nothing.
#[derive(Clone, Debug)]
pub struct Change {
    /// The store.
    pub store: StoreId,
    /// The version of the rules by which the cart was priced: they must still be those.
    pub version: i64,
    /// The answer, and the key under which it is given again.
    pub remembered: Remembered,
    /// The cart whose reservation is its own.
    pub cart: Option<String>,
    /// Shared by orders that one checkout was split into.
    pub group: Option<String>,
    /// What is counted, with its limits.
    pub wanted: Vec<Wanted>,
    /// What it takes from gift cards and store credit.
    pub charges: Vec<Charge>,
    /// The first of as many ids as are wanted, for the redemptions of an order.
    pub first_redemption: i64,
    /// What it becomes.
    pub becomes: Becomes,
    /// Rows that are written with it, in the order of their tables.
    pub rows: Vec<Rows>,
}

/// What is counted of one promotion, with the limits that it must keep.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What is stored.
    pub record: Record,
    /// Its part of every counter.
    pub(in crate::redemption) parts: Vec<Part>,
}

impl Wanted {
    /// What is counted of a claim.
    pub fn of(
        desk: &Desk,
        claim: &Claim,
        limits: &Limits,
        code: Option<CodeLimits>,
        setting: &Setting,
    ) -> Self {
        let is_code_limited = code.is_some_and(|code| code.uses.or(code.uses_per_customer).is_some());
        let slot = desk.slot(limits.is_limited() || is_code_limited);
        let takes = claim.takes(1, limits, code.as_ref(), setting);
        let record = Record {
            promotion: claim.promotion,
            code: code.map(|code| code.code),
            uses: 1,
            spent: claim.spent.get(),
            currency: setting.currency.code().to_owned(),
            channel: setting.channel,
            day: setting.day,
            identities: setting.identities.clone(),
            slot,
            given_back_on: letters(limits.given_back),
        };
        Self { record, parts: takes.into_iter().map(|take| Part { take, slot }).collect() }
    }

    /// Its parts, those of uses left out when another order of its group has the use.
    pub(super) fn parts(&self, has_use: bool) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| !has_use || is_money(part))
    }

    /// The same, counted where all nodes decide by one row, limited or not: orders of a group must see each other's use.
    pub(super) fn of_group(self) -> Self {
        let parts = self.parts.into_iter().map(|part| Part { slot: LIMITED, ..part }).collect();
        Self { record: Record { slot: LIMITED, ..self.record }, parts }
    }

    /// Whether anything of it is limited.
    pub(super) fn is_limited(&self) -> bool {
        self.record.slot == LIMITED
    }
}

fn is_money(part: &Part) -> bool {
    matches!(part.take.counter, engine::redemption::Counter::Spent { .. })
}

/// What a change becomes.
#[derive(Clone, Debug)]
pub enum Becomes {
    /// An order.
    Order {
        /// Its id.
        id: i64,
        /// The storefront's own name for it.
        reference: Option<String>,
    },
    /// A reservation.
    Reservation {
        /// Its id.
        id: i64,
        /// When it expires, in milliseconds.
        expires_at: i64,
    },
}

impl Becomes {
    /// How it is counted.
    pub(super) fn hold(&self) -> Hold {
        match self {
            Self::Order { .. } => Hold::Committed,
            Self::Reservation { .. } => Hold::Held,
        }
    }
}

/// What became of a change.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// All of it happened.
    Done,
    /// It had happened before: the answer of then.
    Before {
        /// The status.
        status: u16,
        /// The body.
        body: String,
    },
    /// The rules changed since the cart was priced.
    Stale,
    /// Too little is on an account, or it cannot be used any more.
    Balance {
        /// The account.
        account: i64,
        /// Why not.
        refusal: Refusal,
    },
    /// Too little is left: what of everything that was asked for others have used.
    Short(Vec<Short>),
    /// It cannot happen.
    Refused(Refused),
}

/// Why a change cannot happen however the cart is priced.
#[derive(Clone, Debug)]
pub enum Refused {
    /// The key was used for something else.
    OtherRequest,
    /// An order of this name exists and was another one.
    OrderExists {
        /// Its id.
        id: i64,
        /// Whether it was placed with the same request.
        is_same: bool,
    },
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        use crate::platform::http::Code;
        match refused {
            Refused::OtherRequest => crate::idempotency::mismatch(),
            Refused::OrderExists { id, .. } => Self::new(
                Code::OrderExists,
                format!("the order {id} has this `reference` already, and was placed with another request"),
            ),
        }
    }
}
