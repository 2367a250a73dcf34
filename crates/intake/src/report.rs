//! What became of the cases, to read on the screen or to keep as a workbook.

use crate::finding::Finding;
use crate::run::{CaseReport, Outcome, Owed, Report};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};
use std::fmt::Write as _;

/// The report as text.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.general {
        let _ = writeln!(out, "注意 {finding}");
    }
    for case in &report.cases {
        let _ = writeln!(out, "案件 {} {}", case.key, outcome(&case.outcome));
        if !case.title.is_empty() {
            let _ = writeln!(out, "  {}（{}）", case.title, case.parties);
            let _ = writeln!(out, "  现在：{}；扫描件{}份", case.step, case.scans);
        }
        let lists: [(&str, Vec<String>); 4] = [
            ("错误", case.errors.iter().map(Finding::to_string).collect()),
            ("应办", case.owed.iter().map(owed).collect()),
            (
                "与法不符",
                case.departures.iter().map(Finding::to_string).collect(),
            ),
            (
                "缺记载",
                case.missing.iter().map(Finding::to_string).collect(),
            ),
        ];
        for (name, lines) in lists {
            for line in lines {
                let _ = writeln!(out, "  {name} {line}");
            }
        }
    }
    let _ = writeln!(out, "{}", sum(report));
    out
}

fn sum(report: &Report) -> String {
    let count =
        |is: fn(&Outcome) -> bool| report.cases.iter().filter(|case| is(&case.outcome)).count();
    format!(
        "共{}件：可以接续{}件，已接续{}件，以前已接续{}件，没有接续{}件",
        report.cases.len(),
        count(|outcome| *outcome == Outcome::Fit),
        count(|outcome| matches!(outcome, Outcome::TakenOver { .. })),
        count(|outcome| matches!(outcome, Outcome::Repeated { .. })),
        count(|outcome| *outcome == Outcome::Refused),
    )
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Fit => "可以接续".to_owned(),
        Outcome::TakenOver { case_id } => format!("已接续 {case_id}"),
        Outcome::Repeated { case_id } => format!("以前已接续 {case_id}"),
        Outcome::Refused => "没有接续".to_owned(),
    }
}

fn owed(owed: &Owed) -> String {
    match (owed.due, owed.is_overdue) {
        (Some(due), true) => format!("{}（{}，已逾期）", owed.text, due.chinese()),
        (Some(due), false) => format!("{}（{}以前）", owed.text, due.chinese()),
        (None, _) => owed.text.clone(),
    }
}

/// The report as a workbook, one line a case.
pub fn workbook(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("接续结果")?;
    let bold = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let headings = [
        ("案件序号", 10),
        ("结果", 14),
        ("系统编号", 38),
        ("案由", 24),
        ("当事人", 20),
        ("现在", 24),
        ("应办", 50),
        ("错误", 50),
        ("与法不符", 50),
        ("缺记载", 40),
        ("扫描件", 8),
    ];
    for (column, (name, width)) in (0..).zip(headings) {
        sheet.write_with_format(0, column, name, &bold)?;
        sheet.set_column_width(column, width)?;
    }
    sheet.set_freeze_panes(1, 1)?;
    for (row, case) in (1..).zip(&report.cases) {
        for (column, text) in (0..).zip(cells(case)) {
            sheet.write_with_format(row, column, text, &wrapped)?;
        }
    }
    let below = u32::try_from(report.cases.len()).unwrap_or(u32::MAX - 2) + 2;
    sheet.write(below, 0, sum(report))?;
    for (row, finding) in (below + 1..).zip(&report.general) {
        sheet.write(row, 0, finding.to_string())?;
    }
    workbook.save_to_buffer()
}

fn cells(case: &CaseReport) -> [String; 11] {
    let lines = |findings: &[Finding]| {
        let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
        fitting(&lines.join("\n"))
    };
    let (result, id) = match &case.outcome {
        Outcome::Fit => ("可以接续", ""),
        Outcome::TakenOver { case_id } => ("已接续", case_id.as_str()),
        Outcome::Repeated { case_id } => ("以前已接续", case_id.as_str()),
        Outcome::Refused => ("没有接续", ""),
    };
    let owed: Vec<String> = case.owed.iter().map(owed).collect();
    [
        case.key.clone(),
        result.to_owned(),
        id.to_owned(),
        case.title.clone(),
        case.parties.clone(),
        case.step.clone(),
        fitting(&owed.join("\n")),
        lines(&case.errors),
        lines(&case.departures),
        lines(&case.missing),
        case.scans.to_string(),
    ]
}

/// A cell holds 32,767 characters and no more.
fn fitting(text: &str) -> String {
    text.chars().take(32_000).collect()
}
