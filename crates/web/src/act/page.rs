//! The view of an act's form, with what stands in its way.

use super::Asked;
use super::fields::{self, Field, Input};
use super::posted::{ATTACHED, Posted};
use crate::case::{self, changes_since};
use crate::frame::Frame;
use crate::wording::{self, Told, Wrong};
use app::{FieldError, Office};
use askama::Template;
use casework::answer::Why;
use casework::refusal::{Ground, GroundKind, Refusal};
use law::model::{ActClass, CASE};

/// What the form has to say before it is filled (again).
pub(super) enum Notice<'a> {
    /// Nothing but wrong fields, if any.
    None,
    /// The law forbids it.
    Refused(&'a Refusal),
    /// The case went on since the page was made.
    Stale { seen: u64 },
}

#[derive(Template)]
#[template(path = "act.html")]
pub(super) struct ActPage {
    frame: Frame,
    heading: String,
    note: String,
    subject: String,
    case_title: String,
    case_link: Option<String>,
    action: String,
    token: String,
    key: String,
    version: String,
    is_outside: bool,
    /// What keeps the act from being done at all now: then there is nothing to fill in.
    closed: Vec<Obstacle>,
    summary: Vec<SummaryLine>,
    summary_heading: &'static str,
    obstacles: Vec<Obstacle>,
    changes: Vec<(String, String)>,
    is_stale: bool,
    cautions: Vec<String>,
    occurred: String,
    occurred_time: String,
    occurred_errors: Vec<Told>,
    today: String,
    roles: Vec<Field>,
    required: Vec<Field>,
    optional: Vec<Field>,
    optional_is_open: bool,
    newcomer: Option<Newcomer>,
    reasons: Vec<Reason>,
    /// Others have to agree, or sign on paper: who records may say that they did.
    paper: Option<bool>,
    takes_files: bool,
    attached: Vec<AttachedFile>,
    attached_errors: Vec<Told>,
}

struct SummaryLine {
    anchor: String,
    told: Told,
}

struct Obstacle {
    told: Told,
    ways: Vec<(String, String)>,
}

struct Newcomer {
    kind: String,
    name: String,
    errors: Vec<Told>,
    fields: Vec<Field>,
    optional: Vec<Field>,
    is_needed: bool,
}

impl Newcomer {
    /// Something is filled or wrong among what may be left out.
    fn is_open(&self) -> bool {
        self.optional
            .iter()
            .any(|field| !field.errors.is_empty() || is_filled(field))
    }
}

/// A file that the store has taken for this form already.
struct AttachedFile {
    name: String,
    size: String,
    json: String,
}

struct Reason {
    rule: String,
    told: Told,
    value: String,
}

/// Whether only what was typed is at fault.
pub(super) fn is_input(refusal: &Refusal) -> bool {
    let typed =
        |ground: &Ground| ground.rule.is_none() && (ground.field.is_some() || refusal.is_input());
    refusal.grounds.iter().all(typed)
}

