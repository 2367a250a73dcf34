//! Lists as a workbook, or as a table of values, that office programs open: a sheet each, with one heading and one line each.
//!
//! Texts stay texts: nothing that somebody typed becomes a formula.

use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use vocabulary::Day;

/// The media type of a workbook.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// So many lines fit on one sheet below the heading (Excel 规格与限制: 1,048,576 rows).
pub const ROWS_MAX: usize = 1_048_575;

/// A list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The name of the sheet: at most 31 characters, without `[]:*?/\`.
    pub name: String,
    /// The columns, each with its width in characters.
    pub columns: Vec<(String, u16)>,
    /// As many cells in each line as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, as it is.
    Text(String),
    /// A whole number of nine digits at most, which the office program can sort and count with.
    Number(i64),
    /// A date, likewise.
    Date(Day),
}

impl From<Option<Day>> for Cell {
    fn from(day: Option<Day>) -> Cell {
        day.map_or(Cell::Empty, Cell::Date)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        if text.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(text)
        }
    }
}

/// Why there is no workbook: more lines or longer texts than a sheet can hold.
#[derive(Debug)]
pub struct SheetError(XlsxError);

impl std::fmt::Display for SheetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the list does not fit into a workbook")
    }
}

impl std::error::Error for SheetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl From<XlsxError> for SheetError {
    fn from(error: XlsxError) -> SheetError {
        SheetError(error)
    }
}

/// The bytes of a workbook with this list.
pub fn workbook(list: &Sheet) -> Result<Vec<u8>, SheetError> {
    workbook_of(std::slice::from_ref(list))
}

/// The bytes of a workbook with these lists, in their order.
pub fn workbook_of(lists: &[Sheet]) -> Result<Vec<u8>, SheetError> {
    let mut workbook = Workbook::new();
    for list in lists {
        put(workbook.add_worksheet(), list)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn put(sheet: &mut Worksheet, list: &Sheet) -> Result<(), SheetError> {
    sheet.set_name(&list.name)?;
    let heading = Format::new().set_bold();
    let text = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let date = Format::new()
        .set_num_format("yyyy-mm-dd")
        .set_align(FormatAlign::Top);
    for ((name, width), column) in list.columns.iter().zip(0u16..) {
        sheet.write_string_with_format(0, column, name, &heading)?;
        sheet.set_column_width(column, f64::from(*width))?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (row, at) in list.rows.iter().zip(1u32..) {
        for (cell, column) in row.iter().zip(0u16..) {
            match cell {
                Cell::Empty => {}
                Cell::Number(number) => {
                    let number = i32::try_from(*number).unwrap_or(i32::MAX);
                    sheet.write_number_with_format(at, column, number, &text)?;
                }
                Cell::Text(value) => {
                    sheet.write_string_with_format(at, column, value, &text)?;
                }
                Cell::Date(day) => {
                    let (year, month, of_month) = day.ymd();
                    let year = u16::try_from(year).unwrap_or(u16::MAX);
                    let (month, of_month) = (month.unsigned_abs(), of_month.unsigned_abs());
                    let value = ExcelDateTime::from_ymd(year, month, of_month)?;
                    sheet.write_datetime_with_format(at, column, &value, &date)?;
                }
            }
        }
    }
    Ok(())
}

/// The media type of a table of values.
pub const CSV_MEDIA_TYPE: &str = "text/csv; charset=utf-8";

/// The bytes of a table of values (RFC 4180) with this list, in UTF-8 with the mark by which office programs know it. A
/// text that would be read as a formula has an apostrophe before it.
pub fn csv(list: &Sheet) -> Vec<u8> {
    let mut text = String::from('\u{feff}');
    let mut put = |cells: &mut dyn Iterator<Item = String>| {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                text.push(',');
            }
            text.push_str(&quoted(&cell));
        }
        text.push_str("\r\n");
    };
    put(&mut list.columns.iter().map(|(name, _)| name.clone()));
    for row in &list.rows {
        put(&mut row.iter().map(|cell| match cell {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => number.to_string(),
            Cell::Date(day) => day.to_string(),
        }));
    }
    text.into_bytes()
}

fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    } else {
        format!("{guard}{cell}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader, Xlsx};
    use std::io::Cursor;

    #[test]
    fn what_is_written_is_read_back_and_no_text_is_a_formula() {
        let day = Day::parse("2026-11-28").expect("a day");
        let list = Sheet {
            name: "案件".to_owned(),
            columns: vec![("案由".to_owned(), 30), ("立案日期".to_owned(), 12)],
            rows: vec![
                vec![Cell::Text("=1+1".to_owned()), Cell::Date(day)],
                vec![Cell::from("无证取水".to_owned()), Cell::from(None)],
            ],
        };
        let bytes = workbook(&list).expect("a workbook");
        let mut read: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        let range = read.worksheet_range("案件").expect("the sheet");
        let text = |row, column| range.get_value((row, column)).map(ToString::to_string);
        assert_eq!(text(0, 0).as_deref(), Some("案由"));
        assert_eq!(text(1, 0).as_deref(), Some("=1+1"));
        assert_eq!(text(2, 0).as_deref(), Some("无证取水"));
        assert!(matches!(range.get_value((1, 1)), Some(Data::DateTime(_))));
        assert!(matches!(range.get_value((2, 1)), None | Some(Data::Empty)));
        let formulas = read.worksheet_formula("案件").expect("the sheet");
        assert_eq!(formulas.used_cells().count(), 0);
    }

    #[test]
    fn a_table_of_values_quotes_what_would_break_it() {
        let list = Sheet {
            name: "案件".to_owned(),
            columns: vec![("案由".to_owned(), 30), ("备注".to_owned(), 30)],
            rows: vec![
                vec![Cell::Text("=1+1".to_owned()), Cell::Empty],
                vec![
                    Cell::Text("甲,\"乙\"\n丙".to_owned()),
                    Cell::from(Day::parse("2026-11-28").ok()),
                ],
            ],
        };
        let text = String::from_utf8(csv(&list)).expect("it is text");
        let expected = "\u{feff}案由,备注\r\n'=1+1,\r\n\"甲,\"\"乙\"\"\n丙\",2026-11-28\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn several_lists_are_several_sheets_and_a_number_counts() {
        let list = |name: &str, number: i64| Sheet {
            name: name.to_owned(),
            columns: vec![("得分".to_owned(), 8)],
            rows: vec![vec![Cell::Number(number)]],
        };
        let bytes = workbook_of(&[list("甲", 92), list("乙", 7)]).expect("a workbook");
        let mut read: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        assert_eq!(read.sheet_names(), ["甲", "乙"]);
        let range = read.worksheet_range("乙").expect("the sheet");
        assert_eq!(range.get_value((1, 0)), Some(&Data::Float(7.0)));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let list = Sheet {
            name: "案件".to_owned(),
            columns: vec![("案由".to_owned(), 30)],
            rows: vec![vec![Cell::Text("水".repeat(40_000))]],
        };
        assert!(workbook(&list).is_err());
    }
}
