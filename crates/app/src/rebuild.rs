//! Making the views again from the record alone, and comparing them with the live ones.

mod numbers;

use crate::ledger::{
    CaseRow, CaseRows, HeldRows, Holder, NotableRow, ReadError, Recorded, StreamName,
    StreamVersion, TodoLine,
};
use crate::notable;
use crate::numbers::{Numbered, Series};
use crate::office::{Office, ReadCaseError};
use crate::rows::{CaseLines, clocks};
use crate::view::CaseRecord;
use numbers::Told;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Cases are read in steps of this many.
const STEP: u32 = 32;
/// So many steps are worked on at once: enough for every core, and no more cases in memory than a hundred or so.
const STEPS_AT_ONCE: usize = 4;
/// Entries, numbers and clocks likewise.
const WIDE_STEP: u32 = 1_000;

/// Whether differing views are only reported, or made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebuildMode {
    /// `--check`
    Check,
    /// Writes the rebuilt rows.
    Replace,
}

/// A view that differs from the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The line of a case in the list.
    CaseLine(String),
    /// The running clocks of a case.
    Clocks(String),
    /// What is to be done in a case.
    Todo(String),
    /// What deserves a second look in a case.
    Notable(String),
    /// What is to be paid in a case.
    Dues(String),
    /// The views hold a case that the record does not.
    NoSuchCase(String),
    /// A number of the register.
    Number(Series, u32),
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Difference::CaseLine(case) => write!(f, "案件 {case} 在案件列表里的一行"),
            Difference::Clocks(case) => write!(f, "案件 {case} 的期限"),
            Difference::Todo(case) => write!(f, "案件 {case} 的待办"),
            Difference::Notable(case) => write!(f, "案件 {case} 的监督提示"),
            Difference::Dues(case) => write!(f, "案件 {case} 的缴款台账"),
            Difference::NoSuchCase(case) => write!(f, "案件 {case} 在列表里，而记录里没有"),
            Difference::Number(series, serial) => write!(f, "文号登记 {series}第{serial}号"),
        }
    }
}

/// What a rebuild found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Cases made again.
    pub cases: u64,
    /// Entries read for it.
    pub entries: u64,
    /// Numbers made again.
    pub numbers: u64,
    /// What differed.
    pub differences: Vec<Difference>,
}

