//! Checking a history from elsewhere (案卷评查): a file is read by a mapping, judged by the rules and scored.
//!
//! Nothing of it goes to the record. The file stays in memory for a while, so that it need not be sent again for another
//! mapping or for the workbook; only the account that sent it finds it there.

mod kept;
mod mappings;
mod own;
mod page;
mod read;

use crate::fault::Fault;
use crate::frame;
use crate::session::Signed;
use app::Office;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use intake::history::{Bench, HistoryError, MappingChoice, Material, Report, workbook};
use kept::{Kept, Sent};
use law::source::SourceFile;
use page::{Errors, Wanted};
use read::Form;
use std::sync::Arc;

/// Where it begins.
const HERE: &str = "/supervision/appraisal";
/// The longest file that is checked on a page; `mingqu law replay` takes longer ones.
const FILE_BYTES_MAX: usize = 16 << 20;

/// The routes.
pub(crate) fn routes() -> Router<Arc<Office>> {
    let limit = DefaultBodyLimit::max(FILE_BYTES_MAX + (1 << 20));
    Router::new()
        .route(HERE, get(show).post(check).layer(limit))
        .route("/supervision/appraisal/own", post(own::appraise))
        .route("/supervision/appraisal/mappings", post(mappings::change))
        .route("/supervision/appraisal/{id}", get(take_along))
        .layer(Extension(Kept::default()))
}

fn denied(office: &Office, signed: &Signed) -> Option<Response> {
    let may = office.may_supervise(&signed.actor);
    (!may).then(|| Fault::denied("案卷评查由执法监督人员和负责人进行。").response(office))
}

/// `GET /supervision/appraisal`
async fn show(State(office): State<Arc<Office>>, Extension(signed): Extension<Signed>) -> Response {
    if let Some(response) = denied(&office, &signed) {
        return response;
    }
    let wanted = Wanted::default();
    shown(&office, &signed, &wanted, Errors::default(), None).await
}

/// The page; an answer to something that was sent, with the status that says whether it was taken.
async fn shown(
    office: &Office,
    signed: &Signed,
    wanted: &Wanted,
    errors: Errors,
    report: Option<&Report>,
) -> Response {
    let status = match errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let kept = match office.kept_mappings().await {
        Ok(kept) => kept,
        Err(error) => return Fault::Unexpected(error.into()).response(office),
    };
    match page::form(office, signed, (wanted, &kept), errors, report) {
        Ok(page) => frame::page(status, &page),
        Err(fault) => fault.response(office),
    }
}

/// `POST /supervision/appraisal`: checks the file that is sent, or the one that was sent before.
async fn check(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    Extension(kept): Extension<Kept>,
    request: Request,
) -> Response {
    if let Some(response) = denied(&office, &signed) {
        return response;
    }
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(fault) => return fault.response(&office),
    };
    let account = &signed.actor.account;
    let (mut wanted, mut errors) = (Wanted::of(&form), Errors::default());
    let sent = form.sent(&kept, account, &mut errors);
    let sent = sent.filter(|_| errors.is_empty());
    let brought = match mappings::brought(&office, &wanted, sent.as_deref()).await {
        Ok(brought) => brought,
        Err(mappings::Unfound::Gone(text)) => {
            errors.say("mapping", text);
            None
        }
        Err(mappings::Unfound::Fault(fault)) => return fault.response(&office),
    };
    let report = match sent.as_ref().filter(|_| errors.is_empty()) {
        None => None,
        Some(sent) => match judged(&office, sent.clone(), brought, wanted.clone()).await {
            Ok(Ok(report)) => Some(report),
            Ok(Err(error)) => {
                errors.say(field(&error, &wanted), error.to_string());
                None
            }
            Err(fault) => return fault.response(&office),
        },
    };
    if let Some(sent) = sent {
        wanted.file = sent.name.clone();
        wanted.mapping_file = sent.mapping.as_ref().map(|it| it.path.clone());
        wanted.kept = kept.put(account, sent, report.clone());
    }
    shown(&office, &signed, &wanted, errors, report.as_ref()).await
}

/// Where in the form a mistake is mended.
fn field(error: &HistoryError, wanted: &Wanted) -> &'static str {
    match error {
        HistoryError::NoMapping(_)
        | HistoryError::WhichMapping(_)
        | HistoryError::NoSuchMapping(..)
        | HistoryError::Unfit(_)
        | HistoryError::Mapping(_)
            if wanted.mapping != page::OWN =>
        {
            "mapping"
        }
        HistoryError::NoMapping(_)
        | HistoryError::WhichMapping(_)
        | HistoryError::NoSuchMapping(..)
        | HistoryError::Unfit(_)
        | HistoryError::Mapping(_) => "mapping_file",
        HistoryError::WhichProcedure(_)
        | HistoryError::OtherProcedure { .. }
        | HistoryError::RowsWithoutProcedure { .. }
        | HistoryError::NoSuchProcedure(_) => "procedure",
        _ => "file",
    }
}

/// Judges a file, beside the requests of others.
async fn judged(
    office: &Office,
    sent: Arc<Sent>,
    brought: Option<SourceFile>,
    wanted: Wanted,
) -> Result<Result<Report, HistoryError>, Fault> {
    let checked = beside(office, move |bench| {
        let choice = match (&brought, wanted.mapping.as_str()) {
            (Some(file), _) => MappingChoice::Brought(file),
            (None, "" | page::OWN) => MappingChoice::Fitting,
            (None, id) => MappingChoice::Named(id),
        };
        let material = Material {
            name: &sent.name,
            content: &sent.content,
            is_complete: wanted.is_complete,
        };
        let procedure = Some(wanted.procedure.as_str()).filter(|id| !id.is_empty());
        bench.check(&material, &choice, procedure)
    });
    match checked.await? {
        Err(HistoryError::Rules(errors)) => Err(Fault::Unexpected(errors.into())),
        checked => Ok(checked),
    }
}

/// Judges with the rules, what the agency set and the usual score table, beside the requests of others.
async fn beside<T: Send + 'static>(
    office: &Office,
    judge: impl FnOnce(&Bench<'_>) -> T + Send + 'static,
) -> Result<T, Fault> {
    let context = office.context();
    let today = office.now().day;
    let judging = tokio::task::spawn_blocking(move || {
        let table = context.rules.scores.first();
        let table = table.ok_or_else(|| Fault::Unexpected("no score table".into()))?;
        Ok(judge(&Bench {
            rules: &context.rules,
            agency: &context.agency,
            table,
            today,
        }))
    });
    match judging.await {
        Ok(judged) => judged,
        Err(error) => Err(Fault::Unexpected(error.into())),
    }
}

/// `GET /supervision/appraisal/{id}`: what was found, as a workbook.
async fn take_along(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    Extension(kept): Extension<Kept>,
    Path(id): Path<String>,
) -> Response {
    if let Some(response) = denied(&office, &signed) {
        return response;
    }
    let id = id.strip_suffix(".xlsx").unwrap_or(&id);
    let Some(report) = kept.report(&signed.actor.account, id) else {
        return Fault::NotFound("这次检查的结果已经不在了，请重新检查").response(&office);
    };
    let made = tokio::task::spawn_blocking(move || workbook(&report)).await;
    let bytes = match made {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Fault::Unexpected(error.into()).response(&office),
        Err(error) => return Fault::Unexpected(error.into()).response(&office),
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(sheet::MEDIA_TYPE),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"appraisal.xlsx\""),
    );
    response
}

/// A mapping as it was sent.
fn source(name: String, text: String) -> SourceFile {
    SourceFile { path: name, text }
}
