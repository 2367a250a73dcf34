//! Reading one outside address: the tiles of a portal, a checkpoint that somebody keeps.

use crate::place::trust_ring;
use bytes::{Bytes, BytesMut};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use std::time::Duration;

/// Redirections on one host that are followed.
const REDIRECTIONS_MAX: usize = 3;

/// How much and how long is waited for.
#[derive(Clone, Copy, Debug)]
pub struct FetchLimits {
    /// The longest answer that is read.
    pub size_bytes_max: usize,
    /// From the first word to the last byte.
    pub time_max: Duration,
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No `http` or `https` address.
    #[error("`{0}` is no http or https address")]
    Address(String),
    /// No answer, one that broke off, came too late, or led to another host.
    #[error("{address} could not be read")]
    Unreachable {
        /// Which address.
        address: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The other side says no.
    #[error("{address} answers with status {status}")]
    Status {
        /// Which address.
        address: String,
        /// With what.
        status: StatusCode,
    },
    /// Longer than was asked for.
    #[error("{address} answers with more than {size_bytes_max} bytes")]
    TooLarge {
        /// Which address.
        address: String,
        /// The limit.
        size_bytes_max: usize,
    },
}

/// The bytes behind an `http` or `https` address. A redirection is followed only on the same host.
///
/// No proxy of the environment is asked: what is compared should come from where the address says.
pub async fn fetch(address: &str, limits: FetchLimits) -> Result<Bytes, FetchError> {
    let url = Url::parse(address)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| FetchError::Address(address.to_owned()))?;
    let failed = |source: reqwest::Error| FetchError::Unreachable {
        address: address.to_owned(),
        // The address is said once.
        source: source.without_url(),
    };
    trust_ring();
    let origin = url.origin();
    let client = Client::builder()
        .no_proxy()
        .timeout(limits.time_max)
        .redirect(Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTIONS_MAX {
                attempt.error("too many redirections")
            } else if attempt.url().origin() == origin {
                attempt.follow()
            } else {
                attempt.error("a redirection to another host is not followed")
            }
        }))
        .build()
        .map_err(failed)?;
    let mut answer = client.get(url).send().await.map_err(failed)?;
    if !answer.status().is_success() {
        return Err(FetchError::Status {
            address: address.to_owned(),
            status: answer.status(),
        });
    }
    let mut bytes = BytesMut::new();
    while let Some(piece) = answer.chunk().await.map_err(failed)? {
        if bytes.len().saturating_add(piece.len()) > limits.size_bytes_max {
            return Err(FetchError::TooLarge {
                address: address.to_owned(),
                size_bytes_max: limits.size_bytes_max,
            });
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}
