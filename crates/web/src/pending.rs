//! What waits for somebody's hand (签批): the whole case on one page, what is to be recorded, and what came since.

use crate::case::{self, changes_since, timeline};
use crate::components::timeline::{Timeline, first_brought};
use crate::fault::Fault;
use crate::form::SmallForm;
use crate::frame::{self, Frame};
use crate::import;
use crate::registers;
use crate::session::Signed;
use crate::wording;
use app::batch::{Batch, BatchError, Stage};
use app::pending::{Agreed, Outcome, Pending, PendingError};
use app::register::Waiting;
use app::{CaseView, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use law::model::Procedure;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "pending-list.html")]
struct ListPage {
    frame: Frame,
    waiting: Vec<Line>,
    prepared: Vec<Line>,
}

pub(crate) struct Line {
    pub(crate) link: String,
    pub(crate) act: String,
    pub(crate) case_title: String,
    pub(crate) prepared: String,
    pub(crate) state: String,
    is_bad: bool,
}

/// `GET /pending`
pub(crate) async fn list(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    let read = async {
        let waiting = office.pending_for(&signed.actor).await?;
        let prepared = office.prepared_by(&signed.actor).await?;
        Ok::<_, PendingError>((waiting, prepared))
    };
    let batches = async {
        let waiting = office.batches_for(&signed.actor).await?;
        let own = office.batches_by(&signed.actor).await?;
        Ok::<_, BatchError>((waiting, own))
    };
    let (batches, own) = match batches.await {
        Ok(found) => found,
        Err(error) => return Fault::Unexpected(error.into()).response(&office),
    };
    let (waiting, prepared) = match read.await {
        Ok(found) => found,
        Err(error) => return fault(error, "/pending").response(&office),
    };
    let mut page = ListPage {
        frame: Frame::of(&office),
        waiting: Vec::new(),
        prepared: Vec::new(),
    };
    for pending in waiting {
        page.waiting.push(line(&office, &pending).await);
    }
    for pending in prepared {
        page.prepared.push(line(&office, &pending).await);
    }
    let lines = |batches: Vec<Batch>| -> Vec<Line> {
        batches.iter().map(|it| batch_line(&office, it)).collect()
    };
    page.waiting.extend(lines(batches));
    page.prepared.extend(lines(own));
    let standing = office.standing();
    let drafts = standing.drafts_for(&signed.actor).into_iter();
    page.waiting
        .extend(drafts.map(|(register, draft, waiting)| Line {
            link: format!("/registers/{}/drafts/{}", register.id(), draft.number),
            act: match waiting {
                Waiting::Review if register.is_drawn() => "监督随机抽取".to_owned(),
                Waiting::Review => "审核登记的起草".to_owned(),
                Waiting::Ruling => "批准登记的起草".to_owned(),
            },
            case_title: registers::draft_title(register, draft, &standing),
            prepared: format!(
                "{} {}",
                standing.person_name(&draft.drafted_by),
                wording::recorded(draft.recorded_at)
            ),
            state: String::new(),
            is_bad: false,
        }));
    frame::page(StatusCode::OK, &page)
}

/// A batch of cases on paper, in the same list.
pub(crate) fn batch_line(office: &Office, batch: &Batch) -> Line {
    let count = batch.sealed.as_ref().map_or(0, |sealed| sealed.cases.len());
    Line {
        link: format!("/cases/import/{}", batch.id),
        act: "接续纸质案件".to_owned(),
        case_title: match count {
            0 => batch.name.clone(),
            count => format!("{}（{count}件）", batch.name),
        },
        prepared: format!(
            "{} {}",
            wording::person(office, &batch.entered_by),
            wording::recorded(batch.begun_at)
        ),
        state: import::state(office, batch).text,
        is_bad: matches!(batch.stage, Stage::Declined { .. }),
    }
}

/// A line of the list.
pub(crate) async fn line(office: &Office, pending: &Pending) -> Line {
    let view = view(office, pending).await;
    let (act, case_title) = view.map_or_else(
        |_| (pending.request.event.clone(), String::new()),
        |view| (act_name(&view, pending), title(&view)),
    );
    let (state, is_bad) = state(office, pending);
    Line {
        link: format!("/pending/{}", pending.id),
        act,
        case_title,
        prepared: format!(
            "{} {}",
            wording::person(office, &pending.prepared_by),
            wording::recorded(pending.prepared_at)
        ),
        state,
        is_bad,
    }
}

async fn view(office: &Office, pending: &Pending) -> Result<CaseView, app::ReadCaseError> {
    match &pending.case_id {
        Some(case_id) => office.case(case_id).await,
        None => office.empty_case(&pending.procedure),
    }
}

fn act_name(view: &CaseView, pending: &Pending) -> String {
    let event = view.procedure().event(&pending.request.event);
    event.map_or_else(
        || pending.request.event.clone(),
        |event| wording::event(view.procedure(), event),
    )
}

