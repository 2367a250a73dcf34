//! Mappings that the agency keeps: one that was used is kept under a name, chosen for the next file, renamed, replaced and
//! deleted.

use super::kept::{Kept, Sent};
use super::page::{Errors, KEPT, OWN, Wanted};
use super::{HERE, denied, shown};
use crate::fault::Fault;
use crate::frame::FormToken;
use crate::session::Signed;
use app::Office;
use app::kept_mappings::{KeptMappingError, SameName};
use axum::Extension;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use law::source::SourceFile;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why the mapping that was chosen is not at hand.
pub(super) enum Unfound {
    /// Somebody deleted or renamed it: a sentence.
    Gone(String),
    /// Our own.
    Fault(Fault),
}

/// The mapping that was brought along, or that the agency keeps; nothing where one of the rules was chosen, or none.
pub(super) async fn brought(
    office: &Office,
    wanted: &Wanted,
    sent: Option<&Sent>,
) -> Result<Option<SourceFile>, Unfound> {
    if wanted.mapping == OWN {
        return Ok(sent.and_then(|sent| sent.mapping.clone()));
    }
    let Some(name) = wanted.mapping.strip_prefix(KEPT) else {
        return Ok(None);
    };
    match office.kept_mapping(name).await {
        Ok(Some(kept)) => Ok(Some(SourceFile {
            path: kept.file,
            text: kept.text,
        })),
        Ok(None) => Err(Unfound::Gone(format!(
            "保留的导入“{name}”已经不在了，请另选一个"
        ))),
        Err(error) => Err(Unfound::Fault(Fault::Unexpected(error.into()))),
    }
}

/// `POST /supervision/appraisal/mappings`: keeps the mapping of a check, renames one or deletes it.
pub(super) async fn change(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    Extension(kept): Extension<Kept>,
    headers: HeaderMap,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Response {
    if let Some(response) = denied(&office, &signed) {
        return response;
    }
    let one = |name: &str| fields.get(name).map_or("", |text| text.trim());
    if !FormToken::fits(&headers, one("token")) {
        return Fault::Forged.response(&office);
    }
    let account = &signed.actor.account;
    let (mut errors, mut wanted) = (Errors::default(), Wanted::default());
    let (field, done) = match one("what") {
        "keep" => {
            let check = kept.sent(account, one("kept"));
            let Some((sent, mapping)) =
                check.and_then(|it| Some((Arc::clone(&it), it.mapping.clone()?)))
            else {
                errors.say("file", "上次的检查已经不在了，请重新检查以后再保留");
                return shown(&office, &signed, &wanted, errors, None).await;
            };
            wanted.mapping = OWN.to_owned();
            wanted.file.clone_from(&sent.name);
            wanted.mapping_file = Some(mapping.path.clone());
            wanted.kept = one("kept").to_owned();
            wanted.keep_as = Some(one("name").to_owned());
            let same = match one("replace") {
                "" => SameName::Stays,
                _ => SameName::IsReplaced,
            };
            let file = (mapping.path.as_str(), mapping.text.as_str());
            let done = office.keep_mapping(account, one("name"), file, same).await;
            ("mapping_name", done)
        }
        "rename" => (
            "mappings",
            office.rename_mapping(one("of"), one("name")).await,
        ),
        "forget" => ("mappings", office.forget_mapping(one("of")).await),
        _ => return Fault::NotFound("没有这样的操作").response(&office),
    };
    match done {
        Ok(()) => Redirect::to(&format!("{HERE}#f-mappings")).into_response(),
        Err(KeptMappingError::Field(text)) => {
            errors.say(field, text);
            let report = kept.report(account, &wanted.kept);
            shown(&office, &signed, &wanted, errors, report.as_deref()).await
        }
        Err(error) => Fault::Unexpected(error.into()).response(&office),
    }
}
