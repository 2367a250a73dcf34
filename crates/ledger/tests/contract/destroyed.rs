//! Verification accepts exactly those parts as gone that a later leaf says were destroyed.

use crate::backends::Backend;
use crate::{agency, append_to, fill, key};
use app::ledger::Ledger;
use ledger::verify::{self, Finding};
use proof::tree::{self, KnownHashes};
use proof::{DestroyedPart, Label, Leaf, NewLeaf};
use std::sync::Arc;

fn destroyed(leaf_index: u64, label: &str) -> DestroyedPart {
    DestroyedPart {
        leaf_index,
        label: Label::parse(label).expect("a label"),
    }
}

/// Makes the last leaf of the log one that says so, with the hashes that belong to it.
async fn say_destroyed(
    backend: &impl Backend,
    ledger: &Arc<dyn Ledger>,
    destroys: Vec<DestroyedPart>,
) {
    let size = ledger.tree_size(&agency()).await.expect("read");
    let last = size - 1;
    let entry = ledger.entries(&agency(), last, 1).await.expect("read");
    let entry = entry.first().expect("the last leaf");
    let leaf = Leaf::new(NewLeaf {
        id: &entry.id,
        agency: agency().as_str(),
        stream: &entry.stream,
        stream_version: entry.stream_version,
        recorded_at: entry.recorded_at.to_string(),
        header: &Leaf::parse(&entry.leaf).expect("a leaf").header(),
        parts: &entry.parts,
        destroys,
    })
    .expect("a leaf")
    .to_bytes();
    let needed = tree::needed_to_append(last);
    let known: KnownHashes = ledger
        .hashes(&agency(), &needed)
        .await
        .expect("read")
        .into_iter()
        .collect();
    let hashes = tree::append(last, tree::leaf_hash(&leaf), &known).expect("complete");
    let mut sql = format!(
        "UPDATE entries SET leaf = {} WHERE leaf_index = {last};",
        backend.bytes(&leaf)
    );
    for (index, hash) in (tree::stored_index_of_leaf(last)..).zip(hashes) {
        sql += &format!(
            "UPDATE tree_hashes SET hash = {} WHERE stored_index = {index};",
            backend.bytes(&hash.0)
        );
    }
    backend.run_sql(&sql);
}

async fn findings(ledger: &Arc<dyn Ledger>) -> Vec<Finding> {
    let found = verify::verify(&**ledger, &agency(), key().verifier(), None).await;
    found.expect("read").findings
}

pub async fn a_part_that_a_later_leaf_destroys_may_be_gone_and_no_other(backend: impl Backend) {
    let ledger = backend.open().await;
    // Further apart than one step of reading.
    fill(&*ledger, "case/1", 600).await;
    let gone =
        |leaf: u64| format!("DELETE FROM parts WHERE leaf_index = {leaf} AND label = 'party/1'");
    backend.run_sql(&gone(3));
    backend.run_sql(&gone(550));
    let label = || "party/1".to_owned();
    let unexplained = |index| Finding::PartsDiffer {
        index,
        label: label(),
    };
    assert_eq!(findings(&ledger).await, [unexplained(3), unexplained(550)]);
    say_destroyed(&backend, &ledger, vec![destroyed(3, "party/1")]).await;
    assert_eq!(findings(&ledger).await, [unexplained(550)]);
    ledger
        .append(append_to("case/2", 0))
        .await
        .expect("a new stream");
    let again = vec![destroyed(3, "party/1"), destroyed(550, "party/1")];
    say_destroyed(&backend, &ledger, again).await;
    assert_eq!(findings(&ledger).await, [], "said twice is said as well");
}

pub async fn what_cannot_have_been_destroyed_is_found(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 9).await;
    let said = vec![
        destroyed(2, "party/1"),
        destroyed(4, "nothing"),
        destroyed(8, "party/1"),
        destroyed(70, "party/1"),
    ];
    say_destroyed(&backend, &ledger, said).await;
    let nothing = |named, label: &str| Finding::DestroysNothing {
        index: 8,
        named,
        label: label.to_owned(),
    };
    assert_eq!(
        findings(&ledger).await,
        [
            Finding::DestroyedPartThere {
                index: 2,
                label: "party/1".to_owned(),
                by: 8
            },
            nothing(4, "nothing"),
            nothing(8, "party/1"),
            nothing(70, "party/1"),
        ]
    );
}