fn title(view: &CaseView) -> String {
    if view.case_id.is_empty() {
        format!("新案件（{}）", view.procedure().name)
    } else {
        view.title.clone()
    }
}

fn state(office: &Office, pending: &Pending) -> (String, bool) {
    match &pending.outcome {
        None => {
            let missing = pending.missing().map(|id| wording::person(office, id));
            let missing = missing.collect::<Vec<_>>().join("、");
            (format!("待{missing}签批"), false)
        }
        Some(Outcome::Recorded { .. }) => ("已签批，已记录".to_owned(), false),
        Some(Outcome::Declined { person, reason, at }) => (
            format!(
                "{}于{}退回：{reason}",
                wording::person(office, person),
                wording::recorded(*at)
            ),
            true,
        ),
        Some(Outcome::Withdrawn { at }) => (format!("已于{}撤回", wording::recorded(*at)), false),
    }
}

#[derive(Template)]
#[template(path = "pending.html")]
struct PendingPage {
    frame: Frame,
    token: String,
    id: String,
    act: String,
    subject: String,
    case_title: String,
    case_link: Option<String>,
    prepared: String,
    hands: Vec<(String, String)>,
    state: String,
    recorded_link: Option<String>,
    occurred: String,
    people: Vec<(String, String)>,
    facts: Vec<(String, String)>,
    newcomers: Vec<(String, Vec<(String, String)>)>,
    reasons: Vec<String>,
    files: Vec<(String, String, String)>,
    changes: Vec<(String, String)>,
    case_facts: Vec<case::FactGroup>,
    timeline: Timeline,
    may_agree: bool,
    may_withdraw: bool,
    obstacles: Vec<wording::Told>,
    error: String,
    reason: String,
}

/// `GET /pending/{id}`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
) -> Response {
    let shown = async {
        let pending = office.pending(&signed.actor, &id).await?;
        page(&office, &signed, &pending, Said::default()).await
    };
    match shown.await {
        Ok(page) => frame::page(StatusCode::OK, &page),
        Err(error) => fault(error, "/pending").response(&office),
    }
}

#[derive(Default)]
struct Said {
    obstacles: Vec<wording::Told>,
    error: String,
    reason: String,
}

async fn page(
    office: &Office,
    signed: &Signed,
    pending: &Pending,
    said: Said,
) -> Result<PendingPage, PendingError> {
    let view = view(office, pending).await?;
    let procedure = view.procedure();
    let request = &pending.request;
    let event = procedure.event(&request.event);
    let rules = &office.context().rules;
    let shown = |(id, json): (&String, &serde_json::Value)| {
        let fact = procedure.fact(id)?;
        let declared = &procedure.facts[fact];
        let value = declared.from_json(json).ok()?;
        let value = wording::value(rules, procedure, fact, &value);
        Some((wording::fact_name(&declared.name).to_owned(), value))
    };
    let subject = event.map_or_else(String::new, |event| {
        let domain = procedure.events[event].domain;
        let member = view.case().member(domain, request.number);
        member.map_or_else(String::new, |member| {
            wording::member_name(view.case(), domain, member)
        })
    });
    let person = |id: &String| wording::person(office, id);
    let role = |id: &str| {
        let found = procedure.roles.iter().find(|role| role.id == id);
        found.map_or_else(|| id.to_owned(), |role| role.name.clone())
    };
    let me = signed.actor.person.as_deref().unwrap_or_default();
    let is_open = pending.outcome.is_none();
    let (state, _) = state(office, pending);
    let changes = changes_since(office, &view, pending.version);
    let beyond = first_brought(view.history.entries.len(), false);
    Ok(PendingPage {
        frame: Frame::of(office),
        token: signed.form_token.clone(),
        id: pending.id.clone(),
        act: act_name(&view, pending),
        subject,
        case_title: title(&view),
        case_link: pending.case_id.as_ref().map(|id| format!("/cases/{id}")),
        prepared: format!(
            "{} {}",
            person(&pending.prepared_by),
            wording::recorded(pending.prepared_at)
        ),
        hands: pending
            .hands
            .iter()
            .skip(1)
            .map(|hand| (person(&hand.person), hand.at.chinese()))
            .collect(),
        state,
        recorded_link: match &pending.outcome {
            Some(Outcome::Recorded { case_id, .. }) => Some(format!("/cases/{case_id}")),
            _ => None,
        },
        occurred: request.occurred.chinese(),
        people: by_role(
            request
                .people
                .iter()
                .map(|it| (role(&it.role), person(&it.person))),
        ),
        facts: in_order(procedure, &request.facts)
            .filter_map(shown)
            .collect(),
        newcomers: request
            .introduces
            .iter()
            .map(|new| {
                (
                    new.name.clone(),
                    in_order(procedure, &new.facts).filter_map(shown).collect(),
                )
            })
            .collect(),
        reasons: request.reasons.values().cloned().collect(),
        files: request
            .files
            .iter()
            .map(|file| {
                (
                    file.name.clone(),
                    wording::size(file.size_bytes),
                    format!("/files/{}", file.sha256),
                )
            })
            .collect(),
        changes: changes
            .into_iter()
            .filter(|_| is_open)
            .map(|it| (it.name, it.recorded))
            .collect(),
        case_facts: case::facts(office, &view)
            .into_iter()
            .map(case::FactGroup::narrow)
            .collect(),
        timeline: Timeline {
            entries: timeline(office, &view, beyond),
            beyond,
            is_unfolded: false,
            whole: format!("/cases/{}?unfold=all#timeline", view.case_id),
        },
        may_agree: is_open && pending.missing().any(|it| it == me),
        may_withdraw: is_open && pending.prepared_by == me,
        obstacles: said.obstacles,
        error: said.error,
        reason: said.reason,
    })
}

