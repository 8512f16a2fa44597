//! Where the person in need is, of all the places a text mentions.
//!
//! A sentence can name the place she left, the agent's town, the embassy that did not answer. What
//! stands before and after a mention tells its part; the part, how fine the place is, and what the
//! other mentions support decide. It must never be certain when two countries compete, and never
//! take a +254 number for a place.

mod named;

use super::matching::Match;
use super::mentions::{Meaning, Mention};
use super::names::Names;
use super::tags::{Cue, Tag};
use super::text::{Gap, Text};
use crate::case::{Country, Level, Place, Source};
use named::{gives, names_event, owns};

/// A mention with its meaning and how much it speaks for being the place.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub(super) mention: usize,
    pub(super) meaning: Meaning,
    pub(super) score: f32,
    part: Part,
}

/// The part a mention plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Somebody is said to be there.
    There,
    /// Only named.
    Named,
    /// Somebody's office, an embassy, an agent, a home: not where the person is.
    Elsewhere,
    /// Only the name of an event, an office or a giver: no place at all.
    Name,
}

/// What was made of the mentions.
#[derive(Debug, Default)]
pub(super) struct Whereabouts {
    /// The place chosen.
    pub(super) place: Option<Place>,
    /// The mention it stands on.
    pub(super) chosen: Option<usize>,
    /// A place in another country that was nearly chosen.
    pub(super) alternative: Option<Place>,
}

/// What is known beside the mentions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    /// What the lexicons found in the text.
    pub(super) matches: &'a [Match<'a>],
    /// The country of the sender's number.
    pub(super) sender: Option<Country>,
    /// Whether somebody sent the text to us.
    pub(super) sent: bool,
    /// Countries that events named in the text lie in.
    pub(super) events: &'a [Country],
}

/// Least score of a mention that may be the place.
const SOLID: f32 = -0.8;
/// Least score of a mention that is taken where there is nothing better; a home in Kenya never is.
const FAINT: f32 = -2.0;

/// Chooses the place of the person in need.
pub(super) fn choose(
    text: &Text,
    mentions: &[Mention],
    context: &Context<'_>,
    names: &Names,
) -> Whereabouts {
    let kenya: Country = "KE".parse().expect("a country");
    let abroad = context.sender.filter(|c| *c != kenya);
    let mut resolved = resolve(text, mentions, context, abroad);
    for r in &mut resolved {
        r.score += match r.part {
            Part::There => 1.0,
            Part::Named => 0.0,
            Part::Elsewhere => -2.0,
            Part::Name => -6.0,
        };
        if r.meaning.country == kenya {
            r.score -= match (r.part, abroad) {
                (Part::There, _) => 0.9,
                (_, None) => 2.0,
                // Whoever writes from abroad names where she is from.
                (_, Some(_)) => 3.0,
            };
        }
        if abroad == Some(r.meaning.country) {
            r.score += 0.6;
        }
        if !context.sent && owns(text, &mentions[r.mention]) {
            r.score -= 1.0;
        }
    }
    // "Ajman Dubai", "Deira Dubai": of two side by side the first is the finer.
    for at in 1..resolved.len() {
        let (first, second) = (resolved[at - 1].mention, resolved[at].mention);
        if mentions[first].to == mentions[second].from
            && resolved[at - 1].meaning.country == resolved[at].meaning.country
            && resolved[at - 1].meaning.level <= resolved[at].meaning.level
        {
            resolved[at - 1].score = resolved[at - 1].score.max(resolved[at].score) + 0.3;
        }
    }
    let best = |least: f32| {
        resolved
            .iter()
            .filter(|r| r.score > least)
            .max_by(|a, b| a.score.total_cmp(&b.score))
    };
    // Only where somebody is not, or was: better than nothing, where the phone tells nothing either.
    let least = if best(SOLID).is_none() && abroad.is_none() {
        FAINT
    } else {
        SOLID
    };
    let Some((country, part)) = heaviest(&resolved, least) else {
        return by_number(abroad, names);
    };
    if part == Part::Named
        && let Some(abroad) = abroad
        && abroad != country
        && resolved
            .iter()
            .filter(|r| r.meaning.country == country)
            .all(|r| r.part != Part::There)
    {
        // A place only named, and the phone is in another country: the phone decides, unless the
        // words say more.
        let strong = resolved
            .iter()
            .any(|r| r.meaning.country == country && r.score >= 0.8);
        if !strong {
            return by_number(Some(abroad), names);
        }
    }
    let finest = resolved
        .iter()
        .filter(|r| r.meaning.country == country && r.score > least)
        .max_by(|a, b| (fineness(a) + a.score).total_cmp(&(fineness(b) + b.score)))
        .expect("the country has a mention");
    let rival = resolved
        .iter()
        .filter(|r| r.meaning.country != country && r.score > least)
        .max_by(|a, b| a.score.total_cmp(&b.score));
    let certain = finest.meaning.vouched
        && !finest.meaning.fuzzy
        && !finest.meaning.needs_support
        && finest.meaning.level != Level::Region
        && rival.is_none()
        && part != Part::Elsewhere
        && (finest.part == Part::There || abroad == Some(country) || mentions.len() == 1);
    Whereabouts {
        chosen: Some(finest.mention),
        place: Some(place(&finest.meaning, certain)),
        alternative: rival.map(|r| place(&r.meaning, false)),
    }
}

