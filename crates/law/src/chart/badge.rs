//! Gates and periods as they stand in the box of an act.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Alternatives;
use super::order::{Force, Link, LinkKind, Order};
use crate::model::{Base, ConditionEdge, Duty, EventIx, PeriodRef, Procedure, RuleIx, Trigger};
use crate::statute::{Citation, Verified};
use crate::time::Code;

/// The sign of what holds only in some cases.
pub(super) const SOMETIMES: &str = "*";

/// What a badge tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BadgeKind {
    /// What comes before, beyond what arrows show, and on what basis.
    Before,
    /// What must not be outstanding.
    Open,
    /// What the facts must say.
    Requirement,
    /// How many officers, and who may not be who.
    People,
    /// Within which period.
    Period,
    /// Which acts of other bands it excludes.
    Choice,
}

impl BadgeKind {
    /// Every kind, in the order of a box.
    pub const ALL: [BadgeKind; 6] = [
        BadgeKind::Before,
        BadgeKind::Open,
        BadgeKind::Requirement,
        BadgeKind::People,
        BadgeKind::Period,
        BadgeKind::Choice,
    ];

    /// The word on the badge.
    pub fn chinese(self) -> &'static str {
        match self {
            BadgeKind::Before => "前提",
            BadgeKind::Open => "未了",
            BadgeKind::Requirement => "要件",
            BadgeKind::People => "人员",
            BadgeKind::Period => "期限",
            BadgeKind::Choice => "择一",
        }
    }

    /// What it means, for the legend.
    pub fn meaning(self) -> &'static str {
        match self {
            BadgeKind::Before => "先有所列才能做（*：有该情形时）",
            BadgeKind::Open => "所列应办未办结的不得做",
            BadgeKind::Requirement => "所列条文的条件都要符合",
            BadgeKind::People => "人数和分离的要求",
            BadgeKind::Period => "办理、行使的期限",
            BadgeKind::Choice => "只能做其中一个",
        }
    }
}

/// A gate or a period of an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Badge {
    /// What it tells.
    pub kind: BadgeKind,
    /// In words, without the basis.
    pub text: String,
    /// The basis, short: articles without a sign belong to the first statute of the chart, ① is the second, and so on.
    pub basis: String,
    /// The rules behind it.
    pub rules: Vec<String>,
    /// The sentences of the rules, each with its full basis.
    pub detail: Vec<String>,
}

/// The badges of each box.
pub(super) fn badges(
    force: &Force<'_>,
    boxes: &[Vec<EventIx>],
    links: &[Link],
    order: &Order,
    alternatives: &[Alternatives],
    statutes: &mut Vec<String>,
) -> Vec<Vec<Badge>> {
    let procedure = force.procedure;
    let mut maker = Maker {
        force,
        boxes,
        order,
        statutes,
    };
    (0..boxes.len())
        .map(|ix| {
            let own = &boxes[ix];
            let mut found: Vec<Badge> = Vec::new();
            found.extend(maker.before(own, links));
            found.extend(maker.open(own, links));
            let requirements = procedure
                .requirements
                .iter()
                .filter(|e| own.contains(&e.target))
                .map(|e| e.rule);
            let (people, facts): (Vec<RuleIx>, Vec<RuleIx>) = requirements
                .filter(|rule| force.blocks(*rule))
                .partition(|rule| is_officer_count(procedure, *rule));
            found.extend(maker.badge(BadgeKind::Requirement, String::new(), &facts));
            found.extend(maker.people(own, people));
            found.extend(maker.periods(ix));
            found.extend(maker.choices(ix, alternatives));
            found
        })
        .collect()
}

struct Maker<'a> {
    force: &'a Force<'a>,
    boxes: &'a [Vec<EventIx>],
    order: &'a Order,
    /// The statutes named so far.
    statutes: &'a mut Vec<String>,
}

