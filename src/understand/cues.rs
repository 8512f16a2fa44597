//! What stands around words that may be a place, and whether it is reason enough.

use super::gazetteer::Entry;
use super::matching::Match;
use super::tags::{Cue, Tag};
use super::text::{Case, Gap, Script, Text};
use crate::case::Country;

/// What words around a position tell about places.
pub(super) struct Cues {
    pub(super) at: Vec<f32>,
    pub(super) place: Vec<bool>,
    /// Nouns of places, also those too common to make a place of the words beside them.
    noun: Vec<bool>,
    pub(super) no_place: Vec<f32>,
    pub(super) name: Vec<bool>,
    /// Words that follow the name of an event.
    pub(super) event: Vec<bool>,
    /// Words that follow the name of a newspaper, a firm or a team.
    firm: Vec<bool>,
    /// Words before which a newspaper, a firm or a team was announced.
    firm_of: Vec<bool>,
    /// Countries that events named in the text lie in.
    pub(super) events: Vec<Country>,
}

impl Cues {
    /// Collects them from the matches of the lexicons.
    pub(super) fn read(words: usize, matches: &[Match<'_>]) -> Self {
        let mut cues = Self {
            at: vec![0.0; words + 1],
            place: vec![false; words],
            noun: vec![false; words],
            no_place: vec![0.0; words],
            name: vec![false; words + 1],
            event: vec![false; words + 1],
            firm: vec![false; words + 1],
            firm_of: vec![false; words + 1],
            events: Vec::new(),
        };
        for m in matches {
            for told in m.told.iter().filter(|t| t.tag == Tag::Cue(Cue::At)) {
                cues.at[m.to] = cues.at[m.to].max(told.weight);
            }
            if m.tells(Tag::Cue(Cue::Name)) {
                cues.name[m.to] = true;
            }
            cues.event[m.from] |= m.tells(Tag::Cue(Cue::Event));
            cues.firm[m.from] |= m.tells(Tag::Cue(Cue::Firm));
            cues.firm_of[m.to] |= m.tells(Tag::Cue(Cue::FirmOf));
            for at in m.from..m.to {
                for told in m.told.iter().filter(|t| t.tag == Tag::Cue(Cue::Place)) {
                    cues.noun[at] = true;
                    cues.place[at] |= told.weight >= 1.0;
                }
                for told in m.told.iter().filter(|t| t.tag == Tag::Cue(Cue::NoPlace)) {
                    cues.no_place[at] = cues.no_place[at].max(told.weight);
                }
            }
        }
        cues
    }

    /// Every word is said to be a place: the text is the answer to "where?".
    pub(super) fn all_at(&mut self) {
        self.at.fill(1.0);
        self.no_place.fill(0.0);
    }
}

/// Whether words are part of the name of a newspaper, a firm or a team: "Los Angeles Times". A country
/// is only where a name goes on behind it.
pub(super) fn names_firm(text: &Text, words: (usize, usize), country: bool, cues: &Cues) -> bool {
    let (from, to) = words;
    let follows = |at: usize| text.tokens.get(at).is_some_and(|t| t.gap == Gap::Space);
    let capital = |at: usize| text.tokens[at].case != Case::Lower;
    cues.firm_of[from] && follows(from) && (!country || follows(to) && capital(to))
        || cues.firm[to] && follows(to) && (capital(to) || !capital(from))
}

/// Whether a text names something with a capital where a place would stand ("in Pandanad").
pub(super) fn names_unknown(text: &Text, cues: &Cues) -> bool {
    let noun = |i: Option<usize>| i.and_then(|i| cues.noun.get(i)).copied().unwrap_or(false);
    let capital = |at: usize| {
        let token = &text.tokens[at];
        token.case == Case::Capital
            && token.script == Script::Latin
            && !token.handle
            && !token.hashed
    };
    (0..text.tokens.len()).filter(|at| capital(*at)).any(|at| {
        let spaced = text.tokens[at].gap == Gap::Space;
        let article = at > 0 && matches!(text.word(at - 1), "a" | "an");
        let pointer = matches!(
            text.word(at),
            "the" | "this" | "that" | "these" | "our" | "my"
        );
        let told = cues.at[at] >= 0.5 && spaced && !article && text.word(at).len() >= 4;
        let after = noun(Some(at + 1)) && text.tokens[at + 1].gap == Gap::Space;
        told && !text.headline && !never(cues, at, 0.9) && !cues.name[at]
            || after && !pointer && !noun(Some(at)) && cues.no_place[at] < 1.5
    })
}

/// Whether a text names a county nobody knows: those of Kenya are known, and nearly all others lie in
/// the United States.
pub(super) fn names_county(text: &Text) -> bool {
    (1..text.tokens.len()).any(|at| {
        let name = &text.tokens[at - 1];
        matches!(text.word(at), "county" | "counties")
            && text.tokens[at].case != Case::Lower
            && text.tokens[at].gap == Gap::Space
            && name.case != Case::Lower
            && name.script == Script::Latin
            && !name.hashed
            && !name.handle
            && text.word(at - 1).len() >= 4
            && !matches!(
                text.word(at - 1),
                "this" | "that" | "your" | "every" | "each" | "kenya" | "home"
            )
    })
}

/// Whether a word is never a place here: unless a word such as "in" says so clearly enough.
pub(super) fn never(cues: &Cues, at: usize, clearly: f32) -> bool {
    cues.no_place[at] >= 1.5 || cues.no_place[at] > 0.0 && cues.at[at] < clearly
}

/// Reasons to think that words are the name of a place of the gazetteer; none where there are not
/// enough.
pub(super) fn reasons(
    text: &Text,
    at: usize,
    count: usize,
    first: &str,
    cut: bool,
    entries: &[Entry],
    cues: &Cues,
) -> Option<f32> {
    let token = &text.tokens[at];
    let largest = entries.iter().map(|e| e.population).max()?;
    let main = entries.iter().any(|e| e.main && !e.bare);
    if count == 1 && (never(cues, at, 0.9) || cues.name[at])
        || (at..at + count).all(|i| cues.no_place[i] >= 2.0)
    {
        return None;
    }
    let mut strength: f32 = match largest {
        1_000_000.. => 0.7,
        200_000.. => 0.65,
        50_000.. => 0.45,
        5_000.. => 0.3,
        _ => 0.15,
    };
    if !main {
        strength -= if cues.at[at] >= 0.5 { 0.2 } else { 0.35 };
    }
    if count > 1 {
        strength += 0.25;
    }
    if count == 1 && behind_initial(text, at) {
        return None;
    }
    strength += 0.35 * (2.0 * cues.at[at]).min(1.0);
    let beside = |i: Option<usize>| i.and_then(|i| cues.place.get(i)).copied().unwrap_or(false);
    if beside(at.checked_sub(1)) || beside(Some(at + count)) {
        strength += 0.3;
    }
    if entries.iter().any(|e| cues.events.contains(&e.country)) {
        strength += 0.35;
    }
    if token.hashed {
        strength += 0.1;
    }
    match token.script {
        Script::Latin => {
            let mut written = text.tokens[at..at + count].iter();
            let capital = !text.shouted && written.any(|t| t.case != Case::Lower);
            if capital && text.headline {
                strength += 0.15;
            } else if capital && token.gap != Gap::Stop {
                strength += 0.4;
            } else if capital {
                strength += 0.2;
            } else if text.capitals && !text.shouted {
                strength -= 0.5;
            } else {
                strength -= 0.2;
            }
            if first.len() < 4 {
                strength -= 0.3;
            }
            if count == 1
                && largest < 1_500_000
                && cues.at[at] <= 0.0
                && between_names(text, at, cues)
            {
                strength -= 0.4;
            }
        }
        Script::Arabic => {
            if cut || first.starts_with("ال") {
                strength += 0.25;
            }
            if first.chars().count() < 4 {
                strength -= 0.2;
            }
        }
        _ => {}
    }
    (strength >= 0.75).then_some(strength.min(1.5))
}

/// Whether a word is the last of a person's name: "Walter B. Jones".
fn behind_initial(text: &Text, at: usize) -> bool {
    at > 1
        && text.word(at - 1).len() == 1
        && text.tokens[at - 1].case != Case::Lower
        && text.tokens[at - 1].gap == Gap::Space
        && text.tokens[at - 2].case == Case::Capital
        && text.tokens[at].case != Case::Lower
}

/// Whether a word stands beside another with a capital that is no place and no noun of one: it is
/// part of the name of a person or a firm ("Sofia Vergara", "Sudbury Star").
fn between_names(text: &Text, at: usize, cues: &Cues) -> bool {
    let capitals = text.tokens.iter().filter(|t| t.case != Case::Lower);
    if text.shouted || 2 * capitals.count() > text.tokens.len() {
        return false;
    }
    let name = |i: usize| {
        text.tokens.get(i).is_some_and(|t| {
            t.case == Case::Capital && t.script == Script::Latin && !t.hashed && !t.handle
        }) && !cues.place[i]
    };
    let before = at > 0 && text.tokens[at].gap == Gap::Space && name(at - 1) && {
        // The first word of a sentence has a capital of its own.
        at > 1 && text.tokens[at - 1].gap == Gap::Space
    };
    let after = text.tokens.get(at + 1).is_some_and(|t| t.gap == Gap::Space) && name(at + 1);
    before || after
}
