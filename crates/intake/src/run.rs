//! Judging a plan, and taking its cases over one by one.

use crate::finding::{At, Finding};
use crate::numbering;
use crate::plan::{Plan, Planned};
use crate::scans::Scans;
use app::access::BothHands;
use app::files::FileStore;
use app::request::FileRef;
use app::take_over::{TakeOverError, departures};
use app::view::CaseView;
use app::{Office, PerformError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::error::Error;
use vocabulary::Day;

/// Into which office cases are taken over, and by whose hands.
#[derive(Clone, Copy)]
pub struct Stands<'a> {
    /// The office.
    pub office: &'a Office,
    /// Keeps the scans.
    pub files: &'a dyn FileStore,
    /// Who enters and who approves.
    pub hands: BothHands<'a>,
    /// The signed sheet, where the approval stands on paper.
    pub sheet: &'a [FileRef],
}

/// What is wanted of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The scans.
    pub scans: Scans<'a>,
    /// Only these cases; all when empty.
    pub only: &'a BTreeSet<String>,
}

/// What became of the cases.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Each case that was wanted.
    pub cases: Vec<CaseReport>,
    /// What concerns no case.
    pub general: Vec<Finding>,
}

impl Report {
    /// Whether every case went through.
    pub fn is_clean(&self) -> bool {
        self.cases
            .iter()
            .all(|case| case.outcome != Outcome::Refused)
    }
}

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It can be taken over; nothing was written.
    Fit,
    /// It was taken over.
    TakenOver {
        /// Its id.
        case_id: String,
    },
    /// It had been taken over before.
    Repeated {
        /// Its id.
        case_id: String,
    },
    /// It was not taken over.
    Refused,
}

/// A case with its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseReport {
    /// What the clerk calls it.
    pub key: String,
    /// Its line.
    pub at: At,
    /// Its title; empty where nothing could be judged.
    pub title: String,
    /// Its parties.
    pub parties: String,
    /// The step it stands at: the last act, and the phase.
    pub step: String,
    /// What is owed, most urgent first.
    pub owed: Vec<Owed>,
    /// Where its history departs from the law.
    pub departures: Vec<Finding>,
    /// What nobody wrote down.
    pub missing: Vec<Finding>,
    /// What keeps it out.
    pub errors: Vec<Finding>,
    /// How many scans go with it.
    pub scans: usize,
    /// What became of it.
    pub outcome: Outcome,
}

/// Something owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// What, with the article.
    pub text: String,
    /// By when.
    pub due: Option<Day>,
    /// So many working days are left, where that can be said.
    pub working_days_left: Option<i32>,
    /// It is late.
    pub is_overdue: bool,
}

/// Judges the cases of a plan; writes nothing.
pub async fn check(office: &Office, plan: &Plan, batch: &str, wanted: Wanted<'_>) -> Report {
    let mut report = Report::of(plan, wanted.only);
    for case in wanted_of(plan, wanted.only) {
        let mut line = judged(office, case, wanted.scans).await;
        match office.taken_over_as(&key(batch, &case.key)).await {
            // Its own numbers are in use because it is here.
            Ok(Some(case_id)) => line.outcome = Outcome::Repeated { case_id },
            Ok(None) => line.errors.extend(used_before(office, case).await),
            Err(error) => line.errors.push(Finding {
                at: case.at.clone(),
                text: format!("不能查对以前的接续：{}", chain(&error)),
            }),
        }
        if !line.errors.is_empty() {
            line.outcome = Outcome::Refused;
        }
        report.cases.push(line);
    }
    report
}

/// A digest of these cases and of what departs from the law in them: it changes when the workbook, the scans, the rules or
/// the registers do, and not because a day went by.
pub fn seal(plan: &Plan, report: &Report, cases: &BTreeSet<String>) -> String {
    let mut hasher = Sha256::new();
    for (case, line) in plan.cases.iter().filter_map(|case| {
        let line = report.cases.iter().find(|line| line.at == case.at)?;
        cases.contains(&case.key).then_some((case, line))
    }) {
        let told: (_, _, Vec<&str>) = (
            &case.request,
            &case.scans,
            line.departures.iter().map(|it| it.text.as_str()).collect(),
        );
        // A request is strings, numbers and ordered maps: it always serializes.
        let bytes = serde_json::to_vec(&told).unwrap_or_default();
        hasher.update(bytes.len().to_string());
        hasher.update(bytes);
    }
    hex(&hasher.finalize())
}

