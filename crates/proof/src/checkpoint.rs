//! Signed heads of the log: C2SP checkpoints in signed notes, by Ed25519 and, in a second line, by SM2.

use crate::base64_text;
use crate::sm2_key::{Sm2SigningKey, Sm2VerifierKey};
use crate::tree::Hash;
use signed_note::{Note, NoteError, StandardSigner, StandardVerifier, Verifier, VerifierList};
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
    /// Not an SM2 key, or not the text of one.
    #[error("this is not an SM2 key")]
    Sm2,
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
    sm2: Option<Sm2SigningKey>,
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
        Ok(Self {
            text,
            verifier,
            sm2: None,
        })
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

    /// The same key with an SM2 key beside it: what it signs then carries two lines.
    pub fn with_sm2(self, sm2: Sm2SigningKey) -> Self {
        Self {
            sm2: Some(sm2),
            ..self
        }
    }

    /// The public half of the SM2 key beside it.
    pub fn sm2_verifier(&self) -> Option<&Sm2VerifierKey> {
        self.sm2.as_ref().map(Sm2SigningKey::verifier)
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
        let beside: Vec<_> = key.sm2.iter().map(|sm2| sm2.sign(&text)).collect();
        let mut note = Note::new(&text, &beside).expect("a checkpoint is well-formed note text");
        note.add_sigs(&[&signer])
            .expect("an Ed25519 key signs any text");
        String::from_utf8(note.to_bytes()).expect("a note is text")
    }

    /// Opens a note: the signature first, then what it says. Lines of other keys, such as the SM2 line, do not matter.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, CheckpointError> {
        open(note, Box::new(key.verifier()))
    }

    /// Opens a note by its SM2 line.
    pub fn open_sm2(note: &str, key: &Sm2VerifierKey) -> Result<Self, CheckpointError> {
        open(note, Box::new(key.clone()))
    }
}

fn open(note: &str, verifier: Box<dyn Verifier>) -> Result<Checkpoint, CheckpointError> {
    let key = verifier.name().to_owned();
    let opened = Note::from_bytes(note.as_bytes()).map_err(CheckpointError::Malformed)?;
    if let Err(source) = opened.verify(&VerifierList::new(vec![verifier])) {
        return Err(CheckpointError::Signature { key, source });
    }
    let head =
        tlog_tiles::Checkpoint::from_bytes(opened.text()).map_err(|_| CheckpointError::Text)?;
    if head.origin() != key {
        return Err(CheckpointError::Origin {
            expected: key,
            found: head.origin().to_owned(),
        });
    }
    Ok(Checkpoint {
        origin: head.origin().to_owned(),
        size: head.size(),
        root: *head.hash(),
    })
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
    fn a_second_line_is_signed_by_sm2_and_stands_for_itself() {
        let name = "mingqu.test/log";
        let sm2 = Sm2SigningKey::from_seed(name, &[7; 32]).expect("a key");
        let both = key(name).with_sm2(sm2.clone());
        let note = Checkpoint::sign(7, Hash([9; 32]), &both);
        let by_ed25519 = Checkpoint::open(&note, both.verifier()).expect("the first key");
        let by_sm2 = Checkpoint::open_sm2(&note, sm2.verifier()).expect("the second key");
        assert_eq!(by_ed25519, by_sm2);

        let signature = |result| matches!(result, Err(CheckpointError::Signature { .. }));
        let changed = note.replace("\n7\n", "\n8\n");
        assert!(signature(Checkpoint::open_sm2(&changed, sm2.verifier())));
        let other = Sm2SigningKey::from_seed(name, &[8; 32]).expect("a key");
        assert!(signature(Checkpoint::open_sm2(&note, other.verifier())));
        let one_line = Checkpoint::sign(7, Hash([9; 32]), &key(name));
        assert!(signature(Checkpoint::open_sm2(&one_line, sm2.verifier())));
        let lines: Vec<&str> = note.lines().collect();
        let without_ed25519 = note.replace(&format!("{}\n", lines[5]), "");
        assert_eq!(
            Checkpoint::open_sm2(&without_ed25519, sm2.verifier()).expect("its own line"),
            by_sm2
        );
        assert!(signature(Checkpoint::open(
            &without_ed25519,
            both.verifier()
        )));
    }

    #[test]
    fn sm2_keys_are_read_back_as_written() {
        let key = Sm2SigningKey::from_seed("mingqu.test/永安区水利局", &[7; 32]).expect("a key");
        let again = Sm2SigningKey::parse(&key.to_secret_text()).expect("as written");
        assert_eq!(again.verifier(), key.verifier());
        let text = key.verifier().to_string();
        assert_eq!(
            Sm2VerifierKey::parse(&format!(" {text}\n")).expect("as written"),
            *key.verifier()
        );
        assert!(matches!(
            VerifierKey::parse(&text),
            Err(KeyError::Verifier(_))
        ));
        assert!(Sm2VerifierKey::parse(&text.replace("test", "tent")).is_err());
        assert!(Sm2SigningKey::parse(&text).is_err());
        assert!(Sm2SigningKey::from_seed("mingqu.test/log", &[0; 32]).is_err());
        assert!(Sm2SigningKey::from_seed("mingqu.test/log", &[255; 32]).is_err());
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }

    #[test]
    fn the_published_key_of_the_note_specification_is_read() {
        VerifierKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
            .expect("a key");
    }
}
