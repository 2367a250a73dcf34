//! What comes before what among the shown acts: conditions, windows and gates, projected through the hidden ones.

use std::collections::BTreeSet;

use vocabulary::Day;

use crate::model::{Agency, EventIx, Procedure, Rule, RuleIx, Strength};

/// Where a link comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LinkKind {
    /// 前提, 出具
    Condition,
    /// 限期
    Window,
    /// 未了不得, and obligations that hold the target up
    Gate,
}

/// One of `sources` comes before `target`.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub kind: LinkKind,
    pub rule: RuleIx,
    pub sources: Vec<EventIx>,
    pub target: EventIx,
    /// Holds in every case, and the act is refused without it.
    pub firm: bool,
    /// The act is refused when it does not hold.
    pub blocks: bool,
}

/// The rules that are in force on a day and more than kept.
pub(super) struct Force<'a> {
    pub procedure: &'a Procedure,
    pub agency: &'a Agency,
    pub day: Day,
}

impl Force<'_> {
    pub(super) fn rule(&self, rule: RuleIx) -> &Rule {
        &self.procedure.rules[rule]
    }

    /// How hard the rule is on the day; `None` when it is not in force or only kept.
    pub(super) fn strength(&self, rule: RuleIx) -> Option<Strength> {
        let shown = self.rule(rule);
        let begun = shown.from.is_none_or(|from| from <= self.day);
        let ended = shown.until.is_some_and(|until| until <= self.day);
        let strength = self.procedure.strength(rule, self.agency);
        (begun && !ended && strength > Strength::Log).then_some(strength)
    }

    pub(super) fn blocks(&self, rule: RuleIx) -> bool {
        self.strength(rule) == Some(Strength::Block)
    }

    /// Every link, the firmest first, in the order of the files.
    pub(super) fn links(&self) -> Vec<Link> {
        let procedure = self.procedure;
        let mut links: Vec<Link> = Vec::new();
        let mut add = |kind, rule, sources: Vec<EventIx>, target, always: bool| {
            let Some(strength) = self.strength(rule) else {
                return;
            };
            let blocks = strength == Strength::Block;
            // Several windows of one rule are ways to the same right.
            let same = |l: &&mut Link| {
                kind == LinkKind::Window && (l.kind, l.rule, l.target) == (kind, rule, target)
            };
            match links.iter_mut().find(same) {
                Some(link) => link.sources.extend(sources),
                None => links.push(Link {
                    kind,
                    rule,
                    sources,
                    target,
                    firm: always && blocks,
                    blocks,
                }),
            }
        };
        for edge in &procedure.conditions {
            add(
                LinkKind::Condition,
                edge.rule,
                edge.sources.clone(),
                edge.target,
                edge.when.is_none(),
            );
        }
        for edge in &procedure.windows {
            if let Some(source) = edge.source {
                add(
                    LinkKind::Window,
                    edge.rule,
                    vec![source],
                    edge.target,
                    edge.when.is_none(),
                );
            }
        }
        for edge in &procedure.milestones {
            add(
                LinkKind::Gate,
                edge.rule,
                vec![edge.source],
                edge.target,
                false,
            );
        }
        for edge in &procedure.responses {
            for blocked in &edge.blocks {
                add(
                    LinkKind::Gate,
                    edge.rule,
                    edge.targets.clone(),
                    *blocked,
                    false,
                );
            }
        }
        links.sort_by_key(|link| {
            (
                link.kind == LinkKind::Gate,
                !link.firm,
                link.sources.len() > 1,
            )
        });
        links
    }
}

/// The order of the boxes; `[a][b]` is read "a before b".
pub(super) struct Order {
    /// In some case.
    pub may: Vec<Vec<bool>>,
    /// In every case.
    pub must: Vec<Vec<bool>>,
    /// For each event, the boxes that wait for it with no other box between; its own box for an event that is shown.
    pub hosts: Vec<BTreeSet<usize>>,
    /// Gates against the direction of the conditions: what has to be done over before the target is done again.
    pub returns: Vec<Link>,
}

