//! Who pays for what a promotion takes off.

use serde_json::Value;

use crate::document::{Reader, kind_of};
use crate::money::{Minor, allocate};

/// The whole in basis points.
const WHOLE: u64 = 10_000;

/// Who pays a part of what a promotion takes off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funder {
    /// The merchant's name for them, such as `operator` or `seller`.
    pub name: String,
    /// Their part, in hundredths of a percent.
    pub basis_points: u64,
}

/// Splits what a promotion takes off over its funders, by largest remainder.
pub(crate) fn split(funders: &[Funder], discount: Minor) -> Vec<(String, Minor)> {
    let part = |funder: &Funder| Minor::new(i64::try_from(funder.basis_points).unwrap_or(0));
    let weights: Vec<Minor> = funders.iter().map(part).collect();
    funders.iter().map(|funder| funder.name.clone()).zip(allocate(discount, &weights)).collect()
}

/// Reads the field `funding`: parts of 10,000 basis points.
pub(crate) fn read(reader: &mut Reader<'_>) -> Vec<Funder> {
    let (problems, pointer) = (reader.problems(), *reader.pointer());
    let at = pointer.key("funding");
    let mut funders: Vec<Funder> = Vec::new();
    let mut normal = Vec::new();
    match reader.value("funding") {
        None => {}
        Some(Value::Array(values)) => {
            for (index, value) in values.iter().enumerate() {
                let Some(mut inner) = Reader::open(value, at.index(index), problems) else { continue };
                for name in ["funder", "basis_points"] {
                    if !inner.has(name) {
                        inner.require(name);
                    }
                }
                let (name, basis_points) =
                    (inner.text("funder", 1..=250), inner.count("basis_points", 1..=WHOLE));
                if name.as_ref().is_some_and(|name| funders.iter().any(|other| other.name == *name)) {
                    inner.report("funder", "duplicate", "pays already: give each funder one part");
                }
                if let (Some(name), Some(basis_points)) = (name, basis_points) {
                    funders.push(Funder { name, basis_points });
                }
                normal.push(inner.close());
            }
            let sum: u64 = funders.iter().map(|funder| funder.basis_points).sum();
            if sum != WHOLE && funders.len() == values.len() && !values.is_empty() {
                problems.report(&at, "conflict", format!("must add up to {WHOLE} basis points, not {sum}"));
            }
        }
        Some(other) => {
            problems.report(&at, "type", format!("must be a list of funders, not {}", kind_of(other)))
        }
    }
    reader.put("funding", normal);
    funders
}
