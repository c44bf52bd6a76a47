//! What can be done with webhooks: keep endpoints, write events, deliver them.

mod catalogue;
mod deliver;
mod deliveries;
mod endpoint;
mod outbox;
mod sign;

use crate::platform::ids::StoreId;

pub use catalogue::{Event, Wanted, example, schema};
pub use deliver::{clean_up, deliver_due, hand_on};
pub use deliveries::{Delivery, Message, deliveries, messages, replay, replay_since, send_example};
pub use endpoint::{Endpoint, EndpointChange, NewEndpoint, create, delete, get, list, roll_secret, update};
pub use outbox::{emit, emit_change, row};
pub use sign::sign;

/// The place that a secret of an endpoint is sealed for.
fn place(store: StoreId, webhook: i64) -> String {
    format!("webhook/{store}/{webhook}")
}
