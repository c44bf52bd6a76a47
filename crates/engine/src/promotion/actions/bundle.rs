//! A bundle: some of each of several kinds of products, sold together for less.

use serde_json::Value;
use smallvec::SmallVec;

use crate::cart::Line;
use crate::document::{Field, FieldKind, Reader, kind_of};
use crate::money::{Minor, allocate};
use crate::promotion::actions::{Action, ActionKind, Needs, Part as NeededPart, Phase};
use crate::promotion::assignment::{Assignment, PARTS_MAX, Parts};
use crate::promotion::discount::Discount;
use crate::promotion::evaluate::{Claims, Effect, Reductions, Repetition, Turn};
use crate::promotion::items::Items;
use crate::promotion::language::{Language, join};
use crate::promotion::nudge::{Step, Stock};
use crate::promotion::reason::{BUNDLE_INCOMPLETE, Fact, NO_EFFECT, Reason};
use crate::promotion::selection::{Candidate, Portion, Portions, Units, units_in_order};

#[derive(Debug)]
struct Bundle {
    parts: Vec<Part>,
    price: Price,
    dearest_first: bool,
    excludes_sale: bool,
}

#[derive(Debug)]
struct Part {
    items: Items,
    quantity: u32,
}

/// What a bundle costs.
#[derive(Clone, Copy, Debug)]
enum Price {
    Less(Discount),
    Fixed(Minor),
}

/// The strategies as documents name them; the first is the default.
const STRATEGIES: &[&str] = &["MOST_EXPENSIVE", "LEAST_EXPENSIVE"];

pub(super) static KIND: ActionKind = ActionKind {
    code: "bundle",
    label: "Products together for less",
    fields: &[
        Field::required(
            "parts",
            FieldKind::Parts,
            "What belongs to it: 1 to 20 parts, each with so many units.",
        ),
        Field::optional(
            "discount",
            FieldKind::Discount,
            "How much is taken off a bundle; this or `fixed_price`.",
        ),
        Field::optional("fixed_price", FieldKind::Money, "What a bundle costs; this or `discount`."),
        Field::optional("strategy", FieldKind::Choice(STRATEGIES), "Which units first."),
        Field::optional("exclude_items_on_sale", FieldKind::Flag(false), "Leaves out what is on sale."),
    ],
    example: r#"{"parts":[{"items":{"products":[7]},"quantity":1},{"items":{"products":[8]},"quantity":2}],
        "discount":{"percentage_amount":"15"}}"#,
    parse,
};

fn parse(reader: &mut Reader<'_>) -> Option<Box<dyn Action>> {
    let parts = read_parts(reader);
    if reader.has("discount") == reader.has("fixed_price") {
        reader.problems().report(reader.pointer(), "conflict", "give either `discount` or `fixed_price`");
    }
    let fixed_price = reader.money("fixed_price").map(Price::Fixed);
    let discount = if reader.has("discount") { Discount::read(reader) } else { reader.absent("discount") };
    let dearest_first = reader.choice("strategy", STRATEGIES) == "MOST_EXPENSIVE";
    let excludes_sale = reader.flag("exclude_items_on_sale", false);
    let price = discount.map(Price::Less).or(fixed_price)?;
    Some(Box::new(Bundle { parts: parts?, price, dearest_first, excludes_sale }))
}

