//! Conditions as alternatives, each a list of what must hold and must not, and what follows from them.

use super::super::condition::ConditionTree;
use super::super::conditions::{Asked, Condition, Goods};
use super::clause::is_within;
use crate::cart::Cart;
use crate::money::Minor;

/// Most alternatives that a tree may have; beyond, nothing is concluded about it.
const ALTERNATIVES_MAX: usize = 256;

/// What must hold and, where false, must not, all at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conjunction<'c>(Vec<(&'c dyn Condition, bool)>);

/// The alternatives of a condition; one without any part when there is no condition, `None` when there are too
/// many.
pub(crate) fn alternatives(condition: Option<&ConditionTree>) -> Option<Vec<Conjunction<'_>>> {
    condition.map_or_else(|| Some(vec![Conjunction::default()]), |tree| of_tree(tree, true))
}

fn of_tree(tree: &ConditionTree, holds: bool) -> Option<Vec<Conjunction<'_>>> {
    let one = |part| of_tree(part, holds);
    match (tree, holds) {
        (ConditionTree::Leaf(leaf), _) => Some(vec![Conjunction(vec![(&**leaf, holds)])]),
        (ConditionTree::Not(inner), _) => of_tree(inner, !holds),
        (ConditionTree::And(all), true) | (ConditionTree::Or(all), false) => {
            all.iter().try_fold(vec![Conjunction::default()], |joined, part| join(&joined, &one(part)?))
        }
        (ConditionTree::And(all), false) | (ConditionTree::Or(all), true) => {
            let parts: Vec<Vec<Conjunction<'_>>> = all.iter().map(one).collect::<Option<_>>()?;
            let joined: Vec<Conjunction<'_>> = parts.into_iter().flatten().collect();
            Some(joined).filter(|joined| joined.len() <= ALTERNATIVES_MAX)
        }
    }
}

