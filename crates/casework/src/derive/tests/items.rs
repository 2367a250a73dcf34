//! Which provision applies, and who holds the power over it.

use super::*;

#[test]
fn an_item_is_in_force_at_the_violation_or_at_the_decision() {
    given().is_open("item_in_force");
    given().fact("item", "I-PLAIN").is("item_in_force", true);
    given().fact("item", "I-GONE").is_open("item_in_force");
    let gone = |ended| {
        given()
            .fact("item", "I-GONE")
            .fact("violation_ended", ended)
    };
    gone("2026-05-31").is("item_in_force", true);
    gone("2026-06-01").is("item_in_force", false);
    assert_eq!(
        gone("2026-06-01").detail("item_in_force"),
        "《废法》第一条在违法行为发生时（2026-06-01）和作出决定时（2026-07-01）都不在施行期间"
    );
    let new = given()
        .fact("item", "I-NEW")
        .fact("violation_ended", "2026-06-01");
    new.is("item_in_force", false);
    new.on("2026-08-15").is("item_in_force", true);
}

#[test]
fn a_superseded_item_names_who_is_competent_now() {
    let case = given()
        .fact("item", "I-MOVED")
        .fact("violation_ended", "2026-05-01")
        .on("2026-08-14");
    case.is("item_in_force", true);
    case.is("power_held", true);
    let case = case.on("2026-08-15");
    case.is("item_in_force", false);
    case.is("power_held", false);
    let told = "“设排污口”自2026-08-15起停用，由生态环境主管部门处罚（《新法典》第三条）";
    assert_eq!(case.detail("item_in_force"), told);
    assert_eq!(case.detail("power_held"), told);
}

#[test]
fn power_passes_on_the_day_in_the_register() {
    given().is_open("power_held");
    let with = |items: &[&str], until: &str| {
        let mut case = given().fact("item", "I-PLAIN");
        let items = items.iter().map(|id| (*id).to_owned()).collect();
        case.context.powers = vec![Power {
            items,
            until: Some(day(until)),
            passes_to: "某镇人民政府".into(),
            ..Power::default()
        }];
        case
    };
    with(&["I-PLAIN"], "2026-07-02").is("power_held", true);
    with(&["I-PLAIN"], "2026-07-01").is("power_held", false);
    with(&[], "2026-07-01").is("power_held", false);
    with(&["I-MUST"], "2026-07-01").is("power_held", true);
    let told = with(&[], "2026-07-01").detail("power_held");
    assert_eq!(told, "“擅自取水”的处罚权自2026-07-01起由某镇人民政府行使");
}

#[test]
fn the_power_map_is_asked_by_item_place_and_day() {
    let township = Power {
        kind: PowerKind::Township,
        items: ["I-PLAIN".to_owned()].into(),
        area: "店上镇、韩店镇".to_owned(),
        until: Some(day("2026-05-01")),
        ends: Some(day("2026-09-01")),
        passes_to: "店上镇人民政府".to_owned(),
        basis: "晋政发〔2026〕3号".to_owned(),
        published_on: Some(day("2026-04-20")),
        ..Power::default()
    };
    let own = Power {
        kind: PowerKind::Own,
        until: Some(day("2020-01-01")),
        passes_to: "长水县水利局".to_owned(),
        remedy_organ: "长水县人民政府".to_owned(),
        court: "长水县人民法院".to_owned(),
        ..Power::default()
    };
    let at = |place: &str, day: &str, township: &Power| {
        let mut case = given().fact("item", "I-PLAIN").on(day);
        if !place.is_empty() {
            case = case.fact("violation_place", place);
        }
        case.context.powers = vec![own.clone(), township.clone()];
        case
    };
    at("", "2026-06-01", &township).is_open("power_held");
    at("店上镇店上村东", "2026-06-01", &township).is("power_held", false);
    at("别处", "2026-06-01", &township).is("power_held", true);
    at("店上镇店上村东", "2026-04-30", &township).is("power_held", true);
    at("店上镇店上村东", "2026-09-01", &township).is("power_held", true);
    let told = at("韩店镇", "2026-06-01", &township).detail("power_held");
    assert_eq!(
        told,
        "店上镇、韩店镇范围内“擅自取水”的处罚权自2026-05-01起由店上镇人民政府行使（承接处罚权的乡镇街道，晋政发〔2026〕3号）"
    );
    let unpublished = Power {
        published_on: None,
        ..township.clone()
    };
    at("店上镇店上村东", "2026-06-01", &unpublished).is("power_held", true);
    // The remedies follow from the row.
    let case = at("别处", "2026-06-01", &township);
    let text = |algorithm: &str| case.value(algorithm);
    let said = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(text("reconsideration_organ"), said("长水县人民政府"));
    assert_eq!(text("court"), said("长水县人民法院"));
    case.is("remedies_agree", true);
    let wrong = at("别处", "2026-06-01", &township).fact("reconsideration_organ", "某市人民政府");
    wrong.is("remedies_agree", false);
    assert_eq!(
        wrong.detail("remedies_agree"),
        "复议机关写的是“某市人民政府”，权力配置里是“长水县人民政府”"
    );
}

