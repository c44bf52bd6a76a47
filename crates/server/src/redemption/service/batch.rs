//! Deciding about many changes in one transaction: read all that they touch, decide one after the other in memory,
//! write all that came of it. However many there are, the statements are the same few.

use std::collections::{HashMap, HashSet};

use engine::ledger::Refusal;
use engine::redemption::{Hold, Short, Take};
use jiff::Timestamp;

use super::balance::{Till, holds, takes};
use super::book::{Book, Part};
use super::change::{Becomes, Change, Outcome, Refused, Wanted};
use super::record::{MadeBy, Record};
use super::reservation::{Ended, Fault, Holding, numbered, set_aside};
use crate::idempotency::{self, Remembered};
use crate::order;
use crate::platform::clock::from_milliseconds;
use crate::platform::db::bulk::{self, Rows};
use crate::platform::db::turn;
use crate::platform::db::{Transaction, WriteError};
use crate::platform::ids::StoreId;
use crate::redemption::store::{self, RedemptionRow, ReservationRow};

/// Reservations that are swept with one batch.
const SWEPT_MAX: u64 = 256;

/// Decides about changes, in their order, and writes what came of them.
pub(super) async fn settle(
    tx: &Transaction,
    store: StoreId,
    changes: Vec<Change>,
    now: Timestamp,
) -> Result<Vec<Outcome>, WriteError> {
    let mut scene = Scene::read(tx, store, &changes, now).await?;
    let outcomes: Vec<Outcome> = changes.into_iter().map(|change| scene.decide(change)).collect();
    scene.write(tx, now).await?;
    Ok(outcomes)
}

/// All that the changes touch, and what is to be written.
struct Scene {
    store: StoreId,
    version: i64,
    now: i64,
    /// Those from before.
    answers: HashMap<(i64, String), Remembered>,
    /// Where those that are made here stand in `remembered`.
    answered: HashMap<(i64, String), usize>,
    orders: HashMap<String, (i64, String)>,
    uses_of_groups: HashSet<(String, u64)>,
    /// What carts hold.
    held: HashMap<String, Holding>,
    till: Till,
    book: Book,
    // From here on, what is to be written.
    remembered: Vec<Remembered>,
    redemptions: Vec<RedemptionRow>,
    /// Of reservations that expired and give nothing back; they have no ids yet.
    kept: Vec<RedemptionRow>,
    /// Reservations that cannot be ended as they should.
    faults: Vec<Fault>,
    reservations: HashMap<i64, ReservationRow>,
    replaced: Vec<i64>,
    ordered: Vec<(i64, i64)>,
    rows: Vec<Rows>,
}

impl Scene {
    async fn read(
        tx: &Transaction,
        store: StoreId,
        changes: &[Change],
        now: Timestamp,
    ) -> Result<Self, WriteError> {
        turn::share(tx, store).await?;
        let keys: Vec<(i64, &str)> =
            changes.iter().map(|it| (it.remembered.caller, it.remembered.key.as_str())).collect();
        let references: Vec<&str> = changes.iter().filter_map(Change::reference).collect();
        let questions = [
            store::ask_state(tx, store, now.as_millisecond()),
            idempotency::ask(tx, store, &keys),
            order::ask_named(tx, store, &references),
        ];
        let [state, answers, orders] = bulk::ask(tx, questions).await?;
        let state: store::StateRow = bulk::rows(&state)?.into_iter().next().unwrap_or_default();
        let (answers, orders) = (idempotency::told(&answers)?, order::named(&orders)?);
        let swept = match state.has_expired {
            0 => Vec::new(),
            _ => store::expired(tx, store, now.as_millisecond(), SWEPT_MAX, true).await?,
        };
        let carts: Vec<&str> = changes.iter().filter_map(|change| change.cart.as_deref()).collect();
        let held = store::held_by_carts(tx, store, &carts).await?;
        let (swept, mut faults) = Holding::all_of(swept);
        let (held, unreadable) = Holding::all_of(held);
        faults.extend(unreadable);
        let charges = changes.iter().flat_map(|change| &change.charges);
        let of_holdings = swept.iter().chain(&held).flat_map(Holding::balances);
        let till = Till::open(tx, store, charges.chain(of_holdings)).await?;
        let wanted = changes.iter().flat_map(|change| &change.wanted).flat_map(|wanted| &wanted.parts);
        let of_holdings = swept.iter().chain(&held).flat_map(|holding| &holding.parts);
        let book = Book::open(tx, store, wanted.chain(of_holdings)).await?;
        // Not before the counters are held: until then another node may be giving the group its use.
        let groups: Vec<&str> = changes.iter().filter_map(|change| change.group.as_deref()).collect();
        let uses_of_groups = store::uses_of_groups(tx, store, &groups).await?;
        let mut scene = Self {
            store,
            version: state.version,
            now: now.as_millisecond(),
            answers: answers.into_iter().map(|it| ((it.caller, it.key.clone()), it)).collect(),
            answered: HashMap::new(),
            orders: orders.into_iter().map(|it| (it.reference, (it.id, it.fingerprint))).collect(),
            uses_of_groups: uses_of_groups
                .into_iter()
                .map(|(group, promotion)| (group, promotion.unsigned_abs()))
                .collect(),
            held: HashMap::new(),
            till,
            book,
            remembered: Vec::new(),
            redemptions: Vec::new(),
            kept: Vec::new(),
            faults: Vec::new(),
            reservations: HashMap::new(),
            replaced: Vec::new(),
            ordered: Vec::new(),
            rows: Vec::new(),
        };
        let expired = Ended::expire(&swept, &mut faults, (&mut scene.book, &mut scene.till), scene.now);
        expired.write(tx, store, scene.now).await?;
        scene.kept = expired.kept;
        scene.faults = faults;
        let swept: HashSet<i64> = swept.iter().map(|holding| holding.id).collect();
        let live = held.into_iter().filter(|holding| !swept.contains(&holding.id));
        scene.held = live.map(|holding| (holding.cart.clone(), holding)).collect();
        Ok(scene)
    }

