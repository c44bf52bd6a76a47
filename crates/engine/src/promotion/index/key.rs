//! What rules are listed under, and carts are known by.

use crate::promotion::language::Named;

/// Something that a cart holds or is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// Any cart.
    Any,
    /// Goods of this product, variant, category, brand or seller.
    Goods(Named, u64),
    /// A customer of this group; guests are of the group of those without one.
    Group(u64),
    /// A cart in this channel.
    Channel(u64),
    /// A cart in this currency, by its ISO 4217 code.
    Currency(&'static str),
}

impl Key {
    /// How many rules are likely to be found by it that have no effect after all: the less the better.
    pub(crate) fn breadth(self) -> u64 {
        match self {
            Self::Goods(Named::Product | Named::Variant, _) => 1,
            Self::Goods(Named::Seller, _) => 4,
            Self::Goods(Named::Brand, _) => 16,
            Self::Goods(..) => 32,
            Self::Group(_) => 1_000,
            Self::Channel(_) => 2_000,
            Self::Currency(_) => 4_000,
            Self::Any => 1_000_000,
        }
    }
}
