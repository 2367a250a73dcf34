//! The log as anybody may fetch it: C2SP tlog-tiles in the folder that the portal serves.
//!
//! Hash tiles and the signed checkpoint, nothing else. Entry bundles are *not* published: the headers of cases that are
//! still running are not public. What was published once is never changed: a log that no longer fits its published
//! tiles is an error that names the first leaf that differs.

mod folder;
mod source;

pub use source::{FolderSource, OutsideLog, SourceError, TileSource};

use crate::publish::{self, PublishError};
use app::ledger::{Agency, Ledger, ReadError};
use folder::TileFolder;
use proof::tile::{self, FULL_WIDTH};
use proof::tree::TreeError;
use proof::{Checkpoint, CheckpointError, SigningKey, TilePlace};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The name of the signed head among the tiles.
pub const CHECKPOINT: &str = "checkpoint";

/// The subfolder of the portal's folder in which the tiles stand.
pub const FOLDER: &str = "log";

/// Why the published tiles were not brought up to the head.
#[derive(Debug, thiserror::Error)]
pub enum TilesError {
    /// The head was not signed.
    #[error("the head of the log was not signed")]
    Publish(#[source] PublishError),
    /// The record could not be read.
    #[error("the tree hashes of the log could not be read")]
    Read(#[from] ReadError),
    /// A hash that a tile needs is not stored.
    #[error("the tree hashes of the log are not complete")]
    Tree(#[from] TreeError),
    /// The folder cannot be read or written.
    #[error("the published log could not be read or written at {}", path.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// What stands there as checkpoint is not one of this key.
    #[error("the published checkpoint is not one of this key")]
    Checkpoint(#[source] CheckpointError),
    /// The log is not the one that was published. Nothing was overwritten.
    #[error("the log differs from what was published: the first leaf that differs is {leaf}")]
    Differs {
        /// The first leaf that differs or is missing.
        leaf: u64,
    },
}

/// What a publication of tiles has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The leaves that the published checkpoint speaks of.
    pub size: u64,
    /// The tiles that were written.
    pub tiles: u64,
}

/// Signs the head of the log and brings the folder up to it: missing tiles first, the checkpoint last.
///
/// After a crash at any moment the next call goes on from the checkpoint that stands in the folder.
pub async fn publish_tiles(
    ledger: &dyn Ledger,
    agency: &Agency,
    key: &SigningKey,
    folder: &Path,
) -> Result<Published, TilesError> {
    let folder = TileFolder::new(folder.to_owned());
    let published = folder.read(CHECKPOINT).await?;
    let published = published.map(|note| String::from_utf8_lossy(&note).into_owned());
    let old_size = match &published {
        None => 0,
        Some(note) => {
            let head = Checkpoint::open(note, key.verifier()).map_err(TilesError::Checkpoint)?;
            let size = ledger.tree_size(agency).await?;
            let continues = head.size <= size
                && stored_root(ledger, agency, head.size).await? == Some(head.root);
            if !continues {
                let leaf = first_difference(ledger, agency, &folder, head.size).await?;
                return Err(TilesError::Differs { leaf });
            }
            head.size
        }
    };
    let signed = match publish::publish_checkpoint(ledger, agency, key).await {
        Err(PublishError::Read(error)) => return Err(error.into()),
        other => other.map_err(TilesError::Publish)?,
    };
    if published.as_deref() == Some(signed.note.as_str()) {
        return Ok(Published {
            size: signed.size,
            tiles: 0,
        });
    }
    let mut tiles = 0;
    let mut filled = Vec::new();
    for place in tile::new_tiles(old_size, signed.size) {
        let bytes = tile_bytes(ledger, agency, place).await?;
        match folder.read(&place.path()).await? {
            // Written before a crash. A tile is never half there, so it is the same or the log was changed.
            Some(found) if found == bytes => {}
            Some(found) => {
                return Err(TilesError::Differs {
                    leaf: place.first_leaf_below(first_differing_hash(&found, &bytes)),
                });
            }
            None => {
                folder.write(&place.path(), bytes).await?;
                tiles += 1;
            }
        }
        if place.is_full() {
            filled.push(place);
        }
    }
    folder.sync().await?;
    folder
        .write(CHECKPOINT, signed.note.clone().into_bytes())
        .await?;
    folder.sync().await?;
    // Whoever still holds the older checkpoint finds the hashes at the beginning of the full tile.
    for place in filled {
        folder.remove_folder(&format!("{}.p", place.path())).await?;
    }
    Ok(Published {
        size: signed.size,
        tiles,
    })
}

async fn stored_root(
    ledger: &dyn Ledger,
    agency: &Agency,
    size: u64,
) -> Result<Option<proof::Hash>, TilesError> {
    match publish::root(ledger, agency, size).await {
        Ok(root) => Ok(Some(root)),
        Err(PublishError::Tree(_)) => Ok(None),
        Err(PublishError::Read(error)) => Err(error.into()),
        Err(other) => Err(TilesError::Publish(other)),
    }
}

async fn tile_bytes(
    ledger: &dyn Ledger,
    agency: &Agency,
    place: TilePlace,
) -> Result<Vec<u8>, TilesError> {
    let indexes = place.stored_indexes();
    let found: BTreeMap<u64, proof::Hash> =
        ledger.hashes(agency, &indexes).await?.into_iter().collect();
    let mut bytes = Vec::with_capacity(indexes.len() * 32);
    for index in indexes {
        let hash = found.get(&index).ok_or(TreeError::Missing(index))?;
        bytes.extend_from_slice(&hash.0);
    }
    Ok(bytes)
}

fn first_differing_hash(one: &[u8], other: &[u8]) -> u64 {
    let pairs = one.chunks(32).zip(other.chunks(32));
    (0..)
        .zip(pairs)
        .find(|(_, (one, other))| one != other)
        .map_or(0, |(at, _)| at)
}

/// The first leaf whose stored hash is not the published one, among the first `size`.
async fn first_difference(
    ledger: &dyn Ledger,
    agency: &Agency,
    folder: &TileFolder,
    size: u64,
) -> Result<u64, TilesError> {
    let mut leaf = 0;
    while let Some(place) = TilePlace::of(0, leaf / u64::from(FULL_WIDTH), size) {
        let published = match folder.read(&place.path()).await? {
            Some(bytes) => Some(bytes),
            None => folder.read(&place.grown().path()).await?,
        };
        let stored: BTreeMap<u64, proof::Hash> = ledger
            .hashes(agency, &place.stored_indexes())
            .await?
            .into_iter()
            .collect();
        let published = published.unwrap_or_default();
        for (index, hash) in place.stored_indexes().iter().zip(published.chunks(32)) {
            if stored.get(index).is_none_or(|stored| stored.0 != *hash) {
                return Ok(leaf);
            }
            leaf += 1;
        }
        if leaf < place.first() + u64::from(place.width()) {
            // The published tile is gone: from here on nothing can be said.
            return Ok(leaf);
        }
    }
    // Every leaf hash fits, so a hash above them was changed: no leaf differs, but none after them can be signed.
    Ok(leaf)
}
