//! Registers as tables: taken along and brought back without loss, checked cell by cell, changed all at once or not at all.

use crate::desk::{Answer, Browser, TOKEN, begin, browser_of};
use crate::import::Part::{self, Field, File};
use crate::import::body;
use app::Office;
use app::ports::Chance;
use app::register::{
    BatchDrafting, BatchLine, Column, ColumnKind, Group, RegisterName, Reviewing, Row, Ruling,
    Standing, Wanted,
};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use intake::Book;
use intake::roster::{self, Missing, RosterError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use storage::Files;
use tempfile::TempDir;

/// Two codes that are right (law.md 11.1), made up.
const CODES: [&str; 2] = ["91140400MA0H00000E", "92140403MA0K1234QH"];

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

/// A desk with a store of files, one who drafts and one who approves.
pub(crate) struct Desk {
    pub(crate) browser: Browser,
    pub(crate) drafter: String,
    leader: String,
    _folder: TempDir,
}

pub(crate) fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let store = Files::in_folder(folder.path(), 8 << 20, Arc::new(Counting::default())).unwrap();
    let mut browser = browser_of(|_| {});
    browser.router = web::router_with_files(Arc::clone(&browser.office), Arc::new(store));
    Desk {
        drafter: begin(&browser.office, "luqy"),
        leader: begin(&browser.office, "zhanhj"),
        browser,
        _folder: folder,
    }
}

