//! Rows that the law wants published beforehand (事前公开) on their way to the public side: each row is a publication of
//! its own, released by one person with one name, shown again when it reads differently, withdrawn when it holds no more.

use super::columns::cell;
use super::entry::{Header, PERSONAL, RegisterEntry, Said, VERSION};
use super::known::Version;
use super::notice::obstacle;
use super::standing::Standing;
use super::{ColumnKind, RegisterError, RegisterName, Row};
use crate::amend::digest;
use crate::ledger::{Append, AppendError, Idempotency, NewEntry, OutboxItem, StreamVersion};
use crate::office::Office;
use crate::ports::{Outward, OutwardEffect};
use crate::request::FieldError;
use crate::write::PUBLICATION;
use proof::{Disclosure, DisclosureFacet, DisclosureRow, Label, Part, Sensitivity, Withdrawal};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Rows of these classes narrow a search on the public side.
const CLASS: &str = "kind";

/// What was done with a row towards the public side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// The version of the row that is shown; nothing where it was withdrawn.
    pub version: Option<u64>,
    /// The day of the first disclosure that stands, or of the withdrawal.
    pub on: vocabulary::Day,
    /// Who did it, by id.
    pub by: String,
    /// Why a row that still held was taken down; empty otherwise.
    pub reason: String,
    /// When it was recorded.
    pub recorded_at: jiff::Timestamp,
}

/// A row that the public does not see as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreleased {
    /// Which row.
    pub row: String,
    /// What is to be done.
    pub what: ToRelease,
    /// Why it cannot be done yet; empty where it can.
    pub obstacle: String,
}

/// What is to be done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToRelease {
    /// It was never shown.
    Disclose,
    /// It reads differently by now.
    Update,
    /// It holds no more.
    Withdraw,
}

impl ToRelease {
    /// As people say it.
    pub fn chinese(self) -> &'static str {
        match self {
            ToRelease::Disclose => "首次公示",
            ToRelease::Update => "更新公示",
            ToRelease::Withdraw => "撤下",
        }
    }
}

/// Rows that somebody releases or withdraws.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Releasing {
    /// Where.
    pub register: RegisterName,
    /// Which rows.
    pub rows: Vec<String>,
    /// Who answers for it, by id.
    pub by: String,
    /// Why rows that still hold are taken down; nothing where rows are released, or withdrawn because they hold no more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub taken_down: String,
}

/// Whether a row is for the public: of some registers only those are in which a column is filled.
fn is_for_the_public(register: RegisterName, row: &Row) -> bool {
    let column = register.declared().published_by;
    column.is_empty()
        || match cell(row, column) {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(lines) => !lines.is_empty(),
            _ => true,
        }
}

impl Standing {
    /// What was done with a row towards the public side, first to last.
    pub fn releases(&self, register: RegisterName, row: &str) -> &[Released] {
        self.known().releases(register, row)
    }

    /// What was last done with a row towards the public side.
    pub fn released(&self, register: RegisterName, row: &str) -> Option<&Released> {
        self.releases(register, row).last()
    }

    /// The rows that the public does not see as they stand today.
    pub fn unreleased(&self, register: RegisterName) -> Vec<Unreleased> {
        if !register.declared().is_published {
            return Vec::new();
        }
        let ids = self.known().ids(register);
        let each = ids.filter_map(|id| {
            let now = self.row(register, id, self.day);
            let released = self.released(register, id);
            let shown = released.and_then(|it| it.version);
            let holding = now.and_then(|version| Some((version.number, version.row.as_deref()?)));
            let holding = holding.filter(|(_, row)| is_for_the_public(register, row));
            let what = match (holding, shown) {
                // What is drawn may change without the row.
                (Some((number, row)), Some(shown))
                    if number == shown
                        && !released.is_some_and(|it| self.is_redrawn(register, row, it)) =>
                {
                    return None;
                }
                (Some(_), Some(_)) => ToRelease::Update,
                (Some(_), None) => ToRelease::Disclose,
                (None, Some(_)) => ToRelease::Withdraw,
                (None, None) => return None,
            };
            Some(Unreleased {
                row: id.clone(),
                what,
                obstacle: holding
                    .map_or_else(String::new, |(_, row)| obstacle(self, register, row)),
            })
        });
        each.collect()
    }
}

fn wrong(field: &str, text: impl Into<String>) -> RegisterError {
    RegisterError::Fields(vec![FieldError {
        field: field.to_owned(),
        text: text.into(),
    }])
}

