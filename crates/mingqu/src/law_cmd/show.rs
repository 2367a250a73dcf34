//! `mingqu law show`: a procedure as text, as JSON, or as the chart for the wall.

use super::Failure;
use anyhow::Context;
use clap::{Args, ValueEnum};
use law::Rules;
use law::chart::chart;
use law::model::Agency;
use law::show::show;
use std::io::Write;
use std::path::PathBuf;
use vocabulary::Day;

#[derive(Args)]
pub(super) struct Arguments {
    /// 程序的标识或者名称，如 penalty.ordinary
    #[arg(value_name = "程序")]
    procedure: String,
    /// 形式：text 文字，json 数据，svg 流程图（A4 纵向）
    #[arg(long, value_name = "形式", default_value = "text")]
    format: Format,
    /// 等于 --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// 写到这个文件；不写的输出到屏幕
    #[arg(long, value_name = "文件")]
    out: Option<PathBuf>,
    /// 流程图按哪一天有效的规定绘制，如 2026-07-06；不写的为今天
    #[arg(long, value_name = "日期")]
    date: Option<String>,
    /// 印在流程图标题下的版次，如 2026年第1版
    #[arg(long, value_name = "版次", default_value = "")]
    edition: String,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Svg,
}

pub(super) fn run(
    arguments: &Arguments,
    rules: &Rules,
    today: Day,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let wanted = &arguments.procedure;
    let Some(procedure) = rules
        .procedures
        .iter()
        .find(|p| p.id == *wanted || p.name == *wanted)
    else {
        let known: Vec<String> = rules
            .procedures
            .iter()
            .map(|p| format!("{}（{}）", p.id, p.name))
            .collect();
        return Err(Failure::Input(format!(
            "没有程序“{wanted}”，现有的程序：{}。",
            known.join("、")
        )));
    };
    let day = match &arguments.date {
        Some(text) => {
            Day::parse(text).map_err(|error| Failure::Input(format!("--date 的{error}。")))?
        }
        None => today,
    };
    let agency = Agency::default();
    let format = if arguments.json {
        Format::Json
    } else {
        arguments.format
    };
    let shown = match format {
        Format::Text => show(procedure, &agency).text(),
        Format::Json => serde_json::to_string_pretty(&show(procedure, &agency))? + "\n",
        Format::Svg => chart(procedure, &agency, day, &arguments.edition).svg(),
    };
    match &arguments.out {
        None => out.write_all(shown.as_bytes())?,
        Some(file) => {
            std::fs::write(file, shown)
                .with_context(|| format!("不能写文件 {}", file.display()))?;
            writeln!(out, "已写入 {}", file.display())?;
        }
    }
    Ok(())
}
