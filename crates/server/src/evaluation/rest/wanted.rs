//! What an answer is to tell, and which codes were entered.

use engine::promotion::Told;
use serde::{Deserialize, Serialize};

use super::cart::CartIn;
use super::{EvaluateRequest, Include};
use crate::platform::http::{FieldError, Problem};
use crate::redemption::service::facts::Own;

/// Promotions that `trace_of` may name.
const TRACE_OF_MAX: usize = 100;

/// A request without the cart.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The storefront's own name for the cart, whose reservation is its own.
    pub cart_id: Option<String>,
    /// The placed order that the cart changes.
    pub order_id: Option<i64>,
    /// The codes as entered.
    pub codes: Vec<String>,
    /// How many of them are looked up, the first ones: who tries too many that do not exist has to wait.
    pub codes_tried: usize,
    /// The codes of gift cards as entered. They are in no log and in nothing that is kept.
    pub gift_cards: Vec<String>,
    /// What is told beside the prices, each once.
    pub include: Vec<Include>,
    /// Promotions of which the outcome is told whatever it is, each once, in the order of their ids.
    pub trace_of: Vec<u64>,
    pub(super) unasked: Unasked,
}

/// What is told of promotions without being asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unasked {
    /// Those that lost to another and those that stood at their conditions, as all evaluations told them once.
    #[default]
    Near,
    /// Those that lost to another.
    Lost,
}

impl Unasked {
    /// Whether this is what was told before anything else was.
    pub(super) fn is_first(&self) -> bool {
        *self == Self::default()
    }
}

impl EvaluateRequest {
    /// The cart, and what is wanted of it.
    ///
    /// Errors: more promotions in `trace_of` than are told at once.
    pub fn split(self) -> Result<(CartIn, Wanted), Problem> {
        let Self { cart, include, mut trace_of, .. } = self;
        if trace_of.len() > TRACE_OF_MAX {
            let message = format!(
                "must have at most {TRACE_OF_MAX} ids; `\"include\": [\"trace\"]` tells every promotion"
            );
            return Err(Problem::invalid([FieldError::new("/trace_of", "out_of_range", message)]));
        }
        trace_of.sort_unstable();
        trace_of.dedup();
        let all = [Include::Trace, Include::Nudges].into_iter();
        let include = all.filter(|part| include.contains(part)).collect();
        let wanted = Wanted { include, trace_of, ..Wanted::prices_of(&cart) };
        Ok((cart, wanted))
    }
}

impl Wanted {
    /// What is the cart's own, so that it does not stand in its way.
    pub fn own(&self) -> Own<'_> {
        Own { cart: self.cart_id.as_deref(), order: self.order_id }
    }

    /// Nothing but the prices of this cart.
    pub fn prices_of(cart: &CartIn) -> Self {
        let (cart_id, codes) = (cart.id.clone(), cart.codes.clone());
        let (gift_cards, order_id) = (cart.gift_cards.clone(), cart.order_id);
        Self {
            cart_id,
            order_id,
            codes,
            codes_tried: usize::MAX,
            gift_cards,
            include: Vec::new(),
            trace_of: Vec::new(),
            unasked: Unasked::Lost,
        }
    }

    /// Whether this is to be told.
    pub(super) fn includes(&self, part: Include) -> bool {
        self.include.contains(&part)
    }

    /// Of which promotions the engine has to tell the outcome.
    pub fn told(&self) -> Told<'_> {
        let is_everything = !self.include.is_empty() || self.unasked == Unasked::Near;
        match (is_everything, self.trace_of.as_slice()) {
            (true, _) => Told::All,
            (false, []) => Told::Matching,
            (false, ids) => Told::These(ids),
        }
    }
}
