//! The log as anybody may fetch it: hash tiles and the signed checkpoint, from one subfolder, as they stand there.

use proof::TilePlace;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The subfolder of the tiles.
const FOLDER: &str = "log";

/// A checkpoint is a few lines; whatever is larger is none.
const LARGEST_CHECKPOINT_BYTES: u64 = 10_000;

/// A full tile never changes; one that is not full yet may be gone once it is.
pub(crate) fn cache_rule(place: TilePlace) -> &'static str {
    match place.is_full() {
        true => "public, max-age=31536000, immutable",
        false => "public, max-age=3600",
    }
}

/// The tile at the rest of an address, if the address is written in the one form that a tile has.
pub(crate) fn place(rest: &str) -> Option<TilePlace> {
    TilePlace::parse(&format!("tile/{rest}"))
}

/// The bytes of a tile. The path is made from numbers, so it cannot lead out of the folder.
pub(crate) fn tile(folder: &Path, place: TilePlace) -> io::Result<Option<Vec<u8>>> {
    let bytes = plain_file(folder.join(FOLDER).join(place.path()), 256 * 32)?;
    Ok(bytes.filter(|bytes| place.hashes(bytes).is_some()))
}

/// The signed head.
pub(crate) fn checkpoint(folder: &Path) -> io::Result<Option<Vec<u8>>> {
    plain_file(
        folder.join(FOLDER).join("checkpoint"),
        LARGEST_CHECKPOINT_BYTES,
    )
}

/// Only plain files: a link could lead out of the folder.
fn plain_file(path: PathBuf, largest: u64) -> io::Result<Option<Vec<u8>>> {
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= largest => fs::read(path).map(Some),
        Ok(_) => Ok(None),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
            _ => Err(error),
        },
    }
}
