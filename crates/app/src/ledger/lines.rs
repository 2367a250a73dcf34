//! What the views hold and are asked for: the list of cases, clocks, what is to be done, what deserves a second look, the
//! payment book. A line is written with the entry that changes it.

use crate::dues::Standing;
use crate::notable::Notable;
use jiff::Timestamp;
use vocabulary::{Day, Fen, Moment};

/// The change of one row of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// A case appears in, or changes its line of, the list of cases.
    Case(CaseLine),
    /// A clock of a case runs, or runs differently.
    Clock(ClockLine),
    /// A clock of a case runs no longer.
    ClockGone {
        /// The case.
        case_id: String,
        /// The clock.
        clock_id: String,
    },
    /// These are all lines that a case has on the lists of what is to be done.
    Todo {
        /// The case.
        case_id: String,
        /// The lines.
        lines: Vec<TodoLine>,
    },
    /// These are all lines that a case has in the payment book.
    Dues {
        /// The case.
        case_id: String,
        /// The lines.
        lines: Vec<DuesLine>,
    },
    /// The entry deserves a second look.
    Notable(NotableLine),
}

/// What a party has to pay, as the payment book shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuesLine {
    /// The case.
    pub case_id: String,
    /// The number of the party in the case.
    pub party: u32,
    /// Its name, which the list of cases shows too.
    pub party_name: String,
    /// The unit that has the case.
    pub section: String,
    /// How the account stands, whatever day it is.
    pub standing: Standing,
    /// To be paid in all.
    pub charged: Fen,
    /// Paid, and not given back.
    pub held: Fen,
    /// Still owed.
    pub owed: Fen,
    /// Paid beyond what is owed.
    pub overpaid: Fen,
    /// The next day on which money has to come in.
    pub due: Option<Day>,
    /// The payment code.
    pub code: Option<String>,
    /// The number of the decision.
    pub number: Option<String>,
    /// The claim in [`Append::numbers`] that becomes `number` with this entry.
    pub number_claim: Option<usize>,
}

/// Which lines of the payment book are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DuesOf {
    /// All.
    #[default]
    All,
    /// Those whose money should have come in before this day.
    Late(Day),
    /// Those whose money is to come in on this day or later.
    NotDue(Day),
    /// Those that stand so.
    Standing(Standing),
}

/// A place in the payment book.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DuesCursor {
    /// In the order of danger.
    pub rank: u8,
    /// Whether there is no date, and the date.
    pub due: (bool, Day),
    /// The case.
    pub case_id: String,
    /// The party.
    pub party: u32,
}

/// Which lines, from where on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DuesQuery {
    /// Of this unit alone.
    pub section: Option<String>,
    /// Which.
    pub of: DuesOf,
    /// After this line.
    pub after: Option<DuesCursor>,
}

/// Why an entry of a case deserves a second look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotableLine {
    /// The case.
    pub case_id: String,
    /// The version of the case that the entry made.
    pub version: u64,
    /// Why.
    pub kind: Notable,
    /// The event; empty where the entry is no act.
    pub event: String,
}

/// The same, with when the entry was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotableRow {
    /// The line.
    pub line: NotableLine,
    /// When.
    pub recorded_at: Timestamp,
}

/// A place in the list of what deserves a second look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotableCursor {
    /// When the last entry seen was recorded.
    pub recorded_at: Timestamp,
    /// Its case.
    pub case_id: String,
    /// Its version.
    pub version: u64,
    /// The reason last seen.
    pub kind: Notable,
}

impl NotableRow {
    /// The cursor that continues after this row.
    pub fn cursor(&self) -> NotableCursor {
        NotableCursor {
            recorded_at: self.recorded_at,
            case_id: self.line.case_id.clone(),
            version: self.line.version,
            kind: self.line.kind,
        }
    }
}

/// Which entries are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotableQuery {
    /// For this reason alone.
    pub kind: Option<Notable>,
    /// After this row.
    pub after: Option<NotableCursor>,
}

/// Whose list a line stands on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// Of a person, by id.
    Person(String),
    /// Of everybody in a unit.
    Section(String),
    /// Of everybody who has a role, by its id.
    Role(String),
}

/// Something to be done in a case, on the list of one holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TodoLine {
    /// The case.
    pub case_id: String,
    /// Whose list it stands on.
    pub holder: Holder,
    /// The procedure.
    pub procedure: String,
    /// The event to be brought about.
    pub event: String,
    /// The number of its subject; 0 where it has none of its own.
    pub number: u32,
    /// Events that are owed and that it leads to, apart by spaces; empty where it is itself what is owed.
    pub goals: String,
    /// The rule by which it is owed first; empty where nothing is owed and it only goes on.
    pub rule: String,
    /// When that is due.
    pub due: Option<Moment>,
    /// Whether it may be done now.
    pub is_open: bool,
    /// The clock stands still.
    pub is_paused: bool,
    /// The date rests on a year without recorded holidays.
    pub is_provisional: bool,
}

/// Which lines are asked for: those of one holder, in the order of danger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TodoQuery {
    /// Whose list.
    pub holder: Holder,
    /// After this line of the same or another list.
    pub after: Option<TodoLine>,
}

/// Something that is owed by a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockLine {
    /// The case.
    pub case_id: String,
    /// The clock, by rule, trigger and subject: the same as long as it is the same obligation.
    pub clock_id: String,
    /// The rule.
    pub rule: String,
    /// The event that the passing of the date brings about by itself; empty for most.
    pub brings: String,
    /// The number of the subject of that event.
    pub number: u32,
    /// Since when it is owed.
    pub since: Day,
    /// When it is due.
    pub due: Moment,
    /// The edition of the calendar by which a provisional date was counted; empty where the date is final.
    pub provisional_by: String,
}

