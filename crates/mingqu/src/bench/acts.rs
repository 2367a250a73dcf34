//! Durable acts per second through `decide`, beside the same appends without deciding.
//!
//! Whole demonstration cases are performed by many tasks at once. Of as many others the ledger keeps what it was given, which
//! is not measured; exactly those appends then go straight to a fresh one, by as many tasks.

use super::record::{Store, office_on};
use super::report::{Limit, Report, best_and_middle, percent, rate};
use super::stopwatch::Stopwatch;
use crate::demo::small::DemoCase;
use anyhow::{Context as _, Result};
use app::ledger::{
    Agency, Append, AppendError, Appended, CaseQuery, CaseRow, CaseRows, ClockLine, ClockQuery,
    DuesLine, DuesQuery, KnownRequest, Ledger, NotableQuery, NotableRow, Onlooker, Outstanding,
    ReadError, Recorded, StoredCheckpoint, StoredEntry, StreamName, StreamVersion, TodoLine,
    TodoQuery,
};
use app::notes::{Note, Notes};
use app::numbers::{NumberRow, Series, SeriesRow};
use app::{ActRequest, Office, Target};
use async_trait::async_trait;
use jiff::Timestamp;
use proof::Hash;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

/// Work at the same time.
pub(super) const TASKS: usize = 64;
/// Cases that are performed from their first to their last act, in each round.
const CASES: u64 = 384;
const ROUNDS: usize = 5;

/// The entries a second that the record takes without a decision.
pub(super) async fn measure(
    name: &str,
    decided: &Store,
    bare: &Store,
    report: &mut Report,
) -> Result<u64> {
    let captured = Arc::new(Captured::of(decided.open().await?));
    let office = Arc::new(office_on(Arc::clone(&captured) as Arc<dyn Ledger>)?);
    let ledger = bare.open().await?;
    // By turns, each round going on where the one before ended: what disturbs the machine disturbs both.
    let (mut acts, mut bares, mut count) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        captured.keep(true);
        perform_cases(&office, CASES).await?;
        captured.keep(false);
        let watch = Stopwatch::start();
        let performed = perform_cases(&office, CASES).await?;
        acts.push(rate(performed, watch.nanoseconds()));
        let appends = captured.take();
        count = u64::try_from(appends.len()).unwrap_or(0);
        let watch = Stopwatch::start();
        append_all(&ledger, appends).await?;
        bares.push(rate(count, watch.nanoseconds()));
    }
    let (acts, middle) = best_and_middle(acts);
    let (bare, middle_bare) = best_and_middle(bares);
    let middle = percent(middle, middle_bare);
    let share = percent(acts, bare);
    report.line(
        &format!("acts_{name}"),
        json!({ "per_second": acts, "bare_per_second": bare, "percent": share, "wanted_percent": 50, "acts": count, "rounds": ROUNDS, "middle_percent": middle }),
        &format!("{name}：经判断的行为  每秒{acts}；同样的写入不作判断  每秒{bare}；{share}%（要求50%；轮流{ROUNDS}次，各取最好；各取中间的为{middle}%）"),
    );
    let what = format!("{name}：经判断的行为，为不作判断的");
    report.judge(what, share, "%", Limit::AtLeast(50));
    Ok(bare)
}

/// Counts the parties of all rounds: the next round goes on in the same record.
static PARTIES: AtomicU64 = AtomicU64::new(0);

/// Performs so many demonstration cases; the number of acts.
pub(super) async fn perform_cases(office: &Arc<Office>, cases: u64) -> Result<u64> {
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (office, next) = (Arc::clone(office), Arc::clone(&next));
        tasks.spawn(async move {
            let demo = DemoCase::read()?;
            let today = office.now().day;
            let steps: Vec<ActRequest> = demo
                .steps
                .into_iter()
                .map(|step| step.request(today))
                .collect();
            let mut acts = 0;
            while next.fetch_add(1, Ordering::Relaxed) < cases {
                let number = PARTIES.fetch_add(1, Ordering::Relaxed);
                let mut target = Target::NewCase {
                    procedure: demo.procedure.clone(),
                };
                for step in &steps {
                    let mut step = step.clone();
                    // Each case is about somebody else: nobody is fined twice for the same.
                    for party in &mut step.introduces {
                        party.name.push_str(&format!("{number:06}"));
                    }
                    let done = office.rehearse(&target, &step, &office.new_token()).await;
                    let done = done.with_context(|| step.event.clone())?;
                    target = Target::Case {
                        case_id: done.case_id,
                        seen: Some(done.version),
                    };
                    acts += 1;
                }
            }
            anyhow::Ok(acts)
        });
    }
    let mut acts: u64 = 0;
    while let Some(done) = tasks.join_next().await {
        acts += done??;
    }
    Ok(acts)
}

