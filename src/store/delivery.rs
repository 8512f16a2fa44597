//! What became of messages after the provider took them.
//!
//! Statuses arrive late, twice and out of order, and some never: they are ranked, and a lower one
//! never takes back a higher one.

use super::{Store, StoreError, Tx};
use crate::case::Entry;
use crate::outbox::delivery::Trouble;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// What the provider tells about a message, as far as it changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The case the message belongs to.
    pub case_id: Uuid,
    /// Whether it went to a responder.
    pub to_staff: bool,
    /// Whether it was lost: that is to be followed up.
    pub lost: bool,
}

impl Store {
    /// Records what the provider tells of a message. Statuses arrive out of order and more than
    /// once: a lower rank never takes back a higher one, and a final state is never left (only what
    /// we ourselves had given up as lost may turn out to have arrived). What was lost is to be
    /// followed up.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn delivery(
        &self,
        message: Uuid,
        sid: &str,
        (state, rank): (&str, i16),
        trouble: Option<Trouble>,
        now: DateTime<Utc>,
    ) -> Result<Option<Delivery>, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query!(
            "update outbox o set state = $3, rank = $4, next_at = null, lease = null, error = $5, code = $7,
                    provider_sid = coalesce(o.provider_sid, $2),
                    sent_at = coalesce(o.sent_at, $6),
                    settled_at = case when $3 in ('delivered', 'failed', 'canceled') then $6 end,
                    lost_at = case when $3 in ('failed', 'canceled') then $6 end
             from sealed.messages m
             where o.message = $1 and m.id = o.message and o.rank < $4
               and (o.provider_sid is null or o.provider_sid = $2)
               and (o.state not in ('delivered', 'failed', 'canceled')
                    or $3 = 'delivered' and (o.state = 'delivered' or o.rank = 0))
             returning o.case_id, (m.audience = 'staff') as \"to_staff!\"",
            message,
            sid,
            state,
            rank,
            trouble.map(Trouble::meaning),
            now,
            trouble.and_then(|trouble| i32::try_from(trouble.code()).ok())
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let delivery = Delivery {
            case_id: row.case_id,
            to_staff: row.to_staff,
            lost: matches!(state, "failed" | "canceled"),
        };
        if state == "delivered" {
            self.log_delivery(&mut tx, &delivery, state, None, now)
                .await?;
        }
        super::commit(tx).await?;
        Ok(Some(delivery))
    }

    /// Messages the provider took and of which nothing was heard since, as many minutes ago as
    /// listed; with the provider's ids.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn unheard(
        &self,
        minutes: &[i32],
        limit: i64,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Uuid, String)>, StoreError> {
        let rows = sqlx::query!(
            "select message, provider_sid as \"sid!\" from outbox
             where state = 'sent' and provider_sid is not null and sent_at > $1::timestamptz - interval '1 day'
               and floor(extract(epoch from $1 - sent_at) / 60)::int = any($2)
             order by sent_at limit $3",
            now,
            minutes,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.message, row.sid)).collect())
    }

    async fn log_delivery(
        &self,
        tx: &mut Tx,
        delivery: &Delivery,
        state: &str,
        error: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let entry = Entry {
            event: "delivery",
            detail: json!({"state": state, "error": error, "to_staff": delivery.to_staff}),
        };
        self.log_all(tx, &[(delivery.case_id, &entry)], now).await?;
        if !delivery.to_staff {
            // Whoever looks at the case must see what became of what she wrote.
            sqlx::query!(
                "update cases set version = version + 1,
                        changed = pg_current_xact_id()::text::bigint
                 where id = $1",
                delivery.case_id
            )
            .execute(&mut **tx)
            .await?;
        }
        Ok(())
    }
}
