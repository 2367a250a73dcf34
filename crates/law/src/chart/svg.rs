//! The drawing, written by hand: real text, no script, no font file; black on white still tells everything.

use std::fmt::Write;

use super::badge::sign;
use super::layout::{LINE, NAME_LINE, PADDING, TAG, TAG_GAP, small};
use super::{BadgeKind, Chart, Layout, Rect};
use crate::model::ActClass;

/// Chinese fonts that systems have, in the order of taste.
const FONTS: &str = "'Noto Sans CJK SC','Source Han Sans SC','Noto Sans SC','PingFang SC','Microsoft YaHei',\
'WenQuanYi Micro Hei','SimHei',sans-serif";

const STYLE: &str = "\
.n{font-size:3.53px;font-weight:700;fill:#10202f}\
.s{font-size:2.83px;fill:#1d2b38}\
.t{font-size:2.83px;fill:#fff;text-anchor:middle}\
.h{font-size:6.2px;font-weight:700;fill:#10202f;text-anchor:middle}\
.u{font-size:3.2px;fill:#3a4a59;text-anchor:middle}\
.p{font-size:3.5px;font-weight:700;fill:#fff;text-anchor:middle}\
.a{fill:none;stroke:#16324f;stroke-width:.42;stroke-linejoin:round}\
.d{fill:none;stroke:#5b6b7a;stroke-width:.4;stroke-dasharray:1.3 .8}\
.m{fill:#fff;stroke:#16324f;stroke-width:.4}\
.o{fill:#fbf6ea;stroke:#7a5c1e;stroke-width:.4}\
.c{fill:none;stroke:#8a2f3b;stroke-width:.35;stroke-dasharray:1.1 .7}";

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

    fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        self.add(format_args!(
            "<text class=\"{class}\" x=\"{x:.2}\" y=\"{y:.2}\">{}</text>",
            escape(text)
        ));
    }

    fn tag(&mut self, kind: BadgeKind, x: f64, baseline: f64) {
        self.add(format_args!(
            "<rect x=\"{x:.2}\" y=\"{:.2}\" width=\"{TAG}\" height=\"3\" rx=\".5\" fill=\"{}\"/>",
            baseline - 2.5,
            color(kind)
        ));
        self.text("t", x + TAG / 2.0, baseline, kind.chinese());
    }
}

pub(super) fn draw(chart: &Chart, layout: &Layout) -> String {
    let mut page = Page(String::new());
    let (width, height) = (layout.width, layout.height);
    page.add(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" lang=\"zh-CN\" role=\"img\" aria-labelledby=\"chart-title chart-desc\" \
         width=\"{width:.0}mm\" height=\"{height:.0}mm\" viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"{FONTS}\">"
    ));
    page.add(format_args!(
        "<title id=\"chart-title\">{}流程图</title>",
        escape(&chart.name)
    ));
    page.add(format_args!(
        "<desc id=\"chart-desc\">{}</desc>",
        escape(&description(chart))
    ));
    page.add(format_args!(
        "<style>{STYLE}@page{{size:A4 portrait;margin:0}}</style>"
    ));
    page.add(format_args!(
        "<rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#fff\"/>"
    ));
    page.text("h", width / 2.0, 11.2, &format!("{}流程图", chart.name));
    let (year, month, day) = chart.day.ymd();
    let edition = if chart.edition.is_empty() {
        String::new()
    } else {
        format!("{}　·　", chart.edition)
    };
    page.text(
        "u",
        width / 2.0,
        16.2,
        &format!("{edition}按{year}年{month}月{day}日有效的规定绘制"),
    );
    bands(&mut page, chart, layout);
    wires(&mut page, layout);
    for ix in 0..chart.boxes.len() {
        act(&mut page, chart, layout, ix);
    }
    for (from, to, y) in &layout.choices {
        for shift in [-0.5, 0.5] {
            let y = y + shift;
            page.add(format_args!(
                "<path class=\"c\" d=\"M{from:.2} {y:.2}H{to:.2}\"/>"
            ));
        }
        page.add(format_args!(
            "<text class=\"s\" text-anchor=\"middle\" fill=\"#8a2f3b\" x=\"{:.2}\" y=\"{:.2}\">择一</text>",
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
            page.text("p", x, start + count(nth) * STEP, &character.to_string());
        }
    }
}

