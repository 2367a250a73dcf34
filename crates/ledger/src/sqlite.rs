//! The record in one SQLite file: one writer thread with group commit, a few readers beside it.

mod append;
pub(crate) mod backup;
mod drafts;
mod notes;
mod open;
mod show;
mod views;
mod write;

pub use open::OpenError;

use crate::read_model::{
    Dialect, Kind, Select, Value, cases, clocks, dues, notable, numbers, outbox, todo,
};
use crate::rows::{self, EntryRow, PartRow, RequestRow, storage, stored};
use crate::sequence;
use crate::statements;
use app::ledger::{
    Agency, Append, AppendError, Appended, CLOCKS_OF_CASE, CaseQuery, CaseRow, CaseRows, ClockLine,
    ClockQuery, DuesLine, DuesQuery, HeldRows, KnownRequest, Ledger, NotableQuery, NotableRow,
    Onlooker, Outstanding, ReadError, Recorded, StorageCause, StoredCheckpoint, StoredEntry,
    StreamName, StreamVersion, TodoLine, TodoQuery,
};
use app::numbers::{NumberRow, Series, SeriesRow};
use async_trait::async_trait;
use jiff::Timestamp;
use open::Location;
use proof::Hash;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use write::{Done, Task, Writer};

/// Reads beside the writer; four was the best of 1, 2, 4 and 8 on two cores (docs: libraries, section 9).
const READERS: usize = 4;

/// The record in one SQLite file.
pub struct SqliteLedger {
    // Dropped before the writer: whoever closes the file last folds the write-ahead log into it, and a reader cannot.
    readers: Readers,
    writer: Option<Writer>,
}

impl SqliteLedger {
    /// Opens or creates the file for this process alone: a second writer is refused.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let location = Location::of(path);
        let (connection, lock) = open::for_writing(&location)?;
        Ok(Self {
            writer: Some(Writer::start(connection, lock)?),
            readers: Readers::new(location),
        })
    }

    /// Opens an existing file to read it, also beside the process that writes it. Every append is refused.
    pub fn open_for_reading(path: &Path) -> Result<Self, OpenError> {
        let location = Location::of(path);
        let readers = Readers::new(location);
        readers.keep(open::for_reading(&readers.location)?);
        Ok(Self {
            writer: None,
            readers,
        })
    }

    async fn change<F>(&self, change: F) -> Result<bool, ReadError>
    where
        F: FnOnce(&Connection) -> Result<bool, AppendError> + Send + 'static,
    {
        match self.write(Task::Change(Box::new(change))).await {
            Ok(Done::Changed(answer)) => Ok(answer),
            Ok(Done::Appended(_)) => unreachable!("a change is answered as a change"),
            Err(source) => Err(storage(source)),
        }
    }

    /// Reads rows of a view.
    async fn select<T>(
        &self,
        select: Select,
        lift: fn(Vec<Value>) -> Result<T, StorageCause>,
    ) -> Result<Vec<T>, ReadError>
    where
        T: Send + 'static,
    {
        let read = move |connection: &Connection| lifted(connection, &select, lift);
        self.readers.read(read).await
    }

    async fn write(&self, task: Task) -> Result<Done, AppendError> {
        match &self.writer {
            Some(writer) => writer.run(task).await,
            None => Err(AppendError::Storage(
                "the file was opened for reading only".into(),
            )),
        }
    }
}

