//! Combined matters: what a case that follows another one takes over from it, so that time, parties, facts and evidence
//! are carried along and nothing is typed twice. What is taken over stays editable, and is judged like anything typed.

use crate::case::{Case, Done};
use crate::context::Context;
use crate::decide::History;
use crate::derive;
use crate::entry::{Entry, FileRef};
use crate::live::Live;
use law::fact::{FactType, Value};
use law::filling::{Brings, Carry, Taken};
use law::model::{CASE, Domain, Event, EventIx, FactIx, Procedure};
use vocabulary::{Day, Moment};

/// The case that another one follows, as far as a decision reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Its id.
    pub case_id: String,
    /// Its procedure, by id.
    pub procedure: String,
    /// The ids of the events that were done in it.
    pub done: Vec<String>,
}

impl Followed {
    /// What a decision reads of a case.
    pub fn of(case_id: &str, case: &Case) -> Followed {
        let mut done: Vec<String> = counting(case)
            .map(|done| case.procedure.events[done.event].id.clone())
            .collect();
        done.sort_unstable();
        done.dedup();
        Followed {
            case_id: case_id.to_owned(),
            procedure: case.procedure.id.clone(),
            done,
        }
    }

    /// Why an act may not open a case that follows this one; nothing where it may. `others` are all procedures.
    pub fn obstacle(&self, event: &Event, others: &[Procedure]) -> Option<String> {
        let procedure = |id: &str| others.iter().find(|it| it.id == id);
        let name = |id: &str| procedure(id).map_or_else(|| id.to_owned(), |it| it.name.clone());
        let Some(carry) = event.carries.iter().find(|it| it.from == self.procedure) else {
            let known: Vec<String> = event.carries.iter().map(|it| name(&it.from)).collect();
            let known = match known.as_slice() {
                [] => "它不承接别的案件".to_owned(),
                known => format!("可以承接的是：{}", known.join("、")),
            };
            return Some(format!(
                "“{}”不承接“{}”的案件；{known}。",
                event.name,
                name(&self.procedure)
            ));
        };
        let theirs = procedure(&self.procedure)?;
        let after = carry.after.iter().map(|at| &theirs.events[*at]);
        let is_ready = carry.after.is_empty()
            || after
                .clone()
                .any(|event| self.done.binary_search(&event.id).is_ok());
        if is_ready {
            return None;
        }
        let after: Vec<&str> = after.map(|event| event.name.as_str()).collect();
        Some(format!(
            "前案还没有办过“{}”，“{}”还不能承接它。",
            after.join("”或者“"),
            event.name
        ))
    }
}

/// Somebody who comes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedMember {
    /// The number in the other case.
    pub number: u32,
    /// The name.
    pub name: String,
    /// What is known of them, by our facts.
    pub facts: Vec<(FactIx, Value)>,
}

/// What is taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// What the act says.
    pub facts: Vec<(FactIx, Value)>,
    /// Who comes in, and as what.
    pub members: Vec<CarriedMember>,
    /// Their domain with us.
    pub domain: Option<Domain>,
    /// Files that come along.
    pub files: Vec<FileRef>,
}

/// Whom a case takes over.
#[derive(Clone, Copy, Debug)]
pub enum Whom<'a> {
    /// Those whom the act brings in.
    Brought,
    /// Those of these names: the parties of a later act.
    Named(&'a [String]),
}

/// What an act takes over from the case that its own one follows. `number` is the number by which the other case goes.
pub fn carried(
    source: &History,
    context: &Context,
    (target, carry): (&Procedure, &Carry),
    whom: Whom<'_>,
    number: Option<&str>,
    now: Moment,
) -> Carried {
    let case = &source.case;
    let read = Reading {
        case,
        context,
        now,
        whom: match whom {
            Whom::Brought => Chosen::Of(carry.brings.as_ref().map(|it| it.theirs)),
            Whom::Named(names) => Chosen::Named(names),
        },
    };
    let facts = carry.fills.iter().filter_map(|(fact, taken)| {
        let kind = &target.facts[*fact].kind;
        let mut values = taken.iter().filter_map(|taken| match taken {
            Taken::Says(value) => Some(value.clone()),
            Taken::Number => number.map(|text| Value::Text(text.to_owned())),
            Taken::Day(events) => read.first_day(events).map(Value::Date),
            Taken::Fact(theirs) => read.fact(*theirs, kind),
        });
        Some((*fact, values.next()?))
    });
    let facts = facts.collect();
    let Some(brings) = carry
        .brings
        .as_ref()
        .filter(|_| matches!(whom, Whom::Brought))
    else {
        return Carried {
            facts,
            files: files(source, &carry.files),
            ..Carried::default()
        };
    };
    let members = 0..case.members[usize::from(brings.theirs.0)].len();
    Carried {
        facts,
        members: members
            .map(|member| read.member(target, brings, member))
            .collect(),
        domain: Some(brings.ours),
        files: files(source, &carry.files),
    }
}

