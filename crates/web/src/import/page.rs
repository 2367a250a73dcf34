//! The pages of a batch: where it begins, what the check found, how far it is, what came of it.

use super::read::{Form, Opened};
use super::{HERE, approves, carried};
use crate::components::deadline::Deadline;
use crate::components::notice::Notice;
use crate::components::pager::Pager;
use crate::components::status::{Status, Tone};
use crate::frame::Frame;
use crate::session::Signed;
use crate::wording;
use app::Office;
use app::batch::{Approval, Batch, BatchError, Stage};
use app::request::FileRef;
use askama::Template;
use intake::finding::Finding;
use intake::run::{CaseReport, Outcome, Owed, Report};
use std::collections::BTreeSet;
use vocabulary::Moment;

/// So many cases stand on one page.
const CASES_PER_PAGE: usize = 10;
/// So many batches are listed below the form.
const BATCHES_LISTED: usize = 10;

/// What is wrong in a form, at which field.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors(Vec<(&'static str, String)>);

impl Errors {
    pub(super) fn say(&mut self, field: &'static str, text: impl Into<String>) {
        self.0.push((field, text.into()));
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|(of, _)| *of == field)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn all(&self) -> &[(&'static str, String)] {
        &self.0
    }

    fn of<'e>(&'e self, field: &'e str) -> impl Iterator<Item = &'e String> {
        self.0
            .iter()
            .filter(move |(of, _)| *of == field)
            .map(|(_, text)| text)
    }
}

/// What somebody filled in.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) approved_by: String,
    pub(super) procedure: String,
    pub(super) workbook: Option<FileRef>,
    pub(super) scans: Vec<FileRef>,
}

impl Wanted {
    pub(super) fn of(form: &Form) -> Wanted {
        Wanted {
            name: form.one("name").trim().to_owned(),
            approved_by: form.one("approved_by").to_owned(),
            procedure: form.one("procedure").to_owned(),
            workbook: form.workbook(),
            scans: form.scans(),
        }
    }
}

/// Those who may approve, but for one: id, and name with post.
pub(super) fn approvers(office: &Office, but: &str) -> Vec<(String, String)> {
    let agency = office.agency();
    let people = agency.people.iter();
    people
        .filter(|staff| staff.id != but && approves(staff.level))
        .map(|staff| {
            (
                staff.id.clone(),
                format!("{}（{}）", staff.name, staff.post),
            )
        })
        .collect()
}

/// The fields of a batch, where one begins and where it is mended.
struct Fields {
    name: String,
    approvers: Vec<(String, String, bool)>,
    procedures: Vec<(String, String, bool)>,
    /// Name, size, and what the form carries along.
    workbook: Option<(String, String, String)>,
    scans: Vec<(String, String, String)>,
    errors: Errors,
}

impl Fields {
    fn of(office: &Office, signed: &Signed, wanted: &Wanted, errors: Errors) -> Fields {
        let me = signed.actor.person.as_deref().unwrap_or_default();
        let procedures: Vec<_> = office.procedures().collect();
        let is_one = procedures.len() < 2;
        let procedures = procedures.into_iter().filter(|_| !is_one);
        let workbook = wanted.workbook.as_ref();
        Fields {
            name: wanted.name.clone(),
            approvers: approvers(office, me)
                .into_iter()
                .map(|(id, name)| {
                    let is_chosen = id == wanted.approved_by;
                    (id, name, is_chosen)
                })
                .collect(),
            procedures: procedures
                .map(|procedure| {
                    let is_chosen = procedure.id == wanted.procedure;
                    (procedure.id.clone(), procedure.name.clone(), is_chosen)
                })
                .collect(),
            workbook: workbook.and_then(|file| carried(std::slice::from_ref(file)).pop()),
            scans: carried(&wanted.scans),
            errors,
        }
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.errors.has(field)
    }

    fn wrong<'e>(&'e self, field: &'e str) -> impl Iterator<Item = &'e String> {
        self.errors.of(field)
    }
}

#[derive(Template)]
#[template(path = "import.html")]
pub(super) struct BeginningPage {
    frame: Frame,
    token: String,
    may_open: bool,
    /// What the blank tables are for: the words behind their address, and the name where there are several.
    blanks: Vec<(String, String)>,
    fields: Fields,
    batches: Vec<(String, String, String)>,
}

