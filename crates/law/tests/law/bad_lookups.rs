//! What a procedure looks up in registers of the agency: read as it is meant, or told where it cannot be meant.

use law::Rules;
use law::lookup::Mark;
use law::power::Matter;

use crate::bad_rules::{P, check, good};

const FACTS: &str = "事实 device 设备编号 类型=文字 归=案件
事实 place 设置地点 类型=文字 归=案件
事实 reviewed 已经审核 类型=是否 归=案件
事实 fined 罚过 类型=是否 归=当事人
推导 agrees 与登记一致 类型=是否 归=案件 由=\"登记:devices\"
";

const LOOKUP: &str = "查登记 devices {
    由 设备编号 code
    仅 kind monitor
    取 设置地点 place
    有 已经审核 reviewed_on \"止:until\"
}
";

const ANCHOR: &str = "事实 serious 情节严重 类型=是否 归=案件\n";

fn with(facts: &str, lookup: &str) -> String {
    format!("{ANCHOR}{facts}{lookup}")
}

#[test]
fn a_lookup_is_read() {
    let mut files = good();
    files[4].text = files[4].text.replace(ANCHOR, &with(FACTS, LOOKUP));
    let rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let procedure = &rules.procedures[0];
    let [lookup] = procedure.lookups.as_slice() else {
        panic!("one");
    };
    let name = |fact: usize| procedure.facts[fact].name.as_str();
    assert_eq!(lookup.register, "devices");
    assert_eq!(
        (name(lookup.key), lookup.column.as_str()),
        ("设备编号", "code")
    );
    assert_eq!(lookup.only, Some(("kind".to_owned(), "monitor".to_owned())));
    let takes: Vec<_> = lookup
        .takes
        .iter()
        .map(|take| (name(take.fact), take.column.as_str()))
        .collect();
    assert_eq!(takes, [("设置地点", "place")]);
    assert_eq!(
        lookup.vouches[0].1,
        [
            Mark::Filled("reviewed_on".to_owned()),
            Mark::Until("until".to_owned())
        ]
    );
    let columns: Vec<&str> = lookup.columns().collect();
    assert_eq!(columns, ["place", "reviewed_on", "until", "kind", "code"]);
}

const PARTIES: &str = "事实 code 信用代码 类型=信用代码 归=当事人
事实 sort 种类 类型=选项 归=当事人 { 选项 a 甲; 选项 b 乙; }
";

const PARTY_LOOKUP: &str = "查登记 enterprises {
    由 信用代码 code
    名 name
    随 sites holder
    在 from \"止:until\"
    取 种类 kind { one 甲; one 乙; two 乙; }
}
";

#[test]
fn somebody_is_taken_from_a_register_with_the_name_and_what_a_choice_means() {
    let mut files = good();
    let text = with(PARTIES, PARTY_LOOKUP);
    files[4].text = files[4].text.replace(ANCHOR, &text);
    let rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let lookup = &rules.procedures[0].lookups[0];
    assert_eq!(lookup.name.as_deref(), Some("name"));
    let by_way_of = [("sites".to_owned(), "holder".to_owned())];
    assert_eq!(lookup.by_way_of, by_way_of);
    let stands = [
        Mark::Filled("from".to_owned()),
        Mark::Until("until".to_owned()),
    ];
    assert_eq!(lookup.stands, stands);
    let meant = |value: &str, at| (value.to_owned(), at);
    let alternatives = [meant("one", 0), meant("one", 1), meant("two", 1)];
    assert_eq!(lookup.takes[0].alternatives, alternatives);
    assert!(lookup.told.contains("one是甲"), "{}", lookup.told);
    let columns: Vec<&str> = lookup.columns().collect();
    assert_eq!(columns, ["kind", "from", "until", "name", "code"]);
}

#[test]
fn a_choice_that_means_nothing_is_told_at_its_place() {
    let tell = |change: (&str, &str), seen: &str, expected: &str| {
        let lookup = PARTY_LOOKUP.replace(change.0, change.1);
        check(P, ANCHOR, &with(PARTIES, &lookup), seen, expected);
    };
    tell(("two 乙;", "☞two 丙;"), "“种类”没有选项“丙”", "甲、乙");
    tell(
        ("取 种类 kind { one 甲; one 乙; two 乙; }", "☞取 种类 kind"),
        "取 “种类”",
        "哪个选项",
    );
    // A case has no name that a row could give.
    let lookup = LOOKUP.replace("    仅", "    ☞名 name\n    仅");
    check(
        P,
        ANCHOR,
        &with(FACTS, &lookup),
        "“设备编号”归案件",
        "没有名称可取",
    );
}

