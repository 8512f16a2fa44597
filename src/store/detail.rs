//! The whole of one case, for who works on it: reports, contacts, messages, log.

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

/// The longest log shown at once; older lines are read by asking for them.
const LOG_LINES: i64 = 500;
/// The most reports and messages shown at once, newest kept.
const THREAD: i64 = 200;

impl Store {
    /// The reports of a case and of those joined to it, oldest first.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn reports(&self, case_id: Uuid) -> Result<Vec<ReportRow>, StoreError> {
        let mut rows = sqlx::query_as!(
            ReportRow,
            "select id, case_id, channel, received_at, text, number, kind, lang, place_text, subject,
                    details, understood
             from sealed.reports
             where case_id in (select id from cases where id = $1 or merged_into = $1) order by received_at desc, id limit $2",
            case_id,
            THREAD
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

    /// The messages written to the person, also in cases joined to this one, oldest first.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn messages(&self, case_id: Uuid) -> Result<Vec<MessageRow>, StoreError> {
        let mut rows = sqlx::query_as!(
            MessageRow,
            "select m.id, m.written_at, m.body, m.channel, m.template, o.error,
                    case when o.state = 'queued' and o.lease is not null then 'sending' else o.state end
                        as \"state!\",
                    (select name from responders r where r.id = m.by) as by_name
             from sealed.messages m join outbox o on o.message = m.id
             where m.case_id in (select id from cases where id = $1 or merged_into = $1)
               and m.audience = 'person'
             order by m.written_at desc, m.id limit $2",
            case_id,
            THREAD
        )
        .fetch_all(&self.pool)
        .await?;
        rows.reverse();
        Ok(rows)
    }

    /// The log of a case, oldest first.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn case_log(&self, case_id: Uuid) -> Result<Vec<LogRow>, StoreError> {
        let mut rows = sqlx::query_as!(
            LogRow,
            "select l.id as \"id!\", l.at as \"at!\", l.event as \"event!\", l.detail as \"detail!\", n.text as \"note?\",
                    (select name from responders r where r.id = l.by) as by_name
             from case_log l left join sealed.notes n on n.log_id = l.id
             where l.case_id = $1 order by l.id desc limit $2",
            case_id,
            LOG_LINES
        )
        .fetch_all(&self.pool)
        .await?;
        rows.reverse();
        Ok(rows)
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
