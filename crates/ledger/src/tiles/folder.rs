//! The folder of published tiles: each file appears whole, and stays.

use super::TilesError;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone)]
pub(super) struct TileFolder {
    root: PathBuf,
    /// Folders in which a name has changed since the last [`TileFolder::sync`].
    changed: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl TileFolder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self {
            root,
            changed: Arc::default(),
        }
    }

    /// The bytes of a file, if it is there.
    pub(super) async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, TilesError> {
        self.on(path, |_, path| match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    /// Puts a file there, whole or not at all. Its name is safe after the next [`TileFolder::sync`].
    pub(super) async fn write(&self, path: &str, bytes: Vec<u8>) -> Result<(), TilesError> {
        self.on(path, move |this, path| {
            let folder = path.parent().unwrap_or(&this.root);
            fs::create_dir_all(folder)?;
            let mut half = path.as_os_str().to_owned();
            half.push(".half");
            let half = PathBuf::from(half);
            let mut file = File::create(&half)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&half, path)?;
            let mut changed = this.changed.lock().unwrap_or_else(PoisonError::into_inner);
            // A folder that is new is a changed name in the one above it.
            let up_to_root = folder
                .ancestors()
                .take_while(|ancestor| ancestor.starts_with(&this.root));
            changed.extend(up_to_root.map(Path::to_owned));
            Ok(())
        })
        .await
    }

    /// Makes every name that was written survive a power cut.
    pub(super) async fn sync(&self) -> Result<(), TilesError> {
        self.on("", |this, _| {
            let mut changed = this.changed.lock().unwrap_or_else(PoisonError::into_inner);
            for folder in std::mem::take(&mut *changed) {
                File::open(folder)?.sync_all()?;
            }
            Ok(())
        })
        .await
    }

    /// Removes a folder with its files, if it is there.
    pub(super) async fn remove_folder(&self, path: &str) -> Result<(), TilesError> {
        self.on(path, |_, path| match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    async fn on<T: Send + 'static>(
        &self,
        path: &str,
        work: impl FnOnce(&Self, &Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, TilesError> {
        let path = self.root.join(path);
        let failed = |source| TilesError::Folder {
            path: path.clone(),
            source,
        };
        let (this, at) = (self.clone(), path.clone());
        tokio::task::spawn_blocking(move || work(&this, &at))
            .await
            .map_err(|error| failed(io::Error::other(error)))?
            .map_err(failed)
    }
}
