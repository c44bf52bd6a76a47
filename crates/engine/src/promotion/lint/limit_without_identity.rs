//! A limit per customer on a promotion that guests can use.

use super::super::Promotion;
use super::{Case, Finding, Lint};
use crate::cart::Cart;

pub(super) static LINT: Lint = Lint {
    code: "limit_without_identity",
    doc: "The promotion may be used so often per customer, but guests can use it, who are known only by the e-mail \
          address that they give.",
    check,
};

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let guest = Cart::new(case.alone.settings().currency, Vec::new());
    let is_open = promotion.targeting.check_customer(&guest).is_ok();
    if promotion.limits.uses_per_customer.is_none() || !is_open {
        return Vec::new();
    }
    let carts = (0..promotion.rules.len()).flat_map(|rule| case.carts_of(promotion, rule));
    let witness = carts.filter(|sketched| sketched.cart.customer.is_none()).find_map(|sketched| {
        let witness = case.witness(promotion, &sketched.cart, "A guest gets it.")?;
        case.applies(&witness, &case.alone, case.id).then_some(witness)
    });
    let message = "limits customers, but guests can use it, and with each new e-mail address as often again: name \
                   customer groups other than 0, segments or loyalty tiers, or ask for completed orders";
    let finding = LINT.finding("/max_uses_per_customer", message);
    match witness {
        Some(witness) => vec![finding.shown_by(witness)],
        None => vec![finding],
    }
}
