//! Material whose rows follow several procedures: a column names the procedure of each row, and the rows of each are read as
//! a file of their own, with every line at the place where it stands.

use super::HistoryError;
use super::material::Content;
use crate::book::{Book, Sheet, heading};
use casework::replay::Import;
use law::Rules;
use std::collections::{BTreeMap, BTreeSet};

/// Headings of the column.
const COLUMNS: [&str; 2] = ["程序", "procedure"];
/// So many rows are named that cannot be read.
const WRONG_TOLD: usize = 5;

/// The rows of a procedure.
pub(super) struct Part {
    /// The procedure that they name; nothing where they name none.
    pub(super) procedure: Option<String>,
    pub(super) content: Content,
    /// How many rows they are, and where the first one stands.
    pub(super) rows: usize,
    pub(super) first: String,
}

/// Whether a heading is the one of the column.
pub(super) fn is_column(name: &str) -> bool {
    COLUMNS.contains(&name)
}

/// Which procedures the rows name.
struct Named<'r> {
    rules: &'r Rules,
    /// In the order in which they are named first, with how many rows there are and where the first one stands.
    order: Vec<(Option<String>, usize, String)>,
    wrong: Vec<String>,
}

impl Named<'_> {
    /// The place of a row's procedure in the order.
    fn take(&mut self, text: &str, place: &dyn Fn() -> String) -> usize {
        let text = text.trim();
        let mut procedures = self.rules.procedures.iter();
        let found = procedures.find(|it| it.id == text || it.name == text);
        if found.is_none() && !text.is_empty() {
            self.wrong.push(format!("{}“{text}”", place()));
        }
        let id = found.map(|it| it.id.clone());
        match self.order.iter().position(|(known, ..)| *known == id) {
            Some(at) => {
                self.order[at].1 += 1;
                at
            }
            None => {
                self.order.push((id, 1, place()));
                self.order.len() - 1
            }
        }
    }

    fn finish(self) -> Result<Vec<(Option<String>, usize, String)>, HistoryError> {
        if self.wrong.is_empty() {
            return Ok(self.order);
        }
        let more = self.wrong.len().saturating_sub(WRONG_TOLD);
        let mut wrong: Vec<String> = self.wrong.into_iter().take(WRONG_TOLD).collect();
        if more > 0 {
            wrong.push(format!("另有{more}行"));
        }
        let procedures = self.rules.procedures.iter();
        let known: Vec<String> = procedures
            .map(|it| format!("{}（{}）", it.name, it.id))
            .collect();
        Err(HistoryError::UnknownProcedures(
            wrong.join("，"),
            known.join("、"),
        ))
    }
}

/// Parts the material by the procedures that its rows name; one part where none does, or where a mapping that may read it
/// takes the column for something else.
pub(super) fn split(
    content: Content,
    all: &[Import],
    rules: &Rules,
) -> Result<Vec<Part>, HistoryError> {
    let is_theirs = COLUMNS
        .iter()
        .any(|name| all.iter().any(|import| import.knows(name)));
    if is_theirs {
        return Ok(whole(content));
    }
    match content {
        Content::Lines(text) => lines(text, rules),
        Content::Book(book) => sheets(book, all, rules),
    }
}

fn whole(content: Content) -> Vec<Part> {
    vec![Part {
        procedure: None,
        content,
        rows: 0,
        first: String::new(),
    }]
}

/// What a line of JSON says of its procedure; nothing for one that says nothing of it, or that cannot be read.
fn said(line: &str) -> Option<String> {
    let record: serde_json::Value = serde_json::from_str(line).ok()?;
    let fields = record.as_object()?.iter();
    let mut found = fields.filter(|(key, _)| is_column(&heading(key)));
    found.find_map(|(_, value)| match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Null => None,
        other => Some(other.to_string()),
    })
}

fn lines(text: String, rules: &Rules) -> Result<Vec<Part>, HistoryError> {
    let mut named = Named {
        rules,
        order: Vec::new(),
        wrong: Vec::new(),
    };
    let mut of_line: Vec<Option<usize>> = Vec::new();
    for (line, number) in text.lines().zip(1u32..) {
        of_line.push((!line.trim().is_empty()).then(|| {
            let said = said(line).unwrap_or_default();
            named.take(&said, &|| format!("第{number}行"))
        }));
    }
    let order = named.finish()?;
    if order.iter().all(|(id, ..)| id.is_none()) {
        return Ok(whole(Content::Lines(text)));
    }
    let parts = order.into_iter().enumerate();
    let parts = parts.map(|(at, (procedure, rows, first))| {
        // Lines of the others are empty, so that each keeps its number.
        let own = text.lines().zip(&of_line).map(|(line, of)| match *of {
            Some(of) if of == at => line,
            _ => "",
        });
        let own: Vec<&str> = own.collect();
        Part {
            procedure,
            content: Content::Lines(own.join("\n")),
            rows,
            first,
        }
    });
    Ok(parts.collect())
}

fn sheets(book: Book, all: &[Import], rules: &Rules) -> Result<Vec<Part>, HistoryError> {
    let mut named = Named {
        rules,
        order: Vec::new(),
        wrong: Vec::new(),
    };
    let is_known = |name: &str| is_column(name) || all.iter().any(|import| import.knows(name));
    let mut has_column = false;
    // The procedure of each line below the headings, for each sheet.
    let mut of_lines: Vec<BTreeMap<u32, usize>> = Vec::new();
    for sheet in &book.sheets {
        let mut of_line = BTreeMap::new();
        if let Some(table) = sheet.table(is_known) {
            let column = table.columns.iter().find(|(_, name)| is_column(name));
            has_column |= column.is_some();
            for line in &table.lines {
                let cell = column.and_then(|(at, _)| line.cell(*at));
                let said = cell.and_then(|cell| cell.text().ok()).unwrap_or_default();
                let place = || format!("“{}”第{}行", sheet.name, line.number);
                of_line.insert(line.number, named.take(&said, &place));
            }
        }
        of_lines.push(of_line);
    }
    let order = named.finish()?;
    if !has_column || order.iter().all(|(id, ..)| id.is_none()) {
        return Ok(whole(Content::Book(book)));
    }
    let parts = order.into_iter().enumerate();
    let parts = parts.map(|(at, (procedure, rows, first))| {
        let own = book.sheets.iter().zip(&of_lines).filter_map(|(sheet, of)| {
            let has_any = of.values().any(|it| *it == at);
            let others: BTreeSet<u32> = of
                .iter()
                .filter(|(_, it)| **it != at)
                .map(|(line, _)| *line)
                .collect();
            has_any.then(|| sheet.without(&others))
        });
        let sheets: Vec<Sheet> = own.collect();
        Part {
            procedure,
            content: Content::Book(Book { sheets }),
            rows,
            first,
        }
    });
    Ok(parts.collect())
}
