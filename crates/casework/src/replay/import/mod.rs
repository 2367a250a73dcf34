//! Outside material: which of its columns is which act, and which fact. The mapping is data: those under
//! `rules/imports/`, and what somebody brings along.

mod tell;

use std::collections::HashMap;
use std::sync::Arc;

use law::Rules;
use law::fact::{FactType, Value};
use law::load::{Around, Names};
use law::model::{EventIx, FactIx, Procedure};
use law::source::{Errors, Node, RuleErrors, SourceFile};
use serde_json::Value as Json;
use vocabulary::PenaltyKind;

use super::row::{Row, heading};
use super::{Place, Replay, ToldCase};
pub use tell::ToldHistory;

/// A mapping of one kind of material.
#[derive(Clone, Debug)]
pub struct Import {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The procedure that it is judged by; nothing where it fits any.
    pub procedure: Option<String>,
    /// Columns, any of which holds the case's name.
    case: Columns,
    /// Columns, any of which holds the agency's name.
    agency: Columns,
    /// Texts that stand for an empty cell.
    blanks: Vec<String>,
    /// Whether what is not told did not happen.
    is_complete: bool,
    acts: Vec<MappedAct>,
    facts: Vec<MappedFact>,
    lines: Option<Lines>,
    /// Columns that are known and say nothing that is judged; one that ends in a dot is all that lies inside.
    unread: Columns,
}

/// Headings, the first that a row has being read.
type Columns = Vec<Arc<str>>;

/// An act of a row that holds a case.
#[derive(Clone, Debug)]
struct MappedAct {
    event: EventIx,
    day: Columns,
    when: Option<When>,
}

/// A column that says whether the act was done at all.
#[derive(Clone, Debug)]
struct When {
    columns: Columns,
    values: Vec<String>,
    /// Nothing else may stand there beside them.
    is_only: bool,
    /// It says that the act was done even where nobody says when.
    counts_undated: bool,
}

#[derive(Clone, Debug)]
struct MappedFact {
    fact: FactIx,
    from: From,
    /// Values that are known and say nothing of the fact.
    skipped: Vec<String>,
}

#[derive(Clone, Debug)]
enum From {
    /// The same in all of this material.
    Always(Value),
    Column(Columns, Vec<(String, Value)>),
    Penalty {
        kinds: Columns,
        fine: Columns,
        confiscation: Columns,
        words: Vec<(String, PenaltyKind)>,
    },
}

/// Material with an act in each row.
#[derive(Clone, Debug)]
struct Lines {
    act: Columns,
    /// What the material calls an act.
    words: HashMap<String, String>,
    day: Columns,
    subject: Columns,
    facts: Columns,
}

/// Reads every mapping of the loaded rules.
pub fn imports(rules: &Rules) -> Result<Vec<Import>, RuleErrors> {
    let errors = Errors::default();
    let nodes = rules.imports.iter().flat_map(|(_, nodes)| nodes);
    let all = nodes
        // Ledgers of running cases (台账) are read by `intake`.
        .filter(|node| node.name != "台账")
        .filter_map(|node| read(rules, node, &errors))
        .collect();
    errors.finish().map(|()| all)
}

/// Reads a mapping that somebody brings along: one 导入 in a file of its own.
pub fn import(rules: &Rules, file: &SourceFile) -> Result<Import, RuleErrors> {
    let errors = Errors::default();
    let nodes = law::source::read(file, &errors);
    let mut all: Vec<Import> = nodes
        .iter()
        .filter_map(|node| read(rules, node, &errors))
        .collect();
    if all.len() != 1 && !errors.any() {
        let place = law::source::Place {
            file: file.path.as_str().into(),
            line: 1,
            column: 1,
        };
        errors.add(
            &place,
            format!("有{}个“导入”", all.len()),
            "一个文件写一个“导入”",
        );
    }
    errors.finish()?;
    all.pop().ok_or_else(|| RuleErrors(Vec::new()))
}

struct Reader<'r> {
    procedure: &'r Procedure,
    names: &'r Names,
    errors: &'r Errors,
}

