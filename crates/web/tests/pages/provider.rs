//! Signing in by a provider of identities, and joining accounts to it: by real requests, against a provider on this machine.

use crate::desk::{Answer, Browser, begin, browser_at, encode, reopened, with_others};
use app::agency::AgencyFile;
use app::identity::{STREAM, form_token};
use app::ledger::{Ledger, StreamName};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jiff::SignedDuration;
use oidc::{Oidc, Settings};
use std::collections::BTreeMap;
use std::sync::Arc;
use testkit::clock::ManualClock;
use testkit::provider::{CLIENT, Flaw, SECRET, TestProvider};

const BASE: &str = "https://mingqu.example";
const PASSWORD: &str = "一条明渠两岸青山绿水";
const NAME: &str = "省统一身份认证";

struct Desk {
    clock: Arc<ManualClock>,
    provider: TestProvider,
    browser: Browser,
}

fn client(issuer: &str) -> Arc<Oidc> {
    let settings = Settings {
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: SECRET.to_owned(),
        base: BASE.to_owned(),
        name: NAME.to_owned(),
    };
    Arc::new(Oidc::new(settings).unwrap())
}

fn with_client(mut browser: Browser, issuer: &str) -> Browser {
    browser.router = web::with_provider(browser.router, client(issuer));
    browser
}

async fn desk_of(change: impl Fn(&mut AgencyFile)) -> Desk {
    let clock = Arc::new(ManualClock::at("2026-11-24T04:00:00Z"));
    let provider = TestProvider::start(clock.clone()).await;
    let browser = with_client(browser_at(clock.clone(), change), provider.issuer());
    browser.office.rehearsal_password(PASSWORD).await.unwrap();
    Desk {
        clock,
        provider,
        browser,
    }
}

async fn desk() -> Desk {
    desk_of(|_| {}).await
}

/// Somebody's browser, with its cookies.
struct Visitor<'a> {
    browser: &'a Browser,
    cookies: BTreeMap<String, String>,
}

impl Desk {
    /// Somebody who has not signed in.
    fn visitor(&self) -> Visitor<'_> {
        Visitor {
            browser: &self.browser,
            cookies: BTreeMap::new(),
        }
    }

    /// Somebody who signed in with the password.
    async fn signed_in(&self, account: &str) -> Visitor<'_> {
        let mut visitor = self.visitor();
        let answer = visitor.password(account, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        visitor
    }

    /// The way back, once the person has consented to what this address asks.
    fn consents(&self, address: &str) -> String {
        let back = self.provider.consents(address);
        back.strip_prefix(BASE).expect("to us").to_owned()
    }

    /// Joins the account to whoever sits before the provider.
    async fn joined(&self, account: &str) {
        let mut holder = self.signed_in(account).await;
        let back = self.consents(&holder.leaves_to_join().await);
        let answer = holder.get(&back).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        assert_eq!(answer.location(), "/account?joined=1");
    }

    /// What was told to the record of accounts: the kind, and what is said in the personal part.
    async fn told(&self) -> Vec<(String, String)> {
        let stream = StreamName::parse(STREAM).unwrap();
        let office = &self.browser.office;
        let told = self.browser.ledger.read_stream(office.log(), &stream, 0);
        let told = told.await.unwrap();
        told.iter()
            .map(|entry| {
                let kind = entry.header()["kind"].as_str().unwrap().to_owned();
                assert!(!entry.leaf.header_json().contains("330106"));
                let body = entry.parts.first().map(|part| part.body.clone());
                (kind, String::from_utf8(body.unwrap_or_default()).unwrap())
            })
            .collect()
    }
}

