//! The agency layer as a file: who works here, what was confirmed by whom, who approves what, what is shown to whom.

use crate::numbers::{BadStyle, NumberStyle};
use casework::context::{ApprovalRow, Context, Credential, EarlierFine, Level, Person, Power};
use law::Rules;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vocabulary::Day;

/// The file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyFile {
    /// Code of the agency, in the names of streams.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The name of its log, as it stands in every signed checkpoint.
    pub origin: String,
    /// A made-up agency, to show and to measure the program: nothing here has legal effect, and one person may act for
    /// all who take part.
    #[serde(default)]
    pub demonstration: bool,
    /// What somebody new should know of a made-up agency, in paragraphs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
    /// People.
    pub people: Vec<Staff>,
    /// Who may sign in.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// What the policy section confirmed against the text.
    #[serde(default)]
    pub confirmed: Vec<Confirmation>,
    /// Values that the agency set itself.
    #[serde(default)]
    pub values: Vec<SetValue>,
    /// The approval table, ascending.
    #[serde(default)]
    pub approvals: Vec<ApprovalRow>,
    /// Powers that passed to somebody else.
    #[serde(default)]
    pub powers: Vec<Power>,
    /// Fines for the same act from elsewhere.
    #[serde(default)]
    pub earlier_fines: Vec<EarlierFine>,
    /// Facts, the first filled of which is the title of a case.
    #[serde(default)]
    pub title_facts: Vec<String>,
    /// Facts, the first filled of which is the number by which a case goes.
    #[serde(default)]
    pub number_facts: Vec<String>,
    /// What stands before the kind of document in a number (机关代字), such as 长水.
    #[serde(default)]
    pub number_prefix: String,
    /// How numbers are printed where not as `代字` + kind + `字〔年〕号号`.
    #[serde(default)]
    pub number_styles: Vec<NumberStyleRow>,
}

/// How one kind of number is printed, from a year on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberStyleRow {
    /// The kind of document (文种).
    pub kind: String,
    /// From this year on; the latest row that fits is taken.
    #[serde(default)]
    pub from_year: i16,
    /// The style, such as `长水罚决字〔{年}〕{号}号`.
    pub style: String,
}

/// A person with what only the pages need.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    /// Stable id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Post.
    pub post: String,
    /// Unit (科室): whose cases the person handles; empty where units are not told apart.
    #[serde(default)]
    pub section: String,
    /// Roles that the person usually has: who is offered in a form. What is lawful is judged, not offered.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Credentials, past ones included.
    #[serde(default)]
    pub credentials: Vec<Credential>,
    /// National legal qualification.
    #[serde(default)]
    pub law_qualified: bool,
    /// Reviewed penalty decisions first on this day.
    #[serde(default)]
    pub reviewer_since: Option<Day>,
    /// In charge at this level.
    #[serde(default)]
    pub level: Option<Level>,
    /// Trainings taken, before the post and since (law.md G-TRAIN).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub training: Vec<Training>,
}

/// A training that somebody took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// When.
    pub day: Day,
    /// What about.
    pub subject: String,
    /// How many hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
}

/// Somebody who may sign in. What the person may do follows from the register of people; an account adds only duties that
/// are no role of the law.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The name to sign in with.
    pub id: String,
    /// The person it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Duties beside the roles of the law.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub duties: BTreeSet<Duty>,
    /// Nobody may sign in with it any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// What an account may do that no role of the law gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Opens and closes accounts. Has no power over a gate: no case, no register of people.
    Administrator,
    /// Records what was signed on paper by people who do not sign in (纸签代录).
    Clerk,
    /// Reads any record, and leaves a trace.
    Supervisor,
    /// Drafts changes of registers and settings.
    Policy,
}

impl Duty {
    /// All of them.
    pub const ALL: [Duty; 4] = [
        Duty::Administrator,
        Duty::Clerk,
        Duty::Supervisor,
        Duty::Policy,
    ];

    /// Its name on pages.
    pub fn chinese(self) -> &'static str {
        match self {
            Duty::Administrator => "系统管理员",
            Duty::Clerk => "内勤（纸签代录）",
            Duty::Supervisor => "执法监督",
            Duty::Policy => "政策法规（登记册）",
        }
    }
}

/// A rule, row or setting that was confirmed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// Its id.
    pub id: String,
    /// The text that it was held against.
    pub text: String,
    /// Who approved.
    pub approver: String,
    /// When.
    pub on: Day,
}

/// A value set by the agency.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetValue {
    /// The setting.
    pub id: String,
    /// Fen for money, otherwise the number.
    pub value: i64,
    /// Who approved.
    pub approver: String,
    /// When.
    pub on: Day,
}

impl AgencyFile {
    /// Reads the file.
    pub fn parse(json: &str) -> Result<AgencyFile, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// What a decision reads besides the case.
    pub fn context(&self, rules: Arc<Rules>) -> Context {
        let mut context = Context::of(rules);
        context.agency.confirmed = self.confirmed.iter().map(|it| it.id.clone()).collect();
        context.agency.values = self
            .values
            .iter()
            .map(|it| (it.id.clone(), it.value))
            .collect();
        context.people = self
            .people
            .iter()
            .map(|staff| (staff.id.clone(), staff.person()))
            .collect::<BTreeMap<_, _>>();
        context.agency_name.clone_from(&self.name);
        context.powers.clone_from(&self.powers);
        context.approvals.clone_from(&self.approvals);
        context.earlier_fines.clone_from(&self.earlier_fines);
        context
    }

    /// How numbers of a kind are printed in the year of this day.
    pub fn number_style(&self, kind: &str, on: Day) -> NumberStyle {
        let rows = self.number_styles.iter();
        let fitting = rows.filter(|row| row.kind == kind && row.from_year <= on.ymd().0);
        fitting
            .max_by_key(|row| row.from_year)
            .and_then(|row| NumberStyle::parse(&row.style).ok())
            .unwrap_or_else(|| NumberStyle::usual(&self.number_prefix, kind))
    }

    /// What in the file cannot be: styles that print no year or number.
    pub fn check(&self) -> Result<(), BadStyle> {
        self.number_styles
            .iter()
            .try_for_each(|row| NumberStyle::parse(&row.style).map(drop))
    }

    /// The person of this id.
    pub fn staff(&self, id: &str) -> Option<&Staff> {
        self.people.iter().find(|staff| staff.id == id)
    }

    /// The account of this name, unless it is closed.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| account.id == id && !account.closed)
    }

    /// Who is offered for a role: those who usually have it, else everybody.
    pub fn offered(&self, role: &str) -> Vec<&Staff> {
        let usual: Vec<&Staff> = self
            .people
            .iter()
            .filter(|staff| staff.roles.iter().any(|r| r == role))
            .collect();
        if usual.is_empty() {
            self.people.iter().collect()
        } else {
            usual
        }
    }
}

impl Staff {
    pub(crate) fn person(&self) -> Person {
        Person {
            id: self.id.clone(),
            name: self.name.clone(),
            credentials: self.credentials.clone(),
            law_qualified: self.law_qualified,
            reviewer_since: self.reviewer_since,
            level: self.level,
        }
    }
}
