//! What the matches of a text say, one after another, with the words that say it.
//!
//! Two patterns over the same words must not count twice, and what is denied must not count at all.

use super::{ENOUGH, Weights};
use crate::case::{Evidence, Kind, Priority};
use crate::understand::denial::{deniable, denials};
use crate::understand::matching::Match;
use crate::understand::tags::{Cue, Tag, Told};
use crate::understand::text::Text;

/// What the matches tell, without what is denied: the strongest match of a stretch of text speaks,
/// and only once for each thing it tells.
pub(in crate::understand) fn spoken<'m, 't>(
    text: &Text,
    matches: &'m [Match<'t>],
    evidence: &mut Vec<Evidence>,
) -> Vec<(Told, &'m Match<'t>)> {
    let denied = denials(text, matches);
    let mut told: Vec<(Told, &Match<'_>)> = Vec::with_capacity(2 * matches.len());
    for m in matches {
        let is_denied = denied[m.from] && !m.tells(Tag::Cue(Cue::Not));
        let (taken_back, stands): (Vec<Told>, Vec<Told>) =
            m.told.iter().partition(|t| is_denied && deniable(t.tag));
        if !taken_back.is_empty() {
            evidence.push(span(text, m, "negated".to_owned()));
        }
        told.extend(stands.into_iter().map(|t| (t, m)));
    }
    told.sort_by(|a, b| b.0.weight.total_cmp(&a.0.weight));
    let mut spoken: Vec<(Told, &Match<'_>)> = Vec::with_capacity(told.len());
    for (t, m) in told {
        let again = t.weight > 0.0
            && spoken
                .iter()
                .any(|(s, by)| s.tag == t.tag && m.from < by.to && by.from < m.to);
        if !again {
            spoken.push((t, m));
        }
    }
    spoken
}

/// Adds up what was spoken, and shows the words of what holds in the end: ما is water to one lexicon
/// and "not" to the sentence, and whoever reads it is not to be shown a need that nobody told of.
pub(in crate::understand) fn add_up(
    text: &Text,
    spoken: &[(Told, &Match<'_>)],
    evidence: &mut Vec<Evidence>,
) -> Weights {
    let mut w = Weights::default();
    for (t, _) in spoken {
        w.add(*t);
    }
    let holds = |tag: Tag| match tag {
        Tag::Kind(kind) => w.kind(kind) > 0.0,
        Tag::Sign(sign) => w.sign(sign),
        Tag::Need(need) => w.needs[need as usize] >= ENOUGH,
        Tag::Priority(_) | Tag::For(_) | Tag::Cue(_) => true,
    };
    let shown = spoken.iter().filter(|(t, _)| holds(t.tag));
    evidence.extend(shown.filter_map(|(t, m)| Some(span(text, m, says(*t)?))));
    w
}

/// Whether words would alarm more than was concluded in the end: what else was said took that back, and
/// they are no reason for anything then.
pub(in crate::understand) fn overstates(shown: &Evidence, concluded: Priority) -> bool {
    let alarms = shown.says.strip_prefix("priority:");
    let alarms = alarms.and_then(|word| word.parse::<Priority>().ok());
    alarms.is_some_and(|alarms| alarms.rank() < concluded.rank())
}

fn says(told: Told) -> Option<String> {
    if told.weight <= 0.0 {
        return None;
    }
    match told.tag {
        Tag::Kind(k) if told.weight >= 0.5 => Some(format!("kind:{k}")),
        Tag::Priority(p) => Some(format!("priority:{p}")),
        Tag::Sign(s) if told.weight >= ENOUGH => Some(format!("sign:{s}")),
        // A call for help is a reason of its own.
        Tag::Cue(Cue::Plea) if told.weight >= 0.9 => Some(format!("kind:{}", Kind::Distress)),
        Tag::Need(n) if told.weight >= ENOUGH => Some(format!("need:{n}")),
        _ => None,
    }
}

fn span(text: &Text, m: &Match<'_>, says: String) -> Evidence {
    Evidence {
        start: text.tokens[m.from].start,
        end: text.tokens[m.to - 1].end,
        says,
    }
}
