//! How tax is told: on what a cart costs after all discounts.

/// What the prices of a cart mean, and where tax is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaxTerms {
    /// Whether prices already include tax.
    pub prices_include_tax: bool,
    /// Where tax is rounded, half up.
    pub rounding: TaxRounding,
}

/// Where tax is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaxRounding {
    /// Once per line.
    #[default]
    Line,
    /// Once per unit.
    Unit,
}