impl Visitor<'_> {
    fn cookie(&self) -> String {
        let pairs = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    async fn ask(&mut self, request: Request<Body>) -> Answer {
        let answer = self.browser.ask(request).await;
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path).header(header::COOKIE, self.cookie());
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    /// A form of our own pages.
    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = match self.cookies.get("mingqu_session") {
            Some(session) => form_token(session),
            None => self.cookies.get("mingqu_form").cloned().unwrap_or_default(),
        };
        let fields = [fields, &[("token", token.as_str())]].concat();
        let request = Request::post(path)
            .header(header::COOKIE, self.cookie())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(encode(&fields))).unwrap())
            .await
    }

    async fn password(&mut self, account: &str, password: &str) -> Answer {
        self.get("/sign-in").await;
        let fields = [
            ("account", account),
            ("password", password),
            ("to", "/account"),
        ];
        self.post("/sign-in", &fields).await
    }

    /// Leaves to sign in; where to.
    async fn leaves(&mut self, to: &str) -> String {
        let answer = self.get(&format!("/sign-in/provider?to={to}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        answer.location().to_owned()
    }

    /// Leaves to join the own account; where to.
    async fn leaves_to_join(&mut self) -> String {
        let answer = self
            .post("/account/provider", &[("password", PASSWORD)])
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let link = answer.text.split("href=\"http://127").nth(1).unwrap();
        let link = link.split('"').next().unwrap();
        format!("http://127{}", link.replace("&#38;", "&"))
    }

    fn is_signed_in(&self) -> bool {
        self.cookies.contains_key("mingqu_session")
    }

    /// The account whose session this is.
    async fn account(&mut self) -> String {
        let page = self.get("/account").await;
        let rest = page.text.split("<dt>账号</dt><dd>").nth(1);
        rest.map_or_else(String::new, |rest| {
            rest.split('<').next().unwrap().to_owned()
        })
    }
}

#[tokio::test]
async fn whoever_joined_signs_in_at_the_provider() {
    let desk = desk().await;
    desk.joined("luqy").await;
    let mut visitor = desk.visitor();
    let page = visitor.get("/sign-in?to=/cases?state=open").await;
    assert!(
        page.text.contains("通过省统一身份认证登录"),
        "{}",
        page.text
    );
    assert!(
        page.text
            .contains("/sign-in/provider?to=%2Fcases%3Fstate%3Dopen")
    );
    let answer = visitor
        .get("/sign-in/provider?to=%2Fcases%3Fstate%3Dopen")
        .await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    for part in [
        "mingqu_away=",
        "Path=/sign-in/provider",
        "HttpOnly",
        "SameSite=Lax",
        "Max-Age=600",
        "Secure",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let back = desk.consents(answer.location());
    let answer = visitor.get(&back).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(answer.location(), "/cases?state=open");
    let session = answer
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|line| line.to_str().unwrap())
        .find(|line| line.starts_with("mingqu_session="))
        .unwrap();
    assert!(
        session.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{session}"
    );
    assert!(!visitor.cookies.contains_key("mingqu_away"), "used up");
    assert_eq!(visitor.account().await, "luqy");
    // The same expiry as with the password.
    desk.clock.advance(SignedDuration::from_mins(121));
    assert_eq!(visitor.get("/account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn joining_and_parting_are_on_record_and_on_the_holders_page() {
    let desk = desk().await;
    desk.joined("luqy").await;
    let mut holder = desk.signed_in("luqy").await;
    let page = holder.get("/account?joined=1").await;
    for text in [
        "已经关联",
        "已关联，可以由它登录",
        "330106-0001",
        "本人以密码和认证平台的登录办理",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    let mut elsewhere = desk.signed_in("luqy").await;
    let parted = holder.post("/account/provider/part", &[]).await;
    assert_eq!(parted.status, StatusCode::SEE_OTHER, "{}", parted.text);
    assert_eq!(holder.account().await, "luqy", "goes on");
    assert_eq!(
        elsewhere.get("/account").await.status,
        StatusCode::SEE_OTHER
    );
    let page = holder.get("/account").await;
    assert!(page.text.contains("没有关联") && !page.text.contains("330106-0001"));
    let again = holder.post("/account/provider/part", &[]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("这个账号没有关联"));
    // Nobody signs in that way any more.
    let mut visitor = desk.visitor();
    let back = desk.consents(&visitor.leaves("/").await);
    assert_eq!(visitor.get(&back).await.status, StatusCode::FORBIDDEN);
    let told = desk.told().await;
    let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["provider_joined", "provider_parted"]);
    for (_, said) in &told {
        assert!(
            said.contains("\"by\":\"luqy\"") && said.contains("330106-0001"),
            "{said}"
        );
    }
    // And the identity is free for the next account.
    desk.joined("wenyz").await;
}

#[tokio::test]
async fn an_unknown_subject_opens_nothing_and_is_told_what_to_do() {
    let desk = desk().await;
    desk.joined("luqy").await;
    desk.provider.is_asked_by("<i>陌生人</i>");
    let before = desk.browser.entries().await;
    let mut visitor = desk.visitor();
    let back = desk.consents(&visitor.leaves("/cases").await);
    let answer = visitor.get(&back).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    for text in [
        "没有关联到本系统的账号",
        "在“我的账号”页关联",
        "告诉系统管理员",
    ] {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
    assert!(answer.text.contains("&#60;i&#62;陌生人"), "escaped");
    assert!(answer.text.contains("name=\"to\" value=\"/cases\""));
    assert!(!visitor.is_signed_in());
    assert_eq!(desk.browser.entries().await, before, "no account, no entry");
}

#[tokio::test]
async fn no_flaw_of_the_provider_signs_anybody_in() {
    let desk = desk().await;
    desk.joined("luqy").await;
    for (flaw, status) in [
        (Flaw::Nonce, StatusCode::BAD_GATEWAY),
        (Flaw::NoNonce, StatusCode::BAD_GATEWAY),
        (Flaw::Audience, StatusCode::BAD_GATEWAY),
        (Flaw::Authorized, StatusCode::BAD_GATEWAY),
        (Flaw::Issuer, StatusCode::BAD_GATEWAY),
        (Flaw::Issuers, StatusCode::BAD_GATEWAY),
        (Flaw::Expired, StatusCode::BAD_GATEWAY),
        (Flaw::Eternal, StatusCode::BAD_GATEWAY),
        (Flaw::Tomorrow, StatusCode::BAD_GATEWAY),
        (Flaw::Yesterday, StatusCode::BAD_GATEWAY),
        (Flaw::Signature, StatusCode::BAD_GATEWAY),
        (Flaw::Tampered, StatusCode::BAD_GATEWAY),
        (Flaw::Unsigned, StatusCode::BAD_GATEWAY),
        (Flaw::Symmetric, StatusCode::BAD_GATEWAY),
        (Flaw::MixUp, StatusCode::BAD_GATEWAY),
        (Flaw::Nameless, StatusCode::BAD_GATEWAY),
        (Flaw::Endless, StatusCode::SERVICE_UNAVAILABLE),
        (Flaw::Redirecting, StatusCode::SERVICE_UNAVAILABLE),
        (Flaw::Failing, StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let mut visitor = desk.visitor();
        let address = visitor.leaves("/").await;
        desk.provider.does(flaw);
        let back = desk.consents(&address);
        let answer = visitor.get(&back).await;
        desk.provider.does(Flaw::None);
        assert_eq!(answer.status, status, "{flaw:?}");
        assert!(!visitor.is_signed_in(), "{flaw:?}");
        assert!(
            answer.text.contains("id=\"f-password\""),
            "the password remains"
        );
    }
}

#[tokio::test]
async fn a_departure_serves_once_its_own_browser_and_not_for_long() {
    let desk = desk().await;
    desk.joined("luqy").await;
    let unbound = |answer: &Answer, what: &str| {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}");
        assert!(answer.text.contains("这次登录已经失效"), "{what}");
    };
    // Sent again, even with the cookie of then.
    let mut visitor = desk.visitor();
    let back = desk.consents(&visitor.leaves("/").await);
    let cookies = visitor.cookies.clone();
    assert_eq!(visitor.get(&back).await.status, StatusCode::SEE_OTHER);
    let mut again = desk.visitor();
    again.cookies = cookies;
    unbound(&again.get(&back).await, "replayed");
    assert!(!again.is_signed_in());
    // Another browser: without a cookie, and with that of a departure of its own.
    let mut thief = desk.visitor();
    let back = desk.consents(&desk.visitor().leaves("/").await);
    unbound(&thief.get(&back).await, "another browser");
    let back = desk.consents(&desk.visitor().leaves("/").await);
    thief.leaves("/").await;
    unbound(&thief.get(&back).await, "a browser that left on its own");
    assert!(!thief.is_signed_in());
    // Too late.
    let mut late = desk.visitor();
    let back = desk.consents(&late.leaves("/").await);
    desk.clock.advance(SignedDuration::from_mins(10));
    unbound(&late.get(&back).await, "late");
    // Nothing that belongs to nothing.
    for query in ["", "?state=", "?state=x&code=y", "?code=y"] {
        let path = format!("/sign-in/provider/back{query}");
        unbound(&desk.visitor().get(&path).await, query);
    }
    assert_eq!(desk.provider.redeemed(), 2, "no code was redeemed in vain");
}

#[tokio::test]
async fn nobody_joins_an_identity_to_somebody_elses_account() {
    let desk = desk().await;
    // A form of another site, and one without the password.
    let mut holder = desk.signed_in("luqy").await;
    let forged = Request::post("/account/provider")
        .header(header::COOKIE, holder.cookie())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let body = Body::from(encode(&[("password", PASSWORD)]));
    let answer = desk.browser.ask(forged.body(body).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = holder
        .post("/account/provider", &[("password", "不是这个密码不是这个")])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("密码不对"), "{}", answer.text);
    // The attacker's departure, brought to the victim's browser with all that the attacker can bring.
    let mut attacker = desk.signed_in("wenyz").await;
    let back = desk.consents(&attacker.leaves_to_join().await);
    let mut victim = desk.signed_in("luqy").await;
    let away = attacker.cookies["mingqu_away"].clone();
    victim.cookies.insert("mingqu_away".to_owned(), away);
    let answer = victim.get(&back).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    assert!(answer.text.contains("没有关联"));
    // And it is used up.
    assert_eq!(attacker.get(&back).await.status, StatusCode::BAD_REQUEST);
    // A session that ended in between joins nothing.
    let back = desk.consents(&holder.leaves_to_join().await);
    let kept = holder.cookies.clone();
    holder.post("/sign-out", &[]).await;
    holder.cookies = kept;
    assert_eq!(holder.get(&back).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(desk.provider.redeemed(), 0);
    assert!(desk.told().await.is_empty());
    // A departure to sign in joins nothing either, whoever is signed in.
    let mut holder = desk.signed_in("luqy").await;
    let back = desk.consents(&holder.leaves("/").await);
    assert_eq!(holder.get(&back).await.status, StatusCode::FORBIDDEN);
    assert!(desk.told().await.is_empty());
}

#[tokio::test]
async fn an_identity_opens_one_account_and_an_account_has_one_identity() {
    let desk = desk().await;
    desk.joined("luqy").await;
    let mut other = desk.signed_in("wenyz").await;
    let back = desk.consents(&other.leaves_to_join().await);
    let answer = other.get(&back).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text.contains("已经关联到另一个账号"),
        "{}",
        answer.text
    );
    let mut holder = desk.signed_in("luqy").await;
    let answer = holder
        .post("/account/provider", &[("password", PASSWORD)])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("要换的请先取消"), "{}", answer.text);
}

#[tokio::test]
async fn of_two_who_join_the_same_identity_at_once_one_does() {
    let desk = desk().await;
    let mut one = desk.signed_in("luqy").await;
    let mut other = desk.signed_in("wenyz").await;
    let of_one = desk.consents(&one.leaves_to_join().await);
    let of_other = desk.consents(&other.leaves_to_join().await);
    let (answer_one, answer_other) = tokio::join!(one.get(&of_one), other.get(&of_other));
    let joined: Vec<&str> = [(&answer_one, "luqy"), (&answer_other, "wenyz")]
        .into_iter()
        .filter(|(answer, _)| answer.status == StatusCode::SEE_OTHER)
        .map(|(_, account)| account)
        .collect();
    assert!(joined.len() < 2, "{joined:?}");
    let mut visitor = desk.visitor();
    let back = desk.consents(&visitor.leaves("/").await);
    let answer = visitor.get(&back).await;
    match joined.first() {
        Some(account) => assert_eq!(visitor.account().await, *account),
        // Both gave way: then nobody is joined, and either may try again.
        None => assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text),
    }
}

#[tokio::test]
async fn the_administrator_joins_and_somebody_in_charge_confirms() {
    let desk = desk().await;
    let mut administrator = desk.signed_in("guanli").await;
    let mut chief = desk.signed_in("zhanhj").await;
    let mut handler = desk.signed_in("wenyz").await;
    let subject = [("account", "luqy"), ("subject", " 330106-0001 ")];
    for other in [&mut handler, &mut chief] {
        let answer = other.post("/accounts/provider/join", &subject).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let empty = [("account", "luqy"), ("subject", " ")];
    let answer = administrator.post("/accounts/provider/join", &empty).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("请填写身份标识"), "{}", answer.text);
    let answer = administrator
        .post("/accounts/provider/join", &subject)
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(answer.location(), "/accounts/provider?account=luqy");
    // It opens nothing yet, and the holder sees who asked for it.
    let mut visitor = desk.visitor();
    let back = desk.consents(&visitor.leaves("/").await);
    let answer = visitor.get(&back).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text.contains("还须由负责人"), "{}", answer.text);
    let mut holder = desk.signed_in("luqy").await;
    let page = holder.get("/account").await;
    assert!(
        page.text.contains("关联待负责人确认") && page.text.contains("guanli"),
        "{}",
        page.text
    );
    // Neither the administrator nor the holder can confirm it, and nobody what was changed since.
    let confirm = [("account", "luqy"), ("subject", "330106-0001")];
    for other in [&mut administrator, &mut holder] {
        let answer = other.post("/accounts/provider/confirm", &confirm).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let page = chief.get("/accounts").await;
    assert!(page.text.contains("核对、确认关联"), "{}", page.text);
    let page = handler.get("/accounts/provider?account=luqy").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let page = chief.get("/accounts/provider?account=luqy").await;
    assert!(page.text.contains("确认是本人申请"), "{}", page.text);
    let swapped = [("account", "luqy"), ("subject", "330106-0666")];
    administrator
        .post("/accounts/provider/join", &swapped)
        .await;
    let answer = chief.post("/accounts/provider/confirm", &confirm).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("刚被改过"), "{}", answer.text);
    administrator
        .post("/accounts/provider/join", &subject)
        .await;
    let answer = chief.post("/accounts/provider/confirm", &confirm).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let mut visitor = desk.visitor();
    let back = desk.consents(&visitor.leaves("/").await);
    assert_eq!(visitor.get(&back).await.status, StatusCode::SEE_OTHER);
    assert_eq!(visitor.account().await, "luqy");
    // The provider alone says nothing about rights: a handler sees what a handler sees.
    assert_eq!(visitor.get("/accounts").await.status, StatusCode::FORBIDDEN);
    // What was replaced opens nothing.
    desk.provider.is_asked_by("330106-0666");
    let mut replaced = desk.visitor();
    let back = desk.consents(&replaced.leaves("/").await);
    assert!(replaced.get(&back).await.text.contains("没有关联到本系统"));
    // The administrator undoes it, and sessions end.
    let answer = administrator
        .post("/accounts/provider/part", &[("account", "luqy")])
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(visitor.get("/account").await.status, StatusCode::SEE_OTHER);
    let kinds: Vec<String> = desk
        .told()
        .await
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(
        kinds,
        [
            "provider_joined",
            "provider_joined",
            "provider_joined",
            "provider_confirmed",
            "provider_parted"
        ]
    );
}

#[tokio::test]
async fn an_account_may_be_left_to_the_provider_but_not_the_last_administrator() {
    let desk = desk().await;
    let mut administrator = desk.signed_in("guanli").await;
    let only = [("account", "luqy"), ("only", "yes")];
    let early = administrator.post("/accounts/provider/only", &only).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.text.contains("先关联并经确认"), "{}", early.text);
    desk.joined("luqy").await;
    let mut holder = desk.signed_in("luqy").await;
    let own = holder.post("/accounts/provider/only", &only).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let answer = administrator.post("/accounts/provider/only", &only).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(
        holder.get("/account").await.status,
        StatusCode::SEE_OTHER,
        "sessions end"
    );
    // The right password is refused as a wrong one, and wrong ones lock nothing.
    for password in [PASSWORD, "不是这个密码不是这个"].iter().cycle().take(12) {
        let answer = desk.visitor().password("luqy", password).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains("账号或者密码不对"));
    }
    let mut visitor = desk.visitor();
    let back = desk.consents(&visitor.leaves("/").await);
    assert_eq!(visitor.get(&back).await.status, StatusCode::SEE_OTHER);
    let page = visitor.get("/account").await;
    assert!(
        page.text.contains("不用密码") && !page.text.contains("/account/password"),
        "{}",
        page.text
    );
    // Neither a code nor parting leaves the account half open.
    let code = administrator
        .post("/accounts/code", &[("account", "luqy")])
        .await;
    assert_eq!(
        code.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        code.text
    );
    let parted = visitor.post("/account/provider/part", &[]).await;
    assert_eq!(parted.status, StatusCode::UNPROCESSABLE_ENTITY);
    let also = [("account", "luqy"), ("only", "no")];
    let answer = administrator.post("/accounts/provider/only", &also).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    desk.signed_in("luqy").await;
    // The one administrator keeps a password.
    desk.provider.is_asked_by("330106-0009");
    desk.joined("guanli").await;
    let last = [("account", "guanli"), ("only", "yes")];
    let answer = administrator.post("/accounts/provider/only", &last).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text.contains("至少要有一名系统管理员"),
        "{}",
        answer.text
    );
    desk.signed_in("guanli").await;
}