#[test]
fn the_seal_and_the_respondent_follow_from_the_power_map() {
    let entrusted = Power {
        kind: PowerKind::Entrusted,
        passes_to: "长水县水政监察大队".to_owned(),
        seal: "长水县水利局".to_owned(),
        respondent: "长水县水利局".to_owned(),
        ..Power::default()
    };
    let by = |power: &Power, agency: &str| {
        let mut case = given().fact("item", "I-PLAIN").on("2026-06-01");
        case.context.powers = vec![power.clone()];
        case.context.agency_name = agency.to_owned();
        case
    };
    let said = |text: &str| Some(Value::Text(text.to_owned()));
    let case = by(&entrusted, "长水县水利局");
    assert_eq!(case.value("seal"), said("长水县水利局"));
    assert_eq!(case.value("respondent"), said("长水县水利局"));
    case.is("is_respondent", true);
    // Whose name is not known is not guessed at.
    by(&entrusted, "").is_open("is_respondent");
    let other = by(&entrusted, "长水县某局");
    other.is("is_respondent", false);
    assert_eq!(
        other.detail("is_respondent"),
        "权力配置里的被申请人、被告是“长水县水利局”"
    );
    case.is("seal_agrees", false);
    assert_eq!(
        case.detail("seal_agrees"),
        "没有写明加盖的印章，权力配置里是“长水县水利局”"
    );
    let wrong = by(&entrusted, "").fact("seal", "长水县水政监察大队");
    wrong.is("seal_agrees", false);
    by(&entrusted, "")
        .fact("seal", " 长水县水利局 ")
        .is("seal_agrees", true);
    // A map that names none asks for none, and the agency answers for itself.
    let silent = by(&Power::default(), "长水县水利局");
    assert_eq!(
        (silent.value("seal"), silent.value("respondent")),
        (None, None)
    );
    silent.is("seal_agrees", true);
    let own = Power {
        kind: PowerKind::Own,
        ..Power::default()
    };
    let own = by(&own, "长水县水利局");
    own.is("seal_agrees", true);
    own.is("is_respondent", true);
}

#[test]
fn an_item_fits_the_kind_of_party() {
    given().is_open("item_party_ok");
    given().fact("item", "I-PLAIN").is("item_party_ok", true);
    given().fact("item", "I-WARN").is("item_party_ok", true);
    given().fact("item", "I-UNIT").is_open("item_party_ok");
    given()
        .fact("item", "I-UNIT")
        .fact("party_kind", "其他组织")
        .is("item_party_ok", true);
    let shop = given()
        .fact("item", "I-UNIT")
        .fact("party_kind", "个体工商户");
    shop.is("item_party_ok", false);
    assert_eq!(
        shop.detail("item_party_ok"),
        "《旧法》第四条没有对个人规定处罚"
    );
}

#[test]
fn some_items_are_punished_only_when_not_corrected_in_time() {
    given().is_open("overdue_item");
    given().fact("item", "I-MAY").is("overdue_item", true);
    given().fact("item", "I-PLAIN").is("overdue_item", false);
}

