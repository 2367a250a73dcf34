//! A rules text with a mistake: nothing is loaded, and every mistake is told with its place and what was expected.

use law::Rules;
use law::check::parse;
use law::source::{RuleErrors, SourceFile};

use crate::common::{calendar, file};

const STATUTES: &str = "法源 XZCF 行政处罚法 { 条 44 45 57; }\n";
const ROWS: &str = "条目 ROW-DEFENCE 陈述申辩 { 依据 XZCF45; 状态 待建 试验; }\n";
const SETTINGS: &str = r#"
设定 hearing_line 听证起点 值=10000 单位=元 { 依据 XZCF45; }
设定 defence_days 陈述申辩期 值=5 单位=工作日 口径=F2 { 依据 XZCF45; }
"#;
const ITEMS: &str = r#"
事项 I-1 { 名称 "擅自取水"; 依据 XZCF57; 罚款 最低=20000 最高=100000; }
"#;
const PROPERTIES: &str = r#"
性质 P-1 "未告知不得决定" {
    旗 已告知 { 立 告知; }
    坏 决定 { 非 { 旗 已告知; }; }
    支撑 G-NOTIFY
}
"#;
pub(crate) const PROCEDURE: &str = r#"
程序 t 试验程序 {
    对象 case 案件 类=案件
    对象 party 当事人 类=当事人
    对象 thing 物品 类=证据
    文书 notice 告知书 随=当事人
    阶段 only 办理
    角色 handler 承办人 执法=#true
}
事实 serious 情节严重 类型=是否 归=案件
事实 penalty 处罚内容 类型=处罚 归=当事人
行为 filing 立案 {
    对象 案件
    阶段 办理
    性质 本机关作出
    由 承办人
    必填 情节严重
    新增 当事人
}
行为 notification 告知 { 对象 当事人; 阶段 办理; 性质 本机关作出; 出具 告知书; }
行为 service 送达 { 对象 文书; 阶段 办理; 性质 客观发生; }
行为 defence 申辩 { 对象 当事人; 阶段 办理; 性质 客观发生; }
行为 decision 决定 { 对象 当事人; 阶段 办理; 性质 本机关作出; 必填 处罚内容; }
行为 dropping 撤案 { 对象 当事人; 阶段 办理; 性质 本机关作出; }
行为 keeping 登记保存 { 对象 物品; 阶段 办理; 性质 本机关作出; }
行为 closing 结案 { 对象 案件; 阶段 办理; 性质 本机关作出; }
前提 G-FILE { 先 立案; 后 告知; 依据 XZCF44; }
前提 G-NOTIFY {
    先 告知
    后 决定
    依据 XZCF44
}
前提 G-CLOSE { 先 决定 撤案; 后 结案; 依据 XZCF57; }
排除 X-DROP { 先 撤案; 后 告知 送达:告知书 决定; 依据 XZCF57; }
限期 W-DEFENCE {
    先 告知
    后 申辩
    期间 5 工作日 F2
    条目 ROW-DEFENCE
    依据 XZCF45
}
应当 O-CLOSE { 先 立案; 后 结案; 期间 设定:陈述申辩期; 依据 XZCF57; }
要件 G-HEAVY {
    行为 决定
    当 { 情节严重 成立; }
    须 { 处罚内容 罚款不少于 设定:听证起点; }
    依据 XZCF57
}
"#;

pub(crate) fn good() -> Vec<SourceFile> {
    vec![
        file("statutes.kdl", STATUTES),
        file("rows.kdl", ROWS),
        file("settings.kdl", SETTINGS),
        file("items/a.kdl", ITEMS),
        file("t/procedure.kdl", PROCEDURE),
        file("t/properties.kdl", PROPERTIES),
        calendar(),
    ]
}

/// Punctuation as it is typed without an input method: these tests are about words and places.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff1a}' => ':',
            '\u{ff0c}' => ',',
            '\u{ff1b}' => ';',
            '\u{ff1f}' => '?',
            '\u{ff08}' => '(',
            '\u{ff09}' => ')',
            other => other,
        })
        .collect()
}

/// Takes the mark ☞ out of the text: its line and column are where the mistake must be told.
fn marked(text: &str) -> (String, String) {
    let (before, _) = text
        .split_once('☞')
        .expect("the mark says where the mistake is");
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |last| last.chars().count())
        + 1;
    (text.replace('☞', ""), format!("{line}:{column}"))
}

fn load_errors(files: &[SourceFile]) -> RuleErrors {
    Rules::load(files).expect_err("the rules have a mistake")
}

/// The good text with `find` replaced by `put`, which carries the mark ☞; exactly one mistake is told, and it says so.
#[track_caller]
pub(crate) fn check(path: &str, find: &str, put: &str, seen: &str, expected: &str) {
    let mut files = good();
    let changed = files.iter_mut().find(|f| f.path == path).expect("a file");
    assert_eq!(
        changed.text.matches(find).count(),
        1,
        "“{find}” is in {path} once"
    );
    let (text, place) = marked(&changed.text.replace(find, put));
    changed.text = text;
    let errors = load_errors(&files);
    let shown = plain(&errors.to_string());
    assert_eq!(errors.0.len(), 1, "one mistake:\n{shown}");
    assert!(
        shown.starts_with(&format!("{path}:{place}: ")),
        "{place}: {shown}"
    );
    let (told, should) = shown.split_once(";应当是:").expect("seen and expected");
    assert!(told.contains(&plain(seen)), "{shown}");
    assert!(should.contains(&plain(expected)), "{shown}");
}

