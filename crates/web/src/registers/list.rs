//! All registers, one register as of a day, one row with its history.

use super::draws;
use super::register;
use super::shown::{self, Difference};
use crate::act::FROM_ROW;
use crate::components::pager::Pager;
use crate::fault::Fault;
use crate::frame::{self, Frame};
use crate::openings::OPENS;
use crate::session::Signed;
use crate::wording;
use app::Office;
use app::ledger::CaseLine;
use app::office::SeenError;
use app::register::{
    Change, Clause, ColumnKind, Draft, DraftState, Group, Notice, Progress, RegisterName, Released,
    Row, Standing, Step, Unsettled, Version, unsettled, verifications,
};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use law::model::CASE;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use vocabulary::Day;

#[derive(Template)]
#[template(path = "registers.html")]
struct IndexPage {
    frame: Frame,
    groups: Vec<(&'static str, Vec<Entry>)>,
    /// How many things still rest on a text that was not read in full.
    open_bases: usize,
}

struct Entry {
    id: &'static str,
    name: &'static str,
    about: &'static str,
    count: usize,
    open: usize,
    /// What the rows call for.
    late: usize,
    soon: usize,
}

/// `GET /registers`
pub(super) async fn index(State(office): State<Arc<Office>>) -> Response {
    let standing = match office.fresh_standing().await {
        Ok(standing) => standing,
        Err(error) => return Fault::from(error).response(&office),
    };
    let entry = |name: RegisterName| {
        let notices = standing.notices(name);
        let late = notices.iter().filter(|notice| notice.is_late).count();
        Entry {
            id: name.id(),
            name: name.chinese(),
            about: name.about(),
            count: standing.rows(name, standing.day).count(),
            open: standing.open_drafts(name).count(),
            late,
            soon: notices.len() - late,
        }
    };
    let groups = Group::ALL.into_iter().map(|group| {
        let all = RegisterName::ALL.into_iter();
        let own = all.filter(|name| name.declared().group == group);
        (group.chinese(), own.map(entry).collect())
    });
    let page = IndexPage {
        frame: Frame::of(&office),
        groups: groups.collect(),
        open_bases: open_bases(&standing),
    };
    frame::page(StatusCode::OK, &page)
}

fn open_bases(standing: &Standing) -> usize {
    let all = verifications(standing).into_iter();
    all.filter(|it| !matches!(it.progress, Progress::Confirmed(_)))
        .count()
}

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage {
    frame: Frame,
    id: &'static str,
    name: &'static str,
    about: &'static str,
    row_name: &'static str,
    is_drafted: bool,
    day: String,
    is_today: bool,
    day_error: String,
    text: String,
    heads: Vec<&'static str>,
    lines: Vec<Line>,
    total: usize,
    matching: usize,
    /// By which the rows that are found are known.
    mark: String,
    pager: Pager,
    export: String,
    may_import: bool,
    /// Its rows are printed as boards.
    has_boards: bool,
    /// Confirmations are among its rows.
    is_confirming: bool,
    is_drawn: bool,
    /// How many rows the public does not see as they stand; nothing where it sees none of them anyway.
    unreleased: Option<usize>,
    notices: Vec<Notice>,
    /// Rows with the count of their clauses that no rule carries out; nothing where rows have no clauses.
    unlinked: Option<Vec<(String, String, usize)>>,
    unlinked_count: usize,
    drafts: Vec<DraftLine>,
    decided: Vec<DraftLine>,
    unsettled: Vec<Unsettled>,
    is_recorded: bool,
}

fn is_figure(kind: &ColumnKind) -> bool {
    use ColumnKind as K;
    matches!(kind, K::Date | K::Number | K::Decimal | K::Money)
}

/// As it is looked for: whatever the width of figures and letters, and whether they are capitals.
fn folded(text: &str) -> String {
    let narrow = text.chars().map(vocabulary::written::half_width);
    narrow.collect::<String>().to_lowercase()
}

/// Everything that a row says, in whatever column.
fn searched(register: RegisterName, id: &str, row: &Row, standing: &Standing) -> String {
    let columns = register.columns().iter();
    let cells = columns.map(|column| shown::cell(id, Some(row), column, standing));
    let title = register.title(id, Some(row), standing);
    let all: Vec<String> = [id.to_owned(), title].into_iter().chain(cells).collect();
    folded(&all.join("\n"))
}

/// Whether what a row says has every word of a text; both folded.
fn fits(wanted: &str, searched: &str) -> bool {
    wanted
        .split_whitespace()
        .all(|word| searched.contains(word))
}

/// By which rows are known to be the same as when a page was made, whatever their order.
pub(super) fn mark<'r>(rows: impl IntoIterator<Item = &'r String>) -> String {
    let rows: BTreeSet<&String> = rows.into_iter().collect();
    let mut hasher = DefaultHasher::new();
    rows.hash(&mut hasher);
    format!("{}-{:016x}", rows.len(), hasher.finish())
}

