//! The way of each arrow: straight to a neighbor, through the gutter to the next band, or along a lane past bands.
//!
//! Arrows of one kind to one act form a *net*: they join on the way and share one arrowhead. No two nets share a
//! stretch of line; where they cross, the lines go on, and where a net joins, there is a dot.

use std::collections::BTreeMap;

use super::{Chart, Rect};

/// From one horizontal track of a gutter to the next.
pub(super) const TRACK: f64 = 1.25;
/// Ports of one gutter keep this distance.
const PORT: f64 = 1.3;

/// Which side a lane runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Left,
    Right,
}

/// A straight line from point to point.
pub type Line = ((f64, f64), (f64, f64));

/// An arrow as drawn, or several that end in one head.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    /// To this box.
    pub to: usize,
    /// From these.
    pub from: Vec<usize>,
    /// Holds in every case.
    pub always: bool,
    /// Lines from point to point.
    pub lines: Vec<Line>,
    /// Where branches join.
    pub joints: Vec<(f64, f64)>,
    /// The point of the arrowhead, and whether it points right rather than down.
    pub head: ((f64, f64), bool),
}

/// How the arrows of one kind to one box go.
#[derive(Clone, Debug)]
struct Net {
    to: usize,
    always: bool,
    /// Neighbors on the left of the same band.
    beside: Vec<usize>,
    /// Others in the same band.
    over: Vec<usize>,
    /// In the band above.
    above: Vec<usize>,
    /// Further away.
    far: Vec<usize>,
    lane: Option<(Side, usize)>,
}

/// The nets, with their lanes.
pub(super) struct Plan {
    nets: Vec<Net>,
    band_of: Vec<usize>,
}

impl Plan {
    pub(super) fn lanes(&self, side: Side) -> usize {
        self.nets
            .iter()
            .filter_map(|net| net.lane)
            .filter(|lane| lane.0 == side)
            .map(|lane| lane.1 + 1)
            .max()
            .unwrap_or(0)
    }
}

pub(super) fn plan(chart: &Chart) -> Plan {
    let mut band_of = vec![0; chart.boxes.len()];
    let mut place = vec![0.5; chart.boxes.len()];
    for (at, band) in chart.bands.iter().enumerate() {
        let count = f64::from(u32::try_from(band.boxes.len()).unwrap_or(1));
        for (nth, ix) in band.boxes.iter().enumerate() {
            band_of[*ix] = at;
            place[*ix] = (f64::from(u32::try_from(nth).unwrap_or(0)) + 0.5) / count;
        }
    }
    let mut nets: BTreeMap<(usize, bool), Net> = BTreeMap::new();
    for edge in &chart.edges {
        let net = nets.entry((edge.to, !edge.always)).or_insert_with(|| Net {
            to: edge.to,
            always: edge.always,
            beside: Vec::new(),
            over: Vec::new(),
            above: Vec::new(),
            far: Vec::new(),
            lane: None,
        });
        let (from, to) = (band_of[edge.from], band_of[edge.to]);
        let own = &chart.bands[to].boxes;
        let follows = own.windows(2).any(|pair| pair == [edge.from, edge.to]);
        match (from == to, from + 1 == to) {
            (true, _) if follows => net.beside.push(edge.from),
            (true, _) => net.over.push(edge.from),
            (false, true) => net.above.push(edge.from),
            (false, false) => net.far.push(edge.from),
        }
    }
    let mut nets: Vec<Net> = nets.into_values().collect();
    // Long lanes lie outside, so that they cross fewer others.
    let span = |net: &Net| {
        let rows = net
            .far
            .iter()
            .map(|from| band_of[*from] + 1)
            .chain([band_of[net.to]]);
        let (low, high) = rows.fold((usize::MAX, 0), |(low, high), row| {
            (low.min(row), high.max(row))
        });
        (low, high)
    };
    let mut order: Vec<usize> = (0..nets.len())
        .filter(|ix| !nets[*ix].far.is_empty())
        .collect();
    order.sort_by_key(|ix| {
        let (low, high) = span(&nets[*ix]);
        (std::cmp::Reverse(high - low), *ix)
    });
    let mut taken: BTreeMap<(Side, usize), Vec<(usize, usize)>> = BTreeMap::new();
    for ix in order {
        let net = &nets[ix];
        let (low, high) = span(net);
        let ends: Vec<f64> = net
            .far
            .iter()
            .chain([&net.to])
            .map(|b| place[*b] - 0.5)
            .collect();
        let side = if ends.iter().sum::<f64>() < 0.0 {
            Side::Left
        } else {
            Side::Right
        };
        let free = |at: &usize| {
            let spans = taken.get(&(side, *at)).map_or(&[][..], Vec::as_slice);
            spans
                .iter()
                .all(|(from, until)| high < *from || *until < low)
        };
        // There are fewer lanes than nets, so that one is free.
        let at = (0..nets.len()).find(free).unwrap_or(0);
        taken.entry((side, at)).or_default().push((low, high));
        nets[ix].lane = Some((side, at));
    }
    Plan { nets, band_of }
}

