//! A discount on products: a percentage or an amount, on all of them or on a number of them.

use smallvec::SmallVec;

use crate::cart::Line;
use crate::document::{Field, FieldKind, Reader};
use crate::money::{Minor, allocate};
use crate::promotion::actions::{Action, ActionKind, Needs, Part, Phase};
use crate::promotion::discount::{Cap, Discount};
use crate::promotion::evaluate::{Effect, Reductions, Repetition, Turn};
use crate::promotion::language::{Language, Named, join};
use crate::promotion::reason::{NO_EFFECT, Reason};
use crate::promotion::selection::{self, Portion, Portions, Selection};

#[derive(Debug)]
struct CartItems {
    discount: Discount,
    selection: Selection,
    /// Units rewarded each time; `None` is all.
    quantity: Option<u32>,
    as_total: bool,
    /// The gift that is added instead of making units free.
    added_gift: Option<(Named, u64)>,
    /// An amount is taken off each line once instead of off each unit.
    amount_per_line: bool,
    cap: Option<Cap>,
    unit_cap: Option<Cap>,
    line_cap: Option<Cap>,
}

/// What an amount is taken off; the first is the default.
const AMOUNT_PER: &[&str] = &["UNIT", "LINE"];

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
        Field::optional(
            "amount_per",
            FieldKind::Choice(AMOUNT_PER),
            "Whether an amount is taken off each rewarded unit, or off the rewarded units of each line once.",
        ),
        Field::optional(
            "maximum_discount_per_unit",
            FieldKind::Money,
            "The most that is taken off a line for each of its rewarded units, from 1 to 10000000.",
        ),
        Field::optional(
            "maximum_discount_per_line",
            FieldKind::Money,
            "The most that is taken off a line, from 1 to 10000000.",
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
    let cap = Cap::read(reader, "maximum_allowed_discount_amount");
    let amount_per_line = reader.choice("amount_per", AMOUNT_PER) == "LINE";
    let unit_cap = Cap::read(reader, "maximum_discount_per_unit");
    let line_cap = Cap::read(reader, "maximum_discount_per_line");
    let per_line = [
        ("maximum_discount_per_unit", unit_cap.is_some()),
        ("maximum_discount_per_line", line_cap.is_some()),
    ];
    for (name, is_set) in per_line.into_iter().chain([("amount_per", amount_per_line)]) {
        if is_set && as_total {
            reader.report(name, "conflict", "needs `as_total` to be false: a total has no lines of its own");
        }
    }
    let is_free = matches!(discount, Some(Discount::Percentage(rate)) if rate.is_full());
    let single = selection.items().and_then(crate::promotion::Items::single);
    if amount_per_line && matches!(discount, Some(Discount::Percentage(_))) {
        let message = "needs `discount` to be a `fixed_amount`: a percentage is of each line anyway";
        reader.report("amount_per", "conflict", message);
    }
    let is_capped = cap.or(unit_cap).or(line_cap).is_some();
    let added_gift = single.filter(|_| adds && is_free && quantity.is_some() && !is_capped);
    let quantity = quantity.and_then(|quantity| u32::try_from(quantity).ok());
    Some(Box::new(CartItems {
        discount: discount?,
        selection,
        quantity,
        as_total,
        added_gift,
        amount_per_line,
        cap,
        unit_cap,
        line_cap,
    }))
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

    fn needs(&self) -> Needs<'_> {
        if self.added_gift.is_some() {
            return Needs::Nothing;
        }
        let (items, excludes_sale) = (self.selection.items(), self.selection.excludes_sale());
        Needs::Goods(vec![Part { items, units: 1, above: Minor::ZERO, excludes_sale }])
    }

    fn gift(&self) -> Option<(Named, u64)> {
        self.added_gift
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
        let mut rewarded = Rewarded::default();
        while repetition.begin(turn)? {
            let candidates = candidates.get_or_insert_with(|| self.selection.candidates(turn));
            let portions = candidates.take(self.quantity.unwrap_or(u32::MAX), repetition.claims());
            if portions.is_empty() {
                repetition.cancel();
                break;
            }
            rewarded.add(portions);
            repetition.finish(turn);
        }
        let mut reductions = Reductions::default();
        let mut left = self.cap.map_or(Minor::MAX, |cap| cap.in_currency(turn.cart().currency));
        if self.as_total {
            let applications = rewarded.applications();
            applications.for_each(|it| self.reduce_as_total(turn, it, &mut left, &mut reductions));
        } else {
            self.reduce_each(turn, &rewarded.by_line(), &mut left, &mut reductions);
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
        let cap = self.caps_sentence(language);
        match self.discount {
            Discount::Percentage(rate) if rate.is_full() => format!("get {chosen} free{cap}"),
            Discount::Amount(_) if self.amount_per_line => {
                format!("get {} off each line of {chosen}{cap}", self.discount.sentence(language))
            }
            Discount::Amount(_) if !self.as_total => {
                format!("get {} off each of {chosen}{cap}", self.discount.sentence(language))
            }
            discount => format!("get {} off {chosen}{cap}", discount.sentence(language)),
        }
    }
}

