//! Random draws (双随机抽查): who is inspected, and by whom, drawn by commit and reveal ([`proof::draw`]).
//!
//! Whoever prepares a draw fixes both pools; the secret of the draw is in its entry and nowhere else until it is used. The
//! supervisor's number makes the seed, and rows of the register say what came of it. Nobody edits these rows.

use super::RegisterName;
use super::change::{RegisterError, Writing, wrong};
use super::columns::cell;
use super::declared::Review;
use super::entry::{Change, RegisterEntry, Row, Said, StoredLine, normal};
use super::known::{Draft, DraftState};
use super::standing::Standing;
use crate::amend::digest;
use crate::office::Office;
use crate::request::FieldError;
use proof::draw;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The register of draws.
const DRAWS: RegisterName = RegisterName::Draws;
/// The first line of what an order of objects is drawn for.
const OF_OBJECTS: &str = "objects";
/// At least so many officers inspect (行政处罚法 42).
const OFFICERS_LEAST: usize = 2;
/// No pool is larger.
const POOL_MAX: usize = 20_000;
/// So many are named that come next, where an object is gone or somebody must withdraw.
const RESERVES: usize = 2;
/// Digits of the number that the supervisor says.
const SAID_LEAST: usize = 4;
const SAID_MOST: usize = 40;

/// A draw that somebody prepares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawPreparing {
    /// The item of the list of inspection items, by its name.
    pub item: String,
    /// Which objects: `enterprises` or `sites`, or one kind of them: `sites:well`.
    pub from: String,
    /// Only those of this district; all, where it is empty.
    pub district: String,
    /// Only enterprises under special watch.
    pub is_key_only: bool,
    /// How many objects; by the share that the item's row says, where nothing is said.
    pub count: Option<usize>,
    /// How many officers for each object.
    pub officers: usize,
    /// Only officers of this section; all, where it is empty.
    pub section: String,
    /// Who must not inspect whom, a line each: name, object or 全部, reason.
    pub recusals: String,
    /// Why it is drawn again, where it was drawn this year.
    pub reason: String,
    /// Who prepares it, by id.
    pub by: String,
}

/// The word of the supervisor by which a prepared draw is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawReveal {
    /// What was prepared, by its entry.
    pub draft: u64,
    /// The number that was said.
    pub said: String,
    /// Who supervises, by id.
    pub by: String,
}

/// A prepared draw that is given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawCancelling {
    /// What was prepared, by its entry.
    pub draft: u64,
    /// Why.
    pub reason: String,
    /// Who gives it up, by id.
    pub by: String,
}

/// Somebody or something that may be drawn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drawable {
    /// Its id in its register.
    pub id: String,
    /// What it is called.
    pub name: String,
}

impl Drawable {
    fn line(&self) -> String {
        format!("{}\t{}", self.id, self.name)
    }

