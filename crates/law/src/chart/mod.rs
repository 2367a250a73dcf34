//! The published flowchart: what is drawn from a procedure, as data, and its drawing.
//!
//! Phases are bands, the public acts boxes, and arrows the transitive reduction of what the relations order, projected
//! through the acts that are not shown. A full arrow holds in every case, a dashed one in some. Gates and periods stand
//! in the box of the act that they hold up. Nothing here decides anything: the chart shows what runs.

mod badge;
mod layout;
mod marking;
mod order;
mod part;
mod route;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeSet;

use serde::Serialize;
use vocabulary::Day;

pub(crate) use badge::full_width;
pub use badge::{Badge, BadgeKind};
pub use layout::{Layout, Piece, Rect};
pub use marking::{Mark, Marking, Owed, Sign};
pub use route::{Line, Wire};

use crate::model::{ActClass, ActIx, Agency, EventIx, Procedure};
use order::{Force, Order};

/// The chart as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chart {
    /// Id of the procedure.
    pub procedure: String,
    /// Its Chinese name.
    pub name: String,
    /// The day whose law it shows.
    pub day: Day,
    /// What the editor wants printed, such as 2026年第1版.
    pub edition: String,
    /// The statutes of its badges; articles without a sign belong to the first one, ① is the second, and so on.
    pub statutes: Vec<String>,
    /// Phases with a public act, in order.
    pub bands: Vec<Band>,
    /// Public acts, band by band.
    pub boxes: Vec<ActBox>,
    /// Arrows.
    pub edges: Vec<Edge>,
    /// Acts of which only one is done.
    pub alternatives: Vec<Alternatives>,
    /// Gates against the arrows: before doing `before` again, `first` has to be done where it is owed.
    pub returns: Vec<Return>,
}

/// A phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Band {
    /// Id of the phase.
    pub phase: String,
    /// Its Chinese name.
    pub name: String,
    /// Its boxes, from left to right.
    pub boxes: Vec<usize>,
}

/// A public act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActBox {
    /// Id of the act.
    pub act: String,
    /// Its Chinese name.
    pub name: String,
    /// The documents that it is shown for, where it is done for others too.
    pub documents: Vec<String>,
    /// Made here, or happened outside.
    pub class: ActClass,
    /// Gates and periods.
    pub badges: Vec<Badge>,
    /// The events that it stands for.
    #[serde(skip)]
    pub events: Vec<EventIx>,
}

/// An arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// From this box.
    pub from: usize,
    /// To that one.
    pub to: usize,
    /// Holds in every case; otherwise only in some, or as one of several ways.
    pub always: bool,
}

/// Acts of which only one is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alternatives {
    /// The boxes.
    pub boxes: Vec<usize>,
    /// The rules that say so.
    pub rules: Vec<String>,
}

/// A gate against the arrows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Return {
    /// What has to be done where it is owed.
    pub first: usize,
    /// Before this is done again.
    pub before: usize,
    /// The rule.
    pub rule: String,
}

/// The chart of a procedure under the law of a day and the settings of an agency.
///
/// Settings that the agency has not confirmed appear with their shipped value: that a basis is still to be checked is
/// for staff pages, not for the wall.
pub fn chart(procedure: &Procedure, agency: &Agency, day: Day, edition: &str) -> Chart {
    let force = Force {
        procedure,
        agency,
        day,
    };
    let links = force.links();
    let in_band = |phase: usize| -> Vec<ActIx> {
        (0..procedure.acts.len())
            .filter(|a| procedure.acts[*a].is_public && procedure.acts[*a].phase == phase)
            .collect()
    };
    let declared: Vec<(usize, Vec<ActIx>)> = (0..procedure.phases.len())
        .map(|p| (p, in_band(p)))
        .filter(|(_, acts)| !acts.is_empty())
        .collect();
    // The order of boxes within a band follows from the arrows, so they are computed twice.
    let first: Vec<Vec<EventIx>> = declared
        .iter()
        .flat_map(|(_, acts)| acts)
        .map(|a| principal(procedure, *a))
        .collect();
    let may = Order::of(procedure, &first, &links).may;
    let mut acts: Vec<ActIx> = Vec::new();
    let mut bands = Vec::new();
    for (phase, own) in &declared {
        let start = acts.len();
        let mut left: Vec<usize> = (start..start + own.len()).collect();
        while !left.is_empty() {
            // The first in the order of the file that nothing left comes before; `may` has no cycle.
            let at = left
                .iter()
                .position(|b| !left.iter().any(|a| may[*a][*b]))
                .unwrap_or(0);
            acts.push(own[left.remove(at) - start]);
        }
        let phase = &procedure.phases[*phase];
        let boxes = (start..acts.len()).collect();
        bands.push(Band {
            phase: phase.id.clone(),
            name: phase.name.clone(),
            boxes,
        });
    }
    let events: Vec<Vec<EventIx>> = acts.iter().map(|act| principal(procedure, *act)).collect();
    let order = Order::of(procedure, &events, &links);
    let alternatives = alternatives(&force, &events);
    let mut statutes = vec![home_statute(procedure)];
    let badges = badge::badges(
        &force,
        &events,
        &links,
        &order,
        &alternatives,
        &mut statutes,
    );
    let boxes = acts
        .iter()
        .zip(&events)
        .zip(badges)
        .map(|((act, events), badges)| {
            let act = &procedure.acts[*act];
            let all = procedure
                .events
                .iter()
                .filter(|e| procedure.acts[e.act].id == act.id)
                .count();
            let documents = events.iter().filter_map(|e| procedure.events[*e].document);
            let named: Vec<String> = documents
                .map(|d| procedure.documents[d].name.clone())
                .collect();
            ActBox {
                act: act.id.clone(),
                name: act.name.clone(),
                documents: if all > events.len() {
                    named
                } else {
                    Vec::new()
                },
                class: act.class,
                badges,
                events: events.clone(),
            }
        });
    let edges = order
        .reduced()
        .into_iter()
        .map(|(from, to, always)| Edge { from, to, always })
        .collect();
    let mut returns: Vec<Return> = Vec::new();
    for link in &order.returns {
        let of = |event: EventIx| events.iter().position(|own| own.contains(&event));
        if let (Some(first), Some(before)) = (of(link.sources[0]), of(link.target)) {
            let found = Return {
                first,
                before,
                rule: force.rule(link.rule).id.clone(),
            };
            if !returns.contains(&found) {
                returns.push(found);
            }
        }
    }
    Chart {
        procedure: procedure.id.clone(),
        name: procedure.name.clone(),
        day,
        edition: edition.to_owned(),
        statutes,
        bands,
        boxes: boxes.collect(),
        edges,
        alternatives,
        returns,
    }
}

