//! The drawing, written by hand: real text, no script, no font file; black on white still tells everything.

use std::fmt::Write;

use super::badge::sign;
use super::layout::{LINE, NAME_LINE, PADDING, SIGN_LINE, TAG, TAG_GAP, small};
use super::{BadgeKind, Chart, Layout, Mark, Marking, Rect, Sign};
use crate::model::ActClass;

/// Chinese fonts that systems have, in the order of taste.
const FONTS: &str = "'Noto Sans CJK SC','Source Han Sans SC','Noto Sans SC','PingFang SC','Microsoft YaHei',\
'WenQuanYi Micro Hei','SimHei',sans-serif";

/// What texts and lines look like, as attributes: a page that forbids styles within it shows the drawing all the same.
/// What is not said stands at the root: small dark letters.
mod paint {
    pub(super) const ROOT: &str = "font-size=\"2.83\" fill=\"#1d2b38\"";
    pub(super) const SMALL: &str = "";
    pub(super) const NAME: &str = "font-size=\"3.53\" font-weight=\"700\" fill=\"#10202f\"";
    pub(super) const ON_TAG: &str = "fill=\"#fff\" text-anchor=\"middle\"";
    pub(super) const TITLE: &str =
        "font-size=\"6.2\" font-weight=\"700\" fill=\"#10202f\" text-anchor=\"middle\"";
    pub(super) const UNDER: &str = "font-size=\"3.2\" fill=\"#3a4a59\" text-anchor=\"middle\"";
    pub(super) const PHASE: &str =
        "font-size=\"3.5\" font-weight=\"700\" fill=\"#fff\" text-anchor=\"middle\"";
    pub(super) const ALWAYS: &str =
        "fill=\"none\" stroke=\"#16324f\" stroke-width=\".42\" stroke-linejoin=\"round\"";
    pub(super) const SOMETIMES: &str =
        "fill=\"none\" stroke=\"#5b6b7a\" stroke-width=\".4\" stroke-dasharray=\"1.3 .8\"";
    pub(super) const MADE_HERE: &str = "fill=\"#fff\" stroke=\"#16324f\" stroke-width=\".4\"";
    pub(super) const OUTSIDE: &str = "fill=\"#fbf6ea\" stroke=\"#7a5c1e\" stroke-width=\".4\"";
    pub(super) const CHOICE: &str =
        "fill=\"none\" stroke=\"#8a2f3b\" stroke-width=\".35\" stroke-dasharray=\"1.1 .7\"";
    pub(super) const DONE: &str = "fill=\"#e9f5ee\" stroke=\"#16324f\" stroke-width=\".4\"";
    pub(super) const OPEN: &str = "fill=\"#fff\" stroke=\"#0b5566\" stroke-width=\"1.1\"";
    pub(super) const OPEN_OWED: &str = "fill=\"#fff4dc\" stroke=\"#0b5566\" stroke-width=\"1.1\"";
    pub(super) const OWED: &str = "fill=\"#fff4dc\" stroke=\"#7a4a00\" stroke-width=\".4\"";
    pub(super) const OUT: &str =
        "fill=\"none\" stroke=\"#6d7a83\" stroke-width=\".4\" stroke-dasharray=\"1.6 1\"";
}

/// The width of the round tag of what is owed.
const OWED_TAG: f64 = TAG + 1.6;

/// Text as it stands in markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn color(kind: BadgeKind) -> &'static str {
    match kind {
        BadgeKind::Before => "#2f5d86",
        BadgeKind::Open => "#7a4b12",
        BadgeKind::Requirement => "#3d5a3a",
        BadgeKind::People => "#5a4880",
        BadgeKind::Period => "#a0262e",
        BadgeKind::Choice => "#8a2f3b",
    }
}

/// Writing to a `String` cannot fail; the result is dropped in one place.
struct Page(String);

impl Page {
    fn add(&mut self, arguments: std::fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(arguments);
        self.0.push('\n');
    }

