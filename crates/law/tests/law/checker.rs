//! What the checker proves and refutes, on procedures small enough to see through.

use law::Rules;
use law::check::{Outcome, Property, Slice, check, check_within, parse};
use law::model::Procedure;

use crate::common::{calendar, file};

const BASE: &str = r#"
程序 t 试验程序 {
    对象 case 案件 类=案件
    对象 party 当事人 类=当事人
    阶段 only 办理
}
事实 wants 要听证 类型=是否 归=当事人
行为 filing 立案 { 对象 案件; 阶段 办理; 性质 本机关作出; 新增 当事人; }
行为 notification 告知 { 对象 当事人; 阶段 办理; 性质 本机关作出; }
行为 request 申请 { 对象 当事人; 阶段 办理; 性质 客观发生; }
行为 hearing 听证 { 对象 当事人; 阶段 办理; 性质 本机关作出; }
行为 withdrawal 收回 { 对象 当事人; 阶段 办理; 性质 本机关作出; }
行为 revival 恢复 { 对象 当事人; 阶段 办理; 性质 本机关作出; }
行为 decision 决定 { 对象 当事人; 阶段 办理; 性质 本机关作出; }
行为 closing 结案 { 对象 案件; 阶段 办理; 性质 本机关作出; }
"#;

const NOTIFY_FIRST: &str = "前提 G-NOTIFY { 先 告知; 后 决定; 依据 XZCF44; }\n";

/// “未告知不得决定”, resting on this.
fn notified(rests_on: &str) -> String {
    format!(
        "性质 P \"未告知不得决定\" {{ 旗 已告知 {{ 立 告知; }}; 坏 决定 {{ 非 {{ 旗 已告知; }}; }}; 支撑 {rests_on}; }}\n"
    )
}

struct Proof {
    procedure: Procedure,
    property: Property,
    slice: Slice,
}

/// The property over the base procedure with more rules.
fn given(more: &str, property: &str) -> Proof {
    let rules = Rules::load(&[
        file("statutes.kdl", "法源 XZCF 行政处罚法 { 条 44 45 57; }\n"),
        file("t/procedure.kdl", &format!("{BASE}{more}")),
        file("t/properties.kdl", property),
        calendar(),
    ])
    .unwrap_or_else(|errors| panic!("{errors}"));
    let procedure = rules.procedures[0].clone();
    let (_, nodes) = &rules.properties[0];
    let mut properties =
        parse(&procedure, &rules.names["t"], nodes).unwrap_or_else(|errors| panic!("{errors}"));
    let property = properties.pop().expect("one property");
    let slice = Slice::of(&procedure, &property);
    Proof {
        procedure,
        property,
        slice,
    }
}

impl Proof {
    fn outcome(&self) -> Outcome {
        check(&self.procedure, &self.property, &self.slice, None)
    }

    fn without(&self, rule: &str) -> Outcome {
        let rule = self.procedure.rule(rule).expect("a rule");
        check(&self.procedure, &self.property, &self.slice, Some(rule))
    }

    #[track_caller]
    fn holds(&self) -> &Proof {
        let outcome = self.outcome();
        assert_eq!(steps(&outcome), None);
        assert!(outcome.closed, "every state was seen");
        assert!(outcome.states > 1, "there was something to search");
        self
    }

    /// Fails without this rule, by these steps.
    #[track_caller]
    fn rests_on(&self, rule: &str, expected: &[&str]) -> &Proof {
        assert_eq!(
            steps(&self.without(rule)),
            Some(expected.iter().map(|s| (*s).to_owned()).collect())
        );
        self
    }

    #[track_caller]
    fn fails_by(&self, expected: &[&str]) {
        assert_eq!(
            steps(&self.outcome()),
            Some(expected.iter().map(|s| (*s).to_owned()).collect())
        );
    }
}

fn steps(outcome: &Outcome) -> Option<Vec<String>> {
    outcome.counterexample.as_ref().map(|c| c.steps.clone())
}

#[test]
fn a_property_holds_and_every_state_was_seen() {
    given(NOTIFY_FIRST, &notified("G-NOTIFY")).holds();
}

#[test]
fn each_deleted_support_gives_a_shortest_counterexample() {
    given(NOTIFY_FIRST, &notified("G-NOTIFY"))
        .holds()
        .rests_on("G-NOTIFY", &["决定"]);
    // A chain: without the second link the decision still needs the hearing, so two steps are the fewest.
    let chain = "前提 G-HEAR { 先 听证; 后 决定; 依据 XZCF57; }\n\
                 前提 G-NOTIFY { 先 告知; 后 听证; 依据 XZCF44; }\n";
    given(chain, &notified("G-HEAR G-NOTIFY"))
        .holds()
        .rests_on("G-HEAR", &["决定"])
        .rests_on("G-NOTIFY", &["听证", "决定"]);
}

#[test]
fn an_include_that_reopens_is_found() {
    let out = "排除 X-OUT { 先 收回; 后 告知 决定; 依据 XZCF57; }\n";
    given(&format!("{NOTIFY_FIRST}{out}"), &notified("G-NOTIFY")).holds();
    let hole = "纳入 X-IN { 先 恢复; 后 决定; 依据 XZCF57; }\n";
    given(&format!("{NOTIFY_FIRST}{out}{hole}"), &notified("G-NOTIFY"))
        .fails_by(&["收回", "恢复", "决定"]);
}

