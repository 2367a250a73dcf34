//! Attached files: taken in while they stream, given back as downloads that no browser shows or runs.
//!
//! A file is named by its address; what it belongs to is said by the act whose form carries the address. Every answer comes as
//! a page, or as JSON where that is asked for. The limit of a body is that of the store, here and on no other page.

use crate::components::Link;
use crate::components::definitions::{Definition, Definitions};
use crate::components::notice::Notice;
use crate::components::status::Tone;
use crate::fault::{self, Fault};
use crate::frame::{self, FormToken, Frame};
use crate::session::Signed;
use crate::wording;
use app::access::{Actor, Denied};
use app::agency::Duty;
use app::files::{
    BoxError, ByteStream, DeclaredFile, FileDigest, FileError, FileRefusal, FileStore, OpenFile,
    PutFileError, StoredFile,
};
use app::request::FileRef;
use app::{FieldError, Office};
use askama::Template;
use axum::Extension;
use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, FromRef, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use std::sync::Arc;
use tokio::sync::mpsc;

/// The other fields of the form, with room for the marks between them.
const FORM_BYTES_BESIDES: usize = 64 * 1024;
/// No other field is longer, however much room the body has.
const SHORT_BYTES: usize = 256;
/// Pieces that wait between the browser and the store.
const PIECES_WAITING: usize = 4;

#[derive(Clone)]
struct Desk {
    office: Arc<Office>,
    store: Arc<dyn FileStore>,
}

impl FromRef<Desk> for Arc<Office> {
    fn from_ref(desk: &Desk) -> Arc<Office> {
        Arc::clone(&desk.office)
    }
}

/// The routes under `/files`.
pub(crate) fn router(office: Arc<Office>, store: Arc<dyn FileStore>) -> Router {
    let size_bytes_max = usize::try_from(store.size_bytes_max()).unwrap_or(usize::MAX);
    // Declared limits are refused by the store itself, with a sentence; this one only ends what goes on for ever.
    let limit = DefaultBodyLimit::max(size_bytes_max.saturating_add(FORM_BYTES_BESIDES));
    let download = get(download)
        .layer(map_response(frame::guard))
        .layer(map_response(shut_in));
    Router::new()
        .route("/files", get(show).post(upload))
        .layer(map_response(frame::guard))
        .route("/files/{address}", download)
        .method_not_allowed_fallback(fault::no_such_page)
        .layer(limit)
        .with_state(Desk { office, store })
}

/// Files belong to the work on cases.
pub(crate) fn may_store(actor: &Actor) -> Result<(), Denied> {
    if actor.person.is_some() {
        Ok(())
    } else {
        Err(Denied {
            text: "管理账号不能存取案件的附件。".to_owned(),
        })
    }
}

/// Nobody finds a file whose address is not shown to them; and an account without cases is shown none.
pub(crate) fn may_fetch(actor: &Actor) -> Result<(), Denied> {
    if actor.has(Duty::Supervisor) {
        Ok(())
    } else {
        may_store(actor)
    }
}

/// What is said to be attached and does not stand in the store, told at this field.
pub(crate) async fn not_stored(
    store: Option<&dyn FileStore>,
    files: &[FileRef],
    field: &str,
) -> Result<Vec<FieldError>, FileError> {
    let mut missing = Vec::new();
    for file in files {
        let stands = match (store, file.sha256.parse::<FileDigest>()) {
            (Some(store), Ok(address)) => store.exists(&address).await?,
            _ => false,
        };
        if !stands {
            missing.push(FieldError {
                field: field.to_owned(),
                text: format!("附件“{}”不在附件库里，请重新选择", file.name),
            });
        }
    }
    Ok(missing)
}

