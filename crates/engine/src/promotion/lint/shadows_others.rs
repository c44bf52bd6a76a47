//! A promotion that always keeps others from applying.

use super::super::language::join;
use super::super::{Promotion, RedemptionType};
use super::shadow::{keeps_out, show};
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "shadows_others",
    doc: "The promotion applies to every cart that other active promotions after it are for, and leaves them no \
          room.",
    check,
};

/// Most promotions that are named, each after a look at its carts.
const NAMED_MAX: usize = 5;

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let mut is_after = false;
    let others = case.together.iter().filter(|(id, other)| {
        is_after |= *id == case.id;
        let has_turn_later = is_after || other.redemption_type == RedemptionType::Coupon;
        *id != case.id && has_turn_later && keeps_out(case, (case.id, promotion), other)
    });
    let (mut names, mut witness, mut unnamed) = (Vec::new(), None, 0);
    for (id, other) in others {
        if names.len() == NAMED_MAX {
            unnamed += 1;
        } else if let Some(shown) = show(case, (case.id, promotion), (id, other)) {
            names.push(format!("“{}” ({id})", other.name));
            witness = witness.or(Some(shown));
        }
    }
    let Some(witness) = witness else { return Vec::new() };
    if unnamed > 0 {
        names.push(format!("{unnamed} more"));
    }
    let combination = &promotion.combination;
    let pointer = match (combination.excludes_order(), combination.stop) {
        (true, _) => "/can_be_used_with_other_promotions",
        (false, true) => "/stop",
        (false, false) => "",
    };
    let message = format!(
        "keeps {} from ever applying; let it combine with them, or give it a higher `priority` number than theirs",
        join(&names, "and")
    );
    vec![LINT.finding(pointer, message).shown_by(witness)]
}