impl Maker<'_> {
    /// A badge; none without a rule.
    fn badge(&mut self, kind: BadgeKind, text: String, rules: &[RuleIx]) -> Option<Badge> {
        let mut seen = BTreeSet::new();
        let rules: Vec<RuleIx> = rules
            .iter()
            .copied()
            .filter(|rule| seen.insert(*rule))
            .collect();
        let shown: Vec<_> = rules.iter().map(|rule| self.force.rule(*rule)).collect();
        if shown.is_empty() {
            return None;
        }
        let cites: Vec<&Citation> = shown.iter().flat_map(|rule| &rule.cites).collect();
        let detail = shown.iter().map(|rule| {
            let cites: Vec<&str> = rule.cites.iter().map(|cite| cite.text.as_str()).collect();
            let basis = if cites.is_empty() {
                String::new()
            } else {
                format!("（{}）", cites.join("、"))
            };
            format!(
                "{}{}{basis}",
                rule.id,
                if rule.note.is_empty() {
                    String::new()
                } else {
                    format!("：{}", rule.note)
                }
            )
        });
        let detail = detail.map(|line| full_width(&line)).collect();
        let rules = shown.iter().map(|rule| rule.id.clone()).collect();
        Some(Badge {
            kind,
            text: full_width(&text),
            basis: compact(cites, self.statutes),
            rules,
            detail,
        })
    }

    fn name(&self, event: EventIx) -> &str {
        &self.force.procedure.events[event].name
    }

    fn is_shown(&self, event: EventIx) -> bool {
        self.boxes.iter().any(|own| own.contains(&event))
    }

    /// The names of the acts, at most so many of them.
    fn list(&self, groups: Vec<String>, most: usize) -> String {
        let mut names: Vec<String> = Vec::new();
        groups.into_iter().for_each(|group| {
            if !names.contains(&group) {
                names.push(group);
            }
        });
        let count = names.len();
        if count > most {
            names.truncate(most);
            return format!("{}等{count}项", names.join("、"));
        }
        names.join("、")
    }

    /// The name without the document where it is the one that the box is about anyway.
    fn name_beside(&self, event: EventIx, own: &[EventIx]) -> &str {
        let procedure = self.force.procedure;
        let document = |event: EventIx| procedure.events[event].document;
        if document(event).is_some() && own.iter().any(|other| document(*other) == document(event))
        {
            return &procedure.act_of(event).name;
        }
        self.name(event)
    }

    fn any_of(&self, events: &[EventIx], own: &[EventIx]) -> String {
        events
            .iter()
            .map(|event| self.name_beside(*event, own))
            .collect::<Vec<_>>()
            .join("或")
    }

    /// Whether the condition holds only in some cases.
    fn is_conditional(&self, link: &Link) -> bool {
        let own = |e: &&ConditionEdge| e.rule == link.rule && e.target == link.target;
        self.force
            .procedure
            .conditions
            .iter()
            .find(own)
            .is_some_and(|edge| edge.when.is_some())
    }

    /// Conditions: arrows already name the shown acts, so only the others are spelled out.
    fn before(&mut self, own: &[EventIx], links: &[Link]) -> Option<Badge> {
        let into = links
            .iter()
            .filter(|l| l.kind == LinkKind::Condition && l.blocks && own.contains(&l.target));
        let into: Vec<&Link> = into.collect();
        let hidden = into
            .iter()
            .filter(|link| !link.sources.iter().any(|source| self.is_shown(*source)));
        let star = |link: &Link| {
            if self.is_conditional(link) {
                SOMETIMES
            } else {
                ""
            }
        };
        let names = hidden
            .map(|link| format!("{}{}", self.any_of(&link.sources, own), star(link)))
            .collect();
        let text = self.list(names, 4);
        let rules: Vec<RuleIx> = into
            .iter()
            .map(|link| link.rule)
            .filter(|rule| !self.force.rule(*rule).cites.is_empty())
            .collect();
        self.badge(BadgeKind::Before, text, &rules)
    }

    fn open(&mut self, own: &[EventIx], links: &[Link]) -> Option<Badge> {
        let into = links
            .iter()
            .filter(|l| l.kind == LinkKind::Gate && l.blocks && own.contains(&l.target));
        let into: Vec<&Link> = into.collect();
        let text = self.list(
            into.iter()
                .map(|link| self.any_of(&link.sources, own))
                .collect(),
            5,
        );
        self.badge(
            BadgeKind::Open,
            text,
            &into.iter().map(|link| link.rule).collect::<Vec<_>>(),
        )
    }

    fn people(&mut self, own: &[EventIx], counted: Vec<RuleIx>) -> Option<Badge> {
        let procedure = self.force.procedure;
        let separations = procedure
            .separations
            .iter()
            .filter(|e| own.contains(&e.target));
        let separations: Vec<_> = separations.filter(|e| self.force.blocks(e.rule)).collect();
        let role = |ix: &usize| procedure.roles[*ix].name.as_str();
        let mut texts: Vec<String> = Vec::new();
        for edge in procedure
            .requirements
            .iter()
            .filter(|e| own.contains(&e.target) && counted.contains(&e.rule))
        {
            texts.push(procedure.print(&edge.must));
        }
        for edge in &separations {
            let never: Vec<&str> = edge.never.iter().map(role).collect();
            texts.push(format!("{}不得是{}", role(&edge.role), never.join("、")));
        }
        let rules: Vec<RuleIx> = counted
            .into_iter()
            .chain(separations.iter().map(|e| e.rule))
            .collect();
        let text = self.list(texts, 3);
        self.badge(BadgeKind::People, text, &rules)
    }

    /// The box where a period is shown: that of the act, or for an act that is not shown the first one that waits for
    /// it, unless that one also starts the period.
    fn host(&self, event: EventIx, from: EventIx) -> Option<usize> {
        let of = |event: EventIx| self.boxes.iter().position(|own| own.contains(&event));
        let hosts = &self.order.hosts[event];
        let waits = || {
            hosts
                .iter()
                .copied()
                .find(|b| !hosts.iter().any(|a| self.order.may[*a][*b]))
        };
        of(event).or_else(|| waits().filter(|host| of(from) != Some(*host)))
    }

    fn periods(&mut self, ix: usize) -> Vec<Badge> {
        let procedure = self.force.procedure;
        let star = |guarded: bool| if guarded { SOMETIMES } else { "" };
        let mut texts: Vec<(RuleIx, String)> = Vec::new();
        for edge in &procedure.responses {
            let (Some(period), Trigger::After(source)) = (edge.period, &edge.trigger) else {
                continue;
            };
            // Of several ways to meet it, those that are shown carry the period.
            let shown = edge.targets.iter().any(|target| self.is_shown(*target));
            let mut targets = edge
                .targets
                .iter()
                .filter(|target| !shown || self.is_shown(**target));
            let Some(target) = targets.find(|target| self.host(**target, *source) == Some(ix))
            else {
                continue;
            };
            let within = self.within(period, edge.base, *source, ix);
            let who = if edge.duty == Duty::Agency {
                String::new()
            } else {
                format!("（{}）", edge.duty.chinese())
            };
            texts.push((
                edge.rule,
                format!(
                    "{within}{}{who}{}",
                    self.what(*target, ix),
                    star(edge.when.is_some())
                ),
            ));
        }
        for edge in &procedure.windows {
            let Some(source) = edge
                .source
                .filter(|source| self.host(edge.target, *source) == Some(ix))
            else {
                continue;
            };
            let within = self.within(edge.period, edge.base, source, ix);
            texts.push((
                edge.rule,
                format!(
                    "只限{within}{}{}",
                    self.what(edge.target, ix),
                    star(edge.when.is_some())
                ),
            ));
        }
        for edge in procedure
            .conditions
            .iter()
            .filter(|edge| self.boxes[ix].contains(&edge.target))
        {
            let (Some(delay), [source, ..]) = (edge.delay, edge.sources.as_slice()) else {
                continue;
            };
            let name = self.name_beside(*source, &self.boxes[ix]);
            texts.push((
                edge.rule,
                format!(
                    "{name}满{}后{}",
                    self.length(delay),
                    star(edge.when.is_some())
                ),
            ));
        }
        let mut found: Vec<Badge> = Vec::new();
        for (rule, text) in texts {
            let text = full_width(&text);
            if self.may_be_published(rule) && !found.iter().any(|badge| badge.text == text) {
                found.extend(self.badge(BadgeKind::Period, text, &[rule]));
            }
        }
        found
    }

    /// A period from general knowledge is not put on a wall before the agency has confirmed it.
    fn may_be_published(&self, rule: RuleIx) -> bool {
        let shown = self.force.rule(rule);
        let confirmed = &self.force.agency.confirmed;
        let is_confirmed =
            confirmed.contains(&shown.id) || shown.rows.iter().any(|row| confirmed.contains(row));
        self.force.strength(rule).is_some() && (is_confirmed || shown.verified <= Verified::Part)
    }

    /// A length; the name of the setting where its value is not confirmed.
    fn length(&self, period: PeriodRef) -> String {
        let procedure = self.force.procedure;
        match (procedure.period(period, self.force.agency), period) {
            (Some((length, confirmed)), PeriodRef::Setting(ix))
                if confirmed || procedure.settings[ix].verified == Verified::Part =>
            {
                length.to_string()
            }
            (_, PeriodRef::Setting(ix)) => procedure.settings[ix].name.clone(),
            (_, PeriodRef::Fixed(length)) => length.to_string(),
        }
    }

    fn within(&self, period: PeriodRef, base: Base, source: EventIx, ix: usize) -> String {
        let from = match base {
            Base::Act => self.name_beside(source, &self.boxes[ix]),
            Base::Fact(fact) => &self.force.procedure.facts[fact].name,
        };
        let counts_back = matches!(self.force.procedure.period(period, self.force.agency), Some((p, _)) if p.code == Code::F4);
        let length = self.length(period);
        if counts_back {
            format!("{from}{length}前")
        } else {
            format!("{from}后{length}内")
        }
    }

    /// What is to be done, where it is not what the box is about.
    fn what(&self, event: EventIx, ix: usize) -> String {
        if self.boxes[ix].contains(&event) {
            String::new()
        } else {
            self.name_beside(event, &self.boxes[ix]).to_owned()
        }
    }

    fn choices(&mut self, ix: usize, alternatives: &[Alternatives]) -> Vec<Badge> {
        let procedure = self.force.procedure;
        let phase = |b: usize| {
            self.boxes[b]
                .first()
                .map(|event| procedure.act_of(*event).phase)
        };
        let name = |b: &usize| {
            self.boxes[*b]
                .first()
                .map_or("", |event| procedure.act_of(*event).name.as_str())
        };
        let mut found = Vec::new();
        for group in alternatives
            .iter()
            .filter(|group| group.boxes.contains(&ix))
        {
            if group.boxes.iter().all(|other| phase(*other) == phase(ix)) {
                continue;
            }
            let others: Vec<&str> = group
                .boxes
                .iter()
                .filter(|other| **other != ix)
                .map(name)
                .collect();
            let rules: Vec<RuleIx> = group
                .rules
                .iter()
                .filter_map(|id| procedure.rule(id))
                .collect();
            found.extend(self.badge(BadgeKind::Choice, others.join("、"), &rules));
        }
        found
    }
}

