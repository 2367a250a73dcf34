//! What is read back, also after a restart, and how lists are paged.

use crate::backends::{Backend, Sqlite};
use crate::{agency, append_to, day, fill, key, noon, with_case};
use app::ledger::{
    Agency, CaseQuery, Ledger, LentEntry, LentParts, Onlooker, PartPlace, ReadError, StoredEntry,
    StreamVersion,
};
use jiff::ToSpan;
use ledger::publish;
use ledger::verify::{self, Finding};
use proof::{Label, Part};
use std::sync::{Arc, Mutex};

pub async fn what_was_acknowledged_survives_a_restart(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 3).await;
    let first = append_to("case/2", 0);
    let answer = ledger
        .append(with_case(first.clone(), "2", "filed"))
        .await
        .expect("a new stream");
    publish::publish_checkpoint(&*ledger, &agency(), &key())
        .await
        .expect("signed");
    drop(ledger);

    let ledger = backend.open().await;
    assert_eq!(
        ledger.append(first).await.expect("the first answer"),
        answer
    );
    assert_eq!(
        ledger
            .append(append_to("case/1", 3))
            .await
            .expect("the next version")
            .leaf_index,
        4
    );
    assert_eq!(
        ledger
            .cases(&agency(), &CaseQuery::default(), 10)
            .await
            .expect("read")
            .len(),
        1
    );
    assert_eq!(
        ledger
            .checkpoint(&agency())
            .await
            .expect("read")
            .expect("kept")
            .size,
        4
    );
    assert_eq!(ledger.agencies().await.expect("read"), [agency()]);
    assert!(
        verify::verify(&*ledger, &agency(), key().verifier(), None)
            .await
            .expect("read")
            .is_sound()
    );
}

