//! A case as it is read back, with the answer of the law.

use crate::ledger::Recorded;
use crate::stored::{self, Header, StoredError};
use casework::answer::{Answer, answer};
use casework::context::Context;
use casework::decide::History;
use casework::entry::Entry;
use casework::live::Live;
use casework::{case::Case, derive};
use jiff::Timestamp;
use law::model::{CASE, Procedure};
use std::sync::Arc;
use vocabulary::{Day, Moment};

/// What the log says of one entry.
#[derive(Clone, Debug)]
pub struct RecordedEntry {
    /// Its place in the log.
    pub leaf_index: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Its header.
    pub header: Header,
}

/// A case.
#[derive(Clone, Debug)]
pub struct CaseView {
    /// Its id; empty while nothing is recorded.
    pub case_id: String,
    /// The number of its entries.
    pub version: u64,
    /// Its entries and marking, shared with the memory of cases.
    pub history: Arc<History>,
    /// What the log says of each entry, in the same order.
    pub recorded: Arc<Vec<RecordedEntry>>,
    /// What may, must and may not be done.
    pub answer: Answer,
    /// Its title.
    pub title: String,
    /// For when the answer holds.
    pub now: Moment,
}

impl CaseView {
    /// The case.
    pub fn case(&self) -> &Case {
        &self.history.case
    }

    /// The procedure.
    pub fn procedure(&self) -> &Arc<Procedure> {
        &self.history.case.procedure
    }

    pub(crate) fn of(
        case_id: String,
        record: CaseRecord,
        title_facts: &[String],
        context: &Context,
        now: Moment,
    ) -> CaseView {
        let CaseRecord { history, recorded } = record;
        CaseView {
            case_id,
            version: u64::try_from(recorded.len()).unwrap_or(u64::MAX),
            answer: answer(&history.case, context, now),
            title: title(&history.case, title_facts),
            history,
            recorded,
            now,
        }
    }

    /// The names of the parties, in one cell.
    pub fn party_names(&self) -> String {
        party_names(self.case())
    }
}

/// A case and what the log says of its entries. A copy shares both until one of the two is changed.
#[derive(Clone, Debug)]
pub(crate) struct CaseRecord {
    pub(crate) history: Arc<History>,
    pub(crate) recorded: Arc<Vec<RecordedEntry>>,
}

impl CaseRecord {
    pub(crate) fn new(procedure: Arc<Procedure>) -> CaseRecord {
        CaseRecord {
            history: Arc::new(History::new(procedure)),
            recorded: Arc::default(),
        }
    }

    /// The number of its entries.
    pub(crate) fn version(&self) -> u64 {
        u64::try_from(self.recorded.len()).unwrap_or(u64::MAX)
    }

    /// Fills in a number that its last entry was given.
    pub(crate) fn number(&mut self, at: usize, fact: &str, text: &str) {
        Arc::make_mut(&mut self.history).fill(at, fact, text);
    }

    pub(crate) fn push(&mut self, header: Header, recorded: &Recorded) -> Result<(), StoredError> {
        self.decided(stored::read(&header, &recorded.parts)?);
        self.written(RecordedEntry {
            leaf_index: recorded.leaf_index,
            recorded_at: recorded.recorded_at,
            header,
        });
        Ok(())
    }

    /// Goes on by an entry, of which the log may say nothing yet.
    pub(crate) fn decided(&mut self, entry: Entry) {
        Arc::make_mut(&mut self.history).push(entry);
    }

    /// What the log says of the last entry.
    pub(crate) fn written(&mut self, entry: RecordedEntry) {
        Arc::make_mut(&mut self.recorded).push(entry);
    }
}

/// The first filled of the facts that may name a case; where its procedure knows none of them, it goes by the procedure.
pub(crate) fn title(case: &Case, facts: &[String]) -> String {
    let filled = facts.iter().find_map(|id| {
        let fact = case.procedure.fact(id)?;
        let value = case.fact(fact, 0)?;
        Some(case.procedure.facts[fact].show(value))
    });
    filled.unwrap_or_else(|| {
        let name = &case.procedure.name;
        match facts.iter().any(|id| case.procedure.fact(id).is_some()) {
            true => format!("未定案由（{name}）"),
            false => name.clone(),
        }
    })
}

pub(crate) fn party_names(case: &Case) -> String {
    let mut names = Vec::new();
    for (domain, kind) in case.procedure.subjects.iter().enumerate() {
        if kind.class == law::model::SubjectClass::Party {
            names.extend(
                case.members[domain]
                    .iter()
                    .map(|member| member.name.as_str()),
            );
        }
    }
    names.join("、")
}

/// The phase of what was done last.
pub(crate) fn phase(case: &Case) -> String {
    let last = case
        .history
        .last()
        .map(|done| case.procedure.act_of(done.event).phase);
    last.and_then(|phase| case.procedure.phases.get(phase))
        .map_or_else(String::new, |phase| phase.id.clone())
}

/// The day of filing, as the law's own derivation finds it.
pub(crate) fn filed_on(case: &Case, context: &Context, at: Moment) -> Option<Day> {
    derive::filing_day(&Live {
        case,
        context,
        command: None,
        member: usize::from(CASE.0),
        at,
        newcomer: None,
        settled: std::cell::OnceCell::new(),
    })
}

/// The nearest day by which the agency owes something.
pub(crate) fn next_due(answer: &Answer) -> Option<Day> {
    let agency = law::model::Duty::Agency.chinese();
    answer
        .must
        .iter()
        .filter(|must| must.by == agency)
        .filter_map(|must| must.due)
        .map(|due| due.day)
        .min()
}
