//! `mingqu law replay`: judges and appraises any history, from elsewhere or of the own record, by the same engine.

use super::Failure;
use crate::adapters::SystemChance;
use crate::office::{self, Layers, Place};
use crate::serve::runtime;
use anyhow::{Context as _, anyhow};
use app::Office;
use app::kept_mappings::{KeptMappingError, SameName};
use app::ledger::{CaseCursor, CaseQuery, Ledger};
use app::office::Ports;
use app::ports::Withheld;
use casework::appraisal::Appraisal;
use casework::replay::{CaseAnswer, Replay};
use clap::Args;
use intake::history::{
    Bench, HistoryError, MappingChoice, Material, Origin, Report, comma_separated, json_lines,
    text, workbook,
};
use law::Rules;
use law::model::Agency;
use law::score::{ScoreTable, score_table};
use law::source::SourceFile;
use ledger::{PostgresLedger, SqliteLedger};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vocabulary::Day;

/// Cases are listed by so many.
const AT_ONCE: u32 = 200;

#[derive(Args)]
pub(super) struct Arguments {
    /// 历史：.xlsx、.csv，或者逐行的 JSON
    #[arg(value_name = "文件", required_unless_present = "own")]
    file: Option<PathBuf>,
    /// 评查本机关记录里的案件，不读文件
    #[arg(long, conflicts_with_all = ["file", "mapping"])]
    own: bool,
    /// 按哪个导入读：内置导入的标识，或者自己写的导入文件（.kdl）；不写的按栏名选
    #[arg(long, value_name = "标识或者文件")]
    mapping: Option<PathBuf>,
    /// 按本机关保留的哪个导入读
    #[arg(long, value_name = "名称", conflicts_with_all = ["mapping", "own"])]
    kept: Option<String>,
    /// 检查以后由本机关保留 --mapping 的导入文件；同名的替换。服务正在运行的，在页面上保留
    #[arg(
        long,
        value_name = "名称",
        requires = "mapping",
        conflicts_with = "own"
    )]
    keep: Option<String>,
    /// 按哪个程序判断；不写的照“程序”栏或者导入写的
    #[arg(long, value_name = "程序")]
    procedure: Option<String>,
    /// 材料写全了整个案卷：没有写的就是没有做
    #[arg(long, conflicts_with = "own")]
    complete: bool,
    /// 本机关自己的评分表（.kdl）；不写的用规则里的
    #[arg(long, value_name = "文件")]
    scale: Option<PathBuf>,
    /// 结果另存为文件：.xlsx、.csv 或者 .jsonl
    #[arg(long, value_name = "文件")]
    to: Option<PathBuf>,
    /// 符合的也逐条列出
    #[arg(long)]
    all: bool,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
    /// 机关文件(JSON);不写的用程序自带的演示机关
    #[arg(long, env = "MINGQU_AGENCY", value_name = "文件")]
    agency: Option<PathBuf>,
}

pub(super) fn run(
    arguments: &Arguments,
    rules: &Rules,
    today: Day,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let export = arguments.to.as_deref().map(Export::of).transpose()?;
    let table = table(arguments.scale.as_deref(), rules)?;
    let reports = match &arguments.file {
        Some(file) => {
            let report = of_file(arguments, file, (rules, &table), today)?;
            if let Some(name) = &arguments.keep {
                keep(arguments, name, rules)?;
            }
            vec![report]
        }
        None => runtime()?.block_on(own(arguments, (rules, &table)))?,
    };
    if let (Some(export), Some(path)) = (export, &arguments.to) {
        let [report] = reports.as_slice() else {
            let several = "记录里有几个程序的案件，请用 --procedure 指定一个再另存";
            return Err(Failure::Input(several.to_owned()));
        };
        let bytes = export.bytes(report)?;
        std::fs::write(path, bytes).with_context(|| format!("不能写入{}", path.display()))?;
    }
    if arguments.json {
        match reports.as_slice() {
            [report] => serde_json::to_writer_pretty(&mut *out, report)?,
            several => serde_json::to_writer_pretty(&mut *out, several)?,
        }
        writeln!(out)?;
        return Ok(());
    }
    for report in &reports {
        write!(out, "{}", text(report, arguments.all))?;
    }
    Ok(())
}

