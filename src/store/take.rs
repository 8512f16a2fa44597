//! Taking messages out: which may leave now, in which order.
//!
//! One statement decides and commits, so that a process that stops in the middle of it holds up no
//! other. In it: the rate of every way out, the most urgent first, no more than a few for one phone
//! at a time, and nothing that may no longer be said. Each row it needs is looked up by itself
//! (`lateral … limit 1`): the planner does not know how few there are, and would else read whole
//! tables in every round of a flood.

use super::{Outgoing, Store, StoreError, word};
use crate::case::{Country, ForWhom, Hours, MissionCode, Number, Priority};
use crate::outbox::zones;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// A message that was in somebody's hands for longer is taken for lost with its process, and asked about.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Why a message to a person is not sent after all.
pub const UNWANTED: &str = "not sent: the person does not want to be written to";
/// Why a text to a responder is not sent after all.
const OVERTAKEN: &str = "not sent: somebody has acted";

/// What was taken.
#[derive(Debug, Default)]
pub struct Taken {
    /// To be handed over, the most urgent first.
    pub messages: Vec<Outgoing>,
    /// So many may no longer be said; they are to be followed up.
    pub canceled: usize,
    /// So many wait a moment more, because their phone is getting others.
    pub held: usize,
}

struct Row {
    id: Uuid,
    case_id: Uuid,
    priority: i16,
    outcome: String,
    to_staff: bool,
    channel: String,
    number: String,
    body: String,
    written_at: DateTime<Utc>,
    attempts: i16,
    mission: Option<String>,
    timezone: Option<String>,
    country: Option<String>,
    for_whom: Option<String>,
    from_hour: Option<i16>,
    to_hour: Option<i16>,
    despite: Option<String>,
}

impl Row {
    fn read(self, lease: Option<Uuid>, taken_at: DateTime<Utc>) -> Result<Outgoing, StoreError> {
        let within = self.within();
        Ok(Outgoing {
            id: self.id,
            lease,
            taken_at: Some(taken_at),
            channel: word("sealed.messages", "channel", &self.channel)?,
            number: self.number.into(),
            body: self.body.into(),
            case_id: self.case_id,
            priority: priority(self.priority)?,
            attempts: self.attempts,
            asked: 0,
            written_at: self.written_at,
            to_staff: self.to_staff,
            within,
        })
    }

    /// The hours it must be in, unless who wrote it knew of them and said why.
    fn within(&self) -> Option<(Hours, Vec<chrono_tz::Tz>)> {
        if matches!(
            self.despite.as_deref(),
            Some("outside_hours" | "hour_unknown" | "never" | "i_will_contact_you")
        ) {
            return None;
        }
        let hour = |hour: Option<i16>| u8::try_from(hour?).ok();
        let hours = Hours::new(hour(self.from_hour)?, hour(self.to_hour)?).ok()?;
        let mission = self.mission.as_deref().unwrap_or_default();
        let centre = mission.parse::<MissionCode>().is_ok_and(|m| m.is_centre());
        let zone = self.timezone.as_ref().filter(|_| !centre);
        let zones = zones::around(
            self.country
                .as_ref()
                .and_then(|code| code.parse::<Country>().ok()),
            self.for_whom
                .as_deref()
                .and_then(|whom| whom.parse().ok())
                .unwrap_or(ForWhom::Myself),
            Number::read(&self.number).country(),
            zone.and_then(|zone| zone.parse().ok()),
        );
        Some((hours, zones))
    }
}

pub(super) fn priority(rank: i16) -> Result<Priority, StoreError> {
    Priority::from_rank(rank).ok_or(StoreError::Corrupt {
        table: "outbox",
        column: "priority",
    })
}

