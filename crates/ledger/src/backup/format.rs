//! The format of a backup: a stream of frames, the same from and for either database.
//!
//! ```text
//! "mingqu-backup\n"  version (4 bytes)
//! frame*             tag (1 byte), length (8 bytes), content
//! ```
//!
//! Numbers are big-endian. `H` is the header as JSON and comes first; `T` begins a table by its name and `R` is one of its
//! rows: integers in 8 bytes, text and bytes behind their length in 4. `F` begins an attached file, described in
//! JSON, and `C` is a piece of it. `K` is a private key file: its name, a line break, its content. `Z` ends the stream with
//! the SHA-256 of everything before it.

use super::{BackupError, Cell, Kind, TABLES, Table};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Read, Write};

const MAGIC: &[u8] = b"mingqu-backup\n";

/// The format that this program writes, and the last one that it reads.
const VERSION: u32 = 1;

/// No frame is longer: a longer one is a damaged length.
const FRAME_BYTES_MAX: u64 = 1 << 30;

const HEADER: u8 = b'H';
const TABLE: u8 = b'T';
const ROW: u8 = b'R';
const FILE: u8 = b'F';
const CONTENT: u8 = b'C';
const KEY: u8 = b'K';
const END: u8 = b'Z';

/// What a backup says about itself before its content comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// When the copy was begun, in UTC.
    pub made_at: String,
    /// The logs that it holds.
    pub agencies: Vec<AgencySize>,
    /// The tables, in the order in which they come.
    pub tables: Vec<TableSize>,
    /// Public keys of the logs.
    pub public_keys: Vec<KeyFile>,
    /// Whether the private keys are in it.
    pub with_keys: bool,
    /// Other small files of the data folder without which the record is not at home there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<KeyFile>,
}

/// A log, and how many entries it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencySize {
    /// The agency.
    pub agency: String,
    /// The number of its entries.
    pub size: u64,
}

/// A table, and how many rows it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSize {
    /// The table.
    pub table: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// The number of its rows.
    pub rows: u64,
}

/// A small file of the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// An attached file whose pieces follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileMeta {
    /// Its address: the SHA-256 of its content.
    pub sha256: String,
    /// How long it is.
    pub size_bytes: u64,
}

/// One thing of a backup.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    /// A row of a table.
    Row(&'static Table, Vec<Cell>),
    /// A file begins.
    File(FileMeta),
    /// A piece of the file that began last.
    Piece(Vec<u8>),
    /// A private key.
    Key(KeyFile),
}

impl Header {
    /// The tables as this program has them, with the rows of each.
    pub fn tables(rows: &[u64]) -> Vec<TableSize> {
        let sizes = TABLES.iter().zip(rows);
        sizes
            .map(|(table, rows)| TableSize {
                table: table.name.to_owned(),
                columns: names(table),
                rows: *rows,
            })
            .collect()
    }

    /// The number of entries of all logs.
    pub fn entries(&self) -> u64 {
        self.agencies.iter().map(|agency| agency.size).sum()
    }
}

fn names(table: &Table) -> Vec<String> {
    let names = table.columns.iter().map(|(name, _)| (*name).to_owned());
    names.collect()
}

/// Writes a backup.
pub struct Writer<W> {
    to: W,
    digest: Sha256,
    row: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a backup.
    pub fn new(to: W, header: &Header) -> Result<Self, BackupError> {
        let mut writer = Self {
            to,
            digest: Sha256::new(),
            row: Vec::new(),
        };
        writer.bytes(MAGIC)?;
        writer.bytes(&VERSION.to_be_bytes())?;
        writer.frame(HEADER, &json(header)?)?;
        Ok(writer)
    }

    /// Begins a table.
    pub fn table(&mut self, table: &Table) -> Result<(), BackupError> {
        self.frame(TABLE, table.name.as_bytes())
    }

