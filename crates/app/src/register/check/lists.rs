//! What rows of the published lists and of the resources must say together.

use super::{Checking, cell};
use crate::register::RegisterName;
use crate::register::catalog::mistakes;
use crate::register::columns::ColumnKind;
use crate::register::entry::Row;
use crate::register::flowchart::phases;
use casework::context::{Power, PowerKind};
use law::power::Matter;
use serde_json::Value;
use std::collections::BTreeSet;
use vocabulary::Day;

impl Checking<'_> {
    /// What the columns of a list say together.
    pub(super) fn list(&mut self, row: &Row) {
        let is = |column: &str, value: &str| cell(row, column).as_str() == Some(value);
        match self.register {
            RegisterName::Entities if is("nature", "entrusted") => {
                let why = "受委托组织须有书面委托书，载明事项、权限、期限，并向社会公布（《行政处罚法》第二十条）";
                self.needs(
                    row,
                    &[
                        "entrusted_matters",
                        "entrusted_from",
                        "entrusted_until",
                        "letter_address",
                    ],
                    why,
                );
                self.in_order(row, "entrusted_from", "entrusted_until");
            }
            RegisterName::Devices if is("kind", "monitor") && is("state", "in_use") => {
                let why = "电子监控设备须经过法制和技术审核，设置地点向社会公布（《行政处罚法》第四十一条）";
                self.needs(
                    row,
                    &[
                        "place",
                        "legal_review_on",
                        "technical_review_on",
                        "published_at",
                    ],
                    why,
                );
            }
            RegisterName::Counsel => self.in_order(row, "from", "until"),
            RegisterName::Policies => {
                let said = |column: &str| row.contains_key(column);
                if said("issued_on") {
                    let why = "印发以前须经合法性审核和集体审议";
                    self.needs(row, &["reviewed_on", "deliberated_on"], why);
                }
                if said("filed_on") {
                    self.needs(row, &["issued_on"], "印发以后才报司法行政部门备案");
                }
                for (before, after) in [
                    ("drafted_on", "reviewed_on"),
                    ("reviewed_on", "deliberated_on"),
                    ("reviewed_on", "issued_on"),
                    ("deliberated_on", "issued_on"),
                    ("issued_on", "filed_on"),
                ] {
                    self.in_order(row, before, after);
                }
            }
            RegisterName::Flowcharts => self.drawn_phases(row),
            RegisterName::Banks => {
                self.in_order(row, "agreed_on", "filed_on");
                self.in_order(row, "agreed_on", "ends_on");
            }
            RegisterName::Abstraction => {
                if is("matter", "yearly") {
                    self.needs(row, &["year"], "年度报送的须写年度");
                } else {
                    self.needs(row, &["ended_on"], "临时应急的须写结束日期");
                }
            }
            RegisterName::ReviewCatalog => {
                for error in mistakes(self.id, row, &self.standing.context.rules) {
                    self.wrong(error.field, error.text);
                }
            }
            RegisterName::Benchmarks => {
                let number = |column: &str| cell(row, column).as_str()?.parse::<f64>().ok();
                if let (Some(low), Some(high)) = (number("low"), number("high"))
                    && low > high
                {
                    self.wrong("high", "最高不能少于最低");
                }
            }
            _ => {}
        }
    }

    /// The phases that are to be drawn are phases of the procedure with a step that the public sees.
    fn drawn_phases(&mut self, row: &Row) {
        let mut without_phases = row.clone();
        without_phases.remove("phases");
        let standing = self.standing;
        let Some(whole) = standing.drawing(self.register, &without_phases, standing.day) else {
            return;
        };
        let known: Vec<&str> = whole.phases.iter().map(|(name, _)| name.as_str()).collect();
        for name in phases(row) {
            if !known.contains(&name) {
                let text = format!("这个程序的图里没有阶段“{name}”；有：{}", known.join("、"));
                self.wrong("phases", text);
            }
        }
    }

    fn needs(&mut self, row: &Row, columns: &[&str], why: &str) {
        for column in columns {
            if !row.contains_key(*column) {
                let mut all = self.register.columns().iter();
                let name = all.find(|it| it.id == *column).map_or("", |it| it.name);
                self.wrong(column, format!("请填写“{name}”：{why}"));
            }
        }
    }

    fn in_order(&mut self, row: &Row, before: &str, after: &str) {
        let day = |column: &str| Day::parse(cell(row, column).as_str()?).ok();
        let (Some(first), Some(second)) = (day(before), day(after)) else {
            return;
        };
        if second < first {
            let name = |id: &str| {
                let mut all = self.register.columns().iter();
                all.find(|column| column.id == id).map_or("", |it| it.name)
            };
            let text = format!("“{}”不能早于“{}”", name(after), name(before));
            self.wrong(after, text);
        }
    }

    /// Whom it may be given to, which items it can be about, and that nobody else holds the same power: for one item, at one
    /// place, on one day there is one body.
    pub(super) fn power(&mut self, row: &Row) {
        let read = |row: &Row| -> Option<Power> {
            serde_json::from_value(Value::Object(row.clone())).ok()
        };
        let Some(own) = read(row) else { return };
        let about = self.power_items(&own);
        // What is ticked counts beside what the items are.
        let mut matters = own.matters.clone();
        matters.extend(&about);
        if matters.is_empty() {
            matters.extend(Matter::ALL.into_iter().filter(|it| own.is_about(*it)));
        }
        let barred: BTreeSet<&str> = matters
            .iter()
            .filter_map(|matter| own.kind.barred_from(*matter))
            .collect();
        for why in barred {
            self.wrong("kind", why);
        }
        if own.kind == PowerKind::Entrusted && matters.contains(&Matter::Penalty) {
            let why = "委托处罚须有书面委托书，并向社会公布（行政处罚法第二十条）";
            self.needs(row, &["basis", "published_on"], why);
        }
        if own.kind == PowerKind::Township
            && matters.iter().any(|matter| *matter != Matter::Penalty)
        {
            let why = "乡镇街道承接的是处罚权（行政处罚法第二十四条）；另有法律、法规规定由它行使的，选“法律法规授权的组织”或者“其他机关”";
            self.wrong("kind", why);
        }
        let mut found = Vec::new();
        for (id, other) in self.others() {
            let Some(other) = read(other) else { continue };
            if own.passes_to != other.passes_to && own.rivals(&other) {
                found.push(format!(
                    "{id}写的是{}，同一事项、同一地点、同一时间只能由一个机关行使；先写明那一行自哪一天起不再适用",
                    other.passes_to
                ));
            }
        }
        for text in found {
            self.wrong("passes_to", text);
        }
    }

    /// The powers over the items that a row names; each must be among the powers that it says, and a case must be able to tell
    /// that it is about the item.
    fn power_items(&mut self, own: &Power) -> BTreeSet<Matter> {
        let ruled = law::power::items(&self.standing.context.rules);
        let mut about = BTreeSet::new();
        for id in &own.items {
            let (name, matter) = if let Some(item) = ruled.iter().find(|it| it.id == *id) {
                (item.name.clone(), item.matter)
            } else {
                let mut rows = self.after.rows(RegisterName::Items, self.day);
                let found = rows.find(|(listed, ..)| *listed == id);
                let Some((_, _, row)) = found else { continue };
                let text = |column: &str| cell(row, column).as_str().unwrap_or_default().to_owned();
                let Some(matter) = Matter::of(&text("kind")) else {
                    continue;
                };
                // A coercion case names the item of the list; the others name items of the rules.
                let is_named = matches!(matter, Matter::Measure | Matter::Execution);
                let name = text("name");
                if !is_named && text("rule").is_empty() {
                    let why = format!(
                        "清单里的“{name}”没有写对应的事项，案件认不出它；先在执法事项清单里写明，或者直接选那一项"
                    );
                    self.wrong("items", why);
                    continue;
                }
                (name, matter)
            };
            if !own.matters.is_empty() && !own.matters.contains(&matter) {
                let why = format!("“{name}”是{}，权力类别没有选它", matter.chinese());
                self.wrong("items", why);
            }
            about.insert(matter);
        }
        about
    }

    /// A row that another one names stays as long as that one holds.
    pub(super) fn nobody_refers(&mut self) {
        let mut found = Vec::new();
        for other in RegisterName::ALL {
            let columns = other.columns().iter();
            let naming = columns.filter(
                |column| matches!(column.kind, ColumnKind::Reference(of) if of == self.register),
            );
            for column in naming {
                let mut rows = self.after.rows(other, self.day);
                let row = rows.find(|(_, _, row)| cell(row, column.id).as_str() == Some(self.id));
                if let Some((id, ..)) = row {
                    found.push(format!(
                        "{}的{id}还写着这一行，请先变更或者停用那一行",
                        other.chinese()
                    ));
                }
            }
        }
        if self.register == RegisterName::Items {
            let names = |row: &Row| {
                let items = cell(row, "items").as_array();
                items.is_some_and(|items| items.iter().any(|it| it.as_str() == Some(self.id)))
            };
            let mut rows = self.after.rows(RegisterName::Powers, self.day);
            if let Some((id, ..)) = rows.find(|(_, _, row)| names(row)) {
                let powers = RegisterName::Powers.chinese();
                found.push(format!("{powers}的{id}还写着这一项，请先变更那一行"));
            }
        }
        for text in found {
            self.wrong(super::ROW_ID, text);
        }
    }
}
