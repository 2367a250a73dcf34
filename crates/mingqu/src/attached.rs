//! Where attached files are kept, as the settings say it.

use crate::adapters::{MachineClock, SystemChance};
use crate::config;
use anyhow::{Context, Result, bail};
use app::files::FileStore;
use app::ports::Clock;
use clap::Args;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use storage::{Files, S3Place};

/// The folder in the data folder that keeps attached files when nothing else is set.
const FOLDER: &str = "files";

/// The settings of the keeper of attached files.
#[derive(Args, Clone)]
pub(crate) struct Attached {
    /// 附件存放处：文件夹，或者 s3://存储桶/前缀；不写的用数据文件夹里的 files
    #[arg(long, env = "MINGQU_FILES", value_name = "文件夹或地址", value_parser = config::store_address)]
    files: Option<String>,
    /// S3 兼容存储的服务地址
    #[arg(long, env = "MINGQU_S3_ENDPOINT", value_name = "https://...")]
    s3_endpoint: Option<String>,
    /// S3 兼容存储的区域；多数服务写什么都可以
    #[arg(
        long,
        env = "MINGQU_S3_REGION",
        default_value = "cn",
        value_name = "区域"
    )]
    s3_region: String,
    /// S3 访问密钥的编号
    #[arg(long, env = "MINGQU_S3_KEY_ID", value_name = "编号")]
    s3_key_id: Option<String>,
    /// S3 访问密钥；写在命令行上的会被同机的人看到，请用环境变量或者文件
    #[arg(
        long,
        env = "MINGQU_S3_SECRET",
        value_name = "密钥",
        hide = true,
        hide_env_values = true
    )]
    s3_secret: Option<String>,
    /// 存有 S3 访问密钥的文件，只能本人可读
    #[arg(long, env = "MINGQU_S3_SECRET_FILE", value_name = "文件")]
    s3_secret_file: Option<PathBuf>,
    /// 一个附件的大小上限
    #[arg(
        long,
        env = "MINGQU_UPLOAD_LIMIT",
        default_value = "2147483647",
        value_name = "字节数，或如 500MB",
        value_parser = config::size
    )]
    upload_limit: u64,
}

/// A place for files, with everything that is needed to use it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum FilesPlace {
    /// A folder.
    Folder(PathBuf),
    /// A bucket of an S3-compatible store.
    Bucket {
        /// `s3://bucket/prefix`
        url: String,
        /// The service.
        endpoint: Option<String>,
        /// The region that signatures name.
        region: String,
        /// The id of the key.
        key_id: String,
        /// The key.
        secret: String,
    },
}

impl Attached {
    /// The longest file that is taken in.
    pub(crate) fn size_bytes_max(&self) -> u64 {
        self.upload_limit
    }

    /// Opens the keeper of attached files.
    pub(crate) async fn open(&self, data: &Path) -> Result<Arc<dyn FileStore>> {
        let chance = Arc::new(SystemChance);
        let limit = self.size_bytes_max();
        let files = match self.place(data)? {
            FilesPlace::Folder(folder) => Files::in_folder(&folder, limit, chance)
                .with_context(|| format!("不能使用附件文件夹 {}", folder.display()))?,
            FilesPlace::Bucket {
                url,
                endpoint,
                region,
                key_id,
                secret,
            } => {
                let place = S3Place {
                    url: url.clone(),
                    endpoint,
                    region,
                    access_key_id: key_id,
                    secret_access_key: secret,
                };
                Files::in_bucket(&place, limit, chance, MachineClock.now())
                    .await
                    .with_context(|| format!("不能使用附件存放处 {url}"))?
            }
        };
        Ok(Arc::new(files))
    }

    /// The place that the settings mean, or what they lack.
    pub(crate) fn place(&self, data: &Path) -> Result<FilesPlace> {
        let Some(place) = &self.files else {
            return Ok(FilesPlace::Folder(data.join(FOLDER)));
        };
        if !place.starts_with("s3://") {
            return Ok(FilesPlace::Folder(place.into()));
        }
        let secret = match (&self.s3_secret, &self.s3_secret_file) {
            (Some(_), Some(_)) => bail!("s3_secret 和 s3_secret_file 只能设一个"),
            (Some(secret), None) => Some(secret.clone()),
            (None, Some(file)) => Some(read_secret(file)?),
            (None, None) => None,
        };
        match (&self.s3_key_id, secret) {
            (Some(key_id), Some(secret)) => Ok(FilesPlace::Bucket {
                url: place.clone(),
                endpoint: self.s3_endpoint.clone(),
                region: self.s3_region.clone(),
                key_id: key_id.clone(),
                secret,
            }),
            (None, _) => bail!("附件存放在 {place}，还须设定 s3_key_id"),
            (_, None) => bail!("附件存放在 {place}，还须设定 s3_secret 或者 s3_secret_file"),
        }
    }
}

/// The secret in a file that only its owner may read.
pub(crate) fn read_secret(path: &Path) -> Result<String> {
    let unreadable = || format!("不能读取密钥文件 {}", path.display());
    let mode = fs::metadata(path).with_context(unreadable)?.mode();
    if mode & 0o077 != 0 {
        bail!(
            "密钥文件 {} 的权限是 {:o}，其他用户可能读到。请先执行 chmod 600",
            path.display(),
            mode & 0o777
        );
    }
    let secret = fs::read_to_string(path).with_context(unreadable)?;
    match secret.trim() {
        "" => bail!("密钥文件 {} 是空的", path.display()),
        secret => Ok(secret.to_owned()),
    }
}
