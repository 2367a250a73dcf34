//! The one engine: what stands in the way of an act, and what it brings about.
//!
//! [`obstacles`] and [`effects`] are generic over a [`World`]. Daily work answers from facts and dates, the checker
//! from an abstract state, judging a foreign history from what little it tells: the same code runs in all three.

use crate::condition::{Atom, Condition};
use crate::model::{ActClass, CASE, Domain, EventIx, FactIx, Procedure, RuleIx, Strength, Trigger};
use crate::truth::{Truth, Verdict};

/// How a window stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// What opens it has not happened.
    NotYet,
    /// Open now.
    Open,
    /// Over.
    Lapsed,
    /// Its base or its end is not known.
    Unknown,
}

/// For which members a rule is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The act's subject.
    pub target: (Domain, usize),
    /// The other act's subject.
    pub source: (Domain, usize),
}

impl Scope {
    /// Only one subject.
    pub fn of(domain: Domain, member: usize) -> Scope {
        Scope {
            target: (domain, member),
            source: (domain, member),
        }
    }

    /// The member of a domain in this scope; the case is always in it.
    pub fn member(&self, domain: Domain) -> Option<usize> {
        if domain == CASE {
            Some(0)
        } else if self.target.0 == domain {
            Some(self.target.1)
        } else if self.source.0 == domain {
            Some(self.source.1)
        } else {
            None
        }
    }
}

/// What the engine asks.
pub trait World {
    /// The procedure.
    fn procedure(&self) -> &Procedure;
    /// How many members a domain has.
    fn members(&self, domain: Domain) -> usize;
    /// Whether the event was done for the member and still counts.
    fn executed(&self, event: EventIx, member: usize) -> Truth;
    /// Whether the event is in play for the member.
    fn included(&self, event: EventIx, member: usize) -> bool;
    /// Whether the obligation is outstanding.
    fn owed(&self, response: usize, member: usize) -> bool;
    /// Whether the defect is uncured.
    fn defective(&self, defect: usize, member: usize) -> bool;
    /// Whether the delay of a condition is over, counted from the source.
    fn delay_over(&self, condition: usize, source: EventIx, member: usize) -> Truth;
    /// How a window stands for the member of its target.
    fn window(&self, window: usize, member: usize) -> Window;
    /// The answer to a comparison.
    fn atom(&self, atom: &Atom, scope: &Scope) -> Verdict;
    /// Whether the separation is kept.
    fn separated(&self, separation: usize, member: usize) -> Truth;
    /// How hard a rule is.
    fn strength(&self, rule: RuleIx) -> Strength;
    /// Whether a rule is in force by its date key.
    fn in_force(&self, rule: RuleIx, scope: &Scope) -> Truth;
    /// Whether a requirement is left for when the act is done, because the act itself says what it reads.
    fn defers(&self, _requirement: usize) -> bool {
        false
    }
    /// Whether the act at hand changes the fact.
    fn changes(&self, fact: FactIx, member: usize) -> bool;
}

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What it is.
    pub kind: ObstacleKind,
    /// The rule, unless it is the state of the act itself.
    pub rule: Option<RuleIx>,
    /// For which member of the other act.
    pub member: usize,
    /// The domain of that member.
    pub domain: Domain,
    /// `True`: it is so. `Unknown`: a fact is missing to say.
    pub certainty: Truth,
    /// How hard it is.
    pub strength: Strength,
}

/// The kinds of obstacle; numbers are indexes into the edges of the procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObstacleKind {
    /// The subject is not in the case.
    NoSuchSubject,
    /// The act is out of play.
    NotInPlay,
    /// Done already, and once only.
    AlreadyDone,
    /// Something must come first.
    MissingBefore(usize),
    /// It came, but not long enough ago.
    TooEarly(usize),
    /// Something owed must be done first.
    StillOwed(usize),
    /// An obligation that holds this act up.
    Outstanding(usize),
    /// Its period has not begun.
    NotOpen(usize),
    /// Its period is over.
    Lapsed(usize),
    /// A requirement is not met.
    Requirement(usize),
    /// A person may not take part.
    Separation(usize),
    /// An uncured defect.
    Defect(usize),
}

