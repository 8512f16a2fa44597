//! Time that passes in a story, and the wait until what was due by then has happened.
//!
//! That somebody got no text can only be said once every text that was due has gone out: before that
//! it is true of any service. So nothing here returns earlier. Time also goes on by itself while a
//! story is played, so what must not happen yet is looked for some seconds before its moment.

use crate::support::patience::until;
use crate::support::world::{World, seconds};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::{Connection, PgConnection};

/// What is still to be done of what was due at `$1`, and the texts that only the rates hold back.
const UNDONE: &str = "
    select (select count(*) from cases where due_at <= $1)
           + (select count(*) from outbox
              where lost_at is not null or state = 'sending' or state = 'unknown' and next_at <= $1),
           (select count(*) from outbox where state = 'queued' and next_at <= $1)";
/// So long before a moment it is looked whether something happened too early.
const SHORTLY: i64 = 5;

/// A moment that a card or a line of a log tells.
pub(crate) fn moment(told: &Value) -> DateTime<Utc> {
    let text = told.as_str().unwrap_or_else(|| panic!("{told} is no time"));
    text.parse().unwrap_or_else(|_| panic!("{text} is no time"))
}

impl World {
    /// Lets time pass, and waits until what is due has happened.
    pub(crate) async fn pass(&self, time: TimeDelta) {
        self.clock.pass(time);
        self.node.flow.tick().await.expect("the clocks tick");
        self.settled().await;
    }

    /// Lets time pass until this moment, and waits until what is due has happened.
    pub(crate) async fn pass_until(&self, moment: DateTime<Utc>) {
        let time = moment - self.clock.now();
        assert!(time > TimeDelta::zero(), "the story took too long: {time}");
        self.pass(time).await;
    }

    /// Lets time pass until shortly before a moment: nothing that belongs to it has happened yet.
    pub(crate) async fn pass_until_shortly_before(&self, moment: DateTime<Utc>) {
        self.pass_until(moment - seconds(SHORTLY)).await;
        assert!(
            self.clock.now() < moment,
            "this machine is too slow to tell"
        );
    }

    /// Waits until everything that was due by now has happened: clocks have lapsed, texts were
    /// handed to the provider, and what follows from those that were lost was done.
    pub(crate) async fn settled(&self) {
        let now = self.clock.now();
        let wakes = &self.node.flow.wakes;
        wakes.clocks.now();
        wakes.outbox.now();
        wakes.lost.now();
        let mut postgres = PgConnection::connect(&self.settings().database_url)
            .await
            .expect("PostgreSQL is there at the end of what a story waits for");
        until("everything that was due has happened", async || {
            let (undone, waiting): (i64, i64) = sqlx::query_as(UNDONE)
                .bind(now)
                .fetch_one(&mut postgres)
                .await
                .expect("what is due");
            undone == 0 && (waiting == 0 || self.is_held_back(now).await)
        })
        .await;
    }

    /// Whether the rates hold back everything that is to be sent.
    async fn is_held_back(&self, now: DateTime<Utc>) -> bool {
        let next = self.store.next_outgoing(true, false).await;
        next.expect("the outbox").is_some_and(|next| next > now)
    }
}
