//! A row of `cases`, and the domain value it is.

use super::{StoreError, word};
use crate::case::{Agreement, Case, CoarsePlace, Priority, Sign, Status};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A row of `cases`, as it is stored.
pub(super) struct CaseRow {
    pub(super) id: Uuid,
    pub(super) reference: String,
    pub(super) version: i64,
    pub(super) changed: i64,
    pub(super) mission: String,
    pub(super) policy: i32,
    pub(super) kind: Option<String>,
    pub(super) priority: i16,
    pub(super) for_whom: String,
    pub(super) lang: String,
    pub(super) channel: String,
    pub(super) status: String,
    pub(super) since: DateTime<Utc>,
    pub(super) due_at: Option<DateTime<Utc>>,
    pub(super) claimed_by: Option<Uuid>,
    pub(super) outcome: Option<String>,
    pub(super) level: i16,
    pub(super) lapses: i32,
    pub(super) opened_at: DateTime<Utc>,
    pub(super) country: Option<String>,
    pub(super) coarse_lat: Option<f64>,
    pub(super) coarse_lon: Option<f64>,
    pub(super) coarse_radius_m: Option<i32>,
    pub(super) place_source: Option<String>,
    pub(super) signs: Vec<String>,
    pub(super) tray: bool,
    pub(super) unread: i32,
    pub(super) claimed_by_name: Option<String>,
    pub(super) then_at: Option<DateTime<Utc>>,
    pub(super) stale: bool,
    pub(super) offered_to: Option<String>,
    pub(super) merged_into: Option<Uuid>,
    pub(super) task_due_at: Option<DateTime<Utc>>,
    pub(super) hear_since: Option<DateTime<Utc>>,
    pub(super) hear_by: Option<DateTime<Utc>>,
    pub(super) hear_every_h: Option<i16>,
    pub(super) own_due_at: Option<DateTime<Utc>>,
}

impl TryFrom<CaseRow> for Case {
    type Error = StoreError;

    fn try_from(row: CaseRow) -> Result<Self, StoreError> {
        let corrupt = |column| StoreError::Corrupt {
            table: "cases",
            column,
        };
        // While a word is waited for sooner, the moment of the status stands beside it.
        let word_first = row.due_at.is_some() && row.due_at == row.hear_by;
        let own_due = row.own_due_at.filter(|_| word_first).or(row.due_at);
        let due = || own_due.ok_or_else(|| corrupt("due_at"));
        let by = || row.claimed_by.ok_or_else(|| corrupt("claimed_by"));
        let status = match row.status.as_str() {
            "waiting" => Status::Waiting {
                since: row.since,
                claim_by: row.then_at.map_or_else(due, Ok)?,
                see_by: row.then_at.and(own_due),
            },
            "claimed" => Status::Claimed {
                by: by()?,
                at: row.since,
                act_by: due()?,
            },
            "in_progress" => Status::InProgress {
                by: by()?,
                started_at: row.since,
                check_in_by: due()?,
            },
            "offered" => Status::Offered {
                by: row.claimed_by,
                at: row.since,
                answer_by: due()?,
            },
            "resolved" => Status::Resolved {
                at: row.since,
                outcome: word(
                    "cases",
                    "outcome",
                    &row.outcome.ok_or_else(|| corrupt("outcome"))?,
                )?,
            },
            _ => return Err(corrupt("status")),
        };
        let every_h = row.hear_every_h.map(u16::try_from).transpose();
        let every_h = every_h.map_err(|_| corrupt("hear_every_h"))?;
        let agreement = match (row.hear_since, row.hear_by, row.due_at) {
            (Some(since), Some(by), Some(_)) => {
                Some(Agreement::kept(since, by, every_h).ok_or_else(|| corrupt("hear_by"))?)
            }
            _ => None,
        };
        let place = match (row.coarse_lat, row.coarse_lon, row.coarse_radius_m) {
            (Some(lat), Some(lon), Some(radius)) => Some(CoarsePlace {
                lat,
                lon,
                radius_m: u32::try_from(radius).map_err(|_| corrupt("coarse_radius_m"))?,
            }),
            _ => None,
        };
        Ok(Self {
            id: row.id,
            reference: word("cases", "reference", &row.reference)?,
            version: row.version,
            mission: word("cases", "mission", &row.mission)?,
            policy: row.policy,
            kind: row
                .kind
                .map(|kind| word("cases", "kind", &kind))
                .transpose()?,
            priority: Priority::from_rank(row.priority).ok_or_else(|| corrupt("priority"))?,
            for_whom: word("cases", "for_whom", &row.for_whom)?,
            lang: word("cases", "lang", &row.lang)?,
            channel: word("cases", "channel", &row.channel)?,
            status,
            level: u8::try_from(row.level).map_err(|_| corrupt("level"))?,
            lapses: u32::try_from(row.lapses).map_err(|_| corrupt("lapses"))?,
            opened_at: row.opened_at,
            country: row
                .country
                .map(|country| word("cases", "country", &country))
                .transpose()?,
            place,
            place_source: row
                .place_source
                .map(|source| word("cases", "place_source", &source))
                .transpose()?,
            signs: row
                .signs
                .iter()
                .map(|sign| word::<Sign>("cases", "signs", sign))
                .collect::<Result<_, _>>()?,
            tray: row.tray,
            unread: u32::try_from(row.unread).map_err(|_| corrupt("unread"))?,
            claimed_by_name: row.claimed_by_name,
            stale: row.stale,
            offered_to: row
                .offered_to
                .map(|mission| word("cases", "offered_to", &mission))
                .transpose()?,
            merged_into: row.merged_into,
            task_due_at: row.task_due_at,
            agreement,
        })
    }
}
