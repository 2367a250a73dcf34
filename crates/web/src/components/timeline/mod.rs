//! What happened, the latest first, each with the time that the law counts and the time of recording.

use super::Component;
use super::definitions::{Definition, Definitions, Shown};
use super::diff::Diff;
use super::status::{Status, Tone};
use askama::Template;
use askama::filters::HtmlSafe;

/// So many of the latest entries are shown at once; the older ones are folded.
const LATEST: usize = 8;
/// So many older ones come along behind their fold; the page of a case with hundreds stays light, and a link shows all.
const OLDER: usize = 60;

/// The first of so many entries that the page brings along.
pub(crate) const fn first_brought(entries: usize, is_unfolded: bool) -> usize {
    match is_unfolded {
        true => 0,
        false => entries.saturating_sub(LATEST + OLDER),
    }
}

/// What happened, in the order of recording.
#[derive(Clone, Debug, Template)]
#[template(path = "components/timeline.html")]
pub(crate) struct Timeline {
    /// Those that are brought along: see [`first_brought`].
    pub(crate) entries: Vec<Happened>,
    /// So many came before them, and are only shown elsewhere.
    pub(crate) beyond: usize,
    /// Everything that could be folded is shown.
    pub(crate) is_unfolded: bool,
    /// Where all entries are shown, however many.
    pub(crate) whole: String,
}

impl HtmlSafe for Timeline {}

/// An entry.
#[derive(Clone, Debug)]
pub(crate) struct Happened {
    pub(crate) name: String,
    pub(crate) subject: String,
    pub(crate) occurred: String,
    pub(crate) recorded: String,
    /// What is unusual about it: recorded on a later day, taken over from a signed sheet.
    pub(crate) marks: Vec<Status>,
    pub(crate) people: Vec<(String, String)>,
    pub(crate) facts: Vec<Definition>,
    pub(crate) notes: Vec<String>,
    pub(crate) owed: Vec<String>,
    /// Name, size and address of each file.
    pub(crate) files: Vec<(String, String, String)>,
    pub(crate) leaf_index: u64,
}

impl Happened {
    /// Everything that was said, and where it stands in the record.
    fn content(&self) -> Definitions {
        let mut lines = self.facts.clone();
        lines.extend(
            self.owed
                .iter()
                .map(|owed| Definition::new("产生期限", owed)),
        );
        lines.push(Definition::new("日志序号", self.leaf_index.to_string()));
        Definitions {
            lines,
            is_wide: false,
        }
    }
}

impl Timeline {
    /// The entries by age: those shown at once, and those behind a fold; the latest first.
    fn parts(&self) -> [Vec<&Happened>; 2] {
        // A fold that hides one or two would be longer than what it hides.
        let shown = if self.entries.len() <= LATEST + 2 {
            self.entries.len()
        } else {
            LATEST
        };
        let mut latest: Vec<&Happened> = self.entries.iter().rev().collect();
        let older = latest.split_off(shown.min(latest.len()));
        [latest, older]
    }
}

impl Component for Timeline {
    const ID: &'static str = "timeline";
    const NAME: &'static str = "经过";
    const PURPOSE: &'static str =
        "发生过什么，最近的在前；写明发生和记录两个时间。多于十条的，较早的折起。";
    const ACCESSIBILITY: &'static str =
        "是倒序的有序列表。折起的内容用 details，键盘可以展开，不用脚本。圆点只是装饰。";

    fn examples() -> Vec<(&'static str, Timeline)> {
        let entry = |at: u64| Happened {
            name: "现场走访".to_owned(),
            subject: String::new(),
            occurred: "2026-10-23(周五)".to_owned(),
            recorded: "2026-10-23(周五) 17:40".to_owned(),
            marks: Vec::new(),
            people: vec![("承办人".to_owned(), "陆清源、闻一舟".to_owned())],
            facts: Vec::new(),
            notes: Vec::new(),
            owed: Vec::new(),
            files: Vec::new(),
            leaf_index: at,
        };
        let late = Happened {
            name: "送达(处罚决定书)".to_owned(),
            subject: "某某建材有限公司".to_owned(),
            marks: vec![Status::new("补录，晚2天", Tone::Plain)],
            facts: vec![Definition::new("送达方式", "留置送达")],
            notes: vec!["写明理由：当事人拒绝签收，见证人在场。".to_owned()],
            owed: vec!["2026-12-11(周五)前：缴清".to_owned()],
            files: vec![(
                "送达回证.jpg".to_owned(),
                "812.4 kB".to_owned(),
                "#timeline".to_owned(),
            )],
            ..entry(2)
        };
        let corrected = Happened {
            name: "更正第2条记录：送达(处罚决定书)".to_owned(),
            facts: vec![Definition {
                value: Shown::Changed(Diff::of("留置送达", "直接送达")),
                ..Definition::new("送达方式", "")
            }],
            notes: vec!["更正理由：录入时选错。".to_owned()],
            ..entry(3)
        };
        let timeline = |mut entries: Vec<Happened>| Timeline {
            beyond: first_brought(entries.len(), false),
            entries: entries.split_off(first_brought(entries.len(), false)),
            is_unfolded: false,
            whole: "#timeline".to_owned(),
        };
        vec![
            ("两条", timeline(vec![entry(0), late.clone()])),
            // Each entry is found by its number, on the gallery page too.
            (
                "有更正",
                timeline(vec![
                    Happened {
                        leaf_index: 12,
                        ..late
                    },
                    Happened {
                        leaf_index: 13,
                        ..corrected
                    },
                ]),
            ),
            ("很多条", timeline((20..33).map(entry).collect())),
            ("几百条", timeline((100..172).map(entry).collect())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_brought_along_is_told() {
        assert_eq!(first_brought(68, false), 0);
        assert_eq!(first_brought(300, false), 232);
        assert_eq!(first_brought(300, true), 0, "the whole course has all");
        let many = Timeline::examples().pop().expect("the last example").1;
        assert_eq!((many.beyond, many.entries.len()), (4, 68));
        assert!(many.to_string().contains("还有更早的4条"));
    }

    #[test]
    fn the_latest_stand_first_and_none_is_lost() {
        for (_, timeline) in Timeline::examples() {
            let [latest, older] = timeline.parts();
            let shown: Vec<u64> = latest
                .iter()
                .chain(&older)
                .map(|entry| entry.leaf_index)
                .collect();
            let mut recorded: Vec<u64> = timeline.entries.iter().map(|e| e.leaf_index).collect();
            recorded.reverse();
            assert_eq!(shown, recorded);
            assert!(shown.len() <= LATEST + OLDER, "the page stays light");
            assert!(older.is_empty() || older.len() > 2, "a fold pays");
        }
    }
}
