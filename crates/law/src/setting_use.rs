//! Which relations of a procedure read a setting, as a period or as what something is compared with.

use crate::condition::{Condition, DateOperand, Operand, Test};
use crate::model::{PeriodRef, Procedure, RuleIx, SettingIx};

impl Procedure {
    /// The relations whose effect depends on the value of a setting.
    pub fn readers_of_setting(&self, setting: SettingIx) -> Vec<RuleIx> {
        let measures = |period: Option<PeriodRef>| period == Some(PeriodRef::Setting(setting));
        let asks = |when: &Option<Condition>| when.as_ref().is_some_and(|it| reads(it, setting));
        let mut found = Vec::new();
        let mut note = |rule: RuleIx, reads: bool| {
            if reads {
                found.push(rule);
            }
        };
        for edge in &self.conditions {
            note(edge.rule, measures(edge.delay) || asks(&edge.when));
        }
        for edge in &self.responses {
            note(edge.rule, measures(edge.period) || asks(&edge.when));
        }
        for edge in &self.milestones {
            note(edge.rule, asks(&edge.when));
        }
        for edge in &self.windows {
            note(edge.rule, measures(Some(edge.period)) || asks(&edge.when));
        }
        for edge in &self.flows {
            note(edge.rule, asks(&edge.when));
        }
        for edge in &self.requirements {
            note(edge.rule, reads(&edge.must, setting) || asks(&edge.when));
        }
        for edge in &self.pauses {
            note(edge.rule, asks(&edge.when));
        }
        for edge in &self.extensions {
            note(edge.rule, measures(Some(edge.by)) || asks(&edge.when));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn reads(condition: &Condition, setting: SettingIx) -> bool {
    let mut found = false;
    condition.atoms(&mut |atom| {
        found |= match atom.test {
            Test::Number(_, Operand::Setting(it))
            | Test::Fine(_, Operand::Setting(it))
            | Test::Confiscation(_, Operand::Setting(it)) => it == setting,
            Test::Date(_, DateOperand { plus, .. }) => plus == Some(PeriodRef::Setting(setting)),
            _ => false,
        };
    });
    found
}
