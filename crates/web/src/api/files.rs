//! Attached files: taken in while they stream, given back as downloads.

use super::problem::{Answered, Failure};
use super::sent::{Named as At, Queried, media_type};
use super::shown::File;
use super::{Caller, Desk};
use crate::files::{self, Trouble};
use app::files::{DeclaredFile, FileDigest, FileRefusal, FileStore};
use app::request::FileRef;
use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use law::fact::{NAME_LONGEST, check_words};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

/// How the content comes: as it is, whatever it is. What it is, the store finds by looking at it.
const CONTENT: &str = "application/octet-stream";
/// So much more is read of a file that was refused, so that whoever sends it gets to read why.
const READ_IN_VAIN: u64 = 8 * 1024 * 1024;

/// What a file holds.
pub(super) struct Content;

impl utoipa::PartialSchema for Content {
    fn schema() -> RefOr<Schema> {
        let bytes = SchemaFormat::KnownFormat(KnownFormat::Binary);
        let content = ObjectBuilder::new().schema_type(Type::String);
        content.format(Some(bytes)).into()
    }
}

impl ToSchema for Content {}

fn store(desk: &Desk) -> Result<&dyn FileStore, Failure> {
    let store = desk.store.as_deref();
    store.ok_or(Failure::NotFound("这里没有附件库"))
}

/// 上传附件
///
/// 内容原样放在请求体里，一次一个。回答原样写进一步的 files 里，就是它的附件。同样的内容传多少次都只存一份。
#[utoipa::path(post, path = "/files", tag = "附件",
    request_body(content = Content, content_type = "application/octet-stream", description = "文件的内容"),
    params(("name" = String, Query, description = "文件名；后缀须与内容相符", min_length = 1, max_length = 200)),
    responses(
        (status = CREATED, description = "已保存，已落盘", body = File,
            headers(("Location" = String, description = "下载的地址"))),
        super::document::Usual,
        super::document::Absent,
        super::document::Uploading,
    ))]
pub(super) async fn upload(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    queried: Queried,
    request: Request,
) -> Answered {
    files::may_store(&actor)?;
    let store = store(&desk)?;
    let Some(name) = queried.one("name") else {
        return Err(Failure::field(
            "name",
            "请在地址里写明文件名，如 ?name=笔录.pdf",
        ));
    };
    if name.contains(['\n', '\t']) {
        return Err(Failure::field("name", "文件名里不能有换行和制表符"));
    }
    if let Err(problem) = check_words(name, NAME_LONGEST) {
        return Err(Failure::field("name", format!("文件名{problem}")));
    }
    if media_type(request.headers()) != Some(CONTENT) {
        return Err(Failure::MediaType { wanted: CONTENT });
    }
    let declared = DeclaredFile {
        name: name.to_owned(),
        media_type: None,
    };
    let content = request.into_body().into_data_stream();
    let broken = |_: &axum::Error| StatusCode::BAD_REQUEST;
    let stored = files::streamed(store, declared, content, READ_IN_VAIN, broken).await;
    let stored = stored.map_err(|trouble| refused(trouble, store))?;
    let file = FileRef {
        sha256: stored.sha256.to_string(),
        sm3: stored.sm3.to_string(),
        size_bytes: stored.size_bytes,
        media_type: stored.media_type,
        name: name.to_owned(),
    };
    let place = format!("/api/v1/files/{}", file.sha256);
    let headers = [(header::LOCATION, place)];
    Ok((StatusCode::CREATED, headers, Json(File::of(&file))).into_response())
}

fn refused(trouble: Trouble, store: &dyn FileStore) -> Failure {
    match trouble {
        Trouble::Refused(refusal @ FileRefusal::TooLarge { .. }) => {
            Failure::TooLarge(refusal.sentence())
        }
        Trouble::Refused(
            refusal @ (FileRefusal::Empty
            | FileRefusal::KindNotAccepted { .. }
            | FileRefusal::NotAsDeclared { .. }),
        ) => Failure::field("name", refusal.sentence()),
        Trouble::NoFile => Failure::field("name", "请写明文件名"),
        Trouble::Broken(StatusCode::PAYLOAD_TOO_LARGE) => {
            let size_bytes_max = store.size_bytes_max();
            Failure::TooLarge(FileRefusal::TooLarge { size_bytes_max }.sentence())
        }
        Trouble::Broken(_) => Failure::Unreadable {
            text: "文件没有传完就断了，没有保存。".to_owned(),
            place: None,
        },
        Trouble::Fault(fault) => Failure::Unexpected(fault.cause()),
    }
}

/// 下载附件
///
/// 每次下载都重新核对内容；被改动的，在结束前中断。
#[utoipa::path(get, path = "/files/{sha256}", tag = "附件",
    params(("sha256" = String, Path, description = "附件的编号", pattern = "^[0-9a-f]{64}$")),
    responses(
        (status = OK, description = "内容，类型是保存时看内容得出的", body = Content, content_type = "*/*"),
        super::document::Usual,
        super::document::Absent,
    ))]
pub(super) async fn download(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
    At(sha256): At<String>,
) -> Answered {
    files::may_fetch(&actor)?;
    let store = store(&desk)?;
    let Ok(address) = sha256.parse::<FileDigest>() else {
        return Err(Failure::NotFound("没有这个文件"));
    };
    let file = store.get(&address).await?;
    Ok(files::content(address, file))
}
