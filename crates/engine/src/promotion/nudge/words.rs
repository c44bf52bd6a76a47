//! What the shopper reads: what to do, and what it brings.

use super::{Change, Nudge};
use crate::promotion::language::{Named, Names, join, plural};
use crate::promotion::reason::Telling;

impl Nudge {
    /// What the shopper reads: `Spend 12.40 USD more and save 10.00 USD.`, `Add 2 × Teaspoon and get free
    /// shipping.`; `Add 1 more matching item …` when the name of what is to be added is not known.
    pub fn message(&self, telling: &Telling<'_>, names: &dyn Names) -> String {
        let mut words = vec![self.what_to_do(telling, names)];
        if let Some(gift) = &self.gift {
            let name = name_of(gift.product, gift.variant, names);
            words.push(match (gift.quantity, name) {
                (1, Some(name)) => format!("get a free {name}"),
                (1, None) => "get a free gift".to_owned(),
                (units, Some(name)) => format!("get {units} free {name}"),
                (units, None) => format!("get {units} free gifts"),
            });
        }
        if self.is_free_shipping {
            words.push("get free shipping".to_owned());
        } else if self.saving.get() > 0 {
            words.push(format!("save {}", self.saving.display(telling.currency)));
        }
        format!("{}.", join(&words, "and"))
    }

    fn what_to_do(&self, telling: &Telling<'_>, names: &dyn Names) -> String {
        match self.change {
            Change::Spend { amount } => format!("Spend {} more", amount.display(telling.currency)),
            Change::Add { product, variant, units, .. } => match name_of(Some(product), variant, names) {
                Some(name) => format!("Add {units} × {name}"),
                None => format!("Add {}", plural(u64::from(units), "more matching item")),
            },
        }
    }
}

/// The name of a variant, or that of its product, when one is known.
fn name_of(product: Option<u64>, variant: Option<u64>, names: &dyn Names) -> Option<&str> {
    let of_variant = variant.and_then(|variant| names.name(Named::Variant, variant));
    of_variant.or_else(|| product.and_then(|product| names.name(Named::Product, product)))
}
