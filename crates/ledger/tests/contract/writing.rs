//! What an append promises: all or nothing, once, in its place.

use crate::backends::Backend;
use crate::{agency, append_to, fill, key, noon, stream, with_case};
use app::ledger::{AppendError, CaseQuery, Idempotency, Ledger, StreamVersion};
use jiff::ToSpan;
use ledger::verify;
use std::sync::Arc;

pub async fn what_is_appended_is_read_back(backend: impl Backend) {
    let ledger = backend.open().await;
    let first = ledger
        .append(append_to("case/1", 0))
        .await
        .expect("a new stream");
    assert_eq!(
        (first.leaf_index, first.stream_version, first.recorded_at),
        (0, 1, noon())
    );
    let append = append_to("case/1", 1);
    let second = ledger
        .append(append.clone())
        .await
        .expect("the next version");
    assert_eq!((second.leaf_index, second.stream_version), (1, 2));

    let all = ledger
        .read_stream(&agency(), &stream("case/1"), 0)
        .await
        .expect("read");
    assert_eq!(all.len(), 2);
    let entry = &all[1];
    assert_eq!(entry.header(), append.entry.header);
    assert_eq!(entry.parts, append.entry.parts);
    assert_eq!(
        entry.body("party/1"),
        Some(r#"{"name":"张镕喆"}"#.as_bytes())
    );
    assert_eq!(
        (entry.leaf.id.as_str(), entry.leaf.stream_version),
        (append.entry.id.as_str(), 2)
    );
    assert_eq!(
        ledger
            .read_stream(&agency(), &stream("case/1"), 1)
            .await
            .expect("read")
            .len(),
        1
    );
    assert!(
        ledger
            .read_stream(&agency(), &stream("case/2"), 0)
            .await
            .expect("read")
            .is_empty()
    );
    assert_eq!(ledger.tree_size(&agency()).await.expect("read"), 2);

    let leaf = ledger
        .entries(&agency(), 1, 5)
        .await
        .expect("read")
        .remove(0)
        .leaf;
    assert!(
        !String::from_utf8_lossy(&leaf).contains('张'),
        "no personal data in a leaf"
    );
}

pub async fn a_stale_version_is_refused_and_leaves_nothing(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 1).await;
    for wrong in [0, 2] {
        let refused = ledger
            .append(with_case(append_to("case/1", wrong), "1", "filed"))
            .await;
        assert!(
            matches!(&refused, Err(AppendError::Stale { expected, actual: 1, .. }) if *expected == wrong),
            "{refused:?}"
        );
    }
    assert_eq!(ledger.tree_size(&agency()).await.expect("read"), 1);
    assert!(
        ledger
            .cases(&agency(), &CaseQuery::default(), 10)
            .await
            .expect("read")
            .is_empty()
    );
}

pub async fn a_read_set_that_moved_is_refused(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "register/officers", 2).await;
    let read = |version| StreamVersion {
        stream: stream("register/officers"),
        version,
    };
    let mut append = append_to("case/1", 0);
    append.read_set = vec![read(1)];
    match ledger.append(append.clone()).await {
        Err(AppendError::Stale {
            stream: moved,
            expected: 1,
            actual: 2,
        }) => assert_eq!(moved, read(1).stream),
        other => panic!("{other:?}"),
    }
    append.read_set = vec![
        read(2),
        StreamVersion {
            stream: stream("register/none"),
            version: 0,
        },
    ];
    ledger.append(append).await.expect("nothing moved");
    let named = ledger
        .list_streams(&agency(), "register/", None, 10)
        .await
        .expect("read");
    assert_eq!(
        named,
        [read(2)],
        "a stream that was only read does not come into being"
    );
}

pub async fn a_repeated_request_gets_its_first_answer(backend: impl Backend) {
    let ledger = backend.open().await;
    let first = append_to("case/1", 0);
    let answer = ledger.append(first.clone()).await.expect("a new stream");
    // A second try makes its own id and salts, and knows the later time.
    let mut again = append_to("case/1", 0);
    again.idempotency = first.idempotency.clone();
    again.now = noon() + 1.hour();
    assert_eq!(
        ledger.append(again).await.expect("the first answer"),
        answer
    );
    assert_eq!(ledger.tree_size(&agency()).await.expect("read"), 1);

    let known = ledger
        .request(&agency(), &first.idempotency.key)
        .await
        .expect("read")
        .expect("known");
    assert_eq!(
        (known.appended, known.request_digest, known.stream),
        (answer, [1; 32], stream("case/1"))
    );
    assert_eq!(
        ledger.request(&agency(), "unknown").await.expect("read"),
        None
    );
}

