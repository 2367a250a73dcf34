//! A procedure as people read it and as programs read it: the same [`Shown`], printed in Chinese or written as JSON.
//!
//! The shape of the JSON is a promise: fields are added, never renamed or taken away, and `shape` grows when one changes
//! its meaning. Names are Chinese, ids and the words of `class`, `strength`, `verified` and the like are English.

mod difference;
mod print;
mod sentences;
#[cfg(test)]
mod tests;
mod wording;

pub use difference::{Change, Difference, Element, FileDifference, differences, file_differences};

use std::collections::BTreeSet;

use serde::Serialize;
use vocabulary::Day;

use crate::chart::full_width;
use crate::fact::{FactType, Sensitivity, Value};
use crate::model::{
    Act, ActClass, Agency, DateKey, Domain, Event, PeriodRef, Procedure, RuleIx, Strength,
};
use crate::statute::{Citation, Verified};

/// A procedure, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The version of this shape.
    pub shape: u32,
    /// Id of the procedure.
    pub id: String,
    /// Its Chinese name.
    pub name: String,
    /// Phases in order.
    pub phases: Vec<Named>,
    /// Acts in the order of the phases.
    pub acts: Vec<ShownAct>,
    /// Facts; one that every document or publication has stands here once.
    pub facts: Vec<ShownFact>,
    /// Relations in the order of the files.
    pub relations: Vec<ShownRelation>,
}

/// An id with its Chinese name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name: String,
}

/// An act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownAct {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Id of its phase.
    pub phase: String,
    /// Made here, or happened outside.
    pub class: ActClass,
    /// What it is done for: kinds of subject.
    pub subjects: Vec<String>,
    /// The kinds of document that it is done for, one by one.
    pub documents: Vec<String>,
    /// Roles that take part.
    pub roles: Vec<String>,
    /// Facts that must be filled.
    pub required: Vec<String>,
    /// Facts that may be filled.
    pub optional: Vec<String>,
    /// Numbers that it issues.
    pub numbered: Vec<String>,
    /// The rule whose clock brings it about when it has run out.
    pub due_of: Option<String>,
    /// Documents that come into being with it.
    pub issues: Vec<String>,
    /// The kind of subject that it may bring in.
    pub introduces: Option<String>,
    /// May be done again at will.
    pub repeatable: bool,
    /// In play from the start.
    pub starts_in_play: bool,
    /// Shown in the public chart.
    pub public: bool,
    /// What overlays call it.
    pub tags: Vec<String>,
    /// Prepared ways of filling it.
    pub shortcuts: Vec<ShownShortcut>,
    /// What it takes over from cases of other procedures, in the words of the file.
    pub carries: Vec<String>,
    /// `file:line` of its declaration.
    pub place: String,
}

/// A prepared way of filling an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownShortcut {
    /// Its name.
    pub name: String,
    /// What it fills in: facts with their values.
    pub says: Vec<ShownSaying>,
    /// Under which condition it is offered; empty when always.
    pub condition: String,
}

/// A fact with the value that is filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownSaying {
    /// Chinese name of the fact.
    pub fact: String,
    /// The value as people read it.
    pub value: String,
}

/// A fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownFact {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Its type, as the notation calls it.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// Every document or publication has its own.
    pub per_document: bool,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    /// The alternatives of a choice.
    pub alternatives: Vec<Named>,
    /// The algorithm that derives it.
    pub derived_by: Option<String>,
    /// Where it names a row of a register: how that is read, in the words of the file.
    pub looked_up: Option<String>,
    /// `file:line` of its declaration.
    pub place: String,
}

/// A relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownRelation {
    /// Unique id.
    pub id: String,
    /// The keyword of the notation, such as 前提.
    pub kind: String,
    /// What it says, in one or more sentences.
    pub sentences: Vec<String>,
    /// Under which condition; empty when always.
    pub condition: String,
    /// Its period.
    pub period: Option<ShownPeriod>,
    /// The strength that it declares.
    pub strength: Strength,
    /// The strength that it has for the agency: what is not confirmed does not block.
    pub strength_now: Strength,
    /// The sentence of the file.
    pub note: String,
    /// Legal basis.
    pub basis: Vec<Citation>,
    /// How far the basis was checked.
    pub verified: Verified,
    /// Rows of the legal baseline that it puts into effect.
    pub rows: Vec<String>,
    /// In force from.
    pub from: Option<Day>,
    /// No longer in force from.
    pub until: Option<Day>,
    /// Which date decides.
    pub date_key: DateKey,
    /// `file:line` of the rule.
    pub place: String,
}