fn wires(page: &mut Page, layout: &Layout) {
    for wire in layout.wires.iter().rev() {
        let class = if wire.always { "a" } else { "d" };
        let color = if wire.always { "#16324f" } else { "#5b6b7a" };
        let mut path = String::new();
        for ((x1, y1), (x2, y2)) in &wire.lines {
            let _ = write!(path, "M{x1:.2} {y1:.2}L{x2:.2} {y2:.2}");
        }
        page.add(format_args!("<path class=\"{class}\" d=\"{path}\"/>"));
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

fn act(page: &mut Page, chart: &Chart, layout: &Layout, ix: usize) {
    let shown = &chart.boxes[ix];
    let Rect {
        x,
        y,
        width,
        height,
    } = layout.boxes[ix];
    let (class, radius) = match shown.class {
        ActClass::MadeHere => ("m", 0.6),
        ActClass::HappenedOutside => ("o", 2.4),
    };
    page.add(format_args!(
        "<rect class=\"{class}\" x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" rx=\"{radius}\"/>"
    ));
    let top = y + PADDING - 0.4;
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(0));
    for (nth, line) in layout.names[ix].iter().enumerate() {
        page.add(format_args!(
            "<text class=\"n\" text-anchor=\"middle\" x=\"{:.2}\" y=\"{:.2}\">{}</text>",
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
        page.text("s", x + piece.x, baseline, &piece.text);
    }
    if is_open {
        page.add(format_args!("</g>"));
    }
}

/// An entry of the legend: how wide its sign is, and what it means.
enum Sign {
    Line(&'static str),
    Badge(BadgeKind),
    Statute,
}

const LEGEND_LINE: f64 = 3.7;

/// The legend, entry by entry, with the place of each below and to the right of its corner.
fn legend_entries(chart: &Chart, width: f64) -> Vec<(Sign, String, f64, f64)> {
    let mut entries: Vec<(Sign, String)> = Vec::new();
    let signs = [
        ("a", "没有前一步，不得做后一步"),
        ("d", "有该情形时须先做，或几种途径之一"),
        ("m", "本机关作出"),
        ("o", "客观发生，如实记录"),
        ("c", "只能做一个"),
    ];
    entries.extend(signs.map(|(class, meaning)| (Sign::Line(class), meaning.to_owned())));
    entries.extend(BadgeKind::ALL.map(|kind| (Sign::Badge(kind), kind.meaning().to_owned())));
    for (at, name) in chart.statutes.iter().enumerate().take(21) {
        let text = if at == 0 {
            format!("条号前没有①②等的，为《{name}》")
        } else {
            format!("{}{name}", sign(&chart.statutes, at))
        };
        entries.push((Sign::Statute, text));
    }
    let (mut x, mut line) = (1.0, 1.0);
    let mut placed = Vec::new();
    for (sign, text) in entries {
        let before = match sign {
            Sign::Line(_) => 8.0,
            Sign::Badge(_) => TAG + TAG_GAP,
            Sign::Statute => 0.0,
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
            Sign::Line(class) => {
                match class {
                    "a" | "d" => page.add(format_args!(
                        "<path class=\"{class}\" d=\"M{x:.2} {:.2}h5\"/><path d=\"M{:.2} {:.2}l-2 -.95v1.9z\" fill=\"#16324f\"/>",
                        y - 1.0,
                        x + 7.0,
                        y - 1.0
                    )),
                    "c" => {
                        page.add(format_args!("<path class=\"c\" d=\"M{x:.2} {:.2}h7M{x:.2} {:.2}h7\"/>", y - 1.5, y - 0.5));
                    }
                    _ => page.add(format_args!(
                        "<rect class=\"{class}\" x=\"{x:.2}\" y=\"{:.2}\" width=\"7\" height=\"2.8\" rx=\"{}\"/>",
                        y - 2.4,
                        if class == "o" { "1.4" } else { ".4" }
                    )),
                }
                8.0
            }
            Sign::Badge(kind) => {
                page.tag(kind, x, y);
                TAG + TAG_GAP
            }
            Sign::Statute => 0.0,
        };
        page.text("s", x + beside, y, &text);
    }
}
