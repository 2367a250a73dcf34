//! Files for the dossiers, drawn by the program: the same bytes whenever the same is asked.

use serde::Deserialize;
use std::fmt::Write as _;

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

/// Draws it: one page with title and lines.
pub(crate) fn draw(what: &Drawing) -> Drawn {
    let mut page = String::from("BT /F 18 Tf 60 770 Td 24 TL\n");
    let number = format!("演示 {} {}", what.draw, what.seed);
    for line in [&what.title, &number].into_iter().chain(&what.lines) {
        let hex = line.encode_utf16().fold(String::new(), |mut hex, unit| {
            // Writing into a text does not fail.
            let _ = write!(hex, "{unit:04X}");
            hex
        });
        let _ = writeln!(page, "<{hex}> Tj T*");
    }
    page.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>".to_owned(),
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>".to_owned(),
    ];
    let mut bytes = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        let _ = write!(bytes, "{} 0 obj\n{object}\nendobj\n", at + 1);
    }
    let table = bytes.len();
    let count = objects.len() + 1;
    let _ = write!(bytes, "xref\n0 {count}\n0000000000 65535 f \n");
    for place in places {
        let _ = writeln!(bytes, "{place:010} 00000 n ");
    }
    let _ = write!(
        bytes,
        "trailer << /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    );
    Drawn {
        name: format!("{}.pdf", what.title),
        media_type: "application/pdf",
        bytes: bytes.into_bytes(),
    }
}
