//! Signed heads of the log: C2SP checkpoints in signed notes (Ed25519).

use crate::base64_text;
use crate::tree::Hash;
use signed_note::{Note, NoteError, StandardSigner, StandardVerifier, VerifierList};
use std::fmt;

/// Text that is not a key, or a name that a key cannot have.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A name is not empty and holds neither blanks nor `+`.
    #[error("a key cannot be named {0:?}: no blanks, no plus sign, not empty")]
    Name(String),
    /// Not the text of a verifier key.
    #[error("this is not a verifier key")]
    Verifier(#[source] signed_note::VerifierError),
    /// Not the text of a signer key.
    #[error("this is not a signer key")]
    Signer,
}

/// The public half of a log key, as text: `<name>+<id>+<base64>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    text: String,
}

impl VerifierKey {
    /// Reads the text of a verifier key; blanks around it do not matter.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        StandardVerifier::new(text).map_err(KeyError::Verifier)?;
        let (name, _) = text.split_once('+').ok_or(KeyError::Signer)?;
        Ok(Self {
            name: name.to_owned(),
            text: text.to_owned(),
        })
    }

    /// The name of the key: the origin of the log that it speaks for.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn verifier(&self) -> StandardVerifier {
        StandardVerifier::new(&self.text).expect("parsed when it was made")
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The private half of a log key.
#[derive(Clone)]
pub struct SigningKey {
    text: String,
    verifier: VerifierKey,
}

impl SigningKey {
    /// Makes the key from 32 random bytes. The name is the origin of the log.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        if !signed_note::is_key_name_valid(name) {
            return Err(KeyError::Name(name.to_owned()));
        }
        let public = ed25519_dalek::SigningKey::from_bytes(seed).verifying_key();
        let verifier = VerifierKey::parse(&signed_note::new_ed25519_verifier_key(name, &public))?;
        let id = verifier.text.split('+').nth(1).ok_or(KeyError::Signer)?;
        let private = [&[ALGORITHM_ED25519], seed.as_slice()].concat();
        let text = format!("PRIVATE+KEY+{name}+{id}+{}", base64_text::encode(&private));
        StandardSigner::new(&text).map_err(|_| KeyError::Signer)?;
        Ok(Self { text, verifier })
    }

    /// Reads a key that [`SigningKey::to_secret_text`] wrote.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut fields = text
            .trim()
            .strip_prefix("PRIVATE+KEY+")
            .ok_or(KeyError::Signer)?
            .splitn(3, '+');
        let (Some(name), Some(_), Some(private)) = (fields.next(), fields.next(), fields.next())
        else {
            return Err(KeyError::Signer);
        };
        let bytes = base64_text::decode(private).ok_or(KeyError::Signer)?;
        let seed = match bytes.split_first() {
            Some((&ALGORITHM_ED25519, seed)) => seed.try_into().map_err(|_| KeyError::Signer)?,
            _ => return Err(KeyError::Signer),
        };
        let key = Self::from_seed(name, &seed)?;
        if key.text != text.trim() {
            return Err(KeyError::Signer);
        }
        Ok(key)
    }

    /// The text of the key. Whoever holds it can sign in the name of the log.
    pub fn to_secret_text(&self) -> &str {
        &self.text
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }
}

const ALGORITHM_ED25519: u8 = 1;

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifier.name)
    }
}

/// The head of a log: how many leaves, under which root.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// The number of leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a note is not accepted as a checkpoint of the log.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Not a signed note.
    #[error("the checkpoint is not a signed note")]
    Malformed(#[source] NoteError),
    /// Not signed by this key, or the text was changed after signing.
    #[error("the checkpoint is not signed by the key of {key}")]
    Signature {
        /// The key that was asked.
        key: String,
        /// What the note says.
        #[source]
        source: NoteError,
    },
    /// Signed, but the text is no checkpoint.
    #[error("the signed text is not a checkpoint")]
    Text,
    /// Signed by the key of one log in the name of another.
    #[error("the checkpoint speaks for {found}, the key for {expected}")]
    Origin {
        /// The log of the key.
        expected: String,
        /// The log of the checkpoint.
        found: String,
    },
}

