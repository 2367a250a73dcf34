//! The API by real requests: what programs may do, what each kind of error says, and that every answer is as described.

use crate::desk::{Browser, broken_desk, browser_of, other_office, with_others};
use crate::schema;
use app::Office;
use app::access::Actor;
use app::ports::Chance;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use storage::Files;
use tempfile::TempDir;
use tower::ServiceExt;

const PDF: &str = "%PDF-1.7 现场检查笔录 %%EOF";
/// The longest file that the store of these tests takes.
const LIMIT: u64 = 300 * 1024;

#[derive(Default)]
struct Counting(AtomicU8);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// A program beside the browser.
struct Program {
    browser: Browser,
    document: Value,
    _files: TempDir,
}

struct Said {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// What went wrong: the end of its type.
    fn problem(&self) -> String {
        assert_eq!(
            self.header(header::CONTENT_TYPE),
            "application/problem+json"
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        for said in ["title", "detail"] {
            let text = problem[said].as_str().unwrap();
            assert!(text.chars().any(|c| c > '\u{4e00}'), "{text}");
        }
        let kind = problem["type"].as_str().unwrap();
        kind.strip_prefix("urn:mingqu:problem:").unwrap().to_owned()
    }

    /// The rules that the grounds of a refusal name, with the rows behind them.
    fn rules(&self) -> Vec<String> {
        let problem = self.json();
        let grounds = problem["grounds"].as_array().unwrap().iter();
        let rules = grounds.flat_map(|ground| {
            let rows = ground["rows"].as_array().unwrap().iter();
            rows.chain([&ground["rule"]])
                .filter_map(|it| it.as_str().map(str::to_owned))
                .collect::<Vec<_>>()
        });
        rules.collect()
    }
}

async fn program() -> Program {
    program_of(|_| {}).await
}

async fn program_of(change: impl Fn(&mut app::agency::AgencyFile)) -> Program {
    let mut browser = browser_of(change);
    let files = tempfile::tempdir().unwrap();
    let chance = Arc::new(Counting::default());
    let store = Files::in_folder(files.path(), LIMIT, chance).unwrap();
    browser.router = web::router_with_files(Arc::clone(&browser.office), Arc::new(store));
    with_document(browser, files).await
}

async fn with_document(browser: Browser, files: TempDir) -> Program {
    let mut program = Program {
        browser,
        document: Value::Null,
        _files: files,
    };
    let asked = Request::get("/api/openapi.json");
    let said = program.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(said.status, StatusCode::OK);
    program.document = said.json();
    program
}

async fn token_of(office: &Office, account: &str) -> String {
    let actor = Actor::of(&office.agency(), account).unwrap();
    office.issue_token(&actor, "对接", 30).await.unwrap()
}

impl Program {
    async fn token(&self, account: &str) -> String {
        token_of(&self.browser.office, account).await
    }

