//! Attached files: what a scan, a photograph or a recording is to the record, and the port that keeps its bytes.
//!
//! The record holds a [`StoredFile`], never the bytes. A file is found by its SHA-256, so the same content is kept once and
//! a changed one is noticed; the SM3 digest stands beside it for whoever must verify with the national algorithm. A name
//! is personal data and stays in the record: the store knows contents alone.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt::{self, Display, Formatter, Write as _};
use std::str::FromStr;

/// An error of the world, whatever it came from.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Bytes that arrive or leave piece by piece.
pub type ByteStream = BoxStream<'static, Result<Bytes, BoxError>>;

/// A digest of 32 bytes, written as 64 small hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileDigest(pub [u8; 32]);

/// A text that is no digest.
#[derive(Debug, thiserror::Error)]
#[error("a digest is 64 small hexadecimal digits")]
pub struct NoDigest;

impl FromStr for FileDigest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<FileDigest, NoDigest> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(NoDigest),
        };
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
            return Err(NoDigest);
        };
        let mut digest = [0; 32];
        if pairs.len() != digest.len() {
            return Err(NoDigest);
        }
        for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(FileDigest(digest))
    }
}

impl Display for FileDigest {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(to, "{byte:02x}"))
    }
}

impl fmt::Debug for FileDigest {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, to)
    }
}

impl TryFrom<String> for FileDigest {
    type Error = NoDigest;

    fn try_from(text: String) -> Result<FileDigest, NoDigest> {
        text.parse()
    }
}

impl From<FileDigest> for String {
    fn from(digest: FileDigest) -> String {
        digest.to_string()
    }
}

/// What the record holds of an attached file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// The address of the content.
    pub sha256: FileDigest,
    /// The same content by the national algorithm.
    pub sm3: FileDigest,
    /// How long the content is.
    pub size_bytes: u64,
    /// What the content is, found by looking at it.
    pub media_type: String,
}

/// What the sender says about a file before its bytes come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredFile {
    /// The name on the sender's device; its ending says what the content should be.
    pub name: String,
    /// The media type, where one was sent.
    pub media_type: Option<String>,
}

/// Why a file is not taken in. An answer to the sender, not a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileRefusal {
    /// There is nothing in it.
    Empty,
    /// Longer than the setting allows.
    TooLarge {
        /// The setting.
        size_bytes_max: u64,
    },
    /// Files of this kind are not kept, whatever is in them.
    KindNotAccepted {
        /// The ending of the name, or the media type that was sent.
        declared: String,
    },
    /// The content is not what name or media type say.
    NotAsDeclared {
        /// What it should be.
        declared: String,
        /// What it is, in Chinese.
        found: String,
    },
}

impl FileRefusal {
    /// What the sender reads, with what to do instead.
    pub fn sentence(&self) -> String {
        match self {
            FileRefusal::Empty => "文件是空的，没有保存。请检查原文件后重新选择。".to_owned(),
            FileRefusal::TooLarge { size_bytes_max } => format!(
                "文件超过{}的上限，没有保存。录像请分段导出后再上传。",
                chinese_size(*size_bytes_max)
            ),
            FileRefusal::KindNotAccepted { declared } => format!(
                "不能保存“{declared}”类型的文件。可以保存：PDF、OFD、图片（jpg、png、heic、tif、bmp）、文档和表格（docx、xlsx、doc、xls、wps、et）、录音（mp3、wav、aac、m4a、amr）、录像（mp4、mov、avi、mkv、3gp）、文本（txt、csv）。压缩包请解开后逐个上传。"
            ),
            FileRefusal::NotAsDeclared { declared, found } => format!(
                "文件标为“{declared}”，内容却是{found}，没有保存。请用原来的程序打开核对，按真实的类型保存后再上传。"
            ),
        }
    }
}

