//! What a cart holds for a while.

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

fn unreadable(problem: &Problem) -> DbErr {
    DbErr::Custom(format!("a reservation cannot be read: {}", problem.detail()))
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
    pub(super) fn of(row: ReservationRow) -> Result<Self, DbErr> {
        let holds: Holds =
            serde_json::from_str(&row.holds).map_err(|error| DbErr::Custom(error.to_string()))?;
        let parts = parts(&holds.promotions).map_err(|problem| unreadable(&problem))?;
        Ok(Self { id: row.id, cart: row.cart_id, expires_at: row.expires_at, parts, holds })
    }

    pub(super) fn new(
        id: i64,
        cart: String,
        expires_at: i64,
        promotions: Vec<Record>,
        balances: Vec<Charge>,
    ) -> Self {
        // What was just counted can be read.
        let parts = parts(&promotions).unwrap_or_default();
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
            holds: serde_json::to_string(&self.holds).unwrap_or_default(),
            order_id: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Ends it without an order: balances are free again; what its promotions give back is free again, the rest counts from now on as if it had
    /// been ordered, by the redemptions that are answered. They have no ids yet.
    pub(super) fn expire(&self, book: &mut Book, till: &mut Till, now: i64) -> Vec<RedemptionRow> {
        // Letting go never fails.
        let _ = till.decide(releases(self.balances()), from_milliseconds(now));
        let held: Vec<(Hold, Part)> = self.parts.iter().map(|part| (Hold::Held, part.clone())).collect();
        let kept: Vec<&Record> =
            self.holds.promotions.iter().filter(|it| !it.is_given_back_on(End::Expired)).collect();
        let counted: Vec<Record> = kept.into_iter().cloned().collect();
        let mut parts = parts(&counted).unwrap_or_default();
        // It was let in once; that a limit was lowered since must not throw it out.
        parts.iter_mut().for_each(|part| part.take.most = None);
        if book.settle(&held, &parts, Hold::Committed).is_err() {
            return Vec::new();
        }
        let made_by = MadeBy { reservation: Some(self.id), ..MadeBy::default() };
        counted.iter().map(|record| record.row(0, made_by, now)).collect()
    }
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

/// What a reservation holds of gift cards and store credit.
pub(super) fn held_balances(row: ReservationRow) -> Result<Vec<Charge>, DbErr> {
    Ok(Holding::of(row)?.holds.balances)
}

/// What a reservation holds of counters.
pub(super) fn held_parts(row: ReservationRow) -> Result<Vec<Part>, DbErr> {
    Ok(Holding::of(row)?.parts)
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
    let holds: Holds = serde_json::from_str(&row.holds).map_err(Problem::internal)?;
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
    let holding = Holding::of(row.clone())?;
    let mut till = Till::open(tx, store, holding.balances().iter()).await?;
    let mut book = Book::open(tx, store, holding.parts.iter()).await?;
    let kept = holding.expire(&mut book, &mut till, now.as_millisecond());
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
                let holdings: Vec<Holding> =
                    rows.into_iter().map(Holding::of).collect::<Result<_, DbErr>>()?;
                let balances = holdings.iter().flat_map(Holding::balances);
                let mut till = Till::open(tx, store, balances).await?;
                let mut book =
                    Book::open(tx, store, holdings.iter().flat_map(|holding| &holding.parts)).await?;
                let expire = |holding: &Holding| holding.expire(&mut book, &mut till, now);
                let kept: Vec<RedemptionRow> = holdings.iter().flat_map(expire).collect();
                till.close(tx, from_milliseconds(now)).await?;
                book.close(tx).await?;
                let kept = numbered(tx, store, kept).await?;
                bulk::insert(tx, vec![store::redemption_rows(store, kept)]).await?;
                let ids: Vec<i64> = holdings.iter().map(|holding| holding.id).collect();
                store::end_reservations(tx, store, &ids, "expired", now).await?;
                Ok(ids.len())
            })
        })
        .await
}

/// The stores with reservations whose time is over.
pub async fn stores_with_expired(app: &AppState) -> Result<Vec<StoreId>, Problem> {
    let now = app.clock.now().as_millisecond();
    Ok(store::stores_with_expired(app.db.read(), now).await?.into_iter().map(StoreId).collect())
}
