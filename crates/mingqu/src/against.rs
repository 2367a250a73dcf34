//! What `--against` names: a checkpoint or bundle in a file, a folder of tiles, or the address of a portal.

use anyhow::{Context, Result};
use async_trait::async_trait;
use ledger::tiles::{self, FolderSource, SourceError, TileSource};
use proof::Bundle;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use storage::{FetchError, FetchLimits};

/// A tile has 8 kB; a portal far away may take its time.
const LIMITS: FetchLimits = FetchLimits {
    size_bytes_max: 1 << 20,
    time_max: Duration::from_secs(30),
};

/// What somebody else kept of a log, before anything of it is checked.
pub(crate) enum Kept {
    /// A signed note, alone or from a bundle.
    Note(String),
    /// Tiles with their checkpoint.
    Tiles(Box<dyn TileSource>),
}

/// Finds out what a text after `--against` stands for.
pub(crate) fn source_for(text: &str) -> Result<Kept> {
    if text.starts_with("https://") || text.starts_with("http://") {
        return Ok(Kept::Tiles(from_address(text)?));
    }
    let path = Path::new(text);
    if path.is_dir() {
        return Ok(Kept::Tiles(Box::new(FolderSource(tiles_below(path)))));
    }
    let text = fs::read_to_string(path)
        .with_context(|| format!("不能读取用来比对的文件 {}", path.display()))?;
    let note = Bundle::parse(text.as_bytes()).map_or(text, |bundle| bundle.checkpoint);
    Ok(Kept::Note(note))
}

/// The folder of tiles itself, or the folder of a portal that holds one.
fn tiles_below(folder: &Path) -> PathBuf {
    let below = folder.join(tiles::FOLDER);
    match folder.join(tiles::CHECKPOINT).exists() || !below.is_dir() {
        true => folder.to_owned(),
        false => below,
    }
}

/// The tiles that a portal serves below its address: that of the portal, or that of its `/log`.
fn from_address(address: &str) -> Result<Box<dyn TileSource>> {
    let address = address.trim_end_matches('/');
    let below = address.strip_suffix(tiles::CHECKPOINT).unwrap_or(address);
    let below = below.trim_end_matches('/');
    let base = match below.ends_with(&format!("/{}", tiles::FOLDER)) {
        true => below.to_owned(),
        false => format!("{below}/{}", tiles::FOLDER),
    };
    Ok(Box::new(AddressSource(base)))
}

/// Tiles behind an address.
struct AddressSource(String);

#[async_trait]
impl TileSource for AddressSource {
    async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match storage::fetch(&format!("{}/{path}", self.0), LIMITS).await {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(FetchError::Status { status, .. }) if status.as_u16() == 404 => Ok(None),
            Err(source) => Err(SourceError {
                path: path.to_owned(),
                source: source.into(),
            }),
        }
    }
}