/// Why the views could not be made again.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The record or a view could not be read or written.
    #[error("the record could not be read")]
    Read(#[from] ReadError),
    /// A case cannot be read.
    #[error("a case cannot be read")]
    Case(#[from] ReadCaseError),
}

impl Office {
    /// Makes every view again from the record. `progress` hears of the entries read so far.
    pub async fn rebuild(
        self: &Arc<Self>,
        mode: RebuildMode,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Rebuilt, RebuildError> {
        self.fresh_standing().await?;
        let mut rebuilt = Rebuilt::default();
        let mut told = Told::default();
        // Steps end in any order; what differs is told in that of the cases.
        let mut differences: BTreeMap<StreamName, Vec<Difference>> = BTreeMap::new();
        let mut after: Option<StreamName> = None;
        let mut is_listed = false;
        let mut steps = JoinSet::new();
        loop {
            while !is_listed && steps.len() < STEPS_AT_ONCE {
                let ledger = &self.ports.ledger;
                let streams = ledger
                    .list_streams(&self.agency, "case/", after.as_ref(), STEP)
                    .await?;
                let Some(last) = streams.last() else {
                    is_listed = true;
                    break;
                };
                after = Some(last.stream.clone());
                let office = Arc::clone(self);
                steps.spawn(async move { office.rebuild_step(streams, mode).await });
            }
            let Some(done) = steps.join_next().await else {
                break;
            };
            let step = done.map_err(|error| ReadError::Storage(error.into()))??;
            rebuilt.cases += step.cases;
            rebuilt.entries += step.entries;
            for (leaf_index, numbers) in step.told {
                told.tell(leaf_index, numbers);
            }
            if let (Some(first), false) = (step.first, step.differences.is_empty()) {
                differences.insert(first, step.differences);
            }
            progress(rebuilt.entries);
        }
        rebuilt
            .differences
            .extend(differences.into_values().flatten());
        self.strangers(mode, &mut rebuilt).await?;
        self.numbers_from_record(told, &mut rebuilt).await?;
        Ok(rebuilt)
    }

    /// Makes the rows of a few cases again.
    async fn rebuild_step(
        &self,
        streams: Vec<StreamVersion>,
        mode: RebuildMode,
    ) -> Result<Step, RebuildError> {
        let mut step = Step {
            first: streams.first().map(|stream| stream.stream.clone()),
            ..Step::default()
        };
        let ledger = &self.ports.ledger;
        let streams: Vec<StreamName> = streams.into_iter().map(|stream| stream.stream).collect();
        let entries = ledger.read_streams(&self.agency, &streams).await?;
        let mut made = Vec::new();
        for (stream, entries) in streams.iter().zip(entries) {
            let Some(case_id) = stream.as_str().strip_prefix("case/") else {
                continue;
            };
            let Some((rows, record)) = self.rows_again(case_id, &entries)? else {
                continue;
            };
            step.cases += 1;
            step.entries += record.version();
            for entry in Arc::unwrap_or_clone(record.recorded) {
                if !entry.header.numbers.is_empty() {
                    step.told.push((entry.leaf_index, entry.header.numbers));
                }
            }
            made.push(rows);
        }
        let ids: Vec<String> = made
            .iter()
            .map(|made| made.row.line.case_id.clone())
            .collect();
        let held = ledger.held_rows(&self.agency, &ids).await?;
        let mut held = held.into_iter();
        made.retain(|made| {
            let differs = held
                .next()
                .map_or_else(Vec::new, |held| differences(made, held));
            let is_other = !differs.is_empty();
            step.differences.extend(differs);
            is_other
        });
        if mode == RebuildMode::Replace && !made.is_empty() {
            ledger.replace_rows(&self.agency, &made).await?;
        }
        Ok(step)
    }

    /// The rows of a case as they must be.
    fn rows_again(
        &self,
        case_id: &str,
        entries: &[Recorded],
    ) -> Result<Option<(CaseRows, CaseRecord)>, RebuildError> {
        let (Some(record), Some(last)) = (self.read(case_id, None, entries)?, entries.last())
        else {
            return Ok(None);
        };
        let case = &record.history.case;
        // As of the last entry: that is when the live rows were written.
        let at = last.recorded_at;
        let recorded = record.history.entries.iter().zip(record.recorded.iter());
        let mut notable = Vec::new();
        for ((entry, recorded), version) in recorded.zip(1..) {
            let recorded_at = recorded.recorded_at;
            for line in notable::lines(case_id, version, entry, recorded_at) {
                notable.push(NotableRow { line, recorded_at });
            }
        }
        let CaseLines {
            line,
            mut todo,
            dues,
        } = self.case_lines(case_id, &record.history, at, &self.standing());
        todo.sort_by(|a, b| todo_key(a).cmp(&todo_key(b)));
        let rows = CaseRows {
            row: CaseRow {
                line,
                updated_at: last.recorded_at,
            },
            clocks: clocks(case_id, case).into_values().collect(),
            todo,
            notable,
            dues,
        };
        Ok(Some((rows, record)))
    }

    /// Rows of cases that the record does not hold: both are walked in the order of their ids.
    async fn strangers(
        &self,
        mode: RebuildMode,
        rebuilt: &mut Rebuilt,
    ) -> Result<(), RebuildError> {
        let ledger = &self.ports.ledger;
        let mut after: Option<String> = None;
        let mut streams = VecDeque::new();
        let mut after_stream: Option<StreamName> = None;
        let mut is_listed = false;
        loop {
            let known = ledger
                .cases_with_rows(&self.agency, after.as_deref(), WIDE_STEP)
                .await?;
            let Some(last) = known.last() else {
                return Ok(());
            };
            after = Some(last.clone());
            let mut strangers = Vec::new();
            for case_id in known {
                let name = format!("case/{case_id}");
                loop {
                    if streams.is_empty() && !is_listed {
                        let more = ledger
                            .list_streams(&self.agency, "case/", after_stream.as_ref(), WIDE_STEP)
                            .await?;
                        streams.extend(more.into_iter().map(|found| found.stream));
                        is_listed = streams.is_empty();
                        after_stream = streams.back().cloned().or(after_stream);
                    }
                    let is_earlier =
                        |stream: &StreamName| stream.as_str().as_bytes() < name.as_bytes();
                    if !streams.front().is_some_and(is_earlier) {
                        break;
                    }
                    streams.pop_front();
                }
                let is_here = streams
                    .front()
                    .is_some_and(|stream| stream.as_str() == name);
                // It may have been opened since the streams were listed.
                if !is_here && !self.has_stream(&case_id).await? {
                    rebuilt
                        .differences
                        .push(Difference::NoSuchCase(case_id.clone()));
                    strangers.push(case_id);
                }
            }
            if mode == RebuildMode::Replace && !strangers.is_empty() {
                ledger.remove_rows(&self.agency, &strangers).await?;
            }
        }
    }

    async fn has_stream(&self, case_id: &str) -> Result<bool, RebuildError> {
        let Some(stream) = crate::office::stream(case_id) else {
            return Ok(false);
        };
        let ledger = &self.ports.ledger;
        let found = ledger
            .list_streams(&self.agency, stream.as_str(), None, 1)
            .await?;
        Ok(found.iter().any(|found| found.stream == stream))
    }
}

/// What of a case is shown otherwise than the record says.
fn differences(made: &CaseRows, mut held: HeldRows) -> Vec<Difference> {
    held.clocks.sort_by(|a, b| a.clock_id.cmp(&b.clock_id));
    held.todo.sort_by(|a, b| todo_key(a).cmp(&todo_key(b)));
    held.notable
        .sort_by_key(|row| (row.line.version, row.line.kind));
    held.dues.sort_by_key(|line| line.party);
    // Somebody may have worked on the case in the meantime: then the rows are newer than what was read.
    let is_newer = |line: &CaseRow| line.updated_at > made.row.updated_at;
    if held.row.as_ref().is_some_and(is_newer) {
        return Vec::new();
    }
    let case_id = &made.row.line.case_id;
    let mut differing = Vec::new();
    let mut compare = |is_same: bool, view: fn(String) -> Difference| {
        if !is_same {
            differing.push(view(case_id.clone()));
        }
    };
    compare(held.row.as_ref() == Some(&made.row), Difference::CaseLine);
    compare(held.clocks == made.clocks, Difference::Clocks);
    compare(held.todo == made.todo, Difference::Todo);
    compare(held.notable == made.notable, Difference::Notable);
    compare(held.dues == made.dues, Difference::Dues);
    differing
}

/// What tells the lines of a case apart.
fn todo_key(line: &TodoLine) -> (&Holder, &str, u32) {
    (&line.holder, &line.event, line.number)
}

/// What came of a few cases.
#[derive(Default)]
struct Step {
    first: Option<StreamName>,
    cases: u64,
    entries: u64,
    /// The numbers that each entry tells of.
    told: Vec<(u64, Vec<Numbered>)>,
    differences: Vec<Difference>,
}
