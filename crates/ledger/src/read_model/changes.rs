//! What a batch changes in the views: of each row only its last state is written.

use super::cases;
use app::ledger::{
    Agency, CaseLine, CaseRow, ClockLine, DuesLine, NotableRow, RowChange, TodoLine,
};
use app::numbers::Numbered;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Rows by their keys; a clock without a line is gone.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) cases: BTreeMap<(Agency, String), CaseRow>,
    pub(crate) clocks: BTreeMap<(Agency, String, String), Option<ClockLine>>,
    pub(crate) notable: Vec<(Agency, NotableRow)>,
    /// All lines that a case has.
    pub(crate) todo: BTreeMap<(Agency, String), Vec<TodoLine>>,
    /// All lines that a case has.
    pub(crate) dues: BTreeMap<(Agency, String), Vec<DuesLine>>,
}

impl Changes {
    /// Takes in the changes of one entry, which come after those taken in before.
    pub(crate) fn add(
        &mut self,
        agency: &Agency,
        changes: &[RowChange],
        numbers: &[Numbered],
        updated_at: Timestamp,
    ) {
        for change in changes {
            match change {
                RowChange::Case(line) => {
                    let line = with_number(line, numbers);
                    let key = (agency.clone(), line.case_id.clone());
                    self.cases.insert(key, CaseRow { line, updated_at });
                }
                RowChange::Clock(line) => {
                    let (case_id, clock_id) = (line.case_id.clone(), line.clock_id.clone());
                    let key = (agency.clone(), case_id, clock_id);
                    self.clocks.insert(key, Some(line.clone()));
                }
                RowChange::ClockGone { case_id, clock_id } => {
                    let key = (agency.clone(), case_id.clone(), clock_id.clone());
                    self.clocks.insert(key, None);
                }
                RowChange::Notable(line) => {
                    let (line, recorded_at) = (line.clone(), updated_at);
                    let row = NotableRow { line, recorded_at };
                    self.notable.push((agency.clone(), row));
                }
                RowChange::Todo { case_id, lines } => {
                    let key = (agency.clone(), case_id.clone());
                    self.todo.insert(key, lines.clone());
                }
                RowChange::Dues { case_id, lines } => {
                    let key = (agency.clone(), case_id.clone());
                    let numbered = lines.iter().map(|line| {
                        let mut line = line.clone();
                        let claim = line.number_claim.take();
                        if let Some(number) = claim.and_then(|claim| numbers.get(claim)) {
                            line.number = Some(number.text.clone());
                        }
                        line
                    });
                    self.dues.insert(key, numbered.collect());
                }
            }
        }
    }

    /// The folded text of each case, for the search.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&Agency, &str, String)> {
        self.cases.iter().map(|((agency, case_id), row)| {
            (agency, case_id.as_str(), cases::search_text(&row.line))
        })
    }
}

fn with_number(line: &CaseLine, numbers: &[Numbered]) -> CaseLine {
    let mut line = line.clone();
    if let Some(number) = line
        .number_claim
        .take()
        .and_then(|claim| numbers.get(claim))
    {
        line.case_number = Some(number.text.clone());
    }
    line
}
