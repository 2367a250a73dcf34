//! What an identity token must prove before its subject is believed (OpenID Connect Core 3.1.3.7).

use crate::crypto::{TAKEN, family};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{AlgorithmFamily, DecodingKey, Header, Validation, decode, decode_header};
use serde::Deserialize;

/// Clocks of two machines may differ by so much.
pub(crate) const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// A token is redeemed at once: one made longer ago was not made for this.
const OLDEST: SignedDuration = SignedDuration::from_mins(10);
/// The longest subject (OpenID Connect Core 2).
const SUBJECT_LENGTH_MAX: usize = 255;

/// Why a token proves nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("the token or its signature is wrong")]
    Jwt(#[from] jsonwebtoken::errors::Error),
    #[error("the token is signed by an algorithm that is not taken")]
    Algorithm,
    #[error("no key of the provider fits the token")]
    NoKey,
    #[error("the token has expired")]
    Expired,
    #[error("the token is of another time")]
    Time,
    #[error("the token belongs to another sign-in")]
    Nonce,
    #[error("the token is for somebody else")]
    Audience,
    #[error("the token names nobody")]
    Subject,
}

#[derive(Deserialize)]
struct Claims {
    /// One issuer: the library would take a list of them.
    #[serde(rename = "iss")]
    _issuer: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What a token is held against.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) now: Timestamp,
}

/// The subject of a token that proves it.
pub(crate) fn subject(
    token: &str,
    keys: &JwkSet,
    expected: &Expected<'_>,
) -> Result<String, TokenError> {
    let header = decode_header(token)?;
    if !TAKEN.contains(&header.alg) {
        return Err(TokenError::Algorithm);
    }
    let key = DecodingKey::from_jwk(fitting(keys, &header).ok_or(TokenError::NoKey)?)?;
    let mut validation = Validation::new(header.alg);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    // The library reads the clock of the machine; there is one clock here, and it is handed in.
    validation.validate_exp = false;
    let claims = decode::<Claims>(token, &key, &validation)?.claims;
    check(&claims, expected)?;
    Ok(claims.sub)
}

fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), TokenError> {
    let now = expected.now.as_second();
    let skew = SKEW.as_secs();
    if claims.exp.saturating_add(skew) <= now {
        return Err(TokenError::Expired);
    }
    let is_later = |time: i64| time > now.saturating_add(skew);
    let oldest = now.saturating_sub(OLDEST.as_secs()).saturating_sub(skew);
    if is_later(claims.iat) || claims.iat < oldest || claims.nbf.is_some_and(is_later) {
        return Err(TokenError::Time);
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(TokenError::Nonce);
    }
    // Of several who may read it, one asked for it: that must have been us.
    let is_ours_alone = match &claims.aud {
        Audience::One(one) => one == expected.client_id,
        Audience::Several(several) => several.len() == 1,
    };
    let was_asked_by_us = match &claims.azp {
        Some(azp) => azp == expected.client_id,
        None => is_ours_alone,
    };
    if !was_asked_by_us {
        return Err(TokenError::Audience);
    }
    let length = claims.sub.len();
    let is_text = claims.sub.chars().all(|c| !c.is_control()) && claims.sub.trim() == claims.sub;
    if length == 0 || length > SUBJECT_LENGTH_MAX || !is_text {
        return Err(TokenError::Subject);
    }
    Ok(())
}

/// The key that a token means: the one it names, or the only one that it could be.
fn fitting<'a>(keys: &'a JwkSet, header: &Header) -> Option<&'a Jwk> {
    let signs = |key: &&Jwk| {
        let of_kind = match &key.algorithm {
            AlgorithmParameters::RSA(_) => family(header.alg) == AlgorithmFamily::Rsa,
            AlgorithmParameters::EllipticCurve(_) => family(header.alg) == AlgorithmFamily::Ec,
            _ => false,
        };
        let is_for_signing = matches!(
            key.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        );
        let said = key.common.key_algorithm;
        of_kind && is_for_signing && said.is_none_or(|said| said.to_string() == name(header))
    };
    let named = |key: &&Jwk| header.kid.is_none() || key.common.key_id == header.kid;
    let mut found = keys.keys.iter().filter(signs).filter(named);
    match (found.next(), found.next()) {
        (Some(key), None) => Some(key),
        _ => None,
    }
}

fn name(header: &Header) -> String {
    format!("{:?}", header.alg)
}