/// Whether a requirement counts officers: its only comparison is that of the number of valid ones.
fn is_officer_count(procedure: &Procedure, rule: RuleIx) -> bool {
    procedure.rules[rule].kind == "人数"
}

/// The name between the brackets of a citation.
pub(super) fn statute_name(cite: &Citation) -> &str {
    let name = cite.text.split('》').next().unwrap_or(&cite.text);
    name.trim_start_matches('《')
}

/// The sign of the so-manieth statute: nothing for the home statute, then ① and so on, beyond ⑳ the name.
pub(super) fn sign(statutes: &[String], at: usize) -> String {
    match (u32::try_from(at), statutes.get(at)) {
        (Ok(0), _) => String::new(),
        // U+2460 is ①.
        (Ok(at @ 1..=20), _) => char::from_u32(0x245f + at)
            .map(String::from)
            .unwrap_or_default(),
        (_, name) => format!("《{}》", name.map_or("", String::as_str)),
    }
}

/// Articles by statute, the home statute first and unnamed: `17至21、24、57条；①54条`.
fn compact(cites: Vec<&Citation>, statutes: &mut Vec<String>) -> String {
    let mut by_statute: BTreeMap<usize, (BTreeSet<u16>, &str)> = BTreeMap::new();
    for cite in cites {
        let name = statute_name(cite);
        let at = statutes
            .iter()
            .position(|known| known == name)
            .unwrap_or_else(|| {
                statutes.push(name.to_owned());
                statutes.len() - 1
            });
        // 项 of a plan or an opinion are not 条.
        let unit = if cite.text.contains('项') && !cite.text.contains('条') {
            "项"
        } else {
            "条"
        };
        by_statute
            .entry(at)
            .or_insert((BTreeSet::new(), unit))
            .0
            .extend(cite.article);
    }
    let shown = by_statute.iter().map(|(at, (articles, unit))| {
        let numbers = if articles.is_empty() {
            String::new()
        } else {
            format!("{}{unit}", ranges(articles))
        };
        format!("{}{numbers}", sign(statutes, *at))
    });
    shown.collect::<Vec<_>>().join("；")
}

fn ranges(numbers: &BTreeSet<u16>) -> String {
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let shown = |(first, last): &(u16, u16)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}、{last}"),
        _ => format!("{first}至{last}"),
    };
    runs.iter().map(shown).collect::<Vec<_>>().join("、")
}

/// Chinese punctuation in its full width.
pub(crate) fn full_width(text: &str) -> String {
    let wide = |c: char| !c.is_ascii();
    let all: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (at, character) in all.iter().enumerate() {
        let near = at.checked_sub(1).is_some_and(|before| wide(all[before]))
            || all.get(at + 1).is_some_and(|c| wide(*c));
        out.push(match character {
            ',' if near => '，',
            ';' if near => '；',
            ':' if near => '：',
            '(' if near => '（',
            ')' if near => '）',
            other => *other,
        });
    }
    out
}