    fn read(line: &str) -> Option<Drawable> {
        let (id, name) = line.split_once('\t')?;
        Some(Drawable {
            id: id.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// What a draw would be made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pools {
    /// The objects, ascending by id.
    pub objects: Vec<Drawable>,
    /// The officers, ascending by id.
    pub officers: Vec<Drawable>,
    /// Who must not inspect whom: ids of officer and object; no object where it is about all.
    pub recusals: Vec<(String, Option<String>)>,
    /// How many objects the item's row asks for at least, where it says a share.
    pub least: Option<usize>,
    /// How many objects are to be drawn.
    pub count: usize,
}

impl Pools {
    fn may(&self, officer: &str, object: &str) -> bool {
        let stands_against = |(who, what): &(String, Option<String>)| {
            who == officer && what.as_deref().is_none_or(|it| it == object)
        };
        !self.recusals.iter().any(stands_against)
    }

    fn officers_for<'p>(&'p self, object: &'p str) -> impl Iterator<Item = &'p Drawable> {
        self.officers.iter().filter(|it| self.may(&it.id, object))
    }

    fn digests(&self) -> (String, String) {
        let objects: Vec<String> = self.objects.iter().map(Drawable::line).collect();
        let officers: Vec<String> = self.officers.iter().map(Drawable::line).collect();
        let of = |lines: &[String]| {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            draw::pool_digest(&lines)
        };
        (of(&objects), of(&officers))
    }

    /// What a row of a batch says its pools are.
    fn of_row(row: &Row) -> Pools {
        let lines = |column: &str| -> Vec<Drawable> {
            let text = cell(row, column).as_str().unwrap_or_default();
            text.lines().filter_map(Drawable::read).collect()
        };
        let pairs = cell(row, "recusals").as_str().unwrap_or_default();
        let pairs = pairs.lines().filter_map(|line| {
            let mut fields = line.split('\t');
            let officer = fields.next()?.to_owned();
            let object = fields.next().filter(|it| !it.is_empty());
            Some((officer, object.map(str::to_owned)))
        });
        let count = cell(row, "count").as_u64().unwrap_or(0);
        Pools {
            objects: lines("objects"),
            officers: lines("people"),
            recusals: pairs.collect(),
            least: None,
            count: usize::try_from(count).unwrap_or(0),
        }
    }
}

/// An object that was drawn, and those who inspect it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// What was drawn.
    pub object: Drawable,
    /// Those who inspect it, in the order in which they were drawn.
    pub officers: Vec<Drawable>,
    /// Who comes next where one of them must withdraw.
    pub reserves: Vec<Drawable>,
}

/// What comes of pools under a seed: the objects that are drawn, and those that come next.
pub fn outcome(pools: &Pools, each: usize, seed: &str) -> (Vec<Drawn>, Vec<Drawable>) {
    let objects: Vec<&Drawable> = pools.objects.iter().collect();
    let mut order = ordered(seed, OF_OBJECTS, &objects).into_iter();
    let drawn = order.by_ref().take(pools.count).map(|object| {
        let may: Vec<&Drawable> = pools.officers_for(&object.id).collect();
        let of = format!("officers {}", object.id);
        let mut officers = ordered(seed, &of, &may).into_iter();
        Drawn {
            officers: officers.by_ref().take(each).collect(),
            reserves: officers.take(RESERVES).collect(),
            object,
        }
    });
    let drawn: Vec<Drawn> = drawn.collect();
    (drawn, order.take(RESERVES).collect())
}

/// Who or what may be drawn, in the order in which they are.
fn ordered(seed: &str, of: &str, all: &[&Drawable]) -> Vec<Drawable> {
    let known: BTreeMap<&str, &Drawable> = all.iter().map(|it| (it.id.as_str(), *it)).collect();
    let ids = draw::order(seed, of, all.iter().map(|it| it.id.as_str()));
    ids.into_iter()
        .filter_map(|id| known.get(id).copied().cloned())
        .collect()
}

fn names(all: &[Drawable]) -> String {
    let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
    names.join("、")
}

fn ids(all: &[Drawable]) -> String {
    let ids: Vec<&str> = all.iter().map(|it| it.id.as_str()).collect();
    ids.join("、")
}

fn text<'r>(row: &'r Row, column: &str) -> &'r str {
    cell(row, column).as_str().unwrap_or_default()
}

/// The share that a text says, in hundredths of a percent: `3%`, `不低于10％`, `2.5%`.
fn share(text: &str) -> Option<usize> {
    let (before, _) = text.split_once(['%', '％'])?;
    let digits: String = {
        let tail = before.trim_end().chars().rev();
        let tail: Vec<char> = tail
            .take_while(|it| it.is_ascii_digit() || *it == '.')
            .collect();
        tail.into_iter().rev().collect()
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits.as_str(), ""));
    let part: String = part.chars().chain("00".chars()).take(2).collect();
    let whole: usize = whole.parse().ok()?;
    whole.checked_mul(100)?.checked_add(part.parse().ok()?)
}

/// The register that objects are drawn from, and the kind of them.
fn source(from: &str) -> Option<(RegisterName, &str)> {
    let (register, kind) = from.split_once(':').unwrap_or((from, ""));
    match RegisterName::parse(register)? {
        register @ (RegisterName::Enterprises | RegisterName::Sites) => Some((register, kind)),
        _ => None,
    }
}

