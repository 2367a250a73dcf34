//! The form of an act: shown, filled, refused with reasons, performed.

mod desk;
mod drafts;
mod fields;
mod follow;
mod hints;
mod items;
mod listed;
mod page;
mod people;
mod place;
mod posted;
mod registered;
pub(crate) mod sent;
mod via;

pub(crate) use follow::{FOLLOWS, OF};
pub(crate) use page::is_input;
pub(crate) use posted::facts_of_newcomer;
pub(crate) use via::href as href_via;

use crate::fault::Fault;
use crate::files;
use crate::frame::{self, FormToken};
use crate::pending;
use crate::session::Signed;
use crate::wording;
use app::access::{Denied, Reading};
use app::combined::CarriedOver;
use app::drafts::{DRAFT_BYTES_MAX, DraftError, Drafts};
use app::pending::{Agreed, PendingError};
use app::request::FILES;
use app::{CaseView, FieldError, Office, PerformError, Target};
use axum::Extension;
use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use drafts::{Offer, Shelf};
use law::fact::Value;
use law::model::{CASE, EventIx, FactIx};
use page::{ActPage, Notice, Paper};
use posted::Posted;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

/// An act of a case, or of a case to be opened, that the address names.
struct Asked {
    view: CaseView,
    event: EventIx,
    /// The number of the subject, 0 for the case or for one that the act brings in.
    number: u32,
    member: usize,
    /// The shortcut by which the form was opened.
    via: Option<usize>,
    /// What that shortcut fills in.
    filled: Vec<(FactIx, Value)>,
    /// The case that the one to be opened follows.
    following: Option<follow::Following>,
    /// What a later act takes over from the case that its own one follows.
    later: Option<CarriedOver>,
    /// What the act says of the cases that follow this one.
    follow_ups: Vec<(FactIx, Value)>,
    /// What other cases say of the parties, where the act asks for it.
    elsewhere: Vec<String>,
    /// Why the case that was named is not followed.
    unfit: Option<String>,
    beside: Beside,
}

/// What stands beside the office: a store that takes files, a shelf that keeps drafts. A page does without either.
#[derive(Clone)]
pub(crate) struct Beside {
    store: Option<sent::Store>,
    drafts: Option<Arc<dyn Drafts>>,
}

impl<S: Sync> FromRequestParts<S> for Beside {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Beside, Infallible> {
        Ok(Beside {
            store: parts.extensions.get().cloned(),
            drafts: parts.extensions.get().cloned(),
        })
    }
}

/// `GET /cases/{case_id}/acts/{event}?subject=N`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Path((case_id, event)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    Extension(signed): Extension<Signed>,
    beside: Beside,
) -> Response {
    match asked(&office, &signed, &case_id, &event, &query, beside).await {
        Ok(asked) => opened(&office, asked, &query, &headers).await,
        Err(fault) => fault.response(&office),
    }
}

