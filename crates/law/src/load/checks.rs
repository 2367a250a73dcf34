//! What is refused although every line can be read: gates that an exclude opens, acts and ends that nothing reaches.

use crate::condition::{Condition, Order, Test};
use crate::contradiction;
use crate::model::{EventIx, FactIx, Procedure, RequirementEdge, Rule, RuleIx, Strength};
use crate::source::{Errors, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::{Discriminant, discriminant};
use vocabulary::Day;

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
    impossible(procedure, errors);
    overlapping(procedure, errors);
}

/// The first day and the day after the last one of a rule.
type Span = (Day, Day);

fn span(rule: &Rule) -> Span {
    (
        rule.from.unwrap_or(Day::MIN),
        rule.until.unwrap_or(Day::MAX),
    )
}

fn meet(a: Span, b: Span) -> bool {
    a.0 < b.1 && b.0 < a.1
}

/// A requirement, with the facts that it asks about.
struct Asked<'p> {
    edge: &'p RequirementEdge,
    rule: &'p Rule,
    facts: Vec<FactIx>,
}

/// The requirements of each act, where there are several.
fn by_act(procedure: &Procedure) -> BTreeMap<EventIx, Vec<Asked<'_>>> {
    let mut all: BTreeMap<EventIx, Vec<Asked<'_>>> = BTreeMap::new();
    for edge in &procedure.requirements {
        all.entry(edge.target).or_default().push(Asked {
            edge,
            rule: &procedure.rules[edge.rule],
            facts: edge.must.facts(),
        });
    }
    all.retain(|_, own| own.len() > 1);
    all
}

/// Acts whose requirements exclude each other on some day, all of them or under one condition.
fn impossible(procedure: &Procedure, errors: &Errors) {
    for (event, mut own) in by_act(procedure) {
        own.retain(|it| it.rule.strength == Strength::Block);
        let days: BTreeSet<Day> = own.iter().map(|it| span(it.rule).0).collect();
        let found = days
            .into_iter()
            .find_map(|day| excluded(procedure, &own, day));
        if let Some((rule, told)) = found {
            errors.add(
                &rule.place,
                format!("【{}】做不到：{told}", procedure.events[event].name),
                "同一个行为的各项要件可以同时满足",
            );
        }
    }
}

/// The last of the requirements of an act that exclude each other on a day, and how they do.
fn excluded<'p>(procedure: &Procedure, own: &[Asked<'p>], day: Day) -> Option<(&'p Rule, String)> {
    let holds = |it: &&Asked<'p>| {
        let (from, until) = span(it.rule);
        from <= day && day < until
    };
    let now: Vec<&Asked<'p>> = own.iter().filter(holds).collect();
    let mut cases: Vec<Option<&Condition>> = vec![None];
    for it in &now {
        if !cases.contains(&it.edge.when.as_ref()) {
            cases.push(it.edge.when.as_ref());
        }
    }
    cases.into_iter().find_map(|case| {
        // Not beside the condition itself: a requirement may forbid what it is asked under.
        let fitting = |it: &&&Asked<'p>| it.edge.when.is_none() || it.edge.when.as_ref() == case;
        let fitting: Vec<&Asked<'p>> = now.iter().filter(fitting).copied().collect();
        // Lines exclude each other about one fact only.
        let meets = |it: &&&Asked<'p>| {
            let others = fitting
                .iter()
                .filter(|other| other.edge.rule != it.edge.rule);
            others
                .flat_map(|other| &other.facts)
                .any(|fact| it.facts.binary_search(fact).is_ok())
        };
        let meeting: Vec<&Asked<'p>> = fitting.iter().filter(meets).copied().collect();
        let last = meeting.last()?.rule;
        let musts = meeting.iter().map(|it| it.edge.must.clone()).collect();
        let told = contradiction::told(&Condition::All(musts), procedure.words())?;
        Some((last, told))
    })
}

/// How a condition compares, whatever the values are that it compares with.
fn shape(condition: &Condition) -> Vec<(FactIx, Discriminant<Test>, Option<Order>)> {
    let mut found = Vec::new();
    condition.atoms(&mut |atom| {
        let order = match &atom.test {
            Test::Number(order, _)
            | Test::Date(order, _)
            | Test::Fine(order, _)
            | Test::Confiscation(order, _) => Some(*order),
            _ => None,
        };
        found.push((atom.fact, discriminant(&atom.test), order));
    });
    found
}

/// Versions of one requirement that hold at the same time: they ask the same act the same of the same facts, under the same condition
/// and for the same row of the baseline, and one of them carries a date.
fn overlapping(procedure: &Procedure, errors: &Errors) {
    for own in by_act(procedure).into_values() {
        for (at, one) in own.iter().enumerate() {
            for other in own.iter().skip(at + 1) {
                let (a, b) = (one.rule, other.rule);
                let is_dated = [a.from, a.until, b.from, b.until]
                    .iter()
                    .any(Option::is_some);
                let is_one = one.edge.rule != other.edge.rule
                    && one.facts == other.facts
                    && shape(&one.edge.must) == shape(&other.edge.must)
                    && one.edge.when == other.edge.when
                    && a.rows.iter().any(|row| b.rows.contains(row));
                if is_dated && is_one && meet(span(a), span(b)) {
                    errors.add(
                        &b.place,
                        format!("“{}”与“{}”是同一项要求的两版，施行的日子重叠", b.id, a.id),
                        "前一版写明“废止”，后一版从那一天起“施行”；写上“接替”",
                    );
                }
            }
        }
    }
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
