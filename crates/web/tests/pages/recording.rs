//! The list of recordings at the step that it names: told before, and told of what came without a recording.

use crate::desk::{TOKEN, browser};
use crate::with;
use axum::http::StatusCode;

const ROW: [(&str, &str); 13] = [
    ("token", TOKEN),
    ("key", "y1"),
    ("row", "y01"),
    ("c.kind", "penalty"),
    ("c.matter", "各类水事违法案件"),
    ("c.stage", "现场勘验"),
    ("c.act", "penalty.ordinary/site_inspection"),
    ("c.way", "全程录音录像"),
    ("c.content", "亮证和告知过程"),
    ("c.kept", "与案卷保存期限相同"),
    ("effective_from", "2026-10-01"),
    ("by", "p08"),
    ("reason", "清单"),
];

#[tokio::test]
async fn a_step_of_the_list_says_how_to_record_and_what_is_missing() {
    let browser = browser();
    let case = browser.case_after(3).await;
    let told = "没有附上音像文件";
    assert!(!browser.get(&case).await.text.contains(told));
    let draft = browser.post("/registers/scenes/new", &ROW).await;
    assert_eq!(draft.status, StatusCode::SEE_OTHER, "{}", draft.text);
    let approval = [
        ("token", TOKEN),
        ("key", "a1"),
        ("by", "p06"),
        ("ruling", "approve"),
    ];
    browser.review(draft.location()).await;
    let approved = browser.post(draft.location(), &approval).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);

    let page = browser.get(&case).await;
    for text in [told, "现场检查", "全程录音录像", "与案卷保存期限相同"] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    let form = browser.get(&format!("{case}/acts/site_inspection")).await;
    assert_eq!(form.status, StatusCode::OK);
    for text in [
        "本机关清单要求音像记录",
        "存储期限：与案卷保存期限相同",
        "亮证和告知过程",
    ] {
        assert!(form.text.contains(text), "{text}: {}", form.text);
    }
    // The rules ask this step for its recording anyway; another one is asked where the list names it.
    assert!(!form.text.contains("附上音像文件的不用填"), "{}", form.text);
    let deliberation = "penalty.ordinary/collective_deliberation";
    let later = browser.case_after(12).await;
    let listed = async || {
        let path = format!("{later}/acts/collective_deliberation");
        browser.get(&path).await.text
    };
    assert!(!listed().await.contains("fact.audio_video"));
    let rows = with(&with(&ROW, "c.act", deliberation), "row", "y02");
    let draft = browser
        .post("/registers/scenes/new", &with(&rows, "key", "y2"))
        .await;
    browser.review(draft.location()).await;
    let approved = browser
        .post(draft.location(), &with(&approval, "key", "a2"))
        .await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let form = listed().await;
    for text in [
        "name=\"fact.audio_video\"",
        "name=\"fact.audio_video_reason\"",
        "附上音像文件的不用填",
    ] {
        assert!(form.contains(text), "{text}: {form}");
    }
    let other = browser.get(&format!("{case}/acts/interview")).await;
    assert!(!other.text.contains("本机关清单要求音像记录"));
}

const PHRASE: [(&str, &str); 9] = [
    ("token", TOKEN),
    ("key", "u1"),
    ("row", "u01"),
    ("c.act", "penalty.ordinary/site_inspection"),
    ("c.scene", "亮证"),
    (
        "c.says",
        "您好，我们是水利局的执法人员，这是我们的执法证件。",
    ),
    ("c.avoids", "快点配合"),
    ("effective_from", "2026-10-01"),
    ("reason", "用语指引"),
];

#[tokio::test]
async fn what_to_say_is_told_at_its_step() {
    let browser = browser();
    let case = browser.case_after(2).await;
    let form = format!("{case}/acts/site_inspection");
    assert!(!browser.get(&form).await.text.contains("用语指引"));
    let draft = browser.post("/registers/phrases/new", &PHRASE).await;
    assert_eq!(draft.status, StatusCode::SEE_OTHER, "{}", draft.text);
    let approval = [
        ("token", TOKEN),
        ("key", "a9"),
        ("by", "p06"),
        ("ruling", "approve"),
    ];
    browser.review(draft.location()).await;
    let approved = browser.post(draft.location(), &approval).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let page = browser.get(&form).await.text;
    for text in ["这是我们的执法证件", "不要说：快点配合", "亮证"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let other = browser.get(&format!("{case}/acts/interview")).await;
    assert!(!other.text.contains("这是我们的执法证件"));
}
