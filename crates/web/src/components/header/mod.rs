//! The head of every page: whose system it is, where one can go, and who is signed in.

use super::Component;
use askama::Template;
use askama::filters::HtmlSafe;

/// The head of a page.
#[derive(Clone, Debug, Template)]
#[template(path = "components/header.html")]
pub(crate) struct Header {
    pub(crate) agency_name: String,
    /// What the person may go to; the caller knows which entries those are.
    pub(crate) nav: Vec<NavEntry>,
    pub(crate) who: Who,
}

impl HtmlSafe for Header {}

/// An entry of the main navigation.
#[derive(Clone, Debug)]
pub(crate) struct NavEntry {
    pub(crate) name: String,
    pub(crate) link: String,
    /// The page belongs to it.
    pub(crate) is_here: bool,
}

impl NavEntry {
    pub(crate) fn new(name: impl Into<String>, link: impl Into<String>) -> NavEntry {
        NavEntry {
            name: name.into(),
            link: link.into(),
            is_here: false,
        }
    }
}

/// Who sits at the desk.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// Nobody yet.
    Nobody,
    /// Signed in, with the form that ends it.
    SignedIn {
        name: String,
        post: String,
        /// Where the form goes.
        sign_out: String,
        /// The token that every form carries.
        token: String,
    },
}

impl Component for Header {
    const ID: &'static str = "header";
    const NAME: &'static str = "页头";
    const PURPOSE: &'static str = "每一页都有：本机关、主导航、现在登录的是谁。";
    const ACCESSIBILITY: &'static str = "第一个可以到达的链接是“跳到正文”。当前所在的一项有 aria-current，并有下划线，不只靠颜色。退出是表单，不是链接，误点不会退出。";

    fn examples() -> Vec<(&'static str, Header)> {
        let nav = |here: usize| {
            let names = ["今日待办", "案件", "文号台账", "人员和证件"];
            let entries = names.into_iter().enumerate().map(|(at, name)| NavEntry {
                is_here: at == here,
                ..NavEntry::new(name, "#header")
            });
            entries.collect()
        };
        let agency_name = || "某市水利局".to_owned();
        vec![
            (
                "还没有登录",
                Header {
                    agency_name: agency_name(),
                    nav: Vec::new(),
                    who: Who::Nobody,
                },
            ),
            (
                "已经登录",
                Header {
                    agency_name: agency_name(),
                    nav: nav(0),
                    who: Who::SignedIn {
                        name: "陆清源".to_owned(),
                        post: "水政监察支队一大队".to_owned(),
                        sign_out: "/sign-out".to_owned(),
                        token: "0".repeat(32),
                    },
                },
            ),
        ]
    }
}
