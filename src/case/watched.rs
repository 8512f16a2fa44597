//! Whether anybody looks: a critical case must be shown by a desk, a claim needs a desk that lives, and
//! where nobody is at the desk somebody above it is told.
//!
//! These are marks beside the clocks. A line that is cut never stops a clock, and one that holds never
//! moves it.

use super::{Case, Change, Entry, Priority, Status};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// A critical case that no desk of its mission, with its alarm on, shows within this goes up at once.
/// NENA-STA-020.1: nine of ten emergency calls are answered within 15 seconds.
pub const SEEN_WITHIN: TimeDelta = TimeDelta::seconds(15);
/// A claim is stale when nothing was heard from the desk that holds it for so long. A desk says
/// every ten seconds that it is there.
pub const STALE_AFTER: TimeDelta = TimeDelta::minutes(3);

impl Case {
    /// What becomes of the case when nothing is heard any more from the desk that holds it, or
    /// something is again. Its clocks are not touched: they know better than a line that is cut.
    #[must_use]
    pub fn heard_of(&self, heard: bool) -> Change {
        let mut case = self.clone();
        case.stale = !heard;
        case.version += 1;
        Change {
            case,
            entry: Entry {
                event: if heard { "heard_again" } else { "went_stale" },
                detail: json!({}),
            },
        }
    }

    /// A life in danger is to be seen on a desk of the mission at once: it does not wait for its claim
    /// clock where no desk shows it. Only where the case stands with the desk: the rungs above are
    /// texted.
    pub(super) fn sound_the_alarm(&mut self, now: DateTime<Utc>) {
        if self.priority == Priority::Critical && self.level == 0 && !self.tray {
            self.status = self.status.to_be_seen(now + SEEN_WITHIN);
        }
    }

    /// The same, where the case has become more than it was.
    pub(super) fn sound_the_alarm_if_raised(&mut self, before: &Self, now: DateTime<Utc>) {
        if self.priority != before.priority || self.tray != before.tray {
            self.sound_the_alarm(now);
        }
    }

    /// Whether the response centre is told of it too where its mission is in doubt: a life is in danger,
    /// and it is not the centre's anyway.
    #[must_use]
    pub fn is_copied_in_doubt(&self) -> bool {
        self.priority == Priority::Critical
            && !self.tray
            && !self.mission.is_centre()
            && !matches!(self.status, Status::Resolved { .. })
    }

    /// Whether a rung above the desk is texted as soon as the case is put on it.
    #[must_use]
    pub fn is_told_at_once(&self) -> bool {
        self.priority <= Priority::Urgent && self.level > 0
    }

    /// Whether it has become one of those: it stood on its rung, and nobody there had been told, since
    /// it was not urgent before.
    #[must_use]
    pub fn is_to_be_told_now(&self, before: &Self) -> bool {
        before.lapses == 0
            && before.level > 0
            && !before.is_told_at_once()
            && self.is_told_at_once()
    }
}
