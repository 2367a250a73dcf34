//! The three sheets of the template: cases, parties, and what was done in each case.

use crate::book::{Book, Line, Table};
use crate::cell::{Cell, half_width};
use crate::finding::{At, Finding};
use crate::journal::file_names;
use crate::paper::{PaperAct, PaperCase, PaperParty};
use crate::terms::Terms;
use law::model::SubjectClass;
use std::collections::BTreeMap;

/// Names of the sheets.
pub(crate) const CASES: &str = "案件";
pub(crate) const PARTIES: &str = "当事人";
pub(crate) const ACTS: &str = "办案过程";

/// Headings that are no fact and no role.
pub(crate) const CASE: &str = "案件序号";
pub(crate) const FROM: &str = "来源";
pub(crate) const PARTY: &str = "当事人序号";
pub(crate) const NAME: &str = "名称";
pub(crate) const JOINED: &str = "进入本案日期";
pub(crate) const SUBJECT: &str = "对象";
pub(crate) const ACT: &str = "行为";
pub(crate) const DAY: &str = "日期";
pub(crate) const TIME: &str = "时刻";
pub(crate) const NUMBER: &str = "文号";
pub(crate) const PEOPLE: &str = "参加人";
pub(crate) const THINGS: &str = "新增对象";
pub(crate) const SCANS: &str = "扫描件文件名";
pub(crate) const SAID: &str = "事实";
pub(crate) const REMARK: &str = "备注";

/// What the sheets tell.
pub(crate) struct Told {
    pub(crate) cases: Vec<PaperCase>,
    /// What is wrong outside every case, or read by nobody.
    pub(crate) general: Vec<Finding>,
}

/// The same heading may stand several times as 事实1, 事实2.
fn is_said(name: &str) -> bool {
    name.strip_prefix(SAID)
        .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
}

struct Reader<'t> {
    table: &'t Table<'t>,
    line: &'t Line<'t>,
}

impl<'t> Reader<'t> {
    fn at(&self, column: &str) -> At {
        At {
            sheet: self.table.sheet.to_owned(),
            row: self.line.number,
            column: column.to_owned(),
        }
    }

    /// The filled cells with their headings.
    fn cells(&self) -> impl Iterator<Item = (&'t str, &'t Cell)> {
        let (table, line) = (self.table, self.line);
        let columns = table.columns.iter();
        columns.filter_map(move |(column, name)| Some((name.as_str(), line.cell(*column)?)))
    }

    fn cell(&self, name: &str) -> Option<&'t Cell> {
        self.cells().find(|(n, _)| *n == name).map(|(_, cell)| cell)
    }

    fn text(&self, name: &str) -> Result<Option<String>, (At, String)> {
        self.cell(name)
            .map(|cell| cell.text().map_err(|why| (self.at(name), why)))
            .transpose()
    }
}

/// Whether the workbook has the sheets of the template.
pub(crate) fn is_template(book: &Book) -> bool {
    book.sheet(CASES).is_some() && book.sheet(ACTS).is_some()
}

