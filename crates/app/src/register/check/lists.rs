//! What rows of the published lists and of the resources must say together.

use super::{Checking, cell};
use crate::register::RegisterName;
use crate::register::catalog::mistakes;
use crate::register::columns::ColumnKind;
use crate::register::entry::Row;
use crate::register::flowchart::phases;
use casework::context::Power;
use serde_json::Value;
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

    /// Nobody else holds the same power: for one item, at one place, on one day there is one body.
    pub(super) fn power(&mut self, row: &Row) {
        let read = |row: &Row| -> Option<Power> {
            serde_json::from_value(Value::Object(row.clone())).ok()
        };
        let Some(own) = read(row) else { return };
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
        for text in found {
            self.wrong(super::ROW_ID, text);
        }
    }
}
