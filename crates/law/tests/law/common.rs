//! The files of `rules/`, as they are shipped.

use std::path::Path;

use law::source::SourceFile;

/// A file of a rules folder, written in a test.
pub fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.into(),
        text: text.into(),
    }
}

/// The official calendar.
pub fn calendar() -> SourceFile {
    file(
        "calendar/workdays.csv",
        include_str!("../../../../rules/calendar/workdays.csv"),
    )
}

/// Every file below `rules/`.
pub fn shipped() -> Vec<SourceFile> {
    let mut out = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    read(&folder, "", &mut out);
    out
}

fn read(folder: &Path, below: &str, out: &mut Vec<SourceFile>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .expect("rules/ is there")
        .filter_map(Result::ok)
        .collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if entry.path().is_dir() {
            read(&entry.path(), &path, out);
        } else {
            out.push(SourceFile {
                path,
                text: std::fs::read_to_string(entry.path()).expect("readable"),
            });
        }
    }
}
