//! A case: the marking of its procedure, and typed facts.
//!
//! Tables are dense: `[event][member]`, `[response][member]`. Members of a domain are counted from 0 in the order in
//! which they came into the case; the case itself is member 0 of its domain.

use std::sync::Arc;

use law::fact::Value;
use law::model::{CASE, Domain, EventIx, FactIx, Procedure, Trigger};
use vocabulary::{Day, Moment};

use crate::entry::{Clock, ObligationKey, SubjectId};

/// A subject in the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its number within its kind.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Names that it bore until they were corrected, oldest first.
    pub former: Vec<Former>,
}

/// A name that was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// The name.
    pub name: String,
    /// The day on which it was corrected.
    pub until: Day,
}

/// How an event stands for a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// How often it was done.
    pub count: u32,
    /// Whether the last doing still counts.
    pub counts: bool,
    /// In play.
    pub included: bool,
    /// Done first.
    pub first: Option<Moment>,
    /// Done last.
    pub last: Option<Moment>,
    /// What took it out of play.
    pub excluded_by: Option<EventIx>,
}

/// An outstanding obligation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Since.
    pub since: Moment,
    /// Its clock, if it has a length.
    pub clock: Option<Clock>,
    /// A fact was missing to say whether it is really owed.
    pub undetermined: bool,
}

/// An obligation that was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// Which.
    pub response: usize,
    /// For whom.
    pub member: usize,
    /// When.
    pub on: Moment,
    /// Its clock when it was met.
    pub clock: Option<Clock>,
    /// After its due date.
    pub late: bool,
}

/// An uncured defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Since.
    pub since: Moment,
}

/// Something done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What.
    pub event: EventIx,
    /// For whom.
    pub member: usize,
    /// When.
    pub occurred: Moment,
    /// What it said.
    pub facts: Vec<(FactIx, Value)>,
    /// Who took part: role and person id.
    pub people: Vec<(usize, String)>,
    /// Rules it departed from without being refused.
    pub cautions: Vec<String>,
    /// The number of its entry, from 1.
    pub entry: u32,
    /// Which of the acts of its entry, where the entry holds several.
    pub within: usize,
}

/// A case.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The procedure that it follows.
    pub procedure: Arc<Procedure>,
    /// Members by domain.
    pub members: Vec<Vec<Member>>,
    /// Marks by event and member.
    pub marks: Vec<Vec<Mark>>,
    /// Outstanding obligations by response and member.
    pub owed: Vec<Vec<Option<Obligation>>>,
    /// Obligations that were met, in order.
    pub met: Vec<Met>,
    /// Clocks of windows by window and member.
    pub opened: Vec<Vec<Option<Clock>>>,
    /// Uncured defects by defect and member.
    pub defects: Vec<Vec<Option<Defect>>>,
    /// Facts by fact and member.
    pub facts: Vec<Vec<Option<Value>>>,
    /// What was done, in the order of recording.
    pub history: Vec<Done>,
}

impl Case {
    /// A case of which nothing is recorded yet.
    pub fn new(procedure: Arc<Procedure>) -> Case {
        let mut case = Case {
            members: vec![Vec::new(); procedure.subjects.len()],
            marks: vec![Vec::new(); procedure.events.len()],
            owed: vec![Vec::new(); procedure.responses.len()],
            met: Vec::new(),
            opened: vec![Vec::new(); procedure.windows.len()],
            defects: vec![Vec::new(); procedure.defects.len()],
            facts: vec![Vec::new(); procedure.facts.len()],
            history: Vec::new(),
            procedure,
        };
        case.add_member(CASE, 0, String::new());
        case
    }

