//! What became of a message: the provider's states and error codes, and what follows from them.
//!
//! `sent` is not `delivered`, and `undelivered` is a failure. States arrive late, twice and out of
//! order: they are ranked, and a final one is never left.

use crate::case::words::vocabulary;

vocabulary! {
    /// A message's state, in the provider's words.
    Status {
        /// Taken by a messaging service that has not chosen a sender yet.
        Accepted = "accepted",
        /// To be sent later.
        Scheduled = "scheduled",
        /// Waiting at the provider.
        Queued = "queued",
        /// Leaving.
        Sending = "sending",
        /// With the carrier; nobody has it yet.
        Sent = "sent",
        /// Some parts arrived.
        PartiallyDelivered = "partially_delivered",
        /// On the phone.
        Delivered = "delivered",
        /// Read (WhatsApp).
        Read = "read",
        /// The carrier could not deliver it.
        Undelivered = "undelivered",
        /// The provider could not send it.
        Failed = "failed",
        /// Withdrawn before it was sent.
        Canceled = "canceled",
        /// An inbound one, on its way.
        Receiving = "receiving",
        /// An inbound one.
        Received = "received",
    }
}

impl Status {
    /// How far along the way it is; a state never gives way to a lower one.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Receiving | Self::Accepted | Self::Scheduled => 1,
            Self::Queued => 2,
            Self::Sending => 3,
            Self::Sent => 4,
            Self::PartiallyDelivered => 5,
            Self::Delivered
            | Self::Undelivered
            | Self::Failed
            | Self::Canceled
            | Self::Received => 6,
            Self::Read => 7,
        }
    }

    /// Whether nothing more is to come. (A delivered message may still be read.)
    #[must_use]
    pub const fn is_final(self) -> bool {
        self.rank() >= 6
    }

    /// Whether the person did not get it, and another way is to be tried.
    #[must_use]
    pub const fn has_failed(self) -> bool {
        matches!(self, Self::Undelivered | Self::Failed | Self::Canceled)
    }

    /// Whether it is on the phone.
    #[must_use]
    pub const fn has_arrived(self) -> bool {
        matches!(self, Self::Delivered | Self::Read)
    }

    /// The state after hearing of `heard`: the further one, and never out of a final one but from
    /// delivered to read.
    #[must_use]
    pub const fn after(self, heard: Self) -> Self {
        match (self, heard) {
            (Self::Delivered, Self::Read) => Self::Read,
            _ if self.is_final() || heard.rank() <= self.rank() => self,
            _ => heard,
        }
    }
}

/// Whether to try the same way again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// No: the answer will be the same.
    Never,
    /// Once, after some minutes.
    Once,
    /// Until it works: the fault is on our side or passes by itself.
    Until,
}

/// What went wrong, read from the provider's error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// 20003: our credentials are refused.
    Credentials,
    /// 20429: too many requests.
    Rate,
    /// 21211: the number is not valid.
    BadTo,
    /// 21408: sending to this region is switched off.
    RegionOff,
    /// 21606: our sender cannot be used for this number.
    BadFrom,
    /// 21608: a trial account sends to verified numbers only.
    Trial,
    /// 21610: the person wrote STOP.
    OptedOut,
    /// 21612: no route from this sender to this number.
    Unroutable,
    /// 21614: the number takes no texts.
    NotMobile,
    /// 21635, 30006: a landline, or a carrier that takes no texts.
    Landline,
    /// 30003: the phone is off or out of reach.
    Unreachable,
    /// 30005: the carrier does not know the number.
    UnknownNumber,
    /// 30007: the carrier filtered the words.
    Filtered,
    /// 30008: the carrier gave no reason.
    NoReason,
    /// 30036: it was not sent within its time.
    TooLate,
    /// Any other code.
    Other(u32),
}

impl Trouble {
    /// Reads a code.
    #[must_use]
    pub const fn of(code: u32) -> Self {
        match code {
            20_003 => Self::Credentials,
            20_429 => Self::Rate,
            21_211 => Self::BadTo,
            21_408 => Self::RegionOff,
            21_606 => Self::BadFrom,
            21_608 => Self::Trial,
            21_610 => Self::OptedOut,
            21_612 => Self::Unroutable,
            21_614 => Self::NotMobile,
            21_635 | 30_006 => Self::Landline,
            30_003 => Self::Unreachable,
            30_005 => Self::UnknownNumber,
            30_007 => Self::Filtered,
            30_008 => Self::NoReason,
            30_036 => Self::TooLate,
            other => Self::Other(other),
        }
    }

