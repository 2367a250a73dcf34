//! A case as the lines of a workbook tell it, before anything is judged.

use crate::finding::{At, Finding};
use crate::terms::Terms;
use app::request::Participant;
use app::take_over::TakeOverRequest;
use app::{ActRequest, NewSubjectRequest};
use law::model::{EventIx, FactIx};
use std::collections::BTreeMap;
use vocabulary::{Day, Moment};

/// A case on paper.
#[derive(Clone, Debug)]
pub(crate) struct PaperCase {
    /// What the clerk calls it.
    pub(crate) key: String,
    pub(crate) at: At,
    /// Where it comes from.
    pub(crate) from: String,
    pub(crate) parties: Vec<PaperParty>,
    pub(crate) acts: Vec<PaperAct>,
    /// What the line of the case says: each goes to the first act that says it.
    pub(crate) loose: Vec<(FactIx, serde_json::Value, At)>,
    /// Who takes part in every act that has the role.
    pub(crate) usual: Vec<(usize, Vec<String>)>,
    pub(crate) errors: Vec<Finding>,
}

/// A party.
#[derive(Clone, Debug)]
pub(crate) struct PaperParty {
    pub(crate) name: String,
    pub(crate) at: At,
    pub(crate) facts: BTreeMap<String, serde_json::Value>,
    /// The day on which it came into the case; none for the first act that brings parties.
    pub(crate) joined: Option<Day>,
}

/// An act on paper.
#[derive(Clone, Debug)]
pub(crate) struct PaperAct {
    pub(crate) event: EventIx,
    /// The number of its subject; 0 for the case.
    pub(crate) number: u32,
    pub(crate) occurred: Moment,
    pub(crate) at: At,
    pub(crate) people: Vec<(usize, Vec<String>)>,
    pub(crate) facts: BTreeMap<FactIx, serde_json::Value>,
    /// Other things than parties that it brings in, by name.
    pub(crate) things: Vec<String>,
    pub(crate) scans: Vec<String>,
}

/// A case that can be asked for, or what keeps it from being so.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What the clerk calls it.
    pub key: String,
    /// Its line.
    pub at: At,
    /// The request; without its files.
    pub request: TakeOverRequest,
    /// The line of each act.
    pub lines: Vec<At>,
    /// Scans: the act, from 0, and the name of the file.
    pub scans: Vec<(usize, String)>,
    /// What keeps it from being taken over.
    pub errors: Vec<Finding>,
    /// What nobody wrote down.
    pub missing: Vec<Finding>,
}

