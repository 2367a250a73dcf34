//! Where personal data stands in a text.

use super::{Choices, Ground, Known};
use law::fact::PersonalKind;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use vocabulary::{CreditCode, ResidentId};

/// A stretch that was found, in bytes.
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What it is; nothing where only somebody knows.
    pub(super) kind: Option<PersonalKind>,
    pub(super) what: &'static str,
    /// What stands in its place, where the case knows.
    pub(super) shown: Option<String>,
    /// Nothing: it is in doubt.
    pub(super) ground: Option<Ground>,
}

/// A Chinese character, as far as names and places are written with.
const HAN: &str = r"\x{3400}-\x{9fff}\x{20000}-\x{323af}·";

/// The most frequent surnames, those of two characters first. A name with another surname is found where the case knows
/// it or where a word before it says that a name follows.
const DOUBLE: &str =
    "欧阳 上官 司马 诸葛 司徒 东方 令狐 皇甫 尉迟 公孙 慕容 夏侯 端木 长孙 宇文 南宫 呼延 申屠";
const SINGLE: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺闻邝荣";

/// How many characters of a name are its surname.
pub(super) fn surname_length(name: &[char]) -> usize {
    let start: String = name.iter().take(2).collect();
    if name.len() > 2 && DOUBLE.split(' ').any(|surname| surname == start) {
        2
    } else {
        1
    }
}

/// What a form by itself says.
struct Form {
    pattern: Regex,
    kind: PersonalKind,
    what: &'static str,
    /// Whether the stretch really is one; what is not is in doubt.
    check: fn(&str) -> Answer,
}

enum Answer {
    Hide,
    Doubt(&'static str),
}

fn pattern(text: &str) -> Regex {
    Regex::new(&text.replace("HAN", HAN)).expect("a pattern of this file")
}

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let form = |text: &str, kind, what, check| Form {
        pattern: pattern(text),
        kind,
        what,
        check,
    };
    let certain: fn(&str) -> Answer = |_| Answer::Hide;
    vec![
        // Digits, spaces between them allowed: a broken line hides nothing.
        form(
            r"[0-9\x{ff10}-\x{ff19}](?:[ \x{3000}-]?[0-9\x{ff10}-\x{ff19}]){9,}(?:[ \x{3000}-]?[0-9Xx\x{ff10}-\x{ff19}\x{ff38}\x{ff58}])",
            PersonalKind::Paper,
            "长号码",
            long_number,
        ),
        form(
            r"(?:\+?86[- ]?)?1(?:3[0-9]|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8[0-9]|9[0-9])(?:[- ]?[0-9]{4}){2}",
            PersonalKind::Phone,
            "手机号码",
            certain,
        ),
        form(
            r"0[1-9][0-9]{1,2}[- ]?[2-8][0-9]{6,7}",
            PersonalKind::Phone,
            "固定电话",
            |_| Answer::Doubt("像是固定电话：单位的可以照登，个人的应当隐去"),
        ),
        form(
            r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
            PersonalKind::Phone,
            "电子邮箱",
            certain,
        ),
        form(
            r"(?:[Qq]{2}|微信|[Vv]信)(?:号码|号)?[:：为是]?\s*[A-Za-z0-9_-]{5,20}",
            PersonalKind::Phone,
            "网络账号",
            certain,
        ),
        form(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-Z][·\-. ]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]",
            PersonalKind::Paper,
            "车牌号码",
            certain,
        ),
        form(
            r"(?:账号|帐号|账户|帐户|卡号)[:：为是]?\s*[0-9](?:[ -]?[0-9]){7,}",
            PersonalKind::Account,
            "银行账号",
            certain,
        ),
        form(
            r"(?:护照|港澳通行证|台胞证|军官证)(?:号码|号)?[:：为是]?\s*[A-Za-z0-9\x{5b57}\x{7b2c}]{6,12}",
            PersonalKind::Paper,
            "证件号码",
            certain,
        ),
        form(
            r"(?:住址|住所地|住所|户籍地|户籍所在地|家住|现住|暂住|居住于|居住在)[:：为是]?\s*[HAN0-9A-Za-z\-]{4,60}",
            PersonalKind::Address,
            "住址",
            |_| Answer::Doubt("像是住址：个人的应当隐去，单位的住所可以照登"),
        ),
        form(
            r"[HAN]{1,12}(?:村|庄|镇|街|路|巷|小区|社区|花园|家园|公寓)[HAN]{0,6}[0-9一二三四五六七八九十百]+(?:号楼|号院|号|栋|幢|单元|室|组|户)(?:[0-9一二三四五六七八九十]+(?:单元|号|室|户|层))*",
            PersonalKind::Address,
            "门牌地址",
            |_| Answer::Doubt("像是门牌地址：个人的住址应当隐去"),
        ),
        form(
            r"(?:[0-9]|1[0-7]|十[一二三四五六七]?|[一二三四五六七八九])(?:周岁|岁)|未成年|[HAN]{2,10}(?:小学|中学|幼儿园)",
            PersonalKind::Name,
            "可能涉及未成年人",
            |_| Answer::Doubt("可能涉及未成年人，其姓名、住所、学校等不得披露"),
        ),
    ]
});

