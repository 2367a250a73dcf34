//! What differs between two editions of the rules: each element as people read it, before and after.
//!
//! Acts, relations, facts, settings, items, statutes and the calendar are compared by what they say, not by where they
//! stand. Whatever else a file holds is told by the file, so that no change goes unsaid.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ShownAct, ShownFact, ShownRelation, show};
use crate::Rules;
use crate::catalog::Item;
use crate::model::{Agency, Setting};
use crate::source::SourceFile;
use crate::statute::{Statute, Verified};
use crate::time::Calendar;

/// A kind of element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Element {
    /// 程序
    Procedure,
    /// 行为
    Act,
    /// 关系
    Relation,
    /// 事实
    Fact,
    /// 设定
    Setting,
    /// 事项
    Item,
    /// 法规
    Statute,
    /// 工作日历, a year of it
    Calendar,
}

impl Element {
    /// Its name.
    pub const fn chinese(self) -> &'static str {
        match self {
            Element::Procedure => "程序",
            Element::Act => "行为",
            Element::Relation => "关系",
            Element::Fact => "事实",
            Element::Setting => "设定",
            Element::Item => "事项",
            Element::Statute => "法规",
            Element::Calendar => "工作日历",
        }
    }
}

/// How an element or a file differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// 新增
    Added,
    /// 取消
    Removed,
    /// 改动
    Changed,
}

impl Change {
    /// Its name.
    pub const fn chinese(self) -> &'static str {
        match self {
            Change::Added => "新增",
            Change::Removed => "取消",
            Change::Changed => "改动",
        }
    }
}

/// An element that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The names of the procedures in which it differs so; none for a national list.
    pub procedures: Vec<String>,
    /// What it is.
    pub element: Element,
    /// Its id.
    pub id: String,
    /// Its name, where it has one.
    pub name: String,
    /// How it differs.
    pub change: Change,
    /// Lines that it had and has no more.
    pub before: Vec<String>,
    /// Lines that it has now.
    pub after: Vec<String>,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDifference {
    /// Its path below the folder of the rules.
    pub path: String,
    /// How it differs.
    pub change: Change,
    /// How many lines it lost.
    pub lost: usize,
    /// How many lines it gained.
    pub gained: usize,
}

/// Compares what two editions say, as an agency without values of its own has them.
pub fn differences(before: &Rules, after: &Rules) -> Vec<Difference> {
    let mut found: Vec<Difference> = Vec::new();
    let mut ids: Vec<&str> = before.procedures.iter().map(|it| it.id.as_str()).collect();
    for procedure in &after.procedures {
        if !ids.contains(&procedure.id.as_str()) {
            ids.push(&procedure.id);
        }
    }
    for id in ids {
        let (old, new) = (of_procedure(before, id), of_procedure(after, id));
        let named = after.procedure(id).or(before.procedure(id));
        let name = named.map_or(id, |procedure| procedure.name.as_str());
        for mut one in compared(&old, &new) {
            // What an overlay says differs in every procedure alike: it is told once.
            let known = found.iter_mut().find(|known| {
                (
                    known.element,
                    &known.id,
                    known.change,
                    &known.before,
                    &known.after,
                ) == (one.element, &one.id, one.change, &one.before, &one.after)
            });
            match known {
                Some(known) => known.procedures.push(name.to_owned()),
                None => {
                    one.procedures.push(name.to_owned());
                    found.push(one);
                }
            }
        }
    }
    found.extend(compared(&of_lists(before), &of_lists(after)));
    found
}

