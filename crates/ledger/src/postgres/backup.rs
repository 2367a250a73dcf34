//! Copies out of and into a PostgreSQL database.

use super::{MIGRATIONS, PostgresLedger};
use crate::backup::{BackupError, Cell, Kind, TABLES, Table};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

/// Rows are fetched in steps of this many.
const STEP: u32 = 500;

/// Rows are written in pieces of about this many bytes.
const PIECE_BYTES: usize = 4 << 20;

/// `COPY ... BINARY`: signature, flags, no extension.
const COPY_HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// In place of the number of columns: no row follows.
const COPY_END: i16 = -1;

/// One transaction that reads one moment; nobody is held up by it.
pub(crate) struct Snapshot(PgConnection);

impl Snapshot {
    pub(crate) async fn connect(url: &str) -> Result<Self, BackupError> {
        let mut connection = PgConnection::connect(url)
            .await
            .map_err(BackupError::read)?;
        run(
            &mut connection,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        )
        .await
        .map_err(BackupError::read)?;
        // A database without any schema has no such table; that reads as step 0.
        let exists: (bool,) = sqlx::query_as("SELECT to_regclass('schema_version') IS NOT NULL")
            .fetch_one(&mut connection)
            .await
            .map_err(BackupError::read)?;
        let found = match exists {
            (true,) => {
                let (version,): (i64,) = sqlx::query_as("SELECT version FROM schema_version")
                    .fetch_one(&mut connection)
                    .await
                    .map_err(BackupError::read)?;
                usize::try_from(version).unwrap_or(usize::MAX)
            }
            (false,) => 0,
        };
        if found != MIGRATIONS.len() {
            return Err(BackupError::NotMigrated {
                found,
                known: MIGRATIONS.len(),
            });
        }
        Ok(Self(connection))
    }

    pub(crate) async fn count(&mut self, table: &Table) -> Result<u64, BackupError> {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(sql))
            .fetch_one(&mut self.0)
            .await
            .map_err(BackupError::read)?;
        u64::try_from(count).map_err(BackupError::read)
    }

    pub(crate) async fn rows(
        &mut self,
        table: &Table,
        mut each: impl FnMut(&[Cell]) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        // A cursor: a table of millions of rows is never in memory. Each has its own name, because the driver remembers
        // by the text of a statement which columns it has.
        let name = format!("copy_of_{}", table.name);
        let open = format!("DECLARE {name} NO SCROLL CURSOR FOR {}", table.select());
        run(&mut self.0, &open).await.map_err(BackupError::read)?;
        loop {
            let found = sqlx::query(AssertSqlSafe(format!("FETCH {STEP} FROM {name}")))
                .fetch_all(&mut self.0)
                .await
                .map_err(BackupError::read)?;
            if found.is_empty() {
                return run(&mut self.0, &format!("CLOSE {name}"))
                    .await
                    .map_err(BackupError::read);
            }
            for row in &found {
                each(&cells(table, row).map_err(BackupError::read)?)?;
            }
        }
    }
}

fn cells(table: &Table, row: &PgRow) -> Result<Vec<Cell>, sqlx::Error> {
    let cell = |(at, (_, kind)): (usize, &(&str, Kind))| {
        Ok(match kind {
            Kind::Integer => Cell::Integer(row.try_get(at)?),
            Kind::Text => Cell::Text(row.try_get(at)?),
            Kind::Bytes => Cell::Bytes(row.try_get(at)?),
        })
    };
    table.columns.iter().enumerate().map(cell).collect()
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .map(drop)
}

/// One transaction, under locks that keep everybody else out of the record.
pub(crate) struct Target {
    connection: PgConnection,
    /// The table that `rows` belong to, and the rows, as `COPY` wants them.
    table: Option<&'static Table>,
    rows: Vec<u8>,
}

impl Target {
    pub(crate) async fn connect(url: &str) -> Result<Self, BackupError> {
        // Makes the schema where there is none, and refuses a server that does not sync.
        drop(
            PostgresLedger::connect(url)
                .await
                .map_err(BackupError::write)?,
        );
        let mut connection = PgConnection::connect(url)
            .await
            .map_err(BackupError::write)?;
        run(&mut connection, "BEGIN")
            .await
            .map_err(BackupError::write)?;
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", "));
        run(&mut connection, &lock)
            .await
            .map_err(BackupError::write)?;
        for table in &TABLES {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", table.name);
            let (exists,): (bool,) = sqlx::query_as(AssertSqlSafe(sql))
                .fetch_one(&mut connection)
                .await
                .map_err(BackupError::write)?;
            if exists {
                return Err(BackupError::NotEmpty(format!("数据库的表 {} ", table.name)));
            }
        }
        Ok(Self {
            connection,
            table: None,
            rows: Vec::new(),
        })
    }

    pub(crate) async fn insert(
        &mut self,
        table: &'static Table,
        row: Vec<Cell>,
    ) -> Result<(), BackupError> {
        if self.table != Some(table) || self.rows.len() > PIECE_BYTES {
            self.flush().await?;
            self.table = Some(table);
        }
        let columns = i16::try_from(row.len()).map_err(BackupError::write)?;
        self.rows.extend(columns.to_be_bytes());
        for cell in &row {
            let number;
            let bytes: &[u8] = match cell {
                Cell::Integer(integer) => {
                    number = integer.to_be_bytes();
                    &number
                }
                Cell::Text(text) => text.as_bytes(),
                Cell::Bytes(bytes) => bytes,
            };
            let length = i32::try_from(bytes.len()).map_err(BackupError::write)?;
            self.rows.extend(length.to_be_bytes());
            self.rows.extend(bytes);
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), BackupError> {
        let Some(table) = self.table.take() else {
            return Ok(());
        };
        let mut data = COPY_HEADER.to_vec();
        data.append(&mut self.rows);
        data.extend(COPY_END.to_be_bytes());
        let sql = format!("COPY {} FROM STDIN (FORMAT binary)", table.with_columns());
        let mut copy = self
            .connection
            .copy_in_raw(&sql)
            .await
            .map_err(BackupError::write)?;
        let sent = copy.send(data).await.map(drop);
        match sent {
            Ok(()) => copy.finish().await.map(drop).map_err(BackupError::write),
            Err(error) => {
                // The transaction is not committed, whatever becomes of this.
                let _ = copy.abort("the copy broke off").await;
                Err(BackupError::write(error))
            }
        }
    }

    pub(crate) async fn finish(mut self) -> Result<(), BackupError> {
        self.flush().await?;
        run(&mut self.connection, "UPDATE views SET current = 0; COMMIT")
            .await
            .map_err(BackupError::write)
    }
}
