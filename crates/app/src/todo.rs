//! What is owed in a case, as the list of what somebody has to do today (今日待办) shows it.
//!
//! One line for each step that may be taken now towards what the agency owes, under the nearest date; where nothing is owed,
//! the next step of the main line. It is held by those who can take it: the unit that has the case and its officers,
//! or whoever has the role that the step needs.

use crate::access::Actor;
use crate::ledger::{CaseRow, Holder, ReadError, TodoLine, TodoQuery};
use crate::office::Office;
use casework::answer::{Answer, Must, Step};
use casework::decide::History;
use casework::entry::{ActPerformed, Entry};
use casework::towards::Towards;
use law::model::Procedure;
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::Moment;

/// A line, with what the list of cases says of its case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    /// The line.
    pub line: TodoLine,
    /// The case.
    pub case: CaseRow,
}

/// Whose work is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of the person and of the roles that only some people have.
    Own,
    /// Of the unit.
    Section,
}

impl Office {
    /// What somebody has to do, in the order of danger: what is longest overdue first, what has no date last.
    pub async fn todo(
        &self,
        actor: &Actor,
        whose: Whose,
        after: Option<&TodoLine>,
        limit: u32,
    ) -> Result<Vec<Todo>, ReadError> {
        let holders = self.holders(actor, whose);
        self.todo_of(holders, after, limit).await
    }

    /// What these have to do, each step once, in the same order.
    pub(crate) async fn todo_of(
        &self,
        holders: Vec<Holder>,
        after: Option<&TodoLine>,
        limit: u32,
    ) -> Result<Vec<Todo>, ReadError> {
        let ledger = &self.ports.ledger;
        let mut found: BTreeMap<Place, TodoLine> = BTreeMap::new();
        for holder in holders {
            let query = TodoQuery {
                holder,
                after: after.cloned(),
            };
            for line in ledger.todo(&self.agency, &query, limit).await? {
                found.entry(Place::of(&line)).or_insert(line);
            }
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let lines: Vec<TodoLine> = found.into_values().take(limit).collect();
        self.with_cases(lines).await
    }

    /// Lines, each with what the list of cases says of its case.
    pub(crate) async fn with_cases(&self, lines: Vec<TodoLine>) -> Result<Vec<Todo>, ReadError> {
        let ledger = &self.ports.ledger;
        let ids: BTreeSet<String> = lines.iter().map(|line| line.case_id.clone()).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let rows = ledger.case_rows(&self.agency, &ids).await?;
        let rows: BTreeMap<&str, &CaseRow> = rows
            .iter()
            .map(|row| (row.line.case_id.as_str(), row))
            .collect();
        let with_case = |line: TodoLine| {
            let case = rows.get(line.case_id.as_str()).copied()?.clone();
            Some(Todo { line, case })
        };
        Ok(lines.into_iter().filter_map(with_case).collect())
    }

    fn holders(&self, actor: &Actor, whose: Whose) -> Vec<Holder> {
        let Some(person) = &actor.person else {
            return Vec::new();
        };
        match whose {
            Whose::Section => vec![Holder::Section(actor.section.clone())],
            Whose::Own => {
                let roles = actor.roles.iter().cloned().map(Holder::Role);
                [Holder::Person(person.clone())]
                    .into_iter()
                    .chain(roles)
                    .collect()
            }
        }
    }
}

/// The place of a line in the list, whoever holds it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    has_no_date: bool,
    due: Option<Moment>,
    case_id: String,
    event: String,
    number: u32,
}

impl Place {
    fn of(line: &TodoLine) -> Place {
        Place {
            has_no_date: line.due.is_none(),
            due: line.due,
            case_id: line.case_id.clone(),
            event: line.event.clone(),
            number: line.number,
        }
    }
}

