//! The one writer: commands that wait together are committed together, each under its own savepoint.

use super::open::{OpenError, WriterLock};
use super::{known_request, read_hashes, sql_value};
use crate::read_model;
use crate::rows::{self, stored};
use crate::sequence::{self, Head, Sequenced, storage};
use crate::statements;
use app::ledger::{Agency, Append, AppendError, Appended, StorageCause, StoredCheckpoint};
use proof::tree::{self, KnownHashes};
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::sync::{mpsc, oneshot};

/// A disk sync is shared by at most this many commands, so that none waits for a long batch.
const BATCH: usize = 128;

pub(super) enum Task {
    Append(Box<Append>),
    KeepCheckpoint(Agency, StoredCheckpoint),
}

pub(super) enum Done {
    Appended(Appended),
    Kept,
}

struct Job {
    task: Task,
    reply: oneshot::Sender<Result<Done, AppendError>>,
}

/// The writer thread; it ends, and lets the lock go, when this is dropped.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, lock: WriterLock) -> Result<Self, OpenError> {
        let (jobs, queue) = mpsc::channel(4 * BATCH);
        let work = move || {
            let _lock = lock;
            write_batches(&connection, queue);
        };
        let thread = thread::Builder::new()
            .name("record-writer".to_owned())
            .spawn(work)
            .map_err(|source| OpenError::Folder {
                path: "record-writer".into(),
                source,
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    pub(super) async fn run(&self, task: Task) -> Result<Done, AppendError> {
        let gone = || AppendError::Storage("the writer of the record has ended".into());
        let (reply, answer) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(Job { task, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the record ended in a panic");
        }
    }
}

fn write_batches(connection: &Connection, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(job) = queue.try_recv()
        {
            batch.push(job);
        }
        write_batch(connection, batch);
    }
}

/// Answers only after the commit: what was acknowledged is on the disk.
fn write_batch(connection: &Connection, batch: Vec<Job>) {
    let mut answers = Vec::with_capacity(batch.len());
    let committed = connection.execute_batch("BEGIN IMMEDIATE").and_then(|()| {
        for job in &batch {
            answers.push(under_savepoint(connection, &job.task)?);
        }
        connection.execute_batch("COMMIT")
    });
    match committed {
        Ok(()) => {
            for (job, answer) in batch.into_iter().zip(answers) {
                // Whoever asked may have gone; what it asked for is done all the same.
                let _ = job.reply.send(answer);
            }
        }
        Err(cause) => {
            if !connection.is_autocommit()
                && let Err(error) = connection.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "a failed batch could not be rolled back");
            }
            let cause = Arc::new(cause);
            for job in batch {
                let _ = job.reply.send(Err(storage(Arc::clone(&cause))));
            }
        }
    }
}

/// One refused command must not take its neighbours with it. The outer error means that the whole batch is lost.
fn under_savepoint(
    connection: &Connection,
    task: &Task,
) -> rusqlite::Result<Result<Done, AppendError>> {
    connection.execute_batch("SAVEPOINT command")?;
    let answer = match task {
        Task::Append(append) => self::append(connection, append).map(Done::Appended),
        Task::KeepCheckpoint(agency, checkpoint) => keep(connection, agency, checkpoint),
    };
    match answer {
        Ok(done) => connection
            .execute_batch("RELEASE command")
            .map(|()| Ok(done)),
        // After a full disk and the like SQLite has rolled everything back by itself: then this fails, as it should.
        Err(refused) => connection
            .execute_batch("ROLLBACK TO command; RELEASE command")
            .map(|()| Err(refused)),
    }
}

fn keep(
    connection: &Connection,
    agency: &Agency,
    checkpoint: &StoredCheckpoint,
) -> Result<Done, AppendError> {
    let row = params![agency.as_str(), stored(checkpoint.size), checkpoint.note];
    connection
        .execute(statements::KEEP_CHECKPOINT, row)
        .map_err(storage)?;
    Ok(Done::Kept)
}

