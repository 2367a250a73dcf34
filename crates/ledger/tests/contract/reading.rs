//! What is read back, also after a restart, and how lists are paged.

use crate::backends::Backend;
use crate::{agency, append_to, day, fill, key, noon, with_case};
use app::ledger::{
    Agency, CaseQuery, LentEntry, LentParts, Onlooker, PartPlace, ReadError, StoredEntry,
    StreamVersion,
};
use jiff::ToSpan;
use ledger::{publish, verify};
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
