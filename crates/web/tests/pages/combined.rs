//! Combined matters: a case that follows another one takes over what is known there, and each shows the other.

use axum::http::StatusCode;

use crate::desk::{OPENING, TOKEN, browser};
use crate::{LEAD, service, with};

/// A case that begins with a lead, with one more party; its address.
async fn lead_with_two(browser: &crate::desk::Browser) -> String {
    let opened = browser.post(OPENING, &LEAD).await;
    let case = opened.location().split('?').next().unwrap().to_owned();
    let inspected = [
        ("token", TOKEN),
        ("key", "k2"),
        ("version", "1"),
        ("occurred", "2026-11-20"),
        ("role.handler", "p01"),
        ("role.handler", "p02"),
        ("fact.credential_shown", "true"),
        ("fact.note_signature", "signed"),
        ("fact.audio_video", "true"),
        ("fact.record_content", "岸边取水口一处"),
        ("new.name", "演禾工程队"),
        ("new.party_kind", "other_organization"),
    ];
    let form = format!("{case}/acts/site_inspection");
    let added = browser.post(&form, &inspected).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    case
}

const MEASURE: &str = "/cases/new/coercion.measure/measure_registration";

fn value<'f>(filled: &'f [(String, String)], field: &str) -> Option<&'f str> {
    let mut all = filled.iter().filter(|(name, _)| name == field);
    all.next().map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn a_measure_takes_over_the_parties_of_its_penalty_and_each_shows_the_other() {
    let browser = browser();
    let case = lead_with_two(&browser).await;
    let id = case.rsplit('/').next().unwrap().to_owned();
    let page = browser.get(&case).await;
    let href = format!("{MEASURE}?follows={id}");
    assert!(
        page.text.contains(&format!("href=\"{href}\"")),
        "{}",
        page.text
    );
    let alone = format!("{MEASURE}?follows={id}&#38;of=2");
    assert!(
        page.text.contains(&alone),
        "for one party alone: {}",
        page.text
    );

    let form = browser.get(&href).await;
    assert!(form.text.contains("承接前案") && form.text.contains("取自前案"));
    let filled = service::filled(&form);
    assert_eq!(value(&filled, "new.name"), Some("某砂石公司"));
    assert_eq!(value(&filled, "new.party_kind"), Some("legal_person"));
    assert_eq!(
        value(&filled, "with"),
        Some("2"),
        "the other party comes along"
    );
    let number = browser.get(&case).await;
    let earlier = value(&filled, "fact.related_case").unwrap();
    assert!(number.text.contains(earlier), "{earlier}");

    let one = browser.get(&format!("{MEASURE}?follows={id}&of=2")).await;
    let of_one = service::filled(&one);
    assert_eq!(value(&of_one, "new.name"), Some("演禾工程队"));
    assert_eq!(value(&of_one, "with"), None, "nobody else");

    let said = [
        ("token", TOKEN),
        ("key", "k3"),
        ("occurred", "2026-11-20"),
        ("role.handler", "p01"),
        ("fact.cause", "未经批准擅自取水"),
        ("fact.suspected_provision", "水法第六十九条"),
        ("fact.basin", "haihe"),
        ("fact.is_delegated", "false"),
        ("follows", &id),
        ("of", "1"),
        ("with", "2"),
        ("new.name", "某砂石公司"),
        ("new.party_kind", "legal_person"),
    ];
    // What is left out comes back with the link, the names and the choice kept.
    let incomplete = browser.post(MEASURE, &said).await;
    assert_eq!(incomplete.status, StatusCode::UNPROCESSABLE_ENTITY);
    let kept = service::filled(&incomplete);
    for (field, held) in [("follows", id.as_str()), ("of", "1"), ("with", "2")] {
        assert_eq!(value(&kept, field), Some(held), "{field}");
    }
    let mut whole = said.to_vec();
    whole.extend([
        ("fact.measure_kind", "sealing"),
        ("fact.measure_basis", "soil_conservation"),
    ]);
    let opened = browser.post(MEASURE, &whole).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let measure = opened.location().split('?').next().unwrap().to_owned();
    let shown = browser.get(&measure).await;
    for text in [
        "演禾工程队",
        "某砂石公司",
        "承接前案",
        &format!("href=\"{case}\""),
    ] {
        assert!(shown.text.contains(text), "{text}: {}", shown.text);
    }
    // An application, a report or a measure is never filed: the list does not say that it is not filed yet.
    let list = browser.get("/cases").await;
    assert_eq!(list.text.matches("未立案").count(), 1, "{}", list.text);
    assert_eq!(list.text.matches("不适用").count(), 1, "{}", list.text);
    let before = browser.get(&case).await;
    assert!(
        before.text.contains(&format!("后案 <a href=\"{measure}\"")),
        "{}",
        before.text
    );
}

