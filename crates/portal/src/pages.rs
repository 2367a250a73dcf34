//! Routes and handlers: look whether something arrived, read what is shown, render a view.

use crate::Settings;
use crate::cache::{Cache, Page, Rendered};
use crate::catalog::{Lines, Wanted};
use crate::downloads::{self, MAPPED, Shape};
use crate::keeper::{Keeper, Opened, Outcome, PortalError, Taken};
use crate::published_log;
use crate::query::{Asked, LONGEST, Query};
use crate::reading::{Content, LARGEST_BYTES, chain, id_of_name};
use crate::views::{self, Chip, Frame, HomePage, HowPage, Line, ListPage, MessagePage};
use askama::Template;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many lines stand on one page of the list, and on the first page of the portal.
const LINES_PER_PAGE: usize = 20;
const LATEST: usize = 10;
/// A visitor waits so long for a large delivery; then the pages stand as they stood before it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often is looked for what arrived while nobody asks for a page.
const OFTEN: Duration = Duration::from_secs(2);

const STYLE: &str = include_str!("../assets/portal.css");
const HTML: &str = "text/html; charset=utf-8";

pub(crate) struct Inside {
    pub(crate) keeper: Keeper,
    pub(crate) frame: Frame,
    key_text: String,
    cache: Mutex<Cache>,
    /// One request at a time brings the pages up to date; the others wait for it here and hold no thread.
    gate: Arc<tokio::sync::Mutex<()>>,
}

impl Inside {
    pub(crate) fn open(settings: Settings) -> Result<Inside, PortalError> {
        let base = settings.address.unwrap_or_default();
        Ok(Inside {
            frame: Frame {
                agency_name: settings.agency_name,
                is_demonstration: settings.is_demonstration,
                base: base.trim_end_matches('/').to_owned(),
            },
            key_text: format!("{}\n", settings.key),
            keeper: Keeper::open(settings.folder, settings.key)?,
            cache: Mutex::default(),
            gate: Arc::default(),
        })
    }

    pub(crate) fn take_in(&self) -> Result<Taken, PortalError> {
        let taken = self.keeper.take_in();
        self.sweep();
        taken
    }

    pub(crate) fn put(&self, bundle: &[u8], named: Option<&str>) -> Result<Outcome, PortalError> {
        let outcome = self.keeper.put(bundle, named);
        self.sweep();
        outcome
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sweep(&self) {
        let catalog = self.keeper.catalog();
        self.cache().sweep(&catalog);
    }

    fn message(&self, trouble: Trouble) -> Response {
        let (status, heading, text) = match trouble {
            Trouble::NotFound => (
                StatusCode::NOT_FOUND,
                "没有这个页面",
                "请检查地址是否完整，或返回首页查找。",
            ),
            Trouble::NoMap => (
                StatusCode::NOT_FOUND,
                "没有站点地图",
                "本站没有设定对外地址，因此不提供站点地图。",
            ),
            Trouble::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "不能这样访问",
                "这个地址只供查看，不接受提交。请返回首页查找。",
            ),
            Trouble::Damaged => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "校验失败",
                "这份公示文件未能通过校验（签名、日志位置或内容与签署的不一致），因此不显示内容。本站已记录这一情况。",
            ),
            Trouble::Failed => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "暂时无法显示",
                "公示文件暂时无法读取，请稍后再试。",
            ),
        };
        let page = MessagePage {
            frame: &self.frame,
            heading,
            text,
        };
        match page.render() {
            Ok(html) => (status, [(header::CONTENT_TYPE, HTML)], html).into_response(),
            Err(_) => (status, text).into_response(),
        }
    }

    fn answer(&self, result: Result<Response, Trouble>) -> Response {
        result.unwrap_or_else(|trouble| self.message(trouble))
    }
}

/// Why a request got no page of its own.
enum Trouble {
    NotFound,
    NoMap,
    Method,
    Damaged,
    Failed,
}

impl From<PortalError> for Trouble {
    fn from(error: PortalError) -> Self {
        failed(&error)
    }
}

