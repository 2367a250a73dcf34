//! OpenID Connect: the authorization code flow with PKCE, and nothing else of it.
//!
//! A browser is sent to the provider and comes back with a code. The code is redeemed for an identity token at the
//! provider itself; the token counts only with a signature, an issuer, an audience, a nonce and times that are right.
//! Of what it says the subject alone is taken. It knows neither cases nor accounts.

mod crypto;
mod metadata;
mod provider;
mod settings;
mod token;

pub use provider::Oidc;
pub use settings::{Settings, SettingsError};
