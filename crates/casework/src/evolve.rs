//! Reading the record: applies entries without judging them.
//!
//! Total: whatever was recorded can be read. What the procedure no longer knows is passed over in the marking; the
//! entry itself keeps it.

use law::fact::Value;

use crate::case::{Case, Defect, Done, Met, Obligation};
use crate::entry::{ActPerformed, Consequence, Correction, Entry, NewSubject, SubjectId};

/// Applies a recorded entry; `number` is its place in the case, from 1.
pub fn evolve(case: &mut Case, number: u32, entry: &Entry) {
    match entry {
        Entry::Act(act) => act_performed(case, act, (number, 0)),
        Entry::TakenOver(taken) => {
            for (within, act) in taken.acts.iter().enumerate() {
                act_performed(case, act, (number, within));
            }
        }
        Entry::Corrected(correction) => corrected(case, correction),
        // What was destroyed is not there to be read any more; the marking does not rest on it.
        Entry::PartsDestroyed(_) => {}
        Entry::CalendarSettled { moved, .. } => {
            for consequence in moved {
                apply(case, consequence, entry.occurred(), None);
            }
        }
    }
}

fn act_performed(case: &mut Case, act: &ActPerformed, (entry, within): (u32, usize)) {
    introduce(case, &act.introduced);
    let told = told(case, act);
    for (fact, member, value, _) in &told {
        if let Some(slot) = case.facts[*fact].get_mut(*member) {
            *slot = Some(value.clone());
        }
    }
    let procedure = std::sync::Arc::clone(&case.procedure);
    let by = procedure.event(&act.event);
    if let (Some(event), Some((_, member))) = (by, case.find(&act.subject)) {
        case.history.push(Done {
            event,
            member,
            occurred: act.occurred,
            facts: own_facts(told),
            people: people(case, act),
            cautions: act.cautions.clone(),
            entry,
            within,
        });
    }
    for consequence in &act.consequences {
        apply(case, consequence, act.occurred, by);
    }
}

/// One fact of a recorded act became known with the recording.
pub(crate) fn say(case: &mut Case, act: &ActPerformed, key: &str, (entry, within): (u32, usize)) {
    let told = told(case, act);
    for (fact, member, value, _) in &told {
        if case.procedure.facts[*fact].id == key
            && let Some(slot) = case.facts[*fact].get_mut(*member)
        {
            *slot = Some(value.clone());
        }
    }
    let done = case
        .history
        .iter_mut()
        .rev()
        .find(|done| (done.entry, done.within) == (entry, within));
    if let Some(done) = done {
        done.facts = own_facts(told);
    }
}

/// The act as it should have been stands in the place of the act as it was recorded; what was said later still holds.
fn corrected(case: &mut Case, correction: &Correction) {
    for name in &correction.renamed {
        let subject = SubjectId {
            kind: name.kind.clone(),
            number: name.number,
        };
        if let Some((domain, member)) = case.find(&subject) {
            case.members[usize::from(domain.0)][member].name = name.name.clone();
        }
    }
    let act = &correction.act;
    let told = told(case, act);
    let at = case
        .history
        .iter()
        .position(|done| done.entry == correction.of && done.within == correction.within);
    for (fact, member, value, _) in &told {
        let later = case.history.iter().skip(at.map_or(0, |at| at + 1));
        let is_said_later = later.into_iter().any(|done| {
            done.facts.iter().any(|(other, _)| other == fact)
                && (case.procedure.facts[*fact].domain == law::model::CASE
                    || done.member == *member)
        });
        if let Some(slot) = case.facts[*fact]
            .get_mut(*member)
            .filter(|_| !is_said_later)
        {
            *slot = Some(value.clone());
        }
    }
    let before = at.map(|at| case.history[at].occurred);
    if let Some(at) = at {
        let people = people(case, act);
        let done = &mut case.history[at];
        done.occurred = act.occurred;
        done.facts = own_facts(told);
        done.people = people;
        done.cautions.clone_from(&act.cautions);
        let (event, member) = (done.event, done.member);
        // First and last are the dates of the acts as they now stand.
        let dates = || {
            case.history
                .iter()
                .filter(|done| done.event == event && done.member == member)
                .map(|done| done.occurred)
        };
        let (first, last) = (dates().min(), dates().max());
        if before != Some(act.occurred)
            && let Some(mark) = case.marks[event].get_mut(member)
        {
            (mark.first, mark.last) = (first, last);
        }
    }
    let by = case.procedure.event(&act.event);
    for consequence in &correction.changes {
        apply(case, consequence, act.occurred, by);
    }
}

fn introduce(case: &mut Case, newcomers: &[NewSubject]) {
    for newcomer in newcomers {
        let subject = SubjectId {
            kind: newcomer.kind.clone(),
            number: newcomer.number,
        };
        let domain = case
            .procedure
            .subjects
            .iter()
            .position(|s| s.id == newcomer.kind)
            .and_then(|d| u8::try_from(d).ok());
        if let Some(domain) = domain
            && case.find(&subject).is_none()
        {
            case.add_member(
                law::model::Domain(domain),
                newcomer.number,
                newcomer.name.clone(),
            );
        }
    }
}

