//! A bundle holds as made, and is refused by name once any field of it is changed.

use super::*;
use crate::tree::MemoryTree;
use crate::{NewLeaf, SigningKey};
use proptest::prelude::*;
use serde_json::json;

fn part(label: &str, sensitivity: Sensitivity, body: &str) -> Part {
    Part {
        label: Label::parse(label).expect("a label"),
        sensitivity,
        salt: [u8::try_from(label.len()).expect("a short label"); 32],
        body: body.into(),
    }
}

fn key() -> SigningKey {
    SigningKey::from_seed("mingqu.test/log", &[1; 32]).expect("a key")
}

fn parts() -> [Part; 2] {
    [
        part("public", Sensitivity::Public, r#"{"title":"x"}"#),
        part("party/1", Sensitivity::Personal, "张三"),
    ]
}

/// The bundle of leaf 3 in a tree of 7.
fn bundle_showing(shown: usize) -> Bundle {
    let leaves: Vec<Vec<u8>> = (0..7)
        .map(|i| {
            let recorded_at = "2026-10-13T01:00:00Z".to_owned();
            Leaf::new(NewLeaf {
                id: &format!("id{i}"),
                agency: "a",
                stream: "case/1",
                stream_version: i + 1,
                recorded_at,
                header: &json!({"n": i}),
                parts: &parts(),
                destroys: vec![],
            })
            .expect("a leaf")
            .to_bytes()
        })
        .collect();
    let mut tree = MemoryTree::default();
    for leaf in &leaves {
        tree.append(tree::leaf_hash(leaf));
    }
    let note = Checkpoint::sign(7, tree.root(), &key());
    let proof = tree::prove_inclusion(7, 3, &tree).expect("leaf 3 of 7");
    Bundle::new(
        "mingqu.test/log",
        3,
        7,
        &leaves[3],
        &proof,
        &note,
        &parts()[shown],
    )
}

fn verify(bundle: &Bundle) -> Result<VerifiedPublication, BundleError> {
    bundle.verify(key().verifier())
}

#[test]
fn a_bundle_holds_as_made() {
    let bundle = Bundle::parse(&bundle_showing(0).to_json()).expect("as written");
    let publication = verify(&bundle).expect("as made");
    assert_eq!(publication.body, br#"{"title":"x"}"#);
    assert_eq!((publication.index, publication.checkpoint.size), (3, 7));
    assert_eq!(publication.leaf.header(), json!({"n": 3}));
}

#[test]
fn a_part_that_is_not_public_is_refused_even_with_its_salt() {
    assert!(
        matches!(verify(&bundle_showing(1)), Err(BundleError::NotPublic(label)) if label == "party/1")
    );
}

#[test]
fn a_change_in_any_field_is_refused_by_name() {
    let refused = |change: fn(&mut Bundle)| {
        let mut bundle = bundle_showing(0);
        change(&mut bundle);
        verify(&bundle).expect_err("a changed bundle")
    };
    use BundleError as E;
    assert!(matches!(refused(|b| b.version = 2), E::UnknownVersion(2)));
    assert!(matches!(refused(|b| b.origin.push('x')), E::Origin { .. }));
    assert!(matches!(refused(|b| b.index = 2), E::Inclusion(_)));
    assert!(matches!(refused(|b| b.index = 7), E::Inclusion(_)));
    assert!(matches!(
        refused(|b| b.size = 8),
        E::Size {
            bundle: 8,
            checkpoint: 7
        }
    ));
    assert!(matches!(
        refused(|b| b.leaf = base64_text::encode(b"{}")),
        E::Inclusion(_)
    ));
    assert!(matches!(refused(|b| b.leaf.push('!')), E::Encoding("leaf")));
    assert!(matches!(refused(|b| b.proof.swap(0, 1)), E::Inclusion(_)));
    assert!(matches!(refused(|b| drop(b.proof.pop())), E::Inclusion(_)));
    assert!(matches!(
        refused(|b| b.proof[0] = "AA==".into()),
        E::Encoding("proof")
    ));
    let signature = |e: E| matches!(e, E::Checkpoint(CheckpointError::Signature { .. }));
    assert!(signature(refused(
        |b| b.checkpoint = b.checkpoint.replace("\n7\n", "\n9\n")
    )));
    assert!(matches!(
        refused(|b| b.checkpoint.clear()),
        E::Checkpoint(CheckpointError::Malformed(_))
    ));
    assert!(matches!(
        refused(|b| b.part.label = "party/1".into()),
        E::NotCommitted(_)
    ));
    assert!(matches!(
        refused(|b| b.part.label = "nothing".into()),
        E::NoSuchPart(_)
    ));
    assert!(matches!(
        refused(|b| b.part.salt = base64_text::encode(&[0; 32])),
        E::NotCommitted(_)
    ));
    assert!(matches!(
        refused(|b| b.part.salt = base64_text::encode(&[0; 31])),
        E::Encoding("salt")
    ));
    assert!(matches!(
        refused(|b| b.part.body = base64_text::encode(b"{}")),
        E::NotCommitted(_)
    ));
}

#[test]
fn a_bundle_of_another_log_is_refused() {
    let other = SigningKey::from_seed("mingqu.test/other", &[1; 32]).expect("a key");
    let refused = bundle_showing(0).verify(other.verifier());
    assert!(matches!(
        refused,
        Err(BundleError::Checkpoint(CheckpointError::Signature { .. }))
    ));
}

proptest! {
    /// Whatever single byte of the file is changed, the bundle is refused or says exactly the same.
    #[test]
    fn no_changed_byte_changes_what_a_bundle_says(at in 0usize..3000, to in any::<u8>()) {
        let mut json = bundle_showing(0).to_json();
        let at = at % json.len();
        json[at] = to;
        if let Ok(publication) = Bundle::parse(&json).and_then(|bundle| verify(&bundle)) {
            prop_assert_eq!(publication.body, br#"{"title":"x"}"#.to_vec());
            prop_assert_eq!(publication.index, 3);
        }
    }
}
