//! The view of an act's form, with what stands in its way.

use super::desk::Desk;
use super::drafts::Offer;
use super::fields::{self, Field, Input};
use super::follow::FollowingView;
use super::hints::{self, About, Act, Hint};
use super::listed::{Listed, Phrase, listed, phrases};
use super::posted::{ATTACHED, Posted, visible};
use super::registered::{Chooser, FIND, NEW, Registered};
use super::via::{self, AS_IT_IS, Ways};
use super::{Asked, people};
use crate::case::discretion::{self, ReceiptView};
use crate::case::{self, changes_since};
use crate::components::definitions::Shown;
use crate::components::redacted::RedactedText;
use crate::frame::Frame;
use crate::wording::{self, Told, Wrong};
use app::recording::{Scene, scenes};
use app::register::Standing;
use app::{FieldError, Office};
use askama::Template;
use casework::answer::Why;
use casework::refusal::{Ground, GroundKind, Refusal};
use casework::relevance::Need;
use law::fact::{NAME_LONGEST, TEXT_LONGEST};
use law::model::{ActClass, CASE, Event, FactIx};

/// What the form has to say before it is filled (again).
pub(super) enum Notice<'a> {
    /// Nothing but wrong fields, if any.
    None,
    /// The law forbids it.
    Refused(&'a Refusal),
    /// The case went on since the page was made.
    Stale { seen: u64 },
}

/// What a form is drawn on: the marks by which it is known again, and what lies beside it.
pub(super) struct Paper {
    pub(super) token: String,
    pub(super) key: String,
    /// What was kept of the same form before.
    pub(super) offer: Option<Offer>,
    /// What was typed was looked at, and nothing else happened.
    pub(super) looked_up: bool,
    /// The law was asked about what was typed, and has nothing against it.
    pub(super) is_lawful: bool,
    /// The row of a register that the form is opened out of: the fact that names it, and its id.
    pub(super) from_row: Option<String>,
    /// When what was typed was kept for later, just now.
    pub(super) kept: Option<String>,
    /// What the law asks for was left empty.
    pub(super) lacks: bool,
}

impl Paper {
    pub(super) fn new(token: &str, key: String) -> Paper {
        Paper {
            token: token.to_owned(),
            key,
            offer: None,
            looked_up: false,
            is_lawful: false,
            from_row: None,
            kept: None,
            lacks: false,
        }
    }
}

impl Notice<'_> {
    /// Nothing, unless the case went on since the page was made that this was typed on.
    pub(super) fn of_version(asked: &Asked, posted: &Posted) -> Notice<'static> {
        let seen = posted.version().unwrap_or(0);
        if asked.view.case_id.is_empty() || seen == asked.view.version {
            Notice::None
        } else {
            Notice::Stale { seen }
        }
    }
}

/// Where the form is.
pub(super) fn address(asked: &Asked) -> String {
    case::link(&asked.view, (asked.event, asked.member))
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
    paper: Paper,
    procedure: String,
    event: String,
    /// Where a draft is gone on with.
    resume: String,
    keeps_drafts: bool,
    version: String,
    is_outside: bool,
    /// What keeps the act from being done at all now: then there is nothing to fill in.
    closed: Vec<Obstacle>,
    summary: Vec<SummaryLine>,
    /// Who is to confirm what is told with a basis that nobody has read in full; nothing where all is confirmed.
    unconfirmed: Option<String>,
    summary_heading: &'static str,
    obstacles: Vec<Obstacle>,
    changes: Vec<(String, String)>,
    is_stale: bool,
    cautions: Vec<String>,
    /// What the public will see, where the act is about a publication: its heading, and all of it.
    preview: Option<Preview>,
    /// How to say it, from the register of phrases.
    phrases: Vec<Phrase>,
    /// What the list of recordings asks for at this step.
    scenes: Vec<Scene>,
    /// What other cases say of the parties.
    elsewhere: Vec<String>,
    /// The rows of the catalogue of legal review that the step is held against.
    listed: Vec<Listed>,
    occurred: String,
    occurred_time: String,
    occurred_errors: Vec<Told>,
    occurred_hint: Hint,
    text_longest: usize,
    name_longest: usize,
    today: String,
    /// What a receipt would say of the penalty that is being filled in.
    weighed: Option<ReceiptView>,
    /// Where the act judges penalties: how discretion was used, of each party.
    receipts: Vec<(String, ReceiptView)>,
    /// Where the act goes through a checklist.
    desk: Option<Desk>,
    roles: Vec<Field>,
    required: Vec<Field>,
    optional: Vec<Field>,
    /// What the folded fields are called.
    optional_heading: &'static str,
    optional_is_open: bool,
    /// Prepared ways of filling the form.
    ways: Option<Ways>,
    /// Something that the law asks for is missing: whoever records it may say that there was none.
    as_it_is: Option<bool>,
    newcomer: Option<Newcomer>,
    reasons: Vec<Reason>,
    /// Others have to agree, or sign on paper: who records may say that they did.
    sheet: Option<bool>,
    takes_files: bool,
    /// The case that the one to be opened follows.
    following: Option<FollowingView>,
    /// Why the case that the address names is not followed.
    unfit: Option<String>,
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
    /// The register that it may be taken from.
    chooser: Option<Chooser>,
}