/// A horizontal stretch in a gutter.
#[derive(Clone, Debug)]
struct Stretch {
    net: usize,
    from: f64,
    until: f64,
    track: usize,
}

/// Where nets leave and enter boxes, and the tracks of each gutter.
pub(super) struct Ports {
    /// By box and net: leaving downwards, or upwards for a net over the band.
    out: BTreeMap<(usize, usize), f64>,
    /// By net: entering from above.
    entry: BTreeMap<usize, f64>,
    gutters: Vec<Vec<Stretch>>,
}

impl Ports {
    pub(super) fn tracks(&self, gutter: usize) -> usize {
        let stretches = self.gutters.get(gutter).map_or(&[][..], Vec::as_slice);
        stretches
            .iter()
            .map(|stretch| stretch.track + 1)
            .max()
            .unwrap_or(0)
    }

    fn track(&self, gutter: usize, net: usize) -> Option<usize> {
        self.gutters
            .get(gutter)?
            .iter()
            .find(|stretch| stretch.net == net)
            .map(|stretch| stretch.track)
    }
}

/// A place far out, where the lanes of a side are.
fn outside(side: Side) -> f64 {
    match side {
        Side::Left => 0.0,
        Side::Right => super::layout::PAGE_WIDTH,
    }
}

pub(super) fn ports(chart: &Chart, plan: &Plan, boxes: &[Rect]) -> Ports {
    let middle = |ix: usize| boxes[ix].x + boxes[ix].width / 2.0;
    let mut entry: BTreeMap<usize, f64> = BTreeMap::new();
    let mut out: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut used: Vec<Vec<(f64, usize)>> = vec![Vec::new(); chart.bands.len() + 1];
    // Tops: nets that come from the gutter above, and nets that leave upwards.
    for (ix, rect) in boxes.iter().enumerate() {
        let gutter = plan.band_of[ix];
        let mut tops: Vec<(f64, usize, bool)> = Vec::new();
        for (n, net) in plan.nets.iter().enumerate() {
            if net.to == ix && !(net.over.is_empty() && net.above.is_empty() && net.far.is_empty())
            {
                let mut ends: Vec<f64> = net
                    .above
                    .iter()
                    .chain(&net.over)
                    .map(|from| middle(*from))
                    .collect();
                ends.extend(net.lane.map(|lane| outside(lane.0)));
                let count = f64::from(u32::try_from(ends.len()).unwrap_or(1));
                tops.push((ends.iter().sum::<f64>() / count, n, true));
            }
            if net.over.contains(&ix) {
                tops.push((middle(net.to), n, false));
            }
        }
        for (at, (_, n, enters)) in spread(tops, rect, &mut used[gutter]) {
            if enters {
                entry.insert(n, at)
            } else {
                out.insert((ix, n), at)
            };
        }
    }
    // Bottoms, towards where their nets go; straight down where the entry below lies within the box.
    for (ix, rect) in boxes.iter().enumerate() {
        let gutter = plan.band_of[ix] + 1;
        let mut bottoms: Vec<(f64, usize, bool)> = Vec::new();
        for (n, net) in plan.nets.iter().enumerate() {
            if net.above.contains(&ix) {
                bottoms.push((
                    entry.get(&n).copied().unwrap_or_else(|| middle(net.to)),
                    n,
                    true,
                ));
            } else if let (true, Some(lane)) = (net.far.contains(&ix), net.lane) {
                bottoms.push((outside(lane.0), n, true));
            }
        }
        for (at, (_, n, _)) in spread(bottoms, rect, &mut used[gutter]) {
            out.insert((ix, n), at);
        }
    }
    let mut gutters: Vec<Vec<Stretch>> = vec![Vec::new(); chart.bands.len() + 1];
    for (n, net) in plan.nets.iter().enumerate() {
        let home = plan.band_of[net.to];
        let mut add = |gutter: usize, at: f64| match gutters[gutter]
            .iter_mut()
            .find(|stretch| stretch.net == n)
        {
            Some(stretch) => {
                stretch.from = stretch.from.min(at);
                stretch.until = stretch.until.max(at);
            }
            None => gutters[gutter].push(Stretch {
                net: n,
                from: at,
                until: at,
                track: 0,
            }),
        };
        entry.get(&n).into_iter().for_each(|at| add(home, *at));
        for from in net.above.iter().chain(&net.over) {
            out.get(&(*from, n))
                .into_iter()
                .for_each(|at| add(home, *at));
        }
        if let Some(lane) = net.lane {
            add(home, outside(lane.0));
            for from in &net.far {
                let gutter = plan.band_of[*from] + 1;
                add(gutter, outside(lane.0));
                out.get(&(*from, n))
                    .into_iter()
                    .for_each(|at| add(gutter, *at));
            }
        }
    }
    for stretches in &mut gutters {
        stretches.retain(|stretch| stretch.until - stretch.from > 0.01);
        // Stretches that end on the left begin on top, those that come from the right lie below them.
        stretches.sort_by(|a, b| {
            (a.until - a.from)
                .total_cmp(&(b.until - b.from))
                .then(a.net.cmp(&b.net))
        });
        for at in 0..stretches.len() {
            let clear = |track: usize, own: &Stretch, others: &[Stretch]| {
                others
                    .iter()
                    .filter(|o| o.track == track)
                    .all(|o| own.until + 1.0 < o.from || o.until + 1.0 < own.from)
            };
            let (before, rest) = stretches.split_at_mut(at);
            if let Some(own) = rest.first_mut() {
                own.track = (0..=before.len())
                    .find(|track| clear(*track, own, before))
                    .unwrap_or(before.len());
            }
        }
    }
    Ports {
        out,
        entry,
        gutters,
    }
}

