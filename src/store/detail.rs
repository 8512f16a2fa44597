//! The whole of one case, for who works on it: reports, contacts, messages, log.
//!
//! A case can have thousands of each, so they are read a page at a time, the newest first: so many
//! lines and so many bytes, whichever is reached first. What is older is counted, and is read by
//! asking for what stands before the oldest line of a page.

use super::{Store, StoreError, Tx};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Executor, Postgres};
use uuid::Uuid;

/// A report as a responder reads it.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "the columns of sealed.reports, under their own names"
)]
pub struct ReportRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub channel: String,
    pub received_at: DateTime<Utc>,
    pub text: String,
    pub number: Option<String>,
    pub kind: Option<String>,
    pub lang: Option<String>,
    pub place_text: Option<String>,
    pub subject: Option<Value>,
    pub details: Value,
    pub understood: Value,
}

/// A contact of a case, and the rules for it.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "the columns of sealed.contacts, under their own names"
)]
pub struct ContactRow {
    pub number: String,
    pub dialable: bool,
    pub channel: String,
    pub safe: String,
    pub from_hour: Option<i16>,
    pub to_hour: Option<i16>,
    pub note: Option<String>,
    pub opted_out: bool,
    /// On which channel the rule was chosen; none where nothing was.
    pub chose_on: Option<String>,
    pub chose_at: Option<DateTime<Utc>>,
    /// The case in which, where that is another one, and its mission.
    pub chose_in: Option<String>,
    pub chose_in_mission: Option<String>,
    /// What the same number's newest open case with a stricter rule says.
    pub other_safe: Option<String>,
    pub other_on: Option<String>,
    pub other_at: Option<DateTime<Utc>>,
    pub other_in: Option<String>,
    pub other_in_mission: Option<String>,
}

/// A message that was written to the person.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "the columns of sealed.messages and outbox, under their own names"
)]
pub struct MessageRow {
    pub id: Uuid,
    pub written_at: DateTime<Utc>,
    pub body: String,
    pub channel: String,
    pub template: Option<String>,
    pub state: String,
    pub error: Option<String>,
    pub by_name: Option<String>,
}

/// A line of the log.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "the columns of case_log, under their own names"
)]
pub struct LogRow {
    pub id: i64,
    pub at: DateTime<Utc>,
    pub by_name: Option<String>,
    pub event: String,
    pub detail: Value,
    pub note: Option<String>,
}

/// The name, fineness and certainty of a place, without its point.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "the columns of sealed.places, under their own names"
)]
pub struct NamedPlace {
    pub name: Option<String>,
    pub level: String,
    pub source: String,
    pub certain: bool,
    pub radius_m: i32,
}

/// The most lines of a log in a page.
const LOG_LINES: i64 = 500;
/// The most reports, and the most messages, in a page.
const THREAD: i64 = 200;
/// A page takes no further line once it holds so many bytes; so it has one line at least.
const BYTES: i64 = 128 * 1024;

/// The oldest lines of a page, by which what is older is found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Oldest {
    /// The oldest report.
    pub report: Option<Uuid>,
    /// The oldest message.
    pub message: Option<Uuid>,
    /// The oldest line of the log.
    pub log: Option<i64>,
}

/// How many are older than a page.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "what is counted, under its own name")]
pub struct Older {
    pub reports: i64,
    pub messages: i64,
    pub log: i64,
}

