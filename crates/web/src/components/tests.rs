//! The components in their states, and what holds of the one stylesheet.

use super::gallery;
use std::collections::BTreeSet;

const STYLE: &str = include_str!("../../assets/staff.css");

/// The stylesheet without its comments: the tokens, and the rest.
fn style() -> (String, String) {
    let mut plain = String::new();
    let mut rest = STYLE;
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let (tokens, rules) = plain.split_once('}').expect("the tokens come first");
    assert!(tokens.trim_start().starts_with(":root {"), "{tokens}");
    (tokens.to_owned(), rules.to_owned())
}

#[test]
fn every_state_of_every_component() {
    for shown in gallery::all().expect("every example renders") {
        assert!(!shown.states.is_empty(), "{} has no example", shown.name);
        assert!(!shown.purpose.is_empty() && !shown.accessibility.is_empty());
        let states = shown
            .states
            .iter()
            .map(|(state, markup)| format!("<!-- {state} -->\n{}\n", markup.trim()));
        insta::assert_snapshot!(shown.id, states.collect::<String>());
    }
}

#[test]
fn colors_and_sizes_of_type_stand_among_the_tokens() {
    let (tokens, rules) = style();
    for line in rules.lines() {
        assert!(
            !line.contains('#') || !has_color(line),
            "a color of its own: {line}"
        );
        assert!(!line.contains("rgb") && !line.contains("hsl"), "{line}");
        for size in line.split("font-size:").skip(1) {
            let size = size.trim_start();
            let is_relative = size.starts_with("inherit") || size.starts_with("100%");
            assert!(
                size.starts_with("var(--") || is_relative,
                "a size of its own: {line}"
            );
        }
    }
    // What is used is declared, and what is declared is used.
    let declared: BTreeSet<&str> = tokens
        .split("--")
        .skip(1)
        .filter(|rest| rest.split_once(':').is_some_and(|(name, _)| is_name(name)))
        .filter_map(|rest| Some(rest.split_once(':')?.0))
        .collect();
    let used: BTreeSet<&str> = STYLE
        .split("var(--")
        .skip(1)
        .filter_map(|rest| Some(rest.split([')', ',']).next()?.trim()))
        .collect();
    assert_eq!(declared, used);
}

fn is_name(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn has_color(line: &str) -> bool {
    line.split('#').skip(1).any(|rest| {
        let digits = rest.chars().take_while(char::is_ascii_hexdigit).count();
        let ends = rest.chars().nth(digits).is_none_or(|c| ";, )}".contains(c));
        ends && [3, 4, 6, 8].contains(&digits)
    })
}

/// What Chrome 86 does not know, it skips together with the rest of its rule.
#[test]
fn the_stylesheet_asks_nothing_that_an_old_browser_lacks() {
    let (tokens, rules) = style();
    for newer in [
        ":has(",
        ":is(",
        ":where(",
        "@container",
        "@layer",
        "color-mix(",
        "light-dark(",
        "inset:",
        "inset-",
        "aspect-ratio",
        "overflow: clip",
        "dvh",
        "svh",
        "&",
        "subgrid",
        "text-wrap",
        "translate:",
        "scrollbar-gutter",
        "margin-trim",
    ] {
        assert!(!rules.contains(newer) && !tokens.contains(newer), "{newer}");
    }
    for not in rules.split(":not(").skip(1) {
        let within = not.split(')').next().unwrap_or("");
        assert!(!within.contains(','), "a list in :not({within})");
    }
}
