//! Days that pass at a word: in a demonstration nobody waits two months for a period to run out.

use crate::access::Denied;
use crate::identity::IdentityError;
use crate::ledger::{CaseRow, ReadError};
use crate::office::{Office, ReadCaseError};
use crate::ports::MovableClock;
use crate::time_passing::Passed;
use crate::todo::Todo;
use casework::entry::Entry;
use jiff::SignedDuration;
use vocabulary::Day;

/// So far is the clock moved at once: the longest holiday is shorter.
pub const DAYS_AT_ONCE_MAX: u32 = 31;

/// What came about while days passed.
#[derive(Clone, Debug)]
pub struct DaysPassed {
    /// The day before.
    pub from: Day,
    /// The day that it is now.
    pub to: Day,
    /// Acts that time brought about, each in its case.
    pub brought: Vec<(CaseRow, String)>,
    /// Cases whose provisional dates were settled by a calendar that was added.
    pub settled: usize,
    /// What became overdue on the way.
    pub overdue: Vec<Todo>,
}

/// Why no day passed, or what happened then could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DaysPassError {
    /// Only a demonstration has a clock that can be moved.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The clock could not be moved.
    #[error("the clock could not be moved")]
    Clock(#[from] std::io::Error),
    /// Those who are signed in could not be kept so.
    #[error("the sessions could not be carried along")]
    Sessions(#[from] IdentityError),
    /// The record could not be read.
    #[error("the record could not be read")]
    Read(#[from] ReadError),
    /// A case in which something came about could not be read.
    #[error("a case could not be read")]
    Case(#[from] ReadCaseError),
}

impl Office {
    /// Lets days pass, one after the other, each with what it brings about, so that everything is recorded on its day.
    pub async fn let_days_pass(
        &self,
        clock: &dyn MovableClock,
        days: u32,
    ) -> Result<DaysPassed, DaysPassError> {
        if !self.agency().demonstration {
            return Err(Denied {
                text: "只有演示机关的日期可以拨动。".to_owned(),
            }
            .into());
        }
        let before = self.now();
        let mut passed = Passed::default();
        for _ in 0..days.min(DAYS_AT_ONCE_MAX) {
            // First the sessions: nobody who asks in between finds them ended.
            self.carry_sessions(SignedDuration::from_hours(24)).await?;
            clock.advance(1)?;
            let day = self.let_time_pass().await?;
            passed.performed.extend(day.performed);
            passed.settled.extend(day.settled);
        }
        let now = self.now();
        let mut brought = Vec::new();
        let news = passed.performed.into_iter().filter(|it| !it.is_repeated);
        for performed in news {
            let record = self.record(&performed.case_id).await?;
            let at = usize::try_from(performed.version).unwrap_or(0);
            let entry = record.history.entries.get(at.saturating_sub(1));
            let ids = [performed.case_id];
            let case = self.ports.ledger.case_rows(&self.agency, &ids).await?;
            if let (Some(Entry::Act(act)), Some(case)) = (entry, case.into_iter().next()) {
                brought.push((case, act.event.clone()));
            }
        }
        let late = self.overdue_by_section().await?;
        let mut overdue: Vec<Todo> = late.into_iter().flat_map(|unit| unit.overdue).collect();
        let was_late = |todo: &Todo| {
            let due = todo.line.due;
            due.is_none_or(|due| casework::decide::is_after(before, due))
        };
        overdue.retain(|todo| !was_late(todo));
        Ok(DaysPassed {
            from: before.day,
            to: now.day,
            brought,
            settled: passed.settled.len(),
            overdue,
        })
    }
}
