//! A list taken along as a workbook: as many lines as one can hold, and a word where there were more.

use crate::fault::Fault;
use app::Office;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sheet::{Cell, Sheet};

/// So many lines go into one workbook; for more, the list is to be narrowed.
const LINES: usize = 20_000;
/// So many of them are read at a time.
pub(crate) const STEP: u32 = 500;

/// Whether a list has more lines than go into a workbook: then no more are read.
pub(crate) fn is_full<T>(lines: &[T]) -> bool {
    lines.len() > LINES
}

/// A list to be taken along; each column with its width in characters.
pub(crate) struct Workbook<'a> {
    pub(crate) name: &'a str,
    pub(crate) columns: &'a [(&'a str, u16)],
    pub(crate) rows: Vec<Vec<Cell>>,
    /// The name of the file, without its ending.
    pub(crate) file: String,
}

impl Workbook<'_> {
    /// The workbook as an answer.
    pub(crate) async fn response(mut self, office: &Office) -> Response {
        if is_full(&self.rows) {
            let text = format!("只列出前{LINES}行，请缩小范围后再导出");
            self.rows.truncate(LINES);
            self.rows.push(vec![text.into()]);
        }
        let columns = self.columns.iter();
        let list = Sheet {
            name: self.name.to_owned(),
            columns: columns
                .map(|(name, width)| ((*name).to_owned(), *width))
                .collect(),
            rows: self.rows,
        };
        let made = tokio::task::spawn_blocking(move || sheet::workbook(&list)).await;
        let bytes = match made {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) => return Fault::Unexpected(error.into()).response(office),
            Err(error) => return Fault::Unexpected(error.into()).response(office),
        };
        let mut response = bytes.into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(sheet::MEDIA_TYPE),
        );
        let name = format!("attachment; filename=\"{}.xlsx\"", self.file);
        if let Ok(name) = HeaderValue::from_str(&name) {
            headers.insert(header::CONTENT_DISPOSITION, name);
        }
        response
    }
}
