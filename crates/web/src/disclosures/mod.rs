//! The desk of those who release publications (公示审核台): what is to be released and by when, what is held and why, and
//! what is to be taken off again.

pub(crate) mod carrier;
pub(crate) mod release;

use crate::components::Link;
use crate::components::empty::Empty;
use crate::components::table::{Cell, Column, Table};
use crate::fault::Fault;
use crate::frame::{self, Frame};
use crate::session::Signed;
use crate::today;
use crate::wording;
use app::Office;
use app::disclosing::{Disclosing, State as Stage};
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use law::model::Procedure;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "disclosures.html")]
struct DisclosuresPage {
    frame: Frame,
    today: String,
    /// What was done just now.
    done: Option<Done>,
    figures: Vec<(&'static str, usize)>,
    /// Held, by the kind of reason.
    causes: Vec<(String, usize)>,
    groups: Vec<Group>,
    empty: Option<Empty>,
}

/// A publication that was released, held or kept away just now.
struct Done {
    text: &'static str,
    case: Link,
}

struct Group {
    id: &'static str,
    name: &'static str,
    hint: &'static str,
    table: Table,
}

/// Under which heading a publication stands.
const HEADINGS: [(&str, &str, &str); 5] = [
    ("late", "已经逾期", "期限已过，仍须办理；逾期记入统计。"),
    ("withdraw", "要撤回、更正或者答复的", ""),
    ("review", "待审查、待发布", ""),
    (
        "held",
        "暂缓公示的",
        "暂缓期间公示期限照常计算；送达以后当日复核。",
    ),
    ("none", "没有期限的", ""),
];

/// `GET /disclosures`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    match page(&office, &query, &signed).await {
        Ok(page) => frame::page(StatusCode::OK, &page),
        Err(fault) => fault.response(&office),
    }
}

async fn page(
    office: &Office,
    query: &BTreeMap<String, String>,
    signed: &Signed,
) -> Result<DisclosuresPage, Fault> {
    let actor = &signed.actor;
    if !office.may_see_disclosures(actor) {
        return Err(Fault::denied(
            "公示审核台由信息发布审核员、负责人和执法监督使用，您的账号没有这个岗位。",
        ));
    }
    let all = office.disclosing(actor).await?;
    let releases = office.may_release(actor);
    let mut by_heading: [Vec<Vec<Cell>>; 5] = Default::default();
    let mut causes: BTreeMap<String, usize> = BTreeMap::new();
    let (mut late, mut held) = (0, 0);
    for it in &all {
        let is_late = it.days_left.is_some_and(|left| left < 0);
        late += usize::from(is_late);
        if let Stage::Held { cause, .. } = &it.state {
            held += 1;
            *causes.entry(cause.clone()).or_default() += 1;
        }
        let heading = match (&it.state, it.days_left) {
            (_, Some(left)) if left < 0 => 0,
            (Stage::Shown, _) => 1,
            (Stage::Held { .. }, _) => 3,
            (_, None) => 4,
            _ => 2,
        };
        by_heading[heading].push(row(office, it, releases));
    }
    let groups = HEADINGS.into_iter().zip(by_heading);
    let groups = groups.filter(|(_, rows)| !rows.is_empty());
    let groups = groups.map(|((id, name, hint), rows)| Group {
        id,
        name,
        hint,
        table: Table {
            caption: format!("{name}，期限最近的在前"),
            columns: vec![
                Column::text("案件"),
                Column::text("公示件"),
                Column::text("状态"),
                Column::text("期限"),
                Column::text("办理"),
            ],
            rows,
        },
    });
    let done = match query.get("done").map(String::as_str) {
        Some("release") => Some("已经发布，公众门户现在就能看到"),
        Some("postpone") => Some("已经记录暂缓公示"),
        Some("withhold") => Some("已经记录不予公开的审查结论"),
        _ => None,
    };
    let case = query.get("case").cloned().unwrap_or_default();
    Ok(DisclosuresPage {
        frame: Frame::of(office).at("/disclosures"),
        today: office.now().day.chinese(),
        done: done.map(|text| Done {
            text,
            case: Link::new(format!("/cases/{case}"), "看案件"),
        }),
        empty: all.is_empty().then(|| Empty {
            head: "没有等待公示的。".to_owned(),
            text: "作出决定以后，公示件自动拟好，列在这里，期限最近的在前。".to_owned(),
            way: Some(Link::new("/cases", "看全部案件")),
        }),
        figures: vec![("待办", all.len()), ("逾期", late), ("暂缓", held)],
        causes: causes.into_iter().collect(),
        groups: groups.collect(),
    })
}

fn row(office: &Office, it: &Disclosing, releases: bool) -> Vec<Cell> {
    let procedure = it.view.procedure();
    let about = it
        .row
        .line
        .case_number
        .iter()
        .chain([&it.row.line.party_names]);
    let state = match &it.state {
        Stage::ToReview => "待审查".to_owned(),
        Stage::ToRelease => "审查通过，待发布".to_owned(),
        Stage::Held {
            cause,
            reason,
            since,
        } => format!("自{}暂缓：{cause}。{reason}", since.chinese()),
        Stage::Shown => format!("待办【{}】", wording::event(procedure, it.event)),
    };
    let way = way(it, procedure);
    vec![
        Cell::Link {
            to: Link::new(format!("/cases/{}", it.line.case_id), &it.row.line.title),
            under: about.filter(|text| !text.is_empty()).cloned().collect(),
        },
        Cell::Text(procedure.documents[it.document].name.clone()),
        Cell::Text(state),
        match (it.line.due, today::deadline(office, &it.line)) {
            (Some(due), Some(deadline)) => Cell::Due(due.chinese(), deadline),
            _ => Cell::Absent("没有期限"),
        },
        match releases {
            true => Cell::Links(vec![way]),
            false => Cell::Absent("由信息发布审核员办理"),
        },
    ]
}

/// Where the step is taken: on the page that shows what will be seen, or with the form of the act.
fn way(it: &Disclosing, procedure: &Procedure) -> Link {
    match it.state {
        Stage::Shown => Link::new(
            crate::case::act_link(&it.line.case_id, &it.line.event, it.line.number),
            wording::event(procedure, it.event),
        ),
        _ => Link::new(
            release::address(
                &it.line.case_id,
                &procedure.documents[it.document].id,
                it.line.number,
            ),
            "审查和发布",
        ),
    }
}

/// What a head of unit or a leader is warned of, in lines of the page of today: what, and how long is left.
pub(crate) async fn warnings(
    office: &Office,
    signed: &Signed,
) -> Result<Vec<(Link, String)>, Fault> {
    let warned = office.disclosure_warnings(&signed.actor).await?;
    let line = |it: Disclosing| {
        let left = match it.days_left {
            Some(left) if left < 0 => "公示期限已过".to_owned(),
            Some(0) => "公示期限今天届满".to_owned(),
            Some(left) => format!("公示期限还剩{left}个工作日"),
            None => String::new(),
        };
        let why = match &it.state {
            Stage::Held { cause, .. } => format!("{left}；暂缓：{cause}"),
            _ => left,
        };
        let to = Link::new(format!("/cases/{}", it.line.case_id), &it.row.line.title);
        (to, why)
    };
    Ok(warned.into_iter().map(line).collect())
}
