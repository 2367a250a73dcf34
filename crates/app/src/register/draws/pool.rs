//! Out of whom and what a draw is made.

use super::{DRAWS, DrawPreparing, number, text};
use crate::register::change::wrong;
use crate::register::columns::cell;
use crate::register::entry::Row;
use crate::register::standing::Standing;
use crate::register::{Choices, ColumnKind, RegisterName};
use crate::request::FieldError;
use casework::context::Credential;
use proof::draw;
use std::collections::BTreeSet;

/// At least so many officers inspect (行政处罚法 42), and no more are drawn for one object.
const OFFICERS: std::ops::RangeInclusive<usize> = 2..=10;
/// No pool is larger.
const POOL_MAX: usize = 20_000;
/// No more are drawn at once.
const DRAWN_MAX: usize = 500;
/// No more lines say who must withdraw.
const RECUSALS_MAX: usize = 200;
/// Instead of an object: whoever must withdraw inspects none.
const ALL: &str = "全部";
/// A whole, in hundredths of a percent.
const WHOLE: usize = 10_000;

/// Somebody or something that may be drawn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drawable {
    /// Its id in its register.
    pub id: String,
    /// What it is called.
    pub name: String,
}

impl Drawable {
    /// As it stands in a pool: on one line, whatever the name holds.
    fn of(id: &str, name: &str) -> Drawable {
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        Drawable {
            id: id.to_owned(),
            name: name.chars().map(plain).collect(),
        }
    }

    pub(super) fn line(&self) -> String {
        format!("{} {}", self.id, self.name)
    }

    fn read(line: &str) -> Option<Drawable> {
        let (id, name) = line.split_once(' ')?;
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
    pub recusals: BTreeSet<(String, Option<String>)>,
    /// How many objects the item's row asks for at least, where it says a share.
    pub least: Option<usize>,
    /// How many objects are to be drawn.
    pub count: usize,
}

impl Pools {
    fn may(&self, officer: &str, object: &str) -> bool {
        let stands = |object: Option<&str>| {
            let pair = (officer.to_owned(), object.map(str::to_owned));
            self.recusals.contains(&pair)
        };
        self.recusals.is_empty() || !(stands(None) || stands(Some(object)))
    }

    /// Whoever may inspect an object.
    pub(super) fn officers_for<'p>(
        &'p self,
        object: &'p str,
    ) -> impl Iterator<Item = &'p Drawable> {
        self.officers.iter().filter(|it| self.may(&it.id, object))
    }

    /// The digests of objects and officers.
    pub(super) fn digests(&self) -> (String, String) {
        let of = |all: &[Drawable]| {
            let lines: Vec<String> = all.iter().map(Drawable::line).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            draw::pool_digest(&lines)
        };
        (of(&self.objects), of(&self.officers))
    }

    /// What a row of a batch says its pools are.
    pub(super) fn of_row(row: &Row) -> Pools {
        let lines = |column: &str| -> Vec<Drawable> {
            text(row, column)
                .lines()
                .filter_map(Drawable::read)
                .collect()
        };
        let pairs = text(row, "recusals")
            .lines()
            .map(|line| match line.split_once(' ') {
                Some((officer, object)) => (officer.to_owned(), Some(object.to_owned())),
                None => (line.to_owned(), None),
            });
        Pools {
            objects: lines("objects"),
            officers: lines("people"),
            recusals: pairs.collect(),
            least: None,
            count: number(row, "count"),
        }
    }

    /// Those who must withdraw, as they stand in the row.
    pub(super) fn recusal_lines(&self) -> String {
        let lines = self.recusals.iter();
        let lines: Vec<String> = lines
            .map(|(who, what)| match what {
                Some(what) => format!("{who} {what}"),
                None => who.clone(),
            })
            .collect();
        lines.join("\n")
    }
}

/// The share that a text says, in hundredths of a percent, a whole at most: `3%`, `不低于10％`, `2.5%`.
fn share(text: &str) -> Option<usize> {
    let text: String = text.chars().map(half_width).collect();
    let (before, _) = text.split_once('%')?;
    let before = before.trim_end();
    let starts = before
        .char_indices()
        .rev()
        .take_while(|(_, it)| it.is_ascii_digit() || *it == '.')
        .last()?;
    let (_, digits) = before.split_at(starts.0);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part: String = part.chars().chain("00".chars()).take(2).collect();
    let whole: usize = whole.parse().ok()?;
    let share = whole.checked_mul(100)?.checked_add(part.parse().ok()?)?;
    (share <= WHOLE).then_some(share)
}

