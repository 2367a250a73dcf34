//! From what is owed to the step that may be done now and leads there.

use crate::answer::{Answer, May, Step};
use crate::case::Case;
use law::model::{Duty, EventIx};

/// What the way to an obligation is read from: a case, and the answer of the law for it.
#[derive(Clone, Copy)]
pub struct Towards<'a> {
    /// The case.
    pub case: &'a Case,
    /// What may, must and may not be done.
    pub answer: &'a Answer,
}

/// The next lawful step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// The step.
    pub step: Step,
    /// Index of the obligation in [`Answer::must`] that it leads to; nothing where it only goes on with the main line.
    pub must: Option<usize>,
}

impl Towards<'_> {
    /// Whether the step may be taken now.
    pub fn is_open(&self, step: Step) -> bool {
        self.answer.may.iter().any(|may| may.step == step)
    }

    /// What lifts the obstacle that `rule` puts before a step, whether or not it may be done now.
    pub fn lifts(&self, before: Step, rule: usize) -> Vec<Step> {
        let procedure = &self.case.procedure;
        let target = before.event;
        let mut events: Vec<EventIx> = Vec::new();
        for edge in &procedure.conditions {
            if edge.rule == rule && edge.target == target {
                events.extend(&edge.sources);
            }
        }
        for edge in &procedure.milestones {
            if edge.rule == rule && edge.target == target {
                events.push(edge.source);
            }
        }
        for edge in &procedure.responses {
            if edge.rule == rule && edge.blocks.contains(&target) {
                events.extend(&edge.targets);
            }
        }
        for edge in &procedure.defects {
            if edge.rule == rule && edge.blocks.contains(&target) {
                events.extend(&edge.cures);
            }
        }
        let mut steps = Vec::new();
        for event in events {
            let domain = procedure.events[event].domain;
            let members = if domain == procedure.events[target].domain {
                before.member..before.member + 1
            } else {
                0..self.case.members[usize::from(domain.0)].len()
            };
            for member in members {
                let step = Step { event, member };
                if !steps.contains(&step) {
                    steps.push(step);
                }
            }
        }
        steps
    }

    /// What may be done now towards a step that may not, because of this rule: at most three.
    pub fn remedies(&self, before: Step, rule: usize) -> Vec<Step> {
        let mut open = Vec::new();
        for lifting in self.lifts(before, rule) {
            match self.step_towards(lifting, &mut vec![before]) {
                Some(step) if !open.contains(&step) => open.push(step),
                _ => {}
            }
        }
        open.truncate(3);
        open
    }

    /// The step that may be taken now and leads to what an obligation demands.
    pub fn step_for(&self, must: usize) -> Option<Step> {
        let must = &self.answer.must[must];
        let member = must.member;
        let mut seen = Vec::new();
        let mut steps = must.targets.iter().map(|event| Step {
            event: *event,
            member,
        });
        steps.find_map(|target| self.step_towards(target, &mut seen))
    }

    /// The next lawful step: the first that leads to what the agency owes, most urgent first; else the next of the main
    /// line.
    pub fn next(&self) -> Option<Next> {
        let owed = (0..self.answer.must.len()).filter(|must| self.is_owed_by_agency(*must));
        for must in owed {
            if let Some(step) = self.step_for(must) {
                let must = Some(must);
                return Some(Next { step, must });
            }
        }
        self.main_line().map(|step| Next { step, must: None })
    }

    /// Whether it is the agency that owes it.
    pub fn is_owed_by_agency(&self, must: usize) -> bool {
        self.answer.must[must].by == Duty::Agency.chinese()
    }

    /// The first step of the main line (what the public chart shows) that was not taken and may be.
    fn main_line(&self) -> Option<Step> {
        let procedure = &self.case.procedure;
        let events = (0..procedure.events.len()).filter(|event| procedure.act_of(*event).is_public);
        let mut steps = events.flat_map(|event| {
            let domain = usize::from(procedure.events[event].domain.0);
            let members = self.case.members[domain].len();
            (0..members).map(move |member| Step { event, member })
        });
        let step = steps.find(|step| {
            let mark = self.case.mark(step.event, step.member);
            mark.is_some_and(|mark| mark.count == 0 && mark.included) && self.is_open(*step)
        })?;
        self.step_towards(step, &mut Vec::new())
    }

    fn step_towards(&self, step: Step, seen: &mut Vec<Step>) -> Option<Step> {
        let mut open = self.answer.may.iter();
        if let Some(may) = open.find(|may| may.step == step) {
            // What only asks for a reason, or is kept and nothing more, still says what comes first.
            return self.before(may, seen).or(Some(step));
        }
        if seen.contains(&step) {
            return None;
        }
        seen.push(step);
        let mut blocked = self.answer.may_not.iter();
        let blocked = blocked.find(|it| it.step == step)?;
        let rules = blocked.why.iter().filter_map(|why| why.rule);
        let lifting: Vec<Step> = rules.flat_map(|rule| self.lifts(step, rule)).collect();
        // What is owed itself comes before what only leads there: a notice is served before the case goes to review.
        let owed = lifting
            .iter()
            .find(|it| self.is_open(**it) && self.is_owed(**it));
        owed.copied().or_else(|| {
            let mut lifting = lifting.into_iter();
            lifting.find_map(|lifting| self.step_towards(lifting, seen))
        })
    }

    /// The step that may be taken now and leads to what a rule wants before one that it does not stop.
    fn before(&self, may: &May, seen: &mut Vec<Step>) -> Option<Step> {
        if may.ahead_of.is_empty() || seen.contains(&may.step) {
            return None;
        }
        seen.push(may.step);
        let rules = may.ahead_of.iter();
        let first = rules.flat_map(|rule| self.lifts(may.step, *rule));
        let mut undone = first.filter(|it| {
            let mark = self.case.mark(it.event, it.member);
            mark.is_none_or(|mark| !mark.counts)
        });
        undone.find_map(|first| self.step_towards(first, seen))
    }

    fn is_owed(&self, step: Step) -> bool {
        let mut musts = self.answer.must.iter();
        musts.any(|must| must.member == step.member && must.targets.contains(&step.event))
    }
}