/// The statement that takes messages: see [`Store::take_outgoing`].
macro_rules! take {
    ($($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            "with bucket as materialized (
                select r.way, w.apart_s, w.burst, r.paused_until > $1 and r.paused_until <= $1 + interval '1 minute' as paused,
                       extract(epoch from least(greatest(r.full_at, $1),
                           $1 + make_interval(secs => 2 * w.burst * w.apart_s)) - $1)::float8 as ahead_s
                from ways r join unnest($4::text[], $5::float8[], $6::float8[]) as w (way, apart_s, burst)
                    on w.way = r.way
                order by r.way for no key update of r
             ), room as (
                select way,
                    case when paused then 0 when apart_s = 0 then $2
                         else floor(burst * 2 - ahead_s / apart_s + 0.001)::bigint end as critical,
                    case when paused then 0 when apart_s = 0 then $3
                         else greatest(0, floor(burst - ahead_s / apart_s + 0.001))::bigint end as others
                from bucket
             ), ranked as (
                select d.at, r.critical, r.others,
                       row_number() over (order by d.priority, d.next_at) as place
                from room r
                cross join generate_series(0, 3) as p
                cross join lateral (
                    select o.ctid as at, o.priority, o.next_at from outbox o
                    where o.way = r.way and o.priority = p and o.state = 'queued' and o.next_at <= $1
                      and o.lease is null
                    order by o.next_at
                    -- More than may leave, since some of them will be put off or canceled.
                    limit case when p = 0 then case when r.critical > 0 then least(r.critical + 8, $2) else 0 end
                               else case when r.others > 0 then least(r.others + 8, $3) else 0 end end) as d
             ), held as materialized (
                select o.at, o.message, o.priority, o.next_at, o.recipient, o.case_id, o.about, o.beyond, o.way,
                       r.critical, r.others
                from ranked r
                cross join lateral (
                    select o.ctid as at, o.* from outbox o
                    where o.ctid = r.at and o.state = 'queued' and o.next_at <= $1 and o.lease is null
                    limit 1 for update skip locked) as o
                where r.place <= $2
             ), in_hand as materialized (
                select i.recipient, count(*) as texts
                from (select l.id, unnest(l.recipients) as recipient, unnest(l.messages) as message
                      from leases l where l.until > $1) i
                cross join lateral (
                    select from outbox u
                    where u.message = i.message and case when u.state = 'queued' then u.lease = i.id end limit 1) as u
                -- A case is asked as it stands: no index is read for a part of it.
                where case when i.recipient in (select recipient from held) then true end
                group by i.recipient
             ), paced as (
                select h.*, case when h.priority = 0 then 4 else 2 end as most,
                    row_number() over (partition by h.recipient order by h.priority, h.next_at)
                    + (select count(*) from outbox u
                       where u.recipient = h.recipient and u.taken_at > $1::timestamptz - interval '1 second')
                    + coalesce((select i.texts from in_hand i where i.recipient = h.recipient limit 1), 0) as turn
                from held h
             ), judged as (
                select p.at, p.message, p.recipient, p.case_id, p.way, p.priority, p.next_at, p.critical, p.others, p.turn, p.most, m.audience, m.channel, m.number, m.body,
                    m.written_at, c.mission, c.country, c.for_whom, k.from_hour, k.to_hour, l.despite,
                    case
                    when m.audience = 'person' and (
                        exists (select from sealed.opt_outs x where x.number = m.number)
                        or k.safe in ('never', 'i_will_contact_you')
                           and coalesce(l.despite not in ('never', k.safe), true))
                        then $9
                    when m.audience = 'staff' and (p.about is not null or m.body !~ '^[0-9]+ cases overdue: ')
                        and p.beyond = 0
                        and not exists (
                            select from (select status, lapses from cases
                                         where id = any(coalesce(p.about, array[p.case_id])) offset 0) as a
                            where a.status <> 'resolved' and (a.lapses > 0 or a.status in ('waiting', 'offered')))
                        then $10
                    end as unwanted
                from paced p
                cross join lateral (select * from sealed.messages m where m.id = p.message limit 1) as m
                left join lateral (
                    select * from sealed.contacts k
                    where m.audience = 'person' and k.case_id = p.case_id and k.number = m.number limit 1
                ) as k on true
                left join lateral (
                    select * from cases c where k.from_hour is not null and c.id = p.case_id limit 1
                ) as c on true
                left join lateral (
                    select l.detail ->> 'despite' as despite from case_log l
                    where m.by is not null and l.case_id = m.case_id and l.at = m.written_at
                      and l.by = m.by and l.event = 'message' limit 1) as l on true
             ), placed as (
                select j.*,
                    row_number() over (partition by way, unwanted is null and turn <= most
                        order by priority, next_at) as of_way,
                    row_number() over (partition by unwanted is null and turn <= most
                        order by priority, next_at) as of_all
                from judged j
             ), weighed as (
                select p.*, case
                    when unwanted is not null then 'canceled'
                    when turn > most then 'queued'
                    when priority = 0 and of_way <= critical and of_all <= $2
                        or priority > 0 and of_way <= others and of_all <= $3 then 'sending'
                    end as outcome
                from placed p
             ), done as materialized (
                select * from weighed where outcome is not null
             ), spent as (
                update ways r set full_at = $1::timestamptz + make_interval(secs => b.ahead_s + n.count * b.apart_s)
                from bucket b join (select way, count(*) from done where outcome = 'sending' group by way) n
                    on n.way = b.way
                where r.way = b.way and b.apart_s > 0
             ), leased as (
                insert into leases (id, taken_at, until, messages, recipients)
                select $7, $1, $8, array_agg(message order by message), array_agg(recipient order by message)
                from done where outcome = 'sending' having count(*) > 0
             ), moved as (
                update outbox o set
                    state = case d.outcome when 'sending' then o.state else d.outcome end,
                    lease = case d.outcome when 'sending' then $7::uuid end,
                    attempts = o.attempts + (d.outcome = 'sending')::int,
                    asked = 0, error = coalesce(d.unwanted, o.error),
                    next_at = case d.outcome when 'sending' then o.next_at
                        when 'queued' then $1::timestamptz + make_interval(secs => d.turn - d.most) end,
                    settled_at = case d.outcome when 'canceled' then $1 else o.settled_at end,
                    lost_at = case d.outcome when 'canceled' then $1 end
                from done d where o.ctid = d.at
                returning d.*, o.attempts
             )
             select v.message as \"id!\", v.outcome as \"outcome!\", (v.audience = 'staff') as \"to_staff!\",
                    v.case_id as \"case_id!\", v.priority as \"priority!\",
                    v.channel as \"channel!\", v.number as \"number!\", v.body as \"body!\",
                    v.written_at as \"written_at!\", v.attempts as \"attempts!\",
                    v.mission as \"mission?\", s.timezone as \"timezone?\", v.country as \"country?\",
                    v.for_whom as \"for_whom?\", v.from_hour as \"from_hour?\", v.to_hour as \"to_hour?\",
                    v.despite as \"despite?\"
             from moved v
             left join lateral (
                select timezone from missions where v.from_hour is not null and code = v.mission limit 1) as s on true
             order by v.priority, v.written_at",
            $($argument),*
        )
    };
}

