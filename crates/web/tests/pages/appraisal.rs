//! Checking a history by the real router: the form, what was found, and whatever a file may be.

use crate::desk::{Answer, Browser, begin, browser_of};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use std::io::{Cursor, Write as _};

const HERE: &str = "/supervision/appraisal";
const TABLE: &str = "案号,执法机关,立案日期,决定日期,备注\n\
一号,甲县水利局,2026-01-05,2026-06-04,照常\n\
二号,甲县水利局,2026-01-05,六月,\n";
const MAPPING: &str = "导入 ours 我局台账 {
    程序 penalty.ordinary
    案件 编号
    行为 立案 日期=甲
    行为 处罚决定 日期=乙
}";

enum Part<'a> {
    Field(&'a str, &'a str),
    File(&'a str, &'a str, &'a [u8]),
}
use Part::{Field, File};

struct Desk {
    browser: Browser,
    supervisor: String,
}

fn desk() -> Desk {
    let browser = browser_of(|_| {});
    Desk {
        supervisor: begin(&browser.office, "jiandu"),
        browser,
    }
}

impl Desk {
    async fn send(&self, parts: &[Part<'_>]) -> Answer {
        let token = app::identity::form_token(&self.supervisor);
        self.send_with(&token, parts).await
    }

    async fn send_with(&self, token: &str, parts: &[Part<'_>]) -> Answer {
        let mut body = Vec::new();
        for part in [Field("token", token)].iter().chain(parts) {
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
        let request = Request::post(HERE)
            .header(
                header::COOKIE,
                format!("mingqu_session={}", self.supervisor),
            )
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=mark");
        self.browser
            .ask(request.body(Body::from(body)).unwrap())
            .await
    }
}

#[track_caller]
fn says(answer: &Answer, parts: &[&str]) {
    for part in parts {
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
}

/// What the form carries along of the file that was sent.
fn kept(answer: &Answer) -> String {
    let (_, rest) = answer
        .text
        .split_once("name=\"kept\" value=\"")
        .expect("a file is kept");
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_file_is_checked_and_each_departure_names_article_severity_and_line() {
    let desk = desk();
    let before = desk.browser.entries().await;
    let answer = desk
        .send(&[File("file", "一览表.csv", TABLE.as_bytes())])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    says(
        &answer,
        &[
            "行政处罚案件一览表",
            "甲县水利局",
            "80分，合格，暂评",
            "严重",
            "《行政处罚法》第六十条",
            "“一览表”第2行“立案日期”栏【立案】2026-01-05",
            "“备注”栏没有读",
            "“一览表”第3行“决定日期”栏【处罚决定】的日期：“六月”不是日期",
            "没有找到全国统一的评分表",
        ],
    );
    // What it does not tell did not happen only where somebody says so.
    assert!(!answer.text.contains("否决项 "));
    let whole = desk
        .send(&[
            Field("complete", "yes"),
            File("file", "一览表.csv", TABLE.as_bytes()),
        ])
        .await;
    says(&whole, &["否决项 ", "G-NOTIFY", "value=\"yes\" checked"]);
    // Nothing of it is recorded.
    assert_eq!(desk.browser.entries().await, before);
}

#[tokio::test]
async fn what_was_found_is_taken_along_by_whoever_sent_it_only() {
    let desk = desk();
    let answer = desk
        .send(&[File("file", "一览表.csv", TABLE.as_bytes())])
        .await;
    let path = format!("{HERE}/{}.xlsx", kept(&answer));
    says(&answer, &[&format!("href=\"{path}\"")]);
    let book = desk.browser.get_in(&desk.supervisor, &path).await;
    assert_eq!(book.status, StatusCode::OK);
    let mut archive = zip::ZipArchive::new(Cursor::new(book.bytes.clone())).unwrap();
    assert!(archive.by_name("xl/worksheets/sheet5.xml").is_ok());
    let leader = begin(&desk.browser.office, "zhanhj");
    let other = desk.browser.get_in(&leader, &path).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_comes_back_with_the_error_at_its_field_and_the_file_kept() {
    let desk = desk();
    let answer = desk.send(&[Field("mapping", "license_table")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(
        &answer,
        &[
            "id=\"f-file-error\"",
            "请选择要检查的文件",
            "value=\"license_table\" selected",
        ],
    );
    // A table that nobody knows is kept, so that only the mapping is to be brought.
    let strange = "编号,甲,乙\n一号,2026-01-05,2026-06-04\n";
    let answer = desk
        .send(&[File("file", "台账.csv", strange.as_bytes())])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(
        &answer,
        &[
            "id=\"f-mapping-error\"",
            "没有认得这些栏的导入",
            "已收下 台账.csv",
        ],
    );
    let kept = kept(&answer);
    let wrong = MAPPING.replace("处罚决定", "跳舞");
    let answer = desk
        .send(&[
            Field("kept", &kept),
            Field("mapping", "own"),
            File("file", "", b""),
            File("mapping_file", "我局.kdl", wrong.as_bytes()),
        ])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(
        &answer,
        &[
            "id=\"f-mapping_file-error\"",
            "我局.kdl:5:",
            "value=\"own\" selected",
        ],
    );
    let kept = self::kept(&answer);
    let answer = desk
        .send(&[
            Field("kept", &kept),
            Field("mapping", "own"),
            File("mapping_file", "我局.kdl", MAPPING.as_bytes()),
        ])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    says(
        &answer,
        &["我局台账（我局.kdl）", "用了150日", "第2行“甲”栏"],
    );
}

#[tokio::test]
async fn the_own_mapping_must_be_brought_and_a_procedure_must_fit() {
    let desk = desk();
    let answer = desk
        .send(&[
            Field("mapping", "own"),
            File("file", "一览表.csv", TABLE.as_bytes()),
        ])
        .await;
    says(
        &answer,
        &["id=\"f-mapping_file-error\"", "请选择自己写的导入文件"],
    );
    let answer = desk
        .send(&[
            Field("mapping", "penalty_table"),
            Field("procedure", "license"),
            File("file", "一览表.csv", TABLE.as_bytes()),
        ])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(
        &answer,
        &["id=\"f-procedure-error\"", "value=\"license\" selected"],
    );
}

#[tokio::test]
async fn whatever_a_file_holds_is_text_and_a_foreign_form_is_refused() {
    let desk = desk();
    let hostile = "案号,立案日期,决定日期\n<script>alert(1)</script>,2026-01-05,<b>\n";
    let answer = desk
        .send(&[File("file", "<i>.csv", hostile.as_bytes())])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    for part in ["<script>alert", "<b>", "<i>"] {
        assert!(!answer.text.contains(part), "{part}");
    }
    for (name, content) in [
        ("a.xlsx", b"PK\x03\x04".as_slice()),
        ("a.csv", b"\xff\xff\x80\x80"),
        ("a.jsonl", b"\x00\x01"),
        ("a.jsonl", b""),
        ("a.xls", &[0xd0, 0xcf, 0x11, 0xe0]),
    ] {
        let answer = desk.send(&[File("file", name, content)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        says(&answer, &["id=\"f-file-error\""]);
    }
    let answer = desk
        .send_with("forged", &[File("file", "一览表.csv", TABLE.as_bytes())])
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_own_record_is_appraised_and_every_dossier_is_consulted() {
    let desk = desk();
    let browser = &desk.browser;
    let case = browser.case_after(3).await;
    let before = browser.entries().await;
    let page = browser.get_in(&desk.supervisor, HERE).await;
    says(&page, &["评查本机关的案件", "value=\"penalty.ordinary\""]);
    let own = format!("{HERE}/own");
    let token = app::identity::form_token(&desk.supervisor);
    let chosen = [("token", token.as_str()), ("procedure", "penalty.ordinary")];
    let answer = browser.post_in(&desk.supervisor, &own, &chosen).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let link = format!("href=\"{case}#timeline\"");
    says(
        &answer,
        &["本机关的记录", "<strong>1</strong> 件案件", &link],
    );
    assert_eq!(
        browser.entries().await,
        before + 1,
        "looking at a dossier leaves a trace"
    );
    let id = answer
        .text
        .split("/supervision/appraisal/")
        .find_map(|rest| {
            let (id, _) = rest.split_once(".xlsx\"")?;
            id.chars().all(|c| c.is_ascii_digit()).then_some(id)
        });
    let book = format!("{HERE}/{}.xlsx", id.unwrap());
    let book = browser.get_in(&desk.supervisor, &book).await;
    assert_eq!(book.status, StatusCode::OK);
    assert!(book.bytes.starts_with(b"PK"), "a workbook");

    let wrong = [("token", token.as_str()), ("procedure", "no-such")];
    let wrong = browser.post_in(&desk.supervisor, &own, &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(
        &wrong,
        &["id=\"f-own_procedure-error\"", "请选择要评查的程序"],
    );
    let handler = begin(&browser.office, "luqy");
    let token = app::identity::form_token(&handler);
    let chosen = [("token", token.as_str()), ("procedure", "penalty.ordinary")];
    let denied = browser.post_in(&handler, &own, &chosen).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    assert_eq!(
        browser.entries().await,
        before + 1,
        "nobody else left anything"
    );
}

impl Desk {
    async fn change(&self, fields: &[(&str, &str)]) -> Answer {
        let token = app::identity::form_token(&self.supervisor);
        let mut all = vec![("token", token.as_str())];
        all.extend(fields);
        let path = "/supervision/appraisal/mappings";
        self.browser.post_in(&self.supervisor, path, &all).await
    }

    /// Checks a table by a mapping that is brought along; what the check is known by.
    async fn checked_by(&self, mapping: &str) -> String {
        let table = "编号,甲,乙\n一号,2026-01-05,2026-06-04\n";
        let answer = self
            .send(&[
                Field("mapping", "own"),
                File("file", "台账.csv", table.as_bytes()),
                File("mapping_file", "我局.kdl", mapping.as_bytes()),
            ])
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        says(
            &answer,
            &["下次还用这个导入", "name=\"name\" value=\"我局台账\""],
        );
        kept(&answer)
    }

    async fn mappings(&self) -> Vec<(String, String)> {
        let all = self.browser.office.kept_mappings().await.unwrap();
        all.into_iter().map(|it| (it.name, it.text)).collect()
    }
}

#[tokio::test]
async fn a_mapping_that_was_used_is_kept_chosen_renamed_replaced_and_deleted() {
    let desk = desk();
    let before = desk.browser.entries().await;
    let check = desk.checked_by(MAPPING).await;
    let unnamed = desk
        .change(&[("what", "keep"), ("kept", &check), ("name", " ")])
        .await;
    assert_eq!(unnamed.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(
        &unnamed,
        &[
            "id=\"f-mapping_name-error\"",
            "请给这个导入起一个名称",
            "用了150日",
        ],
    );
    let done = desk
        .change(&[("what", "keep"), ("kept", &check), ("name", "我局台账")])
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);

    // The next file, by whoever appraises.
    let leader = Desk {
        supervisor: begin(&desk.browser.office, "zhanhj"),
        browser: desk.browser,
    };
    let other = "编号,甲,乙\n二号,2026-02-05,2026-07-04\n";
    let answer = leader
        .send(&[
            Field("mapping", "kept:我局台账"),
            File("file", "又一份.csv", other.as_bytes()),
        ])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    says(
        &answer,
        &[
            "二号",
            "我局台账（我局.kdl）",
            "value=\"kept:我局台账\" selected",
            "“又一份”第2行“甲”栏",
        ],
    );
    assert!(
        !answer.text.contains("下次还用这个导入"),
        "it is kept already"
    );

    // The same name is replaced only where that is said.
    let changed = MAPPING.replace("日期=乙", "日期=丙");
    let desk = leader;
    let check = desk.checked_by(&changed).await;
    let keep = [
        ("what", "keep"),
        ("kept", check.as_str()),
        ("name", "我局台账"),
    ];
    let taken = desk.change(&keep).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&taken, &["已经保留了“我局台账”"]);
    assert_eq!(desk.mappings().await[0].1, MAPPING);
    let mut keep = keep.to_vec();
    keep.push(("replace", "yes"));
    assert_eq!(desk.change(&keep).await.status, StatusCode::SEE_OTHER);
    let now = [("我局台账".to_owned(), changed.clone())];
    assert_eq!(desk.mappings().await, now);

    let rename = [("what", "rename"), ("of", "我局台账"), ("name", "支队台账")];
    assert_eq!(desk.change(&rename).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.mappings().await, [("支队台账".to_owned(), changed)]);
    let gone = desk.change(&rename).await;
    assert_eq!(gone.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&gone, &["“我局台账”已经不在了"]);
    let answer = desk
        .send(&[
            Field("mapping", "kept:我局台账"),
            File("file", "又一份.csv", other.as_bytes()),
        ])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(
        &answer,
        &["id=\"f-mapping-error\"", "已经不在了，请另选一个"],
    );

    let forget = [("what", "forget"), ("of", "支队台账")];
    assert_eq!(desk.change(&forget).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.mappings().await, []);
    // Nothing of it is recorded.
    assert_eq!(desk.browser.entries().await, before);
}

#[tokio::test]
async fn cases_of_several_procedures_stand_on_one_page() {
    let desk = desk();
    let table = "案号,程序,机关,立案日期,决定日期,受理日期,准予决定日期\n\
        一号,行政处罚普通程序,甲局,2026-01-05,2026-06-04,,\n\
        二号,行政许可程序,甲局,,,2026-01-05,2026-06-04\n";
    let answer = desk
        .send(&[File("file", "一览表.csv", table.as_bytes())])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    says(
        &answer,
        &[
            "行政处罚普通程序、行政许可程序",
            "<span>行政许可程序</span>",
            "行政处罚案件一览表、行政许可一览表",
        ],
    );
    let wrong = table.replace("行政许可程序", "许可");
    let answer = desk
        .send(&[File("file", "一览表.csv", wrong.as_bytes())])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&answer, &["id=\"f-file-error\"", "“一览表”第3行“许可”"]);
}
