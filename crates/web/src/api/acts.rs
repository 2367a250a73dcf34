//! Performing an act, in a case or to open one: over the one road that the pages take.

use super::pending::Waiting;
use super::problem::{Answered, Failure};
use super::sent::{Key, Named as At, Sent};
use super::{Caller, Desk};
use crate::files;
use app::pending::Agreed;
use app::{ActRequest, Office, Performed, Publishing, Target};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat,
    Type,
};

/// What is to be done, in the shape that `mingqu act` takes too.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Act(ActRequest);

/// The shape is that of [`ActRequest`], which knows no description; a test holds both together.
impl utoipa::PartialSchema for Act {
    fn schema() -> RefOr<Schema> {
        let text = |description: &str| {
            let text = ObjectBuilder::new().schema_type(Type::String);
            text.description(Some(description))
        };
        let object = |description: &str| {
            let object = ObjectBuilder::new().schema_type(Type::Object);
            object
                .description(Some(description))
                .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        };
        let list = |description: &str, of: Object| {
            ArrayBuilder::new().items(of).description(Some(description))
        };
        // A value of any type: what a fact is decides.
        let facts = |description: &str| {
            ObjectBuilder::new()
                .schema_type(Type::Object)
                .description(Some(description))
                .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        };
        let participant = object("参加的人")
            .property("role", text("角色的编号"))
            .required("role")
            .property("person", text("人员的编号"))
            .required("person");
        let newcomer = object("带来的对象")
            .property("kind", text("对象种类的编号"))
            .required("kind")
            .property("name", text("名称；写了 row 的可以不写"))
            .property(
                "facts",
                facts("关于它的事实；写了 row 的，没有写的从那一行带入"),
            )
            .property(
                "row",
                text("取自登记的哪一行，如企业名录里的编号、统一社会信用代码或者名称"),
            );
        let size = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0.0));
        let file = object("附件：上传时的回答，原样写在这里")
            .property("sha256", text("编号"))
            .required("sha256")
            .property("sm3", text("SM3 摘要"))
            .required("sm3")
            .property("size_bytes", size)
            .required("size_bytes")
            .property("media_type", text("类型"))
            .required("media_type")
            .property("name", text("名称"))
            .required("name");
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .description(Some("对象的序号；为全案办的写0或者不写"))
            .minimum(Some(0.0))
            .maximum(Some(f64::from(u32::MAX)));
        let reasons = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("规则要求说明理由的，按规则的编号写明"))
            .additional_properties(Some(Schema::Object(text("理由").build())));
        let on_paper = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .description(Some("纸签代录：签批页的扫描件须在 files 里"));
        object("要办的一步，与命令行 mingqu act 的 act 相同")
            .property(
                "event",
                text("这一步的编号，见 /api/v1/procedures/{procedure}"),
            )
            .required("event")
            .property("number", number)
            .property(
                "occurred",
                text("发生的日期或者时刻：2026-10-13，或者 2026-10-13T09:30")
                    .pattern(Some(r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$")),
            )
            .required("occurred")
            .property("people", list("参加的人", participant.build()))
            .property("facts", facts("事实，按编号写存储的形式"))
            .property(
                "introduces",
                list("带来的对象，如新的当事人", newcomer.build()),
            )
            .property("reasons", reasons)
            .property("files", list("附件", file.build()))
            .property("on_paper", on_paper)
            .property(
                "follows",
                text("新案件承接的前案的标识；只有起案的一步可以写"),
            )
            .into()
    }
}

impl ToSchema for Act {
    fn name() -> Cow<'static, str> {
        "ActRequest".into()
    }
}

/// A case to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(description = "开始一个案件的第一步")]
pub(super) struct Opening {
    /// 程序的编号
    procedure: String,
    act: Act,
}

/// An act in a case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(description = "在一个案件里办一步")]
pub(super) struct Performing {
    /// 所见的版本。写了的，本案此后又有记录的不办，回答有哪些新记录；不写的，按提交时的案件判断
    seen: Option<u64>,
    act: Act,
}

/// What is on record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "已记录")]
pub(super) struct Done {
    /// 案件编号
    case: String,
    /// 记录以后的版本
    version: u64,
    /// 在日志中的序号
    leaf_index: u64,
    /// 记录的时刻
    #[schema(format = DateTime)]
    recorded_at: String,
    /// 以前就记录了，这是同一个请求的又一次回答
    repeated: bool,
    /// 编给文书的文号
    numbers: Vec<String>,
    /// 公示：none 与公示无关，done 已送到门户，outstanding 稍后送到
    publishing: &'static str,
}

impl Done {
    fn of(done: Performed) -> Done {
        Done {
            case: done.case_id,
            version: done.version,
            leaf_index: done.leaf_index,
            recorded_at: done.recorded_at.to_string(),
            repeated: done.is_repeated,
            numbers: done.numbers.into_iter().map(|number| number.text).collect(),
            publishing: match done.publishing {
                Publishing::Nothing => "none",
                Publishing::Done(_) => "done",
                Publishing::Outstanding(_) => "outstanding",
            },
        }
    }
}

/// The answer to what was done, or waits for hands.
pub(super) fn answered(office: &Office, agreed: Agreed) -> Response {
    match agreed {
        Agreed::Recorded(done) => {
            let status = match done.is_repeated {
                true => StatusCode::OK,
                false => StatusCode::CREATED,
            };
            let place = format!("/api/v1/cases/{}", done.case_id);
            let done = Json(Done::of(done));
            (status, [(header::LOCATION, place)], done).into_response()
        }
        Agreed::Waiting(pending) => {
            let place = format!("/api/v1/pending/{}", pending.id);
            let waiting = Json(Waiting::of(office, &pending));
            (StatusCode::ACCEPTED, [(header::LOCATION, place)], waiting).into_response()
        }
    }
}

