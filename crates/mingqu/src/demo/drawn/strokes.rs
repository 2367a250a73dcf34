//! Writing without a font: digits, and the two characters that say it is made up, as lines of a pen.

/// Lines of a pen, in a square of 100.
pub(super) type Strokes = &'static [&'static [(f32, f32)]];

/// 演示.
pub(super) const MADE_UP: [Strokes; 2] = [
    &[
        &[(12.0, 15.0), (22.0, 24.0)],
        &[(7.0, 40.0), (17.0, 49.0)],
        &[(8.0, 88.0), (22.0, 65.0)],
        &[(60.0, 4.0), (64.0, 14.0)],
        &[(36.0, 20.0), (34.0, 32.0)],
        &[(36.0, 20.0), (92.0, 20.0), (87.0, 32.0)],
        &[(44.0, 32.0), (84.0, 32.0)],
        &[(44.0, 74.0), (44.0, 42.0), (84.0, 42.0), (84.0, 74.0)],
        &[(44.0, 58.0), (84.0, 58.0)],
        &[(44.0, 74.0), (84.0, 74.0)],
        &[(64.0, 32.0), (64.0, 74.0)],
        &[(54.0, 79.0), (38.0, 95.0)],
        &[(74.0, 79.0), (90.0, 95.0)],
    ],
    &[
        &[(25.0, 20.0), (75.0, 20.0)],
        &[(8.0, 44.0), (92.0, 44.0)],
        &[(50.0, 44.0), (50.0, 92.0), (38.0, 85.0)],
        &[(30.0, 60.0), (14.0, 82.0)],
        &[(70.0, 60.0), (87.0, 82.0)],
    ],
];

/// How a camera prints a digit; it is 60 wide.
pub(super) fn digit(character: char) -> Option<Strokes> {
    const A: (f32, f32) = (8.0, 8.0);
    const B: (f32, f32) = (52.0, 8.0);
    const C: (f32, f32) = (8.0, 50.0);
    const D: (f32, f32) = (52.0, 50.0);
    const E: (f32, f32) = (8.0, 92.0);
    const F: (f32, f32) = (52.0, 92.0);
    Some(match character {
        '0' => &[&[A, B, F, E, A]],
        '1' => &[&[(18.0, 22.0), (34.0, 8.0), (34.0, 92.0)]],
        '2' => &[&[A, B, D, C, E, F]],
        '3' => &[&[A, B, F, E], &[D, (18.0, 50.0)]],
        '4' => &[&[A, C, D], &[B, F]],
        '5' => &[&[B, A, C, D, F, E]],
        '6' => &[&[B, A, E, F, D, C]],
        '7' => &[&[A, B, F]],
        '8' => &[&[A, B, F, E, A], &[C, D]],
        '9' => &[&[D, C, A, B, F, E]],
        '-' => &[&[(12.0, 50.0), (48.0, 50.0)]],
        ':' => &[&[(30.0, 32.0), (30.0, 36.0)], &[(30.0, 64.0), (30.0, 68.0)]],
        ' ' => &[],
        _ => return None,
    })
}

/// The date and time with which a line begins (`2026年3月3日 10:20` or `2026-03-03 10:20`), as a camera prints it.
pub(super) fn stamp(lines: &[String]) -> Option<String> {
    lines.iter().find_map(|line| printed(line))
}

fn printed(line: &str) -> Option<String> {
    let is_part = |character: char| character.is_ascii_digit() || "年月日-: ".contains(character);
    let head: String = line.chars().take_while(|it| is_part(*it)).collect();
    let mut numbers = head
        .split(|character: char| !character.is_ascii_digit())
        .filter(|number| !number.is_empty());
    let year = numbers.next().filter(|year| year.len() == 4)?;
    let (month, day) = (numbers.next()?, numbers.next()?);
    let date = format!("{year}-{month:0>2}-{day:0>2}");
    Some(match (numbers.next(), numbers.next()) {
        (Some(hour), Some(minute)) => format!("{date} {hour:0>2}:{minute:0>2}"),
        _ => date,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_the_date_with_which_a_line_begins() {
        let lines = |text: &str| vec!["离心泵两台".to_owned(), text.to_owned()];
        let cases = [
            ("2026-03-03 10:20 陆清源摄", Some("2026-03-03 10:20")),
            ("2026年3月3日 09:52", Some("2026-03-03 09:52")),
            ("2026-03-03，陆清源摄", Some("2026-03-03")),
            ("20立方米", None),
            ("摄于2026-03-03", None),
        ];
        for (line, expected) in cases {
            assert_eq!(stamp(&lines(line)).as_deref(), expected, "{line}");
        }
    }
}