/// The rows that a text finds today.
pub(super) fn found(register: RegisterName, text: &str, standing: &Standing) -> Vec<String> {
    let wanted = folded(text);
    let rows = standing.rows(register, standing.day);
    let rows = rows.filter(|(id, _, row)| fits(&wanted, &searched(register, id, row, standing)));
    rows.map(|(id, _, _)| id.clone()).collect()
}

struct Line {
    id: String,
    /// What it is found by.
    searched: String,
    title: String,
    /// What stands in each column, and whether it is a figure, which is not broken over lines.
    cells: Vec<(String, bool)>,
    since: String,
}

/// A draft in one line.
pub(super) struct DraftLine {
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) what: &'static str,
    pub(super) from: String,
    pub(super) by: String,
    pub(super) at: String,
    pub(super) state: String,
}

/// So many rows stand on one page.
const ROWS_PER_PAGE: usize = 200;
/// So many decided drafts are listed.
const DECIDED: usize = 20;

pub(super) fn draft_line(register: RegisterName, draft: &Draft, standing: &Standing) -> DraftLine {
    let base = shown::base_of(register, draft, standing);
    let row = draft.row.as_deref().or(base);
    DraftLine {
        number: draft.number,
        title: if draft.is_batch() {
            format!("{}{}行", register.chinese(), draft.lines.len())
        } else {
            register.title(&draft.id, row, standing)
        },
        what: what(draft, base.is_some()),
        from: draft.effective_from.chinese(),
        by: standing.person_name(&draft.drafted_by),
        at: wording::recorded(draft.recorded_at),
        state: match &draft.state {
            DraftState::Open if register.is_drawn() => "待抽取".to_owned(),
            DraftState::Approved(_) if register.is_drawn() => "已抽取".to_owned(),
            DraftState::Open if draft.review.is_none() => "待审核".to_owned(),
            DraftState::Open => "待批准".to_owned(),
            DraftState::Approved(_) => "已批准".to_owned(),
            DraftState::Rejected { by, reason, .. } => {
                format!("{}退回：{reason}", standing.person_name(by))
            }
        },
    }
}

pub(super) fn what(draft: &Draft, had_row: bool) -> &'static str {
    if draft.is_batch() {
        return "批量";
    }
    match (draft.change, had_row) {
        (Change::Remove, _) => "停用",
        (Change::Put, true) => "变更",
        (Change::Put, false) => "新增",
    }
}

/// What stands over the names of the rows.
fn head_of(register: RegisterName) -> &'static str {
    let declared = register.declared();
    let mut columns = declared.columns.iter();
    let title = columns.find(|column| column.id == declared.title);
    title.map_or(declared.row_name, |column| column.name)
}

