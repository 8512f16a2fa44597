//! The outbox: what is to be said, written in the same transaction as its cause.
//!
//! A message's intent is committed before the provider is called. If the process dies in between,
//! what became of the message is not known, and that is what its row says until the provider was
//! asked; it is never sent again on a guess.

use super::{Delivery, Store, StoreError, Tx, expect_rows, word};
use crate::case::{Channel, Lang, Priority, Sealed};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// A message to be said.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its id; the provider hands it back with every status.
    pub id: Uuid,
    /// The case it belongs to.
    pub case_id: Uuid,
    /// Whether it goes to a responder, not to the person.
    pub to_staff: bool,
    /// The channel.
    pub channel: Channel,
    /// The number.
    pub number: Sealed<String>,
    /// The words.
    pub body: Sealed<String>,
    /// The template they come from.
    pub template: Option<String>,
    /// Their language.
    pub lang: Lang,
    /// Who wrote it; none for the service itself.
    pub by: Option<Uuid>,
    /// How urgent it is.
    pub priority: Priority,
}

/// A message to be handed to the gateway.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its id.
    pub id: Uuid,
    /// The channel.
    pub channel: Channel,
    /// The number.
    pub number: Sealed<String>,
    /// The words.
    pub body: Sealed<String>,
    /// How often it was tried, this time included.
    pub attempts: i16,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The provider took it.
    Sent {
        /// The provider's id.
        sid: String,
    },
    /// It was not taken; to be tried again.
    Retry {
        /// When.
        at: DateTime<Utc>,
        /// Why, without personal data.
        error: String,
    },
    /// It cannot be sent.
    Failed {
        /// Why, without personal data.
        error: String,
    },
    /// Nobody knows whether it was taken; the provider is to be asked.
    Unknown {
        /// When.
        ask_at: DateTime<Utc>,
    },
}

/// A message in the provider's hands for longer is taken for lost with its process, and asked about.
const LEASE: TimeDelta = TimeDelta::seconds(60);

