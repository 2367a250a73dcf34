//! Published vectors, and every leaf of every tree up to 200.

use super::*;

/// The eight inputs and roots that the Certificate Transparency reference implementation tests with.
const VECTOR_LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const VECTOR_ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).expect("hex of the vector");
    let byte = |pair: &[u8]| {
        pair.iter()
            .fold(0, |so_far, half| so_far * 16 + digit(half))
    };
    let bytes = text.as_bytes().chunks(2).map(byte);
    bytes
        .map(|byte| u8::try_from(byte).expect("two digits"))
        .collect()
}

fn tree_of(size: u64) -> MemoryTree {
    let mut tree = MemoryTree::default();
    for index in 0..size {
        tree.append(leaf_hash(&index.to_be_bytes()));
    }
    tree
}

#[test]
fn roots_are_those_of_the_published_vectors() {
    let mut tree = MemoryTree::default();
    let empty = unhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(tree.root().0.as_slice(), empty);
    for (leaf, expected) in VECTOR_LEAVES.iter().zip(VECTOR_ROOTS) {
        tree.append(leaf_hash(&unhex(leaf)));
        assert_eq!(
            tree.root().0.as_slice(),
            unhex(expected),
            "tree of {} leaves",
            tree.size()
        );
    }
}

#[test]
fn proofs_are_those_of_the_published_vectors() {
    let mut tree = MemoryTree::default();
    for leaf in VECTOR_LEAVES {
        tree.append(leaf_hash(&unhex(leaf)));
    }
    let hex = |hashes: Vec<Hash>| -> Vec<String> {
        hashes
            .iter()
            .map(|hash| hash.0.iter().map(|byte| format!("{byte:02x}")).collect())
            .collect()
    };
    assert_eq!(
        hex(prove_inclusion(8, 0, &tree).expect("leaf 0 of 8")),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
    );
    assert_eq!(
        hex(prove_consistency(8, 6, &tree).expect("6 to 8")),
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
}

#[test]
fn every_leaf_of_every_tree_up_to_200_is_proved_and_nothing_else() {
    let tree = tree_of(200);
    for size in 1..=200 {
        let root = tree.root_at(size).expect("a root");
        for index in 0..size {
            let leaf = leaf_hash(&index.to_be_bytes());
            let proof = prove_inclusion(size, index, &tree).expect("a proof");
            check_inclusion(&proof, size, root, index, leaf).expect("its own proof");
            let other = leaf_hash(&(index + 1).to_be_bytes());
            assert!(matches!(
                check_inclusion(&proof, size, root, index, other),
                Err(TreeError::Refused)
            ));
        }
    }
}

#[test]
fn every_pair_of_trees_up_to_200_is_consistent() {
    let tree = tree_of(200);
    for size in 1..=200 {
        let root = tree.root_at(size).expect("a root");
        for old_size in 1..=size {
            let old_root = tree.root_at(old_size).expect("a root");
            let proof = prove_consistency(size, old_size, &tree).expect("a proof");
            check_consistency(&proof, size, root, old_size, old_root).expect("its own proof");
            let wrong = leaf_hash(b"another history");
            assert!(check_consistency(&proof, size, root, old_size, wrong).is_err());
        }
    }
}

#[test]
fn the_named_hashes_are_enough() {
    let tree = tree_of(200);
    let known = |indexes: Vec<u64>| -> KnownHashes {
        let hashes = tree.read_hashes(&indexes).expect("hashes of the tree");
        indexes.into_iter().zip(hashes).collect()
    };
    for size in 1..200 {
        let root_of_size = tree.root_at(size).expect("a root");
        assert_eq!(
            root(size, &known(needed_for_root(size))).expect("enough hashes"),
            root_of_size
        );
        for index in 0..size {
            let needed = needed_for_inclusion(size, index).expect("a leaf of the tree");
            let proof = prove_inclusion(size, index, &known(needed)).expect("enough hashes");
            check_inclusion(
                &proof,
                size,
                root_of_size,
                index,
                leaf_hash(&index.to_be_bytes()),
            )
            .expect("a proof");
            let needed = needed_for_consistency(size, index + 1).expect("an earlier size");
            prove_consistency(size, index + 1, &known(needed)).expect("enough hashes");
        }
        let stored = append(
            size,
            leaf_hash(&size.to_be_bytes()),
            &known(needed_to_append(size)),
        )
        .expect("enough");
        let first = stored_index_of_leaf(size);
        assert_eq!(first, stored_hash_count(size));
        for (place, hash) in (first..).zip(stored) {
            assert_eq!(tree.read_hashes(&[place]).expect("stored"), [hash]);
        }
    }
}

#[test]
fn what_is_not_there_is_named() {
    let none = KnownHashes::default();
    assert!(matches!(root(1, &none), Err(TreeError::Missing(0))));
    assert!(matches!(
        prove_inclusion(3, 3, &none),
        Err(TreeError::OutOfRange(_))
    ));
    assert!(matches!(
        prove_consistency(3, 4, &none),
        Err(TreeError::OutOfRange(_))
    ));
}

#[test]
fn the_right_edge_completes_what_the_whole_tree_stores() {
    let (mut whole, mut edge) = (MemoryTree::default(), RightEdge::default());
    let mut completed = Vec::new();
    assert_eq!(edge.root(), whole.root());
    for index in 0..600u64 {
        let leaf = leaf_hash(&index.to_be_bytes());
        edge.append(leaf, &mut completed);
        assert_eq!(completed, whole.append(leaf), "leaf {index}");
        assert_eq!((edge.size(), edge.root()), (whole.size(), whole.root()));
    }
    assert!(edge.peaks.len() <= 10, "not the whole tree");
}