    /// Adds a member to a domain and makes room for it in every table.
    pub(crate) fn add_member(&mut self, domain: Domain, number: u32, name: String) {
        let procedure = Arc::clone(&self.procedure);
        self.members[usize::from(domain.0)].push(Member {
            number,
            name,
            former: Vec::new(),
        });
        for (event, declared) in procedure.events.iter().enumerate() {
            if declared.domain == domain {
                let included = procedure.acts[declared.act].starts_included;
                self.marks[event].push(Mark {
                    included,
                    ..Mark::default()
                });
            }
        }
        for (response, edge) in procedure.responses.iter().enumerate() {
            if edge.domain == domain {
                self.owed[response].push(None);
            }
        }
        for (window, edge) in procedure.windows.iter().enumerate() {
            if procedure.events[edge.target].domain == domain {
                self.opened[window].push(None);
            }
        }
        for (defect, edge) in procedure.defects.iter().enumerate() {
            if procedure.events[edge.event].domain == domain {
                self.defects[defect].push(None);
            }
        }
        for (fact, declared) in procedure.facts.iter().enumerate() {
            if declared.domain == domain {
                self.facts[fact].push(None);
            }
        }
    }

    /// The member of this number in a domain.
    pub fn member(&self, domain: Domain, number: u32) -> Option<usize> {
        if domain == CASE {
            return Some(0);
        }
        self.members
            .get(usize::from(domain.0))?
            .iter()
            .position(|member| member.number == number)
    }

    /// The stored form of a member.
    pub fn subject(&self, domain: Domain, member: usize) -> SubjectId {
        let kind = self.procedure.subjects[usize::from(domain.0)].id.clone();
        let number = self.members[usize::from(domain.0)]
            .get(member)
            .map_or(0, |m| m.number);
        SubjectId { kind, number }
    }

    /// The domain and member of a stored subject.
    pub fn find(&self, subject: &SubjectId) -> Option<(Domain, usize)> {
        let domain = self
            .procedure
            .subjects
            .iter()
            .position(|s| s.id == subject.kind)?;
        let domain = Domain(u8::try_from(domain).ok()?);
        Some((domain, self.member(domain, subject.number)?))
    }

    /// The stored form of an obligation.
    pub fn obligation_key(&self, response: usize, member: usize) -> ObligationKey {
        let procedure = &self.procedure;
        let edge = &procedure.responses[response];
        ObligationKey {
            rule: procedure.rules[edge.rule].id.clone(),
            trigger: trigger_id(procedure, &edge.trigger),
            targets: edge
                .targets
                .iter()
                .map(|target| procedure.events[*target].id.clone())
                .collect(),
            subject: self.subject(edge.domain, member),
        }
    }

    /// The obligation of a stored key under the rules in force now.
    pub fn find_obligation(&self, key: &ObligationKey) -> Option<(usize, usize)> {
        let procedure = &self.procedure;
        let (domain, member) = self.find(&key.subject)?;
        let fits = |edge: &law::model::ResponseEdge| {
            edge.domain == domain
                && procedure.rules[edge.rule].id == key.rule
                && trigger_id(procedure, &edge.trigger) == key.trigger
                && edge.targets.len() == key.targets.len()
                && edge
                    .targets
                    .iter()
                    .zip(&key.targets)
                    .all(|(target, id)| procedure.events[*target].id == *id)
        };
        Some((procedure.responses.iter().position(fits)?, member))
    }

    /// The value of a fact for a member.
    pub fn fact(&self, fact: FactIx, member: usize) -> Option<&Value> {
        self.facts.get(fact)?.get(member)?.as_ref()
    }

    /// How an event stands for a member.
    pub fn mark(&self, event: EventIx, member: usize) -> Option<&Mark> {
        self.marks.get(event)?.get(member)
    }

    /// The latest day on which something of this case happened.
    pub fn last_occurred(&self) -> Option<Moment> {
        self.history.iter().map(|done| done.occurred).max()
    }

    /// All values that an act ever gave a fact, in the order of recording.
    pub fn values(&self, fact: FactIx, member: usize) -> impl Iterator<Item = &Value> {
        let of = self.procedure.facts[fact].domain;
        self.history
            .iter()
            .filter(move |done| of == CASE || done.member == member)
            .flat_map(move |done| {
                done.facts
                    .iter()
                    .filter(move |(f, _)| *f == fact)
                    .map(|(_, value)| value)
            })
    }
}

pub(crate) fn trigger_id(procedure: &Procedure, trigger: &Trigger) -> String {
    match trigger {
        Trigger::After(event) => procedure.events[*event].id.clone(),
        Trigger::Changed { facts, .. } => facts
            .iter()
            .map(|f| procedure.facts[*f].id.as_str())
            .collect::<Vec<_>>()
            .join("+"),
    }
}