    fn decide(&mut self, change: Change) -> Outcome {
        let Remembered { caller, key, fingerprint, .. } = &change.remembered;
        let name = (*caller, key.clone());
        let here = self.answered.get(&name).and_then(|place| self.remembered.get(*place));
        if let Some(before) = self.answers.get(&name).or(here) {
            return match before.fingerprint == *fingerprint {
                true => Outcome::Before { status: before.status, body: before.body.clone() },
                false => Outcome::Refused(Refused::OtherRequest),
            };
        }
        if let Some((id, placed_with)) = change.reference().and_then(|it| self.orders.get(it)) {
            return Outcome::Refused(Refused::OrderExists { id: *id, is_same: placed_with == fingerprint });
        }
        if change.version != self.version {
            return Outcome::Stale;
        }
        self.check_own(&change);
        if let Err(short) = self.take(&change) {
            return Outcome::Short(short);
        }
        if let Err((account, refusal)) = self.charge(&change) {
            self.untake(&change);
            return Outcome::Balance { account, refusal };
        }
        self.accept(change);
        Outcome::Done
    }

    /// Sets the change's own reservation aside when the counters do not hold what it says.
    fn check_own(&mut self, change: &Change) {
        let own = change.cart.as_ref().and_then(|cart| self.held.get(cart));
        if let Some(fault) = own.and_then(|own| own.check(&self.book).err())
            && let Some(cart) = &change.cart
        {
            self.held.remove(cart);
            self.faults.push(fault);
        }
    }

    /// Counts what the change wants, its own reservation aside.
    ///
    /// Errors: when too little is left of anything, what others have used of everything that it wants.
    fn take(&mut self, change: &Change) -> Result<(), Vec<Short>> {
        let (given_back, taken) = self.parts_of(change);
        self.book.settle(&given_back, &taken, change.becomes.hold()).map_err(|_| {
            let own_of = |part: &Part| -> i64 {
                let same = given_back.iter().filter(|(_, own)| own.take.counter == part.take.counter);
                same.map(|(_, own)| own.take.amount).sum()
            };
            let used = |part: &Part| Short {
                counter: part.take.counter.clone(),
                most: part.take.most.unwrap_or(i64::MAX),
                used: self.book.used(&part.take.counter) - own_of(part),
            };
            change.wanted.iter().filter(|it| it.is_limited()).flat_map(|it| &it.parts).map(used).collect()
        })
    }

    /// Counts back what was just taken.
    fn untake(&mut self, change: &Change) {
        let (given_back, taken) = self.parts_of(change);
        let hold = change.becomes.hold();
        let taken: Vec<(Hold, Part)> = taken.into_iter().map(|part| (hold, part)).collect();
        let without_limit = |(_, part): (Hold, Part)| {
            let take = Take { most: None, ..part.take };
            Part { take, ..part }
        };
        let held: Vec<Part> = given_back.into_iter().map(without_limit).collect();
        // What was there a moment ago fits.
        let _ = self.book.settle(&taken, &held, Hold::Held);
    }

    /// Takes, or holds, what the change wants of gift cards and store credit.
    ///
    /// Errors: what is refused, and of which account.
    fn charge(&mut self, change: &Change) -> Result<(), (i64, Refusal)> {
        let own =
            change.cart.as_ref().and_then(|cart| self.held.get(cart)).map_or(&[][..], Holding::balances);
        let postings = match &change.becomes {
            Becomes::Order { id, .. } => takes(own, &change.charges, *id),
            Becomes::Reservation { .. } => holds(own, &change.charges),
        };
        self.till.decide(postings, from_milliseconds(self.now))
    }

