//! What stands where nothing is to be shown: why, and what to do.

use super::{Component, Link};
use askama::Template;
use askama::filters::HtmlSafe;

/// Nothing to show.
#[derive(Clone, Debug, Template)]
#[template(path = "components/empty.html")]
pub(crate) struct Empty {
    pub(crate) head: String,
    pub(crate) text: String,
    pub(crate) way: Option<Link>,
}

impl HtmlSafe for Empty {}

impl Component for Empty {
    const ID: &'static str = "empty";
    const NAME: &'static str = "空状态";
    const PURPOSE: &'static str = "列表里什么也没有的时候：为什么没有，接下来做什么。";
    const ACCESSIBILITY: &'static str = "是普通的文字和链接，不用图片。";

    fn examples() -> Vec<(&'static str, Empty)> {
        let empty = |head: &str, text: &str, way| Empty {
            head: head.to_owned(),
            text: text.to_owned(),
            way,
        };
        vec![
            (
                "还没有开始",
                empty("还没有案件。", "从登记一条案源开始。", None),
            ),
            (
                "没有找到",
                empty(
                    "没有找到。",
                    "可以少写几个字再找。",
                    Some(Link::new("/", "看全部案件")),
                ),
            ),
        ]
    }
}
