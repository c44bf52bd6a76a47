//! Largesse's pure core: given a cart, rules, facts and an instant, what happens, and why.
//!
//! Nothing here reads a clock, throws dice, or touches environment, files or network: the same inputs give the
//! same answer for ever, and `cargo xtask check` enforces it.
//!
//! The way through it is [`promotion::parse()`] → [`promotion::Ruleset::compile`] → [`promotion::evaluate()`].

pub mod cart;
pub mod coupon;
pub mod difference;
pub mod document;
pub mod gift_card;
pub mod ledger;
pub mod money;
pub mod promotion;
pub mod redemption;
pub mod returns;
pub mod settings;
pub mod time;
