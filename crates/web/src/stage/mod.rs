//! What only a demonstration has: the bar that says so, a clock that can be moved, and a guided tour.
//!
//! A real agency never has any of it: without [`Stage`] there is no bar but the plain word, and these routes do not exist;
//! with one, the agency itself must say that it is made up.

mod clock;
pub(crate) mod tour;

pub use tour::{Script, Tour};

use crate::components::demonstration::{ClockForm, Demonstration, News, ShownClock};
use crate::session;
use app::Office;
use app::ports::MovableClock;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::{Arc, Mutex, PoisonError};
use vocabulary::Day;

/// The word in an address that asks for what the last days brought.
const MOVED: &str = "moved";

/// What stands around the pages of a demonstration.
#[derive(Clone)]
pub struct Stage {
    clock: Option<Arc<dyn MovableClock>>,
    tour: Option<Arc<Tour>>,
    moves: Arc<Moves>,
}

/// The moves of the clock, one after the other.
#[derive(Default)]
struct Moves {
    one_at_a_time: tokio::sync::Mutex<()>,
    last: Mutex<Option<Moved>>,
}

/// The last move.
#[derive(Clone)]
struct Moved {
    number: u64,
    /// Whose it was: nobody else is told, for what is shown is what this account may see.
    account: String,
    news: News,
}

impl Stage {
    /// A clock that can be moved, a tour, or both.
    pub fn new(clock: Option<Arc<dyn MovableClock>>, tour: Option<Tour>) -> Stage {
        Stage {
            clock,
            tour: tour.map(Arc::new),
            moves: Arc::default(),
        }
    }

    fn last(&self) -> Option<Moved> {
        let last = self.moves.last.lock();
        last.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tell(&self, moved: Moved) {
        let last = self.moves.last.lock();
        *last.unwrap_or_else(PoisonError::into_inner) = Some(moved);
    }
}

/// The same pages, with what stands around them in a demonstration.
pub fn with_stage(pages: Router, stage: Stage) -> Router {
    pages
        .layer(axum::Extension(stage.clone()))
        .layer(from_fn_with_state(stage, on_stage))
}

pub(crate) fn routes() -> Router<Arc<Office>> {
    Router::new()
        .route("/demonstration/clock", post(clock::advance))
        .route("/tour", get(tour::show))
}

/// The stage, as the page that is being made stands on it.
#[derive(Clone)]
struct OnStage {
    stage: Stage,
    /// Where one comes back to.
    here: String,
    /// The move that the address asks for.
    moved: Option<u64>,
}

tokio::task_local! {
    /// For what every page shows of it. Decisions take it from the request.
    static ON: OnStage;
}

/// Whether there is a tour here.
pub(crate) fn tour() -> Option<Arc<Tour>> {
    ON.try_with(|on| on.stage.tour.clone()).ok().flatten()
}

/// The bar of a made-up agency; of a real one there is none.
pub(crate) fn bar(office: &Office) -> Option<Demonstration> {
    if !office.agency().demonstration {
        return None;
    }
    let Ok(on) = ON.try_with(OnStage::clone) else {
        return Some(Demonstration::default());
    };
    let who = session::who();
    let today = office.now().day;
    let clock = on.stage.clock.as_ref().map(|clock| ShownClock {
        today: today.chinese(),
        days_ahead: clock.days_ahead(),
        form: who.as_ref().map(|who| ClockForm {
            token: who.form_token.clone(),
            day: today.to_string(),
            to: on.here.clone(),
            workday: next_workday(office, today).chinese(),
        }),
    });
    let told = on.stage.last().filter(|last| {
        let is_own = who
            .as_ref()
            .is_some_and(|who| who.actor.account == last.account);
        is_own && on.moved == Some(last.number)
    });
    Some(Demonstration {
        has_tour: on.stage.tour.is_some(),
        clock,
        news: told.map(|it| it.news),
    })
}

/// The working day after this one; on the last days that a calendar can name, the day after.
fn next_workday(office: &Office, today: Day) -> Day {
    let tomorrow = today.plus_days(1);
    let calendar = &office.context().calendar;
    calendar.workday_on_or_after(tomorrow).unwrap_or(tomorrow)
}

/// Lets every page know of the stage. What an address says of a move is taken out of it, so that no page keeps it.
async fn on_stage(State(stage): State<Stage>, mut request: Request, next: Next) -> Response {
    let (here, moved) = without_move(request.uri());
    if moved.is_some()
        && let Ok(uri) = here.parse()
    {
        *request.uri_mut() = uri;
    }
    // A page that answers a form cannot be asked for again.
    let here = match *request.method() {
        Method::GET => here,
        _ => "/".to_owned(),
    };
    let on = OnStage { stage, here, moved };
    ON.scope(on, next.run(request)).await
}

/// The address without the word about a move, and that word.
fn without_move(uri: &Uri) -> (String, Option<u64>) {
    let path = uri.path();
    let Some(query) = uri.query() else {
        return (path.to_owned(), None);
    };
    let (moves, others): (Vec<&str>, Vec<&str>) = query
        .split('&')
        .partition(|pair| pair.split_once('=').is_some_and(|(name, _)| name == MOVED));
    let number = moves.first().and_then(|pair| pair.split_once('='));
    let number = number.and_then(|(_, number)| number.parse().ok());
    let here = match others.join("&").as_str() {
        "" => path.to_owned(),
        others => format!("{path}?{others}"),
    };
    (here, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_about_a_move_is_taken_out_and_nothing_else() {
        for (asked, here, moved) in [
            ("/", "/", None),
            ("/?moved=3", "/", Some(3)),
            (
                "/cases?q=a%26b&moved=3&open=1",
                "/cases?q=a%26b&open=1",
                Some(3),
            ),
            ("/cases?moved=x", "/cases", None),
            ("/cases?removed=1&q", "/cases?removed=1&q", None),
        ] {
            let uri: Uri = asked.parse().expect("an address");
            assert_eq!(without_move(&uri), (here.to_owned(), moved), "{asked}");
        }
    }
}
