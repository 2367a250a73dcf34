//! The agency layer as it stands on a day, and the versions of the streams that it was read from.

use super::benchmark::benchmark;
use super::catalog::catalog;
use super::columns::cell;
use super::entry::Row;
use super::known::{Draft, DraftRow, DraftState, Known, Version, is_register};
use super::lists::lists;
use super::{BatchLine, PREFIX, RegisterName, Wanted};
use crate::agency::{Account, AgencyFile, Confirmation, SetValue, Staff};
use crate::ledger::{ReadError, StreamVersion};
use crate::office::{Office, ReadCaseError, stream};
use crate::view::CaseRecord;
use casework::context::{Context, Person};
use law::Rules;
use law::model::Dated;
use law::time::Calendar;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use vocabulary::Day;

/// Streams of registers are few; so many are listed at once.
const STREAMS: u32 = 100;

/// The agency layer on a day.
#[derive(Clone, Debug)]
pub struct Standing {
    /// As the registers make it.
    pub file: Arc<AgencyFile>,
    /// What a decision reads besides the case.
    pub context: Arc<Context>,
    /// What it was read from, as a decision that rests on it says.
    pub versions: Vec<StreamVersion>,
    /// The day.
    pub day: Day,
    former: BTreeMap<String, Staff>,
    known: Arc<Known>,
}

impl Standing {
    /// The file alone, before anything is on record.
    pub(crate) fn of_file(file: &AgencyFile, rules: &Arc<Rules>, day: Day) -> Standing {
        Standing::of(file, rules, Arc::new(Known::of(file)), day)
    }

    /// What the registers make of the file on a day.
    fn of(base: &AgencyFile, rules: &Arc<Rules>, known: Arc<Known>, day: Day) -> Standing {
        let mut file = AgencyFile {
            people: Vec::new(),
            accounts: known
                .rows(RegisterName::Accounts, day)
                .filter_map(|(_, _, row)| account(row))
                .collect(),
            confirmed: Vec::new(),
            values: Vec::new(),
            approvals: read_all(&known, RegisterName::Approvals, day),
            powers: read_all(&known, RegisterName::Powers, day),
            ..base.clone()
        };
        file.approvals.sort_by_key(|row| row.fine_from);
        let mut former = BTreeMap::new();
        for id in known.ids(RegisterName::People) {
            let Some(version) = known.on(RegisterName::People, id, day) else {
                continue;
            };
            match &version.row {
                Some(row) => file.people.extend(staff(id, row)),
                None => {
                    let before = known.versions(RegisterName::People, id).iter().rev();
                    let last = before.filter_map(|earlier| earlier.row.as_deref()).next();
                    if let Some(mut left) = last.and_then(|row| staff(id, row)) {
                        leave(&mut left, version.effective_from);
                        former.insert(id.clone(), left);
                    }
                }
            }
        }
        // People in the order of the file, then those who came later.
        let place = |staff: &Staff| {
            let in_file = base.people.iter().position(|it| it.id == staff.id);
            in_file.unwrap_or(usize::MAX)
        };
        file.people.sort_by_key(|staff| place(staff));
        let name = |id: &str| {
            let named = file.people.iter().find(|staff| staff.id == id);
            let named = named.or_else(|| former.get(id));
            named.map_or_else(|| id.to_owned(), |staff| staff.name.clone())
        };
        for (id, version, row) in known.rows(RegisterName::Settings, day) {
            let (approver, on) = signed(base, id, version, &name);
            if cell(row, "is_confirmed").as_bool() == Some(true) {
                let text = cell(row, "text").as_str().unwrap_or_default().to_owned();
                file.confirmed.push(Confirmation {
                    id: id.clone(),
                    text,
                    approver: approver.clone(),
                    on,
                });
            }
            if let Some(value) = cell(row, "value").as_i64() {
                file.values.push(SetValue {
                    id: id.clone(),
                    value,
                    approver,
                    on,
                });
            }
        }
        let mut context = file.context(Arc::clone(rules));
        context.agency.dated = dated(&known);
        context.benchmarks = Arc::new(benchmark(&known, rules));
        context.review_catalog = Arc::new(catalog(&known, rules));
        context.lists = Arc::new(lists(&known, rules));
        context.calendar = calendar(rules, &known, day);
        for (id, left) in &former {
            context.people.insert(id.clone(), left.person());
        }
        Standing {
            file: Arc::new(file),
            context: Arc::new(context),
            versions: known.read_set(),
            day,
            former,
            known,
        }
    }

