//! The key that signs the heads of the log: made on the first start, kept in one file that nobody else may read.

use proof::{KeyError, SigningKey};
use rand::TryRngCore;
use rand::rngs::OsRng;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The name of the key file in the data folder.
pub const KEY_FILE: &str = "log.key";

/// The name of the file beside it that anyone may have: the public half.
pub const VERIFIER_FILE: &str = "log.vkey";

/// Why there is no key to sign with. Shown to whoever starts the program, hence in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The file cannot be read or written.
    #[error("不能读写签名密钥文件 {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Others could read the key.
    #[error("签名密钥文件 {} 的权限是 {mode:o}，其他用户可能读到。请先执行 chmod 600，并考虑更换密钥", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds no key.
    #[error("签名密钥文件 {} 已损坏，请从备份恢复；不要删除后重建，否则此前的检查点都将无法继续", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: KeyError,
    },
    /// The key speaks for another log.
    #[error("签名密钥属于日志 {found}，而本机配置的日志名称是 {expected}")]
    OtherLog {
        /// The configured origin.
        expected: String,
        /// The origin in the key.
        found: String,
    },
    /// The name cannot be that of a key.
    #[error("日志名称 {0} 不能用作密钥名称：不能为空，不能含空格或加号")]
    Origin(String),
    /// The system gives no random bytes.
    #[error("系统不能提供随机数")]
    Random(#[source] rand::rand_core::OsError),
}

/// Reads the key of the log in `folder`, or makes it when there is none yet.
pub fn open_or_create(folder: &Path, origin: &str) -> Result<SigningKey, SignerError> {
    let path = folder.join(KEY_FILE);
    let key = match fs::metadata(&path) {
        Ok(metadata) => read(&path, metadata.mode() & 0o7777)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(folder, &path, origin)?,
        Err(source) => return Err(SignerError::File { path, source }),
    };
    if key.verifier().name() != origin {
        let found = key.verifier().name().to_owned();
        return Err(SignerError::OtherLog {
            expected: origin.to_owned(),
            found,
        });
    }
    Ok(key)
}

fn read(path: &Path, mode: u32) -> Result<SigningKey, SignerError> {
    let path = path.to_owned();
    if mode & 0o077 != 0 {
        return Err(SignerError::Exposed { path, mode });
    }
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(SignerError::File { path, source }),
    };
    SigningKey::parse(&text).map_err(|source| SignerError::Damaged { path, source })
}

fn create(folder: &Path, path: &Path, origin: &str) -> Result<SigningKey, SignerError> {
    let mut seed = [0; 32];
    OsRng
        .try_fill_bytes(&mut seed)
        .map_err(SignerError::Random)?;
    let key =
        SigningKey::from_seed(origin, &seed).map_err(|_| SignerError::Origin(origin.to_owned()))?;
    let refused = |source| SignerError::File {
        path: path.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(refused)?;
    let public = format!("{}\n", key.verifier());
    fs::write(folder.join(VERIFIER_FILE), public).map_err(refused)?;
    // `create_new`: of two first starts at the same moment only one makes the key.
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(refused)?;
    file.write_all(key.to_secret_text().as_bytes())
        .map_err(refused)?;
    file.sync_all().map_err(refused)?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(refused)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_and_read_by_nobody_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = open_or_create(folder.path(), "mingqu.test/log").expect("made");
        let path = folder.path().join(KEY_FILE);
        assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
        let again = open_or_create(folder.path(), "mingqu.test/log").expect("read");
        assert_eq!(made.verifier(), again.verifier());
        let public = fs::read_to_string(folder.path().join(VERIFIER_FILE)).expect("there");
        assert_eq!(public.trim(), made.verifier().to_string());

        assert!(matches!(
            open_or_create(folder.path(), "mingqu.test/other"),
            Err(SignerError::OtherLog { .. })
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("changed");
        assert!(matches!(
            open_or_create(folder.path(), "mingqu.test/log"),
            Err(SignerError::Exposed { mode: 0o644, .. })
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changed");
        fs::write(&path, "PRIVATE+KEY+x").expect("written");
        assert!(matches!(
            open_or_create(folder.path(), "mingqu.test/log"),
            Err(SignerError::Damaged { .. })
        ));
    }
}
