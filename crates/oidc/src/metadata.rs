//! What a provider tells of itself (OpenID Connect Discovery).

use crate::settings::is_encrypted_or_here;
use reqwest::Url;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Where a provider tells of itself, below its own name.
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// What of it is needed.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metadata {
    issuer: String,
    #[serde(deserialize_with = "url")]
    pub(crate) authorization_endpoint: Url,
    #[serde(deserialize_with = "url")]
    pub(crate) token_endpoint: Url,
    #[serde(deserialize_with = "url")]
    pub(crate) jwks_uri: Url,
    #[serde(default)]
    response_types_supported: Vec<String>,
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    Url::parse(&text).map_err(D::Error::custom)
}

/// Why a provider cannot be used as it describes itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetadataError {
    #[error("not what a provider tells of itself")]
    Shape(#[from] serde_json::Error),
    #[error("it calls itself {said}, and {expected} is configured")]
    Issuer { said: String, expected: String },
    #[error("{0} is not encrypted")]
    Open(Url),
    #[error("it knows no {0}")]
    Lacks(&'static str),
}

/// How the client shows that it is the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuthentication {
    Basic,
    Post,
}

/// Where a provider of this name tells of itself.
pub(crate) fn address(issuer: &str) -> String {
    format!("{}{WELL_KNOWN}", issuer.trim_end_matches('/'))
}

impl Metadata {
    /// Reads and checks it: whoever answers under another name is somebody else.
    pub(crate) fn read(json: &[u8], issuer: &str) -> Result<Metadata, MetadataError> {
        let metadata: Metadata = serde_json::from_slice(json)?;
        if metadata.issuer != issuer {
            return Err(MetadataError::Issuer {
                said: metadata.issuer,
                expected: issuer.to_owned(),
            });
        }
        let endpoints = [
            &metadata.authorization_endpoint,
            &metadata.token_endpoint,
            &metadata.jwks_uri,
        ];
        if let Some(open) = endpoints.into_iter().find(|url| !is_encrypted_or_here(url)) {
            return Err(MetadataError::Open(open.clone()));
        }
        let has = |list: &[String], word: &str| list.iter().any(|it| it == word);
        if !has(&metadata.response_types_supported, "code") {
            return Err(MetadataError::Lacks("authorization code flow"));
        }
        // Many a provider knows it and does not say so; one that says otherwise is believed.
        let methods = metadata.code_challenge_methods_supported.as_deref();
        if methods.is_some_and(|methods| !has(methods, "S256")) {
            return Err(MetadataError::Lacks("PKCE with S256"));
        }
        metadata.authentication()?;
        Ok(metadata)
    }

    /// How the secret is shown; what holds without a word is the header.
    pub(crate) fn authentication(&self) -> Result<ClientAuthentication, MetadataError> {
        let Some(methods) = &self.token_endpoint_auth_methods_supported else {
            return Ok(ClientAuthentication::Basic);
        };
        let has = |word: &str| methods.iter().any(|it| it == word);
        if has("client_secret_basic") {
            Ok(ClientAuthentication::Basic)
        } else if has("client_secret_post") {
            Ok(ClientAuthentication::Post)
        } else {
            Err(MetadataError::Lacks("client secret"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn told() -> Value {
        json!({
            "issuer": "https://id.example",
            "authorization_endpoint": "https://id.example/authorize",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/keys",
            "response_types_supported": ["code", "id_token"],
            "code_challenge_methods_supported": ["plain", "S256"],
        })
    }

    fn read(change: impl FnOnce(&mut Value)) -> Result<Metadata, String> {
        let mut told = told();
        change(&mut told);
        Metadata::read(told.to_string().as_bytes(), "https://id.example")
            .map_err(|error| error.to_string())
    }

    #[test]
    fn only_what_can_be_trusted_is_taken() {
        assert!(read(|_| {}).is_ok());
        for (key, value, says) in [
            ("issuer", json!("https://id.example/"), "calls itself"),
            ("issuer", json!("https://evil.example"), "calls itself"),
            (
                "token_endpoint",
                json!("http://id.example/token"),
                "not encrypted",
            ),
            ("jwks_uri", json!("http://10.0.0.1/keys"), "not encrypted"),
            ("jwks_uri", json!("keys"), "not what a provider"),
            ("response_types_supported", json!(["id_token"]), "code flow"),
            ("code_challenge_methods_supported", json!(["plain"]), "S256"),
            (
                "token_endpoint_auth_methods_supported",
                json!(["private_key_jwt"]),
                "client secret",
            ),
        ] {
            let error = read(|told| told[key] = value.clone()).expect_err(key);
            assert!(error.contains(says), "{key} {value}: {error}");
        }
    }

    #[test]
    fn the_secret_is_shown_as_the_provider_wants_it() {
        let shown = |methods: Value| {
            read(|told| told["token_endpoint_auth_methods_supported"] = methods)
                .and_then(|it| it.authentication().map_err(|error| error.to_string()))
        };
        assert_eq!(
            shown(json!(["client_secret_post"])),
            Ok(ClientAuthentication::Post)
        );
        assert_eq!(
            shown(json!(["client_secret_post", "client_secret_basic"])),
            Ok(ClientAuthentication::Basic)
        );
        assert_eq!(shown(Value::Null), Ok(ClientAuthentication::Basic));
    }
}
