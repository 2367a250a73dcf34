//! Putting an office together: rules, agency, record, key, portal folder.

use crate::adapters::{MachineClock, PortalFolder, SystemChance};
use crate::config;
use crate::demo::{self, DemoClock};
use crate::worker::Worker;
use anyhow::{Context, Result, bail};
use app::Office;
use app::agency::AgencyFile;
use app::drafts::Drafts;
use app::ledger::{Agency, Ledger};
use app::office::Ports;
use app::ports::{Clock, MovableClock};
use app::rebuild::RebuildMode;
use app::register::Seeded;
use clap::Args;
use law::Rules;
use ledger::{PostgresLedger, SqliteLedger, outward, signer, tiles};
use proof::{Checkpoint, VerifierKey};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const BUILT_IN_AGENCY: &str = include_str!("../assets/agency.json");

/// Where the record is, and by which rules and for whom it is kept.
#[derive(Args, Clone)]
pub(crate) struct Place {
    /// 数据文件夹：记录、签名密钥、门户文件
    #[arg(
        long,
        env = "MINGQU_DATA",
        default_value = config::DATA,
        value_name = "文件夹"
    )]
    pub(crate) data: PathBuf,
    /// PostgreSQL 地址；不写的用数据文件夹里的 SQLite
    #[arg(
        long,
        env = "MINGQU_DATABASE",
        value_name = "postgres://...",
        value_parser = config::database,
        hide_env_values = true
    )]
    pub(crate) database: Option<String>,
}

/// By which rules, and for which agency.
#[derive(Args, Clone)]
pub(crate) struct Layers {
    /// 规则文件夹；不写的用程序自带的规则
    #[arg(long, env = "MINGQU_RULES", value_name = "文件夹")]
    pub(crate) rules: Option<PathBuf>,
    /// 机关文件(JSON);不写的用程序自带的演示机关
    #[arg(long, env = "MINGQU_AGENCY", value_name = "文件")]
    pub(crate) agency: Option<PathBuf>,
}

/// One database by its ports.
struct Database {
    ledger: Arc<dyn Ledger>,
    drafts: Arc<dyn Drafts>,
}

impl Database {
    fn of<D: Ledger + Drafts + 'static>(database: Arc<D>) -> Database {
        Database {
            ledger: Arc::clone(&database) as Arc<dyn Ledger>,
            drafts: database,
        }
    }
}

/// An office with what stands beside it.
pub(crate) struct Opened {
    pub(crate) drafts: Arc<dyn Drafts>,
    pub(crate) office: Arc<Office>,
    /// The clock of a demonstration, where its folder has one.
    pub(crate) movable: Option<Arc<dyn MovableClock>>,
    pub(crate) portal_folder: PathBuf,
    pub(crate) verifier: VerifierKey,
    pub(crate) worker: Worker,
}

impl Place {
    /// The SQLite file.
    pub(crate) fn sqlite(&self) -> PathBuf {
        self.data.join("record.sqlite")
    }

    /// The record, to write it.
    pub(crate) async fn ledger(&self) -> Result<Arc<dyn Ledger>> {
        Ok(self.database().await?.ledger)
    }

    /// The record, and what else the same database keeps.
    async fn database(&self) -> Result<Database> {
        Ok(match &self.database {
            Some(url) => Database::of(Arc::new(PostgresLedger::connect(url).await?)),
            None => Database::of(Arc::new(SqliteLedger::open(&self.sqlite())?)),
        })
    }
}

/// Opens the office. The rules come first: with a mistake in them nothing is touched.
pub(crate) async fn open(place: &Place, layers: &Layers) -> Result<Opened> {
    let rules = Arc::new(mingqu::load_rules(layers.rules.as_deref())?);
    let (file, demonstration) = at_home(place, layers)?;
    open_by(place, rules, file, demonstration).await
}

/// Whose record the data folder holds, and its clock if it is a demonstration's.
pub(crate) fn at_home(
    place: &Place,
    layers: &Layers,
) -> Result<(AgencyFile, Option<Arc<DemoClock>>)> {
    let demonstration = DemoClock::of(&place.data, Arc::new(MachineClock))?;
    let file = match (&layers.agency, &demonstration) {
        (None, Some(_)) => demo::bureau()?,
        (path, _) => agency(path.as_deref())?,
    };
    Ok((file, demonstration.map(Arc::new)))
}

