//! What the subcommands share: the rules, built in or from a folder.

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded_rules.rs"));
}

use law::Rules;
use law::source::{RuleErrors, SourceFile};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why there are no rules to work by. Shown to whoever starts the program, hence in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder or a file in it cannot be read.
    #[error("不能读取规则文件 {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Mistakes in the files: file, line, column, what was seen and what was expected.
    #[error("规则文件有{}处错误，程序没有启动：\n{}", .0.0.len(), .0)]
    Mistakes(RuleErrors),
}

/// Loads the rules from a folder, or those built into the program.
pub fn load_rules(folder: Option<&Path>) -> Result<Rules, LoadError> {
    let rules = Rules::load(&rule_files(folder)?).map_err(LoadError::Mistakes)?;
    match app::register::misnamed(&rules) {
        wrong if wrong.is_empty() => Ok(rules),
        wrong => Err(LoadError::Mistakes(RuleErrors(wrong))),
    }
}

/// The text of the rules files, from a folder or from within the program.
pub fn rule_files(folder: Option<&Path>) -> Result<Vec<SourceFile>, LoadError> {
    match folder {
        None => {
            let built_in = |(path, text): &(&str, &str)| SourceFile {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            };
            Ok(embedded::FILES.iter().map(built_in).collect())
        }
        Some(folder) => {
            let mut files = Vec::new();
            collect(folder, folder, &mut files)?;
            Ok(files)
        }
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) -> Result<(), LoadError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| LoadError::Read { path, source }
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "kdl" || extension == "csv")
        {
            let text = fs::read_to_string(&path).map_err(failed(&path))?;
            let below = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            files.push(SourceFile { path: below, text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_built_in_are_those_of_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
        let mut from_folder = rule_files(Some(&folder)).unwrap();
        let mut built_in = rule_files(None).unwrap();
        from_folder.sort_by(|a, b| a.path.cmp(&b.path));
        built_in.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(from_folder, built_in);
    }
}