    async fn send(&self, request: Request<Body>) -> Said {
        let response = self.browser.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), 16_000_000).await.unwrap();
        Said {
            status,
            headers,
            body: body.to_vec(),
        }
    }

    /// Sends a request; the answer must be one that the description knows, in the shape that it gives.
    async fn checked(&self, request: Request<Body>) -> Said {
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let said = self.send(request).await;
        self.is_described(&method, &path, &said);
        said
    }

    fn is_described(&self, method: &Method, path: &str, said: &Said) {
        let Some((pattern, item)) = self.route(path) else {
            panic!("{path} is not described");
        };
        let operation = &item[method.as_str().to_lowercase()];
        // A method that is not there is answered as the others of the address say.
        let operation = match operation {
            Value::Null => item.as_object().unwrap().values().next().unwrap(),
            operation => operation,
        };
        let response = &operation["responses"][said.status.as_str()];
        assert!(
            response.is_object(),
            "{method} {pattern} does not say that it answers {}: {}",
            said.status,
            String::from_utf8_lossy(&said.body)
        );
        let kind = said.header(header::CONTENT_TYPE);
        let kind = kind.split(';').next().unwrap();
        let content = response["content"].as_object().unwrap();
        let media = content.get(kind).or_else(|| content.get("*/*"));
        let media = media.unwrap_or_else(|| panic!("{method} {pattern} {}: {kind}", said.status));
        if kind.ends_with("json") && media["schema"].is_object() {
            let wrong = schema::wrong(&self.document, &media["schema"], &said.json());
            assert!(wrong.is_empty(), "{method} {pattern}: {wrong:?}");
        }
    }

    /// The pattern that an address follows, with what is described there.
    fn route(&self, path: &str) -> Option<(&String, &Value)> {
        let fits = |pattern: &str| {
            let (of, at) = (pattern.split('/'), path.split('/'));
            of.clone().count() == at.clone().count()
                && of.zip(at).all(|(of, at)| of == at || of.starts_with('{'))
        };
        let paths = self.document["paths"].as_object().unwrap();
        let exact = paths.get_key_value(path);
        exact.or_else(|| paths.iter().find(|(pattern, _)| fits(pattern)))
    }

    async fn get(&self, token: &str, path: &str) -> Said {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.checked(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, token: &str, path: &str, key: &str, body: &Value) -> Said {
        self.post_text(token, path, key, &body.to_string()).await
    }

    async fn post_text(&self, token: &str, path: &str, key: &str, body: &str) -> Said {
        let request = posted(token, path, key).header(header::CONTENT_TYPE, "application/json");
        self.checked(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    async fn upload(&self, token: &str, name: &str, content: Vec<u8>) -> Said {
        let request = Request::post(format!("/api/v1/files?name={name}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/octet-stream");
        self.checked(request.body(Body::from(content)).unwrap())
            .await
    }

    /// The first steps of the demonstration case; answers the id of the case.
    async fn case_after(&self, steps: usize) -> String {
        let address = self.browser.case_after(steps).await;
        address.trim_start_matches("/cases/").to_owned()
    }
}

fn posted(token: &str, path: &str, key: &str) -> axum::http::request::Builder {
    Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header("Idempotency-Key", key)
}

fn lead() -> Value {
    json!({
        "event": "lead_registration",
        "occurred": "2026-11-20",
        "people": [{ "role": "handler", "person": "p01" }],
        "facts": {
            "lead_source": "patrol",
            "discovery_date": "2026-11-19",
            "lead_content": "<script>alert(1)</script> & \"引号\"",
        },
        "introduces": [{
            "kind": "party",
            "name": "<b>某砂石公司</b>",
            "facts": { "party_kind": "legal_person" },
        }],
    })
}

fn opening() -> Value {
    json!({ "procedure": "penalty.ordinary", "act": lead() })
}

fn with(mut act: Value, pointer: &str, value: Value) -> Value {
    match act.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            act.pointer_mut(parent).unwrap()[name] = value;
        }
    }
    act
}

fn verification() -> Value {
    json!({
        "event": "lead_verification",
        "occurred": "2026-11-24",
        "people": [{ "role": "handler", "person": "p01" }],
        "facts": { "lead_verification_result": "属实" },
    })
}

fn decision(fine: i64) -> Value {
    json!({
        "event": "penalty_decision",
        "number": 1,
        "occurred": "2026-11-24",
        "people": [
            { "role": "handler", "person": "p01" },
            { "role": "handler", "person": "p02" },
            { "role": "leader", "person": "p06" },
        ],
        "facts": {
            "decided_penalty": { "kinds": ["fine"], "fine": fine, "confiscation": 0 },
            "decision_date": "2026-11-24", "party_present": false,
            "correction_arrangement": "already_corrected",
            "states_party": true, "states_facts": true, "states_kind_basis": true,
            "states_performance": true, "states_remedies": true,
            "states_agency_date_seal": true, "states_payment": true,
            "reconsideration_days": 60, "litigation_months": 6,
            "reconsideration_organ": "某市人民政府", "court": "某市某区人民法院",
            "is_major_for_filing": false,
        },
    })
}

fn filing() -> Value {
    json!({
        "event": "case_filing",
        "occurred": "2026-10-17",
        "people": [
            { "role": "handler", "person": "p01" },
            { "role": "handler", "person": "p02" },
            { "role": "leader", "person": "p05" },
        ],
        "facts": {
            "cause": "未依照取水许可规定条件取水", "suspected_provision": "水法第四十八条",
            "basin": "haihe", "water_source": "surface", "violation_fact_exists": true,
            "penalty_due_by_law": true, "own_jurisdiction": true, "within_limitation": true,
            "place_in_area": true, "no_earlier_filing": true, "limitation_kind": "two_years",
            "violation_continues": true, "is_delegated": false,
        },
    })
}

const CASES: &str = "/api/v1/cases";

fn acts(case: &str) -> String {
    format!("{CASES}/{case}/acts")
}

fn seen(version: u64, act: Value) -> Value {
    json!({ "seen": version, "act": act })
}

#[tokio::test]
async fn a_case_is_opened_read_and_gone_on_with_and_texts_come_back_as_text() {
    let program = program().await;
    let token = program.token("luqy").await;
    let opened = program.post(&token, CASES, "k-1", &opening()).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
    let done = opened.json();
    let case = done["case"].as_str().unwrap();
    assert_eq!(opened.header(header::LOCATION), format!("{CASES}/{case}"));
    assert_eq!(
        (&done["version"], &done["repeated"]),
        (&json!(1), &json!(false))
    );
    let read = program.get(&token, &format!("{CASES}/{case}")).await;
    assert_eq!(read.header(header::CONTENT_TYPE), "application/json");
    assert_eq!(read.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(read.header(header::CACHE_CONTROL), "no-store");
    let read = read.json();
    assert_eq!(read["version"], 1);
    let entry = &read["entries"][0];
    assert_eq!(entry["occurred"], "2026-11-20");
    assert_eq!(entry["recorded_at"], "2026-11-24T04:00:00Z");
    assert_eq!(entry["days_late"], 4);
    let act = &entry["acts"][0];
    let content = &lead()["facts"]["lead_content"];
    let mut facts = act["facts"].as_array().unwrap().iter();
    assert!(facts.any(|fact| fact["value"] == *content && fact["shown"] == *content));
    assert_eq!(act["introduces"][0]["name"], "<b>某砂石公司</b>");
    assert_eq!(act["recorder"]["person"]["name"], "陆清源");
    let may = read["answer"]["may"].as_array().unwrap().iter();
    let may: BTreeSet<&str> = may.map(|may| may["event"].as_str().unwrap()).collect();
    assert!(may.contains("lead_verification"), "{may:?}");
    let may_not = read["answer"]["may_not"].as_array().unwrap().iter();
    let refused = may_not.filter(|it| it["event"] == "penalty_decision");
    let refused: Vec<&Value> = refused.collect();
    let why = refused[0]["why"].as_array().unwrap();
    assert!(
        why.iter()
            .any(|why| why["basis"].as_str().unwrap_or("").contains("第四十四条"))
    );
    let next = program
        .post(&token, &acts(case), "k-2", &seen(1, verification()))
        .await;
    assert_eq!(next.status, StatusCode::CREATED, "{}", next.text());
    assert_eq!(next.json()["version"], 2);
}

#[tokio::test]
async fn the_example_of_the_guide_is_recorded_as_it_stands() {
    let program = program().await;
    let token = program.token("luqy").await;
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/api.md");
    let guide = fs::read_to_string(guide).unwrap();
    let bodies = guide.split("-d '").skip(1);
    let bodies: Vec<&str> = bodies
        .map(|rest| rest.split('\'').next().unwrap())
        .collect();
    assert_eq!(bodies.len(), 2);
    let opened = program.post_text(&token, CASES, "one", bodies[0]).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
    let told = guide.split("```json").nth(1).unwrap();
    let told: Value = serde_json::from_str(told.split("```").next().unwrap()).unwrap();
    let names = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&opened.json()), names(&told));
    let case = opened.json()["case"].as_str().unwrap().to_owned();
    let next = program
        .post_text(&token, &acts(&case), "two", bodies[1])
        .await;
    assert_eq!(next.status, StatusCode::CREATED, "{}", next.text());
}

