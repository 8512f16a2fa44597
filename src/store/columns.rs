//! Cases turned on their side: a column of each field, as PostgreSQL takes many rows at once.

use crate::case::{Agreement, Case, MissionCode, Status};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Cases turned on their side.
pub(super) struct Columns<'a> {
    pub(super) id: Vec<Uuid>,
    pub(super) reference: Vec<&'a str>,
    pub(super) version: Vec<i64>,
    pub(super) mission: Vec<&'a str>,
    pub(super) policy: Vec<i32>,
    pub(super) kind: Vec<Option<&'a str>>,
    pub(super) priority: Vec<i16>,
    pub(super) for_whom: Vec<&'a str>,
    pub(super) lang: Vec<&'a str>,
    pub(super) channel: Vec<&'a str>,
    pub(super) status: Vec<&'a str>,
    pub(super) since: Vec<DateTime<Utc>>,
    pub(super) due_at: Vec<Option<DateTime<Utc>>>,
    pub(super) claimed_by: Vec<Option<Uuid>>,
    pub(super) outcome: Vec<Option<&'a str>>,
    pub(super) level: Vec<i16>,
    pub(super) lapses: Vec<i32>,
    pub(super) opened_at: Vec<DateTime<Utc>>,
    pub(super) country: Vec<Option<&'a str>>,
    pub(super) lat: Vec<Option<f64>>,
    pub(super) lon: Vec<Option<f64>>,
    pub(super) radius_m: Vec<Option<i32>>,
    pub(super) source: Vec<Option<&'a str>>,
    pub(super) signs: Vec<String>,
    pub(super) tray: Vec<bool>,
    pub(super) unread: Vec<i32>,
    pub(super) then_at: Vec<Option<DateTime<Utc>>>,
    pub(super) stale: Vec<bool>,
    pub(super) offered_to: Vec<Option<&'a str>>,
    pub(super) merged_into: Vec<Option<Uuid>>,
    pub(super) task_due_at: Vec<Option<DateTime<Utc>>>,
    pub(super) hear_since: Vec<Option<DateTime<Utc>>>,
    pub(super) hear_by: Vec<Option<DateTime<Utc>>>,
    pub(super) hear_every_h: Vec<Option<i16>>,
    pub(super) own_due_at: Vec<Option<DateTime<Utc>>>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(cases: &'a [&'a Case]) -> Self {
        fn column<'a, T>(cases: &'a [&'a Case], value: impl Fn(&'a Case) -> T) -> Vec<T> {
            cases.iter().map(|case| value(case)).collect()
        }
        let saturating = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            id: column(cases, |c| c.id),
            reference: column(cases, |c| c.reference.as_str()),
            version: column(cases, |c| c.version),
            mission: column(cases, |c| c.mission.as_str()),
            policy: column(cases, |c| c.policy),
            kind: column(cases, |c| c.kind.map(crate::case::Kind::as_str)),
            priority: column(cases, |c| c.priority.rank()),
            for_whom: column(cases, |c| c.for_whom.as_str()),
            lang: column(cases, |c| c.lang.as_str()),
            channel: column(cases, |c| c.channel.as_str()),
            status: column(cases, |c| c.status.as_str()),
            since: column(cases, |c| c.status.since()),
            due_at: column(cases, Case::due),
            claimed_by: column(cases, |c| c.status.claimed_by()),
            outcome: column(cases, |c| {
                c.status.outcome().map(crate::case::Outcome::as_str)
            }),
            level: column(cases, |c| c.level.into()),
            lapses: column(cases, |c| saturating(c.lapses)),
            opened_at: column(cases, |c| c.opened_at),
            country: column(cases, |c| {
                c.country.as_ref().map(crate::case::Country::as_str)
            }),
            lat: column(cases, |c| c.place.map(|place| place.lat)),
            lon: column(cases, |c| c.place.map(|place| place.lon)),
            radius_m: column(cases, |c| c.place.map(|place| saturating(place.radius_m))),
            source: column(cases, |c| c.place_source.map(crate::case::Source::as_str)),
            signs: column(cases, |c| {
                c.signs
                    .iter()
                    .map(|sign| sign.as_str())
                    .collect::<Vec<_>>()
                    .join(",")
            }),
            tray: column(cases, |c| c.tray),
            unread: column(cases, |c| saturating(c.unread)),
            then_at: column(cases, |c| match c.status {
                Status::Waiting {
                    claim_by,
                    see_by: Some(_),
                    ..
                } => Some(claim_by),
                _ => None,
            }),
            stale: column(cases, |c| c.stale),
            offered_to: column(cases, |c| c.offered_to.as_ref().map(MissionCode::as_str)),
            merged_into: column(cases, |c| c.merged_into),
            task_due_at: column(cases, |c| c.task_due_at),
            hear_since: column(cases, |c| c.agreement.map(Agreement::since)),
            hear_by: column(cases, |c| c.agreement.map(Agreement::by)),
            hear_every_h: column(cases, |c| {
                let every = c.agreement.and_then(Agreement::every_h);
                every.and_then(|hours| i16::try_from(hours).ok())
            }),
            own_due_at: column(cases, |c| {
                c.status.due().filter(|due| c.due() != Some(*due))
            }),
        }
    }
}
