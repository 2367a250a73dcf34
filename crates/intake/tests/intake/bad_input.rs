//! What a workbook from outside may hold: every mistake is named with its cell, and the other cases go on.

use crate::desk::{agency, rules};
use crate::workbook::{Page, Put, bytes};
use intake::plan::By;
use intake::{Book, BookError, Plan, PlanError, plan};
use std::fs;
use vocabulary::Day;

const BY: By<'_> = By {
    entered_by: "p01",
    approved_by: "p06",
    procedure: Some("penalty.ordinary"),
    from: "纸质案卷",
};

fn cases() -> Page {
    Page::new("案件", &["案件序号", "承办人"])
}

fn parties() -> Page {
    Page::new(
        "当事人",
        &[
            "案件序号",
            "名称",
            "当事人类型",
            "统一社会信用代码",
            "公民身份号码",
        ],
    )
}

fn acts() -> Page {
    Page::new(
        "办案过程",
        &[
            "案件序号",
            "对象",
            "行为",
            "日期",
            "文号",
            "负责人",
            "扫描件文件名",
            "事实1",
        ],
    )
}

fn read(pages: &[Page]) -> Plan {
    plan(
        &Book::of_xlsx(bytes(pages)).unwrap(),
        &rules(),
        &agency(),
        BY,
    )
    .unwrap()
}

/// A case with one party whose process is these lines.
fn with(lines: &[[&str; 8]]) -> Plan {
    let (mut cases, mut parties, mut acts) = (cases(), parties(), acts());
    cases.texts(&["1", "陆清源"]);
    parties.texts(&["1", "某砂石有限公司", "法人", "91140400MA0H00000E"]);
    for line in lines {
        acts.texts(line);
    }
    read(&[cases, parties, acts])
}

#[track_caller]
fn says(plan: &Plan, at: &str, why: &str) {
    let all: Vec<String> = plan
        .cases
        .iter()
        .flat_map(|case| &case.errors)
        .chain(&plan.general)
        .map(ToString::to_string)
        .collect();
    assert!(
        all.iter()
            .any(|text| text.starts_with(at) && text.contains(why)),
        "no “{why}” at {at} in {all:#?}"
    );
}

const LEAD: [&str; 8] = [
    "1",
    "",
    "案源登记",
    "2026-03-02",
    "",
    "",
    "",
    "发现日=2026-03-02",
];

#[test]
fn a_case_without_mistakes_has_none() {
    let plan = with(&[
        LEAD,
        [
            "1",
            "1",
            "责令改正",
            "2026-03-09",
            "某水责改字〔2026〕3号",
            "",
            "",
            "改正期限届满日=2026-03-31",
        ],
    ]);
    assert_eq!(plan.general, []);
    assert_eq!(plan.cases[0].errors, []);
    let acts = &plan.cases[0].request.acts;
    assert_eq!(acts[0].introduces[0].name, "某砂石有限公司");
    assert_eq!((acts[1].number, acts[1].people.len()), (1, 1));
}

