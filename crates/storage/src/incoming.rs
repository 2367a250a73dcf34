//! Where uploads lie until they are whole, and how what a crash left there goes away.

use futures_util::TryStreamExt;
use jiff::{Timestamp, ToSpan};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use std::fs::{self, File, TryLockError};
use std::io;

/// The name of the place, in a folder and in a bucket.
pub(crate) const INCOMING: &str = "incoming";

/// A part of `incoming/` in a folder that belongs to this process as long as it runs.
pub(crate) struct Claim {
    pub(crate) place: Path,
    // The system lets go of the lock when the process ends, however it ends.
    _held: File,
}

/// Claims a part of its own in the folder, and removes the parts of processes that run no more.
///
/// Several processes may share a folder, so a part that is still locked is left alone.
pub(crate) fn claim(root: &std::path::Path, id: &str) -> io::Result<Claim> {
    let incoming = root.join(INCOMING);
    fs::create_dir_all(&incoming)?;
    // One at a time: a part is never swept between being made and being locked.
    let gate = File::create(incoming.join("gate.lock"))?;
    gate.lock()?;
    for entry in fs::read_dir(&incoming)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let lock_path = entry.path().with_added_extension("lock");
            let lock = File::create(&lock_path)?;
            match lock.try_lock() {
                Ok(()) => {
                    fs::remove_dir_all(entry.path())?;
                    fs::remove_file(&lock_path)?;
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
    let own = incoming.join(id);
    let held = File::create(own.with_added_extension("lock"))?;
    held.lock()?;
    fs::create_dir(&own)?;
    File::open(root)?.sync_all()?;
    Ok(Claim {
        place: Path::from(INCOMING).join(id),
        _held: held,
    })
}

/// Removes whole uploads that were never moved to their address from a bucket.
///
/// Other processes share the bucket and nothing there tells who is alive, so only what is a day old goes. Parts of uploads that
/// broke off are not listed by this interface: the bucket's own rule for incomplete uploads removes them.
pub(crate) async fn sweep_bucket(
    store: &dyn ObjectStore,
    now: Timestamp,
) -> object_store::Result<()> {
    let left_before = now.saturating_sub(24.hours()).unwrap_or(Timestamp::MIN);
    let mut listed = store.list(Some(&Path::from(INCOMING)));
    while let Some(found) = listed.try_next().await? {
        if found.last_modified.timestamp() < left_before.as_second() {
            tracing::info!(upload = %found.location, "an upload that was never finished is removed");
            store.delete(&found.location).await?;
        }
    }
    Ok(())
}
