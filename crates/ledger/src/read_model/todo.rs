//! What is to be done, on the list of each holder: nearest due first, what has no date last.

use super::{Columns, Index, Order, ReadModel, Select, Value, integer, text};
use app::ledger::{Agency, Holder, StorageCause, TodoLine, TodoQuery};
use vocabulary::Moment;

/// The lists of what is to be done.
pub(crate) const TODO: ReadModel = ReadModel {
    table: "todo",
    columns: &[
        text("case_id"),
        text("holder"),
        text("event"),
        integer("number"),
        text("due"),
        text("procedure"),
        text("goals"),
        text("rule"),
        integer("is_open"),
        integer("is_paused"),
        integer("is_provisional"),
    ],
    key: &["case_id", "holder", "event", "number"],
    indexes: &[Index {
        name: "todo_by_holder",
        columns: "holder, due, case_id, event, number",
        only: None,
    }],
};

const BY_DUE: Order = Order {
    columns: &["due", "case_id", "event", "number"],
    descending: false,
};

/// Stands for no date: behind every date.
const NO_DATE: &str = "~";

/// A kind of holder, before its name.
const PERSON: &str = "person:";
const SECTION: &str = "section:";
const ROLE: &str = "role:";

#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no holder of a list")]
struct NoHolder(String);

pub(crate) fn holder_text(holder: &Holder) -> String {
    match holder {
        Holder::Person(id) => format!("{PERSON}{id}"),
        Holder::Section(name) => format!("{SECTION}{name}"),
        Holder::Role(id) => format!("{ROLE}{id}"),
    }
}

fn holder(text: &str) -> Result<Holder, NoHolder> {
    let of = |kind: &str| text.strip_prefix(kind).map(str::to_owned);
    let person = || of(PERSON).map(Holder::Person);
    let section = || of(SECTION).map(Holder::Section);
    let role = || of(ROLE).map(Holder::Role);
    person()
        .or_else(section)
        .or_else(role)
        .ok_or_else(|| NoHolder(text.to_owned()))
}

fn due_text(due: Option<Moment>) -> String {
    due.map_or_else(|| NO_DATE.to_owned(), |due| due.to_string())
}

/// One row, with the agency first.
pub(crate) fn values(agency: &Agency, line: &TodoLine) -> Vec<Value> {
    vec![
        agency.as_str().into(),
        line.case_id.as_str().into(),
        Value::Text(holder_text(&line.holder)),
        line.event.as_str().into(),
        i64::from(line.number).into(),
        Value::Text(due_text(line.due)),
        line.procedure.as_str().into(),
        line.goals.as_str().into(),
        line.rule.as_str().into(),
        i64::from(line.is_open).into(),
        i64::from(line.is_paused).into(),
        i64::from(line.is_provisional).into(),
    ]
}

pub(crate) fn line(values: Vec<Value>) -> Result<TodoLine, StorageCause> {
    let mut columns = Columns::new(values);
    let (case_id, holder) = (columns.text()?, holder(&columns.text()?)?);
    let (event, number) = (columns.text()?, columns.integer()?);
    let due = columns.text()?;
    Ok(TodoLine {
        case_id,
        holder,
        event,
        number: u32::try_from(number)?,
        due: match due.as_str() {
            NO_DATE => None,
            due => Some(Moment::parse(due)?),
        },
        procedure: columns.text()?,
        goals: columns.text()?,
        rule: columns.text()?,
        is_open: columns.integer()? != 0,
        is_paused: columns.integer()? != 0,
        is_provisional: columns.integer()? != 0,
    })
}

/// A page of the list of a holder.
pub(crate) fn page(agency: &Agency, query: &TodoQuery, limit: u32) -> Select {
    let mut select = Select::of(&TODO, agency);
    select.and("holder =", holder_text(&query.holder).as_str());
    if let Some(after) = &query.after {
        let place = [
            Value::Text(due_text(after.due)),
            after.case_id.as_str().into(),
            after.event.as_str().into(),
            i64::from(after.number).into(),
        ];
        select.after(&BY_DUE, place.into());
    }
    select.page(&BY_DUE, limit);
    select
}

/// All lines of a case.
pub(crate) fn of_case(agency: &Agency, case_id: &str) -> Select {
    let mut select = Select::of(&TODO, agency);
    select.and("case_id =", case_id);
    select
}
