//! What of a record deserves a second look: what a supervisor, or whoever is in charge, reads first.
//!
//! Each entry says of itself what is unusual about it. Nothing is judged again.

use crate::access::{self, Actor, Denied};
use crate::agency::Duty;
use crate::ledger::{
    CaseRow, Holder, NotableCursor, NotableLine, NotableQuery, NotableRow, ReadError, TodoLine,
    TodoQuery,
};
use crate::office::{Office, SeenError};
use crate::ports::legal_moment;
use crate::todo::Todo;
use casework::entry::{ActPerformed, Consequence, Entry};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::Moment;

/// What is unusual about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notable {
    /// It departs from the law, and that is kept as a defect (程序瑕疵).
    Defect,
    /// It went on with a written reason.
    Reason,
    /// It met an obligation after its date (逾期办理).
    Overdue,
    /// It was recorded on a later day than it happened (补录).
    Late,
    /// It was recorded from a signed sheet (纸签代录).
    OnPaper,
    /// It corrects an earlier entry.
    Correction,
    /// It destroyed parts of earlier entries.
    Destruction,
    /// The case came from elsewhere (接续案件).
    TakenOver,
}

impl Notable {
    /// All, in the order in which they weigh.
    pub const ALL: [Notable; 8] = [
        Notable::Defect,
        Notable::Reason,
        Notable::Overdue,
        Notable::Late,
        Notable::OnPaper,
        Notable::Correction,
        Notable::Destruction,
        Notable::TakenOver,
    ];

    /// Its stored id.
    pub fn id(self) -> &'static str {
        match self {
            Notable::Defect => "defect",
            Notable::Reason => "reason",
            Notable::Overdue => "overdue",
            Notable::Late => "late",
            Notable::OnPaper => "on_paper",
            Notable::Correction => "correction",
            Notable::Destruction => "destruction",
            Notable::TakenOver => "taken_over",
        }
    }

    /// Reads the stored id back.
    pub fn parse(text: &str) -> Option<Notable> {
        Notable::ALL.into_iter().find(|kind| kind.id() == text)
    }

    /// In words.
    pub fn chinese(self) -> &'static str {
        match self {
            Notable::Defect => "程序瑕疵",
            Notable::Reason => "说明理由后继续",
            Notable::Overdue => "逾期办理",
            Notable::Late => "补录",
            Notable::OnPaper => "纸签代录",
            Notable::Correction => "更正",
            Notable::Destruction => "依批准销毁",
            Notable::TakenOver => "接续案件",
        }
    }
}

/// A unit, and what it owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitState {
    /// The unit.
    pub section: String,
    /// What is overdue, nearest to its date last.
    pub overdue: Vec<Todo>,
    /// There is more that is overdue than was read.
    pub has_more: bool,
}

/// So much of what is overdue is read of each unit.
const OVERDUE_READ: u32 = 100;

impl Office {
    /// Whether somebody sees what deserves a second look: a supervisor, and those in charge who see every unit.
    pub fn may_supervise(&self, actor: &Actor) -> bool {
        actor.has(Duty::Supervisor)
            || actor.level.is_some() && access::sees_all(actor, &self.all_procedures())
    }

    fn supervising(&self, actor: &Actor) -> Result<(), Denied> {
        if self.may_supervise(actor) {
            return Ok(());
        }
        Err(Denied {
            text: "监督情况由执法监督人员和负责人查看。".to_owned(),
        })
    }

    /// Entries that deserve a second look, the last recorded first, with their cases.
    pub async fn notable(
        &self,
        actor: &Actor,
        kind: Option<Notable>,
        after: Option<NotableCursor>,
        limit: u32,
    ) -> Result<Vec<(NotableRow, CaseRow)>, SeenError> {
        self.supervising(actor)?;
        let ledger = &self.ports.ledger;
        let query = NotableQuery { kind, after };
        let rows = ledger.notable(&self.agency, &query, limit).await?;
        let ids: BTreeSet<String> = rows.iter().map(|row| row.line.case_id.clone()).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let cases = ledger.case_rows(&self.agency, &ids).await?;
        let cases: BTreeMap<String, CaseRow> = cases
            .into_iter()
            .map(|row| (row.line.case_id.clone(), row))
            .collect();
        let with_case = |row: NotableRow| {
            let case = cases.get(&row.line.case_id)?.clone();
            Some((row, case))
        };
        Ok(rows.into_iter().filter_map(with_case).collect())
    }

