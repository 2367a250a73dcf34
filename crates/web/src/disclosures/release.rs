//! One publication, as the public will see it (公示审核): what is hidden is marked, what is in doubt is asked, and whoever is
//! named releases it with one button, or holds it, or keeps it away.
//!
//! Behind the button stand two acts of the rules, the review and the disclosure; each passes the same gates as every act.

use crate::act::sent;
use crate::components::deadline::Deadline;
use crate::components::redacted::RedactedText;
use crate::components::table::{Cell, Column, Table};
use crate::fault::Fault;
use crate::frame::{self, FormToken, Frame};
use crate::session::Signed;
use crate::wording;
use app::access::{Denied, Reading};
use app::disclosing::{CAUSE, CONCLUSION, HELD, REASON, RELEASED, State as Stage, WITHHELD};
use app::pending::{Agreed, PendingError};
use app::request::Participant;
use app::{ActRequest, CaseView, Office, PerformError, Target};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use casework::publication::Shown;
use casework::redaction::{Redacted, Stretch};
use casework::refusal::Refusal;
use law::fact::{FactType, Value};
use law::model::{DocumentIx, EventIx};
use law::time::working_days_between;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The public address of the portal, as far as the program was told.
#[derive(Clone, Debug)]
pub(crate) struct PortalAddress(pub(crate) Arc<str>);

/// Three questions that a reviewer answers, as the facts of the rules are called.
const CHECKS: [(&str, &str); 3] = [
    ("content_accurate", "内容审查：与处罚决定书一致，没有错漏"),
    (
        "secrecy_passed",
        "保密审查：不含国家秘密、商业秘密和法律法规禁止公开的内容",
    ),
    (
        "redaction_passed",
        "脱敏审查：个人信息已经隐去，未成年人的信息没有出现",
    ),
];

#[derive(Template)]
#[template(path = "release.html")]
struct ReleasePage {
    frame: Frame,
    case_title: String,
    case_link: String,
    action: String,
    token: String,
    key: String,
    version: u64,
    document: String,
    party: String,
    state: String,
    due: Option<(String, Deadline)>,
    /// Nobody can do anything here now; why.
    closed: Option<String>,
    errors: Vec<String>,
    obstacles: Vec<(String, String)>,
    looked: bool,
    title: RedactedText,
    head: Vec<(&'static str, String)>,
    sections: Vec<Section>,
    hidden: Option<Table>,
    doubts: Vec<DoubtLine>,
    open_doubts: usize,
    hide: String,
    show: String,
    checks: Vec<Check>,
    address: String,
    causes: Vec<Choice>,
    reason: String,
    /// Where it is carried to other sites, once it was released.
    carrier: Option<String>,
}

struct Section {
    heading: String,
    lines: Vec<(String, RedactedText)>,
}

struct DoubtLine {
    words: String,
    what: &'static str,
    choice: String,
    reason: String,
}

struct Check {
    name: &'static str,
    text: &'static str,
    is_checked: bool,
}

struct Choice {
    value: String,
    name: String,
    is_chosen: bool,
}

/// The address of the page of one publication.
pub(crate) fn address(case_id: &str, document: &str, number: u32) -> String {
    format!("/cases/{case_id}/disclosures/{document}/{number}")
}

/// What the address names.
pub(super) struct Asked {
    pub(super) view: CaseView,
    pub(super) document: DocumentIx,
    number: u32,
    review: EventIx,
    release: EventIx,
}

/// What was sent, or what the page begins with.
#[derive(Default)]
struct Sent {
    pairs: BTreeMap<String, String>,
}

impl Sent {
    fn one(&self, name: &str) -> &str {
        self.pairs.get(name).map_or("", String::as_str)
    }

    /// Words in doubt with what was said of them.
    fn doubts(&self) -> Vec<(String, String, String)> {
        (0..)
            .map(|at| format!("doubt.{at}"))
            .take_while(|name| self.pairs.contains_key(&format!("{name}.words")))
            .map(|name| {
                let of = |what: &str| self.one(&format!("{name}.{what}")).trim().to_owned();
                (of("words"), of("choice"), of("reason"))
            })
            .collect()
    }

