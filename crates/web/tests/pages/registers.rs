//! The registers through the real router: made from their columns, changed by two hands, and what bad input meets.

use crate::desk::{Answer, Browser, TOKEN, begin, broken_desk, browser};
use crate::{with, without};
use axum::http::StatusCode;

const PERSON: [(&str, &str); 13] = [
    ("token", TOKEN),
    ("key", "r1"),
    ("seen", "0"),
    ("row", "p10"),
    ("c.name", "温<b>听澜</b>"),
    ("c.post", "水政监察支队"),
    ("c.roles", "handler"),
    ("c.credentials.0.number", "SL-2026-0110"),
    ("c.credentials.0.from", "2026-11-01"),
    ("c.credentials.0.until", "2031-10-31"),
    ("effective_from", "2026-11-24"),
    ("by", "p08"),
    ("reason", "人事通知"),
];

const APPROVAL: [(&str, &str); 4] = [
    ("token", TOKEN),
    ("key", "a1"),
    ("by", "p06"),
    ("ruling", "approve"),
];

async fn drafted(browser: &Browser) -> String {
    let answer = browser.post("/registers/people/new", &PERSON).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.location().to_owned()
}

fn says(answer: &Answer, status: StatusCode, texts: &[&str]) {
    assert_eq!(answer.status, status, "{}", answer.text);
    for text in texts {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
}

#[tokio::test]
async fn every_register_has_its_pages() {
    let browser = browser();
    let index = browser.get("/registers").await;
    let names = [
        "人员名册",
        "设定与核对",
        "审批权限表",
        "权力配置",
        "工作日历",
        "账户",
    ];
    says(&index, StatusCode::OK, &names);
    for id in [
        "people",
        "settings",
        "approvals",
        "powers",
        "calendar",
        "accounts",
    ] {
        let page = browser.get(&format!("/registers/{id}")).await;
        says(&page, StatusCode::OK, &["哪一天的登记"]);
        assert!(page.text.len() < 150_000, "{id}: {} bytes", page.text.len());
        let by = if id == "accounts" { "guanli" } else { "luqy" };
        let session = begin(&browser.office, by);
        let path = format!("/registers/{id}/new");
        let form = browser.get_in(&session, &path).await;
        says(&form, StatusCode::OK, &["<form method=\"post\""]);
        assert!(form.text.len() < 150_000, "{id}: {} bytes", form.text.len());
    }
    let people = browser.get("/registers/people").await;
    says(
        &people,
        StatusCode::OK,
        &["陆清源", "SL-2024-0101", "承办人", "主要负责人"],
    );
    let found = browser.get("/registers/people?q=支队长").await;
    assert!(found.text.contains("柏砚秋") && !found.text.contains(">陆清源</a>"));
    let settings = browser.get("/registers/settings").await;
    says(
        &settings,
        StatusCode::OK,
        &[
            "线索核查期限",
            "15个工作日",
            "还没有设定或者核对的",
            "集体讨论负责人人数",
        ],
    );
}

#[tokio::test]
async fn a_person_is_drafted_by_one_and_approved_by_another() {
    let browser = browser();
    let form = browser.get("/registers/people/new").await;
    assert!(
        form.text.contains("value=\"p10\""),
        "the next free id: {}",
        form.text
    );
    let draft = drafted(&browser).await;
    let page = browser.get(&draft).await;
    says(
        &page,
        StatusCode::OK,
        &[
            "新增：",
            "叶书简起草",
            "证号SL-2026-0110",
            "有效期止2031-10-31(周五)",
            "审核通过",
        ],
    );
    assert!(!page.text.contains("<b>听澜"), "what was typed is escaped");
    let list = browser.get("/registers/people").await;
    says(&list, StatusCode::OK, &["待审核", &draft]);
    let waits = |who: &'static str| {
        let session = begin(&browser.office, who);
        let browser = &browser;
        async move { browser.get_in(&session, "/pending").await.text }
    };
    assert!(!waits("zhanhj").await.contains("批准登记的起草"));
    assert!(waits("boyq").await.contains("审核登记的起草"));

    let early = browser.post(&draft, &APPROVAL).await;
    says(&early, StatusCode::CONFLICT, &["还没有审核"]);
    let by_drafter = with(&with(&APPROVAL, "by", "p08"), "ruling", "pass");
    let refused = browser.post(&draft, &by_drafter).await;
    says(
        &refused,
        StatusCode::UNPROCESSABLE_ENTITY,
        &["不能自己审核"],
    );
    browser.review(&draft).await;
    let page = browser.get(&draft).await;
    says(&page, StatusCode::OK, &["卫知微审核通过", "批准或者退回"]);
    assert!(waits("zhanhj").await.contains("批准登记的起草"));
    for (by, text) in [("p08", "不能自己批准"), ("p01", "不是负责人")] {
        let refused = browser.post(&draft, &with(&APPROVAL, "by", by)).await;
        says(&refused, StatusCode::UNPROCESSABLE_ENTITY, &[text]);
    }
    let silent = browser
        .post(&draft, &with(&APPROVAL, "ruling", "reject"))
        .await;
    says(
        &silent,
        StatusCode::UNPROCESSABLE_ENTITY,
        &["退回须写明理由"],
    );
    let neither = browser.post(&draft, &without(&APPROVAL, "ruling")).await;
    says(&neither, StatusCode::UNPROCESSABLE_ENTITY, &["批准"]);

    let approved = browser.post(&draft, &APPROVAL).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let list = browser.get(approved.location()).await;
    says(
        &list,
        StatusCode::OK,
        &["已记录", "/registers/people/p10", "已批准"],
    );
    let row = browser.get("/registers/people/p10").await;
    says(
        &row,
        StatusCode::OK,
        &[
            "叶书简起草，卫知微审核，詹怀瑾批准",
            "审核意见：与原件一致",
            "人事通知",
            "起草变更",
        ],
    );
    let before = browser.get("/registers/people?day=2026-11-23").await;
    assert!(
        !before.text.contains("/registers/people/p10\""),
        "not yet on that day"
    );
    let twice = browser.post(&draft, &with(&APPROVAL, "key", "a2")).await;
    says(&twice, StatusCode::CONFLICT, &["已经批准或者退回"]);
    let opening = browser.get(crate::desk::OPENING).await;
    says(&opening, StatusCode::OK, &["执法证SL-2026-0110"]);
}

