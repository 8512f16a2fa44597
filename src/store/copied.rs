//! Which mission else a case may belong to, and that the response centre was told of it.

use super::{Store, StoreError, Tx};
use crate::case::{Case, MissionCode};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;

/// Why the response centre is told.
const IN_DOUBT: &str = "mission_in_doubt";

impl Store {
    /// Of these cases those whose newest report with a place left their mission in doubt, with the
    /// other one.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn doubts(
        &self,
        tx: &mut Tx,
        cases: &[Uuid],
    ) -> Result<Vec<(Uuid, MissionCode)>, StoreError> {
        if cases.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query!(
            "select c.id, r.other as \"other!\"
             from cases c cross join lateral (
                select understood ->> 'mission' as first, understood ->> 'alternative_mission' as other
                from sealed.reports
                where case_id = c.id
                  and (pin_lat is not null or understood ->> 'place_name' is not null
                       or understood ->> 'alternative_mission' is not null)
                order by received_at desc, id desc limit 1) as r
             where c.id = any($1) and r.first = c.mission and r.other is not null",
            cases
        )
        .fetch_all(&mut **tx)
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((row.id, row.other.parse().ok()?)))
            .collect())
    }

    /// Writes into the logs of these cases that the response centre is told, unless they say so
    /// already. Those that did not.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn log_copied(
        &self,
        tx: &mut Tx,
        copied: &[(&Case, MissionCode)],
        now: DateTime<Utc>,
    ) -> Result<HashSet<Uuid>, StoreError> {
        let centre = MissionCode::centre();
        let detail =
            |other: &MissionCode| json!({"to": centre, "because": IN_DOUBT, "perhaps": other});
        Ok(sqlx::query_scalar!(
            "insert into case_log (case_id, event, detail, at)
             select n.id, 'copied', n.detail, $3
             from unnest($1::uuid[], $2::jsonb[]) as n (id, detail)
             where not exists (select from case_log l where l.case_id = n.id and l.event = 'copied')
             returning case_id",
            &copied.iter().map(|(case, _)| case.id).collect::<Vec<_>>(),
            &copied
                .iter()
                .map(|(_, other)| detail(other))
                .collect::<Vec<_>>(),
            now
        )
        .fetch_all(&mut **tx)
        .await?
        .into_iter()
        .collect())
    }
}
