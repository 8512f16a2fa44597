//! Names of persons in a text, to find reports about one person. A guess for comparing only.

use super::matching::Match;
use super::names::Names;
use super::tags::{Cue, Tag};
use super::text::{Case, Gap, Script, Text};

/// Names kept of one text.
const MOST: usize = 6;
/// Words of a name.
const WORDS: usize = 3;
/// The weight of words behind which a name follows, and nothing else.
const ANNOUNCED: f32 = 2.0;

/// The names behind words that announce one.
pub(super) fn names(text: &Text, matches: &[Match<'_>], places: &Names) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if text.shouted {
        return found;
    }
    for m in matches.iter().filter(|m| m.tells(Tag::Cue(Cue::Name))) {
        let mut name: Vec<&str> = Vec::new();
        let announced = m
            .told
            .iter()
            .any(|t| t.tag == Tag::Cue(Cue::Name) && t.weight >= ANNOUNCED);
        for at in m.to..(m.to + WORDS).min(text.tokens.len()) {
            let token = &text.tokens[at];
            let word = text.word(at);
            let written = match token.script {
                // "her name is doris": who writes without capitals is announced all the same.
                Script::Latin if announced && name.is_empty() && token.case == Case::Lower => {
                    word.len() >= 4
                }
                Script::Latin => token.case != Case::Lower && word.len() >= 3,
                Script::Arabic => word.chars().count() >= 3 && name.is_empty(),
                _ => false,
            };
            // A word that tells something else, or a place, is no name.
            let told_else = places.get(word).next().is_some()
                || matches.iter().any(|o| {
                    o.from == at
                        && o.told.iter().any(|t| {
                            !matches!(
                                t.tag,
                                Tag::Cue(Cue::Name | Cue::NoPlace | Cue::At) | Tag::For(_)
                            )
                        })
                });
            if token.gap == Gap::Stop || !written || told_else {
                break;
            }
            name.push(word);
        }
        let name = name.join(" ");
        if !name.is_empty() && !found.contains(&name) {
            found.push(name);
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}