/// A fact, the member that it is about, its value, and whether the act says it of its own subject.
type Told = (usize, usize, Value, bool);

fn told(case: &Case, act: &ActPerformed) -> Vec<Told> {
    let procedure = &case.procedure;
    let subject = case.find(&act.subject);
    let mut all = Vec::new();
    for (key, json) in &act.facts {
        let (id, number) = match key.split_once('#') {
            Some((id, number)) => (id, number.parse::<u32>().ok()),
            None => (key.as_str(), None),
        };
        let Some(fact) = procedure.fact(id) else {
            continue;
        };
        let Ok(value) = procedure.facts[fact].from_json(json) else {
            continue;
        };
        let domain = procedure.facts[fact].domain;
        let member = match (number, subject) {
            (Some(number), _) => case.member(domain, number),
            (None, _) if domain == law::model::CASE => Some(0),
            (None, Some((of, member))) if of == domain => Some(member),
            _ => None,
        };
        if let Some(member) = member {
            all.push((fact, member, value, number.is_none()));
        }
    }
    all
}

fn own_facts(told: Vec<Told>) -> Vec<(usize, Value)> {
    told.into_iter()
        .filter(|(_, _, _, is_own)| *is_own)
        .map(|(fact, _, value, _)| (fact, value))
        .collect()
}

fn people(case: &Case, act: &ActPerformed) -> Vec<(usize, String)> {
    let roles = &case.procedure.roles;
    act.people
        .iter()
        .filter_map(|p| {
            Some((
                roles.iter().position(|role| role.id == p.role)?,
                p.person.clone(),
            ))
        })
        .collect()
}

fn apply(case: &mut Case, consequence: &Consequence, at: vocabulary::Moment, by: Option<usize>) {
    let procedure = std::sync::Arc::clone(&case.procedure);
    let place = |case: &Case, event: &str, subject: &SubjectId| {
        Some((procedure.event(event)?, case.find(subject)?.1))
    };
    let defect = |case: &Case, rule: &str, event: &str, subject: &SubjectId| {
        let (event, member) = place(case, event, subject)?;
        let fits =
            |d: &law::model::DefectSpec| procedure.rules[d.rule].id == rule && d.event == event;
        Some((procedure.defects.iter().position(fits)?, member))
    };
    match consequence {
        Consequence::Met { obligation, late } => {
            if let Some((response, member)) = case.find_obligation(obligation) {
                let clock = case.owed[response][member].take().and_then(|o| o.clock);
                case.met.push(Met {
                    response,
                    member,
                    on: at,
                    clock,
                    late: *late,
                });
            }
        }
        Consequence::Owed {
            obligation,
            clock,
            undetermined,
        } => {
            if let Some((response, member)) = case.find_obligation(obligation) {
                let clock = clock.clone();
                case.owed[response][member] = Some(Obligation {
                    since: at,
                    clock,
                    undetermined: *undetermined,
                });
            }
        }
        Consequence::Done { event, subject } => {
            if let Some((event, member)) = place(case, event, subject) {
                let mark = &mut case.marks[event][member];
                mark.count += 1;
                mark.counts = true;
                mark.first.get_or_insert(at);
                mark.last = Some(mark.last.map_or(at, |last| last.max(at)));
            }
        }
        Consequence::Excluded { event, subject } => {
            if let Some((event, member)) = place(case, event, subject) {
                case.marks[event][member].included = false;
                case.marks[event][member].excluded_by = by;
            }
        }
        Consequence::Included { event, subject } => {
            if let Some((event, member)) = place(case, event, subject) {
                case.marks[event][member].included = true;
                case.marks[event][member].excluded_by = None;
            }
        }
        Consequence::Reopened { event, subject } => {
            if let Some((event, member)) = place(case, event, subject) {
                case.marks[event][member].counts = false;
            }
        }
        Consequence::Opened {
            rule,
            event,
            subject,
            clock,
        } => {
            if let Some((event, member)) = place(case, event, subject) {
                let source = by;
                let fits = |w: &law::model::WindowEdge| {
                    procedure.rules[w.rule].id == *rule && w.target == event && w.source == source
                };
                if let Some(window) = procedure.windows.iter().position(fits) {
                    case.opened[window][member] = clock.clone();
                }
            }
        }
        Consequence::Released { obligation } => {
            if let Some((response, member)) = case.find_obligation(obligation) {
                case.owed[response][member] = None;
            }
        }
        Consequence::Moved {
            obligation, clock, ..
        } => {
            if let Some((response, member)) = case.find_obligation(obligation)
                && let Some(owed) = &mut case.owed[response][member]
            {
                owed.clock = Some(clock.clone());
            }
        }
        Consequence::DefectKept {
            rule,
            event,
            subject,
        } => {
            if let Some((defect, member)) = defect(case, rule, event, subject) {
                case.defects[defect][member] = Some(Defect { since: at });
            }
        }
        Consequence::DefectCured {
            rule,
            event,
            subject,
        } => {
            if let Some((defect, member)) = defect(case, rule, event, subject) {
                case.defects[defect][member] = None;
            }
        }
    }
}
