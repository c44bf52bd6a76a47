//! Money that a store owes to holders of gift cards and of store credit: what may be posted, held and taken.
//!
//! An [`Account`] is one card or one customer's credit. A [`Posting`] is what is to become of it, and [`Book::apply`]
//! decides a list of them all or none. What is decided here is stored as entries that sum to zero: what a posting
//! adds to an account it takes from a [`ContraAccount`].

mod account;
mod book;
mod posting;
mod refusal;

pub use account::{Account, Funding};
pub use book::{Book, Refused};
pub use posting::{Change, ContraAccount, Operation, Posting, contra_account};
pub use refusal::Refusal;