/// Appends each stream in its order, many streams at once.
async fn append_all(ledger: &Arc<dyn Ledger>, appends: Vec<Append>) -> Result<()> {
    let mut streams: BTreeMap<StreamName, Vec<Append>> = BTreeMap::new();
    for append in appends {
        streams
            .entry(append.stream.clone())
            .or_default()
            .push(append);
    }
    let streams = Arc::new(Mutex::new(streams.into_values()));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (ledger, streams) = (Arc::clone(ledger), Arc::clone(&streams));
        tasks.spawn(async move {
            let next = || {
                let mut streams = streams.lock().unwrap_or_else(PoisonError::into_inner);
                streams.next()
            };
            while let Some(stream) = next() {
                for append in stream {
                    ledger.append(append).await?;
                }
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

/// A ledger that keeps a copy of what it was given.
pub(super) struct Captured {
    inner: Arc<dyn Ledger>,
    appends: Mutex<Vec<Append>>,
    is_keeping: AtomicBool,
}

impl Captured {
    pub(super) fn of(inner: Arc<dyn Ledger>) -> Captured {
        Captured {
            inner,
            appends: Mutex::default(),
            is_keeping: AtomicBool::new(true),
        }
    }

    /// Whether what it is given from now on is kept.
    fn keep(&self, is_keeping: bool) {
        self.is_keeping.store(is_keeping, Ordering::Relaxed);
    }

    pub(super) fn take(&self) -> Vec<Append> {
        let mut appends = self.appends.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut appends)
    }
}

#[async_trait]
impl Notes for Captured {
    async fn note(&self, agency: &Agency, kind: &str, id: &str) -> Result<Option<Note>, ReadError> {
        self.inner.note(agency, kind, id).await
    }

    async fn keep_note(&self, agency: &Agency, note: &Note) -> Result<bool, ReadError> {
        self.inner.keep_note(agency, note).await
    }

    async fn remove_note(&self, agency: &Agency, kind: &str, id: &str) -> Result<bool, ReadError> {
        self.inner.remove_note(agency, kind, id).await
    }

    async fn notes(
        &self,
        agency: &Agency,
        kind: &str,
        owner: Option<&str>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Note>, ReadError> {
        self.inner.notes(agency, kind, owner, after, limit).await
    }

    async fn forget_notes(&self, agency: &Agency, before: Timestamp) -> Result<(), ReadError> {
        self.inner.forget_notes(agency, before).await
    }
}

#[async_trait]
impl Ledger for Captured {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        if self.is_keeping.load(Ordering::Relaxed) {
            let mut kept = self.appends.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(append.clone());
        }
        self.inner.append(append).await
    }

    async fn request(&self, agency: &Agency, key: &str) -> Result<Option<KnownRequest>, ReadError> {
        self.inner.request(agency, key).await
    }

    async fn read_stream(
        &self,
        agency: &Agency,
        stream: &StreamName,
        after_version: u64,
    ) -> Result<Vec<Recorded>, ReadError> {
        self.inner.read_stream(agency, stream, after_version).await
    }

    async fn news(
        &self,
        agency: &Agency,
        prefix: &str,
        limit: u32,
        stream: &StreamName,
        after_version: u64,
    ) -> Result<(Vec<StreamVersion>, Vec<Recorded>), ReadError> {
        let inner = &self.inner;
        inner
            .news(agency, prefix, limit, stream, after_version)
            .await
    }

    async fn case_rows(&self, agency: &Agency, ids: &[String]) -> Result<Vec<CaseRow>, ReadError> {
        self.inner.case_rows(agency, ids).await
    }

    async fn todo(
        &self,
        agency: &Agency,
        query: &TodoQuery,
        limit: u32,
    ) -> Result<Vec<TodoLine>, ReadError> {
        self.inner.todo(agency, query, limit).await
    }

    async fn notable(
        &self,
        agency: &Agency,
        query: &NotableQuery,
        limit: u32,
    ) -> Result<Vec<NotableRow>, ReadError> {
        self.inner.notable(agency, query, limit).await
    }

    async fn notable_of(
        &self,
        agency: &Agency,
        case_id: &str,
    ) -> Result<Vec<NotableRow>, ReadError> {
        self.inner.notable_of(agency, case_id).await
    }

    async fn dues(
        &self,
        agency: &Agency,
        query: &DuesQuery,
        limit: u32,
    ) -> Result<Vec<DuesLine>, ReadError> {
        self.inner.dues(agency, query, limit).await
    }

    async fn dues_named(&self, agency: &Agency, text: &str) -> Result<Vec<DuesLine>, ReadError> {
        self.inner.dues_named(agency, text).await
    }

    async fn dues_of(
        &self,
        agency: &Agency,
        case_ids: &[String],
    ) -> Result<Vec<DuesLine>, ReadError> {
        self.inner.dues_of(agency, case_ids).await
    }

    async fn todo_of(&self, agency: &Agency, case_id: &str) -> Result<Vec<TodoLine>, ReadError> {
        self.inner.todo_of(agency, case_id).await
    }

    async fn list_streams(
        &self,
        agency: &Agency,
        prefix: &str,
        after: Option<&StreamName>,
        limit: u32,
    ) -> Result<Vec<StreamVersion>, ReadError> {
        self.inner.list_streams(agency, prefix, after, limit).await
    }

    async fn cases(
        &self,
        agency: &Agency,
        query: &CaseQuery,
        limit: u32,
    ) -> Result<Vec<CaseRow>, ReadError> {
        self.inner.cases(agency, query, limit).await
    }

    async fn case_row(&self, agency: &Agency, case_id: &str) -> Result<Option<CaseRow>, ReadError> {
        self.inner.case_row(agency, case_id).await
    }

    async fn clocks(
        &self,
        agency: &Agency,
        query: &ClockQuery,
        limit: u32,
    ) -> Result<Vec<ClockLine>, ReadError> {
        self.inner.clocks(agency, query, limit).await
    }

    async fn replace_rows(&self, agency: &Agency, cases: &[CaseRows]) -> Result<(), ReadError> {
        self.inner.replace_rows(agency, cases).await
    }

    async fn remove_rows(&self, agency: &Agency, case_ids: &[String]) -> Result<(), ReadError> {
        self.inner.remove_rows(agency, case_ids).await
    }

    async fn views_are_current(&self) -> Result<bool, ReadError> {
        self.inner.views_are_current().await
    }

    async fn views_rebuilt(&self) -> Result<(), ReadError> {
        self.inner.views_rebuilt().await
    }

    async fn cases_with_rows(
        &self,
        agency: &Agency,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, ReadError> {
        self.inner.cases_with_rows(agency, after, limit).await
    }

    async fn series(&self, agency: &Agency) -> Result<Vec<SeriesRow>, ReadError> {
        self.inner.series(agency).await
    }

    async fn numbers(
        &self,
        agency: &Agency,
        series: &Series,
        after: u32,
        limit: u32,
    ) -> Result<Vec<NumberRow>, ReadError> {
        self.inner.numbers(agency, series, after, limit).await
    }

    async fn number(&self, agency: &Agency, text: &str) -> Result<Option<NumberRow>, ReadError> {
        self.inner.number(agency, text).await
    }

    async fn outstanding(
        &self,
        agency: &Agency,
        limit: u32,
    ) -> Result<Vec<Outstanding>, ReadError> {
        self.inner.outstanding(agency, limit).await
    }

    async fn done(&self, agency: &Agency, leaf_index: u64, position: u32) -> Result<(), ReadError> {
        self.inner.done(agency, leaf_index, position).await
    }

    async fn lease(
        &self,
        agency: &Agency,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, ReadError> {
        self.inner.lease(agency, name, holder, now, until).await
    }

    async fn agencies(&self) -> Result<Vec<Agency>, ReadError> {
        self.inner.agencies().await
    }

    async fn tree_size(&self, agency: &Agency) -> Result<u64, ReadError> {
        self.inner.tree_size(agency).await
    }

    async fn entries(
        &self,
        agency: &Agency,
        from: u64,
        limit: u32,
    ) -> Result<Vec<StoredEntry>, ReadError> {
        self.inner.entries(agency, from, limit).await
    }

    async fn show(
        &self,
        agency: &Agency,
        from: u64,
        to: u64,
        onlooker: Arc<Mutex<dyn Onlooker>>,
    ) -> Result<(), ReadError> {
        self.inner.show(agency, from, to, onlooker).await
    }

    async fn hashes(
        &self,
        agency: &Agency,
        indexes: &[u64],
    ) -> Result<Vec<(u64, Hash)>, ReadError> {
        self.inner.hashes(agency, indexes).await
    }

    async fn checkpoint(&self, agency: &Agency) -> Result<Option<StoredCheckpoint>, ReadError> {
        self.inner.checkpoint(agency).await
    }

    async fn keep_checkpoint(
        &self,
        agency: &Agency,
        checkpoint: &StoredCheckpoint,
    ) -> Result<(), ReadError> {
        self.inner.keep_checkpoint(agency, checkpoint).await
    }
}
