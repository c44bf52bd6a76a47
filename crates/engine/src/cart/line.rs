//! One line of a cart and the facts that matchers ask about.

use crate::money::{Minor, Rate};

/// Most units a line may have.
pub const QUANTITY_MAX: u32 = 1_000_000;

/// Some units of one product or variant at one price.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// The storefront's own name for the line.
    pub id: String,
    /// The product.
    pub product: u64,
    /// The variant, when the product has several.
    pub variant: Option<u64>,
    /// How many units, 1 to [`QUANTITY_MAX`].
    pub quantity: u32,
    /// What one unit costs before promotions.
    pub price: Minor,
    /// What one unit costs when it is not on sale; above `price` means that it is on sale.
    pub list_price: Option<Minor>,
    /// What one unit costs the merchant; guardrails keep a margin over it.
    pub cost: Option<Minor>,
    /// What one unit never costs less than after promotions.
    pub floor_price: Option<Minor>,
    /// The tax on it; nothing is told about tax when `None`.
    pub tax_rate: Option<Rate>,
    /// Whether staff or a server set the price by hand.
    pub is_price_overridden: bool,
    /// Whether this is a gift card, which promotions leave alone.
    pub is_gift_card: bool,
    /// Every category the product is in.
    pub categories: Vec<u64>,
    /// The brand.
    pub brand: Option<u64>,
    /// The seller, in a marketplace.
    pub seller: Option<u64>,
    /// Chosen options by name, such as `Size` → `XS`.
    pub options: Vec<(String, String)>,
    /// Custom fields of the product by name; a name may stand more than once.
    pub custom_fields: Vec<(String, String)>,
}

impl Line {
    /// What all units cost before promotions.
    pub fn subtotal(&self) -> Minor {
        self.price * i64::from(self.quantity)
    }

    /// Whether the units are on sale: their list price is above their price.
    pub fn is_on_sale(&self) -> bool {
        self.list_price.is_some_and(|list_price| list_price > self.price)
    }
}
