//! The publication files, each verified when it is first seen and again whenever it changes.

use jiff::Timestamp;
use proof::{
    Bundle, BundleError, Checkpoint, Disclosure, VerifiedPublication, VerifierKey, Withdrawal,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vocabulary::{Day, DayError};

/// A publication is a page of text; a larger file is not one of ours.
const LARGEST_BYTES: u64 = 4_000_000;

/// Where and in which state of the log the shown content was found, after everything was checked.
pub(crate) struct Evidence {
    pub(crate) index: u64,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) note: String,
    pub(crate) recorded_at: Timestamp,
    /// The very bytes that were verified, for whoever wants to do it again.
    pub(crate) bundle: Vec<u8>,
}

/// One publication as the public may see it.
#[derive(Clone)]
pub(crate) enum Publication {
    /// In force.
    Disclosed(Arc<Disclosed>),
    /// Withdrawn: the header stays, the content is gone.
    Withdrawn(Arc<Withdrawn>),
    /// The file does not hold; nothing of it is shown.
    Damaged,
}

pub(crate) struct Disclosed {
    pub(crate) content: Disclosure,
    pub(crate) disclosed_on: Day,
    pub(crate) evidence: Evidence,
}

pub(crate) struct Withdrawn {
    pub(crate) header: Withdrawal,
    pub(crate) disclosed_on: Day,
    pub(crate) withdrawn_on: Day,
    pub(crate) evidence: Evidence,
}

impl Publication {
    /// The date by which it is listed.
    pub(crate) fn disclosed_on(&self) -> Option<Day> {
        match self {
            Self::Disclosed(disclosed) => Some(disclosed.disclosed_on),
            Self::Withdrawn(withdrawn) => Some(withdrawn.disclosed_on),
            Self::Damaged => None,
        }
    }
}

/// Why a file is not shown. Goes to the log; the public learns only that it did not hold.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("the file could not be read")]
    Read(#[source] io::Error),
    #[error("the file is no plain file of a sensible size")]
    NotAFile,
    #[error("the bundle does not hold")]
    Bundle(#[from] BundleError),
    #[error("the shown part is not a publication")]
    Content(#[source] serde_json::Error),
    #[error("a date of the publication cannot be read")]
    Date(#[from] DayError),
    #[error("the time of recording cannot be read")]
    Time(#[source] jiff::Error),
    #[error("the withdrawal speaks of publication {0}")]
    OtherPublication(String),
}

/// What tells one state of a file from another: bundles are replaced by renaming, which makes a new inode.
#[derive(PartialEq)]
struct Stamp {
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
}

/// The folder, as far as it has been read.
pub(crate) struct Shelf {
    folder: PathBuf,
    key: VerifierKey,
    seen: BTreeMap<PathBuf, (Stamp, Publication)>,
}

impl Shelf {
    pub(crate) fn new(folder: PathBuf, key: VerifierKey) -> Self {
        Self {
            folder,
            key,
            seen: BTreeMap::new(),
        }
    }

    /// Every publication by id, as the folder is now.
    pub(crate) fn publications(&mut self) -> io::Result<BTreeMap<String, Publication>> {
        let mut found = BTreeMap::new();
        let mut present = BTreeSet::new();
        // The folder of withdrawals comes last: where both are there, the withdrawal stands.
        for (subfolder, read) in [
            ("", read_disclosure as Reader),
            ("withdrawn", read_withdrawal as Reader),
        ] {
            let folder = self.folder.join(subfolder);
            for (id, path) in files(&folder)? {
                let publication = self.publication(&id, &path, read);
                present.insert(path);
                found.insert(id, publication);
            }
        }
        self.seen.retain(|path, _| present.contains(path));
        Ok(found)
    }

    fn publication(&mut self, id: &str, path: &Path, read: Reader) -> Publication {
        let stamp = stamp(path);
        if let (Ok(stamp), Some((seen, publication))) = (&stamp, self.seen.get(path))
            && stamp == seen
        {
            return publication.clone();
        }
        let publication = stamp
            .as_ref()
            .map_err(|_| Refused::NotAFile)
            .and_then(|stamp| {
                if stamp.bytes > LARGEST_BYTES {
                    return Err(Refused::NotAFile);
                }
                let json = fs::read(path).map_err(Refused::Read)?;
                read(id, json, &self.key)
            });
        let publication = publication.unwrap_or_else(|refused| {
            tracing::error!(path = %path.display(), reason = chain(&refused), "a publication file does not hold");
            Publication::Damaged
        });
        if let Ok(stamp) = stamp {
            self.seen
                .insert(path.to_owned(), (stamp, publication.clone()));
        }
        publication
    }
}

type Reader = fn(&str, Vec<u8>, &VerifierKey) -> Result<Publication, Refused>;

fn read_disclosure(_: &str, json: Vec<u8>, key: &VerifierKey) -> Result<Publication, Refused> {
    let (body, evidence) = verified(json, key)?;
    let content: Disclosure = serde_json::from_slice(&body).map_err(Refused::Content)?;
    let disclosed_on = Day::parse(&content.disclosed_on)?;
    Ok(Publication::Disclosed(Arc::new(Disclosed {
        content,
        disclosed_on,
        evidence,
    })))
}

fn read_withdrawal(id: &str, json: Vec<u8>, key: &VerifierKey) -> Result<Publication, Refused> {
    let (body, evidence) = verified(json, key)?;
    let header: Withdrawal = serde_json::from_slice(&body).map_err(Refused::Content)?;
    if header.publication != id {
        return Err(Refused::OtherPublication(header.publication));
    }
    let disclosed_on = Day::parse(&header.disclosed_on)?;
    let withdrawn_on = Day::parse(&header.withdrawn_on)?;
    Ok(Publication::Withdrawn(Arc::new(Withdrawn {
        header,
        disclosed_on,
        withdrawn_on,
        evidence,
    })))
}

fn verified(json: Vec<u8>, key: &VerifierKey) -> Result<(Vec<u8>, Evidence), Refused> {
    let bundle = Bundle::parse(&json)?;
    let VerifiedPublication {
        checkpoint,
        index,
        leaf,
        body,
        ..
    } = bundle.verify(key)?;
    let recorded_at = leaf.recorded_at.parse().map_err(Refused::Time)?;
    Ok((
        body,
        Evidence {
            index,
            checkpoint,
            note: bundle.checkpoint,
            recorded_at,
            bundle: json,
        },
    ))
}

/// The `.json` files of a folder by id. A folder that is not there yet holds none.
fn files(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let id = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .filter(|stem| is_id(stem));
        if let (Some(id), Some("json")) = (
            id,
            path.extension().and_then(|extension| extension.to_str()),
        ) {
            found.push((id.to_owned(), path));
        }
    }
    Ok(found)
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

/// Only plain files: a link could lead out of the folder.
fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let changed = (metadata.ctime(), metadata.ctime_nsec());
    Ok(Stamp {
        inode: metadata.ino(),
        bytes: metadata.len(),
        changed,
    })
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
