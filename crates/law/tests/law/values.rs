//! Values as people type them and as they are stored: what is none is refused with a sentence.

use std::sync::OnceLock;

use law::Rules;
use law::fact::{Fact, Value};
use serde_json::json;
use vocabulary::Day;

use crate::common::shipped;

fn fact(id: &str) -> &'static Fact {
    static RULES: OnceLock<Rules> = OnceLock::new();
    let rules =
        RULES.get_or_init(|| Rules::load(&shipped()).unwrap_or_else(|errors| panic!("{errors}")));
    let procedure = rules.procedure("penalty.ordinary").expect("it is shipped");
    &procedure.facts[procedure.fact(id).expect("it is declared")]
}

#[track_caller]
fn refused(id: &str, text: &str, says: &str) {
    let typed = fact(id).parse(text).expect_err("no value").to_string();
    let stored = fact(id)
        .from_json(&json!(text))
        .expect_err("no value")
        .to_string();
    assert_eq!(typed, stored, "one answer for a form and for a file");
    assert!(
        typed.contains(says) && typed.contains(&fact(id).name),
        "{typed}"
    );
}

#[test]
fn an_identifier_is_checked_where_a_value_is_read() {
    refused(
        "credit_code",
        "91140400MA0H00000F",
        "第18位应当是“E”而不是“F”",
    );
    refused("credit_code", "91140400MA0H0000", "现在有16位");
    refused(
        "resident_id",
        "140425201002290015",
        "“20100229”不是日历上有的出生日期",
    );
    refused("resident_id", "140403900101001", "15位的旧号");
    let code = fact("credit_code")
        .parse("91140400ma0h00000e")
        .expect("valid");
    assert_eq!(
        fact("credit_code").to_json(&code),
        json!("91140400MA0H00000E")
    );
    assert_eq!(fact("credit_code").show(&code), "91140400MA0H00000E");
    let id = fact("resident_id")
        .from_json(&json!("14040319900101001x"))
        .expect("valid");
    assert_eq!(
        fact("resident_id").to_json(&id),
        json!("14040319900101001X")
    );
    assert_eq!(
        fact("resident_id").show(&id),
        "140403********001X",
        "pages show its ends"
    );
}

#[test]
fn a_number_is_kept_as_it_was_issued() {
    let number = fact("penalty_decision_number");
    for written in [
        "长水罚决字〔2026〕12号",
        "赣水责改【2017】007号",
        "晋水罚[2019]第3号",
        "潞水罚字﹝2020﹞第012号",
    ] {
        let value = number.parse(written).expect("a number");
        assert_eq!(value, Value::Number(written.to_owned()));
        assert_eq!(number.from_json(&number.to_json(&value)), Ok(value));
    }
    refused("penalty_decision_number", "无", "带序号的文号");
    refused("penalty_decision_number", "长水罚\n3号", "写在一行里");
    refused(
        "penalty_decision_number",
        &"1".repeat(129),
        "有129个字，最多128个字",
    );
    assert!(number.parse(&"1".repeat(128)).is_ok());
}

#[test]
fn a_text_has_its_limit() {
    assert!(fact("paper_number").parse(&"A".repeat(64)).is_ok());
    refused("paper_number", &"护".repeat(65), "有65个字，最多64个字");
    assert!(
        fact("lead_content").parse(&"长".repeat(5000)).is_ok(),
        "without one"
    );
}

#[test]
fn nobody_is_born_in_the_future() {
    let today = Day::from_ymd(2026, 3, 2).expect("a day");
    let birth = fact("birth_date");
    let on = |text: &str| birth.check_value(&birth.parse(text).expect("a date"), today);
    assert_eq!(on("2026-03-02"), Ok(()));
    let told = on("2026-03-03").expect_err("tomorrow");
    assert!(
        told.contains("出生日期") && told.contains("还没有到"),
        "{told}"
    );
    let id = fact("resident_id");
    let number = id.parse("140403202603040018").expect("valid as such");
    let told = id.check_value(&number, today).expect_err("not yet born");
    assert!(
        told.contains("2026-03-04") && !told.contains("140403202603040018"),
        "{told}"
    );
    assert_eq!(id.check_value(&number, today.plus_days(2)), Ok(()));
    let hearing = fact("hearing_date");
    let later = hearing.parse("2026-03-03").expect("a date");
    assert_eq!(
        hearing.check_value(&later, today),
        Ok(()),
        "a hearing lies ahead"
    );
}

#[test]
fn nothing_hides_in_a_new_text_and_none_is_endless() {
    let today = Day::from_ymd(2026, 3, 2).expect("a day");
    let content = fact("lead_content");
    let on = |text: &str| content.check_value(&content.parse(text).expect("as recorded"), today);
    for shown in [
        "第一行\n第二行\t缩进",
        "𬭎㛃镕喆",
        "👩\u{200d}👧🌊",
        "مياه שלום",
        "<script>",
    ] {
        assert_eq!(on(shown), Ok(()), "{shown}");
    }
    for (hidden, place) in [
        ("甲\0乙", "第2个字是看不见的控制字符（U+0000）"),
        ("甲乙\u{202e}", "第3个字是看不见的控制字符（U+202E）"),
        ("\u{1b}[31m", "第1个字"),
        ("甲\u{2067}乙", "第2个字"),
        ("甲\r乙", "U+000D"),
    ] {
        let told = on(hidden).expect_err("it hides");
        assert!(told.contains(place) && told.contains("线索内容"), "{told}");
        assert!(!told.contains(['\0', '\u{202e}', '\u{1b}']), "{told:?}");
    }
    assert_eq!(on(&"长".repeat(20_000)), Ok(()));
    let told = on(&"长".repeat(20_001)).expect_err("too long");
    assert!(told.contains("有20001个字，最多20000个字"), "{told}");
}

#[test]
fn a_place_is_declared_as_one() {
    assert!(fact("violation_place").is_place && !fact("residence").is_place);
}

#[test]
fn an_amount_that_is_none_is_told_in_one_sentence() {
    let fact = fact("payment_amount");
    let told = fact.parse("-5.001").expect_err("no amount").to_string();
    assert_eq!(
        told,
        "“缴款金额”填的是“-5.001”，不是金额，应当是以元计的数，至多两位小数，如 20000 或 20000.50"
    );
}

#[test]
fn a_quantity_is_kept_exactly_and_reads_what_was_a_count() {
    let quantity = fact("penalized_quantity");
    for (written, stored) in [
        ("309.34", json!("309.34")),
        ("12,000", json!(12_000)),
        ("0.001", json!("0.001")),
    ] {
        let value = quantity.parse(written).expect("a quantity");
        assert_eq!(quantity.to_json(&value), stored);
        assert_eq!(quantity.from_json(&stored), Ok(value));
    }
    let typed = quantity.from_json(&json!(309.34)).expect("a quantity");
    assert_eq!(quantity.show(&typed), "309.34");
    refused("penalized_quantity", "1.2345", "至多三位小数");
    refused("penalized_quantity", "-3", "不是数量");
}