impl Standing {
    /// What a draw would be made of, or what stands against it, by field.
    pub fn draw_pools(&self, asked: &DrawPreparing) -> Result<Pools, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut pools = Pools::default();
        let items = self.rows(RegisterName::InspectionItems, self.day);
        let mut named = items.filter(|(_, _, row)| text(row, "name") == asked.item.trim());
        match named.next() {
            None if asked.item.trim().is_empty() => {
                errors.push(wrong("item", "请选择抽查事项"));
            }
            None => {
                let text = format!("随机抽查事项清单{}没有“{}”", self.day, asked.item.trim());
                errors.push(wrong("item", text));
            }
            Some((_, _, row)) => pools.least = share(text(row, "ratio")),
        }
        let place = asked.district.trim();
        match source(&asked.from) {
            None => errors.push(wrong("from", "请选择对象从哪里抽")),
            Some((register, kind)) => {
                let fits = |row: &Row| {
                    (kind.is_empty() || text(row, "kind") == kind)
                        && (place.is_empty() || text(row, "district").contains(place))
                        && (!asked.is_key_only
                            || register == RegisterName::Sites
                            || cell(row, "is_key").as_bool() == Some(true))
                };
                let rows = self
                    .rows(register, self.day)
                    .filter(|(_, _, row)| fits(row));
                pools.objects = rows
                    .map(|(id, _, row)| Drawable {
                        id: id.clone(),
                        name: text(row, "name").to_owned(),
                    })
                    .collect();
                if pools.objects.is_empty() {
                    let text = format!("{}里没有符合条件的对象", register.chinese());
                    errors.push(wrong("from", text));
                }
                if pools.objects.len() > POOL_MAX {
                    let text = format!("符合条件的超过{POOL_MAX}个，请分县区或者分类别抽取");
                    errors.push(wrong("from", text));
                }
            }
        }
        pools.officers = self.draw_officers(asked.section.trim());
        let by_share = |share: usize| (pools.objects.len() * share).div_ceil(10_000);
        pools.least = pools.least.map(by_share);
        match asked.count.or(pools.least) {
            None => errors.push(wrong("count", "清单没有写明百分比，请填写抽取几个")),
            Some(0) => errors.push(wrong("count", "至少抽取一个")),
            Some(count) if !pools.objects.is_empty() && count > pools.objects.len() => {
                let text = format!("对象库只有{}个", pools.objects.len());
                errors.push(wrong("count", text));
            }
            Some(count) => pools.count = count,
        }
        if asked.officers < OFFICERS_LEAST {
            let text = format!("每个对象不少于{OFFICERS_LEAST}人（行政处罚法第四十二条）");
            errors.push(wrong("officers", text));
        }
        match recusals(&asked.recusals, &pools) {
            Ok(found) => pools.recusals = found,
            Err(texts) => errors.extend(texts.into_iter().map(|it| wrong("recusals", it))),
        }
        let least = |object: &Drawable| pools.officers_for(&object.id).count();
        if let Some(object) = pools.objects.iter().find(|it| least(it) < asked.officers) {
            let text = format!(
                "“{}”可以指派的人员只有{}名，不够{}名：须在人员名册里承担办案工作、持有有效执法证、不须回避",
                object.name,
                least(object),
                asked.officers
            );
            errors.push(wrong("officers", text));
        }
        if errors.is_empty() {
            Ok(pools)
        } else {
            Err(errors)
        }
    }

    /// Officers who may be drawn: who works as one by a procedure that looks draws up, and holds a credential that fits.
    fn draw_officers(&self, section: &str) -> Vec<Drawable> {
        let rules = &self.context.rules;
        let reading = rules
            .procedures
            .iter()
            .filter(|it| it.lookups.iter().any(|it| it.register == DRAWS.id()));
        let roles = reading.flat_map(|it| it.roles.iter().filter(|role| role.is_officer));
        let roles: BTreeSet<&str> = roles.map(|role| role.id.as_str()).collect();
        let words = rules.credential_words();
        let people = self.file.people.iter().filter(|staff| {
            let holds =
                |it: &casework::context::Credential| it.is_valid(self.day) && it.is_fitting(words);
            (section.is_empty() || staff.section == section)
                && staff.roles.iter().any(|role| roles.contains(role.as_str()))
                && staff.credentials.iter().any(holds)
        });
        let mut all: Vec<Drawable> = people
            .map(|staff| Drawable {
                id: staff.id.clone(),
                name: staff.name.clone(),
            })
            .collect();
        all.sort();
        all
    }

    /// The batches of draws, last first.
    pub fn draw_batches(&self) -> Vec<(&String, &Row)> {
        let rows = self.rows(DRAWS, self.day);
        let mut all: Vec<(&String, &Row)> = rows
            .filter(|(_, _, row)| text(row, "kind") == "batch")
            .map(|(id, _, row)| (id, row))
            .collect();
        all.reverse();
        all
    }

    /// Whether somebody may supervise what was prepared.
    pub fn may_supervise(&self, draft: &Draft, person: &str) -> bool {
        supervising(self, draft, person).is_empty()
    }

    /// Everything that a draw is done over from, with how, as text.
    pub fn draw_proof(&self, batch: &str) -> Option<String> {
        let (drawn, reserves, _) = self.redrawn(batch)?;
        let row = self.row(DRAWS, batch, self.day)?.row.as_deref()?;
        let pools = Pools::of_row(row);
        let (objects, officers) = pools.digests();
        let mut said = vec![
            format!("随机抽取复算材料　批次 {batch}"),
            String::new(),
            format!("抽查事项：{}", text(row, "item")),
            format!("抽取日期：{}", text(row, "drawn_on")),
            format!("准备人：{}", self.person_name(text(row, "operator"))),
            format!("监督人：{}", self.person_name(text(row, "supervisor"))),
            format!("抽取数量：{}", pools.count),
            format!("每个对象的人数：{}", cell(row, "each")),
            format!("抽取以前公开的摘要：{}", text(row, "commitment")),
            format!("系统随机数：{}", text(row, "secret")),
            format!("监督人报的数：{}", text(row, "said")),
            format!("对象库摘要：{objects}"),
            format!("人员库摘要：{officers}"),
            format!("种子：{}", text(row, "seed")),
            String::new(),
            "算法（一行一个，行间一个换行符，最后一行没有换行符；摘要是SHA-256，写作64位小写十六进制）：".to_owned(),
            "　摘要　　　= SHA-256(\"mingqu-draw-v1\", \"commit\", 系统随机数)".to_owned(),
            "　库的摘要　= SHA-256(\"mingqu-draw-v1\", \"pool\", 各行从小到大)，一行是编号、一个制表符、名称".to_owned(),
            "　种子　　　= SHA-256(\"mingqu-draw-v1\", \"seed\", 系统随机数, 报的数, 对象库摘要, 人员库摘要)".to_owned(),
            "　对象次序　= 按SHA-256(\"mingqu-draw-v1\", \"order\", 种子, \"objects\", 对象编号)从小到大".to_owned(),
            "　人员次序　= 按SHA-256(\"mingqu-draw-v1\", \"order\", 种子, \"officers 对象编号\", 人员编号)从小到大，须回避的除外".to_owned(),
            String::new(),
            "须回避的（人员编号、对象编号，没有对象编号的是全部）：".to_owned(),
            text(row, "recusals").to_owned(),
            String::new(),
            "对象库：".to_owned(),
            text(row, "objects").to_owned(),
            String::new(),
            "人员库：".to_owned(),
            text(row, "people").to_owned(),
            String::new(),
            "结果：".to_owned(),
        ];
        said.extend(drawn.iter().map(|it| {
            let object = &it.object;
            let officers = names(&it.officers);
            format!(
                "{}\t{}\t{officers}\t候补：{}",
                object.id,
                object.name,
                names(&it.reserves)
            )
        }));
        said.push(format!("候补对象：{}", names(&reserves)));
        said.push(String::new());
        Some(said.join("\n"))
    }

    /// What a batch drew, done over from what stands in its row; and whether the rows of its objects say the same.
    pub fn redrawn(&self, batch: &str) -> Option<(Vec<Drawn>, Vec<Drawable>, Vec<String>)> {
        let version = self.row(DRAWS, batch, self.day)?;
        let row = version.row.as_deref()?;
        let pools = Pools::of_row(row);
        let each = usize::try_from(cell(row, "each").as_u64()?).ok()?;
        let mut doubts = Vec::new();
        if draw::commitment(text(row, "secret")) != text(row, "commitment") {
            doubts.push("系统随机数与抽取以前公开的摘要不符".to_owned());
        }
        let (objects, officers) = pools.digests();
        let seed = draw::seed(
            text(row, "secret"),
            text(row, "said"),
            (&objects, &officers),
        );
        if seed != text(row, "seed") {
            doubts.push("种子与随机数、报数和两个库的摘要不符".to_owned());
        }
        let (drawn, reserves) = outcome(&pools, each, &seed);
        let rows = self.rows(DRAWS, self.day);
        let kept: BTreeMap<String, String> = rows
            .filter(|(_, _, row)| text(row, "batch") == batch && text(row, "kind") == "object")
            .map(|(_, _, row)| {
                let object = text(row, "object").to_owned();
                (object, text(row, "officer_ids").to_owned())
            })
            .collect();
        let again: BTreeMap<String, String> = drawn
            .iter()
            .map(|it| (it.object.id.clone(), ids(&it.officers)))
            .collect();
        if kept != again {
            doubts.push("抽中的对象或者人员与复算的不同".to_owned());
        }
        Some((drawn, reserves, doubts))
    }
}

