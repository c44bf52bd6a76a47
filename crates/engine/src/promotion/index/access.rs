//! What a cart has to hold for a rule to have an effect.

use super::key::Key;
use crate::money::Minor;
use crate::promotion::actions::Needs;
use crate::promotion::conditions::Asked;
use crate::promotion::items::Items;
use crate::promotion::language::Named;
use crate::promotion::matchers::Property;
use crate::promotion::rule::Rule;
use crate::promotion::{ConditionTree, Promotion};

/// One route to a rule: so many units of a key, worth so much before promotions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) key: Key,
    pub(super) units: u64,
    pub(super) spend: Minor,
}

/// The routes to a rule. A cart in which it has an effect takes at least one of them.
///
/// Of all that a rule needs, what is found in fewest carts is chosen. The least that an action has to find *worth*
/// more than something is left out: a rule without effect may still tell who kept it from the goods that it found.
pub(super) fn routes(promotion: &Promotion, rule: &Rule) -> Vec<Route> {
    let of_condition = rule.condition.as_ref().and_then(routes_to_condition);
    let seller = promotion.seller.and_then(|seller| Key::goods(Named::Seller, seller));
    let of_seller = seller.map(|seller| vec![Route::to_goods(seller, 1)]);
    let all = of_condition.into_iter().chain(routes_to_action(&rule.action.needs())).chain(of_seller);
    let best = all.min_by_key(|routes| breadth(routes)).unwrap_or_else(|| vec![Route::to_goods(Key::ANY, 0)]);
    match best.as_slice() {
        [Route { key, units, spend }] if key.is_any() => {
            let keys = target_keys(promotion);
            keys.into_iter().map(|key| Route { key, units: *units, spend: *spend }).collect()
        }
        _ => best,
    }
}

impl Route {
    fn to_goods(key: Key, units: u64) -> Self {
        Self { key, units, spend: Minor::ZERO }
    }
}

fn breadth(routes: &[Route]) -> u64 {
    routes.iter().map(|route| route.key.breadth()).sum()
}

fn narrowest(all: impl Iterator<Item = Vec<Route>>) -> Option<Vec<Route>> {
    all.min_by_key(|routes| breadth(routes))
}

/// The routes to a condition that holds; `None` when it may hold in any cart.
fn routes_to_condition(condition: &ConditionTree) -> Option<Vec<Route>> {
    match condition {
        ConditionTree::Leaf(condition) => match condition.asks() {
            Asked::Goods(goods) => routes_to_goods(goods.items, goods.minimum_quantity, goods.minimum_spend),
            Asked::OrderNumber(..) | Asked::Opaque => None,
        },
        ConditionTree::And(all) => narrowest(all.iter().filter_map(routes_to_condition)),
        ConditionTree::Or(all) => {
            let routes: Option<Vec<Vec<Route>>> = all.iter().map(routes_to_condition).collect();
            Some(routes?.concat())
        }
        ConditionTree::Not(_) => None,
    }
}

fn routes_to_action(needs: &Needs<'_>) -> Option<Vec<Route>> {
    let Needs::Goods(parts) = needs else { return None };
    narrowest(parts.iter().filter_map(|part| routes_to_goods(part.items, part.units.into(), Minor::ZERO)))
}

fn routes_to_goods(items: Option<&Items>, units: u64, spend: Minor) -> Option<Vec<Route>> {
    if units == 0 && spend.is_zero() {
        return None;
    }
    match items.and_then(keys_of).as_deref() {
        None => Some(vec![Route { key: Key::ANY, units, spend }]),
        Some([key]) => Some(vec![Route { key: *key, units, spend }]),
        // So many units of all keys together: of each key there may be but one.
        Some(keys) => Some(keys.iter().map(|key| Route::to_goods(*key, 1)).collect()),
    }
}

/// Keys of which every line that is chosen has at least one; `None` when there are no such keys.
fn keys_of(items: &Items) -> Option<Vec<Key>> {
    match items {
        Items::Leaf(matcher) => match matcher.property() {
            Property::Ids(named, ids) => ids.iter().map(|id| Key::goods(named, *id)).collect(),
            Property::Choice(..) | Property::Field(..) | Property::Opaque => None,
        },
        Items::And(all) => {
            let breadth = |keys: &Vec<Key>| keys.iter().map(|key| key.breadth()).sum::<u64>();
            all.iter().filter_map(keys_of).min_by_key(breadth)
        }
        Items::Or(all) => {
            let keys: Option<Vec<Vec<Key>>> = all.iter().map(keys_of).collect();
            Some(keys?.concat())
        }
        Items::Not(_) => None,
    }
}

/// The keys of the carts that a promotion is for.
fn target_keys(promotion: &Promotion) -> Vec<Key> {
    let targeting = &promotion.targeting;
    if !targeting.groups.is_empty() {
        targeting.groups.iter().map(|group| Key::group(*group)).collect()
    } else if !targeting.channels.is_empty() {
        targeting.channels.iter().map(|channel| Key::channel(*channel)).collect()
    } else {
        vec![promotion.currency.map_or(Key::ANY, Key::currency)]
    }
}
