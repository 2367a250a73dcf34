//! What is to be done today (今日待办): what waits for somebody's hand, and what is owed, in the order of danger.

use crate::case::act_link;
use crate::components::deadline::{Deadline, Nearness};
use crate::components::empty::Empty;
use crate::components::filters::{Filters, Way};
use crate::components::pager::Pager;
use crate::components::table::{Cell, Column, Table};
use crate::components::{Link, address};
use crate::disclosures;
use crate::fault::Fault;
use crate::frame::{self, Frame};
use crate::pending;
use crate::session::Signed;
use crate::wording;
use app::Office;
use app::access::Actor;
use app::agency::Duty;
use app::batch::{Batch, BatchError, Stage};
use app::drafts::{Draft, DraftOwner, DraftPlace, Drafts};
use app::ledger::{Holder, ReadError, TodoLine};
use app::pending::{Outcome, Pending, PendingError};
use app::todo::{Todo, Whose};
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use law::model::{Procedure, SubjectClass};
use law::time::working_days_between;
use std::collections::BTreeMap;
use std::sync::Arc;
use vocabulary::Moment;

/// So many lines stand on one page.
const LINES_PER_PAGE: usize = 30;
/// So many drafts, and so many things to sign, are listed before the page leads to the others.
const BESIDE: usize = 5;

#[derive(Template)]
#[template(path = "today.html")]
struct TodayPage {
    frame: Frame,
    today: String,
    may_open: bool,
    beside: Vec<Beside>,
    ways: Filters,
    groups: Vec<Group>,
    empty: Option<Empty>,
    pager: Pager,
}

/// Something beside the cases: what is to be signed, what came back, what was not finished.
struct Beside {
    name: &'static str,
    count: usize,
    is_bad: bool,
    lines: Vec<Line>,
    /// Where the others are, if there are more.
    more: Option<Link>,
}

struct Line {
    link: String,
    name: String,
    of: String,
    note: String,
}

struct Group {
    id: &'static str,
    name: &'static str,
    table: Table,
}

/// `GET /`: `whose=section` shows what the unit has to do.
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
    drafts: Option<Extension<Arc<dyn Drafts>>>,
) -> Response {
    let actor = &signed.actor;
    // Whoever only administers has no cases, and whoever only supervises has no work in them.
    if actor.person.is_none() {
        let to = match actor.has(Duty::Administrator) {
            true => "/accounts",
            false => "/supervision",
        };
        return Redirect::to(to).into_response();
    }
    let whose = match query.get("whose").map(String::as_str) {
        Some("section") => Whose::Section,
        _ => Whose::Own,
    };
    let after = query.get("after").and_then(|text| cursor(text));
    let limit = u32::try_from(LINES_PER_PAGE + 1).unwrap_or(u32::MAX);
    let read = async {
        let todo = office.todo(actor, whose, after.as_ref(), limit).await?;
        let waiting = office.pending_for(actor).await?;
        let prepared = office.prepared_by(actor).await?;
        Ok::<_, PendingError>((todo, waiting, prepared))
    };
    let batches = async {
        let waiting = office.batches_for(actor).await?;
        let mut own = office.batches_by(actor).await?;
        own.retain(|batch| matches!(batch.stage, Stage::Declined { .. }));
        Ok::<_, BatchError>([waiting, own])
    };
    let batches = match batches.await {
        Ok(found) => found,
        Err(error) => return Fault::Unexpected(error.into()).response(&office),
    };
    let (todo, waiting, prepared) = match read.await {
        Ok(found) => found,
        Err(error) => return Fault::Unexpected(error.into()).response(&office),
    };
    let left = match drafts {
        Some(Extension(drafts)) => {
            let owner = DraftOwner {
                agency: office.log().clone(),
                account: actor.account.clone(),
            };
            drafts.list(&owner, office.instant()).await
        }
        None => Ok(Vec::new()),
    };
    let left = match left {
        Ok(left) => left,
        Err(error) => return Fault::Unexpected(error.into()).response(&office),
    };
    let more = todo.len() > LINES_PER_PAGE;
    let todo: Vec<Todo> = todo.into_iter().take(LINES_PER_PAGE).collect();
    let whose_name = match whose {
        Whose::Own => "",
        Whose::Section => "section",
    };
    let next = todo.last().filter(|_| more).map(|last| {
        let pairs = [("whose", whose_name), ("after", &place(&last.line))];
        address("/", &pairs)
    });
    let mut beside = Vec::new();
    if after.is_none() && whose == Whose::Own {
        match warned(&office, &signed).await {
            Ok(warned) => beside.extend(warned),
            Err(fault) => return fault.response(&office),
        }
        let others = beside_cases(&office, actor, waiting, prepared, batches, left).await;
        beside.extend(others);
    }
    let first = after
        .is_some()
        .then(|| address("/", &[("whose", whose_name)]));
    let empty = todo.is_empty().then(|| nothing(whose, after.is_some()));
    let groups = match groups(&office, todo, whose).await {
        Ok(groups) => groups,
        Err(error) => return Fault::Unexpected(error.into()).response(&office),
    };
    let page = TodayPage {
        frame: Frame::of(&office).at("/"),
        today: office.now().day.chinese(),
        may_open: office.may_open(actor).is_ok(),
        beside,
        ways: Filters {
            label: "谁的待办",
            ways: vec![
                Way::new("我的", "/", whose == Whose::Own),
                Way::new(
                    section_name(&actor.section),
                    "/?whose=section",
                    whose == Whose::Section,
                ),
            ],
        },
        groups,
        empty,
        pager: Pager {
            of: "待办",
            first,
            next,
        },
    };
    frame::page(StatusCode::OK, &page)
}

