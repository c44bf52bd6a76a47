//! Who may do what, in the graph.

use crate::graphql::{Part, list, mutation};

/// What access adds to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            list("apiKeys", "listApiKeys", "ApiKey"),
            mutation("apiKeyCreate", "createApiKey"),
            mutation("apiKeyRevoke", "revokeApiKey"),
        ],
        ..Part::default()
    }
}
