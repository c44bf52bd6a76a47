//! Prices in the graph.

use crate::graphql::{Part, query};

/// What evaluation adds to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            query("evaluate", "evaluate"),
            query("evaluation", "getEvaluation"),
            query("returnQuote", "quoteReturn"),
        ],
        ..Part::default()
    }
}