    /// Writes a row of the table that began last.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), BackupError> {
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        for cell in cells {
            let bytes = match cell {
                Cell::Integer(number) => {
                    row.extend(number.to_be_bytes());
                    continue;
                }
                Cell::Text(text) => text.as_bytes(),
                Cell::Bytes(bytes) => bytes,
            };
            let length = u32::try_from(bytes.len())
                .map_err(|_| std::io::Error::from(ErrorKind::FileTooLarge))?;
            row.extend(length.to_be_bytes());
            row.extend(bytes);
        }
        let written = self.frame(ROW, &row);
        self.row = row;
        written
    }

    /// Begins an attached file.
    pub fn file(&mut self, meta: &FileMeta) -> Result<(), BackupError> {
        self.frame(FILE, &json(meta)?)
    }

    /// Writes a piece of the file that began last.
    pub fn piece(&mut self, piece: &[u8]) -> Result<(), BackupError> {
        self.frame(CONTENT, piece)
    }

    /// Writes a private key.
    pub fn key(&mut self, key: &KeyFile) -> Result<(), BackupError> {
        self.frame(KEY, format!("{}\n{}", key.name, key.text).as_bytes())
    }

    /// Ends the backup and hands back what it was written to.
    pub fn finish(mut self) -> Result<W, BackupError> {
        let digest = self.digest.clone().finalize();
        self.frame(END, &digest)?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn frame(&mut self, tag: u8, content: &[u8]) -> Result<(), BackupError> {
        let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
        if length > FRAME_BYTES_MAX {
            return Err(std::io::Error::from(ErrorKind::FileTooLarge).into());
        }
        self.bytes(&[tag])?;
        self.bytes(&length.to_be_bytes())?;
        self.bytes(content)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.digest.update(bytes);
        Ok(self.to.write_all(bytes)?)
    }
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, BackupError> {
    serde_json::to_vec(value).map_err(|error| BackupError::Stream(error.into()))
}

/// Reads a backup and checks it on the way. Only one that was read to its end is whole.
pub struct Reader<R> {
    from: R,
    digest: Sha256,
    header: Header,
    /// The place of the table whose rows come, in the order of [`TABLES`]; none before the first.
    table: Option<usize>,
    rows: u64,
    /// What the file that began last still lacks.
    lacking: u64,
    is_over: bool,
}

impl<R: Read> Reader<R> {
    /// Begins to read: what is no backup, or one that this program does not know, is refused.
    pub fn open(mut from: R) -> Result<Self, BackupError> {
        let mut digest = Sha256::new();
        let mut magic = [0; MAGIC.len()];
        read(&mut from, &mut digest, &mut magic)?;
        if magic != MAGIC {
            return Err(damaged("开头不是备份文件的标记"));
        }
        let mut version = [0; 4];
        read(&mut from, &mut digest, &mut version)?;
        match u32::from_be_bytes(version) {
            VERSION => {}
            0 => return Err(damaged("格式版本为零")),
            found => {
                return Err(BackupError::TooNew {
                    found,
                    known: VERSION,
                });
            }
        }
        let (tag, content) = frame(&mut from, &mut digest)?;
        if tag != HEADER {
            return Err(damaged("没有说明部分"));
        }
        let header: Header =
            serde_json::from_slice(&content).map_err(|_| damaged("说明部分不能识别"))?;
        if header.tables.len() != TABLES.len() {
            return Err(BackupError::OtherTables("的数目".to_owned()));
        }
        for (found, table) in header.tables.iter().zip(&TABLES) {
            if found.table != table.name || found.columns != names(table) {
                return Err(BackupError::OtherTables(found.table.clone()));
            }
        }
        Ok(Self {
            from,
            digest,
            header,
            table: None,
            rows: 0,
            lacking: 0,
            is_over: false,
        })
    }

    /// What the backup says about itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The digest of the whole, once everything was read.
    pub fn digest(&self) -> Option<[u8; 32]> {
        self.is_over.then(|| self.digest.clone().finalize().into())
    }

    /// The next thing; none when the backup was read to its end and is whole.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator of results could be left before its end, which is where the proof stands"
    )]
    pub fn next(&mut self) -> Result<Option<Item>, BackupError> {
        loop {
            if self.is_over {
                return Ok(None);
            }
            let so_far = self.digest.clone();
            let (tag, content) = frame(&mut self.from, &mut self.digest)?;
            if self.lacking > 0 && tag != CONTENT {
                return Err(damaged("一个附件没有写完"));
            }
            match tag {
                TABLE => self.next_table(&content)?,
                ROW => return self.row(&content).map(Some),
                FILE => {
                    self.tables_are_over()?;
                    let meta: FileMeta = serde_json::from_slice(&content)
                        .map_err(|_| damaged("附件的说明不能识别"))?;
                    self.lacking = meta.size_bytes;
                    return Ok(Some(Item::File(meta)));
                }
                CONTENT => {
                    let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
                    self.lacking = match self.lacking.checked_sub(length) {
                        Some(lacking) if length > 0 => lacking,
                        _ => return Err(damaged("一个附件比它的说明长")),
                    };
                    return Ok(Some(Item::Piece(content)));
                }
                KEY => {
                    self.tables_are_over()?;
                    let text = String::from_utf8(content).map_err(|_| damaged("密钥不是文字"))?;
                    let Some((name, text)) = text.split_once('\n') else {
                        return Err(damaged("密钥没有名称"));
                    };
                    return Ok(Some(Item::Key(KeyFile {
                        name: name.to_owned(),
                        text: text.to_owned(),
                    })));
                }
                END => {
                    self.tables_are_over()?;
                    self.end(so_far, &content)?;
                }
                _ => return Err(damaged("有不认识的部分")),
            }
        }
    }

    fn end(&mut self, so_far: Sha256, content: &[u8]) -> Result<(), BackupError> {
        if so_far.finalize().as_slice() != content {
            return Err(damaged("内容与末尾的校验和不一致"));
        }
        match self.from.read(&mut [0]) {
            Ok(0) => {
                self.is_over = true;
                Ok(())
            }
            Ok(_) => Err(damaged("末尾之后还有内容")),
            Err(error) => Err(error.into()),
        }
    }

    fn next_table(&mut self, name: &[u8]) -> Result<(), BackupError> {
        self.table_is_whole()?;
        let next = self.table.map_or(0, |table| table + 1);
        match TABLES.get(next) {
            Some(table) if table.name.as_bytes() == name => {
                self.table = Some(next);
                self.rows = 0;
                Ok(())
            }
            _ => Err(damaged("表的次序不对")),
        }
    }

    fn table_is_whole(&self) -> Result<(), BackupError> {
        let promised = self.table.and_then(|table| self.header.tables.get(table));
        match promised {
            Some(promised) if promised.rows != self.rows => Err(damaged(&format!(
                "表 {} 应有 {} 行，实有 {} 行",
                promised.table, promised.rows, self.rows
            ))),
            _ => Ok(()),
        }
    }

    fn tables_are_over(&self) -> Result<(), BackupError> {
        self.table_is_whole()?;
        match self.table {
            Some(last) if last + 1 == TABLES.len() => Ok(()),
            _ => Err(damaged("缺少表")),
        }
    }

    fn row(&mut self, content: &[u8]) -> Result<Item, BackupError> {
        let table = self.table.and_then(|table| TABLES.get(table));
        let table = table.ok_or_else(|| damaged("有不属于任何表的行"))?;
        self.rows += 1;
        let cells = cells(table, content).ok_or_else(|| damaged("有不能识别的行"))?;
        Ok(Item::Row(table, cells))
    }
}

