//! The provider as it answers: what it tells of itself, its keys, and the code that is redeemed there.

use crate::crypto::trust_ring;
use crate::metadata::{self, ClientAuthentication, Metadata};
use crate::settings::{Settings, SettingsError};
use crate::token::{self, Expected, TokenError};
use app::provider::{Arrival, Departure, Identity, IdentityProvider, ProviderError};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::JwkSet;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, header};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// From the first word to the last byte of an answer.
const TIME_MAX: Duration = Duration::from_secs(10);
/// Until somebody takes up the line.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(4);
/// What a provider tells of itself is asked for again after this time.
const METADATA_HOLDS: SignedDuration = SignedDuration::from_hours(1);
/// Keys are asked for again after this time.
const KEYS_HOLD: SignedDuration = SignedDuration::from_hours(1);
/// And for a key that is not among them, at most this often.
const KEYS_AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// A provider that did not answer is left alone for so long.
const LEFT_ALONE: SignedDuration = SignedDuration::from_secs(5);
/// The longest text of the provider that is shown to a person.
const SAID_CHARS_MAX: usize = 200;

/// A provider of identities that speaks OpenID Connect.
pub struct Oidc {
    settings: Settings,
    client: Client,
    known: Mutex<Known>,
    in_reach: AtomicBool,
}

/// What the provider told, and when.
#[derive(Default)]
struct Known {
    metadata: Option<(Timestamp, Arc<Metadata>)>,
    keys: Option<(Timestamp, Arc<JwkSet>)>,
    failed: Option<Timestamp>,
}

/// An answer that cannot be used.
#[derive(Debug, thiserror::Error)]
enum AnswerError {
    #[error("{address} answers with status {status}")]
    Status { address: String, status: StatusCode },
    #[error("{address} answers with more than {ANSWER_BYTES_MAX} bytes")]
    TooLong { address: String },
    #[error("it did not answer a moment ago")]
    LeftAlone,
    #[error("the answer was sent by {said}")]
    MixUp { said: String },
    #[error("the answer does not say who sent it")]
    Unsigned,
}

/// What comes for a code.
#[derive(Deserialize)]
struct Redeemed {
    id_token: String,
}

/// Why there is nothing for a code.
#[derive(Deserialize)]
struct Declined {
    error: String,
    #[serde(default)]
    error_description: String,
}

fn unreachable(error: impl Into<Box<dyn Error + Send + Sync>>) -> ProviderError {
    ProviderError::Unreachable(error.into())
}

fn untrusted(error: impl Into<Box<dyn Error + Send + Sync>>) -> ProviderError {
    ProviderError::Untrusted(error.into())
}