impl From<askama::Error> for Trouble {
    fn from(error: askama::Error) -> Self {
        failed(&error)
    }
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Trouble {
    tracing::error!(error, "a page could not be made");
    Trouble::Failed
}

pub(crate) fn router(portal: Arc<Inside>) -> Router {
    let largest = usize::try_from(LARGEST_BYTES).unwrap_or(usize::MAX);
    Router::new()
        .route("/", get(home))
        .route("/publications", get(list))
        .route("/publications.csv", get(csv))
        .route("/publications.json", get(json_list))
        .route("/publications/{id}", get(publication))
        .route("/publications/{id}/verify", get(verify))
        .route("/publications/{id}/bundle.json", get(bundle))
        .route("/publications/{id}/drawing.svg", get(drawing))
        .route("/verify", get(how))
        .route("/inbox", post(inbox).layer(DefaultBodyLimit::max(largest)))
        .route("/feed.atom", get(feed))
        .route("/sitemap.xml", get(site_map))
        .route("/sitemap/{part}", get(site_map_part))
        .route("/robots.txt", get(robots))
        .route("/healthz", get(health))
        .route("/key", get(key))
        .route("/log/checkpoint", get(checkpoint))
        .route("/log/tile/{*place}", get(tile))
        .route("/portal.css", get(style))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(map_response(guard))
        .with_state(portal)
}

/// No page runs a script, loads from elsewhere or may be framed; and a withdrawn page must not live on in a cache.
async fn guard(mut response: Response) -> Response {
    let always = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in always {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    response
}

/// Brings what is shown up to date before a page is made from it.
async fn fresh(portal: &Arc<Inside>) {
    if !portal.keeper.is_behind() {
        return;
    }
    let (gate, inside) = (Arc::clone(&portal.gate), Arc::clone(portal));
    let work = tokio::spawn(async move {
        let _one_at_a_time = gate.lock().await;
        if !inside.keeper.is_behind() {
            return;
        }
        let taken = tokio::task::spawn_blocking(move || inside.take_in()).await;
        match taken {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(reason = chain(&error), "nothing could be taken in"),
            Err(error) => tracing::error!(reason = chain(&error), "taking in was broken off"),
        }
    });
    // Whoever waited long enough sees the pages as they are; the work goes on.
    let _ = tokio::time::timeout(PATIENCE, work).await;
}

pub(crate) async fn keep_up(portal: &Arc<Inside>) {
    let mut rounds = tokio::time::interval(OFTEN);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        fresh(portal).await;
        give_back();
    }
}

/// What became free is given back to the system by the allocator when something large is freed later on; a portal that is
/// only read frees nothing large for hours, and would keep what its start took.
fn give_back() {
    const LARGE: usize = 4 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}

/// Work that reads files or searches, away from the threads that answer.
async fn aside<T, F>(portal: &Arc<Inside>, work: F) -> Result<T, Trouble>
where
    T: Send + 'static,
    F: FnOnce(&Arc<Inside>) -> Result<T, Trouble> + Send + 'static,
{
    let portal = Arc::clone(portal);
    let work = tokio::task::spawn_blocking(move || work(&portal));
    work.await.map_err(|error| failed(&error))?
}

/// A page, or that the one that the browser has is still the same.
fn send(page: Rendered, request: &HeaderMap) -> Response {
    let known = request.get(header::IF_NONE_MATCH);
    let known = known
        .and_then(|known| known.to_str().ok())
        .unwrap_or_default();
    let is_known = page.tag.to_str().is_ok_and(|tag| known.contains(tag));
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, HTML)], page.html).into_response(),
    };
    response.headers_mut().insert(header::ETAG, page.tag);
    response
}

async fn home(State(portal): State<Arc<Inside>>, request: HeaderMap) -> Response {
    fresh(&portal).await;
    let edition = portal.keeper.catalog().edition();
    if let Some(page) = portal.cache().home(edition) {
        return send(page, &request);
    }
    let made = aside(&portal, |portal| {
        let catalog = portal.keeper.catalog();
        let html = HomePage {
            frame: &portal.frame,
            total: catalog.len(),
            withdrawn: catalog.withdrawn(),
            latest_on: catalog.latest().map(|day| day.chinese()),
            lines: catalog.in_order(0, LATEST).map(Line::of).collect(),
            narrowings: views::narrowings(catalog.all_counts(), &[]),
            damaged: catalog.damaged().collect(),
        }
        .render()?;
        let page = Rendered::new(html);
        portal.cache().keep_home(catalog.edition(), page.clone());
        Ok(page)
    })
    .await;
    portal.answer(made.map(|page| send(page, &request)))
}

