//! Scans: which file a name means, and how it comes into the store.

use crate::plan::Plan;
use app::files::{ByteStream, DeclaredFile, FileStore, PutFileError};
use app::request::FileRef;
use bytes::Bytes;
use futures_util::StreamExt;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// Files are read in pieces of this size.
const PIECE: usize = 64 * 1024;

/// Where the scans of a workbook are.
#[derive(Clone, Copy, Debug)]
pub enum Scans<'a> {
    /// Nowhere: a workbook that names none needs none.
    None,
    /// In a folder.
    Folder(&'a Path),
    /// In the store already, each under the name that it was sent with.
    Kept(&'a [FileRef]),
}

impl Scans<'_> {
    /// Whether there is such a scan.
    pub(crate) fn find(&self, name: &str) -> Result<(), String> {
        match self {
            Scans::None => Err(format!("写了扫描件“{name}”，没有给出扫描件")),
            Scans::Folder(folder) => locate(folder, name).map(drop),
            Scans::Kept(files) => sent(files, name).map(drop),
        }
    }

    /// The scan as it stands in the store.
    pub(crate) async fn kept(&self, files: &dyn FileStore, name: &str) -> Result<FileRef, String> {
        match self {
            Scans::None => self.find(name).and(Err(String::new())),
            Scans::Folder(folder) => keep(files, folder, name).await,
            Scans::Kept(sent_files) => sent(sent_files, name).cloned(),
        }
    }
}

/// What was sent under this name. Browsers send files without their folders.
fn sent<'f>(files: &'f [FileRef], name: &str) -> Result<&'f FileRef, String> {
    if let Some(file) = files.iter().find(|file| file.name == name) {
        return Ok(file);
    }
    Err(if name.contains(['/', '\\']) {
        format!(
            "扫描件“{name}”写了文件夹；上传的扫描件不分文件夹，请在工作簿里只写文件名，并且不要重名"
        )
    } else {
        format!("没有上传扫描件“{name}”")
    })
}

/// Scans that were sent and that no case names.
pub fn unnamed<'f>(plan: &Plan, files: &'f [FileRef]) -> Vec<&'f FileRef> {
    let named: BTreeSet<&str> = plan
        .cases
        .iter()
        .flat_map(|case| &case.scans)
        .map(|(_, name)| name.as_str())
        .collect();
    files
        .iter()
        .filter(|file| !named.contains(file.name.as_str()))
        .collect()
}

/// The file of this name within the folder; nothing outside it can be meant.
pub(crate) fn locate(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let relative = Path::new(name);
    let is_inside = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !is_inside || name.contains('\\') {
        return Err(format!("扫描件“{name}”应当写扫描件文件夹里的文件名"));
    }
    let missing = |_| format!("扫描件文件夹里没有“{name}”，或者不能读取");
    let folder = folder.canonicalize().map_err(missing)?;
    let path = folder.join(relative).canonicalize().map_err(missing)?;
    if !path.starts_with(&folder) {
        return Err(format!("扫描件“{name}”不在扫描件文件夹里"));
    }
    let about = std::fs::File::open(&path)
        .and_then(|file| file.metadata())
        .map_err(missing)?;
    if !about.is_file() {
        return Err(format!("“{name}”不是文件"));
    }
    if about.len() == 0 {
        return Err(format!("扫描件“{name}”是空的"));
    }
    Ok(path)
}

/// Puts a scan into the store, piece by piece.
pub(crate) async fn keep(
    files: &dyn FileStore,
    folder: &Path,
    name: &str,
) -> Result<FileRef, String> {
    let path = locate(folder, name)?;
    let unread = |error: std::io::Error| format!("扫描件“{name}”不能读取（{error}）");
    let file = File::open(&path).await.map_err(unread)?;
    let pieces = futures_util::stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let length = file.read(&mut piece).await?;
        piece.truncate(length);
        Ok::<_, std::io::Error>((length > 0).then(|| (Bytes::from(piece), file)))
    });
    let content: ByteStream = pieces.map(|piece| piece.map_err(Into::into)).boxed();
    let own_name = path.file_name().map_or_else(
        || name.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    let declared = DeclaredFile {
        name: own_name.clone(),
        media_type: None,
    };
    let stored = files
        .put(declared, content)
        .await
        .map_err(|error| match error {
            PutFileError::Refused(refusal) => format!("扫描件“{name}”：{}", refusal.sentence()),
            PutFileError::BrokenOff(source) => format!("扫描件“{name}”不能读到底（{source}）"),
            PutFileError::Store(source) => format!("扫描件“{name}”没有存成（{source}）"),
        })?;
    Ok(FileRef {
        sha256: stored.sha256.to_string(),
        sm3: stored.sm3.to_string(),
        size_bytes: stored.size_bytes,
        media_type: stored.media_type,
        name: own_name,
    })
}
