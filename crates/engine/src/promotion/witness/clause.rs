//! Whether some line matches a tree of matchers, and one that does: exact, by disjunctive normal form.

use std::collections::BTreeSet;

use super::super::items::Items;
use super::super::language::Named;
use super::super::matchers::Property;
use crate::cart::Line;

/// Most clauses that a tree may have in disjunctive normal form; beyond, nothing is concluded about it.
const CLAUSES_MAX: usize = 512;

/// Properties that a line has to have, and not to have, all at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clause<'m>(Vec<(Property<'m>, bool)>);

/// What is known of the lines that match.
#[derive(Clone, Debug)]
pub(crate) enum Match {
    /// No line ever matches.
    Never,
    /// This one does.
    As(Box<Line>),
    /// Too hard to tell; this one has all that is known to be asked.
    Unknown(Option<Box<Line>>),
}

/// Looks for a line that matches (or does not match, where false) all these trees, of this seller when one is
/// given. Properties that nothing asks for are left out of it, and an id that is free to choose is at least
/// `fresh`.
pub(crate) fn find_line(trees: &[(&Items, bool)], seller: Option<&u64>, fresh: u64) -> Match {
    let seller = seller.map(|seller| (Property::Ids(Named::Seller, std::slice::from_ref(seller)), true));
    let start = vec![Clause(seller.into_iter().collect())];
    let joined =
        trees.iter().try_fold(start, |joined, (items, holds)| join(&joined, &clauses(items, *holds)?));
    let Some(joined) = joined else { return Match::Unknown(None) };
    let mut found = Match::Never;
    for clause in joined {
        match clause.line(fresh) {
            Match::As(line) => return Match::As(line),
            unknown @ Match::Unknown(_) => found = unknown,
            Match::Never => {}
        }
    }
    found
}

/// Whether every line that one chooses is chosen by the other too; all lines are chosen by `None`. False when it
/// is too hard to tell.
pub(crate) fn is_within(one: Option<&Items>, other: Option<&Items>) -> bool {
    let Some(other) = other else { return true };
    let outside: Vec<(&Items, bool)> =
        one.map(|one| (one, true)).into_iter().chain([(other, false)]).collect();
    matches!(find_line(&outside, None, 1), Match::Never)
}

/// The tree, or its contrary, as clauses of which a line has to fulfil one; `None` when there are too many.
pub(crate) fn clauses(items: &Items, holds: bool) -> Option<Vec<Clause<'_>>> {
    let one = |items| clauses(items, holds);
    match (items, holds) {
        (Items::Leaf(matcher), _) => Some(vec![Clause(vec![(matcher.property(), holds)])]),
        (Items::Not(inner), _) => clauses(inner, !holds),
        (Items::And(all), true) | (Items::Or(all), false) => {
            all.iter().try_fold(vec![Clause::default()], |joined, items| join(&joined, &one(items)?))
        }
        (Items::And(all), false) | (Items::Or(all), true) => {
            let parts: Vec<Vec<Clause<'_>>> = all.iter().map(one).collect::<Option<_>>()?;
            let joined: Vec<Clause<'_>> = parts.into_iter().flatten().collect();
            Some(joined).filter(|joined| joined.len() <= CLAUSES_MAX)
        }
    }
}