/// The lines that a query finds.
fn look_up(portal: &Inside, query: &Query, asked: &Asked) -> Result<Lines, PortalError> {
    let found: Option<Arc<[u32]>> = match asked {
        Asked::Words { words, .. } => Some(find(portal, words)?),
        Asked::Everything => None,
        Asked::TooShort | Asked::TooLong => Some(Arc::default()),
    };
    let wanted = Wanted {
        found: found.as_deref(),
        filters: &query.filters,
    };
    Ok(portal.keeper.catalog().narrowed(&wanted))
}

/// What holds the words. The index is always settled before the catalog: what is found after an edition was read is of that
/// edition, or of one that takes its place.
fn find(portal: &Inside, words: &[String]) -> Result<Arc<[u32]>, PortalError> {
    let edition = portal.keeper.catalog().edition();
    if let Some(known) = portal.cache().found(edition, words) {
        return Ok(known);
    }
    let found: Arc<[u32]> = portal.keeper.finder().find(words)?.into();
    portal.cache().keep_found(edition, words, &found);
    Ok(found)
}

fn hint(asked: &Asked) -> Option<String> {
    match asked {
        Asked::Everything => None,
        Asked::Words { single, .. } if single.is_empty() => None,
        Asked::Words { single, .. } => Some(format!(
            "“{}”只有一个字，没有参加查找。",
            single.join("”、“")
        )),
        Asked::TooShort => {
            Some("请至少输入两个字，例如当事人名称、文书号或者案由中的词。".to_owned())
        }
        Asked::TooLong => Some(format!(
            "查找内容超过{LONGEST}字，没有查找。下面保留了前{LONGEST}字，请缩短后再查。"
        )),
    }
}

async fn list(State(portal): State<Arc<Inside>>, RawQuery(raw): RawQuery) -> Response {
    fresh(&portal).await;
    let query = Query::parse(raw.as_deref());
    let page = aside(&portal, move |portal| list_page(portal, &query)).await;
    portal.answer(page)
}

fn list_page(portal: &Inside, query: &Query) -> Result<Response, Trouble> {
    let asked = query.asked();
    let is_refused = asked == Asked::TooLong;
    let lines = look_up(portal, query, &asked)?;
    let catalog = portal.keeper.catalog();
    let total = lines.ordinals.len();
    // An id that is no longer there begins the list again rather than showing an empty page.
    let after = query.after.as_deref().and_then(|id| catalog.ordinal(id));
    let start = after
        .and_then(|ordinal| lines.ordinals.iter().position(|it| *it == ordinal))
        .map_or(0, |last| last + 1);
    let shown = lines.ordinals.iter().skip(start).take(LINES_PER_PAGE);
    let shown: Vec<Line<'_>> = shown
        .filter_map(|ordinal| catalog.row(*ordinal))
        .map(Line::of)
        .collect();
    let last = start + shown.len();
    let id_at = |place: usize| {
        let row = lines.ordinals.get(place).and_then(|it| catalog.row(*it));
        row.map(|row| row.id.to_string())
    };
    let here = match is_refused {
        true => Query::default(),
        false => query.at(None),
    };
    let next = id_at(last.saturating_sub(1)).filter(|_| last < total && last > 0);
    let previous = (start > 0).then(|| {
        let before = start.saturating_sub(LINES_PER_PAGE);
        here.at(before.checked_sub(1).and_then(id_at))
            .address("/publications")
    });
    let chip = |filter: &(String, String)| Chip {
        name: filter.0.clone(),
        value: filter.1.clone(),
        without: here.without(filter).address("/publications"),
    };
    let html = ListPage {
        frame: &portal.frame,
        text: query.shown_text(),
        hint: hint(&asked),
        is_refused,
        chips: here.filters.iter().map(chip).collect(),
        kept: here
            .filters
            .iter()
            .map(|(name, value)| (Query::field(name), value.clone()))
            .collect(),
        narrowings: views::narrowings(lines.counts, &query.filters),
        first: start + 1,
        last,
        total,
        lines: shown,
        previous,
        next: next.map(|id| here.at(Some(id)).address("/publications")),
        csv: here.address("/publications.csv"),
        json: here.address("/publications.json"),
        is_narrowed: !query.is_empty(),
    }
    .render()?;
    let status = match is_refused {
        true => StatusCode::BAD_REQUEST,
        false => StatusCode::OK,
    };
    Ok((status, [(header::CONTENT_TYPE, HTML)], html).into_response())
}

