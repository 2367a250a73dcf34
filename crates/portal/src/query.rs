//! What somebody looks for, as it stands in an address.

use crate::fold::words;
use form_urlencoded::Serializer;

/// A query of more characters is not searched.
pub(crate) const LONGEST: usize = 200;
/// A list is narrowed by so many values at most.
const FILTERS: usize = 8;
/// What stands before the name of a way of narrowing, so that no name can be taken for another parameter.
const NARROWING: &str = "f.";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// As it was typed.
    pub(crate) text: String,
    /// Names and values, each pair once.
    pub(crate) filters: Vec<(String, String)>,
    /// The id of the last line of the page before.
    pub(crate) after: Option<String>,
}

/// What the words of a query come to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nothing is asked: every line.
    Everything,
    /// Each of these must occur; the single characters beside them cannot be searched.
    Words {
        words: Vec<String>,
        single: Vec<String>,
    },
    /// Single characters alone.
    TooShort,
    /// Longer than [`LONGEST`].
    TooLong,
}

impl Query {
    pub(crate) fn parse(raw: Option<&str>) -> Query {
        let mut query = Query::default();
        for (name, value) in form_urlencoded::parse(raw.unwrap_or_default().as_bytes()) {
            match &*name {
                "q" => query.text = value.trim().to_owned(),
                "after" => query.after = Some(value.into_owned()),
                name => {
                    if let Some(name) = name.strip_prefix(NARROWING)
                        && query.filters.len() < FILTERS
                        && !value.is_empty()
                    {
                        let filter = (name.to_owned(), value.into_owned());
                        if !query.filters.contains(&filter) {
                            query.filters.push(filter);
                        }
                    }
                }
            }
        }
        query
    }

    pub(crate) fn asked(&self) -> Asked {
        if self.text.chars().nth(LONGEST).is_some() {
            return Asked::TooLong;
        }
        let (words, single): (Vec<String>, Vec<String>) = words(&self.text)
            .into_iter()
            .partition(|word| word.chars().nth(1).is_some());
        match (words.is_empty(), single.is_empty()) {
            (true, true) => Asked::Everything,
            (true, false) => Asked::TooShort,
            (false, _) => Asked::Words { words, single },
        }
    }

    /// What can be put back into the field: no more than is searched.
    pub(crate) fn shown_text(&self) -> String {
        self.text.chars().take(LONGEST).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.filters.is_empty()
    }

    /// The address of this query below `path`.
    pub(crate) fn address(&self, path: &str) -> String {
        let mut pairs = Serializer::new(String::new());
        if !self.text.is_empty() {
            pairs.append_pair("q", &self.text);
        }
        for (name, value) in &self.filters {
            pairs.append_pair(&format!("{NARROWING}{name}"), value);
        }
        if let Some(after) = &self.after {
            pairs.append_pair("after", after);
        }
        let pairs = pairs.finish();
        match pairs.is_empty() {
            true => path.to_owned(),
            false => format!("{path}?{pairs}"),
        }
    }

    pub(crate) fn at(&self, after: Option<String>) -> Query {
        Query {
            after,
            ..self.clone()
        }
    }

    pub(crate) fn without(&self, filter: &(String, String)) -> Query {
        let mut query = self.at(None);
        query.filters.retain(|it| it != filter);
        query
    }

    pub(crate) fn only(name: &str, value: &str) -> Query {
        Query {
            filters: vec![(name.to_owned(), value.to_owned())],
            ..Query::default()
        }
    }

    /// The name of the form field that narrows by this.
    pub(crate) fn field(name: &str) -> String {
        format!("{NARROWING}{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_query() {
        let query = Query {
            text: "未经批准 & 取水".to_owned(),
            filters: vec![
                ("处罚种类".to_owned(), "罚款".to_owned()),
                ("q=1&x".to_owned(), "a+b".to_owned()),
            ],
            after: Some("a1".to_owned()),
        };
        let address = query.address("/publications");
        let (path, raw) = address.split_once('?').expect("parameters");
        assert_eq!(path, "/publications");
        assert_eq!(Query::parse(Some(raw)), query);
        assert_eq!(Query::default().address("/publications"), "/publications");
    }

    #[test]
    fn what_cannot_be_searched_is_told_apart() {
        let asked = |text: &str| {
            Query {
                text: text.to_owned(),
                ..Query::default()
            }
            .asked()
        };
        assert_eq!(asked(" "), Asked::Everything);
        assert_eq!(asked("水 罚"), Asked::TooShort);
        assert_eq!(
            asked("水 取水"),
            Asked::Words {
                words: vec!["取水".to_owned()],
                single: vec!["水".to_owned()]
            }
        );
        assert_eq!(asked(&"水".repeat(201)), Asked::TooLong);
        assert!(matches!(asked(&"水".repeat(200)), Asked::Words { .. }));
    }
}
