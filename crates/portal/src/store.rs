//! The one folder of the portal: what arrived, what was accepted, and what was refused.
//!
//! `inbox/` holds bundles that somebody put there, `<id>.json` the accepted ones, `withdrawn/<id>.json` those of
//! withdrawn publications, `refused/` what did not hold, with the reason. A file is written beside its place and renamed,
//! so that it is there whole or not at all; what is replaced or withdrawn is unlinked and in no other file.

use crate::reading::LARGEST_BYTES;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const INBOX: &str = "inbox";
const WITHDRAWN: &str = "withdrawn";
const REFUSED: &str = "refused";
const HALF: &str = "part";

/// So many reasons are kept, the latest.
const REASONS: usize = 1_000;
/// A file that is no bundle may still be on its way here for so long after it last grew.
const STILL_COMING: Duration = Duration::from_secs(5);
/// Two changes of a folder this close together may bear the same time.
const SAME_TIME: Duration = Duration::from_millis(100);

/// The folder could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the store failed at {}", path.display())]
pub struct StoreError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Where an accepted bundle lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shelf {
    Disclosed,
    Withdrawn,
}

impl Shelf {
    pub(crate) fn of(is_withdrawal: bool) -> Shelf {
        match is_withdrawal {
            true => Shelf::Withdrawn,
            false => Shelf::Disclosed,
        }
    }

    pub(crate) fn other(self) -> Shelf {
        match self {
            Shelf::Disclosed => Shelf::Withdrawn,
            Shelf::Withdrawn => Shelf::Disclosed,
        }
    }
}

/// What tells one state of a file from another: bundles are replaced by renaming, which makes a new inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
}

/// When the entries of a folder last changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    inode: u64,
    changed: (i64, i64),
}

/// A bundle in the inbox.
pub(crate) enum Arrival {
    Bytes(Vec<u8>),
    /// A link, or larger than any bundle.
    NotAFile,
    /// Somebody else took it.
    Gone,
}

pub(crate) struct Store {
    folder: PathBuf,
}

