//! What each kind of field takes, says and keeps; nothing of it needs JavaScript.

use axum::http::{StatusCode, header};

use crate::desk::{Answer, Browser, FILING, OPENING, TOKEN, browser};
use crate::{LEAD, with};

/// The text between the id of a control's hint and its end.
fn said<'a>(answer: &'a Answer, id: &str) -> &'a str {
    let rest = answer
        .text
        .split_once(&format!("id=\"{id}\">"))
        .unwrap_or_else(|| panic!("no {id}: {}", answer.text))
        .1;
    rest.split("</output>").next().unwrap()
}

/// What was typed, looked at and not recorded.
async fn looked(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = browser.post(path, &with(fields, "do", "look_up")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer
}

async fn nothing_is_recorded(browser: &Browser) {
    let query = app::ledger::CaseQuery::default();
    let cases = browser.office.cases(&query, 1).await;
    assert!(cases.unwrap().is_empty());
}

async fn asked(browser: &Browser, about: &str, value: &str) -> serde_json::Value {
    let fields = [
        ("about", about),
        ("value", value),
        ("procedure", "penalty.ordinary"),
        ("event", "lead_registration"),
    ];
    let answer = browser.post("/hints", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    serde_json::from_str(&answer.text).unwrap()
}

#[tokio::test]
async fn a_date_is_taken_as_people_write_it_and_told_as_a_working_day() {
    let browser = browser();
    for (typed, told) in [
        ("2026-10-13", "2026-10-13(周二)，工作日"),
        ("2026/10/13", "2026-10-13(周二)，工作日"),
        ("20261013", "2026-10-13(周二)，工作日"),
        ("10-13", "2026-10-13(周二)，工作日"),
        ("今天", "2026-11-24(周二)，工作日"),
        ("昨天", "2026-11-23(周一)，工作日"),
        ("2026-10-10", "2026-10-10(周六)，工作日（国庆节调休上班）"),
        ("2026-10-01", "2026-10-01(周四)，休息日（国庆节）"),
        ("2026-11-22", "2026-11-22(周日)，休息日"),
        ("2051-03-01", "按周一至周五推算"),
    ] {
        let fields = with(&LEAD, "fact.discovery_date", typed);
        let answer = looked(&browser, OPENING, &fields).await;
        let hint = said(&answer, "f-fact-discovery_date-hint");
        assert!(hint.contains(told), "{typed}: {hint}");
        assert!(answer.text.contains(&format!("value=\"{typed}\"")));
        let island = asked(&browser, "day", typed).await;
        assert_eq!(island["lines"][0].as_str().unwrap(), hint);
    }
    nothing_is_recorded(&browser).await;
    let recorded = browser
        .post(
            OPENING,
            &with(
                &with(&LEAD, "occurred", "昨天"),
                "fact.discovery_date",
                "11/19",
            ),
        )
        .await;
    assert_eq!(recorded.status, StatusCode::SEE_OTHER, "{}", recorded.text);
    let page = browser.get(recorded.location()).await;
    assert!(page.text.contains("2026-11-19(周四)") && page.text.contains("2026-11-23(周一)"));
}

#[tokio::test]
async fn a_time_is_taken_as_people_write_it() {
    let browser = browser();
    for (at, time) in ["9:30", "09：30", "09:30", ""].into_iter().enumerate() {
        let key = format!("time-{at}");
        let fields = with(&with(&LEAD, "occurred.time", time), "key", &key);
        let answer = browser.post(OPENING, &fields).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{time}: {}",
            answer.text
        );
    }
    for time in ["25:00", "九点", "09:60", "0930"] {
        let answer = browser
            .post(OPENING, &with(&LEAD, "occurred.time", time))
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{time}");
        assert!(answer.text.contains("href=\"#f-occurred\""), "{time}");
    }
}

#[tokio::test]
async fn the_date_of_an_act_says_what_becomes_due_when() {
    let browser = browser();
    let answer = looked(&browser, OPENING, &with(&LEAD, "occurred", "2026-11-20")).await;
    let hint = said(&answer, "f-occurred-hint");
    let due = "随后应当：";
    assert!(
        hint.starts_with("2026-11-20(周五)，工作日\n") && hint.contains(due),
        "{hint}"
    );
    let island = asked(&browser, "occurred", "2026-11-20").await;
    let lines: Vec<&str> = island["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    assert_eq!(lines.join("\n"), hint, "one answer for both roads");
    assert_eq!(island["wrong"], false);
    let future = asked(&browser, "occurred", "2026-11-25").await;
    assert_eq!(future["wrong"], true);
    assert!(future["lines"][0].as_str().unwrap().contains("还没有到"));
}

#[tokio::test]
async fn an_identifier_says_what_it_is_before_it_is_sent() {
    let browser = browser();
    for (field, about, value, told, wrong) in [
        (
            "resident_id",
            "resident_id",
            "14040319900101001x",
            "校验位相符；男，1990-01-01出生",
            false,
        ),
        (
            "resident_id",
            "resident_id",
            "140403900101001",
            "15位的旧号",
            true,
        ),
        (
            "resident_id",
            "resident_id",
            "140403202611250015",
            "还没有到",
            true,
        ),
        (
            "resident_id",
            "resident_id",
            "140403199001010011",
            "第18位应当是“X”而不是“1”",
            true,
        ),
        (
            "credit_code",
            "credit_code",
            "91140400MA0H00000E",
            "校验位相符",
            false,
        ),
        (
            "credit_code",
            "credit_code",
            "91140400MA0H0000",
            "现在有16位",
            true,
        ),
    ] {
        let island = asked(&browser, about, value).await;
        assert!(
            island["lines"][0].as_str().unwrap().contains(told),
            "{value}: {island}"
        );
        assert_eq!(island["wrong"], wrong, "{value}");
        let name = format!("new.{field}");
        let answer = looked(&browser, OPENING, &with(&LEAD, &name, value)).await;
        let id = format!("f-new-{field}-hint");
        if wrong {
            assert_eq!(
                said(&answer, &id),
                "",
                "what is wrong is said once, at the field"
            );
            assert!(answer.text.contains(&format!("id=\"f-new-{field}-error\"")));
        } else {
            assert!(said(&answer, &id).contains(told), "{value}");
        }
        assert!(answer.text.contains(told), "{value}");
    }
    nothing_is_recorded(&browser).await;
}

#[tokio::test]
async fn an_amount_has_its_capitals_beside_it_and_the_range_of_its_item() {
    let browser = browser();
    let case = browser.case_after(5).await;
    let address = format!("{case}/acts/penalty_proposal?subject=1");
    let fields = [
        ("token", TOKEN),
        ("key", "p"),
        ("version", "5"),
        ("occurred", "今天"),
        ("fact.item", "P-SF69-2"),
        ("fact.proposed_penalty", "fine"),
        ("fact.proposed_penalty.fine", "20,000"),
        ("fact.proposed_penalty.confiscation", "1640.902"),
    ];
    let answer = looked(&browser, &address, &fields).await;
    assert_eq!(
        said(&answer, "f-fact-proposed_penalty-fine-hint"),
        "贰万元整（¥20,000.00）"
    );
    assert!(
        answer.text.contains("1640.902”不是金额"),
        "{}",
        said(&answer, "f-fact-proposed_penalty-confiscation-hint")
    );
    let range = answer.text.split("data-range>").nth(1).unwrap();
    let range = range.split('<').next().unwrap();
    assert!(range.contains("罚款2万至10万元"), "{range}");
    assert_eq!(
        asked(&browser, "amount", "¥16,409.02").await["lines"][0],
        "壹万陆仟肆佰零玖元零贰分（¥16,409.02）"
    );
    for wrong in ["两万", "-1", "1.234", "9999999999999999999"] {
        assert_eq!(
            asked(&browser, "amount", wrong).await["wrong"],
            true,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn an_item_is_found_by_two_characters_and_shows_its_basis_and_range() {
    let browser = browser();
    let case = browser.case_after(5).await;
    let address = format!("{case}/acts/penalty_proposal?subject=1");
    let whole = browser.get(&address).await;
    let options = |answer: &Answer| {
        let select = answer.text.split("id=\"f-fact-item\"").nth(1).unwrap();
        let select = select.split("</select>").next().unwrap().to_owned();
        select
            .split("<option value=\"")
            .skip(2)
            .map(|option| option.split('"').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = options(&whole);
    assert_eq!(all.len(), browser.office.context().rules.items.len());
    let fields = [
        ("token", TOKEN),
        ("key", "i"),
        ("version", "5"),
        ("occurred", "2026-11-24"),
    ];
    let find = |text: &'static str| {
        let fields = with(&fields, "find.fact.item", text);
        let (browser, address) = (&browser, &address);
        async move { looked(browser, address, &fields).await }
    };
    let some = find("取水").await;
    let found = options(&some);
    assert!(!found.is_empty() && found.len() < all.len());
    for id in &found {
        let item = &browser.office.context().rules.items[id];
        let is_cited = item.cites.iter().any(|cite| cite.text.contains("取水"));
        assert!(item.name.contains("取水") || is_cited, "{id}");
    }
    assert!(
        some.text
            .contains(&format!("含“取水”的{}项，共{}项", found.len(), all.len()))
    );
    assert_eq!(
        options(&find("水").await),
        all,
        "one character narrows nothing"
    );
    assert!(find("水").await.text.contains("至少写2个字"));
    assert!(options(&find("没有这种事").await).is_empty());
    let chosen = with(&fields, "fact.item", "P-SF69-2");
    let kept = looked(&browser, &address, &with(&chosen, "find.fact.item", "采砂")).await;
    assert!(
        options(&kept).contains(&"P-SF69-2".to_owned()),
        "the chosen one stays"
    );
    let hint = said(&kept, "f-fact-item-hint");
    for text in ["依据：《水法》第六十九条", "罚款幅度：罚款2万至10万元"] {
        assert!(hint.contains(text), "{hint}");
    }
    let island = asked(&browser, "item", "P-SF69-2").await;
    assert_eq!(island["range"], "罚款2万至10万元");
    assert_eq!(asked(&browser, "item", "P-NONE").await["wrong"], true);
}

#[tokio::test]
async fn people_are_offered_with_their_credential_on_the_day_of_the_act() {
    let browser = browser();
    let order = |answer: &Answer| {
        let mut places: Vec<(usize, &str)> = ["p01", "p02", "p03"]
            .into_iter()
            .map(|id| {
                (
                    answer.text.find(&format!("data-person=\"{id}\"")).unwrap(),
                    id,
                )
            })
            .collect();
        places.sort_unstable();
        places.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    };
    let today = browser.get(OPENING).await;
    assert_eq!(order(&today), ["p01", "p02", "p03"]);
    for text in [
        "陆清源 水政监察支队",
        "执法证SL-2024-0101，有效期至2028-12-31",
        "执法证SL-2021-0077，证件已过期（至2026-06-30）",
    ] {
        assert!(today.text.contains(text), "{text}");
    }
    let then = looked(&browser, OPENING, &with(&LEAD, "occurred", "2023-06-01")).await;
    assert_eq!(
        order(&then),
        ["p03", "p01", "p02"],
        "who was valid then comes first"
    );
    assert!(then.text.contains("执法证SL-2021-0077，有效期至2026-06-30"));
    assert!(then.text.contains("证件那时尚未生效（自2024-01-01）"));
    let island = asked(&browser, "occurred", "2023-06-01").await;
    assert_eq!(
        island["people"]["p03"],
        "执法证SL-2021-0077，有效期至2026-06-30"
    );
    let case = browser.case_after(2).await;
    let inspection = browser.get(&format!("{case}/acts/site_inspection")).await;
    assert!(inspection.text.contains("不少于2名持有效执法证的人员"));
    assert!(!today.text.contains("不少于2名"), "a lead needs no two");
}

#[tokio::test]
async fn a_place_is_asked_in_parts_and_kept_as_one_text() {
    let browser = browser();
    let case = browser.case_after(1).await;
    let address = format!("{case}/acts/case_filing");
    let fields = [
        with(&FILING, "key", "place"),
        vec![
            ("fact.water_source", "surface"),
            ("fact.is_delegated", "false"),
            ("fact.violation_place", "店上镇店上村东"),
            ("fact.violation_place.reach", "浊漳河店上段"),
            ("fact.violation_place.bank", "左岸"),
            ("fact.violation_place.longitude", "113.0510"),
            ("fact.violation_place.latitude", "36.2140"),
        ],
    ]
    .concat();
    for (part, value, told) in [
        ("fact.violation_place", "", "请写明地点"),
        ("fact.violation_place.bank", "东岸", "岸别应当是左岸、右岸"),
        ("fact.violation_place.latitude", "", "要么都写，要么都不写"),
        ("fact.violation_place.longitude", "13.05", "73至136之间"),
    ] {
        let answer = browser.post(&address, &with(&fields, part, value)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{part}");
        assert!(answer.text.contains(told), "{part}: {told}");
        assert!(
            answer.text.contains("value=\"浊漳河店上段\""),
            "what was typed is kept"
        );
    }
    let filed = browser.post(&address, &fields).await;
    assert_eq!(filed.status, StatusCode::SEE_OTHER, "{}", filed.text);
    let page = browser.get(filed.location()).await;
    let whole = "店上镇店上村东；河段：浊漳河店上段；岸别：左岸；坐标：东经113.0510°、北纬36.2140°";
    assert!(page.text.contains(whole), "{}", page.text);
}

#[tokio::test]
async fn a_text_states_its_limit_and_the_error_names_both_lengths() {
    let browser = browser();
    let page = browser.get(OPENING).await;
    assert!(page.text.contains("最多200个字") && page.text.contains("最多20000个字"));
    let long = |length: usize| "长".repeat(length);
    for (field, length, told) in [
        ("new.residence", 201, "有201个字，最多200个字"),
        ("new.phone", 51, "有51个字，最多50个字"),
        ("new.name", 201, "名称有201个字，最多200个字"),
        ("fact.lead_content", 20_001, "有20001个字，最多20000个字"),
    ] {
        let text = long(length);
        let answer = browser.post(OPENING, &with(&LEAD, field, &text)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(answer.text.contains(told), "{field}");
        let anchor = field.replace('.', "-");
        assert!(
            answer.text.contains(&format!("href=\"#f-{anchor}\"")),
            "{field}"
        );
        assert!(answer.text.contains(&text), "{field}: nothing is cut off");
    }
    nothing_is_recorded(&browser).await;
    let lines = "第一行\n".repeat(15);
    let answer = looked(&browser, OPENING, &with(&LEAD, "fact.lead_content", &lines)).await;
    let area = answer
        .text
        .split("id=\"f-fact-lead_content\"")
        .nth(1)
        .unwrap();
    assert!(
        area.split('>').next().unwrap().contains("rows=\"15\""),
        "as tall as its text"
    );
}

/// Whatever is typed anywhere is shown as text, kept or refused with a reason, and never breaks the page.
#[tokio::test]
async fn every_field_takes_every_text() {
    let names = [
        "occurred",
        "occurred.time",
        "role.handler",
        "fact.lead_source",
        "fact.discovery_date",
        "fact.lead_content",
        "fact.informant",
        "fact.lead_number",
        "new.name",
        "new.party_kind",
        "new.credit_code",
        "new.resident_id",
        "new.paper_kind",
        "new.paper_number",
        "new.legal_representative",
        "new.residence",
        "new.phone",
        "reason.G-TWO",
    ];
    let long = "水".repeat(10_000);
    let texts = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>'",
        long.as_str(),
        "👩‍👩‍👧‍👦🌊",
        "𬭎㛃镕喆",
        "مياه שלום",
        "甲\0乙",
        "甲\u{202e}乙",
        "\u{1b}[31m",
        "{{ 7*7 }} ${7*7}",
    ];
    let free = [
        "fact.lead_content",
        "fact.informant",
        "new.name",
        "new.legal_representative",
        "new.residence",
        "new.phone",
        "new.paper_number",
        "reason.G-TWO",
    ];
    let mut recorded = 0;
    for name in names {
        let browser = browser();
        for (at, text) in texts.into_iter().enumerate() {
            let key = format!("{name}-{at}");
            let fields = with(&with(&LEAD, name, text), "key", &key);
            let answer = browser.post(OPENING, &fields).await;
            let hides = text.contains(['\0', '\u{202e}', '\u{1b}']);
            let shown = match answer.status {
                StatusCode::SEE_OTHER => {
                    recorded += 1;
                    assert!(!hides, "{name}: {text:?} is not recorded");
                    browser.get(answer.location()).await
                }
                StatusCode::UNPROCESSABLE_ENTITY => {
                    assert!(
                        hides || text == long || !free.contains(&name),
                        "{name}: {text:?}: {}",
                        answer.text
                    );
                    answer
                }
                other => panic!("{name}: {text:?}: {other}"),
            };
            assert!(
                !shown.text.contains("<script>alert") && !shown.text.contains("<img src=x"),
                "{name}: {text:?}"
            );
            assert!(
                !shown.text.contains(['\0', '\u{202e}', '\u{1b}']),
                "{name}: what hides is made visible"
            );
            let is_free = free.contains(&name) && !name.starts_with("reason");
            if is_free && text.starts_with(['𬭎', '👩', 'م']) {
                assert!(shown.text.contains(text), "{name}: {text}");
            }
            if hides && is_free {
                assert!(
                    shown.text.contains("看不见的控制字符") && shown.text.contains('\u{fffd}'),
                    "{name}: {text:?}"
                );
            }
        }
    }
    assert!(recorded > 30, "{recorded}");
}

#[tokio::test]
async fn a_reason_that_was_written_stays_when_something_else_is_wrong() {
    let browser = browser();
    let fields = with(&LEAD, "reason.G-TWO", "当日只有一人在岗");
    let answer = browser
        .post(OPENING, &with(&fields, "fact.discovery_date", "不知道"))
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("当日只有一人在岗"));
}

#[tokio::test]
async fn looking_at_a_stale_page_does_not_make_it_fresh_in_silence() {
    let browser = browser();
    let case = browser.case_after(3).await;
    let fields = [
        ("token", TOKEN),
        ("key", "stale"),
        ("version", "1"),
        ("occurred", "2026-11-24"),
        ("fact.lead_verification_result", "核查情况在此"),
    ];
    let path = format!("{case}/acts/lead_verification");
    let answer = looked(&browser, &path, &fields).await;
    assert!(answer.text.contains("本案已有新的进展") && answer.text.contains("核查情况在此"));
}

#[tokio::test]
async fn hints_answer_only_what_they_know() {
    let browser = browser();
    let answer = browser
        .post("/hints", &[("about", "weather"), ("value", "x")])
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(
        asked(&browser, "day", "").await["lines"],
        serde_json::json!([])
    );
    let answer = browser
        .post("/hints", &[("about", "occurred"), ("value", "今天")])
        .await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "without an act there is still a day"
    );
    let script = "<script>alert(1)</script>";
    let told = asked(&browser, "item", script).await;
    assert!(
        told["lines"][0].as_str().unwrap().contains(script),
        "as data, not as a page"
    );
}

#[tokio::test]
async fn islands_are_served_small_and_nothing_else_may_run() {
    let browser = browser();
    let page = browser.get(OPENING).await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.contains("script-src 'self'; connect-src 'self'") && !policy.contains("unsafe"));
    let scripts: Vec<&str> = page.text.split("<script").skip(1).collect();
    assert_eq!(scripts.len(), 4);
    for script in scripts {
        let source = script.strip_prefix(" type=\"module\" src=\"").unwrap();
        let path = source.split('"').next().unwrap();
        assert!(
            source.contains("\"></script>"),
            "no script stands in the page"
        );
        let island = browser.get(path).await;
        assert_eq!(island.status, StatusCode::OK, "{path}");
        assert_eq!(
            island.headers[header::CONTENT_TYPE],
            "text/javascript; charset=utf-8"
        );
        assert!(
            island.headers[header::CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("max-age")
        );
        assert!(
            island.text.len() < 4096,
            "{path}: {} bytes",
            island.text.len()
        );
        assert!(island.text.contains("// @ts-check"), "{path}");
    }
    assert!(!page.text.contains(" onclick=") && !page.text.contains(" style="));
    for path in ["/islands/none.js", "/islands/..%2Fstaff.css"] {
        assert_eq!(
            browser.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