/// The country for which most is said, and the part of its strongest mention.
fn heaviest(resolved: &[Resolved], least: f32) -> Option<(Country, Part)> {
    let solid = || resolved.iter().filter(|r| r.score > least);
    let sum = |country: Country| {
        let mut scores: Vec<f32> = solid()
            .filter(|r| r.meaning.country == country)
            .map(|r| r.score)
            .collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        // The strongest mention counts in full, the next two a little.
        scores.first().copied().unwrap_or(least)
            + scores
                .iter()
                .skip(1)
                .take(2)
                .map(|s| 0.2 * s.max(0.0))
                .sum::<f32>()
    };
    let strongest = solid().max_by(|a, b| {
        (sum(a.meaning.country), a.score)
            .partial_cmp(&(sum(b.meaning.country), b.score))
            .unwrap_or(std::cmp::Ordering::Equal)
    })?;
    Some((strongest.meaning.country, strongest.part))
}

/// A finer place says more, where both are as likely.
fn fineness(r: &Resolved) -> f32 {
    match r.meaning.level {
        Level::Point => 0.9,
        Level::District => 0.8,
        Level::City => 0.6,
        Level::Region => 0.3,
        Level::Country => 0.0,
    }
}

fn place(meaning: &Meaning, certain: bool) -> Place {
    Place {
        point: meaning.point,
        radius_m: meaning.radius_m,
        country: Some(meaning.country),
        name: Some(meaning.name.clone()),
        level: meaning.level,
        source: Source::Named,
        certain,
    }
}

/// A country the words speak of, where they name a place nobody knows: that of an event, or of a
/// county.
pub(super) fn by_words(event: Country, names: &Names) -> Whereabouts {
    let mut found = by_number(Some(event), names);
    if let Some(place) = &mut found.place {
        place.source = Source::Named;
    }
    found
}

/// The country of a county nobody knows: nearly all lie in the United States.
pub(super) fn by_county(names: &Names) -> Whereabouts {
    by_words("US".parse().expect("a country"), names)
}

/// The country of a sender's number that is not Kenyan: weak, never certain.
pub(super) fn by_number(abroad: Option<Country>, names: &Names) -> Whereabouts {
    let known = abroad.and_then(|c| names.country(c));
    Whereabouts {
        place: known.and_then(|known| {
            let (country, point) = known.at?;
            Some(Place {
                point,
                radius_m: known.radius_m,
                country: Some(country),
                name: Some(known.name.to_string()),
                level: Level::Country,
                source: Source::Prefix,
                certain: false,
            })
        }),
        ..Whereabouts::default()
    }
}

