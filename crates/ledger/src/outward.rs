//! The folder that the portal reads: one bundle per publication, and the headers of withdrawn ones.
//!
//! `<id>.json` is a bundle. `withdrawn/<id>.json` is a bundle too: of the entry that withdrew it. Whoever rebuilds the
//! folder from the record gets the same pages.

use proof::Bundle;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The subfolder of the headers of withdrawn publications.
pub const WITHDRAWN: &str = "withdrawn";

/// Why a publication did not reach the folder.
#[derive(Debug, thiserror::Error)]
pub enum OutwardError {
    /// The id cannot be a file name and an address.
    #[error("{0:?} cannot be the id of a publication: letters, digits, - and _ only")]
    BadId(String),
    /// The folder cannot be written.
    #[error("the publication folder could not be written at {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Puts a publication into the folder, whole or not at all.
pub fn disclose(folder: &Path, id: &str, bundle: &Bundle) -> Result<(), OutwardError> {
    replace(&folder.join(file_name(id)?), bundle)
}

/// Puts the header of a withdrawn publication in place of its content; `bundle` shows the entry that withdrew it.
pub fn withdraw(folder: &Path, id: &str, bundle: &Bundle) -> Result<(), OutwardError> {
    let name = file_name(id)?;
    // First the header, then the content goes: at no moment is neither there.
    replace(&folder.join(WITHDRAWN).join(&name), bundle)?;
    let path = folder.join(name);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(OutwardError::Write { path, source })
        }
        _ => Ok(()),
    }
}

fn file_name(id: &str) -> Result<String, OutwardError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if id.is_empty() || id.len() > 100 || !id.chars().all(fits) {
        return Err(OutwardError::BadId(id.to_owned()));
    }
    Ok(format!("{id}.json"))
}

fn replace(path: &Path, bundle: &Bundle) -> Result<(), OutwardError> {
    let refused = |source| OutwardError::Write {
        path: path.to_owned(),
        source,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(refused)?;
    // Not `.json`: the portal never sees a file that is half written.
    let half = path.with_extension("json.part");
    let mut file = File::create(&half).map_err(refused)?;
    file.write_all(&bundle.to_json()).map_err(refused)?;
    file.sync_all().map_err(refused)?;
    fs::rename(&half, path).map_err(refused)?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proof::{Label, Part, Sensitivity};

    fn bundle(body: &str) -> Bundle {
        let label = Label::parse("disclosure").expect("a label");
        let part = Part {
            label,
            sensitivity: Sensitivity::Public,
            salt: [1; 32],
            body: body.into(),
        };
        Bundle::new("mingqu.test/log", 0, 1, b"{}", &[], "note", &part)
    }

    #[test]
    fn a_withdrawal_leaves_its_header_and_no_content() {
        let folder = tempfile::tempdir().expect("a folder");
        disclose(folder.path(), "d-1", &bundle("content")).expect("written");
        disclose(folder.path(), "d-1", &bundle("content, corrected")).expect("replaced");
        withdraw(folder.path(), "d-1", &bundle("header")).expect("withdrawn");
        withdraw(folder.path(), "d-1", &bundle("header")).expect("again, after a crash");
        let header = fs::read(folder.path().join("withdrawn/d-1.json")).expect("there");
        assert_eq!(Bundle::parse(&header).expect("whole"), bundle("header"));
        let left: Vec<_> = fs::read_dir(folder.path()).expect("there").collect();
        assert_eq!(left.len(), 1, "only the folder of withdrawals: {left:?}");
    }

    #[test]
    fn an_id_cannot_lead_out_of_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        for id in ["../d", "", "a/b", "."] {
            let refused = disclose(folder.path(), id, &bundle("content"));
            assert!(matches!(refused, Err(OutwardError::BadId(_))), "{id}");
        }
    }
}
