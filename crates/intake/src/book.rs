//! Reading a workbook (xlsx) or a table of values (csv) into lines, within fixed bounds.
//!
//! A file from outside may be anything: too long, damaged, packed to burst. Sizes are checked before anything is
//! unpacked, and cells are read one by one, so that no heading far to the right makes an empty sheet large.

use crate::cell::{Cell, from_serial};
use calamine::{DataRef, ExcelDateTime, Reader, SheetType, Xlsx};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

/// The longest file that is read.
pub const FILE_BYTES_MAX: u64 = 64 << 20;
/// The most that a workbook may unpack to.
const UNPACKED_BYTES_MAX: u64 = 512 << 20;
/// The most cells of a workbook; fifty thousand lines of twenty columns.
const CELLS_MAX: usize = 1_200_000;
/// The most lines of a sheet.
const LINES_MAX: u32 = 60_000;
/// Headings stand in one of the first lines, below a title.
const HEADINGS_WITHIN: usize = 10;

/// Why a file cannot be read. Shown to the clerk, hence in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// It cannot be opened.
    #[error("不能读取文件")]
    Read(#[source] io::Error),
    /// It is too long.
    #[error("文件太大（超过64MB，或者解开后超过512MB），请分成几个文件")]
    TooLarge,
    /// There are too many lines.
    #[error("表格太大：一张表最多{LINES_MAX}行，全部最多{CELLS_MAX}格，请分成几个文件")]
    TooLong,
    /// An older or encrypted workbook.
    #[error("这是旧式（.xls）或者加了密码的文件，请在 Excel 或 WPS 里取消密码，另存为 .xlsx")]
    OldOrLocked,
    /// A workbook that carries a program.
    #[error("这个工作簿带有宏，不读入；请在 Excel 或 WPS 里另存为不带宏的 .xlsx")]
    Macro,
    /// Neither a workbook nor a table.
    #[error("这不是 Excel 工作簿（.xlsx）或者 csv 文件，或者文件已经损坏")]
    NotABook(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No text that can be read.
    #[error("csv 文件的文字不是 UTF-8，也不是 GBK")]
    Encoding,
}

/// A workbook.
#[derive(Clone, Debug)]
pub struct Book {
    pub(crate) sheets: Vec<Sheet>,
}

/// A sheet as its filled cells, by line and column from 0.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    lines: BTreeMap<u32, BTreeMap<u32, Cell>>,
}

/// A sheet under its headings.
pub(crate) struct Table<'s> {
    pub(crate) sheet: &'s str,
    /// The line of the headings, from 1.
    pub(crate) head: u32,
    /// The line above it, which may hold headings of groups of columns.
    pub(crate) above: Option<Line<'s>>,
    /// Headings with their column.
    pub(crate) columns: Vec<(u32, String)>,
    pub(crate) lines: Vec<Line<'s>>,
}

/// A line that says something.
pub(crate) struct Line<'s> {
    /// From 1, as the program shows it.
    pub(crate) number: u32,
    cells: &'s BTreeMap<u32, Cell>,
}

impl Line<'_> {
    pub(crate) fn cell(&self, column: u32) -> Option<&Cell> {
        self.cells.get(&column)
    }

    /// The columns that are filled.
    pub(crate) fn columns(&self) -> impl Iterator<Item = u32> + '_ {
        self.cells.keys().copied()
    }
}

pub(crate) use casework::replay::heading;

impl Book {
    /// Reads a file.
    pub fn open(path: &Path) -> Result<Book, BookError> {
        let length = fs::metadata(path).map_err(BookError::Read)?.len();
        if length > FILE_BYTES_MAX {
            return Err(BookError::TooLarge);
        }
        let mut content = Vec::new();
        // The file may grow while it is read.
        File::open(path)
            .and_then(|file| {
                BufReader::new(file)
                    .take(FILE_BYTES_MAX + 1)
                    .read_to_end(&mut content)
            })
            .map_err(BookError::Read)?;
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Book::of(&name, content)
    }

    /// Reads the bytes of a file of this name: its ending says whether it is a workbook or a table of values.
    pub fn of(name: &str, content: Vec<u8>) -> Result<Book, BookError> {
        if content.len() as u64 > FILE_BYTES_MAX {
            return Err(BookError::TooLarge);
        }
        match name.rsplit_once('.') {
            Some((stem, ending)) if ending.eq_ignore_ascii_case("csv") => {
                Book::of_csv(stem, &content)
            }
            _ => Book::of_xlsx(content),
        }
    }

