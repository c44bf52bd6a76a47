//! The log of what was done, in the graph.

use crate::graphql::{Part, list};

/// What activity adds to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            list("activity", "listActivity", "Activity"),
            list("promotionActivity", "listPromotionActivity", "Activity").id_named("promotionId"),
        ],
        ..Part::default()
    }
}
