//! A publication on the web site of the government (OPEN-26): the package that is carried there, and whether what stands
//! there is what was released.

use super::release::{self, PortalAddress};
use crate::act::sent;
use crate::case::act_link;
use crate::fault::Fault;
use crate::frame::{self, FormToken, Frame};
use crate::session::Signed;
use app::{Office, Released};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A page of a web site is text; what is longer was not copied from one.
const LONGEST_PAGE: usize = 2_000_000;

#[derive(Template)]
#[template(path = "carrier.html")]
struct CarrierPage {
    frame: Frame,
    case_title: String,
    case_link: String,
    back: String,
    action: String,
    package: String,
    register: Option<String>,
    token: String,
    title: String,
    is_withdrawn: bool,
    page: String,
    error: Option<&'static str>,
    compared: Option<Compared>,
}

/// What came of holding a page against the publication.
struct Compared {
    /// Nothing to complain of.
    is_good: bool,
    text: String,
    lines: Vec<(String, String)>,
}

type Named = Path<(String, String, u32)>;

struct Asked {
    view: app::CaseView,
    released: Released,
    document: String,
    number: u32,
    register: Option<String>,
}

async fn asked(
    office: &Office,
    signed: &Signed,
    (case_id, document, number): (String, String, u32),
) -> Result<Asked, Fault> {
    let asked = release::asked(office, signed, &case_id, &document, number).await?;
    let posting = office.posting_of(asked.view.procedure(), asked.document);
    let register = posting.map(|event| {
        let event = &asked.view.procedure().events[event].id;
        act_link(&case_id, event, number)
    });
    let released = office
        .released(&asked.view, asked.document, number)
        .await?
        .ok_or(Fault::NotFound("这份公示件还没有发布过"))?;
    Ok(Asked {
        view: asked.view,
        released,
        document,
        number,
        register,
    })
}

/// `GET /cases/{case_id}/disclosures/{document}/{number}/carrier`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Path(named): Named,
    headers: HeaderMap,
    Extension(signed): Extension<Signed>,
) -> Response {
    match asked(&office, &signed, named).await {
        Ok(asked) => {
            let token = FormToken::of(&office, &headers);
            let page = page(&office, &asked, &token.text, String::new(), None, None);
            token.keep(frame::page(StatusCode::OK, &page))
        }
        Err(fault) => fault.response(&office),
    }
}

/// `POST` of the same: `page` is what was copied from the site. Nothing is recorded.
pub(crate) async fn check(
    State(office): State<Arc<Office>>,
    Path(named): Named,
    headers: HeaderMap,
    Extension(signed): Extension<Signed>,
    request: Request,
) -> Response {
    let mut sent: BTreeMap<String, String> = match sent::pairs(request, |_| "files").await {
        Ok(pairs) => pairs.into_iter().collect(),
        Err(fault) => return fault.response(&office),
    };
    if !FormToken::fits(&headers, sent.get("token").map_or("", String::as_str)) {
        return Fault::Forged.response(&office);
    }
    let asked = match asked(&office, &signed, named).await {
        Ok(asked) => asked,
        Err(fault) => return fault.response(&office),
    };
    let text = sent.remove("page").unwrap_or_default();
    let error = match text.trim().is_empty() {
        true => Some("请把网页的内容贴在这里"),
        false if text.len() > LONGEST_PAGE => Some("贴入的内容太长，只贴这一篇的网页"),
        false => None,
    };
    let compared = error.is_none().then(|| compared(&text, &asked.released));
    let token = FormToken::of(&office, &headers);
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = page(&office, &asked, &token.text, text, error, compared);
    token.keep(frame::page(status, &page))
}

/// `GET …/carrier/package.zip`
pub(crate) async fn package(
    State(office): State<Arc<Office>>,
    Path(named): Named,
    Extension(signed): Extension<Signed>,
    portal: Option<Extension<PortalAddress>>,
) -> Response {
    let asked = match asked(&office, &signed, named).await {
        Ok(asked) => asked,
        Err(fault) => return fault.response(&office),
    };
    if asked.released.is_withdrawn {
        return Fault::NotFound("这份公示已经撤回，不再有发布包").response(&office);
    }
    let id = asked.released.id.as_str();
    let address = portal.map_or_else(String::new, |Extension(portal)| {
        format!("{}/publications/{id}", portal.0.trim_end_matches('/'))
    });
    let package = carrier::package(carrier::Released {
        id,
        shown: &asked.released.shown,
        address: &address,
    });
    match package {
        Ok(bytes) => {
            let headers = [
                (header::CONTENT_TYPE, carrier::MEDIA_TYPE.to_owned()),
                (
                    header::CONTENT_DISPOSITION,
                    format!("attachment; filename=\"{id}.zip\""),
                ),
            ];
            (headers, bytes).into_response()
        }
        Err(error) => Fault::Unexpected(error.into()).response(&office),
    }
}

fn compared(text: &str, released: &Released) -> Compared {
    let compared = carrier::compare(text, &released.shown);
    let named = |lines: Vec<&carrier::Line>| -> Vec<(String, String)> {
        let lines = lines.into_iter();
        lines
            .map(|line| (line.label.clone(), line.value.clone()))
            .collect()
    };
    let all = compared.lines.len();
    if released.is_withdrawn {
        let found = named(compared.found().collect());
        return Compared {
            is_good: found.is_empty(),
            text: match found.len() {
                0 => "网页上已经没有撤回的内容。".to_owned(),
                count => format!("公示已经撤回，网页上还能看到{count}项，请网站撤下："),
            },
            lines: found,
        };
    }
    let missing = named(compared.missing().collect());
    Compared {
        is_good: missing.is_empty(),
        text: match missing.len() {
            0 => format!("全部{all}项都与发布的一致。"),
            count => format!("{all}项里有{count}项与发布的不一致，或者网页上没有："),
        },
        lines: missing,
    }
}

fn page(
    office: &Office,
    asked: &Asked,
    token: &str,
    page: String,
    error: Option<&'static str>,
    compared: Option<Compared>,
) -> CarrierPage {
    let view = &asked.view;
    let back = release::address(&view.case_id, &asked.document, asked.number);
    CarrierPage {
        frame: Frame::of(office).at("/disclosures"),
        case_title: view.title.clone(),
        case_link: format!("/cases/{}", view.case_id),
        action: format!("{back}/carrier"),
        package: format!("{back}/carrier/package.zip"),
        register: asked.register.clone(),
        back,
        token: token.to_owned(),
        title: asked.released.shown.title.clone(),
        is_withdrawn: asked.released.is_withdrawn,
        page,
        error,
        compared,
    }
}