/// Those of one role stand in one line.
fn by_role(people: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for (role, name) in people {
        match lines.iter_mut().find(|(known, _)| *known == role) {
            Some((_, names)) => names.push_str(&format!("、{name}")),
            None => lines.push((role, name)),
        }
    }
    lines
}

/// Facts as the procedure declares them one after the other, and not by their ids.
fn in_order<'f>(
    procedure: &Procedure,
    facts: &'f BTreeMap<String, serde_json::Value>,
) -> impl Iterator<Item = (&'f String, &'f serde_json::Value)> {
    let mut all: Vec<_> = facts.iter().collect();
    all.sort_by_key(|(id, _)| procedure.fact(id));
    all.into_iter()
}

/// `POST /pending/{id}`: `do` is `agree`, `decline` or `withdraw`.
pub(crate) async fn answer(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    form: SmallForm,
) -> Response {
    let actor = &signed.actor;
    let here = format!("/pending/{id}");
    let reason = form.one("reason").to_owned();
    let (error, status) = match form.one("do") {
        "agree" => match office.agree(actor, &id).await {
            Ok(Agreed::Waiting(_)) => return Redirect::to(&here).into_response(),
            Ok(Agreed::Recorded(done)) => {
                let to = format!("/cases/{}?recorded={}", done.case_id, done.version);
                return Redirect::to(&to).into_response();
            }
            Err(error) => (error, StatusCode::CONFLICT),
        },
        "decline" => match office.decline(actor, &id, &reason).await {
            Ok(_) => return Redirect::to("/pending").into_response(),
            Err(error) => (error, StatusCode::UNPROCESSABLE_ENTITY),
        },
        "withdraw" => match office.withdraw(actor, &id).await {
            Ok(_) => return Redirect::to("/pending").into_response(),
            Err(error) => (error, StatusCode::CONFLICT),
        },
        _ => return Fault::Unreadable(StatusCode::UNPROCESSABLE_ENTITY).response(&office),
    };
    let mut said = Said {
        reason,
        ..Said::default()
    };
    match &error {
        PendingError::Field(text) => said.error.clone_from(text),
        PendingError::Settled(_) | PendingError::Contested => said.error = error.to_string(),
        PendingError::Perform(inner) => match inner.as_ref() {
            app::PerformError::Refused(refusal) => {
                let view = match office.pending(actor, &id).await {
                    Ok(pending) => view(&office, &pending).await.map_err(PendingError::from),
                    Err(error) => Err(error),
                };
                let view = match view {
                    Ok(view) => view,
                    Err(error) => return fault(error, &here).response(&office),
                };
                let procedure = view.procedure();
                said.obstacles = refusal
                    .grounds
                    .iter()
                    .map(|ground| {
                        let rule = ground.rule.as_deref().and_then(|id| procedure.rule(id));
                        wording::told(procedure, rule, &ground.text)
                    })
                    .collect();
            }
            app::PerformError::Stale { .. } => {
                said.error = "同时有人在办理本案，请再试一次。".to_owned();
            }
            app::PerformError::Fields(errors) => {
                let texts = errors.iter().map(|error| error.text.as_str());
                said.error = texts.collect::<Vec<_>>().join("；");
            }
            _ => return fault(error, &here).response(&office),
        },
        _ => return fault(error, &here).response(&office),
    }
    let shown = async {
        let pending = office.pending(actor, &id).await?;
        page(&office, &signed, &pending, said).await
    };
    match shown.await {
        Ok(page) => frame::page(status, &page),
        Err(error) => fault(error, &here).response(&office),
    }
}

pub(crate) fn fault(error: PendingError, back: &str) -> Fault {
    match error {
        PendingError::NoSuch => Fault::NotFound("没有这份待签批的材料"),
        PendingError::Denied(denied) => denied.into(),
        PendingError::Case(error) => error.into(),
        PendingError::Perform(error) => Fault::of(*error, back.to_owned()),
        other => Fault::Unexpected(other.into()),
    }
}
