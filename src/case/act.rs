//! What a responder can do to a case: the words of a request, checked when they are read.

use super::sheet::{Answers, Step};
use super::words::vocabulary;
use super::{
    Hours, Kind, Lang, MissionCode, NotAnHour, Outcome, Priority, SafeContact, Sealed, Sign,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The longest text a responder can write, in characters.
pub(super) const MAX_WORDS: usize = 4_000;

/// Something a responder wrote: not empty, not endless, and perhaps personal, so sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String)]
pub struct Words(Sealed<String>);

/// Text that says nothing or too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotWords {
    /// Nothing but blanks.
    #[error("must not be empty")]
    Empty,
    /// Too long.
    #[error("must not be longer than 4,000 characters")]
    TooLong,
}

impl Words {
    /// The words.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl TryFrom<String> for Words {
    type Error = NotWords;
    fn try_from(text: String) -> Result<Self, NotWords> {
        // NUL cannot be stored: what consists of nothing else says nothing.
        let text = text.replace('\0', "");
        let text = text.trim();
        if text.is_empty() {
            Err(NotWords::Empty)
        } else if text.chars().count() > MAX_WORDS {
            Err(NotWords::TooLong)
        } else {
            Ok(Self(Sealed::new(text.to_owned())))
        }
    }
}

vocabulary! {
    /// How a call ended.
    CallOutcome {
        /// Spoke with the person.
        Reached = "reached",
        /// Nobody answered.
        NoAnswer = "no_answer",
        /// Somebody else answered.
        AnotherAnswered = "another_answered",
        /// The number does not work.
        Unreachable = "unreachable",
    }
}

/// An act, as the desk sends it.
#[derive(Debug, Clone, PartialEq, Deserialize, utoipa::ToSchema)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Take a case nobody has.
    Claim,
    /// Take a case from a colleague.
    TakeOver {
        /// Why.
        reason: Words,
    },
    /// Give it back to the queue.
    Release,
    /// Begin to work on it.
    Start,
    /// Write something down.
    Note {
        /// What.
        text: Words,
    },
    /// Write to the person: a template, or words of one's own.
    Message {
        /// The id of a neutral template.
        template: Option<String>,
        /// The template's language; none: the person's.
        lang: Option<Lang>,
        /// Words of one's own, where no template is named.
        text: Option<Words>,
        /// Why it is to be sent although a rule speaks against it.
        #[serde(rename = "override")]
        override_reason: Option<Words>,
    },
    /// Record a call.
    Call {
        /// How it ended.
        outcome: CallOutcome,
        /// What was said.
        note: Option<Words>,
    },
    /// Offer the case to another mission; it stays here until that accepts.
    Transfer {
        /// Which.
        to: MissionCode,
        /// Why.
        reason: Words,
    },
    /// Take a case that is offered to one's mission.
    Accept,
    /// Refuse a case that is offered to one's mission.
    Refuse {
        /// Why.
        reason: Words,
    },
    /// Take an offer back.
    Withdraw,
    /// Change how bad it is.
    Reprioritise {
        /// To what.
        priority: Priority,
        /// Why.
        reason: Words,
    },
    /// Correct the kind; none for a mere question.
    Recategorise {
        /// To what.
        kind: Option<Kind>,
    },
    /// Correct the place: a point, or words that name one.
    Locate {
        /// Degrees north.
        lat: Option<f64>,
        /// Degrees east.
        lon: Option<f64>,
        /// Radius of uncertainty in metres; 100 where not given.
        radius_m: Option<u32>,
        /// The place in words, where no point is given.
        text: Option<Words>,
    },
    /// Set how the person may be contacted.
    SafeContact {
        /// Whether.
        contact: SafeContact,
        /// From this hour, in the person's zone.
        from_hour: Option<u8>,
        /// To this hour.
        to_hour: Option<u8>,
        /// Anything else about it.
        note: Option<Words>,
    },
    /// End it.
    Resolve {
        /// How.
        outcome: Outcome,
        /// What was done.
        summary: Words,
    },
    /// Open it again.
    Reopen {
        /// Why.
        reason: Words,
    },
    /// What came in was read.
    Seen,
    /// Join it to another case, as a duplicate of that.
    Merge {
        /// Which.
        into: Uuid,
        /// Why.
        reason: Option<Words>,
    },
    /// Make a report of it a case of its own.
    Split {
        /// Which.
        report: Uuid,
        /// Why.
        reason: Words,
    },
    /// Note that it has to do with another case.
    Link {
        /// Which.
        to: Uuid,
        /// Why.
        reason: Words,
    },
    /// Note that it has not.
    Unlink {
        /// With which.
        to: Uuid,
        /// Why.
        reason: Words,
    },
    /// Put it into a colleague's hands.
    Assign {
        /// Whose.
        to: Uuid,
        /// Why.
        reason: Words,
    },
    /// Note what is to be done, and by when.
    Task {
        /// What.
        title: Words,
        /// By when.
        due_at: DateTime<Utc>,
    },
    /// A task is done.
    TaskDone {
        /// Which.
        task: Uuid,
    },
    /// Note that the person said she would write by a moment. If she does not, the case escalates.
    Agree {
        /// The moment, at most thirty days ahead.
        hear_by: DateTime<Utc>,
        /// And then every so many hours, 1 to 168; none: once.
        hear_every_h: Option<u16>,
    },
    /// No word is waited for any more.
    EndAgreement,
    /// A person says whether a sign of forced labour holds.
    Sign {
        /// Which.
        sign: Sign,
        /// Whether.
        holds: bool,
    },
    /// Write answers on the sheet of its kind.
    Sheet {
        /// To which questions, and what; an empty one is taken back.
        answers: Answers,
    },
    /// A usual step is done, or is not after all.
    Step {
        /// Which.
        step: Step,
        /// Whether.
        done: bool,
    },
}

