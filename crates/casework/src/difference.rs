//! What a correction changes: the difference between what an act brought about and what it would have brought about.
//!
//! Nothing that came later is judged again. Where a later entry spoke of the same thing, what it said stands.

use std::collections::{BTreeMap, BTreeSet};

use law::engine;
use law::model::{CASE, EventIx, FactIx};
use law::time::Pause;
use vocabulary::{Day, Moment};

use crate::case::{Case, Obligation};
use crate::command::Command;
use crate::consequences::{Recorder, recount};
use crate::context::Context;
use crate::decide::History;
use crate::entry::{ActPerformed, Clock, Consequence, Entry, ObligationKey, SubjectId};
use crate::live::Live;

/// A correction at hand.
pub(crate) struct Difference<'a> {
    /// The case as it is now.
    pub(crate) history: &'a History,
    /// The case before the act.
    pub(crate) before: &'a Case,
    /// What is read besides.
    pub(crate) context: &'a Context,
    /// The act as it should have been.
    pub(crate) command: &'a Command,
    /// Its entry, and which of the acts of that entry.
    pub(crate) place: (u32, usize),
    /// As it stands.
    pub(crate) old: &'a ActPerformed,
    /// As it should have been.
    pub(crate) new: &'a ActPerformed,
    /// When it is corrected.
    pub(crate) now: Moment,
}

