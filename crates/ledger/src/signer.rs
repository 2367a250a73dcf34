//! The keys that sign the heads of the log: made on the first start, each kept in a file that nobody else may read.

use proof::{KeyError, SigningKey, Sm2SigningKey};
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

/// The name of the SM2 key file in the data folder.
pub const SM2_KEY_FILE: &str = "log.sm2.key";

/// The public half of the SM2 key.
pub const SM2_VERIFIER_FILE: &str = "log.sm2.vkey";

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
    /// The public half is there and the private one is not: a new key could not continue the log.
    #[error(
        "{} 在，而签名密钥文件 {} 不在。请放回另行保存的密钥；不要另建，否则接不上此前的检查点。确要从头开始新的日志，请换一个数据文件夹",
        public.display(),
        secret.display()
    )]
    Lost {
        /// The file that is not there.
        secret: PathBuf,
        /// The file that is.
        public: PathBuf,
    },
    /// The name cannot be that of a key.
    #[error("日志名称 {0} 不能用作密钥名称：不能为空，不能含空格或加号")]
    Origin(String),
    /// The system gives no random bytes.
    #[error("系统不能提供随机数")]
    Random(#[source] rand::rand_core::OsError),
}

/// Reads the keys of the log in `folder`, or makes those that are not there yet: an older folder has no SM2 key.
pub fn open_or_create(folder: &Path, origin: &str) -> Result<SigningKey, SignerError> {
    fs::create_dir_all(folder).map_err(|source| SignerError::File {
        path: folder.to_owned(),
        source,
    })?;
    let key = KeyFile {
        folder,
        secret: KEY_FILE,
        public: VERIFIER_FILE,
    };
    let key = key.open_or_create(
        origin,
        SigningKey::parse,
        |seed| SigningKey::from_seed(origin, seed),
        |key| Texts {
            origin: key.verifier().name().to_owned(),
            secret: key.to_secret_text().to_owned(),
            public: key.verifier().to_string(),
        },
    )?;
    let sm2 = KeyFile {
        folder,
        secret: SM2_KEY_FILE,
        public: SM2_VERIFIER_FILE,
    };
    let sm2 = sm2.open_or_create(
        origin,
        Sm2SigningKey::parse,
        |seed| Sm2SigningKey::from_seed(origin, seed),
        |key| Texts {
            origin: key.verifier().name().to_owned(),
            secret: key.to_secret_text(),
            public: key.verifier().to_string(),
        },
    )?;
    Ok(key.with_sm2(sm2))
}

/// Where one key is kept: the private half and, beside it, the public one.
struct KeyFile<'a> {
    folder: &'a Path,
    secret: &'static str,
    public: &'static str,
}

/// A key as its files say it.
struct Texts {
    origin: String,
    secret: String,
    public: String,
}

impl KeyFile<'_> {
    fn open_or_create<K>(
        &self,
        origin: &str,
        parse: impl Fn(&str) -> Result<K, KeyError>,
        make: impl Fn(&[u8; 32]) -> Result<K, KeyError>,
        texts: impl Fn(&K) -> Texts,
    ) -> Result<K, SignerError> {
        let path = self.folder.join(self.secret);
        let read = |text: String| {
            let path = path.clone();
            parse(&text).map_err(|source| SignerError::Damaged { path, source })
        };
        // Asked first: the private half is always written before the public one.
        let public = self.folder.join(self.public);
        let has_public = public.exists();
        let key = match self.read_secret()? {
            Some(text) => read(text)?,
            None if has_public => {
                return Err(SignerError::Lost {
                    secret: path,
                    public,
                });
            }
            None => {
                let made = generate(origin, make)?;
                match self.keep_secret(&texts(&made).secret)? {
                    Kept::Ours => made,
                    // Another first start at the same moment was faster: its key is the key.
                    Kept::Another => match self.read_secret()? {
                        Some(text) => read(text)?,
                        None => return Err(self.failed(&path, io::ErrorKind::NotFound.into())),
                    },
                }
            }
        };
        let texts = texts(&key);
        if texts.origin != origin {
            return Err(SignerError::OtherLog {
                expected: origin.to_owned(),
                found: texts.origin,
            });
        }
        self.keep_public(&texts.public)?;
        Ok(key)
    }

    fn failed(&self, path: &Path, source: io::Error) -> SignerError {
        SignerError::File {
            path: path.to_owned(),
            source,
        }
    }

    fn read_secret(&self) -> Result<Option<String>, SignerError> {
        let path = self.folder.join(self.secret);
        let mode = match fs::metadata(&path) {
            Ok(metadata) => metadata.mode() & 0o7777,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.failed(&path, source)),
        };
        if mode & 0o077 != 0 {
            return Err(SignerError::Exposed { path, mode });
        }
        let text = fs::read_to_string(&path);
        text.map(Some).map_err(|source| self.failed(&path, source))
    }

    /// Whole or not at all, and never in place of a key that is there.
    fn keep_secret(&self, text: &str) -> Result<Kept, SignerError> {
        let path = self.folder.join(self.secret);
        let half = self.folder.join(format!(
            "{}.{:016x}",
            self.secret,
            u64::from_be_bytes(random()?)
        ));
        let write = || {
            let mut file = File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&half)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            // A link, unlike a rename, does not replace what is there.
            let kept = match fs::hard_link(&half, &path) {
                Ok(()) => Kept::Ours,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Kept::Another,
                Err(error) => return Err(error),
            };
            fs::remove_file(&half)?;
            File::open(self.folder)?.sync_all()?;
            Ok(kept)
        };
        write().map_err(|source| self.failed(&path, source))
    }

    fn keep_public(&self, text: &str) -> Result<(), SignerError> {
        let path = self.folder.join(self.public);
        let text = format!("{text}\n");
        if fs::read_to_string(&path).is_ok_and(|found| found == text) {
            return Ok(());
        }
        fs::write(&path, text).map_err(|source| self.failed(&path, source))
    }
}