#[tokio::test]
async fn the_same_draft_twice_is_one_and_other_content_under_its_key_is_refused() {
    let browser = browser();
    let draft = drafted(&browser).await;
    assert_eq!(drafted(&browser).await, draft);
    let other = browser
        .post("/registers/people/new", &with(&PERSON, "c.name", "别人"))
        .await;
    says(&other, StatusCode::CONFLICT, &["已经提交过"]);
}

#[tokio::test]
async fn wrong_values_come_back_at_their_field_with_the_form_filled() {
    let browser = browser();
    let long = "长".repeat(41);
    let wrong = [
        ("c.name", "", "请填写“姓名”"),
        ("c.name", long.as_str(), "最多40个字"),
        ("c.level", "emperor", "没有“emperor”这一项"),
        ("c.roles", "king", "没有“king”这一项"),
        (
            "c.credentials.0.until",
            "2026-13-01",
            "第1行：没有“2026-13-01”这一天：月份应为01至12",
        ),
        (
            "c.credentials.0.until",
            "2020-01-01",
            "第1行：有效期止不能早于有效期起",
        ),
        (
            "c.credentials.0.number",
            "SL-2024-0101",
            "第1行：证号SL-2024-0101已登记在陆清源名下",
        ),
        ("c.reviewer_since", "昨天", "YYYY-MM-DD"),
        ("effective_from", "2026-02-30", "2026-02-30"),
        ("reason", " ", "请写明理由"),
        ("row", "温听澜", "不用姓名"),
        ("row", "p01", "已经有了"),
    ];
    for (field, value, text) in wrong {
        let answer = browser
            .post("/registers/people/new", &with(&PERSON, field, value))
            .await;
        says(
            &answer,
            StatusCode::UNPROCESSABLE_ENTITY,
            &[text, "autofocus", "水政监察支队"],
        );
    }
    let standing = browser.office.standing();
    let people = app::register::RegisterName::People;
    assert_eq!(
        standing.open_drafts(people).count(),
        0,
        "nothing was recorded"
    );
}

