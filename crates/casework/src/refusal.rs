//! Why an act may not be done: answers, not faults, each with its rule, its legal basis and what to do instead.

use law::engine::{Obstacle, ObstacleKind};
use law::model::{CASE, EventIx, Procedure};
use law::truth::Truth;
use serde::Serialize;
use std::sync::Arc;

use crate::case::Case;

/// What kind of obstacle it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroundKind {
    /// The subject is not in the case.
    NoSuchSubject,
    /// The act is out of play.
    NotInPlay,
    /// Done already, and once only.
    AlreadyDone,
    /// Something must come first.
    MissingBefore,
    /// It came, but not long enough ago.
    TooEarly,
    /// Something owed must be done first.
    StillOwed,
    /// Its period has not begun.
    NotOpen,
    /// Its period is over.
    Lapsed,
    /// A requirement of the law is not met.
    NotMet,
    /// A person may not take part, or is missing.
    ActorLacking,
    /// An uncured defect.
    Defective,
    /// A fact is missing to say.
    FactMissing,
    /// A fact has a wrong value.
    FactInvalid,
    /// The act lies in the future.
    Future,
    /// A written reason is needed.
    ReasonNeeded,
}

/// One ground of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ground {
    /// Its kind.
    pub kind: GroundKind,
    /// The rule, where there is one.
    pub rule: Option<String>,
    /// The rows of the legal baseline behind the rule.
    pub rows: Vec<String>,
    /// The field at fault, as a fact id.
    pub field: Option<String>,
    /// A sentence that a case handler can act on, with statute and article.
    pub text: String,
}

/// The answer to an act that may not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("不得作出【{act}】：{}", .grounds.iter().map(|g| g.text.as_str()).collect::<Vec<_>>().join(";"))]
pub struct Refusal {
    /// Name of the act.
    pub act: String,
    /// The grounds, at least one.
    pub grounds: Vec<Ground>,
}

impl Refusal {
    /// Whether only the input is at fault, not the law: to be mended in the form.
    pub fn is_input(&self) -> bool {
        self.grounds.iter().all(|ground| {
            matches!(
                ground.kind,
                GroundKind::FactMissing | GroundKind::FactInvalid | GroundKind::ReasonNeeded
            ) && ground.rule.is_none()
        })
    }

    /// Whether one of the grounds is this rule or row.
    pub fn names(&self, id: &str) -> bool {
        self.grounds.iter().any(|ground| {
            ground.rule.as_deref() == Some(id) || ground.rows.iter().any(|row| row == id)
        })
    }
}

/// The sentence of an obstacle, with the member it concerns where there are several.
pub fn explain(case: &Case, event: EventIx, obstacle: &Obstacle) -> String {
    let procedure = &case.procedure;
    let text = obstacle_text(procedure, obstacle);
    let tail = obstacle
        .rule
        .map_or("", |rule| procedure.rules[rule].tail.as_str());
    let mut out = String::with_capacity(text.map_or(96, str::len) + tail.len() + 96);
    if obstacle.certainty == Truth::Unknown {
        out.push_str("缺少事实，还不能判断是否符合：");
    }
    match text {
        Some(text) => out.push_str(text),
        None => state_text(case, event, obstacle, &mut out),
    }
    let members = &case.members[usize::from(obstacle.domain.0)];
    if members.len() > 1
        && let Some(member) = members.get(obstacle.member)
    {
        out.push('（');
        out.push_str(&member.name);
        out.push('）');
    }
    out.push_str(tail);
    out
}

/// The sentence of an obstacle in an answer about `member`: shared where it is about that member itself.
pub fn sentence(case: &Case, event: EventIx, member: usize, obstacle: &Obstacle) -> Arc<str> {
    let own = case.procedure.events[event].domain;
    let is_elsewhere =
        (obstacle.domain, obstacle.member) != (own, member) && obstacle.domain != CASE;
    if obstacle.certainty == Truth::Unknown || is_elsewhere {
        return explain(case, event, obstacle).into();
    }
    let sentences = &case.procedure.index.sentences;
    match obstacle.kind {
        ObstacleKind::MissingBefore(c) | ObstacleKind::TooEarly(c) => {
            Arc::clone(&sentences.conditions[c])
        }
        ObstacleKind::StillOwed(m) => Arc::clone(&sentences.milestones[m]),
        ObstacleKind::Outstanding(r) => Arc::clone(&sentences.responses[r]),
        ObstacleKind::NotOpen(w) | ObstacleKind::Lapsed(w) => Arc::clone(&sentences.windows[w]),
        ObstacleKind::Requirement(q) => Arc::clone(&sentences.requirements[q]),
        ObstacleKind::Separation(s) => Arc::clone(&sentences.separations[s]),
        ObstacleKind::Defect(d) => Arc::clone(&sentences.defects[d]),
        ObstacleKind::NoSuchSubject | ObstacleKind::NotInPlay | ObstacleKind::AlreadyDone => {
            explain(case, event, obstacle).into()
        }
    }
}

