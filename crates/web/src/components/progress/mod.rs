//! How far a matter has come, phase by phase.

use super::Component;
use askama::Template;
use askama::filters::HtmlSafe;

/// Phases in their order.
#[derive(Clone, Debug, Template)]
#[template(path = "components/progress.html")]
pub(crate) struct Progress {
    pub(crate) label: &'static str,
    pub(crate) steps: Vec<Step>,
}

impl HtmlSafe for Progress {}

/// A phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) state: StepState,
}

/// Where a phase stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepState {
    Done,
    Here,
    Ahead,
}

impl StepState {
    pub(crate) fn class(self) -> &'static str {
        match self {
            StepState::Done => "done",
            StepState::Here => "here",
            StepState::Ahead => "ahead",
        }
    }

    /// For those who do not see the signs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            StepState::Done => "已办：",
            StepState::Here => "当前：",
            StepState::Ahead => "以后：",
        }
    }
}

impl Component for Progress {
    const ID: &'static str = "progress";
    const NAME: &'static str = "进度";
    const PURPOSE: &'static str = "一件事走到哪个阶段：办过的、现在的、接下来应办的。";
    const ACCESSIBILITY: &'static str = "是有序列表。每一项前有读屏软件读出的“已办”“当前”“以后”；看的人由勾、粗体和虚线区分，不只靠颜色。";

    fn examples() -> Vec<(&'static str, Progress)> {
        let progress = |here: usize| {
            let names = ["案源", "受理", "调查取证", "审核讨论", "决定", "结案归档"];
            let steps = names.into_iter().enumerate().map(|(at, name)| Step {
                name: name.to_owned(),
                state: match at.cmp(&here) {
                    std::cmp::Ordering::Less => StepState::Done,
                    std::cmp::Ordering::Equal => StepState::Here,
                    std::cmp::Ordering::Greater => StepState::Ahead,
                },
            });
            Progress {
                label: "案件进度",
                steps: steps.collect(),
            }
        };
        vec![
            ("刚开始", progress(0)),
            ("办理中", progress(3)),
            ("已办完", progress(5)),
        ]
    }
}
