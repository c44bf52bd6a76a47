//! The tax on what is left to pay, told where rates are known.

use super::ledger::Ledger;
use crate::cart::{Cart, TaxRounding};
use crate::money::{Minor, Rate};

/// The tax on a line; `None` when its rate is not known.
pub(crate) fn of_line(cart: &Cart, ledger: &Ledger, index: usize) -> Option<Minor> {
    let rate = cart.lines.get(index)?.tax_rate?;
    Some(match cart.tax.rounding {
        TaxRounding::Line => of_amount(cart, rate, ledger.payable(index)),
        TaxRounding::Unit => {
            let parcels = ledger.parcels(index).iter();
            parcels.map(|parcel| of_amount(cart, rate, parcel.payable) * i64::from(parcel.units)).sum()
        }
    })
}

/// The tax on shipping that costs so much.
pub(crate) fn of_shipping(cart: &Cart, payable: Minor) -> Option<Minor> {
    let rate = cart.shipping.as_ref()?.tax_rate?;
    Some(of_amount(cart, rate, payable))
}

fn of_amount(cart: &Cart, rate: Rate, amount: Minor) -> Minor {
    if cart.tax.prices_include_tax { rate.within(amount) } else { rate.of(amount) }
}
