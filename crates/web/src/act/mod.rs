//! The form of an act: shown, filled, refused with reasons, performed.

mod fields;
mod page;
mod posted;
mod sent;

pub(crate) use posted::facts_of_newcomer;

use crate::fault::Fault;
use crate::frame::{self, FormToken};
use crate::list;
use crate::pending;
use crate::session::Signed;
use app::files::{FileDigest, FileError};
use app::pending::{Agreed, PendingError};
use app::{ActRequest, CaseView, FieldError, Office, PerformError, Target};
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use law::model::{CASE, EventIx};
use page::{ActPage, Notice};
use posted::Posted;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An act of a case, or of a case to be opened, that the address names.
struct Asked {
    view: CaseView,
    event: EventIx,
    /// The number of the subject, 0 for the case or for one that the act brings in.
    number: u32,
    member: usize,
    /// Takes files, where there is one.
    store: Option<sent::Store>,
}

type Shelf = Option<Extension<sent::Store>>;

/// `GET /cases/{case_id}/acts/{event}?subject=N`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Path((case_id, event)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    Extension(signed): Extension<Signed>,
    shelf: Shelf,
) -> Response {
    match asked(&office, &signed, &case_id, &event, &query, &shelf).await {
        Ok(asked) => blank(&office, &asked, &headers),
        Err(fault) => fault.response(&office),
    }
}

/// `GET /cases/new/{procedure}/{event}`
pub(crate) async fn show_opening(
    State(office): State<Arc<Office>>,
    Path((procedure, event)): Path<(String, String)>,
    headers: HeaderMap,
    Extension(signed): Extension<Signed>,
    shelf: Shelf,
) -> Response {
    if let Err(fault) = list::may_open(&signed) {
        return fault.response(&office);
    }
    match opening(&office, &procedure, &event, &shelf) {
        Ok(asked) => blank(&office, &asked, &headers),
        Err(fault) => fault.response(&office),
    }
}

