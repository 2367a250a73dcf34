//! The report as tables: a workbook of four sheets, a table of values, JSON lines.

use super::report::{Report, grades, mean, shown, whose};
use casework::appraisal::AgencySummary;
use casework::replay::{Judgment, Severity};
use sheet::{Cell, Sheet, SheetError};

/// The longest text that a cell of a workbook holds.
const TEXT_LONGEST: usize = 32_000;

/// The report as a workbook: 评查得分, 问题清单, 待查事项, 机关汇总, and on what it rests.
pub fn workbook(report: &Report) -> Result<Vec<u8>, SheetError> {
    sheet::workbook_of(&[
        scores(report),
        departures(report),
        to_look_up(report),
        agencies(report),
        basis(report),
    ])
}

/// The departures as a table of values, with the mark that office programs look for.
pub fn comma_separated(report: &Report) -> Result<Vec<u8>, csv::Error> {
    let list = departures(report);
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(list.columns.iter().map(|(name, _)| name.as_str()))?;
    for row in &list.rows {
        writer.write_record(row.iter().map(plain))?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

/// The cases as JSON lines, one each, after a line that says on what they rest.
pub fn json_lines(report: &Report) -> Result<String, serde_json::Error> {
    let mut head = serde_json::to_value(report)?;
    if let Some(fields) = head.as_object_mut() {
        fields.remove("cases");
    }
    let mut out = head.to_string();
    out.push('\n');
    for case in &report.cases {
        out.push_str(&serde_json::to_string(case)?);
        out.push('\n');
    }
    Ok(out)
}

/// A cell as text. What an office program would take for a formula is marked as text.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Date(day) => day.to_string(),
    }
}

fn text(text: impl Into<String>) -> Cell {
    let text: String = text.into();
    Cell::from(match text.char_indices().nth(TEXT_LONGEST) {
        Some((end, _)) => format!("{}……", text.get(..end).unwrap_or(&text)),
        None => text,
    })
}

