//! A draw done over: by the page each time it is looked at, and by anybody from the text that it gives out.

use super::outcome::{Drawn, ids, names, outcome, result};
use super::pool::{Drawable, Pools};
use super::{BATCH, DRAWS, OBJECT, number, text};
use crate::register::RegisterName;
use crate::register::columns::cell;
use crate::register::entry::Row;
use crate::register::known::DraftState;
use crate::register::standing::Standing;
use proof::draw;
use std::collections::BTreeMap;

/// What a batch drew, done over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrawn {
    /// What was drawn, and who inspects it.
    pub drawn: Vec<Drawn>,
    /// The objects that come next.
    pub reserves: Vec<Drawable>,
    /// Where the record says otherwise; empty where it agrees.
    pub doubts: Vec<String>,
}

impl Standing {
    /// The batches of draws, last first.
    pub(super) fn draw_batches(&self) -> Vec<(&String, &Row)> {
        let rows = self.rows(DRAWS, self.day);
        let mut all: Vec<(&String, &Row)> = rows
            .filter(|(_, _, row)| text(row, "kind") == BATCH)
            .map(|(id, _, row)| (id, row))
            .collect();
        all.reverse();
        all
    }

    fn draw_batch(&self, id: &str) -> Option<&Row> {
        let row = self.row(DRAWS, id, self.day)?.row.as_deref()?;
        (text(row, "kind") == BATCH).then_some(row)
    }

    /// What a batch drew, done over from what was sealed, the secret and the number; and whether its rows say the same.
    pub fn redrawn(&self, batch: &str) -> Option<Redrawn> {
        let row = self.draw_batch(batch)?;
        let mut doubts = Vec::new();
        let mut drafts = self.drafts(DRAWS);
        let sealed = drafts
            .find(|draft| draft.id == batch && matches!(draft.state, DraftState::Approved(_)));
        match sealed.and_then(|draft| draft.row.as_deref()) {
            None => doubts.push("找不到抽取以前封存的内容".to_owned()),
            Some(sealed) => {
                let column = |id: &str| {
                    let mut columns = RegisterName::Draws.columns().iter();
                    columns.find(|it| it.id == id).map_or("", |it| it.name)
                };
                let differing = sealed
                    .iter()
                    .filter(|(id, value)| row.get(*id) != Some(*value));
                let names: Vec<&str> = differing.map(|(id, _)| column(id)).collect();
                if !names.is_empty() {
                    doubts.push(format!("与抽取以前封存的不同：{}", names.join("、")));
                }
            }
        }
        let pools = Pools::of_row(row);
        if draw::commitment(text(row, "secret")) != text(row, "commitment") {
            doubts.push("系统随机数与抽取以前公开的摘要不符".to_owned());
        }
        let (objects, officers) = pools.digests();
        let printed = [("object_pool", &objects), ("officer_pool", &officers)];
        if printed
            .iter()
            .any(|(id, digest)| !text(row, id).ends_with(*digest))
        {
            doubts.push("两个库的各行与写明的摘要不符".to_owned());
        }
        let seed = draw::seed(
            text(row, "secret"),
            text(row, "said"),
            (&objects, &officers),
        );
        if seed != text(row, "seed") {
            doubts.push("种子与随机数、报数和两个库的摘要不符".to_owned());
        }
        let (drawn, reserves) = outcome(&pools, number(row, "each"), &seed);
        if result(&drawn) != text(row, "result") || names(&reserves) != text(row, "reserves") {
            doubts.push("写明的结果与复算的不同".to_owned());
        }
        let rows = self.rows(DRAWS, self.day);
        let of_batch =
            rows.filter(|(_, _, row)| text(row, "batch") == batch && text(row, "kind") == OBJECT);
        let said = |row: &Row| {
            let owned = |column: &str| text(row, column).to_owned();
            [
                owned("object"),
                owned("officer_ids"),
                owned("reserve_ids"),
                owned("result"),
            ]
        };
        let kept: BTreeMap<String, [String; 4]> = of_batch
            .map(|(id, _, row)| (id.clone(), said(row)))
            .collect();
        let again: BTreeMap<String, [String; 4]> = drawn
            .iter()
            .zip(1..)
            .map(|(it, number)| {
                let result = format!("{}；{}", it.object.name, names(&it.officers));
                let said = [
                    it.object.id.clone(),
                    ids(&it.officers),
                    ids(&it.reserves),
                    result,
                ];
                (format!("{batch}-{number:03}"), said)
            })
            .collect();
        if kept != again {
            doubts.push("抽中的对象或者人员与复算的不同".to_owned());
        }
        Some(Redrawn {
            drawn,
            reserves,
            doubts,
        })
    }

    /// Everything that a draw is done over from, with how, as text.
    pub fn draw_proof(&self, batch: &str) -> Option<String> {
        let row = self.draw_batch(batch)?;
        let Redrawn {
            drawn, reserves, ..
        } = self.redrawn(batch)?;
        let pools = Pools::of_row(row);
        let (objects, officers) = pools.digests();
        let mut said = vec![
            format!("随机抽取复算材料　批次 {batch}"),
            String::new(),
            format!("抽查事项：{}", text(row, "item")),
            format!("抽取日期：{}", text(row, "drawn_on")),
            format!("准备人：{}", self.person_name(text(row, "operator"))),
            format!("监督人：{}", self.person_name(text(row, "supervisor"))),
            format!("对象范围：{}", text(row, "scope")),
            format!("抽取数量：{}", pools.count),
            format!("每个对象的人数：{}", cell(row, "each")),
            format!("再次抽取或者少于比例的理由：{}", text(row, "reason")),
            format!("抽取以前公开的摘要：{}", text(row, "commitment")),
            format!("系统随机数：{}", text(row, "secret")),
            format!("监督人报的数：{}", text(row, "said")),
            format!("对象库摘要：{objects}"),
            format!("人员库摘要：{officers}"),
            format!("种子：{}", text(row, "seed")),
        ];
        said.extend(HOW.iter().map(|line| (*line).to_owned()));
        said.extend([
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
        ]);
        said.extend(drawn.iter().map(|it| {
            let (id, name) = (&it.object.id, &it.object.name);
            let (officers, next) = (names(&it.officers), names(&it.reserves));
            format!("{id}\t{name}\t{officers}\t候补：{next}")
        }));
        said.push(format!("候补对象：{}", names(&reserves)));
        said.push(String::new());
        Some(said.join("\n"))
    }
}

/// How it is done over.
const HOW: [&str; 8] = [
    "",
    "算法（逗号隔开的一项是一行，行间一个换行符，最后一行没有换行符，UTF-8；摘要是SHA-256，写作64位小写十六进制；从小到大按字节）：",
    "　摘要　　　= SHA-256(mingqu-draw-v1, commit, 系统随机数)",
    "　库的摘要　= SHA-256(mingqu-draw-v1, pool, 各行从小到大)，一行是编号、一个空格、名称",
    "　种子　　　= SHA-256(mingqu-draw-v1, seed, 系统随机数, 报的数, 对象库摘要, 人员库摘要)",
    "　对象次序　= 按SHA-256(mingqu-draw-v1, order, 种子, objects, 对象编号)从小到大",
    "　人员次序　= 按SHA-256(mingqu-draw-v1, order, 种子, officers空格对象编号, 人员编号)从小到大，须回避的除外",
    "",
];