/// A period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownPeriod {
    /// In Chinese, such as 7个工作日.
    pub text: String,
    /// How many; none while a setting has no value.
    pub count: Option<u32>,
    /// Of what: `hours`, `days`, `working-days`, `months`, `years`.
    pub unit: Option<&'static str>,
    /// The calculation code, `F1` to `F5`.
    pub code: Option<&'static str>,
    /// The setting that holds it.
    pub setting: Option<String>,
    /// Whether the value may be relied on.
    pub confirmed: bool,
}

/// The procedure as this agency has it.
pub fn show(procedure: &Procedure, agency: &Agency) -> Shown {
    let named = |id: &str, name: &str| Named {
        id: id.to_owned(),
        name: name.to_owned(),
    };
    let mut acts: Vec<(usize, &Act)> = procedure.acts.iter().enumerate().collect();
    acts.sort_by_key(|(ix, act)| (act.phase, *ix));
    let mut seen = BTreeSet::new();
    let once = procedure
        .facts
        .iter()
        .filter(|fact| seen.insert(bare(&fact.id).to_owned()));
    let facts = once.map(|fact| ShownFact {
        id: bare(&fact.id).to_owned(),
        name: bare(&fact.name).to_owned(),
        kind: fact.kind.chinese().to_owned(),
        subject: subject(procedure, fact.domain).to_owned(),
        per_document: fact.document.is_some(),
        sensitivity: fact.sensitivity,
        alternatives: match &fact.kind {
            FactType::Choice(all) | FactType::Choices(all) => {
                all.iter().map(|a| named(&a.id, &a.name)).collect()
            }
            _ => Vec::new(),
        },
        derived_by: fact.derived_by.clone(),
        looked_up: looked_up(procedure, bare(&fact.id)),
        place: place(&fact.place),
    });
    Shown {
        shape: 1,
        id: procedure.id.clone(),
        name: procedure.name.clone(),
        phases: procedure
            .phases
            .iter()
            .map(|phase| named(&phase.id, &phase.name))
            .collect(),
        acts: acts.into_iter().map(|(ix, _)| act(procedure, ix)).collect(),
        facts: facts.collect(),
        relations: (0..procedure.rules.len())
            .map(|rule| relation(procedure, agency, rule))
            .collect(),
    }
}

/// The part of a fact's id or name that does not name its document.
fn bare(text: &str) -> &str {
    text.split([':', '：']).next().unwrap_or(text)
}

/// How a register is read by a fact that names a row of it.
fn looked_up(procedure: &Procedure, id: &str) -> Option<String> {
    let mut lookups = procedure.lookups.iter();
    let found = lookups.find(|it| procedure.facts[it.key].id == id)?;
    Some(found.told.clone())
}

fn place(place: &crate::source::Place) -> String {
    format!("{}:{}", place.file, place.line)
}

fn subject(procedure: &Procedure, domain: Domain) -> &str {
    procedure
        .subjects
        .get(usize::from(domain.0))
        .map_or("", |subject| subject.name.as_str())
}

fn once<'a>(all: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in all {
        if !found.iter().any(|known| known == text) {
            found.push(text.to_owned());
        }
    }
    found
}

/// What an act takes over, and where it says which case follows.
fn carries(procedure: &Procedure, event: &Event) -> Vec<String> {
    let over = event.carries.iter().map(|carry| carry.told.clone());
    let after = event.follow_ups.iter().map(|(fact, procedures)| {
        let fact = &procedure.facts[*fact].name;
        format!("后案编号填入{fact}：{}", procedures.join("、"))
    });
    over.chain(after).collect()
}

fn act(procedure: &Procedure, ix: usize) -> ShownAct {
    let act = &procedure.acts[ix];
    let events: Vec<_> = procedure
        .events
        .iter()
        .filter(|event| event.act == ix)
        .collect();
    let document = |ix: &usize| procedure.documents[*ix].name.as_str();
    let fact = |ix: &usize| bare(&procedure.facts[*ix].name);
    ShownAct {
        id: act.id.clone(),
        name: act.name.clone(),
        phase: procedure.phases[act.phase].id.clone(),
        class: act.class,
        subjects: once(events.iter().map(|event| subject(procedure, event.domain))),
        documents: once(
            events
                .iter()
                .filter_map(|event| event.document.as_ref().map(document)),
        ),
        roles: act
            .roles
            .iter()
            .map(|role| procedure.roles[*role].name.clone())
            .collect(),
        required: once(
            events
                .iter()
                .flat_map(|event| event.required.iter().map(fact)),
        ),
        optional: once(
            events
                .iter()
                .flat_map(|event| event.optional.iter().map(fact)),
        ),
        numbered: once(
            events
                .iter()
                .flat_map(|event| event.numbered.iter().map(fact)),
        ),
        due_of: act.due_of.map(|rule| procedure.rules[rule].id.clone()),
        issues: once(
            events
                .iter()
                .flat_map(|event| event.issues.iter().map(document)),
        ),
        introduces: act
            .introduces
            .map(|domain| subject(procedure, domain).to_owned()),
        repeatable: act.is_repeatable,
        starts_in_play: act.starts_included,
        public: act.is_public,
        tags: act.tags.clone(),
        // Those of one document are those of all.
        shortcuts: events
            .first()
            .map_or_else(Vec::new, |event| shortcuts(procedure, event)),
        carries: events
            .iter()
            .flat_map(|event| carries(procedure, event))
            .collect(),
        place: place(&act.place),
    }
}

