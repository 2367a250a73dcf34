//! What has to be known of a provider beforehand.

use reqwest::Url;
use std::fmt;
use std::net::IpAddr;

/// Where the provider sends people back to, below the address of the staff pages.
const BACK: &str = "/sign-in/provider/back";

/// What has to be known of a provider beforehand.
#[derive(Clone)]
pub struct Settings {
    /// The provider, exactly as it names itself.
    pub issuer: String,
    /// Under which name it knows this program.
    pub client_id: String,
    /// And by which secret.
    pub client_secret: String,
    /// The address under which browsers see the staff pages.
    pub base: String,
    /// Its name on pages.
    pub name: String,
}

/// The secret is for nobody to read.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("base", &self.base)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// Not encrypted, and not on this machine.
    #[error("{0} should be an https address without `?` and `#`; http only on this machine")]
    Address(String),
    /// There is no HTTP client.
    #[error("there is no HTTP client: {0}")]
    Client(String),
}

impl Settings {
    /// The address to which the provider sends people back: it has to be known there.
    pub fn back(&self) -> String {
        format!("{}{BACK}", self.base.trim_end_matches('/'))
    }

    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        for address in [&self.issuer, &self.base] {
            trusted(address).ok_or_else(|| SettingsError::Address(address.clone()))?;
        }
        Ok(())
    }
}

/// An address at which nobody on the way can read or answer.
pub(crate) fn trusted(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let is_plain = url.query().is_none() && url.fragment().is_none();
    let has_login = !url.username().is_empty() || url.password().is_some();
    (is_plain && !has_login && is_encrypted_or_here(&url)).then_some(url)
}

/// Encrypted, or it never leaves this machine.
pub(crate) fn is_encrypted_or_here(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => url.host_str().is_some_and(|host| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_encrypted_or_on_this_machine() {
        for good in [
            "https://id.example.gov.cn",
            "https://id.example.gov.cn/realms/water/",
            "http://127.0.0.1:8080",
            "http://[::1]:1/x",
            "http://localhost:3000",
        ] {
            assert!(trusted(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "id.example.gov.cn",
            "http://id.example.gov.cn",
            "http://10.0.0.1",
            "https://id.example.gov.cn?tenant=1",
            "https://id.example.gov.cn#x",
            "https://a:b@id.example.gov.cn",
            "ftp://id.example.gov.cn",
        ] {
            assert!(trusted(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_way_back_and_no_secret_are_shown() {
        let settings = Settings {
            issuer: "https://id.example".to_owned(),
            client_id: "mingqu".to_owned(),
            client_secret: "hush".to_owned(),
            base: "https://mingqu.example/".to_owned(),
            name: "统一身份认证".to_owned(),
        };
        assert_eq!(
            settings.back(),
            "https://mingqu.example/sign-in/provider/back"
        );
        assert!(!format!("{settings:?}").contains("hush"));
    }
}
