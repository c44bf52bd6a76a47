//! A choice that names a product and also one of its variants.

use super::super::Promotion;
use super::super::language::Named;
use super::super::witness::clauses;
use super::places::trees;
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "product_and_its_variants",
    doc: "A product is chosen whatever its variant, and one of its variants as well, which then means nothing.",
    check,
};

fn check(case: &Case<'_>, _: &Promotion) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (pointer, _, items) in trees(&case.document) {
        let clauses = clauses(&items, true).unwrap_or_default();
        let wanted = |sort: Named, without: Named| {
            let only = clauses.iter().filter(move |clause| clause.wanted(without).next().is_none());
            only.flat_map(move |clause| clause.wanted(sort)).flatten().copied()
        };
        let products: Vec<u64> = wanted(Named::Product, Named::Variant).collect();
        let mut both = wanted(Named::Variant, Named::Product).filter_map(|variant| {
            let product = case.shelf.product_of(variant)?;
            products.contains(&product).then_some((product, variant))
        });
        if let Some((product, variant)) = both.next() {
            let message = format!(
                "names product {product} and its variant {variant} as well: name the product for all its variants, \
                 or only the variants that are meant"
            );
            findings.push(LINT.finding(pointer, message));
        }
    }
    findings
}
