//! The client against a provider on this machine: what it takes, and every flaw that it must notice.

use app::ports::Clock;
use app::provider::{Arrival, Departure, IdentityProvider, ProviderError};
use jiff::SignedDuration;
use oidc::{Oidc, Settings, SettingsError};
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use testkit::clock::ManualClock;
use testkit::provider::{CLIENT, Flaw, SECRET, TestProvider};

const STATE: &str = "0123456789abcdef0123456789abcdef";
const NONCE: &str = "fedcba9876543210fedcba9876543210";

struct Desk {
    clock: Arc<ManualClock>,
    provider: TestProvider,
    client: Oidc,
}

fn settings(issuer: &str) -> Settings {
    Settings {
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: SECRET.to_owned(),
        base: "http://127.0.0.1:8080".to_owned(),
        name: "省统一身份认证".to_owned(),
    }
}

async fn desk() -> Desk {
    let clock = Arc::new(ManualClock::at("2026-11-24T04:00:00Z"));
    let provider = TestProvider::start(clock.clone()).await;
    let client = Oidc::new(settings(provider.issuer())).expect("settings");
    Desk {
        clock,
        provider,
        client,
    }
}

fn departure() -> Departure {
    Departure {
        state: STATE.to_owned(),
        nonce: NONCE.to_owned(),
        verifier: "a".repeat(64),
    }
}

impl Desk {
    async fn back(&self) -> Result<Arrival, ProviderError> {
        let address = self.client.start(&departure(), self.clock.now()).await?;
        let back = self.provider.consents(&address);
        let query = back.split_once('?').expect("a query").1;
        let query: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        assert_eq!(query["state"], STATE);
        Ok(Arrival {
            code: query.get("code").cloned().unwrap_or_default(),
            issuer: query.get("iss").cloned(),
            nonce: NONCE.to_owned(),
            verifier: departure().verifier,
        })
    }

    async fn subject(&self) -> Result<String, ProviderError> {
        let arrival = self.back().await?;
        let found = self.client.finish(&arrival, self.clock.now()).await?;
        assert_eq!(found.issuer, self.provider.issuer());
        Ok(found.subject)
    }
}

#[tokio::test]
async fn whoever_consents_is_known_by_subject() {
    let desk = desk().await;
    assert_eq!(desk.subject().await.expect("signed in"), "330106-0001");
    desk.provider.is_asked_by("其他人");
    assert_eq!(desk.subject().await.expect("signed in"), "其他人");
    // Keys are not asked for each time.
    assert_eq!(desk.provider.asked_for_keys(), 1);
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let cause = error.source().map_or_else(String::new, chain);
    format!("{error}: {cause}")
}

#[tokio::test]
async fn every_flaw_of_a_token_is_noticed() {
    let desk = desk().await;
    for (flaw, reason) in [
        (Flaw::Nonce, "another sign-in"),
        (Flaw::NoNonce, "another sign-in"),
        (Flaw::Audience, "InvalidAudience"),
        (Flaw::Authorized, "for somebody else"),
        (Flaw::Issuer, "InvalidIssuer"),
        (Flaw::Issuers, "JSON error"),
        (Flaw::Expired, "has expired"),
        (Flaw::Eternal, "JSON error"),
        (Flaw::Tomorrow, "of another time"),
        (Flaw::Yesterday, "of another time"),
        (Flaw::Signature, "InvalidSignature"),
        (Flaw::Tampered, "InvalidSignature"),
        (Flaw::Unsigned, "unknown variant `none`"),
        (Flaw::Symmetric, "an algorithm that is not taken"),
        (Flaw::Nobody, "names nobody"),
        (Flaw::UnknownKey, "no key of the provider fits"),
        (Flaw::MixUp, "was sent by https://other.example"),
        (Flaw::Nameless, "does not say who sent it"),
    ] {
        desk.provider.does(flaw);
        let error = desk.subject().await.expect_err("a flaw");
        assert!(
            matches!(error, ProviderError::Untrusted(_)) && chain(&error).contains(reason),
            "{flaw:?}: {}",
            chain(&error)
        );
    }
    desk.provider.does(Flaw::None);
    assert!(desk.subject().await.is_ok());
}

#[tokio::test]
async fn a_mix_up_is_noticed_before_the_code_is_given_away() {
    let desk = desk().await;
    for flaw in [Flaw::MixUp, Flaw::Nameless] {
        desk.provider.does(flaw);
        assert!(desk.subject().await.is_err(), "{flaw:?}");
    }
    assert_eq!(desk.provider.redeemed(), 0);
}

