//! Whether a step that the agency's list of recordings (音像记录事项清单) names came with one, or with the reason why not.

use law::fact::Value;

use super::Derived;
use crate::entry::FileRef;
use crate::lists::{ListRow, SCENES};
use crate::live::Live;

/// The algorithm by which the rules ask for the list.
pub const ALGORITHM: &str = "scene_recorded";
/// The fact that says that a recording was made.
const RECORDED: &str = "audio_video";
/// The fact that says why none was.
const REASON: &str = "audio_video_reason";

/// Whether a file is what a row of the list asks for: sound or moving pictures, or a photograph where that is enough.
pub fn meets(way: &str, file: &FileRef) -> bool {
    let is = |kind: &str| file.media_type.starts_with(kind);
    is("audio/") || is("video/") || way.contains("拍照") && is("image/")
}

/// Whether the act at hand has what the rows ask for that name it on its day. Before anything is filled in there is nothing to
/// hold it against.
pub(super) fn scene_recorded(live: &Live<'_>, _member: usize) -> Option<Derived> {
    let asked = live.command.zip(live.context.lists.get(SCENES));
    let Some((command, list)) = asked else {
        return Some(Derived::yes());
    };
    let procedure = &live.case.procedure;
    let event = &procedure.events[command.event];
    let act = format!("{}/{}", procedure.id, event.id);
    let names = |row: &&ListRow| row.holds(live.at.day) && row.cell("act") == act;
    let said = |id: &str| {
        let fact = procedure.fact(id)?;
        let mut all = command.facts.iter();
        all.find(|(known, _)| *known == fact).map(|(_, it)| it)
    };
    let is_said = said(RECORDED) == Some(&Value::Bool(true))
        || matches!(said(REASON), Some(Value::Text(text)) if !text.trim().is_empty());
    if is_said {
        return Some(Derived::yes());
    }
    let is_met = |row: &&ListRow| command.files.iter().any(|it| meets(row.cell("way"), it));
    let mut missing = list.rows.iter().filter(names).filter(|row| !is_met(row));
    Some(missing.next().map_or_else(Derived::yes, |row| {
        Derived::no(format!(
            "{}的“{}”要求{}，没有附上音像文件，也没有写明已经记录或者没有记录的原因",
            list.name,
            row.cell("stage"),
            row.cell("way")
        ))
    }))
}
