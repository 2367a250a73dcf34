//! The rows that the views show of a case: its line in the list, and its running clocks. Made from the case alone, so
//! that a rebuild makes the same.

use crate::dues;
use crate::ledger::{CaseLine, ClockLine, DuesLine, RowChange, TodoLine};
use crate::office::Office;
use crate::ports::legal_moment;
use crate::register::Standing;
use crate::todo;
use crate::view::{filed_on, next_due, party_names, phase, title};
use crate::weighing;
use casework::answer::answer;
use casework::case::Case;
use casework::decide::History;
use casework::entry::{ActPerformed, Entry, ObligationKey, SubjectId};
use jiff::Timestamp;
use law::model::{Procedure, RuleIx};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Acts that end a case bear this tag.
const ENDS: &str = "终局";

impl Office {
    /// The number by which a case goes, once it has one.
    pub fn case_number(&self, case: &Case) -> Option<String> {
        case_number(case, &self.agency().number_facts)
    }

    /// The line of a case in the list, and its lines on the lists of what is to be done and to be paid.
    pub(crate) fn case_lines(
        &self,
        case_id: &str,
        history: &History,
        at: Timestamp,
        standing: &Standing,
    ) -> CaseLines {
        let now = legal_moment(at);
        let case = &history.case;
        let answer = answer(case, &standing.context, now);
        let section = section(&history.entries);
        let is_open = is_open(case);
        let todo = todo::lines(case_id, history, &answer, section, is_open);
        let line = CaseLine {
            case_id: case_id.to_owned(),
            procedure: case.procedure.id.clone(),
            title: title(case, &standing.file.title_facts),
            party_names: party_names(case),
            phase: phase(case),
            filed_on: filed_on(case, &standing.context, now),
            next_due: next_due(&answer),
            case_number: case_number(case, &standing.file.number_facts),
            number_claim: None,
            is_open,
            section: section.to_owned(),
            follows: follows(&history.entries).map(str::to_owned),
            decided_items: weighing::decided_items(case),
            named_rows: named_rows(case),
        };
        let dues = dues::lines(case_id, case, &standing.context, section, now);
        CaseLines { line, todo, dues }
    }
}

/// What the lists show of a case.
pub(crate) struct CaseLines {
    pub(crate) line: CaseLine,
    pub(crate) todo: Vec<TodoLine>,
    pub(crate) dues: Vec<DuesLine>,
}

/// The rows of registers that a case names, one a line.
fn named_rows(case: &Case) -> String {
    let rows = casework::lists::named_rows(case).into_iter();
    let lines: Vec<String> = rows
        .map(|(register, name)| format!("{register}:{name}"))
        .collect();
    lines.join("\n")
}

/// The unit (承办机构) that has a case: the one that recorded it first.
pub(crate) fn section(entries: &[Entry]) -> &str {
    fn of(act: &ActPerformed) -> Option<&str> {
        let section = act.recorder.as_ref().map(|it| it.section.as_str());
        section.filter(|section| !section.is_empty())
    }
    let mut sections = entries.iter().filter_map(|entry| match entry {
        Entry::Act(act) => of(act),
        Entry::TakenOver(taken) => taken.acts.iter().find_map(of),
        Entry::CalendarSettled { .. } | Entry::Corrected(_) | Entry::PartsDestroyed(_) => None,
    });
    sections.next().unwrap_or("")
}

/// The case that a case follows: said by the act that opened it.
pub(crate) fn follows(entries: &[Entry]) -> Option<&str> {
    match entries.first()? {
        Entry::Act(act) => act.follows.as_deref(),
        Entry::TakenOver(_)
        | Entry::CalendarSettled { .. }
        | Entry::Corrected(_)
        | Entry::PartsDestroyed(_) => None,
    }
}

/// The first filled of the numbers by which a case goes.
pub(crate) fn case_number(case: &Case, number_facts: &[String]) -> Option<String> {
    number_facts.iter().find_map(|id| number(case, id))
}

pub(crate) fn number(case: &Case, id: &str) -> Option<String> {
    let fact = case.procedure.fact(id)?;
    Some(case.procedure.facts[fact].show(case.fact(fact, 0)?))
}

fn is_open(case: &Case) -> bool {
    let procedure = &case.procedure;
    let ended = |done: &casework::case::Done| {
        let tags = &procedure.act_of(done.event).tags;
        tags.iter().any(|tag| tag == ENDS)
            && case
                .mark(done.event, done.member)
                .is_some_and(|mark| mark.counts)
    };
    !case.history.iter().any(ended)
}

/// Everything that is owed by a date, by clock id.
pub(crate) fn clocks(case_id: &str, case: &Case) -> BTreeMap<String, ClockLine> {
    let procedure = &case.procedure;
    let mut all = BTreeMap::new();
    for (response, members) in case.owed.iter().enumerate() {
        for (member, owed) in members.iter().enumerate() {
            let Some(owed) = owed else { continue };
            let Some(clock) = owed.clock.as_ref() else {
                continue;
            };
            let Some(due) = clock.due else { continue };
            let key = case.obligation_key(response, member);
            let rule = procedure.responses[response].rule;
            let line = ClockLine {
                case_id: case_id.to_owned(),
                clock_id: clock_id(&key),
                rule: key.rule.clone(),
                brings: brings(procedure, rule, &key.subject).unwrap_or_default(),
                number: key.subject.number,
                since: owed.since.day,
                due,
                provisional_by: match clock.provisional {
                    true => clock.calendar.clone(),
                    false => String::new(),
                },
            };
            all.insert(line.clock_id.clone(), line);
        }
    }
    all
}

/// The same for as long as it is the same obligation; short, because it is part of a key.
fn clock_id(key: &ObligationKey) -> String {
    let mut hasher = Sha256::new();
    for word in [&key.rule, &key.trigger, &key.subject.kind] {
        hasher.update(word.as_bytes());
        hasher.update([0]);
    }
    for target in &key.targets {
        hasher.update(target.as_bytes());
        hasher.update([0]);
    }
    hasher.update(key.subject.number.to_be_bytes());
    let mut text = String::new();
    for byte in hasher.finalize().iter().take(12) {
        write!(text, "{byte:02x}").expect("writing into a string does not fail");
    }
    text
}

/// The event that the passing of the rule's date brings about by itself.
fn brings(procedure: &Procedure, rule: RuleIx, subject: &SubjectId) -> Option<String> {
    let event = procedure.events.iter().find(|event| {
        procedure.acts[event.act].due_of == Some(rule)
            && procedure.subjects[usize::from(event.domain.0)].id == subject.kind
    });
    event.map(|event| event.id.clone())
}

/// What changes in the rows between two states of a case.
pub(crate) fn clock_changes(
    mut before: BTreeMap<String, ClockLine>,
    after: BTreeMap<String, ClockLine>,
) -> Vec<RowChange> {
    let mut changes = Vec::new();
    for (id, line) in after {
        if before.remove(&id).as_ref() != Some(&line) {
            changes.push(RowChange::Clock(line));
        }
    }
    changes.extend(before.into_values().map(|gone| RowChange::ClockGone {
        case_id: gone.case_id,
        clock_id: gone.clock_id,
    }));
    changes
}
