//! The ladder and the clocks of a kind and priority.
//!
//! A policy is stored once and never changed: a case keeps the one it opened with, so that nobody
//! moves the goalposts of a running case, and a head of mission can be told afterwards which clocks
//! held. New rules make a new edition.

use super::words::vocabulary;
use super::{Kind, MissionCode, Priority};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashSet;

vocabulary! {
    /// The post somebody holds; the rungs of a ladder are posts.
    Post {
        /// The duty desk of the mission: whoever of it is signed on.
        Desk = "desk",
        /// The mission's duty officer.
        DutyOfficer = "duty_officer",
        /// Head of the consular section.
        HeadOfSection = "head_of_section",
        /// Head of mission.
        HeadOfMission = "head_of_mission",
        /// The response centre in Nairobi.
        ResponseCentre = "response_centre",
        /// The principal secretary's duty line.
        PrincipalSecretary = "principal_secretary",
    }
}

impl Post {
    /// Whether this post is held in Nairobi for every mission.
    #[must_use]
    pub const fn serves_all(self) -> bool {
        matches!(self, Self::ResponseCentre | Self::PrincipalSecretary)
    }
}

/// The three clocks of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    claim: TimeDelta,
    first_action: TimeDelta,
    check_in: TimeDelta,
}

/// A policy that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPolicy {
    /// A clock of no or negative length would lapse for ever.
    #[error("every clock must run for at least one second")]
    NoTime,
    /// A ladder without a rung would end silent.
    #[error("a ladder needs at least one rung")]
    NoRung,
}

impl Clocks {
    /// Clocks from seconds.
    ///
    /// # Errors
    /// [`NotAPolicy::NoTime`] if any is zero.
    pub fn new(claim_s: u32, first_action_s: u32, check_in_s: u32) -> Result<Self, NotAPolicy> {
        if claim_s == 0 || first_action_s == 0 || check_in_s == 0 {
            return Err(NotAPolicy::NoTime);
        }
        Ok(Self {
            claim: TimeDelta::seconds(claim_s.into()),
            first_action: TimeDelta::seconds(first_action_s.into()),
            check_in: TimeDelta::seconds(check_in_s.into()),
        })
    }

    /// Within this somebody must claim the case; after a lapse, the time each rung is given.
    #[must_use]
    pub const fn claim(self) -> TimeDelta {
        self.claim
    }

    /// Within this of the claim something must be done for the person.
    #[must_use]
    pub const fn first_action(self) -> TimeDelta {
        self.first_action
    }

    /// Then something must be done at least this often.
    #[must_use]
    pub const fn check_in(self) -> TimeDelta {
        self.check_in
    }

    /// When the next rung's clock lapses: counted from the planned moment, so that handling a lapse
    /// late does not make every later one late too. If that moment has passed as well (the service
    /// was away), the rung that is told only now gets its time from now: nobody is passed over
    /// because we were asleep, and an outage does not fire a whole ladder at once.
    #[must_use]
    pub fn after_lapse(self, planned: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        let next = planned + self.claim;
        if next > now { next } else { now + self.claim }
    }
}

/// The posts told one after the other, never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder(Vec<Post>);

impl Ladder {
    /// A ladder of these rungs.
    ///
    /// # Errors
    /// [`NotAPolicy::NoRung`] without any.
    pub fn new(rungs: Vec<Post>) -> Result<Self, NotAPolicy> {
        if rungs.is_empty() {
            return Err(NotAPolicy::NoRung);
        }
        Ok(Self(rungs))
    }

    /// The rungs, lowest first.
    #[must_use]
    pub fn rungs(&self) -> &[Post] {
        &self.0
    }

    /// The post at a level; levels past the end stand on the last rung.
    #[must_use]
    pub fn post(&self, level: u8) -> Post {
        self.0[usize::from(level).min(self.0.len() - 1)]
    }

    /// The first level above `level` that reaches anybody; none where nobody is above.
    #[must_use]
    pub fn above(&self, level: u8, mission: &MissionCode, staffed: &Staffed) -> Option<u8> {
        let found = (usize::from(level) + 1..self.0.len())
            .find(|&at| staffed.reaches(mission, self.0[at]))?;
        u8::try_from(found).ok()
    }

    /// The first level from `level` up that reaches anybody. A rung nobody is on is skipped at once;
    /// where nobody is left above, the last rung that reaches somebody repeats, and if there is no
    /// such rung at all, the top: the clock goes on and the case stays on every desk.
    #[must_use]
    pub fn reaching_from(&self, level: u8, mission: &MissionCode, staffed: &Staffed) -> u8 {
        let top = self.0.len() - 1;
        let from = usize::from(level).min(top);
        let reaches = |at: &usize| staffed.reaches(mission, self.0[*at]);
        let found = (from..=top)
            .find(reaches)
            .or_else(|| (0..from).rev().find(reaches))
            .unwrap_or(top);
        u8::try_from(found).unwrap_or(u8::MAX)
    }
}

/// Which posts of which missions have somebody on duty who can be told: the desk by what it sees, every
/// other by a number.
#[derive(Debug, Clone, Default)]
pub struct Staffed(HashSet<(MissionCode, Post)>);

