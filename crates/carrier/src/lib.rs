//! A publication for a carrier that is not ours: the government's own web site, whose content system takes a title, a text
//! and attachments (law.md OPEN-26). And whether what stands there is what was released.
//!
//! It knows publications, no cases.

mod compare;
mod html;

pub use compare::{Compared, Line, compare};
pub use html::html;

use proof::Disclosure;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

/// The media type of a package.
pub const MEDIA_TYPE: &str = "application/zip";

/// What a package is made of.
#[derive(Clone, Copy, Debug)]
pub struct Released<'a> {
    /// The id of the publication.
    pub id: &'a str,
    /// What was released.
    pub shown: &'a Disclosure,
    /// Its address at our own portal, as far as it has one: where everybody can verify it.
    pub address: &'a str,
}

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The archive cannot be written.
    #[error("the package could not be written")]
    Archive(#[from] ZipError),
    /// A file of it cannot be written.
    #[error("a file of the package could not be written")]
    File(#[from] std::io::Error),
}

/// The package as a ZIP archive: what to paste where, in files that any desk opens.
///
/// | file | what it is |
/// | --- | --- |
/// | `1-标题.txt` | the title |
/// | `2-栏目.txt` | the category |
/// | `3-正文.html` | the text as plain HTML, without style or script |
/// | `4-附件/<id>.txt` | the same as plain text |
/// | `说明.txt` | what to do, and what to enter back |
pub fn package(released: Released<'_>) -> Result<Vec<u8>, PackageError> {
    let shown = released.shown;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let files = [
        ("1-标题.txt".to_owned(), shown.title.clone()),
        ("2-栏目.txt".to_owned(), category(shown)),
        ("3-正文.html".to_owned(), html(released)),
        (format!("4-附件/{}.txt", released.id), plain(shown)),
        ("说明.txt".to_owned(), instructions(released)),
    ];
    for (name, content) in files {
        archive.start_file(name, SimpleFileOptions::default())?;
        // The byte order mark tells old editors that this is UTF-8.
        archive.write_all("\u{feff}".as_bytes())?;
        archive.write_all(content.replace('\n', "\r\n").as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Where it belongs on the site.
fn category(shown: &Disclosure) -> String {
    format!("行政执法公示 / 事后公开 / {}", shown.kind)
}

fn instructions(released: Released<'_>) -> String {
    let Released { shown, address, .. } = released;
    let number = shown.number.as_deref().unwrap_or("（没有文号）");
    format!(
        "{kind}（{number}）的发布包\n\n\
         1. 在网站的内容系统里新建一篇，标题用“1-标题.txt”，栏目用“2-栏目.txt”。\n\
         2. 正文贴“3-正文.html”的源代码；不能贴源代码的，打开后全选复制。附件按需要上传“4-附件”。\n\
         3. 不要改动正文。发现有误的，不要在网站上改，由信息发布审核员办理公示更正。\n\
         4. 发布以后，在案件里办“载体发布登记”，填网址和时间；再把网页的内容贴回“核对载体”，核对是否与发布的一致。\n\n\
         本公示在本机关公众门户的地址：{address}\n",
        kind = shown.kind,
    )
}

/// All that is shown, a line each.
pub(crate) fn lines(shown: &Disclosure) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut add = |label: &str, value: &Option<String>| {
        if let Some(value) = value {
            lines.push((label.to_owned(), value.clone()));
        }
    };
    add("文号", &shown.number);
    add("作出机关", &shown.agency);
    let rows = shown.sections.iter().flat_map(|section| &section.rows);
    let rows = shown.rows.iter().chain(rows);
    lines.extend(rows.map(|row| (row.label.clone(), row.value.clone())));
    lines
}

fn plain(shown: &Disclosure) -> String {
    let lines = lines(shown).into_iter();
    let lines: Vec<String> = lines
        .map(|(label, value)| format!("{label}：{value}"))
        .collect();
    format!(
        "{}\n\n{}\n\n公示日期：{}\n",
        shown.title,
        lines.join("\n"),
        shown.disclosed_on
    )
}

#[cfg(test)]
mod tests;
