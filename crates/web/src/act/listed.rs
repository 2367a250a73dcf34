//! What the agency's own lists say of a step, before it is taken.

use app::register::{RegisterName, Standing};
use law::model::{EventIx, Procedure};
use law::readers::Reader;
use vocabulary::Day;

/// A row of the catalogue of legal review that the step is held against.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) clause: String,
}

/// The rows that hold on a day, where the step is the one at which the rules ask for the catalogue.
pub(super) fn listed(
    standing: &Standing,
    procedure: &Procedure,
    event: EventIx,
    day: Day,
) -> Vec<Listed> {
    if !Reader::ReviewCatalog.asked(procedure).contains(&event) {
        return Vec::new();
    }
    let rows = standing.context.review_catalog.on(&procedure.id, day);
    rows.map(|row| Listed {
        name: row.name.to_string(),
        clause: row.clause.to_string(),
    })
    .collect()
}

/// What the agency says how to say at a step (用语指引).
pub(super) struct Phrase {
    pub(super) scene: String,
    pub(super) says: String,
    pub(super) avoids: String,
}

pub(super) fn phrases(standing: &Standing, procedure: &str, event: &str) -> Vec<Phrase> {
    let act = format!("{procedure}/{event}");
    let rows = standing.rows(RegisterName::Phrases, standing.day);
    let own = rows.filter(|(_, _, row)| row.get("act").and_then(|it| it.as_str()) == Some(&act));
    own.map(|(_, _, row)| {
        let text = |column: &str| {
            let value = row.get(column).and_then(|it| it.as_str());
            value.unwrap_or_default().to_owned()
        };
        Phrase {
            scene: text("scene"),
            says: text("says"),
            avoids: text("avoids"),
        }
    })
    .collect()
}