pub(crate) const P: &str = "t/procedure.kdl";

#[test]
fn the_good_text_loads() {
    let rules = Rules::load(&good()).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(rules.procedures[0].acts.len(), 8);
}

#[test]
fn a_typo_in_a_keyword_is_told_with_the_near_word() {
    check(
        P,
        "前提 G-FILE {",
        "☞前题 G-FILE {",
        "不认识“前题”",
        "是不是“前提”",
    );
    check(
        P,
        "    期间 5 工作日 F2\n",
        "    期间 5 工作日 F2\n    ☞起祘 事实=立案\n",
        "“限期 W-DEFENCE”里不认识的“起祘”",
        "“起算”",
    );
    check(
        P,
        "    新增 当事人\n",
        "    ☞新曾 当事人\n",
        "“行为 filing”里不认识的“新曾”",
        "“新增”",
    );
    check(
        "settings.kdl",
        "单位=元 {",
        "单位=元 ☞单价=2 {",
        "不认识的“单价=”",
        "单位=",
    );
}

#[test]
fn a_citation_must_be_registered() {
    check(
        P,
        "后 告知; 依据 XZCF44",
        "后 告知; 依据 ☞XZCX44",
        "没有登记的法源“XZCX44”",
        "是不是“XZCF”",
    );
    check(
        P,
        "后 告知; 依据 XZCF44",
        "后 告知; 依据 ☞XZCF99",
        "《行政处罚法》第99条没有登记",
        "44、45、57",
    );
    check(
        "items/a.kdl",
        "依据 XZCF57",
        "依据 ☞XZCF58",
        "第58条没有登记",
        "44、45、57",
    );
}

#[test]
fn a_dangling_name_is_told_with_the_near_one() {
    check(
        P,
        "先 立案; 后 告知;",
        "先 立案; 后 ☞告之;",
        "没有这个行为:“告之”",
        "是不是“告知”",
    );
    check(
        P,
        "当 { 情节严重 成立; }",
        "当 { ☞情节轻重 成立; }",
        "没有这个事实:“情节轻重”",
        "是不是“情节严重”",
    );
    check(
        P,
        "后 告知 送达:告知书 决定",
        "后 告知 ☞送达:告诉书 决定",
        "没有这个文书:“告诉书”",
        "是不是“告知书”",
    );
    check(
        P,
        "罚款不少于 设定:听证起点",
        "罚款不少于 ☞设定:听证起典",
        "没有这个设定:“听证起典”",
        "是不是“听证起点”",
    );
    check(
        P,
        "期间 设定:陈述申辩期",
        "期间 ☞设定:陈述申辩斯",
        "没有这个设定:“陈述申辩斯”",
        "是不是“陈述申辩期”",
    );
    check(
        P,
        "    由 承办人\n",
        "    由 ☞承辨人\n",
        "没有角色“承辨人”",
        "声明过的角色",
    );
}

#[test]
fn an_id_is_given_once() {
    check(
        P,
        "前提 G-CLOSE {",
        "☞前提 G-FILE {",
        "编号“G-FILE”用了两次",
        "每条关系一个编号",
    );
    check(
        P,
        "行为 dropping 撤案 {",
        "☞行为 defence 撤案 {",
        "行为“defence”声明了两次",
        "只声明一次",
    );
    check(
        "statutes.kdl",
        "57; }\n",
        "57; }\n☞法源 XZCF 又一部\n",
        "法源“XZCF”登记了两次",
        "只登记一次",
    );
    check(
        "items/a.kdl",
        "最高=100000; }\n",
        "最高=100000; }\n☞事项 I-1 { 名称 \"又一项\"; 依据 XZCF57; 罚款 最高=1; }\n",
        "事项“I-1”写了两次",
        "只写一次",
    );
    check(
        "settings.kdl",
        "设定 defence_days",
        "☞设定 hearing_line",
        "设定“hearing_line”写了两次",
        "只写一次",
    );
}

#[test]
fn a_test_must_fit_the_type_of_the_fact() {
    check(
        P,
        "当 { 情节严重 成立; }",
        "当 { 情节严重 ☞不少于 3; }",
        "“情节严重”的类型是是否,不能“不少于”",
        "成立、不成立",
    );
    check(
        P,
        "须 { 处罚内容 罚款不少于 设定:听证起点; }",
        "须 { 处罚内容 ☞成立; }",
        "“处罚内容”的类型是处罚,不能“成立”",
        "罚款不少于",
    );
    check(
        P,
        "须 { 处罚内容 罚款不少于 设定:听证起点; }",
        "须 { 处罚内容 含种类 ☞坐牢; }",
        "没有这种处罚:“坐牢”",
        "吊销许可证件",
    );
}

#[test]
fn a_condition_that_can_never_hold_is_refused() {
    check(
        P,
        "当 { 情节严重 成立; }",
        "☞当 { 情节严重 成立; 情节严重 不成立; }",
        "“情节严重成立”与“情节严重不成立”不能同时成立",
        "可能成立的条件",
    );
    check(
        P,
        "须 { 处罚内容 罚款不少于 设定:听证起点; }",
        "☞须 { 处罚内容 罚款超过 100; 任一 { 处罚内容 罚款少于 50; 处罚内容 未填; }; }",
        "每一种情形都不可能成立",
        "可能成立的条件",
    );
}

