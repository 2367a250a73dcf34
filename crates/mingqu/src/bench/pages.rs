//! How long the list and the page of a case take, with few cases and with many.

use super::crowd::{Crowd, ENTRIES, name};
use super::record::{Store, office_on};
use super::report::{Limit, Report, percentiles, rate};
use super::stopwatch::Stopwatch;
use anyhow::{Context as _, Result};
use app::Office;
use app::access::Actor;
use app::agency::Staff;
use app::ledger::{Agency, CaseOrder, CaseQuery, CaseRow, TodoLine};
use app::todo::Whose;
use serde_json::json;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

/// The smaller list.
const FEW: u64 = 1_000;
/// How often each page is asked for in a round, and before it is measured.
const SAMPLES: usize = 500;
const WARMING: usize = 50;
/// A machine that others work on too disturbs some round or other: the median of the rounds is told.
const ROUNDS: usize = 5;
/// Streams of cases are listed by so many.
const PER_READ: u32 = 10_000;
/// Lines of a page, and one that tells whether there are more.
const LINES: u32 = 21;
/// The same of what is to be done.
const TODO_LINES: u32 = 31;

/// What a search of the list may take, in microseconds: as much as one of the public portal.
const SEARCH_LIMIT_US: u64 = 10_000;

/// Microseconds: half of the pages, and ninety-nine of a hundred, take no longer.
type Times = BTreeMap<&'static str, (u64, u64)>;

/// Fills the record, measuring at [`FEW`] cases and at all of them; the entries written.
pub(super) async fn measure(
    name: &str,
    store: &Store,
    crowd: &Arc<Crowd>,
    (cases, full): (u64, u64),
    report: &mut Report,
) -> Result<u64> {
    let ledger = store.open().await?;
    let office = office_on(Arc::clone(&ledger))?;
    let few = FEW.min(cases);
    let mut ids = crowd.append(&ledger, (0, few), full).await?;
    let before = pages(&office, store, &ids).await?;
    let watch = Stopwatch::start();
    ids.extend(crowd.append(&ledger, (few, cases), full).await?);
    let took = watch.nanoseconds();
    let of = |cases: u64| cases.min(full) * ENTRIES + cases.saturating_sub(full);
    let filled = rate(of(cases) - of(few), took);
    let after = pages(&office, store, &ids).await?;
    report.line(
        &format!("filling_{name}"),
        json!({ "per_second": filled, "entries": of(cases) }),
        &format!("{name}：写入{}条记录（不作判断）  每秒{filled}", of(cases)),
    );
    for (page, (p50, p99)) in after {
        let (before50, before99) = before.get(page).copied().unwrap_or_default();
        // Of a hundred times as many cases a search finds a hundred times as many: it has a limit of its own.
        let wanted = match page.starts_with("search_") {
            true => SEARCH_LIMIT_US,
            false => before99 * 2,
        };
        report.line(
            &format!("{page}_{name}"),
            json!({
                "few": few, "few_p50_us": before50, "few_p99_us": before99,
                "many": cases, "many_p50_us": p50, "many_p99_us": p99, "wanted_p99_us": wanted,
            }),
            &format!(
                "{name}：{page}  {few}案时 p50 {before50}微秒、p99 {before99}微秒；{cases}案时 p50 {p50}微秒、p99 {p99}微秒（要求不超过{wanted}）"
            ),
        );
        let what = format!("{name}：{page}，{cases}案时的p99");
        report.judge(what, p99, "微秒", Limit::AtMost(wanted));
    }
    Ok(of(cases))
}

/// Measures what is there already, and judges nothing. False if nothing is there.
pub(super) async fn measure_again(name: &str, store: &Store, report: &mut Report) -> Result<bool> {
    let ledger = store.open().await?;
    let office = office_on(Arc::clone(&ledger))?;
    let agency = Agency::parse(&office.agency().code)?;
    let mut ids = Vec::new();
    let mut last = None;
    loop {
        let streams = ledger.list_streams(&agency, "case/", last.as_ref(), PER_READ);
        let streams = streams.await?;
        let full = streams.iter().filter(|stream| stream.version >= ENTRIES);
        let full = full.filter_map(|stream| stream.stream.as_str().strip_prefix("case/"));
        ids.extend(full.map(str::to_owned));
        match streams.into_iter().last() {
            Some(stream) => last = Some(stream.stream),
            None => break,
        }
    }
    if ids.is_empty() {
        return Ok(false);
    }
    for (page, (p50, p99)) in pages(&office, store, &ids).await? {
        report.line(
            &format!("{page}_{name}_again"),
            json!({ "full_cases": ids.len(), "p50_us": p50, "p99_us": p99 }),
            &format!("{name}：{page}  p50 {p50}微秒、p99 {p99}微秒"),
        );
    }
    Ok(true)
}