/// Takes the cases of a plan over, each in one entry; one that cannot be is left out and the others go on.
///
/// `batch` and the case's name are what it is known by: the same case under the same batch is taken over once.
pub async fn take_over(stands: Stands<'_>, plan: &Plan, batch: &str, wanted: Wanted<'_>) -> Report {
    let mut report = Report::of(plan, wanted.only);
    for case in wanted_of(plan, wanted.only) {
        let line = take_over_one(stands, case, batch, wanted.scans).await;
        report.cases.push(line);
    }
    report
}

/// Takes one case over.
pub async fn take_over_one(
    stands: Stands<'_>,
    case: &Planned,
    batch: &str,
    scans: Scans<'_>,
) -> CaseReport {
    let mut line = judged(stands.office, case, scans).await;
    if line.errors.is_empty() {
        match taken(stands, case, batch, scans).await {
            Ok(outcome) => line.outcome = outcome,
            Err(errors) => line.errors = errors,
        }
    }
    if !line.errors.is_empty() {
        line.outcome = Outcome::Refused;
    }
    line
}

impl Report {
    fn of(plan: &Plan, only: &BTreeSet<String>) -> Report {
        let mut general = plan.general.clone();
        let absent = only
            .iter()
            .filter(|key| !plan.cases.iter().any(|case| case.key == **key));
        general.extend(absent.map(|key| Finding {
            at: At {
                sheet: "所选案件".to_owned(),
                row: 0,
                column: String::new(),
            },
            text: format!("工作簿里没有序号“{key}”的案件"),
        }));
        Report {
            cases: Vec::new(),
            general,
        }
    }
}

fn wanted_of<'p>(plan: &'p Plan, only: &BTreeSet<String>) -> impl Iterator<Item = &'p Planned> {
    plan.cases
        .iter()
        .filter(move |case| only.is_empty() || only.contains(&case.key))
}

/// What can be said of a case before anything is written.
async fn judged(office: &Office, case: &Planned, scans: Scans<'_>) -> CaseReport {
    let mut line = CaseReport {
        key: case.key.clone(),
        at: case.at.clone(),
        title: String::new(),
        parties: String::new(),
        step: String::new(),
        owed: Vec::new(),
        departures: Vec::new(),
        missing: case.missing.clone(),
        errors: case.errors.clone(),
        scans: case.scans.len(),
        outcome: Outcome::Fit,
    };
    match office.preview_take_over(&case.request).await {
        Ok(view) => line.show(case, &view),
        Err(error) => line.errors.extend(findings(case, &error)),
    }
    for (act, name) in &case.scans {
        if let Err(text) = scans.find(name) {
            let at = case.lines.get(*act).unwrap_or(&case.at).clone();
            line.errors.push(Finding { at, text });
        }
    }
    line
}

impl CaseReport {
    fn show(&mut self, case: &Planned, view: &CaseView) {
        let procedure = view.procedure();
        self.title.clone_from(&view.title);
        self.parties = view.party_names();
        if let Some(last) = view.case().history.last() {
            let phase = &procedure.phases[procedure.act_of(last.event).phase].name;
            self.step = format!("{phase}：已{}", procedure.events[last.event].name);
        }
        self.owed = view
            .answer
            .must
            .iter()
            .map(|must| Owed {
                text: must.text.clone(),
                due: must.due.map(|due| due.day),
                working_days_left: must.working_days_left,
                is_overdue: must.overdue,
            })
            .collect();
        for (act, rules) in view.history.entries.iter().flat_map(departures) {
            let at = case.lines.get(act).unwrap_or(&case.at);
            let name = case
                .request
                .acts
                .get(act)
                .and_then(|act| procedure.event(&act.event))
                .map_or("", |event| procedure.events[event].name.as_str());
            for id in rules {
                let rule = procedure.rules.iter().find(|rule| rule.id == id);
                let text = rule.map_or_else(
                    || format!("【{name}】{id}"),
                    |rule| format!("【{name}】{}{}", rule.note, rule.basis),
                );
                self.departures.push(Finding {
                    at: at.clone(),
                    text,
                });
            }
        }
    }
}