fn count(count: usize) -> Cell {
    Cell::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

fn list(name: &str, columns: &[(&str, u16)], rows: Vec<Vec<Cell>>) -> Sheet {
    let columns = columns.iter();
    Sheet {
        name: name.to_owned(),
        columns: columns
            .map(|(name, width)| ((*name).to_owned(), *width))
            .collect(),
        rows,
    }
}

fn scores(report: &Report) -> Sheet {
    let rows = report.cases.iter().map(|case| {
        let appraisal = &case.appraisal;
        let state = match (appraisal.score, appraisal.is_provisional) {
            (None, _) => "没有可以判断的，无从评分",
            (Some(_), true) => "暂评：还有待查或者读不懂的",
            (Some(_), false) => "",
        };
        vec![
            text(&case.answer.case),
            text(case.answer.agency.clone().unwrap_or_default()),
            appraisal.score.map_or(Cell::Empty, Cell::Number),
            text(appraisal.grade.clone().unwrap_or_default()),
            text(state),
            text(appraisal.vetoes.join("、")),
            count(appraisal.kept),
            count(appraisal.departed),
            count(appraisal.to_look_up),
            text(case.answer.problems.join("\n")),
            text(&case.procedure_name),
        ]
    });
    list(
        "评查得分",
        &[
            ("案件", 18),
            ("机关", 26),
            ("得分", 8),
            ("等次", 10),
            ("说明", 24),
            ("否决项", 18),
            ("符合", 8),
            ("违反", 8),
            ("待查", 8),
            ("读不懂的", 50),
            ("程序", 18),
        ],
        rows.collect(),
    )
}

fn departures(report: &Report) -> Sheet {
    let mut rows = Vec::new();
    for case in &report.cases {
        for one in case.of(Judgment::Departed) {
            for (at, departure) in one.departures.iter().enumerate() {
                // Each rule costs once.
                let deducted = if at == 0 { case.deducted(&one.rule) } else { 0 };
                rows.push(vec![
                    text(&case.answer.case),
                    text(case.answer.agency.clone().unwrap_or_default()),
                    text(&departure.phase),
                    text(&one.rule),
                    text(one.severity.chinese()),
                    Cell::Number(deducted),
                    text(format!("{}{}", departure.reason, whose(departure.by))),
                    text(&one.basis),
                    text(if one.is_basis_open {
                        "依据待核"
                    } else {
                        ""
                    }),
                    text(report.origin.name()),
                    text(shown(&departure.shown)),
                ]);
            }
        }
    }
    list(
        "问题清单",
        &[
            ("案件", 18),
            ("机关", 26),
            ("阶段", 12),
            ("规则", 22),
            ("程度", 8),
            ("扣分", 8),
            ("问题", 60),
            ("依据", 40),
            ("依据核实", 12),
            ("文件", 24),
            ("见于", 50),
        ],
        rows,
    )
}

fn to_look_up(report: &Report) -> Sheet {
    let mut rows = Vec::new();
    for case in &report.cases {
        for one in case.of(Judgment::CannotBeJudged) {
            rows.push(vec![
                text(&case.answer.case),
                text(case.answer.agency.clone().unwrap_or_default()),
                text(&one.rule),
                text(&one.reason),
                text(&one.basis),
            ]);
        }
    }
    list(
        "待查事项",
        &[
            ("案件", 18),
            ("机关", 26),
            ("规则", 22),
            ("缺什么", 60),
            ("依据", 40),
        ],
        rows,
    )
}

fn agencies(report: &Report) -> Sheet {
    let row = |agency: &AgencySummary| {
        let frequent = agency.frequent.iter();
        let frequent: Vec<String> = frequent
            .map(|it| {
                format!(
                    "{}件：{} {}（例如{}）",
                    it.cases, it.rule, it.basis, it.such_as
                )
            })
            .collect();
        let weighing = |severity: Severity| {
            let mut all = agency.departures.iter();
            count(all.find(|(it, _)| *it == severity).map_or(0, |(_, n)| *n))
        };
        vec![
            text(&agency.agency),
            count(agency.cases),
            count(agency.scored),
            text(agency.mean_tenths.map(mean).unwrap_or_default()),
            text(grades(agency)),
            weighing(Severity::Grave),
            weighing(Severity::Ordinary),
            weighing(Severity::Slight),
            text(frequent.join("\n")),
        ]
    };
    list(
        "机关汇总",
        &[
            ("机关", 26),
            ("案件数", 8),
            ("评分数", 8),
            ("平均分", 8),
            ("等次", 30),
            ("严重", 8),
            ("一般", 8),
            ("轻微", 8),
            ("违反最多的", 70),
        ],
        report.agencies.iter().map(row).collect(),
    )
}

fn basis(report: &Report) -> Sheet {
    let mapped = report.mappings().map(|it| {
        let file = it.file.as_deref().unwrap_or("内置");
        format!("{} {}（{file}），摘要{}", it.id, it.name, it.digest)
    });
    let mapped = mapped.collect::<Vec<_>>().join("\n");
    let mapped = match mapped.is_empty() {
        true => "不需要".to_owned(),
        false => mapped,
    };
    let file = match &report.origin {
        super::Origin::File { name, sha256 } => format!("{name}，摘要{sha256}"),
        super::Origin::Record { cases } => format!("本机关的记录，{cases}件"),
    };
    let lines = [
        ("检查的材料", file),
        (
            "程序",
            format!("{} {}", report.procedure, report.procedure_name),
        ),
        ("导入", mapped),
        (
            "是否写全",
            match report.is_complete {
                true => "写全了整个案卷，没有写的按没有做处理",
                false => "没有写的按不明处理，导入另有规定的除外",
            }
            .to_owned(),
        ),
        ("规则版本", report.rules.clone()),
        ("评分表", report.score_table.clone()),
        ("评分表说明", report.score_note.clone()),
        ("检查日", report.today.to_string()),
        ("没有读的", report.unread.join("\n")),
        ("读不懂的", report.problems.join("\n")),
    ];
    let rows = lines.into_iter();
    list(
        "检查所据",
        &[("项目", 16), ("内容", 100)],
        rows.map(|(name, value)| vec![text(name), text(value)])
            .collect(),
    )
}
