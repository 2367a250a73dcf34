//! Reading the record: applies entries without judging them.
//!
//! Total: whatever was recorded can be read. What the procedure no longer knows is passed over in the marking; the
//! entry itself keeps it.

use std::collections::BTreeMap;

use law::fact::Value;
use law::model::CASE;
use vocabulary::Moment;

use crate::case::{Case, Defect, Done, Former, Met, Obligation};
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

/// Applies what had happened by a moment, each act on the day on which it happened by what is known now.
pub(crate) fn evolve_until(case: &mut Case, entries: &[Entry], at: Moment) {
    let mut dates: BTreeMap<(u32, usize), Moment> = BTreeMap::new();
    for entry in entries {
        if let Entry::Corrected(correction) = entry {
            dates.insert((correction.of, correction.within), correction.act.occurred);
        }
    }
    let had_happened =
        |place: (u32, usize), act: &ActPerformed| *dates.get(&place).unwrap_or(&act.occurred) <= at;
    for (number, entry) in (1..).zip(entries) {
        match entry {
            Entry::Act(act) if had_happened((number, 0), act) => {
                act_performed(case, act, (number, 0));
            }
            Entry::TakenOver(taken) => {
                for (within, act) in taken.acts.iter().enumerate() {
                    if had_happened((number, within), act) {
                        act_performed(case, act, (number, within));
                    }
                }
            }
            Entry::Corrected(correction) => {
                if had_happened((correction.of, correction.within), &correction.act) {
                    corrected(case, correction);
                }
            }
            Entry::CalendarSettled { on, .. } if Moment::from(*on) <= at => {
                evolve(case, number, entry);
            }
            Entry::Act(_) | Entry::CalendarSettled { .. } | Entry::PartsDestroyed(_) => {}
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
    if let (Some(event), Some((domain, member))) = (by, case.find(&act.subject))
        && procedure.events[event].domain == domain
    {
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
        if let Some((domain, member)) = case.find(&name.subject()) {
            let known = &mut case.members[usize::from(domain.0)][member];
            let wrong = std::mem::replace(&mut known.name, name.name.clone());
            if !wrong.trim().is_empty() {
                known.former.push(Former {
                    name: wrong,
                    until: correction.on,
                });
            }
        }
    }
    let act = &correction.act;
    let told = told(case, act);
    let at = case
        .history
        .iter()
        .position(|done| (done.entry, done.within) == (correction.of, correction.within));
    let is_said_later = |case: &Case, fact: usize, member: usize| {
        let later = case.history.iter().skip(at.map_or(0, |at| at + 1));
        said_of(case, later, fact, member).next().is_some()
    };
    // What it says no longer is as it was said before, if it was.
    if let Some(at) = at {
        let gone = case.history[at].facts.iter().map(|(fact, _)| *fact);
        let gone = gone.filter(|fact| !told.iter().any(|(other, _, _, own)| *own && other == fact));
        let member = case.history[at].member;
        for fact in gone.collect::<Vec<_>>() {
            if is_said_later(case, fact, member) {
                continue;
            }
            let earlier = case.history.iter().take(at).rev();
            let value = said_of(case, earlier, fact, member).next().cloned();
            let is_of_all = case.procedure.facts[fact].domain == CASE;
            if let Some(slot) = case.facts[fact].get_mut(if is_of_all { 0 } else { member }) {
                *slot = value;
            }
        }
    }
    for (fact, member, value, _) in &told {
        if is_said_later(case, *fact, *member) {
            continue;
        }
        if let Some(slot) = case.facts[*fact].get_mut(*member) {
            *slot = Some(value.clone());
        }
    }
    if let Some(at) = at {
        let before = case.history[at].occurred;
        let people = people(case, act);
        let done = &mut case.history[at];
        done.occurred = act.occurred;
        done.facts = own_facts(told);
        done.people = people;
        done.cautions.clone_from(&act.cautions);
        if before != act.occurred {
            redated(case, at, act, before);
        }
    }
    let by = case.procedure.event(&act.event);
    for consequence in &correction.changes {
        // What the act itself would have brought about counts from its day, the rest from the correction.
        let is_its = act.consequences.contains(consequence);
        let since = if is_its {
            act.occurred
        } else {
            correction.on.into()
        };
        apply(case, consequence, since, by);
        if let Consequence::Excluded { event, subject } = consequence
            && !is_its
            && let Some(event) = case.procedure.event(event)
            && let Some((_, member)) = case.find(subject)
            && let Some(mark) = case.marks[event].get_mut(member)
        {
            // It is out of play because nothing brought it in.
            mark.excluded_by = None;
        }
    }
}

/// What a corrected date moves besides clocks: the first and last doing, and when an obligation was met.
fn redated(case: &mut Case, at: usize, act: &ActPerformed, before: Moment) {
    let (event, member) = (case.history[at].event, case.history[at].member);
    let dates = || {
        let same = |done: &&Done| done.event == event && done.member == member;
        case.history.iter().filter(same).map(|done| done.occurred)
    };
    let (first, last) = (dates().min(), dates().max());
    if let Some(mark) = case.marks[event].get_mut(member) {
        (mark.first, mark.last) = (first, last);
    }
    for consequence in &act.consequences {
        let Consequence::Met { obligation, late } = consequence else {
            continue;
        };
        let Some(place) = case.find_obligation(obligation) else {
            continue;
        };
        let by_it = |met: &&mut Met| (met.response, met.member) == place && met.on == before;
        if let Some(met) = case.met.iter_mut().rev().find(by_it) {
            met.on = act.occurred;
            met.late = *late;
        }
    }
}

fn said_of<'c>(
    case: &'c Case,
    all: impl Iterator<Item = &'c Done>,
    fact: usize,
    member: usize,
) -> impl Iterator<Item = &'c Value> {
    let is_of_all = case.procedure.facts[fact].domain == CASE;
    all.filter(move |done| is_of_all || done.member == member)
        .flat_map(move |done| &done.facts)
        .filter(move |(said, _)| *said == fact)
        .map(|(_, value)| value)
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
            (None, _) if domain == CASE => Some(0),
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

fn apply(case: &mut Case, consequence: &Consequence, at: Moment, by: Option<usize>) {
    let procedure = std::sync::Arc::clone(&case.procedure);
    let place = |case: &Case, event: &str, subject: &SubjectId| {
        let (event, (domain, member)) = (procedure.event(event)?, case.find(subject)?);
        (procedure.events[event].domain == domain).then_some((event, member))
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
