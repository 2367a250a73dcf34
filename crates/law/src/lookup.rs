//! What an act says that a register of the agency knows (查登记): which row is meant, what is filled in from it, and what it
//! vouches for. A register and its columns are named by their ids; which there are is not known here.

use crate::fact::{Fact, FactType};
use crate::load::{Around, Names};
use crate::model::{CASE, FactIx};
use crate::source::{Errors, Node, Place};

/// The keyword.
pub(crate) const KIND: &str = "查登记";

/// Before the id of a register, in the name of the algorithm that says whether a case agrees with it.
pub const ALGORITHM: &str = "登记:";

/// Before a column that says until when a row vouches for something.
const UNTIL: &str = "止:";

/// How the facts of a procedure stand to a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The register.
    pub register: String,
    /// The fact that names the row.
    pub key: FactIx,
    /// The column in which the row has that name.
    pub column: String,
    /// Only rows in which this column has this value.
    pub only: Option<(String, String)>,
    /// What is filled in from a column, and may not differ from it.
    pub takes: Vec<Take>,
    /// The column that has the name of the subject, where the facts are those of somebody or something that a case names.
    pub name: Option<String>,
    /// What a row must have to be good on the day of the act, such as an appointment that has not ended.
    pub stands: Vec<Mark>,
    /// A name that is said must be one of a row, even where the agency keeps no rows yet.
    pub must_exist: bool,
    /// Where another lookup of the procedure names a row, the column of that row in which the id of this one stands:
    /// register and column, as many as there are.
    pub by_way_of: Vec<(String, String)>,
    /// What may be said to be so only where the row vouches for it.
    pub vouches: Vec<(FactIx, Vec<Mark>)>,
    /// It in the words of the file.
    pub told: String,
    /// Where it stands.
    pub place: Place,
}

/// A fact that is filled in from a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// The fact.
    pub fact: FactIx,
    /// The column.
    pub column: String,
    /// It is filled in where the row says something, and the row need not (带).
    pub may_be_silent: bool,
    /// For a choice: which value of the column is which alternative. Of several for one value the first is filled in, and
    /// each agrees with it.
    pub alternatives: Vec<(String, u16)>,
}

/// What a row must have to vouch for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// This column is filled; a date in it has come.
    Filled(String),
    /// The day in this column is not past; where it is empty there is no end.
    Until(String),
}

impl Lookup {
    /// The facts that it fills in or checks, its key aside.
    pub fn facts(&self) -> impl Iterator<Item = FactIx> {
        let takes = self.takes.iter().map(|take| take.fact);
        takes.chain(self.vouches.iter().map(|(fact, _)| *fact))
    }

    /// The columns that it reads.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let marks = self.vouches.iter().flat_map(|(_, marks)| marks);
        let marks = marks.chain(&self.stands);
        let marks = marks.map(|mark| match mark {
            Mark::Filled(column) | Mark::Until(column) => column.as_str(),
        });
        let takes = self.takes.iter().map(|take| take.column.as_str());
        let only = self.only.iter().map(|(column, _)| column.as_str());
        let name = self.name.iter().map(String::as_str);
        takes
            .chain(marks)
            .chain(only)
            .chain(name)
            .chain([self.column.as_str()])
    }
}

/// The lookups of a procedure, each register once; and every algorithm that asks for one finds it.
pub(crate) fn read(nodes: &[&Node], names: &Names, errors: &Errors) -> Vec<Lookup> {
    let mut found: Vec<Lookup> = Vec::new();
    for node in nodes.iter().filter(|node| node.name == KIND) {
        let Some(lookup) = one(node, names, errors) else {
            continue;
        };
        if found.iter().any(|it| it.register == lookup.register) {
            let seen = format!("查登记“{}”写了两次", lookup.register);
            errors.add(&node.place, seen, "一个程序里每个登记写一次");
            continue;
        }
        found.push(lookup);
    }
    for fact in &names.facts {
        let by = fact.derived_by.as_deref();
        let Some(register) = by.and_then(|by| by.strip_prefix(ALGORITHM)) else {
            continue;
        };
        let lookup = found.iter().find(|it| it.register == register);
        if lookup.is_none_or(|it| names.facts[it.key].domain != fact.domain) {
            let seen = format!("“{}”由“{ALGORITHM}{register}”", fact.name);
            let expected = "同一个程序里有这个登记的“查登记”，它由同一类对象的事实查";
            errors.add(&fact.place, seen, expected);
        }
        if fact.kind != FactType::Bool {
            let seen = format!("“{}”是{}", fact.name, fact.kind.chinese());
            errors.add(&fact.place, seen, "类型=是否");
        }
    }
    found
}

