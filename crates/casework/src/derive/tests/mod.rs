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

mod items;
mod money;
mod people;

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
事实 seal 加盖的印章 类型=文字 归=当事人
事实 respondent 被申请人和被告 类型=文字 归=当事人
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
事实 penalized_quantity 计罚数量 类型=数量 归=当事人
事实 illegal_gains 违法所得 类型=金额 归=当事人
事实 fee_due 应缴费额 类型=金额 归=当事人
事实 is_serious 情节严重 类型=是否 归=当事人
事实 circumstances 裁量情节 类型=多选 归=当事人 { 选项 ordinary 一般; 选项 mitigated 减轻; }
事实 payment_amount 缴款金额 类型=金额 归=当事人
事实 additional_fine_amount 加处数额 类型=金额 归=当事人
事实 installment_end 分期结束日 类型=日期 归=当事人
查权力配置 行政处罚 { 事项 适用事项; 地点 发生地; }
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
            include_str!("../../../../../rules/calendar/workdays.csv"),
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

/// What the rules call by `由=` must exist: an unknown name would leave its fact open for ever.
#[test]
fn every_algorithm_of_the_shipped_rules_exists() {
    let texts = [
        include_str!("../../../../../rules/penalty.ordinary/procedure.kdl"),
        include_str!("../../../../../rules/overlays/legal_review.kdl"),
        include_str!("../../../../../rules/overlays/disclosure.kdl"),
        include_str!("../../../../../rules/overlays/recording.kdl"),
    ];
    let derived = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| line.trim_start().starts_with("推导 "));
    let called: BTreeSet<&str> = derived
        .filter_map(|line| line.split("由=").nth(1)?.split([' ', ';']).next())
        // Those that name a register or a procedure are many.
        .filter(|name| !name.contains(':'))
        .collect();
    let known: BTreeSet<&str> = ALGORITHMS.iter().map(|(name, _)| *name).collect();
    assert!(!called.is_empty());
    assert_eq!(
        called.difference(&known).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
    given().is_open("no_such_algorithm");
}

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
