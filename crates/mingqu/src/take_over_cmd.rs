//! `mingqu take-over`: running cases on paper, from a workbook and a folder of scans.

use crate::attached::Attached;
use crate::hands;
use crate::office::{self, Layers, Place};
use crate::serve::runtime;
use anyhow::{Context, Result, bail};
use clap::Args;
use intake::plan::By;
use intake::run::{Stands, Wanted, check, take_over};
use intake::scans::Scans;
use intake::{Book, PlanError, plan, report, template};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    layers: Layers,
    #[command(flatten)]
    attached: Attached,
    #[command(flatten)]
    hands: hands::InWhoseName,
    /// 案件所在的工作簿（.xlsx）或者台账（.csv）
    #[arg(long, value_name = "文件", required_unless_present_any = ["template", "ledger_template"])]
    from: Option<PathBuf>,
    /// 扫描件文件夹
    #[arg(long, value_name = "文件夹")]
    scans: Option<PathBuf>,
    /// 录入人（人员编号）
    #[arg(long, value_name = "编号", required_unless_present_any = ["template", "ledger_template"])]
    entered_by: Option<String>,
    /// 批准接续的负责人（人员编号）
    #[arg(long, value_name = "编号", required_unless_present_any = ["template", "ledger_template"])]
    approved_by: Option<String>,
    /// 只检查，不写入
    #[arg(long)]
    check: bool,
    /// 只接续这些序号的案件，可以写几次
    #[arg(long, value_name = "序号")]
    only: Vec<String>,
    /// 批次名称；同一批次里，同一序号的案件只接续一次。不写的用工作簿的文件名
    #[arg(long, value_name = "名称")]
    batch: Option<String>,
    /// 案件适用的程序；只有一个程序的不用写
    #[arg(long, value_name = "程序")]
    procedure: Option<String>,
    /// 把结果另存为工作簿
    #[arg(long, value_name = "文件")]
    report: Option<PathBuf>,
    /// 生成空白工作簿（案件、当事人、办案过程三张表）
    #[arg(long, value_name = "文件", conflicts_with = "from")]
    template: Option<PathBuf>,
    /// 生成空白台账（一行一案）
    #[arg(long, value_name = "文件", conflicts_with = "from")]
    ledger_template: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    if arguments.template.is_some() || arguments.ledger_template.is_some() {
        return templates(&arguments);
    }
    let (Some(from), Some(entered_by), Some(approved_by)) = (
        &arguments.from,
        &arguments.entered_by,
        &arguments.approved_by,
    ) else {
        bail!("请写明 --from、--entered-by 和 --approved-by");
    };
    // The workbook comes first: with a file that cannot be read nothing is touched.
    let rules = Arc::new(mingqu::load_rules(arguments.layers.rules.as_deref())?);
    let book = Book::open(from).with_context(|| from.display().to_string())?;
    let by = By {
        entered_by,
        approved_by,
        procedure: arguments.procedure.as_deref(),
        from: "纸质案卷",
    };
    let stem = from
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let batch = arguments.batch.as_ref().unwrap_or(&stem);
    let only: BTreeSet<String> = arguments.only.iter().cloned().collect();
    let wanted = Wanted {
        scans: arguments
            .scans
            .as_deref()
            .map_or(Scans::None, Scans::Folder),
        only: &only,
    };
    let told = runtime()?.block_on(async {
        let opened = office::open(&arguments.place, &arguments.layers).await?;
        // Names are looked up among the people of today, as the registers have them.
        let plan =
            plan(&book, &rules, &opened.office.agency(), by).map_err(|error| match &error {
                PlanError::NoSheets => {
                    anyhow::anyhow!("{error}（mingqu take-over --template 生成空白表）")
                }
                PlanError::WhichProcedure(_) => anyhow::anyhow!("{error}（--procedure）"),
                PlanError::Mappings(_) => error.into(),
            })?;
        drop(book);
        if arguments.check {
            return Ok(check(&opened.office, &plan, batch, wanted).await);
        }
        let files = arguments.attached.open(&arguments.place.data).await?;
        let hands = arguments.hands.hands(&opened.office).await?;
        let stands = Stands {
            office: &opened.office,
            files: files.as_ref(),
            hands: hands.both(),
            sheet: &[],
        };
        anyhow::Ok(take_over(stands, &plan, batch, wanted).await)
    })?;
    say(&report::text(&told));
    if let Some(path) = &arguments.report {
        write(
            path,
            &report::workbook(&told).context("不能生成结果工作簿")?,
        )?;
    }
    Ok(if told.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn templates(arguments: &Arguments) -> Result<ExitCode> {
    let rules = mingqu::load_rules(arguments.layers.rules.as_deref())?;
    let agency = office::agency(arguments.layers.agency.as_deref())?;
    let procedure = arguments.procedure.as_deref();
    if let Some(path) = &arguments.template {
        write(path, &template::sheets(&rules, &agency, procedure)?)?;
    }
    if let Some(path) = &arguments.ledger_template {
        write(path, &template::ledger(&rules, &agency, procedure)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A file that is there is not written over: it may be the one somebody filled in.
fn write(path: &Path, content: &[u8]) -> Result<()> {
    let named = || {
        format!(
            "不能写入 {}（已有同名文件的，请换一个名称）",
            path.display()
        )
    };
    let mut file = fs::File::create_new(path).with_context(named)?;
    std::io::Write::write_all(&mut file, content).with_context(named)?;
    say(&format!("已写入 {}", path.display()));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}