pub async fn streams_are_listed_by_prefix_and_page(backend: impl Backend) {
    let ledger = backend.open().await;
    for name in ["case/b", "case/a", "case/C", "case_x/1", "register/1"] {
        fill(&*ledger, name, 1).await;
    }
    let names = |found: Vec<StreamVersion>| {
        found
            .iter()
            .map(|s| s.stream.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    let page = ledger
        .list_streams(&agency(), "case/", None, 2)
        .await
        .expect("read");
    let rest = ledger
        .list_streams(&agency(), "case/", Some(&page[1].stream), 2)
        .await
        .expect("read");
    assert_eq!(
        (names(page), names(rest)),
        (
            vec!["case/C".into(), "case/a".into()],
            vec!["case/b".into()]
        )
    );
    assert_eq!(
        ledger
            .list_streams(&agency(), "", None, 100)
            .await
            .expect("read")
            .len(),
        5
    );
}

pub async fn cases_are_listed_last_touched_first(backend: impl Backend) {
    let ledger = backend.open().await;
    for (nth, case) in ["a", "b", "c"].into_iter().enumerate() {
        let mut append = with_case(append_to(&format!("case/{case}"), 0), case, "filed");
        append.now = noon() + i64::try_from(nth).expect("small").minutes();
        ledger.append(append).await.expect("a new case");
    }
    // Touched in the same millisecond as c: the id decides, and no line is shown twice or lost between two pages.
    let mut again = with_case(append_to("case/a", 1), "a", "decided");
    again.now = noon() + 2.minutes();
    ledger.append(again).await.expect("the next version");

    let page = ledger
        .cases(&agency(), &CaseQuery::default(), 2)
        .await
        .expect("read");
    let rest = ledger
        .cases(
            &agency(),
            &CaseQuery {
                after: Some(page[1].cursor()),
                ..CaseQuery::default()
            },
            2,
        )
        .await
        .expect("read");
    let ids: Vec<&str> = page
        .iter()
        .chain(&rest)
        .map(|row| row.line.case_id.as_str())
        .collect();
    assert_eq!(ids, ["c", "a", "b"]);
    assert_eq!(page[1].line.phase, "decided");
    assert_eq!(
        (page[1].line.filed_on, page[1].line.next_due),
        (Some(day("2026-10-12")), None)
    );
    assert_eq!(page[1].updated_at, noon() + 2.minutes());
}

pub async fn logs_of_agencies_are_apart(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 2).await;
    let mut other = with_case(append_to("case/1", 0), "1", "filed");
    other.agency = Agency::parse("linan").expect("a name");
    let key_of_first = ledger
        .entries(&agency(), 0, 1)
        .await
        .expect("read")
        .remove(0)
        .id;
    other.idempotency.key = key_of_first;
    assert_eq!(
        ledger.append(other).await.expect("its own log").leaf_index,
        0
    );
    assert_eq!(ledger.tree_size(&agency()).await.expect("read"), 2);
    assert!(
        ledger
            .cases(&agency(), &CaseQuery::default(), 10)
            .await
            .expect("read")
            .is_empty()
    );
    assert_eq!(ledger.agencies().await.expect("read").len(), 2);
}

/// Copies what it is shown; of every third entry it asks for no part.
#[derive(Default)]
struct Copying(Vec<StoredEntry>);

impl Onlooker for Copying {
    fn entry(&mut self, entry: LentEntry<'_>, parts: &mut dyn LentParts) -> Result<(), ReadError> {
        let mut copy = StoredEntry {
            leaf_index: entry.leaf_index,
            id: entry.id.to_owned(),
            stream: entry.stream.to_owned(),
            stream_version: entry.stream_version,
            recorded_at: entry.recorded_at,
            leaf: entry.leaf.to_owned(),
            parts: vec![],
        };
        if !entry.leaf_index.is_multiple_of(3) {
            while let Some(part) = parts.next()? {
                copy.parts.push(Part {
                    label: Label::parse(part.label).expect("a stored label"),
                    sensitivity: part.sensitivity,
                    salt: *part.salt,
                    body: part.body.to_owned(),
                });
            }
        }
        self.0.push(copy);
        Ok(())
    }

    fn begin_again(&mut self) {
        self.0.clear();
    }
}

pub async fn what_is_shown_is_what_is_read(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 9).await;
    let mut destroying = append_to("case/1", 9);
    destroying.entry.destroys.push(PartPlace {
        leaf_index: 4,
        label: "party/1".to_owned(),
    });
    ledger.append(destroying).await.expect("destroyed");
    let copying = Arc::new(Mutex::new(Copying::default()));
    let onlooker: Arc<Mutex<dyn Onlooker>> = copying.clone();
    ledger.show(&agency(), 2, 8, onlooker).await.expect("shown");
    let shown = std::mem::take(&mut copying.lock().expect("nobody failed").0);
    let mut read = ledger.entries(&agency(), 2, 6).await.expect("read");
    for entry in &mut read {
        if entry.leaf_index.is_multiple_of(3) {
            entry.parts.clear();
        }
    }
    assert_eq!(format!("{shown:?}"), format!("{read:?}"));
    let bodies = |entries: &[StoredEntry]| {
        let parts = entries.iter().flat_map(|entry| entry.parts.clone());
        parts.map(|part| part.body).collect::<Vec<_>>()
    };
    assert_eq!(bodies(&shown), bodies(&read));
    // Entries 2, 4, 5 and 7 with two parts each, of which one was destroyed.
    assert_eq!(bodies(&shown).len(), 7);
}

/// All of the log as it is shown, the parts of each entry in the order of their labels, and what a verification finds.
async fn shown_and_found(ledger: &dyn Ledger) -> (Vec<StoredEntry>, Vec<Finding>) {
    let size = ledger.tree_size(&agency()).await.expect("read");
    let copying = Arc::new(Mutex::new(Copying::default()));
    let onlooker: Arc<Mutex<dyn Onlooker>> = copying.clone();
    let shown = ledger.show(&agency(), 0, size, onlooker).await;
    shown.expect("shown");
    let mut shown = std::mem::take(&mut copying.lock().expect("nobody failed").0);
    for entry in &mut shown {
        entry.parts.sort_by_key(|part| part.label.to_string());
    }
    let key = key();
    let verified = verify::verify(ledger, &agency(), key.verifier(), None).await;
    (shown, verified.expect("read").findings)
}

