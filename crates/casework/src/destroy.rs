//! Lawful destruction of parts: on a legal ground, asked for by one person and approved by another.

use std::collections::BTreeSet;

use vocabulary::Moment;

use crate::context::{Context, Level};
use crate::decide::History;
use crate::entry::{Destruction, Entry, PartOfEntry};
use crate::refusal::{Ground, GroundKind, Refusal};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestructionRequest {
    /// Which parts.
    pub parts: Vec<PartOfEntry>,
    /// Statute and article.
    pub basis: String,
    /// Why.
    pub reason: String,
    /// Who asks, by id.
    pub asked_by: String,
    /// Who approves, by id.
    pub approved_by: String,
}

/// The entry that destroys the parts. `present` are the parts that are still there.
pub fn destroy(
    history: &History,
    context: &Context,
    request: &DestructionRequest,
    present: &BTreeSet<PartOfEntry>,
    now: Moment,
) -> Result<Entry, Refusal> {
    let mut grounds = two_people(
        context,
        ("asked_by", &request.asked_by),
        ("approved_by", &request.approved_by),
    );
    let mut wrong = |field: &str, text: String| grounds.push(input(field, text));
    if request.basis.trim().is_empty() {
        wrong("basis", "请写明销毁的法律依据（法律、条）".to_owned());
    }
    if request.reason.trim().is_empty() {
        wrong("reason", "请写明销毁的理由".to_owned());
    }
    let parts: BTreeSet<PartOfEntry> = request.parts.iter().cloned().collect();
    if parts.is_empty() {
        wrong("parts", "请选择要销毁的内容".to_owned());
    }
    for part in &parts {
        let known = usize::try_from(part.entry)
            .ok()
            .and_then(|number| number.checked_sub(1))
            .is_some_and(|at| at < history.entries.len());
        if !known {
            wrong("parts", format!("本案没有第{}条记录", part.entry));
        } else if !present.contains(part) {
            wrong(
                "parts",
                format!(
                    "第{}条记录没有“{}”这一部分，或者它已经依法销毁",
                    part.entry, part.label
                ),
            );
        }
    }
    if !grounds.is_empty() {
        return Err(Refusal {
            act: "依法销毁".to_owned(),
            grounds,
        });
    }
    Ok(Entry::PartsDestroyed(Box::new(Destruction {
        parts: parts.into_iter().collect(),
        on: now.day,
        basis: request.basis.trim().to_owned(),
        asked_by: request.asked_by.clone(),
        approved_by: request.approved_by.clone(),
        reason: request.reason.trim().to_owned(),
    })))
}

pub(crate) fn input(field: &str, text: String) -> Ground {
    Ground {
        kind: GroundKind::FactInvalid,
        rule: None,
        rows: Vec::new(),
        field: Some(field.to_owned()),
        text,
    }
}

/// Whoever asks does not approve, and only a person in charge approves.
pub(crate) fn two_people(
    context: &Context,
    asks: (&str, &str),
    approves: (&str, &str),
) -> Vec<Ground> {
    let mut grounds = Vec::new();
    for (field, person) in [asks, approves] {
        if !context.people.contains_key(person) {
            grounds.push(input(field, format!("“{person}”不在人员名册里")));
        }
    }
    if asks.1 == approves.1 {
        grounds.push(input(approves.0, "申请的人不能自己批准".to_owned()));
    }
    let level = context
        .people
        .get(approves.1)
        .and_then(|person| person.level);
    if level.is_none_or(|level| level < Level::UnitHead) {
        grounds.push(input(approves.0, "须由负责人批准".to_owned()));
    }
    grounds
}