fn join<'c>(one: &[Conjunction<'c>], other: &[Conjunction<'c>]) -> Option<Vec<Conjunction<'c>>> {
    if one.len() * other.len() > ALTERNATIVES_MAX {
        return None;
    }
    let both = |left: &Conjunction<'c>, right: &Conjunction<'c>| {
        Conjunction(left.0.iter().chain(&right.0).copied().collect())
    };
    Some(one.iter().flat_map(|left| other.iter().map(move |right| both(left, right))).collect())
}

impl<'c> Conjunction<'c> {
    /// What it asks, and whether that must hold or must not.
    pub(crate) fn asked(&self) -> impl Iterator<Item = (Asked<'c>, bool)> {
        self.0.iter().map(|(leaf, holds)| (leaf.asks(), *holds))
    }

    /// Lets every condition that must hold change a cart so that it does.
    pub(crate) fn fulfil(&self, cart: &mut Cart) {
        self.0.iter().filter(|(_, holds)| *holds).for_each(|(leaf, _)| leaf.fulfil(cart));
    }

    /// Whether it can never hold for customers with so many completed orders or more.
    pub(crate) fn is_impossible(&self, orders: u64) -> bool {
        let parts: Vec<(Asked<'c>, bool)> = self.asked().collect();
        let too_late = |asked: &Asked<'_>| matches!(asked, Asked::OrderNumber(_, Some(to)) if *to <= orders);
        let rules_out = |(one, holds): &(Asked<'_>, bool)| {
            *holds
                && (too_late(one)
                    || parts.iter().any(|(other, other_holds)| {
                        if *other_holds { excludes(one, other) } else { implies(one, other) }
                    }))
        };
        parts.iter().any(rules_out)
    }
}

/// Whether the second condition holds wherever the first does. False when it is too hard to tell.
pub(crate) fn tree_implies(one: Option<&ConditionTree>, other: Option<&ConditionTree>) -> bool {
    let Some(other) = other else { return true };
    let (Some(ones), Some(others)) = (alternatives(one), of_tree(other, true)) else { return false };
    let part = |from: &Conjunction<'_>, (wanted, wanted_holds): (Asked<'_>, bool)| {
        from.asked().any(|(given, holds)| match (holds, wanted_holds) {
            (true, true) => implies(&given, &wanted),
            (false, false) => implies(&wanted, &given),
            (true, false) => excludes(&given, &wanted),
            (false, true) => false,
        })
    };
    ones.iter().all(|from| others.iter().any(|to| to.asked().all(|wanted| part(from, wanted))))
}

/// Whether what one asks for includes what the other asks for.
fn implies(one: &Asked<'_>, other: &Asked<'_>) -> bool {
    match (one, other) {
        (Asked::Goods(one), Asked::Goods(other)) => goods_imply(one, other),
        (Asked::OrderNumber(from, to), Asked::OrderNumber(least, most)) => {
            from >= least && most.is_none_or(|most| to.is_some_and(|to| to <= most))
        }
        _ => false,
    }
}

fn goods_imply(one: &Goods<'_>, other: &Goods<'_>) -> bool {
    if !is_within(one.items, other.items) {
        return false;
    }
    let spend =
        other.minimum_spend.is_zero() || one.minimum_spend >= other.minimum_spend && one.basis == other.basis;
    let quantity = other.items.is_none() || one.minimum_quantity >= other.minimum_quantity;
    let within = |most: Option<u64>, limit: Option<u64>| {
        limit.is_none_or(|limit| most.is_some_and(|most| most <= limit))
    };
    let units = |most: Option<Minor>| most.and_then(|most| u64::try_from(most.get()).ok());
    let has_maximum = other.maximum_quantity.is_some() || other.maximum_spend.is_some();
    let maxima = !has_maximum
        || is_within(other.items, one.items)
            && one.basis == other.basis
            && within(one.maximum_quantity, other.maximum_quantity)
            && within(units(one.maximum_spend), units(other.maximum_spend));
    spend && quantity && maxima
}

/// Whether both can never hold at once: one asks for more than the other allows.
fn excludes(one: &Asked<'_>, other: &Asked<'_>) -> bool {
    match (one, other) {
        (Asked::Goods(one), Asked::Goods(other)) => {
            let too_many =
                one.items.is_some() && other.maximum_quantity.is_some_and(|most| one.minimum_quantity > most);
            let too_dear =
                one.basis == other.basis && other.maximum_spend.is_some_and(|most| one.minimum_spend > most);
            (too_many || too_dear) && is_within(one.items, other.items)
        }
        (Asked::OrderNumber(from, to), Asked::OrderNumber(least, most)) => {
            most.is_some_and(|most| *from > most) || to.is_some_and(|to| *least > to)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::document::{Pointer, Problems};
    use crate::promotion::evaluate::testing::usd;

    fn condition(value: &Value) -> ConditionTree {
        let problems = Problems::default();
        ConditionTree::parse(value, Pointer::ROOT, &problems, Some(usd())).unwrap().0
    }

    fn implies(one: Value, other: Value) -> bool {
        tree_implies(Some(&condition(&one)), Some(&condition(&other)))
    }

    fn spend(amount: &str) -> Value {
        json!({"cart": {"minimum_spend": amount}})
    }

    fn buy(category: u64, units: u64) -> Value {
        json!({"cart": {"items": {"categories": [category]}, "minimum_quantity": units}})
    }

    #[test]
    fn higher_minima_imply_lower_ones() {
        assert!(implies(spend("100"), spend("50")));
        assert!(!implies(spend("50"), spend("100")));
        assert!(implies(buy(9, 3), buy(9, 2)));
        assert!(!implies(buy(9, 3), buy(8, 2)));
        let on_hats = json!({"cart": {"items": {"categories": [9]}, "minimum_spend": "100"}});
        assert!(implies(on_hats.clone(), spend("100")), "the goods are part of the subtotal");
        assert!(!implies(spend("100"), on_hats));
        let at_most = json!({"cart": {"minimum_spend": "50", "maximum_spend": "200"}});
        assert!(!implies(spend("100"), at_most.clone()));
        assert!(implies(at_most, spend("50")));
    }

    #[test]
    fn joined_conditions_imply_their_parts_and_are_implied_by_them() {
        assert!(implies(json!({"and": [buy(9, 2), spend("100")]}), spend("50")));
        assert!(implies(buy(9, 2), json!({"or": [spend("50"), buy(9, 1)]})));
        assert!(!implies(json!({"or": [buy(9, 2), spend("100")]}), spend("50")));
        assert!(implies(json!({"not": spend("50")}), json!({"not": spend("100")})));
        assert!(tree_implies(None, None) && !tree_implies(None, Some(&condition(&spend("1")))));
    }

    #[test]
    fn what_asks_for_more_than_is_allowed_is_impossible() {
        let is_impossible = |value: Value, orders| {
            let tree = condition(&value);
            alternatives(Some(&tree)).unwrap().iter().all(|part| part.is_impossible(orders))
        };
        let few =
            json!({"cart": {"items": {"categories": [9, 10]}, "minimum_quantity": 1, "maximum_quantity": 2}});
        assert!(is_impossible(json!({"and": [buy(9, 3), few]}), 0));
        assert!(!is_impossible(json!({"and": [buy(8, 3), few]}), 0));
        assert!(is_impossible(json!({"and": [spend("100"), {"not": spend("50")}]}), 0));
        assert!(!is_impossible(json!({"and": [spend("50"), {"not": spend("100")}]}), 0));
        let first = json!({"order_number": {"from": 1, "to": 1}});
        assert!(is_impossible(first.clone(), 1));
        assert!(!is_impossible(first, 0));
    }
}
