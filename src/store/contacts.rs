//! Who wrote, where they are, and who must not be texted: the sealed side of taking reports in.

use super::{Store, StoreError, Tx};
use crate::case::{Channel, Contact, Hours, Place, SafeContact};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A contact to be stored with its case.
#[derive(Debug, Clone)]
pub struct NewContact<'a> {
    /// The case.
    pub case_id: Uuid,
    /// Who.
    pub contact: &'a Contact,
    /// The channel it wrote on.
    pub channel: Channel,
    /// Whether the number itself asks in words to be called or written to.
    pub asks: bool,
}

/// How somebody may be contacted, as it is kept with a case: what she chose elsewhere may hold here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactKept {
    /// The case.
    pub case_id: Uuid,
    /// The number.
    pub number: String,
    /// Whether the two were not known together before.
    pub new: bool,
    /// Whether.
    pub safe: SafeContact,
    /// At which hours.
    pub hours: Option<Hours>,
}

impl Store {
    /// Stores who wrote, for each case; who is known to it already stays as is, unless the number that
    /// writes asks not to be written to. Where a number asked in another open case not to be contacted,
    /// or a responder set it, that holds in a new one too, whoever opens it; what was chosen on a page or by a program, which anybody can do with any number, does not hold against what the
    /// number itself asks for in words, or was known to want later. Returns what holds for
    /// each that was stored.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn insert_contacts(
        &self,
        tx: &mut Tx,
        contacts: &[NewContact<'_>],
        now: DateTime<Utc>,
    ) -> Result<Vec<ContactKept>, StoreError> {
        if contacts.is_empty() {
            return Ok(Vec::new());
        }
        let hour = |hour: Option<u8>| hour.map(i16::from);
        let note = |contact: &Contact| Some(contact.note.as_ref()?.expose().replace('\0', ""));
        let rows = sqlx::query!(
            "insert into sealed.contacts as known (case_id, number, dialable, channel, safe, from_hour,
                                          to_hour, note, added_at, chose_on, chose_at, chose_in)
             select n.case_id, n.number, n.dialable, n.channel, coalesce(silent.safe, n.safe),
                    coalesce(n.from_hour, hours.from_hour), coalesce(n.to_hour, hours.to_hour),
                    n.note, $9::timestamptz,
                    case when silent.safe is not null then silent.chose_on
                         when n.asks or n.channel not in ('sms', 'whatsapp') then n.channel end,
                    case when silent.safe is not null then silent.chose_at
                         when n.asks or n.channel not in ('sms', 'whatsapp') then $9::timestamptz end,
                    silent.chose_in
             from unnest($1::uuid[], $2::text[], $3::boolean[], $4::text[], $5::text[],
                         $6::smallint[], $7::smallint[], $8::text[], $10::boolean[])
                  as n (case_id, number, dialable, channel, safe, from_hour, to_hour, note, asks)
             left join lateral (
                  select k.safe, coalesce(k.chose_on, k.channel) as chose_on,
                         coalesce(k.chose_at, k.added_at) as chose_at,
                         coalesce(k.chose_in, k.case_id) as chose_in
                  from sealed.contacts k join cases c on c.id = k.case_id
                  where k.number = n.number and k.case_id <> n.case_id and c.status <> 'resolved'
                    and k.safe in ('never', 'i_will_contact_you')
                    and n.safe in ('any', 'reply_only')
                    and (coalesce(k.chose_on, k.channel) not in ('web', 'api')
                         or n.channel in ('sms', 'whatsapp') and not n.asks and not exists (
                            select from sealed.contacts p join cases d on d.id = p.case_id
                            where p.number = n.number and p.case_id <> n.case_id
                              and d.status <> 'resolved' and p.safe in ('any', 'reply_only')
                              and p.chose_on in ('sms', 'whatsapp', 'phone', 'desk')
                              and p.chose_at > coalesce(k.chose_at, k.added_at)))
                  order by k.added_at desc limit 1) as silent on true
             left join lateral (
                  select k.from_hour, k.to_hour
                  from sealed.contacts k join cases c on c.id = k.case_id
                  where k.number = n.number and k.case_id <> n.case_id and c.status <> 'resolved'
                    and k.from_hour is not null and n.from_hour is null
                    and n.channel in ('sms', 'whatsapp')
                  order by k.added_at desc limit 1) as hours on true
             on conflict (case_id, number) do update set
                channel = excluded.channel, added_at = excluded.added_at,
                safe = case when excluded.chose_on in ('sms', 'whatsapp') and excluded.safe in ('any', 'reply_only')
                    and (known.safe in ('any', 'reply_only')
                         or coalesce(known.chose_on, known.channel) in ('web', 'api'))
                    and known.safe in ('never', 'i_will_contact_you')
                    then 'reply_only'
                    when excluded.chose_in is null and excluded.safe not in ('any', 'reply_only') and known.safe in ('any', 'reply_only')
                    then excluded.safe else known.safe end,
                chose_on = case when excluded.chose_on in ('sms', 'whatsapp') and excluded.safe in ('any', 'reply_only')
                    and (known.safe in ('any', 'reply_only')
                         or coalesce(known.chose_on, known.channel) in ('web', 'api'))
                    then excluded.chose_on
                    when excluded.chose_in is null and excluded.safe not in ('any', 'reply_only') and known.safe in ('any', 'reply_only')
                    then excluded.channel else coalesce(known.chose_on,
                        case when known.channel in ('web', 'api', 'phone') then known.channel end) end,
                chose_at = case when excluded.chose_on in ('sms', 'whatsapp') and excluded.safe in ('any', 'reply_only')
                    and (known.safe in ('any', 'reply_only')
                         or coalesce(known.chose_on, known.channel) in ('web', 'api'))
                    then excluded.chose_at
                    when excluded.chose_in is null and excluded.safe not in ('any', 'reply_only') and known.safe in ('any', 'reply_only')
                    then excluded.added_at else coalesce(known.chose_at,
                        case when known.channel in ('web', 'api', 'phone') then known.added_at end) end,
                chose_in = case when excluded.chose_on in ('sms', 'whatsapp') and excluded.safe in ('any', 'reply_only')
                    and (known.safe in ('any', 'reply_only')
                         or coalesce(known.chose_on, known.channel) in ('web', 'api'))
                    or excluded.chose_in is null and excluded.safe not in ('any', 'reply_only') and known.safe in ('any', 'reply_only')
                    then null else known.chose_in end
             where excluded.channel in ('sms', 'whatsapp')
             returning case_id, number, xmax = 0 as \"new!\", safe, from_hour, to_hour",
            &column(contacts, |c| c.case_id),
            &column(contacts, |c| c.contact.number.expose().replace('\0', "")),
            &column(contacts, |c| c.contact.number.dialable()),
            &column(contacts, |c| c.channel.as_str()) as &[&str],
            &column(contacts, |c| c.contact.safe.as_str()) as &[&str],
            &column(contacts, |c| hour(c.contact.hours.map(Hours::from_hour))) as &[Option<i16>],
            &column(contacts, |c| hour(c.contact.hours.map(Hours::to_hour))) as &[Option<i16>],
            &column(contacts, |c| note(c.contact)) as &[Option<String>],
            now,
            &column(contacts, |c| c.asks)
        )
        .fetch_all(&mut **tx)
        .await?;
        let hour = |hour: Option<i16>| u8::try_from(hour?).ok();
        let kept = rows.into_iter().map(|row| ContactKept {
            case_id: row.case_id,
            number: row.number,
            new: row.new,
            safe: row.safe.parse().unwrap_or(SafeContact::Never),
            hours: hour(row.from_hour)
                .zip(hour(row.to_hour))
                .and_then(|(from, to)| Hours::new(from, to).ok()),
        });
        Ok(kept.collect())
    }

    /// The person at this number ended the conversation: nothing is written to her, whatever the case,
    /// until she writes, or a responder has heard otherwise.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn end_conversation(
        &self,
        tx: &mut Tx,
        (number, on): (&str, Channel),
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "update sealed.contacts
             set safe = 'i_will_contact_you', chose_on = $2, chose_at = $3, chose_in = null
             where number = $1 and safe <> 'never'",
            number,
            on.as_str(),
            now
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Sets the exact places of cases.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn set_places(
        &self,
        tx: &mut Tx,
        places: &[(Uuid, &Place)],
    ) -> Result<(), StoreError> {
        if places.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "insert into sealed.places (case_id, lat, lon, radius_m, name, level, source, certain)
             select * from unnest($1::uuid[], $2::float8[], $3::float8[], $4::int[], $5::text[],
                                  $6::text[], $7::text[], $8::boolean[])
             on conflict (case_id) do update set
                lat = excluded.lat, lon = excluded.lon, radius_m = excluded.radius_m,
                name = excluded.name, level = excluded.level, source = excluded.source,
                certain = excluded.certain",
            &places.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
            &places
                .iter()
                .map(|(_, p)| p.point.lat())
                .collect::<Vec<_>>(),
            &places
                .iter()
                .map(|(_, p)| p.point.lon())
                .collect::<Vec<_>>(),
            &places
                .iter()
                .map(|(_, p)| i32::try_from(p.radius_m).unwrap_or(i32::MAX))
                .collect::<Vec<_>>(),
            &places
                .iter()
                .map(|(_, p)| p.name.as_deref())
                .collect::<Vec<_>>() as &[Option<&str>],
            &places
                .iter()
                .map(|(_, p)| p.level.as_str())
                .collect::<Vec<_>>() as &[&str],
            &places
                .iter()
                .map(|(_, p)| p.source.as_str())
                .collect::<Vec<_>>() as &[&str],
            &places.iter().map(|(_, p)| p.certain).collect::<Vec<_>>(),
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Remembers that a number must not be texted, or may be again.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn set_opt_out(
        &self,
        tx: &mut Tx,
        number: &str,
        out: bool,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if out {
            sqlx::query!(
                "insert into sealed.opt_outs (number, at) values ($1, $2) on conflict do nothing",
                number,
                at
            )
            .execute(&mut **tx)
            .await?;
        } else {
            sqlx::query!("delete from sealed.opt_outs where number = $1", number)
                .execute(&mut **tx)
                .await?;
        }
        Ok(())
    }
}

fn column<'a, T>(
    contacts: &'a [NewContact<'a>],
    value: impl Fn(&'a NewContact<'a>) -> T,
) -> Vec<T> {
    contacts.iter().map(value).collect()
}