/// Compares the files, by how many lines were lost and gained.
pub fn file_differences(before: &[SourceFile], after: &[SourceFile]) -> Vec<FileDifference> {
    let texts = |files: &'_ [SourceFile]| -> BTreeMap<String, String> {
        let both = files
            .iter()
            .map(|file| (file.path.clone(), file.text.clone()));
        both.collect()
    };
    let (old, new) = (texts(before), texts(after));
    let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
    paths.sort();
    paths.dedup();
    let each = paths.into_iter().filter_map(|path| {
        let (from, to) = (old.get(path), new.get(path));
        if from == to {
            return None;
        }
        let lines = |text: Option<&String>| -> Vec<String> {
            text.into_iter()
                .flat_map(|text| text.lines())
                .map(str::to_owned)
                .collect()
        };
        let (from_lines, to_lines) = (lines(from), lines(to));
        Some(FileDifference {
            path: path.clone(),
            change: change(from, to),
            lost: missing(&from_lines, &to_lines).len(),
            gained: missing(&to_lines, &from_lines).len(),
        })
    });
    each.collect()
}

const fn change<T>(was: Option<&T>, is: Option<&T>) -> Change {
    match (was, is) {
        (None, _) => Change::Added,
        (Some(_), None) => Change::Removed,
        (Some(_), Some(_)) => Change::Changed,
    }
}

/// By kind and id: the name, and what is said, line by line.
type Said = BTreeMap<(Element, String), (String, Vec<String>)>;

fn compared(old: &Said, new: &Said) -> Vec<Difference> {
    let mut keys: Vec<&(Element, String)> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    let each = keys.into_iter().filter_map(|key| {
        let (was, is) = (old.get(key), new.get(key));
        if was == is {
            return None;
        }
        let lines = |said: Option<&(String, Vec<String>)>| {
            said.map(|(_, lines)| lines.clone()).unwrap_or_default()
        };
        let (from, to) = (lines(was), lines(is));
        let name = is.or(was).map(|(name, _)| name.clone());
        Some(Difference {
            procedures: Vec::new(),
            element: key.0,
            id: key.1.clone(),
            name: name.unwrap_or_default(),
            change: change(was, is),
            before: missing(&from, &to),
            after: missing(&to, &from),
        })
    });
    each.collect()
}

