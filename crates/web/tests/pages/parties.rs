//! What is asked of a party that comes in, and numbers that a form brings along.

use app::access::BothHands;
use app::number_book::Booking;
use app::numbers::NumberEffect;
use axum::http::StatusCode;

use crate::desk::{OPENING, browser};
use crate::{LEAD, with};

#[tokio::test]
async fn the_papers_of_a_party_are_asked_for_and_none_is_needed() {
    let browser = browser();
    let page = browser.get(OPENING).await;
    for name in [
        "new.credit_code",
        "new.resident_id",
        "new.paper_kind",
        "new.residence",
    ] {
        assert!(page.text.contains(&format!("name=\"{name}\"")), "{name}");
    }
    assert!(page.text.contains("的其他信息（选填"));
    let without = browser.post(OPENING, &LEAD).await;
    assert_eq!(without.status, StatusCode::SEE_OTHER, "{}", without.text);
}

#[tokio::test]
async fn a_wrong_identifier_is_told_at_its_field_and_stays_there() {
    let browser = browser();
    for (field, value, says) in [
        (
            "new.credit_code",
            "91140400MA0H00000F",
            "第18位应当是“E”而不是“F”",
        ),
        (
            "new.resident_id",
            "140425201002290015",
            "“20100229”不是日历上有的出生日期",
        ),
        ("new.resident_id", "140403202611250015", "还没有到"),
        ("fact.lead_number", "无", "带序号的文号"),
    ] {
        let answer = browser.post(OPENING, &with(&LEAD, field, value)).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field}={value}"
        );
        let anchor = field.replace('.', "-");
        assert!(
            answer.text.contains(&format!("href=\"#f-{anchor}\"")),
            "{field} is led to"
        );
        let at_field = answer
            .text
            .split(&format!("for=\"f-{anchor}\""))
            .nth(1)
            .and_then(|rest| rest.split("<input").next())
            .unwrap();
        assert!(at_field.contains(says), "{at_field}");
        assert!(answer.text.contains(value), "what was typed is kept");
    }
    assert!(
        browser
            .office
            .cases(&app::ledger::CaseQuery::default(), 1)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_citizens_number_is_shown_by_its_ends() {
    let browser = browser();
    let citizen = with(&LEAD, "new.party_kind", "citizen");
    let lead = with(&citizen, "new.resident_id", "14040319900101001x");
    let opened = browser.post(OPENING, &lead).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let page = browser.get(opened.location()).await;
    assert!(
        page.text.contains("公民身份号码140403********001X"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("14040319900101001X"));
}

#[tokio::test]
async fn a_number_that_a_form_brings_along_is_kept_as_it_stands() {
    let browser = browser();
    let year = browser.office.now().day.ymd().0;
    let number = format!("演水案源字【{year}】第007号");
    let lead = with(&LEAD, "fact.lead_number", &number);
    let refused = browser.post(OPENING, &lead).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("第7号没有发出过"), "{}", refused.text);
    let other = with(&LEAD, "fact.lead_number", "水案〔2026〕7号");
    let refused = browser.post(OPENING, &other).await;
    assert!(
        refused.text.contains("不符合本机关的式样"),
        "{}",
        refused.text
    );

    let forms = Booking {
        kind: "案源".to_owned(),
        year,
        effect: NumberEffect::HandOut { count: 10 },
        person: "p01".to_owned(),
        approved_by: String::new(),
        reason: String::new(),
        scans: vec![],
    };
    browser
        .office
        .book_number(BothHands::Rehearsal, &forms, "forms")
        .await
        .unwrap();
    let opened = browser.post(OPENING, &lead).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let page = browser.get(opened.location()).await;
    assert!(page.text.contains(&number));
    let form = browser.get(OPENING).await;
    assert!(form.text.contains("不填的，由系统编号"));
}
