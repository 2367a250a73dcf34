//! Whole lives of cases, from the lead to the closing: the first steps go onto paper, the rest is done in the office.

use crate::desk::{agency, rules};
use app::request::Participant;
use app::{ActRequest, NewSubjectRequest};
use law::fact::{FactType, Value};
use law::model::{CASE, EventIx, FactIx, Procedure};
use law::source::{Errors, Node, Place};
use serde::Deserialize;
use std::collections::BTreeMap;
use vocabulary::{Day, Fen, Moment, Penalty, PenaltyKind};

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Life {
    pub(crate) parties: Vec<(String, String)>,
    steps: Vec<StepLine>,
}

/// Act, days after the lead, facts that are not the usual ones, number of the party.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum StepLine {
    Plain(String, i32),
    Told(String, i32, BTreeMap<String, String>),
    Of(String, i32, BTreeMap<String, String>, u32),
}

/// A step of one case, on its day.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) act: String,
    pub(crate) event: EventIx,
    pub(crate) day: Day,
    pub(crate) number: u32,
    /// By name as it is written in a cell, with the text of the cell.
    pub(crate) facts: Vec<(FactIx, String)>,
    /// By role, ids.
    pub(crate) people: Vec<(usize, Vec<&'static str>)>,
}

pub(crate) fn procedure() -> &'static Procedure {
    static ONE: std::sync::OnceLock<Procedure> = std::sync::OnceLock::new();
    ONE.get_or_init(|| rules().procedure("penalty.ordinary").unwrap().clone())
}

pub(crate) fn lives() -> BTreeMap<String, Life> {
    serde_json::from_str(include_str!("lives.json")).unwrap()
}

/// What the scenarios say where they say nothing else.
fn usual() -> BTreeMap<String, String> {
    let rules = rules();
    let of_ordinary = |(path, _): &&(String, Vec<Node>)| path.starts_with("penalty.ordinary/");
    let scenarios = rules.scenarios.iter().filter(of_ordinary);
    let nodes = scenarios.flat_map(|(_, nodes)| nodes);
    let node: &Node = nodes.into_iter().find(|node| node.name == "缺省").unwrap();
    let said = |node: &Node| {
        let plain = node.arguments.iter().map(|scalar| scalar.value.to_string());
        let amounts = node
            .properties
            .iter()
            .map(|(name, scalar)| format!("{name}={}", scalar.value));
        plain.chain(amounts).collect::<Vec<_>>().join("、")
    };
    node.children
        .iter()
        .map(|child| (child.name.clone(), said(child)))
        .collect()
}

/// Who does what in the demonstration agency.
fn person(role: &str) -> Vec<&'static str> {
    match role {
        "承办人" => vec!["p01", "p02"],
        "承办机构负责人" => vec!["p04"],
        "负责人" => vec!["p06", "p05", "p09"],
        "主要负责人" => vec!["p06"],
        "法制审核人员" => vec!["p07"],
        _ => vec!["p08"],
    }
}

impl Life {
    /// The steps of a case whose lead came on this day.
    pub(crate) fn steps(&self, lead: Day) -> Vec<Step> {
        let (procedure, usual, rules) = (procedure(), usual(), rules());
        let names = &rules.names["penalty.ordinary"];
        let read = |line: &StepLine| {
            let none = BTreeMap::new();
            let (act, days, said, number) = match line {
                StepLine::Plain(act, days) => (act, *days, &none, 1),
                StepLine::Told(act, days, said) => (act, *days, said, 1),
                StepLine::Of(act, days, said, number) => (act, *days, said, *number),
            };
            let errors = Errors::default();
            let nowhere = Place {
                file: "".into(),
                line: 0,
                column: 0,
            };
            let event = names.events(act, &nowhere, &errors)[0];
            let declared = &procedure.events[event];
            let mut facts = Vec::new();
            for fact in declared.required.iter().chain(&declared.optional) {
                let name = &procedure.facts[*fact].name;
                let base = name.split(':').next().unwrap();
                let Some(text) = said.get(base).or_else(|| usual.get(base)) else {
                    continue;
                };
                let text = match text.strip_prefix('@') {
                    Some(days) => lead.plus_days(days.parse().unwrap()).to_string(),
                    None => text.clone(),
                };
                facts.push((*fact, text));
            }
            let roles = procedure.acts[declared.act].roles.iter();
            Step {
                act: act.clone(),
                event,
                day: lead.plus_days(days),
                number: if declared.domain == CASE { 0 } else { number },
                facts,
                people: roles
                    .map(|role| (*role, person(&procedure.roles[*role].name)))
                    .collect(),
            }
        };
        self.steps.iter().map(read).collect()
    }
}

impl Step {
    /// What is asked of the office; written without the reader of workbooks.
    pub(crate) fn request(&self) -> ActRequest {
        let procedure = procedure();
        let json = |fact: FactIx, text: &str| {
            let declared = &procedure.facts[fact];
            let value = match (&declared.kind, text.strip_prefix("罚款=")) {
                (FactType::Penalty, Some(yuan)) => {
                    let fine = Fen::parse_yuan(yuan).unwrap();
                    Value::Penalty(Penalty::new(vec![PenaltyKind::Fine], fine, Fen(0)))
                }
                _ => declared.parse(text).unwrap(),
            };
            declared.to_json(&value)
        };
        let people = self.people.iter().flat_map(|(role, ids)| {
            ids.iter().map(|person| Participant {
                role: procedure.roles[*role].id.clone(),
                person: (*person).to_owned(),
            })
        });
        ActRequest {
            event: procedure.events[self.event].id.clone(),
            number: self.number,
            occurred: Moment::from(self.day),
            people: people.collect(),
            facts: self
                .facts
                .iter()
                .map(|(fact, text)| (procedure.facts[*fact].id.clone(), json(*fact, text)))
                .collect(),
            introduces: Vec::<NewSubjectRequest>::new(),
            reasons: BTreeMap::new(),
            files: Vec::new(),
            on_paper: false,
            follows: None,
            filled_from: None,
        }
    }

    /// The names of who takes part in a role, as they stand in a cell.
    pub(crate) fn names(&self, role: usize) -> Option<String> {
        let agency = agency();
        let (_, ids) = self.people.iter().find(|(r, _)| *r == role)?;
        let names = ids.iter().map(|id| agency.staff(id).unwrap().name.clone());
        Some(names.collect::<Vec<_>>().join("、"))
    }
}