/// Read-only connections, opened as they are first needed.
struct Readers {
    location: Location,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    fn new(location: Location) -> Self {
        Self {
            location,
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(READERS)),
        }
    }

    fn keep(&self, connection: Connection) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
    }

    async fn read<T, F>(&self, read: F) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(storage)?;
        let idle = Arc::clone(&self.idle);
        let location = self.location.clone();
        let work = move || {
            let _permit = permit;
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match taken {
                Some(connection) => connection,
                None => open::for_reading(&location).map_err(storage)?,
            };
            let answer = read(&connection);
            idle.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
            answer
        };
        tokio::task::spawn_blocking(work).await.map_err(storage)?
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        sequence::check_texts(&append)?;
        match self.write(Task::Append(Box::new(append))).await? {
            Done::Appended(appended) => Ok(appended),
            Done::Changed(_) => unreachable!("an append is answered as an append"),
        }
    }

    async fn request(&self, agency: &Agency, key: &str) -> Result<Option<KnownRequest>, ReadError> {
        let (agency, key) = (agency.clone(), key.to_owned());
        self.readers
            .read(move |connection| known_request(connection, &agency, &key).map_err(storage))
            .await
    }

    async fn read_stream(
        &self,
        agency: &Agency,
        stream: &StreamName,
        after_version: u64,
    ) -> Result<Vec<Recorded>, ReadError> {
        let (agency, stream, after) = (agency.clone(), stream.clone(), stored(after_version));
        let read = move |connection: &Connection| entries_of(connection, &agency, &stream, after);
        self.readers
            .read(read)
            .await?
            .into_iter()
            .map(StoredEntry::parse)
            .collect()
    }

    async fn read_streams(
        &self,
        agency: &Agency,
        streams: &[StreamName],
    ) -> Result<Vec<Vec<Recorded>>, ReadError> {
        let (agency, streams) = (agency.clone(), streams.to_vec());
        // Read where the rows are: one hand-over to a reader instead of one for each stream.
        let read = move |connection: &Connection| {
            let entries = |stream| {
                let entries = entries_of(connection, &agency, stream, 0)?;
                entries.into_iter().map(StoredEntry::parse).collect()
            };
            streams.iter().map(entries).collect()
        };
        self.readers.read(read).await
    }

    async fn news(
        &self,
        agency: &Agency,
        prefix: &str,
        limit: u32,
        stream: &StreamName,
        after_version: u64,
    ) -> Result<(Vec<StreamVersion>, Vec<Recorded>), ReadError> {
        let (agency, prefix) = (agency.clone(), prefix.to_owned());
        let (stream, after) = (stream.clone(), stored(after_version));
        // One hand-over to a reader instead of two.
        let read = move |connection: &Connection| {
            let streams = streams(connection, &agency, &prefix, "", limit)?;
            let entries = entries_of(connection, &agency, &stream, after)?;
            Ok((streams, entries))
        };
        let (streams, entries) = self.readers.read(read).await?;
        let entries = entries.into_iter().map(StoredEntry::parse);
        Ok((streams, entries.collect::<Result<_, _>>()?))
    }

    async fn list_streams(
        &self,
        agency: &Agency,
        prefix: &str,
        after: Option<&StreamName>,
        limit: u32,
    ) -> Result<Vec<StreamVersion>, ReadError> {
        let (agency, prefix, after) = (
            agency.clone(),
            prefix.to_owned(),
            after.map(StreamName::as_str).unwrap_or("").to_owned(),
        );
        let read =
            move |connection: &Connection| streams(connection, &agency, &prefix, &after, limit);
        self.readers.read(read).await
    }

    async fn cases(
        &self,
        agency: &Agency,
        query: &CaseQuery,
        limit: u32,
    ) -> Result<Vec<CaseRow>, ReadError> {
        let (agency, query) = (agency.clone(), query.clone());
        let read = move |connection: &Connection| {
            let search = cases::Search::of(&query);
            let search = match &search {
                Some(search) => Some((search, way(connection, search)?)),
                None => None,
            };
            let select = cases::page(&agency, &query, search, Dialect::Sqlite, limit);
            fetch(connection, &select)
        };
        let found = self.readers.read(read).await?;
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
        let some = cases::some(agency, ids, Dialect::Sqlite);
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
        let of_cases = dues::of_cases(agency, case_ids, Dialect::Sqlite);
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

    async fn held_rows(
        &self,
        agency: &Agency,
        case_ids: &[String],
    ) -> Result<Vec<HeldRows>, ReadError> {
        let (agency, case_ids) = (agency.clone(), case_ids.to_vec());
        let read = move |connection: &Connection| {
            let held = |case_id: &String| held_rows(connection, &agency, case_id);
            case_ids.iter().map(held).collect()
        };
        self.readers.read(read).await
    }

    async fn replace_rows(&self, agency: &Agency, cases: &[CaseRows]) -> Result<(), ReadError> {
        let (agency, cases) = (agency.clone(), cases.to_vec());
        let replace = move |connection: &Connection| {
            for case in &cases {
                views::replace(connection, &agency, case).map_err(sequence::storage)?;
            }
            Ok(true)
        };
        self.change(replace).await.map(drop)
    }

    async fn remove_rows(&self, agency: &Agency, case_ids: &[String]) -> Result<(), ReadError> {
        let (agency, case_ids) = (agency.clone(), case_ids.to_vec());
        let remove = move |connection: &Connection| {
            for case_id in &case_ids {
                views::remove(connection, &agency, case_id).map_err(sequence::storage)?;
            }
            Ok(true)
        };
        self.change(remove).await.map(drop)
    }

    async fn views_are_current(&self) -> Result<bool, ReadError> {
        let read = |connection: &Connection| {
            connection
                .query_row(statements::VIEWS_ARE_CURRENT, [], |row| row.get(0))
                .map_err(storage)
        };
        self.readers.read(read).await
    }

    async fn views_rebuilt(&self) -> Result<(), ReadError> {
        self.change(|connection| changed(connection, statements::VIEWS_REBUILT, []))
            .await
            .map(drop)
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
        let (agency, leaf_index) = (agency.clone(), stored(leaf_index));
        let done = move |connection: &Connection| {
            let place = params![agency.as_str(), leaf_index, position];
            changed(connection, statements::DONE, place)
        };
        self.change(done).await.map(drop)
    }

    async fn lease(
        &self,
        agency: &Agency,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, ReadError> {
        let (agency, name, holder) = (agency.clone(), name.to_owned(), holder.to_owned());
        let take = move |connection: &Connection| {
            let (now, until) = (now.as_millisecond(), until.as_millisecond());
            let row = params![agency.as_str(), name, holder, until, now];
            changed(connection, statements::LEASE, row)
        };
        self.change(take).await
    }

    async fn agencies(&self) -> Result<Vec<Agency>, ReadError> {
        let read =
            |connection: &Connection| query(connection, statements::AGENCIES, [], |row| row.get(0));
        let found: Vec<String> = self.readers.read(read).await?;
        found
            .into_iter()
            .map(|text| rows::agency(text).map_err(storage))
            .collect()
    }

    async fn tree_size(&self, agency: &Agency) -> Result<u64, ReadError> {
        let agency = agency.clone();
        let read = move |connection: &Connection| {
            connection
                .query_row(statements::TREE_SIZE, [agency.as_str()], |row| row.get(0))
                .optional()
                .map_err(storage)
        };
        let size: Option<i64> = self.readers.read(read).await?;
        rows::count("size", size.unwrap_or(0)).map_err(storage)
    }

    async fn entries(
        &self,
        agency: &Agency,
        from: u64,
        limit: u32,
    ) -> Result<Vec<StoredEntry>, ReadError> {
        let (agency, from) = (agency.clone(), stored(from));
        let read = move |connection: &Connection| {
            let place = params![agency.as_str(), from, limit];
            let entries = query(connection, statements::ENTRIES_OF_RANGE, place, entry_row)?;
            let Some(last) = entries.last() else {
                return Ok(Vec::new());
            };
            let place = params![agency.as_str(), from, last.leaf_index];
            let parts = query(connection, statements::PARTS_OF_RANGE, place, part_row)?;
            rows::assemble(entries, parts)
        };
        self.readers.read(read).await
    }

    async fn show(
        &self,
        agency: &Agency,
        from: u64,
        to: u64,
        onlooker: Arc<Mutex<dyn Onlooker>>,
    ) -> Result<(), ReadError> {
        let agency = agency.clone();
        let show = move |connection: &Connection| {
            let mut onlooker = onlooker.lock().unwrap_or_else(PoisonError::into_inner);
            show::stretch(connection, &agency, (from, to), &mut *onlooker)
        };
        self.readers.read(show).await
    }

    async fn hashes(
        &self,
        agency: &Agency,
        indexes: &[u64],
    ) -> Result<Vec<(u64, Hash)>, ReadError> {
        let agency = agency.clone();
        let mut indexes = indexes.to_vec();
        indexes.sort_unstable();
        self.readers
            .read(move |connection| read_hashes(connection, &agency, &indexes).map_err(storage))
            .await
    }

    async fn checkpoint(&self, agency: &Agency) -> Result<Option<StoredCheckpoint>, ReadError> {
        let agency = agency.clone();
        let read = move |connection: &Connection| {
            connection
                .query_row(statements::CHECKPOINT, [agency.as_str()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
                .map_err(storage)
        };
        let found: Option<(i64, String)> = self.readers.read(read).await?;
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
        let (agency, checkpoint) = (agency.clone(), checkpoint.clone());
        let keep = move |connection: &Connection| {
            let row = params![agency.as_str(), stored(checkpoint.size), checkpoint.note];
            changed(connection, statements::KEEP_CHECKPOINT, row)
        };
        self.change(keep).await.map(drop)
    }
}

/// Runs a statement; true when it changed a row.
fn changed(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<bool, AppendError> {
    let mut statement = connection.prepare_cached(sql).map_err(sequence::storage)?;
    let rows = statement.execute(parameters).map_err(sequence::storage)?;
    Ok(rows > 0)
}

/// The entries of a stream after a version, with their parts.
fn entries_of(
    connection: &Connection,
    agency: &Agency,
    stream: &StreamName,
    after: i64,
) -> Result<Vec<StoredEntry>, ReadError> {
    let place = params![agency.as_str(), stream.as_str(), after];
    let entries = query(connection, statements::ENTRIES_OF_STREAM, place, entry_row)?;
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let parts = query(connection, statements::PARTS_OF_STREAM, place, part_row)?;
    rows::assemble(entries, parts)
}

fn streams(
    connection: &Connection,
    agency: &Agency,
    prefix: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<StreamVersion>, ReadError> {
    let end = statements::list_end(prefix);
    let place = params![agency.as_str(), prefix, end, after, limit];
    let found: Vec<(String, i64)> = query(connection, statements::STREAMS, place, |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let versions = found.into_iter();
    versions
        .map(|(stream, version)| rows::stream_version(stream, version).map_err(storage))
        .collect()
}

/// The better way to search, by how often the words stand in the list.
fn way(connection: &Connection, search: &cases::Search) -> Result<cases::Way, ReadError> {
    let counted = match search.count(Dialect::Sqlite) {
        Some(count) => fetch(connection, &count)?
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
fn held_rows(
    connection: &Connection,
    agency: &Agency,
    case_id: &str,
) -> Result<HeldRows, ReadError> {
    let query = ClockQuery::of_case(case_id);
    let row = lifted(connection, &cases::one(agency, case_id), cases::row)?;
    Ok(HeldRows {
        row: row.into_iter().next(),
        clocks: lifted(
            connection,
            &clocks::page(agency, &query, CLOCKS_OF_CASE),
            clocks::line,
        )?,
        todo: lifted(connection, &todo::of_case(agency, case_id), todo::line)?,
        notable: lifted(connection, &notable::of_case(agency, case_id), notable::row)?,
        dues: lifted(
            connection,
            &dues::of_cases(agency, &[case_id.to_owned()], Dialect::Sqlite),
            dues::line,
        )?,
    })
}

fn lifted<T>(
    connection: &Connection,
    select: &Select,
    lift: fn(Vec<Value>) -> Result<T, StorageCause>,
) -> Result<Vec<T>, ReadError> {
    let found = fetch(connection, select)?.into_iter();
    found.map(|row| lift(row).map_err(storage)).collect()
}

fn fetch(connection: &Connection, select: &Select) -> Result<Vec<Vec<Value>>, ReadError> {
    fetch_rows(connection, select).map_err(storage)
}

fn fetch_rows(connection: &Connection, select: &Select) -> rusqlite::Result<Vec<Vec<Value>>> {
    let parameters = params_from_iter(select.values.iter().map(sql_value));
    let mut statement = connection.prepare_cached(&select.sql)?;
    let rows = statement.query_map(parameters, |row| {
        let column = |(at, kind): (usize, &Kind)| {
            Ok(match kind {
                Kind::Text => Value::Text(row.get(at)?),
                Kind::OptionalText => Value::OptionalText(row.get(at)?),
                Kind::Integer => Value::Integer(row.get(at)?),
            })
        };
        select.kinds.iter().enumerate().map(column).collect()
    })?;
    rows.collect()
}

fn query<T, P, F>(
    connection: &Connection,
    sql: &str,
    parameters: P,
    row: F,
) -> Result<Vec<T>, ReadError>
where
    P: rusqlite::Params,
    F: FnMut(&Row<'_>) -> rusqlite::Result<T>,
{
    let mut statement = connection.prepare_cached(sql).map_err(storage)?;
    let rows = statement.query_map(parameters, row).map_err(storage)?;
    rows.collect::<Result<_, _>>().map_err(storage)
}

fn entry_row(row: &Row<'_>) -> rusqlite::Result<EntryRow> {
    Ok(EntryRow {
        leaf_index: row.get(0)?,
        id: row.get(1)?,
        stream: row.get(2)?,
        stream_version: row.get(3)?,
        recorded_at_ms: row.get(4)?,
        leaf: row.get(5)?,
    })
}

fn part_row(row: &Row<'_>) -> rusqlite::Result<PartRow> {
    Ok(PartRow {
        leaf_index: row.get(0)?,
        label: row.get(1)?,
        sensitivity: row.get(2)?,
        salt: row.get(3)?,
        body: row.get(4)?,
    })
}

fn known_request(
    connection: &Connection,
    agency: &Agency,
    key: &str,
) -> Result<Option<KnownRequest>, StorageCause> {
    let found = connection
        .prepare_cached(statements::REQUEST)?
        .query_row(params![agency.as_str(), key], |row| {
            Ok(RequestRow {
                request_digest: row.get(0)?,
                stream: row.get(1)?,
                leaf_index: row.get(2)?,
                stream_version: row.get(3)?,
                recorded_at_ms: row.get(4)?,
                leaf: row.get(5)?,
            })
        })
        .optional()?;
    found.map(RequestRow::lift).transpose()
}

/// The hashes of a run, one for each index if none is missing; an index that need not be read is a column less of each row.
const HASHES_OF_RUN: &str = "SELECT hash FROM tree_hashes \
    WHERE agency = $1 AND stored_index >= $2 AND stored_index <= $3 ORDER BY stored_index";
const HASHES_BETWEEN: &str = "SELECT stored_index, hash FROM tree_hashes \
    WHERE agency = $1 AND stored_index >= $2 AND stored_index <= $3 ORDER BY stored_index";

fn read_hashes(
    connection: &Connection,
    agency: &Agency,
    indexes: &[u64],
) -> Result<Vec<(u64, Hash)>, StorageCause> {
    let mut found = Vec::with_capacity(indexes.len());
    // A whole log is asked for in runs, a proof in single hashes: one query for each run serves both.
    for run in indexes.chunk_by(|one, next| one.checked_add(1) == Some(*next)) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let place = params![agency.as_str(), stored(*first), stored(*last)];
        let before = found.len();
        let mut statement = connection.prepare_cached(HASHES_OF_RUN)?;
        let mut rows = statement.query(place)?;
        let mut indexes = run.iter();
        while let (Some(row), Some(index)) = (rows.next()?, indexes.next()) {
            found.push((*index, rows::hash_of(row.get_ref(0)?.as_blob()?)?));
        }
        // Each index has one hash: as many as were asked for are those that were asked for.
        if found.len() - before == run.len() {
            continue;
        }
        found.truncate(before);
        let mut statement = connection.prepare_cached(HASHES_BETWEEN)?;
        let mut rows = statement.query(place)?;
        while let Some(row) = rows.next()? {
            let index = rows::count("stored_index", row.get(0)?)?;
            found.push((index, rows::hash_of(row.get_ref(1)?.as_blob()?)?));
        }
    }
    Ok(found)
}

pub(crate) fn sql_value(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Text(text) => text.clone().into(),
        Value::OptionalText(text) => text.clone().into(),
        Value::Integer(number) => (*number).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::ledger::{CaseCursor, CaseOrder};
    use vocabulary::Day;

    #[tokio::test]
    async fn a_search_by_words_looks_up_what_it_found_and_never_walks_the_list() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = SqliteLedger::open(&folder.path().join("record.sqlite")).expect("a file");
        let agency = Agency::parse("yongan").expect("a name");
        let cursor = CaseCursor {
            updated_at: Timestamp::UNIX_EPOCH,
            next_due: Some(Day::parse("2026-10-20").expect("a day")),
            case_id: "a".to_owned(),
        };
        for order in [CaseOrder::Touched, CaseOrder::Due] {
            for (after, phase) in [
                (None, None),
                (None, Some("filed")),
                (Some(cursor.clone()), None),
            ] {
                let of = CaseQuery {
                    order,
                    after,
                    phase: phase.map(str::to_owned),
                    text: Some("渠首".to_owned()),
                    ..CaseQuery::default()
                };
                let search = cases::Search::of(&of).expect("a text");
                let way = Some((&search, cases::Way::ByWords));
                let select = cases::page(&agency, &of, way, Dialect::Sqlite, 21);
                let read = move |connection: &Connection| {
                    let parameters = params_from_iter(select.values.iter().map(sql_value));
                    let sql = format!("EXPLAIN QUERY PLAN {}", select.sql);
                    query(connection, &sql, parameters, |row| row.get::<_, String>(3))
                };
                let plan = ledger.readers.read(read).await.expect("explained");
                let looks_up =
                    |step: &String| step.starts_with("SEARCH case_index USING PRIMARY KEY");
                assert!(plan.iter().any(looks_up), "{order:?} {plan:?}");
            }
        }
    }
}