/// What an act brings about; numbers are indexes into the edges of the procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are an edge or event and the member it concerns"
)]
pub enum Effect {
    /// The obligation is met.
    Discharged { response: usize, member: usize },
    /// The event is done.
    Executed { event: EventIx, member: usize },
    /// The defect is cured.
    Cured { defect: usize, member: usize },
    /// The event falls away.
    Excluded { event: EventIx, member: usize },
    /// The event comes into play.
    Included { event: EventIx, member: usize },
    /// What was done no longer counts: its window opens again.
    Reopened { event: EventIx, member: usize },
    /// A window begins.
    Opened { window: usize, member: usize },
    /// Something is owed now; `Unknown` when a fact is missing to say.
    Owed {
        response: usize,
        member: usize,
        certainty: Truth,
    },
    /// A clock stops.
    Paused { pause: usize, member: usize },
    /// It goes on.
    Resumed { pause: usize, member: usize },
    /// A clock is lengthened.
    Extended { extension: usize, member: usize },
    /// A departure of an outside act is kept.
    DefectKept { defect: usize, member: usize },
}

/// The members of `from` that belong to `member` of `to`.
fn matched(world: &impl World, from: Domain, to: Domain, member: usize) -> std::ops::Range<usize> {
    if from == to {
        member..member + 1
    } else if from == CASE {
        0..1
    } else {
        0..world.members(from)
    }
}

/// Evaluates a condition; facts of a domain outside the scope mean "some member in play".
pub fn holds(world: &impl World, condition: &Condition, scope: &Scope) -> Verdict {
    let mut free: Option<Domain> = None;
    let once = |scope: &Scope, free: &mut Option<Domain>| {
        condition.evaluate(&mut |atom| {
            let domain = world.procedure().facts[atom.fact].domain;
            if scope.member(domain).is_some() {
                world.atom(atom, scope)
            } else {
                *free = Some(domain);
                Verdict::UNKNOWN
            }
        })
    };
    let verdict = once(scope, &mut free);
    let Some(domain) = free else { return verdict };
    (0..world.members(domain)).fold(Verdict::firm(false), |sum, member| {
        let one = once(
            &Scope {
                target: scope.target,
                source: (domain, member),
            },
            &mut free,
        );
        Verdict {
            truth: sum.truth.or(one.truth),
            firm: sum.firm.or(one.firm),
        }
    })
}

fn guard(world: &impl World, rule: RuleIx, when: Option<&Condition>, scope: &Scope) -> Verdict {
    let in_force = world.in_force(rule, scope);
    if in_force == Truth::False {
        return Verdict::firm(false);
    }
    let when = when.map_or(Verdict::firm(true), |when| holds(world, when, scope));
    Verdict {
        truth: when.truth.and(in_force),
        firm: when.firm.and(in_force),
    }
}

/// Strength of a rule when it rests, or not, on a confirmed value.
fn hard(world: &impl World, rule: RuleIx, verdict: Verdict) -> Strength {
    let strength = world.strength(rule);
    if verdict.is_firm() {
        strength
    } else {
        strength.min(Strength::Reason)
    }
}