#[tokio::test]
async fn an_account_without_a_password_keeps_its_only_way_in() {
    let clock = Arc::new(ManualClock::at("2026-11-24T04:00:00Z"));
    let provider = TestProvider::start(clock.clone()).await;
    let desk = Desk {
        browser: with_client(browser_at(clock.clone(), |_| {}), provider.issuer()),
        clock,
        provider,
    };
    // Nobody has chosen a password here.
    let session = |account: &str| {
        let mut visitor = desk.visitor();
        let session = begin(&desk.browser.office, account);
        visitor.cookies.insert("mingqu_session".to_owned(), session);
        visitor
    };
    let (mut administrator, mut chief) = (session("guanli"), session("zhanhj"));
    let of = [("account", "luqy"), ("subject", "330106-0001")];
    let answer = administrator.post("/accounts/provider/join", &of).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let answer = chief.post("/accounts/provider/confirm", &of).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let mut holder = desk.visitor();
    let back = desk.consents(&holder.leaves("/").await);
    assert_eq!(holder.get(&back).await.status, StatusCode::SEE_OTHER);
    let parted = holder.post("/account/provider/part", &[]).await;
    assert_eq!(parted.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(parted.text.contains("还没有密码"), "{}", parted.text);
    let page = administrator.get("/accounts").await;
    assert!(page.text.contains("已关联统一身份认证"), "{}", page.text);
    let back = desk.consents(&holder.leaves("/").await);
    assert_eq!(holder.get(&back).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_account_that_is_locked_or_closed_is_refused_as_by_password() {
    let desk = desk_of(with_others).await;
    desk.joined("luqy").await;
    for _ in 0..5 {
        desk.visitor()
            .password("luqy", "不是这个密码不是这个")
            .await;
    }
    let refused = |answer: &Answer| {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
        assert!(
            answer.text.contains("这个账号现在不能登录"),
            "{}",
            answer.text
        );
    };
    let mut visitor = desk.visitor();
    let back = desk.consents(&visitor.leaves("/").await);
    refused(&visitor.get(&back).await);
    assert!(!visitor.is_signed_in());
    desk.clock.advance(SignedDuration::from_mins(16));
    let back = desk.consents(&visitor.leaves("/").await);
    assert_eq!(visitor.get(&back).await.status, StatusCode::SEE_OTHER);
    // A closed one cannot be joined.
    let mut administrator = desk.signed_in("guanli").await;
    let closed = [("account", "tingyong"), ("subject", "330106-0002")];
    let answer = administrator.post("/accounts/provider/join", &closed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    // And one that is closed later signs in no more.
    let close = |file: &mut AgencyFile| {
        let account = file.accounts.iter_mut().find(|it| it.id == "luqy");
        account.unwrap().closed = true;
    };
    let Desk {
        clock,
        provider,
        browser,
    } = desk;
    let browser = reopened(browser, clock.clone(), close);
    let desk = Desk {
        browser: with_client(browser, provider.issuer()),
        clock,
        provider,
    };
    let mut visitor = desk.visitor();
    let back = desk.consents(&visitor.leaves("/").await);
    refused(&visitor.get(&back).await);
    assert!(!visitor.is_signed_in());
}

#[tokio::test]
async fn a_provider_that_is_down_is_said_and_the_password_goes_on() {
    let desk = desk().await;
    desk.provider.does(Flaw::Failing);
    let mut visitor = desk.visitor();
    let answer = visitor.get("/sign-in/provider?to=%2Fcases").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        answer.text.contains("省统一身份认证现在连接不上"),
        "{}",
        answer.text
    );
    let page = visitor.get("/sign-in").await;
    assert!(page.text.contains("刚才连接不上"), "{}", page.text);
    let answer = visitor.password("luqy", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let answer = visitor
        .post("/account/provider", &[("password", PASSWORD)])
        .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    desk.provider.does(Flaw::None);
    desk.clock.advance(SignedDuration::from_secs(6));
    visitor.leaves("/").await;
    let page = desk.visitor().get("/sign-in").await;
    assert!(!page.text.contains("刚才连接不上"));
}

#[tokio::test]
async fn the_way_back_stays_on_this_site() {
    let desk = desk().await;
    desk.joined("luqy").await;
    for to in [
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%2F%0D%0ASet-Cookie%3A%20x",
    ] {
        let mut visitor = desk.visitor();
        let back = desk.consents(&visitor.leaves(to).await);
        let answer = visitor.get(&back).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{to}");
        assert_eq!(answer.location(), "/", "{to}");
    }
}

#[tokio::test]
async fn what_the_provider_says_is_shown_as_text_to_those_it_sent_back() {
    let desk = desk().await;
    let mut visitor = desk.visitor();
    let address = visitor.leaves("/").await;
    desk.provider.does(Flaw::Declining);
    let back = desk.consents(&address);
    let answer = visitor.get(&back).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        answer
            .text
            .contains("access_denied 本人&#60;b&#62;没有同意"),
        "{}",
        answer.text
    );
    // Whoever was sent by nobody is shown nobody's words.
    let path = "/sign-in/provider/back?state=x&error=call&error_description=12345";
    let answer = desk.visitor().get(path).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(!answer.text.contains("12345"));
}

#[tokio::test]
async fn without_a_provider_no_page_leads_there() {
    let browser = crate::desk::browser();
    let page = browser.get_in("", "/sign-in").await;
    assert!(!page.text.contains("/sign-in/provider"));
    for path in [
        "/sign-in/provider",
        "/sign-in/provider/back?state=x&code=y",
        "/accounts/provider?account=luqy",
    ] {
        let answer = browser
            .get_in(&begin(&browser.office, "guanli"), path)
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let page = browser.get("/account").await;
    assert!(!page.text.contains("/account/provider"));
}
