//! The desk of those who go through a checklist (法制审核台): what waits for them, and what they went through lately.
//!
//! Which acts those are is said by the rules: the ones that ask for a fact with a checklist (对照).

use crate::access::Actor;
use crate::ledger::{CaseQuery, CaseRow, Holder, TodoLine};
use crate::office::{Office, SeenError};
use crate::todo::Todo;
use crate::view::CaseView;
use casework::case::Done;
use jiff::Timestamp;
use law::model::Procedure;
use std::collections::BTreeSet;
use std::sync::Arc;

/// So many lines of the list of what is to be done are read at a time.
const STEP: u32 = 50;

/// A case that waits to be gone through.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The step, with its date.
    pub line: TodoLine,
    /// What the list of cases says of the case.
    pub row: CaseRow,
    /// The case.
    pub view: CaseView,
}

/// A checklist that somebody went through.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// What the list of cases says of the case.
    pub row: CaseRow,
    /// The procedure of the case.
    pub procedure: Arc<Procedure>,
    /// What was done.
    pub done: Done,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

impl Office {
    /// Whether an act with a checklist is for a role that this person has.
    pub fn may_review(&self, actor: &Actor) -> bool {
        actor.person.is_some() && !self.reviewing_roles(actor).is_empty()
    }

    /// The roles of the person that acts with a checklist need.
    fn reviewing_roles(&self, actor: &Actor) -> BTreeSet<String> {
        let mut roles = self.roles_of_reviews();
        roles.retain(|role| actor.roles.contains(role));
        roles
    }

    /// The roles that acts with a checklist need.
    pub fn roles_of_reviews(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for procedure in self.procedures() {
            for event in procedure.events_with_checklist() {
                let roles = procedure.act_of(event).roles.iter();
                found.extend(roles.map(|role| procedure.roles[*role].id.clone()));
            }
        }
        found
    }

    fn is_review(&self, todo: &Todo) -> bool {
        let procedure = self.procedures.get(&todo.line.procedure);
        let found = procedure.and_then(|procedure| {
            let event = procedure.event(&todo.line.event)?;
            procedure.checklist_of(event)
        });
        found.is_some()
    }

    /// The cases that wait for somebody to go through their checklist, in the order of danger.
    pub async fn reviews_waiting(
        &self,
        actor: &Actor,
        after: Option<&TodoLine>,
        limit: usize,
    ) -> Result<Vec<Waiting>, SeenError> {
        let roles = self.reviewing_roles(actor).into_iter();
        let holders: Vec<Holder> = roles.map(Holder::Role).collect();
        let mut waiting = Vec::new();
        let mut after = after.cloned();
        loop {
            // Whoever reviews does other things too: those are passed over.
            let lines = self.todo_of(holders.clone(), after.as_ref(), STEP).await?;
            let is_last = lines.len() < usize::try_from(STEP).unwrap_or(usize::MAX);
            after = lines.last().map(|todo| todo.line.clone());
            for Todo { line, case } in lines.into_iter().filter(|todo| self.is_review(todo)) {
                if waiting.len() == limit {
                    return Ok(waiting);
                }
                match self.case_for(actor, &line.case_id).await {
                    Ok((view, _)) => waiting.push(Waiting {
                        line,
                        row: case,
                        view,
                    }),
                    // A case that may not be read is nobody's to review.
                    Err(SeenError::Denied(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            if is_last {
                return Ok(waiting);
            }
        }
    }

    /// What somebody went through lately, the latest first: looked for in the cases that were touched last.
    pub async fn reviewed_by(
        &self,
        actor: &Actor,
        among: u32,
        most: usize,
    ) -> Result<Vec<Reviewed>, SeenError> {
        let Some(person) = &actor.person else {
            return Ok(Vec::new());
        };
        let query = CaseQuery::default();
        let mut found = Vec::new();
        for row in self.cases_for(actor, &query, among).await? {
            let record = self.record(&row.line.case_id).await?;
            let case = &record.history.case;
            let procedure = &case.procedure;
            for done in &case.history {
                let is_own = done.people.iter().any(|(_, who)| who == person);
                if !is_own || procedure.checklist_of(done.event).is_none() {
                    continue;
                }
                let at = usize::try_from(done.entry).ok();
                let entry = at.and_then(|at| record.recorded.get(at.checked_sub(1)?));
                if let Some(entry) = entry {
                    found.push(Reviewed {
                        row: row.clone(),
                        procedure: Arc::clone(procedure),
                        done: done.clone(),
                        recorded_at: entry.recorded_at,
                    });
                }
            }
        }
        found.sort_by_key(|it| std::cmp::Reverse((it.recorded_at, it.done.within)));
        found.truncate(most);
        Ok(found)
    }
}