#[test]
fn a_comparison_says_one_thing() {
    check(
        P,
        "当 { 情节严重 成立; }",
        "当 { 情节严重 成立 ☞处罚内容 含种类 罚款; }",
        "多了“处罚内容”",
        "一行一个比较",
    );
}

#[test]
fn a_relation_must_say_its_basis() {
    check(
        P,
        "前提 G-FILE { 先 立案; 后 告知; 依据 XZCF44; }",
        "☞前提 G-FILE { 先 立案; 后 告知; }",
        "“G-FILE”没有依据",
        "依据 XZCF44",
    );
}

#[test]
fn a_period_must_be_countable() {
    let period = "    期间 5 工作日 F2\n";
    check(
        P,
        period,
        "    ☞期间 5 日 F2\n",
        "口径F2(工作日)不能以“日”计,只能以“工作日”计",
        "口径与单位相配",
    );
    check(P, period, "    ☞期间 5 工作日 F9\n", "“F9”", "F1、F1H、F2");
    check(P, period, "    ☞期间 5 旬 F1\n", "“旬”", "小时、日、工作日");
    check(
        P,
        period,
        "    ☞期间 0 工作日 F2\n",
        "期间的长度是 0",
        "大于零",
    );
    check(
        P,
        period,
        "    ☞期间 5\n",
        "“期间”写得不全",
        "如 7 工作日 F2",
    );
    check(
        P,
        "限期 W-DEFENCE {\n    先 告知\n    后 申辩\n    期间 5 工作日 F2\n",
        "☞限期 W-DEFENCE {\n    先 告知\n    后 申辩\n",
        "“限期 W-DEFENCE”没有期间",
        "期间 5 工作日 F2",
    );
}

#[test]
fn a_party_and_a_thing_need_a_link() {
    check(
        P,
        "前提 G-CLOSE {",
        "☞前提 G-KEEP { 先 告知; 后 登记保存; 依据 XZCF57; }\n前提 G-CLOSE {",
        "“告知”与“登记保存”的对象不同",
        "对象相同的两个行为",
    );
}

#[test]
fn a_gate_that_an_exclude_can_open_is_refused() {
    let mut files = good();
    files[4].text = files[4]
        .text
        .replace("后 告知 送达:告知书 决定;", "后 告知 送达:告知书;");
    let shown = plain(&load_errors(&files).to_string());
    assert_eq!(
        shown,
        "t/procedure.kdl:28:1: “G-NOTIFY”是决定的关口,【撤案】却能排除它而留下决定;应当是:【撤案】同时排除【决定】,或者不排除"
    );
}

#[test]
fn versions_of_one_relation_neither_overlap_nor_leave_a_gap() {
    let version = |old: &str, new: &str| {
        let mut files = good();
        let text = format!(
            "要件 V-1 {{ 行为 立案; 须 {{ 情节严重 成立; }}; {old} 依据 XZCF57; }}\n\
             要件 V-2 {{ 行为 立案; 须 {{ 情节严重 成立; }}; {new} 依据 XZCF57; }}\n前提 G-CLOSE {{"
        );
        files[4].text = files[4].text.replacen("前提 G-CLOSE {", &text, 1);
        Rules::load(&files).map_or_else(|errors| plain(&errors.to_string()), |_| String::new())
    };
    let until = "废止 \"2026-01-01\";";
    let from = |day: &str| format!("施行 \"{day}\"; 接替 V-1;");
    assert_eq!(version(until, &from("2026-01-01")), "");
    for (old, new, told) in [
        (
            until,
            from("2025-12-31"),
            "“V-1”2026-01-01废止,“V-2”2025-12-31施行",
        ),
        (until, from("2026-01-02"), "既不重叠也不间断"),
        ("", from("2026-01-01"), "“V-1”（没有写）废止"),
        (
            until,
            "施行 \"2026-01-01\"; 接替 V-0;".to_owned(),
            "没有编号“V-0”",
        ),
        (
            until,
            format!("日期键 违法日; {}", from("2026-01-01")),
            "日期键不同",
        ),
        (
            "施行 \"2026-01-02\"; 废止 \"2026-01-01\";",
            String::new(),
            "2026-01-02施行,2026-01-01废止",
        ),
    ] {
        let shown = version(old, &new);
        assert!(shown.contains(&plain(told)), "{told}\n{shown}");
    }
}

#[test]
fn an_act_that_nothing_reaches_is_refused() {
    check(
        P,
        "行为 keeping 登记保存 { 对象 物品; 阶段 办理; 性质 本机关作出; }",
        "☞行为 keeping 登记保存 { 对象 物品; 阶段 办理; 性质 本机关作出; 初始不在; }",
        "【登记保存】永远做不到",
        "有“纳入”",
    );
}

#[test]
fn an_end_that_cannot_be_reached_is_refused() {
    // Each waits for the other: neither the decision, nor closing, which needs one of the two.
    let mut files = good();
    files[4].text = files[4].text.replace(
        "前提 G-CLOSE {",
        "前提 G-LOOP { 先 结案; 后 决定 撤案; 依据 XZCF57; }\n前提 G-CLOSE {",
    );
    let errors = load_errors(&files);
    let shown = plain(&errors.to_string());
    for (line, act) in [(23, "决定"), (24, "撤案"), (26, "结案")] {
        let told = format!("t/procedure.kdl:{line}:1: 【{act}】永远做不到");
        assert!(
            shown.lines().any(|told_line| told_line.starts_with(&told)),
            "{told}\n{shown}"
        );
    }
    assert_eq!(errors.0.len(), 3, "{shown}");
}

