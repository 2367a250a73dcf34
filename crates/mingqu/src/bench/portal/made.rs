//! Made-up publications: signed bundles over texts in which some words are everywhere and others stand once.

use anyhow::{Context as _, Result};
use proof::tree::{self, MemoryTree};
use proof::{
    Bundle, Checkpoint, Disclosure, DisclosureFacet, DisclosureRow, DisclosureSection, Label, Leaf,
    NewLeaf, Part, Sensitivity, SigningKey,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use vocabulary::Day;

const ORIGIN: &str = "mingqu.test/bench";

/// The kinds of words that are looked for, with their names.
pub(super) const KINDS: [(&str, &str); 5] = [
    ("rare", "少见的两字词"),
    ("frequent", "常见的两字词"),
    ("phrase", "常见的长词"),
    ("number", "文书号"),
    ("two", "两个词"),
];

const BREACHES: [(&str, &str); 6] = [
    ("未经批准擅自取水", "取用水管理"),
    ("未依照批准的取水许可规定条件取水", "取用水管理"),
    ("未经批准在河道管理范围内采砂", "河道采砂"),
    ("在河道管理范围内弃置渣土", "河道管理"),
    ("未按规定编制水土保持方案擅自开工建设", "水土保持"),
    ("侵占水利工程管理和保护范围", "工程管理"),
];
const RIVERS: [&str; 12] = [
    "黄楼河",
    "青石河",
    "永安渠",
    "柳叶湖",
    "双桥河",
    "龙潭水库",
    "白沙河",
    "东干渠",
    "南洲河",
    "石门水库",
    "清溪",
    "西津河",
];
const PLACES: [&str; 10] = [
    "永安", "长水", "临江", "青川", "石桥", "南湖", "平原", "东安", "白沙", "清河",
];
const CLAUSES: [&str; 14] = [
    "执法人员在日常巡查中发现",
    "经现场勘验并制作笔录",
    "当事人未能提供有效的批准文件",
    "取水设施为一台潜水泵和一眼深度约八十米的机井",
    "用于厂区生产和绿化养护",
    "经计量核算实际水量与申报不符",
    "当事人对上述事实没有异议",
    "有现场照片、询问笔录和检测报告为证",
    "本机关依法告知拟作出的处罚以及陈述申辩的权利",
    "当事人在规定期限内没有提出陈述申辩",
    "鉴于当事人主动停止违法行为并配合调查",
    "参照水行政处罚裁量权基准中较轻的档次",
    "附近有居民取水点和农田灌溉渠道",
    "经复核当事人提出的理由不成立",
];

/// A number that looks like chance and is the same in every run.
fn draw(number: u64, of: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(format!("{number}/{of}")).into();
    u64::from_be_bytes(std::array::from_fn(|at| digest[at]))
}

fn pick<T: Copy>(all: &[T], number: u64, of: &str) -> T {
    let length = u64::try_from(all.len()).unwrap_or(1);
    let at = usize::try_from(draw(number, of) % length).unwrap_or(0);
    all[at]
}

/// Two characters out of three thousand: nearly every pair stands once.
pub(super) fn rare(number: u64) -> String {
    let character = |of: &str| {
        let code = 0x4e00 + u32::try_from(draw(number, of) % 3_000).unwrap_or(0);
        char::from_u32(code).unwrap_or('水')
    };
    [character("first"), character("second")].iter().collect()
}

pub(super) fn document_number(number: u64) -> String {
    format!("长水罚〔{}〕{}号", 2017 + number % 10, number + 1)
}

pub(super) fn id(number: u64) -> String {
    format!("p{number:07}-1-0")
}

/// The word of a kind for the publication with this number.
pub(super) fn word(kind: &str, number: u64) -> String {
    match kind {
        "rare" => rare(number),
        "frequent" => pick(
            &["取水", "处罚", "当事", "河道", "执法", "陈述"],
            number,
            "word",
        )
        .to_owned(),
        "phrase" => pick(&CLAUSES, number, "word").to_owned(),
        "number" => document_number(number),
        _ => format!(
            "{} {}",
            pick(&RIVERS, number, "river"),
            pick(&PLACES, number, "place")
        ),
    }
}

pub(super) fn disclosure(number: u64) -> Disclosure {
    let (breach, about) = pick(&BREACHES, number, "breach");
    let (river, place) = (
        pick(&RIVERS, number, "river"),
        pick(&PLACES, number, "place"),
    );
    let party = format!("{place}{}水务有限公司", rare(number));
    let day = i32::try_from(number / 30).unwrap_or(0);
    let decided = Day::from_number(17_200 + day).unwrap_or(Day::MIN);
    let fine = 2_000 + draw(number, "fine") % 98 * 1_000;
    let mut facts = format!("{party}{breach}，地点在{river}。");
    for at in 0..9 {
        let clause = pick(&CLAUSES, number, &format!("clause {at}"));
        // Writing into a text does not fail.
        let _ = write!(
            facts,
            "{clause}（{}立方米）；",
            draw(number, &format!("volume {at}")) % 9_000
        );
    }
    let row = |label: &str, value: String| DisclosureRow {
        label: label.to_owned(),
        value,
    };
    let section = |heading: &str, rows: Vec<DisclosureRow>| DisclosureSection {
        heading: heading.to_owned(),
        rows,
    };
    let facet = |name: &str, value: &str| DisclosureFacet {
        name: name.to_owned(),
        values: vec![value.to_owned()],
    };
    Disclosure {
        title: format!("{breach}：行政处罚决定"),
        kind: "行政处罚决定".to_owned(),
        disclosed_on: decided.plus_days(3).to_string(),
        publication: Some(id(number)),
        agency: Some(format!("{place}水利局")),
        number: Some(document_number(number)),
        party: Some(party),
        decided_on: Some(decided.to_string()),
        summary: Some(format!("罚款{fine}元，责令限期改正")),
        sections: vec![
            section("违法事实", vec![row("查明的事实", facts)]),
            section(
                "处罚依据和内容",
                vec![
                    row(
                        "处罚依据",
                        "《中华人民共和国水法》第六十九条第一项".to_owned(),
                    ),
                    row("处罚内容", format!("罚款{fine}元\n责令限期改正违法行为")),
                ],
            ),
            section(
                "救济途径",
                vec![
                    row(
                        "行政复议",
                        format!("自收到决定书之日起六十日内向{place}人民政府申请"),
                    ),
                    row(
                        "行政诉讼",
                        format!("自收到决定书之日起六个月内向{place}人民法院起诉"),
                    ),
                ],
            ),
        ],
        facets: vec![
            facet("违法行为", about),
            facet("处罚种类", "罚款"),
            facet("流域", river),
        ],
        ..Disclosure::default()
    }
}

/// What of it is searched, in one text: for whoever searches it otherwise.
pub(super) fn text(it: &Disclosure) -> String {
    let mut text = String::new();
    let short = [&it.number, &it.agency, &it.party, &it.summary];
    let short = short.into_iter().flatten().map(String::as_str);
    let rows = it.sections.iter().flat_map(|section| &section.rows);
    for value in [it.title.as_str()]
        .into_iter()
        .chain(short)
        .chain(rows.map(|row| row.value.as_str()))
    {
        text.push_str(value);
        text.push(' ');
    }
    text.replace(['\n', '\t', '\\'], " ")
}

/// Signs as many publications and puts them where the portal has accepted ones, with the key beside.
pub(super) fn make(store: &Path, key_file: &Path, count: u64) -> Result<()> {
    let key = SigningKey::from_seed(ORIGIN, &[3; 32])?;
    fs::write(key_file, format!("{}\n", key.verifier()))?;
    let mut log = MemoryTree::default();
    for number in 0..count {
        let content = disclosure(number);
        let part = Part {
            label: Label::parse("publication")?,
            sensitivity: Sensitivity::Public,
            salt: Sha256::digest(number.to_be_bytes()).into(),
            body: serde_json::to_vec(&content)?,
        };
        let header =
            json!({ "act": "bench", "outward": { "id": id(number), "effect": "disclosed" } });
        let leaf = Leaf::new(NewLeaf {
            id: &format!("e{number}"),
            agency: "bench",
            stream: &format!("case/{number}"),
            stream_version: 1,
            recorded_at: format!("{}T04:00:00Z", content.disclosed_on),
            header: &header,
            parts: std::slice::from_ref(&part),
            destroys: vec![],
        })?
        .to_bytes();
        log.append(tree::leaf_hash(&leaf));
        let size = number + 1;
        let proof = tree::prove_inclusion(size, number, &log)?;
        // Each under a head of its own, as publications come one by one.
        let note = Checkpoint::sign(size, log.root(), &key);
        let bundle = Bundle::new(ORIGIN, number, size, &leaf, &proof, &note, &part);
        let path = store.join(format!("{}.json", id(number)));
        fs::write(&path, bundle.to_json())
            .with_context(|| format!("不能写入 {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_that_is_looked_for_stands_in_some_text() {
        let all: String = (0..400).map(|number| text(&disclosure(number))).collect();
        for (kind, _) in KINDS {
            for number in [0, 7, 399] {
                for word in word(kind, number).split(' ') {
                    assert!(all.contains(word), "{kind}: {word}");
                }
            }
        }
        let length = all.chars().count() / 400;
        assert!(
            (300..1_000).contains(&length),
            "several hundred characters: {length}"
        );
    }
}
