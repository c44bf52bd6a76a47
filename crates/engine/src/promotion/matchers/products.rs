//! Units of these products, whatever their variant.

use crate::promotion::language::Named;
use crate::promotion::matchers::id_matcher;

id_matcher!(
    Products,
    "products",
    "Units of these products, whatever their variant.",
    |line, ids| ids.has(line.product),
    Named::Product,
    "{}"
);
