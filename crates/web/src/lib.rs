//! The staff pages: server-rendered, working without JavaScript.
//!
//! A handler parses, asks `app`, renders a view. Pages know neither SQL nor periods nor any act by name: what is
//! offered, demanded and refused comes from the answer of the law.

mod account;
mod accounts;
mod act;
mod api;
mod appraisal;
mod case;
mod components;
mod disclosures;
mod editions;
mod fault;
mod files;
mod form;
mod frame;
mod import;
mod list;
mod openings;
mod payments;
mod pending;
mod preparing;
mod provider;
mod registers;
mod reviews;
mod session;
mod sign_in;
mod stage;
mod supervision;
mod today;
mod wording;
mod workbook;

pub use preparing::{Progress, Telling, preparing};
pub use stage::{Script, Stage, Tour, with_stage};

use app::Office;
use app::drafts::Drafts;
use app::files::FileStore;
use app::provider::IdentityProvider;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use std::sync::Arc;

/// A form is text; files come by another road.
const LARGEST_FORM_BYTES: usize = 256 * 1024;

/// So many of the largest files may come with one form.
const FILES_PER_FORM: usize = 4;

/// The staff pages of an office, and the same for programs. They expect to stand at the root of their address.
pub fn router(office: Arc<Office>) -> Router {
    let pages = pages(Arc::clone(&office), LARGEST_FORM_BYTES);
    with_api(behind_the_door(pages, &office), office, None)
}

/// Whatever is added to the pages stands behind the door.
fn behind_the_door(pages: Router, office: &Arc<Office>) -> Router {
    pages.layer(from_fn_with_state(Arc::clone(office), session::door))
}

/// The API stands beside the pages and has a door of its own. Requests of both are counted.
fn with_api(pages: Router, office: Arc<Office>, store: Option<Arc<dyn FileStore>>) -> Router {
    let meter = Arc::new(api::Meter::default());
    let api = api::router(Arc::clone(&office), store, Arc::clone(&meter));
    pages
        .merge(api)
        .layer(from_fn_with_state((office, meter), api::measured))
}

/// The staff pages, with those that take in and give back attached files.
pub fn router_with_files(office: Arc<Office>, store: Arc<dyn FileStore>) -> Router {
    let largest = usize::try_from(store.size_bytes_max()).unwrap_or(usize::MAX);
    // Several files may come with one form; what a single one may have is the store's to say.
    let limit = largest
        .saturating_mul(FILES_PER_FORM)
        .saturating_add(LARGEST_FORM_BYTES);
    let pages = pages(Arc::clone(&office), limit)
        .layer(Extension(Arc::clone(&store)))
        .merge(files::router(Arc::clone(&office), Arc::clone(&store)));
    with_api(behind_the_door(pages, &office), office, Some(store))
}

/// The same pages, with drafts of forms kept for those who left them.
pub fn with_drafts(pages: Router, drafts: Arc<dyn Drafts>) -> Router {
    pages.layer(Extension(drafts))
}

/// The same pages, with a provider that signs in whoever joined an account to it.
pub fn with_provider(pages: Router, provider: Arc<dyn IdentityProvider>) -> Router {
    pages.layer(Extension(provider))
}

/// The same pages, knowing under which address the public finds the portal, such as `https://gs.example.gov.cn`.
pub fn with_portal(pages: Router, address: &str) -> Router {
    pages.layer(Extension(disclosures::release::PortalAddress(
        address.into(),
    )))
}

/// The same pages, knowing the files of the rules that run, so that others can be compared with them.
pub fn with_rule_files(pages: Router, files: Vec<law::source::SourceFile>) -> Router {
    pages.layer(Extension(editions::RuleFiles(files.into())))
}

fn pages(office: Arc<Office>, largest_act: usize) -> Router {
    let opening = get(act::show_opening)
        .post(act::perform_opening)
        .layer(DefaultBodyLimit::max(largest_act));
    let performing = get(act::show)
        .post(act::perform)
        .layer(DefaultBodyLimit::max(largest_act));
    Router::new()
        .route("/", get(today::show))
        .route("/cases", get(list::show))
        .route("/cases.xlsx", get(list::workbook))
        .route("/cases/views", post(list::save))
        .route("/cases/new", get(openings::show))
        .route("/cases/new/{procedure}/{event}", opening)
        .route("/cases/{case_id}", get(case::show))
        .route("/cases/{case_id}/chart", get(case::show_chart))
        .route("/cases/{case_id}/service", get(case::show_service))
        .route("/cases/{case_id}/account", get(case::account::show))
        .route("/cases/{case_id}/discretion", get(case::discretion::show))
        .route("/cases/{case_id}/acts/{event}", performing)
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/account", get(account::show))
        .route(session::CHOOSE, get(account::choose).post(account::chosen))
        .route("/account/tokens", post(account::issue_token))
        .route("/account/tokens/revoke", post(account::revoke_token))
        .route("/accounts", get(accounts::show))
        .merge(provider::routes())
        .route("/accounts/code", post(accounts::issue))
        .route("/accounts/confirm", post(accounts::confirm))
        .route("/reviews", get(reviews::show))
        .route("/disclosures", get(disclosures::show))
        .route(
            "/cases/{case_id}/disclosures/{document}/{number}",
            get(disclosures::release::show).post(disclosures::release::act),
        )
        .route(
            "/cases/{case_id}/disclosures/{document}/{number}/carrier",
            get(disclosures::carrier::show).post(disclosures::carrier::check),
        )
        .route(
            "/cases/{case_id}/disclosures/{document}/{number}/carrier/package.zip",
            get(disclosures::carrier::package),
        )
        .route("/pending", get(pending::list))
        .route("/payments", get(payments::show))
        .route("/payments.xlsx", get(payments::workbook))
        .route("/supervision", get(supervision::show))
        .merge(appraisal::routes())
        .route("/pending/{id}", get(pending::show).post(pending::answer))
        .merge(import::routes(largest_act))
        .merge(editions::routes())
        .merge(registers::routes(largest_act))
        .merge(stage::routes())
        .route("/gallery", get(components::gallery::show))
        .route("/hints", post(act::hint))
        .route("/islands/{name}", get(frame::island))
        .route("/staff.css", get(frame::style))
        .fallback(fault::no_such_page)
        .method_not_allowed_fallback(fault::no_such_page)
        .layer(DefaultBodyLimit::max(LARGEST_FORM_BYTES))
        .layer(map_response(frame::guard))
        .with_state(office)
}
