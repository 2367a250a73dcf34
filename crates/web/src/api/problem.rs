//! The one mapping from what went wrong to what a program is told (RFC 9457).

use super::shown::{self, Outcome};
use crate::act;
use crate::fault;
use crate::wording;
use app::access::Denied;
use app::files::{BoxError, FileError};
use app::identity::IdentityError;
use app::ledger::ReadError;
use app::office::SeenError;
use app::pending::{Pending, PendingError};
use app::{FieldError, Office, PerformError, ReadCaseError};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use casework::refusal::{GroundKind, Refusal};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The media type of every answer that says what went wrong.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong. A handler hands it on; [`told`] makes the answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// No token, or one that opens nothing.
    Unauthenticated { was_given: bool },
    /// Whoever asks may not.
    Denied(String),
    /// No such case, act, subject, file or address.
    NotFound(&'static str),
    /// The address is not asked in this way.
    NoSuchMethod,
    /// The body is no JSON, or broke off.
    Unreadable {
        text: String,
        place: Option<(usize, usize)>,
    },
    /// The body is of another kind than this address takes.
    MediaType { wanted: &'static str },
    /// Longer than this address takes.
    TooLarge(String),
    /// Values that are none.
    Values(Vec<FieldError>),
    /// The law forbids it.
    Refused(Box<Refusal>),
    /// The case went on.
    Stale { case_id: String, seen: u64 },
    /// The key was used for another request.
    KeyReused,
    /// What waited for hands is settled.
    Settled(Box<Pending>),
    /// Others changed the same at the same moment.
    Contested,
    /// Our own: details are for the log.
    Unexpected(BoxError),
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Failure {
        Failure::Denied(denied.text)
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        Failure::Unexpected(error.into())
    }
}

impl From<ReadCaseError> for Failure {
    fn from(error: ReadCaseError) -> Failure {
        match error {
            ReadCaseError::NoSuchCase(_) => Failure::NotFound("没有这个案件"),
            ReadCaseError::NoSuchProcedure(_) => Failure::NotFound("没有这个程序"),
            ReadCaseError::Read(_) | ReadCaseError::Entry { .. } => {
                Failure::Unexpected(error.into())
            }
        }
    }
}

impl From<SeenError> for Failure {
    fn from(error: SeenError) -> Failure {
        match error {
            SeenError::Denied(denied) => denied.into(),
            SeenError::Case(error) => error.into(),
            SeenError::Read(error) => error.into(),
            SeenError::Trace(error) => Failure::Unexpected(error.into()),
        }
    }
}

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Failure {
        match error {
            IdentityError::Denied(denied) => denied.into(),
            IdentityError::Wrong
            | IdentityError::Field { .. }
            | IdentityError::Contested
            | IdentityError::Read(_)
            | IdentityError::Beside(_)
            | IdentityError::Hash(_)
            | IdentityError::Damaged(_) => Failure::Unexpected(error.into()),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Failure {
        match error {
            FileError::Absent(_) => Failure::NotFound("没有这个文件"),
            FileError::Damaged { .. } | FileError::Store { .. } | FileError::List(_) => {
                Failure::Unexpected(error.into())
            }
        }
    }
}

impl Failure {
    /// The failure of an act in a case; none where it would open one.
    pub(super) fn of_act(error: PerformError, case_id: Option<&str>) -> Failure {
        match error {
            PerformError::Case(error) => error.into(),
            PerformError::NoSuchAct => Failure::NotFound("没有这个事项或者对象"),
            PerformError::Fields(fields) => Failure::Values(fields),
            PerformError::Denied(denied) => denied.into(),
            PerformError::Refused(refusal) => Failure::Refused(refusal),
            PerformError::Stale { seen, .. } => Failure::Stale {
                case_id: case_id.unwrap_or_default().to_owned(),
                seen,
            },
            PerformError::KeyReused => Failure::KeyReused,
            PerformError::Read(error) => error.into(),
            PerformError::HandsWanting(_) | PerformError::Write(_) => {
                Failure::Unexpected(error.into())
            }
        }
    }

    /// The failure of something that waits for hands, in a case or for one to be opened.
    pub(super) fn of_pending(error: PendingError, case_id: Option<&str>) -> Failure {
        match error {
            PendingError::NoSuch => Failure::NotFound("没有这份待签批的材料"),
            PendingError::Settled(pending) => Failure::Settled(pending),
            PendingError::Denied(denied) => denied.into(),
            PendingError::Field(text) => Failure::field("reason", text),
            PendingError::Contested => Failure::Contested,
            PendingError::Perform(error) => Failure::of_act(*error, case_id),
            PendingError::Case(error) => error.into(),
            PendingError::Read(error) => error.into(),
            PendingError::Damaged(_) => Failure::Unexpected(error.into()),
        }
    }

    /// One value that is none.
    pub(super) fn field(field: &str, text: impl Into<String>) -> Failure {
        Failure::Values(vec![FieldError {
            field: field.to_owned(),
            text: text.into(),
        }])
    }
}

/// A failure travels as an empty answer that bears it.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// What a handler answers.
pub(super) type Answered<T = Response> = Result<T, Failure>;

/// The failure that an answer bears.
pub(super) fn of(response: &Response) -> Option<&Failure> {
    response.extensions().get::<Arc<Failure>>().map(Arc::as_ref)
}

/// What went wrong, in the form of RFC 9457. Which members stand beside the first four follows from `type`.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(description = "没有办成的原因，格式依 RFC 9457。前四项总有，其余各项随 type 而定")]
pub(super) struct Problem {
    /// 原因的种类：固定不变的 URN，接口说明里逐个写明
    #[serde(rename = "type")]
    #[schema(pattern = "^urn:mingqu:problem:[a-z-]+$")]
    kind: String,
    /// 这一种类的名称
    title: &'static str,
    /// HTTP 状态码
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// 这一次的原因，中文，可以直接给人看
    detail: String,
    /// 意外情况的编号：运行日志里按它查
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// 依法不得办理的各项理由
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grounds: Vec<Ground>,
    /// 不符合要求的各项
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
    /// 本案现在的版本
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// 所见版本以后本案又记录了什么
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<shown::Entry>>,
    /// JSON 在第几行读不下去，从1起
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// 在该行第几个字节，从1起
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// 这份材料已经有的结果
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
}

/// One ground of a refusal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "依法不得办理的一项理由")]
pub(super) struct Ground {
    /// 障碍的种类，如 missing_before（应先办的没有办）
    #[schema(value_type = String)]
    kind: GroundKind,
    /// 规则的编号
    rule: Option<String>,
    /// 法律基线中的条目
    rows: Vec<String>,
    /// 涉及的一项：事实或者角色的编号
    field: Option<String>,
    /// 理由，连同可以怎么办
    text: String,
    /// 法律依据
    basis: Option<String>,
}

/// A value that is none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "不符合要求的一项", as = WrongField)]
pub(super) struct Field {
    /// 在请求里的位置，或者事实、角色、参数、请求头的名称
    field: String,
    /// 哪里不符合要求
    text: String,
    /// 规则的编号，出自规则的才有
    rule: Option<String>,
}

/// Makes the answer of what failed; whatever else was answered stays as it is.
pub(super) async fn told(office: &Office, mut response: Response) -> Response {
    let Some(failure) = response.extensions_mut().remove::<Arc<Failure>>() else {
        return response;
    };
    let (status, problem) = match problem(office, &failure).await {
        Ok(told) => told,
        Err(error) => unexpected(office, &error),
    };
    let mut answer = answer(status, &problem);
    // Which methods there are was said by the router.
    if let Some(allowed) = response.headers_mut().remove(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    if let Failure::Unauthenticated { was_given } = *failure {
        let challenge = match was_given {
            true => "Bearer realm=\"mingqu\", error=\"invalid_token\"",
            false => "Bearer realm=\"mingqu\"",
        };
        let challenge = HeaderValue::from_static(challenge);
        answer
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    answer
}

fn answer(status: StatusCode, problem: &Problem) -> Response {
    // Texts, numbers and lists of them: it always serializes.
    let body = serde_json::to_vec(problem).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response()
}

fn plain(
    status: StatusCode,
    name: &str,
    title: &'static str,
    detail: impl Into<String>,
) -> (StatusCode, Problem) {
    let problem = Problem {
        kind: format!("urn:mingqu:problem:{name}"),
        title,
        status: status.as_u16(),
        detail: detail.into(),
        ..Problem::default()
    };
    (status, problem)
}

fn unexpected(office: &Office, error: &(dyn std::error::Error + 'static)) -> (StatusCode, Problem) {
    let reference = office.new_id();
    tracing::error!(
        reference,
        error = fault::chain(error),
        "a request of a program failed"
    );
    let (status, problem) = plain(
        StatusCode::INTERNAL_SERVER_ERROR,
        "unexpected",
        "暂时无法办理",
        "系统出现意外情况，已记入运行日志。请稍后用同一个请求再试，不会重复记录；仍不成功的，把 instance 里的编号告诉管理员。",
    );
    let instance = Some(format!("urn:uuid:{reference}"));
    (
        status,
        Problem {
            instance,
            ..problem
        },
    )
}

async fn problem(
    office: &Office,
    failure: &Failure,
) -> Result<(StatusCode, Problem), ReadCaseError> {
    Ok(match failure {
        Failure::Unauthenticated { was_given } => plain(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "没有有效的令牌",
            match was_given {
                true => "令牌不对，或者已经过期、停用。请由本人在“我的账号”页重新签发。",
                false => {
                    "请在请求头 Authorization 里写“Bearer 令牌”；令牌由本人在“我的账号”页签发。"
                }
            },
        ),
        Failure::Denied(text) => plain(StatusCode::FORBIDDEN, "denied", "没有这项权限", text),
        Failure::NotFound(text) => plain(StatusCode::NOT_FOUND, "not-found", "没有找到", *text),
        Failure::NoSuchMethod => plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "这个地址不能这样请求",
            "请求的方法不对，可以用的方法见响应头 Allow。",
        ),
        Failure::Unreadable { text, place } => {
            let (status, problem) = plain(
                StatusCode::BAD_REQUEST,
                "unreadable",
                "提交的内容无法读取",
                text,
            );
            let (line, column) = place.unzip();
            (
                status,
                Problem {
                    line,
                    column,
                    ..problem
                },
            )
        }
        Failure::MediaType { wanted } => plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            "提交的内容不是这个地址接受的类型",
            format!("请求头 Content-Type 应为 {wanted}。"),
        ),
        Failure::TooLarge(text) => plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "提交的内容过大",
            text,
        ),
        Failure::Values(errors) => values(errors.iter().map(|error| Field {
            field: error.field.clone(),
            text: error.text.clone(),
            rule: None,
        })),
        // What only has to be typed otherwise is told as the form tells it.
        Failure::Refused(refusal) if act::is_input(refusal) => {
            values(refusal.grounds.iter().map(|ground| Field {
                field: ground.field.clone().unwrap_or_default(),
                text: wording::prose(&ground.text),
                rule: ground.rule.clone(),
            }))
        }
        Failure::Refused(refusal) => refused(office, refusal),
        Failure::Stale { case_id, seen } => stale(office, case_id, *seen).await?,
        Failure::KeyReused => plain(
            StatusCode::CONFLICT,
            "key-reused",
            "这个键已经用于别的请求",
            "同一个 Idempotency-Key 只能用于同一个请求。内容有变化的是新的请求，请换一个新的键。",
        ),
        Failure::Settled(pending) => {
            let (status, problem) = plain(
                StatusCode::CONFLICT,
                "settled",
                "这份材料已经有结果",
                "这份材料已经办结、退回或者撤回，不能再签批；结果见 outcome。",
            );
            let outcome = pending
                .outcome
                .as_ref()
                .map(|outcome| Outcome::of(office, outcome));
            (status, Problem { outcome, ..problem })
        }
        Failure::Contested => plain(
            StatusCode::CONFLICT,
            "contested",
            "同时有别人在处理",
            "同时有别人在处理这份材料，请再试一次。",
        ),
        Failure::Unexpected(error) => unexpected(office, error.as_ref()),
    })
}

fn values(fields: impl Iterator<Item = Field>) -> (StatusCode, Problem) {
    let fields: Vec<Field> = fields.collect();
    let texts: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
    let (status, problem) = plain(
        StatusCode::UNPROCESSABLE_ENTITY,
        "values",
        "填写的内容不符合要求",
        texts.join("；"),
    );
    (status, Problem { fields, ..problem })
}

fn refused(office: &Office, refusal: &Refusal) -> (StatusCode, Problem) {
    let basis = |id: &String| {
        let mut procedures = office.procedures();
        procedures.find_map(|procedure| {
            let rule = &procedure.rules[procedure.rule(id)?];
            Some(wording::prose(&rule.basis))
        })
    };
    let grounds: Vec<Ground> = refusal
        .grounds
        .iter()
        .map(|ground| Ground {
            kind: ground.kind,
            rule: ground.rule.clone(),
            rows: ground.rows.clone(),
            field: ground.field.clone(),
            text: wording::prose(&ground.text),
            basis: ground.rule.as_ref().and_then(basis),
        })
        .collect();
    let texts: Vec<&str> = grounds.iter().map(|ground| ground.text.as_str()).collect();
    let act = wording::prose(&refusal.act);
    let (status, problem) = plain(
        StatusCode::CONFLICT,
        "refused",
        "依法现在不能办理",
        format!("依法现在不能办理【{act}】：{}", texts.join("；")),
    );
    (status, Problem { grounds, ..problem })
}

async fn stale(
    office: &Office,
    case_id: &str,
    seen: u64,
) -> Result<(StatusCode, Problem), ReadCaseError> {
    let view = office.case(case_id).await?;
    let (status, problem) = plain(
        StatusCode::CONFLICT,
        "stale",
        "本案已有新的进展",
        format!(
            "请求所见的是第{seen}版，本案现在是第{}版。请看过 changes 里的新记录，再以新的版本提交。",
            view.version
        ),
    );
    Ok((
        status,
        Problem {
            version: Some(view.version),
            changes: Some(shown::entries_since(office, &view, seen)),
            ..problem
        },
    ))
}
