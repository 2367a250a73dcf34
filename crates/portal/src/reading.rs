//! A bundle as it comes: read, verified, and understood as a publication or its withdrawal.

use jiff::Timestamp;
use proof::{
    Bundle, BundleError, Checkpoint, Commitment, Disclosure, Label, Leaf, VerifiedPublication,
    VerifierKey, Withdrawal,
};
use sha2::{Digest, Sha256};
use vocabulary::{Day, DayError};

/// A publication is a page of text; a larger file is not one of ours.
pub(crate) const LARGEST_BYTES: u64 = 4_000_000;

/// What one bundle shows, after everything in it was checked.
pub(crate) struct Publication {
    pub(crate) id: String,
    pub(crate) content: Content,
    pub(crate) disclosed_on: Day,
    pub(crate) rank: Rank,
    pub(crate) evidence: Evidence,
}

pub(crate) enum Content {
    /// In force.
    Disclosed(Box<Disclosure>),
    /// The header stays, the content is gone.
    Withdrawn(Box<Withdrawal>, Day),
}

/// Where and in which state of the log the shown content was found.
pub(crate) struct Evidence {
    /// The very bytes that were verified, for whoever wants to do it again.
    pub(crate) json: Vec<u8>,
    pub(crate) bundle: Bundle,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) label: Label,
    /// What the leaf commits to as the shown part.
    pub(crate) commitment: Option<Commitment>,
    pub(crate) recorded_at: Timestamp,
}

/// Which of two bundles of one publication stands: the later entry of the log. The rest makes the answer the same in
/// whatever order they come: of one entry a withdrawal, then the proof that leads to the larger tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    pub(crate) leaf: u64,
    pub(crate) is_withdrawal: bool,
    size: u64,
    pub(crate) digest: [u8; 32],
}

impl Rank {
    /// Whether both show the same entry of the log, perhaps with different proofs.
    pub(crate) fn is_same_entry(&self, other: &Rank) -> bool {
        (self.leaf, self.is_withdrawal) == (other.leaf, other.is_withdrawal)
    }
}