fn read_parts(reader: &mut Reader<'_>) -> Option<Vec<Part>> {
    let (problems, pointer) = (reader.problems(), *reader.pointer());
    let at = pointer.key("parts");
    let values = match reader.value("parts") {
        Some(Value::Array(values)) => values,
        Some(other) => {
            problems.report(&at, "type", format!("must be a list of parts, not {}", kind_of(other)));
            return None;
        }
        None => {
            reader.require("parts");
            return None;
        }
    };
    if !(1..=PARTS_MAX).contains(&values.len()) {
        problems.report(&at, "out_of_range", format!("must have 1 to {PARTS_MAX} parts"));
        return None;
    }
    let (mut parts, mut normal) = (Vec::new(), Vec::new());
    for (index, value) in values.iter().enumerate() {
        let mut part = Reader::open(value, at.index(index), problems)?;
        let items = part.items("items");
        if !part.has("items") {
            part.require("items");
        }
        let quantity = part.count("quantity", 1..=100);
        let quantity = if part.has("quantity") { quantity } else { Some(1) };
        if let (Some(items), Some(quantity)) = (items, quantity.and_then(|it| u32::try_from(it).ok())) {
            part.put("quantity", quantity);
            parts.push(Part { items, quantity });
        }
        normal.push(part.close());
    }
    reader.put("parts", normal);
    Some(parts).filter(|parts| parts.len() == values.len())
}

impl Action for Bundle {
    fn phase(&self) -> Phase {
        Phase::Item
    }

    fn is_target(&self, line: &Line) -> bool {
        !self.parts_of(line).is_none()
    }

    fn uses_units_up(&self) -> bool {
        true
    }

    fn lack(&self, stock: &Stock<'_>, offer: &Line) -> Option<Step> {
        if !self.is_target(offer) {
            return None;
        }
        let mut assignment = Assignment::of(self.parts.iter().map(|part| part.quantity));
        for (_, line) in stock.participants().filter(|(_, line)| !line.price.is_zero()) {
            assignment.serve(self.parts_of(line), line.quantity);
        }
        let missing = assignment.missing();
        if assignment.serve(self.parts_of(offer), missing) < missing {
            return None;
        }
        let reason = if missing > 0 { self.incomplete(missing) } else { Reason::plain(&NO_EFFECT) };
        Some(Step { units: u64::from(missing.max(1)), spend: Minor::ZERO, reason })
    }

    fn needs(&self) -> Needs<'_> {
        let excludes_sale = self.excludes_sale;
        // A fixed price must be exceeded by all parts together; the first alone is sure to.
        let fixed_price = if let Price::Fixed(price) = self.price { price } else { Minor::ZERO };
        let parts = self.parts.iter().enumerate().map(|(at, part)| NeededPart {
            items: Some(&part.items),
            units: part.quantity,
            above: if at == 0 { fixed_price } else { Minor::ZERO },
            excludes_sale,
        });
        Needs::Goods(parts.collect())
    }

    fn apply(&self, turn: &Turn<'_>, repetition: &mut Repetition<'_>) -> Result<Effect, Reason> {
        let mut candidates = self.candidates(turn);
        let mut reductions = Reductions::default();
        let mut bundled: Vec<(usize, u32)> = Vec::new();
        let mut incomplete = None;
        while repetition.begin(turn)? {
            let (units, missing) = self.gather(&mut candidates, repetition.claims());
            let saved = if missing == 0 { self.saving(turn, &units) } else { Minor::ZERO };
            if saved.is_zero() {
                incomplete = Some(missing).filter(|missing| *missing > 0);
                repetition.cancel();
                break;
            }
            let weights: Vec<Minor> = units.iter().map(Portion::payable_sum).collect();
            for (portion, share) in units.iter().zip(allocate(saved, &weights)) {
                reductions.add(portion, share);
                bundled.push((portion.line, portion.units));
            }
            repetition.finish(turn);
        }
        match incomplete {
            _ if !reductions.is_empty() => Ok(Effect::on_items(reductions).with_bundled(bundled)),
            Some(missing) => Err(self.incomplete(missing)),
            None => Err(Reason::plain(&NO_EFFECT)),
        }
    }

    fn sentence(&self, language: &Language<'_>) -> String {
        let part = |part: &Part| match part.quantity {
            1 => part.items.sentence(language),
            many => format!("{many} of {}", part.items.sentence(language)),
        };
        let parts = join(&self.parts.iter().map(part).collect::<Vec<_>>(), "and");
        let sale = if self.excludes_sale { " (not on sale)" } else { "" };
        match self.price {
            Price::Less(discount) => {
                format!("get {} off {parts} together{sale}", discount.sentence(language))
            }
            Price::Fixed(price) => format!("get {parts} together for {}{sale}", language.money(price)),
        }
    }
}

