//! The guided tour of a demonstration: what it says stands in a file, and which case is which in another one.

use crate::serve::REHEARSAL;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use web::{Script, Tour};

const SCRIPT: &str = include_str!("../assets/tour.json");
/// The ids of the cases by the names of their files, written by whoever made the demonstration.
pub(crate) const CASES: &str = "demo-cases.json";

/// The tour of the demonstration in this data folder.
pub(crate) fn tour(data: &Path, portal: SocketAddr) -> Result<Tour> {
    Ok(Tour {
        script: script()?,
        portal,
        password: REHEARSAL.to_owned(),
        cases: cases(&data.join(CASES))?,
    })
}

fn script() -> Result<Script> {
    serde_json::from_str(SCRIPT).context("导览文件有错")
}

/// None where no demonstration was made.
fn cases(path: &Path) -> Result<BTreeMap<String, String>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => {
            return Err(error).with_context(|| format!("不能读取 {}", path.display()));
        }
    };
    serde_json::from_str(&text).with_context(|| format!("{} 有错", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_for_print_says_the_same() {
        let guide = include_str!("../../../docs/guides/tour.md");
        let script = script().expect("the tour is read");
        assert_eq!(script.steps.len(), 10);
        let mut texts = vec![&script.title, &script.lead];
        texts.extend(&script.how);
        for step in &script.steps {
            texts.push(&step.title);
            texts.extend(step.does.iter().chain(&step.sees));
            texts.push(&step.why);
            texts.extend(step.links.iter().map(|link| &link.text));
        }
        for text in texts {
            assert!(
                guide.contains(text.as_str()),
                "docs/guides/tour.md lacks: {text}"
            );
        }
        let steps = guide.lines().filter(|line| line.starts_with("## ")).count();
        assert_eq!(steps, script.steps.len(), "a heading for each step");
    }

    #[test]
    fn a_folder_without_a_demonstration_has_no_cases_and_a_damaged_file_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(CASES);
        assert_eq!(cases(&path).expect("none"), BTreeMap::new());
        fs::write(&path, r#"{"well-without-meter": "0199"}"#).expect("written");
        assert_eq!(cases(&path).expect("one").len(), 1);
        fs::write(&path, "[").expect("written");
        assert!(cases(&path).is_err());
    }
}