/// Picks a meaning for every mention that has one, with the support of the others.
fn resolve(
    text: &Text,
    mentions: &[Mention],
    context: &Context<'_>,
    abroad: Option<Country>,
) -> Vec<Resolved> {
    let mut resolved = Vec::new();
    for (at, mention) in mentions.iter().enumerate() {
        let supported = |m: &Meaning| support(m, at, mentions, abroad);
        let best = mention
            .meanings
            .iter()
            .filter(|m| !m.needs_support || supported(m) >= 0.4)
            .map(|m| (m, m.weight + supported(m) + familiar(m.country)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((meaning, _)) = best {
            let part = part(text, mention, context);
            resolved.push(Resolved {
                mention: at,
                meaning: meaning.clone(),
                score: 0.3 * mention.strength
                    - 0.01 * f32::from(u8::try_from(at).unwrap_or(u8::MAX))
                    + 0.2 * meaning.weight.min(1.0)
                    + if meaning.vouched { 0.3 } else { 0.0 }
                    + 0.3 * supported(meaning).min(1.0)
                    - if contradicted(meaning, at, mentions) {
                        1.2
                    } else if strange(meaning, context.events) {
                        5.0
                    } else {
                        0.0
                    },
                part,
            });
        }
    }
    resolved
}

/// Whether a place nobody vouches for lies in no country the text names, though it names one: some
/// village there has the name too, and is in no list.
fn contradicted(meaning: &Meaning, at: usize, mentions: &[Mention]) -> bool {
    let vouched = |m: &&Meaning| m.vouched && m.level == Level::Country;
    let countries = || {
        let others = mentions
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at);
        others.flat_map(|(_, m)| m.meanings.iter().filter(vouched))
    };
    !meaning.vouched
        && countries().next().is_some()
        && countries().all(|m| m.country != meaning.country)
}

/// Whether a place nobody vouches for lies elsewhere than the one event the text names.
fn strange(meaning: &Meaning, events: &[Country]) -> bool {
    !meaning.vouched && matches!(events, [event] if *event != meaning.country)
}

/// How much the other mentions and the sender's number speak for a meaning.
fn support(meaning: &Meaning, at: usize, mentions: &[Mention], abroad: Option<Country>) -> f32 {
    let mut support: f32 = 0.0;
    for (other, mention) in mentions.iter().enumerate() {
        if other == at {
            continue;
        }
        let of_country = mention
            .meanings
            .iter()
            .filter(|m| m.country == meaning.country);
        for m in of_country {
            support = support.max(match m.level {
                Level::Country if m.vouched => 1.2,
                _ if m.vouched && m.point.metres_to(meaning.point) < 60_000.0 => 1.3,
                _ if m.vouched => 0.9,
                _ if m.point.metres_to(meaning.point) < 60_000.0 => 0.3,
                _ => 0.05,
            });
        }
    }
    if abroad == Some(meaning.country) {
        support = support.max(0.6);
    }
    support
}

/// Countries where Kenyans work in great numbers come to mind first.
fn familiar(country: Country) -> f32 {
    match country.as_str() {
        "SA" | "AE" | "QA" | "KW" | "OM" | "BH" => 0.25,
        "LB" | "JO" | "KE" => 0.2,
        _ => 0.0,
    }
}

/// The part of a mention, by the cues around it in its sentence.
fn part(text: &Text, mention: &Mention, context: &Context<'_>) -> Part {
    let mut part = if mention.at { Part::There } else { Part::Named };
    let sentence = |from: usize, to: usize| {
        (from + 1..=to.min(text.tokens.len().saturating_sub(1)))
            .all(|i| text.tokens[i].gap != Gap::Stop)
    };
    // How far away the cue that decides ends, and where it begins: of two that end at one word, the
    // longer knows more ("embassy in" than "in").
    let mut nearest = (usize::MAX, usize::MAX);
    let office = [Part::Name, Part::Elsewhere][usize::from(context.sent)];
    for m in context.matches {
        let away = m.tells(Tag::Cue(Cue::Away)) || m.tells(Tag::Cue(Cue::Office));
        let there = m
            .told
            .iter()
            .any(|t| t.tag == Tag::Cue(Cue::At) && t.weight >= 0.5);
        if !away && !there {
            continue;
        }
        // A cue before the mention, at most two words away.
        if m.to <= mention.from && mention.from - m.to <= 2 && sentence(m.from, mention.from) {
            let distance = (mention.from - m.to, m.from);
            if distance < nearest || (distance == nearest && away) {
                nearest = distance;
                part = if away { Part::Elsewhere } else { Part::There };
            }
        }
        // An office named after its place: "Moscow embassy".
        if m.tells(Tag::Cue(Cue::Office))
            && m.from == mention.to
            && sentence(mention.from, m.from)
            && nearest.0 > 0
        {
            part = office;
        }
    }
    let there = nearest.0 == 0 && part == Part::There;
    if !there
        && !context.sent
        && (gives(text, mention, context) || names_event(text, mention, context))
    {
        part = Part::Name;
    }
    part
}
