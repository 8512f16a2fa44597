//! Messages that were lost, and have not been followed up yet.
//!
//! That a message failed, or was canceled, is recorded at once where it is learned; what follows from
//! it is done from here, by any node, once, in one transaction that also takes the mark away.

use super::{Store, StoreError, Tx, word};
use crate::case::{Channel, Lang, Priority, Sealed};
use crate::outbox::delivery::Trouble;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// A message that was lost.
#[derive(Debug, Clone)]
pub struct Lost {
    /// Its id.
    pub id: Uuid,
    /// The case it belongs to.
    pub case_id: Uuid,
    /// For a text to a responder: the cases it told of.
    pub about: Vec<Uuid>,
    /// Whether it went to a responder.
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
    /// Whether we took it back ourselves, because it may no longer be said.
    pub withdrawn: bool,
    /// Why, for who reads the case.
    pub error: Option<String>,
    /// What the provider said was wrong.
    pub trouble: Option<Trouble>,
    /// The channels on which the same was said before, in place of which this was written; oldest last.
    pub tried: Vec<Channel>,
    /// What it was allowed despite, where a responder gave a reason.
    pub despite: Option<String>,
}

impl Store {
    /// Messages that were lost and not followed up, the most urgent first, locked until the
    /// transaction ends and marked as followed up in it.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be read.
    pub async fn take_lost(&self, tx: &mut Tx, limit: i64) -> Result<Vec<Lost>, StoreError> {
        let rows = sqlx::query!(
            "with next as (
                select message from outbox where lost_at is not null
                order by priority, lost_at limit $1 for update skip locked
             ), taken as (
                update outbox o set lost_at = null from next where o.message = next.message
                returning o.message, o.priority, o.about, o.state, o.rank, o.error, o.code
             )
             select m.id, m.case_id, t.about, (m.audience = 'staff') as \"to_staff!\", m.channel,
                    m.number, m.body, m.template, m.lang, m.by, t.priority, t.error, t.code,
                    (t.state = 'canceled' and t.rank = 0) as \"withdrawn!\",
                    array(
                        with recursive before as (
                            select f.follows, f.channel, 1 as n from sealed.messages f where f.id = m.follows
                            union all
                            select f.follows, f.channel, n + 1 from before b
                            join sealed.messages f on f.id = b.follows where n < 12)
                        select channel from before order by n) as \"tried!\",
                    (select l.detail ->> 'despite' from case_log l
                     where m.by is not null and l.case_id = m.case_id and l.at = m.written_at
                       and l.by = m.by and l.event = 'message' limit 1) as despite
             from taken t join sealed.messages m on m.id = t.message
             order by t.priority, m.written_at",
            limit
        )
        .fetch_all(&mut **tx)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Lost {
                    id: row.id,
                    case_id: row.case_id,
                    about: row.about.unwrap_or_else(|| vec![row.case_id]),
                    to_staff: row.to_staff,
                    channel: word("sealed.messages", "channel", &row.channel)?,
                    number: row.number.into(),
                    body: row.body.into(),
                    template: row.template,
                    lang: word("sealed.messages", "lang", &row.lang)?,
                    by: row.by,
                    priority: Priority::from_rank(row.priority).ok_or(StoreError::Corrupt {
                        table: "outbox",
                        column: "priority",
                    })?,
                    withdrawn: row.withdrawn,
                    error: row.error,
                    trouble: row
                        .code
                        .and_then(|code| u32::try_from(code).ok())
                        .map(Trouble::of),
                    tried: row
                        .tried
                        .iter()
                        .map(|channel| word("sealed.messages", "channel", channel))
                        .collect::<Result<_, _>>()?,
                    despite: row.despite,
                })
            })
            .collect()
    }

    /// Whether one of these numbers was told of a case since then, or is being told.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn is_told(
        &self,
        tx: &mut Tx,
        case_id: Uuid,
        numbers: &[&str],
        since: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        if numbers.is_empty() {
            return Ok(false);
        }
        Ok(sqlx::query_scalar!(
            "select exists (
                select from sealed.messages m join outbox o on o.message = m.id
                where m.number = any($2) and m.written_at >= $3 and m.audience = 'staff'
                  and $1 = any(coalesce(o.about, array[o.case_id]))
                  and o.state not in ('failed', 'canceled')) as \"told!\"",
            case_id,
            numbers as &[&str],
            since
        )
        .fetch_one(&mut **tx)
        .await?)
    }

    /// How many texts the service sent by itself to the persons at these numbers since then, and
    /// which of them told us not to text them.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn texted_by_itself(
        &self,
        tx: &mut Tx,
        numbers: &[&str],
        since: DateTime<Utc>,
    ) -> Result<HashMap<String, Texted>, StoreError> {
        if numbers.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query!(
            "select n.number as \"number!\",
                    (select count(*) from sealed.messages m
                     where m.number = n.number and m.written_at > $2 and m.audience = 'person'
                       and m.by is null and m.follows is null) as \"times!\",
                    exists (select from sealed.opt_outs x where x.number = n.number) as \"opted_out!\"
             from unnest($1::text[]) as n (number)",
            numbers as &[&str],
            since
        )
        .fetch_all(&mut **tx)
        .await?;
        let texted = |times, opted_out| Texted { times, opted_out };
        Ok(rows
            .into_iter()
            .map(|row| (row.number, texted(row.times, row.opted_out)))
            .collect())
    }
}

/// What the service may count on about a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Texted {
    /// Texts it sent there by itself.
    pub times: i64,
    /// Whether it was told not to.
    pub opted_out: bool,
}
