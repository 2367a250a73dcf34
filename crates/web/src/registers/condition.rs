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
use law::review_catalog::{self, CatalogRow};
use law::typed::{self, Line, Lines};
use law::{Rules, contradiction};
use vocabulary::{Day, PenaltyKind};

/// A condition in a form has no more groups, and no group more lines.
const MOST: usize = 40;
/// So many alternatives are told below a line.
const TOLD: usize = 12;
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

/// The procedure that the form names, if it asks for the catalogue.
struct Of<'r> {
    procedure: &'r Procedure,
    names: &'r Names,
}

impl<'r> Of<'r> {
    fn sent(sent: &Sent, rules: &'r Rules) -> Result<Of<'r>, String> {
        let id = sent.one(PROCEDURE);
        if id.is_empty() {
            return Err("先在上面选择“适用程序”，再按“列出事实”。".to_owned());
        }
        let found = rules.procedure(id).zip(rules.names.get(id));
        let Some((procedure, names)) = found else {
            return Err(format!("没有程序“{id}”。"));
        };
        if review_catalog::asked(procedure).is_empty() {
            let asks = |it: &&Procedure| !review_catalog::asked(it).is_empty();
            let all: Vec<&str> = rules
                .procedures
                .iter()
                .filter(asks)
                .map(|it| &*it.name)
                .collect();
            return Err(format!(
                "“{}”不按目录判断是否审核，不能写判断条件；可以写的程序：{}。",
                procedure.name,
                all.join("、")
            ));
        }
        Ok(Of { procedure, names })
    }

    fn fact(&self, name: &str) -> Option<FactIx> {
        self.procedure.facts.iter().position(|it| it.name == name)
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
pub(super) fn line_errors(sent: &Sent, column: &Column, rules: &Rules) -> Vec<FieldError> {
    let name = format!("c.{}", column.id);
    if !is_lines(sent, &name) {
        return Vec::new();
    }
    let mut errors = Vec::new();
    for (group, lines) in lines_of(sent, &name).groups.iter().enumerate() {
        for (at, line) in lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
        {
            if let Some(text) = wrong(line, sent, rules) {
                errors.push(FieldError {
                    field: format!("{}.{group}.{at}", column.id),
                    text,
                });
            }
        }
    }
    errors
}

fn wrong(line: &Line, sent: &Sent, rules: &Rules) -> Option<String> {
    let missing = [(&line.fact, "请选择事实"), (&line.test, "请选择怎样比较")];
    if let Some((_, text)) = missing.into_iter().find(|(part, _)| part.trim().is_empty()) {
        return Some(text.to_owned());
    }
    let row = CatalogRow {
        id: String::new(),
        name: String::new(),
        procedure: sent.one(PROCEDURE).to_owned(),
        condition: line.text(),
        from: Day::MIN,
        until: None,
    };
    let mut found = review_catalog::mistakes(&row, rules).into_iter();
    // That no procedure was chosen is told at the procedure.
    found
        .find(|error| error.field == "condition")
        .map(|error| error.text)
}

impl Editor {
    pub(super) fn of(
        column: &'static Column,
        sent: &Sent,
        rules: &Rules,
        errors: &[FieldError],
    ) -> Editor {
        let name = format!("c.{}", column.id);
        let of = Of::sent(sent, rules);
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
                    ..LineShown::of(line, of.ok())
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
        let words = self.procedure.words();
        typed::read(text, self.names).map_or_else(
            |_| String::new(),
            |condition| match contradiction::told(&condition, words) {
                Some(never) => never,
                None => words.sentence(&condition),
            },
        )
    }

    /// What may be written as the value of a fact.
    fn offered(&self, fact: FactIx) -> Vec<String> {
        let settings = |fits: fn(&SettingUnit) -> bool| -> Vec<String> {
            let all = self.procedure.settings.iter().filter(|it| fits(&it.unit));
            all.map(|it| format!("设定:{}", it.name)).collect()
        };
        match &self.procedure.facts[fact].kind {
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
}

/// The comparisons by the type that they fit, for a fact that is not chosen yet.
const TESTS: [(&str, &[&str]); 6] = [
    ("是否", &["成立", "不成立"]),
    ("选项", &["是", "不是", "属于"]),
    ("多选", &["含", "不含"]),
    ("数、金额", &["不少于", "超过", "不超过", "少于", "等于"]),
    (
        "处罚",
        &["含种类", "罚款不少于", "罚款超过", "没收不少于", "没收超过"],
    ),
    ("日期", &["不早于", "晚于", "不晚于", "早于"]),
];
const FILLED: (&str, &[&str]) = ("有没有填", &["已填", "未填"]);

impl LineShown {
    fn of(line: &Line, of: Option<&Of<'_>>) -> LineShown {
        let fact = of.and_then(|of| Some((of, of.fact(&line.fact)?)));
        let name = |procedure: &Procedure, fact: FactIx| procedure.facts[fact].name.clone();
        let mut facts: Vec<Group> = of.map_or_else(Vec::new, |of| {
            let groups = review_catalog::grouped(of.procedure).into_iter();
            groups
                .map(|(title, facts)| {
                    let names: Vec<String> =
                        facts.into_iter().map(|it| name(of.procedure, it)).collect();
                    Group::of(&title, names.iter().map(String::as_str), &line.fact)
                })
                .collect()
        });
        // What was sent stays, whether it fits or not.
        keep(&mut facts, &line.fact);
        let mut tests: Vec<Group> = match fact {
            Some((of, fact)) => {
                let own = review_catalog::tests_of(of.names, fact);
                let kind = of.procedure.facts[fact].kind.chinese();
                let mut all = vec![Group::of(kind, own.iter().copied(), &line.test)];
                if !own.contains(&"已填") {
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
        let offered = fact.map_or_else(Vec::new, |(of, fact)| of.offered(fact));
        let hint = match fact {
            Some((of, fact)) => match &of.procedure.facts[fact].kind {
                FactType::Bool => "不用写值。".to_owned(),
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
