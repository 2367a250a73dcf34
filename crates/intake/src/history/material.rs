//! A file from elsewhere, and what it tells by its mapping.

use super::split::{is_column, split};
use super::{Bench, UsedMapping};
use crate::book::{Book, BookError, Sheet};
use crate::cell::Cell;
use crate::history::report::Origin;
use casework::replay::{Field, Import, Place, Replay, Row, ToldHistory, import, imports};
use law::source::{RuleErrors, SourceFile};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;

/// More lines than one check is meant for.
const LINES_MAX: usize = 1_000_000;

/// A file as it was given.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// Its name; the ending says what it is.
    pub name: &'a str,
    /// Its bytes.
    pub content: &'a [u8],
    /// It tells whole dossiers, whatever its mapping says: what it does not tell did not happen.
    pub is_complete: bool,
}

impl Material<'_> {
    /// What the report says of it.
    pub fn origin(&self) -> Origin {
        Origin::File {
            name: self.name.to_owned(),
            sha256: digest(self.content),
        }
    }
}

/// By which mapping a file is read.
pub enum MappingChoice<'a> {
    /// The one that knows most of its columns.
    Fitting,
    /// One of the rules, by id.
    Named(&'a str),
    /// One that somebody brought along.
    Brought(&'a SourceFile),
}

/// Why a file cannot be checked. Shown to whoever checks it, hence in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The workbook or table cannot be read.
    #[error("{0}")]
    Book(#[from] BookError),
    /// The lines are no text that can be read.
    #[error("文件的文字不是 UTF-8，也不是 GB18030")]
    Encoding,
    /// Nothing stands in it.
    #[error("文件里没有内容")]
    Empty,
    /// There are too many lines.
    #[error("文件太长：最多{LINES_MAX}行，请分成几个文件")]
    TooLong,
    /// No mapping knows its columns.
    #[error(
        "没有认得这些栏的导入：{0}。栏名照内置的一览表写，或者照规则文件的写法另写一个导入，再指定它"
    )]
    NoMapping(String),
    /// Several mappings know it equally well.
    #[error("有几个导入都认得这些栏：{0}。请指定用哪一个")]
    WhichMapping(String),
    /// There is no mapping of this id.
    #[error("没有导入“{0}”；有：{1}")]
    NoSuchMapping(String, String),
    /// The mapping does not fit the file.
    #[error("导入“{0}”不认得这个文件：没有写案号的栏，或者一栏也认不出")]
    Unfit(String),
    /// The mapping has mistakes.
    #[error("导入文件有错误：\n{0}")]
    Mapping(RuleErrors),
    /// The mappings under `rules/imports/` have mistakes.
    #[error("规则文件有错误：\n{0}")]
    Rules(RuleErrors),
    /// A heading stands twice.
    #[error(
        "“{sheet}”第{line}行的栏名“{heading}”写了两次（{columns}列）；合并的表头请拆开，各栏写不同的栏名"
    )]
    DoubledHeading {
        /// The sheet.
        sheet: String,
        /// The line of the headings.
        line: u32,
        /// The heading.
        heading: String,
        /// The columns by letter.
        columns: String,
    },
    /// The mapping leaves the procedure open and nobody named one.
    #[error("这个导入没有写程序，请指定按哪个程序判断：{0}")]
    WhichProcedure(String),
    /// Another procedure was asked for than the mapping's.
    #[error("导入“{mapping}”按程序“{of}”判断，不能按“{asked}”判断")]
    OtherProcedure {
        /// The mapping.
        mapping: String,
        /// Its procedure.
        of: String,
        /// What was asked for.
        asked: String,
    },
    /// There is no procedure of this id.
    #[error("没有程序“{0}”")]
    NoSuchProcedure(String),
    /// Some rows name a procedure, others none, and nobody named one for them.
    #[error(
        "有{rows}行没有写程序（先见于{first}），导入也没有写；请在“程序”栏写上，或者指定没有写的按哪个程序判断"
    )]
    RowsWithoutProcedure {
        /// How many.
        rows: usize,
        /// Where the first one stands.
        first: String,
    },
    /// Rows name procedures that there are none of.
    #[error("“程序”栏写的程序没有：{0}；可以写中文名称或者标识：{1}")]
    UnknownProcedures(String, String),
}

