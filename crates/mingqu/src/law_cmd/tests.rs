//! What the subcommands answer, without a process: clap reads the line, the writer is a buffer.

use super::*;
use clap::Parser;
use serde_json::Value;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    law: Arguments,
}

fn ask(line: &str) -> Result<String, Failure> {
    static RULES: std::sync::LazyLock<Rules> =
        std::sync::LazyLock::new(|| mingqu::load_rules(None).unwrap());
    let parsed = Line::try_parse_from(std::iter::once("law").chain(line.split(' '))).unwrap();
    let mut out = Vec::new();
    answer(
        &parsed.law.command,
        (None, &RULES),
        Day::parse("2026-07-06").unwrap(),
        &mut out,
    )?;
    Ok(String::from_utf8(out).unwrap())
}

fn json(line: &str) -> Value {
    serde_json::from_str(&ask(&format!("{line} --json")).unwrap()).unwrap()
}

fn refused(line: &str) -> String {
    match ask(line) {
        Err(Failure::Input(sentence)) => sentence,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn a_last_day_in_the_holidays_moves_to_the_next_working_day() {
    let answer = json("deadline --from 2026-09-18 --count 15 --code F1");
    assert_eq!(answer["due"], "2026-10-08");
    assert_eq!(answer["provisional"], false);
    assert_eq!(answer["code"], "F1");
    assert_eq!(
        answer["period"],
        serde_json::json!({"text": "15日", "count": 15, "unit": "days"})
    );
    assert_eq!(answer["calendar"], "2019-2026");
    assert_eq!(answer["counted"][0]["days"], 15);
    assert_eq!(answer["counted"][0]["from"], "2026-09-19");
    assert_eq!(answer["skipped"][0]["why"], "起算当日");
    assert_eq!(answer["rolled"]["from"], "2026-10-03");
    assert_eq!(answer["rolled"]["why"], "国庆节");
    assert_eq!(answer["rule"], Value::Null);
    for key in ["warning_day", "basis", "summary", "from"] {
        assert!(answer.get(key).is_some(), "{key}");
    }
}

#[test]
fn each_code_counts_in_its_own_way() {
    for (line, due) in [
        ("--from 2026-09-28 --count 7 --code F2", "2026-10-13"),
        ("--from 2026-07-06 --count 90 --code F1H", "2026-10-04"),
        (
            "--from 2026-09-18T09:30 --count 24 --code F3",
            "2026-09-19T09:30",
        ),
        (
            "--from 2026-07-31 --count 3 --code F5 --unit months",
            "2026-11-02",
        ),
        (
            "--from 2026-07-20 --count 7 --code F4 --unit working-days",
            "2026-07-08",
        ),
    ] {
        assert_eq!(json(&format!("deadline {line}"))["due"], due, "{line}");
    }
    assert_eq!(
        json("deadline --from 2026-07-06 --count 90 --code F1H")["warning_day"],
        "2026-09-30"
    );
}

#[test]
fn a_date_past_the_calendar_is_provisional_and_said_so() {
    let line = "deadline --from 2026-12-28 --count 7 --code F2";
    let answer = json(line);
    assert_eq!(answer["provisional"], true);
    assert!(
        answer["summary"].as_str().unwrap().contains("暂定"),
        "{answer}"
    );
    assert!(
        ask(line)
            .unwrap()
            .starts_with("到期：2027-01-06(周三)（暂定）\n")
    );
}

#[test]
fn a_rule_brings_its_period_its_sentence_and_its_articles() {
    let answer = json("deadline --rule PUB-PEN-7WD --from 2026-09-28");
    assert_eq!(answer["due"], "2026-10-13");
    assert_eq!(answer["rule"]["id"], "PUB-PEN-7WD");
    assert_eq!(answer["rule"]["base"], "【处罚决定】之日");
    assert_eq!(answer["rule"]["setting"], "公示期限");
    assert_eq!(answer["rule"]["confirmed"], false);
    let text = ask("deadline --rule PUB-PEN-7WD --from 2026-09-28").unwrap();
    assert!(
        text.contains("法条：《三项制度指导意见》、《双公示指导意见》（依据待核）\n"),
        "{text}"
    );
    assert!(
        text.contains("起算：2026-09-28(周一)（【处罚决定】之日）\n"),
        "{text}"
    );

    let read = json("deadline --rule PEN-HEAR-REQ-5WD --from 2026-09-28");
    assert_eq!(read["rule"]["confirmed"], true);
    assert_eq!(
        read["rule"]["statutes"][0],
        "《行政处罚法》第六十四条第（一）项"
    );
    assert_eq!(
        json("deadline --rule TRF-SEND-24H --from 2026-09-28T16:00")["due"],
        "2026-09-29T16:00"
    );
    // Withdrawal counts from a dated fact, hearing notice backwards from the hearing, extension from the old due date.
    assert_eq!(
        json("deadline --rule PEN-WITHDRAW-3WD --from 2026-09-28")["rule"]["base"],
        "决定变动生效日"
    );
    assert_eq!(
        json("deadline --rule PEN-HEAR-NOTICE-7WD --from 2026-07-20")["due"],
        "2026-07-08"
    );
    assert_eq!(
        json("deadline --rule PEN-DECIDE-EXT --from 2026-10-04")["rule"]["base"],
        "原到期日"
    );
}

#[test]
fn wrong_input_is_answered_with_what_is_expected() {
    for (line, expected) in [
        (
            "deadline --from 20221111日 --count 15 --code F1",
            "应为 YYYY-MM-DD 的形式，例如 2022-11-11",
        ),
        (
            "deadline --from 2026-02-30 --count 15 --code F1",
            "2026年2月只有1日至28日",
        ),
        ("deadline --count 15 --code F1", "请写 --from 起算日"),
        (
            "deadline --from 2026-09-18",
            "请写期间：--count 15 --code F1",
        ),
        (
            "deadline --from 2026-09-18 --count 十五 --code F1",
            "应为大于零的整数",
        ),
        (
            "deadline --from 2026-09-18 --count 0 --code F1",
            "期间至少为1",
        ),
        (
            "deadline --from 2026-09-18 --count 15 --code F9",
            "应为 F1、F1H、F2、F3、F4、F5",
        ),
        (
            "deadline --from 2026-09-18 --count 7 --code F4",
            "须写明单位：--unit days（日）或--unit working-days（工作日）",
        ),
        (
            "deadline --from 2026-09-18 --count 3 --code F5",
            "--unit months（个月）或--unit years（年）",
        ),
        (
            "deadline --from 2026-09-18 --count 3 --code F2 --unit months",
            "不能以“个月”计",
        ),
        (
            "deadline --from 2026-09-18 --count 3 --code F5 --unit 周",
            "没有“周”这种期间单位",
        ),
        (
            "deadline --from 2026-09-18 --count 24 --code F3",
            "--from 写作 2026-09-18T09:30 的形式",
        ),
        (
            "deadline --from 2026-09-18 --rule PUB-PEN-8WD",
            "是不是“PUB-PEN-7WD”",
        ),
        ("deadline --from 2026-09-18 --rule G-NOTIFY", "没有规定期间"),
        (
            "deadline --from 2026-09-18 --rule PEN-CLUE-CHECK",
            "设定“线索核查期限”规定，本机关还没有设定数值",
        ),
        ("deadline --rule PUB-PEN-7WD", "这里是【处罚决定】之日"),
        (
            "deadline --rule PUB-PEN-7WD --from 2026-09-18 --count 3",
            "用了 --rule 就不再写",
        ),
        (
            "deadline --from 9999-12-30 --count 9 --code F1",
            "公元1年至9999年",
        ),
        (
            "show penalty.extraordinary",
            "、penalty.ordinary（行政处罚普通程序）、",
        ),
        (
            "show penalty.ordinary --format svg --date 2026.7.6",
            "应为 YYYY-MM-DD 的形式，例如 2026-07-06",
        ),
    ] {
        let sentence = refused(line);
        assert!(sentence.contains(expected), "{line}: {sentence}");
    }
}

#[test]
fn a_procedure_is_shown_as_text_data_and_chart() {
    assert!(
        ask("show penalty.ordinary")
            .unwrap()
            .starts_with("行政处罚普通程序（penalty.ordinary）\n")
    );
    let data = json("show penalty.ordinary");
    assert_eq!(data["id"], "penalty.ordinary");
    assert_eq!(
        data,
        serde_json::from_str::<Value>(&ask("show 行政处罚普通程序 --format json").unwrap())
            .unwrap()
    );
    let chart = ask("show penalty.ordinary --format svg --edition 2026年第1版").unwrap();
    assert!(chart.starts_with("<svg xmlns="));
    assert!(chart.contains("2026年第1版　·　按2026年7月6日有效的规定绘制"));
}

#[test]
fn a_chart_goes_to_a_file_where_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chart.svg");
    let said = ask(&format!(
        "show penalty.ordinary --format svg --out {}",
        file.display()
    ))
    .unwrap();
    assert_eq!(said, format!("已写入 {}\n", file.display()));
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .ends_with("</svg>\n")
    );
    let nowhere = folder.path().join("none").join("chart.svg");
    let failed = ask(&format!(
        "show penalty.ordinary --format svg --out {}",
        nowhere.display()
    ));
    assert!(matches!(failed, Err(Failure::World(_))), "{failed:?}");
}

