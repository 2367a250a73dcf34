//! A condition in a form: line by line, chosen among the facts of a procedure, or as text in the notation of the rules.
//! Lines come and go by buttons that send the form, so that nothing needs a script.

use super::sent::Sent;
use app::FieldError;
use app::register::Column;
use askama::Template;
use askama::filters::HtmlSafe;
use law::fact::FactType;
use law::load::Names;
use law::model::{FactIx, Procedure, SettingUnit};
use law::readers::{self, Reader, Reading};
use law::typed::{self, Line, Lines, Mistake};
use law::{Rules, contradiction};
use std::collections::BTreeSet;
use vocabulary::PenaltyKind;

/// A condition in a form has no more groups, and no group more lines.
const MOST: usize = 40;
/// So many alternatives are told below a line.
const TOLD: usize = 12;
/// Before the name of a setting, where it stands for a value. Tiers are compared with fixed values only.
const SETTING: &str = "设定:";
/// What the procedure of a row is called in its form.
const PROCEDURE: &str = "c.procedure";

/// The part of the form.
#[derive(Template)]
#[template(path = "register-condition.html")]
pub(super) struct Editor {
    name: String,
    anchor: String,
    label: &'static str,
    hint: &'static str,
    errors: Vec<String>,
    /// Written as text, where it cannot or shall not be shown line by line.
    text: Option<String>,
    /// Whether the text can be shown line by line.
    has_lines: bool,
    is_any: bool,
    groups: Vec<Vec<LineShown>>,
    /// Why there is nothing to choose from.
    nothing: String,
    /// The condition in words.
    said: String,
}

impl HtmlSafe for Editor {}

struct LineShown {
    name: String,
    place: String,
    drop: String,
    facts: Vec<Group>,
    tests: Vec<Group>,
    value: String,
    offered: Vec<String>,
    hint: String,
    error: String,
}

struct Group {
    name: String,
    options: Vec<Choice>,
}

struct Choice {
    value: String,
    is_chosen: bool,
}

impl Group {
    fn of<'t>(name: &str, all: impl IntoIterator<Item = &'t str>, chosen: &str) -> Group {
        let choice = |value: &str| Choice {
            is_chosen: value == chosen,
            value: value.to_owned(),
        };
        Group {
            name: name.to_owned(),
            options: all.into_iter().map(choice).collect(),
        }
    }
}

/// The procedures whose facts the condition may read.
struct Of<'r>(Vec<Reading<'r>>);

