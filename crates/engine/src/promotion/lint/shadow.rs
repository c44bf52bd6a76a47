//! Whether one promotion always keeps another from applying.

use jiff::Timestamp;

use super::super::actions::Needs;
use super::super::ruleset::Ruleset;
use super::super::witness::{Witness, carts, coupons_of, first_open, has_applied};
use super::super::{
    CombinationScope, CouponOverride, Destination, Promotion, RedemptionType, Rule, Targeting,
};
use super::Case;

/// Most carts of a rule that are tried.
const CARTS_MAX: usize = 6;

/// Whether wherever the second promotion would apply, the first applies and keeps it from doing so. What cannot
/// be told for sure is no.
pub(super) fn keeps_out(case: &Case<'_>, (id, one): (u64, &Promotion), other: &Promotion) -> bool {
    ends(one, other)
        && is_certain(one, other)
        && covers_audience(&one.targeting, &other.targeting)
        && covers_time(one, other, case.now)
        && nothing_before_interferes(&case.together, id, one)
}

/// A cart to which a promotion applies alone, but not where another stands beside it; `None` when it applies to
/// some cart nevertheless.
pub(super) fn show(
    case: &Case<'_>,
    (winner, by): (u64, &Promotion),
    (id, it): (u64, &Promotion),
) -> Option<Witness> {
    let settings = case.together.settings();
    let alone = case.together.only(|other| other == id);
    let at = first_open(it, settings, case.now)?;
    let sketched = it.rules.iter().flat_map(|rule| carts(it, rule, settings, case.shelf).take(CARTS_MAX));
    let shows = format!("“{}” would apply, but “{}” applies instead.", it.name, by.name);
    let witness = |cart| Witness { cart, coupons: coupons_of(it, id), at, shows: shows.clone() };
    let witnesses = sketched.map(|sketched| witness(sketched.cart));
    let mut witnesses: Vec<Witness> = witnesses.filter(|witness| case.applies(witness, &alone, id)).collect();
    let is_kept_out = |witness: &Witness| {
        let evaluation = case.evaluate(witness, &case.together);
        !has_applied(&evaluation, id) && has_applied(&evaluation, winner)
    };
    if witnesses.is_empty() || !witnesses.iter().all(is_kept_out) {
        return None;
    }
    Some(witnesses.swap_remove(0))
}

/// Whether one that applied before the other leaves it no room.
fn ends(one: &Promotion, other: &Promotion) -> bool {
    let is_coupon = other.redemption_type == RedemptionType::Coupon;
    let (first, second) = (&one.combination, &other.combination);
    let overrides = is_coupon && second.excludes_order() && second.coupon_override != CouponOverride::Never;
    let stops = first.stop && first.scope == CombinationScope::Order && !is_coupon;
    !overrides && (first.excludes_order() || stops || second.excludes_order() || !first.goes_with(second))
}

/// Whether it applies to every cart of those it is for, as far as the other one would.
fn is_certain(one: &Promotion, other: &Promotion) -> bool {
    let sees_the_same_lines = one.seller.is_none_or(|seller| other.seller == Some(seller))
        && (!one.excludes_sale || other.excludes_sale);
    one.redemption_type == RedemptionType::Automatic
        && !one.limits.is_limited()
        && one.price_floor.is_none()
        && one.best_deal_group.is_none()
        && one.combination.combines_with.is_none()
        && sees_the_same_lines
        && one.rules.iter().any(is_unconditional)
}

/// Whether a rule discounts any goods that there are.
fn is_unconditional(rule: &Rule) -> bool {
    let Needs::Goods(parts) = rule.action.needs() else { return false };
    let is_any = parts
        .iter()
        .all(|part| part.items.is_none() && part.units == 1 && part.above.is_zero() && !part.excludes_sale);
    rule.condition.is_none() && is_any
}

/// Whether all whom the other is for are among those whom the one is for.
fn covers_audience(one: &Targeting, other: &Targeting) -> bool {
    let has_all = |wide: &[u64], narrow: &[u64]| {
        wide.is_empty() || !narrow.is_empty() && narrow.iter().all(|id| wide.contains(id))
    };
    let none_excluded = one.excluded_groups.iter().all(|group| {
        other.excluded_groups.contains(group) || !other.groups.is_empty() && !other.groups.contains(group)
    });
    let tiers = one.loyalty_tiers.is_empty()
        || !other.loyalty_tiers.is_empty()
            && other.loyalty_tiers.iter().all(|tier| one.loyalty_tiers.contains(tier));
    let destination = match (&one.destination, &other.destination) {
        (None, _) => true,
        (Some(Destination::In(wide)), Some(Destination::In(narrow))) => {
            narrow.iter().all(|it| wide.contains(it))
        }
        (Some(Destination::NotIn(out)), Some(Destination::NotIn(more))) => {
            out.iter().all(|it| more.contains(it))
        }
        (Some(Destination::NotIn(out)), Some(Destination::In(narrow))) => {
            narrow.iter().all(|it| !out.contains(it))
        }
        (Some(_), _) => false,
    };
    has_all(&one.channels, &other.channels)
        && has_all(&one.groups, &other.groups)
        && none_excluded
        && tiers
        && one.minimum_order_count <= other.minimum_order_count
        && one.segments.is_none()
        && destination
}

/// Whether from now on it runs whenever the other does, for carts of the same currency.
fn covers_time(one: &Promotion, other: &Promotion, now: Timestamp) -> bool {
    let ends_later = match (one.window.end, other.window.end) {
        (None, _) => true,
        (Some(end), Some(other_end)) => other_end <= end,
        (Some(_), None) => false,
    };
    ends_later
        && one.window.start <= other.window.start.max(now)
        && one.schedule.is_none()
        && (one.currency.is_none() || one.currency == other.currency)
}

/// Whether no promotion before it can keep it from applying, or from a line.
fn nothing_before_interferes(ruleset: &Ruleset, id: u64, promotion: &Promotion) -> bool {
    let mut before = ruleset.iter().take_while(|(other, _)| *other != id);
    before.all(|(_, other)| {
        let combination = &other.combination;
        let is_coupon = other.redemption_type == RedemptionType::Coupon;
        let is_mild = !combination.stop && !combination.is_exclusive && combination.combines_with.is_none();
        is_coupon || is_mild && !promotion.combination.excludes_order()
    })
}
