//! A sheet of paper as it comes from a scanner: a little askew, with print, handwriting and seals.
//!
//! The print is in a font that every reader has or replaces (Adobe-GB1), so no font has to come along. Names stand at the
//! end of a line: behind a label that ends in 人 or 签收, behind the sentence that they stand for, or alone.

use super::marks;
use super::{Drawing, Lot};
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo};
use pdf_writer::{Content, Name, Pdf, Rect, Ref, Str};

pub(super) const FONT: Name<'static> = Name(b"Song");
const FACE: Name<'static> = Name(b"STSong-Light");
/// A4.
const SHEET: (f32, f32) = (595.0, 842.0);
const LEFT: f32 = 82.0;
const RIGHT: f32 = 523.0;
const TOP: f32 = 742.0;
const BOTTOM: f32 = 96.0;
const SIZE: f32 = 12.0;
const LEADING: f32 = 23.0;
/// The agency of a seal that names none: the bureau of the demonstration.
const BUREAU: &str = "漳河市水利局";

/// The codes of a text: two bytes for each character.
pub(super) fn glyphs(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// How wide a text is: letters and digits take half a square.
pub(super) fn width(text: &str, size: f32) -> f32 {
    text.chars()
        .map(|it| if it.is_ascii() { 0.5 } else { 1.0 })
        .sum::<f32>()
        * size
}

/// Lines no wider than this. What must not begin a line stays on the one before.
fn broken(text: &str, most: f32, size: f32) -> Vec<String> {
    let mut lines = vec![String::new()];
    for character in text.chars() {
        let hangs = "，。；：、）》”！？".contains(character);
        let line = lines.last_mut().expect("there is one from the start");
        let next = width(line, size) + width(&character.to_string(), size);
        if next > most && !hangs {
            lines.push(character.to_string());
        } else {
            line.push(character);
        }
    }
    lines
}

/// A line that people sign: what is printed before their names, and the date behind them.
#[derive(Debug, PartialEq, Eq)]
struct Signed<'a> {
    label: &'a str,
    names: Vec<&'a str>,
    date: &'a str,
}

impl<'a> Signed<'a> {
    fn of(line: &'a str) -> Option<Signed<'a>> {
        let (before, date) = dated(line);
        let end = before.rfind(['：', '。']);
        let at = end.map_or(0, |end| end + '：'.len_utf8());
        let (label, tail) = before.split_at_checked(at)?;
        let names: Vec<&str> = tail
            .split(['、', ' '])
            .filter(|name| !name.is_empty())
            .collect();
        let is_name = |name: &&str| {
            let is_han = |character: char| ('\u{4e00}'..='\u{9fff}').contains(&character);
            (2..=3).contains(&name.chars().count()) && name.chars().all(is_han)
        };
        let is_signed = match label {
            "" => names.len() > 1 || !date.is_empty(),
            label => label.ends_with("人：") || label.ends_with("签收：") || label.ends_with('。'),
        };
        let is_all = !names.is_empty() && names.iter().all(is_name);
        (is_signed && is_all).then_some(Signed { label, names, date })
    }

    /// What a party confirms bears a fingerprint as well.
    fn is_of_party(&self) -> bool {
        let confirms = ["属实。", "一样。", "无误。", "签收："];
        confirms.iter().any(|end| self.label.ends_with(end)) || self.label.starts_with("当事人")
    }
}

/// A line, and the date at its end.
fn dated(line: &str) -> (&str, &str) {
    match line.rsplit_once(' ') {
        Some((before, date)) if date.contains('年') && date.ends_with('日') => (before, date),
        _ => (line, ""),
    }
}

/// An agency that stands for the paper, with the date.
fn sealed_by(line: &str) -> Option<(&str, &str)> {
    let (name, date) = dated(line);
    let is_agency = ["局", "政府", "法院", "委员会"]
        .iter()
        .any(|end| name.ends_with(end));
    (is_agency && !date.is_empty()).then_some((name, date))
}

/// One sheet after the other, each as what is painted on it.
struct Sheets<'a> {
    what: &'a Drawing,
    lot: Lot,
    done: Vec<Content>,
    content: Content,
    y: f32,
}

/// The whole as a file.
pub(super) fn sheets(what: &Drawing) -> Vec<u8> {
    let mut sheets = Sheets {
        what,
        lot: Lot::of(what.seed, &what.title),
        done: Vec::new(),
        content: Content::new(),
        y: TOP,
    };
    sheets.begin();
    sheets.title();
    for line in &what.lines {
        sheets.line(line);
    }
    if what.draw == "refusal" {
        sheets.refused();
    }
    let is_sealed = what.lines.iter().any(|line| sealed_by(line).is_some());
    if what.draw == "stamp" && !is_sealed {
        sheets.sealed(BUREAU, "");
    }
    sheets.end();
    written(&sheets.done)
}

