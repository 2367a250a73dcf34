//! Which rows of the legal baseline are in effect: computed, never claimed.
//!
//! A row is *enforced* when a scenario that ends in a refusal, a due date or a departure naming it runs as written,
//! and no longer does once everything that carries the row is deleted from a copy of the rules.

use std::sync::Arc;

use law::Rules;
use law::catalog::RowState;
use law::model::{Procedure, Strength};
use serde::Serialize;

use crate::scenario::{Expectation, Scenario, StepKind, run};

/// How a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Shown by deletion to be in effect.
    Enforced,
    /// Told to people, without a consequence.
    Shown,
    /// Not a matter of this procedure.
    NotApplicable,
    /// Not in effect yet.
    Pending,
}

/// The state of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// Row id.
    pub id: String,
    /// Its state.
    pub state: State,
    /// `file:line` of what carries it.
    #[serde(rename = "where")]
    pub place: String,
    /// Which scenario shows it, or why not.
    pub reason: String,
}

/// The state of every row.
pub fn coverage(rules: &Arc<Rules>, scenarios: &[Scenario]) -> Vec<Covered> {
    let passing: Vec<&Scenario> = scenarios
        .iter()
        .filter(|scenario| {
            let procedure = rules
                .procedure(&scenario.procedure)
                .map(|p| Arc::new(p.clone()));
            procedure.is_some_and(|procedure| run(scenario, rules, &procedure).1.is_empty())
        })
        .collect();
    rules
        .rows
        .iter()
        .map(|row| covered(rules, &passing, row))
        .collect()
}

fn covered(rules: &Arc<Rules>, passing: &[&Scenario], row: &law::catalog::Row) -> Covered {
    let at = |place: &law::source::Place| format!("{}:{}", place.file, place.line);
    let answer = |state: State, place: &law::source::Place, reason: String| Covered {
        id: row.id.clone(),
        state,
        place: at(place),
        reason,
    };
    match &row.state {
        RowState::NotApplicable(reason) => {
            return answer(State::NotApplicable, &row.place, reason.clone());
        }
        RowState::Pending(reason) => return answer(State::Pending, &row.place, reason.clone()),
        RowState::Active => {}
    }
    let carries = |rule: &law::model::Rule| rule.id == row.id || rule.rows.contains(&row.id);
    let mut carrier: Option<(law::source::Place, Strength)> = None;
    for procedure in &rules.procedures {
        let settings = procedure
            .settings
            .iter()
            .filter(|s| s.rows.contains(&row.id));
        let rule = procedure.rules.iter().find(|rule| carries(rule));
        let found = rule.map(|rule| (rule.place.clone(), rule.strength));
        carrier = carrier
            .or(found)
            .or_else(|| settings.map(|s| (s.place.clone(), Strength::Block)).next());
        let diminished = Arc::new(without_row(procedure, &row.id));
        let mine = passing
            .iter()
            .filter(|s| s.procedure == procedure.id && names(s, procedure, &row.id));
        for scenario in mine {
            let (_, failures) = run(scenario, rules, &diminished);
            if let (Some(failure), Some((place, _))) = (failures.first(), &carrier) {
                let reason = format!(
                    "情景“{}”（{}）删去后失败：{}",
                    scenario.name,
                    at(&scenario.place),
                    failure.text
                );
                return answer(State::Enforced, place, reason);
            }
        }
    }
    match carrier {
        Some((place, Strength::Log)) => answer(State::Shown, &place, "只作提示和记录".to_owned()),
        Some((place, _)) => answer(
            State::Pending,
            &place,
            "有规则，还没有情景能显示它起作用".to_owned(),
        ),
        None => answer(State::Pending, &row.place, "没有规则落实它".to_owned()),
    }
}

/// The procedure without the rules that carry a row, and without the shipped values that do.
fn without_row(procedure: &Procedure, row: &str) -> Procedure {
    let mut copy = procedure.without(|rule| rule.id == row || rule.rows.iter().any(|r| r == row));
    for setting in &mut copy.settings {
        if setting.rows.iter().any(|r| r == row) {
            setting.value = None;
        }
    }
    copy
}

/// Whether an expectation of the scenario names the row, or a rule or setting that carries it.
fn names(scenario: &Scenario, procedure: &Procedure, row: &str) -> bool {
    let means = |id: &String| {
        id == row
            || procedure
                .rules
                .iter()
                .any(|rule| rule.id == *id && rule.rows.iter().any(|r| r == row))
            || procedure
                .settings
                .iter()
                .any(|s| s.id == *id && s.rows.iter().any(|r| r == row))
    };
    let by_setting = procedure
        .settings
        .iter()
        .any(|s| s.rows.iter().any(|r| r == row));
    scenario.steps.iter().any(|step| match &step.kind {
        StepKind::Refused(_, because) => because.iter().any(means),
        StepKind::Expect(expectation) => match expectation {
            Expectation::Due { id, .. }
            | Expectation::Overdue { id, .. }
            | Expectation::Caution { id } => means(id),
            Expectation::Defect { id, expected: true } => means(id),
            Expectation::MayNot {
                because: Some(id), ..
            } => means(id),
            _ => false,
        },
        StepKind::Do(_) | StepKind::Now(_) => false,
    }) || by_setting && scenario.covers.iter().any(|id| id == row)
}
