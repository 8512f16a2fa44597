//! Every place a text mentions, and which place each mention may mean.
//!
//! Most words are the name of some village somewhere; so a mention needs reasons: a capital letter,
//! a word like "in" before it, a noun like "hospital" beside it, a vouched name, a large town. It
//! must never choose where the person is; that is [`super::whereabouts`].

use super::gazetteer::{Entry, Gazetteer};
use super::lexicon::Match;
use super::morphology::arabic_bare;
use super::names::{Known, Names, Needs, radius_m};
use super::tags::{Cue, Tag};
use super::text::{Case, Gap, Script, Text};
use crate::case::{Country, Level, Point};

/// Mentions kept of one text.
const MAX_MENTIONS: usize = 60;
/// Words of the longest name looked for.
const MAX_WORDS: usize = 6;

/// What a mention may mean.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    pub(super) name: String,
    pub(super) country: Country,
    pub(super) point: Point,
    pub(super) level: Level,
    pub(super) radius_m: u32,
    pub(super) population: u32,
    /// Whether a file of ours vouches for the name.
    pub(super) vouched: bool,
    /// Whether the name was found with a slip of the pen.
    pub(super) fuzzy: bool,
    pub(super) needs_support: bool,
    /// How well the name fits, apart from what stands around it.
    pub(super) weight: f32,
}

/// A place mentioned.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Possible meanings; none for a wide area.
    pub(super) meanings: Vec<Meaning>,
    /// Reasons to think that it is a place at all; 1 is enough.
    pub(super) strength: f32,
    /// Whether a word right before it says that somebody is there.
    pub(super) at: bool,
}

/// Countries of East Africa, where the service's people come from.
const HOME: [&str; 5] = ["KE", "UG", "TZ", "RW", "BI"];

impl Mention {
    /// Whether it names a place outside East Africa that somebody vouches for.
    pub(super) fn is_foreign(&self) -> bool {
        let abroad = |m: &Meaning| m.vouched && !HOME.contains(&m.country.as_str());
        self.meanings.is_empty() && self.strength >= 2.0
            || !self.meanings.is_empty() && self.meanings.iter().all(abroad)
    }
}

/// What words around a position tell about places.
pub(super) struct Cues {
    at: Vec<f32>,
    place: Vec<bool>,
    no_place: Vec<f32>,
    name: Vec<bool>,
}

