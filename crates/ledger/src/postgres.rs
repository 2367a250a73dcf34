//! The record in PostgreSQL: any number of processes append; each append is one transaction under row locks.

mod write;

use crate::read_model::{self, CASE_INDEX, Dialect, Value};
use crate::rows::{self, EntryRow, PartRow, RequestRow, storage, stored};
use crate::statements;
use app::ledger::{
    Agency, Append, AppendError, Appended, CaseCursor, CaseRow, KnownRequest, Ledger, ReadError,
    Recorded, StorageCause, StoredCheckpoint, StoredEntry, StreamName, StreamVersion,
};
use async_trait::async_trait;
use proof::Hash;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection, FromRow, PgConnection, Postgres, Row};

/// One step each, forward only; how many are done stands in `schema_version`.
const MIGRATIONS: [&str; 1] = [include_str!("postgres/0001_record.sql")];

/// Any number, the same for every process: whoever holds it migrates.
const MIGRATION_LOCK: i64 = 0x6d69_6e67_7175;

/// Why the database was not opened. Shown to whoever starts the program, hence in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address cannot be read, or nobody answers there.
    #[error("不能连接 PostgreSQL 数据库，请检查连接地址、网络和账号")]
    Connect(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("不能更新数据库结构")]
    Migrate(#[source] sqlx::Error),
    /// Written by a later program.
    #[error("数据库由更新版本的程序写成（结构版本 {found}，本程序认识到 {known}），请升级程序")]
    TooNew {
        /// The version of the database.
        found: usize,
        /// The version of this program.
        known: usize,
    },
}

/// The record in PostgreSQL.
pub struct PostgresLedger {
    pool: PgPool,
}

impl PostgresLedger {
    /// Connects to the database at `url` and brings its schema up to date.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        let options: PgConnectOptions = url.parse().map_err(ConnectError::Connect)?;
        // Whatever the server's defaults: acknowledged is durable, and row locks are followed by fresh reads.
        let options = options.application_name("mingqu").options([
            ("synchronous_commit", "on"),
            ("default_transaction_isolation", "read committed"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .connect_with(options)
            .await
            .map_err(ConnectError::Connect)?;
        let mut connection = pool.acquire().await.map_err(ConnectError::Connect)?;
        match migrate(&mut connection)
            .await
            .map_err(ConnectError::Migrate)?
        {
            found if found > MIGRATIONS.len() => Err(ConnectError::TooNew {
                found,
                known: MIGRATIONS.len(),
            }),
            _ => Ok(Self { pool }),
        }
    }
}

/// Returns the version found, which is left alone when it is later than ours.
async fn migrate(connection: &mut PgConnection) -> Result<usize, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut *transaction)
        .await?;
    sqlx::raw_sql("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
        .execute(&mut *transaction)
        .await?;
    let found = sqlx::query("SELECT version FROM schema_version")
        .fetch_optional(&mut *transaction)
        .await?;
    let found = match found {
        Some(row) => usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or(usize::MAX),
        None => {
            sqlx::query("INSERT INTO schema_version VALUES (0)")
                .execute(&mut *transaction)
                .await?;
            0
        }
    };
    if found > MIGRATIONS.len() {
        return Ok(found);
    }
    for sql in MIGRATIONS.iter().skip(found) {
        sqlx::raw_sql(*sql).execute(&mut *transaction).await?;
    }
    for statement in CASE_INDEX.create(Dialect::Postgres) {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *transaction)
            .await?;
    }
    let version = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    sqlx::query("UPDATE schema_version SET version = $1")
        .bind(version)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(found)
}

