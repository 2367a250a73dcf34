//! What a form sent.

use crate::fault::Fault;
use crate::frame::FormToken;
use axum::extract::rejection::RawFormRejection;
use axum::extract::{FromRequest, RawForm, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use std::collections::BTreeMap;

/// The fields of a form by name, each with all its values.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent(BTreeMap<String, Vec<String>>);

impl Sent {
    /// Reads a form of our own pages only.
    pub(super) async fn read(request: Request) -> Result<Sent, Fault> {
        let headers = request.headers().clone();
        let form = RawForm::from_request(request, &()).await;
        let RawForm(bytes) = form.map_err(|rejection: RawFormRejection| {
            Fault::Unreadable(rejection.into_response().status())
        })?;
        if std::str::from_utf8(&bytes).is_err() {
            return Err(Fault::Unreadable(StatusCode::UNPROCESSABLE_ENTITY));
        }
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(&bytes).into_owned() {
            // Browsers send line ends as two characters; a text is stored with one.
            let value = value.replace("\r\n", "\n");
            fields.entry(name).or_default().push(value);
        }
        let sent = Sent(fields);
        if FormToken::fits(&headers, sent.one("token")) {
            Ok(sent)
        } else {
            Err(Fault::Forged)
        }
    }

    /// Reads a query of an address.
    pub(super) fn of_query(query: &str) -> Sent {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            fields.entry(name).or_default().push(value);
        }
        Sent(fields)
    }

    /// The first value of a field, without the space around it.
    pub(super) fn one(&self, name: &str) -> &str {
        let values = self.0.get(name);
        let first = values.and_then(|values| values.first());
        first.map_or("", |value| value.trim())
    }

    /// All values of a field.
    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Takes a field out, with all that stand below it.
    pub(super) fn clear(&mut self, name: &str) {
        let below = format!("{name}.");
        self.0
            .retain(|field, _| field != name && !field.starts_with(&below));
    }

    /// Puts a value in, as if it had been sent.
    pub(super) fn put(&mut self, name: &str, values: Vec<String>) {
        self.0.insert(name.to_owned(), values);
    }
}
