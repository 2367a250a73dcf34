//! What a row tells: acts and facts at their cells, and what in it could not be read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use law::fact::{Fact, FactType, Value};
use law::model::FactIx;
use vocabulary::written::{self, half_width};
use vocabulary::{Fen, Moment, Penalty, PenaltyKind};

use super::{Columns, From, Import, Lines, MappedAct, MappedFact};
use crate::replay::row::{Field, Row};
use crate::replay::{MEMBERS_MOST, Place, Replay, ToldCase};

/// A history as somebody else tells it.
#[derive(Clone, Debug, Default)]
pub struct ToldHistory {
    /// The cases, in the order of the material.
    pub cases: Vec<(String, ToldCase)>,
    /// What belongs to no case and could not be read.
    pub problems: Vec<String>,
    /// Columns that say something and that the mapping does not know, with how many rows fill them.
    pub unread: BTreeMap<Arc<str>, u32>,
    /// The case of a name, and where it was first told.
    known: HashMap<String, (usize, Place)>,
}

impl ToldHistory {
    /// A history in the notation of our own.
    pub fn of(cases: Vec<(String, ToldCase)>, problems: Vec<String>) -> ToldHistory {
        ToldHistory {
            cases,
            problems,
            ..ToldHistory::default()
        }
    }

    /// The case of this name and agency; begun at this place if it is not there yet.
    fn case(
        &mut self,
        name: &str,
        agency: Option<&str>,
        is_complete: bool,
        place: &Place,
    ) -> (usize, Option<Place>) {
        let other = |told: &ToldCase| match (agency, &told.agency) {
            (Some(agency), Some(known)) => agency != known,
            _ => false,
        };
        let found = self.known.get(name);
        // The same number of another agency is another case.
        let key = match found {
            Some((at, _)) if other(&self.cases[*at].1) => {
                format!("{name}（{}）", agency.unwrap_or_default())
            }
            _ => name.to_owned(),
        };
        if let Some((at, first)) = self.known.get(&key) {
            return (*at, Some(first.clone()));
        }
        (self.begin(key, agency, is_complete, place), None)
    }

    fn begin(
        &mut self,
        name: String,
        agency: Option<&str>,
        is_complete: bool,
        place: &Place,
    ) -> usize {
        let at = self.cases.len();
        let told = ToldCase {
            is_complete,
            agency: agency.map(str::to_owned),
            ..ToldCase::default()
        };
        self.cases.push((name.clone(), told));
        self.known.insert(name, (at, place.clone()));
        at
    }
}

/// A cell that says something: where, and what.
struct Said<'r> {
    place: Place,
    field: &'r Field,
}

impl Import {
    /// Adds what a row tells.
    pub fn tell_row(&self, replay: &Replay<'_>, row: &Row, history: &mut ToldHistory) {
        for (heading, _) in &row.cells {
            if !self.knows(heading) {
                *history.unread.entry(Arc::clone(heading)).or_default() += 1;
            }
        }
        let name = match self.text(row, &self.case) {
            Some(Ok((name, _))) => name,
            Some(Err(problem)) => return history.problems.push(problem),
            None if row.cells.is_empty() => return,
            None => {
                let problem = format!("{}没有案号，这一行没有读入", row.place);
                return history.problems.push(problem);
            }
        };
        let agency = match self.text(row, &self.agency) {
            Some(Ok((agency, _))) => Some(agency),
            Some(Err(problem)) => {
                history.problems.push(problem);
                None
            }
            None => None,
        };
        let (at, before) = history.case(&name, agency.as_deref(), self.is_complete, &row.place);
        if let Some(lines) = &self.lines {
            let told = &mut history.cases[at].1;
            if told.agency.is_none() {
                told.agency = agency;
            }
            self.tell_line(lines, replay, row, told);
            return;
        }
        // Two rows of one number may be two cases or two halves of one: nobody here can say.
        let at = match before {
            None => at,
            Some(first) => {
                let mut key = format!("{name}（{}）", row.place);
                while history.known.contains_key(&key) {
                    key.push('*');
                }
                let at = history.begin(key, agency.as_deref(), self.is_complete, &row.place);
                let problem = format!("{}的案号“{name}”与{first}的相同，分开判断", row.place);
                history.cases[at].1.problems.push(problem);
                at
            }
        };
        let told = &mut history.cases[at].1;
        for act in &self.acts {
            self.tell_mapped(act, replay, row, told);
        }
        for fact in &self.facts {
            self.tell_fact(fact, replay, row, told);
        }
    }

