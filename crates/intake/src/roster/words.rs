//! Ranges of a fine as benchmarks write them in words: `1千元以上不超过1万元`.
//!
//! What has one reading is read; anything else is refused with a sentence. 以上, 以下 and 不超过 include the amount
//! (行政处罚法 85 for the first two); 不满 and 不足 stop one fen before it.

use vocabulary::written::half_width;

/// A range, its ends as decimals without a unit, and the unit by its id in the register of benchmarks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FineRange {
    pub(super) low: String,
    pub(super) high: String,
    pub(super) unit: &'static str,
}

/// Amounts are counted in ten-thousandths.
const ONE: i128 = 10_000;
/// One fen.
const FEN: i128 = 100;

struct Number {
    value: i128,
    /// By what its last sign multiplies: 万 in `2万`.
    scale: i128,
    is_scaled: bool,
}

/// Reads a range.
pub(super) fn fine_range(text: &str) -> Result<FineRange, String> {
    let refused = || {
        format!(
            "看不出“{text}”从多少到多少，请改成“1千元以上1万元以下”这样的写法，或者加上“最低”“最高”“计”三栏"
        )
    };
    let plain: String = text
        .chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace() && !",。的".contains(*c))
        .collect();
    let mut unit = "yuan";
    let mut said = plain;
    for (id, writings) in [
        ("per_square_meter", ["每平方米", "/平方米"]),
        ("per_cubic_meter", ["每立方米", "/立方米"]),
    ] {
        for writing in writings {
            if said.contains(writing) {
                unit = id;
                said = said.replace(writing, "");
            }
        }
    }
    let (shape, numbers) = shape(&said).ok_or_else(refused)?;
    let mut shape = shape.as_str();
    for before in ["可以", "可", "并", "处以", "处", "罚款"] {
        shape = shape.strip_prefix(before).unwrap_or(shape);
    }
    shape = shape.strip_suffix("罚款").unwrap_or(shape);
    let shape = if shape.contains('倍') {
        if unit != "yuan" || shape.contains('元') {
            return Err(refused());
        }
        unit = "multiple";
        shape.replace('倍', "元")
    } else {
        shape.replace(['至', '到', '—', '~', '－', '–'], "-")
    };
    let shape = shape.replace("--", "-");
    let whole = |unit: &str| unit == "yuan";
    let (low, high) = match (shape.as_str(), numbers.as_slice()) {
        (
            "#元以上#元以下"
            | "#元以上、#元以下"
            | "#元以上不超过#元"
            | "#元以上-#元以下"
            | "#元-#元"
            | "#元以上-#元",
            [a, b],
        ) => (a.value, b.value),
        // `1-2万元`: what multiplies the second one multiplies the first one too.
        ("#-#元" | "#以上#元以下" | "#-#元以下", [a, b]) => {
            let by = if a.is_scaled { ONE } else { b.scale };
            (a.value * by / ONE, b.value)
        }
        ("#元以上不满#元" | "#元以上不足#元" | "#元以上未满#元", [a, b]) if whole(unit) => {
            (a.value, b.value - FEN)
        }
        ("超过#元不超过#元" | "超过#元-#元" | "超过#元#元以下", [a, b]) if whole(unit) => {
            (a.value + FEN, b.value)
        }
        ("#元以下" | "不超过#元" | "#元以内", [b]) => (0, b.value),
        ("#元", [a]) => (a.value, a.value),
        _ => return Err(refused()),
    };
    if low > high {
        return Err(format!("“{text}”的最低大于最高"));
    }
    Ok(FineRange {
        low: printed(low),
        high: printed(high),
        unit,
    })
}

/// The text with `#` for each number, and the numbers.
fn shape(text: &str) -> Option<(String, Vec<Number>)> {
    let mut shape = String::new();
    let mut numbers = Vec::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() || c == '.' || digit(c).is_some() || scale(c).is_some() {
            run.push(c);
            continue;
        }
        if !run.is_empty() {
            numbers.push(number(&run)?);
            run.clear();
            shape.push('#');
        }
        shape.push(c);
    }
    shape.pop();
    Some((shape, numbers))
}

fn digit(c: char) -> Option<i128> {
    let at = "零一二三四五六七八九".chars().position(|it| it == c);
    match c {
        '〇' => Some(0),
        '两' => Some(2),
        _ => at.and_then(|at| i128::try_from(at).ok()),
    }
}

