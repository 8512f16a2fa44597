//! What a denial takes back: "I am not being beaten".

use super::matching::Match;
use super::tags::{Cue, Tag};
use super::text::{Gap, Script, Text};

/// Words a denial reaches.
const REACH: usize = 4;

/// Whether a denial takes back what a tag tells: a plea stands even after "not".
pub(super) fn deniable(tag: Tag) -> bool {
    matches!(tag, Tag::Kind(_) | Tag::Priority(_) | Tag::Sign(_))
}

/// Words that take back for good what follows: "no longer", "never". (A mere "not" is half of many
/// a cry for help: not breathing, not answering.)
const FOR_GOOD: [&str; 6] = [
    "longer",
    "never",
    "nobody",
    "noone",
    "hajawahi",
    "hawajawahi",
];

/// Which words are taken back for good.
pub(super) fn taken_back(text: &Text, matches: &[Match<'_>]) -> Vec<bool> {
    let firm: Vec<Match<'_>> = matches
        .iter()
        .filter(|m| !m.tells(Tag::Cue(Cue::Not)) || FOR_GOOD.contains(&text.word(m.from)))
        .copied()
        .collect();
    denials(text, &firm)
}

/// Which words stand under a denial.
pub(super) fn denials(text: &Text, matches: &[Match<'_>]) -> Vec<bool> {
    let mut denied = vec![false; text.tokens.len()];
    for m in matches {
        if !m.tells(Tag::Cue(Cue::Not)) || m.to != m.from + 1 || used_up(m, matches) {
            continue;
        }
        let reach = if text.tokens[m.from].script == Script::Arabic {
            REACH / 2
        } else {
            REACH
        };
        for (at, denied) in denied.iter_mut().enumerate().skip(m.to).take(reach) {
            let ends = text.tokens[at].gap >= Gap::Comma
                || matches
                    .iter()
                    .any(|b| b.from == at && b.tells(Tag::Cue(Cue::But)));
            if ends {
                break;
            }
            *denied = true;
        }
    }
    denied
}

/// Whether a denial belongs to something that is told by it: "not paid" denies nothing else.
fn used_up(denial: &Match<'_>, matches: &[Match<'_>]) -> bool {
    matches.iter().any(|m| {
        m.from <= denial.from
            && denial.to <= m.to
            && m.to - m.from > 1
            && m.told.iter().any(|t| deniable(t.tag) && t.weight > 0.0)
    })
}
