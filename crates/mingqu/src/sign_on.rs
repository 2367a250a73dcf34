//! Which provider of identities signs people in, as the settings say it.

use crate::adapters::MachineClock;
use crate::attached::read_secret;
use anyhow::{Context, Result, bail};
use app::ports::Clock;
use clap::Args;
use oidc::{Oidc, Settings, SettingsError};
use std::path::PathBuf;
use std::sync::Arc;

/// The settings of a provider of identities: all of them, or none.
#[derive(Args, Clone)]
pub(crate) struct SignOn {
    /// 统一身份认证（OpenID Connect）的地址，与它自称的（issuer）逐字相同；不写的只用密码登录
    #[arg(long, env = "MINGQU_OIDC_ISSUER", value_name = "https://...")]
    oidc_issuer: Option<String>,
    /// 本系统在统一身份认证登记的编号（client_id）
    #[arg(long, env = "MINGQU_OIDC_CLIENT_ID", value_name = "编号")]
    oidc_client_id: Option<String>,
    /// 存有统一身份认证密钥（client_secret）的文件，只能本人可读
    #[arg(long, env = "MINGQU_OIDC_CLIENT_SECRET_FILE", value_name = "文件")]
    oidc_client_secret_file: Option<PathBuf>,
    /// 浏览器看到的工作人员页面地址；统一身份认证登记的回调地址是它加上 /sign-in/provider/back
    #[arg(long, env = "MINGQU_OIDC_REDIRECT_BASE", value_name = "https://...")]
    oidc_redirect_base: Option<String>,
    /// 登录按钮上的名称
    #[arg(
        long,
        env = "MINGQU_OIDC_NAME",
        default_value = "统一身份认证",
        value_name = "名称"
    )]
    oidc_name: String,
}

impl SignOn {
    /// The provider that the settings mean, if they mean one, or what they lack. The provider is asked nothing.
    pub(crate) fn provider(&self) -> Result<Option<Oidc>> {
        let given = [
            ("oidc_issuer", self.oidc_issuer.is_some()),
            ("oidc_client_id", self.oidc_client_id.is_some()),
            (
                "oidc_client_secret_file",
                self.oidc_client_secret_file.is_some(),
            ),
            ("oidc_redirect_base", self.oidc_redirect_base.is_some()),
        ];
        let (Some(issuer), Some(client_id), Some(secret), Some(base)) = (
            &self.oidc_issuer,
            &self.oidc_client_id,
            &self.oidc_client_secret_file,
            &self.oidc_redirect_base,
        ) else {
            if given.iter().all(|(_, is_given)| !is_given) {
                return Ok(None);
            }
            let lacking: Vec<&str> = given
                .iter()
                .filter_map(|(name, is_given)| (!is_given).then_some(*name))
                .collect();
            bail!("用统一身份认证登录的，还须设定 {}", lacking.join("、"));
        };
        let name = self.oidc_name.trim();
        if name.is_empty() || name.chars().count() > 20 {
            bail!("oidc_name 应为登录按钮上的名称，1到20个字");
        }
        let settings = Settings {
            issuer: issuer.clone(),
            client_id: client_id.clone(),
            client_secret: read_secret(secret)?,
            base: base.clone(),
            name: name.to_owned(),
        };
        match Oidc::new(settings) {
            Ok(provider) => Ok(Some(provider)),
            Err(SettingsError::Address(address)) => {
                let key = if address == *issuer {
                    "oidc_issuer"
                } else {
                    "oidc_redirect_base"
                };
                bail!(
                    "{key} 的值“{address}”不能用：应为 https:// 开头的地址，不带账号、问号和井号；只有本机的地址可以是 http://"
                )
            }
            Err(error) => Err(error).context("不能使用统一身份认证"),
        }
    }
}

/// Asks the provider to tell of itself, beside everything else: one that does not answer keeps nobody from working, and the
/// page of signing in says so.
pub(crate) fn look(provider: &Arc<Oidc>) {
    let provider = Arc::clone(provider);
    tokio::spawn(async move {
        if let Err(error) = provider.look(MachineClock.now()).await {
            let error = format!("{:#}", anyhow::Error::new(error));
            tracing::warn!(error, "the provider of identities does not answer");
        }
    });
}