/// The rules of the program in a folder, each file after `change`.
fn edition(change: impl Fn(&str, &str) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in mingqu::rule_files(None).unwrap() {
        let path = folder.path().join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, change(&file.path, &file.text)).unwrap();
    }
    folder
}

#[test]
fn an_edition_differs_by_what_it_says_and_not_by_where() {
    let same = edition(|_, text| text.to_owned());
    let at = same.path().to_str().unwrap();
    assert!(ask(&format!("diff {at}")).unwrap().contains("两套规则相同"));

    // A blank line moves everything below it, and says nothing.
    let moved = edition(|path, text| match path {
        "penalty.ordinary/10-lead-and-filing.kdl" => format!("\n{text}"),
        _ => text.to_owned(),
    });
    let found = json(&format!("diff {}", moved.path().display()));
    assert_eq!(found["differences"], serde_json::json!([]));
    assert_eq!(
        found["files"][0]["path"],
        "penalty.ordinary/10-lead-and-filing.kdl"
    );
    assert_eq!(found["files"][0]["gained"], 1);
}

#[test]
fn a_folder_that_is_no_edition_is_named_with_its_mistakes() {
    let broken = edition(|path, text| match path {
        "penalty.ordinary/10-lead-and-filing.kdl" => format!("{text}\n胡写\n"),
        _ => text.to_owned(),
    });
    let sentence = refused(&format!("diff {}", broken.path().display()));
    assert!(
        sentence.contains(&broken.path().display().to_string()) && sentence.contains("胡写"),
        "{sentence}"
    );
}

