//! Who may do what: the one place that is asked. What is not allowed here is refused.
//!
//! Whether an act is *lawful* is the law's to say ([`casework::decide::decide`]). Here is said who may ask for it, whose
//! hand it needs, and who may look at which case. Nothing here can open a gate.

use crate::agency::{AgencyFile, Duty};
use crate::register::RegisterName;
use casework::context::Level;
use casework::entry::{ActPerformed, Entry, Participant, Recorder};
use law::model::{Event, Procedure};
use proof::Sensitivity;
use std::collections::BTreeSet;

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account: String,
    /// The person; an account for administration alone has none.
    pub person: Option<String>,
    /// Name on pages.
    pub name: String,
    /// Post.
    pub post: String,
    /// Unit (科室).
    pub section: String,
    /// Duties of the account.
    pub duties: BTreeSet<Duty>,
    /// Roles of the law that the agency gave to the person.
    pub roles: BTreeSet<String>,
    /// In charge at this level.
    pub level: Option<Level>,
}

impl Actor {
    /// The actor of an open account, as the registers stand.
    pub fn of(file: &AgencyFile, account: &str) -> Option<Actor> {
        let account = file.account(account)?;
        let staff = account.person.as_deref().and_then(|id| file.staff(id));
        Some(Actor {
            account: account.id.clone(),
            person: staff.map(|staff| staff.id.clone()),
            name: staff.map_or_else(|| account.id.clone(), |staff| staff.name.clone()),
            post: staff.map_or_else(
                || {
                    let duties = account.duties.iter().map(|duty| duty.chinese());
                    duties.collect::<Vec<_>>().join("、")
                },
                |staff| staff.post.clone(),
            ),
            section: staff.map_or_else(String::new, |staff| staff.section.clone()),
            duties: account.duties.clone(),
            roles: staff.map_or_else(BTreeSet::new, |staff| staff.roles.iter().cloned().collect()),
            level: staff.and_then(|staff| staff.level),
        })
    }

    /// Whether the account has this duty.
    pub fn has(&self, duty: Duty) -> bool {
        self.duties.contains(&duty)
    }

    fn is(&self, person: &str) -> bool {
        self.person.as_deref() == Some(person)
    }
}

/// Why somebody may not do something. Shown to whoever asked, and logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Denied {
    /// In words for the person.
    pub text: String,
}

impl Denied {
    /// Whoever only looks in from outside (调阅) works on nothing there.
    pub fn only_looks() -> Denied {
        denied("执法监督账号只能调阅案件，不能办理。")
    }
}

fn denied(text: impl Into<String>) -> Denied {
    Denied { text: text.into() }
}

/// How far somebody sees into a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// In the course of the work.
    AtWork,
    /// From outside the case: each look leaves a trace (调阅).
    Traced,
}

/// Which units a case belongs to, and who has taken part in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belonging {
    /// The unit that has it. Empty for a case of no unit, which is everybody's.
    pub sections: BTreeSet<String>,
    /// Everybody who has taken part.
    pub people: BTreeSet<String>,
}

impl Belonging {
    /// From the entries of a case.
    pub fn of(entries: &[Entry]) -> Belonging {
        let mut belonging = Belonging::default();
        let section = crate::rows::section(entries);
        if !section.is_empty() {
            belonging.sections.insert(section.to_owned());
        }
        let mut act = |act: &ActPerformed| {
            let people = act.people.iter().map(|it| it.person.clone());
            belonging.people.extend(people);
        };
        for entry in entries {
            match entry {
                Entry::Act(performed) => act(performed),
                Entry::TakenOver(taken) => taken.acts.iter().for_each(&mut act),
                Entry::CalendarSettled { .. } | Entry::Corrected(_) | Entry::PartsDestroyed(_) => {}
            }
        }
        belonging
    }

    fn has(&self, section: &str) -> bool {
        self.sections.is_empty() || self.sections.contains(section)
    }
}