/// What a file tells.
pub struct Told {
    /// The procedure by which it is judged.
    pub procedure: String,
    /// The mapping; nothing for the notation of our own.
    pub mapping: Option<UsedMapping>,
    /// Its cases.
    pub history: ToldHistory,
    /// Columns and sheets that nobody read.
    pub unread: Vec<String>,
}

/// The procedure of acts that name none.
const USUAL_PROCEDURE: &str = "penalty.ordinary";

fn digest(content: &[u8]) -> String {
    let bytes: [u8; 32] = Sha256::digest(content).into();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) enum Content {
    Book(Book),
    Lines(String),
}

fn content(material: &Material<'_>) -> Result<Content, HistoryError> {
    let ending = material.name.rsplit_once('.').map(|(_, ending)| ending);
    let is = |wanted: &str| ending.is_some_and(|it| it.eq_ignore_ascii_case(wanted));
    if ["xlsx", "csv", "xls", "xlsm"].into_iter().any(is) || material.content.starts_with(b"PK") {
        return Ok(Content::Book(Book::of(
            material.name,
            material.content.to_vec(),
        )?));
    }
    let (text, _, is_damaged) = encoding_rs::UTF_8.decode(material.content);
    let (text, is_damaged) = match is_damaged {
        true => {
            let (text, _, is_damaged) = encoding_rs::GB18030.decode(material.content);
            (text, is_damaged)
        }
        false => (text, false),
    };
    if is_damaged || text.contains('\0') {
        return Err(HistoryError::Encoding);
    }
    if text.lines().count() > LINES_MAX {
        return Err(HistoryError::TooLong);
    }
    Ok(Content::Lines(text.into_owned()))
}

/// Reads a file by its mapping: what its rows tell, for each procedure that they name. Rows that name none are of the
/// procedure that was asked for, otherwise of the mapping's.
pub(super) fn read(
    bench: &Bench<'_>,
    material: &Material<'_>,
    choice: &MappingChoice<'_>,
    procedure: Option<&str>,
) -> Result<Vec<Told>, HistoryError> {
    let content = content(material)?;
    let rules = bench.rules;
    let (all, brought) = match choice {
        MappingChoice::Brought(file) => {
            let own = import(rules, file).map_err(HistoryError::Mapping)?;
            (vec![own], Some(*file))
        }
        MappingChoice::Fitting => (imports(rules).map_err(HistoryError::Rules)?, None),
        MappingChoice::Named(id) => {
            let all = imports(rules).map_err(HistoryError::Rules)?;
            let ids = all.iter().map(|it| it.id.as_str()).collect::<Vec<_>>();
            let ids = ids.join("、");
            let named: Vec<Import> = all.into_iter().filter(|it| it.id == **id).collect();
            if named.is_empty() {
                return Err(HistoryError::NoSuchMapping((*id).to_owned(), ids));
            }
            (named, None)
        }
    };
    let reading = Reading {
        bench,
        all,
        is_chosen: !matches!(choice, MappingChoice::Fitting),
        brought,
    };
    let parts = split(content, &reading.all, rules)?;
    let told = parts.into_iter().map(|part| {
        let procedure = part.procedure.as_deref().or(procedure);
        let told = reading.part(&part.content, procedure);
        told.map_err(|error| match error {
            HistoryError::WhichProcedure(_) if part.rows > 0 => {
                HistoryError::RowsWithoutProcedure {
                    rows: part.rows,
                    first: part.first,
                }
            }
            error => error,
        })
    });
    told.collect()
}

/// The mappings that may read a file.
struct Reading<'a> {
    bench: &'a Bench<'a>,
    all: Vec<Import>,
    is_chosen: bool,
    brought: Option<&'a SourceFile>,
}

