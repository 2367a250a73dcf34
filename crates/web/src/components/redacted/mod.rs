//! A text as the public will see it, with what is hidden and what is in doubt marked.

use super::Component;
use askama::Template;
use askama::filters::HtmlSafe;
use casework::redaction::{Ground, Redacted, Stretch};

/// A text with its marks.
#[derive(Clone, Debug, Template)]
#[template(path = "components/redacted.html")]
pub(crate) struct RedactedText {
    pub(crate) stretches: Vec<Stretch>,
}

impl HtmlSafe for RedactedText {}

impl RedactedText {
    pub(crate) fn of(text: &Redacted) -> RedactedText {
        RedactedText {
            stretches: text.stretches.clone(),
        }
    }
}

impl Component for RedactedText {
    const ID: &'static str = "redacted";
    const NAME: &'static str = "脱敏后的文字";
    const PURPOSE: &'static str =
        "公示以前给审核的人看：公众看到的就是这些字；隐去的、拿不准的都标出来。";
    const ACCESSIBILITY: &'static str =
        "不单靠颜色：隐去的有下划线和“隐”字，疑点有虚线框和“待定”；读屏时读出。";

    fn examples() -> Vec<(&'static str, RedactedText)> {
        let plain = |words: &str| Stretch::Plain(words.to_owned());
        let hidden = Stretch::Hidden {
            words: "李长河".to_owned(),
            shown: "李某某".to_owned(),
            what: "姓名",
            ground: Ground::Known,
        };
        let doubt = Stretch::Doubt {
            words: "郝老三".to_owned(),
            what: "像是自然人的姓名，本案没有登记",
        };
        vec![
            (
                "没有要隐去的",
                RedactedText {
                    stretches: vec![plain("在沁河右岸倾倒弃渣45立方米。")],
                },
            ),
            (
                "有隐去的，也有疑点",
                RedactedText {
                    stretches: vec![
                        plain("当事人"),
                        hidden,
                        plain("把砂子卖给了"),
                        doubt,
                        plain("。"),
                    ],
                },
            ),
        ]
    }
}
