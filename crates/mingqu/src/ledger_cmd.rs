//! `mingqu ledger verify`: recompute the log, or check one publication file.

use crate::against::{Kept, source_for};
use crate::office::{self, Layers, Place};
use crate::serve::runtime;
use anyhow::{Context, Result, bail};
use app::ledger::{Agency, Ledger};
use app::rebuild::{Difference, RebuildMode};
use app::register::editions;
use clap::{Args, Subcommand};
use ledger::verify::{Against, Check, VerifyError};
use ledger::{PostgresLedger, SqliteLedger, signer, verify};
use proof::{Bundle, BundleError, Sm2VerifierKey, VerifierKey};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// 校验整个日志，或者一份公示文件
    Verify(VerifyArguments),
    /// 从记录重建列表；--check 只比较，不改动
    Rebuild(RebuildArguments),
}

#[derive(Args)]
pub(crate) struct RebuildArguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    layers: Layers,
    /// 只比较现有的列表与重建的列表
    #[arg(long)]
    check: bool,
}

#[derive(Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    place: Place,
    /// 只校验这份公示文件（从公众门户下载）
    #[arg(long, requires = "key", value_name = "文件")]
    bundle: Option<PathBuf>,
    /// 日志公钥文件；校验整个日志时缺省用数据文件夹里的
    #[arg(long, value_name = "文件")]
    key: Option<PathBuf>,
    /// SM2 公钥文件；写上的，每个检查点还须有这把密钥的 SM2 签名
    #[arg(long, conflicts_with = "bundle", value_name = "文件")]
    sm2_key: Option<PathBuf>,
    /// 同时核对每条记录的 SM3 摘要
    #[arg(long, conflicts_with = "bundle")]
    sm3: bool,
    /// 此前保存的检查点、公示文件，或者日志切片的文件夹或网址；有切片的，能指出从哪一条开始不同
    #[arg(long, conflicts_with = "bundle", value_name = "文件|文件夹|网址")]
    against: Option<String>,
    /// 只校验这个机关的日志
    #[arg(long, conflicts_with = "bundle", value_name = "机关代码")]
    only: Option<String>,
    /// 除本程序自带的和已经发布的以外，另外认可的规则文件摘要；可以写几个
    #[arg(long, conflicts_with = "bundle", value_name = "摘要")]
    also_rules: Vec<String>,
}

pub(crate) fn run(command: Command) -> Result<ExitCode> {
    let arguments = match command {
        Command::Verify(arguments) => arguments,
        Command::Rebuild(arguments) => return runtime()?.block_on(rebuild(&arguments)),
    };
    match (&arguments.bundle, &arguments.key) {
        (Some(bundle), Some(key)) => verify_bundle(bundle, key),
        _ => runtime()?.block_on(verify_log(&arguments)),
    }
}