#[tokio::test]
async fn more_lines_are_given_without_a_script() {
    let browser = browser();
    let more = [&PERSON[..], &[("more", "1")]].concat();
    let answer = browser.post("/registers/people/new", &more).await;
    says(
        &answer,
        StatusCode::OK,
        &["c.credentials.7.number", "SL-2026-0110", "人事通知"],
    );
}

#[tokio::test]
async fn what_the_law_fixes_is_not_lowered() {
    let browser = browser();
    let common = [
        ("token", TOKEN),
        ("key", "s1"),
        ("seen", "0"),
        ("effective_from", "2026-11-24"),
        ("by", "p08"),
        ("reason", "局务会"),
    ];
    let sent = |more: &[(&'static str, &'static str)]| [&common[..], more].concat();
    let floor = browser
        .post(
            "/registers/settings/defense_period/draft",
            &sent(&[("c.value", "2")]),
        )
        .await;
    says(
        &floor,
        StatusCode::UNPROCESSABLE_ENTITY,
        &["应在3个工作日至"],
    );
    let amount = browser
        .post(
            "/registers/settings/hearing_fine_org/draft",
            &sent(&[("c.value", "十万")]),
        )
        .await;
    says(&amount, StatusCode::UNPROCESSABLE_ENTITY, &["不是金额"]);
    let level = [
        ("row", "a03"),
        ("c.fine_from", "500000"),
        ("c.level", "unit_head"),
    ];
    let level = browser
        .post("/registers/approvals/new", &sent(&level))
        .await;
    says(
        &level,
        StatusCode::UNPROCESSABLE_ENTITY,
        &["第五十七条", "500000"],
    );
    let year = [
        ("row", "2027"),
        ("c.notice", "国办发明电"),
        ("c.off", "2027-01-01 元旦\n2026-02-01 春节"),
    ];
    let year = browser.post("/registers/calendar/new", &sent(&year)).await;
    says(
        &year,
        StatusCode::UNPROCESSABLE_ENTITY,
        &["2026-02-01不在2027年", "2027-01-01 元旦"],
    );

    let fine = browser
        .post(
            "/registers/settings/hearing_fine_org/draft",
            &sent(&[("c.value", "50,000")]),
        )
        .await;
    assert_eq!(fine.status, StatusCode::SEE_OTHER, "{}", fine.text);
    let page = browser.get(fine.location()).await;
    says(&page, StatusCode::OK, &["单位听证罚款起点", "¥50,000.00"]);
}

#[tokio::test]
async fn a_form_made_before_another_change_is_stale() {
    let browser = browser();
    let change = [
        ("token", TOKEN),
        ("key", "c1"),
        ("seen", "0"),
        ("c.value", "20"),
        ("effective_from", "2026-11-24"),
        ("by", "p08"),
        ("reason", "局务会"),
    ];
    let address = "/registers/settings/lead_check_period/draft";
    let form = browser.get(address).await;
    says(
        &form,
        StatusCode::OK,
        &["value=\"15\"", "name=\"seen\" value=\"0\""],
    );
    let draft = browser.post(address, &change).await;
    assert_eq!(draft.status, StatusCode::SEE_OTHER, "{}", draft.text);
    browser.review(draft.location()).await;
    let approved = browser.post(draft.location(), &APPROVAL).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let old = with(&with(&change, "key", "c2"), "c.value", "25");
    let stale = browser.post(address, &old).await;
    says(
        &stale,
        StatusCode::CONFLICT,
        &["这一行已有新的变动", "value=\"25\""],
    );
    assert_eq!(stale.hidden("seen"), "3");
    let again = browser.post(address, &with(&old, "seen", "3")).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let history = browser.get("/registers/settings/lead_check_period").await;
    says(
        &history,
        StatusCode::OK,
        &["<del>15个工作日</del>", "<ins>20个工作日</ins>", "待审核"],
    );
}