    /// The two lists with what was chosen for each doubt added: one entry a line.
    fn lists(&self) -> (String, String) {
        let lines = |text: &str| -> Vec<String> {
            let lines = text.lines().map(str::trim);
            lines
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let mut hide = lines(self.one("hide"));
        let mut show = lines(self.one("show"));
        for (words, choice, reason) in self.doubts() {
            match choice.as_str() {
                "hide" if !hide.contains(&words) => hide.push(words),
                "show" => show.push(match reason.as_str() {
                    "" => words,
                    reason => format!("{words}：{reason}"),
                }),
                _ => {}
            }
        }
        (hide.join("\n"), show.join("\n"))
    }
}

type Named = Path<(String, String, u32)>;

/// `GET /cases/{case_id}/disclosures/{document}/{number}`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Path((case_id, document, number)): Named,
    headers: HeaderMap,
    Extension(signed): Extension<Signed>,
    portal: Option<Extension<PortalAddress>>,
) -> Response {
    let asked = match asked(&office, &signed, &case_id, &document, number).await {
        Ok(asked) => asked,
        Err(fault) => return fault.response(&office),
    };
    let token = FormToken::of(&office, &headers);
    let portal = portal.map(|Extension(portal)| portal);
    let sent = begun(&office, &asked, portal.as_ref());
    let page = page(
        &office,
        &signed,
        &asked,
        &sent,
        &token.text,
        Told::default(),
    );
    token.keep(frame::page(StatusCode::OK, &page))
}

/// `POST` of the same: `do` is `look`, `release`, `postpone` or `withhold`.
pub(crate) async fn act(
    State(office): State<Arc<Office>>,
    Path((case_id, document, number)): Named,
    headers: HeaderMap,
    Extension(signed): Extension<Signed>,
    request: Request,
) -> Response {
    let pairs = match sent::pairs(request, |_| "files").await {
        Ok(pairs) => pairs,
        Err(fault) => return fault.response(&office),
    };
    let sent = Sent {
        pairs: pairs.into_iter().collect(),
    };
    if !FormToken::fits(&headers, sent.one("token")) {
        return Fault::Forged.response(&office);
    }
    let asked = match asked(&office, &signed, &case_id, &document, number).await {
        Ok(asked) => asked,
        Err(fault) => return fault.response(&office),
    };
    match decided(&office, &signed, &asked, &sent).await {
        Ok(done) => {
            Redirect::to(&format!("/disclosures?done={done}&case={case_id}")).into_response()
        }
        Err(Answer::Fault(fault)) => fault.response(&office),
        Err(Answer::Again(told)) => {
            // The case may have gone on: then the page shows it as it is now.
            let asked = match self::asked(&office, &signed, &case_id, &document, number).await {
                Ok(asked) => asked,
                Err(fault) => return fault.response(&office),
            };
            let token = FormToken::of(&office, &headers);
            let status = told.status;
            let page = page(&office, &signed, &asked, &sent, &token.text, told);
            token.keep(frame::page(status, &page))
        }
    }
}

/// What the page tells above the form.
struct Told {
    status: StatusCode,
    errors: Vec<String>,
    obstacles: Vec<(String, String)>,
    looked: bool,
}

impl Default for Told {
    fn default() -> Told {
        Told {
            status: StatusCode::OK,
            errors: Vec::new(),
            obstacles: Vec::new(),
            looked: false,
        }
    }
}

impl Told {
    fn wrong(errors: Vec<String>) -> Told {
        Told {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            errors,
            ..Told::default()
        }
    }

    fn refused(refusal: &Refusal, asked: &Asked) -> Told {
        let procedure = asked.view.procedure();
        let obstacles = refusal.grounds.iter().map(|ground| {
            let rule = ground.rule.as_deref();
            let rule = rule.and_then(|rule| procedure.rule(rule));
            let told = wording::told(procedure, rule, &ground.text);
            (told.head, told.rest)
        });
        Told {
            status: StatusCode::CONFLICT,
            obstacles: obstacles.collect(),
            ..Told::default()
        }
    }
}

enum Answer {
    Again(Told),
    Fault(Fault),
}

pub(super) async fn asked(
    office: &Office,
    signed: &Signed,
    case_id: &str,
    document: &str,
    number: u32,
) -> Result<Asked, Fault> {
    const NONE: Fault = Fault::NotFound("没有这份公示件");
    let (view, reading) = office.case_for(&signed.actor, case_id).await?;
    if reading == Reading::Traced {
        return Err(Denied::only_looks().into());
    }
    if !office.may_release(&signed.actor) {
        return Err(Fault::denied(
            "公示由信息发布审核员审查和发布，您的账号没有这个岗位。",
        ));
    }
    let procedure = view.procedure();
    let mut documents = procedure.documents.iter();
    let document = documents
        .position(|it| it.is_publication && it.id == document)
        .ok_or(NONE)?;
    let domain = procedure.documents[document].domain;
    view.case().member(domain, number).ok_or(NONE)?;
    let review = office.review_of(procedure, document).ok_or(NONE)?;
    let release = office.release_of(procedure, document).ok_or(NONE)?;
    Ok(Asked {
        document,
        number,
        review,
        release,
        view,
    })
}

fn fact_id(asked: &Asked, name: &str) -> String {
    let document = &asked.view.procedure().documents[asked.document];
    format!("{name}:{}", document.id)
}

/// What was recorded of a fact of the publication.
fn recorded<'a>(asked: &'a Asked, name: &str) -> Option<&'a Value> {
    let procedure = asked.view.procedure();
    let fact = procedure.fact(&fact_id(asked, name))?;
    let domain = procedure.documents[asked.document].domain;
    let member = asked.view.case().member(domain, asked.number)?;
    asked.view.case().fact(fact, member)
}