impl ActPage {
    pub(super) fn of(
        office: &Office,
        asked: &Asked,
        posted: &Posted,
        token: &str,
        key: String,
        errors: &[FieldError],
        notice: Notice<'_>,
    ) -> ActPage {
        let view = &asked.view;
        let procedure = view.procedure();
        let declared = &procedure.events[asked.event];
        let act = procedure.act_of(asked.event);
        let typed = |error: &FieldError| Wrong {
            field: error.field.clone(),
            told: Told {
                head: wording::prose(&error.text),
                rest: String::new(),
            },
        };
        let mut errors: Vec<Wrong> = errors.iter().map(typed).collect();
        let grounds: &[Ground] = match &notice {
            Notice::Refused(refusal) => &refusal.grounds,
            Notice::None | Notice::Stale { .. } => &[],
        };
        let with_field =
            |ground: &&Ground| ground.field.is_some() && ground.kind != GroundKind::ReasonNeeded;
        let rule_of =
            |ground: &Ground| ground.rule.as_deref().and_then(|rule| procedure.rule(rule));
        let of_fields = grounds.iter().filter(with_field);
        errors.extend(of_fields.filter_map(|ground| {
            Some(Wrong {
                field: ground.field.clone()?,
                told: wording::told(procedure, rule_of(ground), &ground.text),
            })
        }));
        let place = (asked.event, asked.member);
        let ways = |rule: Option<usize>| {
            let ways = rule.map_or_else(Vec::new, |rule| case::remedies(view, place, rule));
            ways.into_iter()
                .map(|way| (case::link(view, way), wording::event(procedure, way.0)))
                .collect()
        };
        let in_the_way = grounds
            .iter()
            .filter(|g| g.field.is_none() && g.kind != GroundKind::ReasonNeeded);
        let obstacles: Vec<Obstacle> = in_the_way
            .map(|ground| {
                let rule = rule_of(ground);
                Obstacle {
                    told: wording::told(procedure, rule, &ground.text),
                    ways: ways(rule),
                }
            })
            .collect();
        let blocked = view
            .answer
            .may_not
            .iter()
            .find(|it| it.step.event == place.0 && it.step.member == place.1);
        let closed = blocked
            .filter(|_| posted.is_blank())
            .map_or_else(Vec::new, |it| {
                let told = |why: &Why| wording::told(procedure, why.rule, &why.text);
                it.why
                    .iter()
                    .map(|why| Obstacle {
                        told: told(why),
                        ways: ways(why.rule),
                    })
                    .collect()
            });
        let may = view
            .answer
            .may
            .iter()
            .find(|it| it.step.event == place.0 && it.step.member == place.1);
        let field = |fact: &usize, prefix: &str| {
            fields::field(office, asked, posted, *fact, prefix, &errors)
        };
        let roles = act
            .roles
            .iter()
            .map(|role| fields::role_field(office, asked, posted, *role, &errors));
        let optional: Vec<Field> = declared
            .unforced()
            .map(|fact| field(&fact, fields::SAID))
            .collect();
        let domain = act.introduces.filter(|domain| *domain != CASE);
        let newcomer = domain.map(|domain| Newcomer {
            kind: procedure.subjects[usize::from(domain.0)].name.clone(),
            name: posted.one("new.name").to_owned(),
            errors: fields::told(&errors, "name"),
            fields: procedure.subjects[usize::from(domain.0)]
                .required
                .iter()
                .map(|fact| field(fact, fields::NEWCOMER))
                .collect(),
            optional: procedure.subjects[usize::from(domain.0)]
                .optional
                .iter()
                .map(|fact| field(fact, fields::NEWCOMER))
                .collect(),
            is_needed: declared.domain == domain,
        });
        let reasons = grounds
            .iter()
            .filter(|ground| ground.kind == GroundKind::ReasonNeeded)
            .filter_map(|ground| {
                let rule = ground.rule.clone()?;
                Some(Reason {
                    value: posted.one(&format!("reason.{rule}")).to_owned(),
                    told: wording::told(procedure, rule_of(ground), &ground.text),
                    rule,
                })
            });
        let (changes, is_stale) = match &notice {
            Notice::Stale { seen } => {
                let since = changes_since(office, view, *seen);
                (
                    since.into_iter().map(|it| (it.name, it.recorded)).collect(),
                    true,
                )
            }
            Notice::None | Notice::Refused(_) => (Vec::new(), false),
        };
        let occurred_is_blank = posted.is_blank();
        let mut page = ActPage {
            frame: Frame::of(office),
            heading: wording::event(procedure, asked.event),
            note: act.note.clone(),
            subject: wording::member_name(view.case(), declared.domain, asked.member),
            case_title: if view.case_id.is_empty() {
                format!("新案件（{}）", procedure.name)
            } else {
                view.title.clone()
            },
            case_link: (!view.case_id.is_empty()).then(|| format!("/cases/{}", view.case_id)),
            action: case::link(view, place),
            token: token.to_owned(),
            key,
            version: if view.case_id.is_empty() {
                String::new()
            } else {
                view.version.to_string()
            },
            is_outside: act.class == ActClass::HappenedOutside,
            closed,
            summary: Vec::new(),
            summary_heading: match &notice {
                Notice::Refused(refusal) if !is_input(refusal) => "依法现在不能办理",
                _ => "请更正下列内容",
            },
            obstacles,
            changes,
            is_stale,
            cautions: may.map_or_else(Vec::new, |may| {
                may.cautions.iter().map(|it| wording::prose(it)).collect()
            }),
            occurred: if occurred_is_blank {
                view.now.day.to_string()
            } else {
                posted.one("occurred").to_owned()
            },
            occurred_time: posted.one("occurred.time").to_owned(),
            occurred_errors: fields::told(&errors, "occurred"),
            today: view.now.day.to_string(),
            roles: roles.collect(),
            required: declared
                .required
                .iter()
                .map(|fact| field(fact, fields::SAID))
                .collect(),
            optional_is_open: optional
                .iter()
                .any(|field| !field.errors.is_empty() || is_filled(field)),
            optional,
            newcomer,
            reasons: reasons.collect(),
            paper: (asked.store.is_some()
                && act
                    .roles
                    .iter()
                    .any(|role| !procedure.roles[*role].is_officer))
            .then(|| posted.one("on_paper") == "yes"),
            takes_files: asked.store.is_some(),
            attached: posted
                .attached()
                .iter()
                .filter_map(|file| {
                    Some(AttachedFile {
                        name: file.name.clone(),
                        size: wording::size(file.size_bytes),
                        json: serde_json::to_string(file).ok()?,
                    })
                })
                .collect(),
            attached_errors: fields::told(&errors, ATTACHED),
        };
        page.summarize(&errors);
        page
    }

