//! Reading a form: with or without files. A file goes to the store while it streams; the form keeps what it is known by,
//! so that a form that comes back with an error need not be given its files again.

use super::posted::{ATTACHED, Posted};
use crate::LARGEST_FORM_BYTES;
use crate::fault::Fault;
use crate::files::{self, Trouble};
use crate::frame::FormToken;
use app::files::FileStore;
use app::request::FileRef;
use axum::RequestExt;
use axum::extract::Request;
use axum::extract::multipart::Multipart;
use axum::http::{HeaderMap, StatusCode, header};
use std::sync::Arc;

/// The store that takes what is attached; without it forms take no files.
pub(crate) type Store = Arc<dyn FileStore>;

/// The fields of a form, of our own pages only.
pub(super) async fn sent(request: Request) -> Result<Posted, Fault> {
    let headers = request.headers().clone();
    let pairs = pairs(request, |_| ATTACHED).await?;
    let posted = Posted::new(pairs);
    if FormToken::fits(&headers, posted.one("token")) {
        Ok(posted)
    } else {
        Err(Fault::Forged)
    }
}

pub(crate) type Pairs = Vec<(String, String)>;

/// What is said of a file that was not taken in stands behind the name of its field.
pub(crate) const WRONG: &str = ".wrong";

/// The fields of a form, with what its files are known by under the name that `kept` gives to their field. Whether the
/// form is ours is still to be asked; what comes with files was asked before the first of them.
pub(crate) async fn pairs(
    request: Request,
    kept: fn(&str) -> &'static str,
) -> Result<Pairs, Fault> {
    let headers = request.headers().clone();
    let store = request.extensions().get::<Store>().cloned();
    let is_multipart = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
    match store {
        Some(store) if is_multipart => with_files(request, &headers, store.as_ref(), kept).await,
        _ => plain(request).await,
    }
}

/// A form without files.
pub(super) async fn plain(request: Request) -> Result<Pairs, Fault> {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| {
            kind.as_bytes()
                .starts_with(b"application/x-www-form-urlencoded")
        });
    if !is_form {
        return Err(Fault::Unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let body = axum::body::to_bytes(request.into_body(), LARGEST_FORM_BYTES).await;
    let body = body.map_err(|_| Fault::Unreadable(StatusCode::PAYLOAD_TOO_LARGE))?;
    if std::str::from_utf8(&body).is_err() {
        return Err(Fault::Unreadable(StatusCode::UNPROCESSABLE_ENTITY));
    }
    Ok(form_urlencoded::parse(&body).into_owned().collect())
}

async fn with_files(
    request: Request,
    headers: &HeaderMap,
    store: &dyn FileStore,
    kept: fn(&str) -> &'static str,
) -> Result<Pairs, Fault> {
    // A line that goes dead is reported as a fault of ours, which it is not.
    let unreadable = |status: StatusCode| {
        Fault::Unreadable(match status.is_client_error() {
            true => status,
            false => StatusCode::BAD_REQUEST,
        })
    };
    let mut form: Multipart = request.extract().await.map_err(
        |rejection: axum::extract::multipart::MultipartRejection| unreadable(rejection.status()),
    )?;
    let mut pairs = Pairs::new();
    let mut text_bytes = 0;
    let mut is_ours = false;
    loop {
        let field = form.next_field().await;
        let Some(mut field) = field.map_err(|error| unreadable(error.status()))? else {
            return Ok(pairs);
        };
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            // Nothing is written for a form of another site: its token comes first in ours.
            if !is_ours {
                return Err(Fault::Forged);
            }
            let file_name = field.file_name().unwrap_or_default().to_owned();
            match files::stored(store, field).await {
                Ok(file) => {
                    let known = FileRef {
                        sha256: file.sha256.to_string(),
                        sm3: file.sm3.to_string(),
                        size_bytes: file.size_bytes,
                        media_type: file.media_type,
                        name: file_name,
                    };
                    let known = serde_json::to_string(&known)
                        .map_err(|error| Fault::Unexpected(error.into()))?;
                    pairs.push((kept(&name).to_owned(), known));
                }
                Err(Trouble::NoFile) => {}
                Err(Trouble::Refused(refusal)) => {
                    let sentence = format!("附件“{file_name}”没有收下：{}", refusal.sentence());
                    pairs.push((format!("{}{WRONG}", kept(&name)), sentence));
                }
                Err(Trouble::Broken(status)) => return Err(unreadable(status)),
                Err(Trouble::Fault(fault)) => return Err(fault),
            }
            continue;
        }
        let mut bytes = Vec::new();
        while let Some(piece) = field
            .chunk()
            .await
            .map_err(|error| unreadable(error.status()))?
        {
            text_bytes += piece.len();
            if text_bytes > LARGEST_FORM_BYTES {
                return Err(unreadable(StatusCode::PAYLOAD_TOO_LARGE));
            }
            bytes.extend_from_slice(&piece);
        }
        let text =
            String::from_utf8(bytes).map_err(|_| unreadable(StatusCode::UNPROCESSABLE_ENTITY))?;
        is_ours |= name == "token" && FormToken::fits(headers, &text);
        // Only what was stored just now, or stands in the store, can be attached.
        if name.strip_suffix(WRONG).is_some_and(|of| kept(of) == of) {
            continue;
        }
        pairs.push((name, text));
    }
}