    /// What each unit has let become overdue.
    pub async fn units(&self, actor: &Actor) -> Result<Vec<UnitState>, SeenError> {
        self.supervising(actor)?;
        Ok(self.overdue_by_section().await?)
    }

    /// The same, whoever asks.
    pub(crate) async fn overdue_by_section(&self) -> Result<Vec<UnitState>, ReadError> {
        let now = self.now();
        let file = self.agency();
        let mut sections: BTreeSet<&str> = BTreeSet::new();
        sections.extend(file.people.iter().map(|staff| staff.section.as_str()));
        let mut units = Vec::new();
        for section in sections {
            let query = TodoQuery {
                holder: Holder::Section(section.to_owned()),
                after: None,
            };
            let ledger = &self.ports.ledger;
            let lines = ledger.todo(&self.agency, &query, OVERDUE_READ).await?;
            let read = lines.len();
            let is_late = |line: &TodoLine| {
                let late = |due: Moment| casework::decide::is_after(now, due);
                line.due.is_some_and(late)
            };
            let late: Vec<TodoLine> = lines.into_iter().filter(is_late).collect();
            let has_more = late.len() == read && read == usize::try_from(OVERDUE_READ).unwrap_or(0);
            units.push(UnitState {
                section: section.to_owned(),
                overdue: self.with_cases(late).await?,
                has_more,
            });
        }
        Ok(units)
    }
}

/// What deserves a second look in the entry that makes `version` of a case.
pub(crate) fn lines(
    case_id: &str,
    version: u64,
    entry: &Entry,
    recorded_at: Timestamp,
) -> Vec<NotableLine> {
    let mut kinds = BTreeSet::new();
    let mut event = String::new();
    match entry {
        Entry::Act(act) => {
            event.clone_from(&act.event);
            of_act(act, &mut kinds);
            // What time brings about is recorded when the program next looks.
            let is_human = act.recorder.is_some();
            if is_human && legal_moment(recorded_at).day > act.occurred.day {
                kinds.insert(Notable::Late);
            }
        }
        Entry::Corrected(correction) => {
            event.clone_from(&correction.act.event);
            kinds.insert(Notable::Correction);
        }
        Entry::PartsDestroyed(_) => {
            kinds.insert(Notable::Destruction);
        }
        Entry::TakenOver(taken) => {
            kinds.insert(Notable::TakenOver);
            if !taken.sheet.is_empty() {
                kinds.insert(Notable::OnPaper);
            }
        }
        Entry::CalendarSettled { .. } => {}
    }
    let line = |kind| NotableLine {
        case_id: case_id.to_owned(),
        version,
        kind,
        event: event.clone(),
    };
    kinds.into_iter().map(line).collect()
}

fn of_act(act: &ActPerformed, kinds: &mut BTreeSet<Notable>) {
    if !act.reasons.is_empty() {
        kinds.insert(Notable::Reason);
    }
    if act.recorder.as_ref().is_some_and(|it| it.on_paper) {
        kinds.insert(Notable::OnPaper);
    }
    for consequence in &act.consequences {
        match consequence {
            Consequence::DefectKept { .. } => {
                kinds.insert(Notable::Defect);
            }
            Consequence::Met { late: true, .. } => {
                kinds.insert(Notable::Overdue);
            }
            Consequence::Met { late: false, .. }
            | Consequence::Owed { .. }
            | Consequence::Done { .. }
            | Consequence::Excluded { .. }
            | Consequence::Included { .. }
            | Consequence::Reopened { .. }
            | Consequence::Opened { .. }
            | Consequence::Released { .. }
            | Consequence::Moved { .. }
            | Consequence::DefectCured { .. } => {}
        }
    }
}
