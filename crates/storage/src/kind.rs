//! Which kinds of file are kept: what a case file is made of, and nothing that runs where it is opened.
//!
//! Kept are paper (PDF, OFD, scans and photographs), office documents and tables, recordings, and plain text. Not kept are
//! programs and scripts, documents with macros, web pages and SVG (they run in the reader's browser), and archives (what is
//! in them could be none of the kinds that are kept, and nobody would see it on the page of the case).

use crate::content::Content;
use app::files::{DeclaredFile, FileRefusal};

/// A kind of file, by the ending of its name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) extension: &'static str,
    pub(crate) media_type: &'static str,
    chinese: &'static str,
    content: Content,
}

const fn kind(
    extension: &'static str,
    media_type: &'static str,
    chinese: &'static str,
    content: Content,
) -> Kind {
    Kind {
        extension,
        media_type,
        chinese,
        content,
    }
}

/// Of several endings for one content, the first is the usual one.
const KINDS: &[Kind] = &[
    kind("pdf", "application/pdf", "PDF 文件", Content::Pdf),
    kind("ofd", "application/ofd", "OFD 文件", Content::Ofd),
    kind("jpg", "image/jpeg", "JPEG 图片", Content::Jpeg),
    kind("jpeg", "image/jpeg", "JPEG 图片", Content::Jpeg),
    kind("png", "image/png", "PNG 图片", Content::Png),
    kind("heic", "image/heif", "HEIF 图片", Content::Heif),
    kind("heif", "image/heif", "HEIF 图片", Content::Heif),
    kind("tif", "image/tiff", "TIFF 图片", Content::Tiff),
    kind("tiff", "image/tiff", "TIFF 图片", Content::Tiff),
    kind("bmp", "image/bmp", "BMP 图片", Content::Bmp),
    kind(
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "docx 文档",
        Content::Docx,
    ),
    kind(
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx 表格",
        Content::Xlsx,
    ),
    kind(
        "doc",
        "application/msword",
        "旧格式的文档或者表格",
        Content::Compound,
    ),
    kind(
        "xls",
        "application/vnd.ms-excel",
        "旧格式的文档或者表格",
        Content::Compound,
    ),
    kind(
        "wps",
        "application/vnd.ms-works",
        "旧格式的文档或者表格",
        Content::Compound,
    ),
    kind(
        "et",
        "application/vnd.ms-excel",
        "旧格式的文档或者表格",
        Content::Compound,
    ),
    kind("mp3", "audio/mpeg", "MP3 录音", Content::Mp3),
    kind("wav", "audio/wav", "WAV 录音", Content::Wav),
    kind("aac", "audio/aac", "AAC 录音", Content::Aac),
    kind("m4a", "audio/mp4", "M4A 录音", Content::M4a),
    kind("amr", "audio/amr", "AMR 录音", Content::Amr),
    kind("mp4", "video/mp4", "MP4 录像", Content::Mp4),
    kind("mov", "video/quicktime", "MOV 录像", Content::Quicktime),
    kind("avi", "video/x-msvideo", "AVI 录像", Content::Avi),
    kind("mkv", "video/x-matroska", "MKV 录像", Content::Matroska),
    kind("3gp", "video/3gpp", "3GP 录像", Content::ThreeGp),
    kind("txt", "text/plain", "文本", Content::Text),
    kind("csv", "text/csv", "文本", Content::Text),
];

