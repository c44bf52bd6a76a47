//! A gift that is added to the cart.

use crate::document::{Field, FieldKind, Reader};
use crate::promotion::actions::{Action, ActionKind, Needs, Phase};
use crate::promotion::evaluate::{Effect, Repetition, Turn};
use crate::promotion::language::{Language, Named};
use crate::promotion::reason::Reason;

#[derive(Debug)]
struct GiftItem {
    named: Named,
    id: u64,
    quantity: u64,
}

pub(super) static KIND: ActionKind = ActionKind {
    code: "gift_item",
    label: "A gift in the cart",
    fields: &[
        Field::required("quantity", FieldKind::Count(1), "Units given each time."),
        Field::optional("product_id", FieldKind::Product, "The product given; this or `variant_id`."),
        Field::optional("variant_id", FieldKind::Variant, "The variant given; this or `product_id`."),
    ],
    example: r#"{"product_id":130,"quantity":1}"#,
    parse,
};

fn parse(reader: &mut Reader<'_>) -> Option<Box<dyn Action>> {
    let quantity = reader.count("quantity", 1..=1000);
    if !reader.has("quantity") {
        reader.require("quantity");
    }
    let product = reader.id("product_id").map(|id| (Named::Product, id));
    let variant = reader.id("variant_id").map(|id| (Named::Variant, id));
    if reader.has("product_id") == reader.has("variant_id") {
        let message = "give either `product_id` or `variant_id`, so that the gift is one thing";
        reader.problems().report(reader.pointer(), "conflict", message);
    }
    let (named, id) = product.or(variant)?;
    Some(Box::new(GiftItem { named, id, quantity: quantity? }))
}

impl Action for GiftItem {
    fn phase(&self) -> Phase {
        Phase::Item
    }

    fn needs(&self) -> Needs<'_> {
        Needs::Nothing
    }

    fn gift(&self) -> Option<(Named, u64)> {
        Some((self.named, self.id))
    }

    fn apply(&self, turn: &Turn<'_>, repetition: &mut Repetition<'_>) -> Result<Effect, Reason> {
        let mut quantity = 0;
        while repetition.begin(turn)? {
            quantity += self.quantity;
            repetition.finish(turn);
        }
        Ok(Effect::gift(self.named, self.id, quantity))
    }

    fn sentence(&self, language: &Language<'_>) -> String {
        let gift = language.one(self.named, self.id);
        if self.quantity == 1 {
            format!("get a free {gift}")
        } else {
            format!("get {} free {gift}", self.quantity)
        }
    }
}