impl Order {
    /// The order among boxes, each a set of events.
    pub(super) fn of(procedure: &Procedure, boxes: &[Vec<EventIx>], links: &[Link]) -> Order {
        let events = procedure.events.len();
        let mut node_of: Vec<usize> = (boxes.len()..boxes.len() + events).collect();
        for (ix, own) in boxes.iter().enumerate() {
            own.iter().for_each(|event| node_of[*event] = ix);
        }
        let mut next: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); boxes.len() + events];
        let mut waits = next.clone();
        let mut returns = Vec::new();
        for link in links {
            let target = node_of[link.target];
            for event in &link.sources {
                let source = node_of[*event];
                if source == target {
                    continue;
                }
                if reachable(&next, target)[source] {
                    returns.push(Link {
                        sources: vec![*event],
                        ..link.clone()
                    });
                } else {
                    next[source].insert(target);
                    if link.kind != LinkKind::Gate {
                        waits[source].insert(target);
                    }
                }
            }
        }
        let mut may: Vec<Vec<bool>> = Vec::new();
        for from in 0..boxes.len() {
            let reached = reachable(&next, from);
            may.push(
                (0..boxes.len())
                    .map(|to| to != from && reached[to])
                    .collect(),
            );
        }
        let must = lift(boxes, &dominators(events, links));
        for a in 0..boxes.len() {
            for b in 0..boxes.len() {
                may[a][b] |= must[a][b];
            }
        }
        let hosts = (0..events)
            .map(|event| nearest(&waits, node_of[event], boxes.len()))
            .collect();
        Order {
            may,
            must,
            hosts,
            returns,
        }
    }

    /// The pairs that no third box stands between: first those that hold in every case, then the others.
    pub(super) fn reduced(&self) -> Vec<(usize, usize, bool)> {
        let n = self.may.len();
        let covers = |relation: &[Vec<bool>], a: usize, b: usize| {
            !(0..n).any(|c| relation[a][c] && relation[c][b])
        };
        let mut pairs = Vec::new();
        for a in 0..n {
            for b in 0..n {
                if self.must[a][b] && covers(&self.must, a, b) {
                    pairs.push((a, b, true));
                } else if self.may[a][b] && !self.must[a][b] && covers(&self.may, a, b) {
                    pairs.push((a, b, false));
                }
            }
        }
        pairs
    }
}

fn reachable(next: &[BTreeSet<usize>], from: usize) -> Vec<bool> {
    let mut seen = vec![false; next.len()];
    let mut open = vec![from];
    seen[from] = true;
    while let Some(node) = open.pop() {
        for following in &next[node] {
            if !seen[*following] {
                seen[*following] = true;
                open.push(*following);
            }
        }
    }
    seen
}

/// The boxes reached first: not behind another box.
fn nearest(next: &[BTreeSet<usize>], from: usize, boxes: usize) -> BTreeSet<usize> {
    if from < boxes {
        return BTreeSet::from([from]);
    }
    let mut seen = vec![false; next.len()];
    let mut open = vec![from];
    let mut found = BTreeSet::new();
    while let Some(node) = open.pop() {
        for following in &next[node] {
            if *following < boxes {
                found.insert(*following);
            } else if !seen[*following] {
                seen[*following] = true;
                open.push(*following);
            }
        }
    }
    found
}

/// For each event, which events come before it whatever way is taken: the greatest solution of
/// `must(t) = {t} ∪ ⋃ over firm links ⋂ over their sources must(s)`.
fn dominators(events: usize, links: &[Link]) -> Vec<Vec<bool>> {
    let mut must = vec![vec![true; events]; events];
    loop {
        let mut changed = false;
        for target in 0..events {
            let mut own = vec![false; events];
            own[target] = true;
            for link in links
                .iter()
                .filter(|link| link.firm && link.target == target)
            {
                for (event, slot) in own.iter_mut().enumerate() {
                    *slot |= link.sources.iter().all(|source| must[*source][event]);
                }
            }
            if own != must[target] {
                must[target] = own;
                changed = true;
            }
        }
        if !changed {
            return must;
        }
    }
}

/// From events to boxes: a box comes before another when each event of the other needs one of its own.
fn lift(boxes: &[Vec<EventIx>], must: &[Vec<bool>]) -> Vec<Vec<bool>> {
    let needs = |b: &[EventIx], a: &[EventIx]| {
        b.iter()
            .all(|event| a.iter().any(|earlier| must[*event][*earlier]))
    };
    let row = |a: usize| {
        (0..boxes.len())
            .map(|b| a != b && needs(&boxes[b], &boxes[a]))
            .collect()
    };
    (0..boxes.len()).map(row).collect()
}
