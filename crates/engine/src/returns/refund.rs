//! What is refunded for a return.

use std::collections::{BTreeMap, BTreeSet};

use super::order::{Order, OrderLine};
use super::refused::Refused;
use crate::money::Minor;

/// What comes back now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Return {
    /// Lines by id, and how many units of each.
    pub lines: Vec<(String, u32)>,
    /// Whether the share of shipping of everything returned so far is refunded too.
    pub with_shipping: bool,
    /// Keys of gifts that are given back, all their units.
    pub gifts: Vec<String>,
}

/// What came back before, and what was refunded for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Returned {
    /// Units by line.
    pub units: BTreeMap<String, u32>,
    /// Keys of the gifts that were given back.
    pub gifts: BTreeSet<String>,
    /// What was refunded for lines and gifts, added tax included.
    pub goods: Minor,
    /// What was refunded for shipping.
    pub shipping: Minor,
}

/// What becomes of discounts whose condition the kept goods no longer fulfil.
#[derive(Clone, Copy, Debug)]
pub enum Policy<'a> {
    /// They stay: a returned unit is refunded at the price that is stored for it.
    Keep,
    /// The kept goods are priced again, and what they cost more is clawed back from the refund.
    Reprice {
        /// What the kept goods cost by the original rules, facts and instant, added tax included and shipping not:
        /// [`Order::goods`] of the evaluation of [`kept_cart`](super::kept_cart).
        kept_total: Minor,
    },
    /// They stay, but gifts that the kept goods no longer earn and that are not given back are paid for.
    ForfeitGifts {
        /// How many units of which gift the kept goods still earn; none of those that are not named.
        still_given: &'a BTreeMap<String, u64>,
    },
}

/// What is refunded for a return.
///
/// `total` is what its lines and `shipping` come to, less `clawed_back`, and `restored`. Nothing is below zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The returned units at the prices stored for them, in the order of the return.
    pub lines: Vec<RefundLine>,
    /// What is kept of every line of which anything is, in the order of the lines.
    pub kept: Vec<KeptLine>,
    /// What is refunded for shipping.
    pub shipping: Minor,
    /// What is held back from the lines.
    pub clawed_back: Minor,
    /// What earlier returns held back and this one gives after all.
    pub restored: Minor,
    /// What is refunded in all.
    pub total: Minor,
}

/// Returned units of a line at the prices stored for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundLine {
    /// The line.
    pub id: String,
    /// How many units.
    pub units: u32,
    /// What they cost, added tax included.
    pub amount: Minor,
    /// The tax in `amount`; `None` when it was not told.
    pub tax: Option<Minor>,
}

/// Units of a line that are kept after a return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLine {
    /// The line.
    pub id: String,
    /// How many units.
    pub units: u32,
    /// What they cost as committed, added tax included.
    pub amount: Minor,
}

/// Works out what is refunded for a return.
///
/// - The units of a line come back dearest first: of three for the price of two, the two that were paid for come
///   back before the free one. Units that cost the same are the same, and no cent is ever divided.
/// - Tax goes with the units by what they cost, rounded half up; the last unit brings what is left of it.
/// - With `with_shipping`, shipping goes with the units by their number, rounded down; the last unit of the order
///   brings what is left of it. The share counts units that came back before without their shipping, too.
/// - [`Policy::Reprice`] refunds for goods, over all returns together, what was paid less what the kept goods cost
///   now; [`Policy::ForfeitGifts`] what the returned units cost less the value of forfeited gifts, once. Neither
///   ever refunds more than the returned units cost, or less than nothing; what cannot be held back now is held
///   back from later returns, and what is no longer due is restored by them.
/// - All refunds together never exceed what was paid.
///
/// Units: minor units. Errors: [`Refused`], the first thing that is wrong. Source: docs/adr/0011.
///
/// ```
/// use engine::{money::Minor, promotion::UnitPrice, returns::*};
/// let units = vec![UnitPrice { price: Minor::new(1900), units: 3 }];
/// let line = OrderLine { id: "1".into(), units, tax: None };
/// let order = Order { lines: vec![line], ..Order::default() };
/// let one = Return { lines: vec![("1".into(), 1)], ..Return::default() };
/// let refund = refund(&order, &Returned::default(), &one, Policy::Keep).unwrap();
/// assert_eq!(refund.total, Minor::new(1900));
/// ```
pub fn refund(
    order: &Order,
    before: &Returned,
    asked: &Return,
    policy: Policy<'_>,
) -> Result<Refund, Refused> {
    check(order, before, asked)?;
    let after = before.with(asked);
    let lines: Vec<RefundLine> = asked
        .lines
        .iter()
        .filter_map(|(id, units)| order.lines.iter().find(|line| line.id == *id).map(|line| (line, *units)))
        .map(|(line, units)| returned_line(order, line, before.units_of(line), units))
        .collect();
    let at_stored_prices = lines.iter().map(|line| line.amount).sum::<Minor>();
    let left = (order.goods() - before.goods).max(Minor::ZERO);
    let goods = match policy {
        Policy::Keep => at_stored_prices.min(left),
        Policy::Reprice { kept_total } => {
            let due = after.at_stored_prices(order).min(order.goods() - kept_total);
            (due - before.goods).max(Minor::ZERO)
        }
        Policy::ForfeitGifts { still_given } => {
            let due = after.at_stored_prices(order) - forfeited(order, &after, still_given);
            (due - before.goods).max(Minor::ZERO)
        }
    };
    let shipping = if asked.with_shipping { shipping(order, before, &after) } else { Minor::ZERO };
    Ok(Refund {
        lines,
        kept: kept_lines(order, &after),
        shipping,
        clawed_back: (at_stored_prices - goods).max(Minor::ZERO),
        restored: (goods - at_stored_prices).max(Minor::ZERO),
        total: goods + shipping,
    })
}

