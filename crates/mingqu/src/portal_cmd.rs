//! `mingqu portal`: the portal by itself, on a machine that has neither the record nor a key to sign with.
//!
//! It knows its folder and the public key that the operator hands it, nothing else: bundles come as files that somebody
//! carried over, or over the network, and stand by their signature alone.

use crate::config;
use crate::serve::{Stop, announce, answer, bind, runtime};
use anyhow::{Context, Result};
use clap::Args;
use portal::{Outcome, Portal, Settings};
use proof::VerifierKey;
use std::fs;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::sync::watch;

#[derive(Args)]
pub(crate) struct Arguments {
    /// 门户的文件夹；送来的存证文件放进其中的 inbox
    #[arg(long, value_name = "文件夹")]
    store: PathBuf,
    /// 日志公钥文件，由机关另行送达；只信任这一把
    #[arg(long, value_name = "文件")]
    key: PathBuf,
    /// 页面上的机关名称
    #[arg(long, value_name = "机关名称", default_value = "本机关")]
    name: String,
    /// 页面的地址；端口写 0 的，用空闲的端口
    #[arg(
        id = "portal_listen",
        long = "listen",
        default_value = "127.0.0.1:8081",
        value_name = "地址:端口",
        value_parser = config::address
    )]
    listen: SocketAddr,
    /// 公众看到的地址，如 https://gongshi.example.gov.cn；写了才有站点地图，订阅里也用它
    #[arg(
        id = "portal_address",
        long = "base",
        value_name = "https://...",
        value_parser = config::base
    )]
    base: Option<String>,
    /// 每一页都注明内容是虚构的
    #[arg(long)]
    demonstration: bool,
    /// 接收这些存证文件；原文件不动
    #[arg(long, value_name = "文件", num_args = 1..)]
    take: Vec<PathBuf>,
    /// 接收完即退出，不启动页面
    #[arg(long)]
    no_serve: bool,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let text = fs::read_to_string(&arguments.key)
        .with_context(|| format!("不能读取日志公钥 {}", arguments.key.display()))?;
    let key = VerifierKey::parse(&text)
        .with_context(|| format!("{} 不是日志公钥", arguments.key.display()))?;
    let portal = open(Settings {
        folder: arguments.store.clone(),
        key,
        agency_name: arguments.name.clone(),
        address: arguments.base.clone(),
        is_demonstration: arguments.demonstration,
    })?;
    let mut refused = 0;
    for path in &arguments.take {
        let outcome = take(&portal, path)?;
        refused += usize::from(matches!(
            outcome,
            Outcome::Older { .. } | Outcome::Unsound(_)
        ));
        say(&format!("{}：{}", path.display(), said(&outcome)));
    }
    let (shown, withdrawn, damaged) = portal.counts();
    say(&format!(
        "公示 {shown} 件，其中已撤下 {withdrawn} 件；校验失败的文件 {damaged} 份"
    ));
    if arguments.no_serve {
        return Ok(match refused {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        });
    }
    runtime()?.block_on(async {
        let mut stop = Stop::listen()?;
        let listener = bind(arguments.listen, "公众门户").await?;
        announce(
            "公众门户",
            listener.local_addr().context("不能读取监听地址")?,
        );
        let (sender, stopped) = watch::channel(());
        let served = serve(listener, &portal, stopped);
        let wait = async {
            stop.asked().await;
            drop(sender);
        };
        let (served, ()) = tokio::join!(served, wait);
        served.context("公众门户中断")?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Opens the portal over its folder: everything in it is verified before the first page is served.
pub(crate) fn open(settings: Settings) -> Result<Portal> {
    let folder = settings.folder.clone();
    Portal::open(settings).with_context(|| format!("不能打开门户文件夹 {}", folder.display()))
}

/// Serves the pages until it is stopped, and takes in meanwhile what arrives.
pub(crate) fn serve(
    listener: TcpListener,
    portal: &Portal,
    stopped: watch::Receiver<()>,
) -> impl Future<Output = std::io::Result<()>> {
    let portal = portal.clone();
    async move {
        tokio::select! {
            served = answer(listener, portal.router(), stopped) => served,
            () = portal.keep_up() => Ok(()),
        }
    }
}

fn take(portal: &Portal, path: &Path) -> Result<Outcome> {
    let failed = || format!("不能接收 {}", path.display());
    let bundle = fs::read(path).with_context(failed)?;
    let name = path.file_name().and_then(|name| name.to_str());
    portal.put(&bundle, name).with_context(failed)
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Taken { id } => format!("已接收，公示 {id}"),
        Outcome::Known { id } => format!("此前已经接收，公示 {id}"),
        Outcome::Older { id, leaf, shown } => {
            format!("没有接收：公示 {id} 已显示较后的第 {shown} 条记录，这份是第 {leaf} 条")
        }
        Outcome::Unsound(unsound) => format!("没有接收：{unsound}"),
    }
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}
