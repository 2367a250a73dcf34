//! Cases that follow other ones (承接): whether each comes when it may, and what its acts take over, as their forms do.

use super::case::{Dated, Step};
use anyhow::{Context, Result, bail};
use app::Office;
use app::access::Actor;
use app::combined::CarriedOver;
use law::Rules;
use law::model::{CASE, Procedure};
use std::collections::BTreeMap;
use vocabulary::Moment;

/// Whether every name that a case follows is one of the others, and nothing follows itself in the end.
pub(super) fn check_names(follows: &BTreeMap<&str, Option<&str>>) -> Result<()> {
    for (stem, followed) in follows {
        let mut chain = vec![*stem];
        let mut next = *followed;
        while let Some(followed) = next {
            let Some(further) = follows.get(followed) else {
                let last = chain.last().unwrap_or(stem);
                bail!("演示案件“{last}”承接的“{followed}”不是演示案件");
            };
            if chain.contains(&followed) {
                chain.push(followed);
                bail!("演示案件承接成了一圈：“{}”", chain.join("”承接“"));
            }
            chain.push(followed);
            next = *further;
        }
    }
    Ok(())
}

/// Whether a case that follows another one begins after the acts of that one that its own first act asks for.
pub(super) fn check_days(cases: &[Dated<'_>], rules: &Rules) -> Result<()> {
    let names = cases
        .iter()
        .map(|case| (case.stem, case.file.follows.as_deref()));
    check_names(&names.collect())?;
    for case in cases {
        let Some(stem) = case.file.follows.as_deref() else {
            continue;
        };
        let followed = cases.iter().find(|it| it.stem == stem);
        let followed = followed.context("没有所承接的演示案件")?;
        check_begin(case, followed, rules)
            .with_context(|| format!("演示案件“{}”承接“{stem}”", case.stem))?;
    }
    Ok(())
}

fn check_begin(case: &Dated<'_>, followed: &Dated<'_>, rules: &Rules) -> Result<()> {
    let procedure = |id: &str| {
        rules
            .procedure(id)
            .with_context(|| format!("没有程序 {id}"))
    };
    let (ours, theirs) = (
        procedure(&case.file.procedure)?,
        procedure(&followed.file.procedure)?,
    );
    let first = case.file.steps.first().context("没有步骤")?;
    let event = ours.event(&first.act).context("没有这个行为")?;
    let event = &ours.events[event];
    let carry = event.carries.iter().find(|it| it.from == theirs.id);
    let carry = carry.with_context(|| format!("“{}”不承接“{}”的案件", event.name, theirs.name))?;
    let begins = case.recorded(first)?;
    let asked = |act: &str| {
        let event = theirs.event(act);
        carry.after.is_empty() || event.is_some_and(|event| carry.after.contains(&event))
    };
    let mut done: Vec<Moment> = Vec::new();
    if let Some(paper) = &followed.file.paper
        && paper.steps.iter().any(|step| asked(&step.act))
    {
        done.push(followed.taken_over(paper)?);
    }
    for step in followed.file.steps.iter().filter(|step| asked(&step.act)) {
        done.push(followed.recorded(step)?);
    }
    if done.iter().any(|done| *done < begins) {
        return Ok(());
    }
    let wanted = carry.after.iter();
    let wanted: Vec<&str> = wanted.map(|at| theirs.events[*at].name.as_str()).collect();
    bail!(
        "“{}”（{begins}）以前，前案还没有办过“{}”",
        event.name,
        wanted.join("”或者“")
    )
}

/// What an act takes over from the case that its own one follows: nothing where there is none, or where it takes nothing.
///
/// A history that was interrupted is made again from its first act, so a case must not change what was taken over from it.
pub(super) async fn carried_over(
    office: &Office,
    procedure: &Procedure,
    (step, person): (&Step, &str),
    (case_id, followed): (Option<&String>, Option<&String>),
) -> Result<Option<CarriedOver>> {
    let Some(followed) = followed else {
        return Ok(None);
    };
    let event = procedure.event(&step.act);
    let event = event.map(|event| &procedure.events[event]);
    let Some(event) = event.filter(|event| !event.carries.is_empty()) else {
        return Ok(None);
    };
    let agency = office.agency();
    let account = agency
        .accounts
        .iter()
        .find(|it| it.person.as_deref() == Some(person));
    let actor = account.and_then(|account| Actor::of(&agency, &account.id));
    let actor = actor.with_context(|| format!("{person}没有账号"))?;
    let Some(case_id) = case_id else {
        let taken = office.carries(&actor, (procedure, event), followed);
        return Ok(Some(taken.await?));
    };
    let view = office.case(case_id).await?;
    let members = view.case().members.iter().flatten();
    let whose = |number: u32| event.domain == CASE || number == step.of;
    let names = members.filter(|member| whose(member.number));
    let names: Vec<String> = names.map(|member| member.name.clone()).collect();
    Ok(office.carries_later(&actor, &view, event, &names).await?)
}

#[cfg(test)]
mod tests {
    use super::super::days::Days;
    use super::super::tests::rules;
    use super::*;
    use vocabulary::Day;

    fn refused(follows: &[(&'static str, Option<&'static str>)]) -> String {
        let names = follows.iter().copied().collect();
        check_names(&names).unwrap_err().to_string()
    }

    #[test]
    fn a_case_that_follows_a_wrong_name_is_told() {
        let said = refused(&[("a", None), ("b", Some("a")), ("c", Some("d"))]);
        assert_eq!(said, "演示案件“c”承接的“d”不是演示案件");
    }

    #[test]
    fn cases_that_follow_each_other_are_told() {
        let said = refused(&[("a", Some("b")), ("b", Some("c")), ("c", Some("a"))]);
        assert_eq!(said, "演示案件承接成了一圈：“a”承接“b”承接“c”承接“a”");
        assert!(refused(&[("a", Some("a"))]).contains("“a”承接“a”"));
    }

    #[test]
    fn a_case_that_begins_before_what_it_takes_over_is_told() {
        let rules = rules();
        let zero = Day::parse("2026-11-30").unwrap();
        let mut cases = Dated::all(|| Days::from(zero, &rules.calendar)).unwrap();
        check_days(&cases, rules).unwrap();
        let following = cases.iter().position(|it| it.file.follows.is_some());
        let following = following.expect("a case that follows another one");
        let stem = cases[following].file.follows.clone().unwrap();
        let followed = cases.iter_mut().find(|it| it.stem == stem).unwrap();
        followed.file.steps.clear();
        let said = format!("{:#}", check_days(&cases, rules).unwrap_err());
        assert!(said.contains(&format!("承接“{stem}”")), "{said}");
        assert!(said.contains("以前，前案还没有办过“"), "{said}");
    }

    #[test]
    fn an_act_that_takes_nothing_over_opens_no_case_that_follows() {
        let rules = rules();
        let zero = Day::parse("2026-11-30").unwrap();
        let mut cases = Dated::all(|| Days::from(zero, &rules.calendar)).unwrap();
        let plain = cases.iter().position(|it| it.file.follows.is_none());
        let plain = plain.expect("a case that follows nothing");
        let other = cases.iter().find(|it| it.file.procedure == "complaint");
        let other = other.expect("a complaint").stem;
        cases[plain].file.steps.drain(..1);
        cases[plain].file.follows = Some(other.to_owned());
        let said = format!("{:#}", check_days(&cases, rules).unwrap_err());
        assert!(said.contains("不承接“"), "{said}");
    }
}
