//! Each algorithm: true, false, and nothing where a fact is missing; and the edges where one turns into the other.

use std::collections::BTreeSet;
use std::sync::Arc;

use law::Rules;
use law::engine::Scope;
use law::fact::Value;
use law::model::{CASE, Domain};
use law::source::SourceFile;
use law::time::{Code, Period, Unit};
use vocabulary::{Day, Fen, Moment, Penalty, PenaltyKind};

use super::{ALGORITHMS, Derived, decision_day, derive, filing_day, violation_day};
use crate::case::{Case, Done, Met, Obligation};
use crate::command::Command;
use crate::context::{
    ApprovalRow, Context, Credential, EarlierFine, Level, Person, Power, PowerKind,
};
use crate::entry::Clock;
use crate::live::Live;

const STATUTES: &str = r#"
法源 OLD 旧法 { 条 1 2 3 4 5 6 7 8 9; }
法源 NEW 新法典 { 施行 "2026-08-15"; 条 1 2 3; }
法源 GONE 废法 { 废止 "2026-06-01"; 条 1; }
法源 HH 黄河法 { 施行 "2023-04-01"; 条 1 2; }
"#;

const ITEMS: &str = r#"
事项 I-PLAIN { 名称 "擅自取水"; 依据 "OLD1(1)"; 罚款 最低=20000 最高=100000; 竞合 I-RIVER I-GROUND I-GROUND-2; }
事项 I-RIVER { 名称 "在黄河流域取水"; 依据 HH1; 流域 黄河; 罚款 最低=50000 最高=500000; }
事项 I-GROUND { 名称 "取用地下水"; 依据 NEW1; 取水 地下水; 罚款 最低=20000 最高=200000; 竞合 I-RIVER I-GROUND-2; }
事项 I-GROUND-2 { 名称 "在禁采区取用地下水"; 依据 NEW1; 取水 地下水; 罚款 最低=50000 最高=500000; }
事项 I-LIGHT { 名称 "新法较轻"; 依据 NEW2; 罚款 最高=10000; 竞合 I-PLAIN; }
事项 I-NEW { 名称 "新设的违法行为"; 依据 NEW3; 罚款 最高=10000; }
事项 I-GONE { 名称 "已废止"; 依据 GONE1; 罚款 最高=10000; }
事项 I-MAY { 名称 "妨碍行洪"; 依据 "OLD2(1)"; 前置 责令停止 逾期=#true; 罚款 最高=50000 可以=#true; }
事项 I-MUST { 名称 "未编制报告"; 依据 OLD3; 罚款 最高=50000; }
事项 I-AREA { 名称 "开垦"; 依据 OLD4; 罚款 对象=个人 计=每平方米 最高=2 可以=#true; 罚款 对象=单位 计=每平方米 最低=5 最高=10; }
事项 I-UNIT { 名称 "只罚单位"; 依据 OLD4; 罚款 对象=单位 最高=1000; }
事项 I-TIMES { 名称 "滥挖"; 依据 OLD5; 罚款 计=倍数 基数=违法所得 最低=1 最高=5; 罚款 情形=无违法所得 最高=50000 可以=#true; }
事项 I-FEE { 名称 "拒不缴费"; 依据 OLD6; 罚款 计=倍数 基数=应缴补偿费 最高=3 可以=#true; }
事项 I-TIERS { 名称 "超定额"; 依据 OLD7; 罚款 最低=1000 最高=10000; 罚款 情形=情节严重 最低=100000 最高=500000; }
事项 I-REFUSES { 名称 "不改造"; 依据 OLD7; 罚款 最高=10000; 罚款 情形=拒不改正 最低=20000 最高=50000; }
事项 I-WARN { 名称 "抢水"; 依据 OLD8; 并处 警告; }
事项 I-OPEN { 名称 "数额没有读到"; 依据 OLD9; 罚款 数额=待核; }
事项 I-MOVED { 名称 "设排污口"; 依据 OLD2; 罚款 最低=50000 最高=100000; 停用 自="2026-08-15" 转=生态环境主管部门 依据=NEW3; }
"#;

const PROCEDURE: &str = r#"
程序 t 试验 {
    对象 case 案件 类=案件
    对象 party 当事人 类=当事人
    阶段 only 办理
    角色 handler 承办人 执法=#true
    角色 unit_head 承办机构负责人
    角色 leader 负责人
    角色 chief 主要负责人
    角色 legal_reviewer 法制审核人员
}
事实 discovery_date 发现日 类型=日期 归=案件
事实 violation_place 发生地 类型=文字 归=案件
事实 reconsideration_organ 复议机关 类型=文字 归=当事人
事实 court 管辖法院 类型=文字 归=当事人
事实 violation_continues 仍在继续 类型=是否 归=案件
事实 violation_ended 终了日 类型=日期 归=案件
事实 basin 流域 类型=选项 归=案件 { 选项 haihe 海河流域; 选项 yellow_river 黄河流域; }
事实 party_kind 当事人类型 类型=选项 归=当事人 { 选项 citizen 公民; 选项 individual_business 个体工商户; 选项 legal_person 法人; 选项 other_organization 其他组织; }
事实 birth_date 出生日期 类型=日期 归=当事人
事实 resident_id 身份号码 类型=身份号码 归=当事人
事实 credit_code 信用代码 类型=信用代码 归=当事人
事实 paper_number 证件号码 类型=文字 归=当事人
事实 legal_representative 负责人 类型=文字 归=当事人
事实 residence 住所 类型=文字 归=当事人
事实 item 适用事项 类型=事项 归=当事人
事实 proposed_penalty 拟处罚 类型=处罚 归=当事人
事实 notified_penalty 告知处罚 类型=处罚 归=当事人
事实 decided_penalty 决定处罚 类型=处罚 归=当事人
事实 decision_date 决定日期 类型=日期 归=当事人
事实 penalized_quantity 计罚数量 类型=数 归=当事人
事实 illegal_gains 违法所得 类型=金额 归=当事人
事实 fee_due 应缴费额 类型=金额 归=当事人
事实 is_serious 情节严重 类型=是否 归=当事人
事实 circumstances 裁量情节 类型=多选 归=当事人 { 选项 ordinary 一般; 选项 mitigated 减轻; }
事实 payment_amount 缴款金额 类型=金额 归=当事人
事实 additional_fine_amount 加处数额 类型=金额 归=当事人
事实 installment_end 分期结束日 类型=日期 归=当事人
行为 open_case 开案 { 对象 案件; 阶段 办理; 性质 本机关作出; 新增 当事人; 标签 立案日; 可重复; }
行为 meet 开会 { 对象 案件; 阶段 办理; 性质 本机关作出; 可重复; }
行为 step 一步 { 对象 当事人; 阶段 办理; 性质 本机关作出; 可重复; }
行为 serve 交付 { 对象 当事人; 阶段 办理; 性质 客观发生; }
行为 settle 付清 { 对象 当事人; 阶段 办理; 性质 客观发生; }
行为 appeal 申请救济 { 对象 当事人; 阶段 办理; 性质 客观发生; 可重复; 标签 停止计罚; }
行为 appeal_over 救济结束 { 对象 当事人; 阶段 办理; 性质 客观发生; 可重复; 标签 恢复计罚; }
应当 PAY { 先 交付; 后 付清; 期间 15 日 F1; 责任 当事人; 条目 PEN-PAY-15D; 依据 OLD1; }
"#;

const WATER: &str =
    "事实 water_source 取水水源 类型=选项 归=当事人 { 选项 ground 地下水; 选项 surface 地表水; }\n";
const ROWS: &str = "条目 PEN-PAY-15D 缴纳罚款 { 依据 OLD1; 状态 待建 试验; }\n";

/// A case with two parties on 2026-07-01, to which a test adds what it is about.
struct Given {
    context: Context,
    case: Case,
    command: Option<Command>,
    at: Moment,
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn fine(yuan: &str) -> Value {
    Value::Penalty(Penalty::new(vec![], Fen::parse_yuan(yuan).unwrap(), Fen(0)))
}

fn given() -> Given {
    given_with("")
}

fn given_with(more: &str) -> Given {
    let file = |path: &str, text: &str| SourceFile {
        path: path.into(),
        text: text.into(),
    };
    let procedure = format!("{PROCEDURE}{more}");
    let rules = Rules::load(&[
        file("statutes.kdl", STATUTES),
        file("rows.kdl", ROWS),
        file("items/a.kdl", ITEMS),
        file("x/procedure.kdl", &procedure),
        file(
            "calendar/workdays.csv",
            include_str!("../../../../rules/calendar/workdays.csv"),
        ),
    ]);
    let rules = Arc::new(rules.unwrap_or_else(|errors| panic!("{errors}")));
    let mut case = Case::new(Arc::new(rules.procedures[0].clone()));
    case.add_member(Domain(1), 1, "甲".into());
    case.add_member(Domain(1), 2, "乙".into());
    Given {
        context: Context::of(rules),
        case,
        command: None,
        at: day("2026-07-01").into(),
    }
}

impl Given {
    fn set(mut self, id: &str, value: Value) -> Given {
        let fact = self.case.procedure.fact(id).unwrap();
        self.case.facts[fact][0] = Some(value);
        self
    }

    /// A fact of the case or of party 1, as a person types it.
    fn fact(self, id: &str, text: &str) -> Given {
        let fact = &self.case.procedure.facts[self.case.procedure.fact(id).unwrap()];
        let value = fact.parse(text).unwrap();
        self.set(id, value)
    }

    /// A case of a fine under an item.
    fn fined(self, item: &str, kind: &str, yuan: &str) -> Given {
        self.fact("item", item)
            .fact("party_kind", kind)
            .set("proposed_penalty", fine(yuan))
    }

    fn on(mut self, text: &str) -> Given {
        self.at = day(text).into();
        self
    }

    fn done(mut self, act: &str, on: &str, facts: &[(&str, Value)]) -> Given {
        let procedure = Arc::clone(&self.case.procedure);
        let facts: Vec<_> = facts
            .iter()
            .map(|(id, value)| (procedure.fact(id).unwrap(), value.clone()))
            .collect();
        for (fact, value) in &facts {
            self.case.facts[*fact][0] = Some(value.clone());
        }
        self.case.history.push(Done {
            event: procedure.event(act).unwrap(),
            member: 0,
            occurred: day(on).into(),
            facts,
            people: vec![],
            cautions: vec![],
            entry: 0,
            within: 0,
        });
        self
    }

    fn paid(self, on: &str, yuan: &str) -> Given {
        let amount = Value::Money(Fen::parse_yuan(yuan).unwrap());
        self.done("step", on, &[("payment_amount", amount)])
    }

    /// The act at hand, on the day for which is asked.
    fn act(mut self, act: &str, people: &[(&str, &str)], facts: &[(&str, Value)]) -> Given {
        let procedure = &self.case.procedure;
        let event = procedure.event(act).unwrap();
        let number = u32::from(procedure.events[event].domain != CASE);
        let mut command = Command::new(event, number, self.at);
        let role = |id: &str| {
            procedure
                .roles
                .iter()
                .position(|role| role.id == id)
                .unwrap()
        };
        command.people = people
            .iter()
            .map(|(id, person)| (role(id), (*person).to_owned()))
            .collect();
        command.facts = facts
            .iter()
            .map(|(id, value)| (procedure.fact(id).unwrap(), value.clone()))
            .collect();
        self.command = Some(command);
        self
    }

    fn person(mut self, id: &str, change: impl Fn(&mut Person)) -> Given {
        let mut person = Person {
            id: id.into(),
            name: format!("{id}某"),
            ..Person::default()
        };
        change(&mut person);
        self.context.people.insert(id.into(), person);
        self
    }

    fn officer(self, id: &str, until: &str) -> Given {
        let credential = Credential {
            number: "1".into(),
            from: day("2024-01-01"),
            until: day(until),
            suspended_from: None,
            field: String::new(),
            area: String::new(),
            issued_by: String::new(),
        };
        self.person(id, |person| person.credentials = vec![credential.clone()])
    }

    fn leader(self, id: &str, level: Level) -> Given {
        self.person(id, |person| person.level = Some(level))
    }

    /// The obligation to pay is due on this day.
    fn due(mut self, text: &str) -> Given {
        self.case.owed[0][0] = Some(Obligation {
            since: self.at,
            clock: Some(clock(text)),
            undetermined: false,
        });
        self
    }

    fn ask<T>(&self, question: impl FnOnce(&Live<'_>) -> T) -> T {
        question(&Live {
            case: &self.case,
            context: &self.context,
            command: self.command.as_ref(),
            member: 0,
            at: self.at,
            newcomer: None,
            settled: std::cell::OnceCell::new(),
        })
    }

    fn found(&self, algorithm: &str) -> Option<Derived> {
        self.ask(|live| derive(algorithm, live, 0))
    }

    fn value(&self, algorithm: &str) -> Option<Value> {
        self.found(algorithm).map(|found| found.value)
    }

    fn detail(&self, algorithm: &str) -> String {
        self.found(algorithm)
            .map_or_else(String::new, |found| found.detail)
    }

    #[track_caller]
    fn is(&self, algorithm: &str, expected: bool) {
        assert_eq!(
            self.value(algorithm),
            Some(Value::Bool(expected)),
            "{}",
            self.detail(algorithm)
        );
    }

    #[track_caller]
    fn is_open(&self, algorithm: &str) {
        assert_eq!(self.found(algorithm), None);
    }
}

fn clock(due: &str) -> Clock {
    Clock {
        base: day(due).plus_days(-15).into(),
        period: Period {
            count: 15,
            unit: Unit::Days,
            code: Code::F1,
        },
        due: Some(day(due).into()),
        provisional: false,
        confirmed: true,
        calendar: String::new(),
        pauses: vec![],
        extensions: vec![],
    }
}

// ---- names

/// What the rules call by `由=` must exist: an unknown name would leave its fact open for ever.
#[test]
fn every_algorithm_of_the_shipped_rules_exists() {
    let texts = [
        include_str!("../../../../rules/penalty.ordinary/procedure.kdl"),
        include_str!("../../../../rules/overlays/legal_review.kdl"),
        include_str!("../../../../rules/overlays/disclosure.kdl"),
        include_str!("../../../../rules/overlays/recording.kdl"),
    ];
    let derived = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| line.trim_start().starts_with("推导 "));
    let called: BTreeSet<&str> = derived
        .filter_map(|line| line.split("由=").nth(1)?.split([' ', ';']).next())
        .collect();
    let known: BTreeSet<&str> = ALGORITHMS.iter().map(|(name, _)| *name).collect();
    assert!(!called.is_empty());
    assert_eq!(
        called.difference(&known).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
    given().is_open("no_such_algorithm");
}

// ---- days

#[test]
fn the_violation_day_is_its_end_or_the_discovery_while_it_goes_on() {
    let found = given().fact("discovery_date", "2026-05-01");
    assert_eq!(
        found.ask(violation_day),
        None,
        "nobody said whether it goes on"
    );
    let ended = found.fact("violation_continues", "false");
    assert_eq!(ended.ask(violation_day), None);
    let goes_on = ended.fact("violation_continues", "true");
    assert_eq!(goes_on.ask(violation_day), Some(day("2026-05-01")));
    let ended = goes_on.fact("violation_ended", "2026-04-01");
    assert_eq!(ended.ask(violation_day), Some(day("2026-04-01")));
}

#[test]
fn the_filing_day_is_that_of_the_first_act_so_tagged() {
    let case = given().done("step", "2026-01-01", &[]);
    assert_eq!(case.ask(filing_day), None);
    let at_hand = case.on("2026-03-05").act("open_case", &[], &[]);
    assert_eq!(at_hand.ask(filing_day), Some(day("2026-03-05")));
    let filed = at_hand
        .done("open_case", "2026-03-02", &[])
        .done("open_case", "2026-03-01", &[]);
    assert_eq!(filed.ask(filing_day), Some(day("2026-03-01")));
}

#[test]
fn the_decision_day_is_stated_or_that_of_the_deciding_act() {
    let of_party =
        |case: &Given, member| case.ask(|live| decision_day(live, &Scope::of(Domain(1), member)));
    let case = given();
    assert_eq!(of_party(&case, 0), None);
    let deciding = case
        .on("2026-09-01")
        .act("step", &[], &[("decided_penalty", fine("1"))]);
    assert_eq!(of_party(&deciding, 0), Some(day("2026-09-01")));
    assert_eq!(
        of_party(&deciding, 1),
        None,
        "the act decides about the first party"
    );
    assert_eq!(
        deciding.ask(|live| decision_day(live, &Scope::of(CASE, 0))),
        None
    );
    let stated = deciding.fact("decision_date", "2026-08-31");
    assert_eq!(of_party(&stated, 0), Some(day("2026-08-31")));
}

// ---- people

#[test]
fn a_credential_counts_on_its_last_day_and_no_longer() {
    let people = [
        ("handler", "王"),
        ("handler", "李"),
        ("handler", "王"),
        ("leader", "赵"),
    ];
    let case = given()
        .officer("王", "2026-07-01")
        .officer("李", "2026-06-30")
        .officer("赵", "2030-01-01");
    case.is_open("valid_officers");
    case.is_open("invalid_officers");
    let case = case.act("step", &people, &[]);
    assert_eq!(case.value("valid_officers"), Some(Value::Count(1)));
    assert_eq!(case.value("invalid_officers"), Some(Value::Count(1)));
    assert_eq!(
        case.detail("invalid_officers"),
        "李某没有2026-07-01有效的执法证件"
    );
    let renewed = case.officer("李", "2026-07-02");
    assert_eq!(renewed.value("valid_officers"), Some(Value::Count(2)));
    assert_eq!(renewed.value("invalid_officers"), Some(Value::Count(0)));
}

#[test]
fn somebody_outside_the_register_holds_no_credential() {
    let case = given().act("step", &[("handler", "谁")], &[]);
    assert_eq!(case.value("valid_officers"), Some(Value::Count(0)));
    assert_eq!(case.value("invalid_officers"), Some(Value::Count(1)));
}

#[test]
fn a_reviewer_is_qualified_or_reviewed_before_the_qualification_was_asked_for() {
    let reviewed_since = |text: &'static str| {
        let case = given().person("孙", move |person| person.reviewer_since = Some(day(text)));
        case.act("meet", &[("legal_reviewer", "孙")], &[])
    };
    reviewed_since("2017-12-31").is("reviewer_qualified", true);
    reviewed_since("2018-01-01").is("reviewer_qualified", false);
    let qualified = given().person("孙", |person| person.law_qualified = true);
    qualified
        .act("meet", &[("legal_reviewer", "孙")], &[])
        .is("reviewer_qualified", true);
    let one_is_not = given()
        .person("孙", |person| person.law_qualified = true)
        .person("周", |_| {});
    let one_is_not = one_is_not.act(
        "meet",
        &[("legal_reviewer", "孙"), ("legal_reviewer", "周")],
        &[],
    );
    one_is_not.is("reviewer_qualified", false);
    assert!(
        one_is_not
            .detail("reviewer_qualified")
            .starts_with("周某没有")
    );
    given()
        .act("meet", &[("leader", "孙")], &[])
        .is_open("reviewer_qualified");
    given().is_open("reviewer_qualified");
}

#[test]
fn without_an_approval_table_a_deputy_leader_approves() {
    given().is_open("approver_sufficient");
    given()
        .act("meet", &[("handler", "王")], &[])
        .is("approver_sufficient", false);
    let unit_head = given()
        .leader("钱", Level::UnitHead)
        .act("meet", &[("unit_head", "钱")], &[]);
    unit_head.is("approver_sufficient", false);
    let both = unit_head.leader("赵", Level::DeputyLeader);
    both.act("meet", &[("unit_head", "钱"), ("leader", "赵")], &[])
        .is("approver_sufficient", true);
    // A leader who merely takes part in another role approves nothing.
    let other_role =
        given()
            .leader("赵", Level::DeputyLeader)
            .act("meet", &[("handler", "赵")], &[]);
    other_role.is("approver_sufficient", false);
}

#[test]
fn the_approval_table_asks_by_the_highest_fine_of_any_party() {
    let row = |yuan, level| ApprovalRow {
        fine_from: Fen::yuan(yuan),
        level,
    };
    let approved = |amount: &str, act: &str| {
        let mut case = given().leader("赵", Level::DeputyLeader);
        case.context.approvals = vec![
            row(0, Level::UnitHead),
            row(50_000, Level::DeputyLeader),
            row(80_000, Level::ChiefLeader),
        ];
        let fact = case.case.procedure.fact("proposed_penalty").unwrap();
        case.case.facts[fact][1] = Some(fine(amount));
        case.set("proposed_penalty", fine("100"))
            .act(act, &[("leader", "赵")], &[])
    };
    approved("79999.99", "meet").is("approver_sufficient", true);
    approved("80000", "meet").is("approver_sufficient", false);
    assert_eq!(
        approved("80000", "meet").detail("approver_sufficient"),
        "批准人赵某是分管负责人，按审批权限应由主要负责人以上的负责人批准（罚款¥80,000.00）"
    );
    // An act about one party is approved by what is at stake for that party.
    approved("80000", "step").is("approver_sufficient", true);
}

#[test]
fn deliberators_are_those_in_charge() {
    given().is_open("deliberators");
    let case = given()
        .leader("赵", Level::DeputyLeader)
        .leader("钱", Level::ChiefLeader)
        .leader("孙", Level::UnitHead);
    let people = [
        ("leader", "赵"),
        ("chief", "钱"),
        ("leader", "钱"),
        ("unit_head", "孙"),
        ("handler", "谁"),
    ];
    assert_eq!(
        case.act("meet", &people, &[]).value("deliberators"),
        Some(Value::Count(2))
    );
}

// ---- the party

#[test]
fn the_penalty_at_stake_is_that_of_the_act_else_the_latest_recorded() {
    let within = |case: Given| case.value("fine_in_range");
    let case = given()
        .fact("item", "I-MUST")
        .fact("party_kind", "法人")
        .fact("circumstances", "一般");
    assert_eq!(within(case), None, "no penalty yet");
    let case = given()
        .fact("item", "I-MUST")
        .fact("party_kind", "法人")
        .fact("circumstances", "一般");
    let case = case.done("step", "2026-05-01", &[("notified_penalty", fine("60000"))]);
    case.is("fine_in_range", false);
    let case = case.done("step", "2026-05-09", &[("proposed_penalty", fine("50000"))]);
    case.is("fine_in_range", true);
    case.act("step", &[], &[("decided_penalty", fine("50000.01"))])
        .is("fine_in_range", false);
}

#[test]
fn the_same_act_fined_before_is_found_by_the_number_of_the_party() {
    given().is("same_act_fined", false);
    let mut case = given();
    case.context.earlier_fines = vec![EarlierFine {
        party: 2,
        document: "某罚〔2026〕1号决定".into(),
    }];
    case.is("same_act_fined", false);
    let second = case.ask(|live| derive("same_act_fined", live, 1)).unwrap();
    assert_eq!(second.value, Value::Bool(true));
    assert_eq!(second.detail, "同一违法行为已由某罚〔2026〕1号决定给予罚款");
    assert_eq!(
        case.ask(|live| derive("same_act_fined", live, 2)),
        None,
        "there is no third party"
    );
}

#[test]
fn age_is_counted_in_full_years() {
    let aged = |born: &str, on: &str| {
        let case = given()
            .fact("party_kind", "公民")
            .fact("birth_date", born)
            .fact("violation_ended", on);
        case.value("age_at_violation")
    };
    assert_eq!(aged("2012-07-02", "2026-07-01"), Some(Value::Count(13)));
    assert_eq!(aged("2012-07-01", "2026-07-01"), Some(Value::Count(14)));
    assert_eq!(aged("2008-02-29", "2026-02-28"), Some(Value::Count(17)));
    assert_eq!(aged("2027-01-01", "2026-02-28"), None, "born later");
    let citizen = given()
        .fact("party_kind", "公民")
        .fact("discovery_date", "2026-05-01");
    citizen.is_open("age_at_violation");
    let found = citizen.fact("birth_date", "2000-05-02");
    assert_eq!(
        found.value("age_at_violation"),
        Some(Value::Count(25)),
        "by the day of discovery"
    );
    assert_eq!(
        given().fact("party_kind", "法人").value("age_at_violation"),
        Some(Value::Count(18))
    );
}

/// Born on 1990-01-01.
const NUMBER: &str = "14040319900101001X";

#[test]
fn age_is_counted_by_the_number_where_no_date_was_found() {
    let citizen = given()
        .fact("party_kind", "公民")
        .fact("discovery_date", "2026-05-01")
        .fact("resident_id", NUMBER);
    assert_eq!(citizen.value("age_at_violation"), Some(Value::Count(36)));
    let found = citizen.fact("birth_date", "2010-05-01");
    assert_eq!(
        found.value("age_at_violation"),
        Some(Value::Count(16)),
        "what was found comes first"
    );
}

#[test]
fn the_date_of_birth_is_compared_with_the_number_when_both_are_known() {
    given().is_open("birth_date_agrees");
    given()
        .fact("resident_id", NUMBER)
        .is_open("birth_date_agrees");
    given()
        .fact("birth_date", "1990-01-01")
        .is_open("birth_date_agrees");
    let both = |born: &str| given().fact("resident_id", NUMBER).fact("birth_date", born);
    both("1990-01-01").is("birth_date_agrees", true);
    both("1990-01-02").is("birth_date_agrees", false);
    let told = both("1990-01-02").detail("birth_date_agrees");
    assert!(
        told.contains("1990-01-02") && told.contains("1990-01-01"),
        "{told}"
    );
}

#[test]
fn a_party_is_named_in_full_by_what_its_kind_has() {
    let of = |kind: &str, facts: &[(&str, &str)]| {
        let start = given().fact("party_kind", kind);
        facts
            .iter()
            .fold(start, |case, (id, text)| case.fact(id, text))
    };
    let code = ("credit_code", "91140400MA0H00000E");
    let (head, home) = (
        ("legal_representative", "牛某"),
        ("residence", "某市某路1号"),
    );
    let (number, paper) = (("resident_id", NUMBER), ("paper_number", "E12345678"));
    of("公民", &[]).is_open("party_identified");
    given()
        .fact("residence", "某村")
        .is_open("party_identified");
    of("公民", &[number, home]).is("party_identified", true);
    of("公民", &[paper, home]).is("party_identified", true);
    of("公民", &[code, home]).is("party_identified", false);
    of("个体工商户", &[code, home]).is("party_identified", true);
    of("个体工商户", &[number, home]).is("party_identified", false);
    for kind in ["法人", "其他组织"] {
        of(kind, &[code, head, home]).is("party_identified", true);
        of(kind, &[code, home]).is("party_identified", false);
        let told = of(kind, &[head]).detail("party_identified");
        assert_eq!(told, "还没有登记统一社会信用代码、住所");
    }
}

// ---- items

#[test]
fn an_item_is_in_force_at_the_violation_or_at_the_decision() {
    given().is_open("item_in_force");
    given().fact("item", "I-PLAIN").is("item_in_force", true);
    given().fact("item", "I-GONE").is_open("item_in_force");
    let gone = |ended| {
        given()
            .fact("item", "I-GONE")
            .fact("violation_ended", ended)
    };
    gone("2026-05-31").is("item_in_force", true);
    gone("2026-06-01").is("item_in_force", false);
    assert_eq!(
        gone("2026-06-01").detail("item_in_force"),
        "《废法》第一条在违法行为发生时（2026-06-01）和作出决定时（2026-07-01）都不在施行期间"
    );
    let new = given()
        .fact("item", "I-NEW")
        .fact("violation_ended", "2026-06-01");
    new.is("item_in_force", false);
    new.on("2026-08-15").is("item_in_force", true);
}

#[test]
fn a_superseded_item_names_who_is_competent_now() {
    let case = given()
        .fact("item", "I-MOVED")
        .fact("violation_ended", "2026-05-01")
        .on("2026-08-14");
    case.is("item_in_force", true);
    case.is("power_held", true);
    let case = case.on("2026-08-15");
    case.is("item_in_force", false);
    case.is("power_held", false);
    let told = "“设排污口”自2026-08-15起停用，由生态环境主管部门处罚（《新法典》第三条）";
    assert_eq!(case.detail("item_in_force"), told);
    assert_eq!(case.detail("power_held"), told);
}

#[test]
fn power_passes_on_the_day_in_the_register() {
    given().is_open("power_held");
    let with = |items: &[&str], until: &str| {
        let mut case = given().fact("item", "I-PLAIN");
        let items = items.iter().map(|id| (*id).to_owned()).collect();
        case.context.powers = vec![Power {
            items,
            until: Some(day(until)),
            passes_to: "某镇人民政府".into(),
            ..Power::default()
        }];
        case
    };
    with(&["I-PLAIN"], "2026-07-02").is("power_held", true);
    with(&["I-PLAIN"], "2026-07-01").is("power_held", false);
    with(&[], "2026-07-01").is("power_held", false);
    with(&["I-MUST"], "2026-07-01").is("power_held", true);
    let told = with(&[], "2026-07-01").detail("power_held");
    assert_eq!(told, "“擅自取水”的处罚权自2026-07-01起由某镇人民政府行使");
}

#[test]
fn the_power_map_is_asked_by_item_place_and_day() {
    let township = Power {
        kind: PowerKind::Township,
        items: ["I-PLAIN".to_owned()].into(),
        area: "店上镇、韩店镇".to_owned(),
        until: Some(day("2026-05-01")),
        ends: Some(day("2026-09-01")),
        passes_to: "店上镇人民政府".to_owned(),
        basis: "晋政发〔2026〕3号".to_owned(),
        published_on: Some(day("2026-04-20")),
        ..Power::default()
    };
    let own = Power {
        kind: PowerKind::Own,
        until: Some(day("2020-01-01")),
        passes_to: "长水县水利局".to_owned(),
        remedy_organ: "长水县人民政府".to_owned(),
        court: "长水县人民法院".to_owned(),
        ..Power::default()
    };
    let at = |place: &str, day: &str, township: &Power| {
        let mut case = given().fact("item", "I-PLAIN").on(day);
        if !place.is_empty() {
            case = case.fact("violation_place", place);
        }
        case.context.powers = vec![own.clone(), township.clone()];
        case
    };
    at("", "2026-06-01", &township).is_open("power_held");
    at("店上镇店上村东", "2026-06-01", &township).is("power_held", false);
    at("别处", "2026-06-01", &township).is("power_held", true);
    at("店上镇店上村东", "2026-04-30", &township).is("power_held", true);
    at("店上镇店上村东", "2026-09-01", &township).is("power_held", true);
    let told = at("韩店镇", "2026-06-01", &township).detail("power_held");
    assert_eq!(
        told,
        "店上镇、韩店镇范围内“擅自取水”的处罚权自2026-05-01起由店上镇人民政府行使（承接处罚权的乡镇街道，晋政发〔2026〕3号）"
    );
    let unpublished = Power {
        published_on: None,
        ..township.clone()
    };
    at("店上镇店上村东", "2026-06-01", &unpublished).is("power_held", true);
    // The remedies follow from the row.
    let case = at("别处", "2026-06-01", &township);
    let text = |algorithm: &str| case.value(algorithm);
    let said = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(text("reconsideration_organ"), said("长水县人民政府"));
    assert_eq!(text("court"), said("长水县人民法院"));
    case.is("remedies_agree", true);
    let wrong = at("别处", "2026-06-01", &township).fact("reconsideration_organ", "某市人民政府");
    wrong.is("remedies_agree", false);
    assert_eq!(
        wrong.detail("remedies_agree"),
        "复议机关写的是“某市人民政府”，权力配置里是“长水县人民政府”"
    );
}

#[test]
fn an_item_fits_the_kind_of_party() {
    given().is_open("item_party_ok");
    given().fact("item", "I-PLAIN").is("item_party_ok", true);
    given().fact("item", "I-WARN").is("item_party_ok", true);
    given().fact("item", "I-UNIT").is_open("item_party_ok");
    given()
        .fact("item", "I-UNIT")
        .fact("party_kind", "其他组织")
        .is("item_party_ok", true);
    let shop = given()
        .fact("item", "I-UNIT")
        .fact("party_kind", "个体工商户");
    shop.is("item_party_ok", false);
    assert_eq!(
        shop.detail("item_party_ok"),
        "《旧法》第四条没有对个人规定处罚"
    );
}

#[test]
fn some_items_are_punished_only_when_not_corrected_in_time() {
    given().is_open("overdue_item");
    given().fact("item", "I-MAY").is("overdue_item", true);
    given().fact("item", "I-PLAIN").is("overdue_item", false);
}

#[test]
fn the_law_of_a_basin_applies_there_and_only_there() {
    given().is_open("basin_ok");
    given().fact("item", "I-RIVER").is_open("basin_ok");
    given().fact("item", "I-PLAIN").is_open("basin_ok");
    given().fact("item", "I-MUST").is("basin_ok", true);
    given()
        .fact("item", "I-RIVER")
        .fact("basin", "黄河流域")
        .is("basin_ok", true);
    let elsewhere = given().fact("item", "I-RIVER").fact("basin", "海河流域");
    elsewhere.is("basin_ok", false);
    assert_eq!(
        elsewhere.detail("basin_ok"),
        "《黄河法》第一条只适用于黄河流域，本案不在黄河流域"
    );
    given()
        .fact("item", "I-PLAIN")
        .fact("basin", "海河流域")
        .is("basin_ok", true);
    let yields = given().fact("item", "I-PLAIN").fact("basin", "黄河流域");
    yields.is("basin_ok", false);
    assert_eq!(
        yields.detail("basin_ok"),
        "本案在黄河流域，应当适用《黄河法》第一条“在黄河流域取水”"
    );
    yields
        .fact("violation_ended", "2023-03-31")
        .is("basin_ok", true);
}

#[test]
fn the_higher_fine_is_chosen_among_provisions_that_apply() {
    given().is_open("highest_fine_chosen");
    let plain = |basin| {
        given()
            .fined("I-PLAIN", "法人", "30000")
            .fact("basin", basin)
    };
    plain("海河流域").is("highest_fine_chosen", true);
    plain("黄河流域").is("highest_fine_chosen", false);
    assert_eq!(
        plain("黄河流域").detail("highest_fine_chosen"),
        "《旧法》第一条第（一）项最高¥100,000.00，罚款数额更高的有《黄河法》第一条“在黄河流域取水”最高¥500,000.00"
    );
    plain("黄河流域")
        .fact("violation_ended", "2023-03-31")
        .is("highest_fine_chosen", true);
    given()
        .fined("I-PLAIN", "法人", "30000")
        .is_open("highest_fine_chosen");
    given()
        .fined("I-RIVER", "法人", "60000")
        .is("highest_fine_chosen", true);
    let unnamed = given().fact("item", "I-PLAIN").fact("basin", "黄河流域");
    unnamed.is_open("highest_fine_chosen");
}

#[test]
fn groundwater_has_its_own_provision_where_the_source_is_known() {
    let plain = |on: &str| {
        let case = given_with(WATER)
            .fined("I-PLAIN", "法人", "30000")
            .fact("basin", "海河流域");
        case.fact("violation_ended", on).on("2026-09-01")
    };
    plain("2026-08-20").is_open("highest_fine_chosen");
    plain("2026-08-20")
        .fact("water_source", "地表水")
        .is("highest_fine_chosen", true);
    plain("2026-08-20")
        .fact("water_source", "地下水")
        .is("highest_fine_chosen", false);
    // The act was over before the new provision came.
    plain("2026-08-14")
        .fact("water_source", "地下水")
        .is("highest_fine_chosen", true);
    // Items of one article differ by what was done: the graver one does not push the other aside.
    let ground = plain("2026-08-20")
        .fact("item", "I-GROUND")
        .fact("water_source", "地下水");
    ground.is("highest_fine_chosen", true);
    ground.is("basin_ok", true);
    ground.fact("water_source", "地表水").is("basin_ok", false);
}

#[test]
fn the_lighter_of_the_old_and_the_new_law_is_chosen() {
    given().is_open("lighter_law_chosen");
    let case = |item, ended| {
        let case = given_with(WATER)
            .fined(item, "法人", "30000")
            .fact("basin", "海河流域")
            .on("2026-09-01");
        case.fact("violation_ended", ended)
            .fact("water_source", "地下水")
    };
    case("I-PLAIN", "2026-08-14").is("lighter_law_chosen", true);
    case("I-GROUND", "2026-08-15").is("lighter_law_chosen", true);
    let heavier = case("I-GROUND", "2026-08-14");
    heavier.is("lighter_law_chosen", false);
    assert_eq!(
        heavier.detail("lighter_law_chosen"),
        "违法行为发生（2026-08-14）以后规定有变化，《旧法》第一条第（一）项“擅自取水”比《新法典》第一条轻"
    );
    case("I-LIGHT", "2026-08-14").is("lighter_law_chosen", true);
    let retroactive = case("I-NEW", "2026-08-14");
    retroactive.is("lighter_law_chosen", false);
    assert_eq!(
        retroactive.detail("lighter_law_chosen"),
        "违法行为发生时（2026-08-14）《新法典》第三条还没有施行"
    );
    given()
        .fact("item", "I-PLAIN")
        .is_open("lighter_law_chosen");
    given()
        .fact("item", "I-MUST")
        .is("lighter_law_chosen", true);
}

// ---- ranges

#[track_caller]
fn range(item: &str, kind: &str, yuan: &str, expected: bool) -> String {
    let case = given()
        .fined(item, kind, yuan)
        .fact("circumstances", "一般")
        .fact("is_serious", "false");
    case.is("fine_in_range", expected);
    case.detail("fine_in_range")
}

#[test]
fn a_fine_lies_within_its_range_both_ends_included() {
    range("I-PLAIN", "法人", "20000", true);
    range("I-PLAIN", "法人", "100000", true);
    assert_eq!(
        range("I-PLAIN", "法人", "100000.01", false),
        "罚款¥100,000.01超出《旧法》第一条第（一）项规定的¥20,000.00以上¥100,000.00以下"
    );
    assert_eq!(
        range("I-MAY", "公民", "60000", false),
        "罚款¥60,000.00超出《旧法》第二条第（一）项规定的¥50,000.00以下"
    );
    given()
        .fact("item", "I-PLAIN")
        .fact("party_kind", "法人")
        .is_open("fine_in_range");
    given()
        .set("proposed_penalty", fine("1"))
        .is_open("fine_in_range");
}

#[test]
fn below_the_least_only_when_mitigated() {
    let told = range("I-PLAIN", "法人", "19999.99", false);
    assert!(told.ends_with("，减轻处罚的须勾选“减轻”情节"), "{told}");
    let case = given().fined("I-PLAIN", "法人", "19999.99");
    case.is_open("fine_in_range");
    case.fact("circumstances", "减轻").is("fine_in_range", true);
    given()
        .fined("I-PLAIN", "法人", "100000.01")
        .fact("circumstances", "减轻")
        .is("fine_in_range", false);
}

#[test]
fn no_fine_where_the_fine_is_optional_or_there_is_none() {
    range("I-MAY", "公民", "0", true);
    range("I-MUST", "公民", "0", false);
    range("I-MUST", "公民", "0.01", true);
    range("I-WARN", "公民", "0", true);
    assert_eq!(
        range("I-WARN", "公民", "1", false),
        "《旧法》第八条没有规定罚款，不得罚款¥1.00"
    );
    range("I-UNIT", "公民", "1", false);
    assert_eq!(
        range("I-OPEN", "公民", "1", true),
        "“数额没有读到”的罚款数额待核，不能核对幅度"
    );
}

#[test]
fn fines_by_area_follow_the_kind_of_party_and_the_quantity() {
    let area = |kind, yuan| {
        given()
            .fined("I-AREA", kind, yuan)
            .fact("circumstances", "一般")
    };
    area("法人", "5000").is_open("fine_in_range");
    let of_500 = |kind, yuan| area(kind, yuan).fact("penalized_quantity", "500");
    of_500("法人", "5000").is("fine_in_range", true);
    of_500("法人", "5000.01").is("fine_in_range", false);
    of_500("法人", "2499.99").is("fine_in_range", false);
    of_500("公民", "1000").is("fine_in_range", true);
    assert_eq!(
        of_500("公民", "1000.01").detail("fine_in_range"),
        "罚款¥1,000.01超出《旧法》第四条规定的每平方米¥2.00以下（500平方米，即¥1,000.00以下）"
    );
    given()
        .fact("item", "I-AREA")
        .set("proposed_penalty", fine("1"))
        .is_open("fine_in_range");
}

#[test]
fn multiples_need_their_base() {
    let gains = |gains: &str, yuan| {
        given()
            .fined("I-TIMES", "公民", yuan)
            .fact("circumstances", "一般")
            .fact("illegal_gains", gains)
    };
    given()
        .fined("I-TIMES", "公民", "100")
        .is_open("fine_in_range");
    gains("1000", "5000").is("fine_in_range", true);
    gains("1000", "5000.01").is("fine_in_range", false);
    gains("1000", "999.99").is("fine_in_range", false);
    gains("1000", "0").is("fine_in_range", false);
    gains("0", "50000").is("fine_in_range", true);
    gains("0", "50000.01").is("fine_in_range", false);
    gains("0", "0").is("fine_in_range", true);
    assert_eq!(
        gains("1000", "5001").detail("fine_in_range"),
        "罚款¥5,001.00超出《旧法》第五条规定的违法所得1倍以上5倍以下（即¥1,000.00以上¥5,000.00以下）"
    );
    given()
        .fined("I-FEE", "公民", "300")
        .is_open("fine_in_range");
    given()
        .fined("I-FEE", "公民", "300")
        .fact("fee_due", "100")
        .is("fine_in_range", true);
    given()
        .fined("I-FEE", "公民", "300.01")
        .fact("fee_due", "100")
        .is("fine_in_range", false);
}

#[test]
fn the_serious_tier_replaces_the_plain_one_and_other_tiers_widen_it() {
    let tiers = |yuan| {
        given()
            .fined("I-TIERS", "法人", yuan)
            .fact("circumstances", "一般")
    };
    tiers("10000").is_open("fine_in_range");
    tiers("20000").is("fine_in_range", false);
    tiers("10000")
        .fact("is_serious", "false")
        .is("fine_in_range", true);
    tiers("100000")
        .fact("is_serious", "false")
        .is("fine_in_range", false);
    tiers("10000")
        .fact("is_serious", "true")
        .is("fine_in_range", false);
    tiers("100000")
        .fact("is_serious", "true")
        .is("fine_in_range", true);
    range("I-REFUSES", "法人", "10000", true);
    range("I-REFUSES", "法人", "15000", false);
    range("I-REFUSES", "法人", "50000", true);
    assert_eq!(
        range("I-REFUSES", "法人", "50000.01", false),
        "罚款¥50,000.01超出《旧法》第七条规定的¥10,000.00以下或者拒不改正的¥20,000.00以上¥50,000.00以下"
    );
}

// ---- money

#[test]
fn payments_add_up_with_the_one_at_hand() {
    assert_eq!(given().value("paid_total"), Some(Value::Money(Fen(0))));
    let paid = given()
        .paid("2026-06-01", "100")
        .paid("2026-06-02", "200.50");
    assert_eq!(paid.value("paid_total"), Some(Value::Money(Fen(30_050))));
    let more = paid.act("step", &[], &[("payment_amount", Value::Money(Fen(1)))]);
    assert_eq!(more.value("paid_total"), Some(Value::Money(Fen(30_051))));
    assert_eq!(
        more.ask(|live| derive("paid_total", live, 1))
            .unwrap()
            .value,
        Value::Money(Fen(0))
    );
}

#[test]
fn paid_in_full_counts_fine_confiscation_and_additional_fine() {
    given().is_open("paid_in_full");
    let penalty = Penalty::new(
        vec![PenaltyKind::GainsConfiscated],
        Fen::yuan(1_000),
        Fen::yuan(200),
    );
    let case = || given().set("decided_penalty", Value::Penalty(penalty.clone()));
    case().paid("2026-06-01", "1200").is("paid_in_full", true);
    let short = case().paid("2026-06-01", "1199.99");
    short.is("paid_in_full", false);
    assert_eq!(
        short.detail("paid_in_full"),
        "应缴¥1,200.00，已缴¥1,199.99，还欠¥0.01"
    );
    case()
        .paid("2026-06-01", "1200")
        .fact("additional_fine_amount", "30")
        .is("paid_in_full", false);
}

/// A fine of ¥10,000 that was due on 2026-07-01.
fn late(on: &str, added: &str) -> Given {
    let case = given()
        .set("decided_penalty", fine("10000"))
        .fact("additional_fine_amount", added);
    case.due("2026-07-01").on(on)
}

#[test]
fn three_per_cent_a_day_up_to_the_fine_itself() {
    late("2026-07-01", "0.01").is("additional_fine_within_cap", false);
    late("2026-07-01", "0").is("additional_fine_within_cap", true);
    late("2026-07-02", "300").is("additional_fine_within_cap", true);
    late("2026-07-02", "300.01").is("additional_fine_within_cap", false);
    // The 33rd overdue day comes to 99 per cent, the 34th to the whole fine, and no day to more.
    late("2026-08-03", "9900").is("additional_fine_within_cap", true);
    late("2026-08-03", "9900.01").is("additional_fine_within_cap", false);
    late("2026-08-04", "10000").is("additional_fine_within_cap", true);
    late("2026-08-04", "10000.01").is("additional_fine_within_cap", false);
    late("2027-08-04", "10000.01").is("additional_fine_within_cap", false);
    assert_eq!(
        late("2026-07-03", "601").detail("additional_fine_within_cap"),
        "加处¥601.00超过上限¥600.00：缴款期限2026-07-01，未缴罚款¥10,000.00，计2个逾期日，每日百分之三，总额不超过未缴罚款"
    );
}

#[test]
fn an_additional_fine_needs_the_decision_the_due_date_and_the_amount() {
    given().is_open("additional_fine_within_cap");
    given()
        .set("decided_penalty", fine("1"))
        .fact("additional_fine_amount", "1")
        .is_open("additional_fine_within_cap");
    given()
        .fact("additional_fine_amount", "1")
        .due("2026-06-01")
        .is_open("additional_fine_within_cap");
}

#[test]
fn an_additional_fine_counts_on_what_was_unpaid() {
    // Half was paid in time.
    late("2026-07-02", "150")
        .paid("2026-07-01", "5000")
        .is("additional_fine_within_cap", true);
    late("2026-07-02", "150.01")
        .paid("2026-07-01", "5000")
        .is("additional_fine_within_cap", false);
    // Half was paid on the second overdue day: two days of the whole, then days of the rest.
    late("2026-07-04", "750")
        .paid("2026-07-03", "5000")
        .is("additional_fine_within_cap", true);
    late("2026-07-04", "750.01")
        .paid("2026-07-03", "5000")
        .is("additional_fine_within_cap", false);
    // Paid late but in full: the days that had passed remain.
    late("2026-09-01", "300")
        .paid("2026-07-02", "10000")
        .is("additional_fine_within_cap", true);
    late("2026-09-01", "300.01")
        .paid("2026-07-02", "10000")
        .is("additional_fine_within_cap", false);
}

#[test]
fn no_additional_fine_while_a_remedy_is_pending_or_a_deferral_runs() {
    let pending = |added| late("2026-07-20", added).done("appeal", "2026-07-03", &[]);
    pending("300").is("additional_fine_within_cap", true);
    pending("300.01").is("additional_fine_within_cap", false);
    let over = |added| pending(added).done("appeal_over", "2026-07-18", &[]);
    over("900").is("additional_fine_within_cap", true);
    over("900.01").is("additional_fine_within_cap", false);
    late("2026-07-20", "300")
        .fact("installment_end", "2026-07-19")
        .is("additional_fine_within_cap", true);
    late("2026-07-20", "300.01")
        .fact("installment_end", "2026-07-19")
        .is("additional_fine_within_cap", false);
}

#[test]
fn the_due_date_is_read_from_a_met_obligation_too() {
    let mut case = late("2026-07-02", "300");
    case.case.owed[0][0] = None;
    case.is_open("additional_fine_within_cap");
    let met = Met {
        response: 0,
        member: 0,
        on: case.at,
        clock: Some(clock("2026-07-01")),
        late: true,
    };
    case.case.met.push(met);
    case.is("additional_fine_within_cap", true);
}
