//! Whether a message to a person in distress may be sent at all.
//!
//! The phone may be seen, shared or taken, so the rule is enforced where messages are sent and not
//! where they are written: what a person chose (`SafeContact`, hours) holds for the machine without
//! exception, and for a responder unless she types a reason, which goes on record. Two things no
//! reason overrides: a number nobody can dial, and STOP. This must never become a setting.

use crate::case::{Hours, SafeContact};

/// Who wants to say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The service by itself.
    Service,
    /// A responder.
    Responder,
}

/// All that decides.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, named where it is set"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// What the person chose.
    pub safe: SafeContact,
    /// The hours the person gave.
    pub hours: Option<Hours>,
    /// The hour of the day where the person is, in each zone she may be in; empty where none is known.
    pub local_hours: &'a [u8],
    /// Whether the person wrote STOP.
    pub opted_out: bool,
    /// Whether the number can be dialled.
    pub dialable: bool,
    /// Whether the person wrote to us first, on this very channel.
    pub wrote_first: bool,
    /// Whether the service has answered in this case by itself before.
    pub answered_before: bool,
    /// Who wants to say it.
    pub by: By,
    /// Whether the words are neutral.
    pub neutral: bool,
    /// A responder's typed reason to say it all the same.
    pub reason: Option<&'a str>,
}

/// It may be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Nothing speaks against it.
    Plainly,
    /// Against this, for the reason given; both go on record.
    Despite(Why),
}

/// Why it may not be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Why {
    /// The number cannot be dialled.
    #[error("this number cannot be dialled: it is kept as it was written")]
    NotDialable,
    /// The person wrote STOP.
    #[error("the person wrote STOP: nothing sent to this number arrives; call instead, or wait")]
    OptedOut,
    /// The person wants no contact.
    #[error("the person asked never to be contacted")]
    Never,
    /// The person will contact us.
    #[error("the person will contact us, and asked not to be contacted")]
    TheyWillContactUs,
    /// Nothing says that this channel is safe.
    #[error("the person did not write on this channel: nothing says that it is safe")]
    NotAReply,
    /// The one acknowledgement has been sent.
    #[error("the person has had one acknowledgement; more waits until a safe way is known")]
    AnsweredAlready,
    /// Outside the hours given.
    #[error("it is outside the hours the person gave")]
    OutsideHours,
    /// The person gave hours, and we do not know what time it is there.
    #[error("the person gave hours, and it is not known what time it is there")]
    HourUnknown,
    /// The words tell something.
    #[error("the words tell something to whoever else reads the phone")]
    NotNeutral,
    /// The words tell something, and she asked not to be written to, or not now: one reason stands for
    /// one thing.
    #[error(
        "the person asked not to be written to, or not now, and these words tell something to whoever \
         else reads the phone: say it in neutral words"
    )]
    TellsToo,
    /// The reason given is none.
    #[error("to say it all the same, give a reason of at least ten characters")]
    NoReason,
}

impl Why {
    /// The word for it in the record of a case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotDialable => "not_dialable",
            Self::OptedOut => "opted_out",
            Self::Never => "never",
            Self::TheyWillContactUs => "i_will_contact_you",
            Self::NotAReply => "not_a_reply",
            Self::AnsweredAlready => "answered_already",
            Self::OutsideHours => "outside_hours",
            Self::HourUnknown => "hour_unknown",
            Self::NotNeutral => "not_neutral",
            Self::TellsToo => "tells_too",
            Self::NoReason => "no_reason",
        }
    }

    /// Whether a responder's reason can outweigh it.
    #[must_use]
    pub const fn can_be_outweighed(self) -> bool {
        !matches!(
            self,
            Self::NotDialable | Self::OptedOut | Self::TellsToo | Self::NoReason
        )
    }

    /// Whether it passes by itself, so that a message may wait for it.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(self, Self::OutsideHours)
    }
}

/// The shortest reason, in characters: long enough to be a sentence.
const SHORTEST_REASON: usize = 10;

/// The rule.
///
/// # Errors
/// [`Why`] it may not be said.
pub fn may_say(asked: &Asked<'_>) -> Result<Allowed, Why> {
    let Some(why) = objection(asked) else {
        return Ok(Allowed::Plainly);
    };
    match (asked.by, asked.reason) {
        (By::Responder, Some(reason)) if why.can_be_outweighed() => {
            if why != Why::NotNeutral && !asked.neutral {
                Err(Why::TellsToo)
            } else if reason.trim().chars().count() >= SHORTEST_REASON {
                Ok(Allowed::Despite(why))
            } else {
                Err(Why::NoReason)
            }
        }
        _ => Err(why),
    }
}

/// The gravest thing that speaks against it.
fn objection(asked: &Asked<'_>) -> Option<Why> {
    if !asked.dialable {
        return Some(Why::NotDialable);
    }
    if asked.opted_out {
        return Some(Why::OptedOut);
    }
    match asked.safe {
        SafeContact::Never => return Some(Why::Never),
        SafeContact::IWillContactYou => return Some(Why::TheyWillContactUs),
        // A responder may go on: a neutral question is how a safe way becomes known.
        SafeContact::ReplyOnly if !asked.wrote_first => return Some(Why::NotAReply),
        SafeContact::ReplyOnly if asked.by == By::Service && asked.answered_before => {
            return Some(Why::AnsweredAlready);
        }
        SafeContact::ReplyOnly | SafeContact::Any => {}
    }
    if let Some(hours) = asked.hours {
        if asked.local_hours.is_empty() {
            return Some(Why::HourUnknown);
        }
        if !asked.local_hours.iter().all(|hour| hours.holds(*hour)) {
            return Some(Why::OutsideHours);
        }
    }
    (!asked.neutral).then_some(Why::NotNeutral)
}

#[cfg(test)]
mod tests;
