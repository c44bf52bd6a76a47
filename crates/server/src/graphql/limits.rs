//! How much one request may ask for: looked at before anything is done.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Value, Variables};

use crate::platform::http::{Code, Problem};

/// The longest query, in bytes.
pub(super) const QUERY_MAX: usize = 32 * 1024;
/// Fields inside each other.
const DEPTH_MAX: usize = 10;
/// Fields inside each other when the schema is asked about: types are lists of non-null things of other types.
const INTROSPECTION_DEPTH_MAX: usize = 15;
/// Objects that an answer may hold.
const COST_MAX: u64 = 2000;
/// Fields under another name, or asked for again.
const ALIASES_MAX: usize = 15;
const DIRECTIVES_MAX: usize = 10;
/// Fields that are written, those of fragments each time that they are spread.
const FIELDS_MAX: usize = 800;
const MUTATIONS_MAX: usize = 5;
/// Fields that tell what a code is worth.
const CHECKS: [&str; 3] = ["couponValidate", "giftCardBalance", "evaluate"];
const CHECKS_MAX: usize = 5;
const PAGE_DEFAULT: u64 = 50;
const PAGE_MAX: u64 = 250;

/// Checks a document. `paged` are the names of the fields that give pages.
///
/// Errors: it asks for too much.
pub(super) fn check(
    document: &ExecutableDocument,
    variables: &Variables,
    paged: &BTreeSet<&'static str>,
) -> Result<(), Problem> {
    let mut operations = document.operations.iter();
    let (Some((_, operation)), None) = (operations.next(), operations.next()) else {
        return Err(too_much("a request has one operation; send each on its own"));
    };
    let operation = &operation.node;
    let mut walk = Walk {
        document,
        operation,
        variables,
        paged,
        fields: 0,
        aliases: 0,
        directives: 0,
        cost: 0,
        mutations: 0,
        checks: 0,
        fragments: Vec::new(),
    };
    walk.directives(operation.directives.len())?;
    walk.set(&operation.selection_set.node, Place { depth: 1, factor: 1, page: 1 }, &mut Vec::new())
}

/// What a walk through a document has counted.
struct Walk<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    paged: &'a BTreeSet<&'static str>,
    fields: usize,
    aliases: usize,
    directives: usize,
    cost: u64,
    mutations: usize,
    checks: usize,
    /// The names of the fragments that the walk is in.
    fragments: Vec<&'a Name>,
}

/// Where in a document the walk is.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    /// How many times what is here may be told.
    factor: u64,
    /// How many objects each page has of which this is a part.
    page: u64,
}

fn too_much(detail: impl Into<String>) -> Problem {
    Problem::new(Code::QueryTooComplex, detail)
}

impl<'a> Walk<'a> {
    /// `inside` holds the names of the fields around, when the schema is asked about.
    fn set(&mut self, set: &'a SelectionSet, place: Place, inside: &mut Vec<&'a str>) -> Result<(), Problem> {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for selection in &set.items {
            self.directives(selection.node.directives().len())?;
            match &selection.node {
                Selection::Field(field) => {
                    let times = seen.entry(field.node.response_key().node.as_str()).or_default();
                    *times += 1;
                    if *times > 1 || field.node.alias.is_some() {
                        self.alias()?;
                    }
                    self.field(&field.node, place, inside)?;
                }
                Selection::InlineFragment(fragment) => {
                    self.count_field()?;
                    self.set(&fragment.node.selection_set.node, place, inside)?;
                }
                Selection::FragmentSpread(spread) => {
                    self.spread(&spread.node.fragment_name.node, place, inside)?
                }
            }
        }
        Ok(())
    }

    fn spread(&mut self, name: &'a Name, place: Place, inside: &mut Vec<&'a str>) -> Result<(), Problem> {
        self.count_field()?;
        if self.fragments.contains(&name) {
            return Err(too_much(format!("the fragment `{name}` spreads itself")));
        }
        // One that does not exist is told when the document is compared with the schema.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(()) };
        self.directives(fragment.node.directives.len())?;
        self.fragments.push(name);
        self.set(&fragment.node.selection_set.node, place, inside)?;
        self.fragments.pop();
        Ok(())
    }

