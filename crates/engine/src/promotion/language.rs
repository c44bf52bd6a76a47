//! Words for sentences: names instead of ids, amounts with their currency, lists with a last "or".

use std::fmt::Debug;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::money::{Currency, Minor};

/// What an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// A product.
    Product,
    /// A variant.
    Variant,
    /// A category.
    Category,
    /// A brand.
    Brand,
    /// A seller.
    Seller,
    /// A customer group.
    CustomerGroup,
    /// A channel.
    Channel,
    /// A shipping zone.
    ShippingZone,
}

impl Named {
    /// Whether it names something that can lie in a cart.
    pub(crate) fn is_goods(self) -> bool {
        matches!(self, Self::Product | Self::Variant)
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Variant => "variant",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Seller => "seller",
            Self::CustomerGroup => "customer group",
            Self::Channel => "channel",
            Self::ShippingZone => "shipping zone",
        }
    }
}

/// Knows the names of things.
pub trait Names: Debug {
    /// The name of the thing with this id, when it is known.
    fn name(&self, named: Named, id: u64) -> Option<&str>;
}

/// Knows no names: sentences say `category 9`.
#[derive(Clone, Copy, Debug)]
pub struct NoNames;

impl Names for NoNames {
    fn name(&self, _: Named, _: u64) -> Option<&str> {
        None
    }
}

/// Everything a sentence needs beside the rule itself.
#[derive(Clone, Copy, Debug)]
pub struct Language<'a> {
    /// Names of things.
    pub names: &'a dyn Names,
    /// The currency of amounts; `None` is any, in which promotions have none but caps.
    pub currency: Option<Currency>,
    /// The zone in which times are told.
    pub zone: &'a TimeZone,
}

impl Language<'_> {
    /// The name of one thing, or its kind and id.
    pub fn one(&self, named: Named, id: u64) -> String {
        let known = self.names.name(named, id);
        known.map_or_else(|| format!("{} {id}", named.noun()), str::to_owned)
    }

    /// Several things joined by "or"; long lists are cut after three.
    pub fn list(&self, named: Named, ids: &[u64]) -> String {
        const SHOWN: usize = 3;
        let mut words: Vec<String> = ids.iter().take(SHOWN).map(|id| self.one(named, *id)).collect();
        if ids.len() > SHOWN {
            words.push(format!("{} more", ids.len() - SHOWN));
        }
        join(&words, "or")
    }

    /// An amount of the promotion's currency: `12.95 USD`.
    pub fn money(&self, amount: Minor) -> String {
        self.currency.map_or_else(|| amount.get().to_string(), |currency| amount.display(currency))
    }

    /// An instant in the zone: `Fri 6 Mar 2026 09:00`.
    pub fn instant(&self, instant: Timestamp) -> String {
        instant.to_zoned(self.zone.clone()).strftime("%a %-d %b %Y %H:%M").to_string()
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn join(words: &[String], last: &str) -> String {
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((tail, head)) => format!("{} {last} {tail}", head.join(", ")),
    }
}

/// Texts joined, each in curly quotes.
pub(crate) fn quoted(texts: &[String], last: &str) -> String {
    let words: Vec<String> = texts.iter().map(|text| format!("“{text}”")).collect();
    join(&words, last)
}

/// `1 unit`, `3 units`.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
