//! Missions and policies: what an administrator loads.

use super::{Store, StoreError, word};
use crate::case::{Clocks, Ladder, Mission, Point, Policies, Policy, Post, Priority};

impl Store {
    /// Loads missions; one that is there already is brought up to date, none is removed, since cases
    /// may stand with it.
    ///
    /// # Errors
    /// PostgreSQL is away, or refuses a row.
    pub async fn load_missions(&self, missions: &[Mission]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for mission in missions {
            sqlx::query!(
                "insert into missions (code, name, kind, city, country, lat, lon, timezone, takes_cases,
                                       jurisdiction)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                 on conflict (code) do update set
                    name = excluded.name, kind = excluded.kind, city = excluded.city,
                    country = excluded.country, lat = excluded.lat, lon = excluded.lon,
                    timezone = excluded.timezone, takes_cases = excluded.takes_cases,
                    jurisdiction = excluded.jurisdiction",
                mission.code.as_str(),
                mission.name,
                mission.kind,
                mission.city,
                mission.country.as_str(),
                mission.point.lat(),
                mission.point.lon(),
                mission.timezone,
                mission.takes_cases,
                &mission.jurisdiction
            )
            .execute(&mut *tx)
            .await?;
        }
        super::commit(tx).await
    }

    /// Every mission.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be a mission.
    pub async fn missions(&self) -> Result<Vec<Mission>, StoreError> {
        sqlx::query!(
            "select code, name, kind, city, country, lat, lon, timezone, takes_cases,
                    jurisdiction
             from missions order by code"
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Mission {
                code: word("missions", "code", &row.code)?,
                name: row.name,
                kind: row.kind,
                city: row.city,
                country: word("missions", "country", &row.country)?,
                point: Point::new(row.lat, row.lon).map_err(|_| StoreError::Corrupt {
                    table: "missions",
                    column: "lat",
                })?,
                timezone: row.timezone,
                takes_cases: row.takes_cases,
                jurisdiction: row.jurisdiction,
            })
        })
        .collect()
    }

    /// Every policy of every edition.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be a policy.
    pub async fn policies(&self) -> Result<Policies, StoreError> {
        let corrupt = |column| StoreError::Corrupt {
            table: "policies",
            column,
        };
        let seconds = |value: i32| u32::try_from(value).unwrap_or(0);
        let rows = sqlx::query!(
            "select id, edition, kind, priority, claim_s, first_action_s, check_in_s, ladder
             from policies"
        )
        .fetch_all(&self.pool)
        .await?;
        let policies = rows
            .into_iter()
            .map(|row| {
                let rungs = row
                    .ladder
                    .iter()
                    .map(|post| word::<Post>("policies", "ladder", post))
                    .collect::<Result<_, _>>()?;
                Ok(Policy {
                    id: row.id,
                    edition: row.edition,
                    kind: row
                        .kind
                        .map(|kind| word("policies", "kind", &kind))
                        .transpose()?,
                    priority: Priority::from_rank(row.priority)
                        .ok_or_else(|| corrupt("priority"))?,
                    clocks: Clocks::new(
                        seconds(row.claim_s),
                        seconds(row.first_action_s),
                        seconds(row.check_in_s),
                    )
                    .map_err(|_| corrupt("claim_s"))?,
                    ladder: Ladder::new(rungs).map_err(|_| corrupt("ladder"))?,
                })
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Policies::new(policies))
    }
}