fn section_name(section: &str) -> String {
    match section {
        "" => "本机关".to_owned(),
        section => section.to_owned(),
    }
}

fn nothing(whose: Whose, is_later_page: bool) -> Empty {
    let (head, text) = match (is_later_page, whose) {
        (true, _) => ("后面没有了。", ""),
        (false, Whose::Own) => (
            "今天没有等您办的事。",
            "您承办的案件和您的岗位都没有待办的事项。",
        ),
        (false, Whose::Section) => ("没有待办。", "这个科室的案件都没有待办的事项。"),
    };
    Empty {
        head: head.to_owned(),
        text: text.to_owned(),
        way: Some(Link::new("/cases", "看全部案件")),
    }
}

/// Where the page ended, as the address of the next one carries it.
pub(crate) fn place(line: &TodoLine) -> String {
    let due = line.due.map_or_else(String::new, |due| due.to_string());
    format!("{due}~{}~{}~{}", line.case_id, line.event, line.number)
}

/// A place that cannot be read begins the list again.
pub(crate) fn cursor(text: &str) -> Option<TodoLine> {
    let mut fields = text.splitn(4, '~');
    let mut field = || fields.next();
    let (due, case_id, event, number) = (field()?, field()?, field()?, field()?);
    Some(TodoLine {
        case_id: case_id.to_owned(),
        holder: Holder::Section(String::new()),
        procedure: String::new(),
        event: event.to_owned(),
        number: number.parse().ok()?,
        goals: String::new(),
        rule: String::new(),
        due: match due {
            "" => None,
            due => Some(Moment::parse(due).ok()?),
        },
        is_open: true,
        is_paused: false,
        is_provisional: false,
    })
}

/// The headings under which lines stand, the most dangerous first.
const HEADINGS: [(&str, &str); 5] = [
    ("late", "已经逾期"),
    ("today", "今天到期"),
    ("near", "两个工作日以内"),
    ("far", "以后"),
    ("none", "没有期限"),
];

