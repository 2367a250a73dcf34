//! Making the views again from the record alone, and comparing them with the live ones.

use crate::ledger::{
    CaseRow, CaseRows, ClockQuery, Holder, NotableRow, ReadError, StreamName, StreamVersion,
    TodoLine,
};
use crate::notable;
use crate::numbers::{NumberRow, NumberState, Numbered, Series};
use crate::office::{Office, ReadCaseError};
use crate::rows::{CaseLines, clocks};
use crate::view::CaseRecord;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Cases are read in steps of this many.
const STEP: u32 = 50;
/// So many steps are worked on at once: enough for every core, and no more cases in memory than a few hundred.
const STEPS_AT_ONCE: usize = 6;
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
        let mut told = BTreeMap::new();
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
            told.extend(step.told);
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
        let mut made = Vec::new();
        for stream in &streams {
            let Some(case_id) = stream.stream.as_str().strip_prefix("case/") else {
                continue;
            };
            let made_again = self.rows_again(case_id, &stream.stream).await?;
            let Some((rows, record)) = made_again else {
                continue;
            };
            step.entries += record.version();
            for entry in record.recorded {
                if !entry.header.numbers.is_empty() {
                    step.told.push((entry.leaf_index, entry.header.numbers));
                }
            }
            step.cases += 1;
            if !self.compare(case_id, &rows, &mut step.differences).await? {
                made.push(rows);
            }
        }
        if mode == RebuildMode::Replace && !made.is_empty() {
            self.ports.ledger.replace_rows(&self.agency, &made).await?;
        }
        Ok(step)
    }

    async fn rows_again(
        &self,
        case_id: &str,
        stream: &StreamName,
    ) -> Result<Option<(CaseRows, CaseRecord)>, RebuildError> {
        let entries = self
            .ports
            .ledger
            .read_stream(&self.agency, stream, 0)
            .await?;
        let (Some(record), Some(last)) = (self.read(case_id, None, &entries)?, entries.last())
        else {
            return Ok(None);
        };
        let case = &record.history.case;
        // As of the last entry: that is when the live rows were written.
        let at = last.recorded_at;
        let recorded = record.history.entries.iter().zip(&record.recorded);
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

    /// True when the live rows are the rebuilt ones.
    async fn compare(
        &self,
        case_id: &str,
        rows: &CaseRows,
        differences: &mut Vec<Difference>,
    ) -> Result<bool, RebuildError> {
        let ledger = &self.ports.ledger;
        let line = ledger.case_row(&self.agency, case_id).await?;
        let query = ClockQuery {
            case_id: Some(case_id.to_owned()),
            ..ClockQuery::default()
        };
        let mut live = ledger.clocks(&self.agency, &query, WIDE_STEP).await?;
        live.sort_by(|a, b| a.clock_id.cmp(&b.clock_id));
        let mut todo = ledger.todo_of(&self.agency, case_id).await?;
        todo.sort_by(|a, b| todo_key(a).cmp(&todo_key(b)));
        let mut notable = ledger.notable_of(&self.agency, case_id).await?;
        notable.sort_by_key(|row| (row.line.version, row.line.kind));
        let mut dues = ledger.dues_of(&self.agency, &[case_id.to_owned()]).await?;
        dues.sort_by_key(|line| line.party);
        let are_same_dues = dues == rows.dues;
        let is_same_line = line.as_ref() == Some(&rows.row);
        let are_same_clocks = live == rows.clocks;
        let is_same_todo = todo == rows.todo;
        let is_same_notable = notable == rows.notable;
        if is_same_line && are_same_clocks && is_same_todo && is_same_notable && are_same_dues {
            return Ok(true);
        }
        // Somebody may have worked on the case in the meantime: then the rows are newer than what was read.
        if line.is_some_and(|line| line.updated_at > rows.row.updated_at) {
            return Ok(true);
        }
        if !is_same_line {
            differences.push(Difference::CaseLine(case_id.to_owned()));
        }
        if !are_same_clocks {
            differences.push(Difference::Clocks(case_id.to_owned()));
        }
        if !is_same_todo {
            differences.push(Difference::Todo(case_id.to_owned()));
        }
        if !is_same_notable {
            differences.push(Difference::Notable(case_id.to_owned()));
        }
        if !are_same_dues {
            differences.push(Difference::Dues(case_id.to_owned()));
        }
        Ok(false)
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

    /// The register of numbers is no view: it guards the numbers. What it says must follow from the headers all the
    /// same.
    async fn numbers_from_record(
        &self,
        mut told: BTreeMap<u64, Vec<Numbered>>,
        rebuilt: &mut Rebuilt,
    ) -> Result<(), RebuildError> {
        let ledger = &self.ports.ledger;
        let mut after: Option<StreamName> = None;
        loop {
            let streams = ledger
                .list_streams(&self.agency, "numbers/", after.as_ref(), STEP)
                .await?;
            let Some(last) = streams.last() else { break };
            after = Some(last.stream.clone());
            for stream in &streams {
                for entry in ledger.read_stream(&self.agency, &stream.stream, 0).await? {
                    let numbers = entry.header().get("numbers").cloned();
                    let numbers = numbers.and_then(|json| serde_json::from_value(json).ok());
                    told.insert(entry.leaf_index, numbers.unwrap_or_default());
                }
            }
        }
        let mut expected: Expected = BTreeMap::new();
        told.into_values()
            .for_each(|numbers| count(&mut expected, numbers));
        for row in ledger.series(&self.agency).await? {
            let mut after = 0;
            loop {
                let rows = ledger
                    .numbers(&self.agency, &row.series, after, WIDE_STEP)
                    .await?;
                let Some(last) = rows.last() else { break };
                after = last.serial;
                for NumberRow {
                    series,
                    serial,
                    state,
                    text,
                    ..
                } in rows
                {
                    rebuilt.numbers += 1;
                    let is_same =
                        expected
                            .remove(&(series.clone(), serial))
                            .is_some_and(|(is, printed)| {
                                is == state && printed.is_none_or(|it| it == text)
                            });
                    if !is_same {
                        rebuilt.differences.push(Difference::Number(series, serial));
                    }
                }
            }
        }
        let missing = expected
            .into_keys()
            .map(|(series, serial)| Difference::Number(series, serial));
        rebuilt.differences.extend(missing);
        Ok(())
    }
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

/// How each number must stand; the printed text where an entry says it.
type Expected = BTreeMap<(Series, u32), (NumberState, Option<String>)>;

fn count(expected: &mut Expected, numbered: Vec<Numbered>) {
    for one in numbered {
        if let Some(paper_from) = one.paper_from {
            for serial in paper_from..one.first {
                expected.insert((one.series.clone(), serial), (NumberState::Paper, None));
            }
        }
        for serial in one.first..=one.last {
            let text = (serial == one.first).then(|| one.text.clone());
            expected.insert((one.series.clone(), serial), (one.state, text));
        }
    }
}
