//! On through a list that goes on where it stopped.

use super::Component;
use askama::Template;
use askama::filters::HtmlSafe;

/// The way on, and the way back to the beginning.
#[derive(Clone, Debug, Template)]
#[template(path = "components/pager.html")]
pub(crate) struct Pager {
    /// What is listed: 案件.
    pub(crate) of: &'static str,
    /// The beginning, where this page is not it.
    pub(crate) first: Option<String>,
    /// What comes next, where there is more.
    pub(crate) next: Option<String>,
}

impl HtmlSafe for Pager {}

impl Component for Pager {
    const ID: &'static str = "pager";
    const NAME: &'static str = "翻页";
    const PURPOSE: &'static str =
        "一页放不下的列表：往后看，回到最前。没有页码：列表在变，页码指不准。";
    const ACCESSIBILITY: &'static str = "是有名称的导航；链接写明看什么，不写“下一页”了事。";

    fn examples() -> Vec<(&'static str, Pager)> {
        let pager = |first: bool, next: bool| Pager {
            of: "案件",
            first: first.then(|| "#pager".to_owned()),
            next: next.then(|| "#pager".to_owned()),
        };
        vec![
            ("最前", pager(false, true)),
            ("中间", pager(true, true)),
            ("最后", pager(true, false)),
        ]
    }
}
