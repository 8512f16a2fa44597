//! What changed since: the cursor that repairs queue and feed.
//!
//! The cursor is a transaction number, not a sequence: a sequence number is drawn before its
//! transaction commits, so a reader could pass it by. Everything below the oldest transaction still
//! running is final, and only that is read.

use super::cases::{select_cases, those_that_can};
use super::{Store, StoreError};
use crate::case::{Case, MissionCode};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Behind what is read on: a transaction, and of those it changed the last case that was read, so that
/// one that changed more than a page is read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Since {
    /// The transaction; all before it is read.
    pub changed: i64,
    case: Uuid,
}

impl From<i64> for Since {
    /// Before all that this transaction changed.
    fn from(changed: i64) -> Self {
        Self {
            changed,
            case: Uuid::nil(),
        }
    }
}

/// Cases that changed, and where to read on.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The cases, as they are now.
    pub cases: Vec<Case>,
    /// Where to read on.
    pub cursor: Since,
    /// Whether there is more to read at once.
    pub more: bool,
}

/// Behind which case the next page of open ones begins, in order of urgency.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OpenAfter {
    rank: i16,
    opened_at: DateTime<Utc>,
    id: Uuid,
}

impl Default for OpenAfter {
    /// Before all of them.
    fn default() -> Self {
        Self {
            rank: -1,
            opened_at: DateTime::UNIX_EPOCH,
            id: Uuid::nil(),
        }
    }
}

/// The most read at once.
const PAGE: i64 = 5_000;

impl Store {
    /// The cursor that stands for now.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn cursor(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!(
            "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as \"cursor!\""
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// The cases that changed since then, in the order of the transactions.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be a case.
    pub async fn changes_since(&self, since: Since) -> Result<Changes, StoreError> {
        let settled = self.cursor().await?;
        let rows = select_cases!(
            "where c.changed >= $1 and c.changed < $2 and (c.changed, c.id) > ($1, $3)
             order by c.changed, c.id limit $4",
            since.changed,
            settled,
            since.case,
            PAGE
        )
        .fetch_all(&self.pool)
        .await?;
        let more = rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        let cursor = match rows.last() {
            Some(last) if more => Since {
                changed: last.changed,
                case: last.id,
            },
            _ => settled.max(since.changed).into(),
        };
        Ok(Changes {
            cases: those_that_can(rows),
            cursor,
            more,
        })
    }

    /// A page of what is open at one mission or at all, the most urgent first, and behind what the
    /// next one begins, if there may be one.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn open_after(
        &self,
        mission: Option<&MissionCode>,
        after: &OpenAfter,
        limit: i64,
    ) -> Result<(Vec<Case>, Option<OpenAfter>), StoreError> {
        // Two questions, since each has an index of its own.
        let rows = if let Some(mission) = mission {
            select_cases!(
                "where c.mission = $1 and c.status <> 'resolved'
                   and (c.priority, c.opened_at, c.id) > ($2, $3, $4)
                 order by c.priority, c.opened_at, c.id limit $5",
                mission.as_str(),
                after.rank,
                after.opened_at,
                after.id,
                limit
            )
            .fetch_all(&self.pool)
            .await?
        } else {
            select_cases!(
                "where c.status <> 'resolved'
                   and (c.priority, c.opened_at, c.id) > ($1, $2, $3)
                 order by c.priority, c.opened_at, c.id limit $4",
                after.rank,
                after.opened_at,
                after.id,
                limit
            )
            .fetch_all(&self.pool)
            .await?
        };
        let full = i64::try_from(rows.len()) == Ok(limit);
        let next = rows.last().filter(|_| full).map(|row| OpenAfter {
            rank: row.priority,
            opened_at: row.opened_at,
            id: row.id,
        });
        Ok((those_that_can(rows), next))
    }
}
