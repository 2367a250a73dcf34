//! Clauses of the agency's own measures beside the rules that run: which rule each names, what carries that rule out, and
//! which clauses no rule carries.
//!
//! Any register takes part whose rows hold a table with a column of rules.

use super::columns::{Choices, Column, ColumnKind, cell};
use super::standing::Standing;
use super::{RegisterName, Row};
use law::catalog::RowState;
use serde_json::Value;
use std::collections::BTreeSet;

/// A clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Which, such as 第三条.
    pub name: String,
    /// What it says.
    pub says: String,
    /// The id of the rule that it names; empty where it names none.
    pub rule: String,
    /// What that rule says.
    pub title: String,
    /// Ids of the relations, settings and rules on registers that carry it out.
    pub carriers: Vec<String>,
    /// Why no rule that runs stands behind it; empty where one does.
    pub lacking: String,
}

impl RegisterName {
    /// The table of clauses and its column of rules, where rows of the register have one.
    fn clause_columns(self) -> Option<(&'static Column, &'static [Column], &'static Column)> {
        self.columns().iter().find_map(|column| {
            let ColumnKind::Rows(columns) = &column.kind else {
                return None;
            };
            let is_rule = |it: &&Column| matches!(it.kind, ColumnKind::Choice(Choices::Rules));
            Some((column, *columns, columns.iter().find(is_rule)?))
        })
    }
}

impl Standing {
    /// The clauses of a row; none where rows of the register have no clauses.
    pub fn clauses(&self, register: RegisterName, row: &Row) -> Vec<Clause> {
        let Some((table, columns, rule)) = register.clause_columns() else {
            return Vec::new();
        };
        let lines = cell(row, table.id).as_array().into_iter().flatten();
        let clause = |line: &Value| {
            let text = |column: &Column| {
                let value = line.get(column.id).and_then(Value::as_str);
                value.unwrap_or_default().to_owned()
            };
            let mut said = columns.iter().filter(|column| column.id != rule.id);
            let mut next = || said.next().map_or_else(String::new, text);
            let (name, says) = (next(), next());
            self.clause(name, says, text(rule))
        };
        lines.map(clause).collect()
    }

    /// For each row that holds today the clauses without a rule that runs, where there are any; nothing where rows of the
    /// register have no clauses.
    pub fn unlinked_clauses(&self, register: RegisterName) -> Option<Vec<(String, Vec<Clause>)>> {
        register.clause_columns()?;
        let rows = self.rows(register, self.day);
        let each = rows.map(|(id, _, row)| {
            let mut clauses = self.clauses(register, row);
            clauses.retain(|clause| !clause.lacking.is_empty());
            (id.clone(), clauses)
        });
        Some(each.filter(|(_, clauses)| !clauses.is_empty()).collect())
    }

    fn clause(&self, name: String, says: String, rule: String) -> Clause {
        let rules = &self.context.rules;
        let found = rules.rows.iter().find(|row| row.id == rule);
        let carriers = self.carriers(&rule);
        let lacking = match found.map(|row| &row.state) {
            _ if rule.is_empty() => "没有写对应的条目".to_owned(),
            None => format!("规则里没有“{rule}”这个条目"),
            Some(RowState::NotApplicable(why)) => format!("条目不由程序落实：{why}"),
            Some(RowState::Pending(at)) => format!("条目还没有落实：{at}"),
            Some(RowState::Record(_)) => String::new(),
            Some(RowState::Active) if carriers.is_empty() => "没有关系落实这个条目".to_owned(),
            Some(RowState::Active) => String::new(),
        };
        Clause {
            title: found.map_or_else(String::new, |row| row.title.clone()),
            name,
            says,
            rule,
            carriers,
            lacking,
        }
    }

    /// What puts a row of the legal baseline into effect.
    fn carriers(&self, row: &str) -> Vec<String> {
        let rules = &self.context.rules;
        let names = |rows: &[String]| rows.iter().any(|it| it == row);
        let mut all = BTreeSet::new();
        for procedure in &rules.procedures {
            let relations = procedure.rules.iter().filter(|it| names(&it.rows));
            all.extend(relations.map(|it| it.id.clone()));
            let other = procedure.carriers.iter().filter(|it| it.row == row);
            all.extend(other.map(|_| procedure.name.clone()));
        }
        let settings = rules.settings.iter().filter(|it| names(&it.rows));
        all.extend(settings.map(|it| it.name.clone()));
        let asks = rules.register_rules.iter().filter(|it| it.id == row);
        all.extend(asks.map(|it| it.title.clone()));
        all.into_iter().collect()
    }
}
