//! The description of the interface (OpenAPI 3.1), made from the handlers and the shapes that they answer.

use super::Desk;
use super::acts::Done;
use super::pending::Waiting;
use super::problem::{self, Problem};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, Info, ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
    ResponseBuilder, Type, response,
};
use utoipa::{IntoResponses, ToSchema};

/// Where the description is, for everybody.
pub(super) const PATH: &str = "/api/openapi.json";

/// What the description begins with.
pub(super) fn head() -> OpenApi {
    let mut info = Info::new("明渠：工作人员接口", "1");
    info.description = Some(
        "工作人员页面能办的，程序以人的名义同样能办，受同样的权限和法律约束。说明和例子见随程序的接口说明。"
            .to_owned(),
    );
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("本人在“我的账号”页签发的令牌，最长90天"))
        .build();
    // What the answers below name; a shape brings those that it is made of only when asked.
    let mut parts = Vec::new();
    Problem::schemas(&mut parts);
    Done::schemas(&mut parts);
    Waiting::schemas(&mut parts);
    let components = ComponentsBuilder::new()
        .security_scheme("token", SecurityScheme::Http(token))
        .schemas_from_iter(parts)
        .schema_from::<Problem>()
        .schema_from::<Done>()
        .schema_from::<Waiting>();
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new::<_, [&str; 0], &str>(
            "token",
            [],
        )]))
        .build()
}

/// The description as text.
pub(super) fn text(document: &OpenApi) -> Arc<str> {
    // Made of texts, numbers and lists: it always serializes.
    serde_json::to_string(document).unwrap_or_default().into()
}

/// 接口描述
///
/// OpenAPI 3.1，不须令牌。
#[utoipa::path(get, path = "/openapi.json", tag = "运行", security(()), responses(
    (status = OK, description = "接口描述", body = Object, content_type = "application/json"),
    MethodNotAllowed,
))]
pub(super) async fn show(State(desk): State<Desk>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (headers, desk.document.to_string()).into_response()
}

type Responses = BTreeMap<String, RefOr<response::Response>>;

/// Problems with these statuses, for these reasons.
fn problems<const N: usize>(of: [(&str, &str); N]) -> Responses {
    let problem = || {
        ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(Problem::name())))
            .build()
    };
    of.into_iter()
        .map(|(status, description)| {
            let response = ResponseBuilder::new()
                .description(description)
                .content(problem::MEDIA_TYPE, problem());
            (status.to_owned(), response.build().into())
        })
        .collect()
}

/// A method that an address does not take.
pub(super) struct MethodNotAllowed;

impl IntoResponses for MethodNotAllowed {
    fn responses() -> Responses {
        problems([("405", "请求的方法不对（method-not-allowed）")])
    }
}

/// What every address may answer.
pub(super) struct Usual;

impl IntoResponses for Usual {
    fn responses() -> Responses {
        let mut responses = problems([
            ("401", "没有有效的令牌（unauthenticated）"),
            ("403", "没有这项权限（denied）"),
            ("500", "意外情况，instance 是编号（unexpected）"),
        ]);
        responses.extend(MethodNotAllowed::responses());
        responses
    }
}

/// What names something may name nothing.
pub(super) struct Absent;

impl IntoResponses for Absent {
    fn responses() -> Responses {
        problems([(
            "404",
            "没有这个案件、程序、事项、对象、材料或者附件（not-found）",
        )])
    }
}

/// What is asked for may be asked wrongly.
pub(super) struct Asking;

impl IntoResponses for Asking {
    fn responses() -> Responses {
        problems([("422", "参数不符合要求，逐项见 fields（values）")])
    }
}

/// What is sent may be no JSON, of wrong values, or against the law.
pub(super) struct Sending;

impl IntoResponses for Sending {
    fn responses() -> Responses {
        let mut responses = problems([
            ("400", "内容不是 JSON，line 和 column 是位置（unreadable）"),
            ("413", "内容过大（too-large）"),
            ("415", "内容不是 application/json（media-type）"),
            ("422", "填写的内容不符合要求，逐项见 fields（values）"),
        ]);
        responses.extend(Settling::responses());
        responses
    }
}

/// What is asked may meet the law, or others.
pub(super) struct Settling;

impl IntoResponses for Settling {
    fn responses() -> Responses {
        problems([
            (
                "409",
                "依法不得办理，理由见 grounds（refused）；本案已有新的记录，见 changes（stale）；键用于过别的请求（key-reused）；材料已有结果，见 outcome（settled）；同时有别人在处理（contested）",
            ),
            ("422", "填写的内容不符合要求，逐项见 fields（values）"),
        ])
    }
}

/// A file may not be taken in.
pub(super) struct Uploading;

impl IntoResponses for Uploading {
    fn responses() -> Responses {
        problems([
            ("400", "没有传完就断了（unreadable）"),
            ("413", "文件过大（too-large）"),
            (
                "415",
                "内容须以 application/octet-stream 发送（media-type）",
            ),
            ("422", "文件名、类型或者内容不符合要求（values）"),
        ])
    }
}

/// An act is on record, was so before, or waits for hands.
pub(super) struct Recorded;

impl IntoResponses for Recorded {
    fn responses() -> Responses {
        let response = |description: &str, schema: Ref, place: &str| {
            let location = HeaderBuilder::new()
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
                .description(Some(place))
                .build();
            let content = ContentBuilder::new().schema(Some(schema)).build();
            ResponseBuilder::new()
                .description(description)
                .header("Location", location)
                .content("application/json", content)
                .build()
        };
        let done = || Ref::from_schema_name(Done::name());
        let waiting = Ref::from_schema_name(Waiting::name());
        BTreeMap::from([
            (
                "200".to_owned(),
                response("同一个请求以前已经记录", done(), "案件的地址").into(),
            ),
            (
                "201".to_owned(),
                response("已记录", done(), "案件的地址").into(),
            ),
            (
                "202".to_owned(),
                response("已送签，等他人签批后才记录", waiting, "材料的地址").into(),
            ),
        ])
    }
}
