//! Units of products in any of these categories; name every tier that counts.

use crate::promotion::language::Named;
use crate::promotion::matchers::id_matcher;

id_matcher!(
    Categories,
    "categories",
    "Units of products in any of these categories; name every tier that counts.",
    |line, ids| line.categories.iter().any(|category| ids.has(*category)),
    Named::Category,
    "{}"
);
