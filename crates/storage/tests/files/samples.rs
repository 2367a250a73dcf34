//! Small contents of each kind, and long ones that are made while they are read.

use app::files::{ByteStream, DeclaredFile};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

pub(crate) fn named(name: &str) -> DeclaredFile {
    DeclaredFile {
        name: name.to_owned(),
        media_type: None,
    }
}

/// The content in pieces of the given length.
pub(crate) fn pieces(content: &[u8], length: usize) -> ByteStream {
    let pieces: Vec<_> = content
        .chunks(length)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    stream::iter(pieces).boxed()
}

/// A PDF of exactly this length, made piece by piece.
pub(crate) fn long_pdf(size_bytes: u64) -> ByteStream {
    const PIECE: usize = 1 << 20;
    let begun = (0_u64, Bytes::from(vec![b'.'; PIECE]));
    stream::unfold(begun, move |(sent, filler)| async move {
        let left = usize::try_from(size_bytes - sent).unwrap();
        let piece = match (sent, left) {
            (_, 0) => return None,
            (0, _) => {
                let mut first = b"%PDF-1.7\n".to_vec();
                first.resize(PIECE.min(left), b'.');
                Bytes::from(first)
            }
            _ => filler.slice(..PIECE.min(left)),
        };
        let sent = sent + u64::try_from(piece.len()).unwrap();
        Some((Ok(piece), (sent, filler)))
    })
    .boxed()
}

/// The same, torn off after so many bytes.
pub(crate) fn broken_off_after(size_bytes: u64) -> ByteStream {
    let torn = stream::once(async { Err("the line is dead".into()) });
    long_pdf(size_bytes).chain(torn).boxed()
}

/// A zip of empty members with these names.
pub(crate) fn zip(names: &[&str]) -> Vec<u8> {
    let two = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
    let four = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let (mut members, mut directory) = (Vec::new(), Vec::new());
    for name in names {
        directory.extend(b"PK\x01\x02");
        directory.extend([0; 24]);
        directory.extend(two(name.len()));
        directory.extend([0; 12]);
        directory.extend(four(members.len()));
        directory.extend(name.as_bytes());
        members.extend(b"PK\x03\x04");
        members.extend([0; 22]);
        members.extend(two(name.len()));
        members.extend([0; 2]);
        members.extend(name.as_bytes());
    }
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend(two(names.len()));
    end.extend(two(names.len()));
    end.extend(four(directory.len()));
    end.extend(four(members.len()));
    end.extend([0; 2]);
    [members, directory, end].concat()
}

/// An old office file: its header and an empty root entry in the first sector.
pub(crate) fn compound() -> Vec<u8> {
    let mut bytes = vec![0; 2048];
    bytes[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    bytes[30] = 9;
    bytes
}

fn container(brand: &[u8; 4]) -> Vec<u8> {
    [b"\0\0\0\x18ftyp".as_slice(), brand, b"\0\0\0\0isommp42"].concat()
}

/// One content for each kind that is kept: the ending, the bytes, the media type.
pub(crate) fn kept() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let table = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let types = "[Content_Types].xml";
    vec![
        ("pdf", b"%PDF-1.7\n%%EOF".to_vec(), "application/pdf"),
        (
            "ofd",
            zip(&["Doc_0/Document.xml", "OFD.xml"]),
            "application/ofd",
        ),
        (
            "jpg",
            b"\xFF\xD8\xFF\xE0\0\x10JFIF\0".to_vec(),
            "image/jpeg",
        ),
        (
            "png",
            b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR".to_vec(),
            "image/png",
        ),
        ("heic", container(b"heic"), "image/heif"),
        ("tif", b"II*\0\x08\0\0\0\0\0".to_vec(), "image/tiff"),
        ("bmp", b"BM\x46\0\0\0\0\0\0\0".to_vec(), "image/bmp"),
        ("docx", zip(&[types, "word/document.xml"]), word),
        ("xlsx", zip(&["xl/workbook.xml", types]), table),
        ("doc", compound(), "application/msword"),
        ("xls", compound(), "application/vnd.ms-excel"),
        ("wps", compound(), "application/vnd.ms-works"),
        ("mp3", b"ID3\x03\0\0\0\0\0\0".to_vec(), "audio/mpeg"),
        ("wav", b"RIFF\x24\0\0\0WAVEfmt ".to_vec(), "audio/wav"),
        ("aac", b"\xFF\xF1\x50\x80\0\x1F\xFC".to_vec(), "audio/aac"),
        ("m4a", container(b"M4A "), "audio/mp4"),
        ("amr", b"#!AMR\n\x3C\0\0\0\0\0\0".to_vec(), "audio/amr"),
        ("mp4", container(b"isom"), "video/mp4"),
        ("mov", container(b"qt  "), "video/quicktime"),
        // Some cameras call this film a MOV.
        ("mov", container(b"mp42"), "video/mp4"),
        ("avi", b"RIFF\x24\0\0\0AVI LIST".to_vec(), "video/x-msvideo"),
        (
            "mkv",
            b"\x1A\x45\xDF\xA3\x93\x42\x82\x88matroska\x42\x87\x81\x01".to_vec(),
            "video/x-matroska",
        ),
        ("3gp", container(b"3gp5"), "video/3gpp"),
        ("txt", "现场情况".as_bytes().to_vec(), "text/plain"),
        ("csv", b"\xB0\xB8\xBA\xC5,1\r\n".to_vec(), "text/csv"),
    ]
}