/// Whether somebody sees the cases of every unit in the course of the work: whoever has a role that is not of a unit.
pub fn sees_all(actor: &Actor, procedures: &[&Procedure]) -> bool {
    let of_section = |id: &str| {
        let roles = procedures.iter().flat_map(|procedure| &procedure.roles);
        roles
            .filter(|role| role.id == id)
            .all(|role| role.is_of_section)
    };
    actor.person.is_some()
        && (actor.has(Duty::Clerk)
            || actor.section.is_empty()
            || actor.roles.iter().any(|role| !of_section(role)))
}

/// Whether somebody may see the lists of cases: those of the own unit at least.
pub fn lists_cases(actor: &Actor) -> Result<(), Denied> {
    if actor.person.is_none() || actor.roles.is_empty() {
        return Err(denied("您的账号没有办案岗位，不能查看案件列表。"));
    }
    Ok(())
}

/// Whether somebody has a role that an act needs, or could record one that needs nobody by name.
pub fn takes_part(actor: &Actor, procedure: &Procedure, event: &Event) -> bool {
    let roles = &procedure.acts[event.act].roles;
    let mut roles = roles.iter().filter_map(|role| procedure.roles.get(*role));
    if procedure.acts[event.act].roles.is_empty() {
        let mut officers = procedure.roles.iter().filter(|role| role.is_officer);
        return officers.any(|role| actor.roles.contains(&role.id));
    }
    roles.any(|role| actor.roles.contains(&role.id))
}

/// Whether somebody may read a case.
pub fn read(
    actor: &Actor,
    procedures: &[&Procedure],
    belonging: &Belonging,
) -> Result<Reading, Denied> {
    if let Some(person) = &actor.person {
        let is_own = belonging.has(&actor.section) || belonging.people.contains(person);
        if !actor.roles.is_empty() && (is_own || sees_all(actor, procedures)) {
            return Ok(Reading::AtWork);
        }
        if actor.has(Duty::Clerk) {
            return Ok(Reading::AtWork);
        }
    }
    if actor.has(Duty::Supervisor) {
        return Ok(Reading::Traced);
    }
    Err(denied(if actor.person.is_none() {
        "管理账号不能查看案件。"
    } else {
        "这个案件由其他科室承办，您没有参与，不能查看。需要调阅的，请由执法监督人员按规定调阅。"
    }))
}

/// Whose hands an act still needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hands {
    /// It may be recorded.
    Complete(Recorder),
    /// These people must agree first, each signed in; or the signed sheet is recorded.
    Wanting(Vec<String>),
}

/// What somebody wants to record.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The procedure.
    pub procedure: &'a Procedure,
    /// The act, for a subject.
    pub event: &'a Event,
    /// Who takes part.
    pub people: &'a [Participant],
    /// From a signed sheet.
    pub on_paper: bool,
}