    fn text(&mut self, paint: &str, x: f64, y: f64, text: &str) {
        let gap = if paint.is_empty() { "" } else { " " };
        self.add(format_args!(
            "<text{gap}{paint} x=\"{x:.2}\" y=\"{y:.2}\">{}</text>",
            escape(text)
        ));
    }

    fn tag(&mut self, kind: BadgeKind, x: f64, baseline: f64) {
        self.add(format_args!(
            "<rect x=\"{x:.2}\" y=\"{:.2}\" width=\"{TAG}\" height=\"3\" rx=\".5\" fill=\"{}\"/>",
            baseline - 2.5,
            color(kind)
        ));
        self.text(paint::ON_TAG, x + TAG / 2.0, baseline, kind.chinese());
    }
}

pub(super) fn draw(chart: &Chart, layout: &Layout, marking: Option<&Marking>) -> String {
    let mut page = Page(String::new());
    let (width, height) = (layout.width, layout.height);
    page.add(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" lang=\"zh-CN\" role=\"img\" aria-labelledby=\"chart-title chart-desc\" \
         width=\"{width:.0}mm\" height=\"{height:.0}mm\" viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"{FONTS}\" {}>",
        paint::ROOT
    ));
    page.add(format_args!(
        "<title id=\"chart-title\">{}流程图</title>",
        escape(&chart.name)
    ));
    page.add(format_args!(
        "<desc id=\"chart-desc\">{}</desc>",
        escape(&match marking {
            Some(_) => "各步在本案的情况，见本页的列表。".to_owned(),
            None => description(chart),
        })
    ));
    if marking.is_none() {
        page.add(format_args!(
            "<style>@page{{size:A4 portrait;margin:0}}</style>"
        ));
    }
    page.add(format_args!(
        "<rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#fff\"/>"
    ));
    page.text(
        paint::TITLE,
        width / 2.0,
        11.2,
        &format!("{}流程图", chart.name),
    );
    let (year, month, day) = chart.day.ymd();
    let edition = if chart.edition.is_empty() {
        String::new()
    } else {
        format!("{}　·　", chart.edition)
    };
    page.text(
        paint::UNDER,
        width / 2.0,
        16.2,
        &format!("{edition}按{year}年{month}月{day}日有效的规定绘制"),
    );
    if marking.is_some() {
        signs(&mut page, width);
    }
    bands(&mut page, chart, layout);
    wires(&mut page, layout);
    for ix in 0..chart.boxes.len() {
        act(
            &mut page,
            chart,
            layout,
            ix,
            marking.map(|marking| marking.of(ix)),
        );
    }
    for (from, to, y) in &layout.choices {
        for shift in [-0.5, 0.5] {
            let y = y + shift;
            page.add(format_args!(
                "<path {} d=\"M{from:.2} {y:.2}H{to:.2}\"/>",
                paint::CHOICE
            ));
        }
        page.add(format_args!(
            "<text text-anchor=\"middle\" fill=\"#8a2f3b\" x=\"{:.2}\" y=\"{:.2}\">择一</text>",
            (from + to) / 2.0,
            y - 1.3
        ));
    }
    legend(&mut page, chart, &layout.legend);
    page.0.push_str("</svg>\n");
    page.0
}

/// The chart in words, for those who cannot see it.
fn description(chart: &Chart) -> String {
    let name = |ix: &usize| chart.boxes[*ix].name.as_str();
    let mut text = String::new();
    for band in &chart.bands {
        let acts: Vec<&str> = band.boxes.iter().map(name).collect();
        text.push_str(&format!("{}：{}。", band.name, acts.join("、")));
    }
    for edge in &chart.edges {
        let how = if edge.always {
            "先于"
        } else {
            "在有该情形时先于"
        };
        text.push_str(&format!("{}{how}{}；", name(&edge.from), name(&edge.to)));
    }
    for group in &chart.alternatives {
        let acts: Vec<&str> = group.boxes.iter().map(name).collect();
        text.push_str(&format!("{}择一；", acts.join("、")));
    }
    text
}

