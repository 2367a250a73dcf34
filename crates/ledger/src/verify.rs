//! Recomputing a log from its stored leaves, and saying honestly what that can find.
//!
//! The log is read once, from its beginning, a few stretches side by side; their hashes meet in one tree. Nothing of it
//! stays in memory but the right edge of the tree and what was found.

mod finding;
mod look;
mod scan;
mod statement;
mod stored;

pub use finding::{Finding, Whose};

use crate::tiles::{OutsideLog, SourceError, TileSource};
use app::ledger::{Agency, Ledger, Onlooker, ReadError};
use futures_util::stream::{FuturesOrdered, StreamExt as _};
use look::Look;
use proof::tree;
use proof::{Checkpoint, CheckpointError, DestroyedPart, Hash, Leaf, Sm2VerifierKey, VerifierKey};
use scan::{Batch, Scan};
use std::sync::{Arc, Mutex, PoisonError};
use stored::Stored;

/// Leaves and tree hashes are read in steps of this many.
const STEP: u64 = 2048;
/// So many steps are under way at once: more than readers, so that none waits for the one place that keeps their order.
const STEPS_AT_ONCE: usize = 6;

/// What to check a log by.
pub struct Check<'a> {
    /// The key that signs the heads of the log.
    pub key: &'a VerifierKey,
    /// The SM2 key, to ask for its line under each checkpoint as well.
    pub sm2_key: Option<&'a Sm2VerifierKey>,
    /// Whether the SM3 digests are checked beside SHA-256.
    pub with_sm3: bool,
    /// What somebody else kept of the log.
    pub against: Against<'a>,
}

/// What somebody else kept of a log.
pub enum Against<'a> {
    /// Nothing.
    Nothing,
    /// A checkpoint, whose signatures were checked ([`open_outside`]).
    Head(Checkpoint),
    /// The published tiles with their checkpoint.
    Tiles(&'a dyn TileSource),
}

/// What the log was compared with.
#[derive(Clone, Debug)]
pub enum Outside {
    /// Nothing from outside.
    None,
    /// A checkpoint: the root over so many leaves.
    Head(Checkpoint),
    /// Tiles under this checkpoint: every leaf hash.
    Tiles(Checkpoint),
}

/// Why a log was not verified at all.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The record could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The tiles could not be fetched.
    #[error("the published log could not be fetched")]
    Source(#[from] SourceError),
    /// There is no checkpoint beside the tiles.
    #[error("there is no published log: no checkpoint was found")]
    NoCheckpoint,
    /// The checkpoint from outside is not one of this log.
    #[error("the checkpoint from outside is refused")]
    Outside(#[source] CheckpointError),
}

/// What the recomputation of a log has shown.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The number of leaves.
    pub size: u64,
    /// The recomputed root.
    pub root: Hash,
    /// What does not fit, in the order of the log: the first thousand of them.
    pub findings: Vec<Finding>,
    /// How many there are.
    pub found: u64,
    /// The checkpoint kept beside the log.
    pub own: Option<Checkpoint>,
    /// What somebody else kept.
    pub outside: Outside,
    /// Whether the SM3 digests were checked.
    pub with_sm3: bool,
    /// The leaves that have no SM3 digest.
    pub without_sm3: u64,
    /// How many bytes were hashed by SHA-256: leaves, parts and nodes of the tree.
    pub hashed_bytes: u64,
}

impl Verification {
    /// Nothing was found.
    pub fn is_sound(&self) -> bool {
        self.found == 0
    }

    /// The first leaf that differs, where the findings can name one.
    pub fn first_differing_leaf(&self) -> Option<u64> {
        self.findings.iter().filter_map(Finding::leaf).min()
    }
}

/// Recomputes the whole log and compares it with the stored hashes, the kept checkpoint and, where there is one, a
/// checkpoint from outside.
pub async fn verify(
    ledger: &dyn Ledger,
    agency: &Agency,
    key: &VerifierKey,
    outside: Option<Checkpoint>,
) -> Result<Verification, VerifyError> {
    let check = Check {
        key,
        sm2_key: None,
        with_sm3: false,
        against: outside.map_or(Against::Nothing, Against::Head),
    };
    verify_log(ledger, agency, check).await
}

