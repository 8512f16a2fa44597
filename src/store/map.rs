//! What the map counts: of every case the few facts that a view can ask for.

use super::cases::{select_cases, those_that_can};
use super::{Store, StoreError};
use crate::case::Case;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use uuid::Uuid;

/// A case as the map counts it.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "the columns of cases, under their own names; the place is the coarse one"
)]
pub struct MapRow {
    pub id: Uuid,
    pub mission: String,
    pub kind: Option<String>,
    pub priority: i16,
    pub status: String,
    pub opened_at: DateTime<Utc>,
    /// None while it is open.
    pub ended_at: Option<DateTime<Utc>>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub tray: bool,
}

impl Store {
    /// A page of all cases, whatever their status: after this id.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn map_rows_after(&self, after: Uuid, limit: i64) -> Result<Vec<MapRow>, StoreError> {
        Ok(sqlx::query_as!(
            MapRow,
            "select id, mission, kind, priority, status, opened_at,
                    case status when 'resolved' then since end as ended_at,
                    coarse_lat as lat, coarse_lon as lon, tray
             from cases where id > $1 order by id limit $2",
            after,
            limit
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Hands over every case that changed since a cursor, also those whose transaction committed a
    /// moment ago. Returns where to read on: what was handed over may come again, nothing is left out.
    ///
    /// # Errors
    /// PostgreSQL is away; what was handed over until then is right.
    pub async fn map_rows_since(
        &self,
        cursor: i64,
        mut take: impl FnMut(MapRow),
    ) -> Result<i64, StoreError> {
        // Asked first: everything before it is finished, and so is seen by the reading below.
        let settled = self.cursor().await?;
        let mut rows = sqlx::query_as!(
            MapRow,
            "select id, mission, kind, priority, status, opened_at,
                    case status when 'resolved' then since end as ended_at,
                    coarse_lat as lat, coarse_lon as lon, tray
             from cases where changed >= $1",
            cursor
        )
        .fetch(&self.pool);
        while let Some(row) = rows.try_next().await? {
            take(row);
        }
        Ok(settled)
    }

    /// These cases.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn cases_of(&self, ids: &[Uuid]) -> Result<Vec<Case>, StoreError> {
        let rows = select_cases!(
            "where c.id = any($1) order by c.priority, c.opened_at, c.id",
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(those_that_can(rows))
    }
}
