//! What waits for somebody's hand (签批).

use super::acts;
use super::problem::{Answered, Failure};
use super::sent::{Named as At, Sent};
use super::shown::{self, Act, Hand, Named, Outcome};
use super::{Caller, Desk};
use app::pending::{Pending, PendingError};
use app::{CaseView, Office, ReadCaseError};
use axum::Json;
use axum::extract::{Extension, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What waits, and what was prepared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "等本人签批的，和本人送签的")]
pub(super) struct Lists {
    /// 等本人签批的，最早的在前
    waiting: Vec<Waiting>,
    /// 本人送签的，最近的在前，连同结果
    prepared: Vec<Waiting>,
}

/// Something that waits, or waited, for hands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一份送签的材料", as = Pending)]
pub(super) struct Waiting {
    /// 材料的编号
    id: String,
    /// 案件编号；开始一个案件的没有
    case: Option<String>,
    /// 程序的编号
    procedure: String,
    /// 要办的一步
    event: String,
    /// 送签人
    prepared_by: Named,
    #[schema(format = DateTime)]
    prepared_at: String,
    /// 还没有签批的人
    missing: Vec<Named>,
    /// 已经签批的人，送签人在前
    hands: Vec<Hand>,
    /// 结果；还在等的没有
    outcome: Option<Outcome>,
}

impl Waiting {
    pub(super) fn of(office: &Office, pending: &Pending) -> Waiting {
        Waiting {
            id: pending.id.clone(),
            case: pending.case_id.clone(),
            procedure: pending.procedure.clone(),
            event: pending.request.event.clone(),
            prepared_by: shown::person(office, &pending.prepared_by),
            prepared_at: shown::instant(pending.prepared_at),
            missing: pending
                .missing()
                .map(|id| shown::person(office, id))
                .collect(),
            hands: pending
                .hands
                .iter()
                .map(|hand| Hand::of(office, hand))
                .collect(),
            outcome: pending
                .outcome
                .as_ref()
                .map(|outcome| Outcome::of(office, outcome)),
        }
    }
}

/// Something that waits, with what is to be recorded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一份送签的材料，连同要记录的内容和送签以后本案的新记录")]
pub(super) struct WaitingAct {
    pending: Waiting,
    act: Act,
    /// 案由
    title: Option<String>,
    /// 送签时本案的版本
    version: u64,
    /// 送签以后本案又记录了什么
    changes: Vec<shown::Entry>,
}

async fn view(office: &Office, pending: &Pending) -> Result<CaseView, ReadCaseError> {
    match &pending.case_id {
        Some(case_id) => office.case(case_id).await,
        None => office.empty_case(&pending.procedure),
    }
}

/// 签批
///
/// 等本人签批的材料，和本人送签的材料。
#[utoipa::path(get, path = "/pending", tag = "待办和签批", responses(
    (status = OK, description = "两个列表", body = Lists),
    super::document::Usual,
))]
pub(super) async fn list(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
) -> Answered<Json<Lists>> {
    let office = &desk.office;
    let failed = |error| Failure::of_pending(error, None);
    let waiting = office.pending_for(&actor).await.map_err(failed)?;
    let prepared = office.prepared_by(&actor).await.map_err(failed)?;
    let all = |pending: &[Pending]| {
        let lines = pending.iter().map(|pending| Waiting::of(office, pending));
        lines.collect()
    };
    Ok(Json(Lists {
        waiting: all(&waiting),
        prepared: all(&prepared),
    }))
}

/// 一份送签的材料
///
/// 送签人和须签批的人可以看：要记录的内容，以及送签以后本案的新进展。
#[utoipa::path(get, path = "/pending/{id}", tag = "待办和签批",
    params(("id" = String, Path, description = "材料的编号")),
    responses(
        (status = OK, description = "材料", body = WaitingAct),
        super::document::Usual,
        super::document::Absent,
    ))]
