//! The folder of attached files, read and filled by a backup: each file lies under its SHA-256.

use anyhow::{Context, Result, bail};
use ledger::backup::FileMeta;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Files are read and written in pieces of this many bytes.
pub(super) const PIECE_BYTES: usize = 1 << 20;

/// `files/<aa>/<sha256>` below the folder that the settings name.
pub(super) struct Shelf {
    files: PathBuf,
}

impl Shelf {
    pub(super) fn new(folder: &Path) -> Shelf {
        Shelf {
            files: folder.join("files"),
        }
    }

    fn path(&self, address: &str) -> PathBuf {
        let first: String = address.chars().take(2).collect();
        self.files.join(first).join(address)
    }

    /// The addresses of all files, in order.
    pub(super) fn list(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for below in names(&self.files)? {
            for name in names(&self.files.join(&below))? {
                if is_address(&name) && name.starts_with(&below) {
                    found.push(name);
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// A file and its length; none when it is not there.
    pub(super) fn open(&self, address: &str) -> io::Result<Option<(File, u64)>> {
        match File::open(self.path(address)) {
            Ok(file) => {
                let size = file.metadata()?.len();
                Ok(Some((file, size)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let unreadable = || format!("不能读取附件文件夹 {}", folder.display());
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.with_context(unreadable)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.with_context(unreadable)?.file_name();
        names.extend(name.into_string().ok());
    }
    Ok(names)
}

fn is_address(name: &str) -> bool {
    name.len() == 64
        && name
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The SHA-256 of the rest of a file, as its address has it.
pub(super) fn digest(file: &mut File) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = file.read(&mut piece)?;
        match piece.get(..read) {
            Some(read) if !read.is_empty() => digest.update(read),
            _ => return Ok(address_of(digest)),
        }
    }
}

fn address_of(digest: Sha256) -> String {
    use std::fmt::Write as _;
    digest
        .finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Files that are being put back. Those that were not there before go again unless they are told to stay.
pub(super) struct Refill {
    shelf: Shelf,
    writing: Option<Writing>,
    made: Vec<PathBuf>,
    count: u64,
}

struct Writing {
    meta: FileMeta,
    file: File,
    part: PathBuf,
    digest: Sha256,
    lacking: u64,
}

impl Refill {
    pub(super) fn new(folder: &Path) -> Refill {
        Refill {
            shelf: Shelf::new(folder),
            writing: None,
            made: Vec::new(),
            count: 0,
        }
    }

    /// Begins a file.
    pub(super) fn begin(&mut self, meta: FileMeta) -> Result<()> {
        if !is_address(&meta.sha256) {
            bail!("备份里有编号不能识别的附件。没有恢复任何内容");
        }
        let path = self.shelf.path(&meta.sha256);
        let mut part = path.clone().into_os_string();
        part.push(".restoring");
        let part = PathBuf::from(part);
        let failed = || format!("不能写附件 {}", part.display());
        fs::create_dir_all(path.parent().unwrap_or(&path)).with_context(failed)?;
        self.made.push(part.clone());
        let file = File::options()
            .write(true)
            .read(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .with_context(failed)?;
        self.writing = Some(Writing {
            lacking: meta.size_bytes,
            meta,
            file,
            part,
            digest: Sha256::new(),
        });
        self.end_if_whole()
    }

    /// Writes a piece of the file that began last.
    pub(super) fn piece(&mut self, piece: &[u8]) -> Result<()> {
        let Some(writing) = &mut self.writing else {
            bail!("备份里有不属于任何附件的内容。没有恢复任何内容");
        };
        writing.digest.update(piece);
        writing
            .file
            .write_all(piece)
            .with_context(|| format!("不能写附件 {}", writing.part.display()))?;
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        writing.lacking = writing.lacking.saturating_sub(length);
        self.end_if_whole()
    }

    fn end_if_whole(&mut self) -> Result<()> {
        let Some(writing) = self.writing.take_if(|writing| writing.lacking == 0) else {
            return Ok(());
        };
        let path = self.shelf.path(&writing.meta.sha256);
        let failed = || format!("不能写附件 {}", path.display());
        if address_of(writing.digest) != writing.meta.sha256 {
            bail!(
                "备份里的附件 {} 与它的编号不符。没有恢复任何内容",
                writing.meta.sha256
            );
        }
        writing.file.sync_all().with_context(failed)?;
        self.count += 1;
        if let Some((mut there, _)) = self.shelf.open(&writing.meta.sha256).with_context(failed)?
            && digest(&mut there).with_context(failed)? == writing.meta.sha256
        {
            return fs::remove_file(&writing.part).with_context(failed);
        }
        fs::rename(&writing.part, &path).with_context(failed)?;
        self.made.push(path.clone());
        File::open(path.parent().unwrap_or(&path))
            .and_then(|folder| folder.sync_all())
            .with_context(failed)
    }

    /// Everything else is there too: the files stay. Answers how many.
    pub(super) fn stay(mut self) -> u64 {
        self.made.clear();
        self.count
    }
}

impl Drop for Refill {
    fn drop(&mut self) {
        for path in &self.made {
            // The restore failed for another reason already, and a file without its record is found by nobody.
            let _ = fs::remove_file(path);
        }
    }
}
