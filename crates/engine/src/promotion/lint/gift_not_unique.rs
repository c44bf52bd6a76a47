//! A gift of which a shopper would still have to choose something.

use super::super::Promotion;
use super::super::language::Named;
use super::super::witness::{Shelf, Witness};
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "gift_not_unique",
    doc: "The gift has several variants of which none is given, or must be configured before it can be bought, so \
          it cannot be added to a cart automatically.",
    check,
};

/// In BigCommerce's words, which its merchants search for.
const MESSAGE: &str = "The gift item specification does not resolve to a unique product that can be added \
                       automatically, please make sure you specify the correct variant and mandatory modifier \
                       options.";

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let gifts =
        promotion.rules.iter().enumerate().filter_map(|(index, rule)| Some((index, rule.action.gift()?)));
    let found = gifts.filter_map(|(index, (named, id))| {
        let why = why_not_unique(case.shelf, named, id)?;
        let (code, _) = case.action(index)?;
        let finding = LINT.finding(format!("/rules/{index}/action/{code}"), format!("{MESSAGE} {why}"));
        Some(show(case, promotion, index).map_or(finding.clone(), |witness| finding.shown_by(witness)))
    });
    found.collect()
}

fn why_not_unique(shelf: &dyn Shelf, named: Named, id: u64) -> Option<String> {
    let product_id = if named == Named::Variant { shelf.product_of(id)? } else { id };
    let product = shelf.product(product_id)?;
    if product.has_required_modifiers {
        return Some(format!("Product {product_id} has required modifiers: give another product."));
    }
    let count = product.variants.len();
    let has_choice = named == Named::Product && count > 1;
    has_choice.then(|| format!("Product {product_id} has {count} variants: give the `variant_id` of one."))
}

/// A cart to which the gift is given.
fn show(case: &Case<'_>, promotion: &Promotion, rule: usize) -> Option<Witness> {
    let sketched = case.carts_of(promotion, rule).into_iter().next()?;
    case.witness(promotion, &sketched.cart, "The gift would have to be added.")
}
