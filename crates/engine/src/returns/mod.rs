//! What a return refunds: the stored prices of single units are taken back, never worked out again.
//!
//! An [`Order`] is what was paid, [`Returned`] what came back before, a [`Return`] what comes back now, and a
//! [`Policy`] says what becomes of discounts whose condition no longer holds. [`refund()`] answers a [`Refund`].
//!
//! Each answer is the difference of two running sums: what is due for everything returned up to and with this
//! return, less what was refunded before. So the parts of an order come to the same amount in whatever order and
//! in however many returns they come back, and a return that repeats an earlier question changes nothing.

mod kept;
mod order;
mod refund;
mod refused;
#[cfg(test)]
mod tests;

pub use kept::kept_cart;
pub use order::{Order, OrderGift, OrderLine};
pub use refund::{KeptLine, Policy, Refund, RefundLine, Return, Returned, refund};
pub use refused::Refused;
