//! The own record told as a history: its entries are the evidence.

use std::collections::BTreeMap;

use law::model::{CASE, Domain, RuleIx};

use super::judge::Findings;
use super::{Departure, Judgment, Place, Replay, ToldCase};
use crate::entry::{ActPerformed, Consequence, Entry};

/// What the record itself says of a rule at an entry.
#[derive(Clone, Debug)]
pub(crate) struct Remark {
    rule: RuleIx,
    place: Place,
    /// The departure that was recorded; nothing where a written reason was given, as the rule allows.
    departure: Option<Departure>,
}

impl ToldCase {
    /// Says whose case it is.
    pub fn name_agency(&mut self, name: &str) {
        self.agency = Some(name.to_owned());
    }

    /// Says that the whole dossier is told: what is not told did not happen.
    pub fn is_all(&mut self) {
        self.is_complete = true;
    }
}

impl Replay<'_> {
    /// What the entries of a case tell. In a case taken over, what nobody wrote down is unknown rather than absent.
    pub fn own(&self, entries: &[Entry], is_open: bool) -> ToldCase {
        // An act as it was corrected stands in the place of what was recorded first.
        let mut acts: BTreeMap<(u32, usize), &ActPerformed> = BTreeMap::new();
        let mut is_complete = true;
        for (number, entry) in (1..).zip(entries) {
            match entry {
                Entry::Act(act) => {
                    acts.insert((number, 0), act);
                }
                Entry::TakenOver(taken) => {
                    is_complete = false;
                    let within = taken.acts.iter().enumerate();
                    acts.extend(within.map(|(within, act)| ((number, within), act)));
                }
                Entry::Corrected(correction) => {
                    acts.insert((correction.of, correction.within), &correction.act);
                }
                Entry::CalendarSettled { .. } | Entry::PartsDestroyed(_) => {}
            }
        }
        let mut told = ToldCase {
            is_complete,
            is_open,
            ..ToldCase::default()
        };
        for ((entry, _), act) in acts {
            self.tell_performed(&mut told, act, &Place::Entry { entry });
        }
        told
    }

    fn tell_performed(&self, told: &mut ToldCase, act: &ActPerformed, place: &Place) {
        let Some(event) = self.event_named(&act.event) else {
            let problem = format!("{place}：现在的规则里没有行为“{}”", act.event);
            return told.problems.push(problem);
        };
        let member = |number: u32| usize::try_from(number.saturating_sub(1)).unwrap_or(0);
        for new in &act.introduced {
            let kind = self
                .procedure
                .subjects
                .iter()
                .position(|it| it.id == new.kind);
            if let Some(domain) = kind.and_then(|at| u8::try_from(at).ok()) {
                told.knows_of(Domain(domain), member(new.number));
            }
        }
        let mut facts = Vec::new();
        for (key, json) in &act.facts {
            let (id, number) = match key.split_once('#') {
                Some((id, number)) => (id, number.parse().unwrap_or(1)),
                None => (key.as_str(), act.subject.number),
            };
            let Some(fact) = self.fact_named(id) else {
                continue;
            };
            match self.procedure.facts[fact].from_json(json) {
                Ok(value) => {
                    let of = member(number);
                    self.tell_fact(told, fact, of, value.clone(), place);
                    // What is said of newcomers is not said by the act of its own subject.
                    if !key.contains('#') {
                        facts.push((fact, value));
                    }
                }
                Err(error) => told.problems.push(format!("{place}：{error}")),
            }
        }
        let phase = self.phase(event);
        let name = &self.procedure.events[event].name;
        let shown = super::Shown {
            what: format!("【{name}】"),
            on: Some(act.occurred),
            place: place.clone(),
        };
        for consequence in &act.consequences {
            let Consequence::DefectKept { rule, .. } = consequence else {
                continue;
            };
            if let Some(rule) = self.procedure.rule(rule) {
                let edge = self.procedure.defects.iter();
                let defect = edge.clone().find(|it| it.rule == rule && it.event == event);
                let named = defect.map_or("与规则不符", |it| it.name.as_str());
                told.remarks.push(Remark {
                    rule,
                    place: place.clone(),
                    departure: Some(Departure {
                        reason: format!("【{name}】{}：登记时记为瑕疵：{named}", act.occurred),
                        phase: phase.clone(),
                        by: self.responsible(event),
                        shown: vec![shown.clone()],
                    }),
                });
            }
        }
        for (rule, reason) in &act.reasons {
            if let Some(rule) = self.procedure.rule(rule)
                && !reason.trim().is_empty()
            {
                told.remarks.push(Remark {
                    rule,
                    place: place.clone(),
                    departure: None,
                });
            }
        }
        let of = match self.procedure.events[event].domain {
            CASE => 0,
            _ => member(act.subject.number),
        };
        self.tell_act(told, event, of, Some(act.occurred), facts, place);
    }

    /// Puts what the record itself says to what was found.
    pub(super) fn remarked(&self, told: &ToldCase, findings: &mut Findings) {
        for remark in &told.remarks {
            match &remark.departure {
                // The same departure is not told twice.
                Some(_) if findings.departs_at(remark.rule, &remark.place) => {}
                Some(departure) => findings.depart(remark.rule, departure.clone()),
                None => findings.excuse(remark.rule, &remark.place),
            }
        }
    }
}

impl Findings {
    /// A written reason was given at this place, as the rule allows.
    fn excuse(&mut self, rule: RuleIx, place: &Place) {
        let Some(found) = self.0.get_mut(&rule) else {
            return;
        };
        if found.judgment != Judgment::Departed {
            return;
        }
        let is_there = |it: &Departure| it.shown.first().is_some_and(|it| it.place == *place);
        found.departures.retain(|it| !is_there(it));
        match found.departures.first() {
            Some(departure) => found.reason.clone_from(&departure.reason),
            None => {
                found.judgment = Judgment::Kept;
                found.reason = format!("{place}已写明理由");
            }
        }
    }

    fn departs_at(&self, rule: RuleIx, place: &Place) -> bool {
        let departures = self.0.get(&rule).map_or(&[][..], |it| &it.departures);
        let mut shown = departures.iter().filter_map(|it| it.shown.first());
        shown.any(|shown| shown.place == *place)
    }
}
