//! Signing the head of a log, and making the bundles that cross to the public side.

use app::ledger::{Agency, Ledger, ReadError, StoredCheckpoint};
use proof::tree::{self, KnownHashes, TreeError};
use proof::{Bundle, BundleError, Checkpoint, CheckpointError, Hash, Sensitivity, SigningKey};

/// Why nothing was signed or bundled.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The record could not be read, or the checkpoint not kept.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
    /// The stored tree hashes are not those of an append.
    #[error("the tree hashes of the log are not complete")]
    Tree(#[from] TreeError),
    /// The last checkpoint is not one of this key: it was changed, or the key was.
    #[error("the last checkpoint is not one of this key")]
    LastCheckpoint(#[source] CheckpointError),
    /// The log no longer continues what was signed last. Signing it would vouch for the change.
    #[error(
        "the log does not continue its checkpoint of {size} leaves: it was changed after that was signed"
    )]
    HistoryChanged {
        /// The size of the last checkpoint.
        size: u64,
    },
    /// There is no such leaf.
    #[error("the log has no leaf {0}")]
    NoSuchLeaf(u64),
    /// The entry has no such part, or it is not public.
    #[error("leaf {leaf_index} has no public part {label}")]
    NoPublicPart {
        /// The place of the entry.
        leaf_index: u64,
        /// The label asked for.
        label: String,
    },
    /// The bundle does not hold: it must not leave.
    #[error("the bundle of leaf {leaf_index} does not hold")]
    Unsound {
        /// The place of the entry.
        leaf_index: u64,
        /// What does not hold.
        #[source]
        source: Box<BundleError>,
    },
}

/// Signs the head of the log and keeps it. Without new leaves the last checkpoint stands.
pub async fn publish_checkpoint(
    ledger: &dyn Ledger,
    agency: &Agency,
    key: &SigningKey,
) -> Result<StoredCheckpoint, PublishError> {
    let size = ledger.tree_size(agency).await?;
    if let Some(last) = ledger.checkpoint(agency).await? {
        let signed =
            Checkpoint::open(&last.note, key.verifier()).map_err(PublishError::LastCheckpoint)?;
        if signed.size > size || root(ledger, agency, signed.size).await? != signed.root {
            return Err(PublishError::HistoryChanged { size: signed.size });
        }
        if signed.size == size {
            return Ok(last);
        }
    }
    let note = Checkpoint::sign(size, root(ledger, agency, size).await?, key);
    let checkpoint = StoredCheckpoint { size, note };
    ledger.keep_checkpoint(agency, &checkpoint).await?;
    Ok(checkpoint)
}

/// Makes the bundle that shows the public part `label` of leaf `leaf_index`, signing a checkpoint where none covers it.
pub async fn bundle(
    ledger: &dyn Ledger,
    agency: &Agency,
    leaf_index: u64,
    label: &str,
    key: &SigningKey,
) -> Result<Bundle, PublishError> {
    let entry = ledger
        .entries(agency, leaf_index, 1)
        .await?
        .into_iter()
        .find(|entry| entry.leaf_index == leaf_index);
    let entry = entry.ok_or(PublishError::NoSuchLeaf(leaf_index))?;
    let public = |part: &&proof::Part| {
        part.label.as_str() == label && part.sensitivity == Sensitivity::Public
    };
    let part = entry.parts.iter().find(public);
    let part = part.ok_or_else(|| PublishError::NoPublicPart {
        leaf_index,
        label: label.to_owned(),
    })?;

    let checkpoint = match ledger.checkpoint(agency).await? {
        Some(last) if last.size > leaf_index => last,
        _ => publish_checkpoint(ledger, agency, key).await?,
    };
    let needed = tree::needed_for_inclusion(checkpoint.size, leaf_index)?;
    let proof = tree::prove_inclusion(
        checkpoint.size,
        leaf_index,
        &fetch(ledger, agency, &needed).await?,
    )?;
    let origin = key.verifier().name();
    let bundle = Bundle::new(
        origin,
        leaf_index,
        checkpoint.size,
        &entry.leaf,
        &proof,
        &checkpoint.note,
        part,
    );
    // Checked again where it will be read; checked here so that an unsound one never leaves.
    match bundle.verify(key.verifier()) {
        Ok(_) => Ok(bundle),
        Err(source) => Err(PublishError::Unsound {
            leaf_index,
            source: Box::new(source),
        }),
    }
}

/// The root over the first `size` leaves, from the stored tree hashes.
pub async fn root(ledger: &dyn Ledger, agency: &Agency, size: u64) -> Result<Hash, PublishError> {
    let known = fetch(ledger, agency, &tree::needed_for_root(size)).await?;
    Ok(tree::root(size, &known)?)
}

async fn fetch(
    ledger: &dyn Ledger,
    agency: &Agency,
    needed: &[u64],
) -> Result<KnownHashes, ReadError> {
    Ok(ledger.hashes(agency, needed).await?.into_iter().collect())
}
