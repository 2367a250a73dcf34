//! The text as plain HTML: headings, paragraphs and tables alone, so that any content system takes it as it is.

use crate::Released;
use proof::DisclosureRow;

/// The text of a publication, to be pasted into a page of another site. Everything that was typed is escaped.
pub fn html(released: Released<'_>) -> String {
    let shown = released.shown;
    let mut text = String::new();
    let mut head: Vec<DisclosureRow> = Vec::new();
    let mut add = |label: &str, value: &Option<String>| {
        if let Some(value) = value {
            head.push(DisclosureRow {
                label: label.to_owned(),
                value: value.clone(),
            });
        }
    };
    add("文号", &shown.number);
    add("作出机关", &shown.agency);
    head.extend(shown.rows.iter().cloned());
    table(&mut text, &head);
    for section in &shown.sections {
        text.push_str(&format!("<h2>{}</h2>\n", escaped(&section.heading)));
        table(&mut text, &section.rows);
    }
    text.push_str(&format!(
        "<p>公示日期：{}</p>\n",
        escaped(&shown.disclosed_on)
    ));
    if !released.address.is_empty() {
        text.push_str(&format!(
            "<p>本公示附有存证，可以在 {} 核对。</p>\n",
            escaped(released.address)
        ));
    }
    text
}

fn table(text: &mut String, rows: &[DisclosureRow]) {
    if rows.is_empty() {
        return;
    }
    text.push_str("<table>\n");
    for row in rows {
        let value = escaped(&row.value).replace('\n', "<br>");
        text.push_str(&format!(
            "<tr><th>{}</th><td>{value}</td></tr>\n",
            escaped(&row.label)
        ));
    }
    text.push_str("</table>\n");
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}