impl Reading<'_> {
    /// What the rows of one procedure tell.
    fn part(&self, content: &Content, procedure: Option<&str>) -> Result<Told, HistoryError> {
        let (bench, all, brought) = (self.bench, &self.all, self.brought);
        let rules = bench.rules;
        let seen = seen(content, all);
        if seen.is_empty() {
            return Err(HistoryError::Empty);
        }
        let mapping = match chosen(all, &seen, procedure, self.is_chosen) {
            Ok(mapping) => mapping,
            // Acts in the notation of our own need no mapping.
            Err(HistoryError::NoMapping(_))
                if let Content::Lines(text) = content
                    && is_own_notation(&seen) =>
            {
                let procedure = procedure.unwrap_or(USUAL_PROCEDURE);
                let declared = rules.procedure(procedure);
                let declared =
                    declared.ok_or_else(|| HistoryError::NoSuchProcedure(procedure.to_owned()))?;
                let (cases, problems) = bench.replay(declared).read(text);
                let history = ToldHistory::of(cases.into_iter().collect(), problems);
                return Ok(Told {
                    procedure: procedure.to_owned(),
                    mapping: None,
                    history,
                    unread: Vec::new(),
                });
            }
            Err(error) => return Err(error),
        };
        let procedure = procedure_of(bench, mapping, procedure)?;
        let declared = rules.procedure(&procedure);
        let declared = declared.ok_or_else(|| HistoryError::NoSuchProcedure(procedure.clone()))?;
        let replay = bench.replay(declared);
        let mut history = ToldHistory::default();
        let mut unread = Vec::new();
        match content {
            Content::Lines(text) => tell_lines(mapping, &replay, text, &mut history),
            Content::Book(book) => {
                for sheet in &book.sheets {
                    if !tell_sheet(mapping, &replay, sheet, &mut history)? {
                        unread.push(format!("“{}”这张表没有读：没有认得的栏", sheet.name));
                    }
                }
            }
        }
        let columns = history.unread.iter().filter(|(name, _)| !is_column(name));
        unread.extend(
            columns.map(|(heading, rows)| format!("“{heading}”栏没有读（{rows}行有内容）")),
        );
        Ok(Told {
            procedure,
            mapping: Some(UsedMapping {
                id: mapping.id.clone(),
                name: mapping.name.clone(),
                digest: match brought {
                    Some(file) => digest(file.text.as_bytes()),
                    None => rules.digest.clone(),
                },
                file: brought.map(|file| file.path.clone()),
            }),
            history,
            unread,
        })
    }
}

/// Headings of the file, those of each sheet under the mapping that knows most of them.
fn seen(content: &Content, all: &[Import]) -> Vec<BTreeSet<String>> {
    match content {
        Content::Lines(text) => {
            // Records need not all have the same columns.
            let lines = text.lines().filter(|line| !line.trim().is_empty()).take(50);
            let mut headings = BTreeSet::new();
            for line in lines {
                let record = serde_json::from_str(line).unwrap_or_default();
                let row = Row::of_json(&record, Place::line(1));
                headings.extend(row.cells.iter().map(|(heading, _)| heading.to_string()));
            }
            match text.trim().is_empty() {
                true => Vec::new(),
                false => vec![headings],
            }
        }
        Content::Book(book) => {
            let headings = |sheet: &Sheet| {
                let known = |name: &str| all.iter().any(|import| import.knows(name));
                let table = sheet.table(known);
                let first = || sheet.first_line();
                let columns = table.map_or_else(first, |table| table.columns);
                columns.into_iter().map(|(_, name)| name).collect()
            };
            let sheets = book.sheets.iter().map(headings);
            sheets
                .filter(|it: &BTreeSet<String>| !it.is_empty())
                .collect()
        }
    }
}

fn is_own_notation(seen: &[BTreeSet<String>]) -> bool {
    seen.iter()
        .any(|it| it.contains("case") && (it.contains("act") || it.contains("on")))
}

fn chosen<'i>(
    all: &'i [Import],
    seen: &[BTreeSet<String>],
    procedure: Option<&str>,
    is_chosen: bool,
) -> Result<&'i Import, HistoryError> {
    let fit = |import: &Import| {
        let sheets = seen.iter();
        let fits = sheets.map(|it| import.fit(it.iter().map(String::as_str)));
        fits.max().unwrap_or(0)
    };
    let of_procedure = |import: &&Import| {
        let own = import.procedure.as_deref();
        is_chosen || procedure.is_none() || own.is_none() || own == procedure
    };
    let mut fitting: Vec<(usize, &Import)> = all
        .iter()
        .filter(of_procedure)
        .map(|import| (fit(import), import))
        // A single known heading may be chance.
        .filter(|(fit, _)| *fit >= if is_chosen { 1 } else { 2 })
        .collect();
    let most = fitting.iter().map(|(fit, _)| *fit).max().unwrap_or(0);
    fitting.retain(|(fit, _)| *fit == most);
    match fitting.as_slice() {
        [(_, only)] => Ok(only),
        [] if is_chosen => {
            let id = all.first().map_or("", |import| import.id.as_str());
            Err(HistoryError::Unfit(id.to_owned()))
        }
        [] => {
            let headings: BTreeSet<&str> = seen.iter().flatten().map(String::as_str).collect();
            let headings: Vec<&str> = headings.into_iter().take(12).collect();
            Err(HistoryError::NoMapping(headings.join("、")))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|(_, it)| it.id.as_str()).collect();
            Err(HistoryError::WhichMapping(ids.join("、")))
        }
    }
}

