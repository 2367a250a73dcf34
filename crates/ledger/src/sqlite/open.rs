//! Opening the file: the lock of the one writer, the settings that durability rests on, the schema.

use crate::read_model::{Dialect, VIEWS, VIEWS_VERSION, cases};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// One step each, forward only; the last step done is the `user_version` of the file.
pub(super) const MIGRATIONS: [(u32, &str); 4] = [
    (1, include_str!("0001_record.sql")),
    (2, include_str!("0002_numbers.sql")),
    (3, include_str!("0003_notes.sql")),
    (4, include_str!("0004_drafts.sql")),
];

/// Prepared statements kept for each connection: more than the write path and the lists have.
const STATEMENTS: usize = 200;

/// The pages of a new file: a verification reads the log a fifth faster than by the four kilobytes that SQLite takes.
const PAGE_BYTES: i64 = 16 * 1024;

/// What a connection keeps of the file in memory, in KiB (a negative number means that). The list of a hundred thousand
/// cases with its search is that large; the two megabytes that SQLite takes by itself would be read anew for each page.
const READER_CACHE: i64 = -16 * 1024;
const WRITER_CACHE: i64 = -32 * 1024;

/// Why the data file was not opened. Shown to whoever starts the program, hence in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes the file.
    #[error(
        "数据文件 {} 正被另一个 mingqu 进程写入，本进程不能启动。SQLite 方式只允许一个写入进程：\
         请先停止那个进程；需要多个进程同时工作时，请改用 PostgreSQL。",
        path.display()
    )]
    SecondWriter {
        /// The data file.
        path: PathBuf,
    },
    /// The folder or the lock file cannot be used.
    #[error("不能使用数据文件夹中的 {}", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// SQLite refuses.
    #[error("不能打开数据文件 {}", path.display())]
    Database {
        /// The data file.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// A setting that durability rests on was not taken over.
    #[error("数据库设置 {name} 应为 {expected}，实际为 {found}；这样不能保证已确认的记录不丢失")]
    Setting {
        /// The name of the setting.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What SQLite reports.
        found: String,
    },
    /// Written by a later program.
    #[error("数据文件由更新版本的程序写成（结构版本 {found}，本程序认识到 {known}），请升级程序")]
    TooNew {
        /// The version of the file.
        found: u32,
        /// The version of this program.
        known: u32,
    },
}

/// Where the data file and its lock are.
#[derive(Clone)]
pub(super) struct Location {
    database: PathBuf,
    lock: PathBuf,
}

impl Location {
    pub(super) fn of(path: &Path) -> Self {
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        Self {
            database: path.to_owned(),
            lock: lock.into(),
        }
    }

    fn refused(&self) -> impl Fn(rusqlite::Error) -> OpenError {
        let path = self.database.clone();
        move |source| OpenError::Database {
            path: path.clone(),
            source,
        }
    }
}

/// Held as long as the writer lives. The system drops the lock with the process, however that ends.
pub(super) struct WriterLock(#[expect(dead_code, reason = "the open file is the lock")] File);

fn lock(location: &Location) -> Result<WriterLock, OpenError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Folder { path, source }
    };
    if let Some(folder) = location.database.parent() {
        fs::create_dir_all(folder).map_err(io(folder))?;
    }
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&location.lock)
        .map_err(io(&location.lock))?;
    match file.try_lock() {
        Ok(()) => Ok(WriterLock(file)),
        Err(TryLockError::WouldBlock) => Err(OpenError::SecondWriter {
            path: location.database.clone(),
        }),
        Err(TryLockError::Error(source)) => Err(io(&location.lock)(source)),
    }
}

pub(super) fn for_writing(location: &Location) -> Result<(Connection, WriterLock), OpenError> {
    let lock = lock(location)?;
    let refused = location.refused();
    let mut connection = Connection::open(&location.database).map_err(&refused)?;
    // Of a new file only; one that is there keeps its own.
    let page = connection.pragma_update(None, "page_size", PAGE_BYTES);
    page.map_err(&refused)?;
    set(&connection, "journal_mode", "WAL", "wal").map_err(&refused)??;
    set(&connection, "synchronous", "FULL", "2").map_err(&refused)??;
    // What is removed is overwritten: a destroyed part must not be readable in a free page.
    set(&connection, "secure_delete", "ON", "1").map_err(&refused)??;
    let cache = connection.pragma_update(None, "cache_size", WRITER_CACHE);
    cache.map_err(&refused)?;
    keep_savepoints_in_memory(&connection, true).map_err(&refused)?;
    migrate(&mut connection).map_err(&refused)??;
    make_views(&mut connection).map_err(&refused)?;
    keep_plans(&connection).map_err(&refused)?;
    Ok((connection, lock))
}

