//! What a relation says, in sentences: made from the edges that the engine walks, not from the note beside them.

use std::collections::BTreeSet;

use super::once;
use crate::load::EVERY;
use crate::model::{Base, Duty, EventIx, PeriodRef, Procedure, RuleIx, Trigger};
use crate::time::Period;

/// The acts of which a rule names every event: they are called by the name of the act.
fn whole_acts(procedure: &Procedure, rule: RuleIx) -> BTreeSet<usize> {
    let mut named: BTreeSet<EventIx> = BTreeSet::new();
    let p = procedure;
    for edge in p.conditions.iter().filter(|e| e.rule == rule) {
        named.extend(edge.sources.iter().chain([&edge.target]));
    }
    for edge in p.responses.iter().filter(|e| e.rule == rule) {
        named.extend(edge.targets.iter().chain(&edge.blocks));
        named.extend(match edge.trigger {
            Trigger::After(source) => Some(source),
            Trigger::Changed { .. } => None,
        });
    }
    named.extend(
        p.milestones
            .iter()
            .filter(|e| e.rule == rule)
            .flat_map(|e| [e.source, e.target]),
    );
    named.extend(
        p.windows
            .iter()
            .filter(|e| e.rule == rule)
            .flat_map(|e| e.source.into_iter().chain([e.target])),
    );
    named.extend(
        p.flows
            .iter()
            .filter(|e| e.rule == rule)
            .flat_map(|e| [e.source, e.target]),
    );
    named.extend(
        p.requirements
            .iter()
            .filter(|e| e.rule == rule)
            .map(|e| e.target),
    );
    named.extend(
        p.separations
            .iter()
            .filter(|e| e.rule == rule)
            .map(|e| e.target),
    );
    let is_whole = |act: &usize| {
        (0..p.events.len())
            .filter(|e| p.events[*e].act == *act)
            .all(|e| named.contains(&e))
    };
    named
        .iter()
        .map(|event| p.events[*event].act)
        .filter(is_whole)
        .collect()
}

/// The sentences of a rule, in the order of its edges; some may be alike.
pub(super) fn of(procedure: &Procedure, rule: RuleIx) -> Vec<String> {
    Sentences {
        procedure,
        rule,
        whole: whole_acts(procedure, rule),
    }
    .all()
}

/// Makes the sentences of one rule from its edges.
struct Sentences<'a> {
    procedure: &'a Procedure,
    rule: RuleIx,
    whole: BTreeSet<usize>,
}