#[test]
fn a_brace_that_is_not_closed_is_placed() {
    let mut files = good();
    files[4].text = files[4].text.replace(
        "    后 决定\n    依据 XZCF44\n}\n",
        "    后 决定\n    依据 XZCF44\n",
    );
    let errors = load_errors(&files);
    let shown = plain(&errors.to_string());
    assert!(
        errors
            .0
            .iter()
            .all(|error| &*error.place.file == P && error.place.line > 1),
        "{shown}"
    );
    assert!(shown.contains("看不懂"), "{shown}");
    assert!(shown.contains("应当是:合乎 KDL 2 的写法"), "{shown}");
}

#[test]
fn the_calendar_must_be_there_and_without_a_hole() {
    let mut files = good();
    files.retain(|f| !f.path.ends_with(".csv"));
    assert_eq!(
        plain(&load_errors(&files).to_string()),
        "calendar/workdays.csv:1:1: 没有工作日历;应当是:官方工作日历,date,is_workday,name 三列"
    );

    let mut files = good();
    let csv = files.last_mut().expect("the calendar");
    let mut lines: Vec<&str> = csv.text.lines().collect();
    let gone = lines.remove(100);
    let gone = gone.split(',').next().unwrap_or("").to_owned();
    csv.text = lines.join("\n");
    let shown = plain(&load_errors(&files).to_string());
    assert!(
        shown.starts_with("calendar/workdays.csv:101:1: 工作日历第101行:日期应逐日相连"),
        "{shown}"
    );
    assert!(shown.contains(&format!("此处应为{gone}")), "{shown}");
}

#[test]
fn a_row_must_stand_in_the_baseline() {
    check(
        P,
        "条目 ROW-DEFENCE",
        "条目 ☞ROW-DEFENSE",
        "没有条目“ROW-DEFENSE”",
        "是不是“ROW-DEFENCE”",
    );
}

#[test]
fn whatever_carries_a_row_names_a_registered_one() {
    for (find, put) in [
        (
            "文书 notice 告知书 随=当事人",
            "文书 notice 告知书 随=当事人 ☞样式=ROW-DEFENSE",
        ),
        (
            "文书 notice 告知书 随=当事人",
            "文书 notice 告知书 随=当事人 { 样式 ROW-DEFENCE ☞ROW-DEFENSE; }",
        ),
        (
            "事实 serious 情节严重 类型=是否 归=案件",
            "事实 serious 情节严重 类型=是否 归=案件 { 条目 ☞ROW-DEFENSE; }",
        ),
        (
            "事实 serious 情节严重 类型=是否 归=案件",
            "事实 serious 情节严重 类型=是否 归=案件\n事实 way 方式 类型=选项 归=案件 { 选项 a 甲; 选项 b 乙 { 条目 ☞ROW-DEFENSE; }; }",
        ),
        (
            "行为 defence 申辩 { 对象 当事人;",
            "行为 defence 申辩 { 样式 ☞ROW-DEFENSE; 对象 当事人;",
        ),
        (
            "行为 defence 申辩 { 对象 当事人;",
            "行为 defence 申辩 { 条目 ☞ROW-DEFENSE; 对象 当事人;",
        ),
    ] {
        check(P, find, put, "没有条目“ROW-DEFENSE”", "是不是“ROW-DEFENCE”");
    }
    check(
        P,
        "事实 serious 情节严重 类型=是否 归=案件",
        "事实 serious 情节严重 类型=是否 归=案件\n事实 way 方式 类型=选项 归=案件 { 选项 a 甲; 选项 b 乙 { ☞样式 ROW-DEFENCE; }; }",
        "“选项 b”里不认识的“样式”",
        "条目",
    );
}

#[test]
fn a_number_names_its_series_and_stands_where_numbers_stand() {
    let number = "事实 serious 情节严重 类型=是否 归=案件\n";
    check(
        P,
        number,
        "事实 serious 情节严重 类型=是否 归=案件\n☞事实 no 立案号 类型=文号 归=案件\n",
        "文号“立案号”没有写文种",
        "文种 罚决",
    );
    let with =
        |line: &str| format!("{number}事实 no 立案号 类型=文号 归=案件 {{ 文种 立; }}\n{line}");
    let mut files = good();
    files[4].text = PROCEDURE.replace(number, &with("")).replace(
        "    必填 情节严重\n",
        "    必填 情节严重\n    编号 立案号\n",
    );
    let rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let procedure = &rules.procedures[0];
    let (event, fact) = (
        &procedure.events[0],
        procedure.fact("no").expect("declared"),
    );
    assert_eq!(event.numbered, [fact]);
    assert!(event.says(fact) && !event.required.contains(&fact));
    assert_eq!(procedure.facts[fact].series.as_deref(), Some("立"));
    // What is written, what is told, what is expected; beside a number that is declared well.
    for (line, seen, expected) in [
        (
            "    必填 情节严重 ☞立案号\n",
            "“立案号”是文号",
            "写在“编号”里",
        ),
        (
            "    必填 情节严重\n    选填 ☞立案号\n",
            "“立案号”是文号",
            "写在“编号”里",
        ),
        (
            "    必填 情节严重\n    编号 ☞情节严重\n",
            "“情节严重”不是文号",
            "类型=文号",
        ),
    ] {
        let (text, place) = marked(
            &PROCEDURE
                .replace(number, &with(""))
                .replace("    必填 情节严重\n", line),
        );
        let mut files = good();
        files[4].text = text;
        let errors = load_errors(&files);
        let shown = plain(&errors.to_string());
        assert_eq!(errors.0.len(), 1, "{shown}");
        assert!(shown.starts_with(&format!("{P}:{place}: ")), "{shown}");
        assert!(shown.contains(seen) && shown.contains(expected), "{shown}");
    }
}

