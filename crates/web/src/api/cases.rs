//! The list of cases, with the filters of its page, and one case.

use super::problem::{Answered, Failure};
use super::sent::{Named as At, Queried, cut};
use super::shown::Case;
use super::{Caller, Desk};
use crate::list;
use app::ledger::CaseRow;
use axum::Json;
use axum::extract::{Extension, State};
use serde::Serialize;
use utoipa::ToSchema;

/// A page of the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "案件列表的一页")]
pub(super) struct Cases {
    cases: Vec<Line>,
    /// 还有的，下一页从这里起：原样写在 after 里
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A line of the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "列表里的一个案件", as = CaseLine)]
pub(super) struct Line {
    pub(super) id: String,
    /// 案由；还没有定的，是线索内容
    pub(super) title: String,
    /// 案号，有了才有
    pub(super) number: Option<String>,
    /// 当事人
    pub(super) parties: String,
    /// 种类：程序的编号
    procedure: String,
    /// 阶段的编号
    phase: String,
    /// 承办科室
    section: String,
    /// 立案日期
    #[schema(format = Date)]
    filed_on: Option<String>,
    /// 最近的期限
    #[schema(format = Date)]
    next_due: Option<String>,
    /// 还没有办结
    is_open: bool,
    /// 最近一次记录
    #[schema(format = DateTime)]
    updated_at: String,
}

impl Line {
    pub(super) fn of(row: &CaseRow) -> Line {
        let line = &row.line;
        Line {
            id: line.case_id.clone(),
            title: line.title.clone(),
            number: line.case_number.clone(),
            parties: line.party_names.clone(),
            procedure: line.procedure.clone(),
            phase: line.phase.clone(),
            section: line.section.clone(),
            filed_on: line.filed_on.map(|day| day.to_string()),
            next_due: line.next_due.map(|day| day.to_string()),
            is_open: line.is_open,
            updated_at: row.updated_at.to_string(),
        }
    }
}

/// 案件列表
///
/// 看得到哪些案件，与案件页相同。各条件同时成立。
#[utoipa::path(get, path = "/cases", tag = "案件",
    params(
        ("q" = Option<String>, Query, description = "案由、当事人、案号里有这些字"),
        ("kind" = Option<String>, Query, description = "种类：程序的编号"),
        ("phase" = Option<String>, Query, description = "阶段的编号"),
        ("section" = Option<String>, Query, description = "承办科室"),
        ("open" = Option<String>, Query, description = "yes 正在办理，no 已经办结", pattern = "^(yes|no)$"),
        ("from" = Option<String>, Query, description = "立案日期自", format = Date),
        ("until" = Option<String>, Query, description = "立案日期至", format = Date),
        ("order" = Option<String>, Query, description = "touched 最近办理的在前（缺省），due 期限最近的在前", pattern = "^(touched|due)$"),
        super::sent::Paging,
    ),
    responses(
        (status = OK, description = "一页", body = Cases),
        super::document::Usual,
        super::document::Asking,
    ))]
pub(super) async fn list(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    queried: Queried,
) -> Answered<Json<Cases>> {
    queried.word("open", &["yes", "no"])?;
    queried.word("order", &["touched", "due"])?;
    let limit = queried.limit()?;
    let (mut query, errors) = list::asked(&queried.0);
    if !errors.is_empty() {
        return Err(Failure::Values(errors));
    }
    query.after = queried.after(list::cursor)?;
    let mut rows = desk.office.cases_for(&actor, &query, limit + 1).await?;
    let next = cut(&mut rows, limit).map(list::place);
    Ok(Json(Cases {
        next,
        cases: rows.iter().map(Line::of).collect(),
    }))
}

/// 一个案件
///
/// 事实、办理经过，以及现在必须办、可以办、还不能办的。执法监督账号的每次读取都记入日志（调阅）。
#[utoipa::path(get, path = "/cases/{case}", tag = "案件",
    params(("case" = String, Path, description = "案件编号")),
    responses(
        (status = OK, description = "案件", body = Case),
        super::document::Usual,
        super::document::Absent,
    ))]
pub(super) async fn one(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    At(case): At<String>,
) -> Answered<Json<Case>> {
    let (view, _) = desk.office.look(&actor, &case).await?;
    Ok(Json(Case::of(&desk.office, &view)))
}
