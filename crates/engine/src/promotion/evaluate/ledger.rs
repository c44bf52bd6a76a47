//! What every unit of a cart still costs while promotions are applied one after the other.

use smallvec::SmallVec;

use crate::cart::Cart;
use crate::money::{Minor, allocate};

/// Units of one line that still cost the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parcel {
    /// What each still costs.
    pub(crate) payable: Minor,
    /// How many.
    pub(crate) units: u32,
}

/// The parcels of every line, in the order of the cart.
///
/// INVARIANT: the units of a line's parcels sum to its quantity, and no parcel costs less than nothing.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    lines: Vec<SmallVec<[Parcel; 2]>>,
}

impl Ledger {
    /// A cart before any promotion.
    pub(crate) fn of(cart: &Cart) -> Self {
        let parcel = |line: &crate::cart::Line| Parcel { payable: line.price, units: line.quantity };
        Self { lines: cart.lines.iter().map(|line| SmallVec::from_iter([parcel(line)])).collect() }
    }

    pub(crate) fn parcels(&self, line: usize) -> &[Parcel] {
        self.lines.get(line).map_or(&[], |parcels| parcels.as_slice())
    }

    /// What a line still costs.
    pub(crate) fn payable(&self, line: usize) -> Minor {
        self.parcels(line).iter().map(|parcel| parcel.payable * i64::from(parcel.units)).sum()
    }

    /// Takes `amount` off `units` units of a line that still cost `payable` each, as evenly as cents allow.
    pub(crate) fn reduce_units(&mut self, line: usize, payable: Minor, units: u32, amount: Minor) {
        let Some(parcels) = self.lines.get_mut(line) else { return };
        let Some(at) = parcels.iter().position(|parcel| parcel.payable == payable) else { return };
        if let Some(parcel) = parcels.get_mut(at) {
            parcel.units -= units;
            if parcel.units == 0 {
                parcels.remove(at);
            }
        }
        let (each, rest) = (amount.get() / i64::from(units.max(1)), amount.get() % i64::from(units.max(1)));
        let dearer = u32::try_from(rest).unwrap_or(0);
        put(parcels, Parcel { payable: payable - Minor::new(each), units: units - dearer });
        put(parcels, Parcel { payable: payable - Minor::new(each + 1), units: dearer });
    }

    /// Makes a whole line cost `amount`, its units as evenly as cents allow.
    pub(crate) fn set_line(&mut self, line: usize, amount: Minor, quantity: u32) {
        let Some(parcels) = self.lines.get_mut(line) else { return };
        parcels.clear();
        let (each, rest) =
            (amount.get() / i64::from(quantity.max(1)), amount.get() % i64::from(quantity.max(1)));
        let dearer = u32::try_from(rest).unwrap_or(0);
        put(parcels, Parcel { payable: Minor::new(each + 1), units: dearer });
        put(parcels, Parcel { payable: Minor::new(each), units: quantity - dearer });
    }

    /// Takes `amount` off a whole line, split over its units by what they still cost.
    pub(crate) fn reduce_line(&mut self, line: usize, amount: Minor) {
        if let [Parcel { payable, units }] = *self.parcels(line) {
            self.reduce_units(line, payable, units, amount);
            return;
        }
        let parcels: SmallVec<[Parcel; 2]> = SmallVec::from_slice(self.parcels(line));
        let weights: SmallVec<[Minor; 2]> =
            parcels.iter().map(|parcel| parcel.payable * i64::from(parcel.units)).collect();
        if let Some(emptied) = self.lines.get_mut(line) {
            emptied.clear();
        }
        for (parcel, share) in parcels.iter().zip(allocate(amount, &weights)) {
            let Some(kept) = self.lines.get_mut(line) else { return };
            let (each, rest) = (share.get() / i64::from(parcel.units), share.get() % i64::from(parcel.units));
            let dearer = u32::try_from(rest).unwrap_or(0);
            put(kept, Parcel { payable: parcel.payable - Minor::new(each), units: parcel.units - dearer });
            put(kept, Parcel { payable: parcel.payable - Minor::new(each + 1), units: dearer });
        }
    }
}

/// Adds units to the parcel at their price, so that parcels do not multiply.
fn put(parcels: &mut SmallVec<[Parcel; 2]>, added: Parcel) {
    if added.units == 0 {
        return;
    }
    match parcels.iter_mut().find(|parcel| parcel.payable == added.payable) {
        Some(parcel) => parcel.units += added.units,
        None => parcels.push(added),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promotion::evaluate::testing::cart;

    #[test]
    fn cents_that_do_not_divide_go_to_single_units() {
        let mut ledger = Ledger::of(&cart("7x3@10.00"));
        ledger.reduce_units(0, Minor::new(1000), 2, Minor::new(301));
        assert_eq!(ledger.payable(0), Minor::new(2699));
        let mut units: Vec<_> = ledger.parcels(0).iter().map(|it| (it.payable.get(), it.units)).collect();
        units.sort_unstable();
        assert_eq!(units, [(849, 1), (850, 1), (1000, 1)]);
        ledger.reduce_line(0, Minor::new(2699));
        assert_eq!(ledger.parcels(0), [Parcel { payable: Minor::ZERO, units: 3 }]);
    }
}
