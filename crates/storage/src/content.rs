//! What some bytes are, whatever their name says: decided from the beginning, the end and one look in between.
//!
//! A zip is known by the list of names at its end, an OLE compound file (the old office formats, but also Windows
//! installers) by the class in its root entry. Scripts, programs and markup are never content of a case.

use std::ops::Range;

/// So much of the beginning is looked at.
pub(crate) const HEAD_BYTES: usize = 4096;
/// So much of the end is kept: the list of names of any office file lies within.
pub(crate) const TAIL_BYTES: usize = 256 * 1024;

/// What a content turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Pdf,
    Jpeg,
    Png,
    Heif,
    Tiff,
    Bmp,
    Docx,
    Xlsx,
    Ofd,
    /// doc, xls, wps and et share one container.
    Compound,
    Mp3,
    Wav,
    Aac,
    M4a,
    Amr,
    Mp4,
    Quicktime,
    Avi,
    Matroska,
    ThreeGp,
    Text,
    /// Something that is never kept, by its Chinese name.
    Other(&'static str),
}

/// The beginning, the end and the root entry of a content that passes by.
#[derive(Default)]
pub(crate) struct Glimpse {
    head: Vec<u8>,
    tail: Vec<u8>,
    root_entry: Vec<u8>,
    has_zero_byte: bool,
    seen_bytes: u64,
}

impl Glimpse {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let room = HEAD_BYTES - self.head.len();
        self.head.extend(bytes.iter().take(room));
        if let Some(wanted) = root_entry(&self.head) {
            // The header says where the entry is; it can lie in this piece or a later one.
            let begin = wanted.start.saturating_add(to_u64(self.root_entry.len()));
            let skip = begin.saturating_sub(self.seen_bytes);
            if begin >= self.seen_bytes && begin < wanted.end {
                let skip = usize::try_from(skip).unwrap_or(usize::MAX);
                let missing = usize::try_from(wanted.end - begin).unwrap_or(0);
                self.root_entry
                    .extend(bytes.iter().skip(skip).take(missing));
            }
        }
        self.has_zero_byte |= bytes.contains(&0);
        self.seen_bytes = self.seen_bytes.saturating_add(to_u64(bytes.len()));
        self.tail.extend_from_slice(bytes);
        // Cut seldom, so that no piece moves the whole tail.
        if self.tail.len() > 2 * TAIL_BYTES {
            self.tail.drain(..self.tail.len() - TAIL_BYTES);
        }
    }

    /// The same for a content that is not read whole.
    pub(crate) fn of(head: &[u8], tail: &[u8], root_entry: &[u8]) -> Glimpse {
        Glimpse {
            head: head.to_owned(),
            tail: tail.to_owned(),
            root_entry: root_entry.to_owned(),
            has_zero_byte: head.contains(&0) || tail.contains(&0),
            seen_bytes: 0,
        }
    }

    /// A content that is never kept, as soon as its beginning shows it.
    pub(crate) fn early_refusal(&self) -> Option<&'static str> {
        if self.head.len() < HEAD_BYTES {
            return None;
        }
        match of_head(&self.head) {
            Head::Is(Content::Other(name)) => Some(name),
            Head::Is(_) | Head::Zip | Head::Compound | Head::Unknown => None,
        }
    }

    /// What the whole content is.
    pub(crate) fn content(&self) -> Content {
        match of_head(&self.head) {
            Head::Is(content) => content,
            Head::Zip => zip(&self.tail),
            Head::Compound => compound(&self.root_entry),
            Head::Unknown if self.has_zero_byte => Content::Other("无法识别的内容"),
            Head::Unknown => text(&self.head),
        }
    }
}

enum Head {
    Is(Content),
    Zip,
    Compound,
    Unknown,
}

