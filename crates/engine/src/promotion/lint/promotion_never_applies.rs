//! A promotion that another one always keeps from applying.

use super::super::{Promotion, RedemptionType};
use super::shadow::{keeps_out, show};
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "promotion_never_applies",
    doc: "Another active promotion, before it in the order, applies to every cart that it is for and leaves it no \
          room.",
    check,
};

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let is_coupon = promotion.redemption_type == RedemptionType::Coupon;
    // Coupons have their turn after all automatic promotions.
    let before = case.together.iter().take_while(|(id, _)| *id != case.id || is_coupon);
    let mut others = before.filter(|(id, other)| *id != case.id && keeps_out(case, (*id, other), promotion));
    let found = others.find_map(|(id, other)| {
        let witness = show(case, (id, other), (case.id, promotion))?;
        let message = format!(
            "never applies: promotion {id}, “{}”, applies to every cart that this one is for, has its turn \
             before it and leaves it no room; give this one a lower `priority` number, or let the two combine",
            other.name
        );
        Some(LINT.finding("", message).shown_by(witness))
    });
    found.into_iter().collect()
}
