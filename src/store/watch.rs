//! How quickly cases are claimed: what a supervisor holds against the figures of the trade.

use super::{Store, StoreError};
use crate::case::MissionCode;
use chrono::{DateTime, Utc};

/// The claims of a mission, or of those who wrote in one language, since a moment.
#[derive(Debug, Clone)]
pub struct Claims {
    /// The mission, where it is a mission's.
    pub mission: Option<String>,
    /// The language, where it is a language's.
    pub lang: Option<String>,
    /// How many.
    pub claims: i64,
    /// Within the claim clock of their own case.
    pub within_clock: i64,
    /// Within 15 seconds.
    pub within_15_s: i64,
    /// Within 60 seconds.
    pub within_60_s: i64,
    /// Nine of ten within so many seconds.
    pub p90_s: f64,
}

impl Store {
    /// The claims since a moment, in one mission or in all of them: by mission, then by language.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn claims_since(
        &self,
        since: DateTime<Utc>,
        mission: Option<&MissionCode>,
    ) -> Result<Vec<Claims>, StoreError> {
        Ok(sqlx::query_as!(
            Claims,
            "select mission as \"mission?\", lang as \"lang?\", count(*) as \"claims!\",
                    count(*) filter (where waited <= claim_s) as \"within_clock!\",
                    count(*) filter (where waited <= 15) as \"within_15_s!\",
                    count(*) filter (where waited <= 60) as \"within_60_s!\",
                    percentile_cont(0.9) within group (order by waited) as \"p90_s!\"
             from (select c.mission, c.lang, (l.detail ->> 'waited_s')::float8 as waited, p.claim_s
                   from case_log l join cases c on c.id = l.case_id join policies p on p.id = c.policy
                   where l.event = 'claimed' and l.at >= $1
                     and ($2::text is null or c.mission = $2)) as claimed
             group by grouping sets (mission, lang)
             order by lang nulls first, mission",
            since,
            mission.map(MissionCode::as_str)
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