impl Sentences<'_> {
    fn name(&self, event: EventIx) -> String {
        let event = &self.procedure.events[event];
        let is_whole = self.whole.contains(&event.act);
        format!(
            "【{}】",
            if is_whole {
                &self.procedure.acts[event.act].name
            } else {
                &event.name
            }
        )
    }

    fn list(&self, events: &[EventIx], word: &str) -> String {
        if events.len() == self.procedure.events.len() && events.len() > 1 {
            return EVERY.to_owned();
        }
        let names: Vec<String> = events.iter().map(|event| self.name(*event)).collect();
        once(names.iter().map(String::as_str)).join(word)
    }

    /// `head` is said once of all that share it; `say` makes the sentence of head and names.
    fn grouped(
        &self,
        pairs: Vec<(String, EventIx)>,
        say: impl Fn(&str, &str) -> String,
    ) -> Vec<String> {
        let mut groups: Vec<(String, Vec<EventIx>)> = Vec::new();
        for (head, event) in pairs {
            match groups.iter_mut().find(|(known, _)| *known == head) {
                Some((_, events)) => events.push(event),
                None => groups.push((head, vec![event])),
            }
        }
        groups
            .iter()
            .map(|(head, events)| say(head, &self.list(events, "")))
            .collect()
    }

    fn all(&self) -> Vec<String> {
        let (p, rule) = (self.procedure, self.rule);
        let mut out = Vec::new();
        let conditions = p.conditions.iter().filter(|e| e.rule == rule).map(|edge| {
            let sources = self.list(&edge.sources, "或");
            let head = match edge.delay {
                Some(delay) => format!("须在{sources}满{}之后", p.print_period(delay)),
                None => format!("须先有{sources}"),
            };
            (head, edge.target)
        });
        out.extend(self.grouped(conditions.collect(), |head, names| {
            format!("{names}{head}。")
        }));
        out.extend(p.responses.iter().filter(|e| e.rule == rule).map(|edge| {
            let what = self.list(&edge.targets, "或");
            let within = edge.period.map_or(String::new(), |period| match edge.base {
                Base::Act => format!("在{}内", p.print_period(period)),
                Base::Fact(fact) if period == PeriodRef::Fixed(Period::same_day()) => {
                    format!("至迟在{}当日", p.facts[fact].name)
                }
                Base::Fact(fact) => {
                    format!("在{}起算的{}内", p.facts[fact].name, p.print_period(period))
                }
            });
            let who = if edge.duty == Duty::Agency {
                ""
            } else {
                edge.duty.chinese()
            };
            let blocks = match edge.blocks.as_slice() {
                [] => String::new(),
                blocks => format!("；未办结的不得{}", self.list(blocks, "")),
            };
            match &edge.trigger {
                Trigger::After(source) => format!(
                    "有了{}，{who}应当{within}{what}{blocks}。",
                    self.name(*source)
                ),
                Trigger::Changed { facts, since } => {
                    let facts: Vec<&str> = facts
                        .iter()
                        .map(|fact| p.facts[*fact].name.as_str())
                        .collect();
                    let facts = facts.join("、");
                    if *since == edge.targets {
                        format!("{what}之后{facts}有变化的，应当{within}重作{blocks}。")
                    } else {
                        let since = self.list(since, "或者");
                        format!("{since}之后{facts}有变化的，{who}应当{within}{what}{blocks}。")
                    }
                }
            }
        }));
        let milestones = p
            .milestones
            .iter()
            .filter(|e| e.rule == rule)
            .map(|e| (self.name(e.source), e.target));
        out.extend(self.grouped(milestones.collect(), |head, names| {
            format!("应当{head}而未办结的，不得{names}。")
        }));
        out.extend(p.windows.iter().filter(|e| e.rule == rule).map(|edge| {
            let from = edge
                .source
                .map_or(String::new(), |source| self.name(source));
            let base = match edge.base {
                Base::Act => from,
                Base::Fact(fact) => p.facts[fact].name.clone(),
            };
            format!(
                "{}只能在{base}后{}内，逾期视为未行使。",
                self.name(edge.target),
                p.print_period(edge.period)
            )
        }));
        let flows = || p.flows.iter().filter(|e| e.rule == rule);
        if flows().any(|e| e.is_alternative) {
            let members: Vec<EventIx> = flows().flat_map(|e| [e.source, e.target]).collect();
            out.push(format!("{}只能做其中一个。", self.list(&members, "")));
        } else {
            let pairs = flows()
                .map(|e| {
                    (
                        format!("{}{}", u8::from(e.includes), self.name(e.source)),
                        e.target,
                    )
                })
                .collect();
            out.extend(
                self.grouped(pairs, |head, names| match head.strip_prefix('1') {
                    Some(source) => format!("有了{source}，{names}可以进行。"),
                    None => format!("有了{}，{names}不再进行。", head.trim_start_matches('0')),
                }),
            );
        }
        let requirements = p
            .requirements
            .iter()
            .filter(|e| e.rule == rule)
            .map(|e| (p.print(&e.must), e.target));
        out.extend(self.grouped(requirements.collect(), |head, names| {
            format!("{names}须符合：{head}。")
        }));
        let role = |ix: &usize| p.roles[*ix].name.as_str();
        let separations = p.separations.iter().filter(|e| e.rule == rule).map(|edge| {
            let never: Vec<&str> = edge.never.iter().map(role).collect();
            (
                format!("的{}不得曾任本案的{}", role(&edge.role), never.join("、")),
                edge.target,
            )
        });
        out.extend(self.grouped(separations.collect(), |head, names| {
            format!("{names}{head}。")
        }));
        out.extend(p.pauses.iter().filter(|e| e.rule == rule).map(|edge| {
            format!(
                "{}至{}的时间不计入{}的期间。",
                self.name(edge.from),
                self.name(edge.until),
                p.rules[edge.of].id
            )
        }));
        out.extend(p.extensions.iter().filter(|e| e.rule == rule).map(|edge| {
            let (act, of) = (self.name(edge.act), &p.rules[edge.of].id);
            format!(
                "{act}使{of}的期间延长{}，至多{}次。",
                p.print_period(edge.by),
                edge.most
            )
        }));
        let defects = p.defects.iter().filter(|e| e.rule == rule).map(|edge| {
            let cures = match edge.cures.as_slice() {
                [] => String::new(),
                cures => format!("，由{}补正", self.list(cures, "或")),
            };
            let blocks = match edge.blocks.as_slice() {
                [] => String::new(),
                blocks => format!("，补正前不得{}", self.list(blocks, "")),
            };
            (
                format!(
                    "不符的记为瑕疵“{}”{cures}{blocks}",
                    edge.name.trim_end_matches('。')
                ),
                edge.event,
            )
        });
        out.extend(self.grouped(defects.collect(), |head, names| format!("{names}{head}。")));
        out
    }
}
