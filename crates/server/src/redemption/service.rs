//! Counting uses: what carts claim, the desk that decides, and giving back.

mod balance;
pub(super) mod batch;
pub(super) mod book;
pub mod change;
mod claim;
pub mod desk;
pub mod facts;
mod give_back;
pub mod record;
pub mod reservation;
mod verify;

pub use balance::Charge;
pub use change::{Becomes, Change, Outcome, Refused, Wanted};
pub use claim::{Claimant, Claimed, Made, claim};
pub use give_back::give_back;
pub use record::{End, Record};
pub use verify::{exceeded, verify};
