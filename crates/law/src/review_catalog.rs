//! The agency's catalogue of decisions that need a legal review (重大执法决定法制审核目录): its rows, read as conditions and
//! ready to be asked. A row without a condition is for people to read and catches nothing by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Rules;
use crate::condition::Condition;
use crate::contradiction;
use crate::model::Procedure;
use crate::readers::Reader;
use vocabulary::Day;

/// The algorithm by which the rules ask for the catalogue.
pub const ALGORITHM: &str = "review_catalog";

const READER: Reader = Reader::ReviewCatalog;

/// A row as it is stored and typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogRow {
    /// Its id in the register.
    pub id: String,
    /// What it is about.
    pub name: String,
    /// The id of the procedure; empty where the row has no condition.
    pub procedure: String,
    /// In the notation of `rules/` (docs/guides/rules-notation.md, section 5); empty for a row that is only read.
    pub condition: String,
    /// In effect from this day.
    pub from: Day,
    /// No longer in effect from this day.
    pub until: Option<Day>,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The field.
    pub field: &'static str,
    /// A sentence.
    pub text: String,
}

/// A row that can catch a case.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id in the register.
    pub id: Arc<str>,
    /// What it is about.
    pub name: Arc<str>,
    /// Its condition in words.
    pub clause: Arc<str>,
    /// When it catches.
    pub condition: Condition,
    /// In effect from this day.
    pub from: Day,
    /// No longer in effect from this day.
    pub until: Option<Day>,
}

/// The rows of every procedure.
#[derive(Clone, Debug, Default)]
pub struct ReviewCatalog {
    procedures: BTreeMap<String, Vec<Listed>>,
}

impl ReviewCatalog {
    /// The rows that can be read under these rules. One that was approved under an earlier edition and names what is no more
    /// is for people to read again: it catches nothing.
    pub fn of<'r>(rows: impl IntoIterator<Item = &'r CatalogRow>, rules: &Rules) -> ReviewCatalog {
        let mut catalog = ReviewCatalog::default();
        for row in rows {
            if let Ok(Some((procedure, condition))) = read(row, rules) {
                let listed = Listed {
                    id: row.id.as_str().into(),
                    name: row.name.as_str().into(),
                    clause: procedure.words().sentence(&condition).into(),
                    condition,
                    from: row.from,
                    until: row.until,
                };
                let of = catalog.procedures.entry(procedure.id.clone());
                of.or_default().push(listed);
            }
        }
        catalog
    }

    /// The rows of a procedure that hold on a day, in the order of the register.
    pub fn on<'c>(
        &'c self,
        procedure: &str,
        day: Day,
    ) -> impl Iterator<Item = &'c Listed> + use<'c> {
        let rows = self.procedures.get(procedure).into_iter().flatten();
        rows.filter(move |row| row.from <= day && row.until.is_none_or(|until| day < until))
    }
}

/// Everything that is wrong with a row.
pub fn mistakes(row: &CatalogRow, rules: &Rules) -> Vec<RowError> {
    read(row, rules).err().unwrap_or_default()
}

fn read<'r>(
    row: &CatalogRow,
    rules: &'r Rules,
) -> Result<Option<(&'r Procedure, Condition)>, Vec<RowError>> {
    let wrong = |field, text: String| Err(vec![RowError { field, text }]);
    if row.condition.trim().is_empty() {
        return Ok(None);
    }
    if row.procedure.is_empty() {
        let text = "写了条件的，须选择适用的程序：条件里的事实是那个程序的".to_owned();
        return wrong("procedure", text);
    }
    let found = rules.procedure(&row.procedure);
    let (Some(procedure), Some(names)) = (found, rules.names.get(&row.procedure)) else {
        return wrong("procedure", format!("没有程序“{}”", row.procedure));
    };
    if READER.asked(procedure).is_empty() {
        let all = READER.procedures(rules);
        let all: Vec<&str> = all.map(|(it, _)| it.name.as_str()).collect();
        let text = format!(
            "“{}”不按目录判断是否审核，条件不起作用；可以写条件的程序：{}",
            procedure.name,
            all.join("、")
        );
        return wrong("procedure", text);
    }
    let several = row.condition.trim().lines().count() > 1;
    let condition = match READER.reading(procedure, names).read(&row.condition) {
        Ok(condition) => condition,
        Err(found) => {
            let errors = found.iter().map(|mistake| RowError {
                field: "condition",
                text: match several {
                    true => format!("条件第{}行：{mistake}", mistake.line),
                    false => mistake.to_string(),
                },
            });
            return Err(errors.collect());
        }
    };
    if let Some(text) = contradiction::told(&condition, procedure.words()) {
        return wrong("condition", text);
    }
    Ok(Some((procedure, condition)))
}
