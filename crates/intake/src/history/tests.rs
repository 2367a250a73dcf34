//! Files from elsewhere: those that are right, and those that clerks really send.

use super::*;
use crate::book::BookError;
use casework::replay::{Judgment, Severity};
use law::source::SourceFile;
use rust_xlsxwriter::{Format, Workbook};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    fn collect(folder: &Path, below: &str, files: &mut Vec<SourceFile>) {
        for entry in fs::read_dir(folder).expect("the rules") {
            let path = entry.expect("a file").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            let name = format!("{below}{name}");
            if path.is_dir() {
                collect(&path, &format!("{name}/"), files);
            } else if name.ends_with(".kdl") || name.ends_with(".csv") {
                let text = fs::read_to_string(&path).expect("a text");
                files.push(SourceFile { path: name, text });
            }
        }
    }
    let mut files = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    collect(&folder, "", &mut files);
    Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"))
});

fn check_by(
    name: &str,
    content: &[u8],
    choice: &MappingChoice<'_>,
    procedure: Option<&str>,
) -> Result<Report, HistoryError> {
    check_all(
        Material {
            name,
            content,
            is_complete: false,
        },
        choice,
        procedure,
    )
}

fn check_all(
    material: Material<'_>,
    choice: &MappingChoice<'_>,
    procedure: Option<&str>,
) -> Result<Report, HistoryError> {
    let agency = Agency::default();
    let bench = Bench {
        rules: &RULES,
        agency: &agency,
        table: &RULES.scores[0],
        today: Day::parse("2026-09-18").expect("a day"),
    };
    bench.check(&material, choice, procedure)
}

fn check(name: &str, content: &[u8]) -> Report {
    check_by(name, content, &MappingChoice::Fitting, None).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(name: &str, content: &[u8]) -> String {
    match check_by(name, content, &MappingChoice::Fitting, None) {
        Ok(report) => panic!("{report:?}"),
        Err(error) => error.to_string(),
    }
}

/// The departures: case, rule, severity, and the entries that show the first.
fn departures(report: &Report) -> Vec<(String, String, Severity, String)> {
    let mut all = Vec::new();
    for case in &report.cases {
        for one in case.of(Judgment::Departed) {
            let shown = report::shown(&one.departures[0].shown);
            let case = case.answer.case.clone();
            all.push((case, one.rule.clone(), one.severity, shown));
        }
    }
    all
}

const CASES: &str = "处罚案件一览表（2026年）,,,,,\n\
案号,执法机关,立案日期,决定日期,公示日期,备注\n\
一号,甲县水利局,2026-01-05,2026年6月4日,2026.6.5,照常\n\
\n\
二号,甲县水利局,２０２６/３/５,20260420,无,\n";

#[test]
fn a_row_holds_a_case_and_a_departure_names_file_line_and_column() {
    let report = check("一览表.csv", CASES.as_bytes());
    assert_eq!(report.procedure, "penalty.ordinary");
    let mapping = report.mapping.as_ref().expect("a mapping");
    assert_eq!(
        (mapping.id.as_str(), mapping.file.as_deref()),
        ("penalty_table", None)
    );
    assert_eq!(mapping.digest, RULES.digest);
    assert_eq!(
        departures(&report),
        [(
            "一号".to_owned(),
            "PEN-DECIDE-90D".to_owned(),
            Severity::Grave,
            "“一览表”第3行“立案日期”栏【立案】2026-01-05；“一览表”第3行“决定日期”栏【处罚决定】2026-06-04"
                .to_owned()
        )]
    );
    // The word for an empty cell is one, and no line is lost though one is empty.
    assert_eq!(report.cases.len(), 2);
    assert_eq!(report.cases[1].answer.problems, Vec::<String>::new());
    let decided = |case: &CaseReport| {
        let mut kept = case.of(Judgment::Kept);
        kept.any(|one| one.rule == "PEN-DECIDE-90D" && one.reason.contains("46日"))
    };
    assert!(decided(&report.cases[1]));
    // What the mapping does not know is named.
    assert_eq!(report.unread, ["“备注”栏没有读（1行有内容）"]);
    let agency = &report.agencies[0];
    assert_eq!((agency.agency.as_str(), agency.cases), ("甲县水利局", 2));
    assert_eq!(agency.mean_tenths, Some(900));
    assert_eq!(agency.frequent[0].rule, "PEN-DECIDE-90D");
}

#[test]
fn the_encodings_of_office_programs_read_the_same() {
    let plain = check("一览表.csv", CASES.as_bytes());
    let marked = [b"\xef\xbb\xbf".as_slice(), CASES.as_bytes()].concat();
    let (gb, _, _) = encoding_rs::GB18030.encode(CASES);
    for content in [marked.as_slice(), &gb] {
        let other = check("一览表.csv", content);
        assert_eq!(other.cases, plain.cases);
    }
    let said = refused("一览表.csv", b"\xff\xff\x80\x80");
    assert_eq!(said, BookError::Encoding.to_string());
    assert!(refused("一览.jsonl", b"\xff\xff\x80").contains("GB18030"));
    assert!(refused("一览.jsonl", b"  \n").contains("没有内容"));
}

const ACTS: &str = "案号,行为,日期,当事人序号,事实\n\
一号,立案,2026-03-05,,有违法事实=否；跳舞=是\n\
一号,处罚决定,2026-06-04,1,\n\
一号,处罚决定,2026-06-04,1,\n\
一号,跳舞,2026-06-05,,\n\
一号,公示(处罚决定公示),6月30日,,\n\
,立案,2026-03-05,,\n\
一号,处罚决定,2026-06-05,甲,\n\
一号,,2026-06-06,,\n";

#[test]
fn a_row_holds_an_act_and_what_cannot_be_read_is_told_at_its_cell() {
    let report = check_by(
        "逐项.csv",
        ACTS.as_bytes(),
        &MappingChoice::Fitting,
        Some("penalty.ordinary"),
    )
    .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.problems, ["“逐项”第7行没有案号，这一行没有读入"]);
    let [case] = report.cases.as_slice() else {
        panic!("{:?}", report.cases);
    };
    let problems = &case.answer.problems;
    assert_eq!(problems.len(), 6, "{problems:#?}");
    for (problem, parts) in problems.iter().zip([
        ["第2行“事实”栏", "没有事实“跳舞”"],
        ["第4行", "与“逐项”第3行“日期”栏重复，只算一次"],
        ["第5行“行为”栏", "没有行为“跳舞”"],
        ["第6行“日期”栏", "“6月30日”不是日期"],
        ["第8行“当事人序号”栏", "不是当事人序号"],
        ["第9行", "没有写行为"],
    ]) {
        for part in parts {
            assert!(problem.contains(part), "{part}: {problem}");
        }
    }
    let found = departures(&report);
    let of = |rule: &str| found.iter().find(|it| it.1 == rule).map(|it| it.3.as_str());
    assert_eq!(
        of("G-FILE-STD"),
        Some("“逐项”第2行“日期”栏【立案】2026-03-05")
    );
    // It fits any procedure, hence it must be named.
    let said = refused("逐项.csv", ACTS.as_bytes());
    assert!(said.contains("请指定按哪个程序"), "{said}");
}

