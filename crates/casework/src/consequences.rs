//! From what the engine says an act brings about to what its entry carries: ids, clocks with their dates.

use law::engine::{Effect, World};
use law::fact::Value;
use law::model::{Base, CASE, FactIx, PeriodRef, Procedure, RuleIx};
use law::time::{Pause, due, extended};
use law::truth::Truth;
use vocabulary::Moment;

use crate::command::Command;
use crate::context::Context;
use crate::entry::{Clock, Consequence};
use crate::live::Live;
use crate::refusal::{Ground, GroundKind};

pub(crate) struct Recorder<'a> {
    world: &'a Live<'a>,
    command: &'a Command,
    pub(crate) consequences: Vec<Consequence>,
    pub(crate) undetermined: Vec<Ground>,
    /// The act repeats what had a defect and cures it.
    cures_itself: bool,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(world: &'a Live<'a>, command: &'a Command) -> Recorder<'a> {
        Recorder {
            world,
            command,
            consequences: Vec::new(),
            undetermined: Vec::new(),
            cures_itself: false,
        }
    }

    fn event_id(&self, event: usize) -> String {
        self.world.procedure().events[event].id.clone()
    }

    fn subject(&self, event: usize, member: usize) -> crate::entry::SubjectId {
        self.world
            .case
            .subject(self.world.procedure().events[event].domain, member)
    }

    fn clock(&self, period: Option<PeriodRef>, base: Base, member: usize) -> Option<Clock> {
        let world = self.world;
        let (period, confirmed) = world.procedure().period(period?, world.agency())?;
        let base = match base {
            Base::Act => self.command.occurred,
            Base::Fact(fact) => {
                match world.fact(fact, fact_member(world.procedure(), fact, member))? {
                    Value::Date(day) => Moment::from(*day),
                    Value::Moment(moment) => *moment,
                    _ => return None,
                }
            }
        };
        let calendar = &world.context.calendar;
        let end = due(calendar, period, base, &[]).ok();
        Some(Clock {
            base,
            period,
            due: end.map(|end| end.at),
            provisional: end.is_some_and(|end| end.provisional),
            confirmed,
            calendar: calendar.edition().to_owned(),
            pauses: Vec::new(),
            extensions: Vec::new(),
        })
    }

    pub(crate) fn record(&mut self, effect: Effect) {
        let world = self.world;
        let procedure = world.procedure();
        let consequence = match effect {
            Effect::Discharged { response, member } => {
                let obligation = world.case.owed[response]
                    .get(member)
                    .and_then(Option::as_ref);
                let due = obligation
                    .and_then(|o| o.clock.as_ref())
                    .and_then(|clock| clock.due);
                let late = due.is_some_and(|due| is_after(self.command.occurred, due));
                Consequence::Met {
                    obligation: world.case.obligation_key(response, member),
                    late,
                }
            }
            Effect::Executed { event, member } => Consequence::Done {
                event: self.event_id(event),
                subject: self.subject(event, member),
            },
            Effect::Excluded { event, member } => Consequence::Excluded {
                event: self.event_id(event),
                subject: self.subject(event, member),
            },
            Effect::Included { event, member } => Consequence::Included {
                event: self.event_id(event),
                subject: self.subject(event, member),
            },
            Effect::Reopened { event, member } => Consequence::Reopened {
                event: self.event_id(event),
                subject: self.subject(event, member),
            },
            Effect::Opened { window, member } => {
                let edge = &procedure.windows[window];
                Consequence::Opened {
                    rule: procedure.rules[edge.rule].id.clone(),
                    event: self.event_id(edge.target),
                    subject: self.subject(edge.target, member),
                    clock: self.clock(Some(edge.period), edge.base, member),
                }
            }
            Effect::Owed {
                response,
                member,
                certainty,
            } => {
                let edge = &procedure.responses[response];
                if certainty == Truth::Unknown {
                    self.undetermined.push(self.missing_for(response));
                }
                // Owed already: the earlier clock runs on, unless it ran from a doing that is cured only now.
                if !self.cures_itself
                    && world.case.owed[response]
                        .get(member)
                        .is_some_and(Option::is_some)
                    && !self.just_met(response, member)
                {
                    return;
                }
                Consequence::Owed {
                    obligation: world.case.obligation_key(response, member),
                    clock: self.clock(edge.period, edge.base, member),
                    undetermined: certainty == Truth::Unknown,
                }
            }
            Effect::Paused { pause, .. } => {
                let edge = &procedure.pauses[pause];
                let from = self.command.occurred.day;
                return self.move_clocks(edge.of, &procedure.rules[edge.rule].id, &|clock| {
                    if clock.pauses.last().is_none_or(|p| p.until.is_some()) {
                        clock.pauses.push(Pause { from, until: None });
                    }
                });
            }
            Effect::Resumed { pause, .. } => {
                let edge = &procedure.pauses[pause];
                let until = self.command.occurred.day;
                return self.move_clocks(edge.of, &procedure.rules[edge.rule].id, &|clock| {
                    if let Some(last) = clock.pauses.last_mut()
                        && last.until.is_none()
                    {
                        last.until = Some(until.max(last.from));
                    }
                });
            }
            Effect::Extended { extension, .. } => {
                let edge = &procedure.extensions[extension];
                let Some((by, _)) = procedure.period(edge.by, world.agency()) else {
                    return;
                };
                let most = edge.most as usize;
                return self.move_clocks(edge.of, &procedure.rules[edge.rule].id, &|clock| {
                    if clock.extensions.len() < most {
                        clock.extensions.push(by);
                    }
                });
            }
            Effect::DefectKept { defect, member } => {
                let spec = &procedure.defects[defect];
                Consequence::DefectKept {
                    rule: procedure.rules[spec.rule].id.clone(),
                    event: self.event_id(spec.event),
                    subject: self.subject(spec.event, member),
                }
            }
            Effect::Cured { defect, member } => {
                let spec = &procedure.defects[defect];
                self.cures_itself |= spec.event == self.command.event;
                Consequence::DefectCured {
                    rule: procedure.rules[spec.rule].id.clone(),
                    event: self.event_id(spec.event),
                    subject: self.subject(spec.event, member),
                }
            }
        };
        self.consequences.push(consequence);
    }

    fn just_met(&self, response: usize, member: usize) -> bool {
        let key = self.world.case.obligation_key(response, member);
        self.consequences
            .iter()
            .any(|c| matches!(c, Consequence::Met { obligation, .. } if *obligation == key))
    }

    /// Changes the clocks of a rule that run for the act's subject, or for all where the act is the case's.
    fn move_clocks(&mut self, rule: RuleIx, by: &str, change: &dyn Fn(&mut Clock)) {
        let world = self.world;
        let procedure = world.procedure();
        let own = procedure.events[self.command.event].domain;
        for (response, edge) in procedure
            .responses
            .iter()
            .enumerate()
            .filter(|(_, edge)| edge.rule == rule)
        {
            for (member, obligation) in world.case.owed[response].iter().enumerate() {
                if own != CASE && edge.domain == own && member != world.member {
                    continue;
                }
                let Some(clock) = obligation.as_ref().and_then(|o| o.clock.as_ref()) else {
                    continue;
                };
                let mut moved = clock.clone();
                change(&mut moved);
                recount(&mut moved, world.context);
                if moved != *clock {
                    let obligation = world.case.obligation_key(response, member);
                    self.consequences.push(Consequence::Moved {
                        obligation,
                        clock: moved,
                        by: by.to_owned(),
                    });
                }
            }
        }
    }

    fn missing_for(&self, response: usize) -> Ground {
        let procedure = self.world.procedure();
        let edge = &procedure.responses[response];
        let rule = &procedure.rules[edge.rule];
        let mut names = Vec::new();
        if let Some(when) = &edge.when {
            for fact in when.facts() {
                let domain = procedure.facts[fact].domain;
                let member = if domain == CASE { 0 } else { self.world.member };
                if procedure.facts[fact].derived_by.is_none()
                    && self.world.fact(fact, member).is_none()
                {
                    names.push(procedure.facts[fact].name.as_str());
                }
            }
        }
        let text = format!(
            "还缺“{}”，不能判断{}是否适用。{}",
            names.join("”“"),
            edge.text,
            rule.basis
        );
        Ground {
            kind: GroundKind::FactMissing,
            rule: Some(rule.id.clone()),
            rows: rule.rows.clone(),
            field: None,
            text,
        }
    }
}

fn fact_member(procedure: &Procedure, fact: FactIx, member: usize) -> usize {
    if procedure.facts[fact].domain == CASE {
        0
    } else {
        member
    }
}

/// Whether a moment lies after a due date; a due day lasts until 24:00.
pub fn is_after(at: Moment, due: Moment) -> bool {
    match due.minute {
        Some(_) => at > due,
        None => at.day > due.day,
    }
}

/// Counts a clock again from its base, pauses and extensions under the context's calendar.
pub fn recount(clock: &mut Clock, context: &Context) {
    let calendar = &context.calendar;
    let mut end = due(calendar, clock.period, clock.base, &clock.pauses);
    for by in &clock.extensions {
        end = end.and_then(|end| extended(calendar, end, *by));
    }
    clock.due = end.as_ref().ok().map(|end| end.at);
    clock.provisional = end.is_ok_and(|end| end.provisional);
    clock.calendar = calendar.edition().to_owned();
}
