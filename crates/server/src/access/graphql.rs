//! Who may do what, in the graph.

use crate::graphql::{Part, list, mutation, query};

/// What access adds to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            list("apiKeys", "listApiKeys", "ApiKey"),
            mutation("apiKeyCreate", "createApiKey"),
            mutation("apiKeyRevoke", "revokeApiKey"),
            query("user", "getUser"),
            list("users", "listUsers", "User"),
            mutation("userInvite", "inviteUser"),
            mutation("userUpdate", "changeUser"),
            mutation("userRenewSetupLink", "renewSetupLink"),
            query("roles", "listRoles"),
            mutation("roleCreate", "createRole"),
            mutation("roleUpdate", "changeRole"),
            mutation("roleDelete", "deleteRole"),
        ],
        ..Part::default()
    }
}