#[test]
fn a_case_act_waits_for_every_party() {
    let rules = "前提 G-ALL { 先 告知; 后 结案; 依据 XZCF57; }\n";
    let property = "性质 P \"有人未告知不得结案\" { 旗 已告知 { 立 告知; }; 坏 结案 { 非 { 旗 已告知; }; }; 支撑 G-ALL; }\n";
    given(rules, property).holds().rests_on("G-ALL", &["结案"]);
}

#[test]
fn the_rest_of_the_parties_cannot_rescue() {
    // Another party is heard as often as it likes: what is owed to this one stays owed.
    let rules = "应当 O-HEAR { 先 申请; 后 听证; 阻 结案; 依据 XZCF57; }\n";
    let property = "性质 P \"听证未了不结案\" { 旗 听证未了 { 立 申请; 落 听证; }; 坏 结案 { 旗 听证未了; }; 支撑 O-HEAR; }\n";
    given(rules, property)
        .holds()
        .rests_on("O-HEAR", &["申请", "结案"]);
    // Nor can it do harm: closing without any hearing owed to this one is no counterexample, whatever others requested.
    let milestone = "应当 O-HEAR { 先 申请; 后 听证; 依据 XZCF57; }\n\
                     未了不得 M-HEAR { 先 听证; 后 结案; 依据 XZCF57; }\n";
    given(
        milestone,
        &property.replace("支撑 O-HEAR", "支撑 O-HEAR M-HEAR"),
    )
    .holds()
    .rests_on("M-HEAR", &["申请", "结案"])
    .rests_on("O-HEAR", &["申请", "结案"]);
}

#[test]
fn a_window_that_lapses_lets_pass() {
    let gate = "前提 G-WAIT { 先 申请; 后 决定; 依据 XZCF45; }\n";
    let property = "性质 P \"未申请不得决定\" { 旗 已申请 { 立 申请; }; 坏 决定 { 非 { 旗 已申请; }; }; 支撑 G-WAIT; }\n";
    given(gate, property).holds();
    let window = "限期 W-REQUEST { 先 告知; 后 申请; 期间 5 工作日 F2; 依据 XZCF45; }\n";
    given(&format!("{gate}{window}"), property).fails_by(&["告知", "【申请】的期间届满", "决定"]);
}

#[test]
fn a_requirement_over_a_derived_fact_is_kept() {
    let rules = "推导 in_force 事项有效 类型=是否 归=当事人 由=item_in_force\n\
                 要件 G-FORCE { 行为 决定; 须 { 事项有效 成立; }; 依据 XZCF57; }\n";
    let property = "性质 P \"事项失效不得决定\" { 坏 决定 { 事项有效 不成立; }; 支撑 G-FORCE; }\n";
    let proof = given(rules, property);
    // Nothing else happens in this slice: the only state is the first.
    assert_eq!(steps(&proof.outcome()), None);
    assert!(proof.outcome().closed);
    proof.rests_on("G-FORCE", &["决定"]);
    // 不成立 in the property is the opposite of 成立 in the rule, and not a comparison of its own.
    let reversed = "推导 in_force 事项有效 类型=是否 归=当事人 由=item_in_force\n\
                    要件 G-FORCE { 行为 决定; 须 { 非 { 事项有效 不成立; }; }; 依据 XZCF57; }\n";
    assert_eq!(steps(&given(reversed, property).outcome()), None);
}

#[test]
fn an_unconfirmed_rule_carries_no_proof() {
    let unconfirmed = NOTIFY_FIRST.replace("依据 XZCF44;", "依据 XZCF44; 核实 part;");
    given(&unconfirmed, &notified("G-NOTIFY")).fails_by(&["决定"]);
    // Nor does one that was always meant to be told only.
    let told = NOTIFY_FIRST.replace("依据 XZCF44;", "依据 XZCF44; 力度 说明理由;");
    given(&told, &notified("G-NOTIFY")).fails_by(&["决定"]);
}

#[test]
fn an_outside_act_out_of_order_is_a_defect_and_no_gate() {
    // What happens in the world cannot be forbidden; what rests on its order must hold the next act up itself.
    let rules = "前提 G-TOLD { 先 告知; 后 申请; 依据 XZCF44; 瑕疵 \"申请在告知之前\" { 补正 告知; 阻 决定; }; }\n\
                 前提 G-ASKED { 先 申请; 后 决定; 依据 XZCF45; }\n";
    let proof = given(rules, &notified("G-ASKED G-TOLD"));
    proof
        .holds()
        .rests_on("G-ASKED", &["决定"])
        .rests_on("G-TOLD", &["申请", "决定"]);
}

#[test]
fn a_search_that_runs_out_of_its_budget_is_not_closed_and_proves_nothing() {
    let proof = given(NOTIFY_FIRST, &notified("G-NOTIFY"));
    let whole = proof.outcome();
    assert!(whole.closed && whole.states > 1);
    let cut = check_within(&proof.procedure, &proof.property, &proof.slice, None, 1);
    assert!(!cut.closed, "{cut:?}");
    assert_eq!(cut.counterexample, None);
}
