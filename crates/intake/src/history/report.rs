//! What a check found, and on what it rests.

use casework::appraisal::{AgencySummary, Appraisal};
use casework::replay::{CaseAnswer, Judgment, RuleAnswer, Shown};
use law::model::Duty;
use serde::Serialize;
use std::fmt::Write as _;
use vocabulary::Day;

/// Where the history comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A file.
    File {
        /// Its name.
        name: String,
        /// SHA-256 of its bytes, in hex.
        sha256: String,
    },
    /// The own record.
    Record {
        /// How many cases were read.
        cases: usize,
    },
}

impl Origin {
    /// How it is named to people.
    pub fn name(&self) -> &str {
        match self {
            Origin::File { name, .. } => name,
            Origin::Record { .. } => "本机关的记录",
        }
    }
}

/// The mapping by which a file was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsedMapping {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of its file; of all rules where it is one of theirs.
    pub digest: String,
    /// Its file, where somebody brought it along.
    pub file: Option<String>,
}

/// A case with its answers and points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseReport {
    /// The procedure by which it was judged.
    pub procedure: String,
    /// The name of that procedure.
    pub procedure_name: String,
    /// The answers.
    #[serde(flatten)]
    pub answer: CaseAnswer,
    /// The points.
    pub appraisal: Appraisal,
}

impl CaseReport {
    /// The answers of one kind.
    pub fn of(&self, judgment: Judgment) -> impl Iterator<Item = &RuleAnswer> {
        let answers = self.answer.answers.iter();
        answers.filter(move |one| one.answer == judgment)
    }

    /// The points and the grade as they are shown.
    pub fn score(&self) -> String {
        let appraisal = &self.appraisal;
        let (Some(score), Some(grade)) = (appraisal.score, &appraisal.grade) else {
            return "无从评分".to_owned();
        };
        let is_provisional = match appraisal.is_provisional {
            true => "，暂评",
            false => "",
        };
        format!("{score}分，{grade}{is_provisional}")
    }

    /// What is deducted for a rule.
    pub fn deducted(&self, rule: &str) -> i64 {
        let mut deductions = self.appraisal.deductions.iter();
        deductions
            .find(|it| it.rule == rule)
            .map_or(0, |it| it.deducted)
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Where the history comes from.
    pub origin: Origin,
    /// The procedure by which it was judged; several with `、` between them.
    pub procedure: String,
    /// The name of the procedure; several with `、` between them.
    pub procedure_name: String,
    /// The mapping by which it was read; nothing where it needs none.
    pub mapping: Option<UsedMapping>,
    /// The mappings by which rows of other procedures were read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more_mappings: Vec<UsedMapping>,
    /// Whoever checked it said that it tells whole dossiers: what it does not tell did not happen.
    pub is_complete: bool,
    /// The edition of the rules.
    pub rules: String,
    /// The score table.
    pub score_table: String,
    /// What is to be said of the score table.
    pub score_note: String,
    /// The points of a dossier without a departure.
    pub full: i64,
    /// The day of judging.
    pub today: Day,
    /// What could not be read and belongs to no case.
    pub problems: Vec<String>,
    /// Columns and sheets that nobody read.
    pub unread: Vec<String>,
    /// The cases.
    pub cases: Vec<CaseReport>,
    /// What they show of each agency.
    pub agencies: Vec<AgencySummary>,
}

impl Report {
    /// The mappings by which it was read.
    pub fn mappings(&self) -> impl Iterator<Item = &UsedMapping> {
        self.mapping.iter().chain(&self.more_mappings)
    }