/// What the page begins with: the lists as they were recorded last, and the address of the portal.
fn begun(office: &Office, asked: &Asked, portal: Option<&PortalAddress>) -> Sent {
    let mut sent = Sent::default();
    let text = |name: &str| match recorded(asked, name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    sent.pairs.insert("hide".to_owned(), text("hidden_words"));
    sent.pairs.insert("show".to_owned(), text("shown_words"));
    let id = office.publication_id(
        asked.view.procedure(),
        &asked.view.case_id,
        asked.document,
        asked.number,
    );
    let base = portal.map_or("", |portal| portal.0.trim_end_matches('/'));
    let address = format!("{base}/publications/{id}");
    sent.pairs.insert("address".to_owned(), address);
    sent.pairs
        .insert("version".to_owned(), asked.view.version.to_string());
    sent
}

fn people(asked: &Asked, event: EventIx, person: &str) -> Vec<Participant> {
    let procedure = asked.view.procedure();
    let roles = procedure.act_of(event).roles.iter();
    let named = roles.map(|role| Participant {
        role: procedure.roles[*role].id.clone(),
        person: person.to_owned(),
    });
    named.collect()
}

/// The review, with this conclusion.
fn review(
    office: &Office,
    signed: &Signed,
    asked: &Asked,
    sent: &Sent,
    conclusion: &str,
) -> ActRequest {
    let mut facts: BTreeMap<String, serde_json::Value> = CHECKS
        .iter()
        .map(|(name, _)| {
            let holds = sent.one(name) == "yes";
            (fact_id(asked, name), holds.into())
        })
        .collect();
    facts.insert(fact_id(asked, CONCLUSION), conclusion.into());
    let (hide, show) = sent.lists();
    for (name, text) in [
        ("hidden_words", hide.as_str()),
        ("shown_words", show.as_str()),
        (CAUSE, sent.one("cause")),
        (REASON, sent.one("reason").trim()),
    ] {
        // Why it is held belongs to a conclusion that does not release.
        let is_of_release = conclusion == RELEASED && (name == CAUSE || name == REASON);
        let is_of_withholding = conclusion == WITHHELD && name == CAUSE;
        if !text.is_empty() && !is_of_release && !is_of_withholding {
            facts.insert(fact_id(asked, name), text.into());
        }
    }
    let person = signed.actor.person.clone().unwrap_or_default();
    ActRequest {
        event: asked.view.procedure().events[asked.review].id.clone(),
        number: asked.number,
        occurred: office.now(),
        people: people(asked, asked.review, &person),
        facts,
        introduces: Vec::new(),
        reasons: BTreeMap::new(),
        files: Vec::new(),
        on_paper: false,
        follows: None,
        filled_from: None,
    }
}

async fn decided(
    office: &Office,
    signed: &Signed,
    asked: &Asked,
    sent: &Sent,
) -> Result<&'static str, Answer> {
    let (done, conclusion) = match sent.one("do") {
        "release" => ("release", RELEASED),
        "postpone" => ("postpone", HELD),
        "withhold" => ("withhold", WITHHELD),
        _ => {
            return Err(Answer::Again(Told {
                looked: true,
                ..Told::default()
            }));
        }
    };
    let mut errors = Vec::new();
    if conclusion == RELEASED {
        let unchecked = CHECKS.iter().filter(|(name, _)| sent.one(name) != "yes");
        errors.extend(unchecked.map(|(_, text)| format!("还没有勾选：{text}")));
        if sent.one("address").trim().is_empty() {
            errors.push("请填写公示地址".to_owned());
        }
        if sent.doubts().iter().any(|(_, choice, _)| choice.is_empty()) {
            errors.push("还有疑点没有决定隐去还是照登".to_owned());
        }
    } else if sent.one("reason").trim().is_empty() {
        errors.push("请写明不公开或者暂缓的理由".to_owned());
    }
    if conclusion == HELD && sent.one("cause").is_empty() {
        errors.push("请选择暂缓的事由".to_owned());
    }
    if !errors.is_empty() {
        return Err(Answer::Again(Told::wrong(errors)));
    }
    let key = match sent.one("key") {
        "" => office.new_id(),
        key => key.to_owned(),
    };
    let request = review(office, signed, asked, sent, conclusion);
    let seen = sent.one("version").parse().unwrap_or(0);
    let reviewed = perform(
        office,
        signed,
        asked,
        &request,
        seen,
        &format!("{key}-review"),
    )
    .await?;
    if conclusion == RELEASED {
        let person = signed.actor.person.clone().unwrap_or_default();
        let address = sent.one("address").trim();
        let request = ActRequest {
            event: asked.view.procedure().events[asked.release].id.clone(),
            people: people(asked, asked.release, &person),
            facts: BTreeMap::from([(fact_id(asked, "disclosure_address"), address.into())]),
            ..request
        };
        perform(
            office,
            signed,
            asked,
            &request,
            reviewed,
            &format!("{key}-release"),
        )
        .await?;
    }
    Ok(done)
}

