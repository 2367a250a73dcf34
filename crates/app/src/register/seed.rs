//! The agency's file as the first entry of the registers. From then on the record is the authority: a file that says
//! something else about a row is refused, because a file has no two hands and no history.

use super::entry::{Header, LAYOUT, PERSONAL, RegisterEntry, Row, Said, VERSION, normal};
use super::known::Seed;
use super::standing::row_of;
use super::{PREFIX, RegisterName, Standing};
use crate::agency::{Account, AgencyFile};
use crate::ledger::{Append, AppendError, Idempotency, NewEntry, ReadError, StreamName};
use crate::office::Office;
use proof::{Label, Part, Sensitivity};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What became of the agency's file at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeded {
    /// It is the first: it is on record now.
    First,
    /// It is the one on record.
    Same,
    /// It says the same of every row, and something else besides, or the rules are another edition: the digests are on
    /// record now.
    Again,
}

/// Why an office does not open with this file.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// Rows read differently from the registers.
    #[error(
        "机关文件与记录里的登记不一致：{}。记录开始以后，人员、设定、审批权限和职权只能在登记页面起草、批准，不能改文件；请把文件改回原样，或者去掉这些改动再启动",
        .0.join("；")
    )]
    Differs(Vec<String>),
    /// The record could not be read.
    #[error("the registers could not be read")]
    Read(#[from] ReadError),
    /// The file cannot be put in its stored form.
    #[error("the agency's file cannot be stored")]
    Shape(#[from] serde_json::Error),
    /// A part cannot be named.
    #[error("a part cannot be named")]
    Label(#[from] proof::BadLabel),
    /// The record could not be written.
    #[error("the agency's file could not be recorded")]
    Append(#[source] AppendError),
}

/// The stream of seeds.
pub(super) fn seed_stream() -> StreamName {
    StreamName::parse(&format!("{PREFIX}seed")).expect("the name is plain")
}

/// The rows that the file holds, by register and id.
pub(super) fn rows_of(file: &AgencyFile) -> BTreeMap<RegisterName, BTreeMap<String, Row>> {
    let people = file.people.iter().map(|it| (it.id.clone(), row_of(it)));
    let mut settings: BTreeMap<String, Row> = BTreeMap::new();
    for confirmed in &file.confirmed {
        let row = settings.entry(confirmed.id.clone()).or_default();
        row.insert("is_confirmed".to_owned(), true.into());
        row.insert("text".to_owned(), confirmed.text.as_str().into());
    }
    for set in &file.values {
        let row = settings.entry(set.id.clone()).or_default();
        row.insert("value".to_owned(), set.value.into());
    }
    let accounts = file.accounts.iter().map(|it| {
        let row = account_row(it);
        (it.id.clone(), row)
    });
    let numbered = |prefix: &str, at: usize| format!("{prefix}{:02}", at + 1);
    let approvals = file.approvals.iter().enumerate();
    let powers = file.powers.iter().enumerate();
    BTreeMap::from([
        (RegisterName::People, people.collect()),
        (RegisterName::Accounts, accounts.collect()),
        (
            RegisterName::Settings,
            settings
                .into_iter()
                .map(|(id, row)| (id, normal(row)))
                .collect(),
        ),
        (
            RegisterName::Approvals,
            approvals
                .map(|(at, it)| (numbered("a", at), row_of(it)))
                .collect(),
        ),
        (
            RegisterName::Powers,
            powers
                .map(|(at, it)| (numbered("w", at), row_of(it)))
                .collect(),
        ),
    ])
}

/// An account of the file, as a row.
fn account_row(account: &Account) -> Row {
    let duties: Vec<Value> = account.duties.iter().map(|duty| json!(duty)).collect();
    let mut row = Row::new();
    row.insert("login".to_owned(), account.id.as_str().into());
    if let Some(person) = &account.person {
        row.insert("person".to_owned(), person.as_str().into());
    }
    row.insert("duties".to_owned(), duties.into());
    row.insert("is_open".to_owned(), (!account.closed).into());
    normal(row)
}

/// What the file says besides: names, numbers, layouts.
fn layout_of(file: &AgencyFile) -> Value {
    json!(AgencyFile {
        people: Vec::new(),
        accounts: Vec::new(),
        confirmed: Vec::new(),
        values: Vec::new(),
        approvals: Vec::new(),
        powers: Vec::new(),
        ..file.clone()
    })
}

fn digest(file: &AgencyFile) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for byte in Sha256::digest(serde_json::to_vec(&(rows_of(file), layout_of(file)))?) {
        write!(text, "{byte:02x}").expect("writing into a string does not fail");
    }
    Ok(text)
}

impl Office {
    /// Puts the agency's file on record, or holds it against what is there: before anything else is done.
    pub async fn seed(&self) -> Result<Seeded, SeedError> {
        let digest = digest(&self.base)?;
        loop {
            let standing = self.fresh_standing().await?;
            let seeds = &standing.known().seeds;
            let is_same = |seed: &Seed| seed.file == digest && seed.rules == self.rules.digest;
            if seeds.last().is_some_and(is_same) {
                return Ok(Seeded::Same);
            }
            let is_first = seeds.is_empty();
            if !is_first {
                let differences = differences(&self.base, &standing);
                if !differences.is_empty() {
                    return Err(SeedError::Differs(differences));
                }
            }
            match self
                .ports
                .ledger
                .append(self.seeding(&standing, &digest)?)
                .await
            {
                Ok(_) => {
                    self.fresh_standing().await?;
                    return Ok(if is_first {
                        Seeded::First
                    } else {
                        Seeded::Again
                    });
                }
                // Another process began at the same moment: what it wrote is looked at.
                Err(AppendError::Stale { .. }) => {}
                Err(error) => return Err(SeedError::Append(error)),
            }
        }
    }

    fn seeding(&self, standing: &Standing, digest: &str) -> Result<Append, SeedError> {
        let stream = seed_stream();
        let version = standing.known().version(&stream);
        // Only the first brings rows: later ones differ in what is in no register.
        let rows = if version == 0 {
            rows_of(&self.base)
        } else {
            BTreeMap::new()
        };
        let mut parts = Vec::new();
        let mut part = |label: &str, sensitivity, body: Vec<u8>| {
            let mut salt = [0; 32];
            self.ports.chance.fill(&mut salt);
            let label = Label::parse(label)?;
            parts.push(Part {
                label,
                sensitivity,
                salt,
                body,
            });
            Ok::<_, SeedError>(())
        };
        part(
            LAYOUT,
            Sensitivity::Public,
            serde_json::to_vec(&layout_of(&self.base))?,
        )?;
        let said = serde_json::to_vec(&Said::default())?;
        part(PERSONAL, Sensitivity::Personal, said)?;
        for (name, rows) in rows.iter().filter(|(_, rows)| !rows.is_empty()) {
            let label = format!("rows/{}", name.id());
            part(&label, name.sensitivity(), serde_json::to_vec(rows)?)?;
        }
        let header = Header {
            version: VERSION,
            entry: RegisterEntry::RegisterSeeded {
                digest: digest.to_owned(),
                rules: self.rules.digest.clone(),
                rows: rows
                    .iter()
                    .map(|(name, rows)| (*name, rows.len()))
                    .collect(),
            },
        };
        let header = serde_json::to_value(header)?;
        Ok(Append {
            agency: self.agency.clone(),
            expected_version: version,
            stream,
            read_set: Vec::new(),
            idempotency: Idempotency {
                // Of this process alone: whoever comes second is told that it is on record already.
                key: format!("register-seed:{version}:{}", self.new_id()),
                request_digest: Sha256::digest(format!("{digest} {}", self.rules.digest)).into(),
            },
            now: self.ports.clock.now(),
            entry: NewEntry {
                id: self.new_id(),
                header,
                parts,
                destroys: Vec::new(),
                holes: Vec::new(),
            },
            numbers: Vec::new(),
            projections: Vec::new(),
            outbox: Vec::new(),
        })
    }
}

/// Where the file says something of a row that neither the registers say today nor the first file said.
fn differences(file: &AgencyFile, standing: &Standing) -> Vec<String> {
    let known = standing.known();
    let mut found = Vec::new();
    for (register, rows) in rows_of(file) {
        let first = |id: &str| {
            let mut versions = known.versions(register, id).iter();
            versions.find(|version| version.number == 0)
        };
        let now = |id: &str| known.on(register, id, standing.day);
        for (id, row) in &rows {
            let same = [now(id), first(id)]
                .into_iter()
                .flatten()
                .any(|version| version.row.as_deref() == Some(row));
            if !same {
                let what = if now(id).is_some_and(|version| version.row.is_some()) {
                    "读法不同"
                } else {
                    "登记里没有"
                };
                found.push(format!("{}的“{id}”{what}", register.chinese()));
            }
        }
        let ids: BTreeSet<&String> = known.ids(register).collect();
        for id in ids {
            let still_holds = now(id).is_some_and(|version| version.row.is_some());
            if first(id).is_some() && still_holds && !rows.contains_key(id) {
                found.push(format!("{}的“{id}”文件里少了", register.chinese()));
            }
        }
    }
    // Who rehearses needs nobody's hand: a record that began in earnest stays so.
    let is_made_up = |layout: &Value| layout.get("demonstration") == Some(&Value::Bool(true));
    if file.demonstration && known.layout.as_ref().is_some_and(|it| !is_made_up(it)) {
        found.push("正式机关不能改为演示机关（demonstration）".to_owned());
    }
    let earlier = |layout: &Value| layout.get("earlier_fines").cloned();
    if known
        .layout
        .as_ref()
        .is_some_and(|layout| earlier(layout) != earlier(&layout_of(file)))
    {
        found.push("别处已作的罚款（earlier_fines）不同".to_owned());
    }
    found
}
