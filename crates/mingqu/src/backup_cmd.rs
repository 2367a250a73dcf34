//! `mingqu backup` and `mingqu restore`: the whole record in one file, and back.

mod keys;
mod restore;
mod shelf;

pub(crate) use restore::{RestoreArguments, restore};

use crate::adapters::MachineClock;
use crate::attached::{Attached, FilesPlace};
use crate::office::Place;
use crate::serve::runtime;
use anyhow::{Context, Result, bail};
use app::ports::Clock;
use clap::Args;
use ledger::backup::{BackupFile, FileMeta, Header, Snapshot, TABLES, Writer};
use shelf::{PIECE_BYTES, Shelf};
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;

/// Whoever waits hears of it after so many entries.
const TOLD_EVERY: u64 = 10_000;

/// The table whose rows are counted aloud.
const COUNTED: &str = "entries";

#[derive(Args)]
pub(crate) struct BackupArguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    attached: Attached,
    /// 写到哪个文件；已经有的不覆盖
    #[arg(long, value_name = "文件")]
    to: PathBuf,
    /// 把签名密钥也写进去；这样的备份须像密钥一样保管
    #[arg(long)]
    with_keys: bool,
}

pub(crate) fn back_up(arguments: BackupArguments) -> Result<ExitCode> {
    runtime()?.block_on(copy(&arguments))
}

async fn copy(arguments: &BackupArguments) -> Result<ExitCode> {
    let data = &arguments.place.data;
    let public_keys = keys::read(data, keys::PUBLIC)?;
    if public_keys.is_empty() {
        bail!(
            "数据文件夹 {} 里没有日志公钥：没有它，恢复以后不能校验。请用 --data 指明数据文件夹",
            data.display()
        );
    }
    let private_keys = match arguments.with_keys {
        true => keys::read(data, keys::PRIVATE)?,
        false => Vec::new(),
    };
    let files = arguments.attached.place(data)?;
    let mut snapshot = match &arguments.place.database {
        Some(url) => Snapshot::of_postgres(url).await?,
        None => Snapshot::of_sqlite(&arguments.place.sqlite())?,
    };
    let header = Header {
        made_at: MachineClock.now().to_string(),
        agencies: snapshot.agencies().to_vec(),
        tables: Header::tables(snapshot.row_counts()),
        public_keys,
        with_keys: arguments.with_keys,
        beside: keys::read(data, keys::BESIDE)?,
    };
    let mut progress = Progress::new("已备份", header.entries());
    let mut writer = Writer::new(BackupFile::create(&arguments.to)?, &header)?;
    for table in &TABLES {
        writer.table(table)?;
        let rows = snapshot.rows(table, |row| {
            progress.row(table.name);
            writer.row(row)
        });
        rows.await?;
    }
    // From here on nobody waits for the snapshot; files never change under their address.
    drop(snapshot);
    let (kept, damaged) = match &files {
        FilesPlace::Folder(folder) => copy_files(&Shelf::new(folder), &mut writer)?,
        FilesPlace::Bucket { .. } => (0, Vec::new()),
    };
    for key in &private_keys {
        writer.key(key)?;
    }
    writer.finish()?.keep()?;

    for log in &header.agencies {
        say(&format!("机关 {} 的日志：{} 条记录", log.agency, log.size));
    }
    say(&format!(
        "已备份到 {}，只有本人可读",
        arguments.to.display()
    ));
    match &files {
        FilesPlace::Folder(_) => say(&format!("附件：{kept} 个")),
        FilesPlace::Bucket { url, .. } => say(&format!(
            "附件存放在 {url}，不在这份备份里，请用存储服务自己的备份"
        )),
    }
    if arguments.with_keys {
        say("签名密钥在这份备份里：得到它的人可以冒充本机关签署日志，请像密钥一样保管。");
    } else {
        say(&format!(
            "签名密钥不在这份备份里：请把 {} 中的 {} 另行妥善保存，恢复时先放回数据文件夹。",
            data.display(),
            keys::PRIVATE.join("、")
        ));
    }
    for address in &damaged {
        say(&format!(
            "附件 {address} 的内容与它的编号不符，没有备份；请从更早的备份找回"
        ));
    }
    Ok(if damaged.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Copies the files that are sound; answers how many, and which were not.
fn copy_files(shelf: &Shelf, writer: &mut Writer<BackupFile>) -> Result<(u64, Vec<String>)> {
    let (mut kept, mut damaged) = (0, Vec::new());
    for address in shelf.list()? {
        let unreadable = || format!("不能读取附件 {address}");
        // A file that was lawfully destroyed in the meantime is none to copy.
        let Some((mut file, size_bytes)) = shelf.open(&address).with_context(unreadable)? else {
            continue;
        };
        if shelf::digest(&mut file).with_context(unreadable)? != address {
            damaged.push(address);
            continue;
        }
        writer.file(&FileMeta {
            sha256: address.clone(),
            size_bytes,
        })?;
        io::Seek::rewind(&mut file).with_context(unreadable)?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = file.read(&mut piece).with_context(unreadable)?;
            match piece.get(..read) {
                Some(read) if !read.is_empty() => writer.piece(read)?,
                _ => break,
            }
        }
        kept += 1;
    }
    Ok((kept, damaged))
}

/// Lines for whoever waits.
struct Progress {
    what: &'static str,
    done: u64,
    all: u64,
}

impl Progress {
    fn new(what: &'static str, all: u64) -> Progress {
        Progress { what, done: 0, all }
    }

    fn row(&mut self, table: &str) {
        if table == COUNTED {
            self.done += 1;
            if self.done.is_multiple_of(TOLD_EVERY) {
                tell(&format!("{} {}/{} 条记录", self.what, self.done, self.all));
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "whoever waits hears how far it is")]
fn tell(text: &str) {
    eprintln!("{text}");
}