/// The id of the publication of a row.
fn publication(register: RegisterName, row: &str) -> String {
    format!("{}-{row}", register.id().replace('_', "-"))
}

impl Standing {
    /// The rows that the public sees, with what they are called there.
    pub fn shown_to_the_public(&self, register: RegisterName) -> Vec<(String, String)> {
        let ids = self.known().ids(register);
        let shown = ids.filter(|id| {
            let released = self.released(register, id);
            released.is_some_and(|it| it.version.is_some())
        });
        shown
            .map(|id| {
                let mut past = self.history(register, id).iter().rev();
                let row = past.find_map(|version| version.row.as_deref());
                (id.clone(), register.title(id, row, self))
            })
            .collect()
    }

    /// What is to be done with a row, as it is asked.
    fn to_release(&self, asked: &Releasing, row: &str) -> Option<Unreleased> {
        let register = asked.register;
        if asked.taken_down.is_empty() {
            let unreleased = self.unreleased(register).into_iter();
            return unreleased.into_iter().find(|it| it.row == row);
        }
        let released = self.released(register, row);
        released.and_then(|it| it.version)?;
        Some(Unreleased {
            row: row.to_owned(),
            what: ToRelease::Withdraw,
            obstacle: String::new(),
        })
    }
}

impl Office {
    /// Releases rows to the public side, or withdraws them; answers with how many.
    pub async fn release_rows(&self, asked: &Releasing, key: &str) -> Result<usize, RegisterError> {
        let standing = self.fresh_standing().await?;
        if standing.file.staff(&asked.by).is_none() {
            return Err(wrong("by", "公示须由人员名册里的人署名"));
        }
        let mut done = 0;
        for row in &asked.rows {
            done += usize::from(self.release_row(asked, row, key).await?);
        }
        // What cannot be delivered now stands in the outbox.
        self.deliver().await?;
        Ok(done)
    }

    /// One row; false where the public sees it as it stands already.
    async fn release_row(
        &self,
        asked: &Releasing,
        row: &str,
        key: &str,
    ) -> Result<bool, RegisterError> {
        let key = format!("{key}:{row}");
        let request_digest = digest("register-release", row, asked);
        let ledger = &self.ports.ledger;
        if let Some(known) = ledger.request(&self.agency, &key).await? {
            return if known.request_digest == request_digest {
                Ok(true)
            } else {
                Err(RegisterError::KeyReused)
            };
        }
        loop {
            let standing = self.fresh_standing().await?;
            let Some(found) = standing.to_release(asked, row) else {
                return Ok(false);
            };
            if !found.obstacle.is_empty() {
                return Err(wrong("row", format!("{row}：{}", found.obstacle)));
            }
            let idempotency = Idempotency {
                key: key.clone(),
                request_digest,
            };
            let append = self.release_append(asked, &found, &standing, idempotency)?;
            match ledger.append(append).await {
                Ok(_) => return Ok(true),
                // Somebody changed the register at the same moment: looked at again.
                Err(AppendError::Stale { .. }) => {}
                Err(AppendError::SameKeyOtherContent(_)) => return Err(RegisterError::KeyReused),
                Err(error) => return Err(RegisterError::Append(error)),
            }
        }
    }

