//! Words that were agreed with a person, and mean nothing to whoever looks over her shoulder.
//!
//! They are heard in what she texts, whichever of her cases it goes to, and also where it opens one: she
//! knows of one conversation, not of cases; and in every field that she may write them into, since on a
//! page watched by others a name or a note may be the only place for one. She must never be answered
//! anything that anybody could see by that one was heard.

use super::arrived::Arrived;
use crate::case::{Priority, Report, Sealed, Understood};
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

/// What comes with what she wrote, and is not written by her each time.
const NOT_WRITTEN: [&str; 6] = [
    "profile_name",
    "country",
    "now",
    "receipt",
    "entered_by",
    "priority",
];

/// All that she wrote, field by field.
fn written(report: &Report) -> impl Iterator<Item = &str> {
    let note = report.contact.as_ref().and_then(|who| who.note.as_ref());
    let fields = [report.place_text.as_ref(), note];
    let subject = report.subject.as_ref().map(Sealed::expose);
    let answers = subject.into_iter().chain([report.details.expose()]);
    let answers = answers.flatten().filter_map(|(name, answer)| {
        let answer = answer.as_str()?;
        (!NOT_WRITTEN.contains(&name.as_str())).then_some(answer)
    });
    [report.text.expose().as_str()]
        .into_iter()
        .chain(
            fields
                .into_iter()
                .flatten()
                .map(|text| text.expose().as_str()),
        )
        .chain(answers)
}

/// Hears what a text says by the words agreed with its writer.
pub(super) fn said<'u, 'w>(
    understood: Cow<'u, Understood>,
    one: &Arrived,
    agreed: impl Iterator<Item = &'w AgreedWord>,
) -> Said<'u> {
    let (mut danger, mut ends) = (false, false);
    let is_said = |word: &str| written(&one.report).any(|text| understand::holds(text, word));
    for agreed in agreed.filter(|agreed| is_said(&agreed.word)) {
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