/// `GET /cases/new/{procedure}/{event}`, with `?follows={case}` out of another case
pub(crate) async fn show_opening(
    State(office): State<Arc<Office>>,
    Path((procedure, event)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    Extension(signed): Extension<Signed>,
    beside: Beside,
) -> Response {
    if let Err(denied) = office.may_open(&signed.actor) {
        return Fault::from(denied).response(&office);
    }
    let one = |name: &str| query.get(name).map_or("", String::as_str);
    let asked = match opening(&office, &procedure, &event, beside) {
        Ok(asked) => {
            let followed = (one(FOLLOWS), one(OF));
            asked.following(&office, &signed, followed).await
        }
        Err(fault) => Err(fault),
    };
    match asked {
        Ok(asked) => opened(&office, asked, &query, &headers).await,
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
    beside: Beside,
    request: Request,
) -> Response {
    let posted = match sent::sent(request).await {
        Ok(posted) => posted,
        Err(fault) => return fault.response(&office),
    };
    match asked(&office, &signed, &case_id, &event, &query, beside).await {
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
    beside: Beside,
    request: Request,
) -> Response {
    if let Err(denied) = office.may_open(&signed.actor) {
        return Fault::from(denied).response(&office);
    }
    let posted = match sent::sent(request).await {
        Ok(posted) => posted,
        Err(fault) => return fault.response(&office),
    };
    let asked = match opening(&office, &procedure, &event, beside) {
        Ok(asked) => {
            let followed = (posted.one(FOLLOWS), posted.one(OF));
            asked.following(&office, &signed, followed).await
        }
        Err(fault) => Err(fault),
    };
    match asked {
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
    beside: Beside,
) -> Result<Asked, Fault> {
    let (view, reading) = office.case_for(&signed.actor, case_id).await?;
    if reading == Reading::Traced {
        return Err(Denied::only_looks().into());
    }
    let number = query.get("subject").map_or(Ok(0), |text| text.parse());
    let number = number.map_err(|_| Fault::NotFound("没有这个对象"))?;
    place(view, event, number, beside)?
        .later(office, signed)
        .await
}

fn opening(office: &Office, procedure: &str, event: &str, beside: Beside) -> Result<Asked, Fault> {
    place(office.empty_case(procedure)?, event, 0, beside)
}

fn place(view: CaseView, event: &str, number: u32, beside: Beside) -> Result<Asked, Fault> {
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
        via: None,
        filled: Vec::new(),
        following: None,
        later: None,
        follow_ups: Vec::new(),
        elsewhere: Vec::new(),
        unfit: None,
        beside,
    })
}

/// The form as it is opened: empty, or as it was left.
async fn opened(
    office: &Office,
    asked: Asked,
    query: &BTreeMap<String, String>,
    headers: &HeaderMap,
) -> Response {
    let token = FormToken::of(office, headers);
    let draft = match Shelf::of(office, &asked, &token.text) {
        Some(shelf) => match shelf.find().await {
            Ok(draft) => draft,
            Err(fault) => return fault.response(office),
        },
        None => None,
    };
    let is_taken = query.get("draft").is_some_and(|word| word == "continue");
    let mut paper = Paper::new(&token.text, office.new_id());
    paper.offer = draft.as_ref().map(|draft| Offer::of(draft, is_taken));
    let page = match draft.filter(|_| is_taken) {
        Some(draft) => {
            let posted = Posted::new(draft.fields).visible();
            let asked = asked.via(office, posted.one(via::VIA));
            // What was typed for another version of the case is shown with what came since.
            let notice = Notice::of_version(&asked, &posted);
            ActPage::of(office, &asked, &posted, paper, &[], notice)
        }
        None => {
            let asked = asked.via(office, query.get(via::VIA).map_or("", String::as_str));
            paper.from_row = query.get(FROM_ROW).cloned();
            let blank = Posted::default();
            ActPage::of(office, &asked, &blank, paper, &[], Notice::None)
        }
    };
    token.keep(frame::page(StatusCode::OK, &page))
}

/// The key of an address that opens a form out of a row of a register: the fact that names the row, and the id of the row.
pub(crate) const FROM_ROW: &str = "row";

/// What a form asks for besides being recorded: the word of its button.
mod button {
    /// Say what can be said of what was typed, and record nothing.
    pub(super) const LOOK_UP: &str = "look_up";
    /// Judge it by the law as if it were recorded, and record nothing.
    pub(super) const CHECK: &str = "check";
    /// The same as looking up, and what the row of a register knows that this fact names: its id follows.
    pub(super) const FETCH: &str = "fetch:";
    /// Keep it for later.
    pub(super) const KEEP: &str = "keep";
    /// The same, asked by the page itself.
    pub(super) const AUTOSAVE: &str = "autosave";
    /// Throw away what was kept.
    pub(super) const DISCARD: &str = "discard";
}

/// `POST /hints`: what can be said of a value while it is typed. Nothing is read but the rules and the calendar.
pub(crate) async fn hint(State(office): State<Arc<Office>>, request: Request) -> Response {
    let asked = match sent::plain(request).await {
        Ok(pairs) => pairs.into_iter().collect::<BTreeMap<_, _>>(),
        Err(fault) => return fault.response(&office),
    };
    let one = |name: &str| asked.get(name).map_or("", String::as_str);
    let Some(about) = hints::About::read(one("about")) else {
        return Fault::NotFound("没有这种提示").response(&office);
    };
    let mut procedures = office.procedures();
    let procedure = procedures.find(|procedure| procedure.id == one("procedure"));
    let act = procedure.and_then(|procedure| {
        let event = procedure.event(one("event"))?;
        Some(hints::Act { procedure, event })
    });
    let json = hints::answer(&office, about, one("value"), act);
    ([(header::CONTENT_TYPE, "application/json")], json).into_response()
}

/// Keeps what was typed, for a page that asks by itself.
async fn autosaved(office: &Office, shelf: Option<Shelf<'_>>, posted: &Posted) -> Response {
    let Some(shelf) = shelf else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match shelf.keep(posted).await {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(DraftError::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(error) => Fault::Unexpected(error.into()).response(office),
    }
}

/// What is recorded, or waits for others, need not be kept besides; should that fail, it stands all the same.
async fn thrown_away(shelf: Option<Shelf<'_>>) {
    if let Some(shelf) = shelf
        && let Err(error) = shelf.discard().await
    {
        tracing::warn!(%error, "a draft was recorded and could not be thrown away");
    }
}

async fn submit(
    office: &Office,
    signed: &Signed,
    asked: Asked,
    posted: Posted,
    target: &Target,
    headers: &HeaderMap,
) -> Response {
    let asked = asked.via(office, posted.one(via::VIA));
    let token = FormToken::of(office, headers);
    let key = match posted.one("key") {
        "" => office.new_id(),
        key => key.to_owned(),
    };
    let shelf = Shelf::of(office, &asked, &token.text);
    let shown = posted.visible();
    let paper = || Paper::new(&token.text, key.clone());
    let redrawn = |asked: &Asked, paper: Paper, errors: &[FieldError], notice, status| {
        let page = ActPage::of(office, asked, &shown, paper, errors, notice);
        token.keep(frame::page(status, &page))
    };
    let again = |asked: &Asked, errors: &[FieldError], notice, status| {
        redrawn(asked, paper(), errors, notice, status)
    };
    let unrecorded = || Notice::of_version(&asked, &posted);
    match posted.one("do") {
        pressed if pressed == button::LOOK_UP || pressed.starts_with(button::FETCH) => {
            let (_, errors) = posted.request(&asked);
            // What is not filled in yet is no mistake.
            let typed = |error: &FieldError| posted.says(&error.field);
            let errors: Vec<FieldError> = errors.into_iter().filter(typed).collect();
            let paper = Paper {
                looked_up: true,
                ..paper()
            };
            return redrawn(&asked, paper, &errors, unrecorded(), StatusCode::OK);
        }
        button::KEEP => {
            let Some(shelf) = shelf else {
                return Fault::NotFound("这里不暂存内容").response(office);
            };
            return match shelf.keep(&posted).await {
                Ok(draft) => {
                    let paper = Paper {
                        kept: Some(wording::recorded(draft.saved_at)),
                        ..paper()
                    };
                    redrawn(&asked, paper, &[], unrecorded(), StatusCode::OK)
                }
                Err(DraftError::TooLarge { bytes }) => {
                    let text = format!(
                        "内容有{}，超过暂存的上限{}，没有暂存",
                        wording::size(bytes.try_into().unwrap_or(u64::MAX)),
                        wording::size(DRAFT_BYTES_MAX.try_into().unwrap_or(u64::MAX)),
                    );
                    let error = FieldError {
                        field: "draft".to_owned(),
                        text,
                    };
                    again(
                        &asked,
                        &[error],
                        unrecorded(),
                        StatusCode::PAYLOAD_TOO_LARGE,
                    )
                }
                Err(error) => Fault::Unexpected(error.into()).response(office),
            };
        }
        button::AUTOSAVE => return autosaved(office, shelf, &posted).await,
        button::DISCARD => {
            if let Some(shelf) = shelf
                && let Err(error) = shelf.discard().await
            {
                return Fault::Unexpected(error.into()).response(office);
            }
            return Redirect::to(&page::address(&asked)).into_response();
        }
        _ => {}
    }
    let (request, mut errors) = posted.request(&asked);
    let lacking = via::lacking(office, &asked, &posted);
    let lacks = !lacking.is_empty();
    errors.extend(lacking);
    let store = asked.beside.store.as_deref();
    match files::not_stored(store, &request.files, posted::ATTACHED).await {
        Ok(missing) => errors.extend(missing),
        Err(error) => return Fault::Unexpected(error.into()).response(office),
    }
    if !errors.is_empty() {
        let paper = Paper { lacks, ..paper() };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return redrawn(&asked, paper, &errors, unrecorded(), status);
    }
    let proposed = if posted.one("do") == button::CHECK {
        match office.would(&signed.actor, target, &request).await {
            Ok(()) => {
                let paper = Paper {
                    is_lawful: true,
                    ..paper()
                };
                return redrawn(&asked, paper, &[], Notice::None, StatusCode::OK);
            }
            Err(error) => Err(PendingError::Perform(Box::new(error))),
        }
    } else {
        office.propose(&signed.actor, target, &request, &key).await
    };
    let failed = match proposed {
        Ok(Agreed::Recorded(done)) => {
            thrown_away(shelf).await;
            let to = format!("/cases/{}?recorded={}", done.case_id, done.version);
            return Redirect::to(&to).into_response();
        }
        Ok(Agreed::Waiting(pending)) => {
            thrown_away(shelf).await;
            return Redirect::to(&format!("/pending/{}", pending.id)).into_response();
        }
        Err(PendingError::Perform(error)) => *error,
        Err(PendingError::Settled(pending)) => {
            return Redirect::to(&format!("/pending/{}", pending.id)).into_response();
        }
        Err(error) => return pending::fault(error, "/pending").response(office),
    };
    match failed {
        PerformError::Fields(mut errors) => {
            let files = errors.iter_mut().filter(|error| error.field == FILES);
            files.for_each(|error| posted::ATTACHED.clone_into(&mut error.field));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            again(&asked, &errors, Notice::None, status)
        }
        // Whoever came as far as the form may mend it: others may have to be named, or the sheet be recorded by somebody else.
        PerformError::Denied(denied) => {
            let account = &signed.actor.account;
            tracing::warn!(account, %denied, "somebody asked for what is not allowed");
            let error = FieldError {
                field: "people".to_owned(),
                text: denied.text,
            };
            again(&asked, &[error], Notice::None, StatusCode::FORBIDDEN)
        }
        PerformError::Refused(refusal) => {
            let status = if is_input(&refusal) {
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
