//! The desk of service (送达台): each document of each party, how its service stands, and the shortcuts that record it.

use super::offered::OfferedAct;
use super::record::{DefectLine, defect_line};
use crate::components::Link;
use crate::components::deadline::Deadline;
use crate::components::empty::Empty;
use crate::components::status::{Status, Tone};
use crate::frame::{self, Frame};
use crate::session::Signed;
use crate::wording;
use app::access::Reading;
use app::{CaseView, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::entry::Entry;
use casework::serving::{Paper, Standing, papers};
use law::fact::Value;
use law::model::FactIx;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "service.html")]
struct ServicePage {
    frame: Frame,
    title: String,
    case_link: String,
    today: String,
    cards: Vec<Card>,
    open: usize,
    empty: Empty,
}

/// A document of a party.
struct Card {
    anchor: String,
    document: String,
    number: Option<String>,
    whose: String,
    status: Status,
    is_open: bool,
    due: String,
    deadline: Option<Deadline>,
    remarks: Vec<&'static str>,
    texts: Vec<String>,
    issued: String,
    served: Option<DoneLine>,
    attempts: Vec<DoneLine>,
    defects: Vec<DefectLine>,
    acts: Vec<OfferedAct>,
}

/// Something done, in a line.
pub(super) struct DoneLine {
    day: String,
    name: String,
    pub(super) said: String,
    pub(super) people: String,
    pub(super) files: usize,
}

/// `GET /cases/{case_id}/service`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Path(case_id): Path<String>,
    Extension(signed): Extension<Signed>,
) -> Response {
    match super::seen_as(&office, &signed, &case_id).await {
        Ok((view, reading)) => frame::page(StatusCode::OK, &page(&office, &view, reading)),
        Err(fault) => fault.response(&office),
    }
}

/// Documents of the case that have a service, and how many of them wait for one.
pub(super) fn count(office: &Office, view: &CaseView) -> (usize, usize) {
    let all = papers(view.case(), &office.context(), &view.answer, view.now);
    (
        all.len(),
        all.iter().filter(|paper| paper.is_open()).count(),
    )
}

fn page(office: &Office, view: &CaseView, reading: Reading) -> ServicePage {
    let papers = papers(view.case(), &office.context(), &view.answer, view.now);
    // Who only reads is offered nothing that would be denied.
    let records = reading != Reading::Traced;
    let card = |(at, paper): (usize, &Paper)| card(office, view, paper, at, records);
    ServicePage {
        frame: Frame::of(office).at("/cases"),
        title: view.title.clone(),
        case_link: format!("/cases/{}", view.case_id),
        today: view.now.day.chinese(),
        open: papers.iter().filter(|paper| paper.is_open()).count(),
        cards: papers.iter().enumerate().map(card).collect(),
        empty: Empty {
            head: "还没有要送达的文书。".to_owned(),
            text: "文书出具以后列在这里。".to_owned(),
            way: Some(Link::new(format!("/cases/{}", view.case_id), "返回案件页")),
        },
    }
}

fn card(office: &Office, view: &CaseView, paper: &Paper, at: usize, records: bool) -> Card {
    let procedure = view.procedure();
    let musts: Vec<_> = paper
        .musts
        .iter()
        .map(|at| &view.answer.must[*at])
        .collect();
    let first = musts.first();
    let due = first.and_then(|must| must.due);
    let mut remarks = Vec::new();
    if first.is_some_and(|must| must.provisional) {
        remarks.push("暂定日期，次年工作日历公布后确定");
    }
    if first.is_some_and(|must| must.unconfirmed) {
        remarks.push("期限依据待核");
    }
    if musts.iter().any(|must| must.blocks) {
        remarks.push("未送达不得结案");
    }
    let defects = paper.defects.iter();
    Card {
        anchor: format!("paper-{}", at + 1),
        document: procedure.documents[paper.document].name.clone(),
        number: paper.number.clone(),
        whose: wording::member_name(view.case(), paper.domain, paper.member),
        status: match paper.standing {
            Standing::Defective => Status::new("送达有瑕疵", Tone::Bad),
            Standing::Waiting => Status::new("待送达", Tone::Active),
            Standing::Served => Status::new("已送达", Tone::Good),
        },
        is_open: paper.is_open(),
        due: due.map_or_else(String::new, |due| due.chinese()),
        deadline: first.zip(due).map(|(must, due)| {
            Deadline::of(must.working_days_left, must.overdue, due, view.now.day)
        }),
        remarks,
        texts: musts
            .iter()
            .map(|must| wording::prose(&must.text))
            .collect(),
        issued: paper.issued.day.chinese(),
        served: paper.served.map(|at| done(office, view, at)),
        attempts: paper
            .attempts
            .iter()
            .map(|at| done(office, view, *at))
            .collect(),
        defects: defects
            .filter_map(|defect| defect_line(view, *defect, paper.member))
            .collect(),
        acts: if records {
            paper
                .acts
                .iter()
                .map(|act| OfferedAct::of(view, act))
                .collect()
        } else {
            Vec::new()
        },
    }
}

fn done(office: &Office, view: &CaseView, at: usize) -> DoneLine {
    done_saying(office, view, at, |_| true)
}

/// The same, with what was said of these facts alone.
pub(super) fn done_saying(
    office: &Office,
    view: &CaseView,
    at: usize,
    is_told: impl Fn(FactIx) -> bool,
) -> DoneLine {
    let procedure = view.procedure();
    let done = &view.case().history[at];
    let people: Vec<String> = done
        .people
        .iter()
        .map(|(_, person)| wording::person(office, person))
        .collect();
    let entry = usize::try_from(done.entry)
        .ok()
        .and_then(|it| it.checked_sub(1));
    let files = match entry.and_then(|at| view.history.entries.get(at)) {
        Some(Entry::Act(act)) => act.files.len(),
        Some(Entry::TakenOver(taken)) => {
            taken.acts.get(done.within).map_or(0, |act| act.files.len())
        }
        Some(Entry::Corrected(correction)) => correction.act.files.len(),
        Some(Entry::CalendarSettled { .. } | Entry::PartsDestroyed(_)) | None => 0,
    };
    // In the order in which the act asks for it.
    let event = &procedure.events[done.event];
    let asked = event.required.iter().copied().chain(event.unforced());
    let said: Vec<String> = asked
        .filter(|fact| is_told(*fact))
        .filter_map(|fact| done.facts.iter().find(|(known, _)| *known == fact))
        .filter_map(|(fact, value)| said_of(office, view, *fact, value))
        .collect();
    DoneLine {
        day: done.occurred.chinese(),
        name: procedure.act_of(done.event).name.clone(),
        said: said.join("；"),
        people: people.join("、"),
        files,
    }
}

/// A fact as one says it in a line: what was chosen by its value, what holds by its name, the rest by both.
fn said_of(office: &Office, view: &CaseView, fact: FactIx, value: &Value) -> Option<String> {
    let procedure = view.procedure();
    let declared = &procedure.facts[fact];
    let name = wording::fact_name(&declared.name);
    match value {
        Value::Bool(true) => Some(name.to_owned()),
        // What does not hold is not told: it is mostly what the way of service does not know.
        Value::Bool(false) => None,
        Value::Choice(_) | Value::Choices(_) => Some(declared.show(value)),
        _ => {
            let shown = wording::value(&office.context().rules, procedure, fact, value);
            Some(format!("{name}：{shown}"))
        }
    }
}
