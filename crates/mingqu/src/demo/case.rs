//! The cases of the demonstration as files, and what of a file is asked of the office.

use super::days::Days;
use super::drawn::Drawing;
use anyhow::{Context, Result, bail};
use app::combined::CarriedOver;
use app::request::{FileRef, Participant};
use app::{ActRequest, NewSubjectRequest};
use law::model::{CASE, Procedure};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use vocabulary::{Day, Moment};

/// What is usually said, and who usually takes part: cases say only what is theirs.
const USUAL: &str = include_str!("../../assets/demo/usual.json");

macro_rules! cases {
    ($($stem:literal),* $(,)?) => {
        [$(($stem, include_str!(concat!("../../assets/demo/cases/", $stem, ".json")))),*]
    };
}

/// The cases, each by the name of its file.
const CASES: [(&str, &str); 29] = cases![
    "well-without-meter",
    "coal-mine-acceptance",
    "photovoltaic-no-plan",
    "qinhe-dumping",
    "sand-mining-referral",
    "tall-crops",
    "bridge-no-approval",
    "groundwater-no-license",
    "installments",
    "announcement-service",
    "milder-after-hearing",
    "court-application",
    "water-hotline",
    "water-hotline-inspection",
    "water-hotline-penalty",
    "photovoltaic-sealing",
    "announcement-execution",
    "abstraction-license",
    "bridge-license",
    "random-inspection",
    "milder-reconsideration",
    "spot-fine-cash",
    "spot-fine-bank",
    "water-hotline-levy",
    "supervision-late-disclosure",
    "information-request",
    "annual-report",
    "well-credit",
    "dike-road-central",
];

/// What is usually said, and who usually takes part.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Usual {
    people: BTreeMap<String, Vec<String>>,
    say: BTreeMap<String, Value>,
}

/// A case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseFile {
    /// Its name in the progress.
    pub(super) title: String,
    /// The procedure that it follows.
    pub(super) procedure: String,
    /// The case that it follows (承接), by the name of its file: what its acts take over from there need not be said.
    #[serde(default)]
    pub(super) follows: Option<String>,
    /// Its days by name.
    days: Vec<(String, String)>,
    /// Who takes part in which role, where nothing else is said.
    #[serde(default)]
    people: BTreeMap<String, Vec<String>>,
    /// What its acts say, where nothing else is said.
    #[serde(default)]
    say: BTreeMap<String, Value>,
    /// What was done on paper before it was taken over.
    #[serde(default)]
    pub(super) paper: Option<Paper>,
    /// What was done.
    pub(super) steps: Vec<Step>,
    /// How it stands on day zero: held against what came of it by a test.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test reads it"))]
    pub(super) ends: Ends,
}

/// The part of a case that was done on paper.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paper {
    on: String,
    at: String,
    pub(super) from: String,
    pub(super) entered_by: String,
    pub(super) approved_by: String,
    pub(super) sheet: Vec<Drawing>,
    pub(super) steps: Vec<Step>,
}

/// An act.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) act: String,
    on: String,
    at: String,
    /// The number of its subject.
    #[serde(default = "first")]
    pub(super) of: u32,
    /// Who takes part, role by role, instead of the usual people or besides.
    #[serde(default)]
    by: BTreeMap<String, Vec<String>>,
    /// What it says; a fact of a document without the document's name.
    #[serde(default)]
    say: BTreeMap<String, Value>,
    #[serde(default)]
    new: Vec<NewSubjectRequest>,
    #[serde(default)]
    pub(super) files: Vec<Drawing>,
    /// Recorded so many working days later.
    #[serde(default)]
    late_by: i32,
    #[serde(default)]
    on_paper: bool,
    #[serde(default)]
    reasons: BTreeMap<String, String>,
}

/// How a case stands on day zero.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "a test reads it"))]
pub(super) struct Ends {
    /// In a sentence.
    pub(super) says: String,
    /// The act that came last.
    pub(super) act: String,
    /// Whether the case is closed.
    pub(super) closed: bool,
    /// Rules whose date was missed, or is.
    #[serde(default)]
    pub(super) late: Vec<String>,
    /// What departs from the law, as `act rule`.
    #[serde(default)]
    pub(super) departs: Vec<String>,
}

fn first() -> u32 {
    1
}

/// A case whose days are known.
pub(super) struct Dated<'a> {
    pub(super) stem: &'static str,
    pub(super) file: CaseFile,
    usual: Usual,
    days: Days<'a>,
}