async fn rebuild(arguments: &RebuildArguments) -> Result<ExitCode> {
    let opened = office::open(&arguments.place, &arguments.layers).await?;
    let mode = if arguments.check {
        RebuildMode::Check
    } else {
        RebuildMode::Replace
    };
    let progress = |entries: u64| {
        if entries.is_multiple_of(10_000) {
            tracing::info!(entries, "read");
        }
    };
    let rebuilt = opened
        .office
        .rebuild(mode, &progress)
        .await
        .context("不能从记录重建列表")?;
    say(&format!(
        "已从{}条记录重建{}个案件的列表和{}个文号，{}。",
        rebuilt.entries,
        rebuilt.cases,
        rebuilt.numbers,
        match rebuilt.differences.len() {
            0 => "与现有的完全一致".to_owned(),
            count => format!("有{count}处与现有的不同"),
        }
    ));
    for difference in &rebuilt.differences {
        say(&format!("  {difference}"));
    }
    let is_mended = mode == RebuildMode::Replace
        && rebuilt
            .differences
            .iter()
            .all(|difference| !matches!(difference, Difference::Number(..)));
    if rebuilt.differences.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    if is_mended {
        say("已按记录改正。");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

fn verify_bundle(file: &Path, key_file: &Path) -> Result<ExitCode> {
    let key = read_key(key_file)?;
    let json = fs::read(file).with_context(|| format!("不能读取公示文件 {}", file.display()))?;
    let verified = Bundle::parse(&json).and_then(|bundle| bundle.verify(&key));
    let verified = match verified {
        Ok(verified) => verified,
        Err(error) => {
            say(&format!("校验未通过：{}。", why_refused(&error)));
            return Ok(ExitCode::FAILURE);
        }
    };
    say(&format!(
        "校验通过。\n\
         签名    日志 {} 的检查点由所给公钥对应的密钥签署\n\
         位置    第 {} 号记录确在已签署的 {} 条记录之中(根哈希 {})\n\
         内容    公示内容({} 字节)与该记录的承诺一致,且属于可公开部分\n\
         时间    {} 记录(世界协调时)",
        verified.checkpoint.origin,
        verified.index,
        verified.checkpoint.size,
        verified.checkpoint.root,
        verified.body.len(),
        verified.leaf.recorded_at,
    ));
    Ok(ExitCode::SUCCESS)
}

fn why_refused(error: &BundleError) -> String {
    match error {
        BundleError::Unreadable(_) => "文件不是公示文件，或者已损坏".to_owned(),
        BundleError::UnknownVersion(version) => {
            format!("文件的版本是 {version}，本程序不认识，请升级程序")
        }
        BundleError::Encoding(field) => format!("文件里的 {field} 已损坏"),
        BundleError::Checkpoint(_) => {
            "检查点的签名不是由所给公钥对应的密钥签署，或者检查点已被改动".to_owned()
        }
        BundleError::Origin { bundle, checkpoint } => {
            format!("文件称属于日志 {bundle}，而签名属于日志 {checkpoint}")
        }
        BundleError::Size { bundle, checkpoint } => {
            format!("文件称日志有 {bundle} 条记录，而签名的是 {checkpoint} 条")
        }
        BundleError::Inclusion(_) => {
            "记录不在已签署的日志之中：记录、位置或者证明被改动".to_owned()
        }
        BundleError::Leaf(_) => "记录的形式不能识别".to_owned(),
        BundleError::NoSuchPart(label) => format!("记录中没有“{label}”这一部分"),
        BundleError::NotCommitted(label) => {
            format!("公示内容被改动，与记录对“{label}”的承诺不一致")
        }
        BundleError::NotPublic(label) => format!("“{label}”不是可公开的部分"),
    }
}

/// Verifies every log of a place with the key that lies there.
pub(crate) async fn verify_all(place: &Place) -> Result<ExitCode> {
    verify_log(&VerifyArguments {
        place: place.clone(),
        bundle: None,
        key: None,
        sm2_key: None,
        sm3: false,
        against: None,
        only: None,
        also_rules: Vec::new(),
    })
    .await
}

async fn verify_log(arguments: &VerifyArguments) -> Result<ExitCode> {
    let key_file = arguments
        .key
        .clone()
        .unwrap_or_else(|| arguments.place.data.join(signer::VERIFIER_FILE));
    let key = read_key(&key_file)?;
    let sm2_key = arguments.sm2_key.as_deref().map(read_sm2_key).transpose()?;
    let kept = arguments.against.as_deref().map(source_for).transpose()?;
    let ledger: Arc<dyn Ledger> = match &arguments.place.database {
        Some(url) => Arc::new(PostgresLedger::connect(url).await?),
        None => Arc::new(SqliteLedger::open_for_reading(&arguments.place.sqlite())?),
    };
    let mut agencies = ledger.agencies().await.context("不能读取记录")?;
    if let Some(only) = &arguments.only {
        agencies.retain(|agency| agency.as_str() == only);
    }
    if agencies.is_empty() {
        bail!("这里还没有记录");
    }
    if kept.is_some() && agencies.len() > 1 {
        let names: Vec<&str> = agencies.iter().map(Agency::as_str).collect();
        bail!(
            "这里有几个机关的日志（{}），请用 --only 写明与哪一个比对",
            names.join("、")
        );
    }
    let mut is_sound = true;
    for agency in agencies {
        let against = match &kept {
            None => Against::Nothing,
            Some(Kept::Note(note)) => Against::Head(
                verify::open_outside(note, &key, sm2_key.as_ref())
                    .context("用来比对的检查点不是由这把密钥签署，或已被改动")?,
            ),
            Some(Kept::Tiles(source)) => Against::Tiles(source.as_ref()),
        };
        let check = Check {
            key: &key,
            sm2_key: sm2_key.as_ref(),
            with_sm3: arguments.sm3,
            against,
        };
        let found = verify::verify_log(ledger.as_ref(), &agency, check)
            .await
            .map_err(explained)?;
        say(&format!(
            "机关 {} 的日志：{}\n根哈希 {}",
            agency.as_str(),
            found.statement(),
            found.root
        ));
        found
            .findings
            .iter()
            .for_each(|finding| say(&format!("  {finding}")));
        let untold = found.found - u64::try_from(found.findings.len()).unwrap_or(found.found);
        if untold > 0 {
            say(&format!("  另有 {untold} 处没有逐一列出"));
        }
        is_sound &= found.is_sound();
        if found.is_sound() {
            is_sound &= are_rules_known(ledger.as_ref(), &agency, arguments).await?;
        }
    }
    Ok(if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The editions of the rules that were published with a release, one digest a line.
const RELEASED: &str = include_str!("../assets/editions.txt");

/// Tells by which rules the entries were judged. Rules that nobody published let anything pass: whoever changes the files
/// beside the program leaves this trace.
async fn are_rules_known(
    ledger: &dyn Ledger,
    agency: &Agency,
    arguments: &VerifyArguments,
) -> Result<bool> {
    let built_in = mingqu::load_rules(None)?.digest;
    let released = RELEASED.lines().filter(|line| !line.starts_with('#'));
    let released = released.filter_map(|line| line.split_whitespace().next());
    let also = arguments.also_rules.iter().map(String::as_str);
    let known: Vec<&str> = released.chain(also).chain([built_in.as_str()]).collect();
    let editions = editions(ledger, agency).await;
    let mut are_known = true;
    for edition in editions.context("不能读取记录里登记的规则摘要")? {
        let (from, rules) = (edition.leaf_index, &edition.rules);
        if known.contains(&rules.as_str()) {
            say(&format!("规则    从第 {from} 条起按规则 {rules} 判断"));
            continue;
        }
        are_known = false;
        say(&format!(
            "  从第 {from} 条（{}）起按规则 {rules} 判断：这套规则不是本程序自带的，也没有发布过。\
             这以后的记录须用认可的规则重新检查；确属认可的，用 --also-rules 写明",
            edition.recorded_at
        ));
    }
    Ok(are_known)
}

fn explained(error: VerifyError) -> anyhow::Error {
    let words = match &error {
        VerifyError::Read(_) => "不能读取记录",
        VerifyError::Source(_) => "不能取得用来比对的日志切片",
        VerifyError::NoCheckpoint => "用来比对的文件夹或网址里没有检查点（checkpoint）",
        VerifyError::Outside(_) => "用来比对的检查点不是由这把密钥签署，或已被改动",
    };
    anyhow::Error::new(error).context(words)
}

fn read_sm2_key(path: &Path) -> Result<Sm2VerifierKey> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("不能读取 SM2 公钥文件 {}", path.display()))?;
    Sm2VerifierKey::parse(&text).with_context(|| format!("{} 不是 SM2 公钥", path.display()))
}

fn read_key(path: &Path) -> Result<VerifierKey> {
    let text =
        fs::read_to_string(path).with_context(|| format!("不能读取公钥文件 {}", path.display()))?;
    VerifierKey::parse(text.trim()).with_context(|| format!("{} 不是日志公钥", path.display()))
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}