/// Who must not inspect whom, from lines of `name, object or 全部, reason`.
fn recusals(lines: &str, pools: &Pools) -> Result<Vec<(String, Option<String>)>, Vec<String>> {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for (line, number) in lines.lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        let fields: Vec<&str> = line.split([',', '，']).map(str::trim).collect();
        let [who, what, why, ..] = fields[..] else {
            errors.push(format!(
                "第{number}行应当写：姓名，对象名称（或者“全部”），理由"
            ));
            continue;
        };
        let officer = pools
            .officers
            .iter()
            .find(|it| it.name == who || it.id == who);
        let object = pools
            .objects
            .iter()
            .find(|it| it.name == what || it.id == what);
        if officer.is_none() {
            errors.push(format!("第{number}行：可以抽取的人员里没有“{who}”"));
        }
        if object.is_none() && what != "全部" {
            errors.push(format!("第{number}行：对象库里没有“{what}”"));
        }
        if why.is_empty() {
            errors.push(format!("第{number}行没有写理由"));
        }
        if let Some(officer) = officer {
            found.push((officer.id.clone(), object.map(|it| it.id.clone())));
        }
    }
    if errors.is_empty() {
        Ok(found)
    } else {
        Err(errors)
    }
}

/// Where the objects come from, in words.
fn scope(asked: &DrawPreparing) -> String {
    let Some((register, kind)) = source(&asked.from) else {
        return String::new();
    };
    let mut said = register.chinese().to_owned();
    let columns = register.columns().iter();
    let names = columns
        .filter(|it| it.id == "kind")
        .find_map(|it| match it.kind {
            super::ColumnKind::Choice(super::Choices::Fixed(of)) => Some(of),
            _ => None,
        });
    let mut named = names.unwrap_or_default().iter();
    if let Some((_, name)) = named.find(|(id, _)| *id == kind) {
        said.push_str(&format!("，类别是{name}"));
    }
    if !asked.district.trim().is_empty() {
        said.push_str(&format!("，县区有“{}”", asked.district.trim()));
    }
    if asked.is_key_only && register == RegisterName::Enterprises {
        said.push_str("，重点监管对象");
    }
    said
}

