//! The keys and other small files of the data folder, as far as a backup takes and gives them.

use crate::demo;
use anyhow::{Context, Result, bail};
use ledger::backup::KeyFile;
use ledger::signer;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What anyone may have; always in a backup, so that it can be verified.
pub(super) const PUBLIC: &[&str] = &[signer::VERIFIER_FILE, signer::SM2_VERIFIER_FILE];

/// What nobody else may have; in a backup on request alone.
pub(super) const PRIVATE: &[&str] = &[signer::KEY_FILE, signer::SM2_KEY_FILE];

/// What makes a folder that of a demonstration, whose agency and clock are its own.
pub(super) const BESIDE: &[&str] = &demo::FILES;

/// Those of the files that are there.
pub(super) fn read(data: &Path, names: &[&str]) -> Result<Vec<KeyFile>> {
    let mut found = Vec::new();
    for name in names {
        let path = data.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => found.push(KeyFile {
                name: (*name).to_owned(),
                text,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("不能读取 {}", path.display()));
            }
        }
    }
    Ok(found)
}

/// Refuses a folder that holds another file under one of these names, and names that no backup has.
pub(super) fn check(data: &Path, keys: &[KeyFile], names: &[&str]) -> Result<()> {
    for key in keys {
        if !names.contains(&key.name.as_str()) {
            bail!("备份里有不认识的文件 {:?}。没有恢复任何内容", key.name);
        }
        let path = data.join(&key.name);
        match fs::read_to_string(&path) {
            Ok(there) if there == key.text => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(_) => bail!(
                "{} 已有，内容与备份的不同。请换一个数据文件夹。没有恢复任何内容",
                path.display()
            ),
            Err(error) => {
                return Err(error).with_context(|| format!("不能读取 {}", path.display()));
            }
        }
    }
    Ok(())
}

/// Writes files that are not there yet. What it wrote goes again unless it is told to stay.
#[derive(Default)]
pub(super) struct Written(Vec<PathBuf>);

impl Written {
    pub(super) fn write(&mut self, data: &Path, key: &KeyFile, mode: u32) -> Result<()> {
        let path = data.join(&key.name);
        let failed = || format!("不能写 {}", path.display());
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path);
        let mut file = match file {
            // Checked before: it is the same one.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            other => other.with_context(failed)?,
        };
        self.0.push(path.clone());
        file.write_all(key.text.as_bytes()).with_context(failed)?;
        file.sync_all().with_context(failed)
    }

    pub(super) fn stay(mut self) {
        self.0.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            // The restore failed for another reason already.
            let _ = fs::remove_file(path);
        }
    }
}