impl Store {
    /// A page of the reports of a case and of those joined to it, oldest first: the newest, or those
    /// before one of them.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn reports(
        &self,
        case_id: Uuid,
        before: Option<Uuid>,
    ) -> Result<Vec<ReportRow>, StoreError> {
        let mut rows = sqlx::query_as!(
            ReportRow,
            "select id as \"id!\", case_id as \"case_id!\", channel as \"channel!\",
                    received_at as \"received_at!\", text as \"text!\", number as \"number?\",
                    kind as \"kind?\", lang as \"lang?\", place_text as \"place_text?\",
                    subject as \"subject?\", details as \"details!\", understood as \"understood!\"
             from (select r.*, sum(octet_length(text) + octet_length(details::text)
                                   + octet_length(understood::text))
                          over (order by received_at desc, id desc
                                rows between unbounded preceding and 1 preceding) as newer
                   from (select * from sealed.reports
                         where case_id in (select id from cases where id = $1 or merged_into = $1)
                           and ($2::uuid is null or (received_at, id)
                                < (select b.received_at, b.id from sealed.reports b where b.id = $2))
                         order by received_at desc, id desc limit $3) r) page
             where coalesce(newer, 0) < $4
             order by received_at desc, id desc",
            case_id,
            before,
            THREAD,
            BYTES
        )
        .fetch_all(&self.pool)
        .await?;
        rows.reverse();
        Ok(rows)
    }

    /// The contacts of a case, the newest first.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn contacts(&self, case_id: Uuid) -> Result<Vec<ContactRow>, StoreError> {
        contacts(&self.pool, case_id).await
    }

    /// The same within a transaction: who holds a connection must not wait for another.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn contacts_within(
        &self,
        tx: &mut Tx,
        case_id: Uuid,
    ) -> Result<Vec<ContactRow>, StoreError> {
        contacts(&mut **tx, case_id).await
    }

    /// A page of the messages written to the person, also in cases joined to this one, oldest first:
    /// the newest, or those before one of them.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn messages(
        &self,
        case_id: Uuid,
        before: Option<Uuid>,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let mut rows = sqlx::query_as!(
            MessageRow,
            "select m.id as \"id!\", m.written_at as \"written_at!\", m.body as \"body!\",
                    m.channel as \"channel!\", m.template as \"template?\", o.error as \"error?\",
                    case when o.state = 'queued' and o.lease is not null then 'sending' else o.state end
                        as \"state!\",
                    (select name from responders r where r.id = m.by) as by_name
             from (select p.*, sum(octet_length(body))
                          over (order by written_at desc, id desc
                                rows between unbounded preceding and 1 preceding) as newer
                   from (select * from sealed.messages
                         where case_id in (select id from cases where id = $1 or merged_into = $1)
                           and audience = 'person'
                           and ($2::uuid is null or (written_at, id)
                                < (select b.written_at, b.id from sealed.messages b where b.id = $2))
                         order by written_at desc, id desc limit $3) p) m
             join outbox o on o.message = m.id
             where coalesce(newer, 0) < $4
             order by m.written_at desc, m.id desc",
            case_id,
            before,
            THREAD,
            BYTES
        )
        .fetch_all(&self.pool)
        .await?;
        rows.reverse();
        Ok(rows)
    }

    /// A page of the log of a case, oldest first: the newest, or those before one of them.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn case_log(
        &self,
        case_id: Uuid,
        before: Option<i64>,
    ) -> Result<Vec<LogRow>, StoreError> {
        let mut rows = sqlx::query_as!(
            LogRow,
            "select l.id as \"id!\", l.at as \"at!\", l.event as \"event!\", l.detail as \"detail!\",
                    l.text as \"note?\", (select name from responders r where r.id = l.by) as by_name
             from (select p.*, sum(octet_length(detail::text) + coalesce(octet_length(text), 0))
                          over (order by id desc
                                rows between unbounded preceding and 1 preceding) as newer
                   from (select c.*, n.text from case_log c
                         left join sealed.notes n on n.log_id = c.id
                         where c.case_id = $1 and ($2::bigint is null or c.id < $2)
                         order by c.id desc limit $3) p) l
             where coalesce(newer, 0) < $4
             order by l.id desc",
            case_id,
            before,
            LOG_LINES,
            BYTES
        )
        .fetch_all(&self.pool)
        .await?;
        rows.reverse();
        Ok(rows)
    }

    /// How many are older than the oldest of a page.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn older(&self, case_id: Uuid, than: Oldest) -> Result<Older, StoreError> {
        Ok(sqlx::query_as!(
            Older,
            "with these as (select id from cases where id = $1 or merged_into = $1)
             select (select count(*) from sealed.reports where case_id in (select id from these)
                     and (received_at, id)
                         < (select b.received_at, b.id from sealed.reports b where b.id = $2))
                        as \"reports!\",
                    (select count(*) from sealed.messages where case_id in (select id from these)
                     and audience = 'person' and (written_at, id)
                         < (select b.written_at, b.id from sealed.messages b where b.id = $3))
                        as \"messages!\",
                    (select count(*) from case_log where case_id = $1 and id < $4) as \"log!\"",
            case_id,
            than.report,
            than.message,
            than.log
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// What the place of a case is called.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn named_place(&self, case_id: Uuid) -> Result<Option<NamedPlace>, StoreError> {
        Ok(sqlx::query_as!(
            NamedPlace,
            "select name, level, source, certain, radius_m from sealed.places where case_id = $1",
            case_id
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}

async fn contacts<'e>(
    on: impl Executor<'e, Database = Postgres>,
    case_id: Uuid,
) -> Result<Vec<ContactRow>, StoreError> {
    Ok(sqlx::query_as!(
        ContactRow,
        "select k.number, k.dialable, k.channel, k.safe, k.from_hour, k.to_hour, k.note,
                exists (select from sealed.opt_outs o where o.number = k.number)
                    as \"opted_out!\",
                coalesce(k.chose_on, case when k.channel in ('web', 'api', 'phone') then k.channel end)
                    as chose_on,
                coalesce(k.chose_at, case when k.channel in ('web', 'api', 'phone') then k.added_at end)
                    as chose_at,
                c.reference as \"chose_in?\", c.mission as \"chose_in_mission?\",
                other.safe as \"other_safe?\", other.chose_on as \"other_on?\",
                other.chose_at as \"other_at?\", other.reference as \"other_in?\",
                other.mission as \"other_in_mission?\"
         from sealed.contacts k left join cases c on c.id = k.chose_in
         left join lateral (
            select s.safe, coalesce(s.chose_on, s.channel) as chose_on,
                   coalesce(s.chose_at, s.added_at) as chose_at, d.reference, d.mission
            from sealed.contacts s join cases d on d.id = s.case_id
            where s.number = k.number and s.case_id <> k.case_id and d.status <> 'resolved'
              and s.safe in ('never', 'i_will_contact_you') and k.safe in ('any', 'reply_only')
            order by s.added_at desc limit 1) as other on true
         where k.case_id = $1 order by k.added_at desc",
        case_id
    )
    .fetch_all(on)
    .await?)
}