impl Desk {
    pub(crate) async fn import(&self, register: &str, parts: &[Part<'_>]) -> Answer {
        let token = app::identity::form_token(&self.drafter);
        let mut all = body(&[
            Field("token", &token),
            Field("key", &format!("k1-{register}")),
            Field("effective_from", "2026-11-24"),
            Field("reason", "局办公会纪要"),
        ]);
        all.truncate(all.len() - "--mark--\r\n".len());
        all.extend(body(parts));
        let request = Request::post(format!("/registers/{register}/import"))
            .header(header::COOKIE, format!("mingqu_session={}", self.drafter))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=mark");
        self.browser
            .ask(request.body(Body::from(all)).unwrap())
            .await
    }

    pub(crate) async fn approve(&self, draft: &str) -> Answer {
        let fields = [
            ("token", TOKEN),
            ("key", draft),
            ("ruling", "approve"),
            ("opinion", "同意"),
        ];
        self.browser.review(draft).await;
        self.browser.post_in(&self.leader, draft, &fields).await
    }

    fn standing(&self) -> Arc<Standing> {
        self.browser.office.standing()
    }

    pub(crate) fn cell(&self, register: RegisterName, id: &str, column: &str) -> Value {
        let standing = self.standing();
        let version = standing.row(register, id, standing.day);
        let row = version.and_then(|version| version.row.clone());
        row.and_then(|row| row.get(column).cloned())
            .unwrap_or(Value::Null)
    }
}

/// A value for a column, with whatever may break a table in its texts.
fn sample(column: &Column, at: usize, standing: &Standing) -> Value {
    let chosen = |options: Vec<(String, String)>, at: usize| {
        let at = at % options.len();
        options.into_iter().nth(at).map(|(id, _)| id).unwrap()
    };
    match &column.kind {
        ColumnKind::Text(most) => {
            let text = format!("={at}号，“引”\"号\"｜竖\\线");
            text.chars().take(*most).collect::<String>().into()
        }
        ColumnKind::LongText(_) => format!("第一行,{at}\n'第二行；｜\\n 末").into(),
        ColumnKind::Yes => true.into(),
        ColumnKind::Date => "2026-03-05".into(),
        ColumnKind::Money => (2_000_050 + i64::try_from(at).unwrap()).into(),
        ColumnKind::SettingValue | ColumnKind::Number => (at + 7).into(),
        ColumnKind::Decimal => "12.5".into(),
        ColumnKind::CreditCode => CODES[at].into(),
        ColumnKind::Reference(_) => "q01".into(),
        ColumnKind::Choice(of) => chosen(of.options(standing), at).into(),
        ColumnKind::Several(of) => {
            let two = [
                chosen(of.options(standing), at),
                chosen(of.options(standing), at + 1),
            ];
            json!(two)
        }
        ColumnKind::Condition(_) => "任一 {\n    案由 已填\n    情节严重 成立\n}".into(),
        ColumnKind::Rows(columns) => {
            let line = |at: usize| {
                let cells = columns.iter();
                cells
                    .map(|it| (it.id.to_owned(), sample(it, at, standing)))
                    .collect::<Row>()
            };
            json!([line(at), line(at)])
        }
    }
}

async fn fill(office: &Office, register: RegisterName) {
    let standing = office.fresh_standing().await.unwrap();
    let ids: Vec<String> = standing.free_ids(register).take(2).collect();
    let lines = ids.into_iter().enumerate().map(|(at, id)| {
        let cells = register.columns().iter();
        let mut row: Row = cells
            .map(|column| (column.id.to_owned(), sample(column, at, &standing)))
            .collect();
        if register == RegisterName::ReviewCatalog {
            // Its condition is about this one.
            row.insert("procedure".to_owned(), "penalty.ordinary".into());
        }
        if register == RegisterName::Flowcharts {
            row.insert("procedure".to_owned(), "penalty.ordinary".into());
            row.insert("phases".to_owned(), "立案、决定".into());
        }
        if register == RegisterName::Benchmarks {
            // Held against the statute: the whole range of an item, in all circumstances.
            row.remove("condition");
            for (column, value) in [
                ("item", ["P-SF69-1", "P-SF69-2"][at]),
                ("unit", "percent"),
                ("low", "0"),
                ("high", "100"),
            ] {
                row.insert(column.to_owned(), value.into());
            }
        }
        BatchLine {
            row: id,
            wanted: Wanted::Put(row),
        }
    });
    let drafting = BatchDrafting {
        register,
        lines: lines.collect(),
        effective_from: standing.day,
        by: "p08".to_owned(),
        reason: "清单".to_owned(),
    };
    let key = register.id();
    let draft = office.draft_batch(&drafting, key).await.unwrap();
    let reviewing = Reviewing {
        register,
        draft,
        is_passed: true,
        by: "p07".to_owned(),
        opinion: String::new(),
    };
    let reviewed = format!("{key}-reviewed");
    office.review_change(&reviewing, &reviewed).await.unwrap();
    let ruling = Ruling {
        register,
        draft,
        is_approved: true,
        by: "p06".to_owned(),
        opinion: String::new(),
    };
    let approved = format!("{key}-approved");
    office.rule_on_change(&ruling, &approved).await.unwrap();
}

#[tokio::test]
async fn every_register_comes_back_from_a_table_as_it_went() {
    let desk = desk();
    let office = &desk.browser.office;
    fill(office, RegisterName::Enterprises).await;
    for register in RegisterName::ALL {
        // Draws are made, not brought in.
        let is_list = register.declared().group != Group::Agency && !register.is_drawn();
        if is_list && register != RegisterName::Enterprises {
            fill(office, register).await;
        }
        let standing = office.fresh_standing().await.unwrap();
        let count = standing.rows(register, standing.day).count();
        assert!(!is_list || count == 2, "{}", register.id());
        for kind in ["xlsx", "csv"] {
            let path = format!("/registers/{}/export?as={kind}", register.id());
            let answer = desk.browser.get_in(&desk.drafter, &path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            let book = Book::of(&format!("登记.{kind}"), answer.bytes).unwrap();
            let day = standing.day;
            match roster::read(register, &book, Missing::Remove, day, &standing) {
                Ok(back) => {
                    assert_eq!(back.findings, [], "{path}");
                    assert!(back.lines.is_empty(), "{path}: {:?}", back.lines);
                    assert_eq!(back.same, count, "{path}");
                    assert!(back.absent.is_empty() && back.ignored.is_empty());
                }
                Err(RosterError::Empty) => assert_eq!(count, 0, "{path}"),
                Err(error) => panic!("{path}: {error}"),
            }
        }
        let path = format!("/registers/{}", register.id());
        let page = desk.browser.get_in(&desk.drafter, &path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.len() < 150_000, "{}", register.id());
    }
}

#[tokio::test]
async fn a_published_list_is_checked_shown_drafted_and_approved() {
    let desk = desk();
    // Headings as other agencies publish them; a title above, a number in front.
    let list = "2026年执法事项目录,,,,,\n\
        序号,职权类型,事项代码,事项名称,法律依据,实施机构,备注\n\
        1,行政处罚,３３０２１９,未经批准擅自取水的行政处罚,《水法》第六十九条,演示市水利局,\n\
        2,行政许可,330220,取水许可,《水法》第四十八条,演示市水利局,=1+1\n";
    let file = File("workbook", "目录.csv", list.as_bytes());
    let seen = desk.import("items", &[file]).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
    for text in ["将有2行变动", "新增2行", "未经批准擅自取水的行政处罚"] {
        assert!(seen.text.contains(text), "{text}: {}", seen.text);
    }
    let office = &desk.browser.office;
    let nothing = office.fresh_standing().await.unwrap();
    assert_eq!(nothing.drafts(RegisterName::Items).count(), 0);

    let kept = seen
        .hidden("kept.workbook")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"");
    let go = desk
        .import("items", &[Field("kept.workbook", &kept), Field("go", "1")])
        .await;
    assert_eq!(go.status, StatusCode::SEE_OTHER, "{}", go.text);
    let draft = go.location().to_owned();
    let page = desk.browser.get_in(&desk.leader, &draft).await;
    assert!(page.text.contains("新增2行") && page.text.contains("取水许可"));
    let approved = desk.approve(&draft).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    assert_eq!(desk.cell(RegisterName::Items, "s01", "kind"), "penalty");
    assert_eq!(desk.cell(RegisterName::Items, "s02", "note"), "=1+1");

    // The same list again changes nothing, and says so.
    let again = desk
        .import("items", &[File("workbook", "目录.csv", list.as_bytes())])
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("2行与现在的登记相同"), "{}", again.text);

