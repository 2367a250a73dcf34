//! Putting a backup back into an empty place: read to its end first, then written, then made usable and verified.

use super::shelf::Refill;
use super::{Progress, keys, say, tell};
use crate::adapters::SystemChance;
use crate::attached::{Attached, FilesPlace};
use crate::ledger_cmd;
use crate::office::{self, Layers, Place};
use crate::serve::runtime;
use anyhow::{Context, Result, bail};
use app::Office;
use app::office::Ports;
use app::ports::Withheld;
use app::rebuild::RebuildMode;
use clap::Args;
use ledger::backup::{self, Header, Item, Target};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args)]
pub(crate) struct RestoreArguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    layers: Layers,
    #[command(flatten)]
    attached: Attached,
    /// 备份文件
    #[arg(long, value_name = "文件")]
    from: PathBuf,
}

pub(crate) fn restore(arguments: RestoreArguments) -> Result<ExitCode> {
    runtime()?.block_on(async {
        let place = &arguments.place;
        let header = put_back(&arguments).await?;
        remind(place, &header);
        // From here on the record is there, whatever the views or the verification say.
        let rebuilt = rebuild(place, &arguments.layers, &header).await;
        let verified = ledger_cmd::verify_all(place).await;
        if let Err(error) = &rebuilt {
            tell(&format!(
                "记录已经恢复，但是查询表没有做成，下次启动时重做：{error:#}"
            ));
        }
        Ok(match (rebuilt, verified?) {
            (Ok(()), sound) => sound,
            (Err(_), _) => ExitCode::FAILURE,
        })
    })
}

/// Everything is checked before anything is touched; then everything is written, or nothing.
async fn put_back(arguments: &RestoreArguments) -> Result<Header> {
    let (place, from) = (&arguments.place, arguments.from.as_path());
    let files = arguments.attached.place(&place.data)?;
    let mut private_keys = Vec::new();
    let mut has_files = false;
    let (header, digest) = backup::verify_file(from, |item| match item {
        Item::Key(key) => private_keys.push(key.clone()),
        Item::File(_) => has_files = true,
        Item::Row(..) | Item::Piece(_) => {}
    })?;
    tell(&format!(
        "备份文件完整：{} 作成，{} 条记录",
        header.made_at,
        header.entries()
    ));
    keys::check(&place.data, &header.public_keys, keys::PUBLIC)?;
    keys::check(&place.data, &private_keys, keys::PRIVATE)?;
    keys::check(&place.data, &header.beside, keys::BESIDE)?;
    let folder = match &files {
        FilesPlace::Folder(folder) => folder,
        FilesPlace::Bucket { url, .. } if has_files => bail!(
            "备份里有附件，而设定的存放处是 {url}。请先用 --files 指定一个文件夹恢复，再用存储服务的工具上传。没有恢复任何内容"
        ),
        FilesPlace::Bucket { .. } => &place.data,
    };
    fs::create_dir_all(&place.data)
        .with_context(|| format!("不能建立数据文件夹 {}", place.data.display()))?;
    let mut target = match &place.database {
        Some(url) => Target::postgres(url).await?,
        None => Target::sqlite(&place.sqlite())?,
    };
    let mut refill = Refill::new(folder);
    let mut written = keys::Written::default();
    let mut progress = Progress::new("已恢复", header.entries());
    let mut reader = backup::open(from)?;
    while let Some(item) = reader.next()? {
        match item {
            Item::Row(table, row) => {
                progress.row(table.name);
                target.insert(table, row).await?;
            }
            Item::File(meta) => refill.begin(meta)?,
            Item::Piece(piece) => refill.piece(&piece)?,
            Item::Key(key) => written.write(&place.data, &key, 0o600)?,
        }
    }
    if reader.digest() != Some(digest) {
        bail!("备份文件在恢复的过程中被改动。没有恢复任何内容");
    }
    for key in header.public_keys.iter().chain(&header.beside) {
        written.write(&place.data, key, 0o644)?;
    }
    // The last step: until here nothing has the name of a record.
    target.finish().await?;
    written.stay();
    let count = refill.stay();
    say(&format!(
        "已恢复 {} 条记录、{count} 个附件",
        header.entries()
    ));
    Ok(header)
}

/// What a restore cannot bring back, and what it brings back that should be gone.
fn remind(place: &Place, header: &Header) {
    let key = place.data.join(keys::PRIVATE.first().unwrap_or(&""));
    if !key.exists() {
        say(&format!(
            "备份里没有签名密钥：请在启动以前把另行保存的 {} 放回 {}，没有它程序不启动。",
            keys::PRIVATE.join("、"),
            place.data.display()
        ));
    }
    say(&format!(
        "备份作成（{}）以后的记录不在其中：请与公众门户或者见证单位保存的检查点比对（mingqu ledger verify --against）。\
         备份以后才依法销毁的内容又回来了：请按销毁审批逐项重新销毁。",
        header.made_at
    ));
}

/// Makes the views again from the record.
async fn rebuild(place: &Place, layers: &Layers, header: &Header) -> Result<()> {
    let rules = Arc::new(mingqu::load_rules(layers.rules.as_deref())?);
    let (file, clock) = office::at_home(place, layers)?;
    let others: Vec<&str> = header
        .agencies
        .iter()
        .map(|log| log.agency.as_str())
        .filter(|agency| *agency != file.code)
        .collect();
    if !others.is_empty() {
        bail!(
            "机关文件是 {} 的，而备份里还有机关 {}",
            file.code,
            others.join("、")
        );
    }
    let ledger = place.ledger().await?;
    let ports = Ports {
        ledger: Arc::clone(&ledger),
        clock: office::clock(clock.as_ref()),
        chance: Arc::new(SystemChance),
        // That is for the next start, with the key in its place.
        publisher: Arc::new(Withheld),
    };
    let office = Office::new(file, rules, ports).context("机关文件里的机关代码不能使用")?;
    let office = Arc::new(office);
    let all = header.entries();
    let rebuilt = office
        .rebuild(RebuildMode::Replace, &|done| {
            tell(&format!("已重做查询表 {done}/{all} 条记录"));
        })
        .await
        .context("不能从记录重做查询表")?;
    ledger
        .views_rebuilt()
        .await
        .context("不能从记录重做查询表")?;
    say(&format!("已从记录重做查询表：{} 个案件", rebuilt.cases));
    Ok(())
}