/// Reads the three sheets.
pub(crate) fn cases(book: &Book, terms: &Terms<'_>) -> Told {
    let mut told = Told {
        cases: Vec::new(),
        general: Vec::new(),
    };
    let is_known = |name: &str| {
        [
            CASE, FROM, PARTY, NAME, JOINED, SUBJECT, ACT, DAY, TIME, NUMBER, PEOPLE, THINGS,
            SCANS, REMARK,
        ]
        .contains(&name)
            || is_said(name)
            || terms.role(name).is_some()
            || terms.is_fact(name)
    };
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    for sheet in [CASES, PARTIES, ACTS] {
        let whole = || At {
            sheet: sheet.to_owned(),
            row: 0,
            column: String::new(),
        };
        let Some(found) = book.sheet(sheet) else {
            told.general.push(Finding {
                at: whole(),
                text: "没有这张表".to_owned(),
            });
            continue;
        };
        let Some(table) = found.table(is_known) else {
            told.general.push(Finding {
                at: whole(),
                text: format!("没有表头（应当有“{CASE}”等栏名）"),
            });
            continue;
        };
        for (_, name) in table.columns.iter().filter(|(_, name)| !is_known(name)) {
            told.general.push(Finding {
                at: At {
                    sheet: sheet.to_owned(),
                    row: table.head,
                    column: name.clone(),
                },
                text: "不认识这一栏，没有读入".to_owned(),
            });
        }
        for line in &table.lines {
            let reader = Reader {
                table: &table,
                line,
            };
            if reader.cells().next().is_none() {
                continue;
            }
            let key = match reader.text(CASE) {
                Ok(Some(key)) => key,
                Ok(None) => {
                    let text = format!("没有填“{CASE}”，这一行没有读入");
                    let at = reader.at(CASE);
                    told.general.push(Finding { at, text });
                    continue;
                }
                Err((at, text)) => {
                    told.general.push(Finding { at, text });
                    continue;
                }
            };
            if sheet == CASES {
                let mut case = case(&reader, &key, terms);
                match by_key.get(&key) {
                    Some(first) => {
                        let first: &mut PaperCase = &mut told.cases[*first];
                        let (one, two) = (first.at.clone(), case.at.clone());
                        first.wrong(&one, format!("案件序号“{key}”与{two}重复"));
                        case.wrong(&two, format!("案件序号“{key}”与{one}重复"));
                    }
                    None => {
                        by_key.insert(key, told.cases.len());
                    }
                }
                told.cases.push(case);
                continue;
            }
            let Some(case) = by_key.get(&key).and_then(|at| told.cases.get_mut(*at)) else {
                let text = format!("“{CASES}”表里没有序号“{key}”的案件，这一行没有读入");
                let at = reader.at(CASE);
                told.general.push(Finding { at, text });
                continue;
            };
            let read = if sheet == PARTIES {
                party(&reader, case, terms)
            } else {
                act(&reader, case, terms)
            };
            if let Err((at, why)) = read {
                case.wrong(&at, why);
            }
        }
    }
    told
}

fn case(reader: &Reader<'_>, key: &str, terms: &Terms<'_>) -> PaperCase {
    let mut case = PaperCase::new(key.to_owned(), reader.at(""));
    for (name, cell) in reader.cells() {
        let at = reader.at(name);
        let text = match cell.text() {
            Ok(text) => text,
            Err(why) => {
                case.wrong(&at, why);
                continue;
            }
        };
        if name == FROM {
            case.from = text;
        } else if let Some(role) = terms.role(name) {
            match terms.people(&text) {
                Ok(ids) => case.usual.push((role, ids)),
                Err(why) => case.wrong(&at, why),
            }
        } else if terms.is_fact(name) {
            let value = terms
                .fact(name, None)
                .and_then(|fact| terms.value(fact, cell).map(|value| (fact, value)));
            match value {
                Ok((fact, value)) => case.loose.push((fact, value, at)),
                Err(why) => case.wrong(&at, why),
            }
        }
    }
    case
}

fn party(reader: &Reader<'_>, case: &mut PaperCase, terms: &Terms<'_>) -> Result<(), (At, String)> {
    let at = reader.at(NAME);
    let Some(name) = reader.text(NAME)? else {
        return Err((at, "没有填当事人的名称".to_owned()));
    };
    let expected = case.parties.len() + 1;
    if let Some(number) = reader.text(PARTY)?
        && number != expected.to_string()
    {
        let why = format!("当事人序号应当从1起依次编排，这里应当是{expected}");
        return Err((reader.at(PARTY), why));
    }
    let joined = reader
        .cell(JOINED)
        .map(|cell| cell.day().map_err(|why| (reader.at(JOINED), why)))
        .transpose()?;
    let mut facts = BTreeMap::new();
    for (name, cell) in reader.cells().filter(|(name, _)| terms.is_fact(name)) {
        let value = terms.fact(name, None).and_then(|fact| {
            if terms.is_of_members(fact) {
                terms.value(fact, cell).map(|value| (fact, value))
            } else {
                Err(format!("“{name}”不是当事人的情况"))
            }
        });
        match value {
            Ok((fact, value)) => {
                facts.insert(terms.procedure.facts[fact].id.clone(), value);
            }
            Err(why) => case.wrong(&reader.at(name), why),
        }
    }
    case.parties.push(PaperParty {
        name,
        at,
        facts,
        joined,
    });
    Ok(())
}