    // A later list is held against the rows by their code; what it lacks stays, or ends where it is said.
    let later = "事项编码,事项名称\n330220,取水许可（新办）\n";
    let parts = [
        File("workbook", "目录.csv", later.as_bytes()),
        Field("removes", "1"),
    ];
    let seen = desk.import("items", &parts).await;
    for text in ["变更1行", "停用1行", "取水许可（新办）", "保持原样"] {
        assert!(seen.text.contains(text), "{text}: {}", seen.text);
    }
}

#[tokio::test]
async fn one_wrong_cell_and_nothing_is_imported() {
    let desk = desk();
    let list = "名称,统一社会信用代码,类型,重点监管对象\n\
        甲水务有限公司,91140400MA0H00000E,企业,是\n\
        乙水务有限公司,91140400MA0H00000F,企业,是\n\
        丙水务有限公司,91140400MA0H00000E,企业,\n\
        丁水务有限公司,92140403MA0K1234QH,公司,也许\n\
        ,９２１４０４０３ＭＡ０Ｋ１２３４ＱＨ,企业,\n";
    let file = File("workbook", "企业.csv", list.as_bytes());
    let answer = desk.import("enterprises", &[file]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in [
        "没有导入，什么也没有改动",
        "第3行",
        "校验",
        "第4行",
        "第5行",
        "没有“公司”这一项",
        "“也许”应写是或者否",
        "第6行",
        "请填写“名称”",
    ] {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
    // What was filled in is still there, and so is the file.
    assert!(answer.text.contains("局办公会纪要") && answer.text.contains("已收下 企业.csv"));
    let standing = desk.browser.office.fresh_standing().await.unwrap();
    assert_eq!(standing.drafts(RegisterName::Enterprises).count(), 0);

    for (content, why) in [
        ("甲,乙\n1,2\n", "没有找到表头"),
        ("名称,企业名称,类型\n甲,甲,企业\n", "有两栏都是“名称”"),
        ("名称,统一社会信用代码,类型\n", "没有一行内容"),
    ] {
        let file = File("workbook", "企业.csv", content.as_bytes());
        let answer = desk.import("enterprises", &[file]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains(why), "{why}: {}", answer.text);
    }
    let none = desk.import("enterprises", &[]).await;
    assert!(none.text.contains("请选择要导入的表"), "{}", none.text);
    let broken = File("workbook", "企业.xlsx", b"PK\x03\x04 and nothing");
    let answer = desk.import("enterprises", &[broken]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_merged_heading_is_refused_by_name() {
    let desk = desk();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let format = rust_xlsxwriter::Format::new();
    sheet.merge_range(0, 0, 0, 1, "名称", &format).unwrap();
    sheet.write_string(0, 2, "类型").unwrap();
    sheet.write_string(1, 0, "甲").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let file = File("workbook", "企业.xlsx", &bytes);
    let answer = desk.import("enterprises", &[file]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("合并的表头请拆开"), "{}", answer.text);
}

#[tokio::test]
async fn many_rows_are_changed_at_once_and_none_while_another_names_it() {
    let desk = desk();
    let office = &desk.browser.office;
    fill(office, RegisterName::Enterprises).await;
    fill(office, RegisterName::Sites).await;
    let address = "/registers/sites/bulk";
    let shown = format!("{address}?row=x01&row=x02&column=district");
    let page = desk.browser.get_in(&desk.drafter, &shown).await;
    assert!(page.text.contains("选中2行") && page.text.contains("name=\"c.district\""));
    let fields = [
        ("token", TOKEN),
        ("key", "b1"),
        ("row", "x01"),
        ("row", "x02"),
        ("column", "district"),
        ("c.district", "潞州区"),
        ("effective_from", "2026-11-24"),
        ("reason", ""),
    ];
    let refused = desk.browser.post_in(&desk.drafter, address, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("请写明理由") && refused.text.contains("value=\"潞州区\""));
    let mut fields = fields.to_vec();
    *fields.last_mut().unwrap() = ("reason", "区划调整");
    let drafted = desk.browser.post_in(&desk.drafter, address, &fields).await;
    assert_eq!(drafted.status, StatusCode::SEE_OTHER, "{}", drafted.text);
    let approved = desk.approve(drafted.location()).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    for id in ["x01", "x02"] {
        assert_eq!(desk.cell(RegisterName::Sites, id, "district"), "潞州区");
    }

    let fields = [
        ("token", TOKEN),
        ("key", "b2"),
        ("row", "q01"),
        ("column", "-"),
        ("effective_from", "2026-11-24"),
        ("reason", "注销"),
    ];
    let address = "/registers/enterprises/bulk";
    let refused = desk.browser.post_in(&desk.drafter, address, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("场所名录的x01还写着这一行"),
        "{}",
        refused.text
    );
}

#[tokio::test]
async fn all_rows_that_are_found_are_changed_without_choosing_each() {
    let desk = desk();
    let office = &desk.browser.office;
    fill(office, RegisterName::Enterprises).await;
    fill(office, RegisterName::Sites).await;
    let standing = desk.standing();
    let count = standing.rows(RegisterName::Sites, standing.day).count();
    let list = desk.browser.get_in(&desk.drafter, "/registers/sites").await;
    let (_, button) = list.text.split_once("name=\"all\" value=\"").unwrap();
    let (right, _) = button.split_once('"').unwrap();
    assert!(right.starts_with(&format!("{count}-")), "{right}");
    let right = right.to_owned();
    let address = "/registers/sites/bulk";
    let shown = format!("{address}?q=&all={right}&column=district");
    let page = desk.browser.get_in(&desk.drafter, &shown).await;
    assert!(
        page.text.contains(&format!("选中{count}行")),
        "{}",
        page.text
    );
    assert!(!page.text.contains("name=\"row\""), "{}", page.text);
    // As many rows, and others: what was looked at is not what is there.
    let other = format!("{count}-{:016x}", 7);
    let fields = |all: &'static str, key: &'static str| {
        vec![
            ("token", TOKEN),
            ("key", key),
            ("q", ""),
            ("all", all),
            ("column", "district"),
            ("c.district", "上党区"),
            ("effective_from", "2026-11-24"),
            ("reason", "区划调整"),
        ]
    };
    let moved = fields(other.leak(), "all-1");
    let refused = desk.browser.post_in(&desk.drafter, address, &moved).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("查到的行变了"), "{}", refused.text);
    let sound = fields(right.leak(), "all-2");
    let drafted = desk.browser.post_in(&desk.drafter, address, &sound).await;
    assert_eq!(drafted.status, StatusCode::SEE_OTHER, "{}", drafted.text);
    desk.approve(drafted.location()).await;
    let standing = desk.standing();
    let mut rows = standing.rows(RegisterName::Sites, standing.day);
    assert!(rows.all(|(_, _, row)| row["district"] == "上党区"));
}

#[tokio::test]
async fn a_batch_that_was_overtaken_is_not_approved() {
    let desk = desk();
    let office = &desk.browser.office;
    fill(office, RegisterName::Banks).await;
    let draft = |address: &'static str, key: &'static str| {
        let fields = [
            ("token", TOKEN),
            ("key", key),
            ("row", "r01"),
            ("column", "address"),
            ("c.address", address),
            ("effective_from", "2026-11-24"),
            ("reason", "迁址"),
        ];
        let desk = &desk;
        async move {
            let path = "/registers/banks/bulk";
            let answer = desk.browser.post_in(&desk.drafter, path, &fields).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
            answer.location().to_owned()
        }
    };
    let first = draft("英雄中路1号", "c1").await;
    let second = draft("英雄中路2号", "c2").await;
    assert_eq!(desk.approve(&first).await.status, StatusCode::SEE_OTHER);
    let late = desk.approve(&second).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
    assert!(
        late.text.contains("r01”在起草以后又有变动"),
        "{}",
        late.text
    );
    assert_eq!(
        desk.cell(RegisterName::Banks, "r01", "address"),
        "英雄中路1号"
    );
}

#[tokio::test]
async fn a_published_list_is_released_row_by_row_by_one_name() {
    let desk = desk();
    let office = &desk.browser.office;
    fill(office, RegisterName::Guides).await;
    let path = "/registers/guides/publish";
    let releaser = begin(office, "yesj");
    let page = desk.browser.get_in(&releaser, path).await;
    assert!(page.text.contains("公众现在看到0行"), "{}", page.text);
    let fields = [
        ("token", TOKEN),
        ("key", "p1"),
        ("row", "g01"),
        ("row", "g02"),
    ];
    let denied = desk.browser.post_in(&desk.leader, path, &fields).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    let released = desk.browser.post_in(&releaser, path, &fields).await;
    assert_eq!(released.status, StatusCode::SEE_OTHER, "{}", released.text);
    let standing = office.fresh_standing().await.unwrap();
    assert_eq!(standing.unreleased(RegisterName::Guides), []);
    let again = desk.browser.post_in(&releaser, path, &fields).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "the same form once");

    // One reads differently by now and was not filed again, the other one ends.
    let mut changed = standing
        .row(RegisterName::Guides, "g01", standing.day)
        .unwrap();
    let mut row = Row::clone(changed.row.as_ref().unwrap());
    row.remove("filed_on");
    let lines = vec![
        BatchLine {
            row: "g01".to_owned(),
            wanted: Wanted::Put(row),
        },
        BatchLine {
            row: "g02".to_owned(),
            wanted: Wanted::Remove,
        },
    ];
    let drafting = BatchDrafting {
        register: RegisterName::Guides,
        lines,
        effective_from: standing.day,
        by: "p08".to_owned(),
        reason: "修订".to_owned(),
    };
    let draft = office.draft_batch(&drafting, "revision").await.unwrap();
    let approved = desk
        .approve(&format!("/registers/guides/drafts/{draft}"))
        .await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let page = desk.browser.get_in(&releaser, path).await;
    for text in ["更新公示", "公示以前须报本级司法行政机关备案", "撤下"] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    let fields = [("token", TOKEN), ("key", "p2"), ("row", "g01")];
    let refused = desk.browser.post_in(&releaser, path, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("token", TOKEN), ("key", "p3"), ("row", "g02")];
    let withdrawn = desk.browser.post_in(&releaser, path, &fields).await;
    assert_eq!(withdrawn.status, StatusCode::SEE_OTHER);
    let standing = office.fresh_standing().await.unwrap();
    let left = standing.unreleased(RegisterName::Guides);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].row, "g01");
    changed = standing
        .row(RegisterName::Guides, "g02", standing.day)
        .unwrap();
    assert!(changed.row.is_none());
    let wrong = desk
        .browser
        .get_in(&releaser, "/registers/settings/publish")
        .await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
}

