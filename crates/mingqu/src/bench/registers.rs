//! A table of fifty thousand rows: written, read back, every cell checked, shown as changes, drafted and approved.

use super::report::{Limit, Report};
use crate::adapters::MachineClock;
use crate::office::{self, Layers, Place};
use anyhow::{Context as _, Result, ensure};
use app::ports::Clock;
use app::register::{BatchDrafting, BatchLine, RegisterName, Reviewing, Ruling, Standing};
use intake::Book;
use intake::roster::{self, Missing};
use serde_json::json;
use sheet::{Cell, Sheet};
use std::path::Path;
use std::sync::Arc;
use vocabulary::CreditCode;

/// The rows of the table.
const ROWS: u32 = 50_000;
/// Reading, checking and showing them may take so long, in milliseconds.
const WANTED_MS: u64 = 20_000;
/// Letters of a credit code (GB 32100).
const LETTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Measures the import of a list of enterprises.
pub(super) async fn measure(folder: &Path, report: &mut Report) -> Result<()> {
    let place = Place {
        data: folder.to_owned(),
        database: None,
    };
    let layers = Layers {
        rules: None,
        agency: None,
    };
    let opened = office::open(&place, &layers).await?;
    let office = &opened.office;
    let table = table()?;
    let bytes = sheet::workbook(&table)?;
    let size = bytes.len();
    let standing = office.fresh_standing().await?;
    let clock = MachineClock;

    let began = clock.now();
    let book = Book::of_xlsx(bytes)?;
    let parsed = clock.now();
    let lines = checked(&book, &standing)?;
    let checked = clock.now();
    let drafting = BatchDrafting {
        register: RegisterName::Enterprises,
        lines,
        effective_from: standing.day,
        by: somebody(&standing, false, 0)?,
        reason: "名录".to_owned(),
    };
    let draft = office.draft_batch(&drafting, "bench").await?;
    let drafted = clock.now();
    let reviewing = Reviewing {
        register: RegisterName::Enterprises,
        draft,
        is_passed: true,
        by: somebody(&standing, false, 1)?,
        opinion: String::new(),
    };
    office.review_change(&reviewing, "bench-reviewed").await?;
    let ruling = Ruling {
        register: RegisterName::Enterprises,
        draft,
        is_approved: true,
        by: somebody(&standing, true, 0)?,
        opinion: String::new(),
    };
    office.rule_on_change(&ruling, "bench-approved").await?;
    let approved = clock.now();
    let standing = office.fresh_standing().await?;
    let there = standing
        .rows(RegisterName::Enterprises, standing.day)
        .count();
    ensure!(there == usize::try_from(ROWS)?, "{there} rows are there");

    let took = |from: jiff::Timestamp, to: jiff::Timestamp| -> Result<u64> {
        Ok(u64::try_from(to.duration_since(from).as_millis())?)
    };
    let preview = took(began, checked)?;
    let whole = took(began, approved)?;
    report.line(
        "import_register",
        json!({
            "rows": ROWS,
            "bytes": size,
            "read_ms": took(began, parsed)?,
            "preview_ms": preview,
            "draft_ms": took(checked, drafted)?,
            "approve_ms": took(drafted, approved)?,
            "whole_ms": whole,
            "wanted_ms": WANTED_MS,
        }),
        &format!(
            "导入登记{ROWS}行（{}千字节的工作簿）  读取{}毫秒，连同逐格检查和预览{preview}毫秒，起草{}毫秒，审核和批准{}毫秒，共{whole}毫秒（要求{WANTED_MS}毫秒以内）",
            size / 1000,
            took(began, parsed)?,
            took(checked, drafted)?,
            took(drafted, approved)?,
        ),
    );
    report.judge(
        "导入五万行，预览、起草、审核和批准",
        whole,
        "毫秒",
        Limit::AtMost(WANTED_MS),
    );
    Ok(())
}

fn checked(book: &Book, standing: &Arc<Standing>) -> Result<Vec<BatchLine>> {
    let register = RegisterName::Enterprises;
    let read = roster::read(register, book, Missing::Stay, standing.day, standing)?;
    if let Some(finding) = read.findings.first() {
        anyhow::bail!("{finding}");
    }
    Ok(read.lines.into_iter().map(|it| it.line).collect())
}

/// Somebody of the agency, in charge or not: the first, or one of those after.
fn somebody(standing: &Standing, is_in_charge: bool, after: usize) -> Result<String> {
    let people = standing.file.people.iter();
    let mut fitting = people.filter(|it| it.level.is_some() == is_in_charge);
    Ok(fitting
        .nth(after)
        .context("somebody of the agency")?
        .id
        .clone())
}

fn table() -> Result<Sheet> {
    let columns = RegisterName::Enterprises.columns();
    let mut rows = Vec::new();
    for number in 0..ROWS {
        let text = |text: String| Cell::Text(text);
        let row = columns.iter().map(|column| {
            Ok(match column.id {
                "name" => text(format!("第{number}取水有限公司")),
                "code" => text(code(number)?),
                "kind" => text("企业".to_owned()),
                "representative" => text("某某".to_owned()),
                "address" => text(format!("潞州区某路{number}号")),
                "district" => text("潞州区".to_owned()),
                "is_key" if number % 10 == 0 => text("是".to_owned()),
                "trade" => text("水的生产和供应业".to_owned()),
                _ => Cell::Empty,
            })
        });
        rows.push(row.collect::<Result<Vec<Cell>>>()?);
    }
    Ok(Sheet {
        name: "企业名录".to_owned(),
        columns: columns
            .iter()
            .map(|column| (column.name.to_owned(), 20))
            .collect(),
        rows,
    })
}

/// A made-up code whose last letter is right.
fn code(number: u32) -> Result<String> {
    let stem = format!("91140403MA{number:07}");
    let found = LETTERS.iter().find_map(|letter| {
        let code = format!("{stem}{}", char::from(*letter));
        CreditCode::parse(&code).is_ok().then_some(code)
    });
    found.context("a letter that fits")
}