/// What was done and still counts.
fn counting(case: &Case) -> impl Iterator<Item = &Done> {
    let counts = |done: &&Done| {
        case.mark(done.event, done.member)
            .is_some_and(|mark| mark.counts)
    };
    case.history.iter().filter(counts)
}

struct Reading<'a> {
    case: &'a Case,
    context: &'a Context,
    now: Moment,
    whom: Chosen<'a>,
}

/// Whose facts and acts are read.
enum Chosen<'a> {
    /// All of this domain; nobody where there is none.
    Of(Option<Domain>),
    /// Of any domain, those of these names.
    Named(&'a [String]),
}

impl Reading<'_> {
    fn is_chosen(&self, domain: Domain, member: usize) -> bool {
        match self.whom {
            Chosen::Of(of) => of == Some(domain),
            Chosen::Named(names) => self.case.members[usize::from(domain.0)]
                .get(member)
                .is_some_and(|it| names.contains(&it.name)),
        }
    }

    fn value(&self, fact: FactIx, member: usize) -> Option<Value> {
        let declared = &self.case.procedure.facts[fact];
        let Some(by) = &declared.derived_by else {
            return self.case.fact(fact, member).cloned();
        };
        let live = Live::of(self.case, self.context, member, self.now);
        Some(derive::derive(by, &live, member)?.value)
    }

    /// A fact of the case, or of those who come along: where they differ, a text tells each with the name, and anything else
    /// is left open.
    fn fact(&self, fact: FactIx, wanted: &FactType) -> Option<Value> {
        let declared = &self.case.procedure.facts[fact];
        let as_wanted = |value: Value| {
            if declared.kind == *wanted {
                value
            } else {
                Value::Text(declared.show(&value))
            }
        };
        if declared.domain == CASE {
            return self.value(fact, 0).map(as_wanted);
        }
        let members = 0..self.case.members[usize::from(declared.domain.0)].len();
        let said: Vec<(usize, Value)> = members
            .filter(|member| self.is_chosen(declared.domain, *member))
            .filter_map(|member| Some((member, as_wanted(self.value(fact, member)?))))
            .collect();
        let (_, first) = said.first()?;
        if said.iter().all(|(_, value)| value == first) {
            return Some(first.clone());
        }
        if *wanted != FactType::Text {
            return None;
        }
        let names = &self.case.members[usize::from(declared.domain.0)];
        let told = said.iter().map(|(member, value)| match value {
            Value::Text(text) => format!("{}：{text}", names[*member].name),
            other => format!("{}：{}", names[*member].name, declared.show(other)),
        });
        Some(Value::Text(told.collect::<Vec<_>>().join("\n")))
    }

    /// The first day of any of these acts, for the case or for one of those who come along.
    fn first_day(&self, events: &[EventIx]) -> Option<Day> {
        let is_meant = |done: &&Done| {
            let domain = self.case.procedure.events[done.event].domain;
            events.contains(&done.event) && (domain == CASE || self.is_chosen(domain, done.member))
        };
        counting(self.case)
            .filter(is_meant)
            .map(|done| done.occurred.day)
            .min()
    }

    fn member(&self, target: &Procedure, brings: &Brings, member: usize) -> CarriedMember {
        let known = &self.case.members[usize::from(brings.theirs.0)][member];
        let kind = &target.subjects[usize::from(brings.ours.0)];
        let asked = kind.required.iter().chain(&kind.optional);
        let facts = asked.filter_map(|fact| {
            let wanted = &target.facts[*fact];
            if let Some((_, value)) = brings.says.iter().find(|(said, _)| said == fact) {
                return Some((*fact, value.clone()));
            }
            let theirs = &self.case.procedure.facts;
            let same = theirs.iter().position(|it| {
                it.id == wanted.id && it.kind == wanted.kind && it.domain == brings.theirs
            })?;
            Some((*fact, self.value(same, member)?))
        });
        CarriedMember {
            number: known.number,
            name: known.name.clone(),
            facts: facts.collect(),
        }
    }
}

/// The files attached to these acts, each once.
fn files(source: &History, events: &[EventIx]) -> Vec<FileRef> {
    let procedure = &source.case.procedure;
    let ids: Vec<&str> = events
        .iter()
        .map(|at| procedure.events[*at].id.as_str())
        .collect();
    let acts = source.entries.iter().flat_map(|entry| match entry {
        Entry::Act(act) => vec![act.as_ref()],
        Entry::TakenOver(taken) => taken.acts.iter().collect(),
        Entry::CalendarSettled { .. } | Entry::Corrected(_) | Entry::PartsDestroyed(_) => {
            Vec::new()
        }
    });
    let mut found: Vec<FileRef> = Vec::new();
    for act in acts.filter(|act| ids.contains(&act.event.as_str())) {
        for file in &act.files {
            if found.iter().all(|known| known.sha256 != file.sha256) {
                found.push(file.clone());
            }
        }
    }
    found
}
