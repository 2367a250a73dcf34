//! A draw that nobody can steer and anybody can do again: commit and reveal.
//!
//! Whoever prepares it fixes the pools; the program draws a secret that nobody sees and shows its digest (the commitment).
//! Whoever supervises then says a number. Secret, number and pools together make the seed, and the seed makes the order. The
//! one who knows the pools does not know the secret, the one who says the number knows neither what it will do, and the
//! secret cannot be changed, because its digest stands on record before the number is said. Every step is SHA-256 over text
//! with line feeds, so that a few lines of shell do it again.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The first line of all that is hashed, so that a digest of a draw is of nothing else.
const MARK: &str = "mingqu-draw-v1";

/// Lower hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// SHA-256 over the mark and these lines, each but the last with a line feed; 64 lower hexadecimal digits.
fn hashed(lines: &[&str]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(MARK);
    for line in lines {
        hasher.update("\n");
        hasher.update(line);
    }
    let bytes: [u8; 32] = hasher.finalize().into();
    hex(&bytes)
}

/// What is shown of a secret before it is used.
pub fn commitment(secret: &str) -> String {
    hashed(&["commit", secret])
}

/// The digest of a pool: its lines, one for each that may be drawn, in ascending order of bytes.
pub fn pool_digest(lines: &[&str]) -> String {
    let mut sorted = lines.to_vec();
    sorted.sort_unstable();
    let mut all = vec!["pool"];
    all.extend(sorted);
    hashed(&all)
}

/// The seed: from the secret, what was said, and the digests of the two pools.
pub fn seed(secret: &str, said: &str, (objects, officers): (&str, &str)) -> String {
    hashed(&["seed", secret, said, objects, officers])
}

/// Ids in the order in which they are drawn: ascending by SHA-256 of the seed, what is drawn for, and the id.
pub fn order<'i>(seed: &str, of: &str, ids: impl IntoIterator<Item = &'i str>) -> Vec<&'i str> {
    let ranked = ids
        .into_iter()
        .map(|id| (hashed(&["order", seed, of, id]), id));
    let mut ranked: Vec<(String, &str)> = ranked.collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.into_iter().map(|(_, id)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_does_it_again() {
        // printf 'mingqu-draw-v1\ncommit\nabc' | sha256sum
        assert_eq!(
            commitment("abc"),
            "8c4cd0bdee9d05e047a16b712b2ec2ca5ba79f059813529e02106e862e3d902d"
        );
        // printf 'mingqu-draw-v1\npool\na\nb' | sha256sum
        assert_eq!(
            pool_digest(&["b", "a"]),
            "78a9cbefa7f6c9d55c438ab53096e42dfd4d70d42f817c398015bb0ae7b58d52"
        );
        // printf 'mingqu-draw-v1\nseed\nabc\n88\nx\ny' | sha256sum
        assert_eq!(
            seed("abc", "88", ("x", "y")),
            "28304c9757a2e5ee37f770045309b5522ad58625cae34a3c2ff98b5747cf55b1"
        );
    }

    #[test]
    fn the_order_rests_on_the_seed_alone() {
        let ids = ["q01", "q02", "q03", "q04", "q05"];
        let one = order("s", "objects", ids);
        let again = order("s", "objects", ids.into_iter().rev());
        assert_eq!(one, again);
        let firsts: std::collections::BTreeSet<&str> = (0..200)
            .filter_map(|number| order(&number.to_string(), "objects", ids).first().copied())
            .collect();
        assert_eq!(firsts.len(), 5, "each comes first under some seed");
        assert_ne!(
            order("s", "officers q01", ids),
            order("s", "officers q02", ids)
        );
        assert_eq!(order("s", "objects", ["a", "a"]), ["a"]);
    }
}
