//! Flowcharts are drawn, not uploaded: a row of the register names a procedure, and what it shows is made from the
//! procedure that runs, under the settings of the agency.

use super::columns::cell;
use super::release::Released;
use super::standing::Standing;
use super::{RegisterName, Row};
use law::chart::{ActBox, Chart, chart};
use law::model::Procedure;
use proof::{DisclosureRow, DisclosureSection};
use std::collections::BTreeSet;
use vocabulary::Day;

/// The drawing of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// The procedure.
    pub procedure: String,
    /// The chart, as the public sees it.
    pub chart: Chart,
    /// Whether only some phases are drawn.
    pub is_part: bool,
    /// The steps in words, phase by phase: the heading, and each step with what it asks.
    pub phases: Vec<(String, Vec<Step>)>,
}

impl Drawing {
    /// The drawing: a whole procedure on a sheet of A4, some phases on as much as they need.
    pub fn svg(&self) -> String {
        match self.is_part {
            true => self.chart.svg_fitted(),
            false => self.chart.svg(),
        }
    }
}

/// A step of a flowchart in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its place among all steps, from 1.
    pub number: usize,
    /// The act, with its documents where it is shown for some.
    pub name: String,
    /// What it asks and within which period, each with its basis.
    pub asks: Vec<String>,
}

impl Standing {
    /// What a row draws on a day; nothing for rows of other registers, or for a procedure that is there no more.
    pub fn drawing(&self, register: RegisterName, row: &Row, day: Day) -> Option<Drawing> {
        let procedure = self.drawn(register, row)?;
        let agency = self.context.agency.on(|_| day);
        let agency = if day >= self.day {
            &self.context.agency
        } else {
            &agency
        };
        let chart = chart(procedure, agency, day, "");
        let wanted = phases(row);
        let title = cell(row, "title").as_str().unwrap_or_default();
        let chart = match wanted.is_empty() {
            true => chart,
            false => Chart {
                // The drawing says that it is a flowchart.
                name: title.strip_suffix("流程图").unwrap_or(title).to_owned(),
                ..chart.of_phases(&wanted)
            },
        };
        let phases = chart.bands.iter().map(|band| {
            let steps = band.boxes.iter().map(|at| Step {
                number: at + 1,
                name: name(&chart.boxes[*at]),
                asks: asks(procedure, &chart.boxes[*at]),
            });
            (band.name.clone(), steps.collect())
        });
        Some(Drawing {
            procedure: procedure.name.clone(),
            is_part: !wanted.is_empty(),
            phases: phases.collect(),
            chart,
        })
    }

    fn drawn(&self, register: RegisterName, row: &Row) -> Option<&Procedure> {
        if register != RegisterName::Flowcharts {
            return None;
        }
        let id = cell(row, "procedure").as_str()?;
        let mut all = self.context.rules.procedures.iter();
        all.find(|procedure| procedure.id == id)
    }

    /// The steps whose words are no longer what they were on a day; empty where nothing that is drawn changed. Only what
    /// carries a date is seen: settings, confirmations, and relations that come into force or cease.
    pub fn redrawn_since(&self, register: RegisterName, row: &Row, day: Day) -> Vec<String> {
        if self.turns(register, row, day).is_empty() {
            return Vec::new();
        }
        self.redrawn_between(register, row, (day, self.day))
    }

    /// The first day on which a drawing was no longer what it was on a day.
    pub(super) fn redrawn_on(&self, register: RegisterName, row: &Row, day: Day) -> Option<Day> {
        let turns = self.turns(register, row, day).into_iter();
        let mut differing =
            turns.filter(|turn| !self.redrawn_between(register, row, (day, *turn)).is_empty());
        differing.next()
    }

    /// The days after a day, up to today, on which something that is drawn may read differently.
    fn turns(&self, register: RegisterName, row: &Row, day: Day) -> BTreeSet<Day> {
        let Some(procedure) = self.drawn(register, row) else {
            return BTreeSet::new();
        };
        let rules = procedure.rules.iter();
        let dates = rules.flat_map(|rule| [rule.from, rule.until]).flatten();
        let mut turns: BTreeSet<Day> = dates.collect();
        turns.extend(self.known().turns(RegisterName::Settings));
        turns.retain(|turn| *turn > day && *turn <= self.day);
        turns
    }

    fn redrawn_between(
        &self,
        register: RegisterName,
        row: &Row,
        (day, until): (Day, Day),
    ) -> Vec<String> {
        let steps = |day: Day| -> Vec<Step> {
            let drawing = self.drawing(register, row, day).into_iter();
            let phases = drawing.flat_map(|drawing| drawing.phases);
            phases.flat_map(|(_, steps)| steps).collect()
        };
        let (before, now) = (steps(day), steps(until));
        let same = |step: &&Step| {
            let mut others = before.iter();
            !others.any(|other| other.name == step.name && other.asks == step.asks)
        };
        let mut changed: Vec<String> = now.iter().filter(same).map(|it| it.name.clone()).collect();
        let gone = before
            .iter()
            .filter(|step| !now.iter().any(|other| other.name == step.name));
        changed.extend(gone.map(|it| it.name.clone()));
        changed
    }

    /// Whether the public sees a drawing that is out of date.
    pub(super) fn is_redrawn(&self, register: RegisterName, row: &Row, shown: &Released) -> bool {
        !self.redrawn_since(register, row, shown.on).is_empty()
    }

    /// The steps as a publication shows them: a section for each phase.
    pub(super) fn drawn_sections(
        &self,
        register: RegisterName,
        row: &Row,
    ) -> Vec<DisclosureSection> {
        let drawing = self.drawing(register, row, self.day);
        let phases = drawing.map_or_else(Vec::new, |drawing| drawing.phases);
        let section = |(heading, steps): (String, Vec<Step>)| DisclosureSection {
            heading,
            rows: steps
                .into_iter()
                .map(|step| DisclosureRow {
                    label: format!("{}. {}", step.number, step.name),
                    value: match step.asks.is_empty() {
                        true => "没有另外的条件和期限".to_owned(),
                        false => step.asks.join("\n"),
                    },
                })
                .collect(),
        };
        phases.into_iter().map(section).collect()
    }
}

/// The phases that a row wants drawn; none for all of them.
pub(super) fn phases(row: &Row) -> Vec<&str> {
    let text = cell(row, "phases").as_str().unwrap_or_default();
    let names = text.split(['、', '，', ',', '；', ';']).map(str::trim);
    names.filter(|name| !name.is_empty()).collect()
}

fn name(shown: &ActBox) -> String {
    match shown.documents.as_slice() {
        [] => shown.name.clone(),
        documents => format!("{}（{}）", shown.name, documents.join("、")),
    }
}

/// What stands in the box of an act, with the articles written out.
fn asks(procedure: &Procedure, shown: &ActBox) -> Vec<String> {
    let ask = |badge: &law::chart::Badge| {
        let mut cites: Vec<&str> = Vec::new();
        for id in &badge.rules {
            let rule = procedure.rules.iter().find(|rule| rule.id == *id);
            for cite in rule.into_iter().flat_map(|rule| &rule.cites) {
                if !cites.contains(&cite.text.as_str()) {
                    cites.push(&cite.text);
                }
            }
        }
        let basis = cites.join("、");
        let kind = badge.kind.chinese();
        match (badge.text.as_str(), basis.as_str()) {
            ("", basis) => format!("{kind}：依据{basis}"),
            (text, "") => format!("{kind}：{text}"),
            (text, basis) => format!("{kind}：{text}（{basis}）"),
        }
    };
    shown.badges.iter().map(ask).collect()
}