#[test]
fn the_law_of_a_basin_applies_there_and_only_there() {
    given().is_open("basin_ok");
    given().fact("item", "I-RIVER").is_open("basin_ok");
    given().fact("item", "I-PLAIN").is_open("basin_ok");
    given().fact("item", "I-MUST").is("basin_ok", true);
    given()
        .fact("item", "I-RIVER")
        .fact("basin", "黄河流域")
        .is("basin_ok", true);
    let elsewhere = given().fact("item", "I-RIVER").fact("basin", "海河流域");
    elsewhere.is("basin_ok", false);
    assert_eq!(
        elsewhere.detail("basin_ok"),
        "《黄河法》第一条只适用于黄河流域，本案不在黄河流域"
    );
    given()
        .fact("item", "I-PLAIN")
        .fact("basin", "海河流域")
        .is("basin_ok", true);
    let yields = given().fact("item", "I-PLAIN").fact("basin", "黄河流域");
    yields.is("basin_ok", false);
    assert_eq!(
        yields.detail("basin_ok"),
        "本案在黄河流域，应当适用《黄河法》第一条“在黄河流域取水”"
    );
    yields
        .fact("violation_ended", "2023-03-31")
        .is("basin_ok", true);
}

#[test]
fn the_higher_fine_is_chosen_among_provisions_that_apply() {
    given().is_open("highest_fine_chosen");
    let plain = |basin| {
        given()
            .fined("I-PLAIN", "法人", "30000")
            .fact("basin", basin)
    };
    plain("海河流域").is("highest_fine_chosen", true);
    plain("黄河流域").is("highest_fine_chosen", false);
    assert_eq!(
        plain("黄河流域").detail("highest_fine_chosen"),
        "《旧法》第一条第（一）项最高¥100,000.00，罚款数额更高的有《黄河法》第一条“在黄河流域取水”最高¥500,000.00"
    );
    plain("黄河流域")
        .fact("violation_ended", "2023-03-31")
        .is("highest_fine_chosen", true);
    given()
        .fined("I-PLAIN", "法人", "30000")
        .is_open("highest_fine_chosen");
    given()
        .fined("I-RIVER", "法人", "60000")
        .is("highest_fine_chosen", true);
    let unnamed = given().fact("item", "I-PLAIN").fact("basin", "黄河流域");
    unnamed.is_open("highest_fine_chosen");
}

#[test]
fn groundwater_has_its_own_provision_where_the_source_is_known() {
    let plain = |on: &str| {
        let case = given_with(WATER)
            .fined("I-PLAIN", "法人", "30000")
            .fact("basin", "海河流域");
        case.fact("violation_ended", on).on("2026-09-01")
    };
    plain("2026-08-20").is_open("highest_fine_chosen");
    plain("2026-08-20")
        .fact("water_source", "地表水")
        .is("highest_fine_chosen", true);
    plain("2026-08-20")
        .fact("water_source", "地下水")
        .is("highest_fine_chosen", false);
    // The act was over before the new provision came.
    plain("2026-08-14")
        .fact("water_source", "地下水")
        .is("highest_fine_chosen", true);
    // Items of one article differ by what was done: the graver one does not push the other aside.
    let ground = plain("2026-08-20")
        .fact("item", "I-GROUND")
        .fact("water_source", "地下水");
    ground.is("highest_fine_chosen", true);
    ground.is("basin_ok", true);
    ground.fact("water_source", "地表水").is("basin_ok", false);
}

#[test]
fn the_lighter_of_the_old_and_the_new_law_is_chosen() {
    given().is_open("lighter_law_chosen");
    let case = |item, ended| {
        let case = given_with(WATER)
            .fined(item, "法人", "30000")
            .fact("basin", "海河流域")
            .on("2026-09-01");
        case.fact("violation_ended", ended)
            .fact("water_source", "地下水")
    };
    case("I-PLAIN", "2026-08-14").is("lighter_law_chosen", true);
    case("I-GROUND", "2026-08-15").is("lighter_law_chosen", true);
    let heavier = case("I-GROUND", "2026-08-14");
    heavier.is("lighter_law_chosen", false);
    assert_eq!(
        heavier.detail("lighter_law_chosen"),
        "违法行为发生（2026-08-14）以后规定有变化，《旧法》第一条第（一）项“擅自取水”比《新法典》第一条轻"
    );
    case("I-LIGHT", "2026-08-14").is("lighter_law_chosen", true);
    let retroactive = case("I-NEW", "2026-08-14");
    retroactive.is("lighter_law_chosen", false);
    assert_eq!(
        retroactive.detail("lighter_law_chosen"),
        "违法行为发生时（2026-08-14）《新法典》第三条还没有施行"
    );
    given()
        .fact("item", "I-PLAIN")
        .is_open("lighter_law_chosen");
    given()
        .fact("item", "I-MUST")
        .is("lighter_law_chosen", true);
}