#[test]
fn what_is_said_beside_a_type_must_fit_it() {
    let fact = "事实 serious 情节严重 类型=是否 归=案件\n";
    for (line, seen, expected) in [
        (
            "事实 id 号码 类型=数 归=案件 { ☞文种 立; }\n",
            "“号码”是数,写了“文种”",
            "文号才写文种",
        ),
        (
            "事实 id 号码 类型=数 归=案件 { ☞最长 5; }\n",
            "写了“最长”",
            "文字才写最长",
        ),
        (
            "事实 id 号码 类型=文字 归=案件 { ☞不得在将来; }\n",
            "写了“不得在将来”",
            "日期才写不得在将来",
        ),
        (
            "事实 id 号码 类型=数 归=案件 { ☞地点; }\n",
            "“号码”是数,写了“地点”",
            "文字才写地点",
        ),
        (
            "事实 id 号码 类型=数 归=案件 { ☞大于零; }\n",
            "“号码”是数,写了“大于零”",
            "金额才写大于零",
        ),
        (
            "事实 id 号码 类型=数 归=案件 { ☞字母数字; }\n",
            "“号码”是数,写了“字母数字”",
            "文字才写字母数字",
        ),
        (
            "☞事实 id 号码 类型=身份号码 归=当事人 密级=公开\n",
            "“号码”是身份号码,密级却是公开",
            "密级=个人",
        ),
        (
            "☞事实 id 号码 类型=文字 归=案件 密级=秘密\n",
            "“号码”是秘密的文字,却没有写怎样脱敏",
            "脱敏 姓名",
        ),
    ] {
        check(P, fact, &format!("{fact}{line}"), seen, expected);
    }
}

#[test]
fn what_is_asked_of_a_newcomer_is_its_own() {
    check(
        P,
        "    对象 party 当事人 类=当事人\n",
        "    对象 party 当事人 类=当事人 { 必填 ☞情节严重; }\n",
        "“情节严重”不是当事人进入本案时可以填的",
        "归这个对象",
    );
    let mut files = good();
    files[4].text = PROCEDURE.replace(
        "    对象 party 当事人 类=当事人\n",
        "    对象 party 当事人 类=当事人 { 选填 处罚内容; }\n",
    );
    let rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let procedure = &rules.procedures[0];
    let penalty = procedure.fact("penalty").expect("declared");
    assert_eq!(procedure.subjects[1].optional, [penalty]);
}

#[test]
fn what_time_brings_about_names_a_clock_and_needs_nobody() {
    let closing = "行为 closing 结案 { 对象 案件; 阶段 办理; 性质 本机关作出; }\n";
    let act = |more: &str| {
        format!("{closing}行为 lapse 期满 {{ 对象 案件; 阶段 办理; 性质 本机关作出; {more} }}\n")
    };
    let mut files = good();
    files[4].text = PROCEDURE.replace(closing, &act("到期 O-CLOSE; 标签 到期自动;"));
    let rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let procedure = &rules.procedures[0];
    let lapse = procedure.event("lapse").expect("declared");
    assert_eq!(procedure.act_of(lapse).due_of, procedure.rule("O-CLOSE"));
    check(
        P,
        closing,
        &act("到期 ☞O-CLOSED; 标签 到期自动;"),
        "没有关系“O-CLOSED”",
        "是不是“O-CLOSE”",
    );
    // A gate has no clock, and the clock of a window runs for each party.
    for rule in ["G-FILE", "W-DEFENCE"] {
        check(
            P,
            closing,
            &act(&format!("到期 ☞{rule}; 标签 到期自动;")),
            "没有期间,或者它的对象与本行为不同",
            "有期间的应当或者限期",
        );
    }
    let put = |more: &str| act(more).replace("行为 lapse", "☞行为 lapse");
    check(P, closing, &put("到期 O-CLOSE;"), "只写了一个", "两个都写");
    check(P, closing, &put("标签 到期自动;"), "只写了一个", "两个都写");
    for asks in ["由 承办人;", "必填 情节严重;", "新增 当事人;"] {
        check(
            P,
            closing,
            &put(&format!("到期 O-CLOSE; 标签 到期自动; {asks}")),
            "却要人参加或者填写",
            "没有“由”",
        );
    }
}

/// The good text with a multiple choice that the decision asks for, and its checklist; each is put in once.
fn with_checklist(list: &str) -> String {
    let fact = "事实 serious 情节严重 类型=是否 归=案件\n";
    let points = "事实 points 已逐项审核 类型=多选 归=案件 { 选项 facts 事实; 选项 rank 权限; }\n";
    let act = "性质 本机关作出; 必填 处罚内容; }\n";
    let asking = "性质 本机关作出; 必填 处罚内容 已逐项审核; }\n";
    let mark = "前提 G-FILE {";
    PROCEDURE
        .replace(fact, &format!("{fact}{points}"))
        .replace(act, asking)
        .replace(mark, &format!("{list}{mark}"))
}

