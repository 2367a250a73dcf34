//! Routes and handlers: read the shelf, render a view.

use crate::Settings;
use crate::published_log;
use crate::shelf::{Publication, Shelf};
use crate::views::{DisclosedPage, Frame, Line, ListPage, MessagePage, WithdrawnPage};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// So many lines stand on one page of the list.
const LINES_PER_PAGE: usize = 20;

const STYLE: &str = include_str!("../assets/portal.css");

struct Portal {
    frame: Frame,
    key_text: String,
    folder: PathBuf,
    shelf: Mutex<Shelf>,
}

pub(crate) fn router(settings: Settings) -> Router {
    let portal = Portal {
        frame: Frame {
            agency_name: settings.agency_name,
        },
        key_text: format!("{}\n", settings.key),
        folder: settings.folder.clone(),
        shelf: Mutex::new(Shelf::new(settings.folder, settings.key)),
    };
    Router::new()
        .route("/", get(list))
        .route("/publications/{id}", get(publication))
        .route("/publications/{id}/bundle.json", get(bundle))
        .route("/key", get(key))
        .route("/log/checkpoint", get(checkpoint))
        .route("/log/tile/{*place}", get(tile))
        .route("/portal.css", get(style))
        .fallback(not_found)
        .layer(map_response(guard))
        .with_state(Arc::new(portal))
}

/// No page runs a script, loads from elsewhere or may be framed; and a withdrawn page must not live on in a cache.
async fn guard(mut response: Response) -> Response {
    let always = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
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

/// Why a request got no page of its own.
enum Trouble {
    NotFound,
    Damaged,
    Failed,
}

impl Portal {
    fn answer(&self, result: Result<Response, Trouble>) -> Response {
        result.unwrap_or_else(|trouble| self.message(trouble))
    }

    fn message(&self, trouble: Trouble) -> Response {
        let (status, heading, text) = match trouble {
            Trouble::NotFound => (
                StatusCode::NOT_FOUND,
                "没有这个页面",
                "请检查地址是否完整，或返回公示列表查找。",
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
        match render(&MessagePage {
            frame: &self.frame,
            heading,
            text,
        }) {
            Ok(page) => (status, page).into_response(),
            Err(_) => (status, text).into_response(),
        }
    }
}

async fn publications(portal: &Arc<Portal>) -> Result<BTreeMap<String, Publication>, Trouble> {
    let portal = Arc::clone(portal);
    let read = move || {
        portal
            .shelf
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .publications()
    };
    let read = tokio::task::spawn_blocking(read)
        .await
        .map_err(|error| failed(&error))?;
    read.map_err(|error| failed(&error))
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Trouble {
    tracing::error!(error, "a page could not be made");
    Trouble::Failed
}

fn render(page: &impl Template) -> Result<Response, Trouble> {
    page.render()
        .map(|html| Html(html).into_response())
        .map_err(|error| failed(&error))
}

async fn list(
    State(portal): State<Arc<Portal>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let page = publications(&portal).await.and_then(|all| {
        let mut ordered: Vec<(&String, &Publication)> = all.iter().collect();
        ordered.sort_by_key(|(id, publication)| (Reverse(publication.disclosed_on()), *id));
        let lines: Vec<Line> = ordered
            .iter()
            .filter_map(|(id, publication)| Line::of(id, publication))
            .collect();
        let is_damaged = |publication: &Publication| matches!(publication, Publication::Damaged);
        let damaged = all
            .iter()
            .filter(|(_, it)| is_damaged(it))
            .map(|(id, _)| id.clone())
            .collect();

        let total = lines.len();
        let after = query.get("after");
        // An id that is no longer there begins the list again rather than showing an empty page.
        let start = after
            .and_then(|id| lines.iter().position(|line| line.id == *id))
            .map_or(0, |last| last + 1);
        let lines: Vec<Line> = lines.into_iter().skip(start).take(LINES_PER_PAGE).collect();
        let more = start + lines.len() < total;
        let next = lines
            .last()
            .filter(|_| more)
            .map(|line| format!("/?after={}", line.id));
        render(&ListPage {
            frame: &portal.frame,
            lines,
            total,
            damaged,
            next,
        })
    });
    portal.answer(page)
}

async fn publication(State(portal): State<Arc<Portal>>, Path(id): Path<String>) -> Response {
    let page = publications(&portal)
        .await
        .and_then(|all| match all.get(&id) {
            Some(Publication::Disclosed(it)) => render(&DisclosedPage::of(&portal.frame, &id, it)),
            Some(Publication::Withdrawn(it)) => render(&WithdrawnPage::of(&portal.frame, &id, it)),
            Some(Publication::Damaged) => Err(Trouble::Damaged),
            None => Err(Trouble::NotFound),
        });
    portal.answer(page)
}

async fn bundle(State(portal): State<Arc<Portal>>, Path(id): Path<String>) -> Response {
    let file = publications(&portal).await.and_then(|all| {
        let evidence = match all.get(&id) {
            Some(Publication::Disclosed(it)) => &it.evidence,
            Some(Publication::Withdrawn(it)) => &it.evidence,
            Some(Publication::Damaged) => return Err(Trouble::Damaged),
            None => return Err(Trouble::NotFound),
        };
        let headers = [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            // The id holds letters, digits, - and _ only, or it would not be on the shelf.
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{id}.json\""),
            ),
        ];
        Ok((headers, evidence.bundle.clone()).into_response())
    });
    portal.answer(file)
}

async fn checkpoint(State(portal): State<Arc<Portal>>) -> Response {
    let file = published(&portal, published_log::checkpoint).await;
    let kind = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
    portal.answer(file.map(|note| ([kind], note).into_response()))
}

async fn tile(State(portal): State<Arc<Portal>>, Path(place): Path<String>) -> Response {
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

async fn published<F>(portal: &Arc<Portal>, read: F) -> Result<Vec<u8>, Trouble>
where
    F: FnOnce(&std::path::Path) -> std::io::Result<Option<Vec<u8>>> + Send + 'static,
{
    let portal = Arc::clone(portal);
    let read = tokio::task::spawn_blocking(move || read(&portal.folder))
        .await
        .map_err(|error| failed(&error))?;
    read.map_err(|error| failed(&error))?
        .ok_or(Trouble::NotFound)
}

async fn key(State(portal): State<Arc<Portal>>) -> Response {
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

async fn not_found(State(portal): State<Arc<Portal>>) -> Response {
    portal.message(Trouble::NotFound)
}