/// Records one act; returns the version of the case after it.
async fn perform(
    office: &Office,
    signed: &Signed,
    asked: &Asked,
    request: &ActRequest,
    seen: u64,
    key: &str,
) -> Result<u64, Answer> {
    let target = Target::Case {
        case_id: asked.view.case_id.clone(),
        seen: Some(seen),
    };
    let failed = match office.propose(&signed.actor, &target, request, key).await {
        Ok(Agreed::Recorded(done)) => return Ok(done.version),
        Ok(Agreed::Waiting(pending)) => {
            return Err(Answer::Again(Told::wrong(vec![format!(
                "须由其他人签署：{}",
                pending.id
            )])));
        }
        Err(PendingError::Perform(error)) => *error,
        Err(error) => return Err(Answer::Fault(crate::pending::fault(error, "/disclosures"))),
    };
    Err(match failed {
        PerformError::Refused(refusal) => Answer::Again(Told::refused(&refusal, asked)),
        PerformError::Fields(errors) => Answer::Again(Told::wrong(
            errors.into_iter().map(|error| error.text).collect(),
        )),
        PerformError::Stale { .. } => Answer::Again(Told {
            status: StatusCode::CONFLICT,
            errors: vec![
                "本案已有新的进展，没有记录。下面是按现在的案件拟出的公示件，请重新核对。"
                    .to_owned(),
            ],
            ..Told::default()
        }),
        error => Answer::Fault(Fault::of(error, "/disclosures".to_owned())),
    })
}

