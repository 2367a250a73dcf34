//! Opening a place for files: a folder, or a bucket of an S3-compatible store.

use app::files::BoxError;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use std::fmt::{self, Formatter};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// So long a service may say nothing.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// A bucket of an S3-compatible store, and how to get in.
#[derive(Clone)]
pub struct S3Place {
    /// `s3://bucket` or `s3://bucket/prefix`.
    pub url: String,
    /// The address of the service, such as `https://s3.example.gov.cn`; without it, Amazon's own of the region.
    pub endpoint: Option<String>,
    /// The region that signatures name; many services take any word.
    pub region: String,
    /// The id of the key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: String,
}

impl fmt::Debug for S3Place {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        // Neither half of the key belongs into a log.
        to.debug_struct("S3Place")
            .field("url", &self.url)
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// Why files cannot be kept there.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// Not of the form that is known.
    #[error("`{0}` is no address of a bucket: s3://BUCKET or s3://BUCKET/PREFIX is expected")]
    Address(String),
    /// A limit that a bucket could not keep.
    #[error("files of {0} bytes cannot be moved within a bucket; at most 5 GiB can")]
    Limit(u64),
    /// The folder or bucket cannot be used.
    #[error("no files can be kept in {place}")]
    Place {
        /// Which.
        place: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}

impl OpenStoreError {
    pub(crate) fn at(place: impl fmt::Display, source: impl Into<BoxError>) -> OpenStoreError {
        OpenStoreError::Place {
            place: place.to_string(),
            source: source.into(),
        }
    }
}

/// The folder, made if it is not there. Every write is synced, and so is the directory it appears in.
pub(crate) fn folder(folder: &Path) -> Result<Arc<dyn ObjectStore>, OpenStoreError> {
    let failed = |source: BoxError| OpenStoreError::at(folder.display(), source);
    fs::create_dir_all(folder).map_err(|error| failed(error.into()))?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| failed(error.into()))?;
    Ok(Arc::new(store.with_fsync(true)))
}

/// The bucket. Nothing is asked of it yet.
pub(crate) fn bucket(place: &S3Place) -> Result<Arc<dyn ObjectStore>, OpenStoreError> {
    let (bucket, prefix) = parted(&place.url)?;
    trust_ring();
    let retry = RetryConfig {
        max_retries: 3,
        retry_timeout: Duration::from_secs(30),
        ..RetryConfig::default()
    };
    // The library's limit is for a whole request, and a long film takes longer; silence is what ends a read.
    let client = ClientOptions::new()
        .with_timeout_disabled()
        .with_read_timeout(SILENCE_MAX);
    let mut builder = AmazonS3Builder::new()
        .with_client_options(client)
        .with_bucket_name(bucket)
        .with_region(&place.region)
        .with_access_key_id(&place.access_key_id)
        .with_secret_access_key(&place.secret_access_key)
        .with_retry(retry);
    if let Some(endpoint) = &place.endpoint {
        // Inside an office network the service often has no certificate; whoever writes `http` has decided that.
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    let store: AmazonS3 = builder
        .build()
        .map_err(|error| OpenStoreError::at(&place.url, error))?;
    Ok(if prefix.is_empty() {
        Arc::new(store)
    } else {
        Arc::new(PrefixStore::new(store, prefix))
    })
}

/// The TLS of this process is that of `ring`; the first one to say so decides, and all say the same.
pub fn trust_ring() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn parted(url: &str) -> Result<(&str, &str), OpenStoreError> {
    let wrong = || OpenStoreError::Address(url.to_owned());
    let rest = url.strip_prefix("s3://").ok_or_else(wrong)?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    if bucket.is_empty() || !bucket.chars().all(is_name) {
        return Err(wrong());
    }
    Ok((bucket, prefix.trim_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_bucket_with_or_without_a_prefix() {
        let read = |url: &'static str| parted(url).ok();
        assert_eq!(read("s3://files"), Some(("files", "")));
        assert_eq!(read("s3://files/"), Some(("files", "")));
        assert_eq!(read("s3://files/a/b/"), Some(("files", "a/b")));
        for wrong in [
            "",
            "s3://",
            "s3:///a",
            "https://files",
            "s3://Files",
            "s3://a b",
        ] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_key_does_not_reach_a_log() {
        let place = S3Place {
            url: "s3://files".to_owned(),
            endpoint: None,
            region: "cn".to_owned(),
            access_key_id: "AKID".to_owned(),
            secret_access_key: "SECRET".to_owned(),
        };
        let shown = format!("{place:?}");
        assert!(
            !shown.contains("AKID") && !shown.contains("SECRET"),
            "{shown}"
        );
    }
}
