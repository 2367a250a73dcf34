//! Copies out of and into an SQLite file.

use super::open::{self, Location, MIGRATIONS, OpenError, WriterLock};
use crate::backup::{BackupError, Cell, Kind, TABLES, Table, failed, sync_folder_of};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, ToSql, params_from_iter};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// One read transaction: in WAL mode it sees one moment, and the writer is not held up. Until it ends, the write-ahead log
/// cannot be emptied; a destruction of parts waits for that.
pub(crate) struct Snapshot(Connection);

impl Snapshot {
    pub(crate) fn open(path: &Path) -> Result<Self, BackupError> {
        let connection = open::for_reading(&Location::of(path)).map_err(BackupError::read)?;
        let found: u32 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(BackupError::read)?;
        let found = usize::try_from(found).unwrap_or(usize::MAX);
        if found != MIGRATIONS.len() {
            return Err(BackupError::NotMigrated {
                found,
                known: MIGRATIONS.len(),
            });
        }
        connection
            .execute_batch("BEGIN")
            .map_err(BackupError::read)?;
        Ok(Self(connection))
    }

    pub(crate) fn count(&self, table: &Table) -> Result<u64, BackupError> {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let count: i64 = self
            .0
            .query_row(&sql, [], |row| row.get(0))
            .map_err(BackupError::read)?;
        u64::try_from(count).map_err(BackupError::read)
    }

    pub(crate) fn rows(
        &self,
        table: &Table,
        mut each: impl FnMut(&[Cell]) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        let mut statement = self.0.prepare(&table.select()).map_err(BackupError::read)?;
        let mut rows = statement.query([]).map_err(BackupError::read)?;
        while let Some(row) = rows.next().map_err(BackupError::read)? {
            each(&cells(table, row).map_err(BackupError::read)?)?;
        }
        Ok(())
    }
}

fn cells(table: &Table, row: &Row<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cell = |(at, (_, kind)): (usize, &(&str, Kind))| {
        Ok(match kind {
            Kind::Integer => Cell::Integer(row.get(at)?),
            Kind::Text => Cell::Text(row.get(at)?),
            Kind::Bytes => Cell::Bytes(row.get(at)?),
        })
    };
    table.columns.iter().enumerate().map(cell).collect()
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Integer(number) => ValueRef::Integer(*number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A file beside the one that is to be: it gets its name when everything is in it.
pub(crate) struct Target {
    path: PathBuf,
    part: PathBuf,
    connection: Option<Connection>,
    _lock: WriterLock,
}

impl Target {
    pub(crate) fn create(path: &Path) -> Result<Self, BackupError> {
        for taken in [path.to_owned(), beside(path, "-wal")] {
            if fs::symlink_metadata(&taken).is_ok() {
                return Err(BackupError::NotEmpty(format!(
                    "数据文件 {}",
                    path.display()
                )));
            }
        }
        let part = beside(path, ".restoring");
        let (connection, lock) = match open::for_writing(&Location::of(&part)) {
            Ok(opened) => opened,
            // Another restore is at work there: its files are not ours to remove.
            Err(error @ OpenError::SecondWriter { .. }) => return Err(BackupError::write(error)),
            Err(error) => {
                remove(&part);
                return Err(BackupError::write(error));
            }
        };
        let target = Self {
            path: path.to_owned(),
            part,
            connection: Some(connection),
            _lock: lock,
        };
        // One transaction. A file that a crash left just before it got its name is emptied in it.
        let begun = |connection: &Connection| {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            TABLES.iter().try_for_each(|table| {
                connection.execute_batch(&format!("DELETE FROM {}", table.name))
            })
        };
        begun(target.connection()).map_err(BackupError::write)?;
        Ok(target)
    }

    fn connection(&self) -> &Connection {
        self.connection
            .as_ref()
            .expect("it is taken only when the target is given up")
    }

    pub(crate) fn insert(
        &mut self,
        table: &'static Table,
        row: Vec<Cell>,
    ) -> Result<(), BackupError> {
        let places: Vec<String> = (1..=row.len()).map(|place| format!("${place}")).collect();
        let sql = format!(
            "INSERT INTO {} VALUES ({})",
            table.with_columns(),
            places.join(", ")
        );
        let inserted = self
            .connection()
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.execute(params_from_iter(row)));
        inserted.map(drop).map_err(BackupError::write)
    }

    pub(crate) fn finish(mut self) -> Result<(), BackupError> {
        let connection = self.connection.take().expect("it is taken here alone");
        connection
            .execute_batch("UPDATE views SET current = 0; COMMIT")
            .map_err(BackupError::write)?;
        // The last connection that closes brings the write-ahead log into the file and removes it.
        connection
            .close()
            .map_err(|(_, error)| BackupError::write(error))?;
        File::open(&self.part)
            .and_then(|file| file.sync_all())
            .map_err(failed(&self.part))?;
        // A link, not a renaming: whatever got the name in the meantime is not replaced.
        fs::hard_link(&self.part, &self.path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                BackupError::NotEmpty(format!("数据文件 {}", self.path.display()))
            }
            _ => failed(&self.path)(error),
        })?;
        sync_folder_of(&self.path)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        drop(self.connection.take());
        remove(&self.part);
    }
}

fn remove(part: &Path) {
    for ending in ["", "-wal", "-shm", ".lock"] {
        // What is left has not the name of a record, and the next attempt empties it.
        let _ = fs::remove_file(beside(part, ending));
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
