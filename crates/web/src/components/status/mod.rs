//! The state of a thing in one or two words.

use super::Component;
use askama::Template;
use askama::filters::HtmlSafe;

/// A state.
#[derive(Clone, Debug, Template)]
#[template(path = "components/status.html")]
pub(crate) struct Status {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl HtmlSafe for Status {}

/// How a state is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing to heed.
    Plain,
    /// Going on, or to be done.
    Active,
    /// Well.
    Good,
    /// To be heeded.
    Caution,
    /// Wrong or forbidden.
    Bad,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Tone::Plain => "plain",
            Tone::Active => "active",
            Tone::Good => "good",
            Tone::Caution => "caution",
            Tone::Bad => "bad",
        }
    }
}

impl Status {
    pub(crate) fn new(text: impl Into<String>, tone: Tone) -> Status {
        Status {
            text: text.into(),
            tone,
        }
    }
}

impl Component for Status {
    const ID: &'static str = "status";
    const NAME: &'static str = "状态";
    const PURPOSE: &'static str = "用一两个词说明一件事处在什么状态。期限另用“期限”。";
    const ACCESSIBILITY: &'static str = "状态由文字说明；颜色和边框只是辅助，黑白打印照样看得懂。";

    fn examples() -> Vec<(&'static str, Status)> {
        vec![
            ("不必留意", Status::new("补录，晚4天", Tone::Plain)),
            ("正在进行或者应当办", Status::new("应当办", Tone::Active)),
            ("好", Status::new("审核通过", Tone::Good)),
            ("要留意", Status::new("依据待核", Tone::Caution)),
            ("不对", Status::new("证件已过期", Tone::Bad)),
        ]
    }
}
