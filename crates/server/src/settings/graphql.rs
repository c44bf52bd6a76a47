//! The settings of a store in the graph.

use crate::graphql::{Part, mutation, query};

/// What settings add to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![query("settings", "getSettings"), mutation("settingsUpdate", "changeSettings")],
        ..Part::default()
    }
}
