//! The store of files: one implementation for both places.

use crate::content::{Content, Glimpse, HEAD_BYTES, TAIL_BYTES, root_entry};
use crate::digest::Digests;
use crate::incoming::{self, Claim, INCOMING};
use crate::kind::Kind;
use crate::place::{self, OpenStoreError, S3Place};
use app::files::{
    BoxError, ByteStream, DeclaredFile, FileDigest, FileError, FileRefusal, FileStore, OpenFile,
    PutFileError, StoredFile,
};
use app::ports::Chance;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;

/// The usual limit: what old file systems and upload pages still carry, 2 GiB less one byte.
pub const SIZE_BYTES_MAX: u64 = (1 << 31) - 1;

/// One copy within a bucket moves at most so much.
const COPY_BYTES_MAX: u64 = 5 << 30;
/// Pieces of an upload; S3 takes none under 5 MiB but the last.
const PIECE_BYTES: usize = 8 << 20;
/// So many pieces are on their way at once, which bounds the memory of an upload.
const PIECES_AT_ONCE: usize = 2;

/// Attached files in a folder or a bucket.
#[derive(Clone)]
pub struct Files(Arc<Shelves>);

struct Shelves {
    store: Arc<dyn ObjectStore>,
    incoming: Path,
    /// Where the directories are that must be synced after a removal; none in a bucket.
    folder: Option<PathBuf>,
    chance: Arc<dyn Chance>,
    size_bytes_max: u64,
    _claim: Option<Claim>,
}

impl Files {
    /// Keeps files in a folder, made if it is not there. What a crash left unfinished is removed.
    pub fn in_folder(
        folder: &std::path::Path,
        size_bytes_max: u64,
        chance: Arc<dyn Chance>,
    ) -> Result<Files, OpenStoreError> {
        let store = place::folder(folder)?;
        let claim = incoming::claim(folder, &new_id(chance.as_ref()))
            .map_err(|error| OpenStoreError::at(folder.display(), error))?;
        Ok(Files(Arc::new(Shelves {
            store,
            incoming: claim.place.clone(),
            folder: Some(folder.to_owned()),
            chance,
            size_bytes_max,
            _claim: Some(claim),
        })))
    }

    /// Keeps files in a bucket, which must be there and let us in. Uploads that nobody finished for a day are removed.
    pub async fn in_bucket(
        place: &S3Place,
        size_bytes_max: u64,
        chance: Arc<dyn Chance>,
        now: Timestamp,
    ) -> Result<Files, OpenStoreError> {
        if size_bytes_max > COPY_BYTES_MAX {
            return Err(OpenStoreError::Limit(size_bytes_max));
        }
        let store = place::bucket(place)?;
        incoming::sweep_bucket(store.as_ref(), now)
            .await
            .map_err(|error| OpenStoreError::at(&place.url, error))?;
        Ok(Files(Arc::new(Shelves {
            store,
            incoming: Path::from(INCOMING),
            folder: None,
            chance,
            size_bytes_max,
            _claim: None,
        })))
    }
}

#[async_trait]
impl FileStore for Files {
    fn size_bytes_max(&self) -> u64 {
        self.0.size_bytes_max
    }

    async fn put(
        &self,
        declared: DeclaredFile,
        content: ByteStream,
    ) -> Result<StoredFile, PutFileError> {
        let kind = Kind::declared(&declared).map_err(PutFileError::Refused)?;
        let shelves = Arc::clone(&self.0);
        // A task of its own: whoever stops waiting must not keep it from cleaning up.
        let task = tokio::spawn(async move { shelves.take_in(kind, content).await });
        task.await
            .unwrap_or_else(|error| Err(PutFileError::Store(error.into())))
    }

    async fn get(&self, address: &FileDigest) -> Result<OpenFile, FileError> {
        let failed = |error| failed(*address, error);
        let store = &self.0.store;
        let place = place_of(*address);
        let opened = store.get(&place).await.map_err(failed)?;
        let size_bytes = opened.meta.size;
        let found = self.0.look(&place, size_bytes).await.map_err(failed)?;
        let kind = Kind::of(found);
        Ok(OpenFile {
            size_bytes,
            media_type: kind
                .map_or("application/octet-stream", |kind| kind.media_type)
                .to_owned(),
            extension: kind.map_or("bin", |kind| kind.extension),
            content: verified(*address, opened.into_stream().err_into().boxed()),
        })
    }

    async fn exists(&self, address: &FileDigest) -> Result<bool, FileError> {
        match self.0.store.head(&place_of(*address)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(*address, error)),
        }
    }

    async fn remove(&self, address: &FileDigest) -> Result<bool, FileError> {
        // A bucket does not say whether there was something to remove.
        if !self.exists(address).await? {
            return Ok(false);
        }
        match self.0.store.delete(&place_of(*address)).await {
            Ok(()) => {}
            Err(Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(failed(*address, error)),
        }
        if let Some(folder) = &self.0.folder {
            let directory = folder.join(shelf_of(*address).as_ref());
            let synced = tokio::task::spawn_blocking(move || File::open(directory)?.sync_all());
            let unsynced = |source: BoxError| FileError::Store {
                address: *address,
                source,
            };
            synced
                .await
                .map_err(|error| unsynced(error.into()))?
                .map_err(|error| unsynced(error.into()))?;
        }
        Ok(true)
    }

    async fn list(
        &self,
        after: Option<&FileDigest>,
        limit: usize,
    ) -> Result<Vec<FileDigest>, FileError> {
        let mut addresses = Vec::new();
        // Shelf by shelf, because a folder lists in no order.
        for shelf in after.map_or(0, |after| after.0[0])..=u8::MAX {
            if addresses.len() >= limit {
                break;
            }
            let shelf = Path::from("files").join(format!("{shelf:02x}"));
            let listed = self.0.store.list(Some(&shelf));
            let listed: BTreeSet<FileDigest> = listed
                .map_err(|error| FileError::List(error.into()))
                .try_filter_map(|found| async move {
                    let name = found.location.filename().unwrap_or_default();
                    Ok(name.parse::<FileDigest>().ok())
                })
                .try_collect()
                .await?;
            let room = limit - addresses.len();
            let behind = |address: &FileDigest| after.is_none_or(|after| address > after);
            addresses.extend(listed.into_iter().filter(behind).take(room));
        }
        Ok(addresses)
    }
}

