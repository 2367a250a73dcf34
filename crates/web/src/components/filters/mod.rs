//! Ways to look at a list, as links.

use super::Component;
use askama::Template;
use askama::filters::HtmlSafe;

/// Ways to look at a list.
#[derive(Clone, Debug, Template)]
#[template(path = "components/filters.html")]
pub(crate) struct Filters {
    /// What the ways are ways of.
    pub(crate) label: &'static str,
    pub(crate) ways: Vec<Way>,
}

impl HtmlSafe for Filters {}

/// A way to look at a list.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) name: String,
    pub(crate) link: String,
    pub(crate) is_here: bool,
}

impl Way {
    pub(crate) fn new(name: impl Into<String>, link: impl Into<String>, is_here: bool) -> Way {
        Way {
            name: name.into(),
            link: link.into(),
            is_here,
        }
    }
}

impl Component for Filters {
    const ID: &'static str = "filters";
    const NAME: &'static str = "筛选链接";
    const PURPOSE: &'static str = "同一份列表的几种看法，一次只用一种。";
    const ACCESSIBILITY: &'static str = "是导航里的链接，每种看法有自己的地址，可以收藏；当前的一种有 aria-current，并有粗线和粗体。";

    fn examples() -> Vec<(&'static str, Filters)> {
        let filters = |here: usize| Filters {
            label: "列表方式",
            ways: ["最近办理", "期限最近", "已经办结"]
                .into_iter()
                .enumerate()
                .map(|(at, name)| Way::new(name, "#filters", at == here))
                .collect(),
        };
        vec![("第一种", filters(0)), ("第二种", filters(1))]
    }
}