/// The page where a batch begins.
pub(super) async fn beginning(
    office: &Office,
    signed: &Signed,
    wanted: Wanted,
    errors: Errors,
) -> Result<BeginningPage, BatchError> {
    let batches = office.batches_by(&signed.actor).await?;
    let procedures: Vec<_> = office.procedures().collect();
    let blanks = match procedures.as_slice() {
        [_] => vec![(String::new(), String::new())],
        several => several
            .iter()
            .map(|it| (format!("?procedure={}", it.id), format!("（{}）", it.name)))
            .collect(),
    };
    Ok(BeginningPage {
        frame: Frame::of(office).at("/cases/new"),
        token: signed.form_token.clone(),
        may_open: office.may_open(&signed.actor).is_ok(),
        blanks,
        fields: Fields::of(office, signed, &wanted, errors),
        batches: batches
            .iter()
            .take(BATCHES_LISTED)
            .map(|batch| {
                let link = format!("{HERE}/{}", batch.id);
                (link, batch.name.clone(), state(office, batch).text)
            })
            .collect(),
    })
}

/// How far a batch is, in words.
pub(crate) fn state(office: &Office, batch: &Batch) -> Status {
    let approver = || wording::person(office, &batch.approved_by);
    match &batch.stage {
        Stage::Checked => Status::new("已检查，还没有送批", Tone::Active),
        Stage::Proposed { at } => Status::new(
            format!("待{}批准（{}送批）", approver(), wording::recorded(*at)),
            Tone::Active,
        ),
        Stage::Agreed { at, .. } => Status::new(
            format!("{}批准，正在接续", wording::recorded(*at)),
            Tone::Active,
        ),
        Stage::Done { at } => {
            Status::new(format!("{}接续完毕", wording::recorded(*at)), Tone::Good)
        }
        Stage::Declined { at, .. } => Status::new(
            format!("{}由{}退回", wording::recorded(*at), approver()),
            Tone::Bad,
        ),
        Stage::Withdrawn { at } => {
            Status::new(format!("{}撤回", wording::recorded(*at)), Tone::Plain)
        }
    }
}

/// What the page says besides what stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) errors: Errors,
    /// What concerns no field.
    pub(super) error: String,
    /// The reason for sending it back, as it was typed.
    pub(super) reason: String,
    /// The first case that is shown, from 0.
    pub(super) from: usize,
}

impl Said {
    pub(super) fn error(text: impl Into<String>) -> Said {
        Said {
            error: text.into(),
            ..Said::default()
        }
    }

    pub(super) fn at(field: &'static str, text: impl Into<String>) -> Said {
        let mut said = Said::default();
        said.errors.say(field, text);
        said
    }
}

/// A case on the page.
struct Card {
    key: String,
    state: Status,
    title: String,
    parties: String,
    step: String,
    case_link: Option<String>,
    /// Scans that are there, and the names of those that are not.
    scans: usize,
    absent: Vec<String>,
    errors: Vec<(String, String)>,
    owed: Vec<(String, String, Option<Deadline>)>,
    departures: Vec<(String, String)>,
    missing: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "import-batch.html")]
pub(super) struct BatchPage {
    frame: Frame,
    token: String,
    id: String,
    version: u64,
    name: String,
    entered_by: String,
    approved_by: String,
    begun: String,
    state: Status,
    workbook: (String, String),
    scans: Vec<(String, String)>,
    sheet: Vec<(String, String)>,
    /// Why it came back.
    declined: String,
    notice: Option<Notice>,
    error: String,
    reason: String,
    /// So many, of all cases: may be taken over, were before, cannot be.
    sums: Vec<(String, usize)>,
    general: Vec<(String, String)>,
    cards: Vec<Card>,
    pager: Pager,
    /// So many of so many are gone through, while that goes on.
    progress: Option<(usize, usize)>,
    refreshes: bool,
    is_result: bool,
    has_result: bool,
    /// So many cases go to the approver; where it was proposed, the names of the others are of no concern.
    fit: usize,
    may_propose: bool,
    may_withdraw: bool,
    may_agree: bool,
    may_go_on: bool,
    may_begin_again: bool,
    fields: Fields,
}

impl BatchPage {
    fn has_errors(&self) -> bool {
        !self.error.is_empty() || !self.fields.errors.is_empty()
    }
}