    /// Whether its cases are of more than one procedure.
    pub fn is_mixed(&self) -> bool {
        let mut cases = self.cases.iter();
        let first = cases.next();
        first.is_some_and(|first| cases.any(|case| case.procedure != first.procedure))
    }
}

/// Tenths of a point as they are shown.
pub(super) fn mean(tenths: i64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The entries of a departure, one after the other.
pub(super) fn shown(entries: &[Shown]) -> String {
    let all: Vec<String> = entries.iter().map(Shown::to_string).collect();
    all.join("；")
}

/// Whose departure it is, where it is not the agency's.
pub(super) fn whose(by: Duty) -> String {
    match by {
        Duty::Agency => String::new(),
        other => format!("（{}的，不扣分）", other.chinese()),
    }
}

/// The report as text; with every rule that was kept only where asked for.
pub fn text(report: &Report, is_whole: bool) -> String {
    let mut out = String::new();
    // Writing into a string does not fail.
    let _ = writeln!(
        out,
        "检查{}，按{}（{}），{}",
        report.origin.name(),
        report.procedure_name,
        report.procedure,
        report.today
    );
    for mapping in report.mappings() {
        let digest: String = mapping.digest.chars().take(12).collect();
        let _ = writeln!(out, "导入 {} {}，摘要{digest}", mapping.id, mapping.name);
    }
    if report.is_complete {
        let _ = writeln!(out, "材料写全了整个案卷：没有写的按没有做处理");
    }
    let _ = writeln!(out, "评分表 {}：{}", report.score_table, report.score_note);
    for problem in &report.problems {
        let _ = writeln!(out, "读不懂 {}：{problem}", report.origin.name());
    }
    for unread in &report.unread {
        let _ = writeln!(out, "注意 {unread}");
    }
    for case in &report.cases {
        let procedure = report.is_mixed().then_some(case.procedure_name.as_str());
        tell_case(case, procedure, is_whole, &mut out);
    }
    for agency in &report.agencies {
        tell_agency(agency, &mut out);
    }
    out
}

fn tell_case(case: &CaseReport, procedure: Option<&str>, is_whole: bool, out: &mut String) {
    let appraisal = &case.appraisal;
    let _ = write!(out, "{}", case.answer.case);
    if let Some(agency) = &case.answer.agency {
        let _ = write!(out, "（{agency}）");
    }
    if let Some(procedure) = procedure {
        let _ = write!(out, "【{procedure}】");
    }
    let _ = writeln!(
        out,
        "：符合{}条，违反{}条，不能判断{}条；{}",
        appraisal.kept,
        appraisal.departed,
        appraisal.to_look_up,
        case.score()
    );
    for problem in &case.answer.problems {
        let _ = writeln!(out, "  读不懂：{problem}");
    }
    if case.answer.answers.is_empty() {
        let _ = writeln!(
            out,
            "  没有可以判断的：没有读到行为，或者所适用的规则当时还没有施行"
        );
    }
    for one in &case.answer.answers {
        match one.answer {
            Judgment::Departed => {
                for departure in &one.departures {
                    let _ = writeln!(
                        out,
                        "  违反 {}（{}，扣{}分{}）：{}。{}。见{}",
                        one.rule,
                        one.severity.chinese(),
                        case.deducted(&one.rule),
                        whose(departure.by),
                        departure.reason,
                        one.basis,
                        shown(&departure.shown)
                    );
                }
            }
            Judgment::CannotBeJudged => {
                let _ = writeln!(out, "  待查 {}：{}。{}", one.rule, one.reason, one.basis);
            }
            Judgment::Kept if is_whole => {
                let _ = writeln!(out, "  符合 {}：{}。{}", one.rule, one.reason, one.basis);
            }
            Judgment::Kept => {}
        }
    }
    if !appraisal.vetoes.is_empty() {
        let _ = writeln!(out, "  否决项：{}", appraisal.vetoes.join("、"));
    }
}

fn tell_agency(agency: &AgencySummary, out: &mut String) {
    let name = match agency.agency.as_str() {
        "" => "没有写机关的",
        name => name,
    };
    let average = agency.mean_tenths.map_or("无从评分".to_owned(), |tenths| {
        format!("平均{}分", mean(tenths))
    });
    let _ = writeln!(
        out,
        "机关 {name}：{}件，评分{}件，{average}；{}",
        agency.cases,
        agency.scored,
        grades(agency)
    );
    for it in &agency.frequent {
        let _ = writeln!(
            out,
            "  {}件违反 {}，例如{}。{}",
            it.cases,
            it.rule,
            it.such_as.trim_end_matches('。'),
            it.basis
        );
    }
}

/// How many cases have each grade.
pub(super) fn grades(agency: &AgencySummary) -> String {
    let grades = agency.grades.iter();
    let grades: Vec<String> = grades
        .map(|(name, count)| format!("{name}{count}件"))
        .collect();
    grades.join("，")
}