/// The lines of a query as a file; none where the query cannot be searched.
async fn download(
    portal: Arc<Inside>,
    raw: Option<String>,
    (kind, name): (&'static str, &'static str),
    shape: impl FnOnce(&Inside, usize) -> Shape,
) -> Response {
    fresh(&portal).await;
    let query = Query::parse(raw.as_deref());
    let asked = query.asked();
    if matches!(asked, Asked::TooLong | Asked::TooShort) {
        let text = hint(&asked).unwrap_or_default();
        return (StatusCode::BAD_REQUEST, text).into_response();
    }
    let lines = aside(&portal, move |portal| Ok(look_up(portal, &query, &asked)?)).await;
    match lines {
        Ok(lines) => {
            let shape = shape(&portal, lines.ordinals.len());
            let headers = [
                (header::CONTENT_TYPE, kind.to_owned()),
                (
                    header::CONTENT_DISPOSITION,
                    format!("attachment; filename=\"{name}\""),
                ),
            ];
            (headers, downloads::body(portal, lines.ordinals, shape)).into_response()
        }
        Err(trouble) => portal.message(trouble),
    }
}

async fn csv(State(portal): State<Arc<Inside>>, RawQuery(raw): RawQuery) -> Response {
    let kind = ("text/csv; charset=utf-8", "publications.csv");
    download(portal, raw, kind, |_, _| Shape::csv()).await
}

async fn json_list(State(portal): State<Arc<Inside>>, RawQuery(raw): RawQuery) -> Response {
    let kind = ("application/json", "publications.json");
    let shape = |portal: &Inside, total| Shape::json(&portal.frame.agency_name, total);
    download(portal, raw, kind, shape).await
}

async fn publication(
    State(portal): State<Arc<Inside>>,
    Path(id): Path<String>,
    request: HeaderMap,
) -> Response {
    page_of(&portal, id, Page::Content, &request).await
}

async fn verify(
    State(portal): State<Arc<Inside>>,
    Path(id): Path<String>,
    request: HeaderMap,
) -> Response {
    page_of(&portal, id, Page::Verify, &request).await
}

async fn page_of(portal: &Arc<Inside>, id: String, page: Page, request: &HeaderMap) -> Response {
    fresh(portal).await;
    let row = {
        let catalog = portal.keeper.catalog();
        catalog.by_id(&id).map(|row| (row.shelf(), row.stamp))
    };
    if let Some((shelf, stamp)) = row {
        let kept = portal.cache().page(&id, page, stamp);
        if let Some(kept) = kept
            && portal.keeper.is_unchanged(shelf, &id, stamp)
        {
            return send(kept, request);
        }
    }
    let made = aside(portal, move |portal| make_page(portal, &id, page)).await;
    portal.answer(made.map(|page| send(page, request)))
}

fn make_page(portal: &Inside, id: &str, page: Page) -> Result<Rendered, Trouble> {
    let publication = match portal.keeper.publication(id)? {
        Opened::Sound(publication) => publication,
        Opened::Damaged => return Err(Trouble::Damaged),
        Opened::Absent => return Err(Trouble::NotFound),
    };
    let html = match page {
        Page::Content => views::publication(&portal.frame, &publication)?,
        Page::Verify => {
            let key = portal.key_text.trim_end().to_owned();
            views::verify(&portal.frame, key, &publication)?
        }
    };
    let rendered = Rendered::new(html);
    let catalog = portal.keeper.catalog();
    if let Some(row) = catalog.by_id(id)
        && row.rank == publication.rank
    {
        portal.cache().keep(id, page, row.stamp, rendered.clone());
    }
    Ok(rendered)
}

