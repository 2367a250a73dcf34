//! What still rests on a text that nobody here has read in full (依据待核): each relation, setting, rule on registers and
//! item, how far its confirmation has come, and the row of the settings by which it is confirmed.

use super::columns::{confirmable, shown_setting};
use super::known::Draft;
use super::standing::Standing;
use super::{Change, RegisterName};
use crate::agency::{Confirmation, Duty};
use law::Rules;
use law::model::{Procedure, Strength};
use law::register_rule::RegisterAsk;
use law::show::{Shown, show};
use law::statute::{Citation, Verified};
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::Day;

/// What kind of thing is to be held against its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ToVerifyKind {
    /// A relation of a procedure.
    Relation,
    /// A value that the law left open.
    Setting,
    /// What is asked of rows in registers.
    RegisterRule,
    /// An enforcement item.
    Item,
    /// A row of the legal baseline that none of the others stands for.
    Row,
}

impl ToVerifyKind {
    /// As people say it.
    pub fn chinese(self) -> &'static str {
        match self {
            ToVerifyKind::Relation => "关系",
            ToVerifyKind::Setting => "设定",
            ToVerifyKind::RegisterRule => "登记的要求",
            ToVerifyKind::Item => "执法事项",
            ToVerifyKind::Row => "条目",
        }
    }
}

/// How far the confirmation of something has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nobody has begun.
    Open,
    /// A draft waits for somebody in charge.
    Drafted {
        /// Its number among the drafts of the settings.
        draft: u64,
        /// Who drafted it.
        by: String,
    },
    /// It was approved and holds from a day that is still to come.
    Coming(Day),
    /// It was confirmed.
    Confirmed(Confirmed),
}

/// A confirmation that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// The row of the settings that says so.
    pub row: String,
    /// Who drafted it; empty for the agency's file.
    pub drafted_by: String,
    /// Who reviewed it; empty where no review was needed.
    pub reviewed_by: String,
    /// Who approved it.
    pub approved_by: String,
    /// From when.
    pub on: Day,
    /// The text that it was held against.
    pub text: String,
}

/// Something whose basis was not read in full when the rules were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToVerify {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: ToVerifyKind,
    /// What it says, in sentences.
    pub says: Vec<String>,
    /// Its articles.
    pub basis: String,
    /// How far its text was read.
    pub verified: Verified,
    /// What it does now, and what it will do once confirmed.
    pub force: (String, String),
    /// Ids and names of the procedures, or registers, that use it.
    pub uses: BTreeMap<String, String>,
    /// The row of the settings by which it is confirmed.
    pub row: String,
    /// How far it has come.
    pub progress: Progress,
}

/// As people say how hard a rule is.
fn force(strength: Strength) -> String {
    match strength {
        Strength::Log => "只提示",
        Strength::Reason => "要求说明理由",
        Strength::Block => "阻断",
    }
    .to_owned()
}

fn articles(cites: &[Citation]) -> String {
    let texts: Vec<&str> = cites.iter().map(|cite| cite.text.as_str()).collect();
    texts.join("、")
}

/// Whether a row of the settings may say of this id that it was held against its text.
pub fn may_be_confirmed(standing: &Standing, id: &str) -> bool {
    let found = confirmable(&standing.context.rules, id);
    found.is_some_and(|(_, verified)| verified != Verified::Yes)
}

/// Those whose work is the drafting of registers: names of people who have an account for it.
pub fn confirmers(standing: &Standing) -> Vec<String> {
    let accounts = standing.file.accounts.iter();
    let fitting = accounts.filter(|it| !it.closed && it.duties.contains(&Duty::Policy));
    let people = fitting.filter_map(|it| standing.file.staff(it.person.as_deref()?));
    people.map(|it| it.name.clone()).collect()
}

/// Everything whose basis is open in the rules, whatever the agency has confirmed of it since: the order is that of the
/// rules, relations first.
pub fn verifications(standing: &Standing) -> Vec<ToVerify> {
    let rules = &*standing.context.rules;
    let mut found = Found {
        standing,
        rules,
        all: Vec::new(),
    };
    found.relations();
    found.settings();
    found.register_rules();
    found.items();
    found.rows();
    found.all
}

struct Found<'s> {
    standing: &'s Standing,
    rules: &'s Rules,
    all: Vec<ToVerify>,
}

