//! What a text was and what it is now, in one run of text.

use super::Component;
use askama::Template;
use askama::filters::HtmlSafe;
use similar::{Algorithm, DiffTag, capture_diff_slices};

/// Longer texts are shown whole, the old one and the new one: comparing them would cost more than it tells.
const LONGEST_PIECES: usize = 6_000;

/// A text that was another before.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "components/diff.html")]
pub(crate) struct Diff {
    pub(crate) runs: Vec<Run>,
}

impl HtmlSafe for Diff {}

/// A run of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    Same(String),
    Removed(String),
    Added(String),
}

impl Diff {
    /// Compares two texts, Chinese by the character, numbers and words of other scripts as wholes.
    pub(crate) fn of(old: &str, new: &str) -> Diff {
        let (old, new) = (pieces(old), pieces(new));
        if old.len() + new.len() > LONGEST_PIECES {
            return Diff::joined([(Vec::new(), old, new)]);
        }
        let mut changes: Vec<(Vec<&str>, Vec<&str>, Vec<&str>)> = vec![Default::default()];
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            let (tag, was, is) = op.as_tag_tuple();
            if tag == DiffTag::Equal {
                changes.push((old[was].to_vec(), Vec::new(), Vec::new()));
            } else if let Some((_, removed, added)) = changes.last_mut() {
                removed.extend_from_slice(&old[was]);
                added.extend_from_slice(&new[is]);
            }
        }
        // One character that two changes happen to share would only cut them to pieces.
        let mut at = 1;
        while at < changes.len() {
            let (same, removed, added) = &changes[at];
            let (_, removed_before, added_before) = &changes[at - 1];
            let is_change = |a: &[&str], b: &[&str]| !a.is_empty() || !b.is_empty();
            let is_between = is_change(removed, added) && is_change(removed_before, added_before);
            if is_between && same.concat().chars().count() <= 1 {
                let (same, removed, added) = changes.remove(at);
                let before = &mut changes[at - 1];
                before.1.extend(same.iter().chain(&removed));
                before.2.extend(same.iter().chain(&added));
            } else {
                at += 1;
            }
        }
        Diff::joined(changes)
    }

    fn joined<'a>(
        changes: impl IntoIterator<Item = (Vec<&'a str>, Vec<&'a str>, Vec<&'a str>)>,
    ) -> Diff {
        let runs = changes.into_iter().flat_map(|(same, removed, added)| {
            [
                Run::Same(same.concat()),
                Run::Removed(removed.concat()),
                Run::Added(added.concat()),
            ]
        });
        let is_something = |run: &Run| match run {
            Run::Same(text) | Run::Removed(text) | Run::Added(text) => !text.is_empty(),
        };
        Diff {
            runs: runs.filter(is_something).collect(),
        }
    }
}

/// A number or a word of another script, or any other character alone.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric();
        let is_inner = |c: char| is_word(c) || ",.-:".contains(c);
        let mut length = first.len_utf8();
        if is_word(first) {
            let run = rest.chars().take_while(|c| is_inner(*c)).count();
            // A mark at the end belongs to the sentence.
            let marks = rest.chars().take(run).collect::<Vec<_>>();
            length = run - marks.iter().rev().take_while(|c| !is_word(**c)).count();
        }
        let Some((piece, after)) = rest.split_at_checked(length) else {
            break;
        };
        pieces.push(piece);
        rest = after;
    }
    pieces
}

impl Component for Diff {
    const ID: &'static str = "diff";
    const NAME: &'static str = "改动";
    const PURPOSE: &'static str = "同一项内容原来怎样、现在怎样，写在一段里。";
    const ACCESSIBILITY: &'static str = "用 del 和 ins；读屏软件另读出“删去”“加上”的起止。看的人由删除线和双下划线区分，不只靠颜色。";

    fn examples() -> Vec<(&'static str, Diff)> {
        vec![
            (
                "几个字",
                Diff::of(
                    "责令停止违法行为,处五万元罚款。",
                    "责令停止违法行为,限期拆除,处六万元罚款。",
                ),
            ),
            ("数额", Diff::of("罚款¥50,000.00", "罚款¥60,000.00")),
            ("只有增加", Diff::of("", "已补充取水许可证复印件")),
            ("没有改动", Diff::of("事实清楚", "事实清楚")),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &str, new: &str) -> String {
        let runs = Diff::of(old, new).runs;
        let told = runs.iter().map(|run| match run {
            Run::Same(text) => text.clone(),
            Run::Removed(text) => format!("[-{text}-]"),
            Run::Added(text) => format!("[+{text}+]"),
        });
        told.collect()
    }

    #[test]
    fn chinese_is_compared_by_the_character_and_numbers_as_wholes() {
        assert_eq!(
            told("处五万元罚款", "处六万元罚款"),
            "处[-五-][+六+]万元罚款"
        );
        assert_eq!(
            told("罚款50,000.00元。", "罚款60,000.00元。"),
            "罚款[-50,000.00-][+60,000.00+]元。"
        );
        assert_eq!(
            told("2026-10-13.", "2026-11-13."),
            "[-2026-10-13-][+2026-11-13+]."
        );
        assert_eq!(told("事实清楚", "事实不清楚"), "事实[+不+]清楚");
        assert_eq!(told("事实不清楚", "事实清楚"), "事实[-不-]清楚");
        assert_eq!(told("", ""), "");
        assert_eq!(told("甲", "甲"), "甲");
    }

    #[test]
    fn a_shared_character_does_not_cut_a_change_to_pieces() {
        assert_eq!(told("张三的厂", "李四的店"), "[-张三的厂-][+李四的店+]");
        assert_eq!(
            told("某县的采砂场", "某市的采砂场"),
            "某[-县-][+市+]的采砂场"
        );
    }

    #[test]
    fn nothing_of_either_text_is_lost() {
        let long = "取水许可证载明的年取水量".repeat(400);
        for (old, new) in [
            ("Ａ证据1,2,3…", "证据1,2,4…𬭎"),
            ("a,b.", "a,b"),
            (long.as_str(), "短"),
        ] {
            let runs = Diff::of(old, new).runs;
            let side = |keep: fn(&Run) -> Option<&String>| -> String {
                runs.iter().filter_map(keep).map(String::as_str).collect()
            };
            let was = side(|run| match run {
                Run::Same(text) | Run::Removed(text) => Some(text),
                Run::Added(_) => None,
            });
            let is = side(|run| match run {
                Run::Same(text) | Run::Added(text) => Some(text),
                Run::Removed(_) => None,
            });
            assert_eq!((was.as_str(), is.as_str()), (old, new));
        }
    }
}
