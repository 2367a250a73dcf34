//! What a form asks for once it is known what the case is like. Orders and folds; never decides.

use casework::relevance::{Filling, Need};
use law::fact::Value;
use law::model::{EventIx, FactIx, Procedure};
use vocabulary::Moment;

use crate::common::{Given, day, given};

const SERVICE: &str = "document_service:penalty_decision_document";
const DECIDED: &str = "承 \"立案到处罚决定\"";

fn fact(procedure: &Procedure, id: &str) -> FactIx {
    let of_document = format!("{id}:penalty_decision_document");
    let found = procedure.fact(&of_document).or(procedure.fact(id));
    found.unwrap_or_else(|| panic!("{id}"))
}

/// A form filled with facts by id and text.
fn filled<T>(case: &Given, said: &[(&str, &str)], ask: impl FnOnce(&Filling<'_>) -> T) -> T {
    let procedure = &case.history.case.procedure;
    let facts: Vec<(FactIx, Value)> = said
        .iter()
        .map(|(id, text)| {
            let at = fact(procedure, id);
            (at, procedure.facts[at].parse(text).expect("a value"))
        })
        .collect();
    ask(&Filling {
        case: &case.history.case,
        context: &case.context,
        event: event(procedure),
        member: 0,
        at: Moment::from(day("2026-04-24")),
        facts: &facts,
    })
}

fn event(procedure: &Procedure) -> EventIx {
    procedure.event(SERVICE).expect("declared")
}

fn need(case: &Given, said: &[(&str, &str)], id: &str) -> String {
    let procedure = &case.history.case.procedure;
    let needs = filled(case, said, |filling| filling.needs());
    let at = fact(procedure, id);
    let (_, need) = needs.iter().find(|(known, _)| *known == at).expect("said");
    match need {
        Need::Declared => "declared".to_owned(),
        Need::Demanded(rule) => format!("demanded by {}", procedure.rules[*rule].id),
        Need::OneOf(rule) => format!("one of {}", procedure.rules[*rule].id),
        Need::Open => "open".to_owned(),
        Need::Folded => "folded".to_owned(),
    }
}

const CONDITIONAL: [&str; 7] = [
    "refusal_noted",
    "witness_signed",
    "leave_recorded",
    "electronic_consent",
    "electronic_confirmation",
    "entrusted_agency",
    "mail_receipt",
];

#[test]
fn what_other_ways_ask_for_is_folded_and_what_this_one_asks_for_is_demanded() {
    let case = given(DECIDED);
    for (mode, demanded) in [
        ("direct", vec![]),
        ("mail", vec![("mail_receipt", "demanded by DEL-MAIL")]),
        (
            "entrusted",
            vec![("entrusted_agency", "demanded by DEL-ENTRUST")],
        ),
        (
            "refused_at_office",
            vec![("refusal_noted", "demanded by DEL-REFUSE-AT-OFFICE")],
        ),
        (
            "electronic",
            vec![
                ("electronic_consent", "demanded by DEL-ELEC"),
                ("electronic_confirmation", "demanded by DEL-ELEC"),
            ],
        ),
        (
            "leave",
            vec![
                ("witness_signed", "one of DEL-LEAVE"),
                ("leave_recorded", "one of DEL-LEAVE"),
            ],
        ),
        ("public", vec![]),
    ] {
        let said = [("service_mode", mode), ("signer", "self")];
        for id in CONDITIONAL {
            let expected = demanded
                .iter()
                .find(|(known, _)| *known == id)
                .map_or("folded", |(_, need)| need);
            assert_eq!(need(&case, &said, id), expected, "{mode}: {id}");
        }
        for id in ["service_mode", "signer", "server_showed_id"] {
            assert_eq!(need(&case, &said, id), "declared", "{mode}: {id}");
        }
        // Nothing in the law reads it: it may always be written.
        assert_eq!(need(&case, &said, "signer_name"), "open", "{mode}");
    }
}

#[test]
fn while_it_is_not_known_how_it_was_served_nothing_is_folded_or_demanded() {
    let case = given(DECIDED);
    for id in CONDITIONAL {
        assert_eq!(need(&case, &[], id), "open", "{id}");
    }
}

#[test]
fn one_of_two_that_is_there_makes_the_other_needless() {
    let case = given(DECIDED);
    let said = [("service_mode", "leave"), ("leave_recorded", "是")];
    assert_eq!(need(&case, &said, "witness_signed"), "folded");
    // The one that is there stays in sight: without it the other would be needed.
    assert_eq!(need(&case, &said, "leave_recorded"), "one of DEL-LEAVE");
    // One that was said not to be there leaves the other as the only way.
    let said = [("service_mode", "leave"), ("leave_recorded", "否")];
    assert_eq!(
        need(&case, &said, "witness_signed"),
        "demanded by DEL-LEAVE"
    );
}

#[test]
fn a_demand_letter_keeps_the_reason_in_sight_that_its_own_rule_reads() {
    let case = given(DECIDED);
    let procedure = &case.history.case.procedure;
    let event = procedure
        .event("document_service:demand_letter")
        .expect("declared");
    let of = |id: &str| {
        procedure
            .fact(&format!("{id}:demand_letter"))
            .expect("declared")
    };
    let mode = of("service_mode");
    let reason = of("not_direct_reason");
    let need = |text: &str| {
        let facts = [(mode, procedure.facts[mode].parse(text).expect("a mode"))];
        let filling = Filling {
            case: &case.history.case,
            context: &case.context,
            event,
            member: 0,
            at: Moment::from(day("2026-04-24")),
            facts: &facts,
        };
        let needs = filling.needs();
        needs
            .iter()
            .find(|(known, _)| *known == reason)
            .expect("said")
            .1
    };
    let rule = procedure.rule("DEL-ENF-DIRECT").expect("a rule");
    assert_eq!(need("mail"), Need::Demanded(rule));
    assert_eq!(need("direct"), Need::Folded);
}

#[test]
fn what_is_missing_names_the_rule_and_the_defect_and_what_was_denied_is_not_missing() {
    let case = given(DECIDED);
    let procedure = &case.history.case.procedure;
    let missing = |said: &[(&str, &str)]| -> Vec<String> {
        let missing = filled(&case, said, |filling| filling.missing());
        missing
            .iter()
            .map(|it| {
                let facts: Vec<&str> = it
                    .facts
                    .iter()
                    .map(|fact| procedure.facts[*fact].id.split(':').next().unwrap_or(""))
                    .collect();
                let defect = it.defect.as_deref().unwrap_or("none");
                format!(
                    "{} {} {defect}",
                    procedure.rules[it.rule].id,
                    facts.join("+")
                )
            })
            .collect()
    };
    let base = [("signer", "nobody"), ("server_showed_id", "是")];
    let with = |more: &[(&'static str, &'static str)]| -> Vec<(&str, &str)> {
        base.iter().chain(more).copied().collect()
    };
    assert_eq!(
        missing(&with(&[("service_mode", "mail")])),
        ["DEL-MAIL mail_receipt 邮寄送达没有回执"]
    );
    assert!(missing(&with(&[("service_mode", "mail"), ("mail_receipt", "EMS1")])).is_empty());
    let leave = ("service_mode", "leave");
    assert_eq!(
        missing(&with(&[leave])),
        ["DEL-LEAVE witness_signed+leave_recorded 留置送达没有见证也没有录像"]
    );
    assert!(missing(&with(&[leave, ("witness_signed", "是")])).is_empty());
    // Said to be lacking: a defect, nothing to ask for.
    let denied = with(&[leave, ("witness_signed", "否"), ("leave_recorded", "否")]);
    assert!(missing(&denied).is_empty());
    let leaves = filled(&case, &denied, |filling| filling.leaves());
    let leaves: Vec<&str> = leaves.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(leaves, ["留置送达没有见证也没有录像"]);
}

/// The demand is what the decision makes of it: a form that leaves out what was folded is judged no worse.
#[test]
fn leaving_out_what_is_folded_departs_from_no_rule() {
    let case = given(DECIDED);
    for (mode, more) in [
        ("直接送达", ""),
        ("留置送达", "签收人身份 无人签收; 留置过程已拍照录像 成立;"),
        ("邮寄送达", "邮寄回执 \"EMS1\";"),
        ("委托送达", "受委托送达的机关 \"某县水利局\";"),
        (
            "到机关领取而拒签",
            "签收人身份 无人签收; 回证已注明拒收情况并签名 成立;",
        ),
        (
            "电子送达",
            "当事人同意电子送达 成立; 已签电子送达确认书 成立;",
        ),
    ] {
        let line =
            format!("行 送达:处罚决定书 \"2026-04-24\" 当事人=1 {{ 送达方式 {mode}; {more} }}");
        let command = case.command(&line);
        let procedure = &case.history.case.procedure;
        let needs = Filling {
            case: &case.history.case,
            context: &case.context,
            event: command.event,
            member: 0,
            at: command.occurred,
            facts: &command.facts,
        }
        .needs();
        for (fact, need) in needs {
            let is_said = command.facts.iter().any(|(known, _)| *known == fact);
            assert!(
                need != Need::Folded || !is_said,
                "{mode}: {}",
                procedure.facts[fact].id
            );
        }
        let draft = case
            .when(&line)
            .unwrap_or_else(|refusal| panic!("{refusal}"));
        let casework::entry::Entry::Act(act) = draft.entry else {
            panic!("an act")
        };
        let of_service = act.cautions.iter().filter(|rule| rule.starts_with("DEL-"));
        assert_eq!(of_service.count(), 0, "{mode}: {:?}", act.cautions);
    }
}
