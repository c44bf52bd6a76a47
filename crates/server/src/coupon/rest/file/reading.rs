//! Lines of a file as rows of codes, read while it is sent.

use axum::body::Body;
use tokio::sync::mpsc;

use super::super::super::service::ImportCells;
use super::writing::COLUMNS;
use crate::platform::http::Problem;
use crate::platform::http::sheet::{self, Cells, Row, check_head};

/// The rows of a file, part by part; an empty part is its end, and the first problem ends it too.
pub(super) fn rows(body: Body) -> mpsc::Receiver<Result<Vec<Row<ImportCells>>, Problem>> {
    sheet::rows(body, Cells::Line, |names| {
        let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        check_head(&names, &["code"], |name| COLUMNS.contains(&name), &COLUMNS.join(", "))?;
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let columns = ["code", "max_uses", "max_uses_per_customer", "starts_at", "ends_at"].map(place);
        Ok(move |cells: Vec<&str>| {
            let cell = |place: Option<usize>| place.and_then(|place| cells.get(place).copied());
            let [code, max_uses, max_uses_per_customer, starts_at, ends_at] =
                columns.map(|place| cell(place).unwrap_or_default().to_owned());
            ImportCells { code, max_uses, max_uses_per_customer, starts_at, ends_at }
        })
    })
}
