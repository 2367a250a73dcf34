//! Ranges of fines, and what was paid.

use super::*;

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
    // Down to the thousandth, and to the fen within the range: 309.345 times 5 and 10 yuan.
    let of_part = |yuan| area("法人", yuan).fact("penalized_quantity", "309.345");
    of_part("3093.45").is("fine_in_range", true);
    of_part("3093.46").is("fine_in_range", false);
    of_part("1546.73").is("fine_in_range", true);
    of_part("1546.72").is("fine_in_range", false);
    assert!(
        of_part("3093.46")
            .detail("fine_in_range")
            .contains("（309.345平方米，即¥1,546.73以上¥3,093.45以下）"),
    );
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
