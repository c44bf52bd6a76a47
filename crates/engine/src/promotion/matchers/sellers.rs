//! Units sold by these sellers of a marketplace.

use crate::promotion::language::Named;
use crate::promotion::matchers::id_matcher;

id_matcher!(
    Sellers,
    "sellers",
    "Units sold by these sellers of a marketplace.",
    |line, ids| line.seller.is_some_and(|seller| ids.has(seller)),
    Named::Seller,
    "products of {}"
);
