//! What is served of a case, and how it stands: one paper for each document of each member that has it.
//!
//! Nothing here knows an act: which ones belong to the service of a document follows from what they are done for, and
//! from their shortcuts (快捷); which of them means that it was served, from a tag.

use law::engine::Scope;
use law::fact::Value;
use law::filling::Shortcut;
use law::model::{ActClass, ActIx, CASE, DocumentIx, Domain, EventIx, FactIx, Procedure};
use vocabulary::{Day, Moment};

use crate::answer::{Answer, Step};
use crate::case::{Case, Done};
use crate::context::Context;
use crate::derive;
use crate::live::Live;
use crate::relevance;

/// The tag of an act after which the document is served.
const SERVES: &str = "送到";

/// How a paper stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Served, but a defect of the service is not cured.
    Defective,
    /// To be served.
    Waiting,
    /// Served.
    Served,
}

/// A document of a member, with its service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The kind of document.
    pub document: DocumentIx,
    /// Whose it is.
    pub domain: Domain,
    /// Whose it is.
    pub member: usize,
    /// Its number (文号), once it has one.
    pub number: Option<String>,
    /// When it was issued last.
    pub issued: Moment,
    /// How it stands.
    pub standing: Standing,
    /// Obligations to serve it, as indexes into [`Answer::must`], nearest first.
    pub musts: Vec<usize>,
    /// What was done since it was issued without serving it, as indexes into the history.
    pub attempts: Vec<usize>,
    /// Its last service since it was issued, as index into the history.
    pub served: Option<usize>,
    /// Uncured defects of its service, as indexes into the defects of the procedure.
    pub defects: Vec<usize>,
    /// What can be recorded now: acts with the shortcuts that are offered, service first.
    pub acts: Vec<Offered>,
}

/// An act with its shortcuts that fit, as indexes into those of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The act.
    pub step: Step,
    /// Its shortcuts.
    pub shortcuts: Vec<usize>,
}

impl Paper {
    /// There is something to do about its service.
    pub fn is_open(&self) -> bool {
        self.standing != Standing::Served
    }
}

/// Every issued document of the case that is served by some act with shortcuts: those with something to do first, the
/// nearest date first.
pub fn papers(case: &Case, context: &Context, answer: &Answer, now: Moment) -> Vec<Paper> {
    let procedure = &case.procedure;
    let mut papers = Vec::new();
    for (document, declared) in procedure.documents.iter().enumerate() {
        let events: Vec<EventIx> = (0..procedure.events.len())
            .filter(|event| belongs(procedure, *event, document))
            .collect();
        if declared.is_publication || !events.iter().any(|event| serves(procedure, *event)) {
            continue;
        }
        for member in 0..case.members[usize::from(declared.domain.0)].len() {
            papers.extend(paper(case, context, answer, now, &events, document, member));
        }
    }
    papers.sort_by_key(|paper| {
        let due = paper.musts.first().and_then(|must| answer.must[*must].due);
        (paper.standing, due.is_none(), due, paper.issued)
    });
    papers
}

/// An act with shortcuts that is done for this kind of document.
fn belongs(procedure: &Procedure, event: EventIx, document: DocumentIx) -> bool {
    let declared = &procedure.events[event];
    declared.document == Some(document) && !declared.shortcuts.is_empty()
}

fn serves(procedure: &Procedure, event: EventIx) -> bool {
    let tags = &procedure.act_of(event).tags;
    tags.iter().any(|tag| tag == SERVES)
}

/// The shortcuts of an act that are offered for a member.
pub fn offered(case: &Case, context: &Context, step: Step, now: Moment) -> Vec<usize> {
    let event = &case.procedure.events[step.event];
    let scope = Scope::of(event.domain, step.member);
    let fits = |at: &usize| {
        let shortcut = &event.shortcuts[*at];
        let mut acts = shortcut.days.iter().map(|(_, act)| *act);
        let when = shortcut.when.as_ref();
        acts.all(|act| first_day(case, act).is_some())
            && when.is_none_or(|when| relevance::may_hold(case, context, now, when, &scope))
    };
    (0..event.shortcuts.len()).filter(fits).collect()
}

/// What a shortcut fills in for a member, as things stand: what it says, and what other facts say that it takes, and the days of
/// earlier acts.
pub fn filled(
    case: &Case,
    context: &Context,
    step: Step,
    shortcut: &Shortcut,
    now: Moment,
) -> Vec<(FactIx, Value)> {
    let live = Live::of(case, context, step.member, now);
    let scope = Scope::of(case.procedure.events[step.event].domain, step.member);
    let taken = shortcut.takes.iter().filter_map(|(fact, other)| {
        let declared = &case.procedure.facts[*other];
        let member = scope.member(declared.domain)?;
        let value = match &declared.derived_by {
            Some(by) => derive::derive(by, &live, member)?.value,
            None => case.fact(*other, member)?.clone(),
        };
        Some((*fact, value))
    });
    let days = shortcut.days.iter();
    let days = days.filter_map(|(fact, act)| Some((*fact, Value::Date(first_day(case, *act)?))));
    let says = shortcut.says.iter().cloned();
    says.chain(taken).chain(days).collect()
}

