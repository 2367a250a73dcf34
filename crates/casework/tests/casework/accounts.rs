//! The account of a party: what is owed, paid, given back, by when, and what could be added.

use casework::account::{Account, InstallmentState, Standing, accounts, acts};
use casework::answer::answer;
use proptest::prelude::*;
use std::fmt::Write as _;
use vocabulary::{Day, Fen, Moment};

use crate::common::{Given, day, given, refused};

/// The decision (a fine of 60,000 yuan) is served on 2026-04-22: the last day to pay is 2026-05-07.
const SERVED: &str = "承 \"立案到公示\"";

fn all(case: &Given, today: &str) -> Vec<Account> {
    let now = Moment::from(day(today));
    accounts(&case.history.case, &case.context, now)
}

fn only(case: &Given, today: &str) -> Account {
    let mut all = all(case, today);
    assert_eq!(all.len(), 1, "one party");
    all.remove(0)
}

/// An account as one would write it down.
fn written(case: &Given, today: &str) -> String {
    let it = only(case, today);
    let mut out = String::new();
    let late = if it.is_late(day(today)) {
        " 逾期"
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "{}{late} 罚款{} 没收{} 加处{} 已缴{} 已退{} 欠{} 多{}",
        it.standing.chinese(),
        it.fine,
        it.confiscation,
        it.added,
        it.paid,
        it.refunded,
        it.owed,
        it.overpaid
    );
    let date = |day: Option<Day>| day.map_or("无".to_owned(), |day| day.to_string());
    let by = it.pay_by;
    let _ = writeln!(
        out,
        "下一笔 {} 缴款期限 {} 延至 {}",
        date(it.due),
        date(by.map(|by| by.first)),
        date(by.and_then(|by| by.deferred))
    );
    for line in &it.plan {
        let _ = writeln!(
            out,
            "分期 {} {} 余{} {:?}",
            line.on, line.amount, line.open, line.state
        );
    }
    if let Some(accrual) = &it.accrual {
        let capped = if accrual.is_capped { " 到顶" } else { "" };
        let _ = writeln!(
            out,
            "可加处 {}（还可{}） 计{}日 上限{}{capped}",
            accrual.most,
            it.addable(),
            accrual.days,
            accrual.principal
        );
        for stretch in &accrual.stretches {
            let pause = if stretch.paused_by.is_some() {
                " 停计"
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "  {}至{} {}日 未缴{} 每日{}{pause}",
                stretch.from,
                stretch.until,
                stretch.days(),
                stretch.unpaid,
                stretch.each()
            );
        }
    }
    out
}

#[test]
fn nothing_is_owed_before_a_decision_and_by_no_date_before_its_service() {
    let case = given("承 \"立案到调查终结\"");
    assert!(all(&case, "2026-04-10").is_empty());
    let case = given("承 \"立案到处罚决定\"");
    assert_eq!(
        written(&case, "2026-06-20"),
        "待缴 罚款¥60,000.00 没收¥0.00 加处¥0.00 已缴¥0.00 已退¥0.00 欠¥60,000.00 多¥0.00\n\
         下一笔 无 缴款期限 无 延至 无\n"
    );
}

#[test]
fn what_could_be_added_is_told_day_by_day_and_is_not_owed() {
    let case = given(SERVED);
    let last = only(&case, "2026-05-07");
    assert!(!last.is_late(day("2026-05-07")) && last.accrual.is_none());
    assert_eq!(last.owed, Fen::yuan(60_000));
    assert_eq!(
        written(&case, "2026-05-09"),
        "待缴 逾期 罚款¥60,000.00 没收¥0.00 加处¥0.00 已缴¥0.00 已退¥0.00 欠¥60,000.00 多¥0.00\n\
         下一笔 2026-05-07 缴款期限 2026-05-07 延至 无\n\
         可加处 ¥3,600.00（还可¥3,600.00） 计2日 上限¥60,000.00\n  \
         2026-05-08至2026-05-09 2日 未缴¥60,000.00 每日¥1,800.00\n"
    );
    // A part is paid, part of what could be added is added, a remedy is sought and over.
    let case = case
        .and("行 缴款 \"2026-05-10\" 当事人=1 { 缴款金额 20000 }")
        .and("行 加处罚款 \"2026-05-12\" 当事人=1 { 加处罚款数额 5400 }")
        .and("行 复议诉讼受理 \"2026-05-15\" 当事人=1");
    assert_eq!(only(&case, "2026-05-16").standing, Standing::Paused);
    let case = case.and("行 复议诉讼终结 \"2026-05-20\" 当事人=1");
    assert_eq!(
        written(&case, "2026-05-22"),
        "待缴 逾期 罚款¥60,000.00 没收¥0.00 加处¥5,400.00 已缴¥20,000.00 已退¥0.00 欠¥45,400.00 多¥0.00\n\
         下一笔 2026-05-07 缴款期限 2026-05-07 延至 无\n\
         可加处 ¥12,600.00（还可¥7,200.00） 计9日 上限¥60,000.00\n  \
         2026-05-08至2026-05-10 3日 未缴¥60,000.00 每日¥1,800.00\n  \
         2026-05-11至2026-05-14 4日 未缴¥40,000.00 每日¥1,200.00\n  \
         2026-05-15至2026-05-20 6日 未缴¥40,000.00 每日¥0.00 停计\n  \
         2026-05-21至2026-05-22 2日 未缴¥40,000.00 每日¥1,200.00\n"
    );
    let capped = written(&given(SERVED), "2026-07-01");
    assert!(
        capped.contains("可加处 ¥60,000.00（还可¥60,000.00） 计34日 上限¥60,000.00 到顶"),
        "{capped}"
    );
    assert!(capped.contains("2026-05-08至2026-06-10 34日"), "{capped}");
}

