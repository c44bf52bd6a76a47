//! A set of products for a fixed price: any three shirts for 100.

use crate::cart::Line;
use crate::document::{Field, FieldKind, Reader};
use crate::money::{Minor, allocate};
use crate::promotion::actions::{Action, ActionKind, Needs, Part, Phase};
use crate::promotion::evaluate::{Effect, Reductions, Repetition, Turn};
use crate::promotion::language::Language;
use crate::promotion::nudge::{Step, Stock};
use crate::promotion::reason::{Fact, MINIMUM_QUANTITY, NO_EFFECT, Reason};
use crate::promotion::selection::{self, Candidates, Portion, Portions, Selection};

#[derive(Debug)]
struct FixedPriceSet {
    quantity: u32,
    fixed_price: Minor,
    selection: Selection,
}

const SELECTION: [Field; 4] = selection::fields(true);

pub(super) static KIND: ActionKind = ActionKind {
    code: "fixed_price_set",
    label: "Fixed price for a number of products",
    fields: &[
        Field::required("quantity", FieldKind::Count(1), "Units in a set."),
        Field::required(
            "fixed_price",
            FieldKind::Money,
            "What a set costs; a set that costs less stays as it is.",
        ),
        SELECTION[0],
        SELECTION[1],
        SELECTION[2],
        SELECTION[3],
    ],
    example: r#"{"quantity":3,"fixed_price":"100.00","items":{"categories":[51]}}"#,
    parse,
};

fn parse(reader: &mut Reader<'_>) -> Option<Box<dyn Action>> {
    let quantity = reader.count("quantity", 1..=1_000_000);
    if !reader.has("quantity") {
        reader.require("quantity");
    }
    let fixed_price = reader.money("fixed_price");
    if !reader.has("fixed_price") {
        reader.require("fixed_price");
    }
    let selection = Selection::read(reader, true);
    let quantity = u32::try_from(quantity?).ok()?;
    Some(Box::new(FixedPriceSet { quantity, fixed_price: fixed_price?, selection }))
}

impl Action for FixedPriceSet {
    fn phase(&self) -> Phase {
        Phase::Item
    }

    fn rewards_triggers(&self) -> bool {
        self.selection.includes_triggers()
    }

    fn is_target(&self, line: &Line) -> bool {
        self.selection.is_target(line)
    }

    fn uses_units_up(&self) -> bool {
        true
    }

    fn lack(&self, stock: &Stock<'_>, offer: &Line) -> Option<Step> {
        let found = self.selection.units_beside(stock, offer)?;
        let needed = u64::from(self.quantity);
        let reason = if found < needed {
            Reason::because(&MINIMUM_QUANTITY, Fact::Count(needed), Fact::Count(found))
        } else {
            Reason::plain(&NO_EFFECT)
        };
        let units = needed.saturating_sub(found).max(1);
        Some(Step { units, spend: Minor::ZERO, reason })
    }

    fn needs(&self) -> Needs<'_> {
        let (items, excludes_sale) = (self.selection.items(), self.selection.excludes_sale());
        Needs::Goods(vec![Part { items, units: self.quantity, above: self.fixed_price, excludes_sale }])
    }

    fn apply(&self, turn: &Turn<'_>, repetition: &mut Repetition<'_>) -> Result<Effect, Reason> {
        let mut candidates = None;
        let mut reductions = Reductions::default();
        let mut units_there = 0;
        while repetition.begin(turn)? {
            let candidates = candidates.get_or_insert_with(|| self.selection.candidates(turn));
            if reductions.is_empty() {
                units_there = candidates.units_left(repetition.claims());
            }
            let Some(set) = self.form_set(candidates, repetition) else {
                repetition.cancel();
                break;
            };
            let weights: Vec<Minor> = set.iter().map(Portion::payable_sum).collect();
            let saved = self.saving(&set).min(weights.iter().copied().sum());
            for (portion, share) in set.iter().zip(allocate(saved, &weights)) {
                reductions.add(portion, share);
            }
            repetition.finish(turn);
        }
        if !reductions.is_empty() {
            return Ok(Effect::on_items(reductions));
        }
        let needed = u64::from(self.quantity);
        if units_there < needed {
            let (needed, found) = (Fact::Count(needed), Fact::Count(units_there));
            return Err(Reason::because(&MINIMUM_QUANTITY, needed, found));
        }
        Err(Reason::plain(&NO_EFFECT))
    }

    fn sentence(&self, language: &Language<'_>) -> String {
        let (price, items) = (language.money(self.fixed_price), self.selection.sentence(None, language));
        format!("get any {} of {items} for {price}", self.quantity)
    }
}

impl FixedPriceSet {
    /// Claims the next set, in order, that costs more than the fixed price; units before it are left out.
    fn form_set(&self, candidates: &mut Candidates, repetition: &mut Repetition<'_>) -> Option<Portions> {
        let claims = repetition.claims();
        candidates.leave_out_until(self.quantity, claims, |sum| sum > self.fixed_price)?;
        Some(candidates.take(self.quantity, claims))
    }

    fn saving(&self, set: &[Portion]) -> Minor {
        set.iter().map(Portion::base_sum).sum::<Minor>() - self.fixed_price
    }
}
