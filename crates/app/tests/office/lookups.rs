//! Registers that the rules look things up in.

use crate::desk::rules;
use app::register::{ColumnKind, RegisterName};
use law::fact::FactType;
use law::lookup::Mark;

/// The rules name registers and columns by their ids, which they cannot know.
#[test]
fn every_lookup_of_the_shipped_rules_names_a_register_and_columns_that_fit() {
    let rules = rules();
    let lookups: Vec<_> = rules
        .procedures
        .iter()
        .flat_map(|it| it.lookups.iter().map(move |lookup| (it, lookup)))
        .collect();
    assert!(lookups.len() >= 5, "{}", lookups.len());
    for (procedure, lookup) in lookups {
        let register = RegisterName::parse(&lookup.register);
        let register = register.unwrap_or_else(|| panic!("{}", lookup.told));
        assert!(register.is_read_by_decisions(), "{}", lookup.told);
        let column = |id: &str| {
            let mut columns = register.columns().iter();
            let found = columns.find(|column| column.id == id);
            found.unwrap_or_else(|| panic!("{id}: {}", lookup.told))
        };
        for id in lookup.columns() {
            column(id);
        }
        for (fact, id) in &lookup.takes {
            let fits = match procedure.facts[*fact].kind {
                FactType::Count => matches!(column(id).kind, ColumnKind::Number),
                FactType::Date => matches!(column(id).kind, ColumnKind::Date),
                _ => matches!(
                    column(id).kind,
                    ColumnKind::Text(_) | ColumnKind::LongText(_)
                ),
            };
            assert!(fits, "{id}: {}", lookup.told);
        }
        for mark in lookup.vouches.iter().flat_map(|(_, marks)| marks) {
            if let Mark::Until(id) = mark {
                assert!(matches!(column(id).kind, ColumnKind::Date), "{id}");
            }
        }
    }
}
