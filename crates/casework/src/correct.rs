//! Correcting an entry: a new entry that names the old one.
//!
//! The act as it should have been recorded passes [`decide`](crate::decide::decide) on the case as it stood before the
//! old entry, so a correction opens no gate. Of what it would have brought about, the new entry carries what differs from the old: what
//! falls away, what arises, which clock moves. A fact that something judged since owes that judgment again.

use std::sync::Arc;

use law::engine;
use vocabulary::Moment;

use crate::command::Command;
use crate::consequences::{Recorder, recount};
use crate::context::Context;
use crate::decide::{History, Telling, drafted};
use crate::destroy::{input, two_people};
use crate::entry::{ActPerformed, Consequence, Correction, Entry, NewSubject, TakeOver};
use crate::live::Live;
use crate::refusal::{Ground, Refusal};

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrectionRequest {
    /// The number of the entry, from 1.
    pub of: u32,
    /// Which of its acts, from 0: more than one only in a case taken over.
    pub within: usize,
    /// The act as it should have been recorded, whole.
    pub command: Command,
    /// Names of subjects that the act brought in, as they should have been.
    pub renamed: Vec<NewSubject>,
    /// Why.
    pub reason: String,
    /// Who asks, by id.
    pub asked_by: String,
    /// Who approves, by id.
    pub approved_by: String,
}

/// The entry that corrects an earlier one, or why it cannot be.
pub fn correct(
    history: &History,
    context: &Context,
    request: &CorrectionRequest,
    now: Moment,
) -> Result<Entry, Refusal> {
    let refuse = |grounds: Vec<Ground>| Refusal {
        act: "更正记录".to_owned(),
        grounds,
    };
    let Some((recorded, telling)) = standing(history, request.of, request.within) else {
        let text = format!("本案第{}条记录不是可以更正的办案行为", request.of);
        return Err(refuse(vec![input("of", text)]));
    };
    let mut grounds = two_people(
        context,
        ("asked_by", &request.asked_by),
        ("approved_by", &request.approved_by),
    );
    if request.reason.trim().is_empty() {
        grounds.push(input("reason", "请写明为什么更正".to_owned()));
    }
    let procedure = &history.case.procedure;
    let is_same_act = procedure.event(&recorded.event) == Some(request.command.event)
        && recorded.subject.number == request.command.number;
    if !is_same_act {
        grounds.push(input(
            "of",
            "更正不能换成另一个行为或者另一个对象".to_owned(),
        ));
    }
    for name in &request.renamed {
        let is_of_it = recorded
            .introduced
            .iter()
            .any(|new| new.kind == name.kind && new.number == name.number);
        if !is_of_it || name.name.trim().is_empty() {
            grounds.push(input(
                "name",
                "只能更正这条记录带来的对象的名称，名称不能为空".to_owned(),
            ));
        }
    }
    if !grounds.is_empty() {
        return Err(refuse(grounds));
    }
    let before = before(history, request.of, request.within);
    let mut act = drafted(&before, context, &request.command, now, telling)?;
    // What it brought in stays: numbers were given out, and other entries speak of them.
    act.introduced.clone_from(&recorded.introduced);
    let own = |key: &String| key.contains('#');
    for (key, value) in recorded.facts.iter().filter(|(key, _)| own(key)) {
        act.facts
            .entry(key.clone())
            .or_insert_with(|| value.clone());
    }
    // A number stays on its document: a wrong one is void, never another.
    for fact in &procedure.events[request.command.event].numbered {
        let id = &procedure.facts[*fact].id;
        match recorded.facts.get(id) {
            Some(number) => act.facts.insert(id.clone(), number.clone()),
            None => act.facts.remove(id),
        };
    }
    if !differs(&recorded, &act) && request.renamed.is_empty() {
        return Err(refuse(vec![input("of", "没有改动任何内容".to_owned())]));
    }
    let changes = changes(history, context, request, (&recorded, &act));
    Ok(Entry::Corrected(Box::new(Correction {
        of: request.of,
        within: request.within,
        act,
        renamed: request.renamed.clone(),
        changes,
        on: now.day,
        asked_by: request.asked_by.clone(),
        approved_by: request.approved_by.clone(),
        reason: request.reason.trim().to_owned(),
    })))
}

fn differs(old: &ActPerformed, new: &ActPerformed) -> bool {
    old.occurred != new.occurred
        || old.facts != new.facts
        || old.people != new.people
        || old.files != new.files
        || old.reasons != new.reasons
}

/// The act as it stands: as recorded, or as last corrected.
pub fn standing_act(history: &History, of: u32, within: usize) -> Option<ActPerformed> {
    standing(history, of, within).map(|(act, _)| act)
}

fn standing(history: &History, of: u32, within: usize) -> Option<(ActPerformed, Telling)> {
    let at = usize::try_from(of).ok()?.checked_sub(1)?;
    let (recorded, telling) = match history.entries.get(at)? {
        Entry::Act(act) if within == 0 => (act.as_ref(), Telling::Daily),
        Entry::TakenOver(taken) => (taken.acts.get(within)?, Telling::TakenOver),
        Entry::Act(_)
        | Entry::CalendarSettled { .. }
        | Entry::Corrected(_)
        | Entry::PartsDestroyed(_) => return None,
    };
    let last = history.entries.iter().rev().find_map(|entry| match entry {
        Entry::Corrected(later) if later.of == of && later.within == within => Some(&later.act),
        _ => None,
    });
    Some((last.unwrap_or(recorded).clone(), telling))
}