/// A register of posts is printed as boards; one of anything else has none.
#[tokio::test]
async fn posts_are_printed_as_boards() {
    let desk = desk();
    let office = &desk.browser.office;
    fill(office, RegisterName::Windows).await;
    let seen = async |path: &str| desk.browser.get_in(&desk.drafter, path).await;
    let list = seen("/registers/windows").await;
    assert!(
        list.text.contains("/registers/windows/boards"),
        "{}",
        list.text
    );
    let boards = seen("/registers/windows/boards").await;
    assert_eq!(boards.status, StatusCode::OK);
    assert_eq!(boards.text.matches("class=\"sheet board\"").count(), 2);
    for text in ["岗位职责", "执法种类", "投诉举报", "=0号"] {
        assert!(boards.text.contains(text), "{text}: {}", boards.text);
    }
    let none = seen("/registers/guides/boards").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let guides = seen("/registers/guides").await;
    assert!(!guides.text.contains("/boards"), "{}", guides.text);
}

/// Who holds a credential is published with it, and nothing else of them; what was published by mistake is taken down with a
/// reason, and may be released again.
#[tokio::test]
async fn officers_are_published_and_taken_down_with_a_reason() {
    let desk = desk();
    let office = &desk.browser.office;
    let path = "/registers/people/publish";
    let releaser = begin(office, "yesj");
    let page = desk.browser.get_in(&releaser, path).await;
    assert!(page.text.contains("陆清源"), "{}", page.text);
    assert!(!page.text.contains("钱谨言"), "no credential, no list");
    let fields = [("token", TOKEN), ("key", "o1"), ("row", "p01")];
    let released = desk.browser.post_in(&releaser, path, &fields).await;
    assert_eq!(released.status, StatusCode::SEE_OTHER, "{}", released.text);
    let standing = office.fresh_standing().await.unwrap();
    let shown = standing.shown_to_the_public(RegisterName::People);
    assert_eq!(shown, [("p01".to_owned(), "陆清源".to_owned())]);

    let unsaid = [
        ("token", TOKEN),
        ("key", "o2"),
        ("row", "p01"),
        ("take_down", "1"),
        ("why", " "),
    ];
    let refused = desk.browser.post_in(&releaser, path, &unsaid).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("请写明撤下的理由")
            && refused.text.contains("name=\"row\" value=\"p01\" checked"),
        "{}",
        refused.text
    );
    let said = crate::with(&unsaid, "why", "证号印错，更正以后重新公示");
    let down = desk.browser.post_in(&releaser, path, &said).await;
    assert_eq!(down.status, StatusCode::SEE_OTHER, "{}", down.text);
    let standing = office.fresh_standing().await.unwrap();
    assert_eq!(standing.shown_to_the_public(RegisterName::People), []);
    assert!(
        standing
            .unreleased(RegisterName::People)
            .iter()
            .any(|it| it.row == "p01")
    );
    let again = crate::with(&fields, "key", "o3");
    let again = desk.browser.post_in(&releaser, path, &again).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text);
}

