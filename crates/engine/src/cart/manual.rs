//! Discounts that staff give by hand.

use crate::promotion::Discount;

/// A discount that staff give by hand, after all promotions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManualDiscount {
    /// How much.
    pub discount: Discount,
    /// The position of the line it is for; all lines when `None`.
    pub line: Option<usize>,
    /// Whether it takes its share off shipping too; only without a line.
    pub includes_shipping: bool,
}
