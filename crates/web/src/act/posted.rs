//! What a form sent, and the request that it makes.

use super::Asked;
use super::fields::{NEWCOMER, SAID};
use app::{ActRequest, FieldError, NewSubjectRequest};
use casework::entry::{FileRef, Participant};
use law::fact::{Fact, FactType, Value};
use law::model::{CASE, Domain, FactIx, Procedure};
use std::collections::BTreeMap;
use vocabulary::{Day, Fen, Moment, Penalty, PenaltyKind};

/// A file that the store has taken: what it is known by, as JSON.
pub(super) const ATTACHED: &str = "attached";
/// Why a file was not taken.
pub(super) const ATTACHED_WRONG: &str = "attached.wrong";

/// The fields of a form by name, each with all its values.
#[derive(Clone, Debug, Default)]
pub(super) struct Posted(BTreeMap<String, Vec<String>>);

/// The stored id of a kind of penalty.
pub(super) fn kind_id(kind: PenaltyKind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|id| id.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Facts that are asked about a member when it comes in: those that must be filled, then those that may be.
pub(crate) fn facts_of_newcomer(procedure: &Procedure, domain: Domain) -> Vec<FactIx> {
    let kind = &procedure.subjects[usize::from(domain.0)];
    kind.required
        .iter()
        .chain(&kind.optional)
        .copied()
        .collect()
}

impl Posted {
    pub(super) fn new(pairs: Vec<(String, String)>) -> Posted {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            // Browsers send line ends as two characters; a text is stored with one.
            fields
                .entry(name)
                .or_default()
                .push(value.replace("\r\n", "\n"));
        }
        Posted(fields)
    }

    pub(super) fn is_blank(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn one(&self, name: &str) -> &str {
        self.0
            .get(name)
            .and_then(|values| values.first())
            .map_or("", |value| value.trim())
    }

    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The files that the store has taken for this form.
    pub(super) fn attached(&self) -> Vec<FileRef> {
        let known = self.all(ATTACHED).iter();
        known
            .filter_map(|json| serde_json::from_str(json).ok())
            .collect()
    }

    pub(super) fn version(&self) -> Option<u64> {
        self.one("version").parse().ok()
    }

    /// The request, and what is wrong with the fields.
    pub(super) fn request(&self, asked: &Asked) -> (ActRequest, Vec<FieldError>) {
        let procedure = asked.view.procedure();
        let declared = &procedure.events[asked.event];
        let mut errors = Vec::new();
        let occurred = self.occurred(asked.view.now, &mut errors);
        let mut request = ActRequest {
            event: declared.id.clone(),
            number: asked.number,
            occurred,
            people: Vec::new(),
            facts: BTreeMap::new(),
            introduces: Vec::new(),
            reasons: BTreeMap::new(),
            files: self.attached(),
            on_paper: self.one("on_paper") == "yes",
        };
        for sentence in self.all(ATTACHED_WRONG) {
            errors.push(FieldError {
                field: ATTACHED.to_owned(),
                text: sentence.clone(),
            });
        }
        let facts: Vec<FactIx> = declared
            .required
            .iter()
            .copied()
            .chain(declared.unforced())
            .collect();
        self.facts(
            procedure,
            facts.iter(),
            SAID,
            &mut request.facts,
            &mut errors,
        );
        for role in &procedure.act_of(asked.event).roles {
            let role = &procedure.roles[*role].id;
            let people = self
                .all(&format!("role.{role}"))
                .iter()
                .filter(|person| !person.is_empty());
            request.people.extend(people.map(|person| Participant {
                role: role.clone(),
                person: person.clone(),
            }));
        }
        if let Some(domain) = procedure
            .act_of(asked.event)
            .introduces
            .filter(|domain| *domain != CASE)
        {
            self.newcomer(asked, domain, &mut request, &mut errors);
        }
        for (name, values) in &self.0 {
            if let (Some(rule), Some(reason)) = (name.strip_prefix("reason."), values.first())
                && !reason.trim().is_empty()
            {
                request
                    .reasons
                    .insert(rule.to_owned(), reason.trim().to_owned());
            }
        }
        (request, errors)
    }

    fn occurred(&self, now: Moment, errors: &mut Vec<FieldError>) -> Moment {
        let (day, time) = (self.one("occurred"), self.one("occurred.time"));
        let read = if time.is_empty() {
            Day::parse(day).map(Moment::from)
        } else {
            Moment::parse(&format!("{day}T{time}"))
        };
        read.unwrap_or_else(|error| {
            errors.push(FieldError {
                field: "occurred".to_owned(),
                text: error.to_string(),
            });
            Moment::from(now.day)
        })
    }

    fn newcomer(
        &self,
        asked: &Asked,
        domain: Domain,
        request: &mut ActRequest,
        errors: &mut Vec<FieldError>,
    ) {
        let procedure = asked.view.procedure();
        let name = self.one("new.name");
        let facts = facts_of_newcomer(procedure, domain);
        let brings_its_own = procedure.events[asked.event].domain == domain;
        if name.is_empty() {
            let says_something = facts.iter().any(|fact| {
                let id = &procedure.facts[*fact].id;
                self.0.iter().any(|(key, values)| {
                    key.starts_with(&format!("{NEWCOMER}{id}"))
                        && values.iter().any(|value| !value.trim().is_empty())
                })
            });
            if says_something || brings_its_own {
                let kind = &procedure.subjects[usize::from(domain.0)].name;
                errors.push(FieldError {
                    field: "name".to_owned(),
                    text: format!("请填写{kind}的名称"),
                });
            }
            return;
        }
        let mut newcomer = NewSubjectRequest {
            kind: procedure.subjects[usize::from(domain.0)].id.clone(),
            name: name.to_owned(),
            facts: BTreeMap::new(),
        };
        self.facts(
            procedure,
            facts.iter(),
            NEWCOMER,
            &mut newcomer.facts,
            errors,
        );
        let kind = &procedure.subjects[usize::from(domain.0)];
        for fact in kind.required.iter().map(|fact| &procedure.facts[*fact]) {
            if !newcomer.facts.contains_key(&fact.id)
                && !errors.iter().any(|error| error.field == fact.id)
            {
                errors.push(FieldError {
                    field: fact.id.clone(),
                    text: format!("请填写“{}”", fact.name),
                });
            }
        }
        request.introduces.push(newcomer);
        if brings_its_own {
            let last = asked.view.case().members[usize::from(domain.0)]
                .iter()
                .map(|m| m.number)
                .max()
                .unwrap_or(0);
            request.number = last + 1;
        }
    }

    fn facts<'f>(
        &self,
        procedure: &Procedure,
        facts: impl Iterator<Item = &'f FactIx>,
        prefix: &str,
        read: &mut BTreeMap<String, serde_json::Value>,
        errors: &mut Vec<FieldError>,
    ) {
        for fact in facts.map(|fact| &procedure.facts[*fact]) {
            match self.value(fact, &format!("{prefix}{}", fact.id)) {
                None => {}
                Some(Ok(value)) => {
                    read.insert(fact.id.clone(), fact.to_json(&value));
                }
                Some(Err(text)) => errors.push(FieldError {
                    field: fact.id.clone(),
                    text,
                }),
            }
        }
    }

    fn value(&self, fact: &Fact, name: &str) -> Option<Result<Value, String>> {
        match &fact.kind {
            FactType::Penalty => self.penalty(name),
            FactType::Choices(_) => {
                let chosen = self.all(name);
                (!chosen.is_empty()).then(|| {
                    fact.parse(&chosen.join("、"))
                        .map_err(|error| error.to_string())
                })
            }
            FactType::Moment => {
                // As people write it, with a space.
                let text = self.one(name).replacen(' ', "T", 1);
                (!text.is_empty()).then(|| fact.parse(&text).map_err(|error| error.to_string()))
            }
            FactType::Bool
            | FactType::Count
            | FactType::Money
            | FactType::Date
            | FactType::Choice(_)
            | FactType::Text
            | FactType::Item
            | FactType::ResidentId
            | FactType::CreditCode
            | FactType::Number => {
                let text = self.one(name);
                (!text.is_empty()).then(|| fact.parse(text).map_err(|error| error.to_string()))
            }
        }
    }

    fn penalty(&self, name: &str) -> Option<Result<Value, String>> {
        let kinds = self.all(name);
        let (fine, confiscation) = (
            self.one(&format!("{name}.fine")),
            self.one(&format!("{name}.confiscation")),
        );
        if kinds.is_empty() && fine.is_empty() && confiscation.is_empty() {
            return None;
        }
        let amount = |text: &str| {
            if text.is_empty() {
                Ok(Fen(0))
            } else {
                Fen::parse_yuan(text)
            }
        };
        let read = || {
            let known = kinds.iter().map(|id| {
                let kind = PenaltyKind::ALL
                    .into_iter()
                    .find(|kind| kind_id(*kind) == *id);
                kind.ok_or(format!("没有“{id}”这个处罚种类"))
            });
            let kinds = known.collect::<Result<Vec<_>, _>>()?;
            let fine = amount(fine).map_err(|error| error.to_string())?;
            let confiscation = amount(confiscation).map_err(|error| error.to_string())?;
            if kinds.contains(&PenaltyKind::Fine) && fine == Fen(0) {
                return Err("勾选了罚款，请填写罚款数额".to_owned());
            }
            Ok(Value::Penalty(Penalty::new(kinds, fine, confiscation)))
        };
        Some(read())
    }
}
