//! Names with their values.

use super::Component;
use super::diff::Diff;
use askama::Template;
use askama::filters::HtmlSafe;

/// Names with their values.
#[derive(Clone, Debug, Template)]
#[template(path = "components/definitions.html")]
pub(crate) struct Definitions {
    pub(crate) lines: Vec<Definition>,
    /// In two columns where there is room.
    pub(crate) is_wide: bool,
}

impl HtmlSafe for Definitions {}

/// A name with its value.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) term: String,
    /// 可公开, 保密, or nothing.
    pub(crate) mark: &'static str,
    pub(crate) value: Shown,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    Text(String),
    /// One that was another before.
    Changed(Diff),
}

impl Definition {
    pub(crate) fn new(term: impl Into<String>, value: impl Into<String>) -> Definition {
        Definition {
            term: term.into(),
            mark: "",
            value: Shown::Text(value.into()),
        }
    }
}

impl Definition {
    /// The value as text; nothing for one that shows a change.
    pub(crate) fn plain(&self) -> &str {
        match &self.value {
            Shown::Text(text) => text,
            Shown::Changed(_) => "",
        }
    }
}

impl Component for Definitions {
    const ID: &'static str = "definitions";
    const NAME: &'static str = "名称和内容";
    const PURPOSE: &'static str = "一件事的各项内容：名称在左，内容在右。几件事的同样几项用表格。";
    const ACCESSIBILITY: &'static str = "是 dl；手机上名称在内容之上，次序不变。";

    fn examples() -> Vec<(&'static str, Definitions)> {
        let lines = vec![
            Definition::new("案源类别", "巡查检查发现"),
            Definition {
                mark: "可公开",
                ..Definition::new("案由", "未依照取水许可规定条件取水")
            },
            Definition {
                mark: "保密",
                ..Definition::new("举报人", "按规定保密")
            },
            Definition {
                value: Shown::Changed(Diff::of("罚款¥50,000.00", "罚款¥60,000.00")),
                ..Definition::new("拟处罚内容", "")
            },
        ];
        vec![
            (
                "一列",
                Definitions {
                    lines: lines.clone(),
                    is_wide: false,
                },
            ),
            (
                "两列",
                Definitions {
                    lines,
                    is_wide: true,
                },
            ),
        ]
    }
}