#[tokio::test]
async fn every_kind_of_problem_stands_in_the_guide() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/api.md");
    let guide = fs::read_to_string(guide).unwrap();
    let program = program().await;
    let text = program.document.to_string();
    // The descriptions of the answers name the kinds in brackets.
    for kind in [
        "unreadable",
        "unauthenticated",
        "denied",
        "not-found",
        "method-not-allowed",
        "refused",
        "stale",
        "key-reused",
        "settled",
        "contested",
        "too-large",
        "media-type",
        "values",
        "unexpected",
    ] {
        assert!(guide.contains(&format!("| `{kind}` |")), "{kind}");
        assert!(text.contains(&format!("（{kind}）")), "{kind}");
    }
}

#[tokio::test]
async fn the_same_request_is_answered_again_and_a_key_belongs_to_one_request_of_one_account() {
    let program = program().await;
    let token = program.token("luqy").await;
    let first = program.post(&token, CASES, "once", &opening()).await;
    let before = program.browser.entries().await;
    let again = program.post(&token, CASES, "\"once\"", &opening()).await;
    assert_eq!(
        (first.status, again.status),
        (StatusCode::CREATED, StatusCode::OK)
    );
    assert_eq!(again.json()["repeated"], true);
    assert_eq!(again.json()["case"], first.json()["case"]);
    assert_eq!(again.json()["leaf_index"], first.json()["leaf_index"]);
    let other = with(opening(), "/act/facts/lead_content", json!("别的"));
    let reused = program.post(&token, CASES, "once", &other).await;
    assert_eq!(reused.problem(), "key-reused");
    assert_eq!(program.browser.entries().await, before, "nothing was added");
    // Another program counts its keys for itself.
    let colleague = program.token("wenyz").await;
    let own = with(opening(), "/act/people/0/person", json!("p02"));
    let own = program.post(&colleague, CASES, "once", &own).await;
    assert_eq!(own.status, StatusCode::CREATED, "{}", own.text());
}

#[tokio::test]
async fn of_two_at_once_the_same_is_recorded_once_and_the_other_is_told_what_changed() {
    let program = program().await;
    let token = program.token("luqy").await;
    let (path, body) = (CASES, opening());
    let (one, two) = tokio::join!(
        program.post(&token, path, "same", &body),
        program.post(&token, path, "same", &body)
    );
    let mut statuses = [one.status, two.status];
    statuses.sort();
    assert!(
        statuses.iter().all(|it| it.is_success()),
        "{} {}",
        one.text(),
        two.text()
    );
    assert_eq!(one.json()["case"], two.json()["case"]);
    let case = one.json()["case"].as_str().unwrap().to_owned();
    let address = format!("{CASES}/{case}");
    assert_eq!(program.get(&token, &address).await.json()["version"], 1);
    let other = with(
        verification(),
        "/facts/lead_verification_result",
        json!("部分属实"),
    );
    let (first, second) = (seen(1, verification()), seen(1, other));
    let path = acts(&case);
    let (one, two) = tokio::join!(
        program.post(&token, &path, "first", &first),
        program.post(&token, &path, "second", &second)
    );
    let (won, lost) = match one.status {
        StatusCode::CREATED => (one, two),
        _ => (two, one),
    };
    assert_eq!(won.status, StatusCode::CREATED, "{}", won.text());
    assert_eq!(lost.status, StatusCode::CONFLICT);
    assert_eq!(lost.problem(), "stale");
    let told = lost.json();
    assert_eq!(told["version"], 2);
    assert_eq!(told["changes"].as_array().unwrap().len(), 1);
    assert_eq!(told["changes"][0]["acts"][0]["event"], "lead_verification");
}

#[tokio::test]
async fn what_the_law_forbids_is_refused_with_rule_article_and_basis() {
    let program = program().await;
    let token = program.token("luqy").await;
    let case = program.case_after(5).await;
    let before = program.browser.entries().await;
    let body = seen(5, decision(6_000_000));
    let refused = program.post(&token, &acts(&case), "early", &body).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.problem(), "refused");
    let told = refused.json();
    let grounds = told["grounds"].as_array().unwrap();
    let notified = grounds
        .iter()
        .find(|ground| ground["text"].as_str().unwrap().contains("第四十四条"));
    let notified = notified.unwrap_or_else(|| panic!("{told}"));
    assert!(notified["rule"].is_string() && notified["basis"].as_str().unwrap().contains("依据"));
    assert!(
        told["detail"]
            .as_str()
            .unwrap()
            .contains("依法现在不能办理")
    );
    assert_eq!(
        program.browser.entries().await,
        before,
        "nothing was recorded"
    );
}

#[tokio::test]
async fn no_decision_is_heavier_after_a_defense_and_none_without_a_current_review() {
    let program = program().await;
    let token = program.token("luqy").await;
    let case = program.case_after(9).await;
    let path = acts(&case);
    let defense = json!({ "act": {
        "event": "statement_and_defense", "number": 1, "occurred": "2026-11-23",
        "facts": { "defense_outcome": "opinion", "defense_opinion": "超量不多，已经改正" },
    } });
    let said = program.post(&token, &path, "defense", &defense).await;
    assert_eq!(said.status, StatusCode::CREATED, "{}", said.text());
    let heavier = json!({ "act": decision(9_000_000) });
    let refused = program.post(&token, &path, "heavier", &heavier).await;
    assert_eq!(refused.problem(), "refused");
    let rules = refused.rules();
    assert!(rules.contains(&"G-NOHEAVIER".to_owned()), "{rules:?}");
    assert!(refused.text().contains("第四十五条"));
    assert!(
        rules.iter().any(|rule| rule.starts_with("G-LEGALREV")),
        "nor was it reviewed: {rules:?}"
    );
}

