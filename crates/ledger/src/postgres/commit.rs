//! The committer of this process: appends that wait together become one transaction.
//!
//! Several processes work on one database. Whoever lost against another is found and answered before the head of a log
//! is locked; everything else is judged in memory under that lock. No savepoints are needed, for nothing is written
//! that was not accepted.

use super::load::{self, States};
use super::{purge, write};
use crate::register::Wanted;
use crate::sequence::{Admitted, storage};
use app::ledger::{Agency, Append, AppendError, Appended, StorageCause};
use sqlx::PgPool;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// A commit is shared by at most this many appends, so that none waits for a long batch.
const BATCH: usize = 256;

type Answer = Result<Appended, AppendError>;

struct Job {
    append: Append,
    reply: oneshot::Sender<Answer>,
}

/// The way to the committer; it ends when this is dropped.
pub(super) struct Committer {
    jobs: mpsc::Sender<Job>,
}

impl Committer {
    /// `owes_purge`: parts were destroyed before and their tables not vacuumed since.
    pub(super) fn start(pool: PgPool, owes_purge: bool) -> Self {
        let (jobs, queue) = mpsc::channel(4 * BATCH);
        tokio::spawn(commit_batches(pool, queue, owes_purge));
        Self { jobs }
    }

    pub(super) async fn append(&self, append: Append) -> Answer {
        let gone = || AppendError::Storage("the committer of the record has ended".into());
        let (reply, answer) = oneshot::channel();
        self.jobs
            .send(Job { append, reply })
            .await
            .map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn commit_batches(pool: PgPool, mut queue: mpsc::Receiver<Job>, mut owes_purge: bool) {
    if owes_purge {
        // Left over from a crash; where it fails, it is tried again after the next batch.
        let _ = pay_purge(&pool, &mut owes_purge).await;
    }
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let (appends, replies): (Vec<Append>, Vec<_>) =
            batch.drain(..).map(|job| (job.append, job.reply)).unzip();
        let answers = answer(&pool, &mut owes_purge, &appends).await;
        for (reply, answer) in replies.into_iter().zip(answers) {
            // Whoever asked may have gone; what it asked for is done all the same.
            let _ = reply.send(answer);
        }
    }
}

async fn answer(pool: &PgPool, owes_purge: &mut bool, appends: &[Append]) -> Vec<Answer> {
    let all: Vec<&Append> = appends.iter().collect();
    let mut answers = match commit(pool, &all).await {
        Ok(answers) => answers,
        // The database refused what was judged to be sound: whoever is at fault must not take the others along.
        Err(cause) if all.len() > 1 && is_refusal(&cause) => {
            let mut answers = Vec::with_capacity(all.len());
            for append in all {
                answers.extend(match commit(pool, &[append]).await {
                    Ok(answers) => answers,
                    Err(cause) => vec![Err(AppendError::Storage(cause))],
                });
            }
            answers
        }
        Err(cause) => {
            let cause: Arc<dyn std::error::Error + Send + Sync> = Arc::from(cause);
            all.iter()
                .map(|_| Err(storage(Arc::clone(&cause))))
                .collect()
        }
    };
    let destroys = |append: &Append| !append.entry.destroys.is_empty();
    let destroyed = appends.iter().any(destroys);
    *owes_purge |= destroyed;
    if *owes_purge && let Err(cause) = pay_purge(pool, owes_purge).await {
        for (append, answer) in appends.iter().zip(&mut answers) {
            if destroys(append) && answer.is_ok() {
                *answer = Err(storage(Arc::clone(&cause)));
            }
        }
    }
    answers
}

/// The server answered, and with an error of its own: the connection is whole and the transaction is undone.
fn is_refusal(cause: &StorageCause) -> bool {
    let cause = cause.downcast_ref::<sqlx::Error>();
    cause.is_some_and(|cause| cause.as_database_error().is_some())
}

async fn pay_purge(pool: &PgPool, owes_purge: &mut bool) -> Result<(), Arc<sqlx::Error>> {
    let pay = async {
        let mut connection = pool.acquire().await?;
        if purge::is_owed(&mut connection).await? {
            purge::purge(&mut connection).await?;
        }
        Ok(())
    };
    match pay.await {
        Ok(()) => {
            *owes_purge = false;
            Ok(())
        }
        Err(error) => {
            let error: sqlx::Error = error;
            tracing::error!(%error, "what was destroyed may still stand in the tables; it is tried again");
            Err(Arc::new(error))
        }
    }
}

/// Appends all that can be; the outer error means that nothing of it was written.
async fn commit(pool: &PgPool, appends: &[&Append]) -> Result<Vec<Answer>, StorageCause> {
    let mut transaction = pool.begin().await?;
    let states = load::first_look(&mut transaction, appends).await?;
    let mut answers: Vec<Option<Answer>> = too_late(appends, &states);
    let still: Vec<&Append> = remaining(appends, &answers);
    if !still.is_empty() {
        let states = load::lock_heads(&mut transaction, &still, states).await?;
        let (states, judged) = judge(&mut transaction, &still, states).await?;
        let mut judged = judged.into_iter();
        let mut accepted = Vec::with_capacity(still.len());
        for (append, answer) in appends.iter().zip(&mut answers) {
            if answer.is_some() {
                continue;
            }
            *answer = judged.next().map(|admitted| match admitted? {
                Admitted::Again(appended) => Ok(appended),
                Admitted::New(sequenced) => {
                    let appended = sequenced.appended.clone();
                    accepted.push((*append, sequenced));
                    Ok(appended)
                }
            });
        }
        if !accepted.is_empty() {
            write::write(&mut transaction, &accepted, &states).await?;
        }
    }
    transaction.commit().await?;
    let unanswered = || Err(storage("an append of the batch was not judged"));
    Ok(answers
        .into_iter()
        .map(|answer| answer.unwrap_or_else(unanswered))
        .collect())
}

/// Refuses what rests on a version that a stream has passed already. An earlier append of the same batch may bring a
/// stream further, so only versions *below* the stored one are too late here.
fn too_late(appends: &[&Append], states: &States) -> Vec<Option<Answer>> {
    appends
        .iter()
        .map(|append| {
            let state = states.get(&append.agency)?;
            if state.requests.contains_key(&append.idempotency.key) {
                return None;
            }
            match state.check_versions(append) {
                Err(AppendError::Stale {
                    stream,
                    expected,
                    actual,
                }) if expected < actual => Some(Err(AppendError::Stale {
                    stream,
                    expected,
                    actual,
                })),
                _ => None,
            }
        })
        .collect()
}

fn remaining<'a>(appends: &[&'a Append], answers: &[Option<Answer>]) -> Vec<&'a Append> {
    appends
        .iter()
        .zip(answers)
        .filter(|(_, answer)| answer.is_none())
        .map(|(append, _)| *append)
        .collect()
}

/// Judges the appends in order; where a claim asks for a number that was not looked up, looks it up and begins again.
async fn judge(
    connection: &mut sqlx::PgConnection,
    appends: &[&Append],
    mut states: States,
) -> Result<(States, Vec<Result<Admitted, AppendError>>), StorageCause> {
    let mut wanted: BTreeMap<Agency, Wanted> = BTreeMap::new();
    for (agency, state) in &states {
        let theirs = appends.iter().filter(|append| append.agency == *agency);
        wanted.insert(agency.clone(), state.wanted_by(theirs.copied()));
    }
    loop {
        for (agency, wanted) in std::mem::take(&mut wanted) {
            if let Some(state) = states.get_mut(&agency)
                && !wanted.is_empty()
            {
                let rows = load::numbers_wanted(connection, &agency, &wanted).await?;
                state.register.learn(wanted, rows);
            }
        }
        let mut judged_states = states.clone();
        let judged = appends
            .iter()
            .map(|append| {
                let state = judged_states.entry(append.agency.clone()).or_default();
                state.admit(append, wanted.entry(append.agency.clone()).or_default())
            })
            .collect();
        if wanted.values().all(Wanted::is_empty) {
            return Ok((judged_states, judged));
        }
    }
}