    fn field(&mut self, field: &'a Field, place: Place, inside: &mut Vec<&'a str>) -> Result<(), Problem> {
        self.count_field()?;
        let name = field.name.node.as_str();
        let asks_schema = !inside.is_empty() || name.starts_with("__") && name != "__typename";
        let depth_max = if asks_schema { INTROSPECTION_DEPTH_MAX } else { DEPTH_MAX };
        if place.depth > depth_max {
            return Err(too_much(format!("fields stand at most {depth_max} deep inside each other")));
        }
        if place.depth == 1 && self.operation.ty == OperationType::Mutation {
            self.mutations += 1;
        }
        self.checks += usize::from(CHECKS.contains(&name));
        if self.mutations > MUTATIONS_MAX || self.checks > CHECKS_MAX {
            let detail = format!(
                "a request has at most {MUTATIONS_MAX} mutations and asks about at most {CHECKS_MAX} codes; send several"
            );
            return Err(too_much(detail));
        }
        if asks_schema {
            return self.schema_field(field, place, inside);
        }
        let page = self.page(field)?;
        if field.selection_set.node.items.is_empty() {
            return Ok(());
        }
        // What is told of the page is told once, its objects as often as it has them.
        let factor = if matches!(name, "nodes" | "edges") {
            place.factor.saturating_mul(place.page)
        } else {
            place.factor
        };
        self.cost = self.cost.saturating_add(factor);
        if self.cost > COST_MAX {
            let detail = format!(
                "the answer could hold more than {COST_MAX} objects; ask for fewer at once with `first`"
            );
            return Err(too_much(detail));
        }
        let page = match name {
            "nodes" | "edges" => 1,
            _ => page,
        };
        self.set(&field.selection_set.node, Place { depth: place.depth + 1, factor, page }, inside)
    }

    /// Asking about the schema: what leads back to where it came from goes on for ever.
    fn schema_field(
        &mut self,
        field: &'a Field,
        place: Place,
        inside: &mut Vec<&'a str>,
    ) -> Result<(), Problem> {
        let name = field.name.node.as_str();
        if inside.contains(&name)
            && !matches!(name, "type" | "ofType" | "name" | "kind" | "description" | "__typename")
        {
            return Err(too_much(format!("`{name}` stands inside `{name}`; follow the schema step by step")));
        }
        inside.push(name);
        let place = Place { depth: place.depth + 1, ..place };
        self.set(&field.selection_set.node, place, inside)?;
        inside.pop();
        Ok(())
    }

    /// How many objects a field gives: those of a page; 1 for what is no page.
    ///
    /// Errors: more than a page can have.
    fn page(&self, field: &Field) -> Result<u64, Problem> {
        if !self.paged.contains(field.name.node.as_str()) {
            return Ok(1);
        }
        let given = field.get_argument("first").and_then(|first| {
            let known = first.node.clone().into_const_with(|name| Ok::<_, Infallible>(self.variable(&name)));
            match known {
                Ok(Value::Number(number)) => number.as_i64(),
                _ => None,
            }
        });
        let Some(first) = given else { return Ok(PAGE_DEFAULT) };
        match u64::try_from(first).ok().filter(|first| (1..=PAGE_MAX).contains(first)) {
            Some(first) => Ok(first),
            None => Err(too_much(format!("`first` must be from 1 to {PAGE_MAX}, is `{first}`"))),
        }
    }

    fn variable(&self, name: &Name) -> Value {
        let definitions = &self.operation.variable_definitions;
        let given = self.variables.get(name).or_else(|| {
            let definition = definitions.iter().find(|definition| definition.node.name.node == *name)?;
            Some(&definition.node.default_value.as_ref()?.node)
        });
        given.cloned().unwrap_or_default()
    }

    fn count_field(&mut self) -> Result<(), Problem> {
        self.fields += 1;
        match self.fields > FIELDS_MAX {
            true => Err(too_much(format!("a query has at most {FIELDS_MAX} fields, fragments spread out"))),
            false => Ok(()),
        }
    }