fn scale(c: char) -> Option<i128> {
    Some(match c {
        '十' => 10,
        '百' => 100,
        '千' => 1_000,
        '万' => 10_000,
        '亿' => 100_000_000,
        _ => return None,
    })
}

/// `1.5万`, `二十万`, `1万5千`, `10000`.
fn number(run: &str) -> Option<Number> {
    let (mut total, mut section): (i128, i128) = (0, 0);
    let mut last: Option<i128> = None;
    let mut arabic = String::new();
    let mut by = ONE;
    let mut is_scaled = false;
    let close = |arabic: &mut String, last: &mut Option<i128>| -> Option<()> {
        if !arabic.is_empty() {
            *last = Some(decimal(arabic)?);
            arabic.clear();
        }
        Some(())
    };
    // No amount comes near this; what is longer is no amount.
    if run.chars().count() > 16 {
        return None;
    }
    for c in run.chars() {
        if c.is_ascii_digit() || c == '.' {
            if last.is_some() {
                return None;
            }
            arabic.push(c);
            by = ONE;
            continue;
        }
        close(&mut arabic, &mut last)?;
        if let Some(digit) = digit(c) {
            // `一二` is no number; 零 only holds a place.
            if last.is_some_and(|it| it != 0) {
                return None;
            }
            last = Some(digit * ONE);
            by = ONE;
            continue;
        }
        let times = scale(c)?;
        is_scaled = true;
        by *= times;
        if times >= 10_000 {
            total = (total + section + last.take().unwrap_or(0)) * times;
            section = 0;
        } else {
            section += last.take().filter(|it| *it != 0).unwrap_or(ONE) * times;
        }
    }
    close(&mut arabic, &mut last)?;
    let value = total + section + last.unwrap_or(0);
    Some(Number {
        value,
        scale: by,
        is_scaled,
    })
}

fn decimal(text: &str) -> Option<i128> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let is_number = !whole.is_empty() && rest.len() <= 4 && !rest.contains('.');
    let padded = format!("{rest:0<4}");
    let value = whole.parse::<i128>().ok()? * ONE + padded.parse::<i128>().ok()?;
    is_number.then_some(value)
}

fn printed(value: i128) -> String {
    let (whole, rest) = (value / ONE, value % ONE);
    let text = format!("{whole}.{rest:04}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, &str, &'static str)>) {
        let read = fine_range(text);
        match expected {
            Some((low, high, unit)) => {
                let expected = FineRange {
                    low: low.to_owned(),
                    high: high.to_owned(),
                    unit,
                };
                assert_eq!(read, Ok(expected), "{text}");
            }
            None => assert!(read.is_err(), "{text}: {read:?}"),
        }
    }

    #[test]
    fn a_range_in_words_has_one_reading() {
        for (text, low, high, unit) in [
            ("1千元以上不超过1万元", "1000", "10000", "yuan"),
            ("１万元以上 不超过２万元", "10000", "20000", "yuan"),
            ("处二万元以上五万元以下的罚款", "20000", "50000", "yuan"),
            ("可以处十万元以下罚款", "0", "100000", "yuan"),
            ("不超过5000元", "0", "5000", "yuan"),
            ("1-2万元", "10000", "20000", "yuan"),
            ("5千元—1万元", "5000", "10000", "yuan"),
            ("五千至一万元", "5000", "10000", "yuan"),
            ("1.5万元以上2.25万元以下", "15000", "22500", "yuan"),
            ("一万五千元以上二十万元以下", "15000", "200000", "yuan"),
            ("1万元以上不满2万元", "10000", "19999.99", "yuan"),
            ("超过1万元不超过2万元", "10000.01", "20000", "yuan"),
            ("每平方米10元以上20元以下", "10", "20", "per_square_meter"),
            ("10元/立方米至20元/立方米", "10", "20", "per_cubic_meter"),
            ("1倍以上3倍以下", "1", "3", "multiple"),
            ("500元", "500", "500", "yuan"),
        ] {
            check(text, Some((low, high, unit)));
        }
    }

    #[test]
    fn what_has_none_or_two_is_refused() {
        for text in [
            "警告",
            "1万元以上",
            "对单位处5万元以下罚款，对个人处1万元以下罚款",
            "2万元以上1万元以下",
            "1倍以上不满3倍",
            "违法所得1倍以上3倍以下",
            "一二万元以下",
            "1..5万元以下",
            "99999999999999999999999999999999999999999999亿元以下",
            "",
        ] {
            check(text, None);
        }
    }
}
