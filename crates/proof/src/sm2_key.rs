//! The second key of a log: SM2 with SM3 (GB/T 32918), as a line of its own under each checkpoint.
//!
//! Signed notes have no assigned type for SM2, so the type byte is 0xff, followed by a name of our own. A key is
//! `0xff || "sm2-with-sm3/1234567812345678/" || 0x04 || x || y`; its id is, as for every signed note, the first four bytes
//! of `SHA-256(name || 0x0A || key)`. The signature is `r || s` over the text of the note, with the distinguishing
//! identifier `1234567812345678` of GM/T 0009.

use crate::base64_text;
use crate::checkpoint::KeyError;
use sm2::dsa::signature::{Signer, Verifier};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use std::fmt;

const IDENTIFIER: &str = "1234567812345678";
const TYPE: &[u8] = b"\xffsm2-with-sm3/1234567812345678/";

/// The public half of the SM2 key of a log, as text: `<name>+<id>+<base64>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sm2VerifierKey {
    name: String,
    id: u32,
    /// `0x04 || x || y`.
    point: Vec<u8>,
}

impl Sm2VerifierKey {
    /// Reads the text of a verifier key; blanks around it do not matter.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut fields = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (fields.next(), fields.next(), fields.next())
        else {
            return Err(KeyError::Sm2);
        };
        let key = base64_text::decode(key).ok_or(KeyError::Sm2)?;
        let point = key.strip_prefix(TYPE).ok_or(KeyError::Sm2)?;
        let read = Self::of(name, point)?;
        if format!("{:08x}", read.id) != id {
            return Err(KeyError::Sm2);
        }
        Ok(read)
    }

    fn of(name: &str, point: &[u8]) -> Result<Self, KeyError> {
        if !signed_note::is_key_name_valid(name) {
            return Err(KeyError::Name(name.to_owned()));
        }
        let is_uncompressed = point.len() == 65;
        if !is_uncompressed || VerifyingKey::from_sec1_bytes(IDENTIFIER, point).is_err() {
            return Err(KeyError::Sm2);
        }
        Ok(Self {
            name: name.to_owned(),
            id: signed_note::key_id(name, &[TYPE, point].concat()),
            point: point.to_owned(),
        })
    }

    /// The name of the key: the origin of the log that it speaks for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The point of the key, `0x04 || x || y`, as other tools read it.
    pub fn point(&self) -> &[u8] {
        &self.point
    }
}

impl fmt::Display for Sm2VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = base64_text::encode(&[TYPE, &self.point].concat());
        write!(f, "{}+{:08x}+{key}", self.name, self.id)
    }
}

impl signed_note::Verifier for Sm2VerifierKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let key = VerifyingKey::from_sec1_bytes(IDENTIFIER, &self.point);
        let signature = Signature::from_slice(signature);
        matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(text, &signature).is_ok())
    }
}

/// The private half of the SM2 key of a log.
#[derive(Clone)]
pub struct Sm2SigningKey {
    key: SigningKey,
    verifier: Sm2VerifierKey,
}

impl Sm2SigningKey {
    /// Makes the key from 32 random bytes. A few of them (fewer than one in 2^32) are no key: try others.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_slice(IDENTIFIER, seed).map_err(|_| KeyError::Sm2)?;
        // The signature divides by d + 1, so d = n - 1 could never sign.
        Signer::<Signature>::try_sign(&key, b"").map_err(|_| KeyError::Sm2)?;
        let verifier = Sm2VerifierKey::of(name, &key.verifying_key().to_sec1_bytes())?;
        Ok(Self { key, verifier })
    }

    /// Reads a key that [`Sm2SigningKey::to_secret_text`] wrote.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let fields = text.trim().strip_prefix("PRIVATE+KEY+");
        let mut fields = fields.ok_or(KeyError::Sm2)?.splitn(3, '+');
        let (Some(name), Some(_), Some(private)) = (fields.next(), fields.next(), fields.next())
        else {
            return Err(KeyError::Sm2);
        };
        let private = base64_text::decode(private).ok_or(KeyError::Sm2)?;
        let seed = private.strip_prefix(TYPE).ok_or(KeyError::Sm2)?;
        let key = Self::from_seed(name, seed.try_into().map_err(|_| KeyError::Sm2)?)?;
        if key.to_secret_text() != text.trim() {
            return Err(KeyError::Sm2);
        }
        Ok(key)
    }

    /// The text of the key. Whoever holds it can sign in the name of the log.
    pub fn to_secret_text(&self) -> String {
        let seed = self.key.to_bytes();
        let private = base64_text::encode(&[TYPE, seed.as_slice()].concat());
        let Sm2VerifierKey { name, id, .. } = &self.verifier;
        format!("PRIVATE+KEY+{name}+{id:08x}+{private}")
    }

    /// The public half.
    pub fn verifier(&self) -> &Sm2VerifierKey {
        &self.verifier
    }

    /// The signature line of a note.
    pub(crate) fn sign(&self, text: &[u8]) -> signed_note::Signature {
        let signature: Signature = self.key.sign(text);
        signed_note::Signature::new(
            self.verifier.name.clone(),
            self.verifier.id,
            signature.to_vec(),
        )
        .expect("the name was checked when the key was made")
    }
}

impl fmt::Debug for Sm2SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sm2SigningKey({})", self.verifier.name)
    }
}