    fn alias(&mut self) -> Result<(), Problem> {
        self.aliases += 1;
        match self.aliases > ALIASES_MAX {
            true => {
                Err(too_much(format!("at most {ALIASES_MAX} fields have another name or stand there again")))
            }
            false => Ok(()),
        }
    }

    fn directives(&mut self, more: usize) -> Result<(), Problem> {
        self.directives += more;
        match self.directives > DIRECTIVES_MAX {
            true => Err(too_much(format!("a query has at most {DIRECTIVES_MAX} directives"))),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn refusal(query: &str) -> Option<String> {
        let document = parse_query(query).unwrap();
        let variables = Variables::from_json(json!({ "page": 40 }));
        let paged = BTreeSet::from(["promotions", "codes"]);
        check(&document, &variables, &paged).err().map(|problem| problem.detail().to_owned())
    }

    #[track_caller]
    fn refused(query: &str, words: &str) {
        let refusal = refusal(query).unwrap_or_else(|| panic!("not refused: {query}"));
        assert!(refusal.contains(words), "{refusal}");
    }

    #[test]
    fn depth_is_counted_through_fragments() {
        let deep = |levels: usize| format!("{{{}a{}}}", "a{".repeat(levels - 1), "}".repeat(levels - 1));
        assert_eq!(refusal(&deep(10)), None);
        refused(&deep(11), "at most 10 deep");
        refused(
            "{ ...A } fragment A on Query { a { b { c { d { e { f { g { h { i { j { k } } } } } } } } } } }",
            "deep",
        );
        refused("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "spreads itself");
    }

    #[test]
    fn pages_are_counted_as_full() {
        assert_eq!(refusal("{ promotions { nodes { codes(first: 30) { nodes { id } } } } }"), None);
        refused("{ promotions { nodes { codes { nodes { id } } } } }", "more than 2000");
        refused(
            "query($page: Int) { promotions(first: 250) { nodes { codes(first: $page) { nodes { id } } } } }",
            "2000",
        );
        refused("{ promotions(first: 1000000000) { nodes { id } } }", "from 1 to 250");
        refused("{ promotions(first: 0) { nodes { id } } }", "from 1 to 250");
        refused("query($first: Int = 251) { promotions(first: $first) { nodes { id } } }", "from 1 to 250");
    }

    #[test]
    fn floods_are_refused() {
        let many = |part: &str, times: usize| part.repeat(times);
        assert_eq!(refusal(&format!("{{{}}}", many("a: b ", 15))), None);
        refused(&format!("{{{}}}", many("a: b ", 16)), "another name");
        refused(&format!("{{{}}}", many("__typename ", 500)), "stand there again");
        refused(&format!("{{ a {} }}", many("@skip(if: false) ", 11)), "directives");
        let flood = "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...C ...C ...C ...C }\
            fragment C on Query { ...D ...D ...D ...D } fragment D on Query { ...E ...E ...E ...E ...E ...E ...E }\
            fragment E on Query { ...F ...F ...F ...F ...F ...F ...F ...F } fragment F on Query { a }";
        refused(flood, "fragments spread out");
    }

    #[test]
    fn one_operation_and_few_changes_and_checks_stand_in_a_request() {
        refused("query A { a } query B { b }", "one operation");
        refused(&format!("mutation {{{}}}", "a b c d e f"), "at most 5 mutations");
        let checks =
            "a: couponValidate b: giftCardBalance c: evaluate d: evaluate e: evaluate f: couponValidate";
        refused(&format!("{{{checks}}}"), "at most 5 codes");
    }

    #[test]
    fn the_schema_is_told_but_not_in_circles() {
        let told =
            "{ __schema { types { fields { args { type { ofType { ofType { ofType { name } } } } } } } } }";
        assert_eq!(refusal(told), None);
        refused(
            "{ __schema { types { fields { type { fields { type { name } } } } } } }",
            "`fields` stands inside",
        );
    }
}
