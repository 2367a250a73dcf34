//! What the log promises: proofs, checkpoints, bundles, and a verification that names what was changed.

use crate::backends::Backend;
use crate::{agency, append_to, fill, key};
use app::ledger::Ledger;
use ledger::{publish, verify};
use proof::Checkpoint;
use proof::tree::{self, KnownHashes};
use std::sync::Arc;

pub async fn every_leaf_has_a_proof_to_the_signed_checkpoint(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 21).await;
    let kept = publish::publish_checkpoint(&*ledger, &agency(), &key())
        .await
        .expect("signed");
    let head = Checkpoint::open(&kept.note, key().verifier()).expect("our own note");
    assert_eq!(head.size, 21);
    for entry in ledger.entries(&agency(), 0, 100).await.expect("read") {
        let needed =
            tree::needed_for_inclusion(head.size, entry.leaf_index).expect("a leaf of the tree");
        let known: KnownHashes = ledger
            .hashes(&agency(), &needed)
            .await
            .expect("read")
            .into_iter()
            .collect();
        let proof = tree::prove_inclusion(head.size, entry.leaf_index, &known)
            .expect("all hashes are there");
        let leaf = tree::leaf_hash(&entry.leaf);
        tree::check_inclusion(&proof, head.size, head.root, entry.leaf_index, leaf)
            .expect("in the signed tree");
    }
}

pub async fn a_later_checkpoint_continues_an_earlier_one(backend: impl Backend) {
    let ledger = backend.open().await;
    let mut last = None;
    for round in 0..4 {
        for version in round * 3..round * 3 + 3 {
            ledger
                .append(append_to("case/1", version))
                .await
                .expect("the next version");
        }
        let kept = publish::publish_checkpoint(&*ledger, &agency(), &key())
            .await
            .expect("signed");
        let again = publish::publish_checkpoint(&*ledger, &agency(), &key())
            .await
            .expect("signed");
        assert_eq!(kept, again, "nothing new to sign");
        let head = Checkpoint::open(&kept.note, key().verifier()).expect("our own note");
        if let Some(old) = last.replace(head.clone()) {
            let needed =
                tree::needed_for_consistency(head.size, old.size).expect("an earlier size");
            let known: KnownHashes = ledger
                .hashes(&agency(), &needed)
                .await
                .expect("read")
                .into_iter()
                .collect();
            let proof =
                tree::prove_consistency(head.size, old.size, &known).expect("all hashes are there");
            tree::check_consistency(&proof, head.size, head.root, old.size, old.root)
                .expect("continues");
        }
    }
}

pub async fn a_public_part_crosses_in_a_bundle_and_no_other(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 5).await;
    for index in 0..5 {
        let bundle = publish::bundle(&*ledger, &agency(), index, "facts/public", &key())
            .await
            .expect("made");
        let shown = bundle.verify(key().verifier()).expect("holds");
        assert_eq!(
            (shown.index, shown.body.as_slice()),
            (index, r#"{"title":"超许可取水"}"#.as_bytes())
        );
    }
    use publish::PublishError::{NoPublicPart, NoSuchLeaf};
    let bundle = |index, label| {
        let ledger = Arc::clone(&ledger);
        async move { publish::bundle(&*ledger, &agency(), index, label, &key()).await }
    };
    assert!(matches!(
        bundle(0, "party/1").await,
        Err(NoPublicPart { .. })
    ));
    assert!(matches!(
        bundle(0, "nothing").await,
        Err(NoPublicPart { .. })
    ));
    assert!(matches!(
        bundle(5, "facts/public").await,
        Err(NoSuchLeaf(5))
    ));
}

pub async fn a_sound_log_verifies_and_says_what_that_cannot_find(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 7).await;
    let kept = publish::publish_checkpoint(&*ledger, &agency(), &key())
        .await
        .expect("signed");
    let alone = verify::verify(&*ledger, &agency(), key().verifier(), None)
        .await
        .expect("read");
    assert!(alone.is_sound(), "{:?}", alone.findings);
    assert!(
        alone
            .statement()
            .contains("没有外部检查点时，只能发现损坏和不彻底的改动"),
        "{}",
        alone.statement()
    );
    let outside = Checkpoint::open(&kept.note, key().verifier()).expect("our own note");
    assert_eq!(alone.root, outside.root);
    fill(&*ledger, "case/2", 2).await;
    let compared = verify::verify(&*ledger, &agency(), key().verifier(), Some(outside))
        .await
        .expect("read");
    assert!(compared.is_sound());
    assert!(
        compared.statement().contains("其后的 2 条没有外部检查点"),
        "{}",
        compared.statement()
    );
}