impl Shelves {
    /// Streams to `incoming/`, then moves the whole to its address.
    async fn take_in(
        &self,
        kind: &'static Kind,
        content: ByteStream,
    ) -> Result<StoredFile, PutFileError> {
        let at = self.incoming.clone().join(new_id(self.chance.as_ref()));
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.store), at.clone(), PIECE_BYTES)
            .with_max_concurrency(PIECES_AT_ONCE);
        let file = match self.stream(kind, content, &mut writer).await {
            Ok(file) => file,
            Err(error) => {
                if let Err(error) = writer.abort().await {
                    tracing::warn!(%error, upload = %at, "an upload could not be taken back");
                }
                return Err(error);
            }
        };
        // Written, synced, and only then moved: what stands at an address is always whole. A second upload of the same content
        // takes the place of the first, which also mends a damaged one.
        let moved = async {
            writer.shutdown().await?;
            self.store.rename(&at, &place_of(file.sha256)).await?;
            Ok::<(), BoxError>(())
        };
        if let Err(error) = moved.await {
            match self.store.delete(&at).await {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => tracing::warn!(%error, upload = %at, "an upload is left behind"),
            }
            return Err(PutFileError::Store(error));
        }
        Ok(file)
    }

    async fn stream(
        &self,
        kind: &'static Kind,
        mut content: ByteStream,
        writer: &mut BufWriter,
    ) -> Result<StoredFile, PutFileError> {
        let mut digests = Digests::default();
        let mut glimpse = Glimpse::default();
        let mut size_bytes: u64 = 0;
        while let Some(piece) = content.try_next().await.map_err(PutFileError::BrokenOff)? {
            size_bytes = size_bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if size_bytes > self.size_bytes_max {
                return Err(PutFileError::Refused(FileRefusal::TooLarge {
                    size_bytes_max: self.size_bytes_max,
                }));
            }
            digests.update(&piece);
            glimpse.update(&piece);
            if let Some(found) = glimpse.early_refusal() {
                return Err(PutFileError::Refused(kind.contradicted_by(found)));
            }
            writer
                .put(piece)
                .await
                .map_err(|error| PutFileError::Store(error.into()))?;
        }
        if size_bytes == 0 {
            return Err(PutFileError::Refused(FileRefusal::Empty));
        }
        let media_type = kind
            .confirmed_by(glimpse.content())
            .map_err(PutFileError::Refused)?;
        let (sha256, sm3) = digests.finish();
        Ok(StoredFile {
            sha256,
            sm3,
            size_bytes,
            media_type: media_type.to_owned(),
        })
    }

    /// What a stored file is, from the pieces that tell it.
    async fn look(&self, place: &Path, size_bytes: u64) -> object_store::Result<Content> {
        // A stored file is never empty; one that was emptied is damaged, which its reader is told.
        if size_bytes == 0 {
            return Ok(Content::Other("损坏的文件"));
        }
        let length = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
        let head = 0..length(HEAD_BYTES).min(size_bytes);
        let tail = size_bytes.saturating_sub(length(TAIL_BYTES))..size_bytes;
        let head = self.store.get_range(place, head).await?;
        let tail = self.store.get_range(place, tail).await?;
        let root = match root_entry(&head) {
            Some(root) if root.end <= size_bytes => self.store.get_range(place, root).await?,
            Some(_) | None => Bytes::new(),
        };
        Ok(Glimpse::of(&head, &tail, &root).content())
    }
}

/// The same content, whose last piece waits until the whole agrees with its address.
fn verified(address: FileDigest, content: ByteStream) -> ByteStream {
    let begun = Some((content, Digests::default(), None::<Bytes>));
    stream::unfold(begun, move |state| async move {
        let (mut content, mut digests, mut held) = state?;
        loop {
            match content.next().await {
                Some(Ok(piece)) => {
                    digests.update(&piece);
                    if let Some(ready) = held.replace(piece) {
                        return Some((Ok(ready), Some((content, digests, held))));
                    }
                }
                Some(Err(source)) => {
                    let error = FileError::Store { address, source };
                    return Some((Err(error.into()), None));
                }
                None => {
                    let (found, _) = digests.finish();
                    return if found == address {
                        held.map(|last| (Ok(last), None))
                    } else {
                        Some((Err(FileError::Damaged { address, found }.into()), None))
                    };
                }
            }
        }
    })
    .boxed()
}

fn failed(address: FileDigest, error: Error) -> FileError {
    match error {
        Error::NotFound { .. } => FileError::Absent(address),
        other => FileError::Store {
            address,
            source: other.into(),
        },
    }
}

fn shelf_of(address: FileDigest) -> Path {
    Path::from("files").join(format!("{:02x}", address.0[0]))
}

fn place_of(address: FileDigest) -> Path {
    shelf_of(address).join(address.to_string())
}

fn new_id(chance: &dyn Chance) -> String {
    let mut bytes = [0; 16];
    chance.fill(&mut bytes);
    bytes.iter().fold(String::new(), |mut id, byte| {
        let _ = write!(id, "{byte:02x}");
        id
    })
}
