//! The record in PostgreSQL: any number of processes append, each with one committer that groups what waits.

pub(crate) mod backup;
mod commit;
mod drafts;
mod load;
mod notes;
mod purge;
mod settings;
mod views;
mod write;

pub use settings::SettingError;

use crate::read_model::{
    Dialect, Kind, Select, VIEWS, VIEWS_VERSION, Value, cases, clocks, dues, notable, numbers,
    outbox, todo,
};
use crate::rows::{self, EntryRow, PartRow, RequestRow, storage, stored};
use crate::sequence;
use crate::statements;
use app::ledger::{
    Agency, Append, AppendError, Appended, CaseQuery, CaseRow, CaseRows, ClockLine, ClockQuery,
    DuesLine, DuesQuery, KnownRequest, Ledger, NotableQuery, NotableRow, Outstanding, ReadError,
    Recorded, StorageCause, StoredCheckpoint, StoredEntry, StreamName, StreamVersion, TodoLine,
    TodoQuery,
};
use app::numbers::{NumberRow, Series, SeriesRow};
use async_trait::async_trait;
use commit::Committer;
use jiff::Timestamp;
use proof::Hash;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection, FromRow, PgConnection, Postgres, Row};

/// One step each, forward only; how many are done stands in `schema_version`.
const MIGRATIONS: [&str; 4] = [
    include_str!("postgres/0001_record.sql"),
    include_str!("postgres/0002_numbers.sql"),
    include_str!("postgres/0003_notes.sql"),
    include_str!("postgres/0004_drafts.sql"),
];

/// Any number, the same for every process: whoever holds it migrates.
const MIGRATION_LOCK: i64 = 0x6d69_6e67_7175;

