//! One rule: its condition, its triggers and rewards, and the amounts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use engine::cart::Line;
use serde_json::Value;

use super::amounts::Off;
use super::goods::{Basket, decimal, half_up, matches, only_entry};

const TIMES_MAX: usize = 10_000;

const CAPS: [&str; 3] =
    ["maximum_allowed_discount_amount", "maximum_discount_per_unit", "maximum_discount_per_line"];

/// What a promotion has before it when it is its turn.
pub(super) struct Turn<'a> {
    /// What lines cost when the phase began.
    pub(super) start: &'a [i64],
    /// Whether percentages are taken from the price before any promotion.
    pub(super) from_price: bool,
    /// The lines that take part.
    pub(super) playing: Vec<bool>,
    /// The lines that take part and that it may not discount.
    pub(super) kept: Vec<bool>,
    /// The seller that the promotion is of.
    pub(super) seller: Option<u64>,
    /// What is left of the budget, when it may give a part.
    pub(super) budget: Option<i64>,
}

/// A rule being applied.
pub(super) struct Rule<'a> {
    document: &'a Value,
    /// Names its gift.
    pub(super) key: String,
    pub(super) turn: &'a Turn<'a>,
    /// By line, how many of its units were triggers of this rule before; which ones is left open.
    triggers: Counts,
    /// Units that this rule rewarded before.
    pub(super) rewarded: BTreeSet<usize>,
    /// Units that stood first in sets that would not have gained.
    left_out: BTreeSet<usize>,
    /// Spend that this rule used before.
    spent: i64,
}

/// So many units of some lines.
pub(super) type Counts = BTreeMap<usize, u32>;

/// A part of an answer: nothing, or the reason why not.
type Held = Result<(), &'static str>;

impl<'a> Rule<'a> {
    pub(super) fn new(document: &'a Value, key: String, turn: &'a Turn<'a>) -> Self {
        let (rewarded, left_out) = (BTreeSet::new(), BTreeSet::new());
        Self { document, key, turn, triggers: Counts::new(), rewarded, left_out, spent: 0 }
    }

