//! In whose name a command works: tokens that people issued on their own page, or, in a made-up agency, a rehearsal.

use anyhow::{Context as _, Result, bail};
use app::Office;
use app::access::{Actor, BothHands};
use clap::Args;

#[derive(Args, Clone)]
pub(crate) struct InWhoseName {
    /// 以谁的名义办理：在“我的账号”页签发的令牌
    #[arg(
        long,
        env = "MINGQU_TOKEN",
        value_name = "令牌",
        hide_env_values = true
    )]
    token: Option<String>,
    /// 批准人在自己的“我的账号”页签发的令牌；须由他人批准的事项用
    #[arg(
        long,
        env = "MINGQU_APPROVER_TOKEN",
        value_name = "令牌",
        hide_env_values = true
    )]
    approver_token: Option<String>,
    /// 演示机关：所写的人视为都已同意，不须令牌
    #[arg(long, conflicts_with_all = ["token", "approver_token"])]
    rehearse: bool,
}

/// Those who stand for what a command does.
pub(crate) enum Hands {
    Signed {
        asks: Box<Actor>,
        approves: Option<Box<Actor>>,
    },
    Rehearsal,
}

impl InWhoseName {
    /// Looks up whose tokens these are.
    pub(crate) async fn hands(&self, office: &Office) -> Result<Hands> {
        let holder = async |token: &str| {
            let holder = office.token_holder(token).await.context("不能核对令牌")?;
            let holder = holder.context("令牌不对，或者已经过期、停用")?;
            anyhow::Ok(Box::new(holder))
        };
        match (&self.token, self.rehearse) {
            (Some(token), _) => Ok(Hands::Signed {
                asks: holder(token).await?,
                approves: match &self.approver_token {
                    Some(token) => Some(holder(token).await?),
                    None => None,
                },
            }),
            (None, true) => Ok(Hands::Rehearsal),
            (None, false) => bail!(
                "请写明以谁的名义办理：在“我的账号”页签发令牌，写在 MINGQU_TOKEN 里。演示机关可以写 --rehearse"
            ),
        }
    }
}

impl Hands {
    /// As the record asks for them.
    pub(crate) fn both(&self) -> BothHands<'_> {
        match self {
            Hands::Signed { asks, approves } => BothHands::Signed {
                asks,
                approves: approves.as_deref(),
            },
            Hands::Rehearsal => BothHands::Rehearsal,
        }
    }
}