#[tokio::test]
async fn a_review_that_is_owed_again_holds_up_the_approval() {
    let program = program().await;
    let token = program.token("luqy").await;
    let case = program.case_after(12).await;
    let path = acts(&case);
    let approval = json!({ "act": {
        "event": "decision_approval", "occurred": "2026-11-24",
        "people": [{ "role": "leader", "person": "p06" }],
        "facts": { "approval": "penalize" },
    } });
    let supplement = json!({ "act": {
        "event": "evidence_addition", "occurred": "2026-11-23",
        "people": [
            { "role": "handler", "person": "p01" },
            { "role": "handler", "person": "p02" },
        ],
        "facts": { "added_evidence": "当事人补交的取水台账" },
    } });
    let added = program.post(&token, &path, "supplement", &supplement).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    let refused = program.post(&token, &path, "approval", &approval).await;
    assert_eq!(refused.problem(), "refused");
    let rules = refused.rules();
    assert!(
        rules.iter().any(|rule| rule.starts_with("G-LEGALREV")),
        "{rules:?}"
    );
}

#[tokio::test]
async fn nobody_enters_without_the_token_of_an_open_account() {
    let program = program_of(|file| {
        let mut account = file.accounts[0].clone();
        account.id = "tingyong".to_owned();
        account.closed = true;
        file.accounts.push(account);
    })
    .await;
    let office = &program.browser.office;
    let ended = program.token("luqy").await;
    let actor = Actor::of(&office.agency(), "luqy").unwrap();
    let line = office.tokens(&actor).await.unwrap().remove(0);
    office.revoke_token(&actor, &line.id).await.unwrap();
    let elsewhere = token_of(&other_office(&program.browser), "luqy").await;
    let mut closed = actor.clone();
    closed.account = "tingyong".to_owned();
    let closed = office.issue_token(&closed, "旧的", 30).await.unwrap();
    for (name, token) in [
        ("ended", ended),
        ("of another agency", elsewhere),
        ("of a closed account", closed),
        ("made up", "mq_0123".to_owned()),
        ("a session", crate::desk::begin(office, "luqy")),
    ] {
        let said = program.get(&token, CASES).await;
        assert_eq!(said.status, StatusCode::UNAUTHORIZED, "{name}");
        assert_eq!(said.problem(), "unauthenticated", "{name}");
        let challenge = said.header(header::WWW_AUTHENTICATE);
        assert!(challenge.contains("invalid_token"), "{name}: {challenge}");
    }
    // The session of a browser opens no door here, so no other site can use it.
    let session = crate::desk::begin(office, "luqy");
    let request = Request::get(CASES).header(header::COOKIE, format!("mingqu_session={session}"));
    let said = program.checked(request.body(Body::empty()).unwrap()).await;
    assert_eq!(said.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        said.header(header::WWW_AUTHENTICATE),
        "Bearer realm=\"mingqu\""
    );
}

#[tokio::test]
async fn an_administrator_sees_no_case_and_a_supervisor_leaves_a_trace() {
    let program = program().await;
    let case = program.case_after(2).await;
    let address = format!("{CASES}/{case}");
    let administrator = program.token("guanli").await;
    for path in [CASES, &address] {
        let said = program.get(&administrator, path).await;
        assert_eq!(said.problem(), "denied", "{path}");
    }
    let opened = program.post(&administrator, CASES, "k", &opening()).await;
    assert_eq!(opened.problem(), "denied");
    let supervisor = program.token("jiandu").await;
    let office = &program.browser.office;
    assert!(office.consultations(&case).await.unwrap().is_empty());
    assert_eq!(
        program.get(&supervisor, &address).await.status,
        StatusCode::OK
    );
    let traces = office.consultations(&case).await.unwrap();
    assert_eq!(traces.len(), 1);
    assert!(traces[0].person.contains("jiandu"), "{traces:?}");
    let body = seen(2, verification());
    let acted = program.post(&supervisor, &acts(&case), "k", &body).await;
    assert_eq!(acted.problem(), "denied");
}

#[tokio::test]
async fn what_cannot_be_read_says_where_and_what_is_no_value_says_which() {
    let program = program().await;
    let token = program.token("luqy").await;
    let said = program
        .post_text(&token, CASES, "k", "{\n\"procedure\": x}")
        .await;
    assert_eq!(
        (said.status, said.problem().as_str()),
        (StatusCode::BAD_REQUEST, "unreadable")
    );
    assert_eq!(
        (&said.json()["line"], &said.json()["column"]),
        (&json!(2), &json!(14))
    );
    for (pointer, value, field, says) in [
        (
            "/act/occurred",
            json!("2026-02-30"),
            "act.occurred",
            "没有“2026-02-30”这一天",
        ),
        ("/act/occurred", json!(5), "act.occurred", "类型不对"),
        (
            "/act/happened",
            json!("2026-02-03"),
            "act.happened",
            "没有这一项",
        ),
        ("/act/number", json!(-1), "act.number", "值不对"),
        (
            "/act/people/0/role",
            json!("king"),
            "king",
            "没有“king”这个角色",
        ),
        (
            "/act/people/0/person",
            json!("nobody"),
            "handler",
            "不在人员名册里",
        ),
        (
            "/act/facts/discovery_date",
            json!("上周"),
            "discovery_date",
            "YYYY-MM-DD",
        ),
        (
            "/act/facts/lead_source",
            json!("rumour"),
            "lead_source",
            "案源类别",
        ),
        (
            "/act/facts/no_such",
            json!(1),
            "no_such",
            "没有“no_such”这项事实",
        ),
        ("/act/occurred", json!("2026-11-25"), "occurred", "还没有到"),
        (
            "/act/introduces/0/name",
            json!("a\u{202e}b"),
            "name",
            "控制字符",
        ),
        (
            "/act/introduces/0/kind",
            json!("king"),
            "name",
            "没有“king”这类对象",
        ),
        (
            "/act/files",
            json!([{ "sha256": "ab", "sm3": "", "size_bytes": 1, "media_type": "", "name": "甲" }]),
            "files",
            "不在附件库里",
        ),
    ] {
        let body = with(opening(), pointer, value);
        let said = program.post(&token, CASES, "k", &body).await;
        assert_eq!(
            said.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{pointer}: {}",
            said.text()
        );
        assert_eq!(said.problem(), "values");
        let told = said.json();
        let fields = told["fields"].as_array().unwrap();
        let is_told =
            |it: &Value| it["field"] == field && it["text"].as_str().unwrap().contains(says);
        assert!(fields.iter().any(is_told), "{pointer}: {told}");
    }
    let mut act = lead();
    act["facts"].as_object_mut().unwrap().remove("lead_content");
    let body = json!({ "procedure": "penalty.ordinary", "act": act });
    let said = program.post(&token, CASES, "k", &body).await;
    assert_eq!(said.json()["fields"][0]["field"], "lead_content");
    assert_eq!(
        program.post_text(&token, CASES, "k", "{}").await.problem(),
        "values"
    );
    let cases = program.get(&token, CASES).await.json();
    assert_eq!(cases["cases"], json!([]), "nothing was recorded");
}