/// Whose key stands in the file after an attempt to put one there.
enum Kept {
    Ours,
    Another,
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES], SignerError> {
    let mut bytes = [0; BYTES];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(SignerError::Random)?;
    Ok(bytes)
}

fn generate<K>(
    origin: &str,
    make: impl Fn(&[u8; 32]) -> Result<K, KeyError>,
) -> Result<K, SignerError> {
    loop {
        match make(&random()?) {
            Ok(key) => return Ok(key),
            // One seed in billions is no SM2 key.
            Err(KeyError::Sm2) => {}
            Err(_) => return Err(SignerError::Origin(origin.to_owned())),
        }
    }
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

    #[test]
    fn an_older_folder_gets_its_sm2_key_beside_the_key_it_has() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = open_or_create(folder.path(), "mingqu.test/log").expect("made");
        let sm2 = made.sm2_verifier().expect("made beside it").clone();
        let path = folder.path().join(SM2_KEY_FILE);
        assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
        let public = fs::read_to_string(folder.path().join(SM2_VERIFIER_FILE)).expect("there");
        assert_eq!(public.trim(), sm2.to_string());
        let again = open_or_create(folder.path(), "mingqu.test/log").expect("read");
        assert_eq!(again.sm2_verifier(), Some(&sm2));

        fs::remove_file(&path).expect("there");
        fs::remove_file(folder.path().join(SM2_VERIFIER_FILE)).expect("there");
        fs::remove_file(folder.path().join(VERIFIER_FILE)).expect("there");
        let older = open_or_create(folder.path(), "mingqu.test/log").expect("read, and made");
        assert_eq!(older.verifier(), made.verifier());
        assert_ne!(older.sm2_verifier(), Some(&sm2), "a new one");
        assert!(folder.path().join(VERIFIER_FILE).exists(), "written again");
        let left = fs::read_dir(folder.path()).expect("there").count();
        assert_eq!(left, 4, "two keys with their public halves, nothing half");
    }

    #[test]
    fn a_lost_key_is_asked_for_and_not_made_anew() {
        for lost in [KEY_FILE, SM2_KEY_FILE] {
            let folder = tempfile::tempdir().expect("a folder");
            open_or_create(folder.path(), "mingqu.test/log").expect("made");
            let path = folder.path().join(lost);
            let kept = folder.path().join("elsewhere");
            fs::rename(&path, &kept).expect("taken away");
            assert!(matches!(
                open_or_create(folder.path(), "mingqu.test/log"),
                Err(SignerError::Lost { secret, .. }) if secret == path
            ));
            assert!(!path.exists(), "{lost} was not made");
            fs::rename(&kept, &path).expect("put back");
            open_or_create(folder.path(), "mingqu.test/log").expect("read");
        }
    }

    #[test]
    fn of_two_first_starts_one_makes_the_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let start = || open_or_create(folder.path(), "mingqu.test/log").expect("made or read");
        let keys: Vec<SigningKey> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            starts
                .into_iter()
                .map(|start| start.join().expect("no panic"))
                .collect()
        });
        for key in &keys {
            assert_eq!(key.verifier(), keys[0].verifier());
            assert_eq!(key.sm2_verifier(), keys[0].sm2_verifier());
        }
    }
}
