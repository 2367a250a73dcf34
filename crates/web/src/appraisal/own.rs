//! The own record appraised: each dossier is looked at as a supervisor looks at it, and leaves the same trace.

use super::kept::{Kept, Sent};
use super::page::{Errors, Wanted};
use super::{beside, denied, shown};
use crate::fault::Fault;
use crate::frame::FormToken;
use crate::session::Signed;
use app::ledger::{CaseCursor, CaseQuery};
use app::office::SeenError;
use app::{CaseView, Office};
use axum::Extension;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::Response;
use intake::history::{Origin, Report};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many dossiers are looked at at once; the rest follows by a button.
const AT_ONCE: u32 = 50;

/// `POST /supervision/appraisal/own`: appraises cases of a procedure, the one touched last first.
pub(super) async fn appraise(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    Extension(kept): Extension<Kept>,
    headers: HeaderMap,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Response {
    if let Some(response) = denied(&office, &signed) {
        return response;
    }
    let one = |name: &str| fields.get(name).map_or("", |text| text.trim());
    if !FormToken::fits(&headers, one("token")) {
        return Fault::Forged.response(&office);
    }
    let mut errors = Errors::default();
    let procedure = one("procedure").to_owned();
    if office.procedures().all(|it| it.id != procedure) {
        errors.say("own_procedure", "请选择要评查的程序");
    }
    let mut wanted = Wanted::default();
    wanted.own.procedure = procedure.clone();
    let answered = match errors.is_empty() {
        true => judged(&office, &signed, &procedure, cursor(one("after"))).await,
        false => Ok(None),
    };
    let report = match answered {
        Ok(None) => None,
        Ok(Some((report, next))) => {
            wanted.own.next = next;
            let sent = Arc::new(Sent {
                name: String::new(),
                content: Vec::new(),
                mapping: None,
            });
            let account = &signed.actor.account;
            wanted.own.kept = kept.put(account, sent, Some(report.clone()));
            Some(report)
        }
        Err(fault) => return fault.response(&office),
    };
    shown(&office, &signed, &wanted, errors, report.as_ref()).await
}

/// The report of the next cases, and where those after them begin.
async fn judged(
    office: &Office,
    signed: &Signed,
    procedure: &str,
    after: Option<CaseCursor>,
) -> Result<Option<(Report, String)>, Fault> {
    let query = CaseQuery {
        procedure: Some(procedure.to_owned()),
        after,
        ..CaseQuery::default()
    };
    let rows = office.cases_for(&signed.actor, &query, AT_ONCE).await?;
    let mut dossiers: Vec<(String, bool, CaseView)> = Vec::new();
    for row in &rows {
        // Whoever appraises a dossier has consulted it.
        let view = match office.look(&signed.actor, &row.line.case_id).await {
            Ok((view, _)) => view,
            Err(SeenError::Denied(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        let number = row.line.case_number.clone().filter(|it| !it.is_empty());
        let name = number.unwrap_or_else(|| row.line.title.clone());
        let name = format!("{name} {}", row.line.case_id);
        dossiers.push((name, row.line.is_open, view));
    }
    let is_full = rows.len() == usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
    let next = rows
        .last()
        .filter(|_| is_full)
        .map_or_else(String::new, |row| written(&row.cursor()));
    let agency = office.agency().name.clone();
    let procedure = procedure.to_owned();
    let report = beside(office, move |bench| {
        let mut cases = Vec::new();
        for (name, is_open, view) in &dossiers {
            let replay = bench.replay(view.procedure());
            let mut told = replay.own(&view.history.entries, *is_open);
            told.name_agency(&agency);
            cases.push(bench.appraised(&replay, name, &told));
        }
        let origin = Origin::Record { cases: cases.len() };
        bench.report(origin, &procedure, cases)
    });
    Ok(Some((report.await?, next)))
}

/// A place in the list, as the form keeps it.
fn written(cursor: &CaseCursor) -> String {
    format!("{} {}", cursor.updated_at.as_millisecond(), cursor.case_id)
}

fn cursor(text: &str) -> Option<CaseCursor> {
    let (millisecond, case_id) = text.split_once(' ')?;
    Some(CaseCursor {
        updated_at: Timestamp::from_millisecond(millisecond.parse().ok()?).ok()?,
        next_due: None,
        case_id: case_id.to_owned(),
    })
}
