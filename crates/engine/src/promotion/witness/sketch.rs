//! A cart being made so that rules apply to it.

use super::super::actions::{Needs, Part, Shipment};
use super::super::conditions::{Asked, Goods};
use super::super::items::Items;
use super::super::{Destination, Promotion, Rule, Segments, Targeting};
use super::Shelf;
use super::clause::{Match, find_line};
use super::conjunction::Conjunction;
use crate::cart::{Cart, Customer, Line, NO_GROUP, Shipping};
use crate::money::{Currency, Minor};
use crate::settings::Settings;

/// Ids that stand for any product start here; so many are tried for one that no product has.
const FRESH_PRODUCT: u64 = 1001;
const FRESH_MAX: usize = 10_000;

/// Countries that an excluded one can be exchanged for.
const COUNTRIES: [&str; 6] = ["US", "DE", "GB", "FR", "AU", "JP"];

/// How a cart is made where rules leave a choice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// Whether a unit may serve several demands.
    pub(crate) shares_units: bool,
    /// How many times the units that are asked for.
    pub(crate) times: u32,
    /// What a unit costs at least; as little as may be when `None`.
    pub(crate) price: Option<Minor>,
}

impl Style {
    /// As few units as can be, at the least price.
    pub(crate) const SMALLEST: Self = Self { shares_units: true, times: 1, price: None };
}

/// A cart being made.
#[derive(Debug)]
pub(crate) struct Sketch<'a> {
    settings: &'a Settings,
    shelf: &'a dyn Shelf,
    style: Style,
    cart: Cart,
    /// By line, where its price comes from.
    priced: Vec<Priced>,
    /// What the whole cart must cost at least, and at most.
    spend: (Minor, Minor),
    /// What may not lie in the cart.
    avoided: Vec<&'a Items>,
    can_be: bool,
}

/// Where the price of a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Priced {
    /// The shelf knows it.
    Known,
    /// Something asks for it.
    Asked,
    /// It is free to choose.
    Free,
}

/// A cart that was made.
#[derive(Clone, Debug)]
pub(crate) struct Sketched {
    pub(crate) cart: Cart,
    /// Whether some price was free to choose, so that shares of amounts say little.
    pub(crate) is_price_free: bool,
}

/// What a unit costs when nothing says so: 10.00, in currencies without decimals 1000.
pub(crate) fn plain_price(currency: Currency) -> Minor {
    Minor::new((10 * currency.unit()).max(1000))
}

impl<'a> Sketch<'a> {
    pub(crate) fn new(settings: &'a Settings, shelf: &'a dyn Shelf, style: Style) -> Self {
        Self {
            settings,
            shelf,
            style,
            cart: Cart::new(settings.currency, Vec::new()),
            priced: Vec::new(),
            spend: (Minor::ZERO, Minor::MAX),
            avoided: Vec::new(),
            can_be: true,
        }
    }

    /// Adds what a rule of a promotion needs, by one of the alternatives of its condition.
    pub(crate) fn add(&mut self, promotion: &'a Promotion, rule: &'a Rule, alternative: &Conjunction<'a>) {
        self.admit(promotion);
        let seller = promotion.seller.as_ref();
        let unwanted = alternative.asked().filter(|(_, holds)| !holds);
        self.avoided.extend(unwanted.filter_map(|(asked, _)| match asked {
            Asked::Goods(goods) => goods.items,
            _ => None,
        }));
        for (asked, holds) in alternative.asked() {
            match (asked, holds) {
                (Asked::Goods(goods), true) => self.add_goods(&goods, seller),
                (Asked::Goods(goods), false) => self.stay_below(&goods),
                (Asked::OrderNumber(from, to), holds) => self.place_order(from, to, holds),
                _ => {}
            }
        }
        let is_extra = !rule.action.rewards_triggers();
        match rule.action.needs() {
            Needs::Goods(parts) => parts.iter().for_each(|part| self.add_part(part, is_extra, seller)),
            Needs::Shipping(shipment) => {
                self.add_part(&ANYTHING, false, seller);
                self.ship(&shipment);
            }
            Needs::Nothing | Needs::Opaque => self.add_part(&ANYTHING, false, seller),
        }
        alternative.fulfil(&mut self.cart);
        rule.action.fulfil(&mut self.cart);
        self.priced.resize(self.cart.lines.len(), Priced::Asked);
    }

    /// The cart, unless it cannot be made.
    pub(crate) fn finish(mut self) -> Option<Sketched> {
        self.reach_spend();
        let within_limits = self.cart.check_limits().is_ok() && !self.cart.lines.is_empty();
        let is_price_free = self.priced.contains(&Priced::Free);
        (self.can_be && within_limits).then_some(Sketched { cart: self.cart, is_price_free })
    }

    fn currency(&self) -> Currency {
        self.cart.currency
    }