#[async_trait]
impl Ledger for PostgresLedger {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        write::append(&self.pool, &append).await
    }

    async fn request(&self, agency: &Agency, key: &str) -> Result<Option<KnownRequest>, ReadError> {
        let mut connection = self.pool.acquire().await.map_err(storage)?;
        known_request(&mut connection, agency, key)
            .await
            .map_err(storage)
    }

    async fn read_stream(
        &self,
        agency: &Agency,
        stream: &StreamName,
        after_version: u64,
    ) -> Result<Vec<Recorded>, ReadError> {
        let place = |sql| {
            sqlx::query_as(sql)
                .bind(agency.as_str())
                .bind(stream.as_str())
                .bind(stored(after_version))
        };
        let entries: Vec<EntryRow> = place(statements::ENTRIES_OF_STREAM)
            .fetch_all(&self.pool)
            .await
            .map_err(storage)?;
        let place = |sql| {
            sqlx::query_as(sql)
                .bind(agency.as_str())
                .bind(stream.as_str())
                .bind(stored(after_version))
        };
        let parts: Vec<PartRow> = place(statements::PARTS_OF_STREAM)
            .fetch_all(&self.pool)
            .await
            .map_err(storage)?;
        rows::assemble(entries, parts)?
            .into_iter()
            .map(StoredEntry::parse)
            .collect()
    }

    async fn list_streams(
        &self,
        agency: &Agency,
        prefix: &str,
        after: Option<&StreamName>,
        limit: u32,
    ) -> Result<Vec<StreamVersion>, ReadError> {
        let found: Vec<(String, i64)> = sqlx::query_as(statements::STREAMS)
            .bind(agency.as_str())
            .bind(prefix)
            .bind(statements::list_end(prefix))
            .bind(after.map(StreamName::as_str).unwrap_or(""))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(storage)?;
        found
            .into_iter()
            .map(|(stream, version)| rows::stream_version(stream, version).map_err(storage))
            .collect()
    }

    async fn cases(
        &self,
        agency: &Agency,
        after: Option<&CaseCursor>,
        limit: u32,
    ) -> Result<Vec<CaseRow>, ReadError> {
        let (sql, values) = read_model::case_page(agency, after, limit);
        let query = bind_values(sqlx::query(AssertSqlSafe(sql)), values);
        let found = query.fetch_all(&self.pool).await.map_err(storage)?;
        let lift = |row: PgRow| {
            let columns = FromRow::from_row(&row).map_err(storage)?;
            read_model::case_row(columns).map_err(storage)
        };
        found.into_iter().map(lift).collect()
    }

    async fn agencies(&self) -> Result<Vec<Agency>, ReadError> {
        let found: Vec<(String,)> = sqlx::query_as(statements::AGENCIES)
            .fetch_all(&self.pool)
            .await
            .map_err(storage)?;
        found
            .into_iter()
            .map(|(text,)| rows::agency(text).map_err(storage))
            .collect()
    }

    async fn tree_size(&self, agency: &Agency) -> Result<u64, ReadError> {
        let found: Option<(i64,)> = sqlx::query_as(statements::TREE_SIZE)
            .bind(agency.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(storage)?;
        rows::count("size", found.map_or(0, |(size,)| size)).map_err(storage)
    }

    async fn entries(
        &self,
        agency: &Agency,
        from: u64,
        limit: u32,
    ) -> Result<Vec<StoredEntry>, ReadError> {
        let entries: Vec<EntryRow> = sqlx::query_as(statements::ENTRIES_OF_RANGE)
            .bind(agency.as_str())
            .bind(stored(from))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(storage)?;
        let Some(last) = entries.last() else {
            return Ok(Vec::new());
        };
        let parts: Vec<PartRow> = sqlx::query_as(statements::PARTS_OF_RANGE)
            .bind(agency.as_str())
            .bind(stored(from))
            .bind(last.leaf_index)
            .fetch_all(&self.pool)
            .await
            .map_err(storage)?;
        rows::assemble(entries, parts)
    }

    async fn hashes(
        &self,
        agency: &Agency,
        indexes: &[u64],
    ) -> Result<Vec<(u64, Hash)>, ReadError> {
        let mut connection = self.pool.acquire().await.map_err(storage)?;
        read_hashes(&mut connection, agency, indexes)
            .await
            .map_err(storage)
    }

    async fn checkpoint(&self, agency: &Agency) -> Result<Option<StoredCheckpoint>, ReadError> {
        let found: Option<(i64, String)> = sqlx::query_as(statements::CHECKPOINT)
            .bind(agency.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(storage)?;
        found
            .map(|(size, note)| {
                Ok(StoredCheckpoint {
                    size: rows::count("size", size).map_err(storage)?,
                    note,
                })
            })
            .transpose()
    }

    async fn keep_checkpoint(
        &self,
        agency: &Agency,
        checkpoint: &StoredCheckpoint,
    ) -> Result<(), ReadError> {
        sqlx::query(statements::KEEP_CHECKPOINT)
            .bind(agency.as_str())
            .bind(stored(checkpoint.size))
            .bind(&checkpoint.note)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(storage)
    }
}

async fn known_request(
    connection: &mut PgConnection,
    agency: &Agency,
    key: &str,
) -> Result<Option<KnownRequest>, StorageCause> {
    let found: Option<RequestRow> = sqlx::query_as(statements::REQUEST)
        .bind(agency.as_str())
        .bind(key)
        .fetch_optional(connection)
        .await?;
    found.map(RequestRow::lift).transpose()
}

async fn read_hashes(
    connection: &mut PgConnection,
    agency: &Agency,
    indexes: &[u64],
) -> Result<Vec<(u64, Hash)>, StorageCause> {
    let indexes: Vec<i64> = indexes.iter().copied().map(stored).collect();
    let found: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT stored_index, hash FROM tree_hashes WHERE agency = $1 AND stored_index = ANY($2) ORDER BY stored_index",
    )
    .bind(agency.as_str())
    .bind(indexes)
    .fetch_all(connection)
    .await?;
    found
        .into_iter()
        .map(|(index, bytes)| Ok((rows::count("stored_index", index)?, rows::hash(bytes)?)))
        .collect()
}

fn bind_values(
    query: Query<'static, Postgres, PgArguments>,
    values: Vec<Value>,
) -> Query<'static, Postgres, PgArguments> {
    values.into_iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::OptionalText(text) => query.bind(text),
        Value::Integer(number) => query.bind(number),
    })
}

impl FromRow<'_, PgRow> for EntryRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            leaf_index: row.try_get(0)?,
            id: row.try_get(1)?,
            stream: row.try_get(2)?,
            stream_version: row.try_get(3)?,
            recorded_at_ms: row.try_get(4)?,
            leaf: row.try_get(5)?,
        })
    }
}

impl FromRow<'_, PgRow> for PartRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            leaf_index: row.try_get(0)?,
            label: row.try_get(1)?,
            sensitivity: row.try_get(2)?,
            salt: row.try_get(3)?,
            body: row.try_get(4)?,
        })
    }
}

impl FromRow<'_, PgRow> for RequestRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            request_digest: row.try_get(0)?,
            stream: row.try_get(1)?,
            leaf_index: row.try_get(2)?,
            stream_version: row.try_get(3)?,
            recorded_at_ms: row.try_get(4)?,
        })
    }
}