    /// What a decision on an act of that day reads: credentials carry their own dates, but who was in charge, or worked
    /// here at all, is asked of the day of the act.
    pub fn context_on(&self, day: Day) -> Cow<'_, Context> {
        if day >= self.day
            || !self
                .known
                .changes_between(RegisterName::People, day, self.day)
        {
            return Cow::Borrowed(&self.context);
        }
        let mut context = Context::clone(&self.context);
        for (id, person) in &mut context.people {
            let version = self.known.on(RegisterName::People, id, day);
            let then = version.and_then(|version| Some(staff(id, version.row.as_ref()?)?.person()));
            let unknown = Person::default();
            let then = then.as_ref().unwrap_or(&unknown);
            person.level = then.level;
            person.law_qualified &= then.law_qualified || version.is_none();
        }
        Cow::Owned(context)
    }

    /// A person by id, also one who has left.
    pub fn staff(&self, id: &str) -> Option<&Staff> {
        self.file.staff(id).or_else(|| self.former.get(id))
    }

    /// The name of a person, also of one who has left; else the id.
    pub fn person_name(&self, id: &str) -> String {
        self.staff(id)
            .map_or_else(|| id.to_owned(), |staff| staff.name.clone())
    }

    /// The rows of a register that hold on a day.
    pub fn rows(
        &self,
        register: RegisterName,
        day: Day,
    ) -> impl Iterator<Item = (&String, &Version, &Row)> {
        self.known.rows(register, day)
    }

    /// How a row reads on a day; a removal has no row.
    pub fn row(&self, register: RegisterName, id: &str, day: Day) -> Option<&Version> {
        self.known.on(register, id, day)
    }

    /// Every version of a row, in the order of recording.
    pub fn history(&self, register: RegisterName, id: &str) -> &[Version] {
        self.known.versions(register, id)
    }

    /// The entry that changed a row last; 0 for the file, or none.
    pub fn last_change(&self, register: RegisterName, id: &str) -> u64 {
        let versions = self.history(register, id).iter();
        versions.map(|version| version.number).max().unwrap_or(0)
    }

    /// The drafts of a register, last first.
    pub fn drafts(&self, register: RegisterName) -> impl Iterator<Item = &Draft> {
        self.known.drafts(register)
    }

    /// A draft.
    pub fn draft(&self, register: RegisterName, number: u64) -> Option<&Draft> {
        self.known.draft(register, number)
    }

    /// The drafts that wait for somebody in charge.
    pub fn open_drafts(&self, register: RegisterName) -> impl Iterator<Item = &Draft> {
        self.drafts(register)
            .filter(|draft| draft.state == DraftState::Open)
    }

    /// Whether there ever was a row of this id.
    pub fn was_used(&self, register: RegisterName, id: &str) -> bool {
        !self.history(register, id).is_empty()
    }

    /// Whether a row of this id holds today.
    pub fn holds(&self, register: RegisterName, id: &str) -> bool {
        let version = self.row(register, id, self.day);
        version.is_some_and(|version| version.row.is_some())
    }

    /// An id that was never used, for a row that has none of its own.
    pub fn free_id(&self, register: RegisterName) -> String {
        match register {
            RegisterName::Calendar => {
                let last = self.context.calendar.last_day().ymd().0;
                (last + 1).to_string()
            }
            RegisterName::Settings => String::new(),
            other => self.free_ids(other).next().unwrap_or_default(),
        }
    }

    /// As it would be with these rows besides, from a day on.
    pub(super) fn with_lines(
        &self,
        register: RegisterName,
        lines: &[BatchLine],
        effective_from: Day,
    ) -> Standing {
        let mut known = Known::clone(&self.known);
        let lines = lines.iter().map(|line| DraftRow {
            id: line.row.clone(),
            row: match &line.wanted {
                Wanted::Put(row) => Some(Arc::new(row.clone())),
                Wanted::Remove => None,
            },
        });
        known.put(register, lines, effective_from);
        Standing {
            known: Arc::new(known),
            ..self.clone()
        }
    }

    /// Ids that were never used, as many as are wanted.
    pub fn free_ids(&self, register: RegisterName) -> impl Iterator<Item = String> {
        let prefix = register.declared().prefix;
        let drafts: BTreeSet<&String> = self
            .open_drafts(register)
            .flat_map(|draft| draft.lines.iter().map(|line| &line.id).chain([&draft.id]))
            .collect();
        (1..)
            .map(move |number: u32| format!("{prefix}{number:02}"))
            .filter(move |id| !self.was_used(register, id) && !drafts.contains(id))
    }

    pub(super) fn known(&self) -> &Arc<Known> {
        &self.known
    }
}