async fn pages(office: &Office, store: &Store, ids: &[String]) -> Result<Times> {
    let touched = CaseQuery::default();
    let due = CaseQuery {
        order: CaseOrder::Due,
        ..CaseQuery::default()
    };
    // Two characters: of a name that few parties have, of one in thirty-two, and of all.
    let search = |text: String| CaseQuery {
        text: Some(text),
        ..CaseQuery::default()
    };
    let syllables = |number: u64, from: usize| {
        let text = format!("{}公司", name(number));
        search(text.chars().skip(from).take(2).collect())
    };
    let mut rounds: BTreeMap<&'static str, Vec<(u64, u64)>> = BTreeMap::new();
    for round in 0..ROUNDS {
        store.bring_to_memory()?;
        for (page, samples) in [
            ("list_touched", lists(office, |_| touched.clone()).await?),
            ("list_due", lists(office, |_| due.clone()).await?),
            ("search_rare", lists(office, |at| syllables(at, 0)).await?),
            ("search_some", lists(office, |at| syllables(at, 2)).await?),
            ("search_all", lists(office, |at| syllables(at, 3)).await?),
            ("today", todays(office).await?),
            ("case_page", case_pages(office, ids, round).await?),
        ] {
            rounds.entry(page).or_default().push(percentiles(samples));
        }
    }
    let median = |(page, of): (&'static str, Vec<(u64, u64)>)| {
        let (p50, p99): (Vec<u64>, Vec<u64>) = of.into_iter().unzip();
        (page, (percentiles(p50).0, percentiles(p99).0))
    };
    Ok(rounds.into_iter().map(median).collect())
}

/// First pages and, of each, the page that follows.
async fn lists(office: &Office, query: impl Fn(u64) -> CaseQuery) -> Result<Vec<u64>> {
    let mut samples = Vec::with_capacity(SAMPLES);
    let mut last: Option<CaseRow> = None;
    for (at, number) in (0..WARMING + SAMPLES).zip(0u64..) {
        let mut query = query(number / 2);
        query.after = last.take().map(|row| row.cursor());
        let is_first = query.after.is_none();
        let watch = Stopwatch::start();
        let rows = office.cases(&query, LINES).await?;
        let took = watch.nanoseconds() / 1_000;
        if at >= WARMING {
            samples.push(took);
        }
        if is_first {
            last = rows.into_iter().last();
        }
    }
    Ok(samples)
}

/// What an officer has to do, who has all those cases: the page of today, and the one after it.
async fn todays(office: &Office) -> Result<Vec<u64>> {
    let mut samples = Vec::with_capacity(SAMPLES);
    let file = office.agency();
    let is_officer = |staff: &&Staff| !staff.credentials.is_empty();
    let officer = file.people.iter().find(is_officer).context("no officer")?;
    let account = file.accounts.iter();
    let account = account
        .into_iter()
        .find(|account| account.person.as_ref() == Some(&officer.id))
        .context("the officer has no account")?;
    let actor = Actor::of(&file, &account.id).context("the account is not open")?;
    let mut last: Option<TodoLine> = None;
    for at in 0..WARMING + SAMPLES {
        let after = last.take();
        let watch = Stopwatch::start();
        let todo = office.todo(&actor, Whose::Own, after.as_ref(), TODO_LINES);
        let todo = todo.await?;
        let took = watch.nanoseconds() / 1_000;
        if at >= WARMING {
            samples.push(took);
        }
        if after.is_none() {
            last = todo.into_iter().last().map(|todo| todo.line);
        }
    }
    Ok(samples)
}

/// Pages of cases, each of another case as long as there are others, in each round too.
async fn case_pages(office: &Office, ids: &[String], round: usize) -> Result<Vec<u64>> {
    let mut samples = Vec::with_capacity(SAMPLES);
    let step = (ids.len() / (WARMING + SAMPLES)).max(1);
    let others = ids.iter().skip(round % step).step_by(step);
    for (at, id) in others.take(WARMING + SAMPLES).enumerate() {
        let watch = Stopwatch::start();
        black_box(office.case(id).await?);
        let took = watch.nanoseconds() / 1_000;
        if at >= WARMING {
            samples.push(took);
        }
    }
    samples.first().context("there is no full case")?;
    Ok(samples)
}
