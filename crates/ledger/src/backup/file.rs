//! The file of a backup: it appears under its name when it is whole and on the disk, or not at all.

use super::{BackupError, Header, Item, Reader};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const BUFFER_BYTES: usize = 1 << 20;

/// A backup that is being written, beside its name. Dropped before [`BackupFile::keep`], it leaves nothing.
pub struct BackupFile {
    path: PathBuf,
    part: PathBuf,
    to: BufWriter<File>,
    is_kept: bool,
}

impl BackupFile {
    /// Begins a file, readable by its owner alone: the record holds personal data. What is there is never replaced.
    pub fn create(path: &Path) -> Result<Self, BackupError> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(BackupError::Exists(path.to_owned()));
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        // One that a crash left is begun anew, with our permissions and not with those it had.
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(&part)(error));
            }
            _ => {}
        }
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)
            .map_err(failed(&part))?;
        Ok(Self {
            path: path.to_owned(),
            part,
            to: BufWriter::with_capacity(BUFFER_BYTES, file),
            is_kept: false,
        })
    }

    /// Brings everything to the disk and gives the file its name.
    pub fn keep(mut self) -> Result<(), BackupError> {
        let part = self.part.clone();
        self.to.flush().map_err(failed(&part))?;
        self.to.get_ref().sync_all().map_err(failed(&part))?;
        fs::rename(&part, &self.path).map_err(failed(&self.path))?;
        self.is_kept = true;
        sync_folder_of(&self.path)
    }
}

impl Write for BackupFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Drop for BackupFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // It has no name yet: if this fails too, nobody takes it for a backup.
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// Brings the name of a file to the disk.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), BackupError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed(folder))
}

pub(crate) fn failed(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File {
        path: path.clone(),
        source,
    }
}

/// Opens a backup to read it.
pub fn open(path: &Path) -> Result<Reader<BufReader<File>>, BackupError> {
    let file = File::open(path).map_err(failed(path))?;
    Reader::open(BufReader::with_capacity(BUFFER_BYTES, file))
}

/// Reads a backup to its end without keeping anything: what it says about itself, and the digest of the whole.
pub fn verify_file(
    path: &Path,
    mut each: impl FnMut(&Item),
) -> Result<(Header, [u8; 32]), BackupError> {
    let mut reader = open(path)?;
    while let Some(item) = reader.next()? {
        each(&item);
    }
    let digest = reader.digest().expect("it was read to its end");
    Ok((reader.header().clone(), digest))
}