impl PaperCase {
    pub(crate) fn new(key: String, at: At) -> PaperCase {
        PaperCase {
            key,
            at,
            from: String::new(),
            parties: Vec::new(),
            acts: Vec::new(),
            loose: Vec::new(),
            usual: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Notes what is wrong.
    pub(crate) fn wrong(&mut self, at: &At, text: impl Into<String>) {
        self.errors.push(Finding {
            at: at.clone(),
            text: text.into(),
        });
    }

    /// The request, in the order of the acts; people of the case stand in where an act names nobody.
    pub(crate) fn plan(mut self, terms: &Terms<'_>, by: (&str, &str)) -> Planned {
        let procedure = terms.procedure;
        for (fact, value, at) in std::mem::take(&mut self.loose) {
            let first = self
                .acts
                .iter_mut()
                .find(|act| procedure.events[act.event].says(fact));
            match first {
                Some(act) => {
                    act.facts.entry(fact).or_insert(value);
                }
                None => {
                    let name = &procedure.facts[fact].name;
                    self.wrong(&at, format!("办案过程里没有一步会写明“{name}”，无处登记"));
                }
            }
        }
        let mut requests = Vec::new();
        let (mut lines, mut scans, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        let mut waiting: Vec<PaperParty> = std::mem::take(&mut self.parties);
        let count = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        let mut errors = Vec::new();
        for (index, act) in self.acts.iter().enumerate() {
            let event = &procedure.events[act.event];
            let declared = &procedure.acts[event.act];
            let mut introduces = Vec::new();
            if let Some(domain) = declared.introduces {
                let kind = &procedure.subjects[usize::from(domain.0)];
                let is_party = kind.class == law::model::SubjectClass::Party;
                if is_party {
                    let (now, later): (Vec<_>, Vec<_>) = waiting
                        .into_iter()
                        .partition(|party| party.joined.is_none_or(|day| day <= act.occurred.day));
                    waiting = later;
                    introduces.extend(now.into_iter().map(|party| NewSubjectRequest {
                        kind: kind.id.clone(),
                        name: party.name,
                        facts: party.facts,
                        row: None,
                    }));
                } else {
                    let things = act.things.iter().map(|name| NewSubjectRequest {
                        kind: kind.id.clone(),
                        name: name.clone(),
                        facts: BTreeMap::new(),
                        row: None,
                    });
                    introduces.extend(things);
                }
            } else if !act.things.is_empty() {
                errors.push(Finding {
                    at: act.at.clone(),
                    text: format!("【{}】不带来新的对象", event.name),
                });
            }
            let mut people: Vec<Participant> = Vec::new();
            for role in 0..procedure.roles.len() {
                let own = act.people.iter().find(|(r, _)| *r == role);
                let usual = || {
                    let is_needed = declared.roles.contains(&role);
                    self.usual.iter().find(|(r, _)| *r == role && is_needed)
                };
                if let Some((_, ids)) = own.or_else(usual) {
                    people.extend(ids.iter().map(|person| Participant {
                        role: procedure.roles[role].id.clone(),
                        person: person.clone(),
                    }));
                }
            }
            let mut gaps: Vec<&str> = event
                .required
                .iter()
                .filter(|fact| !act.facts.contains_key(fact))
                .map(|fact| procedure.facts[*fact].name.as_str())
                .collect();
            gaps.extend(
                declared
                    .roles
                    .iter()
                    .filter(|role| {
                        let id = &procedure.roles[**role].id;
                        !people.iter().any(|person| person.role == *id)
                    })
                    .map(|role| procedure.roles[*role].name.as_str()),
            );
            if !gaps.is_empty() {
                missing.push(Finding {
                    at: act.at.clone(),
                    text: format!("【{}】没有写：{}", event.name, gaps.join("、")),
                });
            }
            scans.extend(act.scans.iter().map(|name| (index, name.clone())));
            lines.push(act.at.clone());
            requests.push(ActRequest {
                event: event.id.clone(),
                number: act.number,
                occurred: act.occurred,
                people,
                facts: act
                    .facts
                    .iter()
                    .map(|(fact, value)| (procedure.facts[*fact].id.clone(), value.clone()))
                    .collect(),
                introduces,
                reasons: BTreeMap::new(),
                files: Vec::new(),
                on_paper: false,
                follows: None,
                filled_from: None,
            });
        }
        for act in &self.acts {
            let domain = procedure.events[act.event].domain;
            let kind = &procedure.subjects[usize::from(domain.0)];
            if kind.class == law::model::SubjectClass::Party && act.number > count {
                errors.push(Finding {
                    at: act.at.clone(),
                    text: format!("没有第{}个当事人", act.number),
                });
            }
        }
        for party in waiting {
            errors.push(Finding {
                at: party.at,
                text: format!("没有一步能让当事人“{}”进入本案", party.name),
            });
        }
        if requests.is_empty() && self.errors.is_empty() {
            errors.push(Finding {
                at: self.at.clone(),
                text: "没有办案过程".to_owned(),
            });
        }
        errors.splice(0..0, self.errors);
        Planned {
            key: self.key,
            at: self.at,
            request: TakeOverRequest {
                procedure: procedure.id.clone(),
                from: self.from,
                entered_by: by.0.to_owned(),
                approved_by: by.1.to_owned(),
                sheet: Vec::new(),
                acts: requests,
            },
            lines,
            scans,
            errors,
            missing,
        }
    }
}
