//! What pages are put together from. A component is a typed view with a template of its own under `templates/components/`;
//! its examples are what its test compares and what the gallery page shows, so neither can show what the other does not.
//!
//! A page gives a component its words and links; a component decides nothing but how they look. Colors, spaces and sizes
//! stand among the tokens at the head of `assets/staff.css`.

pub(crate) mod deadline;
pub(crate) mod definitions;
pub(crate) mod demonstration;
pub(crate) mod diff;
pub(crate) mod empty;
pub(crate) mod filters;
pub(crate) mod gallery;
pub(crate) mod header;
pub(crate) mod notice;
pub(crate) mod pager;
pub(crate) mod progress;
pub(crate) mod redacted;
pub(crate) mod status;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod timeline;

use askama::Template;

/// A component: what it is called, when it is used, what it does for those who do not see it, and its states.
pub(crate) trait Component: Template + Sized {
    /// Its name in the code, and where it stands on the gallery page.
    const ID: &'static str;
    /// Its name for people.
    const NAME: &'static str;
    /// When to use it.
    const PURPOSE: &'static str;
    /// What it does for the keyboard, for screen readers and without color.
    const ACCESSIBILITY: &'static str;

    /// Its states, each with a name.
    fn examples() -> Vec<(&'static str, Self)>;
}

/// An address with the words that lead there.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) text: String,
}

impl Link {
    pub(crate) fn new(href: impl Into<String>, text: impl Into<String>) -> Link {
        Link {
            href: href.into(),
            text: text.into(),
        }
    }
}

/// The address of a page with these words behind it; empty ones are left out.
pub(crate) fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (key, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(key, value);
    }
    match query.finish().as_str() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}