impl Newcomer {
    /// Something is filled or wrong among what may be left out.
    fn is_open(&self) -> bool {
        self.optional
            .iter()
            .any(|field| !field.errors.is_empty() || field.is_filled())
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
    errors: Vec<Told>,
    value: String,
    /// The law asks for it now.
    is_asked: bool,
}

/// The tag of acts by which penalties are judged.
const JUDGES: &str = "裁量说明";
/// How a basis is marked that nobody has read in full.
const OPEN_BASIS: &str = "依据待核";

/// The receipt of what was typed so far, where the act sets a penalty; nothing of an empty form.
fn weighed(office: &Office, asked: &Asked, posted: &Posted) -> Option<ReceiptView> {
    if posted.is_blank() {
        return None;
    }
    let (request, _) = posted.request(asked);
    let command = request.command(asked.view.case()).ok()?;
    let receipt = casework::discretion::of_command(asked.view.case(), &office.context(), &command)?;
    Some(ReceiptView::unrecorded(&receipt))
}

/// How discretion was used, where the act judges it: of its own party, or of all.
fn receipts(asked: &Asked) -> Vec<(String, ReceiptView)> {
    let procedure = asked.view.procedure();
    let tags = &procedure.act_of(asked.event).tags;
    if !tags.iter().any(|tag| tag == JUDGES) {
        return Vec::new();
    }
    let is_of_one = procedure.events[asked.event].domain != CASE;
    discretion::standing(&asked.view)
        .into_iter()
        .filter(|(number, ..)| !is_of_one || *number == asked.number)
        .map(|(_, whose, receipt)| (whose, receipt))
        .collect()
}

/// Whether only what was typed is at fault.
pub(crate) fn is_input(refusal: &Refusal) -> bool {
    let typed =
        |ground: &Ground| ground.rule.is_none() && (ground.field.is_some() || refusal.is_input());
    refusal.grounds.iter().all(typed)
}

impl ActPage {
    pub(super) fn of(
        office: &Office,
        asked: &Asked,
        posted: &Posted,
        paper: Paper,
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
                head: wording::prose(&visible(&error.text)),
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
                told: wording::told(procedure, rule_of(ground), &visible(&ground.text)),
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
                    told: wording::told(procedure, rule, &visible(&ground.text)),
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
        let mut registered = Registered::of(office, asked, posted, &paper);
        let field = |fact: &usize, prefix: &str| {
            let mut field = fields::field(office, asked, posted, *fact, prefix, &errors);
            if prefix == fields::SAID {
                registered.fill(asked, *fact, &mut field);
            } else {
                registered.fill_newcomer(asked, *fact, &mut field);
            }
            field
        };
        let list = procedure.checklist_of(asked.event);
        let desk = list.map(|list| {
            let field = field(&list.fact, fields::SAID);
            Desk::of(office, asked, list, field, grounds)
        });
        // What the cards fill is asked for there.
        let is_elsewhere = |fact: &usize| list.is_some_and(|list| list.fact == *fact);
        let roles = act
            .roles
            .iter()
            .map(|role| people::role_field(office, asked, posted, *role, &errors));
        let mut roles: Vec<Field> = roles.collect();
        if posted.is_blank() {
            roles.iter_mut().for_each(people::offer_oneself);
        }
        let mut required: Vec<Field> = Vec::new();
        let mut optional: Vec<Field> = Vec::new();
        let needs = via::needs(office, asked, posted);
        let optional_heading = if needs.is_some() {
            "其他项，这种情形不需要"
        } else {
            "选填"
        };
        let needs = needs.unwrap_or_else(|| as_declared(declared));
        for (fact, need) in needs.into_iter().filter(|(fact, _)| !is_elsewhere(fact)) {
            let mut field = field(&fact, fields::SAID);
            let note = |rule: usize| wording::prose(&procedure.rules[rule].note);
            match need {
                Need::Declared => {}
                Need::Demanded(rule) => field.demand(fields::DEMANDED, &note(rule)),
                Need::OneOf(rule) => field.demand(fields::ONE_OF, &note(rule)),
                Need::Open => field.demand(fields::OPTIONAL, ""),
                Need::Folded => {
                    optional.push(field);
                    continue;
                }
            }
            required.push(field);
        }
        let standing = office.standing();
        let scenes = scenes(&standing, &procedure.id, &declared.id, standing.day);
        if !scenes.is_empty() {
            required.extend(declared.listed.iter().enumerate().map(|(at, fact)| {
                let mut field = field(fact, fields::SAID);
                field.demand(fields::BY_LIST, if at == 0 { LISTED } else { "" });
                field
            }));
        }
        let domain = act.introduces.filter(|domain| *domain != CASE);
        let newcomer = domain.map(|domain| Newcomer {
            kind: procedure.subjects[usize::from(domain.0)].name.clone(),
            name: match asked.newcomer_name().filter(|_| posted.is_blank()) {
                Some(name) => name.to_owned(),
                None => {
                    let chosen = registered.chooser.as_ref();
                    let chosen = chosen.and_then(|it| it.name.clone());
                    chosen.unwrap_or_else(|| posted.one("new.name").to_owned())
                }
            },
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
            chooser: None,
        });
        let chosen_from = registered.chooser.take();
        let newcomer = newcomer.map(|newcomer| Newcomer {
            chooser: chosen_from,
            ..newcomer
        });
        let of_law = may.map_or(&[][..], |may| &may.cautions).iter();
        let of_law = of_law.map(|it| wording::prose(it));
        let against = registered.against.iter().map(|it| wording::prose(it));
        let cautions = of_law.chain(against).collect();
        let asked_for = grounds
            .iter()
            .filter(|ground| ground.kind == GroundKind::ReasonNeeded);
        let mut reasons: Vec<Reason> = asked_for
            .filter_map(|ground| {
                let rule = ground.rule.clone()?;
                Some(Reason {
                    value: posted.one(&format!("reason.{rule}")).to_owned(),
                    told: wording::told(procedure, rule_of(ground), &visible(&ground.text)),
                    errors: fields::told(&errors, &format!("reason.{rule}")),
                    is_asked: true,
                    rule,
                })
            })
            .collect();
        // A reason that was written stays in the form, also when something else is wrong now.
        for (rule, reason) in posted.reasons() {
            let known = procedure
                .rule(rule)
                .filter(|_| reasons.iter().all(|it| it.rule != rule));
            if let Some(known) = known {
                reasons.push(Reason {
                    rule: rule.to_owned(),
                    told: Told {
                        head: wording::prose(&procedure.rules[known].note),
                        rest: String::new(),
                    },
                    errors: fields::told(&errors, &format!("reason.{rule}")),
                    value: reason.to_owned(),
                    is_asked: false,
                });
            }
        }
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
        let occurred = if posted.says("occurred") || !posted.one("key").is_empty() {
            posted.one("occurred").to_owned()
        } else {
            view.now.day.to_string()
        };
        let on = Act {
            procedure,
            event: asked.event,
        };
        let occurred_errors = fields::told(&errors, "occurred");
        let occurred_hint = hints::hint(office, About::Occurred, &occurred, Some(on));
        let is_as_it_is = posted.one(AS_IT_IS) == "yes";
        let as_it_is = (paper.lacks || is_as_it_is).then_some(is_as_it_is);
        let attached = if posted.is_blank() {
            asked.carried_files().to_vec()
        } else {
            posted.attached()
        };
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
            resume: resume(&case::link(view, place)),
            action: case::link(view, place),
            procedure: procedure.id.clone(),
            event: declared.id.clone(),
            keeps_drafts: asked.beside.drafts.is_some(),
            paper,
            version: if view.case_id.is_empty() {
                String::new()
            } else {
                view.version.to_string()
            },
            is_outside: act.class == ActClass::HappenedOutside,
            closed,
            summary: Vec::new(),
            unconfirmed: None,
            summary_heading: match &notice {
                Notice::Refused(refusal) if !is_input(refusal) => "依法现在不能办理",
                _ => "请更正下列内容",
            },
            obstacles,
            changes,
            is_stale,
            cautions,
            preview: preview(office, asked),
            phrases: phrases(&standing, &procedure.id, &declared.id),
            scenes,
            elsewhere: asked.elsewhere.clone(),
            listed: listed(&standing, procedure, asked.event, standing.day),
            weighed: weighed(office, asked, posted),
            receipts: receipts(asked),
            occurred,
            occurred_time: posted.one("occurred.time").to_owned(),
            occurred_hint: if occurred_errors.is_empty() {
                occurred_hint
            } else {
                Hint::default()
            },
            occurred_errors,
            text_longest: TEXT_LONGEST,
            name_longest: NAME_LONGEST,
            today: view.now.day.to_string(),
            desk,
            roles,
            required,
            optional_heading,
            ways: via::ways(office, asked, posted),
            as_it_is,
            optional_is_open: optional
                .iter()
                .any(|field| !field.errors.is_empty() || field.is_filled()),
            optional,
            newcomer,
            reasons,
            sheet: (asked.beside.store.is_some()
                && act
                    .roles
                    .iter()
                    .any(|role| !procedure.roles[*role].is_officer))
            .then(|| posted.one("on_paper") == "yes"),
            takes_files: asked.beside.store.is_some(),
            following: asked.following.as_ref().map(|it| it.view(posted)),
            unfit: asked.unfit.clone().filter(|_| posted.is_blank()),
            attached: attached
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
        page.unconfirmed = page.has_open_basis().then(|| confirming(&standing));
        page
    }

