//! Random draws through the real router: prepared by one, drawn under the eyes of another, done over by anybody, and carried
//! into the inspection.

use crate::desk::{Answer, Browser, TOKEN, begin, browser_of};
use crate::lookups::{registered, row_of};
use crate::{with, without};
use app::agency::AgencyFile;
use axum::http::StatusCode;

const PREPARING: [(&str, &str); 8] = [
    ("token", TOKEN),
    ("key", "d1"),
    ("do", "prepare"),
    ("item", "取用水情况检查"),
    ("from", "sites:well"),
    ("count", ""),
    ("officers", "2"),
    ("recusals", ""),
];

const HERE: &str = "/registers/draws/new";

/// The head of the office supervises draws here, and two officers more enforce.
fn with_supervisor(file: &mut AgencyFile) {
    for (id, name) in [("p31", "齐远"), ("p32", "安澜")] {
        let mut officer = file.people[0].clone();
        officer.id = id.to_owned();
        officer.name = name.to_owned();
        file.people.push(officer);
    }
    for staff in &mut file.people {
        if ["p08", "p01"].contains(&staff.id.as_str()) {
            staff.roles.push("draw_supervisor".to_owned());
        }
    }
}

/// An item of the list, and twelve sites of which eleven are wells.
async fn ready() -> Browser {
    let browser = browser_of(with_supervisor);
    let item = [
        ("c.name", "取用水情况检查"),
        ("c.entity", "某市水利局"),
        ("c.basis", "水法第五十九条"),
        ("c.object", "取水单位"),
        ("c.content", "取水许可和计量"),
        ("c.ratio", "不低于10%"),
        ("c.way", "现场检查"),
        ("c.frequency", "每年2次"),
        ("c.published_on", "2026-01-05"),
    ];
    registered(&browser, "inspection_items", &row_of("i01", &item)).await;
    for number in 1..=12 {
        let (id, name) = (format!("x{number:02}"), format!("第{number}取水井"));
        let code = format!("SC-{number:03}");
        let row = [
            ("c.code", code.as_str()),
            ("c.name", name.as_str()),
            ("c.kind", if number == 12 { "river" } else { "well" }),
            ("c.place", "长水县演川镇"),
            ("c.license", "取水〔2026〕3号"),
        ];
        registered(&browser, "sites", &row_of(&id, &row)).await;
    }
    browser
}

async fn prepared(browser: &Browser, fields: &[(&str, &str)]) -> Answer {
    let session = begin(&browser.office, "luqy");
    browser.post_in(&session, HERE, fields).await
}