#[test]
fn the_dossier_fails_by_a_veto_and_nothing_that_is_unknown_costs_points() {
    let of = |is_complete| {
        let material = Material {
            name: "逐项.csv",
            content: ACTS.as_bytes(),
            is_complete,
        };
        let choice = MappingChoice::Named("acts_table");
        check_all(material, &choice, Some("penalty.ordinary"))
            .unwrap_or_else(|error| panic!("{error}"))
    };
    // Nobody says that a table tells everything.
    assert_eq!(of(false).cases[0].appraisal.vetoes, Vec::<String>::new());
    let report = of(true);
    let appraisal = &report.cases[0].appraisal;
    // It tells the whole dossier, in which nobody was notified.
    assert!(
        appraisal.vetoes.contains(&"G-NOTIFY".to_owned()),
        "{appraisal:?}"
    );
    assert_eq!(appraisal.grade.as_deref(), Some("不合格"));
    assert!(appraisal.is_provisional && appraisal.to_look_up > 0);
    let costs = |rule: &str| appraisal.deductions.iter().any(|it| it.rule == rule);
    for one in report.cases[0].of(Judgment::CannotBeJudged) {
        assert!(!costs(&one.rule), "{}", one.rule);
    }
}

#[test]
fn a_workbook_is_read_with_its_dates_and_a_merged_case_number() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("办案").expect("a name");
    for (column, name) in (0u16..).zip(["案号", "行为", "日期"]) {
        sheet.write(0, column, name).expect("a cell");
    }
    let date = Format::new().set_num_format("yyyy-mm-dd");
    sheet
        .merge_range(1, 0, 2, 0, "一号", &Format::new())
        .expect("merged");
    sheet.write(1, 1, "立案").expect("a cell");
    sheet
        .write_with_format(1, 2, 46_086, &date)
        .expect("a cell");
    sheet.write(2, 1, "处罚决定").expect("a cell");
    // Days counted without a format of dates are days all the same.
    sheet.write(2, 2, 46_177).expect("a cell");
    book.add_worksheet().write(0, 0, "说明").expect("a cell");
    let content = book.save_to_buffer().expect("a workbook");
    let report = check_by(
        "办案.xlsx",
        &content,
        &MappingChoice::Fitting,
        Some("penalty.ordinary"),
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let found = departures(&report);
    let late = found.iter().find(|it| it.1 == "PEN-DECIDE-90D");
    assert_eq!(
        late.map(|it| it.3.as_str()),
        Some("“办案”第2行“日期”栏【立案】2026-03-05；“办案”第3行“日期”栏【处罚决定】2026-06-04")
    );
    assert_eq!(report.unread, ["“Sheet2”这张表没有读：没有认得的栏"]);
}

