//! Correcting an entry: a new entry that names the old one.
//!
//! The act as it should have been recorded passes [`decide`](crate::decide::decide) on the case as it stood before the
//! old entry, so a correction opens no gate. Of what it would have brought about, the new entry carries what differs from the old: what
//! falls away, what arises, which clock moves. A fact or a name that something judged since owes that judgment again.

use std::sync::Arc;

use law::engine;
use law::model::{Domain, Procedure};
use vocabulary::Moment;

use crate::command::{Command, NewMember};
use crate::consequences::Recorder;
use crate::context::Context;
use crate::decide::{History, Telling, drafted, entry};
use crate::derive::party;
use crate::destroy::{input, two_people};
use crate::difference::Difference;
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
    let command = with_introduced(procedure, &request.command, &recorded)
        .map_err(|ground| refuse(vec![ground]))?;
    let whole = |mut act: ActPerformed| {
        as_recorded(procedure, &command, &recorded, &mut act);
        act
    };
    let renamed = renamed(history, &request.renamed);
    let is_said_anew = differs(
        &recorded,
        &whole(entry(procedure, &command, Vec::new(), Vec::new())),
    );
    if !is_said_anew && renamed.is_empty() {
        return Err(refuse(vec![input("of", "没有改动任何内容".to_owned())]));
    }
    let (mut act, mut changes) = if is_said_anew {
        let before = before(history, request.of, request.within);
        let act = whole(drafted(&before, context, &command, now, telling)?);
        let difference = Difference {
            history,
            before: &before.case,
            context,
            command: &command,
            place: (request.of, request.within),
            old: &recorded,
            new: &act,
            now,
        };
        let changes = difference.changes();
        (act, changes)
    } else {
        // The act says what it said.
        (recorded, Vec::new())
    };
    for consequence in renewals(history, context, &command, &renamed, now) {
        let is_known = changes.iter().any(|known| same_owed(known, &consequence));
        if !is_known {
            changes.push(consequence);
        }
    }
    // What it brought in stays as the entry named it: numbers were given out, and other entries speak of them.
    act.introduced = Vec::new();
    Ok(Entry::Corrected(Box::new(Correction {
        of: request.of,
        within: request.within,
        act,
        renamed,
        changes,
        on: now.day,
        asked_by: request.asked_by.clone(),
        approved_by: request.approved_by.clone(),
        reason: request.reason.trim().to_owned(),
    })))
}

/// The subjects that the act brought in come in with it again, none other.
fn with_introduced(
    procedure: &Procedure,
    command: &Command,
    recorded: &ActPerformed,
) -> Result<Command, Ground> {
    let kind = |domain: Domain| procedure.subjects[usize::from(domain.0)].id.as_str();
    let mut whole = command.clone();
    whole.introduces = Vec::new();
    for new in &recorded.introduced {
        let domain = (0..).map(Domain).zip(&procedure.subjects);
        let Some((domain, _)) = domain.into_iter().find(|(_, s)| s.id == new.kind) else {
            continue;
        };
        let said = |of: &&NewMember| of.domain == domain && of.number == new.number;
        let said = command.introduces.iter().find(said);
        let mut facts = said.map_or_else(Vec::new, |of| of.facts.clone());
        for (key, json) in &recorded.facts {
            let Some((id, number)) = key.split_once('#') else {
                continue;
            };
            let Some(fact) = procedure.fact(id) else {
                continue;
            };
            let declared = &procedure.facts[fact];
            let is_its = declared.domain == domain && number.parse() == Ok(new.number);
            if is_its
                && !facts.iter().any(|(known, _)| *known == fact)
                && let Ok(value) = declared.from_json(json)
            {
                facts.push((fact, value));
            }
        }
        whole.introduces.push(NewMember {
            domain,
            number: new.number,
            name: new.name.clone(),
            facts,
        });
    }
    let is_known = |new: &NewMember| {
        let of = |known: &NewSubject| known.kind == kind(new.domain) && known.number == new.number;
        recorded.introduced.iter().any(of)
    };
    if command.introduces.iter().all(is_known) {
        Ok(whole)
    } else {
        let text = "更正不能带来新的对象，请用相应的办案行为追加".to_owned();
        Err(input("introduces", text))
    }
}

/// What a correction cannot touch is as it was recorded.
fn as_recorded(
    procedure: &Procedure,
    command: &Command,
    recorded: &ActPerformed,
    act: &mut ActPerformed,
) {
    act.introduced.clone_from(&recorded.introduced);
    act.follows.clone_from(&recorded.follows);
    let own = |key: &String| key.contains('#');
    for (key, value) in recorded.facts.iter().filter(|(key, _)| own(key)) {
        act.facts
            .entry(key.clone())
            .or_insert_with(|| value.clone());
    }
    // A number stays on its document: a wrong one is void, never another.
    for fact in &procedure.events[command.event].numbered {
        let id = &procedure.facts[*fact].id;
        match recorded.facts.get(id) {
            Some(number) => act.facts.insert(id.clone(), number.clone()),
            None => act.facts.remove(id),
        };
    }
}