    /// A cell of the first of these columns that the row fills.
    fn said<'r>(&self, row: &'r Row, columns: &Columns) -> Option<Said<'r>> {
        let (heading, field) = row.first(columns)?;
        if let Field::Text(text) = field
            && self.blanks.iter().any(|blank| blank == text)
        {
            return None;
        }
        Some(Said {
            place: row.place.in_column(heading),
            field,
        })
    }

    fn text(&self, row: &Row, columns: &Columns) -> Option<Result<(String, Place), String>> {
        let said = self.said(row, columns)?;
        Some(match said.field {
            Field::Text(text) | Field::Serial(text, _) => Ok((text.clone(), said.place)),
            Field::List(texts) => Ok((texts.join("、"), said.place)),
            Field::Wrong(why) => Err(format!("{}：{why}", said.place)),
        })
    }

    /// A row that holds an act.
    fn tell_line(&self, lines: &Lines, replay: &Replay<'_>, row: &Row, told: &mut ToldCase) {
        let procedure = replay.procedure;
        let member = match self.text(row, &lines.subject) {
            None => 0,
            Some(Ok((text, place))) => {
                let plain: String = text.chars().map(half_width).collect();
                match plain.trim().parse::<u32>() {
                    Ok(number) if (1..=MEMBERS_MOST).contains(&number) => number - 1,
                    _ => {
                        let problem = format!("{place}：“{text}”不是当事人序号，这一行没有读入");
                        return told.problems.push(problem);
                    }
                }
            }
            Some(Err(problem)) => return told.problems.push(problem),
        };
        let member = member as usize;
        let mut facts = Vec::new();
        match self.text(row, &lines.facts) {
            Some(Ok((text, place))) => {
                let pairs = text.split(['；', ';', '\n']);
                for pair in pairs.map(str::trim).filter(|pair| !pair.is_empty()) {
                    match stated(replay, pair) {
                        Ok((fact, value)) => {
                            replay.tell_fact(told, fact, member, value.clone(), &place);
                            facts.push((fact, value));
                        }
                        Err(why) => told.problems.push(format!("{place}：{why}")),
                    }
                }
            }
            Some(Err(problem)) => told.problems.push(problem),
            None => {}
        }
        let (word, place) = match self.text(row, &lines.act) {
            Some(Ok(found)) => found,
            Some(Err(problem)) => return told.problems.push(problem),
            None if self.said(row, &lines.day).is_some() => {
                let problem = format!("{}有日期而没有写行为，这一行没有读入", row.place);
                return told.problems.push(problem);
            }
            None => return,
        };
        let id = lines.words.get(&word).map_or(word.as_str(), String::as_str);
        let Some(event) = replay.event_named(id) else {
            return told.problems.push(format!("{place}：没有行为“{word}”"));
        };
        let name = &procedure.events[event].name;
        let (on, place) = match self.said(row, &lines.day) {
            Some(said) => (day(&said, name, told), said.place),
            None => {
                let said = format!("{}【{name}】没有写日期；按日期不明处理", row.place);
                told.problems.push(said);
                (None, place)
            }
        };
        replay.tell_act(told, event, member, on, facts, &place);
    }

    /// An act of a row that holds a case.
    fn tell_mapped(&self, act: &MappedAct, replay: &Replay<'_>, row: &Row, told: &mut ToldCase) {
        let name = &replay.procedure.events[act.event].name;
        let dated = self.said(row, &act.day);
        let done = act.when.as_ref().map(|when| {
            let said = self.said(row, &when.columns)?;
            let texts = match said.field {
                Field::Text(text) if when.values.contains(text) => vec![text.clone()],
                Field::Text(text) | Field::Serial(text, _) => parts(text),
                Field::List(texts) => texts.clone(),
                Field::Wrong(_) => Vec::new(),
            };
            let mut fit = texts.iter().map(|text| when.values.contains(text));
            let holds = match when.is_only {
                true => !texts.is_empty() && fit.all(|fits| fits),
                false => fit.any(|fits| fits),
            };
            Some((holds, said.place))
        });
        match (dated, done) {
            // Another column says that it was not this act.
            (_, Some(Some((false, _)))) | (None, None | Some(None)) => {}
            (Some(said), None | Some(_)) => {
                let on = day(&said, name, told);
                replay.tell_act(told, act.event, 0, on, Vec::new(), &said.place);
            }
            // It was done, nobody says when.
            (None, Some(Some((true, place)))) => {
                if act.when.as_ref().is_some_and(|when| when.counts_undated) {
                    replay.tell_act(told, act.event, 0, None, Vec::new(), &place);
                }
            }
        }
    }

    fn tell_fact(&self, mapped: &MappedFact, replay: &Replay<'_>, row: &Row, told: &mut ToldCase) {
        let declared = &replay.procedure.facts[mapped.fact];
        let read = match &mapped.from {
            From::Always(value) => Ok(Some((value.clone(), row.place.clone()))),
            From::Column(columns, words) => self.value(row, columns, words, mapped, declared),
            From::Penalty { .. } => self.penalty(row, mapped),
        };
        match read {
            Ok(Some((value, place))) => replay.tell_fact(told, mapped.fact, 0, value, &place),
            Ok(None) => {}
            Err(problem) => told.problems.push(problem),
        }
    }

    fn value(
        &self,
        row: &Row,
        columns: &Columns,
        words: &[(String, Value)],
        mapped: &MappedFact,
        declared: &Fact,
    ) -> Result<Option<(Value, Place)>, String> {
        let Some(found) = self.text(row, columns) else {
            return Ok(None);
        };
        let (text, place) = found?;
        if mapped.skipped.contains(&text) {
            return Ok(None);
        }
        if let Some((_, value)) = words.iter().find(|(from, _)| *from == text) {
            return Ok(Some((value.clone(), place)));
        }
        match parsed(declared, &text) {
            Ok(value) => Ok(Some((value, place))),
            Err(why) => Err(format!("{place}：{why}；按“{}”不明处理", declared.name)),
        }
    }

    /// A penalty from its kinds and amounts. One whose amount was not published is not one of nothing.
    fn penalty(&self, row: &Row, mapped: &MappedFact) -> Result<Option<(Value, Place)>, String> {
        let From::Penalty {
            kinds,
            fine,
            confiscation,
            words,
        } = &mapped.from
        else {
            return Ok(None);
        };
        let amount = |columns: &Columns| match self.text(row, columns) {
            None => Ok(None),
            Some(Err(problem)) => Err(problem),
            Some(Ok((text, place))) => {
                let plain: String = text.chars().map(half_width).collect();
                match Fen::parse_yuan(&plain) {
                    Ok(fen) => Ok(Some((fen, place))),
                    Err(error) => Err(format!("{place}：{error}；按处罚内容不明处理")),
                }
            }
        };
        let (fine, confiscation) = (amount(fine)?, amount(confiscation)?);
        let mut known: Vec<PenaltyKind> = Vec::new();
        let place = match self.said(row, kinds) {
            Some(said) => {
                let listed = match said.field {
                    Field::List(texts) => texts.clone(),
                    Field::Text(text) | Field::Serial(text, _) => parts(text),
                    Field::Wrong(why) => return Err(format!("{}：{why}", said.place)),
                };
                for text in listed.iter().filter(|text| !mapped.skipped.contains(text)) {
                    let mapped = words.iter().find(|(from, _)| from == text);
                    let kind = mapped.map(|(_, kind)| *kind);
                    let kind = kind.or_else(|| PenaltyKind::from_chinese(text));
                    known.push(kind.ok_or_else(|| {
                        format!("{}：没有这种处罚：“{text}”；按处罚内容不明处理", said.place)
                    })?);
                }
                said.place
            }
            // The kinds stand in a column of their own, which says nothing here.
            None if !kinds.is_empty() => return Ok(None),
            None => match &fine {
                Some((_, place)) => place.clone(),
                None => return Ok(None),
            },
        };
        let is_unknown = known.is_empty() && fine.is_none();
        if is_unknown || known.contains(&PenaltyKind::Fine) && fine.is_none() {
            return Ok(None);
        }
        let yuan = |amount: Option<(Fen, Place)>| amount.map_or(Fen(0), |(fen, _)| fen);
        let penalty = Penalty::new(known, yuan(fine), yuan(confiscation));
        Ok(Some((Value::Penalty(penalty), place)))
    }
}

