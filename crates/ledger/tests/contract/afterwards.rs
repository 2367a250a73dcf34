//! What is done after an entry: the outbox, and the leases of whoever does it.

use crate::backends::Backend;
use crate::{agency, append_to, noon};
use app::ledger::OutboxItem;
use jiff::ToSpan;
use serde_json::json;

pub async fn the_outbox_is_emptied_in_order_and_at_least_once(backend: impl Backend) {
    let ledger = backend.open().await;
    for version in 0..3_u64 {
        let mut append = append_to("case/1", version);
        append.outbox = ["publish", "warn"]
            .map(|topic| OutboxItem {
                topic: topic.to_owned(),
                payload: json!({ "version": version }),
            })
            .to_vec();
        ledger.append(append).await.expect("the next version");
    }
    let all = ledger.outstanding(&agency(), 100).await.expect("read");
    let places: Vec<_> = all.iter().map(|o| (o.leaf_index, o.position)).collect();
    assert_eq!(places, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]);
    assert_eq!(all[3].item.topic, "warn");
    assert_eq!(all[3].item.payload, json!({ "version": 1 }));
    assert_eq!(
        ledger.outstanding(&agency(), 2).await.expect("read"),
        all[..2]
    );
    for _ in 0..2 {
        ledger
            .done(&agency(), 0, 1)
            .await
            .expect("done, once or twice");
    }
    drop(ledger);
    let ledger = backend.open().await;
    let rest = ledger.outstanding(&agency(), 100).await.expect("read");
    assert_eq!(rest.len(), 5, "what was not done is there after a restart");
    assert_eq!(rest[0], all[0]);
    assert_eq!(rest[1], all[2]);
}

pub async fn a_lease_has_one_holder(backend: impl Backend) {
    let ledger = backend.open().await;
    let beside = backend.beside(&ledger).await;
    let lease = |who: &'static str, now: i64, until: i64| {
        let ledger = if who == "one" { &ledger } else { &beside };
        async move {
            let (now, until) = (noon() + now.seconds(), noon() + until.seconds());
            ledger
                .lease(&agency(), "tiles", who, now, until)
                .await
                .expect("asked")
        }
    };
    assert!(lease("one", 0, 10).await);
    assert!(!lease("two", 9, 19).await, "held");
    assert!(lease("one", 5, 15).await, "renewed");
    assert!(!lease("two", 14, 24).await, "until 15 now");
    assert!(lease("two", 15, 25).await, "ran out");
    assert!(!lease("one", 16, 26).await, "passed on");
    let other = ledger
        .lease(&agency(), "clocks", "one", noon(), noon() + 1.second())
        .await;
    assert!(other.expect("asked"), "another lease");
}
