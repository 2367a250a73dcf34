//! The public parts that cross to the public side: what a page shows, in the order it shows it.
//!
//! They are made by whoever knows the law and read by whoever does not. Fields are only ever added.

use serde::{Deserialize, Serialize};

/// The public part of a disclosure.
///
/// The first published shape had `title`, `kind`, `rows` and `disclosed_on` alone; what else stands here is absent in such
/// files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    /// The heading.
    pub title: String,
    /// What kind of document it is, such as 行政处罚决定.
    pub kind: String,
    /// What is shown under no heading, in this order.
    pub rows: Vec<DisclosureRow>,
    /// The date of disclosure, `YYYY-MM-DD`.
    pub disclosed_on: String,
    /// The id of the publication: the same when it is shown again or withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<String>,
    /// The agency that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// The number of the document (文号), as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The party, as the public may know it: a natural person stands here redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// The date of the decision, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_on: Option<String>,
    /// What was decided, in one line of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What is shown under headings, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<DisclosureSection>,
    /// A drawing that is shown with it (SVG, with nothing in it that runs or is loaded); its steps stand in words besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawing: Option<String>,
    /// By what it can be found besides its words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<DisclosureFacet>,
    /// What stood here before and was replaced because it was wrong: its text is gone, this stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Replaced>,
}

/// One shown value with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosureRow {
    /// The name, such as 文书号.
    pub label: String,
    /// The value; may have several lines.
    pub value: String,
}

/// Values under a heading that answers one question of the reader, such as how to appeal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosureSection {
    /// The heading, such as 救济途径.
    pub heading: String,
    /// What stands under it, in this order.
    pub rows: Vec<DisclosureRow>,
}

/// A way of narrowing a search, such as 处罚种类, with the values of this publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosureFacet {
    /// Its name.
    pub name: String,
    /// At least one value.
    pub values: Vec<String>,
}

/// What was shown before and is gone, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The place of its leaf in the log.
    pub leaf: u64,
    /// What that leaf commits to as the shown text, in base64 as it stands in the leaf. Salted, so that nobody can guess
    /// the text from it, while whoever kept the file can show that it was this one.
    pub commitment: String,
    /// The date of its disclosure, `YYYY-MM-DD`.
    pub disclosed_on: String,
    /// The date on which it was replaced or withdrawn, `YYYY-MM-DD`.
    pub replaced_on: String,
    /// Why, in words that may be public.
    pub reason: String,
}

/// The public part of a withdrawal: the header that stays when the content goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The agency that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// The number of the document (文号), as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The date of the decision, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_on: Option<String>,
    /// Everything that was shown here, without its text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Replaced>,
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
        let whole = r#"{"title":"未经批准取水：行政处罚决定","kind":"行政处罚决定","rows":[],"disclosed_on":"2026-10-13","publication":"d1","agency":"某市水利局","number":"永水罚〔2026〕1号","party":"蔡某某","decided_on":"2026-10-10","summary":"罚款¥20,000.00","sections":[{"heading":"救济途径","rows":[{"label":"行政复议","value":"某市人民政府"}]}],"facets":[{"name":"处罚种类","values":["罚款"]}],"earlier":[{"leaf":7,"commitment":"00ff","disclosed_on":"2026-10-11","replaced_on":"2026-10-13","reason":"当事人名称有误"}]}"#;
        let read: Disclosure = serde_json::from_str(whole).expect("the second shape");
        assert_eq!(serde_json::to_string(&read).expect("written"), whole);
        let withdrawal = r#"{"publication":"d1","title":"某某取水案","kind":"行政处罚决定","disclosed_on":"2026-10-13","withdrawn_on":"2026-11-20","reason":"决定被依法撤销"}"#;
        let read: Withdrawal = serde_json::from_str(withdrawal).expect("the first shape");
        assert_eq!(serde_json::to_string(&read).expect("written"), withdrawal);
        let withdrawal = r#"{"publication":"d1","title":"某某取水案","kind":"行政处罚决定","disclosed_on":"2026-10-13","withdrawn_on":"2026-11-20","reason":"决定被依法撤销","agency":"某市水利局","number":"永水罚〔2026〕1号","decided_on":"2026-10-10","earlier":[{"leaf":7,"commitment":"00ff","disclosed_on":"2026-10-13","replaced_on":"2026-11-20","reason":"决定被依法撤销"}]}"#;
        let read: Withdrawal = serde_json::from_str(withdrawal).expect("the second shape");
        assert_eq!(serde_json::to_string(&read).expect("written"), withdrawal);
    }
}