impl<'r> Of<'r> {
    fn sent(sent: &Sent, reader: Reader, rules: &'r Rules) -> Result<Of<'r>, String> {
        let asking = reader.procedures(rules);
        let readings = |it: Vec<(&'r Procedure, &'r Names)>| {
            let all = it.into_iter();
            Of(all
                .map(|(procedure, names)| reader.reading(procedure, names))
                .collect())
        };
        let id = match reader {
            Reader::Benchmark => return Ok(readings(asking.collect())),
            Reader::ReviewCatalog => sent.one(PROCEDURE),
        };
        if id.is_empty() {
            return Err("先在上面选择“适用程序”，再按“列出事实”。".to_owned());
        }
        let Some(procedure) = rules.procedure(id) else {
            return Err(format!("没有程序“{id}”。"));
        };
        let (own, others): (Vec<_>, Vec<_>) = asking.partition(|(it, _)| it.id == id);
        if own.is_empty() {
            let all: Vec<&str> = others.iter().map(|(it, _)| &*it.name).collect();
            return Err(format!(
                "“{}”不按目录判断是否审核，不能写判断条件；可以写的程序：{}。",
                procedure.name,
                all.join("、")
            ));
        }
        Ok(readings(own))
    }

    /// The first procedure that has a fact of this name.
    fn fact(&self, name: &str) -> Option<(&Reading<'r>, FactIx)> {
        let mut all = self.0.iter();
        all.find_map(|reading| {
            let mut facts = reading.procedure.facts.iter();
            Some((reading, facts.position(|it| it.name == name)?))
        })
    }

    /// The names of the facts that may be chosen, in groups; those that only another procedure has stand below.
    fn offered_facts(&self, reader: Reader) -> Vec<(String, Vec<&str>)> {
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        let mut groups = Vec::new();
        for (at, reading) in self.0.iter().enumerate() {
            let procedure = reading.procedure;
            for (title, facts) in reader.grouped(procedure) {
                let names = facts
                    .into_iter()
                    .map(|it| procedure.facts[it].name.as_str());
                let names: Vec<&str> = names.filter(|name| taken.insert(name)).collect();
                let title = match at {
                    0 => title,
                    _ => format!("{title}（{}）", procedure.name),
                };
                if !names.is_empty() {
                    groups.push((title, names));
                }
            }
        }
        groups
    }
}

/// Whether the form has the condition line by line.
fn is_lines(sent: &Sent, name: &str) -> bool {
    sent.one(&format!("{name}.as")) == "lines"
}

/// The lines that were sent.
fn lines_of(sent: &Sent, name: &str) -> Lines {
    let line = |group: usize, at: usize| {
        let part = |part: &str| format!("{name}.{group}.{at}.{part}");
        sent.has(&part("fact")).then(|| Line {
            fact: sent.one(&part("fact")).to_owned(),
            test: sent.one(&part("test")).to_owned(),
            value: sent.one(&part("value")).to_owned(),
        })
    };
    let group = |group: usize| -> Vec<Line> { (0..MOST).map_while(|at| line(group, at)).collect() };
    Lines {
        is_any: sent.one(&format!("{name}.join")) == "any",
        groups: (0..MOST)
            .map(group)
            .take_while(|group| !group.is_empty())
            .collect(),
    }
}

/// The condition as a text of the notation, whichever way it was sent.
pub(super) fn text_of(sent: &Sent, name: &str) -> String {
    if is_lines(sent, name) {
        lines_of(sent, name).text()
    } else {
        sent.one(name).to_owned()
    }
}

/// Puts a stored condition into the form.
pub(super) fn put(sent: &mut Sent, name: &str, text: &str) {
    match Lines::of(text) {
        Some(lines) if !text.trim().is_empty() => put_lines(sent, name, &lines),
        _ => sent.put(name, vec![text.to_owned()]),
    }
}

fn put_lines(sent: &mut Sent, name: &str, lines: &Lines) {
    sent.clear(name);
    sent.put(&format!("{name}.as"), vec!["lines".to_owned()]);
    let join = if lines.is_any { "any" } else { "all" };
    sent.put(&format!("{name}.join"), vec![join.to_owned()]);
    for (group, lines) in lines.groups.iter().enumerate() {
        for (at, line) in lines.iter().enumerate() {
            let parts = [
                ("fact", &line.fact),
                ("test", &line.test),
                ("value", &line.value),
            ];
            for (part, value) in parts {
                sent.put(&format!("{name}.{group}.{at}.{part}"), vec![value.clone()]);
            }
        }
    }
}

/// Does what a button asks: a line more, one less, the other way of writing.
pub(super) fn edit(sent: &mut Sent, name: &str) {
    let wanted = sent.one("edit").to_owned();
    let mut words = wanted.split('.');
    let what = words.next().unwrap_or_default();
    let numbers: Vec<usize> = words.filter_map(|word| word.parse().ok()).collect();
    let mut lines = lines_of(sent, name);
    match (what, numbers.as_slice()) {
        ("line", [group]) => {
            if let Some(group) = lines.groups.get_mut(*group)
                && group.len() < MOST
            {
                group.push(Line::default());
            }
        }
        ("group", []) if lines.groups.len() < MOST => lines.groups.push(vec![Line::default()]),
        ("drop", [group, at]) => {
            if let Some(group) = lines.groups.get_mut(*group)
                && *at < group.len()
            {
                group.remove(*at);
            }
            lines.groups.retain(|group| !group.is_empty());
        }
        ("text", []) => {
            let text = lines.text();
            sent.clear(name);
            return sent.put(name, vec![text]);
        }
        ("lines", []) => {
            if let Some(lines) = Lines::of(sent.one(name)) {
                put_lines(sent, name, &lines);
            }
            return;
        }
        _ => return,
    }
    put_lines(sent, name, &lines);
}

/// What is wrong with single lines, each at its place; what they say together is checked with the row.
pub(super) fn line_errors(
    sent: &Sent,
    (column, reader): (&Column, Reader),
    rules: &Rules,
) -> Vec<FieldError> {
    let name = format!("c.{}", column.id);
    if !is_lines(sent, &name) {
        return Vec::new();
    }
    let of = Of::sent(sent, reader, rules);
    let mut errors = Vec::new();
    for (group, lines) in lines_of(sent, &name).groups.iter().enumerate() {
        for (at, line) in lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
        {
            if let Some(text) = wrong(line, of.as_ref().ok()) {
                errors.push(FieldError {
                    field: format!("{}.{group}.{at}", column.id),
                    text,
                });
            }
        }
    }
    errors
}

/// What is wrong with a line; that no procedure was chosen is told at the procedure.
fn wrong(line: &Line, of: Option<&Of<'_>>) -> Option<String> {
    let missing = [(&line.fact, "请选择事实"), (&line.test, "请选择怎样比较")];
    if let Some((_, text)) = missing.into_iter().find(|(part, _)| part.trim().is_empty()) {
        return Some(text.to_owned());
    }
    let text = line.text();
    let mut least: Option<Vec<Mistake>> = None;
    for reading in &of?.0 {
        match reading.read(&text) {
            Ok(condition) => return contradiction::told(&condition, reading.procedure.words()),
            Err(found) if least.as_ref().is_none_or(|least| found.len() < least.len()) => {
                least = Some(found);
            }
            Err(_) => {}
        }
    }
    let mistake = least?.into_iter().next()?;
    Some(mistake.to_string())
}

impl Editor {
    pub(super) fn of(
        (column, reader): (&'static Column, Reader),
        sent: &Sent,
        rules: &Rules,
        errors: &[FieldError],
    ) -> Editor {
        let name = format!("c.{}", column.id);
        let of = Of::sent(sent, reader, rules);
        let written = text_of(sent, &name);
        let as_lines = is_lines(sent, &name) || written.is_empty() && sent.one("edit") != "text";
        let mut lines = lines_of(sent, &name);
        if as_lines && lines.groups.is_empty() {
            lines.groups.push(vec![Line::default()]);
        }
        let of = of.as_ref();
        let error_at = |group: usize, at: usize| {
            let field = format!("{}.{group}.{at}", column.id);
            let found = errors.iter().find(|error| error.field == field);
            found.map_or_else(String::new, |error| error.text.clone())
        };
        let groups = lines.groups.iter().enumerate().map(|(group, all)| {
            let shown = all.iter().enumerate().map(|(at, line)| {
                let place = match lines.groups.len() + all.len() {
                    0..=2 => String::new(),
                    _ => format!("第{}组第{}行的", group + 1, at + 1),
                };
                LineShown {
                    name: format!("{name}.{group}.{at}"),
                    place,
                    drop: format!("drop.{group}.{at}"),
                    error: error_at(group, at),
                    ..LineShown::of(line, of.ok(), reader)
                }
            });
            shown.collect()
        });
        let groups = if as_lines {
            groups.collect()
        } else {
            Vec::new()
        };
        let mine = errors.iter().filter(|error| error.field == column.id);
        Editor {
            anchor: super::form::anchor(column.id),
            label: column.name,
            hint: column.hint,
            errors: mine.map(|error| error.text.clone()).collect(),
            has_lines: Lines::of(&written).is_some(),
            text: (!as_lines).then(|| written.clone()),
            is_any: lines.is_any,
            groups,
            nothing: of.err().cloned().unwrap_or_default(),
            said: of.map_or_else(|_| String::new(), |of| of.said(&written)),
            name,
        }
    }
}

impl Of<'_> {
    /// The condition in words, or why it can never hold; nothing while it cannot be read.
    fn said(&self, text: &str) -> String {
        if text.trim().is_empty() {
            return String::new();
        }
        let mut read = self.0.iter().filter_map(|reading| {
            let words = reading.procedure.words();
            let condition = typed::read(text, reading.names).ok()?;
            let never = contradiction::told(&condition, words);
            Some(never.unwrap_or_else(|| words.sentence(&condition)))
        });
        read.next().unwrap_or_default()
    }
}

/// What may be written as the value of a fact.
fn offered(procedure: &Procedure, fact: FactIx) -> Vec<String> {
    let settings = |fits: fn(&SettingUnit) -> bool| -> Vec<String> {
        let all = procedure.settings.iter().filter(|it| fits(&it.unit));
        all.map(|it| format!("{SETTING}{}", it.name)).collect()
    };
    match &procedure.facts[fact].kind {
        FactType::Choice(all) | FactType::Choices(all) => {
            all.iter().map(|one| one.name.clone()).collect()
        }
        FactType::Penalty => {
            let kinds = PenaltyKind::ALL
                .iter()
                .map(|kind| kind.chinese().to_owned());
            let money = settings(|unit| matches!(unit, SettingUnit::Money));
            kinds.chain(money).collect()
        }
        FactType::Money => settings(|unit| matches!(unit, SettingUnit::Money)),
        FactType::Count => settings(|unit| matches!(unit, SettingUnit::Count)),
        FactType::Date | FactType::Moment => vec!["行为日".to_owned()],
        _ => Vec::new(),
    }
}

/// The comparisons by the type that they fit, for a fact that is not chosen yet.
const TESTS: [(&str, &[&str]); 6] = [
    ("是否", &["成立", "不成立"]),
    ("选项", &["是", "不是", "属于"]),
    ("多选", &["含", "不含"]),
    (
        "数、数量、金额",
        &["不少于", "超过", "不超过", "少于", "等于"],
    ),
    (
        "处罚",
        &["含种类", "罚款不少于", "罚款超过", "没收不少于", "没收超过"],
    ),
    ("日期", &["不早于", "晚于", "不晚于", "早于"]),
];
const FILLED: (&str, &[&str]) = ("有没有填", &["已填", "未填"]);

impl LineShown {
    fn of(line: &Line, of: Option<&Of<'_>>, reader: Reader) -> LineShown {
        let fact = of.and_then(|of| of.fact(&line.fact));
        let facts = of.map_or_else(Vec::new, |of| of.offered_facts(reader));
        let facts = facts.into_iter();
        let mut facts: Vec<Group> = facts
            .map(|(title, names)| Group::of(&title, names, &line.fact))
            .collect();
        // What was sent stays, whether it fits or not.
        keep(&mut facts, &line.fact);
        let mut tests: Vec<Group> = match fact {
            Some((reading, fact)) => {
                let own = readers::tests_of(reading.names, fact);
                let kind = reading.procedure.facts[fact].kind.chinese();
                let mut all = vec![Group::of(kind, own.iter().copied(), &line.test)];
                if reader == Reader::ReviewCatalog && !own.contains(&"已填") {
                    all.push(Group::of(FILLED.0, FILLED.1.iter().copied(), &line.test));
                }
                all
            }
            None => TESTS
                .iter()
                .chain([&FILLED])
                .map(|(title, all)| Group::of(title, all.iter().copied(), &line.test))
                .collect(),
        };
        keep(&mut tests, &line.test);
        let mut offered =
            fact.map_or_else(Vec::new, |(reading, fact)| offered(reading.procedure, fact));
        if reader == Reader::Benchmark {
            offered.retain(|value| !value.starts_with(SETTING));
        }
        let hint = match fact {
            Some((reading, fact)) => match &reading.procedure.facts[fact].kind {
                FactType::Bool => "不用写值。".to_owned(),
                FactType::Money if reader == Reader::Benchmark => "金额以元计，写数。".to_owned(),
                FactType::Money | FactType::Penalty => "金额以元计，写数或者选设定。".to_owned(),
                _ if offered.is_empty() || offered.len() > TOLD => String::new(),
                _ => format!("可以写：{}", offered.join("、")),
            },
            None => String::new(),
        };
        LineShown {
            name: String::new(),
            place: String::new(),
            drop: String::new(),
            facts,
            tests,
            value: line.value.clone(),
            offered,
            hint,
            error: String::new(),
        }
    }
}

fn keep(groups: &mut Vec<Group>, sent: &str) {
    let mut all = groups.iter().flat_map(|group| &group.options);
    if !sent.is_empty() && !all.any(|option| option.is_chosen) {
        groups.push(Group::of("不能用在这里的", [sent], sent));
    }
}
