//! The record after it all, read behind the back of the program.

use crate::client::Client;
use crate::place::Place;
use app::ledger::{Agency, Ledger, StoredEntry};
use ledger::{PostgresLedger, SqliteLedger};
use proof::Leaf;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything that was acknowledged is there, once, where it was said to be, and nothing else is.
pub(crate) fn holds_exactly_what_was_acknowledged(place: &Place, client: &Client) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (entries, agency, ledger) = runtime.block_on(read(place));
    let (of_cases, beside): (Vec<&StoredEntry>, Vec<&StoredEntry>) = entries
        .iter()
        .partition(|entry| entry.stream.starts_with("case/"));
    assert_eq!(
        of_cases.len(),
        client.acknowledged.len(),
        "as many entries as acknowledged acts: none lost, none doubled, none left over"
    );
    let beside: Vec<&str> = beside.iter().map(|entry| entry.stream.as_str()).collect();
    assert_eq!(beside, ["register/seed"], "the agency's file, once");
    let mut versions: BTreeMap<&str, u64> = BTreeMap::new();
    for (at, entry) in (0..).zip(&entries) {
        assert_eq!(entry.leaf_index, at, "no gap in the log");
        let version = versions.entry(entry.stream.as_str()).or_default();
        *version += 1;
        assert_eq!(entry.stream_version, *version, "no gap in {}", entry.stream);
    }
    let mut places = BTreeSet::new();
    for (key, said) in &client.acknowledged {
        assert!(
            places.insert(said.leaf_index),
            "{key} stands where another stands"
        );
        let at = usize::try_from(said.leaf_index).expect("a small log");
        let entry = entries.get(at).unwrap_or_else(|| panic!("{key} is lost"));
        assert_eq!(
            (
                &entry.stream,
                entry.stream_version,
                entry.recorded_at.to_string()
            ),
            (
                &format!("case/{}", said.case),
                said.version,
                said.recorded_at.clone()
            ),
            "{key}"
        );
        let known = runtime.block_on(ledger.request(&agency, key));
        let known = known
            .expect("read")
            .unwrap_or_else(|| panic!("{key} is forgotten"));
        assert_eq!(known.appended.leaf_index, said.leaf_index, "{key}");
    }
    numbers_have_no_gap(&entries);
    let (is_sound, said) = place.verify();
    assert!(is_sound && said.contains("未发现不一致"), "{said}");
}

async fn read(place: &Place) -> (Vec<StoredEntry>, Agency, Arc<dyn Ledger>) {
    let ledger: Arc<dyn Ledger> = match &place.database {
        Some(database) => Arc::new(
            PostgresLedger::connect(&database.url())
                .await
                .expect("there"),
        ),
        None => Arc::new(
            SqliteLedger::open_for_reading(&place.data().join("record.sqlite")).expect("there"),
        ),
    };
    let agencies = ledger.agencies().await.expect("read");
    let [agency] = &agencies[..] else {
        panic!("one agency: {agencies:?}")
    };
    let mut entries: Vec<StoredEntry> = Vec::new();
    loop {
        let from = entries.last().map_or(0, |last| last.leaf_index + 1);
        let more = ledger.entries(agency, from, 500).await.expect("read");
        if more.is_empty() {
            break (entries, agency.clone(), ledger);
        }
        entries.extend(more);
    }
}

/// What an act was numbered stands in its header under `numbers`: in each series 1, 2, 3 … without gap or twin.
fn numbers_have_no_gap(entries: &[StoredEntry]) {
    let mut series: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for entry in entries {
        let leaf = Leaf::parse(&entry.leaf).expect("a leaf");
        let header: Value = leaf.header();
        for number in header["numbers"].as_array().into_iter().flatten() {
            let serial = number["first"].as_u64().expect("a number has its serial");
            let taken = series.entry(number["series"].to_string()).or_default();
            assert!(taken.insert(serial), "{number} was given twice");
        }
    }
    assert!(!series.is_empty(), "acts give numbers");
    for (name, serials) in series {
        let expected: BTreeSet<u64> = (1..).take(serials.len()).collect();
        assert_eq!(serials, expected, "{name}");
    }
}
