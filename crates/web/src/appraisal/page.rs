//! The page: the form, and what was found.

use super::read::Form;
use crate::components::status::{Status, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::fault::Fault;
use crate::frame::Frame;
use crate::session::Signed;
use crate::wording::day_of;
use app::Office;
use app::kept_mappings::KeptMapping;
use askama::Template;
use casework::appraisal::AgencySummary;
use casework::replay::{Judgment, Severity, imports};
use intake::history::{CaseReport, Report};
use law::model::Duty;

/// Chosen as the mapping: the one that is brought along.
pub(super) const OWN: &str = "own";
/// Chosen as the mapping: one that the agency keeps; its name follows.
pub(super) const KEPT: &str = "kept:";
/// So many cases stand on the page one by one; the workbook has them all.
const CASES_SHOWN: usize = 60;

/// What is wrong in the form, at which field.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors(Vec<(&'static str, String)>);

impl Errors {
    pub(super) fn say(&mut self, field: &'static str, text: impl Into<String>) {
        self.0.push((field, text.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What somebody filled in.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) mapping: String,
    pub(super) procedure: String,
    /// The file tells whole dossiers.
    pub(super) is_complete: bool,
    /// The name of the file that was sent.
    pub(super) file: String,
    pub(super) mapping_file: Option<String>,
    /// What the file that was sent is known by.
    pub(super) kept: String,
    /// The name under which its mapping was to be kept, where that went wrong.
    pub(super) keep_as: Option<String>,
    /// The part about the own record.
    pub(super) own: OwnWanted,
}

/// What was asked of the own record.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnWanted {
    pub(super) procedure: String,
    /// Where the cases begin that were not looked at yet; empty where there are none.
    pub(super) next: String,
    /// What the result is known by.
    pub(super) kept: String,
}

/// The form about the own record.
pub(super) struct OwnPage {
    procedures: Vec<Choice>,
    next: String,
    chosen: String,
}

impl Wanted {
    pub(super) fn of(form: &Form) -> Wanted {
        Wanted {
            mapping: form.one("mapping").to_owned(),
            procedure: form.one("procedure").to_owned(),
            is_complete: !form.one("complete").is_empty(),
            ..Wanted::default()
        }
    }
}

type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "appraisal.html")]
pub(super) struct AppraisalPage {
    frame: Frame,
    token: String,
    errors: Vec<(&'static str, String)>,
    file: String,
    kept: String,
    mapping_file: Option<String>,
    mappings: Vec<Choice>,
    /// The mappings that the agency keeps: name, file, day and text.
    kept_mappings: Vec<(String, String, String, String)>,
    /// The name under which the mapping of this check may be kept; nothing where there is none to keep.
    keep_as: Option<String>,
    procedures: Vec<Choice>,
    is_complete: bool,
    own: OwnPage,
    found: Option<Found>,
}

impl AppraisalPage {
    fn wrong<'e>(&'e self, field: &'e str) -> impl Iterator<Item = &'e String> {
        let errors = self.errors.iter();
        errors
            .filter(move |(of, _)| *of == field)
            .map(|(_, text)| text)
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.wrong(field).next().is_some()
    }
}

/// What was found.
struct Found {
    /// What it is known by for taking it along.
    kept: String,
    file: String,
    procedure: String,
    mapping: Option<String>,
    digests: Vec<(&'static str, String)>,
    score_note: String,
    sums: Vec<(&'static str, usize)>,
    notes: Vec<String>,
    agencies: Option<Table>,
    scores: Table,
    cards: Vec<Card>,
    left: usize,
}

/// A case with what it departs from.
struct Card {
    /// The page of the case, where it is one of the own record.
    href: Option<String>,
    name: String,
    agency: String,
    /// Where the cases are of several.
    procedure: String,
    state: Status,
    counts: String,
    vetoes: String,
    problems: Vec<String>,
    departures: Vec<Line>,
    to_look_up: Vec<(String, String)>,
}

/// A departure.
struct Line {
    severity: Status,
    reason: String,
    whose: &'static str,
    basis: String,
    deducted: i64,
    shown: Vec<String>,
}

/// The page with the form as it was filled.
pub(super) fn form(
    office: &Office,
    signed: &Signed,
    (wanted, kept): (&Wanted, &[KeptMapping]),
    errors: Errors,
    report: Option<&Report>,
) -> Result<AppraisalPage, Fault> {
    let context = office.context();
    let known = imports(&context.rules).map_err(|errors| Fault::Unexpected(errors.into()))?;
    let choice = |id: &str, name: String, chosen: &str| (id.to_owned(), name, id == chosen);
    let mut mappings = vec![choice("", "按栏名自动选".to_owned(), &wanted.mapping)];
    mappings.extend(
        known
            .iter()
            .map(|it| choice(&it.id, it.name.clone(), &wanted.mapping)),
    );
    mappings.extend(kept.iter().map(|it| {
        let id = format!("{KEPT}{}", it.name);
        choice(&id, format!("本机关保留的：{}", it.name), &wanted.mapping)
    }));
    mappings.push(choice(OWN, "自己写的导入文件".to_owned(), &wanted.mapping));
    let is_brought = wanted.mapping == OWN && !wanted.kept.is_empty();
    let used = report.and_then(|it| it.mapping.as_ref());
    let keep_as = used.filter(|_| is_brought).map(|used| {
        let asked = wanted.keep_as.clone();
        asked.unwrap_or_else(|| used.name.clone())
    });
    let mut procedures = vec![choice(
        "",
        "照材料的“程序”栏或者导入写的".to_owned(),
        &wanted.procedure,
    )];
    let all = context.rules.procedures.iter();
    procedures.extend(all.map(|it| choice(&it.id, it.name.clone(), &wanted.procedure)));
    Ok(AppraisalPage {
        frame: Frame::of(office).at("/supervision"),
        token: signed.form_token.clone(),
        errors: errors.0,
        file: wanted.file.clone(),
        kept: wanted.kept.clone(),
        own: OwnPage {
            procedures: context
                .rules
                .procedures
                .iter()
                .map(|it| choice(&it.id, it.name.clone(), &wanted.own.procedure))
                .collect(),
            next: wanted.own.next.clone(),
            chosen: wanted.own.procedure.clone(),
        },
        mapping_file: wanted.mapping_file.clone(),
        mappings,
        kept_mappings: kept
            .iter()
            .map(|it| {
                let day = day_of(it.at).chinese();
                (it.name.clone(), it.file.clone(), day, it.text.clone())
            })
            .collect(),
        keep_as,
        procedures,
        is_complete: wanted.is_complete,
        found: report.map(|report| {
            let of_own = Some(&wanted.own.kept).filter(|it| !it.is_empty());
            found(report, of_own.unwrap_or(&wanted.kept))
        }),
    })
}

fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Grave => Tone::Bad,
        Severity::Ordinary => Tone::Caution,
        Severity::Slight => Tone::Plain,
    }
}

/// The score of a case, as heavy as what it departs from.
fn state(case: &CaseReport) -> Status {
    let appraisal = &case.appraisal;
    let heaviest = appraisal.deductions.iter().map(|it| it.severity).max();
    let tone = match (appraisal.score, heaviest) {
        (None, _) => Tone::Plain,
        (Some(_), None) => Tone::Good,
        (Some(_), Some(severity)) => tone(severity),
    };
    Status::new(case.score(), tone)
}

fn found(report: &Report, kept: &str) -> Found {
    let is_own = matches!(report.origin, intake::history::Origin::Record { .. });
    let sum = |of: fn(&CaseReport) -> usize| report.cases.iter().map(of).sum();
    let mut digests = Vec::new();
    if let intake::history::Origin::File { sha256, .. } = &report.origin {
        digests.push(("文件", sha256.clone()));
    }
    for mapping in report.mappings() {
        digests.push(("导入", mapping.digest.clone()));
    }
    digests.push(("规则", report.rules.clone()));
    let departed = |case: &&CaseReport| case.appraisal.departed > 0;
    let mut order: Vec<&CaseReport> = report.cases.iter().filter(departed).collect();
    order.extend(report.cases.iter().filter(|case| !departed(case)));
    Found {
        kept: kept.to_owned(),
        file: report.origin.name().to_owned(),
        procedure: report.procedure_name.clone(),
        mapping: {
            let names = report.mappings().map(|it| match &it.file {
                Some(file) => format!("{}（{file}）", it.name),
                None => it.name.clone(),
            });
            let names = names.collect::<Vec<_>>().join("、");
            Some(names).filter(|it| !it.is_empty())
        },
        digests,
        score_note: report.score_note.clone(),
        sums: vec![
            ("件案件", report.cases.len()),
            ("条符合", sum(|it| it.appraisal.kept)),
            ("条违反", sum(|it| it.appraisal.departed)),
            ("条待查", sum(|it| it.appraisal.to_look_up)),
        ],
        notes: report
            .problems
            .iter()
            .chain(&report.unread)
            .cloned()
            .collect(),
        agencies: agencies(&report.agencies),
        scores: scores(report),
        cards: order
            .iter()
            .take(CASES_SHOWN)
            .map(|it| card(it, (is_own, report.is_mixed())))
            .collect(),
        left: order.len().saturating_sub(CASES_SHOWN),
    }
}

fn scores(report: &Report) -> Table {
    let row = |case: &CaseReport| {
        let appraisal = &case.appraisal;
        vec![
            Cell::Text(case.answer.case.clone()),
            match &case.answer.agency {
                Some(agency) => Cell::Text(agency.clone()),
                None => Cell::Absent("没有写"),
            },
            Cell::Status(state(case)),
            Cell::Text(appraisal.kept.to_string()),
            Cell::Text(appraisal.departed.to_string()),
            Cell::Text(appraisal.to_look_up.to_string()),
        ]
    };
    Table {
        caption: "各案得分".to_owned(),
        columns: vec![
            Column::text("案件"),
            Column::text("机关"),
            Column::text("得分"),
            Column::figure("符合"),
            Column::figure("违反"),
            Column::figure("待查"),
        ],
        rows: report.cases.iter().take(CASES_SHOWN).map(row).collect(),
    }
}

fn agencies(all: &[AgencySummary]) -> Option<Table> {
    let row = |agency: &AgencySummary| {
        let grades = agency.grades.iter().filter(|(_, count)| *count > 0);
        let grades: Vec<String> = grades
            .map(|(name, count)| format!("{name}{count}件"))
            .collect();
        let frequent = agency.frequent.iter().take(2);
        let frequent: Vec<String> = frequent
            .map(|it| format!("{}（{}件），例如：{}", it.rule, it.cases, it.such_as))
            .collect();
        vec![
            match agency.agency.as_str() {
                "" => Cell::Absent("没有写机关"),
                name => Cell::Text(name.to_owned()),
            },
            Cell::Text(agency.cases.to_string()),
            match agency.mean_tenths {
                Some(tenths) => Cell::Text(format!("{}.{}", tenths / 10, tenths % 10)),
                None => Cell::Absent("无从评分"),
            },
            match grades.is_empty() {
                true => Cell::Absent("无"),
                false => Cell::Text(grades.join("，")),
            },
            match frequent.is_empty() {
                true => Cell::Absent("无"),
                false => Cell::Text(frequent.join("，")),
            },
        ]
    };
    (!all.is_empty()).then(|| Table {
        caption: "各机关的得分".to_owned(),
        columns: vec![
            Column::text("机关"),
            Column::figure("案件"),
            Column::figure("平均分"),
            Column::text("等次"),
            Column::text("违反最多的"),
        ],
        rows: all.iter().map(row).collect(),
    })
}

fn card(case: &CaseReport, (is_own, is_mixed): (bool, bool)) -> Card {
    let appraisal = &case.appraisal;
    let mut departures = Vec::new();
    for one in case.of(Judgment::Departed) {
        for (at, departure) in one.departures.iter().enumerate() {
            departures.push(Line {
                severity: Status::new(one.severity.chinese(), tone(one.severity)),
                reason: departure.reason.clone(),
                whose: match departure.by {
                    Duty::Agency => "",
                    other => other.chinese(),
                },
                basis: one.basis.clone(),
                // Each rule costs once.
                deducted: if at == 0 { case.deducted(&one.rule) } else { 0 },
                shown: departure.shown.iter().map(ToString::to_string).collect(),
            });
        }
    }
    // A case of the own record is named with its id behind.
    let id = case.answer.case.rsplit(' ').next().filter(|_| is_own);
    Card {
        href: id.map(|id| format!("/cases/{id}#timeline")),
        name: case.answer.case.clone(),
        agency: case.answer.agency.clone().unwrap_or_default(),
        procedure: match is_mixed {
            true => case.procedure_name.clone(),
            false => String::new(),
        },
        state: state(case),
        counts: format!(
            "符合{}条，违反{}条，待查{}条",
            appraisal.kept, appraisal.departed, appraisal.to_look_up
        ),
        vetoes: appraisal.vetoes.join("、"),
        problems: case.answer.problems.clone(),
        departures,
        to_look_up: case
            .of(Judgment::CannotBeJudged)
            .map(|one| (one.reason.clone(), one.basis.clone()))
            .collect(),
    }
}