/// Everything that stands in the way of the event for the member, hardest checks first come first.
pub fn obstacles(
    world: &impl World,
    event: EventIx,
    member: usize,
    found: &mut impl FnMut(Obstacle),
) {
    let procedure = world.procedure();
    let own = procedure.events[event].domain;
    let state = |kind: ObstacleKind| Obstacle {
        kind,
        rule: None,
        member,
        domain: own,
        certainty: Truth::True,
        strength: Strength::Block,
    };
    if member >= world.members(own) {
        found(state(ObstacleKind::NoSuchSubject));
        return;
    }
    if !world.included(event, member) {
        found(state(ObstacleKind::NotInPlay));
    }
    if !procedure.act_of(event).is_repeatable && world.executed(event, member) == Truth::True {
        let owed_again = procedure.index.responses_met[event]
            .iter()
            .any(|r| world.owed(*r, member));
        if !owed_again {
            found(state(ObstacleKind::AlreadyDone));
        }
    }
    for c in &procedure.index.conditions[event] {
        condition(world, *c, member, found);
    }
    for m in &procedure.index.milestones[event] {
        let edge = &procedure.milestones[*m];
        let from = procedure.events[edge.source].domain;
        for other in matched(world, from, own, member) {
            if !world.included(edge.source, other)
                || !procedure.index.responses_met[edge.source]
                    .iter()
                    .any(|r| world.owed(*r, other))
            {
                continue;
            }
            let scope = Scope {
                target: (own, member),
                source: (from, other),
            };
            let when = guard(world, edge.rule, edge.when.as_ref(), &scope);
            if when.truth != Truth::False {
                let strength = hard(world, edge.rule, when);
                let (kind, rule) = (ObstacleKind::StillOwed(*m), Some(edge.rule));
                found(Obstacle {
                    kind,
                    rule,
                    member: other,
                    domain: from,
                    certainty: when.truth,
                    strength,
                });
            }
        }
    }
    for r in &procedure.index.responses_blocking[event] {
        let edge = &procedure.responses[*r];
        for other in matched(world, edge.domain, own, member) {
            // Lifted when every act that could meet it has fallen away.
            if world.owed(*r, other)
                && edge
                    .targets
                    .iter()
                    .any(|target| world.included(*target, other))
            {
                let (kind, rule, strength) = (
                    ObstacleKind::Outstanding(*r),
                    Some(edge.rule),
                    world.strength(edge.rule),
                );
                found(Obstacle {
                    kind,
                    rule,
                    member: other,
                    domain: edge.domain,
                    certainty: Truth::True,
                    strength,
                });
            }
        }
    }
    windows(world, event, member, found);
    let scope = Scope::of(own, member);
    for q in &procedure.index.requirements[event] {
        if world.defers(*q) {
            continue;
        }
        let edge = &procedure.requirements[*q];
        let when = guard(world, edge.rule, edge.when.as_ref(), &scope);
        if when.truth == Truth::False {
            continue;
        }
        let must = holds(world, &edge.must, &scope);
        let wrong = Verdict {
            truth: when.truth.and(!must.truth),
            firm: when.firm.and(!must.firm),
        };
        if wrong.truth != Truth::False {
            let strength = hard(world, edge.rule, wrong);
            let (kind, rule) = (ObstacleKind::Requirement(*q), Some(edge.rule));
            found(Obstacle {
                kind,
                rule,
                member,
                domain: own,
                certainty: wrong.truth,
                strength,
            });
        }
    }
    for s in &procedure.index.separations[event] {
        let edge = &procedure.separations[*s];
        let wrong = (!world.separated(*s, member)).and(world.in_force(edge.rule, &scope));
        if wrong != Truth::False {
            let (kind, rule, strength) = (
                ObstacleKind::Separation(*s),
                Some(edge.rule),
                world.strength(edge.rule),
            );
            found(Obstacle {
                kind,
                rule,
                member,
                domain: own,
                certainty: wrong,
                strength,
            });
        }
    }
    for d in &procedure.index.defects_blocking[event] {
        let edge = &procedure.defects[*d];
        let from = procedure.events[edge.event].domain;
        for other in matched(world, from, own, member) {
            if world.defective(*d, other) {
                let (kind, rule, strength) = (
                    ObstacleKind::Defect(*d),
                    Some(edge.rule),
                    world.strength(edge.rule),
                );
                found(Obstacle {
                    kind,
                    rule,
                    member: other,
                    domain: from,
                    certainty: Truth::True,
                    strength,
                });
            }
        }
    }
}

fn condition(world: &impl World, c: usize, member: usize, found: &mut impl FnMut(Obstacle)) {
    let procedure = world.procedure();
    let edge = &procedure.conditions[c];
    let own = procedure.events[edge.target].domain;
    let from = procedure.events[edge.sources[0]].domain;
    for other in matched(world, from, own, member) {
        let mut met = Truth::False;
        let mut is_too_early = false;
        let mut any_in_play = false;
        for source in &edge.sources {
            let executed = world.executed(*source, other);
            any_in_play |= world.included(*source, other) || executed != Truth::False;
            let mut one = executed;
            if edge.delay.is_some() && executed != Truth::False {
                let over = world.delay_over(c, *source, other);
                is_too_early |= over == Truth::False;
                one = one.and(over);
            }
            if edge.lapses && edge.delay.is_none() && one != Truth::True {
                let lapsed = |w: &usize| match world.window(*w, other) {
                    Window::Lapsed => Truth::True,
                    Window::Unknown => Truth::Unknown,
                    Window::NotYet | Window::Open => Truth::False,
                };
                one = procedure.index.windows_in[*source]
                    .iter()
                    .fold(one, |sum, w| sum.or(lapsed(w)));
            }
            met = met.or(one);
        }
        if met == Truth::True || edge.lapses && !any_in_play {
            continue;
        }
        let scope = Scope {
            target: (own, member),
            source: (from, other),
        };
        let when = guard(world, edge.rule, edge.when.as_ref(), &scope);
        let certainty = when.truth.and(!met);
        if certainty != Truth::False {
            let kind = if is_too_early {
                ObstacleKind::TooEarly(c)
            } else {
                ObstacleKind::MissingBefore(c)
            };
            let strength = hard(world, edge.rule, when);
            found(Obstacle {
                kind,
                rule: Some(edge.rule),
                member: other,
                domain: from,
                certainty,
                strength,
            });
        }
    }
}

