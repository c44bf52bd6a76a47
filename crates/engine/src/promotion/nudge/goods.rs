//! Which goods could be offered: those that promotions name which a cart is near.

use std::collections::BTreeSet;

use super::search::may_lack_goods;
use crate::promotion::Promotion;
use crate::promotion::actions::Needs;
use crate::promotion::conditions::Asked;
use crate::promotion::evaluate::Evaluation;
use crate::promotion::items::Items;
use crate::promotion::language::Named;
use crate::promotion::matchers::Property;
use crate::promotion::ruleset::Ruleset;

/// The products, variants, categories, brands and sellers that are named by promotions which lack nothing but goods,
/// and the gifts that they give: what to look up in a catalog for the `offers` of [`nudges`](super::nudges).
///
/// Promotions are gone through in the order of evaluation, until `most` things are named.
pub fn goods_to_offer(ruleset: &Ruleset, evaluation: &Evaluation, most: usize) -> BTreeSet<(Named, u64)> {
    let mut goods = BTreeSet::new();
    for outcome in evaluation.outcomes.iter().filter(|outcome| may_lack_goods(outcome)) {
        if let Some(promotion) = ruleset.get(outcome.promotion).filter(|_| goods.len() < most) {
            add_promotion(promotion, &mut goods);
        }
    }
    while goods.len() > most {
        goods.pop_last();
    }
    goods
}

fn add_promotion(promotion: &Promotion, goods: &mut BTreeSet<(Named, u64)>) {
    for rule in &promotion.rules {
        goods.extend(rule.action.gift());
        if let Needs::Goods(parts) = rule.action.needs() {
            parts.iter().filter_map(|part| part.items).for_each(|items| add_items(items, goods));
        }
        for condition in rule.condition.iter().flat_map(|tree| tree.leaves()) {
            if let Asked::Goods(asked) = condition.asks()
                && let Some(items) = asked.items
            {
                add_items(items, goods);
            }
        }
    }
}

/// What is named positively: goods that are excluded are not to be offered.
fn add_items(items: &Items, goods: &mut BTreeSet<(Named, u64)>) {
    match items {
        Items::Leaf(matcher) => {
            if let Property::Ids(named, ids) = matcher.property() {
                goods.extend(ids.iter().map(|id| (named, *id)));
            }
        }
        Items::And(all) | Items::Or(all) => all.iter().for_each(|part| add_items(part, goods)),
        Items::Not(_) => {}
    }
}
