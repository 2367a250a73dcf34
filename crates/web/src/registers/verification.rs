//! Everything whose basis is still to be held against its text (依据待核), for the policy section: what it says, what it
//! does until then, how far it has come, and the way to the form that confirms it.

use crate::components::filters::{Filters, Way};
use crate::components::pager::Pager;
use crate::components::status::{Status, Tone};
use crate::fault::Fault;
use crate::frame::{self, Frame};
use crate::wording::prose;
use app::Office;
use app::register::{
    Progress, RegisterName, Standing, ToVerify, ToVerifyKind, confirmers, verifications,
};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use law::statute::Verified;
use sheet::{Cell, Sheet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// So many stand on one page.
const LINES_PER_PAGE: usize = 30;

/// How far they have come, as the address says it.
const STATES: [(&str, &str); 3] = [
    ("open", "待核"),
    ("drafted", "核对中"),
    ("confirmed", "已核对"),
];

#[derive(Template)]
#[template(path = "register-verification.html")]
struct VerificationPage {
    frame: Frame,
    ways: Filters,
    /// Counts of each kind: how many, and how many of them are still open.
    counts: Vec<(&'static str, usize, usize)>,
    confirmers: String,
    text: String,
    state: String,
    procedure: String,
    procedures: Vec<(String, String)>,
    matching: usize,
    lines: Vec<Line>,
    pager: Pager,
    export: String,
}

struct Line {
    id: String,
    kind: &'static str,
    says: Vec<String>,
    basis: String,
    verified: &'static str,
    now: String,
    /// Empty where it stays as it is.
    after: String,
    uses: String,
    status: Status,
    /// How it stands, in words; empty where nothing was done.
    told: String,
    /// The text that it was held against.
    text: String,
    /// Where to go on with it.
    way: (String, &'static str),
}

/// What the address asks for.
struct Asked {
    text: String,
    state: String,
    procedure: String,
    skip: usize,
}

impl Asked {
    fn of(query: &BTreeMap<String, String>) -> Asked {
        let one = |name: &str| {
            let said = query.get(name).map_or("", |text| text.trim());
            said.to_owned()
        };
        Asked {
            text: one("q"),
            state: one("state"),
            procedure: one("procedure"),
            skip: one("skip").parse().unwrap_or(0),
        }
    }

    fn address(&self, path: &str, state: &str, skip: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let said = [
            ("q", self.text.as_str()),
            ("state", state),
            ("procedure", self.procedure.as_str()),
        ];
        for (name, value) in said.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        if skip > 0 {
            query.append_pair("skip", &skip.to_string());
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// Whether it is asked for, its state left aside.
    fn fits(&self, it: &ToVerify) -> bool {
        let is_used = self.procedure.is_empty() || it.uses.contains_key(&self.procedure);
        let mut words = self.text.split_whitespace();
        is_used
            && words.all(|word| {
                it.id.contains(word)
                    || it.row.contains(word)
                    || it.basis.contains(word)
                    || it.says.iter().any(|text| text.contains(word))
            })
    }

    fn is_in_state(&self, it: &ToVerify) -> bool {
        self.state.is_empty() || state(it) == self.state
    }
}

fn state(it: &ToVerify) -> &'static str {
    match it.progress {
        Progress::Open => "open",
        Progress::Drafted { .. } | Progress::Coming(_) => "drafted",
        Progress::Confirmed(_) => "confirmed",
    }
}

/// How far the text was read when the rules were made.
fn verified(it: &ToVerify) -> &'static str {
    match it.verified {
        Verified::Yes => "已读全文",
        Verified::Part => "只读到节选或者转引",
        Verified::Mem => "凭一般知识",
        Verified::None => "没有查到依据",
    }
}

fn status(it: &ToVerify) -> (Status, String) {
    match &it.progress {
        Progress::Open => (Status::new("待核", Tone::Caution), String::new()),
        Progress::Drafted { by, .. } => (
            Status::new("核对中", Tone::Active),
            format!("{by}已经起草，等审核、批准"),
        ),
        Progress::Coming(from) => (
            Status::new("核对中", Tone::Active),
            format!("已经批准，从{}起生效", from.chinese()),
        ),
        Progress::Confirmed(said) => {
            let by = match (said.drafted_by.as_str(), said.approved_by.as_str()) {
                ("", "") => "随机关文件".to_owned(),
                ("", approved) => format!("{approved}批准"),
                (drafted, approved) => match said.reviewed_by.as_str() {
                    "" => format!("{drafted}起草，{approved}批准"),
                    reviewed => format!("{drafted}起草，{reviewed}审核，{approved}批准"),
                },
            };
            let through = match said.row == it.id {
                true => String::new(),
                false => format!("，按“{}”", said.row),
            };
            (
                Status::new("已核对", Tone::Good),
                format!("{}起，{by}{through}", said.on.chinese()),
            )
        }
    }
}

fn line(it: &ToVerify) -> Line {
    let settings = format!("/registers/{}", RegisterName::Settings.id());
    let (status, told) = status(it);
    let (now, after) = it.force.clone();
    Line {
        id: it.id.clone(),
        kind: it.kind.chinese(),
        says: it.says.iter().map(|text| prose(text)).collect(),
        basis: it.basis.clone(),
        verified: verified(it),
        after: if now == after { String::new() } else { after },
        now,
        uses: joined(it),
        status,
        told,
        text: match &it.progress {
            Progress::Confirmed(said) => said.text.clone(),
            Progress::Open | Progress::Drafted { .. } | Progress::Coming(_) => String::new(),
        },
        way: match &it.progress {
            Progress::Open => (format!("{settings}/{}/draft?confirm=1", it.row), "起草核对"),
            Progress::Drafted { draft, .. } => (format!("{settings}/drafts/{draft}"), "看这份起草"),
            Progress::Coming(_) => (format!("{settings}/{}", it.row), "看这一行"),
            Progress::Confirmed(said) => (format!("{settings}/{}", said.row), "看这一行"),
        },
    }
}

fn joined(it: &ToVerify) -> String {
    let names: Vec<&str> = it.uses.values().map(String::as_str).collect();
    names.join("、")
}

/// What is asked for, and everything that there is to verify today.
async fn looked_for(
    office: &Office,
    query: &BTreeMap<String, String>,
) -> Result<(Asked, Arc<Standing>, Vec<ToVerify>), Fault> {
    let standing = office.fresh_standing().await?;
    let all = verifications(&standing);
    Ok((Asked::of(query), standing, all))
}

/// `GET /registers/verification?state=&procedure=&q=`
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let (asked, standing, all) = match looked_for(&office, &query).await {
        Ok(found) => found,
        Err(fault) => return fault.response(&office),
    };
    let page = page(&office, &standing, &asked, &all);
    frame::page(StatusCode::OK, &page)
}

fn page(office: &Office, standing: &Standing, asked: &Asked, all: &[ToVerify]) -> VerificationPage {
    const HERE: &str = "/registers/verification";
    let fitting: Vec<&ToVerify> = all.iter().filter(|it| asked.fits(it)).collect();
    let way = |(id, name): (&str, &str)| {
        let count = fitting
            .iter()
            .filter(|it| id.is_empty() || state(it) == id)
            .count();
        Way::new(
            format!("{name} {count}"),
            asked.address(HERE, id, 0),
            asked.state == id,
        )
    };
    let ways = std::iter::once(("", "全部")).chain(STATES).map(way);
    let kinds: BTreeSet<ToVerifyKind> = all.iter().map(|it| it.kind).collect();
    let counts = kinds.into_iter().map(|kind| {
        let own = all.iter().filter(|it| it.kind == kind);
        let open = own.clone().filter(|it| state(it) != "confirmed");
        (kind.chinese(), own.count(), open.count())
    });
    let shown: Vec<&ToVerify> = fitting
        .iter()
        .copied()
        .filter(|it| asked.is_in_state(it))
        .collect();
    let next = asked.skip.saturating_add(LINES_PER_PAGE);
    VerificationPage {
        frame: Frame::of(office),
        ways: Filters {
            label: "核对到哪一步",
            ways: ways.collect(),
        },
        counts: counts.collect(),
        confirmers: confirmers(standing).join("、"),
        matching: shown.len(),
        lines: shown
            .iter()
            .skip(asked.skip)
            .take(LINES_PER_PAGE)
            .map(|it| line(it))
            .collect(),
        pager: Pager {
            of: "待核的",
            first: (asked.skip > 0).then(|| asked.address(HERE, &asked.state, 0)),
            next: (next < shown.len()).then(|| asked.address(HERE, &asked.state, next)),
        },
        export: {
            let address = asked.address("/registers/verification/export", &asked.state, 0);
            let mark = if address.contains('?') { '&' } else { '?' };
            format!("{address}{mark}as=")
        },
        procedures: office
            .procedures()
            .map(|it| (it.id.clone(), it.name.clone()))
            .collect(),
        text: asked.text.clone(),
        state: asked.state.clone(),
        procedure: asked.procedure.clone(),
    }
}

/// `GET /registers/verification/export?as=xlsx|csv`, with the same filters: all of them at once.
pub(super) async fn export(
    State(office): State<Arc<Office>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let (asked, standing, all) = match looked_for(&office, &query).await {
        Ok(found) => found,
        Err(fault) => return fault.response(&office),
    };
    let shown = all
        .iter()
        .filter(|it| asked.fits(it) && asked.is_in_state(it));
    let by = match confirmers(&standing).join("、") {
        names if names.is_empty() => "人员名册里的人起草，法制审核人员审核，负责人批准".to_owned(),
        names => format!("{names}起草，法制审核人员审核，负责人批准"),
    };
    let rows = shown.map(|it| {
        let line = line(it);
        [
            line.id,
            line.kind.to_owned(),
            line.says.join("\n"),
            line.basis,
            line.verified.to_owned(),
            it.force.0.clone(),
            it.force.1.clone(),
            line.uses,
            by.clone(),
            line.status.text,
            line.told,
            line.text,
            it.row.clone(),
        ]
        .map(Cell::from)
        .to_vec()
    });
    let list = Sheet {
        name: "依据待核".to_owned(),
        columns: [
            ("编号", 24),
            ("类别", 10),
            ("内容", 50),
            ("依据", 30),
            ("读到的程度", 16),
            ("现在", 16),
            ("核对以后", 16),
            ("用在", 30),
            ("由谁核对", 30),
            ("状态", 10),
            ("说明", 30),
            ("核对的原文", 40),
            ("在设定与核对里的编号", 24),
        ]
        .map(|(name, width)| (name.to_owned(), width))
        .to_vec(),
        rows: rows.collect(),
    };
    let is_csv = query.get("as").is_some_and(|kind| kind == "csv");
    let file = format!("verification-{}", standing.day);
    super::table::answer(&office, list, is_csv, &file).await
}
