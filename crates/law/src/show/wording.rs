//! Figures of items and settings as people read them: one place for each.

use crate::catalog::{Addressee, FineRange, Item, Measure};
use crate::model::{Agency, Procedure, RuleIx, Setting, SettingUnit};
use crate::time::Period;
use std::borrow::Cow;
use vocabulary::Fen;

impl Item {
    /// Its ranges of fines in one line, such as `单位罚款1万至10万元；个人罚款1千元以下`.
    pub fn ranges(&self) -> String {
        if self.amounts_unknown {
            return "罚款数额待核".to_owned();
        }
        if self.fines.is_empty() {
            return "不设罚款".to_owned();
        }
        self.fines.iter().map(range).collect::<Vec<_>>().join("；")
    }

    /// Its articles.
    pub fn basis(&self) -> String {
        let texts: Vec<&str> = self.cites.iter().map(|cite| cite.text.as_str()).collect();
        texts.join("、")
    }
}

impl Setting {
    /// A value of it with its unit: fen as yuan, a count, a period.
    pub fn show(&self, number: i64) -> String {
        match self.unit {
            SettingUnit::Money => Fen(number).to_string(),
            SettingUnit::Count => number.to_string(),
            SettingUnit::Period(period) => {
                let count = u32::try_from(number).unwrap_or(u32::MAX);
                Period { count, ..period }.to_string()
            }
        }
    }
}

impl Procedure {
    /// A sentence that a rule made once, as it reads for an agency: with the values that the agency set, and without saying
    /// that a basis is still to be checked where the agency has checked it. Nothing where it reads the same.
    pub fn as_set(&self, rule: RuleIx, text: &str, agency: &Agency) -> Option<String> {
        let own = self.index.settings_of_rule[rule].iter();
        let mut told = with_values(own.map(|at| &self.settings[*at]), text, agency);
        if self.is_confirmed(rule, agency) && told.contains(OPEN_BASIS) {
            told = told.replace(OPEN_BASIS, "（本机关已确认）").into();
        }
        owned(told)
    }

    /// A clause that may name any setting, with the values that the agency set. Nothing where it reads the same.
    pub fn clause_as_set(&self, text: &str, agency: &Agency) -> Option<String> {
        owned(with_values(self.settings.iter(), text, agency))
    }
}

fn owned(told: Cow<'_, str>) -> Option<String> {
    match told {
        Cow::Owned(told) => Some(told),
        Cow::Borrowed(_) => None,
    }
}

fn with_values<'t, 's>(
    settings: impl Iterator<Item = &'s Setting>,
    text: &'t str,
    agency: &Agency,
) -> Cow<'t, str> {
    let mut told = Cow::Borrowed(text);
    for setting in settings {
        let Some(value) = agency.values.get(&setting.id) else {
            continue;
        };
        let shipped = setting
            .value
            .map_or_else(|| "未定".to_owned(), |it| setting.show(it));
        for (open, close) in [('(', ')'), ('（', '）')] {
            let old = format!("{}{open}{shipped}{close}", setting.name);
            if told.contains(&old) {
                let new = format!("{}{open}{}{close}", setting.name, setting.show(*value));
                told = told.replace(&old, &new).into();
            }
        }
    }
    told
}

/// What a basis says that nobody has read in full.
const OPEN_BASIS: &str = "（依据待核）";

fn range(range: &FineRange) -> String {
    let mut text = String::new();
    match range.addressee {
        Addressee::Person => text.push_str("个人"),
        Addressee::Organization => text.push_str("单位"),
        Addressee::Anyone => {}
    }
    if let Some(circumstance) = &range.circumstance {
        text.push_str(circumstance);
    }
    let (unit, each) = match &range.measure {
        Measure::Fixed => ("元", String::new()),
        Measure::PerSquareMeter => ("元", "每平方米".to_owned()),
        Measure::PerCubicMeter => ("元", "每立方米".to_owned()),
        Measure::MultipleOf(base) => ("倍", base.clone()),
    };
    text.push_str(if range.is_optional {
        "可以罚款"
    } else {
        "罚款"
    });
    text.push_str(&each);
    match (range.least, range.most) {
        (Some(least), Some(most)) => text.push_str(&format!(
            "{}至{}{unit}",
            plain(least, unit),
            plain(most, unit)
        )),
        (None, Some(most)) => text.push_str(&format!("{}{unit}以下", plain(most, unit))),
        (Some(least), None) => text.push_str(&format!("{}{unit}以上", plain(least, unit))),
        (None, None) => {}
    }
    text
}

/// `1万` for whole tens of thousands of yuan; a multiple or a small amount as it is.
fn plain(amount: Fen, unit: &str) -> String {
    let Fen(fen) = amount;
    if unit == "元" && fen > 0 && fen % 1_000_000 == 0 {
        return format!("{}万", fen / 1_000_000);
    }
    match fen % 100 {
        0 => (fen / 100).to_string(),
        rest if rest % 10 == 0 => format!("{}.{}", fen / 100, rest / 10),
        rest => format!("{}.{rest:02}", fen / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_ranges_are_short() {
        assert_eq!(plain(Fen::yuan(100_000), "元"), "10万");
        assert_eq!(plain(Fen(50), "元"), "0.5");
        assert_eq!(plain(Fen(500), "倍"), "5");
    }
}