#[test]
fn mistakes_in_a_line_are_named_with_their_cell() {
    for (line, at, why) in [
        (
            ["1", "", "立按", "2026-03-05", "", "", "", ""],
            "“办案过程”第3行“行为”栏",
            "是不是“立案”",
        ),
        (
            ["1", "1", "送达", "2026-03-05", "", "", "", ""],
            "“办案过程”第3行“行为”栏",
            "送达:处罚决定书",
        ),
        (
            ["1", "", "立案", "2026-02-30", "", "", "", ""],
            "“办案过程”第3行“日期”栏",
            "没有",
        ),
        (
            ["1", "", "立案", "", "", "", "", ""],
            "“办案过程”第3行“日期”栏",
            "没有填",
        ),
        (
            ["1", "", "立案", "2026-03-01", "", "", "", ""],
            "“办案过程”第3行“日期”栏",
            "早于前一步",
        ),
        (
            ["1", "2", "责令改正", "2026-03-05", "", "", "", ""],
            "“办案过程”第3行“对象”栏",
            "没有当事人“2”",
        ),
        (
            ["1", "某某公司", "责令改正", "2026-03-05", "", "", "", ""],
            "“办案过程”第3行“对象”栏",
            "没有当事人“某某公司”",
        ),
        (
            ["1", "", "立案", "2026-03-05", "", "张三丰", "", ""],
            "“办案过程”第3行“负责人”栏",
            "不在人员名册",
        ),
        (
            ["1", "", "立案", "2026-03-05", "", "", "", "所在流域=长江"],
            "“办案过程”第3行“事实1”栏",
            "海河",
        ),
        (
            ["1", "", "立案", "2026-03-05", "", "", "", "罚款"],
            "“办案过程”第3行“事实1”栏",
            "名称=值",
        ),
        (
            ["1", "", "立案", "2026-03-05", "", "", "", "缴款金额=3"],
            "“办案过程”第3行“事实1”栏",
            "不是“立案”这一步",
        ),
        (
            ["1", "", "立案", "2026-03-05", "", "", "", "按由=挖沙"],
            "“办案过程”第3行“事实1”栏",
            "案由",
        ),
        (
            [
                "1",
                "",
                "立案",
                "2026-03-05",
                "长水罚〔2026〕3号",
                "",
                "",
                "",
            ],
            "“办案过程”第3行",
            "不符合本机关的式样",
        ),
        (
            [
                "1",
                "",
                "询问",
                "2026-03-05",
                "某水立字〔2026〕3号",
                "",
                "",
                "",
            ],
            "“办案过程”第3行“文号”栏",
            "没有文号",
        ),
        (
            ["9", "", "立案", "2026-03-05", "", "", "", ""],
            "“办案过程”第3行“案件序号”栏",
            "没有序号“9”",
        ),
        (
            ["", "", "立案", "2026-03-05", "", "", "", ""],
            "“办案过程”第3行“案件序号”栏",
            "没有填",
        ),
    ] {
        says(&with(&[LEAD, line]), at, why);
    }
}

#[test]
fn identifiers_are_read_by_their_check_digits() {
    for (credit, resident, column, why) in [
        ("91140400MA0H00000A", "", "统一社会信用代码", "校验"),
        ("", "140425201002290015", "公民身份号码", ""),
        ("", "140403199001010011", "公民身份号码", "校验"),
    ] {
        let (mut cases, mut parties, mut acts) = (cases(), parties(), acts());
        cases.texts(&["1", "陆清源"]);
        parties.texts(&["1", "某人", "公民", credit, resident]);
        acts.texts(&LEAD);
        let plan = read(&[cases, parties, acts]);
        says(&plan, &format!("“当事人”第2行“{column}”栏"), why);
    }
    // What became a number in the workbook has lost its last digits.
    let (mut cases, mut parties, mut acts) = (cases(), parties(), acts());
    cases.texts(&["1", "陆清源"]);
    parties.line([
        ("案件序号", "1".into()),
        ("名称", "某人".into()),
        ("公民身份号码", Put::Number(140_403_199_001_010_000.0)),
    ]);
    acts.texts(&LEAD);
    says(
        &read(&[cases, parties, acts]),
        "“当事人”第2行“公民身份号码”栏",
        "设为文本",
    );
}

#[test]
fn a_number_on_two_cases_is_refused_with_both() {
    let (mut cases, mut parties, mut acts) = (cases(), parties(), acts());
    for key in ["1", "2", "3"] {
        cases.texts(&[key, "陆清源"]);
        parties.texts(&[key, "某砂石有限公司", "法人"]);
    }
    for (key, number) in [
        ("1", "某水立字〔2026〕7号"),
        ("2", "某水立字【2026】第007号"),
        ("3", "某水立字〔2026〕8号"),
    ] {
        acts.texts(&[
            key,
            "",
            "案源登记",
            "2026-03-02",
            "",
            "",
            "",
            "发现日=2026-03-02",
        ]);
        acts.texts(&[key, "", "立案", "2026-03-05", number, "", "", ""]);
    }
    let plan = read(&[cases, parties, acts]);
    says(&plan, "“办案过程”第3行", "在案件“2”");
    says(&plan, "“办案过程”第5行", "在案件“1”");
    assert_eq!(plan.cases[2].errors, []);
}

