//! Units of these variants.

use crate::promotion::language::Named;
use crate::promotion::matchers::id_matcher;

id_matcher!(
    Variants,
    "variants",
    "Units of these variants.",
    |line, ids| line.variant.is_some_and(|variant| ids.has(variant)),
    Named::Variant,
    "{}"
);