/// The row of a batch that is prepared.
fn prepared(standing: &Standing, asked: &DrawPreparing, pools: &Pools, secret: &str) -> Row {
    let (objects, officers) = pools.digests();
    let lines = |all: &[Drawable]| {
        let lines: Vec<String> = all.iter().map(Drawable::line).collect();
        lines.join("\n")
    };
    let recusals: Vec<String> = pools
        .recusals
        .iter()
        .map(|(who, what)| format!("{who}\t{}", what.as_deref().unwrap_or_default()))
        .collect();
    let section = asked.section.trim();
    let row = json!({
        "kind": "batch",
        "item": asked.item.trim(),
        "name": format!("{}（{}）", asked.item.trim(), standing.day),
        "scope": scope(asked),
        "count": pools.count,
        "least": pools.least,
        "each": asked.officers,
        "object_pool": format!("{}，共{}个，摘要{objects}", scope(asked), pools.objects.len()),
        "officer_pool": format!(
            "{}持有效执法证的办案人员，共{}名，摘要{officers}",
            if section.is_empty() { "全部科室" } else { section },
            pools.officers.len()
        ),
        "objects": lines(&pools.objects),
        "people": lines(&pools.officers),
        "recusals": recusals.join("\n"),
        "recusals_said": asked.recusals.trim(),
        "commitment": draw::commitment(secret),
        "operator": asked.by,
        "reason": asked.reason.trim(),
    });
    match row {
        Value::Object(row) => normal(row),
        _ => Row::new(),
    }
}