/// Every clause of the one with every clause of the other.
fn join<'m>(one: &[Clause<'m>], other: &[Clause<'m>]) -> Option<Vec<Clause<'m>>> {
    if one.len() * other.len() > CLAUSES_MAX {
        return None;
    }
    let both = |left: &Clause<'m>, right: &Clause<'m>| Clause([left.0.clone(), right.0.clone()].concat());
    Some(one.iter().flat_map(|left| other.iter().map(move |right| both(left, right))).collect())
}

impl<'m> Clause<'m> {
    /// The ids of this sort that it wants: one of each list.
    pub(crate) fn wanted(&self, sort: Named) -> impl Iterator<Item = &'m [u64]> {
        self.ids(sort, true)
    }

    fn ids(&self, sort: Named, holds: bool) -> impl Iterator<Item = &'m [u64]> {
        self.0.iter().filter_map(move |(property, held)| match property {
            Property::Ids(named, ids) if *named == sort && *held == holds => Some(*ids),
            _ => None,
        })
    }

    fn line(&self, fresh: u64) -> Match {
        let line = self.try_line(fresh);
        let is_opaque = self.0.iter().any(|(property, _)| matches!(property, Property::Opaque));
        match line {
            None => Match::Never,
            Some(line) if is_opaque => Match::Unknown(Some(Box::new(line))),
            Some(line) => Match::As(Box::new(line)),
        }
    }

    /// A line with all that is known to be asked; `None` when no line can have it.
    fn try_line(&self, fresh: u64) -> Option<Line> {
        let excluded: BTreeSet<u64> = self.ids(Named::Product, false).flatten().copied().collect();
        let product = match self.one_of(Named::Product)? {
            Some(product) => product,
            None => (fresh..).find(|id| !excluded.contains(id))?,
        };
        Some(Line {
            product,
            variant: self.one_of(Named::Variant)?,
            brand: self.one_of(Named::Brand)?,
            seller: self.one_of(Named::Seller)?,
            categories: self.categories()?,
            options: self.options()?,
            custom_fields: self.custom_fields()?,
            ..Line::default()
        })
    }

    /// The one id of this sort that a line may have; inner `None` when it needs none.
    fn one_of(&self, sort: Named) -> Option<Option<u64>> {
        let mut wanted = self.ids(sort, true);
        let Some(first) = wanted.next() else { return Some(None) };
        let rest: Vec<&[u64]> = wanted.collect();
        let is_fit = |id: &&u64| {
            rest.iter().all(|ids| ids.contains(id)) && self.ids(sort, false).all(|ids| !ids.contains(id))
        };
        first.iter().find(is_fit).map(|id| Some(*id))
    }

    /// A product is in as many categories as it needs.
    fn categories(&self) -> Option<Vec<u64>> {
        let excluded: BTreeSet<u64> = self.ids(Named::Category, false).flatten().copied().collect();
        let mut categories: Vec<u64> = Vec::new();
        for wanted in self.ids(Named::Category, true) {
            let known = wanted.iter().any(|id| categories.contains(id));
            if !known {
                categories.push(*wanted.iter().find(|id| !excluded.contains(id))?);
            }
        }
        Some(categories)
    }

    fn options(&self) -> Option<Vec<(String, String)>> {
        let mut options: Vec<(String, String)> = Vec::new();
        for (name, _) in self.choices(true) {
            if options.iter().any(|(other, _)| other == name) {
                continue;
            }
            let of_name = |holds| self.choices(holds).filter(move |it| it.0 == name);
            let (_, first) = of_name(true).next()?;
            let is_fit = |value: &&String| {
                of_name(true).all(|(_, values)| values.contains(value))
                    && of_name(false).all(|(_, values)| !values.contains(value))
            };
            options.push((name.to_owned(), first.iter().find(is_fit)?.clone()));
        }
        Some(options)
    }

    fn choices(&self, holds: bool) -> impl Iterator<Item = (&'m str, &'m [String])> {
        self.0.iter().filter_map(move |(property, held)| match property {
            Property::Choice(name, values) if *held == holds => Some((*name, *values)),
            _ => None,
        })
    }

    /// A custom field has as many values as it needs.
    fn custom_fields(&self) -> Option<Vec<(String, String)>> {
        let of = |holds: bool| {
            self.0.iter().filter_map(move |(property, held)| match property {
                Property::Field(name, values) if *held == holds => Some((*name, *values)),
                _ => None,
            })
        };
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, values) in of(true) {
            let is_fit =
                |value: &&String| !of(false).any(|(other, not)| other == name && not.contains(value));
            let field = (name.to_owned(), values.iter().find(is_fit)?.clone());
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        Some(fields)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::document::{Pointer, Problems};
    use crate::promotion::matchers;

    fn items(value: &Value) -> Items {
        let problems = Problems::default();
        Items::parse(value, Pointer::ROOT, &problems).unwrap().0
    }

    #[track_caller]
    fn check(value: Value, can_match: bool) {
        let items = items(&value);
        match find_line(&[(&items, true)], None, 1000) {
            Match::Never => assert!(!can_match, "{value} can match"),
            Match::As(line) => assert!(can_match && items.matches(&line), "{value} against {line:?}"),
            Match::Unknown(_) => panic!("{value} is too hard"),
        }
    }

    #[test]
    fn what_a_line_has_once_cannot_be_two_things() {
        for code in ["products", "variants", "brands", "sellers"] {
            check(json!({"and": [{code: [1]}, {code: [2]}]}), false);
            check(json!({"and": [{code: [1, 2]}, {code: [2, 3]}]}), true);
            check(json!({"and": [{code: [1]}, {"not": {code: [1]}}]}), false);
            check(json!({"and": [{code: [1, 2]}, {"not": {code: [1]}}]}), true);
            check(json!({"not": {code: [1]}}), true);
        }
        let size = |values: Value| json!({"product_option": {"name": "Size", "values": values}});
        check(json!({"and": [size(json!(["XS"])), size(json!(["XL"]))]}), false);
        check(json!({"and": [size(json!(["XS", "M"])), size(json!(["M", "XL"]))]}), true);
        check(json!({"and": [size(json!(["XS"])), {"not": size(json!(["XS", "M"]))}]}), false);
    }

    #[test]
    fn what_a_line_has_several_of_can() {
        let field = |value: &str| json!({"product_custom_field": {"name": "Gender", "values": [value]}});
        check(json!({"and": [{"categories": [1]}, {"categories": [2]}]}), true);
        check(json!({"and": [{"categories": [1]}, {"not": {"categories": [1, 2]}}]}), false);
        check(json!({"and": [{"categories": [1, 3]}, {"not": {"categories": [1, 2]}}]}), true);
        check(json!({"and": [field("Mens"), field("Kids")]}), true);
        check(json!({"and": [field("Mens"), {"not": field("Mens")}]}), false);
    }

    #[test]
    fn nested_trees_are_taken_apart() {
        let one_of = json!({"or": [{"brands": [1]}, {"brands": [2]}]});
        check(json!({"and": [one_of, {"not": one_of}]}), false);
        check(json!({"and": [one_of, {"not": {"and": [{"brands": [1]}, {"categories": [5]}]}}]}), true);
        check(json!({"not": {"or": [{"brands": [1]}, {"not": {"brands": [1]}}]}}), false);
    }

    #[test]
    fn a_tree_that_is_too_wide_is_left_alone() {
        let either = |id: u64| json!({"or": [{"categories": [id]}, {"brands": [id]}]});
        let wide = json!({"and": (1..=10).map(either).collect::<Vec<Value>>()});
        assert!(matches!(find_line(&[(&items(&wide), true)], None, 1), Match::Unknown(None)));
    }

    #[test]
    fn narrower_trees_are_within_wider_ones() {
        let within = |one: Value, other: Value| is_within(Some(&items(&one)), Some(&items(&other)));
        assert!(within(json!({"categories": [1]}), json!({"categories": [1, 2]})));
        assert!(!within(json!({"categories": [1, 2]}), json!({"categories": [1]})));
        assert!(within(json!({"and": [{"brands": [1]}, {"products": [4]}]}), json!({"brands": [1]})));
        assert!(is_within(Some(&items(&json!({"brands": [1]}))), None));
        assert!(!is_within(None, Some(&items(&json!({"brands": [1]})))));
    }

    #[test]
    fn every_kind_of_matcher_says_what_it_asks() {
        for kind in matchers::kinds() {
            let example: Value = serde_json::from_str(kind.example).unwrap();
            check(json!({kind.code: example}), true);
        }
    }
}