impl Store {
    /// Writes messages into the outbox.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn write_messages(
        &self,
        tx: &mut Tx,
        messages: &[Written],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if messages.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = messages.iter().map(|m| m.id).collect();
        let cases: Vec<Uuid> = messages.iter().map(|m| m.case_id).collect();
        let priorities: Vec<i16> = messages.iter().map(|m| m.priority.rank()).collect();
        let written =
            sqlx::query!(
            "insert into sealed.messages (id, case_id, audience, channel, number, body, template,
                                          lang, by, written_at)
             select *, $10::timestamptz
             from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                         $7::text[], $8::text[], $9::uuid[])",
            &ids,
            &cases,
            &messages
                .iter()
                .map(|m| if m.to_staff { "staff" } else { "person" })
                .collect::<Vec<_>>() as &[&str],
            &messages.iter().map(|m| m.channel.as_str()).collect::<Vec<_>>() as &[&str],
            &messages.iter().map(|m| m.number.expose().as_str()).collect::<Vec<_>>() as &[&str],
            &messages.iter().map(|m| m.body.expose().replace('\0', "")).collect::<Vec<_>>(),
            &messages.iter().map(|m| m.template.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
            &messages.iter().map(|m| m.lang.as_str()).collect::<Vec<_>>() as &[&str],
            &messages.iter().map(|m| m.by).collect::<Vec<_>>() as &[Option<Uuid>],
            now
        )
            .execute(&mut **tx)
            .await?
            .rows_affected();
        expect_rows("sealed.messages", messages.len(), written)?;
        let queued = sqlx::query!(
            "insert into outbox (message, case_id, priority, state, next_at, created_at)
             select m, c, p, 'queued', $4, $4
             from unnest($1::uuid[], $2::uuid[], $3::smallint[]) as n (m, c, p)",
            &ids,
            &cases,
            &priorities,
            now
        )
        .execute(&mut **tx)
        .await?
        .rows_affected();
        expect_rows("outbox", messages.len(), queued)
    }

    /// Takes messages to be handed to the gateway, the most urgent first, and commits that they are
    /// about to be.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn take_outgoing(
        &self,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let rows = sqlx::query!(
            "with next as (
                select message from outbox where state = 'queued' and next_at <= $1
                order by priority, next_at limit $2 for update skip locked
             ), taken as (
                update outbox o set state = 'sending', attempts = attempts + 1, next_at = $3
                from next where o.message = next.message returning o.message, o.attempts, o.priority
             )
             select m.id, m.channel, m.number, m.body, m.written_at, t.attempts
             from taken t join sealed.messages m on m.id = t.message
             order by t.priority, m.written_at",
            now,
            limit,
            now + LEASE
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Outgoing {
                    id: row.id,
                    channel: word("sealed.messages", "channel", &row.channel)?,
                    number: row.number.into(),
                    body: row.body.into(),
                    attempts: row.attempts,
                    written_at: row.written_at,
                })
            })
            .collect()
    }

    /// Takes messages of which nobody knows whether the provider has them: it is to be asked.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn take_unknown(
        &self,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let rows = sqlx::query!(
            "with next as (
                select message from outbox where state in ('sending', 'unknown') and next_at <= $1
                order by priority, next_at limit $2 for update skip locked
             ), taken as (
                update outbox o set state = 'unknown', next_at = $3
                from next where o.message = next.message returning o.message, o.attempts
             )
             select m.id, m.channel, m.number, m.body, m.written_at, t.attempts
             from taken t join sealed.messages m on m.id = t.message",
            now,
            limit,
            now + LEASE
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Outgoing {
                    id: row.id,
                    channel: word("sealed.messages", "channel", &row.channel)?,
                    number: row.number.into(),
                    body: row.body.into(),
                    attempts: row.attempts,
                    written_at: row.written_at,
                })
            })
            .collect()
    }

    /// Records what became of a try. A status the provider told meanwhile is not taken back.
    /// Returns the message's case where it failed for good.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn settle(
        &self,
        message: Uuid,
        settled: &Settled,
        now: DateTime<Utc>,
    ) -> Result<Option<Delivery>, StoreError> {
        let (state, next_at, sid, error) = match settled {
            Settled::Sent { sid } => ("sent", None, Some(sid.as_str()), None),
            Settled::Retry { at, error } => ("queued", Some(*at), None, Some(error.as_str())),
            Settled::Failed { error } => ("failed", None, None, Some(error.as_str())),
            Settled::Unknown { ask_at } => ("unknown", Some(*ask_at), None, None),
        };
        let mut tx = self.begin().await?;
        let row = sqlx::query!(
            "update outbox o set state = $2, next_at = $3,
                    provider_sid = coalesce(o.provider_sid, $4), error = $5,
                    sent_at = case when $2 = 'sent' then $6 else o.sent_at end,
                    settled_at = case when $2 = 'failed' then $6 else o.settled_at end
             from sealed.messages m
             where o.message = $1 and m.id = o.message and o.state in ('sending', 'unknown')
             returning o.case_id, (m.audience = 'staff') as \"to_staff!\"",
            message,
            state,
            next_at,
            sid,
            error,
            now
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let delivery = Delivery {
            case_id: row.case_id,
            to_staff: row.to_staff,
        };
        let failed = matches!(settled, Settled::Failed { .. });
        if failed {
            self.log_delivery(&mut tx, &delivery, "failed", error, now)
                .await?;
        }
        super::commit(tx).await?;
        Ok(failed.then_some(delivery))
    }

    /// The earliest moment at which a message is to be tried or asked about.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn next_outgoing(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(
            sqlx::query_scalar!("select min(next_at) from outbox where next_at is not null")
                .fetch_one(&self.pool)
                .await?,
        )
    }

    /// Whether the service has said anything to the person in this case by itself.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn has_acknowledged(&self, tx: &mut Tx, case_id: Uuid) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(
            "select exists (select from sealed.messages
                            where case_id = $1 and audience = 'person' and by is null) as \"found!\"",
            case_id
        )
        .fetch_one(&mut **tx)
        .await?)
    }
}
