//! The obligations of a history: what was owed, by when, and whether it was done.

use law::engine::{self, Scope, World};
use law::fact::Value;
use law::model::{Base, CASE, EventIx, ResponseEdge, RuleIx, Trigger};
use law::time::{Code, Period, Unit, due, natural_days_between, working_days_between};
use law::truth::Truth;
use vocabulary::{Day, Moment};

use super::judge::Findings;
use super::shown::{Departure, Shown};
use super::world::Told;
use super::{Judgment, Replay, ToldAct, ToldCase};
use crate::decide::is_after;

/// An obligation as an act set it off.
struct Owed<'t> {
    edge: &'t ResponseEdge,
    /// For whom.
    member: usize,
    /// What set it off, and when.
    act: &'t ToldAct,
    on: Moment,
    /// What met it.
    met: Option<&'t ToldAct>,
    /// Whether it was owed at all.
    holds: Truth,
}

impl Replay<'_> {
    /// An obligation: set off when, met when, by when.
    pub(super) fn deadline(
        &self,
        world: &Told<'_>,
        told: &ToldCase,
        edge: &ResponseEdge,
        findings: &mut Findings,
    ) {
        let procedure = self.procedure;
        let Trigger::After(trigger) = edge.trigger else {
            return;
        };
        let members = world.members(edge.domain);
        for member in 0..members {
            let of = |event: EventIx| {
                if procedure.events[event].domain == CASE {
                    0
                } else {
                    member
                }
            };
            let done = |event: EventIx| {
                told.acts
                    .iter()
                    .filter(move |a| a.event == event && a.member == of(event))
            };
            let met = |after: Option<Moment>| {
                let all = edge.targets.iter().flat_map(|target| done(*target));
                all.filter(|act| {
                    act.on.is_none() || act.on.map(|on| on.day) >= after.map(|after| after.day)
                })
                .min_by_key(|act| (act.on.is_none(), act.on))
            };
            let scope = Scope {
                target: (edge.domain, member),
                source: (procedure.events[trigger].domain, of(trigger)),
            };
            let holds = |on: Moment| {
                world.stand_at(told.acts.len(), on);
                let holds = |when| engine::holds(world, when, &scope).truth;
                edge.when.as_ref().map_or(Truth::True, holds)
            };
            // Whatever its day, it was not owed: neither long ago nor now.
            let long_ago = Day::from_number(0).unwrap_or(self.today);
            let never = |day: Day| holds(Moment::from(day)) == Truth::False;
            let is_owed_never = || never(self.today) && never(long_ago);
            if done(trigger).next().is_none() {
                let target = edge
                    .targets
                    .iter()
                    .find(|target| done(**target).next().is_some());
                if !told.is_complete
                    && edge.period.is_some()
                    && target.is_some()
                    && !is_owed_never()
                {
                    let name = &procedure.events[trigger].name;
                    findings.note(edge.rule, Judgment::CannotBeJudged, || {
                        format!("缺【{name}】的日期")
                    });
                }
                continue;
            }
            for act in done(trigger) {
                let Some(on) = act.on else {
                    if is_owed_never() {
                        continue;
                    }
                    let name = &procedure.events[trigger].name;
                    findings.note(edge.rule, Judgment::CannotBeJudged, || {
                        format!("缺【{name}】的日期")
                    });
                    continue;
                };
                if !self.applied(edge.rule, on.day) {
                    continue;
                }
                let holds = holds(on);
                if holds == Truth::False {
                    continue;
                }
                let owed = Owed {
                    edge,
                    member,
                    act,
                    on,
                    met: met(Some(on)),
                    holds,
                };
                match self.in_time(world, told, &owed) {
                    (Judgment::Departed, reason) => {
                        findings.depart(edge.rule, self.late(world, reason, &owed));
                    }
                    (judgment, reason) => findings.note(edge.rule, judgment, || reason),
                }
            }
        }
    }

    /// An obligation that was not met, or not in time: what set it off, what its period counts from, what met it.
    fn late(&self, world: &Told<'_>, reason: String, owed: &Owed<'_>) -> Departure {
        let mut shown = vec![self.shown(owed.act)];
        if let Base::Fact(fact) = owed.edge.base
            && let Some(place) = world.place(fact, owed.member)
            && *place != owed.act.place
        {
            shown.push(Shown {
                what: format!("“{}”", self.procedure.facts[fact].name),
                on: None,
                place: place.clone(),
            });
        }
        shown.extend(owed.met.map(|act| self.shown(act)));
        let target = owed.met.map(|act| act.event);
        let target = target.or_else(|| owed.edge.targets.first().copied());
        Departure {
            reason,
            phase: target.map_or_else(String::new, |event| self.phase(event)),
            by: owed.edge.duty,
            shown,
        }
    }

    fn in_time(&self, world: &Told<'_>, told: &ToldCase, owed: &Owed<'_>) -> (Judgment, String) {
        let Owed {
            edge,
            member,
            on,
            met,
            holds,
            ..
        } = *owed;
        let procedure = self.procedure;
        let names: Vec<&str> = edge
            .targets
            .iter()
            .map(|t| procedure.events[*t].name.as_str())
            .collect();
        let names = names.join("】或【");
        if holds == Truth::Unknown {
            let facts: Vec<usize> = edge
                .when
                .as_ref()
                .map(law::condition::Condition::facts)
                .unwrap_or_default();
            let missing = facts.iter().filter(|f| world.value(**f, member).is_none());
            let missing: Vec<String> = missing
                .map(|f| format!("“{}”", procedure.facts[*f].name))
                .collect();
            let said = match missing.is_empty() {
                true => "缺少有关事实".to_owned(),
                false => format!("缺{}", missing.join("、")),
            };
            return (Judgment::CannotBeJudged, said);
        }
        let base = match edge.base {
            Base::Act => Some(on),
            Base::Fact(fact) => match world.value(fact, member) {
                Some(Value::Date(day)) => Some(Moment::from(*day)),
                Some(Value::Moment(moment)) => Some(*moment),
                _ => None,
            },
        };
        let Some((period, _)) = edge
            .period
            .and_then(|period| procedure.period(period, self.agency))
        else {
            return match met {
                Some(act) => (
                    Judgment::Kept,
                    format!("已有【{}】", procedure.events[act.event].name),
                ),
                // Without a period it may still be done as long as the case goes on.
                None if told.is_open => (
                    Judgment::CannotBeJudged,
                    format!("还没有【{names}】；没有期限，案件还在办理"),
                ),
                None if told.is_complete => (Judgment::Departed, format!("没有【{names}】")),
                None => (Judgment::CannotBeJudged, format!("缺【{names}】")),
            };
        };
        let Some(base) = base else {
            return (Judgment::CannotBeJudged, "缺起算日".to_owned());
        };
        let Some(end) = self.end(world, edge.rule, period, base) else {
            return (
                Judgment::CannotBeJudged,
                format!("缺起算的时刻或者期间正在停计（{}起）", base.day),
            );
        };
        let said = format!("起算{}，{period}，应在{}前", base.day, end);
        match met {
            Some(ToldAct {
                on: Some(done),
                event,
                ..
            }) => {
                let took = self.took(period, base.day, done.day);
                let name = &procedure.events[*event].name;
                if is_after(*done, end) {
                    let unless = self.unless(world, told, edge.rule);
                    (
                        Judgment::Departed,
                        format!("{said}；【{name}】{}，用了{took}{unless}", done.day),
                    )
                } else {
                    (
                        Judgment::Kept,
                        format!("{said}；【{name}】{}，用了{took}", done.day),
                    )
                }
            }
            Some(ToldAct { event, .. }) => (
                Judgment::CannotBeJudged,
                format!("缺【{}】的日期；{said}", procedure.events[*event].name),
            ),
            None if !told.is_complete => (
                Judgment::CannotBeJudged,
                format!("缺【{names}】的日期；{said}"),
            ),
            None if is_after(Moment::from(self.today), end) => (
                Judgment::Departed,
                format!("{said}；到今天还没有【{names}】"),
            ),
            None => (Judgment::Kept, format!("{said}；尚未到期")),
        }
    }

    /// The end of a period with the pauses and extensions that are told.
    fn end(&self, world: &Told<'_>, rule: RuleIx, period: Period, base: Moment) -> Option<Moment> {
        let pauses = world.pauses(rule, base);
        let mut end = due(self.calendar, period, base, &pauses).ok()?;
        for by in world.extensions(rule) {
            end = law::time::extended(self.calendar, end, by).ok()?;
        }
        Some(end.at)
    }

    fn took(&self, period: Period, from: Day, to: Day) -> String {
        match (period.unit, period.code) {
            (Unit::WorkingDays, Code::F2) => format!(
                "{}个工作日",
                working_days_between(self.calendar, from, to).days
            ),
            _ => format!("{}日", natural_days_between(from, to)),
        }
    }

    /// What an incomplete history may have left out in favor of the agency.
    fn unless(&self, world: &Told<'_>, told: &ToldCase, rule: RuleIx) -> String {
        if told.is_complete {
            return String::new();
        }
        let procedure = self.procedure;
        let extending = procedure
            .extensions
            .iter()
            .filter(|e| e.of == rule)
            .map(|e| e.act);
        let pausing = procedure
            .pauses
            .iter()
            .filter(|e| e.of == rule)
            .map(|e| e.from);
        let mut names: Vec<&str> = Vec::new();
        for event in extending
            .chain(pausing)
            .filter(|event| !world.is_told(*event))
        {
            let name = procedure.events[event].name.as_str();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            String::new()
        } else {
            format!("，除非案卷另有【{}】", names.join("】【"))
        }
    }
}
