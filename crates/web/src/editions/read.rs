//! The form with files of rules, which become an edition: all of them, or some of them over those that run.

use crate::LARGEST_FORM_BYTES;
use crate::fault::Fault;
use crate::frame::FormToken;
use axum::RequestExt;
use axum::extract::Request;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::http::StatusCode;
use law::source::SourceFile;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use zip::ZipArchive;

/// The longest upload.
pub(super) const UPLOAD_BYTES_MAX: usize = 16 << 20;
/// What comes out of all archives of a form is not longer.
pub(super) const UNPACKED_BYTES_MAX: u64 = 64 << 20;
/// No edition has more files.
const FILES_MAX: usize = 5_000;
/// A file that every edition has: where it lies is the folder of the rules.
const AT_ROOT: &str = "statutes.kdl";
/// What the folder of the rules is usually called.
const USUAL_FOLDER: &str = "rules/";

/// The files that a form sent, by field.
pub(super) struct Form {
    files: BTreeMap<String, Vec<(String, Vec<u8>)>>,
}

impl Form {
    pub(super) async fn read(request: Request) -> Result<Form, Fault> {
        let headers = request.headers().clone();
        let unreadable = |status: StatusCode| {
            Fault::Unreadable(match status.is_client_error() {
                true => status,
                false => StatusCode::BAD_REQUEST,
            })
        };
        let mut parts: Multipart = request
            .extract()
            .await
            .map_err(|rejection: MultipartRejection| unreadable(rejection.status()))?;
        let mut files: BTreeMap<String, Vec<(String, Vec<u8>)>> = BTreeMap::new();
        let mut token = String::new();
        loop {
            let part = parts.next_field().await;
            let Some(part) = part.map_err(|error| unreadable(error.status()))? else {
                break;
            };
            let field = part.name().unwrap_or_default().to_owned();
            let name = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await;
            let bytes = bytes.map_err(|error| unreadable(error.status()))?;
            match name {
                // No file was chosen.
                Some(name) if name.is_empty() => {}
                Some(name) => files.entry(field).or_default().push((name, bytes.to_vec())),
                None if field == "token" && bytes.len() <= LARGEST_FORM_BYTES => {
                    token = String::from_utf8_lossy(&bytes).into_owned();
                }
                None => {}
            }
        }
        match FormToken::fits(&headers, &token) {
            true => Ok(Form { files }),
            false => Err(Fault::Forged),
        }
    }

    /// What was sent in a field.
    pub(super) fn sent(&mut self, field: &str) -> Vec<(String, Vec<u8>)> {
        self.files.remove(field).unwrap_or_default()
    }
}

