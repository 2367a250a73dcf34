//! Where everything stands on the page, in millimeters of an upright A4 sheet.
//!
//! Bands lie one below the other; above the boxes of a band runs a gutter for the horizontal parts of arrows, and left
//! and right of the boxes run lanes for arrows that pass over a band.

use super::route::{self, Wire};
use super::text::{tokens, width, wrap};
use super::{ActBox, Badge, Chart};

/// The width of the sheet.
pub(super) const PAGE_WIDTH: f64 = 210.0;
/// The height of the sheet; a longer chart makes it longer.
pub(super) const PAGE_HEIGHT: f64 = 297.0;
/// The smallest letters: 8 pt.
pub(super) const SMALL: f64 = 2.83;
/// The name of an act: 10 pt.
pub(super) const NAME: f64 = 3.53;
/// From one line of a name to the next.
pub(super) const NAME_LINE: f64 = 4.2;
/// From one small line to the next.
pub(super) const LINE: f64 = 3.25;
/// The white of a box around its text.
pub(super) const PADDING: f64 = 1.1;
/// The width of the word on a badge, with its frame.
pub(super) const TAG: f64 = 6.0;
/// Between that word and the text.
pub(super) const TAG_GAP: f64 = 0.5;
/// Between two badges of a line.
const BETWEEN: f64 = 1.4;

const MARGIN: f64 = 5.5;
const LABEL: f64 = 7.5;
const LANE: f64 = 1.6;
const LEAST_WIDTH: f64 = 34.0;
const GAP: f64 = 6.5;
const CHOICE_GAP: f64 = 9.0;
const HEADER: f64 = 11.5;
/// The line above the bands that explains the signs of a case.
const SIGN_LEGEND: f64 = 5.5;
/// From one line of signs to the next.
pub(super) const SIGN_LINE: f64 = 3.7;

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// The right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// The lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Whether the two have more than a border in common.
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }
}

/// A piece of text in a box.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// The badge that it belongs to; none for the documents of an act.
    pub badge: Option<usize>,
    /// The badge begins here, with its word.
    pub begins: bool,
    /// The line below the name.
    pub line: usize,
    /// From the left edge of the box.
    pub x: f64,
    /// The text.
    pub text: String,
}

/// Where everything stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The width of the page.
    pub width: f64,
    /// Its height: that of A4 unless the chart needs more.
    pub height: f64,
    /// Bands with their gutters.
    pub bands: Vec<Rect>,
    /// The strip with the name of each band.
    pub labels: Vec<Rect>,
    /// Boxes.
    pub boxes: Vec<Rect>,
    /// The name of each box, broken into lines.
    pub names: Vec<Vec<String>>,
    /// The documents of each box, and then its badges, one after the other in lines.
    pub pieces: Vec<Vec<Piece>>,
    /// The height at the foot of each box that is kept for the signs of a case.
    pub strips: Vec<f64>,
    /// Arrows.
    pub wires: Vec<Wire>,
    /// Double lines between neighbors of which only one is done: left and right end, and height.
    pub choices: Vec<(f64, f64, f64)>,
    /// The legend.
    pub legend: Rect,
}

impl Layout {
    /// The same on a sheet that ends where the legend does.
    pub(super) fn fitted(self) -> Layout {
        Layout {
            height: self.legend.bottom() + MARGIN,
            ..self
        }
    }
}