fn bands(page: &mut Page, chart: &Chart, layout: &Layout) {
    for (at, (band, rect)) in chart.bands.iter().zip(&layout.bands).enumerate() {
        let fill = if at % 2 == 0 { "#eef3f8" } else { "#f8fafc" };
        let Rect {
            x,
            y,
            width,
            height,
        } = *rect;
        page.add(format_args!(
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{fill}\"/>"
        ));
        let label = layout.labels[at];
        page.add(format_args!(
            "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" fill=\"#24486b\"/>",
            label.x,
            label.y + 0.3,
            label.width - 0.6,
            label.height - 0.6
        ));
        vertical(page, &band.name, &label);
    }
}

/// A name from top to bottom, in two columns where the band is too low for one.
fn vertical(page: &mut Page, name: &str, label: &Rect) {
    const STEP: f64 = 3.9;
    let all: Vec<char> = name.chars().collect();
    let room = (label.height / STEP).floor().max(1.0);
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(1));
    let columns = if count(all.len()) <= room { 1 } else { 2 };
    let per_column = all.len().div_ceil(columns).max(1);
    for (column, part) in all.chunks(per_column).enumerate() {
        let x = match columns {
            1 => label.x + (label.width - 0.6) / 2.0,
            // The first column of upright Chinese stands on the right; two short ones read from the left here.
            _ => label.x + 1.75 + count(column) * 3.5,
        };
        let start = label.y + (label.height - count(part.len()) * STEP) / 2.0 + 3.1;
        for (nth, character) in part.iter().enumerate() {
            page.text(
                paint::PHASE,
                x,
                start + count(nth) * STEP,
                &character.to_string(),
            );
        }
    }
}

fn wires(page: &mut Page, layout: &Layout) {
    for wire in layout.wires.iter().rev() {
        let paint = if wire.always {
            paint::ALWAYS
        } else {
            paint::SOMETIMES
        };
        let color = if wire.always { "#16324f" } else { "#5b6b7a" };
        let mut path = String::new();
        for ((x1, y1), (x2, y2)) in &wire.lines {
            let _ = write!(path, "M{x1:.2} {y1:.2}L{x2:.2} {y2:.2}");
        }
        page.add(format_args!("<path {paint} d=\"{path}\"/>"));
        for (x, y) in &wire.joints {
            page.add(format_args!(
                "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\".55\" fill=\"{color}\"/>"
            ));
        }
        let ((x, y), points_right) = wire.head;
        let head = if points_right {
            format!("M{x:.2} {y:.2}l-2 -.95v1.9z")
        } else {
            format!("M{x:.2} {y:.2}l-.95 -2h1.9z")
        };
        page.add(format_args!("<path d=\"{head}\" fill=\"{color}\"/>"));
    }
}

fn act(page: &mut Page, chart: &Chart, layout: &Layout, ix: usize, mark: Option<Mark>) {
    let shown = &chart.boxes[ix];
    let Rect {
        x,
        y,
        width,
        height,
    } = layout.boxes[ix];
    let (plain, radius) = match shown.class {
        ActClass::MadeHere => (paint::MADE_HERE, 0.6),
        ActClass::HappenedOutside => (paint::OUTSIDE, 2.4),
    };
    let paint = mark.as_ref().map_or(plain, |mark| border(mark, plain));
    page.add(format_args!(
        "<rect {paint} x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" rx=\"{radius}\"/>"
    ));
    let top = y + PADDING - 0.4;
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(0));
    for (nth, line) in layout.names[ix].iter().enumerate() {
        page.add(format_args!(
            "<text {} text-anchor=\"middle\" x=\"{:.2}\" y=\"{:.2}\">{}</text>",
            paint::NAME,
            x + width / 2.0,
            top + count(nth + 1) * NAME_LINE - 0.8,
            escape(line)
        ));
    }
    let below = top + count(layout.names[ix].len()) * NAME_LINE;
    let mut is_open = false;
    for piece in &layout.pieces[ix] {
        let baseline = below + count(piece.line + 1) * LINE - 0.6;
        if let (true, Some(badge)) = (
            piece.begins,
            piece.badge.and_then(|badge| shown.badges.get(badge)),
        ) {
            if is_open {
                page.add(format_args!("</g>"));
            }
            page.add(format_args!(
                "<g><title>{}</title>",
                escape(&badge.detail.join("\n"))
            ));
            is_open = true;
            page.tag(badge.kind, x + piece.x - TAG - TAG_GAP, baseline);
        }
        page.text(paint::SMALL, x + piece.x, baseline, &piece.text);
    }
    if is_open {
        page.add(format_args!("</g>"));
    }
    for (nth, (sign, text)) in mark.iter().flat_map(Mark::lines).enumerate() {
        let baseline = y + height - layout.strips[ix] + count(nth + 1) * SIGN_LINE - 0.7;
        let beside = draw_sign(page, sign, x + PADDING, baseline);
        page.add(format_args!(
            "<text font-weight=\"700\" x=\"{:.2}\" y=\"{baseline:.2}\">{}</text>",
            x + PADDING + beside,
            escape(&text)
        ));
    }
}