    /// Every error once, in the order of the page, each leading to its field.
    fn summarize(&mut self, errors: &[Wrong]) {
        let mut lines: Vec<SummaryLine> = Vec::new();
        let mut add = |anchor: String, all: &[Told]| {
            lines.extend(all.iter().map(|told| SummaryLine {
                anchor: anchor.clone(),
                told: told.clone(),
            }));
        };
        add("f-occurred".to_owned(), &self.occurred_errors);
        let fields = self
            .roles
            .iter()
            .chain(&self.required)
            .chain(&self.optional);
        fields.for_each(|field| add(field.anchor(), &field.errors));
        if let Some(newcomer) = &self.newcomer {
            add("f-new-name".to_owned(), &newcomer.errors);
            newcomer
                .fields
                .iter()
                .chain(&newcomer.optional)
                .for_each(|field| add(field.anchor(), &field.errors));
        }
        add("f-files".to_owned(), &self.attached_errors);
        for reason in &self.reasons {
            add(reason.anchor(), std::slice::from_ref(&reason.told));
        }
        let elsewhere = errors
            .iter()
            .filter(|wrong| !lines.iter().any(|line| line.told.head == wrong.told.head));
        let elsewhere: Vec<Told> = elsewhere.map(|wrong| wrong.told.clone()).collect();
        lines.extend(elsewhere.into_iter().map(|told| SummaryLine {
            anchor: "form".to_owned(),
            told,
        }));
        self.summary = lines;
    }
}

impl Reason {
    fn anchor(&self) -> String {
        fields::anchor(&format!("reason.{}", self.rule))
    }
}

fn is_filled(field: &Field) -> bool {
    let any = |choices: &[fields::Choice]| choices.iter().any(|choice| choice.is_chosen);
    match &field.input {
        Input::Line { value, .. } | Input::Date { value } | Input::Text { value } => {
            !value.is_empty()
        }
        Input::Radios { options } | Input::Checks { options } => any(options),
        Input::Select { groups } => groups.iter().any(|(_, options)| any(options)),
        Input::Penalty {
            kinds,
            fine,
            confiscation,
        } => any(kinds) || !fine.is_empty() || !confiscation.is_empty(),
    }
}
