//! `mingqu serve`: the staff pages and the portal, each on its own address.

use crate::attached::Attached;
use crate::config;
use crate::office::{self, Layers, Place};
use crate::portal_cmd;
use crate::preparing::Preparing;
use crate::sign_on::{self, SignOn};
use crate::tour;
use anyhow::{Context, Result};
use app::Office;
use app::access::Actor;
use axum::Router;
use clap::Args;
use std::fmt::Write as _;
use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    layers: Layers,
    #[command(flatten)]
    attached: Attached,
    #[command(flatten)]
    addresses: Addresses,
    #[command(flatten)]
    sign_on: SignOn,
}

/// Where the pages are served; port 0 takes a free one.
#[derive(Args, Clone)]
pub(crate) struct Addresses {
    /// 工作人员页面的地址
    #[arg(
        long,
        env = "MINGQU_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "地址:端口",
        value_parser = config::address
    )]
    pub(crate) listen: SocketAddr,
    /// 公众门户的地址
    #[arg(
        long,
        env = "MINGQU_PORTAL",
        default_value = "127.0.0.1:8081",
        value_name = "地址:端口",
        value_parser = config::address
    )]
    portal: SocketAddr,
    /// 公众看到的门户地址，如 https://gongshi.example.gov.cn；写了才有站点地图，订阅里也用它
    #[arg(
        long,
        env = "MINGQU_PORTAL_BASE",
        value_name = "https://...",
        value_parser = config::base
    )]
    portal_base: Option<String>,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    runtime()?.block_on(serve(
        &arguments.place,
        &arguments.layers,
        &arguments.attached,
        &arguments.addresses,
        &arguments.sign_on,
    ))
}

/// The runtime of every command that waits for something.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("不能启动运行环境")
}

/// Serves until the program is asked to stop, then lets requests finish.
pub(crate) async fn serve(
    place: &Place,
    layers: &Layers,
    attached: &Attached,
    addresses: &Addresses,
    sign_on: &SignOn,
) -> Result<ExitCode> {
    serve_prepared(place, layers, attached, addresses, sign_on, None).await
}

/// The same, where the address of the staff may be open already.
pub(crate) async fn serve_prepared(
    place: &Place,
    layers: &Layers,
    attached: &Attached,
    addresses: &Addresses,
    sign_on: &SignOn,
    preparing: Option<Preparing>,
) -> Result<ExitCode> {
    // Before anything is announced, so that a signal in the first moment is not missed.
    let mut asked_to_stop = Stop::listen()?;
    // What is wrong with a setting is said before anything is touched.
    let provider = sign_on.provider()?.map(Arc::new);
    let opened = office::open(place, layers).await?;
    let files = attached.open(&place.data).await?;
    let staff = match preparing {
        Some(preparing) => Staff::Prepared(preparing),
        None => Staff::Fresh(bind(addresses.listen, "工作人员页面").await?),
    };
    let portal = bind(addresses.portal, "公众门户").await?;
    let staff_address = staff.address()?;
    let portal_address = portal.local_addr().context("不能读取监听地址")?;
    announce("工作人员入口", staff_address);
    announce("公众门户    ", portal_address);
    rehearsing(&opened.office).await?;
    let stage = match opened.office.agency().demonstration {
        true => Some(web::Stage::new(
            opened.movable,
            Some(tour::tour(&place.data, portal_address)?),
        )),
        false => None,
    };
    if stage.is_some() {
        announce_tour(staff_address);
    }
    let settings = portal::Settings {
        folder: opened.portal_folder,
        key: opened.verifier,
        agency_name: opened.office.agency().name.clone(),
        address: addresses.portal_base.clone(),
        is_demonstration: opened.office.agency().demonstration,
    };
    let public = portal_cmd::open(settings)?;
    let (stop, stopped) = watch::channel(());
    let mut pages = web::with_drafts(web::router_with_files(opened.office, files), opened.drafts);
    let rule_files = mingqu::rule_files(layers.rules.as_deref())?;
    pages = web::with_rule_files(pages, rule_files);
    if let Some(address) = &addresses.portal_base {
        pages = web::with_portal(pages, address);
    }
    if let Some(provider) = provider {
        sign_on::look(&provider);
        pages = web::with_provider(pages, provider);
    }
    if let Some(stage) = stage {
        pages = web::with_stage(pages, stage);
    }
    let staff = staff.answer(pages, stopped.clone());
    let portal = portal_cmd::serve(portal, &public, stopped.clone());
    let worker = opened.worker.run(stopped);
    let wait = async {
        asked_to_stop.asked().await;
        drop(stop);
    };
    let (staff, portal, (), ()) = tokio::join!(staff, portal, worker, wait);
    staff.context("工作人员页面中断")?;
    portal.context("公众门户中断")?;
    Ok(ExitCode::SUCCESS)
}

/// Hears when somebody asks the program to stop.
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    pub(crate) fn listen() -> Result<Stop> {
        Ok(Stop {
            terminate: signal(SignalKind::terminate()).context("不能接收停止信号")?,
            interrupt: signal(SignalKind::interrupt()).context("不能接收停止信号")?,
        })
    }

    pub(crate) async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Where the staff pages are served.
enum Staff {
    Fresh(TcpListener),
    /// It told how far the demonstration is, so far.
    Prepared(Preparing),
}

impl Staff {
    fn address(&self) -> Result<SocketAddr> {
        match self {
            Staff::Fresh(listener) => listener.local_addr().context("不能读取监听地址"),
            Staff::Prepared(preparing) => Ok(preparing.address()),
        }
    }

    async fn answer(self, pages: Router, stopped: watch::Receiver<()>) -> std::io::Result<()> {
        match self {
            Staff::Fresh(listener) => answer(listener, pages, stopped).await,
            Staff::Prepared(preparing) => preparing.serve(pages, stopped).await,
        }
    }
}

pub(crate) async fn bind(address: SocketAddr, what: &str) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("{what}不能使用地址 {address}，可能已被占用"))
}

#[expect(
    clippy::print_stdout,
    reason = "whoever started the program, and every test, reads the addresses here"
)]
pub(crate) fn announce(what: &str, address: SocketAddr) {
    println!("{what}  http://{address}");
}

/// Where to begin in a demonstration: the last line, which is still on the screen after the accounts.
fn announce_tour(staff: SocketAddr) {
    let line = format!("十分钟导览，从这里开始：http://{staff}/tour\n");
    // Whoever started the program may have read the addresses and gone.
    let _ = std::io::stdout().write_all(line.as_bytes());
}

/// The password of every account of a made-up agency.
pub(crate) const REHEARSAL: &str = "mingqu-yanshi";

/// A made-up agency has no administrator who hands out codes: everybody may be anybody.
async fn rehearsing(office: &Office) -> Result<()> {
    let file = office.agency();
    if !file.demonstration {
        return Ok(());
    }
    office
        .rehearsal_password(REHEARSAL)
        .await
        .context("不能设置演示密码")?;
    let mut text = format!("演示机关，各账号的密码都是 {REHEARSAL}：\n");
    for account in &file.accounts {
        let actor = Actor::of(&file, &account.id);
        let (name, post) = actor.map_or_else(Default::default, |it| (it.name, it.post));
        // Writing into a text does not fail.
        let _ = writeln!(text, "  {:<8} {name} {post}", account.id);
    }
    // Whoever started the program may have read the addresses and gone.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}

pub(crate) fn answer(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<()>,
) -> impl Future<Output = std::io::Result<()>> {
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            // An error means that the sender is gone: that is the sign.
            let _ = stopped.changed().await;
        })
        .into_future()
}
