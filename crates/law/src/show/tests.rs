//! The shipped procedure, shown.

use super::*;
use crate::Rules;
use crate::source::SourceFile;

fn shipped() -> Rules {
    fn files(folder: &std::path::Path, below: &str, out: &mut Vec<SourceFile>) {
        for entry in std::fs::read_dir(folder).unwrap().filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if below.is_empty() {
                name
            } else {
                format!("{below}/{name}")
            };
            if entry.path().is_dir() {
                files(&entry.path(), &path, out);
            } else {
                out.push(SourceFile {
                    path,
                    text: std::fs::read_to_string(entry.path()).unwrap(),
                });
            }
        }
    }
    let mut out = Vec::new();
    files(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules"),
        "",
        &mut out,
    );
    Rules::load(&out).unwrap_or_else(|errors| panic!("{errors}"))
}

fn relation_of(shown: &Shown, id: &str) -> ShownRelation {
    shown
        .relations
        .iter()
        .find(|relation| relation.id == id)
        .unwrap_or_else(|| panic!("{id}"))
        .clone()
}

#[test]
fn every_relation_says_something_and_where_it_stands() {
    let rules = shipped();
    let shown = show(
        rules.procedure("penalty.ordinary").unwrap(),
        &Agency::default(),
    );
    for relation in &shown.relations {
        // A document that nobody uses leaves its own rule without an edge; every written rule has one.
        assert!(
            !relation.sentences.is_empty() || relation.kind == "出具",
            "{} is silent",
            relation.id
        );
        let (file, line) = relation.place.rsplit_once(':').unwrap();
        assert!(
            file.ends_with(".kdl") && line.parse::<u32>().is_ok(),
            "{}",
            relation.place
        );
        for sentence in &relation.sentences {
            assert!(!sentence.contains([',', ';']), "{sentence}");
            assert!(sentence.ends_with('。'), "{sentence}");
        }
    }
    let acts = &rules.procedure("penalty.ordinary").unwrap().acts;
    assert_eq!(shown.acts.len(), acts.len());
}

#[test]
fn sentences_name_acts_and_periods() {
    let rules = shipped();
    let shown = show(
        rules.procedure("penalty.ordinary").unwrap(),
        &Agency::default(),
    );
    let says = |id: &str| relation_of(&shown, id).sentences;
    assert_eq!(
        says("G-NOTIFY"),
        ["【处罚决定】须先有【送达（事先告知书）】。"]
    );
    assert_eq!(
        says("G-OUTCOME"),
        ["【处罚决定】【不予处罚决定】【涉罪移送】只能做其中一个。"]
    );
    assert_eq!(
        says("DEL-PUB-30D")[0],
        "【送达】须在【公告送达发布】满30日之后。"
    );
    let due = relation_of(&shown, "PUB-PEN-7WD");
    assert!(
        due.sentences[0].starts_with("有了【处罚决定】，应当在7个工作日（公示期限）内【公示】或"),
        "{due:?}"
    );
    let period = due.period.unwrap();
    assert_eq!(
        (period.count, period.unit, period.code),
        (Some(7), Some("working-days"), Some("F2"))
    );
    assert!(!period.confirmed);
    assert_eq!(due.strength_now, Strength::Reason);
}

#[test]
fn the_text_holds_acts_facts_and_relations() {
    let rules = shipped();
    let text = show(
        rules.procedure("penalty.ordinary").unwrap(),
        &Agency::default(),
    )
    .text();
    assert!(
        text.starts_with("行政处罚普通程序（penalty.ordinary）\n阶段：案源、"),
        "{text}"
    );
    for part in [
        "一、行为（",
        "二、关系（",
        "三、事实（",
        "〔审核讨论〕",
        "G-NOTIFY 前提　力度：阻断",
        "每份文书或者公示件各记各的",
    ] {
        assert!(text.contains(part), "{part}");
    }
    assert!(text.contains("位置：penalty.ordinary/40-notification-hearing.kdl:"));
    assert!(text.contains("（口径F2，设定“公示期限”，依据待核）"));
}