impl Found<'_> {
    /// The row of the settings by which something is confirmed: of the rows that it puts into effect the first that is open,
    /// so that one confirmation does for all that rest on the same text.
    fn row_of(&self, id: &str, rows: &[String]) -> String {
        let is_row = |id: &str| self.rules.rows.iter().any(|row| row.id == id);
        let is_open = |id: &&String| may_be_confirmed(self.standing, id);
        if is_row(id) && may_be_confirmed(self.standing, id) {
            return id.to_owned();
        }
        let found = rows.iter().filter(|row| is_row(row)).find(is_open);
        found.map_or_else(|| id.to_owned(), String::clone)
    }

    /// How far it has come, by its own id or by one of the rows that it puts into effect.
    fn progress(&self, id: &str, rows: &[String]) -> Progress {
        let standing = self.standing;
        let ids: BTreeSet<&str> = std::iter::once(id)
            .chain(rows.iter().map(String::as_str))
            .collect();
        let confirmed = &standing.file.confirmed;
        if let Some(it) = confirmed.iter().find(|it| ids.contains(it.id.as_str())) {
            return Progress::Confirmed(self.confirmed(it));
        }
        let register = RegisterName::Settings;
        if let Some(draft) = standing
            .open_drafts(register)
            .find(|draft| confirms(draft, &ids))
        {
            return Progress::Drafted {
                draft: draft.number,
                by: standing.person_name(&draft.drafted_by),
            };
        }
        let coming = ids.iter().flat_map(|id| standing.history(register, id));
        let coming = coming.filter(|it| it.effective_from > standing.day);
        let coming = coming.filter(|it| it.row.as_deref().is_some_and(says_confirmed));
        coming
            .map(|it| it.effective_from)
            .min()
            .map_or(Progress::Open, Progress::Coming)
    }

    fn confirmed(&self, said: &Confirmation) -> Confirmed {
        let standing = self.standing;
        let version = standing.row(RegisterName::Settings, &said.id, standing.day);
        let name = |id: Option<&String>| match id.map(String::as_str) {
            None | Some("") => String::new(),
            Some(id) => standing.person_name(id),
        };
        Confirmed {
            row: said.id.clone(),
            drafted_by: name(version.map(|version| &version.drafted_by)),
            reviewed_by: name(version.map(|version| &version.reviewed_by)),
            approved_by: said.approver.clone(),
            on: said.on,
            text: said.text.clone(),
        }
    }

    fn relations(&mut self) {
        let mut at: BTreeMap<String, usize> = BTreeMap::new();
        for procedure in &self.rules.procedures {
            let shown = show(procedure, &self.standing.context.agency);
            for (rule, told) in procedure.rules.iter().zip(relations(&shown)) {
                if rule.verified == Verified::Yes {
                    continue;
                }
                // An overlay puts the same relation into several procedures.
                let place = match at.get(&rule.id) {
                    Some(place) => *place,
                    None => {
                        at.insert(rule.id.clone(), self.all.len());
                        self.all.push(ToVerify {
                            id: rule.id.clone(),
                            kind: ToVerifyKind::Relation,
                            says: sentences(told),
                            basis: articles(&rule.cites),
                            verified: rule.verified,
                            force: (force(told.strength_now), force(told.strength)),
                            uses: BTreeMap::new(),
                            row: self.row_of(&rule.id, &rule.rows),
                            progress: self.progress(&rule.id, &rule.rows),
                        });
                        self.all.len() - 1
                    }
                };
                let uses = &mut self.all[place].uses;
                uses.insert(procedure.id.clone(), procedure.name.clone());
            }
        }
    }

    fn settings(&mut self) {
        for (ix, setting) in self.rules.settings.iter().enumerate() {
            if setting.verified == Verified::Yes {
                continue;
            }
            let value = self.standing.context.agency.values.get(&setting.id);
            let value = value.copied().or(setting.value);
            let progress = self.progress(&setting.id, &setting.rows);
            let mut uses = BTreeMap::new();
            let mut hardest = None;
            for procedure in &self.rules.procedures {
                let readers = procedure.readers_of_setting(ix);
                if !readers.is_empty() {
                    uses.insert(procedure.id.clone(), procedure.name.clone());
                }
                hardest = hardest.max(hardest_of(procedure, &readers));
            }
            for register in self.registers_with(&setting.id, &setting.name) {
                uses.insert(register.id().to_owned(), register.chinese().to_owned());
            }
            let after = hardest.map_or_else(|| "作为数值使用".to_owned(), force);
            let now = match (value, &progress) {
                (None, _) => "没有数值，不起作用".to_owned(),
                (Some(_), Progress::Confirmed(_)) => after.clone(),
                (Some(_), _) => {
                    let limited = hardest.map(|it| it.min(Strength::Reason));
                    limited.map_or_else(|| "作为数值使用".to_owned(), force)
                }
            };
            let told = match value {
                Some(value) => format!("{}：{}", setting.name, shown_setting(Some(setting), value)),
                None => format!("{}：还没有数值", setting.name),
            };
            self.all.push(ToVerify {
                id: setting.id.clone(),
                kind: ToVerifyKind::Setting,
                says: vec![told],
                basis: articles(&setting.cites),
                verified: setting.verified,
                force: (now, after),
                uses,
                row: setting.id.clone(),
                progress,
            });
        }
    }

    /// Registers whose rules read a setting.
    fn registers_with(&self, id: &str, name: &str) -> Vec<RegisterName> {
        let rules = self.rules.register_rules.iter();
        let reading = rules.filter(|rule| match &rule.ask {
            RegisterAsk::Refresh { within } => [id, name].contains(&within.as_str()),
            RegisterAsk::Share { least, .. } => [id, name].contains(&least.as_str()),
            RegisterAsk::Due { .. }
            | RegisterAsk::BeforeRelease { .. }
            | RegisterAsk::NotMissing { .. }
            | RegisterAsk::Worded { .. } => false,
        });
        let named = reading.flat_map(|rule| &rule.registers);
        named.filter_map(|id| RegisterName::parse(id)).collect()
    }

    fn register_rules(&mut self) {
        for rule in &self.rules.register_rules {
            if rule.verified == Verified::Yes {
                continue;
            }
            let does = match rule.ask {
                RegisterAsk::BeforeRelease { .. } => "公示以前须有，否则不能公示",
                RegisterAsk::Worded { .. } => "在登记上提醒，证件不算有效",
                RegisterAsk::Due { .. }
                | RegisterAsk::NotMissing { .. }
                | RegisterAsk::Refresh { .. }
                | RegisterAsk::Share { .. } => "在登记上提醒",
            };
            let registers = rule.registers.iter();
            let registers = registers.filter_map(|id| RegisterName::parse(id));
            self.all.push(ToVerify {
                id: rule.id.clone(),
                kind: ToVerifyKind::RegisterRule,
                says: vec![rule.title.clone()],
                basis: articles(&rule.cites),
                verified: rule.verified,
                force: (does.to_owned(), does.to_owned()),
                uses: registers
                    .map(|it| (it.id().to_owned(), it.chinese().to_owned()))
                    .collect(),
                row: self.row_of(&rule.id, &[]),
                progress: self.progress(&rule.id, &[]),
            });
        }
    }

    fn items(&mut self) {
        for item in self.rules.items.values() {
            if item.verified == Verified::Yes {
                continue;
            }
            let does = if item.amounts_unknown {
                "数额不明，不核对罚款幅度"
            } else {
                "按登记的数额核对罚款幅度"
            };
            self.all.push(ToVerify {
                id: item.id.clone(),
                kind: ToVerifyKind::Item,
                says: vec![item.name.clone(), item.ranges()],
                basis: item.basis(),
                verified: item.verified,
                force: (does.to_owned(), does.to_owned()),
                uses: BTreeMap::new(),
                row: item.id.clone(),
                progress: self.progress(&item.id, &[]),
            });
        }
    }

    /// Rows that nothing above stands for.
    fn rows(&mut self) {
        let met: BTreeSet<String> = self.all.iter().map(|it| it.row.clone()).collect();
        for row in &self.rules.rows {
            if row.verified == Verified::Yes || met.contains(&row.id) {
                continue;
            }
            let does = "没有单独的关系";
            self.all.push(ToVerify {
                id: row.id.clone(),
                kind: ToVerifyKind::Row,
                says: vec![row.title.clone()],
                basis: articles(&row.cites),
                verified: row.verified,
                force: (does.to_owned(), does.to_owned()),
                uses: BTreeMap::new(),
                row: row.id.clone(),
                progress: self.progress(&row.id, &[]),
            });
        }
    }
}

