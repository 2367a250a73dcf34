//! The picker of enforcement items: under their statute, with range and article, narrowed by a text.

use super::Asked;
use super::fields::Choice;
use app::Office;
use law::catalog::Item;

/// From so many characters on a text narrows the list; one alone stands in nearly every name.
const FIND_LEAST: usize = 2;

/// The items of a list, and how many there are.
pub(super) struct Found {
    pub(super) groups: Vec<(String, Vec<Choice>)>,
    /// What is said beside the search.
    pub(super) said: String,
}

/// The items that fit the text, or all; the chosen one stays in the list whatever is looked for.
pub(super) fn found(office: &Office, asked: &Asked, chosen: &str, find: &str) -> Found {
    let rules = &office.context().rules;
    let words: Vec<&str> = find.split_whitespace().collect();
    let length: usize = words.iter().map(|word| word.chars().count()).sum();
    let is_narrowed = length >= FIND_LEAST;
    let mut groups: Vec<(String, Vec<Choice>)> = Vec::new();
    let (mut fitting, mut all) = (0, 0);
    for item in rules.items.values() {
        all += 1;
        let statute = item
            .cites
            .first()
            .and_then(|cite| rules.statutes.get(&cite.statute));
        let statute = statute.map_or_else(String::new, |statute| statute.name.clone());
        let is_in_force = item.in_force(&rules.statutes, asked.view.now.day);
        let label = label(item, is_in_force);
        let fits = !is_narrowed
            || words
                .iter()
                .all(|word| label.contains(word) || statute.contains(word));
        fitting += usize::from(fits);
        if !fits && item.id != chosen {
            continue;
        }
        let choice = Choice {
            value: item.id.clone(),
            label,
            hint: String::new(),
            is_chosen: item.id == chosen,
        };
        match groups.iter_mut().find(|(name, _)| *name == statute) {
            Some((_, all)) => all.push(choice),
            None => groups.push((statute, vec![choice])),
        }
    }
    let said = match length {
        0 => format!("共{all}项"),
        _ if !is_narrowed => format!("至少写{FIND_LEAST}个字才查找；共{all}项"),
        _ if fitting == 0 => format!("没有含“{find}”的事项；共{all}项"),
        _ => format!("含“{find}”的{fitting}项，共{all}项"),
    };
    Found { groups, said }
}

/// Name, range and article in one line; one that may not be used any more says so.
fn label(item: &Item, is_in_force: bool) -> String {
    let ended = if is_in_force {
        ""
    } else {
        "【现已停用】"
    };
    format!("{ended}{}，{}，{}", item.name, item.ranges(), item.basis())
}
