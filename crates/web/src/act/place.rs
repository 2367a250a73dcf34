//! A place as the water sees it: what is asked in parts, and stored as one text that documents can print.

use super::fields::Choice;

/// The banks, as documents write them.
const BANKS: [&str; 4] = ["左岸", "右岸", "两岸", "河道内"];

/// The parts, in their order: the ending of the field's name, and the label in the text.
const REACH: (&str, &str) = ("reach", "河段");
const SECTION: (&str, &str) = ("section", "断面");
const BANK: (&str, &str) = ("bank", "岸别");
const COORDINATES: &str = "坐标";

/// Where something is, in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// 地点, in words.
    pub(super) at: String,
    pub(super) reach: String,
    pub(super) section: String,
    pub(super) bank: String,
    /// 东经, in degrees.
    pub(super) longitude: String,
    /// 北纬, in degrees.
    pub(super) latitude: String,
}

impl Place {
    /// The parts as a form sent them; `part` gives the field of that ending, the whole one for none.
    pub(super) fn sent(part: impl Fn(&str) -> String) -> Place {
        Place {
            at: part(""),
            reach: part(REACH.0),
            section: part(SECTION.0),
            bank: part(BANK.0),
            longitude: part("longitude"),
            latitude: part("latitude"),
        }
    }

    /// The parts of a stored text; one that was written otherwise is a place in words.
    pub(super) fn read(text: &str) -> Place {
        let mut place = Place::default();
        let mut pieces = text.split('；');
        place.at = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (label, value) = piece.split_once('：').unwrap_or_default();
            let value = value.to_owned();
            match label {
                label if label == REACH.1 => place.reach = value,
                label if label == SECTION.1 => place.section = value,
                label if label == BANK.1 && BANKS.contains(&value.as_str()) => place.bank = value,
                COORDINATES => {
                    let degrees = value
                        .strip_prefix("东经")
                        .and_then(|it| it.split_once("°、北纬"));
                    let Some((east, north)) = degrees else {
                        return Place::in_words(text);
                    };
                    place.longitude = east.to_owned();
                    place.latitude = north.trim_end_matches('°').to_owned();
                }
                _ => return Place::in_words(text),
            }
        }
        place
    }

    fn in_words(text: &str) -> Place {
        Place {
            at: text.to_owned(),
            ..Place::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Place::default()
    }

    /// One text, or what is wrong with a part.
    pub(super) fn text(&self) -> Result<String, String> {
        if self.at.is_empty() {
            return Err("请写明地点，如 长水县店上镇店上村东".to_owned());
        }
        let mut text = self.at.clone();
        let mut add = |label: &str, value: &str| {
            if value.contains('；') {
                return Err(format!("“{label}”里不要写分号“；”"));
            }
            if !value.is_empty() {
                text.push_str(&format!("；{label}：{value}"));
            }
            Ok(())
        };
        add(REACH.1, &self.reach)?;
        add(SECTION.1, &self.section)?;
        if !self.bank.is_empty() && !BANKS.contains(&self.bank.as_str()) {
            return Err(format!(
                "岸别应当是{}，不是“{}”",
                BANKS.join("、"),
                self.bank
            ));
        }
        add(BANK.1, &self.bank)?;
        match (self.longitude.is_empty(), self.latitude.is_empty()) {
            (true, true) => {}
            (false, false) => {
                let east = degrees(&self.longitude, "东经", 73..=136)?;
                let north = degrees(&self.latitude, "北纬", 3..=54)?;
                add(COORDINATES, &format!("东经{east}°、北纬{north}°"))?;
            }
            _ => return Err("东经、北纬要么都写，要么都不写".to_owned()),
        }
        Ok(text)
    }

    /// The banks to choose from.
    pub(super) fn banks(&self) -> Vec<Choice> {
        BANKS
            .map(|bank| Choice {
                value: bank.to_owned(),
                label: bank.to_owned(),
                hint: String::new(),
                is_chosen: bank == self.bank,
            })
            .into()
    }
}

/// Degrees as a decimal number within the country; degrees and minutes are refused, not converted.
fn degrees(
    text: &str,
    label: &str,
    within: std::ops::RangeInclusive<u32>,
) -> Result<String, String> {
    let plain = text.trim_end_matches('°');
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, "0"));
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let expected = || {
        format!(
            "{label}写作“{text}”，应当是{}至{}之间以度计的小数，如 {}.0510",
            within.start(),
            within.end(),
            if *within.start() > 60 { 113 } else { 36 }
        )
    };
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 8 {
        return Err(expected());
    }
    let whole: u32 = whole.parse().map_err(|_| expected())?;
    if !(*within.start()..*within.end()).contains(&whole) {
        return Err(expected());
    }
    Ok(plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Place {
        Place {
            at: "店上镇店上村东500米".to_owned(),
            reach: "浊漳河店上段".to_owned(),
            section: "K12+300".to_owned(),
            bank: "左岸".to_owned(),
            longitude: "113.0510".to_owned(),
            latitude: "36.2140".to_owned(),
        }
    }

    #[test]
    fn parts_make_one_text_and_the_text_gives_the_parts() {
        let text = full().text().expect("complete");
        assert_eq!(
            text,
            "店上镇店上村东500米；河段：浊漳河店上段；断面：K12+300；岸别：左岸；坐标：东经113.0510°、北纬36.2140°"
        );
        assert_eq!(Place::read(&text), full());
        let bare = Place::in_words("某村东");
        assert_eq!(bare.text(), Ok("某村东".to_owned()));
        assert_eq!(Place::read("某村；备注：桥北").at, "某村；备注：桥北");
        for words in ["某村；坐标：不详", "某村；岸别：东岸", "某村；"] {
            assert_eq!(Place::read(words), Place::in_words(words));
        }
    }

    #[test]
    fn a_wrong_part_is_named() {
        let wrong = |change: fn(&mut Place)| {
            let mut place = full();
            change(&mut place);
            place.text().expect_err("wrong")
        };
        assert!(wrong(|it| it.at.clear()).contains("请写明地点"));
        assert!(wrong(|it| it.bank = "东岸".to_owned()).contains("左岸、右岸"));
        assert!(wrong(|it| it.latitude.clear()).contains("要么都写"));
        for text in [
            "36.2",
            "136",
            "113°03′",
            "1e2",
            "-113",
            "113.123456789",
            "．",
        ] {
            let mut place = full();
            place.longitude = text.to_owned();
            let told = place.text().expect_err(text);
            assert!(told.contains("73至136") && told.contains(text), "{told}");
        }
        assert!(wrong(|it| it.latitude = "54.1".to_owned()).contains("3至54"));
        assert!(wrong(|it| it.reach = "甲；乙".to_owned()).contains("分号"));
    }
}