#[test]
fn the_cap_of_the_account_is_the_one_that_the_decision_is_held_to() {
    let case = given(SERVED).and("行 缴款 \"2026-05-10\" 当事人=1 { 缴款金额 20000 }");
    let most = only(&case, "2026-05-30").accrual.expect("late").most;
    let line = |fen: i64| {
        format!(
            "行 加处罚款 \"2026-05-30\" 当事人=1 {{ 加处罚款数额 {}.{:02} }}",
            fen / 100,
            fen % 100
        )
    };
    refused(case.when(&line(most.0 + 1)), &["PEN-SURCHARGE-2"]);
    assert!(case.when(&line(most.0)).is_ok());
}

#[test]
fn installments_are_met_in_their_order_and_the_last_day_moves() {
    let case = given(SERVED)
        .and("行 缴款 \"2026-05-06\" 当事人=1 { 缴款金额 10000 }")
        .and("行 延期分期申请 \"2026-05-06\" 当事人=1")
        .and(
            "行 延期分期批准 \"2026-05-07\" 当事人=1 { 暂缓或者分期期限结束日 \"2026-08-31\"; \
             分期计划 \"2026-06-30 20000；2026-07-31 20000；2026-08-31 10000\"; }",
        );
    assert_eq!(
        written(&case, "2026-06-30"),
        "分期中 罚款¥60,000.00 没收¥0.00 加处¥0.00 已缴¥10,000.00 已退¥0.00 欠¥50,000.00 多¥0.00\n\
         下一笔 2026-06-30 缴款期限 2026-05-07 延至 2026-08-31\n\
         分期 2026-06-30 ¥20,000.00 余¥20,000.00 Next\n\
         分期 2026-07-31 ¥20,000.00 余¥20,000.00 Later\n\
         分期 2026-08-31 ¥10,000.00 余¥10,000.00 Later\n"
    );
    let case = case
        .and("行 缴款 \"2026-06-30\" 当事人=1 { 缴款金额 20000 }")
        .and("行 缴款 \"2026-07-31\" 当事人=1 { 缴款金额 5000 }");
    let late = only(&case, "2026-08-01");
    assert!(late.is_late(day("2026-08-01")) && !late.is_late(day("2026-07-31")));
    let states: Vec<_> = late
        .plan
        .iter()
        .map(|line| (line.open, line.state))
        .collect();
    assert_eq!(
        states,
        [
            (Fen(0), InstallmentState::Met(day("2026-06-30"))),
            (Fen::yuan(15_000), InstallmentState::Late),
            (Fen::yuan(10_000), InstallmentState::Later),
        ]
    );
    assert_eq!(late.due, Some(day("2026-07-31")));
    // Nothing is added before the period that was granted is over (行政处罚法 72(2)).
    assert!(late.accrual.is_none());
    let case = case.and("行 缴款 \"2026-08-05\" 当事人=1 { 缴款金额 25000 }");
    let done = only(&case, "2026-09-10");
    assert_eq!(done.standing, Standing::Settled);
    let states: Vec<_> = done.plan.iter().map(|line| line.state).collect();
    assert_eq!(
        states,
        [
            InstallmentState::Met(day("2026-06-30")),
            InstallmentState::MetLate(day("2026-08-05")),
            InstallmentState::Met(day("2026-08-05")),
        ]
    );
    assert_eq!((done.due, done.accrual), (None, None));
}

