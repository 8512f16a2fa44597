//! Cases that are joined, parted or related: what is read together, and what moves.

use super::{Store, StoreError, Told, Tx, expect_rows};
use crate::case::{Kind, Lang, Point, SafeContact};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A case beside another one, as much of it as a card may show.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the columns of cases, under their own names")]
pub struct BesideRow {
    pub id: Uuid,
    pub reference: String,
    pub mission: String,
    pub kind: Option<String>,
    pub priority: i16,
    pub status: String,
}

/// A stored report, as much of it as is needed to understand it again.
pub struct StoredReport {
    /// The case it belongs to.
    pub case_id: Uuid,
    /// The channel.
    pub channel: String,
    /// What it told.
    pub told: Told,
    /// The kind its writer chose.
    pub kind: Option<Kind>,
    /// Whom it is about.
    pub for_whom: Option<String>,
    /// Its language.
    pub lang: Option<Lang>,
    /// A shared position.
    pub pin: Option<(Point, u32)>,
    /// The place in words.
    pub place_text: Option<String>,
}

impl Store {
    /// Where what is addressed to these cases goes: to the case that one was joined to, else to
    /// itself.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn survivors(
        &self,
        tx: &mut Tx,
        ids: &[Uuid],
    ) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query!(
            "select id, coalesce(merged_into, id) as \"goes_on!\" from cases where id = any($1)",
            ids
        )
        .fetch_all(&mut **tx)
        .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.goes_on)).collect())
    }

    /// The same of one case.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn survivor(&self, tx: &mut Tx, id: Uuid) -> Result<Uuid, StoreError> {
        let goes_on = self.survivors(tx, &[id]).await?;
        Ok(goes_on.first().map_or(id, |(_, id)| *id))
    }

    /// What a case that ends as a duplicate leaves to the one that goes on: who can be reached, and
    /// the cases that were joined to it before.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn leave_to(&self, tx: &mut Tx, gone: Uuid, kept: Uuid) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into sealed.contacts (case_id, number, dialable, channel, safe, from_hour, to_hour,
                                          note, added_at, chose_on, chose_at, chose_in)
             select $2, number, dialable, channel, safe, from_hour, to_hour, note, added_at,
                    chose_on, chose_at, chose_in
             from sealed.contacts where case_id = $1
             -- A number that wrote itself goes on writing into the case that goes on.
             on conflict (case_id, number) do update set channel = excluded.channel
             where excluded.channel in ('sms', 'whatsapp')",
            gone,
            kept
        )
        .execute(&mut **tx)
        .await?;
        // Of a number that both knew the more careful choice holds in both: texts of either are
        // judged by it.
        sqlx::query!(
            "update sealed.contacts k
             set safe = ($3::text[])[greatest(array_position($3::text[], o.safe),
                                              array_position($3::text[], k.safe))],
                 from_hour = coalesce(k.from_hour, o.from_hour),
                 to_hour = coalesce(k.to_hour, o.to_hour),
                 note = coalesce(k.note, o.note),
                 (chose_on, chose_at, chose_in) = (
                    select w.chose_on, w.chose_at, w.chose_in from sealed.contacts w
                    where w.number = k.number and w.case_id = case
                        when array_position($3::text[], o.safe) > array_position($3::text[], k.safe)
                        then o.case_id else k.case_id end)
             from sealed.contacts o
             where k.number = o.number and (k.case_id, o.case_id) in (($1, $2), ($2, $1))
               and (array_position($3::text[], o.safe) > array_position($3::text[], k.safe)
                    or k.from_hour is null and o.from_hour is not null)",
            gone,
            kept,
            &SafeContact::ALL
                .iter()
                .map(|safe| safe.as_str())
                .collect::<Vec<_>>() as &[&str]
        )
        .execute(&mut **tx)
        .await?;
        sqlx::query!(
            "update cases set merged_into = $2 where merged_into = $1",
            gone,
            kept
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Leaves the exact place too, in the stead of a rougher one.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn leave_place(&self, tx: &mut Tx, gone: Uuid, kept: Uuid) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into sealed.places (case_id, lat, lon, radius_m, name, level, source, certain)
             select $2, lat, lon, radius_m, name, level, source, certain
             from sealed.places where case_id = $1
             on conflict (case_id) do update set
                lat = excluded.lat, lon = excluded.lon, radius_m = excluded.radius_m,
                name = excluded.name, level = excluded.level, source = excluded.source,
                certain = excluded.certain",
            gone,
            kept
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Takes back from a case what another had left to it, but for numbers that wrote into it
    /// themselves.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn take_back(&self, tx: &mut Tx, gone: Uuid, kept: Uuid) -> Result<(), StoreError> {
        sqlx::query!(
            "delete from sealed.contacts k where k.case_id = $2
               and k.number in (select number from sealed.contacts where case_id = $1)
               and not exists (select from sealed.reports r join cases c on c.id = r.case_id
                               where r.number = k.number and c.id <> $1
                                 and (c.id = $2 or c.merged_into = $2))",
            gone,
            kept
        )
        .execute(&mut **tx)
        .await?;
        // A number that was only left with this case, and wrote into the other, is that again.
        sqlx::query!(
            "update sealed.contacts k set channel = r.channel
             from (select distinct on (r.number) r.number, r.channel
                   from sealed.reports r join cases c on c.id = r.case_id
                   where (c.id = $2 or c.merged_into = $2) and c.id <> $1
                     and r.number in (select number from sealed.contacts where case_id = $1)
                   order by r.number, r.channel in ('sms', 'whatsapp') desc, r.received_at desc) r
             where k.case_id = $2 and k.number = r.number",
            gone,
            kept
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// The numbers of others that came to these cases with one that was joined to them, and had not
    /// written into them before.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn numbers_of_others(
        &self,
        tx: &mut Tx,
        ids: &[Uuid],
    ) -> Result<Vec<String>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(sqlx::query_scalar!(
            "select distinct o.number from cases g join sealed.contacts o on o.case_id = g.id
             where g.merged_into = any($1) and not exists (
                select from sealed.reports r
                where r.case_id = g.merged_into and r.number = o.number and r.received_at < g.since)",
            ids
        )
        .fetch_all(&mut **tx)
        .await?)
    }

    /// A report, to be understood again.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn stored_report(
        &self,
        tx: &mut Tx,
        id: Uuid,
    ) -> Result<Option<StoredReport>, StoreError> {
        let row = sqlx::query!(
            "select case_id, channel, text, number, subject, details, kind, for_whom, lang, pin_lat,
                    pin_lon, pin_radius_m, place_text
             from sealed.reports where id = $1",
            id
        )
        .fetch_optional(&mut **tx)
        .await?;
        Ok(row.map(|row| StoredReport {
            case_id: row.case_id,
            channel: row.channel,
            told: Told {
                text: row.text,
                number: row.number,
                subject: row.subject,
                details: row.details,
            },
            kind: row.kind.and_then(|kind| kind.parse().ok()),
            for_whom: row.for_whom,
            lang: row.lang.and_then(|lang| lang.parse().ok()),
            pin: row.pin_lat.zip(row.pin_lon).and_then(|(lat, lon)| {
                let radius = u32::try_from(row.pin_radius_m.unwrap_or(0)).unwrap_or(0);
                Some((Point::new(lat, lon).ok()?, radius))
            }),
            place_text: row.place_text,
        }))
    }

    /// Puts a report, and who wrote it, to another case.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn move_report(
        &self,
        tx: &mut Tx,
        report: Uuid,
        (from, to): (Uuid, Uuid),
    ) -> Result<(), StoreError> {
        let moved = sqlx::query!(
            "update sealed.reports set case_id = $3 where id = $1 and case_id = $2",
            report,
            from,
            to
        )
        .execute(&mut **tx)
        .await?
        .rows_affected();
        expect_rows("sealed.reports", 1, moved)?;
        sqlx::query!(
            "insert into sealed.contacts (case_id, number, dialable, channel, safe, from_hour, to_hour,
                                          note, added_at, chose_on, chose_at, chose_in)
             select $3, k.number, k.dialable, k.channel, k.safe, k.from_hour, k.to_hour, k.note,
                    k.added_at, k.chose_on, k.chose_at, k.chose_in
             from sealed.contacts k join sealed.reports r on r.number = k.number
             where r.id = $1 and k.case_id = $2
             on conflict (case_id, number) do nothing",
            report,
            from,
            to
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Notes that two cases have to do with each other. Whether that was new.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn link(
        &self,
        tx: &mut Tx,
        (one, other): (Uuid, Uuid),
        by: Uuid,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let rows = sqlx::query!(
            "insert into case_links (one, other, at, by) values (least($1::uuid, $2::uuid),
                greatest($1::uuid, $2::uuid), $3, $4) on conflict do nothing",
            one,
            other,
            at,
            by
        )
        .execute(&mut **tx)
        .await?;
        Ok(rows.rows_affected() == 1)
    }

    /// Notes that two cases have nothing to do with each other after all. Whether they had.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn unlink(
        &self,
        tx: &mut Tx,
        (one, other): (Uuid, Uuid),
    ) -> Result<bool, StoreError> {
        let rows = sqlx::query!(
            "delete from case_links where one = least($1::uuid, $2::uuid)
                and other = greatest($1::uuid, $2::uuid)",
            one,
            other
        )
        .execute(&mut **tx)
        .await?;
        Ok(rows.rows_affected() == 1)
    }

    /// The cases related to one.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn related(&self, case_id: Uuid) -> Result<Vec<BesideRow>, StoreError> {
        Ok(sqlx::query_as!(
            BesideRow,
            "select c.id, c.reference, c.mission, c.kind, c.priority, c.status
             from case_links l join cases c on c.id = case l.one when $1 then l.other else l.one end
             where l.one = $1 or l.other = $1 order by l.at limit 100",
            case_id
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// The cases joined to one, and the one it was joined to.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn joined_with(&self, case_id: Uuid) -> Result<Vec<BesideRow>, StoreError> {
        Ok(sqlx::query_as!(
            BesideRow,
            "select c.id, c.reference, c.mission, c.kind, c.priority, c.status from cases c
             where c.merged_into = $1
                or c.id = (select merged_into from cases where id = $1)
             order by c.opened_at limit 100",
            case_id
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