/// `GET /registers/{name}?day=&q=`: as of a day, of which everything else is today.
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let register = match register(&name) {
        Ok(register) => register,
        Err(fault) => return fault.response(&office),
    };
    let standing = match office.fresh_standing().await {
        Ok(standing) => standing,
        Err(error) => return Fault::from(error).response(&office),
    };
    let said = query.get("day").map_or("", |text| text.trim());
    let (day, day_error) = match (said, Day::parse(said)) {
        ("", _) => (standing.day, String::new()),
        (_, Ok(day)) => (day, String::new()),
        (_, Err(error)) => (standing.day, error.to_string()),
    };
    let status = if day_error.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let text = query.get("q").map_or("", |text| text.trim()).to_owned();
    let columns: Vec<_> = register
        .columns()
        .iter()
        // What a row is called stands at its head.
        .filter(|it| it.is_listed && it.id != register.declared().title)
        .collect();
    let all = standing.rows(register, day).map(|(id, version, row)| Line {
        id: id.clone(),
        searched: searched(register, id, row, &standing),
        title: register.title(id, Some(row), &standing),
        cells: columns
            .iter()
            .map(|column| {
                let text = shown::cell(id, Some(row), column, &standing);
                (text, is_figure(&column.kind))
            })
            .collect(),
        since: if version.number == 0 {
            "机关文件".to_owned()
        } else {
            version.effective_from.chinese()
        },
    });
    let all: Vec<Line> = all.collect();
    let total = all.len();
    let wanted = folded(&text);
    let skip: usize = query
        .get("skip")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let mut lines: Vec<Line> = all
        .into_iter()
        .filter(|line| fits(&wanted, &line.searched))
        .collect();
    let matching = lines.len();
    let mark = mark(lines.iter().map(|line| &line.id));
    let link = |skip: usize| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &text);
        query.append_pair("day", &day.to_string());
        if skip > 0 {
            query.append_pair("skip", &skip.to_string());
        }
        format!("/registers/{}?{}", register.id(), query.finish())
    };
    let pager = Pager {
        of: "行",
        first: (skip > 0).then(|| link(0)),
        next: (skip + ROWS_PER_PAGE < matching).then(|| link(skip + ROWS_PER_PAGE)),
    };
    lines = lines.into_iter().skip(skip).take(ROWS_PER_PAGE).collect();
    let decided = standing
        .drafts(register)
        .filter(|draft| draft.state != DraftState::Open);
    let unlinked = unlinked(register, &standing);
    let counts = unlinked.iter().flatten().map(|(_, _, count)| count);
    let page = RegisterPage {
        unlinked_count: counts.sum(),
        frame: Frame::of(&office),
        id: register.id(),
        name: register.chinese(),
        about: register.about(),
        row_name: head_of(register),
        is_drafted: register.is_drafted(),
        day: if day_error.is_empty() {
            day.to_string()
        } else {
            said.to_owned()
        },
        is_today: day == standing.day,
        day_error,
        heads: columns.iter().map(|column| column.name).collect(),
        lines,
        total,
        matching,
        mark,
        pager,
        export: format!("/registers/{}/export?day={day}", register.id()),
        may_import: register.is_drafted() && !register.is_drawn(),
        is_drawn: register.is_drawn(),
        has_boards: register.declared().is_board,
        is_confirming: register == RegisterName::Settings,
        unreleased: register
            .declared()
            .is_published
            .then(|| standing.unreleased(register).len()),
        text: text.clone(),
        notices: standing.notices(register),
        unlinked,
        drafts: standing
            .open_drafts(register)
            .map(|draft| draft_line(register, draft, &standing))
            .collect(),
        decided: decided
            .take(DECIDED)
            .map(|draft| draft_line(register, draft, &standing))
            .collect(),
        unsettled: match register {
            RegisterName::Settings => {
                let waiting = unsettled(&standing).into_iter();
                waiting
                    .filter(|it| it.name.contains(&text) || it.id.contains(&text))
                    .collect()
            }
            _ => Vec::new(),
        },
        is_recorded: query.contains_key("recorded"),
    };
    frame::page(status, &page)
}