#[test]
fn what_cannot_be_meant_is_told_at_its_place() {
    let tell = |lookup: &str, seen: &str, expected: &str| {
        check(P, ANCHOR, &with(FACTS, lookup), seen, expected);
    };
    tell(
        &format!("{LOOKUP}☞查登记 devices {{ 由 设备编号 code; }}\n"),
        "查登记“devices”写了两次",
        "每个登记写一次",
    );
    tell(
        &LOOKUP.replace("    取 设置地点 place", "    ☞取 已经审核 place"),
        "取 “已经审核”(是否)",
        "取 文字、数、日期、选项的事实",
    );
    tell(
        &LOOKUP.replace("    有 已经审核", "    ☞有 罚过"),
        "有 “罚过”(是否)",
        "同一类对象",
    );
    tell(
        &LOOKUP.replace("    取 设置地点 place", "    ☞取 与登记一致 place"),
        "“与登记一致”",
        "由人填写",
    );
    let key = LOOKUP.replace("    由 设备编号 code", "    ☞由 情节严重 code");
    let facts = FACTS.replace(
        "推导 agrees 与登记一致 类型=是否 归=案件 由=\"登记:devices\"\n",
        "",
    );
    check(
        P,
        ANCHOR,
        &with(&facts, &key),
        "“情节严重”是是否",
        "由文字、信用代码的事实查",
    );
}

#[test]
fn a_fact_that_asks_for_a_register_needs_its_lookup() {
    let facts = FACTS.replace("推导 agrees", "☞推导 agrees");
    check(
        P,
        ANCHOR,
        &with(&facts, ""),
        "由“登记:devices”",
        "有这个登记的“查登记”",
    );
}

#[test]
fn a_follow_up_is_filled_into_a_text_that_the_act_says() {
    let act = "    必填 情节严重\n    新增 当事人\n";
    let put = |line: &str| format!("    必填 情节严重\n    新增 当事人\n    {line}\n");
    check(
        P,
        act,
        &put("☞后案 情节严重 t"),
        "后案的编号填在“情节严重”里",
        "文字的事实",
    );
    check(
        P,
        "事实 serious 情节严重 类型=是否 归=案件\n",
        "事实 serious 情节严重 类型=是否 归=案件\n事实 next 后来的案件 类型=文字 归=案件\n行为 noting 记下 { 对象 案件; 阶段 办理; 性质 本机关作出; 必填 后来的案件; 后案 后来的案件 t ☞nowhere; }\n",
        "没有程序“nowhere”",
        "程序的标识",
    );
}

const MAPPED: &str =
    "事实 wanted 许可事项 类型=选项 归=案件 { 选项 water 取水; 选项 soil 水土保持; }
推导 held 有权 类型=是否 归=案件 由=power_held
";

#[test]
fn what_is_held_against_the_power_map_is_read_or_told() {
    let said = |lines: &str| with(MAPPED, lines);
    let mut files = good();
    let own = said("查权力配置 行政许可 { 事项 许可事项; }\n");
    files[4].text = files[4].text.replace(ANCHOR, &own);
    let rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let procedure = &rules.procedures[0];
    let power = procedure.power.as_ref().unwrap();
    assert_eq!(power.matter, Matter::License);
    assert_eq!(procedure.facts[power.items[0]].name, "许可事项");
    assert_eq!(power.place, None);
    let tell = |lines: &str, seen: &str, expected: &str| {
        check(P, ANCHOR, &with(MAPPED, lines), seen, expected);
    };
    let unsaid = MAPPED.replace("推导 held", "☞推导 held");
    let expected = "同一个程序里有“查权力配置”";
    check(P, ANCHOR, &with(&unsaid, ""), "“有权”看权力配置", expected);
    tell(
        "☞查权力配置 行政审批 { 事项 许可事项; }\n",
        "“行政审批”",
        "行政处罚、行政许可",
    );
    tell(
        "查权力配置 行政许可 { 事项 ☞情节严重; }\n",
        "“情节严重”",
        "事项、选项、文字的事实",
    );
    tell(
        "查权力配置 行政许可 { 事项 许可事项; 地点 ☞许可事项; }\n",
        "“许可事项”",
        "文字的事实",
    );
    tell(
        "查权力配置 行政许可 { 事项 许可事项; }\n☞查权力配置 行政检查 { 事项 许可事项; }\n",
        "查权力配置写了两次",
        "一个程序里写一次",
    );
}
