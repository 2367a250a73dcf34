//! Facts that nobody types: computed from people, items, dates and payments.
//!
//! Pure, and silent rather than guessing: without a fact that it needs, an algorithm has no value, and the engine
//! says that the fact is missing. No act stands here; where one matters, the rules give it a tag.

mod daily;
mod days;
mod disclosure;
mod discretion;
mod elsewhere;
mod fines;
mod items;
mod measured;
pub(crate) mod money;
pub(crate) mod party;
mod people;
mod powers;
pub(crate) mod recording;
mod registers;
pub(crate) mod review;
#[cfg(test)]
mod tests;

pub(crate) use fines::heaviest_fine;
pub(crate) use law::discretion::range::{NO_GAINS, SERIOUS};

pub use days::{decision_day, files_cases, filing_day, violation_day};
pub use discretion::receipt;
pub(crate) use discretion::receipt_of_act;
pub(crate) use powers::number_prefix;
pub(crate) use registers::filled_from_register;

use law::discretion::Finding;
use law::fact::Value;

use crate::elsewhere::FOLLOW_UP;
use crate::live::Live;

/// A derived value, with a sentence that shows how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// The value.
    pub value: Value,
    /// The sentence; empty where the value speaks for itself.
    pub detail: String,
}

impl Derived {
    /// It is so, and there is nothing to add.
    fn yes() -> Derived {
        Derived {
            value: Value::Bool(true),
            detail: String::new(),
        }
    }

    /// It is so, with a remark.
    fn yes_but(detail: impl Into<String>) -> Derived {
        Derived {
            value: Value::Bool(true),
            detail: detail.into(),
        }
    }

    /// It is not so, and why.
    fn no(detail: impl Into<String>) -> Derived {
        Derived {
            value: Value::Bool(false),
            detail: detail.into(),
        }
    }

    fn count(number: usize, detail: impl Into<String>) -> Derived {
        Derived {
            value: Value::Count(i64::try_from(number).unwrap_or(i64::MAX)),
            detail: detail.into(),
        }
    }
}

/// What `law::discretion` found, as the value of a fact.
impl From<Finding> for Derived {
    fn from(finding: Finding) -> Derived {
        Derived {
            value: Value::Bool(finding.holds),
            detail: finding.told,
        }
    }
}

type Algorithm = fn(&Live<'_>, usize) -> Option<Derived>;

/// The algorithms by the names that the rules give them (docs/guides/rules-notation.md, section 8).
const ALGORITHMS: [(&str, Algorithm); 46] = [
    ("valid_officers", people::valid_officers),
    ("invalid_officers", people::invalid_officers),
    ("reviewer_qualified", people::reviewer_qualified),
    ("approver_sufficient", people::approver_sufficient),
    ("deliberators", people::deliberators),
    ("item_in_force", items::item_in_force),
    ("item_party_ok", items::item_party_ok),
    ("fine_in_range", fines::fine_in_range),
    ("overdue_item", items::overdue_item),
    ("power_held", powers::power_held),
    ("power_delegable", powers::power_delegable),
    ("power_organ", powers::power_organ),
    ("power_since", powers::power_since),
    ("power_basis", powers::power_basis),
    (
        "power_registration_agrees",
        powers::power_registration_agrees,
    ),
    ("reconsideration_organ", powers::reconsideration_organ),
    ("court", powers::court),
    ("remedies_agree", powers::remedies_agree),
    ("seal", powers::seal),
    ("seal_agrees", powers::seal_agrees),
    ("respondent", powers::respondent),
    ("is_respondent", powers::is_respondent),
    ("basin_ok", items::basin_ok),
    ("zone_ok", items::zone_ok),
    ("highest_fine_chosen", items::highest_fine_chosen),
    ("lighter_law_chosen", items::lighter_law_chosen),
    (
        law::discretion::OUTSIDE_BENCHMARK,
        discretion::outside_benchmark,
    ),
    ("same_act_fined", party::same_act_fined),
    ("fined_elsewhere", elsewhere::fined_elsewhere),
    ("inspections_elsewhere", elsewhere::inspections_elsewhere),
    (
        "same_item_inspections_elsewhere",
        elsewhere::same_item_inspections_elsewhere,
    ),
    ("age_at_violation", party::age_at_violation),
    (party::NAME, party::name),
    ("birth_date_agrees", party::birth_date_agrees),
    ("party_identified", party::party_identified),
    ("paid_total", money::paid_total),
    ("paid_in_full", money::paid_in_full),
    ("still_owed", money::still_owed),
    ("overpaid", money::overpaid),
    ("refund_within_paid", money::refund_within_paid),
    ("installment_owed", money::installment_owed),
    ("plan_agrees", money::plan_agrees),
    (recording::ALGORITHM, recording::scene_recorded),
    ("redaction_doubts", disclosure::redaction_doubts),
    (law::review_catalog::ALGORITHM, review::review_catalog),
    (
        "additional_fine_within_cap",
        money::additional_fine_within_cap,
    ),
];

type OfFacts = fn(&str, &Live<'_>, usize) -> Option<Derived>;

/// The algorithms whose name says the facts, or the columns, that they read, after this word.
const OF_FACTS: [(&str, OfFacts); 9] = [
    (daily::ALGORITHM, daily::within),
    (daily::MOST, daily::most),
    (daily::DAYS_AGREE, daily::late_days_agree),
    (daily::DAYS, daily::late_days),
    (daily::FIRST, daily::first_late),
    (measured::ALGORITHM, measured::agrees),
    (measured::AMOUNT, measured::amount),
    (registers::PEOPLE_LISTED, registers::people_listed),
    (registers::PARTY_LISTED, registers::party_listed),
];

/// What an algorithm misses for a member, in a sentence, where it can say so.
pub(crate) fn lacking(algorithm: &str, live: &Live<'_>, member: usize) -> Option<String> {
    if let Some(register) = algorithm.strip_prefix(law::lookup::ALGORITHM) {
        return registers::lacking(register, live, member);
    }
    match algorithm {
        law::review_catalog::ALGORITHM => review::lacking(live, member),
        "power_held" | "seal_agrees" | "remedies_agree" | "power_registration_agrees" => {
            powers::lacking(live, member)
        }
        _ => None,
    }
}

/// The value of an algorithm for a member; nothing when a fact that it needs is missing.
pub fn derive(algorithm: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    if let Some(register) = algorithm.strip_prefix(law::lookup::ALGORITHM) {
        return registers::agrees(register, live, member);
    }
    if let Some(procedure) = algorithm.strip_prefix(FOLLOW_UP) {
        return Some(elsewhere::followed_by(procedure, live, member));
    }
    let of_facts = OF_FACTS.iter();
    let mut found = of_facts.filter_map(|(name, of)| Some((algorithm.strip_prefix(name)?, of)));
    if let Some((spec, of)) = found.next() {
        return of(spec, live, member);
    }
    let (_, algorithm) = ALGORITHMS.iter().find(|(name, _)| *name == algorithm)?;
    algorithm(live, member)
}
