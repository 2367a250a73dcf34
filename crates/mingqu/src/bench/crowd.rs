//! A record of many cases, made of the first entries of a demonstration case.
//!
//! The entries are what [`app::Office::perform`] wrote once; each copy has its own ids, party and title, in its parts as in
//! the rows of the views, so that a rebuild finds nothing to mend.

use super::acts::{Captured, perform_cases};
use super::record::{Store, office_on};
use crate::adapters::{MachineClock, SystemChance};
use anyhow::{Context as _, Result};
use app::ledger::{Append, Ledger, RowChange, StreamName};
use app::ports::{Chance as _, Clock as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::JoinSet;

/// The entries of each case.
pub(super) const ENTRIES: u64 = 10;
/// Appends that wait for the record at the same time.
const IN_FLIGHT: usize = 256;

/// Names of parties are three of these.
const SYLLABLES: [&str; 32] = [
    "安", "宝", "昌", "达", "恩", "丰", "广", "恒", "吉", "康", "利", "明", "宁", "平", "启", "荣",
    "顺", "泰", "旺", "祥", "益", "元", "泽", "正", "卓", "鑫", "盛", "润", "庆", "隆", "建", "华",
];

/// What is copied.
pub(super) struct Crowd {
    entries: Vec<Append>,
    party: String,
    title: String,
}

impl Crowd {
    /// Performs one case and keeps its first entries.
    pub(super) async fn capture(store: &Store) -> Result<Crowd> {
        let captured = Arc::new(Captured::of(store.open().await?));
        let office = Arc::new(office_on(Arc::clone(&captured) as Arc<dyn Ledger>)?);
        perform_cases(&office, 1).await?;
        let mut entries = captured.take();
        entries.truncate(usize::try_from(ENTRIES)?);
        let line = entries.last().and_then(|append| {
            append.projections.iter().find_map(|change| match change {
                RowChange::Case(line) => Some(line.clone()),
                RowChange::Clock(_)
                | RowChange::ClockGone { .. }
                | RowChange::Todo { .. }
                | RowChange::Dues { .. }
                | RowChange::Notable(_) => None,
            })
        });
        let line = line.context("the line of the demonstration case")?;
        Ok(Crowd {
            entries,
            party: line.party_names,
            title: line.title,
        })
    }

    /// Appends the cases from number `from` up to `to`; those up to `full` have all their entries, the others one.
    /// The ids of those that are full.
    pub(super) async fn append(
        self: &Arc<Self>,
        ledger: &Arc<dyn Ledger>,
        (from, to): (u64, u64),
        full: u64,
    ) -> Result<Vec<String>> {
        let next = Arc::new(AtomicU64::new(from));
        let mut tasks = JoinSet::new();
        for _ in 0..IN_FLIGHT {
            let (crowd, ledger, next) = (Arc::clone(self), Arc::clone(ledger), Arc::clone(&next));
            tasks.spawn(async move {
                let mut ids = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= to {
                        return anyhow::Ok(ids);
                    }
                    let case_id = new_id();
                    let is_full = number < full;
                    let count = if is_full { crowd.entries.len() } else { 1 };
                    let mut goes_by = None;
                    for entry in crowd.entries.iter().take(count) {
                        let copy = crowd.copy(entry, number, &case_id, goes_by.as_ref())?;
                        let claim = copy.projections.iter().find_map(claim);
                        let appended = ledger.append(copy).await?;
                        let given = claim.and_then(|claim| appended.numbers.into_iter().nth(claim));
                        goes_by = given.map(|number| number.text).or(goes_by);
                    }
                    if is_full {
                        ids.push(case_id);
                    }
                }
            });
        }
        let mut ids = Vec::new();
        while let Some(done) = tasks.join_next().await {
            ids.extend(done??);
        }
        Ok(ids)
    }

    fn copy(
        &self,
        entry: &Append,
        number: u64,
        case_id: &str,
        goes_by: Option<&String>,
    ) -> Result<Append> {
        let (party, title) = (
            format!("{}公司", name(number)),
            format!("{}（{number}）", self.title),
        );
        let other = |text: &str| {
            let text = text.replace(&self.title, &title);
            text.replace(&self.party, &party)
        };
        let mut copy = entry.clone();
        copy.stream = StreamName::parse(&format!("case/{case_id}"))?;
        // The registers that the captured case was decided on are those of another record.
        copy.read_set.clear();
        copy.idempotency.key = new_id();
        copy.entry.id = new_id();
        copy.now = MachineClock.now();
        for part in &mut copy.entry.parts {
            let body = std::str::from_utf8(&part.body)?;
            part.body = other(body).into_bytes();
            SystemChance.fill(&mut part.salt);
        }
        for change in &mut copy.projections {
            match change {
                RowChange::Case(line) => {
                    line.case_id = case_id.to_owned();
                    line.title = other(&line.title);
                    line.party_names = other(&line.party_names);
                    // The number that this copy was given, not that of the captured case.
                    if line.number_claim.is_none() {
                        line.case_number = goes_by.cloned();
                    }
                }
                RowChange::Clock(line) => line.case_id = case_id.to_owned(),
                RowChange::Notable(line) => line.case_id = case_id.to_owned(),
                RowChange::ClockGone { case_id: of, .. } => *of = case_id.to_owned(),
                RowChange::Dues { case_id: of, lines } => {
                    *of = case_id.to_owned();
                    for line in lines {
                        line.case_id = case_id.to_owned();
                        line.party_name = other(&line.party_name);
                    }
                }
                RowChange::Todo { case_id: of, lines } => {
                    *of = case_id.to_owned();
                    lines
                        .iter_mut()
                        .for_each(|line| line.case_id = case_id.to_owned());
                }
            }
        }
        Ok(copy)
    }
}

/// The claim that becomes the number by which a case goes.
fn claim(change: &RowChange) -> Option<usize> {
    match change {
        RowChange::Case(line) => line.number_claim,
        RowChange::Clock(_)
        | RowChange::ClockGone { .. }
        | RowChange::Todo { .. }
        | RowChange::Dues { .. }
        | RowChange::Notable(_) => None,
    }
}

/// The name of the party of case `number`, without what all of them have.
pub(super) fn name(number: u64) -> String {
    // Spread, so that neighbours do not share their first syllables.
    let mut rest = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let mut name = String::new();
    for _ in 0..3 {
        let at = usize::try_from(rest % 32).unwrap_or(0);
        name.push_str(SYLLABLES[at]);
        rest /= 32;
    }
    name
}

/// As an office makes them.
fn new_id() -> String {
    let mut chance = [0; 16];
    SystemChance.fill(&mut chance);
    let millis = MachineClock.now().as_millisecond().to_be_bytes();
    chance[..6].copy_from_slice(&millis[2..]);
    let hex: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut id = String::new();
    for (at, digit) in hex.chars().enumerate() {
        if [8, 12, 16, 20].contains(&at) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}
