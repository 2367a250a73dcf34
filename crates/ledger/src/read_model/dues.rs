//! The payment book: what each party has to pay, longest late first.

use super::{
    Columns, Dialect, Index, Order, ReadModel, Select, Value, integer, optional, text, words,
};
use app::dues::{Standing, rank};
use app::ledger::{Agency, DuesCursor, DuesLine, DuesOf, DuesQuery, StorageCause};
use vocabulary::{Day, Fen};

/// What is to be paid.
pub(crate) const DUES: ReadModel = ReadModel {
    table: "dues",
    columns: &[
        text("case_id"),
        integer("party"),
        text("party_name"),
        text("section"),
        integer("rank"),
        text("standing"),
        text("due"),
        integer("charged"),
        integer("held"),
        integer("owed"),
        integer("overpaid"),
        optional("code"),
        optional("number"),
        optional("code_key"),
        optional("number_key"),
    ],
    key: &["case_id", "party"],
    indexes: &[
        Index {
            name: "dues_by_rank",
            columns: "rank, due, case_id, party",
            only: None,
        },
        Index {
            name: "dues_by_standing",
            columns: "standing, due, case_id, party",
            only: None,
        },
        Index {
            name: "dues_by_section_rank",
            columns: "section, rank, due, case_id, party",
            only: None,
        },
        Index {
            name: "dues_by_section_standing",
            columns: "section, standing, due, case_id, party",
            only: None,
        },
        Index {
            name: "dues_by_code",
            columns: "code_key, due, case_id, party",
            only: None,
        },
        Index {
            name: "dues_by_number",
            columns: "number_key, due, case_id, party",
            only: None,
        },
    ],
};

const BY_DANGER: Order = Order {
    columns: &["rank", "due", "case_id", "party"],
    descending: false,
};

/// The same of one rank or one standing.
const BY_DUE: Order = Order {
    columns: &["due", "case_id", "party"],
    descending: false,
};

/// Stands for no date: behind every date.
const NO_DATE: &str = "~";

/// The rank of what is awaited by its date.
const AWAITED: i64 = 0;

/// A code or a number finds at most so many lines.
const FOUND_MAX: u32 = 200;

#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no way in which an account stands")]
struct NoStanding(String);

/// A code or a number as it is looked up: whatever brackets, spaces and widths it is written with.
pub(crate) fn key(text: &str) -> String {
    let folded = words::folded_query(text);
    folded.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn due_text(due: Option<Day>) -> String {
    due.map_or_else(|| NO_DATE.to_owned(), |due| due.to_string())
}

/// One row, with the agency first.
pub(crate) fn values(agency: &Agency, line: &DuesLine) -> Vec<Value> {
    let key_of = |text: &Option<String>| {
        let key = text.as_deref().map(key).filter(|key| !key.is_empty());
        Value::OptionalText(key)
    };
    vec![
        agency.as_str().into(),
        line.case_id.as_str().into(),
        i64::from(line.party).into(),
        line.party_name.as_str().into(),
        line.section.as_str().into(),
        i64::from(rank(line.standing)).into(),
        line.standing.id().into(),
        Value::Text(due_text(line.due)),
        line.charged.0.into(),
        line.held.0.into(),
        line.owed.0.into(),
        line.overpaid.0.into(),
        Value::OptionalText(line.code.clone()),
        Value::OptionalText(line.number.clone()),
        key_of(&line.code),
        key_of(&line.number),
    ]
}

pub(crate) fn line(values: Vec<Value>) -> Result<DuesLine, StorageCause> {
    let mut columns = Columns::new(values);
    let (case_id, party) = (columns.text()?, columns.integer()?);
    let (party_name, section) = (columns.text()?, columns.text()?);
    columns.integer()?;
    let standing = columns.text()?;
    let Some(standing) = Standing::parse(&standing) else {
        return Err(NoStanding(standing).into());
    };
    let due = columns.text()?;
    Ok(DuesLine {
        case_id,
        party: u32::try_from(party)?,
        party_name,
        section,
        standing,
        due: match due.as_str() {
            NO_DATE => None,
            due => Some(Day::parse(due)?),
        },
        charged: Fen(columns.integer()?),
        held: Fen(columns.integer()?),
        owed: Fen(columns.integer()?),
        overpaid: Fen(columns.integer()?),
        code: columns.optional()?,
        number: columns.optional()?,
        number_claim: None,
    })
}

fn place(cursor: &DuesCursor) -> [Value; 3] {
    let (is_without, due) = cursor.due;
    [
        Value::Text(due_text((!is_without).then_some(due))),
        cursor.case_id.as_str().into(),
        i64::from(cursor.party).into(),
    ]
}

/// A page of the book.
pub(crate) fn page(agency: &Agency, query: &DuesQuery, limit: u32) -> Select {
    let mut select = Select::of(&DUES, agency);
    if let Some(section) = &query.section {
        select.and("section =", section.as_str());
    }
    let order = match query.of {
        DuesOf::All => &BY_DANGER,
        DuesOf::Late(today) => {
            select.and("rank =", AWAITED);
            select.and("due <", today.to_string().as_str());
            &BY_DUE
        }
        DuesOf::NotDue(today) => {
            select.and("rank =", AWAITED);
            select.and("due >=", today.to_string().as_str());
            &BY_DUE
        }
        DuesOf::Standing(standing) => {
            select.and("standing =", standing.id());
            &BY_DUE
        }
    };
    if let Some(after) = &query.after {
        let place = place(after).into_iter();
        let rank = (query.of == DuesOf::All).then(|| i64::from(after.rank).into());
        select.after(order, rank.into_iter().chain(place).collect());
    }
    select.page(order, limit);
    select
}

/// Lines that have this code.
pub(crate) fn by_code(agency: &Agency, key: &str) -> Select {
    let mut select = Select::of(&DUES, agency);
    select.and("code_key =", key);
    // The order is what makes SQLite take the index and not walk the agency.
    select.page(&BY_DUE, FOUND_MAX);
    select
}

/// Lines that have this number.
pub(crate) fn by_number(agency: &Agency, key: &str) -> Select {
    let mut select = Select::of(&DUES, agency);
    select.and("number_key =", key);
    // The order is what makes SQLite take the index and not walk the agency.
    select.page(&BY_DUE, FOUND_MAX);
    select
}

/// All lines of these cases.
pub(crate) fn of_cases(agency: &Agency, ids: &[String], dialect: Dialect) -> Select {
    let mut select = Select::of(&DUES, agency);
    select.among("case_id", ids, dialect);
    select
}