/// The files of an edition, made of what was sent and of those that run, where some were sent only. What is wrong is said in
/// sentences. `left` is how many bytes may still come out of archives.
pub(super) fn edition(
    sent: Vec<(String, Vec<u8>)>,
    running: Option<&[SourceFile]>,
    left: &mut u64,
) -> Result<Vec<SourceFile>, Vec<String>> {
    let mut errors = Vec::new();
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    let mut loose: Vec<(String, String)> = Vec::new();
    for (name, bytes) in sent {
        let lower = name.to_lowercase();
        if lower.ends_with(".zip") {
            match unpacked(&name, bytes, left) {
                Ok(files) => named.extend(files),
                Err(text) => errors.push(text),
            }
        } else if is_rules(&lower) {
            match String::from_utf8(bytes) {
                Ok(text) => loose.push((base_name(&name).to_owned(), text)),
                Err(_) => errors.push(format!("“{name}”的文字不是 UTF-8")),
            }
        } else {
            errors.push(format!("“{name}”不是规则文件：请选择 .zip、.kdl 或者 .csv"));
        }
    }
    let is_whole = named.contains_key(AT_ROOT);
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    if !is_whole {
        match running {
            Some(running) => {
                let all = running.iter();
                files.extend(all.map(|file| (file.path.clone(), file.text.clone())));
            }
            None if errors.is_empty() => errors.push(format!(
                "压缩文件里没有 {AT_ROOT}：这里只能试用整套规则，请把整个规则文件夹压缩成 .zip"
            )),
            None => {}
        }
    }
    files.extend(named);
    for (name, text) in loose {
        let fits: Vec<String> = files
            .keys()
            .filter(|path| base_name(path) == name)
            .cloned()
            .collect();
        match fits.as_slice() {
            [path] => {
                files.insert(path.clone(), text);
            }
            [] => errors.push(format!(
                "现在的规则里没有名为“{name}”的文件；新的文件请连同它的文件夹压缩成 .zip"
            )),
            several => errors.push(format!(
                "“{name}”有{}个（{}），请连同它的文件夹压缩成 .zip",
                several.len(),
                several.join("、")
            )),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let all = files.into_iter();
    Ok(all.map(|(path, text)| SourceFile { path, text }).collect())
}

fn is_rules(lower: &str) -> bool {
    lower.ends_with(".kdl") || lower.ends_with(".csv")
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The rules files of an archive, by their path below the folder of the rules.
fn unpacked(
    name: &str,
    bytes: Vec<u8>,
    left: &mut u64,
) -> Result<BTreeMap<String, String>, String> {
    let broken = |_| format!("“{name}”不能打开，它不是完好的 .zip 文件");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > FILES_MAX {
        return Err(format!("“{name}”里的文件超过{FILES_MAX}个"));
    }
    let mut found: Vec<(String, String)> = Vec::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(broken)?;
        let path = match entry.name() {
            Ok(path) => path.replace('\\', "/"),
            Err(_) => return Err(format!("“{name}”里有名称不能读出的文件")),
        };
        let is_hidden = path
            .split('/')
            .any(|part| part.starts_with('.') || part == "__MACOSX");
        if entry.is_dir() || is_hidden || !is_rules(&path.to_lowercase()) {
            continue;
        }
        let mut content = Vec::new();
        let read = (&mut entry).take(*left + 1).read_to_end(&mut content);
        read.map_err(|_| format!("“{name}”里的“{path}”不能读出"))?;
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        *left = left
            .checked_sub(size)
            .ok_or_else(|| format!("上传的文件解开以后超过{}MB", UNPACKED_BYTES_MAX >> 20))?;
        let text = String::from_utf8(content)
            .map_err(|_| format!("“{name}”里的“{path}”的文字不是 UTF-8"))?;
        found.push((path, text));
    }
    if found.is_empty() {
        return Err(format!("“{name}”里没有规则文件（.kdl、.csv）"));
    }
    let root = found
        .iter()
        .filter(|(path, _)| base_name(path) == AT_ROOT)
        .map(|(path, _)| path.strip_suffix(AT_ROOT).unwrap_or_default())
        .min_by_key(|root| root.len())
        .unwrap_or(USUAL_FOLDER)
        .to_owned();
    let below = |path: String| match path.strip_prefix(&root) {
        Some(below) => below.to_owned(),
        None => path,
    };
    let all = found.into_iter();
    Ok(all.map(|(path, text)| (below(path), text)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content) in files {
            writer
                .start_file(*path, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn running() -> Vec<SourceFile> {
        ["statutes.kdl", "a/10-x.kdl", "b/10-x.kdl", "b/20-y.kdl"]
            .map(|path| SourceFile {
                path: path.to_owned(),
                text: "旧".to_owned(),
            })
            .to_vec()
    }

    fn sent(name: &str, bytes: impl Into<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
        vec![(name.to_owned(), bytes.into())]
    }

    fn made(
        sent: Vec<(String, Vec<u8>)>,
        running: Option<&[SourceFile]>,
    ) -> Result<Vec<SourceFile>, Vec<String>> {
        edition(sent, running, &mut UNPACKED_BYTES_MAX.clone())
    }

    #[test]
    fn archives_are_bounded_together() {
        let bytes = archive(&[("a/10-x.kdl", &[b' '; 900])]);
        let both = vec![
            ("一.zip".to_owned(), bytes.clone()),
            ("二.zip".to_owned(), bytes),
        ];
        let mut left = 1_000;
        let errors = edition(both, Some(&running()), &mut left).unwrap_err();
        assert!(errors[0].contains("解开以后超过"), "{errors:?}");
    }

    fn texts(files: &[SourceFile]) -> Vec<(&str, &str)> {
        let both = files.iter().map(|it| (it.path.as_str(), it.text.as_str()));
        both.collect()
    }

    #[test]
    fn a_whole_folder_stands_for_itself_wherever_it_lies() {
        let bytes = archive(&[
            ("新版/rules/statutes.kdl", "新".as_bytes()),
            ("新版/rules/a/10-x.kdl", "新".as_bytes()),
            ("__MACOSX/rules/._statutes.kdl", b"\xff"),
            ("新版/rules/说明.docx", b"\xff"),
        ]);
        let files = made(sent("新版.zip", bytes), Some(&running())).unwrap();
        assert_eq!(
            texts(&files),
            [("a/10-x.kdl", "新"), ("statutes.kdl", "新")]
        );
    }

    #[test]
    fn some_files_stand_over_those_that_run() {
        let bytes = archive(&[
            ("rules/b/10-x.kdl", "新".as_bytes()),
            ("rules/c/1.kdl", b""),
        ]);
        let files = made(sent("改.zip", bytes), Some(&running())).unwrap();
        let all = texts(&files);
        assert_eq!(all.len(), 5, "{all:?}");
        assert!(all.contains(&("b/10-x.kdl", "新")) && all.contains(&("a/10-x.kdl", "旧")));
        let files = made(sent("20-y.kdl", "新"), Some(&running())).unwrap();
        assert!(texts(&files).contains(&("b/20-y.kdl", "新")));
    }

    #[test]
    fn what_cannot_be_an_edition_is_said() {
        for (sent, says) in [
            (sent("10-x.kdl", "新"), "有2个（a/10-x.kdl、b/10-x.kdl）"),
            (sent("新.kdl", "新"), "没有名为“新.kdl”的文件"),
            (sent("20-y.kdl", b"\xff".to_vec()), "不是 UTF-8"),
            (sent("规则.docx", "新"), "不是规则文件"),
            (sent("坏.zip", "新"), "不是完好的 .zip"),
            (
                sent("空.zip", archive(&[("读我.txt", b"")])),
                "没有规则文件",
            ),
        ] {
            let errors = made(sent, Some(&running())).unwrap_err();
            assert!(errors[0].contains(says), "{errors:?}");
        }
        let errors = made(sent("20-y.kdl", "新"), None).unwrap_err();
        assert!(errors[0].contains("整套规则"), "{errors:?}");
    }
}