/// The texts of a cell that lists several.
fn parts(text: &str) -> Vec<String> {
    let parts = text.split(['、', '，', ',', '；', ';', '+', '\n']);
    let parts = parts.map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

/// The day of an act as it is written; what is no day is told and counts as unknown.
fn day(said: &Said<'_>, name: &str, told: &mut ToldCase) -> Option<Moment> {
    let read = match said.field {
        Field::Text(text) => written::moment(text),
        Field::Serial(_, moment) => Ok(*moment),
        Field::List(texts) => Err(written::not_a_day(&texts.join("、"))),
        Field::Wrong(why) => Err(why.clone()),
    };
    match read {
        Ok(on) => Some(on),
        Err(why) => {
            let place = &said.place;
            told.problems
                .push(format!("{place}【{name}】的日期：{why}；按日期不明处理"));
            None
        }
    }
}

/// A value as clerks write it.
fn parsed(declared: &Fact, text: &str) -> Result<Value, String> {
    match declared.kind {
        FactType::Date => written::moment(text).map(|moment| Value::Date(moment.day)),
        FactType::Moment => written::moment(text).map(Value::Moment),
        FactType::Count | FactType::Quantity | FactType::Money => {
            let plain: String = text.chars().map(half_width).collect();
            declared.parse(&plain).map_err(|error| error.to_string())
        }
        _ => declared.parse(text).map_err(|error| error.to_string()),
    }
}

/// `告知听证权=成立`: a fact by name or id, and its value.
fn stated(replay: &Replay<'_>, pair: &str) -> Result<(FactIx, Value), String> {
    let (name, text) = pair
        .split_once(['=', '＝', '：'])
        .ok_or_else(|| format!("“{pair}”不是“事实名称=值”"))?;
    let (name, text) = (name.trim(), text.trim());
    let fact = replay
        .fact_named(name)
        .ok_or_else(|| format!("没有事实“{name}”"))?;
    let value = parsed(&replay.procedure.facts[fact], text)?;
    Ok((fact, value))
}