impl Act {
    /// The word for it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::TakeOver { .. } => "take_over",
            Self::Release => "release",
            Self::Start => "start",
            Self::Note { .. } => "note",
            Self::Message { .. } => "message",
            Self::Call { .. } => "call",
            Self::Transfer { .. } => "transfer",
            Self::Accept => "accept",
            Self::Refuse { .. } => "refuse",
            Self::Withdraw => "withdraw",
            Self::Reprioritise { .. } => "reprioritise",
            Self::Recategorise { .. } => "recategorise",
            Self::Locate { .. } => "locate",
            Self::SafeContact { .. } => "safe_contact",
            Self::Resolve { .. } => "resolve",
            Self::Reopen { .. } => "reopen",
            Self::Seen => "seen",
            Self::Merge { .. } => "merge",
            Self::Split { .. } => "split",
            Self::Link { .. } => "link",
            Self::Unlink { .. } => "unlink",
            Self::Assign { .. } => "assign",
            Self::Task { .. } => "task",
            Self::TaskDone { .. } => "task_done",
            Self::Agree { .. } => "agree",
            Self::EndAgreement => "end_agreement",
            Self::Sign { .. } => "sign",
            Self::Sheet { .. } => "sheet",
            Self::Step { .. } => "step",
        }
    }

    /// What a responder wrote with it: kept in the sealed notes, shown in the log.
    #[must_use]
    pub const fn written(&self) -> Option<&Words> {
        match self {
            Self::TakeOver { reason }
            | Self::Transfer { reason, .. }
            | Self::Refuse { reason }
            | Self::Split { reason, .. }
            | Self::Link { reason, .. }
            | Self::Unlink { reason, .. }
            | Self::Assign { reason, .. }
            | Self::Reprioritise { reason, .. }
            | Self::Reopen { reason } => Some(reason),
            Self::Note { text } => Some(text),
            Self::Task { title, .. } => Some(title),
            Self::Merge { reason, .. } => reason.as_ref(),
            Self::Message {
                override_reason, ..
            } => override_reason.as_ref(),
            Self::Call { note, .. } | Self::SafeContact { note, .. } => note.as_ref(),
            Self::Resolve { summary, .. } => Some(summary),
            Self::Claim
            | Self::Release
            | Self::Start
            | Self::Accept
            | Self::Withdraw
            | Self::Recategorise { .. }
            | Self::Locate { .. }
            | Self::TaskDone { .. }
            | Self::Agree { .. }
            | Self::EndAgreement
            | Self::Sign { .. }
            | Self::Sheet { .. }
            | Self::Step { .. }
            | Self::Seen => None,
        }
    }

    /// The hours of a safe-contact act.
    ///
    /// # Errors
    /// [`NotAnHour`] where only one is given or one is past 23.
    pub fn hours(from: Option<u8>, to: Option<u8>) -> Result<Option<Hours>, NotAnHour> {
        match (from, to) {
            (None, None) => Ok(None),
            (Some(from), Some(to)) => Hours::new(from, to).map(Some),
            _ => Err(NotAnHour),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_read_from_what_the_desk_sends() {
        let act: Act = serde_json::from_str(
            r#"{"act":"transfer","version":3,"to":"SA-RUH","reason":"she is in Dammam"}"#,
        )
        .expect("an act");
        assert_eq!(act.as_str(), "transfer");
        assert_eq!(act.written().map(Words::expose), Some("she is in Dammam"));
    }

    #[test]
    fn a_reason_of_blanks_is_no_reason() {
        let act = serde_json::from_str::<Act>(r#"{"act":"reopen","reason":"  "}"#);
        assert!(
            act.expect_err("empty")
                .to_string()
                .contains("must not be empty")
        );
    }

    #[test]
    fn what_cannot_be_stored_is_left_out_before_it_is_asked_whether_anything_was_said() {
        for nothing in ["\0", " \0 \0\n", "\0\0\0"] {
            assert_eq!(Words::try_from(nothing.to_owned()), Err(NotWords::Empty));
        }
        let words = Words::try_from("\0 she\0 called \0".to_owned()).expect("words");
        assert_eq!(words.expose(), "she called");
    }

    #[test]
    fn what_a_responder_wrote_does_not_print() {
        let act: Act =
            serde_json::from_str(r#"{"act":"note","text":"Achieng called"}"#).expect("an act");
        assert!(!format!("{act:?}").contains("Achieng"));
    }
}
