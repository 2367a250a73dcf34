//! The one mapping from what went wrong to what a person sees.
//!
//! A refusal and a wrong value are answers and have their own page, the form; here is the rest.

use crate::frame::{self, Frame};
use app::{Office, PerformError, ReadCaseError};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    frame: Frame,
    heading: String,
    text: String,
    reference: Option<String>,
    link: Option<(String, String)>,
}

/// Something that ends in a page of its own.
#[derive(Debug)]
pub(crate) enum Fault {
    /// No such case, act, subject or page.
    NotFound(&'static str),
    /// The form was not made for this browser.
    Forged,
    /// The form was sent before, with other content.
    KeyReused { back: String },
    /// Whoever asks may not.
    Denied(String),
    /// Larger than a form can be, or no form at all.
    Unreadable(StatusCode),
    /// Our own: details are for the log.
    Unexpected(Box<dyn Error + Send + Sync>),
}

impl From<ReadCaseError> for Fault {
    fn from(error: ReadCaseError) -> Fault {
        match error {
            ReadCaseError::NoSuchCase(_) => Fault::NotFound("没有这个案件"),
            ReadCaseError::NoSuchProcedure(_) => Fault::NotFound("没有这个程序"),
            ReadCaseError::Read(_) | ReadCaseError::Entry { .. } => Fault::Unexpected(error.into()),
        }
    }
}

impl From<app::access::Denied> for Fault {
    fn from(denied: app::access::Denied) -> Fault {
        Fault::Denied(denied.text)
    }
}

impl From<app::office::SeenError> for Fault {
    fn from(error: app::office::SeenError) -> Fault {
        match error {
            app::office::SeenError::Denied(denied) => denied.into(),
            app::office::SeenError::Case(error) => error.into(),
            app::office::SeenError::Read(error) => error.into(),
            app::office::SeenError::Trace(error) => Fault::Unexpected(error.into()),
        }
    }
}

impl From<app::identity::IdentityError> for Fault {
    fn from(error: app::identity::IdentityError) -> Fault {
        match error {
            app::identity::IdentityError::Denied(denied) => denied.into(),
            other => Fault::Unexpected(other.into()),
        }
    }
}

impl From<app::ledger::ReadError> for Fault {
    fn from(error: app::ledger::ReadError) -> Fault {
        Fault::Unexpected(error.into())
    }
}

impl Fault {
    /// What lies behind a fault of our own.
    pub(crate) fn cause(self) -> Box<dyn Error + Send + Sync> {
        match self {
            Fault::Unexpected(error) => error,
            other => format!("{other:?}").into(),
        }
    }

    /// A denial in these words.
    pub(crate) fn denied(text: &str) -> Fault {
        Fault::Denied(text.to_owned())
    }

    /// The fault of an act that was neither performed nor answered on its form.
    pub(crate) fn of(error: PerformError, back: String) -> Fault {
        match error {
            PerformError::Case(error) => error.into(),
            PerformError::NoSuchAct => Fault::NotFound("没有这个事项或者对象"),
            PerformError::KeyReused => Fault::KeyReused { back },
            PerformError::Denied(denied) => denied.into(),
            other => Fault::Unexpected(other.into()),
        }
    }

    /// The page.
    pub(crate) fn response(self, office: &Office) -> Response {
        let frame = Frame::of(office);
        let home = || Some(("/".to_owned(), "返回首页".to_owned()));
        let denial;
        let (status, heading, text, reference, link) = match self {
            Fault::NotFound(heading) => (
                StatusCode::NOT_FOUND,
                heading,
                "请检查地址是否完整，或者从案件列表进入。",
                None,
                home(),
            ),
            Fault::Denied(text) => {
                let who = crate::session::who();
                let account = who.map_or_else(String::new, |who| who.actor.account);
                tracing::warn!(account, text, "somebody asked for what is not allowed");
                denial = text;
                (
                    StatusCode::FORBIDDEN,
                    "您没有这项权限",
                    denial.as_str(),
                    None,
                    home(),
                )
            }
            Fault::Forged => (
                StatusCode::FORBIDDEN,
                "这份表单已经失效",
                "表单须由本系统的页面提交。请返回，重新打开表单后再提交；您填写的内容没有记录。",
                None,
                home(),
            ),
            Fault::KeyReused { back } => (
                StatusCode::CONFLICT,
                "这份表单已经提交过",
                "同一份表单只记录一次。内容有变化的，请从案件页重新打开表单。",
                None,
                Some((back, "返回案件页".to_owned())),
            ),
            Fault::Unreadable(status) => (
                status,
                "提交的内容无法读取",
                "内容过大或者格式不对，没有记录。请返回后重新填写。",
                None,
                home(),
            ),
            Fault::Unexpected(error) => {
                let reference = office.new_id();
                tracing::error!(reference, error = chain(error.as_ref()), "a request failed");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "暂时无法办理",
                    "系统出现意外情况，已记入运行日志。请稍后再试；仍不成功的，把下面的编号告诉管理员。",
                    Some(reference),
                    home(),
                )
            }
        };
        let page = MessagePage {
            frame,
            heading: heading.to_owned(),
            text: text.to_owned(),
            reference,
            link,
        };
        frame::page(status, &page)
    }
}

/// An error with all its causes, for the log.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

pub(crate) async fn no_such_page(State(office): State<Arc<Office>>) -> Response {
    Fault::NotFound("没有这个页面").response(&office)
}