/// Places along the edge of a box, in the order of where the nets go, apart from others of the gutter.
fn spread(
    mut wanted: Vec<(f64, usize, bool)>,
    rect: &Rect,
    used: &mut Vec<(f64, usize)>,
) -> Vec<(f64, (f64, usize, bool))> {
    wanted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let count = f64::from(u32::try_from(wanted.len()).unwrap_or(1));
    let mut places = Vec::new();
    for (nth, want) in wanted.into_iter().enumerate() {
        let share = rect.width / count;
        let low = rect.x + share * f64::from(u32::try_from(nth).unwrap_or(0));
        let (low, high) = (
            low + 2.0_f64.min(share / 4.0),
            low + share - 2.0_f64.min(share / 4.0),
        );
        let ideal = if want.0 > low && want.0 < high {
            want.0
        } else {
            (low + high) / 2.0
        };
        let near = |at: f64| {
            used.iter()
                .any(|(other, net)| *net != want.1 && (at - other).abs() < PORT)
        };
        let steps = (0..60)
            .flat_map(|step: i32| [step, -step])
            .map(|step| ideal + f64::from(step) * 0.4);
        let at = steps
            .into_iter()
            .find(|at| *at >= low && *at <= high && !near(*at))
            .unwrap_or(ideal);
        used.push((at, want.1));
        places.push((at, want));
    }
    places
}