/// 开始一个案件
///
/// 办一个程序的第一步，如登记案源。写有他人姓名、须他人签批的，先送签，回答202。
#[utoipa::path(post, path = "/cases", tag = "案件",
    request_body = Opening,
    params(("Idempotency-Key" = String, Header, description = "每个新的请求一个新的键；没有收到回答的，用原来的键重发，不会重复记录", pattern = "^[A-Za-z0-9._~-]{1,128}$")),
    responses(
        super::document::Recorded,
        super::document::Usual,
        super::document::Absent,
        super::document::Sending,
    ))]
pub(super) async fn open(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    Key(key): Key,
    Sent(opening): Sent<Opening>,
) -> Answered {
    desk.office.may_open(&actor)?;
    let target = Target::NewCase {
        procedure: opening.procedure,
    };
    done(&desk, &actor, &target, &opening.act.0, &key).await
}

/// 在案件里办一步
///
/// 能不能办，依法律和岗位判断，与页面相同。依法不能办的回答409并写明理由和依据；写有他人姓名、须他人签批的，先送签，回答202。
#[utoipa::path(post, path = "/cases/{case}/acts", tag = "案件",
    request_body = Performing,
    params(
        ("case" = String, Path, description = "案件编号"),
        ("Idempotency-Key" = String, Header, description = "每个新的请求一个新的键；没有收到回答的，用原来的键重发，不会重复记录", pattern = "^[A-Za-z0-9._~-]{1,128}$"),
    ),
    responses(
        super::document::Recorded,
        super::document::Usual,
        super::document::Absent,
        super::document::Sending,
    ))]
pub(super) async fn perform(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    At(case): At<String>,
    Key(key): Key,
    Sent(performing): Sent<Performing>,
) -> Answered {
    let target = Target::Case {
        case_id: case,
        seen: performing.seen,
    };
    done(&desk, &actor, &target, &performing.act.0, &key).await
}

async fn done(
    desk: &Desk,
    actor: &app::access::Actor,
    target: &Target,
    request: &ActRequest,
    key: &str,
) -> Answered {
    let office = &desk.office;
    let missing = files::not_stored(desk.store.as_deref(), &request.files, "files").await?;
    if !missing.is_empty() {
        return Err(Failure::Values(missing));
    }
    let case_id = match target {
        Target::NewCase { .. } => None,
        Target::Case { case_id, .. } => Some(case_id.as_str()),
    };
    let with_rows = with_rows(office, actor, target, request).await?;
    let proposed = office.propose(actor, target, &with_rows, key).await;
    match proposed {
        Ok(agreed) => Ok(answered(office, agreed)),
        Err(error) => Err(Failure::of_pending(error, case_id)),
    }
}

/// The request with whoever it names by a row of a register filled in.
async fn with_rows<'r>(
    office: &Office,
    actor: &app::access::Actor,
    target: &Target,
    request: &'r ActRequest,
) -> Result<Cow<'r, ActRequest>, Failure> {
    let is_plain = request.introduces.iter().all(|it| it.row.is_none());
    if is_plain && request.filled_from.is_none() {
        return Ok(Cow::Borrowed(request));
    }
    let view = match target {
        Target::NewCase { procedure } => office.empty_case(procedure)?,
        Target::Case { case_id, .. } => office.case_for(actor, case_id).await?.0,
    };
    let filled = office.with_rows(actor, view.procedure(), request);
    filled.map(Cow::Owned).map_err(Failure::Values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// One of each: every field of the request stands in its schema, and nothing else does.
    #[test]
    fn the_schema_says_what_the_request_holds() {
        let whole = json!({
            "event": "a", "number": 1, "occurred": "2026-10-13", "facts": { "f": 1 },
            "people": [{ "role": "r", "person": "p" }],
            "introduces": [{ "kind": "k", "name": "n", "facts": {}, "row": "q01" }],
            "reasons": { "rule": "why" },
            "files": [{ "sha256": "", "sm3": "", "size_bytes": 1, "media_type": "", "name": "" }],
            "on_paper": true,
            "follows": "c-1",
        });
        let request: ActRequest = serde_json::from_value(whole.clone()).expect("whole");
        let written = serde_json::to_value(&request).expect("serializes");
        assert_eq!(written, whole);
        let schema =
            serde_json::to_value(<Act as utoipa::PartialSchema>::schema()).expect("serializes");
        let names = |value: &Value| {
            let names = value.as_object().expect("an object").keys();
            names.cloned().collect::<Vec<_>>()
        };
        let properties = &schema["properties"];
        assert_eq!(names(properties), names(&written));
        for list in ["people", "introduces", "files"] {
            let item = &properties[list]["items"]["properties"];
            assert_eq!(names(item), names(&written[list][0]), "{list}");
        }
        let least = json!({ "event": "a", "occurred": "2026-10-13" });
        let read: Result<Act, _> = serde_json::from_value(least);
        assert!(read.is_ok());
        assert_eq!(schema["required"], json!(["event", "occurred"]));
        // A note of the longest text fits.
        const { assert!(super::super::LARGEST_BODY_BYTES > 20_000 * 4) };
    }
}