/// Why a bundle is not shown. The text is for whoever sent it, in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum Unsound {
    /// Not a whole bundle.
    #[error("这不是一份完整的存证文件：可能被截断，或者不是公示存证")]
    Unreadable(#[source] BundleError),
    /// Written by a later program.
    #[error("这份存证由更新的版本写成，本站的版本读不懂")]
    Version(#[source] BundleError),
    /// Signed by another key, or changed after signing.
    #[error("签名不是本站所信任的密钥作出的：可能是别的机关的存证，或者签署以后改动过")]
    Signature(#[source] BundleError),
    /// The entry is not in the signed log.
    #[error("存证所说的记录不在签署的日志里")]
    NotInLog(#[source] BundleError),
    /// The content is not what was recorded.
    #[error("公示内容与日志里的记录不一致，或者不是可以公开的部分")]
    NotCommitted(#[source] BundleError),
    /// Sound, but nothing that a portal shows.
    #[error("存证里的内容不是公示，也不是撤下说明")]
    Content(#[source] serde_json::Error),
    /// A date is none.
    #[error("公示里的日期写错了")]
    Date(#[from] DayError),
    /// The time of recording is none.
    #[error("记录的时间写错了")]
    Time(#[source] jiff::Error),
    /// Nobody can say which publication it is.
    #[error("存证里没有公示编号，文件名里也没有：编号只能用字母、数字、- 和 _")]
    NoId,
    /// It speaks of another publication than the place where it lies.
    #[error("存证说的是另一件公示：{0}")]
    OtherPublication(String),
    /// What is kept of a withdrawal was damaged, so nobody can tell which is newer.
    #[error("本站保存的这件公示的撤下说明已经损坏，须先重新送达撤下说明")]
    DamagedWithdrawal,
    /// The file is no plain file of a sensible size.
    #[error("不是普通文件，或者超过 {} 字节", LARGEST_BYTES)]
    NotAFile,
}

impl From<BundleError> for Unsound {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::Unreadable(_) | BundleError::Encoding(_) => Unsound::Unreadable(error),
            BundleError::UnknownVersion(_) => Unsound::Version(error),
            BundleError::Checkpoint(_) | BundleError::Origin { .. } | BundleError::Size { .. } => {
                Unsound::Signature(error)
            }
            BundleError::Inclusion(_) | BundleError::Leaf(_) => Unsound::NotInLog(error),
            BundleError::NoSuchPart(_)
            | BundleError::NotCommitted(_)
            | BundleError::NotPublic(_) => Unsound::NotCommitted(error),
        }
    }
}

/// Reads and verifies. `named` is the id that the name of the file gives, for bundles of the first shape that say none
/// themselves.
pub(crate) fn read(
    json: &[u8],
    key: &VerifierKey,
    named: Option<&str>,
) -> Result<Publication, Unsound> {
    let bundle = Bundle::parse(json)?;
    let VerifiedPublication {
        checkpoint,
        index,
        leaf,
        label,
        body,
    } = bundle.verify(key)?;
    let recorded_at = leaf.recorded_at.parse().map_err(Unsound::Time)?;
    let (content, disclosed_on) = understand(&body)?;
    let said = match &content {
        Content::Disclosed(disclosure) => disclosure.publication.clone(),
        Content::Withdrawn(header, _) => Some(header.publication.clone()),
    };
    // The header of an entry says which publication it concerns, also where the content of the first shape does not.
    let of_entry = || leaf.header()["outward"]["id"].as_str().map(str::to_owned);
    let id = said
        .or_else(of_entry)
        .or_else(|| named.map(str::to_owned))
        .filter(|id| is_id(id))
        .ok_or(Unsound::NoId)?;
    let commitment = leaf.part(label.as_str()).map(|part| part.commitment);
    Ok(Publication {
        id,
        disclosed_on,
        rank: Rank {
            leaf: index,
            is_withdrawal: matches!(content, Content::Withdrawn(..)),
            size: checkpoint.size,
            digest: Sha256::digest(json).into(),
        },
        content,
        evidence: Evidence {
            json: json.to_vec(),
            bundle,
            checkpoint,
            label,
            commitment,
            recorded_at,
        },
    })
}

/// A withdrawal says when it was withdrawn and a disclosure has rows: neither is taken for the other.
fn understand(body: &[u8]) -> Result<(Content, Day), Unsound> {
    if let Ok(header) = serde_json::from_slice::<Withdrawal>(body) {
        let disclosed_on = Day::parse(&header.disclosed_on)?;
        let withdrawn_on = Day::parse(&header.withdrawn_on)?;
        return Ok((
            Content::Withdrawn(Box::new(header), withdrawn_on),
            disclosed_on,
        ));
    }
    let disclosure: Disclosure = serde_json::from_slice(body).map_err(Unsound::Content)?;
    let disclosed_on = Day::parse(&disclosure.disclosed_on)?;
    Ok((Content::Disclosed(Box::new(disclosure)), disclosed_on))
}

/// Of which publication a bundle speaks that does not hold, as far as it says so: enough to know what not to keep.
pub(crate) fn claimed_id(json: &[u8], named: Option<&str>) -> Option<String> {
    let bundle = Bundle::parse(json).ok()?;
    let body = crate::base64::decode(&bundle.part.body).unwrap_or_default();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let said = body["publication"].as_str().map(str::to_owned);
    let of_entry = || {
        let leaf = Leaf::parse(&crate::base64::decode(&bundle.leaf)?).ok()?;
        leaf.header()["outward"]["id"].as_str().map(str::to_owned)
    };
    said.or_else(of_entry).or_else(|| named.map(str::to_owned))
}

/// An id is a file name and an address.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

/// The id that a file name gives: what stands before `.json`, without the place in the log that the record puts first.
pub(crate) fn id_of_name(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".json")?;
    let id = match stem.split_once('-') {
        Some((place, id)) if place.len() == 12 && place.bytes().all(|b| b.is_ascii_digit()) => id,
        _ => stem,
    };
    is_id(id).then_some(id)
}

/// An error with everything that caused it, for the operating log.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_in_the_log_is_no_part_of_an_id() {
        assert_eq!(id_of_name("000000000012-a1.json"), Some("a1"));
        assert_eq!(id_of_name("000000000012-a1-1-0.json"), Some("a1-1-0"));
        assert_eq!(id_of_name("019a-7-1-0.json"), Some("019a-7-1-0"));
        assert_eq!(id_of_name("a1.json"), Some("a1"));
        assert_eq!(id_of_name("12-a1.json"), Some("12-a1"));
        for name in ["a1", ".json", "a/b.json", "a b.json", "000000000012-.json"] {
            assert_eq!(id_of_name(name), None, "{name}");
        }
    }

    #[test]
    fn of_two_bundles_the_later_entry_stands() {
        let rank = |leaf, is_withdrawal, size| Rank {
            leaf,
            is_withdrawal,
            size,
            digest: [0; 32],
        };
        assert!(rank(2, false, 3) > rank(1, true, 9));
        assert!(rank(2, true, 3) > rank(2, false, 9));
        assert!(rank(2, true, 9) > rank(2, true, 3));
    }
}
