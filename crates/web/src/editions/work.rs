//! The trial itself: it goes on behind the page that shows how far it is.

use app::Office;
use app::access::Actor;
use app::edition::{
    Compared, EditionFound, EditionReport, EditionTrial, TrialError, TrialStage,
    properties_at_stake, properties_gone, scenario_failures,
};
use app::ledger::{CaseCursor, CaseQuery};
use app::office::SeenError;
use casework::scenario;
use jiff::SignedDuration;
use law::Rules;
use std::error::Error;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// So many scenarios are run between two looks at the clock.
const SCENARIOS_AT_ONCE: usize = 50;
/// Cases are listed by so many.
const CASES_AT_ONCE: u32 = 50;
/// How far it is, is told so often.
const TOLD_EVERY: SignedDuration = SignedDuration::from_secs(1);
/// So many affected cases are told one by one.
const AFFECTED_MOST: usize = 500;
/// So many failures of scenarios and unreadable cases are told.
const FAILURES_MOST: usize = 500;

type Whatever = Box<dyn Error + Send + Sync>;

/// Two editions, the first of which is that of the office where it is not named.
pub(super) struct Editions {
    pub(super) before: Option<Arc<Rules>>,
    pub(super) after: Arc<Rules>,
}

/// How far a trial is.
#[derive(Clone, Copy, Default)]
struct Far {
    scenarios_run: usize,
    scenarios: usize,
    proved: usize,
    properties: usize,
    cases: u64,
}

/// Begins a trial that was kept.
pub(super) fn begin(
    office: Arc<Office>,
    actor: Actor,
    (trial, found): (EditionTrial, EditionFound),
    editions: Editions,
    turn: OwnedSemaphorePermit,
) {
    tokio::spawn(async move {
        let _turn = turn;
        let id = trial.id.clone();
        if let Err(error) = gone_through(&office, &actor, (trial, found), editions).await {
            tracing::error!(
                trial = id,
                error = crate::fault::chain(error.as_ref()),
                "a trial of an edition could not be kept"
            );
        }
    });
}

async fn gone_through(
    office: &Arc<Office>,
    actor: &Actor,
    (mut trial, mut found): (EditionTrial, EditionFound),
    editions: Editions,
) -> Result<(), Whatever> {
    trial.stage = match tried(office, actor, &mut trial, editions).await {
        Ok((report, more_affected)) => {
            let told = u64::try_from(report.affected.len()).unwrap_or(u64::MAX);
            let stage = TrialStage::Done {
                obstacles: report.obstacles(),
                affected: told.saturating_add(more_affected),
            };
            found.report = Some(report);
            found.more_affected = more_affected;
            office.keep_edition_found(&trial, &found).await?;
            stage
        }
        Err(error) => {
            tracing::error!(
                trial = trial.id,
                error = crate::fault::chain(error.as_ref()),
                "an edition could not be tried"
            );
            TrialStage::Failed("试用没有完成，原因已经记入日志；可以再上传一次".to_owned())
        }
    };
    Ok(office.keep_edition_trial(&mut trial).await?)
}

async fn tried(
    office: &Arc<Office>,
    actor: &Actor,
    trial: &mut EditionTrial,
    editions: Editions,
) -> Result<(EditionReport, u64), Whatever> {
    let mut report = EditionReport {
        before: trial.editions[0].clone(),
        after: trial.editions[1].clone(),
        differences: trial.differences,
        ..EditionReport::default()
    };
    let rules = Arc::clone(&editions.after);
    let scenarios = scenario::parse(&rules).map_err(|errors| errors.to_string())?;
    report.scenarios = scenarios.len();
    let mut far = Far {
        scenarios: scenarios.len(),
        ..Far::default()
    };
    let mut left = scenarios;
    while !left.is_empty() {
        let rest = left.split_off(SCENARIOS_AT_ONCE.min(left.len()));
        let some = std::mem::replace(&mut left, rest);
        let rules = Arc::clone(&rules);
        let found = tokio::task::spawn_blocking(move || scenario_failures(&some, &rules));
        report.scenario_failures.extend(found.await?);
        far.scenarios_run = report.scenarios - left.len();
        tell(office, trial, far).await?;
    }
    report.scenario_failures.truncate(FAILURES_MOST);
    let own = office.standing();
    let was = editions.before.as_deref().unwrap_or(&own.context.rules);
    let at_stake =
        properties_at_stake(was, &editions.after).map_err(|errors| errors.to_string())?;
    report.unproved = properties_gone(was, &editions.after);
    report.properties = at_stake.len();
    far.properties = at_stake.len();
    for one in at_stake {
        let broken = tokio::task::spawn_blocking(move || one.broken()).await?;
        report.unproved.extend(broken);
        far.proved += 1;
        tell(office, trial, far).await?;
    }
    report.unproved.truncate(FAILURES_MOST);
    let other = match editions.before {
        Some(before) => Some(office.under(before)?),
        None => None,
    };
    let before = other.as_ref().unwrap_or(office);
    let after = office.under(editions.after)?;
    let mut last: Option<CaseCursor> = None;
    let mut more_affected = 0;
    loop {
        let query = CaseQuery {
            is_open: Some(true),
            after: last.take(),
            ..CaseQuery::default()
        };
        let rows = match office.cases_at_work(actor, &query, CASES_AT_ONCE).await {
            Ok(rows) => rows,
            // Whoever sees no case tries the rules and their scenarios alone.
            Err(SeenError::Denied(_)) => return Ok((report, 0)),
            Err(error) => return Err(error.into()),
        };
        for row in &rows {
            match before.compared(&after, row).await? {
                Compared::Same => {}
                Compared::Affected(case) if report.affected.len() < AFFECTED_MOST => {
                    report.affected.push(case);
                }
                Compared::Affected(_) => more_affected += 1,
                Compared::Unreadable(case) => report.unreadable.push(case),
            }
            far.cases += 1;
            tell(office, trial, far).await?;
        }
        match rows.last() {
            Some(row) => last = Some(row.cursor()),
            None => break,
        }
    }
    report.unreadable.truncate(FAILURES_MOST);
    report.cases = Some(far.cases);
    Ok((report, more_affected))
}

/// Says how far it is, unless it was said a moment ago.
async fn tell(office: &Office, trial: &mut EditionTrial, far: Far) -> Result<(), TrialError> {
    trial.stage = TrialStage::Running {
        scenarios_run: far.scenarios_run,
        scenarios: far.scenarios,
        proved: far.proved,
        properties: far.properties,
        cases: far.cases,
    };
    if office.instant().duration_since(trial.told_at) >= TOLD_EVERY {
        office.keep_edition_trial(trial).await?;
    }
    Ok(())
}