/// Whether somebody may record an act in a case, and whose hands are wanting.
///
/// Each person named must have been given the role by the agency. An officer may be named by a colleague: both sign the
/// paper that comes of it. Everybody else stands for what bears the name by an account of the own, or by a signature on
/// paper whose scan comes along; who records that must not be one of those who signed it.
pub fn record(
    actor: &Actor,
    file: &AgencyFile,
    belonging: &Belonging,
    asked: Asked<'_>,
    hands: Vec<casework::entry::Hand>,
) -> Result<Hands, Denied> {
    let Some(person) = &actor.person else {
        return Err(denied("管理账号不能办理案件，也不能代人记录。"));
    };
    let procedure = asked.procedure;
    let role_of = |id: &str| procedure.roles.iter().find(|role| role.id == id);
    for participant in asked.people {
        let Some(role) = role_of(&participant.role) else {
            continue;
        };
        let has = file
            .staff(&participant.person)
            .is_some_and(|staff| staff.roles.contains(&participant.role));
        if !has {
            let name = file
                .staff(&participant.person)
                .map_or(participant.person.as_str(), |staff| staff.name.as_str());
            return Err(denied(format!(
                "“{name}”不担任{}，不能以{}的身份参加这一步。岗位由人员登记册确定。",
                role.name, role.name
            )));
        }
    }
    let takes_part = asked.people.iter().any(|it| actor.is(&it.person));
    let handles = |role: &&law::model::Role| actor.roles.contains(&role.id) && role.is_officer;
    let is_handler = procedure.roles.iter().any(|role| handles(&role));
    let is_in_scope = belonging.has(&actor.section) || belonging.people.contains(person);
    let own_hand: Vec<&str> = asked
        .people
        .iter()
        .filter(|it| role_of(&it.role).is_none_or(|role| !role.is_officer))
        .map(|it| it.person.as_str())
        .collect();
    let recorder = |on_paper: bool, hands: Vec<casework::entry::Hand>| Recorder {
        account: actor.account.clone(),
        person: person.clone(),
        section: actor.section.clone(),
        on_paper,
        hands,
    };
    if asked.on_paper {
        if !(actor.has(Duty::Clerk) || is_handler && is_in_scope) {
            return Err(denied("纸签代录由内勤或者本科室的承办人办理。"));
        }
        if own_hand.is_empty() {
            return Err(denied(
                "这一步没有须由他人签批的岗位，不适用纸签代录，请直接记录。",
            ));
        }
        if own_hand.iter().any(|it| actor.is(it)) {
            return Err(denied(
                "代录人不能是签批人本人：本人可以直接办理，代录须由他人办理。",
            ));
        }
        return Ok(Hands::Complete(recorder(true, hands)));
    }
    if takes_part {
        // The own part in a case of another unit is done where one is named for it.
        let has_signed = |it: &&str| hands.iter().any(|hand| hand.person == **it);
        let mut wanting: Vec<String> = Vec::new();
        for it in own_hand
            .iter()
            .filter(|it| !actor.is(it) && !has_signed(it))
        {
            if !wanting.iter().any(|known| known == it) {
                wanting.push((*it).to_owned());
            }
        }
        let only_as_officer = asked
            .people
            .iter()
            .filter(|it| actor.is(&it.person))
            .all(|it| role_of(&it.role).is_some_and(|role| role.is_officer));
        if only_as_officer && !is_in_scope {
            return Err(denied("这个案件由其他科室承办，请由承办科室的人员记录。"));
        }
        return Ok(if wanting.is_empty() {
            Hands::Complete(recorder(false, hands))
        } else {
            Hands::Wanting(wanting)
        });
    }
    let needs_nobody = procedure.acts[asked.event.act].roles.is_empty();
    if needs_nobody && is_handler && is_in_scope {
        return Ok(Hands::Complete(recorder(false, hands)));
    }
    if is_handler && is_in_scope && !own_hand.is_empty() {
        // Prepared for those who decide: nothing is recorded before they agree.
        let mut wanting: Vec<String> = own_hand.iter().map(|it| (*it).to_owned()).collect();
        wanting.retain(|it| !hands.iter().any(|hand| hand.person == *it));
        wanting.dedup();
        if !wanting.is_empty() {
            return Ok(Hands::Wanting(wanting));
        }
    }
    Err(denied(
        "这一步须由参加的人本人记录：您不在所填的人员里。由他人签在纸上的，请用纸签代录。",
    ))
}

/// Whether somebody may open a case: whoever enforces the law. Others take part in cases that are there.
pub fn open(actor: &Actor, procedures: &[&Procedure]) -> Result<(), Denied> {
    let mut roles = procedures.iter().flat_map(|procedure| &procedure.roles);
    if actor.person.is_some() && roles.any(|role| role.is_officer && actor.roles.contains(&role.id))
    {
        return Ok(());
    }
    Err(denied("新建案件由执法人员办理，您的账号没有执法岗位。"))
}

