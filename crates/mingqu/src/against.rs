//! What `--against` names: a checkpoint or bundle in a file, a folder of tiles, or the address of a portal.

use anyhow::{Context, Result, bail};
use ledger::tiles::{self, FolderSource, TileSource};
use proof::Bundle;
use std::fs;
use std::path::{Path, PathBuf};

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

/// The tiles that a portal serves below its address.
fn from_address(address: &str) -> Result<Box<dyn TileSource>> {
    bail!(
        "还不能直接从网址 {address} 比对；请先把该网址 /log/ 下的 checkpoint 和 tile 文件下载到一个文件夹，再用 --against 文件夹"
    )
}