fn act(reader: &Reader<'_>, case: &mut PaperCase, terms: &Terms<'_>) -> Result<(), (At, String)> {
    let Some(name) = reader.text(ACT)? else {
        return Err((reader.at(ACT), "没有填行为".to_owned()));
    };
    let event = terms.event(&name).map_err(|why| (reader.at(ACT), why))?;
    let Some(day) = reader.cell(DAY) else {
        return Err((reader.at(DAY), format!("没有填“{name}”的日期")));
    };
    let mut occurred = day.moment().map_err(|why| (reader.at(DAY), why))?;
    if let Some(time) = reader.text(TIME)? {
        let whole = Cell::Text(format!("{} {time}", occurred.day));
        occurred = whole.moment().map_err(|why| (reader.at(TIME), why))?;
    }
    if let Some(last) = case.acts.last()
        && occurred.day < last.occurred.day
    {
        let why = format!(
            "日期{occurred}早于前一步（第{}行，{}），请按先后排列或者改正日期",
            last.at.row, last.occurred
        );
        return Err((reader.at(DAY), why));
    }
    let number = subject(reader, case, terms, event)?;
    let mut made = PaperAct {
        event,
        number,
        occurred,
        at: reader.at(""),
        people: Vec::new(),
        facts: BTreeMap::new(),
        things: Vec::new(),
        scans: Vec::new(),
    };
    for (name, cell) in reader.cells() {
        let at = reader.at(name);
        let mut wrong = |why: String| case.wrong(&at, why);
        let text = match cell.text() {
            Ok(text) => text,
            Err(why) => {
                wrong(why);
                continue;
            }
        };
        match name {
            CASE | ACT | DAY | TIME | SUBJECT | REMARK => {}
            THINGS => made.things = file_names(&text),
            SCANS => made.scans = file_names(&text),
            NUMBER => match own_number(terms, event) {
                Ok(fact) => say(terms, &mut made, fact, cell).unwrap_or_else(wrong),
                Err(why) => wrong(why),
            },
            PEOPLE => {
                for piece in pieces(&text) {
                    take_part(terms, &mut made, &piece).unwrap_or_else(&mut wrong);
                }
            }
            _ if is_said(name) => {
                for piece in pieces(&text) {
                    let said = match piece.split_once(['=', '：']) {
                        Some((fact, value)) => terms.fact(fact.trim(), Some(event)).and_then(
                            |fact| match Cell::of_text(value) {
                                Some(cell) => say(terms, &mut made, fact, &cell),
                                None => Err(format!("“{piece}”没有写值")),
                            },
                        ),
                        None => Err(format!("“{piece}”应当写成 名称=值")),
                    };
                    said.unwrap_or_else(&mut wrong);
                }
            }
            _ => {
                if let Some(role) = terms.role(name) {
                    match terms.people(&text) {
                        Ok(ids) => made.people.push((role, ids)),
                        Err(why) => wrong(why),
                    }
                } else if terms.is_fact(name) {
                    terms
                        .fact(name, Some(event))
                        .and_then(|fact| say(terms, &mut made, fact, cell))
                        .unwrap_or_else(wrong);
                }
            }
        }
    }
    case.acts.push(made);
    Ok(())
}

