//! Something the page has to say before all else.

use super::status::Tone;
use super::{Component, Link};
use askama::Template;
use askama::filters::HtmlSafe;

/// A notice.
#[derive(Clone, Debug, Template)]
#[template(path = "components/notice.html")]
pub(crate) struct Notice {
    pub(crate) tone: Tone,
    pub(crate) head: String,
    pub(crate) text: String,
    pub(crate) way: Option<Link>,
}

impl HtmlSafe for Notice {}

impl Notice {
    /// What went wrong interrupts; the rest is said when there is a pause.
    pub(crate) fn role(&self) -> &'static str {
        match self.tone {
            Tone::Bad => "alert",
            Tone::Plain | Tone::Active | Tone::Good | Tone::Caution => "status",
        }
    }

    /// The kind in a word, for those who do not see it.
    pub(crate) fn word(&self) -> &'static str {
        match self.tone {
            Tone::Bad => "错误：",
            Tone::Caution => "注意：",
            Tone::Good => "完成：",
            Tone::Plain | Tone::Active => "提示：",
        }
    }
}

impl Component for Notice {
    const ID: &'static str = "notice";
    const NAME: &'static str = "提示";
    const PURPOSE: &'static str =
        "一页最先要说的话：办成了，要留意，或者没有办成。表单的错误另有汇总，并取得焦点。";
    const ACCESSIBILITY: &'static str = "没有办成的用 role=alert，其他用 role=status。种类由读屏软件读出的词说明，看的人由文字和左边的粗线区分。";

    fn examples() -> Vec<(&'static str, Notice)> {
        let notice = |tone, head: &str, text: &str, way| Notice {
            tone,
            head: head.to_owned(),
            text: text.to_owned(),
            way,
        };
        vec![
            (
                "办成",
                notice(
                    Tone::Good,
                    "已记录【立案】",
                    "发生于2026-10-13(周二)，日志第12号。",
                    None,
                ),
            ),
            (
                "说明",
                notice(Tone::Plain, "本页按今天有效的规定显示。", "", None),
            ),
            (
                "留意",
                notice(
                    Tone::Caution,
                    "工作日历只公布到2026年。",
                    "以后的日期都是暂定。",
                    None,
                ),
            ),
            (
                "没有办成",
                notice(
                    Tone::Bad,
                    "文件没有保存。",
                    "文件是空的。",
                    Some(Link::new("#notice", "重新选择")),
                ),
            ),
        ]
    }
}
