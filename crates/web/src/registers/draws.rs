//! Random draws: prepared by one, drawn under the eyes of another, done over by anybody.

use super::list;
use super::sent::Sent;
use super::{acting, fault};
use crate::fault::Fault;
use crate::frame::{self, FormToken, Frame};
use crate::session::{self, Signed};
use crate::wording;
use app::access;
use app::register::{
    Choices, ColumnKind, Draft, DraftState, DrawCancelling, DrawPreparing, DrawReveal, Drawable,
    Pools, RegisterError, RegisterName, Row, Standing,
};
use app::{FieldError, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeSet;
use std::sync::Arc;

const DRAWS: RegisterName = RegisterName::Draws;
/// So many of a pool are named one by one.
const NAMED: usize = 60;
/// How many officers a form offers for each object.
const OFFICERS: usize = 2;

#[derive(Template)]
#[template(path = "draw-new.html")]
struct PreparingPage {
    frame: Frame,
    token: String,
    key: String,
    items: Vec<Choice>,
    groups: Vec<(&'static str, Vec<Choice>)>,
    sections: Vec<Choice>,
    district: String,
    is_key_only: bool,
    count: String,
    officers: String,
    recusals: String,
    reason: String,
    by: String,
    errors: Vec<FieldError>,
    pools: Option<PoolsShown>,
}

struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

/// What a draw would be made of.
struct PoolsShown {
    objects: PoolShown,
    officers: PoolShown,
    count: usize,
    least: Option<usize>,
}

struct PoolShown {
    count: usize,
    names: Vec<String>,
    more: usize,
}

impl PoolShown {
    fn of(all: &[Drawable]) -> PoolShown {
        PoolShown {
            count: all.len(),
            names: all.iter().take(NAMED).map(|it| it.name.clone()).collect(),
            more: all.len().saturating_sub(NAMED),
        }
    }
}

impl PoolsShown {
    fn of(pools: &Pools) -> PoolsShown {
        PoolsShown {
            objects: PoolShown::of(&pools.objects),
            officers: PoolShown::of(&pools.officers),
            count: pools.count,
            least: pools.least,
        }
    }
}

impl PreparingPage {
    /// What stands against a field.
    fn wrong(&self, field: &str) -> Vec<&str> {
        let own = self.errors.iter().filter(|it| it.field == field);
        own.map(|it| it.text.as_str()).collect()
    }
}

/// `GET /registers/draws/new`
pub(super) async fn show_new(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
) -> Response {
    if let Err(denied) = access::draft(&signed.actor) {
        return Fault::from(denied).response(&office);
    }
    let (errors, pools) = (Vec::new(), None);
    preparing(
        &office,
        &headers,
        &Sent::default(),
        errors,
        pools,
        StatusCode::OK,
    )
}

/// `POST /registers/draws/new`: shows the pools, or fixes them.
pub(super) async fn send_new(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    if let Err(denied) = access::draft(&signed.actor) {
        return Fault::from(denied).response(&office);
    }
    let sent = match Sent::read(request).await {
        Ok(sent) => sent,
        Err(fault) => return fault.response(&office),
    };
    let standing = match office.fresh_standing().await {
        Ok(standing) => standing,
        Err(error) => return Fault::Unexpected(error.into()).response(&office),
    };
    let (asked, mut errors) = read(&sent, acting(&signed, DRAWS, &standing));
    let found = standing.draw_pools(&asked);
    let pools = found.as_ref().ok().map(PoolsShown::of);
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    if !errors.is_empty() {
        let others = found.err().unwrap_or_default().into_iter();
        errors.extend(others.filter(|it| it.field != "count" && it.field != "officers"));
        return preparing(&office, &headers, &sent, errors, None, wrong);
    }
    if sent.one("do") == "look" {
        let (errors, status) = match found {
            Ok(_) => (Vec::new(), StatusCode::OK),
            Err(errors) => (errors, wrong),
        };
        return preparing(&office, &headers, &sent, errors, pools, status);
    }
    match office.prepare_draw(&asked, sent.one("key")).await {
        Ok(number) => Redirect::to(&format!("/registers/draws/drafts/{number}")).into_response(),
        Err(RegisterError::Fields(errors)) => {
            preparing(&office, &headers, &sent, errors, pools, wrong)
        }
        Err(error) => fault(error, "/registers/draws/new".to_owned()).response(&office),
    }
}

/// What a form asks for, and which of its numbers are none.
fn read(sent: &Sent, by: String) -> (DrawPreparing, Vec<FieldError>) {
    let mut errors = Vec::new();
    let mut number = |field: &str, name: &str| -> Option<usize> {
        let text = sent.one(field);
        let found = text.parse().ok();
        if found.is_none() && !text.is_empty() {
            errors.push(FieldError {
                field: field.to_owned(),
                text: format!("{name}应当是整数，写的是“{text}”"),
            });
        }
        found
    };
    let count = number("count", "抽取数量");
    let officers = number("officers", "每个对象的人数").unwrap_or(0);
    let asked = DrawPreparing {
        item: sent.one("item").to_owned(),
        from: sent.one("from").to_owned(),
        district: sent.one("district").to_owned(),
        is_key_only: sent.has("is_key_only"),
        count,
        officers,
        section: sent.one("section").to_owned(),
        recusals: sent.one("recusals").to_owned(),
        reason: sent.one("reason").to_owned(),
        by,
    };
    (asked, errors)
}

fn preparing(
    office: &Office,
    headers: &HeaderMap,
    sent: &Sent,
    errors: Vec<FieldError>,
    pools: Option<PoolsShown>,
    status: StatusCode,
) -> Response {
    let standing = office.standing();
    let token = FormToken::of(office, headers);
    let choice = |value: String, label: String, field: &str| Choice {
        is_chosen: sent.one(field) == value,
        value,
        label,
    };
    let items = standing.rows(RegisterName::InspectionItems, standing.day);
    let items = items.filter_map(|(_, _, row)| {
        let name = row.get("name")?.as_str()?.to_owned();
        let share = row.get("ratio").and_then(|it| it.as_str());
        let label = format!("{name}（抽查比例{}）", share.unwrap_or("没有写明"));
        Some(choice(name, label, "item"))
    });
    let sections: BTreeSet<&str> = standing
        .file
        .people
        .iter()
        .map(|it| it.section.as_str())
        .filter(|it| !it.is_empty())
        .collect();
    let sources = [RegisterName::Enterprises, RegisterName::Sites];
    let groups = sources.into_iter().map(|register| {
        let whole = choice(
            register.id().to_owned(),
            format!("{}：全部", register.chinese()),
            "from",
        );
        let kinds = kinds(register).iter().map(|(id, name)| {
            let value = format!("{}:{id}", register.id());
            choice(value, format!("{}：{name}", register.chinese()), "from")
        });
        (
            register.chinese(),
            [whole].into_iter().chain(kinds).collect(),
        )
    });
    let who = session::who().map(|who| who.actor.name);
    let page = PreparingPage {
        frame: Frame::of(office),
        token: token.text.clone(),
        key: match sent.one("key") {
            "" => office.new_id(),
            key => key.to_owned(),
        },
        items: items.collect(),
        groups: groups.collect(),
        sections: sections
            .into_iter()
            .map(|it| choice(it.to_owned(), it.to_owned(), "section"))
            .collect(),
        district: sent.one("district").to_owned(),
        is_key_only: sent.has("is_key_only"),
        count: sent.one("count").to_owned(),
        officers: match sent.has("officers") {
            true => sent.one("officers").to_owned(),
            false => OFFICERS.to_string(),
        },
        recusals: sent.one("recusals").to_owned(),
        reason: sent.one("reason").to_owned(),
        by: who.unwrap_or_default(),
        errors,
        pools,
    };
    token.keep(frame::page(status, &page))
}

/// The kinds of what a register lists.
fn kinds(register: RegisterName) -> &'static [(&'static str, &'static str)] {
    let mut columns = register.columns().iter();
    columns
        .find_map(|column| match column.kind {
            ColumnKind::Choice(Choices::Fixed(of)) if column.id == "kind" => Some(of),
            _ => None,
        })
        .unwrap_or_default()
}

fn text<'r>(row: &'r Row, column: &str) -> &'r str {
    row.get(column).and_then(|it| it.as_str()).unwrap_or("")
}

