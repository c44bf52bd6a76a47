//! What a cart holds for a while.

use std::fmt;

use engine::redemption::Hold;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::balance::{Charge, Till, releases};
use super::book::{Book, Part};
use super::record::{End, MadeBy, Record};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::db::bulk;
use crate::platform::db::{Connection, DbErr, Transaction, WriteError};
use crate::platform::http::{Code, Problem};
use crate::platform::ids::{StoreId, next_id};
use crate::redemption::store::{self, RedemptionRow, ReservationRow};

/// What is held, as it is stored.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Holds {
    promotions: Vec<Record>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    balances: Vec<Charge>,
}

/// A reservation that holds something.
#[derive(Clone, Debug)]
pub(super) struct Holding {
    pub(super) id: i64,
    pub(super) cart: String,
    pub(super) parts: Vec<Part>,
    expires_at: i64,
    holds: Holds,
}

/// A reservation that cannot be ended as it should: what it holds stays held until someone looks.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    reservation: i64,
    what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "reservation {}: {}", self.reservation, self.what)
    }
}

impl From<Fault> for DbErr {
    fn from(fault: Fault) -> Self {
        Self::Custom(fault.to_string())
    }
}

/// The parts of these records, each in its slot.
pub(super) fn parts(records: &[Record]) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    for record in records {
        parts.extend(record.parts()?.into_iter().map(|take| Part { take, slot: record.slot }));
    }
    Ok(parts)
}

impl Holding {
    pub(super) fn of(row: ReservationRow) -> Result<Self, Fault> {
        let fault =
            |what: String| Fault { reservation: row.id, what: format!("`holds` cannot be read: {what}") };
        let holds: Holds = serde_json::from_str(&row.holds).map_err(|error| fault(error.to_string()))?;
        let parts = parts(&holds.promotions).map_err(|problem| fault(problem.detail().to_owned()))?;
        Ok(Self { id: row.id, cart: row.cart_id, expires_at: row.expires_at, parts, holds })
    }

    /// Those that can be read, and what is wrong with the others.
    pub(super) fn all_of(rows: Vec<ReservationRow>) -> (Vec<Self>, Vec<Fault>) {
        let (mut holdings, mut faults) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in rows {
            match Self::of(row) {
                Ok(holding) => holdings.push(holding),
                Err(fault) => faults.push(fault),
            }
        }
        (holdings, faults)
    }

    /// One that is made now; `parts` are what was counted for it.
    pub(super) fn new(
        (id, cart, expires_at): (i64, String, i64),
        parts: Vec<Part>,
        promotions: Vec<Record>,
        balances: Vec<Charge>,
    ) -> Self {
        Self { id, cart, expires_at, parts, holds: Holds { promotions, balances } }
    }

    /// What it holds of gift cards and store credit.
    pub(super) fn balances(&self) -> &[Charge] {
        &self.holds.balances
    }

