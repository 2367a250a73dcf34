//! The shipped rules load, and say what they hold.

use law::Rules;
use law::source::SourceFile;

fn files(folder: &std::path::Path, below: &str, out: &mut Vec<SourceFile>) {
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
            files(&entry.path(), &path, out);
        } else {
            out.push(SourceFile {
                path,
                text: std::fs::read_to_string(entry.path()).expect("readable"),
            });
        }
    }
}

fn shipped() -> Vec<SourceFile> {
    let mut out = Vec::new();
    files(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules"),
        "",
        &mut out,
    );
    out
}

#[test]
fn the_shipped_rules_load() {
    match Rules::load(&shipped()) {
        Ok(rules) => {
            let procedure = rules
                .procedure("penalty.ordinary")
                .expect("the ordinary penalty is there");
            assert!(procedure.acts.len() >= 50, "{} acts", procedure.acts.len());
            assert!(rules.items.len() >= 30);
        }
        Err(errors) => panic!("{} mistakes\n{errors}", errors.0.len()),
    }
}
