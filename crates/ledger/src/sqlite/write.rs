//! The one writer: commands that wait together are committed together, each under its own savepoint.

use super::append;
use super::open::{self, OpenError, WriterLock};
use crate::sequence::storage;
use crate::statements;
use app::ledger::{Append, AppendError, Appended};
use rusqlite::Connection;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// A disk sync is shared by at most this many commands, so that none waits for a long batch.
const BATCH: usize = 128;
/// So many in one batch show that many are at work.
const MANY: usize = 4;
/// The next ones are waited for that often, and that long each time.
const MOMENTS: u32 = 12;
const MOMENT: Duration = Duration::from_micros(400);
const RESTS: u32 = 16;

/// How often, and each time how long, readers are waited for that still hold what was destroyed.
const CHECKPOINT_TRIES: u32 = 6;
const CHECKPOINT_PATIENCE: Duration = Duration::from_secs(5);

/// A write that is no append: it changes nothing of the record.
pub(super) type Change = Box<dyn FnOnce(&Connection) -> Result<bool, AppendError> + Send>;

pub(super) enum Task {
    Append(Box<Append>),
    Change(Change),
}

#[derive(Clone)]
pub(super) enum Done {
    Appended(Appended),
    Changed(bool),
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
        let owes_purge = is_purge_owed(&connection).map_err(|source| OpenError::Database {
            path: connection.path().unwrap_or_default().into(),
            source,
        })?;
        let work = move || {
            let _lock = lock;
            write_batches(&connection, queue, owes_purge);
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

fn write_batches(connection: &Connection, mut queue: mpsc::Receiver<Job>, mut owes_purge: bool) {
    // Left over from a crash; where it fails, it is tried again after the next batch.
    let _ = purge(connection, &mut owes_purge, false);
    let mut gathering = Gathering::default();
    while let Some(first) = queue.blocking_recv() {
        let batch = gathering.batch(first, &mut queue);
        write_batch(connection, &mut owes_purge, batch);
    }
}

/// Puts together what one commit takes. Where many are at work, the next ones are waited for a moment: a commit costs as much
/// for one entry as for dozens. Somebody alone never waits.
#[derive(Default)]
struct Gathering {
    last: usize,
    /// Waiting brought nothing: for so many batches it is not tried again.
    rests: u32,
}

impl Gathering {
    fn batch(&mut self, first: Job, queue: &mut mpsc::Receiver<Job>) -> Vec<Job> {
        let mut batch = vec![first];
        let mut drain = |batch: &mut Vec<Job>| {
            while batch.len() < BATCH
                && let Ok(job) = queue.try_recv()
            {
                batch.push(job);
            }
        };
        drain(&mut batch);
        let wanted = BATCH.min(self.last * 2);
        if self.last < MANY || batch.len() >= wanted {
            self.rests = 0;
        } else if self.rests > 0 {
            self.rests -= 1;
        } else {
            let before = batch.len();
            for _ in 0..MOMENTS {
                thread::park_timeout(MOMENT);
                drain(&mut batch);
                if batch.len() >= wanted {
                    break;
                }
            }
            if batch.len() < before + before / 4 {
                self.rests = RESTS;
            }
        }
        self.last = batch.len();
        batch
    }
}

type Answer = Result<Done, AppendError>;
type Reply = oneshot::Sender<Answer>;

/// Answers only after the commit: what was acknowledged is on the disk, and what was destroyed is gone from it.
fn write_batch(connection: &Connection, owes_purge: &mut bool, batch: Vec<Job>) {
    let mut replies: Vec<(Reply, bool)> = Vec::with_capacity(batch.len());
    let mut answers = Vec::with_capacity(batch.len());
    let mut run = |task| {
        let answer = under_savepoint(connection, task)?;
        answers.push(answer);
        Ok(())
    };
    let mut committed = connection.execute_batch("BEGIN IMMEDIATE");
    for job in batch {
        let destroys =
            matches!(&job.task, Task::Append(append) if !append.entry.destroys.is_empty());
        replies.push((job.reply, destroys));
        committed = committed.and_then(|()| run(job.task));
    }
    match committed.and_then(|()| connection.execute_batch("COMMIT")) {
        Ok(()) => {
            let destroyed = replies.iter().any(|(_, destroys)| *destroys);
            let purged = purge(connection, owes_purge, destroyed);
            for ((reply, destroys), mut answer) in replies.into_iter().zip(answers) {
                if destroys && let Err(cause) = &purged {
                    answer = answer.and(Err(storage(Arc::clone(cause))));
                }
                // Whoever asked may have gone; what it asked for is done all the same.
                let _ = reply.send(answer);
            }
        }
        Err(cause) => {
            if !connection.is_autocommit()
                && let Err(error) = connection.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "a failed batch could not be rolled back");
            }
            let cause = Arc::new(cause);
            for (reply, _) in replies {
                let _ = reply.send(Err(storage(Arc::clone(&cause))));
            }
        }
    }
}

/// One refused command must not take its neighbours with it. The outer error means that the whole batch is lost.
fn under_savepoint(connection: &Connection, task: Task) -> rusqlite::Result<Answer> {
    let run = |sql: &str| connection.prepare_cached(sql)?.execute([]).map(drop);
    run("SAVEPOINT command")?;
    let answer = match task {
        Task::Append(append) => append::append(connection, &append).map(Done::Appended),
        Task::Change(change) => change(connection).map(Done::Changed),
    };
    // After a full disk and the like SQLite has rolled everything back by itself: then these fail, as they should.
    if answer.is_err() {
        run("ROLLBACK TO command")?;
    }
    run("RELEASE command")?;
    Ok(answer)
}

/// After parts were destroyed: leaves no trace of them in the file, its free pages or the write-ahead log.
///
/// Deleting overwrites (`secure_delete`), but a row that had moved between pages may have left a copy in a gap of the
/// old page; so the file is written anew. It is owed until it is done, also after a crash: the mark stands in the file.
fn purge(
    connection: &Connection,
    owed: &mut bool,
    destroyed: bool,
) -> Result<(), Arc<rusqlite::Error>> {
    // A repeated request destroys nothing again, but is answered only when what it destroyed is gone.
    if destroyed && !*owed {
        *owed = is_purge_owed(connection)?;
    }
    if !*owed {
        return Ok(());
    }
    let purged = write_anew(connection)
        .and_then(|()| truncate_log(connection))
        .and_then(|()| connection.execute(statements::PURGED, []));
    match purged {
        Ok(_) => {
            *owed = false;
            Ok(())
        }
        Err(error) => {
            tracing::error!(%error, "what was destroyed may still stand in the data file; it is tried again");
            Err(Arc::new(error))
        }
    }
}

fn write_anew(connection: &Connection) -> rusqlite::Result<()> {
    open::keep_savepoints_in_memory(connection, false)?;
    let written = connection.execute_batch("VACUUM");
    open::keep_savepoints_in_memory(connection, true)?;
    written
}

pub(super) fn is_purge_owed(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(statements::IS_PURGE_OWED, [], |row| {
        row.get(0).map(|count: i64| count > 0)
    })
}

/// Brings the write-ahead log into the file and empties it, waiting for readers that still hold a part of it.
fn truncate_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(CHECKPOINT_PATIENCE)?;
    for _ in 0..CHECKPOINT_TRIES {
        let busy: i64 =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 {
            return Ok(());
        }
    }
    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    let held = "a reader holds what was destroyed".to_owned();
    Err(rusqlite::Error::SqliteFailure(busy, Some(held)))
}
