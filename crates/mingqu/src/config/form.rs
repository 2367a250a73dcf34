//! What the value of a setting must look like. The command line, the environment and the file are held to the same.

use std::net::SocketAddr;
use tracing_subscriber::EnvFilter;

/// What a value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A file or folder; in a file, relative to the folder of that file.
    Path,
    /// `postgres://...`
    Database,
    /// An address and a port.
    Address,
    /// What a browser puts before every path of a site.
    Base,
    /// A folder, or `s3://bucket/prefix`.
    StoreAddress,
    /// Any text.
    Text,
    /// Text that is never shown.
    Secret,
    /// A number of bytes, also as `500MiB`.
    Size,
    /// How much is logged, of what.
    Filter,
}

impl Form {
    /// Reads a value, or says what was expected.
    pub(crate) fn check(self, value: &str) -> Result<(), String> {
        match self {
            _ if value.is_empty() => Err("不能是空的".to_owned()),
            Form::Path | Form::Text | Form::Secret => Ok(()),
            Form::Database => database(value).map(drop),
            Form::Address => address(value).map(drop),
            Form::Base => base(value).map(drop),
            Form::StoreAddress => store_address(value).map(drop),
            Form::Size => size(value).map(drop),
            Form::Filter => filter(value).map(drop),
        }
    }

    /// The value as it may be shown to anyone.
    pub(crate) fn shown(self, value: &str) -> String {
        match self {
            Form::Secret => "（已设定，不显示）".to_owned(),
            Form::Database => without_password(value),
            Form::Path
            | Form::Address
            | Form::Base
            | Form::StoreAddress
            | Form::Text
            | Form::Size
            | Form::Filter => value.to_owned(),
        }
    }

    /// Whether a file that holds this value must be readable by its owner alone.
    pub(crate) fn is_secret(self, value: &str) -> bool {
        match self {
            Form::Secret => true,
            Form::Database => without_password(value) != value,
            Form::Path
            | Form::Address
            | Form::Base
            | Form::StoreAddress
            | Form::Text
            | Form::Size
            | Form::Filter => false,
        }
    }
}

/// An address of PostgreSQL.
pub(crate) fn database(text: &str) -> Result<String, String> {
    if ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
    {
        return Ok(text.to_owned());
    }
    Err("应写作 postgres://用户:密码@主机/数据库".to_owned())
}

/// An address to listen on.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "应写作“地址:端口”，例如 127.0.0.1:8080".to_owned())
}

/// The address of a site as its visitors see it, without any path.
pub(crate) fn base(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    match rest {
        Some(rest) if !rest.is_empty() && rest.chars().all(fits) => Ok(text.to_owned()),
        _ => {
            Err("应写作 https://主机，后面没有路径，例如 https://gongshi.example.gov.cn".to_owned())
        }
    }
}

/// A folder or a bucket; what is wrong with a bucket's name is said by the store.
pub(crate) fn store_address(text: &str) -> Result<String, String> {
    match text.split_once("://") {
        None | Some(("s3", _)) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err("应为文件夹，或者 s3://存储桶/前缀".to_owned()),
    }
}

/// A number of bytes: `2000000`, `500MB`, `2GiB`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let wrong = || "应为字节数，例如 500000000、500MB、2GiB，且大于零".to_owned();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text.strip_prefix(digits).unwrap_or_default().trim();
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(wrong()),
    };
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    match count.checked_mul(unit) {
        Some(bytes) if bytes > 0 => Ok(bytes),
        _ => Err(wrong()),
    }
}

/// A filter of the operating log, such as `info` or `warn,ledger=debug`.
pub(crate) fn filter(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        // A word that is no level is taken for the name of a module, which nobody means who writes it alone.
        Ok(_) if is_level(text) || text.contains('=') || text.contains(',') => Ok(text.to_owned()),
        _ => {
            Err("应为 error、warn、info、debug、trace 或 off，或者如 warn,ledger=debug".to_owned())
        }
    }
}

fn is_level(text: &str) -> bool {
    ["error", "warn", "info", "debug", "trace", "off"].contains(&text.to_ascii_lowercase().as_str())
}

/// The address with `***` in the place of the password.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    // Whoever forgot to encode an `@` in the password has more than one: the last one ends it.
    let masked = rest.rsplit_once('@').and_then(|(login, host)| {
        let (user, _) = login.split_once(':')?;
        Some(format!("{scheme}://{user}:***@{host}"))
    });
    let masked = masked.unwrap_or_else(|| url.to_owned());
    // A password may also stand among the parameters.
    match masked.split_once("password=") {
        Some((before, after)) => {
            let rest = after.split_once('&').map(|(_, rest)| format!("&{rest}"));
            format!("{before}password=***{}", rest.unwrap_or_default())
        }
        None => masked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, bytes) in [
            ("1", 1),
            ("500MB", 500_000_000),
            ("2GiB", 2 << 30),
            ("3 kib", 3072),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for wrong in ["", "0", "-1", "1.5GB", "GB", "2 水", "99999999999GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        for (url, shown) in [
            ("postgres://a:b@h/d", "postgres://a:***@h/d"),
            ("postgres://a:b@c@h/d", "postgres://a:***@h/d"),
            ("postgres://a@h/d", "postgres://a@h/d"),
            (
                "postgres://h/d?user=a&password=b&x=1",
                "postgres://h/d?user=a&password=***&x=1",
            ),
        ] {
            assert_eq!(Form::Database.shown(url), shown);
            assert_eq!(Form::Database.is_secret(url), url != shown);
        }
        assert!(!Form::Secret.shown("abc").contains("abc"));
    }

    #[test]
    fn other_values_are_held_to_their_form() {
        for (form, right, wrong) in [
            (Form::Address, "127.0.0.1:8080", "127.0.0.1"),
            (Form::Address, "[::1]:0", "localhost:80"),
            (Form::Base, "https://a.gov.cn", "a.gov.cn"),
            (Form::Base, "http://127.0.0.1:8081/", "https://a.gov.cn/b"),
            (Form::Base, "https://[::1]", "https://a\"b"),
            (Form::Database, "postgres://h/d", "mysql://h/d"),
            (Form::StoreAddress, "s3://a/b", "http://a/b"),
            (Form::StoreAddress, "/srv/files", ""),
            (Form::Filter, "warn,ledger=debug", "loud"),
            (Form::Filter, "INFO", "info,=x=y"),
        ] {
            assert_eq!(form.check(right), Ok(()), "{right}");
            assert!(form.check(wrong).is_err(), "{wrong}");
        }
    }
}