/// Where everything stands; `signs` says for each box how many lines the signs of a case need below its text, and is
/// empty where no case is shown.
pub(super) fn layout(chart: &Chart, signs: &[usize]) -> Layout {
    let strips: Vec<f64> = (0..chart.boxes.len())
        .map(|ix| strip(signs.get(ix).copied().unwrap_or(0)))
        .collect();
    let header = if signs.is_empty() {
        HEADER
    } else {
        HEADER + SIGN_LEGEND
    };
    let plan = route::plan(chart);
    let lanes = |side| f64::from(u32::try_from(plan.lanes(side)).unwrap_or(0)) * LANE + 1.5;
    let (left, right) = (lanes(route::Side::Left), lanes(route::Side::Right));
    let content = (MARGIN + LABEL + left, PAGE_WIDTH - MARGIN - right);
    let mut boxes = vec![
        Rect {
            x: 0.0,
            y: 0.0,
            width: 0.0,
            height: 0.0
        };
        chart.boxes.len()
    ];
    for band in &chart.bands {
        row(chart, &band.boxes, content, &strips, &mut boxes);
    }
    let routed = route::ports(chart, &plan, &boxes);
    let mut y = MARGIN + header;
    let legend_height = super::svg::legend_height(chart, PAGE_WIDTH - 2.0 * MARGIN);
    let rows: f64 = chart
        .bands
        .iter()
        .filter_map(|band| band.boxes.first())
        .map(|ix| boxes[*ix].height)
        .sum();
    let gutters: f64 = (0..chart.bands.len())
        .map(|g| gutter(routed.tracks(g)))
        .sum();
    // What is left of the sheet is shared out, so that the chart fills it.
    let count = f64::from(u32::try_from(chart.bands.len()).unwrap_or(1).max(1));
    let used = y + rows + gutters + count * BELOW + 1.5 + legend_height + MARGIN;
    let spare = ((PAGE_HEIGHT - used) / count).clamp(0.0, 4.0);
    let mut bands = Vec::new();
    let mut labels = Vec::new();
    let mut tops = Vec::new();
    for (g, band) in chart.bands.iter().enumerate() {
        let top = y;
        tops.push((top, gutter(routed.tracks(g)) + spare));
        y += gutter(routed.tracks(g)) + spare;
        let mut height: f64 = 0.0;
        for ix in &band.boxes {
            boxes[*ix].y = y;
            height = height.max(boxes[*ix].height);
        }
        y += height + BELOW;
        bands.push(Rect {
            x: MARGIN,
            y: top,
            width: PAGE_WIDTH - 2.0 * MARGIN,
            height: y - top,
        });
        labels.push(Rect {
            x: MARGIN,
            y: top,
            width: LABEL,
            height: y - top,
        });
    }
    let lane = |side, at: usize| {
        let at = f64::from(u32::try_from(at).unwrap_or(0));
        match side {
            route::Side::Left => MARGIN + LABEL + 1.6 + at * LANE,
            route::Side::Right => PAGE_WIDTH - MARGIN - 1.6 - at * LANE,
        }
    };
    let wires = route::draw(chart, &plan, &routed, &boxes, &tops, y, lane);
    let legend = Rect {
        x: MARGIN,
        y: y + 1.5,
        width: PAGE_WIDTH - 2.0 * MARGIN,
        height: legend_height,
    };
    let names = chart
        .boxes
        .iter()
        .zip(&boxes)
        .map(|(b, rect)| name_lines(b, rect.width))
        .collect();
    let pieces = chart
        .boxes
        .iter()
        .zip(&boxes)
        .zip(&strips)
        .map(|((b, rect), strip)| pieces(b, rect, *strip))
        .collect();
    let height = PAGE_HEIGHT.max(legend.bottom() + MARGIN);
    let choices = choices(chart, &boxes);
    Layout {
        width: PAGE_WIDTH,
        height,
        bands,
        labels,
        boxes,
        names,
        pieces,
        strips,
        wires,
        choices,
        legend,
    }
}

/// The height of so many lines of signs.
fn strip(lines: usize) -> f64 {
    let lines = f64::from(u32::try_from(lines).unwrap_or(0));
    if lines > 0.0 {
        lines * SIGN_LINE + 0.8
    } else {
        0.0
    }
}

/// The white below the boxes of a band.
const BELOW: f64 = 0.7;

/// The height of a gutter with so many tracks.
fn gutter(tracks: usize) -> f64 {
    let tracks = f64::from(u32::try_from(tracks).unwrap_or(0));
    2.4 + tracks * route::TRACK
}

/// The boxes of a band: as low as their texts allow together, each no wider than it needs for that, spread evenly.
fn row(chart: &Chart, own: &[usize], content: (f64, f64), strips: &[f64], boxes: &mut [Rect]) {
    let height = |ix: usize, box_width: f64| height(&chart.boxes[ix], box_width) + strips[ix];
    let gaps: Vec<f64> = own
        .windows(2)
        .map(|pair| gap(chart, pair[0], pair[1]))
        .collect();
    let room = content.1 - content.0 - gaps.iter().sum::<f64>();
    let count = f64::from(u32::try_from(own.len()).unwrap_or(1).max(1));
    // The least width, in whole millimeters, at which a box is no higher than this.
    let narrowest = |ix: usize, most: f64| {
        let tried = std::iter::successors(Some(LEAST_WIDTH), |width| Some(width + 1.0))
            .take_while(|width| *width <= room);
        tried
            .into_iter()
            .find(|width| height(ix, *width) <= most + 0.01)
    };
    let lowest = own.iter().map(|ix| height(*ix, room)).fold(0.0, f64::max);
    let fitting = (0..60_u32)
        .map(|lines| lowest + f64::from(lines) * LINE)
        .find_map(|most| {
            let widths: Vec<f64> = own
                .iter()
                .map(|ix| narrowest(*ix, most))
                .collect::<Option<_>>()?;
            (widths.iter().sum::<f64>() <= room).then_some((most, widths))
        });
    // Boxes too many for one band share it evenly, however high they become.
    let (lowest, mut widths) = fitting.unwrap_or_else(|| {
        let widths = vec![room / count; own.len()];
        (
            own.iter()
                .map(|ix| height(*ix, room / count))
                .fold(0.0, f64::max),
            widths,
        )
    });
    // Half of the rest makes texts break less, the other half keeps boxes apart.
    let share = (room - widths.iter().sum::<f64>()) / count / 2.0;
    for (ix, width) in own.iter().zip(&mut widths) {
        if !chart.boxes[*ix].badges.is_empty() && height(*ix, *width + share) <= lowest + 0.01 {
            *width += share;
        }
    }
    let spare = (content.1 - content.0 - gaps.iter().sum::<f64>() - widths.iter().sum::<f64>())
        / (count + 1.0);
    let mut x = content.0 + spare;
    for (at, (ix, width)) in own.iter().zip(&widths).enumerate() {
        boxes[*ix] = Rect {
            x,
            y: 0.0,
            width: *width,
            height: lowest,
        };
        x += width + gaps.get(at).copied().unwrap_or(0.0) + spare;
    }
}

