//! A discount on the order's subtotal.

use crate::document::{Field, FieldKind, Reader};
use crate::money::Minor;
use crate::promotion::actions::{Action, ActionKind, Needs, Part, Phase};
use crate::promotion::discount::{Cap, Discount};
use crate::promotion::evaluate::{Effect, Repetition, Turn};
use crate::promotion::language::Language;
use crate::promotion::reason::{NO_EFFECT, Reason};

#[derive(Debug)]
struct CartValue {
    discount: Discount,
    cap: Option<Cap>,
}

pub(super) static KIND: ActionKind = ActionKind {
    code: "cart_value",
    label: "Discount on the order's subtotal",
    fields: &[
        Field::required(
            "discount",
            FieldKind::Discount,
            "How much: a percentage of the subtotal, or an amount.",
        ),
        Field::optional(
            "maximum_allowed_discount_amount",
            FieldKind::Money,
            "The most that is taken off, from 1 to 10000000.",
        ),
    ],
    example: r#"{"discount":{"percentage_amount":"10"}}"#,
    parse,
};

fn parse(reader: &mut Reader<'_>) -> Option<Box<dyn Action>> {
    let discount = Discount::read(reader);
    let cap = Cap::read(reader, "maximum_allowed_discount_amount");
    Some(Box::new(CartValue { discount: discount?, cap }))
}

impl Action for CartValue {
    fn phase(&self) -> Phase {
        Phase::Order
    }

    fn needs(&self) -> Needs<'_> {
        Needs::Goods(vec![Part { items: None, units: 1, above: Minor::ZERO, excludes_sale: false }])
    }

    fn apply(&self, turn: &Turn<'_>, repetition: &mut Repetition<'_>) -> Result<Effect, Reason> {
        let payable: Minor = turn.discountable().map(|(index, _)| turn.payable(index)).sum();
        let most = self.cap.map_or(payable, |cap| cap.in_currency(turn.cart().currency).min(payable));
        let mut total = Minor::ZERO;
        while repetition.begin(turn)? {
            let discount = match self.discount {
                Discount::Percentage(rate) => turn.percentage(rate, turn.order_base(total)),
                Discount::Amount(amount) => amount,
            };
            if discount.is_zero() || total == most {
                repetition.cancel();
                break;
            }
            total = (total + discount).min(most);
            repetition.finish(turn);
        }
        if total.is_zero() {
            return Err(Reason::plain(&NO_EFFECT));
        }
        Ok(Effect::on_order(turn, total))
    }

    fn sentence(&self, language: &Language<'_>) -> String {
        let cap = Cap::sentence(self.cap, language);
        format!("get {} off the order{cap}", self.discount.sentence(language))
    }
}
