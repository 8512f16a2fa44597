//! Mentions that only name something: a giver, an owner, an event.
//!
//! Such a name is not where anybody is. It must never be asked of a text that somebody sent to us:
//! whoever writes of a flood may be in it.

use super::Context;
use crate::case::Level;
use crate::understand::mentions::{Meaning, Mention};
use crate::understand::tags::{Cue, Tag};
use crate::understand::text::{Case, Gap, Text};

/// Whether a mention is who gives or sends something to somewhere else: "Norway sends blankets".
/// Whoever writes to us tells of herself, and is not heard so.
pub(super) fn gives(text: &Text, mention: &Mention, context: &Context<'_>) -> bool {
    const WORDS_BETWEEN: usize = 3;
    let country = mention.meanings.iter().any(|m| m.level == Level::Country);
    country
        && context.matches.iter().any(|m| {
            m.tells(Tag::Cue(Cue::Giver))
                && (mention.to..=mention.to + WORDS_BETWEEN).contains(&m.from)
                && (mention.to..=m.from).all(|i| text.tokens[i].gap == Gap::Space)
                || m.tells(Tag::Cue(Cue::GiverOf))
                    && m.to == mention.from
                    && text.tokens[m.to].gap == Gap::Space
        })
}

/// Whether a mention only says whose something is: "Indias gift to Sri Lanka".
pub(super) fn owns(text: &Text, mention: &Mention) -> bool {
    let word = text.word(mention.from);
    let known = |m: &Meaning| Text::fold(&m.name) == word;
    mention.to == mention.from + 1
        && word.ends_with('s')
        && text
            .tokens
            .get(mention.to)
            .is_some_and(|next| next.gap == Gap::Space && next.case == Case::Lower)
        && !mention.meanings.is_empty()
        && !mention.meanings.iter().any(known)
}

/// Whether a mention only names an event: "the Valley fire". A country, or a name somebody vouches
/// for, is where the event is: "the Ecuador quake". Who writes to us of one may be in it; a
/// text that was found somewhere is not from there.
pub(super) fn names_event(text: &Text, mention: &Mention, context: &Context<'_>) -> bool {
    let known = mention.meanings.iter().any(|m| m.vouched);
    !known
        && context.matches.iter().any(|m| {
            m.tells(Tag::Cue(Cue::Event))
                && m.from == mention.to
                && text.tokens[m.from].gap == Gap::Space
                && !text.tokens[m.from].hashed
        })
}
