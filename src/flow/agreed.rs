//! Words that were agreed with a person, and mean nothing to whoever looks over her shoulder.
//!
//! They are heard in what she texts, whichever of her cases it goes to, and also where it opens one: she
//! knows of one conversation, not of cases. She must never be answered anything that anybody
//! could see by that one was heard.

use super::arrived::Arrived;
use crate::case::{Priority, Understood};
use crate::store::AgreedWord;
use crate::understand;
use chrono::TimeDelta;
use std::borrow::Cow;
use uuid::Uuid;

/// What was understood of a text, and which agreed words it holds.
pub(super) struct Said<'u> {
    pub(super) understood: Cow<'u, Understood>,
    /// She is in danger: the case is critical, whatever else the text says.
    pub(super) danger: bool,
    /// She ends the conversation: she is written nothing more. The case and its clock go on.
    pub(super) ends: bool,
}

/// Words agreed in a case that has ended are heard for so long: a number may become another person's.
pub(super) const HEARD_AFTER: TimeDelta = TimeDelta::days(180);

/// Those of the words that were agreed in a case, or with a number.
pub(super) fn with<'w>(
    words: &'w [AgreedWord],
    case: Option<Uuid>,
    number: Option<&'w str>,
) -> impl Iterator<Item = &'w AgreedWord> {
    words.iter().filter(move |word| {
        word.case_id.is_some() && word.case_id == case
            || word.number.is_some() && word.number.as_deref() == number
    })
}

/// Hears what a text says by the words agreed with its writer.
pub(super) fn said<'u, 'w>(
    understood: Cow<'u, Understood>,
    one: &Arrived,
    agreed: impl Iterator<Item = &'w AgreedWord>,
) -> Said<'u> {
    let text = one.report.text.expose();
    let (mut danger, mut ends) = (false, false);
    for agreed in agreed.filter(|agreed| understand::holds(text, &agreed.word)) {
        danger |= !agreed.ends;
        ends |= agreed.ends;
    }
    let mut said = Said {
        understood,
        danger,
        ends: ends && one.report.channel.is_conversation(),
    };
    if danger {
        let alarmed = said.understood.to_mut();
        alarmed.report = true;
        alarmed.priority = Priority::Critical;
    }
    said
}
