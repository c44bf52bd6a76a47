//! A discount on products: a percentage or an amount, on all of them or on a number of them.

use crate::cart::Line;
use crate::document::{Field, FieldKind, Reader};
use crate::money::{Minor, allocate};
use crate::promotion::actions::{Action, ActionKind, Phase};
use crate::promotion::discount::{Cap, Discount};
use crate::promotion::evaluate::{Effect, Reductions, Repetition, Turn};
use crate::promotion::language::{Language, Named};
use crate::promotion::reason::{NO_EFFECT, Reason};
use crate::promotion::selection::{self, Portion, Selection};

#[derive(Debug)]
struct CartItems {
    discount: Discount,
    selection: Selection,
    /// Units rewarded each time; `None` is all.
    quantity: Option<u32>,
    as_total: bool,
    /// The gift that is added instead of making units free.
    added_gift: Option<(Named, u64)>,
    cap: Option<Cap>,
}

const SELECTION: [Field; 4] = selection::fields(false);

pub(super) static KIND: ActionKind = ActionKind {
    code: "cart_items",
    label: "Discount on products",
    fields: &[
        Field::required("discount", FieldKind::Discount, "How much: a percentage, or an amount per unit."),
        SELECTION[0],
        Field::optional("quantity", FieldKind::Count(1), "Units rewarded each time; all when left out."),
        SELECTION[1],
        Field::optional(
            "as_total",
            FieldKind::Flag(false),
            "True: one discount on all rewarded units together, split by price; false: on each.",
        ),
        SELECTION[3],
        SELECTION[2],
        Field::optional(
            "add_free_item",
            FieldKind::Flag(true),
            "When units of exactly one product or variant are free, adds them to the cart as gifts instead of \
             making units that are already there free.",
        ),
        Field::optional(
            "maximum_allowed_discount_amount",
            FieldKind::Money,
            "The most that is taken off, from 1 to 10000000; used up by the first rewarded units.",
        ),
    ],
    example: r#"{"discount":{"percentage_amount":"20"},"items":{"categories":[25]}}"#,
    parse,
};

fn parse(reader: &mut Reader<'_>) -> Option<Box<dyn Action>> {
    let discount = Discount::read(reader);
    let selection = Selection::read(reader, false);
    let quantity = reader.count("quantity", 1..=1_000_000);
    let as_total = reader.flag("as_total", false);
    let adds = reader.flag("add_free_item", true);
    let cap = Cap::read(reader);
    let is_free = matches!(discount, Some(Discount::Percentage(rate)) if rate.is_full());
    let single = selection.items().and_then(crate::promotion::Items::single);
    let added_gift = single.filter(|_| adds && is_free && quantity.is_some() && cap.is_none());
    let quantity = quantity.and_then(|quantity| u32::try_from(quantity).ok());
    Some(Box::new(CartItems { discount: discount?, selection, quantity, as_total, added_gift, cap }))
}

impl Action for CartItems {
    fn phase(&self) -> Phase {
        Phase::Item
    }

    fn rewards_triggers(&self) -> bool {
        self.added_gift.is_none() && self.selection.includes_triggers()
    }

    fn is_target(&self, line: &Line) -> bool {
        self.added_gift.is_none() && self.selection.is_target(line)
    }

    fn uses_units_up(&self) -> bool {
        self.added_gift.is_none()
    }

    fn apply(&self, turn: &Turn<'_>, repetition: &mut Repetition<'_>) -> Result<Effect, Reason> {
        if let Some((named, id)) = self.added_gift {
            let mut quantity = 0;
            while repetition.begin(turn)? {
                quantity += u64::from(self.quantity.unwrap_or(1));
                repetition.finish(turn);
            }
            return Ok(Effect::gift(named, id, quantity));
        }
        let mut candidates = None;
        let mut rewarded: Vec<Vec<Portion>> = Vec::new();
        while repetition.begin(turn)? {
            let candidates = candidates.get_or_insert_with(|| self.selection.candidates(turn));
            let portions = candidates.take(self.quantity.unwrap_or(u32::MAX), repetition.claims());
            if portions.is_empty() {
                repetition.cancel();
                break;
            }
            rewarded.push(portions);
            repetition.finish(turn);
        }
        let mut left = self.cap.map_or(Minor::MAX, |cap| cap.in_currency(turn.cart().currency));
        let mut reductions = Reductions::default();
        if self.as_total {
            rewarded.iter().for_each(|portions| self.reduce_as_total(portions, &mut left, &mut reductions));
        } else {
            let portions: Vec<Portion> = rewarded.into_iter().flatten().collect();
            self.reduce_each(&portions, &mut left, &mut reductions);
        }
        if reductions.is_empty() {
            return Err(Reason::plain(&NO_EFFECT));
        }
        Ok(Effect::on_items(reductions))
    }

    fn sentence(&self, language: &Language<'_>) -> String {
        if let Some((named, id)) = self.added_gift {
            let gift = language.one(named, id);
            return match self.quantity {
                Some(many) if many > 1 => format!("get {many} free {gift}"),
                _ => format!("get a free {gift}"),
            };
        }
        let chosen = self.selection.sentence(self.quantity.map(u64::from), language);
        let cap = Cap::sentence(self.cap, language);
        match self.discount {
            Discount::Percentage(rate) if rate.is_full() => format!("get {chosen} free{cap}"),
            Discount::Amount(_) if !self.as_total => {
                format!("get {} off each of {chosen}{cap}", self.discount.sentence(language))
            }
            discount => format!("get {} off {chosen}{cap}", discount.sentence(language)),
        }
    }
}

impl CartItems {
    /// One discount per line, rounded once; an amount counts for every unit.
    fn reduce_each(&self, portions: &[Portion], left: &mut Minor, reductions: &mut Reductions) {
        let mut lines: Vec<usize> = Vec::new();
        for portion in portions {
            if !lines.contains(&portion.line) {
                lines.push(portion.line);
            }
        }
        for line in lines {
            let of_line: Vec<Portion> = portions.iter().filter(|it| it.line == line).copied().collect();
            match self.discount {
                Discount::Percentage(rate) => {
                    let payable: Minor = of_line.iter().map(Portion::payable_sum).sum();
                    let amount = rate.of(of_line.iter().map(Portion::base_sum).sum());
                    split(amount.min(payable).min(*left), &of_line, left, reductions);
                }
                Discount::Amount(each) => {
                    for portion in &of_line {
                        let amount = (each.min(portion.payable) * i64::from(portion.units)).min(*left);
                        *left -= amount;
                        reductions.add(portion, amount);
                    }
                }
            }
        }
    }

    /// One discount on all units of one application together.
    fn reduce_as_total(&self, portions: &[Portion], left: &mut Minor, reductions: &mut Reductions) {
        let payable: Minor = portions.iter().map(Portion::payable_sum).sum();
        let amount = match self.discount {
            Discount::Percentage(rate) => rate.of(portions.iter().map(Portion::base_sum).sum()),
            Discount::Amount(amount) => amount,
        };
        split(amount.min(payable).min(*left), portions, left, reductions);
    }
}

/// Splits an amount over portions by what they still cost, and uses up the cap.
fn split(amount: Minor, portions: &[Portion], left: &mut Minor, reductions: &mut Reductions) {
    *left -= amount;
    let weights: Vec<Minor> = portions.iter().map(Portion::payable_sum).collect();
    for (portion, share) in portions.iter().zip(allocate(amount, &weights)) {
        reductions.add(portion, share);
    }
}
