//! Shipping within the country of a store that has not said where it is.

use super::super::Promotion;
use super::super::actions::Needs;
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "domestic_without_country",
    doc: "A rule is for shipping within the store's own country, which the settings do not name, so it never applies.",
    check,
};

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    if case.alone.settings().country.is_some() {
        return Vec::new();
    }
    let rules = promotion.rules.iter().enumerate();
    let domestic = rules.filter(
        |(_, rule)| matches!(rule.action.needs(), Needs::Shipping(shipment) if shipment.domestic_only),
    );
    let finding = |(index, _)| {
        let pointer = format!("/rules/{index}/action/shipping/domestic_only");
        LINT.finding(pointer, "never applies until the setting `country_code` says where the store is")
    };
    domestic.map(finding).collect()
}
