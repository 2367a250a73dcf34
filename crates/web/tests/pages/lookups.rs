//! What a register knows stands in the form, and what is said against it is refused with what the register says.

use crate::desk::{Browser, TOKEN, begin, browser, browser_of};
use crate::with;
use app::access::Actor;
use app::{ActRequest, Target};
use axum::http::StatusCode;
use serde_json::{Value, json};

const MONITOR: [(&str, &str); 12] = [
    ("token", TOKEN),
    ("key", "r1"),
    ("row", "b01"),
    ("c.code", "ZF-JK-01"),
    ("c.name", "清水河南桥下游视频监控"),
    ("c.kind", "monitor"),
    ("c.state", "in_use"),
    ("c.place", "清水河南桥下游右岸"),
    ("c.legal_review_on", "2026-03-14"),
    ("effective_from", "2026-11-24"),
    ("by", "p08"),
    ("reason", "新设监控"),
];

const APPROVAL: [(&str, &str); 4] = [
    ("token", TOKEN),
    ("key", "a1"),
    ("by", "p06"),
    ("ruling", "approve"),
];

const RECORD: [(&str, &str); 13] = [
    ("token", TOKEN),
    ("key", "m1"),
    ("occurred", "2026-11-24"),
    ("role.handler", "p01"),
    ("fact.monitor_basis", "行政处罚法第四十一条"),
    ("fact.monitor_device", "ZF-JK-01"),
    ("fact.monitor_place", "清水河北桥"),
    ("fact.monitor_legal_review", "true"),
    ("fact.monitor_technical_review", "true"),
    ("fact.monitor_standard", "true"),
    ("fact.monitor_place_published", "true"),
    ("fact.monitor_recorded_at", "2026-11-20 08:00"),
    ("fact.monitor_record_content", "铲车在河道内装运砂石"),
];

async fn drafted_and_approved(browser: &Browser, fields: &[(&str, &str)]) {
    let drafted = browser.post("/registers/devices/new", fields).await;
    assert_eq!(drafted.status, StatusCode::SEE_OTHER, "{}", drafted.text);
    browser.review(drafted.location()).await;
    let approved = browser.post(drafted.location(), &APPROVAL).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
}

#[tokio::test]
async fn a_device_of_the_register_fills_the_form_and_may_not_be_contradicted() {
    let browser = browser();
    let mut row = MONITOR.to_vec();
    row.push(("c.technical_review_on", "2026-03-20"));
    row.push(("c.published_at", "https://slj.example/monitors"));
    drafted_and_approved(&browser, &row).await;
    let case = browser.case_after(3).await;
    let path = format!("{case}/acts/monitor_record_adoption");
    let form = browser.get(&path).await;
    assert!(
        form.text.contains("<option value=\"ZF-JK-01\">"),
        "the devices of the register are offered: {}",
        form.text
    );
    let version = form.hidden("version");

    let asked = [
        ("token", TOKEN),
        ("key", "m0"),
        ("version", version.as_str()),
        ("occurred", "2026-11-24"),
        ("fact.monitor_device", "ZF-JK-01"),
        ("fact.monitor_place", "另一台设备的地点"),
        ("do", "fetch:monitor_device"),
    ];
    let looked = browser.post(&path, &asked).await;
    let filled = crate::service::filled(&looked);
    let value = |name: &str| {
        let mut all = filled.iter().filter(|(field, _)| field == name);
        all.next().map(|(_, value)| value.as_str())
    };
    assert_eq!(value("fact.monitor_place"), Some("清水河南桥下游右岸"));
    assert_eq!(value("fact.monitor_legal_review"), Some("true"));
    assert_eq!(value("fact.monitor_standard"), None, "people say that");
    assert!(
        looked.text.contains("取自设备和场所，请核对"),
        "{}",
        looked.text
    );

    // What was cleared on purpose stays empty when the form comes back for another reason.
    let cleared = with(&asked, "do", "record");
    let cleared = with(&cleared, "fact.monitor_place", "");
    let again = browser.post(&path, &cleared).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let filled = crate::service::filled(&again);
    let place = filled.iter().find(|(name, _)| name == "fact.monitor_place");
    assert!(
        place.is_none_or(|(_, value)| value.is_empty()),
        "{filled:?}"
    );

    let said = with(&RECORD, "version", &version);
    let refused = browser.post(&path, &said).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    for text in [
        "“监控设备设置地点”写的是“清水河北桥”",
        "设备和场所的“ZF-JK-01”是“清水河南桥下游右岸”",
        "《行政处罚法》第四十一条",
    ] {
        assert!(refused.text.contains(text), "{text}: {}", refused.text);
    }
    let unknown = with(&said, "fact.monitor_device", "ZF-JK-77");
    let refused = browser.post(&path, &unknown).await;
    assert!(refused.text.contains("没有“ZF-JK-77”"), "{}", refused.text);
    let right = with(&said, "fact.monitor_place", "清水河南桥下游右岸");
    let done = browser.post(&path, &right).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
}

