//! A promotion in the few words that marketplaces have for one: what is given, from how much spent, on what.

use serde_json::Value as Json;

/// What a promotion offers, as far as those words can say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    /// `percentage` or `dollar`, of the first rule that takes something off goods.
    pub(super) discount_type: Option<&'static str>,
    /// How much that is: percent, or an amount in the promotion's currency.
    pub(super) discount_amount: Option<String>,
    /// Whether a rule makes shipping free.
    pub(super) is_shipping_free: bool,
    /// Of the first rule's condition.
    pub(super) minimum_spend: Option<String>,
    pub(super) maximum_spend: Option<String>,
    /// What the first rule's items name, and what they exclude.
    pub(super) included: Named,
    pub(super) excluded: Named,
}

/// Things that are named, by their ids, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) brands: Vec<i64>,
    pub(super) categories: Vec<i64>,
    pub(super) products: Vec<i64>,
    pub(super) variants: Vec<i64>,
}

impl Offer {
    /// What a promotion's document offers.
    pub(super) fn of(document: &Json) -> Self {
        let rules = document.get("rules").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let mut offer = Self::default();
        for rule in rules {
            let action = rule.get("action").unwrap_or(&Json::Null);
            offer.is_shipping_free |= action.pointer("/shipping/free_shipping") == Some(&Json::Bool(true));
            if offer.discount_type.is_none() {
                offer.take_discount(action);
            }
        }
        let Some(first) = rules.first() else { return offer };
        for cart in conditions(first.get("condition").unwrap_or(&Json::Null)) {
            offer.minimum_spend = offer.minimum_spend.or_else(|| decimal(cart.get("minimum_spend")));
            offer.maximum_spend = offer.maximum_spend.or_else(|| decimal(cart.get("maximum_spend")));
            offer.take_items(cart.get("items"), false);
        }
        offer.take_items(first.pointer("/action/cart_items/items"), false);
        offer
    }

    fn take_discount(&mut self, action: &Json) {
        let discount = ["cart_items", "cart_value"].iter().find_map(|kind| action.get(kind)?.get("discount"));
        for (field, name) in [("percentage_amount", "percentage"), ("fixed_amount", "dollar")] {
            if let Some(amount) = discount.and_then(|discount| decimal(discount.get(field))) {
                self.discount_type = Some(name);
                self.discount_amount = Some(amount);
            }
        }
    }

    /// `is_excluded` below an odd number of `not`s.
    fn take_items(&mut self, items: Option<&Json>, is_excluded: bool) {
        for (kind, inside) in items.and_then(Json::as_object).into_iter().flatten() {
            let named = if is_excluded { &mut self.excluded } else { &mut self.included };
            let ids = match kind.as_str() {
                "brands" => &mut named.brands,
                "categories" => &mut named.categories,
                "products" => &mut named.products,
                "variants" => &mut named.variants,
                "not" => {
                    self.take_items(Some(inside), !is_excluded);
                    continue;
                }
                "and" | "or" => {
                    let parts = inside.as_array().into_iter().flatten();
                    parts.for_each(|part| self.take_items(Some(part), is_excluded));
                    continue;
                }
                _ => continue,
            };
            for id in inside.as_array().into_iter().flatten().filter_map(Json::as_i64) {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
    }
}

/// The conditions on the cart that must hold: one alone, or all of several.
fn conditions(tree: &Json) -> Vec<&Json> {
    match (tree.get("cart"), tree.get("and").and_then(Json::as_array)) {
        (Some(cart), _) => vec![cart],
        (None, Some(all)) => all.iter().flat_map(conditions).collect(),
        (None, None) => Vec::new(),
    }
}

fn decimal(value: Option<&Json>) -> Option<String> {
    match value? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_seller_can_set_is_read_back() {
        let offer = Offer::of(&json!({ "rules": [
            { "condition": { "cart": { "minimum_spend": "99.00", "maximum_spend": "150.00" } },
              "action": { "cart_items": { "discount": { "percentage_amount": "10" }, "items": { "and": [
                  { "brands": [3, 3] }, { "or": [{ "products": [7] }, { "variants": [71, 72] }] },
                  { "not": { "or": [{ "categories": [9] }, { "products": [8] }] } } ] } } } },
            { "action": { "shipping": { "free_shipping": true, "zone_ids": "*" } } } ] }));
        let included =
            Named { brands: vec![3], products: vec![7], variants: vec![71, 72], ..Named::default() };
        let excluded = Named { categories: vec![9], products: vec![8], ..Named::default() };
        let expected = Offer {
            discount_type: Some("percentage"),
            discount_amount: Some("10".to_owned()),
            is_shipping_free: true,
            minimum_spend: Some("99.00".to_owned()),
            maximum_spend: Some("150.00".to_owned()),
            included,
            excluded,
        };
        assert_eq!(offer, expected);
    }

    #[test]
    fn what_those_words_cannot_say_is_left_out() {
        let richer = json!({ "rules": [{ "condition": { "or": [{ "cart": { "minimum_spend": "5.00" } }] },
            "action": { "bundle": { "parts": [] } } }] });
        assert_eq!(Offer::of(&richer), Offer::default());
        assert_eq!(Offer::of(&json!({})), Offer::default());
    }
}