fn procedure_of(
    bench: &Bench<'_>,
    mapping: &Import,
    asked: Option<&str>,
) -> Result<String, HistoryError> {
    match (&mapping.procedure, asked) {
        (Some(of), Some(asked)) if of != asked => Err(HistoryError::OtherProcedure {
            mapping: mapping.id.clone(),
            of: of.clone(),
            asked: asked.to_owned(),
        }),
        (Some(of), _) => Ok(of.clone()),
        (None, Some(asked)) => Ok(asked.to_owned()),
        (None, None) => {
            let all = bench.rules.procedures.iter().map(|it| it.id.as_str());
            let all: Vec<&str> = all.collect();
            Err(HistoryError::WhichProcedure(all.join("、")))
        }
    }
}

fn tell_lines(mapping: &Import, replay: &Replay<'_>, text: &str, history: &mut ToldHistory) {
    for (line, number) in text.lines().zip(1u32..) {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(record) => {
                let row = Row::of_json(&record, Place::line(number));
                mapping.tell_row(replay, &row, history);
            }
            Err(error) => {
                let problem = format!("第{number}行看不懂：{error}");
                history.problems.push(problem);
            }
        }
    }
}

/// Tells the lines of a sheet; `false` where it has no heading that is known.
fn tell_sheet(
    mapping: &Import,
    replay: &Replay<'_>,
    sheet: &Sheet,
    history: &mut ToldHistory,
) -> Result<bool, HistoryError> {
    let Some(table) = sheet.table(|name| mapping.knows(name)) else {
        return Ok(false);
    };
    let mut columns: Vec<(u32, Arc<str>)> = Vec::new();
    for (column, name) in &table.columns {
        let twin = columns.iter().find(|(_, known)| **known == **name);
        if let Some((first, _)) = twin
            && mapping.knows(name)
        {
            return Err(HistoryError::DoubledHeading {
                sheet: sheet.name.clone(),
                line: table.head,
                heading: name.clone(),
                columns: format!("{}、{}", letters(*first), letters(*column)),
            });
        }
        columns.push((*column, name.as_str().into()));
    }
    let name: Arc<str> = sheet.name.as_str().into();
    let nowhere: Arc<str> = "".into();
    for line in &table.lines {
        let cells = columns.iter().filter_map(|(column, heading)| {
            let field = field(line.cell(*column)?)?;
            Some((Arc::clone(heading), field))
        });
        let row = Row {
            place: Place::Cell {
                sheet: Arc::clone(&name),
                line: line.number,
                column: Arc::clone(&nowhere),
            },
            cells: cells.collect(),
        };
        mapping.tell_row(replay, &row, history);
        for column in line.columns() {
            if !columns.iter().any(|(known, _)| *known == column) {
                let place = format!("“{name}”{}{}格", letters(column), line.number);
                let problem = format!("{place}在没有栏名的列里，没有读");
                history.problems.push(problem);
            }
        }
    }
    Ok(true)
}

fn field(cell: &Cell) -> Option<Field> {
    match cell.text() {
        Ok(text) if text.is_empty() => None,
        // A date that the workbook counts in days is read where it is one.
        Ok(text) => Some(match cell {
            Cell::Number(_) => match cell.moment() {
                Ok(moment) if is_serial(cell) => Field::Serial(text, moment),
                _ => Field::Text(text),
            },
            _ => Field::Text(text),
        }),
        Err(why) => Some(Field::Wrong(why)),
    }
}

/// Whether a number counts days, rather than writing them as `20260305`.
fn is_serial(cell: &Cell) -> bool {
    matches!(cell, Cell::Number(number) if *number < 100_000.0)
}

/// The letters of a column, as office programs show them.
fn letters(column: u32) -> String {
    let mut rest = column + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        let digit = (rest - 1) % 26;
        letters.push(char::from(b'A' + u8::try_from(digit).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}
