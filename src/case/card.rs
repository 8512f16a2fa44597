//! The card: a case as a desk shows it, and all of it that leaves the store unasked.
//!
//! It travels through Redis and websockets, so it must never hold a name of a person in need, a
//! number, a body or an exact place. The name on it is the responder's.

use super::{
    Agreement, Case, Channel, Clock, CoarsePlace, Country, ForWhom, Kind, Lang, MissionCode,
    Priority, Sign,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A case as a desk shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Card {
    /// The case.
    pub id: Uuid,
    /// Its reference.
    pub reference: String,
    /// A desk keeps the card with the higher one.
    pub version: i64,
    /// Whose case it is.
    pub mission: MissionCode,
    /// The kind; null for a mere question.
    pub kind: Option<Kind>,
    /// How bad it is.
    pub priority: Priority,
    /// `waiting`, `claimed`, `in_progress`, `offered` or `resolved`.
    pub status: String,
    /// The rung it stands on.
    pub level: u8,
    /// When something happens by itself. A critical case that no desk shows goes up sooner.
    pub due_at: Option<DateTime<Utc>>,
    /// Which clock that is.
    pub clock: Option<Clock>,
    /// How often a clock lapsed since somebody last acted.
    pub lapses: u32,
    /// When the first report reached us.
    pub opened_at: DateTime<Utc>,
    /// Who has it.
    pub claimed_by: Option<Uuid>,
    /// The responder's name.
    pub claimed_by_name: Option<String>,
    /// Nothing is heard from the desk that holds it.
    #[serde(default)]
    pub stale: bool,
    /// The mission it is offered to.
    #[serde(default)]
    pub offered_to: Option<MissionCode>,
    /// The case it was joined to.
    #[serde(default)]
    pub merged_into: Option<Uuid>,
    /// When the next of its tasks is due.
    #[serde(default)]
    pub task_due_at: Option<DateTime<Utc>>,
    /// The moment by which the person said she would write.
    #[serde(default)]
    pub hear_by: Option<DateTime<Utc>>,
    /// And then every so many hours; null: once.
    #[serde(default)]
    pub hear_every_h: Option<u16>,
    /// The country of its place.
    pub country: Option<Country>,
    /// Its place, coarse.
    pub place: Option<CoarsePlace>,
    /// The channel of the first report.
    pub channel: Channel,
    /// The person's language.
    pub lang: Lang,
    /// Reports no responder has seen.
    pub unread: u32,
    /// Signs of forced labour.
    pub signs: Vec<Sign>,
    /// Perhaps no plea.
    pub tray: bool,
    /// Whom it is about.
    #[serde(rename = "for")]
    pub for_whom: ForWhom,
}

impl From<&Case> for Card {
    fn from(case: &Case) -> Self {
        let status = case.status.on_a_desk();
        Self {
            id: case.id,
            reference: case.reference.as_str().to_owned(),
            version: case.version,
            mission: case.mission.clone(),
            kind: case.kind,
            priority: case.priority,
            status: status.as_str().to_owned(),
            level: case.level,
            due_at: case.due_with(status),
            clock: case.clock_with(status),
            lapses: case.lapses,
            opened_at: case.opened_at,
            claimed_by: case.status.claimed_by(),
            claimed_by_name: case.claimed_by_name.clone(),
            stale: case.stale,
            offered_to: case.offered_to.clone(),
            merged_into: case.merged_into,
            task_due_at: case.task_due_at,
            hear_by: case.agreement.map(Agreement::by),
            hear_every_h: case.agreement.and_then(Agreement::every_h),
            country: case.country,
            place: case.place,
            channel: case.channel,
            lang: case.lang,
            unread: case.unread,
            signs: case.signs.clone(),
            tray: case.tray,
            for_whom: case.for_whom,
        }
    }
}

/// A case that waits, as far as its place in the queue goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The case.
    pub id: Uuid,
    /// How bad it is.
    pub priority: Priority,
    /// When its first report reached us.
    pub opened_at: DateTime<Utc>,
}