fn staff(id: &str, row: &Row) -> Option<Staff> {
    let mut row = row.clone();
    row.insert("id".to_owned(), id.into());
    for text in ["name", "post"] {
        row.entry(text).or_insert_with(|| "".into());
    }
    serde_json::from_value(Value::Object(row)).ok()
}

fn account(row: &Row) -> Option<Account> {
    let duties = cell(row, "duties").as_array();
    let known = |duty: &Value| serde_json::from_value(duty.clone()).ok();
    Some(Account {
        id: cell(row, "login").as_str()?.to_owned(),
        person: cell(row, "person").as_str().map(str::to_owned),
        duties: duties.into_iter().flatten().filter_map(known).collect(),
        closed: cell(row, "is_open").as_bool() != Some(true),
    })
}

/// Whoever has left has no power any more, and no credential from that day on; what was done before stays as it was.
fn leave(staff: &mut Staff, on: Day) {
    staff.level = None;
    staff.roles.clear();
    for credential in &mut staff.credentials {
        let until = credential
            .suspended_from
            .map_or(on, |earlier| earlier.min(on));
        credential.suspended_from = Some(until);
    }
}

/// How everything stood from each day on that a setting or a confirmation changed, or will change. What stands in the
/// agency's file alone holds for all days and is left out.
fn dated(known: &Known) -> BTreeMap<String, Vec<Dated>> {
    let mut all = BTreeMap::new();
    for id in known.ids(RegisterName::Settings) {
        let versions = known.versions(RegisterName::Settings, id);
        if versions.iter().all(|version| version.number == 0) {
            continue;
        }
        let days: BTreeSet<Day> = versions.iter().map(|it| it.effective_from).collect();
        let standing = days.into_iter().filter_map(|from| {
            let version = known.on(RegisterName::Settings, id, from)?;
            let row = version.row.as_deref();
            let value = |column: &str| row.map_or(&Value::Null, |row| cell(row, column));
            Some(Dated {
                from,
                value: value("value").as_i64(),
                is_confirmed: value("is_confirmed").as_bool() == Some(true),
            })
        });
        all.insert(id.clone(), standing.collect());
    }
    all
}

/// By whom and when a setting was approved.
fn signed(
    base: &AgencyFile,
    id: &str,
    version: &Version,
    name: &dyn Fn(&str) -> String,
) -> (String, Day) {
    if version.number > 0 {
        return (name(&version.approved_by), version.effective_from);
    }
    let confirmed = base
        .confirmed
        .iter()
        .map(|it| (&it.id, &it.approver, it.on));
    let set = base.values.iter().map(|it| (&it.id, &it.approver, it.on));
    let mut all = confirmed.chain(set);
    all.find(|(of, ..)| *of == id)
        .map_or((String::new(), version.effective_from), |(_, who, on)| {
            (who.clone(), on)
        })
}

fn read_all<T: DeserializeOwned>(known: &Known, register: RegisterName, day: Day) -> Vec<T> {
    let rows = known.rows(register, day);
    rows.filter_map(|(_, _, row)| serde_json::from_value(Value::Object(row.clone())).ok())
        .collect()
}

/// The calendar of the rules with the years that the agency added. A year that later rules bring is theirs.
fn calendar(rules: &Rules, known: &Known, day: Day) -> Arc<Calendar> {
    let mut calendar = rules.calendar.clone();
    for (id, _, row) in known.rows(RegisterName::Calendar, day) {
        let Ok(year) = id.parse::<i16>() else {
            continue;
        };
        if year == calendar.last_day().ymd().0 + 1
            && let Ok(longer) = with_year(&calendar, year, row)
        {
            calendar = longer;
        }
    }
    Arc::new(calendar)
}

/// A calendar with the year that a row describes.
pub(super) fn with_year(calendar: &Calendar, year: i16, row: &Row) -> Result<Calendar, String> {
    let named = |column: &str| -> BTreeMap<String, String> {
        let lines = cell(row, column).as_array().cloned().unwrap_or_default();
        lines
            .iter()
            .filter_map(|line| {
                let text = |key: &str| line.get(key).and_then(Value::as_str).map(str::to_owned);
                Some((text("day")?, text("name")?))
            })
            .collect()
    };
    let (mut off, mut worked) = (named("off"), named("worked"));
    let mut text = String::from("date,is_workday,name\n");
    let first = Day::from_ymd(year, 1, 1).ok_or_else(|| format!("没有{year}年"))?;
    for day in (0..366).map(|days| first.plus_days(days)) {
        if day.ymd().0 != year {
            break;
        }
        let date = day.to_string();
        let is_weekend = day.weekday() > 5;
        let (flag, name) = match (is_weekend, off.remove(&date), worked.remove(&date)) {
            (_, Some(_), Some(_)) => return Err(format!("{date}既写了放假，又写了上班")),
            (false, _, Some(_)) => {
                return Err(format!("{date}是{}，本来上班", day.weekday_chinese()));
            }
            (true, Some(name), None) | (false, Some(name), None) => (0, name),
            (true, None, Some(name)) => (1, name),
            (true, None, None) => (0, String::new()),
            (false, None, None) => (1, String::new()),
        };
        // A comma would end the column.
        let name = name.replace([',', '\n'], "，");
        text.push_str(&format!("{date},{flag},{name}\n"));
    }
    if let Some(other) = off.keys().chain(worked.keys()).next() {
        return Err(format!("{other}不在{year}年"));
    }
    calendar.with_year(&text).map_err(|error| error.to_string())
}