#[tokio::test]
async fn somebody_who_left_is_offered_no_more_and_keeps_the_name() {
    let browser = browser();
    let address = "/registers/people/p05/draft?change=remove";
    let form = browser.get(address).await;
    says(&form, StatusCode::OK, &["停用：荀正岳", "从哪一天起停用"]);
    let sent = [
        ("token", TOKEN),
        ("key", "x1"),
        ("seen", "0"),
        ("effective_from", "2026-11-24"),
        ("by", "p08"),
        ("reason", "退休"),
    ];
    let draft = browser.post(address, &sent).await;
    browser.review(draft.location()).await;
    let approved = browser.post(draft.location(), &APPROVAL).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let row = browser.get("/registers/people/p05").await;
    says(&row, StatusCode::OK, &["荀正岳", "已停用"]);
    assert!(
        !browser
            .get("/registers/people")
            .await
            .text
            .contains(">荀正岳</a>")
    );
    assert!(
        browser
            .get("/registers/people?day=2026-11-23")
            .await
            .text
            .contains("荀正岳")
    );
}

#[tokio::test]
async fn an_account_is_opened_by_the_administrator_alone() {
    let browser = browser();
    let account = [
        ("token", TOKEN),
        ("key", "u1"),
        ("seen", "0"),
        ("row", "u01"),
        ("c.login", "admin"),
        ("c.duties", "administrator"),
        ("c.is_open", "1"),
        ("by", "guanli"),
        ("reason", "启用系统"),
    ];
    let opened = browser.post("/registers/accounts/new", &account).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let mut second = with(&with(&account, "key", "u2"), "row", "u02");
    second = with(&with(&second, "c.login", "lu"), "c.person", "p01");
    second = without(&second, "c.duties");
    let by_another = with(&second, "by", "p06");
    let refused = browser.post("/registers/accounts/new", &by_another).await;
    says(&refused, StatusCode::FORBIDDEN, &["只有系统管理员"]);
    let done = browser
        .post("/registers/accounts/new", &with(&second, "by", "admin"))
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    // A level sent along is no column of an account: nothing reads it.
    let power = [
        &with(&second, "by", "admin")[..],
        &[("c.level", "chief_leader")],
    ]
    .concat();
    let power = with(&with(&power, "key", "u3"), "seen", "2");
    let answer = browser.post("/registers/accounts/u02/draft", &power).await;
    says(&answer, StatusCode::UNPROCESSABLE_ENTITY, &["没有改动"]);
    let person = browser.office.agency().staff("p01").unwrap().level;
    assert_eq!(person, None);
}