fn bare(office: &Office, signed: &Signed, batch: &Batch, said: Said) -> BatchPage {
    let actor = &signed.actor;
    let is_own = batch.is_entered_by(actor);
    let link = |file: &FileRef| (file.name.clone(), format!("/files/{}", file.sha256));
    let wanted = Wanted {
        name: batch.name.clone(),
        approved_by: batch.approved_by.clone(),
        procedure: batch.procedure.clone().unwrap_or_default(),
        workbook: None,
        scans: Vec::new(),
    };
    let is_checked = batch.stage == Stage::Checked;
    let is_proposed = matches!(batch.stage, Stage::Proposed { .. });
    let may_open = office.may_open(actor).is_ok();
    BatchPage {
        frame: Frame::of(office).at(if is_own && may_open {
            "/cases/new"
        } else {
            "/pending"
        }),
        token: signed.form_token.clone(),
        id: batch.id.clone(),
        version: batch.version,
        name: batch.name.clone(),
        entered_by: wording::person(office, &batch.entered_by),
        approved_by: wording::person(office, &batch.approved_by),
        begun: wording::recorded(batch.begun_at),
        state: state(office, batch),
        workbook: link(&batch.workbook),
        scans: batch.scans.iter().map(link).collect(),
        sheet: match &batch.stage {
            Stage::Agreed {
                by: Approval::Sheet(sheet),
                ..
            } => sheet.iter().map(link).collect(),
            _ => Vec::new(),
        },
        declined: match &batch.stage {
            Stage::Declined { reason, .. } => reason.clone(),
            _ => String::new(),
        },
        notice: None,
        error: said.error,
        reason: said.reason,
        sums: Vec::new(),
        general: Vec::new(),
        cards: Vec::new(),
        pager: Pager {
            of: "案件",
            first: None,
            next: None,
        },
        progress: None,
        refreshes: false,
        is_result: false,
        has_result: false,
        fit: 0,
        may_propose: is_own && is_checked,
        may_withdraw: is_own && (is_checked || is_proposed),
        may_agree: batch.is_approved_by(actor) && !is_own && is_proposed,
        may_go_on: false,
        may_begin_again: is_own && batch.is_over(),
        fields: Fields::of(office, signed, &wanted, said.errors),
    }
}

/// A batch whose workbook cannot be read any more.
pub(super) fn unreadable(
    office: &Office,
    signed: &Signed,
    batch: &Batch,
    text: String,
    said: Said,
) -> BatchPage {
    let mut page = bare(office, signed, batch, said);
    page.notice = Some(Notice {
        tone: Tone::Bad,
        head: "工作簿不能读取。".to_owned(),
        text,
        way: None,
    });
    page.may_agree = false;
    page
}

/// What the check found.
pub(super) fn check(
    office: &Office,
    signed: &Signed,
    batch: &Batch,
    opened: &Opened,
    said: Said,
) -> BatchPage {
    let from = said.from;
    let mut page = bare(office, signed, batch, said);
    // Whoever approves sees the cases that were proposed, and nothing else.
    let sealed = batch.sealed.as_ref();
    let is_shown = |case: &&CaseReport| {
        !matches!(batch.stage, Stage::Proposed { .. })
            || sealed.is_none_or(|sealed| sealed.cases.contains(&case.key))
    };
    let cases: Vec<&CaseReport> = opened.report.cases.iter().filter(is_shown).collect();
    page.fit = cases
        .iter()
        .filter(|case| case.outcome == Outcome::Fit)
        .count();
    page.has_result = true;
    page.general = told(&opened.report.general);
    page.cases(office, &cases, from);
    let sent: BTreeSet<&str> = batch.scans.iter().map(|file| file.name.as_str()).collect();
    for card in &mut page.cards {
        let planned = opened.plan.cases.iter().find(|case| case.key == card.key);
        let names = planned.into_iter().flat_map(|case| &case.scans);
        let names: BTreeSet<&str> = names.map(|(_, name)| name.as_str()).collect();
        card.scans = names.intersection(&sent).count();
        card.absent = names.difference(&sent).map(|it| (*it).to_owned()).collect();
    }
    page
}

