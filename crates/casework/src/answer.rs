//! What may be done now, what must be done by when, and what may not be done and why.

use law::engine::{self, Obstacle, ObstacleKind};
use law::model::{ActClass, CASE, EventIx, Procedure, Strength};
use law::time::working_days_between;
use law::truth::Truth;
use serde::Serialize;
use std::sync::Arc;
use vocabulary::Moment;

use crate::case::Case;
use crate::context::Context;
use crate::decide::is_after;
use crate::live::Live;
use crate::refusal;

/// An act for a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The event.
    pub event: EventIx,
    /// The member; one past the last for a subject that the act would bring in.
    pub member: usize,
}

/// An act that may be done now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct May {
    /// The act.
    pub step: Step,
    /// It is owed.
    pub is_owed: bool,
    /// What to heed: rules that only ask for a reason.
    pub cautions: Vec<Arc<str>>,
    /// Rules that want something before it which was not done, and do not stop it.
    #[serde(skip)]
    pub ahead_of: Vec<usize>,
}

/// An obligation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Must {
    /// Index of the response.
    pub response: usize,
    /// The member.
    pub member: usize,
    /// Acts any of which meets it.
    pub targets: Vec<EventIx>,
    /// Who owes it.
    pub by: &'static str,
    /// When it is due.
    pub due: Option<Moment>,
    /// The date rests on a year without recorded holidays.
    pub provisional: bool,
    /// The length is not confirmed by the agency.
    pub unconfirmed: bool,
    /// The clock stands still.
    pub is_paused: bool,
    /// Overdue.
    pub overdue: bool,
    /// Working days left, negative when overdue; nothing without a due date.
    pub working_days_left: Option<i32>,
    /// It holds something up.
    pub blocks: bool,
    /// What is owed and why, with statute and article.
    pub text: String,
}

/// An act that may not be done now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MayNot {
    /// The act.
    pub step: Step,
    /// Why not: each with statute and article.
    pub why: Vec<Why>,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The rule, unless the state of the act itself is the reason.
    pub rule: Option<usize>,
    /// The sentence; about the step's own subject unless it names another.
    pub text: Arc<str>,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// What may be done.
    pub may: Vec<May>,
    /// What is owed, most urgent first.
    pub must: Vec<Must>,
    /// What may not be done.
    pub may_not: Vec<MayNot>,
}

/// Answers for every act of the procedure and every subject of the case.
///
/// Acts that happen in the world may always be recorded; what would be departed from stands under their cautions.
/// What depends on facts that the act itself will say is checked when it is done.
pub fn answer(case: &Case, context: &Context, now: Moment) -> Answer {
    let procedure = &case.procedure;
    let mut out = Answer::default();
    // Made once: a case has some hundred steps, and most of them are blocked.
    let mut stopping: Vec<Obstacle> = Vec::new();
    let mut cautioning: Vec<Obstacle> = Vec::new();
    let mut ahead_of: Vec<usize> = Vec::new();
    for (event, declared) in procedure.events.iter().enumerate() {
        let act = &procedure.acts[declared.act];
        let members = case.members[usize::from(declared.domain.0)].len();
        let brings = act.introduces == Some(declared.domain) && declared.domain != CASE;
        for member in 0..members + usize::from(brings) {
            let newcomer = (member == members).then_some(declared.domain);
            let live = Live {
                newcomer,
                ..Live::of(case, context, member, now)
            };
            stopping.clear();
            cautioning.clear();
            ahead_of.clear();
            engine::obstacles(&live, event, member, &mut |obstacle| {
                if is_said_by_the_act(procedure, event, &obstacle) {
                    return;
                }
                let stops = match (obstacle.rule, act.class) {
                    (None, ActClass::HappenedOutside) => obstacle.kind != ObstacleKind::NotInPlay,
                    (None, ActClass::MadeHere) => true,
                    (Some(_), ActClass::MadeHere) => obstacle.strength == Strength::Block,
                    (Some(_), ActClass::HappenedOutside) => false,
                };
                let is_first = matches!(obstacle.kind, ObstacleKind::MissingBefore(_));
                if !stops && is_first && obstacle.certainty == Truth::True {
                    ahead_of.extend(obstacle.rule);
                }
                if stops {
                    stopping.push(obstacle);
                } else if obstacle.strength != Strength::Log && obstacle.certainty == Truth::True {
                    cautioning.push(obstacle);
                }
            });
            // What is certain comes before what a missing fact leaves open.
            stopping.sort_by_key(|obstacle| obstacle.certainty != Truth::True);
            let step = Step { event, member };
            if stopping.is_empty() {
                // An outside act whose turn has not come is recordable, but nothing to offer.
                let is_early = act.class == ActClass::HappenedOutside
                    && cautioning.iter().any(|o| {
                        matches!(
                            o.kind,
                            ObstacleKind::MissingBefore(_)
                                | ObstacleKind::NotInPlay
                                | ObstacleKind::NotOpen(_)
                        )
                    });
                let is_owed = procedure.index.responses_met[event].iter().any(|response| {
                    case.owed[*response]
                        .get(member)
                        .is_some_and(Option::is_some)
                });
                if is_early && !is_owed {
                    let why = cautioning
                        .iter()
                        .map(|o| why(&live, event, member, o))
                        .collect();
                    out.may_not.push(MayNot { step, why });
                    continue;
                }
                let cautions = cautioning
                    .iter()
                    .map(|o| told(&live, event, member, o))
                    .collect();
                out.may.push(May {
                    step,
                    is_owed,
                    cautions,
                    ahead_of: ahead_of.clone(),
                });
            } else {
                let why = stopping
                    .iter()
                    .map(|o| why(&live, event, member, o))
                    .collect();
                out.may_not.push(MayNot { step, why });
            }
        }
    }
    obligations(case, context, now, &mut out.must);
    out
}