fn append(connection: &Connection, append: &Append) -> Result<Appended, AppendError> {
    if let Some(known) =
        known_request(connection, &append.agency, &append.idempotency.key).map_err(storage)?
    {
        return sequence::answer_again(append, known);
    }
    for (stream, expected) in sequence::expectations(append) {
        let actual =
            stream_version(connection, &append.agency, stream.as_str()).map_err(storage)?;
        sequence::check_version(stream, expected, actual)?;
    }
    let (head, known) = read_head(connection, &append.agency).map_err(storage)?;
    let sequenced = sequence::sequence(append, head, &known)?;
    write_entry(connection, append, &sequenced).map_err(storage)?;
    write_projections(connection, append, &sequenced).map_err(storage)?;
    Ok(sequenced.appended)
}

fn stream_version(connection: &Connection, agency: &Agency, stream: &str) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT version FROM streams WHERE agency = $1 AND stream = $2")?
        .query_row(params![agency.as_str(), stream], |row| row.get(0))
        .optional()
        .map(|version| version.unwrap_or(0))
}

fn read_head(
    connection: &Connection,
    agency: &Agency,
) -> Result<(Head, KnownHashes), StorageCause> {
    let found: Option<(i64, i64)> = connection
        .prepare_cached("SELECT size, recorded_at_ms FROM heads WHERE agency = $1")?
        .query_row([agency.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (size, recorded_at_ms) = found.unwrap_or((0, 0));
    let size = rows::count("size", size)?;
    let known = read_hashes(connection, agency, &tree::needed_to_append(size))?;
    Ok((
        Head {
            size,
            recorded_at_ms,
        },
        known.into_iter().collect(),
    ))
}

fn write_entry(
    connection: &Connection,
    append: &Append,
    sequenced: &Sequenced,
) -> rusqlite::Result<()> {
    let agency = append.agency.as_str();
    let (leaf_index, stream_version) = (sequenced.leaf_index(), sequenced.stream_version());
    let run = |sql: &str, row: &[&dyn rusqlite::ToSql]| {
        connection.prepare_cached(sql)?.execute(row).map(drop)
    };
    run(
        "INSERT INTO streams (agency, stream, version) VALUES ($1, $2, $3) \
         ON CONFLICT (agency, stream) DO UPDATE SET version = excluded.version",
        &[&agency, &append.stream.as_str(), &stream_version],
    )?;
    run(
        "INSERT INTO entries (agency, leaf_index, id, stream, stream_version, recorded_at_ms, leaf) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &agency,
            &leaf_index,
            &append.entry.id,
            &append.stream.as_str(),
            &stream_version,
            &sequenced.recorded_at_ms,
            &sequenced.leaf,
        ],
    )?;
    for part in &append.entry.parts {
        run(
            "INSERT INTO parts (agency, leaf_index, label, sensitivity, salt, body) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                &agency,
                &leaf_index,
                &part.label.as_str(),
                &rows::sensitivity_text(part.sensitivity),
                &part.salt.as_slice(),
                &part.body,
            ],
        )?;
    }
    for (index, hash) in &sequenced.hashes {
        run(
            "INSERT INTO tree_hashes (agency, stored_index, hash) VALUES ($1, $2, $3)",
            &[&agency, &stored(*index), &hash.0.as_slice()],
        )?;
    }
    run(
        "INSERT INTO heads (agency, size, recorded_at_ms) VALUES ($1, $2, $3) \
         ON CONFLICT (agency) DO UPDATE SET size = excluded.size, recorded_at_ms = excluded.recorded_at_ms",
        &[&agency, &(leaf_index + 1), &sequenced.recorded_at_ms],
    )?;
    run(
        "INSERT INTO idempotency_keys (agency, key, request_digest, leaf_index) VALUES ($1, $2, $3, $4)",
        &[
            &agency,
            &append.idempotency.key,
            &append.idempotency.request_digest.as_slice(),
            &leaf_index,
        ],
    )
}

fn write_projections(
    connection: &Connection,
    append: &Append,
    sequenced: &Sequenced,
) -> rusqlite::Result<()> {
    for change in &append.projections {
        let (model, values) = read_model::row_of(&append.agency, change, sequenced.recorded_at_ms);
        connection
            .prepare_cached(&model.upsert())?
            .execute(params_from_iter(values.iter().map(sql_value)))?;
    }
    Ok(())
}