fn one(node: &Node, names: &Names, errors: &Errors) -> Option<Lookup> {
    node.only(
        &["由", "仅", "名", "取", "带", "有", "在", "随", "必有"],
        &[],
        errors,
    );
    let register = node.argument(0, "登记的英文标识", errors)?;
    let reading = Reading { names, errors };
    let by = node.required("由", errors)?;
    let (key, fact) = reading.fact(by)?;
    if !matches!(fact.kind, FactType::Text | FactType::CreditCode) {
        let seen = format!("“{}”是{}", fact.name, fact.kind.chinese());
        errors.add(&by.place, seen, "由文字、信用代码的事实查");
        return None;
    }
    let domain = fact.domain;
    let name = node.one("名", errors).and_then(|line| {
        if domain == CASE {
            let seen = format!("“{}”归案件", fact.name);
            errors.add(
                &line.place,
                seen,
                "案件没有名称可取，由当事人等对象的事实查",
            );
            return None;
        }
        line.argument(0, "栏的英文标识", errors).map(str::to_owned)
    });
    let ways = node.all("随").filter_map(|line| {
        let register = line.argument(0, "登记的英文标识", errors)?;
        let column = line.argument(1, "栏的英文标识", errors)?;
        Some((register.to_owned(), column.to_owned()))
    });
    let stands = node.one("在", errors).map(|line| marks(line, 0, errors));
    let column = by.argument(1, "栏的英文标识", errors)?;
    let only = node.one("仅", errors).and_then(|only| {
        let column = only.argument(0, "栏的英文标识", errors)?;
        let value = only.argument(1, "值", errors)?;
        Some((column.to_owned(), value.to_owned()))
    });
    let mut lookup = Lookup {
        register: register.to_owned(),
        key,
        column: column.to_owned(),
        only,
        takes: Vec::new(),
        vouches: Vec::new(),
        name,
        stands: stands.unwrap_or_default(),
        must_exist: node.all("必有").next().is_some(),
        by_way_of: ways.collect(),
        told: told(node, register),
        place: node.place.clone(),
    };
    for line in &node.children {
        let is_bool = match line.name.as_str() {
            "取" | "带" => false,
            "有" => true,
            _ => continue,
        };
        let Some((fact, declared)) = reading.fact(line) else {
            continue;
        };
        let fits = match &declared.kind {
            FactType::Bool => is_bool,
            FactType::Text | FactType::Count | FactType::Date | FactType::Choice(_) => !is_bool,
            _ => false,
        };
        if !fits || declared.domain != domain || lookup.facts().any(|it| it == fact) {
            let seen = format!(
                "{} “{}”（{}）",
                line.name,
                declared.name,
                declared.kind.chinese()
            );
            let expected =
                "取 文字、数、日期、选项的事实，有 是否的事实；与“由”同一类对象，每项写一次";
            errors.add(&line.place, seen, expected);
            continue;
        }
        if is_bool {
            lookup.vouches.push((fact, marks(line, 1, errors)));
        } else if let Some(column) = line.argument(1, "栏的英文标识", errors) {
            lookup.takes.push(Take {
                fact,
                column: column.to_owned(),
                may_be_silent: line.name == "带",
                alternatives: alternatives(line, declared, errors),
            });
        }
    }
    Some(lookup)
}

/// What a row must have, from this argument of a line on.
fn marks(line: &Node, from: usize, errors: &Errors) -> Vec<Mark> {
    let marks = line.arguments.iter().skip(from);
    let marks = marks.filter_map(|scalar| {
        let text = scalar.text(errors)?;
        Some(match text.strip_prefix(UNTIL) {
            Some(column) => Mark::Until(column.to_owned()),
            None => Mark::Filled(text.to_owned()),
        })
    });
    marks.collect()
}

/// Which value of the column is which alternative of a choice: `yellow 黄河`, one a line.
fn alternatives(line: &Node, fact: &Fact, errors: &Errors) -> Vec<(String, u16)> {
    let FactType::Choice(known) = &fact.kind else {
        line.only(&[], &[], errors);
        return Vec::new();
    };
    if line.children.is_empty() {
        let seen = format!("取 “{}”", fact.name);
        errors.add(
            &line.place,
            seen,
            "花括号里写明栏的值是哪个选项，如 yellow 黄河",
        );
    }
    let pairs = line.children.iter().filter_map(|pair| {
        let name = pair.argument(0, "选项", errors)?;
        let at = known.iter().position(|it| it.name == name);
        let at = at.and_then(|at| u16::try_from(at).ok());
        if at.is_none() {
            let names: Vec<&str> = known.iter().map(|it| it.name.as_str()).collect();
            let seen = format!("“{}”没有选项“{name}”", fact.name);
            errors.add(&pair.place, seen, names.join("、"));
        }
        Some((pair.name.clone(), at?))
    });
    pairs.collect()
}

/// It in the words of the file: `devices：由 监控设备编号 code；仅 kind monitor；有 设备已经法制审核 legal_review_on`.
fn told(node: &Node, register: &str) -> String {
    let line = |line: &Node| {
        let words = line.arguments.iter().map(|it| it.value.to_string());
        let words: Vec<String> = std::iter::once(line.name.clone()).chain(words).collect();
        let pairs = line.children.iter().map(|pair| {
            let of = pair.arguments.iter().map(|it| it.value.to_string());
            format!("{}是{}", pair.name, of.collect::<String>())
        });
        let pairs: Vec<String> = pairs.collect();
        match pairs.is_empty() {
            true => words.join(" "),
            false => format!("{}（{}）", words.join(" "), pairs.join("，")),
        }
    };
    let lines: Vec<String> = node.children.iter().map(line).collect();
    format!("{register}：{}", lines.join("；"))
}

struct Reading<'a> {
    names: &'a Names,
    errors: &'a Errors,
}

impl<'a> Reading<'a> {
    /// The fact that a line begins with: one that people fill in.
    fn fact(&self, line: &Node) -> Option<(FactIx, &'a Fact)> {
        let name = line.argument(0, "事实的名称", self.errors)?;
        let around = Around { document: None };
        let fact = self.names.fact(name, around, &line.place, self.errors)?;
        let declared = &self.names.facts[fact];
        if declared.derived_by.is_some() || declared.document.is_some() {
            let seen = format!("“{}”", declared.name);
            self.errors
                .add(&line.place, seen, "由人填写、不随文书的事实");
            return None;
        }
        Some((fact, declared))
    }
}
