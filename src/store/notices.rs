//! Texts to those on duty that are not sent yet: the next one takes them over.

use super::cases::{select_cases, those_that_can};
use super::{Store, StoreError, Tx};
use crate::case::{Case, Sealed};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A text that another one has taken over.
#[derive(Debug, Clone)]
pub struct TakenOver {
    /// To whom it would have gone.
    pub number: Sealed<String>,
    /// The cases it told of, as far as they are named.
    pub about: Vec<Uuid>,
    /// How many more.
    pub beyond: i32,
}

/// Why it is not sent after all.
const TAKEN_OVER: &str = "not sent: told together with later cases in one text";

impl Store {
    /// Takes what is queued for these numbers and not sent yet: it will be told of in another text, and
    /// its case's log says so.
    /// One that is being sent at this moment is left alone.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn take_over_notices(
        &self,
        tx: &mut Tx,
        numbers: &[&str],
        now: DateTime<Utc>,
    ) -> Result<Vec<TakenOver>, StoreError> {
        let rows = sqlx::query!(
            "with queued as materialized (
                select o.message, m.number
                from (select distinct hashtext(n) & 16777215 as recipient from unnest($1::text[]) as n) as n
                cross join lateral (
                    select message from outbox o
                    where o.recipient = n.recipient and o.about is not null and o.next_at is not null
                      and o.state not in ('sending', 'unknown') and o.lease is null
                    for no key update skip locked) as o
                cross join lateral (
                    select number from sealed.messages m
                    where m.id = o.message and m.number = any($1) limit 1) as m
             ), taken as (
                update outbox o set state = 'canceled', next_at = null, error = $2, settled_at = $3
                from queued q where o.message = q.message
                returning q.number, o.about, o.beyond, o.case_id
             ), noted as (
                insert into case_log (case_id, event, detail, at)
                select case_id, 'delivery',
                       jsonb_build_object('state', 'canceled', 'error', $2::text, 'to_staff', true), $3
                from taken
             )
             select number as \"number!\", about as \"about!\", beyond as \"beyond!\" from taken",
            numbers as &[&str],
            TAKEN_OVER,
            now
        )
        .fetch_all(&mut **tx)
        .await?;
        let taken = rows.into_iter().map(|row| TakenOver {
            number: row.number.into(),
            about: row.about,
            beyond: row.beyond,
        });
        Ok(taken.collect())
    }

    /// Which of these cases nobody has acted on: the worst of them, and the ids of all. One that is
    /// offered to a mission is among them until that mission has answered.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn still_overdue(
        &self,
        tx: &mut Tx,
        cases: &[Uuid],
        named: usize,
    ) -> Result<(Vec<Case>, Vec<Uuid>), StoreError> {
        let rows = sqlx::query!(
            // Read by their ids first (`offset 0`): on a young database PostgreSQL would rather go through
            // all of `cases_of_mission`, which holds the id too, and keep to that as the index grows.
            "select id from (
                select id, status, lapses, priority, since from cases where id = any($1) offset 0) as known
             where status <> 'resolved' and (lapses > 0 or status in ('waiting', 'offered'))
             order by priority, since, id",
            cases
        )
        .fetch_all(&mut **tx)
        .await?;
        let all: Vec<Uuid> = rows.into_iter().map(|row| row.id).collect();
        let worst = &all[..all.len().min(named)];
        let rows = select_cases!(
            "where c.id = any($1) order by c.priority, c.since, c.id",
            worst
        )
        .fetch_all(&mut **tx)
        .await?;
        Ok((those_that_can(rows), all))
    }

    /// Lets go of texts that waited for others: nothing more is overdue at the moment.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn release_notices(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        Ok(sqlx::query!(
            "update outbox o set next_at = $1 from sealed.messages m
             where o.state = 'queued' and o.about is not null and o.attempts = 0 and o.next_at > $1
               and m.id = o.message and m.follows is null",
            now
        )
        .execute(&self.pool)
        .await?
        .rows_affected())
    }
}