/// A verification reads the rows as they lie in the file; wherever they lie, it must see the log.
#[tokio::test]
async fn rows_that_lie_in_another_order_are_shown_in_that_of_the_log() {
    let backend = Sqlite::new();
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 20).await;
    let mut other = append_to("case/1", 0);
    other.agency = Agency::parse("other").expect("a name");
    ledger.append(other).await.expect("of another log");
    fill(&*ledger, "case/2", 20).await;
    let (lies, nothing) = shown_and_found(&*ledger).await;
    assert_eq!((lies.len(), nothing), (40, vec![]));
    assert!(
        lies.iter()
            .all(|entry| entry.leaf_index % 3 == 0 || entry.parts.len() == 2)
    );
    for sql in [
        // The other way round.
        "UPDATE entries SET rowid = 10000 - rowid",
        "UPDATE parts SET rowid = 10000 - rowid",
        // Forward again, with those of the other log in between.
        "UPDATE entries SET rowid = 20000 + 2 * leaf_index + (agency = 'other')",
        "UPDATE parts SET rowid = 20000 + 4 * leaf_index + (label = 'party/1') + 2 * (agency = 'other')",
        // A part between those of another entry, before all, behind all, and far away.
        "UPDATE parts SET rowid = 20000 + 4 * 25 + 3 WHERE agency = 'yongan' AND leaf_index = 7 AND label = 'party/1'",
        "UPDATE parts SET rowid = 19999 WHERE agency = 'yongan' AND leaf_index = 7 AND label = 'party/1'",
        "UPDATE parts SET rowid = 20158 WHERE agency = 'yongan' AND leaf_index = 7 AND label = 'party/1'",
        "UPDATE parts SET rowid = 90000 WHERE agency = 'yongan' AND leaf_index = 7 AND label = 'party/1'",
        "UPDATE parts SET rowid = 20000 + 4 * 7 + 1 WHERE agency = 'yongan' AND leaf_index = 7 AND label = 'party/1'",
        // An entry likewise.
        "UPDATE entries SET rowid = 20051 WHERE agency = 'yongan' AND leaf_index = 11",
        "UPDATE entries SET rowid = 19999 WHERE agency = 'yongan' AND leaf_index = 11",
        "UPDATE entries SET rowid = 90000 WHERE agency = 'yongan' AND leaf_index = 11",
    ] {
        backend.run_sql(sql);
        let (shown, found) = shown_and_found(&*ledger).await;
        assert_eq!(found, [], "{sql}");
        assert_eq!(format!("{shown:?}"), format!("{lies:?}"), "{sql}");
    }
}

#[tokio::test]
async fn a_part_that_was_put_in_is_found_wherever_it_lies() {
    let backend = Sqlite::new();
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 30).await;
    for (index, row) in [(7_u64, 10_000), (0, 0), (29, 10_001), (13, -5)] {
        backend.run_sql(&format!(
            "INSERT INTO parts (rowid, agency, leaf_index, label, sensitivity, salt, body) \
             SELECT {row}, agency, leaf_index, 'more', sensitivity, salt, body FROM parts WHERE leaf_index = {index} LIMIT 1"
        ));
        let (_, found) = shown_and_found(&*ledger).await;
        let label = "more".to_owned();
        assert_eq!(found, [Finding::PartsDiffer { index, label }], "{row}");
        backend.run_sql("DELETE FROM parts WHERE label = 'more'");
    }
    backend.run_sql("DELETE FROM parts WHERE leaf_index IN (3, 29)");
    let (shown, found) = shown_and_found(&*ledger).await;
    assert_eq!((shown.len(), found.len()), (30, 4));
    backend.run_sql("DELETE FROM entries WHERE leaf_index = 3");
    let (shown, found) = shown_and_found(&*ledger).await;
    assert_eq!(shown.len(), 29);
    assert!(found.contains(&Finding::MissingLeaf(3)), "{found:?}");
}