fn cells(table: &Table, mut content: &[u8]) -> Option<Vec<Cell>> {
    let mut cells = Vec::with_capacity(table.columns.len());
    for (_, kind) in table.columns {
        let mut take = |length: usize| {
            let (taken, rest) = content.split_at_checked(length)?;
            content = rest;
            Some(taken)
        };
        cells.push(match kind {
            Kind::Integer => Cell::Integer(i64::from_be_bytes(take(8)?.try_into().ok()?)),
            Kind::Text | Kind::Bytes => {
                let length = u32::from_be_bytes(take(4)?.try_into().ok()?);
                let bytes = take(usize::try_from(length).ok()?)?.to_vec();
                match kind {
                    Kind::Text => Cell::Text(String::from_utf8(bytes).ok()?),
                    _ => Cell::Bytes(bytes),
                }
            }
        });
    }
    content.is_empty().then_some(cells)
}

fn frame(from: &mut impl Read, digest: &mut Sha256) -> Result<(u8, Vec<u8>), BackupError> {
    let mut tag = [0; 1];
    read(from, digest, &mut tag)?;
    let mut length = [0; 8];
    read(from, digest, &mut length)?;
    let length = u64::from_be_bytes(length);
    if length > FRAME_BYTES_MAX {
        return Err(damaged("一个部分的长度不可能"));
    }
    // Not reserved at once: a damaged length must not cost a gigabyte.
    let mut content = Vec::new();
    from.by_ref().take(length).read_to_end(&mut content)?;
    if u64::try_from(content.len()).ok() != Some(length) {
        return Err(damaged("文件在中途断开"));
    }
    digest.update(&content);
    Ok((tag[0], content))
}

fn read(from: &mut impl Read, digest: &mut Sha256, to: &mut [u8]) -> Result<(), BackupError> {
    from.read_exact(to).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => damaged("文件在中途断开"),
        _ => BackupError::Stream(error),
    })?;
    digest.update(&*to);
    Ok(())
}

fn damaged(what: &str) -> BackupError {
    BackupError::Damaged(what.to_owned())
}
