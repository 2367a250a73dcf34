//! A history done over: each act decided again, in its order, under other rules or another agency layer.
//!
//! What an entry says came of an act is kept for ever; so whoever wants to know what other rules would have made of a case
//! decides its acts once more. Corrections are taken as they stand, and clocks are counted by the calendar at hand.

use crate::command::{Command, NewMember};
use crate::context::Context;
use crate::correct::standing_act;
use crate::decide::{History, Telling, drafted};
use crate::entry::{ActPerformed, Entry};
use law::model::{CASE, Domain, Procedure};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vocabulary::Moment;

/// A history done over.
#[derive(Clone, Debug)]
pub struct Retraced {
    /// With what would have come of each act.
    pub history: History,
    /// The acts that would not have been lawful as they were done.
    pub refused: Vec<RefusedAct>,
}

/// An act that would have been refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedAct {
    /// The number of its entry, from 1.
    pub entry: u32,
    /// Its place within a take-over; 0 for an act of its own.
    pub within: usize,
    /// Its name.
    pub act: String,
    /// Why, with statute and article.
    pub why: String,
}

/// Does the acts of a history over. An act that would have been refused is done all the same, as one that happened.
pub fn retrace(
    history: &History,
    procedure: &Arc<Procedure>,
    context: &Context,
    now: Moment,
) -> Retraced {
    let mut again = Retraced {
        history: History::new(Arc::clone(procedure)),
        refused: Vec::new(),
    };
    for (number, entry) in (1..).zip(&history.entries) {
        match entry {
            Entry::Act(_) => again.act(history, (number, 0), Telling::Daily, (context, now)),
            Entry::TakenOver(taken) => {
                for within in 0..taken.acts.len() {
                    again.act(
                        history,
                        (number, within),
                        Telling::TakenOver,
                        (context, now),
                    );
                }
            }
            // What was corrected stands in its place already; a calendar that came later is counted by from the beginning.
            Entry::Corrected(_) | Entry::CalendarSettled { .. } | Entry::PartsDestroyed(_) => {}
        }
    }
    again
}

impl Retraced {
    fn act(
        &mut self,
        history: &History,
        (entry, within): (u32, usize),
        telling: Telling,
        (context, now): (&Context, Moment),
    ) {
        let Some(recorded) = standing_act(history, entry, within) else {
            return;
        };
        let procedure = Arc::clone(&self.history.case.procedure);
        let mut refuse = |why: String| {
            let event = procedure.event(&recorded.event);
            let name = event.map_or(recorded.event.as_str(), |event| {
                procedure.events[event].name.as_str()
            });
            self.refused.push(RefusedAct {
                entry,
                within,
                act: name.to_owned(),
                why,
            });
        };
        let command = match command(&procedure, &recorded) {
            Ok(command) => command,
            Err(unknown) => {
                refuse(format!("规则里没有“{unknown}”"));
                self.history.push(Entry::Act(Box::new(recorded)));
                return;
            }
        };
        let mut done = drafted(&self.history, context, &command, now, telling);
        if let Err(refusal) = &done {
            refuse(refusal.to_string());
            done = drafted(&self.history, context, &command, now, Telling::TakenOver);
        }
        let act = done.map_or_else(
            |_| recorded.clone(),
            |act| ActPerformed {
                recorder: recorded.recorder.clone(),
                follows: recorded.follows.clone(),
                ..act
            },
        );
        self.history.push(Entry::Act(Box::new(act)));
    }
}

/// The command that an act was; else what of it the procedure does not know.
fn command(procedure: &Procedure, act: &ActPerformed) -> Result<Command, String> {
    let event = procedure
        .event(&act.event)
        .ok_or_else(|| act.event.clone())?;
    let mut command = Command::new(event, act.subject.number, act.occurred);
    for participant in &act.people {
        let role = procedure
            .roles
            .iter()
            .position(|role| role.id == participant.role);
        let role = role.ok_or_else(|| participant.role.clone())?;
        command.people.push((role, participant.person.clone()));
    }
    for new in &act.introduced {
        let kind = procedure
            .subjects
            .iter()
            .position(|kind| kind.id == new.kind);
        let domain = kind.and_then(|kind| u8::try_from(kind).ok()).map(Domain);
        let domain = domain.filter(|domain| *domain != CASE);
        command.introduces.push(NewMember {
            domain: domain.ok_or_else(|| new.kind.clone())?,
            number: new.number,
            name: new.name.clone(),
            facts: Vec::new(),
        });
    }
    for (key, json) in &act.facts {
        let (id, of) = match key.split_once('#') {
            Some((id, number)) => (id, number.parse::<u32>().ok()),
            None => (key.as_str(), None),
        };
        let fact = procedure.fact(id).ok_or_else(|| id.to_owned())?;
        let declared = &procedure.facts[fact];
        let value = declared
            .from_json(json)
            .map_err(|_| declared.name.clone())?;
        let newcomers = &mut command.introduces;
        let newcomer = newcomers
            .iter_mut()
            .find(|new| Some(new.number) == of && new.domain == declared.domain);
        match (key.contains('#'), newcomer) {
            (true, Some(newcomer)) => newcomer.facts.push((fact, value)),
            // Said of somebody whom this act did not bring in: nothing to do over.
            (true, None) => {}
            (false, _) => command.facts.push((fact, value)),
        }
    }
    command.reasons.clone_from(&act.reasons);
    command.files.clone_from(&act.files);
    Ok(command)
}