/// How the result is kept.
#[derive(Clone, Copy)]
enum Export {
    Workbook,
    Values,
    Lines,
}

impl Export {
    fn of(path: &Path) -> Result<Export, Failure> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("xlsx") => Ok(Export::Workbook),
            Some("csv") => Ok(Export::Values),
            Some("jsonl") => Ok(Export::Lines),
            _ => Err(Failure::Input(
                "另存的文件名请以 .xlsx、.csv 或者 .jsonl 结尾".to_owned(),
            )),
        }
    }

    fn bytes(self, report: &Report) -> anyhow::Result<Vec<u8>> {
        Ok(match self {
            Export::Workbook => workbook(report)?,
            Export::Values => comma_separated(report)?,
            Export::Lines => json_lines(report)?.into_bytes(),
        })
    }
}

fn unread(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Input(match error.kind() {
        ErrorKind::NotFound => format!("没有文件{}", path.display()),
        ErrorKind::InvalidData => format!("{}的文字不是 UTF-8", path.display()),
        _ => format!("读不到{}：{error}", path.display()),
    })
}

fn source(path: &Path) -> Result<SourceFile, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| unread(path, &error))?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok(SourceFile {
        path: name.to_string_lossy().into_owned(),
        text,
    })
}

fn table(path: Option<&Path>, rules: &Rules) -> Result<ScoreTable, Failure> {
    match path {
        Some(path) => {
            let read = score_table(&source(path)?, &rules.statutes, &rules.procedures);
            read.map_err(|errors| Failure::Input(format!("评分表有错误：\n{errors}")))
        }
        None => rules
            .scores
            .first()
            .cloned()
            .ok_or_else(|| Failure::Input("规则里没有评分表，请用 --scale 指定".to_owned())),
    }
}

fn of_file(
    arguments: &Arguments,
    file: &Path,
    (rules, table): (&Rules, &ScoreTable),
    today: Day,
) -> Result<Report, Failure> {
    let content = std::fs::read(file).map_err(|error| unread(file, &error))?;
    let name = file.file_name().unwrap_or(file.as_os_str());
    let name = name.to_string_lossy();
    let agency = Agency::default();
    let bench = Bench {
        rules,
        agency: &agency,
        table,
        today,
    };
    let brought;
    let id;
    let choice = match &arguments.mapping {
        None if arguments.kept.is_some() => {
            brought = kept(arguments, rules)?;
            MappingChoice::Brought(&brought)
        }
        None => MappingChoice::Fitting,
        Some(path) if path.extension().is_some() => {
            brought = source(path)?;
            MappingChoice::Brought(&brought)
        }
        Some(named) => {
            id = named.to_string_lossy();
            MappingChoice::Named(&id)
        }
    };
    let material = Material {
        name: &name,
        content: &content,
        is_complete: arguments.complete,
    };
    let report = bench.check(&material, &choice, arguments.procedure.as_deref());
    report.map_err(|error| match error {
        HistoryError::Rules(errors) => Failure::World(anyhow!("{errors}")),
        other => Failure::Input(format!("{name}：{other}")),
    })
}

/// The mapping that the agency keeps under the name that was asked for.
fn kept(arguments: &Arguments, rules: &Rules) -> Result<SourceFile, Failure> {
    let name = arguments.kept.as_deref().unwrap_or_default();
    let read = async {
        let office = office_of(arguments, rules, reading(arguments).await?)?;
        let all = office.kept_mappings().await;
        all.context("不能读取保留的导入")
    };
    let all = runtime()?.block_on(read)?;
    let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
    let names = names.join("、");
    let found = all.iter().find(|it| it.name == name);
    let found = found.ok_or_else(|| {
        Failure::Input(match names.is_empty() {
            true => "本机关还没有保留导入".to_owned(),
            false => format!("本机关没有保留导入“{name}”；有：{names}"),
        })
    })?;
    Ok(SourceFile {
        path: found.file.clone(),
        text: found.text.clone(),
    })
}

