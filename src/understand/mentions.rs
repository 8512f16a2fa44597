//! Every place a text mentions, and which place each mention may mean.
//!
//! Most words are the name of some village somewhere; so a mention needs reasons: a capital letter,
//! a word like "in" before it, a noun like "hospital" beside it, a vouched name, a large town. It
//! must never choose where the person is; that is [`super::whereabouts`].

use super::cues::{Cues, names_firm, never, reasons};
use super::gazetteer::{Entry, Gazetteer};
use super::morphology::arabic_bare;
use super::names::{Known, Names, Needs, radius_m};
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
            Some(mention) if is_firm(text, &mention, cues) => at = mention.to,
            Some(mention) => {
                at = mention.to;
                found.push(mention);
            }
            None => at += 1,
        }
    }
    found
}

fn is_firm(text: &Text, mention: &Mention, cues: &Cues) -> bool {
    let mut meanings = mention.meanings.iter();
    let country = meanings.any(|m| m.level == Level::Country);
    names_firm(text, (mention.from, mention.to), country, cues)
}

/// Whether a mention in a Latin hashtag is the whole of it: `#KeralaFloods` names an event.
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
            .filter(|(known, needs)| {
                allowed(text, at, *needs, cues)
                    && !bare_letters(text, at, known, *needs, cues)
                    && (known.level != Level::Country
                        || *needs != Needs::Capitals
                        || cues.at[at] > 0.0
                        || text.tokens[at].hashed
                        || ends_a_phrase(text, at))
            })
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
    if hits.is_empty() && (at..reach).any(|i| shortened(text.word(i)).is_some()) {
        let full = |word| shortened(word).unwrap_or(word);
        let words = std::iter::once(full(first)).chain((at + 1..reach).map(|i| full(text.word(i))));
        gazetteer.walk(words, |count, postings| hits.push((count, postings)));
    }
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
                meanings: entries
                    .iter()
                    .map(|e| Meaning {
                        weight: meaning(e).weight
                            + if cues.events.contains(&e.country) {
                                0.5
                            } else {
                                0.0
                            },
                        ..meaning(e)
                    })
                    .collect(),
                strength,
                at: cues.at[at] >= 0.5,
            },
        );
    }
}

/// What a short form at the beginning of names stands for.
fn shortened(word: &str) -> Option<&'static str> {
    match word {
        "st" => Some("saint"),
        "ft" => Some("fort"),
        "mt" => Some("mount"),
        _ => None,
    }
}

/// A hashtag that is a name written together: `#FortMcMurray`.
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
        // Among capitals, or "Dallas,Tx": two letters behind a comma that ends a phrase.
        Needs::Capitals if text.shouted || token.case == Case::Capital => {
            token.case != Case::Lower
                && at > 0
                && text.word(at).len() == 2
                && token.gap == Gap::Comma
                && text.tokens[at - 1].case != Case::Lower
                && text
                    .tokens
                    .get(at + 1)
                    .is_none_or(|next| next.gap != Gap::Space || next.case == Case::Lower)
        }
        Needs::Capitals => token.case == Case::Upper,
    }
}

/// Whether it is two letters for a state with no reason beside them: "in SC" and "Dallas, TX" have
/// one, "SC won the match" has none.
fn bare_letters(text: &Text, at: usize, known: &Known, needs: Needs, cues: &Cues) -> bool {
    let behind_a_name = at > 0
        && text.tokens[at].gap <= Gap::Comma
        && text.tokens[at - 1].case != Case::Lower
        && text.tokens[at - 1].script == Script::Latin;
    needs == Needs::Capitals
        && known.level == Level::Region
        && text.word(at).len() == 2
        && cues.at[at] <= 0.0
        && !text.tokens[at].hashed
        && !behind_a_name
}

/// Whether a word stands at the end of a phrase: "in the US", not "US citizens".
fn ends_a_phrase(text: &Text, at: usize) -> bool {
    const FOLLOWERS: [&str; 18] = [
        "and", "or", "in", "is", "was", "has", "have", "on", "for", "to", "after", "as", "by",
        "with", "na", "ya", "wa", "kwa",
    ];
    text.tokens
        .get(at + 1)
        .is_none_or(|next| next.gap != Gap::Space || FOLLOWERS.contains(&text.word(at + 1)))
}

fn vouched(known: &Known, needs: Needs) -> Option<Meaning> {
    let (country, point) = known.at?;
    Some(Meaning {
        name: known.name.to_string(),
        country,
        point,
        level: known.level,
        radius_m: known.radius_m,
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
        vouched: false,
        fuzzy: false,
        needs_support: false,
        weight: size - if entry.main { 0.0 } else { 0.25 } - if entry.bare { 0.1 } else { 0.0 },
    }
}