const CHECKLIST: &str = r#"对照 已逐项审核 {
    提交 告知
    结论 处罚内容
    摘要 情节严重
    项 权限 {
        问 "是否有权"
        依据 XZCF57
        行为 立案 送达:告知书
        人员
    }
    项 事实 { 问 "是否清楚"; 依据 XZCF44 XZCF45; 事实 情节严重 处罚内容; }
}
"#;

#[test]
fn a_checklist_holds_each_point_against_its_evidence() {
    let mut files = good();
    files[4].text = with_checklist(CHECKLIST);
    let rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let procedure = &rules.procedures[0];
    let event = |id: &str| procedure.event(id).expect("declared");
    let fact = |id: &str| procedure.fact(id).expect("declared");
    let decision = event("decision");
    assert_eq!(
        procedure.events_with_checklist().collect::<Vec<_>>(),
        [decision]
    );
    let list = procedure.checklist_of(decision).expect("it asks for it");
    assert_eq!(list.fact, fact("points"));
    assert_eq!(list.submissions, [event("notification")]);
    assert_eq!(list.outcome, [fact("penalty")]);
    assert_eq!(list.summary, [fact("serious")]);
    // In the order of the alternatives, not of the file.
    let [facts, rank] = list.points.as_slice() else {
        panic!("two points: {list:?}");
    };
    assert_eq!(facts.question, "是否清楚");
    assert_eq!(facts.facts, [fact("serious"), fact("penalty")]);
    assert!(facts.events.is_empty() && !facts.asks_for_people);
    let cites: Vec<&str> = facts.cites.iter().map(|cite| cite.text.as_str()).collect();
    assert_eq!(
        cites,
        ["《行政处罚法》第四十四条", "《行政处罚法》第四十五条"]
    );
    assert_eq!(rank.events, [event("filing"), event("service:notice")]);
    assert!(rank.asks_for_people);
    assert_eq!(procedure.checklist_of(event("filing")), None);
}

#[test]
fn a_mistake_in_a_checklist_is_told_at_its_place() {
    for (find, put, seen, expected) in [
        (
            "对照 已逐项审核",
            "对照 ☞已逐项审查",
            "没有这个事实:“已逐项审查”",
            "是不是“已逐项审核”",
        ),
        (
            "对照 已逐项审核",
            "对照 ☞情节严重",
            "“情节严重”是是否",
            "类型=多选",
        ),
        (
            "    提交 告知\n",
            "    ☞提交人 告知\n",
            "不认识的“提交人”",
            "“提交”",
        ),
        (
            "提交 告知",
            "提交 ☞告之",
            "没有这个行为:“告之”",
            "是不是“告知”",
        ),
        (
            "结论 处罚内容",
            "结论 ☞情节严重",
            "“情节严重”不是填写“已逐项审核”的行为填的",
            "同一个行为填写的事实",
        ),
        (
            "摘要 情节严重",
            "摘要 ☞情节轻重",
            "没有这个事实:“情节轻重”",
            "是不是“情节严重”",
        ),
        (
            "项 事实 {",
            "项 ☞事情 {",
            "“已逐项审核”没有选项“事情”",
            "是不是“事实”?可以写:事实、权限",
        ),
        (
            "项 事实 {",
            "项 ☞权限 {",
            "选项“权限”写了两次",
            "每个选项只写一次",
        ),
        (
            "        问 \"是否有权\"\n",
            "",
            "“项 权限”里没有“问”",
            "问 …",
        ),
        (
            "        依据 XZCF57\n",
            "",
            "“项 权限”没有依据",
            "依据 XZCF44",
        ),
        (
            "        依据 XZCF57\n",
            "        依据 ☞XZCF58\n",
            "第58条没有登记",
            "44、45、57",
        ),
        (
            "事实 情节严重 处罚内容;",
            "事实 情节严重 ☞处罚内用;",
            "没有这个事实:“处罚内用”",
            "是不是“处罚内容”",
        ),
        (
            "送达:告知书\n",
            "☞送达:告诉书\n",
            "没有这个文书:“告诉书”",
            "是不是“告知书”",
        ),
        (
            " 事实 情节严重 处罚内容; }",
            " }",
            "“项 事实”没有写看什么",
            "事实 …",
        ),
        (
            " 事实 情节严重 处罚内容; }",
            " 事实 情节严重; ☞人员; }",
            "“项 事实”要看人员,却没有写行为",
            "行为 …",
        ),
        (
            "    项 事实 { 问 \"是否清楚\"; 依据 XZCF44 XZCF45; 事实 情节严重 处罚内容; }\n",
            "",
            "“已逐项审核”的选项没有写全,缺事实",
            "每个选项一个“项”",
        ),
    ] {
        assert_eq!(CHECKLIST.matches(find).count(), 1, "“{find}” is there once");
        let mut list = CHECKLIST.replace(find, put);
        if !list.contains('☞') {
            // What is missing is told where it should stand.
            let of = match (seen.contains("项 权限"), seen.contains("项 事实")) {
                (true, _) => "项 权限",
                (_, true) => "项 事实",
                _ => "对照",
            };
            list = list.replacen(of, &format!("☞{of}"), 1);
        }
        let (text, place) = marked(&with_checklist(&list));
        let mut files = good();
        files[4].text = text;
        let errors = load_errors(&files);
        let shown = plain(&errors.to_string());
        // A point that is named wrongly is missing besides.
        let first = shown
            .lines()
            .find(|line| line.starts_with(&format!("{P}:{place}: ")))
            .unwrap_or_else(|| panic!("nothing told at {place}:\n{shown}"));
        let (told, should) = first.split_once(";应当是:").expect("seen and expected");
        assert!(told.contains(&plain(seen)), "{seen}:\n{shown}");
        assert!(should.contains(&plain(expected)), "{expected}:\n{shown}");
        let is_name_of_point = seen.contains("选项“");
        assert_eq!(errors.0.len(), 1 + usize::from(is_name_of_point), "{shown}");
    }
}

