//! Lists for programs: a table, JSON, and the map of the site. They are written as they are sent.

use crate::catalog::{Catalog, IN_FORCE, Row, WITHDRAWN};
use crate::pages::Inside;
use axum::body::{Body, Bytes};
use futures_util::stream;
use serde_json::{Map, Value, json};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;

/// Lines of one piece.
const PIECE: usize = 500;
/// A map of a site has so many addresses at most (sitemaps.org).
pub(crate) const MAPPED: usize = 50_000;

/// What stands before the lines, between them and behind them.
pub(crate) struct Shape {
    pub(crate) head: String,
    pub(crate) tail: &'static str,
    pub(crate) between: &'static str,
    pub(crate) line: fn(&Catalog, &Row, &str) -> String,
}

impl Shape {
    pub(crate) fn csv() -> Shape {
        Shape {
            // The mark by which office programs know UTF-8.
            head: format!("\u{feff}{}\r\n", COLUMNS.join(",")),
            tail: "",
            between: "",
            line: csv_line,
        }
    }

    pub(crate) fn json(agency: &str, total: usize) -> Shape {
        Shape {
            head: format!(
                "{{\"agency\":{},\"total\":{total},\"publications\":[\n",
                Value::from(agency)
            ),
            tail: "\n]}\n",
            between: ",\n",
            line: |catalog, row, base| json_line(catalog, row, base).to_string(),
        }
    }

    pub(crate) fn map() -> Shape {
        Shape {
            head: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n".to_owned(),
            tail: "</urlset>\n",
            between: "",
            // An id holds letters, digits, - and _ only.
            line: |_, row, base| {
                let day = row.withdrawn_on.unwrap_or(row.disclosed_on);
                format!("<url><loc>{base}/publications/{}</loc><lastmod>{day}</lastmod></url>\n", row.id)
            },
        }
    }
}

const COLUMNS: [&str; 14] = [
    "公示编号",
    "标题",
    "文书类型",
    "文书号",
    "作出机关",
    "当事人",
    "决定日期",
    "公示日期",
    "公示状态",
    "撤下日期",
    "内容摘要或撤下理由",
    "分类",
    "日志记录序号",
    "页面",
];

/// The lines with these numbers; what is gone meanwhile is left out.
pub(crate) fn body(portal: Arc<Inside>, ordinals: Vec<u32>, shape: Shape) -> Body {
    struct Rest {
        portal: Arc<Inside>,
        ordinals: std::vec::IntoIter<u32>,
        shape: Shape,
        is_first: bool,
        is_done: bool,
    }
    let rest = Rest {
        portal,
        ordinals: ordinals.into_iter(),
        is_first: true,
        is_done: false,
        shape,
    };
    let pieces = stream::unfold(rest, |mut rest| async move {
        if rest.is_done {
            return None;
        }
        let mut text = std::mem::take(&mut rest.shape.head);
        {
            let catalog = rest.portal.keeper.catalog();
            let base = &rest.portal.frame.base;
            for ordinal in rest.ordinals.by_ref().take(PIECE) {
                if let Some(row) = catalog.row(ordinal) {
                    if !rest.is_first {
                        text.push_str(rest.shape.between);
                    }
                    rest.is_first = false;
                    text.push_str(&(rest.shape.line)(&catalog, row, base));
                }
            }
        }
        if rest.ordinals.len() == 0 {
            text.push_str(rest.shape.tail);
            rest.is_done = true;
        }
        Some((Ok::<_, Infallible>(Bytes::from(text)), rest))
    });
    Body::from_stream(pieces)
}

fn state(row: &Row) -> &'static str {
    match row.withdrawn_on {
        Some(_) => WITHDRAWN,
        None => IN_FORCE,
    }
}

fn csv_line(catalog: &Catalog, row: &Row, base: &str) -> String {
    let facets: Vec<String> = own_free(catalog, row)
        .map(|(name, value)| format!("{name}\u{ff1a}{value}"))
        .collect();
    let cells = [
        row.id.to_string(),
        row.title().to_owned(),
        row.kind().to_owned(),
        row.number().to_owned(),
        row.agency().to_owned(),
        row.party().to_owned(),
        row.decided_on().to_owned(),
        row.disclosed_on.to_string(),
        state(row).to_owned(),
        row.withdrawn_on
            .map(|day| day.to_string())
            .unwrap_or_default(),
        row.summary().to_owned(),
        facets.join("\u{ff1b}"),
        row.rank.leaf.to_string(),
        format!("{base}/publications/{}", row.id),
    ];
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        // Writing into a text does not fail.
        let _ = write!(line, "\"{}\"", guarded(cell).replace('"', "\"\""));
    }
    line.push_str("\r\n");
    line
}

/// What an office program would take for a formula begins with an apostrophe, which it does not show.
fn guarded(cell: &str) -> String {
    let first = cell
        .trim_start_matches([' ', '\u{3000}', '\u{a0}'])
        .chars()
        .next();
    let is_formula = first.is_some_and(|first| "=+-@\t\r\n＝＋－＠".contains(first));
    match is_formula {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

/// The ways of narrowing that the bundle brought.
fn own_free<'a>(catalog: &'a Catalog, row: &Row) -> impl Iterator<Item = (&'a str, &'a str)> {
    use crate::catalog::{AGENCY, KIND, STATE, YEAR};
    let facets = catalog.facets_of(row);
    facets.filter(|(name, _)| ![AGENCY, KIND, STATE, YEAR].contains(name))
}

fn json_line(catalog: &Catalog, row: &Row, base: &str) -> Value {
    let mut facets: Map<String, Value> = Map::new();
    for (name, value) in own_free(catalog, row) {
        let values = facets.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(value.into());
        }
    }
    let text = |text: &str| match text.is_empty() {
        true => Value::Null,
        false => text.into(),
    };
    json!({
        "id": &*row.id,
        "title": row.title(),
        "kind": row.kind(),
        "number": text(row.number()),
        "agency": text(row.agency()),
        "party": text(row.party()),
        "decided_on": text(row.decided_on()),
        "disclosed_on": row.disclosed_on.to_string(),
        "state": match row.withdrawn_on { Some(_) => "withdrawn", None => "in_force" },
        "withdrawn_on": row.withdrawn_on.map(|day| day.to_string()),
        "summary": text(row.summary()),
        "facets": facets,
        "leaf": row.rank.leaf,
        "page": format!("{base}/publications/{}", row.id),
        "bundle": format!("{base}/publications/{}/bundle.json", row.id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            " =1",
            "＝1",
            "\t=1",
            "\u{3000}=1",
        ] {
            assert!(guarded(cell).starts_with('\''), "{cell}");
        }
        for cell in ["罚款", "永水罚〔2026〕12号", "2026-10-13", ""] {
            assert_eq!(guarded(cell), cell);
        }
    }
}