fn shortcuts(procedure: &Procedure, event: &Event) -> Vec<ShownShortcut> {
    // A fact of each document is named without the one that happens to come first.
    let document = event.document.map(|ix| &procedure.documents[ix].name);
    let of_any = |text: String| match document {
        Some(name) => text.replace(&format!(":{name}"), ""),
        None => text,
    };
    let said = |(fact, value): &(usize, Value)| {
        let declared = &procedure.facts[*fact];
        ShownSaying {
            fact: bare(&declared.name).to_owned(),
            value: declared.show(value),
        }
    };
    let taken = |(fact, other): &(usize, usize)| ShownSaying {
        fact: bare(&procedure.facts[*fact].name).to_owned(),
        value: format!("取{}", bare(&procedure.facts[*other].name)),
    };
    let of_day = |(fact, act): &(usize, usize)| ShownSaying {
        fact: bare(&procedure.facts[*fact].name).to_owned(),
        value: format!("取首次{}的日期", procedure.acts[*act].name),
    };
    let shown = event.shortcuts.iter().map(|shortcut| ShownShortcut {
        name: shortcut.name.clone(),
        says: shortcut
            .says
            .iter()
            .map(said)
            .chain(shortcut.takes.iter().map(taken))
            .chain(shortcut.days.iter().map(of_day))
            .collect(),
        condition: shortcut.when.as_ref().map_or_else(String::new, |when| {
            full_width(&of_any(procedure.print(when)))
        }),
    });
    shown.collect()
}

fn relation(procedure: &Procedure, agency: &Agency, ix: RuleIx) -> ShownRelation {
    let rule = &procedure.rules[ix];
    let mut sentences: Vec<String> = Vec::new();
    for sentence in sentences::of(procedure, ix) {
        let sentence = full_width(&sentence);
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    ShownRelation {
        id: rule.id.clone(),
        kind: rule.kind.clone(),
        sentences,
        condition: full_width(&rule.when),
        period: period_of(procedure, ix).map(|period| shown_period(procedure, agency, period)),
        strength: rule.strength,
        strength_now: procedure.strength(ix, agency),
        note: full_width(&rule.note),
        basis: rule.cites.clone(),
        verified: rule.verified,
        rows: rule.rows.clone(),
        from: rule.from,
        until: rule.until,
        date_key: rule.date_key,
        place: place(&rule.place),
    }
}

/// The period that a rule sets: within which, only within which, not before which, or by which.
pub fn period_of(procedure: &Procedure, rule: RuleIx) -> Option<PeriodRef> {
    let response = procedure
        .responses
        .iter()
        .filter(|e| e.rule == rule)
        .find_map(|e| e.period);
    let window = || {
        procedure
            .windows
            .iter()
            .find(|e| e.rule == rule)
            .map(|e| e.period)
    };
    let delay = || {
        procedure
            .conditions
            .iter()
            .filter(|e| e.rule == rule)
            .find_map(|e| e.delay)
    };
    let extension = || {
        procedure
            .extensions
            .iter()
            .find(|e| e.rule == rule)
            .map(|e| e.by)
    };
    response.or_else(window).or_else(delay).or_else(extension)
}

fn shown_period(procedure: &Procedure, agency: &Agency, period: PeriodRef) -> ShownPeriod {
    let setting = match period {
        PeriodRef::Setting(ix) => Some(procedure.settings[ix].name.clone()),
        PeriodRef::Fixed(_) => None,
    };
    match procedure.period(period, agency) {
        Some((length, confirmed)) => ShownPeriod {
            text: length.to_string(),
            count: Some(length.count),
            unit: Some(length.unit.id()),
            code: Some(length.code.id()),
            setting,
            confirmed,
        },
        None => ShownPeriod {
            text: "未定".to_owned(),
            count: None,
            unit: None,
            code: None,
            setting,
            confirmed: false,
        },
    }
}
