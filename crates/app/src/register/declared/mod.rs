//! Every register, declared once: what it is called, what it is for, and its columns. Pages, checks, imports and exports
//! are made from a declaration; none of them knows a register by its content.

mod agency;
mod published;
mod resources;

use super::RegisterName;
use super::columns::{Choices, Column, ColumnKind, Habit};
use proof::Sensitivity;

/// A register.
#[derive(Debug)]
pub struct Declared {
    /// Which.
    pub name: RegisterName,
    /// Its id, as it stands in addresses and in the name of its stream.
    pub id: &'static str,
    /// Its Chinese name.
    pub chinese: &'static str,
    /// What it is for, in one sentence.
    pub about: &'static str,
    /// Under which heading it stands among all registers.
    pub group: Group,
    /// What the id of a row is called.
    pub row_name: &'static str,
    /// How ids that are given out begin; empty where each row has an id of its own.
    pub prefix: &'static str,
    /// The column that names a row among people; empty where the id does.
    pub title: &'static str,
    /// The columns that say together which row a line of a table is, where it has neither an id nor a value of which no two
    /// rows have the same; none where a line like that is always a new row.
    pub identity: &'static [&'static str],
    /// Who may see its rows.
    pub sensitivity: Sensitivity,
    /// Whether a decision of a case may rest on it.
    pub is_read_by_decisions: bool,
    /// Whether forms of cases offer its rows and fill in from them, though no decision rests on it: what was filled in stands
    /// in the entry.
    pub is_offered: bool,
    /// Whether the law wants it published, so that its rows may be released to the portal.
    pub is_published: bool,
    /// Only rows in which this column is filled are for the public; all, where it is empty.
    pub published_by: &'static str,
    /// Whether its rows are printed and hung up where people come (岗位信息公示牌).
    pub is_board: bool,
    /// Who reviews a draft before somebody in charge is asked (审核).
    pub review: Review,
    /// Its columns, in the order of the form.
    pub columns: &'static [Column],
}

/// Who reviews a draft of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    /// Whoever did not draft it.
    Colleague,
    /// Whoever has this role, by its id, and did not draft it.
    Role {
        /// The id, as the procedures declare it.
        id: &'static str,
        /// Its name.
        name: &'static str,
    },
}

/// By those who review decisions: what decisions rest on, and what the public is told.
const BY_LEGAL_REVIEWERS: Review = Review::Role {
    id: "legal_reviewer",
    name: "法制审核人员",
};

/// Registers that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What decisions rest on.
    Agency,
    /// What the law wants published beforehand (事前公开).
    Published,
    /// With what, where and for whom the agency works.
    Resources,
}

impl Group {
    /// All, in the order in which they are shown.
    pub const ALL: [Group; 3] = [Group::Agency, Group::Published, Group::Resources];

    /// As a heading.
    pub fn chinese(self) -> &'static str {
        match self {
            Group::Agency => "办案所依据的",
            Group::Published => "清单、目录和制度",
            Group::Resources => "设备、场所和名录",
        }
    }
}

impl RegisterName {
    /// How it is declared.
    pub fn declared(self) -> &'static Declared {
        let mut all = [
            &agency::DECLARED[..],
            &published::DECLARED[..],
            &resources::DECLARED[..],
        ]
        .into_iter()
        .flatten();
        all.find(|it| it.name == self)
            .expect("every register is declared; a test goes through them")
    }
}

const fn column(id: &'static str, name: &'static str, kind: ColumnKind) -> Column {
    Column {
        id,
        name,
        kind,
        is_required: false,
        is_key: false,
        hint: "",
        is_listed: true,
        is_end: false,
        is_inward: false,
        also: &[],
        habits: &[],
    }
}

/// One line.
const fn line(id: &'static str, name: &'static str) -> Column {
    column(id, name, ColumnKind::Text(200))
}

/// Several lines.
const fn text(id: &'static str, name: &'static str) -> Column {
    column(id, name, ColumnKind::LongText(4000)).unlisted()
}

/// A date.
const fn date(id: &'static str, name: &'static str) -> Column {
    column(id, name, ColumnKind::Date)
}

/// One of these.
const fn one_of(
    id: &'static str,
    name: &'static str,
    of: &'static [(&'static str, &'static str)],
) -> Column {
    column(id, name, ColumnKind::Choice(Choices::Fixed(of)))
}

impl Column {
    const fn required(self) -> Column {
        Column {
            is_required: true,
            ..self
        }
    }

    /// No two rows have the same value, and an imported line is known by it.
    const fn key(self) -> Column {
        Column {
            is_key: true,
            is_required: true,
            ..self
        }
    }

    /// The same, of a value that a row need not have.
    const fn key_if_any(self) -> Column {
        Column {
            is_key: true,
            ..self
        }
    }

    const fn hint(self, hint: &'static str) -> Column {
        Column { hint, ..self }
    }

    const fn unlisted(self) -> Column {
        Column {
            is_listed: false,
            ..self
        }
    }

    /// The last day on which what the row says holds.
    const fn end(self) -> Column {
        Column {
            is_end: true,
            ..self
        }
    }

    /// For the agency alone, though the register is published.
    const fn inward(self) -> Column {
        Column {
            is_inward: true,
            ..self
        }
    }

    /// Headings that mean the same in the lists of other agencies.
    const fn also(self, also: &'static [&'static str]) -> Column {
        Column { also, ..self }
    }

    /// How the lists of other agencies write it.
    const fn habits(self, habits: &'static [Habit]) -> Column {
        Column { habits, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_register_is_declared_once_and_reads_unambiguously() {
        let mut ids = BTreeSet::new();
        for name in RegisterName::ALL {
            let declared = name.declared();
            assert!(ids.insert(declared.id), "{}", declared.id);
            let mut columns = BTreeSet::new();
            let mut headings = BTreeSet::from([declared.row_name]);
            for column in declared.columns {
                assert!(columns.insert(column.id), "{}.{}", declared.id, column.id);
                for heading in std::iter::once(&column.name).chain(column.also) {
                    assert!(headings.insert(heading), "{}: {heading}", declared.id);
                }
            }
            let has_title = declared.title.is_empty() || columns.contains(declared.title);
            assert!(has_title, "{}", declared.id);
            for column in declared.identity {
                assert!(columns.contains(column), "{}.{column}", declared.id);
            }
            let is_public = declared.sensitivity == Sensitivity::Public;
            // Of what is personal only some may be shown, and only of some rows.
            let is_chosen = declared.columns.iter().any(|column| column.is_inward)
                && columns.contains(declared.published_by);
            let fits = is_public || !declared.is_published || is_chosen;
            assert!(fits, "{}", declared.id);
        }
        let all = [
            agency::DECLARED.len(),
            published::DECLARED.len(),
            resources::DECLARED.len(),
        ];
        assert_eq!(all.into_iter().sum::<usize>(), RegisterName::ALL.len());
    }
}
