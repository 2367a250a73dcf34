//! The payment book: found by code, number or name, a payment recorded in three taps, and what is wrong with one told at
//! its field.

use crate::desk::{Answer, Browser, begin, browser_of, encode, with_others};
use crate::service::{filled, href};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};

/// Steps after which the decision is served: the last day to pay is 2026-12-07, a Monday.
const SERVED: usize = 16;
const ALL: &str = "缴清全部，代收机构出具收据";
const PART: &str = "缴纳一部分，代收机构出具收据";

struct Desk {
    browser: Browser,
    session: String,
    case: String,
}

impl Desk {
    async fn of(account: &str) -> Desk {
        let browser = browser_of(with_others);
        let case = browser.case_after(SERVED).await;
        let session = begin(&browser.office, account);
        Desk {
            browser,
            session,
            case,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let page = self.browser.get_in(&self.session, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        page
    }

    async fn account(&self) -> Answer {
        self.get(&format!("{}/account", self.case)).await
    }

    /// The form that a way on the account opens.
    async fn form(&self, way: &str) -> Answer {
        let account = self.account().await;
        self.get(&href(&account, way)).await
    }

    /// The form as it stands, with what was typed besides, is sent.
    async fn send(&self, form: &Answer, typed: &[(&str, &str)]) -> Answer {
        let action = form.text.split("<form method=\"post\" action=\"");
        let action = action
            .filter_map(|rest| rest.split_once('"'))
            .find(|(_, rest)| rest.split('>').next().unwrap().contains("id=\"form\""))
            .map(|(action, _)| action.replace("&#38;", "&"))
            .unwrap();
        let mut fields = filled(form);
        for (name, value) in typed {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let request = Request::post(action)
            .header(header::COOKIE, format!("mingqu_session={}", self.session))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.browser
            .ask(request.body(Body::from(encode(&fields))).unwrap())
            .await
    }

    async fn recorded(&self, way: &str, typed: &[(&str, &str)]) {
        let form = self.form(way).await;
        let sent = self.send(&form, typed).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{way}: {}", sent.text);
    }
}

#[tokio::test]
async fn a_payment_is_recorded_in_three_taps() {
    let desk = Desk::of("qianjy").await;
    let list = desk.get("/payments").await;
    for text in [
        "某某建材有限公司",
        "待缴",
        "¥60,000.00",
        "2026-12-07(周一)",
        "演水罚决字〔2026〕1号",
    ] {
        assert!(list.text.contains(text), "{text}: {}", list.text);
    }
    assert!(list.text.contains("<a href=\"/payments\" aria-current"));
    // One: the line. Two: the way. Three: the form, which is filled.
    let account = desk.get(&href(&list, "某某建材有限公司")).await;
    assert!(account.text.contains("没有登记缴款码"));
    let form = desk.get(&href(&account, ALL)).await;
    let fields = filled(&form);
    let says = |name: &str| {
        let mut found = fields.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    };
    assert_eq!(says("fact.payment_amount"), Some("60000.00"));
    assert_eq!(says("fact.payment_mode"), Some("collecting_bank"));
    assert_eq!(says("fact.payment_receipt_kind"), Some("bank_slip"));
    // Whoever records it is ticked as well.
    assert_eq!(says("role.finance_officer"), Some("p12"));
    let typed = [("fact.payment_receipt", "<b>00123</b>")];
    let sent = desk.send(&form, &typed).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let before = desk.browser.entries().await;
    let again = desk.send(&form, &typed).await;
    assert_eq!(
        (again.status, again.location()),
        (sent.status, sent.location())
    );
    assert_eq!(
        desk.browser.entries().await,
        before,
        "sent twice, recorded once"
    );
    let account = desk.account().await;
    for text in [
        "已缴清",
        "2026-11-24(周二)",
        "&#60;b&#62;00123",
        "钱谨言记录",
    ] {
        assert!(account.text.contains(text), "{text}: {}", account.text);
    }
    assert!(!account.text.contains("<b>00123"));
    let case = desk.get(&desk.case).await;
    assert!(
        case.text
            .contains("某某建材有限公司应缴¥60,000.00，已缴¥60,000.00")
    );
    for (state, has) in [("settled", true), ("late", false), ("not_due", false)] {
        let list = desk.get(&format!("/payments?state={state}")).await;
        assert_eq!(list.text.contains("某某建材有限公司"), has, "{state}");
    }
}

#[tokio::test]
async fn a_party_is_found_by_code_number_and_name() {
    let desk = Desk::of("qianjy").await;
    let code = [
        ("fact.payment_code", "14040026000000012345"),
        ("role.finance_officer", "p12"),
    ];
    let account = desk.account().await;
    let form = desk.get(&href(&account, "办理缴款码登记")).await;
    for (code, says) in [
        ("1404 0026", "字母和数字"),
        ("<script>1</script>", "字母和数字"),
        (&"1".repeat(33) as &str, "最多32个字"),
    ] {
        let typed = [("fact.payment_code", code), ("role.finance_officer", "p12")];
        let sent = desk.send(&form, &typed).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
        assert!(
            sent.text.contains(says) && !sent.text.contains("<script>1"),
            "{code}"
        );
    }
    desk.recorded("办理缴款码登记", &code).await;
    assert!(
        desk.account()
            .await
            .text
            .contains("缴款码 14040026000000012345")
    );
    for (text, has) in [
        ("14040026000000012345", true),
        ("1404 0026 0000 0001 2345", true),
        ("演水罚决字[2026]1号", true),
        ("建材", true),
        ("14040026000000012346", false),
        ("〔〕", false),
        ("不存在的公司", false),
    ] {
        let query = encode(&[("q", text)]);
        let list = desk.get(&format!("/payments?{query}")).await;
        assert_eq!(list.text.contains("某某建材有限公司"), has, "{text}");
    }
    let book = desk.get("/payments.xlsx?state=not_due").await;
    assert_eq!(book.headers[header::CONTENT_TYPE], sheet_media_type());
    assert!(book.bytes.starts_with(b"PK"));
}

fn sheet_media_type() -> &'static str {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
}

#[tokio::test]
async fn what_is_wrong_with_a_payment_is_told_at_its_field() {
    let desk = Desk::of("qianjy").await;
    let form = desk.form(PART).await;
    let long = "9".repeat(65);
    for (field, value, says) in [
        ("fact.payment_amount", "0", "须大于零"),
        ("fact.payment_amount", "-5", "不是金额"),
        ("fact.payment_amount", "100.005", "不是金额"),
        ("fact.payment_amount", "99999999999999999999", "不是金额"),
        ("fact.payment_amount", "", "请填写“缴款金额”"),
        ("occurred", "2026-11-25", "还没有到"),
        ("fact.payment_receipt", &long, "最多64个字"),
        ("role.finance_officer", "p01", "不担任财务人员"),
    ] {
        let mut typed = vec![
            ("fact.payment_amount", "1000"),
            ("role.finance_officer", "p12"),
        ];
        typed.retain(|(name, _)| *name != field);
        typed.push((field, value));
        let before = desk.browser.entries().await;
        let sent = desk.send(&form, &typed).await;
        assert!(
            sent.status.is_client_error(),
            "{field}={value}: {}",
            sent.status
        );
        assert!(sent.text.contains(says), "{field}={value}: {}", sent.text);
        assert_eq!(desk.browser.entries().await, before, "{field}={value}");
    }
    // A part is paid; then what is left is filled in.
    desk.recorded(
        PART,
        &[
            ("fact.payment_amount", "20,000.5"),
            ("role.finance_officer", "p12"),
        ],
    )
    .await;
    let form = desk.form(ALL).await;
    let left = ("fact.payment_amount".to_owned(), "39999.50".to_owned());
    assert!(filled(&form).contains(&left));
}

#[tokio::test]
async fn no_more_is_given_back_than_was_paid() {
    let desk = Desk::of("qianjy").await;
    let finance = ("role.finance_officer", "p12");
    desk.recorded(PART, &[("fact.payment_amount", "60100"), finance])
        .await;
    let account = desk.account().await;
    assert!(account.text.contains("多缴待退") && account.text.contains("¥100.00"));
    let basis = ("fact.refund_basis", "财政退付凭证");
    let form = desk.form("退还多缴的全部").await;
    assert!(filled(&form).contains(&("fact.refund_amount".to_owned(), "100.00".to_owned())));
    let much = desk
        .send(&form, &[("fact.refund_amount", "60100.01"), basis, finance])
        .await;
    assert_eq!(much.status, StatusCode::CONFLICT);
    for text in ["超过了已缴的数额", "第七十四条"] {
        assert!(much.text.contains(text), "{text}: {}", much.text);
    }
    let more = desk
        .send(&form, &[("fact.refund_amount", "100.01"), basis, finance])
        .await;
    assert!(more.text.contains("超过了多缴的数额"), "{}", more.text);
    let sent = desk.send(&form, &[basis, finance]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let account = desk.account().await;
    for text in ["已缴清", "已退", "¥100.00", "财政退付凭证"] {
        assert!(account.text.contains(text), "{text}: {}", account.text);
    }
    let list = desk.get("/payments?state=overpaid").await;
    assert!(list.text.contains("没有找到"));
}

#[tokio::test]
async fn a_plan_of_installments_comes_back_with_what_is_wrong() {
    let desk = Desk::of("luqy").await;
    let officer = [("role.handler", "p01")];
    let account = desk.account().await;
    let request = desk.get(&href(&account, "办理延期分期申请")).await;
    let sent = desk
        .send(&request, &[("fact.hardship", "停产三个月"), officer[0]])
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let account = desk.account().await;
    let form = desk.get(&href(&account, "办理延期分期批准")).await;
    assert!(form.text.contains("每期一行，先写日期再写金额"));
    let with = |plan: &'static str| {
        [
            ("fact.installment_result", "granted"),
            ("fact.installment_end", "2027-01-31"),
            ("fact.installment_plan", plan),
            ("role.handler", "p01"),
            ("role.leader", "p05"),
        ]
    };
    for (plan, says) in [
        ("一月三十日 三万", "第1期"),
        ("2026-12-31 30000\n2026-12-31 30000", "不晚于上一期"),
        (
            "2026-12-31 30000\n2027-01-31 29999.99",
            "各期合计¥59,999.99，还欠¥60,000.00",
        ),
        (
            "2026-12-31 30000\n2027-01-30 30000",
            "最后一期是2027-01-30，期限结束日是2027-01-31",
        ),
    ] {
        let sent = desk.send(&form, &with(plan)).await;
        assert!(sent.status.is_client_error(), "{plan}");
        assert!(sent.text.contains(says), "{plan}: {}", sent.text);
        assert!(
            sent.text.contains(plan.lines().next().unwrap()),
            "it comes back"
        );
    }
    // What needs the leader's hand waits for it.
    let sent = desk
        .send(&form, &with("2026-12-31 30000\n2027-01-31 30000"))
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    assert!(sent.location().starts_with("/pending/"));
    let waiting = desk.get(sent.location()).await;
    assert!(
        waiting
            .text
            .contains("2026-12-31 ¥30,000.00；2027-01-31 ¥30,000.00"),
        "{}",
        waiting.text
    );
}

#[tokio::test]
async fn each_sees_what_belongs_to_the_post() {
    let desk = Desk::of("luqy").await;
    let own = desk.account().await;
    assert!(own.text.contains("某某建材有限公司") && !own.text.contains(ALL));
    assert!(
        own.text.contains("办理延期分期申请"),
        "what officers record"
    );
    assert!(
        desk.get("/payments")
            .await
            .text
            .contains("某某建材有限公司")
    );
    for (account, status, has) in [
        ("shuibao", StatusCode::OK, false),
        ("xunzy", StatusCode::OK, true),
        ("jiandu", StatusCode::OK, true),
        ("guanli", StatusCode::FORBIDDEN, false),
    ] {
        let session = begin(&desk.browser.office, account);
        let list = desk.browser.get_in(&session, "/payments").await;
        assert_eq!(list.status, status, "{account}");
        assert_eq!(list.text.contains("某某建材有限公司"), has, "{account}");
        let query = encode(&[("q", "建材")]);
        let found = desk
            .browser
            .get_in(&session, &format!("/payments?{query}"))
            .await;
        assert_eq!(found.text.contains("某某建材有限公司"), has, "{account}");
    }
    let session = begin(&desk.browser.office, "jiandu");
    let before = desk.browser.entries().await;
    let traced = desk
        .browser
        .get_in(&session, &format!("{}/account", desk.case))
        .await;
    assert_eq!(traced.status, StatusCode::OK);
    assert!(!traced.text.contains("办理"), "{}", traced.text);
    assert!(
        desk.browser.entries().await > before,
        "the look is on record"
    );
}