impl<'a> Dated<'a> {
    /// All cases, counted back from this day.
    pub(super) fn all(days: impl Fn() -> Days<'a>) -> Result<Vec<Dated<'a>>> {
        let cases = CASES.iter().map(|(stem, text)| {
            let wrong = || format!("演示案件“{stem}”的文件有错");
            let file: CaseFile = serde_json::from_str(text).with_context(wrong)?;
            let usual = serde_json::from_str(USUAL).context("演示案件的通用内容有错")?;
            let mut days = days();
            days.name(&file.days).with_context(wrong)?;
            Ok(Dated {
                stem,
                file,
                usual,
                days,
            })
        });
        cases.collect()
    }

    /// When the step happened.
    pub(super) fn occurred(&self, step: &Step) -> Result<Moment> {
        self.moment(&step.on, &step.at, 0)
    }

    /// When it was recorded.
    pub(super) fn recorded(&self, step: &Step) -> Result<Moment> {
        self.moment(&step.on, &step.at, step.late_by)
    }

    /// When the case on paper was taken over.
    pub(super) fn taken_over(&self, paper: &Paper) -> Result<Moment> {
        self.moment(&paper.on, &paper.at, 0)
    }

    fn moment(&self, on: &str, at: &str, later: i32) -> Result<Moment> {
        let mut on = self.days.read(on)?;
        if later > 0 {
            on = self.days.read_at(&format!("today+{later}"), on)?;
        }
        Ok(Moment::parse(&format!("{on}T{at}"))?)
    }

    /// A drawing with its days filled in.
    pub(super) fn drawing(&self, wanted: &Drawing, today: Day) -> Result<Drawing> {
        let told = |text: &String| self.days.told_at(text, today);
        Ok(Drawing {
            title: told(&wanted.title)?,
            lines: wanted.lines.iter().map(told).collect::<Result<_>>()?,
            ..wanted.clone()
        })
    }

    /// The name of what the step does.
    pub(super) fn called<'p>(&self, step: &Step, procedure: &'p Procedure) -> &'p str {
        let event = procedure.event(&step.act);
        event.map_or("", |event| procedure.events[event].name.as_str())
    }

    /// What the step asks of the office.
    pub(super) fn request(
        &self,
        step: &Step,
        procedure: &Procedure,
        mut files: Vec<FileRef>,
        taken: Option<&CarriedOver>,
    ) -> Result<ActRequest> {
        let occurred = self.occurred(step)?;
        let event = procedure
            .event(&step.act)
            .with_context(|| format!("没有“{}”这个行为", step.act))?;
        let declared = &procedure.events[event];
        let of_document = declared
            .document
            .map(|document| procedure.documents[document].id.as_str());
        let mut facts = BTreeMap::new();
        for (fact, value) in taken.iter().flat_map(|taken| &taken.carried.facts) {
            let fact = &procedure.facts[*fact];
            facts.insert(fact.id.clone(), fact.to_json(value));
        }
        for fact in &declared.required {
            let id = procedure.facts[*fact].id.as_str();
            let plain = id.split_once(':').map_or(id, |(plain, _)| plain);
            // What is usually said gives way to what comes from the case that goes before.
            let usual = (!facts.contains_key(id)).then_some(&self.usual.say);
            let said = [&step.say, &self.file.say].into_iter().chain(usual);
            let mut said = said.filter_map(|say| say.get(id).or_else(|| say.get(plain)));
            if let Some(value) = said.next() {
                facts.insert(id.to_owned(), self.days.filled_at(value, occurred.day)?);
            }
        }
        for (id, value) in &step.say {
            let own = of_document.map(|document| format!("{id}:{document}"));
            let id = match own {
                Some(own) if procedure.fact(id).is_none() => own,
                _ => id.clone(),
            };
            facts.insert(id, self.days.filled_at(value, occurred.day)?);
        }
        let mut introduces: Vec<NewSubjectRequest> = Vec::new();
        if let Some(taken) = taken {
            let members = taken.carried.members.iter();
            introduces.extend(members.map(|member| taken.newcomer(procedure, member)));
            files.extend(taken.carried.files.iter().cloned());
        }
        let newcomers = step.new.iter().map(|newcomer| {
            let facts = newcomer.facts.iter().map(|(id, value)| {
                let value = self.days.filled_at(value, occurred.day)?;
                Ok((id.clone(), value))
            });
            Ok(NewSubjectRequest {
                facts: facts.collect::<Result<_>>()?,
                ..newcomer.clone()
            })
        });
        introduces.extend(newcomers.collect::<Result<Vec<_>>>()?);
        Ok(ActRequest {
            event: step.act.clone(),
            number: if declared.domain == CASE { 0 } else { step.of },
            occurred,
            people: self.people(step, procedure, &procedure.acts[declared.act].roles)?,
            facts,
            introduces,
            reasons: step.reasons.clone(),
            files,
            on_paper: step.on_paper,
            follows: None,
            filled_from: None,
        })
    }

    /// Who does the step first of all, and so whose form it is.
    pub(super) fn whose(&self, step: &Step, procedure: &Procedure) -> Result<Option<String>> {
        let Some(event) = procedure.event(&step.act) else {
            return Ok(None);
        };
        let roles = &procedure.acts[procedure.events[event].act].roles;
        let people = self.people(step, procedure, roles)?;
        Ok(people.into_iter().next().map(|first| first.person))
    }

    fn people(
        &self,
        step: &Step,
        procedure: &Procedure,
        roles: &[usize],
    ) -> Result<Vec<Participant>> {
        let usual = |role: &str| {
            let people = [&self.file.people, &self.usual.people].into_iter();
            people.filter_map(|people| people.get(role)).next()
        };
        let mut taking_part: Vec<(&str, &[String])> = Vec::new();
        for role in roles {
            let role = procedure.roles[*role].id.as_str();
            let people = step.by.get(role).or_else(|| usual(role));
            match people {
                Some(people) => taking_part.push((role, people)),
                None => bail!("没有写明谁担任“{role}”"),
            }
        }
        for (role, people) in &step.by {
            if !taking_part.iter().any(|(known, _)| known == role) {
                taking_part.push((role, people));
            }
        }
        // What a party does is recorded by whoever handles the case.
        if taking_part.is_empty() {
            let officers = procedure.roles.iter().filter(|role| role.is_officer);
            let handlers = officers.filter_map(|role| Some((role.id.as_str(), usual(&role.id)?)));
            taking_part.extend(
                handlers
                    .take(1)
                    .filter_map(|(role, people)| Some((role, people.get(..1)?))),
            );
        }
        let each = taking_part.into_iter().flat_map(|(role, people)| {
            people.iter().map(move |person| Participant {
                role: role.to_owned(),
                person: person.clone(),
            })
        });
        Ok(each.collect())
    }
}
