//! Who somebody is, said by somebody else: the port of a provider of identities (统一身份认证).
//!
//! A provider says which subject stands before it, and nothing else: no account, no role and no right comes from there.

use async_trait::async_trait;
use jiff::Timestamp;
use std::error::Error;

/// What leaves with somebody who is sent to the provider. All of it is chance, kept until that person comes back.
#[derive(Clone)]
pub struct Departure {
    /// Comes back in the address, and says which departure this was.
    pub state: String,
    /// Comes back in what the provider signed.
    pub nonce: String,
    /// Shown to the provider only when the code is redeemed; its digest goes ahead.
    pub verifier: String,
}

/// What came back through the browser, with what was kept since the departure.
#[derive(Clone)]
pub struct Arrival {
    /// To be redeemed at the provider.
    pub code: String,
    /// Who sent the browser back, where that is said.
    pub issuer: Option<String>,
    /// Of the departure.
    pub nonce: String,
    /// Of the departure.
    pub verifier: String,
}

/// Somebody as a provider knows them. Only both together name a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// The person, in the provider's own words; never given to anybody else.
    pub subject: String,
}

/// Why a provider did not say who somebody is.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// No answer, too late, too long, or none that can be read.
    #[error("the provider of identities cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The provider says no.
    #[error("the provider of identities refuses: {0}")]
    Refused(String),
    /// The provider's answer does not prove what it says.
    #[error("the answer of the provider of identities cannot be trusted")]
    Untrusted(#[source] Box<dyn Error + Send + Sync>),
}

/// A provider of identities.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Its name on pages.
    fn name(&self) -> &str;

    /// Its own name among providers, as it stands in every identity.
    fn issuer(&self) -> &str;

    /// Whether people come back over an encrypted line, so that a cookie may be kept to it.
    fn comes_back_encrypted(&self) -> bool;

    /// Whether it answered when it was last asked.
    fn is_in_reach(&self) -> bool;

    /// The address to which a browser is sent.
    async fn start(&self, departure: &Departure, now: Timestamp) -> Result<String, ProviderError>;

    /// Who came back.
    async fn finish(&self, arrival: &Arrival, now: Timestamp) -> Result<Identity, ProviderError>;
}
