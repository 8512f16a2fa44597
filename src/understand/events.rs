//! Countries an event's hashtag speaks for: `#KeralaFloods`, `#prayforitaly`.
//!
//! The hashtag names the event and not where somebody is; but it tells which country the other names
//! in the text belong to. It must never become a place itself.

use super::cues::Cues;
use super::gazetteer::Gazetteer;
use super::names::Names;
use super::text::{Case, Gap, Script, Text};
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
/// The same, where the name has several words.
const TOWN: u32 = 20_000;

/// Words of the longest name before the word for an event.
const MAX_WORDS: usize = 3;

/// The countries, each once.
pub(super) fn countries(
    text: &Text,
    names: &Names,
    gazetteer: &Gazetteer,
    cues: &Cues,
) -> Vec<Country> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.tokens.len() {
        let token = &text.tokens[at];
        if cues.event[at] && !token.joined && !token.hashed && token.gap == Gap::Space {
            let country = before(text, at, names, gazetteer, cues);
            found.extend(country.filter(|c| !found.contains(c)));
        }
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
        let country = event(&tag)
            .and_then(|name| country(name, names, gazetteer))
            .or_else(|| quake(&tag, names));
        found.extend(country.filter(|c| !found.contains(c)));
    }
    found
}

/// The country of the name or the people right before the word for an event: "the Greek fires".
fn before(
    text: &Text,
    event: usize,
    names: &Names,
    gazetteer: &Gazetteer,
    cues: &Cues,
) -> Option<Country> {
    let mut from = event;
    let mut best = None;
    let mut name = String::new();
    while from > 0 && event - from < MAX_WORDS {
        from -= 1;
        let token = &text.tokens[from];
        if token.script != Script::Latin
            || token.handle
            || token.case == Case::Lower
            || cues.no_place[from] > 0.0
        {
            break;
        }
        name.insert_str(0, if name.is_empty() { "" } else { " " });
        name.insert_str(0, text.word(from));
        best = names
            .people(&name)
            .or_else(|| country(&name, names, gazetteer))
            .or(best);
        if token.gap != Gap::Space {
            break;
        }
    }
    best
}

/// `#eqnz`, `#nzeq`: an earthquake and the two letters of a country.
fn quake(tag: &str, names: &Names) -> Option<Country> {
    let letters = tag.strip_prefix("eq").or_else(|| tag.strip_suffix("eq"))?;
    let country: Country = letters.to_ascii_uppercase().parse().ok()?;
    names.country(country).map(|_| country)
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
            .filter(|e| {
                let large = if name.contains(' ') { TOWN } else { LARGE };
                e.main && (e.population >= large || e.level == Level::Region)
            })
            .max_by_key(|e| e.population)
            .map(|e| e.country)
    })
}
