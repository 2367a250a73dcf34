use super::*;
use law::fact::PersonalKind::{Address, Name, Paper};

fn known(words: &[(&str, PersonalKind)]) -> BTreeSet<Known> {
    words
        .iter()
        .map(|(words, kind)| Known::new(words, *kind))
        .collect()
}

fn found(text: &str, known: &BTreeSet<Known>) -> Redacted {
    redact(text, known, &Choices::default())
}

/// What the public sees, and what is asked about.
fn check(text: &str, of_case: &[(&str, PersonalKind)], shown: &str, asked: &[&str]) {
    let found = found(text, &known(of_case));
    assert_eq!(found.shown(), shown);
    let doubts: Vec<&str> = found.doubts().map(|(words, _)| words).collect();
    assert_eq!(doubts, asked, "{text}");
}

#[test]
fn what_the_case_knows_is_hidden_wherever_it_stands() {
    check(
        "当事人李长河，住沁水镇北滩村12号，李长河于5月3日在沁河右岸倾倒弃渣45立方米。",
        &[("李长河", Name), ("沁水镇北滩村12号", Address)],
        "当事人李某某，住×××，李某某于5月3日在沁河右岸倾倒弃渣45立方米。",
        &[],
    );
    // A broken line or the layout of a form hides nothing.
    check(
        "当 事 人：李 长 河",
        &[("李长河", Name)],
        "当 事 人：李某某",
        &[],
    );
}

#[test]
fn a_name_that_was_wrong_gives_way_to_the_right_one() {
    let right = "漳河市演穿新型建材有限公司";
    let known = BTreeSet::from([Known::former_name("漳河市演川新型建材有限公司", right)]);
    let check = |text: &str, shown: &str, asked: &[&str]| {
        let found = found(text, &known);
        assert_eq!(found.shown(), shown);
        let doubts: Vec<&str> = found.doubts().map(|(words, _)| words).collect();
        assert_eq!(doubts, asked, "{text}");
    };
    check(
        "漳河市演川新型建材有限公司厂区内有一眼水井，漳河市演川新型建材有限公司没有计量。",
        "漳河市演穿新型建材有限公司厂区内有一眼水井，漳河市演穿新型建材有限公司没有计量。",
        &[],
    );
    // In short it may be somebody else.
    check(
        "演川公司称，演川新型建材的水井已经封闭。",
        "演川公司称，演川新型建材的水井已经封闭。",
        &["演川", "演川新型建材"],
    );
    check(
        "新型建材有限公司很多，漳河市也是。",
        "新型建材有限公司很多，漳河市也是。",
        &[],
    );
    // What the right name says as well is right, also where it only has more.
    let known = BTreeSet::from([Known::former_name("演川建材公司", "漳河市演川建材公司")]);
    assert_eq!(
        redact(
            "漳河市演川建材公司与演川建材公司",
            &known,
            &Choices::default()
        )
        .shown(),
        "漳河市演川建材公司与漳河市演川建材公司"
    );
    let choices = Choices::read("", "演川：另一家公司");
    let known = BTreeSet::from([Known::former_name("演川建材", "演穿建材")]);
    let found = redact("演川是另一家。", &known, &choices);
    assert_eq!(found.doubts().count(), 0);
}

#[test]
fn numbers_with_check_digits_are_found_anywhere() {
    check(
        "身份证11010519491231002X，卡号 6222020200112233446 ，手机１３９-0000-1037。",
        &[],
        "身份证×××，卡号 ××× ，手机×××。",
        &[],
    );
    check(
        "身 份 证 号:11010519491231 002 X(排版有空格)",
        &[],
        "身 份 证 号:×××(排版有空格)",
        &[],
    );
    // One digit is wrong: nobody knows what it is, and somebody has to say.
    check(
        "证件号110105194912310021。",
        &[],
        "证件号110105194912310021。",
        &["110105194912310021"],
    );
}

#[test]
fn what_is_public_stays() {
    for text in [
        "统一社会信用代码91140400MA0K000000的公司",
        "某水罚决字〔2026〕第12号，罚款70000元（柒万元），2026年9月5日作出。",
        "桩号K0+000至K2+350，断面面积25333.7平方米，水位903.25m。",
        "执法人员陆清源、闻一舟，联系处室为水政监察支队。",
    ] {
        let found = found(text, &BTreeSet::new());
        assert_eq!(found.shown(), text);
        let doubts: Vec<_> = found.doubts().collect();
        assert!(doubts.is_empty() || text.contains("91140400"), "{doubts:?}");
    }
}

