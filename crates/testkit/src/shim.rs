//! Small libraries in C that stand between a program under test and the system. They are compiled by the C compiler that
//! building needs anyway.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A folder with the library `name.so`, which every user may read and write in.
pub(crate) fn compiled(name: &str, source: &str) -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix(&format!("mingqu-{name}-"))
        .tempdir_in("/tmp")
        .expect("a temporary folder");
    // PostgreSQL runs as another user, and must read the library and write beside it.
    open_to_all(folder.path(), 0o777);
    let text = folder.path().join(format!("{name}.c"));
    fs::write(&text, source).expect("written");
    let library = folder.path().join(format!("{name}.so"));
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &text])
        .output()
        .unwrap_or_else(|error| panic!("{error}. There is no C compiler. Get one with: apt-get install -y --no-install-recommends gcc libc6-dev"));
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    folder
}

pub(crate) fn open_to_all(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}
