//! An edition of the rules that is uploaded: compared, tried on the cases in hand, and whatever a file may be.

use crate::desk::{Answer, Browser, begin, browser_of, rule_files, with_others};
use crate::import::Part::{self, Field, File};
use crate::import::body;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use law::source::SourceFile;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const HERE: &str = "/registers/editions";
/// More looks than a trial of one case takes.
const LOOKS: usize = 100_000;

/// A desk that knows the files of its rules. Most scenarios are left out: that they run is shown elsewhere.
fn desk() -> Browser {
    let mut browser = browser_of(with_others);
    browser.router = web::with_rule_files(browser.router, rule_files());
    browser
}

async fn send(browser: &Browser, session: &str, parts: &[Part<'_>]) -> Answer {
    let token = app::identity::form_token(session);
    let mut all = body(&[Field("token", &token)]);
    all.truncate(all.len() - "--mark--\r\n".len());
    all.extend(body(parts));
    let request = Request::post(HERE)
        .header(header::COOKIE, format!("mingqu_session={session}"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=mark");
    browser.ask(request.body(Body::from(all)).unwrap()).await
}

/// Scenarios that the changes of these tests leave as they are.
const UNTOUCHED: &str = "credit/scenarios/00-base.kdl";

/// An archive of the rules with few scenarios, and one file changed.
fn archive(change: impl Fn(&SourceFile) -> String) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for file in rule_files() {
        let is_wanted = !file.path.contains("/scenarios/") || file.path == UNTOUCHED;
        if is_wanted {
            let path = format!("rules/{}", file.path);
            writer
                .start_file(path, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(change(&file).as_bytes()).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

/// Sixty days to decide instead of ninety.
fn shorter(file: &SourceFile) -> String {
    if file.path != "penalty.ordinary/10-lead-and-filing.kdl" {
        return file.text.clone();
    }
    let changed = file.text.replacen("期间 90 日 F1H", "期间 60 日 F1H", 1);
    assert_ne!(changed, file.text);
    changed
}

async fn finished(browser: &Browser, session: &str, path: &str) -> Answer {
    for _ in 0..LOOKS {
        let page = browser.get_in(session, path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        if !page.text.contains("http-equiv") {
            return page;
        }
        tokio::task::yield_now().await;
    }
    panic!("it does not come to an end");
}

fn says(answer: &Answer, status: StatusCode, texts: &[&str]) {
    assert_eq!(answer.status, status, "{}", answer.text);
    for text in texts {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_an_edition_would_change_is_told_before_anybody_works_by_it() {
    let browser = desk();
    let case = browser.case_after(4).await;
    let reviewer = begin(&browser.office, "weizw");
    let before = browser.entries().await;
    let sent = [File("new", "新版.zip", &archive(shorter))];
    let begun = send(&browser, &reviewer, &sent).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let page = finished(&browser, &reviewer, begun.location()).await;
    says(
        &page,
        StatusCode::OK,
        &[
            "可以使用",
            "新版.zip",
            "<strong>1</strong> 件受影响",
            &format!("href=\"{case}\""),
            "假如从头按新规则办理",
            "到期日变动",
            "PEN-DECIDE-90D",
            "penalty.ordinary/10-lead-and-filing.kdl",
        ],
    );
    assert_eq!(browser.entries().await, before, "nothing is recorded");
    let list = browser.get_in(&reviewer, HERE).await;
    says(
        &list,
        StatusCode::OK,
        &["改变1项，影响1件在办案件", "卫知微"],
    );

    // An officer of another unit sees neither the case nor what would become of it.
    let elsewhere = begin(&browser.office, "shuibao");
    let other = browser.get_in(&elsewhere, begun.location()).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "{}", other.text);
}

/// One officer of the agency is enough at a joint scene: no scenario of the archive notices, the proof does.
#[tokio::test]
async fn a_property_that_an_edition_breaks_stands_against_it_with_a_way_there() {
    let browser = desk();
    let reviewer = begin(&browser.office, "weizw");
    let weaker = |file: &SourceFile| {
        if file.path != "penalty.ordinary/27-joint.kdl" {
            return file.text.clone();
        }
        let changed = file.text.replacen("至少 2", "至少 1", 1);
        assert_ne!(changed, file.text);
        changed
    };
    let sent = [File("new", "新版.zip", &archive(weaker))];
    let begun = send(&browser, &reviewer, &sent).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let page = finished(&browser, &reviewer, begun.location()).await;
    let texts = [
        "还不能使用",
        "<strong>1</strong> 条不再成立或者没有了",
        "SAFE-JOINT-TWO",
        "联合执法登记；处罚决定",
    ];
    says(&page, StatusCode::OK, &texts);

    // One that is no longer stated is no better than one that is broken.
    let silent = |file: &SourceFile| {
        if file.path != "credit/properties.kdl" {
            return file.text.clone();
        }
        let changed = file.text.replacen("性质 ", "性质 X-", 1);
        assert_ne!(changed, file.text);
        changed
    };
    let sent = [File("new", "新版.zip", &archive(silent))];
    let begun = send(&browser, &reviewer, &sent).await;
    let page = finished(&browser, &reviewer, begun.location()).await;
    says(&page, StatusCode::OK, &["还不能使用", "在新规则里没有了"]);
}

#[tokio::test]
async fn what_does_not_go_as_it_is_written_stands_against_an_edition() {
    let browser = desk();
    let reviewer = begin(&browser.office, "weizw");
    let wrong = |file: &SourceFile| {
        if file.path != UNTOUCHED {
            return file.text.clone();
        }
        format!(
            "{}\n情景 \"凭空终结\" {{\n    程序 penalty.ordinary\n    行 调查终结 \"2026-03-02\"\n}}\n",
            file.text
        )
    };
    let sent = [File("new", "新版.zip", &archive(wrong))];
    let begun = send(&browser, &reviewer, &sent).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let page = finished(&browser, &reviewer, begun.location()).await;
    says(
        &page,
        StatusCode::OK,
        &["还不能使用", "凭空终结", "都没有改变"],
    );
}

#[tokio::test]
async fn files_that_are_no_edition_are_told_by_file_and_line() {
    let browser = desk();
    let session = begin(&browser.office, "weizw");
    let broken = archive(|file| match file.path.as_str() {
        "penalty.ordinary/10-lead-and-filing.kdl" => {
            file.text.replacen("阻 结案", "阻 不存在的行为", 1)
        }
        _ => file.text.clone(),
    });
    let same = rule_files()
        .into_iter()
        .find(|file| file.path == "penalty.ordinary/15-jurisdiction.kdl")
        .unwrap();
    for (name, content, says_what) in [
        ("坏.zip", b"no archive".as_slice(), vec!["不是完好的 .zip"]),
        (
            "新版.zip",
            broken.as_slice(),
            vec![
                "不能试用",
                "penalty.ordinary/10-lead-and-filing.kdl:",
                "不存在的行为",
            ],
        ),
        (
            "15-jurisdiction.kdl",
            same.text.as_bytes(),
            vec!["完全相同"],
        ),
        ("规则.docx", b"x".as_slice(), vec!["不是规则文件"]),
        (
            "15-jurisdiction.kdl",
            "a {\n".repeat(500).leak().as_bytes(),
            vec!["不能试用", "超过64层"],
        ),
    ] {
        let answer = send(&browser, &session, &[File("new", name, content)]).await;
        says(&answer, StatusCode::UNPROCESSABLE_ENTITY, &says_what);
    }
    let none = send(&browser, &session, &[]).await;
    says(
        &none,
        StatusCode::UNPROCESSABLE_ENTITY,
        &["请选择新的规则文件"],
    );
    let administrator = begin(&browser.office, "guanli");
    let denied = send(
        &browser,
        &administrator,
        &[File("new", "新版.zip", &broken)],
    )
    .await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN, "{}", denied.text);
}

#[tokio::test]
async fn what_is_uploaded_does_not_decide_which_cases_are_seen() {
    let browser = desk();
    let case = browser.case_after(4).await;
    // Under these rules nobody would belong to a unit.
    let old = archive(|file| file.text.replace("本科室=#true", ""));
    assert_ne!(old, archive(|file| file.text.clone()));
    let new = archive(|file| shorter(file).replace("本科室=#true", ""));
    let elsewhere = begin(&browser.office, "shuibao");
    let sent = [File("new", "新.zip", &new), File("old", "旧.zip", &old)];
    let begun = send(&browser, &elsewhere, &sent).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let page = finished(&browser, &elsewhere, begun.location()).await;
    says(
        &page,
        StatusCode::OK,
        &["<strong>0</strong> 件在办案件已比较"],
    );
    assert!(!page.text.contains(&case), "{}", page.text);
}
