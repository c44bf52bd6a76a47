//! Channels in the graph.

use crate::graphql::{Part, mutation, query};

/// What channels add to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            query("channels", "listChannels"),
            mutation("channelCreate", "createChannel"),
            mutation("channelUpdate", "changeChannel"),
        ],
        ..Part::default()
    }
}