/// Whether somebody may prepare the taking over of cases on paper: whoever opens cases, and the clerk, who keeps the files.
pub fn enter_paper(actor: &Actor, procedures: &[&Procedure]) -> Result<(), Denied> {
    if actor.person.is_some() && actor.has(Duty::Clerk) || open(actor, procedures).is_ok() {
        return Ok(());
    }
    Err(denied("接续纸质案件由内勤或者执法人员录入。"))
}

/// Whether somebody may administer accounts.
pub fn administer(actor: &Actor) -> Result<(), Denied> {
    if actor.has(Duty::Administrator) {
        Ok(())
    } else {
        Err(denied("只有系统管理员可以管理账号。"))
    }
}

/// Whether somebody may read how the program works: counts and times, nothing of any case.
pub fn measure(actor: &Actor) -> Result<(), Denied> {
    if actor.has(Duty::Administrator) {
        Ok(())
    } else {
        Err(denied("运行指标只供系统管理员的账号读取。"))
    }
}

/// Whether somebody may draft a change of a register: everybody who works here. Nothing holds before somebody in charge
/// approved it.
pub fn draft(actor: &Actor) -> Result<(), Denied> {
    if actor.person.is_some() {
        Ok(())
    } else {
        Err(denied(
            "管理账号不能起草登记的变更：人员、设定和权限由业务人员起草，负责人批准。",
        ))
    }
}

/// Whether somebody is offered rows of a register, and has forms filled in from them: what is personal only to those who
/// work here.
pub fn looks_up(actor: &Actor, register: &str) -> bool {
    let register = RegisterName::parse(register);
    register.is_some_and(|register| {
        actor.person.is_some() || register.sensitivity() == Sensitivity::Public
    })
}

/// Those who ask for and who approve what is no act: a correction, a destruction, a case taken over, a number made void.
#[derive(Clone, Copy, Debug)]
pub enum BothHands<'a> {
    /// Each showed who they are.
    Signed {
        /// Who asks.
        asks: &'a Actor,
        /// Who approves; nobody where nothing has to be approved.
        approves: Option<&'a Actor>,
    },
    /// A demonstration: whoever is named stands behind it.
    Rehearsal,
}

/// Whether those named are those who stand for it.
pub fn amend(
    file: &AgencyFile,
    hands: BothHands<'_>,
    asked_by: &str,
    approved_by: &str,
) -> Result<(), Denied> {
    let (asks, approves) = match hands {
        BothHands::Signed { asks, approves } => (asks, approves),
        BothHands::Rehearsal if file.demonstration => return Ok(()),
        BothHands::Rehearsal => {
            return Err(denied(
                "这不是演示机关：申请人和批准人须各自以自己的账号证明。",
            ));
        }
    };
    if !asks.is(asked_by) {
        return Err(denied("所写的申请人不是提交的账号本人。"));
    }
    if !approved_by.is_empty() && !approves.is_some_and(|it| it.is(approved_by)) {
        return Err(denied("所写的批准人没有以自己的账号同意。"));
    }
    Ok(())
}

/// Whether whoever asks may record an approval that stands on paper: as with an act, the clerk or an officer, and never
/// the one who signed it.
pub fn amend_on_paper(
    file: &AgencyFile,
    procedures: &[&Procedure],
    hands: BothHands<'_>,
    (asked_by, approved_by): (&str, &str),
) -> Result<(), Denied> {
    let BothHands::Signed { asks, .. } = hands else {
        return amend(file, hands, asked_by, approved_by);
    };
    amend(
        file,
        BothHands::Signed {
            asks,
            approves: None,
        },
        asked_by,
        "",
    )?;
    enter_paper(asks, procedures)?;
    if asks.is(approved_by) {
        return Err(denied(
            "代录人不能是签批人本人：本人可以直接办理，代录须由他人办理。",
        ));
    }
    Ok(())
}