fn read(rules: &Rules, node: &Node, errors: &Errors) -> Option<Import> {
    if node.name != "导入" {
        let seen = format!("不认识的“{}”", node.name);
        errors.add(&node.place, seen, "导入 或者 台账");
        return None;
    }
    node.only(
        &[
            "程序", "案件", "机关", "空", "完整", "行为", "事实", "逐行", "不读",
        ],
        &[],
        errors,
    );
    let id = node.argument(0, "标识", errors)?.to_owned();
    let name = node.argument(1, "名称", errors)?.to_owned();
    let case = columns(node.required("案件", errors)?, errors);
    let all = |key: &str| -> Columns {
        let lines = node.all(key);
        lines.flat_map(|line| columns(line, errors)).collect()
    };
    let mut import = Import {
        id,
        name,
        procedure: None,
        case,
        agency: all("机关"),
        blanks: node
            .words("空", errors)
            .into_iter()
            .map(|(text, _)| text.to_owned())
            .collect(),
        is_complete: node.one("完整", errors).is_some(),
        acts: Vec::new(),
        facts: Vec::new(),
        lines: None,
        unread: all("不读"),
    };
    let lines = node.one("逐行", errors);
    let line = match node.one("程序", errors) {
        // Acts are named in the material itself, so that it fits any procedure.
        None if lines.is_some() && node.all("行为").chain(node.all("事实")).next().is_none() => {
            import.lines = lines.map(|lines| read_lines(lines, None, errors));
            return Some(import);
        }
        None => {
            node.required("程序", errors);
            return None;
        }
        Some(line) => line,
    };
    let procedure = line.argument(0, "程序标识", errors)?;
    let found = rules.procedure(procedure).zip(rules.names.get(procedure));
    let Some((declared, names)) = found else {
        errors.add(
            &line.place,
            format!("没有程序“{procedure}”"),
            "装载了的程序",
        );
        return None;
    };
    let reader = Reader {
        procedure: declared,
        names,
        errors,
    };
    import.procedure = Some(procedure.to_owned());
    import.acts = node.all("行为").filter_map(|act| reader.act(act)).collect();
    import.facts = node
        .all("事实")
        .filter_map(|line| reader.fact(line))
        .collect();
    import.lines = lines.map(|lines| read_lines(lines, Some(&reader), errors));
    Some(import)
}

/// The headings of a line of the mapping.
fn columns(line: &Node, errors: &Errors) -> Columns {
    let texts = line.arguments.iter().filter_map(|it| it.text(errors));
    let columns: Columns = texts.map(|text| heading(text).into()).collect();
    if columns.is_empty() {
        let seen = format!("“{}”没有写是哪一栏", line.title());
        errors.add(&line.place, seen, "至少一个栏名");
    }
    columns
}

/// Headings written as a property, or below with other names that they go by.
fn headings(node: &Node, key: &str, errors: &Errors) -> Columns {
    let short = node.property_text(key, errors);
    let mut all: Columns = short.map(|text| heading(text).into()).into_iter().collect();
    all.extend(node.all(key).flat_map(|line| columns(line, errors)));
    all
}

fn read_lines(node: &Node, reader: Option<&Reader<'_>>, errors: &Errors) -> Lines {
    node.only(&["行为", "日期", "对象", "事实"], &[], errors);
    let all = |key: &str| -> Columns {
        let lines = node.all(key);
        lines.flat_map(|line| columns(line, errors)).collect()
    };
    node.required("行为", errors);
    node.required("日期", errors);
    let mut words = HashMap::new();
    for act in node.all("行为") {
        act.only(&["对应"], &[], errors);
        for pair in act.all("对应") {
            let (Some(from), Some(to)) = (
                pair.argument(0, "原文", errors),
                pair.argument(1, "行为", errors),
            ) else {
                continue;
            };
            let Some(reader) = reader else {
                errors.add(&pair.place, "没有写明程序", "有“对应”的，写一行“程序 …”");
                continue;
            };
            if let Some(event) = reader.event(to, &pair.place) {
                let id = reader.procedure.events[event].id.clone();
                words.insert(from.to_owned(), id);
            }
        }
    }
    Lines {
        act: all("行为"),
        words,
        day: all("日期"),
        subject: all("对象"),
        facts: all("事实"),
    }
}