/// Statements are prepared once. Without this promise SQLite plans a statement anew for other values of what it compares,
/// which took a twentieth of the time of a write.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
}

/// What a savepoint would put back is noted in memory, not in a temporary file, which costs a call for each page. Whoever
/// writes the whole file anew must ask for files: the copy would stand in memory likewise.
pub(super) fn keep_savepoints_in_memory(
    connection: &Connection,
    in_memory: bool,
) -> rusqlite::Result<()> {
    let store = if in_memory { "MEMORY" } else { "FILE" };
    connection.pragma_update(None, "temp_store", store)
}

/// Makes the tables of the views where they are missing or have another shape; then they wait for a rebuild.
fn make_views(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let found: i64 = transaction.query_row("SELECT version FROM views", [], |row| row.get(0))?;
    if found == VIEWS_VERSION {
        return Ok(());
    }
    for table in VIEWS
        .map(|view| view.table)
        .into_iter()
        .chain(["case_words", "case_search"])
    {
        transaction.execute_batch(&format!("DROP TABLE IF EXISTS {table}"))?;
    }
    for statement in VIEWS.iter().flat_map(|view| view.create(Dialect::Sqlite)) {
        transaction.execute_batch(&statement)?;
    }
    transaction.execute_batch(cases::search_tables(Dialect::Sqlite))?;
    transaction.execute(
        "UPDATE views SET version = $1, current = NOT EXISTS (SELECT 1 FROM heads)",
        [VIEWS_VERSION],
    )?;
    transaction.commit()
}

pub(super) fn for_reading(location: &Location) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(&location.database, flags).map_err(location.refused())?;
    check_version(&connection).map_err(location.refused())??;
    let cache = connection.pragma_update(None, "cache_size", READER_CACHE);
    cache.map_err(location.refused())?;
    keep_plans(&connection).map_err(location.refused())?;
    Ok(connection)
}

type Checked<T> = rusqlite::Result<Result<T, OpenError>>;

/// Sets a pragma and reads it back: SQLite does not report one that it did not take over.
fn set(
    connection: &Connection,
    name: &'static str,
    value: &str,
    expected: &'static str,
) -> Checked<()> {
    connection
        .pragma_update_and_check(None, name, value, |_| Ok(()))
        .or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(()),
            other => Err(other),
        })?;
    let found =
        connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))?;
    let found = match found {
        rusqlite::types::Value::Text(text) => text,
        rusqlite::types::Value::Integer(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    Ok(if found == expected {
        Ok(())
    } else {
        Err(OpenError::Setting {
            name,
            expected,
            found,
        })
    })
}

fn check_version(connection: &Connection) -> Checked<u32> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = MIGRATIONS
        .map(|(step, _)| step)
        .into_iter()
        .max()
        .unwrap_or(0);
    Ok(if found <= known {
        Ok(found)
    } else {
        Err(OpenError::TooNew { found, known })
    })
}

fn migrate(connection: &mut Connection) -> Checked<()> {
    let done = match check_version(connection)? {
        Ok(done) => done,
        Err(error) => return Ok(Err(error)),
    };
    for (step, sql) in MIGRATIONS.into_iter().filter(|(step, _)| *step > done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", step)?;
        transaction.commit()?;
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_later_program_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let location = Location::of(&folder.path().join("record.sqlite"));
        let (connection, lock) = for_writing(&location).expect("a new file");
        connection
            .pragma_update(None, "user_version", 99)
            .expect("a later program");
        drop((connection, lock));
        assert!(matches!(
            for_writing(&location),
            Err(OpenError::TooNew { found: 99, .. })
        ));
        assert!(matches!(
            for_reading(&location),
            Err(OpenError::TooNew { found: 99, .. })
        ));
    }

    #[test]
    fn a_file_that_is_no_database_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("record.sqlite");
        fs::write(
            &path,
            "not a database, although long enough to be taken for a header".repeat(20),
        )
        .expect("written");
        assert!(matches!(
            for_writing(&Location::of(&path)),
            Err(OpenError::Database { .. })
        ));
    }
}
