//! `POST /demonstration/clock`: lets a day pass, or the days up to the next working day.

use super::{MOVED, Moved, Stage, next_workday};
use crate::components::demonstration::{News, NewsLine};
use crate::fault::Fault;
use crate::form::SmallForm;
use crate::session::{Signed, local};
use crate::wording;
use app::Office;
use app::access::Actor;
use app::demonstration::{DaysPassError, DaysPassed};
use app::ledger::CaseRow;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

/// So many things that came about are listed.
const LINES_MAX: usize = 8;

pub(crate) async fn advance(
    State(office): State<Arc<Office>>,
    stage: Option<Extension<Stage>>,
    Extension(signed): Extension<Signed>,
    form: SmallForm,
) -> Response {
    let stage = stage.map(|Extension(stage)| stage);
    let clock = stage.as_ref().and_then(|stage| stage.clock.clone());
    let (Some(stage), Some(clock)) = (stage, clock) else {
        return Fault::NotFound("没有演示时钟").response(&office);
    };
    if !office.agency().demonstration {
        return Fault::NotFound("没有演示时钟").response(&office);
    }
    let to = local(form.one("to"));
    let _one_at_a_time = stage.moves.one_at_a_time.lock().await;
    let today = office.now().day;
    if form.one("day") != today.to_string() {
        // Sent twice, or somebody else was quicker: the page then shows the day that it is.
        let last = stage.last().map_or(0, |last| last.number);
        return back(to, last);
    }
    let days = match form.one("until") {
        "workday" => next_workday(&office, today).number() - today.number(),
        _ => 1,
    };
    let days = u32::try_from(days).unwrap_or(1);
    let passed = match office.let_days_pass(clock.as_ref(), days).await {
        Ok(passed) => passed,
        Err(DaysPassError::Denied(denied)) => return Fault::from(denied).response(&office),
        Err(error) => return Fault::Unexpected(error.into()).response(&office),
    };
    let number = stage.last().map_or(1, |last| last.number + 1);
    let moved = Moved {
        number,
        account: signed.actor.account.clone(),
        news: news(&office, &signed.actor, passed).await,
    };
    stage.tell(moved);
    back(to, number)
}

/// Back to the page from which the clock was moved.
fn back(to: &str, number: u64) -> Response {
    let joint = if to.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{to}{joint}{MOVED}={number}")).into_response()
}

async fn news(office: &Office, actor: &Actor, passed: DaysPassed) -> News {
    let count = passed.brought.len() + passed.overdue.len();
    let mut text = match count {
        0 => "这期间没有到期的事项。".to_owned(),
        count => format!("这期间到期的有{count}项。"),
    };
    if passed.settled > 0 {
        text.push_str(&format!(
            "{}个案件的暂定日期按公布的工作日历确定。",
            passed.settled
        ));
    }
    let mut lines = Vec::new();
    for (case, event) in passed.brought.into_iter().take(LINES_MAX) {
        lines.push(line(office, actor, "由系统记录", case, &event, String::new()).await);
    }
    let room = LINES_MAX.saturating_sub(lines.len());
    for todo in passed.overdue.into_iter().take(room) {
        let due = todo.line.due.map(|due| due.chinese());
        let note = due.map_or_else(String::new, |due| format!("应于{due}前办"));
        lines.push(line(office, actor, "新逾期", todo.case, &todo.line.event, note).await);
    }
    News {
        head: format!("演示日期从{}到了{}。", passed.from, passed.to.chinese()),
        text,
        left: count - lines.len(),
        lines,
    }
}

async fn line(
    office: &Office,
    actor: &Actor,
    kind: &'static str,
    case: CaseRow,
    event: &str,
    note: String,
) -> NewsLine {
    let case = case.line;
    let may_see = office.case_for(actor, &case.case_id).await.is_ok();
    NewsLine {
        kind,
        act: wording::event_named(office, event),
        case: case.title,
        link: match may_see {
            true => format!("/cases/{}", case.case_id),
            false => String::new(),
        },
        note,
    }
}