/// `POST /cases/{case_id}/acts/{event}?subject=N`
pub(crate) async fn perform(
    State(office): State<Arc<Office>>,
    Path((case_id, event)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    Extension(signed): Extension<Signed>,
    shelf: Shelf,
    request: Request,
) -> Response {
    let posted = match sent::sent(request).await {
        Ok(posted) => posted,
        Err(fault) => return fault.response(&office),
    };
    match asked(&office, &signed, &case_id, &event, &query, &shelf).await {
        Ok(asked) => {
            let target = Target::Case {
                case_id,
                // A form without a version was not made by our page: it is as stale as can be.
                seen: Some(posted.version().unwrap_or(0)),
            };
            submit(&office, &signed, asked, posted, &target, &headers).await
        }
        Err(fault) => fault.response(&office),
    }
}

/// `POST /cases/new/{procedure}/{event}`
pub(crate) async fn perform_opening(
    State(office): State<Arc<Office>>,
    Path((procedure, event)): Path<(String, String)>,
    headers: HeaderMap,
    Extension(signed): Extension<Signed>,
    shelf: Shelf,
    request: Request,
) -> Response {
    let posted = match sent::sent(request).await {
        Ok(posted) => posted,
        Err(fault) => return fault.response(&office),
    };
    match opening(&office, &procedure, &event, &shelf) {
        Ok(asked) => {
            submit(
                &office,
                &signed,
                asked,
                posted,
                &Target::NewCase { procedure },
                &headers,
            )
            .await
        }
        Err(fault) => fault.response(&office),
    }
}

async fn asked(
    office: &Office,
    signed: &Signed,
    case_id: &str,
    event: &str,
    query: &BTreeMap<String, String>,
    shelf: &Shelf,
) -> Result<Asked, Fault> {
    let (view, _) = office.case_for(&signed.actor, case_id).await?;
    let number = query.get("subject").map_or(Ok(0), |text| text.parse());
    place(
        view,
        event,
        number.map_err(|_| Fault::NotFound("没有这个对象"))?,
        shelf,
    )
}

fn opening(office: &Office, procedure: &str, event: &str, shelf: &Shelf) -> Result<Asked, Fault> {
    place(office.empty_case(procedure)?, event, 0, shelf)
}

fn place(view: CaseView, event: &str, number: u32, shelf: &Shelf) -> Result<Asked, Fault> {
    let event = view
        .procedure()
        .event(event)
        .ok_or(Fault::NotFound("没有这个事项"))?;
    let domain = view.procedure().events[event].domain;
    let brings = view.procedure().act_of(event).introduces == Some(domain) && domain != CASE;
    let known = view
        .case()
        .member(domain, number)
        .filter(|_| domain != CASE || number == 0);
    let newcomer =
        (number == 0 && brings).then(|| view.case().members[usize::from(domain.0)].len());
    let member = known.or(newcomer).ok_or(Fault::NotFound("没有这个对象"))?;
    Ok(Asked {
        view,
        event,
        number,
        member,
        store: shelf.as_ref().map(|Extension(store)| Arc::clone(store)),
    })
}

/// What a form says is attached must stand in the store.
async fn attachable(
    asked: &Asked,
    request: &ActRequest,
    errors: &mut Vec<FieldError>,
) -> Result<(), FileError> {
    for file in &request.files {
        let stands = match (&asked.store, file.sha256.parse::<FileDigest>()) {
            (Some(store), Ok(address)) => store.exists(&address).await?,
            _ => false,
        };
        if !stands {
            errors.push(FieldError {
                field: posted::ATTACHED.to_owned(),
                text: format!("附件“{}”不在附件库里，请重新选择", file.name),
            });
        }
    }
    Ok(())
}

fn blank(office: &Office, asked: &Asked, headers: &HeaderMap) -> Response {
    let token = FormToken::of(office, headers);
    let posted = Posted::default();
    let key = office.new_id();
    let page = ActPage::of(office, asked, &posted, &token.text, key, &[], Notice::None);
    token.keep(frame::page(StatusCode::OK, &page))
}

async fn submit(
    office: &Office,
    signed: &Signed,
    asked: Asked,
    posted: Posted,
    target: &Target,
    headers: &HeaderMap,
) -> Response {
    let token = FormToken::of(office, headers);
    let key = match posted.one("key") {
        "" => office.new_id(),
        key => key.to_owned(),
    };
    let again = |asked: &Asked, errors: &[FieldError], notice: Notice, status: StatusCode| {
        let page = ActPage::of(
            office,
            asked,
            &posted,
            &token.text,
            key.clone(),
            errors,
            notice,
        );
        token.keep(frame::page(status, &page))
    };
    let (request, mut errors) = posted.request(&asked);
    if let Err(error) = attachable(&asked, &request, &mut errors).await {
        return Fault::Unexpected(error.into()).response(office);
    }
    if !errors.is_empty() {
        return again(
            &asked,
            &errors,
            Notice::None,
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    }
    let proposed = office.propose(&signed.actor, target, &request, &key).await;
    let failed = match proposed {
        Ok(Agreed::Recorded(done)) => {
            let to = format!("/cases/{}?recorded={}", done.case_id, done.version);
            return Redirect::to(&to).into_response();
        }
        Ok(Agreed::Waiting(pending)) => {
            return Redirect::to(&format!("/pending/{}", pending.id)).into_response();
        }
        Err(PendingError::Perform(error)) => *error,
        Err(PendingError::Settled(pending)) => {
            return Redirect::to(&format!("/pending/{}", pending.id)).into_response();
        }
        Err(error) => return pending::fault(error, "/pending").response(office),
    };
    match failed {
        PerformError::Fields(errors) => again(
            &asked,
            &errors,
            Notice::None,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        PerformError::Refused(refusal) => {
            let status = if page::is_input(&refusal) {
                StatusCode::UNPROCESSABLE_ENTITY
            } else {
                StatusCode::CONFLICT
            };
            again(&asked, &[], Notice::Refused(&refusal), status)
        }
        PerformError::Stale { seen, .. } => match office.case(&asked.view.case_id).await {
            Ok(view) => again(
                &Asked { view, ..asked },
                &[],
                Notice::Stale { seen },
                StatusCode::CONFLICT,
            ),
            Err(error) => Fault::from(error).response(office),
        },
        error => Fault::of(error, format!("/cases/{}", asked.view.case_id)).response(office),
    }
}
