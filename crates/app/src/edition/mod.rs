//! Another edition of the rules, tried before anybody works by it: its scenarios are run, and each case in hand is answered
//! under both editions, as it is on record and done over from its beginning. Nothing is recorded.

mod kept;

pub use kept::{EditionFound, EditionTrial, TrialError, TrialStage};

use crate::ledger::CaseRow;
use crate::office::{Office, OfficeError, Ports, ReadCaseError};
use crate::ports::Withheld;
use crate::trial::{Effect, effects, listed_differently};
use casework::retrace::RefusedAct;
use casework::scenario::{self, Scenario};
use law::Rules;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What another edition would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditionReport {
    /// The digest of the one that runs.
    pub before: String,
    /// The digest of the one that is tried.
    pub after: String,
    /// How many elements differ.
    pub differences: usize,
    /// How many scenarios the new edition brings.
    pub scenarios: usize,
    /// Where they do not go as they are written.
    pub scenario_failures: Vec<String>,
    /// How many open cases were read under both; none without a record.
    pub cases: Option<u64>,
    /// The cases that would be affected.
    pub affected: Vec<AffectedCase>,
    /// The cases that the new edition cannot read.
    pub unreadable: Vec<UnreadableCase>,
}

impl EditionReport {
    /// How many things stand against working by it.
    pub fn obstacles(&self) -> usize {
        self.scenario_failures.len() + self.unreadable.len()
    }
}

/// A case that would be affected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffectedCase {
    /// Its id.
    pub case_id: String,
    /// Its title.
    pub title: String,
    /// What changes at once, with what is recorded as it is.
    pub at_once: Vec<Effect>,
    /// What would be otherwise had the case been handled by the new rules from its beginning.
    pub done_over: Vec<Effect>,
    /// Acts that the new rules would have refused, and the old ones not.
    pub refused: Vec<RefusedAct>,
}

/// A case that the new edition cannot read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableCase {
    /// Its id.
    pub case_id: String,
    /// Its title.
    pub title: String,
    /// Why.
    pub reason: String,
}

/// What came of comparing one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Nothing differs.
    Same,
    /// Something does.
    Affected(AffectedCase),
    /// It cannot be read.
    Unreadable(UnreadableCase),
}

/// What of these scenarios does not go as it is written.
pub fn scenario_failures(scenarios: &[Scenario], rules: &Arc<Rules>) -> Vec<String> {
    let mut found = Vec::new();
    for one in scenarios {
        if let Some(procedure) = rules.procedure(&one.procedure) {
            let (_, failed) = scenario::run(one, rules, &Arc::new(procedure.clone()));
            let told = failed.iter();
            found.extend(told.map(|failure| format!("“{}” {failure}", one.name)));
        }
    }
    found
}

impl Office {
    /// The same agency over the same record under other rules, to look and never to write.
    pub fn under(&self, rules: Arc<Rules>) -> Result<Office, OfficeError> {
        let ports = Ports {
            ledger: Arc::clone(&self.ports.ledger),
            clock: Arc::clone(&self.ports.clock),
            chance: Arc::clone(&self.ports.chance),
            publisher: Arc::new(Withheld),
        };
        Office::new(self.base.clone(), rules, ports)
    }

    /// A case under the rules of this office and under those of another one over the same record.
    pub async fn compared(&self, after: &Office, row: &CaseRow) -> Result<Compared, ReadCaseError> {
        let (case_id, title) = (row.line.case_id.clone(), row.line.title.clone());
        let old = self.case(&case_id).await?;
        let unreadable = |reason: String| {
            Ok(Compared::Unreadable(UnreadableCase {
                case_id: case_id.clone(),
                title: title.clone(),
                reason,
            }))
        };
        let new = match after.case(&case_id).await {
            Ok(new) => new,
            Err(ReadCaseError::NoSuchProcedure(_)) => {
                return unreadable("新规则里没有这个程序".to_owned());
            }
            Err(ReadCaseError::Entry { .. }) => {
                let text = "有的记录写着新规则里没有的行为、事实、文书或者选项";
                return unreadable(text.to_owned());
            }
            // The record could not be read at all: that says nothing of the rules.
            Err(error @ (ReadCaseError::Read(_) | ReadCaseError::NoSuchCase(_))) => {
                return Err(error);
            }
        };
        let (was, is) = (self.done_over(&old).await?, after.done_over(&old).await?);
        let (Some(was), Some(is)) = (was, is) else {
            return unreadable("新规则里没有这个程序".to_owned());
        };
        let mut at_once = effects(&(&old).into(), &(&new).into());
        let standings = [self.fresh_standing().await?, after.fresh_standing().await?];
        at_once.extend(listed_differently(
            (&old.history, &standings[0]),
            (&new.history, &standings[1]),
            self.now(),
        ));
        at_once.sort_by_key(|effect| effect.kind);
        let done_over = effects(&was.answered, &is.answered);
        let mut refused = is.refused;
        let place = |act: &RefusedAct| (act.entry, act.within);
        refused.retain(|act| !was.refused.iter().any(|known| place(known) == place(act)));
        if at_once.is_empty() && done_over.is_empty() && refused.is_empty() {
            return Ok(Compared::Same);
        }
        Ok(Compared::Affected(AffectedCase {
            case_id,
            title,
            at_once,
            done_over,
            refused,
        }))
    }
}
