//! How the acts of a chart stand in one case: the same drawing with the marks of the case on it.
//!
//! Who makes a marking knows the case; here it is only drawn. Every standing has a word and a shape besides its color.

use vocabulary::Day;

/// The marks of a case, one for each box of the chart, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marking {
    /// The marks.
    pub marks: Vec<Mark>,
}

/// How one act stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Done so often.
    pub done: u32,
    /// The day on which it was done last.
    pub last: Option<Day>,
    /// It may be done now.
    pub is_open: bool,
    /// It is owed.
    pub owed: Option<Owed>,
    /// This case does not come to it, or not any more.
    pub is_out: bool,
}

/// That an act is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// By this day, where one is set.
    pub due: Option<Day>,
    /// The day has passed.
    pub is_overdue: bool,
}

/// A sign on a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// ✓: done.
    Done,
    /// A tag: owed.
    Owed,
    /// A dark tag: owed, and its day has passed.
    Overdue,
    /// A triangle beside the thick border: may be done now.
    Open,
    /// A dash beside the dashed border: out of play.
    Out,
}

impl Sign {
    /// Every sign, in the order of the legend.
    pub const ALL: [Sign; 5] = [Sign::Done, Sign::Open, Sign::Owed, Sign::Overdue, Sign::Out];

    /// The word of a tag; the other signs are shapes.
    pub fn word(self) -> &'static str {
        match self {
            Sign::Owed => "应办",
            Sign::Overdue => "逾期",
            Sign::Done | Sign::Open | Sign::Out => "",
        }
    }

    /// What it means, for the legend.
    pub fn meaning(self) -> &'static str {
        match self {
            Sign::Done => "已经办理",
            Sign::Open => "粗框：现在可以办",
            Sign::Owed => "应当办理",
            Sign::Overdue => "应办未办，期限已过",
            Sign::Out => "虚框：本案不进行",
        }
    }
}

impl Mark {
    /// The signs of the box with their texts, one to a line; none for what lies ahead.
    pub fn lines(&self) -> Vec<(Sign, String)> {
        let mut lines = Vec::new();
        if let Some(owed) = self.owed {
            let sign = if owed.is_overdue {
                Sign::Overdue
            } else {
                Sign::Owed
            };
            let text = match (owed.due, owed.is_overdue) {
                (Some(due), false) => format!("{due}前"),
                (Some(due), true) => format!("{due}到期"),
                (None, _) => "没有定期限".to_owned(),
            };
            lines.push((sign, text));
        }
        if self.done > 0 {
            let last = self
                .last
                .map_or_else(|| "已办".to_owned(), |day| day.to_string());
            let times = if self.done > 1 {
                format!(" 共{}次", self.done)
            } else {
                String::new()
            };
            lines.push((Sign::Done, format!("{last}{times}")));
        }
        if self.is_open {
            let text = if self.done > 0 {
                "可以再办"
            } else {
                "现在可以办"
            };
            lines.push((Sign::Open, text.to_owned()));
        }
        if self.is_out && lines.is_empty() {
            lines.push((Sign::Out, "本案不进行".to_owned()));
        }
        lines
    }

    /// The whole in words, for a list beside the drawing.
    pub fn words(&self) -> String {
        let told = self.lines().into_iter().map(|(sign, text)| match sign {
            Sign::Done => format!("已办，{text}"),
            Sign::Owed | Sign::Overdue => format!("{}，{text}", sign.word()),
            Sign::Open | Sign::Out => text,
        });
        let told: Vec<String> = told.collect();
        if told.is_empty() {
            "还没有到这一步".to_owned()
        } else {
            told.join("；")
        }
    }
}

impl Marking {
    /// The mark of a box; one that was not given lies ahead.
    pub fn of(&self, ix: usize) -> Mark {
        self.marks.get(ix).cloned().unwrap_or_default()
    }

    /// For each of so many boxes, how many lines its signs need.
    pub(super) fn line_counts(&self, boxes: usize) -> Vec<usize> {
        (0..boxes).map(|ix| self.of(ix).lines().len()).collect()
    }
}