#[tokio::test]
async fn a_fine_under_the_same_item_in_another_case_wants_a_reason() {
    let browser = browser_of(|_| {});
    browser.case_after(15).await;
    let case = browser.again_after(5).await;
    let propose = async |reason: Option<&str>, key: &str| {
        let said = reason.map(|reason| ("other_act_reason", Value::from(reason)));
        let says: Vec<(&str, Value)> = said.into_iter().collect();
        browser.step_today(&case, 5, &says, key).await
    };
    let refused = propose(None, "p1").await.unwrap_err();
    for text in [
        "已按同一事项对某某建材有限公司罚款¥60,000.00",
        "不是同一个违法行为",
    ] {
        assert!(refused.contains(text), "{text}: {refused}");
    }
    propose(Some("本年十一月另行取水，与前案已罚的不是同一次"), "p2")
        .await
        .unwrap();

    // What stands elsewhere is told on the form of the decision.
    let session = begin(&browser.office, "luqy");
    let form = browser
        .get_in(&session, &format!("{case}/acts/penalty_proposal?subject=1"))
        .await;
    assert!(
        form.text.contains("已按同一事项对某某建材有限公司罚款"),
        "{}",
        form.text
    );
}

#[tokio::test]
async fn the_number_of_a_case_that_follows_is_known_where_its_source_asks_for_it() {
    let browser = browser_of(|file| file.number_facts.push("inspection_number".to_owned()));
    let open = |procedure: &str| Target::NewCase {
        procedure: procedure.to_owned(),
    };
    let rehearse = async |target: &Target, act: Value, key: &str| {
        let request: ActRequest = serde_json::from_value(act).unwrap();
        let done = browser.office.rehearse(target, &request, key).await;
        done.unwrap_or_else(|error| panic!("{key}: {error}"))
            .case_id
    };
    let handlers =
        json!([{"role": "handler", "person": "p01"}, {"role": "handler", "person": "p02"}]);
    let of = |case_id: &str| Target::Case {
        case_id: case_id.to_owned(),
        seen: None,
    };
    let report = json!({
        "event": "complaint_registration", "occurred": "2026-11-20", "people": handlers,
        "introduces": [{"kind": "party", "name": "某某洗浴有限公司", "facts": {"party_kind": "legal_person"}}],
        "facts": {
            "cause": "打井取水，没有安装水表", "complaint_kind": "violation", "complaint_channel": "visit",
            "received_on": "2026-11-20", "lead_content": "院内打井，没有水表", "is_signed": "anonymous",
            "informant_reachable": false,
        },
    });
    let complaint = rehearse(&open("complaint"), report, "k1").await;
    let accepted = json!({
        "event": "complaint_acceptance", "occurred": "2026-11-23", "people": handlers, "facts": {"own_duty": true},
    });
    rehearse(&of(&complaint), accepted, "k2").await;
    let view = browser.office.case(&complaint).await.unwrap();
    let procedure = view.procedure();
    let event = &procedure.events[procedure.event("lead_handover").unwrap()];
    let actor = Actor::of(&browser.office.agency(), "luqy").unwrap();
    let known = browser.office.follow_ups(&actor, &view, event, 0).await;
    assert_eq!(known.unwrap(), [], "nothing follows yet");

    let inspection = json!({
        "event": "inspection_registration", "occurred": "2026-11-24", "people": handlers, "follows": complaint,
        "introduces": [{"kind": "party", "name": "某某洗浴有限公司", "facts": {"party_kind": "legal_person"}}],
        "facts": {
            "inspection_item": "water_use", "inspection_kind": "lead", "inspection_reason": "举报打井取水",
            "inspection_lead": "举报一件", "inspects_enterprise": true, "is_emergency": false,
            "own_jurisdiction": true, "is_delegated": false,
        },
    });
    let inspection = rehearse(&open("inspection"), inspection, "k3").await;
    let opened = browser.office.case(&inspection).await.unwrap();
    let number = browser.office.case_number(opened.case()).unwrap();
    let known = browser.office.follow_ups(&actor, &view, event, 0).await;
    let fact = procedure.fact("followed_case").unwrap();
    assert_eq!(known.unwrap(), [(fact, law::fact::Value::Text(number))]);
}