/// The clock of a demonstration, else the machine's.
pub(crate) fn clock(demonstration: Option<&Arc<DemoClock>>) -> Arc<dyn Clock> {
    match demonstration {
        Some(clock) => Arc::clone(clock) as Arc<dyn Clock>,
        None => Arc::new(MachineClock),
    }
}

/// Opens the office of this agency, by the clock of a demonstration or by the machine's.
pub(crate) async fn open_by(
    place: &Place,
    rules: Arc<Rules>,
    file: AgencyFile,
    demonstration: Option<Arc<DemoClock>>,
) -> Result<Opened> {
    let clock = clock(demonstration.as_ref());
    file.check().context("机关文件有错")?;
    fs::create_dir_all(&place.data)
        .with_context(|| format!("不能建立数据文件夹 {}", place.data.display()))?;
    let key = signer::open_or_create(&place.data, &file.origin)?;
    let verifier = key.verifier().clone();
    let Database { ledger, drafts } = place.database().await?;
    let portal_folder = place.data.join("portal");
    fs::create_dir_all(&portal_folder)
        .with_context(|| format!("不能建立门户文件夹 {}", portal_folder.display()))?;
    let publisher = PortalFolder {
        folder: portal_folder.clone(),
        key: key.clone(),
        ledger: Arc::clone(&ledger),
    };
    let ports = Ports {
        ledger: Arc::clone(&ledger),
        clock,
        chance: Arc::new(SystemChance),
        publisher: Arc::new(publisher),
    };
    let office = Arc::new(Office::new(file, rules, ports).context("机关文件里的机关代码不能使用")?);
    continues_what_was_published(ledger.as_ref(), office.log(), &portal_folder, &verifier).await?;
    if office.seed().await.context("不能打开登记")? == Seeded::First {
        tracing::info!(
            "the agency's file is on record; from now on its registers change by drafts and approvals"
        );
    }
    if !ledger
        .views_are_current()
        .await
        .context("不能读取列表的版本")?
    {
        tracing::info!("the views have another shape since the last start; they are made again");
        office
            .rebuild(RebuildMode::Replace, &|_| {})
            .await
            .context("不能重建列表")?;
        ledger.views_rebuilt().await.context("不能重建列表")?;
    }
    // An emptied folder is filled again from the whole record; else what is outstanding is enough.
    let is_empty = outward::is_empty(&portal_folder)
        .with_context(|| format!("不能读取门户文件夹 {}", portal_folder.display()))?;
    if is_empty {
        office
            .publish_outstanding()
            .await
            .context("有公示文件没有送到门户")?;
    }
    let worker = Worker {
        office: Arc::clone(&office),
        ledger,
        key,
        portal_folder: portal_folder.clone(),
    };
    Ok(Opened {
        movable: demonstration.map(|clock| clock as Arc<dyn MovableClock>),
        drafts,
        office,
        portal_folder,
        verifier,
        worker,
    })
}

/// A record that is shorter than what was signed and published has lost something: better not to start than to go on
/// from there.
async fn continues_what_was_published(
    ledger: &dyn Ledger,
    agency: &Agency,
    portal_folder: &Path,
    key: &VerifierKey,
) -> Result<()> {
    let path = portal_folder.join(tiles::FOLDER).join(tiles::CHECKPOINT);
    let note = match fs::read_to_string(&path) {
        Ok(note) => note,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(error).with_context(|| format!("不能读取 {}", path.display()));
        }
    };
    let published = Checkpoint::open(&note, key)
        .with_context(|| format!("{} 不是由本机的密钥签署", path.display()))?;
    let size = ledger.tree_size(agency).await.context("不能读取记录")?;
    if published.size > size {
        bail!(
            "记录只有 {size} 条，而公众门户已公布签署过的 {} 条：数据文件被截短、清空或者换成了旧的。请从备份恢复，不要在此基础上继续办理",
            published.size
        );
    }
    Ok(())
}

/// The agency, from a file or the one that comes with the program.
pub(crate) fn agency(path: Option<&Path>) -> Result<AgencyFile> {
    let Some(path) = path else {
        return AgencyFile::parse(BUILT_IN_AGENCY).context("程序自带的机关文件有错");
    };
    let text =
        fs::read_to_string(path).with_context(|| format!("不能读取机关文件 {}", path.display()))?;
    AgencyFile::parse(&text).with_context(|| format!("机关文件 {} 有错", path.display()))
}