    /// Reads the bytes of a workbook.
    pub fn of_xlsx(content: Vec<u8>) -> Result<Book, BookError> {
        if content.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Err(BookError::OldOrLocked);
        }
        let damaged = |error: zip::result::ZipError| BookError::NotABook(error.into());
        let mut archive = zip::ZipArchive::new(Cursor::new(&content)).map_err(damaged)?;
        let mut unpacked: u64 = 0;
        for index in 0..archive.len() {
            let file = archive.by_index_raw(index).map_err(damaged)?;
            unpacked = unpacked.saturating_add(file.size());
            // Nothing here would run it. But a clerk who opens the kept file would, and no case needs one.
            let name = file.name().map_err(damaged)?;
            if name.eq_ignore_ascii_case("xl/vbaProject.bin") {
                return Err(BookError::Macro);
            }
        }
        if unpacked > UNPACKED_BYTES_MAX {
            return Err(BookError::TooLarge);
        }
        let not_a_book = |error: calamine::XlsxError| BookError::NotABook(error.into());
        let mut xlsx = Xlsx::new(Cursor::new(content)).map_err(not_a_book)?;
        // Serials of the 1904 calendar begin four years later.
        let shift = if xlsx.has_1904_epoch() { 1462.0 } else { 0.0 };
        let names: Vec<String> = xlsx
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .map(|sheet| sheet.name.clone())
            .collect();
        let mut cells = 0;
        let mut sheets = Vec::new();
        for name in names {
            let merged = xlsx.merge_cells_by_sheet_name(&name).map_err(not_a_book)?;
            let mut sheet = Sheet {
                name: name.clone(),
                lines: BTreeMap::new(),
            };
            let mut reader = xlsx.worksheet_cells_reader(&name).map_err(not_a_book)?;
            while let Some(found) = reader.next_cell_with_formula().map_err(not_a_book)? {
                let Some(cell) = cell(&found.value, found.formula.is_some(), shift) else {
                    continue;
                };
                cells += 1;
                sheet.put(found.pos, cell, &mut cells)?;
            }
            for region in merged {
                sheet.spread(region.start, region.end, &mut cells)?;
            }
            sheets.push(sheet);
        }
        Ok(Book { sheets })
    }

    /// Reads the bytes of a table of values, in UTF-8 or as an office program in China saves it.
    pub fn of_csv(name: &str, content: &[u8]) -> Result<Book, BookError> {
        let (text, _, is_damaged) = encoding_rs::UTF_8.decode(content);
        let (text, is_damaged) = if is_damaged {
            let (text, _, is_damaged) = encoding_rs::GB18030.decode(content);
            (text, is_damaged)
        } else {
            (text, false)
        };
        if is_damaged || text.contains('\0') {
            return Err(BookError::Encoding);
        }
        let mut sheet = Sheet {
            name: name.to_owned(),
            lines: BTreeMap::new(),
        };
        let mut cells = 0;
        // The reader counts lines by their feeds, which come after what it takes for the end of a line.
        let text = text.replace("\r\n", "\n");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        // Lines are counted as an office program shows them: an empty one counts, a break inside a cell does not.
        let mut breaks = 0;
        for record in reader.records() {
            let record = record.map_err(|error| BookError::NotABook(error.into()))?;
            let line = record.position().map_or(1, csv::Position::line);
            let row = u32::try_from(line - 1 - breaks).map_err(|_| BookError::TooLong)?;
            let within = record.iter().map(|text| text.matches('\n').count() as u64);
            breaks += within.sum::<u64>();
            for (column, text) in (0..).zip(record.iter()) {
                // A mark that keeps a text from being taken for a formula.
                let guarded = text.strip_prefix('\'');
                let text = guarded
                    .filter(|rest| rest.starts_with(['=', '+', '-', '@']))
                    .unwrap_or(text);
                if let Some(cell) = Cell::of_text(text) {
                    cells += 1;
                    sheet.put((row, column), cell, &mut cells)?;
                }
            }
        }
        Ok(Book {
            sheets: vec![sheet],
        })
    }

    /// The first sheet under its headings, of which at least `least` must be known.
    pub(crate) fn first_table(
        &self,
        least: usize,
        is_known: impl Fn(&str) -> bool + Copy,
    ) -> Option<Table<'_>> {
        let mut all = self.sheets.iter();
        all.find_map(|sheet| sheet.table_of(least, is_known))
    }

    pub(crate) fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.name.trim() == name)
    }
}

impl Sheet {
    fn put(
        &mut self,
        (row, column): (u32, u32),
        cell: Cell,
        cells: &mut usize,
    ) -> Result<(), BookError> {
        let line = self.lines.entry(row).or_default();
        line.insert(column, cell);
        if *cells > CELLS_MAX || self.lines.len() > LINES_MAX as usize {
            return Err(BookError::TooLong);
        }
        Ok(())
    }