#[test]
fn cases_of_one_name_and_cases_without_process_are_refused() {
    let (mut cases, mut parties, mut acts) = (cases(), parties(), acts());
    cases.texts(&["1", "陆清源"]);
    cases.texts(&["1", "陆清源"]);
    cases.texts(&["2", "陆清源"]);
    parties.texts(&["2", "某砂石有限公司", "法人"]);
    acts.texts(&LEAD);
    let plan = read(&[cases, parties, acts]);
    says(&plan, "“案件”第2行", "重复");
    says(&plan, "“案件”第3行", "重复");
    says(&plan, "“当事人”第2行“名称”栏", "没有一步能让");
    assert!(plan.cases.iter().all(|case| !case.errors.is_empty()));
}

#[test]
fn merged_cells_titles_empty_lines_and_all_ways_of_dates_are_read() {
    let (mut cases, mut parties, mut acts) = (cases(), parties(), acts());
    cases.title = Some("某市水利局在办案件".to_owned());
    cases.texts(&["1", "陆清源"]);
    cases.lines.push(std::collections::BTreeMap::new());
    cases.texts(&["2", "陆清源"]);
    for key in ["1", "2"] {
        parties.texts(&[key, "某砂石有限公司", "法人"]);
    }
    let day = |text: &str| Day::parse(text).unwrap();
    for (key, date) in [
        ("1", Put::Day(day("2026-03-02"))),
        ("", Put::from("2026年3月5日")),
        (
            "",
            Put::Number(f64::from(day("2026-03-06").number() + 25_569)),
        ),
        ("2", Put::from("２０２６．３．２")),
    ] {
        let mut line: Vec<(&str, Put)> = vec![("行为", "线索核查".into()), ("日期", date)];
        if !key.is_empty() {
            line.push(("案件序号", key.into()));
        }
        let line = line.into_iter().map(|(name, put)| (name.to_owned(), put));
        acts.lines.push(line.collect());
    }
    // One name over the three lines of the first case.
    acts.merged.push((1, 3, 0, "1".to_owned()));
    acts.lines[0].remove("案件序号");
    let plan = read(&[cases, parties, acts]);
    let days: Vec<Vec<String>> = plan
        .cases
        .iter()
        .map(|case| {
            case.request
                .acts
                .iter()
                .map(|act| act.occurred.to_string())
                .collect()
        })
        .collect();
    assert_eq!(
        days,
        [
            vec!["2026-03-02", "2026-03-05", "2026-03-06"],
            vec!["2026-03-02"]
        ]
    );
}

#[test]
fn formulas_count_by_their_stored_result() {
    let (mut cases, mut parties, mut acts) = (cases(), parties(), acts());
    cases.line([
        ("案件序号", Put::Formula("=ROW()-1", "1")),
        ("承办人", "陆清源".into()),
    ]);
    parties.texts(&["1", "某砂石有限公司", "法人"]);
    acts.texts(&LEAD);
    acts.line([
        ("案件序号", "1".into()),
        ("行为", "立案".into()),
        ("日期", Put::Formula("=TODAY()", "")),
    ]);
    acts.line([
        ("案件序号", "1".into()),
        ("行为", "立案".into()),
        ("日期", Put::Formula("=1/0", "#DIV/0!")),
    ]);
    let plan = read(&[cases, parties, acts]);
    assert_eq!(plan.cases[0].key, "1");
    says(&plan, "“办案过程”第3行“日期”栏", "公式");
    says(&plan, "“办案过程”第4行“日期”栏", "公式");
}

#[test]
fn a_column_that_nobody_reads_is_said() {
    let mut cases = cases();
    cases.headings.push("领导批示".to_owned());
    let plan = read(&[cases, parties(), acts()]);
    says(&plan, "“案件”第1行“领导批示”栏", "没有读入");
}