fn half_width(c: char) -> char {
    match c {
        '０'..='９' | '．' | '％' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

/// The register that objects are drawn from, and the kind of them.
pub(super) fn source(from: &str) -> Option<(RegisterName, &str)> {
    let (register, kind) = from.split_once(':').unwrap_or((from, ""));
    match RegisterName::parse(register)? {
        register @ (RegisterName::Enterprises | RegisterName::Sites) => Some((register, kind)),
        _ => None,
    }
}

/// Where the objects come from, in words.
pub(super) fn scope(asked: &DrawPreparing) -> String {
    let Some((register, kind)) = source(&asked.from) else {
        return String::new();
    };
    let mut said = vec![register.chinese().to_owned()];
    let mut columns = register.columns().iter();
    let kinds = columns.find_map(|it| match it.kind {
        ColumnKind::Choice(Choices::Fixed(of)) if it.id == "kind" => Some(of),
        _ => None,
    });
    let mut kinds = kinds.unwrap_or_default().iter();
    let name = kinds.find(|(id, _)| *id == kind);
    said.extend(name.map(|(_, name)| format!("类别是{name}")));
    if !asked.district.trim().is_empty() {
        said.push(format!("县区有“{}”", asked.district.trim()));
    }
    if asked.is_key_only && register == RegisterName::Enterprises {
        said.push("重点监管对象".to_owned());
    }
    said.join("，")
}

impl Standing {
    /// What a draw would be made of, or what stands against it, by field.
    pub fn draw_pools(&self, asked: &DrawPreparing) -> Result<Pools, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut pools = Pools::default();
        let mut of_list = None;
        match self.draw_item(&asked.item) {
            None if asked.item.trim().is_empty() => errors.push(wrong("item", "请选择抽查事项")),
            None => {
                let text = format!("随机抽查事项清单{}没有“{}”", self.day, asked.item.trim());
                errors.push(wrong("item", text));
            }
            Some((_, row)) => of_list = share(text(row, "ratio")),
        }
        match source(&asked.from) {
            None => errors.push(wrong("from", "请选择对象从哪里抽")),
            Some((register, _)) => {
                pools.objects = self.draw_objects(asked);
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
        let objects = pools.objects.len();
        pools.least = of_list.map(|share| objects.saturating_mul(share).div_ceil(WHOLE));
        match asked.count.or(pools.least) {
            None => errors.push(wrong("count", "清单没有写明百分比，请填写抽取几个")),
            Some(count) if objects > 0 && count > objects => {
                errors.push(wrong("count", format!("对象库只有{objects}个")));
            }
            Some(0) if objects > 0 => errors.push(wrong("count", "至少抽取一个")),
            Some(count) if count > DRAWN_MAX => {
                let text = format!("一批最多抽取{DRAWN_MAX}个，请分批抽取");
                errors.push(wrong("count", text));
            }
            Some(count) => pools.count = count,
        }
        if !OFFICERS.contains(&asked.officers) {
            let (least, most) = (OFFICERS.start(), OFFICERS.end());
            let text = format!("每个对象不少于{least}人（行政处罚法第四十二条），不多于{most}人");
            errors.push(wrong("officers", text));
        }
        match recusals(&asked.recusals, &pools) {
            Ok(found) => pools.recusals = found,
            Err(texts) => errors.extend(texts.into_iter().map(|it| wrong("recusals", it))),
        }
        let able = |object: &Drawable| pools.officers_for(&object.id).count();
        if let Some(object) = pools.objects.iter().find(|it| able(it) < asked.officers) {
            let text = format!(
                "“{}”可以指派的人员只有{}名，不够{}名：须在人员名册里承担办案工作、持有有效执法证、不须回避",
                object.name,
                able(object),
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

    /// The item of the list that is meant, with the id of its row.
    pub(super) fn draw_item(&self, name: &str) -> Option<(&String, &Row)> {
        let items = self.rows(RegisterName::InspectionItems, self.day);
        let mut named = items.filter(|(_, _, row)| text(row, "name") == name.trim());
        named.next().map(|(id, _, row)| (id, row))
    }

    /// The objects that may be drawn today.
    pub(super) fn draw_objects(&self, asked: &DrawPreparing) -> Vec<Drawable> {
        let Some((register, kind)) = source(&asked.from) else {
            return Vec::new();
        };
        let place = asked.district.trim();
        let fits = |row: &Row| {
            (kind.is_empty() || text(row, "kind") == kind)
                && (place.is_empty() || text(row, "district").contains(place))
                && (!asked.is_key_only
                    || register == RegisterName::Sites
                    || cell(row, "is_key").as_bool() == Some(true))
        };
        let rows = self.rows(register, self.day);
        rows.filter(|(_, _, row)| fits(row))
            .map(|(id, _, row)| Drawable::of(id, text(row, "name")))
            .collect()
    }

    /// Officers who may be drawn: who works as one by a procedure that looks draws up, and holds a credential that fits.
    pub(super) fn draw_officers(&self, section: &str) -> Vec<Drawable> {
        let rules = &self.context.rules;
        let reading = rules
            .procedures
            .iter()
            .filter(|it| it.lookups.iter().any(|it| it.register == DRAWS.id()));
        let roles = reading.flat_map(|it| it.roles.iter().filter(|role| role.is_officer));
        let roles: BTreeSet<&str> = roles.map(|role| role.id.as_str()).collect();
        let words = rules.credential_words();
        let people = self.file.people.iter().filter(|staff| {
            let holds = |it: &Credential| it.is_valid(self.day) && words.fit(&it.field);
            (section.is_empty() || staff.section == section)
                && staff.roles.iter().any(|role| roles.contains(role.as_str()))
                && staff.credentials.iter().any(holds)
        });
        let mut all: Vec<Drawable> = people
            .map(|staff| Drawable::of(&staff.id, &staff.name))
            .collect();
        all.sort();
        all
    }
}

/// The one that a word names, by id or by name.
fn named<'p>(all: &'p [Drawable], word: &str) -> Result<Option<&'p Drawable>, String> {
    if let Some(found) = all.iter().find(|it| it.id == word) {
        return Ok(Some(found));
    }
    let found: Vec<&Drawable> = all.iter().filter(|it| it.name == word).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        several => {
            let ids: Vec<&str> = several.iter().map(|it| it.id.as_str()).collect();
            Err(format!("有几个“{word}”，请写编号（{}）", ids.join("、")))
        }
    }
}

/// Who must not inspect whom, from lines of `name, object or 全部, reason`.
fn recusals(lines: &str, pools: &Pools) -> Result<BTreeSet<(String, Option<String>)>, Vec<String>> {
    let mut found = BTreeSet::new();
    let mut errors = Vec::new();
    if lines.lines().count() > RECUSALS_MAX {
        return Err(vec![format!("须回避的最多写{RECUSALS_MAX}行")]);
    }
    for (line, number) in lines.lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        let fields: Vec<&str> = line.split([',', '，']).map(str::trim).collect();
        let [who, what, why, ..] = fields[..] else {
            errors.push(format!(
                "第{number}行应当写：姓名，对象名称（或者“{ALL}”），理由"
            ));
            continue;
        };
        let mut told = |text: String| errors.push(format!("第{number}行：{text}"));
        if why.is_empty() {
            told("没有写理由".to_owned());
        }
        let officer = named(&pools.officers, who);
        let object = match what {
            ALL => Ok(None),
            what => named(&pools.objects, what),
        };
        match (officer, object) {
            (Err(text), _) | (_, Err(text)) => told(text),
            (Ok(None), _) => told(format!("可以抽取的人员里没有“{who}”")),
            (Ok(Some(_)), Ok(None)) if what != ALL => told(format!("对象库里没有“{what}”")),
            (Ok(Some(officer)), Ok(object)) => {
                found.insert((officer.id.clone(), object.map(|it| it.id.clone())));
            }
        }
    }
    if errors.is_empty() {
        Ok(found)
    } else {
        Err(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_as_lists_write_them() {
        assert_eq!(share("3%"), Some(300));
        assert_eq!(share("不低于10％"), Some(1_000));
        assert_eq!(share("５％"), Some(500));
        assert_eq!(share("2.5%"), Some(250));
        assert_eq!(share("100%"), Some(WHOLE));
        assert_eq!(share("101%"), None);
        assert_eq!(share("100000000000000000000%"), None);
        assert_eq!(share("每年2次"), None);
        assert_eq!(share("%"), None);
    }

    #[test]
    fn a_name_that_several_have_recuses_nobody_by_chance() {
        let one = |id: &str| Drawable::of(id, "一号井");
        let pools = Pools {
            objects: vec![one("x01"), one("x02")],
            officers: vec![Drawable::of("p01", "某人")],
            ..Pools::default()
        };
        let told = recusals("某人，一号井，亲属", &pools).unwrap_err();
        assert_eq!(told, ["第1行：有几个“一号井”，请写编号（x01、x02）"]);
        let found = recusals("某人，x02，亲属\n某人，全部，亲属", &pools).unwrap();
        let pair = |object: Option<&str>| ("p01".to_owned(), object.map(str::to_owned));
        assert_eq!(found, BTreeSet::from([pair(Some("x02")), pair(None)]));
    }

    #[test]
    fn a_name_stands_on_its_line() {
        assert_eq!(Drawable::of("x01", "一\t号\n井").line(), "x01 一 号 井");
    }
}