#[tokio::test]
async fn answers_are_bounded_and_no_redirection_is_followed() {
    let desk = desk().await;
    for flaw in [Flaw::Endless, Flaw::Redirecting, Flaw::Failing] {
        let arrival = desk.back().await.expect("told of itself");
        desk.provider.does(flaw);
        let found = desk.client.finish(&arrival, desk.clock.now()).await;
        assert!(
            matches!(found, Err(ProviderError::Unreachable(_))),
            "{flaw:?}: {found:?}"
        );
        desk.provider.does(Flaw::None);
    }
    assert_eq!(desk.provider.redeemed(), 0, "the code went nowhere else");
}

#[tokio::test]
async fn a_code_is_of_use_once_and_only_with_what_protects_it() {
    let desk = desk().await;
    let arrival = desk.back().await.expect("back");
    let stolen = Arrival {
        verifier: "b".repeat(64),
        ..arrival
    };
    let found = desk.client.finish(&stolen, desk.clock.now()).await;
    assert!(
        matches!(&found, Err(ProviderError::Refused(text)) if text == "invalid_grant"),
        "{found:?}"
    );
    let arrival = desk.back().await.expect("back");
    let now = desk.clock.now();
    assert!(desk.client.finish(&arrival, now).await.is_ok());
    assert!(desk.client.finish(&arrival, now).await.is_err());
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_asked_for() {
    let desk = desk().await;
    assert!(desk.subject().await.is_ok());
    desk.provider.changes_its_key();
    assert!(
        desk.subject().await.is_err(),
        "asked for a moment ago: nobody makes us ask again and again"
    );
    desk.clock.advance(SignedDuration::from_secs(31));
    assert!(desk.subject().await.is_ok());
    assert_eq!(desk.provider.asked_for_keys(), 2);
}

#[tokio::test]
async fn clocks_may_differ_a_little() {
    let desk = desk().await;
    let arrival = desk.back().await.expect("back");
    // The token is made at the provider's time; ours is judged by what is handed in.
    let late = desk.clock.now() + SignedDuration::from_secs(359);
    assert!(desk.client.finish(&arrival, late).await.is_ok());
    let arrival = desk.back().await.expect("back");
    let too_late = desk.clock.now() + SignedDuration::from_secs(360);
    assert!(desk.client.finish(&arrival, too_late).await.is_err());
    let arrival = desk.back().await.expect("back");
    let early = desk.clock.now() - SignedDuration::from_secs(60);
    assert!(desk.client.finish(&arrival, early).await.is_ok());
    let arrival = desk.back().await.expect("back");
    let too_early = desk.clock.now() - SignedDuration::from_secs(61);
    assert!(desk.client.finish(&arrival, too_early).await.is_err());
}

#[tokio::test]
async fn a_provider_that_is_somebody_else_or_unsafe_is_not_used() {
    for flaw in [Flaw::OtherName, Flaw::NoDigest, Flaw::Failing] {
        let desk = desk().await;
        desk.provider.does(flaw);
        let found = desk.client.start(&departure(), desk.clock.now()).await;
        assert!(
            matches!(found, Err(ProviderError::Unreachable(_))),
            "{flaw:?}: {found:?}"
        );
        assert!(!desk.client.is_in_reach());
        // It is left alone for a moment, then asked again.
        desk.provider.does(Flaw::None);
        assert!(desk.client.look(desk.clock.now()).await.is_err());
        desk.clock.advance(SignedDuration::from_secs(5));
        assert!(desk.client.look(desk.clock.now()).await.is_ok());
        assert!(desk.client.is_in_reach());
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_keeps_nobody_from_starting() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = format!("http://{}", free.local_addr().expect("bound"));
    drop(free);
    let client = Oidc::new(settings(&address)).expect("nothing is asked yet");
    let now = ManualClock::at("2026-11-24T04:00:00Z").now();
    let found = client.look(now).await;
    assert!(matches!(found, Err(ProviderError::Unreachable(_))));
}

#[test]
fn an_open_line_is_not_used() {
    let wrong = Oidc::new(settings("http://id.example.gov.cn")).err();
    let expected = SettingsError::Address("http://id.example.gov.cn".to_owned());
    assert_eq!(wrong, Some(expected));
}
