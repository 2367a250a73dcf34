//! The payment book.

use super::cases::Line as CaseLine;
use super::problem::{Answered, Failure};
use super::sent::{Queried, cut};
use super::{Caller, Desk};
use crate::payments;
use app::dues::{Due, DuesAsked};
use app::ledger::DuesOf;
use axum::Json;
use axum::extract::{Extension, State};
use serde::Serialize;
use utoipa::ToSchema;
use vocabulary::Day;

/// A page of the payment book.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "缴款台账的一页，逾期最久的在前")]
pub(super) struct Dues {
    dues: Vec<Line>,
    /// 还有的，下一页从这里起：原样写在 after 里
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What a party has to pay.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一个当事人的缴款情况，金额以分计", as = DuesLine)]
pub(super) struct Line {
    case: CaseLine,
    /// 当事人的序号
    party: u32,
    party_name: String,
    /// open 待缴，installments 分期中，overpaid 多缴待退，paused 暂停计罚，undecided 决定前缴款，settled 已缴清，annulled 决定已撤销，ended 终结执行
    #[schema(value_type = String)]
    state: &'static str,
    /// 到期没有缴
    is_late: bool,
    /// 应缴：罚款、没收和已决定加处的
    charged: i64,
    /// 已缴，退还的已减去
    paid: i64,
    /// 尚欠
    owed: i64,
    /// 多缴
    overpaid: i64,
    /// 下一笔最晚哪一天缴
    #[schema(format = Date)]
    due: Option<String>,
    /// 缴款码
    payment_code: Option<String>,
    /// 决定书文号
    decision_number: Option<String>,
}

impl Line {
    fn of(due: &Due, today: Day) -> Line {
        let line = &due.line;
        Line {
            case: CaseLine::of(&due.case),
            party: line.party,
            party_name: line.party_name.clone(),
            state: line.standing.id(),
            is_late: DuesOf::Late(today).has(line),
            charged: line.charged.0,
            paid: line.held.0,
            owed: line.owed.0,
            overpaid: line.overpaid.0,
            due: line.due.map(|due| due.to_string()),
            payment_code: line.code.clone(),
            decision_number: line.number.clone(),
        }
    }
}

/// 缴款台账
///
/// 本科室的；岗位不限于科室的，全机关的。
#[utoipa::path(get, path = "/dues", tag = "缴款台账",
    params(
        ("q" = Option<String>, Query, description = "缴款码、文号（写全）或者名称（一部分）；写了的不分页，最多 limit 行"),
        ("state" = Option<String>, Query, description = "late 逾期，not_due 未到期，或者一种情况",
         pattern = "^(late|not_due|open|installments|overpaid|paused|undecided|settled|annulled|ended)$"),
        ("section" = Option<String>, Query, description = "承办科室"),
        super::sent::Paging,
    ),
    responses(
        (status = OK, description = "一页", body = Dues),
        super::document::Usual,
        super::document::Asking,
    ))]
pub(super) async fn list(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    queried: Queried,
) -> Answered<Json<Dues>> {
    let office = &desk.office;
    let today = office.now().day;
    let state = queried.one("state").unwrap_or("");
    let Some(of) = payments::of(state, today) else {
        return Err(Failure::field("state", format!("没有“{state}”这种情况")));
    };
    let asked = DuesAsked {
        text: queried.one("q").map(str::to_owned),
        section: queried.one("section").map(str::to_owned),
        of,
        after: queried.after(payments::cursor)?,
    };
    let limit = queried.limit()?;
    let mut lines = office.dues(&actor, &asked, limit + 1).await?;
    let last = cut(&mut lines, limit).filter(|_| asked.text.is_none());
    let next = last.map(|last| payments::place(&last.line.cursor()));
    Ok(Json(Dues {
        next,
        dues: lines.iter().map(|due| Line::of(due, today)).collect(),
    }))
}
