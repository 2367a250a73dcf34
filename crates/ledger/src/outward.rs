//! The folder that the portal reads: bundles arrive in its inbox, and the portal takes them in.
//!
//! `inbox/<place in the log>-<id>.json` is what was just published; the portal verifies it and puts it on a shelf, as
//! `<id>.json`, or as `withdrawn/<id>.json` where the entry withdrew the publication. Whoever delivers everything again
//! from the record gets the same pages.

use crate::tiles;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proof::{Bundle, Disclosure};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The subfolder in which bundles arrive.
pub const INBOX: &str = "inbox";
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

/// Puts the bundle of a publication, or of its withdrawal, into the inbox, whole or not at all.
pub fn deliver(folder: &Path, id: &str, bundle: &Bundle) -> Result<(), OutwardError> {
    let inbox = folder.join(INBOX);
    let name = file_name(bundle.index, id)?;
    replace(&inbox.join(&name), bundle)?;
    // Where no portal has taken it in yet, what this one replaces still lies here.
    if replaces(bundle) {
        let failed = |source| OutwardError::Write {
            path: inbox.clone(),
            source,
        };
        for entry in fs::read_dir(&inbox).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let older = path.file_name().and_then(|other| other.to_str());
            if older.is_some_and(|other| is_of(other, id) && other < name.as_str()) {
                fs::remove_file(&path).or_else(gone).map_err(failed)?;
            }
        }
        sync(&inbox).map_err(failed)?;
    }
    Ok(())
}

/// Whether the folder has this entry, or a later one, of the publication: taken in, or on its way.
pub fn holds(folder: &Path, leaf_index: u64, id: &str) -> bool {
    let Ok(name) = file_name(leaf_index, id) else {
        return false;
    };
    let taken_in = [folder.to_owned(), folder.join(WITHDRAWN)];
    folder.join(INBOX).join(name).exists()
        || taken_in.iter().any(|shelf| {
            let bundle = fs::read(shelf.join(format!("{id}.json")));
            let bundle = bundle.ok().and_then(|json| Bundle::parse(&json).ok());
            bundle.is_some_and(|bundle| bundle.index >= leaf_index)
        })
}

/// Whether there is neither a bundle nor a published log: then everything is to be delivered again.
pub fn is_empty(folder: &Path) -> io::Result<bool> {
    if folder.join(tiles::FOLDER).exists() {
        return Ok(false);
    }
    for below in [
        folder.to_owned(),
        folder.join(INBOX),
        folder.join(WITHDRAWN),
    ] {
        let entries = match fs::read_dir(&below) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            if entry?.path().extension().is_some_and(|it| it == "json") {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Whether there may be an earlier bundle of the publication. Only then is the inbox, which may be long, looked through.
fn replaces(bundle: &Bundle) -> bool {
    let body = STANDARD.decode(&bundle.part.body).unwrap_or_default();
    match serde_json::from_slice::<Disclosure>(&body) {
        Ok(disclosure) => !disclosure.earlier.is_empty(),
        Err(_) => true,
    }
}

fn file_name(leaf_index: u64, id: &str) -> Result<String, OutwardError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if id.is_empty() || id.len() > 100 || !id.chars().all(fits) {
        return Err(OutwardError::BadId(id.to_owned()));
    }
    Ok(format!("{leaf_index:012}-{id}.json"))
}

fn is_of(name: &str, id: &str) -> bool {
    let id_of = name
        .strip_suffix(".json")
        .and_then(|stem| stem.split_once('-'));
    id_of.is_some_and(|(place, of)| place.len() == 12 && of == id)
}

fn gone(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all())
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
    sync(folder).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proof::{Label, Part, Replaced, Sensitivity, Withdrawal};
    use serde::Serialize;

    fn bundle(index: u64, body: &impl Serialize) -> Bundle {
        let label = Label::parse("publication").expect("a label");
        let part = Part {
            label,
            sensitivity: Sensitivity::Public,
            salt: [1; 32],
            body: serde_json::to_vec(body).expect("JSON"),
        };
        Bundle::new(
            "mingqu.test/log",
            index,
            index + 1,
            b"{}",
            &[],
            "note",
            &part,
        )
    }

    fn corrected() -> Disclosure {
        let earlier = Replaced {
            leaf: 7,
            commitment: "00".to_owned(),
            disclosed_on: "2026-10-13".to_owned(),
            replaced_on: "2026-10-14".to_owned(),
            reason: "当事人名称有误".to_owned(),
        };
        Disclosure {
            earlier: vec![earlier],
            ..Disclosure::default()
        }
    }

    fn inbox(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder.join(INBOX)).expect("there");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_replaced_before_anybody_read_it_does_not_stay_in_the_inbox() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let first = Disclosure::default();
        deliver(folder, "d-1", &bundle(7, &first)).expect("delivered");
        deliver(folder, "d-11", &bundle(8, &first)).expect("delivered");
        deliver(folder, "d-1", &bundle(9, &corrected())).expect("delivered");
        let other = "000000000008-d-11.json";
        assert_eq!(inbox(folder), [other, "000000000009-d-1.json"]);
        let withdrawal = bundle(10, &Withdrawal::default());
        deliver(folder, "d-1", &withdrawal).expect("delivered");
        deliver(folder, "d-1", &withdrawal).expect("again, after a crash");
        assert_eq!(inbox(folder), [other, "000000000010-d-1.json"]);
    }

    #[test]
    fn an_entry_is_held_on_its_way_and_once_it_was_taken_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        assert!(is_empty(folder).expect("read") && !holds(folder, 7, "d-1"));
        deliver(folder, "d-1", &bundle(7, &Disclosure::default())).expect("delivered");
        assert!(!is_empty(folder).expect("read") && holds(folder, 7, "d-1"));
        assert!(!holds(folder, 8, "d-1") && !holds(folder, 7, "d-11"));
        fs::rename(
            folder.join(INBOX).join("000000000007-d-1.json"),
            folder.join("d-1.json"),
        )
        .expect("taken in");
        assert!(!is_empty(folder).expect("read"));
        assert!(holds(folder, 7, "d-1") && holds(folder, 6, "d-1") && !holds(folder, 8, "d-1"));
    }

    #[test]
    fn an_id_cannot_lead_out_of_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        for id in ["../d", "", "a/b", "."] {
            let refused = deliver(folder.path(), id, &bundle(0, &Disclosure::default()));
            assert!(matches!(refused, Err(OutwardError::BadId(_))), "{id}");
        }
    }
}
