//! Small forms of our own pages: a few text fields and the token.

use crate::LARGEST_FORM_BYTES;
use crate::fault::Fault;
use crate::frame::FormToken;
use app::Office;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::Response;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The fields of a small form, of our own pages only.
pub(crate) struct SmallForm(BTreeMap<String, Vec<String>>);

/// A form that our pages did not make for this browser never reaches a handler.
impl FromRequest<Arc<Office>> for SmallForm {
    type Rejection = Response;

    async fn from_request(request: Request, office: &Arc<Office>) -> Result<Self, Response> {
        let read = SmallForm::read(request).await;
        read.map_err(|fault| fault.response(office))
    }
}

impl SmallForm {
    async fn read(request: Request) -> Result<SmallForm, Fault> {
        let headers = request.headers().clone();
        let is_form = headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
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
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(&body).into_owned() {
            fields.entry(name).or_default().push(value);
        }
        let form = SmallForm(fields);
        if FormToken::fits(&headers, form.one("token")) {
            Ok(form)
        } else {
            Err(Fault::Forged)
        }
    }

    /// The first value of a field, as it was typed.
    pub(crate) fn one(&self, name: &str) -> &str {
        self.0
            .get(name)
            .and_then(|values| values.first())
            .map_or("", String::as_str)
    }
}
