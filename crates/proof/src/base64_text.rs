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

/// The characters of 32 bytes.
pub(crate) const LENGTH_OF_32: usize = 44;

/// Decodes exactly 32 bytes: a hash, a salt or a seed. A verification decodes millions of them, hence its own way.
pub(crate) fn decode_32(text: &str) -> Option<[u8; 32]> {
    let mut text: [u8; LENGTH_OF_32] = text.as_bytes().try_into().ok()?;
    // Its six bits are none of the 32 bytes: as zeros they make the last group whole.
    let padding = text.last_mut().filter(|last| **last == b'=')?;
    *padding = b'A';
    let mut bytes = [0; 33];
    let mut seen = 0;
    let groups = text.as_chunks::<4>().0.iter();
    for (group, bytes) in groups.zip(bytes.as_chunks_mut::<3>().0) {
        let [first, second, third, fourth] = group.map(|letter| VALUES[usize::from(letter)]);
        seen |= first | second | third | fourth;
        *bytes = [
            first << 2 | second >> 4,
            second << 4 | third >> 2,
            third << 6 | fourth,
        ];
    }
    let (wanted, behind) = bytes.split_first_chunk::<32>()?;
    (seen < 64 && behind == [0]).then_some(*wanted)
}

/// The six bits of each letter; of all others a number that has more.
const VALUES: [u8; 256] = {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [0xff; 256];
    let mut value = 0;
    while value < 64 {
        values[letters[value as usize] as usize] = value;
        value += 1;
    }
    values
};

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn thirty_two_bytes_come_back(bytes in any::<[u8; 32]>()) {
            prop_assert_eq!(decode_32(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn what_anybody_decodes_is_decoded_alike(
            bytes in any::<[u8; 32]>(),
            at in 0..44_usize,
            other in prop_oneof![any::<char>(), "[A-Za-z0-9+/=]".prop_map(|text| text.chars().next().unwrap_or('='))],
        ) {
            let text: String = encode(&bytes)
                .chars()
                .enumerate()
                .map(|(place, letter)| if place == at { other } else { letter })
                .collect();
            let known = decode(&text).and_then(|bytes| bytes.try_into().ok());
            prop_assert_eq!(decode_32(&text), known, "{}", text);
        }
    }

    #[test]
    fn another_length_is_refused() {
        for length in (0..70).filter(|length| *length != 32) {
            assert_eq!(decode_32(&encode(&vec![0; length])), None, "{length}");
        }
    }
}
