//! The people offered for a role: post, credential and its validity on the day of the act.

use super::Asked;
use super::fields::{self, Choice, Field, Input};
use super::hints::{About, Act, Hint};
use super::posted::Posted;
use super::registered::Candidates;
use crate::session;
use crate::wording::Wrong;
use app::Office;
use app::agency::Staff;
use casework::context::Credential;
use law::condition::{Condition, Operand, Test};
use law::model::Role;
use law::register_rule::Words;
use std::collections::BTreeMap;
use vocabulary::Day;

/// How somebody stands on a day; who may enforce comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Valid(String),
    Lacking(String),
}

impl Standing {
    fn of(staff: &Staff, day: Day, words: &Words) -> Standing {
        let credentials = &staff.credentials;
        let valid: Vec<&Credential> = credentials.iter().filter(|it| it.is_valid(day)).collect();
        if let Some(valid) = valid.iter().find(|it| words.fit(&it.field)) {
            return Standing::Valid(format!("执法证{}，有效期至{}", valid.number, valid.until));
        }
        if let Some(elsewhere) = valid.first() {
            return Standing::Lacking(format!(
                "执法证{}，类别是“{}”，与本机关的执法领域不符",
                elsewhere.number, elsewhere.field
            ));
        }
        let suspended = credentials
            .iter()
            .filter(|it| it.from <= day && day <= it.until)
            .find_map(|it| Some((it, it.suspended_from?)));
        if let Some((credential, from)) = suspended {
            return Standing::Lacking(format!(
                "执法证{}，证件已停用（自{from}）",
                credential.number
            ));
        }
        let expired = credentials.iter().filter(|it| it.until < day);
        if let Some(credential) = expired.max_by_key(|it| it.until) {
            return Standing::Lacking(format!(
                "执法证{}，证件已过期（至{}）",
                credential.number, credential.until
            ));
        }
        let coming = credentials.iter().filter(|it| it.from > day);
        match coming.min_by_key(|it| it.from) {
            Some(credential) => Standing::Lacking(format!(
                "执法证{}，证件那时尚未生效（自{}）",
                credential.number, credential.from
            )),
            None => Standing::Lacking("没有登记执法证".to_owned()),
        }
    }

    fn text(self) -> String {
        match self {
            Standing::Valid(text) | Standing::Lacking(text) => text,
        }
    }

    fn is_valid(&self) -> bool {
        matches!(self, Standing::Valid(_))
    }
}

/// Why somebody may not enforce on a day; nothing where a credential holds.
pub(super) fn lacks(office: &Office, staff: &Staff, day: Day) -> Option<String> {
    match Standing::of(staff, day, office.context().rules.credential_words()) {
        Standing::Valid(_) => None,
        Standing::Lacking(text) => Some(text),
    }
}

/// What entitled somebody to a role on a day: a credential where the role enforces; else the legal qualification, the
/// level, or the post.
pub(super) fn entitled(office: &Office, staff: &Staff, role: &Role, day: Day) -> String {
    if role.is_officer {
        return Standing::of(staff, day, office.context().rules.credential_words()).text();
    }
    let mut said = Vec::new();
    if let Some(level) = staff.level {
        said.push(level.chinese().to_owned());
    }
    if staff.law_qualified {
        said.push("有国家统一法律职业资格".to_owned());
    }
    if said.is_empty() {
        said.push(staff.post.clone());
    }
    said.join("，")
}

/// How each person offered for an officer's role of an act stands on a day.
pub(super) fn standings(office: &Office, act: Act<'_>, day: Day) -> BTreeMap<String, String> {
    let file = office.agency();
    let context = office.context();
    let words = context.rules.credential_words();
    let roles = act.procedure.act_of(act.event).roles.iter();
    let officers = roles
        .map(|role| &act.procedure.roles[*role])
        .filter(|role| role.is_officer);
    officers
        .flat_map(|role| file.offered(&role.id))
        .map(|staff| (staff.id.clone(), Standing::of(staff, day, words).text()))
        .collect()
}

/// So many officers with valid credentials the law asks for, whatever the facts.
fn officers_needed(asked: &Asked) -> Option<i64> {
    let procedure = asked.view.procedure();
    let edges = procedure
        .requirements
        .iter()
        .filter(|edge| edge.target == asked.event);
    let least = edges.filter_map(|edge| match &edge.must {
        Condition::Atom(atom)
            if procedure.facts[atom.fact].derived_by.as_deref() == Some("valid_officers") =>
        {
            match &atom.test {
                Test::Number(_, Operand::Number(least)) => Some(*least),
                _ => None,
            }
        }
        _ => None,
    });
    least.max()
}