fn obstacle_text<'p>(procedure: &'p Procedure, obstacle: &Obstacle) -> Option<&'p str> {
    match obstacle.kind {
        ObstacleKind::NoSuchSubject | ObstacleKind::NotInPlay | ObstacleKind::AlreadyDone => None,
        ObstacleKind::MissingBefore(c) | ObstacleKind::TooEarly(c) => {
            Some(&procedure.conditions[c].text)
        }
        ObstacleKind::StillOwed(m) => Some(&procedure.milestones[m].text),
        ObstacleKind::Outstanding(r) => Some(&procedure.responses[r].text),
        ObstacleKind::NotOpen(w) | ObstacleKind::Lapsed(w) => Some(&procedure.windows[w].text),
        ObstacleKind::Requirement(q) => Some(&procedure.requirements[q].text),
        ObstacleKind::Separation(s) => Some(&procedure.separations[s].text),
        ObstacleKind::Defect(d) => Some(&procedure.defects[d].name),
    }
}

fn state_text(case: &Case, event: EventIx, obstacle: &Obstacle, out: &mut String) {
    let procedure = &case.procedure;
    match obstacle.kind {
        ObstacleKind::NoSuchSubject => out.push_str("本案没有这个对象"),
        ObstacleKind::AlreadyDone => {
            out.push_str("已经做过，只能做一次");
            if let Some(last) = case.mark(event, obstacle.member).and_then(|mark| mark.last) {
                out.push('（');
                out.push_str(&last.chinese());
                out.push('）');
            }
        }
        _ => match case
            .mark(event, obstacle.member)
            .and_then(|mark| mark.excluded_by)
        {
            Some(by) => {
                out.push_str("因【");
                out.push_str(&procedure.events[by].name);
                out.push_str("】已不再进行");
            }
            None => out.push_str("本案目前不涉及这一步"),
        },
    }
}

/// The kind under which an obstacle is answered.
pub fn ground_kind(obstacle: &Obstacle) -> GroundKind {
    if obstacle.certainty == Truth::Unknown {
        return GroundKind::FactMissing;
    }
    match obstacle.kind {
        ObstacleKind::NoSuchSubject => GroundKind::NoSuchSubject,
        ObstacleKind::NotInPlay => GroundKind::NotInPlay,
        ObstacleKind::AlreadyDone => GroundKind::AlreadyDone,
        ObstacleKind::MissingBefore(_) => GroundKind::MissingBefore,
        ObstacleKind::TooEarly(_) => GroundKind::TooEarly,
        ObstacleKind::StillOwed(_) | ObstacleKind::Outstanding(_) => GroundKind::StillOwed,
        ObstacleKind::NotOpen(_) => GroundKind::NotOpen,
        ObstacleKind::Lapsed(_) => GroundKind::Lapsed,
        ObstacleKind::Requirement(_) => GroundKind::NotMet,
        ObstacleKind::Separation(_) => GroundKind::ActorLacking,
        ObstacleKind::Defect(_) => GroundKind::Defective,
    }
}

/// The ground of an obstacle.
pub fn ground(case: &Case, event: EventIx, obstacle: &Obstacle) -> Ground {
    let rule = obstacle.rule.map(|rule| &case.procedure.rules[rule]);
    Ground {
        kind: ground_kind(obstacle),
        rule: rule.map(|rule| rule.id.clone()),
        rows: rule.map_or_else(Vec::new, |rule| rule.rows.clone()),
        field: None,
        text: explain(case, event, obstacle),
    }
}