async fn bundle(State(portal): State<Arc<Inside>>, Path(id): Path<String>) -> Response {
    fresh(&portal).await;
    let file = aside(&portal, move |portal| {
        let publication = match portal.keeper.publication(&id)? {
            Opened::Sound(publication) => publication,
            Opened::Damaged => return Err(Trouble::Damaged),
            Opened::Absent => return Err(Trouble::NotFound),
        };
        let headers = [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            // The id holds letters, digits, - and _ only, or it would not be here.
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{id}.json\""),
            ),
        ];
        Ok((headers, publication.evidence.json).into_response())
    });
    portal.answer(file.await)
}

/// The drawing of a publication, to be shown within its page; it can neither run nor load anything.
async fn drawing(State(portal): State<Arc<Inside>>, Path(id): Path<String>) -> Response {
    fresh(&portal).await;
    let file = aside(&portal, move |portal| {
        let publication = match portal.keeper.publication(&id)? {
            Opened::Sound(publication) => publication,
            Opened::Damaged => return Err(Trouble::Damaged),
            Opened::Absent => return Err(Trouble::NotFound),
        };
        let Content::Disclosed(it) = publication.content else {
            return Err(Trouble::NotFound);
        };
        let svg = it.drawing.ok_or(Trouble::NotFound)?;
        Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
    });
    portal.answer(file.await)
}

async fn how(State(portal): State<Arc<Inside>>) -> Response {
    let page = HowPage {
        frame: &portal.frame,
        key: portal.key_text.trim_end().to_owned(),
        origin: portal.keeper.key().name(),
    };
    let page = page.render().map_err(Trouble::from);
    portal.answer(page.map(|html| ([(header::CONTENT_TYPE, HTML)], html).into_response()))
}

/// Takes a bundle that somebody sends. It stands by its signature alone, so nobody has to sign in.
async fn inbox(
    State(portal): State<Arc<Inside>>,
    request: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            let status = rejection.status();
            let text = match status {
                StatusCode::PAYLOAD_TOO_LARGE => "存证文件不能超过 4 MB。",
                _ => "存证文件没有完整送到，请再送一次。",
            };
            return problem(status, text.to_owned(), None);
        }
    };
    // Bundles of the first shape say no id; then the sender names the file.
    let named = request
        .get("x-file-name")
        .and_then(|name| name.to_str().ok());
    let named = named.and_then(id_of_name).map(str::to_owned);
    let put = aside(&portal, move |portal| {
        Ok(portal.put(&body, named.as_deref())?)
    })
    .await;
    match put {
        Ok(Outcome::Taken { id }) => accepted(&id, "已接收，现在起公示。"),
        Ok(Outcome::Known { id }) => accepted(&id, "此前已经接收，没有变化。"),
        Ok(Outcome::Older { id, leaf, shown }) => problem(
            StatusCode::CONFLICT,
            format!(
                "这份存证是日志第 {leaf} 条记录，本站已显示较后的第 {shown} 条：更正或者撤下以前的内容不再恢复。"
            ),
            Some(&id),
        ),
        Ok(Outcome::Unsound(unsound)) => {
            tracing::warn!(
                reason = chain(&unsound),
                "a bundle that was sent does not hold"
            );
            problem(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("{unsound}。"),
                None,
            )
        }
        Err(_) => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "本站暂时不能保存，请稍后再送一次。".to_owned(),
            None,
        ),
    }
}

fn accepted(id: &str, text: &str) -> Response {
    let said = json!({ "id": id, "detail": text, "page": format!("/publications/{id}") });
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::ACCEPTED, kind, said.to_string()).into_response()
}

fn problem(status: StatusCode, detail: String, id: Option<&str>) -> Response {
    let said = json!({
        "title": "没有接收", "status": status.as_u16(), "detail": detail, "id": id,
    });
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, said.to_string()).into_response()
}

async fn feed(State(portal): State<Arc<Inside>>) -> Response {
    fresh(&portal).await;
    let feed = {
        let catalog = portal.keeper.catalog();
        views::feed(&portal.frame, portal.keeper.key().name(), &catalog)
    };
    let kind = (header::CONTENT_TYPE, "application/atom+xml; charset=utf-8");
    let feed = feed.map_err(Trouble::from);
    portal.answer(feed.map(|feed| ([kind], feed).into_response()))
}