/// The sentence of an obstacle, with what the agency set and confirmed.
fn told(live: &Live<'_>, event: EventIx, member: usize, obstacle: &Obstacle) -> Arc<str> {
    let text = refusal::sentence(live.case, event, member, obstacle);
    let as_set = obstacle.rule.and_then(|rule| {
        let procedure = &live.case.procedure;
        procedure.as_set(rule, &text, &live.context.agency)
    });
    as_set.map_or(text, Arc::from)
}

fn why(live: &Live<'_>, event: EventIx, member: usize, obstacle: &Obstacle) -> Why {
    Why {
        rule: obstacle.rule,
        text: told(live, event, member, obstacle),
    }
}

/// Whether the obstacle reads what the act itself will say, or who will take part.
fn is_said_by_the_act(procedure: &Procedure, event: EventIx, obstacle: &Obstacle) -> bool {
    let said = |fact: usize| {
        let declared = &procedure.events[event];
        procedure.facts[fact].derived_by.is_some() || declared.says(fact)
    };
    match obstacle.kind {
        ObstacleKind::Separation(_) => true,
        ObstacleKind::MissingBefore(c) | ObstacleKind::TooEarly(c) => {
            // A guard over what the act will say cannot be judged before it says it.
            let mut found = false;
            if obstacle.certainty == Truth::Unknown
                && let Some(when) = &procedure.conditions[c].when
            {
                when.atoms(&mut |atom| found |= atom.facts().into_iter().any(said));
            }
            found
        }
        _ => false,
    }
}

/// Every outstanding obligation, overdue ones first, then by due date.
pub fn obligations(case: &Case, context: &Context, now: Moment, out: &mut Vec<Must>) {
    let procedure = &case.procedure;
    for (response, members) in case.owed.iter().enumerate() {
        let edge = &procedure.responses[response];
        for (member, obligation) in members.iter().enumerate() {
            let Some(obligation) = obligation else {
                continue;
            };
            if !edge
                .targets
                .iter()
                .any(|target| case.marks[*target][member].included)
            {
                continue;
            }
            let clock = obligation.clock.as_ref();
            let due = clock.and_then(|clock| clock.due);
            let left =
                due.map(|due| working_days_between(&context.calendar, now.day, due.day).days);
            let rule = &procedure.rules[edge.rule];
            let mut text = String::with_capacity(160);
            text.push_str(&edge.text);
            text.push('。');
            text.push_str(&rule.basis);
            if obligation.undetermined {
                text.push_str("（缺少事实，按应当办理对待）");
            }
            if let Some(told) = procedure.as_set(edge.rule, &text, &context.agency) {
                text = told;
            }
            out.push(Must {
                response,
                member,
                targets: edge.targets.clone(),
                by: edge.duty.chinese(),
                due,
                provisional: clock.is_some_and(|clock| clock.provisional),
                unconfirmed: clock.is_some_and(|clock| !clock.confirmed),
                is_paused: clock
                    .is_some_and(|clock| clock.pauses.last().is_some_and(|p| p.until.is_none())),
                overdue: due.is_some_and(|due| is_after(now, due)),
                working_days_left: left,
                blocks: !edge.blocks.is_empty(),
                text,
            });
        }
    }
    out.sort_by_key(|must| {
        (
            !must.overdue,
            must.due.is_none(),
            must.due,
            must.response,
            must.member,
        )
    });
}
