//! Units of products of these brands.

use crate::promotion::language::Named;
use crate::promotion::matchers::id_matcher;

id_matcher!(
    Brands,
    "brands",
    "Units of products of these brands.",
    |line, ids| line.brand.is_some_and(|brand| ids.has(brand)),
    Named::Brand,
    "{}"
);