impl Checkpoint {
    /// Signs the head in the name of the key's log; returns the text of the note.
    pub fn sign(size: u64, root: Hash, key: &SigningKey) -> String {
        let name = key.verifier.name();
        let text = tlog_tiles::Checkpoint::new(name, size, root, "")
            .expect("a key name is not empty")
            .to_bytes();
        let signer = StandardSigner::new(&key.text).expect("parsed when the key was made");
        let mut note = Note::new(&text, &[]).expect("a checkpoint is well-formed note text");
        note.add_sigs(&[&signer])
            .expect("an Ed25519 key signs any text");
        String::from_utf8(note.to_bytes()).expect("a note is text")
    }

    /// Opens a note: the signature first, then what it says.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, CheckpointError> {
        let opened = Note::from_bytes(note.as_bytes()).map_err(CheckpointError::Malformed)?;
        opened
            .verify(&VerifierList::new(vec![Box::new(key.verifier())]))
            .map_err(|source| CheckpointError::Signature {
                key: key.name.clone(),
                source,
            })?;
        let head =
            tlog_tiles::Checkpoint::from_bytes(opened.text()).map_err(|_| CheckpointError::Text)?;
        if head.origin() != key.name {
            return Err(CheckpointError::Origin {
                expected: key.name.clone(),
                found: head.origin().to_owned(),
            });
        }
        Ok(Self {
            origin: head.origin().to_owned(),
            size: head.size(),
            root: *head.hash(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> SigningKey {
        SigningKey::from_seed(name, &[42; 32]).expect("a key")
    }

    #[test]
    fn a_signed_head_opens_with_its_key_only() {
        let note = Checkpoint::sign(7, Hash([9; 32]), &key("mingqu.test/log"));
        let open = Checkpoint::open(&note, key("mingqu.test/log").verifier()).expect("its own key");
        assert_eq!(
            open,
            Checkpoint {
                origin: "mingqu.test/log".into(),
                size: 7,
                root: Hash([9; 32])
            }
        );

        let other = SigningKey::from_seed("mingqu.test/log", &[43; 32]).expect("a key");
        assert!(matches!(
            Checkpoint::open(&note, other.verifier()),
            Err(CheckpointError::Signature { .. })
        ));
        let changed = note.replace("\n7\n", "\n8\n");
        assert!(matches!(
            Checkpoint::open(&changed, key("mingqu.test/log").verifier()),
            Err(CheckpointError::Signature { .. })
        ));
        assert!(matches!(
            Checkpoint::open("nothing", other.verifier()),
            Err(CheckpointError::Malformed(_))
        ));
    }

    #[test]
    fn a_key_speaks_for_its_own_log_only() {
        let signer = StandardSigner::new(key("a.test").to_secret_text()).expect("a key");
        let mut note = Note::new(
            b"b.test\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
            &[],
        )
        .expect("a note");
        note.add_sigs(&[&signer]).expect("signed");
        let note = String::from_utf8(note.to_bytes()).expect("text");
        let refused = Checkpoint::open(&note, key("a.test").verifier());
        assert!(
            matches!(refused, Err(CheckpointError::Origin { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn keys_are_read_back_as_written() {
        let key = key("mingqu.test/永安区水利局");
        assert_eq!(
            SigningKey::parse(key.to_secret_text())
                .expect("as written")
                .verifier(),
            key.verifier()
        );
        assert_eq!(
            VerifierKey::parse(&format!(" {}\n", key.verifier())).expect("as written"),
            *key.verifier()
        );
        assert!(SigningKey::parse("PRIVATE+KEY+x+00000000+AQ==").is_err());
        assert!(VerifierKey::parse(key.to_secret_text()).is_err());
        assert!(matches!(
            SigningKey::from_seed("a b", &[0; 32]),
            Err(KeyError::Name(_))
        ));
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }

    #[test]
    fn the_published_key_of_the_note_specification_is_read() {
        VerifierKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
            .expect("a key");
    }
}
