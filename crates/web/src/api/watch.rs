//! What watches over the program: whether it runs, and how.

use super::problem::Answered;
use super::{Caller, Desk};
use app::access;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Where a load balancer looks, without a token.
pub(super) const HEALTH: &str = "/healthz";

/// Whether the program runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "程序能不能办事")]
pub(super) struct Health {
    /// ok 能，failing 记录读不出来
    #[schema(pattern = "^(ok|failing)$")]
    status: &'static str,
}

/// 能不能办事
///
/// 供负载均衡和监控查看，不须令牌，别的什么也不说。
#[utoipa::path(get, path = "/healthz", tag = "运行", security(()), responses(
    (status = OK, description = "能", body = Health),
    (status = SERVICE_UNAVAILABLE, description = "记录读不出来，原因见运行日志", body = Health),
    super::document::MethodNotAllowed,
))]
pub(super) async fn health(State(desk): State<Desk>) -> (StatusCode, Json<Health>) {
    let (code, status) = match desk.office.is_readable().await {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "failing"),
    };
    (code, Json(Health { status }))
}

/// 运行指标
///
/// Prometheus 的文本格式，只供系统管理员的账号读取。没有编号、姓名和内容。
#[utoipa::path(get, path = "/metrics", tag = "运行", responses(
    (status = OK, description = "指标", body = String, content_type = "text/plain"),
    super::document::Usual,
))]
pub(super) async fn metrics(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
) -> Answered {
    access::measure(&actor)?;
    let figures = desk.office.figures().await?;
    let text = desk.meter.text(&figures);
    let headers = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    let response: Response = (headers, text).into_response();
    Ok(response)
}
