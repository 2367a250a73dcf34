//! Workbooks as clerks make them, cell by cell.

use rust_xlsxwriter::{Format, Formula, Workbook};
use std::collections::BTreeMap;
use vocabulary::Day;

/// What is put into a cell.
#[derive(Clone, Debug)]
pub(crate) enum Put {
    Text(String),
    Number(f64),
    /// A date, formatted as one.
    Day(Day),
    /// A formula with the result that the program would have stored.
    Formula(&'static str, &'static str),
}

impl From<&str> for Put {
    fn from(text: &str) -> Put {
        Put::Text(text.to_owned())
    }
}

impl From<String> for Put {
    fn from(text: String) -> Put {
        Put::Text(text)
    }
}

/// A sheet: a line of headings, then lines by heading.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) headings: Vec<String>,
    pub(crate) lines: Vec<BTreeMap<String, Put>>,
    /// Regions that are merged: first and last line, from 0, of a column.
    pub(crate) merged: Vec<(u32, u32, u16, String)>,
    /// Empty lines and a title above the headings.
    pub(crate) title: Option<String>,
}

impl Page {
    pub(crate) fn new(name: &str, headings: &[&str]) -> Page {
        Page {
            name: name.to_owned(),
            headings: headings.iter().map(|text| (*text).to_owned()).collect(),
            ..Page::default()
        }
    }

    pub(crate) fn line<const N: usize>(&mut self, cells: [(&str, Put); N]) {
        let cells = cells.into_iter().map(|(name, put)| (name.to_owned(), put));
        self.lines.push(cells.collect());
    }

    /// A line of texts under the headings in their order; empty ones are left out.
    pub(crate) fn texts(&mut self, texts: &[&str]) {
        let cells = self.headings.iter().zip(texts);
        let cells = cells.filter(|(_, text)| !text.is_empty());
        self.lines.push(
            cells
                .map(|(name, text)| (name.clone(), Put::from(*text)))
                .collect(),
        );
    }
}

/// The bytes of a workbook.
pub(crate) fn bytes(pages: &[Page]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let date = Format::new().set_num_format("yyyy/m/d");
    for page in pages {
        let sheet = workbook.add_worksheet();
        sheet.set_name(&page.name).unwrap();
        sheet.set_formula_result_default("");
        let mut row = 0;
        if let Some(title) = &page.title {
            let last = u16::try_from(page.headings.len()).unwrap() - 1;
            sheet
                .merge_range(0, 0, 0, last, title, &Format::new())
                .unwrap();
            row = 2;
        }
        for (column, name) in (0u16..).zip(&page.headings) {
            sheet.write(row, column, name.as_str()).unwrap();
        }
        for line in &page.lines {
            row += 1;
            for (column, name) in (0u16..).zip(&page.headings) {
                match line.get(name) {
                    None => {}
                    Some(Put::Text(text)) => {
                        sheet.write(row, column, text.as_str()).unwrap();
                    }
                    Some(Put::Number(number)) => {
                        sheet.write(row, column, *number).unwrap();
                    }
                    Some(Put::Day(day)) => {
                        let serial = f64::from(day.number() + 25_569);
                        sheet.write_with_format(row, column, serial, &date).unwrap();
                    }
                    Some(Put::Formula(formula, result)) => {
                        sheet
                            .write(row, column, Formula::new(formula).set_result(*result))
                            .unwrap();
                    }
                }
            }
        }
        for (first, last, column, text) in &page.merged {
            sheet
                .merge_range(*first, *column, *last, *column, text, &Format::new())
                .unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}
