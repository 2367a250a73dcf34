//! The form with its files, which pass by and are not stored.

use super::kept::{Kept, Sent};
use super::page::{Errors, OWN};
use super::{FILE_BYTES_MAX, source};
use crate::LARGEST_FORM_BYTES;
use crate::fault::Fault;
use crate::frame::FormToken;
use axum::RequestExt;
use axum::extract::Request;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::http::{StatusCode, header};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The fields of the form.
pub(super) struct Form {
    fields: BTreeMap<String, String>,
    files: BTreeMap<String, (String, Vec<u8>)>,
}

impl Form {
    pub(super) async fn read(request: Request) -> Result<Form, Fault> {
        let headers = request.headers().clone();
        let unreadable = |status: StatusCode| {
            Fault::Unreadable(match status.is_client_error() {
                true => status,
                false => StatusCode::BAD_REQUEST,
            })
        };
        let is_form = headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
        if !is_form {
            return Err(Fault::Unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let mut parts: Multipart = request
            .extract()
            .await
            .map_err(|rejection: MultipartRejection| unreadable(rejection.status()))?;
        let mut form = Form {
            fields: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        loop {
            let part = parts.next_field().await;
            let Some(mut part) = part.map_err(|error| unreadable(error.status()))? else {
                break;
            };
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.file_name().map(str::to_owned);
            let most = match file_name {
                Some(_) => FILE_BYTES_MAX,
                None => LARGEST_FORM_BYTES,
            };
            let mut bytes = Vec::new();
            while let Some(piece) = part
                .chunk()
                .await
                .map_err(|error| unreadable(error.status()))?
            {
                if bytes.len() + piece.len() > most {
                    return Err(unreadable(StatusCode::PAYLOAD_TOO_LARGE));
                }
                bytes.extend_from_slice(&piece);
            }
            match file_name {
                // No file was chosen.
                Some(file_name) if file_name.is_empty() => {}
                Some(file_name) => {
                    form.files.insert(name, (file_name, bytes));
                }
                None => {
                    let text = String::from_utf8(bytes);
                    let text = text.map_err(|_| unreadable(StatusCode::UNPROCESSABLE_ENTITY))?;
                    form.fields.insert(name, text);
                }
            }
        }
        match FormToken::fits(&headers, form.one("token")) {
            true => Ok(form),
            false => Err(Fault::Forged),
        }
    }

    pub(super) fn one(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// The file to be checked: the one that comes with the form, else the one that was sent before.
    pub(super) fn sent(
        &self,
        kept: &Kept,
        account: &str,
        errors: &mut Errors,
    ) -> Option<Arc<Sent>> {
        let before = kept.sent(account, self.one("kept"));
        let mapping = match self.files.get("mapping_file") {
            Some((name, bytes)) => match String::from_utf8(bytes.clone()) {
                Ok(text) => Some(source(name.clone(), text)),
                Err(_) => {
                    errors.say("mapping_file", format!("“{name}”的文字不是 UTF-8"));
                    None
                }
            },
            None => before.as_ref().and_then(|it| it.mapping.clone()),
        };
        if self.one("mapping") == OWN && mapping.is_none() && errors.is_empty() {
            errors.say("mapping_file", "请选择自己写的导入文件（.kdl）");
        }
        let file = match (self.files.get("file"), &before) {
            (Some((name, bytes)), _) => Some((name.clone(), bytes.clone())),
            (None, Some(before)) if !self.files.contains_key("mapping_file") => {
                return Some(Arc::clone(before));
            }
            (None, Some(before)) => Some((before.name.clone(), before.content.clone())),
            (None, None) => None,
        };
        if file.is_none() {
            let again = match self.one("kept").is_empty() {
                true => "请选择要检查的文件",
                false => "上次的文件已经不在了，请再选一次",
            };
            errors.say("file", again);
        }
        let (name, content) = file?;
        Some(Arc::new(Sent {
            name,
            content,
            mapping,
        }))
    }
}