    /// The code, as it is kept.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Credentials => 20_003,
            Self::Rate => 20_429,
            Self::BadTo => 21_211,
            Self::RegionOff => 21_408,
            Self::BadFrom => 21_606,
            Self::Trial => 21_608,
            Self::OptedOut => 21_610,
            Self::Unroutable => 21_612,
            Self::NotMobile => 21_614,
            Self::Landline => 21_635,
            Self::Unreachable => 30_003,
            Self::UnknownNumber => 30_005,
            Self::Filtered => 30_007,
            Self::NoReason => 30_008,
            Self::TooLate => 30_036,
            Self::Other(code) => code,
        }
    }

    /// Whether to try the same way again.
    #[must_use]
    pub const fn retry(self) -> Retry {
        match self {
            Self::Credentials | Self::Rate => Retry::Until,
            Self::Unreachable | Self::NoReason | Self::TooLate => Retry::Once,
            _ => Retry::Never,
        }
    }

    /// Whether this way is closed for this message.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self.retry(), Retry::Never)
    }

    /// Whether the person may be reached on another channel. Not after STOP, which is a wish and
    /// not a fault.
    #[must_use]
    pub const fn next_channel(self) -> bool {
        !matches!(self, Self::OptedOut | Self::Credentials | Self::Rate)
    }

    /// Whether the account or its settings are at fault: an administrator must be told, since every
    /// further message will fail as well.
    #[must_use]
    pub const fn needs_administrator(self) -> bool {
        matches!(
            self,
            Self::Credentials | Self::RegionOff | Self::BadFrom | Self::Trial
        )
    }

    /// What it means, for whoever reads the case.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Credentials => "The message service refuses our credentials.",
            Self::Rate => "The message service is asked too often; it is tried again.",
            Self::BadTo => "This number does not exist in this form.",
            Self::RegionOff => "Sending to this region is switched off in our account.",
            Self::BadFrom => "Our sender cannot write to this number.",
            Self::Trial => "A trial account writes to verified numbers only.",
            Self::OptedOut => "The person wrote STOP: nothing may be sent to this number.",
            Self::Unroutable => "There is no route from our sender to this number.",
            Self::NotMobile => "This number takes no texts.",
            Self::Landline => "This number is a landline, or its carrier takes no texts.",
            Self::Unreachable => "The phone is off or out of reach.",
            Self::UnknownNumber => "The carrier does not know this number.",
            Self::Filtered => "The carrier filtered the message.",
            Self::NoReason => "The carrier could not deliver it and gave no reason.",
            Self::TooLate => "It was not sent within its time.",
            Self::Other(_) => "The message service reported a failure of its own.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_late_sent_does_not_undo_a_delivery() {
        assert_eq!(Status::Delivered.after(Status::Sent), Status::Delivered);
        assert_eq!(Status::Sent.after(Status::Queued), Status::Sent);
        assert_eq!(
            Status::Queued.after(Status::Undelivered),
            Status::Undelivered
        );
        assert_eq!(Status::Delivered.after(Status::Read), Status::Read);
        assert_eq!(Status::Failed.after(Status::Delivered), Status::Failed);
    }

    #[test]
    fn sent_is_not_delivered_and_undelivered_is_a_failure() {
        assert!(!Status::Sent.is_final() && !Status::Sent.has_arrived());
        assert!(Status::Undelivered.has_failed() && Status::Undelivered.is_final());
    }

    #[test]
    fn stop_is_final_and_no_reason_to_try_another_way() {
        let stopped = Trouble::of(21_610);
        assert!(stopped.is_final() && !stopped.next_channel());
    }

    #[test]
    fn every_code_leads_to_a_decision() {
        for (code, trouble, retry, next) in [
            (20_003, Trouble::Credentials, Retry::Until, false),
            (20_429, Trouble::Rate, Retry::Until, false),
            (21_211, Trouble::BadTo, Retry::Never, true),
            (21_408, Trouble::RegionOff, Retry::Never, true),
            (21_606, Trouble::BadFrom, Retry::Never, true),
            (21_608, Trouble::Trial, Retry::Never, true),
            (21_612, Trouble::Unroutable, Retry::Never, true),
            (21_614, Trouble::NotMobile, Retry::Never, true),
            (21_635, Trouble::Landline, Retry::Never, true),
            (30_003, Trouble::Unreachable, Retry::Once, true),
            (30_005, Trouble::UnknownNumber, Retry::Never, true),
            (30_006, Trouble::Landline, Retry::Never, true),
            (30_007, Trouble::Filtered, Retry::Never, true),
            (30_008, Trouble::NoReason, Retry::Once, true),
            (30_036, Trouble::TooLate, Retry::Once, true),
            (12_345, Trouble::Other(12_345), Retry::Never, true),
        ] {
            assert_eq!(Trouble::of(code), trouble);
            assert_eq!(Trouble::of(trouble.code()), trouble);
            assert_eq!(
                (trouble.retry(), trouble.next_channel()),
                (retry, next),
                "{code}"
            );
            assert!(trouble.meaning().ends_with('.'));
        }
    }

    proptest! {
        #[test]
        fn in_whatever_order_callbacks_come_a_final_state_stays(
            heard in proptest::collection::vec(proptest::sample::select(Status::ALL), 1..12),
        ) {
            let mut state = Status::Queued;
            for status in heard {
                let next = state.after(status);
                prop_assert!(next.rank() >= state.rank());
                prop_assert!(!state.is_final() || next == state || next == Status::Read);
                state = next;
            }
        }
    }
}
