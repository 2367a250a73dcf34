//! The tiles that somebody else kept, read to compare a log with them.

use super::CHECKPOINT;
use async_trait::async_trait;
use proof::tree::RightEdge;
use proof::{Checkpoint, Hash, TilePlace};
use std::error::Error;
use std::io;
use std::path::PathBuf;

/// The leaves of one tile.
const WIDTH: u64 = 256;

/// Tiles that could not be fetched, as opposed to tiles that are not there.
#[derive(Debug, thiserror::Error)]
#[error("{path} of the published log could not be fetched")]
pub struct SourceError {
    /// Which file.
    pub path: String,
    /// Why not.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

/// Where published tiles are fetched from: a folder, or the address of a portal.
#[async_trait]
pub trait TileSource: Send + Sync {
    /// The bytes at `checkpoint` or `tile/…`; none if there is no such file.
    async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError>;
}

/// A folder of published tiles, such as a copy that somebody kept.
#[derive(Clone, Debug)]
pub struct FolderSource(pub PathBuf);

#[async_trait]
impl TileSource for FolderSource {
    async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match tokio::fs::read(self.0.join(path)).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SourceError {
                path: path.to_owned(),
                source: error.into(),
            }),
        }
    }
}

/// A published log, read leaf by leaf. That its hashes are those that were signed is known at the end, by the root.
pub struct OutsideLog<'a> {
    source: &'a dyn TileSource,
    head: Checkpoint,
    edge: RightEdge,
    completed: Vec<Hash>,
    /// Hashes of the last tile that were not asked for yet.
    rest: Vec<Hash>,
    is_broken: bool,
}

impl<'a> OutsideLog<'a> {
    /// The note at the head of the published log, if there is one.
    pub async fn note(source: &dyn TileSource) -> Result<Option<String>, SourceError> {
        let note = source.get(CHECKPOINT).await?;
        Ok(note.map(|note| String::from_utf8_lossy(&note).into_owned()))
    }

    /// The published log under a head whose signature was checked.
    pub fn new(source: &'a dyn TileSource, head: Checkpoint) -> Self {
        Self {
            source,
            head,
            edge: RightEdge::default(),
            completed: Vec::new(),
            rest: Vec::new(),
            is_broken: false,
        }
    }

    /// The head.
    pub fn head(&self) -> &Checkpoint {
        &self.head
    }

    /// Up to `count` further leaf hashes; fewer at the end, or where a tile is missing or damaged.
    pub async fn next(&mut self, count: usize) -> Result<Vec<Hash>, SourceError> {
        while self.rest.len() < count && !self.is_broken && self.edge.size() < self.head.size {
            let number = self.edge.size() / WIDTH;
            match self.tile(number).await? {
                Some(hashes) => {
                    for hash in &hashes {
                        self.edge.append(*hash, &mut self.completed);
                    }
                    self.rest.extend(hashes);
                }
                None => self.is_broken = true,
            }
        }
        Ok(self.rest.drain(..count.min(self.rest.len())).collect())
    }

    /// Reads what is left; true if the tiles are those of the signed root.
    pub async fn is_as_signed(&mut self) -> Result<bool, SourceError> {
        while !self
            .next(usize::from(proof::tile::FULL_WIDTH))
            .await?
            .is_empty()
        {}
        Ok(!self.is_broken && self.edge.root() == self.head.root)
    }

    async fn tile(&self, number: u64) -> Result<Option<Vec<Hash>>, SourceError> {
        let Some(place) = TilePlace::of(0, number, self.head.size) else {
            return Ok(None);
        };
        if let Some(bytes) = self.source.get(&place.path()).await? {
            return Ok(place.hashes(&bytes));
        }
        // The log has grown since this checkpoint: the full tile begins with the same hashes.
        let full = self.source.get(&place.grown().path()).await?;
        let full = full.and_then(|bytes| place.grown().hashes(&bytes));
        Ok(full.map(|mut hashes| {
            hashes.truncate(usize::from(place.width()));
            hashes
        }))
    }
}