pub(super) async fn one(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<String>,
) -> Answered<Json<WaitingAct>> {
    let office = &desk.office;
    let pending = office.pending(&actor, known(&id)?).await;
    let pending = pending.map_err(|error| Failure::of_pending(error, None))?;
    let view = view(office, &pending).await?;
    let is_open = pending.outcome.is_none();
    let changes = match is_open {
        true => shown::entries_since(office, &view, pending.version),
        false => Vec::new(),
    };
    Ok(Json(WaitingAct {
        act: Act::asked(office, &view, &pending.request),
        title: pending.case_id.as_ref().map(|_| view.title.clone()),
        version: pending.version,
        changes,
        pending: Waiting::of(office, &pending),
    }))
}

/// An id that nothing of ours has names nothing, and is not looked for.
fn known(id: &str) -> Result<&str, Failure> {
    let fits = |c: char| c.is_ascii_graphic();
    if id.len() <= 300 && id.chars().all(fits) {
        Ok(id)
    } else {
        Err(Failure::NotFound("没有这份待签批的材料"))
    }
}

/// 同意
///
/// 须签批的人各以自己的令牌同意；最后一个人同意时重新依法判断，通过才记录（201），此前回答202。
#[utoipa::path(post, path = "/pending/{id}/agree", tag = "待办和签批",
    params(("id" = String, Path, description = "材料的编号")),
    responses(
        super::document::Recorded,
        super::document::Usual,
        super::document::Absent,
        super::document::Settling,
    ))]
pub(super) async fn agree(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<String>,
) -> Answered {
    let office = &desk.office;
    match office.agree(&actor, known(&id)?).await {
        Ok(agreed) => Ok(acts::answered(office, agreed)),
        Err(error) => {
            let case_id = case_of(&desk, &actor, &id, &error).await;
            Err(Failure::of_pending(error, case_id.as_deref()))
        }
    }
}

/// The case of something that waits, where the answer to an error has to name it.
async fn case_of(
    desk: &Desk,
    actor: &app::access::Actor,
    id: &str,
    error: &PendingError,
) -> Option<String> {
    match error {
        PendingError::Perform(_) => desk.office.pending(actor, id).await.ok()?.case_id,
        _ => None,
    }
}

/// Why it goes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(description = "退回的理由")]
pub(super) struct Declining {
    /// 退回的理由
    #[schema(min_length = 1)]
    reason: String,
}

/// 退回
///
/// 须签批的人写明理由退回；什么也不记录。
#[utoipa::path(post, path = "/pending/{id}/decline", tag = "待办和签批",
    request_body = Declining,
    params(("id" = String, Path, description = "材料的编号")),
    responses(
        (status = OK, description = "已退回", body = Waiting),
        super::document::Usual,
        super::document::Absent,
        super::document::Sending,
    ))]
pub(super) async fn decline(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<String>,
    Sent(declining): Sent<Declining>,
) -> Answered<Json<Waiting>> {
    let office = &desk.office;
    let declined = office.decline(&actor, known(&id)?, &declining.reason).await;
    settled(office, declined)
}

/// 撤回
///
/// 送签人撤回还没有办结的材料。
#[utoipa::path(post, path = "/pending/{id}/withdraw", tag = "待办和签批",
    params(("id" = String, Path, description = "材料的编号")),
    responses(
        (status = OK, description = "已撤回", body = Waiting),
        super::document::Usual,
        super::document::Absent,
        super::document::Settling,
    ))]
pub(super) async fn withdraw(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    At(id): At<String>,
) -> Answered<Json<Waiting>> {
    let office = &desk.office;
    settled(office, office.withdraw(&actor, known(&id)?).await)
}

fn settled(office: &Office, settled: Result<Pending, PendingError>) -> Answered<Json<Waiting>> {
    match settled {
        Ok(pending) => Ok(Json(Waiting::of(office, &pending))),
        Err(error) => Err(Failure::of_pending(error, None)),
    }
}