impl CartItems {
    /// One discount per line, rounded once; an amount counts for every unit.
    fn reduce_each(
        &self,
        turn: &Turn<'_>,
        lines: &[Portions],
        left: &mut Minor,
        reductions: &mut Reductions,
    ) {
        for of_line in lines {
            let payable: Minor = of_line.iter().map(Portion::payable_sum).sum();
            let most = self.most_off_line(turn, of_line);
            match self.discount {
                Discount::Percentage(rate) => {
                    let base = of_line.iter().map(Portion::base_sum).sum();
                    let amount = turn.percentage(rate, base).min(payable).min(most).min(*left);
                    split(amount, of_line, left, reductions);
                }
                Discount::Amount(amount) if self.amount_per_line => {
                    split(amount.min(payable).min(most).min(*left), of_line, left, reductions);
                }
                Discount::Amount(each) => {
                    let off = |portion: &Portion| each.min(portion.payable) * i64::from(portion.units);
                    if of_line.iter().map(off).sum::<Minor>() > most {
                        split(most.min(*left), of_line, left, reductions);
                        continue;
                    }
                    for portion in of_line {
                        let amount = off(portion).min(*left);
                        *left -= amount;
                        reductions.add(portion, amount);
                    }
                }
            }
        }
    }

    /// The most that the caps per unit and per line allow off the rewarded units of a line.
    fn most_off_line(&self, turn: &Turn<'_>, of_line: &[Portion]) -> Minor {
        let currency = turn.cart().currency;
        let units: i64 = of_line.iter().map(|portion| i64::from(portion.units)).sum();
        let by_unit = self.unit_cap.map_or(Minor::MAX, |cap| cap.in_currency(currency) * units);
        let by_line = self.line_cap.map_or(Minor::MAX, |cap| cap.in_currency(currency));
        by_unit.min(by_line)
    }

    /// One discount on all units of one application together.
    fn reduce_as_total(
        &self,
        turn: &Turn<'_>,
        portions: &[Portion],
        left: &mut Minor,
        reductions: &mut Reductions,
    ) {
        let payable: Minor = portions.iter().map(Portion::payable_sum).sum();
        let amount = match self.discount {
            Discount::Percentage(rate) => turn.percentage(rate, portions.iter().map(Portion::base_sum).sum()),
            Discount::Amount(amount) => amount,
        };
        split(amount.min(payable).min(*left), portions, left, reductions);
    }

    /// Its caps at the end of a sentence: `, at most 5.00 USD each, 20.00 USD a line and 40.00 USD in all`.
    fn caps_sentence(&self, language: &Language<'_>) -> String {
        let caps = [(self.unit_cap, " each"), (self.line_cap, " a line")];
        let told = caps.into_iter().filter_map(|(cap, what)| Some(cap?.amount(language) + what));
        let mut told: Vec<String> = told.collect();
        let in_all = if told.is_empty() { "" } else { " in all" };
        told.extend(self.cap.map(|cap| cap.amount(language) + in_all));
        if told.is_empty() { String::new() } else { format!(", at most {}", join(&told, "and")) }
    }
}

/// What the applications of a rule reward.
#[derive(Debug, Default)]
struct Rewarded {
    portions: Portions,
    /// Where the portions of each application end.
    ends: SmallVec<[usize; 2]>,
}

impl Rewarded {
    fn add(&mut self, portions: Portions) {
        self.portions.extend(portions);
        self.ends.push(self.portions.len());
    }

    fn applications(&self) -> impl Iterator<Item = &[Portion]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.portions.get(start..*end))
    }

    /// The portions of each line, lines in the order in which they were first rewarded. Units of a line that cost the
    /// same are one portion, whichever application rewarded them: equals share evenly.
    fn by_line(&self) -> SmallVec<[Portions; 1]> {
        let mut places: SmallVec<[(usize, usize); 4]> =
            self.portions.iter().enumerate().map(|(place, portion)| (portion.line, place)).collect();
        places.sort_unstable();
        let mut lines: SmallVec<[&[(usize, usize)]; 4]> =
            places.chunk_by(|one, other| one.0 == other.0).collect();
        lines.sort_unstable_by_key(|of_line| of_line.first().map(|(_, place)| *place));
        let merged = |of_line: &[(usize, usize)]| {
            let mut merged = Portions::new();
            for portion in of_line.iter().filter_map(|(_, place)| self.portions.get(*place)) {
                match merged.iter_mut().find(|other| other.payable == portion.payable) {
                    Some(other) => other.units += portion.units,
                    None => merged.push(*portion),
                }
            }
            merged
        };
        lines.into_iter().map(merged).collect()
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
