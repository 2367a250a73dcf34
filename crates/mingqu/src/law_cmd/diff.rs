//! `mingqu law diff`: what differs between two editions of the rules, as people read it.

use super::Failure;
use anyhow::Context as _;
use clap::Args;
use law::Rules;
use law::show::{Change, Difference, FileDifference, differences, file_differences};
use law::source::SourceFile;
use std::io::Write;
use std::path::{Path, PathBuf};

/// So many digits of a digest tell editions apart for people.
const DIGITS: usize = 12;

#[derive(Args)]
pub(super) struct Arguments {
    /// 规则文件夹；只写一个的，与现在的规则（--rules 指定的，或者程序自带的）比较
    #[arg(value_name = "甲", num_args = 1..=2, required = true)]
    folders: Vec<PathBuf>,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub(super) fn run(
    arguments: &Arguments,
    current: Option<&Path>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (old, new) = match arguments.folders.as_slice() {
        [new] => (current, new.as_path()),
        [old, new] => (Some(old.as_path()), new.as_path()),
        _ => return Err(Failure::Input("写一个或者两个规则文件夹。".to_owned())),
    };
    let (old, new) = (Edition::read(old)?, Edition::read(Some(new))?);
    let found = differences(&old.rules, &new.rules);
    let files = file_differences(&old.files, &new.files);
    if arguments.json {
        let report = serde_json::json!({
            "before": old.rules.digest, "after": new.rules.digest, "differences": found, "files": files,
        });
        serde_json::to_writer_pretty(&mut *out, &report)?;
        return Ok(writeln!(out)?);
    }
    tell(&old.rules, &new.rules, &found, &files, out)
}

/// The rules of a folder with the files that they were read from.
pub(super) struct Edition {
    pub(super) files: Vec<SourceFile>,
    pub(super) rules: Rules,
}

impl Edition {
    /// Those of a folder, or those of the program.
    pub(super) fn read(folder: Option<&Path>) -> Result<Edition, Failure> {
        let named = || match folder {
            Some(folder) => format!("规则文件夹 {} 不能使用", folder.display()),
            None => "程序自带的规则不能使用".to_owned(),
        };
        let files = mingqu::rule_files(folder).with_context(named)?;
        let rules = Rules::load(&files).map_err(|errors| {
            let mistakes = errors.0.len();
            Failure::Input(format!("{}，有{mistakes}处错误：\n{errors}", named()))
        })?;
        Ok(Edition { files, rules })
    }
}

pub(super) fn tell(
    old: &Rules,
    new: &Rules,
    found: &[Difference],
    files: &[FileDifference],
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let short = |rules: &Rules| rules.digest.chars().take(DIGITS).collect::<String>();
    writeln!(out, "规则 {} → {}", short(old), short(new))?;
    if files.is_empty() {
        return Ok(writeln!(out, "两套规则相同")?);
    }
    let count = |change| found.iter().filter(|one| one.change == change).count();
    writeln!(
        out,
        "改变{}项：新增{}，取消{}，改动{}",
        found.len(),
        count(Change::Added),
        count(Change::Removed),
        count(Change::Changed)
    )?;
    for one in found {
        let whose = match one.procedures.is_empty() {
            true => String::new(),
            false => format!("〔{}〕", one.procedures.join("、")),
        };
        writeln!(
            out,
            "\n{}{} {} {}{whose}",
            one.change.chinese(),
            one.element.chinese(),
            one.id,
            one.name
        )?;
        for line in &one.before {
            writeln!(out, "  － {line}")?;
        }
        for line in &one.after {
            writeln!(out, "  ＋ {line}")?;
        }
    }
    writeln!(
        out,
        "\n文件{}份（公示样式、对照、情景、性质等只按文件列出）",
        files.len()
    )?;
    for file in files {
        writeln!(
            out,
            "  {} {}　－{}行 ＋{}行",
            file.change.chinese(),
            file.path,
            file.lost,
            file.gained
        )?;
    }
    Ok(())
}