/// Keeps the mapping that was brought along under a name.
fn keep(arguments: &Arguments, name: &str, rules: &Rules) -> Result<(), Failure> {
    let path = arguments.mapping.as_deref();
    let Some(path) = path.filter(|path| path.extension().is_some()) else {
        let text = "只能保留自己写的导入文件（.kdl），内置的不用保留";
        return Err(Failure::Input(text.to_owned()));
    };
    let file = source(path)?;
    let done = async {
        let ledger = arguments.place.ledger().await?;
        let office = office_of(arguments, rules, ledger)?;
        let text = (file.path.as_str(), file.text.as_str());
        anyhow::Ok(
            office
                .keep_mapping("", name, text, SameName::IsReplaced)
                .await,
        )
    };
    match runtime()?.block_on(done)? {
        Ok(()) => Ok(()),
        Err(KeptMappingError::Field(text)) => Err(Failure::Input(text)),
        Err(error) => Err(Failure::World(error.into())),
    }
}

/// The record beside a running server: nothing is written.
async fn reading(arguments: &Arguments) -> anyhow::Result<Arc<dyn Ledger>> {
    let place = &arguments.place;
    Ok(match &place.database {
        Some(url) => Arc::new(PostgresLedger::connect(url).await?),
        None => Arc::new(SqliteLedger::open_for_reading(&place.sqlite())?),
    })
}

/// The office whose record it is.
fn office_of(
    arguments: &Arguments,
    rules: &Rules,
    ledger: Arc<dyn Ledger>,
) -> anyhow::Result<Office> {
    let layers = Layers {
        rules: None,
        agency: arguments.agency.clone(),
    };
    let (file, clock) = office::at_home(&arguments.place, &layers)?;
    let ports = Ports {
        ledger,
        clock: office::clock(clock.as_ref()),
        chance: Arc::new(SystemChance),
        publisher: Arc::new(Withheld),
    };
    let office = Office::new(file, Arc::new(rules.clone()), ports);
    office.context("机关文件里的机关代码不能使用")
}

/// Appraises the cases of the own record, a report for each procedure.
async fn own(
    arguments: &Arguments,
    (rules, table): (&Rules, &ScoreTable),
) -> anyhow::Result<Vec<Report>> {
    let office = office_of(arguments, rules, reading(arguments).await?)?;
    let context = office.context();
    let bench = Bench {
        rules,
        agency: &context.agency,
        table,
        today: office.now().day,
    };
    let mut judged: BTreeMap<String, Vec<(CaseAnswer, Appraisal)>> = BTreeMap::new();
    let mut last: Option<CaseCursor> = None;
    loop {
        let query = CaseQuery {
            after: last.take(),
            ..CaseQuery::default()
        };
        let rows = office.cases(&query, AT_ONCE).await;
        let rows = rows.context("不能读取案件列表")?;
        for row in &rows {
            let case = office.case(&row.line.case_id).await;
            let case = case.context("不能读取案件")?;
            let procedure = case.procedure();
            if arguments
                .procedure
                .as_ref()
                .is_some_and(|it| *it != procedure.id)
            {
                continue;
            }
            let replay: Replay<'_> = bench.replay(procedure);
            let mut told = replay.own(&case.history.entries, row.line.is_open);
            told.name_agency(&office.agency().name);
            let number = row.line.case_number.clone();
            let name = number.filter(|it| !it.is_empty());
            let name = name.unwrap_or_else(|| row.line.title.clone());
            let name = format!("{name} {}", row.line.case_id);
            let all = judged.entry(procedure.id.clone()).or_default();
            all.push(bench.appraised(&replay, &name, &told));
        }
        match rows.last() {
            Some(row) => last = Some(row.cursor()),
            None => break,
        }
    }
    let report = |(procedure, cases): (String, Vec<_>)| {
        let origin = Origin::Record { cases: cases.len() };
        bench.report(origin, &procedure, cases)
    };
    Ok(judged.into_iter().map(report).collect())
}
