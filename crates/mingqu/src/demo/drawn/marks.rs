//! What people and agencies leave on paper: seals, signatures, fingerprints. All of it recognisably made up.

use super::Lot;
use super::paper::{FONT, glyphs, width};
use pdf_writer::{Content, Str};
use std::f32::consts::{PI, TAU};

/// Where control points lie for a quarter of a circle.
const ROUND: f32 = 0.552_285;

fn red(content: &mut Content) {
    content.set_stroke_rgb(0.80, 0.10, 0.10);
    content.set_fill_rgb(0.80, 0.10, 0.10);
}

pub(super) fn circle(content: &mut Content, (x, y): (f32, f32), radius: f32) {
    let bow = radius * ROUND;
    content.move_to(x + radius, y);
    content.cubic_to(x + radius, y + bow, x + bow, y + radius, x, y + radius);
    content.cubic_to(x - bow, y + radius, x - radius, y + bow, x - radius, y);
    content.cubic_to(x - radius, y - bow, x - bow, y - radius, x, y - radius);
    content.cubic_to(x + bow, y - radius, x + radius, y - bow, x + radius, y);
    content.close_path();
}

/// A round seal: a star, the name of the agency around it, and below that it is made up.
pub(super) fn seal(content: &mut Content, (x, y): (f32, f32), name: &str) {
    const RADIUS: f32 = 57.0;
    content.save_state();
    red(content);
    content.set_line_width(2.4);
    circle(content, (x, y), RADIUS);
    content.stroke();
    for point in 0_u8..10 {
        let radius = if point % 2 == 0 { 17.0 } else { 6.6 };
        let turn = PI / 2.0 + f32::from(point) * TAU / 10.0;
        let at = (x + radius * turn.cos(), y + 4.0 + radius * turn.sin());
        match point {
            0 => content.move_to(at.0, at.1),
            _ => content.line_to(at.0, at.1),
        };
    }
    content.close_path();
    content.fill_nonzero();
    // Glyph by glyph along the upper arc, each standing on its own radius.
    let count: f32 = name.chars().map(|_| 1.0).sum();
    let size = (130.0 / count.max(8.0)).min(13.0);
    let whole = (count * 0.36).min(4.4);
    let step = whole / count.max(1.0);
    let mut turn = PI / 2.0 + whole / 2.0 - step / 2.0;
    content.begin_text();
    content.set_font(FONT, size);
    for character in name.chars() {
        let (sine, cosine) = turn.sin_cos();
        let far = RADIUS - size - 4.0;
        // The foot of the glyph lies towards the middle; its own half width goes back along the arc.
        let (left, foot) = (
            x + far * cosine - size / 2.0 * sine,
            y + far * sine + size / 2.0 * cosine,
        );
        content.set_text_matrix([sine, -cosine, cosine, sine, left, foot]);
        content.show(Str(&glyphs(&character.to_string())));
        turn -= step;
    }
    let made_up = "演示专用章";
    let size = 11.0;
    content.set_font(FONT, size);
    let left = x - width(made_up, size) / 2.0;
    content.set_text_matrix([1.0, 0.0, 0.0, 1.0, left, y - 33.0]);
    content.show(Str(&glyphs(made_up)));
    content.end_text();
    content.restore_state();
}

/// A name as somebody in a hurry writes it: a few bows for each character. Answers how far it goes.
pub(super) fn signature(content: &mut Content, (x, y): (f32, f32), name: &str, seed: u64) -> f32 {
    let mut lot = Lot::of(seed, name);
    content.save_state();
    content.set_stroke_rgb(0.08, 0.10, 0.28);
    content.set_line_cap(pdf_writer::types::LineCapStyle::RoundCap);
    let mut left = x;
    for _ in name.chars() {
        let size = lot.between(17.0, 23.0);
        let foot = y + lot.between(-3.0, 3.0);
        for stroke in 0_u8..5 {
            content.set_line_width(lot.between(0.8, 1.9));
            let from = (lot.between(0.0, 0.5), lot.between(0.15, 1.0));
            let until = (lot.between(0.5, 1.05), lot.between(0.0, 0.85));
            let bow = (lot.between(-0.25, 0.45), lot.between(-0.2, 0.9));
            let at = |(across, up): (f32, f32)| (left + across * size, foot + up * size);
            let (from, until, near, far) = match stroke {
                // One stroke across, so that it does not look like wool.
                0 => {
                    let up = from.1 * 0.6 + 0.2;
                    let (a, b) = ((0.0, up), (1.0, up + 0.1));
                    (at(a), at(b), at((0.3, up + 0.06)), at((0.7, up + 0.02)))
                }
                _ => (
                    at(from),
                    at(until),
                    at((bow.0, from.1)),
                    at((until.0, bow.1)),
                ),
            };
            content.move_to(from.0, from.1);
            content.cubic_to(near.0, near.1, far.0, far.1, until.0, until.1);
            content.stroke();
        }
        left += size * 0.92;
    }
    content.restore_state();
    left - x
}

/// The print of a thumb.
pub(super) fn fingerprint(content: &mut Content, (x, y): (f32, f32), lot: &mut Lot) {
    content.save_state();
    content.set_stroke_rgb(0.82, 0.16, 0.14);
    let lean = lot.between(-0.3, 0.3);
    content.transform([lean.cos(), lean.sin(), -lean.sin(), lean.cos(), x, y]);
    for ring in 1_u8..9 {
        let ring = f32::from(ring);
        let (across, up) = (ring * 1.15, ring * 1.75);
        content.set_line_width(lot.between(0.5, 0.95));
        // Open below, and nowhere quite round.
        let uneven = lot.between(-0.6, 0.6);
        let foot = -14.0 + ring * 0.3;
        content.move_to(-across, foot);
        content.cubic_to(
            -across - 1.0 + uneven,
            up * 1.2,
            across + 1.0 + uneven,
            up * 1.2,
            across,
            foot,
        );
        content.stroke();
    }
    content.restore_state();
}

/// A box with a tick in it.
pub(super) fn ticked(content: &mut Content, (x, y): (f32, f32)) {
    content.save_state();
    content.set_line_width(0.9);
    content.rect(x, y, 11.0, 11.0);
    content.stroke();
    content.set_line_width(1.7);
    content.set_stroke_rgb(0.08, 0.10, 0.28);
    content.move_to(x + 1.5, y + 6.0);
    content.line_to(x + 4.8, y + 1.8);
    content.line_to(x + 12.5, y + 13.0);
    content.stroke();
    content.restore_state();
}