#[tokio::test]
async fn bodies_are_bounded_and_of_one_kind_and_keys_are_wanted() {
    let program = program().await;
    let token = program.token("luqy").await;
    let long = json!({ "procedure": "很".repeat(400_000) }).to_string();
    let said = program.post_text(&token, CASES, "k", &long).await;
    assert_eq!(
        (said.status, said.problem().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "too-large")
    );
    let plain = posted(&token, CASES, "k").header(header::CONTENT_TYPE, "text/plain");
    let said = program.checked(plain.body(Body::from("{}")).unwrap()).await;
    assert_eq!(
        (said.status, said.problem().as_str()),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type")
    );
    for key in ["", "with space", &"k".repeat(129)] {
        let said = program.post(&token, CASES, key, &opening()).await;
        assert_eq!(said.problem(), "values", "{key}");
        assert_eq!(said.json()["fields"][0]["field"], "Idempotency-Key");
    }
    let keyless = Request::post(CASES)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    let said = program
        .checked(keyless.body(Body::from(opening().to_string())).unwrap())
        .await;
    assert_eq!(said.json()["fields"][0]["field"], "Idempotency-Key");
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_a_wrong_method_says_which_there_are() {
    let program = program().await;
    let token = program.token("luqy").await;
    let case = program.case_after(1).await;
    for path in [
        "/api/v1/cases/0199",
        "/api/v1/cases/00000000-0000-7000-8000-000000000000",
        "/api/v1/procedures/penalty.unknown",
        "/api/v1/pending/no-such",
        "/api/v1/pending/%00",
        "/api/v1/files/..%2F..%2Fetc",
        &format!("/api/v1/files/{}", "ab".repeat(32)),
    ] {
        let said = program.get(&token, path).await;
        assert_eq!(
            (said.status, said.problem().as_str()),
            (StatusCode::NOT_FOUND, "not-found"),
            "{path}"
        );
    }
    for act in [
        with(verification(), "/event", json!("no_such_act")),
        with(verification(), "/number", json!(7)),
        with(decision(1), "/number", json!(9)),
    ] {
        let said = program.post(&token, &acts(&case), "k", &seen(1, act)).await;
        assert_eq!(said.problem(), "not-found", "{}", said.text());
    }
    for path in ["/api/v1/nothing", "/api/v2/cases", "/api", "/api/v1"] {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        let said = program.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(said.status, StatusCode::NOT_FOUND, "{path}");
        if path != "/api" {
            assert_eq!(said.problem(), "not-found", "{path}");
        }
    }
    let request = Request::delete(CASES).header(header::AUTHORIZATION, format!("Bearer {token}"));
    let said = program.checked(request.body(Body::empty()).unwrap()).await;
    assert_eq!(said.problem(), "method-not-allowed");
    let allowed = said.header(header::ALLOW);
    assert!(
        allowed.contains("GET") && allowed.contains("POST"),
        "{allowed}"
    );
}

#[tokio::test]
async fn the_unexpected_has_a_reference_and_tells_nothing_else() {
    let healthy = program().await;
    let said = healthy.get("", "/healthz").await;
    assert_eq!(
        (said.status, said.json()),
        (StatusCode::OK, json!({ "status": "ok" }))
    );
    let document = healthy.document;
    let broken = Program {
        browser: broken_desk(healthy.browser),
        document,
        _files: healthy._files,
    };
    let said = broken.get("mq_any", CASES).await;
    assert_eq!(said.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(said.problem(), "unexpected");
    let reference = said.json()["instance"].as_str().unwrap().to_owned();
    assert!(reference.starts_with("urn:uuid:"), "{reference}");
    assert!(!said.text().contains("disk"));
    let said = broken.get("", "/healthz").await;
    assert_eq!(said.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(said.json(), json!({ "status": "failing" }));
}

#[tokio::test]
async fn what_bears_the_names_of_others_waits_for_their_hands() {
    let program = program().await;
    let token = program.token("luqy").await;
    let leader = program.token("xunzy").await;
    let case = program.case_after(1).await;
    let path = acts(&case);
    let before = program.browser.entries().await;
    let prepared = program
        .post(&token, &path, "file", &seen(1, filing()))
        .await;
    assert_eq!(prepared.status, StatusCode::ACCEPTED, "{}", prepared.text());
    assert_eq!(
        program.browser.entries().await,
        before,
        "nothing is recorded yet"
    );
    let id = prepared.json()["id"].as_str().unwrap().to_owned();
    let address = format!("/api/v1/pending/{id}");
    assert_eq!(prepared.header(header::LOCATION), address);
    assert_eq!(prepared.json()["missing"][0]["id"], "p05");
    let again = program
        .post(&token, &path, "file", &seen(1, filing()))
        .await;
    assert_eq!(
        (again.status, &again.json()["id"]),
        (StatusCode::ACCEPTED, &json!(id))
    );
    let waiting = program.get(&leader, "/api/v1/pending").await.json();
    assert_eq!(waiting["waiting"][0]["id"], json!(id));
    let shown = program.get(&leader, &address).await.json();
    assert_eq!(shown["act"]["event"], "case_filing");
    assert_eq!(shown["act"]["people"].as_array().unwrap().len(), 3);
    let stranger = program.token("qush").await;
    assert_eq!(
        program.get(&stranger, &address).await.problem(),
        "not-found"
    );
    let agree = format!("{address}/agree");
    let stolen = program.post(&stranger, &agree, "x", &Value::Null).await;
    assert_eq!(stolen.problem(), "not-found");
    let agreed = program.post(&leader, &agree, "x", &Value::Null).await;
    assert_eq!(agreed.status, StatusCode::CREATED, "{}", agreed.text());
    assert_eq!(agreed.json()["version"], 2);
    let repeated = program
        .post(&token, &path, "file", &seen(1, filing()))
        .await;
    assert_eq!(
        (repeated.status, &repeated.json()["repeated"]),
        (StatusCode::OK, &json!(true))
    );
    let late = program.post(&leader, &agree, "x", &Value::Null).await;
    assert_eq!(late.problem(), "settled");
    assert_eq!(late.json()["outcome"]["version"], 2);
    let entry = &program.get(&token, &format!("{CASES}/{case}")).await.json()["entries"][1];
    let hands = entry["acts"][0]["recorder"]["hands"].as_array().unwrap();
    assert_eq!(hands[0]["person"]["id"], "p01");
}

#[tokio::test]
async fn what_waits_goes_back_with_a_reason_or_is_taken_back() {
    let program = program().await;
    let token = program.token("luqy").await;
    let leader = program.token("xunzy").await;
    let case = program.case_after(1).await;
    let mut addresses = Vec::new();
    for key in ["one", "two"] {
        let said = program
            .post(&token, &acts(&case), key, &json!({ "act": filing() }))
            .await;
        assert_eq!(said.status, StatusCode::ACCEPTED, "{}", said.text());
        addresses.push(said.header(header::LOCATION).to_owned());
    }
    let decline = format!("{}/decline", addresses[0]);
    for reason in ["", "  ", "a\u{0}b"] {
        let said = program
            .post(&leader, &decline, "x", &json!({ "reason": reason }))
            .await;
        assert_eq!(said.problem(), "values", "{reason:?}");
        assert_eq!(said.json()["fields"][0]["field"], "reason");
    }
    let body = json!({ "reason": "<i>缺少询问笔录</i>" });
    let said = program.post(&leader, &decline, "x", &body).await;
    assert_eq!(said.json()["outcome"]["kind"], "declined");
    assert_eq!(said.json()["outcome"]["reason"], "<i>缺少询问笔录</i>");
    let withdraw = format!("{}/withdraw", addresses[1]);
    let not_own = program.post(&leader, &withdraw, "x", &Value::Null).await;
    assert_eq!(not_own.problem(), "not-found");
    let said = program.post(&token, &withdraw, "x", &Value::Null).await;
    assert_eq!(said.json()["outcome"]["kind"], "withdrawn");
    let version = program.get(&token, &format!("{CASES}/{case}")).await.json()["version"].clone();
    assert_eq!(version, 1, "nothing was recorded");
}

#[tokio::test]
async fn a_file_is_taken_in_given_back_and_stands_in_an_act() {
    let program = program().await;
    let token = program.token("luqy").await;
    let stored = program
        .upload(&token, "%E7%AC%94%E5%BD%95.pdf", PDF.into())
        .await;
    assert_eq!(stored.status, StatusCode::CREATED, "{}", stored.text());
    let file = stored.json();
    assert_eq!(
        (&file["name"], &file["media_type"]),
        (&json!("笔录.pdf"), &json!("application/pdf"))
    );
    let back = program.get(&token, stored.header(header::LOCATION)).await;
    assert_eq!((back.status, back.text().as_str()), (StatusCode::OK, PDF));
    assert!(
        back.header(header::CONTENT_DISPOSITION)
            .starts_with("attachment")
    );
    assert!(
        back.header(header::CONTENT_SECURITY_POLICY)
            .ends_with("sandbox")
    );
    let body = with(opening(), "/act/files", json!([file]));
    let opened = program.post(&token, CASES, "with-file", &body).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
    let read = program
        .get(&token, opened.header(header::LOCATION))
        .await
        .json();
    assert_eq!(read["entries"][0]["acts"][0]["files"][0], file);
    for (name, content, status, kind, says) in [
        (
            "a.exe",
            PDF.as_bytes().to_vec(),
            422,
            "values",
            "不能保存“exe”",
        ),
        ("a.jpg", b"<!DOCTYPE html>".to_vec(), 422, "values", "网页"),
        ("a.pdf", Vec::new(), 422, "values", "空的"),
        ("", PDF.into(), 422, "values", "文件名"),
        ("a%0Ab.pdf", PDF.into(), 422, "values", "文件名"),
        (
            "a.pdf",
            format!("%PDF-{}", "长".repeat(120_000)).into(),
            413,
            "too-large",
            "上限",
        ),
    ] {
        let said = program.upload(&token, name, content).await;
        assert_eq!(
            (said.status.as_u16(), said.problem().as_str()),
            (status, kind),
            "{name}"
        );
        assert!(said.text().contains(says), "{name}: {}", said.text());
    }
    let multipart = Request::post("/api/v1/files?name=a.pdf")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    let said = program
        .checked(multipart.body(Body::empty()).unwrap())
        .await;
    assert_eq!(said.problem(), "media-type");
}

#[tokio::test]
async fn the_list_is_filtered_and_goes_on_where_it_stopped() {
    let program = program().await;
    let token = program.token("luqy").await;
    for number in 0..5 {
        let content = json!(format!("线索{number}"));
        let body = with(opening(), "/act/facts/lead_content", content);
        let said = program
            .post(&token, CASES, &format!("k{number}"), &body)
            .await;
        assert_eq!(said.status, StatusCode::CREATED);
    }
    let mut seen = BTreeSet::new();
    let mut path = format!("{CASES}?limit=2");
    let mut pages = 0;
    loop {
        let page = program.get(&token, &path).await.json();
        for case in page["cases"].as_array().unwrap() {
            assert!(seen.insert(case["id"].as_str().unwrap().to_owned()));
        }
        pages += 1;
        match page["next"].as_str() {
            Some(next) => path = format!("{CASES}?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!((pages, seen.len()), (3, 5));
    let found = program
        .get(&token, &format!("{CASES}?q=%E7%BA%BF%E7%B4%A23"))
        .await
        .json();
    assert_eq!(found["cases"].as_array().unwrap().len(), 1);
    assert_eq!(found["cases"][0]["title"], "线索3");
    let none = program
        .get(&token, &format!("{CASES}?open=no"))
        .await
        .json();
    assert_eq!(none["cases"], json!([]));
    for (query, field) in [
        ("open=maybe", "open"),
        ("order=random", "order"),
        ("from=2026-02-30", "from"),
        ("until=x", "until"),
        ("after=nonsense", "after"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("q=a%00b", "q"),
        ("open=yes&open=no", "open"),
    ] {
        let said = program.get(&token, &format!("{CASES}?{query}")).await;
        assert_eq!(said.problem(), "values", "{query}");
        assert_eq!(said.json()["fields"][0]["field"], field, "{query}");
    }
}

#[tokio::test]
async fn what_is_to_be_done_is_listed_for_the_own_person_and_the_unit() {
    let program = program().await;
    let token = program.token("luqy").await;
    let case = program.case_after(15).await;
    let own = program.get(&token, "/api/v1/todo").await.json();
    let service = "document_service:penalty_decision_document";
    let mut lines = own["todo"].as_array().unwrap().iter();
    let line = lines.find(|line| line["event"] == service);
    let line = line.unwrap_or_else(|| panic!("{own}"));
    assert_eq!(line["case"]["id"], json!(case));
    assert_eq!(
        (&line["due"], &line["working_days_left"]),
        (&json!("2026-12-01"), &json!(5))
    );
    let unit = program
        .get(&token, "/api/v1/todo?whose=section&limit=1")
        .await
        .json();
    assert_eq!(unit["todo"].as_array().unwrap().len(), 1);
    let next = unit["next"].as_str().unwrap_or_else(|| panic!("{unit}"));
    let rest = program
        .get(&token, &format!("/api/v1/todo?whose=section&after={next}"))
        .await;
    assert!(!rest.json()["todo"].as_array().unwrap().is_empty());
    for query in ["whose=all", "after=x", "limit=999"] {
        let said = program.get(&token, &format!("/api/v1/todo?{query}")).await;
        assert_eq!(said.problem(), "values", "{query}");
    }
    let administrator = program.token("guanli").await;
    let said = program.get(&administrator, "/api/v1/todo").await.json();
    assert_eq!(said["todo"], json!([]));
}

#[tokio::test]
async fn a_procedure_says_what_is_needed_to_fill_an_act() {
    let program = program().await;
    let token = program.token("luqy").await;
    let list = program.get(&token, "/api/v1/procedures").await.json();
    let ids: Vec<&Value> = list["procedures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert!(ids.contains(&&json!("penalty.ordinary")));
    let one = program
        .get(&token, "/api/v1/procedures/penalty.ordinary")
        .await
        .json();
    let acts = one["acts"].as_array().unwrap();
    let find = |event: &str| acts.iter().find(|act| act["event"] == event).unwrap();
    let opening = find("lead_registration");
    assert_eq!(
        (&opening["may_open"], &opening["introduces"]),
        (&json!(true), &json!("party"))
    );
    assert_eq!(find("penalty_decision")["may_open"], false);
    // Everything that the act of these tests says is declared there.
    let said = lead();
    let declared: BTreeSet<&str> = ["required", "optional", "numbered"]
        .iter()
        .flat_map(|list| {
            opening[list]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap())
        })
        .collect();
    for fact in said["facts"].as_object().unwrap().keys() {
        assert!(declared.contains(fact.as_str()), "{fact}");
    }
    let facts = one["facts"].as_array().unwrap();
    let source = facts
        .iter()
        .find(|fact| fact["id"] == "lead_source")
        .unwrap();
    assert!(
        source["choices"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["id"] == "patrol")
    );
    let people = program.get(&token, "/api/v1/people").await.json();
    assert!(
        people["people"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["id"] == "p01")
    );
    let items = program.get(&token, "/api/v1/items").await.json();
    assert!(
        items["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["id"] == "P-SF69-2")
    );
    let me = program.get(&token, "/api/v1/me").await.json();
    assert_eq!(
        (&me["account"], &me["person"]["id"]),
        (&json!("luqy"), &json!("p01"))
    );
}

#[tokio::test]
async fn of_a_citizens_number_only_its_ends_are_shown() {
    let program = program().await;
    let token = program.token("luqy").await;
    let number = "14040319900101001X";
    let mut body = with(
        opening(),
        "/act/introduces/0/facts/party_kind",
        json!("citizen"),
    );
    body = with(body, "/act/introduces/0/facts/resident_id", json!(number));
    let opened = program.post(&token, CASES, "citizen", &body).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
    let read = program.get(&token, opened.header(header::LOCATION)).await;
    assert!(!read.text().contains(number));
    let facts = &read.json()["subjects"][1]["facts"];
    let fact = facts
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["id"] == "resident_id");
    let fact = fact.unwrap_or_else(|| panic!("{facts}"));
    assert!(
        fact["shown"].as_str().unwrap().contains('*') && fact.get("value").is_none(),
        "{fact}"
    );
}

#[tokio::test]
async fn figures_are_for_the_administrator_and_name_nobody() {
    let program = program().await;
    let token = program.token("luqy").await;
    let case = program.case_after(3).await;
    program.get(&token, &format!("{CASES}/{case}")).await;
    program.get(&token, &format!("{CASES}/0199")).await;
    assert_eq!(program.get(&token, "/metrics").await.problem(), "denied");
    let administrator = program.token("guanli").await;
    let said = program.get(&administrator, "/metrics").await;
    assert!(
        said.header(header::CONTENT_TYPE)
            .starts_with("text/plain; version=0.0.4")
    );
    let text = said.text();
    let entries = program.browser.entries().await;
    for line in [
        "mingqu_http_requests_total{route=\"/api/v1/cases/{case}\",method=\"GET\",status=\"2xx\"} 1",
        "mingqu_http_requests_total{route=\"/api/v1/cases/{case}\",method=\"GET\",status=\"4xx\"} 1",
        "mingqu_http_request_duration_seconds_count{route=\"/api/v1/cases/{case}\",method=\"GET\"} 2",
        &format!("mingqu_log_entries {entries}"),
        "mingqu_outbox_pending 0",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    for told in [case.as_str(), "luqy", "guanli", "陆清源", "0199"] {
        assert!(!text.contains(told), "{told}");
    }
}

/// Every operation of the API; the description must know these and no others.
const OPERATIONS: [(&str, &str); 21] = [
    ("GET", "/api/openapi.json"),
    ("GET", "/api/v1/cases"),
    ("POST", "/api/v1/cases"),
    ("GET", "/api/v1/cases/{case}"),
    ("POST", "/api/v1/cases/{case}/acts"),
    ("GET", "/api/v1/dues"),
    ("POST", "/api/v1/files"),
    ("GET", "/api/v1/files/{sha256}"),
    ("GET", "/api/v1/items"),
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/pending"),
    ("GET", "/api/v1/pending/{id}"),
    ("POST", "/api/v1/pending/{id}/agree"),
    ("POST", "/api/v1/pending/{id}/decline"),
    ("POST", "/api/v1/pending/{id}/withdraw"),
    ("GET", "/api/v1/people"),
    ("GET", "/api/v1/procedures"),
    ("GET", "/api/v1/procedures/{procedure}"),
    ("GET", "/api/v1/todo"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
];

#[tokio::test]
async fn every_route_of_the_api_is_described() {
    let program = program().await;
    let document = &program.document;
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            described.push((method.to_uppercase(), path.clone()));
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(operation["operationId"].is_string(), "{method} {path}");
        }
    }
    described.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    let known = OPERATIONS.map(|(method, path)| (method.to_owned(), path.to_owned()));
    assert_eq!(described, known);
    // All of them are routed by what describes them: a route that is added otherwise would stand in no description.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(".route("), "{}", path.display());
    }
    // Every shape that is named is there.
    let text = document.to_string();
    for name in text.split("#/components/schemas/").skip(1) {
        let name = name.split('"').next().unwrap();
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
}

/// Who asks: what the column is called, and the account.
const COLUMNS: [(&str, &str); 12] = [
    ("承办人", "luqy"),
    ("同科室", "wenyz"),
    ("外科室", "shuibao"),
    ("科长", "boyq"),
    ("分管", "xunzy"),
    ("局长", "zhanhj"),
    ("审核", "weizw"),
    ("内勤等", "yesj"),
    ("财务", "qianjy"),
    ("监督", "jiandu"),
    ("管理", "guanli"),
    ("已停用", "tingyong"),
];

#[tokio::test]
async fn every_route_of_the_api_by_everybody() {
    let program = program_of(with_others).await;
    let office = &program.browser.office;
    let case = program.case_after(2).await;
    let somebody = Actor::of(&office.agency(), "luqy").unwrap();
    let mut tokens: Vec<(&str, String)> = Vec::new();
    for (name, account) in COLUMNS {
        let actor = Actor {
            account: account.to_owned(),
            ..somebody.clone()
        };
        tokens.push((name, office.issue_token(&actor, "对接", 30).await.unwrap()));
    }
    tokens.push((
        "外机关",
        token_of(&other_office(&program.browser), "luqy").await,
    ));
    tokens.push(("没有令牌", String::new()));
    let mut table = String::new();
    let names: Vec<&str> = tokens.iter().map(|(name, _)| *name).collect();
    let _ = writeln!(table, "路由 | {}", names.join(" | "));
    let ask = async |method: &str, path: &str, token: &str, body: String| {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            // Another body is another request.
            .header("Idempotency-Key", format!("k{}", body.len()));
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let before = program.browser.entries().await;
        let said = program
            .checked(request.body(Body::from(body)).unwrap())
            .await;
        match program.browser.entries().await - before {
            0 => said.status.as_u16().to_string(),
            left => format!("{}+{left}", said.status.as_u16()),
        }
    };
    for (method, route) in OPERATIONS {
        let path = route
            .replace("{case}", &case)
            .replace("{procedure}", "penalty.ordinary")
            .replace("{id}", "no-such")
            .replace("{sha256}", &"ab".repeat(32));
        let mut cells = Vec::new();
        for (_, token) in &tokens {
            cells.push(ask(method, &path, token, "{}".to_owned()).await);
        }
        let _ = writeln!(table, "{method} {route} | {}", cells.join(" | "));
    }
    // A sound act, sent by each: who may, leaves an entry.
    for (what, path, body) in [
        ("登记案源（承办人p01）", CASES.to_owned(), opening()),
        (
            "线索核查（承办人p01）",
            acts(&case),
            json!({ "act": verification() }),
        ),
    ] {
        let mut cells = Vec::new();
        for (_, token) in &tokens {
            cells.push(ask("POST", &path, token, body.to_string()).await);
        }
        let _ = writeln!(table, "{what} | {}", cells.join(" | "));
    }
    insta::assert_snapshot!("api_rights", table);
}
