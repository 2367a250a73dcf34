//! Rows that the public does not see as they stand: released, shown again, or withdrawn, with one name.

use super::register;
use super::sent::Sent;
use crate::fault::Fault;
use crate::frame::{self, FormToken, Frame};
use crate::session::Signed;
use app::register::{RegisterError, RegisterName, Releasing, Standing};
use app::{FieldError, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "register-publish.html")]
struct PublishPage {
    frame: Frame,
    register: &'static str,
    register_name: &'static str,
    token: String,
    key: String,
    rows: Vec<Waiting>,
    /// What the public sees, by id and name, and whether it was chosen to be taken down.
    shown: Vec<(String, String, bool)>,
    why: String,
    /// Rows were to be taken down, and were not.
    takes_down: bool,
    by: String,
    may_release: bool,
    errors: Vec<FieldError>,
}

/// A row that the public does not see as it stands.
struct Waiting {
    id: String,
    title: String,
    what: &'static str,
    obstacle: String,
}

/// `GET /registers/{name}/publish`
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
) -> Response {
    match asked(&office, &name).await {
        Ok((register, standing)) => page(
            &office,
            (register, &standing),
            &signed,
            &headers,
            (Vec::new(), &Sent::default()),
        ),
        Err(fault) => fault.response(&office),
    }
}

/// `POST /registers/{name}/publish`: the rows that were chosen.
pub(super) async fn send(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let sent = match Sent::read(request).await {
        Ok(sent) => sent,
        Err(fault) => return fault.response(&office),
    };
    let (register, standing) = match asked(&office, &name).await {
        Ok(asked) => asked,
        Err(fault) => return fault.response(&office),
    };
    if !office.may_release(&signed.actor) {
        let text = "清单由信息发布审核员署名公示";
        return Fault::Denied(text.to_owned()).response(&office);
    }
    let rows = sent.all("row").to_vec();
    let takes_down = sent.has("take_down");
    let taken_down = sent.one("why").trim().to_owned();
    let missing = if rows.is_empty() {
        Some(("row", "没有选中任何一行"))
    } else if takes_down && taken_down.is_empty() {
        Some(("why", "请写明撤下的理由，公众看得到"))
    } else {
        None
    };
    if let Some((field, text)) = missing {
        let error = FieldError {
            field: field.to_owned(),
            text: text.to_owned(),
        };
        let said = (vec![error], &sent);
        return page(&office, (register, &standing), &signed, &headers, said);
    }
    let releasing = Releasing {
        register,
        rows,
        by: signed.actor.person.clone().unwrap_or_default(),
        taken_down: if takes_down {
            taken_down
        } else {
            String::new()
        },
    };
    match office.release_rows(&releasing, sent.one("key")).await {
        Ok(_) => {
            let there = format!("/registers/{}?recorded=1", register.id());
            Redirect::to(&there).into_response()
        }
        Err(RegisterError::Fields(errors)) => {
            let standing = office.standing();
            page(
                &office,
                (register, &standing),
                &signed,
                &headers,
                (errors, &sent),
            )
        }
        Err(error) => {
            let back = format!("/registers/{}/publish", register.id());
            super::fault(error, back).response(&office)
        }
    }
}

async fn asked(office: &Office, name: &str) -> Result<(RegisterName, Arc<Standing>), Fault> {
    let register = register(name)?;
    if !register.declared().is_published {
        return Err(Fault::NotFound("这个登记不公示"));
    }
    Ok((register, office.fresh_standing().await?))
}

fn page(
    office: &Office,
    (register, standing): (RegisterName, &Standing),
    signed: &Signed,
    headers: &HeaderMap,
    (errors, sent): (Vec<FieldError>, &Sent),
) -> Response {
    let token = FormToken::of(office, headers);
    let waiting = standing.unreleased(register);
    let rows = waiting.into_iter().map(|it| {
        let mut past = standing.history(register, &it.row).iter().rev();
        let row = past.find_map(|version| version.row.as_deref());
        Waiting {
            title: register.title(&it.row, row, standing),
            what: it.what.chinese(),
            id: it.row,
            obstacle: it.obstacle,
        }
    });
    let takes_down = sent.has("take_down");
    let chosen = |id: &String| takes_down && sent.all("row").contains(id);
    let shown = standing.shown_to_the_public(register).into_iter();
    let shown = shown.map(|(id, title)| {
        let is_chosen = chosen(&id);
        (id, title, is_chosen)
    });
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = PublishPage {
        frame: Frame::of(office),
        register: register.id(),
        register_name: register.chinese(),
        token: token.text.clone(),
        key: office.new_token(),
        rows: rows.collect(),
        shown: shown.collect(),
        why: sent.one("why").to_owned(),
        takes_down,
        by: crate::session::who().map_or_else(String::new, |who| who.actor.name),
        may_release: office.may_release(&signed.actor),
        errors,
    };
    token.keep(frame::page(status, &page))
}