#[test]
fn a_heading_that_stands_twice_is_refused_with_its_columns() {
    let text = "案号,立案日期,决定日期,立案日期\n一号,2026-01-05,,2026-01-06\n";
    let said = refused("一览表.csv", text.as_bytes());
    assert_eq!(
        said,
        "“一览表”第1行的栏名“立案日期”写了两次（B、D列）；合并的表头请拆开，各栏写不同的栏名"
    );
}

#[test]
fn a_case_number_that_stands_twice_makes_two_cases() {
    let text = "案号,立案日期,决定日期\n一号,2026-01-05,\n一号,2026-02-05,2026-02-06\n";
    let report = check("一览表.csv", text.as_bytes());
    let names: Vec<&str> = report
        .cases
        .iter()
        .map(|it| it.answer.case.as_str())
        .collect();
    assert_eq!(names, ["一号", "一号（“一览表”第3行）"]);
    assert!(report.cases[1].answer.problems[0].contains("与“一览表”第2行的相同"));
}

const OWN: &str = r#"导入 our_ledger 我局台账 {
    程序 penalty.ordinary
    案件 编号
    机关 单位
    行为 立案 { 日期 "立案(年月日)"; }
    行为 处罚决定 日期=定案 { 当 结果 没有日期也算=#true 罚款; }
    行为 责令改正 日期=定案 { 当 结果 只有=#true 责令改正; }
    事实 当事人类型 列=对象 { 对应 个人 公民; 略过 其他; }
    事实 决定处罚内容 种类=结果 罚款=金额 { 略过 责令改正; }
}"#;

fn own_file(text: &str) -> SourceFile {
    SourceFile {
        path: "我局台账.kdl".to_owned(),
        text: text.to_owned(),
    }
}

#[test]
fn a_mapping_that_is_brought_along_is_kept_with_its_digest() {
    let table = "编号,单位,立案（年月日）,定案,结果,对象,金额\n\
一号,甲局,2026-01-05,2026-06-04,罚款、责令改正,个人,２０００元\n\
二号,乙局,2026-01-05,2026-06-04,责令改正,其他,\n\
三号,乙局,2026-01-05,,罚款,单位,两万\n";
    let file = own_file(OWN);
    let check = |table: &str| {
        check_by(
            "台账.csv",
            table.as_bytes(),
            &MappingChoice::Brought(&file),
            None,
        )
        .unwrap_or_else(|error| panic!("{error}"))
    };
    let report = check(table);
    let mapping = report.mapping.as_ref().expect("a mapping");
    assert_eq!(mapping.file.as_deref(), Some("我局台账.kdl"));
    assert_eq!(mapping.digest.len(), 64);
    assert_eq!(check(table), report);
    // The same day is a penalty in one row and an order to correct in another.
    let found = departures(&report);
    let late: Vec<&str> = found.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(late, ["一号"]);
    let problems = &report.cases[2].answer.problems;
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("“对象”栏") && problems[1].contains("“金额”栏"));
    // It was decided, nobody says when.
    let third = &report.cases[2];
    let missing = |one: &&casework::replay::RuleAnswer| one.reason.contains("【处罚决定】的日期");
    assert!(third.of(Judgment::CannotBeJudged).any(|one| missing(&one)));
    let agencies: Vec<&str> = report
        .agencies
        .iter()
        .map(|it| it.agency.as_str())
        .collect();
    assert_eq!(agencies, ["乙局", "甲局"]);
}