#[test]
fn a_changed_setting_is_told_with_all_that_rests_on_it() {
    let lower = edition(|path, text| match path {
        "settings.kdl" => text.replace(
            "hearing_fine_org 单位听证罚款起点 值=80000",
            "hearing_fine_org 单位听证罚款起点 值=50000",
        ),
        _ => text.to_owned(),
    });
    let told = ask(&format!("diff {}", lower.path().display())).unwrap();
    for line in [
        "改动设定 hearing_fine_org 单位听证罚款起点",
        "  － 值：¥80,000.00",
        "  ＋ 值：¥50,000.00",
        "  改动 settings.kdl　－1行 ＋1行",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let found = json(&format!("diff {}", lower.path().display()));
    let all = found["differences"].as_array().unwrap();
    assert!(all.iter().any(|one| one["element"] == "setting"));
    // The other way round, each line is taken away that was added.
    let own = edition(|_, text| text.to_owned());
    let back = format!("diff {} {}", lower.path().display(), own.path().display());
    assert!(ask(&back).unwrap().contains("  ＋ 值：¥80,000.00"));
}

#[test]
fn a_trial_without_a_record_tries_the_scenarios_alone() {
    let nowhere = tempfile::tempdir().unwrap();
    let data = nowhere.path().join("data");
    // The period that a scenario counts on is another one.
    let longer = edition(|path, text| match path {
        "penalty.ordinary/10-lead-and-filing.kdl" => {
            text.replace("期间 90 日 F1H", "期间 91 日 F1H")
        }
        _ => text.to_owned(),
    });
    let mut out = Vec::new();
    let line = format!(
        "law try {} --data {}",
        longer.path().display(),
        data.display()
    );
    let parsed = Line::try_parse_from(line.split(' ')).unwrap();
    let rules = mingqu::load_rules(None).unwrap();
    let today = Day::parse("2026-07-06").unwrap();
    let failed = answer(&parsed.law.command, (None, &rules), today, &mut out);
    let told = String::from_utf8(out).unwrap();
    assert!(told.contains("没有案件可以比较"), "{told}");
    assert!(!told.contains("不符0处"), "{told}");
    assert!(matches!(failed, Err(Failure::World(_))), "{failed:?}");
}

#[test]
fn coverage_counts_every_row_once_and_tries_the_record() {
    let rows = json("coverage");
    let rows = rows.as_array().unwrap();
    let of = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!(of("G-RECORD-TAMPER")["state"], "enforced");
    let told = of("G-RECORD-TAMPER")["reason"].as_str().unwrap();
    assert!(told.contains("与账本的承诺不符"), "{told}");
    assert_eq!(of("P-SF69-1")["table"], "8.1");

    let text = ask("coverage").unwrap();
    let counts = text.lines().filter(|line| !line.starts_with(' '));
    let counts = counts.filter_map(|line| {
        let (_, count) = line.split_once('：')?;
        count.strip_suffix('条')?.parse::<usize>().ok()
    });
    assert_eq!(counts.sum::<usize>(), rows.len());
    let last = text.lines().last().unwrap();
    assert!(
        last.starts_with("  表9  "),
        "tables in the order of the baseline: {last}"
    );
}

/// A file for a command line, which knows no blanks.
fn written(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

const CASES: &str = "案号,执法机关,立案日期,决定日期\n一号,甲局,2026-01-05,2026-06-04\n";

#[test]
fn a_history_is_appraised_and_kept_in_three_forms() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(&folder, "cases.csv", CASES);
    let said = ask(&format!("replay {file}")).unwrap();
    for part in [
        "penalty_table",
        "违反 PEN-DECIDE-90D（严重，扣20分）",
        "见“cases”第2行",
        "甲局：1件",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // What was kept is told only where asked for.
    assert!(!said.contains("  符合 ") && ask(&format!("replay {file} --all")).is_ok());
    let answer = json(&format!("replay {file}"));
    assert_eq!(answer["cases"][0]["appraisal"]["score"], 80);
    assert_eq!(answer["cases"][0]["appraisal"]["grade"], "合格");
    for ending in ["xlsx", "csv", "jsonl"] {
        let to = folder.path().join(format!("out.{ending}"));
        ask(&format!("replay {file} --to {}", to.display())).unwrap();
        assert!(std::fs::metadata(&to).unwrap().len() > 100, "{ending}");
    }
    assert!(refused(&format!("replay {file} --to out.pdf")).contains(".xlsx"));
}

#[test]
fn a_history_is_read_by_a_mapping_and_scored_by_a_table_that_are_brought_along() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(
        &folder,
        "ours.csv",
        "编号,甲,乙\n一号,2026-01-05,2026-06-04\n",
    );
    assert!(refused(&format!("replay {file}")).contains("没有认得这些栏的导入"));
    let mapping = "导入 ours 台账 { 程序 penalty.ordinary; 案件 编号; 行为 立案 日期=甲; 行为 处罚决定 日期=乙; }";
    let mapping = written(&folder, "ours.kdl", mapping);
    let scale =
        "评分 s 表 { 满分 10; 扣分 严重=4 一般=2 轻微=1; 等次 好 不低于=8; 等次 差 不低于=0; }";
    let scale = written(&folder, "scale.kdl", scale);
    let answer = json(&format!(
        "replay {file} --mapping {mapping} --scale {scale}"
    ));
    assert_eq!(answer["mapping"]["file"], "ours.kdl");
    assert_eq!(answer["mapping"]["digest"].as_str().unwrap().len(), 64);
    assert_eq!(answer["cases"][0]["appraisal"]["score"], 6);
    assert_eq!(answer["cases"][0]["appraisal"]["grade"], "差");
    let wrong = written(&folder, "wrong.kdl", "评分 s 表 { 满分 10; }");
    let said = refused(&format!(
        "replay {file} --mapping {mapping} --scale {wrong}"
    ));
    assert!(
        said.contains("评分表有错误") && said.contains("wrong.kdl:1:"),
        "{said}"
    );
    assert!(refused(&format!("replay {file} --mapping none")).contains("没有导入“none”"));
    assert!(refused("replay none.csv").contains("没有文件"));
}

#[test]
fn a_mapping_is_kept_by_the_agency_and_used_for_the_next_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(
        &folder,
        "ours.csv",
        "编号,甲,乙\n一号,2026-01-05,2026-06-04\n",
    );
    let mapping = "导入 ours 台账 { 程序 penalty.ordinary; 案件 编号; 行为 立案 日期=甲; 行为 处罚决定 日期=乙; }";
    let mapping = written(&folder, "ours.kdl", mapping);
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let data = data.display();
    let kept = format!("replay {file} --mapping {mapping} --keep 我局台账 --data {data}");
    ask(&kept).unwrap();
    let answer = json(&format!("replay {file} --kept 我局台账 --data {data}"));
    assert_eq!(answer["mapping"]["file"], "ours.kdl");
    assert_eq!(answer["cases"][0]["procedure"], "penalty.ordinary");
    let said = refused(&format!("replay {file} --kept 别的 --data {data}"));
    assert!(said.contains("没有保留导入“别的”；有：我局台账"), "{said}");
    let built_in = format!("replay {file} --mapping penalty_table --keep 甲 --data {data}");
    assert!(!refused(&built_in).is_empty());
}