#[tokio::test]
async fn what_does_not_exist_and_what_was_forged() {
    let browser = browser();
    for path in [
        "/registers/nothing",
        "/registers/nothing/new",
        "/registers/people/p99",
        "/registers/people/p99/draft",
        "/registers/settings/no_such/draft",
        "/registers/people/drafts/1",
        "/registers/people/drafts/x",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let bad_day = browser.get("/registers/people?day=2026-02-30").await;
    says(
        &bad_day,
        StatusCode::UNPROCESSABLE_ENTITY,
        &["2026年2月只有1日至28日"],
    );
    for fields in [
        with(&PERSON, "token", "fedcba9876543210fedcba9876543210"),
        without(&PERSON, "token"),
    ] {
        let answer = browser.post("/registers/people/new", &fields).await;
        says(&answer, StatusCode::FORBIDDEN, &["表单已经失效"]);
    }
    let large = "很".repeat(100_000);
    let answer = browser
        .post("/registers/people/new", &with(&PERSON, "reason", &large))
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let broken = broken_desk(browser);
    let answer = broken.get("/registers/people").await;
    says(&answer, StatusCode::INTERNAL_SERVER_ERROR, &["编号 <code>"]);
    assert!(!answer.text.contains("disk"));
}

#[tokio::test]
async fn what_a_draft_would_change_is_seen_before_it_holds() {
    let browser = browser();
    // Reviewed; a fine of sixty thousand is deliberated on collectively as it is.
    let case = browser.case_after(12).await;
    let change = [
        ("token", TOKEN),
        ("key", "c1"),
        ("seen", "0"),
        ("c.value", "100000"),
        ("effective_from", "2026-11-24"),
        ("by", "p08"),
        ("reason", "局务会"),
    ];
    let address = "/registers/settings/deliberation_fine_org/draft";
    let draft = browser.post(address, &change).await;
    let page = browser.get(draft.location()).await;
    let link = format!("{}?try=1#trial", draft.location());
    says(&page, StatusCode::OK, &["先试算对在办案件的影响", &link]);
    assert!(!page.text.contains("不可以办的理由变了"));

    let before = browser.entries().await;
    let tried = browser.get(&format!("{}?try=1", draft.location())).await;
    says(
        &tried,
        StatusCode::OK,
        &[
            "其中1件的答复会改变",
            "不可以办的理由变了",
            "原来：须先有【集体讨论】",
            &format!("href=\"{case}\""),
        ],
    );
    assert_eq!(browser.entries().await, before, "nothing was recorded");
    // Approved, it is so.
    browser.review(draft.location()).await;
    let approved = browser.post(draft.location(), &APPROVAL).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let after = browser.get(&format!("{}?try=1", draft.location())).await;
    says(&after, StatusCode::OK, &["没有一件的答复会改变"]);
}

#[tokio::test]
async fn whoever_takes_somebody_away_is_told_which_cases_they_have_in_hand() {
    let browser = browser();
    let case = browser.case_after(3).await;
    let removal = [
        ("token", TOKEN),
        ("key", "gone"),
        ("seen", "0"),
        ("effective_from", "2026-11-24"),
        ("by", "p08"),
        ("reason", "调离"),
    ];
    let told = |draft: String| {
        let browser = &browser;
        async move { browser.get(&draft).await }
    };
    let of = |row: &str| format!("/registers/people/{row}/draft?change=remove");
    let answer = browser.post(&of("p01"), &removal).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let page = told(answer.location().to_owned()).await;
    let link = format!("href=\"{case}\"");
    says(&page, StatusCode::OK, &["有1件由这里的人参加办理", &link]);
    let answer = browser
        .post(&of("p12"), &with(&removal, "key", "gone-2"))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let page = told(answer.location().to_owned()).await;
    says(&page, StatusCode::OK, &["没有一件由这里的人参加办理"]);
    assert!(!page.text.contains(&link));
}

#[tokio::test]
async fn whoever_takes_a_device_away_is_told_which_cases_name_it() {
    let browser = browser();
    let device = [
        ("token", TOKEN),
        ("key", "d1"),
        ("seen", "0"),
        ("row", "b01"),
        ("c.code", "ZF-JK-01"),
        ("c.name", "南桥视频监控"),
        ("c.kind", "monitor"),
        ("c.state", "in_use"),
        ("c.place", "清水河南桥下游右岸"),
        ("c.legal_review_on", "2026-03-14"),
        ("c.technical_review_on", "2026-03-14"),
        ("c.published_at", "https://example.gov.cn/d"),
        ("effective_from", "2026-11-01"),
        ("by", "p08"),
        ("reason", "新设监控"),
    ];
    let draft = browser.post("/registers/devices/new", &device).await;
    assert_eq!(draft.status, StatusCode::SEE_OTHER, "{}", draft.text);
    browser.review(draft.location()).await;
    let approved = browser.post(draft.location(), &APPROVAL).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let case = browser.case_after(3).await;
    let path = format!("{case}/acts/monitor_record_adoption");
    let version = browser.get(&path).await.hidden("version");
    let record = [
        ("token", TOKEN),
        ("key", "m1"),
        ("version", version.as_str()),
        ("occurred", "2026-11-24"),
        ("role.handler", "p01"),
        ("fact.monitor_basis", "行政处罚法第四十一条"),
        ("fact.monitor_device", "ZF-JK-01"),
        ("fact.monitor_place", "清水河南桥下游右岸"),
        ("fact.monitor_legal_review", "true"),
        ("fact.monitor_technical_review", "true"),
        ("fact.monitor_standard", "true"),
        ("fact.monitor_place_published", "true"),
        ("fact.monitor_recorded_at", "2026-11-20 08:00"),
        ("fact.monitor_record_content", "铲车在河道内装运砂石"),
    ];
    let done = browser.post(&path, &record).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let removal = [
        ("token", TOKEN),
        ("key", "gone"),
        ("seen", "3"),
        ("effective_from", "2026-11-24"),
        ("by", "p08"),
        ("reason", "拆除"),
    ];
    let path = "/registers/devices/b01/draft?change=remove";
    let draft = browser.post(path, &removal).await;
    assert_eq!(draft.status, StatusCode::SEE_OTHER, "{}", draft.text);
    let page = browser.get(draft.location()).await;
    let link = format!("href=\"{case}\"");
    says(
        &page,
        StatusCode::OK,
        &["有1件用到这里的这些行", "ZF-JK-01", &link],
    );
}
