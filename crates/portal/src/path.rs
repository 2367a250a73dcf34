//! The way from a leaf to the root, step by step, for people to follow.

use proof::Hash;
use proof::tree::{self, TreeError};
use sha2::{Digest, Sha256};

/// One step upward: what stands beside, and what both come to.
#[derive(Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) number: usize,
    /// The neighbor stands to the left.
    pub(crate) is_left: bool,
    pub(crate) beside: Hash,
    pub(crate) result: Hash,
}

/// `SHA-256(0x01 || left || right)`, RFC 6962 section 2.1.
fn node(left: Hash, right: Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left.0);
    hasher.update(right.0);
    Hash(hasher.finalize().into())
}

/// The steps of a proof (RFC 9162 section 2.1.3.2), if it leads to the root.
pub(crate) fn steps(
    proof: &[Hash],
    size: u64,
    root: Hash,
    index: u64,
    leaf: Hash,
) -> Result<Vec<Step>, TreeError> {
    tree::check_inclusion(proof, size, root, index, leaf)?;
    let (mut place, mut last) = (index, size.saturating_sub(1));
    let mut reached = leaf;
    let mut steps = Vec::new();
    for (number, beside) in (1..).zip(proof.iter().copied()) {
        let is_left = place & 1 == 1 || place == last;
        reached = match is_left {
            true => node(beside, reached),
            false => node(reached, beside),
        };
        if is_left {
            // At the right edge there are levels without a neighbor.
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        }
        place >>= 1;
        last >>= 1;
        steps.push(Step {
            number,
            is_left,
            beside,
            result: reached,
        });
    }
    match reached == root {
        true => Ok(steps),
        false => Err(TreeError::Refused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proof::tree::MemoryTree;

    #[test]
    fn every_leaf_of_every_small_tree_is_led_to_the_root() {
        let mut tree = MemoryTree::default();
        let leaf = |n: u64| tree::leaf_hash(&n.to_be_bytes());
        for size in 1..=70 {
            tree.append(leaf(size - 1));
            for index in 0..size {
                let proof = tree::prove_inclusion(size, index, &tree).expect("a proof");
                let steps = steps(&proof, size, tree.root(), index, leaf(index));
                assert_eq!(steps.expect("it leads there").len(), proof.len());
            }
        }
        let proof = tree::prove_inclusion(70, 3, &tree).expect("a proof");
        assert!(steps(&proof, 70, tree.root(), 4, leaf(3)).is_err());
    }
}