/// A stored file has no rights in the browser, even where one shows it in spite of being told to save it.
pub(crate) async fn shut_in(mut response: Response) -> Response {
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

#[derive(Template)]
#[template(path = "files.html")]
struct FilesPage {
    frame: Frame,
    token: String,
    accept: &'static str,
    error: Option<String>,
    stored: Option<(Notice, Definitions)>,
}

/// What the browser offers to choose; the store decides by content.
const ACCEPT: &str = ".pdf,.ofd,.jpg,.jpeg,.png,.heic,.heif,.tif,.tiff,.bmp,.docx,.xlsx,.doc,.xls,.wps,.et,.mp3,.wav,.aac,.m4a,.amr,.mp4,.mov,.avi,.mkv,.3gp,.txt,.csv";

fn page(desk: &Desk, headers: &HeaderMap, status: StatusCode, outcome: Outcome) -> Response {
    let token = FormToken::of(&desk.office, headers);
    let (error, stored) = match outcome {
        Outcome::Asked => (None, None),
        Outcome::Refused(sentence) => (Some(sentence), None),
        Outcome::Stored(file) => (None, Some(shown(&file))),
    };
    let page = FilesPage {
        frame: Frame::of(&desk.office),
        token: token.text.clone(),
        accept: ACCEPT,
        error,
        stored,
    };
    token.keep(frame::page(status, &page))
}

fn shown(file: &StoredFile) -> (Notice, Definitions) {
    let address = file.sha256.to_string();
    let notice = Notice {
        tone: Tone::Good,
        head: "已保存。".to_owned(),
        text: "办理表单中填写下面的文件编号即可引用。".to_owned(),
        way: Some(Link::new(format!("/files/{address}"), "下载核对")),
    };
    let facts = Definitions {
        lines: vec![
            Definition::new("文件编号（SHA-256）", address),
            Definition::new("SM3", file.sm3.to_string()),
            Definition::new("大小", wording::size(file.size_bytes)),
            Definition::new("类型", &file.media_type),
        ],
        is_wide: false,
    };
    (notice, facts)
}

enum Outcome {
    Asked,
    Refused(String),
    Stored(StoredFile),
}

/// `GET /files`
async fn show(
    State(desk): State<Desk>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
) -> Response {
    if let Err(denied) = may_store(&signed.actor) {
        return Fault::from(denied).response(&desk.office);
    }
    page(&desk, &headers, StatusCode::OK, Outcome::Asked)
}

/// `POST /files`: the field `token` first, then the field `file`.
async fn upload(
    State(desk): State<Desk>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    if let Err(denied) = may_store(&signed.actor) {
        return Fault::from(denied).response(&desk.office);
    }
    let form = match form {
        Ok(form) => form,
        Err(rejection) => return Fault::Unreadable(rejection.status()).response(&desk.office),
    };
    let (status, outcome) = match taken_in(&desk, &headers, form).await {
        Ok(file) => (StatusCode::CREATED, Outcome::Stored(file)),
        Err(Trouble::Refused(refusal)) => {
            let status = match refusal {
                FileRefusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                FileRefusal::Empty
                | FileRefusal::KindNotAccepted { .. }
                | FileRefusal::NotAsDeclared { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            };
            (status, Outcome::Refused(refusal.sentence()))
        }
        Err(Trouble::NoFile) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Outcome::Refused("没有选择文件。请选择一个文件后再上传。".to_owned()),
        ),
        // The limit of the body is that of the file: what passed it was too long.
        Err(Trouble::Broken(StatusCode::PAYLOAD_TOO_LARGE)) => {
            let size_bytes_max = desk.store.size_bytes_max();
            let refusal = FileRefusal::TooLarge { size_bytes_max };
            (
                StatusCode::PAYLOAD_TOO_LARGE,
                Outcome::Refused(refusal.sentence()),
            )
        }
        Err(Trouble::Broken(status)) => {
            // A line that goes dead is reported as a fault of ours, which it is not.
            let status = if status.is_client_error() {
                status
            } else {
                StatusCode::BAD_REQUEST
            };
            return Fault::Unreadable(status).response(&desk.office);
        }
        Err(Trouble::Fault(fault)) => return fault.response(&desk.office),
    };
    if !wants_json(&headers) {
        return page(&desk, &headers, status, outcome);
    }
    match outcome {
        Outcome::Stored(file) => (status, Json(file)).into_response(),
        Outcome::Refused(sentence) => {
            (status, Json(serde_json::json!({ "refused": sentence }))).into_response()
        }
        Outcome::Asked => status.into_response(),
    }
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    accept.is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"))
}

pub(crate) enum Trouble {
    Refused(FileRefusal),
    NoFile,
    /// The form could not be read to its end.
    Broken(StatusCode),
    Fault(Fault),
}

impl From<MultipartError> for Trouble {
    fn from(error: MultipartError) -> Trouble {
        Trouble::Broken(error.status())
    }
}

async fn taken_in(
    desk: &Desk,
    headers: &HeaderMap,
    mut form: Multipart,
) -> Result<StoredFile, Trouble> {
    let mut is_ours = false;
    while let Some(field) = form.next_field().await? {
        match field.name() {
            Some("token") => is_ours = FormToken::fits(headers, &short(field).await?),
            // Nothing is written for a form of another site.
            Some("file") if !is_ours => return Err(Trouble::Fault(Fault::Forged)),
            Some("file") => return stored(desk.store.as_ref(), field).await,
            Some(_) | None => {}
        }
    }
    Err(if is_ours {
        Trouble::NoFile
    } else {
        Trouble::Fault(Fault::Forged)
    })
}

/// The text of a field that is no file; what is longer than any of ours is none.
async fn short(mut field: Field<'_>) -> Result<String, MultipartError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > SHORT_BYTES {
            return Ok(String::new());
        }
    }
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