impl Cues {
    /// Collects them from the matches of the lexicons.
    pub(super) fn read(words: usize, matches: &[Match<'_>]) -> Self {
        let mut cues = Self {
            at: vec![0.0; words + 1],
            place: vec![false; words],
            no_place: vec![0.0; words],
            name: vec![false; words + 1],
        };
        for m in matches {
            for told in m.told.iter().filter(|t| t.tag == Tag::Cue(Cue::At)) {
                cues.at[m.to] = cues.at[m.to].max(told.weight);
            }
            if m.tells(Tag::Cue(Cue::Name)) {
                cues.name[m.to] = true;
            }
            for at in m.from..m.to {
                cues.place[at] |= m.tells(Tag::Cue(Cue::Place));
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

/// Finds the mentions of a text.
pub(super) fn find(text: &Text, names: &Names, gazetteer: &Gazetteer, cues: &Cues) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    let mut at = 0;
    let mut key = String::new();
    while at < text.tokens.len() && found.len() < MAX_MENTIONS {
        let mut best: Option<Mention> = None;
        if !text.tokens[at].handle
            && matches!(
                text.tokens[at].script,
                Script::Latin | Script::Arabic | Script::Other
            )
        {
            if text.tokens[at].script == Script::Arabic {
                for first in arabic_bare(text.word(at)) {
                    look(text, at, first, names, gazetteer, cues, &mut key, &mut best);
                    if first.len() < text.word(at).len() && best.is_some() {
                        break;
                    }
                }
            } else {
                let word = text.word(at);
                look(text, at, word, names, gazetteer, cues, &mut key, &mut best);
                // "Kuwaits": a possessive without its apostrophe.
                if best.is_none()
                    && text.tokens[at].case == Case::Capital
                    && word.len() > 5
                    && let Some(bare) = word.strip_suffix('s')
                    && names.get(bare).next().is_some()
                {
                    look(text, at, bare, names, gazetteer, cues, &mut key, &mut best);
                }
                // "Dubaini", "Nairobini": in Dubai, in Nairobi.
                if best.is_none()
                    && word.len() > 6
                    && let Some(bare) = word.strip_suffix("ni")
                {
                    look(text, at, bare, names, gazetteer, cues, &mut key, &mut best);
                    if let Some(m) = &mut best {
                        m.at = true;
                    }
                }
            }
        }
        match best.filter(|m| whole_tag(text, m)) {
            Some(mention) => {
                at = mention.to;
                found.push(mention);
            }
            None => at += 1,
        }
    }
    found
}

/// Whether a mention in a Latin hashtag is the whole of it: "#KeralaFloods" names an event.
fn whole_tag(text: &Text, mention: &Mention) -> bool {
    let first = &text.tokens[mention.from];
    first.script != Script::Latin
        || !first.joined && text.tokens.get(mention.to).is_none_or(|next| !next.joined)
}

/// Words that may follow a first word: the same sentence, no comma in between.
fn reach(text: &Text, at: usize) -> usize {
    let mut to = at + 1;
    while to < text.tokens.len()
        && to < at + MAX_WORDS
        && text.tokens[to].gap == Gap::Space
        && text.tokens[to].hashed == text.tokens[at].hashed
        && !text.tokens[to].handle
    {
        to += 1;
    }
    to
}

#[expect(
    clippy::too_many_arguments,
    reason = "one step of one loop, kept apart to be read"
)]
fn look(
    text: &Text,
    at: usize,
    first: &str,
    names: &Names,
    gazetteer: &Gazetteer,
    cues: &Cues,
    key: &mut String,
    best: &mut Option<Mention>,
) {
    let reach = reach(text, at);
    let cut = first.len() < text.word(at).len();
    let longest = names.longest(first).min(reach - at);
    key.clear();
    for to in at + 1..=at + longest {
        if to > at + 1 {
            key.push(' ');
        }
        key.push_str(if to == at + 1 {
            first
        } else {
            text.word(to - 1)
        });
        let meanings: Vec<Meaning> = names
            .get(key)
            .filter(|(_, needs)| allowed(text, at, *needs, cues))
            .filter_map(|(known, needs)| vouched(known, needs))
            .collect();
        let area = names.get(key).any(|(k, _)| k.at.is_none());
        if meanings.is_empty() && !area {
            continue;
        }
        if to == at + 1 && never(cues, at, 0.5) {
            continue;
        }
        keep(
            best,
            Mention {
                from: at,
                to,
                meanings,
                strength: 2.0,
                at: cues.at[at] >= 0.5,
            },
        );
    }
    whole_hashtag(text, at, names, gazetteer, best);
    let mut hits = Vec::new();
    let words = std::iter::once(first).chain((at + 1..reach).map(|i| text.word(i)));
    gazetteer.walk(words, |count, postings| hits.push((count, postings)));
    for (count, postings) in hits {
        if best
            .as_ref()
            .is_some_and(|b| b.to >= at + count && (b.strength >= 2.0 || b.to > at + count))
        {
            continue;
        }
        let entries: Vec<Entry> = gazetteer.entries(postings).collect();
        let Some(strength) = reasons(text, at, count, first, cut, &entries, cues) else {
            continue;
        };
        keep(
            best,
            Mention {
                from: at,
                to: at + count,
                meanings: entries.iter().map(meaning).collect(),
                strength,
                at: cues.at[at] >= 0.5,
            },
        );
    }
}

/// A hashtag that is a name written together: "#FortMcMurray".
fn whole_hashtag(
    text: &Text,
    at: usize,
    names: &Names,
    gazetteer: &Gazetteer,
    best: &mut Option<Mention>,
) {
    let token = &text.tokens[at];
    let joined = |i: usize| text.tokens.get(i).is_some_and(|t| t.joined);
    if !token.hashed || token.joined || token.script != Script::Latin || !joined(at + 1) {
        return;
    }
    let mut to = at + 1;
    while joined(to) && to < at + MAX_WORDS {
        to += 1;
    }
    let key: String = (at..to).map(|i| text.word(i)).collect();
    let mut meanings: Vec<Meaning> = names
        .get(&key)
        .filter_map(|(known, needs)| vouched(known, needs))
        .collect();
    meanings.extend(
        gazetteer
            .get(&key)
            .filter(|e| e.population >= 15_000)
            .map(|e| meaning(&e)),
    );
    if !meanings.is_empty() {
        keep(
            best,
            Mention {
                from: at,
                to,
                meanings,
                strength: 1.2,
                at: false,
            },
        );
    }
}

/// Whether a word is never a place here: unless a word such as "in" says so clearly enough.
fn never(cues: &Cues, at: usize, clearly: f32) -> bool {
    cues.no_place[at] >= 1.5 || cues.no_place[at] > 0.0 && cues.at[at] < clearly
}

/// The longer mention wins, then the stronger.
fn keep(best: &mut Option<Mention>, mention: Mention) {
    let better = best
        .as_ref()
        .is_none_or(|b| mention.to > b.to || (mention.to == b.to && mention.strength > b.strength));
    if better {
        *best = Some(mention);
    }
}

fn allowed(text: &Text, at: usize, needs: Needs, cues: &Cues) -> bool {
    let token = &text.tokens[at];
    match needs {
        Needs::Nothing | Needs::Support => true,
        Needs::Capital => {
            token.case != Case::Lower && !(text.shouted && cues.at[at] <= 0.0)
                || cues.at[at] > 0.0
                || token.hashed
                || token.script != Script::Latin
        }
        Needs::Capitals => token.case == Case::Upper && !text.shouted,
    }
}

fn vouched(known: &Known, needs: Needs) -> Option<Meaning> {
    let (country, point) = known.at?;
    Some(Meaning {
        name: known.name.to_string(),
        country,
        point,
        level: known.level,
        radius_m: known.radius_m,
        population: 0,
        vouched: true,
        fuzzy: false,
        needs_support: needs == Needs::Support,
        weight: if needs == Needs::Support { 0.6 } else { 1.0 },
    })
}

pub(super) fn meaning(entry: &Entry) -> Meaning {
    #[expect(clippy::cast_precision_loss, reason = "a logarithm of it is taken")]
    let size = (entry.population.max(1) as f32).log10() / 7.0;
    Meaning {
        name: entry.name.to_owned(),
        country: entry.country,
        point: entry.point,
        level: entry.level,
        radius_m: radius_m(entry.level, entry.population),
        population: entry.population,
        vouched: false,
        fuzzy: false,
        needs_support: false,
        weight: size - if entry.main { 0.0 } else { 0.1 } - if entry.bare { 0.1 } else { 0.0 },
    }
}

/// Reasons to think that words are the name of a place of the gazetteer; none where there are not
/// enough.
fn reasons(
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
    if count == 1 && (never(cues, at, 0.9) || cues.name[at]) {
        return None;
    }
    let mut strength: f32 = match largest {
        1_000_000.. => 0.7,
        200_000.. => 0.6,
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
    strength += 0.35 * cues.at[at].min(1.0);
    let beside = |i: Option<usize>| i.and_then(|i| cues.place.get(i)).copied().unwrap_or(false);
    if beside(at.checked_sub(1)) || beside(Some(at + count)) {
        strength += 0.3;
    }
    if token.hashed {
        strength += 0.1;
    }
    match token.script {
        Script::Latin => {
            let mut written = text.tokens[at..at + count].iter();
            let capital = !text.shouted && written.any(|t| t.case != Case::Lower);
            if capital && token.gap != Gap::Stop {
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
    (strength >= 0.8).then_some(strength.min(1.5))
}
