//! The gallery: every component in each of its states, from the examples that the tests use.

use super::filters::{Filters, Way};
use super::{
    Component, deadline, definitions, demonstration, diff, empty, header, notice, pager, progress,
    redacted, status, table, timeline,
};
use crate::frame::{self, Frame};
use app::Office;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "gallery.html")]
struct GalleryPage {
    frame: Frame,
    contents: Filters,
    shown: Vec<Shown>,
}

/// A component with all its states as markup.
pub(crate) struct Shown {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) accessibility: &'static str,
    pub(crate) states: Vec<(&'static str, String)>,
}

fn shown<C: Component>() -> Result<Shown, askama::Error> {
    let states = C::examples().into_iter().map(|(state, example)| {
        let markup = example.render()?;
        Ok((state, markup))
    });
    Ok(Shown {
        id: C::ID,
        name: C::NAME,
        purpose: C::PURPOSE,
        accessibility: C::ACCESSIBILITY,
        states: states.collect::<Result<_, askama::Error>>()?,
    })
}

/// Every component.
pub(crate) fn all() -> Result<Vec<Shown>, askama::Error> {
    Ok(vec![
        shown::<header::Header>()?,
        shown::<demonstration::Demonstration>()?,
        shown::<progress::Progress>()?,
        shown::<status::Status>()?,
        shown::<deadline::Deadline>()?,
        shown::<notice::Notice>()?,
        shown::<Filters>()?,
        shown::<table::Table>()?,
        shown::<pager::Pager>()?,
        shown::<empty::Empty>()?,
        shown::<definitions::Definitions>()?,
        shown::<diff::Diff>()?,
        shown::<redacted::RedactedText>()?,
        shown::<timeline::Timeline>()?,
    ])
}

/// `GET /gallery`
pub(crate) async fn show(State(office): State<Arc<Office>>) -> Response {
    let shown = all().unwrap_or_else(|error| {
        // The page then shows nothing, which its test would not let pass.
        tracing::error!(%error, "an example of a component could not be made");
        Vec::new()
    });
    let ways = shown.iter().map(|it| Way {
        name: it.name.to_owned(),
        link: format!("#{}", it.id),
        is_here: false,
    });
    let page = GalleryPage {
        frame: Frame::of(&office),
        contents: Filters {
            label: "本页的部件",
            ways: ways.collect(),
        },
        shown,
    };
    frame::page(StatusCode::OK, &page)
}
