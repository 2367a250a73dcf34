//! A picture that is painted with plain shapes.

use super::Lot;
use super::strokes::{self, Strokes};
use tiny_skia::{
    Color, FillRule, FilterQuality, GradientStop, LineCap, LineJoin, LinearGradient, Paint,
    PathBuilder, Pattern, Pixmap, Point, PremultipliedColorU8, Shader, SpreadMode, Stroke,
    Transform,
};

pub(super) const WIDTH: u32 = 1280;
pub(super) const HEIGHT: u32 = 960;
/// The side of the tile from which the grain of a picture is made.
const GRAIN: u32 = 240;

/// Red, green, blue.
pub(super) type Ink = [u8; 3];
pub(super) type At = (f32, f32);

pub(super) struct Canvas {
    pixmap: Pixmap,
}

fn color(ink: Ink, opacity: f32) -> Color {
    let [red, green, blue] = ink;
    let mut color = Color::from_rgba8(red, green, blue, 255);
    color.set_alpha(opacity);
    color
}

fn plain(color: Color) -> Paint<'static> {
    Paint {
        shader: Shader::SolidColor(color),
        anti_alias: true,
        ..Paint::default()
    }
}

fn path(points: &[At], closed: bool) -> Option<tiny_skia::Path> {
    let mut path = PathBuilder::new();
    let (first, rest) = points.split_first()?;
    path.move_to(first.0, first.1);
    for (x, y) in rest {
        path.line_to(*x, *y);
    }
    if closed {
        path.close();
    }
    path.finish()
}

impl Canvas {
    pub(super) fn new() -> Canvas {
        let pixmap = Pixmap::new(WIDTH, HEIGHT).expect("neither side is zero");
        Canvas { pixmap }
    }

    /// A surface of one color.
    pub(super) fn fill(&mut self, points: &[At], ink: Ink) {
        self.fill_with(points, &plain(color(ink, 1.0)));
    }

    /// A surface through which one sees.
    pub(super) fn veil(&mut self, points: &[At], ink: Ink, opacity: f32) {
        self.fill_with(points, &plain(color(ink, opacity)));
    }

    /// A surface that goes from one color at its highest point to another one at its lowest.
    pub(super) fn shade(&mut self, points: &[At], high: Ink, low: Ink) {
        let top = points.iter().map(|(_, y)| *y).fold(f32::MAX, f32::min);
        let bottom = points.iter().map(|(_, y)| *y).fold(f32::MIN, f32::max);
        let stops = vec![
            GradientStop::new(0.0, color(high, 1.0)),
            GradientStop::new(1.0, color(low, 1.0)),
        ];
        let shader = LinearGradient::new(
            Point::from_xy(0.0, top),
            Point::from_xy(0.0, bottom),
            stops,
            SpreadMode::Pad,
            Transform::identity(),
        );
        let paint = match shader {
            Some(shader) => Paint {
                shader,
                anti_alias: true,
                ..Paint::default()
            },
            None => plain(color(high, 1.0)),
        };
        self.fill_with(points, &paint);
    }

    fn fill_with(&mut self, points: &[At], paint: &Paint<'_>) {
        if let Some(path) = path(points, true) {
            self.pixmap
                .fill_path(&path, paint, FillRule::Winding, Transform::identity(), None);
        }
    }

    pub(super) fn rect(&mut self, (x, y): At, (width, height): At, ink: Ink) {
        let right = x + width;
        let low = y + height;
        self.fill(&[(x, y), (right, y), (right, low), (x, low)], ink);
    }

    /// An ellipse around a point.
    pub(super) fn disc(&mut self, (x, y): At, (across, down): At, ink: Ink) {
        let round: Vec<At> = (0_u8..48)
            .map(|step| {
                let turn = f32::from(step) / 48.0 * std::f32::consts::TAU;
                (x + across * turn.cos(), y + down * turn.sin())
            })
            .collect();
        self.fill(&round, ink);
    }

    pub(super) fn line(&mut self, points: &[At], width: f32, ink: Ink) {
        self.line_with(points, width, color(ink, 1.0));
    }

