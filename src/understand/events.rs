//! Countries an event's hashtag speaks for: `#KeralaFloods`, `#prayforitaly`.
//!
//! The hashtag names the event and not where somebody is; but it tells which country the other names
//! in the text belong to. It must never become a place itself.

use super::gazetteer::Gazetteer;
use super::names::Names;
use super::text::{Script, Text};
use crate::case::{Country, Level};

/// What follows the name of a place in the name of an event.
const EVENTS: [&str; 16] = [
    "flood",
    "quake",
    "earthquake",
    "fire",
    "wildfire",
    "relief",
    "rescue",
    "hurricane",
    "cyclone",
    "storm",
    "terremoto",
    "strong",
    "sos",
    "shooting",
    "attack",
    "crash",
];
/// What stands before it.
const BEFORE: [&str; 4] = ["prayfor", "helpfor", "standwith", "savefor"];
/// Least people of a place whose name an event carries.
const LARGE: u32 = 300_000;

/// The countries, each once.
pub(super) fn countries(text: &Text, names: &Names, gazetteer: &Gazetteer) -> Vec<Country> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.tokens.len() {
        let token = &text.tokens[at];
        if !token.hashed || token.joined || token.script != Script::Latin {
            at += 1;
            continue;
        }
        let mut tag = text.word(at).to_owned();
        at += 1;
        while text.tokens.get(at).is_some_and(|t| t.joined) {
            tag.push_str(text.word(at));
            at += 1;
        }
        let country = event(&tag).and_then(|name| country(name, names, gazetteer));
        found.extend(country.filter(|c| !found.contains(c)));
    }
    found
}

/// The name of the place in the name of an event.
fn event(tag: &str) -> Option<&str> {
    for before in BEFORE {
        if let Some(name) = tag.strip_prefix(before) {
            return Some(name);
        }
    }
    EVENTS
        .iter()
        .filter_map(|event| tag.find(event))
        .min()
        .filter(|end| *end >= 4)
        .map(|end| &tag[..end])
}

fn country(name: &str, names: &Names, gazetteer: &Gazetteer) -> Option<Country> {
    let vouched = names.get(name).find_map(|(known, _)| Some(known.at?.0));
    vouched.or_else(|| {
        gazetteer
            .get(name)
            .filter(|e| e.main && (e.population >= LARGE || e.level == Level::Region))
            .max_by_key(|e| e.population)
            .map(|e| e.country)
    })
}
