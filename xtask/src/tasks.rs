//! The tasks.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::components;
use crate::snapshots;
use crate::stages::{Stages, succeed};

/// The crates that know no outside, hence tested in seconds.
const PURE: [&str; 4] = ["vocabulary", "law", "casework", "proof"];

/// Builds the product and becomes it: the demonstration, or what is in the data folder already.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    println!("明渠：检查、编译、备好演示资料，然后显示地址和账号。首次约需数分钟，以后几秒。");
    println!("第一步：检查系统组件。");
    components::install_missing(components::FOR_RUNNING)?;
    println!("第二步：编译明渠（下面是 cargo 的进度）。");
    succeed(&mut cargo(&["build", "--package", "mingqu"]))?;
    let command = to_start(arguments, |path| root().join(path).exists(), is_set);
    match command {
        DEMONSTRATION => println!(
            "第三步：办理演示案件（已经备好的不再办），随后显示地址、账号和导览。按 Ctrl-C 停止，再次执行接着来。"
        ),
        _ => println!("第三步：按所给的设定和已有的数据启动，随后显示地址。按 Ctrl-C 停止。"),
    }
    // Replaces this process, so that signals reach the server itself.
    let error = cargo(&["run", "--quiet", "--package", "mingqu", "--", command])
        .args(arguments)
        .exec();
    Err(error).context("无法启动 mingqu")
}

/// The subcommand that makes the demonstration where it is not made yet, and serves it.
const DEMONSTRATION: &str = "demo";
/// The subcommand that serves what is there.
const AS_IT_IS: &str = "serve";
/// A folder that has this is a demonstration's, whole or half made.
const CLOCK: &str = "demo-clock.json";
/// Whoever says one of these means a record of his own.
const OWN: [&str; 3] = ["agency", "database", "config"];

/// A record that is no demonstration is served as it is, and so is whatever was configured.
fn to_start(
    arguments: &[String],
    is_there: impl Fn(&Path) -> bool,
    is_set: impl Fn(&str) -> Option<PathBuf>,
) -> &'static str {
    let given = |name: &str| {
        let option = format!("--{name}");
        let mut at = arguments.iter();
        let found = at.find_map(|argument| {
            let rest = argument.strip_prefix(&option)?;
            (rest.is_empty() || rest.starts_with('=')).then_some(rest)
        });
        let value = match found? {
            "" => at.next().map(PathBuf::from),
            joined => Some(PathBuf::from(joined.trim_start_matches('='))),
        };
        Some(value.unwrap_or_default())
    };
    let said = |name: &str| {
        let variable = format!("MINGQU_{}", name.to_uppercase());
        given(name).or_else(|| is_set(&variable))
    };
    if OWN.iter().any(|name| said(name).is_some()) {
        return AS_IT_IS;
    }
    let data = said("data").unwrap_or_else(|| PathBuf::from("data"));
    let has = |name: &str| is_there(&data.join(name));
    let is_own = has("mingqu.toml") || has("record.sqlite") && !has(CLOCK);
    if is_own { AS_IT_IS } else { DEMONSTRATION }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the same settings that the product reads"
)]
fn is_set(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// All checks and tests: exactly what continuous integration runs.
pub(crate) fn test() -> Result<()> {
    let root = root();
    let mut stages = Stages::of(8);
    let is_equipped = stages.stage(
        "系统组件、浏览器驱动、测试存储与接口测试",
        || {
            components::install_missing(components::FOR_TESTING)?;
            components::install_browser_driver(&root)?;
            components::install_s3_server(&root)?;
            components::install_api_fuzzer(&root)
        },
    );
    if !is_equipped {
        // Without its components a test could only fail for the wrong reason.
        return stages.finish();
    }
    stages.stage("代码格式", format_check);
    stages.stage("静态检查", lint);
    // Before the other tests, because the last closing line of a run should be the one that counts.
    stages.stage("文档示例", || {
        succeed(&mut cargo_for_tests(&["test", "--doc", "--workspace"]))
    });
    stages.stage("全部测试", || {
        snapshots::begin(&root)?;
        let mut command = if components::is_command("cargo-nextest") {
            cargo_for_tests(&["nextest", "run", "--workspace", "--no-fail-fast"])
        } else {
            cargo_for_tests(&[
                "test",
                "--workspace",
                "--lib",
                "--bins",
                "--tests",
                "--no-fail-fast",
            ])
        };
        succeed(command.env(
            snapshots::REFERENCES_VARIABLE,
            snapshots::references_file(&root),
        ))
    });
    stages.stage("快照", || snapshots::refuse_dead(&root));
    stages.stage("规则核对", || {
        succeed(&mut cargo(&[
            "run",
            "--quiet",
            "--package",
            "mingqu",
            "--",
            "law",
            "check",
        ]))
    });
    stages.stage("规则覆盖", law_coverage);
    stages.finish()
}

/// Quick checks before a commit.
pub(crate) fn check() -> Result<()> {
    let mut stages = Stages::of(3);
    stages.stage("代码格式", format_check);
    stages.stage("静态检查", lint);
    stages.stage("纯逻辑单元测试", || {
        let mut command = cargo_for_tests(&["test", "--lib"]);
        for name in PURE {
            command.args(["--package", name]);
        }
        succeed(&mut command)
    });
    stages.finish()
}

/// Measures the release build, the record on SQLite in a folder of its own and on a PostgreSQL started for it.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    components::install_missing(components::FOR_MEASURING)?;
    if arguments.iter().any(|argument| argument == "--peers") {
        components::install_missing(components::FOR_PEERS)?;
        components::install_directus(&root())?;
        // A workspace of its own, exactly as locked.
        let folder = root().join("peers/zen");
        let mut build = cargo(&["build", "--release", "--locked", "--target-dir"]);
        succeed(build.arg(folder.join("target")).current_dir(&folder))?;
    }
    succeed(&mut cargo(&["build", "--release", "--package", "mingqu"]))?;
    // Not in the system's temporary folder, which may be memory.
    let target = root().join("target");
    fs::create_dir_all(&target).context("无法建立 target 文件夹")?;
    let folder = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(target)
        .context("无法建立测量用的文件夹")?;
    let databases: [_; 6] = std::array::from_fn(|_| testkit::postgres::fresh_database());
    let mut command = cargo(&[
        "run",
        "--release",
        "--quiet",
        "--package",
        "mingqu",
        "--",
        "bench",
    ]);
    command.arg("--folder").arg(folder.path());
    for database in &databases {
        command.arg("--database").arg(database.url());
    }
    succeed(command.args(arguments))
}