    /// Applies the rule as often as it may be. Errors: the reason why it did not apply.
    pub(super) fn apply(mut self, basket: &Basket<'_>) -> Result<Off, &'static str> {
        let mut applications = Vec::new();
        let most = self.document["maximum_applications"].as_u64().map_or(TIMES_MAX, |most| most as usize);
        while applications.len() < most {
            let before = (self.triggers.clone(), self.rewarded.len(), self.spent);
            match self.apply_once(basket) {
                Ok(rewards) => applications.push(rewards),
                Err(reason) if applications.is_empty() => return Err(reason),
                Err(_) => break,
            }
            if self.document["apply_once"] == true {
                break;
            }
            // Nothing was used up, so every further application is like this one.
            if before == (self.triggers.clone(), self.rewarded.len(), self.spent) {
                applications.resize(most, Vec::new());
            }
        }
        let off = self.act(basket, &applications);
        if off.is_nothing() || !self.turn.playing.contains(&true) {
            return Err("no_effect");
        }
        let off = off.within(self.turn.budget, basket);
        if off.is_nothing() { Err("budget_exhausted") } else { Ok(off) }
    }

    pub(super) fn action(&self) -> (&str, &Value) {
        only_entry(&self.document["action"]).unwrap()
    }

    /// The units rewarded by one application, which uses them and its triggers up.
    fn apply_once(&mut self, basket: &Basket<'_>) -> Result<Vec<usize>, &'static str> {
        let document = self.document;
        let condition = &document["condition"];
        self.holds(condition, basket)?;
        self.check_action(basket)?;
        let (kind, fields) = only_entry(&document["action"]).unwrap();
        let has_rewards =
            matches!(kind, "cart_items" | "fixed_price_set" | "bundle") && self.gift().is_none();
        let mut triggers = Counts::new();
        let mut rewards = Vec::new();
        let spent;
        if has_rewards && fields["include_items_considered_by_condition"] == false {
            spent = self.take_triggers(condition, basket, &[], &mut triggers);
            rewards = self.choose_rewards(basket, &triggers)?;
        } else {
            if has_rewards {
                rewards = self.choose_rewards(basket, &triggers)?;
            }
            spent = self.take_triggers(condition, basket, &rewards, &mut triggers);
        }
        triggers.into_iter().for_each(|(line, count)| *self.triggers.entry(line).or_default() += count);
        self.rewarded.extend(&rewards);
        self.spent += spent;
        Ok(rewards)
    }

    fn check_action(&self, basket: &Basket<'_>) -> Held {
        if self.gift().is_some() && basket.cart.refused_gifts.contains(&self.key) {
            // Nobody refuses a gift that no goods would bring.
            return Err(if self.turn.playing.contains(&true) { "gift_refused" } else { "no_effect" });
        }
        let ("shipping", fields) = self.action() else { return Ok(()) };
        if basket.shipping.is_none() {
            return Err("no_shipping");
        }
        let Some(shipping) = basket.cart.shipping.as_ref() else { return Err("no_shipping") };
        let is_one_of = |methods: &Vec<Value>| {
            shipping.method.as_ref().is_some_and(|method| methods.iter().any(|it| *it == **method))
        };
        if fields["methods"].as_array().is_some_and(|methods| !is_one_of(methods)) {
            return Err("shipping_method");
        }
        let is_domestic = shipping.country.is_some() && shipping.country == basket.settings.country;
        let zones = &fields["zone_ids"];
        let is_in = shipping
            .zone
            .is_some_and(|zone| zones.as_array().is_some_and(|ids| ids.iter().any(|id| *id == zone)));
        if (fields["domestic_only"] == true && !is_domestic) || !(*zones == "*" || is_in) {
            return Err("shipping_zone");
        }
        let is_own = |line: &Line| line.is_gift_card || line.seller == self.turn.seller;
        let is_alone = self.turn.seller.is_none() || basket.cart.lines.iter().all(is_own);
        if is_alone { Ok(()) } else { Err("other_sellers") }
    }

    /// What is given, such as `product 7`, and how many each time.
    pub(super) fn gift(&self) -> Option<(String, u64)> {
        let (kind, fields) = self.action();
        let quantity = fields["quantity"].as_u64();
        let named = |what: &str, id: &Value| id.as_u64().map(|id| format!("{what} {id}"));
        if kind == "gift_item" {
            let product = named("product", &fields["product_id"]);
            return Some((product.or_else(|| named("variant", &fields["variant_id"]))?, quantity?));
        }
        let is_free = decimal(&fields["discount"]["percentage_amount"], 4) == Some(1_000_000)
            && fields["add_free_item"] == true
            && CAPS.iter().all(|cap| fields[*cap].is_null());
        let single = |ids: &Value| ids.as_array().filter(|ids| ids.len() == 1).map(|ids| ids[0].clone());
        let items = &fields["items"];
        let product = single(&items["products"]).and_then(|id| named("product", &id));
        let given = product.or_else(|| single(&items["variants"]).and_then(|id| named("variant", &id)))?;
        (kind == "cart_items" && is_free).then_some((given, quantity?))
    }

    /// Whether a condition holds for what this rule has not used.
    fn holds(&self, condition: &Value, basket: &Basket<'_>) -> Held {
        let Some((kind, inner)) = only_entry(condition) else { return Ok(()) };
        let parts = || inner.as_array().unwrap().iter().map(|part| self.holds(part, basket));
        match kind {
            "and" => parts().collect(),
            "or" if parts().any(|part| part.is_ok()) => Ok(()),
            "or" => parts().next().unwrap(),
            "not" if self.holds(inner, basket).is_ok() => Err("excluded"),
            "not" => Ok(()),
            "order_number" => {
                // A guest has no completed orders.
                let number = basket.cart.customer.as_ref().map_or(0, |customer| customer.order_count) + 1;
                let (from, to) =
                    (inner["from"].as_u64().unwrap_or(1), inner["to"].as_u64().unwrap_or(u64::MAX));
                if (from..=to).contains(&number) { Ok(()) } else { Err("order_number") }
            }
            "cart" if inner["items"].is_null() => {
                let amounts = self.spend_amounts(inner, basket).into_iter().zip(&self.turn.playing);
                let sum: i64 = amounts.filter(|(_, playing)| **playing).map(|(amount, _)| amount).sum();
                if sum - self.spent < minimum_spend(inner, basket) {
                    return Err("minimum_spend");
                }
                if self.is_above(sum, inner, basket) { Err("maximum_spend") } else { Ok(()) }
            }
            "cart" => {
                let lines = self.trigger_lines(inner, basket);
                let unused = lines.iter().map(|line| (*line, self.unused(*line, basket)));
                self.reaches(inner, &unused.collect(), basket)?;
                let all = lines.iter().map(|line| (*line, basket.cart.lines[*line].quantity)).collect();
                self.is_within(inner, &all, basket)
            }
            other => unreachable!("a condition `{other}` that the naive evaluator does not know"),
        }
    }

    /// How many units of a line this rule has not used.
    pub(super) fn unused(&self, line: usize, basket: &Basket<'_>) -> u32 {
        let rewarded = self.rewarded.iter().filter(|unit| basket.units[**unit].line == line).count();
        basket.cart.lines[line].quantity - self.triggers.get(&line).unwrap_or(&0) - rewarded as u32
    }

    /// Whether so many units are enough for a condition on items.
    fn reaches(&self, cart: &Value, units: &Counts, basket: &Basket<'_>) -> Held {
        let count: u32 = units.values().sum();
        if u64::from(count) < cart["minimum_quantity"].as_u64().unwrap_or(1) {
            return Err("minimum_quantity");
        }
        let is_enough = self.worth(cart, units, basket) >= minimum_spend(cart, basket);
        if is_enough { Ok(()) } else { Err("minimum_spend") }
    }

    /// Whether so many units are not too many for a condition on items.
    fn is_within(&self, cart: &Value, units: &Counts, basket: &Basket<'_>) -> Held {
        let count: u32 = units.values().sum();
        if cart["maximum_quantity"].as_u64().is_some_and(|most| u64::from(count) > most) {
            return Err("maximum_quantity");
        }
        let is_above = self.is_above(self.worth(cart, units, basket), cart, basket);
        if is_above { Err("maximum_spend") } else { Ok(()) }
    }

    fn is_above(&self, sum: i64, cart: &Value, basket: &Basket<'_>) -> bool {
        self.money(&cart["maximum_spend"], basket).is_some_and(|most| sum > most)
    }

    fn worth(&self, cart: &Value, units: &Counts, basket: &Basket<'_>) -> i64 {
        let amounts = self.spend_amounts(cart, basket);
        let worth = |(line, count): (&usize, &u32)| {
            let amount = i128::from(amounts[*line]) * i128::from(*count);
            half_up(amount, i128::from(basket.cart.lines[*line].quantity))
        };
        units.iter().map(worth).sum()
    }

    /// By line, the amount that a condition compares.
    fn spend_amounts(&self, cart: &Value, basket: &Basket<'_>) -> Vec<i64> {
        match cart["spend_basis"].as_str() {
            Some("ORIGINAL") => basket.cart.lines.iter().map(|line| line.subtotal().get()).collect(),
            Some("RUNNING") => basket.amounts(),
            _ => self.turn.start.to_vec(),
        }
    }

    /// The lines that can fulfil a condition on items, in the order in which they are gone through.
    fn trigger_lines(&self, cart: &Value, basket: &Basket<'_>) -> Vec<usize> {
        let lines = basket.cart.lines.iter();
        let is_free = |line: &Line| line.price.is_zero() && !basket.settings.triggered_by_zero_price;
        let can =
            |at: usize, line: &Line| self.turn.playing[at] && !is_free(line) && matches(&cart["items"], line);
        let mut lines: Vec<(usize, &Line)> = lines.enumerate().filter(|(at, line)| can(*at, line)).collect();
        lines.sort_by_key(|(_, line)| Reverse((line.price, line.product, line.variant)));
        if self.action().1["include_items_considered_by_condition"] == false && self.gift().is_none() {
            lines.sort_by_key(|(at, _)| self.is_about(*at, &self.action().1["items"], basket));
        }
        lines.into_iter().map(|(at, _)| at).collect()
    }

    /// Adds to `triggers` those of a condition that holds, where `rewards` count first; gives the spend used
    /// up.
    fn take_triggers(
        &self,
        condition: &Value,
        basket: &Basket<'_>,
        rewards: &[usize],
        triggers: &mut Counts,
    ) -> i64 {
        match only_entry(condition) {
            Some(("and", parts)) => {
                let parts = parts.as_array().unwrap().iter();
                parts.map(|part| self.take_triggers(part, basket, rewards, triggers)).max().unwrap_or(0)
            }
            Some(("or", parts)) => {
                let first = parts.as_array().unwrap().iter().find(|part| self.holds(part, basket).is_ok());
                first.map_or(0, |part| self.take_triggers(part, basket, rewards, triggers))
            }
            Some(("cart", cart)) if cart["items"].is_null() => minimum_spend(cart, basket),
            Some(("cart", cart)) => {
                let lines = self.trigger_lines(cart, basket);
                let rewarded = |line: usize| {
                    rewards.iter().filter(|unit| basket.units[**unit].line == line).count() as u32
                };
                let counted = |line: &usize| (*line, triggers.get(line).unwrap_or(&0) + rewarded(*line));
                let mut counted: Counts = lines.iter().map(counted).collect();
                for line in lines {
                    while self.reaches(cart, &counted, basket).is_err()
                        && counted[&line] < self.unused(line, basket)
                    {
                        *counted.entry(line).or_default() += 1;
                        *triggers.entry(line).or_default() += 1;
                    }
                }
                0
            }
            _ => 0,
        }
    }

    /// Whether the action would discount a line if no other promotion kept it from that.
    pub(super) fn would_reward(&self, at: usize, basket: &Basket<'_>) -> bool {
        let (code, fields) = self.action();
        match code {
            "shipping" => false,
            "bundle" => {
                let parts = fields["parts"].as_array().unwrap();
                parts.iter().any(|part| self.is_about(at, &part["items"], basket))
            }
            _ => self.is_about(at, &fields["items"], basket),
        }
    }

    /// Whether the action, as far as it is about some items, may discount a line now.
    pub(super) fn may_reward(&self, at: usize, items: &Value, basket: &Basket<'_>) -> bool {
        self.is_about(at, items, basket) && !self.turn.kept[at]
    }

    fn is_about(&self, at: usize, items: &Value, basket: &Basket<'_>) -> bool {
        let (fields, line) = (self.action().1, &basket.cart.lines[at]);
        self.turn.playing[at]
            && matches(items, line)
            && !(fields["exclude_items_on_sale"] == true && line.is_on_sale())
    }

    pub(super) fn base(&self, unit: usize, basket: &Basket<'_>) -> i64 {
        if self.turn.from_price { basket.line(unit).price.get() } else { basket.units[unit].cost }
    }

    pub(super) fn bases(&self, units: &[usize], basket: &Basket<'_>) -> i64 {
        units.iter().map(|unit| self.base(*unit, basket)).sum()
    }

    /// The units that one application rewards, when these are its triggers.
    fn choose_rewards(&mut self, basket: &Basket<'_>, triggers: &Counts) -> Result<Vec<usize>, &'static str> {
        let document = self.document;
        let (kind, fields) = only_entry(&document["action"]).unwrap();
        if kind == "bundle" {
            return self.choose_bundle(triggers, basket);
        }
        let strategy = fields["strategy"].as_str().unwrap();
        let sign = if strategy.starts_with("MOST") { -1 } else { 1 };
        let mut units: Vec<usize> = (0..basket.units.len()).collect();
        let may = |unit: &usize| self.may_reward(basket.units[*unit].line, &fields["items"], basket);
        units.retain(|unit| may(unit) && basket.units[*unit].cost > 0);
        units.sort_by_key(|unit| {
            let (base, cost) = (self.base(*unit, basket), basket.units[*unit].cost);
            (sign * base, sign * cost, basket.line(*unit).product, basket.line(*unit).variant)
        });
        if strategy.ends_with("_ONLY") {
            let level = units.first().map(|unit| self.base(*unit, basket));
            units.retain(|unit| Some(self.base(*unit, basket)) == level);
        }
        units.retain(|unit| !self.rewarded.contains(unit) && !self.left_out.contains(unit));
        let quantity = fields["quantity"].as_u64().map_or(usize::MAX, |quantity| quantity as usize);
        if kind == "cart_items" {
            let rewards = self.first_free(&units, quantity, triggers, basket);
            return if rewards.is_empty() { Err("no_effect") } else { Ok(rewards) };
        }
        if self.first_free(&units, quantity, triggers, basket).len() < quantity {
            return Err("minimum_quantity");
        }
        let price = self.money(&fields["fixed_price"], basket).unwrap();
        for (at, first) in units.iter().enumerate() {
            let set = self.first_free(&units[at..], quantity, triggers, basket);
            if set.len() < quantity {
                break;
            }
            if self.bases(&set, basket) > price {
                return Ok(set);
            }
            self.left_out.insert(*first);
        }
        Err("no_effect")
    }

    /// The first so many of these units, of each line at most as many as neither this application nor one
    /// before has used.
    fn first_free(
        &self,
        units: &[usize],
        quantity: usize,
        triggers: &Counts,
        basket: &Basket<'_>,
    ) -> Vec<usize> {
        let mut chosen: Vec<usize> = Vec::new();
        for unit in units {
            let line = basket.units[*unit].line;
            let of_line = chosen.iter().filter(|other| basket.units[**other].line == line).count() as u32;
            if chosen.len() < quantity
                && of_line + triggers.get(&line).unwrap_or(&0) < self.unused(line, basket)
            {
                chosen.push(*unit);
            }
        }
        chosen
    }

    pub(super) fn money(&self, value: &Value, basket: &Basket<'_>) -> Option<i64> {
        decimal(value, basket.cart.currency.exponent() as usize)
    }
}

fn minimum_spend(cart: &Value, basket: &Basket<'_>) -> i64 {
    decimal(&cart["minimum_spend"], basket.cart.currency.exponent() as usize).unwrap_or(0)
}