/// The names that are not so already.
fn renamed(history: &History, names: &[NewSubject]) -> Vec<NewSubject> {
    let is_new = |name: &&NewSubject| {
        let case = &history.case;
        case.find(&name.subject()).is_none_or(|(domain, member)| {
            case.members[usize::from(domain.0)][member].name != name.name
        })
    };
    names.iter().filter(is_new).cloned().collect()
}

/// What judged a name that is another one now is owed again, from the day of the correction.
fn renewals(
    history: &History,
    context: &Context,
    command: &Command,
    renamed: &[NewSubject],
    now: Moment,
) -> Vec<Consequence> {
    let case = &history.case;
    let procedure = &case.procedure;
    let command = Command {
        occurred: now,
        ..command.clone()
    };
    let mut owed = Vec::new();
    for name in renamed {
        let Some((domain, member)) = case.find(&name.subject()) else {
            continue;
        };
        let world = Live::of(case, context, member, now);
        let mut recorder = Recorder::new(&world, &command);
        for (fact, declared) in procedure.facts.iter().enumerate() {
            let says_it =
                declared.domain == domain && declared.derived_by.as_deref() == Some(party::NAME);
            if says_it {
                engine::renewed(&world, fact, (domain, member), None, &mut |effect| {
                    recorder.record(effect);
                });
            }
        }
        owed.extend(recorder.consequences);
    }
    owed
}

fn same_owed(one: &Consequence, other: &Consequence) -> bool {
    match (one, other) {
        (
            Consequence::Owed {
                obligation: one, ..
            },
            Consequence::Owed {
                obligation: other, ..
            },
        ) => one == other,
        _ => false,
    }
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
    let mut standing = recorded.clone();
    for entry in &history.entries {
        let Entry::Corrected(later) = entry else {
            continue;
        };
        if (later.of, later.within) != (of, within) {
            continue;
        }
        let mut introduced = std::mem::take(&mut standing.introduced);
        for name in &later.renamed {
            let of_it = |new: &&mut NewSubject| new.kind == name.kind && new.number == name.number;
            if let Some(new) = introduced.iter_mut().find(of_it) {
                new.name.clone_from(&name.name);
            }
        }
        standing = later.act.clone();
        standing.introduced = introduced;
    }
    Some((standing, telling))
}

/// The case before the act, with what was corrected since.
fn before(history: &History, of: u32, within: usize) -> History {
    let mut before = History::new(Arc::clone(&history.case.procedure));
    let taken = |number: u32, taken: &TakeOver, most: usize| {
        let acts = taken.acts.iter().take(most).enumerate();
        Entry::TakenOver(Box::new(TakeOver {
            acts: acts
                .map(|(at, act)| reclocked(history, (number, at), act))
                .collect(),
            ..taken.clone()
        }))
    };
    for (number, entry) in (1..).zip(&history.entries) {
        let entry = match entry {
            Entry::Act(act) if number < of => {
                Entry::Act(Box::new(reclocked(history, (number, 0), act)))
            }
            Entry::TakenOver(all) if number < of => taken(number, all, all.acts.len()),
            Entry::TakenOver(all) if number == of && within > 0 => taken(number, all, within),
            Entry::Corrected(later) if (later.of, later.within) < (of, within) => {
                let mut later = later.clone();
                later
                    .changes
                    .retain(|c| !matches!(c, Consequence::Moved { .. }));
                Entry::Corrected(later)
            }
            Entry::CalendarSettled { .. } | Entry::PartsDestroyed(_) if number < of => {
                entry.clone()
            }
            _ => continue,
        };
        before.push_numbered(number, entry);
    }
    before
}

/// An act with the clocks that it sets going and moves as they were last corrected. A correction itself carries them
/// as they are now, with pauses that began only later.
fn reclocked(history: &History, place: (u32, usize), act: &ActPerformed) -> ActPerformed {
    let mut act = act.clone();
    let last = history.entries.iter().rev().find_map(|entry| match entry {
        Entry::Corrected(later) if (later.of, later.within) == place => Some(&later.act),
        _ => None,
    });
    let Some(last) = last else {
        return act;
    };
    let is_move = |c: &Consequence| matches!(c, Consequence::Moved { .. });
    act.consequences.retain(|c| !is_move(c));
    for consequence in &mut act.consequences {
        if let Consequence::Owed {
            obligation, clock, ..
        } = consequence
        {
            let said = last.consequences.iter().find_map(|c| match c {
                Consequence::Owed {
                    obligation: key,
                    clock,
                    ..
                } if key == obligation => Some(clock),
                _ => None,
            });
            if let Some(said) = said {
                clock.clone_from(said);
            }
        }
    }
    let moves = last.consequences.iter().filter(|c| is_move(c));
    act.consequences.extend(moves.cloned());
    act
}