fn unlinked(register: RegisterName, standing: &Standing) -> Option<Vec<(String, String, usize)>> {
    let all = standing.unlinked_clauses(register)?.into_iter();
    let line = |(id, clauses): (String, Vec<Clause>)| {
        let version = standing.row(register, &id, standing.day);
        let row = version.and_then(|version| version.row.as_deref());
        let title = register.title(&id, row, standing);
        (id, title, clauses.len())
    };
    Some(all.map(line).collect())
}

#[derive(Template)]
#[template(path = "register-row.html")]
struct RowPage {
    frame: Frame,
    register: &'static str,
    register_name: &'static str,
    row_name: &'static str,
    id: String,
    title: String,
    is_drafted: bool,
    holds: bool,
    /// From when it holds, where that is still to come.
    begins: String,
    is_removable: bool,
    values: Vec<(&'static str, Vec<String>)>,
    drafts: Vec<DraftLine>,
    /// Clauses that a rule carries out, and those that none does.
    linked: Vec<Clause>,
    unlinked: Vec<Clause>,
    drawn: Option<Drawn>,
    is_changed: bool,
    /// Acts that open a case with what stands in the row: address and name.
    openings: Vec<(String, String)>,
    /// The cases that name the row, of those that the viewer sees; nothing where no case can.
    cases: Option<Vec<CaseOfRow>>,
    history: Vec<Past>,
    /// What was done towards the public side, last first: what, when, by whom and why.
    releases: Vec<ReleaseLine>,
}

struct ReleaseLine {
    what: String,
    on: String,
    by: String,
    reason: String,
    recorded: String,
}

struct CaseOfRow {
    href: String,
    title: String,
    number: String,
    procedure: String,
    parties: String,
    is_open: bool,
}

/// A flowchart of the row, made from the procedure that runs.
struct Drawn {
    procedure: String,
    /// Made by `law::chart`, which escapes every text in it.
    svg: String,
    phases: Vec<(String, Vec<Step>)>,
    acts: usize,
    /// The edition of the rules, shortened.
    edition: String,
    today: String,
    /// From when the row holds, and which steps are drawn otherwise since.
    since: String,
    changed: Vec<String>,
    /// The row was approved under another edition of the rules.
    is_other_edition: bool,
}

struct Past {
    heading: String,
    recorded: String,
    late: String,
    by: String,
    reason: String,
    review_opinion: String,
    opinion: String,
    is_removal: bool,
    differences: Vec<Difference>,
}

/// `GET /registers/{name}/{row}`
pub(super) async fn row(
    State(office): State<Arc<Office>>,
    Path((name, id)): Path<(String, String)>,
    Extension(signed): Extension<Signed>,
) -> Response {
    if name == RegisterName::Draws.id() {
        match draws::batch(&office, &signed, &id).await {
            Ok(Some(response)) => return response,
            Ok(None) => {}
            Err(fault) => return fault.response(&office),
        }
    }
    match row_page(&office, &signed, &name, id).await {
        Ok(page) => frame::page(StatusCode::OK, &page),
        Err(fault) => fault.response(&office),
    }
}

async fn row_page(
    office: &Office,
    signed: &Signed,
    name: &str,
    id: String,
) -> Result<RowPage, Fault> {
    let register = register(name)?;
    let standing = office.fresh_standing().await?;
    if !standing.was_used(register, &id) {
        return Err(Fault::NotFound("登记里没有这一行"));
    }
    let now = standing.row(register, &id, standing.day);
    let row = now.and_then(|version| version.row.as_deref());
    let mut history = Vec::new();
    let mut before = None;
    let mut last = row;
    for (version, ordinal) in standing.history(register, &id).iter().zip(1..) {
        let by = match (version.drafted_by.as_str(), version.approved_by.as_str()) {
            ("", "") => "随机关文件".to_owned(),
            ("", account) => format!("账户{account}办理"),
            (prepared, supervised) if register.is_drawn() => format!(
                "{}准备，{}监督抽取",
                standing.person_name(prepared),
                standing.person_name(supervised)
            ),
            (drafted, approved) => format!(
                "{}起草，{}{}批准",
                standing.person_name(drafted),
                match version.reviewed_by.as_str() {
                    "" => String::new(),
                    reviewed => format!("{}审核，", standing.person_name(reviewed)),
                },
                standing.person_name(approved)
            ),
        };
        let recorded_on = version.recorded_at.map(wording::day_of);
        let late = recorded_on.filter(|day| version.number > 0 && version.effective_from < *day);
        history.push(Past {
            heading: match (version.number, &version.row) {
                (0, _) => format!("第{ordinal}版　开始时"),
                (_, Some(_)) => {
                    format!("第{ordinal}版　从{}起", version.effective_from.chinese())
                }
                (_, None) => format!("从{}起停用", version.effective_from.chinese()),
            },
            recorded: version
                .recorded_at
                .map_or_else(String::new, wording::recorded),
            late: late.map_or_else(String::new, |day| {
                let days = day.number() - version.effective_from.number();
                format!("补登，晚{days}天")
            }),
            by,
            reason: version.reason.clone(),
            review_opinion: version.review_opinion.clone(),
            opinion: version.opinion.clone(),
            is_removal: version.row.is_none(),
            differences: shown::differences(
                register,
                &id,
                (before, version.row.as_deref()),
                &standing,
            ),
        });
        before = version.row.as_deref();
        last = last.or(version.row.as_deref());
    }
    history.reverse();
    let releases = releases(&standing, register, &id);
    let drafts = standing
        .open_drafts(register)
        .filter(|draft| draft.id == id || draft.lines.iter().any(|line| line.id == id));
    let clauses = row.map_or_else(Vec::new, |row| standing.clauses(register, row));
    let drawn = match now.and_then(|version| Some((version, version.row.as_deref()?))) {
        Some((version, row)) => drawn(office, &standing, register, (version, row)).await?,
        None => None,
    };
    let (linked, unlinked) = clauses.into_iter().partition(|it| it.lacking.is_empty());
    let cases = match last {
        Some(row) => cases_of(office, signed, register, row).await?,
        None => None,
    };
    let openings = match row {
        Some(row) => openings(office, signed, register, (&id, row)),
        None => Vec::new(),
    };
    Ok(RowPage {
        is_changed: !register.is_drawn(),
        openings,
        cases,
        linked,
        unlinked,
        drawn,
        frame: Frame::of(office),
        register: register.id(),
        register_name: register.chinese(),
        row_name: register.row_name(),
        title: register.title(&id, last, &standing),
        is_drafted: register.is_drafted(),
        holds: row.is_some(),
        begins: match now {
            Some(_) => String::new(),
            None => {
                let versions = standing.history(register, &id).iter();
                let first = versions.map(|version| version.effective_from).min();
                first.map_or_else(String::new, Day::chinese)
            }
        },
        is_removable: row.is_some() && register != RegisterName::Calendar,
        values: shown::values(register, &id, row, &standing),
        drafts: drafts
            .map(|draft| draft_line(register, draft, &standing))
            .collect(),
        history,
        releases,
        id,
    })
}

/// What was done with a row towards the public side, last first.
fn releases(standing: &Standing, register: RegisterName, id: &str) -> Vec<ReleaseLine> {
    let history = standing.history(register, id);
    let line = |released: &Released| ReleaseLine {
        what: match released.version {
            None => "撤下".to_owned(),
            Some(number) => match history.iter().position(|it| it.number == number) {
                Some(at) => format!("公示第{}版", at + 1),
                None => "向公众公示".to_owned(),
            },
        },
        on: released.on.chinese(),
        by: standing.person_name(&released.by),
        reason: released.reason.clone(),
        recorded: wording::recorded(released.recorded_at),
    };
    standing
        .releases(register, id)
        .iter()
        .rev()
        .map(line)
        .collect()
}

/// Acts that open a case and say which row of the register it is about: the address of the form, with what stands in the
/// row filled in, and the name.
pub(super) fn openings(
    office: &Office,
    signed: &Signed,
    register: RegisterName,
    (id, row): (&str, &Row),
) -> Vec<(String, String)> {
    if office.may_open(&signed.actor).is_err() {
        return Vec::new();
    }
    let cell = |column: &str| row.get(column).and_then(|value| value.as_str());
    let mut found = Vec::new();
    for procedure in office.procedures() {
        let fits = |it: &&law::lookup::Lookup| {
            let only = it.only.as_ref();
            it.register == register.id()
                && procedure.facts[it.key].domain == CASE
                && cell(&it.column).is_some()
                && only.is_none_or(|(column, value)| cell(column) == Some(value.as_str()))
        };
        let Some(lookup) = procedure.lookups.iter().find(fits) else {
            continue;
        };
        let opens = procedure.events.iter().enumerate().filter(|(at, event)| {
            let tags = &procedure.act_of(*at).tags;
            event.says(lookup.key) && tags.iter().any(|tag| tag == OPENS)
        });
        found.extend(opens.map(|(at, event)| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair(
                FROM_ROW,
                &format!("{}:{id}", procedure.facts[lookup.key].id),
            );
            let address = format!("/cases/new/{}/{}", procedure.id, event.id);
            let name = format!("{}：{}", procedure.name, wording::event(procedure, at));
            (format!("{address}?{}", query.finish()), name)
        }));
    }
    found
}