    fn add_goods(&mut self, goods: &Goods<'a>, seller: Option<&u64>) {
        let Some(items) = goods.items else {
            self.spend.0 = self.spend.0.max(goods.minimum_spend);
            self.spend.1 = self.spend.1.min(goods.maximum_spend.unwrap_or(Minor::MAX));
            return;
        };
        let asks_units = goods.minimum_quantity > 0 || !goods.minimum_spend.is_zero();
        let Ok(least) = u32::try_from(goods.minimum_quantity.max(u64::from(asks_units))) else {
            self.can_be = false;
            return;
        };
        let most = goods.maximum_quantity.and_then(|most| u32::try_from(most).ok()).unwrap_or(u32::MAX);
        let units = least.saturating_mul(self.style.times).min(most);
        if units == 0 {
            return;
        }
        let Some(index) = self.line_of(Some(items), seller) else { return };
        let Some(line) = self.cart.lines.get_mut(index) else { return };
        line.quantity = line.quantity.max(units);
        let per_unit = |amount: Minor| amount.get() / i64::from(line.quantity);
        let least = -((-goods.minimum_spend.get()).div_euclid(i64::from(line.quantity)));
        let most = goods.maximum_spend.map_or(i64::MAX, per_unit);
        self.price_at(index, Minor::new(least), Minor::new(most));
    }

    /// What must not be reached by the whole cart; `avoided` sees to single goods.
    fn stay_below(&mut self, goods: &Goods<'a>) {
        let is_whole = goods.items.is_none() && goods.maximum_spend.is_none();
        if is_whole && !goods.minimum_spend.is_zero() {
            self.spend.1 = self.spend.1.min(goods.minimum_spend - Minor::new(1));
        }
    }

    fn add_part(&mut self, part: &Part<'a>, is_extra: bool, seller: Option<&u64>) {
        let units = part.units.saturating_mul(self.style.times);
        let Some(index) = self.line_of(part.items, seller) else { return };
        let Some(line) = self.cart.lines.get_mut(index) else { return };
        line.quantity = if is_extra { line.quantity.saturating_add(units) } else { line.quantity.max(units) };
        if !part.above.is_zero() {
            let least = Minor::new(part.above.get() / i64::from(part.units.max(1)) + 1);
            self.price_at(index, least, Minor::MAX);
        }
    }

    /// A line that matches, a new one when there is none or units are not shared.
    fn line_of(&mut self, items: Option<&'a Items>, seller: Option<&u64>) -> Option<usize> {
        let is_fit = |line: &Line| {
            items.is_none_or(|items| items.matches(line)) && seller.is_none_or(|it| line.seller == Some(*it))
        };
        if self.style.shares_units
            && let Some(index) = self.cart.lines.iter().position(is_fit)
        {
            return Some(index);
        }
        let wanted = items.map(|items| (items, true));
        let unwanted = self.avoided.iter().map(|items| (*items, false));
        let trees: Vec<(&Items, bool)> = wanted.into_iter().chain(unwanted).collect();
        let is_unused = |id: &u64| {
            self.shelf.product(*id).is_none() && self.cart.lines.iter().all(|line| line.product != *id)
        };
        let fresh = (FRESH_PRODUCT..).take(FRESH_MAX).find(is_unused).unwrap_or(FRESH_PRODUCT);
        let found = match find_line(&trees, seller, fresh) {
            Match::As(line) => Some(*line),
            Match::Unknown(Some(mut line)) => {
                trees.iter().filter(|(_, holds)| *holds).for_each(|(items, _)| items.fulfil(&mut line));
                Some(*line).filter(|line| trees.iter().all(|(items, holds)| items.matches(line) == *holds))
            }
            Match::Unknown(None) | Match::Never => None,
        };
        let Some(mut line) = found else {
            self.can_be = false;
            return None;
        };
        let known = self.shelf.product(line.product).and_then(|product| product.price);
        let known = known.filter(|price| !price.is_zero() && self.currency() == self.settings.currency);
        line.id = (self.cart.lines.len() + 1).to_string();
        line.price = known.or(self.style.price).unwrap_or(plain_price(self.currency()));
        self.cart.lines.push(line);
        self.priced.push(if known.is_some() { Priced::Known } else { Priced::Free });
        Some(self.cart.lines.len() - 1)
    }

    /// Prices a line so that it costs at least and at most so much per unit. A known price stays: more units are
    /// bought instead.
    fn price_at(&mut self, index: usize, least: Minor, most: Minor) {
        let (Some(line), Some(priced)) = (self.cart.lines.get_mut(index), self.priced.get_mut(index)) else {
            return;
        };
        match *priced {
            Priced::Known if least > line.price => {
                let (spend, price) = (least.get() * i64::from(line.quantity), line.price.get().max(1));
                let units = spend / price + i64::from(spend % price > 0);
                line.quantity = u32::try_from(units).unwrap_or(u32::MAX);
            }
            Priced::Asked => line.price = line.price.max(least),
            Priced::Free if !least.is_zero() => {
                *priced = Priced::Asked;
                line.price = self.style.price.map_or(least, |price| price.max(least));
            }
            Priced::Known | Priced::Free => {}
        }
        line.price = line.price.min(most);
    }

