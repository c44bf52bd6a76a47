//! What stays the same while a cart is priced, however often its promotions are applied.

use jiff::Timestamp;

use super::Facts;
use super::candidates::Candidates;
use super::gates::Gates;
use super::told::Told;
use super::turn::Scene;
use crate::cart::Cart;
use crate::promotion::ruleset::Ruleset;

/// A cart before the promotions that can concern it.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) ruleset: &'a Ruleset,
    pub(crate) scene: Scene<'a>,
    pub(crate) gates: Gates<'a>,
    pub(crate) candidates: Candidates,
    pub(crate) told: Told<'a>,
}

impl<'a> Stage<'a> {
    pub(crate) fn set(
        ruleset: &'a Ruleset,
        cart: &'a Cart,
        facts: &'a Facts,
        now: Timestamp,
        told: Told<'a>,
    ) -> Self {
        let scene = Scene::of(cart, ruleset.settings(), facts);
        let gates = Gates { ruleset, cart, facts, now, lineup: ruleset.lineup_at(now) };
        let candidates = Candidates::find(ruleset, &scene.contents, &gates, told);
        Self { ruleset, scene, gates, candidates, told }
    }

    /// The id of the promotion at a position.
    pub(crate) fn id_of(&self, position: usize) -> u64 {
        self.ruleset.at(position).map_or(0, |compiled| compiled.id)
    }
}