#[test]
fn refunds_count_against_what_was_paid() {
    let case = given(SERVED).and("行 缴款 \"2026-05-06\" 当事人=1 { 缴款金额 60100 }");
    let over = only(&case, "2026-05-08");
    assert_eq!(
        (over.standing, over.overpaid),
        (Standing::Overpaid, Fen::yuan(100))
    );
    let case = case.and("行 退还缴款 \"2026-05-08\" 当事人=1 { 退还金额 100 }");
    let even = only(&case, "2026-05-08");
    assert_eq!(
        (even.standing, even.refunded),
        (Standing::Settled, Fen::yuan(100))
    );
    assert_eq!(even.held(), Fen::yuan(60_000));
    let case = case
        .and("行 复议诉讼受理 \"2026-05-12\" 当事人=1")
        .and("行 决定被变更撤销 \"2026-07-08\" 当事人=1 { 决定变动的种类 撤销; 决定变动生效日 \"2026-07-08\"; }");
    let annulled = only(&case, "2026-07-08");
    assert_eq!(
        (annulled.standing, annulled.overpaid, annulled.charged()),
        (Standing::Overpaid, Fen::yuan(60_000), Fen(0))
    );
    let case = case.and("行 退还缴款 \"2026-07-09\" 当事人=1 { 退还金额 60000; 退还事由 处罚决定被撤销或者确认无效; }");
    assert_eq!(only(&case, "2026-07-09").standing, Standing::Annulled);
    refused(
        case.when("行 退还缴款 \"2026-07-10\" 当事人=1 { 退还金额 0.01; 退还事由 误缴; }"),
        &["G-REFUND"],
    );
}

#[test]
fn money_before_a_decision_is_recorded_with_its_defect() {
    let case =
        given("承 \"立案到调查终结\"").and("行 缴款 \"2026-04-08\" 当事人=1 { 缴款金额 100 }");
    assert!(case.has_defect("G-PAY-FIRST"));
    let it = only(&case, "2026-04-08");
    assert_eq!(
        (it.standing, it.overpaid, it.paid),
        (Standing::Undecided, Fen(0), Fen::yuan(100))
    );
}

#[test]
fn a_payment_is_more_than_nothing_and_not_in_the_future() {
    let case = given(SERVED);
    let refused_at = |line: &str, field: &str, says: &str| {
        let refusal = case.when_on("2026-05-06", line).expect_err("no value");
        let ground = &refusal.grounds[0];
        assert_eq!(ground.field.as_deref(), Some(field), "{refusal}");
        assert!(ground.text.contains(says), "{refusal}");
    };
    refused_at(
        "行 缴款 \"2026-05-06\" 当事人=1 { 缴款金额 0 }",
        "payment_amount",
        "须大于零",
    );
    refused_at("行 缴款 \"2026-05-07\" 当事人=1", "occurred", "还没有到");
    for code in ["12 34", "一二三", "<b>1</b>"] {
        refused_at(
            &format!("行 缴款码登记 \"2026-05-06\" 当事人=1 {{ 缴款码 \"{code}\"; }}"),
            "payment_code",
            "字母和数字",
        );
    }
    let with = |id: &str, value: law::fact::Value| {
        let mut command = case.command("行 缴款 \"2026-05-06\" 当事人=1");
        let procedure = &case.history.case.procedure;
        let fact = procedure.fact(id).expect("declared");
        command.facts.retain(|(known, _)| *known != fact);
        command.facts.push((fact, value));
        let refusal = case.decide(&command, day("2026-05-06"));
        refusal.expect_err("no value").to_string()
    };
    let negative = with("payment_amount", law::fact::Value::Money(Fen(-1)));
    assert!(negative.contains("须大于零"), "{negative}");
    let long = law::fact::Value::Text("9".repeat(65));
    let long = with("payment_receipt", long);
    assert!(long.contains("有65个字，最多64个字"), "{long}");
}