/// The rows that a draw makes: of the batch, and of each object that was drawn.
fn rows_of_draw(
    standing: &Standing,
    (id, batch): (&str, &Row),
    (secret, said, by): (&str, &str, &str),
) -> Vec<StoredLine> {
    let pools = Pools::of_row(batch);
    let (objects, officers) = pools.digests();
    let seed = draw::seed(secret, said, (&objects, &officers));
    let each = cell(batch, "each").as_u64().unwrap_or(0);
    let (drawn, reserves) = outcome(&pools, usize::try_from(each).unwrap_or(0), &seed);
    let day = standing.day.to_string();
    let mut whole = batch.clone();
    let mut put = |column: &str, value: Value| {
        whole.insert(column.to_owned(), value);
    };
    put("code", id.into());
    put("secret", secret.into());
    put("said", said.into());
    put("seed", seed.as_str().into());
    put("drawn_on", day.as_str().into());
    put("supervisor", by.into());
    let all: Vec<Drawable> = drawn.iter().map(|it| it.object.clone()).collect();
    put(
        "result",
        format!("抽中{}个：{}", all.len(), names(&all)).into(),
    );
    put("reserves", names(&reserves).into());
    let from = text(batch, "scope");
    let is_site = from.starts_with(RegisterName::Sites.chinese());
    let register = match is_site {
        true => RegisterName::Sites,
        false => RegisterName::Enterprises,
    };
    let mut lines = vec![StoredLine {
        row: id.to_owned(),
        values: Some(normal(whole)),
    }];
    for (it, number) in drawn.iter().zip(1..) {
        let code = format!("{id}-{number:03}");
        let version = standing.row(register, &it.object.id, standing.day);
        let own = version.and_then(|version| version.row.as_deref());
        let of = |column: &str| own.map_or("", |row| text(row, column));
        let row = json!({
            "kind": "object",
            "batch": id,
            "code": code,
            "item": text(batch, "item"),
            "name": it.object.name,
            "object": it.object.id,
            "holder": if is_site { of("holder") } else { it.object.id.as_str() },
            "site": if is_site { of("code") } else { "" },
            "officers": names(&it.officers),
            "officer_ids": ids(&it.officers),
            "reserves": names(&it.reserves),
            "reserve_ids": ids(&it.reserves),
            "object_pool": text(batch, "object_pool"),
            "officer_pool": text(batch, "officer_pool"),
            "seed": format!("先封存、后报数，逐项SHA-256排序；批次{id}，种子{seed}"),
            "result": format!("{}；{}", it.object.name, names(&it.officers)),
            "drawn_on": day,
            "operator": text(batch, "operator"),
            "supervisor": by,
        });
        if let Value::Object(row) = row {
            lines.push(StoredLine {
                row: code,
                values: Some(normal(row)),
            });
        }
    }
    lines
}

impl Office {
    /// Prepares a draw: fixes the pools and shows the digest of its secret. Answers with the number of the entry.
    pub async fn prepare_draw(
        &self,
        asked: &DrawPreparing,
        key: &str,
    ) -> Result<u64, RegisterError> {
        let mut bytes = [0; 32];
        self.ports.chance.fill(&mut bytes);
        let secret = draw::hex(&bytes);
        let decide = |standing: &Standing| {
            let mut errors = Vec::new();
            if standing.file.staff(&asked.by).is_none() {
                errors.push(wrong("by", "准备抽取的人须在人员名册里"));
            }
            let again = standing.draw_batches().into_iter().find(|(_, row)| {
                let year = |text: &str| text.chars().take(4).collect::<String>();
                text(row, "item") == asked.item.trim()
                    && year(text(row, "drawn_on")) == year(&standing.day.to_string())
            });
            if let Some((id, _)) = again.filter(|_| asked.reason.trim().is_empty()) {
                let text = format!("这个事项本年已经抽取过（批次{id}），请写明再次抽取的理由");
                errors.push(wrong("reason", text));
            }
            let pools = match standing.draw_pools(asked) {
                Ok(pools) => pools,
                Err(wrong) => {
                    errors.extend(wrong);
                    Pools::default()
                }
            };
            if !errors.is_empty() {
                return Err(RegisterError::Fields(errors));
            }
            Ok(Writing {
                entry: RegisterEntry::RegisterDrafted {
                    register: DRAWS,
                    row: standing.free_id(DRAWS),
                    change: Change::Put,
                    effective_from: standing.day,
                    base: 0,
                },
                row: Some(prepared(standing, asked, &pools, &secret)),
                seal: Some(secret.clone()),
                lines: Vec::new(),
                said: Said {
                    drafted_by: asked.by.clone(),
                    reason: asked.reason.trim().to_owned(),
                    ..Said::default()
                },
            })
        };
        let request = digest("draw-prepare", "", asked);
        let written = self.change_register(DRAWS, request, key, &decide).await?;
        Ok(written.stream_version)
    }

