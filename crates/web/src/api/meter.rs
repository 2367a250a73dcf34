//! How often each route was asked, how it was answered, how long that took.
//!
//! Labels are the patterns of routes, never addresses: no id and no name gets into them, and there are only so many.

use app::{Figures, Office};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

/// Upper bounds of the histogram, in milliseconds.
const BOUNDS: [u64; 11] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/// The counts since the program started.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<BTreeMap<Route, Asked>>);

/// A route, as labels name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Route {
    pattern: String,
    method: &'static str,
}

#[derive(Debug, Default)]
struct Asked {
    /// By the first digit of the status.
    answered: BTreeMap<u16, u64>,
    /// How many took at most as long as each bound; the last holds the rest.
    within: [u64; BOUNDS.len() + 1],
    total_micros: u64,
}

/// What the layer works with.
pub(crate) type Measuring = (Arc<Office>, Arc<Meter>);

/// Counts a request and its answer.
pub(crate) async fn measured(
    State((office, meter)): State<Measuring>,
    request: Request,
    next: Next,
) -> Response {
    let matched = request.extensions().get::<MatchedPath>();
    let route = Route {
        // What matches no route has one name for all, so that nobody fills the memory with addresses.
        pattern: matched.map_or("none", MatchedPath::as_str).to_owned(),
        method: method(request.method()),
    };
    let began = office.instant();
    let response = next.run(request).await;
    let took = office.instant().duration_since(began).as_micros();
    // A clock that was set back in the meantime took no time.
    meter.count(route, response.status(), u64::try_from(took).unwrap_or(0));
    response
}

/// The usual methods; whatever else somebody sends has one name.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

impl Meter {
    fn count(&self, route: Route, status: StatusCode, micros: u64) {
        let mut routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = routes.entry(route).or_default();
        *asked.answered.entry(status.as_u16() / 100).or_default() += 1;
        let bound = BOUNDS.iter().position(|bound| micros <= bound * 1_000);
        asked.within[bound.unwrap_or(BOUNDS.len())] += 1;
        asked.total_micros = asked.total_micros.saturating_add(micros);
    }

    /// The counts, with the figures of the record, as Prometheus reads them.
    pub(super) fn text(&self, figures: &Figures) -> String {
        let mut text = String::new();
        let mut line = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        let routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = "mingqu_http_requests_total";
        line(format!(
            "# HELP {name} Requests answered, by route, method and class of status."
        ));
        line(format!("# TYPE {name} counter"));
        for (route, asked) in routes.iter() {
            for (class, count) in &asked.answered {
                line(format!(
                    "{name}{{{},status=\"{class}xx\"}} {count}",
                    route.labels()
                ));
            }
        }
        let name = "mingqu_http_request_duration_seconds";
        line(format!(
            "# HELP {name} Time until an answer began, by route and method."
        ));
        line(format!("# TYPE {name} histogram"));
        for (route, asked) in routes.iter() {
            let labels = route.labels();
            let mut count = 0;
            for (bound, within) in BOUNDS.iter().zip(&asked.within) {
                count += within;
                line(format!(
                    "{name}_bucket{{{labels},le=\"{}\"}} {count}",
                    seconds(bound * 1_000)
                ));
            }
            count += asked.within[BOUNDS.len()];
            line(format!("{name}_bucket{{{labels},le=\"+Inf\"}} {count}"));
            line(format!(
                "{name}_sum{{{labels}}} {}",
                seconds(asked.total_micros)
            ));
            line(format!("{name}_count{{{labels}}} {count}"));
        }
        let gauge = |name: &str, help: &str, value: u64| {
            format!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}")
        };
        line(gauge(
            "mingqu_log_entries",
            "Entries in the log.",
            figures.entries,
        ));
        let most = Figures::OUTSTANDING_MAX;
        line(gauge(
            "mingqu_outbox_pending",
            &format!("What is still to be done after entries, counted up to {most}."),
            figures.outstanding,
        ));
        text
    }
}

impl Route {
    fn labels(&self) -> String {
        format!("route=\"{}\",method=\"{}\"", self.pattern, self.method)
    }
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    let mut text = String::new();
    // Writing into a text does not fail.
    let _ = write!(text, "{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_and_class_and_their_times_add_up() {
        let meter = Meter::default();
        let route = || Route {
            pattern: "/cases/{case_id}".to_owned(),
            method: "GET",
        };
        meter.count(route(), StatusCode::OK, 4_000);
        meter.count(route(), StatusCode::NOT_FOUND, 5_001);
        meter.count(route(), StatusCode::OK, 99_000_000);
        let text = meter.text(&Figures {
            entries: 7,
            outstanding: 0,
        });
        let labels = "route=\"/cases/{case_id}\",method=\"GET\"";
        for wanted in [
            format!("mingqu_http_requests_total{{{labels},status=\"2xx\"}} 2\n"),
            format!("mingqu_http_requests_total{{{labels},status=\"4xx\"}} 1\n"),
            format!("_bucket{{{labels},le=\"0.005\"}} 1\n"),
            format!("_bucket{{{labels},le=\"0.01\"}} 2\n"),
            format!("_bucket{{{labels},le=\"10\"}} 2\n"),
            format!("_bucket{{{labels},le=\"+Inf\"}} 3\n"),
            format!("_sum{{{labels}}} 99.009001\n"),
            format!("_count{{{labels}}} 3\n"),
            "mingqu_log_entries 7\n".to_owned(),
            "mingqu_outbox_pending 0\n".to_owned(),
        ] {
            assert!(text.contains(&wanted), "{wanted}\n{text}");
        }
    }

    #[test]
    fn a_time_is_written_exactly() {
        for (micros, written) in [
            (0, "0"),
            (5_000, "0.005"),
            (10_000_000, "10"),
            (1_500_000, "1.5"),
        ] {
            assert_eq!(seconds(micros), written);
        }
    }
}