/// What is written one below the other, or between semicolons.
fn pieces(text: &str) -> Vec<String> {
    let pieces = text.split(['\n', ';', '；']).map(str::trim);
    pieces
        .filter(|piece| !piece.is_empty())
        .map(|piece| match piece.find(['=', '＝']) {
            // Only the sign itself: a value keeps its full-width characters.
            Some(_) => piece.replacen('＝', "=", 1),
            None => piece.to_owned(),
        })
        .collect()
}

fn say(
    terms: &Terms<'_>,
    made: &mut PaperAct,
    fact: law::model::FactIx,
    cell: &Cell,
) -> Result<(), String> {
    let event = &terms.procedure.events[made.event];
    let name = &terms.procedure.facts[fact].name;
    if !event.says(fact) {
        return Err(format!("“{name}”不是“{}”这一步要写的", event.name));
    }
    let value = terms.value(fact, cell)?;
    match made.facts.insert(fact, value) {
        None => Ok(()),
        Some(_) => Err(format!("“{name}”写了两次")),
    }
}

fn take_part(terms: &Terms<'_>, made: &mut PaperAct, piece: &str) -> Result<(), String> {
    let Some((role, people)) = piece.split_once(['=', '：', ':']) else {
        return Err(format!("“{piece}”应当写成 角色=姓名"));
    };
    let role = terms
        .role(role.trim())
        .ok_or_else(|| format!("没有“{}”这个角色", role.trim()))?;
    made.people.push((role, terms.people(people)?));
    Ok(())
}

/// The fact that holds the number of the act's document.
fn own_number(terms: &Terms<'_>, event: law::model::EventIx) -> Result<law::model::FactIx, String> {
    let declared = &terms.procedure.events[event];
    match declared.numbered.as_slice() {
        [fact] => Ok(*fact),
        [] => Err(format!("“{}”这一步没有文号", declared.name)),
        several => {
            let names = several
                .iter()
                .map(|fact| terms.procedure.facts[*fact].name.as_str());
            Err(format!(
                "“{}”有几个文号，请写在“{}”栏里",
                declared.name,
                names.collect::<Vec<_>>().join("”“")
            ))
        }
    }
}

/// The number of what the act is about: a party or a thing, by number or by name.
fn subject(
    reader: &Reader<'_>,
    case: &PaperCase,
    terms: &Terms<'_>,
    event: law::model::EventIx,
) -> Result<u32, (At, String)> {
    let declared = &terms.procedure.events[event];
    let text = reader.text(SUBJECT)?;
    if declared.domain == law::model::CASE {
        // A party in the line of an act of the whole case says nothing wrong: clerks fill every line.
        return Ok(0);
    }
    let kind = &terms.procedure.subjects[usize::from(declared.domain.0)];
    let is_party = kind.class == SubjectClass::Party;
    let names: Vec<&str> = if is_party {
        case.parties
            .iter()
            .map(|party| party.name.as_str())
            .collect()
    } else {
        let acts = case.acts.iter();
        acts.flat_map(|act| &act.things)
            .map(String::as_str)
            .collect()
    };
    let at = || reader.at(SUBJECT);
    let Some(text) = text else {
        return match names.len() {
            1 => Ok(1),
            _ => Err((at(), format!("请写明是哪一个{}（序号或者名称）", kind.name))),
        };
    };
    let plain: String = text.chars().map(half_width).collect();
    let found = match plain.parse::<usize>() {
        Ok(number) => (1..=names.len()).contains(&number).then_some(number),
        Err(_) => {
            let mut fitting = names.iter().enumerate().filter(|(_, name)| **name == text);
            match (fitting.next(), fitting.next()) {
                (Some((index, _)), None) => Some(index + 1),
                _ => None,
            }
        }
    };
    found
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| (at(), format!("本案没有{}“{text}”", kind.name)))
}