/// The border and ground of a box: thick where the act is there to be done, dashed where the case does not come to it.
/// What was done and may be done again has its sign, but draws no eye.
fn border(mark: &Mark, plain: &'static str) -> &'static str {
    match (mark.is_open, mark.owed.is_some(), mark.done > 0) {
        (true, true, _) => paint::OPEN_OWED,
        (true, false, false) => paint::OPEN,
        (false, true, _) => paint::OWED,
        (_, false, true) => paint::DONE,
        (false, false, false) if mark.is_out => paint::OUT,
        (false, false, false) => plain,
    }
}

/// How far to the right of a sign its text begins.
pub(super) fn beside(sign: Sign) -> f64 {
    match sign {
        Sign::Owed | Sign::Overdue => OWED_TAG + TAG_GAP,
        Sign::Done | Sign::Open | Sign::Out => 3.8,
    }
}

/// Draws a sign, and says how far to the right its text begins.
fn draw_sign(page: &mut Page, sign: Sign, x: f64, baseline: f64) -> f64 {
    let y = baseline;
    match sign {
        Sign::Done => page.add(format_args!(
            "<path d=\"M{:.2} {:.2}l1 1.1l1.8 -2.2\" fill=\"none\" stroke=\"#0b5d36\" stroke-width=\".6\"/>",
            x + 0.2,
            y - 1.2
        )),
        Sign::Open => page.add(format_args!(
            "<path d=\"M{:.2} {:.2}l2.4 1.25l-2.4 1.25z\" fill=\"#0b5566\"/>",
            x + 0.4,
            y - 2.3
        )),
        Sign::Out => page.add(format_args!(
            "<path d=\"M{:.2} {:.2}h2.6\" stroke=\"#4a5560\" stroke-width=\".5\"/>",
            x + 0.2,
            y - 1.0
        )),
        Sign::Owed | Sign::Overdue => {
            let fill = if sign == Sign::Owed {
                "#7a4a00"
            } else {
                "#a3160f"
            };
            page.add(format_args!(
                "<rect x=\"{x:.2}\" y=\"{:.2}\" width=\"{OWED_TAG}\" height=\"3.2\" rx=\"1.6\" fill=\"{fill}\"/>",
                y - 2.5
            ));
            page.text(paint::ON_TAG, x + OWED_TAG / 2.0, y, sign.word());
        }
    }
    beside(sign)
}

/// What the signs of a case mean, in one line above the bands.
fn signs(page: &mut Page, width: f64) {
    let rest = "其余：还没有到这一步";
    let entries = Sign::ALL.map(|sign| beside(sign) + small(sign.meaning()) + 3.5);
    let mut x = (width - entries.iter().sum::<f64>() - small(rest)) / 2.0;
    for (sign, taken) in Sign::ALL.into_iter().zip(entries) {
        let beside = draw_sign(page, sign, x, 21.0);
        page.text(paint::SMALL, x + beside, 21.0, sign.meaning());
        x += taken;
    }
    page.text(paint::SMALL, x, 21.0, rest);
}

/// An entry of the legend: how wide its sign is, and what it means.
enum Entry {
    Line(Stroke),
    Badge(BadgeKind),
    Statute,
}

/// A line or border that the legend explains.
#[derive(Clone, Copy)]
enum Stroke {
    Always,
    Sometimes,
    MadeHere,
    Outside,
    Choice,
}

const LEGEND_LINE: f64 = 3.7;

/// The legend, entry by entry, with the place of each below and to the right of its corner.
fn legend_entries(chart: &Chart, width: f64) -> Vec<(Entry, String, f64, f64)> {
    let mut entries: Vec<(Entry, String)> = Vec::new();
    let signs = [
        (Stroke::Always, "没有前一步，不得做后一步"),
        (Stroke::Sometimes, "有该情形时须先做，或几种途径之一"),
        (Stroke::MadeHere, "本机关作出"),
        (Stroke::Outside, "客观发生，如实记录"),
        (Stroke::Choice, "只能做一个"),
    ];
    entries.extend(signs.map(|(stroke, meaning)| (Entry::Line(stroke), meaning.to_owned())));
    entries.extend(BadgeKind::ALL.map(|kind| (Entry::Badge(kind), kind.meaning().to_owned())));
    for (at, name) in chart.statutes.iter().enumerate().take(21) {
        let text = if at == 0 {
            format!("条号前没有①②等的，为《{name}》")
        } else {
            format!("{}{name}", sign(&chart.statutes, at))
        };
        entries.push((Entry::Statute, text));
    }
    let (mut x, mut line) = (1.0, 1.0);
    let mut placed = Vec::new();
    for (sign, text) in entries {
        let before = match sign {
            Entry::Line(_) => 8.0,
            Entry::Badge(_) => TAG + TAG_GAP,
            Entry::Statute => 0.0,
        };
        if x + before + small(&text) > width {
            (x, line) = (1.0, line + 1.0);
        }
        let next = x + before + small(&text) + 2.6;
        placed.push((sign, text, x, line * LEGEND_LINE));
        x = next;
    }
    placed
}

/// The height that the legend needs.
pub(super) fn legend_height(chart: &Chart, width: f64) -> f64 {
    legend_entries(chart, width)
        .last()
        .map_or(0.0, |(_, _, _, y)| y + 1.5)
}

fn legend(page: &mut Page, chart: &Chart, rect: &Rect) {
    page.add(format_args!(
        "<path d=\"M{:.2} {:.2}H{:.2}\" stroke=\"#24486b\" stroke-width=\".4\"/>",
        rect.x,
        rect.y,
        rect.right()
    ));
    for (sign, text, x, y) in legend_entries(chart, rect.width) {
        let (x, y) = (rect.x + x, rect.y + y);
        let beside = match sign {
            Entry::Line(stroke) => {
                let arrow = |page: &mut Page, paint: &str| {
                    page.add(format_args!(
                        "<path {paint} d=\"M{x:.2} {:.2}h5\"/><path d=\"M{:.2} {:.2}l-2 -.95v1.9z\" fill=\"#16324f\"/>",
                        y - 1.0,
                        x + 7.0,
                        y - 1.0
                    ));
                };
                let border = |page: &mut Page, paint: &str, radius: f64| {
                    page.add(format_args!(
                        "<rect {paint} x=\"{x:.2}\" y=\"{:.2}\" width=\"7\" height=\"2.8\" rx=\"{radius}\"/>",
                        y - 2.4
                    ));
                };
                match stroke {
                    Stroke::Always => arrow(page, paint::ALWAYS),
                    Stroke::Sometimes => arrow(page, paint::SOMETIMES),
                    Stroke::MadeHere => border(page, paint::MADE_HERE, 0.4),
                    Stroke::Outside => border(page, paint::OUTSIDE, 1.4),
                    Stroke::Choice => page.add(format_args!(
                        "<path {} d=\"M{x:.2} {:.2}h7M{x:.2} {:.2}h7\"/>",
                        paint::CHOICE,
                        y - 1.5,
                        y - 0.5
                    )),
                }
                8.0
            }
            Entry::Badge(kind) => {
                page.tag(kind, x, y);
                TAG + TAG_GAP
            }
            Entry::Statute => 0.0,
        };
        page.text(paint::SMALL, x + beside, y, &text);
    }
}
