//! How much a cart holds of everything that rules are listed under.

use super::key::Key;
use crate::cart::{Cart, Line, NO_GROUP};
use crate::money::Minor;
use crate::promotion::language::Named;

/// What a cart holds, by key. Lines that take part in no promotion do not count.
#[derive(Debug)]
pub(crate) struct Contents {
    /// Sorted by key.
    held: Vec<Held>,
    /// Positions of lines, those of one key together.
    lines: Vec<u32>,
}

/// How much a cart holds of a key, before promotions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) key: Key,
    pub(crate) units: u64,
    pub(crate) worth: Minor,
    /// Where its lines begin and end.
    lines: (u32, u32),
}

impl Contents {
    /// What a cart holds in the lines that take part.
    pub(crate) fn of(cart: &Cart, takes_part: impl Fn(usize) -> bool) -> Self {
        let mut found: Vec<(Key, u32)> = Vec::with_capacity(8 * cart.lines.len());
        for (line, at) in cart.lines.iter().zip(0_u32..).filter(|(_, at)| takes_part(*at as usize)) {
            found.extend(keys_of_line(line).map(|key| (key, at)));
        }
        found.sort_unstable();
        found.dedup();
        let whole = cart.lines.iter().enumerate().filter(|(at, _)| takes_part(*at));
        let (units, worth) = sum(whole.map(|(_, line)| line));
        let of_cart = keys_of_cart(cart).map(|key| Held { key, units, worth, lines: (0, 0) });
        let mut held: Vec<Held> = of_cart.collect();
        let mut first = 0;
        for of_key in found.chunk_by(|one, other| one.0 == other.0) {
            let Some((key, _)) = of_key.first() else { continue };
            let (units, worth) = sum(of_key.iter().filter_map(|(_, at)| cart.lines.get(*at as usize)));
            let end = first + u32::try_from(of_key.len()).unwrap_or(u32::MAX);
            held.push(Held { key: *key, units, worth, lines: (first, end) });
            first = end;
        }
        held.sort_unstable_by_key(|held| held.key);
        Self { held, lines: found.into_iter().map(|(_, at)| at).collect() }
    }

    pub(crate) fn held(&self) -> &[Held] {
        &self.held
    }

    /// The positions of the lines with goods of this key, in order.
    pub(crate) fn lines(&self, key: Key) -> &[u32] {
        let held =
            self.held.binary_search_by_key(&key, |held| held.key).ok().and_then(|at| self.held.get(at));
        let range = held.map_or(0..0, |held| held.lines.0 as usize..held.lines.1 as usize);
        self.lines.get(range).unwrap_or(&[])
    }
}

fn sum<'l>(lines: impl Iterator<Item = &'l Line>) -> (u64, Minor) {
    lines.fold((0, Minor::ZERO), |(units, worth), line| {
        (units + u64::from(line.quantity), worth + line.subtotal())
    })
}

fn keys_of_line(line: &Line) -> impl Iterator<Item = Key> {
    let categories = line.categories.iter().map(|category| Key::Goods(Named::Category, *category));
    let variant = line.variant.map(|variant| Key::Goods(Named::Variant, variant));
    let brand = line.brand.map(|brand| Key::Goods(Named::Brand, brand));
    let seller = line.seller.map(|seller| Key::Goods(Named::Seller, seller));
    let others = [Some(Key::Goods(Named::Product, line.product)), variant, brand, seller];
    categories.chain(others.into_iter().flatten())
}

fn keys_of_cart(cart: &Cart) -> impl Iterator<Item = Key> {
    let group = cart.customer.as_ref().and_then(|customer| customer.group).unwrap_or(NO_GROUP);
    let channel = cart.channel.map(Key::Channel);
    [Some(Key::Any), Some(Key::Group(group)), channel, Some(Key::Currency(cart.currency.code()))]
        .into_iter()
        .flatten()
}
