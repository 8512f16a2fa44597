//! A report: what arrived, verbatim, on one channel, at one time. It is never changed.

use super::words::vocabulary;
use super::{ForWhom, Kind, Lang, Number, Point, Sealed};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

vocabulary! {
    /// How a report reached the service.
    Channel {
        /// The public pages.
        Web = "web",
        /// Another program, over HTTP.
        Api = "api",
        /// A text message.
        Sms = "sms",
        /// A `WhatsApp` message.
        Whatsapp = "whatsapp",
        /// A call, entered by an operator.
        Phone = "phone",
    }
}

impl Channel {
    /// Whether what is written on it is a conversation: a later message of the same number joins
    /// its open case, and an answer goes back the same way.
    #[must_use]
    pub const fn is_conversation(self) -> bool {
        matches!(self, Self::Sms | Self::Whatsapp)
    }
}

vocabulary! {
    /// Whether and how the service may contact somebody; chosen by the person, kept by the sender.
    SafeContact {
        /// At any time, with neutral words.
        Any = "any",
        /// Only where the person wrote first on that channel: one neutral acknowledgement, and
        /// nothing further until more is known. What holds when nothing was chosen.
        ReplyOnly = "reply_only",
        /// Not at all: the person will contact us. Every clock on our side still runs.
        IWillContactYou = "i_will_contact_you",
        /// Never.
        Never = "never",
    }
}

/// Hours of the day in which somebody may be contacted, in the person's own zone. The window may
/// pass midnight; equal hours mean the whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "RawHours")]
pub struct Hours {
    from_hour: u8,
    to_hour: u8,
}

#[derive(Deserialize)]
struct RawHours {
    from_hour: u8,
    to_hour: u8,
}

/// Hours that are not on a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("hours must lie between 0 and 23")]
pub struct NotAnHour;

impl Hours {
    /// A window from the start of `from_hour` to the start of `to_hour`.
    ///
    /// # Errors
    /// [`NotAnHour`] above 23.
    pub const fn new(from_hour: u8, to_hour: u8) -> Result<Self, NotAnHour> {
        if from_hour < 24 && to_hour < 24 {
            Ok(Self { from_hour, to_hour })
        } else {
            Err(NotAnHour)
        }
    }

    /// The first hour.
    #[must_use]
    pub const fn from_hour(self) -> u8 {
        self.from_hour
    }

    /// The hour at which the window closes.
    #[must_use]
    pub const fn to_hour(self) -> u8 {
        self.to_hour
    }

    /// Whether an hour of the day lies in the window.
    #[must_use]
    pub const fn holds(self, hour: u8) -> bool {
        if self.from_hour < self.to_hour {
            self.from_hour <= hour && hour < self.to_hour
        } else if self.from_hour > self.to_hour {
            self.from_hour <= hour || hour < self.to_hour
        } else {
            true
        }
    }
}

impl TryFrom<RawHours> for Hours {
    type Error = NotAnHour;
    fn try_from(raw: RawHours) -> Result<Self, NotAnHour> {
        Self::new(raw.from_hour, raw.to_hour)
    }
}

/// Who reported, and how that person may be contacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// The number, dialable or as written.
    pub number: Number,
    /// What the person chose.
    pub safe: SafeContact,
    /// When, where a time was given.
    pub hours: Option<Hours>,
    /// Anything else said about it ("ask for Rose, say you are the shop").
    pub note: Option<Sealed<String>>,
}

/// A word that carriers act on by themselves when it is the whole message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// Do not text me: nothing sent to this number arrives any more.
    Stop,
    /// Text me again.
    Start,
}

/// Words for the fields of a form that belong to one kind (`last_contact`, `hospital`, `charge`).
pub type Details = serde_json::Map<String, serde_json::Value>;

/// What arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Chosen by the sender where the channel lets it, else by us.
    pub id: Uuid,
    /// The channel.
    pub channel: Channel,
    /// The provider's own id, unique on the channel (`MessageSid`).
    pub provider_id: Option<String>,
    /// When it reached us.
    pub received_at: DateTime<Utc>,
    /// The words, verbatim; empty where none came.
    pub text: Sealed<String>,
    /// Who sent it.
    pub contact: Option<Contact>,
    /// The kind, where the sender chose one.
    pub kind: Option<Kind>,
    /// Whom it is about, where the sender said so.
    pub for_whom: Option<ForWhom>,
    /// The language, where the sender chose one.
    pub lang: Option<Lang>,
    /// A position shared by the sender, and its radius in metres.
    pub pin: Option<(Point, u32)>,
    /// The place in the sender's own words, apart from the text.
    pub place_text: Option<Sealed<String>>,
    /// Name, passport and the like of the person in need.
    pub subject: Option<Sealed<Details>>,
    /// Answers to the questions of its kind.
    pub details: Sealed<Details>,
    /// Whether the whole of it is a word for the carrier.
    pub carrier: Option<Carrier>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_of_hours_may_pass_midnight() {
        let night = Hours::new(22, 6).expect("hours");
        assert!(night.holds(23) && night.holds(0) && night.holds(5));
        assert!(!night.holds(6) && !night.holds(21));
        assert!(Hours::new(9, 9).expect("hours").holds(3));
        assert_eq!(Hours::new(24, 3), Err(NotAnHour));
    }
}