fn hardest_of(procedure: &Procedure, rules: &[usize]) -> Option<Strength> {
    rules
        .iter()
        .map(|rule| procedure.rules[*rule].strength)
        .max()
}

fn relations(shown: &Shown) -> impl Iterator<Item = &law::show::ShownRelation> {
    shown.relations.iter()
}

/// What a relation says, with its condition and its period.
fn sentences(told: &law::show::ShownRelation) -> Vec<String> {
    let mut all = told.sentences.clone();
    if !told.condition.is_empty() {
        all.push(format!("条件：{}", told.condition));
    }
    if let Some(period) = &told.period {
        all.push(format!("期间：{}", period.text));
    }
    if all.is_empty() && !told.note.is_empty() {
        all.push(told.note.clone());
    }
    all
}

fn says_confirmed(row: &super::Row) -> bool {
    row.get("is_confirmed").and_then(serde_json::Value::as_bool) == Some(true)
}

/// Whether a draft would confirm one of these.
fn confirms(draft: &Draft, ids: &BTreeSet<&str>) -> bool {
    if draft.is_batch() {
        let mut lines = draft.lines.iter();
        return lines.any(|line| {
            ids.contains(line.id.as_str()) && line.row.as_deref().is_some_and(says_confirmed)
        });
    }
    draft.change == Change::Put
        && ids.contains(draft.id.as_str())
        && draft.row.as_deref().is_some_and(says_confirmed)
}
