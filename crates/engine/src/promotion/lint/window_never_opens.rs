//! Weekly windows of which none lies between start and end.

use super::super::Promotion;
use super::super::witness::first_open;
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "window_never_opens",
    doc: "No weekly window opens between the start and the end, so the promotion never applies.",
    check,
};

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let (start, Some(end)) = (promotion.window.start, promotion.window.end) else { return Vec::new() };
    let settings = case.alone.settings();
    if promotion.schedule.is_none() || first_open(promotion, settings, start).is_some() {
        return Vec::new();
    }
    let message = format!(
        "has no window between the start {start} and the end {end}: weeks count from that of the start; change \
         the weekdays, the frequency or the dates"
    );
    vec![LINT.finding("/schedule", message)]
}