/// A field may be added to the shape; taking one away or renaming it breaks those who read it.
#[test]
fn the_shape_of_the_json_is_kept() {
    let rules = shipped();
    let shown = serde_json::to_value(show(
        rules.procedure("penalty.ordinary").unwrap(),
        &Agency::default(),
    ))
    .unwrap();
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<BTreeSet<String>>()
            .into_iter()
            .collect()
    };
    assert_eq!(shown["shape"], 1);
    assert_eq!(
        keys(&shown),
        [
            "acts",
            "facts",
            "id",
            "name",
            "phases",
            "relations",
            "shape"
        ]
    );
    assert_eq!(
        keys(&shown["relations"][0]),
        [
            "basis",
            "condition",
            "date_key",
            "from",
            "id",
            "kind",
            "note",
            "period",
            "place",
            "rows",
            "sentences",
            "strength",
            "strength_now",
            "until",
            "verified"
        ]
    );
    assert_eq!(
        keys(&shown["acts"][0]),
        [
            "carries",
            "class",
            "documents",
            "due_of",
            "id",
            "introduces",
            "issues",
            "name",
            "numbered",
            "optional",
            "phase",
            "place",
            "public",
            "repeatable",
            "required",
            "roles",
            "shortcuts",
            "starts_in_play",
            "subjects",
            "tags"
        ]
    );
    assert_eq!(
        keys(&shown["facts"][0]),
        [
            "alternatives",
            "derived_by",
            "id",
            "looked_up",
            "name",
            "per_document",
            "place",
            "sensitivity",
            "subject",
            "type"
        ]
    );
}

#[test]
fn a_shortcut_is_shown_with_what_it_fills_in_and_when_it_is_offered() {
    let rules = shipped();
    let procedure = rules.procedure("penalty.ordinary").unwrap();
    let shown = show(procedure, &Agency::default());
    let service = shown
        .acts
        .iter()
        .find(|act| act.id == "document_service")
        .unwrap();
    let of = |name: &str| {
        let found = service.shortcuts.iter().find(|it| it.name.contains(name));
        found.unwrap_or_else(|| panic!("{name}"))
    };
    let says = |name: &str| -> Vec<String> {
        let says = of(name).says.iter();
        says.map(|said| format!("{} {}", said.fact, said.value))
            .collect()
    };
    assert_eq!(
        says("本人当面签收"),
        [
            "送达方式 直接送达",
            "签收人身份 本人",
            "送达人已出示执法证件 是"
        ]
    );
    assert_eq!(of("公告期满").condition, "公告送达的原因已填");
    let text = shown.text();
    assert!(
        text.contains("    快捷：公告期满（当公告送达的原因已填）——送达方式 公告送达、"),
        "{text}"
    );
}

/// A shortcut says no more than its name: what an officer must have seen or done stands in the name, or is not filled in.
#[test]
fn a_shipped_shortcut_vouches_only_for_what_its_name_says() {
    let rules = shipped();
    let procedure = rules.procedure("penalty.ordinary").unwrap();
    // The fact, and the words of a name that says it.
    let words = [
        ("server_showed_id", "出示证件"),
        ("witness_signed", "见证人已签名"),
        ("leave_recorded", "已拍照录像"),
        ("refusal_noted", "已在回证上注明并签名"),
        ("electronic_consent", "当事人已同意"),
        ("electronic_confirmation", "签确认书"),
        ("public_reason_on_file", "原因和经过已记入案卷"),
        ("public_posted_photo", "张贴已拍照录像"),
    ];
    let mut vouched = 0;
    for shortcut in procedure.events.iter().flat_map(|event| &event.shortcuts) {
        for (fact, value) in &shortcut.says {
            if *value != Value::Bool(true) {
                continue;
            }
            let id = bare(&procedure.facts[*fact].id);
            let word = words.iter().find(|(known, _)| *known == id);
            let (_, word) = word.unwrap_or_else(|| panic!("{}: {id}", shortcut.name));
            assert!(shortcut.name.contains(word), "{}: {id}", shortcut.name);
            vouched += 1;
        }
    }
    assert!(vouched > 50, "{vouched}");
}
