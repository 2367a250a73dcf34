//! The client: signed in beforehand, a connection for each of many at once.

use crate::adapters::{MachineClock, SystemChance};
use crate::bench::report::{percentiles, rate};
use crate::bench::stopwatch::Stopwatch;
use crate::serve::REHEARSAL;
use anyhow::{Context as _, Result, bail, ensure};
use app::ports::{Chance as _, Clock as _, legal_moment};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, StatusCode, redirect};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::JoinSet;
use uuid::Uuid;
use vocabulary::Day;

const FORMS: &str = include_str!("../../../assets/bench-desk.json");
const CONNECTIONS: usize = 16;
const CASES: u64 = 500;
/// The case whose page is measured has so many entries.
const PAGE_ENTRIES: u64 = 300;
/// How often its page is asked for, after a few times that do not count.
const PAGES: usize = 200;
const WARMING: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forms {
    account: String,
    opening: Form,
    acts: Vec<Form>,
}

/// A form as it is typed in; dates are counted back from today.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    event: String,
    days_ago: i32,
    fields: Vec<(String, String)>,
    #[serde(default)]
    dates: Vec<(String, i32)>,
}

fn forms() -> Result<Forms> {
    serde_json::from_str(FORMS).context("测量用的表单文件有错")
}

/// Who sends the forms.
pub(super) fn account() -> Result<String> {
    Ok(forms()?.account)
}

/// Does the work; the figures.
pub(in crate::bench) async fn work(address: &str) -> Result<Value> {
    let forms = Arc::new(forms()?);
    let mut desks = Vec::new();
    for _ in 0..CONNECTIONS {
        desks.push(Desk::sign_in(address, &forms.account).await?);
    }
    let next = Arc::new(AtomicU64::new(0));
    let watch = Stopwatch::start();
    let mut tasks = JoinSet::new();
    for desk in desks {
        let (forms, next) = (Arc::clone(&forms), Arc::clone(&next));
        tasks.spawn(async move {
            let mut acts = 0;
            while next.fetch_add(1, Ordering::Relaxed) < CASES {
                let case = desk.open(&forms).await?;
                for (form, version) in forms.acts.iter().zip(1..) {
                    desk.perform(&case, form, version).await?;
                }
                acts += 1 + u64::try_from(forms.acts.len())?;
            }
            anyhow::Ok((desk, acts))
        });
    }
    let (mut acts, mut desk) = (0, None);
    while let Some(done) = tasks.join_next().await {
        let (of, done) = done??;
        acts += done;
        desk = Some(of);
    }
    let took = watch.nanoseconds();
    let desk = desk.context("there are connections")?;
    let case = desk.open(&forms).await?;
    let again = forms.acts.first().context("there are acts")?;
    for version in 1..PAGE_ENTRIES {
        desk.perform(&case, again, version).await?;
    }
    let mut times = Vec::with_capacity(PAGES);
    let mut page = String::new();
    for at in 0..WARMING + PAGES {
        let watch = Stopwatch::start();
        page = desk.page(&case).await?;
        let took = watch.nanoseconds() / 1_000;
        if at >= WARMING {
            times.push(took);
        }
    }
    let (p50, p99) = percentiles(times);
    let mut first_load = page.len();
    for linked in linked(&page) {
        first_load += desk.page(linked).await?.len();
    }
    Ok(json!({
        "connections": CONNECTIONS, "cases": CASES, "acts": acts, "acts_per_second": rate(acts, took),
        "page_entries": PAGE_ENTRIES, "page_p50_us": p50, "page_p99_us": p99,
        "page_bytes": page.len(), "first_load_bytes": first_load,
    }))
}

/// What a page makes the browser fetch.
fn linked(page: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for begin in ["<link rel=\"stylesheet\" href=\"", "src=\"/"] {
        for piece in page.split(begin).skip(1) {
            let address = piece.split('"').next().unwrap_or_default();
            found.push(address);
        }
    }
    found
}

/// One signed-in browser, with the one connection that it keeps.
struct Desk {
    client: Client,
    address: String,
    session: String,
    token: String,
    today: Day,
}

