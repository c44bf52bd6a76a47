//! What rules are listed under, and carts are known by.

use crate::document::ID_MAX;
use crate::money::Currency;
use crate::promotion::language::Named;

/// Something that a cart holds or is: one number, so that keys are sorted and found fast. The upper byte tells what it
/// is, the other seven which one; ids are below 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(u64);

const KIND_SHIFT: u32 = 56;
const _: () = assert!(ID_MAX + 1 < 1 << KIND_SHIFT, "an id fits beside its kind");

const ANY: u8 = 0;
const GROUP: u8 = 1;
const CHANNEL: u8 = 2;
const CURRENCY: u8 = 3;
const PRODUCT: u8 = 4;
const VARIANT: u8 = 5;
const SELLER: u8 = 6;
const BRAND: u8 = 7;
const CATEGORY: u8 = 8;

impl Key {
    /// Any cart.
    pub(crate) const ANY: Self = Self::of(ANY, 0);

    /// Carts may name ids that no rule can: those are all one.
    const fn of(kind: u8, id: u64) -> Self {
        let id = if id > ID_MAX { ID_MAX + 1 } else { id };
        Self((kind as u64) << KIND_SHIFT | id)
    }

    /// Goods of this product, variant, category, brand or seller; `None` for what goods are not told apart by.
    pub(crate) fn goods(named: Named, id: u64) -> Option<Self> {
        let kind = match named {
            Named::Product => PRODUCT,
            Named::Variant => VARIANT,
            Named::Seller => SELLER,
            Named::Brand => BRAND,
            Named::Category => CATEGORY,
            Named::CustomerGroup | Named::Channel | Named::ShippingZone => return None,
        };
        Some(Self::of(kind, id))
    }

    /// A customer of this group; guests are of the group of those without one.
    pub(crate) fn group(id: u64) -> Self {
        Self::of(GROUP, id)
    }

    /// A cart in this channel.
    pub(crate) fn channel(id: u64) -> Self {
        Self::of(CHANNEL, id)
    }

    /// A cart in this currency.
    pub(crate) fn currency(currency: Currency) -> Self {
        let letters = currency.code().bytes();
        Self::of(CURRENCY, letters.fold(0, |number, letter| number << 8 | u64::from(letter)))
    }

    pub(crate) fn is_any(self) -> bool {
        self == Self::ANY
    }

    /// How many rules are likely to be found by it that have no effect after all: the less the better.
    pub(crate) fn breadth(self) -> u64 {
        match (self.0 >> KIND_SHIFT) as u8 {
            PRODUCT | VARIANT => 1,
            SELLER => 4,
            BRAND => 16,
            CATEGORY => 32,
            GROUP => 1_000,
            CHANNEL => 2_000,
            CURRENCY => 4_000,
            _ => 1_000_000,
        }
    }
}