    /// Prices the cart so that it costs as much as is asked of the whole.
    fn reach_spend(&mut self) {
        let subtotal: Minor = self.cart.lines.iter().map(Line::subtotal).sum();
        let (least, most) = self.spend;
        let free = self.priced.iter().position(|priced| *priced == Priced::Free);
        let Some(line) = self.cart.lines.get_mut(free.unwrap_or(0)) else { return };
        let others = subtotal - line.subtotal();
        let quantity = i64::from(line.quantity.max(1));
        let missing = (least - others).max(Minor::ZERO).get();
        let price = Minor::new(missing / quantity + i64::from(missing % quantity > 0));
        if !least.is_zero() && free.is_some() && price > Minor::ZERO {
            line.price = self.style.price.map_or(price, |wanted| wanted.max(price));
            self.priced.fill(Priced::Asked);
        } else if line.price < price {
            line.price = price;
        }
        if most < Minor::MAX {
            line.price = line.price.min(Minor::new((most - others).max(Minor::ZERO).get() / quantity));
        }
    }

    /// Makes the cart pass a promotion's gates.
    fn admit(&mut self, promotion: &Promotion) {
        if let Some(currency) = promotion.currency {
            self.cart.currency = currency;
        }
        let targeting = &promotion.targeting;
        if targeting.check_channel(&self.cart).is_err() {
            self.cart.channel = targeting.channels.first().copied();
        }
        if targeting.check_customer(&self.cart).is_err() {
            self.cart.customer = Some(customer_of(targeting, self.cart.customer.take().unwrap_or_default()));
        }
        if targeting.check_destination(&self.cart).is_err() {
            let country = match &targeting.destination {
                Some(Destination::In(countries)) => countries.first().cloned(),
                Some(Destination::NotIn(countries)) => {
                    let others = COUNTRIES.iter().map(|code| (*code).to_owned());
                    others.into_iter().find(|code| !countries.contains(code))
                }
                None => None,
            };
            self.cart.shipping.get_or_insert_default().country = country;
        }
    }

    fn place_order(&mut self, from: u64, to: Option<u64>, holds: bool) {
        let customer = self.cart.customer.get_or_insert_with(signed_in);
        let number = customer.order_count.saturating_add(1);
        let is_in = number >= from && to.is_none_or(|to| number <= to);
        if is_in == holds {
            return;
        }
        customer.order_count = if holds { customer.order_count.max(from - 1) } else { to.unwrap_or(0) };
    }

    fn ship(&mut self, shipment: &Shipment<'_>) {
        let plain = Minor::new((5 * self.currency().unit()).max(500));
        let own_country = self.settings.country.clone();
        let shipping: &mut Shipping = self.cart.shipping.get_or_insert_default();
        shipping.cost = Some(shipment.above + plain);
        shipping.zone = shipment.zone.or(shipping.zone);
        shipping.method = shipment.method.map(str::to_owned).or(shipping.method.take());
        if shipment.domestic_only {
            shipping.country = own_country;
        }
    }
}

/// One unit of anything.
const ANYTHING: Part<'static> = Part { items: None, units: 1, above: Minor::ZERO, excludes_sale: false };

fn signed_in() -> Customer {
    Customer { id: Some(1), ..Customer::default() }
}

/// A customer whom a promotion is for.
fn customer_of(targeting: &Targeting, before: Customer) -> Customer {
    let group = before.group.unwrap_or(NO_GROUP);
    let is_meant = |group: &u64| {
        (targeting.groups.is_empty() || targeting.groups.contains(group))
            && !targeting.excluded_groups.contains(group)
    };
    let choices = [group, NO_GROUP].into_iter().chain(targeting.groups.iter().copied()).chain(1..);
    let group = choices.take(1000).find(is_meant).unwrap_or(NO_GROUP);
    let tier = before.loyalty_tier.filter(|tier| targeting.loyalty_tiers.contains(tier));
    Customer {
        id: before.id.or(Some(1)),
        email: before.email,
        phone: before.phone,
        group: Some(group).filter(|group| *group != NO_GROUP),
        segments: segments_of(targeting.segments.as_ref(), before.segments),
        order_count: before.order_count.max(targeting.minimum_order_count),
        loyalty_tier: tier.or_else(|| targeting.loyalty_tiers.first().cloned()),
    }
}

/// Segments that fulfil a tree: none, one, two or all of those that it names.
fn segments_of(tree: Option<&Segments>, before: Vec<String>) -> Vec<String> {
    let Some(tree) = tree else { return before };
    let mut named = Vec::new();
    name_segments(tree, &mut named);
    let single = named.iter().map(|one| vec![one.clone()]);
    let double = named.iter().flat_map(|one| named.iter().map(move |two| vec![one.clone(), two.clone()]));
    let choices = [before, Vec::new()].into_iter().chain(single).chain(double).chain([named.clone()]);
    choices.into_iter().find(|segments| tree.matches(segments)).unwrap_or_default()
}

fn name_segments(tree: &Segments, named: &mut Vec<String>) {
    match tree {
        Segments::In(ids) => named.extend(ids.iter().cloned()),
        Segments::And(all) | Segments::Or(all) => all.iter().for_each(|part| name_segments(part, named)),
        Segments::Not(part) => name_segments(part, named),
    }
}