async fn site_map(State(portal): State<Arc<Inside>>) -> Response {
    fresh(&portal).await;
    let base = &portal.frame.base;
    if base.is_empty() {
        return portal.message(Trouble::NoMap);
    }
    let parts = portal.keeper.catalog().len().div_ceil(MAPPED).max(1);
    let base = escaped(base);
    let mut map = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for part in 1..=parts {
        map.push_str(&format!(
            "<sitemap><loc>{base}/sitemap/{part}.xml</loc></sitemap>\n"
        ));
    }
    map.push_str("</sitemapindex>\n");
    text("application/xml; charset=utf-8", map)
}

async fn site_map_part(State(portal): State<Arc<Inside>>, Path(part): Path<String>) -> Response {
    fresh(&portal).await;
    if portal.frame.base.is_empty() {
        return portal.message(Trouble::NoMap);
    }
    let part = part
        .strip_suffix(".xml")
        .and_then(|part| part.parse::<usize>().ok());
    let start = part
        .and_then(|part| part.checked_sub(1))
        .map(|part| part.saturating_mul(MAPPED));
    let ordinals: Option<Vec<u32>> = {
        let catalog = portal.keeper.catalog();
        let there = start.filter(|start| *start < catalog.len().max(1));
        there.map(|start| {
            let rows = catalog.in_order(start, MAPPED);
            rows.filter_map(|row| catalog.ordinal(&row.id)).collect()
        })
    };
    let Some(ordinals) = ordinals else {
        return portal.message(Trouble::NotFound);
    };
    let kind = [(header::CONTENT_TYPE, "application/xml; charset=utf-8")];
    let body: Body = downloads::body(portal, ordinals, Shape::map());
    (kind, body).into_response()
}

/// An address as it may stand in XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

async fn robots(State(portal): State<Arc<Inside>>) -> Response {
    // Endless combinations of words and filters are no pages of their own.
    let mut rules = String::from("User-agent: *\nDisallow: /publications?\nDisallow: /log/\n");
    if !portal.frame.base.is_empty() {
        rules.push_str(&format!("\nSitemap: {}/sitemap.xml\n", portal.frame.base));
    }
    text("text/plain; charset=utf-8", rules)
}

async fn health() -> Response {
    text("text/plain; charset=utf-8", "ok\n".to_owned())
}

async fn checkpoint(State(portal): State<Arc<Inside>>) -> Response {
    let file = published(&portal, published_log::checkpoint).await;
    let kind = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
    portal.answer(file.map(|note| ([kind], note).into_response()))
}

async fn tile(State(portal): State<Arc<Inside>>, Path(place): Path<String>) -> Response {
    let Some(place) = published_log::place(&place) else {
        return portal.message(Trouble::NotFound);
    };
    let file = published(&portal, move |folder| published_log::tile(folder, place)).await;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, published_log::cache_rule(place)),
    ];
    portal.answer(file.map(|bytes| (headers, bytes).into_response()))
}

async fn published<F>(portal: &Arc<Inside>, read: F) -> Result<Vec<u8>, Trouble>
where
    F: FnOnce(&std::path::Path) -> std::io::Result<Option<Vec<u8>>> + Send + 'static,
{
    let read = move |portal: &Arc<Inside>| {
        read(portal.keeper.store().folder()).map_err(|error| failed(&error))
    };
    aside(portal, read).await?.ok_or(Trouble::NotFound)
}

async fn key(State(portal): State<Arc<Inside>>) -> Response {
    text("text/plain; charset=utf-8", portal.key_text.clone())
}

async fn style() -> Response {
    let mut response = text("text/css; charset=utf-8", STYLE.to_owned());
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    );
    response
}

fn text(kind: &'static str, body: String) -> Response {
    let headers: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, kind)];
    (headers, body).into_response()
}

async fn not_found(State(portal): State<Arc<Inside>>) -> Response {
    portal.message(Trouble::NotFound)
}

async fn not_allowed(State(portal): State<Arc<Inside>>) -> Response {
    portal.message(Trouble::Method)
}
