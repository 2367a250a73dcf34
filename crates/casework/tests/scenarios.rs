//! Every scenario beside a procedure runs through `decide` as written.

use std::sync::Arc;

use casework::scenario;
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

#[test]
fn every_scenario_runs_as_written() {
    let mut shipped = Vec::new();
    files(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules"),
        "",
        &mut shipped,
    );
    let rules = Rules::load(&shipped)
        .unwrap_or_else(|errors| panic!("{} mistakes\n{errors}", errors.0.len()));
    let scenarios = scenario::parse(&rules)
        .unwrap_or_else(|errors| panic!("{} mistakes\n{errors}", errors.0.len()));
    assert!(!scenarios.is_empty(), "there are scenarios");
    let rules = Arc::new(rules);
    let mut failures = Vec::new();
    for one in &scenarios {
        let procedure = Arc::new(
            rules
                .procedure(&one.procedure)
                .expect("parsed against it")
                .clone(),
        );
        let (_, failed) = scenario::run(one, &rules, &procedure);
        failures.extend(
            failed
                .into_iter()
                .map(|failure| format!("“{}” {failure}", one.name)),
        );
    }
    assert!(
        failures.is_empty(),
        "{} of {} scenarios\n{}",
        failures.len(),
        scenarios.len(),
        failures.join("\n")
    );
}