async fn groups(office: &Office, todo: Vec<Todo>, whose: Whose) -> Result<Vec<Group>, ReadError> {
    let mut by_heading: [Vec<Vec<Cell>>; 5] = Default::default();
    for todo in todo {
        let deadline = deadline(office, &todo.line);
        let heading = match deadline.as_ref().map(|deadline| deadline.nearness) {
            Some(Nearness::Late) => 0,
            Some(Nearness::Today) => 1,
            Some(Nearness::Near) => 2,
            Some(Nearness::Far) => 3,
            None => 4,
        };
        by_heading[heading].push(cells(office, todo, deadline, whose).await);
    }
    let groups = HEADINGS.into_iter().zip(by_heading);
    let groups = groups.filter(|(_, rows)| !rows.is_empty());
    Ok(groups
        .map(|((id, name), rows)| Group {
            id,
            name,
            table: Table {
                caption: format!("待办，{name}"),
                columns: vec![
                    Column::text("要办的事"),
                    Column::text("案件"),
                    Column::text("期限"),
                ],
                rows,
            },
        })
        .collect())
}

pub(crate) fn deadline(office: &Office, line: &TodoLine) -> Option<Deadline> {
    let due = line.due?;
    let now = office.now();
    let days = working_days_between(&office.context().calendar, now.day, due.day).days;
    let is_late = casework::decide::is_after(now, due);
    Some(Deadline::of(Some(days), is_late, due, now.day))
}

async fn cells(office: &Office, todo: Todo, deadline: Option<Deadline>, whose: Whose) -> Vec<Cell> {
    let Todo { line, case } = todo;
    let procedure = office.procedures().find(|it| it.id == line.procedure);
    let name = |event: &str| {
        let found = procedure.and_then(|procedure| Some((procedure, procedure.event(event)?)));
        found.map_or_else(
            || event.to_owned(),
            |(procedure, event)| wording::event(procedure, event),
        )
    };
    let case_link = format!("/cases/{}", case.line.case_id);
    let mut step = name(&line.event);
    // Where a case has one party, everybody knows whom the step is for; goods are told apart by their names alone.
    let is_of_goods = procedure.is_some_and(|procedure| {
        let event = procedure.event(&line.event);
        let domain = event.map(|event| usize::from(procedure.events[event].domain.0));
        domain.is_some_and(|domain| {
            let class = procedure.subjects[domain].class;
            matches!(class, SubjectClass::Evidence | SubjectClass::Measure)
        })
    });
    if line.number > 0 && (is_of_goods || case.line.party_names.contains('、')) {
        let subject = office.subject_name(&line.case_id, &line.event, line.number);
        if let Some(subject) = subject.await {
            step = format!("{step}（{subject}）");
        }
    }
    let mut under = Vec::new();
    let goals: Vec<String> = line
        .goals
        .split_whitespace()
        .map(|goal| format!("【{}】", name(goal)))
        .collect();
    if !goals.is_empty() {
        under.push(format!("通向{}", goals.join("或者")));
    }
    if let Some(by) = procedure.and_then(|procedure| by_others(procedure, &line, whose)) {
        under.push(by);
    }
    let mut remark = |is: bool, text: &str| {
        if is {
            under.push(text.to_owned());
        }
    };
    remark(!line.is_open, "现在还不能办，原因见案件页");
    remark(line.is_paused, "期限停计中");
    remark(line.is_provisional, "暂定日期，次年工作日历公布后确定");
    let link = match line.is_open {
        true => act_link(&line.case_id, &line.event, line.number),
        false => case_link.clone(),
    };
    let about = case.line.case_number.into_iter();
    let about = about.chain([case.line.party_names]);
    vec![
        Cell::Link {
            to: Link::new(link, step),
            under,
        },
        Cell::Link {
            to: Link::new(case_link, case.line.title),
            under: about.filter(|text| !text.is_empty()).collect(),
        },
        match (line.due, deadline) {
            (Some(due), Some(deadline)) => Cell::Due(due.chinese(), deadline),
            _ => Cell::Absent("没有期限"),
        },
    ]
}

/// On the list of a unit stands also what others than its officers are to do.
fn by_others(procedure: &Procedure, line: &TodoLine, whose: Whose) -> Option<String> {
    if whose == Whose::Own {
        return None;
    }
    let roles = &procedure.act_of(procedure.event(&line.event)?).roles;
    let mut roles: Vec<_> = roles
        .iter()
        .filter_map(|role| procedure.roles.get(*role))
        .collect();
    if roles.iter().any(|role| role.is_officer) {
        return None;
    }
    let names: Vec<&str> = roles.drain(..).map(|role| role.name.as_str()).collect();
    (!names.is_empty()).then(|| format!("由{}办理", names.join("、")))
}

