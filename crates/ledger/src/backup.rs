//! Copies of the whole record: what belongs into one, how it is read in one piece, and how it is put back.
//!
//! A backup holds the tables of the record and none of the views, which are made again from it. Its rows are the stored
//! bytes, the same from either database, so that what was signed stays signed wherever it is restored.

mod file;
mod format;
mod snapshot;
mod target;

pub use file::{BackupFile, open, verify_file};
pub(crate) use file::{failed, sync_folder_of};
pub use format::{AgencySize, FileMeta, Header, Item, KeyFile, Reader, TableSize, Writer};
pub use snapshot::Snapshot;
pub use target::Target;

use app::ledger::StorageCause;
use std::io;
use std::path::PathBuf;

/// What a column holds, in both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of 64 bits.
    Integer,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
}

/// One value of a row. No column of the record is ever empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A table of the record.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns, in their order.
    pub columns: &'static [(&'static str, Kind)],
    /// How many of the first columns identify a row, and order the copy.
    pub key: usize,
}

const INTEGER: Kind = Kind::Integer;
const TEXT: Kind = Kind::Text;
const BYTES: Kind = Kind::Bytes;

/// The tables of the record.
pub const TABLES: [Table; 11] = [
    Table {
        name: "heads",
        columns: &[
            ("agency", TEXT),
            ("size", INTEGER),
            ("recorded_at_ms", INTEGER),
        ],
        key: 1,
    },
    Table {
        name: "streams",
        columns: &[("agency", TEXT), ("stream", TEXT), ("version", INTEGER)],
        key: 2,
    },
    Table {
        name: "entries",
        columns: &[
            ("agency", TEXT),
            ("leaf_index", INTEGER),
            ("id", TEXT),
            ("stream", TEXT),
            ("stream_version", INTEGER),
            ("recorded_at_ms", INTEGER),
            ("leaf", BYTES),
        ],
        key: 2,
    },
    Table {
        name: "parts",
        columns: &[
            ("agency", TEXT),
            ("leaf_index", INTEGER),
            ("label", TEXT),
            ("sensitivity", TEXT),
            ("salt", BYTES),
            ("body", BYTES),
        ],
        key: 3,
    },
    Table {
        name: "tree_hashes",
        columns: &[("agency", TEXT), ("stored_index", INTEGER), ("hash", BYTES)],
        key: 2,
    },
    Table {
        name: "idempotency_keys",
        columns: &[
            ("agency", TEXT),
            ("key", TEXT),
            ("request_digest", BYTES),
            ("leaf_index", INTEGER),
        ],
        key: 2,
    },
    Table {
        name: "checkpoints",
        columns: &[("agency", TEXT), ("size", INTEGER), ("note", TEXT)],
        key: 2,
    },
    Table {
        name: "number_series",
        columns: &[
            ("agency", TEXT),
            ("kind", TEXT),
            ("year", INTEGER),
            ("next", INTEGER),
        ],
        key: 3,
    },
    Table {
        name: "numbers",
        columns: &[
            ("agency", TEXT),
            ("kind", TEXT),
            ("year", INTEGER),
            ("serial", INTEGER),
            ("state", TEXT),
            ("text", TEXT),
            ("leaf_index", INTEGER),
        ],
        key: 4,
    },
    Table {
        name: "outbox",
        columns: &[
            ("agency", TEXT),
            ("leaf_index", INTEGER),
            ("position", INTEGER),
            ("topic", TEXT),
            ("payload", TEXT),
            ("done", INTEGER),
        ],
        key: 3,
    },
    // No part of the record, but without it nobody could sign in after a restore, or somebody else could.
    Table {
        name: "notes",
        columns: &[
            ("agency", TEXT),
            ("kind", TEXT),
            ("id", TEXT),
            ("owner", TEXT),
            ("until_ms", INTEGER),
            ("version", INTEGER),
            ("body", TEXT),
        ],
        key: 3,
    },
];

/// Tables that no backup holds, with the reason.
pub const LEFT_OUT: [(&str, &str); 12] = [
    ("case_index", "a view, made again from the record"),
    ("due_clocks", "a view, made again from the record"),
    ("todo", "a view, made again from the record"),
    ("notable", "a view, made again from the record"),
    ("dues", "a view, made again from the record"),
    ("case_words", "a view, made again from the record"),
    ("case_search", "a view, made again from the record"),
    (
        "views",
        "says of this database whether its views are current",
    ),
    ("upkeep", "says what this database has still to clean up"),
    (
        "drafts",
        "what somebody typed and did not record; forgotten after a month anyway",
    ),
    ("leases", "says which running process does what"),
    ("schema_version", "says of this database how it is built"),
];

impl Table {
    fn column_names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// The columns that order the rows.
    fn order(&self) -> String {
        let names: Vec<&str> = self
            .columns
            .iter()
            .take(self.key)
            .map(|(name, _)| *name)
            .collect();
        names.join(", ")
    }

    /// The statement that reads every row in order.
    pub(crate) fn select(&self) -> String {
        format!(
            "SELECT {} FROM {} ORDER BY {}",
            self.column_names(),
            self.name,
            self.order()
        )
    }

    /// Name and columns, as `INSERT INTO` and `COPY` want them.
    pub(crate) fn with_columns(&self) -> String {
        format!("{} ({})", self.name, self.column_names())
    }
}

/// Why a backup was not made or not restored. Shown to whoever asked for it, hence in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("不能读写文件 {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The backup would replace something.
    #[error("文件 {} 已经存在，不覆盖。请换一个文件名", .0.display())]
    Exists(PathBuf),
    /// The bytes cannot be read or written.
    #[error("备份文件不能读写")]
    Stream(#[from] io::Error),
    /// No backup, or a changed or broken-off one.
    #[error("备份文件已损坏、被改动或者不完整：{0}。没有恢复任何内容")]
    Damaged(String),
    /// Written by a later program.
    #[error(
        "备份由更新版本的程序写成（格式 {found}，本程序认识到 {known}），请升级程序。没有恢复任何内容"
    )]
    TooNew {
        /// The format of the file.
        found: u32,
        /// The format of this program.
        known: u32,
    },
    /// The tables of the backup are not those of this program.
    #[error("备份中的表 {0} 与本程序的不同，请用写成备份的那个版本恢复。没有恢复任何内容")]
    OtherTables(String),
    /// The database is still built as an earlier program left it.
    #[error(
        "数据库还是旧版本的结构（{found}，应为 {known}）。请先用本版本的程序打开一次（例如 mingqu serve），再备份"
    )]
    NotMigrated {
        /// The steps done.
        found: usize,
        /// The steps known.
        known: usize,
    },
    /// There is something at the place already.
    #[error("{0} 已有内容。只能恢复到空的地方：请换一个数据文件夹或者数据库。没有恢复任何内容")]
    NotEmpty(String),
    /// The record cannot be read.
    #[error("不能读取记录")]
    Read(#[source] StorageCause),
    /// The record cannot be written.
    #[error("不能写入恢复的记录，已全部撤销")]
    Write(#[source] StorageCause),
}

impl BackupError {
    pub(crate) fn read(source: impl Into<StorageCause>) -> BackupError {
        BackupError::Read(source.into())
    }

    pub(crate) fn write(source: impl Into<StorageCause>) -> BackupError {
        BackupError::Write(source.into())
    }
}
