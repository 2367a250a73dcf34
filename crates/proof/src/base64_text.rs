//! Bytes as standard base64 text, one way for every stored and exchanged shape.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};
use std::fmt;

pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Decodes exactly 32 bytes: a hash, a salt or a seed.
pub(crate) fn decode_32(text: &str) -> Option<[u8; 32]> {
    // One byte more than is wanted: the decoder asks for room for whole groups of four characters.
    let mut bytes = [0; 33];
    let length = STANDARD.decode_slice(text, &mut bytes).ok()?;
    let (wanted, _) = bytes.split_first_chunk::<32>()?;
    (length == 32).then_some(*wanted)
}

pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&encode(bytes))
}

pub(crate) fn deserialize_32<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<[u8; 32], D::Error> {
    struct Text;

    impl Visitor<'_> for Text {
        type Value = [u8; 32];

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("32 bytes in base64")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<[u8; 32], E> {
            decode_32(text).ok_or_else(|| E::custom("expected 32 bytes in base64"))
        }
    }

    // Not by way of a text of its own: a verification reads millions of them.
    deserializer.deserialize_str(Text)
}
