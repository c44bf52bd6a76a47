//! The order being placed is the shopper's first, n-th, or one of a range.

use crate::cart::Cart;
use crate::document::{Field, FieldKind, Reader};
use crate::promotion::conditions::{Asked, Condition, ConditionKind, Verdict};
use crate::promotion::evaluate::{Claims, Turn};
use crate::promotion::language::Language;
use crate::promotion::nudge::{Missing, Stock};
use crate::promotion::reason::{Fact, Reason, ReasonKind};

#[derive(Debug)]
struct OrderNumber {
    from: u64,
    to: Option<u64>,
}

pub(super) static KIND: ConditionKind = ConditionKind {
    code: "order_number",
    label: "Places their first or n-th order",
    fields: &[
        Field::optional("from", FieldKind::Count(1), "The first order that counts, 1 for the very first."),
        Field::optional("to", FieldKind::Count(1), "The last order that counts; no limit when left out."),
    ],
    example: r#"{"from":1,"to":1}"#,
    reasons: &[&ORDER_NUMBER],
    parse,
};

static ORDER_NUMBER: ReasonKind = ReasonKind {
    code: "order_number",
    doc: "The order being placed is not one of those that count.",
    sentence: |reason, telling| match reason.needed.to_text(telling.currency).as_deref() {
        Some("1") => "This offer is for a first order.".to_owned(),
        _ => "This offer is for another order.".to_owned(),
    },
};

fn parse(reader: &mut Reader<'_>) -> Option<Box<dyn Condition>> {
    let from = reader.count("from", 1..=1_000_000).unwrap_or(1);
    let to = reader.count("to", 1..=1_000_000);
    if to.is_some_and(|to| to < from) {
        reader.report("to", "conflict", "must not be less than `from`");
    }
    reader.put("from", from);
    Some(Box::new(OrderNumber { from, to }))
}

impl OrderNumber {
    fn is_met_by(&self, number: u64) -> bool {
        number >= self.from && self.to.is_none_or(|to| number <= to)
    }
}

/// Of a guest nothing is known, so the order counts as a first one: most guests are new.
fn number_of(cart: &Cart) -> u64 {
    cart.customer.as_ref().map_or(0, |customer| customer.order_count).saturating_add(1)
}

impl Condition for OrderNumber {
    fn check(&self, turn: &Turn<'_>, _: &mut Claims) -> Verdict {
        let number = number_of(turn.cart());
        if self.is_met_by(number) {
            return Verdict::Met;
        }
        Verdict::Unmet(Reason::because(&ORDER_NUMBER, Fact::Count(self.from), Fact::Count(number)))
    }

    fn missing<'c>(&'c self, stock: &Stock<'_>) -> Missing<'c> {
        if self.is_met_by(number_of(stock.cart())) { Missing::Nothing } else { Missing::Else }
    }

    fn asks(&self) -> Asked<'_> {
        Asked::OrderNumber(self.from, self.to)
    }

    fn sentence(&self, _: &Language<'_>) -> String {
        match (self.from, self.to) {
            (1, Some(1)) => "they place their first order".to_owned(),
            (from, Some(to)) if from == to => format!("they place order number {from}"),
            (from, Some(to)) => format!("they place one of their orders {from} to {to}"),
            (from, None) => format!("they place order number {from} or a later one"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promotion::evaluate::testing::check_condition;

    #[test]
    fn only_the_orders_of_the_range_count() {
        let check =
            |example, orders| check_condition(&KIND, example, |cart| cart.customer_with_orders(orders));
        assert_eq!(check(r#"{"from":1,"to":1}"#, 0), Ok(()));
        assert_eq!(check(r#"{"from":1,"to":1}"#, 1), Err("order_number"));
        assert_eq!(check(r#"{"from":3}"#, 1), Err("order_number"));
        assert_eq!(check(r#"{"from":3}"#, 2), Ok(()));
        assert_eq!(check(r#"{"from":3}"#, u64::MAX), Ok(()));
    }
}