    /// Draws what was prepared, once the supervisor has said a number. Answers with the id of the batch.
    pub async fn draw(&self, asked: &DrawReveal, key: &str) -> Result<String, RegisterError> {
        let said = asked.said.trim();
        let decide = |standing: &Standing| {
            let draft = open(standing, asked.draft)?;
            let mut errors = supervising(standing, draft, &asked.by);
            let count = said.chars().count();
            let is_number = said.chars().all(|it| it.is_ascii_digit());
            if !is_number || !(SAID_LEAST..=SAID_MOST).contains(&count) {
                let text = format!("请当场报一个{SAID_LEAST}到{SAID_MOST}位的数字，只写数字");
                errors.push(wrong("said", text));
            }
            if !errors.is_empty() {
                return Err(RegisterError::Fields(errors));
            }
            let (Some(row), Some(secret)) = (&draft.row, &draft.seal) else {
                let text = "这次准备的内容已经销毁，不能抽取；请作废以后重新准备";
                return Err(RegisterError::Overtaken(text.to_owned()));
            };
            if let Some(text) = outlived(standing, &Pools::of_row(row)) {
                return Err(RegisterError::Overtaken(text));
            }
            let lines = rows_of_draw(standing, (&draft.id, row), (secret, said, &asked.by));
            Ok(Writing {
                entry: RegisterEntry::RegisterDrawn {
                    register: DRAWS,
                    row: draft.id.clone(),
                    draft: draft.number,
                    lines: lines.len(),
                    effective_from: standing.day,
                },
                row: None,
                seal: None,
                lines,
                said: Said {
                    drafted_by: draft.drafted_by.clone(),
                    decided_by: asked.by.clone(),
                    reason: draft.reason.clone(),
                    ..Said::default()
                },
            })
        };
        let request = digest("draw", "", asked);
        self.change_register(DRAWS, request, key, &decide).await?;
        let standing = self.fresh_standing().await?;
        let draft = standing.draft(DRAWS, asked.draft);
        Ok(draft.map_or_else(String::new, |it| it.id.clone()))
    }

    /// Gives up what was prepared and not drawn: its secret stays sealed for good.
    pub async fn cancel_draw(
        &self,
        asked: &DrawCancelling,
        key: &str,
    ) -> Result<u64, RegisterError> {
        let decide = |standing: &Standing| {
            let draft = open(standing, asked.draft)?;
            let mut errors = match asked.by == draft.drafted_by {
                true => Vec::new(),
                false => supervising(standing, draft, &asked.by),
            };
            if asked.reason.trim().is_empty() {
                errors.push(wrong("cancel_reason", "作废须写明理由"));
            }
            if !errors.is_empty() {
                return Err(RegisterError::Fields(errors));
            }
            Ok(Writing {
                entry: RegisterEntry::RegisterRejected {
                    register: DRAWS,
                    row: draft.id.clone(),
                    draft: draft.number,
                },
                row: None,
                seal: None,
                lines: Vec::new(),
                said: Said {
                    drafted_by: draft.drafted_by.clone(),
                    decided_by: asked.by.clone(),
                    opinion: asked.reason.trim().to_owned(),
                    ..Said::default()
                },
            })
        };
        let request = digest("draw-cancel", "", asked);
        let written = self.change_register(DRAWS, request, key, &decide).await?;
        Ok(written.stream_version)
    }
}

fn open(standing: &Standing, number: u64) -> Result<&Draft, RegisterError> {
    let draft = standing.draft(DRAWS, number);
    let draft = draft.ok_or(RegisterError::NoSuchDraft)?;
    match draft.state {
        DraftState::Open => Ok(draft),
        DraftState::Approved(_) => Err(RegisterError::Overtaken("这一批已经抽取过".to_owned())),
        DraftState::Rejected { .. } => Err(RegisterError::Overtaken("这一批已经作废".to_owned())),
    }
}