impl Chart {
    /// Where everything stands on an A4 page.
    pub fn layout(&self) -> Layout {
        layout::layout(self, &[])
    }

    /// Where everything stands with the marks of a case; such a page may be longer than A4.
    pub fn layout_with(&self, marking: &Marking) -> Layout {
        layout::layout(self, &marking.line_counts(self.boxes.len()))
    }

    /// The drawing, A4 upright.
    pub fn svg(&self) -> String {
        svg::draw(self, &self.layout(), None)
    }

    /// The same drawing on a sheet that is no longer than the chart: for a chart of some phases.
    pub fn svg_fitted(&self) -> String {
        svg::draw(self, &self.layout().fitted(), None)
    }

    /// The same drawing with the marks of a case. It stands within a page, which tells in words what it shows.
    pub fn svg_with(&self, marking: &Marking) -> String {
        svg::draw(self, &self.layout_with(marking), Some(marking))
    }
}

/// The events that a box stands for: all of an act; of one done for documents, those for the documents that come into
/// being latest, though not later than its phase. (Service stands after the decision; the notice served before it is
/// part of the way to the decision.)
fn principal(procedure: &Procedure, act: ActIx) -> Vec<EventIx> {
    let events: Vec<EventIx> = (0..procedure.events.len())
        .filter(|e| procedure.events[*e].act == act)
        .collect();
    let issued = |event: &EventIx| {
        let document = procedure.events[*event].document?;
        let issuers = procedure
            .events
            .iter()
            .filter(|e| e.issues.contains(&document));
        issuers.map(|e| procedure.acts[e.act].phase).min()
    };
    let own = procedure.acts[act].phase;
    let Some(latest) = events
        .iter()
        .filter_map(issued)
        .filter(|phase| *phase <= own)
        .max()
    else {
        return events;
    };
    events
        .into_iter()
        .filter(|event| issued(event) == Some(latest))
        .collect()
}

/// Groups of boxes that exclude one another whatever the facts are: the largest ones, in the order of the boxes.
fn alternatives(force: &Force<'_>, boxes: &[Vec<EventIx>]) -> Vec<Alternatives> {
    let procedure = force.procedure;
    let excluding = |a: usize, b: usize| {
        procedure.flows.iter().filter(move |flow| {
            !flow.includes
                && flow.when.is_none()
                && boxes[a].contains(&flow.source)
                && boxes[b].contains(&flow.target)
                && force.blocks(flow.rule)
        })
    };
    let mutual =
        |a: usize, b: usize| excluding(a, b).next().is_some() && excluding(b, a).next().is_some();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for a in 0..boxes.len() {
        for b in a + 1..boxes.len() {
            if !mutual(a, b) {
                continue;
            }
            let mut group = vec![a, b];
            for c in 0..boxes.len() {
                if !group.contains(&c) && group.iter().all(|member| mutual(*member, c)) {
                    group.push(c);
                }
            }
            group.sort_unstable();
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
    }
    let named = |boxes: Vec<usize>| {
        let pairs = boxes
            .iter()
            .flat_map(|a| boxes.iter().map(move |b| (*a, *b)))
            .filter(|(a, b)| a != b);
        let rules: BTreeSet<usize> = pairs
            .flat_map(|(a, b)| excluding(a, b))
            .map(|flow| flow.rule)
            .collect();
        let rules = rules
            .into_iter()
            .map(|rule| force.rule(rule).id.clone())
            .collect();
        Alternatives { boxes, rules }
    };
    groups.into_iter().map(named).collect()
}

/// The name of the statute that the procedure rests on most.
fn home_statute(procedure: &Procedure) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for cite in procedure
        .rules
        .iter()
        .flat_map(|rule| &rule.cites)
        .filter(|cite| cite.article.is_some())
    {
        match counts
            .iter_mut()
            .find(|(name, _)| *name == badge::statute_name(cite))
        {
            Some((_, count)) => *count += 1,
            None => counts.push((badge::statute_name(cite), 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    counts
        .iter()
        .find(|(_, count)| Some(*count) == most)
        .map_or(String::new(), |(name, _)| (*name).to_owned())
}