    pub(super) fn row(&self, now: i64) -> ReservationRow {
        ReservationRow {
            id: self.id,
            cart_id: self.cart.clone(),
            state: "held".to_owned(),
            expires_at: self.expires_at,
            // Numbers and texts can always be written.
            holds: serde_json::to_string(&self.holds).unwrap_or_default(),
            order_id: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether the counters hold what it says that it holds. Who changed either from outside must not have it given back
    /// twice, and its end must not fail those who are decided with it.
    ///
    /// Errors: they hold less.
    pub(super) fn check(&self, book: &Book) -> Result<(), Fault> {
        book.holds(&self.parts).map_err(|what| Fault { reservation: self.id, what })
    }

    /// Ends it without an order: balances are free again; what its promotions give back is free again, the rest counts
    /// from now on as if it had been ordered, by the redemptions that are answered. They have no ids yet.
    ///
    /// Errors: counters or accounts do not hold what it holds, and then nothing changes.
    fn expire(&self, book: &mut Book, till: &mut Till, now: i64) -> Result<Vec<RedemptionRow>, Fault> {
        let fault = |what: String| Fault { reservation: self.id, what };
        let held: Vec<(Hold, Part)> = self.parts.iter().map(|part| (Hold::Held, part.clone())).collect();
        let kept = self.holds.promotions.iter().filter(|it| !it.is_given_back_on(End::Expired));
        let counted: Vec<Record> = kept.cloned().collect();
        let mut parts = parts(&counted).map_err(|problem| fault(problem.detail().to_owned()))?;
        // It was let in once; that a limit was lowered since must not throw it out.
        parts.iter_mut().for_each(|part| part.take.most = None);
        self.check(book)?;
        till.decide(releases(self.balances()), from_milliseconds(now)).map_err(|(account, refusal)| {
            fault(format!("ledger account {account} does not let go what it holds: {refusal:?}"))
        })?;
        book.settle(&held, &parts, Hold::Committed)
            .map_err(|short| fault(format!("its counters fall short: {short:?}")))?;
        let made_by = MadeBy { reservation: Some(self.id), ..MadeBy::default() };
        Ok(counted.iter().map(|record| record.row(0, made_by, now)).collect())
    }
}

/// Reservations that end without an order.
#[derive(Debug, Default)]
pub(super) struct Ended {
    ids: Vec<i64>,
    /// What counts from now on as if it had been ordered; they have no ids yet.
    pub(super) kept: Vec<RedemptionRow>,
}

impl Ended {
    /// Ends them in memory; those that cannot be ended go to the faults.
    pub(super) fn expire(
        holdings: &[Holding],
        faults: &mut Vec<Fault>,
        (book, till): (&mut Book, &mut Till),
        now: i64,
    ) -> Self {
        let mut ended = Self::default();
        for holding in holdings {
            match holding.expire(book, till, now) {
                Ok(kept) => {
                    ended.ids.push(holding.id);
                    ended.kept.extend(kept);
                }
                Err(fault) => faults.push(fault),
            }
        }
        ended
    }

    /// Writes that they ended.
    pub(super) async fn write(&self, tx: &Transaction, store: StoreId, now: i64) -> Result<(), DbErr> {
        store::end_reservations(tx, store, &self.ids, "expired", now).await
    }
}

/// Ends reservations without letting go what they hold, so that they stand in nobody's way; `largesse doctor --verify`
/// names them from then on.
pub(super) async fn set_aside(
    tx: &Transaction,
    store: StoreId,
    faults: &[Fault],
    now: i64,
) -> Result<(), DbErr> {
    for Fault { reservation, what } in faults {
        tracing::error!(
            store = store.0,
            reservation,
            "a reservation could not be ended, and what it holds stays held: {what}; `largesse doctor --verify` tells more"
        );
        store::set_aside(tx, store, *reservation, what, now).await?;
    }
    Ok(())
}

/// Redemptions that had no ids, with ids.
pub(super) async fn numbered(
    tx: &Transaction,
    store: StoreId,
    rows: Vec<RedemptionRow>,
) -> Result<Vec<RedemptionRow>, DbErr> {
    if rows.is_empty() {
        return Ok(rows);
    }
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let first = next_id(tx, store, "redemption", count).await?;
    Ok((first..).zip(rows).map(|(id, row)| RedemptionRow { id, ..row }).collect())
}

/// A reservation as it is told.
#[derive(Clone, Debug)]
pub struct Reservation {
    /// Its id.
    pub id: i64,
    /// The cart that holds it.
    pub cart: String,
    /// `held`, `committed`, `released` or `expired`.
    pub state: &'static str,
    /// When it expires.
    pub expires: Timestamp,
    /// The order that it became.
    pub order: Option<i64>,
    /// When it was made.
    pub created: Timestamp,
    /// The promotions of which it holds something.
    pub promotions: Vec<Record>,
    /// What it holds of gift cards and store credit.
    pub balances: Vec<Charge>,
}

fn told(row: ReservationRow, now: Timestamp) -> Result<Reservation, Problem> {
    let unreadable =
        |error| Problem::internal(format!("the holds of reservation {} cannot be read: {error}", row.id));
    let holds: Holds = serde_json::from_str(&row.holds).map_err(unreadable)?;
    let state = match row.state.as_str() {
        "held" if row.expires_at <= now.as_millisecond() => "expired",
        "held" => "held",
        "committed" => "committed",
        "released" => "released",
        _ => "expired",
    };
    Ok(Reservation {
        id: row.id,
        cart: row.cart_id,
        state,
        expires: from_milliseconds(row.expires_at),
        order: row.order_id,
        created: from_milliseconds(row.created_at),
        promotions: holds.promotions,
        balances: holds.balances,
    })
}

/// The reservation with this id.
pub async fn get<C: Connection>(
    db: &C,
    store: StoreId,
    id: i64,
    now: Timestamp,
) -> Result<Reservation, Problem> {
    let row = store::reservation(db, store, id, false).await?;
    told(row.ok_or_else(|| Problem::not_found("reservation", id))?, now)
}

/// Moves the end of a reservation that still holds.
///
/// Errors: it does not hold any more.
pub async fn renew(
    tx: &Transaction,
    store: StoreId,
    id: i64,
    expires: Timestamp,
    now: Timestamp,
) -> Result<Reservation, Problem> {
    let row = held(tx, store, id, now).await?;
    store::renew(tx, store, id, expires.as_millisecond(), now.as_millisecond()).await?;
    told(ReservationRow { expires_at: expires.as_millisecond(), ..row }, now)
}

/// Gives up a reservation: as if it expired now.
///
/// Errors: it does not hold any more.
pub async fn release(
    tx: &Transaction,
    store: StoreId,
    id: i64,
    now: Timestamp,
) -> Result<Reservation, Problem> {
    let row = held(tx, store, id, now).await?;
    let holding = Holding::of(row.clone()).map_err(DbErr::from)?;
    let mut till = Till::open(tx, store, holding.balances().iter()).await?;
    let mut book = Book::open(tx, store, holding.parts.iter()).await?;
    let kept = holding.expire(&mut book, &mut till, now.as_millisecond()).map_err(DbErr::from)?;
    till.close(tx, now).await?;
    book.close(tx).await?;
    let kept = numbered(tx, store, kept).await?;
    bulk::insert(tx, vec![store::redemption_rows(store, kept)]).await?;
    store::end_reservations(tx, store, &[id], "released", now.as_millisecond()).await?;
    told(ReservationRow { state: "released".to_owned(), ..row }, now)
}

async fn held(tx: &Transaction, store: StoreId, id: i64, now: Timestamp) -> Result<ReservationRow, Problem> {
    let row = store::reservation(tx, store, id, true).await?;
    let row = row.ok_or_else(|| Problem::not_found("reservation", id))?;
    let state = told(row.clone(), now)?.state;
    match state {
        "held" => Ok(row),
        state => {
            let detail = format!("the reservation {id} is {state} and holds nothing any more");
            Err(Problem::new(Code::ReservationEnded, detail))
        }
    }
}

/// Gives back what reservations hold whose time is over, of a store; tells how many.
pub async fn sweep(app: &AppState, store: StoreId) -> Result<usize, WriteError> {
    const AT_ONCE: u64 = 256;
    let now = app.clock.now().as_millisecond();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let rows = store::expired(tx, store, now, AT_ONCE, true).await?;
                let found = rows.len();
                let (holdings, mut faults) = Holding::all_of(rows);
                let balances = holdings.iter().flat_map(Holding::balances);
                let mut till = Till::open(tx, store, balances).await?;
                let mut book =
                    Book::open(tx, store, holdings.iter().flat_map(|holding| &holding.parts)).await?;
                let ended = Ended::expire(&holdings, &mut faults, (&mut book, &mut till), now);
                till.close(tx, from_milliseconds(now)).await?;
                book.close(tx).await?;
                ended.write(tx, store, now).await?;
                set_aside(tx, store, &faults, now).await?;
                let kept = numbered(tx, store, ended.kept).await?;
                bulk::insert(tx, vec![store::redemption_rows(store, kept)]).await?;
                Ok(found)
            })
        })
        .await
}

/// The stores with reservations whose time is over.
pub async fn stores_with_expired(app: &AppState) -> Result<Vec<StoreId>, Problem> {
    let now = app.clock.now().as_millisecond();
    Ok(store::stores_with_expired(app.db.read(), now).await?.into_iter().map(StoreId).collect())
}