fn of_head(head: &[u8]) -> Head {
    let is_box = head.get(4..8) == Some(b"ftyp");
    if is_box {
        return Head::Is(iso_media(head.get(8..12).unwrap_or_default()));
    }
    if head.starts_with(b"PK\x03\x04") {
        return Head::Zip;
    }
    if head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return Head::Compound;
    }
    // EBML (RFC 8794) names its document type within the header; WebM is another one.
    if head.starts_with(&[0x1A, 0x45, 0xDF, 0xA3]) {
        let header = head.get(..64).unwrap_or(head);
        return Head::Is(if header.windows(8).any(|name| name == b"matroska") {
            Content::Matroska
        } else {
            Content::Other("不收的文件类型")
        });
    }
    // A script says so in its first two bytes; a recording in AMR begins with the same two.
    if head.starts_with(b"#!") && !head.starts_with(b"#!AMR") {
        return Head::Is(Content::Other("脚本"));
    }
    let Some(found) = infer::get(head) else {
        return Head::Unknown;
    };
    Head::Is(match found.extension() {
        "pdf" => Content::Pdf,
        "jpg" => Content::Jpeg,
        "png" => Content::Png,
        "tif" => Content::Tiff,
        "bmp" => Content::Bmp,
        "mp3" => Content::Mp3,
        "wav" => Content::Wav,
        "aac" => Content::Aac,
        "amr" => Content::Amr,
        "avi" => Content::Avi,
        "html" | "xml" => Content::Other("网页或者标记文本"),
        "exe" | "dll" | "elf" | "mach" | "class" | "wasm" | "dex" | "sh" | "bc" | "obj" => {
            Content::Other("程序")
        }
        "zip" | "rar" | "7z" | "gz" | "tar" | "bz2" | "xz" | "zst" | "cab" => {
            Content::Other("压缩包")
        }
        _ => Content::Other("不收的文件类型"),
    })
}

// The brand of ISO base media (ISO/IEC 14496-12) tells pictures, sound and film apart.
fn iso_media(brand: &[u8]) -> Content {
    match brand {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
            Content::Heif
        }
        b"M4A " | b"M4B " => Content::M4a,
        b"qt  " => Content::Quicktime,
        [b'3', b'g', b'p', _] | [b'3', b'g', b'2', _] => Content::ThreeGp,
        b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"M4V "
        | b"M4VH" | b"M4VP" | b"MSNV" | b"dash" | b"XAVC" | b"mmp4" | b"hvc1" => Content::Mp4,
        _ => Content::Other("不收的文件类型"),
    }
}

/// Where the first sector of the directory begins, and with it the root entry (MS-CFB 2.2 and 2.6).
pub(crate) fn root_entry(head: &[u8]) -> Option<Range<u64>> {
    let Head::Compound = of_head(head.get(..512)?) else {
        return None;
    };
    let shift = u16::from_le_bytes(head.get(30..32)?.try_into().ok()?);
    let sector = u32::from_le_bytes(head.get(48..52)?.try_into().ok()?);
    // The format knows sectors of 512 and of 4096 bytes.
    let size_bytes: u64 = match shift {
        9 => 512,
        12 => 4096,
        _ => return None,
    };
    let begin = (u64::from(sector) + 1) * size_bytes;
    Some(begin..begin + 128)
}

fn compound(root_entry: &[u8]) -> Content {
    // The class of the root storage; its middle part is the same in all classes of the Windows installer.
    const INSTALLER_TAIL: [u8; 12] = [0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];
    let Some(class) = root_entry.get(80..96) else {
        return Content::Other("损坏的文件");
    };
    let is_installer = matches!(class, [0x82 | 0x84 | 0x86, 0x10, 0x0C, 0x00, rest @ ..] if *rest == INSTALLER_TAIL);
    if is_installer {
        Content::Other("安装程序")
    } else {
        Content::Compound
    }
}

fn zip(tail: &[u8]) -> Content {
    let Some(names) = zip_names(tail) else {
        return Content::Other("损坏的文件或者压缩包");
    };
    let has = |wanted: &[u8]| names.contains(&wanted);
    if names.iter().any(|name| name.ends_with(b"vbaProject.bin")) {
        // It would run on whoever opens it.
        return Content::Other("带宏的文档");
    }
    if has(b"OFD.xml") {
        Content::Ofd
    } else if has(b"[Content_Types].xml") && has(b"word/document.xml") {
        Content::Docx
    } else if has(b"[Content_Types].xml") && has(b"xl/workbook.xml") {
        Content::Xlsx
    } else {
        Content::Other("压缩包")
    }
}

