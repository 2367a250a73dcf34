//! The actor *system*: what time brings about by itself is performed like every other act, once, by the process that
//! holds the lease.

use crate::ledger::{ClockCursor, ClockLine, ClockQuery, ReadError};
use crate::office::Office;
use crate::perform::{By, PerformError, Performed};
use crate::ports::legal_moment;
use crate::request::{ActRequest, Target};
use casework::decide::is_after;
use std::collections::BTreeMap;
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
}

impl Office {
    /// Performs what is due by itself. Another process that holds the lease does it instead.
    pub async fn let_time_pass(&self) -> Result<Passed, ReadError> {
        let mut passed = Passed::default();
        if !self.lease("clock").await? {
            return Ok(passed);
        }
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
        };
        let key = format!("clock:{}:{}:{}", line.case_id, line.clock_id, line.due);
        self.perform_by(By::Time, &target, &request, &key).await
    }
}