/// The case before the act, with what was corrected since.
fn before(history: &History, of: u32, within: usize) -> History {
    let mut before = History::new(Arc::clone(&history.case.procedure));
    for (number, entry) in (1..).zip(&history.entries) {
        let belongs = match entry {
            Entry::Corrected(later) => (later.of, later.within) < (of, within),
            _ => number < of,
        };
        if belongs {
            before.push_numbered(number, entry.clone());
        }
        if number == of
            && within > 0
            && let Entry::TakenOver(taken) = entry
        {
            let acts = taken.acts.iter().take(within).cloned().collect();
            let part = TakeOver {
                acts,
                ..(**taken).clone()
            };
            before.push_numbered(number, Entry::TakenOver(Box::new(part)));
        }
    }
    before
}

/// What the correction changes in the case as it is now.
fn changes(
    history: &History,
    context: &Context,
    request: &CorrectionRequest,
    (old, new): (&ActPerformed, &ActPerformed),
) -> Vec<Consequence> {
    let case = &history.case;
    let mut changes = Vec::new();
    for was in &old.consequences {
        if new.consequences.iter().any(|is| is_same(was, is)) {
            continue;
        }
        match was {
            Consequence::Excluded { event, subject } => changes.push(Consequence::Included {
                event: event.clone(),
                subject: subject.clone(),
            }),
            Consequence::Included { event, subject } => {
                let place = case.procedure.event(event).zip(case.find(subject));
                let was_done = place
                    .and_then(|(event, (_, member))| case.mark(event, member))
                    .is_some_and(|mark| mark.count > 0);
                if !was_done {
                    changes.push(Consequence::Excluded {
                        event: event.clone(),
                        subject: subject.clone(),
                    });
                }
            }
            Consequence::Owed { obligation, .. } => {
                let is_owed = case
                    .find_obligation(obligation)
                    .and_then(|(response, member)| case.owed[response].get(member))
                    .is_some_and(Option::is_some);
                if is_owed {
                    changes.push(Consequence::Released {
                        obligation: obligation.clone(),
                    });
                }
            }
            Consequence::DefectKept {
                rule,
                event,
                subject,
            } => changes.push(Consequence::DefectCured {
                rule: rule.clone(),
                event: event.clone(),
                subject: subject.clone(),
            }),
            Consequence::Met { .. }
            | Consequence::Done { .. }
            | Consequence::Reopened { .. }
            | Consequence::Opened { .. }
            | Consequence::Released { .. }
            | Consequence::Moved { .. }
            | Consequence::DefectCured { .. } => {}
        }
    }
    for is in &new.consequences {
        match old.consequences.iter().find(|was| is_same(was, is)) {
            None => {
                if !matches!(is, Consequence::Done { .. } | Consequence::Met { .. }) {
                    changes.push(is.clone());
                }
            }
            Some(was) if was != is => changes.extend(moved(history, context, is)),
            Some(_) => {}
        }
    }
    renewed(history, context, &request.command, &mut changes);
    changes
}

/// The same thing brought about, whatever its clock says.
fn is_same(a: &Consequence, b: &Consequence) -> bool {
    use Consequence::{Moved, Opened, Owed};
    match (a, b) {
        (Owed { obligation: a, .. }, Owed { obligation: b, .. })
        | (Moved { obligation: a, .. }, Moved { obligation: b, .. }) => a == b,
        (
            Opened {
                rule,
                event,
                subject,
                ..
            },
            Opened {
                rule: r,
                event: e,
                subject: s,
                ..
            },
        ) => (rule, event, subject) == (r, e, s),
        (Consequence::Met { obligation: a, .. }, Consequence::Met { obligation: b, .. }) => a == b,
        _ => a == b,
    }
}

/// A clock that counts from another day now, with the pauses and extensions that it has had since.
fn moved(history: &History, context: &Context, is: &Consequence) -> Option<Consequence> {
    match is {
        Consequence::Owed {
            obligation, clock, ..
        } => {
            let (response, member) = history.case.find_obligation(obligation)?;
            let running = history.case.owed[response]
                .get(member)?
                .as_ref()?
                .clock
                .as_ref()?;
            let mut clock = clock.clone()?;
            clock.pauses.clone_from(&running.pauses);
            clock.extensions.clone_from(&running.extensions);
            recount(&mut clock, context);
            (clock != *running).then(|| Consequence::Moved {
                obligation: obligation.clone(),
                clock,
                by: "correction".to_owned(),
            })
        }
        Consequence::Opened { .. } => Some(is.clone()),
        _ => None,
    }
}

/// What judged a fact that is corrected now is owed again.
fn renewed(
    history: &History,
    context: &Context,
    command: &Command,
    changes: &mut Vec<Consequence>,
) {
    let case = &history.case;
    let domain = case.procedure.events[command.event].domain;
    let Some(member) = case.member(domain, command.number) else {
        return;
    };
    let world = Live {
        case,
        context,
        command: Some(command),
        member,
        at: command.occurred,
        newcomer: None,
    };
    let mut recorder = Recorder::new(&world, command);
    engine::renewals(&world, command.event, member, &mut |effect| {
        recorder.record(effect)
    });
    for consequence in recorder.consequences {
        if !changes.contains(&consequence) {
            changes.push(consequence);
        }
    }
}
