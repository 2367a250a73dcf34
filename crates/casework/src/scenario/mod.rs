//! Scenarios: dated runs through `decide`, written beside the procedure and run by every test.
//!
//! A scenario shows a lawful end, a gate or a refusal. The identifiers that its expectations name are what it covers:
//! with the rule deleted from the procedure the scenario must fail, which is how coverage is computed.

mod agency;
mod elsewhere;
mod list_row;
mod listed;
mod parse;
mod run;

use std::collections::BTreeMap;

use law::catalog::Item;
use law::discretion::BenchmarkRow;
use law::fact::Value;
use law::model::{Domain, EventIx, FactIx};
use law::review_catalog::CatalogRow;
use law::source::Place;
use vocabulary::Moment;

use crate::command::NewMember;
use crate::context::{EarlierFine, Person, Power};
use crate::elsewhere::Elsewhere;
use crate::lists::Lists;

pub use parse::parse;
pub use run::{Failure, context, run};

/// A scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name, unique within its procedure.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The procedure.
    pub procedure: String,
    /// Ids of rules or rows that it says it covers.
    pub covers: Vec<String>,
    /// Ids that the agency has confirmed.
    pub confirmed: Vec<String>,
    /// Values that the agency has set, by setting id.
    pub values: BTreeMap<String, i64>,
    /// Values that hold from a day on, by setting, ascending.
    pub dated: BTreeMap<String, Vec<law::model::Dated>>,
    /// People in the register.
    pub people: BTreeMap<String, Person>,
    /// The agency's benchmark.
    pub benchmarks: Vec<BenchmarkRow>,
    /// The agency's power map.
    pub powers: Vec<Power>,
    /// The agency's catalogue of decisions that need a review.
    pub review_catalog: Vec<CatalogRow>,
    /// Rows of the agency's registers that the rules look things up in.
    pub lists: Lists,
    /// Items that only this scenario knows.
    pub items: Vec<Item>,
    /// Fines for the same act from elsewhere.
    pub earlier_fines: Vec<EarlierFine>,
    /// What other cases of the agency say.
    pub elsewhere: Vec<Elsewhere>,
    /// Parties, brought in by the first act that can.
    pub newcomers: Vec<NewMember>,
    /// The steps, those of the scenario it continues first.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands.
    pub place: Place,
    /// Its label.
    pub label: Option<String>,
    /// What it does.
    pub kind: StepKind,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// 行: perform an act.
    Do(Doing),
    /// 拒: the act is refused, naming each of these ids.
    Refused(Doing, Vec<String>),
    /// 更正: what the last doing of the act for its subject said is corrected, on this day.
    Correct(Doing),
    /// 时: from here on it is this day.
    Now(Moment),
    /// 望: an expectation.
    Expect(Expectation),
}

/// An act of a scenario.
#[derive(Clone, Debug)]
pub struct Doing {
    /// The event.
    pub event: EventIx,
    /// The number of its subject.
    pub number: u32,
    /// When.
    pub occurred: Moment,
    /// What it says.
    pub facts: Vec<(FactIx, Value)>,
    /// Who takes part.
    pub people: Vec<(usize, String)>,
    /// Written reasons.
    pub reasons: BTreeMap<String, String>,
    /// A subject that the act itself brings in.
    pub brings: Option<(Domain, u32)>,
    /// How many of the facts stand in the step itself; those that follow are the usual ones.
    pub own: usize,
}

/// An expectation.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the fields say which rule, event, subject and clock"
)]
pub enum Expectation {
    /// 到期: the clock of a rule is due on this day.
    Due {
        id: String,
        on: Moment,
        number: Option<u32>,
        provisional: bool,
    },
    /// 逾期: an obligation is overdue, or was met late.
    Overdue { id: String, number: Option<u32> },
    /// 可: the act may be done.
    May { event: EventIx, number: u32 },
    /// 不可: it may not, naming this id.
    MayNot {
        event: EventIx,
        number: u32,
        because: Option<String>,
    },
    /// 应、不应: the act is owed or not.
    Owed {
        event: EventIx,
        number: u32,
        expected: bool,
    },
    /// 瑕疵、无瑕疵: the rule left an uncured defect or not.
    Defect { id: String, expected: bool },
    /// 提示: the last act was cautioned by this rule.
    Caution { id: String },
    /// 终结: closed, and nothing outstanding holds anything up.
    Closed,
}
