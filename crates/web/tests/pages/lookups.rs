//! What a register knows stands in the form, and what is said against it is refused with what the register says.

use crate::desk::{Answer, Browser, OPENING, TOKEN, begin, browser, browser_of};
use crate::{LEAD, with};
use app::access::Actor;
use app::register::RegisterName;
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
    registered(browser, "devices", fields).await;
}

pub(crate) async fn registered(browser: &Browser, register: &str, fields: &[(&str, &str)]) {
    let address = format!("/registers/{register}/new");
    let drafted = browser.post(&address, fields).await;
    assert_eq!(drafted.status, StatusCode::SEE_OTHER, "{}", drafted.text);
    browser.review(drafted.location()).await;
    let row = fields.iter().find(|(name, _)| *name == "row");
    let key = format!("a-{}", row.map_or("", |(_, row)| row));
    let approval = with(&APPROVAL, "key", &key);
    let approved = browser.post(drafted.location(), &approval).await;
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

/// A row of a register that is in force today.
pub(crate) fn row_of<'a>(row: &'a str, columns: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("token", TOKEN),
        ("key", row),
        ("row", row),
        ("effective_from", "2026-11-20"),
        ("by", "p08"),
        ("reason", "照执照登记"),
    ];
    fields.extend(columns);
    fields
}

const CODE: &str = "91140400MA0H00000E";

/// Two enterprises, and a well of the first.
async fn known(browser: &Browser) {
    let first = [
        ("c.name", "演川建材有限公司"),
        ("c.code", CODE),
        ("c.kind", "enterprise"),
        ("c.representative", "某经理"),
        ("c.address", "长水县演川镇一号"),
        ("c.phone", "0355-0000000"),
    ];
    let second = [
        ("c.name", "演瓷陶瓷有限公司"),
        ("c.code", "91140400MA0H00001H"),
        ("c.kind", "enterprise"),
    ];
    let well = [
        ("c.code", "SC-001"),
        ("c.name", "三号机井"),
        ("c.kind", "well"),
        ("c.holder", "q01"),
        ("c.place", "长水县演川镇北"),
        ("c.basin", "yellow"),
        ("c.source", "ground"),
        ("c.zone", "banned"),
        ("c.license", "取水〔2026〕3号"),
    ];
    registered(browser, "enterprises", &row_of("q01", &first)).await;
    registered(browser, "enterprises", &row_of("q02", &second)).await;
    registered(browser, "sites", &row_of("x01", &well)).await;
}

fn value(page: &Answer, name: &str) -> Option<String> {
    let all = crate::service::filled(page).into_iter();
    let mut all = all.filter(|(field, value)| field == name && !value.is_empty());
    all.next().map(|(_, value)| value)
}

#[tokio::test]
async fn a_party_is_taken_from_the_register_of_enterprises() {
    let browser = browser();
    let page = browser.get(OPENING).await;
    assert!(
        !page.text.contains("从企业名录带入"),
        "nothing is kept there"
    );
    known(&browser).await;
    let page = browser.get(OPENING).await;
    assert!(page.text.contains("从企业名录带入"), "{}", page.text);
    assert!(!page.text.contains("演川建材"), "nobody is listed unasked");
    let entries = browser.entries().await;
    let look = [
        ("token", TOKEN),
        ("key", "k0"),
        ("occurred", "2026-11-24"),
        ("fact.lead_content", "架泵取水"),
    ];
    let found = async |find: &str, pressed: &str| {
        let asked = with(&look, "find.new", find);
        browser.post(OPENING, &with(&asked, "do", pressed)).await
    };
    // Several: one is chosen by its own button.
    let several = found("有限公司", "fetch:new").await;
    assert_eq!(value(&several, "new.name"), None);
    for button in ["value=\"fetch:new:q01\"", "value=\"fetch:new:q02\""] {
        assert!(several.text.contains(button), "{button}: {}", several.text);
    }
    let none = found("没有这家", "fetch:new").await;
    assert!(
        none.text.contains("没有含“没有这家”的一行"),
        "{}",
        none.text
    );
    for (find, pressed) in [
        ("演川", "fetch:new"),
        (CODE, "fetch:new"),
        ("演川", "look_up"),
        ("有限公司", "fetch:new:q01"),
    ] {
        let page = found(find, pressed).await;
        for (field, expected) in [
            ("new.name", "演川建材有限公司"),
            ("new.credit_code", CODE),
            ("new.party_kind", "legal_person"),
            ("new.legal_representative", "某经理"),
            ("new.residence", "长水县演川镇一号"),
            ("new.phone", "0355-0000000"),
            ("fact.lead_content", "架泵取水"),
        ] {
            let filled = value(&page, field);
            assert_eq!(filled.as_deref(), Some(expected), "{find}: {field}");
        }
        assert!(page.text.contains("取自企业名录，请核对"));
    }
    assert_eq!(browser.entries().await, entries, "nothing was recorded");
}