/// Words after which a name stands that is not an officer's.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:当事人|被处罚人|违法行为人|举报人|投诉人|证人|见证人|被询问人|询问对象|所有权人|所有人|业主|经营者|承包人|承租人|出租人|委托代理人|代理人|代收人|签收人|司机|驾驶员|邻居|村民|居民|农户|姓名|户主|法定代表人|负责人|卖给了?|买受人|雇主|雇员|工人|实为|原名|又名|化名)(?:系|为|是|叫|名叫|[:：])?\s*([HAN]{2,4})",
    )
});

/// Names of those against whom something is done: the whole list of them.
static AGAINST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"对([HAN]{2,4}(?:、[HAN]{2,4})*?)(?:分别)?(?:作出|处以|罚款|立案|进行|给予)")
});

fn digits(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '0'..='9' => Some(c),
            'x' | 'X' | '\u{ff38}' | '\u{ff58}' => Some('X'),
            '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(c) - 0xff10, 10),
            _ => None,
        })
        .collect()
}

/// A long number: a citizen's, a card's, or one that nobody knows.
fn long_number(text: &str) -> Answer {
    let plain = digits(text);
    if ResidentId::parse(&plain).is_ok() {
        return Answer::Hide;
    }
    match plain.len() {
        15 if is_old_citizen_number(&plain) => Answer::Hide,
        16..=19 if passes_luhn(&plain) => Answer::Hide,
        18 => Answer::Doubt("像是身份号码，但校验位不符：是号码的应当隐去，写错的先更正"),
        11 | 13 if is_mobile(&plain) => Answer::Hide,
        // A credential of an officer, a station: shorter than any number of a person.
        ..=13 => Answer::Doubt("认不出的长号码：可能是证件编号、站点代码，也可能是电话或者账号"),
        _ => Answer::Doubt("认不出的长号码：可能是账号、证件号或者电话"),
    }
}

/// A mobile number, with or without its country code.
fn is_mobile(digits: &str) -> bool {
    let own = digits.strip_prefix("86").filter(|own| own.len() == 11);
    let prefix: u32 = own
        .unwrap_or(digits)
        .get(..3)
        .map_or(0, |it| it.parse().unwrap_or(0));
    matches!(prefix, 130..=139 | 145..=153 | 155..=159 | 162 | 165..=167 | 170..=178 | 180..=199)
}

/// The form of before 1999: six digits of place, a date without century, three digits.
fn is_old_citizen_number(digits: &str) -> bool {
    let number = |range: std::ops::Range<usize>| {
        digits
            .get(range)
            .map_or(0, |it| it.parse::<u32>().unwrap_or(0))
    };
    (1..=12).contains(&number(8..10)) && (1..=31).contains(&number(10..12)) && number(0..2) >= 11
}