    /// What the change's own reservation gives back, and what the change takes.
    fn parts_of(&self, change: &Change) -> (Vec<(Hold, Part)>, Vec<Part>) {
        let own = change.cart.as_ref().and_then(|cart| self.held.get(cart));
        let given_back: Vec<(Hold, Part)> =
            own.map_or(Vec::new(), |own| own.parts.iter().map(|part| (Hold::Held, part.clone())).collect());
        // Who holds a use has it, also when the limit was lowered since.
        let is_own = |part: &Part| {
            let same = given_back.iter().filter(|(_, own)| own.take.counter == part.take.counter);
            same.map(|(_, own)| own.take.amount).sum::<i64>() >= part.take.amount
        };
        let honoured = |part: &Part| match is_own(part) {
            true => Part { take: Take { most: None, ..part.take.clone() }, ..part.clone() },
            false => part.clone(),
        };
        let wanted = change.wanted.iter();
        let taken = wanted.flat_map(|it| it.parts(self.has_use(change, it))).map(honoured).collect();
        (given_back, taken)
    }

    /// Whether another order of its group has the use already.
    fn has_use(&self, change: &Change, wanted: &Wanted) -> bool {
        let use_of = |group: &String| (group.clone(), wanted.record.promotion);
        change.group.as_ref().is_some_and(|group| self.uses_of_groups.contains(&use_of(group)))
    }

    /// Makes what the change becomes, for those after it to see and for the end to write.
    fn accept(&mut self, change: Change) {
        let records: Vec<Record> = change
            .wanted
            .iter()
            .map(|wanted| match self.has_use(&change, wanted) {
                true => Record { uses: 0, ..wanted.record.clone() },
                false => wanted.record.clone(),
            })
            .collect();
        let parts = change.wanted.iter().flat_map(|it| it.parts(self.has_use(&change, it)));
        let parts: Vec<Part> = parts.cloned().collect();
        let own = change.cart.as_ref().and_then(|cart| self.held.remove(cart));
        match &change.becomes {
            Becomes::Order { id, reference } => {
                let made_by = MadeBy { order: Some(*id), group: change.group.as_deref(), reservation: None };
                let rows =
                    (change.first_redemption..).zip(&records).map(|(row, it)| it.row(row, made_by, self.now));
                self.redemptions.extend(rows);
                self.ordered.extend(own.map(|own| (own.id, *id)));
                let named = reference
                    .clone()
                    .map(|reference| (reference, (*id, change.remembered.fingerprint.clone())));
                self.orders.extend(named);
                let group = change.group.as_ref();
                let uses = group.map(|group| records.iter().map(|it| (group.clone(), it.promotion)));
                self.uses_of_groups.extend(uses.into_iter().flatten());
            }
            Becomes::Reservation { id, expires_at } => {
                let cart = change.cart.clone().unwrap_or_default();
                let made = (*id, cart.clone(), *expires_at);
                let holding = Holding::new(made, parts, records, change.charges.clone());
                if let Some(own) = own {
                    // One that was made in the same batch is not there yet.
                    match self.reservations.get_mut(&own.id) {
                        Some(row) => "released".clone_into(&mut row.state),
                        None => self.replaced.push(own.id),
                    }
                }
                self.reservations.insert(*id, holding.row(self.now));
                self.held.insert(cart, holding);
            }
        }
        for (insert, rows) in change.rows {
            match self.rows.iter_mut().find(|(known, _)| std::ptr::eq(*known, insert)) {
                Some((_, known)) => known.extend(rows),
                None => self.rows.push((insert, rows)),
            }
        }
        let Remembered { caller, key, .. } = &change.remembered;
        self.answered.insert((*caller, key.clone()), self.remembered.len());
        self.remembered.push(change.remembered);
    }

    async fn write(mut self, tx: &Transaction, now: Timestamp) -> Result<(), WriteError> {
        let store = self.store;
        self.redemptions.extend(numbered(tx, store, self.kept).await?);
        self.till.close(tx, now).await?;
        // Before others of the same carts come.
        set_aside(tx, store, &self.faults, self.now).await?;
        let mut tables = vec![self.book.rows()];
        store::end_reservations(tx, store, &self.replaced, "released", self.now).await?;
        let mut reservations = self.reservations;
        let mut converted = Vec::new();
        for (reservation, order) in &self.ordered {
            // One that was made in the same batch is not there yet.
            match reservations.get_mut(reservation) {
                Some(row) => {
                    row.state = "committed".to_owned();
                    row.order_id = Some(*order);
                }
                None => converted.push((*reservation, *order)),
            }
        }
        let ids: Vec<i64> = converted.iter().map(|(reservation, _)| *reservation).collect();
        store::end_reservations(tx, store, &ids, "committed", self.now).await?;
        tables.push(store::reservation_rows(store, reservations.into_values()));
        tables.extend(self.rows);
        tables.push(store::redemption_rows(store, self.redemptions));
        tables.push(idempotency::rows(store, self.remembered, now));
        bulk::insert(tx, tables).await?;
        for (reservation, order) in converted {
            store::name_order(tx, store, reservation, order).await?;
        }
        Ok(())
    }
}

impl Change {
    fn reference(&self) -> Option<&str> {
        match &self.becomes {
            Becomes::Order { reference, .. } => reference.as_deref(),
            Becomes::Reservation { .. } => None,
        }
    }
}