#[tokio::test]
async fn what_is_said_against_the_register_is_told_and_recorded_all_the_same() {
    let browser = browser();
    known(&browser).await;
    let said = with(&LEAD, "new.credit_code", CODE);
    let told = "名称写的是“某砂石公司”，企业名录的“91140400MA0H00000E”是“演川建材有限公司”";
    let looked = browser.post(OPENING, &with(&said, "do", "look_up")).await;
    assert!(looked.text.contains(told), "{}", looked.text);
    let opened = browser.post(OPENING, &said).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let case = opened.location().split('?').next().unwrap().to_owned();
    let page = browser.get(&case).await;
    assert!(page.text.contains("与登记不一致") && page.text.contains(told));
    // The row lists the case for those who see it.
    let row = "/registers/enterprises/q01";
    let listed = browser.get(row).await;
    let link = format!("href=\"{case}\"");
    assert!(listed.text.contains(&link), "{}", listed.text);
    let own = Actor::of(&browser.office.agency(), "luqy").unwrap();
    let elsewhere = Actor {
        section: "水土保持科".to_owned(),
        roles: ["handler".to_owned()].into(),
        ..own.clone()
    };
    let naming = async |actor: &Actor| {
        let row = (CODE, Some("演川建材有限公司"));
        let enterprises = RegisterName::Enterprises;
        let cases = browser.office.cases_naming(actor, enterprises, row).await;
        cases.unwrap().len()
    };
    assert_eq!(naming(&own).await, 1);
    assert_eq!(naming(&elsewhere).await, 0, "of another unit");
    let other = browser.get("/registers/enterprises/q02").await;
    assert!(other.text.contains("写明这一行的案件（0件）"));
    // A party that agrees is told nothing about.
    let right = with(&said, "new.name", "演川建材有限公司");
    let right = browser.post(OPENING, &with(&right, "key", "k2")).await;
    let page = browser.get(right.location()).await;
    assert!(!page.text.contains("与登记不一致"), "{}", page.text);
}

#[tokio::test]
async fn a_site_fills_the_place_the_water_and_the_zone_and_its_holder_the_party() {
    let browser = browser();
    known(&browser).await;
    let inspection = "/cases/new/inspection/inspection_registration";
    let asked = [
        ("token", TOKEN),
        ("key", "i0"),
        ("occurred", "2026-11-24"),
        ("fact.site", "机井"),
        ("do", "fetch:site"),
    ];
    let page = browser.post(inspection, &asked).await;
    for (field, expected) in [
        ("fact.site", "SC-001"),
        ("fact.inspection_place", "长水县演川镇北"),
        ("fact.site_license", "取水〔2026〕3号"),
        ("new.name", "演川建材有限公司"),
        ("new.credit_code", CODE),
    ] {
        assert_eq!(value(&page, field).as_deref(), Some(expected), "{field}");
    }
    let case = browser.case_after(1).await;
    let path = format!("{case}/acts/case_filing");
    let version = browser.get(&path).await.hidden("version");
    let asked = with(&asked, "version", &version);
    let page = browser.post(&path, &asked).await;
    for (field, expected) in [
        ("fact.violation_place", "长水县演川镇北"),
        ("fact.basin", "yellow_river"),
        ("fact.water_source", "ground"),
        ("fact.groundwater_zone", "banned"),
    ] {
        assert_eq!(value(&page, field).as_deref(), Some(expected), "{field}");
    }
    assert_eq!(value(&page, "new.name"), None, "the case has its party");
    let holder = "场所名录的“SC-001”写明所属单位是“演川建材有限公司”";
    assert!(page.text.contains(holder), "{}", page.text);
    let against = with(&asked, "fact.site", "SC-001");
    let against = with(&against, "fact.basin", "haihe");
    let page = browser.post(&path, &with(&against, "do", "look_up")).await;
    let told = "“所在流域”写的是“海河”，场所名录的“SC-001”是“黄河”";
    assert!(page.text.contains(told), "{}", page.text);
}

