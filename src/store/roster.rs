//! Who is a responder: changed, made inactive, brought back.

use super::{Store, StoreError, expect_rows};
use crate::case::{MissionCode, Post, Role, Sealed};
use uuid::Uuid;

/// What becomes of a responder's number.
#[derive(Debug, Clone, Default)]
pub enum Phone {
    /// It stays.
    #[default]
    Stays,
    /// There is none any more.
    Goes,
    /// It is this one.
    Is(Sealed<String>),
}

/// What is changed of a responder; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What it may do.
    pub role: Option<Role>,
    /// The post it holds.
    pub post: Option<Post>,
    /// Its mission.
    pub mission: Option<MissionCode>,
    /// The number that is texted.
    pub phone: Phone,
    /// Whether it is on duty.
    pub on_duty: Option<bool>,
}

impl Change {
    /// Whether it changes nothing.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        !self.is_of_rights() && matches!(self.phone, Phone::Stays) && self.on_duty.is_none()
    }

    /// Whether what it sees and may do changes with it.
    #[must_use]
    pub const fn is_of_rights(&self) -> bool {
        self.role.is_some() || self.post.is_some() || self.mission.is_some()
    }
}

impl Store {
    /// Whether there is a responder with this address, and whether it is active.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn is_active(&self, email: &str) -> Result<Option<bool>, StoreError> {
        let row = sqlx::query_scalar!(
            "select active from responders where email = lower($1)",
            email
        );
        Ok(row.fetch_optional(&self.pool).await?)
    }

    /// Changes a responder that is active. Where its rights change its sessions end, so that no desk
    /// goes on with the old ones.
    ///
    /// # Errors
    /// PostgreSQL is away; [`StoreError::Stale`] where there is no such responder.
    pub async fn change_responder(&self, email: &str, change: &Change) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let ids = sqlx::query_scalar!(
            "update responders
             set role = coalesce($2, role), post = coalesce($3, post),
                 mission = coalesce($4, mission), on_duty = coalesce($5, on_duty)
             where email = lower($1) and active returning id",
            email,
            change.role.map(Role::as_str),
            change.post.map(Post::as_str),
            change.mission.as_ref().map(MissionCode::as_str),
            change.on_duty
        )
        .fetch_all(&mut *tx)
        .await?;
        expect_rows("responders", 1, rows(&ids))?;
        for id in ids {
            if !matches!(change.phone, Phone::Stays) {
                sqlx::query!(
                    "delete from sealed.responder_phones where responder = $1",
                    id
                )
                .execute(&mut *tx)
                .await?;
            }
            if let Phone::Is(phone) = &change.phone {
                sqlx::query!(
                    "insert into sealed.responder_phones (responder, phone) values ($1, $2)",
                    id,
                    phone.expose()
                )
                .execute(&mut *tx)
                .await?;
            }
            if change.is_of_rights() {
                sqlx::query!("delete from sessions where responder = $1", id)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        super::commit(tx).await
    }

    /// Makes a responder inactive: it is off duty, is not texted, and its sessions end. Returns how
    /// many open cases are still in its hands.
    ///
    /// # Errors
    /// PostgreSQL is away; [`StoreError::Stale`] where there is no such responder.
    pub async fn deactivate(&self, email: &str) -> Result<i64, StoreError> {
        let mut tx = self.begin().await?;
        let ids: Vec<Uuid> = sqlx::query_scalar!(
            "update responders set active = false, on_duty = false
             where email = lower($1) and active returning id",
            email
        )
        .fetch_all(&mut *tx)
        .await?;
        expect_rows("responders", 1, rows(&ids))?;
        sqlx::query!("delete from sessions where responder = any($1)", &ids)
            .execute(&mut *tx)
            .await?;
        let open = sqlx::query_scalar!(
            "select count(*) as \"count!\" from cases where claimed_by = any($1)
                and status <> 'resolved'",
            &ids
        )
        .fetch_one(&mut *tx)
        .await?;
        super::commit(tx).await?;
        Ok(open)
    }

    /// Brings back a responder that was made inactive, with a new password; it is off duty.
    ///
    /// # Errors
    /// PostgreSQL is away; [`StoreError::Stale`] where there is none that is inactive.
    pub async fn activate(&self, email: &str, hash: &Sealed<String>) -> Result<(), StoreError> {
        let changed = sqlx::query!(
            "update responders set active = true, password_hash = $2
             where email = lower($1) and not active",
            email,
            hash.expose()
        )
        .execute(&self.pool)
        .await?
        .rows_affected();
        expect_rows("responders", 1, changed)
    }
}

fn rows(ids: &[Uuid]) -> u64 {
    ids.len() as u64
}
