//! Reading the record: applies entries without judging them.
//!
//! Total: whatever was recorded can be read. What the procedure no longer knows is passed over in the marking; the
//! entry itself keeps it.

use law::fact::Value;

use crate::case::{Case, Defect, Done, Met, Obligation};
use crate::entry::{ActPerformed, Consequence, Entry, SubjectId};

/// Applies a recorded entry.
pub fn evolve(case: &mut Case, entry: &Entry) {
    match entry {
        Entry::Act(act) => act_performed(case, act),
        Entry::CalendarSettled { moved, .. } => {
            for consequence in moved {
                apply(case, consequence, entry.occurred(), None);
            }
        }
    }
}

fn act_performed(case: &mut Case, act: &ActPerformed) {
    let procedure = std::sync::Arc::clone(&case.procedure);
    for newcomer in &act.introduced {
        let subject = SubjectId {
            kind: newcomer.kind.clone(),
            number: newcomer.number,
        };
        let domain = procedure
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
    let mut facts: Vec<(usize, Value)> = Vec::new();
    let subject = case.find(&act.subject);
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
        let Some(member) = member else { continue };
        if number.is_none() {
            facts.push((fact, value.clone()));
        }
        if let Some(slot) = case.facts[fact].get_mut(member) {
            *slot = Some(value);
        }
    }
    if let (Some(event), Some((_, member))) = (procedure.event(&act.event), subject) {
        let people = act.people.iter().filter_map(|p| {
            Some((
                procedure.roles.iter().position(|role| role.id == p.role)?,
                p.person.clone(),
            ))
        });
        case.history.push(Done {
            event,
            member,
            occurred: act.occurred,
            facts,
            people: people.collect(),
            cautions: act.cautions.clone(),
        });
    }
    let by = procedure.event(&act.event);
    for consequence in &act.consequences {
        apply(case, consequence, act.occurred, by);
    }
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