/// The lines of a case: the same for as long as nothing is recorded.
pub(crate) fn lines(
    case_id: &str,
    history: &History,
    answer: &Answer,
    section: &str,
    is_open: bool,
) -> Vec<TodoLine> {
    let case = &history.case;
    let procedure = &case.procedure;
    let towards = Towards { case, answer };
    let mut steps: Vec<Wanted<'_>> = Vec::new();
    for at in (0..answer.must.len()).filter(|at| towards.is_owed_by_agency(*at)) {
        let must = &answer.must[at];
        let step = towards.step_for(at);
        let is_included = |event: &usize| {
            let mark = case.mark(*event, must.member);
            mark.is_some_and(|mark| mark.included)
        };
        let target = must.targets.iter().copied().find(is_included);
        let Some(event) = step.map(|step| step.event).or(target) else {
            continue;
        };
        let is_open = step.is_some();
        let step = step.unwrap_or(Step {
            event,
            member: must.member,
        });
        match steps.iter_mut().find(|wanted| wanted.step == step) {
            Some(wanted) => wanted.musts.push(must),
            None => steps.push(Wanted {
                step,
                is_open,
                musts: vec![must],
            }),
        }
    }
    if steps.is_empty()
        && is_open
        && let Some(next) = towards.next()
    {
        steps.push(Wanted {
            step: next.step,
            is_open: true,
            musts: Vec::new(),
        });
    }
    let officers = officers(&history.entries, procedure);
    let mut lines = Vec::new();
    for wanted in steps {
        let declared = &procedure.events[wanted.step.event];
        let members = &case.members[usize::from(declared.domain.0)];
        let member = members.get(wanted.step.member);
        let most_urgent = wanted.most_urgent();
        let mut line = TodoLine {
            case_id: case_id.to_owned(),
            holder: Holder::Section(section.to_owned()),
            procedure: procedure.id.clone(),
            event: declared.id.clone(),
            number: member.map_or(0, |member| member.number),
            goals: wanted.goals(procedure),
            rule: most_urgent.map_or_else(String::new, |must| {
                let rule = procedure.responses[must.response].rule;
                procedure.rules[rule].id.clone()
            }),
            due: most_urgent.and_then(|must| must.due),
            is_open: wanted.is_open,
            is_paused: most_urgent.is_some_and(|must| must.is_paused),
            is_provisional: most_urgent.is_some_and(|must| must.provisional),
        };
        for holder in holders(procedure, wanted.step, section, &officers) {
            line.holder = holder;
            lines.push(line.clone());
        }
    }
    lines
}

/// A step, and the obligations that it leads to.
struct Wanted<'a> {
    step: Step,
    /// It may be taken now.
    is_open: bool,
    musts: Vec<&'a Must>,
}

impl Wanted<'_> {
    fn most_urgent(&self) -> Option<&Must> {
        let by_date = |must: &&&Must| (must.due.is_none(), must.due);
        self.musts.iter().min_by_key(by_date).copied()
    }

    /// What it leads to: ids of events, apart by spaces. What it meets itself, be it as one of several ways, it leads to
    /// no further.
    fn goals(&self, procedure: &Procedure) -> String {
        let mut goals: Vec<&str> = Vec::new();
        let musts = self.musts.iter();
        let others = musts.filter(|must| !must.targets.contains(&self.step.event));
        for target in others.flat_map(|must| &must.targets) {
            let id = procedure.events[*target].id.as_str();
            if !goals.contains(&id) {
                goals.push(id);
            }
        }
        goals.join(" ")
    }
}

/// Those whose list a step stands on: always that of the unit that has the case; of those officers who have it where
/// officers take the step or nobody is needed by name; else of everybody who has a role that the step needs.
fn holders(
    procedure: &Procedure,
    step: Step,
    section: &str,
    officers: &BTreeSet<String>,
) -> Vec<Holder> {
    let roles = &procedure.act_of(step.event).roles;
    let roles = roles.iter().filter_map(|role| procedure.roles.get(*role));
    let unit = Holder::Section(section.to_owned());
    let is_for_officers = roles.clone().any(|role| role.is_officer);
    let mut holders = vec![unit];
    if is_for_officers || roles.clone().next().is_none() {
        holders.extend(officers.iter().cloned().map(Holder::Person));
    } else {
        let elsewhere = roles.filter(|role| !role.is_of_section);
        holders.extend(elsewhere.map(|role| Holder::Role(role.id.clone())));
    }
    holders
}

/// The officers who have taken part in a case.
fn officers(entries: &[Entry], procedure: &Procedure) -> BTreeSet<String> {
    let mut officers = BTreeSet::new();
    let mut of = |act: &ActPerformed| {
        for it in &act.people {
            let mut roles = procedure.roles.iter();
            if roles.any(|role| role.id == it.role && role.is_officer) {
                officers.insert(it.person.clone());
            }
        }
    };
    for entry in entries {
        match entry {
            Entry::Act(act) => of(act),
            Entry::TakenOver(taken) => taken.acts.iter().for_each(&mut of),
            Entry::CalendarSettled { .. } | Entry::Corrected(_) | Entry::PartsDestroyed(_) => {}
        }
    }
    officers
}