#[tokio::test]
async fn a_tier_outside_the_statutes_range_is_refused_at_its_cell() {
    let desk = desk();
    // 水法 69: from 20,000 to 100,000 yuan.
    let list = "处罚事项,档次,最低,最高,计,依据\n\
        P-SF69-1,一般,20000,100000,元,本局基准\n\
        P-SF69-2,一般,20000,120000,元,本局基准\n";
    let file = File("workbook", "基准.csv", list.as_bytes());
    let answer = desk.import("benchmarks", &[file]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in ["第3行", "最高", "水法", "什么也没有改动"] {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
    assert!(!answer.text.contains("第2行"), "{}", answer.text);
}

#[tokio::test]
async fn a_condition_that_cannot_run_is_refused_at_its_cell() {
    let desk = desk();
    let list = "执法类别,事项,标准,适用程序,判断条件\n\
        行政处罚,甲,较大罚款,行政处罚普通程序,拟处罚内容 罚款不少于 ５００００\n\
        行政处罚,乙,较大罚款,行政处罚普通程序,拟处罚内容 是 罚款\n\
        行政处罚,丙,较大罚款,,拟处罚内容 罚款不少于 50000\n\
        行政处罚,丁,较大罚款,行政处罚普通程序,情节严重 成立；情节严重 不成立\n";
    let file = File("workbook", "目录.csv", list.as_bytes());
    let answer = desk.import("review_catalog", &[file]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in [
        "第3行",
        "判断条件",
        "“拟处罚内容”的类型是处罚，不能“是”",
        "第4行",
        "须选择适用的程序",
        "第5行",
        "“情节严重成立”与“情节严重不成立”不能同时成立",
        "什么也没有改动",
    ] {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
    assert!(!answer.text.contains("第2行"), "{}", answer.text);
}
