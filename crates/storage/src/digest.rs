//! Both digests of a content, made while it passes by.

use app::files::FileDigest;
use sha2::{Digest, Sha256};
use sm3::Sm3;

/// SHA-256 and SM3 side by side.
#[derive(Default)]
pub(crate) struct Digests {
    sha256: Sha256,
    sm3: Sm3,
}

impl Digests {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.sm3.update(bytes);
    }

    /// SHA-256, then SM3.
    pub(crate) fn finish(self) -> (FileDigest, FileDigest) {
        (
            FileDigest(self.sha256.finalize().into()),
            FileDigest(self.sm3.finalize().into()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The examples of FIPS 180-2 and of GB/T 32905.
    #[test]
    fn the_published_vectors_come_out_however_the_content_is_cut() {
        for pieces in [vec!["abc"], vec!["a", "", "bc"]] {
            let mut digests = Digests::default();
            pieces
                .iter()
                .for_each(|piece| digests.update(piece.as_bytes()));
            let (sha256, sm3) = digests.finish();
            assert_eq!(
                sha256.to_string(),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            );
            assert_eq!(
                sm3.to_string(),
                "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
            );
        }
    }
}
