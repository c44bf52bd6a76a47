//! Which rules a cart can concern at all, found without looking at the others.
//!
//! A rule that has an effect needs something in the cart: units of a category, goods of a seller, a currency. Every
//! rule is listed under such [`Key`]s ([`access`]); of a cart it is known how much it holds of each key
//! ([`Contents`]); what is listed under a key is sorted by the spend that it needs, so that what a cart cannot reach
//! is not even seen. The index only leaves out: a rule that it leaves out has no effect, and one that it finds is
//! looked at as if there were no index.

mod access;
mod contents;
mod key;
mod numbers;

use std::sync::Arc;

use fixedbitset::FixedBitSet;

use self::access::Route;
use super::ruleset::Compiled;
use super::{Promotion, RedemptionType};
use crate::money::Minor;

pub(crate) use contents::Contents;
pub(crate) use key::Key;
pub(crate) use numbers::Numbers;

/// A rule under a key, with what a cart has to hold of that key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Posting {
    spend: Minor,
    units: u64,
    slot: u32,
    rule: u32,
}

/// What is listed under a key, by spend. Shared between a ruleset and the next, which differs in few keys.
type List = Arc<[Posting]>;

/// The rules of a ruleset by what a cart has to hold for them to have an effect.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// Sorted by key.
    lists: Vec<(Key, List)>,
}

impl Index {
    /// The index of these promotions.
    pub(crate) fn of(promotions: &[Compiled]) -> Self {
        let postings = promotions.iter().flat_map(|it| postings(it.slot, &it.promotion));
        let mut postings: Vec<(Key, Posting)> = postings.collect();
        postings.sort_unstable();
        let lists = postings.chunk_by(|one, other| one.0 == other.0).filter_map(|list| {
            let (key, _) = list.first()?;
            Some((*key, list.iter().map(|(_, posting)| *posting).collect()))
        });
        Self { lists: lists.collect() }
    }

    /// Lists a promotion in a slot in place of the one that was there. Lists that it was not in and is not in stay.
    pub(crate) fn change(&mut self, slot: u32, before: Option<&Promotion>, after: Option<&Promotion>) {
        let of =
            |promotion: Option<&Promotion>| promotion.map_or(Vec::new(), |it| postings(slot, it).collect());
        let (before, added): (Vec<(Key, Posting)>, Vec<_>) = (of(before), of(after));
        let mut keys: Vec<Key> = before.iter().chain(&added).map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let here = added.iter().filter(|(of, _)| *of == key).map(|(_, posting)| *posting);
            let place = self.lists.binary_search_by_key(&key, |(key, _)| *key);
            let kept = place.ok().and_then(|at| self.lists.get(at)).map_or(&[][..], |(_, list)| list);
            let kept = kept.iter().filter(|posting| posting.slot != slot).copied();
            let mut list: Vec<Posting> = kept.chain(here).collect();
            list.sort_unstable();
            match place {
                Ok(at) if list.is_empty() => drop(self.lists.remove(at)),
                Ok(at) => self.lists.get_mut(at).into_iter().for_each(|it| it.1 = list.as_slice().into()),
                Err(at) => self.lists.insert(at, (key, list.into())),
            }
        }
    }

    /// Marks the rules that a cart can concern, by their numbers.
    pub(crate) fn mark(&self, contents: &Contents, numbers: &Numbers, marked: &mut FixedBitSet) {
        for held in contents.held() {
            let Ok(at) = self.lists.binary_search_by_key(&held.key, |(key, _)| *key) else { continue };
            let list = self.lists.get(at).map_or(&[][..], |(_, list)| list);
            let reachable = list.iter().take_while(|posting| posting.spend <= held.worth);
            for posting in reachable.filter(|posting| posting.units <= held.units) {
                if let Some(first) = numbers.first_of_slot(posting.slot) {
                    marked.insert((first + posting.rule) as usize);
                }
            }
        }
    }
}

/// Under which keys the rules of a promotion are listed. Those of coupons are not: codes find them.
fn postings(slot: u32, promotion: &Promotion) -> impl Iterator<Item = (Key, Posting)> {
    let is_listed = promotion.redemption_type == RedemptionType::Automatic;
    let rules = promotion.rules.iter().zip(0_u32..).filter(move |_| is_listed);
    rules.flat_map(move |(rule, number)| {
        let routes = access::routes(promotion, rule).into_iter();
        routes.map(move |Route { key, units, spend }| (key, Posting { spend, units, slot, rule: number }))
    })
}
