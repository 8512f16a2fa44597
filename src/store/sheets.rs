//! What responders wrote on the sheet of a case. Nothing is changed: the newest of a name holds.

use super::{Store, StoreError, Tx, expect_rows};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// An answer, or a step that is done.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "the columns of sealed.sheets, under their own names"
)]
pub struct SheetRow {
    pub name: String,
    pub value: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// A word that was agreed with a person and means nothing to anybody else, and whose it is.
#[derive(Debug, Clone)]
pub struct AgreedWord {
    /// Of a case: it was agreed there, or in one that was joined to it.
    pub case_id: Option<Uuid>,
    /// Of a number: it was agreed in some case that knows the number.
    pub number: Option<String>,
    /// She ends the conversation, and is answered nothing; else she is in danger.
    pub ends: bool,
    /// The word.
    pub word: String,
}

impl Store {
    /// Writes on the sheet of a case; an empty value takes back what stood there.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn write_sheet(
        &self,
        tx: &mut Tx,
        case_id: Uuid,
        written: &[(&str, &str)],
        by: Uuid,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (names, values): (Vec<String>, Vec<String>) = written
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.replace('\0', "")))
            .unzip();
        let rows = sqlx::query!(
            "insert into sealed.sheets (case_id, name, value, by, at)
             select $1, n.name, n.value, $4, $5
             from unnest($2::text[], $3::text[]) as n (name, value)",
            case_id,
            &names,
            &values,
            by,
            at
        )
        .execute(&mut **tx)
        .await?
        .rows_affected();
        expect_rows("sheets", written.len(), rows)
    }

    /// The words that were agreed with persons: in these cases and in those joined to them, and with
    /// these numbers in whatever case, for whoever texts does not know in which of hers she is heard. Of
    /// each case the newest; of cases that have ended, those that ended after `since`.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn agreed_words(
        &self,
        tx: &mut Tx,
        (ids, numbers): (&[Uuid], &[&str]),
        since: DateTime<Utc>,
    ) -> Result<Vec<AgreedWord>, StoreError> {
        if ids.is_empty() && numbers.is_empty() {
            return Ok(Vec::new());
        }
        Ok(sqlx::query_as!(
            AgreedWord,
            "with places as (
                select c.id as case_id, null as number, c.id as sheet from unnest($1::uuid[]) as c (id)
                union all
                select m.merged_into, null, m.id from cases m where m.merged_into = any($1)
                union all
                select null, k.number, s.id
                from sealed.contacts k
                join cases c on c.id = k.case_id
                join cases s on s.id in (c.id, c.merged_into)
                where k.number = any($2) and (s.status <> 'resolved' or s.since > $3)
             )
             select p.case_id, p.number, s.name = 'exit_word' as \"ends!\", s.value as \"word!\"
             from places p
             cross join lateral (
                select distinct on (name) name, value from sealed.sheets
                where case_id = p.sheet and name in ('danger_word', 'exit_word')
                order by name, id desc) as s
             where s.value <> ''",
            ids,
            numbers as &[&str],
            since
        )
        .fetch_all(&mut **tx)
        .await?)
    }

    /// What stands on the sheet of a case and of those joined to it.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn sheet(&self, case_id: Uuid) -> Result<Vec<SheetRow>, StoreError> {
        Ok(sqlx::query_as!(
            SheetRow,
            "select s.name as \"name!\", s.value as \"value!\", s.at as \"at!\", r.name as \"by!\"
             from (select distinct on (name) name, value, by, at from sealed.sheets
                   where case_id in (select id from cases where id = $1 or merged_into = $1)
                   order by name, id desc) s
             join responders r on r.id = s.by
             where s.value <> '' order by s.name",
            case_id
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