/// The names in the central directory (APPNOTE 4.3.12 and 4.3.16), if it lies whole in the tail.
fn zip_names(tail: &[u8]) -> Option<Vec<&[u8]>> {
    const END: &[u8] = b"PK\x05\x06";
    let number = |bytes: &[u8], at: usize| -> Option<usize> {
        let two: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(usize::from(u16::from_le_bytes(two)))
    };
    let end = tail.windows(END.len()).rposition(|four| four == END)?;
    let count = number(tail, end + 10)?;
    let size: [u8; 4] = tail.get(end + 12..end + 16)?.try_into().ok()?;
    let begin = end.checked_sub(usize::try_from(u32::from_le_bytes(size)).ok()?)?;
    let mut rest = tail.get(begin..end)?;
    let mut names = Vec::new();
    for _ in 0..count {
        if !rest.starts_with(b"PK\x01\x02") {
            return None;
        }
        let name = number(rest, 28)?;
        let behind = 46 + name + number(rest, 30)? + number(rest, 32)?;
        names.push(rest.get(46..46 + name)?);
        rest = rest.get(behind..)?;
    }
    Some(names)
}

fn text(head: &[u8]) -> Content {
    let marked = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    if marked.trim_ascii_start().starts_with(b"<") {
        return Content::Other("网页或者标记文本");
    }
    let is_control = |byte: &u8| *byte < 0x20 && !b"\t\r\n\x0C".contains(byte) || *byte == 0x7F;
    // Neither UTF-8 nor GB 18030 uses 0xFF, and neither uses control characters in a text.
    if head.iter().any(|byte| is_control(byte) || *byte == 0xFF) {
        return Content::Other("无法识别的内容");
    }
    Content::Text
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(bytes: &[u8]) -> Content {
        // However it is cut, the same is found.
        let found = [1, 100, 511, 513, bytes.len().max(1)].map(|piece| {
            let mut glimpse = Glimpse::default();
            bytes.chunks(piece).for_each(|piece| glimpse.update(piece));
            glimpse.content()
        });
        assert!(found.iter().all(|one| *one == found[0]), "{found:?}");
        found[0]
    }

    fn compound_file(sector: u32, class: [u8; 16]) -> Vec<u8> {
        let mut bytes = vec![0; 512 * (usize::try_from(sector).unwrap_or(0) + 3)];
        bytes[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
        bytes[30] = 9;
        bytes[48..52].copy_from_slice(&sector.to_le_bytes());
        let entry = 512 * (usize::try_from(sector).unwrap_or(0) + 1);
        bytes[entry + 80..entry + 96].copy_from_slice(&class);
        bytes
    }

    #[test]
    fn an_installer_is_told_from_a_document_in_the_same_container() {
        let mut class = [0; 16];
        class[8] = 0xC0;
        class[15] = 0x46;
        class[..4].copy_from_slice(&[0x06, 0x09, 0x02, 0x00]);
        assert_eq!(content(&compound_file(7, class)), Content::Compound);
        class[..4].copy_from_slice(&[0x84, 0x10, 0x0C, 0x00]);
        assert_eq!(
            content(&compound_file(7, class)),
            Content::Other("安装程序")
        );
        // A root entry far behind what is looked at in the beginning.
        assert_eq!(
            content(&compound_file(40, class)),
            Content::Other("安装程序")
        );
        // Cut off before the root entry.
        let cut = compound_file(40, class);
        assert_eq!(content(&cut[..2048]), Content::Other("损坏的文件"));
    }

    #[test]
    fn a_text_is_a_text_only_without_markup_and_control_bytes() {
        for (bytes, expected) in [
            ("日期,水位\n2026-11-20,12.5\n".as_bytes(), Content::Text),
            (b"\xB0\xB8\xBA\xC5,1\r\n", Content::Text),
            (
                b"\xEF\xBB\xBF  <svg onload=1>",
                Content::Other("网页或者标记文本"),
            ),
            (b"<!DOCTYPE html><p>", Content::Other("网页或者标记文本")),
            (b"#!/bin/sh\n", Content::Other("脚本")),
            (b"a\x00b", Content::Other("无法识别的内容")),
            (b"a\x1Bb", Content::Other("无法识别的内容")),
        ] {
            assert_eq!(content(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_zero_byte_far_behind_the_beginning_is_no_text() {
        let mut bytes = "水".repeat(4000).into_bytes();
        assert_eq!(content(&bytes), Content::Text);
        bytes.push(0);
        assert_eq!(content(&bytes), Content::Other("无法识别的内容"));
    }
}