#[test]
fn phones_plates_and_accounts_of_the_net_are_hidden_by_their_form() {
    check(
        "电话13900001037，自卸货车晋D·00318、豫E0077挂，QQ100000001，a.b@example.invalid。",
        &[],
        "电话×××，自卸货车×××、×××，×××，×××。",
        &[],
    );
}

#[test]
fn a_name_that_only_looks_like_one_is_asked_about() {
    check(
        "砂子卖给了郝老三，证人常青山在场，举报人郭某也在场。",
        &[],
        "砂子卖给了郝老三，证人常青山在场，举报人郭某也在场。",
        &["郝老三", "常青山"],
    );
    check(
        "举报人郭某实为郭青山；对郑德胜、郑德利分别作出处罚。",
        &[],
        "举报人郭某实为郭青山；对郑德胜、郑德利分别作出处罚。",
        &["郭青山", "郑德胜", "郑德利"],
    );
    // A person called like a place: as part of the place's name it is asked about, alone it is hidden.
    check(
        "东方红系东方红水电站负责人。",
        &[("东方红", Name)],
        "东方某系东方红水电站负责人。",
        &["东方红"],
    );
    check(
        "家住沁水镇北滩村，其子15周岁。",
        &[],
        "家住沁水镇北滩村，其子15周岁。",
        &["家住沁水镇北滩村", "15周岁"],
    );
}

#[test]
fn what_people_say_goes_first() {
    let choices = Choices::read(
        "郝老三\n北滩砂场\n",
        "常青山：村委会主任，以职务身份见证\n0355-2990000：本局电话\n",
    );
    let text = "砂子卖给郝老三的北滩砂场，证人常青山在场，电话0355-2990000。";
    let found = redact(text, &BTreeSet::new(), &choices);
    assert_eq!(
        found.shown(),
        "砂子卖给郝某某的×××，证人常青山在场，电话0355-2990000。"
    );
    assert_eq!(found.doubts().count(), 0, "{found:?}");
}

#[test]
fn two_people_are_told_apart() {
    let known = known_names(["郑德胜", "郑德利", "王一", "郑德胜"]);
    let shown: Vec<&str> = known.iter().map(|known| known.shown.as_str()).collect();
    assert_eq!(shown, ["郑某甲", "郑某乙", "王某"]);
    assert_eq!(hidden_name("欧阳明月"), "欧阳某某");
    assert_eq!(hidden_name("买买提·艾力"), "买某某某");
}

#[test]
fn nothing_that_is_hidden_can_be_read() {
    let of_case = known(&[
        ("李长河", Name),
        ("11010519491231002X", Paper),
        ("沁水镇北滩村12号", Address),
    ]);
    let parts = [
        "李长河",
        "，",
        "11010519491231002X",
        "在",
        "沁水镇北滩村12号",
        "；",
        "13900001037",
        "与",
    ];
    // Every order of three pieces, doubled ones among them.
    for a in parts {
        for b in parts {
            for c in parts {
                let found = found(&format!("{a}{b}{c}"), &of_case);
                let shown = found.shown();
                // What is in doubt is not published before somebody decided.
                if found.doubts().next().is_some() {
                    continue;
                }
                for secret in ["李长河", "11010519491231002X", "沁水镇北滩村12号"] {
                    assert!(!shown.contains(secret), "{a}{b}{c}: {shown}");
                }
            }
        }
    }
}

#[test]
fn a_text_is_whole_again_when_its_stretches_are_joined() {
    let text = "当事人:王建设,男,身份证号:142723190601209332,住址:某市某区清水镇下河村17号。";
    let all: String = found(text, &known(&[("王建设", Name)]))
        .stretches
        .iter()
        .map(|stretch| match stretch {
            Stretch::Plain(words)
            | Stretch::Hidden { words, .. }
            | Stretch::Doubt { words, .. } => words.as_str(),
        })
        .collect();
    assert_eq!(all, text);
}
