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
use law::check::{Property, Slice, check, parse};
use law::model::Procedure;
use law::source::{RuleErrors, ScalarValue};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
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
    /// How many properties of procedures that differ were looked at.
    #[serde(default)]
    pub properties: usize,
    /// Those that no longer hold: the name, and the way to what must not happen.
    #[serde(default)]
    pub unproved: Vec<String>,
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
        self.scenario_failures.len() + self.unproved.len() + self.unreadable.len()
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

/// The properties of procedures that read differently in two editions, with the procedure of each. What stands in a procedure
/// that is the same was proved when that one was made.
pub fn properties_at_stake(before: &Rules, after: &Rules) -> Result<Vec<AtStake>, RuleErrors> {
    let mut all = Vec::new();
    for (path, nodes) in &after.properties {
        let id = path.trim_end_matches("/properties.kdl");
        let (Some(procedure), Some(names)) = (after.procedure(id), after.names.get(id)) else {
            continue;
        };
        let was = before.properties.iter().find(|(other, _)| other == path);
        let is_same =
            before.procedure(id) == Some(procedure) && was.is_some_and(|(_, old)| old == nodes);
        if is_same {
            continue;
        }
        let shared = Arc::new(procedure.clone());
        let properties = parse(procedure, names, nodes)?.into_iter();
        all.extend(properties.map(|property| AtStake {
            procedure: Arc::clone(&shared),
            property,
        }));
    }
    Ok(all)
}

/// The properties that one edition states and the other does not, in sentences.
pub fn properties_gone(before: &Rules, after: &Rules) -> Vec<String> {
    let stated = |rules: &Rules| -> BTreeSet<(String, String)> {
        let files = rules.properties.iter();
        let all = files.flat_map(|(path, nodes)| {
            let id = path.trim_end_matches("/properties.kdl").to_owned();
            let names = nodes
                .iter()
                .filter_map(|node| match &node.arguments.first()?.value {
                    ScalarValue::Text(name) => Some(name.clone()),
                    _ => None,
                });
            let names: Vec<String> = names.collect();
            names.into_iter().map(move |name| (id.clone(), name))
        });
        all.collect()
    };
    let (was, is) = (stated(before), stated(after));
    let gone = was.difference(&is);
    gone.map(|(procedure, name)| {
        let named = before.procedure(procedure);
        let procedure = named.map_or(procedure.as_str(), |it| it.name.as_str());
        format!("{procedure}：{name}在新规则里没有了")
    })
    .collect()
}

/// A property that another edition may break.
#[derive(Clone, Debug)]
pub struct AtStake {
    procedure: Arc<Procedure>,
    property: Property,
}

impl AtStake {
    /// Why it does not hold, in a sentence; nothing where it is proved.
    pub fn broken(&self) -> Option<String> {
        let slice = Slice::of(&self.procedure, &self.property);
        let outcome = check(&self.procedure, &self.property, &slice, None);
        let (name, title) = (&self.property.id, &self.property.title);
        match outcome.counterexample {
            Some(found) => Some(format!(
                "{}：{name}“{title}”不再成立，例如：{}",
                self.procedure.name,
                found.steps.join("；")
            )),
            None if !outcome.closed => Some(format!(
                "{}：{name}“{title}”没有查完，不能证明",
                self.procedure.name
            )),
            None => None,
        }
    }
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