/// Several windows of one rule are ways to the same right: one that is open is enough.
fn windows(world: &impl World, event: EventIx, member: usize, found: &mut impl FnMut(Obstacle)) {
    let procedure = world.procedure();
    let own = procedure.events[event].domain;
    let all = &procedure.index.windows_in[event];
    let scope = Scope::of(own, member);
    for (i, w) in all.iter().enumerate() {
        let edge = &procedure.windows[*w];
        if all[..i]
            .iter()
            .any(|earlier| procedure.windows[*earlier].rule == edge.rule)
        {
            continue;
        }
        let when = guard(world, edge.rule, edge.when.as_ref(), &scope);
        if when.truth == Truth::False {
            continue;
        }
        let mut verdict = Window::NotYet;
        for same in all
            .iter()
            .filter(|other| procedure.windows[**other].rule == edge.rule)
        {
            verdict = match (verdict, world.window(*same, member)) {
                (Window::Open, _) | (_, Window::Open) => Window::Open,
                (Window::Unknown, _) | (_, Window::Unknown) => Window::Unknown,
                (Window::Lapsed, _) | (_, Window::Lapsed) => Window::Lapsed,
                (Window::NotYet, Window::NotYet) => Window::NotYet,
            };
        }
        let (kind, certainty) = match verdict {
            Window::Open => continue,
            Window::NotYet => (ObstacleKind::NotOpen(*w), when.truth),
            Window::Lapsed => (ObstacleKind::Lapsed(*w), when.truth),
            Window::Unknown => (ObstacleKind::NotOpen(*w), Truth::Unknown),
        };
        let strength = hard(world, edge.rule, when);
        found(Obstacle {
            kind,
            rule: Some(edge.rule),
            member,
            domain: own,
            certainty,
            strength,
        });
    }
}

