//! Responders, their posts, and who is on duty.

use super::{Store, StoreError, Tx, expect_rows, word};
use crate::case::{MissionCode, Post, Responder, Role, Sealed, Staffed};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A responder to be added.
#[derive(Debug, Clone)]
pub struct NewResponder {
    /// The address it signs in with.
    pub email: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The post it holds.
    pub post: Post,
    /// Its mission.
    pub mission: MissionCode,
    /// Hashed; none for a line that never signs in.
    pub password_hash: Option<Sealed<String>>,
    /// The number that is texted.
    pub phone: Option<Sealed<String>>,
    /// Whether it is on duty.
    pub on_duty: bool,
}

/// Somebody on duty, as the ladder needs to know.
#[derive(Debug, Clone)]
pub struct Duty {
    /// Who.
    pub id: Uuid,
    /// Where.
    pub mission: MissionCode,
    /// On which rung.
    pub post: Post,
    /// The number to text; none where it told us not to.
    pub phone: Option<Sealed<String>>,
    /// Its number, whether or not it may be texted.
    pub number: Option<Sealed<String>>,
}

impl Duty {
    /// Whether this is who is told of the cases of a mission on a rung. The desk has its alarm, and is
    /// not texted.
    #[must_use]
    pub fn stands_on(&self, post: Post, mission: &MissionCode) -> bool {
        let at = if post.serves_all() {
            &MissionCode::centre()
        } else {
            mission
        };
        post != Post::Desk && self.post == post && self.mission == *at
    }

    /// Where it stands, and whether it can be texted.
    #[must_use]
    pub fn stands(&self) -> (MissionCode, Post, bool) {
        (self.mission.clone(), self.post, self.phone.is_some())
    }
}

/// A responder, as the columns hold one.
pub(super) struct ResponderRow {
    pub(super) id: Uuid,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) post: String,
    pub(super) mission: String,
    pub(super) on_duty: bool,
}

impl TryFrom<ResponderRow> for Responder {
    type Error = StoreError;
    fn try_from(row: ResponderRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            name: row.name,
            email: row.email,
            role: word("responders", "role", &row.role)?,
            post: word("responders", "post", &row.post)?,
            mission: word("responders", "mission", &row.mission)?,
            on_duty: row.on_duty,
        })
    }
}

impl Store {
    /// Adds a responder.
    ///
    /// # Errors
    /// [`StoreError::Twice`] where the address is taken.
    pub async fn add_responder(
        &self,
        new: &NewResponder,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into responders (id, email, name, role, post, mission, password_hash, on_duty,
                                     created_at)
             values ($1, lower($2), $3, $4, $5, $6, $7, $8, $9)",
            id,
            new.email,
            new.name,
            new.role.as_str(),
            new.post.as_str(),
            new.mission.as_str(),
            new.password_hash
                .as_ref()
                .map(|hash| hash.expose().as_str()),
            new.on_duty,
            now
        )
        .execute(&mut *tx)
        .await?;
        if let Some(phone) = &new.phone {
            sqlx::query!(
                "insert into sealed.responder_phones (responder, phone) values ($1, $2)",
                id,
                phone.expose()
            )
            .execute(&mut *tx)
            .await?;
        }
        super::commit(tx).await
    }

    /// Every responder that is active.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be a responder.
    pub async fn responders(&self) -> Result<Vec<Responder>, StoreError> {
        sqlx::query_as!(
            ResponderRow,
            "select id, email, name, role, post, mission, on_duty
             from responders where active order by mission, post, name"
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(Responder::try_from)
        .collect()
    }

    /// The responder with this address, and the hash of its password.
    ///
    /// # Errors
    /// PostgreSQL is away, or the row cannot be a responder.
    pub async fn responder_by_email(
        &self,
        email: &str,
    ) -> Result<Option<(Responder, Option<Sealed<String>>)>, StoreError> {
        let row = sqlx::query!(
            "select id, email, name, role, post, mission, on_duty, password_hash
             from responders where email = lower($1) and active",
            email
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let hash = row.password_hash.map(Sealed::new);
            let row = ResponderRow {
                id: row.id,
                email: row.email,
                name: row.name,
                role: row.role,
                post: row.post,
                mission: row.mission,
                on_duty: row.on_duty,
            };
            Ok((Responder::try_from(row)?, hash))
        })
        .transpose()
    }

    /// A responder who can sign in, and work cases.
    ///
    /// # Errors
    /// PostgreSQL is away, or the row cannot be a responder.
    pub async fn responder(&self, id: Uuid) -> Result<Option<Responder>, StoreError> {
        sqlx::query_as!(
            ResponderRow,
            "select id, email, name, role, post, mission, on_duty from responders
             where id = $1 and active and password_hash is not null and role <> 'wall'",
            id
        )
        .fetch_optional(&self.pool)
        .await?
        .map(Responder::try_from)
        .transpose()
    }

    /// Sets a new password, and ends every session of that responder.
    ///
    /// # Errors
    /// PostgreSQL is away; [`StoreError::Stale`] where there is no such responder.
    pub async fn set_password(&self, email: &str, hash: &Sealed<String>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let changed = sqlx::query!(
            "update responders set password_hash = $2 where email = lower($1) and active",
            email,
            hash.expose()
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        expect_rows("responders", 1, changed)?;
        sqlx::query!(
            "delete from sessions where responder =
                (select id from responders where email = lower($1))",
            email
        )
        .execute(&mut *tx)
        .await?;
        super::commit(tx).await
    }

    /// Signs a responder on or off duty.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn set_duty(&self, id: Uuid, on_duty: bool) -> Result<(), StoreError> {
        let changed = sqlx::query!(
            "update responders set on_duty = $2 where id = $1",
            id,
            on_duty
        )
        .execute(&self.pool)
        .await?
        .rows_affected();
        expect_rows("responders", 1, changed)
    }

    /// Who is on duty anywhere. A number that told us not to text it counts as none.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be read.
    pub async fn on_duty(&self, tx: &mut Tx) -> Result<Vec<Duty>, StoreError> {
        sqlx::query!(
            "select r.id as \"id!\", r.mission as \"mission!\", r.post as \"post!\", p.phone as \"number?\",
                    exists (select from sealed.opt_outs x where x.number = p.phone) as \"opted_out!\"
             from responders r left join sealed.responder_phones p on p.responder = r.id
             where r.on_duty and r.active"
        )
        .fetch_all(&mut **tx)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Duty {
                id: row.id,
                mission: word("responders", "mission", &row.mission)?,
                post: word("responders", "post", &row.post)?,
                phone: row.number.clone().filter(|_| !row.opted_out).map(Sealed::new),
                number: row.number.map(Sealed::new),
            })
        })
        .collect()
    }

    /// Which posts have somebody on duty.
    ///
    /// # Errors
    /// PostgreSQL is away, or a row cannot be read.
    pub async fn staffed(&self) -> Result<Staffed, StoreError> {
        let mut tx = self.begin().await?;
        let duty = self.on_duty(&mut tx).await?;
        Ok(Staffed::new(duty.iter().map(Duty::stands)))
    }
}
