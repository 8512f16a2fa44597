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
    /// How often the provider was asked since that try and did not have it.
    pub asked: i16,
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
        /// How often it did not have it so far.
        asked: i16,
    },
}

/// A message in the provider's hands for longer is taken for lost with its process, and asked about.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Why a message to a person is not sent after all.
const UNWANTED: &str = "not sent: the person does not want to be written to";
/// Why a text to a responder is not sent after all.
const OVERTAKEN: &str = "not sent: somebody has acted";

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
    /// about to be. Minutes or hours may have passed since one was written, so what may no longer be
    /// said is canceled here, and its case says so: a text to a person who has since told us not to
    /// write (unless a responder wrote it knowing that), and a text about a case
    /// that somebody has acted on. A text about several cases is always sent. Returns what to send, and
    /// how many were canceled.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn take_outgoing(
        &self,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<(Vec<Outgoing>, usize), StoreError> {
        let mut tx = self.begin().await?;
        let rows = sqlx::query!(
            "with next as (
                select message from outbox where state = 'queued' and next_at <= $1
                order by priority, next_at limit $2 for update skip locked
             ), judged as (
                select m.*, case
                    when m.audience = 'person' and (
                        exists (select from sealed.opt_outs x where x.number = m.number)
                        or exists (
                            select from sealed.contacts k
                            where k.case_id = m.case_id and k.number = m.number
                              and k.safe in ('never', 'i_will_contact_you')
                              and not exists (
                                select from case_log l
                                where l.case_id = m.case_id and l.at = m.written_at and l.by = m.by
                                  and l.event = 'message'
                                  and l.detail ->> 'despite' in ('never', k.safe))))
                        then $4
                    when m.audience = 'staff'
                        and (c.status = 'resolved' or c.lapses = 0 and c.status not in ('waiting', 'offered'))
                        and m.body !~ '^[0-9]+ cases overdue: '
                        then $5
                    end as unwanted
                from next join sealed.messages m on m.id = next.message
                join cases c on c.id = m.case_id
             ), taken as (
                update outbox o set
                    state = case when j.unwanted is null then 'sending' else 'canceled' end,
                    attempts = attempts + (j.unwanted is null)::int,
                    asked = 0,
                    next_at = case when j.unwanted is null then $3::timestamptz end,
                    error = coalesce(j.unwanted, o.error),
                    settled_at = case when j.unwanted is null then o.settled_at else $1 end
                from judged j where o.message = j.id
                returning o.message, o.attempts, o.asked, o.priority
             )
             select j.id, j.case_id, (j.audience = 'staff') as \"to_staff!\", j.channel, j.number,
                    j.body, j.written_at, j.unwanted, t.attempts, t.asked
             from taken t join judged j on j.id = t.message
             order by t.priority, j.written_at",
            now,
            limit,
            now + LEASE,
            UNWANTED,
            OVERTAKEN
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut taken = Vec::new();
        let mut canceled = Vec::new();
        for row in rows {
            if let Some(why) = row.unwanted {
                let delivery = Delivery {
                    case_id: row.case_id,
                    to_staff: row.to_staff,
                };
                canceled.push((delivery, why));
                continue;
            }
            taken.push(Outgoing {
                id: row.id,
                channel: word("sealed.messages", "channel", &row.channel)?,
                number: row.number.into(),
                body: row.body.into(),
                attempts: row.attempts,
                asked: row.asked,
                written_at: row.written_at,
            });
        }
        // In one order everywhere: two that cancel at once must not wait for each other.
        canceled.sort_by_key(|(delivery, _)| delivery.case_id);
        for (delivery, why) in &canceled {
            self.log_delivery(&mut tx, delivery, "canceled", Some(why), now)
                .await?;
        }
        super::commit(tx).await?;
        Ok((taken, canceled.len()))
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
                from next where o.message = next.message returning o.message, o.attempts, o.asked
             )
             select m.id, m.channel, m.number, m.body, m.written_at, t.attempts, t.asked
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
                    asked: row.asked,
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
            Settled::Unknown { ask_at, .. } => ("unknown", Some(*ask_at), None, None),
        };
        let asked = match settled {
            Settled::Unknown { asked, .. } => *asked,
            _ => 0,
        };
        let mut tx = self.begin().await?;
        let row = sqlx::query!(
            "update outbox o set state = $2, next_at = $3,
                    provider_sid = coalesce(o.provider_sid, $4), error = $5, asked = $7,
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
            now,
            asked
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

    /// The earliest moment at which a message is to be tried (where `send`) or asked about (where
    /// `ask`).
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn next_outgoing(
        &self,
        send: bool,
        ask: bool,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select min(next_at) from outbox
             where next_at is not null and case when state = 'queued' then $1::boolean else $2::boolean end",
            send,
            ask
        )
        .fetch_one(&self.pool)
        .await?)
    }
}
