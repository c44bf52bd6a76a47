//! Lists in pages: `limit` and `after` in, `data` and `next_cursor` out.

use std::cell::RefCell;
use std::future::Future;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::{FieldError, Problem};

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 250;

tokio::task_local! {
    /// The cursors of the objects of the page that was made last, for who wants them.
    static CURSORS: RefCell<Vec<String>>;
}

/// Runs what makes a page, and tells the cursor of each object in it: over REST only that of the last one is told.
pub async fn with_cursors<T>(making: impl Future<Output = T>) -> (T, Vec<String>) {
    CURSORS.scope(RefCell::default(), async { (making.await, CURSORS.with(RefCell::take)) }).await
}

/// The query of a list that has no filters. A list that has some declares these two fields beside them and calls
/// [`Page::new`].
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many to return, 1 to 250; 50 unless told.
    #[param(minimum = 1, maximum = 250, default = 50)]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub after: Option<String>,
}

/// Which page of a list sorted by `K` is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<K> {
    /// The most objects in it.
    pub limit: u32,
    /// It starts after the object with this key; `None` for the first page.
    pub after: Option<K>,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The objects of this page, in order.
    pub data: Vec<T>,
    /// Send it as `after` to get the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

impl PageQuery {
    /// The page it asks for.
    pub fn page<K: DeserializeOwned>(&self) -> Result<Page<K>, Problem> {
        Page::new(self.limit, self.after.as_deref())
    }
}

impl<K> Page<K> {
    /// Reads the two parameters.
    ///
    /// Errors: a limit outside 1 to 250, a cursor that this list has not given out.
    pub fn new(limit: Option<u32>, after: Option<&str>) -> Result<Self, Problem>
    where
        K: DeserializeOwned,
    {
        let limit = limit.unwrap_or(LIMIT_DEFAULT);
        if limit == 0 || limit > LIMIT_MAX {
            let message = format!("must be from 1 to {LIMIT_MAX}, is `{limit}`");
            return Err(Problem::invalid([FieldError::new("?limit", "out_of_range", message)]));
        }
        Ok(Self { limit, after: after.map(decode).transpose()? })
    }

    /// How many rows to ask the database for: one more than the page has, which tells whether there is a next page.
    pub fn fetch(&self) -> u64 {
        u64::from(self.limit) + 1
    }

    /// The page made of the [`Page::fetch`]ed `rows`; `key` is what they are sorted by, `show` what clients see.
    pub fn list<R, T>(&self, mut rows: Vec<R>, key: impl Fn(&R) -> K, show: impl Fn(R) -> T) -> List<T>
    where
        K: Serialize,
    {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| has_more).map(|last| encode(&key(last)));
        let _ =
            CURSORS.try_with(|cursors| cursors.replace(rows.iter().map(|row| encode(&key(row))).collect()));
        List { data: rows.into_iter().map(show).collect(), next_cursor }
    }
}

/// A cursor is the key of the last object as JSON in base64: opaque to clients, stable when objects come and go.
fn encode<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

fn decode<K: DeserializeOwned>(cursor: &str) -> Result<K, Problem> {
    // PostgreSQL cannot even be asked about U+0000.
    let is_text = |json: &Vec<u8>| !json.windows(6).any(|part| part == b"\\u0000");
    let json = URL_SAFE_NO_PAD.decode(cursor).ok().filter(is_text);
    let key = json.and_then(|json| serde_json::from_slice(&json).ok());
    key.ok_or_else(|| {
        let message = format!("`{cursor}` is not a cursor of this list; send the `next_cursor` of a page");
        Problem::invalid([FieldError::new("?after", "invalid", message)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let rows = [1_i64, 2, 3, 4, 5];
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let page: Page<i64> = Page::new(Some(2), cursor.as_deref()).unwrap();
            let fetched: Vec<i64> = rows
                .iter()
                .copied()
                .filter(|row| page.after.is_none_or(|after| *row > after))
                .take(3)
                .collect();
            let list = page.list(fetched, |row| *row, |row| row);
            assert!(list.data.len() <= 2);
            seen.extend(list.data);
            cursor = list.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, rows);
    }

    #[tokio::test]
    async fn who_wants_them_is_told_the_cursors_of_all_objects() {
        let page: Page<i64> = Page::new(Some(2), None).unwrap();
        let (list, cursors) = with_cursors(async { page.list(vec![4, 5, 6], |row| *row, |row| row) }).await;
        assert_eq!((list.data.len(), cursors.len()), (2, 2));
        assert_eq!(cursors.last(), list.next_cursor.as_ref());
    }

    #[test]
    fn limits_and_cursors_are_checked() {
        assert!(Page::<i64>::new(Some(0), None).is_err());
        assert!(Page::<i64>::new(Some(251), None).is_err());
        assert!(Page::<i64>::new(None, Some("nonsense")).is_err());
        assert_eq!(Page::<i64>::new(None, None).unwrap(), Page { limit: 50, after: None });
    }
}