/// Programs name the row, and what they say themselves stays; whoever does not work here gets nothing out of it.
#[tokio::test]
async fn a_program_names_the_row_of_a_party() {
    let browser = browser();
    known(&browser).await;
    let office = &browser.office;
    let request = |row: &str| -> ActRequest {
        serde_json::from_value(json!({
            "event": "lead_registration", "occurred": "2026-11-24",
            "introduces": [{ "kind": "party", "row": row, "facts": { "phone": "13900000000" } }],
        }))
        .unwrap()
    };
    let procedure = office.empty_case("penalty.ordinary").unwrap();
    let procedure = procedure.procedure();
    let actor = Actor::of(&office.agency(), "luqy").unwrap();
    for row in ["q01", CODE, "演川建材有限公司"] {
        let filled = office.with_rows(&actor, procedure, &request(row)).unwrap();
        let party = &filled.introduces[0];
        assert_eq!(party.name, "演川建材有限公司");
        assert_eq!(party.facts["credit_code"], CODE);
        assert_eq!(party.facts["party_kind"], "legal_person");
        assert_eq!(party.facts["phone"], "13900000000");
        assert_eq!(party.row, None);
    }
    // Asked again, it is the same request though the row may read differently by then.
    let target = Target::NewCase {
        procedure: "penalty.ordinary".to_owned(),
    };
    let filled = office
        .with_rows(&actor, procedure, &request("q01"))
        .unwrap();
    let mut later = filled.clone();
    later.introduces[0].name = "演川新材料有限公司".to_owned();
    assert_eq!(later.digest(&target), filled.digest(&target));
    let other = office.with_rows(&actor, procedure, &request(CODE)).unwrap();
    assert_ne!(other.digest(&target), filled.digest(&target));
    let unknown = office.with_rows(&actor, procedure, &request("q77"));
    let told = format!("{:?}", unknown.unwrap_err());
    assert!(told.contains("企业名录2026-11-24没有“q77”"), "{told}");
    let outside = Actor {
        person: None,
        ..actor
    };
    let denied = office.with_rows(&outside, procedure, &request("q01"));
    let told = format!("{:?}", denied.unwrap_err());
    assert!(!told.contains("演川") && told.contains("没有可以选用的登记"));
}

/// Where what records by itself is set up is public (行政处罚法 41); a recorder that an officer carries is not. What was done
/// towards the public stands on the page of the row.
#[tokio::test]
async fn a_monitor_is_released_and_a_recorder_is_not() {
    let browser = browser();
    let mut monitor = MONITOR.to_vec();
    monitor.push(("c.technical_review_on", "2026-03-20"));
    monitor.push(("c.published_at", "https://slj.example/monitors"));
    monitor.push(("c.keeper", "p01"));
    drafted_and_approved(&browser, &monitor).await;
    let recorder = [
        ("c.code", "ZF-JLY-01"),
        ("c.name", "执法记录仪一号"),
        ("c.kind", "recorder"),
        ("c.state", "in_use"),
    ];
    registered(&browser, "devices", &row_of("b02", &recorder)).await;
    let path = "/registers/devices/publish";
    let releaser = begin(&browser.office, "yesj");
    let page = browser.get_in(&releaser, path).await;
    assert!(
        page.text.contains("清水河南桥下游视频监控"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("执法记录仪一号"));
    let fields = [("token", TOKEN), ("key", "o1"), ("row", "b01")];
    let released = browser.post_in(&releaser, path, &fields).await;
    assert_eq!(released.status, StatusCode::SEE_OTHER, "{}", released.text);
    let row = browser.get_in(&releaser, "/registers/devices/b01").await;
    assert!(row.text.contains("公示第1版") && row.text.contains("叶书简署名"));
    let down = [
        ("token", TOKEN),
        ("key", "o2"),
        ("row", "b01"),
        ("take_down", "1"),
        ("why", "地点写错"),
    ];
    let down = browser.post_in(&releaser, path, &down).await;
    assert_eq!(down.status, StatusCode::SEE_OTHER, "{}", down.text);
    let row = browser.get_in(&releaser, "/registers/devices/b01").await;
    assert!(row.text.contains("撤下") && row.text.contains("理由：地点写错"));
}
