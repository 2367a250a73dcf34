//! What comes of pools under a seed, and the rows that say so.

use super::pool::{Drawable, Pools, source};
use super::{BATCH, DrawPreparing, OBJECT, number, pool, text};
use crate::register::RegisterName;
use crate::register::entry::{Row, StoredLine, normal};
use crate::register::standing::Standing;
use proof::draw;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What an order of objects is drawn for.
const OF_OBJECTS: &str = "objects";
/// So many are named that come next, where an object is gone or somebody must withdraw.
pub(super) const RESERVES: usize = 2;

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

/// The objects that are drawn under a seed, and those that come next.
pub(super) fn outcome(pools: &Pools, each: usize, seed: &str) -> (Vec<Drawn>, Vec<Drawable>) {
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

/// Names, joined for people.
pub(super) fn names(all: &[Drawable]) -> String {
    let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
    names.join("、")
}

/// Ids, joined as rules read them (在列人员).
pub(super) fn ids(all: &[Drawable]) -> String {
    let ids: Vec<&str> = all.iter().map(|it| it.id.as_str()).collect();
    ids.join("、")
}

fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => normal(row),
        _ => Row::new(),
    }
}

/// The row of a batch that is prepared.
pub(super) fn prepared(
    standing: &Standing,
    asked: &DrawPreparing,
    pools: &Pools,
    (id, secret): (&str, &str),
) -> Row {
    let (objects, officers) = pools.digests();
    let lines = |all: &[Drawable]| {
        let lines: Vec<String> = all.iter().map(Drawable::line).collect();
        lines.join("\n")
    };
    let section = asked.section.trim();
    let whose = if section.is_empty() {
        "全部科室"
    } else {
        section
    };
    let item = asked.item.trim();
    row(json!({
        "code": id,
        "kind": BATCH,
        "item": item,
        "item_id": standing.draw_item(item).map(|(id, _)| id),
        "name": format!("{item}（{}）", standing.day),
        "from": asked.from,
        "district": asked.district.trim(),
        "is_key_only": asked.is_key_only,
        "section": section,
        "scope": pool::scope(asked),
        "count": pools.count,
        "least": pools.least,
        "each": asked.officers,
        "object_pool": format!("{}，共{}个，摘要{objects}", pool::scope(asked), pools.objects.len()),
        "officer_pool": format!("{whose}持有效执法证的办案人员，共{}名，摘要{officers}", pools.officers.len()),
        "objects": lines(&pools.objects),
        "people": lines(&pools.officers),
        "recusals": pools.recusal_lines(),
        "recusals_said": asked.recusals.trim(),
        "commitment": draw::commitment(secret),
        "operator": asked.by,
        "reason": asked.reason.trim(),
    }))
}

/// What was asked for, from the row of a batch.
pub(super) fn asked(row: &Row) -> DrawPreparing {
    let owned = |column: &str| text(row, column).to_owned();
    DrawPreparing {
        item: owned("item"),
        from: owned("from"),
        district: owned("district"),
        is_key_only: row.get("is_key_only").and_then(Value::as_bool) == Some(true),
        count: Some(number(row, "count")),
        officers: number(row, "each"),
        section: owned("section"),
        recusals: owned("recusals_said"),
        reason: owned("reason"),
        by: owned("operator"),
    }
}

/// The rows that a draw makes: of the batch, and of each object that was drawn.
pub(super) fn rows_of_draw(
    standing: &Standing,
    (id, batch): (&str, &Row),
    (secret, said, by): (&str, &str, &str),
) -> Vec<StoredLine> {
    let pools = Pools::of_row(batch);
    let (objects, officers) = pools.digests();
    let seed = draw::seed(secret, said, (&objects, &officers));
    let (drawn, reserves) = outcome(&pools, number(batch, "each"), &seed);
    let day = standing.day.to_string();
    let mut whole = batch.clone();
    let mut put = |column: &str, value: Value| {
        whole.insert(column.to_owned(), value);
    };
    put("secret", secret.into());
    put("said", said.into());
    put("seed", seed.as_str().into());
    put("drawn_on", day.as_str().into());
    put("supervisor", by.into());
    put("result", result(&drawn).into());
    put("reserves", names(&reserves).into());
    let mut lines = vec![StoredLine {
        row: id.to_owned(),
        values: Some(normal(whole)),
    }];
    for (it, number) in drawn.iter().zip(1..) {
        let code = format!("{id}-{number:03}");
        let (holder, site) = place_of(standing, batch, &it.object.id);
        let version = standing.row(RegisterName::Enterprises, &holder, standing.day);
        let owner = version.and_then(|version| version.row.as_deref());
        let of = |column: &str| owner.map_or("", |row| text(row, column));
        let own = row(json!({
            "kind": OBJECT,
            "batch": id,
            "code": code,
            "item": text(batch, "item"),
            "name": it.object.name,
            "object": it.object.id,
            "holder": holder,
            "holder_code": of("code"),
            "holder_name": of("name"),
            "site": site,
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
        }));
        lines.push(StoredLine {
            row: code,
            values: Some(own),
        });
    }
    lines
}

/// What was drawn, in a sentence.
pub(super) fn result(drawn: &[Drawn]) -> String {
    let all: Vec<Drawable> = drawn.iter().map(|it| it.object.clone()).collect();
    format!("抽中{}个：{}", all.len(), names(&all))
}

/// Whose an object is, by the id of the enterprise, and the code of the site where it is one.
fn place_of(standing: &Standing, batch: &Row, object: &str) -> (String, String) {
    let is_site =
        source(text(batch, "from")).is_some_and(|(register, _)| register == RegisterName::Sites);
    if !is_site {
        return (object.to_owned(), String::new());
    }
    let version = standing.row(RegisterName::Sites, object, standing.day);
    let row = version.and_then(|version| version.row.as_deref());
    let of = |column: &str| row.map_or("", |row| text(row, column)).to_owned();
    (of("holder"), of("code"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn pool(prefix: &str, count: usize) -> Vec<Drawable> {
        let one = |number: usize| Drawable {
            id: format!("{prefix}{number:02}"),
            name: format!("{prefix}-{number}"),
        };
        (1..=count).map(one).collect()
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
        pools.recusals = BTreeSet::from([(first.clone(), Some(drawn[0].object.id.clone()))]);
        let (again, _) = outcome(&pools, 2, "seed");
        assert_eq!(again[0].object, drawn[0].object);
        let ids: Vec<&str> = again[0].officers.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, [drawn[0].officers[1].id.as_str(), next.as_str()]);
        assert_eq!(again[1..], drawn[1..]);
        pools.recusals = BTreeSet::from([(first.clone(), None)]);
        let (again, _) = outcome(&pools, 2, "seed");
        let mut all = again
            .iter()
            .flat_map(|it| it.officers.iter().chain(&it.reserves));
        assert!(all.all(|it| it.id != first));
    }
}
