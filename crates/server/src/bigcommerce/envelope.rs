//! The envelope around what is answered, and the meta data of pages.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::platform::http::{FieldError, Json, Problem};

/// A single resource.
pub(super) fn one(status: StatusCode, data: Value) -> Response {
    (status, Json(json!({"data": data, "meta": {}}))).into_response()
}

/// A list with its meta data.
pub(super) fn many(data: Vec<Value>, meta: Value) -> Response {
    Json(json!({"data": data, "meta": meta})).into_response()
}

/// Which page of a list, by number.
#[derive(Clone, Copy, Debug)]
pub(super) struct NumberedPage {
    pub(super) page: u64,
    pub(super) limit: u64,
}

impl NumberedPage {
    /// Reads `page` and `limit`.
    ///
    /// Errors: a page below 1, a limit outside 1 to 250.
    pub(super) fn read(page: Option<u64>, limit: Option<u64>) -> Result<Self, Problem> {
        let (page, limit) = (page.unwrap_or(1), limit.unwrap_or(50));
        let mut errors = Vec::new();
        if !(1..=1_000_000_000).contains(&page) {
            errors.push(FieldError::new("?page", "out_of_range", "must be at least 1"));
        }
        if !(1..=250).contains(&limit) {
            errors.push(FieldError::new("?limit", "out_of_range", "must be from 1 to 250"));
        }
        if errors.is_empty() { Ok(Self { page, limit }) } else { Err(Problem::invalid(errors)) }
    }

    /// How many objects stand before the page.
    pub(super) fn offset(self) -> u64 {
        (self.page - 1) * self.limit
    }

    /// The meta data of the page; links keep the other parameters of the query.
    pub(super) fn meta(self, count: usize, total: u64, query: &str) -> Value {
        let pages = total.div_ceil(self.limit);
        let link =
            |page: u64| query_with(query, &[("page", &page.to_string()), ("limit", &self.limit.to_string())]);
        let mut links = Map::new();
        if self.page > 1 {
            links.insert("previous".to_owned(), link(self.page - 1).into());
        }
        links.insert("current".to_owned(), link(self.page).into());
        if self.page < pages {
            links.insert("next".to_owned(), link(self.page + 1).into());
        }
        json!({
            "total": total, "count": count, "per_page": self.limit, "current_page": self.page,
            "total_pages": pages, "links": links,
        })
    }
}

/// The meta data of a page between two cursors.
pub(super) fn cursor_meta(ids: &[i64], limit: u64, has_next: bool, has_previous: bool, query: &str) -> Value {
    let (start, end) = (ids.first().map(|id| cursor(*id)), ids.last().map(|id| cursor(*id)));
    let link = |name, cursor: &str| query_with(query, &[("limit", &limit.to_string()), (name, cursor)]);
    let mut links = Map::new();
    if let Some(start) = start.as_ref().filter(|_| has_previous) {
        links.insert("previous".to_owned(), link("before", start).into());
    }
    if let Some(end) = end.as_ref().filter(|_| has_next) {
        links.insert("next".to_owned(), link("after", end).into());
    }
    let mut meta = Map::new();
    meta.insert("count".to_owned(), ids.len().into());
    meta.insert("per_page".to_owned(), limit.into());
    meta.insert("start_cursor".to_owned(), start.into());
    meta.insert("end_cursor".to_owned(), end.into());
    meta.insert("links".to_owned(), links.into());
    Value::Object(meta)
}

/// The cursor of an id: base64 of `{"id":"7"}`.
fn cursor(id: i64) -> String {
    URL_SAFE_NO_PAD.encode(json!({"id": id.to_string()}).to_string())
}

/// The id of a cursor.
///
/// Errors: a text that is no cursor.
pub(super) fn id_of_cursor(name: &str, text: &str) -> Result<i64, Problem> {
    let json = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
    let value: Option<Value> = json.and_then(|json| serde_json::from_slice(&json).ok());
    let id = value.and_then(|value| value.get("id")?.as_str()?.parse().ok());
    id.ok_or_else(|| {
        let message = "is not a cursor of this list";
        Problem::invalid([FieldError::new(format!("?{name}"), "invalid", message)])
    })
}

/// A query string with some parameters set and the paging ones taken out.
fn query_with(query: &str, set: &[(&str, &str)]) -> String {
    let paging = ["page", "limit", "before", "after"];
    let kept = query.split('&').filter(|pair| !pair.is_empty());
    let kept = kept.filter(|pair| !paging.contains(&pair.split('=').next().unwrap_or_default()));
    let set = set.iter().map(|(name, value)| format!("{name}={value}"));
    let pairs: Vec<String> = kept.map(str::to_owned).chain(set).collect();
    format!("?{}", pairs.join("&"))
}
