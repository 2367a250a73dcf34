//! An act that can be recorded now, with its shortcuts: on the desk of service, and on the account of a party.

use super::link;
use crate::act::href_via;
use crate::components::Link;
use app::CaseView;
use askama::Template;
use askama::filters::HtmlSafe;
use casework::serving::Offered;

#[derive(Template)]
#[template(path = "offered.html")]
pub(super) struct OfferedAct {
    name: String,
    form: String,
    ways: Vec<Link>,
}

impl HtmlSafe for OfferedAct {}

impl OfferedAct {
    pub(super) fn of(view: &CaseView, offered: &Offered) -> OfferedAct {
        let procedure = view.procedure();
        let place = (offered.step.event, offered.step.member);
        let form = link(view, place);
        let shortcuts = &procedure.events[place.0].shortcuts;
        let ways = offered.shortcuts.iter();
        OfferedAct {
            name: procedure.act_of(place.0).name.clone(),
            ways: ways
                .map(|number| Link::new(href_via(&form, *number), shortcuts[*number].name.clone()))
                .collect(),
            form,
        }
    }
}