/// Hands the pieces of the field to the store as they come.
pub(crate) async fn stored(store: &dyn FileStore, field: Field<'_>) -> Result<StoredFile, Trouble> {
    let declared = DeclaredFile {
        name: field.file_name().unwrap_or_default().to_owned(),
        media_type: field.content_type().map(str::to_owned),
    };
    if declared.name.is_empty() {
        // What a browser sends when nothing was chosen.
        return Err(Trouble::NoFile);
    }
    // The limit of the form bounds what is read in vain.
    streamed(store, declared, field, u64::MAX, MultipartError::status).await
}

/// Hands pieces to the store as they come. After it has refused, at most `vain` bytes more are read.
pub(crate) async fn streamed<E: Into<BoxError>>(
    store: &dyn FileStore,
    declared: DeclaredFile,
    mut arriving: impl Stream<Item = Result<Bytes, E>> + Unpin,
    vain: u64,
    status: impl Fn(&E) -> StatusCode,
) -> Result<StoredFile, Trouble> {
    let (pieces, content) = channel();
    let pump = async move {
        // A store that has refused takes no more. The rest is read all the same, because a browser that is cut off while it
        // sends shows a broken line and not the reason.
        let mut is_wanted = true;
        let mut unwanted: u64 = 0;
        loop {
            match arriving.next().await {
                Some(Ok(piece)) => {
                    let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
                    is_wanted = is_wanted && pieces.send(Some(Ok(piece))).await.is_ok();
                    if !is_wanted {
                        unwanted = unwanted.saturating_add(length);
                    }
                    if unwanted > vain {
                        return None;
                    }
                }
                None => {
                    let _ = pieces.send(None).await;
                    return None;
                }
                Some(Err(error)) => {
                    let status = status(&error);
                    let _ = pieces.send(Some(Err(error.into()))).await;
                    return Some(status);
                }
            }
        }
    };
    let (broken, put) = tokio::join!(pump, store.put(declared, content));
    put.map_err(|error| match error {
        PutFileError::Refused(refusal) => Trouble::Refused(refusal),
        PutFileError::BrokenOff(_) => Trouble::Broken(broken.unwrap_or(StatusCode::BAD_REQUEST)),
        PutFileError::Store(_) => Trouble::Fault(Fault::Unexpected(error.into())),
    })
}

type Piece = Option<Result<Bytes, BoxError>>;

/// A content that ends well only when its end was said: a sender that is dropped has broken off.
fn channel() -> (mpsc::Sender<Piece>, ByteStream) {
    let (send, receive) = mpsc::channel::<Piece>(PIECES_WAITING);
    let content = stream::unfold(Some(receive), |receive| async move {
        let mut receive = receive?;
        match receive.recv().await {
            Some(Some(Ok(piece))) => Some((Ok(piece), Some(receive))),
            Some(Some(Err(error))) => Some((Err(error), None)),
            Some(None) => None,
            None => Some((Err("the connection ended before the file did".into()), None)),
        }
    });
    (send, content.boxed())
}

/// `GET /files/{address}`
async fn download(
    State(desk): State<Desk>,
    Extension(signed): Extension<Signed>,
    Path(address): Path<String>,
) -> Response {
    if let Err(denied) = may_fetch(&signed.actor) {
        return Fault::from(denied).response(&desk.office);
    }
    let absent = || Fault::NotFound("没有这个文件");
    let Ok(address) = address.parse::<FileDigest>() else {
        return absent().response(&desk.office);
    };
    match desk.store.get(&address).await {
        Ok(file) => content(address, file),
        Err(FileError::Absent(_)) => absent().response(&desk.office),
        Err(error) => Fault::Unexpected(error.into()).response(&desk.office),
    }
}

/// A stored file as an answer: to be saved, never to be shown or run.
pub(crate) fn content(address: FileDigest, file: OpenFile) -> Response {
    let name: String = address.to_string().chars().take(16).collect();
    let headers = [
        (header::CONTENT_TYPE, file.media_type),
        (header::CONTENT_LENGTH, file.size_bytes.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{}\"", file.extension),
        ),
        (header::ACCEPT_RANGES, "none".to_owned()),
        // The address is that of the content, so it never changes; but it is not for other users of the machine.
        (header::ETAG, format!("\"{address}\"")),
    ];
    // A damaged file breaks off before its end, which the browser shows as a failed download; the reason is for the log.
    let content = file.content.inspect(move |piece| {
        if let Err(error) = piece {
            tracing::error!(%error, %address, "a stored file could not be read to its end");
        }
    });
    (headers, Body::from_stream(content)).into_response()
}