impl Sheets<'_> {
    fn begin(&mut self) {
        let content = &mut self.content;
        // The glass of the scanner, and on it the sheet.
        content.set_fill_rgb(0.86, 0.86, 0.85);
        content.rect(0.0, 0.0, SHEET.0, SHEET.1);
        content.fill_nonzero();
        let lean = self.lot.between(-0.014, 0.014);
        let (sine, cosine) = lean.sin_cos();
        content.save_state();
        content.transform([cosine, sine, -sine, cosine, 6.0, -4.0]);
        content.set_fill_rgb(0.72, 0.72, 0.71);
        content.rect(15.0, 9.0, 573.0, 822.0);
        content.fill_nonzero();
        let warm = self.lot.between(0.955, 0.975);
        content.set_fill_rgb(warm + 0.015, warm + 0.01, warm - 0.015);
        content.rect(11.0, 13.0, 573.0, 822.0);
        content.fill_nonzero();
        for _ in 0..40 {
            let (x, y) = (self.lot.between(16.0, 580.0), self.lot.between(18.0, 830.0));
            let size = self.lot.between(0.3, 1.0);
            content.set_fill_gray(self.lot.between(0.7, 0.88));
            content.rect(x, y, size, size);
            content.fill_nonzero();
        }
        for hole in [300.0, 540.0] {
            content.set_fill_gray(0.55);
            marks::circle(content, (40.0, hole), 5.5);
            content.fill_nonzero();
        }
        self.made_up();
        self.y = TOP;
    }

    fn made_up(&mut self) {
        let content = &mut self.content;
        content.set_fill_gray(0.87);
        let (sine, cosine) = 0.6_f32.sin_cos();
        content.begin_text();
        content.set_font(FONT, 150.0);
        content.set_text_matrix([cosine, sine, -sine, cosine, 180.0, 300.0]);
        content.show(Str(&glyphs("演示")));
        content.end_text();
        self.content.set_fill_gray(0.35);
        self.text(
            "演示材料：人员、单位和案情都是虚构的，没有法律效力",
            (LEFT, 40.0),
            9.0,
        );
        self.content.set_fill_gray(0.08);
        self.content.set_stroke_gray(0.08);
    }

    fn end(&mut self) {
        self.content.restore_state();
        let content = std::mem::replace(&mut self.content, Content::new());
        self.done.push(content);
    }

    /// Makes room for something so high, on a new sheet where this one is full.
    fn room(&mut self, height: f32) {
        if self.y - height < BOTTOM {
            self.end();
            self.begin();
        }
    }

    fn text(&mut self, text: &str, (x, y): (f32, f32), size: f32) {
        let content = &mut self.content;
        content.begin_text();
        content.set_font(FONT, size);
        content.next_line(x, y);
        content.show(Str(&glyphs(text)));
        content.end_text();
    }

    fn title(&mut self) {
        for line in broken(&self.what.title, RIGHT - LEFT, 22.0) {
            let left = (LEFT + RIGHT - width(&line, 22.0)) / 2.0;
            // Twice, a hair apart: there is no bold face to rely on.
            self.text(&line, (left, self.y), 22.0);
            self.text(&line, (left + 0.5, self.y), 22.0);
            self.y -= 32.0;
        }
        self.y += 8.0;
        self.content.set_line_width(1.1);
        self.content.move_to(LEFT, self.y);
        self.content.line_to(RIGHT, self.y);
        self.content.stroke();
        self.y -= 30.0;
    }

    fn line(&mut self, line: &str) {
        let is_refusal = self.what.draw == "refusal";
        if is_refusal && line.starts_with("见证人：") {
            // They stand in the box.
        } else if let Some((name, date)) = sealed_by(line).filter(|_| self.what.draw == "stamp") {
            self.sealed(name, date);
        } else if let Some(signed) = Signed::of(line) {
            self.signed(&signed);
        } else if line.contains(" | ") {
            self.row(line);
        } else {
            self.plain(line);
        }
    }

    fn plain(&mut self, line: &str) {
        for line in broken(line, RIGHT - LEFT, SIZE) {
            self.room(LEADING);
            self.text(&line, (LEFT, self.y), SIZE);
            self.y -= LEADING;
        }
    }

    fn row(&mut self, line: &str) {
        let cells: Vec<&str> = line.split(" | ").collect();
        let count: f32 = cells.iter().map(|_| 1.0).sum();
        let whole = RIGHT - LEFT;
        // The first of two names the other.
        let first = if cells.len() == 2 {
            whole * 0.28
        } else {
            whole / count
        };
        let other = if cells.len() == 2 {
            whole - first
        } else {
            first
        };
        let mut broken_cells = Vec::new();
        let mut left = LEFT;
        let mut most: f32 = 1.0;
        for (at, cell) in cells.iter().enumerate() {
            let wide = if at == 0 { first } else { other };
            let lines = broken(cell, wide - 12.0, SIZE);
            most = most.max(lines.iter().map(|_| 1.0).sum());
            broken_cells.push((left, wide, lines));
            left += wide;
        }
        let height = most * 18.0 + 10.0;
        self.room(height);
        let top = self.y + 16.0;
        self.content.set_line_width(0.7);
        for (left, wide, lines) in broken_cells {
            self.content.rect(left, top - height, wide, height);
            self.content.stroke();
            let mut y = top - 18.0;
            for line in lines {
                self.text(&line, (left + 6.0, y), SIZE);
                y -= 18.0;
            }
        }
        self.y -= height;
        // The row that follows continues the table; a plain line keeps its distance by its own height.
    }

    fn signed(&mut self, signed: &Signed<'_>) {
        let lines = broken(signed.label, RIGHT - LEFT - 150.0, SIZE);
        let (last, before) = lines.split_last().expect("there is one line at least");
        for line in before {
            self.plain(line);
        }
        self.room(44.0);
        self.y -= 10.0;
        self.text(last, (LEFT, self.y), SIZE);
        let mut x = LEFT + width(last, SIZE) + 8.0;
        x = self.hands(&signed.names, (x, self.y - 2.0));
        if signed.is_of_party() {
            marks::fingerprint(&mut self.content, (x - 16.0, self.y + 4.0), &mut self.lot);
        }
        if !signed.date.is_empty() {
            let left = RIGHT - width(signed.date, SIZE);
            self.text(signed.date, (left.max(x + 10.0), self.y), SIZE);
        }
        self.y -= LEADING + 4.0;
    }

    /// Names by hand, one after the other; where they end.
    fn hands(&mut self, names: &[&str], (mut x, y): (f32, f32)) -> f32 {
        let seed = self.what.seed;
        for name in names {
            x += marks::signature(&mut self.content, (x, y), name, seed) + 18.0;
        }
        x
    }

    fn refused(&mut self) {
        const HEIGHT: f32 = 96.0;
        self.room(HEIGHT + 30.0);
        self.y -= 6.0;
        let top = self.y + 12.0;
        self.content.set_line_width(1.2);
        self.content.rect(LEFT, top - HEIGHT, RIGHT - LEFT, HEIGHT);
        self.content.stroke();
        marks::ticked(&mut self.content, (LEFT + 10.0, top - 25.0));
        self.text("拒绝签字", (LEFT + 30.0, top - 24.0), SIZE + 2.0);
        self.content.rect(LEFT + 130.0, top - 25.0, 11.0, 11.0);
        self.content.stroke();
        self.text("不在场", (LEFT + 148.0, top - 24.0), SIZE);
        let what = self.what;
        let witnesses = what.lines.iter().find(|line| line.starts_with("见证人："));
        let witnesses = witnesses.and_then(|line| Signed::of(line));
        let said = match witnesses {
            Some(_) => "执法人员当场说明情况，全过程录像，由下列见证人签名。",
            None => "执法人员在笔录上注明情况并签名，全过程录像。",
        };
        self.text(said, (LEFT + 10.0, top - 48.0), 10.5);
        if let Some(signed) = witnesses {
            self.text(signed.label, (LEFT + 10.0, top - 80.0), SIZE);
            let x = LEFT + 16.0 + width(signed.label, SIZE);
            self.hands(&signed.names, (x, top - 82.0));
            let left = RIGHT - 10.0 - width(signed.date, SIZE);
            self.text(signed.date, (left, top - 80.0), SIZE);
        }
        self.y -= HEIGHT + 20.0;
    }

    /// The agency with the date below, and the seal over the end of both.
    fn sealed(&mut self, name: &str, date: &str) {
        self.room(130.0);
        let x = RIGHT - 66.0 + self.lot.between(-6.0, 6.0);
        let y = self.y - 46.0 + self.lot.between(-4.0, 4.0);
        // The print ends beside the star, so that both can be read.
        let right = x - 20.0;
        self.text(name, (right - width(name, SIZE), y + 6.0), SIZE);
        self.text(date, (right - width(date, SIZE), y - 14.0), SIZE);
        marks::seal(&mut self.content, (x, y), name);
        self.y -= 124.0;
    }
}