/// The lines of `these` that `those` lack, each as often as it is lacking.
fn missing(these: &[String], those: &[String]) -> Vec<String> {
    let mut there: BTreeMap<&str, usize> = BTreeMap::new();
    for line in those {
        *there.entry(line).or_default() += 1;
    }
    let lacking = these
        .iter()
        .filter(|line| match there.get_mut(line.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
    lacking.cloned().collect()
}

fn of_procedure(rules: &Rules, id: &str) -> Said {
    let mut said = Said::new();
    let Some(procedure) = rules.procedure(id) else {
        return said;
    };
    let shown = show(procedure, &Agency::default());
    let phases: Vec<&str> = shown.phases.iter().map(|it| it.name.as_str()).collect();
    let phases = format!("阶段：{}", phases.join("、"));
    let whole = (procedure.name.clone(), vec![phases]);
    said.insert((Element::Procedure, shown.id.clone()), whole);
    for act in &shown.acts {
        said.insert(
            (Element::Act, act.id.clone()),
            (act.name.clone(), act_lines(act)),
        );
    }
    for relation in &shown.relations {
        let lines = relation_lines(relation);
        let key = (Element::Relation, relation.id.clone());
        // A relation may have several versions, each for its time.
        let (_, all) = said.entry(key).or_default();
        all.extend(lines);
    }
    for fact in &shown.facts {
        said.insert(
            (Element::Fact, fact.id.clone()),
            (fact.name.clone(), fact_lines(fact)),
        );
    }
    said
}

fn act_lines(act: &ShownAct) -> Vec<String> {
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = act.write(&mut text);
    lines(&text)
}

fn relation_lines(relation: &ShownRelation) -> Vec<String> {
    let mut text = String::new();
    let _ = relation.write(&mut text);
    let place = format!("位置：{}", relation.place);
    lines(&text)
        .into_iter()
        .filter(|line| *line != place)
        .collect()
}

fn fact_lines(fact: &ShownFact) -> Vec<String> {
    let mut text = String::new();
    let _ = fact.write(&mut text);
    lines(&text)
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

fn of_lists(rules: &Rules) -> Said {
    let mut said = Said::new();
    for setting in &rules.settings {
        let key = (Element::Setting, setting.id.clone());
        said.insert(key, (setting.name.clone(), setting_lines(setting)));
    }
    for item in rules.items.values() {
        let key = (Element::Item, item.id.clone());
        said.insert(key, (item.name.clone(), item_lines(item)));
    }
    for statute in rules.statutes.iter() {
        let key = (Element::Statute, statute.id.clone());
        said.insert(key, (statute.name.clone(), statute_lines(statute)));
    }
    for (year, lines) in calendar_lines(&rules.calendar) {
        said.insert(
            (Element::Calendar, format!("{year}年")),
            (String::new(), lines),
        );
    }
    said
}

fn checked(verified: Verified) -> Option<String> {
    (verified != Verified::Yes).then(|| "依据待核".to_owned())
}

fn setting_lines(setting: &Setting) -> Vec<String> {
    let value = setting
        .value
        .map_or("未定".to_owned(), |value| setting.show(value));
    let basis: Vec<&str> = setting
        .cites
        .iter()
        .map(|cite| cite.text.as_str())
        .collect();
    let mut lines = vec![format!("值：{value}")];
    lines.extend(
        setting
            .floor
            .map(|floor| format!("不低于：{}", setting.show(floor))),
    );
    lines.extend((!basis.is_empty()).then(|| format!("依据：{}", basis.join("、"))));
    lines.extend(checked(setting.verified));
    lines
}

fn item_lines(item: &Item) -> Vec<String> {
    let listed = |word: &str, all: &[String]| {
        (!all.is_empty()).then(|| format!("{word}：{}", all.join("、")))
    };
    let besides: Vec<String> = item
        .besides
        .iter()
        .map(|kind| kind.chinese().to_owned())
        .collect();
    let mut lines = vec![item.name.clone(), item.ranges()];
    lines.extend(listed("先行", &item.prior));
    lines.extend(item.needs_overdue.then(|| "逾期不改正的才处罚".to_owned()));
    lines.extend(listed("并处", &besides));
    lines.extend(item.basin.as_ref().map(|basin| format!("流域：{basin}")));
    lines.extend(item.water.as_ref().map(|water| format!("水源：{water}")));
    lines.extend(item.zone.map(|side| format!("管控区：{}", side.chinese())));
    lines.extend(listed("让位于", &item.yields_to));
    lines.extend(item.superseded.as_ref().map(|it| {
        let from = it.from.map_or(String::new(), |day| format!("{day}起"));
        let basis = it
            .cite
            .as_ref()
            .map_or(String::new(), |cite| format!("（{}）", cite.text));
        format!("停用：{from}由{}{basis}", it.passes_to)
    }));
    lines.push(format!("依据：{}", item.basis()));
    lines.extend(checked(item.verified));
    lines
}

fn statute_lines(statute: &Statute) -> Vec<String> {
    let mut lines = vec![
        format!("全称：{}", statute.full_name),
        format!("版本：{}", statute.version),
    ];
    lines.extend(statute.from.map(|day| format!("施行：{day}")));
    lines.extend(statute.until.map(|day| format!("废止：{day}")));
    let articles: Vec<String> = statute.articles.iter().map(u16::to_string).collect();
    lines.push(format!("读过的{}：{}", statute.unit, articles.join("、")));
    lines.extend(checked(statute.verified));
    lines
}

/// By year: each recorded day that is not what its weekday says, and each that has a name.
fn calendar_lines(calendar: &Calendar) -> BTreeMap<i16, Vec<String>> {
    let mut years: BTreeMap<i16, Vec<String>> = BTreeMap::new();
    let mut day = calendar.first_day();
    while day <= calendar.last_day() {
        let lines = years.entry(day.ymd().0).or_default();
        let works = calendar.is_workday(day);
        let name = calendar.name(day).unwrap_or_default();
        if works == (day.weekday() > 5) || !name.is_empty() {
            let kind = if works { "上班" } else { "休息" };
            lines.push(format!("{day} {kind} {name}").trim_end().to_owned());
        }
        match day.checked_plus_days(1) {
            Some(next) => day = next,
            None => break,
        }
    }
    years
}
