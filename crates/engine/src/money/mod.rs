//! Money: the only arithmetic on amounts, in integers of minor units.

mod allocate;
mod currency;
mod minor;
mod rate;

pub use allocate::allocate;
pub use currency::Currency;
pub use minor::{AmountError, Minor};
pub use rate::{Rate, RateError};
