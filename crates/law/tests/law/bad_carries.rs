//! What an act takes over from a case of another procedure: read as it is meant, or told where it cannot be meant.

use law::Rules;
use law::fact::Value;
use law::filling::Taken;

use crate::bad_rules::{P, PROCEDURE, check, good};

const FILING: &str = "行为 filing 立案 {
    对象 案件
    阶段 办理
    性质 本机关作出
    由 承办人
    必填 情节严重
    新增 当事人
}
";

/// The procedure where a case may follow another one of the same kind.
fn following(carry: &str) -> String {
    format!(
        "事实 words 要点 类型=文字 归=案件
事实 shown 公开要点 类型=文字 归=案件 密级=公开
事实 on 日期 类型=日期 归=案件
事实 rank 地位 类型=选项 归=当事人 {{ 选项 main 主要; 选项 other 次要; }}
行为 filing 立案 {{
    对象 案件
    阶段 办理
    性质 本机关作出
    由 承办人
    必填 情节严重
    选填 要点 公开要点 日期
    新增 当事人
{carry}
}}
"
    )
}

#[test]
fn what_is_taken_over_is_read() {
    let mut files = good();
    files[4].text = PROCEDURE.replace(
        FILING,
        &following(
            "承接 t { 办过 决定 撤案; 带入 当事人 { 地位 主要; }; 材料 告知; 情节严重 否; 要点 \"事实:公开要点\" \"前案:编号\"; 日期 \"行为日:送达:告知书\"; }",
        ),
    );
    files[4].text = files[4].text.replace(
        "对象 party 当事人 类=当事人",
        "对象 party 当事人 类=当事人 { 必填 地位; }",
    );
    let rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let procedure = &rules.procedures[0];
    let event = |id: &str| procedure.event(id).expect("declared");
    let fact = |id: &str| procedure.fact(id).expect("declared");
    let [carry] = procedure.events[event("filing")].carries.as_slice() else {
        panic!("one");
    };
    assert_eq!(carry.from, "t");
    assert_eq!(carry.after, [event("decision"), event("dropping")]);
    assert_eq!(carry.files, [event("notification")]);
    let brings = carry.brings.as_ref().expect("a party");
    assert_eq!(brings.says, [(fact("rank"), Value::Choice(0))]);
    assert_eq!(
        carry.fills,
        [
            (fact("serious"), vec![Taken::Says(Value::Bool(false))]),
            (
                fact("words"),
                vec![Taken::Fact(fact("shown")), Taken::Number]
            ),
            (fact("on"), vec![Taken::Day(vec![event("service:notice")])]),
        ]
    );
}

#[test]
fn what_cannot_be_taken_over_is_told_at_its_place() {
    for (carry, seen, expected) in [
        ("承接 ☞x { 情节严重 否; }", "没有程序“x”", "t"),
        (
            "承接 t { 情节严重 否; }\n☞承接 t { 情节严重 是; }",
            "承接“t”写了两次",
            "每个程序写一次",
        ),
        (
            "承接 t { 办过 ☞决订; }",
            "没有这个行为:“决订”",
            "是不是“决定”",
        ),
        ("承接 t { 带入 ☞案件; }", "带入“案件”", "案件以外的对象"),
        (
            "承接 t { 带入 当事人 { ☞要点 \"a\"; }; }",
            "“要点”不是对象进入本案时问的",
            "对象的必填",
        ),
        (
            "承接 t { ☞处罚内容 \"事实:处罚内容\"; }",
            "“处罚内容”不是这个行为要人填的",
            "必填、选填",
        ),
        (
            "承接 t { ☞日期 \"事实:要点\"; }",
            "“日期”取前案的“要点”",
            "类型是日期的事实",
        ),
        (
            "承接 t { ☞日期 \"前案:编号\"; }",
            "“日期”是日期",
            "类型是文字的事实",
        ),
        (
            "承接 t { ☞要点 \"行为日:决定\"; }",
            "“要点”取“决定”的日期",
            "类型是日期的事实",
        ),
        (
            "承接 t { ☞要点 \"事实:处罚内容\"; }",
            "“要点”取前案的“处罚内容”",
            "归带入的对象",
        ),
        (
            "承接 t { ☞公开要点 \"事实:要点\"; }",
            "它的密级更高",
            "密级不低于前案",
        ),
        (
            "承接 t { ☞要点 \"事实:公开要点\" 甲; }",
            "“要点”后面有“甲”",
            "逐个写",
        ),
        (
            "承接 t { 要点 \"事实:公开要点\"; ☞要点 \"前案:编号\"; }",
            "承接里“要点”写了两次",
            "每项事实写一次",
        ),
    ] {
        check(P, FILING, &following(carry), seen, expected);
    }
    check(
        P,
        "行为 service 送达 { 对象 文书; 阶段 办理; 性质 客观发生; }",
        "☞行为 service 送达 { 对象 文书; 阶段 办理; 性质 客观发生; 承接 t { 办过 决定; }; }",
        "是对文书做的",
        "对案件或者当事人做的行为",
    );
    check(
        P,
        "行为 dropping 撤案 { 对象 当事人; 阶段 办理; 性质 本机关作出; }",
        "行为 dropping 撤案 { 对象 当事人; 阶段 办理; 性质 本机关作出; 承接 t { 带入 ☞当事人; }; }",
        "“撤案”不新增对象",
        "写了“新增”的行为",
    );
}
