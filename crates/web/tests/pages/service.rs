//! The desk of service: a document is served in three taps, and what is wrong with a service says how it is cured.

use crate::desk::{Answer, Browser, SESSION, TOKEN, begin, browser_of};
use app::drafts::DraftsInMemory;
use app::ports::Chance;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use storage::Files;
use tempfile::TempDir;

/// Steps after which the penalty is decided and its document waits.
const DECIDED: usize = 15;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0IEND\xaeB`\x82";

#[derive(Default)]
struct Counting(AtomicU8);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// A desk in the hands of an officer, that takes files and keeps drafts.
struct Desk {
    browser: Browser,
    session: String,
    case: String,
    _folder: TempDir,
}

impl Desk {
    async fn after(steps: usize) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let store = Files::in_folder(folder.path(), 300 * 1024, Arc::new(Counting::default()));
        let mut browser = browser_of(|_| {});
        browser.router = web::with_drafts(
            web::router_with_files(Arc::clone(&browser.office), Arc::new(store.unwrap())),
            Arc::new(DraftsInMemory::default()),
        );
        let case = browser.case_after(steps).await;
        let session = begin(&browser.office, "luqy");
        assert_ne!(session, SESSION);
        Desk {
            browser,
            session,
            case,
            _folder: folder,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let page = self.browser.get_in(&self.session, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        page
    }

    /// The first tap: the desk.
    async fn desk(&self) -> Answer {
        self.get(&format!("{}/service", self.case)).await
    }

    /// The second tap: the form that a shortcut of the first document on the desk opens.
    async fn tap(&self, name: &str) -> Answer {
        let desk = self.desk().await;
        self.get(&href(&desk, name)).await
    }

    /// The third tap: the form as it stands, with what was typed besides and the photos taken, is recorded.
    async fn record(&self, form: &Answer, typed: &[(&str, &str)], photos: &[&str]) -> Answer {
        let action = form.text.split("<form method=\"post\" action=\"");
        let action = action
            .filter_map(|rest| rest.split_once('"'))
            .find(|(_, rest)| rest.starts_with(" id=\"form\""))
            .map(|(action, _)| unescape(action))
            .unwrap();
        let mut fields = filled(form);
        for (name, value) in typed {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let mut body = Vec::new();
        for (name, value) in &fields {
            let head = format!("--mark\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend(head.bytes().chain(value.bytes()).chain(*b"\r\n"));
        }
        for name in photos {
            let head = format!(
                "--mark\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
            );
            body.extend(head.bytes().chain(PNG.iter().copied()).chain(*b"\r\n"));
        }
        body.extend(b"--mark--\r\n");
        let request = Request::post(action)
            .header(header::COOKIE, format!("mingqu_session={}", self.session))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=mark");
        self.browser
            .ask(request.body(Body::from(body)).unwrap())
            .await
    }
}

fn unescape(text: &str) -> String {
    let plain = text.replace("&#34;", "\"").replace("&#39;", "'");
    let plain = plain.replace("&#60;", "<").replace("&#62;", ">");
    plain.replace("&#38;", "&")
}

/// Where the link of this name leads.
pub(crate) fn href(page: &Answer, name: &str) -> String {
    let links = page.text.split("<a ").skip(1);
    let links = links.filter_map(|rest| rest.split_once("</a>").map(|(link, _)| link));
    let mut fits = links.filter(|link| link.ends_with(&format!(">{name}")));
    let link = fits
        .next()
        .unwrap_or_else(|| panic!("{name}: {}", page.text));
    let address = link.split("href=\"").nth(1).unwrap();
    unescape(address.split('"').next().unwrap())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!(" {name}=\"")).nth(1)?;
    Some(unescape(value.split('"').next()?))
}

/// What a browser sends when nothing in the form is touched.
pub(crate) fn filled(page: &Answer) -> Vec<(String, String)> {
    let form = page.text.split(" id=\"form\"").nth(1).unwrap();
    let form = form.split("</form>").next().unwrap();
    let mut fields = Vec::new();
    let mut select = String::new();
    for piece in form.split('<').skip(1) {
        let Some((tag, text)) = piece.split_once('>') else {
            continue;
        };
        let kind = attribute(tag, "type").unwrap_or_default();
        let is_off = matches!(kind.as_str(), "radio" | "checkbox") && !tag.ends_with(" checked");
        if tag.starts_with("input ") && kind != "file" && !is_off {
            let value = attribute(tag, "value").unwrap_or_default();
            fields.extend(attribute(tag, "name").map(|name| (name, value)));
        } else if tag.starts_with("textarea ") {
            fields.extend(attribute(tag, "name").map(|name| (name, unescape(text))));
        } else if tag.starts_with("select ") {
            select = attribute(tag, "name").unwrap_or_default();
        } else if tag.starts_with("option ") && tag.ends_with(" selected") {
            fields.extend(attribute(tag, "value").map(|value| (select.clone(), value)));
        }
    }
    fields
}

fn fact(name: &str) -> String {
    format!("fact.{name}:penalty_decision_document")
}

fn says(form: &Answer, name: &str) -> Option<String> {
    let name = fact(name);
    let mut fields = filled(form).into_iter();
    fields
        .find(|(known, value)| *known == name && !value.is_empty())
        .map(|(_, value)| value)
}

#[tokio::test]
async fn a_refusal_is_recorded_in_three_taps_with_its_photo() {
    let desk = Desk::after(DECIDED).await;
    let case = desk.get(&desk.case).await;
    assert_eq!(
        href(&case, "送达台（1份待办）"),
        format!("{}/service", desk.case)
    );
    let page = desk.desk().await;
    for text in [
        "处罚决定书",
        "某某建材有限公司",
        "待送达",
        "2026-12-01(周二)前送达",
        "还剩5个工作日",
        "事先告知书",
        "2026-10-30(周五)送达",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    let form = desk.tap("出示证件，拒收而留置送达（过程已拍照录像）").await;
    assert!(form.text.contains("capture=\"environment\"") && form.text.contains("image/*"));
    let photo = form.text.find("id=\"f-photo\"").unwrap();
    assert!(
        photo < form.text.find("时间和人员").unwrap(),
        "the photo comes first"
    );
    for (name, value) in [
        ("service_mode", Some("leave")),
        ("signer", Some("nobody")),
        ("server_showed_id", Some("true")),
        ("leave_recorded", Some("true")),
        // Nobody said that there was a witness.
        ("witness_signed", None),
        ("refusal_noted", None),
    ] {
        assert_eq!(says(&form, name).as_deref(), value, "{name}");
    }
    let done = desk.record(&form, &[], &["门口.png"]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let page = desk.desk().await;
    let card = page.text.split("</section>");
    let card = card
        .into_iter()
        .find(|card| card.contains(">处罚决定书"))
        .unwrap();
    for text in [
        "已送达",
        "2026-11-24(周二)送达",
        "留置送达；无人签收；送达人已出示执法证件；留置过程已拍照录像",
        "附件1个",
    ] {
        assert!(card.contains(text), "{text}: {card}");
    }
    assert!(!card.contains("瑕疵：") && page.text.contains("文书都已送达"));
    let case = desk.get(&desk.case).await;
    assert!(
        href(&case, "送达台").ends_with("/service"),
        "still there, nothing waits"
    );
}

#[tokio::test]
async fn a_document_taken_by_somebody_else_is_recorded_in_three_taps() {
    let desk = Desk::after(DECIDED).await;
    let form = desk.tap("出示证件，负责收件的人代收").await;
    let done = desk.record(&form, &[], &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let page = desk.desk().await;
    let text = "直接送达；负责收件的人员；送达人已出示执法证件";
    assert!(page.text.contains(text), "{}", page.text);
    // What does not fit a company is not offered to it.
    assert!(!page.text.contains("同住成年家属"));
}

#[tokio::test]
async fn absence_is_recorded_in_three_taps_and_leads_to_an_announcement() {
    let desk = Desk::after(DECIDED).await;
    let form = desk.tap("无人在").await;
    let told = says(&form, "service_attempt_account").unwrap();
    assert_eq!(told, "到受送达人处送达，没有人在，文书没有送到。");
    let name = fact("service_attempt_account");
    let edited = [(name.as_str(), "9时到厂区，大门上锁，没有人在。")];
    let done = desk.record(&form, &edited, &["大门.png"]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let page = desk.desk().await;
    for text in [
        "此前的经过",
        "2026-11-24(周二) 送达尝试",
        "9时到厂区，大门上锁，没有人在。",
        "待送达",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    assert!(!page.text.contains(">公告期满<"), "nothing was announced");
    let announce = "其他方式无法送达，公告（原因和经过已记入案卷，张贴已拍照录像）";
    let form = desk.tap(announce).await;
    let sent = desk.record(&form, &[("role.leader", "p06")], &[]).await;
    assert!(sent.location().starts_with("/pending/"), "{}", sent.text);
    let leader = begin(&desk.browser.office, "zhanhj");
    let agree = [("token", TOKEN), ("do", "agree")];
    let agreed = desk.browser.post_in(&leader, sent.location(), &agree).await;
    assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.text);
    // The thirty days have not passed: it can be recorded, and is told what it would leave behind.
    let early = desk.tap("公告期满").await;
    assert!(
        early.text.contains("照此记录，会留下瑕疵：公告未满三十日"),
        "{}",
        early.text
    );
    let done = desk.record(&early, &[], &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let page = desk.desk().await;
    assert!(page.text.contains("送达有瑕疵") && page.text.contains("瑕疵：公告未满三十日"));
}

#[tokio::test]
async fn post_without_a_receipt_is_told_at_its_field_and_recorded_as_it_was() {
    let desk = Desk::after(DECIDED).await;
    let form = desk.tap("邮寄送达").await;
    let receipt = "f-fact-mail_receipt-penalty_decision_document";
    let at_receipt = |page: &Answer| {
        let field = page.text.split(&format!("<label for=\"{receipt}\"")).nth(1);
        field
            .unwrap()
            .split("</textarea>")
            .next()
            .unwrap()
            .to_owned()
    };
    let field = at_receipt(&form);
    assert!(
        field.contains("依法须填") && field.contains("aria-required"),
        "{field}"
    );
    // What other ways of service ask for is folded, and still in the form.
    let fold = form.text.split("其他项，这种情形不需要").nth(1).unwrap();
    assert!(fold.contains(&fact("witness_signed")) && !fold.contains(&fact("mail_receipt")));
    assert!(!fold.contains(&fact("signer_name")), "open to every way");
    assert!(!form.text.contains("照实记录"), "nothing is missing yet");

    let typed = [
        (fact("signer"), "receiving_staff"),
        (fact("signer_name"), "门卫老秦"),
    ];
    let typed: Vec<(&str, &str)> = typed.iter().map(|(n, v)| (n.as_str(), *v)).collect();
    let told = desk.record(&form, &typed, &["回执背面.png"]).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told.text.contains(&format!("href=\"#{receipt}\"")));
    let field = at_receipt(&told);
    assert!(
        field.contains("请填写“邮寄回执”") && field.contains("邮寄送达没有回执"),
        "{field}"
    );
    for text in [
        "门卫老秦",
        "已收下 回执背面.png",
        "照实记录",
        "已选 <strong>邮寄送达",
    ] {
        assert!(told.text.contains(text), "{text}");
    }
    // There was none: the record says so, as ever.
    let done = desk.record(&told, &[("as_it_is", "yes")], &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let page = desk.desk().await;
    for text in [
        "送达有瑕疵",
        "瑕疵：邮寄送达没有回执",
        "怎样补正：",
        "附件1个",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    assert!(
        href(&page, "送达（处罚决定书）").contains("/acts/"),
        "the cure"
    );

    let again = desk.tap("邮寄送达").await;
    let name = fact("mail_receipt");
    let mut typed = typed;
    typed.push((&name, "EMS1140001，11月24日收件"));
    let done = desk.record(&again, &typed, &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let page = desk.desk().await;
    assert!(!page.text.contains("瑕疵：") && page.text.contains("邮寄回执：EMS1140001"));
}

#[tokio::test]
async fn one_of_two_is_asked_for_and_an_error_in_the_fold_opens_it() {
    let desk = Desk::after(DECIDED).await;
    let form = desk.tap("出示证件，拒收而留置送达（见证人已签名）").await;
    let witness = fact("witness_signed");
    // Whoever says that it was left in place, and neither witnessed nor recorded, is asked.
    let told = desk.record(&form, &[(&witness, "")], &[]).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told.text.contains("依法须有其一") && told.text.contains("留置送达没有见证也没有录像"));
    let far = "长".repeat(20_001);
    let receipt = fact("mail_receipt");
    let told = desk.record(&form, &[(&receipt, &far)], &[]).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fold = told.text.split("其他项，这种情形不需要").next().unwrap();
    assert!(
        fold.ends_with("<details class=\"group fold\" open>\n<summary>"),
        "open"
    );
}

#[tokio::test]
async fn a_kept_form_remembers_its_shortcut_and_a_made_up_one_is_none() {
    let desk = Desk::after(DECIDED).await;
    let form = desk.tap("邮寄送达").await;
    let kept = desk.record(&form, &[("do", "keep")], &[]).await;
    assert!(kept.text.contains("已暂存"), "{}", kept.text);
    let act = format!(
        "{}/acts/document_service:penalty_decision_document?subject=1",
        desk.case
    );
    let resumed = desk.get(&format!("{act}&draft=continue")).await;
    assert!(
        resumed.text.contains("已选 <strong>邮寄送达"),
        "{}",
        resumed.text
    );
    for via in ["99", "x", "-1"] {
        let form = desk.get(&format!("{act}&via={via}")).await;
        assert!(form.text.contains("先选情形") && !form.text.contains("已选 <strong>"));
        assert!(form.text.contains("<summary>选填（"), "as every form");
    }
}

#[tokio::test]
async fn who_only_reads_is_offered_nothing_to_record() {
    let desk = Desk::after(DECIDED).await;
    let session = begin(&desk.browser.office, "jiandu");
    let before = desk.browser.entries().await;
    let path = format!("{}/service", desk.case);
    let page = desk.browser.get_in(&session, &path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("待送达") && !page.text.contains("way-list"));
    assert_eq!(
        desk.browser.entries().await,
        before + 1,
        "the look is on record"
    );
    let early = Desk::after(3).await;
    let page = early.desk().await;
    assert!(page.text.contains("还没有要送达的文书"), "{}", page.text);
    let case = early.get(&early.case).await;
    assert!(
        !case.text.contains("/service\""),
        "nothing to serve, no desk"
    );
}
