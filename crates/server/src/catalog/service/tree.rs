//! Categories below categories: where one stands, and that none stands below itself.

use std::collections::HashMap;

use crate::catalog::rest::Category;
use crate::catalog::store::{self, category};
use crate::platform::db::{Connection, rows};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// What stands between the names of a path.
const SEPARATOR: &str = " > ";

/// Some categories, and all that contain them.
#[derive(Debug, Default)]
pub(super) struct Tree {
    categories: HashMap<i64, (Option<i64>, String)>,
}

/// Where a category stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The ids from the top down to its own.
    pub path: Vec<i64>,
    /// Their names in one text, such as `Women > Shoes > Boots`.
    pub display_name: String,
}

impl Tree {
    /// These categories, with all that contain them, as the database has them.
    pub(super) async fn around(
        db: &impl Connection,
        store: StoreId,
        categories: &[i64],
    ) -> Result<Self, Problem> {
        let ancestors = store::ancestries(db, store, categories).await?;
        let ids = ancestors.into_iter().map(|found| found.ancestor_id).chain(categories.iter().copied());
        let mut tree = Self::default();
        for row in rows::by_ids::<category::Entity>(db, store, ids).await? {
            tree.put(row.id, row.parent_id, row.name);
        }
        Ok(tree)
    }

    /// Adds a category, or puts it in the place of the one with its id.
    fn put(&mut self, id: i64, parent: Option<i64>, name: String) {
        self.categories.insert(id, (parent.filter(|id| *id != 0), name));
    }

    /// The category and what contains it, from below. A circle of parents ends it where it closes.
    fn upwards(&self, id: i64) -> Vec<i64> {
        let mut path = vec![id];
        let parent = |id: &i64| self.categories.get(id).and_then(|(parent, _)| *parent);
        while let Some(parent) = path.last().and_then(parent).filter(|parent| !path.contains(parent)) {
            path.push(parent);
        }
        path
    }

    /// Where a category stands. A parent that nobody has told of ends the path, and is not in it.
    pub(super) fn place(&self, id: i64) -> Place {
        let mut path = self.upwards(id);
        path.retain(|id| self.categories.contains_key(id));
        path.reverse();
        let display_name = self.names(&path);
        Place { path, display_name }
    }

    /// The circle that a category stands in, in words, when it stands below itself.
    fn circle(&self, id: i64) -> Option<String> {
        let mut path = self.upwards(id);
        let closes = path.last().and_then(|top| self.categories.get(top)).and_then(|(parent, _)| *parent);
        if closes != Some(id) {
            return None;
        }
        path.push(id);
        path.reverse();
        Some(self.names(&path))
    }

    fn names(&self, path: &[i64]) -> String {
        let name = |id: &i64| match self.categories.get(id) {
            Some((_, name)) => name.clone(),
            None => id.to_string(),
        };
        path.iter().map(name).collect::<Vec<_>>().join(SEPARATOR)
    }
}

/// Which of these categories, were they all kept, would stand below themselves: their positions, and why.
pub async fn circles(
    db: &impl Connection,
    store: StoreId,
    items: &[Category],
) -> Result<Vec<(usize, String)>, Problem> {
    let parents: Vec<i64> = items.iter().filter_map(|item| item.parent_id).collect();
    let mut tree = Tree::around(db, store, &parents).await?;
    for item in items {
        tree.put(item.id, item.parent_id, item.name.clone());
    }
    let circle = |(index, item): (usize, &Category)| {
        let circle = tree.circle(item.id)?;
        Some((index, format!("makes a circle: {circle}; choose a parent that is not below it")))
    };
    Ok(items.iter().enumerate().filter_map(circle).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(categories: &[(i64, i64)]) -> Tree {
        let mut tree = Tree::default();
        categories.iter().for_each(|(id, parent)| tree.put(*id, Some(*parent), format!("C{id}")));
        tree
    }

    #[test]
    fn a_place_is_the_path_from_the_top() {
        let tree = tree(&[(1, 0), (2, 1), (3, 2), (8, 7)]);
        assert_eq!(tree.place(3), Place { path: vec![1, 2, 3], display_name: "C1 > C2 > C3".to_owned() });
        assert_eq!(tree.place(8).path, [8], "7 is not known");
    }

    #[test]
    fn who_stands_in_a_circle_is_told_and_who_stands_below_one_is_not() {
        let tree = tree(&[(1, 3), (2, 1), (3, 2), (4, 3), (5, 5)]);
        assert_eq!(tree.circle(1).as_deref(), Some("C1 > C2 > C3 > C1"));
        assert_eq!(tree.circle(5).as_deref(), Some("C5 > C5"));
        assert_eq!(tree.circle(4), None);
        assert_eq!(tree.place(4).path.last(), Some(&4), "and it has a place all the same");
    }
}