/// Everything that the event brings about for the member, in the order in which it is to be applied.
///
/// `departures` are the obstacles that an outside act went against; each leaves its defect.
pub fn effects(
    world: &impl World,
    event: EventIx,
    member: usize,
    departures: &[Obstacle],
    effect: &mut impl FnMut(Effect),
) {
    let procedure = world.procedure();
    let own = procedure.events[event].domain;
    for response in &procedure.index.responses_met[event] {
        if world.owed(*response, member) {
            effect(Effect::Discharged {
                response: *response,
                member,
            });
        }
    }
    effect(Effect::Executed { event, member });
    for defect in &procedure.index.defects_cured[event] {
        let from = procedure.events[procedure.defects[*defect].event].domain;
        for other in matched(world, from, own, member) {
            if world.defective(*defect, other) {
                effect(Effect::Cured {
                    defect: *defect,
                    member: other,
                });
            }
        }
    }
    // What happened outside although it was out of play is on record, and changes nothing else.
    if !world.included(event, member) {
        return;
    }
    for includes in [false, true] {
        for flow in &procedure.index.flows[event] {
            let edge = &procedure.flows[*flow];
            if edge.includes != includes {
                continue;
            }
            let to = procedure.events[edge.target].domain;
            for other in matched(world, to, own, member) {
                let scope = Scope {
                    target: (to, other),
                    source: (own, member),
                };
                // A guard that cannot be judged neither removes nor adds anything.
                if guard(world, edge.rule, edge.when.as_ref(), &scope).truth != Truth::True {
                    continue;
                }
                if includes {
                    effect(Effect::Included {
                        event: edge.target,
                        member: other,
                    });
                } else {
                    effect(Effect::Excluded {
                        event: edge.target,
                        member: other,
                    });
                }
            }
        }
    }
    for window in &procedure.index.windows_out[event] {
        let edge = &procedure.windows[*window];
        let to = procedure.events[edge.target].domain;
        for other in matched(world, to, own, member) {
            if world.executed(edge.target, other) == Truth::True {
                effect(Effect::Reopened {
                    event: edge.target,
                    member: other,
                });
            }
            effect(Effect::Opened {
                window: *window,
                member: other,
            });
        }
    }
    for response in &procedure.index.responses_out[event] {
        owe(world, *response, (own, member), effect);
    }
    renewals(world, event, member, effect);
    for pause in &procedure.index.pauses_until[event] {
        effect(Effect::Resumed {
            pause: *pause,
            member,
        });
    }
    for pause in &procedure.index.pauses_from[event] {
        let edge = &procedure.pauses[*pause];
        if guard(
            world,
            edge.rule,
            edge.when.as_ref(),
            &Scope::of(own, member),
        )
        .truth
            == Truth::True
        {
            effect(Effect::Paused {
                pause: *pause,
                member,
            });
        }
    }
    for extension in &procedure.index.extensions[event] {
        let edge = &procedure.extensions[*extension];
        if guard(
            world,
            edge.rule,
            edge.when.as_ref(),
            &Scope::of(own, member),
        )
        .truth
            == Truth::True
        {
            effect(Effect::Extended {
                extension: *extension,
                member,
            });
        }
    }
    if procedure.act_of(event).class == ActClass::HappenedOutside {
        for departure in departures {
            let mine = procedure.index.defects_of[event]
                .iter()
                .find(|d| Some(procedure.defects[**d].rule) == departure.rule);
            if let Some(defect) = mine {
                effect(Effect::DefectKept {
                    defect: *defect,
                    member,
                });
            }
        }
    }
}

fn owe(
    world: &impl World,
    response: usize,
    source: (Domain, usize),
    effect: &mut impl FnMut(Effect),
) {
    let edge = &world.procedure().responses[response];
    for other in matched(world, edge.domain, source.0, source.1) {
        let scope = Scope {
            target: (edge.domain, other),
            source,
        };
        let certainty = guard(world, edge.rule, edge.when.as_ref(), &scope).truth;
        if certainty != Truth::False {
            effect(Effect::Owed {
                response,
                member: other,
                certainty,
            });
        }
    }
}

/// A changed fact owes again what had judged it.
pub fn renewals(
    world: &impl World,
    event: EventIx,
    member: usize,
    effect: &mut impl FnMut(Effect),
) {
    let procedure = world.procedure();
    let own = procedure.events[event].domain;
    let written = &procedure.events[event];
    for fact in written.sayable() {
        if procedure.index.responses_changed[fact].is_empty() || !world.changes(fact, member) {
            continue;
        }
        renewed(world, fact, (own, member), Some(event), effect);
    }
}

/// What judged a fact is owed again, unless the event that changes the fact does so itself. The fact is that of the case
/// or of the member at hand.
pub fn renewed(
    world: &impl World,
    fact: FactIx,
    (own, member): (Domain, usize),
    by: Option<EventIx>,
    effect: &mut impl FnMut(Effect),
) {
    let procedure = world.procedure();
    let of = procedure.facts[fact].domain;
    let holder = if of == CASE { 0 } else { member };
    for response in &procedure.index.responses_changed[fact] {
        let edge = &procedure.responses[*response];
        let Trigger::Changed { since, .. } = &edge.trigger else {
            continue;
        };
        if by.is_some_and(|event| edge.targets.contains(&event)) {
            continue;
        }
        for other in matched(world, edge.domain, of, holder) {
            let is_judged = |event: &EventIx| world.executed(*event, other) == Truth::True;
            if !since.iter().any(is_judged) {
                continue;
            }
            let scope = Scope {
                target: (edge.domain, other),
                source: (own, member),
            };
            let certainty = guard(world, edge.rule, edge.when.as_ref(), &scope).truth;
            if certainty != Truth::False {
                effect(Effect::Owed {
                    response: *response,
                    member: other,
                    certainty,
                });
            }
        }
    }
}