impl Difference<'_> {
    /// What the correction changes in the case as it is now.
    pub(crate) fn changes(&self) -> Vec<Consequence> {
        let later = self.later();
        let mut changes = Vec::new();
        self.flows(&later, &mut changes);
        self.obligations(&later, &mut changes);
        self.pauses(&mut changes);
        self.windows_and_defects(&later, &mut changes);
        self.renewals(&mut changes);
        changes
    }

    fn case(&self) -> &Case {
        &self.history.case
    }

    /// What later acts brought about, as they stand, and what other corrections made owed.
    fn later(&self) -> Vec<&Consequence> {
        let mut standing: BTreeMap<(u32, usize), &[Consequence]> = BTreeMap::new();
        let mut renewed = Vec::new();
        for (number, entry) in (1..).zip(&self.history.entries) {
            match entry {
                Entry::Act(act) => {
                    standing.insert((number, 0), &act.consequences);
                }
                Entry::TakenOver(taken) => {
                    for (within, act) in taken.acts.iter().enumerate() {
                        standing.insert((number, within), &act.consequences);
                    }
                }
                Entry::Corrected(other) => {
                    standing.insert((other.of, other.within), &other.act.consequences);
                    if (other.of, other.within) != self.place {
                        let owed = |c: &&Consequence| matches!(c, Consequence::Owed { .. });
                        renewed.extend(other.changes.iter().filter(owed));
                    }
                }
                Entry::CalendarSettled { .. } | Entry::PartsDestroyed(_) => {}
            }
        }
        let acts = standing.iter().filter(|(place, _)| **place > self.place);
        acts.flat_map(|(_, all)| all.iter())
            .chain(renewed)
            .collect()
    }

    /// Whether one of these events was done for the member after the act, in the order of recording.
    fn is_done_since(&self, events: &[EventIx], member: usize) -> bool {
        let procedure = &self.case().procedure;
        self.case().history.iter().any(|done| {
            (done.entry, done.within) > self.place
                && events.contains(&done.event)
                && (procedure.events[done.event].domain == CASE || done.member == member)
        })
    }

    fn event(&self, event: &str, subject: &SubjectId) -> Option<(EventIx, usize)> {
        let event = self.case().procedure.event(event)?;
        let (domain, member) = self.case().find(subject)?;
        (self.case().procedure.events[event].domain == domain).then_some((event, member))
    }

    /// What falls out of play and what comes back.
    fn flows(&self, later: &[&Consequence], changes: &mut Vec<Consequence>) {
        let both = self.old.consequences.iter().chain(&self.new.consequences);
        let places: BTreeSet<(&String, &SubjectId)> = both.filter_map(flow_place).collect();
        for (event, subject) in places {
            let Some((ix, member)) = self.event(event, subject) else {
                continue;
            };
            let mut spoken = later.iter().filter_map(|c| flow_place(c));
            if spoken.any(|place| place == (event, subject)) {
                continue;
            }
            let in_play = |all: &[Consequence]| {
                let of_it = |c: &&Consequence| flow_place(c) == Some((event, subject));
                all.iter()
                    .rev()
                    .find(of_it)
                    .map(|c| matches!(c, Consequence::Included { .. }))
            };
            let stood = self
                .before
                .find(subject)
                .and_then(|(_, member)| self.before.mark(ix, member))
                .map_or(self.case().procedure.act_of(ix).starts_included, |mark| {
                    mark.included
                });
            let was = in_play(&self.old.consequences).unwrap_or(stood);
            let said = in_play(&self.new.consequences);
            let is = said.unwrap_or(stood);
            let mark = self.case().mark(ix, member);
            // What was done meanwhile was done: taking it out of play would say nothing.
            let was_done = !is && said.is_none() && mark.is_some_and(|mark| mark.count > 0);
            if was == is || mark.is_none_or(|mark| mark.included == is) || was_done {
                continue;
            }
            let (event, subject) = (event.clone(), subject.clone());
            changes.push(if is {
                Consequence::Included { event, subject }
            } else {
                Consequence::Excluded { event, subject }
            });
        }
    }

    /// What is owed no longer, what is owed now, and which clocks count from another day.
    fn obligations(&self, later: &[&Consequence], changes: &mut Vec<Consequence>) {
        let is_later = |key: &ObligationKey| later.iter().any(|c| owed_key(c) == Some(key));
        for key in self.old.consequences.iter().filter_map(owed_key) {
            let is_new = self
                .new
                .consequences
                .iter()
                .any(|c| owed_key(c) == Some(key));
            let is_running = running(self.case(), key).is_some();
            // What was owed before the act is owed without it, unless the act itself meets it.
            let was_owed = running(self.before, key).is_some() && !self.is_met_by_the_act(key);
            if !is_new && is_running && !was_owed && !is_later(key) {
                changes.push(Consequence::Released {
                    obligation: key.clone(),
                });
            }
        }
        for is in &self.new.consequences {
            let Consequence::Owed {
                obligation: key,
                clock,
                undetermined,
            } = is
            else {
                continue;
            };
            if is_later(key) {
                continue;
            }
            let was = self
                .old
                .consequences
                .iter()
                .find(|c| owed_key(c) == Some(key));
            match (was, running(self.case(), key)) {
                (Some(was), Some(running)) if was != is => {
                    changes.extend(self.carried(key, clock.as_ref(), *undetermined, running));
                }
                (None, None) => {
                    let met = |(response, member): (usize, usize)| {
                        let targets = &self.case().procedure.responses[response].targets;
                        self.is_done_since(targets, member)
                    };
                    if !self.case().find_obligation(key).is_some_and(met) {
                        changes.push(is.clone());
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether the act is one of those that meet an obligation, for whom it is owed.
    fn is_met_by_the_act(&self, key: &ObligationKey) -> bool {
        let case = self.case();
        let event = self.command.event;
        let domain = case.procedure.events[event].domain;
        let own = case.member(domain, self.command.number);
        case.find_obligation(key).is_some_and(|(response, member)| {
            let meets = case.procedure.responses[response].targets.contains(&event);
            meets && (domain == CASE || own == Some(member))
        })
    }

    /// A running obligation under its corrected clock, with the pauses and extensions that it has had since.
    fn carried(
        &self,
        key: &ObligationKey,
        clock: Option<&Clock>,
        undetermined: bool,
        running: &Obligation,
    ) -> Option<Consequence> {
        let mut clock = clock.cloned();
        if let (Some(clock), Some(had)) = (&mut clock, &running.clock) {
            clock.pauses.clone_from(&had.pauses);
            clock.extensions.clone_from(&had.extensions);
            recount(clock, self.context);
        }
        if clock == running.clock && undetermined == running.undetermined {
            return None;
        }
        let obligation = key.clone();
        Some(match clock {
            Some(clock) if running.clock.is_some() && undetermined == running.undetermined => {
                moved(obligation, clock)
            }
            clock => Consequence::Owed {
                obligation,
                clock,
                undetermined,
            },
        })
    }

    /// A pause that began or ended on another day, or never; a prolongation that was none.
    fn pauses(&self, changes: &mut Vec<Consequence>) {
        let both = self.old.consequences.iter().chain(&self.new.consequences);
        let keys: BTreeSet<&ObligationKey> = both
            .filter_map(|c| match c {
                Consequence::Moved { obligation, .. } => Some(obligation),
                _ => None,
            })
            .collect();
        for key in keys {
            let stood = running(self.before, key).and_then(|owed| owed.clock.as_ref());
            let told = |act: &ActPerformed| last_moved(&act.consequences, key).or(stood).cloned();
            let pending = last_moved(changes, key);
            let now = running(self.case(), key).and_then(|owed| owed.clock.as_ref());
            let (Some(was), Some(is), Some(now)) =
                (told(self.old), told(self.new), pending.or(now))
            else {
                continue;
            };
            let mut clock = now.clone();
            shift(&mut clock.pauses, &was.pauses, &is.pauses);
            for pause in clock.pauses.iter_mut().skip(was.pauses.len()) {
                let ended = pause.until.or_else(|| self.ended_since(key, pause.from));
                pause.until = ended.map(|until| until.max(pause.from));
            }
            let (had, has) = (was.extensions.len(), is.extensions.len());
            if has < had {
                clock
                    .extensions
                    .truncate(clock.extensions.len().saturating_sub(had - has));
            } else {
                clock.extensions.extend(is.extensions.iter().skip(had));
            }
            if (&clock.pauses, &clock.extensions) == (&now.pauses, &now.extensions) {
                continue;
            }
            recount(&mut clock, self.context);
            changes.push(moved(key.clone(), clock));
        }
    }

    /// The day on which a later act ended the pause that this act begins, had it begun.
    fn ended_since(&self, key: &ObligationKey, from: Day) -> Option<Day> {
        let procedure = &self.case().procedure;
        let by = self.new.consequences.iter().find_map(|c| match c {
            Consequence::Moved { obligation, by, .. } if obligation == key => Some(by),
            _ => None,
        })?;
        let ends = |event: EventIx| {
            let mut pauses = procedure.index.pauses_until[event].iter();
            pauses.any(|pause| procedure.rules[procedure.pauses[*pause].rule].id == *by)
        };
        let (_, member) = self.case().find(&key.subject)?;
        let later = self.case().history.iter().filter(|done| {
            (done.entry, done.within) > self.place
                && done.occurred.day >= from
                && (procedure.events[done.event].domain == CASE || done.member == member)
        });
        later
            .filter(|done| ends(done.event))
            .map(|done| done.occurred.day)
            .min()
    }

    fn windows_and_defects(&self, later: &[&Consequence], changes: &mut Vec<Consequence>) {
        for was in &self.old.consequences {
            let is_gone = matches!(was, Consequence::DefectKept { .. })
                && !self.new.consequences.contains(was)
                && !later.contains(&was);
            if let Consequence::DefectKept {
                rule,
                event,
                subject,
            } = was
                && is_gone
            {
                changes.push(Consequence::DefectCured {
                    rule: rule.clone(),
                    event: event.clone(),
                    subject: subject.clone(),
                });
            }
        }
        for is in &self.new.consequences {
            if self.old.consequences.contains(is) {
                continue;
            }
            let is_wanted = match is {
                Consequence::Opened { .. } => {
                    let place = window_place(is);
                    !later.iter().any(|c| window_place(c) == place)
                }
                Consequence::Reopened { event, subject } => {
                    let place = self.event(event, subject);
                    place.is_some_and(|(event, member)| !self.is_done_since(&[event], member))
                }
                Consequence::DefectKept { event, subject, .. } => {
                    let place = self.event(event, subject);
                    // A later act that has the same defect says since when.
                    !later.contains(&is)
                        && place.is_some_and(|(_, member)| !self.is_cured_since(is, member))
                }
                Consequence::DefectCured { .. } => true,
                _ => false,
            };
            if is_wanted {
                changes.push(is.clone());
            }
        }
    }

    fn is_cured_since(&self, kept: &Consequence, member: usize) -> bool {
        let Consequence::DefectKept { rule, event, .. } = kept else {
            return false;
        };
        let procedure = &self.case().procedure;
        let index = procedure.defects.iter().position(|defect| {
            procedure.rules[defect.rule].id == *rule && procedure.events[defect.event].id == *event
        });
        let cures = |event: EventIx| {
            index.is_some_and(|index| procedure.index.defects_cured[event].contains(&index))
        };
        let events: Vec<EventIx> = (0..procedure.events.len()).filter(|e| cures(*e)).collect();
        self.is_done_since(&events, member)
    }

    fn is_said_later(&self, fact: FactIx, member: usize) -> bool {
        let case = self.case();
        let is_of_all = case.procedure.facts[fact].domain == CASE;
        case.history
            .iter()
            .filter(|done| (done.entry, done.within) > self.place)
            .filter(|done| is_of_all || done.member == member)
            .any(|done| done.facts.iter().any(|(said, _)| *said == fact))
    }

    /// What judged a fact that is corrected now is owed again, from the day of the correction.
    fn renewals(&self, changes: &mut Vec<Consequence>) {
        let case = self.case();
        let domain = case.procedure.events[self.command.event].domain;
        let Some(member) = case.member(domain, self.command.number) else {
            return;
        };
        let mut command = self.command.clone();
        command.occurred = self.now;
        // What another act said later is the value now.
        command
            .facts
            .retain(|(fact, _)| !self.is_said_later(*fact, member));
        let world = Live {
            command: Some(&command),
            ..Live::of(case, self.context, member, self.now)
        };
        let mut recorder = Recorder::new(&world, &command);
        engine::renewals(&world, command.event, member, &mut |effect| {
            recorder.record(effect)
        });
        for consequence in recorder.consequences {
            let known = owed_key(&consequence)
                .is_some_and(|key| changes.iter().any(|c| owed_key(c) == Some(key)));
            if !known {
                changes.push(consequence);
            }
        }
    }
}

fn moved(obligation: ObligationKey, clock: Clock) -> Consequence {
    Consequence::Moved {
        obligation,
        clock,
        by: "correction".to_owned(),
    }
}

fn running<'c>(case: &'c Case, key: &ObligationKey) -> Option<&'c Obligation> {
    let (response, member) = case.find_obligation(key)?;
    case.owed[response].get(member)?.as_ref()
}

fn owed_key(consequence: &Consequence) -> Option<&ObligationKey> {
    match consequence {
        Consequence::Owed { obligation, .. } => Some(obligation),
        _ => None,
    }
}

fn flow_place(consequence: &Consequence) -> Option<(&String, &SubjectId)> {
    match consequence {
        Consequence::Excluded { event, subject } | Consequence::Included { event, subject } => {
            Some((event, subject))
        }
        _ => None,
    }
}

fn window_place(consequence: &Consequence) -> Option<(&String, &String, &SubjectId)> {
    match consequence {
        Consequence::Opened {
            rule,
            event,
            subject,
            ..
        } => Some((rule, event, subject)),
        _ => None,
    }
}

fn last_moved<'c>(all: &'c [Consequence], key: &ObligationKey) -> Option<&'c Clock> {
    all.iter().rev().find_map(|c| match c {
        Consequence::Moved {
            obligation, clock, ..
        } if obligation == key => Some(clock),
        _ => None,
    })
}

/// Brings the difference between two lists of pauses into a third that went on from the first.
fn shift(pauses: &mut Vec<Pause>, was: &[Pause], is: &[Pause]) {
    for at in (0..was.len().max(is.len())).rev() {
        match (was.get(at), is.get(at)) {
            (Some(was), Some(is)) => {
                if let Some(pause) = pauses.get_mut(at) {
                    if was.from != is.from {
                        pause.from = is.from;
                    }
                    if was.until != is.until {
                        pause.until = is.until;
                    }
                    pause.until = pause.until.map(|until| until.max(pause.from));
                }
            }
            (Some(_), None) if at < pauses.len() => {
                pauses.remove(at);
            }
            (None, Some(is)) => pauses.insert(at.min(pauses.len()), *is),
            _ => {}
        }
    }
}