fn chinese_size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")];
    let mut text = String::new();
    // A limit of "2 GiB less one byte" reads as 2 GB.
    let unit = UNITS
        .iter()
        .find(|(unit, _)| bytes.saturating_add(1) >= *unit);
    let _ = match unit {
        Some((unit, name)) => {
            let tenths = bytes.saturating_add(1).saturating_mul(10) / unit;
            match tenths % 10 {
                0 => write!(text, "{}{name}", tenths / 10),
                tenth => write!(text, "{}.{tenth}{name}", tenths / 10),
            }
        }
        None => write!(text, "{bytes}字节"),
    };
    text
}

/// Why a file was not kept. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
pub enum PutFileError {
    /// It may not be kept.
    #[error("the file was refused: {0:?}")]
    Refused(FileRefusal),
    /// The sender stopped before the end.
    #[error("the file broke off while it was sent")]
    BrokenOff(#[source] BoxError),
    /// The store failed.
    #[error("the file could not be stored")]
    Store(#[source] BoxError),
}

/// Why a file could not be read, looked for or removed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No such content is kept.
    #[error("no file {0} is stored")]
    Absent(FileDigest),
    /// What is kept under the address is not what was put there.
    #[error("the stored file {address} is damaged: its content has the SHA-256 {found}")]
    Damaged {
        /// Under which address.
        address: FileDigest,
        /// The digest of what is there now.
        found: FileDigest,
    },
    /// The store failed.
    #[error("the file {address} could not be reached")]
    Store {
        /// Which file.
        address: FileDigest,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The store failed for all files.
    #[error("the stored files could not be listed")]
    List(#[source] BoxError),
}

/// A stored file that is being read.
pub struct OpenFile {
    /// How long it is.
    pub size_bytes: u64,
    /// What it is, found by looking at it.
    pub media_type: String,
    /// The usual ending of such a file's name.
    pub extension: &'static str,
    /// The content. Its last piece comes only when the whole agrees with the address; else a [`FileError::Damaged`].
    pub content: ByteStream,
}

impl fmt::Debug for OpenFile {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.debug_struct("OpenFile")
            .field("size_bytes", &self.size_bytes)
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}

/// The keeper of attached files.
#[async_trait]
pub trait FileStore: Send + Sync {
    /// The longest file that is taken in.
    fn size_bytes_max(&self) -> u64;

    /// Takes in a file, hashing and looking at it as it comes. When this answers, the file is durable.
    async fn put(
        &self,
        declared: DeclaredFile,
        content: ByteStream,
    ) -> Result<StoredFile, PutFileError>;

    /// Opens a file.
    async fn get(&self, address: &FileDigest) -> Result<OpenFile, FileError>;

    /// Whether such content is kept.
    async fn exists(&self, address: &FileDigest) -> Result<bool, FileError>;

    /// Removes a file for good, as lawful destruction asks. Answers whether it was there.
    async fn remove(&self, address: &FileDigest) -> Result<bool, FileError>;

    /// The addresses of all files behind `after`, in order, at most `limit` of them.
    async fn list(
        &self,
        after: Option<&FileDigest>,
        limit: usize,
    ) -> Result<Vec<FileDigest>, FileError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_and_anything_else_is_none() {
        let digest = FileDigest(std::array::from_fn(|at| u8::try_from(at * 8).unwrap_or(0)));
        let text = digest.to_string();
        assert_eq!(text.len(), 64);
        assert_eq!(text.parse::<FileDigest>().ok(), Some(digest));
        for wrong in [
            "",
            "../../etc/passwd",
            &text.to_uppercase(),
            &format!("{text}00"),
            text.trim_end_matches(|_| true),
            &"水".repeat(64),
        ] {
            assert!(wrong.parse::<FileDigest>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_limit_is_said_as_people_say_it() {
        for (bytes, said) in [
            ((2 << 30) - 1, "2GB"),
            (5 << 20, "5MB"),
            ((3 << 19) - 1, "1.5MB"),
            (100, "100字节"),
        ] {
            assert_eq!(chinese_size(bytes), said);
        }
    }
}