impl Desk {
    async fn sign_in(address: &str, account: &str) -> Result<Desk> {
        // A client is made with TLS, also where it speaks to this machine without.
        storage::trust_ring();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(1)
            .no_proxy()
            .build()?;
        let address = address.trim_end_matches('/').to_owned();
        let door = format!("{address}/sign-in");
        let page = client.get(&door).send().await?;
        let cookie = cookie(&page).context("a cookie of the form")?;
        let token = hidden(&page.text().await?, "token").context("a token of the form")?;
        let fields = [
            ("token", token.as_str()),
            ("account", account),
            ("password", REHEARSAL),
        ];
        let form = encode(fields.into_iter());
        let entered = client
            .post(&door)
            .header(COOKIE, cookie)
            .header(CONTENT_TYPE, FORM)
            .body(form)
            .send()
            .await?;
        ensure!(entered.status() == StatusCode::SEE_OTHER, "signed in");
        let session = self::cookie(&entered).context("a session")?;
        let mut desk = Desk {
            client,
            address,
            session,
            token: String::new(),
            today: legal_moment(MachineClock.now()).day,
        };
        let page = desk.page("/account").await?;
        desk.token = hidden(&page, "token").context("a token")?;
        Ok(desk)
    }

    async fn page(&self, path: &str) -> Result<String> {
        let url = format!("{}{path}", self.address);
        let asked = self.client.get(url).header(COOKIE, &self.session);
        let answer = asked.send().await?;
        ensure!(
            answer.status() == StatusCode::OK,
            "{path}: {}",
            answer.status()
        );
        Ok(answer.text().await?)
    }

    /// Opens a case: its address.
    async fn open(&self, forms: &Forms) -> Result<String> {
        let page = self.page("/cases/new").await?;
        let end = format!("/{}\"", forms.opening.event);
        let (before, _) = page.split_once(&end).context("a way to open a case")?;
        let (_, begin) = before.rsplit_once('"').context("an address")?;
        let path = format!("{begin}/{}", forms.opening.event);
        self.send(&path, &forms.opening, 0).await
    }

    async fn perform(&self, case: &str, form: &Form, version: u64) -> Result<()> {
        let path = format!("{case}/acts/{}", form.event);
        self.send(&path, form, version).await.map(drop)
    }

    /// Sends a form; the page it leads to.
    async fn send(&self, path: &str, form: &Form, version: u64) -> Result<String> {
        let mut bytes = [0; 16];
        SystemChance.fill(&mut bytes);
        let key = Uuid::from_bytes(bytes).simple().to_string();
        let version = version.to_string();
        let day = |ago: i32| self.today.plus_days(-ago).to_string();
        let dates = form
            .dates
            .iter()
            .map(|(name, ago)| (name.clone(), day(*ago)));
        let typed: Vec<(String, String)> = dates.chain(form.fields.iter().cloned()).collect();
        let occurred = day(form.days_ago);
        let hidden = [
            ("token", self.token.as_str()),
            ("key", &key),
            ("version", &version),
            ("occurred", &occurred),
        ];
        let typed = typed
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let answer = self
            .client
            .post(format!("{}{path}", self.address))
            .header(COOKIE, &self.session)
            .header(CONTENT_TYPE, FORM)
            .body(encode(hidden.into_iter().chain(typed)))
            .send()
            .await?;
        let status = answer.status();
        let led_to = answer.headers().get(LOCATION);
        let led_to = led_to.and_then(|to| to.to_str().ok()).map(str::to_owned);
        match led_to {
            Some(to) if status == StatusCode::SEE_OTHER && to.contains("recorded=") => {
                Ok(to.split('?').next().unwrap_or_default().to_owned())
            }
            _ => bail!("{path}: {status} {}", answer.text().await?),
        }
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn encode<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

/// The first cookie that an answer sets, as it is sent back.
fn cookie(answer: &Response) -> Option<String> {
    let set = answer.headers().get(SET_COOKIE)?.to_str().ok()?;
    Some(set.split(';').next()?.to_owned())
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> Option<String> {
    let begin = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&begin)?;
    Some(rest.split('"').next()?.to_owned())
}
