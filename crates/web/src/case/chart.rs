//! The chart of the procedure with the marks of a case, and the same in words.

use super::next::{Place, link};
use super::page::{event_name, subject};
use crate::components::Link;
use crate::frame::{self, Frame};
use crate::session::Signed;
use app::{CaseView, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use law::chart::{ActBox, Mark, Marking, Owed, chart};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "chart.html")]
struct ChartPage {
    frame: Frame,
    title: String,
    case_link: String,
    procedure: String,
    today: String,
    /// The drawing: made by `law::chart`, which escapes every text in it.
    svg: String,
    bands: Vec<BandInWords>,
}

struct BandInWords {
    name: String,
    acts: Vec<ActInWords>,
}

struct ActInWords {
    name: String,
    standing: String,
    /// Forms that may be filled now.
    ways: Vec<Link>,
}

/// `GET /cases/{case_id}/chart`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Path(case_id): Path<String>,
    Extension(signed): Extension<Signed>,
) -> Response {
    match super::seen(&office, &signed, &case_id).await {
        Ok(view) => frame::page(StatusCode::OK, &page(&office, &view)),
        Err(fault) => fault.response(&office),
    }
}

fn page(office: &Office, view: &CaseView) -> ChartPage {
    let day = view.now.day;
    let chart = chart(view.procedure(), &office.context().agency, day, "");
    let marking = Marking {
        marks: chart.boxes.iter().map(|shown| mark(view, shown)).collect(),
    };
    let bands = chart.bands.iter().map(|band| BandInWords {
        name: band.name.clone(),
        acts: band
            .boxes
            .iter()
            .map(|ix| ActInWords {
                name: chart.boxes[*ix].name.clone(),
                standing: marking.of(*ix).words(),
                ways: ways(view, &chart.boxes[*ix]),
            })
            .collect(),
    });
    ChartPage {
        frame: Frame::of(office).at("/cases"),
        title: view.title.clone(),
        case_link: format!("/cases/{}", view.case_id),
        procedure: view.procedure().name.clone(),
        today: day.chinese(),
        svg: chart.svg_with(&marking),
        bands: bands.collect(),
    }
}

/// How an act stands: over all its documents and subjects, the most urgent of each.
fn mark(view: &CaseView, shown: &ActBox) -> Mark {
    let case = view.case();
    let places: Vec<Place> = shown
        .events
        .iter()
        .flat_map(|event| {
            let domain = view.procedure().events[*event].domain;
            let members = case.members[usize::from(domain.0)].len();
            (0..members).map(move |member| (*event, member))
        })
        .collect();
    let marks = || {
        places
            .iter()
            .filter_map(|place| case.mark(place.0, place.1))
    };
    let done = case
        .history
        .iter()
        .filter(|done| shown.events.contains(&done.event));
    let owed = view
        .answer
        .must
        .iter()
        .filter(|must| {
            must.targets
                .iter()
                .any(|target| shown.events.contains(target))
        })
        .map(|must| Owed {
            due: must.due.map(|due| due.day),
            is_overdue: must.overdue,
        });
    Mark {
        done: marks().map(|mark| mark.count).sum(),
        last: done.map(|done| done.occurred.day).max(),
        is_open: view
            .answer
            .may
            .iter()
            .any(|may| shown.events.contains(&may.step.event)),
        owed: owed.min_by_key(|owed| (owed.due.is_none(), owed.due)),
        is_out: !places.is_empty() && marks().all(|mark| !mark.included),
    }
}

fn ways(view: &CaseView, shown: &ActBox) -> Vec<Link> {
    let steps = view
        .answer
        .may
        .iter()
        .map(|may| (may.step.event, may.step.member));
    let own = steps.filter(|place| shown.events.contains(&place.0));
    own.map(|place| {
        let subject = subject(view, place);
        let of = if subject.is_empty() {
            String::new()
        } else {
            format!("（{subject}）")
        };
        Link::new(
            link(view, place),
            format!("办理{}{of}", event_name(view, place.0)),
        )
    })
    .collect()
}