async fn findings(ledger: &Arc<dyn Ledger>) -> verify::Verification {
    verify::verify(&**ledger, &agency(), key().verifier(), None)
        .await
        .expect("read")
}

pub async fn a_changed_leaf_is_named(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 9).await;
    publish::publish_checkpoint(&*ledger, &agency(), &key())
        .await
        .expect("signed");
    let changed = backend.text_as_bytes("{\"changed\":true}");
    backend.run_sql(&format!(
        "UPDATE entries SET leaf = {changed} WHERE leaf_index = 4"
    ));
    let found = findings(&ledger).await;
    assert_eq!(found.first_differing_leaf(), Some(4));
    assert!(
        found
            .findings
            .iter()
            .any(|finding| matches!(finding, verify::Finding::LeafChanged { index: 4, .. }))
    );
    assert!(
        found
            .findings
            .iter()
            .any(|finding| matches!(finding, verify::Finding::RootDiffers { signed: 9, .. }))
    );
    assert!(
        found.statement().contains("最早涉及第 4 条记录"),
        "{}",
        found.statement()
    );
}

pub async fn changed_parts_columns_and_hashes_are_named(backend: impl Backend) {
    use verify::Finding;
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 9).await;
    let changed = backend.text_as_bytes("another");
    backend.run_sql(&format!(
        "UPDATE parts SET body = {changed} WHERE leaf_index = 2 AND label = 'party/1'"
    ));
    backend.run_sql("DELETE FROM parts WHERE leaf_index = 3 AND label = 'party/1'");
    backend.run_sql(
        "UPDATE parts SET sensitivity = 'public' WHERE leaf_index = 5 AND label = 'party/1'",
    );
    backend.run_sql("UPDATE entries SET recorded_at_ms = recorded_at_ms - 1 WHERE leaf_index = 6");
    // Stored index 2 is the node over leaves 0 and 1.
    backend.run_sql("DELETE FROM tree_hashes WHERE stored_index = 2");
    let label = || "party/1".to_owned();
    assert_eq!(
        findings(&ledger).await.findings,
        [
            Finding::TreeHashChanged { first: 0, last: 1 },
            Finding::PartChanged {
                index: 2,
                label: label()
            },
            Finding::PartsDiffer {
                index: 3,
                label: label()
            },
            Finding::PartChanged {
                index: 5,
                label: label()
            },
            Finding::RowDiffers {
                index: 6,
                column: "recorded_at"
            },
        ]
    );
}

pub async fn a_removed_leaf_is_named(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 9).await;
    publish::publish_checkpoint(&*ledger, &agency(), &key())
        .await
        .expect("signed");
    backend.run_sql("DELETE FROM entries WHERE leaf_index = 7");
    assert_eq!(
        findings(&ledger).await.findings,
        [verify::Finding::MissingLeaf(7)]
    );
    // Cutting off the end is seen only against what was signed.
    backend.run_sql("DELETE FROM entries WHERE leaf_index >= 7");
    backend.run_sql("UPDATE heads SET size = 7");
    let found = findings(&ledger).await.findings;
    assert_eq!(
        found,
        [verify::Finding::Shortened {
            size: 7,
            signed: 9,
            whose: verify::Whose::Own
        }]
    );
}

pub async fn a_history_that_was_changed_is_not_signed_again(backend: impl Backend) {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", 4).await;
    publish::publish_checkpoint(&*ledger, &agency(), &key())
        .await
        .expect("signed");
    fill(&*ledger, "case/2", 1).await;
    // Stored index 6 is the root over the first four leaves.
    let other = backend.text_as_bytes("01234567890123456789012345678901");
    backend.run_sql(&format!(
        "UPDATE tree_hashes SET hash = {other} WHERE stored_index = 6"
    ));
    let refused = publish::publish_checkpoint(&*ledger, &agency(), &key()).await;
    assert!(
        matches!(
            refused,
            Err(publish::PublishError::HistoryChanged { size: 4 })
        ),
        "{refused:?}"
    );
}