/// What a head of unit or a leader is warned of before it is late (law.md G-PUB-TIME).
async fn warned(office: &Office, signed: &Signed) -> Result<Option<Beside>, Fault> {
    let lines = disclosures::warnings(office, signed).await?;
    if lines.is_empty() {
        return Ok(None);
    }
    Ok(Some(Beside {
        name: "公示期限预警",
        count: lines.len(),
        is_bad: true,
        more: (lines.len() > BESIDE).then(|| Link::new("/disclosures", "看全部")),
        lines: lines
            .into_iter()
            .take(BESIDE)
            .map(|(case, note)| Line {
                link: case.href,
                name: case.text,
                of: String::new(),
                note,
            })
            .collect(),
    }))
}

async fn beside_cases(
    office: &Office,
    actor: &Actor,
    waiting: Vec<Pending>,
    prepared: Vec<Pending>,
    [batches, batches_back]: [Vec<Batch>; 2],
    drafts: Vec<Draft>,
) -> Vec<Beside> {
    let declined = |pending: &Pending| matches!(pending.outcome, Some(Outcome::Declined { .. }));
    let back: Vec<Pending> = prepared.into_iter().filter(declined).collect();
    let mut all = Vec::new();
    let groups = [
        ("等我签批", false, waiting, batches),
        ("退回我的", true, back, batches_back),
    ];
    for (name, is_bad, listed, batches) in groups {
        let mut shown = Vec::new();
        for pending in listed.iter().take(BESIDE) {
            shown.push(pending::line(office, pending).await);
        }
        let batches_shown = batches.iter().take(BESIDE.saturating_sub(shown.len()));
        shown.extend(batches_shown.map(|batch| pending::batch_line(office, batch)));
        let count = listed.len() + batches.len();
        let mut lines = Vec::new();
        for line in shown {
            lines.push(Line {
                link: line.link,
                name: line.act,
                of: line.case_title,
                note: match is_bad {
                    true => line.state,
                    false => format!("{}送签", line.prepared),
                },
            });
        }
        all.push(Beside {
            name,
            count,
            is_bad,
            more: (count > BESIDE).then(|| Link::new("/pending", "看全部")),
            lines,
        });
    }
    let mut lines = Vec::new();
    for draft in drafts.iter().take(BESIDE) {
        lines.extend(draft_line(office, actor, draft).await);
    }
    all.push(Beside {
        name: "没有写完的",
        count: drafts.len(),
        is_bad: false,
        lines,
        more: None,
    });
    all.retain(|beside| !beside.lines.is_empty());
    all
}

async fn draft_line(office: &Office, actor: &Actor, draft: &Draft) -> Option<Line> {
    let form = &draft.form;
    let (view, link) = match &form.place {
        DraftPlace::Case(case_id) => {
            // Of a case that cannot be read any more there is nothing to finish.
            let (view, _) = office.case_for(actor, case_id).await.ok()?;
            let link = act_link(case_id, &form.event, form.subject);
            (view, link)
        }
        DraftPlace::Procedure(id) => {
            let view = office.empty_case(id).ok()?;
            (view, format!("/cases/new/{id}/{}", form.event))
        }
    };
    let procedure = view.procedure();
    Some(Line {
        link,
        name: wording::event(procedure, procedure.event(&form.event)?),
        of: match &form.place {
            DraftPlace::Case(_) => view.title.clone(),
            DraftPlace::Procedure(_) => format!("新案件（{}）", procedure.name),
        },
        note: format!("{}暂存", wording::recorded(draft.saved_at)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_and_anything_else_is_none() {
        for due in ["", "2026-10-13", "2026-10-13T09:30"] {
            let text = format!("{due}~0199-a~penalty~3");
            let line = cursor(&text).expect("a place");
            assert_eq!(place(&line), text);
        }
        for bad in ["", "~", "x~a~b~1", "2026-10-13~a~b~x"] {
            assert!(cursor(bad).is_none(), "{bad}");
        }
    }
}