fn passes_luhn(digits: &str) -> bool {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, b)| {
            let digit = u32::from(b - b'0') * if at % 2 == 1 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Everything that is found, in order and without overlap: what people said first, then what the case knows, then forms.
pub(super) fn all(text: &str, known: &BTreeSet<Known>, choices: &Choices) -> Vec<Found> {
    let mut taken: Vec<Found> = Vec::new();
    let mut shown: Vec<(usize, usize)> = Vec::new();
    let public = codes(text);
    for words in &choices.show {
        shown.extend(occurrences(text, words));
    }
    for words in longest_first(choices.hide.iter().map(String::as_str)) {
        for (start, end) in occurrences(text, words) {
            let is_name = looks_like_name(words);
            take(
                &mut taken,
                Found {
                    start,
                    end,
                    kind: is_name.then_some(PersonalKind::Name),
                    what: "人工指定",
                    shown: None,
                    ground: Some(Ground::Chosen),
                },
            );
        }
    }
    for words in longest_first(known.iter().map(|it| it.words.as_str())) {
        let Some(one) = known.iter().find(|it| it.words == words) else {
            continue;
        };
        for (start, end) in occurrences(text, words) {
            if shown.iter().any(|it| overlaps(*it, (start, end))) {
                continue;
            }
            let is_right = one.kind.is_none()
                && occurrences(text, &one.shown)
                    .iter()
                    .any(|right| right.0 <= start && end <= right.1);
            if is_right {
                continue;
            }
            // A name inside a longer name of something else: 东方红 in 东方红水电站.
            let is_inside = one.kind == Some(PersonalKind::Name)
                && continues_as_other_name(text.get(end..).unwrap_or_default());
            take(
                &mut taken,
                Found {
                    start,
                    end,
                    kind: one.kind,
                    what: if is_inside {
                        "与本案人员姓名相同，但像是地名、字号的一部分"
                    } else {
                        one.chinese()
                    },
                    shown: Some(one.shown.clone()),
                    ground: (!is_inside).then_some(Ground::Known),
                },
            );
        }
    }
    for one in known.iter().filter(|it| it.kind.is_none()) {
        let right = occurrences(text, &one.shown);
        for stretch in remains(text, &one.words, &one.shown) {
            if shown.iter().chain(&right).any(|it| overlaps(*it, stretch)) {
                continue;
            }
            take(
                &mut taken,
                Found {
                    start: stretch.0,
                    end: stretch.1,
                    kind: None,
                    what: "像是已经更正的名称的简称",
                    shown: None,
                    ground: None,
                },
            );
        }
    }
    for form in FORMS.iter() {
        for found in form.pattern.find_iter(text) {
            let stretch = (found.start(), found.end());
            if shown.iter().chain(&public).any(|it| overlaps(*it, stretch)) {
                continue;
            }
            let (what, ground) = match (form.check)(found.as_str()) {
                Answer::Hide => (form.what, Some(Ground::Form)),
                Answer::Doubt(what) => (what, None),
            };
            take(
                &mut taken,
                Found {
                    start: stretch.0,
                    end: stretch.1,
                    kind: Some(form.kind),
                    what,
                    shown: None,
                    ground,
                },
            );
        }
    }
    let mut candidates: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    // One name may say that another follows: each begins the search anew.
    while let Some(name) = NAMED.captures_at(text, at).and_then(|found| found.get(1)) {
        candidates.push((name.start(), name.as_str()));
        at = name.start();
    }
    for found in AGAINST.captures_iter(text) {
        let Some(list) = found.get(1) else { continue };
        let mut start = list.start();
        for name in list.as_str().split('、') {
            candidates.push((start, name));
            start += name.len() + '、'.len_utf8();
        }
    }
    for (start, name) in candidates {
        let Some(end) = end_of_name(name).map(|length| start + length) else {
            continue;
        };
        let stretch = (start, end);
        if !shown.iter().any(|it| overlaps(*it, stretch)) {
            take(
                &mut taken,
                Found {
                    start: stretch.0,
                    end,
                    kind: Some(PersonalKind::Name),
                    what: "像是自然人的姓名，本案没有登记",
                    shown: None,
                    ground: None,
                },
            );
        }
    }
    taken.sort_by_key(|found| found.start);
    taken
}

/// Stretches that stand in the wrong name and not in the right one, two characters or more: it may be meant by them.
fn remains(text: &str, wrong: &str, right: &str) -> Vec<(usize, usize)> {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let places: Vec<usize> = std::iter::once(0).chain(ends).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at + 2 < places.len() {
        let from = places[at];
        let of_wrong = |until: &usize| {
            let words = text.get(from..places[*until]).unwrap_or_default();
            wrong.contains(words)
        };
        let Some(until) = (at + 2..places.len()).take_while(of_wrong).last() else {
            at += 1;
            continue;
        };
        let words = text.get(from..places[until]).unwrap_or_default();
        if right.contains(words) {
            at += 1;
        } else {
            found.push((from, places[until]));
            at = until;
        }
    }
    found
}

/// Credit codes are public (law.md 4.4.1): their digits are no personal number.
fn codes(text: &str) -> Vec<(usize, usize)> {
    static CODE: LazyLock<Regex> = LazyLock::new(|| pattern("[0-9A-Z]{18}"));
    let found = CODE.find_iter(text);
    found
        .filter(|found| {
            CreditCode::parse(found.as_str()).is_ok() && ResidentId::parse(found.as_str()).is_err()
        })
        .map(|found| (found.start(), found.end()))
        .collect()
}

/// How many bytes of these characters are a name; nothing where they are none. `某` says that it is hidden already.
fn end_of_name(text: &str) -> Option<usize> {
    let letters: Vec<char> = text.chars().collect();
    if letters.contains(&'某') || !SINGLE.contains(letters[0]) && surname_length(&letters) == 1 {
        return None;
    }
    let tail: String = letters.iter().collect();
    if continues_as_other_name(&tail) {
        return None;
    }
    // The words that usually follow a name belong to the sentence.
    const AFTER: &str = "在于的将未于对与和及等已向从把被因为系是以至到又也分并经不有无应自提没可";
    let most = if surname_length(&letters) == 2 { 4 } else { 3 };
    let length = letters
        .iter()
        .take(most)
        .enumerate()
        .skip(1)
        .find(|(_, c)| AFTER.contains(**c))
        .map_or(letters.len().min(most), |(at, _)| at);
    (length >= 2).then(|| letters.iter().take(length).map(|c| c.len_utf8()).sum())
}

fn looks_like_name(words: &str) -> bool {
    let letters: Vec<char> = words.chars().filter(|c| !c.is_whitespace()).collect();
    (2..=4).contains(&letters.len())
        && letters
            .first()
            .is_some_and(|c| SINGLE.contains(*c) || surname_length(&letters) == 2)
}

/// Whether what follows makes the name part of the name of a place, a firm or a work.
fn continues_as_other_name(rest: &str) -> bool {
    static OTHER: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^[HAN]{0,6}(?:公司|厂|站|店|部|社|矿|场|县|市|区|镇|乡|村|河|水库|水电|煤矿|合作社|经营|集团|中心|学校|医院|大桥|渠|坝|街|路)",
        )
    });
    // A word that joins sentences ends the name.
    const JOINS: &str = "系是为在于与和向的因被将把住等及也又即非对从";
    let is_joined = rest.chars().next().is_some_and(|c| JOINS.contains(c));
    !is_joined && OTHER.is_match(rest)
}

fn longest_first<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut words: Vec<&str> = words.filter(|words| !words.trim().is_empty()).collect();
    words.sort_by_key(|words| std::cmp::Reverse(words.len()));
    words
}

/// Where the words stand, spaces between their characters allowed.
fn occurrences(text: &str, words: &str) -> Vec<(usize, usize)> {
    let wanted: Vec<char> = words.chars().filter(|c| !c.is_whitespace()).collect();
    let letters: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, c)| !c.is_whitespace())
        .collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at + wanted.len() <= letters.len() {
        let window = &letters[at..at + wanted.len()];
        if window.iter().map(|(_, c)| c).eq(wanted.iter()) {
            let (last, c) = window[wanted.len() - 1];
            found.push((window[0].0, last + c.len_utf8()));
            at += wanted.len();
        } else {
            at += 1;
        }
    }
    found
}

fn overlaps(a: (usize, usize), b: (usize, usize)) -> bool {
    a.0 < b.1 && b.0 < a.1
}

fn take(taken: &mut Vec<Found>, one: Found) {
    let stretch = (one.start, one.end);
    if !taken.iter().any(|it| overlaps((it.start, it.end), stretch)) {
        taken.push(one);
    }
}
