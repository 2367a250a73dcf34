//! Files for the dossiers, drawn by the program: the same bytes whenever the same is asked.
//!
//! | `draw` | what comes of it |
//! | --- | --- |
//! | the name of a place, such as `well` | a picture (PNG) of it: see [`scenes::PLACES`] |
//! | `photo` | a picture of the place that the title speaks of |
//! | `sound` | a recording of three seconds (WAV) |
//! | `scan` | a sheet of paper (PDF) with the lines on it |
//! | `stamp` | the same, with a red seal |
//! | `refusal` | the same, with the box 拒绝签字 and its witnesses |
//!
//! A line that begins with a date is printed into the corner of a photograph. On paper, names at the end of a line are
//! signed by hand ([`paper`] says which), an agency with a date behind it is where the seal goes, and `a | b` is the row
//! of a table. Everything says that it is made up.

mod canvas;
mod marks;
mod paper;
mod scenes;
mod strokes;

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// What is to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drawing {
    /// What kind of thing it is.
    pub(crate) draw: String,
    /// What it is called.
    pub(crate) title: String,
    /// What is written on it.
    #[serde(default)]
    pub(crate) lines: Vec<String>,
    /// What tells it from others of its kind.
    #[serde(default)]
    pub(crate) seed: u64,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// Its name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) media_type: &'static str,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
}

/// Draws it.
pub(crate) fn draw(what: &Drawing) -> Drawn {
    let (extension, media_type, bytes) = match (what.draw.as_str(), scenes::place(what)) {
        ("sound", _) => ("wav", "audio/wav", sound(what)),
        (_, Some(place)) => ("png", "image/png", scenes::photo(what, place)),
        (_, None) => ("pdf", "application/pdf", paper::sheets(what)),
    };
    Drawn {
        name: format!("{}.{extension}", what.title),
        media_type,
        bytes,
    }
}

/// Chance that comes out the same each time (SplitMix64).
pub(super) struct Lot(u64);

impl Lot {
    /// For a drawing, or for one thing on it.
    fn of(seed: u64, what: &str) -> Lot {
        let digest = Sha256::digest(what.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Lot(u64::from_be_bytes(first) ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From `from` to `until`.
    fn between(&mut self, from: f32, until: f32) -> f32 {
        let [.., high, low] = self.next().to_be_bytes();
        from + (until - from) * f32::from(u16::from_be_bytes([high, low])) / 65_535.0
    }
}

/// Three seconds in which a recorder beeps twice and rustles.
fn sound(what: &Drawing) -> Vec<u8> {
    const RATE: u32 = 8_000;
    const SECONDS: u32 = 3;
    let mut lot = Lot::of(what.seed, &what.title);
    let length = RATE * SECONDS;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    // Uncompressed, one channel.
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(RATE.to_le_bytes());
    bytes.extend(RATE.to_le_bytes());
    // A byte for each sample.
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(8_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    for at in 0..length {
        let beeps = at % (RATE / 2) < RATE / 10 && at < RATE;
        let tone = if beeps && at % 8 < 4 { 40 } else { 0 };
        let [rustle, ..] = lot.next().to_be_bytes();
        bytes.push(108 + tone + rustle % 5);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn drawing(draw: &str, seed: u64) -> Drawing {
        let lines = [
            "2026年3月3日 10:20",
            "检查时间 | 2026年3月3日",
            "检查人：陆清源、闻一舟",
            "见证人：郝演田、任演滩 2026年3月3日",
            "漳河市水利局 2026年3月3日",
        ];
        Drawing {
            draw: draw.to_owned(),
            title: "现场检查笔录".to_owned(),
            lines: lines.map(str::to_owned).to_vec(),
            seed,
        }
    }

    #[test]
    fn the_same_is_drawn_the_same_and_another_seed_is_another_file() {
        for draw_what in ["well", "scan", "sound"] {
            let first = draw(&drawing(draw_what, 1));
            assert_eq!(first, draw(&drawing(draw_what, 1)), "{draw_what}");
            assert_ne!(
                first.bytes,
                draw(&drawing(draw_what, 2)).bytes,
                "{draw_what}"
            );
        }
    }

    #[test]
    fn each_file_is_what_its_name_says() {
        let starts: [(&str, &str, &str, &[u8]); 3] = [
            ("photo", "png", "image/png", b"\x89PNG\r\n\x1a\n"),
            ("stamp", "pdf", "application/pdf", b"%PDF-1."),
            ("sound", "wav", "audio/wav", b"RIFF"),
        ];
        for (kind, extension, media_type, start) in starts {
            let drawn = draw(&drawing(kind, 1));
            assert_eq!(drawn.name, format!("现场检查笔录.{extension}"));
            assert_eq!(drawn.media_type, media_type);
            assert!(drawn.bytes.starts_with(start), "{kind}");
        }
    }

    #[test]
    fn a_photograph_has_a_believable_size_and_each_place_looks_different() {
        let mut seen = BTreeSet::new();
        for place in scenes::PLACES {
            let photo = draw(&drawing(place.name, 1)).bytes;
            // Width and height, at their place in the head of the file.
            assert_eq!(photo[16..24], [0, 0, 5, 0, 0, 0, 3, 192], "{}", place.name);
            let size = photo.len();
            assert!(
                (60_000..1_500_000).contains(&size),
                "{}: {size}",
                place.name
            );
            assert!(seen.insert(photo), "{}", place.name);
        }
    }

    #[test]
    fn the_words_choose_the_place_where_none_is_named() {
        let of = |draw: &str, title: &str| {
            let what = Drawing {
                title: title.to_owned(),
                lines: Vec::new(),
                ..drawing(draw, 1)
            };
            scenes::place(&what).map(|place| place.name)
        };
        assert_eq!(of("photo", "厂区机井"), Some("well"));
        assert_eq!(of("photo", "沁河左岸弃渣"), Some("spoil"));
        assert_eq!(of("photo", "河道内玉米已清除"), Some("cleared"));
        assert_eq!(of("photo", "现场"), Some("river"));
        assert_eq!(of("bridge", "现场"), Some("bridge"));
        assert_eq!(of("meter", "已安装的流量计"), Some("meter"));
        assert_eq!(of("meter", "出水管上没有计量设施"), Some("pipe"));
        assert_eq!(of("scan", "光伏板照片说明"), None);
    }
}