#[tokio::test]
async fn a_case_that_does_not_fit_is_told_and_what_was_typed_stays() {
    let browser = browser();
    let opened = browser.post(OPENING, &LEAD).await;
    let id = opened.location().split('?').next().unwrap();
    let id = id.rsplit('/').next().unwrap();
    // No decision was made yet: there is nothing to execute.
    let address = "/cases/new/coercion.execution/execution_registration";
    let form = browser.get(&format!("{address}?follows={id}")).await;
    assert_eq!(form.status, StatusCode::OK);
    assert!(
        form.text.contains("前案还没有办过“处罚决定”"),
        "{}",
        form.text
    );
    let sent = [
        ("token", TOKEN),
        ("key", "k4"),
        ("occurred", "2026-11-20"),
        ("role.handler", "p01"),
        ("fact.cause", "擅自取水"),
        ("fact.executed_decision_kind", "penalty"),
        ("follows", id),
        ("new.name", "某砂石公司"),
        ("new.party_kind", "legal_person"),
    ];
    let answer = browser.post(address, &sent).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("前案还没有办过“处罚决定”") && answer.text.contains("擅自取水"));
    // A case that there is not.
    let nowhere = with(&sent, "follows", "no-such-case");
    let answer = browser.post(address, &nowhere).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    // The link belongs to a new case alone, whatever a program sends.
    let lines = browser
        .office
        .cases(&app::ledger::CaseQuery::default(), 10)
        .await
        .unwrap();
    assert_eq!(lines.len(), 1, "nothing was opened");
}

#[tokio::test]
async fn what_is_owed_for_goods_names_them_where_the_case_has_one_party() {
    let browser = browser();
    let registered = [
        ("token", TOKEN),
        ("key", "k1"),
        ("occurred", "2026-11-20"),
        ("role.handler", "p01"),
        ("fact.cause", "弃渣造成水土流失"),
        ("fact.suspected_provision", "水土保持法第二十八条"),
        ("fact.basin", "haihe"),
        ("fact.is_delegated", "false"),
        ("fact.measure_kind", "sealing"),
        ("fact.measure_basis", "soil_conservation"),
        ("new.name", "某采石公司"),
        ("new.party_kind", "legal_person"),
    ];
    let opened = browser.post(MEASURE, &registered).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let case = opened.location().split('?').next().unwrap().to_owned();
    let mut sealed = vec![
        ("token", TOKEN),
        ("key", "k2"),
        ("version", "1"),
        ("occurred", "2026-11-20"),
        ("role.handler", "p01"),
        ("role.handler", "p02"),
        ("fact.note_signature", "signed"),
        ("fact.record_content", "就地查封挖掘机一台"),
        ("new.name", "七号挖掘机"),
        ("new.goods_quantity", "一台"),
        ("new.goods_check", "involved"),
    ];
    let done = [
        "own_officers",
        "credential_shown",
        "party_called",
        "party_on_scene",
        "told_on_scene",
        "heard_on_scene",
        "scene_record_made",
        "handed_over",
        "list_signed",
        "audio_video",
        "full_recording",
    ];
    let done = done.map(|fact| format!("fact.{fact}"));
    sealed.extend(done.iter().map(|field| (field.as_str(), "true")));
    let form = format!("{case}/acts/measure_implementation");
    let recorded = browser.post(&form, &sealed).await;
    assert_eq!(recorded.status, StatusCode::SEE_OTHER, "{}", recorded.text);
    let today = browser.get("/").await;
    assert!(today.text.contains("（七号挖掘机）"), "{}", today.text);
}
