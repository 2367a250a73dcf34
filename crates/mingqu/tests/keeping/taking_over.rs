//! Cases on paper come in by `mingqu take-over`.

use super::{fails, mingqu, succeeds};
use std::fs;
use std::path::Path;

const BY: [&str; 4] = ["--entered-by", "p01", "--approved-by", "p06"];

fn take_over<'a>(folder: &Path, more: &[&'a str]) -> std::process::Command {
    let mut arguments: Vec<&'a str> = vec!["take-over", "--from", "台账.csv", "--scans", "scans"];
    arguments.extend(BY);
    if !more.contains(&"--check") {
        arguments.push("--rehearse");
    }
    arguments.extend(more);
    mingqu(folder, &arguments)
}

#[test]
fn a_ledger_is_judged_then_taken_over_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let ledger = "案件序号,当事人,当事人类型,承办人,案由,立案日期,立案号,立案批准人,立案扫描件\n\
        1,某砂石有限公司,法人,陆清源、闻一舟,擅自取水,2026.3.5,演水立字〔2026〕3号,荀正岳,一.pdf\n\
        2,某洗砂有限公司,法人,陆清源、闻一舟,擅自取水,2026.3.5,演水立字〔2026〕4号,荀正岳,二.pdf\n";
    fs::write(folder.join("台账.csv"), ledger).unwrap();
    fs::create_dir(folder.join("scans")).unwrap();
    fs::write(folder.join("scans/一.pdf"), "%PDF-1.4\n%%EOF\n").unwrap();

    let said = fails(&mut take_over(folder, &["--check"]));
    assert!(said.contains("案件 1 可以接续"), "{said}");
    assert!(said.contains("没有“二.pdf”"), "{said}");
    assert!(said.contains("可以接续1件，已接续0件"), "{said}");

    let said = fails(&mut take_over(folder, &["--report", "结果.xlsx"]));
    assert!(
        said.contains("已接续1件，以前已接续0件，没有接续1件"),
        "{said}"
    );
    assert!(folder.join("结果.xlsx").exists());

    // The missing scan is found; the first case stays once.
    fs::write(folder.join("scans/二.pdf"), "%PDF-1.4\n%%EOF\n").unwrap();
    let said = succeeds(&mut take_over(folder, &[]));
    assert!(
        said.contains("已接续1件，以前已接续1件，没有接续0件"),
        "{said}"
    );
    let said = succeeds(&mut mingqu(folder, &["ledger", "verify", "--data", "data"]));
    // The agency file's own entry, and one for each case.
    assert!(said.contains("全部 3 条记录"), "{said}");
}

#[test]
fn templates_are_written_once_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let which = ["--procedure", "penalty.ordinary"];
    let make = || {
        let mut arguments = vec!["take-over", "--template", "在办案件.xlsx"];
        arguments.extend(which);
        mingqu(folder.path(), &arguments)
    };
    succeeds(&mut make());
    // Somebody may have filled it in.
    let said = fails(&mut make());
    assert!(said.contains("在办案件.xlsx"), "{said}");
    let mut arguments = vec!["take-over", "--rehearse", "--from", "在办案件.xlsx"];
    arguments.extend(which);
    arguments.extend(BY);
    let said = succeeds(&mut mingqu(folder.path(), &arguments));
    assert!(said.contains("共0件"), "{said}");
    let mut arguments = vec!["take-over", "--from", "没有.xlsx"];
    arguments.extend(BY);
    let empty = tempfile::tempdir().unwrap();
    fails(&mut mingqu(empty.path(), &arguments));
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
}