impl Kind {
    /// What the sender says it is, or why such a file is not kept.
    pub(crate) fn declared(declared: &DeclaredFile) -> Result<&'static Kind, FileRefusal> {
        let ending = declared
            .name
            .rsplit_once('.')
            .map_or("", |(_, ending)| ending)
            .to_ascii_lowercase();
        let kind = KINDS.iter().find(|kind| kind.extension == ending);
        let kind = kind.ok_or_else(|| FileRefusal::KindNotAccepted {
            declared: if ending.is_empty() {
                declared.name.chars().take(40).collect()
            } else {
                ending.chars().take(10).collect()
            },
        })?;
        match &declared.media_type {
            Some(media_type) if !kind.may_be_sent_as(media_type) => {
                Err(FileRefusal::NotAsDeclared {
                    declared: media_type.chars().take(60).collect(),
                    found: format!("以“.{}”命名的{}", kind.extension, kind.chinese),
                })
            }
            Some(_) | None => Ok(kind),
        }
    }

    /// Systems name many types in several ways (a `csv` comes as a table of Excel from Windows), so only what contradicts the
    /// name is refused: active content, and pictures, sound and film for one another.
    fn may_be_sent_as(&self, media_type: &str) -> bool {
        let sent = media_type.to_ascii_lowercase();
        let sent = sent.split(';').next().unwrap_or_default().trim();
        if sent.contains("html") || sent.contains("svg") || sent.contains("script") {
            return false;
        }
        let family = |of: &str| match of.split('/').next() {
            Some("image") => Some("image"),
            // One container holds both, and phones call either by either name.
            Some("audio" | "video") => Some("recording"),
            _ => None,
        };
        let (sent, own) = (family(sent), family(self.media_type));
        sent.is_none() || sent == own
    }

    /// Whether the content is what the name says; the media type of the record, or the refusal.
    pub(crate) fn confirmed_by(&self, found: Content) -> Result<&'static str, FileRefusal> {
        // Cameras write some films under either name: both are the same container.
        let is_film = |content| {
            matches!(
                content,
                Content::Mp4 | Content::Quicktime | Content::ThreeGp
            )
        };
        if found == self.content || (is_film(found) && is_film(self.content)) {
            return Ok(Kind::media_type_of(found, self));
        }
        Err(FileRefusal::NotAsDeclared {
            declared: self.extension.to_owned(),
            found: match found {
                Content::Other(name) => name.to_owned(),
                known => Kind::of(known)
                    .map_or("不收的文件类型", |kind| kind.chinese)
                    .to_owned(),
            },
        })
    }

    fn media_type_of(found: Content, declared: &Kind) -> &'static str {
        if found == declared.content {
            declared.media_type
        } else {
            Kind::of(found).map_or(declared.media_type, |kind| kind.media_type)
        }
    }

    /// The refusal of a content that is never kept.
    pub(crate) fn contradicted_by(&self, found: &str) -> FileRefusal {
        FileRefusal::NotAsDeclared {
            declared: self.extension.to_owned(),
            found: found.to_owned(),
        }
    }

    /// The usual kind of a content that is kept.
    pub(crate) fn of(content: Content) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.content == content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str, media_type: Option<&str>) -> Result<&'static Kind, FileRefusal> {
        Kind::declared(&DeclaredFile {
            name: name.to_owned(),
            media_type: media_type.map(str::to_owned),
        })
    }

    #[test]
    fn only_the_kinds_of_a_case_file_are_kept() {
        for name in ["照片.JPG", "扫描.件.pdf", "台账.csv", "a.et"] {
            assert!(declared(name, None).is_ok(), "{name}");
        }
        for name in [
            "a.exe", "a.html", "a.svg", "a.zip", "a.docm", "a", "", "pdf", "a.pdf.js",
        ] {
            let refused = declared(name, None);
            assert!(
                matches!(refused, Err(FileRefusal::KindNotAccepted { .. })),
                "{name}"
            );
        }
    }

    #[test]
    fn a_media_type_may_be_another_word_for_it_and_never_a_contradiction() {
        for (name, sent) in [
            ("a.csv", "application/vnd.ms-excel"),
            ("a.wav", "audio/x-wav"),
            ("a.mp4", "audio/mp4"),
            ("a.pdf", "application/octet-stream"),
            ("a.txt", "text/plain; charset=utf-8"),
        ] {
            assert!(declared(name, Some(sent)).is_ok(), "{name} {sent}");
        }
        for (name, sent) in [
            ("a.pdf", "image/png"),
            ("a.jpg", "video/mp4"),
            ("a.txt", "text/html"),
            ("a.png", "image/svg+xml"),
            ("a.txt", "text/javascript"),
        ] {
            let refused = declared(name, Some(sent));
            assert!(
                matches!(refused, Err(FileRefusal::NotAsDeclared { .. })),
                "{name} {sent}"
            );
        }
    }

    #[test]
    fn every_kind_is_found_again_by_its_content() {
        for kind in KINDS {
            let usual = Kind::of(kind.content).expect("it stands in the table");
            assert!(
                kind.confirmed_by(usual.content).is_ok(),
                "{}",
                kind.extension
            );
        }
    }
}