/// The cases that name a row by what the rules look it up by, or in which it is a party.
async fn cases_of(
    office: &Office,
    signed: &Signed,
    register: RegisterName,
    row: &Row,
) -> Result<Option<Vec<CaseOfRow>>, Fault> {
    let mut lookups = office.procedures().flat_map(|it| &it.lookups);
    let cell = |column: &str| row.get(column).and_then(|value| value.as_str());
    let fits = |it: &&law::lookup::Lookup| {
        let only = it.only.as_ref();
        it.register == register.id()
            && only.is_none_or(|(column, value)| cell(column) == Some(value.as_str()))
    };
    let Some(lookup) = lookups.find(fits) else {
        return Ok(None);
    };
    let name = lookup.name.as_deref().and_then(cell);
    let known_by = cell(&lookup.column).unwrap_or_default();
    let found = office.cases_naming(&signed.actor, register, (known_by, name));
    let lines = match found.await {
        Ok(lines) => lines,
        Err(SeenError::Denied(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let line = |line: CaseLine| CaseOfRow {
        href: format!("/cases/{}", line.case_id),
        title: line.title,
        number: line.case_number.unwrap_or_default(),
        procedure: office
            .procedures()
            .find(|it| it.id == line.procedure)
            .map_or(line.procedure, |it| it.name.clone()),
        parties: line.party_names,
        is_open: line.is_open,
    };
    Ok(Some(lines.into_iter().map(line).collect()))
}

async fn drawn(
    office: &Office,
    standing: &Standing,
    register: RegisterName,
    (version, row): (&Version, &Row),
) -> Result<Option<Drawn>, Fault> {
    let Some(drawing) = standing.drawing(register, row, standing.day) else {
        return Ok(None);
    };
    let rules = &standing.context.rules.digest;
    let is_other_edition = match version.recorded_at {
        Some(at) => {
            let editions = office.editions().await?;
            let then = editions.iter().rev().find(|it| it.recorded_at <= at);
            then.is_some_and(|then| then.rules != *rules)
        }
        None => false,
    };
    let changed = match version.number {
        // What stands in the agency's file has no day of its own.
        0 => Vec::new(),
        _ => standing.redrawn_since(register, row, version.effective_from),
    };
    Ok(Some(Drawn {
        svg: drawing.svg(),
        acts: drawing.chart.boxes.len(),
        procedure: drawing.procedure,
        phases: drawing.phases,
        edition: rules.chars().take(12).collect(),
        today: standing.day.chinese(),
        since: match version.number {
            0 => String::new(),
            _ => version.effective_from.chinese(),
        },
        changed,
        is_other_edition,
    }))
}