fn number(row: &Row, column: &str) -> u64 {
    row.get(column).and_then(|it| it.as_u64()).unwrap_or(0)
}

/// What stands in the row of a batch, prepared or drawn.
struct BatchShown {
    id: String,
    title: String,
    item: String,
    count: u64,
    least: u64,
    each: u64,
    object_pool: String,
    officer_pool: String,
    objects: Vec<String>,
    officers: Vec<String>,
    recusals: Vec<String>,
    reason: String,
    operator: String,
    commitment: String,
}

impl BatchShown {
    fn of(id: &str, row: &Row, standing: &Standing) -> BatchShown {
        let lines = |column: &str| -> Vec<String> {
            let lines = text(row, column).lines();
            lines.map(|line| line.replace('\t', " ")).collect()
        };
        let owned = |column: &str| text(row, column).to_owned();
        BatchShown {
            id: id.to_owned(),
            title: owned("name"),
            item: owned("item"),
            count: number(row, "count"),
            least: number(row, "least"),
            each: number(row, "each"),
            object_pool: owned("object_pool"),
            officer_pool: owned("officer_pool"),
            objects: lines("objects"),
            officers: lines("people"),
            recusals: text(row, "recusals_said")
                .lines()
                .map(str::to_owned)
                .collect(),
            reason: owned("reason"),
            operator: standing.person_name(text(row, "operator")),
            commitment: owned("commitment"),
        }
    }
}

