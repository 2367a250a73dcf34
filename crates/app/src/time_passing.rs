//! The actor *system*: what time brings about by itself is performed like every other act, once, by the process that
//! holds the lease. A calendar year that was added settles the dates that were provisional.

use crate::amend::digest;
use crate::ledger::{ClockCursor, ClockLine, ClockQuery, Idempotency, ReadError};
use crate::office::Office;
use crate::perform::{By, PerformError, Performed, TRIES};
use crate::ports::legal_moment;
use crate::request::{ActRequest, Target};
use crate::write::{Decided, WriteError};
use casework::decide::{is_after, settle_calendar};
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::Moment;

/// Clocks are read in steps of this many.
const STEP: u32 = 200;

/// What the passing of time brought about.
#[derive(Debug, Default)]
pub struct Passed {
    /// Acts that are on record now.
    pub performed: Vec<Performed>,
    /// Clocks that ran out without the act being possible: the case and why.
    pub refused: Vec<(ClockLine, PerformError)>,
    /// Cases whose provisional dates were settled by a calendar year that was added.
    pub settled: Vec<Performed>,
}

impl Office {
    /// Performs what is due by itself. Another process that holds the lease does it instead.
    pub async fn let_time_pass(&self) -> Result<Passed, ReadError> {
        let mut passed = Passed::default();
        if !self.lease("clock").await? {
            return Ok(passed);
        }
        self.settle_dates(&mut passed).await?;
        let now = legal_moment(self.ports.clock.now());
        let mut query = ClockQuery {
            due_until: Some(now),
            brings_something: true,
            ..ClockQuery::default()
        };
        loop {
            let lines = self.ports.ledger.clocks(&self.agency, &query, STEP).await?;
            let Some(last) = lines.last() else {
                return Ok(passed);
            };
            query.after = Some(ClockCursor {
                due: last.due,
                case_id: last.case_id.clone(),
                clock_id: last.clock_id.clone(),
            });
            for line in lines.into_iter().filter(|line| is_after(now, line.due)) {
                match self.brought_about(&line).await {
                    Ok(performed) => passed.performed.push(performed),
                    Err(error) => passed.refused.push((line, error)),
                }
            }
        }
    }

    /// Counts again what was counted by an earlier edition of the calendar, case by case.
    async fn settle_dates(&self, passed: &mut Passed) -> Result<(), ReadError> {
        let edition = self
            .fresh_standing()
            .await?
            .context
            .calendar
            .edition()
            .to_owned();
        let mut query = ClockQuery {
            not_settled_by: Some(edition),
            ..ClockQuery::default()
        };
        let mut seen = BTreeSet::new();
        loop {
            let lines = self.ports.ledger.clocks(&self.agency, &query, STEP).await?;
            let Some(last) = lines.last() else {
                return Ok(());
            };
            query.after = Some(ClockCursor {
                due: last.due,
                case_id: last.case_id.clone(),
                clock_id: last.clock_id.clone(),
            });
            for line in lines {
                if !seen.insert(line.case_id.clone()) {
                    continue;
                }
                match self.settle_case(&line.case_id).await {
                    Ok(settled) => passed.settled.extend(settled),
                    Err(error) => passed.refused.push((line, error)),
                }
            }
        }
    }

    async fn settle_case(&self, case_id: &str) -> Result<Option<Performed>, PerformError> {
        let mut tries = 0;
        loop {
            match self.settle_case_once(case_id).await {
                Err(
                    PerformError::Write(WriteError::RegistersMoved) | PerformError::Stale { .. },
                ) if tries < TRIES => tries += 1,
                answered => return answered,
            }
        }
    }

    async fn settle_case_once(&self, case_id: &str) -> Result<Option<Performed>, PerformError> {
        let standing = self.fresh_standing().await?;
        let record = self.record(case_id).await?;
        let now = self.ports.clock.now();
        let entry = settle_calendar(&record.history, &standing.context, legal_moment(now));
        let Some(entry) = entry else {
            return Ok(None);
        };
        let target = Target::Case {
            case_id: case_id.to_owned(),
            seen: None,
        };
        // The same calendar settles a case again where a date became provisional since.
        let edition = standing.context.calendar.edition();
        let key = format!("calendar:{case_id}:{edition}:{}", record.version());
        let idempotency = Idempotency {
            request_digest: digest("calendar", case_id, &edition),
            key: key.clone(),
        };
        let decided = Decided::plain(entry);
        let written = self
            .write(case_id, record, &standing, decided, idempotency, now)
            .await?;
        self.performed(&target, case_id.to_owned(), &key, written)
            .await
            .map(Some)
    }

    async fn brought_about(&self, line: &ClockLine) -> Result<Performed, PerformError> {
        let target = Target::Case {
            case_id: line.case_id.clone(),
            seen: None,
        };
        let request = ActRequest {
            event: line.brings.clone(),
            number: line.number,
            // A day lasts until 24:00: what its passing brings is of the day after.
            occurred: match line.due.minute {
                None => Moment::from(line.due.day.plus_days(1)),
                Some(_) => line.due,
            },
            people: Vec::new(),
            facts: BTreeMap::new(),
            introduces: Vec::new(),
            reasons: BTreeMap::new(),
            files: Vec::new(),
            on_paper: false,
            follows: None,
            filled_from: None,
        };
        let key = format!("clock:{}:{}:{}", line.case_id, line.clock_id, line.due);
        self.perform_by(By::Time, &target, &request, &key).await
    }
}