/// The day on which an act was first done.
fn first_day(case: &Case, act: ActIx) -> Option<Day> {
    let of_act = |done: &&Done| case.procedure.events[done.event].act == act;
    let done = case.history.iter().filter(of_act);
    done.map(|done| done.occurred.day).min()
}

fn paper(
    case: &Case,
    context: &Context,
    answer: &Answer,
    now: Moment,
    events: &[EventIx],
    document: DocumentIx,
    member: usize,
) -> Option<Paper> {
    let procedure = &case.procedure;
    let domain = procedure.documents[document].domain;
    let (issued, number) = issued(case, document, member)?;
    let is_of_this = |(_, done): &(usize, &Done)| {
        events.contains(&done.event) && done.member == member && done.occurred.day >= issued.day
    };
    let (served, attempts): (Vec<usize>, Vec<usize>) = case
        .history
        .iter()
        .enumerate()
        .filter(is_of_this)
        .map(|(at, _)| at)
        .partition(|at| serves(procedure, case.history[*at].event));
    let musts: Vec<usize> = (0..answer.must.len())
        .filter(|at| {
            let must = &answer.must[*at];
            let is_target = |event: &EventIx| events.contains(event);
            must.member == member && must.targets.iter().any(is_target)
        })
        .collect();
    let defects: Vec<usize> = (0..procedure.defects.len())
        .filter(|at| {
            let is_own = events.contains(&procedure.defects[*at].event);
            let kept = case.defects[*at].get(member);
            is_own && kept.is_some_and(Option::is_some)
        })
        .collect();
    let is_in_play = events.iter().any(|event| {
        serves(procedure, *event) && case.mark(*event, member).is_some_and(|mark| mark.included)
    });
    let standing = if !defects.is_empty() {
        Standing::Defective
    } else if !musts.is_empty() || (served.is_empty() && is_in_play) {
        Standing::Waiting
    } else if served.is_empty() {
        // It fell away before it was served.
        return None;
    } else {
        Standing::Served
    };
    let may = |step: Step| match procedure.act_of(step.event).class {
        // What happened can always be recorded.
        ActClass::HappenedOutside => is_in_play,
        ActClass::MadeHere => answer.may.iter().any(|may| may.step == step),
    };
    let mut acts: Vec<Offered> = events
        .iter()
        .map(|event| Step {
            event: *event,
            member,
        })
        .filter(|step| may(*step))
        .map(|step| Offered {
            step,
            shortcuts: offered(case, context, step, now),
        })
        .collect();
    acts.sort_by_key(|act| !serves(procedure, act.step.event));
    Some(Paper {
        document,
        domain,
        member,
        number,
        issued,
        standing,
        musts,
        attempts,
        served: served
            .into_iter()
            .max_by_key(|at| case.history[*at].occurred),
        defects,
        acts,
    })
}

/// When the document of a member was issued last, and under which number.
fn issued(case: &Case, document: DocumentIx, member: usize) -> Option<(Moment, Option<String>)> {
    let procedure = &case.procedure;
    let domain = procedure.documents[document].domain;
    let mut found: Option<(Moment, Option<String>)> = None;
    for (event, declared) in procedure.events.iter().enumerate() {
        if !declared.issues.contains(&document) {
            continue;
        }
        // A document of the case may be issued for one of its parties.
        let members = if declared.domain == domain {
            member..member + 1
        } else {
            0..case.members[usize::from(declared.domain.0)].len()
        };
        for by in members {
            let mark = case.mark(event, by).filter(|mark| mark.count > 0);
            let Some(last) = mark.and_then(|mark| mark.last) else {
                continue;
            };
            if found.as_ref().is_none_or(|(known, _)| *known <= last) {
                found = Some((last, number(case, event, document, by)));
            }
        }
    }
    found
}

/// The number that stands on a document: the one that its act issues, or of several the one named after it.
fn number(case: &Case, event: EventIx, document: DocumentIx, member: usize) -> Option<String> {
    let procedure = &case.procedure;
    let declared = &procedure.events[event];
    let name = &procedure.documents[document].name;
    let own = |fact: &&usize| procedure.facts[**fact].name.starts_with(name.as_str());
    let fact = match declared.numbered.as_slice() {
        [only] => only,
        several => several.iter().find(own)?,
    };
    let of = if procedure.facts[*fact].domain == CASE {
        0
    } else {
        member
    };
    case.fact(*fact, of)
        .map(|value| procedure.facts[*fact].show(value))
}