fn written(sheets: &[Content]) -> Vec<u8> {
    let mut next = 1;
    let mut id = || {
        next += 1;
        Ref::new(next - 1)
    };
    let (catalog, tree, font, face, about) = (id(), id(), id(), id(), id());
    let ids: Vec<(Ref, Ref)> = sheets.iter().map(|_| (id(), id())).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let count = i32::try_from(ids.len()).unwrap_or(i32::MAX);
    pdf.pages(tree)
        .kids(ids.iter().map(|(page, _)| *page))
        .count(count);
    for ((page_id, content_id), content) in ids.iter().zip(sheets) {
        let mut page = pdf.page(*page_id);
        page.media_box(Rect::new(0.0, 0.0, SHEET.0, SHEET.1));
        page.parent(tree);
        page.contents(*content_id);
        page.resources().fonts().pair(FONT, font);
        drop(page);
        pdf.stream(*content_id, content.as_bytes());
    }
    pdf.type0_font(font)
        .base_font(FACE)
        .encoding_predefined(Name(b"UniGB-UCS2-H"))
        .descendant_font(face);
    let mut cid = pdf.cid_font(face);
    cid.subtype(CidFontType::Type0);
    cid.base_font(FACE);
    cid.system_info(SystemInfo {
        registry: Str(b"Adobe"),
        ordering: Str(b"GB1"),
        supplement: 2,
    });
    cid.font_descriptor(about);
    cid.default_width(1000.0);
    // Letters and digits of this collection.
    cid.widths().same(1, 95, 500.0).same(814, 939, 500.0);
    drop(cid);
    pdf.font_descriptor(about)
        .name(FACE)
        .flags(FontFlags::SYMBOLIC | FontFlags::SERIF)
        .bbox(Rect::new(-25.0, -254.0, 1000.0, 880.0))
        .italic_angle(0.0)
        .ascent(880.0)
        .descent(-120.0)
        .cap_height(880.0)
        .stem_v(93.0);
    pdf.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_by_width_and_none_begins_with_a_comma() {
        let lines = broken("甲乙丙丁，戊己123456庚", 48.0, 12.0);
        assert_eq!(lines, ["甲乙丙丁，", "戊己1234", "56庚"]);
        assert!((width("甲1", 12.0) - 18.0).abs() < 0.01);
    }

    #[test]
    fn names_at_the_end_of_a_line_are_signed_and_other_words_are_not() {
        let names = |line: &'static str| Signed::of(line).map(|it| (it.label, it.names, it.date));
        assert_eq!(
            names("检查人：陆清源、闻一舟"),
            Some(("检查人：", vec!["陆清源", "闻一舟"], ""))
        );
        assert_eq!(
            names("负责人意见：同意立案。詹怀瑾 2026年3月5日"),
            Some(("负责人意见：同意立案。", vec!["詹怀瑾"], "2026年3月5日"))
        );
        assert_eq!(
            names("詹怀瑾  荀正岳").map(|it| it.1),
            Some(vec!["詹怀瑾", "荀正岳"])
        );
        assert_eq!(
            names("陶演瓷 2026年3月5日").map(|it| it.1),
            Some(vec!["陶演瓷"])
        );
        for printed in [
            "审核意见：同意",
            "情节：一般",
            "答：没有安装。",
            "送达方式：直接送达",
            "被询问人：武演兴，法定代表人",
            "申请人：漳河市水利局",
            "漳河市水利局 2026年3月5日",
            "要求：依法查处 2026年3月5日",
        ] {
            assert_eq!(names(printed), None, "{printed}");
        }
        let sealed = sealed_by("漳河市人民政府 2026年3月5日");
        assert_eq!(sealed, Some(("漳河市人民政府", "2026年3月5日")));
        assert_eq!(sealed_by("漳河市公安局："), None);
    }

    #[test]
    fn what_does_not_fit_on_a_sheet_goes_on_the_next() {
        let what = Drawing {
            draw: "scan".to_owned(),
            title: "询问笔录".to_owned(),
            lines: (0..60).map(|at| format!("问：第{at}个问题？")).collect(),
            seed: 1,
        };
        let text = String::from_utf8_lossy(&sheets(&what)).into_owned();
        assert!(text.contains("/Count 3"), "{}", text.len());
    }
}