fn check(order: &Order, before: &Returned, asked: &Return) -> Result<(), Refused> {
    if asked.lines.is_empty() && asked.gifts.is_empty() && !asked.with_shipping {
        return Err(Refused::Nothing);
    }
    if before.goods > order.goods() || before.shipping > order.shipping {
        return Err(Refused::RefundedTooMuch);
    }
    let quantity = |id: &String| {
        let line = order.lines.iter().find(|line| line.id == *id);
        line.map(OrderLine::quantity).ok_or_else(|| Refused::UnknownLine(id.clone()))
    };
    for (id, units) in &before.units {
        let left = quantity(id)?;
        if *units > left {
            return Err(Refused::TooMany { line: id.clone(), asked: *units, left });
        }
    }
    let mut seen = BTreeSet::new();
    for (id, units) in &asked.lines {
        let left = quantity(id)? - before.units.get(id).copied().unwrap_or(0);
        if !seen.insert(id) {
            return Err(Refused::LineTwice(id.clone()));
        }
        if *units == 0 {
            return Err(Refused::ZeroUnits(id.clone()));
        }
        if *units > left {
            return Err(Refused::TooMany { line: id.clone(), asked: *units, left });
        }
    }
    let mut to_give_back: BTreeSet<&String> = order.gifts.iter().map(|gift| &gift.key).collect();
    let given_back = before.gifts.iter().chain(&asked.gifts);
    for key in given_back {
        if !to_give_back.remove(key) {
            return Err(Refused::UnknownGift(key.clone()));
        }
    }
    Ok(())
}

fn returned_line(order: &Order, line: &OrderLine, before: u32, units: u32) -> RefundLine {
    let (first, after) = (order.price_of(line, before), order.price_of(line, before + units));
    let tax = line.tax_of(before + units).zip(line.tax_of(before)).map(|(after, before)| after - before);
    RefundLine { id: line.id.clone(), units, amount: after - first, tax }
}

fn kept_lines(order: &Order, after: &Returned) -> Vec<KeptLine> {
    let kept = order.lines.iter().map(|line| {
        let (units, returned) = (line.quantity(), after.units_of(line));
        let amount = order.price_of(line, units) - order.price_of(line, returned);
        KeptLine { id: line.id.clone(), units: units - returned, amount }
    });
    kept.filter(|line| line.units > 0).collect()
}

/// The value of gifts that the kept goods no longer earn and that were not given back.
fn forfeited(order: &Order, after: &Returned, still_given: &BTreeMap<String, u64>) -> Minor {
    let kept = order.gifts.iter().filter(|gift| !after.gifts.contains(&gift.key));
    let value = kept.map(|gift| {
        let unearned = gift.quantity.saturating_sub(still_given.get(&gift.key).copied().unwrap_or(0));
        let worth = i128::from(gift.value.get()) * i128::from(unearned);
        i64::try_from(worth).map_or(Minor::MAX, |worth| Minor::new(worth).min(Minor::MAX))
    });
    value.sum()
}

fn shipping(order: &Order, before: &Returned, after: &Returned) -> Minor {
    let units = order.lines.iter().map(|line| u64::from(line.quantity())).sum::<u64>();
    let returned = after.units.values().map(|units| u64::from(*units)).sum::<u64>();
    let due = i128::from(order.shipping.get()) * i128::from(returned) / i128::from(units.max(1));
    let due = i64::try_from(due).map_or(order.shipping, Minor::new);
    (due - before.shipping).max(Minor::ZERO)
}

impl Returned {
    /// What has come back once this return and its refund are done.
    ///
    /// ```
    /// use engine::{money::Minor, promotion::UnitPrice, returns::*};
    /// let units = vec![UnitPrice { price: Minor::new(1900), units: 3 }];
    /// let line = OrderLine { id: "1".into(), units, tax: None };
    /// let order = Order { lines: vec![line], ..Order::default() };
    /// let one = Return { lines: vec![("1".into(), 1)], ..Return::default() };
    /// let before = Returned::default();
    /// let refund = refund(&order, &before, &one, Policy::Keep).unwrap();
    /// let after = before.after(&one, &refund);
    /// assert_eq!((after.units["1"], after.goods), (1, Minor::new(1900)));
    /// ```
    #[must_use]
    pub fn after(&self, asked: &Return, refund: &Refund) -> Self {
        let goods = self.goods + refund.total - refund.shipping;
        Self { goods, shipping: self.shipping + refund.shipping, ..self.with(asked) }
    }

    /// With the units and gifts of a return, whatever is refunded for it.
    ///
    /// ```
    /// use engine::returns::{Return, Returned};
    /// let one = Return { lines: vec![("1".into(), 1)], ..Return::default() };
    /// let twice = Returned::default().with(&one).with(&one);
    /// assert_eq!(twice.units["1"], 2);
    /// ```
    #[must_use]
    pub fn with(&self, asked: &Return) -> Self {
        let mut after = self.clone();
        for (id, units) in &asked.lines {
            let sum = after.units.entry(id.clone()).or_insert(0);
            *sum = sum.saturating_add(*units);
        }
        after.gifts.extend(asked.gifts.iter().cloned());
        after
    }

    /// What everything returned cost, at the prices stored for its units.
    fn at_stored_prices(&self, order: &Order) -> Minor {
        order.lines.iter().map(|line| order.price_of(line, self.units_of(line))).sum()
    }

    fn units_of(&self, line: &OrderLine) -> u32 {
        self.units.get(&line.id).copied().unwrap_or(0)
    }
}