/// Walks a case and the tour through in the browser, and replaces each picture of the documents by the one of the same name that was
/// taken on the way.
pub(crate) fn pictures() -> Result<()> {
    let root = root();
    components::install_missing(components::FOR_TESTING)?;
    components::install_browser_driver(&root)?;
    let folder = tempfile::tempdir().context("无法建立临时文件夹")?;
    let arguments = ["test", "--package", "mingqu", "--test", "browser"];
    let mut walk = cargo_for_tests(&arguments);
    walk.args(["--", "--exact", "--test-threads", "1"]);
    walk.args([
        "the_rough_way_on_sqlite",
        "demonstration::the_tour_has_no_dead_end",
        "demonstration::what_the_demonstration_discloses_is_found_checked_and_corrected",
    ]);
    succeed(walk.env("MINGQU_PICTURES", folder.path()))?;
    let mut shrink = Command::new("node");
    shrink.arg("small.mjs").arg(folder.path());
    shrink.arg(root.join("docs/screenshots"));
    succeed(shrink.current_dir(root.join("e2e")))
}

fn format_check() -> Result<()> {
    succeed(&mut cargo(&["fmt", "--all", "--check"]))
}

fn lint() -> Result<()> {
    // Warnings are denied here and not in the source, so that work in progress still compiles.
    succeed(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

/// The coverage report as one line a figure.
fn law_coverage() -> Result<()> {
    let arguments = [
        "run",
        "--quiet",
        "--package",
        "mingqu",
        "--",
        "law",
        "coverage",
        "--json",
    ];
    println!("$ cargo {}", arguments.join(" "));
    let output = cargo(&arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("无法启动 cargo")?;
    if !output.status.success() {
        bail!("规则覆盖报告未成功（{}）", output.status);
    }
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("规则覆盖报告不是 JSON")?;
    for line in figures(&report) {
        println!("  {line}");
    }
    Ok(())
}

/// The figures of a report: scalars as they are, lists by their length.
fn figures(report: &serde_json::Value) -> Vec<String> {
    use serde_json::Value;
    let Value::Object(fields) = report else {
        return vec![report.to_string()];
    };
    fields
        .iter()
        .map(|(name, value)| match value {
            Value::Array(items) => format!("{name}：{} 项", items.len()),
            Value::Object(inner) => format!("{name}：{} 项", inner.len()),
            Value::String(text) => format!("{name}：{text}"),
            Value::Null | Value::Bool(_) | Value::Number(_) => format!("{name}：{value}"),
        })
        .collect()
}

/// A cargo command at the root of the workspace.
fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root());
    // What cargo told this program about itself would be another environment than a shell's, and whoever watches it (the
    // build of `ring`) would be built again with all that depends on it.
    for (name, _) in std::env::vars_os() {
        let of_this_program = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
        let name = name.to_string_lossy();
        if of_this_program.iter().any(|start| name.starts_with(start)) {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// A cargo command that runs tests: snapshots are compared and never rewritten.
fn cargo_for_tests(arguments: &[&str]) -> Command {
    let mut command = cargo(arguments);
    command.env("CI", "true").env("INSTA_UPDATE", "no");
    command
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this crate lies in a folder of the workspace")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_no_demonstration_is_served_as_it_is() {
        let start = |arguments: &[&str], files: &[&str], set: Option<(&str, &str)>| {
            let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
            to_start(
                &arguments,
                |path| files.iter().any(|file| path == Path::new(file)),
                |variable| {
                    set.filter(|(name, _)| *name == variable)
                        .map(|it| it.1.into())
                },
            )
        };
        let real = ["data/record.sqlite"];
        assert_eq!(start(&[], &[], None), "demo");
        assert_eq!(start(&[], &real, None), "serve");
        assert_eq!(
            start(&[], &["data/record.sqlite", "data/demo-clock.json"], None),
            "demo"
        );
        assert_eq!(start(&[], &["data/mingqu.toml"], None), "serve");
        assert_eq!(start(&["--data", "other"], &real, None), "demo");
        assert_eq!(
            start(&["--data=elsewhere"], &["elsewhere/record.sqlite"], None),
            "serve"
        );
        assert_eq!(
            start(&[], &["x/record.sqlite"], Some(("MINGQU_DATA", "x"))),
            "serve"
        );
        assert_eq!(start(&["--agency", "a.json"], &[], None), "serve");
        assert_eq!(start(&["--listen", "127.0.0.1:0"], &[], None), "demo");
        let database = Some(("MINGQU_DATABASE", "postgres://x"));
        assert_eq!(start(&[], &[], database), "serve");
    }

    #[test]
    fn a_report_is_shown_by_its_figures() {
        let report = serde_json::json!({"acts": 12, "missing": ["a", "b"], "edition": "2026"});
        assert_eq!(
            figures(&report),
            ["acts：12", "edition：2026", "missing：2 项"]
        );
    }
}