impl Store {
    /// Takes messages to be handed to the gateway, the most urgent first, and commits that they are
    /// about to be, under a lease of this id: at most `most`, and at most `rest` that are not critical. Minutes or hours may
    /// have passed since one was written, so what may no longer be said is canceled: a text to a
    /// person who has since told us not to write (unless a responder wrote it knowing that), and a
    /// text about cases that somebody has acted on, all of them.
    ///
    /// One phone gets two at a time and then one a second (critical ones: four); what is beyond that
    /// is put off and stands in nobody's way. A critical text may use up the rate of the next moment.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn take_outgoing(
        &self,
        lease: Uuid,
        now: DateTime<Utc>,
        most: i64,
        rest: i64,
    ) -> Result<Taken, StoreError> {
        let ways = self.ways();
        let rows = take!(
            now,
            most,
            rest,
            &ways.name,
            &ways.apart_s,
            &ways.burst,
            lease,
            now + LEASE,
            UNWANTED,
            OVERTAKEN
        )
        .fetch_all(&self.rounds)
        .await?;
        let mut taken = Taken::default();
        for row in rows {
            match row.outcome.as_str() {
                "canceled" => taken.canceled += 1,
                "queued" => taken.held += 1,
                _ => match row.read(Some(lease), now) {
                    Ok(message) => taken.messages.push(message),
                    // The others are to leave all the same.
                    Err(error) => tracing::error!(%error, "a message cannot be read"),
                },
            }
        }
        Ok(taken)
    }

    /// Which of these messages, taken a moment ago, may no longer be said: the person said so
    /// meanwhile. To be asked right before they are handed over.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn unwanted_by_now(&self, messages: &[Outgoing]) -> Result<Vec<Uuid>, StoreError> {
        let to_persons = || messages.iter().filter(|message| !message.to_staff);
        let ids: Vec<Uuid> = to_persons().map(|message| message.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(sqlx::query_scalar!(
            "select t.id as \"id!\" from unnest($1::uuid[], $2::uuid[], $3::text[]) as t (id, case_id, number)
             where exists (select from sealed.opt_outs x where x.number = t.number limit 1)
                or exists (
                    select from sealed.contacts k
                    where k.case_id = t.case_id and k.number = t.number
                      and k.safe in ('never', 'i_will_contact_you') and not exists (
                        select from sealed.messages m join case_log l on l.case_id = m.case_id
                        where m.id = t.id and m.by is not null and l.at = m.written_at
                          and l.by = m.by and l.event = 'message'
                          and l.detail ->> 'despite' in ('never', k.safe)))",
            &ids,
            &to_persons().map(|message| message.case_id).collect::<Vec<_>>(),
            &to_persons().map(|message| message.number.expose().as_str()).collect::<Vec<_>>() as &[&str]
        )
        .fetch_all(&self.rounds)
        .await?)
    }

    /// The earliest moment at which a message is to be tried (where `send`) and its way out is free,
    /// or is to be asked about (where `ask`).
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn next_outgoing(
        &self,
        send: bool,
        ask: bool,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let ways = self.ways();
        Ok(sqlx::query_scalar!(
            "select least((
                select min(greatest(q.next_at, r.paused_until, case when w.apart_s > 0 then r.full_at
                    - make_interval(secs => w.apart_s * (w.burst * case when p = 0 then 2 else 1 end - 1)) end))
                from ways r join unnest($3::text[], $4::float8[], $5::float8[]) as w (way, apart_s, burst)
                    on w.way = r.way
                cross join generate_series(0, 3) as p
                cross join lateral (
                    select o.next_at from outbox o
                    where o.way = r.way and o.priority = p and o.state = 'queued' and o.lease is null
                    order by o.next_at limit 1) as q
                where $1::boolean
             ), (
                select min(next_at) from outbox where state in ('sending', 'unknown') and $2::boolean
             ), (
                select min(until) from leases where $2::boolean
             )) as next",
            send,
            ask,
            &ways.name,
            &ways.apart_s,
            &ways.burst
        )
        .fetch_one(&self.rounds)
        .await?)
    }
}
