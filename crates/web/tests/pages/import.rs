//! Cases on paper by the real router: checked, put before the approver, taken over once; and whatever a file may be.

use crate::desk::{Answer, Browser, begin, browser_of};
use app::agency::AgencyFile;
use app::ledger::CaseQuery;
use app::ports::Chance;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use std::io::{self, Cursor, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use storage::Files;
use tempfile::TempDir;

const HEAD: &str = "案件序号,当事人,当事人类型,承办人,案由,立案日期,立案号,立案批准人,立案扫描件\n";
const ONE: &str =
    "1,某砂石有限公司,法人,陆清源、闻一舟,擅自取水,2026.3.5,演水立字〔2026〕3号,荀正岳,一.pdf\n";
const TWO: &str =
    "2,某洗砂有限公司,法人,陆清源、闻一舟,擅自取水,2026.3.6,演水立字〔2026〕4号,荀正岳,二.pdf\n";
const PDF: &str = "%PDF-1.4\n%%EOF\n";
const LIMIT: u64 = 200 * 1024;

#[derive(Default)]
struct Counting(AtomicU64);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (byte, of) in bytes.iter_mut().zip(count.iter().cycle()) {
            *byte = *of;
        }
    }
}

/// A desk with a store of files, a clerk, an officer and two leaders.
struct Desk {
    browser: Browser,
    clerk: String,
    leader: String,
    _folder: TempDir,
}

fn desk() -> Desk {
    desk_of(|_| {})
}

fn desk_of(change: impl Fn(&mut AgencyFile)) -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let store = Files::in_folder(folder.path(), LIMIT, Arc::new(Counting::default())).unwrap();
    let mut browser = browser_of(change);
    browser.router = web::router_with_files(Arc::clone(&browser.office), Arc::new(store));
    Desk {
        clerk: begin(&browser.office, "yesj"),
        leader: begin(&browser.office, "zhanhj"),
        browser,
        _folder: folder,
    }
}

/// What a form sends: a field, or a file with its name.
pub(crate) enum Part<'a> {
    Field(&'a str, &'a str),
    File(&'a str, &'a str, &'a [u8]),
}
use Part::{Field, File};

