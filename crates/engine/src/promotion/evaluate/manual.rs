//! What staff take off by hand, after all promotions.

use super::ledger::Ledger;
use super::turn::Scene;
use crate::cart::ManualDiscount;
use crate::money::{Minor, allocate};
use crate::promotion::Discount;

/// What was taken off by hand.
#[derive(Debug)]
pub(crate) struct Manual {
    /// Off each line.
    pub(crate) lines: Vec<Minor>,
    /// Off shipping.
    pub(crate) shipping: Minor,
}

/// Takes the manual discounts off, in order, each of what is left; `shipping` is what shipping still costs.
pub(crate) fn take_off(scene: &Scene<'_>, ledger: &mut Ledger, shipping: Option<Minor>) -> Manual {
    let mut manual = Manual { lines: vec![Minor::ZERO; scene.cart.lines.len()], shipping: Minor::ZERO };
    for discount in &scene.cart.manual_discounts {
        let lines = lines_of(scene, discount);
        let shipping_left = shipping.filter(|_| discount.includes_shipping && discount.line.is_none());
        let shipping_left = shipping_left.map_or(Minor::ZERO, |cost| cost - manual.shipping);
        let of_lines = lines.iter().map(|line| ledger.payable(*line));
        let weights: Vec<Minor> = of_lines.chain([shipping_left]).collect();
        let payable: Minor = weights.iter().copied().sum();
        let amount = match discount.discount {
            Discount::Percentage(rate) if scene.settings.rounds_price => rate.of_leaving_rounded(payable),
            Discount::Percentage(rate) => rate.of(payable),
            Discount::Amount(amount) => amount.min(payable),
        };
        let mut shares = allocate(amount, &weights).into_iter();
        for (line, share) in lines.into_iter().zip(shares.by_ref()) {
            ledger.reduce_line(line, share);
            if let Some(taken) = manual.lines.get_mut(line) {
                *taken += share;
            }
        }
        manual.shipping += shares.next().unwrap_or(Minor::ZERO);
    }
    manual
}

/// The lines that a manual discount is about; gift cards are money and never discounted.
fn lines_of(scene: &Scene<'_>, discount: &ManualDiscount) -> Vec<usize> {
    let is_meant = |index: usize| discount.line.is_none_or(|line| line == index);
    let lines = scene.cart.lines.iter().enumerate();
    lines.filter(|(index, line)| is_meant(*index) && !line.is_gift_card).map(|(index, _)| index).collect()
}