impl Oidc {
    /// A provider of these settings. It is asked nothing yet: a provider that is down keeps nobody from starting.
    pub fn new(settings: Settings) -> Result<Oidc, SettingsError> {
        settings.check()?;
        trust_ring();
        // No redirection is followed: the secret and the code go where the provider said, and nowhere else. No proxy of
        // the environment is asked, and no line is kept, so that each question finds the provider as it is.
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(TIME_MAX)
            .connect_timeout(CONNECT_TIME_MAX)
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| SettingsError::Client(error.to_string()))?;
        Ok(Oidc {
            settings,
            client,
            known: Mutex::default(),
            in_reach: AtomicBool::new(true),
        })
    }

    /// The address to which the provider sends people back: it has to be known there.
    pub fn back(&self) -> String {
        self.settings.back()
    }

    /// Asks the provider to tell of itself, so that whoever signs in is told at once when it does not answer.
    pub async fn look(&self, now: Timestamp) -> Result<(), ProviderError> {
        self.metadata(now).await.map(drop)
    }

    async fn metadata(&self, now: Timestamp) -> Result<Arc<Metadata>, ProviderError> {
        let mut known = self.known.lock().await;
        if let Some((at, metadata)) = &known.metadata
            && now.duration_since(*at) < METADATA_HOLDS
        {
            return Ok(Arc::clone(metadata));
        }
        if let Some(at) = known.failed
            && now.duration_since(at) < LEFT_ALONE
        {
            return Err(unreachable(AnswerError::LeftAlone));
        }
        let address = metadata::address(&self.settings.issuer);
        let told = self
            .get(&address)
            .await
            .and_then(|json| Metadata::read(&json, &self.settings.issuer).map_err(unreachable));
        match told {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                known.failed = None;
                known.metadata = Some((now, Arc::clone(&metadata)));
                self.in_reach.store(true, Ordering::Relaxed);
                Ok(metadata)
            }
            Err(error) => {
                known.failed = Some(now);
                self.in_reach.store(false, Ordering::Relaxed);
                Err(error)
            }
        }
    }

    /// The keys of the provider, unless they were told a moment ago.
    async fn keys(
        &self,
        metadata: &Metadata,
        holds: SignedDuration,
        now: Timestamp,
    ) -> Result<Arc<JwkSet>, ProviderError> {
        let mut known = self.known.lock().await;
        if let Some((at, keys)) = &known.keys
            && now.duration_since(*at) < holds
        {
            return Ok(Arc::clone(keys));
        }
        let json = self.get(metadata.jwks_uri.as_str()).await?;
        let keys: JwkSet = serde_json::from_slice(&json).map_err(unreachable)?;
        let keys = Arc::new(keys);
        known.keys = Some((now, Arc::clone(&keys)));
        Ok(keys)
    }

    async fn get(&self, address: &str) -> Result<Vec<u8>, ProviderError> {
        let request = self
            .client
            .get(address)
            .header(header::ACCEPT, "application/json");
        let (status, body) = read(request).await?;
        if status != StatusCode::OK {
            return Err(unreachable(AnswerError::Status {
                address: address.to_owned(),
                status,
            }));
        }
        Ok(body)
    }

    /// Redeems a code at the provider.
    async fn redeem(
        &self,
        metadata: &Metadata,
        arrival: &Arrival,
    ) -> Result<String, ProviderError> {
        let authentication = metadata.authentication().map_err(unreachable)?;
        let mut request = self
            .client
            .post(metadata.token_endpoint.clone())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(self.asked(arrival, authentication));
        if authentication == ClientAuthentication::Basic {
            request = request.header(header::AUTHORIZATION, self.login());
        }
        let (status, body) = read(request).await?;
        match status {
            StatusCode::OK => {
                let redeemed: Redeemed = serde_json::from_slice(&body).map_err(untrusted)?;
                Ok(redeemed.id_token)
            }
            status => match serde_json::from_slice::<Declined>(&body) {
                Ok(declined) if status.is_client_error() => {
                    let said = format!("{} {}", declined.error, declined.error_description);
                    let said = said.trim().chars().filter(|c| !c.is_control());
                    Err(ProviderError::Refused(said.take(SAID_CHARS_MAX).collect()))
                }
                _ => Err(unreachable(AnswerError::Status {
                    address: metadata.token_endpoint.to_string(),
                    status,
                })),
            },
        }
    }

    /// The form with which a code is redeemed.
    fn asked(&self, arrival: &Arrival, authentication: ClientAuthentication) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", &arrival.code)
            .append_pair("redirect_uri", &self.back())
            .append_pair("code_verifier", &arrival.verifier);
        if authentication == ClientAuthentication::Post {
            form.append_pair("client_id", &self.settings.client_id)
                .append_pair("client_secret", &self.settings.client_secret);
        }
        form.finish()
    }

    /// Name and secret as a header; both are encoded first (RFC 6749, 2.3.1).
    fn login(&self) -> String {
        let [id, secret] = [&self.settings.client_id, &self.settings.client_secret]
            .map(|text| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>());
        format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
    }

    async fn proven(
        &self,
        metadata: &Metadata,
        token: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<String, ProviderError> {
        let expected = Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce,
            now,
        };
        let keys = self.keys(metadata, KEYS_HOLD, now).await?;
        match token::subject(token, &keys, &expected) {
            // The provider may have changed its keys since.
            Err(TokenError::NoKey) => {
                let keys = self.keys(metadata, KEYS_AGAIN, now).await?;
                token::subject(token, &keys, &expected).map_err(untrusted)
            }
            other => other.map_err(untrusted),
        }
    }
}

/// An answer, as long as is reasonable.
async fn read(request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), ProviderError> {
    let mut answer = request.send().await.map_err(unreachable)?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(unreachable)? {
        if body.len().saturating_add(piece.len()) > ANSWER_BYTES_MAX {
            return Err(unreachable(AnswerError::TooLong {
                address: answer.url().to_string(),
            }));
        }
        body.extend_from_slice(&piece);
    }
    Ok((status, body))
}

#[async_trait]
impl IdentityProvider for Oidc {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    fn comes_back_encrypted(&self) -> bool {
        self.settings.base.starts_with("https:")
    }

    fn is_in_reach(&self) -> bool {
        self.in_reach.load(Ordering::Relaxed)
    }

    async fn start(&self, departure: &Departure, now: Timestamp) -> Result<String, ProviderError> {
        let metadata = self.metadata(now).await?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(departure.verifier.as_bytes()));
        let mut address = metadata.authorization_endpoint.clone();
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.back())
            .append_pair("scope", "openid")
            .append_pair("state", &departure.state)
            .append_pair("nonce", &departure.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(address.into())
    }

    async fn finish(&self, arrival: &Arrival, now: Timestamp) -> Result<Identity, ProviderError> {
        let metadata = self.metadata(now).await?;
        // Before the code goes anywhere: it might be meant for another provider (RFC 9207).
        match &arrival.issuer {
            Some(said) if *said != self.settings.issuer => {
                return Err(untrusted(AnswerError::MixUp { said: said.clone() }));
            }
            None if metadata.authorization_response_iss_parameter_supported => {
                return Err(untrusted(AnswerError::Unsigned));
            }
            _ => {}
        }
        let token = self.redeem(&metadata, arrival).await?;
        let subject = self.proven(&metadata, &token, &arrival.nonce, now).await?;
        Ok(Identity {
            issuer: self.settings.issuer.clone(),
            subject,
        })
    }
}
