//! `cargo xtask`: the front door of the workspace.
//!
//! Purpose: one command each for running, testing, checking and measuring, so that nobody has to remember which
//! tools, flags and packages a task needs. Scope: it starts other programs and reads their exit codes; it knows
//! nothing of the law or of the ledger. Invariant: `test` is exactly what continuous integration runs, and a
//! component that is missing is installed or makes the run fail; nothing is skipped in silence.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to the terminal"
)]

mod components;
mod snapshots;
mod stages;
mod tasks;

use std::process::ExitCode;

const HELP: &str = "\
用法：cargo xtask <命令> [-- 参数]

  run       编译明渠，备好演示资料并启动（内嵌数据库，数据存放在 ./data；已有别的数据的原样启动）
  test      全部检查与测试，与持续集成完全一致
  check     提交前的快速检查：格式、静态检查、纯逻辑单元测试
  bench     以发布配置编译并测量性能
  pictures  走查一遍，用走查时拍下的页面更新 docs/screenshots 里的图";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let task = if arguments.is_empty() {
        String::new()
    } else {
        arguments.remove(0)
    };
    // `cargo xtask run -- --port 1` and `cargo xtask run --port 1` mean the same.
    if arguments.first().is_some_and(|first| first == "--") {
        arguments.remove(0);
    }
    let outcome = match task.as_str() {
        "run" => tasks::run(&arguments),
        "test" => tasks::test(),
        "check" => tasks::check(),
        "bench" => tasks::bench(&arguments),
        "pictures" => tasks::pictures(),
        "" | "help" | "--help" | "-h" => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        unknown => {
            eprintln!("没有“{unknown}”这个命令。\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n未完成：{error:#}");
            ExitCode::FAILURE
        }
    }
}
