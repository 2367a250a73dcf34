//! A chart of some phases only: what leads through the others still leads on.

use super::{Alternatives, Band, Chart, Edge, Return};
use std::collections::BTreeMap;

impl Chart {
    /// The same chart with these phases alone, named as the procedure names them.
    #[must_use]
    pub fn of_phases(&self, names: &[&str]) -> Chart {
        let kept = self
            .bands
            .iter()
            .filter(|band| names.contains(&&*band.name));
        let kept: Vec<&Band> = kept.collect();
        let old: Vec<usize> = kept.iter().flat_map(|band| band.boxes.clone()).collect();
        let new: BTreeMap<usize, usize> = old.iter().copied().zip(0..).collect();
        let now = |boxes: &[usize]| -> Vec<usize> {
            boxes.iter().filter_map(|at| new.get(at).copied()).collect()
        };
        let edges = reduced(bridged(&self.edges, &new));
        Chart {
            bands: kept
                .iter()
                .map(|band| Band {
                    boxes: now(&band.boxes),
                    ..Band::clone(band)
                })
                .collect(),
            boxes: old.iter().map(|at| self.boxes[*at].clone()).collect(),
            edges: edges
                .into_iter()
                .map(|edge| Edge {
                    from: new[&edge.from],
                    to: new[&edge.to],
                    ..edge
                })
                .collect(),
            alternatives: self
                .alternatives
                .iter()
                .map(|it| Alternatives {
                    boxes: now(&it.boxes),
                    rules: it.rules.clone(),
                })
                .filter(|it| it.boxes.len() > 1)
                .collect(),
            returns: self
                .returns
                .iter()
                .filter_map(|it| {
                    Some(Return {
                        first: *new.get(&it.first)?,
                        before: *new.get(&it.before)?,
                        rule: it.rule.clone(),
                    })
                })
                .collect(),
            ..self.clone()
        }
    }
}

/// The arrows among the boxes that are kept, with one for each way through the others.
fn bridged(edges: &[Edge], kept: &BTreeMap<usize, usize>) -> Vec<Edge> {
    let mut left: Vec<Edge> = edges.to_vec();
    while let Some(gone) = left
        .iter()
        .flat_map(|edge| [edge.from, edge.to])
        .find(|at| !kept.contains_key(at))
    {
        let into: Vec<Edge> = left.iter().filter(|it| it.to == gone).copied().collect();
        let out: Vec<Edge> = left.iter().filter(|it| it.from == gone).copied().collect();
        left.retain(|it| it.from != gone && it.to != gone);
        for (a, b) in into.iter().flat_map(|a| out.iter().map(move |b| (a, b))) {
            let always = a.always && b.always;
            match left
                .iter_mut()
                .find(|it| (it.from, it.to) == (a.from, b.to))
            {
                Some(known) => known.always |= always,
                None => left.push(Edge {
                    from: a.from,
                    to: b.to,
                    always,
                }),
            }
        }
    }
    left
}

/// The arrows that say more than the others do together.
fn reduced(edges: Vec<Edge>) -> Vec<Edge> {
    let leads = |from: usize, to: usize, through: &dyn Fn(&Edge) -> bool| {
        let mut seen = vec![from];
        let mut at = 0;
        while let Some(here) = seen.get(at).copied() {
            for edge in edges.iter().filter(|it| it.from == here && through(it)) {
                if edge.to == to {
                    return true;
                }
                if !seen.contains(&edge.to) {
                    seen.push(edge.to);
                }
            }
            at += 1;
        }
        false
    };
    let says_more = |edge: &&Edge| {
        // A full arrow is not replaced by a way that holds in some cases only.
        let other =
            |it: &Edge| (it.from, it.to) != (edge.from, edge.to) && (it.always || !edge.always);
        !leads(edge.from, edge.to, &other)
    };
    edges.iter().filter(says_more).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: usize, to: usize, always: bool) -> Edge {
        Edge { from, to, always }
    }

    #[test]
    fn what_leads_through_a_box_that_is_gone_leads_on() {
        let edges = [
            edge(0, 1, true),
            edge(1, 2, false),
            edge(2, 3, true),
            edge(1, 3, true),
        ];
        let kept = BTreeMap::from([(0, 0), (3, 1)]);
        assert_eq!(bridged(&edges, &kept), [edge(0, 3, true)]);
        let kept = BTreeMap::from([(0, 0), (2, 1), (3, 2)]);
        let some = bridged(&edges, &kept);
        assert_eq!(some.len(), 3);
        // The dashed way over 2 does not stand for the full one to 3.
        assert_eq!(reduced(some.clone()).len(), 3, "{some:?}");
        let all = vec![edge(0, 1, true), edge(1, 2, true), edge(0, 2, true)];
        assert_eq!(reduced(all), [edge(0, 1, true), edge(1, 2, true)]);
    }
}
