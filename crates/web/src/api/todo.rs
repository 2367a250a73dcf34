//! What is to be done.

use super::cases::Line as CaseLine;
use super::problem::Answered;
use super::sent::{Queried, cut};
use super::{Caller, Desk};
use crate::today;
use crate::wording;
use app::Office;
use app::todo::{Todo, Whose};
use axum::Json;
use axum::extract::{Extension, State};
use law::time::working_days_between;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of what is to be done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "待办的一页，最急的在前")]
pub(super) struct Todos {
    todo: Vec<Line>,
    /// 还有的，下一页从这里起：原样写在 after 里
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Something to be done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一件要办的事", as = TodoLine)]
pub(super) struct Line {
    case: CaseLine,
    /// 要办的一步
    event: String,
    name: String,
    /// 对象的序号；为全案办的是0
    number: u32,
    /// 这一步通向的、应当办的各步；这一步自己就是应当办的，没有
    goals: Vec<String>,
    /// 应当办的依据：规则的编号；没有的，是主线的下一步
    rule: Option<String>,
    /// 期限
    due: Option<String>,
    /// 还剩几个工作日，逾期的为负数
    working_days_left: Option<i32>,
    is_overdue: bool,
    /// 现在可以办
    is_open: bool,
    /// 期限停计中
    is_paused: bool,
    /// 暂定：次年工作日历公布后确定
    is_provisional: bool,
}

impl Line {
    fn of(office: &Office, todo: &Todo) -> Line {
        let line = &todo.line;
        let procedure = office.procedures().find(|it| it.id == line.procedure);
        let name = procedure.and_then(|procedure| {
            let event = procedure.event(&line.event)?;
            Some(wording::event(procedure, event))
        });
        let now = office.now();
        let calendar = &office.context().calendar;
        let left = |due: vocabulary::Moment| working_days_between(calendar, now.day, due.day).days;
        Line {
            case: CaseLine::of(&todo.case),
            event: line.event.clone(),
            name: name.unwrap_or_else(|| line.event.clone()),
            number: line.number,
            goals: line.goals.split_whitespace().map(str::to_owned).collect(),
            rule: (!line.rule.is_empty()).then(|| line.rule.clone()),
            due: line.due.map(|due| due.to_string()),
            working_days_left: line.due.map(left),
            is_overdue: line
                .due
                .is_some_and(|due| casework::decide::is_after(now, due)),
            is_open: line.is_open,
            is_paused: line.is_paused,
            is_provisional: line.is_provisional,
        }
    }
}

/// 待办
///
/// 自己的，或者本科室的。
#[utoipa::path(get, path = "/todo", tag = "待办和签批",
    params(
        ("whose" = Option<String>, Query, description = "own 我的（缺省），section 本科室的", pattern = "^(own|section)$"),
        super::sent::Paging,
    ),
    responses(
        (status = OK, description = "一页", body = Todos),
        super::document::Usual,
        super::document::Asking,
    ))]
pub(super) async fn list(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    queried: Queried,
) -> Answered<Json<Todos>> {
    let whose = match queried.word("whose", &["own", "section"])? {
        Some("section") => Whose::Section,
        _ => Whose::Own,
    };
    let limit = queried.limit()?;
    let after = queried.after(today::cursor)?;
    let office = &desk.office;
    let mut todo = office
        .todo(&actor, whose, after.as_ref(), limit + 1)
        .await?;
    let next = cut(&mut todo, limit).map(|last| today::place(&last.line));
    Ok(Json(Todos {
        next,
        todo: todo.iter().map(|todo| Line::of(office, todo)).collect(),
    }))
}