fn is_choice(chart: &Chart, a: usize, b: usize) -> bool {
    chart
        .alternatives
        .iter()
        .any(|group| group.boxes.contains(&a) && group.boxes.contains(&b))
}

fn gap(chart: &Chart, a: usize, b: usize) -> f64 {
    if is_choice(chart, a, b) {
        CHOICE_GAP
    } else {
        GAP
    }
}

fn choices(chart: &Chart, boxes: &[Rect]) -> Vec<(f64, f64, f64)> {
    let pairs = chart.bands.iter().flat_map(|band| band.boxes.windows(2));
    let chosen = pairs.filter(|pair| is_choice(chart, pair[0], pair[1]));
    chosen
        .map(|pair| {
            (
                boxes[pair[0]].right(),
                boxes[pair[1]].x,
                boxes[pair[0]].y + boxes[pair[0]].height / 2.0,
            )
        })
        .collect()
}

fn name_lines(shown: &ActBox, box_width: f64) -> Vec<String> {
    wrap(&shown.name, (box_width - 2.0 * PADDING) / NAME)
}

/// The documents and badges of a box, one after the other; a badge begins a line of its own where there is room.
fn pieces(shown: &ActBox, rect: &Rect, strip: f64) -> Vec<Piece> {
    let room = rect.height - strip + 0.01;
    let mut begins_line = vec![false; shown.badges.len()];
    for ix in 0..begins_line.len() {
        begins_line[ix] = true;
        if height_of(shown, rect.width, &flow(shown, rect.width, &begins_line)) > room {
            begins_line[ix] = false;
        }
    }
    flow(shown, rect.width, &begins_line)
}

fn flow(shown: &ActBox, box_width: f64, begins_line: &[bool]) -> Vec<Piece> {
    let end = box_width - PADDING;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut line = 0;
    if !shown.documents.is_empty() {
        let text = format!("（{}）", shown.documents.join("、"));
        for text in wrap(&text, (end - PADDING) / SMALL) {
            let x = (box_width - small(&text)) / 2.0;
            pieces.push(Piece {
                badge: None,
                begins: false,
                line,
                x,
                text,
            });
            line += 1;
        }
    }
    let mut x = PADDING;
    for (ix, badge) in shown.badges.iter().enumerate() {
        let tokens = tokens(&badge_text(badge));
        let first = tokens.first().map_or(0.0, |token| small(token));
        let is_own = begins_line.get(ix).copied().unwrap_or(false);
        if x > PADDING && (is_own || x + TAG + TAG_GAP + first > end) {
            (line, x) = (line + 1, PADDING);
        }
        x += TAG + TAG_GAP;
        let mut piece = Piece {
            badge: Some(ix),
            begins: true,
            line,
            x,
            text: String::new(),
        };
        for (at, token) in tokens.iter().enumerate() {
            // An opening mark stays with what it opens.
            let opened = if is_opening(token) {
                tokens.get(at + 1).map_or(0.0, |next| small(next))
            } else {
                0.0
            };
            if !piece.text.is_empty() && x + small(token) + opened > end {
                (line, x) = (line + 1, PADDING);
                let next = Piece {
                    badge: Some(ix),
                    begins: false,
                    line,
                    x,
                    text: String::new(),
                };
                pieces.push(std::mem::replace(&mut piece, next));
            }
            piece.text.push_str(token);
            x += small(token);
        }
        pieces.push(piece);
        x += BETWEEN;
    }
    pieces
}

fn is_opening(token: &str) -> bool {
    token
        .chars()
        .next_back()
        .is_some_and(|last| "（〔《“".contains(last))
}

/// Words and basis of a badge in one line.
pub(super) fn badge_text(badge: &Badge) -> String {
    match (badge.text.is_empty(), badge.basis.is_empty()) {
        (true, _) => badge.basis.clone(),
        (false, true) => badge.text.clone(),
        (false, false) => format!("{}〔{}〕", badge.text, badge.basis),
    }
}

fn height(shown: &ActBox, box_width: f64) -> f64 {
    height_of(shown, box_width, &flow(shown, box_width, &[]))
}

fn height_of(shown: &ActBox, box_width: f64, pieces: &[Piece]) -> f64 {
    let count = |lines: usize| f64::from(u32::try_from(lines).unwrap_or(u32::MAX));
    let names = count(name_lines(shown, box_width).len()) * NAME_LINE;
    names + count(pieces.last().map_or(0, |piece| piece.line + 1)) * LINE + 2.0 * PADDING - 0.4
}

/// The width of small text, in millimeters.
pub(super) fn small(text: &str) -> f64 {
    width(text) * SMALL
}
