//! Misspelt places: only in a country that something else already supports, and never certain.
//!
//! Fuzzy matching alone misroutes (Mussafah in Abu Dhabi is one slip from Mussanah in Oman), so a
//! word is tried only where "in" or the like stands before it, and only within the country of the
//! sender's number or of another mention.

use super::cues::Cues;
use super::gazetteer::Gazetteer;
use super::mentions::{Meaning, Mention, meaning};
use super::text::{Script, Text};
use crate::case::{Country, Level};

/// Words tried in one text.
const TRIED: usize = 3;
/// Least population of a place that may be meant.
const TOWN: u32 = 10_000;

/// Adds mentions for misspelt towns of a supported country.
pub(super) fn add(
    text: &Text,
    found: &mut Vec<Mention>,
    gazetteer: &Gazetteer,
    cues: &Cues,
    abroad: Option<Country>,
) {
    let finer = found
        .iter()
        .flat_map(|m| &m.meanings)
        .any(|m| m.vouched && m.level != Level::Country);
    if finer {
        return;
    }
    let mut countries: Vec<Country> = found
        .iter()
        .flat_map(|m| &m.meanings)
        .filter(|m| m.vouched && m.level == Level::Country && m.country.as_str() != "KE")
        .map(|m| m.country)
        .collect();
    countries.extend(abroad);
    if countries.is_empty() {
        return;
    }
    let mut tried = 0;
    for at in 0..text.tokens.len() {
        let word = text.word(at);
        let free = !found.iter().any(|m| m.from <= at && at < m.to);
        let plain = text.tokens[at].script == Script::Latin && !text.tokens[at].handle;
        if !free || !plain || word.len() < 6 || cues.at[at] < 0.5 || cues.no_place[at] > 0.0 {
            continue;
        }
        tried += 1;
        if tried > TRIED {
            return;
        }
        let meanings: Vec<Meaning> = gazetteer
            .near(word, 20)
            .into_iter()
            .flat_map(|(_, postings)| gazetteer.entries(postings))
            .filter(|e| e.main && e.population >= TOWN && countries.contains(&e.country))
            .map(|e| Meaning {
                fuzzy: true,
                ..meaning(&e)
            })
            .collect();
        if !meanings.is_empty() {
            found.push(Mention {
                from: at,
                to: at + 1,
                meanings,
                strength: 0.8,
                at: true,
            });
        }
    }
}