#[test]
fn a_file_that_is_no_workbook_is_refused() {
    let not = |content: &[u8]| Book::of_xlsx(content.to_vec()).unwrap_err();
    assert!(matches!(not(b"%PDF-1.4"), BookError::NotABook(_)));
    assert!(matches!(not(b""), BookError::NotABook(_)));
    assert!(matches!(
        not(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]),
        BookError::OldOrLocked
    ));
    let mut good = bytes(&[cases(), parties(), acts()]);
    good.truncate(good.len() / 2);
    assert!(matches!(not(&good), BookError::NotABook(_)));
    // A ZIP of something else.
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer
        .start_file("note.txt", zip::write::SimpleFileOptions::default())
        .unwrap();
    let other = writer.finish().unwrap().into_inner();
    assert!(matches!(not(&other), BookError::NotABook(_)));

    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        Book::open(&folder.path().join("none.xlsx")).unwrap_err(),
        BookError::Read(_)
    ));
    let unknown = bytes(&[Page::new("Sheet1", &["甲", "乙"])]);
    let error = plan(&Book::of_xlsx(unknown).unwrap(), &rules(), &agency(), BY).unwrap_err();
    assert!(matches!(error, PlanError::NoSheets));
}

#[test]
fn a_table_of_values_is_read_in_both_encodings() {
    let text =
        "案件序号,当事人,立案日期,立案号\n5,\"某砂石,有限公司\",2026-03-05,某水立字〔2026〕5号\n";
    let (gbk, _, _) = encoding_rs::GBK.encode(text);
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("a.csv", text.as_bytes()), ("b.csv", &gbk)] {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let plan = plan(&Book::open(&path).unwrap(), &rules(), &agency(), BY).unwrap();
        let [case] = plan.cases.as_slice() else {
            panic!("{plan:#?}");
        };
        assert_eq!(case.errors, [], "{name}");
        let filed = &case.request.acts[0];
        assert_eq!(filed.introduces[0].name, "某砂石,有限公司");
        assert_eq!(filed.occurred.to_string(), "2026-03-05");
    }
    let path = folder.path().join("c.csv");
    fs::write(&path, [0xff, 0xff, 0x00, 0x81]).unwrap();
    assert!(matches!(
        Book::open(&path).unwrap_err(),
        BookError::Encoding
    ));
}

#[test]
fn fifty_thousand_lines_are_read_and_more_are_refused() {
    let sheet = |lines: usize| {
        let mut text = String::from("案件序号,当事人,立案日期,立案号,备注甲\n");
        for at in 1..=lines {
            text.push_str(&format!(
                "{at},某公司{at},2026-03-05,某水立字〔2026〕{at}号,\n"
            ));
        }
        text
    };
    let plan = plan(
        &Book::of_csv("台账", sheet(50_000).as_bytes()).unwrap(),
        &rules(),
        &agency(),
        BY,
    )
    .unwrap();
    assert_eq!(plan.cases.len(), 50_000);
    assert!(plan.cases.iter().all(|case| case.errors.is_empty()));
    assert!(matches!(
        Book::of_csv("台账", sheet(60_001).as_bytes()).unwrap_err(),
        BookError::TooLong
    ));
    // A cell far away makes no sheet of millions of empty ones.
    let mut far = rust_xlsxwriter::Workbook::new();
    let page = far.add_worksheet();
    page.write(0, 0, "案件序号").unwrap();
    page.write(1_048_575, 16_383, "远").unwrap();
    Book::of_xlsx(far.save_to_buffer().unwrap()).unwrap();
}

#[test]
fn a_workbook_that_carries_a_program_is_not_read() {
    use std::io::{Cursor, Write as _};
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("xl/vbaProject.bin", options).unwrap();
    zip.write_all(b"program").unwrap();
    let content = zip.finish().unwrap().into_inner();
    let read = Book::of("台账.xlsx", content);
    assert!(matches!(read, Err(BookError::Macro)), "{read:?}");
}
