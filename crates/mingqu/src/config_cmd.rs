//! `mingqu config`: which settings hold, and where each comes from.

use crate::attached::{Attached, FilesPlace};
use crate::office::{Layers, Place};
use crate::serve::Addresses;
use crate::sign_on::SignOn;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

/// All settings, so that the command takes and shows every one of them.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    layers: Layers,
    #[command(flatten)]
    addresses: Addresses,
    #[command(flatten)]
    attached: Attached,
    #[command(flatten)]
    sign_on: SignOn,
}

pub(crate) fn run(arguments: &Arguments, listing: &[String]) -> Result<ExitCode> {
    listing.iter().for_each(|line| say(line));
    // What the settings say together must make sense too.
    let files = match arguments.attached.place(&arguments.place.data)? {
        FilesPlace::Folder(folder) => format!("文件夹 {}", folder.display()),
        FilesPlace::Bucket { url, .. } => url,
    };
    let record = match &arguments.place.database {
        Some(_) => "PostgreSQL".to_owned(),
        None => format!("SQLite 文件 {}", arguments.place.sqlite().display()),
    };
    let rules = match &arguments.layers.rules {
        Some(folder) => format!("文件夹 {}", folder.display()),
        None => "程序自带".to_owned(),
    };
    say(&format!(
        "记录存放在 {record}；附件存放在 {files}，每个不超过 {} 字节；规则用{rules}",
        arguments.attached.size_bytes_max()
    ));
    if let Some(provider) = arguments.sign_on.provider()? {
        say(&format!(
            "统一身份认证登记的回调地址应为 {}",
            provider.back()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}