#[test]
fn a_mapping_with_mistakes_is_refused_at_their_places() {
    for (from, to, expected) in [
        ("行为 立案", "行为 跳舞", "没有这个行为"),
        ("对应 个人 公民", "对应 个人 居民", "应当是公民"),
        (
            "没有日期也算=#true 罚款",
            "没有日期也算=#true",
            "“当”没有写全",
        ),
        ("案件 编号", "按件 编号", "不认识的“按件”"),
        ("程序 penalty.ordinary", "程序 penalty.none", "没有程序"),
        ("导入 our_ledger", "导人 our_ledger", "不认识的“导人”"),
    ] {
        let file = own_file(&OWN.replace(from, to));
        let answer = check_by("台账.csv", b"a,b\n", &MappingChoice::Brought(&file), None);
        let said = answer.err().map(|error| error.to_string());
        let said = said.unwrap_or_else(|| panic!("{to} is taken"));
        assert!(said.contains("我局台账.kdl:"), "{said}");
        assert!(said.contains(expected), "{to}: {said}");
    }
}

#[test]
fn a_file_that_nobody_knows_is_refused_with_what_was_seen() {
    let said = refused("表.csv", "甲,乙\n1,2\n".as_bytes());
    assert!(said.contains("甲") && said.contains('乙'), "{said}");
    let said = check_by(
        "表.csv",
        CASES.as_bytes(),
        &MappingChoice::Named("none"),
        None,
    );
    assert!(
        said.err()
            .is_some_and(|error| error.to_string().contains("penalty_table"))
    );
    let asked = check_by(
        "表.csv",
        CASES.as_bytes(),
        &MappingChoice::Named("penalty_table"),
        Some("license"),
    );
    assert!(
        asked
            .err()
            .is_some_and(|it| it.to_string().contains("不能按“license”判断"))
    );
    assert!(refused("表.xlsx", b"PK no workbook").contains("损坏"));
}

#[test]
fn lines_of_our_own_notation_need_no_mapping() {
    let text = "{\"case\":\"A\",\"agency\":\"甲局\",\"act\":\"立案\",\"on\":\"2026-01-05\"}\n\
{\"case\":\"A\",\"act\":\"处罚决定\",\"on\":\"2026-06-04\"}\nnothing\n";
    let report = check("acts.jsonl", text.as_bytes());
    assert!(report.mapping.is_none() && report.problems.len() == 1);
    assert!(report.problems[0].starts_with("第3行看不懂"));
    assert_eq!(report.agencies[0].agency, "甲局");
}

