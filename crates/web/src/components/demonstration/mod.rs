//! What every page of a made-up agency says of itself, and the clock that can be moved there.

use super::Component;
use askama::Template;
use askama::filters::HtmlSafe;

/// The bar of a demonstration.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/demonstration.html")]
pub(crate) struct Demonstration {
    pub(crate) has_tour: bool,
    pub(crate) clock: Option<ShownClock>,
    /// What the days brought that were let pass a moment ago.
    pub(crate) news: Option<News>,
}

impl HtmlSafe for Demonstration {}

/// The clock.
#[derive(Clone, Debug)]
pub(crate) struct ShownClock {
    pub(crate) today: String,
    /// Ahead of the machine's date by so many days.
    pub(crate) days_ahead: u32,
    /// For those who are signed in.
    pub(crate) form: Option<ClockForm>,
}

/// The form that lets days pass.
#[derive(Clone, Debug)]
pub(crate) struct ClockForm {
    /// The token that every form carries.
    pub(crate) token: String,
    /// The day that the page shows: sent twice, it moves the clock once.
    pub(crate) day: String,
    /// Where one is, to come back to.
    pub(crate) to: String,
    /// The next working day.
    pub(crate) workday: String,
}

/// What came about.
#[derive(Clone, Debug)]
pub(crate) struct News {
    pub(crate) head: String,
    pub(crate) text: String,
    pub(crate) lines: Vec<NewsLine>,
    /// So many are not listed.
    pub(crate) left: usize,
}

/// One thing that came about.
#[derive(Clone, Debug)]
pub(crate) struct NewsLine {
    pub(crate) kind: &'static str,
    pub(crate) act: String,
    pub(crate) case: String,
    /// Empty where whoever looks may not see the case.
    pub(crate) link: String,
    pub(crate) note: String,
}

impl Component for Demonstration {
    const ID: &'static str = "demonstration";
    const NAME: &'static str = "演示条";
    const PURPOSE: &'static str = "演示机关的每一页都有：写明是演示；带演示时钟的，显示演示日期，可以让它往前走。正式机关没有。";
    const ACCESSIBILITY: &'static str = "是一个有名称的区域，在正文之前。拨动日期是表单和按钮，不用脚本；结果以 role=status 读出。打印时每一页有“演示”水印。";

    fn examples() -> Vec<(&'static str, Demonstration)> {
        let clock = |form| ShownClock {
            today: "2026-10-13(周二)".to_owned(),
            days_ahead: 3,
            form,
        };
        let form = ClockForm {
            token: "0".repeat(32),
            day: "2026-10-13".to_owned(),
            to: "/gallery".to_owned(),
            workday: "2026-10-14(周三)".to_owned(),
        };
        let line = |kind, act: &str, case: &str, note: &str| NewsLine {
            kind,
            act: act.to_owned(),
            case: case.to_owned(),
            link: "#demonstration".to_owned(),
            note: note.to_owned(),
        };
        vec![
            ("没有演示时钟", Demonstration::default()),
            (
                "还没有登录",
                Demonstration {
                    has_tour: true,
                    clock: Some(clock(None)),
                    news: None,
                },
            ),
            (
                "已经登录，刚过了一天",
                Demonstration {
                    has_tour: true,
                    clock: Some(clock(Some(form))),
                    news: Some(News {
                        head: "现在是2026-10-13(周二)。".to_owned(),
                        text: "这一天到期的有2项。".to_owned(),
                        lines: vec![
                            line("由系统记录", "逾期未缴", "擅自取水", ""),
                            line(
                                "新逾期",
                                "公示处罚决定",
                                "擅自取水",
                                "应于2026-10-12(周一)前办",
                            ),
                        ],
                        left: 1,
                    }),
                },
            ),
        ]
    }
}