    fn line_with(&mut self, points: &[At], width: f32, color: Color) {
        let stroke = Stroke {
            width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        if let Some(path) = path(points, false) {
            self.pixmap
                .stroke_path(&path, &plain(color), &stroke, Transform::identity(), None);
        }
    }

    /// A pen draws `strokes` of a square of 100 into one of `size`, turned by `turn`.
    fn write(&mut self, strokes: Strokes, (x, y): At, size: f32, turn: f32, pen: (f32, Color)) {
        let (sine, cosine) = turn.sin_cos();
        for stroke in strokes {
            let points: Vec<At> = stroke
                .iter()
                .map(|(across, down)| {
                    let (across, down) = (across * size / 100.0, down * size / 100.0);
                    (
                        x + across * cosine - down * sine,
                        y + across * sine + down * cosine,
                    )
                })
                .collect();
            self.line_with(&points, pen.0, pen.1);
        }
    }

    /// Says across the picture, and in its corner, that it is made up.
    pub(super) fn made_up(&mut self) {
        let pale = color([255, 255, 255], 0.28);
        let turn = -0.38_f32;
        let size = 300.0;
        for (at, strokes) in (0_u8..).zip(strokes::MADE_UP) {
            let along = f32::from(at) * size * 1.25;
            let place = (290.0 + along * turn.cos(), 480.0 + along * turn.sin());
            self.write(strokes, place, size, turn, (26.0, pale));
        }
        let dark = color([60, 10, 10], 0.75);
        let light = color([255, 255, 255], 0.95);
        for (at, strokes) in (0_u8..).zip(strokes::MADE_UP) {
            let place = (36.0 + f32::from(at) * 56.0, 34.0);
            self.write(strokes, place, 46.0, 0.0, (9.0, dark));
            self.write(strokes, place, 46.0, 0.0, (4.5, light));
        }
    }

    /// Prints date and time into the corner, as a camera does.
    pub(super) fn stamp(&mut self, text: &str) {
        let advance = 27.0;
        let count = text.chars().map(|_| advance).sum::<f32>();
        #[expect(clippy::cast_precision_loss, reason = "a few thousand dots")]
        let (wide, high) = (WIDTH as f32, HEIGHT as f32);
        let mut x = wide - 40.0 - count;
        for strokes in text.chars().filter_map(strokes::digit) {
            let place = (x, high - 76.0);
            self.write(strokes, place, 36.0, 0.0, (7.0, color([90, 40, 0], 0.7)));
            self.write(strokes, place, 36.0, 0.0, (3.6, color([255, 176, 46], 1.0)));
            x += advance;
        }
    }

    /// The grain of a cheap camera: one tile of it, over and over.
    pub(super) fn grain(&mut self, lot: &mut Lot) {
        let mut tile = Pixmap::new(GRAIN, GRAIN).expect("neither side is zero");
        for dot in tile.pixels_mut() {
            let [drawn, side, ..] = lot.next().to_be_bytes();
            let much = drawn % 7;
            let light = if side < 128 { much } else { 0 };
            // Where it is not light it is dark, and both are thin.
            let grain = PremultipliedColorU8::from_rgba(light, light, light, much);
            *dot = grain.unwrap_or(PremultipliedColorU8::TRANSPARENT);
        }
        let shader = Pattern::new(
            tile.as_ref(),
            SpreadMode::Repeat,
            FilterQuality::Nearest,
            1.0,
            Transform::from_scale(2.0, 2.0),
        );
        let paint = Paint {
            shader,
            ..Paint::default()
        };
        #[expect(clippy::cast_precision_loss, reason = "a few thousand dots")]
        let (wide, high) = (WIDTH as f32, HEIGHT as f32);
        let whole = [(0.0, 0.0), (wide, 0.0), (wide, high), (0.0, high)];
        self.fill_with(&whole, &paint);
    }

    /// The picture as a file.
    pub(super) fn png(self) -> Vec<u8> {
        self.pixmap
            .encode_png()
            .expect("a picture in memory can be written into memory")
    }
}