/// Why the database was not opened. Shown to whoever starts the program, hence in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address cannot be read, or nobody answers there.
    #[error("不能连接 PostgreSQL 数据库，请检查连接地址、网络和账号")]
    Connect(#[source] sqlx::Error),
    /// A setting that durability rests on is not as it must be.
    #[error(transparent)]
    Setting(#[from] SettingError),
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
    committer: Committer,
}

impl PostgresLedger {
    /// Connects to the database at `url`, refuses a server that does not sync, and brings the schema up to date.
    ///
    /// After parts were destroyed their rows are gone and their tables are vacuumed before the answer; but the server's
    /// own write-ahead log, its archives, replicas and backups keep the old pages until they are recycled: that is
    /// in the hands of whoever runs the server.
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
        settings::check(&mut connection).await?;
        match migrate(&mut connection)
            .await
            .map_err(ConnectError::Migrate)?
        {
            found if found > MIGRATIONS.len() => Err(ConnectError::TooNew {
                found,
                known: MIGRATIONS.len(),
            }),
            _ => {
                let owed = purge::is_owed(&mut connection)
                    .await
                    .map_err(ConnectError::Connect)?;
                drop(connection);
                let committer = Committer::start(pool.clone(), owed);
                Ok(Self { pool, committer })
            }
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
    make_views(&mut transaction).await?;
    let version = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    sqlx::query("UPDATE schema_version SET version = $1")
        .bind(version)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(found)
}

/// Makes the tables of the views where they are missing or have another shape; then they wait for a rebuild.
async fn make_views(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let (found,): (i64,) = sqlx::query_as("SELECT version FROM views")
        .fetch_one(&mut *connection)
        .await?;
    if found == VIEWS_VERSION {
        return Ok(());
    }
    let tables = VIEWS
        .map(|view| view.table)
        .into_iter()
        .chain(["case_search"]);
    let drops = tables.map(|table| format!("DROP TABLE IF EXISTS {table}"));
    let creates = VIEWS.iter().flat_map(|view| view.create(Dialect::Postgres));
    for statement in drops.chain(creates) {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await?;
    }
    sqlx::raw_sql(cases::search_tables(Dialect::Postgres))
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE views SET version = $1, current = CASE WHEN EXISTS (SELECT 1 FROM heads) THEN 0 ELSE 1 END",
    )
    .bind(VIEWS_VERSION)
    .execute(connection)
    .await
    .map(drop)
}

impl PostgresLedger {
    /// Reads rows of a view.
    async fn select<T>(
        &self,
        select: Select,
        lift: fn(Vec<Value>) -> Result<T, StorageCause>,
    ) -> Result<Vec<T>, ReadError> {
        let mut connection = self.pool.acquire().await.map_err(storage)?;
        let found = fetch(&mut connection, select).await.map_err(storage)?;
        found
            .into_iter()
            .map(|row| lift(row).map_err(storage))
            .collect()
    }
}

#[async_trait]
impl Ledger for PostgresLedger {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        sequence::check_texts(&append)?;
        self.committer.append(append).await
    }

    async fn request(&self, agency: &Agency, key: &str) -> Result<Option<KnownRequest>, ReadError> {
        let found: Option<RequestRow> = sqlx::query_as(statements::REQUEST)
            .bind(agency.as_str())
            .bind(key)
            .fetch_optional(&self.pool)
            .await
            .map_err(storage)?;
        found.map(RequestRow::lift).transpose().map_err(storage)
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
        // Asked before every act, mostly to hear that nothing came since.
        if entries.is_empty() {
            return Ok(Vec::new());
        }
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
        query: &CaseQuery,
        limit: u32,
    ) -> Result<Vec<CaseRow>, ReadError> {
        let mut connection = self.pool.acquire().await.map_err(storage)?;
        let search = cases::Search::of(query);
        let search = match &search {
            Some(search) => Some((search, way(&mut connection, search).await.map_err(storage)?)),
            None => None,
        };
        let select = cases::page(agency, query, search, Dialect::Postgres, limit);
        let found = fetch(&mut connection, select).await.map_err(storage)?;
        found
            .into_iter()
            .map(|row| cases::row(row).map_err(storage))
            .collect()
    }

    async fn case_row(&self, agency: &Agency, case_id: &str) -> Result<Option<CaseRow>, ReadError> {
        let found = self.select(cases::one(agency, case_id), cases::row).await?;
        Ok(found.into_iter().next())
    }

    async fn case_rows(&self, agency: &Agency, ids: &[String]) -> Result<Vec<CaseRow>, ReadError> {
        let some = cases::some(agency, ids, Dialect::Postgres);
        self.select(some, cases::row).await
    }

    async fn todo(
        &self,
        agency: &Agency,
        query: &TodoQuery,
        limit: u32,
    ) -> Result<Vec<TodoLine>, ReadError> {
        self.select(todo::page(agency, query, limit), todo::line)
            .await
    }

    async fn notable(
        &self,
        agency: &Agency,
        query: &NotableQuery,
        limit: u32,
    ) -> Result<Vec<NotableRow>, ReadError> {
        let page = notable::page(agency, query, limit);
        self.select(page, notable::row).await
    }

    async fn notable_of(
        &self,
        agency: &Agency,
        case_id: &str,
    ) -> Result<Vec<NotableRow>, ReadError> {
        let of_case = notable::of_case(agency, case_id);
        self.select(of_case, notable::row).await
    }

    async fn dues(
        &self,
        agency: &Agency,
        query: &DuesQuery,
        limit: u32,
    ) -> Result<Vec<DuesLine>, ReadError> {
        self.select(dues::page(agency, query, limit), dues::line)
            .await
    }

    async fn dues_named(&self, agency: &Agency, text: &str) -> Result<Vec<DuesLine>, ReadError> {
        let key = dues::key(text);
        if key.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.select(dues::by_code(agency, &key), dues::line).await?;
        let by_number = dues::by_number(agency, &key);
        found.extend(self.select(by_number, dues::line).await?);
        Ok(found)
    }

    async fn dues_of(
        &self,
        agency: &Agency,
        case_ids: &[String],
    ) -> Result<Vec<DuesLine>, ReadError> {
        let of_cases = dues::of_cases(agency, case_ids, Dialect::Postgres);
        self.select(of_cases, dues::line).await
    }

    async fn todo_of(&self, agency: &Agency, case_id: &str) -> Result<Vec<TodoLine>, ReadError> {
        self.select(todo::of_case(agency, case_id), todo::line)
            .await
    }

    async fn clocks(
        &self,
        agency: &Agency,
        query: &ClockQuery,
        limit: u32,
    ) -> Result<Vec<ClockLine>, ReadError> {
        self.select(clocks::page(agency, query, limit), clocks::line)
            .await
    }

    async fn replace_rows(&self, agency: &Agency, cases: &[CaseRows]) -> Result<(), ReadError> {
        let mut transaction = self.pool.begin().await.map_err(storage)?;
        views::replace(&mut transaction, agency, cases)
            .await
            .map_err(storage)?;
        transaction.commit().await.map_err(storage)
    }

    async fn remove_rows(&self, agency: &Agency, case_ids: &[String]) -> Result<(), ReadError> {
        let mut transaction = self.pool.begin().await.map_err(storage)?;
        views::remove(&mut transaction, agency, case_ids)
            .await
            .map_err(storage)?;
        transaction.commit().await.map_err(storage)
    }

    async fn views_are_current(&self) -> Result<bool, ReadError> {
        let (current,): (i64,) = sqlx::query_as(statements::VIEWS_ARE_CURRENT)
            .fetch_one(&self.pool)
            .await
            .map_err(storage)?;
        Ok(current != 0)
    }

    async fn views_rebuilt(&self) -> Result<(), ReadError> {
        sqlx::query(statements::VIEWS_REBUILT)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(storage)
    }

    async fn cases_with_rows(
        &self,
        agency: &Agency,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, ReadError> {
        self.select(cases::known(agency, after, limit), cases::known_id)
            .await
    }

    async fn series(&self, agency: &Agency) -> Result<Vec<SeriesRow>, ReadError> {
        self.select(numbers::series(agency), numbers::series_row)
            .await
    }

    async fn numbers(
        &self,
        agency: &Agency,
        series: &Series,
        after: u32,
        limit: u32,
    ) -> Result<Vec<NumberRow>, ReadError> {
        self.select(numbers::page(agency, series, after, limit), numbers::row)
            .await
    }

    async fn number(&self, agency: &Agency, text: &str) -> Result<Option<NumberRow>, ReadError> {
        let found = self
            .select(numbers::by_text(agency, text), numbers::row)
            .await?;
        Ok(found.into_iter().next())
    }

    async fn outstanding(
        &self,
        agency: &Agency,
        limit: u32,
    ) -> Result<Vec<Outstanding>, ReadError> {
        self.select(outbox::outstanding(agency, limit), outbox::row)
            .await
    }

    async fn done(&self, agency: &Agency, leaf_index: u64, position: u32) -> Result<(), ReadError> {
        sqlx::query(statements::DONE)
            .bind(agency.as_str())
            .bind(stored(leaf_index))
            .bind(i64::from(position))
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(storage)
    }

    async fn lease(
        &self,
        agency: &Agency,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, ReadError> {
        let taken = sqlx::query(statements::LEASE)
            .bind(agency.as_str())
            .bind(name)
            .bind(holder)
            .bind(until.as_millisecond())
            .bind(now.as_millisecond())
            .execute(&self.pool)
            .await
            .map_err(storage)?;
        Ok(taken.rows_affected() > 0)
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

/// The better way to search, by how often the words stand in the list.
async fn way(
    connection: &mut PgConnection,
    search: &cases::Search,
) -> Result<cases::Way, sqlx::Error> {
    let counted = match search.count(Dialect::Postgres) {
        Some(count) => fetch(connection, count)
            .await?
            .pop()
            .and_then(|row| match row[..] {
                [Value::Integer(count)] => Some(count),
                _ => None,
            }),
        None => None,
    };
    Ok(cases::Search::way(counted))
}

/// Reads the rows of a statement by the kinds of its columns.
async fn fetch(
    connection: &mut PgConnection,
    select: Select,
) -> Result<Vec<Vec<Value>>, sqlx::Error> {
    let query = bind_values(sqlx::query(AssertSqlSafe(select.sql)), select.values);
    let column = |row: &PgRow, at: usize, kind: Kind| {
        Ok(match kind {
            Kind::Text => Value::Text(row.try_get(at)?),
            Kind::OptionalText => Value::OptionalText(row.try_get(at)?),
            Kind::Integer => Value::Integer(row.try_get(at)?),
        })
    };
    let rows = query.fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            let kinds = select.kinds.iter().enumerate();
            kinds.map(|(at, kind)| column(row, at, *kind)).collect()
        })
        .collect()
}

pub(crate) fn bind_values(
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
            leaf: row.try_get(5)?,
        })
    }
}