impl Bundle {
    /// The reason when so many units of a bundle are missing.
    fn incomplete(&self, missing: u32) -> Reason {
        let whole: u32 = self.parts.iter().map(|part| part.quantity).sum();
        let (needed, found) = (Fact::Count(whole.into()), Fact::Count((whole - missing).into()));
        Reason::because(&BUNDLE_INCOMPLETE, needed, found)
    }

    fn parts_of(&self, line: &Line) -> Parts {
        if self.excludes_sale && line.is_on_sale() {
            return Parts::default();
        }
        let matching = self.parts.iter().enumerate().filter(|(_, part)| part.items.matches(line));
        Parts::of(matching.map(|(index, _)| index))
    }

    /// Units that match a part, still cost something and are in no bundle yet, in order, with the parts they match.
    fn candidates(&self, turn: &Turn<'_>) -> Vec<(Candidate, Parts)> {
        let mut candidates = units_in_order(turn, self.dearest_first, None, |line| self.is_target(line));
        for line in (0..turn.cart().lines.len()).filter(|line| turn.bundled(*line) > 0) {
            leave_out_bundled(turn, line, &mut candidates);
        }
        let with_parts = |candidate: Candidate| {
            let parts = turn.line(candidate.line).map_or(Parts::default(), |line| self.parts_of(line));
            (candidate, parts)
        };
        candidates.into_iter().filter(|candidate| candidate.units > 0).map(with_parts).collect()
    }

    /// Claims the units of the next bundle, in order, and tells how many are missing for it to be whole.
    fn gather(&self, candidates: &mut [(Candidate, Parts)], claims: &mut Claims) -> (Portions, u32) {
        let mut assignment = Assignment::of(self.parts.iter().map(|part| part.quantity));
        let mut gathered = Portions::new();
        // What cannot serve now cannot serve later either: units that were taken stay.
        let mut refused: SmallVec<[Parts; 4]> = SmallVec::new();
        for (candidate, parts) in candidates.iter_mut().filter(|(it, _)| it.units > 0) {
            if refused.contains(parts) {
                continue;
            }
            let there = candidate.units.min(claims.unclaimed(candidate.line));
            let served = assignment.serve(*parts, there);
            if served < there {
                refused.push(*parts);
            }
            let taken = claims.take(candidate.line, served);
            if taken > 0 {
                candidate.units -= taken;
                gathered.push(Portion { units: taken, ..candidate.portion() });
            }
            if assignment.missing() == 0 {
                break;
            }
        }
        (gathered, assignment.missing())
    }

    /// What a bundle of these units saves.
    fn saving(&self, turn: &Turn<'_>, units: &[Portion]) -> Minor {
        let base: Minor = units.iter().map(Portion::base_sum).sum();
        let payable: Minor = units.iter().map(Portion::payable_sum).sum();
        let saved = match self.price {
            Price::Less(Discount::Percentage(rate)) => turn.percentage(rate, base),
            Price::Less(Discount::Amount(amount)) => amount,
            Price::Fixed(price) => (base - price).max(Minor::ZERO),
        };
        saved.min(payable)
    }
}

/// Leaves the units of a line out that are in bundles: what costs least of a line is what a bundle before has
/// discounted. Free units are left out already, and count first.
fn leave_out_bundled(turn: &Turn<'_>, line: usize, candidates: &mut Units) {
    let free = turn.parcels(line).filter(|parcel| parcel.payable.is_zero()).map(|parcel| parcel.units);
    let mut bundled = turn.bundled(line).saturating_sub(free.sum());
    let mut of_line: Vec<&mut Candidate> = candidates.iter_mut().filter(|it| it.line == line).collect();
    of_line.sort_by_key(|candidate| candidate.payable);
    for candidate in of_line {
        let left_out = bundled.min(candidate.units);
        candidate.units -= left_out;
        bundled -= left_out;
    }
}