#[test]
fn a_checklist_belongs_to_one_fact_that_an_act_asks_for() {
    let mut files = good();
    let (text, place) = marked(&with_checklist(&format!("{CHECKLIST}☞{CHECKLIST}")));
    files[4].text = text;
    let shown = plain(&load_errors(&files).to_string());
    assert_eq!(
        shown,
        format!("{P}:{place}: “已逐项审核”写了两次对照;应当是:一项事实只写一次对照")
    );
    let list = CHECKLIST.replace("    结论 处罚内容\n", "");
    let list = list.replace("对照 已", "对照 ☞已");
    let (text, place) = marked(&with_checklist(&list).replace("处罚内容 已逐项审核;", "处罚内容;"));
    files[4].text = text;
    let shown = plain(&load_errors(&files).to_string());
    assert_eq!(
        shown,
        format!("{P}:{place}: 没有行为填写“已逐项审核”;应当是:写在某个行为的必填或者选填里的事实")
    );
}

#[test]
fn a_shortcut_says_what_its_act_says_and_nothing_else() {
    let defence = "行为 defence 申辩 { 对象 当事人; 阶段 办理; 性质 客观发生; }\n";
    let facts = "事实 way 方式 类型=选项 归=当事人 { 选项 oral 口头; 选项 written 书面; }
事实 ways 途径 类型=多选 归=当事人 { 选项 phone 电话; 选项 letter 信函; }
事实 heard 已听取 类型=是否 归=当事人
事实 words 内容 类型=文字 归=当事人 { 最长 8; }
事实 pages 页数 类型=数 归=当事人
事实 sum 数额 类型=金额 归=当事人
事实 on 日期 类型=日期 归=当事人
事实 claim 应付 类型=金额 归=当事人
";
    let act = |shortcuts: &str| {
        format!(
            "{facts}行为 defence 申辩 {{ 对象 当事人; 阶段 办理; 性质 客观发生; 必填 方式; 选填 途径 已听取 内容 页数 数额 日期;\n{shortcuts}\n}}\n"
        )
    };
    let mut files = good();
    files[4].text = PROCEDURE.replace(
        defence,
        &act("快捷 \"当面说\" { 当 { 情节严重 不成立; }; 方式 口头; 已听取 是; 内容 \"没有\"; }\n快捷 写来 { 方式 书面; 途径 信函 电话; 已听取 否; 页数 2; 数额 3.50; }\n快捷 照付 { 数额 \"事实:应付\"; 日期 \"行为日:立案\"; }"),
    );
    let rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let procedure = &rules.procedures[0];
    let event = &procedure.events[procedure.event("defence").expect("declared")];
    let said = |at: usize| -> Vec<String> {
        let says = event.shortcuts[at].says.iter();
        says.map(|(fact, value)| {
            let fact = &procedure.facts[*fact];
            format!("{}={}", fact.name, fact.show(value))
        })
        .collect()
    };
    assert_eq!(event.shortcuts.len(), 3);
    let fact = |id: &str| procedure.fact(id).expect("declared");
    assert_eq!(event.shortcuts[2].takes, [(fact("sum"), fact("claim"))]);
    let days = event.shortcuts[2].days.iter();
    let days: Vec<(usize, &str)> = days
        .map(|(fact, act)| (*fact, procedure.acts[*act].name.as_str()))
        .collect();
    assert_eq!(days, [(fact("on"), "立案")]);
    assert_eq!(said(0), ["方式=口头", "已听取=是", "内容=没有"]);
    assert_eq!(
        said(1),
        [
            "方式=书面",
            "途径=电话、信函",
            "已听取=否",
            "页数=2",
            "数额=¥3.50"
        ]
    );
    assert!(event.shortcuts[0].when.is_some() && event.shortcuts[1].when.is_none());
    for (shortcut, seen, expected) in [
        (
            "☞快捷 { 方式 口头; }",
            "“快捷”后面缺少快捷的名称",
            "快捷的名称",
        ),
        ("☞快捷 甲 { }", "快捷“甲”什么也没有填", "逐行写"),
        (
            "快捷 甲 { ☞页数 \"事实:应付\"; }",
            "“页数”取“应付”的值",
            "类型也是数的事实",
        ),
        (
            "快捷 甲 { ☞数额 \"事实:数额\"; }",
            "“数额”取“数额”的值",
            "不由这个行为填",
        ),
        (
            "快捷 甲 { 数额 3; ☞数额 \"事实:应付\"; }",
            "“数额”写了两次",
            "每项事实写一次",
        ),
        (
            "快捷 甲 { ☞内容 \"行为日:立案\"; }",
            "“内容”取“立案”的日期",
            "类型是日期的事实",
        ),
        (
            "快捷 甲 { ☞日期 \"行为日:申辩\"; }",
            "“日期”取“申辩”的日期",
            "一个对案件做的行为",
        ),
        (
            "快捷 甲 { ☞日期 \"行为日:立安\"; }",
            "没有这个行为:“立安”",
            "是不是“立案”",
        ),
        (
            "快捷 甲 { 方式 口头; }\n☞快捷 甲 { 方式 书面; }",
            "快捷“甲”写了两次",
            "一个名称",
        ),
        (
            "快捷 甲 ☞乙 { 方式 口头; }",
            "快捷“甲”后面还有“乙”",
            "花括号里",
        ),
        (
            "快捷 甲 ☞图=#true { 方式 口头; }",
            "不认识的“图=”",
            "没有带等号的项",
        ),
        (
            "快捷 甲 { ☞方试 口头; }",
            "没有这个事实:“方试”",
            "是不是“方式”",
        ),
        (
            "快捷 甲 { ☞处罚内容 口头; }",
            "“处罚内容”不是这个行为要人填的",
            "方式、途径、已听取",
        ),
        (
            "快捷 甲 { 方式 ☞当面; }",
            "没有这个选项:“当面”",
            "口头、书面",
        ),
        (
            "快捷 甲 { 途径 电话 ☞网上; }",
            "没有这个选项:“网上”",
            "电话、信函",
        ),
        ("快捷 甲 { ☞方式; }", "“方式”后面没有写填什么", "口头、书面"),
        (
            "快捷 甲 { 方式 口头 ☞书面; }",
            "“方式”写了不止一个值",
            "只写一个值",
        ),
        (
            "快捷 甲 { 已听取 ☞是的; }",
            "“已听取”填的是“是的”",
            "是 或 否",
        ),
        (
            "快捷 甲 { 内容 ☞\"超过了八个字的内容\"; }",
            "有9个字,最多8个字",
            "一到8个字",
        ),
        ("快捷 甲 { 内容 ☞\"\"; }", "“内容”的文字是空的", "一到8个字"),
        ("快捷 甲 { 页数 ☞两; }", "看到“两”", "整数"),
        ("快捷 甲 { 数额 ☞三元; }", "看到“三元”", "以元计的金额"),
        (
            "快捷 甲 { ☞日期 \"2026-01-01\"; }",
            "“日期”是日期,不能预先填好",
            "是否、选项",
        ),
        (
            "快捷 甲 { 方式 口头; ☞方式 书面; }",
            "“方式”写了两次",
            "写一次",
        ),
        (
            "快捷 甲 { ☞当 { 已听取 成立; }; 方式 口头; }",
            "快捷“甲”的条件读到“已听取”",
            "做这个行为以前就知道",
        ),
        (
            "快捷 甲 { 当 { 情节严重 ☞是; }; 方式 口头; }",
            "不能“是”",
            "成立、不成立",
        ),
    ] {
        check(P, defence, &act(shortcut), seen, expected);
    }
    // An act that asks for nothing has nothing to prepare; one for documents is told once, not once a document.
    check(
        P,
        "行为 service 送达 { 对象 文书; 阶段 办理; 性质 客观发生; }",
        "行为 service 送达 { 对象 文书; 阶段 办理; 性质 客观发生; 快捷 甲 { ☞情节严重 是; }; }",
        "“情节严重”不是这个行为要人填的",
        "这个行为没有",
    );
}