#[derive(Template)]
#[template(path = "draw-prepared.html")]
struct PreparedPage {
    frame: Frame,
    token: String,
    key: String,
    number: u64,
    batch: BatchShown,
    at: String,
    /// What became of it, where it was given up.
    given_up: String,
    is_open: bool,
    /// Whether whoever looks may supervise it, and may give it up.
    may_draw: bool,
    may_cancel: bool,
    supervisors: String,
    said: String,
    cancel_reason: String,
    errors: Vec<FieldError>,
    overtaken: String,
}

impl PreparedPage {
    fn wrong(&self, field: &str) -> Vec<&str> {
        let own = self.errors.iter().filter(|it| it.field == field);
        own.map(|it| it.text.as_str()).collect()
    }
}

/// `GET /registers/draws/drafts/{number}`
pub(super) async fn show_prepared(
    State(office): State<Arc<Office>>,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Response {
    let shown = (Vec::new(), String::new());
    prepared(&office, &headers, &number, &Sent::default(), shown).await
}

/// `POST /registers/draws/drafts/{number}`: draws, or gives up.
pub(super) async fn send_prepared(
    State(office): State<Arc<Office>>,
    Path(number): Path<String>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let sent = match Sent::read(request).await {
        Ok(sent) => sent,
        Err(fault) => return fault.response(&office),
    };
    let by = acting(&signed, DRAWS, &office.standing());
    let Ok(draft) = number.parse() else {
        return Fault::NotFound("没有这次准备").response(&office);
    };
    let key = sent.one("key");
    let done = match sent.one("do") {
        "draw" => {
            let said = sent.one("said").to_owned();
            office.draw(&DrawReveal { draft, said, by }, key).await
        }
        "cancel" => {
            let reason = sent.one("cancel_reason").to_owned();
            let asked = DrawCancelling { draft, reason, by };
            let done = office.cancel_draw(&asked, key).await;
            done.map(|_| String::new())
        }
        _ => Err(RegisterError::Overtaken("请按“抽取”或者“作废”".to_owned())),
    };
    let shown = match done {
        Ok(batch) if batch.is_empty() => {
            return Redirect::to("/registers/draws?recorded=1").into_response();
        }
        Ok(batch) => return Redirect::to(&format!("/registers/draws/{batch}")).into_response(),
        Err(RegisterError::Fields(errors)) => (errors, String::new()),
        Err(RegisterError::Overtaken(text)) => (Vec::new(), text),
        Err(error) => {
            let back = format!("/registers/draws/drafts/{number}");
            return fault(error, back).response(&office);
        }
    };
    prepared(&office, &headers, &number, &sent, shown).await
}

async fn prepared(
    office: &Office,
    headers: &HeaderMap,
    number: &str,
    sent: &Sent,
    (errors, overtaken): (Vec<FieldError>, String),
) -> Response {
    let standing = match office.fresh_standing().await {
        Ok(standing) => standing,
        Err(error) => return Fault::Unexpected(error.into()).response(office),
    };
    let found = number.parse().ok();
    let found: Option<&Draft> = found.and_then(|number| standing.draft(DRAWS, number));
    let Some((draft, row)) = found.and_then(|draft| Some((draft, draft.row.as_deref()?))) else {
        return Fault::NotFound("没有这次准备").response(office);
    };
    let given_up = match &draft.state {
        DraftState::Approved(_) if overtaken.is_empty() => {
            return Redirect::to(&format!("/registers/draws/{}", draft.id)).into_response();
        }
        DraftState::Rejected { by, reason, .. } => {
            format!("{}作废：{reason}", standing.person_name(by))
        }
        DraftState::Open | DraftState::Approved(_) => String::new(),
    };
    let who = session::who().and_then(|who| who.actor.person);
    let may_draw = who
        .as_deref()
        .is_some_and(|who| standing.may_supervise(draft, who));
    let token = FormToken::of(office, headers);
    let status = match (overtaken.is_empty(), errors.is_empty()) {
        (false, _) => StatusCode::CONFLICT,
        (true, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (true, true) => StatusCode::OK,
    };
    let page = PreparedPage {
        frame: Frame::of(office),
        token: token.text.clone(),
        key: office.new_id(),
        number: draft.number,
        batch: BatchShown::of(&draft.id, row, &standing),
        at: wording::recorded(draft.recorded_at),
        given_up,
        is_open: draft.state == DraftState::Open,
        may_draw,
        may_cancel: may_draw || who.as_deref() == Some(draft.drafted_by.as_str()),
        supervisors: standing.reviewers(DRAWS),
        said: sent.one("said").to_owned(),
        cancel_reason: sent.one("cancel_reason").to_owned(),
        errors,
        overtaken,
    };
    token.keep(frame::page(status, &page))
}

#[derive(Template)]
#[template(path = "draw-batch.html")]
struct BatchPage {
    frame: Frame,
    batch: BatchShown,
    drawn_on: String,
    supervisor: String,
    secret: String,
    said: String,
    seed: String,
    reserves: String,
    lines: Vec<DrawnLine>,
    /// Why the record does not agree with the draw done over.
    doubts: Vec<String>,
    may_open: bool,
}

struct DrawnLine {
    code: String,
    object: String,
    officers: String,
    reserves: String,
    /// The cases that were opened for it, of those that are seen, and how many there are besides.
    cases: Vec<(String, String)>,
    others: usize,
    begins: Option<String>,
}

/// The page of a batch; nothing for what is a row like those of other registers.
pub(super) async fn batch(
    office: &Office,
    signed: &Signed,
    id: &str,
) -> Result<Option<Response>, Fault> {
    let standing = office.fresh_standing().await?;
    let version = standing.row(DRAWS, id, standing.day);
    let row = version.and_then(|version| version.row.as_deref());
    let Some(row) = row.filter(|row| text(row, "kind") == "batch") else {
        return Ok(None);
    };
    let may_open = office.may_open(&signed.actor).is_ok();
    let Some(redrawn) = standing.redrawn(id) else {
        return Ok(None);
    };
    let codes = (1..=redrawn.drawn.len()).map(|number| format!("{id}-{number:03}"));
    let codes: Vec<String> = codes.collect();
    let begin = format!("{id}-");
    let cases = office
        .cases_naming_each(&signed.actor, DRAWS, (&begin, &codes))
        .await?;
    // The address of the form is the same for all, but for the row.
    let row_of = |code: &str| {
        let version = standing.row(DRAWS, code, standing.day)?;
        version.row.as_deref()
    };
    let first = codes.first().and_then(|code| Some((code, row_of(code)?)));
    let opening = first.and_then(|(code, row)| {
        let all = list::openings(office, signed, DRAWS, (code, row));
        let (link, _) = all.into_iter().next()?;
        link.strip_suffix(code.as_str()).map(str::to_owned)
    });
    let names = |all: &[Drawable]| {
        let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
        names.join("、")
    };
    let lines = redrawn.drawn.iter().zip(codes).map(|(it, code)| {
        let named = cases.get(&code).cloned().unwrap_or_default();
        let is_open = named.seen.is_empty() && named.others == 0;
        let begins = opening.as_ref().filter(|_| is_open);
        DrawnLine {
            object: it.object.name.clone(),
            officers: names(&it.officers),
            reserves: names(&it.reserves),
            begins: begins.map(|link| format!("{link}{code}")),
            cases: named
                .seen
                .into_iter()
                .map(|line| (format!("/cases/{}", line.case_id), line.title))
                .collect(),
            others: named.others,
            code,
        }
    });
    let lines: Vec<DrawnLine> = lines.collect();
    let page = BatchPage {
        frame: Frame::of(office),
        drawn_on: text(row, "drawn_on").to_owned(),
        supervisor: standing.person_name(text(row, "supervisor")),
        secret: text(row, "secret").to_owned(),
        said: text(row, "said").to_owned(),
        seed: text(row, "seed").to_owned(),
        reserves: text(row, "reserves").to_owned(),
        batch: BatchShown::of(id, row, &standing),
        lines,
        doubts: redrawn.doubts,
        may_open,
    };
    Ok(Some(frame::page(StatusCode::OK, &page)))
}

/// `GET /registers/draws/{row}/proof`: everything that the draw is done over from, as text.
pub(super) async fn proof(State(office): State<Arc<Office>>, Path(id): Path<String>) -> Response {
    let standing = match office.fresh_standing().await {
        Ok(standing) => standing,
        Err(error) => return Fault::Unexpected(error.into()).response(&office),
    };
    let Some(text) = standing.draw_proof(&id) else {
        return Fault::NotFound("没有这一批抽取").response(&office);
    };
    let name = format!("attachment; filename=\"draw-{id}.txt\"");
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    (headers, text).into_response()
}