/// A place in the list of clocks: the page that follows begins after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockCursor {
    /// The due date of the last line seen.
    pub due: Moment,
    /// The case of the last line seen.
    pub case_id: String,
    /// The clock of the last line seen.
    pub clock_id: String,
}

/// Which clocks are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClockQuery {
    /// Due on or before this moment (a due day lasts until 24:00: a date alone includes the day).
    pub due_until: Option<Moment>,
    /// Only clocks whose passing brings about an event by itself.
    pub brings_something: bool,
    /// Only clocks whose date is provisional and was counted by another edition of the calendar than this.
    pub not_settled_by: Option<String>,
    /// Only clocks of this case.
    pub case_id: Option<String>,
    /// After this line.
    pub after: Option<ClockCursor>,
}

/// More clocks than a case can have running.
pub const CLOCKS_OF_CASE: u32 = 1_000;

impl ClockQuery {
    /// All clocks of a case.
    pub fn of_case(case_id: &str) -> Self {
        Self {
            case_id: Some(case_id.to_owned()),
            ..Self::default()
        }
    }
}

/// The order of the list of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseOrder {
    /// Last touched first.
    #[default]
    Touched,
    /// Nearest due date first; cases that owe nothing are left out.
    Due,
}

/// Which cases are asked for. Filters are joined by "and".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseQuery {
    /// Text that title, names, number, the ids of decided items or the rows of registers that are named contain: two
    /// characters at least.
    pub text: Option<String>,
    /// The procedure (种类), by its id.
    pub procedure: Option<String>,
    /// The phase, by its id.
    pub phase: Option<String>,
    /// Still running, or ended.
    pub is_open: Option<bool>,
    /// Of this unit (承办机构), or of none.
    pub section: Option<String>,
    /// Filed on this day or later.
    pub filed_from: Option<Day>,
    /// Filed on this day or earlier.
    pub filed_until: Option<Day>,
    /// The order.
    pub order: CaseOrder,
    /// Following this case, by id.
    pub follows: Option<String>,
    /// After this line, in the same order.
    pub after: Option<CaseCursor>,
}

/// What the list of cases shows of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLine {
    /// The id of the case.
    pub case_id: String,
    /// The procedure (种类) that it follows, by its id.
    pub procedure: String,
    /// 案由 or working title.
    pub title: String,
    /// The names of the parties, as shown in one cell.
    pub party_names: String,
    /// The phase the case is in, by its id.
    pub phase: String,
    /// 立案日期.
    pub filed_on: Option<Day>,
    /// The nearest date by which something is owed.
    pub next_due: Option<Day>,
    /// The first number of the case (立案号), once it has one.
    pub case_number: Option<String>,
    /// The claim in [`Append::numbers`] that becomes `case_number` with this entry.
    pub number_claim: Option<usize>,
    /// Nothing has ended it yet.
    pub is_open: bool,
    /// The unit (承办机构) that has it; empty where units are not told apart.
    pub section: String,
    /// The case that it follows (承接), by id.
    pub follows: Option<String>,
    /// The enforcement items under which something was decided, by id, separated by spaces; empty where nothing was.
    pub decided_items: String,
    /// The rows of registers that it names, one a line: the id of the register, a colon, and what the row is known by there,
    /// such as the credit code of a party.
    pub named_rows: String,
}

impl CaseLine {
    /// Whether it names this row of a register.
    pub fn names_row(&self, register: &str, known_by: &str) -> bool {
        let mut rows = self
            .named_rows
            .lines()
            .filter_map(|row| row.split_once(':'));
        rows.any(|row| row == (register, known_by))
    }

    /// Whether somebody of exactly this name is a party.
    pub fn names(&self, name: &str) -> bool {
        self.party_names
            .split('、')
            .any(|party| party.trim() == name)
    }
}

/// A stored line of the list of cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// The line.
    pub line: CaseLine,
    /// When the last entry that touched it was recorded.
    pub updated_at: Timestamp,
}

/// A place in the list of cases: the page that follows begins after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseCursor {
    /// `updated_at` of the last line seen.
    pub updated_at: Timestamp,
    /// `next_due` of the last line seen.
    pub next_due: Option<Day>,
    /// The id of the last line seen.
    pub case_id: String,
}

impl CaseRow {
    /// The cursor that continues after this line.
    pub fn cursor(&self) -> CaseCursor {
        CaseCursor {
            updated_at: self.updated_at,
            next_due: self.line.next_due,
            case_id: self.line.case_id.clone(),
        }
    }
}

/// All rows of one case, as a rebuild makes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRows {
    /// Its line in the list.
    pub row: CaseRow,
    /// Its running clocks.
    pub clocks: Vec<ClockLine>,
    /// What is to be done.
    pub todo: Vec<TodoLine>,
    /// What deserves a second look.
    pub notable: Vec<NotableRow>,
    /// What is to be paid.
    pub dues: Vec<DuesLine>,
}

/// What the views hold of a case, as a rebuild compares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRows {
    /// Its line in the list.
    pub row: Option<CaseRow>,
    /// Its running clocks.
    pub clocks: Vec<ClockLine>,
    /// What is to be done.
    pub todo: Vec<TodoLine>,
    /// What deserves a second look.
    pub notable: Vec<NotableRow>,
    /// What its parties owe and paid.
    pub dues: Vec<DuesLine>,
}
