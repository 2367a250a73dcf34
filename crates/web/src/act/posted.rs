//! What a form sent, and the request that it makes.

use super::Asked;
use super::fields::{NEWCOMER, SAID, part_name};
use super::follow::FOLLOWS;
use super::place::Place;
use app::{ActRequest, FieldError, NewSubjectRequest};
use casework::entry::{FileRef, Participant};
use law::fact::{Fact, FactType, NAME_LONGEST, TEXT_LONGEST, Value, check_words, hidden_character};
use law::model::{CASE, Domain, FactIx, Procedure};
use std::collections::BTreeMap;
use vocabulary::{Day, DayError, Fen, Installments, Moment, Penalty, PenaltyKind};

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

    /// Every name with each of its values.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, values)| {
            values
                .iter()
                .map(move |value| (name.as_str(), value.as_str()))
        })
    }

    /// With what hides made visible, to be drawn again: who typed it can find it and take it out.
    pub(super) fn visible(&self) -> Posted {
        let seen = |text: &String| visible(text);
        let fields = self.0.iter();
        Posted(
            fields
                .map(|(name, values)| (name.clone(), values.iter().map(seen).collect()))
                .collect(),
        )
    }

    /// Whether the form says something in this field.
    pub(super) fn says(&self, field: &str) -> bool {
        let is_of = |name: &str| {
            [SAID, NEWCOMER, "role.", "reason.", ""]
                .iter()
                .any(|prefix| {
                    name.strip_prefix(prefix)
                        .and_then(|rest| rest.strip_prefix(field))
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                })
        };
        self.pairs()
            .any(|(name, value)| is_of(name) && !value.trim().is_empty())
    }

    /// Rules that a reason was written for, and the reason.
    pub(super) fn reasons(&self) -> impl Iterator<Item = (&str, &str)> {
        let written = self.0.iter().filter_map(|(name, values)| {
            let rule = name.strip_prefix("reason.")?;
            Some((rule, values.first()?.trim()))
        });
        written.filter(|(_, reason)| !reason.is_empty())
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
            follows: None,
            filled_from: None,
        };
        for sentence in self.all(ATTACHED_WRONG) {
            errors.push(FieldError {
                field: ATTACHED.to_owned(),
                text: sentence.clone(),
            });
        }
        let facts: Vec<FactIx> = declared.sayable().collect();
        self.facts(asked, facts.iter(), SAID, &mut request.facts, &mut errors);
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
        for (rule, reason) in self.reasons() {
            if let Err(problem) = check_words(reason, TEXT_LONGEST) {
                errors.push(FieldError {
                    field: format!("reason.{rule}"),
                    text: format!("写明的理由{problem}"),
                });
            }
            request.reasons.insert(rule.to_owned(), reason.to_owned());
        }
        if let Some(text) = &asked.unfit {
            errors.push(FieldError {
                field: FOLLOWS.to_owned(),
                text: text.clone(),
            });
        }
        if let Some(following) = &asked.following {
            following.complete(asked, self, &mut request, &mut errors);
        }
        (request, errors)
    }

    fn occurred(&self, now: Moment, errors: &mut Vec<FieldError>) -> Moment {
        let (day, time) = (self.one("occurred"), self.one("occurred.time"));
        let read = Day::typed(day, now.day).and_then(|day| moment(day, time));
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
        if let Err(problem) = check_words(name, NAME_LONGEST) {
            errors.push(FieldError {
                field: "name".to_owned(),
                text: format!("名称{problem}"),
            });
        }
        let mut newcomer = NewSubjectRequest {
            kind: procedure.subjects[usize::from(domain.0)].id.clone(),
            name: name.to_owned(),
            facts: BTreeMap::new(),
            row: None,
        };
        self.facts(asked, facts.iter(), NEWCOMER, &mut newcomer.facts, errors);
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
        asked: &Asked,
        facts: impl Iterator<Item = &'f FactIx>,
        prefix: &str,
        read: &mut BTreeMap<String, serde_json::Value>,
        errors: &mut Vec<FieldError>,
    ) {
        let procedure = asked.view.procedure();
        let today = asked.view.now.day;
        for fact in facts.map(|fact| &procedure.facts[*fact]) {
            let value = self.value(fact, &format!("{prefix}{}", fact.id), today);
            let value = value
                .map(|read| read.and_then(|value| fact.check_value(&value, today).map(|()| value)));
            match value {
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

    fn value(&self, fact: &Fact, name: &str, today: Day) -> Option<Result<Value, String>> {
        match &fact.kind {
            FactType::Penalty => self.penalty(name),
            FactType::Choices(_) => {
                let chosen = self.all(name);
                (!chosen.is_empty()).then(|| {
                    fact.parse(&chosen.join("、"))
                        .map_err(|error| error.to_string())
                })
            }
            FactType::Date => {
                let text = self.one(name);
                let read = || Day::typed(text, today).map(Value::Date);
                (!text.is_empty()).then(|| read().map_err(|error| at(fact, error)))
            }
            FactType::Moment => {
                // As people write it, with a space.
                let text = self.one(name);
                let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
                let read = || Day::typed(day, today).and_then(|day| moment(day, time));
                (!text.is_empty())
                    .then(|| read().map(Value::Moment).map_err(|error| at(fact, error)))
            }
            FactType::Installments => {
                let text = self.one(name);
                let read = || Installments::typed(text, today).map(Value::Installments);
                (!text.is_empty()).then(|| read().map_err(|error| at(fact, error)))
            }
            FactType::Text if fact.is_place => {
                let place = Place::sent(|part| self.one(&part_name(name, part)).to_owned());
                let read = || {
                    let text = place.text().map_err(|problem| at(fact, problem))?;
                    fact.parse(&text).map_err(|error| error.to_string())
                };
                (!place.is_empty()).then(read)
            }
            FactType::Bool
            | FactType::Count
            | FactType::Quantity
            | FactType::Money
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

/// With what hides made visible.
pub(super) fn visible(text: &str) -> String {
    let shown = |c: char| match hidden_character(c.encode_utf8(&mut [0; 4])) {
        Some(_) => char::REPLACEMENT_CHARACTER,
        None => c,
    };
    text.chars().map(shown).collect()
}

/// What is wrong with a fact, named.
fn at(fact: &Fact, problem: impl std::fmt::Display) -> String {
    format!("“{}”：{problem}", fact.name)
}

/// A day with a time as people type it: `09:30`, `9:30`, with the colon of either keyboard; no time is none.
fn moment(day: Day, time: &str) -> Result<Moment, DayError> {
    let time = time.trim().replace('：', ":");
    if time.is_empty() {
        return Ok(Moment::from(day));
    }
    let is_short = time.len() == 4 && time.split_once(':').is_some();
    Moment::parse(&format!("{day}T{}{time}", if is_short { "0" } else { "" }))
}