pub async fn a_key_used_for_another_request_is_refused(backend: impl Backend) {
    let ledger = backend.open().await;
    let first = append_to("case/1", 0);
    ledger.append(first.clone()).await.expect("a new stream");
    let mut other = append_to("case/2", 0);
    other.idempotency = Idempotency {
        request_digest: [2; 32],
        ..first.idempotency.clone()
    };
    let refused = ledger.append(other).await;
    assert!(
        matches!(&refused, Err(AppendError::SameKeyOtherContent(key)) if *key == first.idempotency.key),
        "{refused:?}"
    );
    assert_eq!(ledger.tree_size(&agency()).await.expect("read"), 1);
}

pub async fn the_same_request_sent_many_times_at_once_is_done_once(backend: impl Backend) {
    let one = backend.open().await;
    let two = backend.beside(&one).await;
    let request = append_to("case/1", 0);
    let send = |ledger: &Arc<dyn Ledger>| {
        let (ledger, request) = (Arc::clone(ledger), request.clone());
        tokio::spawn(async move { ledger.append(request).await })
    };
    let sent: Vec<_> = (0..8).flat_map(|_| [send(&one), send(&two)]).collect();
    for answer in sent {
        assert_eq!(
            answer
                .await
                .expect("ran")
                .expect("the one answer")
                .leaf_index,
            0
        );
    }
    assert_eq!(one.tree_size(&agency()).await.expect("read"), 1);
}

pub async fn concurrent_appenders_leave_no_gap(backend: impl Backend) {
    let one = backend.open().await;
    let two = backend.beside(&one).await;
    fill(&*one, "register/officers", 1).await;
    let write = |ledger: &Arc<dyn Ledger>, case: u64| {
        let ledger = Arc::clone(ledger);
        tokio::spawn(async move {
            for version in 0..5 {
                let mut append = append_to(&format!("case/{case}"), version);
                // Only some share a stream: the others meet at the head of the log alone.
                if case < 3 {
                    append.read_set.push(StreamVersion {
                        stream: stream("register/officers"),
                        version: 1,
                    });
                }
                ledger
                    .append(append)
                    .await
                    .expect("nobody else writes this case");
            }
        })
    };
    let writers: Vec<_> = (0..8)
        .map(|case| write(if case % 2 == 0 { &one } else { &two }, case))
        .collect();
    for writer in writers {
        writer.await.expect("all appended");
    }
    let indexes: Vec<u64> = one
        .entries(&agency(), 0, 1000)
        .await
        .expect("read")
        .iter()
        .map(|entry| entry.leaf_index)
        .collect();
    assert_eq!(indexes, (0..41).collect::<Vec<_>>());
    assert!(
        verify::verify(&*one, &agency(), key().verifier(), None)
            .await
            .expect("read")
            .is_sound()
    );
}

pub async fn recorded_time_never_runs_back(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 1).await;
    let mut late = append_to("case/2", 0);
    late.now = noon() - 1.hour();
    assert_eq!(
        ledger.append(late).await.expect("recorded").recorded_at,
        noon()
    );
    let entry = ledger
        .entries(&agency(), 1, 1)
        .await
        .expect("read")
        .remove(0);
    assert_eq!(entry.recorded_at, noon());
}

pub async fn an_entry_that_cannot_be_a_leaf_leaves_nothing(backend: impl Backend) {
    let ledger = backend.open().await;
    let mut twice = append_to("case/1", 0);
    twice.entry.parts[1].label = twice.entry.parts[0].label.clone();
    let refused = ledger.append(twice).await;
    assert!(
        matches!(refused, Err(AppendError::Unsound(_))),
        "{refused:?}"
    );
    fill(&*ledger, "case/1", 1).await;
    let mut same_id = append_to("case/2", 0);
    same_id.entry.id = ledger
        .entries(&agency(), 0, 1)
        .await
        .expect("read")
        .remove(0)
        .id;
    assert!(matches!(
        ledger.append(same_id).await,
        Err(AppendError::Storage(_))
    ));
    assert_eq!(ledger.tree_size(&agency()).await.expect("read"), 1);
    let after = ledger.append(append_to("case/2", 0)).await;
    assert_eq!(after.expect("the stream is as it was").leaf_index, 1);
}