/// Numbers that the record holds already.
async fn used_before(office: &Office, case: &Planned) -> Vec<Finding> {
    let Some(procedure) = office
        .procedures()
        .find(|procedure| procedure.id == case.request.procedure)
    else {
        return Vec::new();
    };
    let (numbers, _) = numbering::of_case(case, procedure, &office.agency());
    let mut found = Vec::new();
    for number in numbers {
        let before = number.serial.saturating_sub(1);
        match office.number_rows(&number.series, before, 1).await {
            Ok(rows) => {
                let same = rows.iter().find(|row| row.serial == number.serial);
                // A number of a case on paper that is not here is what a take-over brings.
                if let Some(row) = same
                    && row.state != app::numbers::NumberState::Paper
                {
                    let text = format!("文号“{}”在系统里{}", number.text, row.state.chinese());
                    found.push(Finding {
                        at: number.at,
                        text,
                    });
                }
            }
            Err(error) => found.push(Finding {
                at: number.at,
                text: format!("不能查对文号：{}", chain(&error)),
            }),
        }
    }
    found
}

async fn taken(
    stands: Stands<'_>,
    case: &Planned,
    batch: &str,
    scans: Scans<'_>,
) -> Result<Outcome, Vec<Finding>> {
    let Stands {
        office,
        files,
        hands,
        sheet,
    } = stands;
    let mut request = case.request.clone();
    request.sheet = sheet.to_vec();
    let mut unkept = Vec::new();
    for (act, name) in &case.scans {
        let kept = scans.kept(files, name).await;
        match (kept, request.acts.get_mut(*act)) {
            (Ok(file), Some(act)) => act.files.push(file),
            (Ok(_), None) => {}
            (Err(text), _) => unkept.push(Finding {
                at: case.lines.get(*act).unwrap_or(&case.at).clone(),
                text,
            }),
        }
    }
    if !unkept.is_empty() {
        return Err(unkept);
    }
    let done = office
        .take_over(hands, &request, &key(batch, &case.key))
        .await
        .map_err(|error| findings(case, &error))?;
    let case_id = done.case_id;
    Ok(if done.is_repeated {
        Outcome::Repeated { case_id }
    } else {
        Outcome::TakenOver { case_id }
    })
}

/// By what a case on paper is known: asked again, it is not taken over again, even from a file that was mended since.
fn key(batch: &str, case: &str) -> String {
    let mut hasher = Sha256::new();
    for part in [batch, case] {
        hasher.update(part.len().to_string());
        hasher.update(":");
        hasher.update(part);
    }
    format!("take-over-{}", hex(&hasher.finalize()[..16]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn findings(case: &Planned, error: &TakeOverError) -> Vec<Finding> {
    let at = error
        .act
        .and_then(|act| case.lines.get(act))
        .unwrap_or(&case.at);
    let finding = |text: String| Finding {
        at: at.clone(),
        text,
    };
    match &error.source {
        PerformError::Fields(errors) => errors
            .iter()
            .map(|error| finding(error.text.clone()))
            .collect(),
        PerformError::Refused(refusal) => refusal
            .grounds
            .iter()
            .map(|ground| finding(format!("【{}】{}", refusal.act, ground.text)))
            .collect(),
        PerformError::Denied(denied) => vec![finding(denied.text.clone())],
        PerformError::HandsWanting(_) => vec![finding("还须他人签批".to_owned())],
        PerformError::NoSuchAct => vec![finding("没有这个行为，或者没有这个对象".to_owned())],
        PerformError::KeyReused => vec![finding(
            "这一序号的案件以前已经接续，现在的内容不同；已接续的案件请用更正，不同的案件请换序号或者批次名称"
                .to_owned(),
        )],
        PerformError::Stale { .. } => vec![finding("案件刚被改动，请再运行一次".to_owned())],
        PerformError::Case(source) => vec![finding(format!("没有写入：{}", chain(source)))],
        PerformError::Write(source) => vec![finding(format!("没有写入：{}", chain(source)))],
        PerformError::Read(source) => vec![finding(format!("没有写入：{}", chain(source)))],
    }
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    text
}
