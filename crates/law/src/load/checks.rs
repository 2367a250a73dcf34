//! What is refused although every line can be read: gates that an exclude opens, acts and ends that nothing reaches.

use crate::model::{EventIx, Procedure, RuleIx, Strength};
use crate::source::{Errors, Place};

/// The most acts that the public chart shows.
const CHART_MOST: usize = 25;

pub(super) fn check(procedure: &Procedure, place: &Place, errors: &Errors) {
    let shown = procedure.acts.iter().filter(|act| act.is_public).count();
    if shown > CHART_MOST {
        errors.add(
            place,
            format!("公开图里有 {shown} 个行为"),
            format!("不超过 {CHART_MOST} 个"),
        );
    }
    open_gates(procedure, errors);
    unreachable(procedure, errors);
}

/// An excluded source no longer holds anything up: whoever excludes it must take the held act out as well.
fn open_gates(procedure: &Procedure, errors: &Errors) {
    let excludes = |event: EventIx, target: EventIx| {
        procedure.flows.iter().any(|flow| {
            !flow.includes && flow.source == event && flow.target == target && flow.when.is_none()
        })
    };
    let blocks = |rule: RuleIx| procedure.rules[rule].strength == Strength::Block;
    let gate = |rule: RuleIx, sources: &[EventIx], target: EventIx| {
        if !blocks(rule) {
            return;
        }
        // Every source must be removable by something that is no source itself and leaves the target in play.
        let openers: Vec<Option<EventIx>> = sources
            .iter()
            .map(|source| {
                let flows = procedure
                    .flows
                    .iter()
                    .filter(|f| !f.includes && f.target == *source);
                flows
                    .map(|f| f.source)
                    .find(|by| !sources.contains(by) && *by != target && !excludes(*by, target))
            })
            .collect();
        if let Some(Some(by)) = openers.first()
            && openers.iter().all(Option::is_some)
        {
            let name = |event: EventIx| procedure.events[event].name.as_str();
            let seen = format!(
                "“{}”是{}的关口，【{}】却能排除它而留下{}",
                procedure.rules[rule].id,
                name(target),
                name(*by),
                name(target)
            );
            errors.add(
                &procedure.rules[rule].place,
                seen,
                format!("【{}】同时排除【{}】，或者不排除", name(*by), name(target)),
            );
        }
    };
    for edge in &procedure.conditions {
        gate(edge.rule, &edge.sources, edge.target);
    }
    for edge in &procedure.milestones {
        gate(edge.rule, &[edge.source], edge.target);
    }
}

/// Acts that can never be done: out of play for good, or waiting for each other.
fn unreachable(procedure: &Procedure, errors: &Errors) {
    let n = procedure.events.len();
    let mut reached = vec![false; n];
    loop {
        let mut grew = false;
        for event in 0..n {
            if reached[event] {
                continue;
            }
            let in_play = procedure.act_of(event).starts_included
                || procedure
                    .flows
                    .iter()
                    .any(|f| f.includes && f.target == event && reached[f.source]);
            let conditions = procedure.index.conditions[event].iter().all(|c| {
                let edge = &procedure.conditions[*c];
                edge.when.is_some() || edge.sources.iter().any(|source| reached[*source])
            });
            let windows = &procedure.index.windows_in[event];
            let open = windows.is_empty()
                || windows.iter().any(|w| {
                    let edge = &procedure.windows[*w];
                    edge.when.is_some() || edge.source.is_none_or(|source| reached[source])
                });
            if in_play && conditions && open {
                reached[event] = true;
                grew = true;
            }
        }
        if !grew {
            break;
        }
    }
    for (event, is_reached) in reached.iter().enumerate() {
        if !is_reached {
            let act = procedure.act_of(event);
            let seen = format!("【{}】永远做不到", procedure.events[event].name);
            errors.add(
                &act.place,
                seen,
                "一开始在场或有“纳入”，而且它的前提都做得到",
            );
        }
    }
}