/// The lines of every net. `tops` holds top and height of each gutter, `bottom` the end of the last band.
pub(super) fn draw(
    chart: &Chart,
    plan: &Plan,
    ports: &Ports,
    boxes: &[Rect],
    tops: &[(f64, f64)],
    bottom: f64,
    lane_x: impl Fn(Side, usize) -> f64,
) -> Vec<Wire> {
    let mut wires = Vec::new();
    let height = |gutter: usize, net: usize| {
        let (top, _) = tops.get(gutter).copied().unwrap_or((bottom, 0.0));
        let track = ports.track(gutter, net)?;
        Some(top + 0.7 + f64::from(u32::try_from(track).unwrap_or(0)) * TRACK)
    };
    for (n, net) in plan.nets.iter().enumerate() {
        for from in &net.beside {
            let y = boxes[net.to].y + boxes[net.to].height / 2.0;
            let line = ((boxes[*from].right(), y), (boxes[net.to].x, y));
            let head = ((boxes[net.to].x, y), true);
            let lines = vec![line];
            wires.push(Wire {
                to: net.to,
                from: vec![*from],
                always: net.always,
                lines,
                joints: Vec::new(),
                head,
            });
        }
        let Some(entry) = ports.entry.get(&n).copied() else {
            continue;
        };
        let home = plan.band_of[net.to];
        let top = boxes[net.to].y;
        let mut wire = Wire {
            to: net.to,
            from: [&net.above[..], &net.over, &net.far].concat(),
            always: net.always,
            lines: Vec::new(),
            joints: Vec::new(),
            head: ((entry, top), false),
        };
        let own = height(home, n);
        let mut on_track: Vec<f64> = vec![entry];
        for from in &net.above {
            let Some(x) = ports.out.get(&(*from, n)).copied() else {
                continue;
            };
            let end = own.unwrap_or(top);
            wire.lines.push(((x, boxes[*from].bottom()), (x, end)));
            on_track.push(x);
        }
        for from in &net.over {
            let Some(x) = ports.out.get(&(*from, n)).copied() else {
                continue;
            };
            wire.lines
                .push(((x, boxes[*from].y), (x, own.unwrap_or(top))));
            on_track.push(x);
        }
        if let (Some((side, at)), Some(own)) = (net.lane, own) {
            let lane = lane_x(side, at);
            let mut joins: Vec<f64> = vec![own];
            let mut rows: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
            for from in &net.far {
                let Some(x) = ports.out.get(&(*from, n)).copied() else {
                    continue;
                };
                let gutter = plan.band_of[*from] + 1;
                let Some(y) = height(gutter, n) else { continue };
                wire.lines.push(((x, boxes[*from].bottom()), (x, y)));
                rows.entry(gutter).or_default().push(x);
            }
            for (gutter, mut xs) in rows {
                let Some(y) = height(gutter, n) else { continue };
                xs.push(lane);
                wire.joints.extend(stretch(&mut wire.lines, &mut xs, y));
                joins.push(y);
            }
            joins.sort_by(f64::total_cmp);
            if let (Some(first), Some(last)) = (joins.first(), joins.last()) {
                wire.lines.push(((lane, *first), (lane, *last)));
            }
            wire.joints.extend(
                joins
                    .iter()
                    .skip(1)
                    .take(joins.len().saturating_sub(2))
                    .map(|y| (lane, *y)),
            );
            on_track.push(lane);
        }
        if let Some(own) = own {
            let joints = stretch(&mut wire.lines, &mut on_track, own);
            wire.joints.extend(
                joints
                    .into_iter()
                    .filter(|joint| (joint.0 - entry).abs() > 0.01 || on_track.len() > 2),
            );
            wire.lines.push(((entry, own), (entry, top)));
        }
        wires.push(wire);
    }
    let order: Vec<usize> = chart
        .bands
        .iter()
        .flat_map(|band| band.boxes.iter().copied())
        .collect();
    wires.sort_by_key(|wire| (!wire.always, order.iter().position(|ix| *ix == wire.to)));
    wires
}

/// A horizontal line through all of them; the inner ones are joints.
fn stretch(lines: &mut Vec<Line>, xs: &mut Vec<f64>, y: f64) -> Vec<(f64, f64)> {
    xs.sort_by(f64::total_cmp);
    xs.dedup_by(|a, b| (*a - *b).abs() < 0.01);
    if let (Some(first), Some(last)) = (xs.first(), xs.last())
        && xs.len() > 1
    {
        lines.push(((*first, y), (*last, y)));
    }
    xs.iter()
        .skip(1)
        .take(xs.len().saturating_sub(2))
        .map(|x| (*x, y))
        .collect()
}