impl Reader<'_> {
    /// The one event of this name.
    fn event(&self, name: &str, place: &law::source::Place) -> Option<EventIx> {
        let events = self.names.events(name, place, self.errors);
        if let [event] = events.as_slice() {
            return Some(*event);
        }
        if !events.is_empty() {
            let seen = format!("“{name}”不止一步");
            self.errors.add(place, seen, "写明文书，如 送达:处罚决定书");
        }
        None
    }

    fn act(&self, node: &Node) -> Option<MappedAct> {
        node.only(&["日期", "当"], &["日期"], self.errors);
        let name = node.argument(0, "行为名称", self.errors)?;
        let event = self.event(name, &node.place)?;
        let day = headings(node, "日期", self.errors);
        if day.is_empty() {
            self.errors
                .add(&node.place, "行为没有写全", "行为 名称 日期=列名");
        }
        let when = node.one("当", self.errors).and_then(|line| {
            line.only(&[], &["只有", "没有日期也算"], self.errors);
            let mut texts = line.arguments.iter().filter_map(|it| it.text(self.errors));
            let column = texts.next().map(|text| Arc::from(heading(text)));
            let values: Vec<String> = texts.map(str::to_owned).collect();
            if values.is_empty() {
                self.errors
                    .add(&line.place, "“当”没有写全", "当 列名 原文 原文 …");
            }
            Some(When {
                columns: vec![column?],
                values,
                is_only: line.flag("只有"),
                counts_undated: line.flag("没有日期也算"),
            })
        });
        Some(MappedAct { event, day, when })
    }

    fn fact(&self, line: &Node) -> Option<MappedFact> {
        let errors = self.errors;
        line.only(
            &["列", "种类", "罚款", "没收", "对应", "略过"],
            &["列", "种类", "罚款", "没收", "值"],
            errors,
        );
        let name = line.argument(0, "事实名称", errors)?;
        let fact = self
            .names
            .fact(name, Around::default(), &line.place, errors)?;
        let declared = &self.procedure.facts[fact];
        let skipped = line.words("略过", errors);
        let skipped = skipped.into_iter().map(|(text, _)| text.to_owned());
        let pairs = line.all("对应").filter_map(|pair| {
            let from = pair.argument(0, "原文", errors)?;
            let to = pair.argument(1, "名称", errors)?;
            Some((from.to_owned(), to, &pair.place))
        });
        let value = |text: &str, place: &law::source::Place| match declared.parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                errors.add(place, error.to_string(), declared.kind.chinese());
                None
            }
        };
        let from = if let Some(text) = line.property_text("值", errors) {
            From::Always(value(text, &line.place)?)
        } else if declared.kind == FactType::Penalty {
            let words = pairs.filter_map(|(from, to, place)| {
                let kind = PenaltyKind::from_chinese(to);
                if kind.is_none() {
                    let seen = format!("没有这种处罚：“{to}”");
                    errors.add(place, seen, "行政处罚法第九条的种类");
                }
                Some((from, kind?))
            });
            From::Penalty {
                kinds: headings(line, "种类", errors),
                fine: headings(line, "罚款", errors),
                confiscation: headings(line, "没收", errors),
                words: words.collect(),
            }
        } else {
            let columns = headings(line, "列", errors);
            if columns.is_empty() {
                errors.add(
                    &line.place,
                    format!("“{name}”没有写是哪一栏"),
                    "列=列名 或者 值=值",
                );
            }
            let words = pairs.filter_map(|(from, to, place)| Some((from, value(to, place)?)));
            From::Column(columns, words.collect())
        };
        Some(MappedFact {
            fact,
            from,
            skipped: skipped.collect(),
        })
    }
}

impl Import {
    /// Whether a heading is known.
    pub fn knows(&self, heading: &str) -> bool {
        let has = |columns: &Columns| columns.iter().any(|column| **column == *heading);
        let of_fact = |fact: &MappedFact| match &fact.from {
            From::Always(_) => false,
            From::Column(columns, _) => has(columns),
            From::Penalty {
                kinds,
                fine,
                confiscation,
                ..
            } => has(kinds) || has(fine) || has(confiscation),
        };
        let of_act = |act: &MappedAct| {
            has(&act.day) || act.when.as_ref().is_some_and(|when| has(&when.columns))
        };
        let of_lines =
            |it: &Lines| has(&it.act) || has(&it.day) || has(&it.subject) || has(&it.facts);
        has(&self.case)
            || has(&self.agency)
            || has(&self.unread)
            || self
                .unread
                .iter()
                .any(|it| it.ends_with('.') && heading.starts_with(&**it))
            || self.acts.iter().any(of_act)
            || self.facts.iter().any(of_fact)
            || self.lines.as_ref().is_some_and(of_lines)
    }

    /// How many of these headings are known: nothing where the case is in none of them.
    pub fn fit<'h>(&self, headings: impl Iterator<Item = &'h str> + Clone) -> usize {
        let has = |columns: &Columns| {
            let mut all = headings.clone();
            all.any(|heading| columns.iter().any(|column| **column == *heading))
        };
        let lines = self.lines.as_ref();
        if !has(&self.case) || lines.is_some_and(|lines| !has(&lines.act)) {
            return 0;
        }
        headings.clone().filter(|it| self.knows(it)).count()
    }

    /// Whether a record is of this kind.
    pub fn recognizes(&self, record: &Json) -> bool {
        let row = Row::of_json(record, Place::line(1));
        self.fit(row.cells.iter().map(|(heading, _)| &**heading)) > 0
    }

    /// What a record with a case tells: nothing it does not say is assumed.
    pub fn tell(&self, replay: &Replay<'_>, record: &Json, number: usize) -> (String, ToldCase) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let row = Row::of_json(record, Place::line(number));
        let mut told = ToldHistory::default();
        self.tell_row(replay, &row, &mut told);
        told.cases.pop().unwrap_or_default()
    }
}
