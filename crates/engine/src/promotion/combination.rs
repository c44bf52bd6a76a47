//! How a promotion combines with others: what it ends, what it excludes, and with whom it goes.

use serde_json::Value;

use super::RedemptionType;
use crate::document::Reader;

/// How a promotion combines with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combination {
    /// Once it applies, promotions after it in the order are skipped.
    pub stop: bool,
    /// It applies only when nothing before it did, and then nothing after it does.
    pub is_exclusive: bool,
    /// What `stop` and `is_exclusive` are about.
    pub scope: Scope,
    /// What an exclusive coupon does about promotions that already apply.
    pub coupon_override: CouponOverride,
    /// What others may ask for in `combines_with`.
    pub tags: Vec<String>,
    /// It goes only with promotions that have one of these tags; with all when `None`.
    pub combines_with: Option<Vec<String>>,
}

/// What a promotion that stops or excludes is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything else on the order.
    Order,
    /// Other discounts on the lines that it discounts.
    Line,
}

/// What an exclusive coupon does about promotions that already apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouponOverride {
    /// It is refused.
    Never,
    /// It takes their place when it saves more; shipping and gifts are left out of the comparison.
    IfBetter,
    /// It takes their place.
    Always,
}

const EXCLUSIVE: &str = "can_be_used_with_other_promotions";
const ALWAYS: &str = "coupon_overrides_other_promotions";
const IF_BETTER: &str = "coupon_overrides_automatic_when_offering_higher_discounts";

impl Combination {
    /// Reads the fields about combination.
    pub(crate) fn read(reader: &mut Reader<'_>, redemption_type: RedemptionType) -> Self {
        let stop = reader.flag("stop", false);
        let is_exclusive = !reader.flag(EXCLUSIVE, true);
        let scope = match reader.choice("exclusivity_scope", &["ORDER", "LINE"]) {
            "LINE" => Scope::Line,
            _ => Scope::Order,
        };
        if scope == Scope::Line && !stop && !is_exclusive {
            let message = format!("needs `stop` to be true or `{EXCLUSIVE}` to be false, whose scope it is");
            reader.report("exclusivity_scope", "conflict", message);
        }
        let coupon_override = match redemption_type {
            RedemptionType::Automatic => refuse_override(reader),
            RedemptionType::Coupon => read_override(reader, is_exclusive && scope == Scope::Order),
        };
        let tags = read_tags(reader, "tags").unwrap_or_default();
        reader.put("tags", tags.clone());
        let combines_with = read_tags(reader, "combines_with");
        reader.put("combines_with", combines_with.clone());
        Self { stop, is_exclusive, scope, coupon_override, tags, combines_with }
    }

    /// Whether it excludes everything else on the order.
    pub(crate) fn excludes_order(&self) -> bool {
        self.is_exclusive && self.scope == Scope::Order
    }

    /// Whether both go together by their tags.
    pub(crate) fn goes_with(&self, other: &Self) -> bool {
        let agrees = |one: &Self, other: &Self| {
            one.combines_with.as_ref().is_none_or(|asked| asked.iter().any(|tag| other.tags.contains(tag)))
        };
        agrees(self, other) && agrees(other, self)
    }
}

fn refuse_override(reader: &mut Reader<'_>) -> CouponOverride {
    for name in [ALWAYS, IF_BETTER] {
        if reader.value(name).is_some_and(|value| *value != Value::Bool(false)) {
            reader.report(name, "conflict", "only a promotion with `redemption_type` COUPON can override");
        }
    }
    CouponOverride::Never
}

fn read_override(reader: &mut Reader<'_>, stands_alone: bool) -> CouponOverride {
    let (always, if_better) = (reader.flag(ALWAYS, false), reader.flag(IF_BETTER, false));
    for (name, is_set) in [(ALWAYS, always), (IF_BETTER, if_better)] {
        if is_set && !stands_alone {
            let message = format!("needs `{EXCLUSIVE}` to be false, with the scope ORDER");
            reader.report(name, "conflict", message);
        }
    }
    match (always, if_better) {
        (true, _) => CouponOverride::Always,
        (false, true) => CouponOverride::IfBetter,
        (false, false) => CouponOverride::Never,
    }
}

/// Tags, each once, in the order given.
fn read_tags(reader: &mut Reader<'_>, name: &'static str) -> Option<Vec<String>> {
    let mut tags: Vec<String> = Vec::new();
    for tag in reader.texts(name)? {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Some(tags)
}