/// The field of a role; who had it last in this case is ticked, who lacks a credential comes last.
pub(super) fn role_field(
    office: &Office,
    asked: &Asked,
    posted: &Posted,
    role: usize,
    errors: &[Wrong],
) -> Field {
    let procedure = asked.view.procedure();
    let declared = &procedure.roles[role];
    let name = format!("role.{}", declared.id);
    let history = &asked.view.case().history;
    let last = history
        .iter()
        .rev()
        .find(|done| done.people.iter().any(|(r, _)| *r == role));
    let was_last = |id: &str| {
        let of = |(r, person): &(usize, String)| *r == role && person == id;
        posted.is_blank() && last.is_some_and(|done| done.people.iter().any(of))
    };
    let today = asked.view.now.day;
    let day = Day::typed(posted.one("occurred"), today).unwrap_or(today);
    let context = office.context();
    let words = context.rules.credential_words();
    let mut options: Vec<(bool, Choice)> = office
        .agency()
        .offered(&declared.id)
        .into_iter()
        .map(|staff| {
            let standing = declared.is_officer.then(|| Standing::of(staff, day, words));
            let is_last = standing.as_ref().is_some_and(|it| !it.is_valid());
            let choice = Choice {
                value: staff.id.clone(),
                label: format!("{} {}", staff.name, staff.post),
                hint: standing.map_or_else(String::new, Standing::text),
                is_chosen: was_last(&staff.id) || posted.all(&name).contains(&staff.id),
            };
            (is_last, choice)
        })
        .collect();
    options.sort_by_key(|(is_last, _)| *is_last);
    let needed = officers_needed(asked).filter(|_| declared.is_officer);
    Field {
        label: declared.name.clone(),
        mark: "",
        need: "",
        input: Input::People {
            options: options.into_iter().map(|(_, choice)| choice).collect(),
        },
        note: needed.map_or_else(String::new, |least| {
            format!("这一步须有不少于{least}名持有效执法证的人员参加")
        }),
        about: About::Nothing,
        hint: Hint::default(),
        errors: fields::told(errors, &declared.id),
        is_known: false,
        is_carried: false,
        from_register: String::new(),
        offered: Vec::new(),
        fetches: false,
        found: Candidates::default(),
        name,
    }
}

/// Whoever fills the form and is offered for the role is ticked where nobody is.
pub(super) fn offer_oneself(field: &mut Field) {
    let Input::People { options } = &mut field.input else {
        return;
    };
    if options.iter().any(|option| option.is_chosen) {
        return;
    }
    let person = session::who().and_then(|signed| signed.actor.person);
    let own = options
        .iter_mut()
        .find(|option| Some(&option.value) == person.as_ref());
    if let Some(own) = own {
        own.is_chosen = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    fn credential(from: &str, until: &str) -> Credential {
        Credential {
            number: "SL-1".to_owned(),
            from: day(from),
            until: day(until),
            suspended_from: None,
            field: String::new(),
            area: String::new(),
            issued_by: String::new(),
        }
    }

    fn staff(credentials: Vec<Credential>) -> Staff {
        Staff {
            section: String::new(),
            id: "p".to_owned(),
            name: "某人".to_owned(),
            post: String::new(),
            roles: vec![],
            credentials,
            law_qualified: false,
            reviewer_since: None,
            level: None,
            training: vec![],
        }
    }

    #[test]
    fn a_credential_is_told_as_it_was_on_the_day() {
        let old = credential("2021-07-01", "2026-06-30");
        let renewed = credential("2026-07-15", "2030-07-14");
        let person = staff(vec![old.clone(), renewed]);
        let on = |text: &str| Standing::of(&person, day(text), &Words::default()).text();
        assert_eq!(on("2026-06-30"), "执法证SL-1，有效期至2026-06-30");
        assert_eq!(on("2026-07-01"), "执法证SL-1，证件已过期（至2026-06-30）");
        assert_eq!(on("2026-07-15"), "执法证SL-1，有效期至2030-07-14");
        assert_eq!(
            on("2020-01-01"),
            "执法证SL-1，证件那时尚未生效（自2021-07-01）"
        );
        let suspended = Credential {
            suspended_from: Some(day("2026-03-01")),
            ..old
        };
        let person = staff(vec![suspended]);
        assert_eq!(
            Standing::of(&person, day("2026-03-01"), &Words::default()).text(),
            "执法证SL-1，证件已停用（自2026-03-01）"
        );
        assert!(Standing::of(&person, day("2026-02-28"), &Words::default()).is_valid());
        assert_eq!(
            Standing::of(&staff(vec![]), day("2026-02-28"), &Words::default()).text(),
            "没有登记执法证"
        );
    }

    #[test]
    fn a_credential_for_other_enforcement_is_told_and_does_not_count() {
        let road = Credential {
            field: "交通运输".to_owned(),
            ..credential("2021-07-01", "2026-06-30")
        };
        let words = Words {
            parts: vec!["水行政".to_owned()],
            whole: Vec::new(),
        };
        let on = day("2026-01-01");
        let standing = Standing::of(&staff(vec![road.clone()]), on, &words);
        assert!(!standing.is_valid());
        assert_eq!(
            standing.text(),
            "执法证SL-1，类别是“交通运输”，与本机关的执法领域不符"
        );
        let water = Credential {
            field: "水行政执法".to_owned(),
            ..road.clone()
        };
        assert!(Standing::of(&staff(vec![road, water]), on, &words).is_valid());
    }
}