    /// A merged cell says the same in each of its places.
    fn spread(
        &mut self,
        start: (u32, u32),
        end: (u32, u32),
        cells: &mut usize,
    ) -> Result<(), BookError> {
        let Some(cell) = self.lines.get(&start.0).and_then(|line| line.get(&start.1)) else {
            return Ok(());
        };
        let cell = cell.clone();
        let last = self.lines.last_key_value().map_or(0, |(row, _)| *row);
        for row in start.0..=end.0.min(last) {
            for column in start.1..=end.1 {
                *cells += 1;
                self.put((row, column), cell.clone(), cells)?;
            }
        }
        Ok(())
    }

    /// The sheet without some of its lines; the others keep their numbers, from 1.
    pub(crate) fn without(&self, lines: &BTreeSet<u32>) -> Sheet {
        let kept = self.lines.iter();
        let kept = kept.filter(|(row, _)| !lines.contains(&(*row + 1)));
        Sheet {
            name: self.name.clone(),
            lines: kept.map(|(row, cells)| (*row, cells.clone())).collect(),
        }
    }

    /// The texts of the first line, which may be headings that nobody knows.
    pub(crate) fn first_line(&self) -> Vec<(u32, String)> {
        let cells = self.lines.values().next().into_iter().flatten();
        let texts = cells.filter_map(|(column, cell)| match cell {
            Cell::Text(text) => Some((*column, heading(text))),
            _ => None,
        });
        texts.collect()
    }

    /// The sheet under the headings, of which at least two must be known; empty lines and lines of one merged remark
    /// above them are passed over.
    pub(crate) fn table(&self, is_known: impl Fn(&str) -> bool) -> Option<Table<'_>> {
        self.table_of(2, is_known)
    }

    fn table_of(&self, least: usize, is_known: impl Fn(&str) -> bool) -> Option<Table<'_>> {
        let headings = |cells: &BTreeMap<u32, Cell>| -> Vec<(u32, String)> {
            let texts = cells.iter().filter_map(|(column, cell)| match cell {
                Cell::Text(text) => Some((*column, heading(text))),
                _ => None,
            });
            texts.collect()
        };
        let known = |columns: &[(u32, String)]| {
            let names: BTreeSet<&str> = columns
                .iter()
                .map(|(_, name)| name.as_str())
                .filter(|name| is_known(name))
                .collect();
            names.len()
        };
        let (head, columns, count) = self
            .lines
            .iter()
            .take(HEADINGS_WITHIN)
            .map(|(row, cells)| {
                let columns = headings(cells);
                let count = known(&columns);
                (*row, columns, count)
            })
            // The first of those that know most.
            .fold(
                None,
                |best: Option<(u32, Vec<_>, usize)>, line| match best {
                    Some(best) if best.2 >= line.2 => Some(best),
                    _ => Some(line),
                },
            )?;
        if count < least {
            return None;
        }
        let lines = self.lines.range(head + 1..).map(|(row, cells)| Line {
            number: row + 1,
            cells,
        });
        let above = head.checked_sub(1).and_then(|row| {
            let cells = self.lines.get(&row)?;
            Some(Line {
                number: head,
                cells,
            })
        });
        Some(Table {
            sheet: &self.name,
            head: head + 1,
            above,
            columns,
            lines: lines.collect(),
        })
    }
}

fn cell(value: &DataRef<'_>, is_formula: bool, shift: f64) -> Option<Cell> {
    let serial = |date: &ExcelDateTime| from_serial(date.as_f64() + shift);
    let number = if shift > 0.0 {
        Cell::Number1904
    } else {
        Cell::Number
    };
    match value {
        DataRef::Int(whole) => whole.to_string().parse().ok().map(number),
        DataRef::Float(value) => Some(number(*value)),
        DataRef::String(text) if is_formula && text.is_empty() => Some(no_result()),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Cell::of_text(text)
        }
        DataRef::SharedString(text) => Cell::of_text(text),
        DataRef::Bool(value) => Some(Cell::Bool(*value)),
        DataRef::DateTime(date) => Some(match serial(date) {
            Some(moment) if date.is_datetime() => Cell::Day(moment),
            _ => Cell::Number(date.as_f64()),
        }),
        DataRef::Error(error) => Some(Cell::Faulty(format!(
            "公式的结果是错误 {error}，请改正后粘贴为数值"
        ))),
        DataRef::Empty => is_formula.then(no_result),
    }
}

fn no_result() -> Cell {
    Cell::Faulty("公式没有保存结果，请在 Excel 里打开并保存，或者粘贴为数值".to_owned())
}