/// Opens a checkpoint that somebody else kept. With an SM2 key its line must be there as well.
pub fn open_outside(
    note: &str,
    key: &VerifierKey,
    sm2_key: Option<&Sm2VerifierKey>,
) -> Result<Checkpoint, CheckpointError> {
    let head = Checkpoint::open(note, key)?;
    if let Some(sm2_key) = sm2_key {
        Checkpoint::open_sm2(note, sm2_key)?;
    }
    Ok(head)
}

/// Recomputes the whole log and compares it with everything that `check` names.
pub async fn verify_log(
    ledger: &dyn Ledger,
    agency: &Agency,
    check: Check<'_>,
) -> Result<Verification, VerifyError> {
    // What was signed is read before the log, which may grow meanwhile.
    let (own, mut signed_findings) = own_checkpoint(ledger, agency, &check).await?;
    let mut tiles = None;
    let outside = match check.against {
        Against::Nothing => Outside::None,
        Against::Head(head) => Outside::Head(head),
        Against::Tiles(source) => {
            let note = OutsideLog::note(source).await?;
            let note = note.ok_or(VerifyError::NoCheckpoint)?;
            let head =
                open_outside(&note, check.key, check.sm2_key).map_err(VerifyError::Outside)?;
            tiles = Some(OutsideLog::new(source, head.clone()));
            Outside::Tiles(head)
        }
    };
    let sizes = own.iter().chain(outside.head()).map(|head| head.size);
    let scan = Scan::new(check.with_sm3, sizes);
    let mut scan = read_and_hash(ledger, agency, scan, tiles.as_mut()).await?;
    scan.tell_unexplained();
    look_again_at_destroyed(ledger, agency, &mut scan).await?;

    let compared_by_leaf = match &mut tiles {
        Some(tiles) => {
            let is_as_signed = tiles.is_as_signed().await?;
            let finding = match is_as_signed {
                true => compare_leaves(&scan, tiles.head()),
                false => Some(Finding::TilesUnfit),
            };
            signed_findings.extend(finding);
            is_as_signed
        }
        None => false,
    };
    signed_findings.extend(own.as_ref().and_then(|own| compare(&scan, own, Whose::Own)));
    if let Some(head) = outside.head().filter(|_| !compared_by_leaf) {
        signed_findings.extend(compare(&scan, head, Whose::Outside));
    }
    // Of a thousand told, those that compare with what was signed must not be the ones left out.
    scan.found += u64::try_from(signed_findings.len()).unwrap_or(0);
    scan.findings.extend(signed_findings);
    scan.findings
        .sort_by_key(|finding| finding.leaf().unwrap_or(u64::MAX));
    Ok(Verification {
        size: scan.tree.size(),
        root: scan.tree.root(),
        findings: scan.findings,
        found: scan.found,
        own,
        outside,
        with_sm3: check.with_sm3,
        without_sm3: scan.without_sm3,
        hashed_bytes: scan.hashed_bytes,
    })
}

impl Outside {
    /// The checkpoint from outside.
    pub fn head(&self) -> Option<&Checkpoint> {
        match self {
            Self::None => None,
            Self::Head(head) | Self::Tiles(head) => Some(head),
        }
    }
}

async fn own_checkpoint(
    ledger: &dyn Ledger,
    agency: &Agency,
    check: &Check<'_>,
) -> Result<(Option<Checkpoint>, Vec<Finding>), VerifyError> {
    let mut findings = Vec::new();
    let Some(kept) = ledger.checkpoint(agency).await? else {
        return Ok((None, findings));
    };
    let own = Checkpoint::open(&kept.note, check.key)
        .map_err(|_| findings.push(Finding::CheckpointRefused))
        .ok();
    let whose = Whose::Own;
    if let Some(sm2_key) = check.sm2_key
        && Checkpoint::open_sm2(&kept.note, sm2_key).is_err()
    {
        findings.push(Finding::Sm2LineRefused { whose });
    }
    Ok((own, findings))
}

/// Runs the whole log through the scan.
async fn read_and_hash(
    ledger: &dyn Ledger,
    agency: &Agency,
    mut scan: Scan,
    mut tiles: Option<&mut OutsideLog<'_>>,
) -> Result<Scan, VerifyError> {
    let mut size = ledger.tree_size(agency).await?;
    loop {
        scan = read_up_to(ledger, agency, scan, size, tiles.as_deref_mut()).await?;
        // A part that was destroyed while we read is explained by an entry that came since.
        let grown = ledger.tree_size(agency).await?;
        if !scan.has_unexplained() || grown <= size {
            return Ok(scan);
        }
        size = grown;
    }
}