/// Why what was prepared may no longer be drawn: somebody in the pools may not inspect any more, or an object is gone.
fn outlived(standing: &Standing, pools: &Pools) -> Option<String> {
    let able: BTreeSet<String> = standing
        .draw_officers("")
        .into_iter()
        .map(|it| it.id)
        .collect();
    let left = pools.officers.iter().find(|it| !able.contains(&it.id));
    let holds = |it: &&Drawable| {
        let sources = [RegisterName::Enterprises, RegisterName::Sites];
        sources
            .iter()
            .any(|register| standing.holds(*register, &it.id))
    };
    let gone = pools.objects.iter().find(|it| !holds(it));
    let text = match (left, gone) {
        (Some(officer), _) => format!("封存以后，{}不再能承担检查", officer.name),
        (None, Some(object)) => format!("封存以后，名录里没有“{}”了", object.name),
        (None, None) => return None,
    };
    Some(format!("{text}；请作废，按现在的名册、名录重新准备"))
}

/// What stands against this person supervising the draw.
pub(super) fn supervising(standing: &Standing, draft: &Draft, by: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if by == draft.drafted_by {
        errors.push(wrong("by", "准备抽取的人不能自己监督抽取"));
    }
    let row = draft.row.as_deref();
    let in_pool = row.is_some_and(|row| Pools::of_row(row).officers.iter().any(|it| it.id == by));
    if in_pool {
        errors.push(wrong("by", "在人员库里、可能被抽中的人不能监督抽取"));
    }
    match (standing.file.staff(by), DRAWS.declared().review) {
        (None, _) => errors.push(wrong("by", "监督抽取的人须在人员名册里")),
        (Some(person), Review::Role { id, name })
            if !person.roles.iter().any(|role| role == id) =>
        {
            let text = format!(
                "{}不担任{name}；由{}监督",
                person.name,
                standing.reviewers(DRAWS)
            );
            errors.push(wrong("by", text));
        }
        (Some(_), _) => {}
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(prefix: &str, count: usize) -> Vec<Drawable> {
        let one = |number: usize| Drawable {
            id: format!("{prefix}{number:02}"),
            name: format!("{prefix}-{number}"),
        };
        (1..=count).map(one).collect()
    }

    #[test]
    fn shares_are_read_as_lists_write_them() {
        assert_eq!(share("3%"), Some(300));
        assert_eq!(share("不低于10％"), Some(1_000));
        assert_eq!(share("2.5%"), Some(250));
        assert_eq!(share("每年2次"), None);
        assert_eq!(share("%"), None);
    }

    #[test]
    fn whoever_must_withdraw_is_not_drawn_and_somebody_comes_next() {
        let mut pools = Pools {
            objects: pool("q", 9),
            officers: pool("p", 5),
            count: 4,
            ..Pools::default()
        };
        let (drawn, reserves) = outcome(&pools, 2, "seed");
        assert_eq!((drawn.len(), reserves.len()), (4, RESERVES));
        for it in &drawn {
            assert_eq!((it.officers.len(), it.reserves.len()), (2, RESERVES));
        }
        let objects: BTreeSet<&str> = drawn
            .iter()
            .map(|it| it.object.id.as_str())
            .chain(reserves.iter().map(|it| it.id.as_str()))
            .collect();
        assert_eq!(objects.len(), 6, "nothing is drawn twice");
        let first = drawn[0].officers[0].id.clone();
        let next = drawn[0].reserves[0].id.clone();
        pools.recusals = vec![(first.clone(), Some(drawn[0].object.id.clone()))];
        let (again, _) = outcome(&pools, 2, "seed");
        assert_eq!(again[0].object, drawn[0].object);
        let ids: Vec<&str> = again[0].officers.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, [drawn[0].officers[1].id.as_str(), next.as_str()]);
        assert_eq!(again[1..], drawn[1..]);
        pools.recusals = vec![(first.clone(), None)];
        let (again, _) = outcome(&pools, 2, "seed");
        let mut all = again
            .iter()
            .flat_map(|it| it.officers.iter().chain(&it.reserves));
        assert!(all.all(|it| it.id != first));
    }
}
