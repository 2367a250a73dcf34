//! Several things of one kind, a line each.

use super::deadline::{Deadline, Nearness};
use super::status::{Status, Tone};
use super::{Component, Link};
use askama::Template;
use askama::filters::HtmlSafe;

/// A table; the first cell of a line names it.
#[derive(Clone, Debug, Template)]
#[template(path = "components/table.html")]
pub(crate) struct Table {
    /// What the table shows, for those who do not see the page around it.
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    /// As many cells as there are columns.
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl HtmlSafe for Table {}

/// A column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// Figures, one under the other.
    pub(crate) is_figure: bool,
}

impl Column {
    pub(crate) fn text(name: &'static str) -> Column {
        Column {
            name,
            is_figure: false,
        }
    }

    pub(crate) fn figure(name: &'static str) -> Column {
        Column {
            name,
            is_figure: true,
        }
    }
}

/// What stands in a cell.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Text(String),
    /// Nothing, and what that means.
    Absent(&'static str),
    Status(Status),
    /// A date of the law.
    Due(String, Deadline),
    /// What the line is about, with what is said of it below.
    Link {
        to: Link,
        under: Vec<String>,
    },
    /// What can be done with the line.
    Links(Vec<Link>),
}

impl Table {
    fn class(&self, at: usize) -> &'static str {
        match self.columns.get(at) {
            Some(column) if column.is_figure => " class=\"figure\"",
            _ => "",
        }
    }

    fn name(&self, at: usize) -> &'static str {
        self.columns.get(at).map_or("", |column| column.name)
    }
}

impl Component for Table {
    const ID: &'static str = "table";
    const NAME: &'static str = "表格";
    const PURPOSE: &'static str =
        "几件同样的事，一行一件。第一格写明这一行是什么，并通向它的页面。";
    const ACCESSIBILITY: &'static str = "有表题；列头和行头都是 th。列头在滚动时留在上面。手机上一行成为一块，每格前写出列名。数额右对齐、等宽。";

    fn examples() -> Vec<(&'static str, Table)> {
        let deadline = |text: &str, nearness| Deadline {
            text: text.to_owned(),
            nearness,
        };
        let case = |title: &str, under: &[&str], amount: &str, due| {
            vec![
                Cell::Link {
                    to: Link::new("#table", title),
                    under: under.iter().map(|text| (*text).to_owned()).collect(),
                },
                Cell::Status(Status::new("决定", Tone::Active)),
                Cell::Text(amount.to_owned()),
                due,
            ]
        };
        let columns = || {
            vec![
                Column::text("案件"),
                Column::text("阶段"),
                Column::figure("罚款"),
                Column::text("最近的期限"),
            ]
        };
        let rows = vec![
            case(
                "未依照取水许可规定条件取水",
                &["演水立字〔2026〕1号", "某某建材有限公司"],
                "¥60,000.00",
                Cell::Due(
                    "2026-12-04(周五)".to_owned(),
                    deadline("还剩5个工作日", Nearness::Far),
                ),
            ),
            case(
                "在河道管理范围内弃置渣土",
                &["演水立字〔2026〕2号", "某某置业有限公司"],
                "¥8,000.00",
                Cell::Due(
                    "2026-11-26(周四)".to_owned(),
                    deadline("逾期2日", Nearness::Late),
                ),
            ),
            case("未经批准采砂", &["张某"], "", Cell::Absent("没有期限")),
        ];
        let with_ways = vec![
            Cell::Link {
                to: Link::new("#table", "未经批准采砂"),
                under: vec!["张某".to_owned()],
            },
            Cell::Links(vec![
                Link::new("#table", "办理"),
                Link::new("#table", "退回"),
            ]),
        ];
        vec![
            (
                "几行",
                Table {
                    caption: "案件列表，期限最近的在前".to_owned(),
                    columns: columns(),
                    rows,
                },
            ),
            (
                "每行可以办几件事",
                Table {
                    caption: "等待办理的案件".to_owned(),
                    columns: vec![Column::text("案件"), Column::text("办理")],
                    rows: vec![with_ways],
                },
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_says_which_column_it_belongs_to() {
        for (_, table) in Table::examples() {
            let html = table.render().unwrap();
            for row in &table.rows {
                assert_eq!(row.len(), table.columns.len());
            }
            for column in &table.columns {
                let label = format!("data-label=\"{}\"", column.name);
                assert_eq!(html.matches(&label).count(), table.rows.len(), "{label}");
            }
            assert_eq!(html.matches("scope=\"row\"").count(), table.rows.len());
        }
    }
}
