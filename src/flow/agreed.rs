//! Words that were agreed with a person, and mean nothing to whoever looks over her shoulder.
//!
//! They are heard in what she texts to her open case. She must never be answered anything that anybody
//! could see by that one was heard.

use super::receive::Arrived;
use crate::case::{Priority, Understood};
use crate::store::AgreedWords;
use crate::understand;
use std::borrow::Cow;

/// What was understood of a text, and which agreed words it holds.
pub(super) struct Said<'u> {
    pub(super) understood: Cow<'u, Understood>,
    /// She is in danger: the case is critical, whatever else the text says.
    pub(super) danger: bool,
    /// She wrote it herself, as far as that can be known: a word that was agreed on has come.
    pub(super) hers: bool,
    /// She ends the conversation: she is written nothing more. The case and its clock go on.
    pub(super) ends: bool,
}

/// Hears what a text says by the words agreed with its writer.
pub(super) fn said<'u>(
    understood: Cow<'u, Understood>,
    one: &Arrived,
    agreed: Option<&AgreedWords>,
) -> Said<'u> {
    let text = one.report.text.expose();
    let says = |word: Option<&String>| word.is_some_and(|word| understand::holds(text, word));
    let danger = says(agreed.and_then(|agreed| agreed.danger.as_ref()));
    let ends = says(agreed.and_then(|agreed| agreed.exit.as_ref()));
    let mut said = Said {
        understood,
        danger,
        hers: false,
        ends: ends && one.report.channel.is_conversation(),
    };
    if danger {
        let alarmed = said.understood.to_mut();
        alarmed.report = true;
        alarmed.priority = Priority::Critical;
    }
    said
}