pub(crate) fn body(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        match part {
            Field(name, value) => write!(
                body,
                "--mark\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .unwrap(),
            File(field, name, content) => {
                write!(
                    body,
                    "--mark\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                )
                .unwrap();
                body.extend_from_slice(content);
                body.extend_from_slice(b"\r\n");
            }
        }
    }
    body.extend_from_slice(b"--mark--\r\n");
    body
}

impl Desk {
    async fn send(&self, session: &str, path: &str, parts: &[Part<'_>]) -> Answer {
        let token = app::identity::form_token(session);
        let mut all = body(&[Field("token", &token)]);
        all.truncate(all.len() - "--mark--\r\n".len());
        all.extend(body(parts));
        self.send_body(session, path, all.into()).await
    }

    async fn send_body(&self, session: &str, path: &str, body: Body) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, format!("mingqu_session={session}"))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=mark");
        self.browser.ask(request.body(body).unwrap()).await
    }

    /// A ledger sent with its scans, to be approved by the leader.
    async fn upload(&self, ledger: &str, scans: &[&str]) -> Answer {
        self.upload_by(&self.clerk, ledger, scans).await
    }

    async fn upload_by(&self, session: &str, ledger: &str, scans: &[&str]) -> Answer {
        let mut parts = vec![
            Field("approved_by", "p06"),
            File("workbook", "台账.csv", ledger.as_bytes()),
        ];
        parts.extend(scans.iter().map(|name| File("scans", name, PDF.as_bytes())));
        self.send(session, "/cases/import", &parts).await
    }

    /// A batch whose every case is fit, and its address.
    async fn begun(&self, ledger: &str, scans: &[&str]) -> String {
        let answer = self.upload(ledger, scans).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        answer.location().to_owned()
    }

    async fn page(&self, session: &str, path: &str) -> Answer {
        let page = self.browser.get_in(session, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        page
    }

    /// Presses a button of the page as it stands now.
    async fn press(&self, session: &str, path: &str, more: &[(&str, &str)]) -> Answer {
        let version = self.page(session, path).await.hidden("version");
        self.press_at(session, path, &version, more).await
    }

    async fn press_at(
        &self,
        session: &str,
        path: &str,
        version: &str,
        more: &[(&str, &str)],
    ) -> Answer {
        let token = app::identity::form_token(session);
        let mut fields = vec![("token", token.as_str()), ("version", version)];
        fields.extend(more);
        self.browser.post_in(session, path, &fields).await
    }

    async fn proposed(&self, ledger: &str, scans: &[&str]) -> String {
        let batch = self.begun(ledger, scans).await;
        let sent = self.press(&self.clerk, &batch, &[("do", "propose")]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        batch
    }

    /// The page of the batch when all is done.
    async fn finished(&self, session: &str, batch: &str) -> Answer {
        let mut looks = tokio::time::interval(Duration::from_millis(25));
        for _ in 0..400 {
            looks.tick().await;
            let page = self.page(session, batch).await;
            if page.text.contains("接续完毕") {
                return page;
            }
            assert!(page.text.contains("共 "), "{}", page.text);
        }
        panic!("the batch does not end");
    }

    async fn cases(&self) -> usize {
        let query = CaseQuery::default();
        self.browser.office.cases(&query, 100).await.unwrap().len()
    }
}

#[track_caller]
fn says(page: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(page.text.contains(text), "“{text}” is not in {}", page.text);
    }
}

#[tokio::test]
async fn the_clerk_checks_and_proposes_the_leader_agrees_and_each_case_is_there_once() {
    let desk = desk();
    let before = desk.browser.entries().await;
    let blank = desk.page(&desk.clerk, "/cases/import").await;
    says(&blank, &["下载工作簿", "下载台账", "詹怀瑾", "multiple"]);
    for path in ["/cases/import/sheets.xlsx", "/cases/import/ledger.xlsx"] {
        let path = format!("{path}?procedure=penalty.ordinary");
        let book = desk.page(&desk.clerk, &path).await;
        assert!(intake::Book::of_xlsx(book.bytes).is_ok(), "{path}");
    }
    let ledger = format!("{HEAD}{ONE}{TWO}");
    let batch = desk.begun(&ledger, &["一.pdf"]).await;
    let page = desk.page(&desk.clerk, &batch).await;
    says(
        &page,
        &[
            "<strong>1</strong> 件可以接续",
            "<strong>1</strong> 件不能接续",
            "某砂石有限公司",
            "没有上传扫描件“二.pdf”",
            "“台账”第3行",
            "接续以后应办",
            "与法律不符",
        ],
    );
    assert_eq!(desk.browser.entries().await, before, "only checked");
    // Nobody else sees it before it is proposed.
    let early = desk.browser.get_in(&desk.leader, &batch).await;
    assert_eq!(early.status, StatusCode::NOT_FOUND);
    // The scan that was missing, without the workbook again.
    let version = page.hidden("version");
    let mended = desk
        .send(
            &desk.clerk,
            &batch,
            &[
                Field("version", &version),
                Field("do", "change"),
                Field("approved_by", "p06"),
                File("scans", "二.pdf", PDF.as_bytes()),
            ],
        )
        .await;
    assert_eq!(mended.status, StatusCode::SEE_OTHER, "{}", mended.text);
    let page = desk.page(&desk.clerk, &batch).await;
    says(&page, &["<strong>2</strong> 件可以接续"]);
    let sent = desk.press(&desk.clerk, &batch, &[("do", "propose")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    for (path, text) in [("/pending", "台账（2件）"), ("/", "接续纸质案件")] {
        says(&desk.page(&desk.leader, path).await, &[text, &batch]);
    }
    let asked = desk.page(&desk.leader, &batch).await;
    says(
        &asked,
        &["同意接续这2件案件", "<details open><summary>与法律不符"],
    );
    // Whoever entered it has no such button, and cannot press it.
    let own = desk.press(&desk.clerk, &batch, &[("do", "agree")]).await;
    assert_eq!(own.status, StatusCode::NOT_FOUND);
    assert_eq!(desk.cases().await, 0);

    let version = asked.hidden("version");
    let agree = [("do", "agree")];
    for _ in 0..2 {
        let agreed = desk.press_at(&desk.leader, &batch, &version, &agree).await;
        assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.text);
    }
    let done = desk.finished(&desk.leader, &batch).await;
    says(&done, &["2件案件都已接续", "<strong>2</strong> 件已接续"]);
    assert!(!done.text.contains("http-equiv=\"refresh\""));
    assert_eq!(desk.cases().await, 2);
    assert_eq!(desk.browser.entries().await, before + 2);
    let link = done.text.split("href=\"/cases/0").nth(1).unwrap();
    let case = format!("/cases/0{}", link.split('"').next().unwrap());
    let case = desk.page(&desk.clerk, &case).await;
    says(&case, &["接续案件（纸质案卷）", "叶书简", "詹怀瑾"]);
    let book = desk
        .page(&desk.clerk, &format!("{batch}/result.xlsx"))
        .await;
    assert!(intake::Book::of_xlsx(book.bytes).is_ok());
}

#[tokio::test]
async fn the_same_batch_comes_in_once_and_a_number_belongs_to_one_case() {
    let desk = desk();
    let ledger = format!("{HEAD}{ONE}");
    let batch = desk.proposed(&ledger, &["一.pdf"]).await;
    desk.press(&desk.leader, &batch, &[("do", "agree")]).await;
    desk.finished(&desk.leader, &batch).await;
    // Again: told as here already, and nothing to propose.
    let again = desk.begun(&ledger, &["一.pdf"]).await;
    says(&desk.page(&desk.clerk, &again).await, &["以前已接续"]);
    let refused = desk.press(&desk.clerk, &again, &[("do", "propose")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    says(&refused, &["没有可以接续的案件"]);
    // The number under another name.
    let other = ONE.replacen("1,", "9,", 1);
    let other = desk.begun(&format!("{HEAD}{other}"), &["一.pdf"]).await;
    let page = desk.page(&desk.clerk, &other).await;
    says(&page, &["文号“演水立字〔2026〕3号”在系统里", "不能接续"]);
    // The finished batch with its files again: no upload, nothing twice.
    let anew = desk.press(&desk.clerk, &batch, &[("do", "again")]).await;
    assert_eq!(anew.status, StatusCode::SEE_OTHER);
    assert_ne!(anew.location(), batch);
    assert_eq!(desk.cases().await, 1);
}

#[tokio::test]
async fn what_moved_between_proposal_and_approval_is_refused_whole() {
    let desk = desk();
    let first = desk
        .proposed(&format!("{HEAD}{ONE}{TWO}"), &["一.pdf", "二.pdf"])
        .await;
    // Meanwhile another batch uses one of the numbers.
    let ledger = format!("{HEAD}{}", ONE.replacen("1,", "7,", 1));
    let other = desk
        .send(
            &desk.clerk,
            "/cases/import",
            &[
                Field("approved_by", "p06"),
                Field("name", "另一批"),
                File("workbook", "另.csv", ledger.as_bytes()),
                File("scans", "一.pdf", PDF.as_bytes()),
            ],
        )
        .await
        .location()
        .to_owned();
    desk.press(&desk.clerk, &other, &[("do", "propose")]).await;
    desk.press(&desk.leader, &other, &[("do", "agree")]).await;
    desk.finished(&desk.leader, &other).await;

    let stale = desk.press(&desk.leader, &first, &[("do", "agree")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    says(&stale, &["案件1现在不能接续", "没有批准"]);
    assert_eq!(desk.cases().await, 1, "not even the other case of it");
    // A page that shows an older state changes nothing either.
    let old = desk
        .press_at(
            &desk.leader,
            &first,
            "1",
            &[("do", "decline"), ("reason", "x")],
        )
        .await;
    assert_eq!(old.status, StatusCode::CONFLICT);
    says(&old, &["刚有变化"]);
}

#[tokio::test]
async fn the_leader_sends_it_back_with_a_reason_or_the_clerk_takes_it_back() {
    let desk = desk();
    let ledger = format!("{HEAD}{ONE}");
    let batch = desk.proposed(&ledger, &["一.pdf"]).await;
    let silent = desk
        .press(&desk.leader, &batch, &[("do", "decline"), ("reason", " ")])
        .await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&silent, &["请写明退回的理由"]);
    let reason = "<b>扫描件</b>不清楚";
    let back = desk
        .press(
            &desk.leader,
            &batch,
            &[("do", "decline"), ("reason", reason)],
        )
        .await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    let page = desk.page(&desk.clerk, &batch).await;
    says(
        &page,
        &["&#60;b&#62;扫描件&#60;/b&#62;不清楚", "用这些文件重新检查"],
    );
    says(&desk.page(&desk.clerk, "/").await, &["退回我的", &batch]);
    // Its version counts on, whichever is named.
    for version in ["2", "3"] {
        let late = [("do", "agree")];
        let late = desk.press_at(&desk.leader, &batch, version, &late).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
    }

    let other = desk.proposed(&ledger, &["一.pdf"]).await;
    let taken = desk.press(&desk.clerk, &other, &[("do", "withdraw")]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    for version in ["2", "3"] {
        let late = [("do", "agree")];
        let late = desk.press_at(&desk.leader, &other, version, &late).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
    }
    let waiting = desk.page(&desk.leader, "/pending").await;
    assert!(!waiting.text.contains("接续纸质案件"));
    assert_eq!(desk.cases().await, 0);
}

#[tokio::test]
async fn an_approval_on_paper_is_recorded_with_its_sheet_and_says_so() {
    let desk = desk();
    let batch = desk.begun(&format!("{HEAD}{ONE}"), &["一.pdf"]).await;
    let version = desk.page(&desk.clerk, &batch).await.hidden("version");
    let sheet = |content: &'static [u8]| {
        vec![
            Field("version", &version),
            Field("do", "sheet"),
            File("sheet", "签批页.pdf", content),
        ]
    };
    let none = desk.send(&desk.clerk, &batch, &sheet(b"")[..2]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&none, &["纸签代录须附签批页"]);
    let lies = desk
        .send(&desk.clerk, &batch, &sheet(b"MZ\x90\0 a program"))
        .await;
    assert_eq!(lies.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&lies, &["没有收下"]);
    assert_eq!(desk.cases().await, 0);
    let content = b"%PDF-1.4\nsigned\n%%EOF\n";
    let done = desk.send(&desk.clerk, &batch, &sheet(content)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let page = desk.finished(&desk.clerk, &batch).await;
    let link = page.text.split("href=\"/cases/0").nth(1).unwrap();
    let case = format!("/cases/0{}", link.split('"').next().unwrap());
    let case = desk.page(&desk.clerk, &case).await;
    says(&case, &["批准签在纸上，由录入人代录", "签批页.pdf"]);
}

#[tokio::test]
async fn what_is_no_workbook_comes_back_with_the_reason_and_the_scans() {
    let desk = desk();
    let before = desk.browser.entries().await;
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for name in [
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/vbaProject.bin",
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(b"<x/>").unwrap();
    }
    let with_macro = zip.finish().unwrap().into_inner();
    let mut sheets = rust_xlsxwriter::Workbook::new();
    sheets.add_worksheet().write(0, 0, "什么也不是").unwrap();
    let unknown = sheets.save_to_buffer().unwrap();
    let large = vec![b'a'; 250 * 1024];
    let head = HEAD.as_bytes();
    for (name, content, reason) in [
        ("", b"".as_slice(), "请选择填好的工作簿"),
        ("空.csv", b"", "文件是空的"),
        ("台账.xlsx", b"MZ\x90\0 a program", "内容却是"),
        ("台账.xlsx", PDF.as_bytes(), "内容却是"),
        ("台账.xlsm", &with_macro, "不能保存“xlsm”"),
        ("台账.xlsx", &with_macro, "带宏的文档"),
        ("台账.pdf", PDF.as_bytes(), "不是 .xlsx 或者 .csv"),
        ("台账.xlsx", &unknown, "没有“案件”“当事人”“办案过程”三张表"),
        ("台账.csv", "甲,乙\n1,2\n".as_bytes(), "也没有认得的台账"),
        ("台账.csv", head, "工作簿里没有案件"),
        ("台账.csv", &large, "上限"),
    ] {
        let parts = [
            Field("approved_by", "p06"),
            Field("name", "<i>批次</i>"),
            File("workbook", name, content),
            File("scans", "一.pdf", PDF.as_bytes()),
        ];
        let answer = desk.send(&desk.clerk, "/cases/import", &parts).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
        // What was right stays: the scan, the name, the approver.
        says(
            &answer,
            &[
                reason,
                "href=\"#f-workbook\"",
                "已收下 一.pdf",
                "&#60;i&#62;批次&#60;/i&#62;",
                "value=\"p06\" selected",
            ],
        );
        assert!(!answer.text.contains("--template") && !answer.text.contains("--procedure"));
    }
    assert_eq!(desk.browser.entries().await, before);
    assert!(
        desk.page(&desk.clerk, "/pending")
            .await
            .text
            .contains("没有。")
    );
}

#[tokio::test]
async fn whoever_enters_does_not_approve_and_only_somebody_in_charge_does() {
    let desk = desk();
    let ledger = format!("{HEAD}{ONE}");
    // The head of a unit who also keeps the files: may enter, may approve, and not both.
    let both = desk_of(|file| {
        let staff = file.people.iter_mut().find(|it| it.id == "p04").unwrap();
        staff.roles.push("handler".to_owned());
    });
    let head = begin(&both.browser.office, "boyq");
    for (desk, session, approver, reason) in [
        (&desk, &desk.clerk, "", "请选择批准接续的负责人"),
        (&desk, &desk.clerk, "p01", "不是负责人"),
        (&desk, &desk.clerk, "p99", "不是负责人"),
        (&both, &head, "p04", "录入人不能自己批准"),
    ] {
        let parts = [
            Field("approved_by", approver),
            File("workbook", "台账.csv", ledger.as_bytes()),
        ];
        let answer = desk.send(session, "/cases/import", &parts).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
        says(&answer, &[reason, "已收下 台账.csv"]);
    }
    // Another leader than the one who is named finds nothing.
    let batch = desk.proposed(&ledger, &["一.pdf"]).await;
    let other = begin(&desk.browser.office, "xunzy");
    assert_eq!(
        desk.browser.get_in(&other, &batch).await.status,
        StatusCode::NOT_FOUND
    );
    let version = desk.page(&desk.leader, &batch).await.hidden("version");
    let answer = desk
        .press_at(&other, &batch, &version, &[("do", "agree")])
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    for account in ["weizw", "qianjy", "guanli", "jiandu"] {
        let session = begin(&desk.browser.office, account);
        let answer = desk.upload_by(&session, &ledger, &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{account}");
    }
    assert_eq!(desk.cases().await, 0);
}

#[tokio::test]
async fn each_mistake_stands_at_its_cell_and_hostile_cells_are_text() {
    let desk = desk();
    let hostile = ONE
        .replace("某砂石有限公司", "<script>alert(1)</script>公司")
        .replace("2026.3.5", "2026-02-30");
    let ledger = format!(
        "{}{hostile}{TWO}{TWO}",
        HEAD.replace("案由", "案由,<img src=x>")
            .replace("擅自取水", "")
    );
    // The added column has no cell in these lines: put one in.
    let ledger = ledger.replace("擅自取水,", "擅自取水,\"<svg onload=x>\",");
    let batch = desk
        .begun(&ledger, &["一.pdf", "二.pdf", "没人写的.pdf"])
        .await;
    let page = desk.page(&desk.clerk, &batch).await;
    says(
        &page,
        &[
            "“台账”第2行“立案日期”栏",
            "案件序号“2”与",
            "“没人写的.pdf”：上传了这份扫描件，读入的各步都没有写到它",
            "不认识这一栏，没有读入",
            "没有可以接续的案件",
            "&#60;imgsrc=x&#62;",
        ],
    );
    for tag in ["<script>", "<img", "<svg"] {
        assert!(!page.text.contains(tag), "{tag}");
    }
    let book = desk
        .page(&desk.clerk, &format!("{batch}/result.xlsx"))
        .await;
    assert!(book.bytes.starts_with(b"PK"));
}

#[tokio::test]
async fn an_upload_that_breaks_off_or_is_not_ours_leaves_nothing() {
    let desk = desk();
    let token = app::identity::form_token(&desk.clerk);
    let ledger = format!("{HEAD}{ONE}");
    let whole = body(&[
        Field("token", &token),
        Field("approved_by", "p06"),
        File("workbook", "台账.csv", ledger.as_bytes()),
    ]);
    let half = Bytes::copy_from_slice(&whole[..whole.len() / 2]);
    let broken = futures_util::stream::iter([
        Ok(half),
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "gone")),
    ]);
    let answer = desk
        .send_body(&desk.clerk, "/cases/import", Body::from_stream(broken))
        .await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    let forged = body(&[
        Field("token", &"f".repeat(32)),
        File("workbook", "台账.csv", ledger.as_bytes()),
    ]);
    let answer = desk
        .send_body(&desk.clerk, "/cases/import", forged.into())
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let page = desk.page(&desk.clerk, "/cases/import").await;
    assert!(!page.text.contains("我的批次"));
}