    fn release_append(
        &self,
        asked: &Releasing,
        found: &Unreleased,
        standing: &Standing,
        idempotency: Idempotency,
    ) -> Result<Append, RegisterError> {
        let register = asked.register;
        let version = standing.row(register, &found.row, standing.day);
        let effect = match found.what {
            ToRelease::Withdraw => OutwardEffect::Withdrawn,
            ToRelease::Disclose | ToRelease::Update => OutwardEffect::Disclosed,
        };
        let outward = Outward {
            id: publication(register, &found.row),
            effect,
        };
        let holding = version.and_then(|it| Some((it, it.row.as_deref()?)));
        let body = match (effect, holding) {
            (OutwardEffect::Disclosed, Some((version, row))) => serde_json::to_vec(
                &self.public_row(register, &found.row, (version, row), standing),
            )?,
            _ => {
                let why = match asked.taken_down.trim() {
                    "" => "已经停用，不再有效",
                    why => why,
                };
                serde_json::to_vec(&self.withdrawal(register, (&found.row, why), standing))?
            }
        };
        let part = |label: &str, sensitivity, body| {
            let mut salt = [0; 32];
            self.ports.chance.fill(&mut salt);
            Ok::<_, RegisterError>(Part {
                label: Label::parse(label)?,
                sensitivity,
                salt,
                body,
            })
        };
        let said = serde_json::to_vec(&Said {
            decided_by: asked.by.clone(),
            reason: asked.taken_down.trim().to_owned(),
            ..Said::default()
        })?;
        let parts = vec![
            part(PERSONAL, Sensitivity::Personal, said)?,
            part(effect.label(), Sensitivity::Public, body)?,
        ];
        let stream = register.stream();
        let others = |read: &&StreamVersion| read.stream != stream;
        let entry = RegisterEntry::RegisterReleased {
            register,
            row: found.row.clone(),
            row_version: match effect {
                OutwardEffect::Disclosed => version.map(|version| version.number),
                OutwardEffect::Withdrawn => None,
            },
            on: standing.day,
            outward: outward.clone(),
        };
        Ok(Append {
            agency: self.agency.clone(),
            expected_version: standing.known().version(&stream),
            read_set: standing.versions.iter().filter(others).cloned().collect(),
            stream,
            idempotency,
            now: self.ports.clock.now(),
            entry: NewEntry {
                id: self.new_id(),
                header: serde_json::to_value(Header {
                    version: VERSION,
                    entry,
                })?,
                parts,
                destroys: Vec::new(),
                holes: Vec::new(),
            },
            numbers: Vec::new(),
            projections: Vec::new(),
            outbox: vec![OutboxItem {
                topic: PUBLICATION.to_owned(),
                payload: serde_json::to_value(&outward)?,
            }],
        })
    }

    /// What the public sees of a row.
    fn public_row(
        &self,
        register: RegisterName,
        id: &str,
        (version, row): (&Version, &Row),
        standing: &Standing,
    ) -> Disclosure {
        let columns = register.columns().iter();
        let outward = columns.filter(|column| !column.is_inward);
        let cells = outward.filter_map(|column| {
            let value = row.get(column.id)?;
            let shown = match (&column.kind, value) {
                // Lines of a table of their own stand one below the other.
                (ColumnKind::Rows(_), Value::Array(lines)) => {
                    let lines = lines.iter().map(|line| {
                        let line = Value::Array(vec![line.clone()]);
                        column.shown(id, &line, standing)
                    });
                    lines.collect::<Vec<_>>().join("\n")
                }
                _ => column.shown(id, value, standing),
            };
            Some((column, shown))
        });
        let mut facets = Vec::new();
        let mut rows = Vec::new();
        for (column, shown) in cells.filter(|(_, shown)| !shown.is_empty()) {
            if column.id == CLASS {
                let values = match row.get(column.id) {
                    Some(Value::Array(all)) => all
                        .iter()
                        .map(|one| {
                            let one = Value::Array(vec![one.clone()]);
                            column.shown(id, &one, standing)
                        })
                        .collect(),
                    _ => vec![shown.clone()],
                };
                facets.push(DisclosureFacet {
                    name: column.name.to_owned(),
                    values,
                });
            }
            rows.push(DisclosureRow {
                label: column.name.to_owned(),
                value: shown,
            });
        }
        // What stands in the agency's file has no day of its own.
        if version.number > 0 {
            rows.push(DisclosureRow {
                label: "生效日期".to_owned(),
                value: version.effective_from.chinese(),
            });
        }
        Disclosure {
            title: register.title(id, Some(row), standing),
            kind: register.chinese().to_owned(),
            rows,
            sections: standing.drawn_sections(register, row),
            drawing: standing
                .drawing(register, row, standing.day)
                .map(|drawing| drawing.svg()),
            disclosed_on: standing.day.to_string(),
            publication: Some(publication(register, id)),
            agency: Some(standing.file.name.clone()),
            facets,
            ..Disclosure::default()
        }
    }

    fn withdrawal(
        &self,
        register: RegisterName,
        (id, why): (&str, &str),
        standing: &Standing,
    ) -> Withdrawal {
        let before = standing.history(register, id).iter().rev();
        let row = before.filter_map(|version| version.row.as_deref()).next();
        let shown = standing.released(register, id);
        Withdrawal {
            publication: publication(register, id),
            title: register.title(id, row, standing),
            kind: register.chinese().to_owned(),
            disclosed_on: shown.map_or_else(String::new, |it| it.on.to_string()),
            withdrawn_on: standing.day.to_string(),
            reason: why.to_owned(),
            agency: Some(standing.file.name.clone()),
            ..Withdrawal::default()
        }
    }
}