impl Staffed {
    /// From the posts of everybody on duty, and whether each can be texted.
    #[must_use]
    pub fn new(on_duty: impl IntoIterator<Item = (MissionCode, Post, bool)>) -> Self {
        Self(
            on_duty
                .into_iter()
                .flat_map(|(mission, post, has_number)| {
                    // Whoever is signed on is at the desk too; a line that is only texted is not.
                    let desk =
                        (post != Post::PrincipalSecretary).then(|| (mission.clone(), Post::Desk));
                    let rung = has_number.then_some((mission, post));
                    desk.into_iter().chain(rung)
                })
                .collect(),
        )
    }

    /// Whether a post, seen from a mission, has somebody on duty who can be told.
    #[must_use]
    pub fn reaches(&self, mission: &MissionCode, post: Post) -> bool {
        let at = if post.serves_all() {
            MissionCode::centre()
        } else {
            mission.clone()
        };
        self.0.contains(&(at, post))
    }
}

/// A stored policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its number; a case names it.
    pub id: i32,
    /// The edition of the rules it belongs to.
    pub edition: i32,
    /// The kind it is for; none: every kind that has no policy of its own.
    pub kind: Option<Kind>,
    /// The priority it is for.
    pub priority: Priority,
    /// Its clocks.
    pub clocks: Clocks,
    /// Its ladder.
    pub ladder: Ladder,
}

/// Every policy there is.
#[derive(Debug, Clone)]
pub struct Policies(Vec<Policy>);

impl Policies {
    /// From what is stored.
    #[must_use]
    pub const fn new(all: Vec<Policy>) -> Self {
        Self(all)
    }

    /// The policy with this number.
    #[must_use]
    pub fn get(&self, id: i32) -> Option<&Policy> {
        self.0.iter().find(|policy| policy.id == id)
    }

    /// The policy of the newest edition for a case that opens now.
    #[must_use]
    pub fn opening(&self, kind: Option<Kind>, priority: Priority) -> Option<&Policy> {
        let edition = self.0.iter().map(|policy| policy.edition).max()?;
        self.within(edition, kind, priority)
    }

    /// The policy of an edition: of that kind, else the one for every kind.
    #[must_use]
    pub fn within(&self, edition: i32, kind: Option<Kind>, priority: Priority) -> Option<&Policy> {
        let of = |wanted: Option<Kind>| {
            self.0.iter().find(move |policy| {
                policy.edition == edition && policy.priority == priority && policy.kind == wanted
            })
        };
        kind.and_then(|kind| of(Some(kind))).or_else(|| of(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dubai() -> MissionCode {
        "AE-DXB".parse().expect("a mission")
    }

    fn ladder() -> Ladder {
        Ladder::new(Post::ALL.to_vec()).expect("rungs")
    }

    #[test]
    fn a_level_nobody_can_be_reached_on_is_skipped_at_once() {
        let staffed = Staffed::new([
            (dubai(), Post::DutyOfficer, true),
            (MissionCode::centre(), Post::ResponseCentre, true),
        ]);
        assert_eq!(ladder().reaching_from(0, &dubai(), &staffed), 0);
        assert_eq!(ladder().reaching_from(1, &dubai(), &staffed), 1);
        assert_eq!(ladder().reaching_from(2, &dubai(), &staffed), 4);
    }

    #[test]
    fn the_last_rung_that_reaches_somebody_repeats() {
        let staffed = Staffed::new([(MissionCode::centre(), Post::ResponseCentre, true)]);
        assert_eq!(ladder().reaching_from(5, &dubai(), &staffed), 4);
        assert_eq!(ladder().above(3, &dubai(), &staffed), Some(4));
        assert_eq!(ladder().above(4, &dubai(), &staffed), None);
        assert_eq!(ladder().reaching_from(9, &dubai(), &staffed), 4);
    }

    #[test]
    fn a_rung_whose_holder_has_no_number_reaches_nobody_but_still_sits_at_the_desk() {
        let staffed = Staffed::new([
            (dubai(), Post::DutyOfficer, false),
            (MissionCode::centre(), Post::ResponseCentre, true),
        ]);
        assert_eq!(ladder().reaching_from(0, &dubai(), &staffed), 0);
        assert_eq!(ladder().reaching_from(1, &dubai(), &staffed), 4);
    }

    #[test]
    fn with_nobody_on_duty_anywhere_a_case_stands_at_the_top() {
        assert_eq!(ladder().reaching_from(0, &dubai(), &Staffed::default()), 5);
    }

    #[test]
    fn a_late_lapse_does_not_make_the_next_one_late_unless_we_were_away() {
        let clocks = Clocks::new(60, 300, 900).expect("clocks");
        let planned: DateTime<Utc> = "2026-11-22T08:00:00Z".parse().expect("time");
        let soon = planned + TimeDelta::seconds(3);
        assert_eq!(
            clocks.after_lapse(planned, soon),
            planned + TimeDelta::seconds(60)
        );
        let much_later = planned + TimeDelta::minutes(20);
        assert_eq!(
            clocks.after_lapse(planned, much_later),
            much_later + TimeDelta::seconds(60)
        );
    }

    #[test]
    fn a_clock_without_time_and_a_ladder_without_rungs_cannot_be() {
        assert_eq!(Clocks::new(0, 1, 1), Err(NotAPolicy::NoTime));
        assert_eq!(Ladder::new(vec![]), Err(NotAPolicy::NoRung));
    }
}
