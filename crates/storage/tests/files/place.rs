//! A folder or a bucket, with a store that keeps its files there and a way around its back.

use app::files::{FileDigest, FileStore};
use app::ports::Chance;
use jiff::Timestamp;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use storage::{Files, S3Place};
use tempfile::TempDir;
use testkit::s3::{BUCKET, Bucket};

#[derive(Default)]
pub(crate) struct Counting(AtomicU8);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

pub(crate) enum Place {
    Folder(TempDir),
    Bucket(Bucket),
}

impl Place {
    pub(crate) fn folder() -> Place {
        Place::Folder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn bucket() -> Place {
        Place::Bucket(Bucket::start())
    }

    pub(crate) fn s3(bucket: &Bucket) -> S3Place {
        S3Place {
            url: format!("s3://{BUCKET}/water/bureau"),
            endpoint: Some(bucket.endpoint()),
            region: "us-east-1".to_owned(),
            access_key_id: "id".to_owned(),
            secret_access_key: "key".to_owned(),
        }
    }

    pub(crate) async fn open(&self, size_bytes_max: u64) -> Arc<dyn FileStore> {
        self.open_at(size_bytes_max, "2026-11-24T04:00:00Z".parse().unwrap())
            .await
    }

    pub(crate) async fn open_at(&self, size_bytes_max: u64, now: Timestamp) -> Arc<dyn FileStore> {
        let chance = Arc::new(Counting::default());
        Arc::new(match self {
            Place::Folder(folder) => {
                Files::in_folder(folder.path(), size_bytes_max, chance).unwrap()
            }
            Place::Bucket(bucket) => {
                Files::in_bucket(&Place::s3(bucket), size_bytes_max, chance, now)
                    .await
                    .unwrap()
            }
        })
    }

    /// Everything that lies there, locks of running processes apart.
    pub(crate) fn everything(&self) -> Vec<String> {
        match self {
            Place::Folder(folder) => {
                let mut found = Vec::new();
                gather(folder.path(), folder.path(), &mut found);
                found.retain(|path| !path.ends_with(".lock"));
                found.sort();
                found
            }
            Place::Bucket(bucket) => bucket
                .keys()
                .into_iter()
                .map(|key| key.strip_prefix("water/bureau/").unwrap_or(&key).to_owned())
                .collect(),
        }
    }

    pub(crate) fn overwrite(&self, address: &FileDigest, content: &[u8]) {
        let key = key(address);
        match self {
            Place::Folder(folder) => fs::write(folder.path().join(key), content).unwrap(),
            Place::Bucket(bucket) => bucket.put(&format!("water/bureau/{key}"), content),
        }
    }
}

pub(crate) fn key(address: &FileDigest) -> String {
    let text = address.to_string();
    format!("files/{:02x}/{text}", address.0[0])
}

fn gather(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, found);
        } else {
            let below = path.strip_prefix(root).unwrap();
            found.push(below.to_str().unwrap().to_owned());
        }
    }
}