fn page(
    office: &Office,
    signed: &Signed,
    asked: &Asked,
    sent: &Sent,
    token: &str,
    told: Told,
) -> ReleasePage {
    let view = &asked.view;
    let procedure = view.procedure();
    let document = &procedure.documents[asked.document];
    let request = review(office, signed, asked, sent, RELEASED);
    let shown = office.would_disclose(view, asked.document, asked.number, Some(&request));
    let stage = office.state_of(view, asked.document, asked.number);
    let member = view
        .case()
        .member(document.domain, asked.number)
        .unwrap_or(0);
    let may = |event: EventIx| {
        let mut open = view.answer.may.iter();
        open.any(|may| may.step.event == event && may.step.member == member)
    };
    let must = view.answer.must.iter().find(|must| {
        must.member == member && must.targets.contains(&asked.release) && must.due.is_some()
    });
    let due = must.and_then(|must| must.due).map(|due| {
        let days = working_days_between(&office.context().calendar, view.now.day, due.day).days;
        let is_late = casework::decide::is_after(view.now, due);
        (
            due.chinese(),
            Deadline::of(Some(days), is_late, due, view.now.day),
        )
    });
    let closed = (!may(asked.review)).then(|| {
        let event = wording::event(procedure, asked.review);
        format!("现在还不能办【{event}】，原因见案件页。")
    });
    let (hide, show) = sent.lists();
    let said = sent.doubts();
    let doubts: Vec<DoubtLine> = shown.as_ref().map_or_else(Vec::new, |shown| {
        let lines = shown.doubts().into_iter();
        lines
            .map(|(words, what)| {
                let known = said.iter().find(|(of, _, _)| of == words);
                let (choice, reason) = known
                    .map_or_else(Default::default, |(_, choice, reason)| {
                        (choice.clone(), reason.clone())
                    });
                DoubtLine {
                    words: words.to_owned(),
                    what,
                    choice,
                    reason,
                }
            })
            .collect()
    });
    let (title, head, sections, hidden) = match &shown {
        Some(shown) => parts(shown),
        None => (
            RedactedText::of(&Redacted::default()),
            Vec::new(),
            Vec::new(),
            None,
        ),
    };
    ReleasePage {
        frame: Frame::of(office).at("/disclosures"),
        case_title: view.title.clone(),
        case_link: format!("/cases/{}", view.case_id),
        action: address(&view.case_id, &document.id, asked.number),
        token: token.to_owned(),
        key: match sent.one("key") {
            "" => office.new_id(),
            key => key.to_owned(),
        },
        version: view.version,
        document: document.name.clone(),
        party: wording::member_name(view.case(), document.domain, member),
        state: match &stage {
            Stage::ToReview => "待审查".to_owned(),
            Stage::ToRelease => "审查通过，待发布".to_owned(),
            Stage::Held { cause, since, .. } => format!("自{}暂缓：{cause}", since.chinese()),
            Stage::Shown => "已经发布；再发布一次会替换原来的内容".to_owned(),
        },
        due,
        closed,
        errors: told.errors,
        obstacles: told.obstacles,
        looked: told.looked,
        title,
        head,
        sections,
        hidden,
        open_doubts: doubts.len(),
        doubts,
        hide,
        show,
        checks: CHECKS
            .iter()
            .map(|(name, text)| Check {
                name,
                text,
                is_checked: sent.one(name) == "yes",
            })
            .collect(),
        address: sent.one("address").to_owned(),
        causes: causes(asked, sent),
        reason: sent.one("reason").to_owned(),
        carrier: (stage == Stage::Shown).then(|| {
            format!(
                "{}/carrier",
                address(&view.case_id, &document.id, asked.number)
            )
        }),
    }
}

type Parts = (
    RedactedText,
    Vec<(&'static str, String)>,
    Vec<Section>,
    Option<Table>,
);

fn parts(shown: &Shown) -> Parts {
    let mut head = Vec::new();
    if let Some(number) = &shown.number {
        head.push(("文号", number.clone()));
    }
    if let Some(party) = &shown.party {
        head.push(("当事人", party.shown()));
    }
    if let Some(summary) = &shown.summary {
        head.push(("结论", summary.shown()));
    }
    let sections = shown.sections.iter().map(|section| Section {
        heading: section.heading.clone(),
        lines: section
            .lines
            .iter()
            .map(|(label, text)| (label.clone(), RedactedText::of(text)))
            .collect(),
    });
    (
        RedactedText::of(&shown.title),
        head,
        sections.collect(),
        hidden_table(shown),
    )
}

/// What is hidden, each once: for the reviewer alone.
fn hidden_table(shown: &Shown) -> Option<Table> {
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut rows = Vec::new();
    for text in shown.texts() {
        for stretch in &text.stretches {
            let Stretch::Hidden {
                words,
                shown,
                what,
                ground,
            } = stretch
            else {
                continue;
            };
            if seen.insert((words.clone(), shown.clone())) {
                rows.push(vec![
                    Cell::Text(words.clone()),
                    Cell::Text(shown.clone()),
                    Cell::Text((*what).to_owned()),
                    Cell::Text(ground.chinese().to_owned()),
                ]);
            }
        }
    }
    (!rows.is_empty()).then(|| Table {
        caption: "隐去的内容".to_owned(),
        columns: vec![
            Column::text("原文"),
            Column::text("公众看到"),
            Column::text("是什么"),
            Column::text("怎样认出"),
        ],
        rows,
    })
}

fn causes(asked: &Asked, sent: &Sent) -> Vec<Choice> {
    let procedure = asked.view.procedure();
    let Some(fact) = procedure.fact(&fact_id(asked, CAUSE)) else {
        return Vec::new();
    };
    let FactType::Choice(all) = &procedure.facts[fact].kind else {
        return Vec::new();
    };
    all.iter()
        .map(|it| Choice {
            value: it.id.clone(),
            name: it.name.clone(),
            is_chosen: sent.one("cause") == it.id,
        })
        .collect()
}