#[test]
fn what_is_offered_on_an_account_bears_its_tag() {
    let case = given(SERVED);
    let it = only(&case, "2026-05-08");
    let procedure = &case.history.case.procedure;
    let now = Moment::from(day("2026-05-08"));
    let answer = answer(&case.history.case, &case.context, now);
    let acts = acts(&case.history.case, &case.context, &answer, now, &it);
    let offered: Vec<(&str, Vec<&str>)> = acts
        .iter()
        .map(|act| {
            let event = &procedure.events[act.step.event];
            let names = act
                .shortcuts
                .iter()
                .map(|at| event.shortcuts[*at].name.as_str());
            (event.id.as_str(), names.collect())
        })
        .collect();
    assert!(
        offered.contains(&(
            "payment",
            vec!["缴清全部，代收机构出具收据", "缴纳一部分，代收机构出具收据"]
        )),
        "{offered:?}"
    );
    assert!(
        offered.iter().all(|(id, _)| *id != "payment_refund"),
        "nothing was paid"
    );
    let paying = acts
        .iter()
        .find(|act| !act.shortcuts.is_empty())
        .expect("to pay");
    let event = &procedure.events[paying.step.event];
    let filled = casework::serving::filled(
        &case.history.case,
        &case.context,
        paying.step,
        &event.shortcuts[paying.shortcuts[0]],
        now,
    );
    let amount = procedure.fact("payment_amount").expect("declared");
    assert!(filled.contains(&(amount, law::fact::Value::Money(Fen::yuan(60_000)))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is paid and given back: the account adds up, a refund never exceeds what was paid, and what could be
    /// added never exceeds the fine.
    #[test]
    fn the_account_adds_up(moves in proptest::collection::vec((any::<bool>(), 1_i64..4_000_000), 0..8), wait in 0_i32..120) {
        static BASE: std::sync::OnceLock<(casework::decide::History, casework::context::Context)> = std::sync::OnceLock::new();
        let (history, context) = BASE.get_or_init(|| {
            let base = given(SERVED);
            (base.history, base.context)
        });
        let mut history = history.clone();
        let procedure = std::sync::Arc::clone(&history.case.procedure);
        let fact = |id: &str| procedure.fact(id).expect("declared");
        let choice = |id: &str, at: u16| (fact(id), law::fact::Value::Choice(at));
        let finance = procedure.roles.iter().position(|role| role.id == "finance_officer").expect("a role");
        let someone = context.people.keys().next().expect("somebody").clone();
        let today = day("2026-05-06").plus_days(wait);
        let (mut paid, mut refunded) = (0_i64, 0_i64);
        for (is_refund, fen) in moves {
            let (event, facts) = if is_refund {
                ("payment_refund", vec![
                    (fact("refund_amount"), law::fact::Value::Money(Fen(fen))),
                    choice("refund_ground", 3),
                    (fact("refund_basis"), law::fact::Value::Text("凭证".to_owned())),
                ])
            } else {
                ("payment", vec![
                    (fact("payment_amount"), law::fact::Value::Money(Fen(fen))),
                    choice("payment_receipt_kind", 1),
                    choice("payment_mode", 0),
                ])
            };
            let event = procedure.event(event).expect("an act");
            let mut command = casework::command::Command::new(event, 1, Moment::from(today));
            command.facts = facts;
            command.people = vec![(finance, someone.clone())];
            let now = Moment { day: today, minute: Some(1439) };
            match casework::decide::decide(&history, context, &command, now) {
                Ok(draft) => {
                    history.push(draft.entry);
                    *(if is_refund { &mut refunded } else { &mut paid }) += fen;
                }
                Err(refusal) => prop_assert!(is_refund && fen > paid - refunded, "{}", refusal),
            }
        }
        let now = Moment::from(today);
        let all = accounts(&history.case, context, now);
        let it = &all[0];
        prop_assert_eq!((it.paid, it.refunded), (Fen(paid), Fen(refunded)));
        prop_assert!(refunded <= paid);
        prop_assert_eq!(it.owed.0 - it.overpaid.0, it.charged().0 - (paid - refunded));
        prop_assert!(it.owed == Fen(0) || it.overpaid == Fen(0));
        prop_assert_eq!(it.standing == Standing::Settled, it.owed == Fen(0) && it.overpaid == Fen(0));
        if let Some(accrual) = &it.accrual {
            prop_assert!(accrual.most <= accrual.principal && accrual.principal <= it.fine);
            let days: u32 = accrual.stretches.iter().filter(|it| it.paused_by.is_none()).map(|it| it.days()).sum();
            prop_assert_eq!(days, accrual.days);
            let sum: i128 = accrual.stretches.iter().map(|it| i128::from(it.unpaid.0) * 3 * i128::from(it.days())).sum();
            prop_assert_eq!(i128::from(accrual.most.0), (sum / 100).min(i128::from(accrual.principal.0)));
            prop_assert_eq!(accrual.stretches.last().map(|it| it.so_far), Some(accrual.most));
            for two in accrual.stretches.windows(2) {
                prop_assert_eq!(two[0].until.plus_days(1), two[1].from);
            }
        }
    }
}