    /// Whether something that is told rests on what nobody has read in full.
    fn has_open_basis(&self) -> bool {
        let obstacles = self.obstacles.iter().chain(&self.closed);
        let told = obstacles.map(|it| &it.told);
        let mut told = told.chain(self.summary.iter().map(|it| &it.told));
        told.any(|told| {
            [&told.head, &told.rest]
                .iter()
                .any(|it| it.contains(OPEN_BASIS))
        })
    }

    /// A photo is asked for at the head of the form: of what is recorded on the way.
    fn has_photo(&self) -> bool {
        self.takes_files && self.ways.is_some()
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
        if let Some(desk) = &self.desk {
            add(desk.field.anchor(), &desk.field.errors);
        }
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
        let files = if self.has_photo() {
            "f-photo"
        } else {
            "f-files"
        };
        add(files.to_owned(), &self.attached_errors);
        for reason in &self.reasons {
            if reason.is_asked {
                add(reason.anchor(), std::slice::from_ref(&reason.told));
            }
            add(reason.anchor(), &reason.errors);
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

/// Who confirms rules against their text, in words.
fn confirming(standing: &Standing) -> String {
    match app::register::confirmers(standing) {
        names if names.is_empty() => {
            "由本机关政策法规机构核对（还没有账户有“政策法规”职责）".to_owned()
        }
        names => format!("由{}核对", names.join("、")),
    }
}

fn preview(office: &Office, asked: &Asked) -> Option<Preview> {
    let document = asked.view.procedure().events[asked.event].document?;
    let shown = office.would_disclose(&asked.view, document, asked.number, None)?;
    let lines = shown.sections.iter().flat_map(|section| &section.lines);
    let lines = lines.map(|(label, text)| (label.clone(), RedactedText::of(text)));
    Some(Preview {
        lines: lines.collect(),
        doubts: shown.doubts().len(),
        title: RedactedText::of(&shown.title),
    })
}

/// What the public will see.
struct Preview {
    title: RedactedText,
    lines: Vec<(String, RedactedText)>,
    /// Words about which somebody has still to decide.
    doubts: usize,
}

impl Reason {
    fn anchor(&self) -> String {
        fields::anchor(&format!("reason.{}", self.rule))
    }
}

/// At what the list of recordings asks for.
const LISTED: &str = "本机关的清单要求音像记录；附上音像文件的不用填。";

/// Without a shortcut a form shows what must be filled and folds the rest.
fn as_declared(event: &Event) -> Vec<(FactIx, Need)> {
    let required = event.required.iter().map(|fact| (*fact, Need::Declared));
    let others = event.unforced().map(|fact| (fact, Need::Folded));
    required.chain(others).collect()
}

fn resume(action: &str) -> String {
    let joint = if action.contains('?') { '&' } else { '?' };
    format!("{action}{joint}draft=continue")
}
