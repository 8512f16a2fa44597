//! What responders wrote on the sheet of a case. Nothing is changed: the newest of a name holds.

use super::{Store, StoreError, Tx, expect_rows};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
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

/// What was agreed with a person, in words that mean nothing to anybody else.
#[derive(Debug, Clone, Default)]
pub struct AgreedWords {
    /// She is in danger.
    pub danger: Option<String>,
    /// She ends the conversation, and is answered nothing.
    pub exit: Option<String>,
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

    /// The words that were agreed with the persons of cases, by the cases for which there are any; also
    /// on the sheets of cases joined to them.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn agreed_words(
        &self,
        tx: &mut Tx,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, AgreedWords>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query!(
            "select c.id as \"id!\", w.name = 'exit_word' as \"ends!\", s.value as \"value!\"
             from unnest($1::uuid[]) as c (id)
             cross join (values ('danger_word'), ('exit_word')) as w (name)
             cross join lateral (
                select value from sealed.sheets
                where name = w.name
                  and (case_id = c.id or case_id in (select id from cases where merged_into = c.id))
                order by id desc limit 1) as s
             where s.value <> ''",
            ids
        )
        .fetch_all(&mut **tx)
        .await?;
        let mut all: HashMap<Uuid, AgreedWords> = HashMap::new();
        for row in rows {
            let words = all.entry(row.id).or_default();
            let word = if row.ends {
                &mut words.exit
            } else {
                &mut words.danger
            };
            *word = Some(row.value);
        }
        Ok(all)
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
