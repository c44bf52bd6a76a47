//! What a return would refund, on the wire.

use engine::money::{Currency, Minor};
use engine::returns::{KeptLine, Order, Refund, RefundLine, Returned};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Kept, PolicyIn};

/// What a return would refund. Amounts are decimals in `currency` and include added tax.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReturnQuote)]
pub(in super::super) struct ReturnQuoteOut {
    /// The currency of every amount.
    currency: &'static str,
    /// The policy that it goes by.
    policy: PolicyIn,
    /// What comes back, at the prices that its units cost.
    lines: Vec<RefundLineOut>,
    /// What is refunded for shipping.
    shipping: String,
    /// What is held back from the lines.
    clawed_back: String,
    /// What earlier returns held back and this one refunds after all.
    restored: String,
    /// What is refunded in all: `lines` + `shipping` − `clawed_back` + `restored`.
    refund: String,
    /// What is kept, with what was paid for it.
    kept: Vec<KeptLineOut>,
    /// What was paid for everything that is kept, without shipping.
    kept_total: String,
    /// What it costs by the rules of the evaluation; only with `reprice`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_total_repriced: Option<String>,
    /// Why something is held back or restored, in words; null when nothing is.
    message: Option<String>,
}

/// Units of a line that come back.
#[derive(Debug, Serialize, ToSchema)]
struct RefundLineOut {
    /// The line's id in the cart.
    id: String,
    /// How many units.
    quantity: u32,
    /// What they cost.
    amount: String,
    /// The tax in `amount`. Null when no tax was told.
    tax: Option<String>,
}

/// Units of a line that are kept.
#[derive(Debug, Serialize, ToSchema)]
struct KeptLineOut {
    /// The line's id in the cart.
    id: String,
    /// How many units.
    quantity: u32,
    /// What was paid for them; no return changes it.
    amount: String,
}

/// What a refund is the answer to.
#[derive(Debug)]
pub(super) struct Quoted<'a> {
    pub(super) currency: Currency,
    pub(super) policy: PolicyIn,
    pub(super) order: &'a Order,
    pub(super) after: &'a Returned,
}

impl Quoted<'_> {
    fn money(&self, amount: Minor) -> String {
        amount.to_decimal(self.currency)
    }

    /// The answer.
    pub(super) fn show(&self, refund: &Refund, kept: &Kept) -> ReturnQuoteOut {
        let line = |line: &RefundLine| RefundLineOut {
            id: line.id.clone(),
            quantity: line.units,
            amount: self.money(line.amount),
            tax: line.tax.map(|tax| self.money(tax)),
        };
        let kept_line = |line: &KeptLine| KeptLineOut {
            id: line.id.clone(),
            quantity: line.units,
            amount: self.money(line.amount),
        };
        let is_repriced = self.policy == PolicyIn::Reprice;
        ReturnQuoteOut {
            currency: self.currency.code(),
            policy: self.policy,
            lines: refund.lines.iter().map(line).collect(),
            shipping: self.money(refund.shipping),
            clawed_back: self.money(refund.clawed_back),
            restored: self.money(refund.restored),
            refund: self.money(refund.total),
            kept: refund.kept.iter().map(kept_line).collect(),
            kept_total: self.money(paid_for_kept(refund)),
            kept_total_repriced: is_repriced.then(|| self.money(kept.total)),
            message: self.message(refund, kept),
        }
    }

    fn message(&self, refund: &Refund, kept: &Kept) -> Option<String> {
        let show = |amount: Minor| amount.display(self.currency);
        if !refund.restored.is_zero() {
            return Some(format!(
                "{} that earlier returns held back is refunded now.",
                show(refund.restored)
            ));
        }
        if refund.clawed_back.is_zero() {
            return None;
        }
        let (held_back, paid) = (show(refund.clawed_back), paid_for_kept(refund));
        Some(match self.policy {
            PolicyIn::Reprice if kept.total > paid => format!(
                "Without what is returned, the kept goods cost {} instead of {}: {held_back} is held back.",
                show(kept.total),
                show(paid)
            ),
            PolicyIn::ForfeitGifts if !self.forfeited(kept).is_empty() => format!(
                "The kept goods no longer earn these gifts, which are not given back: {}. {held_back} is held back.",
                self.forfeited(kept).join(", ")
            ),
            _ => format!("Earlier returns refunded more than was due: {held_back} is held back."),
        })
    }

    /// Keys of the gifts that are no longer earned and not given back.
    fn forfeited(&self, kept: &Kept) -> Vec<String> {
        let forfeited = self.order.gifts.iter().filter(|gift| kept.forfeits(gift, self.after));
        forfeited.map(|gift| format!("`{}`", gift.key)).collect()
    }
}

fn paid_for_kept(refund: &Refund) -> Minor {
    refund.kept.iter().map(|line| line.amount).sum()
}
