//! The configuration file: TOML with one key for each setting. A mistake is named with file, line and what was expected.

use super::{DATA, FILE_NAME, Form, SETTINGS};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Others who may read a file.
const OTHERS: u32 = 0o077;

/// A configuration file that was read and checked.
pub(super) struct ConfigFile {
    path: PathBuf,
    values: BTreeMap<&'static str, Given>,
}

/// A value, and where it stands.
#[derive(Debug, PartialEq, Eq)]
struct Given {
    value: String,
    line: usize,
}

impl ConfigFile {
    /// The file that was named, else the one in the data folder, if it is there.
    pub(super) fn find(named: Option<&OsStr>, data: Option<&OsStr>) -> Result<Option<ConfigFile>> {
        let (path, is_named) = match named {
            Some(path) => (PathBuf::from(path), true),
            None => (
                Path::new(data.unwrap_or(OsStr::new(DATA))).join(FILE_NAME),
                false,
            ),
        };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("不能读取配置文件 {}", path.display()));
            }
        };
        let values = parse(&text).map_err(|wrong| anyhow::anyhow!(wrong.say(&path)))?;
        let file = ConfigFile { path, values };
        file.check_place(is_named)?;
        file.check_secrets()?;
        Ok(Some(file.rooted()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|given| given.value.as_str())
    }

    pub(super) fn line(&self, key: &str) -> Option<usize> {
        self.values.get(key).map(|given| given.line)
    }

    /// A file that was found by the data folder cannot say where the data folder is.
    fn check_place(&self, is_named: bool) -> Result<()> {
        if let (false, Some(line)) = (is_named, self.line("data")) {
            bail!(
                "配置文件 {} 第{line}行：这个文件在数据文件夹里，不能再写 data。请删去这一行；要用别的数据文件夹的，用 --config 指定配置文件",
                self.path.display()
            );
        }
        Ok(())
    }

    fn check_secrets(&self) -> Result<()> {
        let secret = SETTINGS.iter().find_map(|setting| {
            let given = self.values.get(setting.key)?;
            setting
                .form
                .is_secret(&given.value)
                .then_some((setting.key, given.line))
        });
        let Some((key, line)) = secret else {
            return Ok(());
        };
        let mode = fs::metadata(&self.path)
            .with_context(|| format!("不能读取配置文件 {}", self.path.display()))?
            .mode();
        if mode & OTHERS != 0 {
            bail!(
                "配置文件 {} 第{line}行的 {key} 含有密钥或者密码，而文件的权限是 {:o}，其他用户可能读到。请先执行 chmod 600",
                self.path.display(),
                mode & 0o777
            );
        }
        Ok(())
    }

    /// Relative paths are meant from the folder of the file, wherever the program is started.
    fn rooted(mut self) -> ConfigFile {
        let folder = self.path.parent().map(Path::to_owned).unwrap_or_default();
        for setting in &SETTINGS {
            let is_path = match setting.form {
                Form::Path => true,
                Form::StoreAddress => self
                    .value(setting.key)
                    .is_some_and(|value| !value.contains("://")),
                _ => false,
            };
            if let (true, Some(given)) = (is_path, self.values.get_mut(setting.key)) {
                given.value = folder.join(&given.value).to_string_lossy().into_owned();
            }
        }
        self
    }
}

/// What is wrong with a file, and where.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    line: usize,
    what: String,
}

impl Wrong {
    fn say(&self, path: &Path) -> String {
        format!(
            "配置文件 {} 第{}行：{}。程序没有启动",
            path.display(),
            self.line,
            self.what
        )
    }
}

fn line_at(text: &str, byte: usize) -> usize {
    1 + text
        .bytes()
        .take(byte)
        .filter(|byte| *byte == b'\n')
        .count()
}

fn parse(text: &str) -> Result<BTreeMap<&'static str, Given>, Wrong> {
    let table = DeTable::parse(text).map_err(|error| Wrong {
        line: line_at(text, error.span().map_or(0, |span| span.start)),
        what: format!(
            "不是 TOML 的写法（{}），应为“键 = 值”，文字加引号",
            error.message()
        ),
    })?;
    let mut values = BTreeMap::new();
    for (key, value) in table.get_ref() {
        let line = line_at(text, key.span().start);
        let wrong = |what: String| Wrong { line, what };
        let name = key.get_ref().as_ref();
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == name) else {
            let known: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
            return Err(wrong(format!(
                "不认识的设定“{name}”，可以写的有：{}",
                known.join("、")
            )));
        };
        let value = match (value.get_ref(), setting.form) {
            (DeValue::String(text), _) => text.clone().into_owned(),
            (DeValue::Integer(number), Form::Size) => number.to_string(),
            (other, _) => {
                return Err(wrong(format!(
                    "{name} 应为加引号的文字，这里写的是{}",
                    kind(other)
                )));
            }
        };
        setting.form.check(&value).map_err(|expected| {
            wrong(format!(
                "{name} 的值“{}”不能用：{expected}",
                setting.form.shown(&value)
            ))
        })?;
        values.insert(setting.key, Given { value, line });
    }
    if let (Some(_), Some(given)) = (values.get("s3_secret"), values.get("s3_secret_file")) {
        return Err(Wrong {
            line: given.line,
            what: "s3_secret 和 s3_secret_file 只能写一个".to_owned(),
        });
    }
    Ok(values)
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "文字",
        DeValue::Integer(_) => "整数",
        DeValue::Float(_) => "小数",
        DeValue::Boolean(_) => "真假值",
        DeValue::Datetime(_) => "日期",
        DeValue::Array(_) => "数组",
        DeValue::Table(_) => "表",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_what_it_says() {
        let values = parse("# 说明\nlisten = \"127.0.0.1:9\"\n\nupload_limit = 5_000\n");
        let values = values.expect("a file");
        let given = |key| {
            values
                .get(key)
                .map(|given| (given.value.as_str(), given.line))
        };
        assert_eq!(given("listen"), Some(("127.0.0.1:9", 2)));
        assert_eq!(given("upload_limit"), Some(("5000", 4)));
        assert_eq!(values.len(), 2);
        assert_eq!(parse("").expect("an empty file").len(), 0);
    }

    #[test]
    fn a_mistake_is_named_with_its_line_and_what_was_expected() {
        for (text, line, what) in [
            (
                "\nlissten = \"x\"",
                2,
                "不认识的设定“lissten”，可以写的有：data、",
            ),
            (
                "listen = 8080",
                1,
                "listen 应为加引号的文字，这里写的是整数",
            ),
            ("rules = [\"a\"]", 1, "这里写的是数组"),
            ("[data]\na = 1", 1, "这里写的是表"),
            ("\n\nlisten = \"8080\"", 3, "应写作“地址:端口”"),
            ("upload_limit = -3", 1, "应为字节数"),
            ("data = \"\"", 1, "不能是空的"),
            ("data = \"a\"\ndata = \"b\"", 2, "不是 TOML 的写法"),
            ("data = a", 1, "不是 TOML 的写法"),
            ("s3_secret = \"a\"\ns3_secret_file = \"b\"", 2, "只能写一个"),
        ] {
            let wrong = parse(text).expect_err(text);
            assert_eq!(wrong.line, line, "{text}: {}", wrong.what);
            assert!(wrong.what.contains(what), "{text}: {}", wrong.what);
        }
        // A password is not repeated in the complaint about it.
        let wrong = parse("database = \"mysql://a:hush@h/d\"").expect_err("no PostgreSQL");
        assert!(!wrong.what.contains("hush"), "{}", wrong.what);
    }
}