impl Store {
    /// Takes the folder, making what is missing; what was half written when somebody was interrupted goes.
    pub(crate) fn open(folder: PathBuf) -> Result<Store, StoreError> {
        let store = Store { folder };
        for below in [INBOX, WITHDRAWN, REFUSED] {
            let path = store.folder.join(below);
            at(&path, fs::create_dir_all(&path))?;
        }
        for shelf in [Shelf::Disclosed, Shelf::Withdrawn] {
            let folder = store.shelf(shelf);
            for path in at(&folder, entries(&folder))? {
                if path.extension().is_some_and(|it| it == HALF) {
                    at(&path, fs::remove_file(&path))?;
                }
            }
        }
        Ok(store)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn shelf(&self, shelf: Shelf) -> PathBuf {
        match shelf {
            Shelf::Disclosed => self.folder.clone(),
            Shelf::Withdrawn => self.folder.join(WITHDRAWN),
        }
    }

    fn inbox(&self) -> PathBuf {
        self.folder.join(INBOX)
    }

    fn path(&self, shelf: Shelf, id: &str) -> PathBuf {
        self.shelf(shelf).join(format!("{id}.json"))
    }

    /// The ids of what lies there.
    pub(crate) fn ids(&self, shelf: Shelf) -> Result<Vec<String>, StoreError> {
        let folder = self.shelf(shelf);
        let paths = at(&folder, entries(&folder))?;
        let id = |path: PathBuf| {
            let name = path.file_name()?.to_str()?;
            let id = name.strip_suffix(".json")?;
            crate::reading::is_id(id).then(|| id.to_owned())
        };
        Ok(paths.into_iter().filter_map(id).collect())
    }

    /// The state of a file; none where there is no entry of that name.
    pub(crate) fn stamp(&self, shelf: Shelf, id: &str) -> Result<Option<Stamp>, StoreError> {
        let path = self.path(shelf, id);
        match fs::symlink_metadata(&path) {
            Ok(metadata) => Ok(Some(Stamp {
                inode: metadata.ino(),
                bytes: metadata.len(),
                changed: (metadata.ctime(), metadata.ctime_nsec()),
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => at(&path, Err(error)),
        }
    }

    /// The bytes of an accepted bundle; none where there is no plain file of a sensible size.
    pub(crate) fn read(&self, shelf: Shelf, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(shelf, id);
        match at(&path, plain(&path))? {
            Arrival::Bytes(bytes) => Ok(Some(bytes)),
            Arrival::NotAFile | Arrival::Gone => Ok(None),
        }
    }

    /// Puts a bundle on its shelf, whole or not at all. [`Store::sync`] makes it last.
    pub(crate) fn put(&self, shelf: Shelf, id: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path(shelf, id);
        let half = path.with_extension(HALF);
        let write = || {
            let mut file = File::create(&half)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&half, &path)
        };
        at(&path, write())
    }

    /// Takes a bundle off its shelf, if it is there.
    pub(crate) fn remove(&self, shelf: Shelf, id: &str) -> Result<bool, StoreError> {
        let path = self.path(shelf, id);
        at(&path, unlink(&path))
    }

    /// What was put and removed outlasts a failure of the machine from here on.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        for shelf in [Shelf::Disclosed, Shelf::Withdrawn] {
            let folder = self.shelf(shelf);
            at(&folder, sync(&folder))?;
        }
        Ok(())
    }

    /// The names of what arrived, in their order: the record puts the place in the log first.
    pub(crate) fn arrivals(&self) -> Result<Vec<String>, StoreError> {
        let inbox = self.inbox();
        let paths = at(&inbox, entries(&inbox))?;
        let name = |path: &PathBuf| {
            let name = path.file_name()?.to_str()?;
            (name.ends_with(".json") && !path.is_dir()).then(|| name.to_owned())
        };
        let mut names: Vec<String> = paths.iter().filter_map(name).collect();
        names.sort_unstable();
        Ok(names)
    }

    pub(crate) fn arrival(&self, name: &str) -> Result<Arrival, StoreError> {
        let path = self.inbox().join(name);
        at(&path, plain(&path))
    }

    /// Whether somebody may still be copying the file into the inbox.
    pub(crate) fn is_still_coming(&self, name: &str) -> bool {
        let changed = fs::symlink_metadata(self.inbox().join(name)).and_then(|it| it.modified());
        changed.is_ok_and(|changed| is_within(STILL_COMING, changed))
    }

    /// What was dealt with leaves the inbox.
    pub(crate) fn clear<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<(), StoreError> {
        let inbox = self.inbox();
        for name in names {
            let path = inbox.join(name);
            at(&path, unlink(&path))?;
        }
        at(&inbox, sync(&inbox))
    }

    /// Says why something was refused; the bytes are kept where there are any to keep.
    pub(crate) fn refuse(
        &self,
        name: &str,
        bytes: Option<&[u8]>,
        reason: &str,
    ) -> Result<(), StoreError> {
        let folder = self.folder.join(REFUSED);
        let file = folder.join(name);
        if let Some(bytes) = bytes {
            at(&file, fs::write(&file, bytes))?;
        }
        let path = folder.join(format!("{name}.reason.txt"));
        at(&path, fs::write(&path, format!("{reason}\n")))?;
        at(&folder, keep_latest(&folder, REASONS))
    }

    /// Forgets the bytes of refused bundles for which this holds; the reasons stay.
    pub(crate) fn forget_refused(
        &self,
        concerns: impl Fn(&str, &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        let folder = self.folder.join(REFUSED);
        for path in at(&folder, entries(&folder))? {
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(name) = name.filter(|name| name.ends_with(".json")) else {
                continue;
            };
            if let Arrival::Bytes(bytes) = at(&path, plain(&path))?
                && concerns(name, &bytes)
            {
                at(&path, unlink(&path))?;
            }
        }
        Ok(())
    }

    /// The state of the inbox.
    pub(crate) fn inbox_mark(&self) -> Option<Mark> {
        mark(&self.inbox())
    }

    /// The state of both shelves.
    pub(crate) fn shelf_marks(&self) -> [Option<Mark>; 2] {
        [mark(&self.folder), mark(&self.folder.join(WITHDRAWN))]
    }
}

impl Mark {
    /// Whether a later change would show: one within the same moment bears the same time.
    pub(crate) fn is_settled(&self) -> bool {
        let (seconds, nanoseconds) = self.changed;
        let since = u64::try_from(seconds)
            .ok()
            .zip(u32::try_from(nanoseconds).ok());
        since.is_some_and(|(seconds, nanoseconds)| {
            !is_within(
                SAME_TIME,
                SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds),
            )
        })
    }
}

/// Whether it is less than so long ago. A time to come is not: else a clock that was set back would never let go.
#[expect(
    clippy::disallowed_methods,
    reason = "tells only whether to look at a file once more; nothing that is shown depends on it"
)]
fn is_within(time: Duration, at: SystemTime) -> bool {
    SystemTime::now()
        .duration_since(at)
        .is_ok_and(|passed| passed < time)
}