impl Standing {
    /// Whether the record says that work goes on under this edition of the rules; before it says anything, under any.
    pub(crate) fn is_under(&self, rules: &str) -> bool {
        let seed = self.known().seeds.last();
        seed.is_none_or(|seed| seed.rules.is_empty() || seed.rules == rules)
    }
}

impl Office {
    /// The agency layer on the first day on which a draft could hold: without it, and with it approved.
    pub(crate) fn standings_around(
        &self,
        standing: &Standing,
        register: RegisterName,
        draft: &Draft,
    ) -> [Standing; 2] {
        let day = draft.effective_from.max(self.now().day);
        let approved = standing.known.with_approved(register, draft);
        [Arc::clone(&standing.known), Arc::new(approved)]
            .map(|known| Standing::of(&self.base, &self.rules, known, day))
    }

    /// The agency layer as it was last read, on the day that it is now.
    pub fn standing(&self) -> Arc<Standing> {
        let today = self.now().day;
        let held = self.standing.read().unwrap_or_else(PoisonError::into_inner);
        let standing = Arc::clone(&held);
        drop(held);
        if standing.day == today {
            return standing;
        }
        let known = Arc::clone(standing.known());
        let standing = Arc::new(Standing::of(&self.base, &self.rules, known, today));
        self.hold(&standing);
        standing
    }

    /// The agency layer as the record has it now: what every decision begins with. One look at the versions of all
    /// registers; only what grew is read.
    pub async fn fresh_standing(&self) -> Result<Arc<Standing>, ReadError> {
        let ledger = &self.ports.ledger;
        let streams = ledger
            .list_streams(&self.agency, PREFIX, None, STREAMS)
            .await?;
        self.standing_at(&streams).await
    }

    /// The agency layer and a case as the record has them now, with one look at both.
    pub(crate) async fn fresh(
        &self,
        case_id: &str,
    ) -> Result<(Arc<Standing>, Arc<CaseRecord>), ReadCaseError> {
        let ledger = &self.ports.ledger;
        let stream = stream(case_id);
        let stream = stream.ok_or_else(|| ReadCaseError::NoSuchCase(case_id.to_owned()))?;
        let kept = self.cache.get(case_id);
        let version = kept.as_ref().map_or(0, |record| record.version());
        let (streams, news) = ledger
            .news(&self.agency, PREFIX, STREAMS, &stream, version)
            .await?;
        let standing = self.standing_at(&streams).await?;
        let record = self.record_with(case_id, &stream, kept, news).await?;
        Ok((standing, record))
    }

    /// The agency layer with the registers at these versions.
    async fn standing_at(&self, streams: &[StreamVersion]) -> Result<Arc<Standing>, ReadError> {
        let ledger = &self.ports.ledger;
        let standing = self.standing();
        let grown = standing.known().grown(streams);
        if grown.is_empty() {
            return Ok(standing);
        }
        let mut known = Known::clone(standing.known());
        for stream in grown.into_iter().filter(|stream| is_register(stream)) {
            let after = known.version(stream);
            let news = ledger.read_stream(&self.agency, stream, after).await?;
            known.take(stream, &news)?;
        }
        let fresh = Standing::of(&self.base, &self.rules, Arc::new(known), self.now().day);
        let fresh = Arc::new(fresh);
        self.hold(&fresh);
        Ok(fresh)
    }

    /// Keeps a standing, unless a later one is kept already.
    fn hold(&self, standing: &Arc<Standing>) {
        let mut held = self
            .standing
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if standing.known().covers(held.known()) {
            *held = Arc::clone(standing);
        }
    }
}

/// The row that a person of the file makes, for those who write such rows.
pub(super) fn row_of(value: &impl serde::Serialize) -> Row {
    match json!(value) {
        Value::Object(mut row) => {
            row.remove("id");
            super::entry::normal(row)
        }
        _ => Row::new(),
    }
}