#[test]
fn a_property_must_rest_on_rules_that_exist() {
    let mut files = good();
    let (text, place) = marked(&PROPERTIES.replace("支撑 G-NOTIFY", "支撑 ☞G-NOTIFI"));
    files[5].text = text;
    let rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let (path, nodes) = &rules.properties[0];
    let errors = parse(&rules.procedures[0], &rules.names["t"], nodes).expect_err("no such rule");
    let shown = plain(&errors.to_string());
    assert_eq!(
        shown,
        format!("{path}:{place}: 没有编号“G-NOTIFI”;应当是:声明过的关系")
    );
}

#[test]
fn all_mistakes_of_one_loading_are_told_together() {
    let mut files = good();
    files.retain(|f| !f.path.ends_with(".csv"));
    files[1].text = files[1].text.replace("依据 XZCF45", "依据 XZCF99");
    files[3].text = files[3].text.replace("依据 XZCF57", "依据 MYF1");
    files[4].text = files[4]
        .text
        .replace("先 立案; 后 告知;", "先 立按; 后 告之;")
        .replace("期间 5 工作日 F2", "期间 5 日 F2")
        .replace("情节严重 成立", "情节严重 已报");
    let errors = load_errors(&files);
    let shown = plain(&errors.to_string());
    for told in [
        "calendar/workdays.csv:1:1: 没有工作日历",
        "rows.kdl:1:",
        "items/a.kdl:2:",
        "“立按”",
        "“告之”",
        "不能以“日”计",
        "不能“已报”",
    ] {
        assert!(shown.contains(told), "{told}\n{shown}");
    }
    let mut in_order = errors.0.clone();
    in_order.sort();
    assert_eq!(errors.0, in_order, "in the order of files and lines");
}