fn mark(folder: &Path) -> Option<Mark> {
    let metadata = fs::metadata(folder).ok()?;
    Some(Mark {
        inode: metadata.ino(),
        changed: (metadata.mtime(), metadata.mtime_nsec()),
    })
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, StoreError> {
    result.map_err(|source| StoreError {
        path: path.to_owned(),
        source,
    })
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Only plain files: a link could lead out of the folder.
fn plain(path: &Path) -> io::Result<Arrival> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Arrival::Gone),
        Err(error) => return Err(error),
    };
    if !metadata.is_file() || metadata.len() > LARGEST_BYTES {
        return Ok(Arrival::NotAFile);
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Arrival::Bytes(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Arrival::Gone),
        Err(error) => Err(error),
    }
}

fn unlink(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all())
}

fn keep_latest(folder: &Path, most: usize) -> io::Result<()> {
    let mut reasons = Vec::new();
    for path in entries(folder)? {
        if path.extension().is_some_and(|it| it == "txt") {
            let metadata = fs::symlink_metadata(&path)?;
            reasons.push((metadata.mtime(), metadata.mtime_nsec(), path));
        }
    }
    reasons.sort_unstable();
    let surplus = reasons.len().saturating_sub(most);
    for (_, _, reason) in reasons.into_iter().take(surplus) {
        unlink(&reason)?;
        let name = reason.to_string_lossy();
        if let Some(file) = name.strip_suffix(".reason.txt") {
            unlink(Path::new(file))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_refused_files_are_kept_the_latest() {
        let folder = tempfile::tempdir().expect("a folder");
        for n in 0..5 {
            for name in [format!("{n}.json"), format!("{n}.json.reason.txt")] {
                let path = folder.path().join(name);
                fs::write(&path, "x").expect("written");
                let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + n);
                let file = File::options().write(true).open(&path);
                file.and_then(|file| file.set_modified(at)).expect("dated");
            }
        }
        keep_latest(folder.path(), 2).expect("kept");
        let mut left: Vec<_> = entries(folder.path()).expect("read");
        left.sort();
        let left: Vec<_> = left
            .iter()
            .filter_map(|path| path.file_name()?.to_str())
            .collect();
        assert_eq!(
            left,
            ["3.json", "3.json.reason.txt", "4.json", "4.json.reason.txt"]
        );
    }

    #[test]
    fn a_folder_that_changed_just_now_may_change_again_at_the_same_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let fresh = mark(folder.path()).expect("there");
        assert!(!fresh.is_settled());
        let old = Mark {
            changed: (1_000_000, 0),
            ..fresh
        };
        assert!(old.is_settled());
    }
}
