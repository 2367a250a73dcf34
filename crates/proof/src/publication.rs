//! The public parts that cross to the public side: what a page shows, in the order it shows it.
//!
//! They are made by whoever knows the law and read by whoever does not. Fields are only ever added.

use serde::{Deserialize, Serialize};

/// The public part of a disclosure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    /// The heading.
    pub title: String,
    /// What kind of document it is, such as 行政处罚决定.
    pub kind: String,
    /// What is shown, in this order.
    pub rows: Vec<DisclosureRow>,
    /// The date of disclosure, `YYYY-MM-DD`.
    pub disclosed_on: String,
}

/// One shown value with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosureRow {
    /// The name, such as 文书号.
    pub label: String,
    /// The value; may have several lines.
    pub value: String,
}

/// The public part of a withdrawal: the header that stays when the content goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The id of the publication that is withdrawn.
    pub publication: String,
    /// Its heading, without what must go.
    pub title: String,
    /// What kind of document it was.
    pub kind: String,
    /// The date of disclosure, `YYYY-MM-DD`.
    pub disclosed_on: String,
    /// The date of withdrawal, `YYYY-MM-DD`.
    pub withdrawn_on: String,
    /// Why, in words that may be public.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    // Golden shapes: published files are read for as long as anybody keeps one.
    #[test]
    fn published_shapes_are_read_for_ever() {
        let disclosure = r#"{"title":"某某取水案","kind":"行政处罚决定","rows":[{"label":"文书号","value":"永水罚〔2026〕1号"}],"disclosed_on":"2026-10-13"}"#;
        let read: Disclosure = serde_json::from_str(disclosure).expect("the first shape");
        assert_eq!(serde_json::to_string(&read).expect("written"), disclosure);
        let withdrawal = r#"{"publication":"d1","title":"某某取水案","kind":"行政处罚决定","disclosed_on":"2026-10-13","withdrawn_on":"2026-11-20","reason":"决定被依法撤销"}"#;
        let read: Withdrawal = serde_json::from_str(withdrawal).expect("the first shape");
        assert_eq!(serde_json::to_string(&read).expect("written"), withdrawal);
    }
}
