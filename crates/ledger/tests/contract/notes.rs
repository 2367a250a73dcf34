//! Notes: kept state by state, each owner's own, and forgotten when they end.

use crate::backends::Backend;
use crate::{agency, noon};
use app::notes::Note;
use jiff::ToSpan;

fn note(id: &str, owner: &str, version: u64) -> Note {
    Note {
        kind: "session".to_owned(),
        id: id.to_owned(),
        owner: owner.to_owned(),
        until: noon() + 1.hour(),
        version,
        body: format!("{{\"第\":{version}}}"),
    }
}

pub async fn a_note_has_one_next_state(backend: impl Backend) {
    let ledger = backend.open().await;
    let beside = backend.beside(&ledger).await;
    let first = note("a", "who", 1);
    assert!(ledger.keep_note(&agency(), &first).await.expect("kept"));
    assert!(!beside.keep_note(&agency(), &first).await.expect("asked"));
    let second = note("a", "another", 2);
    assert!(beside.keep_note(&agency(), &second).await.expect("kept"));
    let late = Note {
        body: "late".to_owned(),
        ..second.clone()
    };
    assert!(!ledger.keep_note(&agency(), &late).await.expect("asked"));
    let skipped = note("a", "who", 4);
    assert!(!ledger.keep_note(&agency(), &skipped).await.expect("asked"));
    let never = note("b", "who", 2);
    assert!(!ledger.keep_note(&agency(), &never).await.expect("asked"));
    drop(ledger);
    drop(beside);
    let ledger = backend.open().await;
    let found = ledger.note(&agency(), "session", "a").await.expect("read");
    assert_eq!(found, Some(second), "it survives a restart");
    let other = app::ledger::Agency::parse("other").expect("a name");
    assert_eq!(
        ledger.note(&other, "session", "a").await.expect("read"),
        None
    );
    assert!(
        ledger
            .remove_note(&agency(), "session", "a")
            .await
            .expect("removed")
    );
    assert!(
        !ledger
            .remove_note(&agency(), "session", "a")
            .await
            .expect("asked")
    );
}

pub async fn notes_are_listed_by_owner_and_forgotten_when_they_end(backend: impl Backend) {
    let ledger = backend.open().await;
    for (id, owner) in [("a", "one"), ("b", "two"), ("c", "one"), ("d", "one")] {
        let kept = ledger.keep_note(&agency(), &note(id, owner, 1)).await;
        assert!(kept.expect("kept"));
    }
    let ids = |notes: Vec<Note>| notes.into_iter().map(|note| note.id).collect::<Vec<_>>();
    let of_one = ledger.notes(&agency(), "session", Some("one"), "", 2).await;
    assert_eq!(ids(of_one.expect("read")), ["a", "c"]);
    let rest = ledger
        .notes(&agency(), "session", Some("one"), "c", 2)
        .await;
    assert_eq!(ids(rest.expect("read")), ["d"]);
    let all = ledger.notes(&agency(), "session", None, "", 9).await;
    assert_eq!(ids(all.expect("read")), ["a", "b", "c", "d"]);
    assert!(
        ledger
            .notes(&agency(), "token", None, "", 9)
            .await
            .expect("read")
            .is_empty()
    );
    let lasting = Note {
        until: noon() + 3.hours(),
        ..note("b", "two", 2)
    };
    assert!(ledger.keep_note(&agency(), &lasting).await.expect("kept"));
    ledger
        .forget_notes(&agency(), noon() + 2.hours())
        .await
        .expect("forgotten");
    let left = ledger.notes(&agency(), "session", None, "", 9).await;
    assert_eq!(ids(left.expect("read")), ["b"]);
}