/// How far the taking over is, or what came of it.
pub(super) fn batch(
    office: &Office,
    signed: &Signed,
    batch: &Batch,
    report: Report,
    is_running: bool,
    said: Said,
) -> BatchPage {
    let from = said.from;
    let mut page = bare(office, signed, batch, said);
    let all = batch.sealed.as_ref().map_or(0, |sealed| sealed.cases.len());
    let is_over = batch.is_over();
    page.is_result = true;
    page.has_result = !report.cases.is_empty();
    if !is_over {
        page.progress = Some((report.cases.len(), all));
        page.refreshes = is_running;
        page.may_go_on = !is_running;
    }
    let cases: Vec<&CaseReport> = report.cases.iter().collect();
    page.cases(office, &cases, from);
    let refused = cases
        .iter()
        .filter(|case| case.outcome == Outcome::Refused)
        .count();
    page.notice = is_over.then(|| match refused {
        0 => Notice {
            tone: Tone::Good,
            head: format!("{all}件案件都已接续。"),
            text: "以后的每一步，与新案件一样依法校验。".to_owned(),
            way: None,
        },
        _ => Notice {
            tone: Tone::Caution,
            head: format!("{refused}件案件没有接续。"),
            text: "原因写在各案下面；其余的已经接续，重新送批时不会重复。".to_owned(),
            way: None,
        },
    });
    page
}

impl BatchPage {
    /// The cases from this one on; what cannot be taken over stands first.
    fn cases(&mut self, office: &Office, cases: &[&CaseReport], from: usize) {
        let count = |is: fn(&Outcome) -> bool| cases.iter().filter(|it| is(&it.outcome)).count();
        let sums = [
            ("可以接续", count(|it| *it == Outcome::Fit)),
            (
                "已接续",
                count(|it| matches!(it, Outcome::TakenOver { .. })),
            ),
            (
                "以前已接续",
                count(|it| matches!(it, Outcome::Repeated { .. })),
            ),
            (
                if self.is_result {
                    "没有接续"
                } else {
                    "不能接续"
                },
                count(|it| *it == Outcome::Refused),
            ),
        ];
        self.sums = sums
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| (name.to_owned(), count))
            .collect();
        let (wrong, others): (Vec<&CaseReport>, Vec<&CaseReport>) = cases
            .iter()
            .partition(|case| case.outcome == Outcome::Refused);
        let ordered: Vec<&CaseReport> = wrong.into_iter().chain(others).collect();
        let here = format!("{HERE}/{}", self.id);
        let next = from.saturating_add(CASES_PER_PAGE);
        self.pager.first = (from > 0).then(|| here.clone());
        self.pager.next = (next < ordered.len()).then(|| format!("{here}?from={next}"));
        let is_result = self.is_result;
        self.cards = ordered
            .into_iter()
            .skip(from)
            .take(CASES_PER_PAGE)
            .map(|case| card(office, case, is_result))
            .collect();
    }
}

fn card(office: &Office, case: &CaseReport, is_result: bool) -> Card {
    let (state, case_id) = match &case.outcome {
        Outcome::Fit => (Status::new("可以接续", Tone::Good), None),
        Outcome::TakenOver { case_id } => (Status::new("已接续", Tone::Good), Some(case_id)),
        Outcome::Repeated { case_id } => (Status::new("以前已接续", Tone::Plain), Some(case_id)),
        Outcome::Refused if is_result => (Status::new("没有接续", Tone::Bad), None),
        Outcome::Refused => (Status::new("不能接续", Tone::Bad), None),
    };
    Card {
        key: case.key.clone(),
        state,
        title: case.title.clone(),
        parties: case.parties.clone(),
        step: case.step.clone(),
        case_link: case_id.map(|id| format!("/cases/{id}")),
        scans: case.scans,
        absent: Vec::new(),
        errors: told(&case.errors),
        // What the case owes from now on stands on its own page once it is there.
        owed: case
            .owed
            .iter()
            .filter(|_| case_id.is_none())
            .map(|owed| due(office, owed))
            .collect(),
        departures: told(&case.departures),
        missing: told(&case.missing),
    }
}

/// Where, and what.
fn told(findings: &[Finding]) -> Vec<(String, String)> {
    let line = |it: &Finding| (it.at.to_string(), it.text.clone());
    findings.iter().map(line).collect()
}

fn due(office: &Office, owed: &Owed) -> (String, String, Option<Deadline>) {
    let today = office.now().day;
    let day = owed.due.map_or_else(String::new, |day| day.chinese());
    let badge = owed.due.map(|day| {
        let due = Moment::from(day);
        Deadline::of(owed.working_days_left, owed.is_overdue, due, today)
    });
    (owed.text.clone(), day, badge)
}
