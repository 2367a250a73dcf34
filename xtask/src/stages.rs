//! A run made of stages: each is announced, timed and counted, and the table of minutes stands at the end.
//!
//! A failed stage does not hide the later ones: one run shows everything that is wrong.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The stages done so far.
pub(crate) struct Stages {
    done: Vec<Stage>,
    total: usize,
}

struct Stage {
    name: &'static str,
    took: Duration,
    is_passed: bool,
}

impl Stages {
    /// A run of `total` stages.
    pub(crate) fn of(total: usize) -> Self {
        Self {
            done: Vec::new(),
            total,
        }
    }

    /// Runs one stage and remembers how it ended. Answers whether it passed.
    #[expect(
        clippy::disallowed_methods,
        reason = "minutes spent are shown to people and decide nothing"
    )]
    pub(crate) fn stage(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        println!("\n━━ {}/{} {name} ━━", self.done.len() + 1, self.total);
        let begun = Instant::now();
        let outcome = work();
        if let Err(error) = &outcome {
            println!("✗ {name}：{error:#}");
        }
        self.done.push(Stage {
            name,
            took: begun.elapsed(),
            is_passed: outcome.is_ok(),
        });
        outcome.is_ok()
    }

    /// Prints the table of minutes, and fails when a stage failed or was never reached.
    pub(crate) fn finish(self) -> Result<()> {
        println!("\n{}", self.table());
        let failed: Vec<&str> = self
            .done
            .iter()
            .filter(|stage| !stage.is_passed)
            .map(|stage| stage.name)
            .collect();
        if !failed.is_empty() {
            bail!("未通过的阶段：{}", failed.join("、"));
        }
        if self.done.len() != self.total {
            bail!("只执行了 {} 个阶段，应为 {}", self.done.len(), self.total);
        }
        Ok(())
    }

    fn table(&self) -> String {
        let mut lines = vec!["分钟    结果    阶段".to_owned()];
        let row = |took: Duration, result: &str, name: &str| {
            format!("{:>5.1}   {result}    {name}", took.as_secs_f64() / 60.0)
        };
        for stage in &self.done {
            let result = if stage.is_passed { "通过" } else { "未过" };
            lines.push(row(stage.took, result, stage.name));
        }
        let whole = self.done.iter().map(|stage| stage.took).sum();
        lines.push(row(whole, "    ", "合计"));
        lines.join("\n")
    }
}

/// Starts a command, shown as one would type it, and waits for it to succeed.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("无法启动：{shown}"))?;
    if !status.success() {
        bail!("{shown} 未成功（{status}）");
    }
    Ok(())
}

fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_stage_fails_the_run_and_stands_in_the_table() {
        let mut stages = Stages::of(2);
        assert!(!stages.stage("first", || bail!("no")));
        assert!(stages.stage("second", || Ok(())));
        assert!(stages.table().contains("未过    first"));
        assert!(stages.table().contains("通过    second"));
        let error = stages.finish().expect_err("one stage failed");
        assert_eq!(error.to_string(), "未通过的阶段：first");
    }

    #[test]
    fn a_stage_that_was_not_reached_fails_the_run() {
        let mut stages = Stages::of(2);
        assert!(stages.stage("first", || Ok(())));
        assert!(stages.finish().is_err());
    }

    #[test]
    fn a_command_that_exits_with_an_error_is_an_error() {
        assert!(succeed(&mut Command::new("true")).is_ok());
        assert!(succeed(&mut Command::new("false")).is_err());
        assert!(succeed(&mut Command::new("no-such-command-anywhere")).is_err());
    }
}
