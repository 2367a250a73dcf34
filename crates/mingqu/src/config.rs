//! Settings from four places: command line, environment, a file, and what holds without any of them, in this order.
//!
//! A setting has one name: `s3_region` is the key in the file, `--s3-region` the option, `MINGQU_S3_REGION` the variable.
//! The file gives options another default, so that everything behind the command line knows one kind of value only.

mod file;
mod form;

pub(crate) use form::{Form, address, base, database, filter, size, store_address};

use anyhow::Result;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, CommandFactory, FromArgMatches};
use file::ConfigFile;
use std::ffi::OsStr;
use std::path::PathBuf;

/// The file in the data folder that is read when no other is named.
const FILE_NAME: &str = "mingqu.toml";

/// The data folder that is used when none is named.
pub(crate) const DATA: &str = "data";

/// A setting of the program.
pub(crate) struct Setting {
    /// Its one name.
    pub(crate) key: &'static str,
    /// What its value must look like.
    pub(crate) form: Form,
}

const fn setting(key: &'static str, form: Form) -> Setting {
    Setting { key, form }
}

/// Every setting that a file may hold.
pub(crate) const SETTINGS: [Setting; 20] = [
    setting("data", Form::Path),
    setting("database", Form::Database),
    setting("listen", Form::Address),
    setting("portal", Form::Address),
    setting("portal_base", Form::Base),
    setting("rules", Form::Path),
    setting("agency", Form::Path),
    setting("files", Form::StoreAddress),
    setting("s3_endpoint", Form::Text),
    setting("s3_region", Form::Text),
    setting("s3_key_id", Form::Text),
    setting("s3_secret", Form::Secret),
    setting("s3_secret_file", Form::Path),
    setting("upload_limit", Form::Size),
    setting("oidc_issuer", Form::Text),
    setting("oidc_client_id", Form::Text),
    setting("oidc_client_secret_file", Form::Path),
    setting("oidc_redirect_base", Form::Text),
    setting("oidc_name", Form::Text),
    setting("log", Form::Filter),
];

/// Which file holds the settings.
#[derive(Args)]
pub(crate) struct Source {
    /// 配置文件(TOML)；不写的用数据文件夹里的 mingqu.toml（有的话）
    #[arg(long, env = "MINGQU_CONFIG", value_name = "文件", global = true)]
    config: Option<PathBuf>,
}

/// The command line as read, with the settings that hold and where they come from.
pub(crate) struct Effective<A> {
    /// What the command line comes to.
    pub(crate) arguments: A,
    matches: ArgMatches,
    file: Option<ConfigFile>,
}

/// Reads the command line, the environment and the file. A mistake on the command line ends the program, as usual.
pub(crate) fn read<A: CommandFactory + FromArgMatches>() -> Result<Effective<A>> {
    // Which file there is to read is said by the command line and the environment.
    let first = A::command().get_matches();
    let file = ConfigFile::find(value(&first, "config"), value(&first, "data"))?;
    let command = match &file {
        Some(file) => with_file(A::command(), file),
        None => A::command(),
    };
    let matches = command.get_matches();
    let arguments =
        A::from_arg_matches(&matches).map_err(|error| error.format(&mut A::command()))?;
    Ok(Effective {
        arguments,
        matches,
        file,
    })
}

/// The options of every subcommand take what the file says as their default.
fn with_file(command: Command, file: &ConfigFile) -> Command {
    let given = |arg: Arg| match file.value(arg.get_id().as_str()) {
        Some(value) => arg.default_value(value.to_owned()),
        None => arg,
    };
    let names: Vec<String> = command
        .get_subcommands()
        .map(|below| below.get_name().to_owned())
        .collect();
    names
        .into_iter()
        .fold(command.mut_args(given), |command, name| {
            command.mut_subcommand(name, |below| with_file(below, file))
        })
}

/// The matches of the subcommand that was asked for.
fn deepest(matches: &ArgMatches) -> &ArgMatches {
    match matches.subcommand() {
        Some((_, below)) => deepest(below),
        None => matches,
    }
}

/// A value that was said on the command line or in the environment; a default is none.
fn value<'a>(matches: &'a ArgMatches, key: &str) -> Option<&'a OsStr> {
    let matches = deepest(matches);
    let mut raw = matches.try_get_raw(key).ok().flatten()?;
    match matches.value_source(key) {
        Some(ValueSource::CommandLine | ValueSource::EnvVariable) => raw.next(),
        _ => None,
    }
}

impl<A> Effective<A> {
    /// The settings that hold, one a line, each with its origin. What is secret is not shown.
    pub(crate) fn lines(&self) -> Vec<String> {
        let matches = deepest(&self.matches);
        let mut lines = vec![match &self.file {
            Some(file) => format!("配置文件  {}", file.path().display()),
            None => "配置文件  （没有）".to_owned(),
        }];
        for setting in &SETTINGS {
            let key = setting.key;
            let raw = matches.try_get_raw(key).ok().flatten();
            let value = raw.and_then(|mut values| values.next());
            let shown = value.map_or("（未设定）".to_owned(), |value| {
                setting.form.shown(&value.to_string_lossy())
            });
            let origin = match matches.value_source(key) {
                Some(ValueSource::CommandLine) => "命令行".to_owned(),
                Some(ValueSource::EnvVariable) => {
                    format!("环境变量 MINGQU_{}", key.to_uppercase())
                }
                _ => match self.file.as_ref().and_then(|file| file.line(key)) {
                    Some(line) => format!("配置文件第{line}行"),
                    None => "缺省".to_owned(),
                },
            };
            lines.push(format!("{key:<23} {shown}  [{origin}]"));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn options(command: &Command, found: &mut BTreeSet<(String, String)>) {
        for arg in command.get_arguments() {
            if let Some(variable) = arg.get_env() {
                let variable = variable.to_string_lossy().into_owned();
                found.insert((arg.get_id().to_string(), variable));
            }
        }
        command
            .get_subcommands()
            .for_each(|below| options(below, found));
    }

    #[test]
    fn option_variable_and_key_have_one_name() {
        let mut found = BTreeSet::new();
        options(&crate::Arguments::command(), &mut found);
        // A token belongs to a person and to no configuration file.
        found.retain(|(_, variable)| !variable.ends_with("_TOKEN"));
        let mut expected: BTreeSet<(String, String)> = SETTINGS
            .iter()
            .map(|setting| setting.key)
            .chain(["config"])
            .map(|key| (key.to_owned(), format!("MINGQU_{}", key.to_uppercase())))
            .collect();
        assert_eq!(found, expected);
        // And the subcommand that shows them knows them all.
        let command = crate::Arguments::command();
        let config = command
            .find_subcommand("config")
            .expect("a subcommand")
            .get_arguments()
            .chain(command.get_arguments());
        config.for_each(|arg| {
            expected.retain(|(key, _)| key != arg.get_id().as_str());
        });
        assert_eq!(expected, BTreeSet::new());
    }
}
