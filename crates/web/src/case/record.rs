//! What the case knows: its facts in the order in which they were said, and its uncured defects.

use super::next::{self, link};
use super::page::{event_name, subject};
use crate::components::definitions::{Definition, Definitions};
use crate::wording;
use app::{CaseView, Office};
use law::fact::Sensitivity;
use law::model::{CASE, Domain};

/// What is known of the case, or of one of its subjects.
pub(crate) struct FactGroup {
    pub(crate) name: String,
    pub(crate) count: usize,
    pub(crate) facts: Definitions,
}

impl FactGroup {
    /// In one column, where there is little room.
    pub(crate) fn narrow(mut self) -> FactGroup {
        self.facts.is_wide = false;
        self
    }
}

pub(super) struct DefectLine {
    pub(super) name: String,
    pub(super) event: String,
    pub(super) subject: String,
    pub(super) since: String,
    pub(super) basis: String,
    pub(super) cures: Vec<(String, Option<String>)>,
    pub(super) blocks: String,
}

pub(crate) fn facts(office: &Office, view: &CaseView) -> Vec<FactGroup> {
    let procedure = view.procedure();
    let mut groups = Vec::new();
    for (domain, kind) in procedure.subjects.iter().enumerate() {
        for (at, member) in view.case().members[domain].iter().enumerate() {
            let mut lines: Vec<(usize, Definition)> = Vec::new();
            for (fact, declared) in procedure.facts.iter().enumerate() {
                if usize::from(declared.domain.0) != domain {
                    continue;
                }
                let Some(value) = view.case().fact(fact, at) else {
                    continue;
                };
                let shown = wording::value(&office.context().rules, procedure, fact, value);
                let line = Definition {
                    mark: match declared.sensitivity {
                        Sensitivity::Public => "可公开",
                        Sensitivity::Personal => "",
                        Sensitivity::Secret => "保密",
                    },
                    ..Definition::new(&declared.name, shown)
                };
                lines.push((first_said(view, fact), line));
            }
            lines.sort_by_key(|(said, _)| *said);
            let lines: Vec<Definition> = lines.into_iter().map(|(_, line)| line).collect();
            let is_case = u8::try_from(domain).is_ok_and(|domain| Domain(domain) == CASE);
            let name = if is_case {
                kind.name.clone()
            } else {
                format!("{}：{}", kind.name, member.name)
            };
            if !lines.is_empty() {
                groups.push(FactGroup {
                    name,
                    count: lines.len(),
                    facts: Definitions {
                        lines,
                        is_wide: true,
                    },
                });
            }
        }
    }
    groups
}

/// Where in the history a fact was first said; what came in with its subject stands first.
fn first_said(view: &CaseView, fact: usize) -> usize {
    view.case()
        .history
        .iter()
        .position(|done| done.facts.iter().any(|(f, _)| *f == fact))
        .map_or(0, |at| at + 1)
}

/// The defects that are not cured yet; whoever records nothing here is shown no way to a cure.
pub(super) fn defects(view: &CaseView, may_record: bool) -> Vec<DefectLine> {
    let members = view.case().defects.iter().map(Vec::len).enumerate();
    let all = members.flat_map(|(index, members)| (0..members).map(move |member| (index, member)));
    all.filter_map(|(index, member)| defect_line(view, index, member))
        .map(|mut line| {
            line.cures
                .iter_mut()
                .for_each(|(_, link)| *link = link.take().filter(|_| may_record));
            line
        })
        .collect()
}

/// A defect with how it is cured, if it is not cured yet.
pub(super) fn defect_line(view: &CaseView, index: usize, member: usize) -> Option<DefectLine> {
    let procedure = view.procedure();
    let spec = &procedure.defects[index];
    let defect = view.case().defects[index].get(member)?.as_ref()?;
    let place_of = |event: usize| {
        let same = procedure.events[event].domain == procedure.events[spec.event].domain;
        (event, if same { member } else { 0 })
    };
    let cures = spec.cures.iter().map(|cure| {
        let place = place_of(*cure);
        (
            event_name(view, *cure),
            next::is_open(view, place).then(|| link(view, place)),
        )
    });
    let blocks: Vec<String> = spec
        .blocks
        .iter()
        .map(|event| format!("【{}】", event_name(view, *event)))
        .collect();
    Some(DefectLine {
        name: spec.name.clone(),
        event: event_name(view, spec.event),
        subject: subject(view, (spec.event, member)),
        since: defect.since.chinese(),
        basis: wording::prose(&procedure.rules[spec.rule].basis),
        cures: cures.collect(),
        blocks: blocks.join("、"),
    })
}
