//! Conditions that people type: what can never hold, and what the catalogue of reviews takes.

use std::sync::LazyLock;

use law::Rules;
use law::contradiction;
use law::readers::Reader;
use law::review_catalog::{CatalogRow, ReviewCatalog, mistakes};
use law::typed::{self, Mistake};
use vocabulary::Day;

use crate::common::shipped;

static RULES: LazyLock<Rules> =
    LazyLock::new(|| Rules::load(&shipped()).unwrap_or_else(|errors| panic!("{errors}")));

const CATALOG: Reader = Reader::ReviewCatalog;
const PENALTY: &str = "penalty.ordinary";

fn told(text: &str) -> Option<String> {
    let names = &RULES.names[PENALTY];
    let condition = typed::read(text, names).unwrap_or_else(|found| panic!("{text}: {found:?}"));
    contradiction::told(&condition, names.words())
}

#[test]
fn lines_that_exclude_each_other_are_named() {
    for (text, says) in [
        (
            "拟处罚内容 罚款超过 100; 拟处罚内容 罚款少于 50",
            "“拟处罚内容的罚款超过¥100.00”与“拟处罚内容的罚款少于¥50.00”不能同时成立",
        ),
        (
            "当事人类型 是 公民; 当事人类型 是 法人",
            "“当事人类型是公民”与“当事人类型是法人”不能同时成立",
        ),
        (
            "当事人类型 属于 公民 法人; 当事人类型 不是 公民; 当事人类型 不是 法人",
            "“当事人类型是公民、法人”、“当事人类型不是公民”、“当事人类型不是法人”不能同时成立",
        ),
        (
            "情节严重 成立; 情节严重 不成立",
            "“情节严重成立”与“情节严重不成立”不能同时成立",
        ),
        (
            "情节严重 未填; 情节严重 成立",
            "“情节严重未填”与“情节严重成立”",
        ),
        (
            "拟处罚内容 含种类 警告; 非 { 拟处罚内容 含种类 警告; }",
            "不能同时成立",
        ),
        ("违法所得 少于 0", "“违法所得少于¥0.00”不可能成立"),
        // Nothing lies between two neighbouring amounts.
        ("违法所得 超过 5; 违法所得 少于 5.01", "不能同时成立"),
        (
            "违法所得 超过 设定:公民听证罚款起点; 违法所得 不超过 设定:公民听证罚款起点",
            "不能同时成立",
        ),
        ("违法所得 超过 事实:违法所得", "不可能成立"),
        (
            "裁量事由 含 主动消除或者减轻危害后果; 裁量事由 不含 主动消除或者减轻危害后果",
            "不能同时成立",
        ),
        ("非 { 任一 { 情节严重 成立; 情节严重 不成立; } }", "并非"),
        (
            "任一 { 全部 { 情节严重 成立; 情节严重 不成立; }; 违法所得 少于 0; }",
            "条件的每一种情形都不可能成立：",
        ),
        (
            "情节严重 成立; 任一 { 情节严重 不成立; 全部 { 情节严重 不成立; 违法所得 不少于 1; } }",
            "“情节严重成立”与“情节严重不成立”",
        ),
    ] {
        let found = told(text);
        assert!(
            found.as_ref().is_some_and(|it| it.contains(says)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn what_can_hold_is_let_through() {
    for text in [
        "拟处罚内容 罚款不少于 50; 拟处罚内容 罚款不超过 50",
        "拟处罚内容 罚款超过 100; 拟处罚内容 没收少于 50",
        "当事人类型 属于 公民 法人; 当事人类型 不是 公民",
        "任一 { 情节严重 成立; 情节严重 不成立; }",
        "任一 { 全部 { 情节严重 成立; 情节严重 不成立; }; 情节严重 成立; }",
        "违法所得 超过 100; 违法所得 不超过 设定:公民听证罚款起点",
        "非 { 情节严重 成立; 情节严重 不成立; }",
        "非 { 拟处罚内容 含种类 罚款; }; 拟处罚内容 含种类 警告",
        "违法所得 不少于 事实:违法所得",
        "违法所得 超过 设定:公民听证罚款起点; 违法所得 不超过 设定:单位听证罚款起点",
    ] {
        assert_eq!(told(text), None, "{text}");
    }
}

fn first(text: &str) -> Mistake {
    typed::read(text, &RULES.names[PENALTY])
        .expect_err(text)
        .remove(0)
}

#[test]
fn a_mistake_says_in_which_line_what_was_seen_and_what_is_expected() {
    let wrong = first("情节严重 成立\n拟处罚 罚款不少于 100");
    assert_eq!(wrong.line, 2);
    assert!(wrong.seen.contains("没有这个事实:“拟处罚”"), "{wrong}");
    let wrong = first("情节严重 不少于 3");
    assert!(wrong.expected.contains("成立、不成立"), "{wrong}");
    let wrong = first("当事人类型 是 外星人");
    assert!(wrong.expected.contains("公民"), "{wrong}");
    let wrong = first("违法所得 不少于 \"5万元\"");
    assert!(wrong.seen.contains("5万元"), "{wrong}");
    let wrong = first("违法所得 不少于 设定:没有的");
    assert!(wrong.seen.contains("没有的"), "{wrong}");
    // Signs of an input method are read as they are meant.
    let names = &RULES.names[PENALTY];
    let wide = typed::read("违法所得　不少于　５０００；情节严重 成立", names).unwrap();
    let plain = typed::read("违法所得 不少于 5000\n情节严重 成立", names).unwrap();
    assert_eq!(wide, plain);
}

fn row(procedure: &str, condition: &str) -> CatalogRow {
    CatalogRow {
        id: "m01".to_owned(),
        name: "较大罚款".to_owned(),
        procedure: procedure.to_owned(),
        condition: condition.to_owned(),
        from: Day::parse("2026-01-01").expect("a day"),
        until: Day::parse("2026-06-01").ok(),
    }
}

fn wrong(procedure: &str, condition: &str) -> (&'static str, String) {
    let mut found = mistakes(&row(procedure, condition), &RULES);
    assert!(!found.is_empty(), "{condition} is wrong");
    let first = found.remove(0);
    (first.field, first.text)
}

#[test]
fn a_row_is_held_against_the_act_that_asks() {
    assert_eq!(mistakes(&row("", ""), &RULES), []);
    assert_eq!(
        mistakes(&row(PENALTY, "拟处罚内容 罚款不少于 50000"), &RULES),
        []
    );
    // What must have been filled before, and what the rules derive at this act themselves.
    assert_eq!(mistakes(&row(PENALTY, "案由 已填"), &RULES), []);
    assert_eq!(mistakes(&row(PENALTY, "超出裁量档次 成立"), &RULES), []);
    let (field, text) = wrong("", "情节严重 成立");
    assert_eq!(field, "procedure");
    assert!(text.contains("选择适用的程序"), "{text}");
    let (field, text) = wrong("remedy", "案由 已填");
    assert_eq!(field, "procedure");
    assert!(text.contains("行政处罚"), "{text}");
    for later in [
        "决定处罚内容 罚款不少于 1",
        "听证结果 是 已举行",
        "符合本机关审核目录 成立",
    ] {
        let (field, text) = wrong(PENALTY, later);
        assert_eq!(field, "condition");
        assert!(text.contains("还不一定有值"), "{later}: {text}");
    }
    let (field, text) = wrong(PENALTY, "情节严重 成立\n情节严重 不成立");
    assert_eq!(field, "condition");
    assert!(text.contains("不能同时成立"), "{text}");
    let (_, text) = wrong(PENALTY, "情节严重 成立\n情节严重 是 公民");
    assert!(text.starts_with("条件第2行："), "{text}");
}

#[test]
fn every_procedure_that_asks_offers_facts_under_the_act_that_says_them() {
    let asking: Vec<&str> = RULES
        .procedures
        .iter()
        .filter(|it| !CATALOG.asked(it).is_empty())
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(
        asking,
        [
            "coercion.execution",
            "coercion.measure",
            "inspection",
            "levy",
            "license",
            "penalty.ordinary"
        ]
    );
    for procedure in RULES
        .procedures
        .iter()
        .filter(|it| !CATALOG.asked(it).is_empty())
    {
        let groups = CATALOG.grouped(procedure);
        let shown: Vec<&str> = groups.iter().map(|(name, _)| name.as_str()).collect();
        let own = &procedure.events[CATALOG.asked(procedure)[0]].name;
        assert!(shown.contains(&own.as_str()), "{own} in {shown:?}");
        let mut facts: Vec<usize> = groups.into_iter().flat_map(|(_, facts)| facts).collect();
        let count = facts.len();
        facts.sort_unstable();
        facts.dedup();
        assert_eq!(facts.len(), count, "each fact once");
        assert_eq!(facts, CATALOG.known(procedure));
    }
}

#[test]
fn a_row_holds_between_its_days() {
    let rows = [
        row(PENALTY, "拟处罚内容 罚款不少于 50000"),
        // Approved under an earlier edition: it names what is no more.
        row(PENALTY, "以前的事实 成立"),
        row("", ""),
    ];
    let catalog = ReviewCatalog::of(&rows, &RULES);
    let on = |procedure: &str, day: &str| catalog.on(procedure, Day::parse(day).unwrap()).count();
    assert_eq!(on(PENALTY, "2025-12-31"), 0);
    assert_eq!(on(PENALTY, "2026-01-01"), 1);
    assert_eq!(on(PENALTY, "2026-05-31"), 1);
    assert_eq!(on(PENALTY, "2026-06-01"), 0);
    assert_eq!(on("license", "2026-03-01"), 0);
}