fn says(answer: &Answer, status: StatusCode, texts: &[&str]) {
    assert_eq!(answer.status, status, "{}", answer.text);
    for text in texts {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_cannot_be_drawn_is_told_at_its_field_and_nothing_is_recorded() {
    let browser = ready().await;
    let before = browser.entries().await;
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    for (field, value, told) in [
        ("item", "", "请选择抽查事项"),
        ("item", "饮水检查", "没有“饮水检查”"),
        ("from", "", "请选择对象从哪里抽"),
        ("from", "people", "请选择对象从哪里抽"),
        ("from", "enterprises", "企业名录里没有符合条件的对象"),
        ("count", "三", "抽取数量应当是整数"),
        ("count", "12", "对象库只有11个"),
        ("count", "0", "至少抽取一个"),
        ("officers", "1", "不少于2人（行政处罚法第四十二条）"),
        ("officers", "9", "不够9名"),
        ("recusals", "陆清源", "第1行应当写"),
        (
            "recusals",
            "甲乙丙，全部，亲属",
            "可以抽取的人员里没有“甲乙丙”",
        ),
        (
            "recusals",
            "陆清源，第99取水井，亲属",
            "对象库里没有“第99取水井”",
        ),
        ("recusals", "陆清源，全部，", "第1行：没有写理由"),
    ] {
        let answer = prepared(&browser, &with(&PREPARING, field, value)).await;
        says(&answer, wrong, &[told]);
        if !value.is_empty() && field != "item" && field != "from" {
            assert!(answer.text.contains(value), "what was typed stays");
        }
    }
    assert_eq!(browser.entries().await, before);
    let looked = prepared(&browser, &with(&PREPARING, "do", "look")).await;
    let pools = ["对象库11个，抽取2个（清单比例要求不少于2个）", "第11取水井"];
    says(&looked, StatusCode::OK, &pools);
    assert!(!looked.text.contains("第12取水井"), "a river is no well");
    assert_eq!(browser.entries().await, before, "looking records nothing");
    let anonymous = browser.post(HERE, &without(&PREPARING, "token")).await;
    assert_ne!(anonymous.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_draw_is_prepared_by_one_drawn_by_another_and_goes_into_the_inspection() {
    let browser = ready().await;
    let recused = with(&PREPARING, "recusals", "齐远，全部，持有被检查单位股份");
    let sent = prepared(&browser, &recused).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let there = sent.location().to_owned();
    // Sent again, it is the same.
    assert_eq!(prepared(&browser, &recused).await.location(), there);

    let own = begin(&browser.office, "luqy");
    let other = begin(&browser.office, "yesj");
    let page = browser.get_in(&own, &there).await;
    says(
        &page,
        StatusCode::OK,
        &["等待抽取监督人", "系统随机数的摘要"],
    );
    assert!(
        !page.text.contains("监督人当场报的数"),
        "not by whoever prepared it"
    );
    let drawing = [
        ("token", TOKEN),
        ("key", "d2"),
        ("do", "draw"),
        ("said", "88888888"),
    ];
    let by_own = browser.post_in(&own, &there, &drawing).await;
    let told = "准备抽取的人不能自己监督抽取";
    says(&by_own, StatusCode::UNPROCESSABLE_ENTITY, &[told]);
    for said in ["", "12", "十二三四", "1234.5"] {
        let asked = with(&drawing, "said", said);
        let answer = browser.post_in(&other, &there, &asked).await;
        says(
            &answer,
            StatusCode::UNPROCESSABLE_ENTITY,
            &["4到40位的数字"],
        );
    }
    // What is drawn is not approved by hand.
    let ruling = with(&with(&drawing, "do", ""), "ruling", "approve");
    let ruled = browser.post_in(&other, &there, &ruling).await;
    assert_eq!(ruled.status, StatusCode::CONFLICT);

    let drawn = browser.post_in(&other, &there, &drawing).await;
    assert_eq!(drawn.status, StatusCode::SEE_OTHER, "{}", drawn.text);
    assert_eq!(drawn.location(), "/registers/draws/cq01");
    let late = with(&with(&drawing, "key", "d3"), "said", "11111111");
    let again = browser.post_in(&other, &there, &late).await;
    says(&again, StatusCode::CONFLICT, &["这一批已经抽取过"]);

    let batch = browser.get_in(&own, drawn.location()).await;
    let texts = [
        "刚刚复算过，结果一致",
        "抽中的对象（2个）",
        "88888888",
        "陆清源准备，叶书简监督",
        "齐远，全部，持有被检查单位股份",
        "cq01-002",
    ];
    says(&batch, StatusCode::OK, &texts);
    let proof = browser.get_in(&own, "/registers/draws/cq01/proof").await;
    says(
        &proof,
        StatusCode::OK,
        &["系统随机数：", "第11取水井", "结果："],
    );
    let result = proof.text.split("结果：").nth(1).unwrap();
    assert!(!result.contains("齐远"), "{result}");

    // The form of the inspection knows what was drawn.
    let row = browser.get_in(&own, "/registers/draws/cq01-001").await;
    let link = "/cases/new/inspection/inspection_registration?row=draw_code%3Acq01-001";
    says(
        &row,
        StatusCode::OK,
        &[link, "用这一行起案", "叶书简监督抽取"],
    );
    assert!(!row.text.contains("起草变更"), "nobody edits a draw");
    let form = browser.get_in(&own, link).await;
    let filled = [
        "value=\"cq01-001\"",
        "value=\"取用水情况检查\"",
        "value=\"random\" checked",
        "长水县演川镇",
        "取水〔2026〕3号",
    ];
    says(&form, StatusCode::OK, &filled);
    assert!(!form.text.contains("已核对填写的内容"));

    // Once more in the same year wants a reason, and so do fewer than the list asks for.
    let more = with(&PREPARING, "key", "d9");
    let refused = prepared(&browser, &more).await;
    let told = "本年已经抽取过（批次cq01）";
    says(&refused, StatusCode::UNPROCESSABLE_ENTITY, &[told]);
    let fewer = with(&with(&more, "count", "1"), "reason", "");
    let refused = prepared(&browser, &fewer).await;
    let told = "少于清单比例（应不少于2个）";
    says(&refused, StatusCode::UNPROCESSABLE_ENTITY, &[told]);
    let hidden = with(&more, "reason", "第二批\u{1}");
    let refused = prepared(&browser, &hidden).await;
    says(
        &refused,
        StatusCode::UNPROCESSABLE_ENTITY,
        &["不能显示的字符"],
    );
    let reasoned = with(&more, "reason", "第二批");
    let second = prepared(&browser, &reasoned).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER, "{}", second.text);
}

/// Who prepares the same twice may not choose between two results.
#[tokio::test]
async fn what_is_sealed_already_is_not_sealed_again_without_a_reason() {
    let browser = ready().await;
    let first = prepared(&browser, &PREPARING).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    let again = with(&PREPARING, "key", "d5");
    let refused = prepared(&browser, &again).await;
    let told = "已经封存了一批，还没有抽取（批次cq01）";
    says(&refused, StatusCode::UNPROCESSABLE_ENTITY, &[told]);
    // The one without a reason is worth nothing once the one with a reason is drawn.
    let reasoned = prepared(&browser, &with(&again, "reason", "分两批抽取")).await;
    assert_eq!(reasoned.status, StatusCode::SEE_OTHER, "{}", reasoned.text);
    let other = begin(&browser.office, "yesj");
    let drawing = |key: &'static str| {
        [
            ("token", TOKEN),
            ("key", key),
            ("do", "draw"),
            ("said", "2026"),
        ]
    };
    let drawn = browser
        .post_in(&other, reasoned.location(), &drawing("d6"))
        .await;
    assert_eq!(drawn.status, StatusCode::SEE_OTHER, "{}", drawn.text);
    let late = browser
        .post_in(&other, first.location(), &drawing("d7"))
        .await;
    says(
        &late,
        StatusCode::CONFLICT,
        &["封存时没有写明再次抽取的理由"],
    );
}

#[tokio::test]
async fn what_was_prepared_is_not_drawn_once_an_object_is_gone() {
    let browser = ready().await;
    let there = prepared(&browser, &PREPARING).await.location().to_owned();
    let gone = [
        ("token", TOKEN),
        ("key", "gone"),
        // Each site took three entries.
        ("seen", "9"),
        ("effective_from", "2026-11-24"),
        ("by", "p08"),
        ("reason", "封填"),
    ];
    let path = "/registers/sites/x03/draft?change=remove";
    let drafted = browser.post(path, &gone).await;
    assert_eq!(drafted.status, StatusCode::SEE_OTHER, "{}", drafted.text);
    browser.review(drafted.location()).await;
    let approval = [
        ("token", TOKEN),
        ("key", "gone-a"),
        ("by", "p06"),
        ("ruling", "approve"),
    ];
    let approved = browser.post(drafted.location(), &approval).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let other = begin(&browser.office, "yesj");
    let drawing = [
        ("token", TOKEN),
        ("key", "d2"),
        ("do", "draw"),
        ("said", "88888888"),
    ];
    let late = browser.post_in(&other, &there, &drawing).await;
    let told = "封存以后，名录里符合条件的没有“第3取水井”了";
    says(&late, StatusCode::CONFLICT, &[told]);
}

#[tokio::test]
async fn what_was_prepared_is_given_up_with_a_reason_and_rows_are_nobodys_to_edit() {
    let browser = ready().await;
    let there = prepared(&browser, &PREPARING).await.location().to_owned();
    let own = begin(&browser.office, "luqy");
    let cancel = [
        ("token", TOKEN),
        ("key", "c1"),
        ("do", "cancel"),
        ("cancel_reason", ""),
    ];
    let bare = browser.post_in(&own, &there, &cancel).await;
    says(&bare, StatusCode::UNPROCESSABLE_ENTITY, &["作废须写明理由"]);
    let said = with(&cancel, "cancel_reason", "对象库选错了");
    let given_up = browser.post_in(&own, &there, &said).await;
    assert_eq!(given_up.status, StatusCode::SEE_OTHER, "{}", given_up.text);
    let page = browser.get_in(&own, &there).await;
    says(
        &page,
        StatusCode::OK,
        &["已作废", "陆清源作废：对象库选错了"],
    );
    let other = begin(&browser.office, "yesj");
    let drawing = [
        ("token", TOKEN),
        ("key", "d2"),
        ("do", "draw"),
        ("said", "88888888"),
    ];
    let late = browser.post_in(&other, &there, &drawing).await;
    says(&late, StatusCode::CONFLICT, &["这一批已经作废"]);
    for path in [
        "/registers/draws/cq01/draft",
        "/registers/draws/import",
        "/registers/draws/bulk",
    ] {
        let answer = browser.get_in(&own, path).await;
        assert_ne!(answer.status, StatusCode::OK, "{path}");
    }
}