/// Runs what follows of the log through the scan: stretches are read and looked at side by side, and scanned in order.
async fn read_up_to(
    ledger: &dyn Ledger,
    agency: &Agency,
    mut scan: Scan,
    size: u64,
    mut tiles: Option<&mut OutsideLog<'_>>,
) -> Result<Scan, VerifyError> {
    let with_sm3 = scan.with_sm3();
    let mut from = scan.tree.size();
    let mut reading = FuturesOrdered::new();
    loop {
        while reading.len() < STEPS_AT_ONCE && from < size {
            let to = size.min(from + STEP);
            reading.push_back(stretch(ledger, agency, with_sm3, (from, to)));
            from = to;
        }
        let Some(batch) = reading.next().await else {
            return Ok(scan);
        };
        let mut batch = batch?;
        if let Some(tiles) = tiles.as_deref_mut() {
            let count = usize::try_from(batch.to - batch.from).unwrap_or(0);
            batch.outside = tiles.next(count).await?;
        }
        let scanned = tokio::task::spawn_blocking(move || scan.batch(batch)).await;
        scan = scanned.map_err(|error| ReadError::Storage(error.into()))?;
    }
}

/// Reads a stretch and looks at it.
async fn stretch(
    ledger: &dyn Ledger,
    agency: &Agency,
    with_sm3: bool,
    (from, to): (u64, u64),
) -> Result<Batch, VerifyError> {
    let indexes: Vec<u64> = (tree::stored_hash_count(from)..tree::stored_hash_count(to)).collect();
    let stored = ledger.hashes(agency, &indexes).await?;
    let look = Look::new(with_sm3, Stored::of((from, to), stored));
    let look = Arc::new(Mutex::new(look));
    let onlooker: Arc<Mutex<dyn Onlooker>> = look.clone();
    ledger.show(agency, from, to, onlooker).await?;
    let mut look = look.lock().unwrap_or_else(PoisonError::into_inner);
    let nothing = Look::new(with_sm3, Stored::of((to, to), []));
    Ok(Batch {
        from,
        to,
        look: std::mem::replace(&mut *look, nothing),
        outside: Vec::new(),
    })
}

/// The parts that an entry says were destroyed and that were not missing when their entry was read.
async fn look_again_at_destroyed(
    ledger: &dyn Ledger,
    agency: &Agency,
    scan: &mut Scan,
) -> Result<(), VerifyError> {
    for (by, destroyed) in std::mem::take(&mut scan.suspect) {
        let DestroyedPart { leaf_index, label } = destroyed;
        let entry = match leaf_index < by {
            true => ledger.entries(agency, leaf_index, 1).await?.pop(),
            false => None,
        };
        let entry = entry.filter(|entry| entry.leaf_index == leaf_index);
        let promised = entry.as_ref().is_some_and(|entry| {
            Leaf::parse(&entry.leaf).is_ok_and(|leaf| leaf.part(label.as_str()).is_some())
        });
        let is_there =
            entry.is_some_and(|entry| entry.parts.iter().any(|part| part.label == label));
        let label = label.to_string();
        if !promised {
            scan.push(Finding::DestroysNothing {
                index: by,
                named: leaf_index,
                label,
            });
        } else if is_there {
            scan.push(Finding::DestroyedPartThere {
                index: leaf_index,
                label,
                by,
            });
        }
        // Promised and gone: destroyed by an earlier entry already, or since its entry was read.
    }
    Ok(())
}

fn compare_leaves(scan: &Scan, outside: &Checkpoint) -> Option<Finding> {
    let size = scan.tree.size();
    match scan.differs_outside {
        Some(index) => Some(Finding::LeafDiffersOutside { index }),
        None if size < outside.size => Some(Finding::LeafMissingHere {
            index: size,
            signed: outside.size,
        }),
        None => None,
    }
}

fn compare(scan: &Scan, checkpoint: &Checkpoint, whose: Whose) -> Option<Finding> {
    match scan.root_at(checkpoint.size) {
        Some(root) if root == checkpoint.root => None,
        Some(_) => Some(Finding::RootDiffers {
            signed: checkpoint.size,
            whose,
        }),
        None => Some(Finding::Shortened {
            size: scan.tree.size(),
            signed: checkpoint.size,
            whose,
        }),
    }
}