#[test]
fn what_was_found_is_kept_as_workbook_values_and_lines() {
    use calamine::{Reader, Xlsx};
    let report = check("一览表.csv", CASES.as_bytes());
    let bytes = workbook(&report).expect("a workbook");
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).expect("a workbook");
    assert_eq!(
        book.sheet_names(),
        ["评查得分", "问题清单", "待查事项", "机关汇总", "检查所据"]
    );
    let of = |book: &mut Xlsx<_>, sheet: &str, row: u32, column: u32| {
        let range = book.worksheet_range(sheet).expect("the sheet");
        range.get_value((row, column)).map(ToString::to_string)
    };
    assert_eq!(of(&mut book, "评查得分", 1, 2).as_deref(), Some("80"));
    assert_eq!(
        of(&mut book, "问题清单", 1, 3).as_deref(),
        Some("PEN-DECIDE-90D")
    );
    assert_eq!(
        of(&mut book, "问题清单", 1, 9).as_deref(),
        Some("一览表.csv")
    );
    assert_eq!(of(&mut book, "机关汇总", 1, 3).as_deref(), Some("90.0"));
    let values = comma_separated(&report).expect("values");
    let values = String::from_utf8(values).expect("a text");
    assert!(
        values.starts_with("\u{feff}案件,") && values.lines().count() == 2,
        "{values}"
    );
    let lines = json_lines(&report).expect("lines");
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a record"))
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["mapping"]["id"], "penalty_table");
    assert_eq!(lines[1]["appraisal"]["score"], 80);
    let said = text(&report, false);
    for part in [
        "一号（甲县水利局）",
        "80分，合格，暂评",
        "见“一览表”第3行",
        "扣20分",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn rows_of_a_table_name_their_procedure_and_one_report_spans_all() {
    let table = "案号,程序,机关,立案日期,决定日期,受理日期,准予决定日期,许可事项,办理方式\n\
        一号,行政处罚普通程序,甲局,2026-01-05,2026-06-04,,,,\n\
        二号,license,甲局,,,2026-01-05,2026-06-04,河道采砂许可,本机关单独办理\n\
        三号,penalty.ordinary,甲局,2026-03-05,2026-04-20,,,,\n";
    let report = check("一览表.csv", table.as_bytes());
    assert_eq!(report.procedure, "penalty.ordinary、license");
    let cases = report.cases.iter();
    let cases: Vec<(&str, &str)> = cases
        .map(|it| (it.answer.case.as_str(), it.procedure.as_str()))
        .collect();
    let expected = [
        ("一号", "penalty.ordinary"),
        ("三号", "penalty.ordinary"),
        ("二号", "license"),
    ];
    assert_eq!(cases, expected);
    // Each is judged by its own procedure, each line at its own place.
    let told = departures(&report);
    let of = |name: &str| told.iter().filter(|it| it.0 == name).collect::<Vec<_>>();
    assert_eq!(of("一号")[0].1, "PEN-DECIDE-90D");
    assert_eq!(of("二号")[0].1, "LIC-DECIDE-20WD", "{told:?}");
    assert!(of("二号")[0].3.contains("第3行“受理日期”栏"), "{told:?}");
    assert_eq!(
        of("三号"),
        Vec::<&(String, String, Severity, String)>::new()
    );
    let [agency] = report.agencies.as_slice() else {
        panic!("{:?}", report.agencies)
    };
    assert_eq!((agency.agency.as_str(), agency.cases), ("甲局", 3));
    let used: Vec<&str> = report.mappings().map(|it| it.id.as_str()).collect();
    assert_eq!(used, ["penalty_table", "license_table"]);
    assert_eq!((report.unread.len(), report.problems.len()), (0, 0));
    let said = text(&report, false);
    for part in [
        "一号（甲局）【行政处罚普通程序】",
        "二号（甲局）【行政许可程序】",
        "机关 甲局：3件",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn lines_name_their_procedure_and_those_that_name_none_take_the_one_asked_for() {
    let text = "{\"case\":\"A\",\"procedure\":\"行政处罚普通程序\",\"act\":\"立案\",\"on\":\"2026-03-05\",\"agency\":\"甲局\"}\n\
        {\"case\":\"B\",\"程序\":\"inspection\",\"act\":\"检查任务登记\",\"on\":\"2026-03-06\",\"agency\":\"甲局\"}\n\n\
        {\"case\":\"C\",\"act\":\"立案\",\"on\":\"2026-03-07\"}\n";
    let report = check("acts.jsonl", text.as_bytes());
    let procedures: Vec<&str> = report
        .cases
        .iter()
        .map(|it| it.procedure.as_str())
        .collect();
    assert_eq!(
        procedures,
        ["penalty.ordinary", "penalty.ordinary", "inspection"]
    );
    let problems = report.cases.iter().flat_map(|it| &it.answer.problems);
    assert_eq!(problems.count(), 0);

    let acts = "案号,程序,行为,日期\nA,行政检查,检查任务登记,2026-03-06\nB,,立案,2026-03-07\n";
    let said = refused("逐项.csv", acts.as_bytes());
    assert!(
        said.contains("有1行没有写程序（先见于“逐项”第3行）"),
        "{said}"
    );
    let asked = Some("penalty.ordinary");
    let report = check_by("逐项.csv", acts.as_bytes(), &MappingChoice::Fitting, asked);
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.procedure, "inspection、penalty.ordinary");
    assert!(report.cases.iter().all(|it| it.answer.problems.is_empty()));
    // One case cannot be two.
    let torn = acts.replace("\nB,", "\nA,");
    let report = check_by("逐项.csv", torn.as_bytes(), &MappingChoice::Fitting, asked);
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        report.problems[0].contains("案件“A”的行写了不同的程序"),
        "{:?}",
        report.problems
    );
}

#[test]
fn a_procedure_that_there_is_none_of_is_named_with_its_rows() {
    let table =
        "案号,程序,行为,日期\nA,行政处发,立案,2026-03-05\nB,行政检查,检查任务登记,2026-03-06\n";
    let said = refused("逐项.csv", table.as_bytes());
    for part in ["“逐项”第2行“行政处发”", "行政检查（inspection）"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let line = "{\"case\":\"A\",\"procedure\":7,\"act\":\"立案\"}\n";
    let said = refused("acts.jsonl", line.as_bytes());
    assert!(said.contains("第1行“7”"), "{said}");
}

#[test]
fn a_mapping_that_reads_the_column_itself_keeps_it() {
    let mapping = SourceFile {
        path: "own.kdl".to_owned(),
        text: "导入 own 台账 { 程序 penalty.ordinary; 案件 编号; 行为 立案 日期=甲; 行为 处罚决定 日期=乙; 事实 案由 { 列 程序; }; }".to_owned(),
    };
    let table = "编号,程序,甲,乙\n一号,未经批准擅自取水,2026-01-05,2026-06-04\n";
    let choice = MappingChoice::Brought(&mapping);
    let report = check_by("台账.csv", table.as_bytes(), &choice, None);
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(departures(&report).len(), 1);
    assert_eq!(report.cases[0].answer.problems, Vec::<String>::new());
}
