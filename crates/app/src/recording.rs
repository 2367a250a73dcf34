//! What the agency's list of recordings (音像记录事项清单) asks for at a step, and the steps of a case that came without a recording.
//! The rules hold each act against the same list; this tells what to do, and what is still without a file.

use crate::office::Office;
use crate::register::{RegisterName, Row, Standing};
use crate::view::CaseView;
use casework::entry::{ActPerformed, Entry, FileRef};
use vocabulary::Day;

/// A row of the list, for the step that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// 记录环节
    pub stage: String,
    /// 记录方式
    pub way: String,
    /// 记录现场
    pub site: String,
    /// 记录开始时间
    pub begins: String,
    /// 记录内容
    pub content: String,
    /// 记录结束时间
    pub ends: String,
    /// 存储期限
    pub kept: String,
}

impl Scene {
    fn of(row: &Row) -> Scene {
        let text = |column: &str| {
            let value = row.get(column).and_then(|it| it.as_str());
            value.unwrap_or_default().to_owned()
        };
        Scene {
            stage: text("stage"),
            way: text("way"),
            site: text("site"),
            begins: text("begins"),
            content: text("content"),
            ends: text("ends"),
            kept: text("kept"),
        }
    }

    /// Whether a file is what the row asks for.
    fn is_met_by(&self, file: &FileRef) -> bool {
        casework::lists::meets(&self.way, file)
    }
}

/// A step that stands in the list and came without a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecorded {
    /// The id of the event.
    pub event: String,
    /// When the law counts it.
    pub occurred: Day,
    /// What the list asks for.
    pub scene: Scene,
}

/// What the list asks for at a step on a day.
pub fn scenes(standing: &Standing, procedure: &str, event: &str, day: Day) -> Vec<Scene> {
    let act = format!("{procedure}/{event}");
    let rows = standing.rows(RegisterName::Scenes, day);
    rows.filter(|(_, _, row)| row.get("act").and_then(|it| it.as_str()) == Some(&act))
        .map(|(_, _, row)| Scene::of(row))
        .collect()
}

impl Office {
    /// The steps of a case that the list, as it stood on their days, wants recorded and that came without a recording, in the
    /// order of recording. What was taken over from paper is not asked.
    pub fn unrecorded(&self, view: &CaseView) -> Vec<Unrecorded> {
        let standing = self.standing();
        let procedure = &view.procedure().id;
        let mut found: Vec<(u32, Unrecorded)> = Vec::new();
        for (number, entry) in (1..).zip(&view.history.entries) {
            let (of, act): (u32, &ActPerformed) = match entry {
                Entry::Act(act) => (number, act),
                // A corrected act stands as corrected.
                Entry::Corrected(correction) => (correction.of, &correction.act),
                _ => continue,
            };
            found.retain(|(place, _)| *place != of);
            let day = act.occurred.day;
            let asked = scenes(&standing, procedure, &act.event, day).into_iter();
            let missing = asked.filter(|scene| !act.files.iter().any(|it| scene.is_met_by(it)));
            found.extend(missing.map(|scene| {
                let event = act.event.clone();
                let occurred = day;
                let unrecorded = Unrecorded {
                    event,
                    occurred,
                    scene,
                };
                (of, unrecorded)
            }));
        }
        found.sort_by_key(|(place, _)| *place);
        found
            .into_iter()
            .map(|(_, unrecorded)| unrecorded)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photograph_is_enough_only_where_the_list_says_so() {
        let scene = |way: &str| Scene {
            way: way.to_owned(),
            ..Scene::of(&Row::new())
        };
        let file = |media_type: &str| FileRef {
            sha256: String::new(),
            sm3: String::new(),
            size_bytes: 1,
            media_type: media_type.to_owned(),
            name: String::new(),
        };
        let (all, either) = (scene("全程录音录像"), scene("录音录像或者拍照"));
        assert!(all.is_met_by(&file("video/mp4")) && all.is_met_by(&file("audio/mpeg")));
        assert!(!all.is_met_by(&file("image/jpeg")) && !all.is_met_by(&file("application/pdf")));
        assert!(either.is_met_by(&file("image/jpeg")));
    }
}
