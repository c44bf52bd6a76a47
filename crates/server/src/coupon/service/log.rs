//! What the activity log says of codes.

use serde_json::{Value, json};

use super::CodeRow;
use crate::activity::{Action, Change, Kind, Object};
use crate::platform::clock::from_milliseconds;

/// A code as the log compares it. One of many is told by its end only: whoever has it has what it gives.
pub(super) fn document(row: &CodeRow, is_shared: bool) -> Value {
    let code = if is_shared { row.code.clone() } else { masked(&row.code) };
    let instant = |at: i64| from_milliseconds(at).to_string();
    json!({
        "promotion_id": row.promotion_id,
        "code": code,
        "starts_at": row.starts_at.map(instant),
        "ends_at": row.ends_at.map(instant),
        "max_uses": row.max_uses.unwrap_or(0),
        "max_uses_per_customer": row.max_uses_per_customer.unwrap_or(0),
    })
}

/// That many codes are made or taken in: at once, or by this job.
pub(super) fn many(action: Action, promotion: i64, count: u64, job: Option<i64>) -> Change {
    let told = json!({"promotion_id": promotion, "count": count, "job_id": job});
    Change::new(Object::all(Kind::CouponCode), action).to(told)
}

/// The last four characters of a code that is long enough to hide the rest.
fn masked(code: &str) -> String {
    let characters: Vec<char> = code.chars().collect();
    match characters.len().checked_sub(4) {
        Some(hidden @ 4..) => format!("…{}", characters.iter().skip(hidden).collect::<String>()),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn of_a_code_that_is_for_few_only_the_end_is_told() {
        assert_eq!(masked("ABCD-EFGH-JKLM"), "…JKLM");
        assert_eq!(masked("ABCD1234"), "…1234");
        assert_eq!(masked("ABC1234"), "…");
        assert_eq!(masked(""), "…");
    }
}
